"""A feed with all its entries -> the subscription document, and archive documents for older entries.

    newest ... | ... oldest          every entry is in exactly one of them
     the feed  | archive documents   (RFC 5005 section 4)

Entries come to a feed at a moment: when they were published or, if they come later than that (backdated, tagged
later), behind all that the feed has. The feed holds the last to come; when there are twice as many as it has to hold,
the surplus goes into a new archive document, which is closed from then on: no entry is added to it, so that a reader
who walks back to a document that it knows misses nothing. A document is named by the hour at which its time ends:
"2023-05-31-24" has what came until the end of that day (UTC). Where an entry that was deleted comes back, its document
and all newer ones get new addresses: "2023-05-31-24-2". Pure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from feedtool.frozen import frozen
from feedtool.model import Feed, utc
from feedtool.syntax import CALENDAR_MS, EPOCH

_HOUR_MS = 3_600_000
#: of a document, unless they came in one hour
MOST_ENTRIES = 200
#: of many that come late at once, so that a document need not hold them all
_LATE_AN_HOUR = 10
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-(0[1-9]|1\d|2[0-4])(-[1-9]\d{0,3})?", re.ASCII)
#: characters of a name without its number
_HOUR = 13


@frozen
class Dated:
    """An entry of a feed."""

    id: str
    #: when it came to the feed, in milliseconds since 1970
    came_ms: int
    #: bytes in its largest format
    size: int


@frozen
class Before:
    """A feed's archives as the last build left them."""

    #: the name of the newest document, or ""
    until: str = ""
    #: names of all documents that were ever made
    names: Collection[str] = ()
    #: the newest of them, also if its entries are in the feed again; "" where readers may know none
    newest: str = ""
    #: how many entries the feed held
    count: int = 0
    #: ids of entries that had come to it, and that it did not hold any more
    left: Collection[str] = ()


