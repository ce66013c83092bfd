"""Weighs the shape of a block: whether it is a part of the article, or of the page around it.

In: the layout of a tree. Out: for each block the features that it has, what they weigh together, and whether it goes.
Every feature is of position, links, lines or repetition, so that it means the same in every language; the class names
of the page only confirm. The weights are data: `rules/shape.toml`. Never changes the tree.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import accumulate

from bs4 import Tag
from bs4.element import PageElement

from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import BLOCKS, BREAKS, HEADINGS, Text, attribute, beside, letters
from feedtool.sanitiser.layout import Layout, Measure
from feedtool.sanitiser.text import weight

#: The features of a block, and what each weighs.
Features = tuple[tuple[str, float], ...]
#: Blocks that are judged with the block around them, or never.
_NEVER = frozenset("figure figcaption caption table thead tbody tfoot tr td th pre hr summary".split())
#: What a block that goes may not hold.
_KEPT = frozenset("pre iframe video audio math code figcaption".split())
#: Blocks that hold no others, and stay in the text where they have no links.
_PLAIN = frozenset({"p", "h2", "h3", "h4"})
#: Which share of the paragraphs the block has that holds the article, and which share no cut may take.
_MAIN, _MOST = 0.75, 0.25
#: The least weight of a sentence, of a headline; the most of a label, of a short line, of a line or two.
_SENTENCE, _HEADLINE, _TINY, _SHORT, _LINES = 40, 25, 25, 60, 300
#: The least weight of the paragraphs of an article, of which it has two: without one, links are the content.
_ARTICLE = 120
#: What the place and the links of a block weigh at least that may go: text and neighbours weigh no more than this.
_HOPELESS = -3.5
_STOPS = (".", "。", "।", "۔", "．", "።", "។")
_CLOSING = "\"'»”’)]）」』 \u00a0"
_TERM = re.compile(
    r"/(?:tags?|categor\w*|topics?|labels?|keywords?|t[ae]g-?\w*|temas?|themen?|rubri\w*|etiquet\w*|sujet|section|authors?"
    r"|autor\w*|users?|profile)/|[?&](?:tag|cat)=",
    re.IGNORECASE,
)
#: Addresses of what only an account or money opens, and of the page of somebody at a network.
_ACCOUNT = re.compile(
    r"[/.](?:log-?in|sign-?(?:in|up)|regist(?:er|ration)|subscri(?:be|ption)s?|subs|suscri\w+|abo(?:nn\w*)?|account|my-?account"
    r"|membership|paywall|checkout|newsletters?|donate|donar|spenden|apoyo?)(?:[/.?#_-]|$)",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"https?://(?:\w+\.)?(?:twitter\.com|x\.com|facebook\.com|instagram\.com|t\.me|youtube\.com|tiktok\.com|threads\.net|vk\.com"
    r"|ok\.ru|linkedin\.com|pinterest\.\w+|bsky\.app|whatsapp\.com|weibo\.com|apps\.apple\.com|play\.google\.com|news\.google\.com)"
    r"/(?:(?:channel|company|in|profile|user|c|store|publications)/)?(?!(?:share|intent|watch|p|status|hashtag|sharer)\b)[^/]*"
    r"(?:/[^/]*)?/?$",
    re.IGNORECASE,
)
_OF_NUMBERS = re.compile(r"\d+\s*/\s*\d+")


@cache
def weights() -> dict[str, float]:
    """Return the weight of each feature; "all" is that of every block."""
    text = files(__package__).joinpath("rules", "shape.toml").read_text(encoding="utf-8")
    return {name: float(value) for name, value in tomllib.loads(text)["weights"].items()}


class Shape:
    """The shape of the blocks of one tree. `confirmed`: by id, the elements that the markup calls navigation."""

    def __init__(self, layout: Layout, confirmed: Mapping[int, Tag]) -> None:
        self.layout = layout
        self.confirmed = confirmed
        self._ends = _ends(layout)
        self._prose = [0, *accumulate(layout.measures.of(layout.tags[at]).plain for at in layout.prose)]
        self._said: dict[str, int] = {}
        self._known_cards: dict[int, dict[int, int]] = {}
        self._lines, self._short, self._addressed = self._all_lines()
        sizes = [weight(letters(link).strip()) for link in layout.anchors]
        self._anchors = {
            "headlines": _counted(size >= _HEADLINE for size in sizes),
            "short": _counted(size < _TINY for size in sizes),
            "accounts": _counted(_ACCOUNT.search(attribute(link, "href")) is not None for link in layout.anchors),
            "profiles": _counted(_PROFILE.match(attribute(link, "href")) is not None for link in layout.anchors),
            "pictures": _counted(any(node.name == "img" for node in dom.children(link)) for link in layout.anchors),
            "terms": _counted(_TERM.search(attribute(link, "href")) is not None for link in layout.anchors),
            "headings": _counted(map(_is_heading, layout.anchors)),
        }
        self.main = self._main()
        self.low, self.high = self.span(self.main)
        inside = [at for at in layout.prose if self.low <= at < self.high]
        self.first, self.last = (inside[0], self._ends[inside[-1]]) if inside else (self.high, self.low)
        #: whether the headings of the text are links, as in a digest of other articles
        first, end = (bisect_left(layout.positions, at) for at in (self.first, self.last))
        linked = self._anchors["headings"][end] - self._anchors["headings"][first] if first < end else 0
        self._is_digest = linked > 2 and 3 * linked >= len(inside)

    # --- the tree in numbers

    def span(self, tag: Tag) -> tuple[int, int]:
        """Return the positions from an element to the end of what it holds."""
        if tag is self.layout.root:
            return -1, len(self.layout.tags)
        at = self.layout.order[id(tag)]
        return at, self._ends[at]

    def prose(self, tag: Tag) -> int:
        """Return the weight of the paragraphs in an element."""
        first, end = self._paragraphs(tag)
        return self._prose[end] - self._prose[first]

    def _paragraphs(self, tag: Tag) -> tuple[int, int]:
        start, end = self.span(tag)
        return bisect_left(self.layout.prose, start), bisect_left(self.layout.prose, end)

    def _main(self) -> Tag:
        """Return the innermost block that holds the article: nearly all paragraphs of each block around it."""
        main, prose = self.layout.root, self._prose[-1]
        paragraphs = {id(self.layout.tags[at]) for at in self.layout.prose}
        while prose:
            inside = (tag for tag in dom.children(main) if tag.name in BLOCKS and id(tag) not in paragraphs)
            below = next((tag for tag in inside if self.prose(tag) >= _MAIN * prose), None)
            if below is None:
                break
            main, prose = below, self.prose(below)
        return main

    def _all_lines(self) -> tuple[list[int], list[int], list[int]]:
        """Return the positions of the blocks that the lines begin in, and how many before each are short.

        Also return the positions of the blocks that say the address of the page.
        """
        at, size = -1, 0
        begins: list[int] = []
        said: list[int] = []
        short = [0]
        address = self.layout.context.base_url.partition("?")[0].partition("//")[2].removesuffix("/")

        def ends() -> None:
            nonlocal size
            if size:
                begins.append(at)
                short.append(short[-1] + (size < _SHORT))
                size = 0

        stack: list[PageElement | None] = [*self.layout.root.contents[::-1]]
        while stack:
            node = stack.pop()
            if isinstance(node, Text):
                size += node.size if node.size >= 0 else weight(node.strip())
                if address and "://" in node and address in node:
                    said.append(at)
            elif isinstance(node, Tag):
                if node.name in BREAKS:
                    ends()
                    at = self.layout.order[id(node)]
                    stack.append(None)
                stack += node.contents[::-1]
            else:
                ends()
        ends()
        return begins, short, said

    # --- blocks

    def cuts(self) -> Iterator[tuple[Tag, Features]]:
        """Yield the outermost blocks that go, each with its features and what they weigh."""
        stack = self.layout.root.contents[::-1]
        while stack:
            tag = stack.pop()
            if not isinstance(tag, Tag) or not (tag.name in BLOCKS or self._is_line(tag)):
                continue
            if tag.name in _PLAIN and self._is_plain(tag):
                continue
            size = self.layout.measures.of(tag)
            if not size.text or self._is_introduced(tag):
                continue
            if self._may_go(tag, size):
                found = self.features(tag, size)
                if sum(value for _, value in found) > 0:
                    yield tag, found
                    continue
            stack += tag.contents[::-1]

    def _is_line(self, tag: Tag) -> bool:
        """Return whether an inline element with links is a line of its own."""
        if self.layout.counts.get(id(tag), 0) < 2 or tag.name == "a":
            return False
        near = (beside(tag, -1), beside(tag, 1))
        return all(node is None or (isinstance(node, Tag) and node.name in BREAKS) for node in near)

    def _is_plain(self, tag: Tag) -> bool:
        """Return whether an element is in the text, without links or a name: most are, and none of them goes."""
        key = id(tag)
        is_bare = key not in self.layout.counts and key not in self.confirmed
        return is_bare and self.first <= self.layout.order[key] < self.last

    def _may_go(self, tag: Tag, size: Measure) -> bool:
        start, end = self.span(tag)
        if tag.name in _NEVER or (start <= self.low and end >= self.high):
            return False
        total = self.layout.measures.total.plain
        if size.plain > 0.5 * total or self.prose(tag) > _MOST * self._prose[-1] > 0:
            return False
        is_article = len(self.layout.prose) > 1 and self._prose[-1] >= _ARTICLE
        if not is_article and self._prose[-1] < _LINES and id(tag) not in self.confirmed:
            return False  # what there is beside a few words is the content
        if any(below.name in _KEPT for below in (tag, *self.layout.tags[start + 1 : end])):
            return False
        links = self.layout.links(tag)
        is_contents = links and 2 * sum(map(self._is_inside, links)) > len(links)
        return not is_contents and not self._is_caption(tag, size, len(links))

    def _is_caption(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is a picture with its caption, or a line after a picture."""
        if size.media and size.plain <= _LINES and not self._says_address(tag) and not self._has(tag, "pictures"):
            return (size.plain >= 0.5 * size.text or links < 2) and not self._is_number(tag)
        is_after = size.text < 80 and links < 2 and self._is_picture(self._next(tag, -1)) and not self._is_number(tag)
        return is_after and not self._has(tag, "headlines")

    def _is_number(self, tag: Tag) -> bool:
        """Return whether a block says which of several pictures it is."""
        return self.layout.measures.of(tag).text < _TINY and _OF_NUMBERS.fullmatch(letters(tag).strip()) is not None

    def _is_inside(self, link: Tag) -> bool:
        """Return whether a link leads to a place in the text."""
        page, mark, _ = attribute(link, "href").partition("#")
        return bool(mark) and page in ("", self.layout.context.base_url.partition("#")[0])

    def features(self, tag: Tag, size: Measure) -> Features:
        """Return the features of a block with their weights."""
        known = weights()
        names = ["all", *self._place(tag), *self._links(tag, size)]
        is_hopeless = (
            tag.name != "div" and self.span(tag)[0] < self.last and sum(known.get(n, 0) for n in names) < _HOPELESS
        )
        if not is_hopeless:  # or else what its words and neighbours weigh could not make it go
            names += (*self._text(tag, size), *self._beside(tag, size, is_lone="lone headline" in names))
        return tuple((name, known[name]) for name in names if known.get(name))

    def _place(self, tag: Tag) -> Iterator[str]:
        start, _ = self.span(tag)
        if start < self.low:
            yield "before the article"
        elif start >= self.high:
            yield "after the article"
        elif start < self.first:
            yield "before the text"
        else:
            yield "after the text" if start >= self.last else "in the text"
        if id(tag) in self.confirmed:
            yield "named so"
        if tag.name in ("li", "dt", "dd", "p", "ul", "ol", "dl", "blockquote"):
            yield {"dt": "li", "dd": "li", "ol": "ul", "dl": "ul"}.get(tag.name, tag.name)

    def _links(self, tag: Tag, size: Measure) -> Iterator[str]:
        links, own = self.layout.count(tag)
        if not links:
            yield "no link"
            if id(tag) not in self.confirmed:
                yield "plain text before it" if self.span(tag)[0] < self.low else "plain text"
            return
        is_inside = self.first <= self.span(tag)[0] < self.last
        is_lone = own == links and self.span(tag)[0] >= self.first and self._is_lone_headline(tag, size)
        share = 1 if is_lone or size.plain <= 2 * links else 1 - size.plain / size.text
        yield "only links" if share >= 0.9 else "half links" if share >= 0.5 else "some links"
        yield "one link" if links == 1 else "five links" if links >= 5 else "some more links"
        elsewhere = "other sites, in the text" if is_inside else "other sites"
        yield "own site" if own == links else "mostly own site" if 2 * own > links else elsewhere
        if is_lone:
            yield "lone headline" if links == 1 else "lone headlines"
            if not is_inside:
                yield "lone, after the text"
        elif own == links and tag.name not in ("p", "li") and self._is_card(tag, size):
            yield "cards"
        if own == links and not is_lone and self._is_list_below(tag, size):
            yield "list of headlines below"
        for name in ("headlines", "pictures", "headings"):
            if self._has(tag, name):
                yield f"linked {name}"
        if 2 * self._count(tag, "terms") > links:
            is_beside = not is_inside and own == links and size.longest < _SENTENCE
            yield "links to terms beside the text" if is_beside else "links to terms"
        is_below = self.span(tag)[0] >= self.last
        if self._count(tag, "accounts") == links and size.text < (_LINES if is_below else 160):
            yield "links to accounts" if is_below or tag.name != "p" else "account, in the text"
        if 2 * self._count(tag, "profiles") > links > 1:
            yield "links to profiles"
        is_bar = not is_inside and own == links == self._count(tag, "short") > 2 and size.plain < _TINY + 2 * links
        if is_bar and not _is_heading_or_rule(self._next(tag, -1)):
            yield "only short links"
        alike = self._alike(tag) if links > 1 else 0
        if alike > 1:
            yield "three alike" if alike > 2 else "two alike"

    def _text(self, tag: Tag, size: Measure) -> Iterator[str]:
        yield "label" if size.text < _TINY else "line" if size.text < 80 else "lines" if size.text < _LINES else "long"
        first, end = self._paragraphs(tag)
        if end > first:
            is_lead = self.span(tag)[0] < self.low
            yield "lead" if is_lead else "one paragraph" if end == first + 1 else "paragraphs"
        last = _last_text(tag)
        if size.longest >= _SENTENCE and last.endswith((*_STOPS, "!", "?", "！", "？", "؟", "…", *_COLONS)):
            yield "sentence"
        for name, ends in _ENDINGS:
            if last.endswith(ends):
                yield name
                break
        start, stop = self.span(tag)
        low, high = bisect_left(self._lines, start), bisect_left(self._lines, stop)
        short = self._short[high] - self._short[low]
        if high - low > 2:
            yield (
                "short lines"
                if short > 0.8 * (high - low)
                else "long lines"
                if 2 * short < high - low
                else "mixed lines"
            )
        if tag.name in HEADINGS:
            yield "heading"
        elif tag.name in ("div", "li") and size.text >= _SHORT and size.longest >= 0.9 * size.text and self._is_said(tag):
            yield "said before"
        if self._says_address(tag):
            yield "address of the page"
        if self._is_number(tag):
            yield "number of a picture"

    def _says_address(self, tag: Tag) -> bool:
        start, end = self.span(tag)
        return bisect_left(self._addressed, start) < bisect_left(self._addressed, end)

    def _is_lone_headline(self, tag: Tag, size: Measure) -> bool:
        """Return whether a block is headlines that are links, with a label and a colon before them at most."""
        count = self._count(tag, "headlines")
        if self._is_digest and self._has(tag, "headings"):
            return False
        if tag.name in ("li", "ul", "ol") or not count or size.plain > _TINY or size.text > (200 if size.plain else 400) * count:
            return False
        if count < self.layout.links_at(tag)[1] - self.layout.links_at(tag)[0]:
            return False
        if self.span(tag)[0] >= self.last and _last_text(tag).endswith(_STOPS):
            return False
        label = dom.outside_links(tag).strip()
        return not label or label.endswith(_COLONS)

    def _is_list_below(self, tag: Tag, size: Measure) -> bool:
        """Return whether a block below the text is headlines that are links, with a date or a label each at most."""
        first, end = self.layout.links_at(tag)
        links, count = end - first, self._count(tag, "headlines")
        if links < 2 or self.span(tag)[0] < self.last or tag.name == "li" or size.longest > _TINY or size.media > links:
            return False
        return 3 * count >= 2 * links and size.plain <= _TINY * links and size.text <= 200 * links

    def _is_card(self, tag: Tag, size: Measure) -> bool:
        """Return whether a block is one of several pictures with a linked title each, or a box of such."""
        if tag.parent is not None and size.media and id(tag) in self._cards(tag.parent):
            return True
        while True:
            parts = [part for part in dom.children(tag) if self.layout.counts.get(id(part))]
            if len(parts) != 1 or parts[0].name == "a":
                break
            tag = parts[0]
        return sum(self._cards(tag).values()) >= 0.8 * size.text

    def _cards(self, tag: Tag) -> dict[int, int]:
        """Return the parts of a block that are pictures with a linked title each, with their weights, by id."""
        if id(tag) not in self._known_cards:
            found = {}
            for part in dom.children(tag):
                size = self.layout.measures.of(part)
                if 0 < size.media <= 2 and 0 < size.text <= 200 and self.layout.is_own(part):
                    found[id(part)] = size.text
            is_few = len(found) < 3 or sum(found.values()) > 0.5 * self.layout.measures.total.text
            self._known_cards[id(tag)] = {} if is_few else found
        return self._known_cards[id(tag)]

    def _is_said(self, tag: Tag) -> bool:
        """Return whether a block says what a block before it says, as the captions of a gallery do."""
        longest = max((node for node in dom.nodes(tag) if isinstance(node, Text)), key=len)
        return self._said.setdefault(longest.strip(), id(longest)) != id(longest)

    def _beside(self, tag: Tag, size: Measure, *, is_lone: bool) -> Iterator[str]:
        before, after = self._next(tag, -1), self._next(tag, 1)
        is_below = size.text < 2 * _SENTENCE and self.span(tag)[0] >= self.last
        is_heading = tag.name in HEADINGS - {"h1"} and not _last_text(tag).endswith(_STOPS)
        is_end = after is None or _is_heading_or_rule(after) or self._is_all_pictures(after)
        if is_below and ((is_heading and is_end) or (after is None and _last_text(tag).endswith(_COLONS))):
            yield "heading of nothing"
        elif after is None:
            yield "last"
        elif self._is_paragraph(after):
            is_title = tag.name in HEADINGS or (self._is_digest and self._has(tag, "headings"))
            yield "heading of a paragraph" if is_title else "before a paragraph"
        elif isinstance(after, Tag) and after.name in HEADINGS and not is_lone:
            yield "before a heading"
        if before is None:
            yield "first"
        elif self._is_paragraph(before):
            yield "after a paragraph"
        elif isinstance(before, Tag) and before.name in HEADINGS:
            yield "after a heading"
        if self._is_picture(before):
            yield "after a picture"

    def _is_introduced(self, tag: Tag) -> bool:
        """Return whether a line that ends with a colon is before a block."""
        before = beside(tag, -1)
        return (
            isinstance(before, Tag)
            and before.name == "p"
            and self.layout.measures.of(before).text >= _SENTENCE
            and _last_text(before).endswith(_COLONS)
        )

    def _next(self, tag: Tag, step: int) -> PageElement | None:
        """Return the node before or after a block, or before or after the blocks that it begins or ends."""
        near = beside(tag, step)
        while near is None and tag.parent is not None and tag.parent is not self.layout.root:
            tag = tag.parent
            near = beside(tag, step)
        return near

    def _is_all_pictures(self, node: PageElement) -> bool:
        """Return whether only pictures are left from a node on."""
        while self._is_picture(node) and isinstance(node, Tag):
            after = self._next(node, 1)
            if after is None:
                return True
            node = after
        return False

    def _is_picture(self, node: PageElement | None) -> bool:
        if not isinstance(node, Tag):
            return False
        size = self.layout.measures.of(node)
        return size.media > 0 and not size.text

    def _is_paragraph(self, node: PageElement) -> bool:
        if isinstance(node, Tag):
            first, end = self._paragraphs(node)
            return end > first
        return weight(str(node)) >= _SENTENCE

    def _count(self, tag: Tag, name: str) -> int:
        first, end = self.layout.links_at(tag)
        return self._anchors[name][end] - self._anchors[name][first]

    def _has(self, tag: Tag, name: str) -> bool:
        return self._count(tag, name) > 0

    def _alike(self, tag: Tag) -> int:
        """Return how many parts of a block have one structure, with links."""
        while True:
            parts = [part for part in dom.children(tag) if self.layout.counts.get(id(part))]
            if len(parts) != 1 or parts[0].name == "a":
                break
            tag = parts[0]
        kinds = Counter((part.name, self.layout.measures.of(part).media > 0) for part in parts)
        return max(kinds.values(), default=0)


