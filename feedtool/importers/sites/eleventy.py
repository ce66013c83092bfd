"""Eleventy: its configuration is a program, in which only plain texts are looked for, and never run. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from feedtool.importers.found import Files, Finding, Recognised, address, below, folders_of, language

_CONFIGS = (".eleventy.js", *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts")))
_COMMENT = re.compile(r"/\*[\s\S]*?\*/|(?<![^\s,;{}()\[\]])//[^\n]*")
#: a text without anything to be filled in; a number
_VALUE = r"""\s*:\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|(\d+)|([^\s,}][^,}\n]*))"""
_POSTS = (".md", ".markdown", ".html")


def recognise(files: Files) -> Recognised | None:
    """Return what Eleventy's files say, or None where nothing speaks for Eleventy."""
    name = next((name for name in _CONFIGS if name in files), "")
    evidence = [(name, 4)] if name else []
    evidence += [("package.json with @11ty/eleventy", 2)] if "@11ty/eleventy" in files.get("package.json", "") else []
    if not evidence:
        return None
    finding = Finding()
    script = _COMMENT.sub("", files.get(name, "")[:200_000])
    site_input = _dirs(script).get("input", "").strip("./").strip("/")
    options = _options(script)
    _data(files, site_input, finding)
    _site(name, options, finding)
    home = address(finding.text("home")) or address(_find(options, "base"))
    finding.values.pop("home", None)
    limit = _find(options, "limit")
    finding.take(
        "feeds.limit", int(limit) if limit.isdecimal() else 0, f"{name}: collection.limit" if limit else "the plugin's"
    )
    _posts(files, site_input, home, finding)
    finding.take("posts.ignore_terms", ["posts", "post", "all", "nav"], "names of collections, which are no topics")
    output = _dirs(script).get("output", "").strip("./").strip("/") or "_site"
    finding.take(
        "output", f"{output}/feeds", f"{name}: dir.output" if "output" in _dirs(script) else "Eleventy's own folder"
    )
    path = _find(options, "outputPath") or "/feed.xml"
    return Recognised(
        tool="Eleventy",
        evidence=tuple(evidence),
        values=finding.values,
        home=home,
        old_feed=home + path.lstrip("/") if home else "",
        notes=tuple(finding.notes),
    )


def _block(script: str, opening: str) -> str:
    """Return what stands between the braces behind a pattern that ends with the first of them, or ""."""
    found = re.search(opening, script)
    depth = 1 if found else 0
    for at in range(found.end() if found else 0, len(script)):
        depth += {"{": 1, "}": -1}.get(script[at], 0)
        if not depth:
            return script[found.end() : at] if found else ""
    return ""


def _options(script: str) -> str:
    """Return the options of the feed plugin, or else its metadata."""
    return _block(script, r"addPlugin\(\s*(?:feedPlugin|feed\w*|\w*[fF]eed\w*)\s*,\s*\{") or _block(
        script, r"metadata\s*:\s*\{"
    )


def _dirs(script: str) -> dict[str, str]:
    block = _block(script, r"\bdir\s*:\s*\{")
    return {key: value for key in ("input", "output") if (value := _find(block, key))}


def _find(block: str, key: str) -> str:
    """Return the text of a key, as written where it is no plain text; "" where there is none."""
    found = re.search(rf"""(?:^|[\s,{{"'])["']?{key}["']?{_VALUE}""", block)
    if not found:
        return ""
    text = found[1] or found[2] or found[3]
    if text:
        return re.sub(r"\\(.)", lambda escape: " " if escape[1] in "nrt" else escape[1], text)
    return f"${{{found[4].strip()}}}" if found[4] else ""


def _site(name: str, options: str, finding: Finding) -> None:
    if not options:
        return
    for key, place in {"site.title": "title", "site.description": "subtitle", "home": "base"}.items():
        finding.take(key, _find(options, place), f"{name}: metadata.{place}")
    finding.take("site.language", language(_find(options, "language")), f"{name}: metadata.language")
    author = _block(options, r"author\s*:\s*\{")
    finding.take("site.author", _find(author, "name"), f"{name}: metadata.author.name")


def _data(files: Files, site_input: str, finding: Finding) -> None:
    """Take over what is kept in the site's global data, where that is no program."""
    for stem in ("metadata", "site"):
        for folder in dict.fromkeys((f"{site_input}/_data".lstrip("/"), "_data")):
            name = f"{folder}/{stem}.json"
            _table(name, _json(files.get(name, "")), finding)
            script = f"{folder}/{stem}.js"
            if script in files:
                block = _block(
                    _COMMENT.sub("", files[script][:200_000]), r"(?:export\s+default|module\.exports\s*=)\s*\{"
                )
                keys = ("title", "name", "description", "language", "lang", "url", "base")
                table: dict[str, Any] = {key: _find(block, key) for key in keys}
                table["author"] = {"name": _find(_block(block, r"author\s*:\s*\{"), "name")}
                _table(script, table, finding)


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _table(name: str, table: dict[str, Any], finding: Finding) -> None:
    places = {
        "site.title": ("title", "name"),
        "site.description": ("description", "subtitle"),
        "site.language": ("language", "lang"),
        "home": ("url", "base", "baseUrl"),
    }
    for key, names in places.items():
        for place in names:
            value = table.get(place)
            if isinstance(value, str):
                finding.take(key, language(value) if key == "site.language" else value, f"{name}: {place}")
    author = table.get("author")
    person = author.get("name") if isinstance(author, dict) else author
    finding.take("site.author", person if isinstance(person, str) else "", f"{name}: author")


def _posts(files: Files, site_input: str, home: str, finding: Finding) -> None:
    counts = folders_of((name for name in below(files, site_input) if "_includes/" not in name), _POSTS)
    tops: dict[str, int] = {}
    for folder, count in counts.items():
        parts = folder.split("/")
        top = next((part for part in parts if part in ("posts", "post", "blog", "articles", "news", "notes")), "")
        if top:
            place = "/".join(parts[: parts.index(top) + 1])
            tops[place] = tops.get(place, 0) + count
    if not tops:
        finding.note("No folder is called posts or blog: name that of the posts under [posts] dirs.")
        return
    folder = max(tops, key=lambda each: (tops[each], each))
    whole = f"{site_input}/{folder}".lstrip("/")
    finding.take("posts.dirs", [whole], "the folder that holds most posts")
    pattern = f"{folder}/{{stem}}/"
    finding.take("posts.permalink", f"{home.rstrip('/')}/{pattern}", "where Eleventy puts pages by default")
    if not home:
        finding.note("Nothing says what the site's address is, so that the old feed's ids are not known.")
        return
    finding.take("posts.ids", f"{{site}}{pattern}", "the plugin's ids: the pages' addresses")
    finding.take("posts.ids_url", home, "the site's address")
    deep = [name for name in below(files, whole) if _is_deep(name)]
    if deep:
        finding.note(f"{len(deep)} posts lie deeper, such as {deep[0][:60]}: their addresses and ids will be others.")
    finding.note("A `permalink` in a header or a folder's data, which changes the old feed's id, is not known here.")


def _is_deep(name: str) -> bool:
    """Tell whether a post's folder is part of its address beside its name: Eleventy takes a/a.md for a."""
    folder, slash, file = name.rpartition("/")
    return name.lower().endswith(_POSTS) and bool(slash) and folder != file.rpartition(".")[0]
