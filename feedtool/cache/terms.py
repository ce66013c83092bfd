"""The newest stories of every term, read by index alone; and the number of stories by month."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from itertools import chain, pairwise

from feedtool.cache.database import Cache
from feedtool.cache.packing import packed, unpacked
from feedtool.cache.serialise import story_of
from feedtool.disk import name_order
from feedtool.model import Activity, Candidate, Kind, Story, Term, utc
from feedtool.syntax import EPOCH

_CHUNK = 500
#: newest first; those of one moment by name, the last part of a series first
_ORDER = "newest, carries.name DESC, carries.id"


def terms(cache: Cache, limit: Callable[[Kind], int]) -> Iterator[Term]:
    """Yield every term; `limit` returns how many stories a term of a kind needs: 0 for all, -1 to skip the kind."""
    named = names(cache)
    limits = {kind: limit(kind) for kind, _ in named.values()}
    query = "SELECT story FROM carries WHERE term = ? ORDER BY "
    newest, oldest = f"{query}{_ORDER} LIMIT ?", f"{query}newest DESC, carries.name, carries.id DESC LIMIT 1"
    counted = cache.db.execute("SELECT term, COUNT(*), MAX(newest) FROM carries GROUP BY term").fetchall()
    tops: dict[int, list[int]] = {}
    for no, _, _ in counted:
        if (most := limits[named[no][0]]) >= 0:
            tops[no] = [story for (story,) in cache.db.execute(newest, (no, most or -1))]
            tops[no] += cache.db.execute(oldest, (no,)).fetchone()
    stored = dict(_candidates(cache, sorted(set(chain(*tops.values())))))  # terms share one value for a story
    for no, count, first in counted:
        if no in tops:
            *top, last = [stored[story] for story in tops[no]]
            yield Term(
                kind=named[no][0],
                name=named[no][1],
                count=count,
                first_ms=-first,
                newest=tuple([one for one, _ in top]),
                newest_path=top[0][1],
                oldest_path=last[1],
            )


def _candidates(cache: Cache, numbers: Sequence[int]) -> Iterator[tuple[int, tuple[Candidate, str]]]:
    """Yield what feeds need of stories, each with its number and the name of its post."""
    query = "SELECT no, name, id, published_ms, updated_ms, language, title FROM story WHERE no IN"
    for at in range(0, len(numbers), _CHUNK):
        some = numbers[at : at + _CHUNK]
        for no, name, *values in cache.db.execute(f"{query} ({','.join('?' * len(some))})", some):
            entry_id, published_ms, updated_ms, language, title = values
            yield (
                no,
                (
                    Candidate(
                        id=entry_id, published_ms=published_ms, updated_ms=updated_ms, language=language, title=title
                    ),
                    name,
                ),
            )


def names(cache: Cache) -> dict[int, tuple[Kind, str]]:
    """Return kind and name of each term by its number."""
    return {no: (kind, unpacked(name)) for no, kind, name in cache.db.execute("SELECT no, kind, name FROM term")}


def carriers(cache: Cache, kind: Kind, count: int) -> Iterator[Story]:
    """Yield the stories of terms of a kind that fewer stories carry than `count`; a story may come several times."""
    query = (
        "SELECT story.facts, post.post, story.page FROM story JOIN post ON post.path = story.path "
        "JOIN carries ON carries.story = story.no WHERE carries.term IN (SELECT carries.term FROM carries "
        "JOIN term ON term.no = carries.term WHERE term.kind = ? GROUP BY carries.term HAVING COUNT(*) < ?)"
    )
    for row in cache.db.execute(query, (kind, count)):
        yield story_of(*row)


def rank(cache: Cache, term: tuple[Kind, str], story: Story) -> tuple[int, int]:
    """Return the rank of a story among those of a term, newest first, counted from 1; and how many the term has.

    Terms of a kind without feeds are not kept: (0, 0).
    """
    query = (
        "SELECT COUNT(*) FILTER (WHERE newest < :newest OR (newest = :newest "
        "AND (carries.name > :name OR (carries.name = :name AND id <= :id)))), COUNT(*) FROM carries "
        "WHERE term = (SELECT no FROM term WHERE kind = :kind AND name = :term)"
    )
    place = {"newest": -story.published_ms, "name": name_order(story.post.path), "id": story.id}
    own = {**place, "kind": term[0], "term": packed(term[1])}
    before, count = cache.db.execute(query, own).fetchone()
    return before, count


#: in a chart
MONTHS = 24
#: ten years: a date so far ahead means "later", or is a mistake
_AHEAD_MS = 3653 * 86_400_000
#: milliseconds, later than any story
_NEVER = 1 << 62
#: a search in the primary key for each term and month, which does not read older stories
_BY_MONTH = (  # only constants
    f"WITH month (no, low, high) AS (VALUES {', '.join(['(?, ?, ?)'] * MONTHS)}) "  # noqa: S608
    "SELECT term.no, month.no, COUNT(*) FROM term CROSS JOIN month CROSS JOIN carries "
    "ON carries.term = term.no AND carries.newest BETWEEN month.low AND month.high GROUP BY term.no, month.no"
)
#: stories among which the newest is searched
_NEWEST_OF = 100
#: the stories whose entries were requested and not made
_LOST = (
    "SELECT story.published_ms, story.terms FROM wanted JOIN story ON story.no = wanted.story "
    "WHERE NOT EXISTS (SELECT 1 FROM entry WHERE entry.key = wanted.key)"
)


def activity(cache: Cache) -> Activity:
    """Return how many stories each term has, and how many by month (UTC), for MONTHS up to the newest story's.

    Stories whose entries were requested and could not be made do not count.
    """
    lost = [(published_ms, json.loads(terms)) for published_ms, terms in cache.db.execute(_LOST)]
    newest_ms = _newest_ms(cache, [published_ms for published_ms, _ in lost])
    if newest_ms is None:
        return Activity()
    bounds = _bounds(newest_ms)
    named = names(cache)
    totals: Counter[int] = Counter(dict(cache.db.execute("SELECT term, COUNT(*) FROM carries GROUP BY term")))
    months = [(no, 1 - end, -begin) for no, (begin, end) in enumerate(pairwise(bounds))]
    counts: dict[int, list[int]] = {}
    for no, month, count in cache.db.execute(_BY_MONTH, [*chain(*months)]):
        counts.setdefault(no, [0] * MONTHS)[month] = count
    for published_ms, terms in lost:
        totals.subtract(terms)
        if bounds[0] <= published_ms < bounds[-1]:
            for no in terms:
                counts[no][bisect_right(bounds, published_ms) - 1] -= 1
    return Activity(
        totals={named[no]: count for no, count in totals.items()},
        months=tuple(utc(bounds[at]).strftime("%Y-%m") for at in (0, -2)),
        counts={named[no]: tuple(by_month) for no, by_month in counts.items()},
    )


def _newest_ms(cache: Cache, lost: Sequence[int]) -> int | None:
    """Return the time of the newest story, without those that are decades ahead of most others; or None.

    `lost` are the times of stories that do not count.
    """
    query = "SELECT -newest FROM carries WHERE term = (SELECT no FROM term WHERE kind = 'all') ORDER BY newest LIMIT ?"
    there = Counter(ms for (ms,) in cache.db.execute(query, (_NEWEST_OF + len(lost),)))
    there.subtract(lost)
    times = sorted((+there).elements(), reverse=True)[:_NEWEST_OF]
    gaps = (at for at, (ms, next_ms) in enumerate(pairwise(times), 1) if ms - next_ms > _AHEAD_MS)
    return times[max((at for at in gaps if 2 * at <= len(times)), default=0)] if times else None


def _bounds(newest_ms: int) -> list[int]:
    """Return the first millisecond of each month, oldest first, and the end of the last month, which has that time."""
    last = utc(newest_ms)
    this = last.year * 12 + last.month - 1
    return [_begin_ms(*divmod(number, 12)) for number in range(this - MONTHS + 1, this + 2)]


def _begin_ms(year: int, month: int) -> int:
    """Return the first millisecond of a month, which is counted from 0."""
    if year > MAXYEAR:
        return _NEVER
    return (datetime(max(MINYEAR, year), month + 1, 1, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
