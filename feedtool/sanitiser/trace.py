"""Where in a post the cuts were made: the whole post once more, with a mark on everything that was cut.

    clean, watched    which nodes of the parsed tree went with which removal, by their place in document order
    clean, untrimmed  the same tree once more, with nothing cut: the nodes of the same places are marked

In: what `clean` takes. Out: what `clean` returns, and the marked post, which went through the same repair and the
same allow-list. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bs4 import Tag
from bs4.element import PageElement

from feedtool.sanitiser import Cleaned, Facts, Rules, clean
from feedtool.sanitiser.dom import blank, new_tag
from feedtool.sanitiser.edits import fill

#: The id of a marked element: this and the number of the removal. No other element of a marked post has an id.
MARK = "cut-"

#: What repair puts a link in the place of.
_FRAMES = frozenset({"iframe", "embed", "object"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A cleaned post, and what it was before it was trimmed."""

    cleaned: Cleaned
    #: within the allow-list; the elements with the id MARK + number are those that removal number took, from 0
    marked_html: str


def trace(html: str, facts: Facts, *, rules: Rules) -> Traced:
    """Return what `clean` makes of a post, and the post with what was cut in its place."""
    cuts = _Cuts()
    cleaned = clean(html, facts, rules=rules, watch=cuts)
    marks = _Marks(cuts.removal)
    whole = clean(html, facts, rules=replace(rules, trim=False), watch=marks)
    return Traced(cleaned=cleaned, marked_html=whole.html)


def _nodes(root: Tag) -> list[PageElement]:
    """Return what is below an element, in document order."""
    out: list[PageElement] = []
    stack = root.contents[::-1]
    while stack:
        node = stack.pop()
        out.append(node)
        if isinstance(node, Tag):
            stack.extend(reversed(node.contents))
    return out


@dataclass(slots=True)
class _Cuts:
    """Learns with which removal each node of the parsed tree went."""

    #: from a node's place in the parsed tree to the number of the removal
    removal: dict[int, int] = field(default_factory=dict)
    #: held as well as counted: the identity of a node that is gone could be another's
    _nodes: list[PageElement] = field(default_factory=list)
    _places: dict[int, int] = field(default_factory=dict)
    _count: int = 0

    def starts(self, root: Tag) -> None:
        self.removal, self._count = {}, 0
        self._nodes = _nodes(root)
        self._places = {id(node): place for place, node in enumerate(self._nodes)}

    def cuts(self, node: PageElement) -> None:
        for below in [node, *(_nodes(node) if isinstance(node, Tag) else ())]:
            place = self._places.get(id(below))
            if place is not None:
                self.removal.setdefault(place, self._count)
        self._count += 1

    def ends(self, root: Tag) -> None:
        """Learn nothing."""


@dataclass(slots=True)
class _Marks:
    """Marks the nodes of a tree that is not trimmed."""

    removal: dict[int, int]
    _by_node: dict[int, int] = field(default_factory=dict)
    #: held for their identity
    _nodes: list[PageElement] = field(default_factory=list)

    def starts(self, root: Tag) -> None:
        self._nodes = _nodes(root)
        self._by_node = {
            id(node): self.removal[place] for place, node in enumerate(self._nodes) if place in self.removal
        }
        frames = [node for node in self._nodes if isinstance(node, Tag) and node.name in _FRAMES]
        for frame, around in _wrapped([frame for frame in frames if id(frame) in self._by_node]):
            self._by_node[id(around)] = self._by_node[id(frame)]
            self._nodes.append(around)

    def cuts(self, node: PageElement) -> None:
        """Mind nothing: it is not trimmed."""

    def ends(self, root: Tag) -> None:
        loose = []
        for node in _nodes(root):
            if isinstance(node, Tag):
                node.attrs.pop("id", None)
            number = self._by_node.get(id(node))
            if number is None or blank(node) or self._by_node.get(id(node.parent)) == number:
                continue
            if isinstance(node, Tag):
                node.attrs["id"] = f"{MARK}{number}"
            else:
                loose.append(node)
        for node, around in _wrapped(loose):
            around.attrs["id"] = f"{MARK}{self._by_node[id(node)]}"


def _wrapped(nodes: Sequence[PageElement]) -> list[tuple[PageElement, Tag]]:
    """Put an element of its own around each node."""
    parents = {id(node.parent): node.parent for node in nodes if node.parent is not None}
    around = {id(node): new_tag("del", None, node) for node in nodes}
    for parent in parents.values():
        fill(parent, [around.get(id(node), node) for node in parent.contents])
    return [(node, around[id(node)]) for node in nodes]
