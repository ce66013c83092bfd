"""The work on one post, one entry, one feed: what runs in a worker, here or elsewhere.

Raises nothing but MemoryError, which is the end of a worker.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from feedtool import feeds, generators, reader, sanitiser
from feedtool.build.discovery import load
from feedtool.build.freshness import file_digest
from feedtool.cache import CacheError
from feedtool.cache.entries import Shelf, Wanted, shelf
from feedtool.cache.posts import PostRow, StoryRow, story_row
from feedtool.cache.serialise import packed, packed_problems
from feedtool.config import Config, Templates
from feedtool.model import Document, Entry, Feed, Fragment, Kind, Post, Story
from feedtool.output.verify import verify
from feedtool.problems import Code, Problem
from feedtool.urls import host_of

#: without a version: a new release must not change the bytes of every feed
GENERATOR = "feedtool"

UNREADABLE = Code(
    "unreadable-file",
    "error",
    "The file could not be read from the disk.",
    "Check its permissions.",
)
INTERNAL = Code(
    "internal-error",
    "error",
    "feedtool failed on this post, and left it out. That is a mistake of feedtool's, whatever the post holds.",
    "Please report it with the post.",
)
WORKER_DIED = Code(
    "worker-died",
    "error",
    "The process that worked on this post ended twice before it was done, for lack of memory or by a signal. The "
    "post is left out, and the others are as they would be.",
    "Look at the size of the post and at the machine's memory; build with --jobs 1 to see what happens.",
)
TOO_LONG = Code(
    "entry-too-long",
    "warning",
    "The entry alone would take more than half of what a feed may hold (feeds.max_bytes), and push older entries "
    "out. Subscribers get its summary and its link.",
    "Raise feeds.max_bytes, or shorten the post.",
)

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Which terms of a story are kept, and under which names."""

    kinds: tuple[Kind, ...]
    #: see `Config.aliases`
    aliases: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A post file to be read: where it is, or, for a worker that cannot open it, what is in it."""

    #: as the user knows it
    name: str
    path: str
    content: bytes | None = None

    def read(self) -> bytes:
        """Return the file's bytes. Raises OSError."""
        return load(self.path) if self.content is None else self.content


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of an entry."""

    #: the file was changed between its header and its text, so that this is nothing to remember
    is_fleeting: bool = False

    entry: Entry | None = None
    fragment: Fragment | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InFeed:
    """An entry that a feed may hold."""

    id: str
    #: in the cache
    key: bytes
    published_ms: int
    updated_ms: int
    #: bytes in its largest format
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedJob:
    """A feed whose documents have to be written."""

    #: with every entry that it may hold
    feed: Feed
    #: those entries that could be made
    entries: tuple[InFeed, ...]
    #: whether it holds no more than a document may
    is_cut: bool = False
    #: of its archive documents, newest first
    periods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDone:
    """A feed's documents."""

    #: with the entries that it does hold
    feed: Feed
    #: those that a reader can use
    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: what is wrong with the cache, or ""
    damage: str = ""


def read(source: Source, *, zone: ZoneInfo, ids: reader.Scheme, terms: Terms, customs: reader.Customs) -> PostRow:
    """Return what a file says, as it is kept; `terms` says which of its terms are."""

    def attempt() -> PostRow:
        content = source.read()
        digest = file_digest(content)
        reading = reader.read_post(content, source.name, zone=zone, ids=ids, customs=customs)
        post = reading.post
        if post is None:
            return PostRow(digest=digest, is_draft=reading.is_draft, problems=packed_problems(reading.problems))
        key = reader.story_key(post)
        return PostRow(
            digest=digest,
            problems=packed_problems(reading.problems),
            post=packed(post),
            key=key,
            published_ms=post.published_ms,
            expires_ms=post.expires_ms,
            story=tell([(post, digest)], terms=terms)[0],
        )

    return _guarded(source.name, attempt, lambda problem: PostRow(digest=b"", problems=packed_problems([problem])))


def reading(source: Source, *, zone: ZoneInfo, ids: reader.Scheme, customs: reader.Customs) -> reader.Reading:
    """Return what a file says."""
    return _guarded(
        source.name,
        lambda: reader.read_post(source.read(), source.name, zone=zone, ids=ids, customs=customs),
        lambda problem: reader.Reading(path=source.name, problems=(problem,)),
    )


def lost_reading(source: Source, why: str) -> reader.Reading:
    """Return what there is of a file whose worker died."""
    return reader.Reading(path=source.name, problems=(WORKER_DIED.at(source.name, why),))


