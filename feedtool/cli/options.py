"""What can be typed: the options that several commands share, and the examples that `--help` ends with.

A command declares its own options as parameters, names the shared ones in `@shared(...)`, and gets their values as one
`Common`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from feedtool.build.executors import ExecutorError
from feedtool.build.run import Workspace
from feedtool.cache import engine
from feedtool.cli.console import FailedError, complain, print_problems, refuse
from feedtool.cli.machine import committed, secret
from feedtool.config import FILE_NAME, Config, Posts
from feedtool.config.reading import load_config
from feedtool.problems import Problem


def _require_site(*, is_new: bool) -> None:
    """Exit with 2 in a folder that has neither posts nor a configuration; name the configuration of a folder above."""
    if any(Path(folder).is_dir() for folder in Posts().dirs):
        return
    here = Path.cwd()
    above = next((folder for folder in here.parents if (folder / FILE_NAME).is_file()), None)
    if above:
        refuse(f"no {FILE_NAME} here, but in {above}: change to that folder, or add --config {above / FILE_NAME}")
    if not is_new:
        refuse(f"no posts and no {FILE_NAME} here. Run `feedtool init`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The shared options. A command that does not take one has its default."""

    config: Annotated[
        str | None, typer.Option(metavar="FILE", help=f"Configuration file. (default: {FILE_NAME}, if it exists)")
    ] = None
    posts: Annotated[
        list[str] | None, typer.Option(metavar="DIR", help="Folder of posts; may be repeated. (default: posts)")
    ] = None
    output: Annotated[str | None, typer.Option(metavar="DIR", help="Output folder. (default: output)")] = None
    site_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Address where the output folder will be published.")
    ] = None
    jobs: Annotated[int, typer.Option(metavar="N", help="Number of processes; 0 for one per processor.", min=0)] = 0
    cache: Annotated[str | None, typer.Option(metavar="DIR", help="Cache directory. (default: .feedtool)")] = None
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 1 if there are errors or warnings.")] = (
        False
    )
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors and warnings.")] = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Explain each kind of problem, and list every occurrence.")
    ] = False

    def load(self, overrides: Mapping[str, object] | None = None, *, is_new: bool = False) -> tuple[Config, Workspace]:
        """Return the configuration and where the build happens; exit with 2 where the configuration is wrong.

        `is_new`: the folder need not have posts yet.
        """
        if not (self.config or self.posts or Path(FILE_NAME).exists()):
            _require_site(is_new=is_new)
        settings, problems = self.read(overrides)
        if problems:
            print_problems(problems)
            raise typer.Exit(2)
        return settings, self.workspace(settings)

    def read(self, overrides: Mapping[str, object] | None = None) -> tuple[Config, tuple[Problem, ...]]:
        """Return the configuration and its problems; `overrides` are a command's own options, by dotted key."""
        path = FILE_NAME if self.config is None and Path(FILE_NAME).exists() else self.config
        given = {"site.url": self.site_url, "output": self.output, "posts.dirs": self.posts or None}
        return load_config(path, overrides={**given, **(overrides or {})})

    def workspace(self, settings: Config) -> Workspace:
        """Return where a build happens: paths of an option are relative to the working folder, others to the file."""
        base = Path(settings.path).parent
        place = Path() if self.posts else base
        return Workspace(
            base=place,
            output=(Path() if self.output else base) / settings.output,
            cache=Path(self.cache) if self.cache else base / ".feedtool",
            engine=engine(tuple(sys.path)),
            secret=secret(),
            committed=partial(committed, place),
        )


#: what `build` and `publish` share, and by leaving out what they do not know, the other commands
BUILDING = ("config", "posts", "output", "site_url", "jobs", "cache", "strict", "quiet", "verbose")
_PARAMETERS = signature(Common, eval_str=True).parameters


