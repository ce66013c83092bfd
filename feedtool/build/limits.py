"""Limits of feed readers and hosts, and which of them the output exceeds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from feedtool.build.feed_jobs import FeedJob
from feedtool.config import Feeds
from feedtool.feeds import limit_of
from feedtool.problems import Code, Problem

TOO_LARGE = Code(
    "feed-too-large",
    "warning",
    "Some readers refuse a feed of this size: from 5 MB or 3,000 entries on they report an error and show nothing.",
    "Lower feeds.limit or feeds.max_bytes; `archives = true` keeps older entries within reach.",
)
TOO_SHORT = Code(
    "feed-too-short",
    "warning",
    "The feed covers less than a day, so a reader that polls once a day misses entries.",
    "Raise feeds.limit and feeds.max_bytes, or set `archives = true` for readers that support archives.",
)
FLOODS = Code(
    "feed-floods",
    "note",
    "More than 100 entries a day: some services mark such a feed as flooding and poll it less often.",
    "Point subscribers to the feeds of categories and tags; index.html and feeds.opml list them.",
)
MANY_FILES = Code(
    "many-files",
    "warning",
    "The output has more files than some hosts accept (20,000 on common free plans).",
    "Raise min_entries under [feeds.tag], choose fewer formats, or switch archives off for tags.",
)

#: bytes, entries, files
_LARGEST, _MOST, _FILES = 5_000_000, 3_000, 20_000
_DAY_MS = 86_400_000
#: entries of a feed that tell how often there are new ones, and those of a day that are too many
_TELLING, _FLOOD = 10, 100


def exceeded(jobs: Iterable[FeedJob], config: Feeds, *, files: int) -> Iterator[Problem]:
    """Yield a problem for each limit that a feed exceeds; `files`: how many files the output has."""
    for job in jobs:
        yield from _feed(job, config)
    if files > _FILES:
        yield MANY_FILES.at("", f"{files:,} files")


def _feed(job: FeedJob, config: Feeds) -> Iterator[Problem]:
    feed, held = job.feed, _held([entry.size for entry in job.entries], config.max_bytes)
    place = feed.file(feed.formats[0]) if feed.formats else feed.folder
    size = sum(entry.size for entry in job.entries[:held])
    if size > _LARGEST:
        yield TOO_LARGE.at(place, f"more than {size // 1_000_000} MB")
    if held > _MOST:
        yield TOO_LARGE.at(place, f"{held:,} entries")
    if held < _TELLING or feed.period:
        return
    span_ms = job.entries[0].published_ms - job.entries[held - 1].published_ms
    is_cut = held < len(job.entries) or bool(feed.older) or held == limit_of(feed.kind, config)
    if span_ms < _DAY_MS and is_cut and not feed.is_archived:
        yield TOO_SHORT.at(place, f"its {held:,} entries are of {span_ms / 3_600_000:.1f} hours")
    if is_cut and held * _DAY_MS > _FLOOD * span_ms:
        yield FLOODS.at(place, f"{held:,} entries in {span_ms / 3_600_000:.1f} hours")


def _held(sizes: Sequence[int], max_bytes: int) -> int:
    """Return how many entries fit into a document of so many bytes (0 for any), without its head."""
    total = 0
    for count, size in enumerate(sizes):
        total += size
        if total > max_bytes > 0:
            return max(1, count)
    return len(sizes)
