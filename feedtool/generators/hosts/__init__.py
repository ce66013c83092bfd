"""What hosts need: files that configure them, and compressed copies.

The files set media types, caching, links to the hub, and redirects. In: the hosts, the published site. Out: documents
for the root of the output folder. The paths in them start at the root of the site, so that a site with other pages can
copy the files into its own root. The same document gives the same copies, unless the compression library changes.
Pure: no files, no clock.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec

from feedtool.generators.hosts import platforms
from feedtool.generators.hosts.published import (
    COMMON_HEADERS,
    PublishedSite,
    media_type,
    published_site,
    storage_headers,
)
from feedtool.generators.hosts.servers import apache_file, nginx_file
from feedtool.model import Document, Feed, Host, Twin
from feedtool.problems import Code, Problem

__all__ = [
    "COMMON_HEADERS", "closed_archives", "compressed_copies", "media_type", "published_site", "render_host_files",
    "storage_headers", "unavailable_kinds",
]  # fmt: skip

TOO_MANY_REDIRECTS = Code(
    "too-many-redirects",
    "warning",
    "The site has more old addresses than the host accepts redirects, or they are too long for it. "
    "The file lacks some redirects, so these old addresses return 404.",
    "Remove those that nobody requests any more (`aliases`, `replaces` under [feeds]), or publish the feeds under the "
    "old addresses too.",
)
NO_BROTLI = Code(
    "no-brotli",
    "warning",
    'The setting feeds.twins lists "br", but the brotli package is not installed. No Brotli copies are made; copies of '
    "other kinds are.",
    "pip install 'feedtool[brotli]'",
)

#: the byte for the operating system, and its value for "unknown" (RFC 1952 section 2.3.1)
_SYSTEM, _UNKNOWN = 9, b"\xff"


def render_host_files(hosts: Sequence[Host], site: PublishedSite) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Return the files of the hosts, each once, sorted by path; and a problem for each that lacks redirects."""
    documents = tuple(
        Document(path=path, media_type="application/json" if path.endswith(".json") else "text/plain", content=content)
        for path, content in sorted(_files(hosts, site).items())
    )
    every = len(site.redirects) + len(site.moved)
    missing = {
        "_redirects": platforms.count_without_redirect(site) if "cloudflare-pages" in hosts else 0,
        "vercel.json": every - platforms.MOST_VERCEL_REDIRECTS if "vercel" in hosts else 0,
    }
    problems = tuple(
        TOO_MANY_REDIRECTS.at(path, f"{count:,} of {every:,} old addresses have no redirect", field="aliases")
        for path, count in missing.items()
        if count > 0
    )
    return documents, problems


def _files(hosts: Sequence[Host], site: PublishedSite) -> dict[str, bytes]:
    """Return the content of each file by path."""
    cloudflare, netlify = "cloudflare-pages" in hosts, "netlify" in hosts
    files: dict[str, bytes] = {}
    if cloudflare or netlify:
        files["_headers"] = platforms.headers_file(site, cloudflare=cloudflare, netlify=netlify)
        if site.redirects or site.moved:
            files["_redirects"] = platforms.redirects_file(site, cloudflare=cloudflare)
    if "apache" in hosts:
        files[".htaccess"] = apache_file(site)
    if "nginx" in hosts:
        files["feedtool.nginx.conf"] = nginx_file(site)
    if "vercel" in hosts:
        files["vercel.json"] = platforms.vercel_file(site)
    if "github-pages" in hosts:
        # without it, GitHub Pages runs the output through Jekyll, which drops some of its files
        files[".nojekyll"] = f"{site.note}\n".encode()
    return files


def closed_archives(feeds: Iterable[Feed]) -> tuple[str, ...]:
    """Return the paths of the archive documents that get no new entries: all but the newest of each feed."""
    return tuple(feed.file(form) for feed in feeds if feed.period and feed.newer for form in feed.formats)


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
