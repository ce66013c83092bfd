"""Changes to a tree: many at once, for the price of one pass over the elements that they touch.

In: elements and what is to stand in their place. Out: the same tree, changed. Knows nothing of HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from feedtool.sanitiser.nodes import Text


def joined(nodes: Iterable[PageElement]) -> list[PageElement]:
    """Return the nodes with texts that have come to stand side by side as one, as a parser would read them."""
    out: list[PageElement] = []
    for node in nodes:
        if out and isinstance(node, NavigableString) and isinstance(out[-1], NavigableString):
            out[-1] = Text(out[-1] + node)
        else:
            out.append(node)
    return out


def fill(tag: Tag, contents: list[PageElement]) -> None:
    """Make these nodes the contents of an element."""
    before: PageElement | None = None
    for node in contents:
        node.parent = tag
        node.previous_sibling = before
        if before is not None:
            before.next_sibling = node
        before = node
    if before is not None:
        before.next_sibling = None
    tag.contents = contents


class Edits:
    """Changes to a tree that take effect when they are settled.

    Until then `contents` and the siblings tell the state before them, but a node that was cut has no parent and is
    nobody's sibling.
    """

    __slots__ = ("_gone", "_instead", "_stale")

    def __init__(self) -> None:
        self._instead: dict[int, Sequence[PageElement]] = {}
        self._stale: dict[int, Tag] = {}
        #: keeps what left the tree alive, so that no other node gets its id
        self._gone: dict[int, PageElement] = {}

    def cut(self, node: PageElement) -> None:
        """Take a node out."""
        before, after = node.previous_sibling, node.next_sibling
        if before is not None:
            before.next_sibling = after
        if after is not None:
            after.previous_sibling = before
        node.previous_sibling = node.next_sibling = None
        self._put(node, ())
        node.parent = None

    def unwrap(self, tag: Tag) -> None:
        """Put what an element holds in its place."""
        self._put(tag, tag.contents)

    def replace(self, node: PageElement, *instead: PageElement) -> None:
        """Put nodes in the place of one, which may be the first of them; others come from what is cut, or are new."""
        self._put(node, instead)

    def settle(self) -> None:
        """Make the changes."""
        for tag in self._stale.values():
            if id(tag) not in self._gone:
                fill(tag, self._expanded(tag.contents))
        self.__init__()  # type: ignore[misc]

    def _put(self, node: PageElement, instead: Sequence[PageElement]) -> None:
        if node.parent is None:
            return
        self._instead[id(node)] = instead
        self._stale[id(node.parent)] = node.parent
        if not any(new is node for new in instead[:1]):
            self._gone[id(node)] = node

    def _expanded(self, contents: Sequence[PageElement]) -> list[PageElement]:
        out: list[PageElement] = []
        stack = list(reversed(contents))
        while stack:
            node = stack.pop()
            instead = self._instead.pop(id(node), None)
            if instead is None:
                out.append(node)
            else:
                stack.extend(reversed(instead))
        return out
