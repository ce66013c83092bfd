"""`feedtool build`."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from feedtool import report
from feedtool.build.outcome import Outcome
from feedtool.build.run import Workspace
from feedtool.cli.console import any_serious, fail, fetched, print_problems, print_summary, run, say_waiting
from feedtool.cli.options import BUILDING, Common, shared
from feedtool.config import Config
from feedtool.output import MANIFEST

Prune = Annotated[
    bool, typer.Option("--prune", help="Remove the files of feeds that are no longer built or have no entries.")
]


@shared(*BUILDING)
def build(
    common: Common,
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
    started = time.monotonic()
    settings, workspace = common.load({"feeds.formats": form, "feeds.limit": limit})
    settings = settings if limit is None else _without_group_limits(settings)
    workspace = replace(workspace, cache=None) if no_cache else workspace
    if against and not (workspace.output / MANIFEST).exists():
        workspace = replace(workspace, published=_published(against))
    outcome = built(settings, workspace, common, executor=executor, prune=prune)
    print_problems(outcome.problems, quiet=common.quiet, verbose=common.verbose)
    seconds = time.monotonic() - started
    print_summary(report.summary_rows(outcome, seconds) if outcome.is_built else [], quiet=common.quiet, err=as_json)
    if as_json:
        typer.echo(report.outcome_json(outcome, site_url=settings.site.url, seconds=seconds))
    is_whole = outcome.is_built and not outcome.refused
    raise typer.Exit(0 if is_whole and not (common.strict and any_serious(outcome.problems)) else 1)


def built(settings: Config, workspace: Workspace, common: Common, *, prune: bool, executor: str = "") -> Outcome:
    """Build, and return what was done; exit with 1 or 2 where that fails."""
    from feedtool.build.run import run as build_it

    work = partial(
        build_it,
        settings,
        workspace,
        waiting=partial(say_waiting, str(workspace.output)),
        prune=prune,
        now_ns=time.time_ns(),
    )
    return run(work, jobs=common.jobs, quiet=common.quiet, executor=executor)


def _published(against: str) -> bytes | None:
    """Return the published manifest, None before the first publication; exit with 1 if it is not valid."""
    from feedtool.generators import ManifestError, read_manifest

    content = fetched(against, is_first=True)
    try:
        if content is not None:
            read_manifest(content)
    except ManifestError as error:
        fail(f"--against {against} is not a feeds.json: {error}")
    return content


def _without_group_limits(settings: Config) -> Config:
    category, tag, author = (replace(group, limit=None) for group in settings.feeds.groups.values())
    return replace(settings, feeds=replace(settings.feeds, category=category, tag=tag, author=author))
