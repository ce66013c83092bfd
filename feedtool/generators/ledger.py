"""The ledger: what the next builds have to know of each entry and file, in parts that stay as they are.

    ledger/2021.json  ledger/2023-05.json      entries by when they were first published, and when they changed
    ledger/files.json  ledger/files-a.json     the SHA-256 of every other file, and the state of feeds
    ledger/index.json                          the SHA-256 of feeds.json and all parts

A part holds the entries of a year. One with too many entries is divided by months, tens of days, days: a new entry
changes one part. Anybody may have edited them. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from feedtool.generators.manifest import (
    PATH,
    ForeignManifestError,
    KnownEntry,
    Manifest,
    ManifestError,
    read_entry,
    read_files,
    read_manifest,
    read_states,
    read_table,
    require,
    typed,
)
from feedtool.model import Document, Feed, is_archive
from feedtool.syntax import EPOCH

_NONE: Mapping[str, tuple[Mapping[str, KnownEntry], str]] = MappingProxyType({})
#: entries of a part; with more, it is divided
MOST_ENTRIES = 300
#: characters of a day, such as 2023-05-17, in the name of a part, and in the names of those that it is divided into
_FINER = {4: 7, 7: 9, 9: 10}
_DAY_MS = 86_400_000
#: files -> hexadecimal digits in the name of each part that lists them
_FEW_FILES, _MANY_FILES = 500, 5000


def render_ledger(
    entries: Iterable[KnownEntry], feeds: Sequence[Feed], *, manifest: Document, files: Mapping[str, str],
    generator: str, known: Mapping[str, tuple[Mapping[str, KnownEntry], str]] = _NONE,
) -> tuple[tuple[Document, ...], dict[str, str]]:  # fmt: skip
    """Return the parts of the ledger, last the one that changes with each of them; and the SHA-256 of the other parts.

    These are among `known`, by path the entries and the SHA-256 of parts that are as a build left them, and have the
    same entries now. `files` are the SHA-256 of all other files that feedtool made, by path.
    """
    parts: list[Document] = []
    same: dict[str, str] = {}
    for name, own in _parted(entries):
        before, digest = known.get(path := _path(name), ({}, ""))
        if len(own) == len(before) and all(before.get(entry.claim.id) is entry for entry in own):
            same[path] = digest
        else:
            parts.append(_part(name, _entries(own), generator))
    parts += _of_files(feeds, files, generator)
    made = {part.path: hashlib.sha256(part.content).hexdigest() for part in (manifest, *parts)}
    digests = dict(sorted((made | same).items()))
    return (*parts, _part("index", _table("parts", digests), generator)), same


def _parted(entries: Iterable[KnownEntry]) -> Iterator[tuple[str, Sequence[KnownEntry]]]:
    """Yield the name and the entries of each part."""
    by_year: dict[str, list[KnownEntry]] = defaultdict(list)
    for entry in entries:
        by_year[_day(entry.claim.published_ms // _DAY_MS)[:4]].append(entry)
    for year, some in sorted(by_year.items()):
        yield from _divided(year, some)


def _of_files(feeds: Iterable[Feed], files: Mapping[str, str], generator: str) -> Iterator[Document]:
    digits = 0 if len(files) <= _FEW_FILES else 1 if len(files) <= _MANY_FILES else 2
    by_part: dict[str, dict[str, str]] = {"files": {}} if not files else defaultdict(dict)
    for path, digest in sorted(files.items()):
        by_part[_list_of(path, digits)][path] = digest
    # beside the files of the feed, which change when it does
    states: dict[str, dict[str, list[object]]] = defaultdict(dict)
    for feed in feeds:
        names = [feed.archived_until, feed.older] if feed.is_archived else []
        states[_list_of(feed.folder, digits)][feed.key] = [len(feed.entry_ids), feed.updated_ms, *names]
    for name in sorted(by_part.keys() | states):
        tables = [_table("files", by_part.get(name, {}))]
        tables += [_table("states", states[name])] if name in states else []
        yield _part(name, ",\n  ".join(tables), generator)


def _table(name: str, values: Mapping[str, object]) -> str:
    lines = ",\n".join(f"    {_json(key)}: {_json(value)}" for key, value in values.items())
    return f'"{name}": {{\n{lines}\n  }}'


@lru_cache(maxsize=4096)
def _day(day: int) -> str:
    return date.fromordinal(day + EPOCH.toordinal()).isoformat()


def _divided(name: str, entries: Sequence[KnownEntry]) -> Iterator[tuple[str, Sequence[KnownEntry]]]:
    """Yield the entries of a year, or of its parts if they are too many."""
    if len(entries) <= MOST_ENTRIES or len(name) not in _FINER:
        yield name, entries
        return
    finer: dict[str, list[KnownEntry]] = defaultdict(list)
    for entry in entries:
        finer[_day(entry.claim.published_ms // _DAY_MS)[: _FINER[len(name)]]].append(entry)
    for part, some in sorted(finer.items()):
        yield from _divided(part, some)


def _list_of(path: str, digits: int) -> str:
    """Return the name of the part that lists a file: one for all files of a feed, or of an archive document."""
    place = path.partition(".")[0] if is_archive(path) else path.rpartition("/")[0]
    digest = hashlib.blake2b(place.encode(), digest_size=1).hexdigest()[:digits]
    return f"files-{digest}" if digest else "files"


def _path(name: str) -> str:
    return f"ledger/{name}.json"


def _part(name: str, content: str, generator: str) -> Document:
    text = f'{{\n  "generator": {_json(generator)},\n  {content}\n}}\n'
    return Document(path=_path(name), media_type="application/json", content=text.encode())


def _entries(entries: Iterable[KnownEntry]) -> str:
    """Return entries by id, each as one line."""
    ordered = sorted(entries, key=lambda entry: entry.claim.id)
    keys = sorted({key for entry in ordered for key in (*entry.feeds, *dict(entry.late))})
    numbers = {key: number for number, key in enumerate(keys)}
    lines = ",\n".join(f"    {_line(entry, numbers)}" for entry in ordered)
    return f'"feeds": {_json(keys)},\n  "entries": [\n{lines}\n  ]'


def _line(entry: KnownEntry, numbers: Mapping[str, int]) -> str:
    """Return id, published, mark, feeds, updated and content of an entry.

    Then, if it inherited its id, or several posts told it: its own id, and the names of those posts.
    """
    claim = entry.claim
    late = dict(entry.late)
    feeds: list[object] = [[numbers[key], late[key]] if key in late else numbers[key] for key in entry.feeds]
    feeds += [[numbers[key], ms, 0] for key, ms in entry.late if key not in entry.feeds]
    root = [claim.root, *claim.told] if claim.told or claim.root != claim.id else []
    return _json([claim.id, claim.published_ms, claim.mark, feeds, entry.updated_ms, entry.content, *root])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def lists_files(path: str) -> bool:
    """Return whether a part of the ledger lists files, by its path."""
    return path.startswith("ledger/files")


# a preview builds again and again, and most parts stay
@lru_cache(maxsize=512)
def read_part(content: bytes) -> Manifest:
    """Return what a part of the ledger says. Raises ManifestError if the bytes are not one."""
    part = read_table(content)
    if not part.keys() & {"entries", "files", "parts"}:
        raise ForeignManifestError("it is another program's")
    keys = typed(list, part.get("feeds", []), "feeds")
    require(all(isinstance(key, str) for key in keys), "the key of a feed is not text")
    lines = typed(list, part.get("entries", []), "entries")
    entries = [read_entry(line, keys) for line in lines]
    return Manifest(
        entries={entry.claim.id: entry for entry in entries},
        files=read_files(part.get("files", part.get("parts", {}))),
        states=read_states(part.get("states", {})),
    )


def joined(manifest: Manifest, parts: Iterable[Manifest]) -> Manifest:
    """Return a manifest with what the parts of its ledger say. Of an entry in two of them, the last one counts."""
    entries, files, states = dict(manifest.entries), dict(manifest.files), dict(manifest.states)
    for part in parts:
        entries |= part.entries
        files |= part.files
        states |= part.states
    feeds = tuple(replace(feed, **states.get(feed.keys[0], {})) for feed in manifest.feeds)
    return replace(manifest, feeds=feeds, entries=entries, files=files)


def with_ledger(manifest: Manifest, part: Callable[[str], Manifest]) -> Manifest:
    """Return a manifest with what its ledger says; `part` returns what a part says by its path."""
    found = joined(manifest, map(part, manifest.parts))
    others = {path: part(path) for path in found.parts if path not in manifest.files}
    by_part = {path: one.entries for path, one in others.items()}
    return replace(joined(found, others.values()), by_part=by_part)


def read_published(read: Callable[[str], bytes]) -> Manifest:
    """Return a manifest with all parts of its ledger; `read` returns the content of a file by its path.

    Raises ManifestError, and what `read` raises.
    """

    def part(path: str) -> Manifest:
        content = read(path)
        try:
            return read_part(content)
        except ManifestError as error:
            raise ManifestError(f"{path}: {error}") from error

    return with_ledger(read_manifest(read(PATH)), part)


def from_files(published: Mapping[str, bytes]) -> Manifest:
    """Do the same with files in memory, by path. Raises ManifestError, also where one is missing."""

    def read(path: str) -> bytes:
        if path not in published:
            raise ManifestError(f"{path} is missing")
        return published[path]

    return read_published(read)
