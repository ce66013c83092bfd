"""The order of the stages, and nothing else.

    find -> read -> merge -> select -> (only what stands in a feed:) body -> clean -> enter -> render
         -> documents -> verify -> write

`check` is everything but the write; `build` is check and write. How work is spread is the caller's choice:
the `map` is passed in, so that one process and many run the same code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from feedtool import feeds, generators, reader, sanitiser
from feedtool.config import Config
from feedtool.model import Document, Entry, Feed, Fragment, Post, Story
from feedtool.output import Changes, write
from feedtool.problems import Code, Problem
from feedtool.verify import verify, verify_opml

#: without a version: a new release must not change the bytes of every feed
GENERATOR = "feedtool"

#: stands in for a missing site.url; `python -m http.server` serves the output folder there
LOCAL_URL = "http://localhost:8000/"

MANIFEST = "feeds.json"

NO_SITE_URL = Code(
    "no-site-url",
    "warning",
    f"Nothing says where the feeds will be published, so they name {LOCAL_URL}. They work on this machine; "
    "readers elsewhere find neither the feeds' own addresses nor relative permalinks.",
    'Give --site-url, or write url = "https://…" under [site] in feedtool.toml.',
)
FOREIGN = Code(
    "foreign-file",
    "warning",
    "A file that feedtool did not make stands where it would write, such as a site's own index.html. It is left "
    "as it is, and feedtool's is not written.",
    "Write to a folder of its own with --output, or move the file away.",
)
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
TOO_LONG = Code(
    "entry-too-long",
    "warning",
    "The entry alone would take more than half of what a feed may hold (feeds.max_bytes), and push older entries "
    "out. Subscribers get its summary and its link.",
    "Raise feeds.max_bytes, or shorten the post.",
)
NOTHING = Code(
    "nothing-to-build",
    "error",
    "No post gave an entry, so there is nothing to publish. The output folder was left as it is.",
    "Name the posts folder with --posts.",
)
BAD_MANIFEST = Code(
    "bad-manifest",
    "warning",
    "feeds.json in the output folder is damaged. It remembers which files feedtool made and which addresses "
    "are in use; without it no file is removed, and a feed that lost its last entry is not kept.",
    "Restore it from the last publication, or let the build write it anew.",
)
FUTURE = Code(
    "future-date",
    "warning",
    "The post is dated in the future. It is published all the same, since a build does not depend on the day "
    "that it runs on; many readers show it above everything else until then.",
    "Correct the date, or write `published: false` until the day comes.",
)

T = TypeVar("T")
R = TypeVar("R")


class Mapper(Protocol):
    """`map` for one function and one sequence, which keeps the order."""

    def __call__(self, function: Callable[[T], R], values: Sequence[T], /) -> Iterable[R]:
        """Return the function's result for each value."""
        ...


class Progress(Protocol):
    """Hears how far a stage is."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Take note."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a build would write, and what there is to say about it."""

    documents: tuple[Document, ...] = ()
    #: files of an earlier build that belong to no feed any more
    obsolete: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    feeds: tuple[Feed, ...] = ()
    posts: int = 0
    drafts: int = 0
    entries: int = 0
    merged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """An entry as it goes into the feeds: rendered once, and as it should read once it is read back."""

    path: str
    entry: Entry | None = None
    fragment: Fragment | None = None
    problems: tuple[Problem, ...] = ()


def check(
    config: Config, *, base: Path, output: Path, mapper: Mapper, progress: Progress, now_ms: int | None = None
) -> Checked:
    """Return all that a build of the posts would write.

    `base` is the folder that the posts' folders are relative to; `output` is only read, for the manifest of
    the last build. `now_ms` serves to report posts dated in the future, and changes no output.
    """
    problems: list[Problem] = []
    config = _with_defaults(config, base, problems)
    rules, found = sanitiser.load_rules(config.sanitiser, config.path)
    problems += found
    files, found = reader.find_posts(config.posts.dirs, base)
    problems += found
    readings = _all(partial(_read, zone=ZoneInfo(config.site.timezone)), files, "reading", mapper, progress)
    posts = [reading.post for reading in readings if reading.post]
    problems += (problem for reading in readings for problem in reading.problems)
    problems += _future(posts, now_ms)
    stories, found = reader.merge(posts)
    problems += found
    read = Checked(posts=len(readings), drafts=sum(r.is_draft for r in readings), merged=len(posts) - len(stories))
    if not stories:
        problems.append(NOTHING.at("", f"{len(readings)} files were read"))
    previous = _previous(output, problems)
    if not stories or previous is None:
        return replace(read, problems=tuple(sorted(problems)))
    chosen, found = feeds.select(stories, feeds=config.feeds, site=config.site, known=_known(previous))
    problems += found
    made = _make_all(config, files, stories, chosen, rules, mapper, progress)
    problems += (problem for each in made.values() for problem in each.problems)
    chosen = tuple(_cut(feed, made, config.feeds.max_bytes) for feed in chosen)
    rendered = _without_foreign(_documents(config, chosen, made), output, previous, problems)
    documents = _verified(rendered, chosen, made, previous, problems)
    mine = {document.path for document in rendered}
    return replace(
        read,
        documents=(*documents, _manifest(config, chosen, documents, mine, previous)),
        obsolete=tuple(sorted(path for path in previous.files if path not in mine)),
        problems=tuple(sorted(problems)),
        feeds=chosen,
        entries=len({entry_id for feed in chosen for entry_id in feed.entry_ids}),
    )


