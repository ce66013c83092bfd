"""Eleventy: its configuration is a program, in which only plain texts are looked for, and which is not run. Pure."""

from __future__ import annotations

import re
from typing import Any

from feedtool.importers import POSTS, Files, Recognised, address, below, folder_name, folders_of
from feedtool.importers.eleventy_data import COMMENT, data_of
from feedtool.importers.hugo import parsed

#: a file or folders with a date
_DATED = re.compile(r"(?:^|/)\d{4}[-/]\d\d[-/]\d\d(?:[-/]|$)", re.ASCII)
_CONFIGS = (".eleventy.js", *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")))
#: a text without anything to be filled in; a number; any other expression
_VALUE = r"""\s*:\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|(\d+)|([^\s,}][^,}\n]*))"""
#: usual names of the folder with all that is a page
_INPUTS = ("src", "content", "site", "source")
#: usual names of folders with posts
_FOLDERS = ("posts", "_posts", "post", "blog", "articles", "news", "notes", "journal", "writing", "weblog")
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
    "home": "url base baseUrl siteUrl origin",
    "site.author": "author",
}


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
    options = _block(script, r"addPlugin\(\s*(?:feedPlugin|feed\w*|\w*[fF]eed\w*)\s*,\s*\{")
    options = options or _block(script, r"metadata\s*:\s*\{")
    site_input = folder_name(_find(dirs, "input"))
    if "$" in site_input:  # a program says it
        site_input = next((each for each in _INPUTS if any(at.startswith(f"{each}/") for at in files)), "")
    _data(files, site_input, site)
    site.take_texts(_METADATA, _texts(options, _METADATA), f"{name}: metadata.")
    home = address(site.values["home"].value if "home" in site.values else "") or address(_find(options, "base"))
    site.values.pop("home", None)
    home = home or site.unknown_home(files, "No setting")
    limit = _find(options, "limit")
    origin = f"{name}: collection.limit" if limit else "the default of the plugin"
    site.take("feeds.limit", int(limit) if limit.isdecimal() else 0, origin)
    _posts(files, site_input, home, site)
    site.take("posts.markdown", "markdown-it", "Eleventy's Markdown")
    site.take("posts.ignore_terms", ["posts", "post", "all", "nav"], "names of collections")
    output = folder_name(_find(dirs, "output")) or "_site"
    origin = f"{name}: dir.output" if _find(dirs, "output") else "the default of Eleventy"
    site.take("output", f"{output}/feeds", origin)
    return site.published(home, _find(options, "outputPath") or "/feed.xml")


def _block(script: str, opening: str) -> str:
    """Return the text in braces after a pattern that ends with the opening brace, or ""."""
    found = re.search(opening, script)
    if not found:
        return ""
    depth = 1
    for at in range(found.end(), len(script)):
        depth += {"{": 1, "}": -1}.get(script[at], 0)
        if not depth:
            return script[found.end() : at]
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
    found: dict[str, Any] = {key: _find(block, key) for keys in table.values() for key in keys.split()}
    return {**found, "author": {"name": _find(_block(block, r"author\s*:\s*\{"), "name")}}


def _data(files: Files, site_input: str, site: Recognised) -> None:
    """Take over the site's global data."""
    for stem in ("metadata", "site", "meta", "config"):
        for folder in dict.fromkeys((f"{site_input}/_data".lstrip("/"), "_data")):
            json = f"{folder}/{stem}.json"
            site.take_texts(_DATA, parsed(json, files.get(json, "")) or {}, f"{json}: ")
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


def _posts(files: Files, site_input: str, home: str, site: Recognised) -> None:
    """Take over where posts are, their addresses and their ids."""
    data = data_of(files, site_input, site)
    tops = _tops(files, site_input, data)
    if not tops:
        site.note("No folder is called posts or blog: write the name of that of the posts under [posts] dirs.")
        return
    dirs = [f"{site_input}/{folder}".strip("/") for folder in tops]
    site.take("posts.dirs", dirs, "folders with a usual name, dated files, or the tag of the feed")
    found = [{"path": f"{site_input}/{path}".strip("/"), "values": values} for path, values in data.items()]
    tables = [each for each in found if any(f"{each['path']}/".startswith(f"{folder}/") for folder in dirs)]
    site.take("posts.defaults", tables, "data files of folders")
    site.take("posts.permalink", "eleventy", "the addresses of Eleventy's pages")
    site.take("posts.ids", "eleventy", "the ids of the plugin: addresses of pages")
    site.take("posts.ids_url", home, "the site's address")
    site.take("posts.ids_root", site_input, "dir.input")


def _tops(files: Files, site_input: str, data: dict[str, dict[str, Any]]) -> list[str]:
    """Return the folders with posts: of a usual name, or with mostly dated files, or tagged as posts."""
    names = [name for name in below(files, site_input) if not re.search(r"(^|/)_(?!posts/)", name) and _is_post(name)]
    counts, dated = folders_of(names, POSTS), folders_of((name for name in names if _DATED.search(name)), POSTS)
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
        if own > 2 and own * 2 > all_own:
            tops[top] = None
    return [top for top in tops if not any(top.startswith(f"{other}/") for other in tops)]


def _is_post(name: str) -> bool:
    return not name.lower().endswith(("readme.md", "license.md", "/index.html", "/index.njk"))
