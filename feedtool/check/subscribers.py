"""Published feeds and feeds that would replace them -> what subscribers would see: new, missing and doubled entries.

A feed reader knows an entry by its id, and shows every other as new. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from lxml import etree

from feedtool.feeds.id_history import inherit
from feedtool.generators import Manifest, ManifestError, from_files
from feedtool.model import Claim, Kind
from feedtool.output import MANIFEST
from feedtool.problems import Code, Problem

SHOWN_ANEW = Code(
    "shown-anew",
    "warning",
    "Entries older than those that subscribers have would appear as new, because their ids are not the published ones.",
    "If this is not intended, look for a change of the ids: `ids` under [posts], sources, dates, names of files.",
)
VANISHING = Code(
    "vanishing",
    "note",
    "Published entries are missing from their feed, which reaches back further; new subscribers do not get them.",
    "No action needed if the posts were deleted.",
)
DOUBLED = Code(
    "doubled",
    "warning",
    "Entries would have another id than they were published with, so subscribers would have them twice.",
    "Restore what the ids are made of, or write the old id into the post's header: `id: …`.",
)
#: kind and term of a feed -> its entries by id
Feeds: TypeAlias = Mapping[tuple[Kind, str], Mapping[str, Claim]]

_ATOM = "{http://www.w3.org/2005/Atom}"
_UNMARKED = "-" * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What subscribers of all feeds together would see; each entry is counted once."""

    #: entries that were added since
    new: int
    #: existing entries that would appear as new
    anew: int
    #: published entries that are missing
    gone: int
    #: entries that subscribers would have twice
    doubled: int
    #: entries whose posts may be other ones than those that were published
    doubtful: int = 0
    problems: tuple[Problem, ...]


def published(files: Mapping[str, bytes]) -> Feeds | None:
    """Return the feeds of a manifest and its ledger, by path, or the one feed of a feed document in its place.

    None for anything else. Never raises.
    """
    with suppress(ManifestError):
        return feeds_of(from_files(files))
    content = files.get(MANIFEST, b"")
    try:
        entries = dict(_json_entries(content) if content.lstrip()[:1] == b"{" else _xml_entries(content))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, etree.XMLSyntaxError):
        return None
    return {("all", ""): entries}


def feeds_of(manifest: Manifest) -> Feeds:
    """Return the entries of each feed; those of a renamed one by its earlier names too."""
    numbers = {key: number for number, feed in enumerate(manifest.feeds) for key in feed.keys}
    entries: list[dict[str, Claim]] = [{} for _ in manifest.feeds]
    for entry_id, known in manifest.entries.items():
        for number in {numbers[key] for key in known.feeds if key in numbers}:
            entries[number][entry_id] = known.claim
    found: dict[tuple[Kind, str], Mapping[str, Claim]] = {}
    for feed, its in zip(manifest.feeds, entries, strict=True):
        # those that it left because it is full are older than all that it holds
        newest = sorted(its.items(), key=lambda item: -item[1].published_ms)[: feed.held]
        found |= {(feed.kind, name): dict(newest) for name in feed.names}
    return found


def compare(before: Feeds, after: Feeds) -> Seen:
    """Return what subscribers of `before` see when `after` is published in its place."""
    new, anew, gone, doubled = set[str](), set[str](), set[str](), set[str]()
    problems: list[Problem] = []
    for (kind, term), old in sorted(before.items()):
        now = after.get((kind, term), {})
        newest = max((claim.published_ms for claim in old.values()), default=0)
        oldest = min((claim.published_ms for claim in now.values()), default=0)
        added = {entry_id: claim for entry_id, claim in now.items() if entry_id not in old}
        missing = {key: claim for key, claim in old.items() if key not in now and claim.published_ms >= oldest}
        traits = {trait for claim in missing.values() for trait in _traits(claim)}
        twice = {key for key, claim in added.items() if traits.intersection(_traits(claim))}
        twice |= inherit(missing.values(), added.values()).keys()
        late = {key for key, claim in added.items() if claim.published_ms <= newest} - twice
        new |= added.keys() - late - twice
        anew, gone, doubled = anew | late, gone | missing.keys(), doubled | twice
        problems += (
            code.at(f"{kind} {term}".strip(), f"{len(ids)} of {len(among)} entries: {min(ids)}")
            for code, ids, among in ((SHOWN_ANEW, late, now), (VANISHING, missing.keys(), old), (DOUBLED, twice, now))
            if ids
        )
    return Seen(new=len(new), anew=len(anew), gone=len(gone), doubled=len(doubled), problems=tuple(problems))


def _traits(claim: Claim) -> Iterator[Hashable]:
    """Yield what two claims of one entry have in common: their time, or source and title."""
    yield claim.published_ms
    if claim.digest("source") and claim.digest("title"):
        yield claim.digest("source"), claim.digest("title")


def _xml_entries(content: bytes) -> Iterator[tuple[str, Claim]]:
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    if root.tag not in ("rss", f"{_ATOM}feed"):
        raise ValueError("it is not a feed")
    for entry in root.iter(f"{_ATOM}entry"):
        when = entry.findtext(f"{_ATOM}published") or entry.findtext(f"{_ATOM}updated")
        yield _claim(entry.findtext(f"{_ATOM}id"), when)
    for item in root.iter("item"):
        yield _claim(item.findtext("guid") or item.findtext("link"), item.findtext("pubDate"))


def _json_entries(content: bytes) -> Iterator[tuple[str, Claim]]:
    feed: dict[str, Any] = json.loads(content)
    if not str(feed.get("version")).startswith("https://jsonfeed.org/"):
        raise ValueError("it is not a feed")
    for item in feed["items"]:
        yield _claim(str(item["id"]), item.get("date_published"))


def _claim(entry_id: str | None, when: object) -> tuple[str, Claim]:
    own = (entry_id or "").strip()
    return own, Claim(id=own, root=own, published_ms=_milliseconds(str(when).strip()), mark=_UNMARKED)


def _milliseconds(date: str) -> int:
    """Return a date of any format in milliseconds since 1970, in UTC where it names no zone; 0 for no valid one."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, TypeError, OverflowError, IndexError):
            moment = read(date)
            return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    return 0
