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
_OPENS_WITH_BLOCK = re.compile(rf"(?:<!--.*?-->\s*)*<(?:{_BLOCK})\b([^>]*)>", re.IGNORECASE | re.DOTALL)
_HIGHLIGHT = re.compile(r"\{%-?\s*highlight\s+([\w+#-]+)[^%]*%\}\n?(.*?)\n?\{%-?\s*endhighlight\s*-?%\}", re.DOTALL)
_SILENT = re.compile(r"\{%-?\s*(?:raw|endraw)\s*-?%\}|\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.DOTALL)
_SITE = re.compile(r"\{\{-?\s*(?:site\.(?:url|baseurl)|\"\"\s*\|\s*(?:relative|absolute)_url)\s*-?\}\}")
_TAG = re.compile(
    r"\{%-?\s*(?:include|include_relative|link|post_url|gist|youtube|assign|capture|endcapture)\b[^%]{0,400}-?%\}"
)
_ATTRIBUTES = re.compile(r"^\{:[^}\n]*\}[ \t]*$|(?<=\S)\{:[^}\n]*\}", re.MULTILINE)
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
    opening = _OPENS_WITH_BLOCK.match(text)
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


def liquid_tags(text: str) -> list[str]:
    """Return the Liquid tags of the text that are left out because only a site generator could fill them in."""
    return _TAG.findall(text) if "{%" in text else []


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
    text = _HIGHLIGHT.sub(lambda found: f"\n```{found[1]}\n{found[2]}\n```\n", text)
    text = _SITE.sub("", _SILENT.sub("", text))
    return _ATTRIBUTES.sub("", _TAG.sub("", text))


def _paragraphs(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    blocks = re.split(r"\n[ \t]*\n\s*", escaped)
    return "".join(f"<p>{block.strip()}</p>".replace("\n", "<br>\n") for block in blocks if block.strip())
