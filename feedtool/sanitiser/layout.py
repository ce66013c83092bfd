"""What an element holds and where it is in the text: measures, prose, edges, links and what they lead to.

In: a tree, and the post's source. Out: a table of measures, made in one traversal, and answers about elements.
Never changes the tree.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

from feedtool import urls
from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import (
    HEADINGS,
    MEDIA,
    PageElement,
    Tag,
    Text,
    attribute,
    blank,
    elements,
    holds_blocks,
    letters,
    text_of,
)
from feedtool.sanitiser.text import Context, phrase, place_on, weight

_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg", ".bmp")
_FILES = (".pdf", ".zip", ".epub", ".doc", ".docx", ".xls", ".xlsx", ".csv", ".ppt", ".pptx", ".mp3", ".m4a", ".mp4")
#: The least weight of a sentence.
_SENTENCE = 60
#: How many paragraphs before and after an element put it in the middle of a text; how many cards make a box.
_SEVERAL = 3
_PROSE = frozenset({"p", "div", "li", "blockquote", "td", "dd", "pre"})
_DOUBLE_DOMAINS = frozenset("ac co com edu gob gov govt net or ne go org gr".split())
#: Elements by their ids: "named" as navigation is, by class words, role or name; "aside", by their name; "control",
#: those that a field or a button is in; "asks", those around a field for an address or a message; "left", those before
#: something that went, "headed", before links that went.
Marks = dict[str, dict[int, Tag]]


class Measure:
    """How much an element holds, by the measure of `text.weight`, and where it is.

    text: all text. plain: text outside links, of which longest is the longest run. links: those that lead out of the
    text. media: pictures and players. at, end: the position of the element, and that of the first after all it holds.
    link, link_end: the number of its first link among the anchors, and of the first after it.
    """

    __slots__ = ("at", "end", "link", "link_end", "links", "longest", "media", "plain", "text")

    def __init__(self, at: int, link: int) -> None:
        self.text = self.plain = self.longest = self.links = self.media = 0
        self.at, self.end = at, at + 1
        self.link = self.link_end = link

    def read(self, node: Text, linked: bool) -> None:  # noqa: FBT001 - called for every text of every post
        """Add a text of the element's own."""
        try:
            size = node.size
        except AttributeError:  # for the first time
            size = node.size = weight(node.strip())
        self.text += size
        if not linked:
            self.plain += size
            if size > self.longest:  # noqa: PLR1730 - quicker than max
                self.longest = size

    def hold(self, below: Measure) -> None:
        """Add what an element directly below holds."""
        if below.text:
            self.text += below.text
            self.plain += below.plain
            if below.longest > self.longest:  # noqa: PLR1730 - quicker than max, on every element of every post
                self.longest = below.longest
        if below.links:
            self.links += below.links
        if below.media:
            self.media += below.media


@lru_cache(maxsize=4096)
def _leads_out(href: str) -> bool:
    """Return whether a link leads to another page: not to an id in the text, nor to the large form of a picture."""
    return href[:1] not in ("", "#") and not href.partition("?")[0].lower().endswith(_PICTURES)


class Measures:
    """The elements of a tree in document order, and the measure of each."""

    __slots__ = ("anchors", "sizes", "tags", "total")

    def __init__(self, root: Tag) -> None:
        """Go over the tree once."""
        tags: list[Tag] = []
        sizes: list[Measure] = []
        anchors: list[Tag] = []
        self.tags, self.sizes = tags, sizes
        #: the elements that are links
        self.anchors = anchors
        above = self.total = Measure(-1, 0)
        root.measure = above
        inside, linked = iter(root.contents), False
        stack: list[tuple[Iterator[PageElement], Measure, bool]] = []
        while True:
            for node in inside:
                if not isinstance(node, Tag):
                    above.read(node, linked)
                    continue
                below = node.measure = Measure(len(tags), len(anchors))
                tags.append(node)
                sizes.append(below)
                is_link = node.name == "a" and self._is_link(node, below)
                if node.name in MEDIA:
                    below.media = 1
                held = node.contents
                if len(held) > 1 or (held and not isinstance(held[0], Text)):
                    stack.append((inside, above, linked))
                    inside, above, linked = iter(held), below, linked or is_link
                    break
                if held:  # a text, as in most that hold anything
                    below.read(held[0], linked or is_link)  # type: ignore[arg-type]
                if held or is_link or below.media:
                    above.hold(below)
            else:
                above.end, above.link_end = len(tags), len(anchors)
                if not stack:
                    break
                below = above
                inside, above, linked = stack.pop()
                above.hold(below)

    def _is_link(self, tag: Tag, size: Measure) -> bool:
        """Note a link; return whether it leads out."""
        self.anchors.append(tag)
        size.link_end += 1
        size.links = int(_leads_out(attribute(tag, "href")))
        return size.links > 0

    def of(self, tag: Tag) -> Measure:
        """Return the measure of an element, made when the table was."""
        return tag.measure

    def top(self, tag: Tag, root: Tag) -> Tag:
        """Return the outermost element with the same text, links and pictures, which may be the element itself."""
        size = tag.measure
        while tag.parent is not None and tag.parent is not root:
            above = tag.parent.measure
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


