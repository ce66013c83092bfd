"""Processes and threads that do the work: the one place that starts any."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from feedtool.spread import Mapper, Pool, serial, spread


class ExecutorError(Exception):
    """The executor that was asked for cannot be had; says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mappers:
    """How the stages of a build are spread."""

    posts: Mapper
    feeds: Mapper
    #: whether the bytes of posts travel with the work
    carry: bool


def count(jobs: int) -> int:
    """Return how many processes 0 or more jobs are."""
    return jobs or os.cpu_count() or 1


@contextmanager
def processes(jobs: int) -> Iterator[Mapper]:
    """Give a mapper over so many processes, 0 for one per processor; small work stays in this one if it is 0."""
    if count(jobs) == 1:
        yield serial
        return
    pool = Pool(partial(_started, count(jobs)), ahead=3 * count(jobs))
    try:
        yield spread(pool, few=4 if jobs == 0 else 0)
    finally:
        pool.close()


@contextmanager
def threads() -> Iterator[Mapper]:
    """Give a mapper over threads, for work that waits for the disk."""
    pool = Pool(partial(ThreadPoolExecutor, 4), ahead=8)
    try:
        yield spread(pool, few=4)
    finally:
        pool.close()


@contextmanager
def mappers(jobs: int, executor: str) -> Iterator[Mappers]:
    """Give the mappers of a build; `executor` is dask://HOST:PORT, or "". Raises ExecutorError."""
    with processes(jobs) as near:
        if not executor:
            yield Mappers(posts=near, feeds=near, carry=False)
            return
        with _dask(executor) as far:
            yield Mappers(posts=far, feeds=near, carry=True)


def _started(jobs: int) -> Executor:
    # what stands in memory by now is not looked at by the workers' garbage collectors, so that it stays shared
    gc.collect()
    gc.freeze()
    return ProcessPoolExecutor(jobs)


@contextmanager
def _dask(address: str) -> Iterator[Mapper]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise ExecutorError("Dask is not installed; `pip install 'feedtool[dask]'` brings it") from None
    scheme, _, place = address.partition("://")
    if scheme != "dask" or not place:
        raise ExecutorError(f"{address!r} is no executor; write dask://HOST:PORT")
    try:
        client = Client(f"tcp://{place}", timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise ExecutorError(f"no Dask scheduler answers at {place}: {error}") from None
    with client:
        workers = max(1, sum(client.nthreads().values()))
        pool = Pool(lambda: client.get_executor(pure=False), ahead=3 * workers)
        try:
            yield spread(pool)
        finally:
            pool.close()
