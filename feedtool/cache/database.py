"""The cache's file: its tables, opening and closing, its errors; and the digest of the program that it belongs to."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from feedtool.cache.packing import DamagedError, Groups, packed, proof, unpacked
from feedtool.frozen import positional

FILE_NAME = "cache.sqlite"
#: the cache and the files that SQLite puts beside it
CACHE_FILES = (FILE_NAME, f"{FILE_NAME}-journal", f"{FILE_NAME}-wal", f"{FILE_NAME}-shm")

#: SQLite's `application_id` of a cache: the letters "feed"
_MARK = 0x66656564

#: increased when the tables change
_VERSION = 22
_TABLES = """
CREATE TABLE memory (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE post (
    no INTEGER PRIMARY KEY, stamp INTEGER, size INTEGER, digest BLOB, is_draft INTEGER, key INTEGER,
    published_ms INTEGER, expires_ms INTEGER, is_held INTEGER, problems BLOB
);
CREATE INDEX post_unread ON post (no) WHERE stamp = 0;
CREATE INDEX post_key ON post (key) WHERE key IS NOT NULL;
CREATE INDEX post_published ON post (published_ms) WHERE NOT is_held AND key IS NOT NULL;
CREATE INDEX post_expires ON post (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE INDEX post_held ON post (published_ms, expires_ms, is_held) WHERE is_held;
CREATE INDEX post_draft ON post (is_draft) WHERE is_draft;
CREATE INDEX post_problems ON post (no) WHERE problems IS NOT NULL;
CREATE TABLE waiting (no INTEGER PRIMARY KEY, id, root, mark);
CREATE TABLE shelf (no INTEGER PRIMARY KEY, low BLOB, high BLOB, places BLOB, posts BLOB);
CREATE TABLE story (
    no INTEGER PRIMARY KEY, id, claimed, root, declared INTEGER, mark, told TEXT, published_ms INTEGER,
    updated_ms INTEGER, host TEXT, version BLOB, language TEXT, title TEXT, letters BLOB, terms BLOB, named BLOB,
    problems BLOB, folder TEXT, page TEXT, links BLOB
);
CREATE INDEX story_claimed ON story (claimed) WHERE claimed IS NOT NULL;
CREATE INDEX story_id ON story (id);
CREATE INDEX story_root ON story (root) WHERE root IS NOT NULL;
CREATE INDEX story_updated ON story (updated_ms) WHERE updated_ms != published_ms;
CREATE INDEX story_folder ON story (folder) WHERE folder != '';
CREATE INDEX story_page ON story (page) WHERE page != '';
CREATE INDEX story_problems ON story (no) WHERE problems IS NOT NULL;
CREATE TABLE term (no INTEGER PRIMARY KEY, kind TEXT, name TEXT, UNIQUE (kind, name));
CREATE TABLE carries (term INTEGER, ms INTEGER, story INTEGER, PRIMARY KEY (term, ms, story)) WITHOUT ROWID;
CREATE TABLE monthly (term INTEGER, month INTEGER, count INTEGER, PRIMARY KEY (term, month)) WITHOUT ROWID;
CREATE TABLE entry (
    key BLOB PRIMARY KEY, atom_size INTEGER, rss_size INTEGER, json_size INTEGER, problems BLOB, content TEXT,
    proof BLOB, squeezed BLOB
);
CREATE INDEX entry_facts ON entry (key, atom_size, rss_size, json_size, content, problems);
CREATE TABLE feed (folder TEXT PRIMARY KEY, key BLOB, count INTEGER) WITHOUT ROWID;
CREATE TABLE document (path TEXT PRIMARY KEY, digest TEXT, stamp TEXT) WITHOUT ROWID;
"""
#: as SQLite keeps them; an entry's long column comes last, since a later one would be read through it
_STATEMENTS = [statement.strip() for statement in _TABLES.split(";\n") if statement.strip()]
#: of a post, as its user knows it: see `feedtool.cache.packing.Groups`
NAME = "name_of(no)"
#: tables of one connection
_TEMPORARY = """
CREATE TEMP TABLE fresh (no INTEGER PRIMARY KEY);
CREATE TEMP TABLE lost (story INTEGER PRIMARY KEY);
"""

#: instructions of SQLite; a build of a million posts takes a twentieth, and a damaged file could ask for any number
_MOST_WORK, _STEP = 20_000_000_000, 100_000_000

#: a file up to which nobody minds free space in it
_FEW_PAGES = 250

#: errors of the disk or of other processes, not of the file: https://www.sqlite.org/rescode.html
_PASSING = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
}  # fmt: skip

#: libraries whose releases may change the output
_LIBRARIES = (
    "beautifulsoup4", "brotli", "charset_normalizer", "docutils", "feedgen", "jinja2", "lxml", "markdown",
    "markdown_it_py", "mdit_py_plugins", "mdurl", "nh3", "pygments", "pymdown_extensions", "python_dateutil",
    "python_frontmatter", "pyyaml", "soupsieve", "tzdata",
)  # fmt: skip
_SOURCES = (".py", ".toml", ".html", ".css", ".js")


class CacheError(Exception):
    """The file cannot be used as a cache; the message says why. A build can do without it."""

    def __init__(self, reason: str, *, is_damaged: bool = False) -> None:
        super().__init__(reason)
        #: whether the file must be deleted
        self.is_damaged = is_damaged


@positional
class Cache:
    """An open cache."""

    path: Path
    db: sqlite3.Connection
    #: see `feedtool.cache.packing.proof`
    secret: bytes
    #: path, name and content of each file
    groups: Groups
    #: whether it was empty when it was opened
    is_new: bool

    def recall(self, name: str) -> Any:  # noqa: ANN401 - lists and texts
        """Return the value that `remember` kept under the name, or None."""
        row = self.db.execute("SELECT value FROM memory WHERE name = ?", (name,)).fetchone()
        return unpacked(row[0]) if row else None

    def remember(self, name: str, value: object) -> None:
        """Keep a value of lists, tables and plain values under the name."""
        self.db.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (name, packed(value)))

    def seal(self, value: object) -> str:
        """Return what shows that a build of this user's left the value."""
        return proof(self.secret, packed(value)).hex()

    def save(self) -> None:
        """Commit, so that all changes outlast this process and other processes see them."""
        self.db.execute("COMMIT")
        self.db.execute("BEGIN IMMEDIATE")


@contextmanager
def opened(path: Path, *, engine: str, secret: bytes, is_passing: bool = False) -> Iterator[Cache]:
    """Give the cache of a file, which is created if necessary and emptied if it is from another engine.

    `secret`: what no stranger knows, by which entries that were put there are known again. `is_passing`: the file is
    deleted after its use, so that nothing waits for the disk.

    Raises CacheError, also if the file proves to be damaged, full or locked while it is used.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CacheError(error.strerror or str(error)) from error
    try:
        with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as db:
            _prepare(db, "OFF" if is_passing else "NORMAL")
            cache = Cache(path, db, secret, Groups(db), is_new=False)
            if not _is_laid_out(db) or cache.recall("engine") != engine:
                _lay_out(db)
                cache.remember("engine", engine)
                cache = replace(cache, is_new=True)
            yield cache
            db.execute("COMMIT")
            _shrink(db)
    except (sqlite3.Error, DamagedError) as error:
        raise failure(error) from error


def _shrink(db: sqlite3.Connection) -> None:
    """Give back the space of a file of which more than half is free, such as after a new release emptied it."""
    free, pages = (int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("freelist_count", "page_count"))
    if pages > _FEW_PAGES and 2 * free > pages:
        with suppress(sqlite3.Error):  # for lack of room: the cache is whole, and stays large
            db.execute("VACUUM")


@contextmanager
def glanced(path: Path, *, engine: str, secret: bytes) -> Iterator[Cache]:
    """Give the cache of a file that is there, to read only, and not while it is being written.

    Raises CacheError, also if the file is not as this engine left it.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=0)) as db:
            db.execute("PRAGMA trusted_schema = OFF")
            cache = Cache(path, db, secret, Groups(db), is_new=False)
            if not _is_laid_out(db) or cache.recall("engine") != engine:
                raise CacheError("the file is of another release")
            yield cache
    except (sqlite3.Error, DamagedError) as error:
        raise failure(error) from error


