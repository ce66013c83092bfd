"""feedtool for programs: the same builds and checks as on the command line, as functions of values.

    load_config -> Config -> build -> Outcome
                          -> check -> Checked
                          -> read_posts -> Reading, one for each post file
                          -> read_entries -> Entry, one for each story
                          -> list_feeds -> Feed, one for all and for each term
    Entry, ... -> build  -> Outcome, from a database instead of files
               -> render -> Document, one feed in one format
    check_files -> Problem, ...

Import it from `feedtool` itself: `from feedtool import build`. Nothing here prints, exits, reads the environment or
looks for files that no argument names. An error in posts, feeds or settings is a value, a `Problem` with its place and
cure. A failure of the machine raises: `OutputError` if the output cannot be written, `CacheError` if the cache has no
room, `ExecutorError` if processes cannot be started. Without `now`, the clock gives the time.

In one process, only one build may run at a time. Two processes may build into one folder: the second waits for the
first.

The examples run in a folder with a post in `posts/`:

    >>> from feedtool import build, check, load_config
    >>> config = load_config(overrides={"site.url": "https://example.org/feeds/"})
    >>> outcome = build(config, output="public")
    >>> outcome.entries, "atom.xml" in outcome.changed
    (1, True)
    >>> build(config, output="public").changed
    ()
    >>> check(config, output="public").seen
    Seen(new=0, anew=0, gone=0, doubled=0, doubtful=0, problems=())
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from feedtool import report
from feedtool.build import Outcome
from feedtool.build.discovery import PostFile, find_posts, pages
from feedtool.build.executors import ExecutorError, employ
from feedtool.build.freshness import search_of
from feedtool.build.parallel import Pools, Progress
from feedtool.build.run import Workspace, run
from feedtool.cache import CacheError, engine
from feedtool.config import Config
from feedtool.config import reading as config_reading
from feedtool.model import Author, Document, Enclosure, Entry, Feed, Format, Post, is_due
from feedtool.output import MANIFEST, OutputError
from feedtool.problems import Problem
from feedtool.syntax import EPOCH

if TYPE_CHECKING:
    from feedtool.build.context import Context
    from feedtool.build.idle import Walked
    from feedtool.check.site import Checked
    from feedtool.reader import Reading

__all__ = [
    "Author", "CacheError", "Config", "ConfigError", "Document", "Enclosure", "Entry", "ExecutorError", "Feed",
    "Outcome", "OutputError", "Post", "Problem", "build", "check", "check_files", "list_feeds", "load_config",
    "problem_lines", "read_entries", "read_posts", "render",
]  # fmt: skip

_R = TypeVar("_R")
StrPath = str | os.PathLike[str]
#: the published feeds.json and the parts of its ledger, by their paths below the output folder; or the bytes of a
#: feeds.json without a ledger
Published = Mapping[str, bytes] | bytes


class ConfigError(Exception):
    """The configuration has errors: `problems`, sorted, never empty."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(problem_lines(self.problems))


def load_config(path: StrPath | None = None, *, overrides: Mapping[str, object] | None = None) -> Config:
    """Return the configuration that a TOML file holds, checked; the default where `path` is None.

    It looks for no file: name feedtool.toml to use it. `overrides` are values by dotted key, which replace those of
    the file. Raises ConfigError with all problems: a wrong value is never replaced by a default in silence.

    >>> try:
    ...     load_config(overrides={"site.titel": "Notes"})
    ... except ConfigError as error:
    ...     [(problem.field, problem.message) for problem in error.problems]
    [('site.titel', 'unknown key')]
    """
    config, problems = config_reading.load_config(None if path is None else os.fspath(path), overrides=overrides)
    if problems:
        raise ConfigError(problems)
    return config


def build(
    config: Config, *, base: StrPath | None = None, output: StrPath | None = None, cache: StrPath | None = None,
    cache_key: bytes = b"", published: Published | None = None, prune: bool = False, jobs: int = 1,
    now: datetime | None = None, progress: Progress | None = None, entries: Iterable[Entry] | None = None,
    clean: bool = False,
) -> Outcome:  # fmt: skip
    """Bring the output folder up to date with the posts, and return what was done.

    `config` comes from `load_config`. `base`: the folder that its paths are relative to; by default that of its file,
    or the current one. `output`: the folder for the feeds; by default the configuration's own. `cache`: a folder such
    as ".feedtool"; None for no cache. `cache_key`: a secret of 1 to 64 bytes, kept outside the cache; entries that a
    build with this key left in the cache need not be checked again. `published`: the published feeds.json with the
    parts of its ledger, by path, for an output folder without one. `prune` removes the files of feeds that are no
    longer made. `jobs`: a number of processes, 0 for one per processor; unless it is 1, the program's main module must
    guard its start with `if __name__ == "__main__":`, since the processes may import it. `now`: an aware datetime;
    posts dated later are reported, and held back if `posts.future` is false; it changes no other output. `progress` is
    called with a stage, how much of it is done, and the total.

    `entries`: instead of post files, which then are not looked for. Each keeps its id; one without `url` gets a page.
    Their content passes the allow-list, and relative addresses in it start from `url`; with `clean`, navigation is
    trimmed as from scraped posts. Feeds, archives and pages are those of posts, and a later build with the same entries
    changes nothing.

    An outcome that is not `is_built` found nothing to publish, and changed nothing. Raises OutputError, CacheError,
    ExecutorError, and ValueError for a `now` without a zone, a negative number of `jobs`, or an entry that no feed
    could hold.
    """
    workspace = _place(config, base, output, cache, published, cache_key)
    config, workspace, walked = _with_entries(config, workspace, entries, clean=clean)
    work = partial(run, config, workspace, now_ns=_moment(now), prune=prune, walked=walked)
    return _employed(work, jobs, progress)


