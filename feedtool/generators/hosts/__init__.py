"""Files that tell a host how to serve the output: media types, caching, links to the hub, and redirects.

In: which hosts, which feeds at which addresses. Out: documents for the root of the output folder. Paths in them begin
where the output lies on the site, so that a site with other pages takes the files over word by word into its own root.
Pure: no files, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from feedtool.generators.hosts.published import Published, published, stored
from feedtool.generators.hosts.rules import headers_file, left_out, redirects_file
from feedtool.generators.hosts.servers import apache_file, nginx_file
from feedtool.generators.hosts.vercel import MOST_REDIRECTS, vercel_file
from feedtool.model import Document, Feed, Host, Twin
from feedtool.problems import Code, Problem

__all__ = ["closed", "host_problems", "render_host_files", "stored"]

TOO_MANY_REDIRECTS = Code(
    "too-many-redirects",
    "warning",
    "There are more aliases than the host takes redirects, or their addresses are too long for it. "
    "Those that have no place are left out of the file; their old addresses lead nowhere.",
    "Remove aliases that nobody asks for any more, or let the old addresses carry the feeds themselves.",
)


def render_host_files(
    hosts: Sequence[Host], *, site_url: str, feeds: Sequence[Feed], hub: str, archives: Sequence[str],
    redirects: Mapping[str, str], generator: str, twins: Iterable[Twin] = (),
) -> tuple[Document, ...]:  # fmt: skip
    """Return the files of the hosts, each once, sorted by path.

    `site_url` is where the output lies on the web. `archives` are the paths, below the output, of archive documents
    that nothing is added to any more: see `closed`. `redirects` leads from old folders below the output to new ones,
    both with "/" at the end. `hub` is the address of a WebSub hub, or "". `twins` lie beside the files.
    """
    those = published(
        site_url=site_url, feeds=feeds, hub=hub, archives=archives,
        redirects=redirects, twins=twins, generator=generator,
    )  # fmt: skip
    return tuple(
        Document(path=path, media_type=media_type, content=content)
        for path, (media_type, content) in sorted(_files(frozenset(hosts), those).items())
    )


def closed(feeds: Iterable[Feed]) -> tuple[str, ...]:
    """Return the paths of those archive documents among the feeds that nothing is added to any more.

    That is all but the newest of each feed, in which the next entry that leaves the feed has its place.
    """
    return tuple(feed.file(form) for feed in feeds if feed.period and feed.newer for form in feed.formats)


def host_problems(
    hosts: Sequence[Host], *, site_url: str, feeds: Sequence[Feed], redirects: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Return what the files of the hosts cannot hold."""
    those = published(site_url=site_url, feeds=feeds, hub="", archives=(), redirects=redirects, twins=(), generator="")
    lacking = {
        "_redirects": left_out(those) if "cloudflare-pages" in hosts else 0,
        "vercel.json": max(0, len(those.redirects) - MOST_REDIRECTS) if "vercel" in hosts else 0,
    }
    return tuple(
        TOO_MANY_REDIRECTS.at(path, f"{count:,} of {len(those.redirects):,} aliases have no redirect", field="aliases")
        for path, count in lacking.items()
        if count
    )


def _files(hosts: frozenset[Host], those: Published) -> dict[str, tuple[str, bytes]]:
    """Return media type and content by path."""
    text = "text/plain"
    cloudflare, netlify = "cloudflare-pages" in hosts, "netlify" in hosts
    files: dict[str, tuple[str, bytes]] = {}
    if cloudflare or netlify:
        files["_headers"] = text, headers_file(those, cloudflare=cloudflare, netlify=netlify)
        if those.redirects:
            files["_redirects"] = text, redirects_file(those, cloudflare=cloudflare)
    if "apache" in hosts:
        files[".htaccess"] = text, apache_file(those)
    if "nginx" in hosts:
        files["feedtool.nginx.conf"] = text, nginx_file(those)
    if "vercel" in hosts:
        files["vercel.json"] = "application/json", vercel_file(those)
    if "github-pages" in hosts:
        # without it, GitHub Pages runs the output through Jekyll, which drops some of its files
        files[".nojekyll"] = text, f"{those.note}\n".encode()
    return files
