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
        table = self._table
        top = table[id(root)] = Measure()
        path: list[tuple[Tag, Measure, bool]] = [(root, top, False)]
        for node in root.descendants:
            while path[-1][0] is not node.parent:
                _, done, _ = path.pop()
                path[-1][1].add(done)
            _, above, linked = path[-1]
            if isinstance(node, Tag):
                mine = table[id(node)] = Measure()
                is_link = node.name == "a" and attribute(node, "href")[:1] not in ("", "#")
                mine.links += is_link
                mine.media += node.name in MEDIA
                path.append((node, mine, linked or bool(is_link)))
            elif isinstance(node, NavigableString) and (size := weight(node.strip())):
                above.text += size
                if not linked:
                    above.plain += size
                    above.longest = max(above.longest, size)
        while len(path) > 1:
            _, done, _ = path.pop()
            path[-1][1].add(done)
        return top
