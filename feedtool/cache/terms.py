"""The newest stories of every term, without a look at the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from feedtool.cache.store import Cache
from feedtool.cache.values import unpacked
from feedtool.model import Candidate, Kind, Term

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