@lru_cache(maxsize=4096)
def _leaves(href: str, site: str) -> bool:
    """Return whether a link leads away from a site, or to a file."""
    leaves = site_of(href) != site or href.partition("?")[0].lower().endswith(_FILES)
    return leaves and href[:1] != "#"


def _is_prose(tag: Tag, size: Measure) -> bool:
    """Return whether an element is a paragraph: at least a sentence, and mostly text outside links."""
    is_long = tag.name == "p" and size.plain >= 2 * _SENTENCE and not size.links  # as in verse, or with emphasis
    if size.plain < 0.5 * size.text or (size.longest < _SENTENCE and not is_long):
        return False
    if len(tag.contents) == 1 and isinstance(tag.contents[0], Text):
        return True
    return not holds_blocks(tag) or any(isinstance(node, Text) and node.size >= _SENTENCE for node in tag.contents)


#: The weight of an element when it was read, its text in the form of the lists of phrases, and the element itself, so
#: that no other gets its id.
Phrases = dict[int, tuple[int, str, Tag]]


class Layout:
    """The paragraphs, links and ends of a tree, by position in document order."""

    def __init__(self, root: Tag, measures: Measures, context: Context, phrases: Phrases | None = None) -> None:
        """Look at the paragraphs and links. The measures are of the tree as it is now.

        phrases: is filled, and holds for the tree after cuts.
        """
        self.root = root
        self.measures = measures
        self.context = context
        #: the registered domain of the post's source
        self.site = site_of(context.base_url)
        #: the positions of the paragraphs; of the first and the last of these, or -1
        self.prose = [
            size.at
            for tag, size in zip(measures.tags, measures.sizes, strict=True)
            if size.plain >= _SENTENCE and tag.name in _PROSE and _is_prose(tag, size)
        ]
        self.first, self.last = (self.prose[0], self.prose[-1]) if self.prose else (-1, -1)
        #: how many links before each lead away from the post's site
        self.foreign = [0, *accumulate(_leaves(attribute(link, "href"), self.site) for link in measures.anchors)]
        self._phrases = {} if phrases is None else phrases
        self._tail = frozenset(self._last_elements())

    def is_edge(self, tag: Tag) -> bool:
        """Return whether an element is before the first or after the last paragraph."""
        position = tag.measure.at
        return self.first < 0 or position < self.first or position > self.last

    def is_among_prose(self, tag: Tag) -> bool:
        """Return whether several paragraphs are on each side of an element."""
        before = bisect_left(self.prose, self.measures.of(tag).at)
        return min(before, len(self.prose) - before) >= _SEVERAL

    def links(self, tag: Tag) -> list[Tag]:
        """Return the links in an element."""
        size = self.measures.of(tag)
        return self.measures.anchors[size.link : size.link_end]

    def is_own(self, tag: Tag) -> bool:
        """Return whether an element has links, and all of them stay on the post's site."""
        links, own = self.count(tag)
        return bool(self.site) and 0 < links == own

    def count(self, tag: Tag) -> tuple[int, int]:
        """Return how many links an element has, and how many of them stay on the post's site."""
        size = tag.measure
        links = size.link_end - size.link
        return links, links - (self.foreign[size.link_end] - self.foreign[size.link])

    def phrase(self, tag: Tag) -> str:
        """Return the text of an element in the form of the lists of phrases."""
        size = tag.measure.text
        found = self._phrases.get(id(tag))
        if found is None or found[0] != size:
            inside = tag.contents
            is_leaf = len(inside) == 1 and not isinstance(inside[0], Tag)
            found = self._phrases[id(tag)] = size, phrase(str(inside[0]) if is_leaf else text_of(tag)), tag
        return found[1]

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


