"""Typographic signs as Goldmark makes them: quotation marks, apostrophes, dashes, dots, guillemets."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_SIGNS = {"---": "—", "--": "–", "...": "…", "<<": "«", ">>": "»"}
_SIGN = re.compile(r"---?|\.\.\.|<<|>>")
_DECADE = re.compile(r"'\d\ds(?=[\s\W]|\Z)")
#: 'twas, 'em, 'net, 'less
_CUT_WORD = re.compile(r"'[tenl]")
#: 's, 'm, 't, 'd, 've, 'll, 're
_ENDING = re.compile(r"'(?:[smtd]|ve|ll|re)(?=[\s!-/:-@\[-`{-~]|\Z)")
#: a mark before one more sign, and then a blank or another sign, ends a quotation
_BEFORE_SIGNS = re.compile(r".[^\w\s](?:[\s!-/:-@\[-`{-~]|\Z)")


def typography_plugin(parser: MarkdownIt) -> None:
    """Replace straight quotation marks, hyphens and dots by what they stand for."""
    for sign in ("'", '"', "."):
        parser.inline.add_terminator_char(sign)
    parser.inline.ruler.before("escape", "typography", _replace)


def _replace(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
    text, at = state.src, state.pos
    if found := _SIGN.match(text, at):
        made, size = _SIGNS[found[0]], len(found[0])
    elif text[at] in "'\"" and text[at] * 4 not in text[max(0, at - 3) : at + 4]:
        # of a long run, no mark begins a quotation, and looking at all of it for each would take too long
        made, size = _quote(state), 1
    else:
        return False
    if not made:
        return False
    if not silent:
        state.pending += made
    state.pos += size
    return True


def _quote(state: StateInline) -> str:
    """Return what a straight mark becomes; "" where it stays."""
    text, at = state.src, state.pos
    mark, before = text[at], text[at - 1 : at] if at else "\n"
    found = state.scanDelims(at, canSplitWord=True)
    opens, closes = found.can_open and not found.can_close, found.can_close and not found.can_open
    ends = closes or (found.can_open and found.can_close and bool(_BEFORE_SIGNS.match(text, at)))
    counts: dict[str, int] = state.env.setdefault("open quotations", {})
    key = f"{mark}{id(state.tokens)}"
    if mark == "'" and (made := _apostrophe(text, at, before, opens=opens)):
        return made
    if opens:
        counts[key] = counts.get(key, 0) + 1
        return "‘" if mark == "'" else "“"
    if mark == "'" and not ends and re.match(r"'\D", text[at : at + 2]) and len(text) > at + 2:
        return "’"
    if ends and (counts.get(key, 0) > 0 or mark == "'"):
        if mark == '"' and text[at + 1 : at + 2] == '"' and before.isdigit():
            return ""  # an inch
        counts[key] = counts.get(key, 0) - 1
        return "’" if mark == "'" else "”"
    return ""


def _apostrophe(text: str, at: int, before: str, *, opens: bool) -> str:
    """Return an apostrophe where a mark leaves something out; else ""."""
    is_left_out = (
        (opens and _DECADE.match(text, at))
        or (not before.isalnum() and _CUT_WORD.match(text, at))
        or (before.isalnum() and text[at + 1 : at + 2].isalpha())
        or (opens and _ENDING.match(text, at))
    )
    return "’" if is_left_out else ""
