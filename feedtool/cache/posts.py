"""The content of each post file, the stories of the posts, and the ids of stories.

A story is kept with the fields that feeds need, and with each of its terms, newest first. So a build reads only the
newest stories of each term, and never holds all posts. When a post is added, changed or removed, the stories of its key
are made again, and no others. A story can take over an id of an earlier build.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeAlias

from feedtool.cache.database import NAME, Cache
from feedtool.cache.files import Pending
from feedtool.cache.packing import dumped, packed, problems_of, short_id, shortened, whole_id
from feedtool.cache.serialise import post_at, short_mark, story_at, whole_mark
from feedtool.cache.waiting import Waiting
from feedtool.frozen import frozen, positional
from feedtool.model import Claim, Kind, Post, Story, times, utc
from feedtool.problems import Problem

#: kind and name
TermName: TypeAlias = tuple[Kind, str]
#: a post, with the digest of its file
PostAndDigest: TypeAlias = tuple[Post, bytes]

_CHUNK = 500
_NONE: Mapping[str, Claim] = MappingProxyType({})
#: see `serialise.story_at`
STORY = "SELECT story.no, id, story.published_ms, updated_ms, named, page FROM story"
_CLAIM = "SELECT id, COALESCE(root, id), story.published_ms, mark, told FROM story"
#: a story that claims an id
_CLAIMS = "(claimed = ? OR (claimed IS NULL AND id = ?))"


@frozen
class StoryRow:
    """A story as a row of the cache."""

    #: its id, unless an older story has that
    claimed: str
    id: str
    #: the id derived from what never changes
    root: str
    is_declared: bool
    #: see `feedtool.model.mark_of`, and `Claim.told`
    mark: str
    told: tuple[str, ...]
    published_ms: int
    updated_ms: int
    #: of its post; and the host of its source, or ""
    path: str
    host: str
    #: digest of all that its entry is made from, without rules and configuration
    version: bytes
    language: str
    #: that of its page; "" without one. And see `feedtool.model.Candidate`
    title: str
    letters: bytes
    terms: tuple[TermName, ...]
    #: see `serialise.terms_of`
    named: bytes | None
    problems: bytes | None
    #: of the page that feedtool makes for it, unless an older story has that; or ""
    folder: str
    #: packed names of the posts that its text may link to; None without any
    links: bytes | None


@frozen
class PostRow:
    """A post file as a row of the cache."""

    #: see `feedtool.build.git_index.blob_id`
    digest: bytes
    is_draft: bool = False
    problems: bytes | None = None
    #: see `serialise.post_text`; None if the file gives no entry
    post: str | None = None
    #: see `serialise.story_number`
    key: int | None = None
    published_ms: int | None = None
    expires_ms: int | None = None
    #: its story, if no other post has the same key; and the recordings beside it: see `feedtool.build.discovery`
    story: StoryRow | None = None
    beside: tuple[tuple[str, str], ...] = ()


@positional
class PageRow:
    """A story that has a page on the site."""

    id: str
    title: str
    #: the page's folder, and numbers of its terms
    page: str
    terms: tuple[int, ...]


class Changes:
    """Changes of posts; `settle` makes the stories of keys with several posts again."""

    def __init__(
        self, cache: Cache, *, merge: Callable[[Iterable[PostAndDigest]], list[StoryRow]],
        separate_ids: Callable[[str, Iterable[Iterable[PostAndDigest]]], list[StoryRow]], now_ms: int | None = None,
        claims: Collection[Claim] = (),
    ) -> None:  # fmt: skip
        """`merge` returns the stories of a key's posts; `separate_ids` those of several keys that claim one id.

        Posts that are dated after `now_ms`, or expired by then, are held back; with None, all are used. `claims`: of
        the stories that were published before; their posts are not held back for a date.
        """
        self._cache, self._db = cache, cache.db
        self._merge = merge
        self._separate_ids = separate_ids
        self._waiting = Waiting(cache.db, now_ms=now_ms, claims=claims, alone=self._alone)
        self._terms: dict[TermName, int] = {}
        #: how many stories more a term has in a month
        self._more: Counter[tuple[int, int]] = Counter()
        self._touched: set[int] = set()
        self._removed = False

    def put(self, file: Pending, row: PostRow) -> None:
        """Replace the row of a file."""
        if file.known:
            self.remove(file.known.no)
        # the next build tries again to read a file that could not be read
        stamp = file.stamp if row.digest else 0
        others = self._db.execute("SELECT 1 FROM post WHERE key = ? AND NOT is_held LIMIT 1", (row.key,)).fetchone()
        is_alone = others is None and row.key not in self._touched
        published_ms, story = row.published_ms, row.story
        is_held = published_ms is not None and story and self._waiting.holds(published_ms, row.expires_ms, story)
        no = self._db.execute(
            "INSERT INTO post VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (file.known and file.known.no, stamp, file.size, row.digest, row.is_draft, row.key, published_ms,
             row.expires_ms, bool(is_held), row.problems),
        ).lastrowid  # fmt: skip
        assert no
        self._cache.groups.put(no, file.path, file.name, row.post)
        if is_held and story:
            self._waiting.hold(no, story)
        if is_held or row.key is None:
            return
        if is_alone and story:
            self._keep(no, story)
        else:
            self._touched.add(row.key)

    def turn(self) -> bool:
        """Hold back the posts that have expired, and release those whose time has come; return whether there are any.

        Call it when all posts are put.
        """
        turned = self._waiting.turn()
        self._touched |= turned
        self._removed = self._removed or bool(turned)
        return bool(turned)

    def _alone(self, no: int, digest: bytes) -> StoryRow:
        """Return the story of a post without others."""
        return self._merge([(post_at(self._cache, no), digest)])[0]

    def remove(self, no: int) -> None:
        """Forget a file, by its row."""
        self._removed = True
        found = self._db.execute("SELECT key FROM post WHERE no = ?", (no,)).fetchone()
        if found and found[0] is not None:
            self._touched.add(found[0])
        self._forget("no = ?", no)
        for table in ("post", "waiting"):
            self._db.execute(f"DELETE FROM {table} WHERE no = ?", (no,))  # noqa: S608 - our own words
        self._cache.groups.remove(no)

    def settle(self) -> None:
        """Make the stories of all changed keys again."""
        self._settle()
        self._touched |= self._waiting.release()
        self._settle()
        self._cache.groups.save()
        _count(self._db, self._more)
        self._more.clear()
        if self._removed:
            self._db.execute("DELETE FROM term WHERE NOT EXISTS (SELECT 1 FROM carries WHERE carries.term = term.no)")
        self._terms.clear()

    def _settle(self) -> None:
        for key in sorted(self._touched):
            self._forget("no IN (SELECT no FROM post WHERE key = ?)", key)
            posts = self._posts(key)
            numbers = {post.path: no for no, (post, _) in posts.items()}
            for row in self._merge(posts.values()):
                self._keep(numbers[row.path], row)
        self._separate_rivals()
        self._touched.clear()

    def _posts(self, key: int) -> dict[int, PostAndDigest]:
        rows = self._db.execute("SELECT no, digest FROM post WHERE key = ? AND NOT is_held", (key,)).fetchall()
        return {no: (post_at(self._cache, no), digest) for no, digest in rows}

    def _keep(self, no: int, row: StoryRow) -> None:
        """Keep a story under the number of its post."""
        numbers = sorted({self._term(term) for term in row.terms})
        self._db.execute(
            "INSERT INTO story VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (no, shortened(row.id), _other(row.claimed, row.id), _other(row.root, row.id), row.is_declared,
             short_mark(row.mark), " ".join(row.told), row.published_ms, row.updated_ms, row.host,
             row.version, row.language, row.title, row.letters, dumped(numbers).encode(), row.named, row.problems,
             row.folder, row.folder, row.links),
        )  # fmt: skip
        self._db.execute("INSERT OR REPLACE INTO fresh VALUES (?)", (no,))
        carried = [(number, row.published_ms, no) for number in numbers]
        self._db.executemany("INSERT INTO carries VALUES (?, ?, ?)", carried)
        month = month_of(row.published_ms)
        self._more.update((number, month) for number in numbers)

    def _forget(self, where: str, *values: object) -> None:
        query = f"SELECT no, published_ms, terms FROM story WHERE {where}"  # noqa: S608 - our own words
        for no, published_ms, terms in self._db.execute(query, values).fetchall():
            carried = [(number, published_ms, no) for number in json.loads(terms)]
            self._db.executemany("DELETE FROM carries WHERE term = ? AND ms = ? AND story = ?", carried)
            month = month_of(published_ms)
            self._more.subtract((number, month) for number, *_ in carried)
            self._db.execute("DELETE FROM story WHERE no = ?", (no,))

    def _term(self, term: TermName) -> int:
        number = self._terms.get(term)
        if number is None:
            values = (term[0], packed(term[1]))
            self._db.execute("INSERT OR IGNORE INTO term VALUES (NULL, ?, ?)", values)
            found = self._db.execute("SELECT no FROM term WHERE kind = ? AND name = ?", values)
            number = self._terms[term] = int(found.fetchone()[0])
        return number

    def _separate_rivals(self) -> None:
        contested = self._db.execute(
            "SELECT id FROM story WHERE claimed IS NULL AND id IN (SELECT id FROM story JOIN fresh USING (no)) "
            "GROUP BY id HAVING COUNT(*) > 1 UNION SELECT claimed FROM story WHERE claimed IS NOT NULL"
        ).fetchall()
        for (claimed,) in contested:
            query = f"SELECT DISTINCT key FROM story JOIN post USING (no) WHERE {_CLAIMS} ORDER BY key"  # noqa: S608
            groups = [self._posts(key) for (key,) in self._db.execute(query, (claimed, claimed)).fetchall()]
            owners = {post.path: no for posts in groups for no, (post, _) in posts.items()}
            self._forget(_CLAIMS, claimed, claimed)
            for row in self._separate_ids(whole_id(claimed), [posts.values() for posts in groups]):
                self._keep(owners[row.path], row)


def month_of(milliseconds: int) -> int:
    """Return the month (UTC) of an instant, counted from the year 0."""
    moment = utc(milliseconds)
    return moment.year * 12 + moment.month - 1


def _count(db: sqlite3.Connection, more: Mapping[tuple[int, int], int]) -> None:
    """Count so many stories more, or fewer, of a term in a month: no build has to look at all stories for it."""
    query = (
        "INSERT INTO monthly VALUES (?, ?, ?) ON CONFLICT (term, month) DO UPDATE SET count = count + excluded.count"
    )
    db.executemany(query, [(*key, count) for key, count in more.items() if count])
    db.executemany("DELETE FROM monthly WHERE term = ? AND month = ? AND count = 0", more.keys())


def with_same_key(cache: Cache, name: str) -> tuple[Post, ...]:
    """Return the posts that have the same `story_key` as the post of that name, and this post; none if held back."""
    query = f"SELECT no FROM post WHERE NOT is_held AND key IN (SELECT key FROM post WHERE {NAME} = ? AND NOT is_held)"  # noqa: S608
    return tuple(post_at(cache, no) for (no,) in cache.db.execute(query, (name,)).fetchall())


def story_by_name(cache: Cache, name: str) -> Story:
    """Return the story that has its text from the post of that name. Raises LookupError."""
    row = cache.db.execute(f"{STORY} WHERE {NAME} = ?", (name,)).fetchone()
    if row is None:
        raise LookupError(name)
    return story_at(cache, *row)


def problems(cache: Cache) -> Iterator[Problem]:
    """Yield the problems of posts and stories."""
    for table in ("post", "story"):
        query = f"SELECT problems FROM {table} WHERE problems IS NOT NULL"  # noqa: S608
        for (content,) in cache.db.execute(query):
            yield from problems_of(content)


def counts(cache: Cache) -> tuple[int, int, int, int]:
    """Return the numbers of files, of drafts and held posts together, of other posts, and of stories."""
    query = (
        "SELECT (SELECT COUNT(*) FROM post), (SELECT COUNT(*) FROM post WHERE is_draft), "
        "(SELECT COUNT(*) FROM post WHERE is_held), "
        "(SELECT COUNT(*) FROM post WHERE key IS NOT NULL), (SELECT COUNT(*) FROM story)"
    )
    files, drafts, held, posts, stories = cache.db.execute(query).fetchone()
    return files, drafts + held, posts - held, stories


def claims(cache: Cache, ids: Collection[str], known: Mapping[str, Claim] = _NONE) -> Iterator[Claim]:
    """Yield the claims of the stories that have one of the ids; the `known` one of that id where it is equal."""
    wanted = {short_id(one): one for one in ids}
    for row in rows_of(cache, _CLAIM, wanted.keys()):
        one, (_, root, ms, mark, told) = known.get(wanted[row[0]]), row
        is_same = one and one.published_ms == ms and short_id(one.root) == root and one.mark == whole_mark(mark)
        yield one if one and is_same and " ".join(one.told) == told else _claim(*row)


def rows_of(cache: Cache, query: str, keys: Collection[Any], *values: object) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the stories whose first column is one of the keys; the query has these values."""
    # to search for a story takes three times as long as to pass it by
    if len(keys) * 3 > (cache.db.execute("SELECT MAX(no) FROM story").fetchone()[0] or 0):
        wanted = frozenset(keys)
        yield from (row for row in cache.db.execute(query, values) if row[0] in wanted)
        return
    column = query.split(maxsplit=2)[1].strip(",")
    left = iter(sorted(keys, key=lambda key: (isinstance(key, str), key)))
    while some := tuple(islice(left, _CHUNK)):
        yield from cache.db.execute(f"{query} WHERE {column} IN ({','.join('?' * len(some))})", (*values, *some))


