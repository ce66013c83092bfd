"""Findings, how many of a kind are listed, and what every format's checks ask of all entries together.

Pure: no files, no clock. Linear in the number of entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from feedtool.problems import Code

MORE = Code(
    "check-more", "note", "Only the first hundred problems of one kind are listed (no rule: a limit of feedtool)."
)
ID_REPEATED = Code(
    "check-id-repeated",
    "error",
    "Two entries have the same id, and readers show one of them (RSS 2.0 guid; JSON Feed 1.1, id).",
    "Give each entry an id of its own, for good.",
)
ENTRY_REPEATED = Code(
    "check-entry-repeated",
    "warning",
    "Two entries have the same id: they are versions of one, and readers show one of them (RFC 4287 section 4.1.1).",
    "Give each entry an id of its own, for good; keep the newest where it is the same entry.",
)
ID_SHORT = Code(
    "check-id-short",
    "warning",
    "An id is a small number. Other feeds use the same, and some readers mix them up (RSS 2.0 guid).",
    "Use a URI, such as the permanent address of the entry.",
)
UPDATED_REPEATED = Code(
    "check-updated-repeated",
    "note",
    "Two entries were updated at the same instant, so readers may sort them in any order (RFC 4287 section 4.1.1).",
    "Write times as precisely as they are known.",
)
MANY = Code(
    "check-many-entries",
    "warning",
    "The feed has more than 3,000 entries, and large readers refuse it (limits that readers are known to have).",
    "Keep the newest 50 or 100, and the rest in archive documents (RFC 5005 section 4).",
)

#: lxml keeps the class of its elements to itself
Element: TypeAlias = Any
#: keys and indexes of JSON from the outermost value inwards
Path: TypeAlias = tuple[str | int, ...]

#: characters of a value that a message quotes
_LONGEST = 80
#: findings of one kind that are listed one by one
_MOST_OF_A_KIND = 100
_MOST_ENTRIES = 3000
#: so many times of one entry are a mistake
_HARDLY_ONE = 9


class Finding(NamedTuple):
    """A problem whose file is not known yet."""

    code: Code
    #: 1 is the first line; 0 where no line is at fault
    line: int
    #: the element, attribute or key that it is about, as the document writes it
    field: str
    message: str
    #: what to write instead, where the code's own fix does not say it
    fix: str = ""
    #: in JSON, until the line is known
    path: Path = ()


Findings: TypeAlias = Iterable[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a check may know besides the value."""

    #: milliseconds since 1970, UTC: later dates are in the future
    now_ms: int
    #: where the document is published, or ""
    published_at: str = ""
    #: the version that the document's outermost element names, or ""
    version: str = ""
    #: lines of an RSS document where characters are written by their hexadecimal number
    hex_lines: frozenset[int] = frozenset()


class Position(NamedTuple):
    """Where a value is in a document."""

    line: int
    field: str
    scope: Scope

    def finding(self, code: Code, message: str) -> Finding:
        """Return a finding about the value."""
        return Finding(code, self.line, self.field, message)


def shown(value: str) -> str:
    """Return a value as messages quote it: short, and without what could steer a terminal."""
    return repr(value if len(value) <= _LONGEST else value[: _LONGEST - 3] + "...")


def bounded(found: Iterable[Finding]) -> Iterator[Finding]:
    """Return the findings, but of each kind no more than a person wants to read."""
    seen: Counter[str] = Counter()
    for finding in found:
        seen[finding.code.name] += 1
        if seen[finding.code.name] <= _MOST_OF_A_KIND:
            yield finding
    for name, count in seen.items():
        if count > _MOST_OF_A_KIND:
            yield Finding(MORE, 0, "", f"{name} was found {count:,} times; the first {_MOST_OF_A_KIND} are listed")


class EntryFacts(NamedTuple):
    """What has to be compared between entries."""

    line: int
    #: what the format calls the id
    field: str
    #: "" for an entry without one
    id: str
    #: as written, or ""
    updated: str = ""
    path: Path = ()

    def finding(self, code: Code, message: str) -> Finding:
        """Return a finding about the entry."""
        return Finding(code, self.line, self.field, message, path=self.path)


def check_entries(entries: Iterable[EntryFacts], *, is_fatal: bool) -> Findings:
    """Check the entries of a feed; `is_fatal` says whether the format forbids two entries with one id."""
    ids: dict[str, int] = {}
    times: set[str] = set()
    repeated = 0
    for count, entry in enumerate(entries, start=1):
        if entry.id in ids:
            code = ID_REPEATED if is_fatal else ENTRY_REPEATED
            yield entry.finding(code, f"{shown(entry.id)} is also the id of entry {ids[entry.id]} of the feed")
            repeated += 1
        elif entry.id:
            ids[entry.id] = count
        if entry.id.isdigit() and len(entry.id) < 9:
            yield entry.finding(ID_SHORT, f"{shown(entry.id)} is a small number")
        if entry.updated and entry.updated in times:
            yield entry.finding(UPDATED_REPEATED, f"another entry has {shown(entry.updated)} too")
        times.add(entry.updated)
        if count == _MOST_ENTRIES + 1:
            yield entry.finding(MANY, f"this is entry {count:,}")
        if not is_fatal and repeated == _HARDLY_ONE and len(ids) == 1:
            yield entry.finding(ID_REPEATED, f"{count} entries have this one id")
