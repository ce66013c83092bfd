"""Work over processes and threads: the same results in the same order, whatever happens to a worker."""

from __future__ import annotations

import ctypes
import faulthandler
import multiprocessing
import os
import pickle
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import weakref
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, closing, suppress
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import TypeVar, cast

import pytest
from heavy import heavy, sampled
from runs import SITE_URL, Run, lay, post, process, tree

from feedtool.build.executors import ExecutorError, processes, threads
from feedtool.build.parallel import Lost, Mapper, Pool, serial, spread

T = TypeVar("T")
R = TypeVar("R")
Start = Callable[[], AbstractContextManager[Mapper]]
MAPPERS: dict[str, Start] = {
    "one process": lambda: processes(1),
    "two processes": lambda: processes(2),
    "as many as there are": lambda: processes(0),
    "threads": threads,
}
each_mapper = pytest.mark.parametrize("mapper", sampled(MAPPERS, "one process", "two processes", "threads"))


def results(pairs: Iterable[tuple[T, R | Lost]]) -> list[R | Lost]:
    return [result for _, result in pairs]


def uneven(value: int) -> int:
    """Take longer for some."""
    time.sleep(0.002 * (value % 5 == 0))
    return value * value


def whose(_value: int) -> int:
    return os.getpid()


def _exit() -> None:
    os._exit(3)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _crash() -> None:
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.string_at(0)


def _starve() -> None:
    size = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (16 << 20), resource.RLIM_INFINITY))
    bytearray(1 << 30)


DEATHS = {"exit": _exit, "signal": _kill, "crash": _crash, "memory": _starve}


def deadly(value: int, *, end: Callable[[], None], at: frozenset[int]) -> int:
    """Take the worker along for some values."""
    if value in at:
        end()
    return value


def once(value: int, *, mark: Path, at: int) -> int:
    """Take the worker along, as somebody from outside might, the first time only."""
    if value == at and not mark.exists():
        mark.touch()
        _kill()
    return value


# The same results in the same order.


@each_mapper
@pytest.mark.parametrize("total", [0, 7, 300])
def test_results_come_in_the_order_of_the_values(mapper: str, total: int) -> None:
    """However many there are and however long each takes."""
    with MAPPERS[mapper]() as mapped:
        assert list(mapped(uneven, range(total), chunk=4)) == [(value, value * value) for value in range(total)]


@each_mapper
def test_values_are_taken_as_they_are_needed(mapper: str) -> None:
    """Of values without end a few chunks are taken, and no more before results are asked for."""
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    ahead = max(8, 3 * (os.cpu_count() or 1), 4) * 5 + 1
    with MAPPERS[mapper]() as mapped:
        pairs = mapped(uneven, endless(), chunk=5)
        for number, _ in enumerate(islice(pairs, 400), 1):
            assert taken <= number + ahead
        cast("Generator[object]", pairs).close()


def test_little_work_stays_in_this_process() -> None:
    """Unless so many processes are asked for."""
    with processes(0) as near, processes(2) as far:
        assert {*results(near(whose, range(64), chunk=16))} == {os.getpid()}
        assert os.getpid() not in results(far(whose, range(64), chunk=16))


_LEFT: list[bytes] = []


def with_gaps(count: int) -> tuple[int, float]:
    """Leave as many blocks of 10,000 bytes as gaps of that size; return process and MiB."""
    blocks = [b"\1" * 10_000 for _ in range(2 * count)]
    _LEFT.extend(blocks[::2])
    blocks.clear()
    time.sleep(0.02)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return os.getpid(), pages * resource.getpagesize() / 2**20


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs the GNU C library")
def test_workers_give_back_the_memory_of_work_that_is_done() -> None:
    """Also where other things stand before and behind it."""
    with processes(2) as mapper:
        (process, most), *others = cast(
            "list[tuple[int, float]]", results(mapper(with_gaps, [6000] + [0] * 30, chunk=1))
        )
    later = [memory for owner, memory in others if owner == process]
    assert later
    assert max(later) < most - 20


