"""The last stage: Documents -> files below the output folder.

    lock -> stage (temporary files, beside their places) -> move -> remove what is obsolete -> move the last

Documents come in, with the paths that an earlier build made and this one does not; files go out, and a count
of what changed. Never touches a file whose bytes stay the same, nor one that no build of ours made; never
leaves the folder, whatever a path or a symbolic link says. One build at a time writes to a folder: see `locked`.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from feedtool.model import Document

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: lists the temporary files of a build that is under way, so that the next one can clean up after a crash
MANIFEST = "feeds.json"
JOURNAL = ".feedtool-journal.tmp"
#: the names of temporary files, here and in the journal
_TEMPORARY = re.compile(r"\.feedtool-\d+\.tmp")

_CURES = {
    errno.ENOSPC: ("the disk is full", "Make room and build again."),
    errno.EDQUOT: ("the disk quota is used up", "Make room and build again."),
    errno.EFBIG: ("the file is larger than allowed here", "Raise the limit, or set feeds.max_bytes lower."),
    errno.EROFS: ("the file system is read-only", "Write to another folder, or mount it for writing."),
    errno.EACCES: ("permission denied", "Give yourself the right to write there."),
    errno.EPERM: ("permission denied", "Give yourself the right to write there."),
    errno.ENOTDIR: ("a file stands where a folder must be", "Move that file away."),
    errno.EEXIST: ("a file stands where a folder must be", "Move that file away."),
    errno.EISDIR: ("a folder stands where a file must be", "Move that folder away."),
    errno.ENAMETOOLONG: (
        "the name is too long for this file system",
        "Shorten the path in the configuration.",
    ),
}


class OutputError(Exception):
    """The environment is broken, so that the output cannot be written; says where, what and what to do."""

    def __init__(self, path: str, reason: str, fix: str) -> None:
        super().__init__(f"{path}: {reason}. {fix}")
        self.path = path
        self.reason = reason
        self.fix = fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a build did to the output folder; paths are relative to it, in the order of the documents."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    #: the size of all files in `written`
    bytes_written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staged:
    """A changed document that lies beside its place."""

    temporary: Path
    place: Path


@contextmanager
def locked(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Keep other builds from the folder; where one is under way, call `waiting` and wait for its end.

    The folder is there meanwhile; a new one that is still empty at the end goes. Where the system cannot lock a
    folder, nothing is kept from it.
    """
    made: list[Path] = []
    try:
        _make_folder(folder, made)
        handle = os.open(folder, os.O_RDONLY)
    except (OSError, OutputError):
        yield  # what is in the way is told when something is to be written
        return
    try:
        _lock(handle, waiting)
        yield
    finally:
        os.close(handle)
        for inner in reversed(made):
            with suppress(OSError):
                inner.rmdir()


def _lock(handle: int, waiting: Callable[[], None]) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        return  # a file system without locks


def seed(folder: Path, manifest: bytes | None) -> None:
    """Put a manifest into a folder that has none. Raises OutputError."""
    place = folder / MANIFEST
    if manifest is None or place.exists():
        return
    temporary = folder / _beside(MANIFEST, 0)
    _create(temporary, manifest)
    _move(_Staged(temporary=temporary, place=place))


def stamp(place: Path) -> str:
    """Return what tells whether a file was changed since, without reading it; "" where there is none."""
    try:
        found = place.lstat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def write(
    documents: Iterable[Document], *, folder: Path, obsolete: Collection[str] = (), untouched: Collection[str] = ()
) -> Changes:
    """Bring the folder up to date with the documents, or leave it as it was; see `staging`."""
    with staging(folder) as stage:
        for document in documents:
            stage.take(document)
        return stage.move(obsolete=obsolete, untouched=untouched)


@contextmanager
def staging(folder: Path) -> Iterator[Staging]:
    """Give a stage for documents: all of them go into the folder together, or none does.

    Raises OutputError; files are as they were then, unless a move itself fails.
    """
    root = Path(os.path.realpath(folder))
    _clean(root)
    stage = Staging(root)
    try:
        yield stage
    finally:
        stage.end()


