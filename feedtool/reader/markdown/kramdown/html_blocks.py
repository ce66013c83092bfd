"""HTML in a kramdown text: tags, how the content of an element is read, and blocks of it -> nodes.

Markdown is read in an element where `markdown="1"` asks for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from feedtool.reader.markdown.kramdown.nodes import DEEPEST, Node

if TYPE_CHECKING:
    from feedtool.reader.markdown.kramdown.blocks import Blocks

#: elements within a line
SPANS = frozenset(
    "a abbr acronym b big bdo br button cite code del dfn em i img input ins kbd label mark option q rb rbc rp rt rtc"
    " ruby samp select small span strong sub sup time tt u var".split()
)
BLOCKS = frozenset(
    "address article aside applet body blockquote caption col colgroup dd div dl dt fieldset figcaption footer form h1"
    " h2 h3 h4 h5 h6 header hgroup hr html head iframe legend menu li main map nav ol optgroup p pre section summary"
    " table tbody td th thead tfoot tr ul".split()
)
EMPTY = frozenset("area base br col command embed hr img input keygen link meta param source track wbr".split())
#: by `markdown="1"`, their content is blocks; or spans; that of all others stays as it is
_HOLD_BLOCKS = frozenset(
    "address applet article aside blockquote body dd details div dl fieldset figure figcaption footer form header"
    " hgroup iframe li main map menu nav noscript object section summary td".split()
)
_HOLD_SPANS = frozenset(
    "a abbr acronym b bdo big button cite caption del dfn dt em h1 h2 h3 h4 h5 h6 i ins label legend optgroup p q rb"
    " rbc rp rt rtc ruby select small span strong sub sup th tt".split()
)
_HOLD_CODE = frozenset("script style math option textarea pre code kbd samp var".split())
KNOWN = SPANS | BLOCKS | EMPTY | _HOLD_BLOCKS | _HOLD_SPANS | _HOLD_CODE

_NAME = r"[A-Za-z_][\w.-]*+(?::[A-Za-z_][\w.-]*+)?"
_VALUE = r"""\s*=\s*(?:\w+|"[^"]*"|'[^']*')"""
TAG = re.compile(rf"<({_NAME})((?:\s+{_NAME}(?:{_VALUE})?)*+)\s*(/)?>")
CLOSING = re.compile(rf"</({_NAME})\s*>")
_ATTRIBUTE = re.compile(rf"""({_NAME})(?:\s*=\s*(?:(\w+)|"([^"]*)"|'([^']*)'))?""")

_IN_LINE = "|".join(sorted({*SPANS, "script"}))
#: a line that opens or closes a block element ends what stands before
BLOCK_TAG = rf"<(?!(?:{_IN_LINE})\b){_NAME}|</(?!(?:{_IN_LINE})\b){_NAME}\s*>"


def content_model(name: str) -> str:
    """Return how the content of an element is read where that is wanted: "block", "span" or "raw"."""
    return "block" if name in _HOLD_BLOCKS else "span" if name in _HOLD_SPANS else "raw"


def written_model(attributes: dict[str, str], name: str) -> str:
    """Take `markdown="…"` away, and return the content model that it asks for, or ""."""
    value = attributes.pop("markdown", None)
    return {"0": "raw", "1": content_model(name), "span": "span", "block": "block"}.get(value or "", "")


def lowered(name: str) -> str:
    """Return the name of an element; those of HTML in lower case."""
    return name.lower() if name.lower() in KNOWN else name


def attributes_of(text: str) -> dict[str, str]:
    """Return the attributes that are written in a tag."""
    return {name: word or double or single for name, word, double, single in _ATTRIBUTE.findall(text)}


_INDENTATION = re.compile(r" {0,3}(?=<)")
_REST_OF_LINE = re.compile(r"[ \t]*\n")
_MARKUP = re.compile(r"<(?=[A-Za-z_/?]|!--|!\[CDATA\[)")
#: beginnings of comments and the like, and their ends
_OTHER = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}


