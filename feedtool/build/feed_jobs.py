"""What files a build has: each feed and archive document with its entries, each entry's own page; and their keys.

A key is a digest of all that an entry or a feed is made from: the same key, the same bytes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice

from feedtool import feeds, generators, reader
from feedtool.build.codes import ENTRY_TOO_LONG
from feedtool.build.context import GENERATOR
from feedtool.build.dating import whole_second
from feedtool.cache import Cache, entries
from feedtool.cache import terms as carried
from feedtool.cache.entries import EntryInfo, EntryReader, KeyOf
from feedtool.cache.posts import PageRow
from feedtool.config import Config
from feedtool.feeds import archives, custom
from feedtool.feeds.archives import Before, Dated
from feedtool.frozen import frozen
from feedtool.generators import Manifest, PageLink
from feedtool.model import ARCHIVE, Entry, Feed, Fragment
from feedtool.problems import Problem
from feedtool.sanitiser import Rules

#: stands for the name of an archive document before it is known; no name is longer
_SOME_PERIOD = "2023-12-31-24-9999"


@frozen
class FeedJob:
    """A feed whose documents have to be written."""

    #: with every entry that it may hold
    feed: Feed
    #: those entries that could be made
    entries: tuple[EntryInfo, ...]
    #: whether it holds no more than a document may
    is_cut: bool = False
    #: of its archive documents, newest first
    periods: tuple[str, ...] = ()


def feed_jobs(
    cache: Cache,
    config: Config,
    made: Mapping[str, EntryInfo],
    chosen: Iterable[Feed],
    previous: Manifest,
    *,
    edited: Collection[str],
    now_ms: int,
) -> tuple[tuple[FeedJob, ...], tuple[Problem, ...], tuple[bytes, ...]]:
    """Return a job for each feed and each archive document, problems, and the keys of entries without their text.

    Archive documents come before their feed. `made` are the entries that could be made, by id. A feed with one of the
    `edited` entries, which another content was published of, was updated now, if not later.
    """
    shortened, problems = _with_short_ones(cache, config, made)
    known = {**made, **shortened}
    past = _Past(previous)
    times = {(feed.kind, name): feed.updated_ms for feed in (*previous.former, *previous.feeds) for name in feed.names}
    shelf = EntryReader(cache.db, cache.secret)
    jobs: list[FeedJob] = []
    for feed in chosen:
        held = [known[entry_id] for entry_id in feed.entry_ids if entry_id in known]
        job = FeedJob(feed=feed, entries=_ordered(held, feed, config))
        *documents, head = _divided(job, config, shelf, past) if feed.is_archived else (job,)
        before_ms = max((times.get((feed.kind, name), 0) for name in feed.names), default=0)
        jobs += (*documents, _dated(head, before_ms, edited, now_ms))
    return tuple(jobs), problems, tuple(kept.key for kept in shortened.values())


def _ordered(held: Iterable[EntryInfo], feed: Feed, config: Config) -> tuple[EntryInfo, ...]:
    """Return the entries of a feed in its order, newest first; a feed by changes has no more than its limit."""
    own = custom.own_feed(feed, config)
    if own is None or own.order == "published" or own.has_digests:
        return tuple(held)
    return tuple(sorted(held, key=lambda entry: -entry.updated_ms)[: feeds.limit_of(feed.kind, config.feeds) or None])


def _with_short_ones(
    cache: Cache, config: Config, made: Mapping[str, EntryInfo]
) -> tuple[dict[str, EntryInfo], tuple[Problem, ...]]:
    """Return the entries that are too long for their feeds, without their text; and a problem for each."""
    short: dict[str, EntryInfo] = {}
    problems: list[Problem] = []
    for entry_id, kept in made.items():
        if not too_long(kept.size, config):
            continue
        message = f"{kept.size:,} bytes in a feed of at most {config.feeds.max_bytes:,}"
        problems.append(ENTRY_TOO_LONG.at(cache.groups.name(kept.no), message))
        key = short_key(kept.key)
        if not entries.has(cache, key):
            entry, fragment = shortened(EntryReader(cache.db, cache.secret).entry(kept.key), config)
            entries.put(cache, key, entries.as_kept(entry, fragment, ()))
        short[entry_id] = replace(kept, key=key)
    return short, tuple(problems)


def too_long(size: int, config: Config) -> bool:
    """Return whether an entry of so many bytes in its largest format takes more than half of a feed."""
    return size * 2 > config.feeds.max_bytes > 0


def shortened(entry: Entry, config: Config) -> tuple[Entry, Fragment]:
    """Return an entry without its text, also rendered."""
    short = replace(entry, content_html="", summary=reader.shorten(entry.summary, 1000))
    return short, generators.render_entry(short, config.feeds.formats)


class _Past:
    """What the last build left of the archived feeds."""

    def __init__(self, previous: Manifest) -> None:
        self._feeds = {feed.keys[0]: feed for feed in previous.feeds}
        self._came: dict[str, dict[str, int]] = defaultdict(dict)
        self._left: dict[str, set[str]] = defaultdict(set)
        archived = {key for key, feed in self._feeds.items() if feed.is_archived}
        for entry_id, entry in previous.entries.items() if archived else ():
            late = dict(entry.late)
            for key in archived.intersection((*entry.feeds, *late)):
                self._came[key][entry_id] = late.get(key, entry.claim.published_ms)
                if key not in entry.feeds:
                    self._left[key].add(entry_id)
        self._names: dict[str, set[str]] = defaultdict(set)
        for path in previous.files:
            folder, _, name = path.rpartition("/")
            if archives.is_name(period := name.partition(".")[0]):
                self._names[f"{folder}/"].add(period)

    def before(self, feed: Feed) -> Before:
        """Return a feed's archives."""
        known, names = self._feeds.get(feed.key), self._names[feed.folder + ARCHIVE]
        if known is None or not known.is_archived:
            return Before(names=names)
        until = known.archived_until if known.archived_until in names else ""
        count, left = known.count if until else 0, self._left[feed.key]
        return Before(until=until, names=names, newest=max(names, default=""), count=count, left=left)

    def came(self, job: FeedJob) -> dict[str, int]:
        """Return when each entry of a feed came to it."""
        published = {entry.id: entry.published_ms for entry in job.entries}
        return archives.came(published, self._came[job.feed.key], self.before(job.feed).newest)


