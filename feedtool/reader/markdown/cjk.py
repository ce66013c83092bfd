"""Chinese, Japanese and Korean in Markdown: no blank for a line's end, and emphasis beside full-width signs. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.token import Token

#: scripts that are written without blanks between words, and their signs
_NO_BLANKS = "\u2e80-\u2fdf\u3000-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60"
_NO_BLANKS += "\ufe10-\ufe1f\ufe30-\ufe4f\U00020000-\U0003ffff"
_HAS_NO_BLANKS = re.compile(f"[{_NO_BLANKS}]")
#: Korean has blanks between words, but its words, too, may stand beside emphasis
_IS_CJK = re.compile(f"[{_NO_BLANKS}\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_TAGS = r"(?:</?(?:em|strong|b|i|a|s|del|code|span|abbr|mark|sup|sub)\b[^<>\n]{0,500}>){0,8}"
_WORD_START = re.compile(rf"[ \t]*{_TAGS}[{_NO_BLANKS}]")
_WORD_END = re.compile(rf"[{_NO_BLANKS}]{_TAGS}\Z")
_KEPT = re.compile(r"<(pre|textarea)\b.*?</\1>", re.DOTALL | re.IGNORECASE)


def cjk_plugin(parser: MarkdownIt) -> None:
    """Leave out a line's end between two characters of these scripts, and let emphasis stand beside their signs."""
    parser.inline.ruler.at("emphasis", _beside_cjk(emphasis.tokenize))
    parser.inline.ruler.at("strikethrough", _beside_cjk(strikethrough.tokenize))
    parser.core.ruler.push("cjk_lines", _join_lines)


def joined_lines(html: str) -> str:
    """Return HTML of paragraphs without the line ends between two characters of these scripts."""
    if "\n" not in html or not _HAS_NO_BLANKS.search(html):
        return html
    out, done = [], 0
    for kept in _KEPT.finditer(html):
        out += [_without_line_ends(html[done : kept.start()]), kept[0]]
        done = kept.end()
    return "".join([*out, _without_line_ends(html[done:])])


def _without_line_ends(html: str) -> str:
    lines = html.split("\n")
    out = [lines[0]]
    for line in lines[1:]:
        goes_on = _WORD_START.match(line) and _WORD_END.search(out[-1][-600:])
        out += [line.lstrip(" \t")] if goes_on else ["\n", line]
    return "".join(out)


def _join_lines(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children and _HAS_NO_BLANKS.search(block.content):
            children = block.children
            block.children = [token for at, token in enumerate(children) if not _is_needless(children, at)]


def _is_needless(tokens: list[Token], at: int) -> bool:
    """Return whether a token is a line's end between two characters of scripts without blanks."""
    if tokens[at].type != "softbreak":
        return False
    before = next((token.content for token in reversed(tokens[max(0, at - 8) : at]) if token.content), "")
    behind = next((token.content for token in tokens[at + 1 : at + 9] if token.content), "")
    return bool(_HAS_NO_BLANKS.match(before[-1:]) and _HAS_NO_BLANKS.match(behind))


def _beside_cjk(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """Return a rule of delimiters that also opens and closes emphasis between a sign and a character of CJK."""

    def tokenize(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
        start, known = state.pos, len(state.delimiters)
        if not rule(state, silent):
            return False
        before, behind = state.src[start - 1 : start], state.src[state.pos : state.pos + 1]
        if _IS_CJK.match(before) or _IS_CJK.match(behind):
            opens, closes = _flanking(before or " ", behind or " ")
            for delimiter in state.delimiters[known:]:
                is_in_word = state.src[start] == "_" and opens and closes
                delimiter.open = opens and (not is_in_word or _is_sign(before))
                delimiter.close = closes and (not is_in_word or _is_sign(behind))
        return True

    return tokenize


def _flanking(before: str, behind: str) -> tuple[bool, bool]:
    """Return whether emphasis may open, and close, between two characters; signs of CJK count as letters."""
    was_blank, is_blank = isWhiteSpace(ord(before)), isWhiteSpace(ord(behind))
    was_sign, is_sign = (_is_sign(sign) and not _IS_CJK.match(sign) for sign in (before, behind))
    opens = not is_blank and (not is_sign or was_blank or was_sign or bool(_IS_CJK.match(before)))
    closes = not was_blank and (not was_sign or is_blank or is_sign or bool(_IS_CJK.match(behind)))
    return opens, closes


def _is_sign(character: str) -> bool:
    return bool(character) and (isMdAsciiPunct(ord(character)) or isPunctChar(character))
