"""Commands that show what there is and why, and build nothing: list, links, explain, learn, schema."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from feedtool import report
from feedtool.build.executors import processes
from feedtool.cli.building import Common
from feedtool.cli.console import bars, complain, echo, fail, print_problems, refuse, run, say
from feedtool.cli.options import shared
from feedtool.config import FILE_NAME, Config
from feedtool.config.checks import nearest
from feedtool.model import Feed, Kind

if TYPE_CHECKING:
    from feedtool.build.listing import Listing, What
    from feedtool.build.run import Workspace
    from feedtool.explain import Explanation
    from feedtool.learn import Learnt
    from feedtool.learn.judge import Proposal


@shared("config", "site_url")
def list_(
    common: Common,
    what: Annotated[
        Literal["feeds", "categories", "tags", "authors", "sources", "folders", "posts"],
        typer.Argument(metavar="WHAT", help="What to list."),
    ] = "feeds",
    sort: Annotated[
        Literal["name", "count", "newest"] | None, typer.Option(help="Sort order. (default: posts by newest)")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", help="Maximum number of rows; 0 for all.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of objects.")] = False,
) -> None:
    """List feeds, categories, tags, authors, sources, folders or posts.

    Nothing is built. Each feed and each term is shown with its number of posts, its newest post and its
    address. On a terminal the list is a table. In a pipe each row is a line with tabs between its cells: kind, term,
    posts, newest and address of a feed; time, title, file and address of a post.
    """
    from feedtool.report.lists import ordered, rows_json, rows_lines, table_lines

    newest = limit if sort in (None, "newest") else 0
    found = _listing(*common.load(), what, newest=newest)
    rows = ordered(found.rows, sort or "")[: limit or None]
    if as_json:
        typer.echo(rows_json(rows))
    else:
        lines = table_lines(rows, get_terminal_size().columns) if sys.stdout.isatty() else rows_lines(rows)
        typer.echo("".join(f"{line}\n" for line in lines), nl=False)
    raise typer.Exit(1 if any(each.level == "error" for each in found.problems) else 0)


def _listing(settings: Config, workspace: Workspace, what: What, *, newest: int = 0) -> Listing:
    from feedtool.build.listing import survey

    work = partial(survey, settings, workspace, what, now_ns=time.time_ns(), newest=newest)
    found = run(work, jobs=0, quiet=False)
    print_problems([each for each in found.problems if each.level == "error"])
    return found


@shared("config", "site_url")
def links(
    common: Common,
    every: Annotated[bool, typer.Option("--all", help="All feeds.")] = False,
    category: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Feed of a category; may be repeated.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Feed of a tag; may be repeated.")] = None,
) -> None:
    """Print link elements for the head of your pages.

    Browsers and feed readers find feeds by them. Without an option: the feed of all entries, in each format.
    """
    from feedtool.report.lists import link_lines

    settings, workspace = common.load(is_new=bool(common.site_url))
    asked: list[tuple[Kind, str]] = [("category", name) for name in category or ()]
    asked += [("tag", name) for name in tag or ()]
    chosen = [_main(settings, workspace.base)]
    if every or asked:
        found = _listing(settings, workspace, "feeds")
        chosen = [*found.feeds] if every else [_feed_of(kind, name, settings, found) for kind, name in asked]
    if not settings.site.url:
        complain("the address of the site is unknown: give --site-url, or url under [site].")
    typer.echo("\n".join(link_lines(chosen)))


def _main(settings: Config, base: Path) -> Feed:
    """Return the feed of all entries, without reading any post."""
    from feedtool import feeds
    from feedtool.build.context import with_defaults

    full, _ = with_defaults(settings, base)
    return feeds.select((), feeds=full.feeds, site=replace(full.site, language=""))[0][0]


def _feed_of(kind: Kind, name: str, settings: Config, found: Listing) -> Feed:
    """Return a term's feed; exit with 2 if it is unknown."""
    known = [feed for feed in found.feeds if feed.kind == kind]
    wanted = settings.aliases.get(name, name)
    feed = next((feed for feed in known if feed.term == wanted), None)
    if feed is None:
        guess = nearest(name, tuple(feed.term for feed in known))
        hint = f'Did you mean "{guess}"?' if guess else "`feedtool list` shows all feeds."
        refuse(f'no {kind} called "{name}" has a feed. {hint}')
    return feed


def _meanings() -> dict[str, str]:
    from feedtool.config.reference import KEYS
    from feedtool.sanitiser.rules import built_in

    meanings = {code.name: code.meaning for code in report.all_codes()}
    meanings |= {name: rule.why for name, rule in built_in().items()}
    return meanings | {name: key.summary for name, key in KEYS.items()}


def _completed(incomplete: str) -> list[tuple[str, str]]:
    """Return the names that begin so, with their meaning; a shell completes files by itself."""
    found = sorted(_meanings().items())
    return [(name, meaning.split(". ")[0]) for name, meaning in found if name.startswith(incomplete)]


