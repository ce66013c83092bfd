"""The command line: parse, call one function, print, exit.

The only place that prints, reads the clock or the environment, starts processes, or exits.
Exit status: 0 built, with warnings or not; 1 with --strict and problems, or nothing could be built or written;
2 wrong usage or configuration.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from feedtool import __version__, report
from feedtool.cache import engine
from feedtool.config import FILE_NAME, Config
from feedtool.config_reading import load_config
from feedtool.problems import Code, Problem
from feedtool.run import Place
from feedtool.workers import ExecutorError, mappers, processes, threads

if TYPE_CHECKING:
    from feedtool.build import Workers
    from feedtool.explain import Explanation
    from feedtool.learn import Learnt, Proposal
    from feedtool.outcome import Outcome
    from feedtool.spread import Progress

app = typer.Typer(add_completion=True, no_args_is_help=True, pretty_exceptions_enable=False)

# options that several commands have
_Configuration = Annotated[
    str | None, typer.Option(metavar="FILE", help=f"Configuration. (default: {FILE_NAME}, if there is one)")
]
_Posts = Annotated[
    list[str] | None, typer.Option(metavar="DIR", help="Folder of posts; may be repeated. (default: posts)")
]
_SiteUrl = Annotated[str | None, typer.Option(metavar="URL", help="Where the output folder will be published.")]
_Jobs = Annotated[int, typer.Option(metavar="N", help="Processes; 0 for one per processor.", min=0)]

#: where codes are declared
_MODULES = (
    "build", "build.budgets", "build.documents", "build.jobs", "check", "check.addresses", "check.atom",
    "check.atom_text", "check.bounds", "check.entries", "check.html", "check.jsonfeed", "check.links", "check.opml",
    "check.rss", "check.rss_channel", "check.shapes", "check.values", "check.xml", "config_reading", "feeds", "files",
    "generators.hosts", "generators.twins", "reader.fields", "reader.header", "reader.posts", "reader.stories", "run",
    "sanitiser.rules", "verify",
)  # fmt: skip


def main() -> None:
    """Run the command line."""
    if sys.getfilesystemencoding().lower() != "utf-8":
        # File names of posts and feeds are UTF-8 whatever the machine's locale says.
        os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "feedtool", *sys.argv[1:]])  # noqa: S606
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app()
    except ExecutorError as error:
        typer.echo(f"feedtool: {report.printable(str(error))}", err=True)
        raise SystemExit(2) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def _version(value: bool) -> None:
    if value:
        typer.echo(f"feedtool {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Publish a folder of posts as feeds: one for everything, one for every category, one for every tag."""


@app.command()
def build(
    config: _Configuration = None,
    posts: _Posts = None,
    output: Annotated[
        str | None, typer.Option(metavar="DIR", help="Where feeds are written. (default: output)")
    ] = None,
    site_url: _SiteUrl = None,
    form: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="rss|atom|json", help="Format; may be repeated. (default: all three)"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Entries of each feed; 0 for all. (default: 50)")
    ] = None,
    jobs: _Jobs = 0,
    cache: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Where to remember what need not be done again. (default: .feedtool)"),
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Do everything anew, and remember nothing.")] = False,
    executor: Annotated[
        str, typer.Option(metavar="dask://HOST:PORT", help="Read and clean posts on a Dask cluster.")
    ] = "",
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove the files of feeds that are no longer made or have no entries.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if there are errors or warnings.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and warnings only.")] = False,
) -> None:
    """Read the posts and write their feeds."""
    started = time.monotonic()
    given = {"site.url": site_url, "feeds.formats": form, "feeds.limit": limit, "output": output}
    settings, base = _configured(config, {**given, "posts.dirs": posts or None})
    settings = settings if limit is None else _without_group_limits(settings)
    place = Place(
        base=Path() if posts else base,
        output=(Path() if output else base) / settings.output,
        cache=None if no_cache else Path(cache) if cache else base / ".feedtool",
        engine=engine(sys.path),
    )
    outcome = _run(settings, place, jobs=jobs, executor=executor, quiet=quiet, prune=prune)
    _print_problems(outcome.problems, quiet=quiet)
    _print_summary(report.summary_rows(outcome, time.monotonic() - started) if outcome.is_built else [], quiet=quiet)
    raise typer.Exit(0 if outcome.is_built and not (strict and _any_serious(outcome.problems)) else 1)


def _any_serious(problems: Sequence[Problem]) -> bool:
    return any(problem.level != "note" for problem in problems)


