"""Lists of feeds and posts -> text for people and for programs. Pure: returns lines, prints nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from os.path import commonprefix
from urllib.parse import unquote

from feedtool.build.listing import FeedRow, PostRow
from feedtool.generators import rfc3339
from feedtool.model import MEDIA_TYPES, Feed
from feedtool.report import columns, printable, safe_json

Rows = Sequence[FeedRow | PostRow]
#: columns of a terminal that a name keeps at least
_NARROWEST = 16


def ordered(rows: Rows, by: str) -> list[FeedRow | PostRow]:
    """Return the rows by "name", by "count" (most posts first), by "newest" (newest first), or for "" as they are."""
    if by == "newest":
        return sorted(rows, key=lambda row: (-(row.newest_ms or 0), row.name))
    if by == "count":
        return sorted(rows, key=lambda row: (-row.posts if isinstance(row, FeedRow) else -1, row.name))
    return sorted(rows, key=lambda row: (row.name.casefold(), row.name)) if by == "name" else list(rows)


def rows_json(rows: Rows) -> str:
    """Return the rows as a JSON array of objects; ASCII."""
    return safe_json([_object(row) for row in rows])


def _object(row: FeedRow | PostRow) -> dict[str, object]:
    if isinstance(row, PostRow):
        return {
            "title": row.name,
            "path": row.path,
            "published": rfc3339(row.newest_ms),
            "updated": rfc3339(row.updated_ms),
            "url": row.url,
            "categories": row.categories,
            "tags": row.tags,
        }
    return {
        "kind": row.kind,
        "term": row.term,
        "title": row.title,
        "posts": row.posts,
        "newest": None if row.newest_ms is None else rfc3339(row.newest_ms),
        "urls": row.urls,
        "why": row.why,
    }


def table_lines(rows: Rows, width: int) -> list[str]:
    """Return the rows as a table for a terminal of so many columns, with what addresses have in common once below it.

    Nothing is cut: an address or a file that does not fit beside its name stands below it.
    """
    is_posts = bool(rows) and isinstance(rows[0], PostRow)
    heads = ["published", "title", "file"] if is_posts else ["posts", "newest", "kind", "name", "address"]
    urls = [url for row in rows if isinstance(row, FeedRow) for url in [*row.urls.values()][:1]]
    begun = commonprefix(urls).rpartition("/")[0] + "/" if len(urls) > 1 else ""  # noqa: RUF071 - cut at "/"
    common = begun if begun.count("/") > 2 else ""
    body = [[printable(cell) for cell in _table_cells(row, common)] for row in rows]
    own = max((columns(row[-1]) for row in body), default=0)
    *fixed, name = [max(map(columns, cells)) for cells in zip(*(row[:-1] for row in (heads, *body)), strict=True)]
    start = sum(fixed) + 2 * len(fixed)
    widths = [*fixed, max(_NARROWEST, min(name, width - start - 2 - min(own, (width - start) // 2)))]
    lines = [line for row in (heads, *body) for line in _row_lines(row, widths, width)]
    return [*lines, *([f"Addresses begin with {printable(common)}"] if common else [])]


def _row_lines(row: Sequence[str], widths: Sequence[int], width: int) -> list[str]:
    """Return a row, whose last cell stands below the one before where it does not fit beside it."""
    padded = [" " * (most - columns(cell)) for cell, most in zip(row, widths, strict=False)]
    cells = [
        gap + cell if cell[:1].isdecimal() and at == 0 else cell + gap
        for at, (cell, gap) in enumerate(zip(row, padded, strict=False))
    ]
    line, last = "  ".join(cells), row[-1]
    if columns(line) <= sum(widths) + 2 * len(widths) - 2 and columns(line) + 2 + columns(last) <= width:
        return [f"{line}  {last}".rstrip()]
    return [line.rstrip(), " " * (sum(widths[:-1]) + 2 * len(widths)) + last]


def _table_cells(row: FeedRow | PostRow, common: str) -> tuple[str, ...]:
    day = rfc3339(row.newest_ms)[:10] if row.newest_ms is not None else ""
    if isinstance(row, PostRow):
        return day, row.name, row.path
    address = next((_readable(url.removeprefix(common)) for url in row.urls.values()), f"– ({row.why})")
    return f"{row.posts:,}", day, row.kind, row.name, address


def _readable(url: str) -> str:
    """Return an address with the letters that its escapes stand for, as browsers show it (RFC 3987 section 3.2)."""
    with suppress(UnicodeDecodeError):  # escapes need not be of UTF-8
        return re.sub(r"(?:%[89A-Fa-f][0-9A-Fa-f])+", lambda found: unquote(found[0], errors="strict"), url)
    return url


def rows_lines(rows: Rows) -> list[str]:
    """Return a line for each row with tabs between its cells, for programs. No cell contains a tab.

    Of a feed: kind, term, posts, newest, address. Of a post: time, title, file, address.
    """
    return ["\t".join(map(printable, _cells(row))) for row in rows]


def _cells(row: FeedRow | PostRow) -> tuple[str, ...]:
    time = rfc3339(row.newest_ms) if row.newest_ms is not None else ""
    if isinstance(row, PostRow):
        return time, row.name, row.path, row.url
    return row.kind, row.term, str(row.posts), time, next(iter(row.urls.values()), "")


def link_lines(feeds: Iterable[Feed]) -> list[str]:
    """Return <link rel="alternate"> elements for the head of a page (HTML standard, section 4.6.7.1)."""
    return [
        f'<link rel="alternate" type="{MEDIA_TYPES[form]}" title="{html.escape(printable(feed.title))}" '
        f'href="{html.escape(feed.self_url(form))}">'
        for feed in feeds
        for form in feed.formats
    ]