@shared("config", "posts", "site_url")
def explain(
    common: Common,
    name: Annotated[
        str,
        typer.Argument(
            metavar="POST|CODE|RULE|SETTING",
            help="A post's file, a problem code, a sanitiser rule, or a setting.",
            autocompletion=_completed,
        ),
    ],
    page: Annotated[
        str | None, typer.Option("--html", metavar="FILE", help="Write a page that shows the post before and after.")
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print the differences between the text before and after.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Explain how a post was processed, or a code, rule or setting."""
    from feedtool.explain import is_path, is_post

    lines = [] if is_post(name) else _meaning(name)
    if lines:
        if page or diff or as_json:
            refuse(f"--html, --diff and --json are for posts, and {name} is not a post")
    elif is_path(name):
        if diff and as_json:
            refuse("--diff and --json exclude each other; --json includes the diff")
        lines = _post_lines(name, common, page, diff=diff, as_json=as_json)
    else:
        refuse(report.unknown_name(name, _meanings()))
    for line in lines:
        (echo if diff or as_json else say)(line)


def _meaning(name: str) -> list[str]:
    """Return the lines about a code, a rule or a key; nothing for any other name, or for a file."""
    from feedtool.config.reference import key_lines
    from feedtool.sanitiser.rules import built_in

    codes, rules = {known.name: known for known in report.all_codes()}, built_in()
    if name in codes:
        return report.code_lines(codes[name])
    if name in rules:
        return report.rule_lines(rules[name])
    keys = key_lines(name)
    return [] if keys and Path(name).exists() else keys


def _post_lines(name: str, common: Common, page: str | None, *, diff: bool, as_json: bool) -> list[str]:
    """Return what to print about a post, and write its page; exit with 2 if it is not a post."""
    from feedtool.explain import ExplainError, formats
    from feedtool.explain import explain as explain_post

    settings, workspace = common.load()
    if common.posts or common.site_url:  # other posts or another address would cost the builds their cache
        workspace = replace(workspace, cache=None)
    try:
        found = run(partial(explain_post, name, settings, workspace, now_ns=time.time_ns()), jobs=0, quiet=True)
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


def _write_page(path: Path, explanation: Explanation) -> None:
    """Write the page, but never over a file that feedtool did not make, such as a post."""
    from feedtool import generators
    from feedtool.build.context import GENERATOR
    from feedtool.explain.formats import render_page

    try:
        if path.is_file():
            with path.open("rb") as file:
                is_ours = generators.is_made_by(GENERATOR, file.read(generators.HEAD))
            if not is_ours:
                fail(f"{path} was not made by feedtool, and was not overwritten")
        path.write_bytes(render_page(explanation, generator=GENERATOR))
    except (OSError, ValueError) as error:
        fail(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}")


def schema() -> None:
    """Print the JSON Schema of feedtool.toml, for editors."""
    import json

    from feedtool.config.reference import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@shared("config", "posts", "jobs")
def learn(
    common: Common,
    host: Annotated[str | None, typer.Option(metavar="HOST", help="Use only the posts of this host.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Add the rules to the configuration.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of TOML.")] = False,
) -> None:
    """Propose rules for what a site repeats in its posts."""
    from feedtool.learn import rendered, results_json, summary_lines

    found = _learn(common, host)
    for line in summary_lines(found):
        say(line, err=True)
    proposals = [proposal for each in found for proposal in each.proposals]
    if as_json:
        typer.echo(results_json(found))
    elif proposals:
        typer.echo(rendered(proposals), nl=False)
    if write and proposals:
        _write_rules(Path(common.config or FILE_NAME), proposals)


def _learn(common: Common, host: str | None) -> tuple[Learnt, ...]:
    """Return what was learnt from the posts; exit with 2 if the host is not valid or has no posts."""
    from feedtool.build.discovery import find_posts
    from feedtool.build.freshness import search_of
    from feedtool.config.checks import BadValueError
    from feedtool.config.checks import host as host_name
    from feedtool.learn import learn as learn_rules
    from feedtool.sanitiser import load_rules

    settings, workspace = common.load()
    try:
        name = host_name(host) if host is not None else ""
    except BadValueError as error:
        refuse(f"--host: {error.message}. Write the name only, such as news.example.org.")
    files, problems = find_posts(search_of(settings), workspace.base)
    print_problems((*load_rules(settings.sanitiser, settings.path)[1], *problems))
    if not settings.sanitiser.trim:
        complain("sanitiser.trim is false, so no rule would remove anything.")
        return ()
    with processes(common.jobs) as mapper, bars(quiet=False) as progress:
        found = learn_rules(settings, files, mapper=mapper, progress=progress, host=name)
    if name and not found:
        refuse(f"no post comes from {name}.")
    return found


def _write_rules(path: Path, proposals: Sequence[Proposal]) -> None:
    """Add proposed rules to the configuration; exit with 1 if that fails."""
    from feedtool.learn import MergeError, merged, save
    from feedtool.output import OutputError

    try:
        content = path.read_bytes() if path.exists() else b""
        mark = "\ufeff" if content.startswith(b"\xef\xbb\xbf") else ""
        save(path, mark + merged(content.decode("utf-8-sig"), proposals))
    except (OSError, UnicodeDecodeError, MergeError, OutputError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        fail(f"{path} was not changed: {reason}. Add the rules by hand.")
    typer.echo(report.printable(f"{report.counted(len(proposals), 'rule')} added to {path}."), err=True)
