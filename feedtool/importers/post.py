"""Title, date and other facts of a new post -> the text and the name of its file.

The reader reads back the same facts, with any characters, except that white space is folded and characters that feeds
cannot contain are left out. Pure: the time is passed in.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Collection, Sequence
from datetime import UTC, tzinfo

from feedtool.model import utc
from feedtool.syntax import FORBIDDEN
from feedtool.urls import slug

#: characters; the reader cuts a longer title
LONGEST_TITLE = 1000


def one_line(text: str) -> str:
    """Return the text as one line in Unicode form NFC, without characters that XML forbids."""
    return unicodedata.normalize("NFC", " ".join(FORBIDDEN.sub("", text).split()))


def post_text(
    title: str,
    *,
    published_ms: int,
    zone: tzinfo,
    author: str = "",
    source: str = "",
    categories: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> str:
    """Return the front matter of a post without a body; `source` is absolute, or ""."""
    moment = utc(published_ms).astimezone(zone if published_ms >= 0 else UTC)
    lines = ["---", f"title: {_quoted(title)}", f"date: {moment.isoformat(timespec='seconds')}"]
    lines += [f"author: {_quoted(author)}"] if one_line(author) else []
    lines += [f"from: {_quoted(source)}"] if source else []
    for key, terms in (("categories", categories), ("tags", tags)):
        written = [_quoted(term) for term in dict.fromkeys(map(one_line, terms)) if term]
        lines += [f"{key}: [{', '.join(written)}]"] if written else []
    return "\n".join([*lines, "---", "", ""])


def file_name(title: str, *, published_ms: int, zone: tzinfo, taken: Collection[str]) -> str:
    """Return a name for the post's file that every file system allows: the day, and the title as in addresses.

    `taken` are the names of existing files. If one of them is equal, apart from case, Unicode form and extension, a
    number is added.
    """
    moment = utc(published_ms).astimezone(zone if published_ms >= 0 else UTC)
    stem = f"{moment:%Y-%m-%d}-{slug(one_line(title))}"
    stems = {_folded(name.rpartition(".")[0] or name) for name in taken}
    number, own = 1, stem
    while _folded(own) in stems:
        number += 1
        own = f"{stem}-{number}"
    return f"{own}.md"


def _folded(name: str) -> str:
    """Return the name for comparison on a file system that ignores case and Unicode forms."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _quoted(text: str) -> str:
    """Return the text as a YAML string, with "&amp;" for "&" where that would begin an entity."""
    line = one_line(text)
    if html.unescape(line) != line:
        line = line.replace("&", "&amp;")
    # single quotes have no escapes, so that nothing in the text can be one
    return "'" + line.replace("'", "''") + "'" if '"' in line or "\\" in line else f'"{line}"'
