"""What a header holds: fields, each with its place. Values are text whatever they look like. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from feedtool.syntax import FORBIDDEN

#: text, a list, a table, or nothing
Value = str | tuple["Value", ...] | dict[str, "Value"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Where a field stands instead."""

    #: what it is called there, such as "taxonomies.tags"
    name: str
    #: the configuration file that gives it, or "" where the post itself does
    path: str = ""
    #: in the configuration file, from 1
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A header field as read."""

    value: Value
    #: in the post's file, from 1; 0 where it does not stand there
    line: int
    #: what stands behind the key on its line, as written
    raw: str
    #: the value is text without quotes, which other tools may take for something else than text
    is_bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LentField(Field):
    """A header field that does not stand behind its own key at the head of its post."""

    elsewhere: Elsewhere


def typed(value: Any, deepest: int) -> Value:  # noqa: ANN401 - whatever TOML and JSON have
    """Return a value of TOML or JSON as a header's. Raises OverflowError where it is nested deeper than that."""
    if deepest < 0:
        raise OverflowError
    if isinstance(value, list):
        return tuple(typed(child, deepest - 1) for child in value)
    if isinstance(value, dict):
        return {str(key): typed(child, deepest - 1) for key, child in value.items()}
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return None if value is None else FORBIDDEN.sub("", str(value))
