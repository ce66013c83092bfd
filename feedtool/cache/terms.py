"""The newest stories of every term, read by index alone; and the number of stories by month."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import MINYEAR, UTC, datetime
from itertools import chain, groupby, pairwise
from operator import itemgetter

from feedtool.cache.database import Cache
from feedtool.cache.packing import packed, short_id, unpacked, whole_id
from feedtool.cache.posts import STORY, month_of, rows_of
from feedtool.cache.serialise import story_at
from feedtool.disk import name_order
from feedtool.model import Activity, Candidate, Kind, Story, Term

#: of a term's stories, and all of the moment of the last of them
_NEWEST = (
    "SELECT ms, story FROM carries WHERE term = :term AND ms >= COALESCE("
    "(SELECT ms FROM carries WHERE term = :term ORDER BY ms DESC LIMIT 1 OFFSET :most - 1), ms) ORDER BY ms DESC"
)
#: how many stories each term has
_TOTALS = "SELECT term, SUM(count) FROM monthly GROUP BY term"
_AT = "SELECT ms, story FROM carries WHERE term = ? AND ms = ?"


def terms(cache: Cache, limit: Callable[[Kind], int]) -> Iterator[Term]:
    """Yield every term; `limit` returns how many stories a term of a kind needs: 0 for all, -1 to skip the kind."""
    named = names(cache)
    limits = {kind: limit(kind) for kind, _ in named.values()}
    counted = cache.db.execute(_TOTALS).fetchall()
    tops: dict[int, list[int]] = {}
    ends: dict[int, tuple[int, str, str]] = {}
    order = _Order(cache)
    for no, _ in counted:
        if (most := limits[named[no][0]]) >= 0:
            (first,) = cache.db.execute("SELECT MIN(ms) FROM carries WHERE term = ?", (no,)).fetchone()
            top = cache.db.execute(_NEWEST, {"term": no, "most": most or 1 << 60}).fetchall()
            tops[no] = order.of(top)[: most or None]
            last = order.of(cache.db.execute(_AT, (no, first)).fetchall())[-1]
            ends[no] = (first, order.name(tops[no][0]), order.name(last))
    stored = _candidates(cache, {*chain(*tops.values())})  # terms share one value for a story
    for no, count in counted:
        if no in tops:
            yield Term(
                kind=named[no][0],
                name=named[no][1],
                count=count,
                first_ms=ends[no][0],
                newest=tuple([stored[story] for story in tops[no]]),
                newest_path=ends[no][1],
                oldest_path=ends[no][2],
            )


class _Order:
    """The order of stories in feeds: newest first; those of one moment by name, the last part of a series first."""

    def __init__(self, cache: Cache) -> None:
        self._db, self._groups = cache.db, cache.groups
        self._known: dict[int, tuple[str, str, str]] = {}

    def of(self, rows: Sequence[tuple[int, int]]) -> list[int]:
        """Return the numbers of stories in order; `rows` are their times, newest first, and numbers."""
        if len({ms for ms, _ in rows}) == len(rows):
            return [no for _, no in rows]
        found: list[int] = []
        for _, some in groupby(rows, itemgetter(0)):
            own = [no for _, no in some]
            if len(own) > 1:
                own.sort(key=lambda no: self._own(no)[0])
                own.sort(key=lambda no: self._own(no)[1], reverse=True)
            found += own
        return found

    def name(self, no: int) -> str:
        """Return the name of a story's post."""
        return self._own(no)[2]

    def _own(self, no: int) -> tuple[str, str, str]:
        if no not in self._known:
            (entry_id,) = self._db.execute("SELECT id FROM story WHERE no = ?", (no,)).fetchone()
            name = self._groups.name(no)
            self._known[no] = (whole_id(entry_id), name_order(name), name)
        return self._known[no]


def _candidates(cache: Cache, numbers: Collection[int]) -> dict[int, Candidate]:
    """Return what feeds need of stories, by number."""
    query = "SELECT no, id, published_ms, updated_ms, language, letters FROM story"
    return {
        no: Candidate(
            id=whole_id(entry_id), published_ms=published_ms, updated_ms=updated_ms, language=language, letters=letters
        )
        for no, entry_id, published_ms, updated_ms, language, letters in rows_of(cache, query, numbers)
    }  # fmt: skip


def names(cache: Cache) -> dict[int, tuple[Kind, str]]:
    """Return kind and name of each term by its number."""
    return {no: (kind, unpacked(name)) for no, kind, name in cache.db.execute("SELECT no, kind, name FROM term")}


