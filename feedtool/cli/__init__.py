"""The command line: parse, call one function, print, exit.

The only place that prints, reads the clock or the environment, starts processes, or exits.
Exit status: 0 success, with warnings or without; 1 failure, or with --strict any error or warning; 2 wrong usage or
configuration. A `feedtool build` that finds nothing to do, as most of a day, ends here, and imports little. Here is
also what only this machine knows: the key of the user's caches, and git's history of posts.
"""

from __future__ import annotations

import atexit
import gc
import hashlib
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from feedtool import __version__
from feedtool.build import idle
from feedtool.build.discovery import is_recent
from feedtool.build.git_index import has_history
from feedtool.cache import FILE_NAME, engine
from feedtool.disk import read_regular

if TYPE_CHECKING:
    from typer import Typer

    from feedtool.build import Outcome

#: new objects after which Python looks for garbage; with its own 700, a tenth of a small build's time goes there
_GARBAGE = 50_000
#: names of a site's configuration and of its cache's folder
_CONFIG, _CACHE = "feedtool.toml", ".feedtool"
#: libraries for bytes of an unknown encoding, dates in words, headers that are not simple, and selectors (two)
_SELDOM = ("charset_normalizer", "dateutil.parser", "frontmatter", "yaml", "soupsieve", "bs4")
#: more files than people edit between two builds: if so many entries changed, it was not by their files
_MOST = 50
#: seconds for an answer of git
_PATIENCE = 20
#: git runs no other program for us, writes no index, and downloads nothing
_OPTIONS = ("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false")
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}


def main() -> None:
    """Run the command line."""
    if sys.getfilesystemencoding().lower() != "utf-8":
        # file names of posts and feeds are UTF-8, also on machines with another locale
        os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "feedtool", *sys.argv[1:]])  # noqa: S606
    gc.set_threshold(_GARBAGE)
    # at its end, a Python looks through all that it holds for garbage, as long as ten entries take
    atexit.register(gc.freeze)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        asked = None
        if sys.argv[1:2] == ["build"]:
            gc.disable()  # until there is work: see `feedtool.cli.console.run`
            asked = Asked(sys.argv[1:])
            asked.answer()
        for name in _SELDOM:
            sys.modules.setdefault(name, _Later(name))
        if asked and asked.options:
            from feedtool.cli.building import build_again

            build_again(asked)
        commands()(obj=asked)
    except FileNotFoundError:
        if _working_folder():
            raise
        from feedtool.cli.console import complain

        complain("the working folder was removed. Change to one that exists.")
        raise SystemExit(1) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


class _Later(ModuleType):
    """A library that is imported when it is used: to import it takes longer than to make an entry with it.

    The standard `LazyLoader` does not help: up to Python 3.12, each `import` of the name loads the library.
    """

    def __getattr__(self, name: str) -> object:
        """Return what the library has under a name."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@cache
def commands() -> Typer:
    """Return every command, as typer knows it."""
    import typer

    from feedtool.cli.build import build, check
    from feedtool.cli.new import init, new
    from feedtool.cli.options import epilog
    from feedtool.cli.publish import publish
    from feedtool.cli.serve import serve
    from feedtool.cli.show import explain, learn, links, list_, schema

    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        # plain lines: they fit any terminal, can be searched, and look the same in a pipe
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=epilog(""),
    )
    for command in (init, new, build, serve, check, publish, list_, links, explain, learn, schema):
        name = command.__name__.rstrip("_")
        app.command(name, epilog=epilog(name))(command)
    shown = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version.")  # noqa: FBT003

    @app.callback()
    def root(version: bool = shown) -> None:
        """Publish a folder of posts as feeds: one for all posts, and one for each category and tag."""

    return app


def _version(value: bool) -> None:
    if value:
        from feedtool.cli.console import echo

        echo(f"feedtool {__version__}")
        raise SystemExit(0)


class Asked:
    """The words of a build, and all that is known before they are parsed."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.started = time.monotonic()
        self.now_ns = time.time_ns()
        self.engine = engine(tuple(sys.path))
        #: the post files, if they were looked for
        self.walked: idle.Walked | None = None
        #: the options that the words are, if they are known from an earlier build
        self.options: dict[str, Any] | None = None
        self._folder = _working_folder()

    def answer(self) -> None:
        """Print how the build ends and exit, where it finds nothing to do; else return."""
        base = Path(self._given("--config") or _CONFIG).parent
        cache = Path(self._given("--cache") or base / _CACHE)
        glance = idle.glance(
            self.words,
            folder=self._folder,
            cache=cache,
            base=base,
            engine=self.engine,
            secret=secret(),
            now_ns=self.now_ns,
            aside=_aside,
        )
        self.walked, self.options = glance.walked, glance.options
        if glance.outcome and glance.shown:
            raise SystemExit(told(glance.outcome, seconds=time.monotonic() - self.started, **glance.shown))

    def meant(self, config: str, templates: str, shown: dict[str, object]) -> idle.Words | None:
        """Return the words with what decides their meaning; None where that is not certain.

        `config` is the file that was read meanwhile, "" for none: then one may be written before the next build.
        """
        config = config or _CONFIG
        try:
            is_there = os.path.exists(config)  # noqa: PTH110 - a text
            if not self._folder or (is_there and _was_changed_now(config, self.now_ns)):
                return None
            digest = idle.digest_of(self.words, self._folder, config, templates)
        except (OSError, ValueError):
            return None
        options = self.options or {}
        return idle.Words(digest=digest, config=config, templates=templates, shown=shown, options=options)

    def _given(self, option: str) -> str:
        """Return the value of an option that stands among the words; a wrong guess finds no answer."""
        found = ""
        for word, following in zip(self.words, (*self.words[1:], ""), strict=True):
            if word == option:
                found = following
            elif word.startswith(f"{option}="):
                found = word.partition("=")[2]
        return found


