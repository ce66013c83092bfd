"""Which post files there are, and which of them say something new.

see      what the file system lists, beside what it listed last time
pending  files that are new, or may have changed
same     those that have not, after all
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from feedtool.cache.store import Cache

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A file that has to be read."""

    no: int
    name: str
    path: str
    #: see `feedtool.build.discovery.stamp`
    stamp: str
    #: of the bytes that were read last time; b"" where the file is new
    digest: bytes


def see(cache: Cache, found: Iterable[tuple[str, str, str]]) -> None:
    """Take in name, path and stamp of every post file that there is now."""
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
    """Yield the files that may have changed; `known`: only those that were read before, or only the others."""
    where = {True: "AND digest IS NOT NULL", False: "AND digest IS NULL", None: ""}[known]
    query = f"SELECT no, name, path, stamp, digest FROM pending WHERE no > ? {where} ORDER BY no LIMIT {_CHUNK}"  # noqa: S608
    last = 0
    while rows := cache.db.execute(query, (last,)).fetchall():
        for no, name, path, stamp, digest in rows:
            opened = path.decode("utf-8", "surrogateescape")
            yield Pending(no=no, name=name, path=opened, stamp=stamp, digest=digest or b"")
        last = rows[-1][0]


def count(cache: Cache, *, known: bool | None = None) -> int:
    """Return how many files may have changed; `known` as above."""
    where = {True: "WHERE digest IS NOT NULL", False: "WHERE digest IS NULL", None: ""}[known]
    return int(cache.db.execute(f"SELECT COUNT(*) FROM pending {where}").fetchone()[0])  # noqa: S608


def sift(cache: Cache, differing: Iterable[int]) -> None:
    """Take note of which files that were read before hold something else now; the others hold what they held."""
    db = cache.db
    db.execute("DELETE FROM differs")
    db.executemany("INSERT INTO differs VALUES (?)", ((no,) for no in differing))
    db.execute(
        "UPDATE file SET stamp = (SELECT seen.stamp FROM seen WHERE seen.path = file.path) WHERE path IN "
        "(SELECT path FROM pending WHERE digest IS NOT NULL AND no NOT IN (SELECT no FROM differs))"
    )
    db.execute("DELETE FROM pending WHERE digest IS NOT NULL AND no NOT IN (SELECT no FROM differs)")


def forget(cache: Cache) -> None:
    """Take every file for a new one."""
    for table in ("file", "post", "story", "term", "carries"):
        cache.db.execute(f"DELETE FROM {table}")  # noqa: S608


def gone(cache: Cache) -> list[bytes]:
    """Return the paths that are no more."""
    query = "SELECT file.path FROM file LEFT JOIN seen ON seen.path = file.path WHERE seen.path IS NULL"
    return [path for (path,) in cache.db.execute(query)]


def gone_names(cache: Cache) -> list[str]:
    """Return the names, as the user knows them, of the files that are no more."""
    query = (
        "SELECT post.name FROM file JOIN post ON post.path = file.path "
        "LEFT JOIN seen ON seen.path = file.path WHERE seen.path IS NULL"
    )
    return [name for (name,) in cache.db.execute(query)]


def is_anything_known(cache: Cache) -> bool:
    """Tell whether any file was read before."""
    return cache.db.execute("SELECT 1 FROM file LIMIT 1").fetchone() is not None
