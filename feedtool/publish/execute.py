"""A plan, carried out: puts, step by step, removals, and the telling of the CDN and the hub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from feedtool.output import MANIFEST
from feedtool.problems import Code, Problem
from feedtool.publish import purge, websub
from feedtool.publish.http import PostError, Request, send
from feedtool.publish.lease import Session, World
from feedtool.publish.objects import Step, Wanted, addresses, topics
from feedtool.publish.plan import Plan
from feedtool.publish.purge import Cdn
from feedtool.publish.source import Output, content_of
from feedtool.publish.state import Kept, Record
from feedtool.publish.store import ChangedError, Store, StoreError, Version

T = TypeVar("T")

NOT_PURGED = Code(
    "not-purged",
    "warning",
    "The CDN was not told to let go of its copies of what changed, and may serve those until they are too old: ten "
    "minutes, for feeds. What was published is in the store all the same; the next publication tells the CDN again.",
    "Check the token and what it allows.",
)
NOT_ANNOUNCED = Code(
    "not-announced",
    "warning",
    "The WebSub hub was not told of feeds that changed, so that its subscribers learn of them when they ask by "
    "themselves. What was published is in the store all the same; the next publication tells the hub again.",
    "Check site.hub, and whether the hub answers.",
)
#: seconds after which a hub or a CDN that does not answer is left to the next publication
_TELLING_S = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to publish."""

    grace_ms: int
    #: what is older than what is published, made for another address, or in the way of somebody else's object
    force: bool = False
    #: say what would be done
    is_dry: bool = False
    cdn: Cdn | None = None
    #: address of a WebSub hub, or ""
    hub: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done, or would be."""

    plan: Plan
    #: number and bytes of the objects that were put, the manifest among them
    put: int = 0
    bytes_put: int = 0
    removed: int = 0
    #: addresses of what changed
    changed: tuple[str, ...] = ()
    #: addresses of feeds that the hub is to be told of, and those of them that it was told of
    topics: tuple[str, ...] = ()
    announced: tuple[str, ...] = ()
    #: why objects could not be put or removed; the manifest was not put then, and the next publication goes on here
    failures: tuple[str, ...] = ()
    #: sorted
    problems: tuple[Problem, ...] = ()


class Changes:
    """A plan, as it is carried out."""

    def __init__(self, store: Store, output: Output, todo: Plan, options: Options, world: World) -> None:
        self._store, self._output, self._plan, self._options, self._world = store, output, todo, options, world
        self._home = output.manifest.home
        self._topics = topics(output.manifest) if options.hub else {}
        self._put: dict[str, str] = {}
        self._removed: list[str] = []
        self._failures: list[str] = []
        self._problems: list[Problem] = []
        self._announced: tuple[str, ...] = ()
        self._is_over = False
        self._manifest: Version | None = None
        #: what a CDN may have old copies of; kept in mind without one too, for whoever is given the list
        self._unpurged = {*todo.changed, *todo.before.unpurged}
        self._changed = sorted(self._unpurged)
        self._unannounced = {path for path in (*todo.changed, *todo.before.unannounced) if path in self._topics}
        self._to_announce = tuple(self._topics[path] for path in sorted(self._unannounced))

    def is_nothing(self, record: Record | None) -> bool:
        """Tell whether there is nothing to do, nor to remember."""
        return not (self._unpurged or self._unannounced) and self.before() == record

    def before(self) -> Record:
        """Return what the store should remember while this is under way, so that another can go on from there."""
        return replace(
            self._plan.before, unpurged=tuple(sorted(self._unpurged)), unannounced=tuple(sorted(self._unannounced))
        )

    def done(self) -> Done:
        """Return what was done, or in the end will have been."""
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

    def make(self, session: Session, manifest: Version | None) -> Done:
        """Carry the plan out, and let go of the claim whatever comes; `manifest` is the version that was seen.

        Raises ChangedError where the claim was lost or the manifest is another by now, and RefusedError.
        """
        self._manifest = manifest
        try:
            if self._put_all(session):
                self._remove_all(session)
                self._purge(session)
                self._announce(session)
        except BaseException:
            with suppress(StoreError, ChangedError):
                session.check()  # the record may be another's by now
                self._let_go(session)
            raise
        try:
            self._let_go(session)
        except StoreError as error:
            self._failures.append(str(error))
        return self.done()

    def _let_go(self, session: Session) -> None:
        session.record = self._remembered(session.record)
        session.let_go()

    def _put_all(self, session: Session) -> bool:
        """Put the objects; tell whether all are there."""
        total, number = sum(map(len, self._plan.puts)), 0
        for step in self._plan.puts:
            if step[0].step == Step.MANIFEST:
                session.check()
            for one, (etag, failure) in zip(step, self._world.each(self._put_one, step), strict=True):
                number += 1
                self._world.progress("uploading", number, total)
                if failure:
                    self._failures.append(failure)
                elif etag is not None:
                    self._put[one.path] = etag
                session.renew()
            if self._failures or self._is_over:
                return False
        return True

    def _put_one(self, one: Wanted) -> tuple[str | None, str]:
        """Return the object's ETag, None if it was not put; and why it could not be."""
        if self._is_over:
            return None, ""
        try:
            content = content_of(self._output, one)
            if one.path == MANIFEST:
                return self._store.put_manifest(one, content, self._manifest), ""
            return self._store.put(one, content), ""
        except StoreError as error:
            self._is_over = self._is_over or error.is_lasting
            return None, str(error)

    def _remove_all(self, session: Session) -> None:
        """Remove what is due, as far as nothing that leads to it stays."""
        for step in self._plan.removals:
            if self._failures:
                return
            for path, failure in zip(step, self._world.each(self._remove_one, step), strict=True):
                if failure:
                    self._failures.append(failure)
                else:
                    self._removed.append(path)
                session.renew()

    def _remove_one(self, path: str) -> str:
        try:
            self._store.remove(path)
        except StoreError as error:
            return str(error)
        return ""

    def _purge(self, session: Session) -> None:
        cdn = self._options.cdn
        if cdn is None:
            self._unpurged = set()
        if cdn is None or not self._unpurged:
            return
        owed = {url: path for path in sorted(self._unpurged) for url in addresses(path, self._home)}
        requests = list(purge.requests(cdn, tuple(owed)))
        reasons: list[str] = []
        failed: set[str] = set()
        for (_, some), reason in self._tell(requests, session):
            if reason:
                reasons.append(reason)
                failed.update(owed[url] for url in some)
        self._unpurged = failed
        if failed:
            message = f"{cdn.service} was not told of {len(failed):,} objects: {reasons[0]}"
            self._problems.append(NOT_PURGED.at("", message, field="publish.purge"))

    def _announce(self, session: Session) -> None:
        paths = sorted(self._unannounced)
        requests = [(websub.request(self._options.hub, self._topics[path]), path) for path in paths]
        reasons = {path: reason for (_, path), reason in self._tell(requests, session)}
        self._unannounced = {path for path, reason in reasons.items() if reason}
        self._announced = tuple(self._topics[path] for path, reason in reasons.items() if not reason)
        if self._unannounced:
            first = next(reasons[path] for path in paths if reasons[path])
            message = f"{self._options.hub} was not told of {len(self._unannounced):,} of {len(paths):,} feeds: {first}"
            self._problems.append(NOT_ANNOUNCED.at("", message, field="site.hub"))

    def _tell(self, requests: list[tuple[Request, T]], session: Session) -> Iterator[tuple[tuple[Request, T], str]]:
        """Send the requests, and yield each with why it failed, or "". Who does not answer is not waited for long."""
        until_ms = self._world.now_ms() + _TELLING_S * 1000
        silent: list[str] = []

        def tell(request: Request) -> str:
            if silent or self._world.now_ms() >= until_ms:
                return silent[0] if silent else f"it took more than {_TELLING_S} seconds"
            try:
                send(request, pause=self._world.pause)
            except PostError as error:
                if error.is_lasting:
                    silent.append(str(error))
                return str(error)
            return ""

        for sent, reason in zip(requests, self._world.each(tell, [request for request, _ in requests]), strict=True):
            yield sent, reason
            session.renew()

    def _remembered(self, before: Record) -> Record:
        """Return what the store should remember now."""
        put = {path: Kept(mark=before.objects[path].mark, etag=etag) for path, etag in self._put.items()}
        gone = set(self._removed)
        return replace(
            before,
            objects={**before.objects, **put},
            obsolete={path: since for path, since in before.obsolete.items() if path not in gone},
            unpurged=tuple(sorted(self._unpurged)),
            unannounced=tuple(sorted(self._unannounced)),
        )
