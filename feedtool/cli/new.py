"""`feedtool init` and `feedtool new`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from feedtool import report
from feedtool.cli.building import Common
from feedtool.cli.console import complain, fail, refuse, say
from feedtool.cli.options import shared
from feedtool.config import FILE_NAME

if TYPE_CHECKING:
    from feedtool.importers import Recognised

_QUESTIONS = {
    "site.title": "Title of the feeds",
    "site.url": "Address where they will be published (empty: not known yet)",
    "site.language": "Language, such as en or zh-Hant (empty: as the posts say)",
}
_COPIES = "{tool} copies {output}/ along with its pages: build feeds first, then the site."
_KEEPS_OUT = "Build the site first, then feeds, into its own folder: {output}/."
_STAYS = (
    "Old feeds stay where they are while {tool} writes them. For redirects of the addresses under feeds.replaces, "
    "name your web host under site.host."
)
_LEAVES = (
    "The build writes redirects of the old feeds (feeds.replaces) to a file for site.host: copy its lines into the "
    "one in the root of the site."
)
#: an address without "https://", as people write it
_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:[:/]|$)", re.IGNORECASE)
#: how the feeds are published with the site's own pages
_TOGETHER = {
    "Jekyll": f"{_COPIES} Add feedtool.toml to `exclude` in _config.yml, or it is published too.",
    "Hexo": f"{_COPIES} Add feeds/** to `skip_render` in _config.yml, or the theme is put round them.",
    **dict.fromkeys(("Hugo", "Zola", "Astro", "Next.js", "SvelteKit", "Gatsby"), _COPIES),
}


def init(
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="Folder of the site. (default: this one)", show_default=False)
    ] = ".",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask questions.")] = False,
) -> None:
    """Write feedtool.toml, for a new folder or an existing site.

    The settings of a Jekyll, Hugo, Eleventy, Pelican, Zola or Hexo site are taken over, so that subscribers of its old
    feed see no entry twice. Nothing of the site is run or changed.
    """
    from feedtool.importers import look, offer, rendered, sample, undated
    from feedtool.importers.settings import completed, plain, recognised, settings_text, with_answers

    path = Path(folder, FILE_NAME)
    files = look(Path(folder))
    best, others = recognised(files)
    # without a generator, a folder that would be its output may be where posts are
    files = files if best else look(Path(folder), but=("public",))
    site = completed(best or plain(files), folder_name=Path(folder).resolve().name)
    posts = sample(Path(folder), files, site.values["posts.dirs"].value)
    if said := undated(posts):
        site.note(said)
    if keywords := offer(posts):
        site.values["posts.keywords"] = keywords
    if pages := rendered(Path(folder), site):
        site.values["posts.rendered"] = pages
    _echo(_findings(site, others))
    if os.path.lexists(path):
        _echo(["", f"{path} exists, and was not changed.", *_differences(path, settings_text(site))])
        raise typer.Exit(1)
    if not yes and sys.stdin.isatty():
        site = with_answers(site, {key: _answer(key, question, site) for key, question in _QUESTIONS.items()})
    elif not yes:
        complain("not a terminal: using defaults without asking.")
    _write_settings(path, settings_text(site), Path(folder, str(site.values["posts.dirs"].value[0])))
    if site.tool not in (*_TOGETHER, "Eleventy", "Pelican", "Hexo") and Path(folder, ".git").exists():
        _ignore_output(
            Path(folder, ".gitignore"), str(site.values["output"].value if "output" in site.values else "output")
        )
    _echo(["", f"{path} was written.", "", *_next(site, folder, files)])


def _findings(site: Recognised, others: Iterable[Recognised]) -> list[str]:
    from feedtool.importers.settings import table_lines

    evidence = " and ".join(what for what, _ in site.evidence)
    lines = [f"Site generator: {site.tool} ({evidence})." if site.tool else "Site generator: not recognised."]
    for other in others:
        evidence = " and ".join(what for what, _ in other.evidence)
        lines.append(f"It could also be {other.tool} ({evidence}), but that is less likely.")
    lines += ["", *table_lines(site)]
    return lines + (["", "Not taken over:", *(f"  - {note}" for note in site.notes)] if site.notes else [])


def _answer(key: str, question: str, site: Recognised) -> str:
    from feedtool.importers.settings import check

    default = str(site.values[key].value) if key in site.values else ""
    while True:
        text: str = typer.prompt(question, default=default, show_default=bool(default)).strip()
        if key == "site.url" and _HOST.match(text):
            text = f"https://{text}"
        wrong = check(key, text) if text else ""
        if not wrong:
            return text
        typer.echo(f"  {report.printable(wrong)}", err=True)


def _write_settings(path: Path, text: str, posts: Path) -> None:
    """Write the configuration, and make the posts folder if it does not exist."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if posts.is_relative_to(path.parent):
            posts.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror or error}")


