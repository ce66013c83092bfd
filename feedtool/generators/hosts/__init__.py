"""Files that configure a host: media types, caching, links to the hub, and redirects.

In: the hosts, the feeds, their addresses. Out: documents for the root of the output folder. The paths in them start
at the root of the site, so that a site with other pages can copy the files into its own root.
Pure: no files, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from feedtool.generators.hosts.platforms import (
    MOST_VERCEL_REDIRECTS,
    count_without_redirect,
    headers_file,
    redirects_file,
    vercel_file,
)
from feedtool.generators.hosts.published import COMMON_HEADERS, PublishedSite, media_type, published, storage_headers
from feedtool.generators.hosts.servers import apache_file, nginx_file
from feedtool.model import Document, Feed, Host, Twin
from feedtool.problems import Code, Problem

__all__ = [
    "COMMON_HEADERS", "closed_archives", "host_problems", "media_type", "render_host_files", "storage_headers",
]  # fmt: skip

TOO_MANY_REDIRECTS = Code(
    "too-many-redirects",
    "warning",
    "The site has more aliases than the host accepts redirects, or their addresses are too long for it. "
    "The file lacks some redirects, so these old addresses return 404.",
    "Remove aliases that nobody requests any more, or publish the feeds under the old addresses too.",
)


def render_host_files(
    hosts: Sequence[Host], *, site_url: str, feeds: Sequence[Feed], hub: str, archives: Sequence[str],
    redirects: Mapping[str, str], generator: str, twins: Iterable[Twin] = (),
) -> tuple[Document, ...]:  # fmt: skip
    """Return the files of the hosts, each once, sorted by path.

    `site_url` is the address of the output folder. `hub` is the address of a WebSub hub, or "". `archives` are the
    paths of closed archive documents: see `closed_archives`. `redirects` maps old folders to new ones, below the
    output folder, with "/" at the end. `twins` are the kinds of compressed copies.
    """
    site = published(
        site_url=site_url,
        feeds=feeds,
        hub=hub,
        archives=archives,
        redirects=redirects,
        twins=twins,
        generator=generator,
    )
    return tuple(
        Document(path=path, media_type="application/json" if path.endswith(".json") else "text/plain", content=content)
        for path, content in sorted(_files(frozenset(hosts), site).items())
    )


def closed_archives(feeds: Iterable[Feed]) -> tuple[str, ...]:
    """Return the paths of the archive documents that get no new entries: all but the newest of each feed."""
    return tuple(feed.file(form) for feed in feeds if feed.period and feed.newer for form in feed.formats)


def host_problems(
    hosts: Sequence[Host], *, site_url: str, feeds: Sequence[Feed], redirects: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Return a problem for each file that cannot hold all redirects."""
    site = published(site_url=site_url, feeds=feeds, redirects=redirects)
    missing = {
        "_redirects": count_without_redirect(site) if "cloudflare-pages" in hosts else 0,
        "vercel.json": len(site.redirects) - MOST_VERCEL_REDIRECTS if "vercel" in hosts else 0,
    }
    return tuple(
        TOO_MANY_REDIRECTS.at(path, f"{count:,} of {len(site.redirects):,} aliases have no redirect", field="aliases")
        for path, count in missing.items()
        if count > 0
    )


def _files(hosts: frozenset[Host], site: PublishedSite) -> dict[str, bytes]:
    """Return the content of each file by path."""
    cloudflare, netlify = "cloudflare-pages" in hosts, "netlify" in hosts
    files: dict[str, bytes] = {}
    if cloudflare or netlify:
        files["_headers"] = headers_file(site, cloudflare=cloudflare, netlify=netlify)
        if site.redirects:
            files["_redirects"] = redirects_file(site, cloudflare=cloudflare)
    if "apache" in hosts:
        files[".htaccess"] = apache_file(site)
    if "nginx" in hosts:
        files["feedtool.nginx.conf"] = nginx_file(site)
    if "vercel" in hosts:
        files["vercel.json"] = vercel_file(site)
    if "github-pages" in hosts:
        # without it, GitHub Pages runs the output through Jekyll, which drops some of its files
        files[".nojekyll"] = f"{site.note}\n".encode()
    return files