def build(checked: Checked, output: Path) -> Changes:
    """Write what was checked. Raises OutputError where the folder cannot take it; then nothing has changed."""
    return write(checked.documents, folder=output, obsolete=checked.obsolete)


def _with_defaults(config: Config, base: Path, problems: list[Problem]) -> Config:
    site = config.site
    if not site.url:
        problems.append(NO_SITE_URL.at(config.path, "site.url is not set", field="site.url"))
    title = site.title or base.resolve().name or "feedtool"
    title = title.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return replace(config, site=replace(site, title=title, url=site.url or LOCAL_URL))


def _all(function: Callable[[T], R], values: Sequence[T], stage: str, mapper: Mapper, progress: Progress) -> list[R]:
    results = []
    for result in mapper(function, values):
        results.append(result)
        progress(stage, len(results), len(values))
    return results


def _read(file: reader.PostFile, *, zone: ZoneInfo) -> reader.Reading:
    """Read one post; runs in a worker, raises nothing."""
    try:
        return reader.read_post(reader.load(file), file.name, zone=zone)
    except OSError as error:
        problem = UNREADABLE.at(file.name, error.strerror or str(error))
    except Exception as error:  # noqa: BLE001 - our mistake with one post must not cost the others
        problem = INTERNAL.at(file.name, f"{type(error).__name__}: {error}"[:300])
    return reader.Reading(path=file.name, problems=(problem,))


def _make(job: tuple[reader.PostFile, Story], *, config: Config, rules: sanitiser.Rules) -> _Made:
    """Make one entry; runs in a worker, raises nothing."""
    file, story = job
    try:
        return _entry(file, story, config, rules)
    except OSError as error:
        problem = UNREADABLE.at(file.name, error.strerror or str(error))
    except Exception as error:  # noqa: BLE001 - our mistake with one post must not cost the others
        problem = INTERNAL.at(file.name, f"{type(error).__name__}: {error}"[:300])
    return _Made(path=file.name, problems=(problem,))


def _entry(file: reader.PostFile, story: Story, config: Config, rules: sanitiser.Rules) -> _Made:
    body = reader.read_body(reader.load(file), file.name)
    cleaned = sanitiser.clean(reader.render(body), _facts(story, config), rules=rules)
    entry = reader.enter(
        story,
        cleaned.html,
        site_url=config.site.url,
        permalink=config.posts.permalink,
        zone=ZoneInfo(config.site.timezone),
    )
    problems = reader.body_problems(body, file.name)
    fragment = generators.render_entry(entry, config.feeds.formats)
    size = max(len(fragment.of(form)) for form in config.feeds.formats)
    if size * 2 > config.feeds.max_bytes > 0:
        problems += (TOO_LONG.at(file.name, f"{size:,} bytes in a feed of at most {config.feeds.max_bytes:,}"),)
        entry = replace(entry, content_html="", summary=reader.shorten(entry.summary, 1000))
        fragment = generators.render_entry(entry, config.feeds.formats)
    return _Made(path=file.name, entry=entry, fragment=fragment, problems=problems)


def _facts(story: Story, config: Config) -> sanitiser.Facts:
    return sanitiser.Facts(
        base_url=story.post.source or config.site.url,
        title=story.post.title,
        authors=tuple(author.name for author in story.post.authors),
        published_ms=story.published_ms,
        terms=story.categories + story.tags,
    )


def _make_all(
    config: Config,
    files: Sequence[reader.PostFile],
    stories: Sequence[Story],
    chosen: Sequence[Feed],
    rules: sanitiser.Rules,
    mapper: Mapper,
    progress: Progress,
) -> dict[str, _Made]:
    """Return what was made of each story that stands in a feed, by id."""
    needed = {entry_id for feed in chosen for entry_id in feed.entry_ids}
    by_name = {file.name: file for file in files}
    jobs = [(by_name[story.post.path], story) for story in stories if story.id in needed]
    made = _all(partial(_make, config=config, rules=rules), jobs, "cleaning", mapper, progress)
    return {story.id: each for (_, story), each in zip(jobs, made, strict=True)}


