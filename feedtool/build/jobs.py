"""The work on one post, one entry, one feed: what runs in a worker, in this process or elsewhere.

Raises nothing but MemoryError, which counts as the death of a worker.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from feedtool import feeds, generators, reader, sanitiser
from feedtool.build import inputs, plugins, rendered
from feedtool.build.codes import INTERNAL_ERROR, LEFT_OUT, UNREADABLE_FILE
from feedtool.build.context import GENERATOR, Context
from feedtool.build.discovery import Beside, load, with_recordings
from feedtool.build.feed_jobs import FeedJob, PageJob, cut
from feedtool.build.git_index import blob_id
from feedtool.build.parallel import Workers
from feedtool.cache import CacheError
from feedtool.cache.entries import EntryReader, EntryRequest, Rendered, as_kept, entry_reader
from feedtool.cache.files import Pending
from feedtool.cache.packing import packed, packed_problems
from feedtool.cache.posts import PostRow, StoryRow
from feedtool.cache.serialise import post_text, story_number, terms_of
from feedtool.config import Config, Templates
from feedtool.config.tables import Custom
from feedtool.feeds import custom
from feedtool.frozen import frozen
from feedtool.model import Document, Entry, Feed, Fragment, Post
from feedtool.output import Aside, OutputError, Place, put_aside
from feedtool.output.verify import verify
from feedtool.problems import Problem
from feedtool.urls import host_of

R = TypeVar("R")

#: bytes
_LARGE = 1_000_000

#: returns what a post says, beside its place
_SAID = attrgetter(*(field.name for field in fields(Post) if field.name != "path"))


@frozen
class Source:
    """A post file to be read, with its content for a worker that cannot open it."""

    #: as the user knows it
    name: str
    path: str
    content: bytes | None = None
    #: what the cache knows of the file; None for a file whose entry is made
    pending: Pending | None = None
    #: the page of the rendered site that its entry has the text from, or ""
    page: str = ""

    def read(self) -> bytes:
        """Return the file's bytes. Raises OSError."""
        return load(self.path) if self.content is None else self.content


def source_of(name: str, path: str, workers: Workers, *, pending: Pending | None = None) -> Source:
    """Return a file as a source, with its content for workers that cannot open it, unless it cannot be read."""
    try:
        content = workers.given.get(path) or (load(path) if workers.carry else None)
    except OSError:
        content = None  # reading it reports the error
    return Source(name=name, path=path, content=content, pending=pending)


def source_to_make(wanted: EntryRequest, workers: Workers, context: Context) -> Source:
    """Return the file of an entry's post as a source, with the page of the rendered site that has its text."""
    post = wanted.story.post
    return replace(source_of(post.path, wanted.path, workers), page=rendered.content(context.rendered, post))


def is_large(job: tuple[Source, EntryRequest]) -> bool:
    """Return whether the work on a post may take much memory."""
    try:
        return os.path.getsize(job[1].path) > _LARGE  # noqa: PTH202 - for each post
    except OSError:
        return False  # reading it reports the error


@frozen
class Made:
    """What became of an entry."""

    #: whether the file changed after its header was read, so that the cache must not keep the entry
    is_fleeting: bool = False
    entry: Entry | None = None
    fragment: Fragment | None = None
    problems: tuple[Problem, ...] = ()


@frozen
class Kept:
    """What became of an entry, as the cache keeps it."""

    #: see `Made`
    is_fleeting: bool
    #: None where it could not be made
    rendered: Rendered | None
    problems: tuple[Problem, ...]


class DoubtError(Exception):
    """What the cache says of the stories with these ids, and of their entries, may be false."""

    def __init__(self, ids: Iterable[str], key: Callable[[str], bytes]) -> None:
        """`key` returns that of an entry."""
        super().__init__()
        self.ids = frozenset(ids)
        self.keys = [*map(key, self.ids)]


