"""Ids that subscribers know -> the stories that own them, even if files were renamed or deleted since.

An id is derived from facts that rarely change: the source and the first time, or the file's name. If they changed
after all, the last published manifest still says which story had the id. Pure.
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
#: claims with one source that are compared with each other
_MOST = 200


def inherit(lost: Iterable[Claim], strays: Iterable[Claim]) -> dict[str, Claim]:
    """Return which stray stories take over which claim, by the strays' own ids.

    `lost`: published claims whose ids no story has now. `strays`: claims of stories with unpublished ids. Where only
    title and body match, the story keeps its present date, because its author may have corrected it.
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
    """Return the claims by key, oldest first, without claims that have no such key."""
    groups: dict[Hashable, list[Claim]] = defaultdict(list)
    for claim in sorted(claims, key=lambda each: (each.published_ms, each.id)):
        what = key(claim)
        if what:
            groups[what].append(claim)
    return groups


def _pairs(claims: Sequence[Claim], heirs: list[Claim], is_one: Test) -> Iterator[tuple[Claim, Claim]]:
    """Yield each claim with the heir that is nearest in time and fits; many with one source are paired in order."""
    for number, claim in enumerate(claims[:_MOST]):
        near = sorted(heirs[max(0, number - _MOST) : number + _MOST], key=lambda each: _distance(each, claim))
        heir = next((each for each in near if is_one(claim, each)), None)
        if heir:
            heirs.remove(heir)
            yield claim, heir


def _distance(one: Claim, other: Claim) -> tuple[int, str]:
    return abs(one.published_ms - other.published_ms), one.id


def _is_near(one: Claim, other: Claim) -> bool:
    """Return whether two claims with one source are one story, by the same rule as in the reader."""
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


#: the key that two claims share, and a further condition; the surest first
_RULES: tuple[tuple[Key, Test], ...] = (
    (lambda claim: claim.root, _always),
    (lambda claim: claim.source, _is_near),
    (_with_words, _always),
    (_with_title, _always),
    (_with_body, _always),
    (_words, _always),
)
