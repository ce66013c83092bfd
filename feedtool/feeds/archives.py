"""A feed with all its entries -> the subscription document, and archive documents for older entries.

    newest ... | ... oldest          every entry is in exactly one of them
     the feed  | archive documents   (RFC 5005 section 4)

An archive document holds a year. A year that is too large has a document for each month; a month that is too large,
one for each day. A document is named by its first day in the shortest form: "2023" is the document of the year, and
of its January if the year is divided, so that links to it stay the same.

Once the feed holds no entry of its time, a document changes only if one of its own entries does: its neighbours exist
by then, and the feed takes no entry back. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby

from feedtool.model import Feed, utc
from feedtool.syntax import EPOCH

_DAY_MS = 86_400_000
#: of a document; more are divided
MOST_ENTRIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """An entry with its date and size."""

    id: str
    published_ms: int
    #: bytes in its largest format
    size: int


@dataclass(frozen=True, slots=True)
class _Unit:
    """A year, a month or a day with its entries."""

    name: str
    entries: tuple[Dated, ...]


def divide(feed: Feed, entries: Sequence[Dated], count: int, *, max_bytes: int) -> tuple[Feed, ...]:
    """Return the feed with its first `count` entries, and its archive documents, newest first (RFC 5005 section 4).

    `entries` are newest first. A document holds at most MOST_ENTRIES and `max_bytes` (0 = any), unless they are of
    one day (UTC).
    """
    ids = tuple(entry.id for entry in entries[:count])
    if count >= len(entries):
        return (replace(feed, entry_ids=ids),)
    oldest = entries[max(0, count - 1)] if count else entries[0]
    units = list(_years(entries[count:], oldest.published_ms, max_bytes or _ANY))
    names = [unit.name for unit in units]
    newest = entries[count]
    head = replace(
        feed,
        entry_ids=ids,
        older=names[0],
        archived_until=(newest.published_ms, newest.id),
    )
    documents = (
        replace(feed, period=unit.name, newer=newer, older=older, entry_ids=tuple(entry.id for entry in unit.entries))
        for unit, newer, older in zip(units, ["", *names], [*names[1:], ""], strict=False)
    )
    return (head, *documents)


def begin_ms(period: str) -> int:
    """Return when the time of an archive document begins, in milliseconds since 1970."""
    day = datetime.fromisoformat(f"{period}{'-01-01'[len(period) - 4 :]}T00:00:00+00:00")
    return (day - EPOCH) // timedelta(milliseconds=1)


def still(entries: Sequence[Dated], archived_until: tuple[int, str] | None) -> int:
    """Return how many of the entries, newest first, are newer than all that left the feed before.

    Where the newest that left is gone, those of its moment count.
    """
    if archived_until is None:
        return len(entries)
    places = (at for at, entry in enumerate(entries) if (entry.published_ms, entry.id) == archived_until)
    return next(places, sum(entry.published_ms >= archived_until[0] for entry in entries))


#: bytes
_ANY = 1 << 62


def _years(entries: Iterable[Dated], oldest_ms: int, most: int) -> Iterator[_Unit]:
    """Yield the documents of entries, newest first; one always covers `oldest_ms`, the feed's oldest entry."""
    there = {year: tuple(some) for year, some in groupby(entries, lambda entry: _day(entry.published_ms)[:4])}
    for year in sorted({*there, _day(oldest_ms)[:4]}, reverse=True):
        yield from _divided(year, there.get(year, ()), oldest_ms, most)


def _divided(unit: str, entries: tuple[Dated, ...], oldest_ms: int, most: int) -> Iterator[_Unit]:
    """Yield the document of a year or a month, or of its parts if it is too large."""
    size = len(unit) + 3
    if size > len("2023-01-01") or (len(entries) <= MOST_ENTRIES and sum(entry.size for entry in entries) <= most):
        yield _Unit(_name(unit), entries)
        return
    there = {part: tuple(some) for part, some in groupby(entries, lambda entry: _day(entry.published_ms)[:size])}
    wanted = {*there, f"{unit}-01"} | {day[:size] for day in [_day(oldest_ms)] if day.startswith(unit)}
    for part in sorted(wanted, reverse=True):
        yield from _divided(part, there.get(part, ()), oldest_ms, most)


def _name(unit: str) -> str:
    """Return the first day of a unit in its shortest form: "2023-01" is "2023"."""
    return unit.removesuffix("-01").removesuffix("-01")


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return utc(day * _DAY_MS).date().isoformat()


def _day(published_ms: int) -> str:
    return _date(published_ms // _DAY_MS)
