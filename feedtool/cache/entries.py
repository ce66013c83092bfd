"""Rendered entries, each under the digest of all that it was made from; and requests for the entries of stories."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import TypeAlias

from feedtool.cache.database import NAME, Cache, failure
from feedtool.cache.packing import (
    DamagedError,
    packed,
    packed_problems,
    problems_of,
    proof,
    short_id,
    unpacked,
    whole_id,
)
from feedtool.cache.posts import STORY, rows_of
from feedtool.cache.serialise import entry_in, rendered_in, squeezed, story_at
from feedtool.frozen import frozen, positional
from feedtool.model import Entry, Format, Fragment, Story
from feedtool.problems import Problem

#: name -> path and address of each post of this name
Links: TypeAlias = Mapping[str, tuple[tuple[str, str], ...]]


@positional
class Wanted:
    """A request for the entry of a story."""

    id: str
    key: bytes
    #: number of the story and its post
    no: int
    published_ms: int
    #: as it is known, or said
    updated_ms: int
    #: as its posts say
    said_ms: int
    #: the known one: see `content_of`
    content: str
    version: bytes
    host: str
    links: Links


@frozen
class EntryRequest:
    """A story whose entry a feed needs, and the file of its post."""

    key: bytes
    path: str
    #: of the file's bytes when its header was read
    digest: bytes
    story: Story
    #: the posts that its text may link to: see `feedtool.reader.targets`
    links: Links = field(default_factory=dict)


@positional
class EntryInfo:
    """An entry that a feed may hold, without its content."""

    id: str
    key: bytes
    #: bytes in its largest format
    size: int
    published_ms: int
    updated_ms: int
    #: number of its story and post
    no: int
    #: see `content_of`
    content: str
    #: when it came to an archived feed: see `feeds.archives`
    came_ms: int = 0


@frozen
class Rendered:
    """A rendered entry as the cache keeps it."""

    #: bytes in each format
    atom_size: int
    rss_size: int
    json_size: int
    problems: bytes | None
    #: see `feedtool.cache.serialise`
    squeezed: bytes
    #: see `content_of`
    content: str


#: a story's version, host and time of its last change -> the key of its entry
KeyOf: TypeAlias = Callable[[bytes, str, int], bytes]
#: entry ids -> when the entries changed last, and their contents then
Known: TypeAlias = Mapping[str, tuple[int, str]]


def content_of(entry: Entry) -> str:
    """Return a digest of what a subscriber reads, in hexadecimal digits."""
    return hashlib.blake2b(packed([entry.title, entry.content_html]), digest_size=8).hexdigest()


def want(
    cache: Cache, ids: Collection[str], key: KeyOf, known: Known, paths: Container[str],
    find: Callable[[set[str]], Links], *, now_ms: int,
) -> Requests:  # fmt: skip
    """Request the entries of stories, each with the time of its last change that is known, or that its posts tell.

    A time after `now_ms` is not used.
    `find` returns the posts with these names, to which texts may link. `paths` are those of the files that this run
    found.
    """
    query = "SELECT id, no, published_ms, updated_ms, version, page, host, links FROM story"
    rows: dict[str, Wanted] = {}
    linked: dict[str, list[str]] = {}
    keys = {*map(short_id, ids)}
    for own, no, published_ms, said_ms, version, page, host, links in rows_of(cache, query, keys):
        entry_id = whole_id(own)
        updated_ms, content = known.get(entry_id) or (published_ms if said_ms > now_ms else said_ms, "")
        whole = version + page.encode()
        rows[entry_id] = Wanted(
            entry_id, key(whole, host, updated_ms), no, published_ms, updated_ms, said_ms, content, whole, host, {},
        )  # fmt: skip
        if links:
            linked[entry_id] = unpacked(links)
    if len(rows) < len(ids):
        raise DamagedError("a story is missing")
    targets = find({name for names in linked.values() for name in names}) if linked else {}
    for entry_id, names in linked.items():
        if own := {name: targets[name] for name in names if name in targets}:
            rows[entry_id] = _linked(rows[entry_id], cache.groups.name(rows[entry_id].no), own, key)
    return Requests(cache, rows, paths)


def _linked(one: Wanted, name: str, links: Links, key: KeyOf) -> Wanted:
    """Return a request with the posts that its text may link to, of which it is made too."""
    # by its own name, links such as `../tea.md` lead to other posts
    parts = one.version + packed(links) + name.encode("utf-8", "surrogatepass")
    version = hashlib.blake2b(parts, digest_size=12).digest()
    return replace(one, version=version, links=links, key=key(version, one.host, one.updated_ms))


class Requests:
    """Requests for entries, and what the cache knows of those that it has."""

    def __init__(self, cache: Cache, wanted: dict[str, Wanted], paths: Container[str]) -> None:
        self._cache = cache
        self._wanted = wanted
        self._paths = paths
        # without the rows, of which each is a page of the disk
        query = "SELECT key, MAX(atom_size, rss_size, json_size), content, problems FROM entry INDEXED BY entry_facts"
        #: by key: bytes in the largest format, content, and packed problems
        self._facts: dict[bytes, tuple[int, str, bytes | None]] = {row[0]: row[1:] for row in cache.db.execute(query)}

    def key(self, entry_id: str) -> bytes:
        """Return the key of a requested entry."""
        return self._wanted[entry_id].key

    def missing(self) -> list[Wanted]:
        """Return those without an entry, as posts stand on their shelf: to open a group takes a while."""
        return sorted((one for one in self._wanted.values() if one.key not in self._facts), key=lambda one: one.no)

    def path(self, one: Wanted) -> str:
        """Return the path of a requested entry's post. Raises DamagedError if this run did not find such a file."""
        path = self._cache.groups.place(one.no)[0]
        if path not in self._paths:
            raise DamagedError("it names a post that is not there")
        return path

    def described(self, missing: Iterable[Wanted]) -> Iterator[EntryRequest]:
        """Yield each with its story; entries may be put meanwhile."""
        db = self._cache.db
        query = "SELECT digest, named, page FROM story JOIN post USING (no) WHERE no = ?"
        for one in missing:
            digest, named, page = db.execute(query, (one.no,)).fetchone()
            story = story_at(self._cache, one.no, one.id, one.published_ms, one.updated_ms, named, page)
            yield EntryRequest(key=one.key, path=self.path(one), digest=digest, story=story, links=one.links)

    def put(self, key: bytes, entry: Rendered, *, is_ours: bool = True) -> None:
        """Keep an entry: see `put`."""
        put(self._cache, key, entry, is_ours=is_ours)
        self._facts[key] = max(entry.atom_size, entry.rss_size, entry.json_size), entry.content, entry.problems

    def has(self, key: bytes) -> bool:
        """Return whether the cache has an entry."""
        return key in self._facts

    def edited(self) -> list[Wanted]:
        """Return those whose content is another than the known one, oldest first."""
        differs = (
            one
            for one in self._wanted.values()
            if one.content and one.key in self._facts and self._facts[one.key][1] != one.content
        )
        return sorted(differs, key=lambda one: (one.published_ms, one.id))

    def redate(self, one: Wanted, key: bytes, updated_ms: int) -> None:
        """Request an entry under another key, with another time of its last change."""
        self._wanted[one.id] = replace(one, key=key, updated_ms=updated_ms)

    def problems(self, one: Wanted | None = None) -> Iterator[Problem]:
        """Yield the problems of an entry, or those of all with the present names of their posts."""
        for each in self._wanted.values() if one is None else (one,):
            if (facts := self._facts.get(each.key)) and facts[2]:
                yield from problems_of(facts[2], self._cache.groups.name(each.no))

    def kept(self) -> dict[str, EntryInfo]:
        """Return the entries that are in the cache, by id; note the stories of the others as lost."""
        found: dict[str, EntryInfo] = {}
        lost: list[tuple[int]] = []
        for entry_id, one in self._wanted.items():
            if facts := self._facts.get(one.key):
                found[entry_id] = EntryInfo(
                    entry_id, one.key, facts[0], one.published_ms, one.updated_ms, one.no, facts[1]
                )
            else:
                lost.append((one.no,))
        self._cache.db.execute("DELETE FROM lost")
        self._cache.db.executemany("INSERT INTO lost VALUES (?)", lost)
        return found

    def forget_others(self, used: Iterable[bytes]) -> None:
        """Drop all entries but these and those with other keys in use."""
        drop(self._cache, self._facts.keys() - {one.key for one in self._wanted.values()} - {*used})


