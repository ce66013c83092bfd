"""`feedtool list` and `feedtool links`."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from feedtool.cli.console import Configuration, SiteUrl, complain, configured, place_of, print_problems, refuse, run
from feedtool.config import Config
from feedtool.config.checks import nearest
from feedtool.model import Feed, Kind

if TYPE_CHECKING:
    from pathlib import Path

    from feedtool.build.listing import Listing, What
    from feedtool.report.lists import Rows

#: columns that a name or an address has at least
_NARROWEST = 8
_What = Annotated[str, typer.Argument(metavar="feeds|categories|tags|authors|posts", help="What is listed.")]
_Sort = Annotated[
    str, typer.Option(metavar="name|count|newest", help="By what they are ordered. (default: posts by newest)")
]
_Most = Annotated[int, typer.Option("--limit", metavar="N", help="No more than that; 0 for all.", min=0)]
_Category = Annotated[
    list[str] | None, typer.Option("--category", metavar="NAME", help="A category's feed; may be repeated.")
]
_Tag = Annotated[list[str] | None, typer.Option("--tag", metavar="NAME", help="A tag's feed; may be repeated.")]


def list_(
    what: _What = "feeds",
    sort: _Sort = "",
    limit: _Most = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print an array of objects.")] = False,
    site_url: SiteUrl = None,
    config: Configuration = None,
) -> None:
    """List feeds, categories, tags, authors or posts.

    Each feed and term has its number of posts, the newest and the address. Nothing is built or written. On a terminal
    it is a table; in a pipe each line has its cells between tabs, whole: kind, term, posts, newest and address of a
    feed; time, title, file and address of a post.
    """
    from feedtool.build.listing import What
    from feedtool.report.lists import ordered, rows_json, rows_lines

    names: tuple[str, ...] = get_args(What)
    if what not in names:
        refuse(f"{what} cannot be listed; it is one of {', '.join(names)}")
    if sort not in ("", "name", "count", "newest"):
        refuse(f"--sort {sort}: it is name, count or newest")
    settings, base = configured(config, {"site.url": site_url})
    newest = limit if sort in ("", "newest") else 0
    found = _survey(settings, base, cast("What", what), newest=newest)
    rows = ordered(found.rows, sort)[: limit or None]
    print_problems([each for each in found.problems if each.level == "error"], quiet=True)
    if as_json:
        typer.echo(rows_json(rows))
    elif sys.stdout.isatty():
        _table(rows)
    else:
        typer.echo("".join(f"{line}\n" for line in rows_lines(rows)), nl=False)
    raise typer.Exit(1 if any(each.level == "error" for each in found.problems) else 0)


def _survey(settings: Config, base: Path, what: What, *, newest: int = 0) -> Listing:
    from feedtool.build.listing import survey

    place = place_of(settings, base, posts=None, output=None, cache="")
    look = partial(survey, settings, place, what, now_ns=time.time_ns(), newest=newest)
    return run(lambda readers, workers: look(readers=readers, workers=workers), jobs=0, executor="", quiet=False)


def _table(rows: Rows) -> None:
    """Print a table no wider than the terminal, in which what is too long is cut."""
    from rich.cells import cell_len

    from feedtool.report.lists import rows_cells

    heads, body = rows_cells(rows)
    lines = [tuple(heads), *body]
    widths = [max(cell_len(line[at]) for line in lines) for at in range(len(heads))]
    spare = shutil.get_terminal_size().columns - 2 * (len(heads) - 1)
    while sum(widths) > spare and max(widths[-2:]) > _NARROWEST:
        widest = max(len(widths) - 2, len(widths) - 1, key=lambda at: widths[at])
        widths[widest] -= 1
    for line in lines:
        cut = [
            _cut(text, width, is_number=head == "posts") for head, text, width in zip(heads, line, widths, strict=True)
        ]
        typer.echo("  ".join(cut).rstrip())


def _cut(text: str, width: int, *, is_number: bool) -> str:
    """Return the text in so many columns of a terminal, where signs of Chinese and other scripts take two."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) > width:
        return set_cell_size(text, width - 1) + "…"
    return " " * (width - cell_len(text)) + text if is_number else set_cell_size(text, width)


def links(
    every: Annotated[bool, typer.Option("--all", help="Every feed that there is.")] = False,
    category: _Category = None,
    tag: _Tag = None,
    site_url: SiteUrl = None,
    config: Configuration = None,
) -> None:
    """Print the links to feeds for the head of your pages.

    They are how browsers and readers find feeds. Without an option: the feed of all entries, in each format.
    """
    from feedtool.report.lists import link_lines

    settings, base = configured(config, {"site.url": site_url})
    asked: list[tuple[Kind, str]] = [("category", name) for name in category or ()]
    asked += [("tag", name) for name in tag or ()]
    chosen = [_main(settings, base)]
    if every or asked:
        found = _survey(settings, base, "feeds")
        print_problems([each for each in found.problems if each.level == "error"], quiet=True)
        chosen = [*found.feeds] if every else [_feed_of(kind, name, settings, found) for kind, name in asked]
    if not settings.site.url:
        complain("nothing says where feeds are published: give --site-url, or url under [site].")
    typer.echo("\n".join(link_lines(chosen)))


def _main(settings: Config, base: Path) -> Feed:
    """Return the feed of all entries, for which no post has to be read."""
    from feedtool import feeds
    from feedtool.build.context import with_defaults

    full, _ = with_defaults(settings, base)
    return feeds.select((), feeds=full.feeds, site=replace(full.site, language="und"))[0][0]


def _feed_of(kind: Kind, name: str, settings: Config, found: Listing) -> Feed:
    """Return a term's feed; exit with 2 where there is none."""
    known: Sequence[Feed] = [feed for feed in found.feeds if feed.kind == kind]
    wanted = settings.aliases.get(name, name)
    feed = next((feed for feed in known if feed.term == wanted), None)
    if feed is None:
        guess = nearest(name, tuple(feed.term for feed in known))
        ask = f'Did you mean "{guess}"?' if guess else "`feedtool list` shows what there is."
        refuse(f'no {kind} called "{name}" has a feed. {ask}')
    return feed
