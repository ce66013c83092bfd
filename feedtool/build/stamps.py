"""Stamps of the recordings beside posts, by which a build knows that they have not changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

#: in the cache: for each post file the recordings beside it, with their stamps
BESIDE = "beside"
Beside = tuple[tuple[str, str], ...]


def stamp_of(found: os.stat_result) -> str:
    """Return a text that differs once a recording has changed."""
    return f"{found.st_size} {found.st_mtime_ns}"


def stamp_at(path: str) -> str:
    """Return the stamp of a recording; "" if it does not exist."""
    try:
        return stamp_of(os.lstat(path))
    except (OSError, ValueError):
        return ""


def are_same(beside: Iterable[Sequence[str]]) -> bool:
    """Return whether recordings, paths with their stamps, have not changed."""
    return all(stamp_at(path) == stamp for path, stamp in beside)
