"""`feedtool build` and `feedtool check`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from feedtool import report
from feedtool.cli import Asked, console
from feedtool.cli.building import BUILDING, Common, built_and_told
from feedtool.cli.console import any_serious, complain, fail, fetched, refuse, run
from feedtool.cli.options import Prune, shared
from feedtool.output import MANIFEST
from feedtool.problems import Problem

if TYPE_CHECKING:
    from feedtool.check.site import Checked, Seen

_Format = Literal["text", "json", "github", "sarif"]


@shared(*BUILDING)
def build(
    common: Common,
    context: typer.Context,
    form: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="rss|atom|json",
            help="Feed format; may be repeated. (default: all three)",
            autocompletion=lambda: ("rss", "atom", "json"),
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Maximum number of entries per feed; 0 for all. (default: 50)")
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Build without the cache.")] = False,
    executor: Annotated[
        str, typer.Option(metavar="dask://HOST:PORT", help="Read and clean posts on a Dask cluster.")
    ] = "",
    against: Annotated[
        str | None,
        typer.Option(metavar="URL|FILE", help="The published feeds.json. (default: the one in the output folder)"),
    ] = None,
    prune: Prune = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results and the changed files as JSON.")] = False,
) -> None:
    """Read the posts and write their feeds."""
    asked = context.obj or Asked(())
    own: dict[str, Any] = {
        "form": form, "limit": limit, "no_cache": no_cache, "executor": executor, "against": against, "prune": prune,
        "as_json": as_json,
    }  # fmt: skip
    asked.options = {name: getattr(common, name) for name in BUILDING} | own
    raise typer.Exit(built_and_told(common, asked, **own))


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
    if files and (against or max_new is not None):
        refuse("--against and --max-new compare your own feeds with the published ones: name no files or addresses.")
    checked = None if files else _of_site(common, against)
    problems, seen = (checked.problems, checked.seen) if checked else (_of_files(files or ()), None)
    shown = [problem for problem in problems if not (common.quiet and problem.level == "note")]
    rows = report.check_rows(shown, seen)
    if form != "github":
        console.annotate(shown)
    verdict = _verdict(rows, checked)
    lines, count = _lines(shown, form, checked, verbose=common.verbose), rows[0][1]
    for line in (*verdict, *lines, count) if form == "text" else ():
        console.say(line)
    for line in lines if form != "text" else ():
        console.echo(line)
    for line in (*verdict, count) if form in ("github", "sarif") else ():
        console.echo(line, err=form == "sarif")
    console.add_to_page(rows)
    is_bad = any(problem.level == "error" for problem in problems) or (common.strict and any_serious(problems))
    is_above = max_new is not None and _is_above(max_new, seen)
    raise typer.Exit(1 if is_bad or is_above else 0)


def _verdict(rows: Sequence[tuple[str, str]], checked: Checked | None) -> list[str]:
    """Return what subscribers would see."""
    if checked and checked.outcome.is_built and not checked.seen:
        feeds = report.counted(checked.outcome.feeds, "feed")
        return [f"subscribers would see: {checked.outcome.entries:,} entries in {feeds}, for the first time"]
    return [f"{label}: {value}" for label, value in rows if label != "problems"]


def _of_site(common: Common, against: str | None) -> Checked:
    from feedtool.check.site import check_site

    settings, workspace = common.load()
    known = fetched(against, is_first=False) or {} if against else None
    if not against and settings.site.published and not (workspace.output / MANIFEST).exists():
        known = fetched(settings.site.published, is_first=True)
    work = partial(check_site, settings, workspace, against=known, now_ns=time.time_ns())
    return run(work, jobs=common.jobs, quiet=common.quiet)


def _of_files(names: Sequence[str]) -> tuple[Problem, ...]:
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
            fail(str(error))
        problems += check_document(address, content, now_ms=now_ms, published_at=address)
    return tuple(sorted(problems))


def _is_above(max_new: int, seen: Seen | None) -> bool:
    """Return whether too many entries would appear as new, or this is not known; say so."""
    if seen is None:
        complain("--max-new needs something to compare with: name the published feeds with --against.")
        return True
    shown = seen.anew + seen.doubled
    if shown > max_new:
        entries = report.counted(shown, "existing entry", "existing entries")
        complain(f"{entries} would appear as new or duplicated; --max-new allows {max_new:,}.")
    elif shown + seen.doubtful > max_new:
        entries = report.counted(seen.doubtful, "published entry", "published entries")
        complain(f"{entries} with a doubtful heir; --max-new allows {max_new:,}.")
    return shown + seen.doubtful > max_new


def _lines(problems: Sequence[Problem], form: _Format, checked: Checked | None, *, verbose: bool) -> list[str]:
    if form == "json":
        return [report.problems_json(problems, *((checked.seen, checked.outcome) if checked else ()))]
    if form == "sarif":
        return [report.problems_sarif(problems, report.all_codes())]
    if form == "github":
        return [report.annotation(problem) for problem in problems]
    return console.lines_of(problems, sys.stdout, verbose=verbose)