class Staging:
    """Changed documents, each in a temporary file beside its place until all are there."""

    def __init__(self, root: Path) -> None:
        #: bytes by path
        self.sizes: dict[str, int] = {}
        self._unchanged: list[str] = []
        self._root = root
        self._keys: set[str] = set()
        self._staged: list[_Staged] = []
        self._made: list[Path] = []

    def take(self, document: Document) -> None:
        """Write a document beside its place, unless its place holds the same bytes already. Raises OutputError."""
        key = _key(document.path)
        assert key not in self._keys, "two documents have one path on systems that ignore case"
        self._keys.add(key)
        _check_places([document.path], self._root)
        if _is_same(self._root / document.path, document.content):
            self._unchanged.append(document.path)
            return
        if not self._staged:
            _make_folder(self._root, self._made)
        name = _beside(document.path, len(self._staged))
        _note(self._root / JOURNAL, name, is_new=not self._staged)
        # listed first: a write that fails leaves a part of it
        self._staged.append(_Staged(temporary=self._root / name, place=self._root / document.path))
        _stage(document, self._root, self._root / name, self._made)
        self.sizes[document.path] = len(document.content)

    def move(self, *, obsolete: Collection[str] = (), untouched: Collection[str] = ()) -> Changes:
        """Move all documents into place in the order in which they came, and return what changed.

        `obsolete` files, which an earlier build made, are removed before the last document is moved: take the
        manifest last, and the next build finishes one that was interrupted. `untouched` files are as this build
        would write them. A changed file's modification time moves forward by a whole second at least, since readers
        compare Last-Modified. Only moves and removals can fail once the first document has moved. Raises OutputError.
        """
        _check_places([*untouched, *obsolete], self._root)
        unchanged = [*untouched, *self._unchanged]
        by_key = {_key(path): path for path in (*self.sizes, *unchanged)}
        gone = sorted(set(obsolete) - set(by_key.values()))
        leaving = [path for path in gone if not _is_one(self._root / path, self._root / by_key.get(_key(path), path))]
        for one in self._staged[:-1]:
            _move(one)
        removed = _remove(leaving, self._root)
        for one in self._staged[-1:]:
            _move(one)
        return Changes(
            written=tuple(self.sizes),
            unchanged=tuple(unchanged),
            removed=removed,
            bytes_written=sum(self.sizes.values()),
        )

    def end(self) -> None:
        """Take back what was not moved."""
        for one in self._staged:
            with suppress(OSError):
                one.temporary.unlink()
        if self._staged:
            with suppress(OSError):
                (self._root / JOURNAL).unlink()
        for inner in reversed(self._made):  # those that hold a document by now stay
            with suppress(OSError):
                inner.rmdir()


def _key(path: str) -> str:
    """Return what a file system that ignores case and Unicode forms may take for the path."""
    return unicodedata.normalize("NFC", path).casefold()


def _is_one(old: Path, new: Path) -> bool:
    """Tell whether two spellings name one file here."""
    try:
        return old != new and old.samefile(new)
    except OSError:
        return False


def _check_places(paths: Iterable[str], root: Path) -> None:
    """Raise unless each path leads to a place within the folder, by its words and by what is on the disk."""
    folders: set[str] = set()
    for path in paths:
        steps = path.split("/")
        if {"", ".", ".."} & set(steps) or "\\" in path or "\0" in path or re.match(r"[A-Za-z]:", path):
            fix = f"If feeds.json or {JOURNAL} there lists it, remove that file and build again."
            raise OutputError(repr(path), "the path may lead out of the output folder", fix)
        folders.add("/".join(steps[:-1]))
        try:
            linked = (root / path).is_symlink()
        except OSError as error:
            raise _failure(root / path, error) from error
        if linked:
            raise _linked(root / path)
    for inner in folders:
        if os.path.normcase(os.path.realpath(root / inner)) != os.path.normcase(root / inner):
            raise _linked(root / inner)


def _linked(path: Path) -> OutputError:
    return OutputError(str(path), "a symbolic link stands in the output folder", "Replace it by what it links to.")


