"""Entries -> fragments -> feed documents in the three formats.

In: entries that need no further repair, and the feed that they stand in. Out: bytes. An entry is rendered
once and its bytes are reused in every feed that holds it. Never chooses or orders entries.
Pure: no files, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from feedtool.generators.formatting import require_xml_characters, terms
from feedtool.generators.jsonfeed import json_frame, json_item
from feedtool.generators.xml import atom_entry, atom_frame, rss_frame, rss_item
from feedtool.model import MEDIA_TYPES, Document, Entry, Feed, Format, Fragment

_ENTRIES = {"atom": atom_entry, "rss": rss_item, "json": json_item}
_FRAMES = {"atom": atom_frame, "rss": rss_frame, "json": json_frame}
_BETWEEN: dict[Format, bytes] = {"atom": b"", "rss": b"", "json": b","}


@dataclass(frozen=True, slots=True)
class _Frame:
    """A document without its entries."""

    before: bytes
    between: bytes
    after: bytes


def render_entry(entry: Entry, formats: tuple[Format, ...]) -> Fragment:
    """Return the entry in the formats asked for.

    Raises AssertionError if the entry holds a character that XML forbids, against its promise.
    """
    require_xml_characters(
        f"entry {entry.id}",
        *(entry.id, entry.title, entry.url, entry.source_url, entry.summary, entry.content_html, entry.image),
        *(text for author in entry.authors for text in (author.name, author.email, author.uri)),
        *terms(entry),
    )
    return Fragment(id=entry.id, **{form: _ENTRIES[form](entry) for form in formats})


def render_feed(feed: Feed, form: Format, fragments: Sequence[Fragment], *, generator: str, hub: str = "") -> Document:
    """Return the feed's document in one format, holding the fragments in the order given.

    `hub` is the address of a WebSub hub, or "".
    """
    frame = _frame(feed, form, generator=generator, hub=hub)
    entries = frame.between.join(fragment.of(form) for fragment in fragments)
    return Document(
        path=feed.file(form),
        media_type=MEDIA_TYPES[form],
        content=frame.before + entries + frame.after,
    )


def fit(feed: Feed, sizes: Sequence[Mapping[Format, int]], *, max_bytes: int, generator: str, hub: str = "") -> int:
    """Return how many of the first entries fit into `max_bytes` (0 = any), by their bytes in each format of the feed.

    At least 1 where there are any: a feed that shows nothing because its newest entry is large helps nobody.
    """
    if not max_bytes or not sizes:
        return len(sizes)
    fitting = (
        _fit_format(_frame(feed, form, generator=generator, hub=hub), [size[form] for size in sizes], max_bytes)
        for form in feed.formats
    )
    return max(1, min(fitting, default=len(sizes)))


def _fit_format(frame: _Frame, sizes: Sequence[int], max_bytes: int) -> int:
    room = max_bytes - len(frame.before) - len(frame.after) + len(frame.between)
    ends = accumulate(size + len(frame.between) for size in sizes)
    return sum(end <= room for end in ends)


def _frame(feed: Feed, form: Format, *, generator: str, hub: str) -> _Frame:
    before, after = _FRAMES[form](feed, generator=generator, hub=hub)
    return _Frame(before, _BETWEEN[form], after)
