"""Where a block is among the others: its place in the article, its neighbours, and whether it is a part of the text.

In: the layout of a tree. Out: answers about blocks. Never changes the tree.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate

from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import BLOCKS, BREAKS, HEADINGS, PageElement, Tag, Text, attribute, beside, letters
from feedtool.sanitiser.layout import COLONS, STOPS, Kinds, Layout, Linked, Marks, Measure
from feedtool.sanitiser.media import shows_address
from feedtool.sanitiser.text import folded, names_day, weight

#: Which share of the paragraphs the block has that holds the article.
_MAIN = 0.75
#: The least weight of a sentence; the most of a label, of a short line, of a line or two.
SENTENCE, TINY, SHORT, LINE, LINES = 40, 25, 60, 80, 300
#: The most text outside links in a table that is a box of links.
_LABELS = 0.3
#: Blocks that may be boxes, and the most text of a small one; so many paragraphs are the flow of a text.
_BOXES, _BOX, _SEVERAL = frozenset({"div", "section", "aside", "footer", "article", "nav"}), 600, 3
#: "1/3", "Image 1 of / 3"
_OF_NUMBERS = re.compile(r"(?:[^\W\d_][^\s\d]{0,19}\s+)?(\d{1,3})\s*(?:[^\W\d_][^\s\d/]{0,5}\s*/?|/)\s*(\d{1,3})")
#: An address that a text gives as such, with a label before it at most.
_WRITTEN = re.compile(r"(?:[^:：]{1,40}[:：])?\s*https?://[^\s/]+/\S{4,}\s*", re.IGNORECASE)
#: How many links to places in the text, or of a numbered list, show that a block is the notes of a text.
NOTES = 3
ITEMS = frozenset({"li", "dt", "dd"})
#: A name of fewer letters may be any word; the most letters of what an author did.
_NAME, _ROLE = 3, 16
FLOW = frozenset({"li", "dt", "dd", "p", "ul", "ol", "dl", "blockquote"})
VALUE = re.compile(r"[\d©/]|[:：]\s*\S")
AMONG = ("before the text", "in the text")
#: "Ann Lee/Agency", with a zero for the name
_CREDIT = re.compile(r"©|\0\s*/\s*[^\W\d]")
_NO_WORD = re.compile(r"[\W\d_]+")
#: The longest side of the portrait of a writer.
_ICON = 100
#: The most text of a label above a list; how many different ones the content has.
LABEL, _DIFFERENT = 60, 3
_CLOSING = "\"'»“”‘’)]）」』 \u00a0"


class Blocks:
    """The blocks of one tree. `marks`: what the markup says of elements; see `by_markup.Judge`."""

    def __init__(self, layout: Layout, marks: Marks, known: dict[int, Kinds]) -> None:
        self.layout = layout
        self.marks = marks
        self.linked = Linked(layout, known)
        self._address = layout.context.base_url.partition("?")[0].partition("//")[2].removesuffix("/")
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
        self.last = self._end(inside)
        self.round_up = round_up(layout)

    def _end(self, inside: list[int]) -> int:
        """Return the end of the last paragraph, without those in small boxes of the page below bare paragraphs."""
        tags, sizes = self.layout.measures.tags, self.layout.measures.sizes
        flow = [at for at in inside if tags[at].parent is self.main and tags[at].name not in _BOXES]
        self._is_bare = len(flow) >= _SEVERAL and 4 * sum(sizes[at].plain for at in flow) >= 3 * self.prose(self.main)
        if not self._is_bare:
            return self.last
        end = sizes[flow[-1]].end
        boxes = [tag for tag in dom.siblings(tags[flow[-1]], 1) if isinstance(tag, Tag) and self.prose(tag)]
        led = [attribute(self.layout.links(tag)[-1], "href") for tag in boxes if tag.measure.links]
        if len({*led}) < len(led):
            return self.last  # the parts of an article may each lead to one page
        for tag in boxes:
            if not self._is_box(tag):
                end = sizes[self.layout.prose[self.paragraphs(tag)[1] - 1]].end
        return end

    def _is_box(self, tag: Tag) -> bool:
        """Return whether a block is small, and neither names sources on other sites nor shows a picture to the text."""
        first, end = self.paragraphs(tag)
        links = self.layout.count(tag)[0]
        if tag.name not in _BOXES or tag.measure.text > _BOX or end - first > max(2, links):
            return False
        if self.whose(tag) == "other sites":
            return any(self.linked.count(tag, kind) for kind in ("top", "tracked", "mail"))
        return links > 0 or not tag.measure.media

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
        return any(self.layout.measures.of(part).longest >= SHORT for part in dom.named(tag, *HEADINGS))

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
        return size.media > 0 and size.text < most and not (size.media == 1 and is_icon(node))

    def is_paragraph(self, node: PageElement) -> bool:
        """Return whether a node is or holds a paragraph."""
        if isinstance(node, Tag):
            first, end = self.paragraphs(node)
            return end > first
        return weight(str(node)) >= SENTENCE

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
        cell = tag.parent
        for _ in range(2):
            if cell is not None and cell.name != "td":
                cell = cell.parent
        if cell is None or cell.name != "td":
            return False
        first = next(dom.children(cell.parent), None) if cell.parent is not None else None
        return first is not None and first.name == "th"

    # --- what may be a part of the text

    def is_note(self, tag: Tag, links: int) -> bool:
        """Return whether a block leads to places in the text, as most of its links do, or several around it."""
        marked, inside = self.linked.count(tag, "marked"), self.linked.count(tag, "inside")
        if 2 * marked > links and (inside or marked >= NOTES or self.linked.begins_with_number(tag)):
            return True
        if tag.parent is None or not (inside or (marked and tag.name in ITEMS)):
            return False
        return self.linked.between(*self.span(tag.parent), "marked") >= NOTES

    def is_part_of_text(self, tag: Tag) -> bool:
        """Return whether a block is an item of a list of text, or says whose the quotation is, or writes an address."""
        count, size = self.layout.count(tag)[0], self.layout.measures.of(tag)
        if self.span(tag)[0] > self.first and (count == 1 or not size.plain) and _WRITTEN.fullmatch(letters(tag)):
            return True
        link = next(iter(self.layout.links(tag)), tag) if count == 1 and not size.plain else tag
        is_account = self.linked.count(tag, "top") and "?" not in attribute(link, "href")
        if link.name == "a" and not is_account and shows_address(link):
            return True  # as in place of a frame
        if tag.parent is None or tag.parent.name not in ("ul", "ol", "blockquote"):
            return False
        whole = self.layout.measures.of(tag.parent)
        return whole.plain > 0.5 * whole.text

    def is_references(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is a numbered list of text with links to other sites, or a box of one."""
        if links < NOTES or size.plain < 0.4 * size.text or self.whose(tag) == "own site":
            return False
        for _ in range(NOTES):
            inside = [part for part in dom.children(tag) if tag.name != "ol" and self.layout.measures.of(part).text]
            if len(inside) != 1:
                break
            tag = inside[0]
        return tag.name == "ol"

    def is_caption(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is a picture with its caption, or a line after a picture."""
        is_in_text = self.first < self.span(tag)[0] < self.last
        is_untitled = is_in_text and size.plain == size.text >= TINY and not dom.named(tag, *HEADINGS)
        if (
            size.media
            and size.plain <= LINES
            and (is_untitled or not self.linked.count(tag, "picture") or self.linked.count(tag, "itself") == links)
            and not self.says_address(tag, size)
            and not (links and self.whose(tag) == "own site" and self.span(tag)[0] >= self.last)
        ):
            return (size.plain >= 0.5 * size.text or links < 2) and not self.is_number(tag)
        is_line = links < 2 and size.text < (LINE if size.plain else LINES) and not self.is_number(tag)
        is_after = is_line and self.is_picture(self.next(tag, -1))
        is_step = links and not size.plain and self.span(tag)[0] >= self.last and self.whose(tag) == "own site"
        return is_after and not is_step and tag.name not in ("ul", "ol") and not self.is_headline(tag)

    def is_headline(self, tag: Tag) -> bool:
        """Return whether a link in a block has the length of a headline and leads to a page within the site."""
        is_within = self.whose(tag) == "own site" and not self.linked.count(tag, "top")
        return is_within and self.linked.count(tag, "headline") > 0

    def is_number(self, node: Tag | Text) -> bool:
        """Return whether a block without a picture, or a text, says which of several pictures it is."""
        if isinstance(node, Tag):
            size = self.layout.measures.of(node)
            if node.name in HEADINGS or size.text >= TINY or size.media or not self.layout.measures.total.media:
                return False
        found = _OF_NUMBERS.fullmatch(folded(letters(node) if isinstance(node, Tag) else node))
        return found is not None and int(found[1]) <= int(found[2])

    def is_number_of_picture(self, node: Text) -> bool:
        """Return whether a text is the number of the picture before it, and not the beginning of a caption."""
        box, after = node.parent, beside(node, 1)
        if box is None or not self.is_picture(box, LINES) or not self.is_number(node):
            return False
        is_apart = not isinstance(after, Text) or node.lstrip()[:1].isalpha()
        is_first = not any(isinstance(near, Text) and not dom.blank(near) for near in dom.siblings(node, -1))
        return self.is_picture(box, TINY) or (is_apart and is_first)

    def in_header(self, tag: Tag) -> Iterator[str]:
        """Yield what a short line says of the article that its header says already: who wrote it, and when."""
        text, context = folded(dom.text_of(tag)), self.layout.context
        rest = text
        for name in context.authors:
            rest = rest.replace(name, "\0") if len(name) > _NAME else rest
        is_line = not (text.endswith(COLONS) or _CREDIT.search(rest) or (tag.measure.media and not is_icon(tag)))
        if rest != text and is_line and weight(_NO_WORD.sub("", rest)) < _ROLE:
            yield "name of the author"
        if self.place(tag) == "before the article" and names_day(text, context):
            yield "day of publication"

    def is_teaser(self, tag: Tag, size: Measure) -> bool:
        """Return whether a box between bare paragraphs is a headline of the site with the first words below it."""
        links, own = self.layout.count(tag)
        if not (self._is_bare and 0 < links <= 2 and tag.parent is self.main and tag.name in _BOXES):
            return False
        are_heads = self.linked.count(tag, "heading") == self.linked.count(tag, "headline") == links == own
        begins = self.prose(tag) or any(below.measure.text >= SHORT for below in dom.named(tag, "p"))
        return are_heads and size.text < LINES and bool(begins) and self._boxes <= 2

    @cached_property
    def _boxes(self) -> int:
        """How many boxes with paragraphs the article has."""
        return sum(tag.name in _BOXES and self.prose(tag) > 0 for tag in dom.children(self.main))

    def leads_to_account(self, tag: Tag, size: Measure) -> bool:
        """Return whether a line, or a box that ends with its only link, leads to an account of the reader."""
        is_whole = not dom.holds_blocks(tag) or (tag.name not in FLOW and self.linked.ends_with_link(tag))
        return self.linked.count(tag, "account") == 1 and size.text < LINES and is_whole

    def leads_back(self, tag: Tag, size: Measure, place: str) -> bool:
        """Return whether a block that leads to the page of the text is a label or a line, and heads nothing."""
        if tag.name in ITEMS or last_text(tag).endswith(STOPS):
            return False
        if place not in AMONG:
            return size.text < LINE
        after = self.next(tag, 1)
        return size.text < TINY and tag.name not in HEADINGS and not (after and self.is_paragraph(after))

    def is_plain_text(self, tag: Tag) -> bool:
        """Return whether a block without links is a paragraph or a list, or one of several lines of its kind."""
        if tag.name in FLOW or self.prose(tag) or dom.named(tag, *FLOW):
            return True
        lines = [node for node in (beside(tag, -1), beside(tag, 1)) if isinstance(node, Tag) and node.name == tag.name]
        return any(not self.layout.count(line)[0] and not self.prose(line) for line in lines)

    def is_label(self, tag: Tag, size: Measure, last: str) -> bool:
        """Return whether a block is a line without links and not a sentence."""
        if tag.name != "div" or size.text >= SHORT or size.links or size.media or dom.holds_blocks(tag):
            return False
        return not last.endswith(STOPS) and not VALUE.search(letters(tag))

    def says_address(self, tag: Tag, size: Measure) -> bool:
        """Return whether a block shows the address of the page."""
        return self._address != "" and len(self._address) < size.text < 2 * LINES and self._address in letters(tag)

    def whose(self, tag: Tag) -> str:
        """Return where most links of a block lead."""
        links, own = self.layout.count(tag)
        return "own site" if links and 2 * own > links else "other sites" if links else "no link"

    # --- where a block is

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
    parts = [node for node in above.contents if isinstance(node, Tag)] if above is not None else []
    if sum(tag.measure.links > 0 and 2 * tag.measure.plain <= tag.measure.text for tag in parts) < _DIFFERENT:
        return frozenset()  # as nearly always
    label, held, names, text = None, set[int](), set[str](), 0
    for tag in parts:
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


def is_icon(tag: Tag) -> bool:
    """Return whether the picture in a block is as small as the portrait of a writer."""
    picture = tag if tag.name == "img" else next(iter(dom.named(tag, "img")), tag)
    sides = [attribute(picture, key) for key in ("width", "height")]
    return all(side.isdecimal() and int(side) <= _ICON for side in sides)


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
        count, short, size = count + (size > 0), short + (0 < size < SHORT), 0
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