def _divided(job: FeedJob, config: Config, shelf: EntryReader, past: _Past) -> Iterator[FeedJob]:
    """Yield the archive documents of a feed, newest first, and the feed."""
    came = past.came(job)
    dated = [Dated(id=entry.id, came_ms=came[entry.id], size=entry.size) for entry in job.entries]
    by_id = {entry.id: entry for entry in job.entries}

    def fit(ids: Sequence[str]) -> int:
        first = replace(job, feed=replace(job.feed, older=_SOME_PERIOD), entries=tuple(by_id[one] for one in ids))
        return len(cut(first, config.feeds.max_bytes, shelf, hub=config.site.hub).entry_ids)

    limit, most = feeds.limit_of(job.feed.kind, config.feeds), config.feeds.max_bytes
    parts, moved = archives.divide(job.feed, dated, past.before(job.feed), limit=limit, max_bytes=most, fit=fit)
    head, *documents = parts
    came |= moved
    for feed in (*documents, head):
        own = tuple(replace(by_id[entry_id], came_ms=came[entry_id]) for entry_id in feed.entry_ids)
        periods = () if feed.period else tuple(document.period for document in documents)
        yield FeedJob(feed=_by_own_entries(feed, own, config), entries=own, is_cut=True, periods=periods)


def _dated(job: FeedJob, before_ms: int, edited: Collection[str], now_ms: int) -> FeedJob:
    """Return a feed with the time of its last change: that of an entry, and never before the published one."""
    updated_ms = max((entry.updated_ms for entry in job.entries), default=job.feed.updated_ms)
    if updated_ms <= before_ms and any(entry.id in edited for entry in job.entries):
        updated_ms = max(whole_second(now_ms), before_ms + 1000)
    return replace(job, feed=replace(job.feed, updated_ms=max(updated_ms, before_ms)))


