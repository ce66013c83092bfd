"""Processes and threads that do the work. The only module that starts any."""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cache, partial
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

from feedtool.build.parallel import Apart, Executor, Lost, Mapper, Pool, Pools, Progress, Workers, serial, spread
from feedtool.cache import engine

if TYPE_CHECKING:
    from concurrent.futures import Future

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

#: bytes that the work on one post may take; one of 10 MB of plain text takes two thirds
_MEMORY = 256 * 2**20
#: posts whose bytes go to another machine in one message
_CARRIED = 8
#: new objects after which a worker looks for garbage within the work on a value; else it does after it
_GARBAGE = 100_000
#: objects that a Python may freeze by itself: 3.12 has some hundred from its start
_FROZEN = 1000


class ExecutorError(Exception):
    """The requested executor is not available; says why and what to do."""


def count(jobs: int) -> int:
    """Return how many processes 0 or more jobs are."""
    return jobs or os.cpu_count() or 1


def employ(
    work: Callable[[Pools], R], *,
    jobs: int, executor: str = "", progress: Callable[[], AbstractContextManager[Progress]], few: int = 4,
) -> R:  # fmt: skip
    """Call `work` with pools of threads and workers; end them, and return its result.

    `executor`: dask://HOST:PORT for posts, or "". `progress` gives the listener for the workers' progress. `few`: see
    `processes`. Raises ExecutorError, and what `work` raises.
    """
    with ExitStack() as stack:
        readers = stack.enter_context(threads())

        def workers() -> Workers:
            near = stack.enter_context(processes(jobs, few=few))
            far = stack.enter_context(_dask(executor) if executor else processes(jobs, few=few, are_bounded=True))
            return Workers(posts=far, feeds=near, carry=bool(executor), progress=stack.enter_context(progress()))

        return work(Pools(readers=readers, workers=workers))


@contextmanager
def processes(jobs: int, *, few: int = 4, are_bounded: bool = False) -> Iterator[Mapper]:
    """Give a mapper over so many processes, 0 for one per processor; with 0, up to `few` chunks stay in this one.

    `are_bounded`: they have an end of memory, which is the death of a worker.
    """
    few = few if jobs == 0 else 0
    with ExitStack() as after:

        @cache
        def thaw() -> None:
            # a program may build many times: at the end its garbage collector gets back what `_started` freezes
            if gc.get_freeze_count() <= _FROZEN:
                after.callback(gc.unfreeze)

        start, ahead = partial(_started, count(jobs), are_bounded=are_bounded, thaw=thaw), 2 * count(jobs)
        if count(jobs) == 1:
            # elsewhere a process would import the program that called this
            may_start = are_bounded and _method() == "fork"
            yield _apart(_anew(start, ahead, few=0)) if may_start else serial
        elif sys.platform.startswith("linux"):
            yield _anew(start, ahead, few=few)
        else:
            yield spread(after.enter_context(closing(Pool(start, ahead))), few=few)


@contextmanager
def threads() -> Iterator[Mapper]:
    """Give a mapper over threads, for work that waits for the disk. No thread outlives a call."""
    # a process with an idle thread cannot be forked safely
    yield _anew(_four_threads, 8, few=4)


def _four_threads() -> Executor:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    return ThreadPoolExecutor(4)


def _apart(others: Mapper) -> Mapper:
    """Return a mapper that works in this process, except on values that may take much memory: those go to others."""

    def mapper(
        function: Callable[[T], R], values: Iterable[T], /, *, chunk: int = 16, apart: Apart[T] = None
    ) -> Generator[tuple[T, R | Lost], None, None]:
        for is_large, some in groupby(values, apart or (lambda _: False)):
            yield from (others if is_large else serial)(function, some, chunk=chunk)

    return mapper


def _anew(start: Callable[[], Executor], ahead: int, *, few: int) -> Mapper:
    """Return a mapper that starts new workers for each call.

    A process that was forked during one stage must not serve the next: it has copies of the locks that this process
    held on the cache. And a fork is safe only while no thread runs.
    """

    def mapper(
        function: Callable[[T], R], values: Iterable[T], /, *, chunk: int = 16, apart: Apart[T] = None
    ) -> Generator[tuple[T, R | Lost], None, None]:
        with closing(Pool(start, ahead)) as pool:
            yield from spread(pool, few=few)(function, values, chunk=chunk, apart=apart)

    return mapper


def _started(jobs: int, *, are_bounded: bool, thaw: Callable[[], None]) -> Executor:
    # a build of a few posts starts none, and to import them takes as long as to make some entries
    import multiprocessing  # noqa: PLC0415
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    thaw()
    # keeps the workers' garbage collectors away from memory that they share with this process
    gc.collect()
    gc.freeze()
    others = multiprocessing.active_children()
    executor = ProcessPoolExecutor(jobs, multiprocessing.get_context(_method()), _settle, (are_bounded,))
    try:
        executor.submit(os.getpid)  # starts the processes
    except OSError as error:
        for child in multiprocessing.active_children():
            if child not in others:
                child.kill()
        raise ExecutorError(f"no processes can be started ({error.strerror or error}); try --jobs 1") from error
    return executor


