"""newsboat: a reader for the terminal, with its cache in SQLite (newsboat.org).

It has one entry for each id, whatever the number of feeds that hold it: the last feed that was read has it. So every
feed gets a newsboat of its own here, or all but one would look empty.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from .running import first_number, run
from .stored import XML, Reader, ReaderError, Stored


def _poll(urls: Sequence[str], home: Path) -> list[Stored]:
    return [each for url in urls for each in _poll_one(url, home / quote(url, safe=""))]


def _poll_one(url: str, home: Path) -> list[Stored]:
    home.mkdir(parents=True, exist_ok=True)
    (home / "urls").write_text(f"{url}\n")
    (home / "settings").write_text("auto-reload no\nuse-proxy no\n")
    cache, log = home / "cache.db", home / "newsboat.log"
    log.unlink(missing_ok=True)
    files = ("-u", str(home / "urls"), "-c", str(cache), "-C", str(home / "settings"))
    # level 2: errors of the user and of the program
    run("newsboat", *files, "-d", str(log), "-l", "2", "-x", "reload", home=home)
    if log.exists() and (said := log.read_text(errors="replace").strip()):
        raise ReaderError(f"newsboat: {said[-2000:]}")
    with closing(sqlite3.connect(cache)) as db:
        rows = db.execute("SELECT feedurl, guid, title, url, pubDate, author, content FROM rss_item WHERE deleted = 0")
        return [
            Stored(feed=feed, id=guid, title=title, link=link, published=int(date), author=author, content=content)
            for feed, guid, title, link, date, author, content in rows
        ]


READER = Reader(
    name="newsboat",
    install="apt-get install newsboat",
    forms=XML,
    version=lambda: first_number("newsboat", "--version"),
    poll=_poll,
)