def came(published: Mapping[str, int], known: Mapping[str, int], newest: str) -> dict[str, int]:
    """Return when each entry came to a feed; `published` says when it was published, by id.

    `known`: when those came that were ever in the feed or its archives. What comes too late for the documents that
    readers know, up to `newest`, comes behind all others, the oldest first, a few an hour.
    """
    end_ms = end_of(newest) if newest else None
    found = {one: known.get(one, ms) for one, ms in published.items() if one in known or end_ms is None or ms >= end_ms}
    last_ms = max([*found.values(), end_ms or 0])
    late = sorted((ms, one) for one, ms in published.items() if one not in found)
    return found | {
        one: min(last_ms + number + number // _LATE_AN_HOUR * _HOUR_MS, CALENDAR_MS[-1])
        for number, (_, one) in enumerate(late, 1)
    }


def divide(
    feed: Feed, entries: Sequence[Dated], before: Before, *, limit: int, max_bytes: int,
    fit: Callable[[Sequence[str]], int],
) -> tuple[tuple[Feed, ...], dict[str, int]]:  # fmt: skip
    """Return the feed and its archive documents, newest first; and when entries came that are counted as later now.

    `entries` are in the feed's order. The feed holds the first `limit` of them (0 = all) and those that came after one
    of these, and as many again until the next document is closed, but no more than `fit` into it. Where more came late,
    the first ones count as the last to come. A document holds at most MOST_ENTRIES and `max_bytes` (0 = any), unless
    they came in one hour.
    """
    until, held = _reopened(sorted(entries, key=lambda entry: -entry.came_ms), before, limit)
    newest = {entry.id for entry in entries[: limit or None]}
    least = max([limit, *(at for at, entry in enumerate(held, 1) if entry.id in newest)])
    moved: dict[str, int] = {}
    if 0 < 2 * limit < least:
        held, least = _first(held, newest), limit
        moved = {entry.id: entry.came_ms for entry in held if entry.id in newest}
    some = held[: least + limit]
    room = fit([entry.id for entry in some])
    keep = least if 0 < limit <= len(held) - least else len(held)
    if room < min(keep, len(some)):
        keep = limit if 0 < limit < room else max(1, room // 2 if before.names else room)
    names = _closed(before, until, min((entry.came_ms for entry in entries if entry.id in before.left), default=_NEVER))
    if keep < len(held):
        end_ms = (held[keep].came_ms // _HOUR_MS + 1) * _HOUR_MS
        same = [entry.id for entry in held[:keep][::-1] if entry.came_ms < end_ms]
        moved |= {one: min(end_ms + at, CALENDAR_MS[-1]) for at, one in enumerate(same)}
        begin_ms = end_of(until) if until else held[-1].came_ms
        left = [entry for entry in held[keep:][::-1] if entry.came_ms >= begin_ms]
        known = (name[:_HOUR] for name in before.names if until < name <= name_of(end_ms))
        ends = {*known, *_ends(left, max_bytes or _ANY), name_of(end_ms)}
        names |= {_fresh(name, before) for name in ends if not until or end_of(name) > end_of(until)}
    return _documents(feed, entries, sorted(names, reverse=True), moved), moved


def _closed(before: Before, until: str, back_ms: int) -> set[str]:
    """Return the names of the documents up to `until`: new ones from there on where an entry came back into one.

    A reader who knows a document looks no further back, so all newer ones must be unknown to it.
    """
    last = {name[:_HOUR]: name for name in sorted(before.names, key=_number) if name <= until}
    return {name if end_of(name) <= back_ms else _fresh(name, before) for name in last.values()}


def _fresh(name: str, before: Before) -> str:
    """Return a name for the same hour that no document ever had."""
    numbers = [_number(one) for one in before.names if one.startswith(name[:_HOUR])]
    return f"{name[:_HOUR]}-{max(numbers) + 1}" if numbers else name


def _number(name: str) -> int:
    return int(name[_HOUR + 1 :] or 1)


def _first(held: Sequence[Dated], newest: Collection[str]) -> Sequence[Dated]:
    """Return entries, last to come first, with the newest as the last of them."""
    some = [entry for entry in held if entry.id in newest]
    last_ms = held[0].came_ms + len(some)
    counted = [replace(entry, came_ms=min(last_ms - at, CALENDAR_MS[-1])) for at, entry in enumerate(some)]
    return [*counted, *(entry for entry in held if entry.id not in newest)]


def _reopened(last: Sequence[Dated], before: Before, limit: int) -> tuple[str, Sequence[Dated]]:
    """Return the newest document that stays closed, and the entries that came after it; `last` came last first.

    Where the feed lost entries, those of the newest documents come back until it has enough.
    """
    names, until = sorted(before.names), before.until
    held = _after(last, until)
    while until and len(held) < (min(limit, before.count) or 1):
        until = max((name for name in names if name < until), default="")
        held = _after(last, until)
    return until, held


def _after(last: Sequence[Dated], until: str) -> Sequence[Dated]:
    return [entry for entry in last if entry.came_ms >= end_of(until)] if until else last


def _ends(entries: Iterable[Dated], most: int) -> Iterator[str]:
    """Yield the names of the documents of entries, the oldest first, without the last."""
    count = size = 0
    for hour, group in groupby(entries, lambda entry: entry.came_ms // _HOUR_MS):
        sizes = [entry.size for entry in group]
        if count and (count + len(sizes) > MOST_ENTRIES or size + sum(sizes) > most):
            yield name_of(hour * _HOUR_MS)
            count = size = 0
        count, size = count + len(sizes), size + sum(sizes)


def _documents(
    feed: Feed, entries: Sequence[Dated], names: Sequence[str], moved: Mapping[str, int]
) -> tuple[Feed, ...]:
    """Return the feed, and a document for each name that any entry came until, newest first."""
    ids: dict[str, list[str]] = {"": []}
    periods = [*reversed(names), ""]
    ends = [end_of(name) for name in periods[:-1]]
    for entry in entries:
        period = periods[bisect_right(ends, moved.get(entry.id, entry.came_ms))]
        ids.setdefault(period, []).append(entry.id)
    there = [name for name in names if name in ids]
    older = there[0] if there else ""
    head = replace(feed, entry_ids=tuple(ids[""]), older=older, archived_until=names[0] if names else "")
    documents = (
        replace(feed, period=name, newer=newer, older=older, entry_ids=tuple(ids[name]))
        for name, newer, older in zip(there, ["", *there], [*there[1:], ""], strict=False)
    )
    return (head, *documents)


#: bytes, and milliseconds
_ANY = _NEVER = 1 << 62


def is_name(name: str) -> bool:
    """Return whether an archive document may have this name."""
    found = _NAME.fullmatch(name)
    try:
        return found is not None and bool(datetime.fromisoformat(found[1]))
    except ValueError:
        return False


def end_of(name: str) -> int:
    """Return when the time of an archive document ends, in milliseconds since 1970."""
    end = datetime.fromisoformat(f"{name[:10]}T00:00:00+00:00") - EPOCH
    return end // timedelta(milliseconds=1) + int(name[11:_HOUR]) * _HOUR_MS


def name_of(end_ms: int) -> str:
    """Return the name of the document whose time ends at that hour."""
    last = utc(end_ms - _HOUR_MS)
    return f"{last.date().isoformat()}-{last.hour + 1:02}"
