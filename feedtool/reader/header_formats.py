"""Front matter in YAML, TOML and JSON, and in Pelican's lines -> fields, each with its line. Pure.

A value of YAML stays text: what `no`, `010`, `10:30` and `2023-02-30` mean in YAML is not applied, since a title or a
tag is text, whatever it looks like.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import yaml

from feedtool.reader.keys import Field, Value, typed

#: key, field and line; the field is None where it is too complex
Found = list[tuple[str, Field | None, int]]

#: a key in any script, in quotes or not; behind the colon a blank, as in YAML, or an opening quote or bracket
KEY_LINE = re.compile(r"[\"']?([^\W\d][\w.-]*)[\"']?[ \t]*:(?:[ \t]+(.*)|(?=[\"'\[])(.*))?$")
#: No quantifier gives back what it took, so that long lines cost no more than their length.
#: a line that says to YAML what it says to the eye: key, text in double or single quotes, list of bare words, bare text
_SIMPLE_LINE = re.compile(
    r"""([A-Za-z][A-Za-z0-9_-]{0,60}+):(?:\ ++(
        "[^"\\]*+" | '[^']*+'
        | \[\ *+(?:\w[^,:?\#\[\]{}"']*+(?:,\ *+\w[^,:?\#\[\]{}"']*+)*+)?+\]
        | \w[^:\#]*+(?::(?=\S)[^:\#]*+)*+
        )?+)?+\ *+""",
    re.VERBOSE,
)
#: what no header text means, so that an escape which gives it, as in "C:\\recipes", was none
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LETTER_ESCAPE = re.compile(r'^"[^"]*\\[abefrv0][^"]*"$')
_NULLS = {"", "~", "null", "Null", "NULL"}
_MOST_VALUES = 2000
_DEEPEST = 6
_LONGEST_HEADER = 200_000
_DEEP_INDENT = re.compile(r"^[ \t]{200}", re.MULTILINE)
_TOML_KEY = re.compile(r"\s*\[{0,2}\s*([\w-]+)\s*[=\]]")
_JSON_KEY = re.compile(r'\s*\{?\s*"([^"\\]+)"\s*:')
_JSON_END = re.compile(r"^\}[ \t]*(?:\n|\Z)", re.MULTILINE)
_LINE_END = re.compile(r"[ \t]*(?:\n|\Z)")
#: a table in braces, with a key in quotes; nothing else that a text may begin with
_JSON_START = re.compile(r'\{\s*"[^"\\\n]+"\s*:')
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_PELICAN_LINE = re.compile(r" {0,3}([A-Za-z][A-Za-z0-9_-]*):(?!//)[ \t]*(.*)")
_PELICAN_MORE = re.compile(r"(?: {4,}|\t)\s*(\S.*)")
#: what is a list, at semicolons if there are any, else at commas
_PELICAN_LISTS = frozenset({"tags", "authors"})
#: more lines than any header has
_MOST_LINES = 200


def is_tame(text: str) -> bool:
    """Say whether the YAML parser, which recurses in C, can be let near this text."""
    if len(text) > _LONGEST_HEADER:
        return False
    # No line has more than all have together.
    if _nestings(text) >= 100 and any(_nestings(line) >= 100 for line in text.split("\n")):
        return False
    return len(text) < 200 or not _DEEP_INDENT.search(text)


def _nestings(text: str) -> int:
    return text.count("[") + text.count("{") + text.count("- ") + text.count("? ") + text.count(": ")


def read_yaml(text: str, first_line: int) -> Found | None:
    """Return (key, field, line) of each pair of a YAML mapping; field None where it is too complex.

    None where the text is no YAML mapping.
    """
    simple = _read_simple(text, first_line)
    return _read_composed(text, first_line) if simple is None else simple


def _read_composed(text: str, first_line: int) -> Found | None:
    try:
        root = yaml.compose(text, Loader=yaml.CBaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode):
        return None
    lines = text.split("\n")
    found: Found = []
    for key, value in root.value:
        if not isinstance(key, yaml.ScalarNode):
            return None
        line = key.start_mark.line
        field = _field(value, first_line + line, behind_key(lines[line]).strip())
        found.append((key.value, field, first_line + line))
    return found


def _read_simple(text: str, first_line: int) -> Found | None:
    """Return what YAML makes of simple lines, at a third of its cost; None where a line is not simple."""
    # To YAML some characters beyond ASCII end a line, and others are errors: none of them is printable.
    if not text.replace("\n", "").isprintable() or text.count(",") >= _MOST_VALUES:
        return None
    found: Found = []
    for number, line in enumerate(text.split("\n"), first_line):
        simple = _SIMPLE_LINE.fullmatch(line)
        if simple:
            raw = (simple[2] or "").rstrip()
            is_bare = raw[:1] not in ('"', "'", "[")
            value = _or_null(raw) if is_bare else _items(raw[1:-1]) if raw[0] == "[" else raw[1:-1]
            found.append((simple[1], Field(value=value, line=number, raw=raw, is_bare=is_bare), number))
        elif line:
            return None
    return found


def _items(text: str) -> tuple[Value, ...]:
    return tuple([_or_null(item.strip()) for item in text.split(",")]) if text.strip() else ()


def _or_null(bare: str) -> str | None:
    return None if bare in _NULLS else bare


def behind_key(line: str) -> str:
    """Return the text behind the key of a line, or ""."""
    found = KEY_LINE.match(line)
    return (found[2] or found[3] or "") if found else ""


def _field(node: yaml.Node, line: int, raw: str) -> Field | None:
    budget = [_MOST_VALUES]
    try:
        value = _value(node, budget, _DEEPEST)
    except OverflowError:
        return None
    if isinstance(value, str) and _CONTROLS.search(value) and _LETTER_ESCAPE.search(raw):
        value = unquote(raw)
    bare = isinstance(node, yaml.ScalarNode) and not node.style
    return Field(value=value, line=line, raw=raw, is_bare=bare)


def _value(node: yaml.Node, budget: list[int], depth: int) -> Value:
    budget[0] -= 1
    if budget[0] < 0 or depth < 0:
        raise OverflowError
    if isinstance(node, yaml.ScalarNode):
        text: str = node.value
        return text if node.style else _or_null(text)
    if isinstance(node, yaml.SequenceNode):
        return tuple(_value(child, budget, depth - 1) for child in node.value)
    if any(not isinstance(key, yaml.ScalarNode) for key, _ in node.value):
        raise OverflowError
    return {key.value: _value(child, budget, depth - 1) for key, child in node.value}


def unquote(raw: str) -> str:
    """Undo what the bots do: they put quotes round a text and escape nothing but the quotes."""
    if len(raw) < 2 or raw[0] != raw[-1] or raw[0] not in "\"'":
        return raw
    return raw[1:-1].replace('\\"', '"') if raw[0] == '"' else raw[1:-1].replace("''", "'")


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


def read_lines(text: str, first_line: int) -> tuple[list[tuple[str, Field, int]], str] | None:
    """Return key, field and line of each line of a header, and the text below; None where the text has no header."""
    if not _PELICAN_LINE.match(text):
        return None
    lines = text.split("\n", _MOST_LINES)
    found: list[tuple[str, list[str], int]] = []
    size = 0
    for number, line in enumerate(lines, first_line):
        if not line.strip():
            break
        if key := _PELICAN_LINE.fullmatch(line):
            found.append((key[1], [key[2].strip()], number))
        elif more := _PELICAN_MORE.fullmatch(line):
            found[-1][1].append(more[1].strip())
        else:
            return None
        size += len(line) + 1
    if not any(key.lower() == "title" and any(values) for key, values, _ in found):
        return None
    fields = [(key, _pelican_field(key, " ".join(filter(None, values)), line), line) for key, values, line in found]
    return fields, text[size:]


def _pelican_field(key: str, written: str, line: int) -> Field:
    value: Value = written or None
    if written and key.lower() in _PELICAN_LISTS:
        parts = written.split(";" if ";" in written else ",")
        value = tuple(part.strip() for part in parts if part.strip())
    return Field(value=value, line=line, raw=written)