def shared(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a command these options after its own, and their values as its first argument."""

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        def called(**values: Any) -> None:  # noqa: ANN401 - of any option
            if "context" in values and (asked := values["context"].obj):
                asked.options = {name: value for name, value in values.items() if name != "context"}
            try:
                command(Common(**{name: values.pop(name) for name in names}), **values)
            except (ExecutorError, FailedError) as error:
                complain(str(error))
                raise typer.Exit(error.status if isinstance(error, FailedError) else 2) from None

        _, *own = signature(command, eval_str=True).parameters.values()
        every = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in own] + [_PARAMETERS[name] for name in names]
        called.__signature__ = Signature(every)  # type: ignore[attr-defined]
        called.__name__, called.__doc__ = command.__name__, command.__doc__
        return called

    return decorated


#: by command: lines that work as they are, each with what it does
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("feedtool build", "build feeds from the posts in posts/"),
        ("feedtool explain bad-date", "explain the problem code in brackets"),
    ),
    "init": (
        ("feedtool init", "start here: asks at most three questions"),
        ("feedtool init --yes blog", "the same for the folder blog, without questions"),
    ),
    "new": (
        ('feedtool new "First snow"', "a post with date and front matter"),
        ('feedtool new "C++ & me" --category Programming --tag C++ --edit', "open it in your editor"),
        ('feedtool new "Worth reading" --link https://example.org/article', "a post that links to an article"),
    ),
    "build": (
        ("feedtool build --site-url https://example.org/feeds/", "feeds with the address of the site"),
        ("feedtool build --posts _posts --output _site/feeds", "next to a Jekyll site"),
        ("feedtool build --strict --quiet", "in CI: print problems, and fail if there are any"),
        ("feedtool build --limit 20 --format atom", "smaller feeds in one format"),
    ),
    "serve": (
        ("feedtool serve", "preview at http://localhost:8000/; rebuilds on every change"),
        ("feedtool serve --port 0 --open", "on any free port; opens the browser"),
    ),
    "check": (
        ("feedtool check", "check the feeds that a build would write"),
        (
            "feedtool check --max-new 0 --against https://example.org/feeds/feeds.json",
            "compare with the published ones",
        ),
        ("feedtool check public/index.xml other/feeds", "check any feeds"),
        ("feedtool check --format sarif > findings.sarif", "for a code host"),
    ),
    "list": (
        ("feedtool list", "every feed with its posts, newest post and address"),
        ("feedtool list tags --sort count --limit 20", "the 20 most used tags"),
        ("feedtool list posts --json > posts.json", "all posts as JSON"),
    ),
    "links": (
        ("feedtool links", "for the head of every page: the main feed"),
        ("feedtool links --category News --tag Tea", "for the pages of a category and a tag"),
    ),
    "publish": (
        ("feedtool publish s3://bucket/feeds --site-url https://example.org/feeds/", "build, upload, notify the hub"),
        ("feedtool publish --dry-run", "list what would be uploaded and removed"),
        ("feedtool publish --no-build file:///srv/www/feeds", "copy output/ to a folder"),
        ("feedtool publish --purge list > changed.txt", "changed addresses, for another CDN"),
    ),
    "explain": (
        ("feedtool explain posts/tea/2024-01-02-green.md", "how this post was processed"),
        ("feedtool explain posts/tea/2024-01-02-green.md --html cuts.html", "a page that marks everything removed"),
        ("feedtool explain bad-date", "what a problem code means"),
        ("feedtool explain related-box", "what a sanitiser rule removes, and why"),
        ("feedtool explain feeds.limit", "what a setting does; `feeds` explains the whole table"),
    ),
    "learn": (
        ("feedtool learn", "propose rules for every site"),
        ("feedtool learn --host news.example.org --write", "add one site's rules to feedtool.toml"),
    ),
    "schema": (("feedtool schema > feedtool.schema.json", "for editors; name it in the first line of feedtool.toml"),),
}


def epilog(command: str) -> str:
    """Return the end of a command's help: its examples."""
    lines = (f"  {line}\n      {what}" for line, what in EXAMPLES.get(command, ()))
    return "\b\nExamples:\n" + "\n".join(lines)
