"""A terminal to run the command line in, as a person has one."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from termios import TIOCSWINSZ

from runs import forked

#: a CI that runs the tests, or a person who dislikes colours, must not show in what they see
_UNSET = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "CI", "NO_COLOR")


def on_terminal(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None, before: str = "") -> str:
    """Run the command line on a terminal of 100 columns, and return all that it showed there.

    `before` is Python that runs ahead of it.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    variables = {name: value for name, value in os.environ.items() if name not in _UNSET}
    variables |= {"TERM": "xterm-256color", "COLUMNS": "100"} | dict(env or {})
    name = os.ttyname(theirs)
    with ThreadPoolExecutor(1) as reader:
        shown = reader.submit(_shown, ours)
        forked(*arguments, cwd=cwd, env=variables, streams=(name, name, name), before=before)()
        os.close(theirs)
        return shown.result().decode()


def stays(shown: str) -> list[str]:
    """Return the lines that a terminal has in the end: what was written over, such as how far a build is, is gone."""
    lines = shown.replace("\r\n", "\n").removesuffix("\n").split("\n")
    return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line.rpartition("\r")[2]) for line in lines]


def _shown(terminal: int) -> bytes:
    """Return what a terminal showed when nobody is on the other side any more, which Linux calls an error."""
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as stream, suppress(OSError):
        while piece := stream.read(65536):
            shown += piece
    return shown
