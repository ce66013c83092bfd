"""Every command, as typer knows it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from feedtool import __version__
from feedtool.cli.build import Common
from feedtool.cli.build import build as build_feeds
from feedtool.cli.check import check
from feedtool.cli.new import init, new
from feedtool.cli.options import BUILDING, Prune, epilog, shared
from feedtool.cli.publish import publish
from feedtool.cli.serve import serve
from feedtool.cli.show import explain, learn, links, list_, schema
from feedtool.cli.unchanged import Asked

app = typer.Typer(
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # plain lines: they fit any terminal, can be searched, and look the same in a pipe
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=epilog(""),
)


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
    own: dict[str, Any] = {
        "form": form, "limit": limit, "no_cache": no_cache, "executor": executor, "against": against, "prune": prune,
        "as_json": as_json,
    }  # fmt: skip
    asked.options = {name: getattr(common, name) for name in BUILDING} | own
    raise typer.Exit(build_feeds(common, asked, **own))


for command in (init, new, build, serve, check, publish, list_, links, explain, learn, schema):
    name = command.__name__.rstrip("_")
    app.command(name, epilog=epilog(name))(command)


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
    """Publish a folder of posts as feeds: one for all posts, and one for each category and tag."""
