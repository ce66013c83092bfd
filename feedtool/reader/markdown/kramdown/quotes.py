"""Straight quotation marks -> the ones that kramdown makes of them. Pure."""

from __future__ import annotations

import re
from html import unescape

_SIGN = r"""[!"#$%'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"""
#: what a quotation mark and its neighbours look like, and what it becomes: (group before, "l" or "r" with the group of
#: the mark)
_RULES = tuple(
    (re.compile(pattern, re.ASCII | re.DOTALL), kinds)
    for pattern, kinds in (
        (r"()(['\"])(?=[_*]{1,2}\S)", "l"),
        (rf"()(['\"])(?={_SIGN}(?!\.\.)\B)", "r"),
        (r"(\s?)(\"')(?=\w)", "ll"),
        (r"(\s?)('\")(?=\w)", "ll"),
        (r"(\s?)(')(?=\d\ds)", "r"),
        (r"(\s)(['\"])(?=\w)", "l"),
        (r"([^ \\\t\r\n\[{(-])(['\"])", "r"),
        (r"()(['\"])(?=\s|s\b|\n|\Z)", "r"),
        (r"(.?)(['\"])", "l"),
    )
)
_STARTS = re.compile(r"[^\\]?[\"']", re.DOTALL)
#: by mark and side, the place in the option `smart_quotes`
_PLACES = {"'l": 0, "'r": 1, '"l': 2, '"r': 3}


def smart_quote(text: str, at: int, names: str) -> tuple[str, int] | None:
    """Return what stands here with its quotation mark made typographic, and where the text goes on.

    `names` is kramdown's option `smart_quotes`: four names of entities. None where no mark stands here, or behind one
    more character.
    """
    if not _STARTS.match(text, at):
        return None
    signs = [unescape(f"&{name.strip()};") for name in re.sub(r"[\[\]'\"]", "", names).split(",")]
    for rule, sides in _RULES:
        if found := rule.match(text, at):
            before, marks = found.groups()
            made = (_made(mark, side, signs) for mark, side in zip(marks, sides, strict=True))
            return before + "".join(made), found.end()
    return None


def _made(mark: str, side: str, signs: list[str]) -> str:
    return signs[_PLACES[mark + side]] if len(signs) == 4 else mark
