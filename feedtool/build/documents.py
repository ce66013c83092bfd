"""Feeds -> every file of the output, one by one: only what differs from the last build is made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from feedtool import generators
from feedtool.build import jobs
from feedtool.build.cache_keys import feed_key
from feedtool.build.jobs import GENERATOR, FeedJob
from feedtool.build.parallel import Workers
from feedtool.cache import Cache, CacheError, entries, id_claims
from feedtool.cache import output as written
from feedtool.cache import terms as carried
from feedtool.cache.output import DocumentRow, FeedRow
from feedtool.config import Config
from feedtool.generators import KnownEntry, KnownFeed, Manifest
from feedtool.model import ARCHIVE, FILE_NAMES, SHEET, Document, Feed, Kind, Twin
from feedtool.output import MANIFEST, Changes, stamp
from feedtool.output.verify import verify_manifest, verify_opml
from feedtool.problems import Code, Problem

FOREIGN = Code(
    "foreign-file",
    "warning",
    "A file that feedtool did not make stands where it would write, such as a site's own index.html. It is left "
    "as it is, and feedtool's is not written.",
    "Write to a folder of its own with --output, or move the file away.",
)

LEFT = Code(
    "left-over",
    "note",
    "Files of a feed, a format or an archive document that is no longer made. They stay as they are, since somebody "
    "may have subscribed to them.",
    "Nothing, to keep them; --prune removes them, and feeds without entries.",
)

_LISTS = ("feeds.opml", "index.html", SHEET)


class Writing:
    """The documents of one build, and what is to be remembered of them when they are written."""

    def __init__(
        self, cache: Cache, config: Config, previous: Manifest, output: Path, todo: Sequence[FeedJob], workers: Workers,
        *, prune: bool,
    ) -> None:  # fmt: skip
        """`prune`: let go of what is left of feeds that are no longer made."""
        #: what was wrong with documents; complete when all are made
        self.problems: list[Problem] = []
        #: with the entries that they hold, without archive documents; complete when all documents are made
        self.feeds: list[Feed] = []
        #: the entries that they and their archive documents hold, with kind and term of each that does
        self.holders: dict[str, list[tuple[Kind, str]]] = {}
        self._cache, self._config, self._previous, self._output = cache, config, previous, output
        self._todo, self._workers = todo, workers
        self._prune = prune
        own = {path for job in todo for path in _paths(job.feed)} | set(_LISTS)
        self._mine = own | {f"{path}.{twin}" for path in own for twin in config.feeds.twins}
        self._kept = () if prune else tuple(self._left())
        self._keys = {job.feed.place: feed_key(job, config) for job in todo}
        self._old = written.documents(cache)
        self._same = self._as_they_were()
        self._rows = dict(self._same)
        self._digests: dict[str, str] = {}

    def untouched(self) -> list[str]:
        """Return the files that are as this build would write them."""
        return [path for job in self._todo if job.feed.place in self._same for path in self._files(job.feed)]

    def obsolete(self) -> list[str]:
        """Return the files of earlier builds that go unless they are written: what nobody asks for, or all if pruned.

        Compressed copies and hosts' files are among them, for what is out of date there misleads.
        """
        return sorted(self._previous.files.keys() - self._mine - {MANIFEST, *self._kept})

    def _left(self) -> Iterator[str]:
        """Yield the files of earlier builds that belong to no feed any more, and that somebody may ask for."""
        for path in sorted(self._previous.files.keys() - self._mine - {MANIFEST}):
            if _is_asked_for(path) and (self._output / path).is_file():
                yield path

    def count_files(self) -> int:
        """Return how many files there will be, nearly: hosts' own and those that are no smaller compressed apart."""
        return len(self._mine) + len(self._kept) + 1

    def left_over(self) -> Iterator[Problem]:
        """Yield what stays of feeds that are no longer made, by folder."""
        for folder, some in groupby(self._kept, lambda path: path.rpartition("/")[0]):
            paths = list(some)
            names = ", ".join(path.rpartition("/")[2] for path in paths[:3])
            yield LEFT.at(folder or "/", f"{len(paths)} files that are no longer made: {names}")

    def documents(self) -> Iterator[Document]:
        """Yield the files that may differ: feeds and their pages, the lists of feeds, the manifest."""
        yield from self._feeds()
        served = self._host_files()
        self._mine.update(document.path for document in served)
        for document in (*jobs.with_twins(self._lists(), self._config), *served):
            if self._may_write(document.path):
                self._digests[document.path] = _digest(document)
                yield document
        yield self._manifest()

    def differing(self, changes: Changes) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return which files are not as the manifest of the last build has them, and which it had and are no more.

        In a fresh checkout every file is written; who was told of a file before is concerned by those that differ.
        """
        before = self._previous.files
        changed = (path for path in changes.written if before.get(path) != self._digests[path])
        return tuple(changed), tuple(sorted({*self.obsolete()} - {*changes.written, *changes.unchanged}))

    def remember(self) -> None:
        """Keep what was written, now that it is."""
        paths = [*self._digests, *self.untouched()]
        digests = {path: row.digest for path, row in self._old.items()} | self._digests
        rows = {path: DocumentRow(digest=digests[path], stamp=stamp(self._output / path)) for path in paths}
        written.keep(self._cache, self._rows, rows)

    def _as_they_were(self) -> dict[str, FeedRow]:
        """Return the rows of feeds whose files would come out as they are, by folder."""
        rows = written.feeds(self._cache)
        return {
            job.feed.place: row
            for job in self._todo
            if (row := rows.get(job.feed.place))
            and row.key == self._keys[job.feed.place]
            and all(map(self._is_as_it_was, self._files(job.feed)))
        }

    def _files(self, feed: Feed) -> list[str]:
        """Return the files of a feed, with those compressed copies that there were."""
        own = _paths(feed)
        copies = (f"{path}.{twin}" for path in own for twin in self._config.feeds.twins)
        return [*own, *(path for path in copies if path in self._old)]

    def _is_as_it_was(self, path: str) -> bool:
        row = self._old.get(path)
        return (
            row is not None and row.digest == self._previous.files.get(path) and row.stamp == stamp(self._output / path)
        )

    def _feeds(self) -> Iterator[Document]:
        changed = [job for job in self._todo if job.feed.place not in self._same]
        render = partial(jobs.render, config=self._config, cache=self._cache.path)
        done = iter(self._workers.feeds(render, changed, lost=jobs.lost_feed, chunk=1))
        made = 0
        for job in self._todo:
            row = self._same.get(job.feed.place)
            if row:
                self._hold(jobs.held(job, row.count))
                continue
            result = next(done)
            if result.damage:
                raise CacheError(result.damage, is_damaged=True)
            made += 1
            self._workers.progress("writing", made, len(changed))
            yield from self._taken(job, result)

    def _hold(self, feed: Feed) -> None:
        for entry_id in feed.entry_ids:
            self.holders.setdefault(entry_id, []).append((feed.kind, feed.term))
        if not feed.period:
            self.feeds.append(feed)

    def _add(self, problems: Iterable[Problem]) -> None:
        """Take down problems; a template fails alike on many pages."""
        self.problems += (problem for problem in problems if problem not in self.problems)

    def _taken(self, job: FeedJob, result: jobs.FeedDone) -> Iterator[Document]:
        self._add(result.problems)
        self._hold(result.feed)
        allowed = [document for document in result.documents if self._may_write(document.path)]
        if not result.problems and {document.path for document in allowed}.issuperset(_paths(job.feed)):
            count = len(result.feed.entry_ids)
            self._rows[job.feed.place] = FeedRow(key=self._keys[job.feed.place], count=count)
        for document in allowed:
            self._digests[document.path] = _digest(document)
            yield document

    def _lists(self) -> Iterable[Document]:
        """Return the lists of feeds that a reader can use."""
        config, site = self._config, self._config.site
        updated_ms = max(feed.updated_ms for feed in self.feeds)
        opml = generators.render_opml(self.feeds, title=site.title, updated_ms=updated_ms, generator=GENERATOR)
        found = verify_opml(opml, self.feeds)
        self.problems += found
        sheet = generators.render_sheet(generator=GENERATOR, templates=config.templates)
        return (*(() if found else (opml,)), self._index(), sheet)

    def _index(self) -> Document:
        """Return the page of all feeds."""
        config, site = self._config, self._config.site
        keys = {entry.id: entry.key for job in self._todo for entry in job.entries}
        shelved = entries.Shelf(self._cache.db)
        newest = {feed.entry_ids[0] for feed in self.feeds if feed.entry_ids}
        render = partial(
            generators.render_index,
            self.feeds,
            {entry_id: shelved.entry(keys[entry_id]) for entry_id in sorted(newest)},
            language=self.feeds[0].language,
            site_title=site.title,
            site_url=site.url,
            generator=GENERATOR,
            activity=carried.activity(self._cache),
            zone=ZoneInfo(site.timezone),
            archives=next((job.periods for job in self._todo if not job.feed.place), ()),
        )
        page, said = jobs.page(render, config.templates)
        self._add(said)
        return page

    def _host_files(self) -> tuple[Document, ...]:
        """Return what tells the hosts how to serve the files."""
        site, feeds = self._config.site, self.feeds
        redirects = {alias.folder: feed.folder for feed in feeds for alias in feed.aliases}
        self.problems += generators.host_problems(site.host, site_url=site.url, feeds=feeds, redirects=redirects)
        return generators.render_host_files(
            site.host,
            site_url=site.url,
            feeds=feeds,
            hub=site.hub,
            archives=generators.closed_archives(job.feed for job in self._todo),
            redirects=redirects,
            generator=GENERATOR,
            twins=self._config.feeds.twins,
        )

    def _manifest(self) -> Document:
        """Return the manifest; a document that was refused is remembered as the last build left it."""
        mine = self._mine | set(self._kept)
        digests = {path: digest for path, digest in self._previous.files.items() if path in mine}
        document = generators.render_manifest(
            self.feeds,
            files=digests | self._digests,
            entries=self._entries(),
            ids_made_as=self._config.posts.ids_made_as(),
            former=self._former(),
            updated_ms=max(feed.updated_ms for feed in self.feeds),
            site_title=self._config.site.title,
            site_url=self._config.site.url,
            generator=GENERATOR,
        )
        self.problems += verify_manifest(document, self.feeds, files=digests | self._digests)
        self._digests[document.path] = _digest(document)
        return document

    def _entries(self) -> Iterator[KnownEntry]:
        """Yield what the next build has to know of each entry."""
        places = {(feed.kind, feed.term): place for place, feed in enumerate(self.feeds)}
        for entry_id, holders in self.holders.items():
            claim = id_claims.claim(self._cache, entry_id)
            if claim:
                yield KnownEntry(claim=claim, feeds=tuple(sorted(places[holder] for holder in holders)))
        if self._previous.ids_made_as == self._config.posts.ids_made_as():
            yield from self._remembered()

    def _former(self) -> list[KnownFeed]:
        """Return the feeds of earlier builds that are not made now, as those of a kind that is switched off."""
        there = {(feed.kind, name) for feed in self.feeds for name in (feed.term, *(a.term for a in feed.aliases))}
        known = (*self._previous.feeds, *self._previous.former)
        return [] if self._prune else [feed for feed in known if (feed.kind, feed.term) not in there]

    def _remembered(self) -> Iterator[KnownEntry]:
        """Yield the entries of earlier builds that no feed holds, whose ids nothing else would bring back."""
        for entry_id, entry in self._previous.entries.items():
            if entry_id not in self.holders and entry.claim.root != entry_id:
                yield KnownEntry(claim=id_claims.claim(self._cache, entry_id) or entry.claim)

    def _may_write(self, path: str) -> bool:
        """Tell whether the place is free, or holds what an earlier build made; say so where it is not.

        A compressed copy bears no mark: it is ours if what it is a copy of is.
        """
        is_copy = bool(self._config.feeds.twins) and path.endswith(self._config.feeds.twins)
        plain = path.rpartition(".")[0] if is_copy else path
        place = self._output / plain
        if plain in self._previous.files or not place.is_file() or is_ours(place):
            return True
        if not is_copy:
            self.problems.append(FOREIGN.at(path, "stands in the output folder, and feedtool did not make it"))
        return False


def is_ours(place: Path) -> bool:
    """Tell whether a file was made by feedtool."""
    try:
        with place.open("rb") as file:
            return generators.is_made_by(GENERATOR, file.read(generators.HEAD))
    except OSError:
        return False


def _paths(feed: Feed) -> list[str]:
    own = [feed.file(form) for form in feed.formats]
    if feed.period:
        return own
    own += [feed.folder + "index.html"] if feed.folder else []
    return [*own, *(alias.folder + path.removeprefix(feed.folder) for alias in feed.aliases for path in own)]


def _is_asked_for(path: str) -> bool:
    """Tell whether a file is a feed, an archive document or a page, which people know the address of."""
    folder, _, name = path.rpartition("/")
    in_archive = f"{folder}/".endswith(ARCHIVE) and not name.endswith(get_args(Twin))
    return in_archive or name in (*FILE_NAMES.values(), "index.html")


def _digest(document: Document) -> str:
    return hashlib.sha256(document.content).hexdigest()
