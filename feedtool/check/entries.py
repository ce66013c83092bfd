"""All entries of a feed, whatever its format -> findings: ids that stand twice, times that do, too many entries.

Pure; linear in the number of entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from feedtool.check.finding import Finding, Findings, shown
from feedtool.problems import Code

ID_REPEATED = Code(
    "check-id-repeated",
    "error",
    "Two entries have the same id, and readers show one of them (RSS 2.0 guid; JSON Feed 1.1, id).",
    "Give each entry an id of its own, for good.",
)
ENTRY_REPEATED = Code(
    "check-entry-repeated",
    "warning",
    "Two entries have the same id: they count as one entry at different times, and readers show one of them "
    "(RFC 4287 section 4.1.1).",
    "Give each entry an id of its own, for good; keep the newest where it is the same entry.",
)
ID_SHORT = Code(
    "check-id-short",
    "warning",
    "An id is a small number, which other feeds use too, and some readers mix them up (RSS 2.0 guid).",
    "Use a URI, such as the permanent address of the entry.",
)
UPDATED_REPEATED = Code(
    "check-updated-repeated",
    "note",
    "Two entries were changed in the same instant, so that readers may sort them as they like "
    "(RFC 4287 section 4.1.1).",
    "Write times as precisely as they are known.",
)
MANY = Code(
    "check-many-entries",
    "warning",
    "The feed has more than 3,000 entries, and large readers refuse it (what readers are known to take).",
    "Keep the newest 50 or 100, and the rest in archive documents (RFC 5005 section 4).",
)

_MOST = 3000
#: so many times of one entry are a mistake
_HARDLY_ONE = 9


class EntryFacts(NamedTuple):
    """What has to be compared between entries."""

    line: int
    #: what the format calls the id
    field: str
    #: "" where there is none
    id: str
    #: as written, or ""
    updated: str = ""
    #: of JSON, as that of a finding
    path: tuple[str | int, ...] = ()


def check_entries(entries: Iterable[EntryFacts], *, is_fatal: bool) -> Findings:
    """Check the entries of a feed; `is_fatal` is whether the format forbids that an id stands twice."""
    ids: dict[str, int] = {}
    times: set[str] = set()
    repeated = 0
    for count, entry in enumerate(entries, start=1):
        if entry.id in ids:
            code = ID_REPEATED if is_fatal else ENTRY_REPEATED
            yield _at(entry, code, f"{shown(entry.id)} is also the id of entry {ids[entry.id]} of the feed")
            repeated += 1
        elif entry.id:
            ids[entry.id] = count
        if entry.id.isdigit() and len(entry.id) < 9:
            yield _at(entry, ID_SHORT, f"{shown(entry.id)} is a small number")
        if entry.updated and entry.updated in times:
            yield _at(entry, UPDATED_REPEATED, f"another entry has {shown(entry.updated)} too")
        times.add(entry.updated)
        if count == _MOST + 1:
            yield _at(entry, MANY, f"this is entry {count:,}")
        if not is_fatal and repeated == _HARDLY_ONE and len(ids) == 1:
            yield _at(entry, ID_REPEATED, f"{count} entries have this one id")


def _at(entry: EntryFacts, code: Code, message: str) -> Finding:
    return Finding(code, entry.line, entry.field, message, path=entry.path)
