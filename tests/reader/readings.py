"""How the reader's tests read a post."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from feedtool.model import Post
from feedtool.reader import Conventions, Reading, read_body, read_post, render


def read(content: str | bytes, path: str = "posts/a.md", *, zone: tzinfo = UTC) -> Reading:
    """Return what became of a post's text."""
    return read_post(content.encode() if isinstance(content, str) else content, path, Conventions(zone=zone))


def post_of(content: str | bytes, path: str = "posts/a.md", *, zone: tzinfo = UTC) -> Post:
    """Return the post that a text holds; there is one."""
    found = read(content, path, zone=zone).post
    assert found is not None
    return found


def with_header(*lines: str, body: str = "Words.", date: str = "date: 2024-01-02T03:04:05Z") -> str:
    """Return the text of a post with these header lines, and a date."""
    return "\n".join(["---", *([date] if date else []), *lines, "---", "", body, ""])


def codes(reading: Reading) -> list[str]:
    """Return the names of the problems of a reading."""
    return [problem.code for problem in reading.problems]


def html_of(content: str | bytes, path: str = "posts/a.md") -> str:
    """Return the body of a post's text as HTML."""
    return render(read_body(content.encode() if isinstance(content, str) else content, path))


def ms(*parts: int) -> int:
    """Return the milliseconds of a time in UTC."""
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1000  # type: ignore[arg-type,misc]
