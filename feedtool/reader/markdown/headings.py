"""Ids of headings: those that are written, and those that the generator makes of the words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

#: `{#id .class key="value"}` behind the words
_WRITTEN = re.compile(
    r"""[ \t]*\{:?[ \t]*([#.][^{}\n"']{1,200}|(?:[#.]?[\w:.-]+(?:="[^"{}\n]{0,200}")?[ \t]*){1,20})\}[ \t]*\Z"""
)
_ID = re.compile(r"(?:^|[ \t])#([^\s#.{}\"'<>=]+(?:\.[^\s#.{}\"'<>=]+)*)")
_CLASS = re.compile(r"(?:^|[ \t])\.([\w-]+)")

#: the words of a heading -> its id
Slug = Callable[[str], str]


def heading_ids_plugin(parser: MarkdownIt, slug: Slug | None = None) -> None:
    """Read the ids that are written behind headings, and give the other headings those that `slug` makes."""
    parser.core.ruler.before("inline", "written_heading_ids", _read_ids)
    if slug:
        parser.core.ruler.push("heading_ids", lambda state: _make_ids(state, slug))


def _read_ids(state: StateCore) -> None:
    for heading, words in zip(state.tokens, state.tokens[1:], strict=False):
        if heading.type != "heading_open" or not words.content.endswith("}"):
            continue
        written = _WRITTEN.search(words.content[-300:])
        named = _ID.search(written[1]) if written else None
        if written and (named or _CLASS.search(written[1])):
            words.content = words.content[: len(words.content) - len(written[0])]
            heading.attrs |= {"id": named[1]} if named else {}
            heading.attrs |= {"class": " ".join(classes)} if (classes := _CLASS.findall(written[1])) else {}


def _make_ids(state: StateCore, slug: Slug) -> None:
    used = {str(token.attrs["id"]): 0 for token in state.tokens if token.type == "heading_open" and "id" in token.attrs}
    for heading, words in zip(state.tokens, state.tokens[1:], strict=False):
        if heading.type == "heading_open" and "id" not in heading.attrs:
            made = slug("".join(child.content for child in words.children or () if child.type != "html_inline"))
            heading.attrs["id"] = _unique(made, used)


def _unique(name: str, used: dict[str, int]) -> str:
    """Return the name with a number behind it if it is used; numbers start after the last one given."""
    if name not in used:
        used[name] = 0
        return name
    while True:
        used[name] += 1
        if (found := f"{name}-{used[name]}") not in used:
            used[found] = 0
            return found


def github_slug(words: str) -> str:
    """Return the id that GitHub gives a heading."""
    kept = "".join(c for c in words.strip().lower() if c in "-_ " or unicodedata.category(c)[0] in "LMN")
    return kept.replace(" ", "-")


def hugo_slug(words: str, *, is_ascii: bool = False) -> str:
    """Return the id that Hugo gives a heading; with `is_ascii`, letters go without their accents."""
    if is_ascii:
        words = unicodedata.normalize("NFD", words).encode("ascii", "ignore").decode()
    kept = "".join(c for c in words.strip().lower() if c in "-_ " or c.isalpha() or c.isdecimal())
    return kept.replace(" ", "-")


def blackfriday_slug(words: str) -> str:
    """Return the id that Hugo gives a heading with `autoHeadingIDType = "blackfriday"`."""
    return "-".join(re.findall(r"\w+", words.lower().replace("_", " ")))


def anchor_slug(words: str) -> str:
    """Return the id that the plugin markdown-it-anchor gives a heading."""
    return quote(re.sub(r"\s+", "-", words.strip().lower()), safe="-_.!~*'()")
