"""A feed with all its entries -> the feed that is subscribed to, and the archive documents of the others.

    newest ... | ... oldest          every entry stands in one of them, and in no two
     the feed  | archive documents   (RFC 5005 section 4)

An archive document holds a year; where a year is too much, January to December have one each; where a month is too
much, its days. It is named by the day that it begins with, written as short as that can be: "2023" is the document
of the year as well as that of its January, so that what links to it from the year before stays as it is when the
year is divided.

Once no entry of its time stands in the feed, a document changes only if an entry of its own does: its neighbours
are there by then, and the feed takes back no entry that it has let go. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby

from feedtool.model import EPOCH, Feed, utc

_DAY_MS = 86_400_000
#: of a document; more are divided
MOST_ENTRIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """An entry, as far as its place in time goes."""

    id: str
    published_ms: int
    #: bytes in its largest format
    size: int


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stretch of the calendar with what lies in it."""

    name: str
    entries: tuple[Dated, ...]


def divide(feed: Feed, entries: Sequence[Dated], count: int, *, max_bytes: int) -> tuple[Feed, ...]:
    """Return the feed with its first `count` entries, and its archive documents, newest first.

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
    """Return how many of the entries, newest first, are newer than all that have left the feed."""
    if archived_until is None:
        return len(entries)
    published_ms, entry_id = archived_until
    last = (-published_ms, entry_id)
    return sum((-entry.published_ms, entry.id) < last for entry in entries)


#: bytes
_ANY = 1 << 62


def _years(entries: Iterable[Dated], oldest_ms: int, most: int) -> Iterator[_Unit]:
    """Yield the documents of entries, newest first; there is one for the oldest entry of the feed, at `oldest_ms`."""
    there = {year: tuple(some) for year, some in groupby(entries, lambda entry: _day(entry.published_ms)[:4])}
    for year in sorted({*there, _day(oldest_ms)[:4]}, reverse=True):
        yield from _divided(year, there.get(year, ()), oldest_ms, most)


def _divided(unit: str, entries: tuple[Dated, ...], oldest_ms: int, most: int) -> Iterator[_Unit]:
    """Yield the document of a year or a month, or those of its parts where it is too much for one."""
    size = len(unit) + 3
    if size > len("2023-01-01") or (len(entries) <= MOST_ENTRIES and sum(entry.size for entry in entries) <= most):
        yield _Unit(_name(unit), entries)
        return
    there = {part: tuple(some) for part, some in groupby(entries, lambda entry: _day(entry.published_ms)[:size])}
    wanted = {*there, f"{unit}-01"} | {day[:size] for day in [_day(oldest_ms)] if day.startswith(unit)}
    for part in sorted(wanted, reverse=True):
        yield from _divided(part, there.get(part, ()), oldest_ms, most)


def _name(unit: str) -> str:
    """Return the first day of a stretch without the parts that say nothing."""
    return unit.removesuffix("-01").removesuffix("-01")


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return utc(day * _DAY_MS).date().isoformat()


def _day(published_ms: int) -> str:
    return _date(published_ms // _DAY_MS)
