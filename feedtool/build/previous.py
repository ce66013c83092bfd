"""What the last build published: its manifest, the feeds whose addresses are in use, and the ids that people know."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

from feedtool import feeds, generators
from feedtool.build.codes import BAD_MANIFEST, DOUBTFUL_ID, FOREIGN_FILE, IDS_KEPT, LOST_MANIFEST
from feedtool.build.context import GENERATOR
from feedtool.build.run import Workspace
from feedtool.cache import Cache, posts
from feedtool.disk import is_linked, read_head, read_regular
from feedtool.feeds.id_history import inherit
from feedtool.generators import Manifest
from feedtool.model import Claim
from feedtool.output import LARGEST_MANIFEST, MANIFEST, OutputError, replace_file
from feedtool.problems import Problem


def previous_manifest(workspace: Workspace) -> tuple[Manifest | None, tuple[Problem, ...]]:
    """Return the manifest in the output folder, and problems; None if the file belongs to another program.

    If it is missing or damaged, ids and addresses come from the copy beside the cache; without a copy, it is empty.
    """
    place = workspace.output / MANIFEST
    try:
        return generators.read_manifest(read_regular(place, most=LARGEST_MANIFEST)), ()
    except FileNotFoundError:
        problems: tuple[Problem, ...] = ()
    except (OSError, generators.ManifestError) as error:
        if isinstance(error, generators.ForeignManifestError) and not is_ours(place):
            return None, (FOREIGN_FILE.at(MANIFEST, "feedtool did not make this file in the output folder"),)
        problems = (BAD_MANIFEST.at(MANIFEST, str(error)[:200]),)
    remembered = remembered_manifest(workspace)
    if remembered is None:
        return Manifest(files={}), problems
    # which files there are, only the output folder itself can tell
    manifest = replace(generators.read_manifest(remembered), files={})
    return manifest, problems or (LOST_MANIFEST.at(MANIFEST, "the output folder does not have it"),)


def remembered_manifest(workspace: Workspace) -> bytes | None:
    """Return the copy of the last manifest, which stands beside the cache; None for no valid one."""
    try:
        place = _copy(workspace)
        content = read_regular(place, most=LARGEST_MANIFEST) if place else b""
        generators.read_manifest(content)
    except (OSError, generators.ManifestError):
        return None
    return content


def remember_manifest(workspace: Workspace, *, is_changed: bool) -> None:
    """Copy the manifest beside the cache, from where the next build takes it if the output is lost."""
    with suppress(OSError, OutputError):
        if (place := _copy(workspace)) and (is_changed or not place.exists()):
            replace_file(place, read_regular(workspace.output / MANIFEST, most=LARGEST_MANIFEST))


def _copy(workspace: Workspace) -> Path | None:
    """Return where the copy of an output folder's manifest is; None without a cache, and behind a symbolic link."""
    if workspace.cache is None:
        return None
    name = os.path.relpath(workspace.output, workspace.base).encode("utf-8", "surrogateescape")
    place = workspace.cache / f"published-{hashlib.blake2b(name, digest_size=4).hexdigest()}.json"
    return None if is_linked(place, workspace.base) else place


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


def settle_ids(cache: Cache, previous: Manifest, made_as: str) -> tuple[Problem, ...]:
    """Give stories the ids that subscribers know them by, and return what a person should look at.

    `made_as` says how new ids are made: see `config.Posts.ids_made_as`.
    """
    takes, lost, rewritten = _known_heirs(cache, previous)
    posts.rename(cache, takes)
    gone = {claim.id for claim in lost if not previous.entries[claim.id].feeds}
    is_any_new = bool(rewritten) or len(gone) < len(lost)
    strays = posts.strays(cache, previous.entries, fresh=not is_any_new)
    heirs = inherit([*lost, *rewritten.values()], chain(strays, rewritten), gone=gone) if lost or rewritten else {}
    _take_over(cache, {own: heir.claim for own, heir in heirs.items() if own != heir.claim.id})
    problems = [_doubtful(cache, heir.claim) for heir in heirs.values() if heir.is_doubtful]
    if made_as != previous.ids_made_as and previous.entries:
        message = f"the ids of published entries stay: {len(previous.entries):,}"
        problems.append(IDS_KEPT.at("", message, field="posts.ids"))
    return tuple(problems)


def _known_heirs(cache: Cache, previous: Manifest) -> tuple[dict[str, Claim], list[Claim], dict[Claim, Claim]]:
    """Return which stories take an inherited id again, claims of lost stories, and claims of rewritten ones.

    Stories are named by their own ids; of a rewritten story, only the file is as it was. A story that came later and
    would have an inherited id by nature gets another one.
    """
    takes: dict[str, Claim] = {}
    lost: list[Claim] = []
    others: list[Claim] = []
    rewritten: dict[Claim, Claim] = {}
    here = {claim.id: claim for claim in posts.claims(cache, previous.entries)}
    # of two ids of one story, that of an entry in a feed wins
    for entry in sorted(previous.entries.values(), key=lambda entry: bool(entry.feeds)):
        known, own = entry.claim, here.get(entry.claim.id)
        if own and own.root == known.root:
            rewritten |= {own: known} if _is_rewritten(known, own) else {}
            continue
        heir = posts.heir(cache, known.root) if known.root != known.id else None
        if heir:
            takes[heir.id] = known
            rewritten |= {replace(heir, id=known.id): known} if _is_rewritten(known, heir) else {}
            others += [own] if own else []
        elif own is None:
            lost.append(known)
        elif not posts.is_declared(cache, own.id):  # it has the id by nature, and may be another story
            rewritten[own] = known
    return takes | _renamed(claim for claim in others if claim.id not in takes), lost, rewritten


def _is_rewritten(known: Claim, own: Claim) -> bool:
    """Return whether a file of one's own has another title and another text than when it was published."""
    differs = (known.digest(name) != own.digest(name) and known.digest(name) for name in ("title", "body"))
    return not known.digest("source") and all(differs)


def _take_over(cache: Cache, takes: dict[str, Claim]) -> None:
    """Give stories the ids of claims, and other ids to the stories that have those now."""
    held = posts.claims(cache, [claim.id for claim in takes.values()])
    posts.rename(cache, takes | _renamed(claim for claim in held if claim.id not in takes))


def _renamed(claims: Iterable[Claim]) -> dict[str, Claim]:
    """Return claims with other ids, by those that they have."""
    return {
        claim.id: replace(claim, id=uuid.uuid5(uuid.NAMESPACE_URL, f"{claim.id}\n{claim.root}").urn) for claim in claims
    }


def _doubtful(cache: Cache, claim: Claim) -> Problem:
    message = f"taken for the entry {claim.id}, published before under another name, date or text"
    return DOUBTFUL_ID.at(posts.name_of(cache, claim.id), message, field="id")