def _by_own_entries(feed: Feed, own: Sequence[EntryInfo], config: Config) -> Feed:
    """Return a feed dated by its own entries: an archive document must not change with others."""
    quiet_ms = archives.end_of(feed.period) if feed.period else feed.updated_ms
    updated_ms = max((entry.updated_ms for entry in own), default=quiet_ms)
    return replace(feed, updated_ms=updated_ms, language=config.site.language if feed.period else feed.language)


def cut(job: FeedJob, max_bytes: int, shelf: EntryReader, *, hub: str) -> Feed:
    """Return the feed without entries that could not be made or that go beyond its bytes (0 for any)."""
    count = len(job.entries)
    if max_bytes and not job.is_cut:
        sizes = [shelf.sizes(entry.key) for entry in job.entries]
        count = generators.fit(job.feed, sizes, max_bytes=max_bytes, generator=GENERATOR, hub=hub)
    return held(job, count)


def held(job: FeedJob, count: int) -> Feed:
    """Return the feed with so many of its entries."""
    return replace(job.feed, entry_ids=tuple(entry.id for entry in job.entries[:count]))


@frozen
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


def page_jobs(
    cache: Cache, made: Mapping[str, EntryInfo], paged: Sequence[PageRow], chosen: Iterable[Feed]
) -> tuple[PageJob, ...]:
    """Return a job for each entry of `paged`, newest first, that is among those that could be made."""
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


#: the one default of a header that concerns the body
_END = "excerpt_separator"


def entry_key(config: Config, rules: Rules) -> KeyOf:
    """Return a function that makes an entry's key from its story's version and host, and the time of its last change.

    A rule that names a host is part of the keys of that host's entries alone.
    """
    home, own = config.site, config.posts
    everywhere = {name: rule for name, rule in rules.rules.items() if rule.kind != "select"}
    ends = [config.posts.excerpt_separator, *((each.path, each.values.get(_END)) for each in config.posts.defaults)]
    read = [own.markdown, own.markdown_settings]
    made: list[object] = [home.url, own.permalink, own.link, home.timezone, config.feeds.formats, ends, read]
    made += [own.pictures, bool(config.podcast), _code(config, "transform", "readers")]
    common = _digest([*made, rules.trim, rules.trim_by_hand, rules.data_images, rules.keep, everywhere])

    @cache
    def of_host(host: str) -> bytes:
        here = rules.sites_of(host) if host else list(rules.sites)
        return _digest([common, here])

    def key(version: bytes, host: str, updated_ms: int) -> bytes:
        # for each entry of each build: the first part alone has any length
        parts = b"%d %b%b%d" % (len(version), version, of_host(host), updated_ms)
        return hashlib.blake2b(parts, digest_size=16).digest()

    return key


def short_key(key: bytes) -> bytes:
    """Return the key of the same entry without its text."""
    return _digest([key, "without its text"])


def feed_key(job: FeedJob, config: Config) -> bytes:
    """Return the key of a feed's documents."""
    keys, site = b"".join([entry.key for entry in job.entries]), config.site  # of one length
    size = job.is_cut or config.feeds.max_bytes
    own = [job.feed, keys, size, site.title, site.url, site.hub]
    pages = [config.pages.entries, config.pages.entry]
    described = custom.own_feed(job.feed, config)
    made = [*_code(config, "formats"), [described.digest, site.timezone] if described and described.has_digests else []]
    return _digest([*own, *pages, *made, config.feeds.twins, job.periods, config.templates.texts, GENERATOR])


def page_key(job: PageJob, config: Config, language: str) -> bytes:
    """Return the key of an entry's page; `language` is that of its frame."""
    site, look = config.site, [config.feeds.twins, config.feeds.formats, config.templates.texts, GENERATOR]
    return _digest([job, site.title, site.url, language, *look])


def _code(config: Config, *keys: str) -> list[list[str]]:
    """Return what tells the plug-ins under some keys from others."""
    return [[code.key, code.file_name, code.target, code.digest] for code in config.plugins.code if code.key in keys]


def _digest(parts: Iterable[object]) -> bytes:
    return hashlib.blake2b(repr(list(parts)).encode("utf-8", "surrogatepass"), digest_size=16).digest()
