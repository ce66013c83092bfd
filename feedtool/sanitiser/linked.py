"""What the links of a tree lead to: counts of them in any element, and the shapes of blocks that are made of links.

In: the layout of a tree. Out: for an element, how many of its links are of a kind, and the names of its features.
Never changes the tree.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate

from bs4 import Tag

from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import HEADINGS, attribute, letters
from feedtool.sanitiser.layout import Layout, Measure
from feedtool.sanitiser.text import weight

#: What a link is, by the numbers of these in `Linked.count`: long as a headline, short as a label, with a picture, of a
#: heading, counted by the site, to a mail address, to the top of a site as accounts are, to a place in the text.
KINDS = ("headline", "short", "picture", "heading", "tracked", "mail", "top", "inside")
#: The element, so that no other gets its id, and whether it is of each kind.
Kinds = tuple[Tag, tuple[bool, ...]]

#: The least weight of a headline; the most of a label; the most of a headline, of a card, of one link that is all.
HEADLINE, LABEL = 25, 25
_TITLE, _ONLY, _LINE = 200, 400, 120
#: How many cards make a box, and which share of the text no cards may be.
_SEVERAL, _MOST = 3, 0.5
#: What a site adds to the addresses of its own advertisements, to count who follows them.
_TRACKED = re.compile(r"[?&](?:utm_|cmpid|campaign|ref=|affil|partner|icid|ito=|int_)")
#: An address with one short part at most, as those of accounts, shops and front pages.
_TOP = re.compile(r"https?://[^/?#]+(?:/[\w.@-]{0,20}/?)?(?:[?#].*)?", re.IGNORECASE)
COLONS = (":", "：")


class Linked:
    """The links of one tree. `known`: the kinds of links, by id; is filled, and holds for the tree after cuts."""

    def __init__(self, layout: Layout, known: dict[int, Kinds]) -> None:
        self.layout = layout
        for link in layout.anchors:
            if id(link) not in known:
                known[id(link)] = link, self._kinds(link)
        each = (
            zip(*(known[id(link)][1] for link in layout.anchors), strict=True) if layout.anchors else ((),) * len(KINDS)
        )
        self._sums = {kind: [0, *accumulate(values)] for kind, values in zip(KINDS, each, strict=True)}
        self._cards: dict[int, dict[int, int]] = {}

    def _kinds(self, link: Tag) -> tuple[bool, ...]:
        href, size = attribute(link, "href"), weight(letters(link).strip())
        page, mark, _ = href.partition("#")
        children = [node.name for node in dom.children(link)]
        is_heading = (link.parent is not None and link.parent.name in HEADINGS) or not HEADINGS.isdisjoint(children)
        return (
            size >= HEADLINE,
            size < LABEL,
            "img" in children,
            is_heading,
            _TRACKED.search(href) is not None,
            href[:7].lower() == "mailto:",
            _TOP.fullmatch(href) is not None,
            bool(mark) and page in ("", self.layout.context.base_url.partition("#")[0]),
        )

    def count(self, tag: Tag, kind: str) -> int:
        """Return how many links in an element are of a kind."""
        first, end = self.layout.links_at(tag)
        return self._sums[kind][end] - self._sums[kind][first] if first < end else 0

    def between(self, start: int, end: int, kind: str) -> int:
        """Return how many links between two positions are of a kind."""
        first, last = bisect_left(self.layout.positions, start), bisect_left(self.layout.positions, end)
        return self._sums[kind][last] - self._sums[kind][first] if first < last else 0

    def is_bar(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is a list or several of short links of the site, with a label and signs at most."""
        is_list = links > 2 or tag.name in ("ul", "ol")
        return (
            links == self.count(tag, "short") and is_list and size.plain < LABEL + 2 * links and self.layout.is_own(tag)
        )

    def are_headlines(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is headlines that are links, with a label and a colon before them at most."""
        if tag.name == "li" or size.plain > LABEL or self.count(tag, "headline") < links:
            return False
        if size.text > (_TITLE if size.plain else _ONLY) * links:
            return False
        label = dom.outside_links(tag).strip() if size.plain else ""
        return not label or label.endswith(COLONS)

    def are_items(self, tag: Tag) -> bool:
        """Return whether a block is several short parts, nearly all of them with a link."""
        parts = self._parts(tag)
        while len(parts) == 1 and parts[0].name != "a":
            parts = self._parts(parts[0])
        linked = [part for part in parts if part.name == "a" or self.layout.counts.get(id(part))]
        sizes = [self.layout.measures.of(part).text for part in linked]
        if len(parts) < _SEVERAL or sum(size < _TITLE for size in sizes) < 0.75 * len(parts):
            return False
        around = self.layout.measures.of(tag)
        return around.plain < _LINE or sum(sizes) > _MOST * around.text  # not the links of a paragraph

    def _parts(self, tag: Tag) -> list[Tag]:
        return [part for part in dom.children(tag) if self.layout.measures.of(part).text]

    def is_card(self, tag: Tag, size: Measure) -> bool:
        """Return whether a block is one of several pictures with a linked title each, or a box of such."""
        if tag.parent is not None and size.media and id(tag) in self._cards_in(tag.parent):
            return True
        while True:
            parts = [part for part in dom.children(tag) if self.layout.counts.get(id(part))]
            if len(parts) != 1 or parts[0].name == "a":
                break
            tag = parts[0]
        return sum(self._cards_in(tag).values()) >= 0.8 * size.text

    def _cards_in(self, tag: Tag) -> dict[int, int]:
        """Return the parts of a block that are pictures with a linked title each, with their weights, by id."""
        found = self._cards.get(id(tag))
        if found is None:
            sizes = [(part, self.layout.measures.of(part)) for part in dom.children(tag)]
            found = {
                id(part): size.text
                for part, size in sizes
                if 0 < size.media <= 2 and 0 < size.text <= _TITLE and self.layout.is_own(part)
            }
            if len(found) < _SEVERAL or sum(found.values()) > _MOST * self.layout.measures.total.text:
                found = {}
            self._cards[id(tag)] = found
        return found