def html_block(blocks: Blocks, tree: Node) -> bool | Literal["end"]:
    """Read an element of a block, or the end of the one that is open."""
    indentation = blocks.match(_INDENTATION)
    if not indentation:
        return False
    if not indentation[0] and _other(blocks, tree, "<!--"):
        _skip(blocks)
        return True
    start = indentation.end()
    tag = TAG.match(blocks.text, start)
    if tag and tag[1].lower() not in SPANS:
        blocks.at = tag.end()
        _element(blocks, tree, tag)
        return True
    closing = CLOSING.match(blocks.text, start)
    if closing and tree.kind == "html" and tree.value == closing[1].lower():
        blocks.at = closing.end()
        return "end"
    return False


def _skip(blocks: Blocks) -> None:
    if rest := blocks.match(_REST_OF_LINE):
        blocks.at = rest.end()


def _other(blocks: Blocks, tree: Node, opening: str) -> bool:
    """Take a comment, an instruction or character data that begins here."""
    if not blocks.text.startswith(opening, blocks.at):
        return False
    before, blocks.at = blocks.at, blocks.at + len(opening)
    closing = blocks.end(re.escape(_OTHER[opening]))
    if not closing:
        blocks.at = before
        return False
    if opening == "<![CDATA[":
        tree.children.append(Node("text", blocks.text[blocks.at : closing.start()]))
    else:
        tree.children.append(Node("comment"))
    blocks.at = closing.end()
    return True


def _element(blocks: Blocks, tree: Node, tag: re.Match[str]) -> None:
    """Read the element whose first tag was taken."""
    name = lowered(tag[1])
    node = Node("html", name, attributes_of(tag[2]))
    tree.children.append(node)
    node.lists, blocks.before = blocks.before, []
    is_raw = tree.kind == "html" and tree.model == "raw"
    parses = not is_raw and blocks.document.is_on("parse_block_html")
    own = written_model(node.attributes, name)
    node.model = own or (content_model(name) if parses else "raw")
    if node.model == "block":
        _skip(blocks)
    if tag[3] or name in EMPTY:
        return
    if name in ("script", "style"):
        node.add(_to_end(blocks, name), "raw")
        return
    if blocks.depth > DEEPEST:
        node.add(blocks.text[blocks.at :], "raw")
        blocks.at = len(blocks.text)
    elif node.model == "block":
        blocks.parse(node)
    elif node.model == "span":
        node.add(_to_end(blocks, name), "source")
    else:
        _raw_content(blocks, node)
    if not is_raw:
        _skip(blocks)


def _to_end(blocks: Blocks, name: str) -> str:
    """Take the text up to the end of an element, with its last tag."""
    start = blocks.at
    closing = blocks.end(rf"</{re.escape(name)}\s*>")
    blocks.at = closing.end() if closing else len(blocks.text)
    return blocks.text[start : closing.start() if closing else len(blocks.text)]


def _raw_content(blocks: Blocks, node: Node) -> None:
    """Read the content of an element that is HTML only, but for elements in it that hold Markdown."""
    blocks.depth += 1
    while blocks.at < len(blocks.text):
        found = _MARKUP.search(blocks.text, blocks.at)
        if not found:
            node.add(blocks.text[blocks.at :], "text")
            blocks.at = len(blocks.text)
            break
        node.add(blocks.text[blocks.at : found.start()], "text")
        blocks.at = found.start()
        if any(_other(blocks, node, opening) for opening in _OTHER):
            continue
        if tag := TAG.match(blocks.text, blocks.at):
            blocks.at = tag.end()
            _element(blocks, node, tag)
        elif closing := CLOSING.match(blocks.text, blocks.at):
            blocks.at = closing.end()
            if lowered(closing[1]) == node.value:
                break
            node.add(closing[0], "text")
        else:
            node.add("<", "text")
            blocks.at += 1
    blocks.depth -= 1
