"""Ids that subscribers know -> the stories that they belong to, whatever became of the files since.

An id is made of what never changes, as long as it is there: a source and a first time, a file's name. Where that has
changed after all, since a file was renamed or the first of two tellings deleted, what the last build published still
says whose the id was. Pure.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from feedtool.model import Post

_WEEK_MS = 7 * 86_400_000
#: hexadecimal digits of each part of a mark
_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A story and the id that it goes by."""

    id: str
    #: the id derived from what never changes
    root: str
    published_ms: int
    #: see `mark_of`
    mark: str

    @property
    def source(self) -> str:
        """Return what tells its source from all others; "" where it has none."""
        return self.mark[:_DIGITS].strip("-")


def mark_of(post: Post) -> str:
    """Return source, title and body of a post as three short digests, "-" for what it has not."""
    parts = (post.source, post.title, post.body_digest)
    return "".join(_digest(part) if part else "-" * _DIGITS for part in parts)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGITS // 2).hexdigest()


def inherit(lost: Iterable[Claim], strays: Iterable[Claim]) -> dict[str, Claim]:
    """Return which strays take over which claim, by their own ids.

    `lost` were published and no story goes by their ids any more; `strays` go by ids that nobody knows.
    """
    found: dict[str, Claim] = {}
    left = {claim.id: claim for claim in lost}
    free = {claim.id: claim for claim in strays}
    for key, is_one in _RULES:
        groups = _by(free.values(), key)
        for claim in sorted(left.values(), key=lambda each: (each.published_ms, each.id)):
            fitting = [each for each in groups.get(key(claim), ()) if each.id in free and is_one(claim, each)]
            if key(claim) and fitting:
                chosen = min(fitting, key=lambda each: (abs(each.published_ms - claim.published_ms), each.id))
                found[chosen.id] = claim
                del free[chosen.id], left[claim.id]
    return found


def _by(claims: Iterable[Claim], key: Callable[[Claim], Hashable]) -> Mapping[Hashable, Sequence[Claim]]:
    groups = defaultdict(list)
    for claim in claims:
        groups[key(claim)].append(claim)
    return groups


def _is_near(one: Claim, other: Claim) -> bool:
    """Return whether two claims with one source are of one story: as the reader tells stories apart."""
    return _title(one) == _title(other) or abs(one.published_ms - other.published_ms) <= _WEEK_MS


def _has_same_words(one: Claim, other: Claim) -> bool:
    return _title(one) == _title(other) or (_body(one) == _body(other) and "-" not in _body(one))


def _title(claim: Claim) -> str:
    return claim.mark[_DIGITS : 2 * _DIGITS]


def _body(claim: Claim) -> str:
    return claim.mark[2 * _DIGITS :]


#: what two claims have in common, "" or None for nothing, and what has to be true besides; the surest first
_RULES: tuple[tuple[Callable[[Claim], Hashable], Callable[[Claim, Claim], bool]], ...] = (
    (lambda claim: claim.root, lambda _, __: True),
    (lambda claim: claim.source, _is_near),
    (lambda claim: None if claim.source else claim.published_ms, _has_same_words),
)