def heir(cache: Cache, root: str) -> Claim | None:
    """Return the claim of the story whose derived id is this, unless its author declared another; or None."""
    where = "WHERE NOT declared AND (root = ? OR (root IS NULL AND id = ?))"
    row = cache.db.execute(f"{_CLAIM} {where}", (short_id(root),) * 2).fetchone()
    return _claim(*row) if row else None


def strays(cache: Cache, known: Container[str], *, fresh: bool) -> Iterator[Claim]:
    """Yield the claims of stories with other ids than these, unless their authors declared the ids.

    `fresh`: only of stories that this build made again.
    """
    where = "AND no IN (SELECT no FROM fresh)" if fresh else ""
    rows = cache.db.execute(f"{_CLAIM} WHERE NOT declared {where}")
    return (_claim(*row) for row in rows if whole_id(row[0]) not in known)


def is_declared(cache: Cache, entry_id: str) -> bool:
    """Return whether an author declared the id."""
    return bool(cache.db.execute("SELECT declared FROM story WHERE id = ?", (short_id(entry_id),)).fetchone()[0])


def name_of(cache: Cache, entry_id: str) -> str:
    """Return the name of the post of the story with the id."""
    query = f"SELECT {NAME} FROM story WHERE id = ?"  # noqa: S608 - our own words
    return str(cache.db.execute(query, (short_id(entry_id),)).fetchone()[0])


