"""Number of steps and seed in; the history of a growing archive out, step by step, the same on every machine.

A step says what is done to a folder of posts, and, apart from anything that feedtool knows, which stories stand in
it from then on. A story's name is our own: it stands in the text of all that tell it, so that whoever reads a feed
can say which story he was shown, whatever id it had. Pure: no files, no clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from .archive import DEEDS, Archive
from .telling import DAY_MS, Telling

#: kind and name of what groups stories into a feed: ("all", ""), ("category", …), ("tag", …)
Term = tuple[str, str]
#: what is done to what surrounds the archive, beside the deeds that change it
AROUND = ("forget", "elsewhere")
#: 1 March 2023, 00:00 UTC; and two days, so that 300 steps see a year end
_START_MS, _STEP_MS = 1_677_628_800_000, 2 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A story as it stands in the archive after a step."""

    #: of its oldest telling when it came; older or fewer tellings do not change when it was published
    published_ms: int
    terms: frozenset[Term]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is done to the archive between two builds, and what stands in it then."""

    number: int
    #: names of what was done, each with the stories that it touched, in order
    deeds: tuple[tuple[str, frozenset[str]], ...]
    #: texts by path
    writes: Mapping[str, str]
    #: paths
    removes: tuple[str, ...]
    #: old names of categories, with their new ones, in the order of their renaming
    aliases: Mapping[str, str]
    #: whether what feedtool remembers is deleted
    is_forgotten: bool
    #: whether the archive is copied to another place, all files new
    is_elsewhere: bool
    #: by our names of them
    stories: Mapping[str, Standing]


def history(steps: int, *, seed: int, without: Collection[str] = ()) -> Iterator[Step]:
    """Return the steps, without the deeds of some names; the others stay as they are as far as they can."""
    archive = Archive()
    stories: dict[str, Standing] = {}
    for number in range(steps):
        archive.now_ms = _START_MS + number * _STEP_MS
        before, done = dict(archive.tellings), list[tuple[str, frozenset[str]]]()
        for name, (deed, times) in DEEDS.items():
            random = Random(f"{seed}/{number}/{name}")
            count = 0 if name in without else times(number, random)
            for _ in range(count):
                earlier = dict(archive.tellings)
                deed(archive, random)
                done.append((name, _touched(earlier, archive)))
        after = archive.tellings
        stories = _stories(archive, stories)
        yield Step(
            number=number,
            deeds=tuple(done),
            writes={path: one.text() for path, one in after.items() if before.get(path) != one},
            removes=tuple(path for path in before if path not in after),
            aliases=dict(archive.aliases),
            is_forgotten=number % 20 == 19 and "forget" not in without,
            is_elsewhere=number % 70 == 35 and "elsewhere" not in without,
            stories=stories,
        )


def _touched(before: Mapping[str, Telling], archive: Archive) -> frozenset[str]:
    after = archive.tellings
    gone = (one for path, one in before.items() if after.get(path) != one)
    new = (one for path, one in after.items() if before.get(path) != one)
    return frozenset(one.story for one in (*gone, *new))


def _stories(archive: Archive, before: Mapping[str, Standing]) -> dict[str, Standing]:
    told: dict[str, list[Telling]] = {}
    for one in archive.tellings.values():
        told.setdefault(one.story, []).append(one)
    return {
        story: Standing(
            published_ms=before[story].published_ms if story in before else min(one.ms for one in some),
            terms=frozenset(term for one in some for term in _terms(one)),
        )
        for story, some in told.items()
    }


def _terms(one: Telling) -> set[Term]:
    return {("all", ""), *(("category", name) for name in one.categories), *(("tag", name) for name in one.tags)}
