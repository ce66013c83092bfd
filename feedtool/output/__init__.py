"""The last stage: Documents -> files below the output folder.

    lock -> stage (temporary files, beside their targets) -> move -> remove obsolete files -> move the last

In: documents, and the paths of files that an earlier build made and this one does not. Out: files, and what changed.
Never touches a file whose bytes stay the same, nor a file that feedtool did not make. Never leaves the folder,
for any path or symbolic link. Only one build at a time writes to a folder: see `locked`.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from feedtool.disk import read_regular
from feedtool.frozen import frozen

if TYPE_CHECKING:
    from feedtool.model import Document

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MANIFEST = "feeds.json"
#: bytes; a million entries have a manifest of half this size
LARGEST_MANIFEST = 400_000_000
#: lists the temporary files of a running build, so that the next build can clean up after a crash
JOURNAL = ".feedtool-journal.tmp"
#: the names of temporary files, here and in the journal
_TEMPORARY = re.compile(r"\.feedtool-\d+\.tmp")

#: reason and fix by error number
_REASONS = {
    errno.ENOSPC: ("the disk is full", "Make room and build again."),
    errno.EDQUOT: ("the disk quota is used up", "Make room and build again."),
    errno.EFBIG: ("the file is larger than the system allows", "Raise the limit, or lower feeds.max_bytes."),
    errno.EROFS: ("the file system is read-only", "Write to another folder, or mount it for writing."),
    errno.EACCES: ("permission denied", "Change the permissions, so that you have the right to write there."),
    errno.EPERM: ("permission denied", "Change the permissions, so that you have the right to write there."),
    errno.ENOTDIR: ("a file is where a folder must be", "Move the file away."),
    errno.EEXIST: ("a file is where a folder must be", "Move the file away."),
    errno.EISDIR: ("a folder is where a file must be", "Move the folder away."),
    errno.ENAMETOOLONG: ("the name is too long for this file system", "Shorten the path in the configuration."),
}


class OutputError(Exception):
    """The output folder cannot be written; the message says where, why and what to do."""

    def __init__(self, path: str, reason: str, fix: str) -> None:
        super().__init__(f"{path}: {reason}. {fix}")
        self.path, self.reason, self.fix = path, reason, fix


@frozen
class Changes:
    """What a build changed in the output folder; paths are relative to it, in the order of the documents."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    #: obsolete files with another content than feedtool wrote, which stay
    altered: tuple[str, ...] = ()
    #: the size of all files in `written`
    bytes_written: int


