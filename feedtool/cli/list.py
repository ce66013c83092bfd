"""`feedtool list` and `feedtool links`."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from feedtool.cli.console import complain, print_problems, refuse, run
from feedtool.cli.options import Common, shared
from feedtool.config import Config
from feedtool.config.checks import nearest
from feedtool.model import Feed, Kind

if TYPE_CHECKING:
    from feedtool.build.listing import Listing, What
    from feedtool.build.run import Workspace


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
    """Return the list, and print its errors."""
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
