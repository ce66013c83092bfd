"""Addresses without marks in a text become links, as GitHub, Hugo and Obsidian have it."""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

_SCHEMES = ("http", "https", "mailto", "xmpp")
#: characters before a sign that may belong to an address; the library looks through all that it is given
_BEFORE = 200
#: what Goldmark takes for an address: it ends before any letter that is not of ASCII, and before a star
_ADDRESS = re.compile(
    r"""(?:(?:https?|ftp)://|www\.)[-a-zA-Z0-9@:%._+~\#=]{1,256}\.[a-z]+(?::\d+)?"""
    r"""(?:[/\#?][-a-zA-Z0-9@:%_+.~\#$!?&/=();,'">^{}\[\]`]*)?"""
)
_REFERENCE = re.compile(r"&[a-zA-Z0-9]+;\Z")

#: a rule of markdown-it
Rule = Callable[[StateInline, bool], bool]


def bare_addresses_plugin(parser: MarkdownIt) -> None:
    """Make links, in a time that grows with the length of the text alone."""
    parser.use(gfm_autolink_plugin)
    rules = {rule.name: rule.fn for rule in parser.inline.ruler.__rules__}
    parser.inline.ruler.at("gfm_autolink_protocol", _bounded(rules["gfm_autolink_protocol"], ":", _SCHEMES))
    parser.inline.ruler.at("gfm_autolink_email", _bounded(rules["gfm_autolink_email"], "@", ()))


def goldmark_addresses_plugin(parser: MarkdownIt) -> None:
    """Make links of what Goldmark takes for addresses."""
    bare_addresses_plugin(parser)
    parser.inline.ruler.at("gfm_autolink_protocol", _goldmark(":", ("http", "https", "ftp")))
    parser.inline.ruler.at("gfm_autolink_www", _goldmark("w", ()))


def _goldmark(sign: str, schemes: tuple[str, ...]) -> Rule:
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
