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
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import BLOCKS, BREAKS, HEADINGS, PageElement, Tag, Text, beside, letters, text_of
from feedtool.sanitiser.layout import COLONS, STOPS, Kinds, Layout, Marks, Measure
from feedtool.sanitiser.media import shows_address
from feedtool.sanitiser.surroundings import (
    AMONG,
    FLOW,
    LINE,
    LINES,
    NOTES,
    SENTENCE,
    SHORT,
    TINY,
    VALUE,
    Blocks,
    is_heading_or_rule,
    is_icon,
    is_remark,
    last_text,
    lines_of,
)  # fmt: skip
from feedtool.sanitiser.text import folded, names_day

#: The features of a block, and what each weighs.
Features = tuple[tuple[str, float], ...]
#: Blocks that are judged with the block around them, or never.
_NEVER = frozenset("figure figcaption caption table thead tbody tfoot tr td th pre hr summary".split())
#: What a block that goes may not hold.
_KEPT = frozenset("pre iframe video audio math code figcaption".split())
#: Blocks that hold no others, and stay in the text where they have no links.
_PLAIN = frozenset({"p", "h2", "h3", "h4"})
#: Which share of the paragraphs no cut may take.
_MOST = 0.25
#: The least weight of the paragraphs of an article, of which it has two: without one, links are the content.
_ARTICLE = 120
#: What place, links and size of a block weigh at least that may go: its words and neighbours weigh no more than this.
_HOPELESS = -4.5
#: What the weights add up to at least if a block goes.
_LEAST = 0.05
_ANNOUNCING = (*COLONS, "?", "？", "؟")
_ENDS = (*STOPS, *COLONS, "-", "–", "—", "!", "?", "…", "！", "？", "؟")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_CLOCK = re.compile(r"\b\d{1,2}[:：]\d\d\b")
_NUMBERED = re.compile(r"\W{0,2}\d{1,3}\s?[.)．）、:：]\s*[^\W\d]")
_NUMBERS = re.compile(r"\d+")
#: The keys that report a misprint on pages of many languages.
_KEYS = re.compile(r"\bctrl\s*\+\s*enter\b", re.IGNORECASE)
#: "A- A A+"
_LETTERS = re.compile(
    r"(?<!\w)([^\W\d_])\s?[-−–]\W*(?:\1\W*)?\1\s?\+|(?<!\w)([^\W\d_])\s?\+\W*(?:\2\W*)?\2\s?[-−–](?!\w)"
)
_NO_LETTER = re.compile(r"[\W_]+")
_SENTENCES = re.compile(r"(?:(?<!\b\w)\.|[!?…])(?:[\s\[]|$)|[。।۔？！]")
#: The least length of a site's name that no other word has.
_NAME = 4
#: Elements that paragraphs and lists are made of; places within the text.
_LED_TO = {"picture": "linked pictures", "tracked": "links that are counted", "mail": "mail address"}
_LISTS = frozenset({"ul", "ol", "dl", "table"})
_BEFORE = ("before the article", "before the text")


@cache
def weights() -> dict[str, float]:
    """Return the weight of each feature; "all" is that of every block."""
    text = Path(__file__).with_name("rules").joinpath("shape.toml").read_text(encoding="utf-8")
    return {name: float(value) for name, value in tomllib.loads(text)["weights"].items()}