# --- what links lead to

#: What a link is, by the numbers of these in `Linked.count`: long as a headline, short as a label, with a picture, of a
#: heading, counted by the site, to a mail address, to the top of a site as accounts are, to an account of the
#: reader; besides, "inside": to a place in the text, "marked": to one on its page, "itself": to no place in the text.
KINDS = ("headline", "short", "picture", "heading", "tracked", "mail", "top", "account")
#: The element, so that no other gets its id, whether it is of each kind, and `place_on` of it.
Kinds = tuple[Tag, tuple[bool, ...], str | None]

#: The least weight of a headline; the most of a label; the most of a headline, of a card, of one link that is all.
HEADLINE, LABEL = 25, 25
_TITLE, _ONLY, _LINE = 200, 400, 120
#: Which share of the text no cards may be.
_MOST = 0.5
#: What a site adds to the addresses of its own advertisements, to count who follows them.
_TRACKED = re.compile(r"[?&](?:utm_|cmpid|campaign|ref=|affil|partner|icid|ito=|int_)")
#: An address with one short part at most, as those of accounts, shops and front pages, or the number of a channel.
_TOP = re.compile(
    r"https?://[^/?#]+(?:/[\w.@-]{0,20}/?|/(?:c|channel|company|groups|in|join|p|pages|publications|s|user)/[\w.@%-]+/?)?"
    r"(?:[?#].*)?",
    re.IGNORECASE,
)
#: An address where readers subscribe or give their name.
_ACCOUNT = re.compile(
    r"//(?:subscri\w+|newsletters?)\.|/(?:[\w-]*newsletter[\w-]*|subscri\w+|sign-?up[\w-]*|register|login|abo|join)/?(?:[?#]|$)",
    re.IGNORECASE,
)
_FRONT = re.compile(r"(?:https?://[^/?#]+)?/?(?:(?:index|home|default)\.\w+)?(?:[?#].*)?", re.IGNORECASE)
#: The number of a note, or a sign that leads back to its place.
_NOTE = re.compile(r"\W*\d{0,3}\W*")
COLONS = (":", "：")
#: What may be between a label and a headline; what begins the name of who said something; what lists places and names.
_SIGNS, _DASHES, _COMMAS = "|｜»›>＞→⇒►▶▸➤☞👉•·▪●-–—", "-–—―─", ",，、;；"
#: What ends a sentence that states something.
STOPS = (".", "。", "।", "۔", "．", "።", "។")


