"""The addresses of the feeds that a site had before -> the files that replace them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from feedtool import reader
from feedtool.config import Config, fill
from feedtool.model import Feed, Format

#: what the name of an old feed says of its format, the first that it contains
_FORMATS: tuple[tuple[str, Format], ...] = (
    (".json", "json"), ("atom", "atom"), ("rss", "rss"), ("index.xml", "rss"), ("", "atom"),
)  # fmt: skip
_FOREIGN = re.compile(r"(.*) \(([A-Za-z0-9-]+)\)", re.DOTALL)


def replaced(feeds: Iterable[Feed], config: Config) -> dict[str, str]:
    """Return a file below the output folder for each address of an old feed, which is a path on the host.

    An address that is one of ours is left out; where two feeds had one address, the first keeps it.
    """
    feeds, found, own = list(feeds), dict[str, str](), urlsplit(config.site.url).path
    tongues = {feed.term for feed in feeds if feed.kind == "language"}
    taken = {unquote(own) + feed.file(form) for feed in feeds for form in feed.formats}
    for feed in feeds:
        for old in _addresses(feed, config, tongues):
            if feed.formats and old not in taken:
                found.setdefault(old, feed.file(_format(feed, old)))
    return found


def _addresses(feed: Feed, config: Config, tongues: set[str]) -> Iterator[str]:
    """Yield the addresses that a feed had before, decoded."""
    group = config.feeds.groups.get(feed.kind)
    term, language = feed.term, feed.term if feed.kind == "language" else ""
    if (foreign := _FOREIGN.fullmatch(term)) and foreign[2] in tongues:
        term, language = foreign[1], foreign[2]
    slug, name = reader.old_names(config, feed.kind, term, language)
    for template in group.replaces if group else config.feeds.replaces:
        if ("{language}" in template) == bool(language):
            yield fill(unquote(template), slug=slug or feed.slug, term=term, language=name)


def _format(feed: Feed, old: str) -> Format:
    name = old.rpartition("/")[2].lower()
    wanted = next(form for part, form in _FORMATS if part in name)
    return wanted if wanted in feed.formats else feed.formats[0]