def _claim(entry_id: bytes | str, root: bytes | str, published_ms: int, mark: bytes | str, told: str) -> Claim:
    entry_id, root = whole_id(entry_id), whole_id(root)
    return Claim(id=entry_id, root=root, published_ms=published_ms, mark=whole_mark(mark), told=tuple(told.split()))


def _other(entry_id: str, own: str) -> bytes | str | None:
    return short_id(entry_id) if entry_id != own else None


def settle_pages(
    cache: Cache, taken: Collection[str], separate: Callable[[str, Iterable[str], Callable[[str], bool]], list[str]]
) -> None:
    """Give each story a page of its own where several would have one.

    `taken` are the folders that no page may have. `separate` returns the pages of the stories with these ids, the
    oldest first, that want one folder.
    """
    shared = {folder for (folder,) in cache.db.execute(_SHARED)}
    shared |= {folder for folder in taken if _has_page(cache, "folder", folder)}
    for folder in sorted(shared):
        query = "SELECT published_ms, id, no FROM story WHERE folder = ?"
        rows = sorted((ms, whole_id(own), no) for ms, own, no in cache.db.execute(query, (folder,)))
        cache.db.execute("UPDATE story SET page = '' WHERE folder = ?", (folder,))
        pages = separate(folder, [row[1] for row in rows], lambda page: page in taken or _has_page(cache, "page", page))
        given = zip(pages, [row[2] for row in rows], strict=True)
        cache.db.executemany("UPDATE story SET page = ? WHERE no = ?", given)


