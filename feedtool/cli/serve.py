"""`feedtool serve`: build, serve, wait for a change, build again.

The system reports changes below existing folders. Whether a folder exists, and the content of single files, are checked
a few times a second, since their replacement is not always reported. If the system reports nothing, each second a build
has to look, which costs little when nothing changed.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from feedtool.build import Outcome
from feedtool.build.discovery import ENDINGS
from feedtool.build.freshness import Differences
from feedtool.build.run import Workspace
from feedtool.cli.building import BUILDING, Common
from feedtool.cli.console import FailedError, complain, fail, print_problems, refuse, run, say_waiting
from feedtool.cli.options import shared
from feedtool.config import FILE_NAME, Config
from feedtool.frozen import frozen
from feedtool.problems import Problem
from feedtool.report import counted, printable

if TYPE_CHECKING:
    from socket import socket

    from watchfiles.main import FileChange

#: of the extra
_LIBRARIES = ("starlette", "uvicorn", "watchfiles")
#: chunks of work up to which no processes are started, for a build that may happen beside threads
_FEW = 24
#: environment variable of watchfiles, for file systems that report no changes
_POLLING = "WATCHFILES_FORCE_POLLING"
#: exit status after a second Ctrl-C
_FORCED = 130
#: milliseconds: changes closer than the first are one, up to the second in all; the third is the wait for a change
#: before single files are checked
_STEP, _LONGEST, _LOOK = 15, 2_000, 200
#: milliseconds between two builds, if the system does not report changes
_PAUSE = 1_000
#: posts that a line names
_MOST_NAMES = 3
_Paths: TypeAlias = Sequence[str | Path]
#: what makes two problems the same, on any line
_key = attrgetter("path", "code", "field", "message")


@shared(*(name for name in BUILDING if name not in ("strict", "verbose")))
def serve(
    common: Common,
    port: Annotated[int, typer.Option(metavar="N", help="Port; 0 for any free port.", min=0, max=65535)] = 8000,
    is_opening: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print each request, and list and explain all problems.")
    ] = False,
) -> None:
    """Build, serve the pages, and build again on every change."""
    if any(find_spec(name) is None for name in _LIBRARIES):
        refuse("serve needs libraries that are not installed; `pip install 'feedtool[serve]'` brings them")
    from feedtool.serve import PortError, bound

    settings, _ = common.load()
    try:
        with bound(port) as sockets:
            address = f"http://localhost:{sockets[0].getsockname()[1]}/"
            preview = _Preview(replace(common, verbose=verbose), address, settings)
            _serve(preview, sockets, is_opening=is_opening)
    except PortError as error:
        what = f"port {port} is" if str(error) == "in use" else f"port {port} cannot be used:"
        fail(f"{what} {error}; choose another with --port")


def _serve(preview: _Preview, sockets: list[socket], *, is_opening: bool) -> None:
    try:
        with _interruptible():
            preview.open()
            preview.build()  # ahead of any thread, so that processes can be forked
            from feedtool.serve import Editions, application, serving

            editions, quiet = Editions(), preview.common.quiet
            heard = _print_request if preview.common.verbose else lambda _: None
            app = application(lambda: preview.workspace.output, editions, heard)
            is_polling = bool(os.environ.get(_POLLING))
            with serving(app, editions, sockets):
                watcher = Watcher(preview.watched(), is_polling=is_polling)
                if watcher.is_polling and not quiet:
                    typer.echo("The system does not report changes; files are checked every second.")
                if is_opening:
                    import webbrowser

                    webbrowser.open(preview.address)
                while True:
                    preview.follow()
                    editions.count += 1
                    watcher.wait(preview.watched())
    except KeyboardInterrupt:
        return


class _Preview:
    """What was read and built last."""

    def __init__(self, common: Common, address: str, settings: Config) -> None:
        self.common = common
        #: of the preview
        self.address = address
        #: of the last build, and of the configuration
        self.problems: tuple[Problem, ...] = ()
        self.mistakes: tuple[Problem, ...] = ()
        #: why the last build failed
        self.failure = ""
        self._is_first = True
        self._take(settings)

    def open(self) -> None:
        """Print the address, and the folders that are watched."""
        if self.common.quiet:
            return
        site, watched = self.settings.site, list(self.settings.posts.dirs)
        if site.templates and (self.workspace.base / site.templates).is_dir():
            watched.append(site.templates)
        if self.settings.path:
            watched.append(self.settings.path)
        typer.echo(f"{self.address} shows {printable(str(self.workspace.output))}. Press Ctrl-C to stop.")
        typer.echo(f"Watching {', '.join(map(printable, watched))}.")
        if site.url in ("", self.address):
            typer.echo(f"The feeds name {self.address} as their site until site.url or --site-url is set.")

    def watched(self) -> Watched:
        """Return the folders and files whose changes matter."""
        workspace, config = self.workspace, Path(self.common.config or FILE_NAME)
        templates = self.settings.site.templates
        posts = [workspace.base / folder for folder in self.settings.posts.dirs]
        others = [config.parent / templates] if templates else []
        return Watched(
            posts=posts,
            others=[*others, *posts] if self.settings.plugins.readers else others,  # files of any type are posts
            files=[config],
            ignored=[workspace.output, *([workspace.cache] if workspace.cache else [])],
        ).spelled(os.path.abspath)

    def follow(self) -> None:
        """Read the configuration and build; where it is wrong, print the new mistakes and keep the last build."""
        settings, mistakes = self.common.read()
        new, solved = news(mistakes, self.mistakes)
        self.mistakes = mistakes
        if new:
            print_problems(new)
            complain("the last build is kept until the configuration is corrected.")
        if mistakes:
            return
        if solved and not self.common.quiet:
            typer.echo(f"{_clock()}  the configuration is valid again")
        before = self.settings
        self._take(settings)
        self.build(causes=(f"{settings.path or FILE_NAME} changed",) if self.settings != before else ())

    def build(self, causes: tuple[str, ...] = ()) -> None:
        """Build, and print the news."""
        from feedtool.build.run import run as build_it

        differences: list[Differences | None] = [None]
        started = time.monotonic()
        work = partial(
            build_it, self.settings, self.workspace,
            waiting=partial(say_waiting, str(self.workspace.output)), now_ns=time.time_ns(), noted=differences.append,
        )  # fmt: skip
        is_first, self._is_first = self._is_first, False
        try:
            outcome = run(work, jobs=self.common.jobs, quiet=self.common.quiet, few=4 if is_first else _FEW)
        except FailedError as error:
            if str(error) != self.failure:
                complain(str(error))
            self.failure = str(error)
            return
        self.failure = ""
        # the first line says already that the site has no address
        problems = tuple(problem for problem in outcome.problems if problem.code != "no-site-url")
        new, solved = news(problems, self.problems)
        self.problems = problems
        quiet = self.common.quiet
        is_news = outcome.written or outcome.removed or causes or new or solved or differences[-1] or is_first
        if is_news and not quiet:
            typer.echo(build_line(_clock(), time.monotonic() - started, outcome, differences[-1], causes=causes))
        shown = [problem for problem in new if problem.level == "error" or not quiet]
        print_problems(shown, verbose=self.common.verbose)
        if solved and not quiet:
            typer.echo(f"          {counted(solved, 'problem is', 'problems are')} solved")

    def _take(self, settings: Config) -> None:
        """Take the configuration; feeds without a site of their own name the preview."""
        from feedtool.build.codes import LOCAL_URL

        # the usual address is left out, so that a build afterwards finds nothing to do
        if not settings.site.url and self.address != LOCAL_URL:
            settings = replace(settings, site=replace(settings.site, url=self.address))
        self.settings: Config = settings
        self.workspace: Workspace = self.common.workspace(settings)


@frozen
class Watched:
    """Folders and files to watch."""

    #: posts below these
    posts: _Paths = ()
    #: files of any kind below these
    others: _Paths = ()
    #: single files
    files: _Paths = ()
    #: what a build writes, which may be in one of those folders
    ignored: _Paths = ()

    @property
    def folders(self) -> _Paths:
        """Return all folders, existing or not."""
        return (*self.posts, *self.others)

    def spelled(self, form: Callable[[str | Path], str]) -> Watched:
        """Return the same with each path as `form` spells it."""
        kinds = (self.posts, self.others, self.files, self.ignored)
        posts, others, files, ignored = (tuple(dict.fromkeys(map(form, paths))) for paths in kinds)
        return Watched(posts=posts, others=others, files=files, ignored=ignored)


def matters(path: str, those: Watched) -> bool:
    """Return whether a change of a path may change the output; both without symbolic links.

    A path that no longer exists may have been a folder of posts.
    """
    place = Path(path)
    if any(place.is_relative_to(each) for each in those.ignored):
        return False
    if path in those.files or any(_is_seen(place, each) for each in those.others):
        return True
    may_be_post = place.name.lower().endswith(ENDINGS) or not place.is_file()
    return may_be_post and any(_is_seen(place, each, but="_drafts") for each in those.posts)


class Watcher:
    """Waits for changes of the watched folders and files."""

    def __init__(self, those: Watched, *, is_polling: bool = False) -> None:
        #: the system does not report changes
        self.is_polling = is_polling
        self._begin(those)

    def wait(self, those: Watched) -> None:
        """Return when something may have changed since the last call, or if changes are not reported, after a second.

        Changes between two calls are not lost. Raises KeyboardInterrupt.
        """
        from watchfiles._rust_notify import WatchfilesRustInternalError

        with suppress(WatchfilesRustInternalError):  # such as for a file name that is not text
            while those == self._those and _marks(those) == self._marks:
                changes = next(self._changes)
                if self.is_polling or any(matters(path, self._real) for _, path in changes):
                    return
        self._begin(those)  # what changed before that is not reported: the caller looks

    def _begin(self, those: Watched) -> None:
        # as systems report them: without symbolic links
        self._those, self._marks, self._real = those, _marks(those), those.spelled(os.path.realpath)
        there = [folder for folder in self._real.folders if Path(folder).is_dir() and not self.is_polling]
        try:
            self._changes = self._followed(*there)
            if there:
                next(self._changes)  # only then it watches
        except (OSError, UnicodeEncodeError) as error:
            # too many folders for the system, or a name that is not text; a removed folder shows in the marks
            self.is_polling = not isinstance(error, FileNotFoundError)
            self._changes = self._followed()

    def _followed(self, *folders: str | Path) -> Iterator[set[FileChange]]:
        """Yield the changes below folders, and an empty set after each time without."""
        from watchfiles import watch

        return watch(
            *folders, watch_filter=None, debounce=_LONGEST, step=_STEP, ignore_permission_denied=True,
            rust_timeout=_PAUSE if self.is_polling else _LOOK, yield_on_timeout=True, force_polling=False,
        )  # fmt: skip


def _is_seen(place: Path, folder: str | Path, *, but: str = "") -> bool:
    """Return whether a path is the folder or within it, and neither hidden there nor in a folder called `but`."""
    if not place.is_relative_to(folder):
        return False
    return not any(step.startswith(".") or step == but for step in place.relative_to(folder).parts)


def _marks(those: Watched) -> list[tuple[int, ...]]:
    """Return what differs when a folder or a file was created, removed or replaced, or a file changed."""
    marks: list[tuple[int, ...]] = []
    for path in (*those.folders, *those.files):
        try:
            found = os.stat(path)  # noqa: PTH116 - some times a second
        except (OSError, ValueError):
            marks.append(())
            continue
        own = (found.st_dev, found.st_ino)
        marks.append((*own, found.st_size, found.st_mtime_ns) if path in those.files else own)
    return marks


def build_line(
    clock: str, seconds: float, outcome: Outcome, differences: Differences | None, *, causes: Sequence[str] = ()
) -> str:
    """Return the line about a build: why, and how many files; `causes` are other than posts."""
    reasons = [*causes, *(_posts(differences) if differences else [])] or [counted(outcome.posts, "post")]
    files = f"{counted(outcome.written, 'file')} written"
    files += f", {outcome.removed:,} removed" if outcome.removed else ""
    return f"{clock}  {seconds:.2f} s  {'; '.join([*reasons, files])}"


def news(problems: Iterable[Problem], before: Iterable[Problem]) -> tuple[list[Problem], int]:
    """Return the new problems, and the number of solved ones. One that only moved to another line is neither."""
    old = Counter(map(_key, before))
    new: list[Problem] = []
    for problem in problems:
        if old[_key(problem)] > 0:
            old[_key(problem)] -= 1
        else:
            new.append(problem)
    return new, old.total()


def _posts(differences: Differences) -> Iterator[str]:
    for kind in ("added", "edited", "removed"):
        if names := getattr(differences, kind):
            more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
            yield f"{kind} {', '.join(map(printable, names[:_MOST_NAMES]))}{more}"


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _print_request(line: str) -> None:
    typer.echo(f"{_clock()}  {printable(line)}")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGINT and SIGTERM raise KeyboardInterrupt; a second one ends the process at once."""
    signals = (signal.SIGINT, signal.SIGTERM)

    def force(*_: object) -> None:
        os._exit(_FORCED)

    def interrupt(*_: object) -> None:
        for each in signals:
            signal.signal(each, force)
        raise KeyboardInterrupt

    earlier = {each: signal.signal(each, interrupt) for each in signals}
    try:
        yield
    finally:
        for each, handler in earlier.items():
            signal.signal(each, handler)
