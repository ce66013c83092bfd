"""Ids that subscribers know -> the stories that own them, even if files were renamed, redated or rewritten since.

An id is derived from facts that rarely change: the source and the first time, or the file's name. If they changed
after all, the last published manifest still says which story had the id. Claim and story are compared by all that they
share, and the pairs that share most come first. Pure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from feedtool.frozen import frozen
from feedtool.model import TOLD, Claim

#: what a claim has digests of
_MARKS = ("source", "path", "stem", "title", "body")
#: points for what a claim and a story share; the same text counts more than the same file, since files are renamed
_SOURCE, _BODY, _POINTS = 6, 4, {"path": 4, "stem": 2, "title": 3}
#: likewise, beside title and body, where both are the same, or the moment with most words of the body: more than the
#: same file with a text that is like the other
_WHOLE = 3
#: likewise, for texts that share most of their words, and some
_MOST_WORDS, _SOME_WORDS = 4, 3
#: likewise, for the same moment, for the same full quarter of an hour, such as midnight, and for a day at most
_MOMENT, _ROUND, _DAY = 3, 2, 1
#: for other sources, or one source that told another story by the rules of the reader
_APART = -2
#: a story with so many points takes over a claim; with fewer than SURE, a person should look at it
LEAST, SURE = 5, 6
#: so many points are beyond doubt, though another story has as many
_CERTAIN = 13
#: a claim whose story was gone before already needs so many more for another root, since new posts come every day; but
#: not for the same moment and the same text, if that has so many words
_GONE, _LONG = 5, 6
_WEEK_MS, _DAY_MS, _QUARTER_MS = 7 * 86_400_000, 86_400_000, 900_000
#: claims or stories that share one fact and are compared with each other
_MOST = 50
_AGE = attrgetter("published_ms", "id")


@frozen
class Heir:
    """A claim that a story takes over."""

    #: with the time at which the entry is published from now on
    claim: Claim
    #: whether a person should look at it
    is_doubtful: bool = False


@frozen
class _Pair:
    """A claim and a story that may be one."""

    points: int
    claim: Claim
    heir: Claim

    @property
    def order(self) -> tuple[int, int, str, str]:
        """Return a sort key: the surest and nearest come first."""
        distance_ms = abs(self.claim.published_ms - self.heir.published_ms)
        return -self.points, distance_ms, self.claim.id, self.heir.id


def inherit(lost: Iterable[Claim], strays: Iterable[Claim], *, gone: Collection[str] = ()) -> dict[str, Heir]:
    """Return which stray stories take over which claim, by the strays' own ids.

    `lost`: published claims whose ids no story has now. `strays`: claims of stories with unpublished ids. `gone`: ids
    of claims whose stories were gone in the last build already. A pair with one root is a story whose file has another
    text now: it keeps its id, unless the old text stands elsewhere.
    """
    ordered = sorted(_pairs(lost, strays, gone), key=lambda pair: pair.order)
    alike = Counter(
        key for pair in ordered for key in (("claim", *pair.order[:3]), ("heir", *pair.order[:2], pair.heir.id))
    )
    found: dict[str, Heir] = {}
    taken: set[str] = set()
    for pair in ordered:
        if pair.claim.id in taken or pair.heir.id in found:
            continue
        taken.add(pair.claim.id)
        same = max(alike["claim", *pair.order[:3]], alike["heir", *pair.order[:2], pair.heir.id])
        is_doubtful = pair.points < SURE or (same > 1 and pair.points < _CERTAIN)
        found[pair.heir.id] = Heir(claim=_as_published(pair), is_doubtful=is_doubtful)
    return found


def _as_published(pair: _Pair) -> Claim:
    """Return the claim with the story's own date, which its author may have corrected.

    With a source, the date of the first telling stays, though only a later one is left.
    """
    source = pair.claim.digest("source")
    is_told_again = source and source == pair.heir.digest("source")
    return pair.claim if is_told_again else replace(pair.claim, published_ms=pair.heir.published_ms)


def _pairs(lost: Iterable[Claim], strays: Iterable[Claim], gone: Collection[str]) -> Iterator[_Pair]:
    """Yield each pair that shares enough, once."""
    heirs: dict[Hashable, list[Claim]] = defaultdict(list)
    for heir in sorted(strays, key=_AGE):
        for fact in _facts(heir):
            heirs[fact].append(heir)
    seen: set[tuple[str, str]] = set()
    for claim in sorted(lost, key=_AGE):
        for fact in _facts(claim):
            for heir in _near(claim, heirs.get(fact, [])):
                if (claim.id, heir.id) in seen:
                    continue
                seen.add((claim.id, heir.id))
                is_far = claim.id in gone and claim.root != heir.root and not _is_whole(claim, heir)
                points = points_of(claim, heir) - (_GONE if is_far else 0)
                if points >= (SURE if claim.id in gone else LEAST):
                    yield _Pair(points=points, claim=claim, heir=heir)


def _facts(claim: Claim) -> Iterator[Hashable]:
    """Yield the facts of which a pair shares one at least."""
    yield from (("told", name) for name in (claim.root[TOLD], *claim.told))
    yield "day", claim.published_ms // _DAY_MS
    for name in _MARKS:
        if digest := claim.digest(name):
            yield name, digest


def _near(claim: Claim, heirs: Sequence[Claim]) -> Sequence[Claim]:
    """Return the stories that are nearest in time, of those that are oldest first."""
    at = bisect_left(heirs, claim.published_ms, key=lambda heir: heir.published_ms)
    return heirs[max(0, at - _MOST) : at + _MOST]


def points_of(claim: Claim, heir: Claim) -> int:
    """Return how much says that a claim and a story are one; nothing where only the file's name does."""
    shared = {name for name in _MARKS if (digest := claim.digest(name)) and digest == heir.digest(name)}
    if claim.root == heir.root and not shared & {"title", "body"}:
        return SURE  # the file has another text
    if {claim.root[TOLD], *claim.told} & {heir.root[TOLD], *heir.told}:
        return _CERTAIN + (_CERTAIN if claim.root == heir.root else 0)
    apart_ms = abs(claim.published_ms - heir.published_ms)
    is_near = "source" in shared and ("title" in shared or apart_ms <= _WEEK_MS)
    words = _BODY if "body" in shared else _words(claim.sketch, heir.sketch)
    moment = _moment(claim.published_ms, apart_ms)
    points = words + moment + sum(_POINTS.get(name, 0) for name in shared)
    is_text_kept = "body" in shared or (words == _MOST_WORDS and not apart_ms)
    points += _WHOLE if "title" in shared and is_text_kept else 0
    if is_near:
        points += _SOURCE
    elif claim.digest("source") and heir.digest("source"):
        points += _APART
    if words or is_near or moment > _DAY:
        return points
    return min(points, LEAST) if "title" in shared else 0


def _is_whole(claim: Claim, heir: Claim) -> bool:
    is_same_text = claim.digest("body") == heir.digest("body") and len(claim.sketch) >= _LONG
    return is_same_text and claim.published_ms == heir.published_ms


def _moment(published_ms: int, apart_ms: int) -> int:
    if not apart_ms:
        return _MOMENT if published_ms % _QUARTER_MS else _ROUND
    return _DAY if apart_ms < _DAY_MS else 0


def _words(one: Collection[str], other: Collection[str]) -> int:
    """Return the points for the words that two sketches share: of each union, the smallest digests tell its share."""
    some = sorted({*one, *other})[: max(len(one), len(other))]
    shared = sum(word in one and word in other for word in some)
    return _MOST_WORDS if shared * 5 >= len(some) * 3 > 0 else _SOME_WORDS if shared * 3 >= len(some) > 0 else 0