@frozen
class FeedDone:
    """A feed's documents."""

    #: with the entries that it does hold
    feed: Feed
    #: those that a feed reader can use
    documents: tuple[Aside, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: a damage of the cache, or ""
    damage: str = ""
    #: what an `OutputError` says, or nothing
    fault: tuple[str, str, str] | tuple[()] = ()
    #: ids of entries from a cache that somebody else wrote, and that may not be published
    doubted: tuple[str, ...] = ()


@frozen
class PageDone:
    """The document of an entry's page, with its compressed copies."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: a damage of the cache, or ""
    damage: str = ""


def read(source: Source, *, context: Context) -> PostRow:
    """Return what a file says, as the cache keeps it."""

    def attempt() -> PostRow:
        content = source.read()
        digest = blob_id(content)
        reading, beside = _read(content, source, context)
        post = reading.post
        row = PostRow(
            digest=digest,
            is_draft=reading.is_draft,
            problems=packed_problems(reading.problems),
            beside=beside,
        )
        if post is None:
            return row
        return replace(
            row,
            post=post_text(post, source.name),
            key=story_number(inputs.key(post)),
            published_ms=post.published_ms,
            expires_ms=post.expires_ms,
            story=merge([(post, digest)], context=context)[0],
        )

    return _guarded(source.name, attempt, unread)


def unread(problem: Problem) -> PostRow:
    """Return what the cache keeps of a file that could not be read; the next build tries again."""
    return PostRow(digest=b"", problems=packed_problems([problem]))


def reading(source: Source, *, context: Context) -> reader.Reading:
    """Return what a file says."""
    return _guarded(
        source.name,
        lambda: _read(source.read(), source, context)[0],
        lambda problem: reader.Reading(path=source.name, problems=(problem,)),
    )


def _read(content: bytes, source: Source, context: Context) -> tuple[reader.Reading, Beside]:
    """Return what a file says, and the recordings beside it."""
    reading, page = rendered.settled(inputs.read(content, source.name, context), content, context)
    if context.rules and reading.post and not reading.post.image:
        story = reader.merge_group([reading.post])[0].story
        entry, *_ = inputs.entered(story, content, source.name, {}, context, context.rules)
        reading = replace(reading, post=replace(reading.post, shows_picture=bool(entry.image)))
    if not context.config.podcast or not reading.post or not reading.post.enclosures:
        return reading, page
    post, beside, problems = with_recordings(reading.post, source.path)
    return replace(reading, post=post, problems=(*reading.problems, *problems)), (*page, *beside)


def merge(
    posts: Iterable[tuple[Post, bytes]], *, context: Context, published: reader.Published = reader.unpublished
) -> list[StoryRow]:
    """Return the stories that the posts of one key tell, each post with its file's digest."""
    digests = {post.path: digest for post, digest in posts}
    return [_row(merged, digests, context) for merged in reader.merge_group((post for post, _ in posts), published)]


def separate_ids(
    claimed: str, groups: Iterable[Iterable[tuple[Post, bytes]]], *, context: Context, published: reader.Published
) -> list[StoryRow]:
    """Return the stories of several keys' posts that claim one id, with ids of their own."""
    digests = {post.path: digest for posts in groups for post, digest in posts}
    merged = (each for posts in groups for each in reader.merge_group((post for post, _ in posts), published))
    rivals = (each for each in merged if each.story.id == claimed)
    return [replace(_row(each, digests, context), claimed=claimed) for each in reader.separate_ids(rivals)]


def _row(merged: reader.MergedPosts, digests: Mapping[str, bytes], context: Context) -> StoryRow:
    story, post = merged.story, merged.story.post
    folder = reader.folder_of(story, context.conventions)
    about = [story.id, story.published_ms, story.updated_ms, story.categories, story.tags]
    return StoryRow(
        claimed=story.id,
        id=story.id,
        root=merged.root,
        is_declared=merged.is_declared,
        mark=merged.mark,
        told=merged.told,
        published_ms=story.published_ms,
        updated_ms=story.updated_ms,
        path=post.path,
        host=host_of(post.source) if post.source else "",
        version=_version(post, about, digests[post.path]),
        language=post.language,
        title=post.title if folder else "",
        letters=feeds.letters_of(post.title),
        terms=tuple(feeds.terms_of(story, context.kinds, context.config)),
        links=packed(post.links) if post.links else None,
        named=terms_of(story),
        problems=packed_problems(merged.problems),
        folder=folder,
    )


def _version(post: Post, about: Sequence[object], digest: bytes) -> bytes:
    """Return a digest of all that a story's entry is made from; of its file's path only the ending counts.

    `about`: of the story. `digest`: of the file.
    """
    parts = [*_SAID(post), post.path.rpartition(".")[2], *about, digest]
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=12).digest()


