"""What the next build has to know of each entry: its claim, its feeds, when and how it changed last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from feedtool.build.feed_jobs import FeedJob
from feedtool.cache import Cache, posts
from feedtool.generators import KnownEntry
from feedtool.model import TOLD, Claim, Feed

#: entries of earlier builds that no feed holds, and whose ids are remembered; and so many where there were more, so
#: that not every build drops one
_MOST_FORMER, _FORMER = 6000, 5000


def known_entries(
    cache: Cache, jobs: Sequence[FeedJob], feeds: Sequence[Feed], holders: Mapping[str, Sequence[str]],
    before: Mapping[str, KnownEntry],
) -> Iterator[KnownEntry]:  # fmt: skip
    """Yield the entries that feeds hold, and those that they held before, of which only the newest are remembered.

    `holders` are the keys of the feeds that hold an entry, by its id, and `before` the known entries of the last build.
    """
    held = {entry.id: entry for job in jobs for entry in job.entries}
    #: of the oldest entry of each feed without archives
    oldest_ms = {
        feed.key: min((held[entry_id].published_ms for entry_id in feed.entry_ids), default=0)
        for feed in feeds
        if not feed.is_archived
    }
    came: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for job in jobs:
        for entry in job.entries if job.feed.is_archived else ():
            came[entry.id].append((job.feed.key, entry.came_ms))
    archived = {feed.key for feed in feeds if feed.is_archived}
    for claim in posts.claims(cache, holders):
        known, now = before.get(claim.id), held[claim.id]
        yield KnownEntry(
            claim=_with_all_told(claim, known),
            feeds=tuple(sorted({*holders[claim.id], *_left(known, claim.published_ms, oldest_ms)})),
            late=(
                *((key, ms) for key, ms in came[claim.id] if ms != claim.published_ms),
                *_places(known, archived.difference(holders[claim.id])),
            ),
            updated_ms=now.updated_ms,
            content=now.content,
        )
    former = [known for one, known in before.items() if one not in holders]
    if len(former) > _MOST_FORMER:
        former = sorted(former, key=lambda entry: (-entry.claim.published_ms, entry.claim.id))[:_FORMER]
    there = {claim.id: claim for claim in posts.claims(cache, (gone.claim.id for gone in former))}
    for gone in former:
        own = there.get(gone.claim.id)
        claim = _with_all_told(own, gone) if own else gone.claim
        feeds_left = _left(gone, own.published_ms, oldest_ms) if own else ()
        yield replace(gone, claim=claim, feeds=feeds_left, late=_places(gone, archived))


def _with_all_told(claim: Claim, known: KnownEntry | None) -> Claim:
    """Return a claim that also remembers the posts that told the story in earlier builds, for they may come back."""
    if known is None or not claim.digest("source") or known.claim.digest("source") != claim.digest("source"):
        return claim
    told = {known.claim.root[TOLD], *known.claim.told, *claim.told} - {claim.root[TOLD]}
    return replace(claim, told=tuple(sorted(told)))


def _places(entry: KnownEntry | None, archived: Collection[str]) -> tuple[tuple[str, int], ...]:
    """Return when an entry came to archived feeds that do not hold it now: if it comes back, it has its old place."""
    late = dict(entry.late) if entry else {}
    keys = sorted({*late, *entry.feeds}.intersection(archived)) if entry else ()
    return tuple((key, late.get(key, entry.claim.published_ms)) for key in keys) if entry else ()


def _left(entry: KnownEntry | None, published_ms: int, oldest_ms: Mapping[str, int]) -> tuple[str, ...]:
    """Return the feeds that an entry left because they are full, by the time of their oldest entry.

    They stay with it: else each new entry would change the part of the ledger with the one that makes room for it.
    """
    return tuple(key for key in entry.feeds if published_ms < oldest_ms.get(key, 0)) if entry else ()
