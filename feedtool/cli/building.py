"""What commands that build have in common, and `feedtool build`: without typer, which a known build does not need."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from feedtool.build import Outcome
from feedtool.build.executors import ExecutorError
from feedtool.build.run import Workspace
from feedtool.cache import engine
from feedtool.cli import Asked, committed, secret, told
from feedtool.cli.console import FailedError, complain, fail, fetched, print_problems, refuse, run, say_waiting
from feedtool.config import FILE_NAME, Config, Posts
from feedtool.config.reading import load_config
from feedtool.frozen import frozen
from feedtool.output import MANIFEST
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


def _shared(text: str, *names: str, default: Any = None, **more: object) -> Any:  # noqa: ANN401 - of any option
    """Return an option with its help; `names` and `more` are for typer, which `cli.options` gives them to."""
    return field(default=default, metadata={"names": names, "more": {"help": text, **more}})


@frozen
class Common:
    """The shared options. A command that does not take one has its default."""

    config: str | None = _shared(f"Configuration file. (default: {FILE_NAME}, if it exists)", metavar="FILE")
    posts: list[str] | None = _shared("Folder of posts; may be repeated. (default: posts)", metavar="DIR")
    output: str | None = _shared("Output folder. (default: output)", metavar="DIR")
    site_url: str | None = _shared("Address where the output folder will be published.", metavar="URL")
    jobs: int = _shared("Number of processes; 0 for one per processor.", default=0, metavar="N", min=0)
    cache: str | None = _shared("Cache directory. (default: .feedtool)", metavar="DIR")
    strict: bool = _shared("Exit with status 1 if there are errors or warnings.", "--strict", default=False)
    quiet: bool = _shared("Print only errors and warnings.", "--quiet", "-q", default=False)
    verbose: bool = _shared(
        "Explain each kind of problem, and list every occurrence.", "--verbose", "-v", default=False
    )

    def load(self, overrides: Mapping[str, object] | None = None, *, is_new: bool = False) -> tuple[Config, Workspace]:
        """Return the configuration and where the build happens; exit with 2 where the configuration is wrong.

        `is_new`: the folder need not have posts yet.
        """
        if not (self.config or self.posts or Path(FILE_NAME).exists()):
            _require_site(is_new=is_new)
        settings, problems = self.read(overrides)
        if problems:
            print_problems(problems)
            raise SystemExit(2)
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
BUILDING = tuple(each.name for each in fields(Common))


def call(command: Callable[..., None], names: Iterable[str], values: dict[str, Any]) -> None:
    """Call a command with the values of its options, those with these names as one `Common`; exit where it fails."""
    try:
        command(Common(**{name: values.pop(name) for name in names}), **values)
    except (ExecutorError, FailedError) as error:
        complain(str(error))
        raise SystemExit(error.status if isinstance(error, FailedError) else 2) from None


def build_again(asked: Asked) -> None:
    """Build with the options that these words were for an earlier build: to parse them takes longer than a post."""

    def command(common: Common, **values: Any) -> None:  # noqa: ANN401 - of any option
        raise SystemExit(built_and_told(common, asked, **values))

    try:
        call(command, BUILDING, dict(asked.options or {}))
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def built_and_told(
    common: Common, asked: Asked, *, form: list[str] | None, limit: int | None, no_cache: bool, executor: str,
    against: str | None, prune: bool, as_json: bool,
) -> int:  # fmt: skip
    """Build, print what was done, and return the exit status."""
    if against or executor:
        asked.options = None  # an address may hold a password, which does not belong into a cache
    settings, workspace = common.load({"feeds.formats": form, "feeds.limit": limit})
    settings = settings if limit is None else _without_group_limits(settings)
    workspace = replace(workspace, cache=None) if no_cache else workspace
    if (known := against or settings.site.published) and not (workspace.output / MANIFEST).exists():
        workspace = replace(workspace, published=_published(known))
    flags = {name: getattr(common, name) for name in ("quiet", "verbose", "strict")}
    places = {"output": str(workspace.output), "cache": str(workspace.cache) if workspace.cache else ""}
    shown = {**flags, **places, "as_json": as_json, "site_url": settings.site.url}
    outcome = built(settings, workspace, common, executor=executor, prune=prune, asked=asked, shown=shown)
    return told(outcome, seconds=time.monotonic() - asked.started, **shown)


def built(
    settings: Config, workspace: Workspace, common: Common, *, prune: bool, executor: str = "",
    asked: Asked | None = None, shown: dict[str, Any] | None = None,
) -> Outcome:  # fmt: skip
    """Build, and return what was done; exit with 1 or 2 where that fails."""
    from feedtool.build.run import run as build_it

    templates = settings.site.templates and str(Path(settings.path).parent / settings.site.templates)
    work = partial(
        build_it,
        settings,
        workspace,
        waiting=partial(say_waiting, str(workspace.output)),
        prune=prune,
        now_ns=asked.now_ns if asked else time.time_ns(),
        words=asked.meant(settings.path, templates, shown) if asked and shown else None,
        walked=asked.walked if asked else None,
    )
    return run(work, jobs=common.jobs, quiet=common.quiet, executor=executor)


def _published(against: str) -> dict[str, bytes] | None:
    """Return the published manifest and its ledger, None before the first publication; exit with 1 if not valid."""
    from feedtool.generators import ManifestError, from_files

    files = fetched(against, is_first=True)
    try:
        if files is not None:
            from_files(files)
    except ManifestError as error:
        fail(f"--against {against} is not a feeds.json: {error}")
    return files


def _without_group_limits(settings: Config) -> Config:
    groups: dict[str, Any] = {kind: replace(group, limit=None) for kind, group in settings.feeds.groups.items()}
    groups.pop("custom")
    return replace(settings, feeds=replace(settings.feeds, **groups))
