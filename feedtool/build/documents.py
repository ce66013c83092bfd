"""Feed jobs -> every file of the output, one by one: only what differs from the last build is made.

plan -> write: feeds -> lists -> manifest (all move into place together) -> remembered
"""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import field
from functools import partial
from itertools import chain, groupby
from pathlib import Path

from feedtool import generators
from feedtool.build import jobs
from feedtool.build.codes import FOREIGN_FILE, LEFT_OVER, WORKER_DIED
from feedtool.build.context import GENERATOR, Context
from feedtool.build.feed_jobs import FeedJob, PageJob, feed_key, held, page_key
from feedtool.build.jobs import DoubtError, FeedDone
from feedtool.build.parallel import Lost, Workers
from feedtool.build.previous import INDEX, asked_for, is_broken, is_ours, kept_files, known_entries, replaced, unaltered
from feedtool.build.run import Workspace
from feedtool.cache import Cache, CacheError, entries
from feedtool.cache import terms as carried
from feedtool.cache.files import DocumentRow, FeedRow, keep_written, written_documents, written_feeds
from feedtool.frozen import frozen
from feedtool.generators import KnownFeed, Manifest, is_part
from feedtool.model import ARCHIVE, ENTRIES, Document, Feed, Kind, Twin
from feedtool.output import MANIFEST, Aside, Changes, OutputError, Place, Staging, has_digest, staging, stamp
from feedtool.output.verify import verify_manifest, verify_opml
from feedtool.problems import Problem

_LISTS = ("feeds.opml", INDEX)


@frozen
class Plan:
    """Which files a build makes, which of them are up to date, and which files of earlier builds it does not make."""

    context: Context
    previous: Manifest
    #: ids of entries whose stories are just what that manifest says
    same: frozenset[str]
    output: Path
    jobs: tuple[FeedJob, ...]
    pages: tuple[PageJob, ...]
    #: the files that pages and feeds name
    looks: tuple[Document, ...]
    #: of the pages' frame: BCP 47, or ""
    language: str
    #: keys of the feeds' documents, by `Feed.stem`, and of the pages, by folder
    keys: Mapping[str, bytes]
    #: the feeds and pages whose files would come out as they are, likewise
    up_to_date: Mapping[str, FeedRow]
    #: the files of the feeds and pages that are up to date, with their stamps
    untouched: Mapping[str, str]
    #: the files that this build makes, without hosts' own
    paths: frozenset[str]
    #: files of earlier builds that somebody may ask for, and that stay
    left: tuple[str, ...]
    #: files of earlier builds that are removed, unless they are written after all, each with its SHA-256
    obsolete: Mapping[str, str]
    #: obsolete files that stay, because they are hidden or in a place of the site's own
    kept: tuple[str, ...]
    #: the files of the last build
    old: Mapping[str, DocumentRow]
    #: remove the files of feeds that are no longer made
    prune: bool

    def count_files(self) -> int:
        """Return how many files there will be, without hosts' own; compressed copies may be fewer."""
        return len(self.paths) + len(self.left) + 1 + len([path for path in self.previous.files if is_part(path)])


@frozen
class Written:
    """What was written."""

    changes: Changes
    #: how many there are, up to date or written now
    feeds: int
    entries: int
    #: how many entries each feed has
    held: Mapping[tuple[Kind, str], int]
    #: SHA-256 in hexadecimal digits, by path
    digests: Mapping[str, str]
    #: feeds that could not be written: their documents are those of the last build, or none
    refused: int
    #: of documents that were refused, of templates, of hosts
    problems: tuple[Problem, ...]
    #: files that the last manifest lists, and that were not removed
    kept: tuple[str, ...]


@frozen
class Put:
    """What was put on the stage."""

    #: SHA-256 in hexadecimal digits, by path
    digests: Mapping[str, str]
    problems: tuple[Problem, ...]
    #: stamps of those that are up to date, by path
    untouched: Mapping[str, str] = field(default_factory=dict)


@frozen
class FeedsPut(Put):
    """The feeds that were put on the stage, or are up to date."""

    #: how many of them and of the archive documents could not be written
    refused: int
    #: ids of entries that may not be published
    doubted: frozenset[str]
    #: with the entries that they hold, without archive documents
    feeds: tuple[Feed, ...]
    #: keys of the feeds and archive documents that hold an entry, by the entry's id
    holders: Mapping[str, Sequence[str]]
    #: what the cache remembers of the feeds, by `Feed.stem`
    rows: Mapping[str, FeedRow]


