"""Ids that subscribers know -> the stories that they belong to, whatever became of the files since.

An id is made of what never changes, as long as it is there: a source and a first time, a file's name. Where that has
changed after all, since a file was renamed or the first of two tellings deleted, what the last build published still
says whose the id was. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from feedtool.model import MARK_DIGITS, Claim

Key: TypeAlias = Callable[["Claim"], Hashable]
Test: TypeAlias = Callable[["Claim", "Claim"], bool]

_WEEK_MS = 7 * 86_400_000
#: claims with one source that are held against each other
_MOST = 200


def inherit(lost: Iterable[Claim], strays: Iterable[Claim]) -> dict[str, Claim]:
    """Return which strays take over which claim, by their own ids.

    `lost` were published and no story goes by their ids any more; `strays` go by ids that nobody knows. Where only
    the words tell, the story keeps the time that it has now, which its author may have corrected.
    """
    found: dict[str, Claim] = {}
    left = {claim.id: claim for claim in lost}
    free = {claim.id: claim for claim in strays}
    for key, is_one in _RULES:
        heirs = _by(free.values(), key)
        for what, claims in _by(left.values(), key).items():
            for claim, heir in _pairs(claims, heirs.get(what, []), is_one):
                found[heir.id] = replace(claim, published_ms=heir.published_ms) if key is _words else claim
                del free[heir.id], left[claim.id]
    return found


def _by(claims: Iterable[Claim], key: Key) -> dict[Hashable, list[Claim]]:
    """Return the claims by what they have in common, oldest first; those that have nothing of the kind left out."""
    groups: dict[Hashable, list[Claim]] = defaultdict(list)
    for claim in sorted(claims, key=lambda each: (each.published_ms, each.id)):
        what = key(claim)
        if what:
            groups[what].append(claim)
    return groups


def _pairs(claims: Sequence[Claim], heirs: list[Claim], is_one: Test) -> Iterator[tuple[Claim, Claim]]:
    """Yield each claim with the nearest heir in time that fits; many of each with one address are paired in order."""
    for number, claim in enumerate(claims[:_MOST]):
        near = sorted(heirs[max(0, number - _MOST) : number + _MOST], key=lambda each: _distance(each, claim))
        heir = next((each for each in near if is_one(claim, each)), None)
        if heir:
            heirs.remove(heir)
            yield claim, heir


def _distance(one: Claim, other: Claim) -> tuple[int, str]:
    return abs(one.published_ms - other.published_ms), one.id


def _is_near(one: Claim, other: Claim) -> bool:
    """Return whether two claims with one source are of one story: as the reader tells stories apart."""
    return _title(one) == _title(other) or abs(one.published_ms - other.published_ms) <= _WEEK_MS


def _title(claim: Claim) -> str:
    return claim.mark[MARK_DIGITS : 2 * MARK_DIGITS]


def _words(claim: Claim) -> Hashable:
    return claim.words


def _with_words(claim: Claim) -> Hashable:
    return None if claim.source or not claim.words else (claim.published_ms, claim.words)


def _with_title(claim: Claim) -> Hashable:
    return None if claim.source else (claim.published_ms, _title(claim))


def _with_body(claim: Claim) -> Hashable:
    body = claim.mark[2 * MARK_DIGITS :]
    return None if claim.source or "-" in body else (claim.published_ms, body)


def _always(_: Claim, __: Claim) -> bool:
    return True


#: what two claims have in common, and what has to be true besides; the surest first
_RULES: tuple[tuple[Key, Test], ...] = (
    (lambda claim: claim.root, _always),
    (lambda claim: claim.source, _is_near),
    (_with_words, _always),
    (_with_title, _always),
    (_with_body, _always),
    (_words, _always),
)
