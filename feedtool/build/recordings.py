"""Recordings that lie beside their posts: length and duration, and whether they have changed since."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from feedtool.build.codes import NO_MUTAGEN
from feedtool.build.discovery import BESIDE, Beside, are_same, stamp_at, stamp_of
from feedtool.cache import Cache
from feedtool.model import Enclosure, Post
from feedtool.problems import Problem


def measured(post: Post, file: str) -> tuple[Post, Beside, tuple[Problem, ...]]:
    """Return a post whose enclosures have the length and the duration of the files beside it; and those files.

    `file` is where the post's file is. What its header says comes first. A file that is not there is among them, too:
    it may come later.
    """
    found: dict[str, str] = {}
    enclosures = tuple(_measured(each, Path(file).parent, found) for each in post.enclosures)
    pairs = zip(enclosures, post.enclosures, strict=True)
    is_short = any(now is not before and not now.duration for now, before in pairs) and not find_spec("mutagen")
    problems = (NO_MUTAGEN.at(post.path, "the duration of its recording is not known"),) if is_short else ()
    return replace(post, enclosures=enclosures), tuple(found.items()), problems


def _measured(enclosure: Enclosure, folder: Path, found: dict[str, str]) -> Enclosure:
    address = unquote(enclosure.url.partition("?")[0].partition("#")[0])
    steps = address.split("/")
    if re.search(r"[:\\\0]", address) or not {"", ".", ".."}.isdisjoint(steps):
        return enclosure
    path = folder.joinpath(*steps)
    found[str(path)] = stamp_at(str(path))
    if any(above.is_symlink() for above in path.parents[: len(steps) - 1]):
        return enclosure
    try:
        with open(path, "rb", opener=_unlinked) as file:
            there = os.fstat(file.fileno())
            if not stat.S_ISREG(there.st_mode):
                return enclosure
            found[str(path)] = stamp_of(there)
            duration = enclosure.duration or _seconds(file)
    except (OSError, ValueError):
        return enclosure
    return replace(enclosure, length=enclosure.length or there.st_size or None, duration=duration)


def _seconds(file: BinaryIO) -> int | None:
    """Return the duration of an open recording, or None."""
    try:
        import mutagen  # noqa: PLC0415 - few posts have recordings

        return round(getattr(getattr(mutagen.File(file), "info", None), "length", 0)) or None
    except Exception:  # noqa: BLE001 - the package may not be there, and a damaged file may raise anything
        return None


def _unlinked(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def changed(cache: Cache) -> list[str]:
    """Return the paths of posts beside which a recording has changed."""
    return [path for path, beside in (cache.recall(BESIDE) or {}).items() if not are_same(beside)]