def _was_changed_now(config: str, now_ns: int) -> bool:
    found = os.stat(config)  # noqa: PTH116 - a text
    return is_recent(max(found.st_mtime_ns, found.st_ctime_ns), now_ns=now_ns)


def _aside(work: Callable[[], bytes]) -> Callable[[], bytes]:
    """Start work in a process of its own, and return what waits for its result; where that fails, it is done here.

    This process has no threads yet, and a copy of it needs no imports.
    """
    if not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        return work
    here, there = os.pipe()
    process = os.fork()
    if not process:
        try:
            with os.fdopen(there, "wb") as pipe:
                pipe.write(b"%b!" % work())
        finally:
            os._exit(0)
    os.close(there)

    def wait() -> bytes:
        with os.fdopen(here, "rb") as pipe:
            content = pipe.read()
        os.waitpid(process, 0)
        return content[:-1] if content.endswith(b"!") else work()

    return wait


def _working_folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a text
    except OSError:
        return ""  # it was deleted


def told(
    outcome: Outcome, *, seconds: float, quiet: bool, verbose: bool, strict: bool, as_json: bool, site_url: str,
    output: str, cache: str,
) -> int:  # fmt: skip
    """Print what a build did, and return the exit status; `cache` is the folder of the cache, or ""."""
    from feedtool import report
    from feedtool.cli.console import any_serious, echo, print_problems, print_summary

    print_problems(outcome.problems, quiet=quiet, verbose=verbose)
    size = 0
    with suppress(OSError):
        size = os.stat(f"{cache}/{FILE_NAME}").st_size if verbose and cache else 0  # noqa: PTH116 - a text
    rows = report.summary_rows(outcome, seconds, cache_bytes=size) if outcome.is_built else []
    rows += report.next_rows(output, site_url) if rows and not as_json else []
    print_summary(rows, quiet=quiet, err=as_json)
    if as_json:
        echo(report.outcome_json(outcome, site_url=site_url, seconds=seconds))
    is_whole = outcome.is_built and not outcome.refused
    return 0 if is_whole and not (strict and any_serious(outcome.problems)) else 1


def secret() -> bytes:
    """Return the key of the user's caches, made at the first use; where it cannot be kept, one for this run.

    By it a build knows the entries again that an earlier one left there. No cache holds it: whoever hands in a cache
    must not know it.
    """
    given = os.environ.get("FEEDTOOL_CACHE_KEY", "").strip()
    if not given:
        try:
            state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
            given = _kept(state / "feedtool/key")
        except (OSError, RuntimeError, ValueError):  # no home, or one that cannot be written
            given = ""
    return hashlib.blake2b((given or os.urandom(32).hex()).encode("utf-8", "surrogateescape")).digest()


def _kept(place: Path) -> str:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(os.urandom(32).hex())
    return read_regular(place, most=1000).decode("ascii").strip()


def committed(base: Path, paths: Sequence[str]) -> Mapping[str, int]:
    """Return when files were committed last, in milliseconds since 1970.

    Nothing in a shallow clone, where every file seems to be of one commit; nothing of a file that was changed since.
    """
    if len(paths) > _MOST or not has_history(base):
        return {}
    places = {path: ("--", os.path.abspath(path)) for path in paths}  # noqa: PTH100
    same = [path for path, place in places.items() if _git(base, "status", "--porcelain", *place) == ""]
    times = {path: _git(base, "log", "-1", "--format=%ct", *places[path]) for path in same}
    return {path: int(seconds) * 1000 for path, seconds in times.items() if seconds and seconds.isdecimal()}


def _git(base: Path, *arguments: str) -> str | None:
    """Return what git says, or None where it cannot tell."""
    import subprocess  # a build that finds nothing to do needs none

    try:
        done = subprocess.run(  # noqa: S603 - no shell
            ["git", "-C", str(base), *_OPTIONS, *arguments],  # noqa: S607 - the user's own
            capture_output=True,
            check=True,
            env={**os.environ, **_ENVIRONMENT},
            timeout=_PATIENCE,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()
