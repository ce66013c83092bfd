"""`feedtool check`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feedtool import __version__, report
from feedtool.cli.console import (
    Cache,
    Configuration,
    Jobs,
    Posts,
    Quiet,
    SiteUrl,
    Strict,
    Verbose,
    add_to_page,
    annotate,
    any_serious,
    complain,
    configured,
    fetched,
    meanings_of,
    paint_for,
    place_of,
    refuse,
    run,
)
from feedtool.problems import Problem

if TYPE_CHECKING:
    from feedtool.check.site import Checked
    from feedtool.check.subscribers import Seen


_Files = Annotated[
    list[str] | None, typer.Argument(metavar="FILE", help="Feeds, or folders of feeds; nothing for your own.")
]
_Published = Annotated[
    str | None,
    typer.Option("--against", metavar="URL|FILE", help="What is published: a feeds.json, or the feed of all entries."),
]
_MaxNew = Annotated[
    int | None,
    typer.Option(metavar="N", help="Exit with 1 if more than N old entries would show as new or twice.", min=0),
]
_FORMATS = ("text", "json", "github", "sarif")
_Format = Annotated[
    str,
    typer.Option(
        "--format", metavar="|".join(_FORMATS), help="How findings are printed.", autocompletion=lambda: _FORMATS
    ),
]


def check(
    files: _Files = None,
    config: Configuration = None,
    posts: Posts = None,
    site_url: SiteUrl = None,
    against: _Published = None,
    max_new: _MaxNew = None,
    form: _Format = "text",
    jobs: Jobs = 0,
    cache: Cache = None,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Check the feeds that a build would write, or any that are named."""
    from feedtool.check.site import check_files, check_site

    if form not in _FORMATS:
        refuse(f"--format {form}: it is text, json, github or sarif")
    if files:
        problems, checked = check_files(map(Path, files), now_ms=time.time_ns() // 1_000_000), None
    else:
        settings, base = configured(config, {"site.url": site_url, "posts.dirs": posts or None})
        place = place_of(settings, base, posts=posts, output=None, cache=cache or "")
        known = fetched(against, is_first=False) if against else None
        check_it = partial(check_site, settings, place, against=known, now_ns=time.time_ns())
        checked = run(
            lambda readers, workers: check_it(readers=readers, workers=workers), jobs=jobs, executor="", quiet=quiet
        )
        problems = checked.problems
    seen = checked.seen if checked else None
    told = [problem for problem in problems if not (quiet and problem.level == "note")]
    _print_findings(told, form, checked, verbose=verbose)
    add_to_page(report.check_rows(told, seen))
    is_bad = any(problem.level == "error" for problem in problems) or (strict and any_serious(problems))
    is_above = not files and max_new is not None and _is_above(max_new, seen)
    raise typer.Exit(1 if is_bad or is_above else 0)


def _is_above(max_new: int, seen: Seen | None) -> bool:
    """Return whether more is shown anew than may be, or nobody knows; say so."""
    if seen is None:
        complain("--max-new has nothing to compare with; name what is published with --against.")
        return True
    shown = seen.anew + seen.doubled
    if shown > max_new:
        complain(f"{shown:,} old entries would show as new or twice; --max-new allows for {max_new:,}.")
    return shown > max_new


def _print_findings(problems: Sequence[Problem], form: str, checked: Checked | None, *, verbose: bool) -> None:
    seen = checked.seen if checked else None
    summary = report.check_lines(problems, seen)
    if form != "github":
        annotate(problems)
    if form in ("json", "sarif"):
        from feedtool.explain.registry import all_codes

        if form == "json":
            typer.echo(report.problems_json(problems, seen, checked.outcome if checked else None))
        else:
            typer.echo(report.problems_sarif(problems, all_codes(), __version__))
            typer.echo("\n".join(summary), err=True)
        return
    if form == "github":
        lines = [report.annotation(problem) for problem in problems]
    else:
        meanings = meanings_of(problems) if verbose else {}
        lines = report.problem_lines(problems, paint=paint_for(sys.stdout), meanings=meanings)
    for line in (*lines, *summary):
        typer.echo(line)
