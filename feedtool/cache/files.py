"""The post files that a build reads, and the documents that the last one wrote."""

from __future__ import annotations

import hashlib
import os
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import pairwise
from typing import Any

from feedtool.cache.database import Cache
from feedtool.cache.packing import DamagedError, short_id
from feedtool.frozen import frozen, positional
from feedtool.problems import printable_path

#: name in the memory of the parts of a listing that the rows of files agree with: folder, first file, digest
_LISTING = "listing"
#: files of a part of a listing, and of one that is divided
_PART, _LARGE = 500, 1000
#: parts whose rows are looked for; to look for those of more takes as long as to read all
_FEW = 8
#: numbers that a folder has of each file, and those of a file that may change without another trace
FACTS, UNCERTAIN = 4, array("q", (0, 0, 0, -1))


@positional
class Known:
    """A file that was read before, and its content then."""

    #: of its row
    no: int
    #: git's id of the content, see `feedtool.build.git_index`; b"" if it could not be read
    digest: bytes
    #: in bytes; None where that is not certain
    size: int | None


@frozen
class Pending:
    """A file that has to be read."""

    name: str
    path: str
    #: see `Stamps`
    stamp: int
    #: in bytes
    size: int
    #: None for a new file
    known: Known | None


@frozen
class Folder:
    """The post files of a folder."""

    path: str
    #: as the user knows it
    name: str
    #: their names, sorted
    files: Sequence[bytes]
    #: of each its size, when it was modified and changed, in nanoseconds since 1970, and its inode; or UNCERTAIN
    facts: array[int] = field(default_factory=lambda: array("q"))


@positional
class _Part:
    """Files of a folder that stand together, and the name that the first of them has, or had once."""

    folder: Folder
    first: str
    start: int
    stop: int

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells it from other parts."""
        return self.folder.path, self.first


class Stamps(Mapping[str, int]):
    """What differs once a file has changed, by path, 0 where a change could escape; most builds ask for few."""

    def __init__(self, folders: Sequence[Folder]) -> None:
        self._folders = {folder.path: folder for folder in folders}
        self._places: dict[str, dict[bytes, int]] = {}
        self._digests: dict[tuple[str, int, int], str] = {}

    def __getitem__(self, path: str) -> int:
        """Return the stamp of a file."""
        return _stamp(*self.facts(path))

    def __contains__(self, path: object) -> bool:
        """Tell whether there is such a file."""
        place, _, name = str(path).rpartition("/")
        return place in self._folders and os.fsencode(name) in self._places_in(place)

    def facts(self, path: str) -> Sequence[int]:
        """Return the facts of a file. Raises KeyError."""
        place, _, name = path.rpartition("/")
        folder, at = self._folders[place], self._places_in(place)[os.fsencode(name)]
        return folder.facts[at * FACTS : (at + 1) * FACTS]

    def _places_in(self, place: str) -> dict[bytes, int]:
        if place not in self._places:
            self._places[place] = {name: at for at, name in enumerate(self._folders[place].files)}
        return self._places[place]

    def name(self, path: str) -> str:
        """Return the name of a file as the user knows it."""
        place, _, name = path.rpartition("/")
        return f"{self._folders[place].name}/{printable_path(name)}"

    def __len__(self) -> int:
        """Return the number of files."""
        return sum(len(folder.files) for folder in self._folders.values())

    def __iter__(self) -> Iterator[str]:
        """Yield the paths."""
        return (path for folder in self._folders.values() for path in _paths(folder, 0, len(folder.files)))

    def of(self, part: _Part) -> Iterator[tuple[str, int]]:
        """Yield the paths of a part with their stamps."""
        facts = iter(part.folder.facts[part.start * FACTS : part.stop * FACTS])
        return zip(_paths(part.folder, part.start, part.stop), map(_stamp, *[facts] * FACTS), strict=True)

    def digest(self, part: _Part) -> str:
        """Return a digest of the names and facts of a part; "" where one is not certain."""
        key = part.folder.path, part.start, part.stop
        if key not in self._digests:
            facts = part.folder.facts[part.start * FACTS : part.stop * FACTS]
            digest = hashlib.blake2b(b"\0".join(part.folder.files[part.start : part.stop]), digest_size=16)
            digest.update(facts)
            is_certain = UNCERTAIN[-1] not in facts[FACTS - 1 :: FACTS]
            self._digests[key] = digest.hexdigest() if is_certain else ""
        return self._digests[key]


def _stamp(*facts: int) -> int:
    # of numbers, Python has the same one in each process
    return 0 if facts[-1] == UNCERTAIN[-1] else hash(facts) or 1


def _paths(folder: Folder, start: int, stop: int) -> list[str]:
    return [f"{folder.path}/{os.fsdecode(name)}" for name in folder.files[start:stop]]


@frozen
class Listed:
    """The post files that a run found, compared with those that the cache knows."""

    folders: Sequence[Folder]
    stamps: Stamps
    #: paths of files that were never read
    new: Sequence[str] = ()
    #: the files that were read before and may have changed since, by path
    altered: Mapping[str, Known] = field(default_factory=dict)
    #: the files that no longer exist: their rows, by path
    gone: Mapping[str, int] = field(default_factory=dict)

    def is_as_known(self) -> bool:
        """Return whether no file has to be read, and none is gone."""
        return not (self.new or self.altered or self.gone)

    def name(self, path: str) -> str:
        """Return a file's name as the user knows it."""
        return self.stamps.name(path)

    def count(self) -> int:
        """Return how many files have to be read."""
        return len(self.new) + len(self.altered)

    def pending(self, *, known: bool | None = None) -> Iterator[Pending]:
        """Yield the files to be read, by path; with `known`, only those that were read before, or only new ones."""
        paths = {True: self.altered.keys(), False: self.new, None: [*self.altered, *self.new]}[known]
        for path in sorted(paths):
            stamp, size = self.stamps[path], self.stamps.facts(path)[0]
            yield Pending(name=self.name(path), path=path, stamp=stamp, size=size, known=self.altered.get(path))


