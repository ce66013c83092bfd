"""The dialects that are CommonMark with additions: a parser of markdown-it-py for each, by the site's settings.

Its plugins are in `additions` for what several dialects have, in `goldmark` and `vault` for what one has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin

from feedtool.reader.markdown import Dialect
from feedtool.reader.markdown.additions import (
    anchor_slug,
    bare_addresses_plugin,
    blackfriday_slug,
    cjk_plugin,
    github_formulas_plugin,
    github_slug,
    heading_ids_plugin,
    hugo_slug,
    joined_lines,
    tex_plugin,
)
from feedtool.reader.markdown.goldmark import goldmark_addresses_plugin, terms_plugin, typography_plugin
from feedtool.reader.markdown.vault import vault_plugin
from feedtool.reader.schemes import lowered
from feedtool.urls import with_slashes

__all__ = ["joined_lines", "parser_of"]

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


def _commonmark(parser: MarkdownIt, _: _Settings) -> None:
    parser.disable("table").use(heading_ids_plugin)


def _github(parser: MarkdownIt, _: _Settings) -> None:
    parser.enable("strikethrough").use(footnote_plugin, inline=False).use(bare_addresses_plugin)
    parser.options.update({"tasklists": True, "alerts": True, "strikethrough_single_tilde": True})
    parser.use(heading_ids_plugin, github_slug).use(github_formulas_plugin)


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


_MAKERS: Mapping[str, Callable[[MarkdownIt, _Settings], None]] = {
    "commonmark": _commonmark,
    "gfm": _github,
    "goldmark": _goldmark,
    "markdown-it": _markdown_it,
    "obsidian": _obsidian,
}


def _at(settings: _Settings, path: str, otherwise: object) -> Any:  # noqa: ANN401 - values of another program
    """Return the setting at a path of keys."""
    found: Any = settings
    for name in path.split("."):
        found = found.get(name, otherwise) if isinstance(found, Mapping) else otherwise
    return found
