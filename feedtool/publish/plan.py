"""What the store should hold, what it holds, and the time -> what to put and what to remove, in order.

Promises, for any order within a step, and wherever it stops: no feed in the store links to an archive document that is
missing; nothing is removed that feedtool did not list or put, nor before its time; after a plan was carried out, the
next one is empty. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from feedtool.generators import Manifest
from feedtool.output import MANIFEST
from feedtool.publish.objects import Step, Wanted, by_step, leaving, step_of
from feedtool.publish.state import RECORD, Kept, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object in the store's listing."""

    #: bytes
    size: int
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The content of the store."""

    #: by path below the prefix; without the record
    listing: Mapping[str, Listed]
    #: None before the first publication, as the record
    manifest: Manifest | None = None
    record: Record | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do."""

    #: by step, see `Step`; the manifest comes last
    puts: tuple[tuple[Wanted, ...], ...] = ()
    #: after all puts, by step from the last to the first: what refers to others goes before they do
    removals: tuple[tuple[str, ...], ...] = ()
    #: paths of objects that feedtool did not write
    foreign: tuple[str, ...] = ()
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


def doubtful(objects: Mapping[str, Wanted], sizes: Mapping[str, int], seen: Seen) -> Iterator[str]:
    """Yield the paths whose marks have to be read: the record does not say whether they are ours, or up to date.

    An object of another size is not up to date.
    """
    known = seen.record.objects if seen.record else {}
    ours = _ours(seen)
    for path, listed in seen.listing.items():
        if path not in objects:
            continue
        may_be_right = listed.size == sizes[path] and not _is_known(objects[path], known.get(path), listed)
        if may_be_right or path not in ours:
            yield path


def plan(
    objects: Mapping[str, Wanted], sizes: Mapping[str, int], seen: Seen, marks: Mapping[str, str],
    *, now_ms: int, grace_ms: int, force: bool = False,
) -> Plan:  # fmt: skip
    """Return what to do so that the store holds the objects, whose `sizes` are in bytes.

    `marks` are those of the `doubtful` objects: an object with the right mark is ours, and up to date. Objects that are
    no longer listed are kept for `grace_ms`; `now_ms` is the present time. `force`: overwrite foreign objects.
    """
    equal = {path for path, mark in marks.items() if mark == objects[path].mark}
    ours = _ours(seen) | equal | (objects.keys() if force else set())
    foreign = {path for path in seen.listing.keys() & objects.keys() if path not in ours}
    there = {path for path in objects if _is_there(objects[path], sizes[path], seen, marks.get(path, ""))}
    missing = {path: one for path, one in objects.items() if path not in there | foreign}
    obsolete = _obsolete(objects, seen, now_ms)
    stays = _staying(obsolete, now_ms - grace_ms)
    kept = {path: Kept(mark=objects[path].mark, etag=seen.listing[path].etag) for path in there - foreign}
    old = seen.record or Record()
    return Plan(
        puts=by_step(_placed(one, seen) for one in missing.values()),
        removals=leaving(obsolete.keys() - stays.keys()),
        foreign=tuple(sorted(foreign)),
        obsolete=stays,
        unchanged=len(there - foreign),
        before=Record(
            objects=kept | {path: Kept(mark=one.mark) for path, one in missing.items()},
            obsolete=obsolete,
            unpurged=old.unpurged,
            unannounced=old.unannounced,
        ),
    )


def _placed(one: Wanted, seen: Seen) -> Wanted:
    """Return the object in its step: nothing can link to a new archive document yet."""
    is_new = one.step == Step.ARCHIVE and one.path not in seen.listing
    return replace(one, step=Step.NEW_ARCHIVE) if is_new else one


def _ours(seen: Seen) -> set[str]:
    """Return the paths that are ours to write: by the record, or without one, by the manifest."""
    if seen.record:
        return {*seen.record.objects, *seen.record.obsolete}
    return {*seen.manifest.files, MANIFEST} if seen.manifest else set()


def _is_known(one: Wanted, kept: Kept | None, listed: Listed) -> bool:
    """Return whether the record says that the object, as listed, is up to date."""
    return kept is not None and kept.mark == one.mark and kept.etag != "" and kept.etag == listed.etag


def _is_there(one: Wanted, size: int, seen: Seen, mark: str) -> bool:
    listed = seen.listing.get(one.path)
    if listed is None or listed.size != size:
        return False
    known = seen.record.objects.get(one.path) if seen.record else None
    return mark == one.mark or _is_known(one, known, listed)


def _staying(obsolete: Mapping[str, int], until_ms: int) -> dict[str, int]:
    """Return what became obsolete after that time; and all archive documents as long as a feed is among it.

    That feed may link to them, also if they became obsolete first: a killed publication may have put it.
    """
    stays = {path for path, since in obsolete.items() if since > until_ms}
    if any(step_of(path) == Step.FEED for path in stays):
        stays |= {path for path in obsolete if step_of(path) == Step.ARCHIVE}
    return {path: since for path, since in obsolete.items() if path in stays}


def _obsolete(objects: Mapping[str, Wanted], seen: Seen, now_ms: int) -> dict[str, int]:
    """Return which of our stored objects are no longer wanted, and since when: from now, if still listed.

    These include objects of a publication that was killed before its manifest: they may link to removed ones.
    """
    listed = seen.manifest.files.keys() if seen.manifest else set()
    since = dict(seen.record.obsolete) if seen.record else {}
    return {
        path: now_ms if path in listed else min(since.get(path, now_ms), now_ms)
        for path in _ours(seen)
        if path in seen.listing and path not in objects and path not in (MANIFEST, RECORD)
    }
