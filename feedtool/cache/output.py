"""What the last build wrote, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from feedtool.cache.store import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed as it was written."""

    #: digest of all that its documents are made from
    key: bytes
    #: entries, after the cut by bytes
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A file as it was written."""

    #: SHA-256 in hexadecimal digits
    digest: str
    #: what the file system said of it
    stamp: str


def feeds(cache: Cache) -> dict[str, FeedRow]:
    """Return the feeds of the last build by folder."""
    rows = cache.db.execute("SELECT folder, key, count FROM feed")
    return {folder: FeedRow(key=key, count=count) for folder, key, count in rows}


def documents(cache: Cache) -> dict[str, DocumentRow]:
    """Return the files of the last build by path."""
    rows = cache.db.execute("SELECT path, digest, stamp FROM document")
    return {path: DocumentRow(digest=digest, stamp=stamp) for path, digest, stamp in rows}


def keep(cache: Cache, feeds: Mapping[str, FeedRow], documents: Mapping[str, DocumentRow]) -> None:
    """Take these for the last build's."""
    cache.db.execute("DELETE FROM feed")
    cache.db.execute("DELETE FROM document")
    rows = ((folder, row.key, row.count) for folder, row in feeds.items())
    cache.db.executemany("INSERT INTO feed VALUES (?, ?, ?)", rows)
    files: Iterable[tuple[str, str, str]] = ((path, row.digest, row.stamp) for path, row in documents.items())
    cache.db.executemany("INSERT INTO document VALUES (?, ?, ?)", files)
