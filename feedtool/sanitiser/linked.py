"""What the links of a tree lead to: counts of them in any element, and the shapes of blocks that are made of links.

In: the layout of a tree. Out: for an element, how many of its links are of a kind, and the names of its features.
Never changes the tree.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from bs4 import Tag

from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import HEADINGS, attribute, letters
from feedtool.sanitiser.layout import Layout, Measure
from feedtool.sanitiser.text import weight

#: What a link is, by the numbers of these in `Linked.count`: long as a headline, short as a label, with a picture, of a
#: heading; to a list by term or author, to an account or a shop, to somebody at a network, to a place in the text.
KINDS = ("headline", "short", "picture", "heading", "term", "account", "profile", "inside")
#: The element, so that no other gets its id, and whether it is of each kind.
Kinds = tuple[Tag, tuple[bool, ...]]

#: The least weight of a headline; the most of a label; the most of a headline, of a card, of one link that is all.
HEADLINE, LABEL = 25, 25
_TITLE, _ONLY = 200, 400
#: How many cards make a box, and which share of the text no cards may be.
_SEVERAL, _MOST = 3, 0.5
_TERM = re.compile(
    r"/(?:tags?|categor\w*|topics?|labels?|keywords?|t[ae]g-?\w*|temas?|themen?|rubri\w*|etiquet\w*|sujet|section|authors?"
    r"|autor\w*|users?|profile)/|[?&](?:tag|cat)=",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"[/.](?:log-?in|sign-?(?:in|up)|regist(?:er|ration)|subscri(?:be|ption)s?|subs|suscri\w+|abo(?:nn\w*)?|account"
    r"|my-?account|membership|paywall|checkout|newsletters?|donate|donar|spenden|apoyo?)(?:[/.?#_-]|$)",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"https?://(?:\w+\.)?(?:twitter|x|facebook|instagram|t|youtube|tiktok|threads|vk|ok|linkedin|pinterest|bsky|whatsapp"
    r"|weibo|apps\.apple|play\.google|news\.google)\.(?:com|me|net|ru|app|\w\w)/(?:(?:channel|company|in|profile|user|c"
    r"|store|publications)/)?(?!(?:share|intent|watch|p|status|hashtag|sharer)\b)[^/]*(?:/[^/]*)?/?$",
    re.IGNORECASE,
)
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
            _TERM.search(href) is not None,
            _ACCOUNT.search(href) is not None,
            _PROFILE.match(href) is not None,
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

    def features(self, tag: Tag, size: Measure, links: int, *, is_below: bool, is_inside: bool) -> Iterator[str]:
        """Yield the features of a block by what its links lead to; `is_inside`: it is in the text, or below it."""
        for kind in ("headline", "picture", "heading"):
            if self.count(tag, kind):
                yield f"linked {kind}s"
        is_short = size.longest < HEADLINE + 15
        own = self.layout.is_own(tag)
        if 2 * self.count(tag, "term") > links:
            yield "links to terms beside the text" if not is_inside and own and is_short else "links to terms"
        if self.count(tag, "account") == links and (
            size.text < 300 if is_below else size.text < 160 and tag.name != "p"
        ):
            yield "links to accounts"
        if 2 * self.count(tag, "profile") > links > 1:
            yield "links to profiles"
        if own and is_below and self._is_list(tag, size, links):
            yield "list of headlines below"

    def is_bar(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is several short links of the site, with a label and signs between at most."""
        return links == self.count(tag, "short") > 2 and size.plain < LABEL + 2 * links and self.layout.is_own(tag)

    def are_headlines(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is headlines that are links, with a label and a colon before them at most."""
        if tag.name in ("li", "ul", "ol") or size.plain > LABEL or self.count(tag, "headline") < links:
            return False
        if size.text > (_TITLE if size.plain else _ONLY) * links:
            return False
        label = dom.outside_links(tag).strip() if size.plain else ""
        return not label or label.endswith(COLONS)

    def _is_list(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is headlines that are links, with a date or a label each at most."""
        if links < 2 or tag.name == "li" or size.longest > LABEL or size.media > links:
            return False
        is_long = 3 * self.count(tag, "headline") >= 2 * links
        return is_long and size.plain <= LABEL * links and size.text <= _TITLE * links

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