def make(job: tuple[Source, EntryRequest], *, context: Context, rules: sanitiser.Rules) -> Made:
    """Return an entry, made of a story and its text."""
    source, wanted = job
    config = context.config

    def attempt() -> Made:
        content = source.read()
        story, page = wanted.story, source.page
        entry, known, found = inputs.entered(story, content, source.name, wanted.links, context, rules, page=page)
        is_read = blob_id(content) == wanted.digest and inputs.is_same_page(page, story.post)
        changed, problems = plugins.changed(config, entry, source.name, inputs.faults)
        if changed is None:
            return Made(problems=problems or (LEFT_OUT.at(source.name, "a function under [plugins] left it out"),))
        if changed.content_html != entry.content_html:
            html = sanitiser.clean(changed.content_html, known, rules=replace(rules, trim=False)).html
            changed = replace(changed, content_html=html)
        return Made(
            entry=changed,
            fragment=generators.render_entry(changed, config.feeds.formats),
            problems=found,
            is_fleeting=not is_read,
        )

    return _guarded(source.name, attempt, lambda problem: Made(problems=(problem,)))


def make_kept(job: tuple[Source, EntryRequest], *, context: Context, rules: sanitiser.Rules) -> Kept:
    """Return an entry, made of a story and its text, for the cache."""
    made = make(job, context=context, rules=rules)
    kept = Kept(is_fleeting=made.is_fleeting, rendered=None, problems=made.problems)

    def attempt() -> Kept:
        entry, fragment = made.entry, made.fragment
        return replace(kept, rendered=as_kept(entry, fragment, made.problems)) if entry and fragment else kept

    return _guarded(job[0].name, attempt, lambda problem: replace(kept, problems=(problem,)))


def render(job: tuple[FeedJob, Mapping[str, Place]], *, context: Context, cache: Path, secret: bytes) -> FeedDone:
    """Put a feed's documents in their places, by path: cut to size, read back; and its page."""
    whole, places = job
    config = context.config

    def attempt() -> FeedDone:
        with entry_reader(cache, secret) as shelved:
            keys = {entry.id: entry.key for entry in whole.entries}
            own = custom.own_feed(whole.feed, config)
            most = 0 if own and own.has_digests else config.feeds.max_bytes
            feed = cut(whole, most, shelved, hub=config.site.hub)
            return _documents(replace(whole, feed=feed), places, keys, shelved, context)

    try:
        name = whole.feed.folder or "/"
        return _guarded(name, attempt, lambda problem: FeedDone(feed=whole.feed, problems=(problem,)))
    except CacheError as error:
        return FeedDone(feed=whole.feed, damage=str(error))
    except OutputError as error:
        return FeedDone(feed=whole.feed, fault=(error.path, error.reason, error.fix))


def _documents(
    job: FeedJob, places: Mapping[str, Place], keys: dict[str, bytes], shelved: EntryReader, context: Context
) -> FeedDone:
    feed, config = job.feed, context.config
    entries: list[Entry] = []
    fragments: list[Fragment] = []
    for entry_id in feed.entry_ids:
        entry, fragment = shelved.rendered(keys[entry_id], entry_id)
        entries.append(entry)
        fragments += [fragment] if fragment else _rendered_anew(entry, config)
    if len(fragments) < len(entries):
        known = {fragment.id for fragment in fragments}
        return FeedDone(feed=feed, doubted=tuple(entry_id for entry_id in feed.entry_ids if entry_id not in known))
    problems: list[Problem] = []
    feed = held_feed = replace(feed, language=feed.language or feeds.language_of(entries))
    if (described := custom.own_feed(feed, config)) and described.has_digests:
        feed, entries, fragments = _digested(feed, entries, described, context)
    hub = "" if feed.period else config.site.hub  # nobody subscribes to an archive document
    others = () if feed.period else feed.aliases
    put = {folder: list[Aside]() for folder in (feed.folder, *(alias.folder for alias in others))}
    for form in feed.formats:
        document = generators.render_feed(feed, form, fragments, generator=GENERATOR, hub=hub)
        found = verify(document, feed, entries)
        problems += found
        if not found:
            _put_aside(document, feed, places, config, put)
    if not feed.period:
        render = partial(generators.render_feed_page, feed, entries, frame=context.frame, archives=job.periods)
        own, said = page(partial(render, language=config.site.language), config.templates)
        more, failed = plugins.documents(config, feed, entries)
        for each in (own, *more):
            _put_aside(each, feed, places, config, put)
        problems += (*said, *failed)
    return FeedDone(feed=held_feed, documents=tuple(chain(*put.values())), problems=tuple(problems))