def _method() -> str:
    """Return how processes are started: by a fork, which shares memory, where that is safe."""
    if not sys.platform.startswith("linux"):
        return "spawn"
    if threading.active_count() == 1:
        return "fork"
    import multiprocessing  # noqa: PLC0415

    # else every worker would import the same modules in each stage
    multiprocessing.set_forkserver_preload(["__main__", "feedtool.build.jobs"])
    return "forkserver"


def _settle(is_bounded: bool) -> None:  # noqa: FBT001 - from a list of arguments
    """Prepare a worker: it ignores Ctrl-C, and ends when the process that started it ends."""
    import multiprocessing  # noqa: PLC0415

    gc.set_threshold(_GARBAGE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=[parent.sentinel], daemon=True).start()
    if is_bounded:
        _bound()


def _bound() -> None:
    """Let this process take no more than `_MEMORY` beside what it has, where the system can do that."""
    try:
        resource = import_module("resource")
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _MEMORY, most))
    except (ImportError, OSError, ValueError):
        return
    # libraries in other languages write there how they ended; the build says it in its own words
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _follow(sentinel: int) -> None:
    from multiprocessing import connection  # noqa: PLC0415

    connection.wait([sentinel])
    os._exit(1)


@contextmanager
def _dask(address: str) -> Iterator[Mapper]:
    scheme, _, place = address.partition("://")
    if scheme != "dask" or not re.fullmatch(r"[^/]+:[0-9]{1,5}", place):
        raise ExecutorError(f"{address!r} is not an executor; write dask://HOST:PORT")
    try:
        dask, distributed = import_module("dask"), import_module("distributed")
    except ImportError:
        raise ExecutorError("Dask is not installed; `pip install 'feedtool[dask]'` brings it") from None
    import logging  # noqa: PLC0415

    # Dask logs its internals, some of it after the end; errors are reported in our own words
    logging.disable(logging.CRITICAL)
    try:
        client = distributed.Client(f"tcp://{place}", timeout=5, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise ExecutorError(f"no Dask scheduler answers at {place}: {error}") from None
    # authors cannot do anything about a large message
    with client, dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
        _check(client, place)
        ahead = 3 * sum(client.nthreads().values())
        pool = Pool(partial(_Cluster, client, place), ahead, partial(_look, client, place))
        with closing(pool):
            far = spread(pool)
            yield lambda function, values, *, chunk=16, apart=None: far(
                function, values, chunk=min(chunk, _CARRIED), apart=apart
            )


class _Client(Protocol):
    """The part of Dask's client that is used here."""

    status: str

    def wait_for_workers(self, n_workers: int, timeout: float) -> None: ...
    def run(self, function: Callable[[], R]) -> Mapping[str, R]: ...
    def get_executor(self, *, pure: bool) -> Executor: ...


def _check(client: _Client, place: str) -> None:
    """Raise ExecutorError unless there are workers, all with the same program and libraries as here."""
    try:
        client.wait_for_workers(1, timeout=5)
    except TimeoutError:
        raise ExecutorError(f"the Dask scheduler at {place} has no workers; start one with `dask worker`") from None
    except Exception:  # noqa: BLE001 - Dask raises many kinds of errors
        raise ExecutorError(_gone(place)) from None
    try:
        engines = _asked(client)
    except TimeoutError:
        raise ExecutorError(_gone(place)) from None
    except Exception as error:  # noqa: BLE001 - a worker can raise any error
        _look(client, place)
        raise ExecutorError(f"the Dask workers at {place} cannot run feedtool: {error}") from None
    strange = sorted(worker for worker, found in engines.items() if found != _engine())
    if strange:
        raise ExecutorError(
            f"the Dask worker at {strange[0]} would write other bytes; "
            "install the same feedtool, libraries and Python on all workers as here"
        )


def _asked(client: _Client) -> Mapping[str, str]:
    """Return the engine of each worker. Raises TimeoutError where Dask would wait for them for ever."""
    from concurrent.futures import Future  # noqa: PLC0415

    answer: Future[Mapping[str, str]] = Future()

    def ask() -> None:
        try:
            answer.set_result(client.run(_engine))
        except BaseException as error:  # noqa: BLE001 - nobody else reports the end of a thread
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return answer.result(timeout=30)


def _look(client: _Client, place: str) -> None:
    """Raise ExecutorError where the connection is lost."""
    if client.status != "running":
        raise ExecutorError(_gone(place))


def _gone(place: str) -> str:
    return f"the Dask scheduler at {place} does not answer any more"


def _engine() -> str:
    return engine(tuple(sys.path))


class _Cluster:
    """Dask's executor with the errors and the shutdown of a standard one."""

    def __init__(self, client: _Client, place: str) -> None:
        self._client, self._place = client, place
        self._executor = client.get_executor(pure=False)

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Send work on its way. Raises ExecutorError where the connection is lost."""
        _look(self._client, self._place)
        return self._executor.submit(fn, *args, **kwargs)

    def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
        """End all work that is under way."""
        self._executor.shutdown(wait=wait and not cancel_futures)
