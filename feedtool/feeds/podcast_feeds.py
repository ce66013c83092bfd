"""Feeds -> feeds that are podcasts, as the configuration describes them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from feedtool.config import Config
from feedtool.config.podcast_table import ROWS, UUID, guid_of
from feedtool.config.tables import Podcast
from feedtool.model import Fact, Feed
from feedtool.problems import Code, Problem

NO_PODCAST = Code(
    "podcast-without-feed",
    "warning",
    "A podcast is described for a category or a feed that does not exist, or whose feeds have no RSS.",
    "Name a category of the posts, or a feed under [[feeds.custom]]; podcast apps read RSS.",
)
PODCAST_INCOMPLETE = Code(
    "podcast-incomplete",
    "warning",
    "A podcast lacks what Apple Podcasts and the Podcast Standards Project (PSP-1) require.",
    "Write the key under [podcast].",
)


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
        near = get_close_matches(term, [feed.term for feed in made if feed.kind == kind], 1)
        fix = f'Did you mean "{near[0]}"?' if near else ""
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
