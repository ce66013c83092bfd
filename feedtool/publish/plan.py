"""What the store should hold, what it holds, and the time -> what to put and what to remove, in order.

Promises, for any order within a step, and wherever it stops: no feed in the store links to an archive document that is
missing; nothing is replaced or removed that feedtool did not put, nor removed before its time; after a plan was carried
out, the next one is empty. Record and manifest are in the store, where others may have changed them: what they list
counts as put by feedtool only if it carries a mark of feedtool. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from feedtool.frozen import frozen
from feedtool.generators import INDEX, Manifest
from feedtool.output import MANIFEST
from feedtool.publish.objects import Step, Wanted, by_step, leaving, step_of
from feedtool.publish.store import LIST, RECORD, Kept, Listed, Record, known_by

_SHA256 = re.compile("[0-9a-f]{64}")


@frozen
class Seen:
    """The content of the store."""

    #: by path below the prefix; without the record
    listing: Mapping[str, Listed]
    #: paths that cannot be written
    blocked: frozenset[str] = frozenset()
    #: None before the first publication, as the record
    manifest: Manifest | None = None
    record: Record | None = None
    #: whether both are damaged, so that only the objects themselves say what feedtool put
    is_lost: bool = False
    #: whether objects carry a mark that they were put with; else it is the digest of their bytes
    keeps_marks: bool = True

    @property
    def claimed(self) -> frozenset[str]:
        """Return the paths that record or manifest list as put by feedtool."""
        if self.record:
            return frozenset(self.record.objects) | frozenset(self.record.obsolete)
        return frozenset(self.manifest.files if self.manifest else ())


@frozen
class Plan:
    """What to do."""

    #: by step, see `Step`; the ledger's index comes last
    puts: tuple[tuple[Wanted, ...], ...] = ()
    #: after all puts, by step from the last to the first: what refers to others goes before they do
    removals: tuple[tuple[str, ...], ...] = ()
    #: paths of objects that feedtool did not write: under names that are wanted, and names that are listed as ours
    foreign: tuple[str, ...] = ()
    disowned: tuple[str, ...] = ()
    #: paths that are no longer listed and are kept for now -> since when, in milliseconds since 1970
    obsolete: Mapping[str, int]
    #: number of objects that are up to date
    unchanged: int = 0
    #: what the store should remember while the plan is carried out
    before: Record

    @property
    def changed(self) -> tuple[str, ...]:
        """Return the paths of the objects to put and to remove."""
        return (*(one.path for step in self.puts for one in step), *(path for step in self.removals for path in step))


def doubtful(objects: Mapping[str, Wanted], seen: Seen, *, now_ms: int, grace_ms: int) -> list[str]:
    """Return the paths whose marks have to be read: objects that may be replaced or removed now; see `plan`."""
    wanted = [path for path in objects.keys() & seen.listing.keys() if not _is_known(objects[path], seen)]
    others = seen.listing.keys() if seen.is_lost else _due(_obsolete(objects, seen, {}, now_ms), now_ms - grace_ms)
    return sorted({*wanted, *others})


def plan(
    objects: Mapping[str, Wanted], sizes: Mapping[str, int], seen: Seen, marks: Mapping[str, str],
    *, now_ms: int, grace_ms: int, force: bool = False,
) -> Plan:  # fmt: skip
    """Return what to do so that the store holds the objects, whose `sizes` are in bytes.

    `marks` are those of the `doubtful` objects: an object with the right mark is up to date. Objects that are no longer
    listed are kept for `grace_ms`; `now_ms` is the present time. `force`: overwrite foreign objects.
    """
    there = {path for path in objects.keys() - seen.blocked if _is_there(objects[path], sizes[path], seen, marks)}
    doubted = objects.keys() & seen.listing.keys() - there
    known = {path for path in doubted if force or _is_ours(path, seen, marks) or _was_put(objects[path], seen)}
    foreign = doubted - known | objects.keys() & seen.blocked
    missing = {path: one for path, one in objects.items() if path not in there | foreign}
    obsolete = _obsolete(objects, seen, marks, now_ms)
    due = _due(obsolete, now_ms - grace_ms)
    removed = {path for path in due if _is_ours(path, seen, marks)}
    return Plan(
        puts=by_step(_placed(one, seen) for one in missing.values()),
        removals=leaving(removed),
        foreign=tuple(sorted(foreign)),
        disowned=tuple(sorted(due - removed)),
        obsolete={path: since for path, since in obsolete.items() if path not in due},
        unchanged=len(there),
        before=_remembered(objects, there, missing, {path: obsolete[path] for path in obsolete.keys() - due | removed},
                           seen, marks),
    )  # fmt: skip


def _remembered(
    objects: Mapping[str, Wanted], there: Iterable[str], missing: Iterable[str], obsolete: Mapping[str, int],
    seen: Seen, marks: Mapping[str, str],
) -> Record:  # fmt: skip
    """Return what the store should remember while objects are put and removed."""
    old = seen.record or Record()
    former = {} if seen.keeps_marks else marks
    files = seen.manifest.files if seen.manifest else {}
    return Record(
        objects={
            **{path: old.objects.get(path) or Kept(mark=known_by(files.get(path, ""))) for path in obsolete},
            **{path: Kept(mark=known_by(objects[path].mark), etag=seen.listing[path].etag) for path in there},
            **{
                path: Kept(mark=known_by(objects[path].mark), former=known_by(former.get(path, ""))) for path in missing
            },
        },
        obsolete=obsolete,
        unpurged=old.unpurged,
        unannounced=old.unannounced,
        listed=old.listed,
    )


def _placed(one: Wanted, seen: Seen) -> Wanted:
    """Return the object in its step: nothing can link to a new archive document yet."""
    is_new = one.step == Step.ARCHIVE and one.path not in seen.listing
    return replace(one, step=Step.NEW_ARCHIVE) if is_new else one


def _is_ours(path: str, seen: Seen, marks: Mapping[str, str]) -> bool:
    """Return whether feedtool put the object.

    A manifest or an index that is another program's is refused before there is a plan.
    """
    mark = marks.get(path, "")
    if path in (MANIFEST, INDEX) or not mark or seen.keeps_marks:
        return path in (MANIFEST, INDEX) or bool(_SHA256.fullmatch(mark))
    kept = seen.record.objects.get(path) if seen.record else None
    files = seen.manifest.files if seen.manifest else {}
    return mark == files.get(path) or known_by(mark) in ((kept.mark, kept.former) if kept else ())


def _was_put(one: Wanted, seen: Seen) -> bool:
    """Return whether the record says that these very bytes were put: then somebody damaged the object."""
    kept = seen.record.objects.get(one.path) if seen.record else None
    return kept is not None and kept.mark == known_by(one.mark) and kept.etag != ""


def _is_known(one: Wanted, seen: Seen) -> bool:
    """Return whether the record says that the object, as listed, is up to date."""
    kept = seen.record.objects.get(one.path) if seen.record else None
    return _was_put(one, seen) and kept is not None and kept.etag == seen.listing[one.path].etag


def _is_there(one: Wanted, size: int, seen: Seen, marks: Mapping[str, str]) -> bool:
    listed = seen.listing.get(one.path)
    return listed is not None and listed.size == size and (marks.get(one.path) == one.mark or _is_known(one, seen))


def _due(obsolete: Mapping[str, int], until_ms: int) -> set[str]:
    """Return what became obsolete by that time; but no archive document as long as a feed stays.

    That feed may link to them, also if they became obsolete first: a killed publication may have put it.
    """
    due = {path for path, since in obsolete.items() if since <= until_ms}
    if any(step_of(path) == Step.FEED for path in obsolete.keys() - due):
        due -= {path for path in due if step_of(path) == Step.ARCHIVE}
    return due


def _obsolete(objects: Mapping[str, Wanted], seen: Seen, marks: Mapping[str, str], now_ms: int) -> dict[str, int]:
    """Return which of our stored objects are no longer wanted, and since when: from now, if still listed.

    These include objects of a publication that was killed before its manifest: they may link to removed ones.
    """
    listed = seen.manifest.files.keys() if seen.manifest else set()
    since = dict(seen.record.obsolete) if seen.record else {}
    claimed = {path for path, mark in marks.items() if mark and seen.keeps_marks} if seen.is_lost else seen.claimed
    return {
        path: now_ms if path in listed else min(since.get(path, now_ms), now_ms)
        for path in claimed
        if path in seen.listing and path not in objects and path not in (MANIFEST, RECORD, LIST)
    }