@positional
class FeedRow:
    """A feed of the last build."""

    #: digest of all that its documents were made from
    key: bytes
    #: number of entries, after the limit of bytes
    count: int


@positional
class DocumentRow:
    """A file of the last build."""

    #: SHA-256 in hexadecimal digits
    digest: str
    #: see `feedtool.output.stamp`
    stamp: str


def listed(folders: Iterable[Folder]) -> Listed:
    """Return a listing of the post files that there are."""
    every = tuple(folders)
    return Listed(folders=every, stamps=Stamps(every))


def agrees(cache: Cache, listed: Listed) -> bool:
    """Return whether the cache knows exactly these files with these stamps, by the digests of the listing alone."""
    known = cache.recall(_LISTING)
    return known is not None and known == _digests(listed, _parts(listed, known)) and all(part[2] for part in known)


def _digests(listed: Listed, parts: Iterable[_Part]) -> list[list[str]]:
    return [[*part.key, listed.stamps.digest(part)] for part in parts]


def _parts(listed: Listed, known: Iterable[Sequence[str]]) -> list[_Part]:
    """Return the parts of a listing, by those that are known."""
    firsts: dict[str, list[str]] = defaultdict(list)
    for place, first, _ in known:
        firsts[place].append(first)
    found = []
    for folder in listed.folders:
        own = firsts.get(folder.path) or [os.fsdecode(name) for name in folder.files[::_PART]]
        starts = [0, *(bisect_left(folder.files, os.fsencode(first)) for first in own[1:]), len(folder.files)]
        found += [_Part(folder, first, *ends) for first, ends in zip(own, pairwise(starts), strict=True)]
    return found


def knows_some(cache: Cache, listed: Listed, most: int) -> bool:
    """Return whether one of the files that the cache knows first, `most` at most, has the stamp that it knows."""
    rows = cache.db.execute("SELECT no, stamp FROM post LIMIT ?", (most,))
    return any(listed.stamps.get(cache.groups.place(no)[0]) == stamp for no, stamp in rows)


def compare(cache: Cache, listed: Listed) -> Listed:
    """Return the listing compared with the rows of files, of which only the parts are read that differ."""
    if agrees(cache, listed):
        return listed
    known = {(place, first): digest for place, first, digest in cache.recall(_LISTING) or ()}
    parts = {part.key: part for part in _parts(listed, [(*key, "") for key in known])}
    differs = [key for key in {**known, **parts} if key not in parts or _is_other(listed, parts[key], known.get(key))]
    is_whole = not known or len(differs) > _FEW
    stamps = dict(pair for key, part in parts.items() if is_whole or key in differs for pair in listed.stamps.of(part))
    new = dict.fromkeys(stamps)
    altered: dict[str, Known] = {}
    gone: dict[str, int] = {}
    ranges = [] if is_whole else _ranges(differs, {**known, **parts})
    for no, path, stamp, size, digest in _rows(cache, ranges):
        now = stamps.get(path)
        if now is None:
            gone[path] = no
            continue
        if path not in new:
            raise DamagedError("a file is there twice")
        del new[path]
        if not now or now != stamp:
            altered[path] = Known(no, digest, size if stamp else None)
    return replace(listed, new=tuple(new), altered=altered, gone=gone)


def _is_other(listed: Listed, part: _Part, known: str | None) -> bool:
    return not known or listed.stamps.digest(part) != known


def _ranges(keys: Iterable[tuple[str, str]], every: Iterable[tuple[str, str]]) -> list[tuple[str, bytes, bytes]]:
    """Return the folder of each part, and between which paths those of its files are; `every` are all parts' keys."""
    firsts: dict[str, list[bytes]] = defaultdict(list)
    for place, first in every:
        firsts[place].append(os.fsencode(f"{place}/{first}"))
    found = []
    for place, first in keys:
        own, at = firsts[place], firsts[place].index(os.fsencode(f"{place}/{first}"))
        begin, end = os.fsencode(f"{place}/"), os.fsencode(place) + b"0"  # which comes after "/"
        found.append((place, own[at] if at else begin, own[at + 1] if at + 1 < len(own) else end))
    return found


