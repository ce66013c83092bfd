"""One function over many values, here, in other processes, or on other machines: the same results in the same order.

    serial                       in this process
    spread(Pool(...))            over any `concurrent.futures.Executor`

Values are taken as they are needed and a few chunks ahead, so that neither values nor results pile up. A worker that
dies costs nobody else: what it held is tried again, one value at a time, and a value that kills its worker once more
is given up, with `lost` saying what stands in its place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Mapper(Protocol):
    """`map` for one function, which keeps the order."""

    def __call__(
        self, function: Callable[[T], R], values: Iterable[T], /, *, lost: Callable[[T, str], R], chunk: int = 16
    ) -> Iterator[R]:
        """Yield the function's result for each value; `lost` gives that of one whose worker died, and why it did.

        `chunk` is how many values are worth a message. The function raises nothing.
        """
        ...


class Progress(Protocol):
    """Hears how far a stage is."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Take note."""
        ...


def serial(
    function: Callable[[T], R], values: Iterable[T], /, *, lost: Callable[[T, str], R], chunk: int = 16
) -> Iterator[R]:
    """Yield the function's results, made in this process."""
    del lost, chunk
    return map(function, values)


@dataclass(slots=True)
class Pool:
    """An executor that can be had anew when it broke."""

    #: gives an executor; is called once at first, and once more after each death that the executor did not survive
    start: Callable[[], Executor]
    #: chunks that are under way at a time
    ahead: int
    _running: Executor | None = field(default=None, init=False)

    def submit(self, function: Callable[[T], R], chunk: list[T]) -> Future[list[R]]:
        """Send a chunk on its way."""
        if self._running is None:
            self._running = self.start()
        try:
            return self._running.submit(_each, function, chunk)
        except BrokenExecutor as error:
            broken: Future[list[R]] = Future()
            broken.set_exception(error)
            return broken

    def renew(self) -> None:
        """Let go of an executor that broke."""
        if self._running is not None:
            self._running.shutdown(wait=False, cancel_futures=True)
        self._running = None

    def close(self) -> None:
        """End all workers."""
        if self._running is not None:
            self._running.shutdown(cancel_futures=True)
        self._running = None


def spread(pool: Pool, *, few: int = 0) -> Mapper:
    """Return the mapper over a pool; no more than `few` chunks are done in this process, without a pool."""

    def mapper(
        function: Callable[[T], R], values: Iterable[T], /, *, lost: Callable[[T, str], R], chunk: int = 16
    ) -> Iterator[R]:
        waiting: deque[tuple[list[T], Future[list[R]]]] = deque()
        source = iter(values)
        if few:
            first = list(islice(source, few * chunk + 1))
            if len(first) <= few * chunk:
                yield from map(function, first)
                return
            source = chain(first, source)
        while True:
            while len(waiting) < pool.ahead and (some := list(islice(source, chunk))):
                waiting.append((some, pool.submit(function, some)))
            if not waiting:
                return
            held, future = waiting.popleft()
            try:
                results = future.result()
            except Exception:  # noqa: BLE001 - executors have their own words for the death of a worker
                results = _once_more(pool, function, held, lost)
                waiting = deque((each, _live(pool, function, each, sent)) for each, sent in waiting)
            yield from results

    return mapper


def _each(function: Callable[[T], R], chunk: list[T]) -> list[R]:
    return [function(value) for value in chunk]


def _once_more(pool: Pool, function: Callable[[T], R], held: list[T], lost: Callable[[T, str], R]) -> list[R]:
    """Return the results of a chunk whose worker died, one value at a time."""
    results = []
    pool.renew()
    for value in held:
        try:
            results += pool.submit(function, [value]).result()
        except Exception as error:  # noqa: BLE001
            results.append(lost(value, str(error).partition("\n")[0] or type(error).__name__))
            pool.renew()
    return results


def _live(pool: Pool, function: Callable[[T], R], chunk: list[T], sent: Future[list[R]]) -> Future[list[R]]:
    """Return the future of a chunk, sent once more where it went down with another's worker."""
    is_good = sent.done() and not sent.cancelled() and sent.exception() is None
    return sent if is_good else pool.submit(function, chunk)
