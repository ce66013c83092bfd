"""`feedtool check`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from feedtool import __version__, report
from feedtool.cli.console import (
    Against,
    Cache,
    Configuration,
    Jobs,
    Posts,
    Quiet,
    SiteUrl,
    Strict,
    any_serious,
    configured,
    fetched,
    place_of,
    refuse,
    run,
)
from feedtool.problems import Problem


def check(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Feeds, or folders of feeds; nothing for your own.")
    ] = None,
    config: Configuration = None,
    posts: Posts = None,
    site_url: SiteUrl = None,
    against: Against = None,
    max_new: Annotated[
        int | None,
        typer.Option(metavar="N", help="Exit with 1 if more entries would show as new that are not.", min=0),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="text|json|github|sarif", help="How findings are printed.")
    ] = "text",
    jobs: Jobs = 0,
    cache: Cache = None,
    strict: Strict = False,
    quiet: Quiet = False,
) -> None:
    """Say what is wrong with feeds: those that a build would write, or any that are named."""
    from feedtool.checking import check_files, check_site

    if form not in ("text", "json", "github", "sarif"):
        refuse(f"--format {report.printable(form)}: it is text, json, github or sarif")
    if files:
        problems, seen = check_files(map(Path, files), now_ms=time.time_ns() // 1_000_000), None
    else:
        settings, base = configured(config, {"site.url": site_url, "posts.dirs": posts or None})
        place = place_of(settings, base, posts=posts, output=None, cache=cache or "")
        known = fetched(against, is_first=False) if against else None
        check_it = partial(check_site, settings, place, against=known, now_ns=time.time_ns())
        checked = run(
            lambda readers, workers: check_it(readers=readers, workers=workers), jobs=jobs, executor="", quiet=quiet
        )
        problems, seen = checked.problems, checked.seen
    told = [problem for problem in problems if not (quiet and problem.level == "note")]
    _print_findings(told, form, report.check_lines(problems, seen))
    is_bad = any(problem.level == "error" for problem in problems) or (strict and any_serious(problems))
    raise typer.Exit(1 if is_bad or (seen and max_new is not None and seen.anew + seen.doubled > max_new) else 0)


def _print_findings(problems: Sequence[Problem], form: str, summary: Sequence[str]) -> None:
    if form in ("json", "sarif"):
        from feedtool.codes import all_codes

        if form == "json":
            typer.echo(report.problems_json(problems))
        else:
            typer.echo(report.problems_sarif(problems, all_codes(), __version__))
        return
    lines = map(report.annotation, problems) if form == "github" else report.problem_lines(problems)
    for line in (*lines, *summary):
        typer.echo(line)
