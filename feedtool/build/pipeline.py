"""The order of the stages, and nothing else.

    look -> read -> tell -> select -> (only what stands in a feed, and was not made before:) body -> clean -> enter
         -> render -> (only feeds that differ:) documents -> verify -> write

What is known already is asked of the cache: `feedtool.build.freshness` has looked which files may have changed before
this begins. How work is spread is the caller's choice: a mapper is passed in, so that one process and many run the same
code. Posts, entries and documents pass through one by one; what is held is what the feeds need.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from feedtool import feeds, generators, reader, sanitiser
from feedtool.build import archiving, freshness, jobs, known_ids, limits
from feedtool.build.cache_keys import entry_key, short_key
from feedtool.build.discovery import load
from feedtool.build.documents import FOREIGN, Writing, is_ours
from feedtool.build.jobs import GENERATOR, FeedJob, InFeed, Made, Source
from feedtool.build.outcome import Outcome
from feedtool.build.parallel import Workers
from feedtool.cache import Cache, entries, files, posts
from feedtool.cache import output as written
from feedtool.cache import terms as carried
from feedtool.config import Config, Posts
from feedtool.model import Feed, Kind, Term, utc
from feedtool.output import MANIFEST, write
from feedtool.problems import Code, Problem

__all__ = [
    "GENERATOR",
    "LOCAL_URL",
    "Workers",
    "build",
    "known",
    "past_its_time",
    "previous_manifest",
    "survey",
    "untimely",
    "with_defaults",
]

#: stands in for a missing site.url; `python -m http.server` serves the output folder there
LOCAL_URL = "http://localhost:8000/"

NO_SITE_URL = Code(
    "no-site-url",
    "warning",
    f"Nothing says where the feeds will be published, so they name {LOCAL_URL}. They work on this machine; "
    "readers elsewhere find neither the feeds' own addresses nor relative permalinks.",
    'Give --site-url, or write url = "https://…" under [site] in feedtool.toml.',
)
NOTHING = Code(
    "nothing-to-build",
    "error",
    "No post gave an entry, so there is nothing to publish. The output folder was left as it is.",
    'Name the posts folder with --posts; `feedtool new "Title"` writes a post.',
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
WAITING = Code(
    "waiting",
    "note",
    "The post is dated in the future, and `posts.future = false` lets it wait: the first build after that date "
    "publishes it.",
)
EXPIRED = Code(
    "expired",
    "note",
    "The post's `expiryDate` has passed, and `posts.future = false` lets it go: it is in no feed any more.",
    "Remove the line, or set it anew, to show the post again.",
)

#: milliseconds; no post is dated so late
_NEVER = 1 << 62


def build(
    cache: Cache, config: Config, found: tuple[Problem, ...], *,
    base: Path, output: Path, workers: Workers, now_ms: int, prune: bool,
) -> Outcome:  # fmt: skip
    """Bring the output folder up to date with the posts that `fresh.look` saw, and return what was done.

    `found` is what `fresh.look` returned; `base` is the folder that the posts' folders are relative to. `now_ms`
    serves to report posts dated in the future, and changes no output. `prune`: remove what is left of feeds that are
    no longer made, and feeds without entries. Raises OutputError where the folder cannot
    take it; then nothing has changed. Raises CacheError where the cache fails.
    """
    freshness.forget(cache)
    problems = [*found]
    full = _with_sound_templates(with_defaults(config, base, problems), problems)
    _read(cache, full, workers, now_ms)
    outcome = _counted(cache, full, now_ms, problems)
    said_of_output: list[Problem] = []
    previous = previous_manifest(output, said_of_output)
    if previous is None or not outcome.is_built:
        return replace(outcome, is_built=False, problems=tuple(sorted((*problems, *said_of_output))))
    known_ids.settle(cache, previous, full.posts.ids_made_as())
    todo, failed, fleeting = _entries(cache, full, previous, workers, problems, prune=prune)
    writing = Writing(cache, full, previous, output, todo, workers, prune=prune)
    problems += (*writing.left_over(), *generators.unavailable(full.feeds.twins))
    problems += limits.exceeded(todo, full.feeds, files=writing.count_files())
    changes = write(writing.documents(), folder=output, obsolete=writing.obsolete(), untouched=writing.untouched())
    writing.remember()
    changed, gone = writing.differing(changes)
    outcome = replace(
        outcome,
        entries=len(writing.holders),
        feeds=len(writing.feeds),
        written=len(changes.written),
        unchanged=len(changes.unchanged),
        removed=len(changes.removed),
        bytes_written=changes.bytes_written,
        changed=changed,
        gone=gone,
        problems=tuple(sorted((*problems, *failed, *writing.problems))),
    )
    if fleeting:
        entries.drop(cache, fleeting)
        written.keep(cache, {}, {})
    elif not failed and not writing.problems:
        later = posts.next_moment(cache, now_ms) or _NEVER
        freshness.remember(cache, config, found, outcome, base=base, from_ms=now_ms, until_ms=later)
    return replace(outcome, problems=tuple(sorted((*outcome.problems, *said_of_output))))


def _with_sound_templates(config: Config, problems: list[Problem]) -> Config:
    """Return the configuration without templates that cannot be used; add what is wrong with these."""
    sound, said = generators.sound_templates(config.templates)
    problems += said
    return replace(config, templates=sound)


def _counted(cache: Cache, config: Config, now_ms: int, problems: list[Problem]) -> Outcome:
    """Return how many posts there are, as an outcome that is built if there is a story; add what is wrong with them."""
    read, drafts, told, stories = posts.counts(cache)
    problems += posts.problems(cache)
    late = posts.later_than(cache, now_ms)
    over = [] if config.posts.future else posts.expired(cache, now_ms)
    problems += (untimely(name, ms, config.posts) for name, ms in late)
    problems += (past_its_time(name, ms) for name, ms in over)
    if not stories:
        told_of = "no post was found" if not read else f"{read:,} posts were read, and none can be published"
        fix = NOTHING.fix if not read else "What is said of each post tells why."
        problems.append(NOTHING.at("", told_of, fix=fix))
    return Outcome(is_built=stories > 0, posts=read, drafts=drafts, merged=told - stories)


def untimely(name: str, published_ms: int, settings: Posts) -> Problem:
    """Return what there is to say of a post that is dated in the future."""
    if settings.future:
        return FUTURE.at(name, "published in the future", field="date")
    return WAITING.at(name, f"waits for {utc(published_ms):%Y-%m-%d %H:%M} UTC", field="date")


def past_its_time(name: str, expires_ms: int) -> Problem:
    """Return what there is to say of a post that is no longer to be shown."""
    return EXPIRED.at(name, f"expired at {utc(expires_ms):%Y-%m-%d %H:%M} UTC", field="expiryDate")


def _entries(
    cache: Cache,
    config: Config,
    previous: generators.Manifest,
    workers: Workers,
    problems: list[Problem],
    *,
    prune: bool,
) -> tuple[list[FeedJob], list[Problem], list[bytes]]:
    """Return the feeds with entries that are made, what is wrong with those that could not be, and what not to keep."""
    rules, found = sanitiser.load_rules(config.sanitiser, config.path)
    problems += found
    _, chosen, found = _chosen(cache, config, previous, prune=prune)
    problems += found
    failed, fleeting = _make(cache, config, rules, chosen, workers)
    jobs = _jobs(cache, config, chosen, problems)
    return archiving.divided(cache, config, jobs, previous), failed, fleeting


def _chosen(
    cache: Cache, config: Config, previous: generators.Manifest, *, prune: bool
) -> tuple[list[Term], tuple[Feed, ...], tuple[Problem, ...]]:
    """Return every term that the posts have, the feeds that are made, and what is wrong with them."""
    every = list(carried.terms(cache, partial(_limit, config)))
    there = {(term.kind, term.name) for term in every if term.count}
    earlier = [feed for feed in known(previous) if not prune or (feed.kind, feed.term) in there]
    chosen, found = feeds.select(every, feeds=config.feeds, site=config.site, known=earlier, aliases=config.aliases)
    return every, chosen, found


def survey(
    cache: Cache, config: Config, *, base: Path, output: Path, workers: Callable[[], Workers], now_ms: int
) -> tuple[Config, list[Term], tuple[Feed, ...], tuple[Problem, ...]]:
    """Return the configuration in full, every term, and the feeds that a build would make now, without making any.

    `fresh.look` comes before; what posts say is remembered for the next build. `workers` is called where there are
    posts to read. `now_ms` tells which posts have their time. Raises CacheError where the cache fails.
    """
    problems: list[Problem] = []
    full = with_defaults(config, base, problems)
    if files.count(cache) or files.gone(cache) or not config.posts.future:
        freshness.forget(cache)
        _read(cache, full, workers(), now_ms)
    previous = previous_manifest(output, problems) or generators.Manifest(files={})
    every, chosen, found = _chosen(cache, full, previous, prune=False)
    return full, every, chosen, (*problems, *found)


def with_defaults(config: Config, base: Path, problems: list[Problem]) -> Config:
    """Return the configuration with a title and an address for the site."""
    site = config.site
    if not site.url:
        problems.append(NO_SITE_URL.at(config.path, "site.url is not set", field="site.url"))
    title = site.title or base.resolve().name or "feedtool"
    title = title.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return replace(config, site=replace(site, title=title, url=site.url or LOCAL_URL))


def _limit(config: Config, kind: Kind) -> int:
    """Return how many stories of a term are of interest; -1 where the kind has no feeds."""
    group = config.feeds.groups.get(kind)
    return -1 if group and not group.enabled else feeds.reach_of(kind, config.feeds)


def _read(cache: Cache, config: Config, workers: Workers, now_ms: int) -> None:
    """Bring posts and stories up to date with the files."""
    terms = jobs.Terms(kinds=config.feeds.kinds(), aliases=config.aliases)
    tell, resolve = partial(jobs.tell, terms=terms), partial(jobs.resolve, terms=terms)
    changes = posts.Changes(cache, tell=tell, resolve=resolve, now_ms=None if config.posts.future else now_ms)
    for path in files.gone(cache):
        changes.remove(path)
    total = files.count(cache)
    waiting: deque[files.Pending] = deque()

    def sources() -> Iterator[Source]:
        for file in files.pending(cache):
            waiting.append(file)
            yield _source(file.name, file.path, carry=workers.carry)

    read = partial(jobs.read, conventions=reader.conventions_of(config), terms=terms)
    for done, row in enumerate(workers.posts(read, sources(), lost=jobs.lost_post, chunk=64), 1):
        changes.put(waiting.popleft(), row)
        workers.progress("reading", done, total)
    changes.turn()
    changes.settle()
    cache.save()


def _source(name: str, path: str, *, carry: bool) -> Source:
    try:
        return Source(name=name, path=path, content=load(path) if carry else None)
    except OSError:
        return Source(name=name, path=path)  # whoever opens it will tell


def _make(
    cache: Cache, config: Config, rules: sanitiser.Rules, chosen: Sequence[Feed], workers: Workers
) -> tuple[list[Problem], list[bytes]]:
    """Make the entries of the feeds that are not there yet.

    Return what is wrong with those that cannot be made, and the keys of those whose files changed meanwhile.
    """
    entries.want(cache, {entry_id for feed in chosen for entry_id in feed.entry_ids}, entry_key(config, rules))
    total = entries.count_missing(cache)
    waiting: deque[bytes] = deque()
    failed: list[Problem] = []
    fleeting: list[bytes] = []

    def wanted() -> Iterator[tuple[Source, entries.Wanted]]:
        for each in entries.missing(cache):
            waiting.append(each.key)
            yield _source(each.story.post.path, each.path, carry=workers.carry), each

    make = partial(jobs.make, config=config, rules=rules)
    for done, made in enumerate(workers.posts(make, wanted(), lost=jobs.lost_entry, chunk=8), 1):
        key = waiting.popleft()
        failed += _keep(cache, key, made)
        if made.is_fleeting:
            fleeting.append(key)
        workers.progress("cleaning", done, total)
    return failed, fleeting


def _keep(cache: Cache, key: bytes, made: Made) -> tuple[Problem, ...]:
    """Put an entry into the cache; return what is wrong where there is none."""
    if made.entry is None or made.fragment is None:
        return made.problems
    entries.put(cache, key, made.entry, made.fragment, made.problems)
    return ()


def _jobs(cache: Cache, config: Config, chosen: Sequence[Feed], problems: list[Problem]) -> list[FeedJob]:
    """Return the feeds with their entries, those that are too long without their text; drop what no feed needs."""
    problems += entries.problems(cache)
    there = entries.kept(cache)
    short: list[bytes] = []
    for entry_id, kept in tuple(there.items()):
        said = jobs.too_long(kept.size, kept.name, config)
        if said:
            problems += said
            whole = entries.Shelf(cache.db).entry(kept.key)
            key = short_key(kept.key)
            if not entries.has(cache, key):
                _keep(cache, key, jobs.shortened(whole, config))
            there[entry_id] = replace(kept, key=key)
            short.append(key)
    entries.forget(cache, short)
    cache.save()
    return [
        FeedJob(
            feed=feed,
            entries=tuple(
                InFeed(
                    id=entry_id,
                    key=there[entry_id].key,
                    published_ms=there[entry_id].published_ms,
                    updated_ms=there[entry_id].updated_ms,
                    size=there[entry_id].size,
                )
                for entry_id in feed.entry_ids
                if entry_id in there
            ),
        )
        for feed in chosen
    ]


def previous_manifest(output: Path, problems: list[Problem]) -> generators.Manifest | None:
    """Return what the last build left, nothing where there is nothing; None where a file of somebody else's is."""
    try:
        return generators.read_manifest((output / MANIFEST).read_bytes())
    except FileNotFoundError:
        pass
    except (OSError, generators.ManifestError) as error:
        if isinstance(error, generators.ForeignManifestError) and not is_ours(output / MANIFEST):
            problems.append(FOREIGN.at(MANIFEST, "stands in the output folder, and feedtool did not make it"))
            return None
        problems.append(BAD_MANIFEST.at(MANIFEST, str(error)[:200]))
    return generators.Manifest(files={})


def known(previous: generators.Manifest) -> list[feeds.Known]:
    """Return the feeds whose addresses are in use."""
    return [
        feeds.Known(kind=feed.kind, term=term, slug=slug, updated_ms=feed.updated_ms)
        for feed in (*previous.feeds, *previous.former)
        for term, slug in ((feed.term, feed.slug), *feed.aliases)
    ]
