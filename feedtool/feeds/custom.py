"""What the configuration says of single feeds: feeds of the site owner's own, digests and podcasts. Pure.

A digest is one entry for each day or week, which lists the entries of that time. It is published when that is over,
which an entry of a later one tells: so no reader sees half a list, and no clock is asked. Its id is made of the feed's
name and the day; a late entry makes it an updated one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from html import escape
from itertools import chain, filterfalse
from posixpath import normpath
from typing import Any, TypeVar

from feedtool.config import Config
from feedtool.config.checks import did_you_mean
from feedtool.config.podcast_table import ROWS, UUID, guid_of
from feedtool.config.tables import Custom, Podcast
from feedtool.model import Candidate, Entry, Fact, Feed, Kind, Story, utc
from feedtool.problems import Code, Problem
from feedtool.syntax import EPOCH
from feedtool.urls import host_of, urn_of

EMPTY_FEED = Code.note("empty-feed")(
    "A feed of your own has no entries, because no post meets its conditions. The feed is written as soon as one does.",
    "Compare a post with the conditions: `feedtool explain POST`.",
)
UNKNOWN_TERM = Code.note("unknown-term")(
    "A condition of a feed names a category, a tag or an author that no post has. It may be misspelt."
)
NO_PODCAST = Code.warning("podcast-without-feed")(
    "A podcast is described for a category or a feed that does not exist, or whose feeds have no RSS.",
    "Name a category of the posts, or a feed under [[feeds.custom]]; podcast apps read RSS.",
)
PODCAST_INCOMPLETE = Code.warning("podcast-incomplete")(
    "A podcast lacks what Apple Podcasts and the Podcast Standards Project (PSP-1) require.",
    "Write the key under [podcast].",
)
_NAMED: dict[Kind, str] = {"category": "categories", "tag": "tags", "author": "authors"}

E = TypeVar("E", Candidate, Entry)

#: characters of a digest's summary
_LONGEST = 300
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
                    fix = did_you_mean(name, tuple(names[kind])).strip()
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


def needed(newest: Sequence[Candidate], own: Custom, zone: tzinfo, limit: int) -> tuple[Candidate, ...]:
    """Return the entries that a feed of digests lists, and those that are too new; newest first, as they came."""
    spans = _by_span(newest, own, zone)
    return tuple(chain.from_iterable(listed for _, listed in (spans[: limit + 1] if limit else spans)))


def digests(feed: Feed, entries: Sequence[Entry], own: Custom, zone: tzinfo) -> tuple[Entry, ...]:
    """Return the digests of entries, both newest first; `feed` is the one that they are in."""
    return tuple(_digest(feed, first, some, own, zone) for first, some in _by_span(entries, own, zone)[1:])


def _by_span(entries: Iterable[E], own: Custom, zone: tzinfo) -> list[tuple[date, list[E]]]:
    """Return entries by the first day of their day or week, newest first."""

    def first_day(entry: E) -> date:
        day = utc(entry.published_ms).astimezone(zone).date()
        return day if own.digest == "day" else day - timedelta(days=day.weekday())

    spans: dict[date, list[E]] = {}
    for entry in sorted(entries, key=lambda entry: -entry.published_ms):
        spans.setdefault(first_day(entry), []).append(entry)
    return list(spans.items())


def _digest(feed: Feed, first: date, entries: list[Entry], own: Custom, zone: tzinfo) -> Entry:
    end = first + timedelta(days=1 if own.digest == "day" else 7)
    over = datetime.combine(end, time.min, zone) - EPOCH
    published_ms = over // timedelta(milliseconds=1)
    named = f"{first}" if own.digest == "day" else f"{first} – {end - timedelta(days=1)}"
    titles = " · ".join(entry.title for entry in entries)
    return Entry(
        id=urn_of(f"digest\n{own.name}\n{own.digest}\n{first}"),
        title=f"{feed.title}: {named}",
        url=f"{feed.url}#{first}",
        published_ms=published_ms,
        updated_ms=max(published_ms, *(entry.updated_ms for entry in entries)),
        summary=titles if len(titles) <= _LONGEST else f"{titles[: _LONGEST - 1]}…",
        content_html=f"<ul>{''.join(map(_item, entries))}</ul>",
    )


def _item(entry: Entry) -> str:
    title = f'<a href="{escape(entry.url)}">{escape(entry.title, quote=False)}</a>'
    words = f"<br>{escape(entry.summary, quote=False)}" if entry.summary not in ("", entry.title) else ""
    return f"<li>{title}{words}</li>"


def with_podcasts(
    feeds: Iterable[Feed], config: Config, guids: Mapping[str, str]
) -> tuple[tuple[Feed, ...], tuple[Problem, ...]]:
    """Return the feeds, those with a podcast's facts that the configuration describes; and problems.

    `guids` are the published ids of podcasts, by the keys of their feeds; anybody may have edited them.
    """
    guids = {key: guid for key, guid in guids.items() if UUID.fullmatch(guid)}
    by_feed = {(podcast.kind, podcast.term): podcast for podcast in config.podcast}
    made = tuple(_with(feed, by_feed.pop((feed.kind, feed.term), None), guids) for feed in feeds)
    problems = []
    for (kind, term), podcast in by_feed.items():
        fix = did_you_mean(term, tuple(feed.term for feed in made if feed.kind == kind)).strip()
        message = f'no feed of the {kind} "{term}"'
        problems.append(NO_PODCAST.at(config.path, message, line=podcast.line, field="podcast", fix=fix))
    return made, (*problems, *_incomplete(config, made))


def _with(feed: Feed, podcast: Podcast | None, guids: Mapping[str, str]) -> Feed:
    if podcast is None:
        return feed
    facts = podcast.facts
    said = {fact.key for fact in facts}
    own = {"author": feed.author, "guid": guids.get(feed.key) or guid_of(feed.self_url("rss"))}
    facts += tuple(Fact(key=key, text=text) for key, text in own.items() if key not in said)
    return replace(
        feed,
        title=podcast.title or feed.title,
        description=podcast.description or feed.description,
        language=podcast.language or feed.language,
        logo=next((fact.text for fact in facts if fact.key == "image"), feed.logo),
        podcast=facts,
    )


def _incomplete(config: Config, feeds: tuple[Feed, ...]) -> Iterator[Problem]:
    lines = {(podcast.kind, podcast.term): podcast.line for podcast in config.podcast}
    needed = [row.key for row in ROWS.values() if row.need == "required"]
    for feed in (feed for feed in feeds if feed.podcast):
        said = {fact.key for fact in feed.podcast}
        for key in (key for key in needed if key not in said):
            line = lines[feed.kind, feed.term]
            yield PODCAST_INCOMPLETE.at(config.path, f'"{feed.title}" has no {key}', line=line, field=f"podcast.{key}")
        if "rss" not in feed.formats:
            yield NO_PODCAST.at(config.path, f'"{feed.title}" is not written as RSS', field="feeds.formats")