def addresses(
    cache: Cache, wanted: Collection[str], names: Callable[[str], set[str]], address: Callable[[Story], str]
) -> Iterator[tuple[str, str]]:
    """Yield path and address of each story's post that has a wanted name; `names` returns those of a path."""
    query = f"SELECT no, {NAME} FROM story"  # noqa: S608
    own = [no for no, path in cache.db.execute(query) if not names(path).isdisjoint(wanted)]
    for no in own:
        story = story_at(cache, *cache.db.execute(f"{STORY} WHERE no = ?", (no,)).fetchone())
        yield story.post.path, address(story)


def updated_later(cache: Cache, now_ms: int) -> list[tuple[str, int]]:
    """Return name and time of the posts that say that they were updated later, by time."""
    query = (
        f"SELECT {NAME} AS own, updated_ms FROM story "  # noqa: S608
        "WHERE updated_ms > ? AND updated_ms != published_ms ORDER BY updated_ms, own"
    )
    return cache.db.execute(query, (now_ms,)).fetchall()


def as_kept(entry: Entry, fragment: Fragment, problems: Iterable[Problem]) -> Rendered:
    """Return a rendered entry as the cache keeps it."""
    return Rendered(
        atom_size=len(fragment.of("atom")),
        rss_size=len(fragment.of("rss")),
        json_size=len(fragment.of("json")),
        problems=packed_problems(problems),
        squeezed=squeezed(entry, fragment),
        content=content_of(entry),
    )


