"""An archive of posts that grows, and what may be done to it: each a deed of its own. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from .telling import DAY_MS, SOURCES, TAGS, Telling, retold, words, written

CATEGORIES = ("Harbour", "新聞", "社區", "أخبار", "Science", "C++")
#: what becomes of a category's name, one after the other: once, again, in other scripts, and into one that is there
RENAMES = (
    ("Harbour", "Port"), ("社區", "鄰里"), ("Port", "Docks"), ("أخبار", "أخبار اليوم"), ("Docks", "Science"),
    ("鄰里", "里弄"), ("C++", "C++ and C#"),
)  # fmt: skip
_FIRST_POSTS = 40


@dataclass(slots=True)
class Archive:
    """The files, and what is remembered of them for the deeds to come."""

    #: the present moment
    now_ms: int = 0
    #: by path
    tellings: dict[str, Telling] = field(default_factory=dict)
    deleted: list[Telling] = field(default_factory=list)
    categories: list[str] = field(default_factory=lambda: list(CATEGORIES))
    #: old names of categories, with what they are called now
    aliases: dict[str, str] = field(default_factory=dict)
    stories: int = 0
    _taken_ms: set[int] = field(default_factory=set)

    def moment(self, random: Random, *, days_ago: float = 0) -> int:
        """Return a moment that no other telling has, within two days after one so many days ago."""
        while True:
            ms = self.now_ms - int(days_ago * DAY_MS) + random.randrange(2 * DAY_MS)
            if ms not in self._taken_ms:
                self._taken_ms.add(ms)
                return ms

    def name(self) -> str:
        """Return the name of a new story."""
        self.stories += 1
        return f"story-{self.stories:06}"

    def put(self, telling: Telling) -> None:
        """Add a telling, at a path of its own."""
        stem, number = telling.path.removesuffix(".md"), 1
        while telling.path in self.tellings:
            number += 1
            telling = replace(telling, path=f"{stem}-{number}.md")
        self.tellings[telling.path] = telling

    def change(self, telling: Telling, **values: Any) -> None:
        """Put another telling in the place of one."""
        del self.tellings[telling.path]
        self.put(replace(telling, **values))

    def pick(self, random: Random, want: Callable[[Telling], bool] = lambda _: True) -> Telling | None:
        """Return one of the tellings, more likely a late one; None where none will do."""
        some = sorted(filter(want, self.tellings.values()), key=lambda each: each.ms)
        return some[int(len(some) * random.random() ** 0.5)] if some else None

    def siblings(self, telling: Telling) -> list[Telling]:
        """Return all that tell the same story, and the telling itself; oldest first."""
        return sorted((t for t in self.tellings.values() if t.story == telling.story), key=lambda each: each.ms)

    def age_days(self, telling: Telling) -> float:
        """Return how old a telling is, in days."""
        return (self.now_ms - telling.ms) / DAY_MS


def _tell(archive: Archive, random: Random, ms: int, *, is_ours: bool = False) -> None:
    name = archive.name()
    source = "" if is_ours else f"https://{random.choice(SOURCES)}/{name}"
    categories = random.sample(archive.categories, 1 + (random.random() < 0.2))
    tags = random.sample(TAGS, random.randrange(3))
    archive.put(written(random, name, ms, source=source, categories=categories, tags=tags))


def _add(archive: Archive, random: Random) -> None:
    """Add a story that a source's bot fetched, sometimes a day after it appeared."""
    _tell(archive, random, archive.moment(random, days_ago=1.5 * (random.random() < 0.15)))


def _backdate(archive: Archive, random: Random) -> None:
    """Add a story from long ago."""
    _tell(archive, random, archive.moment(random, days_ago=random.randrange(30, 400)))


def _note(archive: Archive, random: Random) -> None:
    """Add what the archive's owner wrote, and what has no address of its own."""
    _tell(archive, random, archive.moment(random), is_ours=True)


def _table(archive: Archive, random: Random) -> None:
    """Let an address tell another story than before, as that of a monthly table does."""
    source = f"https://{SOURCES[0]}/table"
    ms = archive.moment(random)
    if all(
        abs(ms - one.ms) > 8 * DAY_MS for one in (*archive.tellings.values(), *archive.deleted) if one.source == source
    ):
        archive.put(written(random, archive.name(), ms, source=source, categories=["Science"], tags=["茶"]))


def _edit(archive: Archive, random: Random) -> None:
    """Add a paragraph to a telling."""
    one = archive.pick(random)
    if one:
        archive.change(one, paragraphs=(*one.paragraphs, words(random, one.script, 12)))


def _retitle(archive: Archive, random: Random) -> None:
    """Give a story another title, in all files that tell it."""
    one = archive.pick(random)
    if one:
        title = words(random, one.script, 5)
        for other in archive.siblings(one):
            archive.change(other, title=title)


def _retitle_one(archive: Archive, random: Random) -> None:
    """Give a story another title, in one of several files that tell it."""
    one = archive.pick(random, lambda each: each.is_retold)
    if one:
        archive.change(one, title=words(random, one.script, 5))


def _retag(archive: Archive, random: Random) -> None:
    """Give a telling other tags."""
    one = archive.pick(random)
    if one:
        archive.change(one, tags=tuple(random.sample(TAGS, random.randrange(3))))


