"""The answer to a `feedtool build` that finds nothing to do: most builds of a day end here, and import little."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedtool.build import idle
from feedtool.build.discovery import is_recent
from feedtool.cache import FILE_NAME, engine
from feedtool.cli.machine import secret

if TYPE_CHECKING:
    from feedtool.build.outcome import Outcome

#: names of a site's configuration and of its cache's folder
_CONFIG, _CACHE = "feedtool.toml", ".feedtool"


class Asked:
    """The words of a build, and all that is known before they are parsed."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.started = time.monotonic()
        self.now_ns = time.time_ns()
        self.engine = engine(tuple(sys.path))
        #: the post files, if they were looked for
        self.walked: idle.Walked | None = None
        #: the options that the words are, if they are known from an earlier build
        self.options: dict[str, Any] | None = None
        self._folder = _working_folder()

    def answer(self) -> None:
        """Print how the build ends and exit, where it finds nothing to do; else return."""
        base = Path(self._given("--config") or _CONFIG).parent
        cache = Path(self._given("--cache") or base / _CACHE)
        glance = idle.glance(
            self.words,
            folder=self._folder,
            cache=cache,
            base=base,
            engine=self.engine,
            secret=secret(),
            now_ns=self.now_ns,
        )
        self.walked, self.options = glance.walked, glance.options
        if glance.outcome and glance.shown:
            raise SystemExit(told(glance.outcome, seconds=time.monotonic() - self.started, **glance.shown))

    def meant(self, config: str, templates: str, shown: dict[str, object]) -> idle.Words | None:
        """Return the words with what decides their meaning; None where that is not certain.

        `config` is the file that was read meanwhile, "" for none: then one may be written before the next build.
        """
        config = config or _CONFIG
        try:
            is_there = os.path.exists(config)  # noqa: PTH110 - a text
            if not self._folder or (is_there and is_recent(os.stat(config), now_ns=self.now_ns)):  # noqa: PTH116 - a text
                return None
            digest = idle.digest_of(self.words, self._folder, config, templates)
        except (OSError, ValueError):
            return None
        options = self.options or {}
        return idle.Words(digest=digest, config=config, templates=templates, shown=shown, options=options)

    def _given(self, option: str) -> str:
        """Return the value of an option that stands among the words; a wrong guess finds no answer."""
        found = ""
        for word, following in zip(self.words, (*self.words[1:], ""), strict=True):
            if word == option:
                found = following
            elif word.startswith(f"{option}="):
                found = word.partition("=")[2]
        return found


def _working_folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a text
    except OSError:
        return ""  # it was deleted


def _size(cache: str) -> int:
    try:
        return os.stat(f"{cache}/{FILE_NAME}").st_size  # noqa: PTH116 - a text
    except OSError:
        return 0


def told(
    outcome: Outcome, *, seconds: float, quiet: bool, verbose: bool, strict: bool, as_json: bool, site_url: str,
    output: str, cache: str,
) -> int:  # fmt: skip
    """Print what a build did, and return the exit status; `cache` is the folder of the cache, or ""."""
    from feedtool import report
    from feedtool.cli.console import any_serious, echo, print_problems, print_summary

    print_problems(outcome.problems, quiet=quiet, verbose=verbose)
    size = _size(cache) if verbose and cache else 0
    rows = report.summary_rows(outcome, seconds, cache_bytes=size) if outcome.is_built else []
    rows += report.next_rows(output, site_url) if rows and not as_json else []
    print_summary(rows, quiet=quiet, err=as_json)
    if as_json:
        echo(report.outcome_json(outcome, site_url=site_url, seconds=seconds))
    is_whole = outcome.is_built and not outcome.refused
    return 0 if is_whole and not (strict and any_serious(outcome.problems)) else 1