_MADE: list[weakref.ref[object]] = []


class Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.next = self


def with_rings(count: int) -> int:
    """Leave so many circles of objects, and return how many of earlier values there still are."""
    alive = sum(ring() is not None for ring in _MADE)
    _MADE[:] = [weakref.ref(Ring()) for _ in range(count)]
    return alive


def test_workers_drop_the_garbage_of_one_value_before_the_next() -> None:
    """Trees of nodes that know each other are no burden to what follows."""
    with processes(2) as mapper:
        assert results(mapper(with_rings, [2000] * 12, chunk=3)) == [0] * 12


def hungry(_value: int) -> int:
    raise MemoryError


def test_a_worker_without_memory_lets_go_of_what_filled_it() -> None:
    """Nothing of the work is held when the error is told: with no memory at all, a Python told nobody, and never ended."""
    with closing(Pool(lambda: ProcessPoolExecutor(1, multiprocessing.get_context("fork")), 1)) as pool:
        sent = pool.submit(zlib.compress(pickle.dumps(hungry)), [0])
        with pytest.raises(MemoryError) as raised:
            pool.result(sent)
    assert "_each" in str(raised.value.__cause__)
    assert "hungry" not in str(raised.value.__cause__)


@pytest.mark.parametrize("start", [lambda: processes(2), threads], ids=["processes", "threads"])
@pytest.mark.parametrize("enough", [1000, 3])
def test_nobody_is_left_behind(start: Start, enough: int) -> None:
    """After each call processes and threads are gone, also where somebody had enough before the end."""
    with start() as mapper:
        pairs = mapper(uneven, range(1000), chunk=1)
        assert len(list(islice(pairs, enough))) == enough
        del pairs
        assert (multiprocessing.active_children(), threading.active_count()) == ([], 1)


@heavy
def test_work_goes_on_beside_a_thread() -> None:
    """A process with threads is not copied, and the results are the same."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with processes(2) as mapper:
            assert results(mapper(uneven, range(40), chunk=4)) == [value * value for value in range(40)]
    finally:
        done.set()
        thread.join()


# Workers die.


AT = {"first": {0}, "last": {29}, "three": {5, 6, 20}, "chunk": set(range(8))}


@pytest.mark.parametrize("way", sampled(DEATHS, "signal", "memory"))
@pytest.mark.parametrize("which", sampled(AT, "three"))
def test_a_death_costs_the_value_that_brought_it(way: str, which: str) -> None:
    """Others of its chunk, and those under way in other workers, are done again."""
    end, at = DEATHS[way], AT[which]
    with processes(2) as mapper:
        found = results(mapper(partial(deadly, end=end, at=frozenset(at)), range(30), chunk=8))
    why = "there was not enough memory" if end is _starve else "its process ended abruptly"
    assert found == [Lost(why) if value in at else value for value in range(30)]


@pytest.mark.parametrize("at", sampled([0, 13, 29], 13))
def test_a_worker_that_is_killed_once_costs_nothing(tmp_path: Path, at: int) -> None:
    """What it held is done again."""
    with processes(2) as mapper:
        found = results(mapper(partial(once, mark=tmp_path / "mark", at=at), range(30), chunk=8))
    assert (found, (tmp_path / "mark").exists()) == (list(range(30)), True)


def test_memory_that_runs_out_costs_one_value_in_one_process_too() -> None:
    """Without workers the value is given up likewise."""

    def hungry(value: int) -> int | str:
        if value == 3:
            raise MemoryError
        return value

    assert results(serial(hungry, range(5))) == [0, 1, 2, Lost("there was not enough memory"), 4]


def test_no_value_is_given_up_for_want_of_workers() -> None:
    """Where there are no workers any more after a death, that is said; it is not taken for the fault of the values."""
    executors: Iterator[Executor] = iter([ProcessPoolExecutor(1)])

    def start() -> Executor:
        for executor in executors:
            return executor
        raise ExecutorError("no more workers")

    pool = Pool(start, 2)
    with pytest.raises(ExecutorError, match="no more workers"):
        list(spread(pool)(partial(deadly, end=_kill, at=frozenset([3])), range(30), chunk=4))


def test_processes_that_cannot_be_started_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """In plain words, and those that could be started end."""
    forks, fork = count(), os.fork

    def scarce() -> int:
        if next(forks):
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return fork()

    monkeypatch.setattr(os, "fork", scarce)
    with processes(2) as mapper, pytest.raises(ExecutorError, match=r"Resource temporarily unavailable.*--jobs 1"):
        list(mapper(uneven, range(30)))
    deadline = time.monotonic() + 10
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert multiprocessing.active_children() == []


def _workers(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(child) for child in children.split()]


def _until(is_so: Callable[[], object], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not (so := bool(is_so())) and time.monotonic() < deadline:
        time.sleep(0.01)
    return so


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


#: no post is cleaned before the test says so, or for two minutes; that one would be is known by a file
HELD = """
import pathlib, time, feedtool.sanitiser
clean = feedtool.sanitiser.clean
def held(*values, **more):
    pathlib.Path("begun").touch()
    end = time.monotonic() + 120
    while not pathlib.Path("go").exists() and time.monotonic() < end:
        time.sleep(0.01)
    return clean(*values, **more)
