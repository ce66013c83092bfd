"""The order of the stages, and nothing else.

    context        Config  -> Context              once: zone, ids, defaults, sound templates
    read_posts     files   -> posts, stories       only those that `freshness` found new, changed or gone
    settle_ids     stories -> ids                  the ids that subscribers know them by
    select_feeds   terms   -> Feed                 by header facts alone
    make_entries   stories -> entries, rendered    only what a feed needs and no build made before
    feed_jobs      feeds   -> FeedJob              each feed and each archive document, with its entries
    page_jobs      stories -> PageJob              each entry that has no other address, with its neighbours
    plan           jobs    -> Plan                 which files are made, up to date, left over
    write          plan    -> files                only feeds that differ; each document is verified, all move together

The cache holds the results of earlier builds. The caller chooses how work is spread: one process and many run the
same code. Posts, entries and documents pass one by one; a build holds only what the feeds need.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from feedtool import feeds, generators, reader, sanitiser
from feedtool.build import Outcome, codes, documents, freshness, idle, jobs, limits, plugins, rendered
from feedtool.build.context import Context, context_of
from feedtool.build.dating import Dating, redate
from feedtool.build.discovery import BESIDE
from feedtool.build.feed_jobs import entry_key, feed_jobs, page_jobs, short_key
from feedtool.build.jobs import DoubtError
from feedtool.build.parallel import Lost, Pools, Workers
from feedtool.build.previous import known_feeds, previous_manifest, published_as, remember_manifest, settle_ids
from feedtool.build.run import Workspace
from feedtool.cache import Cache, entries, files, posts, waiting
from feedtool.cache import terms as carried
from feedtool.config import Config
from feedtool.feeds import custom
from feedtool.frozen import frozen
from feedtool.generators import Manifest
from feedtool.model import Feed, Kind, Term
from feedtool.problems import Problem

#: posts that are not saved by themselves
_FEW = 50
#: entries that take several times as long as to load the library for selectors
_MANY = 500
#: milliseconds; no post is dated so late
_NEVER = 1 << 62


def build(
    cache: Cache,
    config: Config,
    listed: files.Listed,
    found: tuple[Problem, ...],
    workspace: Workspace,
    workers: Workers,
    *,
    now_ms: int,
    prune: bool,
) -> Outcome:
    """Bring the output folder up to date with the posts, and return what was done.

    `listed` is what `freshness.look` returned, `found` problems of folders and templates. `now_ms` serves to report
    posts dated in the future, and to hold them back where the configuration says so. `prune`: remove the files of feeds
    that are no longer made, and feeds without entries. Raises OutputError where the folder cannot be written; then
    nothing has changed. Raises CacheError where the cache fails.

    Where an entry cannot be made, or not be published, its post is read again, once: the cache may be wrong.
    """
    attempt = partial(_attempt, cache, config, found, workspace, workers, now_ms=now_ms, prune=prune)
    try:
        return attempt(listed, is_first=True)
    except DoubtError as doubt:
        entries.drop(cache, (*doubt.keys, *map(short_key, doubt.keys)))
        return attempt(files.doubted(cache, listed, doubt.ids), is_first=False)


def _attempt(
    cache: Cache, config: Config, found: tuple[Problem, ...], workspace: Workspace, workers: Workers,
    listed: files.Listed, *, now_ms: int, prune: bool, is_first: bool,
) -> Outcome:  # fmt: skip
    """Build; `is_first`: raises DoubtError, before anything has changed, where an entry cannot be made."""
    freshness.forget(cache)
    context, unsound = context_of(config, workspace.base, rendered.recalled(cache))
    previous, about_folder = previous_manifest(workspace)
    read_posts(cache, context, listed, previous, workers, now_ms)
    counted, about_posts = _counted(cache, context, now_ms, is_given=workspace.given is not None)
    problems = (*found, *unsound, *about_posts)
    if previous is None or not counted.is_built:
        return replace(counted, is_built=False, problems=_sorted(problems, about_folder))
    about_ids, same = settle_ids(cache, previous, context.config.posts.ids_made_as())
    about_folder += about_ids
    every, chosen, about_terms = select_feeds(cache, context, previous, prune=prune)
    dating = Dating(published=previous.entries, now_ms=now_ms, committed=workspace.committed)
    paged = posts.pages(cache)
    made = make_entries(cache, context, chosen, listed.stamps, workers, dating, paged=[row.id for row in paged])
    if made.doubted and is_first:
        raise DoubtError(made.doubted, made.requests.key)
    there = made.requests.kept()
    todo, too_long, short = feed_jobs(cache, context.config, there, chosen, previous, edited=made.edited, now_ms=now_ms)
    problems += (*about_terms, *made.problems, *too_long)
    made.requests.forget_others(short)
    cache.save()
    pages = page_jobs(cache, there, paged, chosen)
    plan = documents.plan(cache, context, previous, workspace, todo, pages, same=same, prune=prune)
    if too_many := tuple(limits.too_many_files(plan.count_files(), context.config, every)):
        return replace(counted, is_built=False, problems=_sorted(problems, about_folder, too_many))
    written = documents.write(cache, plan, workers, key=made.requests.key if is_first else None)
    remember_manifest(workspace, written.changes.written, [*filter(generators.is_part, written.digests)])
    settings = context.config.feeds
    problems += tuple(codes.KEPT_FILE.at(path, "listed in feeds.json, and not removed") for path in written.kept)
    problems += (*documents.left_over(plan), *generators.unavailable_kinds(settings.twins))
    problems += reader.dialect_problems(context.conventions.dialect)
    problems += tuple(limits.exceeded(todo, settings, every, files=plan.count_files()))
    problems += tuple(limits.kept_out(todo, written.held, settings, every))
    outcome = _outcome(counted, plan, written, _sorted(problems, made.failed, written.problems))
    _remember(cache, config, found, outcome, made, is_whole=not written.problems, base=workspace.base, now_ms=now_ms)
    return replace(outcome, problems=_sorted(outcome.problems, about_folder))


def _outcome(
    counted: Outcome, plan: documents.Plan, written: documents.Written, problems: tuple[Problem, ...]
) -> Outcome:
    """Return what was done, beside the posts that were counted."""
    changes, before = written.changes, plan.previous.files
    return replace(
        counted,
        entries=written.entries,
        feeds=written.feeds,
        refused=written.refused,
        written=len(changes.written),
        unchanged=len(changes.unchanged),
        removed=len(changes.removed),
        bytes_written=changes.bytes_written,
        changed=tuple(path for path in changes.written if before.get(path) != written.digests[path]),
        gone=tuple(sorted({*plan.obsolete} - {*changes.written, *changes.unchanged, *changes.altered})),
        problems=problems,
    )


def _sorted(*some: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problem for each in some for problem in each))


def read_posts(
    cache: Cache, context: Context, listed: files.Listed, previous: Manifest | None, workers: Workers, now_ms: int
) -> None:
    """Bring posts and stories in the cache up to date with the files; what was published before does not wait."""
    is_timed = not context.config.posts.future
    published = published_as(previous) if previous else reader.unpublished
    changes = posts.Changes(
        cache,
        merge=partial(jobs.merge, context=context, published=published),
        separate_ids=partial(jobs.separate_ids, context=context, published=published),
        now_ms=now_ms if is_timed else None,
        claims=[entry.claim for entry in previous.entries.values()] if previous and is_timed else (),
    )
    known = dict(cache.recall(BESIDE) or {})
    beside = {path: files_there for path, files_there in known.items() if path in listed.stamps}
    for no in listed.gone.values():
        changes.remove(no)
    total = listed.count()
    sources = (jobs.source_of(file.name, file.path, workers, pending=file) for file in listed.pending())
    for done, (source, row) in enumerate(workers.posts(partial(jobs.read, context=context), sources, chunk=64), 1):
        assert source.pending
        if isinstance(row, Lost):
            row = jobs.unread(codes.WORKER_DIED.at(source.name, row.why))  # noqa: PLW2901
        changes.put(source.pending, row)
        beside.pop(source.pending.path, None)
        if row.beside:
            beside[source.pending.path] = row.beside
        workers.progress("reading", done, total)
    is_as_known = listed.is_as_known()
    if changes.turn() or not is_as_known:
        freshness.forget(cache)
    changes.settle()
    if beside != known:
        cache.remember(BESIDE, beside)
    if not is_as_known:
        files.remember(cache, listed)
    if total > _FEW:  # else it takes longer to wait for the disk than to read them again
        cache.save()


def _counted(cache: Cache, context: Context, now_ms: int, *, is_given: bool) -> tuple[Outcome, tuple[Problem, ...]]:
    """Return how many posts there are, as an outcome that is built if there is a story; and problems with posts."""
    settings = context.config.posts
    read, drafts, published, stories = posts.counts(cache)
    problems = [*posts.problems(cache)]
    early = waiting.shown_early(cache, now_ms)
    problems += (codes.FUTURE_DATE.at(name, codes.EARLY, field="date") for name in early)
    problems += codes.waiting(waiting.later(cache, now_ms))
    problems += (codes.future_update(name, ms) for name, ms in entries.updated_later(cache, now_ms))
    over = [] if settings.future else waiting.expired(cache, now_ms)
    problems += (codes.expired(name, ms) for name, ms in over)
    if not stories:
        message, fix = ("no entry was given", "Give at least one entry.") if is_given else ("no post was found", "")
        if read:
            message, fix = (
                f"{read:,} posts were read, and none can be published",
                "The messages about each post say why.",
            )
        problems.append(codes.NOTHING_TO_BUILD.at("", message, fix=fix))
    return Outcome(is_built=stories > 0, posts=read, drafts=drafts, merged=published - stories), tuple(problems)


def select_feeds(
    cache: Cache, context: Context, previous: Manifest, *, prune: bool = False
) -> tuple[list[Term], tuple[Feed, ...], tuple[Problem, ...]]:
    """Return every term that the posts have, the feeds that are made, and problems with terms.

    Pages of entries that would be in each other's place, or in that of a feed, get places of their own.
    """
    config = context.config
    every = list(carried.terms(cache, partial(_limit, config)))
    terms = {(term.kind, term.name) for term in every if term.count}
    known = [feed for feed in known_feeds(previous) if not prune or (feed.kind, feed.term) in terms]
    subscribed = {config.aliases.get(feed.term, feed.term) for feed in known if feed.kind == "tag"}
    rare = _rare_keywords(cache, config, every) - subscribed
    kept = [term for term in every if term.kind != "tag" or term.name not in rare]
    chosen, found = feeds.select(kept, feeds=config.feeds, site=config.site, known=known, aliases=config.aliases)
    guids = {feed.keys[0]: feed.guid for feed in (*previous.feeds, *previous.former) if feed.guid}
    chosen, about_podcasts = custom.with_podcasts(chosen, config, guids) if config.podcast else (chosen, ())
    above = config.pages.entry.partition("{")[0].casefold()
    folders = (place for feed in chosen for place in (feed.folder, *(alias.folder for alias in feed.aliases)))
    taken = {place.removesuffix("/") for place in folders if place.casefold().startswith(above)}
    posts.settle_pages(cache, taken, reader.separate_pages)
    return every, chosen, (*found, *about_podcasts, *custom.unmet(config.feeds.custom, terms, config.path))


def _rare_keywords(cache: Cache, config: Config, every: Iterable[Term]) -> set[str]:
    """Return the tags that no post names, and of which too few articles do for a feed."""
    least = config.posts.keyword_entries
    if config.posts.keywords == "off":
        return set()
    named: set[tuple[Kind, str]] = set()
    for story in carried.carriers(cache, "tag", least):
        own = tuple(tag for tag in story.tags if tag not in story.post.keywords)
        named.update(feeds.terms_of(replace(story, tags=own), ("tag",), config))
    return {term.name for term in every if term.kind == "tag" and term.count < least} - {name for _, name in named}


def _limit(config: Config, kind: Kind) -> int:
    """Return how many stories of a term are of interest, 0 for all; -1 where the kind has no feeds."""
    group = config.feeds.groups.get(kind)
    if kind == "custom" and any(feed.is_sorted for feed in config.feeds.custom):
        return 0
    return -1 if group and not group.enabled else feeds.reach_of(kind, config.feeds)


@frozen
class Entries:
    """What became of the entries that feeds want."""

    requests: entries.Requests
    #: of the rules, and of the entries that were made, now or before
    problems: tuple[Problem, ...]
    #: of the entries that could not be made
    failed: tuple[Problem, ...]
    #: keys of the entries that the next build must make again, because their files changed meanwhile
    fleeting: tuple[bytes, ...]
    #: ids of the stories that may not be what their files say
    doubted: tuple[str, ...]
    #: ids of the entries whose title or content is not the published one
    edited: frozenset[str]


def make_entries(
    cache: Cache, context: Context, chosen: Sequence[Feed], paths: Container[str], workers: Workers, dating: Dating,
    *, paged: Iterable[str] = (),
) -> Entries:  # fmt: skip
    """Make the entries of the feeds, and those with the ids `paged`, that the cache does not hold yet.

    `paths` are those of all post files.
    """
    rules, problems = _rules(cache, context.config)
    wanted = {entry_id for feed in chosen for entry_id in feed.entry_ids}.union(paged)
    key = entry_key(context.config, rules)
    find = partial(targets, cache, context)
    requests = entries.want(cache, wanted, key, dating.known(), paths, find, now_ms=dating.now_ms)
    missing = requests.missing()
    if len(missing) > _MANY:
        sanitiser.prepare(rules, {each.host for each in missing})
    sources = ((jobs.source_to_make(each, workers, context), each) for each in requests.described(missing))
    make = partial(jobs.make_kept, context=replace(context, pages=None), rules=rules)
    failed: list[Problem] = []
    fleeting: list[bytes] = []
    doubted: list[str] = []
    for done, ((source, each), made) in enumerate(workers.posts(make, sources, chunk=8, apart=jobs.is_large), 1):
        if isinstance(made, Lost):
            failed.append(codes.WORKER_DIED.at(source.name, made.why))
        elif made.rendered is None:
            failed += made.problems
            doubted.append(each.story.id)
        else:
            requests.put(each.key, made.rendered)
            if made.is_fleeting:
                fleeting.append(each.key)
                doubted.append(each.story.id)
        workers.progress("cleaning", done, len(missing))
    edited = redate(cache, requests, dating, key, context.config.feeds.formats)
    # an entry with another time comes of one that was made again
    fleeting += [requests.key(one) for one, made_as in edited.items() if made_as in fleeting]
    return Entries(
        requests=requests,
        problems=(*problems, *requests.problems()),
        failed=tuple(failed),
        fleeting=tuple(fleeting),
        doubted=tuple(doubted),
        edited=frozenset(edited),
    )


def _rules(cache: Cache, config: Config) -> tuple[sanitiser.Rules, tuple[Problem, ...]]:
    """Return the sanitiser's rules, and problems with the user's; to parse ours takes as long as ten entries."""
    tables, seal = cache.recall("rules") or (None, "")
    if tables is None or seal != cache.seal(tables):
        every = sanitiser.rule_tables()
        tables = [{key: value for key, value in table.items() if key != "example"} for table in every]
        cache.remember("rules", [tables, cache.seal(tables)])
        tables = ()  # as they are parsed now
    return sanitiser.load_rules(config.sanitiser, config.path, tables)


def targets(cache: Cache, context: Context, names: set[str]) -> reader.Targets:
    """Return the stories' posts that have one of the names, to which texts may link."""
    address = partial(reader.address_of, conventions=context.conventions)
    return reader.targets_of(entries.addresses(cache, names, reader.names_of, address), names)


