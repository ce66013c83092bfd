"""What an element holds and where it is in the text: measures, prose, edges, links and what they lead to.

In: a tree, and the post's source. Out: a table of measures, made in one traversal, and answers about elements.
Never changes the tree.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate, islice

from bs4 import Tag

from feedtool import urls
from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import HEADINGS, MEDIA, Text, attribute, blank, elements, holds_blocks, letters, text_of
from feedtool.sanitiser.text import Context, phrase, weight

_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg", ".bmp")
_FILES = (".pdf", ".zip", ".epub", ".doc", ".docx", ".xls", ".xlsx", ".csv", ".ppt", ".pptx", ".mp3", ".m4a", ".mp4")
#: The least weight of a sentence.
_SENTENCE = 60
#: How many paragraphs before and after an element put it in the middle of a text; how many cards make a box.
_SEVERAL = 3
_PROSE = frozenset({"p", "div", "li", "blockquote", "td", "dd", "pre"})
_DOUBLE_DOMAINS = frozenset("ac co com edu gob gov govt net or ne go org gr".split())
#: Elements by their ids: "named" as navigation is, by class words, role or name; "aside", by their name; "control",
#: those that a field or a button is in; "left", those that are before something that went.
Marks = dict[str, dict[int, Tag]]
_ASIDES = frozenset({"aside", "footer"})
_CONTROLS = frozenset({"input", "textarea", "select", "button", "form"})
#: The most text around a control that is about it.
_AROUND = 600


class Measure:
    """How much an element holds, by the measure of `text.weight`.

    text: all text. plain: text outside links, of which longest is the longest run. links: those that lead out of the
    text. media: pictures and players.
    """

    __slots__ = ("links", "longest", "media", "plain", "text")

    def __init__(self) -> None:
        self.text = self.plain = self.longest = self.links = self.media = 0

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


def _leads_out(href: str) -> bool:
    """Return whether a link leads to another page: not to an id in the text, nor to the large form of a picture."""
    return href[:1] not in ("", "#") and not href.partition("?")[0].lower().endswith(_PICTURES)


class Measures:
    """The measures of a tree, by element."""

    __slots__ = ("_table", "total")

    def __init__(self, root: Tag) -> None:
        table = self._table = {id(root): Measure()}
        self.total = table[id(root)]
        found: list[tuple[Measure, Measure]] = []
        stack: list[tuple[Tag, Measure, bool]] = [(root, self.total, False)]
        while stack:
            tag, above, linked = stack.pop()
            for node in tag.contents:
                if isinstance(node, Tag):
                    below = table[id(node)] = Measure()
                    found.append((below, above))
                    is_link = node.name == "a" and _leads_out(attribute(node, "href"))
                    below.links = int(is_link)
                    below.media = int(not is_link and node.name in MEDIA)
                    inside = node.contents
                    if len(inside) == 1 and isinstance(inside[0], Text):  # as most that hold anything
                        below.read(inside[0], linked or is_link)
                    elif inside:
                        stack.append((node, below, linked or is_link))
                elif isinstance(node, Text):
                    above.read(node, linked)
        for below, above in reversed(found):  # from the last element to the first: each is complete when it is added
            above.text += below.text
            above.plain += below.plain
            above.links += below.links
            above.media += below.media
            if below.longest > above.longest:  # noqa: PLR1730 - quicker than max, on every element of every post
                above.longest = below.longest

    def of(self, tag: Tag) -> Measure:
        """Return the measure of an element, made when the table was."""
        return self._table[id(tag)]

    def top(self, tag: Tag, root: Tag) -> Tag:
        """Return the outermost element with the same text, links and pictures, which may be the element itself."""
        size = self.of(tag)
        while tag.parent is not None and tag.parent is not root:
            above = self.of(tag.parent)
            if above.text != size.text or above.media != size.media or above.links != size.links:
                break
            tag = tag.parent
        return tag


@lru_cache(maxsize=4096)
def site_of(address: str) -> str:
    """Return the registered domain of an address: example.co.uk of news.example.co.uk."""
    labels = urls.host_of(address).split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _DOUBLE_DOMAINS else 2
    return ".".join(labels[-keep:])


class Layout:
    """The paragraphs, links and ends of a tree, by position in document order."""

    def __init__(self, root: Tag, measures: Measures, context: Context) -> None:
        """Go over the tree once."""
        self.root = root
        self.measures = measures
        self.context = context
        #: the registered domain of the post's source
        self.site = site_of(context.base_url)
        self.tags = elements(root)
        #: the positions of the elements, by id; of the paragraphs; of the first and the last of these, or -1
        self.order: dict[int, int] = {}
        self.prose: list[int] = []
        self.first = self.last = -1
        #: the links and their positions; how many before each lead away from the post's site
        self.anchors: list[Tag] = []
        self.positions: list[int] = []
        self.foreign = [0]
        #: how many links an element holds or is, by id
        self.counts: dict[int, int] = defaultdict(int)
        self._phrases: dict[int, str] = {}
        self._tail = frozenset(self._last_elements())
        for position, tag in enumerate(self.tags):
            self.order[id(tag)] = position
            if tag.name == "a":
                href = attribute(tag, "href")
                self.anchors.append(tag)
                self.positions.append(position)
                leaves = site_of(href) != self.site or href.partition("?")[0].lower().endswith(_FILES)
                self.foreign.append(self.foreign[-1] + (leaves and href[:1] != "#"))
                above: Tag | None = tag
                while above is not None:
                    self.counts[id(above)] += 1
                    above = above.parent
            elif tag.name in _PROSE and measures.of(tag).longest >= _SENTENCE and self._is_prose(tag):
                self.prose.append(position)
        if self.prose:
            self.first, self.last = self.prose[0], self.prose[-1]

    def _is_prose(self, tag: Tag) -> bool:
        """Return whether an element is a paragraph: at least a sentence, and mostly text outside links."""
        size = self.measures.of(tag)
        if size.plain < 0.5 * size.text:
            return False
        own = (node for node in tag.contents if isinstance(node, Text))
        return not holds_blocks(tag) or any(weight(text) >= _SENTENCE for text in own)

    def is_edge(self, tag: Tag) -> bool:
        """Return whether an element is before the first or after the last paragraph."""
        position = self.order[id(tag)]
        return self.first < 0 or position < self.first or position > self.last

    def is_among_prose(self, tag: Tag) -> bool:
        """Return whether several paragraphs are on each side of an element."""
        before = bisect_left(self.prose, self.order[id(tag)])
        return min(before, len(self.prose) - before) >= _SEVERAL

    def links(self, tag: Tag) -> list[Tag]:
        """Return the links in an element."""
        first, end = self.links_at(tag)
        return self.anchors[first:end]

    def is_own(self, tag: Tag) -> bool:
        """Return whether an element has links, and all of them stay on the post's site."""
        first, end = self.links_at(tag)
        return bool(self.site) and first < end and self.foreign[first] == self.foreign[end]

    def count(self, tag: Tag) -> tuple[int, int]:
        """Return how many links an element has, and how many of them stay on the post's site."""
        first, end = self.links_at(tag)
        return end - first, end - first - (self.foreign[end] - self.foreign[first])

    def links_at(self, tag: Tag) -> tuple[int, int]:
        """Return the numbers of the first link in an element, and of the first after it."""
        count = self.counts.get(id(tag), 0)
        first = bisect_left(self.positions, self.order[id(tag)]) if count else 0
        return first, first + count

    def phrase(self, tag: Tag) -> str:
        """Return the text of an element in the form of the lists of phrases."""
        found = self._phrases.get(id(tag))
        if found is None:
            inside = tag.contents
            is_leaf = len(inside) == 1 and not isinstance(inside[0], Tag)
            found = self._phrases[id(tag)] = phrase(str(inside[0]) if is_leaf else text_of(tag))
        return found

    def top(self, tag: Tag) -> Tag:
        """Return the outermost element with the same text, links and pictures, which may be the element itself."""
        return self.measures.top(tag, self.root)

    def is_last(self, tag: Tag) -> bool:
        """Return whether no text follows an element."""
        return id(tag) in self._tail

    def _last_elements(self) -> Iterator[int]:
        """Yield the ids of the elements that no text follows."""
        above: Tag | None = self.root
        while above is not None:
            inside, above = above.contents, None
            for node in reversed(inside):
                if isinstance(node, Tag):
                    yield id(node)
                    size = self.measures.of(node)
                    if size.text or size.media:
                        above = node
                        break
                    yield from map(id, elements(node))
                elif not blank(node):
                    break


