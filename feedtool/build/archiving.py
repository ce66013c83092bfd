"""Feeds with all their entries -> those that are subscribed to, and their archive documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from feedtool import feeds
from feedtool.build import jobs
from feedtool.build.jobs import FeedJob, InFeed
from feedtool.cache import Cache
from feedtool.cache.entries import Shelf
from feedtool.config import Config
from feedtool.feeds import archives
from feedtool.feeds.archives import Dated
from feedtool.generators import Manifest
from feedtool.model import Feed

#: stands for the name of an archive document while nobody knows which it is; none is longer
_SOME_PERIOD = "2023-12-31"


def divided(cache: Cache, config: Config, todo: Iterable[FeedJob], previous: Manifest) -> list[FeedJob]:
    """Return the jobs, with archive documents for the feeds that have them, ahead of their feed."""
    known = {(feed.kind, feed.term): feed.archived_until for feed in previous.feeds}
    shelved = Shelf(cache.db)
    found: list[FeedJob] = []
    for job in todo:
        until = known.get((job.feed.kind, job.feed.term))
        found += _parts(job, config, shelved, until) if job.feed.is_archived else (job,)
    return found


def _parts(job: FeedJob, config: Config, shelved: Shelf, until: tuple[int, str] | None) -> Iterator[FeedJob]:
    """Yield the archive documents of a feed, newest first, and the feed."""
    dated = [Dated(id=entry.id, published_ms=entry.published_ms, size=entry.size) for entry in job.entries]
    # a feed that lost all its entries shows somebody who comes now nothing; then it begins anew
    most = archives.still(dated, until) or len(dated)
    count = min(most, feeds.limit_of(job.feed.kind, config.feeds) or most)
    first = replace(job, feed=replace(job.feed, older=_SOME_PERIOD), entries=job.entries[:count])
    count = len(jobs.cut(first, config.feeds.max_bytes, shelved, hub=config.site.hub).entry_ids)
    by_id = {entry.id: entry for entry in job.entries}
    head, *documents = archives.divide(job.feed, dated, count, max_bytes=config.feeds.max_bytes)
    for feed in (*documents, head):
        held = tuple(by_id[entry_id] for entry_id in feed.entry_ids)
        periods = () if feed.period else tuple(document.period for document in documents)
        yield FeedJob(feed=_own(feed, held, config), entries=held, is_cut=True, periods=periods)


def _own(feed: Feed, held: Sequence[InFeed], config: Config) -> Feed:
    """Return a feed that says of itself what its own entries say: an archive document must not change with others."""
    quiet_ms = archives.begin_ms(feed.period) if feed.period else feed.updated_ms
    updated_ms = max((entry.updated_ms for entry in held), default=quiet_ms)
    return replace(feed, updated_ms=updated_ms, language=config.site.language if feed.period else feed.language)
