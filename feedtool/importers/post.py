"""A title and what else is known of a post -> the text of its file, and the file's name.

What is written is what the reader reads: whatever characters a title has, it comes back as it went in, but for white
space, which is folded, and characters that no feed can hold, which are left out. Pure: the time is passed in.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Collection, Sequence
from datetime import UTC, tzinfo

from feedtool.feeds import slug
from feedtool.model import utc
from feedtool.reader.dates import EARLIEST_MS, LATEST_MS
from feedtool.syntax import FORBIDDEN

#: characters; a longer title is cut by the reader
LONGEST_TITLE = 1000


def one_line(text: str) -> str:
    """Return the text as a reader would show it: one line, Unicode form NFC, no character that XML forbids."""
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
    """Return front matter and timestamp comment of a post without a body yet; `source` is absolute, or ""."""
    moment = utc(published_ms).astimezone(zone if published_ms >= 0 else UTC)
    lines = ["---", f"title: {_quoted(title)}", f"date: {moment.isoformat(timespec='seconds')}"]
    lines += [f"author: {_quoted(author)}"] if one_line(author) else []
    lines += [f"from: {_quoted(source)}"] if source else []
    for key, terms in (("categories", categories), ("tags", tags)):
        written = [_quoted(term) for term in dict.fromkeys(map(one_line, terms)) if term]
        lines += [f"{key}: [{', '.join(written)}]"] if written else []
    lines.append("---")
    if EARLIEST_MS <= published_ms < LATEST_MS:
        lines.append(f"<!--{published_ms}-->")
    return "\n".join([*lines, "", ""])


def file_name(title: str, *, published_ms: int, zone: tzinfo, taken: Collection[str]) -> str:
    """Return a name for the post's file that every file system takes: the day, and the title as in addresses.

    `taken` are the names of the files that are there: none of them has that name, whatever its case, Unicode form
    and ending; where one would, a number is added.
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
    """Return what a file system that ignores case and Unicode forms takes for the name."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _quoted(text: str) -> str:
    """Return the text as YAML that says it to every tool, with "&amp;" for "&" where that would begin an entity."""
    line = one_line(text)
    if html.unescape(line) != line:
        line = line.replace("&", "&amp;")
    # single quotes know no escapes, so nothing in the text can be one
    return "'" + line.replace("'", "''") + "'" if '"' in line or "\\" in line else f'"{line}"'
