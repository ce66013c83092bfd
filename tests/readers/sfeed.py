r"""sfeed: shell and C, with entries in files of a line each, separated by tabs (codemadness.org/sfeed.html).

A field has \n, \t and \\ for the characters that would end it: sfeed(5).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from .running import first_number, run
from .stored import XML, Reader, Stored

_PLAIN = {"\\n": "\n", "\\t": "\t", "\\\\": "\\"}


def _poll(urls: Sequence[str], home: Path) -> list[Stored]:
    feeds = home / "feeds"
    feeds.mkdir(parents=True, exist_ok=True)
    subscribed = "\n".join(f"  feed {shlex.quote(quote(url, safe=''))} {shlex.quote(url)}" for url in urls)
    (home / "sfeedrc").write_text(f"sfeedpath={shlex.quote(str(feeds))}\nfeeds() {{\n{subscribed}\n}}\n")
    run("sfeed_update", str(home / "sfeedrc"), home=home)
    return [stored for file in sorted(feeds.iterdir()) for stored in _read(file)]


def _read(file: Path) -> Iterator[Stored]:
    for line in file.read_text(encoding="utf-8").split("\n")[:-1]:
        published, title, link, content, _, id_, author, *_ = line.split("\t")
        yield Stored(
            feed=unquote(file.name),
            id=id_,
            title=title,
            link=link,
            published=int(published) if published else None,
            author=author,
            content=re.sub(r"\\[nt\\]", lambda found: _PLAIN[found[0]], content),
        )


READER = Reader(
    name="sfeed",
    install="apt-get install sfeed curl",
    forms=XML,
    version=lambda: first_number("dpkg-query", "-W", "sfeed") if first_number("sfeed_update", "") else "",
    poll=_poll,
    is_conditional=False,
    follows_redirects=False,
    doubles_retitled=True,
    takes_changes=False,
)