def plan(
    cache: Cache, context: Context, previous: Manifest, workspace: Workspace,
    todo: tuple[FeedJob, ...], pages: tuple[PageJob, ...], *, same: frozenset[str], prune: bool,
) -> Plan:  # fmt: skip
    """Return what a build writes; `prune` removes the files of feeds that are no longer made. `same`: see `Plan`."""
    twins, config = context.config.feeds.twins, context.config
    language = config.site.language or next(job.feed.language for job in todo if not job.feed.stem)
    made = {job.feed.stem: _paths(job.feed, config.plugins.formats) for job in todo} | {
        job.folder: [f"{job.folder}{INDEX}"] for job in pages
    }
    looks = generators.render_looks(generator=GENERATOR, templates=config.templates)
    lists = (*_LISTS, *(each.path for each in looks), *([generators.BLOGROLL] if config.blogroll else []))
    own = {*lists, *chain(*made.values())}
    paths = own | {f"{path}.{twin}" for path in own for twin in twins}
    not_made = {path for path in previous.files.keys() - paths - {MANIFEST} if not is_part(path)}
    left = () if prune else asked_for(not_made, previous, workspace.output, looks[0].path)
    keys = {job.feed.stem: feed_key(job, config) for job in todo}
    keys |= {job.folder: page_key(job, config, language) for job in pages}
    rows, old = written_feeds(cache), written_documents(cache)
    files = {stem: [*some, *_copies(some, twins, old)] for stem, some in made.items()}
    stamp_of = unaltered(old, previous, workspace.output)
    known = [stem for stem in made if stem in rows and rows[stem].key == keys[stem]]
    stamps = {path: stamp_of(path) for stem in known for path in files[stem]}
    ready = [stem for stem in known if all(stamps[path] for path in files[stem])]
    obsolete = {path: previous.files[path] for path in sorted(not_made.difference(left))}
    kept = kept_files(obsolete, config, workspace)
    return Plan(
        context=context, previous=previous, same=same, output=workspace.output, jobs=todo, pages=pages, looks=looks,
        language=language, keys=keys, paths=frozenset(paths), left=left, kept=kept, old=old, prune=prune,
        up_to_date={stem: rows[stem] for stem in ready},
        untouched={path: stamps[path] for stem in ready for path in files[stem]},
        obsolete={path: digest for path, digest in obsolete.items() if path not in kept},
    )  # fmt: skip


def _copies(paths: Iterable[str], twins: Iterable[Twin], old: Container[str]) -> list[str]:
    """Return those compressed copies of files that there were."""
    return [copy for path in paths for twin in twins if (copy := f"{path}.{twin}") in old]


def left_over(plan: Plan) -> Iterator[Problem]:
    """Yield a problem for each folder with files that are no longer made and stay."""
    # archive documents that others replace stay for those who know their addresses
    archived = {f"{job.feed.folder}{ARCHIVE}".rstrip("/") for job in plan.jobs if job.feed.is_archived}
    stays = (path for path in plan.left if path.rpartition("/")[0] not in archived and not generators.is_style(path))
    for folder, some in groupby(stays, lambda path: path.rpartition("/")[0]):
        paths = list(some)
        names = ", ".join(path.rpartition("/")[2] for path in paths[:3])
        yield LEFT_OVER.at(folder or "/", f"{len(paths)} files that are no longer made: {names}")


