"""Every command, as typer knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from feedtool import __version__
from feedtool.cli.build import build
from feedtool.cli.check import check
from feedtool.cli.new import init, new
from feedtool.cli.options import epilog
from feedtool.cli.publish import publish
from feedtool.cli.serve import serve
from feedtool.cli.show import explain, learn, links, list_, schema

if TYPE_CHECKING:
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
for command in (init, new, build, serve, check, publish, list_, links, explain, learn, schema):
    name = command.__name__.rstrip("_")
    app.command(name, epilog=epilog(name))(command)


def run(asked: Asked | None) -> None:
    """Run a command; `asked` is what a build was asked, where it found no quick answer."""
    if asked and asked.options:
        _again(asked, asked.options)
    app(obj=asked)


def _again(asked: Asked, options: dict[str, Any]) -> None:
    """Build with the options that these words were for an earlier build: to parse them takes longer than a post."""
    try:
        build(context=typer.Context(TyperCommand("build"), obj=asked), **options)
    except typer.Exit as end:
        raise SystemExit(end.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


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
