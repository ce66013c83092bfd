"""The dialects that are CommonMark with additions: a parser of markdown-it-py for each, by the site's settings.

Plugins of several dialects are in `additions`, those of Obsidian in `vault`; below are those of Goldmark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin

from feedtool.reader.markdown import Dialect
from feedtool.reader.markdown.additions import (
    Rule,
    anchor_slug,
    bare_addresses_plugin,
    blackfriday_slug,
    cjk_plugin,
    github_formulas_plugin,
    github_slug,
    heading_ids_plugin,
    hugo_slug,
    tex_plugin,
)
from feedtool.reader.markdown.vault import vault_plugin
from feedtool.reader.schemes import lowered
from feedtool.urls import with_slashes

#: settings of a generator, by its names in lower case
_Settings: TypeAlias = Mapping[str, Any]


@cache
def parser_of(dialect: Dialect) -> MarkdownIt:
    """Return the parser of a dialect. One that is not known here is read as feedtool's own."""
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 40}).enable("table")
    parser.use(cjk_plugin).use(tex_plugin)
    parser.normalizeLink = lambda url: normalizeLink(with_slashes(url))  # type: ignore[method-assign]
    _MAKERS.get(dialect.name, _plain)(parser, lowered(json.loads(dialect.settings)))
    return parser


def _plain(parser: MarkdownIt, _: _Settings) -> None:
    parser.enable("strikethrough").use(footnote_plugin).use(deflist_plugin).use(heading_ids_plugin)
    parser.use(github_formulas_plugin)


def _github(parser: MarkdownIt, _: _Settings) -> None:
    parser.enable("strikethrough").use(footnote_plugin, inline=False).use(bare_addresses_plugin)
    parser.options.update({"tasklists": True, "alerts": True, "strikethrough_single_tilde": True})
    parser.use(heading_ids_plugin, github_slug).use(github_formulas_plugin)


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


#: what Goldmark takes for an address: it ends before any letter that is not of ASCII, and before a star
_ADDRESS = re.compile(
    r"""(?:(?:https?|ftp)://|www\.)[-a-zA-Z0-9@:%._+~\#=]{1,256}\.[a-z]+(?::\d+)?"""
    r"""(?:[/\#?][-a-zA-Z0-9@:%_+.~\#$!?&/=();,'">^{}\[\]`]*)?"""
)
_REFERENCE = re.compile(r"&[a-zA-Z0-9]+;\Z")


def goldmark_addresses_plugin(parser: MarkdownIt) -> None:
    """Make links of what Goldmark takes for addresses."""
    bare_addresses_plugin(parser)
    parser.inline.ruler.at("gfm_autolink_protocol", _bare_address(":", ("http", "https", "ftp")))
    parser.inline.ruler.at("gfm_autolink_www", _bare_address("w", ()))


def _bare_address(sign: str, schemes: tuple[str, ...]) -> Rule:
    def rule(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
        text, at = state.src, state.pos
        if text[at] != sign or state.linkLevel > 0:
            return False
        scheme = next((word for word in schemes if text.endswith(word, 0, at) and state.pending.endswith(word)), "")
        start = at - len(scheme)
        found = _ADDRESS.match(text, start) if bool(scheme) == bool(schemes) else None
        if not found or not (start == 0 or text[start - 1].isspace() or text[start - 1] in "*_~("):
            return False
        address = _trimmed(found[0])
        link = state.md.normalizeLink(address if schemes else f"http://{address}")
        if not silent:
            state.pending = state.pending[: len(state.pending) - len(scheme)]
            state.push("link_open", "a", 1).attrs = {"href": link}
            state.push("text", "", 0).content = address
            state.push("link_close", "a", -1)
        state.pos = start + len(address)
        return True

    return rule


def _trimmed(address: str) -> str:
    """Return an address without the signs that end the sentence around it."""
    if address.endswith(")"):
        extra = max(0, address.count(")") - address.count("("))
        address = address[: len(address) - extra]
    return _REFERENCE.sub("", address).rstrip("?!.,:*_~")


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


def _goldmark(parser: MarkdownIt, settings: _Settings) -> None:
    """Add what Hugo has by default, but for what its settings under `markup.goldmark` turn off."""

    def has(name: str, *, otherwise: bool = True) -> bool:
        found = _at(settings, f"extensions.{name}", otherwise)
        if isinstance(found, Mapping):
            return bool(found.get("enable", otherwise)) and not found.get("disable", False)
        return bool(found)

    for name, plugin in _GOLDMARK.items():
        if has(name):
            parser.use(plugin)
    for name, plugin in (("extras.subscript", sub_plugin), ("extras.superscript", superscript_plugin)):
        if has(name, otherwise=False):
            parser.use(plugin)
            parser.options["strikethrough_single_tilde"] = False
    if not has("table"):
        parser.disable("table")
    breaks = bool(_at(settings, "renderer.hardwraps", otherwise=False))
    parser.options.update({"tasklists": has("tasklist"), "breaks": breaks})
    kind = str(_at(settings, "parser.autoheadingidtype", "github")).lower()
    slug = blackfriday_slug if kind == "blackfriday" else partial(hugo_slug, is_ascii="ascii" in kind)
    parser.use(heading_ids_plugin, slug if _at(settings, "parser.autoheadingid", otherwise=True) else None)


def _struck(parser: MarkdownIt) -> None:
    parser.enable("strikethrough").options["strikethrough_single_tilde"] = True


_GOLDMARK: Mapping[str, Callable[[MarkdownIt], None]] = {
    "strikethrough": _struck,
    "footnote": partial(footnote_plugin, inline=False),
    "definitionlist": lambda parser: terms_plugin(parser.use(deflist_plugin)),
    "linkify": goldmark_addresses_plugin,
    "typographer": typography_plugin,
}


def _markdown_it(parser: MarkdownIt, settings: _Settings) -> None:
    """Add what markdown-it has by default; its options are those of Eleventy, where HTML is on."""
    on = {name for name, value in settings.items() if value}
    parser.enable("strikethrough").use(heading_ids_plugin, anchor_slug)
    parser.options.update({"breaks": "breaks" in on, "typographer": "typographer" in on})
    if "typographer" in on:
        parser.enable(["replacements", "smartquotes"])
    if "linkify" in on:
        parser.use(bare_addresses_plugin)


def _obsidian(parser: MarkdownIt, settings: _Settings) -> None:
    """Add what Obsidian shows; a line's end is a line break, unless `strictLineBreaks` is set."""
    parser.enable("strikethrough").use(footnote_plugin).use(bare_addresses_plugin).use(vault_plugin)
    parser.options.update({"tasklists": True, "breaks": not settings.get("strictlinebreaks", False)})
    parser.use(heading_ids_plugin, github_slug)


_MAKERS: Mapping[str, Callable[[MarkdownIt, _Settings], object]] = {
    "commonmark": lambda parser, _: parser.disable("table").use(heading_ids_plugin),
    "gfm": _github,
    "goldmark": _goldmark,
    "markdown-it": _markdown_it,
    "obsidian": _obsidian,
}


def _at(settings: _Settings, path: str, otherwise: object) -> Any:  # noqa: ANN401 - values of another program
    found: Any = settings
    for name in path.split("."):
        found = found.get(name, otherwise) if isinstance(found, Mapping) else otherwise
    return found