def failure(error: Exception) -> CacheError:
    """Return the CacheError for an error of SQLite, or for a damaged value."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return CacheError(str(error), is_damaged=code not in _PASSING)


def _prepare(db: sqlite3.Connection, synchronous: str) -> None:
    # NORMAL: a killed process loses nothing; a machine that stops may lose the last build, but no more
    synchronous = f"synchronous = {synchronous}"
    for setting in (synchronous, "cache_size = -4096", "temp_store = FILE", "trusted_schema = OFF"):
        db.execute(f"PRAGMA {setting}")
    steps = count(1)
    db.set_progress_handler(lambda: next(steps) > _MOST_WORK // _STEP, _STEP)
    db.executescript(_TEMPORARY)
    db.execute("BEGIN IMMEDIATE")
    if db.execute("PRAGMA application_id").fetchone()[0] != _MARK and not _is_of_earlier_version(_schema(db)):
        raise CacheError("the file belongs to another program")


def _is_laid_out(db: sqlite3.Connection) -> bool:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    return version == _VERSION and sorted(_schema(db).values()) == sorted(_STATEMENTS)


def _schema(db: sqlite3.Connection) -> dict[tuple[str, str], str]:
    """Return the statement of each table, index, view and trigger, by kind and name."""
    rows = db.execute("SELECT type, name, sql FROM main.sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {(kind, name): sql for kind, name, sql in rows}


def _is_of_earlier_version(schema: Collection[tuple[str, str]]) -> bool:
    """Return whether a file without our mark is new, or a cache of the versions that set none."""
    return not schema or {("table", name) for name in ("memory", "post", "story", "carries")} <= {*schema}


def _lay_out(db: sqlite3.Connection) -> None:
    """Drop all that is there, and create all tables again, empty."""
    for kind, name in sorted(_schema(db), reverse=True):  # views and triggers before the tables that they are about
        if kind != "index":
            quoted = name.replace('"', '""')
            db.execute(f'DROP {kind} IF EXISTS "{quoted}"')
    for statement in _STATEMENTS:
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute(f"PRAGMA application_id = {_MARK}")


@cache
def engine(folders: tuple[str, ...]) -> str:
    """Return a digest of this program's files and of the versions of its libraries.

    Beside posts and configuration, these decide the bytes of the output. `folders` are where libraries are installed,
    as in sys.path. A process reads them once: what it has imported stays as it is.
    """
    digest = hashlib.blake2b(repr(sys.version_info).encode(), digest_size=16)
    for name in sorted(set(_installed(folders))):
        digest.update(name.encode("utf-8", "surrogateescape"))
    package = str(Path(__file__).parents[1])
    for name in sorted(f"{folder}/{name}" for folder, _, names in os.walk(package) for name in names):
        if not name.endswith(_SOURCES):
            continue
        digest.update(name.removeprefix(package).encode("utf-8", "surrogateescape"))
        with open(name, "rb", buffering=0) as file:  # noqa: PTH123 - at every start
            digest.update(file.read())
    return digest.hexdigest()


def _installed(folders: Iterable[str]) -> Iterable[str]:
    """Yield the names of the libraries' metadata folders, which have name and version."""
    for folder in folders:
        try:
            names = os.listdir(folder)  # noqa: PTH208 - names are all that is needed
        except OSError:
            continue  # not a folder, such as a zip file: the versions in it are unknown
        for name in names:
            if name.endswith(".dist-info") and name.lower().replace("-", "_").startswith(_LIBRARIES):
                yield name
