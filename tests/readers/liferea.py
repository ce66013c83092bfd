"""Liferea: a reader for the desktop, with its database in SQLite (lzone.de/liferea); here on a display that nobody sees.

It asks without validators after each start, which is what a poll is here.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO
from xml.sax.saxutils import quoteattr

from .running import PATIENCE, environment, first_number
from .stored import XML, Reader, ReaderError, Stored

#: what the menu's "Update all" does, as soon as it listens
_SCRIPT = """
liferea --debug-update --mainwindow-state=hidden &
gdbus wait --session --timeout 30 org.gnome.feed.Reader
gdbus call --session --dest org.gnome.feed.Reader --object-path /org/gnome/feed/Reader \\
  --method org.gnome.feed.Reader.Refresh
wait
"""
_COMMAND = ("xvfb-run", "-a", "dbus-run-session", "--", "sh", "-c", _SCRIPT)
#: seconds
_FAREWELL = 5
#: it says this of every feed that it has read
_READ = b"new items"
_SETTINGS = {
    "GSETTINGS_BACKEND": "memory",
    "NO_AT_BRIDGE": "1",
    "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # no page is shown; the sandbox needs a machine's own kernel
}
_ENTRIES = """\
SELECT node_id, source_id, title, source, date, description,
       (SELECT value FROM metadata WHERE metadata.item_id = items.item_id AND key IN ('author', 'creator'))
FROM items
"""


def _poll(urls: Sequence[str], home: Path) -> list[Stored]:
    # -2: as many entries as there are
    subscribed = home / "config" / "liferea" / "feedlist.opml"
    if not subscribed.exists():
        subscribed.parent.mkdir(parents=True)
        feeds = "".join(
            f'<outline type="rss" text="{number}" title="{number}" id="feed{number}" xmlUrl={quoteattr(url)} '
            'updateInterval="-1" cacheLimit="-2"/>'
            for number, url in enumerate(urls)
        )
        subscribed.write_text(f'<opml version="1.0"><head><title>Feeds</title></head><body>{feeds}</body></opml>')
    with _running(home) as said:
        read = 0
        for line in said:
            read += line.startswith(b"UPDATE") and line.rstrip().endswith(_READ)
            if read == len(urls):
                break
        else:
            raise ReaderError(f"liferea read {read} of {len(urls)} feeds in {PATIENCE} seconds")
    return _stored(home, urls)


@contextmanager
def _running(home: Path) -> Iterator[IO[bytes]]:
    """Start it, give what it says of its feeds, and end it with all that it has started."""
    for folder in ("run", "tmp"):
        (home / folder).mkdir(mode=0o700, exist_ok=True)
    variables = environment(home) | _SETTINGS | {"XDG_RUNTIME_DIR": str(home / "run")}
    with subprocess.Popen(
        _COMMAND, cwd=home, env=variables, start_new_session=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout
        try:
            with _killed_after(PATIENCE, process.pid):
                yield process.stdout
        finally:
            # it may wait for the display, which ends with it
            with _killed_after(_FAREWELL, process.pid):
                os.killpg(process.pid, signal.SIGTERM)
                process.stdout.read()


@contextmanager
def _killed_after(seconds: float, group: int) -> Iterator[None]:
    """Kill all processes of the group unless what is done here comes to an end in time."""
    late = threading.Timer(seconds, os.killpg, (group, signal.SIGKILL))
    late.start()
    try:
        yield
    finally:
        late.cancel()


def _stored(home: Path, urls: Sequence[str]) -> list[Stored]:
    with closing(sqlite3.connect(home / "data" / "liferea" / "liferea.db")) as db:
        return [
            Stored(
                feed=urls[int(node.removeprefix("feed"))],
                id=id_,
                title=title,
                link=link,
                published=date,
                content=content,
                author=author or "",
            )
            for node, id_, title, link, date, content, author in db.execute(_ENTRIES)
        ]


def _version() -> str:
    there = all(shutil.which(name) for name in ("liferea", "xvfb-run", "dbus-run-session", "gdbus"))
    return first_number("dpkg-query", "-W", "liferea") if there else ""


READER = Reader(
    name="liferea",
    install="apt-get install --no-install-recommends liferea xvfb xauth dbus libglib2.0-bin",
    forms=XML,
    version=_version,
    poll=_poll,
    is_conditional=False,
    has_html_titles=True,
    takes_changes=False,
)
