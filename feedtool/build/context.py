"""The configuration as a build uses it, and with it all that a post's way depends on beside the post."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from feedtool import generators, reader, sanitiser
from feedtool.build.codes import LOCAL_URL, NO_SITE_URL
from feedtool.build.rendered import Pages, Rows, pages_of
from feedtool.config import Config
from feedtool.frozen import frozen
from feedtool.model import Kind
from feedtool.problems import Problem
from feedtool.urls import host_of

#: what feeds name as their generator; without a version, because a release must not change the bytes of every feed
GENERATOR = "feedtool"


@frozen
class Context:
    """What every post of a build has in common. Built once, sent to each worker once."""

    config: Config
    #: how posts are read: zone, ids, defaults of headers
    conventions: reader.Conventions
    #: the kinds of feeds that there are
    kinds: tuple[Kind, ...]
    #: by which entries are cleaned, where feeds ask for their pictures before they are made
    rules: sanitiser.Rules | None
    #: the folder of the rendered site
    rendered: str = ""
    #: those that posts are looked for in; None for a site without, and where entries are made
    pages: Pages | None = None

    @property
    def frame(self) -> generators.Frame:
        """Return what all pages have in common."""
        site, pages = self.config.site, self.config.pages
        return generators.Frame(
            site_title=site.title,
            site_url=site.url,
            generator=GENERATOR,
            zone=self.conventions.zone,
            pages=None if pages.entries is False else pages.entry.partition("{")[0],
        )


def context_of(config: Config, base: Path, pages: Rows | None = None) -> tuple[Context, tuple[Problem, ...]]:
    """Return the context of a build, and problems of the configuration; `base` is the folder of the site.

    `pages`: what the pages of the rendered site say.
    """
    full, problems = with_defaults(config, base)
    sound, unsound = generators.valid_templates(full.templates)
    full = replace(full, templates=sound)
    context = Context(
        config=full,
        conventions=reader.conventions_of(full),
        kinds=full.feeds.kinds(),
        rendered=str(base / full.posts.rendered),
        pages=pages_of(full, pages) if pages else None,
        rules=sanitiser.load_rules(full.sanitiser)[0] if full.feeds.ask_for_pictures else None,
    )
    return context, (*problems, *unsound)


def with_defaults(config: Config, base: Path) -> tuple[Config, tuple[Problem, ...]]:
    """Return the configuration with a title and an address for the site, and a problem where the address is missing."""
    site = config.site
    problems = () if site.url else (NO_SITE_URL.at(config.path, "the site has no address", field="site.url"),)
    title = site.title or base.resolve().name or "feedtool"
    title = title.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    author = site.author or site.title or host_of(site.url) or title  # Atom wants one: not the name of a folder
    return replace(config, site=replace(site, title=title, url=site.url or LOCAL_URL, author=author)), problems
