"""Folders and files -> the moment at which one of them may say something new.

The system tells of what changes below folders that are there. Whether a folder is there at all, and what a single
file says, is looked at a few times a second: both come, go and are replaced in ways of which nothing is told. Where
the system tells of nothing, a build has to look, which costs little when nothing changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from feedtool.build.discovery import ENDINGS

#: milliseconds: changes that follow each other as closely are one, as long as they last no longer than the second;
#: and how long no change is awaited before single files are looked at
_STEP, _LONGEST, _LOOK = 40, 2_000, 200
#: milliseconds from one look at everything to the next, where the system does not tell of changes
_PAUSE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is watched; all paths are absolute."""

    #: posts below these
    posts: tuple[str, ...]
    #: files of any kind below these
    others: tuple[str, ...]
    #: single files
    files: tuple[str, ...]
    #: what a build writes itself, which may lie in one of those folders
    ignored: tuple[str, ...]

    @property
    def folders(self) -> tuple[str, ...]:
        """Return all folders, whether they are there or not."""
        return (*self.posts, *self.others)

    def resolved(self) -> Watched:
        """Return the same by paths without symbolic links, which are those that systems tell of."""
        real = os.path.realpath
        return watched(
            posts=map(real, self.posts), others=map(real, self.others),
            files=map(real, self.files), ignored=map(real, self.ignored),
        )  # fmt: skip


def watched(
    *,
    posts: Iterable[str | Path],
    others: Iterable[str | Path],
    files: Iterable[str | Path],
    ignored: Iterable[str | Path],
) -> Watched:
    """Return what is to be watched."""
    return Watched(posts=_absolute(posts), others=_absolute(others), files=_absolute(files), ignored=_absolute(ignored))


def matters(path: str, those: Watched) -> bool:
    """Tell whether a change of a path may change what is built; both without symbolic links.

    What is no more may have been a folder of posts.
    """
    place = Path(path)
    if any(place.is_relative_to(each) for each in those.ignored):
        return False
    if path in those.files or any(_is_seen(place, each) for each in those.others):
        return True
    may_be_post = place.name.lower().endswith(ENDINGS) or not place.is_file()
    return may_be_post and any(_is_seen(place, each, but="_drafts") for each in those.posts)


class Watcher:
    """Waits for changes of what is watched."""

    def __init__(self, those: Watched, *, is_polling: bool = False) -> None:
        #: whether somebody has to look again and again, since the system does not tell
        self.is_polling = is_polling
        self._those = those
        #: what changed before the watch began, and after whoever builds had looked, nobody tells
        self._may_have_missed = False
        self._begin()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of what the system tells."""
        self._told.close()

    def watch(self, those: Watched) -> None:
        """Watch these from now on."""
        if those != self._those:
            self._those = those
            self._told.close()
            self._begin()
            self._may_have_missed = True

    def wait(self) -> None:
        """Return when something may have changed since the last call, or since the watch began.

        Where nothing tells of that, return when it is time to look. What changes while nobody waits is not lost.
        Raises KeyboardInterrupt.
        """
        if self._may_have_missed:
            self._may_have_missed = False
            return
        while True:
            if _marks(self._those) != self._marks:
                self._told.close()
                self._begin()
                return
            try:
                told = self._told.watch(_LONGEST, _STEP, _PAUSE if self.is_polling else _LOOK, None)
            except WatchfilesRustInternalError:  # such as for a file's name that is no text
                self._told.close()
                self._begin()
                return
            if told == "signal":
                raise KeyboardInterrupt
            if self.is_polling:
                return
            if isinstance(told, set) and any(matters(path, self._real) for _, path in told):
                return

    def _begin(self) -> None:
        self._marks, self._real = _marks(self._those), self._those.resolved()
        there = [folder for folder in self._real.folders if Path(folder).is_dir()]
        try:
            self._told = _telling([] if self.is_polling else there)
        except FileNotFoundError:  # went away meanwhile, which the next look at the marks tells
            self._told = _telling([])
        except (OSError, UnicodeEncodeError):  # more folders than the system is willing to watch, or a name of no text
            self.is_polling = True
            self._told = _telling([])


def _telling(folders: list[str]) -> RustNotify:
    return RustNotify(folders, False, False, 0, True, True)  # noqa: FBT003 - takes them by their places alone


def _is_seen(place: Path, folder: str, *, but: str = "") -> bool:
    """Tell whether a path is that of the folder or within it, and neither hidden there nor in a folder called `but`."""
    if not place.is_relative_to(folder):
        return False
    return not any(step.startswith(".") or step == but for step in place.relative_to(folder).parts)


def _marks(those: Watched) -> list[tuple[int, ...]]:
    """Return what tells that a folder or a file is another than it was, or came, or went."""
    marks: list[tuple[int, ...]] = []
    for path in (*those.folders, *those.files):
        try:
            found = os.stat(path)  # noqa: PTH116 - some times a second
        except (OSError, ValueError):
            marks.append(())
            continue
        own = (found.st_dev, found.st_ino)
        marks.append((*own, found.st_size, found.st_mtime_ns) if path in those.files else own)
    return marks


def _absolute(paths: Iterable[str | Path]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(os.path.abspath(path) for path in paths))  # noqa: PTH100 - "..", too
