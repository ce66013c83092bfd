"""Problems of an input, as values.

A problem says where (path, line, field), what was read and why that is wrong, and what to write instead.
Each kind of problem is a `Code`, declared once, as a constant of the module that finds it.
Pure: no files, no clock, no printing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from feedtool.frozen import positional

#: error: this input is not in the output; warning: something of it was mended, ignored or doubtful;
#: note: worth knowing, and no reason to fail a strict build.
Level = Literal["error", "warning", "note"]

#: Characters that steer a terminal, end a line, or turn the direction of the text around them (UAX 9), for a regular
#: expression's brackets.
STEERING = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_ODD = re.compile(rf"[{STEERING}\udc80-\udcff]")
_ESCAPE = re.compile(r"\\(?=x[0-9a-f]{2})")


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Problem:
    """One finding. Sorts by place."""

    #: the file as the user knows it, with "/" between folders; "" where no file is at fault
    path: str
    #: 1 is the first line of the file; 0 where no line is at fault
    line: int = 0
    #: the front matter or configuration key, dotted; "" where none is
    field: str = ""
    #: the name of its Code
    code: str
    level: Level
    #: what was read and why that is wrong, one line of plain words
    message: str
    #: what to write instead, or "" where the message says it
    fix: str = ""


@positional
class Code:
    """A kind of problem, known to `feedtool explain`."""

    #: lower-case words joined by "-"
    name: str
    level: Level
    #: what it means and what feedtool does about it, for somebody who sees it for the first time
    meaning: str
    #: what to do, where it is the same for every case
    fix: str = ""

    @classmethod
    def error(cls, name: str) -> Callable[..., Code]:
        """Declare a kind of error; the function that is returned takes its meaning and its fix."""
        return partial(cls, name, "error")

    @classmethod
    def warning(cls, name: str) -> Callable[..., Code]:
        """Declare a kind of warning."""
        return partial(cls, name, "warning")

    @classmethod
    def note(cls, name: str) -> Callable[..., Code]:
        """Declare a kind of note."""
        return partial(cls, name, "note")

    def at(self, path: str, message: str, *, line: int = 0, field: str = "", fix: str = "") -> Problem:
        """Return the problem of this kind at a place; fix defaults to the code's own."""
        return Problem(
            code=self.name, level=self.level, path=path, line=line, field=field, message=message, fix=fix or self.fix
        )


def printable_path(name: str) -> str:
    """Return a file's name fit to be printed: no control characters, no bytes that are not text."""
    if name.isprintable() and "\\" not in name:
        return name  # Python calls control characters and undecodable bytes not printable
    text = os.fsencode(name).decode("utf-8", "surrogateescape").replace(os.sep, "/")
    return _ODD.sub(_escape, _ESCAPE.sub(r"\\x5c", text))


def _escape(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]) - (0xDC00 if found[0] >= chr(0xDC00) and found[0] <= chr(0xDCFF) else 0):02x}"
