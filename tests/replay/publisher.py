"""Steps in; a published folder out, built after each by feedtool as an archive's owner would."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from feedtool.build import Outcome
from feedtool.build.parallel import Pools, Workers, serial
from feedtool.build.run import Workspace, run
from feedtool.config.reading import parse_config

from .history import Step

SITE_URL = "https://feeds.example.org/sub/"
_WORKERS = Workers(posts=serial, feeds=serial, progress=lambda *_: None)
_HOUR_NS = 3_600_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the archive's owner chose."""

    limit: int = 50
    has_archives: bool = False
    has_aliases: bool = False

    def config(self, step: Step) -> str:
        """Return feedtool.toml after a step."""
        lines = ["[site]", 'title = "Replay"', f'url = "{SITE_URL}"', "[feeds]", f"limit = {self.limit}"]
        lines += ["archives = true"] if self.has_archives else []
        lines += ["[aliases]"] if self.has_aliases and step.aliases else []
        lines += [f'"{old}" = "{new}"' for old, new in step.aliases.items()] if self.has_aliases else []
        return "\n".join([*lines, ""])


class Publisher:
    """An archive of posts in a folder, and what is published of it."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.base = folder / "0"
        self.settings = settings

    @property
    def output(self) -> Path:
        """Return the folder that is published."""
        return self.base / "output"

    def publish(self, step: Step) -> Outcome:
        """Do what the step says, and build. Raises AssertionError where the build says that something is wrong."""
        if step.is_elsewhere:
            self._move()
        if step.is_forgotten:
            shutil.rmtree(self.base / ".feedtool", ignore_errors=True)
        for path in step.removes:
            (self.base / path).unlink()
        for path, text in step.writes.items():
            (self.base / path).parent.mkdir(parents=True, exist_ok=True)
            (self.base / path).write_text(text, encoding="utf-8")
        return self._build(step)

    def _build(self, step: Step) -> Outcome:
        config, problems = parse_config(self.settings.config(step), path="feedtool.toml")
        assert not problems, problems
        place = Workspace(base=self.base, output=self.output, cache=self.base / ".feedtool", engine="1", secret=b"own")
        outcome = run(
            config,
            place,
            Pools(readers=serial, workers=lambda: _WORKERS),
            now_ns=time.time_ns(),
        )
        wrong = [problem for problem in outcome.problems if problem.level == "error"]
        assert outcome.is_built and not wrong, wrong[:5]  # noqa: PT018 - one promise
        return outcome

    def _move(self) -> None:
        """Copy everything but the cache to another place, where all files are new."""
        new = self.base.parent / str(int(self.base.name) + 1)
        shutil.copytree(self.base, new, ignore=shutil.ignore_patterns(".feedtool"), copy_function=shutil.copyfile)
        for old in filter(Path.is_file, self.output.rglob("*")):
            # hours pass between two checkouts, though not between two steps here
            later = old.stat().st_mtime_ns + _HOUR_NS
            os.utime(new / old.relative_to(self.base), ns=(later, later))
        shutil.rmtree(self.base)
        self.base = new