@contextmanager
def locked(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Lock the folder against other builds; if another build holds the lock, call `waiting` and wait.

    Creates the folder; one that is created here and empty at the end is removed. On systems that cannot lock a folder,
    there is no lock.
    """
    created: list[Path] = []
    try:
        _make_folder(folder, created)
        handle = os.open(folder, os.O_RDONLY)
    except (OSError, OutputError):
        yield  # the first write reports the error
        return
    try:
        _lock(handle, waiting)
        yield
    finally:
        os.close(handle)
        _remove_empty(created)


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


def put_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their paths, also instead of those that are there; the manifest last. Raises OutputError."""
    for path in sorted(files, key=lambda path: path == MANIFEST):
        target = folder / path
        _check_paths([path], Path(os.path.realpath(folder)))
        _make_folder(target.parent, [])
        temporary = target.parent / _temporary_path(target.name, 0)
        _create(temporary, files[path])
        _move(temporary, target)


def stamp(path: Path | str) -> str:
    """Return size, times and inode of a file, which differ after a change; "" if it does not exist."""
    try:
        found = os.lstat(path)
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


@contextmanager
def staging(folder: Path) -> Iterator[Staging]:
    """Give a stage for documents, which go into the folder together.

    Raises OutputError; the files are unchanged then, unless a move fails.
    """
    root = Path(os.path.realpath(folder))
    _clean(root)
    stage = Staging(root)
    try:
        yield stage
    finally:
        stage.discard()


@frozen
class Place:
    """Where a document is written: a temporary file, and the path that it moves to."""

    path: str
    temporary: str
    target: str


@frozen
class Aside:
    """A document that was written beside its target, or that is there already, or that has no place."""

    path: str
    #: SHA-256 in hexadecimal digits; "" without a place
    digest: str = ""
    #: bytes; None where the target has the same already
    size: int | None = None


def put_aside(place: Place, content: bytes) -> Aside:
    """Write a document beside its target, unless the target has the same bytes already. Raises OutputError.

    May run in another process than the stage.
    """
    digest, target, temporary = hashlib.sha256(content).hexdigest(), Path(place.target), Path(place.temporary)
    if _has_content(target, content):
        return Aside(path=place.path, digest=digest, size=None)
    _create(temporary, content)
    with _reported(target), suppress(FileNotFoundError):
        _follow(temporary, target.lstat())
    return Aside(path=place.path, digest=digest, size=len(content))


class Staging:
    """Changed documents, each in a temporary file beside its target until all are written."""

    def __init__(self, root: Path) -> None:
        #: bytes by path
        self.sizes: dict[str, int] = {}
        self._unchanged: list[str] = []
        self._root = root
        self._keys: set[str] = set()
        #: what may have a temporary file, by path
        self._places: dict[str, Place] = {}
        #: temporary file and target
        self._staged: list[tuple[Path, Path]] = []
        self._created: list[Path] = []

    def take(self, document: Document) -> str:
        """Write a document beside its target, unless the target has the same bytes already; return its SHA-256.

        Raises OutputError.
        """
        _check_paths([document.path], self._root)
        if _has_content(self._root / document.path, document.content):
            self._note(document.path)
            self._unchanged.append(document.path)
            return hashlib.sha256(document.content).hexdigest()
        aside = put_aside(self.place(document.path), document.content)
        self.accept(aside)
        return aside.digest

    def place(self, path: str) -> Place:
        """Return where a document may be written that `accept` takes. Raises OutputError."""
        self._note(path)
        _check_paths([path], self._root)
        target = self._root / path
        if not self._places:
            _make_folder(self._root, self._created)
        name = _temporary_path(path, len(self._places))
        _add_to_journal(self._root / JOURNAL, name, is_new=not self._places)
        # listed before it is written: a write that fails leaves a part of the file
        self._places[path] = Place(path=path, temporary=str(self._root / name), target=str(target))
        _make_folder(target.parent, self._created)
        return self._places[path]

    def accept(self, aside: Aside) -> None:
        """Take a document that was put aside."""
        if aside.size is None:
            self._unchanged.append(aside.path)
            return
        place = self._places[aside.path]
        self._staged.append((Path(place.temporary), Path(place.target)))
        self.sizes[aside.path] = aside.size

    def _note(self, path: str) -> None:
        key = _folded(path)
        assert key not in self._keys, "two documents have the same path on systems that ignore case"
        self._keys.add(key)

    def move(
        self, *, obsolete: Mapping[str, str], former: Mapping[str, str] | None = None, untouched: Collection[str] = ()
    ) -> Changes:
        """Move all documents into place, in the order in which they came, and return what changed.

        `obsolete`: files of an earlier build, each with its SHA-256 in hexadecimal digits. A file with this content is
        removed before the last move; one with another content stays. With the manifest as the last document, the next
        build completes an interrupted one. `former` parts of the ledger are removed after that, since the old manifest
        names them. `untouched` files are up to date without a document. The modification time of a changed file moves
        forward by at least one second, because readers compare Last-Modified. After the first move, only moves and
        removals can fail. Raises OutputError.
        """
        _check_paths([*untouched, *obsolete, *(former or ())], self._root)
        unchanged = [*untouched, *self._unchanged]
        by_key = {_folded(path): path for path in (*self.sizes, *unchanged)}
        gone = sorted(set(obsolete) - set(by_key.values()))
        leaving = [path for path in gone if not self._is_same_file(path, by_key.get(_folded(path), path))]
        for temporary, target in self._staged[:-1]:
            _move(temporary, target)
        altered = tuple(path for path in leaving if not has_digest(self._root / path, obsolete[path]))
        removed = tuple(path for path in leaving if path not in altered and _unlink(self._root / path, self._root))
        for temporary, target in self._staged[-1:]:
            _move(temporary, target)
        parts = (path for path, digest in (former or {}).items() if has_digest(self._root / path, digest))
        removed += tuple(path for path in parts if _unlink(self._root / path, self._root))
        return Changes(
            written=tuple(self.sizes),
            unchanged=tuple(unchanged),
            removed=removed,
            altered=tuple(path for path in altered if (self._root / path).is_file()),
            bytes_written=sum(self.sizes.values()),
        )

    def _is_same_file(self, old: str, new: str) -> bool:
        try:
            return old != new and (self._root / old).samefile(self._root / new)
        except OSError:
            return False

    def discard(self) -> None:
        """Remove the files that were not moved, and the new folders that are empty."""
        for place in self._places.values():
            with suppress(OSError):
                os.unlink(place.temporary)  # noqa: PTH108 - for each document
        if self._places:
            with suppress(OSError):
                (self._root / JOURNAL).unlink()
        _remove_empty(self._created)


def _folded(path: str) -> str:
    """Return a key that is the same for paths that some file systems do not distinguish: by case or Unicode form."""
    return unicodedata.normalize("NFC", path).casefold()


def _check_paths(paths: Iterable[str], root: Path) -> None:
    """Raise OutputError if a path leads out of the folder, by its text or through a symbolic link."""
    folders: set[str] = set()
    for path in paths:
        steps = path.split("/")
        if {"", ".", ".."} & set(steps) or "\\" in path or "\0" in path or re.match(r"[A-Za-z]:", path):
            fix = f"If feeds.json or {JOURNAL} there lists it, remove that file and build again."
            raise OutputError(repr(path), "the path may lead out of the output folder", fix)
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
        # a Path for each of thousands of files takes as long as the look at the file
        if os.path.islink(f"{root}/{path}"):  # noqa: PTH114
            raise _symbolic_link(root / path)
    for folder in sorted(folders):
        if _leads_away(f"{root}/{folder}"):
            raise _symbolic_link(root / folder)


def _leads_away(folder: str) -> bool:
    """Return whether a folder below folders that were looked at is a link."""
    if os.name == "nt":  # there are links of several kinds
        return os.path.normcase(os.path.realpath(folder)) != os.path.normcase(folder)
    return os.path.islink(folder)  # noqa: PTH114 - for each page of a site


def _symbolic_link(path: Path) -> OutputError:
    return OutputError(str(path), "a symbolic link is in the output folder", "Replace the link by its target.")


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Raise OutputError for the path instead of OSError."""
    try:
        yield
    except OSError as error:
        unknown = (error.strerror or str(error), "Solve that and build again.")
        raise OutputError(str(path), *_REASONS.get(error.errno or 0, unknown)) from error


def _has_content(path: Path, content: bytes) -> bool:
    with _reported(path):
        try:
            found = path.lstat()
            if stat.S_ISREG(found.st_mode):
                return found.st_size == len(content) and path.read_bytes() == content
        except (FileNotFoundError, NotADirectoryError):
            return False
    raise OutputError(str(path), "something that is not a file is where a file must be", "Move it away.")


def has_digest(path: Path, digest: str) -> bool:
    """Return whether the path is a regular file with this SHA-256, in hexadecimal digits."""
    try:
        return stat.S_ISREG(path.lstat().st_mode) and hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False


def _clean(root: Path) -> None:
    """Remove the temporary files of an interrupted build, which its journal lists, and nothing else."""
    journal = root / JOURNAL
    with _reported(journal), suppress(NotADirectoryError):
        _check_paths([JOURNAL], root)
        content = read_regular(journal, most=LARGEST_MANIFEST) if journal.exists() else b""
        names = content.decode("utf-8", "surrogateescape").split("\n")
        ours = [name for name in names if _TEMPORARY.fullmatch(name.rpartition("/")[2])]
        _check_paths(ours, root)
        for name in ours:
            _unlink(root / name, root)
        journal.unlink(missing_ok=True)


def _temporary_path(path: str, number: int) -> str:
    parent, slash, _ = path.rpartition("/")
    return f"{parent}{slash}.feedtool-{number}.tmp"


def _make_folder(folder: Path, created: list[Path]) -> None:
    """Create a folder and its parents, and add the new ones to `created`, outermost first."""
    with _reported(folder):
        missing = list(takewhile(lambda each: not each.is_dir(), (folder, *folder.parents)))
    for each in reversed(missing):
        with _reported(each):
            each.mkdir()
        created.append(each)


def _remove_empty(created: Sequence[Path]) -> None:
    """Remove new folders, innermost first, unless something is in them."""
    for folder in reversed(created):
        with suppress(OSError):
            folder.rmdir()


def _create(path: Path, content: bytes) -> None:
    """Write a new file with the usual permissions; replace a temporary file that an earlier build left."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with _reported(path.parent):
        try:
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
                file.write(content)
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise


def _add_to_journal(journal: Path, name: str, *, is_new: bool) -> None:
    line = f"{name}\n".encode("utf-8", "surrogateescape")
    if is_new:
        _create(journal, line)
        return
    with _reported(journal.parent), journal.open("ab") as file:
        file.write(line)


def _follow(temporary: Path, old: os.stat_result) -> None:
    """Give the new file the permissions of the old one, and a later time in whole seconds, as HTTP counts."""
    new = temporary.stat()
    if stat.S_IMODE(new.st_mode) != stat.S_IMODE(old.st_mode):
        temporary.chmod(stat.S_IMODE(old.st_mode))
    old_second = old.st_mtime_ns // 1_000_000_000
    if new.st_mtime_ns // 1_000_000_000 <= old_second:
        os.utime(temporary, (old_second + 1, old_second + 1))


def _move(temporary: Path, target: Path) -> None:
    with _reported(target):
        temporary.replace(target)


def _unlink(path: Path, root: Path) -> bool:
    """Remove a file, and its folders as far as they are empty; return whether the file existed."""
    with _reported(path):
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                return False  # not what feedtool made
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
    for folder in path.parents:
        if folder == root:
            break
        try:
            folder.rmdir()
        except OSError:
            break
    return True
