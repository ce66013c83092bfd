"""Front matter in TOML and JSON, as Hugo, Zola and Eleventy write it -> fields with their lines. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from feedtool.reader.keys import Field, typed

#: key, field and line; the field is None where it is nested too deep
Found = list[tuple[str, Field | None, int]]

_TOML_KEY = re.compile(r"\s*\[{0,2}\s*([\w-]+)\s*[=\]]")
_JSON_KEY = re.compile(r'\s*\{?\s*"([^"\\]+)"\s*:')
_JSON_END = re.compile(r"^\}[ \t]*(?:\n|\Z)", re.MULTILINE)
_LINE_END = re.compile(r"[ \t]*(?:\n|\Z)")
#: a table in braces, with a key in quotes; nothing else that a text may begin with
_JSON_START = re.compile(r'\{\s*"[^"\\\n]+"\s*:')
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


class DataError(ValueError):
    """The text is no TOML or JSON; says why."""


def read_toml(text: str, first_line: int) -> Found:
    """Return what a table of TOML says. Raises DataError."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"the TOML front matter cannot be read: {error}") from None
    return _found(table, _TOML_KEY, text, first_line)


def read_json(text: str, first_line: int) -> Found:
    """Return what a table of JSON says. Raises DataError."""
    try:
        table = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"the JSON front matter cannot be read: {error}") from None
    if not isinstance(table, dict):
        raise DataError("the JSON front matter is no table in braces")
    return _found(table, _JSON_KEY, text, first_line)


def json_end(text: str, start: int) -> int:
    """Return where a text's front matter ends that is JSON without a fence, or 0 where there is none.

    A table that is no good JSON ends with its first line that is a closing brace.
    """
    if not _JSON_START.match(text, start):
        return 0
    try:
        table, end = _DECODER.raw_decode(text, start)
        is_header = not {"title", "date"}.isdisjoint(map(str.lower, table))
        return end if is_header and _LINE_END.match(text, end) else 0
    except (ValueError, RecursionError):
        end_line = _JSON_END.search(text, start)
        return end_line.start() + 1 if end_line else 0


def _found(table: Mapping[str, Any], key_line: re.Pattern[str], text: str, first_line: int) -> Found:
    lines: dict[str, int] = {}
    for number, row in enumerate(text.split("\n"), first_line):
        if written := key_line.match(row):
            lines.setdefault(written[1], number)
    found: Found = []
    for key, value in table.items():
        line = lines.get(key, first_line)
        try:
            field = Field(value=typed(value), line=line, raw=str(value)[:200])
        except (OverflowError, RecursionError):
            found.append((key, None, line))
            continue
        found.append((key, field, line))
    return found
