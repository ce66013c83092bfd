"""The newest stories of every term, without a look at the others; and how many there are, by month."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from itertools import chain, pairwise

from feedtool.cache.serialise import packed, unpacked
from feedtool.cache.store import Cache
from feedtool.model import EPOCH, Activity, Candidate, Kind, Story, Term, utc

_NEWEST = (
    "SELECT carries.id, story.updated_ms, story.language, story.title, story.name, story.no, story.published_ms "
    "FROM carries JOIN story ON story.no = carries.story WHERE carries.term = ? "
)


def terms(cache: Cache, limit: Callable[[Kind], int]) -> Iterator[Term]:
    """Yield every term; `limit` says how many stories of a kind's terms are asked for, 0 for all, -1 for no terms."""
    names = {no: (kind, unpacked(name)) for no, kind, name in cache.db.execute("SELECT no, kind, name FROM term")}
    stored: dict[int, Candidate] = {}
    counted = cache.db.execute("SELECT term, COUNT(*), MAX(newest) FROM carries GROUP BY term").fetchall()
    for no, count, oldest in counted:
        kind, name = names[no]
        most = limit(kind)
        if most < 0:
            continue
        rows = cache.db.execute(f"{_NEWEST} ORDER BY newest, carries.id LIMIT ?", (no, most or -1)).fetchall()
        last = cache.db.execute(f"{_NEWEST} ORDER BY newest DESC, carries.id DESC LIMIT 1", (no,)).fetchone()
        yield Term(
            kind=kind,
            name=name,
            count=count,
            first_ms=-oldest,
            newest=tuple(_candidate(row, stored) for row in rows),
            newest_path=rows[0][4],
            oldest_path=last[4],
        )


def _candidate(row: tuple[str, int, str, str, str, int, int], stored: dict[int, Candidate]) -> Candidate:
    """Return one value for a story however many terms it carries."""
    found = stored.get(row[5])
    if found is None:
        found = stored[row[5]] = Candidate(
            id=row[0], published_ms=row[6], updated_ms=row[1], language=row[2], title=row[3]
        )
    return found


def rank(cache: Cache, term: tuple[Kind, str], story: Story) -> tuple[int, int]:
    """Return at which place of a term's stories this one is, newest first, counted from 1; and how many there are.

    Terms of a kind without feeds are not kept: (0, 0).
    """
    query = (
        "SELECT COUNT(*) FILTER (WHERE (carries.newest, carries.id) <= (?, ?)), COUNT(*) FROM carries "
        "WHERE term = (SELECT no FROM term WHERE kind = ? AND name = ?)"
    )
    own = (-story.published_ms, story.id, term[0], packed(term[1]))
    before, count = cache.db.execute(query, own).fetchone()
    return before, count


#: of a chart
MONTHS = 24
#: ten years: such a date is not when something was published, but a way to say "later", or a slip
_AHEAD_MS = 3653 * 86_400_000
#: milliseconds; no story is dated so late
_NEVER = 1 << 62
#: a search in the primary key for each term and month, which passes over what is older
_BY_MONTH = (  # of our own words alone
    f"WITH month (no, low, high) AS (VALUES {', '.join(['(?, ?, ?)'] * MONTHS)}) "  # noqa: S608
    "SELECT term.no, month.no, COUNT(*) FROM term CROSS JOIN month CROSS JOIN carries "
    "ON carries.term = term.no AND carries.newest BETWEEN month.low AND month.high GROUP BY term.no, month.no"
)
#: of which the newest is sought
_NEWEST_OF = 100
#: of wanted entries that are not there
_LOST = (
    "SELECT story.published_ms, story.terms FROM wanted JOIN story ON story.no = wanted.story "
    "WHERE NOT EXISTS (SELECT 1 FROM entry WHERE entry.key = wanted.key)"
)


def activity(cache: Cache) -> Activity:
    """Return how many stories each term has, and how many by month, for MONTHS up to that of the newest story (UTC).

    Stories whose entries were wanted and could not be made do not count.
    """
    lost = [(published_ms, json.loads(terms)) for published_ms, terms in cache.db.execute(_LOST)]
    newest_ms = _newest_ms(cache, [published_ms for published_ms, _ in lost])
    if newest_ms is None:
        return Activity()
    bounds = _bounds(newest_ms)
    names = {no: (kind, unpacked(name)) for no, kind, name in cache.db.execute("SELECT no, kind, name FROM term")}
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
        totals={names[no]: count for no, count in totals.items()},
        months=tuple(utc(bounds[at]).strftime("%Y-%m") for at in (0, -2)),
        counts={names[no]: tuple(by_month) for no, by_month in counts.items()},
    )


def _newest_ms(cache: Cache, lost: Sequence[int]) -> int | None:
    """Return when the newest story was published; those decades ahead of most others do not count.

    `lost` are times of stories that do not count either.
    """
    query = "SELECT -newest FROM carries WHERE term = (SELECT no FROM term WHERE kind = 'all') ORDER BY newest LIMIT ?"
    there = Counter(ms for (ms,) in cache.db.execute(query, (_NEWEST_OF + len(lost),)))
    there.subtract(lost)
    times = sorted((+there).elements(), reverse=True)[:_NEWEST_OF]
    gaps = (at for at, (ms, next_ms) in enumerate(pairwise(times), 1) if ms - next_ms > _AHEAD_MS)
    return times[max((at for at in gaps if 2 * at <= len(times)), default=0)] if times else None


def _bounds(newest_ms: int) -> list[int]:
    """Return when each month begins, oldest first, and when the last one, which has that moment, ends."""
    last = utc(newest_ms)
    this = last.year * 12 + last.month - 1
    return [_begin_ms(*divmod(number, 12)) for number in range(this - MONTHS + 1, this + 2)]


def _begin_ms(year: int, month: int) -> int:
    """Return when a month begins, counted from 0; in milliseconds since 1970."""
    if year > MAXYEAR:
        return _NEVER
    return (datetime(max(MINYEAR, year), month + 1, 1, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
