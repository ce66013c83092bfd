"""feedtool-publish.json: what the store remembers of earlier publications, and the claim of the one under way.

Anybody who may write to the store may have changed that file. A damaged one costs requests and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from feedtool.generators import is_output_path

if TYPE_CHECKING:
    from feedtool.publish.execute import World
    from feedtool.publish.store import Store, Version

T = TypeVar("T")

#: key of the object
RECORD = "feedtool-publish.json"
_VERSION = 1
#: milliseconds after which a claim that was not renewed ends; a put takes less, with all its attempts
LEASE_MS = 120_000
_HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


class ChangedError(Exception):
    """Another publication has written the object since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An object that a publication put, or is about to put."""

    #: see `objects.Wanted.mark`
    mark: str
    #: the store's name for this version of the object; "" while it is not known to be stored
    etag: str = ""
    #: in a folder: the mark of the file to replace, which may still be there after a killed publication
    former: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A publication under way. No other one writes until it ends, or is not renewed in time."""

    name: str
    #: milliseconds since 1970
    until_ms: int
    #: see `execute.World.process`
    process: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the store remembers. All paths are valid ones of an output folder."""

    #: objects that were put, also obsolete ones
    objects: Mapping[str, Kept] = field(default_factory=dict)
    #: paths that the manifest no longer lists -> since when, in milliseconds since 1970
    obsolete: Mapping[str, int] = field(default_factory=dict)
    #: changed paths of which the CDN, or the hub, has not been notified yet
    unpurged: tuple[str, ...] = ()
    unannounced: tuple[str, ...] = ()
    claim: Claim | None = None


class Lease:
    """A claim on the store, written with the record of what the store should remember meanwhile."""

    def __init__(self, store: Store, world: World, version: Version | None, record: Record) -> None:
        """Claim the store, if its record still has that version. Raises ChangedError, StoreError."""
        self._store, self._world, self._version, self._record = store, world, version, record
        self._renewed_ms = 0
        self._write()
        self.check()

    def check(self) -> None:
        """Raise ChangedError unless the store has this claim: not every store heeds the condition of a put."""
        record, _ = stored_record(self._store)
        if record is None or record.claim is None or record.claim.name != self._world.name:
            raise ChangedError

    def renew(self) -> None:
        """Renew the claim, if it is time for that. Raises ChangedError if it was lost."""
        if self._world.now_ms() - self._renewed_ms > LEASE_MS // 4:
            self.check()
            self._write()

    def release(self, record: Record) -> None:
        """Write this record, without a claim. Raises ChangedError if the claim was lost, StoreError."""
        self._put(replace(record, claim=None))

    def _write(self) -> None:
        self._renewed_ms = self._world.now_ms()
        until_ms = self._renewed_ms + LEASE_MS
        claim = Claim(name=self._world.name, until_ms=until_ms, process=self._world.process)
        self._put(replace(self._record, claim=claim))

    def _put(self, record: Record) -> None:
        self._version = self._store.put(RECORD, render_record(record), _HEADERS, known=self._version)


def stored_record(store: Store) -> tuple[Record | None, Version | None]:
    """Return the record in the store and its version; None where it is missing or damaged. Raises StoreError."""
    found = store.read(RECORD)
    return (read_record(found[0]), found[1]) if found else (None, None)


def render_record(record: Record) -> bytes:
    """Return the bytes that `read_record` reads."""
    claim = record.claim and {
        "name": record.claim.name,
        "until": record.claim.until_ms,
        "process": record.claim.process,
    }
    table = {
        "version": _VERSION,
        "note": "What feedtool publish remembers; not part of the site.",
        "claim": claim,
        "obsolete": dict(sorted(record.obsolete.items())),
        "unpurged": sorted(record.unpurged),
        "unannounced": sorted(record.unannounced),
    }
    lines = ",\n".join(
        f"    {json.dumps(path)}: {json.dumps([kept.mark, kept.etag, *filter(None, [kept.former])])}"
        for path, kept in sorted(record.objects.items())
    )
    head = json.dumps(table, indent=2).removesuffix("\n}")
    return f'{head},\n  "objects": {{\n{lines}\n  }}\n}}\n'.encode()


def read_record(content: bytes) -> Record | None:
    """Return the record that an earlier publication wrote, None if these bytes are not one.

    Paths that no output folder has are left out.
    """
    try:
        table = json.loads(content)
        if table["version"] != _VERSION:
            return None
        claim = table["claim"]
        return Record(
            objects={path: _kept(*texts) for path, texts in table["objects"].items() if is_output_path(path)},
            obsolete={path: _as(int, since) for path, since in table["obsolete"].items() if is_output_path(path)},
            unpurged=tuple(filter(is_output_path, _as(list, table["unpurged"]))),
            unannounced=tuple(filter(is_output_path, _as(list, table["unannounced"]))),
            claim=claim
            and Claim(
                name=_as(str, claim["name"]),
                until_ms=_as(int, claim["until"]),
                process=_as(str, claim.get("process", "")),
            ),
        )
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None


def _kept(mark: object, etag: object, former: object = "") -> Kept:
    return Kept(mark=_as(str, mark), etag=_as(str, etag), former=_as(str, former))


def _as(kind: type[T], value: object) -> T:
    if type(value) is not kind:
        raise TypeError
    return value
