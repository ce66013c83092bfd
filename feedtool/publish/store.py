"""The one place that knows obstore: a target's address -> its objects; its library's errors -> sentences.

What the library says may hold addresses with signatures, keys and the store's answers. Nothing of it is passed on but
what is known to be harmless: a status, the store's name for the error, the system's word for a broken connection.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from feedtool.publish.objects import Wanted
from feedtool.publish.plan import Listed
from feedtool.publish.state import RECORD

T = TypeVar("T")

#: user-defined metadata; a name that every store takes
_MARK = "feedtool"

_NO_ACCESS = "Check the credentials, and what they allow."
_NO_RIGHT = "Give the credentials the right to list, read, write and delete there."
#: what stores call an error -> what that means, and what to do; whether it would be the same for every object
_NAMED: dict[str, tuple[str, str, bool]] = {
    "NoSuchBucket": ("there is no such bucket", "Create it, or correct the name.", True),
    "ContainerNotFound": ("there is no such container", "Create it, or correct the name.", True),
    "InvalidAccessKeyId": ("it does not know these credentials", _NO_ACCESS, True),
    "SignatureDoesNotMatch": ("the secret key is wrong", _NO_ACCESS, True),
    "ExpiredToken": ("the credentials have expired", "Get new ones.", True),
    "InvalidToken": ("the session token is wrong", "Get new credentials.", True),
    "AuthenticationFailed": ("it does not accept these credentials", _NO_ACCESS, True),
    "RequestTimeTooSkewed": ("this machine's clock is wrong", "Set it.", True),
    "PermanentRedirect": ("the bucket is in another region", "Set AWS_REGION to that of the bucket.", True),
    "AuthorizationHeaderMalformed": ("the region is wrong", "Set AWS_REGION to that of the bucket.", True),
    "QuotaExceeded": ("there is no room left in the store", "Make room, or raise the quota.", True),
    "EntityTooLarge": ("the object is larger than the store takes", "Set feeds.max_bytes lower.", False),
    "AccessDenied": ("permission denied", _NO_RIGHT, False),
}  # fmt: skip
_BY_STATUS = {
    401: ("it does not accept these credentials", _NO_ACCESS, True),
    403: ("permission denied", _NO_RIGHT, False),
    404: ("there is no such bucket", "Create it, or correct the name.", True),
    507: ("there is no room left in the store", "Make room, or raise the quota.", True),
}
#: where the library looks for credentials in the end -> what that means
_ASKED = {
    "latest/api/token": ("there are no credentials", "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.", True),
    "computeMetadata": ("there are no credentials", "Set GOOGLE_APPLICATION_CREDENTIALS.", True),
    "metadata/identity": ("there are no credentials", "Set AZURE_STORAGE_ACCOUNT_KEY.", True),
}  # fmt: skip
#: words of the system or the library -> what that means
_WORDS = {
    "Connection refused": ("nobody answers there", "Check the address and the network.", True),
    "dns error": ("there is no such host", "Check the address and the network.", True),
    "certificate": ("its certificate is not valid", "Check the address.", True),
    "No space left": ("the disk is full", "Make room.", True),
    "quota exceeded": ("the disk quota is used up", "Make room.", True),
    "Permission denied": ("permission denied", "Give yourself the right to write there.", False),
    "Operation not permitted": ("permission denied", "Give yourself the right to write there.", False),
    "Read-only file system": ("the file system is read-only", "Mount it for writing.", True),
    "Not a directory": ("a file stands where a folder must be", "Move that file away.", False),
    "Is a directory": ("a folder stands where a file must be", "Move that folder away.", False),
    "File name too long": ("the name is too long for this file system", "Shorten it.", False),
    "Account must be specified": ("nobody says which account it is", "Set AZURE_STORAGE_ACCOUNT_NAME.", True),
    "BadScheme": ("it is no secure address", "Use https, or set AWS_ALLOW_HTTP=true.", True),
    "HTTP error": ("it does not answer", "Check the address and the network; what is there stays as it is.", True),
}  # fmt: skip


class StoreError(Exception):
    """The store does not do it; says what and why. `is_lasting`: nor would it do the same for another object."""

    def __init__(self, sentence: str, *, is_lasting: bool) -> None:
        super().__init__(sentence)
        self.is_lasting = is_lasting


class ChangedError(Exception):
    """Somebody else has written the object meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Which version of an object was read; what a store goes by differs."""

    etag: str = ""
    number: str = ""


class Store:
    """A folder of objects."""

    def __init__(self, target: str, settings: Mapping[str, str], *, retries: int = 5, patience_s: int = 60) -> None:
        """Open `target`, such as s3://bucket/prefix; `settings` go to the library. Raises StoreError.

        A request that fails for want of an answer, or by the store's own fault, is sent `retries` times more, at
        growing intervals, for `patience_s` seconds. A folder of this machine is made if there is none.
        """
        self.target = target
        #: whether it stores headers with an object, as a folder of this machine does not
        self.keeps_headers = not target.startswith("file:")
        retry = {"max_retries": retries, "retry_timeout": timedelta(seconds=patience_s)}
        # an extra, which takes longer to load than a build that finds nothing to do
        self._library: Any = import_module("obstore")
        self._errors: Any = import_module("obstore.exceptions")
        self._store: Any = self._tell("opened", lambda: _opened(target, settings, retry))

    def listing(self) -> dict[str, Listed]:
        """Return all objects below the prefix, without the record. Raises StoreError."""
        pages = self._tell("listed", lambda: list(self._store.list(chunk_size=1000)))
        return {
            one["path"]: Listed(size=one["size"], etag=_etag(one["e_tag"]))
            for page in pages
            for one in page
            if one["path"] != RECORD
        }

    def read(self, path: str) -> tuple[bytes, Version] | None:
        """Return an object's bytes and its version, None where there is none. Raises StoreError."""

        def got() -> tuple[bytes, Version]:
            result = self._store.get(path)
            version = Version(etag=result.meta["e_tag"] or "", number=result.meta["version"] or "")
            return bytes(result.bytes()), version

        try:
            return self._tell("read", got, path)
        except _MissingError:
            return None

    def mark(self, path: str) -> str:
        """Return the mark that the object was put with, "" where it has none. Raises StoreError.

        In a folder of this machine it is the SHA-256 of its bytes.
        """
        if not self.keeps_headers:
            found = self.read(path)
            return hashlib.sha256(found[0]).hexdigest() if found else ""
        try:
            head = self._tell("read", lambda: self._store.get(path, options={"head": True}), path)
        except _MissingError:
            return ""
        return str(head.attributes.get(_MARK, ""))

    def put(self, one: Wanted, content: bytes) -> str:
        """Write an object with its headers and its mark; return its ETag. Raises StoreError."""
        attributes = self._attributes(one)
        # in one piece: what is sent in several has an ETag of its own kind, and parts may stay behind
        done = self._tell(
            "written",
            lambda: self._library.put(self._store, one.path, content, attributes=attributes, use_multipart=False),
            one.path,
        )
        return _etag(done["e_tag"])

    def put_manifest(self, one: Wanted, content: bytes, known: Version | None) -> str:
        """Do the same as `put` under the condition of `put_if`. Raises ChangedError, StoreError."""
        return _etag(self.put_if(one.path, content, self._attributes(one) or {}, known).etag)

    def _attributes(self, one: Wanted) -> dict[str, str] | None:
        return {**dict(one.headers), _MARK: one.mark} if self.keeps_headers else None

    def put_if(self, path: str, content: bytes, headers: Mapping[str, str], known: Version | None) -> Version:
        """Write an object if it is still the version that is known, None for none; return the new version.

        Raises ChangedError if it is not, and StoreError. A store that knows no such condition writes it without.
        """
        attributes = dict(headers) if self.keeps_headers else None
        mode: Any = "create" if known is None else _named(known) or "overwrite"

        def put(mode: object) -> Any:  # noqa: ANN401 - the library's dictionary
            return self._library.put(self._store, path, content, attributes=attributes, mode=mode, use_multipart=False)

        def attempt() -> Any:  # noqa: ANN401
            try:
                return put(mode)
            except (self._errors.AlreadyExistsError, self._errors.PreconditionError) as error:
                raise ChangedError from error
            except NotImplementedError:
                return put("overwrite")
            except self._errors.BaseError as error:
                if _status(str(error)) != 501:
                    raise
                return put("overwrite")

        done = self._tell("written", attempt, path)
        return Version(etag=done["e_tag"] or "", number=done["version"] or "")

    def remove(self, path: str) -> None:
        """Remove an object; one that is not there is removed. Raises StoreError."""
        try:
            self._tell("removed", lambda: self._store.delete(path), path)
        except _MissingError:
            return

    def _tell(self, done: str, work: Callable[[], T], path: str = "") -> T:
        """Do it; raise what goes wrong as a sentence about the target, or the object of that path."""
        what = f"{self.target.rstrip('/')}/{path}" if path else self.target
        try:
            return work()
        except (OSError, ValueError, NotImplementedError, self._errors.BaseError) as error:
            text = str(error)
            if isinstance(error, FileNotFoundError) and "NoSuchBucket" not in text and done != "written":
                raise _MissingError from None
            reason, fix, is_lasting = _reason(text)
            # not chained: the text of the cause may hold what nobody must see
            raise StoreError(f"{what} cannot be {done}: {reason}. {fix}".rstrip(), is_lasting=is_lasting) from None


