"""Feeds of the site owner's own: which stories belong to each, by the conditions in the configuration. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from posixpath import normpath

from feedtool.config import Config
from feedtool.config.conditions import Conditions, Custom
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
    return [feed.name for feed in feeds if verdict(story, feed, aliases)[0]]


def verdict(story: Story, feed: Custom, aliases: Aliases) -> tuple[bool, str]:
    """Return whether a story belongs to a feed, and the condition that says so."""
    for condition, holds in _tried(story, feed.none, aliases):
        if holds:
            return False, f"excluded by {condition}"
    for condition, holds in _tried(story, feed.all, aliases):
        if not holds:
            return False, f"does not meet {condition}"
    some = list(_tried(story, feed.any, aliases))
    met = next((condition for condition, holds in some if holds), "")
    if some and not met:
        return False, "meets no condition of any"
    return True, f"meets {met}" if met else "meets all conditions"


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


def _tried(story: Story, conditions: Conditions, aliases: Aliases) -> Iterator[tuple[str, bool]]:
    """Yield each condition in words, and whether it holds."""
    for key, test in _TESTS.items():
        for value in getattr(conditions, key):
            yield f"{key} {value}", test(story, value, aliases)
    if conditions.since is not None:
        yield "since", story.published_ms >= conditions.since
    if conditions.until is not None:
        yield "until", story.published_ms < conditions.until


def _is_among(names: tuple[str, ...], name: str, aliases: Aliases) -> bool:
    return aliases.get(name, name) in {aliases.get(each, each) for each in names}


def _has_author(story: Story, name: str, aliases: Aliases) -> bool:
    return _is_among(tuple(author.name for author in story.post.authors), name, aliases)


def _is_in_language(story: Story, tag: str, _: Aliases) -> bool:
    """Return whether the story's language is that, or a kind of it (RFC 4647 section 3.3.1)."""
    return f"{story.post.language}-".casefold().startswith(f"{tag}-".casefold())


def _is_from(story: Story, host: str, _: Aliases) -> bool:
    return f".{host_of(story.post.source)}".endswith(f".{host}")


def _is_below(story: Story, folder: str, _: Aliases) -> bool:
    return f"{story.post.path}/".startswith(f"{normpath(folder)}/")


def _has_word(story: Story, word: str, _: Aliases) -> bool:
    return word.casefold() in story.post.title.casefold()


def _has(story: Story, thing: str, _: Aliases) -> bool:
    return bool(story.post.enclosures if thing == "enclosure" else story.post.image)


_TESTS: dict[str, Callable[[Story, str, Aliases], bool]] = {
    "categories": lambda story, name, aliases: _is_among(story.categories, name, aliases),
    "tags": lambda story, name, aliases: _is_among(story.tags, name, aliases),
    "authors": _has_author,
    "languages": _is_in_language,
    "hosts": _is_from,
    "folders": _is_below,
    "words": _has_word,
    "has": _has,
}
