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
from feedtool.cli.console import complain, fail, refuse
from feedtool.cli.options import Common, shared
from feedtool.config import Config

_Category = Annotated[list[str] | None, typer.Option("--category", metavar="NAME", help="Category; may be repeated.")]
_Tag = Annotated[list[str] | None, typer.Option("--tag", metavar="NAME", help="Tag; may be repeated.")]
_Link = Annotated[str, typer.Option(metavar="URL", help="Address of the page that the post is about.")]
_Date = Annotated[str, typer.Option(metavar="DATE", help="Date, ISO 8601, in the site's time zone. (default: now)")]
_Dir = Annotated[
    str | None, typer.Option("--dir", metavar="DIR", help="Folder to write to. (default: the first posts folder)")
]
_Edit = Annotated[bool, typer.Option("--edit", help="Open the post in $VISUAL or $EDITOR.")]


@shared("config")
def new(
    common: Common,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Title of the post.")],
    category: _Category = None,
    tag: _Tag = None,
    author: Annotated[str, typer.Option(metavar="NAME", help="Author.")] = "",
    link: _Link = "",
    date: _Date = "",
    folder: _Dir = None,
    edit: _Edit = False,
) -> None:
    """Write a new post, and print the name of its file."""
    from feedtool.importers.post import LONGEST_TITLE, one_line, post_text

    settings, site = common.load()
    zone = ZoneInfo(settings.site.timezone)
    if not 0 < len(one_line(title)) <= LONGEST_TITLE:
        refuse(f"a title needs 1 to {LONGEST_TITLE:,} printable characters")
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "") if edit else []
    if edit and not editor:
        refuse("--edit: set $VISUAL or $EDITOR to your editor")
    source, now_ms = _source(link), time.time_ns() // 1_000_000
    published_ms = _moment(date, zone) if date else now_ms
    text = post_text(
        title, published_ms=published_ms, zone=zone, author=author, source=source,
        categories=category or (), tags=tag or (),
    )  # fmt: skip
    target = Path(folder) if folder is not None else site.base / settings.posts.dirs[0]
    path = _written(target, title, text, published_ms=published_ms, zone=zone)
    typer.echo(report.printable(str(path)))
    if folder is not None and not _is_read(target, settings, site.base):
        complain(f"builds do not read {target}: add it to dirs under [posts] in feedtool.toml.")
    if editor:
        raise typer.Exit(_edited([*editor, str(path)]))


def _source(link: str) -> str:
    from feedtool.urls import absolute

    if link and not absolute(link):
        refuse(f"--link {link} is not a complete address, such as https://example.org/page")
    return absolute(link)


def _moment(date: str, zone: ZoneInfo) -> int:
    from feedtool.reader.dates import DateError, read_date

    try:
        return read_date(date, zone).ms
    except DateError as error:
        refuse(f"--date: {error}; write 2024-05-06, or 2024-05-06T07:08")


def _written(folder: Path, title: str, text: str, *, published_ms: int, zone: ZoneInfo) -> Path:
    """Write the post to a new file, and return its path; exit with 1 if that fails."""
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
                continue  # another process was quicker
            return path
    except OSError as error:
        fail(f"the post cannot be written to {folder}: {error.strerror or error}")


def _is_read(target: Path, settings: Config, base: Path) -> bool:
    """Return whether a folder is one of the posts folders, or below one."""
    real = target.resolve()
    return any(real.is_relative_to((base / folder).resolve()) for folder in settings.posts.dirs)


def _edited(command: list[str]) -> int:
    """Run the editor, and return the exit status."""
    try:
        return 1 if subprocess.call(command) else 0  # noqa: S603 - the user's own choice
    except OSError as error:
        complain(f"{command[0]} cannot be started: {error.strerror}")
        return 1