def carriers(cache: Cache, kind: Kind, count: int) -> Iterator[Story]:
    """Yield the stories of terms of a kind that fewer stories carry than `count`; a story may come several times."""
    query = (
        f"{STORY} JOIN carries ON carries.story = story.no "  # noqa: S608
        "WHERE carries.term IN (SELECT term.no FROM monthly "
        "JOIN term ON term.no = monthly.term WHERE term.kind = ? GROUP BY term.no HAVING SUM(count) < ?) "
        "ORDER BY story.no"
    )
    for row in cache.db.execute(query, (kind, count)).fetchall():
        yield story_at(cache, *row)


def stories(cache: Cache, *, limit: int = 0) -> Iterator[Story]:
    """Yield the stories, newest first, as in feeds; at most `limit`, or all for 0."""
    (every,) = cache.db.execute("SELECT no FROM term WHERE kind = 'all'").fetchone() or (0,)
    rows = cache.db.execute(_NEWEST, {"term": every, "most": limit or 1 << 60}).fetchall()
    for no in _Order(cache).of(rows)[: limit or None]:
        yield story_at(cache, *cache.db.execute(f"{STORY} WHERE no = ?", (no,)).fetchone())


def rank(cache: Cache, term: tuple[Kind, str], story: Story) -> tuple[int, int]:
    """Return the rank of a story among those of a term, newest first, counted from 1; and how many the term has.

    Terms of a kind without feeds are not kept: (0, 0).
    """
    query = "SELECT no FROM term WHERE kind = ? AND name = ?"
    (no,) = cache.db.execute(query, (term[0], packed(term[1]))).fetchone() or (0,)
    query = "SELECT COUNT(*) FILTER (WHERE ms > ?), COUNT(*) FROM carries WHERE term = ?"
    before, count = cache.db.execute(query, (story.published_ms, no)).fetchone()
    alike = _Order(cache).of(cache.db.execute(_AT, (no, story.published_ms)).fetchall())
    (own,) = cache.db.execute("SELECT no FROM story WHERE id = ?", (short_id(story.id),)).fetchone()
    return before + (alike.index(own) + 1 if own in alike else 0), count


#: in a chart
MONTHS = 24
#: ten years: a date so far ahead means "later", or is a mistake
_AHEAD_MS = 3653 * 86_400_000
#: stories among which the newest is searched
_NEWEST_OF = 100
#: the stories whose entries were requested and not made
_LOST = "SELECT published_ms, terms FROM lost JOIN story ON story.no = lost.story"


def activity(cache: Cache) -> Activity:
    """Return how many stories each term has, and how many by month (UTC), for MONTHS up to the newest story's.

    Stories whose entries were requested and could not be made do not count.
    """
    lost = [(published_ms, json.loads(terms)) for published_ms, terms in cache.db.execute(_LOST)]
    newest_ms = _newest_ms(cache, [published_ms for published_ms, _ in lost])
    if newest_ms is None:
        return Activity()
    last = month_of(newest_ms)
    first = last - MONTHS + 1
    named = names(cache)
    totals: Counter[int] = Counter(dict(cache.db.execute(_TOTALS)))
    counts: dict[int, list[int]] = {}
    for no, month, count in cache.db.execute("SELECT * FROM monthly WHERE month BETWEEN ? AND ?", (first, last)):
        counts.setdefault(no, [0] * MONTHS)[month - first] = count
    for published_ms, terms in lost:
        totals.subtract(terms)
        if first <= month_of(published_ms) <= last:
            for no in terms:
                counts[no][month_of(published_ms) - first] -= 1
    return Activity(
        totals={named[no]: count for no, count in totals.items()},
        months=(_name_of(first), _name_of(last)),
        counts={named[no]: tuple(by_month) for no, by_month in counts.items()},
    )


def _newest_ms(cache: Cache, lost: Sequence[int]) -> int | None:
    """Return the time of the newest story, without those that are decades ahead of most others; or None.

    `lost` are the times of stories that do not count.
    """
    query = "SELECT ms FROM carries WHERE term = (SELECT no FROM term WHERE kind = 'all') ORDER BY ms DESC LIMIT ?"
    there = Counter(ms for (ms,) in cache.db.execute(query, (_NEWEST_OF + len(lost),)))
    there.subtract(lost)
    times = sorted((+there).elements(), reverse=True)[:_NEWEST_OF]
    gaps = (at for at, (ms, next_ms) in enumerate(pairwise(times), 1) if ms - next_ms > _AHEAD_MS)
    return times[max((at for at in gaps if 2 * at <= len(times)), default=0)] if times else None


def _name_of(month: int) -> str:
    year, number = divmod(month, 12)
    return datetime(max(MINYEAR, year), number + 1, 1, tzinfo=UTC).strftime("%Y-%m")
