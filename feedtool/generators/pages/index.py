"""The page of all feeds: how people find what they may subscribe to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import partial
from urllib.parse import quote

from feedtool.config import Templates
from feedtool.generators.formatting import day_of
from feedtool.generators.opml import GROUPS
from feedtool.generators.pages.chart import levels, steps
from feedtool.generators.pages.environment import render
from feedtool.generators.pages.languages import initial
from feedtool.generators.pages.periods import Period, periods
from feedtool.model import Activity, Document, Entry, Feed, Kind

#: sections that hold more feeds are divided by the first letter
_DIVIDE_ABOVE = 60


@dataclass(frozen=True, slots=True)
class _Row:
    """A feed as the index shows it; `newest` is None where the feed is empty."""

    feed: Feed
    name: str
    href: str
    newest: Entry | None
    #: of all its stories
    total: int
    #: of an SVG path, or ""
    chart: str
    #: how high its chart is in each month, a digit for each; or ""
    levels: str
    #: of its archive documents, for the feed of everything
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Feeds under a heading; "" where the section is not divided."""

    name: str
    rows: tuple[_Row, ...]


@dataclass(frozen=True, slots=True)
class _Section:
    """All feeds of a kind."""

    kind: Kind
    name: str
    size: int
    groups: tuple[_Group, ...]


def render_index(
    feeds: Sequence[Feed],
    entries: Mapping[str, Entry],
    *,
    site_title: str,
    site_url: str,
    language: str,
    generator: str,
    activity: Activity | None = None,
    archives: Sequence[str] = (),
    zone: tzinfo = UTC,
    templates: Templates | None = None,
) -> Document:
    """Return the page of all feeds, by kind and name; `entries` holds at least each feed's newest, by id.

    `archives` are the periods of the archive documents of everything, newest first; days are those of `zone`.
    Raises BrokenTemplateError.
    """
    told = activity or Activity()
    rows = [_row(feed, entries, told, archives) for feed in feeds]
    content = render(
        "index.html",
        templates or Templates(),
        main=[row for row in rows if row.feed.kind == "all"],
        sections=_sections([row for row in rows if row.feed.kind != "all"]),
        months=told.months,
        site_title=site_title,
        site_url=site_url,
        language=language,
        generator=generator,
        day_of=partial(day_of, zone=zone),
    )
    return Document(path="index.html", media_type="text/html", content=content)


def _row(feed: Feed, entries: Mapping[str, Entry], activity: Activity, archives: Sequence[str]) -> _Row:
    counts = activity.counts.get((feed.kind, feed.term), ())
    return _Row(
        feed=feed,
        name=feed.term or feed.title,
        href=_address(feed.folder),
        newest=entries.get(feed.entry_ids[0]) if feed.entry_ids else None,
        total=max(activity.totals.get((feed.kind, feed.term), 0), len(feed.entry_ids)),
        chart="" if feed.folder else steps(counts),
        levels=levels(counts),
        periods=() if feed.folder else periods(feed, archives),
    )


def _address(folder: str) -> str:
    """Return a folder as an address; letters of all scripts stay, which takes a third of their escapes' room."""
    return re.sub(r"[\x00-\x7f]+", lambda found: quote(found[0]), folder)


def _sections(rows: Iterable[_Row]) -> list[_Section]:
    ordered = sorted(rows, key=lambda row: (initial(row.name), row.name.casefold(), row.feed.slug))
    found = []
    for kind, name in GROUPS.items():
        members = [row for row in ordered if row.feed.kind == kind]
        if members:
            found.append(_Section(kind, name, len(members), _groups(members)))
    return found


def _groups(rows: Sequence[_Row]) -> tuple[_Group, ...]:
    if len(rows) <= _DIVIDE_ABOVE:
        return (_Group("", tuple(rows)),)
    by_name: dict[str, list[_Row]] = {}
    for row in rows:
        by_name.setdefault(initial(row.name)[1], []).append(row)
    return tuple(_Group(name, tuple(members)) for name, members in by_name.items())
