"""`feedtool publish`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from feedtool import __version__, report
from feedtool.build.run import Place
from feedtool.cli.build import Prune, built
from feedtool.cli.console import (
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
    complain,
    configured,
    fail,
    place_of,
    print_problems,
    print_summary,
    refuse,
    say_waiting,
)
from feedtool.cli.progress import bars
from feedtool.config import Config, minutes
from feedtool.output import MANIFEST, locked

if TYPE_CHECKING:
    from feedtool.build.outcome import Outcome
    from feedtool.publish import Done, World
    from feedtool.publish.store import Store

T = TypeVar("T")

#: failures that are told one by one
_MOST_FAILURES = 20

_Target = Annotated[
    str | None,
    typer.Argument(metavar="TARGET", help="s3://BUCKET/PREFIX, gs://…, az://…, or file:///FOLDER."),
]
_NoBuild = Annotated[bool, typer.Option("--no-build", help="Publish what lies in the output folder.")]
_Grace = Annotated[
    str | None, typer.Option(metavar="TIME", help="How long what is no longer made stays there. (default: 7d)")
]
_Concurrency = Annotated[int | None, typer.Option(metavar="N", help="Objects put at once. (default: 8)")]
_Purge = Annotated[
    str | None,
    typer.Option(
        metavar="auto|none|list|cloudflare|fastly",
        help="CDN to tell of what changed; list prints the addresses instead. (default: the one whose token is there)",
        autocompletion=lambda: ("auto", "none", "list", "cloudflare", "fastly"),
    ),
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Build, and say what would be put and removed.")]
_Json = Annotated[
    bool, typer.Option("--json", help="Print what was put and removed, and the addresses that changed, as JSON.")
]
_Force = Annotated[bool, typer.Option("--force", help="Replace what is newer, of another address, or somebody else's.")]


def publish(
    target: _Target = None,
    config: Configuration = None,
    posts: Posts = None,
    output: Output = None,
    site_url: SiteUrl = None,
    no_build: _NoBuild = False,
    grace: _Grace = None,
    concurrency: _Concurrency = None,
    purge: _Purge = None,
    dry_run: _DryRun = False,
    force: _Force = False,
    jobs: Jobs = 0,
    cache: Cache = None,
    prune: Prune = False,
    as_json: _Json = False,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Build, put what changed into a bucket, and tell CDN and hub."""
    started = time.monotonic()
    given = {
        "publish.target": target,
        "publish.grace": grace,
        "publish.concurrency": concurrency,
        "publish.purge": purge,
    }
    settings, base = configured(config, {**given, "site.url": site_url, "output": output, "posts.dirs": posts or None})
    place = place_of(settings, base, posts=posts, output=output, cache=cache or "")
    _check(settings, place)
    store, outcome = _store(settings), None
    if not no_build:
        outcome = _build(settings, place, store, jobs=jobs, prune=prune, strict=strict, quiet=quiet, verbose=verbose)
    done = _publish(settings, place, store, is_dry=dry_run, force=force, quiet=quiet)
    seconds = time.monotonic() - started
    _print_failures(done, quiet=quiet, verbose=verbose)
    _print_done(settings, done, outcome, seconds, is_dry=dry_run, quiet=quiet, as_json=as_json)
    raise typer.Exit(1 if done.failures or (strict and any_serious(done.problems)) else 0)


def _check(settings: Config, place: Place) -> None:
    """Exit with 2 where there is no target, or none that can be."""
    target = settings.publish.target
    if not target:
        refuse('where to? Name a bucket or a folder, or write target = "s3://…" under [publish] in feedtool.toml.')
    if find_spec("obstore") is None:
        refuse("publish needs a library that is not installed; `pip install 'feedtool[publish]'` brings it")
    if target.startswith("file:"):
        from feedtool.publish.store import folder_of

        folder, output = folder_of(target).resolve(), place.output.resolve()
        if folder == output or folder in output.parents or output in folder.parents:
            refuse(f"{target} and the output folder {output} overlap")


def _build(
    settings: Config, place: Place, store: Store, *, jobs: int, prune: bool, strict: bool, quiet: bool, verbose: bool
) -> Outcome:
    """Build as `feedtool build` does, with what is published as its memory where the folder has none."""
    from feedtool.generators import ManifestError, read_manifest

    if not (place.output / MANIFEST).exists():
        try:
            found = _told(lambda: store.read(MANIFEST))
            if found and read_manifest(found[0]):
                place = replace(place, published=found[0])
        except ManifestError:
            pass  # told when that is to be replaced
    outcome = built(settings, place, jobs=jobs, executor="", prune=prune, quiet=quiet)
    print_problems(outcome.problems, quiet=quiet, verbose=verbose)
    if not outcome.is_built or (strict and any_serious(outcome.problems)):
        fail("nothing was published, for what the build says above.")
    return outcome