def lost_post(source: Source, why: str) -> PostRow:
    """Return what is kept of a file whose worker died."""
    return PostRow(digest=b"", problems=packed_problems([WORKER_DIED.at(source.name, why)]))


def tell(posts: Iterable[tuple[Post, bytes]], *, terms: Terms) -> list[StoryRow]:
    """Return the stories that the posts of one key tell, each post with its file's digest."""
    digests = {post.path: digest for post, digest in posts}
    return [_row(told, digests, terms) for told in reader.tell(post for post, _ in posts)]


def resolve(claimed: str, groups: Iterable[Iterable[tuple[Post, bytes]]], *, terms: Terms) -> list[StoryRow]:
    """Return the stories of several keys' posts that claim one id, with ids of their own."""
    digests = {post.path: digest for posts in groups for post, digest in posts}
    rivals = [told for posts in groups for told in reader.tell(post for post, _ in posts) if told.story.id == claimed]
    return [replace(_row(told, digests, terms), claimed=claimed) for told in reader.resolve(rivals)]


def _row(told: reader.Told, digests: Mapping[str, bytes], terms: Terms) -> StoryRow:
    story = told.story
    return story_row(
        story,
        claimed=story.id,
        root=told.root,
        is_declared=told.is_declared,
        age=told.age,
        host=host_of(story.post.source) if story.post.source else "",
        version=_version(story, digests[story.post.path]),
        terms=feeds.terms_of(story, terms.kinds, terms.aliases),
        problems=told.problems,
    )


def _version(story: Story, digest: bytes) -> bytes:
    """Return what tells a story's entry from all others; where its file lies is no part of it, but for its ending."""
    post = replace(story.post, path=story.post.path.rpartition(".")[2])
    return hashlib.blake2b(packed(replace(story, post=post)) + digest, digest_size=16).digest()


def make(job: tuple[Source, Wanted], *, config: Config, rules: sanitiser.Rules) -> Made:
    """Return an entry, made of a story and its text."""
    source, wanted = job

    def attempt() -> Made:
        content = source.read()
        body = reader.read_body(content, source.name, reader.customs_of(config.posts, config.path))
        known = facts(wanted.story, config)
        cleaned = sanitiser.clean(reader.render(body), known, rules=rules)
        excerpt = "" if wanted.story.post.summary else reader.render(replace(body, text=body.excerpt))
        entry = reader.enter(
            wanted.story,
            cleaned.html,
            site_url=config.site.url,
            permalink=config.posts.permalink,
            zone=ZoneInfo(config.site.timezone),
            excerpt_html=sanitiser.clean(excerpt, known, rules=rules).html if excerpt else "",
        )
        fragment = generators.render_entry(entry, config.feeds.formats)
        return Made(
            entry=entry,
            fragment=fragment,
            problems=reader.body_problems(body, source.name),
            is_fleeting=file_digest(content) != wanted.digest,
        )

    return _guarded(source.name, attempt, lambda problem: Made(problems=(problem,)))


def lost_entry(job: tuple[Source, Wanted], why: str) -> Made:
    """Return what there is of an entry whose worker died."""
    return Made(problems=(WORKER_DIED.at(job[0].name, why),))


def facts(story: Story, config: Config) -> sanitiser.Context:
    """Return what the sanitiser has to know of a story.

    What was taken from elsewhere is relative to that place, and what somebody wrote themselves to its own page.
    """
    zone, permalink = ZoneInfo(config.site.timezone), config.posts.permalink
    return sanitiser.Context(
        base_url=story.post.source or reader.page_of(story, site_url=config.site.url, permalink=permalink, zone=zone),
        title=story.post.title,
        authors=tuple(author.name for author in story.post.authors),
        published_ms=story.published_ms,
        terms=story.categories + story.tags,
    )


def too_long(size: int, name: str, config: Config) -> tuple[Problem, ...]:
    """Return what there is to say of an entry's bytes in its largest format; nothing where its feeds can hold it."""
    if not size * 2 > config.feeds.max_bytes > 0:
        return ()
    return (TOO_LONG.at(name, f"{size:,} bytes in a feed of at most {config.feeds.max_bytes:,}"),)


def shortened(entry: Entry, config: Config) -> Made:
    """Return the entry without its text."""
    short = replace(entry, content_html="", summary=reader.shorten(entry.summary, 1000))
    return Made(entry=short, fragment=generators.render_entry(short, config.feeds.formats))


