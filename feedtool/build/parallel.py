"""One function over many values, here, in other processes or on other machines: the same results in the same order.

    serial                       in this process
    spread(Pool(...))            over any `concurrent.futures.Executor`

Values are taken a few chunks ahead, so that neither values nor results pile up. A worker that dies costs no other
value: its chunk is tried again, one value at a time. A value that ends its worker twice gets a `Lost` as its result.
An executor that cannot be reached at all raises, since no post is at fault.
"""

from __future__ import annotations

import gc
import sys
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from feedtool.frozen import frozen, positional

# a build of a few posts starts no executor, and to import them takes as long as to make some entries
if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")

#: tells which values may take much memory; None for no value
Apart: TypeAlias = Callable[[T], bool] | None

#: seconds
_PATIENCE = 5
#: of the GNU C library, in malloc.h; and the bytes of a large block, at first its own measure
_MMAP_THRESHOLD, _LARGE = -3, 128 * 1024
#: pages by which a worker grows before it looks for free memory: 4 MiB
_GROWN = 1024
#: new objects of a value that may be garbage
_GARBAGE = 1000


@positional
class Lost:
    """The result of a value whose worker died twice; says how it died."""

    why: str


class Mapper(Protocol):
    """`map` for one function, which keeps the order."""

    def __call__(
        self, function: Callable[[T], R], values: Iterable[T], /, *, chunk: int = 16, apart: Apart[T] = None
    ) -> Generator[tuple[T, R | Lost], None, None]:
        """Yield each value with the function's result, or with what became of it.

        `chunk` is how many values are worth a message. `apart` tells which values may take much memory, and so never
        come into this process where others can be started. The function can be pickled, and raises nothing but
        MemoryError, which counts as a death.
        """
        ...


class Executor(Protocol):
    """The part of a `concurrent.futures.Executor` that is used here."""

    def submit(self, function: Callable[..., R], /, *arguments: Any) -> Future[R]:  # noqa: ANN401 - those of any function
        """Send work on its way."""
        ...

    def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
        """End all workers."""
        ...


class Progress(Protocol):
    """Hears how far a stage is."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Take note."""
        ...


@frozen
class Workers:
    """How a build's work is spread."""

    #: for posts
    posts: Mapper
    #: for feeds, by processes that can open the cache
    feeds: Mapper
    #: whether a post's bytes travel with the work, because the workers cannot open the file
    carry: bool = False
    #: the content of files that do not exist, by path: see `feedtool.build.inputs`
    given: Mapping[str, bytes] = field(default_factory=dict)
    progress: Progress


@frozen
class Pools:
    """Threads and workers for a build. Workers are started only if something changed."""

    #: over threads, for work that waits for the disk
    readers: Mapper
    workers: Callable[[], Workers]


def serial(
    function: Callable[[T], R], values: Iterable[T], /, *, chunk: int = 16, apart: Apart[T] = None
) -> Generator[tuple[T, R | Lost], None, None]:
    """Yield each value with the function's result, made in this process."""
    del chunk, apart
    for value in values:
        try:
            result: R | Lost = function(value)
        except MemoryError as error:
            result = _lost(error)
        yield value, result


@dataclass(slots=True)
class Pool:
    """An executor that is started again after it broke."""

    #: starts an executor; called at first, and again after each death that the executor did not survive
    start: Callable[[], Executor]
    #: chunks that are under way at a time
    ahead: int
    #: called from time to time while a result is awaited; raises if no result can come
    look: Callable[[], None] = lambda: None
    _running: Executor | None = field(default=None, init=False)

    def submit(self, packed: bytes, chunk: list[Any]) -> Future[list[Any]]:
        """Send a chunk for a function from `_packed` on its way."""
        from concurrent.futures import BrokenExecutor, Future  # noqa: PLC0415

        if self._running is None:
            self._running = self.start()
        try:
            return self._running.submit(_each, packed, chunk)
        except BrokenExecutor as error:
            broken: Future[list[Any]] = Future()
            broken.set_exception(error)
            return broken

    def result(self, future: Future[list[Any]]) -> list[Any]:
        """Wait for a chunk's results. Raises what became of it, and what `look` raises."""
        while True:
            try:
                return future.result(timeout=_PATIENCE)
            except TimeoutError:
                if future.done():
                    raise
                self.look()

    def mend(self, error: Exception) -> None:
        """Drop the executor if it broke, or has no memory left; all its futures have failed or are cancelled then."""
        if isinstance(error, MemoryError) or _is_broken(error):
            self.close()

    def close(self) -> None:
        """End all workers."""
        if self._running is not None:
            self._running.shutdown(cancel_futures=True)
        self._running = None