def _refetch(archive: Archive, random: Random) -> None:
    """Fetch a story again on another day, as it was or longer, into another file."""
    days = random.choice((5, 40))
    one = archive.pick(random, lambda each: each.is_plain and archive.age_days(each) < days)
    if one:
        more = (words(random, one.script, 12),) if random.random() < 0.5 else ()
        archive.put(retold(one, archive.moment(random), more))


def _refetch_renewed(archive: Archive, random: Random) -> None:
    """Fetch a story again within the week, under a new title."""
    one = archive.pick(random, lambda each: each.is_plain and archive.age_days(each) < 4)
    if one:
        archive.put(replace(retold(one, archive.moment(random)), title=words(random, one.script, 5)))


def _refetch_older(archive: Archive, random: Random) -> None:
    """Add an older fetch of a story that is there already."""
    one = archive.pick(random, lambda each: each.is_plain)
    if one:
        first = archive.siblings(one)[0]
        archive.put(retold(first, archive.moment(random, days_ago=archive.age_days(first) + 4)))


def _move(archive: Archive, _: Random) -> None:
    """Move posts of more than two months ago to a folder of their year."""
    for one in list(archive.tellings.values()):
        if archive.age_days(one) > 60 and not one.path.startswith("posts/20"):
            year = datetime.fromtimestamp(one.ms // 1000, UTC).year
            archive.change(one, path=f"posts/{year}/{one.path.removeprefix('posts/')}")


def _rename(archive: Archive, random: Random) -> None:
    """Rename the file of a post that has a source."""
    _rename_file(archive, random, archive.pick(random, lambda each: bool(each.source)))


def _rename_note(archive: Archive, random: Random) -> None:
    """Rename the file of a post that has no source."""
    _rename_file(archive, random, archive.pick(random, lambda each: not each.source))


def _rename_file(archive: Archive, random: Random, one: Telling | None) -> None:
    if one:
        name = words(random, one.script, 2).replace(" ", "-")
        archive.change(one, path=f"{one.path.rpartition('/')[0]}/{name}.md")


def _rename_category(archive: Archive, _: Random) -> None:
    """Give all posts of a category another."""
    if len(archive.aliases) < len(RENAMES):
        old, new = RENAMES[len(archive.aliases)]
        archive.aliases[old] = new
        archive.categories = _renamed(archive.categories, old, new)
        for one in list(archive.tellings.values()):
            if old in one.categories:
                archive.change(one, categories=tuple(_renamed(one.categories, old, new)))


def _renamed(names: list[str] | tuple[str, ...], old: str, new: str) -> list[str]:
    return list(dict.fromkeys(new if name == old else name for name in names))


def _delete(archive: Archive, random: Random) -> None:
    """Delete a story, with all files that tell it."""
    one = archive.pick(random)
    for other in archive.siblings(one) if one else ():
        archive.deleted.append(archive.tellings.pop(other.path))


def _delete_later(archive: Archive, random: Random) -> None:
    """Delete the last of several files that tell a story."""
    _delete_one(archive, random, -1)


def _delete_first(archive: Archive, random: Random) -> None:
    """Delete the first of several files that tell a story."""
    _delete_one(archive, random, 0)


def _delete_one(archive: Archive, random: Random, at: int) -> None:
    one = archive.pick(random, lambda each: each.is_retold)
    told = archive.siblings(one) if one else []
    if len(told) > 1:
        del archive.tellings[told[at].path]


def _restore(archive: Archive, random: Random) -> None:
    """Bring a deleted story back, under the names that its categories have now."""
    if archive.deleted:
        story = random.choice(archive.deleted).story
        for one in [each for each in archive.deleted if each.story == story]:
            archive.deleted.remove(one)
            categories: list[str] | tuple[str, ...] = one.categories
            for old, new in archive.aliases.items():
                categories = _renamed(categories, old, new)
            archive.put(replace(one, categories=tuple(categories)))


def _every(steps: int, at: int) -> Callable[[int, Random], int]:
    return lambda number, _: number % steps == at


def _chance(times: float) -> Callable[[int, Random], int]:
    """Return how often a deed is done in a step: so many times on average, never in the first."""
    return lambda number, random: (int(times) + (random.random() < times % 1)) if number else 0


def _growth(number: int, random: Random) -> int:
    return random.randint(1, 10) if number else _FIRST_POSTS


#: by name: what is done, and how many times in the step of a number
DEEDS: dict[str, tuple[Callable[[Archive, Random], None], Callable[[int, Random], int]]] = {
    "add": (_add, _growth),
    "backdate": (_backdate, _chance(0.2)),
    "note": (_note, _chance(0.3)),
    "table": (_table, _every(12, 5)),
    "edit": (_edit, _chance(0.7)),
    "retitle": (_retitle, _chance(0.4)),
    "retitle-one": (_retitle_one, _chance(0.1)),
    "retag": (_retag, _chance(0.3)),
    "refetch": (_refetch, _chance(0.5)),
    "refetch-renewed": (_refetch_renewed, _chance(0.2)),
    "refetch-older": (_refetch_older, _chance(0.1)),
    "rename": (_rename, _chance(0.4)),
    "rename-note": (_rename_note, _chance(0.1)),
    "move": (_move, _every(15, 14)),
    "rename-category": (_rename_category, _every(40, 30)),
    "delete": (_delete, _chance(0.3)),
    "delete-later": (_delete_later, _chance(0.1)),
    "delete-first": (_delete_first, _chance(0.1)),
    "restore": (_restore, _chance(0.1)),
}
