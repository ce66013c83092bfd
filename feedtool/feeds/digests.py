"""Digests: one entry for each day or week, which lists the entries of that time. Pure.

A digest is published when its day or week is over, and that is known by an entry of a later one: so no reader sees half
a list, and no clock is asked. Its id is made of the feed's name and the day; a late entry makes it an updated one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from html import escape
from itertools import chain
from typing import TypeVar

from feedtool.config.tables import Custom
from feedtool.model import Candidate, Entry, Feed, utc
from feedtool.syntax import EPOCH

E = TypeVar("E", Candidate, Entry)

#: characters of a digest's summary
_LONGEST = 300


def needed(newest: Sequence[Candidate], own: Custom, zone: tzinfo, limit: int) -> tuple[Candidate, ...]:
    """Return the entries that a feed of digests lists, and those that are too new; newest first, as they came."""
    spans = _by_span(newest, own, zone)
    kept = spans[: limit + 1] if limit else spans
    return tuple(chain.from_iterable(listed for _, listed in kept))


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
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"digest\n{own.name}\n{own.digest}\n{first}").urn,
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
