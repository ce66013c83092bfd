"""From the output folder to a store, from there to the CDN, and from there to the subscribers.

    look -> plan -> claim -> put, step by step -> put the manifest -> remove -> purge -> tell the hub -> let go

One publication at a time changes a store: it claims the record (see `record`) with a put that succeeds only if nobody
has written the record since it was read, which is before all else; so what was planned from is still so. A claim that
is not renewed runs out, and the next publication goes on where the killed one stopped. Where a store ignores such
conditions, the claim is read back, which leaves a gap as long as a request takes; what two publications then do to each
other is put right by the next, since what is listed is compared with what was put.

What the CDN and the hub were not told of is remembered, and told by the next. They are told when the new bytes are in
the store, and what they answer undoes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from feedtool.generators import ForeignManifestError, ManifestError, read_manifest, rfc3339
from feedtool.output import MANIFEST
from feedtool.problems import Code, Problem
from feedtool.publish.execute import Changes, Done, Options
from feedtool.publish.lease import LEASE_MS, Session, World
from feedtool.publish.objects import wanted
from feedtool.publish.plan import Plan, Seen, doubtful, plan
from feedtool.publish.source import Output, RefusedError, check_contents
from feedtool.publish.state import RECORD, Record, read_record
from feedtool.publish.store import ChangedError, Store, Version

__all__ = ["Done", "Options", "World", "publish"]

FOREIGN = Code(
    "foreign-object",
    "warning",
    "An object that feedtool did not put stands in the store where one of its own belongs, such as a site's own "
    "index.html. It is left as it is, and feedtool's is not put.",
    "Publish below a prefix of its own, or move the object away; --force replaces it.",
)
OBSOLETE = Code(
    "obsolete-object",
    "note",
    "Objects in the store that were published before and are in the output no longer. They stay for the time that "
    "--grace says, since somebody may still ask for them, and are removed by the first publication after it.",
    "Nothing, to have them removed; build them again to keep them.",
)
BAD_PUBLISHED = Code(
    "bad-published-manifest",
    "warning",
    "feeds.json in the store is damaged. It is put anew; what it listed and the new one does not is never removed.",
    "Nothing.",
)

#: seconds between two looks at another publication's claim
_LOOK_S = 5
#: how often others may be faster
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What is in the store, and which versions of its record and its manifest that is."""

    seen: Seen
    record: Version | None
    manifest: Version | None
    problems: tuple[Problem, ...]


def publish(store: Store, output: Output, options: Options, world: World) -> Done:
    """Bring the store up to date with the output, and return what was done.

    Raises RefusedError where the output must not be published there, StoreError where the store does not do it, and
    ChangedError where somebody else changed the store in the middle.
    """
    objects = wanted(output.manifest, output.digest, keeps_headers=store.keeps_headers)
    for _ in range(_ATTEMPTS):
        look = _look(store, world, is_patient=not options.is_dry)
        if not options.force:
            _check_published(look.seen, output)
        marks = _marks(store, [*doubtful(objects, output.sizes, look.seen)], world)
        todo = plan(
            objects, output.sizes, look.seen, marks,
            now_ms=world.now_ms(), grace_ms=options.grace_ms, force=options.force,
        )  # fmt: skip
        changes = Changes(store, output, todo, options, world)
        problems = (*look.problems, *_said(todo))
        if options.is_dry or changes.is_nothing(look.seen.record):
            return replace(changes.done(), problems=tuple(sorted(problems)))
        check_contents(output, (one for step in todo.puts for one in step))
        try:
            session = Session(store, world, look.record, changes.before())
        except ChangedError:
            continue  # another publication was faster; what it did is to be seen first
        done = changes.make(session, look.manifest)
        return replace(done, problems=tuple(sorted((*problems, *done.problems))))
    raise ChangedError


def _look(store: Store, world: World, *, is_patient: bool) -> _Look:
    """Return what is in the store; `is_patient`: wait for a publication that is under way."""
    record, version = _record(store, world, is_patient=is_patient)
    problems: list[Problem] = []
    published, manifest = store.read(MANIFEST), None
    try:
        manifest = read_manifest(published[0]) if published else None
    except ForeignManifestError:
        place = f"{store.target.rstrip('/')}/{MANIFEST}"
        raise RefusedError(f"{place}: was not made by feedtool. Publish below a prefix of its own.") from None
    except ManifestError as error:
        problems.append(BAD_PUBLISHED.at(MANIFEST, str(error)))
    return _Look(
        seen=Seen(listing=store.listing(), manifest=manifest, record=record),
        record=version,
        manifest=published[1] if published else None,
        problems=tuple(problems),
    )


def _record(store: Store, world: World, *, is_patient: bool) -> tuple[Record | None, Version | None]:
    """Return the record and its version, when nobody has a claim any more.

    A claim is over at the time that it names, or when its record has not changed for as long as a claim holds: the
    clocks of two machines may differ.
    """
    found = store.read(RECORD)
    record = read_record(found[0]) if found else None
    told, waited_s = False, 0
    while is_patient and record and record.claim and record.claim.until_ms > world.now_ms():
        if waited_s * 1000 > LEASE_MS:
            break
        if not told:
            world.waiting()
        told = True
        world.pause(_LOOK_S)
        last, found = found, store.read(RECORD)
        waited_s = waited_s + _LOOK_S if found == last else 0
        record = read_record(found[0]) if found else None
    return record, found[1] if found else None


def _check_published(seen: Seen, output: Output) -> None:
    """Raise RefusedError where something newer, or another site, is published there."""
    old, new = seen.manifest, output.manifest
    if old is None:
        return
    if old.home and old.home != new.home:
        raise RefusedError(f"what is published there names {old.home}, and this {new.home}. --force replaces it.")
    if old.updated_ms is not None and new.updated_ms is not None and new.updated_ms < old.updated_ms:
        raise RefusedError(
            f"what is published there is newer: its newest entry is of {rfc3339(old.updated_ms)}, and here that is of "
            f"{rfc3339(new.updated_ms)}. These may be older posts than those that were published last; if the newest "
            "ones were taken back on purpose, --force publishes this."
        )


def _marks(store: Store, paths: list[str], world: World) -> dict[str, str]:
    """Return the marks of those objects that have one, by path."""
    found: dict[str, str] = {}
    for number, (path, mark) in enumerate(zip(paths, world.each(store.mark, paths), strict=True), 1):
        if mark:
            found[path] = mark
        world.progress("comparing", number, len(paths))
    return found


def _said(todo: Plan) -> list[Problem]:
    """Return what the plan leaves alone."""
    problems = [FOREIGN.at(path, "is there already, and feedtool did not put it") for path in todo.foreign]
    if todo.obsolete:
        names = ", ".join(sorted(todo.obsolete)[:3])
        problems.append(
            OBSOLETE.at("", f"{len(todo.obsolete):,} objects are no longer made, and stay for now: {names}")
        )
    return problems
