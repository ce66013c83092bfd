"""The raw body of a post -> HTML, not yet cleaned. Markdown is rendered, HTML is left alone. Pure."""

from __future__ import annotations

import re
from functools import cache

from lxml import html as lxml_html
from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from feedtool.model import Body

_BLOCK = (
    "address|article|aside|blockquote|center|details|dialog|dd|div|dl|dt|figure|footer|form|h[1-6]|header|hr|iframe"
    "|li|main|nav|ol|p|pre|section|table|tbody|ul|video|audio|noscript|picture"
)
_OPENS_WITH_BLOCK = re.compile(rf"<(?:{_BLOCK})\b([^>]*)>", re.IGNORECASE)
_TAG = re.compile(r"(\{%-?\s*\w[^%{}\n]{0,400}-?%\})")
_TAG_NAME = re.compile(r"\{%-?\s*(\w+)\s*([\w+#-]*)")
_SITE = re.compile(r"\{\{-?\s*(?:site\.(?:url|baseurl)|\"\"\s*\|\s*(?:relative|absolute)_url)\s*-?\}\}")
_ATTRIBUTES = re.compile(r"^\{:[^{}\n]{0,200}\}[ \t]*$|(?<=\S)\{:[^{}\n]{0,200}\}", re.MULTILINE)
#: Jekyll's tags that stand for something only Jekyll knows
_FILLED_IN = {"include", "include_relative", "link", "post_url", "gist", "youtube", "assign", "capture", "endcapture"}
#: far above any article, far below what slows a Markdown parser down
_MOST_MARKS = 200_000


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


def liquid_tags(text: str) -> list[str]:
    """Return the Liquid tags of the text that are left out because only a site generator could fill them in."""
    return [tag for tag in _TAG.findall(text) if _tag_name(tag)[0] in _FILLED_IN] if "{%" in text else []


def _tag_name(tag: str) -> tuple[str, str]:
    """Return the name of a Liquid tag and its first word."""
    found = _TAG_NAME.match(tag)
    return (found[1], found[2]) if found else ("", "")


@cache
def _renderer() -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": True, "maxNesting": 40})
    return renderer.enable(["table", "strikethrough"]).use(footnote_plugin).use(deflist_plugin)


def _markdown(text: str) -> str:
    if len(text) > _MOST_MARKS * 10 or text.count("[") > _MOST_MARKS:
        return _paragraphs(text)
    html: str = _renderer().render(_liquid(text))
    return html


def _liquid(text: str) -> str:
    """Do what a site generator would do with the few tags that need nothing but the text."""
    if "{" not in text:
        return text
    parts = _TAG.split(text)
    ends = {
        name: max((i for i, p in enumerate(parts) if i % 2 and _tag_name(p)[0] == name), default=-1) for name in _ENDS
    }
    kept: list[str] = []
    in_comment = False
    for at, part in enumerate(parts):
        name, word = _tag_name(part) if at % 2 else ("", "")
        if name == "comment" and ends["endcomment"] > at:
            in_comment = True
        if not in_comment:
            kept.append(_replaced(part, name, word, is_closed=ends["endhighlight"] > at))
        in_comment = in_comment and name != "endcomment"
    return _ATTRIBUTES.sub("", _SITE.sub("", "".join(kept)))


_ENDS = ("endcomment", "endhighlight")


def _replaced(part: str, name: str, word: str, *, is_closed: bool) -> str:
    """Return what a stretch of text, or a tag with that name, becomes."""
    if name == "highlight" and is_closed:
        return f"\n```{word}\n"
    if name == "endhighlight":
        return "\n```\n"
    return "" if name in _FILLED_IN or name in ("raw", "endraw", "comment", "endcomment") else part


def _paragraphs(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    blocks = re.split(r"\n[ \t]*\n\s*", escaped)
    return "".join(f"<p>{block.strip()}</p>".replace("\n", "<br>\n") for block in blocks if block.strip())
