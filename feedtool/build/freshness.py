"""Which files changed since the last build, and what the next one has to know of this one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from feedtool.build import Outcome, discovery
from feedtool.build.idle import NUMBERS, OUTCOME, RENDERED, Walked, is_same, same_by_git
from feedtool.build.parallel import Mapper
from feedtool.cache import Cache
from feedtool.cache import files as seen
from feedtool.cache.files import Listed
from feedtool.cache.packing import packed_problems
from feedtool.config import Config
from feedtool.config.placeholders import GENERATORS, excluding
from feedtool.frozen import frozen
from feedtool.problems import Problem

#: generators that take the files beside an `index.md` for parts of it
_BUNDLED = ("hugo", "zola")


@frozen
class Differences:
    """Posts that changed since the last build: names of files as the user knows them, sorted."""

    added: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.added or self.edited or self.removed)


def look(cache: Cache, config: Config, walked: Walked, mapper: Mapper) -> Listed:
    """Compare the post files with those that the cache knows; files are read that may have changed, as far as git says.

    `mapper`: best over threads, because the work is reading.
    """
    reading = [reading_of(config), *(_pages(cache, config, walked) if walked.pages or cache.recall(RENDERED) else [])]
    if cache.recall("reading") != reading:  # it decides fields, ids, kept terms and pages of posts
        seen.forget(cache)
        cache.remember("reading", reading)
    if cache.recall(RENDERED) != walked.pages_digest:
        cache.remember(RENDERED, walked.pages_digest)
    listed = seen.compare(cache, walked.listed)
    if listed.altered:
        listed = seen.sift(cache, listed, set(same_by_git(listed, walked)))
        read = mapper(is_same, listed.pending(known=True), chunk=64)
        listed = seen.sift(cache, listed, {file.path for file, is_as_it_was in read if is_as_it_was})
    if listed.is_as_known() and not seen.agrees(cache, listed):
        seen.remember(cache, listed)
    if config.podcast or walked.pages:  # recordings and pages may change without their posts
        listed = seen.reread(cache, listed, {*discovery.changed(cache)})
    return listed


def reading_of(config: Config) -> str:
    """Return what decides fields, ids, kept terms and pages of posts; where it changes, all posts are read again.

    Tables count as a whole where most of their keys do, so that a new key cannot be forgotten.
    """
    posts, site, feeds = config.posts, config.site, config.feeds
    has_address = not posts.ids_url and (posts.ids != "uuid" or posts.permalink in GENERATORS)
    code = [each for each in config.plugins.code if each.key in ("transform_posts", "readers")]
    terms = [feeds.kinds(), feeds.custom, config.aliases, site.language if feeds.language.enabled else ""]
    others = [config.sanitiser if feeds.ask_for_pictures else None, bool(config.podcast), config.pages]
    return repr((posts, code, terms, others, site.timezone, site.url if has_address else ""))


def _pages(cache: Cache, config: Config, walked: Walked) -> list[str]:
    """Bring what the cache knows of the rendered site up to date; return what settles addresses with it."""
    from feedtool.build import rendered  # noqa: PLC0415 - reads HTML, and few sites name a folder

    return [rendered.look(cache, config, walked.base, walked.pages), config.site.home, config.site.url]


def search_of(config: Config) -> discovery.Search:
    """Return where posts are looked for, and which files are posts."""
    posts = config.posts
    excluded = excluding(posts.exclude)
    return discovery.Search(
        folders=posts.dirs,
        excluded=excluded.pattern if excluded else "",
        is_bundled=posts.permalink in _BUNDLED or posts.ids in _BUNDLED,
        is_described="eleventy" in (posts.permalink, posts.ids),
        endings=" ".join(config.plugins.readers),
        rendered=posts.rendered,
    )


def differences(cache: Cache, listed: Listed) -> Differences | None:
    """Return what `look` found changed; None where the cache knows no files."""
    if not seen.is_anything_known(cache):
        return None
    return Differences(
        added=tuple(sorted(map(listed.name, listed.new))),
        edited=tuple(sorted(map(listed.name, listed.altered))),
        removed=tuple(sorted(map(cache.groups.name, listed.gone.values()))),
    )


def remember(
    cache: Cache,
    config: Config,
    found: tuple[Problem, ...],
    outcome: Outcome,
    *,
    base: Path,
    from_ms: int,
    until_ms: int,
) -> None:
    """Keep how a build ended, for `unchanged` from one moment until another."""
    same = replace(outcome, written=0, unchanged=outcome.written + outcome.unchanged, removed=0, bytes_written=0)
    cache.remember(
        OUTCOME,
        {
            "config": digest_of(config, base),
            "found": (packed_problems(found) or b"").hex(),
            "problems": (packed_problems(outcome.problems) or b"").hex(),
            "numbers": [getattr(same, name) for name in NUMBERS],
            "from_ms": from_ms,
            "until_ms": until_ms,
        },
    )


def forget(cache: Cache) -> None:
    """Let the next build do all that there is to do."""
    cache.remember(OUTCOME, None)


def digest_of(config: Config, base: Path) -> str:
    """Return what tells a configuration from all others; the folder's name is the title of a site without one."""
    text = repr((config, base.resolve().name))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
