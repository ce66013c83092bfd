"""TOML text -> the line of each key, which tomllib does not report.

For text that tomllib has accepted; of any other text some keys are missing. Keys of array items are not distinguished:
a key in two tables `[[a]]` has the line of the first. A value over several lines counts as on its first. Pure; linear
in the length of the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

#: a key and the tables around it, outermost first
Keys = tuple[str, ...]

#: number of tables within tables, more than any configuration has: deeper keys are not looked for
_DEEPEST = 8

#: what may hold a line end or a bracket that ends nothing, and what ends a statement: line ends outside of brackets
_TOKEN = re.compile(
    r"""
      \#[^\n]*
    | \"\"\" (?: [^"\\] | \\. | "{1,2}(?!") )* "{3,5} | ''' (?: [^'] | '{1,2}(?!') )* '{3,5}
    | " (?: [^"\\\n] | \\. )* " | ' [^'\n]* '
    | [\[\]{}\n]
    """,
    re.VERBOSE | re.DOTALL,
)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each header, and of each key with its value."""
    start, line, depth = 0, 1, 0
    for token in _TOKEN.finditer(text + "\n"):
        depth += (token[0] in ("[", "{")) - (token[0] in ("]", "}"))
        if token[0] == "\n" and depth <= 0:
            yield line, text[start : token.end()]
            line += text.count("\n", start, token.end())
            start, depth = token.end(), 0


class Positions:
    """The lines, from 1, of the tables and keys of a text."""

    def __init__(self, text: str) -> None:
        #: of the first mention of each table or key; and of all
        self.lines: dict[Keys, int] = {}
        self._mentions: dict[Keys, list[int]] = {}
        #: by table, of each of its headers, such as those of the items of an array
        self.headers: dict[Keys, list[int]] = {}
        table: Keys = ()
        for line, statement in _statements(text):
            try:
                found = tomllib.loads(statement)
            except (ValueError, RecursionError):
                continue
            if statement.lstrip().startswith("["):
                table = ()
                self._note(found, table, line)
                while found:
                    ((name, inner),) = found.items()
                    table, found = (*table, name), inner[0] if isinstance(inner, list) else inner
                self.headers.setdefault(table, []).append(line)
            else:
                self._note(found, table, line)

    def line(self, keys: Keys, since: int) -> int:
        """Return the line of the first mention of a key in or after a line, or 0."""
        return next((line for line in self._mentions.get(keys, ()) if line >= since), 0)

    def _note(self, value: object, above: Keys, line: int) -> None:
        """Note the line of all keys that a value holds, also in lists."""
        for each in value if isinstance(value, list) else ():
            self._note(each, above, line)
        for name, inner in value.items() if isinstance(value, dict) and len(above) < _DEEPEST else ():
            keys = (*above, name)
            self.lines.setdefault(keys, line)
            self._mentions.setdefault(keys, []).append(line)
            self._note(inner, keys, line)
