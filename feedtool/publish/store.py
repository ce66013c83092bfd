"""What a publication needs of a place for its objects, a bucket or a folder; and what it leaves there.

feedtool-publish.json, the record, says what the store remembers of earlier publications, and has the claim of the one
under way. It is written twice in a publication. Of many objects, feedtool-publish-list.json holds all, and the record
only what changed since that was written. Anybody who may write to the store may have changed these files. A damaged one
costs requests and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from feedtool.frozen import frozen
from feedtool.generators import is_output_path

if TYPE_CHECKING:
    from feedtool.publish import World
    from feedtool.publish.places import Store

T = TypeVar("T")
#: `map` over a bounded number of threads: results come in order, and no call begins once that is closed
Each = Callable[..., Iterator[Any]]

#: bytes of the manifest or the record in a store
LARGEST_READ = 256_000_000
#: objects of a listing
LONGEST_LISTING = 1_000_000


class PublishError(Exception):
    """A publication failed; the text says why, and what to do."""


class StoreError(PublishError):
    """A request failed; says what and why. `is_lasting`: it would fail for every other object too."""

    def __init__(self, sentence: str, *, is_lasting: bool) -> None:
        super().__init__(sentence)
        self.is_lasting = is_lasting


@frozen
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


@frozen
class Listed:
    """An object in the store's listing."""

    #: bytes
    size: int
    etag: str


@frozen
class Listing:
    """The objects below the prefix, without the record."""

    objects: Mapping[str, Listed]
    #: names that cannot be an object's of ours, and are left alone
    odd: tuple[str, ...] = ()
    #: paths that cannot be written, since a symbolic link or a file is where a folder has to be
    blocked: frozenset[str] = frozenset()


#: keys of both objects
RECORD, LIST = "feedtool-publish.json", "feedtool-publish-list.json"
#: in version 1 it holds all objects, with whole marks
_VERSION, _READ = 2, (1, 2)
#: hexadecimal digits of a mark that are remembered
_DIGITS = 24
#: the list is written again when more than this many objects, and this part of all, have changed
_MOST_CHANGED, _PART_CHANGED = 100, 8
#: milliseconds after which a claim that was not renewed ends; a put takes less, with all its attempts
LEASE_MS = 120_000
_HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


class ChangedError(PublishError):
    """Another publication has written the object since it was read."""

    def __init__(self) -> None:
        super().__init__("another publication changed the store, so this one stopped. Publish again.")


@frozen
class Kept:
    """An object that a publication put, or is about to put."""

    #: the beginning of it: see `known_by`
    mark: str
    #: the store's name for this version of the object; "" while it is not known to be stored
    etag: str = ""
    #: in a folder: the mark of the file to replace, which may still be there after a killed publication
    former: str = ""


@frozen
class Claim:
    """A publication under way. No other one writes until it ends, or is not renewed in time."""

    name: str
    #: milliseconds since 1970
    until_ms: int


