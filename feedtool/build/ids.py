"""The ids that stories go by, once what the last build published is heard."""

from __future__ import annotations

from feedtool import ledger
from feedtool.cache import Cache, ids
from feedtool.generators import Manifest
from feedtool.ledger import Claim


def settle(cache: Cache, previous: Manifest, made_as: str) -> None:
    """Let stories go by the ids that subscribers know them by.

    `made_as` says how ids are made: whoever chose another way since the last build wants other ids.
    """
    if previous.ids_made_as != made_as:
        return
    lost = [entry.claim for entry in previous.entries.values() if ids.claim(cache, entry.claim.id) is None]
    if not lost:
        return
    roots, times = {claim.root for claim in lost}, {claim.published_ms for claim in lost}
    sources = {claim.source for claim in lost} - {""}

    def may_be(claim: Claim) -> bool:
        return claim.root in roots or claim.source in sources or claim.published_ms in times

    strays = filter(may_be, ids.strays(cache, previous.entries))
    for own, known in ledger.inherit(lost, strays).items():
        ids.rename(cache, own, known)
