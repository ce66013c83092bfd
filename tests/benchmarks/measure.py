"""A command -> what it took: wall time, processor time and memory of all its processes together."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

#: seconds from one look at the memory to the next, and how many times longer than the look that is at least:
#: looking must not take the processors from what is looked at
_INTERVAL, _REST = 0.025, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run took."""

    #: seconds
    wall: float
    #: seconds of user and system time of all processes
    cpu: float
    #: the most that all processes held at one time, in MiB
    memory: float


class FailedError(Exception):
    """The command exited with another status than 0; the text holds the end of what it printed."""


def measure(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Cost:
    """Run the command there to its end."""
    os.sync()  # what the last run left to be written must not be charged to this one
    with tempfile.TemporaryFile() as told:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=told, stderr=subprocess.STDOUT)
        watch = _Watch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        most = watch.stop()
        if process.returncode:
            told.seek(0)
            raise FailedError(f"{command[0]}: status {process.returncode}\n{told.read().decode()[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime, memory=(most or usage.ru_maxrss * unit) / 2**20)


class _Watch:
    """Looks at the memory of a process and all below it until it is stopped."""

    def __init__(self, first: int) -> None:
        self._first, self._most, self._stopped = first, 0, Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Return the most bytes at one time; 0 where this system does not tell."""
        self._stopped.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while Path("/proc/self/smaps_rollup").exists() and not self._stopped.is_set():
            started = time.thread_time()
            self._most = max(self._most, sum(map(_memory, _family(self._first))))
            self._stopped.wait(max(_INTERVAL, (time.thread_time() - started) * _REST))


def _family(process: int) -> list[int]:
    """Return a process and all below it."""
    found = [process]
    for member in found:
        with suppress(OSError):
            for thread in os.listdir(f"/proc/{member}/task"):  # noqa: PTH208 - names are all that is needed
                with suppress(OSError), open(f"/proc/{member}/task/{thread}/children") as file:  # noqa: PTH123 - quick
                    found += map(int, file.read().split())
    return found


def _memory(process: int) -> int:
    """Return the bytes that a process holds; of a page that n processes share, the n-th part."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
