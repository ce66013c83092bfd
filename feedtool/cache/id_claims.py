"""The ids of stories, and how a story takes over an id of an earlier build."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping

from feedtool.cache.database import Cache
from feedtool.cache.serialise import packed, unpacked
from feedtool.model import Claim, times

_CLAIM = "SELECT id, COALESCE(root, id), published_ms, mark FROM story"


def claim(cache: Cache, entry_id: str) -> Claim | None:
    """Return the claim of the story with the id, or None."""
    row = cache.db.execute(f"{_CLAIM} WHERE id = ?", (entry_id,)).fetchone()
    return _claim(*row) if row else None


def strays(cache: Cache, known: Iterable[str]) -> Iterator[Claim]:
    """Yield the claims of stories with other ids than these, unless their authors declared the ids."""
    names = set(known)
    return (_claim(*row) for row in cache.db.execute(f"{_CLAIM} WHERE NOT declared") if row[0] not in names)


def heir(cache: Cache, root: str) -> Claim | None:
    """Return the claim of the story whose derived id is this, unless its author declared another; or None."""
    where = "WHERE NOT declared AND (root = ? OR (root IS NULL AND id = ?))"
    row = cache.db.execute(f"{_CLAIM} {where}", (root, root)).fetchone()
    return _claim(*row) if row else None


def rename(cache: Cache, takes: Mapping[str, Claim]) -> None:
    """Give the stories with these ids the ids and times of other claims."""
    query = "SELECT no FROM story WHERE id = ?"
    numbers = {own: cache.db.execute(query, (own,)).fetchone()[0] for own in takes}
    for own, known in takes.items():
        _rename(cache, numbers[own], known)


def _rename(cache: Cache, no: int, known: Claim) -> None:
    db = cache.db
    query = "SELECT id, root, published_ms, updated_ms, version, terms, facts FROM story WHERE no = ?"
    own, root, published_ms, updated_ms, version, terms, facts = db.execute(query, (no,)).fetchone()
    first_ms, last_ms = times(published_ms, updated_ms, known)
    values = (
        known.id,
        root or own,
        first_ms,
        last_ms,
        hashlib.blake2b(f"{version.hex()} {known.id} {first_ms}".encode(), digest_size=16).digest(),
        packed((known.id, first_ms, last_ms, *unpacked(facts)[3:])),
        no,
    )
    db.execute(
        "UPDATE story SET id = ?, root = ?, published_ms = ?, updated_ms = ?, version = ?, facts = ? WHERE no = ?",
        values,
    )
    for term in json.loads(terms):
        row = (known.id, -first_ms, term, -published_ms, own, no)
        db.execute("UPDATE carries SET id = ?, newest = ? WHERE term = ? AND newest = ? AND id = ? AND story = ?", row)


def _claim(entry_id: str, root: str, published_ms: int, mark: str) -> Claim:
    return Claim(id=entry_id, root=root, published_ms=published_ms, mark=mark)