@app.command()
def explain(
    name: Annotated[
        str,
        typer.Argument(metavar="POST|CODE|RULE", help="A post's file, a problem's code, or a rule of the sanitiser."),
    ],
    config: _Configuration = None,
    posts: _Posts = None,
    site_url: _SiteUrl = None,
    page: Annotated[
        str | None, typer.Option("--html", metavar="FILE", help="Write a page with the post before and after.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Print what differs in the text before and after.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Tell what became of a post and why; or what a problem's code or a rule of the sanitiser means."""
    from feedtool.explain import is_path, is_post, names
    from feedtool.sanitiser.rules import built_in

    codes, rules = {known.name: known for known in all_codes()}, built_in()
    if not is_post(name) and (name in codes or name in rules):
        if page or diff or as_json:
            _refuse(f"--html, --diff and --json are for posts, and {name} is none")
        told = names.code_lines(codes[name]) if name in codes else names.rule_lines(rules[name])
    elif is_path(name):
        if diff and as_json:
            _refuse("--diff and --json exclude each other; --json holds the diff too")
        settings, base = _configured(config, {"site.url": site_url, "posts.dirs": posts or None})
        told = _explain(name, settings, Path() if posts else base, base / settings.output, page, diff, as_json)
    else:
        _refuse("\n".join(names.unknown_lines(name, codes, rules)))
    for line in told:
        typer.echo(line)


def _refuse(sentence: str) -> NoReturn:
    typer.echo(f"feedtool: {sentence}", err=True)
    raise typer.Exit(2)


def _explain(
    name: str, settings: Config, base: Path, output: Path, page: str | None, diff: bool, as_json: bool
) -> list[str]:
    """Return what to print about a post; write the page if there is to be one; exit with 2 where that fails."""
    from feedtool.explain import ExplainError, text
    from feedtool.explain import explain as explain_post

    try:
        with processes(0) as mapper:
            found = explain_post(
                name, settings, base=base, output=output, mapper=mapper, now_ms=time.time_ns() // 1_000_000
            )
    except ExplainError as error:
        _refuse(report.printable(str(error)))
    if page is not None:
        _write_page(Path(page), found)
    if as_json:
        return [text.json_text(found)]
    if diff:
        return text.diff_lines(found)
    if page is not None:
        return [f"{report.printable(page)} shows {found.path}."]
    return text.text_lines(found)


def _write_page(place: Path, explanation: Explanation) -> None:
    """Write the page, but over nothing that feedtool did not make: a slip must not cost a post."""
    from feedtool import generators
    from feedtool.build import GENERATOR
    from feedtool.explain.page import render_page

    shown = report.printable(str(place))
    try:
        if place.is_file():
            with place.open("rb") as file:
                is_ours = generators.is_made_by(GENERATOR, file.read(generators.HEAD))
            if not is_ours:
                _refuse(f"{shown} was not made by feedtool, and is left as it is")
        place.write_bytes(render_page(explanation, generator=GENERATOR))
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        _refuse(f"{shown} cannot be written: {report.printable(reason)}")


@app.command()
def learn(
    posts: _Posts = None,
    config: _Configuration = None,
    host: Annotated[str | None, typer.Option(metavar="HOST", help="Look at the posts of this host only.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Add the rules to the configuration.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of TOML.")] = False,
    jobs: _Jobs = 0,
) -> None:
    """Propose rules for what a site repeats in its posts; apply none of them."""
    from feedtool.learn.summary import as_json as in_json
    from feedtool.learn.summary import summary_lines
    from feedtool.learn.toml import rendered

    settings, base = _configured(config, {"posts.dirs": posts or None})
    found = _learn(settings, Path() if posts else base, host, jobs=jobs)
    for line in summary_lines(found):
        typer.echo(line, err=True)
    proposals = [proposal for each in found for proposal in each.proposals]
    if as_json:
        typer.echo(in_json(found))
    elif proposals:
        typer.echo(rendered(proposals), nl=False)
    if write and proposals:
        _write_rules(Path(config or FILE_NAME), proposals)


def _learn(settings: Config, base: Path, host: str | None, *, jobs: int) -> tuple[Learnt, ...]:
    """Return what the posts teach; exit with 2 where they cannot be looked at as was asked."""
    from feedtool.config_values import BadValueError
    from feedtool.config_values import host as host_name
    from feedtool.files import find_posts
    from feedtool.learn import learn as look
    from feedtool.sanitiser import load_rules

    try:
        name = host_name(host) if host is not None else ""
    except BadValueError as error:
        typer.echo(f"feedtool: --host: {report.printable(f'{error.message}  {error.fix}')}", err=True)
        raise typer.Exit(2) from None
    files, problems = find_posts(settings.posts.dirs, base)
    _print_problems((*load_rules(settings.sanitiser, settings.path)[1], *problems), quiet=False)
    if not settings.sanitiser.trim:
        typer.echo("feedtool: sanitiser.trim is false, so that no rule would remove anything.", err=True)
        return ()
    with processes(jobs) as mapper, _progress(quiet=False) as progress:
        found = look(settings, files, mapper=mapper, progress=progress, host=name)
    if name and not found:
        typer.echo(f"feedtool: no post comes from {report.printable(name)}.", err=True)
        raise typer.Exit(2)
    return found


def _write_rules(path: Path, proposals: Sequence[Proposal]) -> None:
    """Add proposed rules to the configuration; exit with 1 where they cannot be added."""
    from feedtool.learn.toml import MergeError, merged, save

    try:
        content = path.read_bytes() if path.exists() else b""
        mark = "\ufeff" if content.startswith(b"\xef\xbb\xbf") else ""
        save(path, mark + merged(content.decode("utf-8-sig"), proposals))
    except (OSError, UnicodeDecodeError, MergeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        message = f"feedtool: {path} is as it was, for {reason}. Add the rules by hand."
        typer.echo(report.printable(message), err=True)
        raise typer.Exit(1) from None
    count = len(proposals)
    typer.echo(report.printable(f"{count} {'rule' if count == 1 else 'rules'} added to {path}."), err=True)


def all_codes() -> list[Code]:
    """Return every kind of problem, each where it is declared."""
    modules = (import_module(f"feedtool.{name}") for name in _MODULES)
    return list(
        dict.fromkeys(value for module in modules for value in vars(module).values() if isinstance(value, Code))
    )


def _configured(path: str | None, overrides: Mapping[str, object]) -> tuple[Config, Path]:
    """Return the configuration and the folder that its paths are relative to; exit with 2 where it is wrong."""
    if path is None and Path(FILE_NAME).exists():
        path = FILE_NAME
    settings, problems = load_config(path, overrides=overrides)
    if problems:
        _print_problems(problems, quiet=False)
        raise typer.Exit(2)
    return settings, Path(path).parent if path else Path()


def _without_group_limits(settings: Config) -> Config:
    groups = {kind: replace(getattr(settings.feeds, kind), limit=None) for kind in ("category", "tag", "author")}
    return replace(settings, feeds=replace(settings.feeds, **groups))


def _run(settings: Config, place: Place, *, jobs: int, executor: str, quiet: bool, prune: bool) -> Outcome:
    """Build; exit with 1 where the output cannot be written, with 2 where the executor is not to be had."""
    from feedtool.cache import CacheError
    from feedtool.output import OutputError
    from feedtool.run import run

    def waiting() -> None:
        typer.echo(
            f"feedtool: another build is writing to {report.printable(str(place.output))}; waiting for its end.",
            err=True,
        )

    with ExitStack() as stack:
        readers = stack.enter_context(threads())

        def more() -> Workers:
            from feedtool.build import Workers

            spread = stack.enter_context(mappers(jobs, executor))
            progress = stack.enter_context(_progress(quiet=quiet))
            return Workers(posts=spread.posts, feeds=spread.feeds, carry=spread.carry, progress=progress)

        try:
            now_ns = time.time_ns()
            return run(settings, place, readers=readers, workers=more, waiting=waiting, now_ns=now_ns, prune=prune)
        except ExecutorError as error:
            _refuse(report.printable(str(error)))
        except OutputError as error:
            typer.echo(f"feedtool: {report.printable(str(error))}", err=True)
        except CacheError as error:
            typer.echo(f"feedtool: there is no room for what a build must remember: {error}", err=True)
        raise typer.Exit(1)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """Give a progress bar on a terminal; nothing in CI, in a pipe, or where quiet is asked for."""
    if quiet or not sys.stderr.isatty() or os.environ.get("CI"):
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    # Refreshed by hand: a thread would be copied into the worker processes.
    with Bars(console=Console(stderr=True), auto_refresh=False, transient=True) as bars:
        tasks: dict[str, object] = {}
        yield partial(_advance, bars, tasks)


def _advance(bars: object, tasks: dict[str, object], stage: str, done: int, total: int) -> None:
    from rich.progress import Progress as Bars

    assert isinstance(bars, Bars)
    if stage not in tasks:
        tasks[stage] = bars.add_task(stage, total=total)
    if done == total or done % max(1, total // 200) == 0:
        bars.update(tasks[stage], completed=done)  # type: ignore[arg-type]
        bars.refresh()


def _print_problems(problems: Sequence[Problem], *, quiet: bool) -> None:
    told = [problem for problem in problems if not (quiet and problem.level == "note")]
    for line in report.problem_lines(told):
        typer.echo(line, err=True)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for problem in told:
            typer.echo(report.annotation(problem))


def _print_summary(rows: Sequence[tuple[str, str]], *, quiet: bool) -> None:
    """Print the summary, and add it to the CI's summary page, where there is one."""
    if rows and not quiet:
        typer.echo("\n".join(report.summary_lines(rows)))
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path or not rows:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as page:
            page.write(report.summary_markdown(rows))
    except OSError as error:
        typer.echo(f"feedtool: the summary page cannot be written: {error.strerror}", err=True)
