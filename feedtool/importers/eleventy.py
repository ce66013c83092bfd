"""Eleventy: its configuration is a program, in which only plain texts are looked for, and which is not run. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from feedtool.importers import POSTS, Files, Recognised, address, below, folder_name, folders_of, largest
from feedtool.importers.hugo import parsed

_CONFIGS = (".eleventy.js", *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")))
_COMMENT = re.compile(r"/\*[\s\S]*?\*/|(?<![^\s,;{}()\[\]])//[^\n]*")
#: a text without anything to be filled in; a number; any other expression
_VALUE = r"""\s*:\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|(\d+)|([^\s,}][^,}\n]*))"""
#: usual names of folders with posts
_FOLDERS = ("posts", "post", "blog", "articles", "news", "notes")
#: key of feedtool.toml -> keys of the feed plugin's metadata; `home` is the site's address
_METADATA = {
    "site.title": "title", "site.description": "subtitle", "home": "base", "site.language": "language",
    "site.author": "author",
}  # fmt: skip
#: key of feedtool.toml -> keys of the site's global data
_DATA = {
    "site.title": "title name",
    "site.description": "description subtitle",
    "site.language": "language lang",
    "home": "url base baseUrl",
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
    script = _COMMENT.sub("", files.get(name, ""))
    dirs = _block(script, r"\bdir\s*:\s*\{")
    options = _block(script, r"addPlugin\(\s*(?:feedPlugin|feed\w*|\w*[fF]eed\w*)\s*,\s*\{")
    options = options or _block(script, r"metadata\s*:\s*\{")
    site_input = folder_name(_find(dirs, "input"))
    _data(files, site_input, site)
    site.take_texts(_METADATA, _texts(options, _METADATA), f"{name}: metadata.")
    home = address(site.values["home"].value if "home" in site.values else "") or address(_find(options, "base"))
    site.values.pop("home", None)
    limit = _find(options, "limit")
    origin = f"{name}: collection.limit" if limit else "the default of the plugin"
    site.take("feeds.limit", int(limit) if limit.isdecimal() else 0, origin)
    _posts(files, site_input, home, site)
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
    for stem in ("metadata", "site"):
        for folder in dict.fromkeys((f"{site_input}/_data".lstrip("/"), "_data")):
            json, script = f"{folder}/{stem}.json", f"{folder}/{stem}.js"
            site.take_texts(_DATA, parsed(json, files.get(json, "")) or {}, f"{json}: ")
            site.take_texts(_DATA, _exported(files.get(script, "")), f"{script}: ")


def _exported(script: str) -> dict[str, Any]:
    """Return the texts of the object that a script exports."""
    block = _block(_COMMENT.sub("", script), r"(?:export\s+default|module\.exports\s*=)\s*\{")
    return _texts(block, _DATA)


def _posts(files: Files, site_input: str, home: str, site: Recognised) -> None:
    """Take over where posts are, their addresses and their ids."""
    counts = folders_of((name for name in below(files, site_input) if "_includes/" not in name), POSTS)
    tops = Counter[str]()
    for folder, count in counts.items():
        parts = folder.split("/")
        top = next((part for part in parts if part in _FOLDERS), "")
        if top:
            tops["/".join(parts[: parts.index(top) + 1])] += count
    if not tops:
        site.note("No folder is called posts or blog: write the name of that of the posts under [posts] dirs.")
        return
    folder = largest(tops)
    whole = f"{site_input}/{folder}".lstrip("/")
    site.take("posts.dirs", [whole], "the folder with most posts")
    pattern = f"{folder}/{{stem}}/"
    site.take("posts.permalink", f"{home.rstrip('/')}/{pattern}", "the default addresses of Eleventy")
    if not home:
        site.note("No setting names the site's address, so that the old feed's ids are not known.")
        return
    site.take("posts.ids", f"{{site}}{pattern}", "the ids of the plugin: addresses of pages")
    site.take("posts.ids_url", home, "the site's address")
    deep = [name for name in below(files, whole) if _is_deep(name)]
    if deep:
        site.note(f"{len(deep)} posts are in subfolders, such as {deep[0][:60]}: their addresses and ids differ.")
    site.note("A `permalink` in a header or a folder's data, which changes the old feed's id, is not supported.")


def _is_deep(name: str) -> bool:
    """Tell whether the address of a post contains a folder beside its name: Eleventy takes a/a.md for a."""
    folder, slash, file = name.rpartition("/")
    return name.lower().endswith(POSTS) and bool(slash) and folder != file.rpartition(".")[0]
