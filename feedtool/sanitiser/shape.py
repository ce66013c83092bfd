"""Weighs the shape of a block: whether it is a part of the article, or of the page around it.

In: the layout of a tree. Out: for each block the features that it has, what they weigh together, and whether it goes.
Every feature is of position, links, lines or repetition, so that it means the same in every language; the class names
of the page only confirm. The weights are data: `rules/shape.toml`. Never changes the tree.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import accumulate

from bs4 import Tag
from bs4.element import PageElement

from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import BLOCKS, BREAKS, HEADINGS, Text, beside, letters
from feedtool.sanitiser.layout import Layout, Measure
from feedtool.sanitiser.linked import COLONS, Kinds, Linked
from feedtool.sanitiser.text import weight

#: The features of a block, and what each weighs.
Features = tuple[tuple[str, float], ...]
#: Blocks that are judged with the block around them, or never.
_NEVER = frozenset("figure figcaption caption table thead tbody tfoot tr td th pre hr summary".split())
#: What a block that goes may not hold.
_KEPT = frozenset("pre iframe video audio math code figcaption".split())
#: Blocks that hold no others, and stay in the text where they have no links.
_PLAIN = frozenset({"p", "h2", "h3", "h4"})
#: Which share of the paragraphs the block has that holds the article, and which share no cut may take.
_MAIN, _MOST = 0.75, 0.25
#: The least weight of a sentence; the most of a label, of a short line, of a line or two.
_SENTENCE, _TINY, _SHORT, _LINES = 40, 25, 60, 300
#: The least weight of the paragraphs of an article, of which it has two: without one, links are the content.
_ARTICLE = 120
#: What the place and the links of a block weigh at least that may go: text and neighbours weigh no more than this.
_HOPELESS = -3.5
_STOPS = (".", "。", "।", "۔", "．", "።", "។")
_CLOSING = "\"'»”’)]）」』 \u00a0"
_OF_NUMBERS = re.compile(r"\d+\s*/\s*\d+")


@cache
def weights() -> dict[str, float]:
    """Return the weight of each feature; "all" is that of every block."""
    text = files(__package__).joinpath("rules", "shape.toml").read_text(encoding="utf-8")
    return {name: float(value) for name, value in tomllib.loads(text)["weights"].items()}


class Shape:
    """The shape of the blocks of one tree. `confirmed`: by id, the elements that the markup calls navigation."""

    def __init__(self, layout: Layout, confirmed: Mapping[int, Tag], known: dict[int, Kinds]) -> None:
        self.layout = layout
        self.confirmed = confirmed
        self._ends = _ends(layout)
        self._prose = [0, *accumulate(layout.measures.of(layout.tags[at]).plain for at in layout.prose)]
        self._said: dict[str, int] = {}
        self._kept = [at for at, tag in enumerate(layout.tags) if tag.name in _KEPT]
        self._address = layout.context.base_url.partition("?")[0].partition("//")[2].removesuffix("/")
        self.linked = Linked(layout, known)
        self.main = self._main()
        self.low, self.high = self.span(self.main)
        inside = [at for at in layout.prose if self.low <= at < self.high]
        self.first, self.last = (inside[0], self._ends[inside[-1]]) if inside else (self.high, self.low)
        linked = self.linked.between(self.first, self.last, "heading")
        #: whether the headings of the text are links, as in a digest of other articles
        self._is_digest = linked > 2 and 3 * linked >= len(inside)

    # --- the tree in numbers

    def span(self, tag: Tag) -> tuple[int, int]:
        """Return the positions from an element to the end of what it holds."""
        if tag is self.layout.root:
            return -1, len(self.layout.tags)
        at = self.layout.order[id(tag)]
        return at, self._ends[at]

    def prose(self, tag: Tag) -> int:
        """Return the weight of the paragraphs in an element."""
        first, end = self._paragraphs(tag)
        return self._prose[end] - self._prose[first]

    def _paragraphs(self, tag: Tag) -> tuple[int, int]:
        start, end = self.span(tag)
        return bisect_left(self.layout.prose, start), bisect_left(self.layout.prose, end)

    def _main(self) -> Tag:
        """Return the innermost block that holds the article: nearly all paragraphs of each block around it."""
        main, prose = self.layout.root, self._prose[-1]
        paragraphs = {id(self.layout.tags[at]) for at in self.layout.prose}
        while prose:
            inside = (tag for tag in dom.children(main) if tag.name in BLOCKS and id(tag) not in paragraphs)
            below = next((tag for tag in inside if self.prose(tag) >= _MAIN * prose), None)
            if below is None:
                break
            main, prose = below, self.prose(below)
        return main

    def _lines_of(self, tag: Tag) -> tuple[int, int]:
        """Return how many lines a block has, and how many of them are short."""
        count = short = size = 0
        stack: list[PageElement | None] = [tag, None]
        while stack:
            node = stack.pop()
            if isinstance(node, Text):
                size += node.size if node.size >= 0 else weight(node.strip())
                continue
            if isinstance(node, Tag):
                stack += node.contents[::-1] if node.name not in BREAKS else (None, *node.contents[::-1])
                if node.name not in BREAKS:
                    continue
            count, short, size = count + (size > 0), short + (0 < size < _SHORT), 0
        return count, short

    # --- blocks

    def cuts(self) -> Iterator[tuple[Tag, Features]]:
        """Yield the outermost blocks that go, each with its features and what they weigh."""
        stack = self.layout.root.contents[::-1]
        while stack:
            tag = stack.pop()
            if not isinstance(tag, Tag) or not (tag.name in BLOCKS or self._is_line(tag)):
                continue
            if tag.name in _PLAIN and self._is_plain(tag):
                continue
            size = self.layout.measures.of(tag)
            if not size.text or (size.links and self._is_introduced(tag)):
                continue
            found = self.features(tag, size) if self._may_go(tag, size) else ()
            if sum(value for _, value in found) > 0:
                yield tag, found
            else:
                stack += tag.contents[::-1]

    def _is_line(self, tag: Tag) -> bool:
        """Return whether an inline element with links is a line of its own."""
        if self.layout.counts.get(id(tag), 0) < 2 or tag.name == "a":
            return False
        near = (beside(tag, -1), beside(tag, 1))
        return all(node is None or (isinstance(node, Tag) and node.name in BREAKS) for node in near)

    def _is_plain(self, tag: Tag) -> bool:
        """Return whether an element is in the text, without links or a name: most are, and none of them goes."""
        key = id(tag)
        is_bare = key not in self.layout.counts and key not in self.confirmed
        return is_bare and self.first <= self.layout.order[key] < self.last

    def _may_go(self, tag: Tag, size: Measure) -> bool:
        start, end = self.span(tag)
        if tag.name in _NEVER or (start <= self.low and end >= self.high):
            return False
        total = self.layout.measures.total.plain
        if size.plain > 0.5 * total or self.prose(tag) > _MOST * self._prose[-1] > 0:
            return False
        is_article = len(self.layout.prose) > 1 and self._prose[-1] >= _ARTICLE
        if not is_article and self._prose[-1] < _LINES and id(tag) not in self.confirmed:
            return False  # what there is beside a few words is the content
        if bisect_left(self._kept, start) < bisect_left(self._kept, end):
            return False
        links = self.layout.count(tag)[0]
        return 2 * self.linked.count(tag, "inside") <= links and not self._is_caption(tag, size, links)

    def _is_caption(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is a picture with its caption, or a line after a picture."""
        if (
            size.media
            and size.plain <= _LINES
            and not self.linked.count(tag, "picture")
            and not self._says_address(tag, size)
        ):
            return (size.plain >= 0.5 * size.text or links < 2) and not self._is_number(tag)
        is_after = size.text < 80 and links < 2 and self._is_picture(self._next(tag, -1)) and not self._is_number(tag)
        return is_after and not self.linked.count(tag, "headline")

    def _is_number(self, tag: Tag) -> bool:
        """Return whether a block says which of several pictures it is."""
        return self.layout.measures.of(tag).text < _TINY and _OF_NUMBERS.fullmatch(letters(tag).strip()) is not None

    def features(self, tag: Tag, size: Measure) -> Features:
        """Return the features of a block with their weights."""
        known = weights()
        start = self.span(tag)[0]
        is_bare = not size.links and id(tag) not in self.confirmed and self.low <= start < self.last
        if is_bare and not any(True for _ in self._said_elsewhere(tag, size)):
            return ()  # the most of paragraphs, of which nothing else makes one go
        names = ["all", *self._place(tag), *self._links(tag, size)]
        is_hopeless = tag.name != "div" and start < self.last and sum(known.get(n, 0) for n in names) < _HOPELESS
        if not is_hopeless:  # or else what its words and neighbours weigh could not make it go
            names += self._text(tag, size)
            names += self._said_elsewhere(tag, size)
            names += self._beside(tag, size, is_lone="lone headline" in names)
        return tuple((name, known[name]) for name in names if known.get(name))

    def _place(self, tag: Tag) -> Iterator[str]:
        start, _ = self.span(tag)
        if start < self.low:
            yield "before the article"
        elif start >= self.high:
            yield "after the article"
        elif start < self.first:
            yield "before the text"
        else:
            yield "after the text" if start >= self.last else "in the text"
        if id(tag) in self.confirmed:
            yield "named so"
        if tag.name in ("li", "dt", "dd", "p", "ul", "ol", "dl", "blockquote"):
            yield {"dt": "li", "dd": "li", "ol": "ul", "dl": "ul"}.get(tag.name, tag.name)

    def _links(self, tag: Tag, size: Measure) -> Iterator[str]:
        links, own = self.layout.count(tag)
        if not links:
            yield "no link"
            if id(tag) not in self.confirmed:
                yield "plain text before it" if self.span(tag)[0] < self.low else "plain text"
            return
        start = self.span(tag)[0]
        is_inside = self.first <= start < self.last
        is_lone = own == links and start >= self.first and self._is_lone(tag, size, links)
        share = 1 if is_lone or size.plain <= 2 * links else 1 - size.plain / size.text
        yield "only links" if share >= 0.9 else "half links" if share >= 0.5 else "some links"
        yield "one link" if links == 1 else "five links" if links >= 5 else "some more links"
        elsewhere = "other sites, in the text" if is_inside else "other sites"
        yield "own site" if own == links else "mostly own site" if 2 * own > links else elsewhere
        if is_lone:
            yield "lone headline" if links == 1 else "lone headlines"
            if not is_inside:
                yield "lone, after the text"
        elif own == links and tag.name not in ("p", "li") and self.linked.is_card(tag, size):
            yield "cards"
        yield from self.linked.features(tag, size, links, is_below=start >= self.last, is_inside=is_inside)
        if not is_inside and self.linked.is_bar(tag, size, links) and not _is_heading_or_rule(self._next(tag, -1)):
            yield "only short links"

    def _text(self, tag: Tag, size: Measure) -> Iterator[str]:
        yield "label" if size.text < _TINY else "line" if size.text < 80 else "lines" if size.text < _LINES else "long"
        first, end = self._paragraphs(tag)
        if end > first:
            is_lead = self.span(tag)[0] < self.low
            yield "lead" if is_lead else "one paragraph" if end == first + 1 else "paragraphs"
        last = _last_text(tag)
        for name, ends in _ENDINGS:
            if last.endswith(ends):
                yield name
                break
        lines, short = self._lines_of(tag)
        if lines > 2:
            yield "short lines" if short > 0.8 * lines else "long lines" if 2 * short < lines else "mixed lines"

    def _said_elsewhere(self, tag: Tag, size: Measure) -> Iterator[str]:
        is_run = tag.name in ("div", "li") and size.text >= _SHORT and size.longest >= 0.9 * size.text
        if is_run and self._is_said(tag):
            yield "said before"
        if self._says_address(tag, size):
            yield "address of the page"
        if self._is_number(tag):
            yield "number of a picture"

    def _says_address(self, tag: Tag, size: Measure) -> bool:
        """Return whether a block shows the address of the page."""
        return self._address != "" and len(self._address) < size.text < 2 * _LINES and self._address in letters(tag)

    def _is_lone(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is linked headlines, and neither a sentence below the text nor a part of a digest."""
        if not self.linked.are_headlines(tag, size, links):
            return False
        if self._is_digest and self.linked.count(tag, "heading"):
            return False
        return self.span(tag)[0] < self.last or not _last_text(tag).endswith(_STOPS)

    def _is_said(self, tag: Tag) -> bool:
        """Return whether a block says what a block before it says, as the captions of a gallery do."""
        longest = max((node for node in dom.nodes(tag) if isinstance(node, Text)), key=len)
        return self._said.setdefault(longest.strip(), id(longest)) != id(longest)

    def _beside(self, tag: Tag, size: Measure, *, is_lone: bool) -> Iterator[str]:
        before, after = self._next(tag, -1), self._next(tag, 1)
        is_below = size.text < 2 * _SENTENCE and self.span(tag)[0] >= self.last
        is_heading = tag.name in HEADINGS - {"h1"} and not _last_text(tag).endswith(_STOPS)
        is_end = after is None or _is_heading_or_rule(after) or self._is_all_pictures(after)
        if is_below and ((is_heading and is_end) or (after is None and _last_text(tag).endswith(COLONS))):
            yield "heading of nothing"
        elif after is None:
            yield "last"
        elif self._is_paragraph(after):
            is_title = tag.name in HEADINGS or (self._is_digest and self.linked.count(tag, "heading"))
            yield "heading of a paragraph" if is_title else "before a paragraph"
        elif isinstance(after, Tag) and after.name in HEADINGS and not is_lone:
            yield "before a heading"
        if before is None:
            yield "first"
        elif self._is_paragraph(before):
            yield "after a paragraph"
        if self._is_picture(before):
            yield "after a picture"

    def _is_introduced(self, tag: Tag) -> bool:
        """Return whether a line that ends with a colon is before a block."""
        before = beside(tag, -1)
        return (
            isinstance(before, Tag)
            and before.name == "p"
            and self.layout.measures.of(before).text >= _SENTENCE
            and _last_text(before).endswith(COLONS)
        )

    def _next(self, tag: Tag, step: int) -> PageElement | None:
        """Return the node before or after a block, or before or after the blocks that it begins or ends."""
        near = beside(tag, step)
        while near is None and tag.parent is not None and tag.parent is not self.layout.root:
            tag = tag.parent
            near = beside(tag, step)
        return near

    def _is_all_pictures(self, node: PageElement) -> bool:
        """Return whether only pictures are left from a node on."""
        while self._is_picture(node) and isinstance(node, Tag):
            after = self._next(node, 1)
            if after is None:
                return True
            node = after
        return False

    def _is_picture(self, node: PageElement | None) -> bool:
        if not isinstance(node, Tag):
            return False
        size = self.layout.measures.of(node)
        return size.media > 0 and not size.text

    def _is_paragraph(self, node: PageElement) -> bool:
        if isinstance(node, Tag):
            first, end = self._paragraphs(node)
            return end > first
        return weight(str(node)) >= _SENTENCE


_ENDINGS = (
    ("stop", _STOPS),
    ("dots", ("…", "...")),
    ("bang", ("!", "！")),
    ("ask", ("?", "？", "؟")),
    ("colon", COLONS),
)


def _ends(layout: Layout) -> list[int]:
    """Return for each element the position after all that it holds."""
    ends = [0] * len(layout.tags)
    for at in range(len(ends) - 1, -1, -1):
        end = ends[at] = ends[at] or at + 1
        above = layout.order.get(id(layout.tags[at].parent))
        if above is not None and not ends[above]:
            ends[above] = end
    return ends


def _is_heading_or_rule(node: PageElement | None) -> bool:
    return isinstance(node, Tag) and (node.name in HEADINGS or node.name == "hr")


def _last_text(node: PageElement) -> str:
    """Return the end of a text."""
    while isinstance(node, Tag):
        inside = next((each for each in reversed(node.contents) if not _is_blank(each)), None)
        if inside is None:
            return ""
        node = inside
    return str(node).rstrip(_CLOSING)


def _is_blank(node: PageElement) -> bool:
    return not (letters(node) if isinstance(node, Tag) else str(node)).strip(_CLOSING)