_COLONS = (":", "：")
_ENDINGS = (
    ("stop", _STOPS),
    ("dots", ("…", "...")),
    ("bang", ("!", "！")),
    ("ask", ("?", "？", "؟")),
    ("colon", _COLONS),
)


def _ends(layout: Layout) -> list[int]:
    """Return for each element the position after all that it holds."""
    ends = [0] * len(layout.tags)
    for at in range(len(ends) - 1, -1, -1):
        inside = next((node for node in reversed(layout.tags[at].contents) if isinstance(node, Tag)), None)
        ends[at] = at + 1 if inside is None else ends[layout.order[id(inside)]]
    return ends


def _counted(found: Iterable[bool]) -> list[int]:
    return [0, *accumulate(map(int, found))]


def _is_heading(link: Tag) -> bool:
    return (link.parent is not None and link.parent.name in HEADINGS) or any(
        node.name in HEADINGS for node in dom.children(link)
    )


def _is_heading_or_rule(node: PageElement | None) -> bool:
    return isinstance(node, Tag) and (node.name in HEADINGS or node.name == "hr")


def _last_text(node: PageElement) -> str:
    """Return the end of a text."""
    while isinstance(node, Tag):
        inside = next((each for each in reversed(node.contents) if not _is_blank(each)), None)
        if inside is None:
            return ""
        node = inside
    return str(node).rstrip(_CLOSING)


def _is_blank(node: PageElement) -> bool:
    return not (letters(node) if isinstance(node, Tag) else str(node)).strip(_CLOSING)
