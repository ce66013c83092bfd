"""What the last build published: its manifest, the feeds whose addresses are in use, and the ids that people know."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

from feedtool import feeds, generators
from feedtool.build.codes import BAD_MANIFEST, FOREIGN_FILE
from feedtool.build.context import GENERATOR
from feedtool.cache import Cache, posts
from feedtool.disk import read_head, read_regular
from feedtool.feeds.id_history import inherit
from feedtool.generators import Manifest
from feedtool.model import Claim
from feedtool.output import LARGEST_MANIFEST, MANIFEST
from feedtool.problems import Problem


def previous_manifest(output: Path) -> tuple[Manifest | None, tuple[Problem, ...]]:
    """Return the manifest in the output folder, and problems.

    The manifest is empty if it is missing or damaged; None if the file belongs to another program.
    """
    empty = Manifest(files={})
    try:
        return generators.read_manifest(read_regular(output / MANIFEST, most=LARGEST_MANIFEST)), ()
    except FileNotFoundError:
        return empty, ()
    except (OSError, generators.ManifestError) as error:
        if isinstance(error, generators.ForeignManifestError) and not is_ours(output / MANIFEST):
            return None, (FOREIGN_FILE.at(MANIFEST, "feedtool did not make this file in the output folder"),)
        return empty, (BAD_MANIFEST.at(MANIFEST, str(error)[:200]),)


def is_ours(file: Path) -> bool:
    """Return whether feedtool made a file, by its first bytes."""
    try:
        return generators.is_made_by(GENERATOR, read_head(file, generators.HEAD))
    except OSError:
        return False


def known_feeds(previous: Manifest) -> list[feeds.Known]:
    """Return the feeds whose addresses are in use."""
    return [
        feeds.Known(kind=feed.kind, term=term, slug=slug, updated_ms=feed.updated_ms)
        for feed in (*previous.feeds, *previous.former)
        for term, slug in ((feed.term, feed.slug), *feed.aliases)
    ]


def settle_ids(cache: Cache, previous: Manifest, made_as: str) -> None:
    """Give stories the ids that subscribers know them by.

    `made_as` says how ids are made: whoever chose another way since the last build wants other ids.
    """
    if previous.ids_made_as != made_as:
        return
    takes, lost = _known_heirs(cache, previous)
    posts.rename(cache, takes)
    if not lost:
        return
    roots, times = {claim.root for claim in lost}, {claim.published_ms for claim in lost}
    sources, words = {claim.source for claim in lost} - {""}, {claim.words for claim in lost} - {""}

    def may_be(claim: Claim) -> bool:
        is_near = claim.root in roots or claim.published_ms in times
        return is_near or claim.source in sources or claim.words in words

    known = {*previous.entries, *(claim.id for claim in takes.values())}
    posts.rename(cache, inherit(lost, filter(may_be, posts.strays(cache, known))))


def _known_heirs(cache: Cache, previous: Manifest) -> tuple[dict[str, Claim], list[Claim]]:
    """Return which stories take an inherited id again, by their own ids; and the claims whose story is lost.

    A story that came later and would have such an id by nature gets another one.
    """
    takes: dict[str, Claim] = {}
    lost: list[Claim] = []
    others: list[Claim] = []
    for entry in previous.entries.values():
        known, here = entry.claim, posts.claim(cache, entry.claim.id)
        if here and here.root == known.root:
            continue
        heir = posts.heir(cache, known.root) if known.root != known.id else None
        if heir:
            takes[heir.id] = known
            others += [here] if here else []
        elif here is None:
            lost.append(known)
    for claim in others:
        if claim.id not in takes:
            takes[claim.id] = replace(claim, id=uuid.uuid5(uuid.NAMESPACE_URL, f"{claim.id}\n{claim.root}").urn)
    return takes, lost
