"""`feedtool check`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from feedtool import report
from feedtool.cli.console import (
    add_to_page,
    annotate,
    any_serious,
    complain,
    fetched,
    meanings_of,
    paint_for,
    run,
)
from feedtool.cli.options import BUILDING, Common, shared
from feedtool.problems import Problem

if TYPE_CHECKING:
    from feedtool.check.site import Checked
    from feedtool.check.subscribers import Seen

_Files = Annotated[
    list[str] | None, typer.Argument(metavar="FILE", help="Feeds, or folders of feeds. (default: your own feeds)")
]
_Against = Annotated[
    str | None,
    typer.Option("--against", metavar="URL|FILE", help="What is published: a feeds.json, or the feed of all entries."),
]
_MaxNew = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Exit with 1 if more than N existing entries would appear as new or duplicated.", min=0
    ),
]
_Format = Literal["text", "json", "github", "sarif"]


@shared(*(name for name in BUILDING if name != "output"))
def check(
    common: Common,
    files: _Files = None,
    against: _Against = None,
    max_new: _MaxNew = None,
    form: Annotated[_Format, typer.Option("--format", help="Output format.")] = "text",
) -> None:
    """Check the feeds that a build would write, or any other feeds."""
    problems, checked = (_of_files(files), None) if files else _of_site(common, against)
    seen = checked.seen if checked else None
    shown = [problem for problem in problems if not (common.quiet and problem.level == "note")]
    _print(shown, form, checked, verbose=common.verbose)
    add_to_page(report.check_rows(shown, seen))
    is_bad = any(problem.level == "error" for problem in problems) or (common.strict and any_serious(problems))
    is_above = not files and max_new is not None and _is_above(max_new, seen)
    raise typer.Exit(1 if is_bad or is_above else 0)


def _of_files(files: Sequence[str]) -> Sequence[Problem]:
    from feedtool.check.site import check_files

    return check_files(map(Path, files), now_ms=time.time_ns() // 1_000_000)


def _of_site(common: Common, against: str | None) -> tuple[Sequence[Problem], Checked]:
    from feedtool.check.site import check_site

    settings, place = common.load()
    known = fetched(against, is_first=False) if against else None
    work = partial(check_site, settings, place, against=known, now_ns=time.time_ns())
    checked = run(work, jobs=common.jobs, quiet=common.quiet)
    return checked.problems, checked


def _is_above(max_new: int, seen: Seen | None) -> bool:
    """Return whether too many entries would appear as new, or this is not known; say so."""
    if seen is None:
        complain("--max-new needs something to compare with: name what is published with --against.")
        return True
    shown = seen.anew + seen.doubled
    if shown > max_new:
        entries = report.counted(shown, "existing entry", "existing entries")
        complain(f"{entries} would appear as new or duplicated; --max-new allows {max_new:,}.")
    return shown > max_new


def _print(problems: Sequence[Problem], form: _Format, checked: Checked | None, *, verbose: bool) -> None:
    seen = checked.seen if checked else None
    summary = report.check_lines(problems, seen)
    if form != "github":
        annotate(problems)
    if form == "json":
        lines, summary = [report.problems_json(problems, seen, checked.outcome if checked else None)], []
    elif form == "sarif":
        from feedtool.explain.names import all_codes

        lines = [report.problems_sarif(problems, all_codes())]
    elif form == "github":
        lines = [report.annotation(problem) for problem in problems]
    else:
        meanings = meanings_of(problems) if verbose else {}
        lines = report.problem_lines(problems, paint=paint_for(sys.stdout), meanings=meanings)
    for line in lines:
        typer.echo(line)
    for line in summary:
        typer.echo(line, err=form == "sarif")
