"""A folder of this machine as a store, such as the root of a web server.

Others may write there too: no symbolic link below it is followed, and a file is replaced in one step.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

from feedtool.disk import is_linked, read_regular
from feedtool.problems import STEERING, printable_path
from feedtool.publish.store import (
    ANY,
    LARGEST_READ,
    LIST,
    LONGEST_LISTING,
    RECORD,
    ChangedError,
    Each,
    Headers,
    Listed,
    Listing,
    StoreError,
    Version,
)

_PART = ".feedtool-part"
#: control characters, and bytes that are not UTF-8
_ODD = re.compile(rf"[{STEERING}\udc80-\udcff]")
_LASTING = ("No space left on device", "Disk quota exceeded", "Read-only file system")


def folder_of(target: str) -> Path:
    """Return the folder of a target file:///…; "?" and "#" are part of its name."""
    return Path(unquote(target.removeprefix("file://")))


class Folder:
    """A folder of this machine. See `feedtool.publish.store.Store`."""

    keeps_headers = False

    def __init__(self, target: str) -> None:
        """Name the folder, which the first file creates."""
        self.target, self._root = target, folder_of(target)

    def listing(self, paths: Collection[str], _each: Each) -> Listing:
        """Return all files; symbolic links are listed without a mark, and not followed."""
        found: dict[str, Listed] = {}
        odd: list[str] = []
        with self._failing("listed"):
            for entry in _walk(self._root) if self._root.exists() else ():
                name = os.path.relpath(entry.path, self._root).replace(os.sep, "/")
                if _ODD.search(name):
                    odd.append(printable_path(name))
                elif name not in (RECORD, LIST) and not name.endswith(_PART):
                    found[name] = Listed(size=entry.stat(follow_symlinks=False).st_size, etag=_etag(entry))
                if len(found) + len(odd) > LONGEST_LISTING:
                    reason = f"it has more than {LONGEST_LISTING:,} files. Publish below another folder."
                    raise StoreError(f"{self.target} cannot be listed: {reason}", is_lasting=True)
        blocked = frozenset(path for path in paths if self._is_blocked(path))
        return Listing(objects=found, odd=tuple(sorted(odd)), blocked=blocked)

    def read(self, path: str) -> tuple[bytes, Version] | None:
        """Return a file's bytes and its version, None if it does not exist."""
        with self._failing("read", path):
            try:
                content = read_regular(self._root / path, most=LARGEST_READ)
                return content, Version(etag=_etag(self._root / path))
            except (FileNotFoundError, NotADirectoryError):
                return None

    def mark(self, path: str) -> str:
        """Return the SHA-256 of a file's bytes, "" if it is not an ordinary file."""
        try:
            found = None if is_linked(self._root / path, self._root) else self.read(path)
        except StoreError:
            return ""
        return hashlib.sha256(found[0]).hexdigest() if found else ""

    def put(
        self, path: str, content: bytes, _headers: Headers, *, mark: str = "", known: Version | None = ANY
    ) -> Version:
        """Write a file if its version is still `known`, None if it does not exist; return the new version."""
        del mark
        if known is not ANY:
            try:
                now = _etag(self._root / path)
            except OSError:
                now = ""
            if now != (known.etag if known else ""):
                raise ChangedError
        return Version(etag=self._put(path, content, os.replace if known else _create))

    def remove(self, path: str) -> None:
        """Remove a file, if it exists."""
        with self._failing("removed", path):
            if is_linked(self._root / path, self._root):
                raise StoreError(f"{self._name(path)} cannot be removed: a symbolic link leads there", is_lasting=False)
            (self._root / path).unlink(missing_ok=True)

    def _put(self, path: str, content: bytes, move: Callable[[Path, Path], None]) -> str:
        place = self._root / path
        part = place.with_name(f".{place.name}{_PART}")
        with self._failing("written", path):
            place.parent.mkdir(parents=True, exist_ok=True)
            if self._is_blocked(path):
                reason = "a symbolic link is where a folder has to be"
                raise StoreError(f"{self._name(path)} cannot be written: {reason}", is_lasting=False)
            part.unlink(missing_ok=True)
            try:
                with part.open("xb") as file:
                    file.write(content)
                move(part, place)
            except FileExistsError as error:
                raise ChangedError from error
            finally:
                with suppress(OSError):
                    part.unlink(missing_ok=True)
            return _etag(place)

    def _is_blocked(self, path: str) -> bool:
        """Return whether a file, or a link, is where a folder of the path has to be."""
        folders = list((self._root / path).relative_to(self._root).parents)[:-1]
        for folder in (self._root / each for each in reversed(folders)):
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                return True
        return False

    def _name(self, path: str) -> str:
        return f"{self.target.rstrip('/')}/{path}" if path else self.target

    @contextmanager
    def _failing(self, done: str, path: str = "") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            text = error.strerror or type(error).__name__
            reason = f"{self._name(path)} cannot be {done}: {text.lower()}. Check the folder and its permissions."
            raise StoreError(reason, is_lasting=not path or text in _LASTING) from error


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the files and links below a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path))
            else:
                yield entry


def _create(part: Path, place: Path) -> None:
    """Give a file its name, unless the name is taken."""
    try:
        os.link(part, place)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        part.rename(place)


def _etag(place: Path | os.DirEntry[str]) -> str:
    found = place.stat(follow_symlinks=False)
    return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"
