"""Blocks of HTML in a kramdown text -> nodes, with the Markdown in them where `markdown="1"` asks for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from feedtool.reader.markdown.kramdown import elements
from feedtool.reader.markdown.kramdown.nodes import DEEPEST, Node

if TYPE_CHECKING:
    from feedtool.reader.markdown.kramdown.blocks import Blocks

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
    tag = elements.TAG.match(blocks.text, start)
    if tag and tag[1].lower() not in elements.SPANS:
        blocks.at = tag.end()
        _element(blocks, tree, tag)
        return True
    closing = elements.CLOSING.match(blocks.text, start)
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
    name = elements.lowered(tag[1])
    node = Node("html", name, elements.attributes_of(tag[2]))
    tree.children.append(node)
    node.lists, blocks.before = blocks.before, []
    is_raw = tree.kind == "html" and tree.model == "raw"
    parses = not is_raw and blocks.document.is_on("parse_block_html")
    own = elements.written_model(node.attributes, name)
    node.model = own or (elements.content_model(name) if parses else "raw")
    if node.model == "block":
        _skip(blocks)
    if tag[3] or name in elements.EMPTY:
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
        if tag := elements.TAG.match(blocks.text, blocks.at):
            blocks.at = tag.end()
            _element(blocks, node, tag)
        elif closing := elements.CLOSING.match(blocks.text, blocks.at):
            blocks.at = closing.end()
            if elements.lowered(closing[1]) == node.value:
                break
            node.add(closing[0], "text")
        else:
            node.add("<", "text")
            blocks.at += 1
    blocks.depth -= 1