def _cut(feed: Feed, made: dict[str, _Made], max_bytes: int) -> Feed:
    """Return the feed without entries that could not be made or that go beyond its bytes."""
    there = [each for each in (made[entry_id] for entry_id in feed.entry_ids) if each.entry]
    count = generators.fit(feed, _fragments(there), max_bytes=max_bytes, generator=GENERATOR)
    entries = [each.entry for each in there[:count] if each.entry]
    updated_ms = max((entry.updated_ms for entry in entries), default=feed.updated_ms)
    return replace(feed, entry_ids=tuple(entry.id for entry in entries), updated_ms=updated_ms)


def _fragments(made: Iterable[_Made]) -> list[Fragment]:
    return [each.fragment for each in made if each.fragment]


def _documents(config: Config, chosen: Sequence[Feed], made: dict[str, _Made]) -> list[Document]:
    """Return every file of the output but the manifest: feeds, then their pages, then the lists of feeds."""
    site = {"site_title": config.site.title, "site_url": config.site.url, "generator": GENERATOR}
    updated_ms = max(feed.updated_ms for feed in chosen)
    entries = {entry_id: each.entry for entry_id, each in made.items() if each.entry}
    documents = [
        generators.render_feed(feed, form, _fragments(made[i] for i in feed.entry_ids), generator=GENERATOR)
        for feed in chosen
        for form in feed.formats
    ]
    documents += [
        generators.render_feed_page(feed, [entries[i] for i in feed.entry_ids], **site)
        for feed in chosen
        if feed.folder
    ]
    documents.append(
        generators.render_opml(chosen, title=config.site.title, updated_ms=updated_ms, generator=GENERATOR)
    )
    documents.append(generators.render_index(chosen, entries, language=chosen[0].language, **site))
    return documents


def _without_foreign(
    documents: Sequence[Document], output: Path, previous: generators.Manifest, problems: list[Problem]
) -> list[Document]:
    """Return the documents whose place is free, or holds what an earlier build made."""
    good = []
    for document in documents:
        place = output / document.path
        if document.path not in previous.files and place.is_file() and not _is_ours(place):
            problems.append(FOREIGN.at(document.path, "stands in the output folder, and feedtool did not make it"))
        else:
            good.append(document)
    return good


def _is_ours(place: Path) -> bool:
    try:
        with place.open("rb") as file:
            return generators.is_made_by(GENERATOR, file.read(generators.HEAD))
    except OSError:
        return False


def _manifest(
    config: Config,
    chosen: Sequence[Feed],
    documents: Sequence[Document],
    mine: set[str],
    previous: generators.Manifest,
) -> Document:
    """Return the manifest; a document that was refused is remembered as the last build left it."""
    digests = {path: digest for path, digest in previous.files.items() if path in mine}
    digests |= {document.path: _digest(document) for document in documents}
    return generators.render_manifest(
        chosen,
        files=digests,
        updated_ms=max(feed.updated_ms for feed in chosen),
        site_title=config.site.title,
        site_url=config.site.url,
        generator=GENERATOR,
    )


def _digest(document: Document) -> str:
    return hashlib.sha256(document.content).hexdigest()


def _verified(
    documents: list[Document],
    chosen: Sequence[Feed],
    made: dict[str, _Made],
    previous: generators.Manifest,
    problems: list[Problem],
) -> list[Document]:
    """Return the documents that a reader can use; the others are reported, and their old bytes stay."""
    by_path = {feed.file(form): feed for feed in chosen for form in feed.formats}
    good = []
    for document in documents:
        feed = by_path.get(document.path)
        found: tuple[Problem, ...] = ()
        if previous.files.get(document.path) == _digest(document):
            pass  # the last build read these bytes back
        elif feed:
            entries = [each.entry for each in (made[i] for i in feed.entry_ids) if each.entry]
            found = verify(document, feed, entries)
        elif document.path.endswith(".opml"):
            found = verify_opml(document, chosen)
        problems += found
        if not found:
            good.append(document)
    return good


def _previous(output: Path, problems: list[Problem]) -> generators.Manifest | None:
    try:
        return generators.read_manifest((output / MANIFEST).read_bytes())
    except FileNotFoundError:
        pass
    except (OSError, generators.ManifestError) as error:
        if isinstance(error, generators.ForeignManifestError) and not _is_ours(output / MANIFEST):
            problems.append(FOREIGN.at(MANIFEST, "stands in the output folder, and feedtool did not make it"))
            return None
        problems.append(BAD_MANIFEST.at(MANIFEST, str(error)[:200]))
    return generators.Manifest(files={})


def _known(previous: generators.Manifest) -> list[feeds.Known]:
    return [
        feeds.Known(kind=feed.kind, term=feed.term, slug=feed.slug, updated_ms=feed.updated_ms)
        for feed in previous.feeds
    ]


def _future(posts: Iterable[Post], now_ms: int | None) -> list[Problem]:
    if now_ms is None:
        return []
    late = [post for post in posts if post.published_ms > now_ms]
    return [FUTURE.at(post.path, "published in the future", field="date") for post in late]
