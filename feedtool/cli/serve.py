"""`feedtool serve`: build, serve, wait for a change, build again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feedtool import report
from feedtool.cli.console import (
    Cache,
    Configuration,
    FailedError,
    Jobs,
    Output,
    Posts,
    Quiet,
    SiteUrl,
    attempt,
    complain,
    configured,
    fail,
    place_of,
    print_problems,
    read_configuration,
    refuse,
    say_waiting,
)
from feedtool.config import FILE_NAME, Config
from feedtool.problems import Problem
from feedtool.serve import log

if TYPE_CHECKING:
    from socket import socket

    from feedtool.build.freshness import Differences
    from feedtool.build.outcome import Outcome
    from feedtool.build.run import Place
    from feedtool.serve.watching import Watched

#: of the extra
_LIBRARIES = ("starlette", "uvicorn", "watchfiles")
#: feeds, or as many times some posts, that are made sooner in this process than others start beside its threads
_FEW = 24
#: environment variable of the library's, for file systems that do not tell of changes
_POLLING = "WATCHFILES_FORCE_POLLING"
#: exit status of a process that a signal ended, for whoever presses Ctrl-C twice
_FORCED = 130

_Port = Annotated[int, typer.Option(metavar="N", help="Port; 0 for any that is free.", min=0, max=65535)]
_Open = Annotated[bool, typer.Option("--open", help="Open the browser.")]
_Requests = Annotated[
    bool, typer.Option("--verbose", "-v", help="Print each request, and all problems with what they mean.")
]


def serve(
    config: Configuration = None,
    posts: Posts = None,
    output: Output = None,
    site_url: SiteUrl = None,
    port: _Port = 8000,
    jobs: Jobs = 0,
    cache: Cache = None,
    is_opening: _Open = False,
    quiet: Quiet = False,
    verbose: _Requests = False,
) -> None:
    """Build, show the pages, and build again with every change."""
    if any(find_spec(name) is None for name in _LIBRARIES):
        refuse("serve needs libraries that are not installed; `pip install 'feedtool[serve]'` brings them")
    from feedtool.serve.server import PortError, bound

    given: dict[str, object] = {"site.url": site_url, "output": output, "posts.dirs": posts or None}
    settings, base = configured(config, given)
    try:
        with bound(port) as sockets:
            asked = _Asked(
                config=config, posts=posts, output=output, cache=cache, given=given, jobs=jobs, quiet=quiet,
                verbose=verbose, address=f"http://localhost:{sockets[0].getsockname()[1]}/",
            )  # fmt: skip
            _preview(_Session(asked, settings, base), sockets, is_opening=is_opening)
    except PortError as error:
        what = f"port {port} is" if str(error) == "in use" else f"nothing can be served on port {port}:"
        fail(f"{what} {error}; name another with --port")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command line says, which stays."""

    config: str | None
    posts: list[str] | None
    output: str | None
    cache: str | None
    given: dict[str, object]
    jobs: int
    quiet: bool
    verbose: bool
    #: of the preview
    address: str


def _preview(session: _Session, sockets: list[socket], *, is_opening: bool) -> None:
    """Build and serve until somebody ends it."""
    try:
        with _interruptible():
            session.open()
            session.build()  # ahead of any thread, so that processes can be forked
            from feedtool.serve.app import Editions, application
            from feedtool.serve.server import serving
            from feedtool.serve.watching import Watcher

            editions = Editions()
            heard = _say_request if session.asked.verbose else _ignore
            app = application(lambda: session.place.output, editions, heard)
            is_polling = bool(os.environ.get(_POLLING))
            with serving(app, editions, sockets), Watcher(session.watched(), is_polling=is_polling) as watcher:
                if watcher.is_polling and not session.asked.quiet:
                    typer.echo("The system does not tell of changes; they are looked for every second.")
                if is_opening:
                    import webbrowser

                    webbrowser.open(session.asked.address)
                while True:
                    session.follow()
                    editions.announce()
                    watcher.watch(session.watched())
                    watcher.wait()
    except KeyboardInterrupt:
        return


