"""The ids that stories go by, once what the last build published is heard."""

from __future__ import annotations

import uuid
from dataclasses import replace

from feedtool.cache import Cache, id_claims
from feedtool.feeds import id_history
from feedtool.generators import Manifest
from feedtool.model import Claim


def settle(cache: Cache, previous: Manifest, made_as: str) -> None:
    """Let stories go by the ids that subscribers know them by.

    `made_as` says how ids are made: whoever chose another way since the last build wants other ids.
    """
    if previous.ids_made_as != made_as:
        return
    takes, lost = _known_heirs(cache, previous)
    id_claims.rename(cache, takes)
    if not lost:
        return
    roots, times = {claim.root for claim in lost}, {claim.published_ms for claim in lost}
    sources, words = {claim.source for claim in lost} - {""}, {claim.words for claim in lost} - {""}

    def may_be(claim: Claim) -> bool:
        is_near = claim.root in roots or claim.published_ms in times
        return is_near or claim.source in sources or claim.words in words

    known = {*previous.entries, *(claim.id for claim in takes.values())}
    id_claims.rename(cache, id_history.inherit(lost, filter(may_be, id_claims.strays(cache, known))))


def _known_heirs(cache: Cache, previous: Manifest) -> tuple[dict[str, Claim], list[Claim]]:
    """Return what stories that inherited an id before take over again, by their own ids; and the ids that are lost.

    Who would go by such an id by nature came later, and gets another.
    """
    takes: dict[str, Claim] = {}
    lost: list[Claim] = []
    others: list[Claim] = []
    for entry in previous.entries.values():
        known, here = entry.claim, id_claims.claim(cache, entry.claim.id)
        if here and here.root == known.root:
            continue
        heir = id_claims.heir(cache, known.root) if known.root != known.id else None
        if heir:
            takes[heir.id] = known
            others += [here] if here else []
        elif here is None:
            lost.append(known)
    for claim in others:
        if claim.id not in takes:
            takes[claim.id] = replace(claim, id=uuid.uuid5(uuid.NAMESPACE_URL, f"{claim.id}\n{claim.root}").urn)
    return takes, lost
