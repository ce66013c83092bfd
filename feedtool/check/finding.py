"""What the checks hand to each other: a place in, findings out. Pure: no files, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from feedtool.problems import Code

#: lxml keeps the class of its elements to itself
Element: TypeAlias = Any

_LONGEST = 80


class Finding(NamedTuple):
    """A problem whose file is not said yet."""

    code: Code
    #: 1 is the first line; 0 where no line is at fault
    line: int
    #: the element, attribute or key that it is about, as the document writes it
    field: str
    message: str
    #: what to write instead, where the code's own cure does not say it
    fix: str = ""
    #: in JSON where it stands, keys and positions from the outermost value inwards, until its line is known
    path: tuple[str | int, ...] = ()


Findings: TypeAlias = Iterable[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a check may know besides the document."""

    #: milliseconds since 1970, UTC: later dates lie in the future
    now_ms: int
    #: where the document is published, or ""
    published_at: str = ""
    #: the version that the document's outermost element names, or ""
    version: str = ""
    #: lines of an RSS document where characters are written by their hexadecimal number
    hex_lines: frozenset[int] = frozenset()


class Place(NamedTuple):
    """Where a value stands."""

    line: int
    field: str
    scope: Scope


def shown(value: str) -> str:
    """Return a value as messages quote it: short, and without what could steer a terminal."""
    text = value if len(value) <= _LONGEST else value[: _LONGEST - 3] + "..."
    return repr(text)
