"""`feedtool init`."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feedtool import report
from feedtool.cli.console import complain, fail
from feedtool.config import FILE_NAME

if TYPE_CHECKING:
    from feedtool.importers import Recognised

_QUESTIONS = {
    "site.title": "Title of the feeds",
    "site.url": "Address where they will be published (empty: not known yet)",
    "site.language": "Language, such as en or zh-Hant (empty: as the posts say)",
}
#: how the feeds are published with the site's own pages
_TOGETHER = {
    "Jekyll": "Jekyll copies {output}/ along with its pages: build feeds first, then the site. Add feedtool.toml to\n"
    "`exclude` in _config.yml, or it is published too.",
    "Hugo": "Hugo copies {output}/ along with its pages: build feeds first, then the site.",
    "Zola": "Zola copies {output}/ along with its pages: build feeds first, then the site.",
    "Eleventy": "Build the site first, then feeds, into its own folder: {output}/.",
    "Pelican": "Build the site first, then feeds, into its own folder: {output}/.",
}


def init(
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="Folder of the site. (default: this one)", show_default=False)
    ] = ".",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask questions.")] = False,
) -> None:
    """Write feedtool.toml, for a new folder or an existing site.

    The settings of a Jekyll, Hugo, Eleventy, Pelican or Zola site are taken over, so that subscribers of its old feed
    see no entry twice. Nothing of the site is run or changed.
    """
    from feedtool.importers import look
    from feedtool.importers.settings import completed, plain, recognised, settings_text, with_answers

    path = Path(folder, FILE_NAME)
    if os.path.lexists(path):
        fail(f"{path} already exists, and was not changed. Move it away to start again.")
    files = look(Path(folder))
    best, others = recognised(files)
    site = completed(best or plain(files), folder_name=Path(folder).resolve().name)
    _print(_findings(site, others))
    if not yes and sys.stdin.isatty():
        site = with_answers(site, {key: _answer(key, question, site) for key, question in _QUESTIONS.items()})
    elif not yes:
        complain("not a terminal: using defaults without asking.")
    _write(path, settings_text(site), Path(folder, str(site.values["posts.dirs"].value[0])))
    _print(["", f"{path} was written.", "", *_next(site, folder, files)])


def _findings(site: Recognised, others: Iterable[Recognised]) -> list[str]:
    """Return what was recognised and why, what was taken over, and what was not."""
    from feedtool.importers.settings import table_lines

    evidence = " and ".join(what for what, _ in site.evidence)
    lines = [f"Site generator: {site.tool} ({evidence})." if site.tool else "Site generator: not recognised."]
    for other in others:
        why = " and ".join(what for what, _ in other.evidence)
        lines.append(f"It could also be {other.tool} ({why}), but that is less likely.")
    lines += ["", *table_lines(site)]
    return lines + (["", "Not taken over:", *(f"  - {note}" for note in site.notes)] if site.notes else [])


def _answer(key: str, question: str, site: Recognised) -> str:
    """Ask until the answer is valid."""
    from feedtool.importers.settings import check

    default = str(site.values[key].value) if key in site.values else ""
    while True:
        text: str = typer.prompt(question, default=default, show_default=bool(default)).strip()
        wrong = check(key, text) if text else ""
        if not wrong:
            return text
        typer.echo(f"  {report.printable(wrong)}", err=True)


def _write(path: Path, text: str, posts: Path) -> None:
    """Write the configuration, and make the posts folder if it does not exist."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if posts.is_relative_to(path.parent):
            posts.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror or error}")


def _next(site: Recognised, folder: str, files: Iterable[str]) -> list[str]:
    dirs = site.values["posts.dirs"].value
    has_posts = any(name.startswith(f"{each}/") or each == "." for name in files for each in dirs)
    steps = [(f"cd {shlex.quote(folder)}", "")] if Path(folder).resolve() != Path.cwd() else []
    steps += [] if has_posts else [('feedtool new "My first post"', "write one")]
    steps += [("feedtool build", "build the feeds"), ("feedtool serve", "look at them; rebuilds on every change")]
    if site.old_feed:
        steps.append((f"feedtool check --against {site.old_feed}", "no existing entry must appear as new"))
    lines = ["Next:", *(f"  {step}\n      {why}".rstrip() for step, why in steps)]
    output = site.values["output"].value if "output" in site.values else "output"
    return [*lines, "", _TOGETHER[site.tool].format(output=output)] if site.tool else lines


def _print(lines: Iterable[str]) -> None:
    for line in "\n".join(lines).split("\n"):
        typer.echo(report.printable(line))
