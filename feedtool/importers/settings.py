"""The files of a site -> the text of feedtool.toml; title, date and other facts -> the file of a new post. Pure.

recognised or plain -> completed -> with_answers -> settings_text, which loads without a problem, for any findings.
The reader reads back the same facts of a post, with any characters, except that white space is folded and characters
that feeds cannot contain are left out. The last part reads sites whose folders of pages are their addresses: those of
Astro, Next.js, SvelteKit, Gatsby and Lume.
"""

from __future__ import annotations

import html
import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from itertools import groupby
from typing import Any

import tomlkit

from feedtool.config.checks import BadValueError, shown
from feedtool.config.reading import parse_config
from feedtool.config.reference import KEYS
from feedtool.config.tables import Key
from feedtool.importers import Files, Found, Recognised, address, below, eleventy, hugo, jekyll, named_hosts, pelican
from feedtool.importers.eleventy import COMMENT
from feedtool.model import utc
from feedtool.problems import Problem
from feedtool.report import printable
from feedtool.syntax import FORBIDDEN
from feedtool.urls import slug

_GENERATORS = (
    jekyll.recognise, hugo.recognise, eleventy.recognise, pelican.recognise, hugo.recognise_zola, jekyll.recognise_hexo,
)  # fmt: skip
_MARKDOWN = (".md", ".markdown", ".mdx")
#: usual names of folders with posts
_USUAL = frozenset({"posts", "post", "blog", "articles", "news", "writing", "journal", "_posts"})
#: names of files about a folder, for people and for programs that write
_NOT_POSTS = frozenset({
    "README", "LICENSE", "CONTRIBUTING", "CHANGELOG", "CODE_OF_CONDUCT", "SECURITY", "CLAUDE", "AGENTS",
})  # fmt: skip
#: web hosts by files that give them away
_HOSTS = {
    "netlify.toml": "netlify", "vercel.json": "vercel", "wrangler.toml": "cloudflare-pages",
    "wrangler.json": "cloudflare-pages", "wrangler.jsonc": "cloudflare-pages",
}  # fmt: skip
#: markups that are not read, by the endings of their files
_UNREAD = {"org": "Org", "adoc": "AsciiDoc", "asciidoc": "AsciiDoc", "textile": "Textile"}
_LIMIT = "; a longer feed would show old entries as new"
#: characters; the reader cuts a longer title
LONGEST_TITLE = 1000


def recognised(files: Files) -> tuple[Recognised | None, tuple[Recognised, ...]]:
    """Return the site of the generator with the most evidence, or None, and the sites that others take it for."""
    found = [site for each in _GENERATORS if (site := each(files))]
    if not found:
        return None, ()
    best, *others = sorted(found, key=lambda site: -sum(weight for _, weight in site.evidence))
    _take_host(files, best)
    _leave_texts(files, best)
    _leave_others(files, best)
    return best, tuple(others)


def _leave_texts(files: Files, site: Recognised) -> None:
    """Leave out plain texts, which of these generators only Jekyll and Hexo take for pages."""
    dirs = tuple(f"{each}/" for each in site.values["posts.dirs"].value) if "posts.dirs" in site.values else ()
    if site.tool not in ("Jekyll", "Hexo") and any(name.startswith(dirs) and name.endswith(".txt") for name in files):
        known = site.values.pop("posts.exclude", Found([], f"files that {site.tool} does not take for pages"))
        site.take("posts.exclude", [*known.value, "*.txt"], known.origin)


def _leave_others(files: Files, site: Recognised) -> None:
    """Leave templates of another program alone, and say how many posts are in a markup that is not read."""
    if any(name.startswith("templates/") for name in files):
        site.values["site.templates"] = Found("", f"none: templates/ has those of {site.tool or 'another program'}")
    dirs = tuple(f"{each}/" for each in site.values["posts.dirs"].value) if "posts.dirs" in site.values else ()
    made = {name.rpartition(".")[0] for name in files if name.lower().endswith((*_MARKDOWN, ".html"))}
    own = [name.rpartition(".") for name in files if name.startswith(dirs or "")]
    counts = Counter(_UNREAD[ending] for stem, _, ending in own if ending in _UNREAD and stem not in made)
    for markup, count in counts.most_common():
        if count > 1:
            site.note(f"{count} files in {markup} are not read. Export them as Markdown or HTML to have them in feeds.")


def _take_host(files: Files, site: Recognised) -> None:
    name = next((name for name in _HOSTS if name in files), "")
    site.take("site.host", [_HOSTS[name]] if name else [], f"{name}: the files for the host redirect old feeds")


