"""The raw body of a post -> HTML, not yet cleaned. Markdown is rendered, HTML is left alone. Pure."""

from __future__ import annotations

import re
from functools import cache

from lxml import html as lxml_html
from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from feedtool.model import Body
from feedtool.reader import liquid, shortcodes

_BLOCK = (
    "address|article|aside|blockquote|center|details|dialog|dd|div|dl|dt|figure|footer|form|h[1-6]|header|hr|iframe"
    "|li|main|nav|ol|p|pre|section|table|tbody|ul|video|audio|noscript|picture"
)
_OPENS_WITH_BLOCK = re.compile(rf"<(?:{_BLOCK})\b([^>]*)>", re.IGNORECASE)
_SHOWN = re.compile(r"<(?:img|iframe|video|audio|hr)\b|^[^<>]*\w", re.IGNORECASE)
#: far above any article, far below what slows a Markdown parser down
_MOST_MARKS = 20_000


def render(body: Body) -> str:
    """Return the body as an HTML fragment, not safe yet: what strangers wrote is all still there."""
    if not body.text:
        return ""
    if body.markup == "text":
        return _paragraphs(body.text)
    if body.markup == "html" or is_html(body.text):
        return body.text
    return _markdown(body.text)


def is_html(text: str) -> bool:
    """Say whether a body is HTML as it stands, and no Markdown with HTML in it.

    It opens with a block element and nothing but blank space stands outside the elements.
    """
    opening = _OPENS_WITH_BLOCK.match(text, _behind_comments(text))
    if not opening or "markdown=" in opening[1]:
        return False
    if not text.endswith(">"):
        return False
    try:
        parts = lxml_html.fragments_fromstring(text)
    except (ValueError, lxml_html.etree.LxmlError):
        return True
    loose = [parts[0]] if parts and isinstance(parts[0], str) else []
    loose += [part.tail or "" for part in parts if not isinstance(part, str)]
    return not "".join(loose).strip()


def _behind_comments(text: str) -> int:
    """Return where the text begins once white space and comments at its head are passed over."""
    at = len(text) - len(text.lstrip())
    while text.startswith("<!--", at) and (end := text.find("-->", at)) >= 0:
        at = end + 3
        while text[at : at + 1].isspace():
            at += 1
    return at


@cache
def _renderer() -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": True, "maxNesting": 40})
    return renderer.enable(["table", "strikethrough"]).use(footnote_plugin).use(deflist_plugin)


def left_out(text: str) -> tuple[list[str], list[str], list[str]]:
    """Return what of a Markdown body is left out: Liquid's tags, shortcodes, and links to other sources, as written."""
    taken = shortcodes.taken_out(text, str)
    return liquid.left_out(taken.text), taken.missing, taken.links


def _inline(text: str) -> str:
    html: str = _renderer().renderInline(text)
    return html


def _markdown(text: str) -> str:
    if len(text) > _MOST_MARKS * 100 or text.count("[") > _MOST_MARKS:
        return _paragraphs(text)
    taken = shortcodes.taken_out(text, _inline)
    html: str = shortcodes.put_back(_renderer().render(liquid.fill_in(taken.text)), taken)
    # The parser gives up on absurd nesting, and on the text in it.
    is_lost = not _SHOWN.search(html) and not _SHOWN.search(re.sub(r"<[^<>]*>", "", html)) and len(text) > 1000
    return _paragraphs(text) if is_lost else html


def _paragraphs(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    blocks = re.split(r"\n[ \t]*\n\s*", escaped)
    return "".join(f"<p>{block.strip()}</p>".replace("\n", "<br>\n") for block in blocks if block.strip())
