"""The places that are stores: a bucket of a cloud, and a folder of this machine, such as the root of a web server.

Only here obstore is known, whose errors become sentences. Its texts may contain signed addresses, keys and the store's
answers. Only harmless parts are passed on: a status, the store's name for the error, the system's words for a failed
file or connection. Others may write to a folder too: no symbolic link below it is followed, and a file is replaced in
one step.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
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

T = TypeVar("T")

#: user-defined metadata; a name that every store accepts
_MARK = "feedtool"

#: the cause, what to do, and whether it would be the same for every object
_Reason = tuple[str, str, bool]
_NO_ACCESS = "Check the credentials and their permissions."
_REGION = "Set AWS_REGION to the region of the bucket."
_NETWORK = "Check the address and the network."
#: the store's name for the error, or a status -> reason
_NAMED: dict[str, _Reason] = {
    "InvalidAccessKeyId": ("the store does not know these credentials", _NO_ACCESS, True),
    "SignatureDoesNotMatch": ("the secret key is wrong", _NO_ACCESS, True),
    "ExpiredToken": ("the credentials have expired", "Get new ones.", True),
    "InvalidToken": ("the session token is wrong", "Get new credentials.", True),
    "AuthenticationFailed": ("the store does not accept these credentials", _NO_ACCESS, True),
    "RequestTimeTooSkewed": ("this machine's clock is wrong", "Set it.", True),
    "PermanentRedirect": ("the bucket is in another region", _REGION, True),
    "AuthorizationHeaderMalformed": ("the region is wrong", _REGION, True),
    "QuotaExceeded": ("the store is full", "Make room, or raise the quota.", True),
    "EntityTooLarge": ("the object is too large for the store", "Set feeds.max_bytes lower.", False),
    "401": ("the store does not accept these credentials", _NO_ACCESS, True),
    "403": ("permission denied", "Allow these credentials to list, read, write and delete objects.", False),
    "404": ("there is no such bucket", "Create it, or correct the name.", True),
    "507": ("the store is full", "Make room, or raise the quota.", True),
}
#: where the library looks for credentials last -> reason
_ASKED: dict[str, _Reason] = {
    "latest/api/token": ("credentials are missing", "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.", True),
    "computeMetadata": ("credentials are missing", "Set GOOGLE_APPLICATION_CREDENTIALS.", True),
    "metadata/identity": ("credentials are missing", "Set AZURE_STORAGE_ACCOUNT_KEY.", True),
}
#: words of the library -> reason
_WORDS: dict[str, _Reason] = {
    "Connection refused": ("the connection was refused", _NETWORK, True),
    "dns error": ("the host name is unknown", _NETWORK, True),
    "certificate": ("its certificate is not valid", "Check the address.", True),
    "Account must be specified": ("the account is not specified", "Set AZURE_STORAGE_ACCOUNT_NAME.", True),
    "BadScheme": ("the address is not secure", "Use https, or set AWS_ALLOW_HTTP=true.", True),
    "HTTP error": ("the store does not answer", _NETWORK, True),
}
_OS_ERROR = re.compile(r"(?:^|: )([A-Z][^:/\n]{2,60}) \(os error \d+\)")
_PART = ".feedtool-part"
#: control characters, and bytes that are not UTF-8
_ODD = re.compile(rf"[{STEERING}\udc80-\udcff]")
_LASTING = ("No space left on device", "Disk quota exceeded", "Read-only file system")


def _name(target: str, path: str) -> str:
    return f"{target.rstrip('/')}/{path}" if path else target


class Bucket:
    """A bucket below a prefix. Each method raises StoreError."""

    #: whether it stores headers, and a mark, with an object; else the mark is the SHA-256 of its bytes
    keeps_headers = True

    def __init__(self, target: str, settings: Mapping[str, str], *, retries: int = 5) -> None:
        """Open a bucket, such as s3://bucket/prefix; `settings` go to the library. Raises StoreError.

        A request without an answer, or with an error of the store, is repeated up to `retries` times within a minute.
        """
        self.target = target
        # an extra, slow to import
        self._library: Any = import_module("obstore")
        self._errors: Any = import_module("obstore.exceptions")
        stores: Any = import_module("obstore.store")
        retry = {"max_retries": retries, "retry_timeout": timedelta(minutes=1)}
        opened = partial(stores.from_url, target, config=dict(settings), retry_config=retry)
        self._store: Any = self._call("opened", opened)

    def listing(self, paths: Collection[str], each: Each) -> Listing:
        """Return all objects; where the library cannot read the name of one, only those of `paths`.

        `each` is `map` over threads.
        """
        found: dict[str, Listed] = {}

        def listed() -> str:
            try:
                for one in (one for page in self._store.list(chunk_size=1000) for one in page):
                    found[one["path"]] = _listed(one)
                    if len(found) > LONGEST_LISTING:
                        break
            except self._errors.InvalidPathError as error:
                return _odd_name(str(error))
            return ""

        odd = self._call("listed", listed)
        if len(found) > LONGEST_LISTING:
            reason = f"it has more than {LONGEST_LISTING:,} objects. Publish below another prefix."
            raise StoreError(f"{self.target} cannot be listed: {reason}", is_lasting=True)
        if odd:
            heads = zip(paths, each(self._head, paths), strict=True)
            found = {path: _listed(head.meta) for path, head in heads if head}
        for path in (RECORD, LIST):
            found.pop(path, None)
        return Listing(objects=found, odd=(odd,) if odd else ())

    def read(self, path: str) -> tuple[bytes, Version] | None:
        """Return an object's bytes and its version, None if it does not exist."""

        def got() -> tuple[bytes, Version]:
            result = self._store.get(path)
            if result.meta["size"] > LARGEST_READ:
                raise StoreError(f"{_name(self.target, path)} cannot be read: it is too large", is_lasting=True)
            version = Version(etag=result.meta["e_tag"] or "", number=result.meta["version"] or "")
            return bytes(result.bytes()), version

        try:
            return self._call("read", got, path)
        except _MissingError:
            return None

    def mark(self, path: str) -> str:
        """Return the mark that the object was put with, "" if it has none."""
        head = self._head(path)
        return str(head.attributes.get(_MARK, "")) if head else ""

    def _head(self, path: str) -> Any:  # noqa: ANN401 - the library's result
        """Return what the store says of an object, None if it does not exist."""
        try:
            return self._call("read", lambda: self._store.get(path, options={"head": True}), path)
        except _MissingError:
            return None

    def put(
        self, path: str, content: bytes, headers: Headers, *, mark: str = "", known: Version | None = ANY
    ) -> Version:
        """Write an object with its headers and its mark, and return its version.

        `known`: its version before that, None if it does not exist. Raises ChangedError if it is another one; not every
        store heeds that condition.
        """
        mode = "overwrite" if known is ANY else "create" if known is None else _condition(known) or "overwrite"
        attributes = dict(headers) | ({_MARK: mark} if mark else {})
        # in one piece: multipart uploads have ETags of another kind, and may leave parts behind
        put = partial(self._library.put, self._store, path, content, attributes=attributes, use_multipart=False)

        def attempt() -> Any:  # noqa: ANN401 - the library's dictionary
            try:
                return put(mode=mode)
            except (self._errors.AlreadyExistsError, self._errors.PreconditionError) as error:
                raise ChangedError from error
            except (NotImplementedError, self._errors.BaseError) as error:
                if mode == "overwrite" or not (isinstance(error, NotImplementedError) or _status(str(error)) == 501):
                    raise
                return put(mode="overwrite")  # a store without conditions

        done = self._call("written", attempt, path)
        return Version(etag=done["e_tag"] or "", number=done["version"] or "")

    def remove(self, path: str) -> None:
        """Remove an object, if it exists."""
        with suppress(_MissingError):
            self._call("removed", lambda: self._store.delete(path), path)

    def _call(self, done: str, work: Callable[[], T], path: str = "") -> T:
        """Return the result; raise an error as a sentence about the target, or the object at that path."""
        try:
            return work()
        except (ChangedError, StoreError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of the library is not an Exception
            text = str(error)
            if isinstance(error, FileNotFoundError) and "NoSuchBucket" not in text and done != "written":
                raise _MissingError from None
            reason, fix, is_lasting = _reason(text)
            # not chained: the text of the cause may contain secrets
            sentence = f"{_name(self.target, path)} cannot be {done}: {reason}. {fix}".rstrip()
            raise StoreError(sentence, is_lasting=is_lasting) from None


class _MissingError(Exception):
    """The object does not exist."""


def _listed(meta: Mapping[str, Any]) -> Listed:
    return Listed(size=meta["size"], etag=Version(etag=meta["e_tag"] or "").tag)


def _odd_name(text: str) -> str:
    """Return the name that the library's text is about."""
    name = re.search(r'path: "((?:[^"\\]|\\.)*)"|Path "(.*?)"', text, re.DOTALL)
    return (name[1] or name[2]).lstrip("/") if name else "?"


def _condition(version: Version) -> dict[str, str]:
    """Return the version as a condition of the library."""
    named = {"e_tag": version.etag, "version": version.number}
    return {name: value for name, value in named.items() if value}


def _reason(text: str) -> _Reason:
    """Return what the library's text says, without its secrets."""
    name = re.search(r"<Code>(\w{1,60})</Code>", text)
    if name and name[1] in _NAMED:
        return _NAMED[name[1]]
    if asked := next((reason for words, reason in _ASKED.items() if words in text), None):
        return asked
    if status := _status(text):
        called = f" ({name[1]})" if name else ""
        return _NAMED.get(str(status), (f"the store answers {status}{called}", "", status >= 500))
    if found := next((reason for words, reason in _WORDS.items() if words in text), None):
        return found
    if system := _OS_ERROR.search(text):
        is_lasting = any(word in system[1] for word in ("space", "quota", "Read-only"))
        return system[1].lower(), "Check the folder and its permissions.", is_lasting
    return "the store's library failed", "", False


def _status(text: str) -> int:
    found = re.search(r"status code: (\d{3})\b", text)
    return int(found[1]) if found else 0


def folder_of(target: str) -> Path:
    """Return the folder of a target file:///…; "?" and "#" are part of its name."""
    return Path(unquote(target.removeprefix("file://")))


class Folder:
    """A folder of this machine, which can do what a bucket can."""

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
                raise StoreError(
                    f"{_name(self.target, path)} cannot be removed: a symbolic link leads there", is_lasting=False
                )
            (self._root / path).unlink(missing_ok=True)

    def _put(self, path: str, content: bytes, move: Callable[[Path, Path], None]) -> str:
        place = self._root / path
        part = place.with_name(f".{place.name}{_PART}")
        with self._failing("written", path):
            place.parent.mkdir(parents=True, exist_ok=True)
            if self._is_blocked(path):
                reason = "a symbolic link is where a folder has to be"
                raise StoreError(f"{_name(self.target, path)} cannot be written: {reason}", is_lasting=False)
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
        folders = [self._root / each for each in Path(path).parents][:-1]
        return any(each.is_symlink() or (each.exists() and not each.is_dir()) for each in folders)

    @contextmanager
    def _failing(self, done: str, path: str = "") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            text = error.strerror or type(error).__name__
            reason = (
                f"{_name(self.target, path)} cannot be {done}: {text.lower()}. Check the folder and its permissions."
            )
            raise StoreError(reason, is_lasting=not path or text in _LASTING) from error


#: objects below a prefix
Store: TypeAlias = Bucket | Folder


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