def write(cache: Cache, plan: Plan, workers: Workers, *, key: Callable[[str], bytes] | None) -> Written:
    """Write what the plan says. Raises OutputError; then nothing has changed. Raises CacheError.

    `key` returns that of an entry; with it, raises DoubtError where entries of the cache may not be published.
    """
    with staging(plan.output) as stage:
        feeds = _put_feeds(stage, plan, cache, workers)
        if feeds.doubted and key:
            raise DoubtError(feeds.doubted, key)
        if feeds.refused and not cache.is_new:
            raise CacheError("what it holds cannot be published", is_damaged=True)
        pages = _put_pages(stage, plan, cache, workers)
        lists = _put_lists(stage, plan, cache, feeds)
        manifest = _put_manifest(stage, plan, cache, feeds, {**feeds.digests, **pages.digests, **lists.digests})
        parts = {path: digest for path, digest in plan.previous.files.items() if is_part(path)}
        former = {path: digest for path, digest in parts.items() if path not in manifest.digests}
        untouched = {**plan.untouched, **manifest.untouched}
        changes = stage.move(obsolete=plan.obsolete, former=former, untouched=untouched)
    digests = {**feeds.digests, **pages.digests, **lists.digests, **manifest.digests}
    _remember(cache, plan, {**feeds.rows, **_page_rows(plan, pages)}, digests, untouched)
    return Written(
        changes=changes,
        feeds=len(feeds.feeds),
        entries=len(feeds.holders),
        held={(feed.kind, feed.term): len(feed.entry_ids) for feed in feeds.feeds},
        digests=digests,
        refused=feeds.refused,
        # a template fails alike on many pages
        problems=tuple(dict.fromkeys((*feeds.problems, *pages.problems, *lists.problems, *manifest.problems))),
        kept=tuple(sorted((*plan.kept, *changes.altered))),
    )


def _put_feeds(stage: Staging, plan: Plan, cache: Cache, workers: Workers) -> FeedsPut:
    """Put the documents of all feeds that are not up to date on the stage. Raises CacheError."""
    feeds: list[Feed] = []
    holders: dict[str, list[str]] = {}
    rows = {job.feed.stem: row for job in plan.jobs if (row := plan.up_to_date.get(job.feed.stem))}
    digests: dict[str, str] = {}
    problems: list[Problem] = []
    refused = 0
    doubted: set[str] = set()
    with closing(_rendered(stage, plan, cache, workers)) as rendered:
        for job, done in rendered:
            feed = done.feed
            feeds += () if feed.period else (feed,)
            key = feed.key
            for entry_id in feed.entry_ids:
                holders.setdefault(entry_id, []).append(key)
            put = _accepted(stage, plan, done.documents)
            digests |= put.digests
            problems += (*done.problems, *put.problems)
            there = {each.path for each in done.documents}
            refused += feed.stem not in plan.up_to_date and not there.issuperset(_paths(feed))
            doubted.update(done.doubted)
            wanted = _paths(job.feed, plan.context.config.plugins.formats)
            if not done.problems and put.digests.keys() >= {*wanted}:
                rows[feed.stem] = FeedRow(plan.keys[feed.stem], len(feed.entry_ids))
    return FeedsPut(
        feeds=tuple(feeds), holders=holders, rows=rows, digests=digests, refused=refused,
        doubted=frozenset(doubted), problems=tuple(problems),
    )  # fmt: skip


def _rendered(
    stage: Staging, plan: Plan, cache: Cache, workers: Workers
) -> Generator[tuple[FeedJob, FeedDone], None, None]:
    """Yield each job with its documents, without any for a feed that is up to date. Raises CacheError, OutputError.

    At its end, also after an error, no worker writes any more.
    """
    changed = [job for job in plan.jobs if job.feed.stem not in plan.up_to_date]
    render = partial(jobs.render, context=plan.context, cache=cache.path, secret=cache.secret)
    placed = ((job, _places(stage, plan, job)) for job in changed)
    with closing(workers.feeds(render, placed, chunk=1)) as results:
        numbered = enumerate(results, 1)
        for job in plan.jobs:
            if row := plan.up_to_date.get(job.feed.stem):
                yield job, FeedDone(feed=held(job, row.count))
                continue
            number, (_, done) = next(numbered)
            if isinstance(done, Lost):  # its documents stay as they are
                done = FeedDone(feed=job.feed, problems=(WORKER_DIED.at(job.feed.folder or "/", done.why),))
            if done.damage:
                raise CacheError(done.damage, is_damaged=True)
            if done.fault:
                raise OutputError(*done.fault)
            workers.progress("writing", number, len(changed))
            yield job, done


