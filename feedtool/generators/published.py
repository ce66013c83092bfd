"""The published site as hosts see it, the media types and headers of its files, and compressed copies of them. Pure.

In: feeds, the paths of closed archive documents, aliases, addresses. Out: values that an HTTP header can hold without
escapes: ASCII, no white space, no quotes. The same document gives the same copies, unless the compression library
changes.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from feedtool.frozen import frozen
from feedtool.model import ARCHIVE, FILE_NAMES, SHEET, Document, Feed, Format, Twin, format_of
from feedtool.problems import Code, Problem
from feedtool.syntax import later

#: `application/xml`, not `application/atom+xml` or `application/rss+xml`: browsers show only the first as a styled
#: page, every reader accepts it, and hosts use it for `.xml` by themselves. Without a charset, programs that show a
#: feed as text guess one, and guess wrong for most scripts.
_FEED_TYPES: dict[Format, str] = {
    "atom": "application/xml; charset=utf-8",
    "rss": "application/xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
#: of single files, by path
_LIST_TYPES = {
    "feeds.opml": "text/x-opml; charset=utf-8",
    "blogroll.opml": "text/x-opml; charset=utf-8",
    "feeds.json": "application/json; charset=utf-8",
    SHEET: "text/css; charset=utf-8",
}
#: of all other files, by the ending of their names
_OTHER_TYPES = {
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
_ENCODINGS: dict[Twin, str] = {"gz": "gzip", "br": "br"}

#: Cache-Control of what changes, in seconds (RFC 9111 section 5.2.2.1): some readers wait until it is over
REVALIDATE = "public, max-age=600, must-revalidate"
#: Cache-Control of closed archive documents, whose entries should not change (RFC 5005 section 4, RFC 8246 section 2):
#: a copy may miss a later edit of an old entry, but never an entry
IMMUTABLE = "public, max-age=31536000, immutable"
#: scripts of any site may read feeds, and browsers may not guess another media type
COMMON_HEADERS = (("Access-Control-Allow-Origin", "*"), ("X-Content-Type-Options", "nosniff"))

NO_BROTLI = Code.warning("no-brotli")(
    'The setting feeds.twins lists "br", but the brotli package is not installed. No Brotli copies are made; copies of '
    "other kinds are.",
    "pip install 'feedtool[brotli]'",
)

#: the byte for the operating system, and its value for "unknown" (RFC 1952 section 2.3.1)
_SYSTEM, _UNKNOWN = 9, b"\xff"

_LIKE_ARCHIVE = later(rf"(?:^|/){ARCHIVE}[12]")


@frozen
class Redirect:
    """The address of an old feed, and the file that replaces it; or an old folder and a new one, file by file."""

    #: as requests spell them: path on the site, percent-encoded; those of folders from "/" to "/"
    old: str
    new: str
    #: of a folder: file names that may follow both, such as "" and "atom.xml"
    files: tuple[str, ...] = ()


@frozen
class PublishedSite:
    """The output as its host serves it."""

    #: scheme and authority of the site, without "/" at the end
    origin: str
    #: path of the output folder on the site, percent-encoded, from "/" to "/"
    path: str
    #: address of a WebSub hub, or ""
    hub: str
    #: the formats of all feeds together
    formats: tuple[Format, ...]
    has_archives: bool
    #: newest first; in these years every archive document of every feed is closed
    closed_years: tuple[str, ...]
    #: whether the folder of a feed looks like the archive folder of another
    has_feeds_like_archives: bool
    #: of folders, and of single files
    redirects: tuple[Redirect, ...]
    moved: tuple[Redirect, ...]
    twins: tuple[Twin, ...]
    #: a comment by which the next build knows that it may replace the file
    note: str

    @property
    def kinds(self) -> list[tuple[str, Format | None, str]]:
        """Return name, format and media type of each kind of file; the format is None for lists of feeds."""
        feeds: list[tuple[str, Format | None, str]] = [
            (FILE_NAMES[form], form, _FEED_TYPES[form]) for form in self.formats
        ]
        return feeds + [(name, None, media_type) for name, media_type in _LIST_TYPES.items()]

    def link(self, own: str = "") -> str:
        """Return the Link header of a feed: the hub, and itself if its path is known (WebSub section 4); or ""."""
        itself = f', <{self.origin}{own}>; rel="self"' if own else ""
        return f'<{self.hub}>; rel="hub"{itself}' if self.hub else ""


def published_site(
    *, site_url: str, feeds: Sequence[Feed], hub: str, redirects: Mapping[str, str], generator: str,
    twins: Iterable[Twin] = (), replaced: Mapping[str, str] = MappingProxyType({}),
) -> PublishedSite:  # fmt: skip
    """Return the published site.

    `site_url` is the address of the output folder. `feeds` include archive documents. `hub` is the address of a WebSub
    hub, or "". `redirects` maps old folders to new ones, below the output folder, with "/" at the end. `replaced` maps
    the addresses of old feeds, as paths on the host, to files below the output folder. `twins` are the kinds of
    compressed copies.
    """
    url = urlsplit(_address(site_url))
    path = url.path if url.path.endswith("/") else url.path + "/"
    subscribed = [feed for feed in feeds if not feed.period]
    files = {feed.folder: tuple(FILE_NAMES[form] for form in feed.formats) for feed in subscribed}
    return PublishedSite(
        origin=f"{url.scheme}://{url.netloc}",
        path=path,
        hub=_address(hub),
        formats=tuple(form for form in FILE_NAMES if any(form in feed.formats for feed in subscribed)),
        has_archives=any(feed.is_archived or feed.period for feed in feeds),
        closed_years=_closed_years(feeds),
        has_feeds_like_archives=any(_LIKE_ARCHIVE.search(feed.folder) for feed in subscribed),
        redirects=tuple(
            Redirect(old=path + quote(old), new=path + quote(new), files=("", *files.get(new, FILE_NAMES.values())))
            for old, new in sorted(redirects.items())
            if old and old != new
        ),
        moved=tuple(
            Redirect(old=own, new=path + quote(new))
            for old, new in sorted(replaced.items())
            if (own := quote(old, safe="/~!&'+,=@")) != path + quote(new)
        ),
        twins=tuple(dict.fromkeys(twins)),
        note=f"Made by {generator}. Changes are lost with the next build.",
    )


def storage_headers(path: str, *, is_closed: bool) -> tuple[tuple[str, str], ...]:
    """Return the headers to store a file with in an object store, which has no rules by path.

    `path` is below the output folder; `is_closed` is true for a closed archive document. A compressed copy has the
    media type of its document, and its encoding. A document is never stored compressed under its own name: a store
    does not negotiate, and not every client could read it.
    """
    encodings = [name for twin, name in _ENCODINGS.items() if path.endswith(f".{twin}")]
    plain_path = path.rpartition(".")[0] if encodings else path
    return (
        ("Content-Type", media_type(plain_path) or "text/plain; charset=utf-8"),
        ("Cache-Control", IMMUTABLE if is_closed else REVALIDATE),
        *(("Content-Encoding", name) for name in encodings),
    )


def media_type(path: str) -> str:
    """Return the media type of a file by its path below the output folder, or "" for an unknown kind of file."""
    form, (_, dot, ending) = format_of(path), path.rpartition(".")
    if form:
        return _FEED_TYPES[form]
    return _LIST_TYPES.get(path) or _OTHER_TYPES.get(ending if dot else "", "")


def _closed_years(feeds: Iterable[Feed]) -> tuple[str, ...]:
    """Return the years in which all archive documents are closed, newest first: all but the newest of each feed.

    Rules go by year, not by document: hosts accept a hundred rules, and a site may have thousands of documents.
    """
    closed = {feed.period[:4] for feed in feeds if feed.period and feed.newer and feed.formats}
    return tuple(sorted(closed - {feed.older[:4] for feed in feeds if not feed.period}, reverse=True))


def _address(url: str) -> str:
    r"""Return a web address in which characters with a meaning in headers or in host files are percent-encoded.

    Most of them are legal in addresses: quotes, "<", ">", ",", ";", "$", "*", "{", "}", "\", white space and
    control characters.
    """
    return quote(url, safe="!&'()+=:@/?#-._~%[]", errors="replace")


def compressed_copies(document: Document, kinds: Iterable[Twin]) -> Iterator[Document]:
    """Yield the document compressed in each kind, with the kind at the end of its path.

    Yields only copies that are smaller than the document, and no Brotli copy without the package: see
    `unavailable_kinds`.
    """
    for kind in dict.fromkeys(kinds):
        if kind == "br" and not _has_brotli():
            continue
        content = _gz(document.content) if kind == "gz" else _br(document.content)
        if len(content) < len(document.content):
            yield replace(document, path=f"{document.path}.{kind}", content=content)


def unavailable_kinds(kinds: Sequence[Twin]) -> tuple[Problem, ...]:
    """Return a problem for each kind whose package is not installed."""
    if "br" not in kinds or _has_brotli():
        return ()
    return (NO_BROTLI.at("", '"br" needs a package that is not installed', field="feeds.twins"),)


def _has_brotli() -> bool:
    return find_spec("brotli") is not None


def _gz(content: bytes) -> bytes:
    compressed = gzip.compress(content, compresslevel=9, mtime=0)
    # before Python 3.13, zlib writes the system that it was built for
    return compressed[:_SYSTEM] + _UNKNOWN + compressed[_SYSTEM + 1 :]


def _br(content: bytes) -> bytes:
    # the largest window holds any feed; a quality above 9 takes seven times as long and saves a twentieth
    compressed: bytes = import_module("brotli").compress(content, quality=9, lgwin=24)
    return compressed
