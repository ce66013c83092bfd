"""TOML text -> the line of each key, which tomllib does not report.

For text that tomllib has accepted, so that mistakes need not be found. Keys of array items are not distinguished: a
key in two tables `[[a]]` has the line of the first. Pure; linear in the length of the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

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


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each token, without white space and comments; "" at the end."""
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            yield line, match[0]
        line += match[0].count("\n")
    yield line, ""


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


class Positions:
    """The lines, from 1, of the tables and keys of a text: a recursive descent through it, which never fails.

    Each method reads one construct, from its first token on.
    """

    def __init__(self, text: str) -> None:
        #: of the first mention of each table or key; and of all
        self.lines: dict[Keys, int] = {}
        self._mentions: dict[Keys, list[int]] = {}
        #: by table, of each of its headers, such as those of the items of an array
        self.headers: dict[Keys, list[int]] = {}
        self._pieces = _tokens(text)
        self._line, self._piece = next(self._pieces)
        table: Keys = ()
        while self._piece:
            if self._piece == "[":
                table = self._header()
            elif self._piece == "\n":
                self._next()
            else:
                self._pair(table)

    def line(self, keys: Keys, since: int) -> int:
        """Return the line of the first mention of a key in or after a line, or 0."""
        return next((line for line in self._mentions.get(keys, ()) if line >= since), 0)

    def _next(self) -> str:
        """Go to the next token; return the one before."""
        passed = self._piece
        self._line, self._piece = next(self._pieces, (self._line, ""))
        return passed

    def _header(self) -> Keys:
        while self._piece == "[":
            self._next()
        line = self._line
        table = self._key(())
        self.headers.setdefault(table, []).append(line)
        while self._piece == "]":
            self._next()
        return table

    def _pair(self, parent: Keys) -> None:
        key = self._key(parent)
        if self._next() == "=":
            self._value(key)

    def _key(self, parent: Keys) -> Keys:
        """Note the line of the key and of the tables that it implies; return its full path."""
        line, written = self._line, ""
        while self._piece and self._piece not in "[]{}=,\n":
            written += self._next()
        path = (parent + _path(written))[:_DEEPEST]
        for end in range(len(parent) + 1, len(path) + 1):
            self.lines.setdefault(path[:end], line)
            self._mentions.setdefault(path[:end], []).append(line)
        return path

    def _value(self, key: Keys) -> None:
        """Skip a value, except for the keys of inline tables."""
        end = {"[": "]", "{": "}"}.get(self._piece)
        if not end:
            while self._piece and self._piece not in ",]}\n":
                self._next()
            return
        read = self._value if end == "]" else self._pair
        self._next()
        while self._piece and self._piece != end:
            if self._piece in ",\n]}":
                self._next()
            else:
                read(key)
        self._next()
