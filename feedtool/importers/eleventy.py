"""Eleventy: its configuration and data may be programs; plain texts are looked for in them, nothing is run. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from feedtool.importers import POSTS, Files, Recognised, address, below, eleventy_scripts, folder_name, header, parsed

#: a file or folders with a date
_DATED = re.compile(r"(?:^|/)\d{4}[-/]\d\d[-/]\d\d(?:[-/]|$)", re.ASCII)
_CONFIGS = [f"{stem}.{ending}" for stem in (".eleventy", "eleventy.config") for ending in ("js", "mjs", "cjs", "ts")]
#: a text without anything to be filled in; a number; any other expression
_VALUE = r"""\s*:\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|(\d+)|([^\s,}][^,}\n]*))"""
#: a template that writes a feed, and the address in its header
_FEED = re.compile(r"<feed\b|<rss\b|jsonfeed\.org|(layout:|extends)\s*[\"']?[\w./]*feed")
_FEED_LAYOUT = re.compile(r"(?:^|/)_(?:layouts|includes)/.*(?:feed|atom|rss)")
_PERMALINK = re.compile(r"""^\s*["']?permalink["']?\s*[:=]\s*["'`]?([^\s"'`,][^"'`\n]*?)["'`]?\s*,?$""", re.MULTILINE)
#: usual names of the folder with all that is a page
_INPUTS = ("src", "content", "site", "source")
#: usual names of folders with posts
_FOLDERS = ("posts", "_posts", "post", "blog", "articles", "news", "notes", "journal", "writing", "weblog")
#: names of collections of all posts
_COLLECTIONS = {*_FOLDERS, "all"}
_TAGS = {*_FOLDERS, "article", "note"}
#: key of feedtool.toml -> keys of the feed plugin's metadata; `home` is the site's address
_METADATA = {
    "site.title": "title", "site.description": "subtitle", "home": "base", "site.language": "language",
    "site.author": "author",
}  # fmt: skip
#: key of feedtool.toml -> keys of the site's global data
_DATA = {
    "site.title": "title name siteName",
    "site.description": "description subtitle siteDescription",
    "site.language": "language lang",
    "home": "url base baseUrl siteUrl origin host domain",
    "site.author": "author",
}
COMMENT = re.compile(r"/\*[\s\S]*?\*/|(?<![^\s,;{}()\[\]])//[^\n]*")
_DATA_FILE = re.compile(r"(?P<folder>.*?)(?P<stem>[^/]+?)(?P<own>\.11tydata)?\.(?P<ending>json|js|cjs|mjs|ts)")
_TEXT = r"""(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`([^`]*)`)"""
#: a value that is a text, or a function that returns one: `data => "…"`, `function (data) { return "…" }`
_FUNCTION = (
    r"(?:(?:async\s+)?(?:function\b[^({]*\([^)]*\)\s*\{\s*return\s*|\(?[\w\s,{}]*\)?\s*=>\s*(?:\{\s*return\s*)?))?"
)
#: keys of data that say something of every post of a folder
_KEYS = ("tags", "lang", "author", "categories", "category", "draft")
_LAYOUT_FOLDERS = ("_includes", "_layouts", "_includes/layouts")
_LAYOUTS = (".njk", ".liquid", ".html", ".hbs", ".webc", ".11ty.js", ".vto", ".md", "")
#: the value that a layout shows as the title of a page
_SHOWN_TITLE = re.compile(r"<h1\b[^<>]*>\s*\{\{-?\s*(\w+)\s*(?:\|[^{}]*)?\}\}")
#: a filter `slugify` of the site's own, made of the library of that name, and the characters that it removes
_OWN_SLUG = re.compile(r"(?:from\s*|require\(\s*)[\"']slugify[\"']")
#: a filter without arguments behind a date
_DATE_FILTER = re.compile(r"\bdate\s*\|\s*(\w+)\s*(?=[|}])")
_REMOVED = re.compile(r"\bremove\s*:\s*/\[((?:\\[^\w\n]|[^\\\]\n])+)\]/g")
#: layouts that build upon one another
_DEEPEST = 10


def recognise(files: Files) -> Recognised | None:
    """Return what Eleventy's files say, or None without evidence for Eleventy."""
    name = next((name for name in _CONFIGS if name in files), "")
    evidence = [(name, 4)] if name else []
    evidence += [("package.json with @11ty/eleventy", 2)] if "@11ty/eleventy" in files.get("package.json", "") else []
    if not evidence:
        return None
    site = Recognised("Eleventy", evidence)
    script = COMMENT.sub("", files.get(name, ""))
    dirs = _block(script, r"\bdir\s*:\s*\{")
    plugins = _plugins(files)
    options = next((block for block in plugins if _name_of(block) in _COLLECTIONS), plugins[0] if plugins else "")
    options = options or _block(script, r"metadata\s*:\s*\{")
    for key in ("Input", "Output", "Data"):  # a function says it, and no table
        called = re.search(rf"\.set{key}Directory\(\s*[\"'`]([^\"'`$]*)[\"'`]", script)
        dirs += f"\n{key.lower()}: '{called[1]}'," if called else ""
    site_input = folder_name(_find(dirs, "input"))
    if "$" in site_input:  # a program says it
        site_input = next((each for each in _INPUTS if any(at.startswith(f"{each}/") for at in files)), "")
    _data(files, site_input, folder_name(_find(dirs, "data") or "_data"), site)
    metadata = _block(options, r"\bmetadata\s*:\s*\{") or options
    site.take_texts(_METADATA, _texts(metadata, _METADATA), f"{name}: metadata.")
    home = _home(files, site_input, options, site)
    left = _posts(files, site_input, home, site)
    _take_filters(files, site)
    site.take("posts.markdown", "markdown-it", "Eleventy's Markdown")
    site.take("posts.ignore_terms", ["posts", "post", "all", "nav"], "names of collections")
    output = folder_name(_find(dirs, "output")) or "_site"
    origin = f"{name}: dir.output" if _find(dirs, "output") else "the default of Eleventy"
    site.take("output", f"{output}/feeds", origin)
    feed = _feeds(files, site_input, plugins, options, left, site)
    _limit(files, site_input, options, feed, name, site)
    return site.published(home, feed)


def _home(files: Files, site_input: str, options: str, site: Recognised) -> str:
    """Return the site's address, and take over what the templates of its feeds say of it."""
    for name, _, text in _written_feeds(files, site_input):
        site.take_texts(_DATA, eleventy_scripts.metadata(text), f"{name}: metadata.")
    named = site.values.pop("home").value if "home" in site.values else ""
    templates = [text for _, _, text in _written_feeds(files, site_input)]
    templates += [text for name, text in files.items() if _FEED_LAYOUT.search(name)]
    plain = map(eleventy_scripts.home, templates)
    return (
        address(named)
        or address(_find(options, "base"))
        or next(filter(None, plain), "")
        or (site.unknown_home(files, "No setting"))
    )


def _limit(files: Files, site_input: str, options: str, feed: str, name: str, site: Recognised) -> None:
    """Take over how many posts the feed of all posts has."""
    if limit := _find(options, "limit"):
        site.take("feeds.limit", int(limit) if limit.isdecimal() else 0, f"{name}: collection.limit")
    for template, path, text in _written_feeds(files, site_input):
        if path.lstrip("/") == feed.lstrip("/") and (most := eleventy_scripts.limit(text)):
            site.take("feeds.limit", most, template)
    site.take("feeds.limit", 0, "the default of the plugin")


def _plugins(files: Files) -> list[str]:
    """Return the options of each use of the feed plugin, in whichever file of settings."""
    opening = re.compile(r"addPlugin\(\s*\w*[fF]eed\w*\s*,\s*\{")
    scripts = [COMMENT.sub("", files[name]) for name in files if re.search(r"\.(?:[cm]?js|ts)$", name) and files[name]]
    return [_braces(script, found.end()) for script in scripts for found in opening.finditer(script)]


def _name_of(options: str) -> str:
    return _find(_block(options, r"collection\s*:\s*\{"), "name").lower() or "posts"


def _feeds(files: Files, site_input: str, plugins: list[str], chosen: str, left: list[str], site: Recognised) -> str:
    """Take over the addresses of feeds, and return that of all posts, or "".

    They are those of the plugin, and of templates that write a feed at a plain address, or one for each term. `left`:
    the collections that are left out.
    """
    others: list[str] = []
    for options in plugins:
        own = _find(options, "outputPath") or "/feed.xml"
        if options == chosen or _name_of(options) in _COLLECTIONS:
            site.replace_feeds("all", own)
        else:
            others.append(own)
    for name, path, text in _written_feeds(files, site_input):
        term = re.sub(r"\{\{-?\s*[\w.]+\s*\|\s*slug\w*\s*-?\}\}", "{slug}", path)
        is_main = re.match(r"(feed|atom|rss|index)\b", name.rpartition("/")[2].lower())
        is_all = is_main or not (plugins or site.feeds.get("all"))
        if "{slug}" in term and "{{" not in term:
            site.replace_feeds("category" if "categor" in name + path else "tag", term)
        elif "{" not in path and is_all and _collection(text) not in left:
            site.replace_feeds("all", path)
        else:
            others.append(path)
    site.leave_feeds(*others, why="init does not know what they hold")
    every = site.feeds.get("all", ())
    return every[0] if every else ""


def _collection(text: str) -> str:
    """Return the collection whose pages a template of a feed has, "" where it names several or none."""
    named = set(re.findall(r"\bcollections\.(\w+)", text))
    return named.pop() if len(named) == 1 else ""


def _is_first(text: str) -> bool:
    """Return whether a template's feed is at the root of the site."""
    found = _PERMALINK.search(text)
    return found is not None and "/" not in found[1].strip("/")


def _written_feeds(files: Files, site_input: str) -> list[tuple[str, str, str]]:
    """Return the templates that write a feed, those of all posts first: name, address and text of each."""
    names = sorted(below(files, site_input), key=lambda name: not re.search(r"\b(all|posts|blog|index)\b", name))
    texts = ((name, files[f"{site_input}/{name}".lstrip("/")]) for name in names)
    return [(name, path, text) for name, text in texts if (path := _written_feed(name, text)) is not None]


def _written_feed(name: str, text: str) -> str | None:
    """Return the address of the feed that a template writes, as in its header; None for any other file."""
    if "/_" in f"/{name}" or name.endswith(".xml") or not _FEED.search(text[:20_000]):
        return None
    found = _PERMALINK.search(text)
    is_prose = found and name.endswith(".md") and not found[1].endswith((".xml", ".json", ".atom"))
    return found[1] if found and not is_prose else None


def _block(script: str, opening: str) -> str:
    """Return the text in braces after a pattern that ends with the opening brace, or ""."""
    found = re.search(opening, script)
    return _braces(script, found.end()) if found else ""


def _braces(script: str, start: int) -> str:
    """Return the text up to the brace that closes one before `start`, or ""."""
    depth = 1
    for at in range(start, len(script)):
        depth += {"{": 1, "}": -1}.get(script[at], 0)
        if not depth:
            return script[start:at]
    return ""


def _find(block: str, key: str) -> str:
    """Return the text of a key, or its expression as "${...}"; "" if the block does not have it."""
    found = re.search(rf"""(?:^|[\s,{{"'])["']?{key}["']?{_VALUE}""", block)
    if not found:
        return ""
    text = found[1] or found[2] or found[3]
    if text:
        return re.sub(r"\\(.)", lambda escape: " " if escape[1] in "nrt" else escape[1], text)
    return f"${{{found[4].strip()}}}" if found[4] else ""


def _texts(block: str, table: dict[str, str]) -> dict[str, Any]:
    """Return the texts of the keys in a table; of the author, who is a table, the name."""
    flat = _flat(block)
    found: dict[str, Any] = {key: _find(flat, key) for keys in table.values() for key in keys.split()}
    return {**found, "author": {"name": _find(_block(block, r"author\s*:\s*\{"), "name")}}


def _flat(block: str) -> str:
    """Return a text without its parts in braces and brackets."""
    depth, kept = 0, list[str]()
    for character in block:
        depth = max(0, depth - (character in "}]"))
        kept.append("" if depth else character)
        depth += character in "{["
    return "".join(kept)


def _take_filters(files: Files, site: Recognised) -> None:
    """Take over what the site's own filters in addresses do: slugs by the usual library with options, and dates."""
    scripts = {name: COMMENT.sub("", text) for name, text in files.items() if re.search(r"\.[cm]?[jt]s$", name)}
    found: dict[str, Any] = {}
    origin = ""
    name = next((name for name, text in scripts.items() if _OWN_SLUG.search(text)), "")
    if name and any(re.search(r"addFilter\(\s*[\"']slugify[\"']", text) for text in scripts.values()):
        removed = _REMOVED.search(scripts[name])
        options = {key: True for key in ("lower", "strict") if re.search(rf"\b{key}\s*:\s*true\b", scripts[name])}
        found["slugify"] = {**options, **({"remove": re.sub(r"\\(.)", r"\1", removed[1])} if removed else {})}
        origin = f"{name}: the site's filter `slugify`"
    tables = site.values["posts.defaults"].value if "posts.defaults" in site.values else ()
    wanted = {each for table in tables for each in _DATE_FILTER.findall(str(table["values"].get("permalink", "")))}
    if dates := {each: form for each in sorted(wanted) if (form := eleventy_scripts.date_form(scripts, each))}:
        found["dates"] = dates
    site.take("posts.generator", found, origin or "the site's filters for dates in addresses")


def _data(files: Files, site_input: str, own: str, site: Recognised) -> None:
    """Take over the site's global data, which are in the folder `own` of the input."""
    for stem in ("metadata", "site", "meta", "config", "global"):
        for folder in dict.fromkeys((f"{site_input}/{own}".lstrip("/"), "_data")):
            for ending in ("json", "yaml", "yml"):
                name = f"{folder}/{stem}.{ending}"
                site.take_texts(_DATA, parsed(name, files.get(name, "")) or {}, f"{name}: ")
            for ending in ("js", "mjs", "cjs", "ts"):
                script = f"{folder}/{stem}.{ending}"
                site.take_texts(_DATA, _exported(files.get(script, "")), f"{script}: ")
    package = parsed("package.json", files.get("package.json", "")) or {}
    if package.get("homepage") and "github.com" not in str(package["homepage"]):
        site.take_texts({"home": "homepage"}, package, "package.json: ")


def _exported(script: str) -> dict[str, Any]:
    """Return the texts of the object that a script exports, or those that it exports one by one."""
    bare = COMMENT.sub("", script)
    block = _block(bare, r"(?:export\s+default|module\.exports\s*=)\s*\{")
    if not block:
        block = re.sub(r"export\s+const\s+(\w+)\s*=", r"\n\1:", bare)
    # an address that the environment may replace
    return _texts(re.sub(r"process\.env\.\w+\s*(?:\|\||\?\?)\s*", "", block), _DATA)


def _posts(files: Files, site_input: str, home: str, site: Recognised) -> list[str]:
    """Take over where posts are, their addresses and their ids, and return the folders that are left out."""
    data = data_of(files, site_input, site)
    every = _tops(files, site_input, data)
    if not every:
        site.note("No folder is called posts or blog: write the name of that of the posts under [posts] dirs.")
        return []
    tops = _of_main_feed(files, site_input, every)
    if left := [top for top in every if top not in tops]:
        names = ", ".join(f"{site_input}/{top}".strip("/") for top in left)
        why = "Folders that have another feed than the posts, or none, are left out"
        site.note(f"{why}: {names}. To publish them: add them to posts.dirs.")
    dirs = [f"{site_input}/{folder}".strip("/") for folder in tops]
    site.take("posts.dirs", dirs, "folders with a usual name, dated files, or the tag of the feed")
    found = [{"path": f"{site_input}/{path}".strip("/"), "values": values} for path, values in data.items()]
    tables = [each for each in found if any(f"{each['path']}/".startswith(f"{folder}/") for folder in dirs)]
    site.take("posts.defaults", tables, "data files of folders")
    site.take("posts.permalink", "eleventy", "the addresses of Eleventy's pages")
    site.take("posts.ids", "eleventy", "the ids of the plugin: addresses of pages")
    site.take("posts.ids_url", home, "the site's address")
    site.take("posts.ids_root", site_input, "dir.input")
    return left


def _of_main_feed(files: Files, site_input: str, tops: list[str]) -> list[str]:
    """Return the folders with posts that the site's main feeds hold: of a feed's name, or of its collection."""
    every = {path: files[f"{site_input}/{path}".lstrip("/")] for path in below(files, site_input)}
    feeds = {path: text for path, text in every.items() if _written_feed(path, text)}
    named = {path.rpartition("/")[2].partition(".")[0] for path in feeds}
    if len(named.intersection(tops)) > 1:
        return [top for top in tops if top in named]
    first = {_collection(text) for text in feeds.values() if _is_first(text)}
    apart = {_collection(text) for text in feeds.values()} - first
    return [top for top in tops if top not in apart] if first.intersection(tops) else tops


def _tops(files: Files, site_input: str, data: dict[str, dict[str, Any]]) -> list[str]:
    """Return the folders with posts: of a usual name, or with mostly dated files, or tagged as posts."""
    no_post = re.compile(r"(?:^|/)_(?!posts/)|(?i:readme\.md|license\.md|/index\.(?:html|njk))$")
    names = [name for name in below(files, site_input) if name.lower().endswith(POSTS) and not no_post.search(name)]
    counts, dated = (Counter(n.rpartition("/")[0] for n in some) for some in (names, filter(_DATED.search, names)))
    tops: dict[str, None] = {}
    for folder in sorted(counts):
        parts = folder.split("/")
        usual = next((at for at, part in enumerate(parts) if part in _FOLDERS), None)
        if usual is not None:
            tops["/".join(parts[: usual + 1])] = None
        tags = data.get(folder, {}).get("tags", ())
        if usual is None and not _TAGS.isdisjoint([tags] if isinstance(tags, str) else tags):
            tops[folder] = None
    for top in sorted({folder.partition("/")[0] for folder in counts if folder}):
        own, all_own = (
            sum(n for path, n in some.items() if f"{path}/".startswith(f"{top}/")) for some in (dated, counts)
        )
        if own > 2 and own * 2 > all_own and not any(f"{each}/".startswith(f"{top}/") for each in tops):
            tops[top] = None
    return [top for top in tops if not any(top.startswith(f"{other}/") for other in tops)]


def data_of(files: Files, root: str, site: Recognised) -> dict[str, dict[str, Any]]:
    """Return the values of each folder below `root` that has a data file, and of each page with one, by path."""
    found: dict[str, dict[str, Any]] = {}
    for name in below(files, root):
        data = _DATA_FILE.fullmatch(name)
        if data is None or "_data/" in name or "_includes/" in name:
            continue
        folder = data["folder"].rstrip("/")
        is_of_folder = folder.rpartition("/")[2] == data["stem"]
        if not is_of_folder and not data["own"]:
            continue
        path = folder if is_of_folder else f"{folder}/{data['stem']}".strip("/")
        whole = f"{root}/{name}".lstrip("/")
        values = _values(whole, files[whole], site, path)
        if layout := values.pop("layout", ""):
            values = {**_of_layout(files, root, layout), **values}
        found[path] = {**found.get(path, {}), **values}
    return {path: values for path, values in found.items() if values}


def _values(name: str, text: str, site: Recognised, path: str) -> dict[str, Any]:
    """Return the values that a data file has for headers."""
    if name.endswith(".json"):
        table = parsed(name, text) or {}
        computed = table.get("eleventyComputed")
        table |= {"permalink": computed["permalink"]} if isinstance(computed, dict) and "permalink" in computed else {}
        found = {key: table[key] for key in (*_KEYS, "permalink", "layout") if _is_plain(table.get(key))}
        is_hidden = table.get("eleventyExcludeFromCollections") is True
        return found | ({"eleventyExcludeFromCollections": True} if is_hidden else {})
    script = COMMENT.sub("", text)
    found = {key: value for key in (*_KEYS, "layout") if (value := _literal(script, key)) not in (None, "", [])}
    if re.search(r"\bpermalink\b\s*[:(=]", script):
        address = script_permalink(script)
        if address is None and (address := _last_permalink(script)):
            site.note(
                f"{name}: permalink depends on conditions. Posts get the address that it returns last, {address}: "
                "write `permalink` into the headers of the others."
            )
        if address is None:
            site.note(
                f"{name}: permalink is a program: the addresses of {path or 'these posts'} are not known. "
                'Write them under [[posts.defaults]]: values = { permalink = "/blog/{{ page.fileSlug }}/" }.'
            )
        else:
            found["permalink"] = address
    return found


def _is_plain(value: object) -> bool:
    is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return value not in (None, "", []) and (isinstance(value, str | bool) or is_list)


def _literal(script: str, key: str) -> Any:  # noqa: ANN401 - a text, a list of texts, yes or no
    """Return the plain value of a key in a script, or None."""
    found = re.search(rf"""(?:^|[\s,{{])["']?{key}["']?\s*:\s*(\[[^\[\]]*\]|true|false|{_TEXT})""", script)
    if not found:
        return None
    if found[1].startswith("["):
        return [next(filter(None, each), "") for each in re.findall(_TEXT, found[1])]
    return found[1] == "true" if found[1] in ("true", "false") else next(filter(None, found.groups()[1:]), "")


def script_permalink(script: str) -> str | None:
    """Return a permalink in a script as a template of Nunjucks; None where it is more than plain."""
    start = rf"(?:^|[\s,{{])[\"']?permalink[\"']?\s*(?::\s*{_FUNCTION}|\([^)]*\)\s*\{{\s*return\s*)"
    found = re.search(rf"{start}{_TEXT}\s*(?=[,;}}\n)]|$)", script)
    return _as_template(*found.groups()) if found else None


def _last_permalink(script: str) -> str | None:
    """Return the template that a permalink with several returns has at its end, or None."""
    found = re.search(r"\bpermalink\b\s*:?\s*(?:async\s+)?(?:function\b)?\s*\([^()]*\)\s*(?:=>\s*)?\{", script)
    returned = re.findall(rf"\breturn\s+(?:{_TEXT})?", _braces(script, found.end())) if found else []
    return _as_template(*(each or None for each in returned[-1])) if returned and any(returned[-1]) else None


def _as_template(double: str | None, single: str | None, ticks: str | None) -> str | None:
    """Return a text of JavaScript as a template of Nunjucks; None where it is more than plain."""
    if ticks is None:
        return double if double is not None else single
    parts = re.split(r"\$\{([^{}]*)\}", ticks)
    shown = [_expression(part) if at % 2 else part for at, part in enumerate(parts)]
    return None if None in shown else "".join(filter(None, shown))


def _expression(written: str) -> str | None:
    """Return an expression of JavaScript as one of Nunjucks; None where it is more than plain."""
    call = re.fullmatch(r"""\s*(?:[\w.]*getFilter\(["'](\w+)["']\)|(?:this\.)?(slugify|slug))\((.+)\)\s*""", written)
    inner = (call[3] if call else written).replace("?.", ".")
    if not re.fullmatch(r"\s*[\w.]+(?:\s*(?:\|\||\?\?)\s*[\w.]+)*\s*", inner):
        return None
    inner = " or ".join(each.strip().removeprefix("data.") for each in re.split(r"\|\||\?\?", inner))
    return f"{{{{ {inner} | {call[1] or call[2]} }}}}" if call else f"{{{{ {inner} }}}}"


def _of_layout(files: Files, root: str, layout: object) -> dict[str, Any]:
    """Return the values of the header of a layout, and of those that it builds upon."""
    found: dict[str, Any] = {}
    for _ in range(_DEEPEST):
        names = (f"{root}/{folder}/{layout}{ending}".lstrip("/") for folder in _LAYOUT_FOLDERS for ending in _LAYOUTS)
        text = next((files[name] for name in names if name in files), "")
        if not (table := header(text)):
            break
        found = {key: table[key] for key in (*_KEYS, "permalink") if _is_plain(table.get(key))} | found
        if (shown := _SHOWN_TITLE.search(text)) and shown[1] != "title":
            found.setdefault("title", f"{{{{ {shown[1]} }}}}")
        layout = table.get("layout")
    return found