def render(feed: Feed, entries: Iterable[Entry], form: Format, *, clean: bool = False) -> Document:
    """Return one feed with these entries, in their order, in one format; nothing is written.

    `feed` needs a title and a `url`, its folder on the site. Its description, author, home page and time come from
    these and the entries where it has none. The content of entries is cleaned as by `build`. Raises ValueError for
    values that no feed could hold, and where the document would differ from them.

        >>> entry = Entry(id="urn:x:1", title="Tea", url="https://example.org/tea", published_ms=0, updated_ms=0)
        >>> document = render(Feed(title="Notes", url="https://example.org/feeds/"), [entry], "json")
        >>> document.path, document.media_type, b'"Tea"' in document.content
        ('feed.json', 'application/feed+json', True)
    """
    from feedtool.build.inputs import rendered  # noqa: PLC0415

    return rendered(feed, entries, form, clean=clean)


def check(
    config: Config, *, base: StrPath | None = None, output: StrPath | None = None, cache: StrPath | None = None,
    cache_key: bytes = b"", against: Published | None = None, jobs: int = 1, now: datetime | None = None,
    progress: Progress | None = None, entries: Iterable[Entry] | None = None, clean: bool = False,
) -> Checked:  # fmt: skip
    """Build into a temporary folder, and return the problems of the feeds that would be published.

    `against`: the published files, as for `build`, or the bytes of a feed; None for the output folder. The other
    arguments are those of `build`; neither the output nor the cache is changed. `seen` of the result says what
    subscribers would see; None if nothing was published before. Raises the same errors as `build`.
    """
    from feedtool.check.site import check_site  # noqa: PLC0415 - what builds does not need what checks

    workspace = _place(config, base, output, cache, None, cache_key)
    config, workspace, walked = _with_entries(config, workspace, entries, clean=clean)
    work = partial(check_site, config, workspace, against=_files(against), now_ns=_moment(now), walked=walked)
    return _employed(work, jobs, progress)


