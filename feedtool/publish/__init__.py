"""From the output folder to a store, from there to the CDN, and from there to the subscribers.

    look -> plan -> claim -> put, step by step -> put the index -> remove -> purge -> notify the hub -> release

One publication at a time changes a store. It first claims the record (see `state`) with a put that succeeds only if the
record has not changed since it was read, so the plan is still valid. A claim that is not renewed ends, and the next
publication goes on where a killed one stopped. Where a store ignores such conditions, the claim is read back, which
leaves a gap as long as a request; the next publication repairs what two did to each other, since it compares the
listing with what was put.

CDN and hub are notified when the new bytes are in the store, and their answers undo nothing. Notifications that failed
are remembered, and sent by the next publication.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

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
from feedtool.publish.execute import Done, Execution, Options, World
from feedtool.publish.objects import Output, RefusedError, Wanted, content_of, wanted
from feedtool.publish.plan import Plan, Seen, doubtful, plan
from feedtool.publish.store import LEASE_MS, ChangedError, Lease, Record, Store, Version, stored_record

__all__ = ["Done", "Options", "World", "publish"]

FOREIGN = Code(
    "foreign-object",
    "warning",
    "The store has an object that does not carry feedtool's mark, so feedtool did not write it. It has the name of one "
    "of feedtool's, such as a site's own index.html, or the store's record or manifest list it. It was left alone.",
    "Publish below another prefix, or move the object away; --force overwrites one that a feed needs.",
)
ODD = Code(
    "odd-object",
    "warning",
    "The store has an object whose name cannot be read, such as one with an empty folder name or a control character. "
    "It was left alone. Other objects are requested one by one, which takes longer.",
    "Rename or remove the object.",
)
OBSOLETE = Code(
    "obsolete-object",
    "note",
    "Objects in the store are no longer in the output. They are kept for the time of --grace, since somebody may still "
    "request them, and removed by the first publication after that.",
    "To keep them, build them again.",
)
BAD_PUBLISHED = Code(
    "bad-published-manifest",
    "warning",
    "feeds.json in the store is damaged and was replaced. If the store's record is damaged too, all objects that carry "
    "feedtool's mark count as feedtool's.",
    "No action needed.",
)

#: seconds between two requests for another publication's claim
_LOOK_S = 5
#: attempts to claim the store
_ATTEMPTS = 5


def publish(store: Store, output: Output, options: Options, world: World) -> Done:
    """Bring the store up to date with the output, and return what was done.

    Raises RefusedError where the output must not be published there, StoreError where the store fails, and ChangedError
    where another publication changed the store meanwhile.
    """
    objects = wanted(output.manifest, keeps_headers=store.keeps_headers)
    for _ in range(_ATTEMPTS):
        record, version = _record(store, world, is_patient=not options.is_dry)
        manifest, index_version, problems = _manifest(store)
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


def _manifest(store: Store) -> tuple[Manifest | None, Version | None, list[Problem]]:
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
    parts = [sound(path, store.read(path), read_part) for path in lists]
    return manifest and joined(manifest, filter(None, parts)), index[1] if index else None, problems


def _record(store: Store, world: World, *, is_patient: bool) -> tuple[Record | None, Version | None]:
    """Return the record and its version; if `is_patient`, when there is no claim any more.

    A claim ends at the time that it names, when its process has ended on this machine, or when its record has not
    changed for as long as a claim holds: the clocks of two machines may differ.
    """
    found, waited_s, is_first = stored_record(store), 0, True
    while is_patient and found[0] and found[0].claim and found[0].claim.until_ms > world.now_ms():
        if waited_s * 1000 > LEASE_MS or world.has_ended(found[0].claim.process):
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
    if old.updated_ms is not None and new.updated_ms is not None and new.updated_ms < old.updated_ms:
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
