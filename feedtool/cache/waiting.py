"""The posts that are held back: those dated later, unless they were published before, and those that have expired.

What tells whether they were published is kept beside them, so that no build has to make their stories again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from feedtool.cache.database import NAME, Cache
from feedtool.cache.packing import short_id
from feedtool.cache.serialise import short_mark
from feedtool.frozen import frozen
from feedtool.model import Claim, is_due

if TYPE_CHECKING:
    from feedtool.cache.posts import StoryRow

#: of posts that have not expired
_STAYS = "(expires_ms IS NULL OR expires_ms > :now)"


class Waiting:
    """Which posts are held back at a moment, and which are no longer."""

    def __init__(
        self, db: sqlite3.Connection, *, now_ms: int | None, claims: Collection[Claim],
        alone: Callable[[int, bytes], StoryRow],
    ) -> None:  # fmt: skip
        """With None as `now_ms`, none is held back. `claims`: of the stories that were published before.

        `alone` returns the story of a post without others, by its row and its file's digest.
        """
        self._db, self._now_ms, self._claims, self._alone = db, now_ms, claims, alone

    def holds(self, published_ms: int, expires_ms: int | None, story: StoryRow) -> bool:
        """Return whether a post is held back that alone tells this story."""
        if self._now_ms is None or is_due(published_ms, expires_ms, self._now_ms):
            return False
        is_expired = not is_due(0, expires_ms, self._now_ms)
        return is_expired or self._known.isdisjoint(map(short_id, (story.id, story.root)))

    @cached_property
    def _known(self) -> frozenset[bytes | str]:
        return frozenset(short_id(name) for claim in self._claims for name in (claim.id, claim.root))

    def hold(self, no: int, story: StoryRow) -> None:
        """Keep what tells whether a post that is held back was published before."""
        self._db.execute(
            "INSERT OR REPLACE INTO waiting VALUES (?, ?, ?, ?)",
            (no, short_id(story.id), short_id(story.root), short_mark(story.mark)),
        )

    def turn(self) -> set[int]:
        """Hold back the posts that have expired, and release those whose time has come; return the keys of both."""
        if self._now_ms is None:
            return set()
        turned = set()
        shown = "SELECT no FROM post WHERE NOT is_held AND key IS NOT NULL AND"
        shown = f"no IN ({shown} published_ms > :now UNION {shown} expires_ms <= :now)"
        for no, key, published_ms, expires_ms, digest in self._rows(shown):
            story = self._alone(no, digest)
            if self.holds(published_ms, expires_ms, story):
                self._db.execute("UPDATE post SET is_held = 1 WHERE no = ?", (no,))
                self.hold(no, story)
                turned.add(key)
        due = [row[0] for row in self._rows(f"is_held AND published_ms <= :now AND {_STAYS}")]
        known = self._db.execute("SELECT no, id, root FROM waiting")
        due += [no for no, *names in known if not self._known.isdisjoint(names)]
        return turned | self._released(due)

    def release(self) -> set[int]:
        """Release the posts whose story was published under an earlier date, which no file has now; return their keys.

        Call it when the stories of all changed posts are made.
        """
        rows = self._db.execute("SELECT no, mark FROM waiting") if self._now_ms is not None else ()
        claims: dict[bytes | str, Claim] = {}
        freed = []
        for no, mark in rows:
            claims = claims or {short_mark(claim.mark): claim for claim in self._claims}
            claim = claims.get(mark)
            names = (*map(short_id, (claim.id, claim.root)),) * 2 if claim else ()
            is_there = "SELECT 1 FROM story WHERE id IN (?, ?) OR root IN (?, ?)"
            if claim and not self._db.execute(is_there, names).fetchone():
                freed.append(no)
        return self._released(freed)

    def _released(self, numbers: Iterable[int]) -> set[int]:
        """Release those of the posts that have not expired, and return their keys."""
        keys = set()
        for no in numbers:
            for _, key, *_ in self._rows(f"no = :no AND is_held AND {_STAYS}", no=no):
                self._db.execute("UPDATE post SET is_held = 0 WHERE no = ?", (no,))
                self._db.execute("DELETE FROM waiting WHERE no = ?", (no,))
                keys.add(key)
        return keys

    def _rows(self, where: str, no: int = 0) -> list[tuple[int, int, int, int | None, bytes]]:
        query = f"SELECT no, key, published_ms, expires_ms, digest FROM post WHERE key IS NOT NULL AND {where}"  # noqa: S608
        return self._db.execute(query, {"now": self._now_ms, "no": no}).fetchall()


@frozen
class Later:
    """How many posts wait for their day."""

    count: int
    #: of the first, and the dates of the first and the last
    name: str = ""
    first_ms: int = 0
    last_ms: int = 0


def later(cache: Cache, now_ms: int) -> Later:
    """Return how many posts wait for their day."""
    where = f"FROM post WHERE is_held AND published_ms > :now AND {_STAYS}"
    count, last_ms = cache.db.execute(f"SELECT COUNT(*), MAX(published_ms) {where}", {"now": now_ms}).fetchone()
    if not count:
        return Later(count=0)
    first = f"SELECT {NAME} AS own, published_ms {where} ORDER BY published_ms, own LIMIT 1"
    name, first_ms = cache.db.execute(first, {"now": now_ms}).fetchone()
    return Later(count=count, name=name, first_ms=first_ms, last_ms=last_ms)


def shown_early(cache: Cache, now_ms: int) -> Iterator[str]:
    """Yield the names of the posts that are dated later and do not wait, by date."""
    query = (
        f"SELECT {NAME} AS own FROM post WHERE NOT is_held AND key IS NOT NULL AND published_ms > :now AND {_STAYS} "  # noqa: S608
        "ORDER BY published_ms, own"
    )
    return (name for (name,) in cache.db.execute(query, {"now": now_ms}))


def waits(cache: Cache, name: str) -> bool:
    """Return whether the post of that name is held back."""
    query = f"SELECT 1 FROM post WHERE {NAME} = ? AND is_held"  # noqa: S608 - our own words
    return cache.db.execute(query, (name,)).fetchone() is not None


def expired(cache: Cache, now_ms: int) -> list[tuple[str, int]]:
    """Return name and expiry time of the posts that have expired."""
    query = f"SELECT {NAME}, expires_ms FROM post WHERE key IS NOT NULL AND expires_ms <= ?"  # noqa: S608
    return cache.db.execute(query, (now_ms,)).fetchall()


def next_moment(cache: Cache, now_ms: int) -> int | None:
    """Return the next time at which a post is published, was updated or expires, or None."""
    query = (
        "SELECT MIN(ms) FROM ("
        "SELECT MIN(published_ms) AS ms FROM post WHERE NOT is_held AND key IS NOT NULL AND published_ms > :now "
        "UNION ALL SELECT MIN(published_ms) FROM post WHERE is_held AND published_ms > :now "
        "UNION ALL SELECT MIN(expires_ms) FROM post WHERE expires_ms > :now "
        "UNION ALL SELECT MIN(updated_ms) FROM story WHERE updated_ms > :now AND updated_ms != published_ms)"
    )
    found: int | None = cache.db.execute(query, {"now": now_ms}).fetchone()[0]
    return found