class Linked:
    """The links of one tree. `known`: the kinds of links, by id; is filled, and holds for the tree after cuts."""

    def __init__(self, layout: Layout, known: dict[int, Kinds]) -> None:
        self.layout = layout
        anchors, page = layout.measures.anchors, layout.context.base_url
        for link in anchors:
            if id(link) not in known:
                known[id(link)] = link, self._kinds(link), place_on(page, attribute(link, "href"))
        each = zip(*(known[id(link)][1] for link in anchors), strict=True) if anchors else ((),) * len(KINDS)
        self._sums: dict[str, list[int]] = {
            kind: [0, *accumulate(values)] for kind, values in zip(KINDS, each, strict=True)
        }
        marks = [known[id(link)][2] for link in anchors]
        tags = layout.measures.tags if any(marks) else ()
        places = {attribute(tag, key) for tag in tags for key in ("id", "name") if key in tag.attrs}
        self._sums["inside"] = [0, *accumulate(mark in places for mark in marks)]
        self._sums["itself"] = [0, *accumulate(mark is not None and mark not in places for mark in marks)]
        self._sums["marked"] = [0, *accumulate(map(bool, marks))]
        self._positions = [layout.measures.of(link).at for link in anchors]
        self._cards: dict[int, dict[int, int]] = {}
        self._excerpts: dict[int, frozenset[int]] = {}

    def _kinds(self, link: Tag) -> tuple[bool, ...]:
        href, size = attribute(link, "href"), weight(letters(link).strip())
        names = [node.name for node in link.contents if isinstance(node, Tag)]
        is_heading = (link.parent is not None and link.parent.name in HEADINGS) or not HEADINGS.isdisjoint(names)
        return (
            size >= HEADLINE,
            size < LABEL,
            link.measure.media > 0 and _leads_out(href),
            is_heading,
            _TRACKED.search(href) is not None,
            href[:7].lower() == "mailto:",
            _TOP.fullmatch(href) is not None,
            _ACCOUNT.search(href) is not None,
        )

    def count(self, tag: Tag, kind: str) -> int:
        """Return how many links in an element are of a kind."""
        size = tag.measure
        return self._sums[kind][size.link_end] - self._sums[kind][size.link]

    def between(self, start: int, end: int, kind: str) -> int:
        """Return how many links between two positions are of a kind."""
        first, last = bisect_left(self._positions, start), bisect_left(self._positions, end)
        return self._sums[kind][last] - self._sums[kind][first] if first < last else 0

    def begins_with_number(self, tag: Tag) -> bool:
        """Return whether a block begins with a link that is a number or a sign, and goes on."""
        text, number = letters(tag).strip(), letters(self.layout.links(tag)[0]).strip()
        return number != text and text.startswith(number) and _NOTE.fullmatch(number) is not None

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
        if not label or label.endswith(COLONS):
            return True
        before = self.layout.links(tag)[0]
        while before.parent is not None and before.parent is not tag and dom.beside(before, -1) is None:
            before = before.parent
        is_apart = label[-1] in _SIGNS or isinstance(dom.beside(before, -1), Tag)
        return is_apart and label[0] not in _DASHES and label[-1] not in _COMMAS and self.ends_with_link(tag)

    def begins_at_front(self, tag: Tag, links: int, size: Measure) -> bool:
        """Return whether a line with links begins with the way to the front page of the site."""
        first = self.layout.links(tag)[0]
        is_own = self.layout.count(tag)[1] == links
        return is_own and size.text < _LINE and links > 1 and _FRONT.fullmatch(attribute(first, "href")) is not None

    def are_badges(self, tag: Tag, links: int) -> bool:
        """Return whether the links of a block are pictures, each to another site."""
        hosts = {urls.host_of(attribute(link, "href")) for link in self.layout.links(tag)}
        return self.count(tag, "picture") == links == len(hosts)

    def ends_with_link(self, tag: Tag) -> bool:
        """Return whether the last text of a block is that of its last link."""
        *_, last = self.layout.links(tag)
        return letters(tag).rstrip().endswith(letters(last).strip() or " ")

    def are_items(self, tag: Tag) -> bool:
        """Return whether a block is several short parts, nearly all of them with a link."""
        parts = self._parts(tag)
        while len(parts) == 1 and parts[0].name != "a":
            parts = self._parts(parts[0])
        linked = [part for part in parts if self.layout.count(part)[0]]
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
            parts = [part for part in dom.children(tag) if self.layout.count(part)[0]]
            if len(parts) != 1 or parts[0].name == "a":
                break
            tag = parts[0]
        return sum(self._cards_in(tag).values()) >= 0.8 * size.text

    def is_excerpt(self, tag: Tag) -> bool:
        """Return whether a block is one of several excerpts of other articles, each with a title or a picture."""
        return tag.parent is not None and id(tag) in self._excerpts_in(tag.parent)

    def _excerpts_in(self, tag: Tag) -> frozenset[int]:
        found = self._excerpts.get(id(tag))
        if found is None:
            parts = [(part, led) for part in dom.children(tag) if (led := self._led_to(part))]
            text = sum(self.layout.measures.of(part).text for part, _ in parts)
            are_many = 1 < len(parts) == len({led for _, led in parts})
            is_rest = text <= _MOST * self.layout.measures.total.text
            found = frozenset(id(part) for part, _ in parts if are_many and is_rest)
            self._excerpts[id(tag)] = found
        return found

    def _led_to(self, tag: Tag) -> str:
        """Return the page of the site that an excerpt leads to, by its last words or where it ends with dots; or ""."""
        size = self.layout.measures.of(tag)
        if not 0 < size.links <= _SEVERAL or size.text > _ONLY or not self.layout.is_own(tag):
            return ""
        if tag.name in ("p", "li", "a") or not (size.media or dom.named(tag, *HEADINGS)):
            return ""
        is_more = self.count(tag, "short") > 0 and self.ends_with_link(tag)
        is_cut_off = is_more or letters(tag).rstrip().endswith(("...", "…"))
        return attribute(self.layout.links(tag)[-1], "href") if is_cut_off else ""

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
