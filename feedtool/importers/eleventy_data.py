"""Eleventy's data of folders, files and layouts: the values of headers that they stand for. Pure; nothing is run.

Data is JSON, or a program, in which only plain texts and plain functions are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from feedtool.importers import Files, Recognised, below
from feedtool.importers.hugo import parsed

COMMENT = re.compile(r"/\*[\s\S]*?\*/|(?<![^\s,;{}()\[\]])//[^\n]*")
_DATA = re.compile(r"(?P<folder>.*?)(?P<stem>[^/]+?)(?P<own>\.11tydata)?\.(?P<ending>json|js|cjs|mjs|ts)")
_TEXT = r"""(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`([^`]*)`)"""
#: a value that is a text, or a function that returns one: `data => "…"`, `function (data) { return "…" }`
_FUNCTION = (
    r"(?:(?:async\s+)?(?:function\b[^({]*\([^)]*\)\s*\{\s*return\s*|\(?[\w\s,{}]*\)?\s*=>\s*(?:\{\s*return\s*)?))?"
)
#: keys of data that say something of every post of a folder
_KEYS = ("tags", "lang", "author", "categories", "category", "draft")
_LAYOUTS = (".njk", ".liquid", ".html", ".hbs", ".webc", ".11ty.js", ".vto", ".md", "")
#: layouts that build upon one another
_DEEPEST = 10


def data_of(files: Files, root: str, site: Recognised) -> dict[str, dict[str, Any]]:
    """Return the values of each folder below `root` that has a data file, and of each page with one, by path."""
    found: dict[str, dict[str, Any]] = {}
    for name in below(files, root):
        data = _DATA.fullmatch(name)
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
        if (address := script_permalink(script)) is None:
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
    if not found:
        return None
    if found[3] is None:
        return found[1] if found[1] is not None else found[2]
    parts = re.split(r"\$\{([^{}]*)\}", found[3])
    shown = [_expression(part) if at % 2 else part for at, part in enumerate(parts)]
    return None if None in shown else "".join(filter(None, shown))


def _expression(written: str) -> str | None:
    """Return an expression of JavaScript as one of Nunjucks; None where it is more than plain."""
    call = re.fullmatch(r"""\s*(?:[\w.]*getFilter\(["'](\w+)["']\)|(?:this\.)?(slugify|slug))\((.+)\)\s*""", written)
    inner = call[3] if call else written
    if not re.fullmatch(r"\s*[\w.]+(?:\s*(?:\|\||\?\?)\s*[\w.]+)*\s*", inner):
        return None
    inner = " or ".join(each.strip().removeprefix("data.") for each in re.split(r"\|\||\?\?", inner))
    return f"{{{{ {inner} | {call[1] or call[2]} }}}}" if call else f"{{{{ {inner} }}}}"


def _of_layout(files: Files, root: str, layout: object) -> dict[str, Any]:
    """Return the values of the header of a layout, and of those that it builds upon."""
    found: dict[str, Any] = {}
    for _ in range(_DEEPEST):
        text = next((files[name] for name in _layout_names(root, str(layout)) if name in files), "")
        head = re.match(r"---\r?\n(.*?)\n---", text, re.DOTALL)
        try:
            table = yaml.safe_load(head[1]) if head else None
        except (ValueError, RecursionError, yaml.YAMLError):
            table = None
        if not isinstance(table, dict):
            break
        found = {key: table[key] for key in (*_KEYS, "permalink") if _is_plain(table.get(key))} | found
        layout = table.get("layout")
    return found


def _layout_names(root: str, layout: str) -> Iterator[str]:
    for folder in ("_includes", "_layouts", "_includes/layouts"):
        for ending in _LAYOUTS:
            yield f"{root}/{folder}/{layout}{ending}".lstrip("/")
