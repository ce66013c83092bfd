"""What the scripts and the feed templates of an Eleventy site say. Pure; nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from feedtool.importers import address, header

#: the address of the site's pages, which may stand below others, and any address on the site
_ALTERNATE = re.compile(
    r"""<link\b(?![^<>]*\brel=["']?self)[^<>]*?\bhref=["'](https?://[^"'<>{}\s]+)["']|<link>(https?://[^<>{}\s]+)</link>"""
)
_ANY = re.compile(
    r"""<link\b[^<>]*?\bhref=["'](https?://[^"'<>{}\s]+)|<id>(?:tag:)?(https?://[^<>{}\s]+)|\bxml:base=["'](https?://[^"'<>{}\s]+)"""
    r"""|<link>(https?://[^<>{}\s]+)|"home_page_url"\s*:\s*"(https?://[^"{}\s]+)"""
)
#: behind the collection of all posts: how many of them
_LIMIT = re.compile(
    r"\{%-?\s*(?:for|assign|set)\s[^%}\n]*\bcollections\.\w+[^%}\n]*?\b(?:limit\w*|head|slice|take|first|last)\b[\s:(]{0,3}(?:0\s*,\s*)?-?(\d{1,4})\b"
)
_FORM = re.compile(r"""\b(?:toFormat|format|strftime)\(\s*(?:[\w.]+\s*,\s*)?["'`]([^"'`]{1,60})["'`]""")
_ISO = re.compile(
    r"toISODate\(\)|toISOString\(\)\s*\.\s*(?:split\(\s*[\"'`]T[\"'`]\s*\)|(?:slice|substring|substr)\(0, ?10\))"
)
_SLASHES = re.compile(r"""\.split\(["'`]-["'`]\)\.join\(["'`]/|replace(?:All)?\(\s*(?:/-/g|["'`]-["'`])\s*,\s*["'`]/""")
#: more characters than such a filter has
_LONGEST = 600
_NEXT = re.compile(
    r"\badd(?:Filter|Collection|Shortcode|PairedShortcode|Plugin|Transform)\(|\n(?:export |const |function |module\.)"
)


def metadata(text: str) -> dict[str, Any]:
    """Return the table `metadata` of a template's header."""
    own = header(text).get("metadata")
    return own if isinstance(own, dict) else {}


def home(text: str) -> str:
    """Return the address of the site that a template names; ""."""
    if (found := _ALTERNATE.search(text)) and "." not in urlsplit(found[1] or found[2]).path:
        return address(found[1] or found[2])
    found = _ANY.search(text)
    parts = urlsplit(next(filter(None, found.groups()))) if found else None
    return address(f"{parts.scheme}://{parts.netloc}") if parts else ""


def limit(text: str) -> int:
    """Return how many posts a template writes; 0 for all, or an unknown number."""
    found = _LIMIT.search(text)
    return int(found[1]) if found else 0


def date_form(scripts: Mapping[str, str], name: str) -> str:
    """Return the form that a filter gives dates, as Luxon or strftime write it; ""."""
    for body in _bodies(scripts, name):
        if found := _FORM.search(body):
            return found[1]
        if found := _ISO.search(body):
            return "yyyy/MM/dd" if _SLASHES.search(body, found.end()) else "yyyy-MM-dd"
    return ""


def _bodies(scripts: Mapping[str, str], name: str) -> Iterable[str]:
    """Yield the texts in which a filter may be defined: at its registration, by its own name, in a file of its name."""
    own = re.escape(name)
    registered = re.compile(rf"""\baddFilter\(\s*["'`]{own}["'`]\s*,\s*(?:(\w+)\s*\))?""")
    function = name
    for script in scripts.values():
        if found := registered.search(script):
            function = found[1] or name
            if not found[1]:
                yield _body(script, found.end())
    defined = re.compile(rf"""\b(?:const|let|function)\s+{function}\b|(?:^|[\s,{{])["']?{function}["']?\s*[:(]""")
    for path, script in scripts.items():
        if path.rpartition("/")[2].partition(".")[0] == function:
            yield script[:_LONGEST]
        elif found := defined.search(script):
            yield _body(script, found.end())


def _body(script: str, start: int) -> str:
    end = _NEXT.search(script, start)
    return script[start : min(start + _LONGEST, end.start() if end else len(script))]
