"""What was published and what would be -> what subscribers would see: entries anew, entries gone, entries twice.

A feed reader knows an entry by its id, and shows every other as new. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from lxml import etree

from feedtool.generators import Manifest, ManifestError, read_manifest
from feedtool.model import Claim, Kind
from feedtool.problems import Code, Problem

SHOWN_ANEW = Code(
    "shown-anew",
    "warning",
    "Entries that are older than what subscribers have would appear to them as new, for their ids are not those that "
    "were published.",
    "If that is not meant, look at what changed the ids: `ids` under [posts], sources, dates, names of files.",
)
VANISHING = Code(
    "vanishing",
    "note",
    "Entries that were published are no longer in their feed, though it reaches back further. Readers that have them "
    "keep them; nobody else finds them.",
    "Nothing, if the posts were deleted.",
)
DOUBLED = Code(
    "doubled",
    "warning",
    "Entries would go by another id than they were published with, so that subscribers have them twice.",
    "Restore what the ids are made of, or write the old id into the post's header: `id: …`.",
)
#: kind and term of a feed -> its entries by id
Feeds: TypeAlias = Mapping[tuple[Kind, str], Mapping[str, Claim]]

_ATOM = "{http://www.w3.org/2005/Atom}"
_UNMARKED = "-" * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What subscribers of all feeds together would see; each entry is counted once."""

    #: that came since
    new: int
    anew: int
    gone: int
    doubled: int
    problems: tuple[Problem, ...]


def published(content: bytes) -> Feeds | None:
    """Return the feeds that a manifest, or the one feed that a document, says were published; None for anything else.

    Never raises.
    """
    try:
        return feeds_of(read_manifest(content))
    except ManifestError:
        pass
    try:
        entries = dict(_json_entries(content) if content.lstrip()[:1] == b"{" else _xml_entries(content))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, etree.XMLSyntaxError):
        return None
    return {("all", ""): entries}


def feeds_of(manifest: Manifest) -> Feeds:
    """Return the entries of each feed; those of a renamed one by its earlier names too."""
    entries: list[dict[str, Claim]] = [{} for _ in manifest.feeds]
    for entry_id, known in manifest.entries.items():
        for place in known.feeds:
            entries[place][entry_id] = known.claim
    found: dict[tuple[Kind, str], Mapping[str, Claim]] = {}
    for feed, its in zip(manifest.feeds, entries, strict=True):
        found |= {(feed.kind, name): its for name in (feed.term, *(name for name, _ in feed.aliases))}
    return found


def compare(before: Feeds, after: Feeds) -> Seen:
    """Return what subscribers of `before` see when `after` is published in its place."""
    new, anew, gone, doubled = set[str](), set[str](), set[str](), set[str]()
    problems: list[Problem] = []
    for (kind, term), old in sorted(before.items()):
        now = after.get((kind, term), {})
        newest = max((claim.published_ms for claim in old.values()), default=0)
        oldest = min((claim.published_ms for claim in now.values()), default=0)
        come = {entry_id: claim for entry_id, claim in now.items() if entry_id not in old}
        lost = {key: claim for key, claim in old.items() if key not in now and claim.published_ms >= oldest}
        late = {key for key, claim in come.items() if claim.published_ms <= newest}
        told = {what for claim in lost.values() for what in _stories(claim)}
        twice = {key for key, claim in come.items() if told.intersection(_stories(claim))}
        new |= come.keys() - late - twice
        anew, gone, doubled = anew | (late - twice), gone | lost.keys(), doubled | twice
        said = ((SHOWN_ANEW, late - twice, now), (VANISHING, lost.keys(), old), (DOUBLED, twice, now))
        problems += (
            code.at(f"{kind} {term}".strip(), f"{len(ids)} of {len(among)} entries: {min(ids)}")
            for code, ids, among in said
            if ids
        )
    return Seen(new=len(new), anew=len(anew), gone=len(gone), doubled=len(doubled), problems=tuple(problems))


def _stories(claim: Claim) -> Iterator[Hashable]:
    """Yield what two claims of one story have in common: their time, or source and title."""
    yield claim.published_ms
    if "-" not in claim.mark[:16]:
        yield claim.mark[:16]


def _xml_entries(content: bytes) -> Iterator[tuple[str, Claim]]:
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    if root.tag not in ("rss", f"{_ATOM}feed"):
        raise ValueError("it is no feed")
    for entry in root.iter(f"{_ATOM}entry"):
        when = entry.findtext(f"{_ATOM}published") or entry.findtext(f"{_ATOM}updated")
        yield _claim(entry.findtext(f"{_ATOM}id"), when, datetime.fromisoformat)
    for item in root.iter("item"):
        yield _claim(item.findtext("guid") or item.findtext("link"), item.findtext("pubDate"), parsedate_to_datetime)


def _json_entries(content: bytes) -> Iterator[tuple[str, Claim]]:
    feed: dict[str, Any] = json.loads(content)
    if not str(feed.get("version")).startswith("https://jsonfeed.org/"):
        raise ValueError("it is no feed")
    for item in feed["items"]:
        yield _claim(str(item["id"]), item.get("date_published"), datetime.fromisoformat)


def _claim(entry_id: str | None, when: object, read: Callable[[str], datetime]) -> tuple[str, Claim]:
    """Return an entry; one whose time cannot be read is as old as can be."""
    own, published_ms = (entry_id or "").strip(), 0
    with suppress(ValueError, TypeError, OverflowError, IndexError):
        published_ms = int(read(str(when).strip()).timestamp() * 1000)
    return own, Claim(id=own, root=own, published_ms=published_ms, mark=_UNMARKED)