def _put_pages(stage: Staging, plan: Plan, cache: Cache, workers: Workers) -> Put:
    """Put the entries' pages that are not up to date on the stage. Raises CacheError."""
    changed = [job for job in plan.pages if job.folder not in plan.up_to_date]
    render = partial(
        jobs.render_entry, language=plan.language, context=plan.context, cache=cache.path, secret=cache.secret
    )
    digests: dict[str, str] = {}
    problems: list[Problem] = []
    for job, done in workers.feeds(render, changed, chunk=16):
        if isinstance(done, Lost):
            problems.append(WORKER_DIED.at(job.folder, done.why))
            continue
        if done.damage:
            raise CacheError(done.damage, is_damaged=True)
        put = _put(stage, plan, done.documents)
        digests |= put.digests
        problems += (*done.problems, *put.problems)
    return Put(digests=digests, problems=tuple(problems))


def _page_rows(plan: Plan, put: Put) -> dict[str, FeedRow]:
    """Return what the cache remembers of the pages that are written or up to date."""
    there = {job.folder for job in plan.pages if f"{job.folder}{INDEX}" in put.digests or job.folder in plan.up_to_date}
    return {folder: FeedRow(plan.keys[folder], 1) for folder in there}


def _places(stage: Staging, plan: Plan, job: FeedJob) -> dict[str, Place]:
    """Return the places of a feed's documents, by path, except where another program's file is."""
    config = plan.context.config
    own = _paths(job.feed, config.plugins.formats)
    paths = (*own, *(f"{path}.{twin}" for path in own for twin in config.feeds.twins))
    return {path: stage.place(path) for path in paths if _is_free(plan, path)}


def _accepted(stage: Staging, plan: Plan, documents: Iterable[Aside]) -> Put:
    """Take documents that workers put in their places; say where another program's file is."""
    put = [aside for aside in documents if aside.digest]
    for aside in put:
        stage.accept(aside)
    foreign = [aside.path for aside in documents if not aside.digest]
    return Put(digests={aside.path: aside.digest for aside in put}, problems=tuple(_foreign(plan, foreign)))


def _put(stage: Staging, plan: Plan, documents: Iterable[Document]) -> Put:
    """Put documents on the stage, except where another program's file is in their place."""
    digests: dict[str, str] = {}
    foreign: list[str] = []
    for document in documents:
        if _is_free(plan, document.path):
            digests[document.path] = stage.take(document)
        else:
            foreign.append(document.path)
    return Put(digests=digests, problems=tuple(_foreign(plan, foreign)))


def _plain(plan: Plan, path: str) -> str:
    """Return the path of a compressed copy's original: a copy bears no mark, and is ours if that is."""
    twins = plan.context.config.feeds.twins
    return path.rpartition(".")[0] if twins and path.endswith(twins) else path


def _is_free(plan: Plan, path: str) -> bool:
    """Return whether no other program made the file that a document would replace."""
    plain = _plain(plan, path)
    file, known = plan.output / plain, plan.previous.files.get(plain, "")
    is_free = not file.is_file() or is_ours(file) or has_digest(file, known)
    return is_free or (is_part(plain) and plain in plan.previous.files and is_broken(file))


def _foreign(plan: Plan, paths: Iterable[str]) -> Iterator[Problem]:
    for path in paths:
        if _plain(plan, path) == path:
            yield FOREIGN_FILE.at(path, "feedtool did not make this file in the output folder")


def _put_lists(stage: Staging, plan: Plan, cache: Cache, made: FeedsPut) -> Put:
    """Put the lists of all feeds on the stage, and the files that tell hosts how to serve the output."""
    config = plan.context.config
    opml = generators.render_opml(made.feeds, title=config.site.title, generator=GENERATOR)
    unfit = verify_opml(opml, made.feeds)
    index, problems = _index(plan, cache, made.feeds)
    good = [] if unfit else [opml]
    if config.blogroll:
        roll = generators.render_blogroll(config.blogroll, title=config.site.title, generator=GENERATOR)
        unfit += verify_opml(roll, (), [blog.feed for blog in config.blogroll])
        good.append(roll)
    lists = jobs.with_twins((*good, index, *plan.looks), config)
    served, about_hosts = _host_files(plan, made.feeds)
    put = _put(stage, plan, (*lists, *served))
    return Put(digests=put.digests, problems=(*unfit, *problems, *about_hosts, *put.problems))


