"""When entries changed: an entry's `updated` moves when its title or content does, and at no other time.

The last manifest tells what was published, and when that had changed. A change happened when the post says so, else
when its file was committed last, else when the build sees it first; from then on the manifest remembers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from feedtool import generators
from feedtool.build.run import Committed, never_committed
from feedtool.cache import Cache, entries
from feedtool.cache.entries import EntryReader, KeyOf, Known, Requests, Wanted
from feedtool.frozen import frozen
from feedtool.generators import KnownEntry
from feedtool.model import Format


@frozen
class Dating:
    """What tells when entries changed."""

    #: the entries of the last build
    published: Mapping[str, KnownEntry]
    now_ms: int
    committed: Committed = never_committed

    def known(self) -> Known:
        """Return when each published entry changed last, and its content then."""
        return {
            entry_id: (entry.updated_ms, entry.content)
            for entry_id, entry in self.published.items()
            if entry.content and entry.updated_ms is not None
        }

    def moment(self, one: Wanted, committed_ms: int, number: int) -> int:
        """Return when an entry changed, always later than the last time; `number` tells those of one build apart."""
        if one.updated_ms < one.said_ms <= self.now_ms:
            return one.said_ms
        if one.updated_ms < committed_ms <= self.now_ms:
            return committed_ms
        return max(whole_second(self.now_ms) + number, one.updated_ms + 1000)


def whole_second(now_ms: int) -> int:
    """Return the beginning of a second."""
    return now_ms - now_ms % 1000


def redate(
    cache: Cache, requests: Requests, dating: Dating, key: KeyOf, formats: tuple[Format, ...]
) -> dict[str, bytes]:
    """Give each entry whose content changed the time of that change; return their earlier keys by id."""
    changed = requests.edited()
    paths = {one.id: requests.path(one) for one in changed}
    committed = dating.committed([*paths.values()]) if changed else {}
    shelf = EntryReader(cache.db, cache.secret)
    for number, one in enumerate(changed):
        updated_ms = dating.moment(one, committed.get(paths[one.id], 0), number)
        new = key(one.version, one.host, updated_ms)
        if not requests.has(new):
            before, rendered = shelf.rendered(one.key, one.id)
            entry = replace(before, updated_ms=updated_ms)
            fragment, problems = generators.render_entry(entry, formats), requests.problems(one)
            requests.put(new, entries.as_kept(entry, fragment, problems), is_ours=rendered is not None)
        requests.redate(one, new, updated_ms)
    return {one.id: one.key for one in changed}
