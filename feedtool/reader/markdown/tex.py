r"""TeX in Markdown stays as it is written: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, `\begin{align}…\end{align}`.

Markdown would take its underscores, stars and backslashes for its own. What does not look like TeX is left to Markdown:
prices between two dollar signs, brackets behind a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

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
