"""What the commands print, how they exit, and the workers that they start."""

from __future__ import annotations

import gc
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO, TypeVar

from feedtool import report
from feedtool.problems import Problem
from feedtool.report import Paint

if TYPE_CHECKING:
    from feedtool.build.parallel import Pools, Progress

T = TypeVar("T")

#: ECMA-48, section 8.3.117
_STYLES = {"error": "\x1b[31;1m", "warning": "\x1b[33m", "note": "\x1b[36m", "quiet": "\x1b[2m"}
_PLAIN = "\x1b[0m"
#: how some hosts answer for a file that does not exist, with status 200
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
#: lines of a terminal for the summary below problems and the next prompt, and for problems at least
_SUMMARY, _FEWEST = 10, 10
#: seconds before progress is shown, and between two updates
_PATIENCE, _PAUSE = 1.0, 0.1


class FailedError(Exception):
    """A build failed; says why. The command ends, except for a preview."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        #: exit status
        self.status = status


def run(work: Callable[[Pools], T], *, jobs: int, quiet: bool, executor: str = "", few: int = 4) -> T:
    """Call a build function with pools of workers. Raises FailedError. `few`: see `build.executors.processes`."""
    from feedtool.build.executors import ExecutorError, employ
    from feedtool.cache import CacheError
    from feedtool.output import OutputError

    try:
        return employ(work, jobs=jobs, executor=executor, progress=partial(_working, quiet=quiet), few=few)
    except (ExecutorError, OutputError) as error:
        raise FailedError(str(error), 2 if isinstance(error, ExecutorError) else 1) from error
    except CacheError as error:
        raise FailedError(f"the cache cannot be written: {error}", 1) from error


@contextmanager
def _working(*, quiet: bool) -> Iterator[Progress]:
    """Give what shows progress when work begins; nothing became garbage before, and what was imported stays."""
    gc.freeze()
    gc.enable()
    with bars(quiet=quiet) as progress:
        yield progress


def fetched(against: str, *, is_first: bool) -> dict[str, bytes] | None:
    """Return the published files at --against: see `feedtool.publish.http`; exit with 1 where it cannot be read.

    None if nothing is published there yet: an address answers with a page, or is missing and `is_first`.
    """
    from feedtool.output import MANIFEST
    from feedtool.publish.http import FetchError, fetch_published

    try:
        files = fetch_published(against)
    except FetchError as error:
        if not (error.is_missing and is_first):
            fail(f"--against {error}")
        complain(f"--against {error}")
        complain("nothing is published there yet; continuing as a first build.")
        return None
    if "://" in against and _HTML.match(files[MANIFEST]):
        complain(f"{against} answers with a page; nothing is published there yet.")
        return None
    return files


def echo(text: str, *, err: bool = False) -> None:
    """Print on standard output, or standard error."""
    print(text, file=sys.stderr if err else sys.stdout, flush=True)


def _terminal() -> os.terminal_size:
    import shutil

    return shutil.get_terminal_size()


def say(line: str, *, err: bool = False) -> None:
    """Print a line for people: on a terminal it is broken between words."""
    if (sys.stderr if err else sys.stdout).isatty():
        line = "\n".join(report.folded(line, _terminal().columns))
    echo(line, err=err)


def complain(sentence: str) -> None:
    """Print a sentence on standard error, without control characters."""
    say(report.printable(f"feedtool: {sentence}"), err=True)


def refuse(sentence: str) -> NoReturn:
    """Print a mistake in the command line, and exit with 2."""
    complain(sentence)
    raise SystemExit(2)


def fail(sentence: str) -> NoReturn:
    """Print why a command failed, and exit with 1."""
    complain(sentence)
    raise SystemExit(1)


def say_waiting(place: str) -> None:
    """Say that another process has to end first."""
    complain(f"another build or publication is running in {place}; waiting for it to end.")


def any_serious(problems: Sequence[Problem]) -> bool:
    """Return whether there are errors or warnings."""
    return any(problem.level != "note" for problem in problems)


def paint_for(stream: TextIO) -> Paint:
    """Return what colours text on a terminal, and nowhere else; nor where NO_COLOR is set (no-color.org)."""
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return report.unpainted
    return lambda text, style: f"{_STYLES[style]}{text}{_PLAIN}"


def print_problems(problems: Sequence[Problem], *, quiet: bool = False, verbose: bool = False) -> None:
    """Print problems on standard error, and as annotations within GitHub Actions."""
    shown = [problem for problem in problems if not (quiet and problem.level == "note")]
    for line in lines_of(shown, sys.stderr, verbose=verbose):
        say(line, err=True)
    annotate(shown)


def lines_of(problems: Sequence[Problem], stream: TextIO, *, verbose: bool) -> list[str]:
    """Return every problem with the meaning of its kind, or without `verbose` each kind once, so that all fits."""
    paint = paint_for(stream)
    if verbose:
        occurring = {problem.code for problem in problems}
        codes = report.all_codes() if occurring else ()
        meanings = {code.name: code.meaning for code in codes if code.name in occurring}
        return report.problem_lines(problems, paint=paint, meanings=meanings)
    if not stream.isatty():
        return report.kind_lines(problems, paint=paint)
    size = _terminal()
    return report.kind_lines(problems, paint=paint, most=max(_FEWEST, size.lines - _SUMMARY), width=size.columns)


def annotate(problems: Sequence[Problem]) -> None:
    """Within GitHub Actions, show the problems beside the files; its runner reads standard error too."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for problem in problems:
            echo(report.annotation(problem), err=True)


def print_summary(rows: Sequence[tuple[str, str]], *, quiet: bool, err: bool = False) -> None:
    """Print the summary, and add it to the CI's summary page, where there is one."""
    if rows and not quiet:
        for line in report.summary_lines(rows):
            say(line, err=err)
    add_to_page(rows)


def add_to_page(rows: Sequence[tuple[str, str]]) -> None:
    """Add a table to the CI's summary page, where there is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path or not rows:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as page:
            page.write(report.summary_markdown(rows))
    except OSError as error:
        complain(f"the summary page cannot be written: {error.strerror}")


@contextmanager
def bars(*, quiet: bool) -> Iterator[Progress]:
    """Give what shows progress on a terminal; it shows nothing in CI, in a pipe, or with `quiet`."""
    if quiet or not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        yield lambda *_: None
        return
    shown = _Shown()
    try:
        yield shown.advance
    finally:
        shown.show("")


class _Shown:
    """A line that comes up after a second and goes at the end: the stage, how far, how fast, how much longer."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        #: when each stage began
        self._stages: dict[str, float] = {}
        self._line = ""

    def advance(self, stage: str, done: int, total: int) -> None:
        """Show how much of a stage is done; `total` may grow."""
        now = time.monotonic()
        began = self._stages.setdefault(stage, now)
        if now - self._began < _PATIENCE or (now - self._last < _PAUSE and done != total):
            return
        self._last = now
        rate = done / (now - began) if now > began else 0.0
        seconds = (total - done) / rate if rate else 0.0
        left = f"{max(1, round(seconds))} s left" if seconds < 90 else f"{round(seconds / 60)} min left"
        bar = "#" * (20 * done // max(total, 1))
        speed = f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
        self.show(f"{stage:<8} [{bar:.<20}] {done}/{total}  {speed}  {left if seconds else ''}".rstrip())

    def show(self, line: str) -> None:
        """Show a line in place of the one before; what others print meanwhile takes its place too."""
        if line != self._line:
            sys.stderr.write(f"\r{line[: _terminal().columns - 1]}\x1b[K\r")
            sys.stderr.flush()
            self._line = line
