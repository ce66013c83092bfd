"""How much each element holds: text, text outside links, links, pictures.

In: a tree. Out: a table from element to its measure, made in one traversal. Never changes the tree.
"""

from __future__ import annotations

from bs4 import Tag
from bs4.element import NavigableString

from feedtool.sanitiser.text import weight
from feedtool.sanitiser.tree import MEDIA, attribute


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

    def add(self, other: Measure) -> None:
        """Add what a child holds."""
        self.text += other.text
        self.plain += other.plain
        self.links += other.links
        self.media += other.media
        self.longest = max(self.longest, other.longest)


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
        top = self._table[id(root)] = Measure()
        found: list[tuple[Measure, Measure]] = []
        stack: list[tuple[Tag, Measure, bool]] = [(root, top, False)]
        while stack:
            tag, mine, linked = stack.pop()
            for node in tag.contents:
                if isinstance(node, Tag):
                    below = self._table[id(node)] = Measure()
                    is_link = node.name == "a" and attribute(node, "href")[:1] not in ("", "#")
                    below.links += is_link
                    below.media += node.name in MEDIA
                    found.append((below, mine))
                    if node.contents:
                        stack.append((node, below, linked or is_link))
                elif isinstance(node, NavigableString) and (size := weight(node.strip())):
                    mine.text += size
                    if not linked:
                        mine.plain += size
                        mine.longest = max(mine.longest, size)
        for below, above in reversed(found):
            above.add(below)
        return top