@frozen
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
    #: what the list in the store says of the objects
    listed: Mapping[str, Kept] = field(default_factory=dict, compare=False)

    @property
    def changed(self) -> dict[str, Kept | None]:
        """Return the objects that the list does not know as they are; None for one that is no longer there."""
        paths = self.objects.keys() | self.listed.keys()
        both = ((path, self.objects.get(path), self.listed.get(path)) for path in paths)
        return {path: kept for path, kept, before in both if kept != before}


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
        found = self._store.read(RECORD)
        record = found and read_record(found[0])
        if not record or record.claim is None or record.claim.name != self._world.name:
            raise ChangedError

    def renew(self) -> None:
        """Renew the claim, if it is time for that. Raises ChangedError if it was lost."""
        if self._world.now_ms() - self._renewed_ms > LEASE_MS // 4:
            self.check()
            self._write()

    def release(self, record: Record) -> None:
        """Write this record, without a claim. Raises ChangedError if the claim was lost, StoreError."""
        if len(record.changed) > max(_MOST_CHANGED, len(record.objects) // _PART_CHANGED):
            self.check()
            self._store.put(LIST, render_list(record.objects), _HEADERS)
            record = replace(record, listed=record.objects)
        self._put(replace(record, claim=None))

    def _write(self) -> None:
        self._renewed_ms = self._world.now_ms()
        until_ms = self._renewed_ms + LEASE_MS
        self._put(replace(self._record, claim=Claim(name=self._world.name, until_ms=until_ms)))

    def _put(self, record: Record) -> None:
        self._version = self._store.put(RECORD, render_record(record), _HEADERS, known=self._version)


def stored_record(store: Store) -> tuple[Record | None, Version | None]:
    """Return the record in the store and its version; None where it is missing or damaged. Raises StoreError."""
    found = store.read(RECORD)
    if found is None:
        return None, None
    listed = store.read(LIST)
    return read_record(found[0], listed[0] if listed else b""), found[1]


def render_record(record: Record) -> bytes:
    """Return the bytes that `read_record` reads."""
    claim = record.claim and {"name": record.claim.name, "until": record.claim.until_ms}
    table = {
        "version": _VERSION,
        "note": "What feedtool publish remembers; not part of the site.",
        "claim": claim,
        "obsolete": dict(sorted(record.obsolete.items())),
        "unpurged": sorted(record.unpurged),
        "unannounced": sorted(record.unannounced),
    }
    return _json(table, record.changed)


def render_list(objects: Mapping[str, Kept]) -> bytes:
    """Return the bytes of the list of all objects."""
    return _json({"version": _VERSION}, objects)


def _json(table: Mapping[str, object], objects: Mapping[str, Kept | None]) -> bytes:
    lines = ",\n".join(
        f"    {json.dumps(path)}: {json.dumps(kept and [kept.mark, kept.etag, *filter(None, [kept.former])])}"
        for path, kept in sorted(objects.items())
    )
    head = json.dumps(table, indent=2).removesuffix("\n}")
    return f'{head},\n  "objects": {{\n{lines}\n  }}\n}}\n'.encode()


def read_record(content: bytes, listed: bytes = b"") -> Record | None:
    """Return the record that an earlier publication wrote, None if these bytes are not one; `listed` is the list.

    Paths that no output folder has are left out.
    """
    try:
        table = json.loads(content)
        if table["version"] not in _READ:
            return None
        claim, known = table["claim"], _read_list(listed)
        changed = _objects(table)
        return Record(
            objects={path: kept for path, kept in {**known, **changed}.items() if kept},
            listed=known,
            obsolete={path: _as(int, since) for path, since in table["obsolete"].items() if is_output_path(path)},
            unpurged=tuple(filter(is_output_path, _as(list, table["unpurged"]))),
            unannounced=tuple(filter(is_output_path, _as(list, table["unannounced"]))),
            claim=claim and Claim(name=_as(str, claim["name"]), until_ms=_as(int, claim["until"])),
        )
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None


def _read_list(content: bytes) -> dict[str, Kept]:
    try:
        return {path: kept for path, kept in _objects(json.loads(content)).items() if kept}
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return {}


def _objects(table: Any) -> dict[str, Kept | None]:  # noqa: ANN401 - not checked yet
    items = table["objects"].items()
    return {path: _kept(*texts) if texts is not None else None for path, texts in items if is_output_path(path)}


def _kept(mark: object, etag: object, former: object = "") -> Kept:
    return Kept(mark=known_by(_as(str, mark)), etag=_as(str, etag), former=known_by(_as(str, former)))


def known_by(mark: str) -> str:
    """Return the beginning of a mark, as the record has it: see `objects.Wanted.mark`."""
    return mark[:_DIGITS]


def _as(kind: type[T], value: object) -> T:
    if type(value) is not kind:
        raise TypeError
    return value
