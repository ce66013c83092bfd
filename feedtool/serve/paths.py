"""A request's path -> the file below the output folder that it asks for, or nothing.

Nothing outside the folder is ever given, whatever a path or a symbolic link says, and nothing hidden.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

PAGE = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file, as it was when it was asked for."""

    #: below the output folder, with "/" between folders
    name: str
    content: bytes
    #: when it was changed last, in whole seconds since 1970
    changed: int


@dataclass(frozen=True, slots=True)
class Moved:
    """The path is that of a folder, whose page has another address."""

    #: path on the site, percent-encoded
    path: str


def find(root: Path, raw: str) -> Found | Moved | None:
    """Return what a request's path, as it was sent, asks for below the folder; None where there is no such thing."""
    steps = steps_of(raw)
    if not steps:
        return None
    top = Path(os.path.realpath(root))
    place = Path(os.path.realpath(top.joinpath(*steps)))
    if not place.is_relative_to(top):
        return None
    try:
        if place.is_dir():
            return Moved("/" + "/".join(map(quote, steps)) + "/")
        return _read(place, "/".join(steps))
    except (OSError, ValueError):
        return None


def steps_of(raw: str) -> tuple[str, ...]:
    """Return the names of the folders and the file that a path leads through; () where it may lead nowhere of ours.

    A folder's page goes by the folder's own path with "/" at the end.
    """
    if not raw.startswith("/"):
        return ()
    *folders, last = map(unquote, raw[1:].split("/"))
    steps = (*folders, last or PAGE)
    if any(not step or step.startswith(".") or set(step) & set("/\\\0") for step in steps):
        return ()
    return steps


def _read(place: Path, name: str) -> Found | None:
    """Return an ordinary file; nothing waits for the other end of a pipe."""
    handle = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return None
        return Found(name=name, content=file.read(), changed=found.st_mtime_ns // 1_000_000_000)
