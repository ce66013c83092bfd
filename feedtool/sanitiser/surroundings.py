"""Where a block is among the others: its place in the article, its neighbours.

In: the layout of a tree. Out: answers about blocks. Never changes the tree.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate, islice

from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import BLOCKS, BREAKS, HEADINGS, PageElement, Tag, Text, beside
from feedtool.sanitiser.layout import Layout, Measure
from feedtool.sanitiser.text import weight

#: Which share of the paragraphs the block has that holds the article.
_MAIN = 0.75
#: The least weight of a sentence; the most of a short line.
_SENTENCE, _SHORT = 40, 60
#: The most text outside links in a table that is a box of links.
_LABELS = 0.3
#: The most text of a label above a list; how many different ones the content has.
LABEL, _DIFFERENT = 60, 3
_CLOSING = "\"'»“”‘’)]）」』 \u00a0"


class Blocks:
    """The blocks of one tree."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        #: the weights of the paragraphs before each, and of all
        self.weights = [0, *accumulate(layout.measures.sizes[at].plain for at in layout.prose)]
        self.main = self._main()
        self.low, self.high = self.span(self.main)
        inside = [at for at in layout.prose if self.low <= at < self.high]
        #: how many paragraphs the article has
        self.count = len(inside)
        #: where the text begins and ends: its first paragraph, and the end of the last; the paragraph in its middle
        self.first, self.last = (inside[0], layout.measures.sizes[inside[-1]].end) if inside else (self.high, self.low)
        self.middle = inside[len(inside) // 2] if inside else self.high
        self.round_up = round_up(layout)

    def span(self, tag: Tag) -> tuple[int, int]:
        """Return the positions from an element to the end of what it holds."""
        return tag.measure.at, tag.measure.end

    def prose(self, tag: Tag) -> int:
        """Return the weight of the paragraphs in an element."""
        first, end = self.paragraphs(tag)
        return self.weights[end] - self.weights[first]

    def paragraphs(self, tag: Tag) -> tuple[int, int]:
        """Return the numbers of the first paragraph in an element, and of the first after it."""
        size, prose = tag.measure, self.layout.prose
        return bisect_left(prose, size.at), bisect_left(prose, size.end)

    def _main(self) -> Tag:
        """Return the innermost block that holds the article: nearly all paragraphs of each block around it."""
        main, prose = self.layout.root, self.weights[-1]
        paragraphs = {id(self.layout.measures.tags[at]) for at in self.layout.prose}
        while prose:
            below = self._middle(main)
            if below.name not in BLOCKS or id(below) in paragraphs or self.prose(below) < _MAIN * prose:
                break
            main, prose = below, self.prose(below)
        return main

    def _middle(self, tag: Tag) -> Tag:
        """Return the element directly below one that has the middle of its paragraphs by weight."""
        first, end = self.paragraphs(tag)
        half = (self.weights[first] + self.weights[end]) / 2
        below = self.layout.measures.tags[self.layout.prose[bisect_right(self.weights, half) - 1]]
        while below.parent is not None and below.parent is not tag:
            below = below.parent
        return below

    def next(self, tag: Tag, step: int) -> PageElement | None:
        """Return the node before or after a block, or before or after the blocks that it begins or ends."""
        near = self._beside_full(tag, step)
        while near is None and tag.parent is not None and tag.parent is not self.layout.root:
            tag = tag.parent
            near = self._beside_full(tag, step)
        return near

    def _beside_full(self, tag: Tag, step: int) -> PageElement | None:
        """Return the node before or after a block, but for elements that show nothing."""
        near = beside(tag, step)
        while isinstance(near, Tag) and near.name != "hr":
            size = self.layout.measures.of(near)
            if size.text or size.media:
                break
            near = beside(near, step)
        return near

    def has_standfirst(self, tag: Tag) -> bool:
        """Return whether a heading in a block is a sentence; the other parts are judged by themselves."""
        return any(self.layout.measures.of(part).longest >= _SHORT for part in dom.named(tag, *HEADINGS))

    def ends_box(self, tag: Tag) -> bool:
        """Return whether nothing is below a block in the box that it is in, which is not that of the article."""
        return tag.parent is not self.main and self._beside_full(tag, 1) is None

    def is_all_pictures(self, node: PageElement) -> bool:
        """Return whether only pictures are left from a node on."""
        while self.is_picture(node) and isinstance(node, Tag):
            after = self.next(node, 1)
            if after is None:
                return True
            node = after
        return False

    def is_picture(self, node: PageElement | None, most: int = 1) -> bool:
        """Return whether an element has a picture, and less than so much text."""
        if not isinstance(node, Tag):
            return False
        size = self.layout.measures.of(node)
        return size.media > 0 and size.text < most

    def is_paragraph(self, node: PageElement) -> bool:
        """Return whether a node is or holds a paragraph."""
        if isinstance(node, Tag):
            first, end = self.paragraphs(node)
            return end > first
        return weight(str(node)) >= _SENTENCE

    def is_laid_out(self, tag: Tag, size: Measure) -> bool:
        """Return whether a table is a box of links beside the text, or a cell of one that the article is in."""
        if tag.name == "table":
            is_beside = not self.first <= size.at < self.last
            return is_beside and size.links > 2 and size.plain <= _LABELS * size.text and not dom.named(tag, "th")
        table = next((above for above in tag.parents if above.name == "table"), None)
        is_cell = tag.name in ("td", "tr") and self.main.name not in ("table", "tbody", "tr")
        return is_cell and table is not None and self.span(table)[0] < self.low < self.span(table)[1]

    def is_fact(self, tag: Tag) -> bool:
        """Return whether a block is in a cell of a row that begins with its head."""
        cell = next((above for above in islice(tag.parents, 3) if above.name == "td"), None)
        first = next(dom.children(cell.parent), None) if cell is not None and cell.parent is not None else None
        return first is not None and first.name == "th"

    def place(self, tag: Tag) -> str:
        """Return where a block is: before, in or after the text, or the block that holds the article."""
        start = tag.measure.at
        if start < self.low or start >= self.high:
            return "before the article" if start < self.low else "after the article"
        return "before the text" if start < self.first else "in the text" if start < self.last else "after the text"


def round_up(layout: Layout) -> frozenset[int]:
    """Return the ids of the labels and the lists of links that are content, as in a weekly letter to subscribers.

    They are beside the first paragraph, have different labels, and half as much text as there is around them.
    """
    above = layout.measures.tags[layout.first].parent if layout.first >= 0 else None
    label, held, names, text = None, set[int](), set[str](), 0
    for tag in dom.children(above) if above is not None else ():
        size = tag.measure
        if layout.is_own(tag) and size.plain <= size.text / 2:
            if label is not None:
                held |= {id(label), id(tag)}
                names.add(dom.text_of(label).strip())
                text += size.text
        elif size.text or size.media:
            label = tag if not size.links and size.text <= LABEL else None
    is_content = len(names) >= _DIFFERENT and above is not None and 2 * text >= above.measure.plain
    return frozenset(held) if is_content else frozenset()


def lines_of(tag: Tag) -> tuple[int, int]:
    """Return how many lines a block has, and how many of them are short."""
    count = short = size = 0
    stack: list[PageElement | None] = [tag, None]
    while stack:
        node = stack.pop()
        if isinstance(node, Text):
            size += node.size
            continue
        if isinstance(node, Tag):
            stack += node.contents[::-1] if node.name not in BREAKS else (None, *node.contents[::-1])
            if node.name not in BREAKS:
                continue
        count, short, size = count + (size > 0), short + (0 < size < _SHORT), 0
    return count, short


def is_heading_or_rule(node: PageElement | None) -> bool:
    """Return whether a node begins another part of a page."""
    return isinstance(node, Tag) and (node.name in HEADINGS or node.name == "hr")


def is_remark(node: PageElement) -> bool:
    """Return whether a node is a short paragraph, more of it text than links."""
    return isinstance(node, Tag) and node.name == "p" and 2 * node.measure.plain > node.measure.text


def last_text(node: PageElement) -> str:
    """Return the end of a text."""
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag):
            stack += node.contents
        elif text := node.rstrip(_CLOSING):
            return text
    return ""
