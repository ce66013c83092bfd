"""Entries that have no other address -> the pages that they have on the site, each with its neighbours and terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from feedtool.cache import Cache, entries, posts
from feedtool.cache import terms as carried
from feedtool.generators import PageLink
from feedtool.model import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class PageJob:
    """A page that has to be written."""

    #: below the output folder, with "/" at the end
    folder: str
    entry_id: str
    #: of its entry, in the cache
    key: bytes
    #: the pages before and after it, by date
    newer: PageLink | None
    older: PageLink | None
    #: name and folder of each category and tag; the folder of one without a feed is ""
    terms: tuple[PageLink, ...]


def page_jobs(cache: Cache, paged: Sequence[posts.PageRow], chosen: Iterable[Feed]) -> tuple[PageJob, ...]:
    """Return a job for each entry of `paged`, newest first, that could be made."""
    made = entries.kept(cache)
    there = [row for row in paged if row.id in made]
    if not there:
        return ()
    folders = {(feed.kind, feed.term): feed.folder for feed in chosen}
    names = carried.names(cache)
    links = {no: PageLink(title=term, folder=folders.get((kind, term), "")) for no, (kind, term) in names.items()}
    # by name: the numbers of terms depend on the builds before
    shown = sorted((kind, name, no) for no, (kind, name) in names.items() if kind in ("category", "tag"))
    ranks = {no: rank for rank, (_, _, no) in enumerate(shown)}
    own = [PageLink(title=row.title, folder=f"{row.page}/") for row in there]
    return tuple(
        PageJob(
            folder=link.folder,
            entry_id=row.id,
            key=made[row.id].key,
            newer=own[at - 1] if at else None,
            older=own[at + 1] if at + 1 < len(own) else None,
            terms=_terms(sorted(ranks.keys() & row.terms, key=ranks.__getitem__), links),
        )
        for at, (row, link) in enumerate(zip(there, own, strict=True))
    )


def _terms(numbers: Iterable[int], links: Mapping[int, PageLink]) -> tuple[PageLink, ...]:
    """Return each name once: a category and a tag of one name are one to a reader."""
    found: dict[str, PageLink] = {}
    for no in numbers:
        link = links[no]
        if not found.get(link.title, PageLink(title="", folder="")).folder:
            found[link.title] = link
    return tuple(islice(found.values(), 50))