def _differences(path: Path, text: str) -> list[str]:
    """Return what another `init` would write, line by line."""
    try:
        old = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return ["It cannot be read."]
    new = text.splitlines()
    changed = [line for line in unified_diff(old, new, lineterm="", n=0) if not line.startswith(("---", "+++", "@@"))]
    return ["A new one would be the same."] if not changed else ["A new one would differ in these lines:", "", *changed]


def _ignore_output(path: Path, output: str) -> None:
    """Keep the output and the cache out of git, where a site is not published from it; nothing is said twice."""
    try:
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        missing = [name for name in (f"{output}/", ".feedtool/") if name not in old.split()]
        if missing and not path.is_symlink():
            gap = "\n" if old and not old.endswith("\n") else ""
            path.write_text(old + gap + "".join(f"{name}\n" for name in missing), encoding="utf-8")
    except (OSError, ValueError) as error:
        complain(f"{path} was not changed: {error}")


def _next(site: Recognised, folder: str, files: Iterable[str]) -> list[str]:
    dirs = site.values["posts.dirs"].value
    has_posts = any(name.startswith(f"{each}/") or each == "." for name in files for each in dirs)
    steps = [(f"cd {shlex.quote(folder)}", "")] if Path(folder).resolve() != Path.cwd() else []
    steps += [] if has_posts else [('feedtool new "My first post"', "write one")]
    steps += [("feedtool build", "build the feeds"), ("feedtool serve", "look at them; rebuilds on every change")]
    if site.old_feed:
        steps.append((f"feedtool check --against {site.old_feed}", "no existing entry must appear as new"))
    lines = ["Next:", *(f"  {step}\n      {why}".rstrip() for step, why in steps)]
    if site.feeds.get("all"):
        lines += ["", _LEAVES if "site.host" in site.values else _STAYS.format(tool=site.tool)]
    if not site.tool or "output" not in site.values:
        return lines
    together = _TOGETHER.get(site.tool, _KEEPS_OUT)
    return [*lines, "", together.format(tool=site.tool, output=site.values["output"].value)]


def _echo(lines: Iterable[str]) -> None:
    for line in "\n".join(lines).split("\n"):
        say(report.printable(line))


@shared("config")
def new(
    common: Common,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Title of the post.")],
    category: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Category; may be repeated.")] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Tag; may be repeated.")] = None,
    author: Annotated[str, typer.Option(metavar="NAME", help="Author.")] = "",
    link: Annotated[str, typer.Option(metavar="URL", help="Address of the page that the post is about.")] = "",
    date: Annotated[
        str, typer.Option(metavar="DATE", help="Date, ISO 8601, in the site's time zone. (default: now)")
    ] = "",
    folder: Annotated[
        str | None, typer.Option("--dir", metavar="DIR", help="Folder to write to. (default: the first posts folder)")
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Open the post in $VISUAL or $EDITOR.")] = False,
) -> None:
    """Write a new post, and print the name of its file."""
    from feedtool.importers.settings import LONGEST_TITLE, one_line, post_text

    settings, site = common.load(is_new=True)
    zone = ZoneInfo(settings.site.timezone)
    if not 0 < len(one_line(title)) <= LONGEST_TITLE:
        refuse(f"a title needs 1 to {LONGEST_TITLE:,} printable characters")
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "") if edit else []
    if edit and not editor:
        refuse("--edit: set $VISUAL or $EDITOR to your editor")
    published_ms = _moment(date, zone) if date else time.time_ns() // 1_000_000
    text = post_text(
        title, published_ms=published_ms, zone=zone, author=author, source=_source(link),
        categories=category or (), tags=tag or (),
    )  # fmt: skip
    target = Path(folder) if folder is not None else site.base / settings.posts.dirs[0]
    path = _written_post(target, title, text, published_ms=published_ms, zone=zone)
    typer.echo(report.printable(str(path)))
    folders = [(site.base / each).resolve() for each in settings.posts.dirs]
    if not any(target.resolve().is_relative_to(each) for each in folders):
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


def _written_post(folder: Path, title: str, text: str, *, published_ms: int, zone: ZoneInfo) -> Path:
    """Write the post to a new file, and return its path; exit with 1 if that fails."""
    from feedtool.importers.settings import file_name

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


def _edited(command: list[str]) -> int:
    try:
        return 1 if subprocess.call(command) else 0  # noqa: S603 - the user's own choice
    except OSError as error:
        complain(f"{command[0]} cannot be started: {error.strerror}")
        return 1