feedtool.sanitiser.clean = held
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_no_worker_outlives_a_build(tmp_path: Path, end: signal.Signals) -> None:
    """A build that is killed leaves nobody who would keep the output folder locked; Ctrl-C is answered by one line."""
    lay(tmp_path, archive(40))
    # a shell lets what it starts in the background ignore Ctrl-C, and the tests may have been started so
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)"
    script = f"{heard}\nimport feedtool.cli, feedtool.build.pipeline\n{HELD}\nfeedtool.cli.main()"
    command = [sys.executable, "-c", script, "build", "--jobs", "2", "--site-url", SITE_URL]
    with (
        (tmp_path / "said").open("wb") as said,
        subprocess.Popen(command, cwd=tmp_path, stderr=said, start_new_session=True) as build,
    ):
        assert _until(lambda: len(_workers(build.pid)) == 2 and (tmp_path / "begun").exists(), 60)
        workers = _workers(build.pid)
        if end == signal.SIGKILL:
            build.kill()
        else:
            os.killpg(build.pid, end)
            (tmp_path / "go").touch()  # what workers have begun they end
        build.wait(60)
    try:
        assert _until(lambda: all(map(_is_gone, workers)), 60)
    finally:
        for pid in workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    assert workers
    assert "Traceback" not in (tmp_path / "said").read_text(encoding="utf-8")
    assert build.returncode != 0


# A build whose workers die.


def archive(total: int) -> dict[str, str]:
    """Return posts."""
    return {
        f"posts/{n:03}.md": post(f"Post {n}", body=f"Words of *post* {n}.", tags=f"[tea, tag{n % 5}]")
        for n in range(total)
    }


def build(*arguments: str, cwd: Path, before: str = "") -> Run:
    return process(
        "build", "--jobs", "2", "--limit", "0", "--site-url", SITE_URL, *arguments, cwd=cwd, before=before, timeout=120
    )


def wrapped(place: str, end: str) -> str:
    """Return Python that ends the process where the function of that place meets BOOM."""
    module, _, name = place.rpartition(".")
    return f"""
import os, pathlib, {module}
original = {place}
def deadly(content, *values, **more):
    if ("BOOM" if isinstance(content, str) else b"BOOM") in content:
        {end}
    return original(content, *values, **more)
deadly.__name__, deadly.__qualname__, deadly.__module__ = "{name}", "{name}", "{module}"
{place} = deadly
"""


DEADLY = {"posts/042b.md": post("Deadly", body="BOOM.", tags="[tea, tag3]")}
PLACES = ["feedtool.reader.read_with_body", "feedtool.sanitiser.clean"]
KILL = "os.kill(os.getpid(), 9)"