def _store(settings: Config) -> Store:
    from feedtool.cli.credentials import store_settings
    from feedtool.publish.store import Store

    target = settings.publish.target
    return _told(lambda: Store(target, store_settings(target, os.environ)))


def _publish(settings: Config, place: Place, store: Store, *, is_dry: bool, force: bool, quiet: bool) -> Done:
    from feedtool.cli.credentials import cdn
    from feedtool.publish import Options
    from feedtool.publish import publish as put_all
    from feedtool.publish.source import check_address, read_output

    options = Options(
        grace_ms=minutes(settings.publish.grace) * 60_000,
        force=force,
        is_dry=is_dry,
        cdn=cdn(settings.publish.purge, os.environ),
        hub=settings.site.hub,
    )

    def work() -> Done:
        with locked(place.output, partial(say_waiting, str(place.output))):
            output = read_output(place.output)
            check_address(output, settings.site.url)
            with _world(settings.publish.concurrency, settings.publish.target, quiet=quiet) as world:
                return put_all(store, output, options, world)

    return _told(work)


def _told(work: Callable[[], T]) -> T:
    """Do it; say what went wrong, and exit with 1."""
    from feedtool.publish.source import RefusedError
    from feedtool.publish.store import ChangedError, StoreError

    try:
        return work()
    except (RefusedError, StoreError) as error:
        fail(str(error))
    except ChangedError:
        fail("somebody else has changed the store meanwhile, so that this publication ends here. Publish again.")


@contextmanager
def _world(concurrency: int, target: str, *, quiet: bool) -> Iterator[World]:
    """Give clock, threads and progress; no thread is left, and none begins anything new, when it is given up."""
    import uuid

    from feedtool.publish import World

    executor = ThreadPoolExecutor(concurrency)
    try:
        with bars(quiet=quiet) as progress:
            yield World(
                each=executor.map,
                now_ms=lambda: time.time_ns() // 1_000_000,
                pause=time.sleep,
                name=uuid.uuid4().hex,
                progress=progress,
                waiting=partial(say_waiting, target),
            )
    finally:
        executor.shutdown(cancel_futures=True)


def _print_failures(done: Done, *, quiet: bool, verbose: bool) -> None:
    print_problems(done.problems, quiet=quiet, verbose=verbose)
    for failure in done.failures[:_MOST_FAILURES]:
        complain(failure)
    if len(done.failures) > _MOST_FAILURES:
        complain(f"and {len(done.failures) - _MOST_FAILURES:,} objects more.")


def _print_done(
    settings: Config, done: Done, outcome: Outcome | None, seconds: float, *, is_dry: bool, quiet: bool, as_json: bool
) -> None:
    """Print what was done: for people, or for a program on standard output and for people beside it."""
    target, is_list = settings.publish.target, settings.publish.purge == "list"
    for line in _plan_lines(done, settings.site.hub) if is_dry else ():
        typer.echo(report.printable(line), err=is_list or as_json)
    print_summary(_rows(settings, done, seconds, is_dry=is_dry), quiet=quiet, err=is_list or as_json)
    if as_json:
        url = settings.site.url
        said = report.published_json(
            done, outcome, target=target, site_url=url, is_dry=is_dry, version=__version__, seconds=seconds
        )
        typer.echo(said)
    elif is_list:
        typer.echo("".join(f"{address}\n" for address in done.changed), nl=False)


def _plan_lines(done: Done, hub: str) -> Iterable[str]:
    return (
        *(f"would put {one.path}" for step in done.plan.puts for one in step),
        *(f"would remove {path}" for step in done.plan.removals for path in step),
        *(f"would tell {hub} of {topic}" for topic in done.topics),
    )


def _rows(settings: Config, done: Done, seconds: float, *, is_dry: bool) -> Sequence[tuple[str, str]]:
    """Return the summary."""
    todo = done.plan
    put = sum(map(len, todo.puts)) if is_dry else done.put
    rows = [
        ("published", "nothing, as asked for" if is_dry else settings.publish.target),
        ("objects put", f"{put:,}"),
        ("bytes put", f"{done.bytes_put:,}"),
        ("unchanged", f"{todo.unchanged:,}"),
        ("removed", f"{sum(map(len, todo.removals)) if is_dry else done.removed:,}"),
    ]
    if settings.site.hub:
        rows.append(("hub told of", f"{len(done.topics if is_dry else done.announced):,} feeds"))
    return [*rows, ("seconds", f"{seconds:.2f}")]
