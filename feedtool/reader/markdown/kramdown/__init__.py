"""Markdown as kramdown reads it, the one of Jekyll: also in its variant of GitHub's Markdown.

In: a text, and settings of `kramdown:` in `_config.yml`. Out: HTML, not yet cleaned. Total: no input raises.

Its blocks end, and its spans nest, by other rules than CommonMark's, so that the text is not given to a parser of that
one. Blocks are read first, by lines; then, when all links, footnotes and attribute lists are known, the spans in them.
What would take longer than the text is long stays as it is written: see `nodes.DEEPEST` and `Document.patience`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from feedtool.reader.markdown.kramdown import marks
from feedtool.reader.markdown.kramdown.blocks import Blocks
from feedtool.reader.markdown.kramdown.nodes import Document, Node
from feedtool.reader.markdown.kramdown.spans import Spans
from feedtool.reader.markdown.kramdown.writing import Writer


def kramdown(text: str, settings: Mapping[str, object]) -> str:
    """Return the text as HTML, which is not safe yet."""
    text = re.sub("[\ufdd2\ufdd3]", "", text).removesuffix("\n") + "\n"
    document = Document.of(text, settings)
    root = Node("root")
    Blocks(document, text, 0).parse(root)
    _read_spans(root, document)
    for note in list(document.footnotes.values()):
        _read_spans(note, document)
    if document.abbreviations:
        _abbreviate(root, document)
        for note in document.footnotes.values():
            _abbreviate(note, document)
    return Writer(document).write(root)


def _read_spans(node: Node, document: Document) -> None:
    """Read the texts below a node as spans, and apply the attribute lists of its blocks."""
    children: list[Node] = []
    for child in node.children:
        if child.kind == "source":
            Spans(document, child.value).parse(holder := Node("spans"))
            children += _with_breaks(holder.children, document) if document.is_github else holder.children
            continue
        _read_spans(child, document)
        marks.apply_all(child, document) if child.kind != "eob" else None
        children.append(child)
    node.children = children


def _with_breaks(children: list[Node], document: Document) -> list[Node]:
    """Return spans with the line breaks of GitHub's variant: behind a backslash, or at each end of a line."""
    mark = "\n" if document.is_on("hard_wrap") else "\\\n"
    out: list[Node] = []
    for child in children:
        if child.kind != "text" or mark not in child.value:
            child.children = _with_breaks(child.children, document) if child.model != "raw" else child.children
            out.append(child)
            continue
        for number, line in enumerate(child.value.split(mark)):
            out += [Node("br"), Node("text", f"\n{line}")] if number else [Node("text", line)]
    return out


def _abbreviate(node: Node, document: Document) -> None:
    names = sorted(document.abbreviations, key=lambda name: (-len(name), name))[:500]
    words = "|".join(re.sub(r"(?:\\ |\\\t|\s)+", r"\\s+", re.escape(name)) for name in names)
    _mark_abbreviations(node, re.compile(rf"(?<!\w)(?:{words})(?!\w)"), document)


def _mark_abbreviations(node: Node, pattern: re.Pattern[str], document: Document) -> None:
    """Give the words that are abbreviations below a node their element."""
    children: list[Node] = []
    for child in node.children:
        if child.kind != "text" or node.model == "raw":
            _mark_abbreviations(child, pattern, document)
            children.append(child)
            continue
        done = 0
        for found in pattern.finditer(child.value):
            meaning, own = document.abbreviations.get(found[0], ("", Node("eob")))
            element = Node("abbr", children=[Node("text", found[0])])
            for text in own.lists:
                marks.apply(element, text, document)
            element.attributes |= {"title": meaning} if meaning else {}
            children += [Node("text", child.value[done : found.start()]), element]
            done = found.end()
        children.append(Node("text", child.value[done:]))
    node.children = children
