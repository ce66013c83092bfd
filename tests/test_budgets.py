"""Budgets: what readers and hosts take is said where it is exceeded, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedtool.build.feed_jobs import FeedJob, InFeed
from feedtool.build.limits import exceeded
from feedtool.config import Feeds
from feedtool.model import Feed

FEED = Feed(
    kind="all",
    title="Notes",
    description="Notes",
    language="en",
    author="Notes",
    url="https://feeds.example.org/",
    home_url="https://feeds.example.org/",
    formats=("atom",),
    updated_ms=0,
)
HOUR_MS = 3_600_000


def job(count: int, *, every_ms: int = 24 * HOUR_MS, size: int = 1000, feed: Feed = FEED) -> FeedJob:
    """Return a feed with so many entries, one at a time."""
    entries = (
        InFeed(id=f"urn:x:{n}", key=b"", published_ms=-n * every_ms, updated_ms=0, size=size, content="")
        for n in range(count)
    )
    return FeedJob(feed=feed, entries=tuple(entries))


def codes(one: FeedJob, *, files: int = 10, feeds: Feeds = Feeds(limit=50)) -> list[str]:  # noqa: B008 - frozen
    """Return the codes of what is said."""
    return [problem.code for problem in exceeded([one], feeds, files=files)]


def test_a_feed_within_its_budget_is_not_mentioned() -> None:
    """Fifty entries, one a day."""
    assert codes(job(50)) == []


@pytest.mark.parametrize(("files", "said"), [(20_000, []), (20_001, ["many-files"])])
def test_hosts_take_so_many_files(files: int, said: list[str]) -> None:
    """20,000 on common free plans."""
    assert codes(job(1), files=files) == said


def test_what_a_document_cannot_hold_does_not_count() -> None:
    """A limit of bytes keeps a feed small, however many entries there are."""
    assert codes(job(4000), feeds=Feeds(limit=0)) == []
    assert codes(job(4000), feeds=Feeds(limit=0, max_bytes=0)) == ["feed-too-large"]
    assert codes(job(50, size=200_000), feeds=Feeds(limit=50, max_bytes=0)) == ["feed-too-large"]


def test_a_feed_of_hours_loses_entries_unless_it_has_archives() -> None:
    """A reader that comes once a day misses what has left the feed."""
    assert codes(job(50, every_ms=HOUR_MS // 3)) == ["feed-too-short"]
    assert codes(job(49, every_ms=HOUR_MS // 3)) == []
    archived = replace(FEED, is_archived=True, older="2023")
    assert codes(job(50, every_ms=HOUR_MS // 3, feed=archived)) == []
    assert codes(job(50, every_ms=HOUR_MS // 6, feed=archived)) == ["feed-floods"]
