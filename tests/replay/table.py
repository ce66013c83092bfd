"""The command line of the replay: a history in, a table of what subscribers saw out."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median

from .archive import DEEDS
from .history import AROUND
from .publisher import Settings
from .replay import Replay, Subscription, replay

#: of the subscriptions of one kind, one after the other: heading, and the sum of what
_COLUMNS: tuple[tuple[str, Callable[[Subscription], int]], ...] = (
    ("due", lambda each: len(each.due)),
    ("shown", lambda each: each.subscriber.news.total()),
    ("missed", lambda each: len(each.missed_in_time)),
    ("late", lambda each: len(each.missed & each.late)),
    ("doubled", lambda each: sum(times - 1 for times in each.doubled.values())),
    ("astray", lambda each: len(each.astray)),
    ("updates", lambda each: each.subscriber.updates.total()),
    ("idle", lambda each: each.subscriber.idle_updates.total()),
    ("untold", lambda each: each.subscriber.untold_updates.total()),
    ("back", lambda each: each.subscriber.moves_back.total()),
    ("404", lambda each: len(each.subscriber.traffic.missing)),
    ("requests", lambda each: each.subscriber.traffic.requests),
    ("304", lambda each: each.subscriber.traffic.unchanged),
    ("KB", lambda each: round(each.subscriber.traffic.bytes / 1000)),
    ("whole KB", lambda each: round(each.whole_bytes / 1000)),
)
_LEGEND = """
reach: feed = reads the feed's document only; gap = walks back to the archive document that was the newest when it
subscribed, after a tenth of the steps; known = walks back until it meets a document that it has read before; all = walks through all archives at
every poll. every: polls each so many steps. due: stories that stood in the feed at a poll (known, all: or in its
archives; gap: if they came after it). missed: of those, never shown. late: likewise, but they came behind what the subscriber had seen: backdated,
tagged or renamed later. doubled: shown again as new. astray: shown though not in this feed. updates: shown as changed;
idle: told of a change where nothing visible changed (or had changed back, for who does not see each build); untold: the
reverse; back: `updated` of an entry or of the feed moved back. KB: of documents, with conditional GET; whole KB: the
main feed, whole at every poll."""


def main() -> None:
    """Replay as the command line says, and print what came of it; exit with 1 where a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=50, help="entries of a feed")
    parser.add_argument("--no-archives", action="store_true", help="without archive documents")
    parser.add_argument("--without", action="append", default=[], choices=[*DEEDS, *AROUND], help="leave out a deed")
    given = parser.parse_args()
    settings = Settings(limit=given.limit, has_archives=not given.no_archives, has_aliases=True)
    with tempfile.TemporaryDirectory(prefix="feedtool-replay-") as folder:
        result = replay(Path(folder), steps=given.steps, seed=given.seed, settings=settings, without=given.without)
    sys.stdout.write("\n".join([*report(result), ""]))
    sys.exit(1 if result.broken() else 0)


def report(result: Replay) -> list[str]:
    """Return the table, what was written, and what is wrong."""
    kinds: dict[tuple[str, str, str], list[Subscription]] = {}
    for each in result.subscriptions:
        kinds.setdefault((each.reach.value, str(each.every), each.form), []).append(each)
    rows = [("reach", "every", "format", *(name for name, _ in _COLUMNS), "ratio")]
    rows += ((*kind, *_numbers(some)) for kind, some in kinds.items())
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [*lines, _LEGEND, "", *_totals(result), "", *result.notes, *result.broken()]


def _numbers(some: Sequence[Subscription]) -> list[str]:
    sent, whole = sum(each.subscriber.traffic.bytes for each in some), sum(each.whole_bytes for each in some)
    return [*(str(sum(map(number, some))) for _, number in _COLUMNS), f"{sent / max(whole, 1):.2f}"]


def _totals(result: Replay) -> list[str]:
    settings, later = result.settings, result.looks[1:]
    changed = [len(look.changed) for look in later] or [0]
    archives = [sum("/archive/" in f"/{path}" for path in look.changed) for look in later] or [0]
    new, gone = (sum(len(paths) for paths in some) for some in ([s.new for s in later], [s.gone for s in later]))
    made = f"{'with' if settings.has_archives else 'no'} archives, {'with' if settings.has_aliases else 'no'} aliases"
    spread = f"mean {mean(changed):.1f}, median {median(changed):.0f}, most {max(changed)}"
    return [
        f"{result.steps} steps, {len(result.stories)} stories, feeds of {settings.limit} entries, {made}",
        f"files: {result.files} at the end, {new} new since the first step, {gone} gone",
        f"files rewritten in a step: {spread}; archive documents among them: mean {mean(archives):.1f}",
        f"a step's build: mean {mean(result.build_seconds):.3f} s, most {max(result.build_seconds):.3f} s",
    ]
