"""The post files that a build reads, and the documents that the last one wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import islice
from typing import Any

from feedtool.cache.database import NAME, Cache
from feedtool.cache.packing import DamagedError
from feedtool.frozen import frozen, positional

#: name in the memory of the digest of a listing that the rows of files agree with
_LISTING = "listing"
#: files of a listing that are digested at a time
_CHUNK = 10_000


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
    #: see `feedtool.build.discovery.stamp`
    stamp: str
    #: None for a new file
    known: Known | None


@frozen
class Listed:
    """The post files that a run found, compared with those that the cache knows."""

    #: what differs once a file has changed, by path: see `feedtool.build.discovery.stamp`
    stamps: Mapping[str, str]
    #: names as the user knows them, of the files whose paths are others
    names: Mapping[str, str]
    #: of all files with their stamps; "" where one has no stamp
    digest: str
    #: paths of files that were never read
    new: Sequence[str] = ()
    #: the files that were read before and may have changed since, by path
    altered: Mapping[str, Known]
    #: the files that no longer exist: their rows, by path
    gone: Mapping[str, int] = field(default_factory=dict)

    def is_as_known(self) -> bool:
        """Return whether no file has to be read, and none is gone."""
        return not (self.new or self.altered or self.gone)

    def name(self, path: str) -> str:
        """Return a file's name as the user knows it."""
        return self.names.get(path, path)

    def count(self) -> int:
        """Return how many files have to be read."""
        return len(self.new) + len(self.altered)

    def pending(self, *, known: bool | None = None) -> Iterator[Pending]:
        """Yield the files to be read, by path; with `known`, only those that were read before, or only new ones."""
        paths = {True: self.altered.keys(), False: self.new, None: [*self.altered, *self.new]}[known]
        for path in sorted(paths):
            yield Pending(name=self.name(path), path=path, stamp=self.stamps[path], known=self.altered.get(path))


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


def listed(found: Iterable[tuple[str, str, str]]) -> Listed:
    """Return a listing of the post files that there are, each with name, path and stamp."""
    stamps: dict[str, str] = {}
    names: dict[str, str] = {}
    for name, path, stamp in found:
        stamps.setdefault(path, stamp)
        if name != path:
            names.setdefault(path, name)
    return Listed(stamps=stamps, names=names, digest=_digest(stamps), altered={})


def agrees(cache: Cache, listed: Listed) -> bool:
    """Return whether the cache knows exactly these files with these stamps, by the digest of the listing alone."""
    return bool(listed.digest) and cache.recall(_LISTING) == listed.digest


def knows_some(cache: Cache, listed: Listed, most: int) -> bool:
    """Return whether one of the files that the cache knows first, `most` at most, has the stamp that it knows."""
    rows = cache.db.execute("SELECT path, stamp FROM post LIMIT ?", (most,))
    return any(listed.stamps.get(path.decode("utf-8", "surrogateescape")) == stamp for path, stamp in rows)


def compare(cache: Cache, listed: Listed) -> Listed:
    """Return the listing compared with the rows of files."""
    if agrees(cache, listed):
        return listed
    stamps = listed.stamps
    new = dict.fromkeys(stamps)
    altered: dict[str, Known] = {}
    gone: dict[str, int] = {}
    for no, place, known, digest in cache.db.execute("SELECT no, path, stamp, digest FROM post"):
        path = place.decode("utf-8", "surrogateescape")
        now = stamps.get(path)
        if now is None:
            gone[path] = no
            continue
        if path not in new:
            raise DamagedError("a file is there twice")
        del new[path]
        if not now or now != known:
            altered[path] = Known(no, digest, int(known.partition(" ")[0]) if known else None)
    return replace(listed, new=tuple(new), altered=altered, gone=gone)


def _digest(stamps: Mapping[str, str]) -> str:
    if not all(stamps.values()):
        return ""
    digest = hashlib.blake2b(digest_size=16)
    paths = iter(sorted(stamps))
    while some := [*islice(paths, _CHUNK)]:
        digest.update("\0".join((*some, *map(stamps.__getitem__, some), "")).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def remember(cache: Cache, listed: Listed) -> None:
    """Let the next build know that the rows agree with the listing, unless some file has to be read again."""
    is_whole = cache.db.execute("SELECT 1 FROM post WHERE stamp = '' LIMIT 1").fetchone() is None
    cache.remember(_LISTING, listed.digest if is_whole else "")


def sift(cache: Cache, listed: Listed, same: Collection[str]) -> Listed:
    """Return the listing without files that were read before and have the same content."""
    rows = ((listed.stamps[path], listed.altered[path].no) for path in same)
    cache.db.executemany("UPDATE post SET stamp = ? WHERE no = ?", rows)
    return replace(listed, altered={path: known for path, known in listed.altered.items() if path not in same})


def doubted(cache: Cache, listed: Listed, ids: Iterable[str]) -> Listed:
    """Return the listing so that the posts of these stories are read again, and no others."""
    query = "SELECT post.no, path FROM story JOIN post ON post.no = story.post WHERE id = ?"
    rows = (row for each in ids for row in cache.db.execute(query, (each,)))
    altered = {path.decode("utf-8", "surrogateescape"): Known(no, b"", None) for no, path in rows}
    return replace(listed, new=(), gone={}, altered=altered)


def reread(cache: Cache, listed: Listed, paths: Collection[str]) -> Listed:
    """Return the listing so that these files, too, are read again, if they are there."""
    if not paths:
        return listed
    rows = ((no, path.decode("utf-8", "surrogateescape")) for no, path in cache.db.execute("SELECT no, path FROM post"))
    more = {path: Known(no, b"", None) for no, path in rows if path in paths and path in listed.stamps}
    return replace(listed, altered={**listed.altered, **more})


def forget(cache: Cache) -> None:
    """Forget all files, so that each is new again."""
    cache.remember(_LISTING, "")
    for table in ("post", "shelf", "story", "term", "carries"):
        cache.db.execute(f"DELETE FROM {table}")  # noqa: S608


def names_of(cache: Cache, numbers: Iterable[int]) -> list[str]:
    """Return the names, as the user knows them, of the files with these rows."""
    query = f"SELECT {NAME} FROM post WHERE no = ?"  # noqa: S608 - our own words
    return [cache.db.execute(query, (no,)).fetchone()[0] for no in numbers]


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