#: the folders that several stories would have, or would have had in an earlier build
_SHARED = (
    "SELECT folder FROM story WHERE folder != '' GROUP BY folder HAVING COUNT(*) > 1 "
    "UNION SELECT folder FROM story WHERE folder != '' AND page != folder"
)


def _has_page(cache: Cache, column: str, folder: str) -> bool:
    query = f"SELECT 1 FROM story WHERE {column} = ? AND {column} != ''"  # noqa: S608 - our own words
    return cache.db.execute(query, (folder,)).fetchone() is not None


def names(cache: Cache) -> dict[str, str]:
    """Return the names of the posts that the stories have their texts from, by id."""
    rows = cache.db.execute(f"SELECT id, {NAME} FROM story")  # noqa: S608
    return {whole_id(own): name for own, name in rows}


def pages(cache: Cache) -> list[PageRow]:
    """Return the stories that have a page, newest first."""
    query = (
        "SELECT id, title, page, terms FROM story WHERE page != '' "  # noqa: S608
        f"ORDER BY published_ms DESC, {NAME} DESC, id"
    )
    rows = cache.db.execute(query)
    return [PageRow(whole_id(entry_id), title, page, tuple(json.loads(terms))) for entry_id, title, page, terms in rows]


def rename(cache: Cache, takes: Mapping[str, Claim]) -> None:
    """Give the stories with these ids the ids and times of other claims."""
    query = "SELECT no FROM story WHERE id = ?"
    numbers = {own: cache.db.execute(query, (short_id(own),)).fetchone()[0] for own in takes}
    for own, known in takes.items():
        _rename(cache, numbers[own], known)


def _rename(cache: Cache, no: int, known: Claim) -> None:
    db = cache.db
    query = "SELECT id, root, claimed, published_ms, updated_ms, version, terms FROM story WHERE no = ?"
    own, root, claimed, published_ms, updated_ms, version, terms = db.execute(query, (no,)).fetchone()
    first_ms, last_ms = times(published_ms, updated_ms, known)
    version = hashlib.blake2b(f"{version.hex()} {known.id} {first_ms}".encode(), digest_size=12).digest()
    db.execute(
        "UPDATE story SET id = ?, root = ?, claimed = ?, published_ms = ?, updated_ms = ?, version = ? WHERE no = ?",
        (short_id(known.id), root or own, claimed or own, first_ms, last_ms, version, no),
    )
    more: Counter[tuple[int, int]] = Counter()
    for term in json.loads(terms):
        row = (first_ms, term, published_ms, no)
        db.execute("UPDATE carries SET ms = ? WHERE term = ? AND ms = ? AND story = ?", row)
        more[term, month_of(published_ms)] -= 1
        more[term, month_of(first_ms)] += 1
    _count(db, more)
