"""A build from outside: lock the output, open the cache, and end early where nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from feedtool.build import Outcome, freshness, idle, plugins
from feedtool.build.parallel import Pools
from feedtool.cache import CACHE_FILES, FILE_NAME, Cache, CacheError, opened
from feedtool.config import Config
from feedtool.config.reading import load_templates
from feedtool.disk import is_linked
from feedtool.frozen import frozen
from feedtool.output import MANIFEST, locked, put_together
from feedtool.problems import Code

T = TypeVar("T")
#: paths of files -> milliseconds since 1970 at which they were committed last, where that is known
Committed: TypeAlias = Callable[[Sequence[str]], Mapping[str, int]]

UNUSABLE_CACHE = Code.warning("unusable-cache")(
    "The cache is damaged, in use by another build, or not writable. The build did without it, which only takes "
    "longer. A damaged cache was replaced by a new one.",
    "No action is needed if it does not happen again. Else name another folder with --cache, or use --no-cache.",
)

#: keeps the cache out of version control
_IGNORE = "# feedtool's cache; may be deleted\n*\n"


def never_committed(_: Sequence[str]) -> Mapping[str, int]:
    """Return no times."""
    return {}


@frozen
class Workspace:
    """The folders that a build reads and writes."""

    #: the folder that the posts' folders are relative to
    base: Path
    output: Path
    #: of the cache; None for a build without
    cache: Path | None
    #: the published manifest and the parts of its ledger, by path, for an output folder without a manifest
    published: Mapping[str, bytes] | None = None
    #: of this program and its libraries: see `feedtool.cache.engine`
    engine: str
    #: of 1 to 64 bytes: by it the cache's entries are known to be from this user's builds
    secret: bytes
    #: the entries that a program gives instead of post files: see `feedtool.build.inputs`; None where it gives none
    given: Mapping[str, bytes] | None = None
    #: tells when the files of posts were committed last
    committed: Committed = never_committed


def run(
    config: Config, workspace: Workspace, pools: Pools, *, now_ns: int, waiting: Callable[[], None] = lambda: None,
    prune: bool = False, noted: Callable[[freshness.Differences | None], None] = lambda _: None,
    words: idle.Words | None = None, walked: idle.Walked | None = None,
) -> Outcome:  # fmt: skip
    """Bring the output folder up to date, and return what was done.

    `now_ns`: now, in nanoseconds since 1970. `waiting` is called if another build has to end first. `prune`: see
    `feedtool.build.pipeline.build`. `noted` hears which posts changed since the last build. `words`: what was asked, so
    that `feedtool.build.idle` can answer the next time. `walked`: the post files, if they were looked for already.
    Raises OutputError where the output folder cannot be written, and CacheError where there is no room for a cache at
    all.
    """
    build = partial(
        _build, config, workspace, pools, now_ns=now_ns, prune=prune, noted=noted, words=words, walked=walked
    )
    attempt = partial(_opened, workspace, build)

    with locked(workspace.output, waiting):
        if workspace.published and not (workspace.output / MANIFEST).exists():
            put_together(workspace.output, workspace.published)
        if workspace.cache is None:
            return _without(attempt)
        try:
            _ignored(workspace.cache)
            return attempt(workspace.cache)
        except idle.DAMAGES as error:
            warning = UNUSABLE_CACHE.at(str(workspace.cache / FILE_NAME), str(error) or type(error).__name__)
            is_passing = isinstance(error, CacheError) and not error.is_damaged
            outcome = None if is_passing else _anew(attempt, workspace.cache)
            outcome = outcome or _without(attempt)
        return replace(outcome, problems=tuple(sorted((*outcome.problems, warning))))


def _build(
    config: Config, workspace: Workspace, pools: Pools, cache: Cache, *, now_ns: int, prune: bool,
    noted: Callable[[freshness.Differences | None], None], words: idle.Words | None, walked: idle.Walked | None,
) -> Outcome:  # fmt: skip
    base, output, now_ms = workspace.base, workspace.output, now_ns // 1_000_000
    search = freshness.search_of(config)
    if not walked or (walked.search, walked.base) != (search, base):
        walked = idle.walk(search, base, now_ns=now_ns)
    config, about_plugins = plugins.load(config)
    if about_plugins:
        return Outcome(is_built=False, problems=about_plugins)
    listed = freshness.look(cache, config, walked, pools.readers)
    noted(freshness.differences(cache, listed))
    config, about_templates = load_templates(config, Path(config.path).parent)
    found = tuple(sorted((*walked.problems, *about_templates)))
    digest = freshness.digest_of(config, base)
    if words and not about_templates and not prune and not config.plugins.code:
        idle.remember(cache, words, digest, base=base, search=search, output=output)
    if listed.is_as_known() and not prune:
        last = idle.ended(cache, digest, found, output=output, now_ms=now_ms)
        if last:
            return last
    from feedtool.build.pipeline import build  # noqa: PLC0415 - most builds of a day find nothing to do

    workers = replace(pools.workers(), given=workspace.given or {})
    return build(cache, config, listed, found, workspace, workers, now_ms=now_ms, prune=prune)


def _opened(workspace: Workspace, work: Callable[[Cache], T], folder: Path) -> T:
    """Return the result of work with the cache in a folder. Raises CacheError."""
    for name in CACHE_FILES:
        if is_linked(folder / name, workspace.base):
            raise CacheError("it, or its folder, is a symbolic link")
    secret, is_passing = workspace.secret, folder != workspace.cache
    with opened(folder / FILE_NAME, engine=workspace.engine, secret=secret, is_passing=is_passing) as cache:
        return work(cache)


def with_cache(workspace: Workspace, work: Callable[[Cache], T]) -> T:
    """Return the result of work with the cache, or with a temporary one if that is missing or not usable.

    Raises CacheError where there is no room for a temporary one.
    """
    if workspace.cache and (workspace.cache / FILE_NAME).is_file():
        try:
            return _opened(workspace, work, workspace.cache)
        except idle.DAMAGES:
            pass  # damaged or in use: the next build reports it, and the work only takes longer
    return _without(partial(_opened, workspace, work))


def _without(attempt: Callable[[Path], T]) -> T:
    import tempfile  # noqa: PLC0415 - most builds have a cache

    with tempfile.TemporaryDirectory(prefix="feedtool-") as folder:
        return attempt(Path(folder))


def _anew(attempt: Callable[[Path], Outcome], folder: Path) -> Outcome | None:
    """Build with a new cache instead of a damaged one; None if that fails."""
    try:
        for name in CACHE_FILES:
            (folder / name).unlink(missing_ok=True)
        return attempt(folder)
    except (OSError, *idle.DAMAGES):
        return None


def _ignored(folder: Path) -> None:
    if not folder.exists():
        with suppress(OSError):
            folder.mkdir(parents=True)
            (folder / ".gitignore").write_text(_IGNORE, encoding="utf-8")