def _failure(path: Path, error: OSError) -> OutputError:
    """Return what went wrong, for somebody who did not write this program."""
    reason, fix = _CURES.get(error.errno or 0, (error.strerror or str(error), "Mend that and build again."))
    return OutputError(str(path), reason, fix)


def _is_same(place: Path, content: bytes) -> bool:
    """Tell whether the file holds these bytes already."""
    try:
        found = place.lstat()
        if stat.S_ISREG(found.st_mode):
            return found.st_size == len(content) and place.read_bytes() == content
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _failure(place, error) from error
    raise OutputError(str(place), "something that is no file stands where a file must be", "Move it away.")


def _clean(root: Path) -> None:
    """Remove the temporary files of a build that was interrupted, and nothing else."""
    journal = root / JOURNAL
    try:
        names = journal.read_bytes().decode("utf-8", "surrogateescape").split("\n") if journal.is_file() else []
        ours = [name for name in names if _TEMPORARY.fullmatch(name.rpartition("/")[2])]
        _check_places([JOURNAL, *ours], root)
        for name in ours:
            _unlink(root / name, root)
        journal.unlink(missing_ok=True)
    except OSError as error:
        if not isinstance(error, NotADirectoryError):
            raise _failure(journal, error) from error


def _beside(path: str, number: int) -> str:
    """Return the path of a temporary file in the same folder."""
    parent, slash, _ = path.rpartition("/")
    return f"{parent}{slash}.feedtool-{number}.tmp"


def _make_folder(folder: Path, made: list[Path]) -> None:
    """Create a folder and those round it, and add the new ones to `made`, outermost first."""
    missing: list[Path] = []
    try:
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            folder.mkdir()
            made.append(folder)
    except OSError as error:
        raise _failure(folder, error) from error


def _create(path: Path, content: bytes) -> None:
    """Write a new file, with the permissions that any new file gets; one of ours that is left there goes."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
            file.write(content)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise _failure(path.parent, error) from error


def _note(journal: Path, name: str, *, is_new: bool) -> None:
    """Add a temporary file to the list of those that are ours, before it is there."""
    line = f"{name}\n".encode("utf-8", "surrogateescape")
    if is_new:
        _create(journal, line)
        return
    try:
        with journal.open("ab") as file:
            file.write(line)
    except OSError as error:
        raise _failure(journal.parent, error) from error


def _stage(document: Document, root: Path, temporary: Path, made: list[Path]) -> None:
    """Write a document beside its place, with the permissions of the file that it will replace."""
    place = root / document.path
    _make_folder(place.parent, made)
    _create(temporary, document.content)
    try:
        with suppress(FileNotFoundError):
            _follow(temporary, place.lstat())
    except OSError as error:
        raise _failure(place, error) from error


def _follow(temporary: Path, old: os.stat_result) -> None:
    """Give the new file the old one's permissions, and a later time as HTTP counts it, in whole seconds."""
    new = temporary.stat()
    if stat.S_IMODE(new.st_mode) != stat.S_IMODE(old.st_mode):
        temporary.chmod(stat.S_IMODE(old.st_mode))
    old_second = old.st_mtime_ns // 1_000_000_000
    if new.st_mtime_ns // 1_000_000_000 <= old_second:
        os.utime(temporary, (old_second + 1, old_second + 1))


def _move(staged: _Staged) -> None:
    try:
        staged.temporary.replace(staged.place)
    except OSError as error:
        raise _failure(staged.place, error) from error


def _remove(paths: Iterable[str], root: Path) -> tuple[str, ...]:
    """Remove files and the folders that they leave empty; return those that were there."""
    return tuple(path for path in paths if _unlink(root / path, root))


def _unlink(place: Path, root: Path) -> bool:
    """Remove a file, and its folders as far as nothing else is in them; tell whether it was there."""
    try:
        if not stat.S_ISREG(place.lstat().st_mode):
            return False  # not what we made
        place.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _failure(place, error) from error
    for folder in place.parents:
        if folder == root:
            break
        try:
            folder.rmdir()
        except OSError:
            break
    return True
