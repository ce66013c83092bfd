"""`feedtool build`."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from feedtool.build.outcome import Outcome
from feedtool.build.run import Workspace
from feedtool.cli import Asked, told
from feedtool.cli.console import fail, fetched, run, say_waiting
from feedtool.cli.options import BUILDING, Common, shared
from feedtool.config import Config
from feedtool.output import MANIFEST

Prune = Annotated[
    bool, typer.Option("--prune", help="Remove the files of feeds that are no longer built or have no entries.")
]


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
    if against or executor:
        asked.options = None  # an address may hold a password, which does not belong into a cache
    settings, workspace = common.load({"feeds.formats": form, "feeds.limit": limit})
    settings = settings if limit is None else _without_group_limits(settings)
    workspace = replace(workspace, cache=None) if no_cache else workspace
    if (known := against or settings.site.published) and not (workspace.output / MANIFEST).exists():
        workspace = replace(workspace, published=_published(known))
    flags = {name: getattr(common, name) for name in ("quiet", "verbose", "strict")}
    places = {"output": str(workspace.output), "cache": str(workspace.cache) if workspace.cache else ""}
    shown = {**flags, **places, "as_json": as_json, "site_url": settings.site.url}
    outcome = built(settings, workspace, common, executor=executor, prune=prune, asked=asked, shown=shown)
    raise typer.Exit(told(outcome, seconds=time.monotonic() - asked.started, **shown))


def built(
    settings: Config, workspace: Workspace, common: Common, *, prune: bool, executor: str = "",
    asked: Asked | None = None, shown: dict[str, Any] | None = None,
) -> Outcome:  # fmt: skip
    """Build, and return what was done; exit with 1 or 2 where that fails."""
    from feedtool.build.run import run as build_it

    templates = settings.site.templates and str(Path(settings.path).parent / settings.site.templates)
    work = partial(
        build_it,
        settings,
        workspace,
        waiting=partial(say_waiting, str(workspace.output)),
        prune=prune,
        now_ns=asked.now_ns if asked else time.time_ns(),
        words=asked.meant(settings.path, templates, shown) if asked and shown else None,
        walked=asked.walked if asked else None,
    )
    return run(work, jobs=common.jobs, quiet=common.quiet, executor=executor)


def _published(against: str) -> dict[str, bytes] | None:
    """Return the published manifest and its ledger, None before the first publication; exit with 1 if not valid."""
    from feedtool.generators import ManifestError, from_files

    files = fetched(against, is_first=True)
    try:
        if files is not None:
            from_files(files)
    except ManifestError as error:
        fail(f"--against {against} is not a feeds.json: {error}")
    return files


def _without_group_limits(settings: Config) -> Config:
    groups: dict[str, Any] = {kind: replace(group, limit=None) for kind, group in settings.feeds.groups.items()}
    groups.pop("custom")
    return replace(settings, feeds=replace(settings.feeds, **groups))
