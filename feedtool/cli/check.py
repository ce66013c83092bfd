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
from feedtool.cli import console
from feedtool.cli.build import Common
from feedtool.cli.options import BUILDING, shared
from feedtool.output import MANIFEST
from feedtool.problems import Problem

if TYPE_CHECKING:
    from feedtool.check.site import Checked, Seen

_Format = Literal["text", "json", "github", "sarif"]


@shared(*(name for name in BUILDING if name != "output"))
def check(
    common: Common,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE|URL", help="Feeds, or folders of feeds. (default: your own feeds)"),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="URL|FILE", help="The published feeds: a feeds.json, or the feed of all entries."),
    ] = None,
    max_new: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Exit with 1 if more than N existing entries would appear as new or duplicated.", min=0
        ),
    ] = None,
    form: Annotated[_Format, typer.Option("--format", help="Output format.")] = "text",
) -> None:
    """Check the feeds that a build would write, or any other feeds."""
    checked = None if files else _of_site(common, against)
    problems = checked.problems if checked else _of_files(files or ())
    seen = checked.seen if checked else None
    shown = [problem for problem in problems if not (common.quiet and problem.level == "note")]
    rows = report.check_rows(shown, seen)
    if form != "github":
        console.annotate(shown)
    verdict = [f"{label}: {value}" for label, value in rows if label != "problems"]
    if checked and checked.outcome.is_built and not seen:
        feeds = report.counted(checked.outcome.feeds, "feed")
        verdict.append(f"subscribers would see: {checked.outcome.entries:,} entries in {feeds}, for the first time")
    show = console.say if form == "text" else console.echo
    for line in verdict if form == "text" else ():
        show(line)
    for line in _lines(shown, form, checked, verbose=common.verbose):
        show(line)
    for line in (*(verdict if form != "text" else ()), rows[0][1]) if form != "json" else ():
        show(line, err=form == "sarif")
    console.add_to_page(rows)
    is_bad = any(problem.level == "error" for problem in problems) or (common.strict and console.any_serious(problems))
    is_above = not files and max_new is not None and _is_above(max_new, seen)
    raise typer.Exit(1 if is_bad or is_above else 0)


def _of_site(common: Common, against: str | None) -> Checked:
    """Check the feeds of a build."""
    from feedtool.check.site import check_site

    settings, workspace = common.load()
    known = console.fetched(against, is_first=False) or {} if against else None
    if not against and settings.site.published and not (workspace.output / MANIFEST).exists():
        known = console.fetched(settings.site.published, is_first=True)
    work = partial(check_site, settings, workspace, against=known, now_ns=time.time_ns())
    return console.run(work, jobs=common.jobs, quiet=common.quiet)


def _of_files(names: Sequence[str]) -> tuple[Problem, ...]:
    """Check feeds that are files or in folders, or that are published at an address."""
    from feedtool.check.document import check_document
    from feedtool.check.site import check_files
    from feedtool.publish.http import FetchError, fetch

    now_ms = time.time_ns() // 1_000_000
    addresses = [name for name in names if name.lower().startswith(("http://", "https://"))]
    paths = [Path(name) for name in names if name not in addresses]
    problems = list(check_files(paths, now_ms=now_ms)) if paths or not addresses else []
    for address in addresses:
        try:
            content = fetch(address)
        except FetchError as error:
            console.fail(str(error))
        problems += check_document(address, content, now_ms=now_ms, published_at=address)
    return tuple(sorted(problems))


def _is_above(max_new: int, seen: Seen | None) -> bool:
    """Return whether too many entries would appear as new, or this is not known; say so."""
    if seen is None:
        console.complain("--max-new needs something to compare with: name the published feeds with --against.")
        return True
    shown = seen.anew + seen.doubled
    if shown > max_new:
        entries = report.counted(shown, "existing entry", "existing entries")
        console.complain(f"{entries} would appear as new or duplicated; --max-new allows {max_new:,}.")
    elif shown + seen.doubtful > max_new:
        entries = report.counted(seen.doubtful, "published entry", "published entries")
        console.complain(f"{entries} with a doubtful heir; --max-new allows {max_new:,}.")
    return shown + seen.doubtful > max_new


def _lines(problems: Sequence[Problem], form: _Format, checked: Checked | None, *, verbose: bool) -> list[str]:
    """Return the problems in an output format."""
    if form == "json":
        return [report.problems_json(problems, *((checked.seen, checked.outcome) if checked else ()))]
    if form == "sarif":
        from feedtool.explain.names import all_codes

        return [report.problems_sarif(problems, all_codes())]
    if form == "github":
        return [report.annotation(problem) for problem in problems]
    return console.lines_of(problems, sys.stdout, verbose=verbose)
