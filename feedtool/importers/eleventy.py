"""Eleventy: its configuration is a program, in which only plain texts are looked for, and which is not run. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from feedtool.importers.found import (
    LONGEST,
    Files,
    Finding,
    Recognised,
    address,
    below,
    folder_name,
    folders_of,
    largest,
    named,
)  # fmt: skip

_CONFIGS = (".eleventy.js", *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")))
_COMMENT = re.compile(r"/\*[\s\S]*?\*/|(?<![^\s,;{}()\[\]])//[^\n]*")
#: a text without anything to be filled in; a number; any other expression
_VALUE = r"""\s*:\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|(\d+)|([^\s,}][^,}\n]*))"""
_POSTS = (".md", ".markdown", ".html")
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
    finding = Finding("Eleventy", evidence)
    script = _COMMENT.sub("", files.get(name, "")[:LONGEST])
    dirs = _block(script, r"\bdir\s*:\s*\{")
    options = _block(script, r"addPlugin\(\s*(?:feedPlugin|feed\w*|\w*[fF]eed\w*)\s*,\s*\{")
    options = options or _block(script, r"metadata\s*:\s*\{")
    site_input = folder_name(_find(dirs, "input"))
    _data(files, site_input, finding)
    finding.take_texts(_METADATA, named(_texts(options, _METADATA), f"{name}: metadata."))
    home = address(finding.values["home"].value if "home" in finding.values else "") or address(_find(options, "base"))
    finding.values.pop("home", None)
    limit = _find(options, "limit")
    origin = f"{name}: collection.limit" if limit else "the default of the plugin"
    finding.take("feeds.limit", int(limit) if limit.isdecimal() else 0, origin)
    _posts(files, site_input, home, finding)
    finding.take("posts.ignore_terms", ["posts", "post", "all", "nav"], "names of collections")
    output = folder_name(_find(dirs, "output")) or "_site"
    origin = f"{name}: dir.output" if _find(dirs, "output") else "the default of Eleventy"
    finding.take("output", f"{output}/feeds", origin)
    return finding.recognised(home, _find(options, "outputPath") or "/feed.xml")


def _block(script: str, opening: str) -> str:
    """Return the text in braces after a pattern that ends with the opening brace, or ""."""
    found = re.search(opening, script)
    depth = 1 if found else 0
    for at in range(found.end() if found else 0, len(script)):
        depth += {"{": 1, "}": -1}.get(script[at], 0)
        if not depth:
            return script[found.end() : at] if found else ""
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


def _data(files: Files, site_input: str, finding: Finding) -> None:
    """Take over the site's global data."""
    for stem in ("metadata", "site"):
        for folder in dict.fromkeys((f"{site_input}/_data".lstrip("/"), "_data")):
            for name, table in (
                (f"{folder}/{stem}.json", _json(files.get(f"{folder}/{stem}.json", ""))),
                (f"{folder}/{stem}.js", _exported(files.get(f"{folder}/{stem}.js", ""))),
            ):
                finding.take_texts(_DATA, named(table, f"{name}: "))


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _exported(script: str) -> dict[str, Any]:
    """Return the texts of the object that a script exports."""
    block = _block(_COMMENT.sub("", script[:LONGEST]), r"(?:export\s+default|module\.exports\s*=)\s*\{")
    return _texts(block, _DATA)


def _posts(files: Files, site_input: str, home: str, finding: Finding) -> None:
    """Take over where posts are, their addresses and their ids."""
    counts = folders_of((name for name in below(files, site_input) if "_includes/" not in name), _POSTS)
    tops: dict[str, int] = {}
    for folder, count in counts.items():
        parts = folder.split("/")
        top = next((part for part in parts if part in _FOLDERS), "")
        if top:
            path = "/".join(parts[: parts.index(top) + 1])
            tops[path] = tops.get(path, 0) + count
    if not tops:
        finding.note("No folder is called posts or blog: write the name of that of the posts under [posts] dirs.")
        return
    folder = largest(tops)
    whole = f"{site_input}/{folder}".lstrip("/")
    finding.take("posts.dirs", [whole], "the folder with most posts")
    pattern = f"{folder}/{{stem}}/"
    finding.take("posts.permalink", f"{home.rstrip('/')}/{pattern}", "the default addresses of Eleventy")
    if not home:
        finding.note("No setting names the site's address, so that the old feed's ids are not known.")
        return
    finding.take("posts.ids", f"{{site}}{pattern}", "the ids of the plugin: addresses of pages")
    finding.take("posts.ids_url", home, "the site's address")
    deep = [name for name in below(files, whole) if _is_deep(name)]
    if deep:
        finding.note(f"{len(deep)} posts are in subfolders, such as {deep[0][:60]}: their addresses and ids differ.")
    finding.note("A `permalink` in a header or a folder's data, which changes the old feed's id, is not supported.")


def _is_deep(name: str) -> bool:
    """Tell whether the address of a post contains a folder beside its name: Eleventy takes a/a.md for a."""
    folder, slash, file = name.rpartition("/")
    return name.lower().endswith(_POSTS) and bool(slash) and folder != file.rpartition(".")[0]
