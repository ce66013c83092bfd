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
#: in a file that only says what the site is
_URL = re.compile(r"""\burl["']?\s*[:=]\s*["'`](https?://[^"'`\s$]+)""", re.IGNORECASE)
_USUAL = re.compile(r"\b(blog|posts?|articles?|writing|notes?|news)\b|\{year\}")
#: parts of a program, each with the name that it defines; what the filter of a feed asks of a post
_PART = re.compile(r"(?m)^(?=(?:export |default |async )*(?:function|const|let|class|type|interface|import)\b)")
_DEFINED = re.compile(r"(?:export |default |async )*(?:function|const|let)\s+(\w+)")
_DENIED = re.compile(r"!\s*(?:\w+\??\.)?data\??\.(\w+)|\bdata\??\.(\w+)\s*!==?\s*true\b")
_FLAG = re.compile(r"(\w+)\s*:[^,\n]*\bboolean\(\)")
_NAMES = {"tag": "tag", "category": "category", "author": "author"}


def take_routes(files: Files, site: Recognised) -> None:
    """Take over addresses of pages and feeds, where files say them and the posts are at one place."""
    if "lume/" in (text := files.get("_config.ts", "") or files.get("_config.js", "")):
        _take_lume(COMMENT.sub("", text), site)
        return
    known = ((name, re.fullmatch(rf"({'|'.join(_CONFIGS)})(\.config)?\.[cm]?[jt]s", name)) for name in files)
    name, found = next((each for each in known if each[1]), ("", None))
    if not found:
        return
    site.tool, site.evidence = _CONFIGS[found[1]], [(name, 1)]
    home = next(_homes(files), "")
    pages = sorted({path for name in files if (path := _template(name))}, key=lambda path: (path.count("{"), path))
    posts = [path for path in pages if not re.match(r"(tags?|categor|authors?|og|page|api|_)", path)]
    usual = [path for path in posts if _USUAL.search(path)] or posts
    folder = str(site.values["posts.dirs"].value[0]).rpartition("/")[2] if "posts.dirs" in site.values else "posts"
    usual = [path for path in usual if path.startswith(f"{folder}/")] or usual
    if home and len(usual) == 1:
        site.take("posts.permalink", home + usual[0], "the page of a post among those of the site")
        site.take("posts.ids", f"{{site}}{usual[0]}", "addresses of pages, as in the usual feeds of such sites")
        site.take("posts.ids_url", home, "the site's address")
    elif pages:
        site.note(f"Addresses of posts are not known: write posts.permalink by hand ({', '.join(pages[:4])}).")
    for name in sorted(files):
        if route := _FEED.fullmatch(name):
            _take_feed(route["path"], site)
            _take_filter(files, name, site)
    every = site.feeds.get("all", ())
    site.published(home, every[0] if every else "", f"{_COPIED[site.tool]}/feeds")


def _take_lume(script: str, site: Recognised) -> None:
    """Take over what the configuration of Lume says: its pages are at the paths of their files."""
    site.tool, site.evidence = "Lume", [("_config with lume", 1)]
    found = re.search(r"""\blocation:\s*new URL\(\s*["'`](https?://[^"'`\s$]+)""", script)
    home = address(found[1]) if found else ""
    folder = str(site.values["posts.dirs"].value[0]) if "posts.dirs" in site.values else "posts"
    path = "/".join([*filter(None, [re.sub(r"^(src|site)(/|$)", "", folder)]), "{slug}/"])
    for key, value in (("permalink", home + path), ("ids", f"{{site}}{path}"), ("ids_url", home)):
        site.take(f"posts.{key}", home and value, "the addresses of Lume's pages")
    feeds = re.findall(
        r"""["'`](/?[\w/.-]*\.(?:rss|xml|json))["'`]""", " ".join(re.findall(r"\bfeed\(([^()]*)", script))
    )
    for path in feeds:
        site.replace_feeds("all", path)
    site.published(home, feeds[0] if feeds else "", "_site/feeds")


def _homes(files: Files) -> Iterator[str]:
    """Yield addresses that settings and the feeds' programs name as that of the site."""
    for name, text in files.items():
        is_setting = re.search(r"\.[cm]?[jt]sx?$", name) and not re.match("src/(?:content|utils|lib|helpers)/", name)
        for found in _SITE.finditer(COMMENT.sub("", text)) if is_setting else ():
            if home := address(found[1]):
                yield home
    for name, text in files.items():
        own = _URL.search(COMMENT.sub("", text)) if re.search(r"\bsite\.(config\.)?[cm]?[jt]s$", name) else None
        if own and (home := address(own[1])):
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


def _take_filter(files: Files, feed: str, site: Recognised) -> None:
    """Take over the flags of headers by which the program of a feed, with what it calls, leaves posts out."""
    scripts = [COMMENT.sub("", text) for name, text in files.items() if text and re.search(r"\.[cm]?[jt]s$", name)]
    parts = {found[1]: part for text in scripts for part in _PART.split(text) if (found := _DEFINED.match(part))}
    flags = {flag for text in scripts if "defineCollection" in text for flag in _FLAG.findall(text)}
    called, denied, left = set[str](), set[str](), [COMMENT.sub("", files[feed])]
    while left:
        text = left.pop()
        denied |= {flag for found in _DENIED.findall(text) for flag in found}
        new = parts.keys() & {*re.findall(r"\w+", text)} - called
        called |= new
        left += [parts[name] for name in new]
    site.take("posts.hidden_by", sorted(flags & denied - {"draft"}), f"{feed} leaves such posts out")


def _take_feed(path: str, site: Recognised) -> None:
    places = re.findall(r"\[(?:\.\.\.)?(\w+)\]", path)
    kind = _NAMES.get(places[0].lower(), "") if len(places) == 1 else ""
    if not places and (path.count("/") == 0 or re.match(r"(feed|blog|posts)/", path)) and not path.startswith("index"):
        site.replace_feeds("all", path)
    elif kind:
        site.replace_feeds(kind, re.sub(r"\[[^/\]]*\]", "{slug}", path))
    elif not path.startswith("index"):
        site.leave_feeds(path, why="init does not know what they hold")
