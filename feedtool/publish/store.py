"""What a publication needs of a place for its objects: a bucket (`bucket`) or a folder of this machine (`local`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from feedtool.publish.plan import Listed

#: `map` over a bounded number of threads: results come in order, and no call begins once that is closed
Each = Callable[..., Iterator[Any]]

#: bytes of the manifest or the record in a store
LARGEST_READ = 256_000_000
#: objects of a listing
LONGEST_LISTING = 1_000_000


class StoreError(Exception):
    """A request failed; says what and why. `is_lasting`: it would fail for every other object too."""

    def __init__(self, sentence: str, *, is_lasting: bool) -> None:
        super().__init__(sentence)
        self.is_lasting = is_lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The version of an object. Stores use one or both of these."""

    etag: str = ""
    number: str = ""

    @property
    def tag(self) -> str:
        """Return the ETag without quotes, which some stores omit in listings."""
        return self.etag.removeprefix("W/").strip('"')


#: any version
ANY = Version(etag="*")
#: names and values
Headers: TypeAlias = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The objects below the prefix, without the record."""

    objects: Mapping[str, Listed]
    #: names that cannot be an object's of ours, and are left alone
    odd: tuple[str, ...] = ()
    #: paths that cannot be written, since a symbolic link or a file is where a folder has to be
    blocked: frozenset[str] = frozenset()


class Store(Protocol):
    """Objects below a prefix. Every method raises StoreError."""

    #: such as s3://bucket/prefix
    target: str
    #: whether it stores headers, and a mark, with an object; else the mark is the SHA-256 of its bytes
    keeps_headers: bool

    def listing(self, paths: Collection[str], each: Each) -> Listing:
        """Return all objects, or at least those of `paths`; `each` is `map` over threads."""

    def read(self, path: str) -> tuple[bytes, Version] | None:
        """Return an object's bytes and its version, None if it does not exist."""

    def mark(self, path: str) -> str:
        """Return the mark of an object, "" if it has none."""

    def put(
        self, path: str, content: bytes, headers: Headers, *, mark: str = "", known: Version | None = ANY
    ) -> Version:
        """Write an object with its headers and its mark, and return its version.

        `known`: its version before that, None if it does not exist. Raises ChangedError if it is another one; not every
        store heeds that condition.
        """

    def remove(self, path: str) -> None:
        """Remove an object, if it exists."""