@pytest.mark.parametrize("end", sampled([KILL, "os._exit(0)"], KILL), ids=["signal", "exit"])
@pytest.mark.parametrize("place", sampled(PLACES, PLACES[1]))
def test_a_deadly_post_costs_itself(tmp_path: Path, place: str, end: str) -> None:
    """It is named, the build ends well, and the output is that of a build without it, until the post is mended."""
    good, bad = tmp_path / "good" / "site", tmp_path / "bad" / "site"
    lay(good, archive(70))
    lay(bad, archive(70) | DEADLY)
    done, without = build(cwd=bad, before=wrapped(place, end)), build(cwd=good)
    assert (done.status, without.status) == (0, 0)
    assert re.findall(r"(\S+): error: (.*)  \[(.*)\]", done.err) == [
        ("posts/042b.md", "its process ended abruptly", "worker-died")
    ]
    assert tree(bad / "output") == tree(good / "output")


@heavy
@pytest.mark.parametrize("place", sampled(PLACES, PLACES[1]))
def test_a_post_is_back_when_its_worker_lives(tmp_path: Path, place: str) -> None:
    """That a worker died is not remembered: the next build is as if nothing had been."""
    lay(tmp_path, archive(30) | DEADLY)
    assert "worker-died" in build(cwd=tmp_path, before=wrapped(place, KILL)).err
    again = build(cwd=tmp_path)
    build("--no-cache", "--output", "other", cwd=tmp_path)
    assert (again.status, again.err) == (0, "")
    assert tree(tmp_path / "output") == tree(tmp_path / "other")


@heavy
@pytest.mark.parametrize("place", sampled(PLACES, PLACES[0]))
def test_a_worker_that_is_killed_once_costs_no_post(tmp_path: Path, place: str) -> None:
    """The build says nothing, and its output is that of any other."""
    lay(tmp_path, archive(30) | DEADLY)
    mark = 'pathlib.Path("mark")'
    done = build(cwd=tmp_path, before=wrapped(place, f"if not {mark}.exists(): {mark}.touch(); {KILL}"))
    build("--no-cache", "--output", "other", cwd=tmp_path)
    assert (done.status, done.err, (tmp_path / "mark").exists()) == (0, "", True)
    assert tree(tmp_path / "output") == tree(tmp_path / "other")


@heavy
def test_a_death_late_in_a_large_build_locks_nobody_out(tmp_path: Path) -> None:
    """Workers that are started while the cache is being written to do not keep its locks, and feeds are made."""
    large = "Words and more words of tea. " * 12_000
    deadly = [7, 15, 23, 31]
    files = {
        f"posts/{n:02}.md": post(f"Post {n}", body="BOOM." if n in deadly else large, date=f"2024-01-{n % 28 + 1:02}")
        for n in range(36)
    }
    lay(tmp_path, files | {"feedtool.toml": "[feeds]\nmax_bytes = 0\n"})
    done = build("--verbose", cwd=tmp_path, before=wrapped("feedtool.sanitiser.clean", KILL))
    assert (done.status, done.err.count("worker-died"), "unusable-cache" in done.err) == (0, 4, False)


@pytest.mark.skipif(os.cpu_count() == 1, reason="one processor has one process for all")
def test_small_work_stays_here() -> None:
    """No process is started for so few chunks as the caller says, and some are for more."""
    with processes(0, few=3) as mapper:
        assert {*results(mapper(whose, range(6), chunk=2))} == {os.getpid()}
        assert os.getpid() not in results(mapper(whose, range(7), chunk=2))


BESIDE_A_THREAD = """
import sys, threading
from feedtool.build.executors import processes

threading.Thread(target=threading.Event().wait, daemon=True).start()
with processes(2) as mapper:
    print([found for _, found in mapper(eval, ["'feedtool.build.jobs' in __import__('sys').modules"])])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere each process is started anew")
def test_workers_beside_a_thread_have_what_they_need() -> None:
    """A preview answers while it builds: its workers must not load, each for each stage, what all of them need."""
    done = subprocess.run(
        [sys.executable, "-c", BESIDE_A_THREAD], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("[True]\n", "")
