"""Progress of what takes longer than a second, on a terminal: how far, how fast, how long yet."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from feedtool.build.parallel import Progress

#: seconds without a word, and seconds between two of them
_PATIENCE, _PAUSE = 1.0, 0.1


@contextmanager
def bars(*, quiet: bool) -> Iterator[Progress]:
    """Give a progress bar on a terminal; nothing in CI, in a pipe, or where quiet is asked for."""
    if quiet or not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        yield lambda *_: None
        return
    shown = _Shown()
    try:
        yield shown.advance
    finally:
        shown.stop()


class _Shown:
    """Bars that come up when there is something to wait for, one for each stage."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        #: when each stage was first heard of, since its rate counts from there
        self._stages: dict[str, float] = {}

    def advance(self, stage: str, done: int, total: int) -> None:
        """Show that so much of a stage is done; `total` may grow."""
        now = time.monotonic()
        began = self._stages.setdefault(stage, now)
        if now - self._began < _PATIENCE or (now - self._last < _PAUSE and done != total):
            return
        self._last = now
        self._bars = self._bars or _started()
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total, rate="", left="")
        rate = done / (now - began) if now > began else 0.0
        left = _span((total - done) / rate) if rate and done < total else ""
        told = f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
        self._bars.update(self._tasks[stage], completed=done, total=total, rate=told, left=left)
        self._bars.refresh()

    def stop(self) -> None:
        """Leave the terminal as it was."""
        if self._bars:
            self._bars.stop()


def _started() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = ("{task.description:<8}", BarColumn(), MofNCompleteColumn(), "{task.fields[rate]}", "{task.fields[left]}")
    made = (column if not isinstance(column, str) else TextColumn(column) for column in columns)
    # refreshed by hand: a thread would be copied into the worker processes
    shown = Progress(*made, console=Console(stderr=True), auto_refresh=False, transient=True)
    shown.start()
    return shown


def _span(seconds: float) -> str:
    """Return a time to wait in words."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s left"
    return f"{round(seconds / 60)} min left"
