"""Where in a post the cuts were made: the whole post once more, with a mark on everything that was cut.

    clean, observed   which nodes of the parsed tree went with which removal, by their position in document order
    clean, untrimmed  the same tree once more, with nothing cut: the nodes at the same positions are marked

In: what `clean` takes. Out: what `clean` returns, and the marked post, which went through the same repair and the
same allow-list. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bs4 import Tag
from bs4.element import PageElement

from feedtool.sanitiser import Cleaned, Context, Rules, clean, clean_once
from feedtool.sanitiser.dom import blank, fill, new_tag, nodes
from feedtool.sanitiser.trim import Observer

#: The id of a marked element: this and the number of the removal. No other element of a marked post has an id.
MARK = "cut-"

#: What repair replaces by a link.
_FRAMES = frozenset({"iframe", "embed", "object"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A cleaned post, and what it was before it was trimmed."""

    cleaned: Cleaned
    #: within the allow-list; the elements with the id MARK + number are those that removal number took, from 0
    marked_html: str


def trace(html: str, context: Context, *, rules: Rules) -> Traced:
    """Return what `clean` makes of a post, and the post with what was cut in its place."""
    cuts = _Cuts()
    cleaned = clean(html, context, rules=rules, observer=cuts)
    marks = _Marks(cuts.removals)
    whole, _ = clean_once(html, context, replace(rules, trim=False), marks)  # marks do not outlast a parser
    return Traced(cleaned=cleaned, marked_html=whole.html)


class _Cuts(Observer):
    """Notes with which removal each node of the parsed tree went."""

    def starts(self, root: Tag) -> None:
        #: from a node's position in the parsed tree to the number of the removal
        self.removals: dict[int, int] = {}
        self._count = 0
        self._nodes = list(nodes(root))  # held, so that no other node gets the id of one that is gone
        self._positions = {id(node): position for position, node in enumerate(self._nodes)}

    def cuts(self, node: PageElement) -> None:
        for below in (node, *(nodes(node) if isinstance(node, Tag) else ())):
            if id(below) in self._positions:
                self.removals.setdefault(self._positions[id(below)], self._count)
        self._count += 1


class _Marks(Observer):
    """Marks the nodes of a tree that is not trimmed."""

    def __init__(self, removals: dict[int, int]) -> None:
        self._removals = removals

    def starts(self, root: Tag) -> None:
        self._nodes = list(nodes(root))  # held, as above
        #: the number of the removal, by the id of the node
        self._numbers = {id(self._nodes[position]): number for position, number in self._removals.items()}
        tags = [node for node in self._nodes if isinstance(node, Tag) and id(node) in self._numbers]
        for frame, around in _wrapped([tag for tag in tags if tag.name in _FRAMES]):
            self._numbers[id(around)] = self._numbers[id(frame)]
            self._nodes.append(around)

    def ends(self, root: Tag) -> None:
        loose = []
        for node in nodes(root):
            if isinstance(node, Tag):
                node.attrs.pop("id", None)
            number = self._numbers.get(id(node))
            if number is None or blank(node) or self._numbers.get(id(node.parent)) == number:
                continue
            if isinstance(node, Tag):
                node.attrs["id"] = f"{MARK}{number}"
            else:
                loose.append(node)
        for node, around in _wrapped(loose):
            around.attrs["id"] = f"{MARK}{self._numbers[id(node)]}"


def _wrapped(nodes: Sequence[PageElement]) -> list[tuple[PageElement, Tag]]:
    """Put an element around each node, and return these pairs."""
    parents = {id(node.parent): node.parent for node in nodes if node.parent is not None}
    around = {id(node): new_tag("del", {}, node) for node in nodes}
    for parent in parents.values():
        fill(parent, [around.get(id(node), node) for node in parent.contents])
    return [(node, around[id(node)]) for node in nodes]
