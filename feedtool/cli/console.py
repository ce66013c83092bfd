"""What several commands share: options, the configuration, the workers, what is printed."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO, TypeVar

import typer

from feedtool import report
from feedtool.build.executors import ExecutorError, employ
from feedtool.build.run import Place
from feedtool.cache import engine
from feedtool.cli.progress import bars
from feedtool.config import FILE_NAME, Config
from feedtool.config.reading import load_config
from feedtool.problems import Problem
from feedtool.report import Paint

if TYPE_CHECKING:
    from feedtool.build.parallel import Mapper, Workers

T = TypeVar("T")

# options that several commands have
Configuration = Annotated[
    str | None, typer.Option(metavar="FILE", help=f"Configuration. (default: {FILE_NAME}, if there is one)")
]
Posts = Annotated[
    list[str] | None, typer.Option(metavar="DIR", help="Folder of posts; may be repeated. (default: posts)")
]
Output = Annotated[str | None, typer.Option(metavar="DIR", help="Where feeds are written. (default: output)")]
SiteUrl = Annotated[str | None, typer.Option(metavar="URL", help="Where the output folder will be published.")]
Against = Annotated[
    str | None,
    typer.Option(metavar="URL|FILE", help="The feeds.json that is published now. (default: that in the output)"),
]
Cache = Annotated[
    str | None,
    typer.Option(metavar="DIR", help="Where to remember what need not be done again. (default: .feedtool)"),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 if there are errors or warnings.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say why too: what each kind of problem means, and all of them.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and warnings only.")]
Jobs = Annotated[int, typer.Option(metavar="N", help="Processes; 0 for one per processor.", min=0)]


#: of one kind, more warnings or notes than anybody reads
_MOST_ALIKE = 10
_STYLES: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow"},
    "note": {"fg": "cyan"},
    "quiet": {"dim": True},
}


def configured(path: str | None, overrides: Mapping[str, object]) -> tuple[Config, Path]:
    """Return the configuration and the folder that its paths are relative to; exit with 2 where it is wrong."""
    settings, base, problems = read_configuration(path, overrides)
    if problems:
        print_problems(problems, quiet=False)
        raise typer.Exit(2)
    return settings, base


def read_configuration(path: str | None, overrides: Mapping[str, object]) -> tuple[Config, Path, tuple[Problem, ...]]:
    """Return the configuration, the folder that its paths are relative to, and what is wrong with it."""
    if path is None and Path(FILE_NAME).exists():
        path = FILE_NAME
    settings, problems = load_config(path, overrides=overrides)
    return settings, Path(path).parent if path else Path(), problems


def place_of(
    settings: Config, base: Path, *, posts: Sequence[str] | None, output: str | None, cache: str | None
) -> Place:
    """Return where a build happens; `cache` is None for none, "" for its usual place."""
    return Place(
        base=Path() if posts else base,
        output=(Path() if output else base) / settings.output,
        cache=None if cache is None else Path(cache) if cache else base / ".feedtool",
        engine=engine(sys.path),
    )


def run(work: Callable[[Mapper, Callable[[], Workers]], T], *, jobs: int, executor: str, quiet: bool) -> T:
    """Do what builds; exit with 1 where the output cannot be written, with 2 where the executor is not to be had."""
    try:
        return attempt(work, jobs=jobs, executor=executor, quiet=quiet)
    except FailedError as error:
        complain(str(error))
        raise typer.Exit(error.status) from None


class FailedError(Exception):
    """A build could not be done; says why."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        #: what a command that does nothing else exits with
        self.status = status


def attempt(
    work: Callable[[Mapper, Callable[[], Workers]], T], *, jobs: int, executor: str, quiet: bool, few: int = 4
) -> T:
    """Do what builds. Raises FailedError. `few`: see `feedtool.build.executors.processes`."""
    from feedtool.cache import CacheError
    from feedtool.output import OutputError

    try:
        return employ(work, jobs=jobs, executor=executor, progress=partial(bars, quiet=quiet), few=few)
    except ExecutorError as error:
        raise FailedError(str(error), 2) from error
    except OutputError as error:
        raise FailedError(str(error), 1) from error
    except CacheError as error:
        raise FailedError(f"there is no room for what a build must remember: {error}", 1) from error


def fetched(against: str, *, is_first: bool) -> bytes | None:
    """Return what lies there, None where nothing does and `is_first` allows for that; exit with 1 where it fails."""
    from feedtool.publish.fetch import FetchError, fetch

    try:
        return fetch(against)
    except FetchError as error:
        complain(f"--against {error}")
        if not (error.is_missing and is_first):
            raise typer.Exit(1) from None
        complain("nothing was published before, so far as that address knows.")
        return None


def complain(sentence: str) -> None:
    """Say on standard error what is the matter; what strangers wrote in it steers no terminal."""
    typer.echo(report.printable(f"feedtool: {sentence}"), err=True)


def refuse(sentence: str) -> NoReturn:
    """Say what cannot be done as asked, and exit with 2."""
    complain(sentence)
    raise typer.Exit(2)


def fail(sentence: str) -> NoReturn:
    """Say what could not be done, and exit with 1."""
    complain(sentence)
    raise typer.Exit(1)


def say_waiting(place: str) -> None:
    """Say that somebody else has to end first."""
    complain(f"another build or publication is under way in {place}; waiting for its end.")


def any_serious(problems: Sequence[Problem]) -> bool:
    """Return whether there is more than notes."""
    return any(problem.level != "note" for problem in problems)


def paint_for(stream: TextIO) -> Paint:
    """Return what colours text on a terminal, and nowhere else; nor where NO_COLOR is set (no-color.org)."""
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return report.unpainted
    return lambda text, style: typer.style(text, **_STYLES[style])


def print_problems(problems: Sequence[Problem], *, quiet: bool, verbose: bool = False) -> None:
    """Print them for people, and within GitHub Actions for its pages too."""
    told = [problem for problem in problems if not (quiet and problem.level == "note")]
    meanings = meanings_of(told) if verbose else {}
    most = 0 if verbose else _MOST_ALIKE
    for line in report.problem_lines(told, paint=paint_for(sys.stderr), meanings=meanings, most=most):
        typer.echo(line, err=True)
    if len(told) > most > 0 and max(Counter(problem.code for problem in told).values()) > most:
        typer.echo("-v tells all, and what each kind means.", err=True)
    annotate(told)


def annotate(problems: Sequence[Problem]) -> None:
    """Within GitHub Actions, have the problems shown beside the files; its runner reads standard error too."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for problem in problems:
            typer.echo(report.annotation(problem), err=True)


def meanings_of(problems: Sequence[Problem]) -> dict[str, str]:
    """Return what the kinds of these problems mean, by code."""
    from feedtool.explain.registry import all_codes

    occurring = {problem.code for problem in problems}
    return {code.name: code.meaning for code in all_codes() if code.name in occurring} if occurring else {}


def print_summary(rows: Sequence[tuple[str, str]], *, quiet: bool, err: bool = False) -> None:
    """Print the summary, and add it to the CI's summary page, where there is one."""
    if rows and not quiet:
        typer.echo("\n".join(report.summary_lines(rows)), err=err)
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
