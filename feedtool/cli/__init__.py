"""The command line: parse, call one function, print, exit.

The only place that prints, reads the clock or the environment, starts processes, or exits.
Exit status: 0 success, with warnings or without; 1 failure, or with --strict any error or warning; 2 wrong usage or
configuration.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from feedtool import __version__
from feedtool.build.executors import ExecutorError
from feedtool.cli.build import build
from feedtool.cli.check import check
from feedtool.cli.console import complain
from feedtool.cli.explain import explain, learn, schema
from feedtool.cli.list import links, list_
from feedtool.cli.new import init, new
from feedtool.cli.options import epilog
from feedtool.cli.publish import publish
from feedtool.cli.serve import serve

__all__ = ["app", "main"]

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


def main() -> None:
    """Run the command line."""
    if sys.getfilesystemencoding().lower() != "utf-8":
        # file names of posts and feeds are UTF-8, also on machines with another locale
        os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "feedtool", *sys.argv[1:]])  # noqa: S606
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app()
    except ExecutorError as error:
        complain(str(error))
        raise SystemExit(2) from None
    except FileNotFoundError:
        if _has_folder():
            raise
        complain("the working folder was removed. Change to one that exists.")
        raise SystemExit(1) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def _has_folder() -> bool:
    """Return whether the working folder exists."""
    try:
        return bool(Path.cwd())
    except FileNotFoundError:
        return False


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
