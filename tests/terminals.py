"""A terminal to run the command line in, as a person has one."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from termios import TIOCSWINSZ

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
    command = [sys.executable, "-c", f"{before}\nimport feedtool.cli\nfeedtool.cli.main()", *arguments]
    running = subprocess.Popen(command, cwd=cwd, env=variables, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    with os.fdopen(ours, "rb", buffering=0) as stream:
        while True:
            try:
                piece = stream.read(65536)
            except OSError:  # how Linux says that nobody is on the other side any more
                break
            if not piece:
                break
            shown += piece
    running.wait(timeout=60)
    return shown.decode()
