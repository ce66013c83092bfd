"""Carry out a plan: put objects step by step, remove objects, notify the CDN and the hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from feedtool.generators import INDEX
from feedtool.problems import Code, Problem
from feedtool.publish.http import Cdn, Request, hub_request, purge_requests, sender
from feedtool.publish.objects import Output, Step, Wanted, addresses, content_of, topics
from feedtool.publish.plan import Plan
from feedtool.publish.store import ANY, ChangedError, Each, Lease, Record, Store, StoreError, Version

T = TypeVar("T")
R = TypeVar("R")

NOT_PURGED = Code(
    "not-purged",
    "warning",
    "The CDN cache was not purged; it may serve old copies for up to ten minutes. The new objects are in the store; "
    "the next publication purges again.",
    "Check the token and its permissions.",
)
NOT_ANNOUNCED = Code(
    "not-announced",
    "warning",
    "The WebSub hub was not notified of feeds that changed, so subscribers see the change only when they poll. The new "
    "feeds are in the store, and the next publication notifies the hub again.",
    "Check site.hub, and whether the hub answers.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Threads, clock and terminal, as the caller provides them."""

    each: Each
    #: milliseconds since 1970
    now_ms: Callable[[], int]
    #: waits for seconds
    pause: Callable[[float], None]
    #: 32 hexadecimal digits, unique to this publication
    name: str
    #: names the process of this publication for others on the same machine, "" where that is not known
    process: str
    #: takes the name of another publication's process, and returns whether it has ended on this machine
    has_ended: Callable[[str], bool]
    #: takes a stage, the number done and the total
    progress: Callable[[str, int, int], None]
    #: called once if another publication has to end first
    waiting: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to publish."""

    grace_ms: int
    #: overwrite objects that are newer, belong to another site URL, or were not written by feedtool
    force: bool = False
    #: only plan
    is_dry: bool = False
    cdn: Cdn | None = None
    #: address of a WebSub hub, or ""
    hub: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done, or would be."""

    plan: Plan
    #: number and bytes of the objects that were put, with the manifest
    put: int = 0
    bytes_put: int = 0
    removed: int = 0
    #: addresses of what changed
    changed: tuple[str, ...] = ()
    #: addresses of feeds of which the hub has to be notified, and of those of which it was
    topics: tuple[str, ...] = ()
    announced: tuple[str, ...] = ()
    #: why objects could not be put or removed; then the manifest was not put, and the next publication goes on
    failures: tuple[str, ...] = ()
    #: sorted
    problems: tuple[Problem, ...] = ()