class _Session:
    """One preview: what was read and built last."""

    def __init__(self, asked: _Asked, settings: Config, base: Path) -> None:
        self.asked = asked
        #: of the last build, and of the configuration
        self.problems: tuple[Problem, ...] = ()
        self.mistakes: tuple[Problem, ...] = ()
        #: the last sentence about a build that could not be done
        self.failure = ""
        self._is_first = True
        self.settings, self.place = self._meant(settings, base)

    def open(self) -> None:
        """Say what this is."""
        if self.asked.quiet:
            return
        config, folders = self.settings.path, list(self.settings.posts.dirs)
        templates = self.settings.site.templates
        if templates and (self.place.base / templates).is_dir():
            folders.append(templates)
        names_itself = self.settings.site.url in ("", self.asked.address)
        output = str(self.place.output)
        for line in log.opening_lines(
            self.asked.address, output=output, folders=folders, config=config, names_itself=names_itself
        ):
            typer.echo(line)

    def watched(self) -> Watched:
        """Return what a change of would change what is built."""
        from feedtool.serve.watching import watched

        place, config = self.place, Path(self.asked.config or FILE_NAME)
        templates = self.settings.site.templates
        return watched(
            posts=[place.base / folder for folder in self.settings.posts.dirs],
            others=[config.parent / templates] if templates else [],
            files=[config],
            ignored=[place.output, *([place.cache] if place.cache else [])],
        )

    def follow(self) -> None:
        """Read the configuration, and build what it says; where it is wrong, say so and leave all as it is."""
        before = self.settings
        if self._read():
            self.build(causes=(f"{self.settings.path or FILE_NAME} changed",) if self.settings != before else ())

    def build(self, causes: tuple[str, ...] = ()) -> None:
        """Bring the output up to date, and say what is new."""
        differences: list[Differences | None] = [None]
        started = time.monotonic()
        try:
            outcome = self._built(differences)
        except FailedError as error:
            if str(error) != self.failure:
                complain(str(error))
            self.failure = str(error)
            return
        finally:
            is_first, self._is_first = self._is_first, False
        self.failure = ""
        self._say(outcome, differences[-1], causes, time.monotonic() - started, is_first=is_first)

    def _built(self, differences: list[Differences | None]) -> Outcome:
        from feedtool.build.run import run

        def work(readers: object, workers: object) -> Outcome:
            return run(
                self.settings, self.place, readers=readers, workers=workers,  # type: ignore[arg-type]
                waiting=partial(say_waiting, str(self.place.output)), now_ns=time.time_ns(), noted=differences.append,
            )  # fmt: skip

        return attempt(
            work, jobs=self.asked.jobs, executor="", quiet=self.asked.quiet, few=4 if self._is_first else _FEW
        )

    def _say(
        self,
        outcome: Outcome,
        differences: Differences | None,
        causes: tuple[str, ...],
        seconds: float,
        *,
        is_first: bool,
    ) -> None:
        # in place of the one about a missing address stands a line at the top
        problems = tuple(problem for problem in outcome.problems if problem.code != "no-site-url")
        new, solved = log.news(problems, self.problems)
        self.problems = problems
        is_news = bool(outcome.written or outcome.removed or causes or new or solved)
        if not self.asked.quiet and (is_news or differences or is_first):
            clock = time.strftime("%H:%M:%S")
            typer.echo(log.build_line(clock, seconds, outcome, differences, causes=causes))
        self._tell(new, solved)

    def _tell(self, new: list[Problem], solved: int) -> None:
        quiet = self.asked.quiet
        told = [problem for problem in new if problem.level == "error" or not quiet]
        print_problems(told, quiet=quiet, verbose=self.asked.verbose)
        if solved and not quiet:
            typer.echo(log.resolved_line(solved))

    def _read(self) -> bool:
        """Take in the configuration; where it is wrong, say what is new about that, keep the last, return False."""
        settings, base, mistakes = read_configuration(self.asked.config, self.asked.given)
        new, solved = log.news(mistakes, self.mistakes)
        self.mistakes = mistakes
        if mistakes:
            if new:
                print_problems(new, quiet=False)
                complain("what was built before stays until that is mended.")
            return False
        if solved and not self.asked.quiet:
            typer.echo(f"{time.strftime('%H:%M:%S')}  the configuration is sound again")
        self.settings, self.place = self._meant(settings, base)
        return True

    def _meant(self, settings: Config, base: Path) -> tuple[Config, Place]:
        """Return the configuration, in which feeds that have no other site name the preview; and where to build."""
        from feedtool.build.codes import LOCAL_URL

        asked = self.asked
        # the usual address is left unsaid, so that a build afterwards finds nothing to do
        if not settings.site.url and asked.address != LOCAL_URL:
            settings = replace(settings, site=replace(settings.site, url=asked.address))
        return settings, place_of(settings, base, posts=asked.posts, output=asked.output, cache=asked.cache or "")


def _ignore(_: str) -> None:
    return


def _say_request(line: str) -> None:
    typer.echo(f"{time.strftime('%H:%M:%S')}  {report.printable(line)}")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGINT and SIGTERM end what runs as Ctrl-C does; a second one ends the process at once."""
    earlier = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}

    def force(*_: object) -> None:
        os._exit(_FORCED)

    def interrupt(*_: object) -> None:
        for each in earlier:
            signal.signal(each, force)
        raise KeyboardInterrupt

    for each in earlier:
        signal.signal(each, interrupt)
    try:
        yield
    finally:
        for each, handler in earlier.items():
            signal.signal(each, handler)
