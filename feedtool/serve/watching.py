"""Folders and files -> the moment when one of them may have changed.

The system reports changes below existing folders. Whether a folder exists, and the content of single files, are checked
a few times a second, since their replacement is not always reported. If the system reports nothing, each second a build
has to look, which costs little when nothing changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from feedtool.build.discovery import ENDINGS

#: milliseconds: changes closer than the first are one, up to the second in all; the third is the wait for a change
#: before single files are checked
_STEP, _LONGEST, _LOOK = 40, 2_000, 200
#: milliseconds between two builds, if the system does not report changes
_PAUSE = 1_000


_Paths: TypeAlias = Iterable[str | Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Folders and files to watch; all paths are absolute."""

    #: posts below these
    posts: tuple[str, ...]
    #: files of any kind below these
    others: tuple[str, ...]
    #: single files
    files: tuple[str, ...]
    #: what a build writes, which may be in one of those folders
    ignored: tuple[str, ...]

    @property
    def folders(self) -> tuple[str, ...]:
        """Return all folders, existing or not."""
        return (*self.posts, *self.others)

    def resolved(self) -> Watched:
        """Return the same with paths without symbolic links, as systems report them."""
        real = os.path.realpath
        return watched(
            posts=map(real, self.posts), others=map(real, self.others),
            files=map(real, self.files), ignored=map(real, self.ignored),
        )  # fmt: skip


def watched(*, posts: _Paths, others: _Paths, files: _Paths, ignored: _Paths) -> Watched:
    """Return these paths as absolute ones."""
    return Watched(posts=_absolute(posts), others=_absolute(others), files=_absolute(files), ignored=_absolute(ignored))


def matters(path: str, those: Watched) -> bool:
    """Return whether a change of a path may change the output; both without symbolic links.

    A path that no longer exists may have been a folder of posts.
    """
    place = Path(path)
    if any(place.is_relative_to(each) for each in those.ignored):
        return False
    if path in those.files or any(_is_seen(place, each) for each in those.others):
        return True
    may_be_post = place.name.lower().endswith(ENDINGS) or not place.is_file()
    return may_be_post and any(_is_seen(place, each, but="_drafts") for each in those.posts)


class Watcher:
    """Waits for changes of the watched folders and files."""

    def __init__(self, those: Watched, *, is_polling: bool = False) -> None:
        #: the system does not report changes
        self.is_polling = is_polling
        self._those = those
        #: a change after the last build and before the watch began is not reported
        self._may_have_missed = False
        self._begin()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._notify.close()

    def watch(self, those: Watched) -> None:
        """Watch these from now on."""
        if those != self._those:
            self._those = those
            self._notify.close()
            self._begin()
            self._may_have_missed = True

    def wait(self) -> None:
        """Return when something may have changed since the last call, or if changes are not reported, after a second.

        Changes between two calls are not lost. Raises KeyboardInterrupt.
        """
        if self._may_have_missed:
            self._may_have_missed = False
            return
        while True:
            if _marks(self._those) != self._marks:
                self._notify.close()
                self._begin()
                return
            try:
                changes = self._notify.watch(_LONGEST, _STEP, _PAUSE if self.is_polling else _LOOK, None)
            except WatchfilesRustInternalError:  # such as for a file name that is not text
                self._notify.close()
                self._begin()
                return
            if changes == "signal":
                raise KeyboardInterrupt
            if self.is_polling:
                return
            if isinstance(changes, set) and any(matters(path, self._real) for _, path in changes):
                return

    def _begin(self) -> None:
        self._marks, self._real = _marks(self._those), self._those.resolved()
        there = [folder for folder in self._real.folders if Path(folder).is_dir()]
        try:
            self._notify = _notifier([] if self.is_polling else there)
        except FileNotFoundError:  # removed meanwhile; the next comparison of marks shows it
            self._notify = _notifier([])
        except (OSError, UnicodeEncodeError):  # too many folders for the system, or a name that is not text
            self.is_polling = True
            self._notify = _notifier([])


def _notifier(folders: list[str]) -> RustNotify:
    return RustNotify(folders, False, False, 0, True, True)  # noqa: FBT003 - positional only


def _is_seen(place: Path, folder: str, *, but: str = "") -> bool:
    """Return whether a path is the folder or within it, and neither hidden there nor in a folder called `but`."""
    if not place.is_relative_to(folder):
        return False
    return not any(step.startswith(".") or step == but for step in place.relative_to(folder).parts)


def _marks(those: Watched) -> list[tuple[int, ...]]:
    """Return what differs when a folder or a file was created, removed or replaced, or a file changed."""
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


def _absolute(paths: _Paths) -> tuple[str, ...]:
    return tuple(dict.fromkeys(os.path.abspath(path) for path in paths))  # noqa: PTH100 - "..", too