class _MissingError(Exception):
    """There is no such object."""


def folder_of(target: str) -> Path:
    """Return the folder that a target file:///… names; "?" and "#" are letters of its name."""
    return Path(unquote(target.removeprefix("file://")))


def _opened(target: str, settings: Mapping[str, str], retry: Mapping[str, object]) -> object:
    stores: Any = import_module("obstore.store")
    if target.startswith("file:"):
        return stores.LocalStore(folder_of(target), mkdir=True)
    return stores.from_url(target, config=dict(settings), retry_config=retry)


def _named(version: Version) -> dict[str, str]:
    """Return the version as the library takes it."""
    named = {"e_tag": version.etag, "version": version.number}
    return {name: value for name, value in named.items() if value}


def _etag(etag: str | None) -> str:
    """Return an ETag as all answers of a store have it: some quote it in listings and some do not."""
    return (etag or "").removeprefix("W/").strip('"')


def _reason(text: str) -> tuple[str, str, bool]:
    """Return what the library's text says, in words of ours."""
    name = re.search(r"<Code>(\w{1,60})</Code>", text)
    if name and name[1] in _NAMED:
        return _NAMED[name[1]]
    status = _status(text)
    if status and not any(words in text for words in _ASKED):
        called = f" ({name[1]})" if name else ""
        return _BY_STATUS.get(status, (f"the store answers {status}{called}", "", status >= 500))
    found = [said for words, said in (_ASKED | _WORDS).items() if words in text]
    return found[0] if found else ("the store's library cannot do it", "", False)


def _status(text: str) -> int:
    found = re.search(r"status code: (\d{3})\b", text)
    return int(found[1]) if found else 0
