"""From the output folder to a store, from there to the CDN, and from there to the subscribers.

    look -> plan -> claim -> put, step by step -> put the index -> remove -> purge -> notify the hub -> release

One publication at a time changes a store. It first claims the record (see `store`) with a put that succeeds only if the
record has not changed since it was read, so the plan is still valid. A claim that is not renewed ends, and the next
publication goes on where a killed one stopped. Where a store ignores such conditions, the claim is read back, which
leaves a gap as long as a request; the next publication repairs what two did to each other, since it compares the
listing with what was put.

CDN and hub are notified when the new bytes are in the store, and their answers undo nothing. Notifications that failed
are remembered, and sent by the next publication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from feedtool.frozen import frozen
from feedtool.generators import (
    INDEX,
    ForeignManifestError,
    Manifest,
    ManifestError,
    joined,
    lists_files,
    read_manifest,
    read_part,
    rfc3339,
)
from feedtool.output import MANIFEST
from feedtool.problems import Code, Problem
from feedtool.publish.http import Cdn, Request, hub_request, purge_requests, sender
from feedtool.publish.objects import Output, RefusedError, Step, Wanted, addresses, content_of, topics, wanted
from feedtool.publish.plan import Plan, Seen, doubtful, plan
from feedtool.publish.store import (
    ANY,
    LEASE_MS,
    ChangedError,
    Each,
    Lease,
    Record,
    StoreError,
    Version,
    stored_record,
)

if TYPE_CHECKING:
    from feedtool.publish.places import Store

T = TypeVar("T")
R = TypeVar("R")

FOREIGN = Code.warning("foreign-object")(
    "The store has an object that does not carry feedtool's mark, so feedtool did not write it. It has the name of one "
    "of feedtool's, such as a site's own index.html, or the store's record or manifest list it. It was left alone.",
    "Publish below another prefix, or move the object away; --force overwrites one that a feed needs.",
)
ODD = Code.warning("odd-object")(
    "The store has an object whose name cannot be read, such as one with an empty folder name or a control character. "
    "It was left alone. Other objects are requested one by one, which takes longer.",
    "Rename or remove the object.",
)
OBSOLETE = Code.note("obsolete-object")(
    "Objects in the store are no longer in the output. They are kept for the time of --grace, since somebody may still "
    "request them, and removed by the first publication after that.",
    "To keep them, build them again.",
)
BAD_PUBLISHED = Code.warning("bad-published-manifest")(
    "feeds.json in the store is damaged and was replaced. If the store's record is damaged too, all objects that carry "
    "feedtool's mark count as feedtool's.",
    "No action needed.",
)
NOT_PURGED = Code.warning("not-purged")(
    "The CDN cache was not purged; it may serve old copies for up to ten minutes. The new objects are in the store; "
    "the next publication purges again.",
    "Check the token and its permissions.",
)
NOT_ANNOUNCED = Code.warning("not-announced")(
    "The WebSub hub was not notified of feeds that changed, so subscribers see the change only when they poll. The new "
    "feeds are in the store, and the next publication notifies the hub again.",
    "Check site.hub, and whether the hub answers.",
)

#: seconds between two requests for another publication's claim
_LOOK_S = 5
#: attempts to claim the store
_ATTEMPTS = 5


@frozen
class World:
    """Threads, clock and terminal, as the caller provides them."""

    each: Each
    #: milliseconds since 1970
    now_ms: Callable[[], int]
    #: waits for seconds
    pause: Callable[[float], None]
    #: 32 hexadecimal digits, unique to this publication
    name: str
    #: takes a stage, the number done and the total
    progress: Callable[[str, int, int], None]
    #: called once if another publication has to end first
    waiting: Callable[[], None]


@frozen
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


@frozen
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


def publish(store: Store, output: Output, options: Options, world: World) -> Done:
    """Bring the store up to date with the output, and return what was done.

    Raises RefusedError where the output must not be published there, StoreError where the store fails, and ChangedError
    where another publication changed the store meanwhile.
    """
    objects = wanted(output.manifest, keeps_headers=store.keeps_headers)
    for _ in range(_ATTEMPTS):
        record, version = _record(store, world, is_patient=not options.is_dry)
        manifest, index_version, problems = _manifest(store, world)
        seen, odd = _seen(store, objects, manifest, record, world)
        seen = replace(seen, is_lost=bool(version and problems and not (record or manifest)))
        problems += odd
        if not options.force:
            _check_published(seen, output)
        now_ms = world.now_ms()
        marks = _marks(store, doubtful(objects, seen, now_ms=now_ms, grace_ms=options.grace_ms), world)
        todo = plan(objects, output.sizes, seen, marks, now_ms=now_ms, grace_ms=options.grace_ms, force=options.force)
        execution = Execution(store, output, todo, options, world)
        problems += _problems(todo)
        if options.is_dry or not execution.is_needed(record):
            planned = sum(output.sizes[one.path] for step in todo.puts for one in step)
            return replace(execution.done(), bytes_put=planned, problems=tuple(sorted(problems)))
        for one in (one for step in todo.puts for one in step):
            content_of(output, one)  # refused before anything is written
        try:
            lease = Lease(store, world, version, execution.record())
        except ChangedError:
            continue  # another publication was faster: look again
        done = execution.run(lease, index_version)
        return replace(done, problems=tuple(sorted((*problems, *done.problems))))
    raise ChangedError


def _seen(
    store: Store, objects: Mapping[str, Wanted], manifest: Manifest | None, record: Record | None, world: World
) -> tuple[Seen, list[Problem]]:
    """Return the content of the store, and problems with its names."""
    seen = Seen(listing={}, manifest=manifest, record=record, keeps_marks=store.keeps_headers)
    listing = store.listing(sorted(objects.keys() | seen.claimed), world.each)
    odd = [ODD.at(name, "its name cannot be read, so it was left alone") for name in listing.odd]
    return replace(seen, listing=listing.objects, blocked=listing.blocked), odd


def _manifest(store: Store, world: World) -> tuple[Manifest | None, Version | None, list[Problem]]:
    """Return the published manifest with the lists of files, None if it is missing or damaged; and problems.

    With the version of the ledger's index, which changes in each publication.
    """
    problems: list[Problem] = []

    def sound(path: str, found: tuple[bytes, Version] | None, read: Callable[[bytes], Manifest]) -> Manifest | None:
        try:
            return read(found[0] if found else b"")
        except ManifestError as error:
            if path in (MANIFEST, INDEX) and isinstance(error, ForeignManifestError):
                name = f"{store.target.rstrip('/')}/{path}"
                raise RefusedError(f"{name}: was not made by feedtool. Publish below another prefix.") from None
            problems.append(BAD_PUBLISHED.at(path, str(error)))
            return None

    published, index = store.read(MANIFEST), store.read(INDEX)
    manifest = sound(MANIFEST, published, read_manifest) if published else None
    needs_index = manifest is not None and INDEX in manifest.files
    listed = sound(INDEX, index, read_part) if index or needs_index else None
    if manifest and needs_index:
        manifest = joined(manifest, [listed]) if listed else None
    lists = [path for path in manifest.parts if lists_files(path)] if manifest else []
    parts = world.each(lambda path: sound(path, store.read(path), read_part), lists)
    return manifest and joined(manifest, filter(None, parts)), index[1] if index else None, problems


def _record(store: Store, world: World, *, is_patient: bool) -> tuple[Record | None, Version | None]:
    """Return the record and its version; if `is_patient`, when there is no claim any more.

    A claim ends at the time that it names, or when its record has not changed for as long as a claim holds: the clocks
    of two machines may differ.
    """
    found, waited_s, is_first = stored_record(store), 0, True
    while is_patient and found[0] and found[0].claim and found[0].claim.until_ms > world.now_ms():
        if waited_s * 1000 > LEASE_MS:
            break
        if is_first:
            world.waiting()
        is_first = False
        world.pause(_LOOK_S)
        last, found = found, stored_record(store)
        waited_s = waited_s + _LOOK_S if found == last else 0
    return found


def _check_published(seen: Seen, output: Output) -> None:
    """Raise RefusedError where something newer, or another site, is published."""
    old, new = seen.manifest, output.manifest
    if old is None:
        return
    if old.home and old.home != new.home:
        raise RefusedError(f"{old.home} is published there, not {new.home}. --force overwrites it.")
    if new.updated_ms < old.updated_ms:
        raise RefusedError(
            f"a newer version is published: its newest entry is of {rfc3339(old.updated_ms)}, here it is of "
            f"{rfc3339(new.updated_ms)}. If you removed the newest posts on purpose, --force publishes this version."
        )


def _marks(store: Store, paths: list[str], world: World) -> dict[str, str]:
    """Return the marks of the objects that have one, by path."""
    found: dict[str, str] = {}
    for number, (path, mark) in enumerate(zip(paths, world.each(store.mark, paths), strict=True), 1):
        if mark:
            found[path] = mark
        world.progress("comparing", number, len(paths))
    return found


def _problems(todo: Plan) -> list[Problem]:
    """Return what the plan does not touch."""
    problems = [FOREIGN.at(path, "already exists, and was not written by feedtool") for path in todo.foreign]
    problems += [FOREIGN.at(path, "is listed as feedtool's, but does not carry its mark") for path in todo.disowned]
    if todo.obsolete:
        names = ", ".join(sorted(todo.obsolete)[:3])
        problems.append(
            OBSOLETE.at("", f"objects no longer built, kept for now: {len(todo.obsolete):,}, such as {names}")
        )
    return problems
