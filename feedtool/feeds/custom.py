"""Feeds of the site owner's own: which stories belong to each, by the conditions in the configuration. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from posixpath import normpath
from typing import Any

from feedtool.config import Config
from feedtool.config.conditions import Custom
from feedtool.model import Feed, Kind, Story
from feedtool.problems import Code, Problem
from feedtool.urls import host_of

EMPTY_FEED = Code(
    "empty-feed",
    "note",
    "A feed of your own has no entries, because no post meets its conditions. The feed is written as soon as one does.",
    "Compare a post with the conditions: `feedtool explain POST`.",
)
UNKNOWN_TERM = Code(
    "unknown-term",
    "note",
    "A condition of a feed names a category, a tag or an author that no post has. It may be misspelt.",
)
_NAMED: dict[Kind, str] = {"category": "categories", "tag": "tags", "author": "authors"}

#: names of terms as written -> as their feeds are called
Aliases = Mapping[str, str]


def own_feed(feed: Feed, config: Config) -> Custom | None:
    """Return how the site's owner described a feed; None for all other feeds."""
    return next((each for each in config.feeds.custom if (feed.kind, feed.term) == ("custom", each.name)), None)


def memberships(story: Story, feeds: tuple[Custom, ...], aliases: Aliases) -> list[str]:
    """Return the names of the feeds that a story belongs to."""
    known = _known(story, aliases)
    return [feed.name for feed in feeds if _belongs(known, feed)]


def _belongs(known: _Known, feed: Custom) -> bool:
    if feed.none.each and any(_TESTS[key](known, value) for key, value in feed.none.each):
        return False
    if feed.all.each and not all(_TESTS[key](known, value) for key, value in feed.all.each):
        return False
    return not feed.any.each or any(_TESTS[key](known, value) for key, value in feed.any.each)


def verdict(story: Story, feed: Custom, aliases: Aliases) -> tuple[bool, str]:
    """Return whether a story belongs to a feed, and the condition that says so."""
    known = _known(story, aliases)
    tried = [
        [(_said(key, value), _TESTS[key](known, value)) for key, value in table.each]
        for table in (feed.none, feed.all, feed.any)
    ]
    none, every, some = tried
    if excluding := [condition for condition, holds in none if holds]:
        return False, f"excluded by {excluding[0]}"
    if unmet_ones := [condition for condition, holds in every if not holds]:
        return False, f"does not meet {unmet_ones[0]}"
    met = next((condition for condition, holds in some if holds), "")
    if some and not met:
        return False, "meets no condition of any"
    return True, f"meets {met}" if met else "meets all conditions"


def _said(key: str, value: object) -> str:
    return f"{key} {value}" if isinstance(value, str) else key


def unmet(feeds: tuple[Custom, ...], terms: Collection[tuple[Kind, str]], path: str) -> Iterator[Problem]:
    """Yield feeds that no entry belongs to, and terms that their conditions name and no post has.

    `terms` are those of all stories; `path` is the configuration file.
    """
    names: dict[Kind, list[str]] = {kind: sorted(name for each, name in terms if each == kind) for kind in _NAMED}
    for feed in feeds:
        if ("custom", feed.name) not in terms:
            yield EMPTY_FEED.at(path, f'no entry meets the conditions of "{feed.name}"', line=feed.line)
        for kind, key in _NAMED.items():
            named = [name for some in (feed.any, feed.all, feed.none) for name in getattr(some, key)]
            for name in dict.fromkeys(named):
                if names[kind] and name not in names[kind]:
                    near = get_close_matches(name, names[kind], 1)
                    fix = f'Did you mean "{near[0]}"?' if near else ""
                    message = f'"{feed.name}": no post has the {kind} "{name}"'
                    yield UNKNOWN_TERM.at(path, message, line=feed.line, field=key, fix=fix)


@dataclass(frozen=True, slots=True)
class _Known:
    """What conditions ask of a story, looked up once."""

    aliases: Aliases
    categories: Collection[str]
    tags: Collection[str]
    authors: Collection[str]
    #: a language tag in lower case, and "-"
    language: str
    #: of its source, with "." before
    host: str
    #: of its post, with "/" behind
    path: str
    #: in the form in which case does not count
    title: str
    things: Collection[str]
    published_ms: int


def _known(story: Story, aliases: Aliases) -> _Known:
    post = story.post
    named = (story.categories, story.tags, tuple(author.name for author in post.authors))
    categories, tags, authors = ([aliases.get(name, name) for name in names] if aliases else names for names in named)
    things = (("enclosure", post.enclosures), ("picture", post.image or post.shows_picture))
    return _Known(
        aliases=aliases,
        categories=categories,
        tags=tags,
        authors=authors,
        language=f"{post.language}-".casefold(),
        host=f".{host_of(post.source)}",
        path=f"{post.path}/",
        title=post.title.casefold(),
        things=[name for name, value in things if value],
        published_ms=story.published_ms,
    )


_TESTS: dict[str, Callable[[_Known, Any], bool]] = {
    "categories": lambda known, name: known.aliases.get(name, name) in known.categories,
    "tags": lambda known, name: known.aliases.get(name, name) in known.tags,
    "authors": lambda known, name: known.aliases.get(name, name) in known.authors,
    # the language, or a kind of it (RFC 4647 section 3.3.1)
    "languages": lambda known, tag: known.language.startswith(f"{tag}-".casefold()),
    "hosts": lambda known, host: known.host.endswith(f".{host}"),
    "folders": lambda known, folder: known.path.startswith(f"{normpath(folder)}/"),
    "words": lambda known, word: word.casefold() in known.title,
    "has": lambda known, thing: thing in known.things,
    "since": lambda known, day_ms: known.published_ms >= day_ms,
    "until": lambda known, day_ms: known.published_ms < day_ms,
}
