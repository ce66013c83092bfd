"""`feedtool explain`, `feedtool learn` and `feedtool schema`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from feedtool import report
from feedtool.build.executors import processes
from feedtool.cli.console import (
    Configuration,
    Jobs,
    Posts,
    SiteUrl,
    complain,
    configured,
    fail,
    place_of,
    print_problems,
    refuse,
    run,
)
from feedtool.cli.progress import bars
from feedtool.config import FILE_NAME, Config

if TYPE_CHECKING:
    from feedtool.build.run import Place
    from feedtool.explain import Explanation
    from feedtool.learn import Learnt, Proposal


def _names(incomplete: str) -> list[tuple[str, str]]:
    """Return the codes, rules and keys that begin so, with their meaning; a shell completes files by itself."""
    from feedtool.config.reference import KEYS
    from feedtool.explain.registry import all_codes
    from feedtool.sanitiser.rules import built_in

    meanings = {code.name: code.meaning for code in all_codes()}
    meanings |= {name: rule.why for name, rule in built_in().items()}
    meanings |= {name: key["meaning"] for name, key in KEYS.items()}
    return [(name, meaning.split(". ")[0]) for name, meaning in sorted(meanings.items()) if name.startswith(incomplete)]


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="POST|CODE|RULE|KEY",
            help="A post's file, a problem's code, a rule of the sanitiser, or a key of the configuration.",
            autocompletion=_names,
        ),
    ],
    config: Configuration = None,
    posts: Posts = None,
    site_url: SiteUrl = None,
    page: Annotated[
        str | None, typer.Option("--html", metavar="FILE", help="Write a page with the post before and after.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Print what differs in the text before and after.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Tell why a post came out so, or what a code, rule or key means."""
    from feedtool.explain import is_path, is_post

    meaning = [] if is_post(name) else _meaning(name)
    if meaning:
        if page or diff or as_json:
            refuse(f"--html, --diff and --json are for posts, and {name} is none")
        told = meaning
    elif is_path(name):
        if diff and as_json:
            refuse("--diff and --json exclude each other; --json holds the diff too")
        settings, base = configured(config, {"site.url": site_url, "posts.dirs": posts or None})
        # other posts or another address would cost the builds their cache
        place = place_of(settings, base, posts=posts, output=None, cache=None if posts or site_url else "")
        told = _explain(name, settings, place, page, diff, as_json)
    else:
        _refuse_unknown(name)
    for line in told:
        typer.echo(line)


def _meaning(name: str) -> list[str]:
    """Return what a code, a rule or a key means; nothing where it is none of them, or a file."""
    from feedtool.config.reference import key_lines
    from feedtool.explain import names
    from feedtool.explain.registry import all_codes
    from feedtool.sanitiser.rules import built_in

    codes, rules = {known.name: known for known in all_codes()}, built_in()
    if name in codes:
        return names.code_lines(codes[name])
    if name in rules:
        return names.rule_lines(rules[name])
    keys = key_lines(name)
    return [] if keys and Path(name).exists() else keys


def _refuse_unknown(name: str) -> NoReturn:
    """Say that there is nothing of that name, and what there is; exit with 2."""
    from feedtool.config.reference import KEYS
    from feedtool.explain import names
    from feedtool.explain.registry import all_codes
    from feedtool.sanitiser.rules import built_in

    first, *more = names.unknown_lines(name, {known.name: known for known in all_codes()}, built_in(), KEYS)
    complain(first)
    for line in more:
        typer.echo(line, err=True)
    raise typer.Exit(2)


def _explain(name: str, settings: Config, place: Place, page: str | None, diff: bool, as_json: bool) -> list[str]:
    """Return what to print about a post; exit with 2 where it is none.

    If there is to be a page, write it; exit with 1 where that fails.
    """
    from feedtool.explain import ExplainError, formats
    from feedtool.explain import explain as explain_post

    explain_it = partial(explain_post, name, settings, place)
    try:
        found = run(
            lambda readers, workers: explain_it(readers=readers, workers=workers, now_ns=time.time_ns()),
            jobs=0, executor="", quiet=True,
        )  # fmt: skip
    except ExplainError as error:
        refuse(str(error))
    if page is not None:
        _write_page(Path(page), found)
    if as_json:
        return [formats.json_text(found)]
    if diff:
        return formats.diff_lines(found)
    if page is not None:
        return [f"{report.printable(page)} shows {found.path}."]
    return formats.text_lines(found)


def _write_page(place: Path, explanation: Explanation) -> None:
    """Write the page, but over nothing that feedtool did not make: a slip must not cost a post."""
    from feedtool import generators
    from feedtool.build.context import GENERATOR
    from feedtool.explain.page import render_page

    try:
        if place.is_file():
            with place.open("rb") as file:
                is_ours = generators.is_made_by(GENERATOR, file.read(generators.HEAD))
            if not is_ours:
                fail(f"{place} was not made by feedtool, and is left as it is")
        place.write_bytes(render_page(explanation, generator=GENERATOR))
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        fail(f"{place} cannot be written: {reason}")


def schema() -> None:
    """Print the JSON Schema of feedtool.toml, for editors."""
    import json

    from feedtool.config.reference import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def learn(
    posts: Posts = None,
    config: Configuration = None,
    host: Annotated[str | None, typer.Option(metavar="HOST", help="Look at the posts of this host only.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Add the rules to the configuration.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of TOML.")] = False,
    jobs: Jobs = 0,
) -> None:
    """Propose rules for what a site repeats in its posts."""
    from feedtool.learn.proposals import as_json as in_json
    from feedtool.learn.proposals import rendered, summary_lines

    settings, base = configured(config, {"posts.dirs": posts or None})
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
    from feedtool.build.discovery import find_posts
    from feedtool.config.checks import BadValueError
    from feedtool.config.checks import host as host_name
    from feedtool.learn import learn as look
    from feedtool.sanitiser import load_rules

    try:
        name = host_name(host) if host is not None else ""
    except BadValueError as error:
        refuse(f"--host: {error.message}  {error.fix}")
    files, problems = find_posts(settings.posts.dirs, base)
    print_problems((*load_rules(settings.sanitiser, settings.path)[1], *problems), quiet=False)
    if not settings.sanitiser.trim:
        complain("sanitiser.trim is false, so that no rule would remove anything.")
        return ()
    with processes(jobs) as mapper, bars(quiet=False) as progress:
        found = look(settings, files, mapper=mapper, progress=progress, host=name)
    if name and not found:
        refuse(f"no post comes from {name}.")
    return found


def _write_rules(path: Path, proposals: Sequence[Proposal]) -> None:
    """Add proposed rules to the configuration; exit with 1 where they cannot be added."""
    from feedtool.learn.proposals import MergeError, merged, save

    try:
        content = path.read_bytes() if path.exists() else b""
        mark = "\ufeff" if content.startswith(b"\xef\xbb\xbf") else ""
        save(path, mark + merged(content.decode("utf-8-sig"), proposals))
    except (OSError, UnicodeDecodeError, MergeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        fail(f"{path} is as it was, for {reason}. Add the rules by hand.")
    count = len(proposals)
    typer.echo(report.printable(f"{count} {'rule' if count == 1 else 'rules'} added to {path}."), err=True)