def _put_aside(
    document: Document, feed: Feed, places: Mapping[str, Place], config: Config, put: Mapping[str, list[Aside]]
) -> None:
    """Put a document in its places, with compressed copies: in the feed's folder, and under its other names."""
    for folder, some in put.items():
        copy = replace(document, path=folder + document.path.removeprefix(feed.folder))
        for each in with_twins((copy,), config):
            place = places.get(each.path)
            some.append(put_aside(place, each.content) if place else Aside(path=each.path))


def _digested(
    feed: Feed, entries: Sequence[Entry], own: Custom, context: Context
) -> tuple[Feed, list[Entry], list[Fragment]]:
    """Return a feed of digests, its entries, and these rendered, as many as the limits let it hold."""
    config = context.config
    made = custom.digests(feed, entries, own, context.conventions.zone)
    fragments = [generators.render_entry(entry, feed.formats) for entry in made]
    sizes = [{form: len(fragment.of(form)) for form in feed.formats} for fragment in fragments]
    whole = replace(feed, updated_ms=max((entry.updated_ms for entry in made), default=feed.updated_ms))
    count = generators.fit(whole, sizes, max_bytes=config.feeds.max_bytes, generator=GENERATOR, hub=config.site.hub)
    whole = replace(whole, entry_ids=tuple(entry.id for entry in made[:count]))
    return whole, [*made[:count]], fragments[:count]


def _rendered_anew(entry: Entry, config: Config) -> Iterator[Fragment]:
    """Yield an entry rendered, if it is within the allow-list."""
    if sanitiser.is_allowed(entry.content_html):
        yield generators.render_entry(entry, config.feeds.formats)


def render_entry(job: PageJob, *, language: str, context: Context, cache: Path, secret: bytes) -> PageDone:
    """Return an entry's page; `language` is that of the page's frame."""
    config = context.config

    def attempt() -> PageDone:
        with entry_reader(cache, secret) as shelved:
            entry = shelved.entry(job.key)
        render = partial(
            generators.render_entry_page,
            replace(entry, id=job.entry_id),
            folder=job.folder,
            newer=job.newer,
            older=job.older,
            terms=job.terms,
            formats=config.feeds.formats,
            language=language,
            frame=context.frame,
        )
        own, problems = page(render, config.templates)
        return PageDone(documents=tuple(with_twins((own,), config)), problems=problems)

    try:
        return _guarded(job.folder, attempt, lambda problem: PageDone(problems=(problem,)))
    except CacheError as error:
        return PageDone(damage=str(error))


def page(render: Callable[..., Document], templates: Templates) -> tuple[Document, tuple[Problem, ...]]:
    """Return a page made with the user's templates; where one of them fails, with ours in the user's style, and why."""
    try:
        return render(templates=templates), ()
    except generators.BrokenTemplateError as error:
        style = tuple(each for each in templates.texts if not each[0].endswith(".html"))
        return render(templates=replace(templates, texts=style)), (error.problem,)


def with_twins(documents: Iterable[Document], config: Config) -> Iterator[Document]:
    """Yield documents, each followed by its compressed copies."""
    for document in documents:
        yield document
        yield from generators.compressed_copies(document, config.feeds.twins)


def _guarded(name: str, attempt: Callable[[], R], failed: Callable[[Problem], R]) -> R:
    try:
        return attempt()
    except (CacheError, OutputError, MemoryError):
        raise  # the first two end the build, the last is the death of a worker: see `feedtool.build.parallel`
    except OSError as error:
        return failed(UNREADABLE_FILE.at(name, error.strerror or str(error)))
    except Exception as error:  # noqa: BLE001 - our mistake with one post must not cost the others
        return failed(INTERNAL_ERROR.at(name, f"{type(error).__name__}: {error}"[:300]))