def render(job: FeedJob, *, config: Config, cache: Path) -> FeedDone:
    """Return a feed's documents, cut to size, read back, and its page."""

    def attempt() -> FeedDone:
        with shelf(cache) as shelved:
            keys = {entry.id: entry.key for entry in job.entries}
            feed = cut(job, config.feeds.max_bytes, shelved, hub=config.site.hub)
            return _documents(replace(job, feed=feed), keys, shelved, config)

    try:
        return _guarded(job.feed.folder or "/", attempt, lambda problem: FeedDone(feed=job.feed, problems=(problem,)))
    except CacheError as error:
        return FeedDone(feed=job.feed, damage=str(error))


def lost_feed(job: FeedJob, why: str) -> FeedDone:
    """Return what there is of a feed whose worker died: its documents stay as they are."""
    return FeedDone(feed=job.feed, problems=(WORKER_DIED.at(job.feed.folder or "/", why),))


def cut(job: FeedJob, max_bytes: int, shelved: Shelf, *, hub: str) -> Feed:
    """Return the feed without entries that could not be made or that go beyond its bytes."""
    count = len(job.entries)
    if max_bytes and not job.is_cut:
        sizes = [shelved.sizes(entry.key) for entry in job.entries]
        count = generators.fit(job.feed, sizes, max_bytes=max_bytes, generator=GENERATOR, hub=hub)
    return held(job, count)


def held(job: FeedJob, count: int) -> Feed:
    """Return the feed with so many of its entries."""
    entries = job.entries[:count]
    updated_ms = max((entry.updated_ms for entry in entries), default=job.feed.updated_ms)
    return replace(job.feed, entry_ids=tuple(entry.id for entry in entries), updated_ms=updated_ms)


def _documents(job: FeedJob, keys: dict[str, bytes], shelved: Shelf, config: Config) -> FeedDone:
    feed = job.feed
    entries = [shelved.entry(keys[entry_id]) for entry_id in feed.entry_ids]
    fragments = [shelved.fragment(keys[entry_id], entry_id) for entry_id in feed.entry_ids]
    good: list[Document] = []
    problems: list[Problem] = []
    feed = replace(feed, language=feed.language or feeds.language_of(entries))
    hub = "" if feed.period else config.site.hub  # nobody subscribes to an archive document
    for form in feed.formats:
        document = generators.render_feed(feed, form, fragments, generator=GENERATOR, hub=hub)
        found = verify(document, feed, entries)
        problems += found
        if not found:
            good.append(document)
    if feed.folder and not feed.period:
        own, said = _own_page(feed, entries, job.periods, config)
        good.append(own)
        problems += said
    folders = () if feed.period else [alias.folder for alias in feed.aliases]
    copies = (replace(one, path=folder + one.path.removeprefix(feed.folder)) for folder in folders for one in good)
    documents = with_twins((*good, *copies), config)
    return FeedDone(feed=feed, documents=tuple(documents), problems=tuple(problems))


def _own_page(
    feed: Feed, entries: Sequence[Entry], periods: tuple[str, ...], config: Config
) -> tuple[Document, tuple[Problem, ...]]:
    render = partial(
        generators.render_feed_page,
        feed,
        entries,
        site_title=config.site.title,
        site_url=config.site.url,
        generator=GENERATOR,
        zone=ZoneInfo(config.site.timezone),
        archives=periods,
    )
    return page(render, config.templates)


def page(render: Callable[..., Document], templates: Templates) -> tuple[Document, tuple[Problem, ...]]:
    """Return a page made with the user's templates; where one of them fails, with ours, and what is wrong."""
    try:
        return render(templates=templates), ()
    except generators.BrokenTemplateError as error:
        return render(templates=Templates()), (error.problem,)


def with_twins(documents: Iterable[Document], config: Config) -> Iterator[Document]:
    """Yield documents, each with its compressed copies."""
    for document in documents:
        yield document
        yield from generators.twins(document, config.feeds.twins)


def _guarded(name: str, attempt: Callable[[], R], failed: Callable[[Problem], R]) -> R:
    try:
        return attempt()
    except (CacheError, MemoryError):
        raise  # the first ends the build, the second is the death of a worker: see `feedtool.build.parallel`
    except OSError as error:
        return failed(UNREADABLE.at(name, error.strerror or str(error)))
    except Exception as error:  # noqa: BLE001 - our mistake with one post must not cost the others
        return failed(INTERNAL.at(name, f"{type(error).__name__}: {error}"[:300]))
