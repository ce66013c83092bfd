"""Sites made by programs whose folders of pages are their addresses: Astro, Next.js, SvelteKit. Pure; nothing is run.

`src/pages/blog/[slug].astro` is the page of each post at /blog/…/, and `src/pages/rss.xml.ts` the feed at /rss.xml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedtool.importers import Files, Recognised, address
from feedtool.importers.eleventy import COMMENT

_CONFIGS = {"astro": "Astro", "next": "Next.js", "svelte": "SvelteKit", "gatsby-config": "Gatsby"}
#: the folder that each copies along unchanged
_COPIED = {"Astro": "public", "Next.js": "public", "SvelteKit": "static", "Gatsby": "static"}
_ROOTS = r"(?:src/)?(?:pages|app|routes)/"
_FEED = re.compile(
    rf"{_ROOTS}(?P<path>(?:.+/)?[^/]*(?:feed|rss|atom|index)[^/]*\.(?:xml|json))(?:/route|/\+server)?\.[jt]sx?"
)
_PAGE = re.compile(rf"{_ROOTS}(?P<path>.*\[[^/]*)(?:/(?:page|\+page)|/index)?\.(?:astro|[jt]sx?|svelte|mdx?)")
#: our placeholders by the usual names of parts of addresses
_PLACES = {"year": "{year}", "month": "{month}", "day": "{day}", "category": "{category}"}
_SITE = re.compile(r"""\b(?:site|(?:site|base)_?url)["']?\s*[:=]\s*["'`](https?://[^"'`\s$]+)""", re.IGNORECASE)
_USUAL = re.compile(r"\b(blog|posts?|articles?|writing|notes?|news)\b|\{year\}")
_NAMES = {"tag": "tag", "category": "category", "author": "author"}


def take_routes(files: Files, site: Recognised) -> None:
    """Take over addresses of pages and feeds, where files say them and the posts are at one place."""
    known = ((name, re.fullmatch(rf"({'|'.join(_CONFIGS)})(\.config)?\.[cm]?[jt]s", name)) for name in files)
    name, found = next((each for each in known if each[1]), ("", None))
    if not found:
        return
    site.tool, site.evidence = _CONFIGS[found[1]], [(name, 1)]
    home = next(_homes(files), "")
    pages = sorted({path for name in files if (path := _template(name))}, key=lambda path: (path.count("{"), path))
    posts = [path for path in pages if not re.match(r"(tags?|categor|authors?|og|page|api|_)", path)]
    usual = [path for path in posts if _USUAL.search(path)] or posts
    if home and len(usual) == 1:
        site.take("posts.permalink", home + usual[0], "the page of a post among those of the site")
        site.take("posts.ids", f"{{site}}{usual[0]}", "addresses of pages, as in the usual feeds of such sites")
        site.take("posts.ids_url", home, "the site's address")
    elif pages:
        site.note(f"Addresses of posts are not known: write posts.permalink by hand ({', '.join(pages[:4])}).")
    for name in sorted(files):
        if route := _FEED.fullmatch(name):
            _take_feed(route["path"], site)
    every = site.feeds.get("all", ())
    site.published(home, every[0] if every else "", f"{_COPIED[site.tool]}/feeds")


def _homes(files: Files) -> Iterator[str]:
    """Yield addresses that settings and the feeds' programs name as that of the site."""
    for name, text in files.items():
        for found in _SITE.finditer(COMMENT.sub("", text)) if re.search(r"\.[cm]?[jt]sx?$", name) else ():
            if home := address(found[1]):
                yield home
    for name in sorted(files, key=len):
        if name.rpartition("/")[2] == "CNAME" and (home := address(f"https://{files[name].strip()}")):
            yield home


def _template(name: str) -> str:
    """Return the address of a post whose page a file is, as a template below the site's; or ""."""
    found = _PAGE.fullmatch(name)
    if not found or re.search(r"\.\w+$", found["path"].replace("...", "")):
        return ""
    path = re.sub(r"\([^/]*\)/", "", found["path"])
    parts = re.findall(r"\[+(?:\.\.\.)?(\w+)\]+", path)
    filled = re.sub(r"\[+(?:\.\.\.)?(\w+)\]+", lambda part: _PLACES.get(part[1].lower(), "{stem}"), path)
    if filled.count("{stem}") != 1 or not parts:
        return ""
    return f"{filled.strip('/')}/".replace("{stem}", "{slug}" if "{year}" in filled else "{stem}")


def _take_feed(path: str, site: Recognised) -> None:
    places = re.findall(r"\[(?:\.\.\.)?(\w+)\]", path)
    kind = _NAMES.get(places[0].lower(), "") if len(places) == 1 else ""
    if not places and (path.count("/") == 0 or re.match(r"(feed|blog|posts)/", path)) and not path.startswith("index"):
        site.replace_feeds("all", path)
    elif kind:
        site.replace_feeds(kind, re.sub(r"\[[^/\]]*\]", "{slug}", path))
    elif not path.startswith("index"):
        site.leave_feeds(path, why="init does not know what they hold")