def check_files(paths: Iterable[StrPath], *, now: datetime | None = None) -> tuple[Problem, ...]:
    """Return the problems of feed files, and of all feeds in folders, sorted by file and line.

    >>> from pathlib import Path
    >>> _ = Path("broken.xml").write_text("<rss version='2.0'>")
    >>> [(problem.line, problem.level, problem.code) for problem in check_files(["broken.xml"])]
    [(1, 'error', 'check-well-formed')]
    """
    from feedtool.check.site import check_files as check  # noqa: PLC0415

    return check(map(Path, paths), now_ms=_moment(now) // 1_000_000)


def read_posts(config: Config, *, base: StrPath | None = None) -> Iterator[Reading]:
    """Yield a reading of each post file, ordered by name, one at a time, since archives are large.

    A reading has a `post`, or None for a draft or a file that gives no entry; and the file's `problems`. Folders that
    cannot be read are the problems of a last reading without a post.

        >>> [reading.post.title for reading in read_posts(load_config()) if reading.post]
        ['A good post']
    """
    from feedtool import reader  # noqa: PLC0415

    context, files, problems = _found(config, base)
    yield from _readings(context, files)
    if problems:
        yield reader.Reading(path="", problems=problems)


def read_entries(config: Config, *, base: StrPath | None = None, now: datetime | None = None) -> Iterator[Entry]:
    """Yield the entry of each story, newest first; all of them, without the limits of feeds.

    Posts that tell one story are one entry; its content is cleaned, its addresses are absolute. Published ids that
    only `feeds.json` remembers are not used. Posts that give no entry are left out (`read_posts` says why), and so are
    posts that `posts.future = false` holds back at `now`.

        >>> [(entry.title, entry.content_html) for entry in read_entries(load_config())]
        [('A good post', '<p>Good words.</p>')]
    """
    from feedtool import reader, sanitiser  # noqa: PLC0415
    from feedtool.build import jobs, rendered  # noqa: PLC0415
    from feedtool.cache.entries import EntryRequest  # noqa: PLC0415

    context, found, _ = _found(config, base)
    rules, _ = sanitiser.load_rules(config.sanitiser, config.path)
    files = {file.name: file.path for file in found}
    now_ms = _moment(now) // 1_000_000
    stories, _ = reader.merge(
        post
        for reading in _readings(context, found)
        if (post := reading.post) and (config.posts.future or is_due(post.published_ms, post.expires_ms, now_ms))
    )
    paged = [*reader.with_pages(stories, context.conventions)]
    links = reader.targets_of(
        ((story.post.path, reader.address_of(story, context.conventions)) for story in paged),
        {name for story in paged for name in story.post.links},
    )
    for story in paged:
        path = files[story.post.path]
        page = rendered.content(context.rendered, story.post)
        source = jobs.Source(name=story.post.path, path=path, page=page)
        wanted = EntryRequest(key=b"", path=path, digest=b"", story=story, links=links)
        made = jobs.make((source, wanted), context=context, rules=rules)
        if made.entry:
            yield made.entry


def list_feeds(
    config: Config, *, base: StrPath | None = None, output: StrPath | None = None, cache: StrPath | None = None,
    now: datetime | None = None,
) -> tuple[Feed, ...]:  # fmt: skip
    """Return the feeds that a build would make now, without a build: the feed of all first, then by kind.

    The arguments are those of `build`. Addresses that feeds.json in the output lists are kept.

        >>> [(feed.kind, feed.self_url("atom")) for feed in list_feeds(load_config())][:2]
        [('all', 'http://localhost:8000/atom.xml'), ('tag', 'http://localhost:8000/tag/one/atom.xml')]
    """
    from feedtool.build.listing import survey  # noqa: PLC0415

    workspace = _place(config, base, output, cache, None)
    return _employed(partial(survey, config, workspace, "feeds", now_ns=_moment(now)), 1, None).feeds


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Return the problems as lines for a terminal, each with place and cure."""
    return report.problem_lines(problems)


def _found(config: Config, base: StrPath | None) -> tuple[Context, tuple[PostFile, ...], tuple[Problem, ...]]:
    """Return what all posts have in common, the post files, and problems of folders. Raises ConfigError."""
    from feedtool.build import plugins, rendered  # noqa: PLC0415
    from feedtool.build.context import context_of  # noqa: PLC0415

    folder = _base(config, base)
    config, problems = plugins.load(config)
    if problems:
        raise ConfigError(problems)
    files, problems = find_posts(search_of(config), folder)
    missing: list[Problem] = []
    stamps = pages(search_of(config), folder, missing.append)
    context, _ = context_of(config, folder, rendered.read(str(folder / config.posts.rendered), stamps))
    return context, files, (*problems, *missing)


def _readings(context: Context, files: Iterable[PostFile]) -> Iterator[Reading]:
    from feedtool.build import jobs  # noqa: PLC0415

    return (jobs.reading(jobs.Source(name=file.name, path=file.path), context=context) for file in files)


def _with_entries(
    config: Config, workspace: Workspace, entries: Iterable[Entry] | None, *, clean: bool
) -> tuple[Config, Workspace, Walked | None]:
    """Return what a build of these entries needs. Raises ValueError for one that no feed could hold."""
    if entries is None:
        return config, workspace, None
    from feedtool.build import inputs  # noqa: PLC0415 - most programs have files

    config = replace(config, sanitiser=replace(config.sanitiser, trim=clean))
    given = inputs.given(entries)
    return config, replace(workspace, given=given), inputs.walked(given, config, workspace.base)


def _base(config: Config, base: StrPath | None) -> Path:
    return Path(base) if base is not None else Path(config.path).parent if config.path else Path()


def _place(
    config: Config, base: StrPath | None, output: StrPath | None, cache: StrPath | None, published: Published | None,
    cache_key: bytes = b"",
) -> Workspace:  # fmt: skip
    folder = _base(config, base)
    return Workspace(
        base=folder,
        output=folder / config.output if output is None else Path(output),
        cache=None if cache is None else Path(cache),
        published=_files(published),
        engine=engine(tuple(sys.path)),
        secret=cache_key or os.urandom(32),
    )


def _files(published: Published | None) -> Mapping[str, bytes] | None:
    return {MANIFEST: bytes(published)} if isinstance(published, bytes | bytearray) else published


def _moment(now: datetime | None) -> int:
    """Return nanoseconds since 1970."""
    if now is None:
        return time.time_ns()
    if now.tzinfo is None:
        raise ValueError("now must have a time zone, such as datetime.UTC")
    since = now - EPOCH
    return (since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds) * 1_000


def _employed(work: Callable[[Pools], _R], jobs: int, progress: Progress | None) -> _R:
    if jobs < 0:
        raise ValueError("jobs must be 0 or more")
    return employ(work, jobs=jobs, progress=lambda: nullcontext(progress or (lambda *_: None)))