def spread(pool: Pool, *, few: int = 0) -> Mapper:
    """Return the mapper over a pool; no more than `few` chunks are done in this process, without a pool."""

    def mapper(
        function: Callable[[T], R], values: Iterable[T], /, *, chunk: int = 16, apart: Apart[T] = None
    ) -> Generator[tuple[T, R | Lost], None, None]:
        source = iter(values)
        if few:
            first = list(islice(source, few * chunk + 1))
            if len(first) <= few * chunk and not (apart and any(map(apart, first))):
                yield from serial(function, first)
                return
            source = chain(first, source)
        packed = _packed(function)
        waiting: deque[tuple[list[T], Future[list[R]]]] = deque()
        while True:
            while len(waiting) < pool.ahead and (some := list(islice(source, chunk))):
                waiting.append((some, pool.submit(packed, some)))
            if not waiting:
                return
            held, future = waiting.popleft()
            results: list[R | Lost]
            try:
                results = [*pool.result(future)]
            except Exception as error:  # noqa: BLE001 - executors have their own words for the death of a worker
                pool.mend(error)
                results = _once_more(pool, packed, held)
                waiting = deque((each, _live(pool, packed, each, sent)) for each, sent in waiting)
            yield from zip(held, results, strict=True)

    return mapper


def _packed(function: Callable[[T], R]) -> bytes:
    """Return the function as it travels: once for all chunks, since one with rules takes longer than a post."""
    import pickle  # noqa: PLC0415

    return zlib.compress(pickle.dumps(function), 1)


@lru_cache(maxsize=2)
def _unpacked(packed: bytes) -> Callable[[Any], Any]:
    import pickle  # noqa: PLC0415

    function: Callable[[Any], Any] = pickle.loads(zlib.decompress(packed))  # noqa: S301 - from our own process
    return function


def _each(packed: bytes, chunk: list[Any]) -> list[Any]:
    results: list[Any] | None
    try:
        results = _results(_unpacked(packed), chunk)
    except MemoryError:
        results = None
    if results is None:
        # without the frames that hold what filled it: where no memory is left, Python looks for a handler for ever
        raise MemoryError
    return results


def _results(function: Callable[[Any], Any], chunk: list[Any]) -> list[Any]:
    # where files are read in threads, it would take half as long again; and nothing is imported to ask
    process = sys.modules.get("multiprocessing.process")
    if not process or not process.parent_process():
        return list(map(function, chunk))
    results = []
    for value in chunk:
        results.append(function(value))
        if gc.get_count()[0] > _GARBAGE:  # at this moment, hardly any of it is in use
            gc.collect(0)
    _heap().settle()
    return results


@lru_cache(maxsize=1)
def _heap() -> _Heap:
    return _Heap()


class _Heap:
    """The memory of a worker, which gives free memory back to the system, as the GNU C library can.

    Documents come in all sizes, and leave gaps that the next does not fit. Large blocks are given back at once: left
    alone, the library keeps the more of them the larger they are. To look for others takes long, and so does to get
    them again: it is done when the process has grown.
    """

    def __init__(self) -> None:
        try:
            import ctypes  # noqa: PLC0415

            library = ctypes.CDLL(None)
            library.mallopt(_MMAP_THRESHOLD, _LARGE)
            self._trim: Callable[[int], object] = library.malloc_trim
        except (ImportError, OSError, AttributeError, TypeError):
            self._trim = int  # another library
        #: pages after the last time
        self._least = 0

    def settle(self) -> None:
        """Give back free memory, if there may be much."""
        if _pages() > self._least + _GROWN:
            self._trim(0)
            self._least = _pages()


def _pages() -> int:
    """Return how many pages of memory this process holds, as Linux tells; elsewhere 0."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:  # noqa: PTH123 - for each chunk
            return int(file.read(100).split()[1])
    except OSError:
        return 0


def _once_more(pool: Pool, packed: bytes, held: list[Any]) -> list[Any]:
    """Return the results of a chunk whose worker died, one value at a time."""
    results: list[Any] = []
    for value in held:
        future = pool.submit(packed, [value])
        try:
            results += pool.result(future)
        except Exception as error:  # noqa: BLE001
            pool.mend(error)
            results.append(_lost(error))
    return results


def _live(pool: Pool, packed: bytes, chunk: list[T], sent: Future[list[R]]) -> Future[list[R]]:
    """Return the future of a chunk, sent once more where it went down with another's worker."""
    is_bad = sent.cancelled() or (sent.done() and sent.exception() is not None)
    return pool.submit(packed, chunk) if is_bad else sent


def _is_broken(error: Exception) -> bool:
    from concurrent.futures import BrokenExecutor  # noqa: PLC0415

    return isinstance(error, BrokenExecutor)


def _lost(error: Exception) -> Lost:
    """Return how a worker died, in the same words each time."""
    if isinstance(error, MemoryError):
        return Lost("there was not enough memory")
    if _is_broken(error) or type(error).__name__ == "KilledWorker":  # the latter is Dask's
        return Lost("its process ended abruptly")
    return Lost(f"{type(error).__name__}: {error}".partition("\n")[0][:300])
