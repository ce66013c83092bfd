"""The archive documents of a feed, as a page lists them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote

from feedtool.model import Feed, Format


@dataclass(frozen=True, slots=True)
class Period:
    """The documents of one stretch of time."""

    #: such as "2023" or "2023-05"
    name: str
    #: format and address, relative to the feed's page
    files: tuple[tuple[Format, str], ...]


def periods(feed: Feed, names: Iterable[str]) -> tuple[Period, ...]:
    """Return the feed's archive documents of these times, in the order given."""
    parts = (replace(feed, period=name) for name in names)
    return tuple(
        Period(part.period, tuple((form, quote(part.file(form).removeprefix(feed.folder))) for form in feed.formats))
        for part in parts
    )
