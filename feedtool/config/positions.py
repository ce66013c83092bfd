"""TOML text -> the line of each key, which tomllib does not report.

For text that tomllib has accepted, so that mistakes need not be found. Keys of array items are not distinguished: a
key in two tables `[[a]]` has the line of the first. Pure; linear in the length of the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

#: a key and the tables around it, outermost first
Keys = tuple[str, ...]

#: number of tables within tables, more than any configuration has: deeper keys are not distinguished
_DEEPEST = 8

_TOKEN = re.compile(
    r"""
      (?P<space> [ \t\r]+ | \#[^\n]* )
    | (?P<end> \n )
    | (?P<text> \"\"\" (?: [^"\\] | \\. | "{1,2}(?!") )* "{3,5}
              | ''' (?: [^'] | '{1,2}(?!') )* '{3,5}
              | " (?: [^"\\\n] | \\. )* "
              | ' [^'\n]* ' )
    | (?P<mark> [\[\]{}=,.] )
    | (?P<bare> [^\s\[\]{}=,."'#]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def key_lines(text: str) -> dict[Keys, int]:
    """Return the line, from 1, of the first mention of each table or key. Never fails."""
    return _scanned(text).lines


def table_lines(text: str, keys: Keys) -> list[int]:
    """Return the line of each header of the table, such as those of the items of an array. Never fails."""
    return _scanned(text).headers.get(keys, [])


def _scanned(text: str) -> _Scan:
    scan = _Scan()
    for line, kind, piece in _tokens(text):
        scan.take(line, kind, piece)
    return scan


def _tokens(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, kind and text of each token, without white space and comments."""
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "space":
            yield line, kind, match[0]
        line += match[0].count("\n")


def _path(written: str) -> Keys:
    """Return the parts of a dotted key, with quotes and escapes resolved."""
    try:
        table = tomllib.loads(f"{written}=0")
    except ValueError:
        return ()
    parts: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        name, table = next(iter(table.items()))
        parts.append(name)
    return tuple(parts)


@dataclass(slots=True)
class _Scan:
    """The state of the scan."""

    lines: dict[Keys, int] = field(default_factory=dict)
    #: by table, the line of each of its headers
    headers: dict[Keys, list[int]] = field(default_factory=dict)
    #: the current table
    table: Keys = ()
    #: open brackets within a value, each with the key that the keys in it belong to
    stack: list[tuple[str, Keys]] = field(default_factory=list)
    #: what comes next: "key", "value", or "header" within the brackets of a table
    mode: str = "key"
    #: the current key as written so far, and the line where it begins
    written: str = ""
    line: int = 0
    #: the key of the current value
    key: Keys = ()

    def take(self, line: int, kind: str, piece: str) -> None:
        """Read one token."""
        if self.mode == "value":
            self._value(kind, piece)
        elif kind == "end" or (kind == "mark" and piece in "[]{},="):
            self._punctuation(line, piece)
        else:
            self.line = line
            self.written += piece

    def _punctuation(self, line: int, piece: str) -> None:
        """End a key, a header or an inline table, or begin a header."""
        if piece == "[":
            self.mode, self.line = "header", line
        elif self.mode == "header" and piece == "]":
            if self.written:
                self.table = self._note(())
                self.headers.setdefault(self.table, []).append(self.line)
            self.mode = "header" if self.written else "key"
            self.written = ""
        elif piece == "=":
            self.key = self._note(self.stack[-1][1] if self.stack else self.table)
            self.mode, self.written = "value", ""
        elif piece == "}" and self.stack:
            self._close()
        elif piece == "\n" and not self.stack:
            self.mode, self.written = "key", ""

    def _note(self, parent: Keys) -> Keys:
        """Note the line of the current key and of the tables that it implies; return its full path."""
        path = (parent + _path(self.written))[:_DEEPEST]
        for end in range(len(parent) + 1, len(path) + 1):
            self.lines.setdefault(path[:end], self.line)
        return path

    def _value(self, kind: str, piece: str) -> None:
        """Skip a value, except for the keys of inline tables."""
        if kind == "end" and not self.stack:
            self.mode = "key"
        if kind != "mark":
            return
        if piece in "[{":
            self.stack.append((piece, self.key))
            self.mode = "key" if piece == "{" else "value"
        elif piece in "]}":
            self._close()
        elif piece == "," and self.stack and self.stack[-1][0] == "{":
            self.mode = "key"

    def _close(self) -> None:
        """Close a bracket: the tokens after it belong to the value around it."""
        if self.stack:
            self.key = self.stack.pop()[1]
        self.mode, self.written = "value", ""
