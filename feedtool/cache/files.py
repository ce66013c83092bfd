"""The post files that a build reads, and the documents that the last one wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from feedtool.cache.database import Cache

_CHUNK = 500
#: conditions for pending files: read before, new, all
_KNOWN = {True: "digest IS NOT NULL", False: "digest IS NULL", None: "TRUE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A file that has to be read."""

    no: int
    name: str
    path: str
    #: see `feedtool.build.discovery.stamp`
    stamp: str
    #: of the bytes that were read last time; b"" for a new file
    digest: bytes


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed of the last build."""

    #: digest of all that its documents were made from
    key: bytes
    #: number of entries, after the limit of bytes
    count: int


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A file of the last build."""

    #: SHA-256 in hexadecimal digits
    digest: str
    #: see `feedtool.output.stamp`
    stamp: str


def see(cache: Cache, found: Iterable[tuple[str, str, str]]) -> None:
    """Record name, path and stamp of every post file that exists now."""
    db = cache.db
    db.execute("DELETE FROM seen")
    db.execute("DELETE FROM pending")
    rows = ((path.encode("utf-8", "surrogateescape"), name, stamp) for name, path, stamp in found)
    db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
    db.execute(
        "INSERT INTO pending (path, name, stamp, digest) SELECT seen.path, seen.name, seen.stamp, file.digest "
        "FROM seen LEFT JOIN file ON file.path = seen.path WHERE seen.stamp = '' OR file.stamp IS NOT seen.stamp"
    )


def pending(cache: Cache, *, known: bool | None = None) -> Iterator[Pending]:
    """Yield the files that may have changed; with `known`, only those that were read before, or only new ones."""
    where = f"no > ? AND {_KNOWN[known]} ORDER BY no LIMIT {_CHUNK}"
    query = f"SELECT no, name, path, stamp, digest FROM pending WHERE {where}"  # noqa: S608
    last = 0
    while rows := cache.db.execute(query, (last,)).fetchall():
        for no, name, path, stamp, digest in rows:
            opened = path.decode("utf-8", "surrogateescape")
            yield Pending(no=no, name=name, path=opened, stamp=stamp, digest=digest or b"")
        last = rows[-1][0]


def count(cache: Cache, *, known: bool | None = None) -> int:
    """Return how many files may have changed; `known` as in `pending`."""
    return int(cache.db.execute(f"SELECT COUNT(*) FROM pending WHERE {_KNOWN[known]}").fetchone()[0])  # noqa: S608


def sift(cache: Cache, differing: Iterable[int]) -> None:
    """Drop the pending files that were read before and have the same content, which are all but `differing`."""
    db = cache.db
    db.execute("DELETE FROM differs")
    db.executemany("INSERT INTO differs VALUES (?)", ((no,) for no in differing))
    db.execute(
        "UPDATE file SET stamp = (SELECT seen.stamp FROM seen WHERE seen.path = file.path) WHERE path IN "
        "(SELECT path FROM pending WHERE digest IS NOT NULL AND no NOT IN (SELECT no FROM differs))"
    )
    db.execute("DELETE FROM pending WHERE digest IS NOT NULL AND no NOT IN (SELECT no FROM differs)")


def doubt(cache: Cache, ids: Iterable[str]) -> None:
    """Let the posts of stories be read again, and no others; all that the cache says of them may be false."""
    db = cache.db
    db.execute("DELETE FROM pending")
    for entry_id in ids:
        db.execute(
            "INSERT INTO pending (path, name, stamp, digest) SELECT seen.path, seen.name, seen.stamp, x'00' "
            "FROM story JOIN seen ON seen.path = story.path WHERE story.id = ?", (entry_id,),
        )  # fmt: skip


def forget(cache: Cache) -> None:
    """Forget all files, so that each is new again."""
    for table in ("file", "post", "story", "term", "carries"):
        cache.db.execute(f"DELETE FROM {table}")  # noqa: S608


def gone(cache: Cache) -> list[bytes]:
    """Return the paths of files that no longer exist."""
    query = "SELECT file.path FROM file LEFT JOIN seen ON seen.path = file.path WHERE seen.path IS NULL"
    return [path for (path,) in cache.db.execute(query)]


def gone_names(cache: Cache) -> list[str]:
    """Return the names, as the user knows them, of files that no longer exist."""
    query = (
        "SELECT post.name FROM file JOIN post ON post.path = file.path "
        "LEFT JOIN seen ON seen.path = file.path WHERE seen.path IS NULL"
    )
    return [name for (name,) in cache.db.execute(query)]


def is_anything_known(cache: Cache) -> bool:
    """Return whether any file was read before."""
    return cache.db.execute("SELECT 1 FROM file LIMIT 1").fetchone() is not None


def written_feeds(cache: Cache) -> dict[str, FeedRow]:
    """Return the feeds of the last build by folder."""
    rows = cache.db.execute("SELECT folder, key, count FROM feed")
    return {folder: FeedRow(*values) for folder, *values in rows}


def written_documents(cache: Cache) -> dict[str, DocumentRow]:
    """Return the files of the last build by path."""
    rows = cache.db.execute("SELECT path, digest, stamp FROM document")
    return {path: DocumentRow(*values) for path, *values in rows}


def keep_written(cache: Cache, feeds: Mapping[str, FeedRow], documents: Mapping[str, DocumentRow]) -> None:
    """Replace the feeds and files of the last build."""
    cache.db.execute("DELETE FROM feed")
    cache.db.execute("DELETE FROM document")
    cache.db.executemany(
        "INSERT INTO feed VALUES (?, ?, ?)", ((name, row.key, row.count) for name, row in feeds.items())
    )
    files = ((path, row.digest, row.stamp) for path, row in documents.items())
    cache.db.executemany("INSERT INTO document VALUES (?, ?, ?)", files)
