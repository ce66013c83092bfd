"""A claim on a store, from when it is granted until it is let go; and what a publication needs of the world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from feedtool.publish.state import RECORD, Claim, Record, read_record, render_record
from feedtool.publish.store import ChangedError, Store, Version

T = TypeVar("T")
R = TypeVar("R")

#: milliseconds that a claim holds without being renewed; a put takes less, with all its attempts
LEASE_MS = 120_000
_HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}


class Each(Protocol):
    """`map` over a bounded number of threads: results come in order, and nothing is begun once that is given up."""

    def __call__(self, function: Callable[[T], R], values: Iterable[T], /) -> Iterator[R]:
        """Yield the function's result for each value."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a publication needs of the world."""

    each: Each
    #: milliseconds since 1970
    now_ms: Callable[[], int]
    #: waits for seconds
    pause: Callable[[float], None]
    #: 32 hexadecimal digits that nobody else has
    name: str
    #: hears how far a stage is
    progress: Callable[[str, int, int], None]
    #: called once if another publication has to end first
    waiting: Callable[[], None]


class Session:
    """A claim on the store. `record` is what the store should remember, and is written along with the claim."""

    def __init__(self, store: Store, world: World, version: Version | None, record: Record) -> None:
        """Claim the store, if its record is of that version still. Raises ChangedError, StoreError."""
        self._store, self._world, self._version = store, world, version
        self.record = record
        self._renewed_ms = 0
        self._write()
        self.check()

    def check(self) -> None:
        """Raise ChangedError unless the claim is there: not every store looks at the condition of a put."""
        found = self._store.read(RECORD)
        record = read_record(found[0]) if found else None
        if record is None or record.claim is None or record.claim.name != self._world.name:
            raise ChangedError

    def renew(self) -> None:
        """Say that this publication goes on, if it is time for that. Raises ChangedError if it lost its claim."""
        if self._world.now_ms() - self._renewed_ms > LEASE_MS // 4:
            self.check()
            self._write()

    def let_go(self) -> None:
        """Write the record without a claim. Raises ChangedError if it was lost."""
        self._put(replace(self.record, claim=None))

    def _write(self) -> None:
        self._renewed_ms = self._world.now_ms()
        self._put(replace(self.record, claim=Claim(name=self._world.name, until_ms=self._renewed_ms + LEASE_MS)))

    def _put(self, record: Record) -> None:
        self._version = self._store.put_if(RECORD, render_record(record), _HEADERS, self._version)
