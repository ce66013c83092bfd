"""`feedtool build`."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from feedtool import __version__, report
from feedtool.build.outcome import Outcome
from feedtool.build.run import Place
from feedtool.cli.console import (
    Against,
    Cache,
    Configuration,
    Jobs,
    Output,
    Posts,
    Quiet,
    SiteUrl,
    Strict,
    Verbose,
    any_serious,
    configured,
    fail,
    fetched,
    place_of,
    print_problems,
    print_summary,
    run,
    say_waiting,
)
from feedtool.config import Config
from feedtool.output import MANIFEST

_Format = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="rss|atom|json",
        help="Format; may be repeated. (default: all three)",
        autocompletion=lambda: ("rss", "atom", "json"),
    ),
]
_Limit = Annotated[int | None, typer.Option(metavar="N", help="Entries of each feed; 0 for all. (default: 50)")]
_Executor = Annotated[str, typer.Option(metavar="dask://HOST:PORT", help="Read and clean posts on a Dask cluster.")]
Prune = Annotated[
    bool, typer.Option("--prune", help="Remove the files of feeds that are no longer made or have no entries.")
]

_Json = Annotated[bool, typer.Option("--json", help="Print what was done, and which files changed, as JSON.")]


def build(
    config: Configuration = None,
    posts: Posts = None,
    output: Output = None,
    site_url: SiteUrl = None,
    form: _Format = None,
    limit: _Limit = None,
    jobs: Jobs = 0,
    cache: Cache = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Do everything anew, and remember nothing.")] = False,
    executor: _Executor = "",
    against: Against = None,
    prune: Prune = False,
    as_json: _Json = False,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Read the posts and write their feeds."""
    started = time.monotonic()
    given = {"site.url": site_url, "feeds.formats": form, "feeds.limit": limit, "output": output}
    settings, base = configured(config, {**given, "posts.dirs": posts or None})
    settings = settings if limit is None else _without_group_limits(settings)
    place = place_of(settings, base, posts=posts, output=output, cache=None if no_cache else cache or "")
    if against and not (place.output / MANIFEST).exists():
        place = replace(place, published=_published(against))
    outcome = built(settings, place, jobs=jobs, executor=executor, prune=prune, quiet=quiet)
    _tell(outcome, settings.site.url, time.monotonic() - started, quiet=quiet, verbose=verbose, as_json=as_json)
    raise typer.Exit(0 if outcome.is_built and not (strict and any_serious(outcome.problems)) else 1)


def built(settings: Config, place: Place, *, jobs: int, executor: str, prune: bool, quiet: bool) -> Outcome:
    """Bring the output folder up to date, and return what was done; exit with 1 or 2 where that cannot be."""
    from feedtool.build.run import run as bring_up_to_date

    build_it = partial(bring_up_to_date, settings, place, waiting=partial(say_waiting, str(place.output)), prune=prune)
    return run(
        lambda readers, workers: build_it(readers=readers, workers=workers, now_ns=time.time_ns()),
        jobs=jobs, executor=executor, quiet=quiet,
    )  # fmt: skip


def _tell(outcome: Outcome, site_url: str, seconds: float, *, quiet: bool, verbose: bool, as_json: bool) -> None:
    """Print what was done: for people, or for a program on standard output and for people beside it."""
    print_problems(outcome.problems, quiet=quiet, verbose=verbose)
    print_summary(report.summary_rows(outcome, seconds) if outcome.is_built else [], quiet=quiet, err=as_json)
    if as_json:
        typer.echo(report.outcome_json(outcome, site_url=site_url, version=__version__, seconds=seconds))


def _published(against: str) -> bytes | None:
    """Return the manifest that lies there, None where nothing was published yet; exit with 1 where it is none."""
    from feedtool.generators import ManifestError, read_manifest

    content = fetched(against, is_first=True)
    try:
        if content is not None:
            read_manifest(content)
    except ManifestError as error:
        fail(f"--against {against} is no feeds.json: {error}")
    return content


def _without_group_limits(settings: Config) -> Config:
    category, tag, author = (replace(group, limit=None) for group in settings.feeds.groups.values())
    return replace(settings, feeds=replace(settings.feeds, category=category, tag=tag, author=author))