def _remember(
    cache: Cache, config: Config, found: tuple[Problem, ...], outcome: Outcome, made: Entries, *,
    is_whole: bool, base: Path, now_ms: int,
) -> None:  # fmt: skip
    """Let the next build know how this one ended, if it would end likewise."""
    if made.fleeting:
        entries.drop(cache, made.fleeting)
        files.keep_written(cache, {}, {})
    elif is_whole and not made.failed:
        until_ms = waiting.next_moment(cache, now_ms) or _NEVER
        freshness.remember(cache, config, found, outcome, base=base, from_ms=now_ms, until_ms=until_ms)


def survey(
    cache: Cache, config: Config, workspace: Workspace, pools: Pools, *, now_ns: int
) -> tuple[Context, Manifest, tuple[Problem, ...]]:
    """Bring posts, stories and ids in the cache up to date without a build; return context, manifest and problems.

    The next build need not read these posts again. `now_ns`: now, in nanoseconds since 1970. Raises CacheError where
    the cache fails.
    """
    config, _ = plugins.load(config)
    walked = idle.walk(freshness.search_of(config), workspace.base, now_ns=now_ns)
    listed = freshness.look(cache, config, walked, pools.readers)
    context, unsound = context_of(config, workspace.base, rendered.recalled(cache))
    previous, about_folder = previous_manifest(workspace)
    previous = previous or Manifest(files={})
    if not listed.is_as_known() or not config.posts.future:
        read_posts(cache, context, listed, previous, pools.workers(), now_ns // 1_000_000)
    settle_ids(cache, previous, context.config.posts.ids_made_as())
    return context, previous, (*walked.problems, *unsound, *about_folder)