class Execution:
    """A plan that is being carried out."""

    def __init__(self, store: Store, output: Output, todo: Plan, options: Options, world: World) -> None:
        self._store, self._output, self._plan, self._options, self._world = store, output, todo, options, world
        self._home = output.manifest.home
        self._topics = topics(output.manifest) if options.hub else {}
        #: path -> ETag
        self._put: dict[str, str] = {}
        self._removed: list[str] = []
        self._failures: list[str] = []
        self._problems: list[Problem] = []
        self._announced: tuple[str, ...] = ()
        self._is_over = False
        #: paths of which a CDN may have old copies; collected without a CDN too, for the list of addresses
        self._unpurged = {*todo.changed, *todo.before.unpurged}
        self._changed = sorted(self._unpurged)
        self._unannounced = {path for path in (*todo.changed, *todo.before.unannounced) if path in self._topics}
        self._to_announce = tuple(self._topics[path] for path in sorted(self._unannounced))

    def is_needed(self, record: Record | None) -> bool:
        """Return whether there is anything to do or to remember; `record` is the one in the store."""
        return bool(self._unpurged or self._unannounced) or self.record() != record

    def record(self) -> Record:
        """Return what the store should remember now, so that another publication can go on from there."""
        before, removed = self._plan.before, set(self._removed)
        put = {path: replace(before.objects[path], etag=etag, former="") for path, etag in self._put.items()}
        return replace(
            before,
            objects={path: kept for path, kept in {**before.objects, **put}.items() if path not in removed},
            obsolete={path: since for path, since in before.obsolete.items() if path not in removed},
            unpurged=tuple(sorted(self._unpurged)),
            unannounced=tuple(sorted(self._unannounced)),
        )

    def done(self) -> Done:
        """Return what was done so far."""
        return Done(
            plan=self._plan,
            put=len(self._put),
            bytes_put=sum(self._output.sizes[path] for path in self._put),
            removed=len(self._removed),
            changed=tuple(dict.fromkeys(url for path in self._changed for url in addresses(path, self._home))),
            topics=self._to_announce,
            announced=self._announced,
            failures=tuple(self._failures),
            problems=tuple(self._problems),
        )

    def run(self, lease: Lease, index: Version | None) -> Done:
        """Carry the plan out, and release the lease in any case; `index` is the version of the ledger's in the store.

        Raises ChangedError where the lease was lost or the index has changed, and RefusedError.
        """
        try:
            if self._put_all(lease, index):
                self._remove_all(lease)
                self._purge(lease)
                self._announce(lease)
        except BaseException:
            with suppress(StoreError, ChangedError):
                lease.check()  # another publication may have the record by now
                lease.release(self.record())
            raise
        try:
            lease.release(self.record())
        except StoreError as error:
            self._failures.append(str(error))
        return self.done()

    def _each(self, function: Callable[[T], R], values: Sequence[T], lease: Lease) -> Iterator[tuple[T, R]]:
        """Yield each value with the function's result, and renew the lease meanwhile."""
        for value, result in zip(values, self._world.each(function, values), strict=True):
            yield value, result
            lease.renew()

    def _put_one(self, one: Wanted, *, index: Version | None) -> tuple[str | None, str]:
        """Return the object's ETag, None if it was not put, and why not."""
        if self._is_over:
            return None, ""
        try:
            content = content_of(self._output, one)
            known = index if one.path == INDEX else ANY
            return self._store.put(one.path, content, one.headers, mark=one.mark, known=known).tag, ""
        except StoreError as error:
            self._is_over = self._is_over or error.is_lasting
            return None, str(error)

    def _put_all(self, lease: Lease, index: Version | None) -> bool:
        """Put the objects; return whether all are stored."""
        put = partial(self._put_one, index=index)
        total, number = sum(map(len, self._plan.puts)), 0
        for step in self._plan.puts:
            if step[0].step == Step.INDEX:
                lease.check()
            for one, (etag, failure) in self._each(put, step, lease):
                number += 1
                self._world.progress("uploading", number, total)
                if failure:
                    self._failures.append(failure)
                elif etag is not None:
                    self._put[one.path] = etag
            if self._failures or self._is_over:
                return False
        return True

    def _remove_one(self, path: str) -> str:
        try:
            self._store.remove(path)
        except StoreError as error:
            return str(error)
        return ""

    def _remove_all(self, lease: Lease) -> None:
        """Remove objects, up to a step with a failure: the object that is left may refer to later ones."""
        for step in self._plan.removals:
            if self._failures:
                return
            for path, failure in self._each(self._remove_one, step, lease):
                if failure:
                    self._failures.append(failure)
                else:
                    self._removed.append(path)

    def _send(self, requests: Sequence[tuple[Request, tuple[str, ...]]], lease: Lease) -> dict[str, str]:
        """Send requests, each with the names of its subjects; return the names that failed, with the reason."""
        results = self._each(sender(self._world), [request for request, _ in requests], lease)
        tried = zip(requests, results, strict=True)
        return {name: reason for (_, names), (_, reason) in tried if reason for name in names}

    def _purge(self, lease: Lease) -> None:
        """Purge the CDN: before the hub is notified, which would get the old copies."""
        cdn = self._options.cdn
        if cdn is None:
            self._unpurged = set()
            return
        owed = {url: path for path in sorted(self._unpurged) for url in addresses(path, self._home)}
        reasons = self._send(list(purge_requests(cdn, tuple(owed))), lease)
        failed = {owed[url]: reason for url, reason in reasons.items()}
        self._unpurged = set(failed)
        if failed:
            message = f"{cdn.service} was not notified of {len(failed):,} objects: {next(iter(failed.values()))}"
            self._problems.append(NOT_PURGED.at("", message, field="publish.purge"))

    def _announce(self, lease: Lease) -> None:
        hub, paths = self._options.hub, sorted(self._unannounced)
        failed = self._send([(hub_request(hub, self._topics[path]), (path,)) for path in paths], lease)
        self._unannounced = set(failed)
        self._announced = tuple(self._topics[path] for path in paths if path not in failed)
        if failed:
            first = next(iter(failed.values()))
            message = f"{hub} was not notified of {len(failed):,} of {len(paths):,} feeds: {first}"
            self._problems.append(NOT_ANNOUNCED.at("", message, field="site.hub"))