def _rows(cache: Cache, ranges: Sequence[tuple[str, bytes, bytes]]) -> Iterator[tuple[int, str, int, int, bytes]]:
    """Yield number, path, stamp, size and digest of the files in some parts, or of all files."""
    query = "SELECT no, stamp, size, digest FROM post WHERE no BETWEEN ? AND ?"
    for paths in cache.groups.paths([(begin, end) for _, begin, end in ranges]):
        for no, *others in cache.db.execute(query, (min(paths), max(paths))):
            path = paths.get(no, "")
            folder, place = path.rpartition("/")[0], os.fsencode(path)
            # between the files of a folder are those of the folders in it
            if not ranges or any(own == folder and begin <= place < end for own, begin, end in ranges):
                yield no, path, *others


def remember(cache: Cache, listed: Listed) -> None:
    """Let the next build know which parts the rows agree with, unless some file of it has to be read again."""
    known = cache.recall(_LISTING) or []
    parts = _parts(listed, known)
    large = {part.folder.path for part in parts if part.stop - part.start > _LARGE}
    parts = _parts(listed, [each for each in known if each[0] not in large]) if large else parts
    digests = _digests(listed, parts)
    unread = {cache.groups.place(no)[0] for (no,) in cache.db.execute("SELECT no FROM post WHERE stamp = 0").fetchall()}
    for each, part in zip(digests, parts, strict=True) if unread else ():
        if not unread.isdisjoint(_paths(part.folder, part.start, part.stop)):
            each[-1] = ""
    cache.remember(_LISTING, digests)


def sift(cache: Cache, listed: Listed, same: Collection[str]) -> Listed:
    """Return the listing without files that were read before and have the same content."""
    rows = ((listed.stamps[path], listed.altered[path].no) for path in same)
    cache.db.executemany("UPDATE post SET stamp = ? WHERE no = ?", rows)
    return replace(listed, altered={path: known for path, known in listed.altered.items() if path not in same})


def doubted(cache: Cache, listed: Listed, ids: Iterable[str]) -> Listed:
    """Return the listing so that the posts of these stories are read again, and no others."""
    rows = (row for each in ids for row in cache.db.execute("SELECT no FROM story WHERE id = ?", (short_id(each),)))
    altered = {cache.groups.place(no)[0]: Known(no, b"", None) for (no,) in rows}
    return replace(listed, new=(), gone={}, altered=altered)


def reread(cache: Cache, listed: Listed, paths: Collection[str]) -> Listed:
    """Return the listing so that these files, too, are read again, if they are there."""
    if not paths:
        return listed
    every = (pair for some in cache.groups.paths() for pair in some.items())
    more = {path: Known(no, b"", None) for no, path in every if path in paths and path in listed.stamps}
    return replace(listed, altered={**listed.altered, **more})


def forget(cache: Cache) -> None:
    """Forget all files, so that each is new again."""
    cache.remember(_LISTING, None)
    cache.groups.save()
    for table in ("post", "waiting", "shelf", "story", "term", "carries", "monthly"):
        cache.db.execute(f"DELETE FROM {table}")  # noqa: S608


def is_anything_known(cache: Cache) -> bool:
    """Return whether any file was read before."""
    return cache.db.execute("SELECT 1 FROM post LIMIT 1").fetchone() is not None


def written_feeds(cache: Cache) -> dict[str, FeedRow]:
    """Return the feeds of the last build by folder."""
    rows = cache.db.execute("SELECT folder, key, count FROM feed")
    return {folder: FeedRow(*values) for folder, *values in rows}


def written_documents(cache: Cache) -> dict[str, DocumentRow]:
    """Return the files of the last build by path."""
    rows = cache.db.execute("SELECT path, digest, stamp FROM document")
    return {path: DocumentRow(*values) for path, *values in rows}


def keep_written(cache: Cache, feeds: Mapping[str, FeedRow], documents: Mapping[str, DocumentRow]) -> None:
    """Replace the feeds and files of the last build; of a page without a change, the disk hears nothing."""
    _replace(cache, "feed", "folder", {(name, row.key, row.count) for name, row in feeds.items()})
    _replace(cache, "document", "path", {(path, row.digest, row.stamp) for path, row in documents.items()})


def _replace(cache: Cache, table: str, key: str, rows: set[tuple[Any, ...]]) -> None:
    before = set(cache.db.execute(f"SELECT * FROM {table}"))  # noqa: S608 - our own words
    gone = {row[0] for row in before - rows} - {row[0] for row in rows}
    cache.db.executemany(f"DELETE FROM {table} WHERE {key} = ?", ((name,) for name in gone))  # noqa: S608
    cache.db.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", rows - before)  # noqa: S608
