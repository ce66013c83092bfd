"""The site's own filters for dates in addresses, with the form that their scripts name. Pure; nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

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


def form(scripts: Mapping[str, str], name: str) -> str:
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
