"""A file and a request's conditions -> the answer: status, headers, bytes (RFC 9110 sections 8.8 and 13). Pure.

Media types and the headers for all are those that hosts are told to send: see `feedtool.generators.hosts`. What is
different is how long an answer may be kept, which is not at all without asking.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime

from feedtool.generators import COMMON_HEADERS
from feedtool.generators import media_type as published_type
from feedtool.serve.pages import with_reload
from feedtool.serve.paths import Found

HTML = published_type("index.html")
#: the system's own list would make another answer on another machine
_OTHERS = mimetypes.MimeTypes(filenames=())

_TAG = re.compile(r'(?:W/)?("[^"]*")')
_MISSING = b"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Not found</title>
<h1>Not found</h1>
<p>The last build made no file of this address. This page reloads when one does.</p>
<p><a href="/">All feeds</a></p>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back."""

    status: int
    headers: dict[str, str]
    content: bytes


def answer(found: Found, *, if_none_match: str | None = None, if_modified_since: str | None = None) -> Answer:
    """Return the file, or 304 where a condition, given as the header's text, tells that it is known."""
    kind = media_type(found.name)
    content = with_reload(found.content, seen_of(found)) if kind == HTML else found.content
    tag = f'"{hashlib.sha256(content).hexdigest()}"'
    headers = {
        "Content-Type": kind,
        "Cache-Control": "no-cache",
        "ETag": tag,
        "Last-Modified": formatdate(found.changed, usegmt=True),
        **dict(COMMON_HEADERS),
    }
    if _is_known(tag, found.changed, if_none_match, if_modified_since):
        del headers["Content-Type"]
        return Answer(status=304, headers=headers, content=b"")
    return Answer(status=200, headers=headers, content=content)


def missing() -> Answer:
    """Return a page that says that there is none, until there is one."""
    headers = {"Content-Type": HTML, "Cache-Control": "no-cache", **dict(COMMON_HEADERS)}
    return Answer(status=404, headers=headers, content=with_reload(_MISSING, seen_of(None)))


def seen_of(found: Found | None) -> str:
    """Return what tells a file from what it was; "" where there is none."""
    return hashlib.sha256(found.content).hexdigest() if found else ""


def media_type(name: str) -> str:
    """Return the media type of a file by its path below the output folder."""
    if own := published_type(name):
        return own
    kind, encoding = _OTHERS.guess_type(name.rpartition("/")[2])
    if encoding or not kind:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _is_known(tag: str, changed: int, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Tell whether who asks has the file; a time counts only where no tag is given (RFC 9110 section 13.2.2)."""
    if if_none_match is not None:
        return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)
    if if_modified_since is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except (TypeError, ValueError):
        return False
    return changed <= since.replace(tzinfo=since.tzinfo or UTC).timestamp()
