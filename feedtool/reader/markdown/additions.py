r"""What several dialects of Markdown have beyond CommonMark, as plugins of markdown-it-py. Pure.

TeX stays as it is written: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, `\begin{align}…\end{align}`. Markdown would take its
underscores, stars and backslashes for its own. What does not look like TeX is left to Markdown: prices between two
dollar signs, brackets behind a backslash. Chinese, Japanese and Korean: no blank for a line's end, and emphasis beside
full-width signs. Addresses without marks become links, as GitHub, Hugo and Obsidian have it. Headings get ids: those
that are written, or those that the generator makes of the words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml, isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.token import Token
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from feedtool.syntax import later

#: characters of a formula
_LONGEST = 4000
_PAIRS = {"$$": "$$", r"\[": r"\]", r"\(": r"\)", "$": "$"}
_IS_TEX = re.compile(r"\\[A-Za-z,;!{}|]|[\^_]")
_IS_EQUATION = re.compile(r"\\[A-Za-z,;!{}|]|[\^_=<>+]|^[ ]?[A-Za-z][ ]?$")
#: a command behind two backslashes, where the author knows that Markdown takes one of them; and one behind one
_ESCAPED, _COMMAND = re.compile(r"\\\\[A-Za-z]"), re.compile(r"(?<!\\)\\[A-Za-z]")
#: letters in parentheses that are not variables but signs of rights, or a plural
_NO_VARIABLES = frozenset("cCrRpPs")
#: what MathJax takes for a formula without any sign around it
_ENVIRONMENT = re.compile(r"\\begin\{(?:align|alignat|displaymath|eqnarray|equation|flalign|gather|multline)\*?\}")
_BLOCK = re.compile(rf" {{0,3}}(\$\$|\\\[|{_ENVIRONMENT.pattern})")
#: GitHub's form, of which Markdown would make code
_IN_TICKS = re.compile(rf"\$`([^`]{{1,{_LONGEST}}})`\$(?!\w)")

#: scripts that are written without blanks between words, and their signs
_NO_BLANKS = "\u2e80-\u2fdf\u3000-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60"
_NO_BLANKS += "\ufe10-\ufe1f\ufe30-\ufe4f\U00020000-\U0003ffff"
_HAS_NO_BLANKS = re.compile(f"[{_NO_BLANKS}]")
#: Korean has blanks between words, but its words, too, may stand beside emphasis
_IS_CJK = later(f"[{_NO_BLANKS}\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_TAGS = r"(?:</?(?:em|strong|b|i|a|s|del|code|span|abbr|mark|sup|sub)\b[^<>\n]{0,500}>){0,8}"
_WORD_START = later(rf"[ \t]*{_TAGS}[{_NO_BLANKS}]")
_WORD_END = later(rf"[{_NO_BLANKS}]{_TAGS}\Z")
_KEPT = re.compile(r"<(pre|textarea)\b.*?</\1>", re.DOTALL | re.IGNORECASE)

_SCHEMES = ("http", "https", "mailto", "xmpp")
#: characters before a sign that may belong to an address; the library looks through all that it is given
_BEFORE = 200
#: a rule of markdown-it
Rule = Callable[[StateInline, bool], bool]

#: `{#id .class key="value"}` behind the words
_WRITTEN = re.compile(
    r"""[ \t]*\{:?[ \t]*([#.][^{}\n"']{1,200}|(?:[#.]?[\w:.-]+(?:="[^"{}\n]{0,200}")?[ \t]*){1,20})\}[ \t]*\Z"""
)
_ID = re.compile(r"(?:^|[ \t])#([^\s#.{}\"'<>=]+(?:\.[^\s#.{}\"'<>=]+)*)")
_CLASS = re.compile(r"(?:^|[ \t])\.([\w-]+)")

#: the words of a heading -> its id
Slug = Callable[[str], str]


def tex_plugin(parser: MarkdownIt) -> None:
    """Keep TeX as it is written."""
    parser.inline.ruler.before("escape", "tex", _inline)
    parser.block.ruler.before("fence", "tex_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.add_render_rule("tex", _render)


def github_formulas_plugin(parser: MarkdownIt) -> None:
    """Read formulas as GitHub and GitLab have them: in code between dollar signs, in fences of the language math."""
    parser.inline.ruler.before("tex", "tex_in_ticks", _in_ticks)
    parser.core.ruler.after("block", "tex_in_fences", _in_fences)
    parser.add_render_rule("tex_fence", lambda *given: f"<p>$$\n{_render(*given)}$$</p>\n")


def _in_fences(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "fence" and token.info.strip() == "math":
            token.type = "tex_fence"


def _in_ticks(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    found = _IN_TICKS.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "$" else None
    if not found:
        return False
    if not silent:
        state.push("tex", "", 0).content = f"${found[1].strip()}$"
    state.pos = found.end()
    return True


def _render(_: object, tokens: Sequence[Token], at: int, *__: Any) -> str:  # noqa: ANN401 - markdown-it's options
    return escapeHtml(tokens[at].content)


def _inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
    start = state.pos
    end = formula_end(state.src, start, state.posMax)
    if not end:
        return False
    if not silent:
        state.push("tex", "", 0).content = state.src[start:end]
    state.pos = end
    return True


def formula_end(text: str, start: int, most: int) -> int:
    """Return where the formula ends that begins at a place, `most` at the latest; 0 without a formula."""
    opening = text[start : start + 2] if text[start : start + 2] in _PAIRS else text[start]
    if opening == "\\" and (environment := _ENVIRONMENT.match(text, start)):
        closing = environment[0].replace("begin", "end")
        at = text.find(closing, start, min(most, start + _LONGEST))
        return at + len(closing) if at > 0 else 0
    if opening not in _PAIRS or (opening == "$" and text[start - 1 : start] == "$"):
        return 0
    inner = start + len(opening)
    at = text.find(_PAIRS[opening], inner, min(most, inner + _LONGEST))
    while at > 0 and opening[0] == "$" and text[at - 1] == "\\" and text[at - 2] != "\\":
        at = text.find(_PAIRS[opening], at + 1, min(most, inner + _LONGEST))
    content = text[inner:at] if at > inner else ""
    behind = text[at + len(opening) : at + len(opening) + 1]
    if not content.strip() or not _looks_like_tex(opening, content, text[max(0, start - 1) : start], behind):
        return 0
    return at + len(opening)


def _looks_like_tex(opening: str, content: str, before: str, behind: str) -> bool:
    if _is_escaped(content):
        return False
    if opening == "$$":
        return True
    if opening == "$":
        is_tight = not content[0].isspace() and not content[-1].isspace() and "`" not in content
        has_signs = _IS_TEX.search(content) or not re.search(r"\s", content)
        return bool(is_tight and has_signs and not behind.isalnum() and not before.isalnum())
    if opening == r"\(" and (before.isalnum() or content.strip() in _NO_VARIABLES):
        return False
    if opening == r"\[":
        return bool(_IS_TEX.search(content) or "=" in content) and behind not in ("(", "[", ":")
    return bool(_IS_EQUATION.search(content))


def _is_escaped(content: str) -> bool:
    return bool(_ESCAPED.search(content)) and not _COMMAND.search(content)


def _block(state: StateBlock, line: int, last: int, silent: bool) -> bool:  # noqa: FBT001
    start = state.bMarks[line] + state.tShift[line]
    opening = _BLOCK.match(state.src, state.bMarks[line])
    if not opening or state.is_code_block(line) or not state.src.startswith(opening[1], start):
        return False
    closing, size = _PAIRS.get(opening[1], opening[1].replace("begin", "end")), len(opening[1])
    for end in range(line, min(last, line + 200)):
        row = state.src[start if end == line else state.bMarks[end] + state.tShift[end] : state.eMarks[end]].rstrip()
        if not row or (end > line and state.sCount[end] < state.blkIndent):
            return False
        if row.endswith(closing) and (end > line or len(row) > 2 * size):
            break
    else:
        return False
    text = state.getLines(line, end + 1, state.blkIndent, keepLastLF=False).strip()
    if opening[1] == r"\[" and not (_IS_TEX.search(text[2:-2]) or "=" in text):
        return False
    if _is_escaped(text[2:-2]) or text.count(closing) > (2 if closing == "$$" else 1):
        return False
    if not silent:
        state.push("paragraph_open", "p", 1).map = [line, end + 1]
        token = state.push("inline", "", 0)
        token.content, token.children = text, []
        token.map = [line, end + 1]
        state.push("paragraph_close", "p", -1)
        state.line = end + 1
    return True


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


def _beside_cjk(rule: Rule) -> Rule:
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


def bare_addresses_plugin(parser: MarkdownIt) -> None:
    """Make links, in a time that grows with the length of the text alone."""
    parser.use(gfm_autolink_plugin)
    rules = {rule.name: rule.fn for rule in parser.inline.ruler.__rules__}
    parser.inline.ruler.at("gfm_autolink_protocol", _bounded(rules["gfm_autolink_protocol"], ":", _SCHEMES))
    parser.inline.ruler.at("gfm_autolink_email", _bounded(rules["gfm_autolink_email"], "@", ()))


def _bounded(rule: Rule, sign: str, words: tuple[str, ...]) -> Rule:
    """Return a rule that is tried behind certain words only, and that does not see more than it needs."""

    def bounded(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
        if state.src[state.pos] != sign or (words and not state.src.endswith(words, max(0, state.pos - 6), state.pos)):
            return False
        if len(state.pending) > 2 * _BEFORE:
            before, state.pending = state.pending[-_BEFORE:], state.pending[:-_BEFORE]
            state.pushPending()
            state.pending = before
        return rule(state, silent)

    return bounded


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
