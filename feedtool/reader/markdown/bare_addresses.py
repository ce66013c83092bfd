"""Addresses without marks in a text become links, as GitHub, Hugo and Obsidian have it."""

from __future__ import annotations

from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

_SCHEMES = ("http", "https", "mailto", "xmpp")
#: characters before a sign that may belong to an address; the library looks through all that it is given
_BEFORE = 200
#: a rule of markdown-it
Rule = Callable[[StateInline, bool], bool]


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
