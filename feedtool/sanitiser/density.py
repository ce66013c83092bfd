"""How much each element holds: text, text outside links, links, pictures.

In: a tree. Out: a table from element to its measure, made in one traversal. Never changes the tree.
"""

from __future__ import annotations

from bs4 import Tag

from feedtool.sanitiser.dom import MEDIA, attribute
from feedtool.sanitiser.nodes import Text
from feedtool.sanitiser.text import weight

_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg", ".bmp")


class Measure:
    """What is in an element, by the measure of `text.weight`."""

    __slots__ = ("links", "longest", "media", "plain", "text")

    def __init__(self) -> None:
        #: all text
        self.text = 0
        #: text outside links
        self.plain = 0
        #: the longest run of text outside links
        self.longest = 0
        #: links that lead out of the text
        self.links = 0
        #: pictures, players
        self.media = 0

    def read(self, node: Text, linked: bool) -> None:  # noqa: FBT001 - called for every text of every post
        """Add a text of the element's own."""
        size = node.size
        if size < 0:
            size = node.size = weight(node.strip())
        self.text += size
        if not linked:
            self.plain += size
            if size > self.longest:  # noqa: PLR1730 - quicker than max
                self.longest = size


def _add_up(pairs: list[tuple[Measure, Measure]]) -> None:
    """Add what each element holds to the one above it, from the last to the first."""
    for below, above in reversed(pairs):
        above.text += below.text
        above.plain += below.plain
        above.links += below.links
        above.media += below.media
        if below.longest > above.longest:  # noqa: PLR1730 - quicker than max, on every element of every post
            above.longest = below.longest


def _leads_out(href: str) -> bool:
    """Return whether a link leads to another page: not to a place in the text, nor to the large form of a picture."""
    return href[:1] not in ("", "#") and not href.partition("?")[0].lower().endswith(_PICTURES)


class Measures:
    """The measures of a tree, by element."""

    __slots__ = ("_table", "total")

    def __init__(self, root: Tag) -> None:
        self._table: dict[int, Measure] = {}
        self.total = self._fill(root)

    def of(self, tag: Tag) -> Measure:
        """Return the measure of an element of the tree as it was measured."""
        return self._table[id(tag)]

    def __contains__(self, tag: Tag) -> bool:
        return id(tag) in self._table

    def _fill(self, root: Tag) -> Measure:
        table = self._table
        top = table[id(root)] = Measure()
        found: list[tuple[Measure, Measure]] = []
        stack: list[tuple[Tag, Measure, bool]] = [(root, top, False)]
        while stack:
            tag, mine, linked = stack.pop()
            for node in tag.contents:
                if isinstance(node, Tag):
                    below = table[id(node)] = Measure()
                    found.append((below, mine))
                    is_link = node.name == "a" and _leads_out(attribute(node, "href"))
                    below.links = int(is_link)
                    below.media = int(not is_link and node.name in MEDIA)
                    inside = node.contents
                    if len(inside) == 1 and isinstance(inside[0], Text):  # as most that hold anything
                        below.read(inside[0], linked or is_link)
                    elif inside:
                        stack.append((node, below, linked or is_link))
                elif isinstance(node, Text):
                    mine.read(node, linked)
        _add_up(found)
        return top
