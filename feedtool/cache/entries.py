"""Rendered entries, each under the digest of all that it was made from; and requests for the entries of stories."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import field, replace
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias

from feedtool.cache.database import NAME, Cache, failure
from feedtool.cache.packing import DamagedError, packed, packed_problems, problems_of, proof, unpacked
from feedtool.cache.posts import STORY, rows_of
from feedtool.cache.serialise import Shelf, entry_in, rendered_in, squeezed
from feedtool.frozen import frozen, positional
from feedtool.model import Entry, Format, Fragment, Story
from feedtool.problems import Problem

#: name -> path and address of each post of this name
Links: TypeAlias = Mapping[str, tuple[tuple[str, str], ...]]

#: without the rows, of which each is a page of the disk
_FACTS = "wanted JOIN entry INDEXED BY entry_facts ON entry.key = wanted.key"
_IS_MISSING = "NOT EXISTS (SELECT 1 FROM entry WHERE entry.key = wanted.key)"


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
    #: of its post
    name: str
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


@positional
class Edited:
    """An entry whose content is not the published one."""

    id: str
    key: bytes
    #: as it was published
    updated_ms: int
    #: as its posts say
    said_ms: int
    version: bytes
    host: str
    #: of its post's file
    path: str


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
) -> None:  # fmt: skip
    """Request the entries of stories, each with the time of its last change that is known, or that its posts tell.

    A time after `now_ms` is not used.
    `find` returns the posts with these names, to which texts may link. Raises DamagedError for a story that is not from
    one of the `paths`, those of the files that this run found.
    """
    db = cache.db
    db.execute("DELETE FROM wanted")
    said = "CASE WHEN updated_ms > ? THEN story.published_ms ELSE updated_ms END"
    query = f"SELECT id, story.no, version, page, host, {said}, path, links, story.published_ms, {NAME} "
    query += "FROM story JOIN post ON post.no = story.post"
    found = sorted(rows_of(cache, query, ids, now_ms), key=itemgetter(0))
    if len(found) < len(ids):
        raise DamagedError("a story is missing")
    rows = []
    linked: list[tuple[str, list[str]]] = []
    for entry_id, no, version, page, host, said_ms, path, links, published_ms, name in found:
        if path.decode("utf-8", "surrogateescape") not in paths:
            raise DamagedError("it names a post that is not there")
        updated_ms, content = known.get(entry_id, (said_ms, ""))
        whole = version + page.encode()
        made_as = key(whole, host, updated_ms)
        rows.append((entry_id, made_as, no, updated_ms, content, whole, None, published_ms, name))
        linked += [(entry_id, unpacked(links))] if links else []
    db.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    targets = find({name for _, names in linked for name in names}) if linked else {}
    for entry_id, names in linked:
        if own := {name: targets[name] for name in names if name in targets}:
            _link(cache, entry_id, own, key)


def _link(cache: Cache, entry_id: str, links: Links, key: KeyOf) -> None:
    """Request an entry with the posts that its text may link to, of which it is made too."""
    query = "SELECT wanted.version, host, wanted.updated_ms, wanted.name FROM wanted JOIN story ON no = story "
    query += "WHERE wanted.id = ?"
    version, host, updated_ms, name = cache.db.execute(query, (entry_id,)).fetchone()
    kept = packed(links)
    # by its own path, links such as `../tea.md` lead to other posts
    version = hashlib.blake2b(version + kept + name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    row = (key(version, host, updated_ms), version, kept, entry_id)
    cache.db.execute("UPDATE wanted SET key = ?, version = ?, links = ? WHERE id = ?", row)


def addresses(
    cache: Cache, wanted: Collection[str], names: Callable[[str], set[str]], address: Callable[[Story], str]
) -> Iterator[tuple[str, str]]:
    """Yield path and address of each story's post that has a wanted name; `names` returns those of a path."""
    query = f"SELECT story.no, {NAME} FROM story JOIN post ON post.no = story.post"  # noqa: S608
    own = [no for no, path in cache.db.execute(query) if not names(path).isdisjoint(wanted)]
    shelf = Shelf(cache.db)
    for no in own:
        story = shelf.story(*cache.db.execute(f"{STORY} WHERE no = ?", (no,)).fetchone())
        yield story.post.path, address(story)


def updated_later(cache: Cache, now_ms: int) -> list[tuple[str, int]]:
    """Return name and time of the posts that say that they were updated later, by time."""
    query = (
        f"SELECT {NAME} AS own, updated_ms FROM story JOIN post ON post.no = story.post "  # noqa: S608
        "WHERE updated_ms > ? AND updated_ms != story.published_ms ORDER BY updated_ms, own"
    )
    return cache.db.execute(query, (now_ms,)).fetchall()


def edited(cache: Cache) -> list[Edited]:
    """Return the requested entries whose content is another than the known one, oldest first."""
    query = (
        "SELECT wanted.id, wanted.key, wanted.updated_ms, story.updated_ms, wanted.version, story.host, path "  # noqa: S608
        f"FROM {_FACTS} JOIN story ON story.no = wanted.story JOIN post ON post.no = story.post "
        "WHERE wanted.content != '' AND entry.content != wanted.content ORDER BY story.published_ms, wanted.id"
    )
    return [
        Edited(entry_id, key, updated_ms, said_ms, version, host, path.decode("utf-8", "surrogateescape"))
        for entry_id, key, updated_ms, said_ms, version, host, path in cache.db.execute(query).fetchall()
    ]