def plain(files: Files) -> Recognised:
    """Return a folder without a known generator: posts are in `posts/`, or in the folder with most of the Markdown.

    A folder such as `src/content/posts` counts more than its size, a file such as README.md not at all.
    """
    site = Recognised("", [])
    counts = Counter[str]()
    for name in files:
        folder, _, file = name.rpartition("/")
        if file.lower().endswith(_MARKDOWN) and file.rpartition(".")[0].upper() not in _NOT_POSTS:
            counts[folder.rpartition("/")[0] if file.lower().startswith("index.") else folder] += 1
    counts.pop("", None)
    named = {folder: count for folder, count in counts.items() if folder.rpartition("/")[2].lower() in _USUAL}
    tops = Counter[str]()
    for folder, count in counts.items():
        tops[folder if folder.split("/")[0] in ("src", "content") else folder.partition("/")[0]] += count
    if counts and not any(name.startswith("posts/") for name in files):
        count, most = max((count, folder) for folder, count in (named or tops).items())
        site.take("posts.dirs", [most], f"the folder with most Markdown ({count:,})")
        others = [f"{folder} ({count})" for folder, count in counts.most_common() if not f"{folder}/".startswith(most)]
        if others:
            site.note(f"Other folders with Markdown were left out: {', '.join(others[:5])}.")
    if any(name.rpartition("/")[2].rpartition(".")[0].upper() in _NOT_POSTS for name in files):
        site.take("posts.exclude", [f"{name}.md" for name in sorted(_NOT_POSTS)], "notes on the folder, for people")
    _take_host(files, site)
    take_routes(files, site)
    _leave_others(files, site)
    if site.tool:
        _leave_texts(files, site)
    return site


def completed(site: Recognised, *, folder_name: str) -> Recognised:
    """Return the site with the values that follow from the others, and without values that a build would refuse."""
    notes, values = [*site.notes], {**site.values}
    values.setdefault("site.title", Found(one_line(folder_name) or "Feeds", "the folder's name"))
    values.setdefault("posts.dirs", Found(["posts"], ""))
    if site.tool and "feeds.limit" in values and not values["feeds.limit"].value:
        values["feeds.max_bytes"] = Found(0, f"the feed of {site.tool} has all entries, of any size")
    for key, found in list(values.items()):
        try:
            values[key] = replace(found, value=_checked(key, found.value))
        except BadValueError as error:
            del values[key]
            notes.append(f"{found.origin}: {_said(error)}")
    return _loadable(replace(site, values=values, notes=notes))


def with_answers(site: Recognised, answers: Mapping[str, str]) -> Recognised:
    """Return the site with the answers of its owner, by dotted key; "" removes a value."""
    values = {key: found for key, found in site.values.items() if key not in answers}
    values |= {key: Found(value, "") for key, value in answers.items() if value}
    return _loadable(replace(site, values=values, notes=[*site.notes]))


def _loadable(site: Recognised) -> Recognised:
    """Remove values that are not allowed together, and return the site."""
    while problems := [each for each in parse_config(settings_text(site))[1] if each.field in site.values]:
        field = problems[0].field
        origin = site.values.pop(field).origin
        site.note(f"{field} is left out{origin and f' ({origin})'}: {_said(problems[0])}")
    return site


def check(key: str, text: str) -> str:
    """Return why a build would refuse an answer, or ""."""
    try:
        _checked(key, text)
    except BadValueError as error:
        return _said(error)
    return ""


def _said(wrong: BadValueError | Problem) -> str:
    return f"{wrong.message}. {wrong.fix}".strip()


def _checked(key: str, value: Any) -> Any:  # noqa: ANN401 - TOML's values
    """Return the value in its normal form. Raises BadValueError."""
    value = one_line(value) if isinstance(value, str) and key.startswith("site.") else value
    clean = KEYS[key].check(value) if key in KEYS else value
    return list(clean) if isinstance(clean, tuple) else clean


