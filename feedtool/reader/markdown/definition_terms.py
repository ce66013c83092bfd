"""Several terms of one definition, each on a line of its own, as Goldmark reads them."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_MEANING = re.compile(r" {0,3}:[ \t]")


def terms_plugin(parser: MarkdownIt) -> None:
    """Read the lines before the last term of a definition as terms of the same list."""
    parser.block.ruler.before("deflist", "terms", _terms, {"alt": []})
    parser.core.ruler.after("block", "joined_terms", _join)


def _terms(state: StateBlock, line: int, last: int, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
    if silent or state.is_code_block(line):
        return False
    ends = state.md.block.ruler.getRules("paragraph")
    end = line + 1
    while end < last and not state.isEmpty(end) and not _MEANING.match(_line(state, end)):
        is_other = any(rule(state, end, last, True) for rule in ends)  # noqa: FBT003 - as markdown-it calls it
        if is_other or state.sCount[end] < state.blkIndent:
            return False
        end += 1
    meaning = end + 1 if end < last and state.isEmpty(end) else end
    if end == line + 1 or meaning >= last or not _MEANING.match(_line(state, meaning)):
        return False
    state.push("dl_open", "dl", 1).map = [line, end - 1]
    for each in range(line, end - 1):
        state.push("dt_open", "dt", 1)
        token = state.push("inline", "", 0)
        token.content, token.children, token.map = _line(state, each).strip(), [], [each, each + 1]
        state.push("dt_close", "dt", -1)
    state.push("dl_close", "dl", -1)
    state.line = end - 1
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + min(state.blkIndent, state.tShift[line]) : state.eMarks[line]]


def _join(state: StateCore) -> None:
    """Make one list of those that follow each other."""
    tokens: list[Token] = []
    for token in state.tokens:
        if token.type == "dl_open" and tokens and tokens[-1].type == "dl_close" and tokens[-1].level == token.level:
            tokens.pop()
        else:
            tokens.append(token)
    state.tokens = tokens