def mark(tag: Tag, marks: Marks, measures: Measures) -> None:
    """Note what the name of an element says of it, or of those that it is in."""
    if tag.name in _ASIDES:
        marks["aside"][id(tag)] = tag
    elif tag.name in _CONTROLS or ("role" in tag.attrs and attribute(tag, "role") == "button"):
        for above in islice(tag.parents, 3):
            if measures.of(above).text > _AROUND:
                break
            marks["control"][id(above)] = above


# --- what links lead to

#: What a link is, by the numbers of these in `Linked.count`: long as a headline, short as a label, with a picture, of a
#: heading, counted by the site, to a mail address, to the top of a site as accounts are, to a place in the text.
KINDS = ("headline", "short", "picture", "heading", "tracked", "mail", "top", "inside", "account")
#: The element, so that no other gets its id, and whether it is of each kind.
Kinds = tuple[Tag, tuple[bool, ...]]

#: The least weight of a headline; the most of a label; the most of a headline, of a card, of one link that is all.
HEADLINE, LABEL = 25, 25
_TITLE, _ONLY, _LINE = 200, 400, 120
#: Which share of the text no cards may be.
_MOST = 0.5
#: What a site adds to the addresses of its own advertisements, to count who follows them.
_TRACKED = re.compile(r"[?&](?:utm_|cmpid|campaign|ref=|affil|partner|icid|ito=|int_)")
#: An address with one short part at most, as those of accounts, shops and front pages.
_TOP = re.compile(r"https?://[^/?#]+(?:/[\w.@-]{0,20}/?)?(?:[?#].*)?", re.IGNORECASE)
#: An address where readers subscribe or give their name.
_ACCOUNT = re.compile(
    r"//(?:subscri\w+|newsletters?)\.|/(?:[\w-]*newsletter[\w-]*|subscri\w+|sign-?up[\w-]*|register|login|abo|join)/?(?:[?#]|$)",
    re.IGNORECASE,
)
COLONS = (":", "：")
#: What ends a sentence that states something.
STOPS = (".", "。", "।", "۔", "．", "።", "។")


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
            _ACCOUNT.search(href) is not None,
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
        """Return the parts of a block that are pictures with a linked title or a heading each, with their weights."""
        found = self._cards.get(id(tag))
        if found is None:
            sizes = [(part, self.layout.measures.of(part)) for part in dom.children(tag)]
            found = {
                id(part): size.text
                for part, size in sizes
                if 0 < size.media <= 2 and 0 < size.text <= _TITLE and self.layout.is_own(part)
                if size.plain < size.text or dom.named(part, *HEADINGS)  # else a caption of a picture that is a link
            }
            if len(found) < _SEVERAL or sum(found.values()) > _MOST * self.layout.measures.total.text:
                found = {}
            self._cards[id(tag)] = found
        return found
