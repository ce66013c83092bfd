"""Feeds of the site owner's own: which stories belong to each, by the conditions in the configuration. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from itertools import filterfalse
from posixpath import normpath
from typing import Any

from feedtool.config import Config
from feedtool.config.tables import Custom
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
_Facts = Mapping[str, Any]


def own_feed(feed: Feed, config: Config) -> Custom | None:
    """Return how the site's owner described a feed; None for all other feeds."""
    return next((each for each in config.feeds.custom if (feed.kind, feed.term) == ("custom", each.name)), None)


def memberships(story: Story, feeds: tuple[Custom, ...], aliases: Aliases) -> list[str]:
    """Return the names of the feeds that a story belongs to."""
    facts = _facts(story, aliases)
    return [feed.name for feed in feeds if _judged(facts, feed)[0]]


def verdict(story: Story, feed: Custom, aliases: Aliases) -> tuple[bool, str]:
    """Return whether a story belongs to a feed, and the condition that says so."""
    is_member, why, condition = _judged(_facts(story, aliases), feed)
    key, value = condition or ("", None)
    return is_member, f"{why} {key} {value}" if isinstance(value, str) else f"{why} {key}".rstrip()


def _judged(facts: _Facts, feed: Custom) -> tuple[bool, str, tuple[str, Any] | None]:
    def holds(condition: tuple[str, Any]) -> bool:
        return _TESTS[condition[0]](facts, condition[1])

    if condition := next(filter(holds, feed.none.each), None):
        return False, "excluded by", condition
    if condition := next(filterfalse(holds, feed.all.each), None):
        return False, "does not meet", condition
    if not feed.any.each:
        return True, "meets all conditions", None
    condition = next(filter(holds, feed.any.each), None)
    return (True, "meets", condition) if condition else (False, "meets no condition of any", None)


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


def _facts(story: Story, aliases: Aliases) -> _Facts:
    """Return what conditions ask of a story, by their keys; texts in the form in which case does not count."""
    post = story.post
    named = (story.categories, story.tags, tuple(author.name for author in post.authors))
    things = (("enclosure", post.enclosures), ("picture", post.image or post.shows_picture))
    return {
        "aliases": aliases,
        **{key: [aliases.get(name, name) for name in names] for key, names in zip(_NAMED.values(), named, strict=True)},
        "languages": f"{post.language}-".casefold(),
        "hosts": f".{host_of(post.source)}",
        "folders": f"{post.path}/",
        "words": post.title.casefold(),
        "has": [name for name, value in things if value],
        "since": story.published_ms,
    }


_TESTS: dict[str, Callable[[_Facts, Any], bool]] = {
    "categories": lambda facts, name: facts["aliases"].get(name, name) in facts["categories"],
    "tags": lambda facts, name: facts["aliases"].get(name, name) in facts["tags"],
    "authors": lambda facts, name: facts["aliases"].get(name, name) in facts["authors"],
    # the language, or a kind of it (RFC 4647 section 3.3.1)
    "languages": lambda facts, tag: facts["languages"].startswith(f"{tag}-".casefold()),
    "hosts": lambda facts, host: facts["hosts"].endswith(f".{host}"),
    "folders": lambda facts, folder: facts["folders"].startswith(f"{normpath(folder)}/"),
    "words": lambda facts, word: word.casefold() in facts["words"],
    "has": lambda facts, thing: thing in facts["has"],
    "since": lambda facts, day_ms: facts["since"] >= day_ms,
    "until": lambda facts, day_ms: facts["since"] < day_ms,
}