def redate(cache: Cache, one: Edited, key: bytes, updated_ms: int) -> None:
    """Request an entry under another key, with another time of its last change."""
    cache.db.execute("UPDATE wanted SET key = ?, updated_ms = ? WHERE id = ?", (key, updated_ms, one.id))


def missing(cache: Cache) -> Iterator[EntryRequest]:
    """Yield the requests without an entry; entries may be put meanwhile."""
    shelf = Shelf(cache.db)
    # as posts stand on their shelf, each group of which takes a while to open
    query = "SELECT wanted.id FROM wanted JOIN story ON story.no = wanted.story "
    ids = cache.db.execute(f"{query} WHERE {_IS_MISSING} ORDER BY story.post, wanted.id").fetchall()
    for row in ids:
        yield _request(cache, shelf, *row)


def _request(cache: Cache, shelf: Shelf, entry_id: str) -> EntryRequest:
    query = (
        "SELECT wanted.key, path, digest, wanted.links, post.no, story.id, story.published_ms, wanted.updated_ms, "
        "named, page FROM wanted JOIN story ON story.no = wanted.story JOIN post ON post.no = story.post "
        "WHERE wanted.id = ?"
    )
    key, path, digest, links, *fields = cache.db.execute(query, (entry_id,)).fetchone()
    return EntryRequest(
        key=key, path=path.decode("utf-8", "surrogateescape"), digest=digest, story=shelf.story(*fields),
        links=unpacked(links) if links else {},
    )  # fmt: skip


def count_missing(cache: Cache) -> int:
    """Return how many entries have to be made."""
    return int(cache.db.execute(f"SELECT COUNT(*) FROM wanted WHERE {_IS_MISSING}").fetchone()[0])  # noqa: S608


def as_kept(entry: Entry, fragment: Fragment, problems: Iterable[Problem]) -> Rendered:
    """Return a rendered entry as the cache keeps it."""
    return Rendered(
        atom_size=len(fragment.atom),
        rss_size=len(fragment.rss),
        json_size=len(fragment.json),
        problems=packed_problems(problems),
        squeezed=squeezed(entry, fragment),
        content=content_of(entry),
    )


def put(cache: Cache, key: bytes, entry: Rendered, *, is_ours: bool = True) -> None:
    """Keep an entry; not `is_ours`: made of one that somebody left in the cache who does not know the secret."""
    seal = proof(cache.secret, key, entry.squeezed) if is_ours else b""
    row = (key, entry.atom_size, entry.rss_size, entry.json_size, entry.problems, entry.content, seal, entry.squeezed)
    cache.db.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def kept(cache: Cache) -> dict[str, EntryInfo]:
    """Return the requested entries that are in the cache, by id."""
    query = (
        "SELECT wanted.id, wanted.key, MAX(atom_size, rss_size, json_size), published_ms, wanted.updated_ms, "  # noqa: S608
        f"name, entry.content FROM {_FACTS}"
    )
    return {row[0]: EntryInfo(*row) for row in cache.db.execute(query)}


def problems(cache: Cache) -> Iterator[Problem]:
    """Yield the problems of the requested entries."""
    query = f"SELECT entry.problems, name FROM {_FACTS} WHERE entry.problems IS NOT NULL"  # noqa: S608
    for content, name in cache.db.execute(query):
        yield from problems_of(content, name)


def drop(cache: Cache, keys: Iterable[bytes]) -> None:
    """Forget entries."""
    cache.db.executemany("DELETE FROM entry WHERE key = ?", ((key,) for key in keys))


def keys_of(cache: Cache, ids: Iterable[str]) -> list[bytes]:
    """Return the keys of requested entries."""
    query = "SELECT key FROM wanted WHERE id = ?"
    return [cache.db.execute(query, (entry_id,)).fetchone()[0] for entry_id in ids]


def problems_with(cache: Cache, one: Edited) -> tuple[Problem, ...]:
    """Return the problems of an entry."""
    (content,) = cache.db.execute("SELECT problems FROM entry WHERE key = ?", (one.key,)).fetchone()
    return problems_of(content)


def has(cache: Cache, key: bytes) -> bool:
    """Return whether the cache has an entry."""
    return cache.db.execute("SELECT 1 FROM entry WHERE key = ?", (key,)).fetchone() is not None


def forget(cache: Cache, used: Iterable[bytes]) -> None:
    """Drop all entries but the requested ones and those with these keys."""
    cache.db.executemany("INSERT INTO wanted (id, key) VALUES (?, ?)", ((f" {key.hex()}", key) for key in used))
    cache.db.execute("DELETE FROM entry WHERE key NOT IN (SELECT key FROM wanted WHERE key IS NOT NULL)")


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
        entry, fragment = rendered_in(content)
        return entry, replace(fragment, id=entry_id)

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