def _index(plan: Plan, cache: Cache, feeds: Sequence[Feed]) -> tuple[Document, tuple[Problem, ...]]:
    """Return the page of all feeds, and problems with templates."""
    keys = {entry.id: entry.key for job in plan.jobs for entry in job.entries}
    shelf = entries.EntryReader(cache.db, cache.secret)
    newest = {feed.entry_ids[0] for feed in feeds if feed.entry_ids}
    render = partial(
        generators.render_index,
        feeds,
        {entry_id: shelf.entry(keys[entry_id]) for entry_id in sorted(newest)},
        language=plan.language,
        frame=plan.context.frame,
        activity=carried.activity(cache),
        blogroll=plan.context.config.blogroll,
    )
    return jobs.page(render, plan.context.config.templates)


def _host_files(plan: Plan, feeds: Sequence[Feed]) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Return the files that tell the hosts how to serve the output, and problems with hosts."""
    site = plan.context.config.site
    redirects = {alias.folder: feed.folder for feed in feeds for alias in feed.aliases}
    published = generators.published_site(
        site_url=site.url,
        feeds=(*feeds, *(job.feed for job in plan.jobs if job.feed.period)),
        hub=site.hub,
        redirects=redirects,
        generator=GENERATOR,
        twins=plan.context.config.feeds.twins,
        replaced=replaced(feeds, plan.context.config) if site.host else {},
    )
    return generators.render_host_files(site.host, published)


def _put_manifest(stage: Staging, plan: Plan, cache: Cache, made: FeedsPut, digests: Mapping[str, str]) -> Put:
    """Put ledger and manifest on the stage; a document that was refused stays in them as the last build left it."""
    mine = {*plan.paths, *plan.left, *digests}
    files = {path: digest for path, digest in plan.previous.files.items() if path in mine} | dict(digests)
    config = plan.context.config
    known = known_entries(cache, plan.jobs, made.feeds, made.holders, plan.previous.entries, plan.same)
    manifest = generators.render_manifest(
        made.feeds,
        ids_made_as=config.posts.ids_made_as(),
        former=_former(plan, made.feeds),
        site_title=config.site.title,
        site_url=config.site.url,
        generator=GENERATOR,
    )
    stamp_of, earlier = unaltered(plan.old, plan.previous, plan.output), plan.previous
    stamps = {path: now for path in earlier.by_part if (now := stamp_of(path))}
    parts, same = generators.render_ledger(
        known, made.feeds, manifest=manifest, files=files, generator=GENERATOR,
        known={path: (earlier.by_part[path], earlier.files[path]) for path in stamps},
    )  # fmt: skip
    digest = stage.take(manifest)
    put = _put(stage, plan, parts)
    return Put(
        digests={**put.digests, **same, manifest.path: digest},
        problems=(*put.problems, *verify_manifest(manifest, parts, made.feeds, files=files)),
        untouched={path: stamps[path] for path in same},
    )


def _former(plan: Plan, feeds: Sequence[Feed]) -> list[KnownFeed]:
    """Return the feeds of earlier builds that are not made now, such as those of a group that is switched off."""
    made = {(feed.kind, name) for feed in feeds for name in (feed.term, *(alias.term for alias in feed.aliases))}
    known = (*plan.previous.feeds, *plan.previous.former)
    return [] if plan.prune else [feed for feed in known if (feed.kind, feed.term) not in made]


def _remember(
    cache: Cache, plan: Plan, rows: Mapping[str, FeedRow], digests: Mapping[str, str], untouched: Mapping[str, str]
) -> None:
    """Keep in the cache which files there are, once they are in their places."""
    made = {path: DocumentRow(digest, stamp(f"{plan.output}/{path}")) for path, digest in digests.items()}
    same = {path: DocumentRow(plan.old[path].digest, now) for path, now in untouched.items()}
    keep_written(cache, rows, made | same)


def _paths(feed: Feed, others: Iterable[str] = ()) -> list[str]:
    """Return the files of a feed without compressed copies; `others`: names of those that plug-ins make."""
    own = [feed.file(form) for form in feed.formats]
    if feed.period:
        return own
    own += (feed.folder + INDEX if feed.folder else ENTRIES, *(feed.folder + name for name in others))
    return [*own, *(alias.folder + path.removeprefix(feed.folder) for alias in feed.aliases for path in own)]
