"""`feedtool new`."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from feedtool import report
from feedtool.cli.console import Configuration, complain, configured, fail, refuse
from feedtool.config import Config

_Category = Annotated[list[str] | None, typer.Option("--category", metavar="NAME", help="Category; may be repeated.")]
_Tag = Annotated[list[str] | None, typer.Option("--tag", metavar="NAME", help="Tag; may be repeated.")]
_Link = Annotated[str, typer.Option(metavar="URL", help="What the post is about: the address that it leads to.")]
_Date = Annotated[str, typer.Option(metavar="DATE", help="ISO 8601, in the site's time zone. (default: now)")]
_Dir = Annotated[
    str | None, typer.Option("--dir", metavar="DIR", help="Where it is written. (default: the first posts folder)")
]
_Edit = Annotated[bool, typer.Option("--edit", help="Open it in $VISUAL or $EDITOR.")]


def new(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="In any script, with any sign.")],
    category: _Category = None,
    tag: _Tag = None,
    author: Annotated[str, typer.Option(metavar="NAME", help="Who wrote it.")] = "",
    link: _Link = "",
    date: _Date = "",
    folder: _Dir = None,
    edit: _Edit = False,
    config: Configuration = None,
) -> None:
    """Write a new post, and print the name of its file."""
    from feedtool.importers.post import LONGEST_TITLE, one_line, post_text

    settings, base = configured(config, {})
    zone = ZoneInfo(settings.site.timezone)
    if not 0 < len(one_line(title)) <= LONGEST_TITLE:
        refuse(f"a title has from 1 to {LONGEST_TITLE:,} characters that can be shown; this one has another number")
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "") if edit else []
    if edit and not editor:
        refuse("--edit: neither $VISUAL nor $EDITOR names an editor")
    source, now_ms = _source(link), time.time_ns() // 1_000_000
    published_ms = _moment(date, zone) if date else now_ms
    text = post_text(
        title, published_ms=published_ms, zone=zone, author=author, source=source,
        categories=category or (), tags=tag or (),
    )  # fmt: skip
    place = Path(folder) if folder is not None else base / settings.posts.dirs[0]
    path = _written(place, title, text, published_ms=published_ms, zone=zone)
    typer.echo(report.printable(str(path)))
    if folder is not None and not _is_read(place, settings, base):
        complain(f"no build reads {place}: add it to dirs under [posts] in feedtool.toml.")
    if editor:
        raise typer.Exit(_edited([*editor, str(path)]))


def _source(link: str) -> str:
    from feedtool.urls import absolute

    if link and not absolute(link):
        refuse(f"--link {link} is no address; write all of it: https://example.org/page")
    return absolute(link)


def _moment(date: str, zone: ZoneInfo) -> int:
    from feedtool.reader.dates import DateError, read_date

    try:
        return read_date(date, zone).ms
    except DateError as error:
        refuse(f"--date: {error}; write 2024-05-06, or 2024-05-06T07:08")


def _written(folder: Path, title: str, text: str, *, published_ms: int, zone: ZoneInfo) -> Path:
    """Return the file that the post was written to, a new one; exit with 1 where that cannot be done."""
    from feedtool.importers.post import file_name

    try:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            taken = [path.name for path in folder.iterdir()]
            path = folder / file_name(title, published_ms=published_ms, zone=zone, taken=taken)
            try:
                with path.open("x", encoding="utf-8", newline="\n") as file:
                    file.write(text)
            except FileExistsError:
                continue  # another was quicker
            return path
    except OSError as error:
        fail(f"the post cannot be written to {folder}: {error.strerror or error}")


def _is_read(place: Path, settings: Config, base: Path) -> bool:
    """Tell whether a folder is one of the posts' folders, or below one."""
    real = place.resolve()
    return any(real.is_relative_to((base / folder).resolve()) for folder in settings.posts.dirs)


def _edited(command: list[str]) -> int:
    """Return the exit status for what became of the editor."""
    try:
        return 1 if subprocess.call(command) else 0  # noqa: S603 - the user's own choice
    except OSError as error:
        complain(f"{command[0]} cannot be run: {error.strerror}")
        return 1