def settings_text(site: Recognised) -> str:
    """Return the text of the file."""
    whose = f", taken over from {site.tool}" if site.tool else ""
    lines = [f"# Settings of feedtool{whose}. `feedtool explain site.title` explains a key."]
    if site.notes:
        lines += ["#", "# Not taken over:"]
        for note in site.notes:
            lines += textwrap.wrap(
                printable(note), width=100, initial_indent="# - ", subsequent_indent="#   ",
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
    for table, keys in groupby(KEYS.values(), lambda key: key.table):
        own = [line for key in keys if (line := _line(key, site))]
        lines += ["", *([f"[{table}]"] if table else []), *own] if own else []
    lines += [
        "",
        *(f"# {table}  # {what}; `feedtool explain {table.strip('[]')}` lists its keys" for table, what in _MORE),
    ]
    for each in site.values["posts.defaults"].value if "posts.defaults" in site.values else ():
        lines += ["", "[[posts.defaults]]  # header values for the posts of a folder"]
        lines += [f"path = {_toml(each['path'])}", f"values = {_toml(each['values'])}"]
    return "\n".join([*lines, ""])


#: tables that `init` names and does not fill, with their purpose
_MORE = (
    ("[[feeds.custom]]", "a feed of your own, by conditions on its entries"),
    ("[[blogroll]]", "a feed of others that the site recommends"),
    ("[podcast]", "a feed that podcast apps read"),
    ("[plugins]", "functions of yours that read files, and change entries"),
)


def _line(key: Key, site: Recognised) -> str:
    if key.name not in site.values:
        return f"# {key.last} = {key.example}  # {key.summary}" if key.in_init else ""
    found = site.values[key.name]
    more = _LIMIT if key.name == "feeds.limit" and site.tool and found.value else ""
    comment = printable(f"{found.origin}{more}")
    return f"{key.last} = {_toml(found.value)}" + (f"  # {comment}" if comment else "")


def _toml(value: Any) -> str:  # noqa: ANN401 - TOML's values
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        return str(table.as_string())
    return str(tomlkit.item(value).as_string())


def table_lines(site: Recognised) -> list[str]:
    """Return what was found, for people: key, value, origin."""
    own = [*(key for key in KEYS if key in site.values), *(key for key in site.values if key not in KEYS)]
    rows = [(key, shown(site.values[key].value), site.values[key].origin) for key in own]
    keys, values = max((len(row[0]) for row in rows), default=0), max((min(len(row[1]), 22) for row in rows), default=0)
    return [printable(f"  {key:<{keys}}  {value:<{values}}  {origin}".rstrip()) for key, value, origin in rows]


def one_line(text: str) -> str:
    """Return the text as one line in Unicode form NFC, without characters that XML forbids."""
    return unicodedata.normalize("NFC", " ".join(FORBIDDEN.sub("", text).split()))


def post_text(
    title: str,
    *,
    published_ms: int,
    zone: tzinfo,
    author: str = "",
    source: str = "",
    categories: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> str:
    """Return the front matter of a post without a body; `source` is absolute, or ""."""
    moment = utc(published_ms).astimezone(zone if published_ms >= 0 else UTC)
    lines = ["---", f"title: {_quoted(title)}", f"date: {moment.isoformat(timespec='seconds')}"]
    lines += [f"author: {_quoted(author)}"] if one_line(author) else []
    lines += [f"from: {_quoted(source)}"] if source else []
    for key, terms in (("categories", categories), ("tags", tags)):
        written = [_quoted(term) for term in dict.fromkeys(map(one_line, terms)) if term]
        lines += [f"{key}: [{', '.join(written)}]"] if written else []
    return "\n".join([*lines, "---", "", ""])


def file_name(title: str, *, published_ms: int, zone: tzinfo, taken: Collection[str]) -> str:
    """Return a name for the post's file that every file system allows: the day, and the title as in addresses.

    `taken` are the names of existing files. If one of them is equal, apart from case, Unicode form and extension, a
    number is added.
    """
    moment = utc(published_ms).astimezone(zone if published_ms >= 0 else UTC)
    stem = f"{moment:%Y-%m-%d}-{slug(one_line(title))}"
    stems = {_folded(name.rpartition(".")[0] or name) for name in taken}
    number, own = 1, stem
    while _folded(own) in stems:
        number += 1
        own = f"{stem}-{number}"
    return f"{own}.md"


def _folded(name: str) -> str:
    """Return the name for comparison on a file system that ignores case and Unicode forms."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _quoted(text: str) -> str:
    """Return the text as a YAML string, with "&amp;" for "&" where that would begin an entity."""
    line = one_line(text)
    if html.unescape(line) != line:
        line = line.replace("&", "&amp;")
    # single quotes have no escapes, so that nothing in the text can be one
    return "'" + line.replace("'", "''") + "'" if '"' in line or "\\" in line else f'"{line}"'


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
_USUAL_PAGES = re.compile(r"\b(blog|posts?|articles?|writing|notes?|news)\b|\{year\}")
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
    usual = [path for path in posts if _USUAL_PAGES.search(path)] or posts
    top = str(site.values["posts.dirs"].value[0]) if "posts.dirs" in site.values else "posts"
    folder = top.rpartition("/")[2]
    usual = [path for path in usual if path.startswith(f"{folder}/")] or usual
    root = top.removesuffix(folder).rstrip("/")
    is_nested = any("/" in re.sub(r"/index\.\w+$", "", name) for name in below(files, top) if name.endswith(_MARKDOWN))
    if home and is_nested and root and usual == [f"{folder}/{{stem}}/"]:
        for key, value in (("permalink", "eleventy"), ("ids", "eleventy"), ("ids_url", home), ("ids_root", root)):
            site.take(f"posts.{key}", value, "addresses are the paths of files, as Eleventy has them too")
    elif home and len(usual) == 1:
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
    yield from named_hosts(files)


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
