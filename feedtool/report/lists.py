"""Lists of feeds and posts -> text for people and for programs. Pure: returns lines, prints nothing."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from os.path import commonprefix

from feedtool.build.listing import FeedRow, PostRow
from feedtool.generators import rfc3339
from feedtool.model import MEDIA_TYPES, Feed
from feedtool.report import printable, safe_json

Rows = Sequence[FeedRow | PostRow]


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


def rows_cells(rows: Rows) -> tuple[list[str], list[tuple[str, ...]], str]:
    """Return the headings and the cells of each row, for a table on a terminal, and what addresses have in common.

    That is left out of the cells; it is "" for a single address.
    """
    is_posts = bool(rows) and isinstance(rows[0], PostRow)
    heads = ["published", "title", "file"] if is_posts else ["posts", "newest", "kind", "name", "address"]
    urls = [url for row in rows if isinstance(row, FeedRow) for url in [*row.urls.values()][:1]]
    begun = commonprefix(urls).rpartition("/")[0] + "/" if len(urls) > 1 else ""  # noqa: RUF071 - cut at "/"
    common = begun if begun.count("/") > 2 else ""
    return heads, [tuple(map(printable, _table_cells(row, common))) for row in rows], printable(common)


def _table_cells(row: FeedRow | PostRow, common: str) -> tuple[str, ...]:
    day = rfc3339(row.newest_ms)[:10] if row.newest_ms is not None else ""
    if isinstance(row, PostRow):
        return day, row.name, row.path
    address = next((url.removeprefix(common) for url in row.urls.values()), f"– ({row.why})")
    return f"{row.posts:,}", day, row.kind, row.name, address


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
