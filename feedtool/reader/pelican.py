"""Pelican's header: lines `Key: value` at the head of a text, up to the first blank line. Pure.

    Title: Tea in the morning
    Date: 2024-01-02 10:00
    Tags: green tea, water

It is one only where the first block of the text is nothing but such lines and one of them is a title, so that prose
that begins with "Note: …" stays what it is.
"""

from __future__ import annotations

import re
import unicodedata

from feedtool.reader.keys import Field, Value

_LINE = re.compile(r" {0,3}([A-Za-z][A-Za-z0-9_-]*):(?!//)[ \t]*(.*)")
_MORE = re.compile(r"(?: {4,}|\t)\s*(\S.*)")
#: what is a list, at semicolons if there are any, else at commas
_LISTS = frozenset({"tags", "authors"})
#: more lines than any header has
_MOST_LINES = 200


def read_lines(text: str, first_line: int) -> tuple[list[tuple[str, Field, int]], str] | None:
    """Return key, field and line of each line of a header, and the text below; None where the text has no header."""
    if not _LINE.match(text):
        return None
    lines = text.split("\n", _MOST_LINES)
    found: list[tuple[str, list[str], int]] = []
    size = 0
    for number, line in enumerate(lines, first_line):
        if not line.strip():
            break
        if key := _LINE.fullmatch(line):
            found.append((key[1], [key[2].strip()], number))
        elif more := _MORE.fullmatch(line):
            found[-1][1].append(more[1].strip())
        else:
            return None
        size += len(line) + 1
    if not any(key.lower() == "title" and any(values) for key, values, _ in found):
        return None
    fields = [(key, _field(key, " ".join(filter(None, values)), line), line) for key, values, line in found]
    return fields, text[size:]


def _field(key: str, written: str, line: int) -> Field:
    value: Value = written or None
    if written and key.lower() in _LISTS:
        parts = written.split(";" if ";" in written else ",")
        value = tuple(part.strip() for part in parts if part.strip())
    return Field(value=value, line=line, raw=written)


def slug_of(title: str) -> str:
    """Return what Pelican makes of a title for an address; "" for a title in letters that it would transliterate."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c))
    bare = re.sub(r"[^\w\s-]", "", letters.replace("\u2019", "").replace("\u2013", "-"))
    return re.sub(r"[-\s]+", "-", bare.strip()).lower() if bare.isascii() else ""