class Shape(Blocks):
    """The shape of the blocks of one tree."""

    def __init__(self, layout: Layout, marks: Marks, known: dict[int, Kinds]) -> None:
        super().__init__(layout, marks, known)
        self._named, self._left, self._alone = marks["named"], marks["left"], marks["alone"]
        #: the word that a site is known by: "example" of news.example.org
        name = layout.site.partition(".")[0]
        self._name = name if len(name) >= _NAME else ""
        self._said: dict[str, int] = {}
        self._kept = [at for at, tag in enumerate(layout.measures.tags) if tag.name in _KEPT]
        #: whether the headings of the text are links from its first half on, as in a digest of other articles
        linked = self.linked.between(self.first, self.last, "heading")
        early = self.linked.between(self.first, self.middle, "heading")
        self._is_digest = linked > 2 and 3 * early >= linked and (3 * linked >= self.count or self._are_pictured())

    def _are_pictured(self) -> bool:
        """Return whether several headings of the text are links, with a picture below each, as in a list of places."""
        inside = self.layout.measures.tags[self.first : self.last]
        linked = (tag for tag in inside if tag.name in HEADINGS and self.linked.count(tag, "heading"))
        return sum(self.is_picture(self.next(tag, 1)) for tag in linked) > 2

    def cuts(self) -> Iterator[tuple[PageElement, Features]]:
        """Yield the outermost blocks that go, each with its features and what they weigh."""
        stack, numbered = self.layout.root.contents[::-1], list[Text]()
        while stack:
            tag = stack.pop()
            if isinstance(tag, Text) and tag.rstrip()[-1:].isdigit() and self.is_number_of_picture(tag):
                yield tag, (("number of a picture", weights()["number of a picture"]),)
                numbered.append(tag)
            if not isinstance(tag, Tag) or not (tag.name in BLOCKS or self._is_line(tag)):
                continue
            if tag.name in _PLAIN and self._is_plain(tag):
                continue
            size = tag.measure
            if not size.text or (size.links and self._is_introduced(tag)) or id(tag) in self.round_up:
                continue
            found = self.features(tag, size) if not size.links or self._may_go(tag, size) else ()
            if found and sum(value for _, value in found) > _LEAST and (size.links or self._may_go(tag, size)):
                yield tag, found
            else:
                stack += tag.contents[::-1]

        yield from self._labels_of_pictures(numbered)

    def _labels_of_pictures(self, numbers: list[Text]) -> Iterator[tuple[PageElement, Features]]:
        """Yield the labels that are said between the numbers of several pictures and the captions, with why they go."""
        near = [node for number in numbers if isinstance(node := beside(number, 1), Text) and node.size < TINY]
        said = Counter(node.strip() for node in near)
        for node in near:
            if said[node.strip()] > 1 and isinstance(beside(node, 1), Text):
                yield node, (("label of pictures", weights()["label of pictures"]),)

    def _is_line(self, tag: Tag) -> bool:
        """Return whether an inline element with links, or a link after the text, is a line of its own."""
        if tag.name == "a":
            is_after = tag.parent is self.main and self.layout.measures.of(tag).at >= self.last
            if not is_after or shows_address(tag):
                return False
        elif self.layout.count(tag)[0] < 2:
            return False
        near = (beside(tag, -1), beside(tag, 1))
        return all(node is None or (isinstance(node, Tag) and node.name in BREAKS) for node in near)

    def _is_plain(self, tag: Tag) -> bool:
        """Return whether an element is in the text, without links or a name: most are, and none of them goes."""
        key, size = id(tag), tag.measure
        return self.first <= size.at < self.last and not (
            size.link < size.link_end or key in self._named or key in self._left or key in self._alone
        )

    def _may_go(self, tag: Tag, size: Measure) -> bool:
        start, end = self.span(tag)
        is_fixed = tag.name in _NEVER and not self.is_laid_out(tag, size)
        if is_fixed or (start <= self.low and end >= self.high):
            return False
        total = self.layout.measures.total.plain
        if size.plain > 0.5 * total or self.prose(tag) > _MOST * self.weights[-1] > 0:
            return False
        is_article = self.weights[-1] >= (_ARTICLE if len(self.layout.prose) > 1 else 2 * _ARTICLE)
        if not is_article and self.weights[-1] < LINES and id(tag) not in self.marks["named"]:
            return False  # what there is beside a few words is the content
        if bisect_left(self._kept, start) < bisect_left(self._kept, end):
            return False
        if (tag.name in HEADINGS and _NUMBERED.match(letters(tag))) or self.is_fact(tag):
            return False
        links = self.layout.count(tag)[0]
        is_shown = bool(self.marks["asks"]) and self._holds_what_it_shows(tag)
        is_note = is_shown or self.is_note(tag, links) or self.is_references(tag, size, links)
        is_text = self.is_part_of_text(tag) or (start < self.low and links < NOTES and self.has_standfirst(tag))
        return not (is_note or is_text or self.is_caption(tag, size, links))

    def features(self, tag: Tag, size: Measure) -> Features:
        """Return the features of a block with their weights."""
        known = weights()
        place, links = self.place(tag), self.whose(tag)
        marks = [*self._marks(tag, place, links)]
        if size.text < SHORT and size.at < self.first:
            marks += self.in_header(tag)
        is_text = place in AMONG and self.prose(tag) and "asks for something" not in marks
        is_bare = links == "no link" and (not marks or is_text)
        if is_bare and not any(True for _ in self._said_elsewhere(tag, size)):
            may_be_text = place != "after the article" or self.is_plain_text(tag)
            if may_be_text and not self._is_heading_of_nothing(tag, size):
                return ()  # the most of paragraphs, of which nothing else makes one go
        names = ["all", place, f"{place}: {links}", *marks, *self._kind(tag), *self._links(tag, size, place)]
        names += self._text(tag, size, place, links)
        if sum(known.get(name, 0) for name in names) > _HOPELESS:
            names += [*self._words(tag, size, place, links), *self._said_elsewhere(tag, size), *self._beside(tag, size)]
        return tuple((name, known[name]) for name in names if known.get(name))

    def _marks(self, tag: Tag, place: str, links: str) -> Iterator[str]:
        """Yield what the markup said of a block before it was repaired."""
        if id(tag) in self.marks["named"]:
            yield "named so"
        if id(tag.parent) in self.marks["named"] and (links != "no link" or not self._is_of_text(tag)):
            yield "in a block named so"
        may_be_quote = place in AMONG and links == "no link"
        asides = self.marks["aside"]
        if asides and not may_be_quote and any(id(above) in asides for above in (tag, *islice(tag.parents, 4))):
            yield "aside or footer"
        if id(tag) in self.marks["alone"] and self._is_apart(tag, place, links):
            yield "class of its own"
        asks = self.marks["asks"]
        if asks and (id(tag) in asks or self._asks_above(tag)):
            yield "asks for something"
        elif id(tag) in self.marks["control"]:
            is_small = tag.measure.text < 2 * LINE and not self.prose(tag) and not dom.named(tag, "h1", "table")
            is_first = is_small and place == "before the text" and tag.measure.text < LINE
            among = "button before the text" if is_first else "field or button in the text"
            yield among if place in AMONG else "field or button" if is_small else "form"

    def _holds_what_it_shows(self, tag: Tag) -> bool:
        """Return whether a box that asks for something, or a part of one, has a post of a network or a frame's link."""
        if id(tag) not in self.marks["asks"] and id(tag.parent) not in self.marks["asks"]:
            return False
        return (
            tag.name == "blockquote"
            or bool(dom.named(tag, "blockquote"))
            or any(map(shows_address, self.layout.links(tag)))
        )

    def _asks_above(self, tag: Tag) -> bool:
        """Return whether a block is in a box that asks for something, above what that shows."""
        if id(tag.parent) not in self.marks["asks"] or tag.measure.at < self.first:
            return False
        return not any(isinstance(node, Tag) and node.measure.media for node in dom.siblings(tag, -1))

    def _is_apart(self, tag: Tag, place: str, links: str) -> bool:
        """Return whether a label with a class of its own heads nothing, and is neither a sentence nor one of facts."""
        text, near = text_of(tag), [self.next(tag, step) for step in (-1, 1)]
        if (
            self.layout.measures.of(tag).text >= TINY
            or dom.holds_blocks(tag)
            or last_text(tag).endswith(_ENDS)
            or (links != "no link" and place not in _BEFORE)
        ):
            return False
        if VALUE.search(text) and not names_day(text, self.layout.context):
            return False
        if any(
            isinstance(node, Tag) and _NUMBERS.search(letters(node)) and self.layout.measures.of(node).text < SHORT
            for node in near
        ):
            return False
        words = text.split()
        if place != "in the text" and 1 < len(words) < 4 and all(word[0].isupper() for word in words):
            return False  # a name
        after = near[1]
        is_before_list = isinstance(after, Tag) and (after.name in _LISTS or dom.named(after, *_LISTS))
        return not (is_before_list or (place == "in the text" and after is not None and self.is_paragraph(after)))

    def _kind(self, tag: Tag) -> Iterator[str]:
        if tag.name in FLOW:
            yield {"dt": "li", "dd": "li", "ol": "ul", "dl": "ul"}.get(tag.name, tag.name)
        elif tag.name in HEADINGS:
            yield "heading"

    def _links(self, tag: Tag, size: Measure, place: str) -> Iterator[str]:
        links, own = self.layout.count(tag)
        if not links:
            return
        if self.linked.count(tag, "itself") == links and self.leads_back(tag, size, place):
            yield "leads to its own page"
        if links == 1 or links >= 5:
            yield "one link" if links == 1 else "five links"
        if own == links == 1 and self.leads_to_account(tag, size):
            yield "leads to an account"
        if size.media and place.startswith("after"):
            yield from self._pictures(tag, size, links, own)
        if place in ("before the article", "before the text") and self.linked.begins_at_front(tag, links, size):
            yield "way to the front page"
        for kind, name in _LED_TO.items() if size.plain < 2 * LINES else ():
            if self.linked.count(tag, kind):
                yield name
        if own == links:
            yield from self._own_links(tag, size, links, place)

    def _pictures(self, tag: Tag, size: Measure, links: int, own: int) -> Iterator[str]:
        if links > 1 and not own and size.text < LINE and self.linked.are_badges(tag, links):
            yield "badges of shops"
        if size.media == 1 and own and is_icon(tag):
            yield "portrait"

    def _own_links(self, tag: Tag, size: Measure, links: int, place: str) -> Iterator[str]:
        is_lone = (place not in _BEFORE or links > 2) and self._is_lone(tag, size, links)
        if is_lone or size.plain <= max(2 * links, 0.1 * size.text):
            yield "only links"
        if is_lone:
            yield "lone headline" if links == 1 else "lone headlines"
            if size.plain:
                yield "announced headline"
        elif tag.name not in ("p", "li") and self.linked.is_card(tag, size):
            yield "cards"
        elif (
            place in ("in the text", "after the text")
            and self.span(tag)[0] >= self.middle
            and self.linked.is_excerpt(tag)
        ):
            yield "excerpts"
        if self.linked.are_items(tag):
            yield "items with links"
        if place == "in the text" and self.is_teaser(tag, size):
            yield "teaser"
        is_titled = place == "in the text" or is_heading_or_rule(self.next(tag, -1))
        if not is_titled and self.linked.is_bar(tag, size, links):
            yield "only short links"

    def _text(self, tag: Tag, size: Measure, place: str, whose: str) -> Iterator[str]:
        if size.text >= LINE:
            yield "lines" if size.text < LINES else "long"
        elif size.text < TINY and place in AMONG and not size.media and not self._is_of_text(tag):
            yield "label in the text"
        first, end = self.paragraphs(tag)
        if end > first:
            yield "lead" if place == "before the article" else "one paragraph" if end == first + 1 else "paragraphs"
            if place == "before the article" and not self.layout.links(
                self.layout.measures.tags[self.layout.prose[first]]
            ):
                yield "lead without a link"
            if whose == "no link":
                yield "paragraph without a link"
        last = last_text(tag)
        if last.endswith(STOPS + COLONS) and not last.endswith("..."):
            yield "colon" if last.endswith(COLONS) else "stop"
            if size.links == 1:
                yield "one link in a sentence"

    def _is_of_text(self, tag: Tag) -> bool:
        """Return whether a block holds paragraphs, or opens a box within the article that does, as "Note" may."""
        after = beside(tag, 1)
        is_first = tag.parent is not self.main and beside(tag, -1) is None
        return self.prose(tag) > 0 or (is_first and isinstance(after, Tag) and self.prose(after) > 0)

    def _words(self, tag: Tag, size: Measure, place: str, whose: str) -> Iterator[str]:
        lines, short = lines_of(tag)
        if lines > 2 and short > 0.8 * lines and (size.plain or place not in _BEFORE):
            yield "short lines"
        if size.text >= 2 * LINES:
            return
        text = folded(text_of(tag))
        if self._name and place not in AMONG and self._name in _NO_LETTER.sub("", text).lower():
            yield "name of the site"
        if "©" in text and _YEAR.search(text):
            yield "copyright"
        if size.text < 2 * SHORT and _CLOCK.search(text) and len(_NUMBERS.findall(text)) > 2:
            yield "date and time"
        is_sentence = tag.name == "p" and self.prose(tag)
        if size.links and not is_sentence and not _SENTENCES.search(text):
            if whose == "own site" and size.plain < SHORT * size.links:
                yield "links and no sentence"
            if self.linked.count(tag, "top") == self.layout.count(tag)[0] and place not in AMONG:
                yield "links to the top of a site"

    def _said_elsewhere(self, tag: Tag, size: Measure) -> Iterator[str]:
        is_run = tag.name in ("div", "li") and size.text >= SHORT and size.longest >= 0.9 * size.text
        if is_run and self._is_said(tag):
            yield "said before"
        if self.says_address(tag, size):
            yield "address of the page"
        if self.is_number(tag):
            yield "number of a picture"
        if size.text < LINES and size.at >= self.middle and _KEYS.search(letters(tag)):
            yield "keys to press"
        if 2 < size.text < SENTENCE and not self.first <= size.at < self.last and _LETTERS.search(letters(tag)):
            yield "size of letters"

    def _is_lone(self, tag: Tag, size: Measure, links: int) -> bool:
        """Return whether a block is linked headlines, and neither a sentence below the text nor a part of a digest."""
        if not self.linked.are_headlines(tag, size, links):
            return False
        if self.linked.count(tag, "heading") and (self._is_digest or self._is_heading_of_text(tag, size)):
            return False
        if self.linked.count(tag, "picture") and letters(tag).rstrip().endswith((*STOPS, ")", "）")):
            return False  # a caption that leads to the large form of its picture
        if tag.name in ("ul", "ol") and (before := beside(tag, -1)) and last_text(before).endswith(COLONS):
            return False
        return self.span(tag)[0] < self.last or not last_text(tag).endswith(STOPS)

    def _is_heading_of_text(self, tag: Tag, size: Measure) -> bool:
        """Return whether a heading in the text is wholly a link, and is above a paragraph or a lower heading."""
        after = self.next(tag, 1)
        if tag.name not in HEADINGS or size.plain or after is None or size.at >= self.last:
            return False
        if tag.parent is not self.main and beside(tag, 1) is after and beside(after, 1) is None:
            return False  # the first sentence of another article
        is_deeper = isinstance(after, Tag) and after.name in HEADINGS and after.name > tag.name
        return is_deeper or self.is_paragraph(after)

    def _is_said(self, tag: Tag) -> bool:
        """Return whether a block says what a block before it says, as the captions of a gallery do."""
        longest = max((node for node in dom.nodes(tag) if isinstance(node, Text)), key=len)
        return self._said.setdefault(longest.strip(), id(longest)) != id(longest)

    def _beside(self, tag: Tag, size: Measure) -> Iterator[str]:
        before, after = self.next(tag, -1), self.next(tag, 1)
        if self._is_heading_of_nothing(tag, size):
            yield "heading of nothing"
            if (after is not None or id(tag) in self.marks["headed"]) and last_text(tag).endswith(_ANNOUNCING):
                yield "announces what went"
        elif after is None:
            yield "last"
        elif self.is_paragraph(after) or (tag.name in HEADINGS and is_remark(after)):
            is_title = tag.name in HEADINGS or (self._is_digest and self.linked.count(tag, "heading"))
            yield "heading of a paragraph" if is_title else "before a paragraph"
        elif isinstance(after, Tag) and after.name in HEADINGS:
            yield "before a heading"
        if isinstance(before, Tag) and before.name == "hr":
            yield "after a rule"
        if self.is_picture(before):
            yield "after a picture"

    def _is_heading_of_nothing(self, tag: Tag, size: Measure) -> bool:
        """Return whether a heading, or a line with a colon, has nothing below it, or no more since that went."""
        is_left = id(tag) in self.marks["left"]
        if size.text >= (LINE if is_left or size.links else SHORT) or self.span(tag)[0] < (
            self.first if is_left else self.last
        ):
            return False
        after, last = self.next(tag, 1), last_text(tag)
        values = [tag, *([after] if after is not None and is_heading_or_rule(after) else [])]
        if not (is_left or size.links) and any(VALUE.search(text_of(node)) for node in values):
            return False  # "Score 4.5 out of 5"
        is_heading = tag.name in HEADINGS - {"h1"} and not last.endswith(STOPS)
        if id(tag) in self.marks["headed"] and is_heading and not size.links and self.ends_box(tag):
            return True
        if self.span(tag)[0] < self.last:
            is_next = isinstance(after, Tag) and after.name in HEADINGS and after.name <= tag.name
            return is_heading and (after is None or is_next)
        is_heading = is_heading or (is_left and self.is_label(tag, size, last))
        is_asked = is_left and last.endswith(_ANNOUNCING) and any(True for _ in dom.named(tag, "strong", "b"))
        is_end = after is None or is_heading_or_rule(after) or self.is_all_pictures(after)
        return ((is_heading or is_asked) and is_end) or ((is_left or after is None) and last.endswith(COLONS))

    def _is_introduced(self, tag: Tag) -> bool:
        """Return whether a line that ends with a colon is before a block, other than one last headline of the site."""
        before, size = beside(tag, -1), tag.measure
        if (
            size.at >= self.last
            and self.layout.count(tag) == (1, 1)
            and self.next(tag, 1) is None
            and self.linked.are_headlines(tag, size, 1)
        ):
            return False
        return (
            isinstance(before, Tag)
            and before.name == "p"
            and self.layout.measures.of(before).text >= SENTENCE
            and last_text(before).endswith(COLONS)
        )