def put(cache: Cache, key: bytes, entry: Rendered, *, is_ours: bool = True) -> None:
    """Keep an entry; not `is_ours`: made of one that somebody left in the cache who does not know the secret."""
    seal = proof(cache.secret, key, entry.squeezed) if is_ours else b""
    row = (key, entry.atom_size, entry.rss_size, entry.json_size, entry.problems, entry.content, seal, entry.squeezed)
    cache.db.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def drop(cache: Cache, keys: Iterable[bytes]) -> None:
    """Forget entries."""
    cache.db.executemany("DELETE FROM entry WHERE key = ?", ((key,) for key in keys))


def has(cache: Cache, key: bytes) -> bool:
    """Return whether the cache has an entry."""
    return cache.db.execute("SELECT 1 FROM entry WHERE key = ?", (key,)).fetchone() is not None


@positional
class EntryReader:
    """Reads entries, also in other processes."""

    db: sqlite3.Connection
    #: see `feedtool.cache.packing.proof`
    secret: bytes

    def sizes(self, key: bytes) -> dict[Format, int]:
        """Return the bytes of an entry by format."""
        atom, rss, json = self._row("atom_size, rss_size, json_size", key)
        return {"atom": int(atom), "rss": int(rss), "json": int(json)}

    def entry(self, key: bytes) -> Entry:
        """Return an entry."""
        return entry_in(self._row("squeezed", key)[0])

    def rendered(self, key: bytes, entry_id: str) -> tuple[Entry, Fragment | None]:
        """Return an entry; and rendered, unless the row is from somebody who does not know the secret."""
        content, seal = self._row("squeezed, proof", key)
        if seal != proof(self.secret, key, content):
            return entry_in(content), None
        return rendered_in(content, entry_id)

    def _row(self, columns: str, key: bytes) -> tuple:  # type: ignore[type-arg]
        row = self.db.execute(f"SELECT {columns} FROM entry WHERE key = ?", (key,)).fetchone()  # noqa: S608
        if row is None:
            raise DamagedError("an entry is missing")
        return row  # type: ignore[no-any-return]


@contextmanager
def entry_reader(path: Path, secret: bytes) -> Iterator[EntryReader]:
    """Open a cache's file only to read its entries. Raises CacheError."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            yield EntryReader(db, secret)
    except (sqlite3.Error, DamagedError) as error:
        raise failure(error) from error
