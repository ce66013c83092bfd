"""What is published where, as every host has to know it: the one table of headers, and the patterns' raw material.

In: feeds, the paths of closed archive documents, aliases, addresses. Out: values that need no further escape in an
HTTP header: ASCII, no white space, no quotes. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from feedtool.model import ARCHIVE, FILE_NAMES, SHEET, Feed, Format, Twin, format_of

#: `application/xml` and not `application/atom+xml` or `application/rss+xml`: browsers show the first as a styled page
#: and the other two as source text, readers take all three, and it is what hosts make of `.xml` by themselves. The
#: charset is said because whoever shows a feed as text would otherwise guess it, wrongly for most scripts.
MEDIA_TYPES: dict[Format, str] = {
    "atom": "application/xml; charset=utf-8",
    "rss": "application/xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
LISTS = {
    "feeds.opml": "text/x-opml; charset=utf-8",
    "feeds.json": "application/json; charset=utf-8",
    SHEET: "text/css; charset=utf-8",
}

#: of all other files, by the ending of their names
OTHERS = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "xsl": "application/xml; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/vnd.microsoft.icon",
}
ENCODINGS: dict[Twin, str] = {"gz": "gzip", "br": "br"}

#: in seconds (RFC 9111 section 5.2.2.1); some readers do not come back before it is over, so that more delays news
FRESH = "public, max-age=600, must-revalidate"
#: of archive documents that nothing is added to any more: which entries such a document holds should not change
#: (RFC 5005 section 4); whoever kept one misses a later edit of an old entry, and no entry (RFC 8246 section 2)
CLOSED = "public, max-age=31536000, immutable"
#: anybody's page may read what anybody may subscribe to; and nobody shall guess another media type
OPEN = (("Access-Control-Allow-Origin", "*"), ("X-Content-Type-Options", "nosniff"))

_YEAR = re.compile(r"\d{4}(?=[.-])", re.ASCII)
_LIKE_ARCHIVE = re.compile(rf"(?:^|/){ARCHIVE}[12]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """An alias: a folder of old addresses, all of which lead to those of another folder."""

    #: as requests spell them: path on the site, percent-encoded, from "/" to "/"
    old: str
    new: str
    #: what may follow in both, such as "" and "atom.xml"
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The output as its host serves it."""

    #: scheme and authority of the site, without "/" at the end
    origin: str
    #: where the output lies on the site, percent-encoded, from "/" to "/"
    path: str
    #: address of a WebSub hub, or ""
    hub: str
    #: of any feed
    formats: tuple[Format, ...]
    has_archives: bool
    #: newest first; every archive document of them is closed, in every feed
    closed_years: tuple[str, ...]
    #: some feed's folder is called as an archive document of another feed is
    has_feeds_like_archives: bool
    redirects: tuple[Redirect, ...]
    twins: tuple[Twin, ...]
    generator: str

    @property
    def note(self) -> str:
        """Return whose file it is, in words that tell the next build that it may be replaced."""
        return f"Made by {self.generator}. Changes are lost with the next build."


def published(
    *, site_url: str, feeds: Sequence[Feed], hub: str, archives: Sequence[str],
    redirects: Mapping[str, str], twins: Iterable[Twin], generator: str,
) -> Published:  # fmt: skip
    """Return what all hosts have to know; see `render_host_files` for what comes in."""
    site = urlsplit(_address(site_url))
    path = site.path if site.path.endswith("/") else site.path + "/"
    subscribed = [feed for feed in feeds if not feed.period]
    files = {feed.folder: tuple(FILE_NAMES[form] for form in feed.formats) for feed in subscribed}
    return Published(
        origin=f"{site.scheme}://{site.netloc}",
        path=path,
        hub=_address(hub),
        formats=tuple(form for form in FILE_NAMES if any(form in feed.formats for feed in subscribed)),
        has_archives=bool(archives) or any(feed.is_archived for feed in subscribed),
        closed_years=_closed_years(subscribed, archives),
        has_feeds_like_archives=any(_LIKE_ARCHIVE.search(feed.folder) for feed in subscribed),
        redirects=tuple(
            Redirect(old=path + quote(old), new=path + quote(new), files=("", *files.get(new, FILE_NAMES.values())))
            for old, new in sorted(redirects.items())
            if old and old != new
        ),
        twins=tuple(dict.fromkeys(twins)),
        generator=generator,
    )


def media_types(those: Published) -> list[tuple[str, Format | None, str]]:
    """Return the name of each kind of file, its format, and its media type; lists of feeds have no format."""
    kinds: list[tuple[str, Format | None, str]] = [
        (FILE_NAMES[form], form, MEDIA_TYPES[form]) for form in those.formats
    ]
    return kinds + [(name, None, media_type) for name, media_type in LISTS.items()]


def stored(path: str, *, is_closed: bool) -> tuple[tuple[str, str], ...]:
    """Return the headers that a file has to be stored with where the host is an object store, which knows no patterns.

    `path` is below the output folder; `is_closed`: an archive document that nothing is added to any more. A compressed
    copy has the media type of what it is a copy of, and its encoding. A store does not negotiate: a document is never
    stored compressed under its own name, since many who ask for it could not read it.
    """
    encodings = [name for twin, name in ENCODINGS.items() if path.endswith(f".{twin}")]
    plain_path = path.rpartition(".")[0] if encodings else path
    return (
        ("Content-Type", media_type(plain_path) or "text/plain; charset=utf-8"),
        ("Cache-Control", CLOSED if is_closed else FRESH),
        *(("Content-Encoding", name) for name in encodings),
    )


def media_type(path: str) -> str:
    """Return the media type of a file by its path below the output folder, "" where that does not tell it."""
    form, (_, dot, ending) = format_of(path), path.rpartition(".")
    if form:
        return MEDIA_TYPES[form]
    return LISTS.get(path) or OTHERS.get(ending if dot else "", "")


def plain(path: str) -> str:
    """Return the path on the site as files are named; control characters, which no file's name holds, stay encoded."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: quote(found[0]), unquote(path))


def _closed_years(feeds: Iterable[Feed], archives: Iterable[str]) -> tuple[str, ...]:
    """Return the years of closed documents in which no feed has one that is open.

    By the year and not by document: hosts take a hundred rules, and there are thousands of documents.
    """
    names = (path.rpartition("/")[2] for path in archives)
    closed = {found[0] for name in names if (found := _YEAR.match(name))}
    return tuple(sorted(closed - {feed.older[:4] for feed in feeds}, reverse=True))


def _address(url: str) -> str:
    r"""Return a web address without a character that means something in a header or in a host's syntax.

    Those are legal in addresses, most of them, and just as well written as escapes: quotes, "<", ">", ",", ";",
    "$", "*", "{", "}", "\", white space and control characters.
    """
    return quote(url, safe="!&'()+=:@/?#-._~%[]", errors="replace")
