"""Finds what reads as navigation: announced lists of links, bars of tags, steps to other entries, labels of buttons.

In: a tree as it will be published, the context, the rules. Out: what to cut, with the name of the rule.
It looks at text, links and structure only: class names are not in the output, and cleaning the output again must
change nothing. Never changes the tree.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain, islice

from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import (
    BLOCKS,
    HEADINGS,
    PageElement,
    Tag,
    Text,
    attribute,
    beside,
    named,
    outside_links,
    text_of,
)
from feedtool.sanitiser.layout import COLONS, STOPS, Layout, Measure, Measures, Phrases
from feedtool.sanitiser.media import shows_address
from feedtool.sanitiser.rules import Rules
from feedtool.sanitiser.surroundings import LABEL, last_text, round_up
from feedtool.sanitiser.text import (
    Context,
    folded,
    is_dateline,
    is_like,
    phrase,
    place_on,
    squashed,
    title_forms,
    weight,
)

_JUDGED = BLOCKS | {"strong", "b", "time"}
_ITEMS = ("li", "dt", "dd", "td", "th")
_LAST = frozenset({"p", "div", "em", "strong", "b", "small", "li", "h4", "h5", "h6"})
_LINES = frozenset({"p", "div", "li", "ul", "ol", "dl", "dt", "dd", "blockquote", "aside", "section", "figure"})
#: The least weight of words that announce other articles by themselves: "Related", not "More".
_CLEAR = 7
_DIGITS = re.compile(r"\d[\d.,]*\s?[km万萬]?\b\+?", re.IGNORECASE)
#: The most text of a line that announces something, or of a label.
_LINE = 90
#: How many elements from the beginning may be a copy of the title.
_NEAR = 40
#: The least weight of a title that no last line of a text is by chance.
_HEADLINE = 25
#: The least text of a line that introduces a list in a sentence of its own, with a colon.
_INTRODUCING = 25
#: Which share of the text of linked headlines may be outside the links.
_LABELS = 0.3
#: A number, or a name and its value, as "Translated by: Ann Lee".
_FACT = re.compile(r"\d|[:：]\s*\S")
#: What holds facts and items of the text rather than other articles.
_CELLS = frozenset({"table", "li", "dt", "dd", "figure"})
#: The largest distance in characters between the words of a closing line.
_GAP = 60
_ANNOUNCED = re.compile(r"\s*[:：／｜|]\s*|\s+[-–—]\s+|——")
_ITEM_END = re.compile(r"[\s|｜·•]+")
#: What separates the steps of a line, and the most text that may be such a line.
_PART = re.compile(r"[|｜\n]|\s{2,}|[:：]")
_LONG = 2000
#: A time of the day; how many numbers it has with a day, at least, and how many comments make a thread.
_TIME = re.compile(r"\b\d{1,2}:(\d\d)\b")
_MINUTE = re.compile(r":\d\d\b")
_NUMBER = re.compile(r"\d+")
_FEW = 2
#: In how many elements the items of a thread are looked for.
_LEVELS = 5
#: How many paragraphs, and how much text, an article has above the comments.
_BEFORE, _ARTICLE = 2, 200
#: The least text on each side of a link in a sentence.
_WORDS = 8


class ContentJudge(Layout):
    """Judges the blocks of one tree."""

    def __init__(
        self, root: Tag, measures: Measures, context: Context, rules: Rules, phrases: Phrases | None = None
    ) -> None:
        super().__init__(root, measures, context, phrases)
        self.rules = rules

    @cached_property
    def _content(self) -> frozenset[int]:
        """The ids of the lists that are content."""
        return round_up(self)

    def find(self, *, has_times: bool) -> list[tuple[PageElement, str]]:
        """Return the nodes to cut, with the rule that cuts each; `has_times`: whether the text names hours of a day."""
        found = self.title_copy() + self._title_below()
        thread = self._thread() if has_times else []
        found += [(node, "comments") for node in thread]
        taken = set(map(id, thread))
        for tag, size in zip(self.measures.tags, self.measures.sizes, strict=True):
            if tag.name not in _JUDGED or (taken and any(id(above) in taken for above in tag.parents)):
                continue
            if size.text > _LINE and not size.links and not self.is_last(tag):
                continue  # a paragraph, as most are
            nodes, rule = self._judge(tag, size) if size.text or size.links else ([], "")
            if nodes and self._may_cut(nodes):
                found += [(node, rule) for node in nodes]
                taken.update(map(id, nodes))
        return found

    def _thread(self) -> list[Tag]:
        """Return the comments of readers below an article: blocks in a row, each with a day and a time of its own."""
        start = self.prose[_BEFORE - 1] if len(self.prose) >= _BEFORE and "comments" in self.rules.rules else -1
        items: dict[int, dict[int, Tag]] = {}
        minutes: dict[int, int] = {}
        above_of: dict[int, Tag] = {}
        for tag in self.measures.tags[start:] if start >= 0 else ():
            for node in tag.contents:
                if isinstance(node, Text) and 8 < len(node) < _LINE and (time := _stamp(node)):
                    below = tag
                    for above in tag.parents:
                        items.setdefault(id(above), {})[id(below)] = below
                        above_of[id(above)] = above
                        minutes.setdefault(id(below), int(time))
                        if above is self.root:
                            break
                        below = above
        for at, found in sorted(items.items(), key=lambda each: -len(each[1]))[:_LEVELS]:
            thread = self._between(above_of[at], [*found.values()]) if len(found) > _FEW else []
            if thread and 2 * sum(minutes[key] % 5 > 0 for key in found) > len(found):
                return thread
        return []

    def _between(self, above: Tag, items: list[Tag]) -> list[Tag]:
        """Return the elements from the first item to the last, if most are items, and the article is longer."""
        first, last = (self.measures.of(item).at for item in (items[0], items[-1]))
        parts = [part for part in dom.children(above) if first <= self.measures.of(part).at <= last]
        plain = sum(self.measures.of(part).plain for part in parts)
        before = sum(self.measures.sizes[at].plain for at in self.prose if at < first)
        count = sum(self.measures.of(part).text > 0 for part in parts)
        is_said = sum(self.measures.of(item).plain >= _LINE for item in items) * 2 >= len(items)
        return parts if is_said and before >= max(_ARTICLE, plain) and 4 * len(items) >= 3 * count else []

    def _judge(self, tag: Tag, size: Measure) -> tuple[list[PageElement], str]:
        rule = ""
        if size.text <= _LINE:
            if found := self._announced(tag):
                return found
            rule = self._label(tag)
            if not rule and "dateline" in self.rules.rules and self._is_dateline(tag):
                rule = "dateline"
        if not rule and size.links and tag.name in _LINES:
            rule = self._announcing_link(tag) or self._announced_link(tag) or self._step_line(tag)
        if not rule and tag.name in _LAST and self.is_last(tag):
            rule = self._ending(tag) or self._opening(tag)
        return ([tag], rule) if rule else ([], "")

    def _may_cut(self, nodes: list[PageElement]) -> bool:
        """Return whether enough of the text is left without some nodes."""
        total = self.measures.total
        sizes = [self.measures.of(node) for node in nodes if isinstance(node, Tag)]
        plain, text = sum(size.plain for size in sizes), sum(size.text for size in sizes)
        if plain > 0.5 * total.plain and plain > 60:
            return False
        return text <= 0.6 * total.text or total.plain - plain >= 60

    # --- what the header says already

    def title_copy(self) -> list[tuple[PageElement, str]]:
        """Return the copy of the title to cut, with its rule, if there is one."""
        copy = self._title_copy() if "title-copy" in self.rules.rules and self.context.title else None
        return [(copy, "title-copy")] if copy else []

    def _title_copy(self) -> Tag | None:
        """Return the element at the beginning whose whole text is the title, or None."""
        length = weight(self.context.title)
        if self.measures.total.text <= length + 10:
            return None
        forms, heading_forms = title_forms(self.context)
        for tag in self.measures.tags[:_NEAR]:
            size = tag.measure
            if tag.name not in BLOCKS or tag.name in ("td", "li", "dd", "blockquote") or not size.text:
                continue
            known = heading_forms if tag.name in ("h1", "h2") else forms
            if size.text <= 2 * length and not size.media and squashed(text_of(tag)).casefold() in known:
                return self.top(tag)
            if tag.name == "h1" and self.measures.of(tag).at < self.first and is_like(text_of(tag), self.context.title):
                return self.top(tag)
            if size.longest >= 60 and tag.name not in HEADINGS and not dom.holds_blocks(tag):
                return None
        return None

    def _title_below(self) -> list[tuple[PageElement, str]]:
        """Return the copy of the title below the text, with its rule; a last line of the text may be one, too."""
        forms = title_forms(self.context)[0] if "title-copy" in self.rules.rules and self.context.title else ()
        for tag in self.measures.tags[self.last + 1 :][-_NEAR:] if forms and self.last >= 0 else ():
            size = tag.measure
            is_head = tag.name in HEADINGS or tag.name == "div" or (tag.name == "p" and size.text >= _HEADLINE)
            if is_head and not size.media and squashed(text_of(tag)).casefold() in forms:
                return [(self.top(tag), "title-copy")]
        return []

    def _is_dateline(self, tag: Tag) -> bool:
        """Return whether an element before the first paragraph is a line with the day of publication."""
        if tag.name not in ("p", "div", "time") or tag.measure.media or tag.measure.at >= self.first:
            return False
        return is_dateline(text_of(tag), self.context)

    # --- announced lists

    def _announced(self, tag: Tag) -> tuple[list[PageElement], str] | None:
        """Return a heading that announces links, with these links, and the rule on it."""
        words = self.phrase(tag)
        rule = self.rules.headings.get(words)
        if not rule:
            size = tag.measure
            is_label = not (size.links or size.media) and 0 <= self.first < size.at and 0 < size.text <= LABEL
            return self._headed(tag) if is_label and self.site and "announced-list" in self.rules.rules else None
        if self.measures.of(tag).links > 1:
            return None
        top = self.top(tag)
        followers = self._followers(top, own=False)
        if not _is_whole_line(top, followers[-1] if followers else top):
            return None
        counts = [self.count(node) for node in followers if isinstance(node, Tag)]
        is_own = not self.site or 2 * sum(own for _, own in counts) >= sum(count for count, _ in counts)
        if followers and is_own:  # links to other sites are the sources of the text
            return [top, *followers], rule
        is_end = self.is_last(top) and self.measures.of(tag).at > self.last >= 0
        if is_end:
            return [top], rule
        return None

    def _headed(self, tag: Tag) -> tuple[list[PageElement], str] | None:
        """Return a label with linked headlines of the site below it, in words of any kind, and the rule on it."""
        near = tag.next_sibling
        if isinstance(near, Tag) and near.measure.text and not near.measure.links:
            return None  # as most headings
        top = self.top(tag)
        if not self._is_above_links(tag, top):
            return None
        followers = self._followers(top, own=True)
        if not followers or not _is_whole_line(top, followers[-1]) or id(top) in self._content:
            return None
        if tag.name in HEADINGS and self._heads_text(tag, followers[-1]):
            return None
        boxes = [node for node in followers if isinstance(node, Tag)]
        led_to = {attribute(link, "href") for box in boxes for link in self.links(box) if _is_headline(link)}
        are_headlines = all(attribute(link, "href") in led_to for box in boxes for link in self.links(box))
        is_within = any(place_on(self.context.base_url, address) is not None for address in led_to)
        is_bare = sum(box.measure.plain for box in boxes) <= _LABELS * sum(box.measure.text for box in boxes)
        if not are_headlines or is_within or not is_bare or any(box.name in _CELLS for box in boxes):
            return None
        return [top, *followers], "announced-list"

    def _is_above_links(self, tag: Tag, top: Tag) -> bool:
        """Return whether a short block is a label, and a block with links comes next."""
        size, after = tag.measure, beside(top, 1)
        if not isinstance(after, Tag):
            return False
        held = after.measure
        is_above = after.name in ("br", "hr") or (held.links > 0 and held.plain <= _LABELS * held.text)
        if not is_above or _FACT.search(text_of(tag)):
            return False
        end = last_text(tag)
        is_said = end.endswith(STOPS) or (end.endswith(COLONS) and size.text >= _INTRODUCING)
        return not is_said and not any(node.name in _CELLS for node in (top, *top.parents))

    def _heads_text(self, heading: Tag, last: PageElement) -> bool:
        """Return whether a heading may be that of the text below its links, which goes on beside the last of them."""
        after = beside(last, 1)
        if after is None or (isinstance(after, Tag) and after.name in HEADINGS):
            return False
        return heading.name < "h4" or sum(tag.name == heading.name for tag in self.measures.tags) > 1

    def _followers(self, top: Tag, *, own: bool) -> list[PageElement]:
        out: list[PageElement] = []
        for node in dom.siblings(top, 1):
            is_gap = node.name in ("br", "hr") if isinstance(node, Tag) else dom.blank(node)
            if not is_gap and not (isinstance(node, Tag) and self._is_item(node, own=own)):
                break
            out.append(node)
        return out if any(isinstance(node, Tag) and self.links(node) for node in out) else []

    def _is_item(self, node: Tag, *, own: bool) -> bool:
        """Return whether an element holds links to articles, with a date or an excerpt at most."""
        size = self.measures.of(node)
        anchors = self.links(node)
        if anchors and all(map(shows_address, anchors)):
            return False  # links below players, and lists of sources
        if not size.links or size.longest > 200 or size.plain > 110 * size.links:
            return False
        is_heading = node.name in HEADINGS and self.phrase(node) in self.rules.headings
        if is_heading or named(node, "iframe", "video", "audio"):
            return False
        is_bare = size.plain <= 0.3 * size.text
        if not is_bare and any(_is_in_sentence(link) for link in anchors):
            return False
        return (self.is_own(node) and (is_bare or not own)) or (is_bare and not own and self.site != "")

    # --- single lines

    def _label(self, tag: Tag) -> str:
        """Return the rule on a block whose whole text is a label."""
        if tag.name in ("td", "th", "tr", "tbody", "strong", "b", "pre") or tag.measure.media:
            return ""
        words = self.phrase(tag)
        rule = self._label_rule(tag, words)
        if rule == "interruption":
            is_item = any(above.name in _ITEMS for above in (tag, *tag.parents)) or named(tag, *_ITEMS)
            return rule if not is_item and (tag.name not in HEADINGS or self.is_edge(tag)) else ""
        if not self.is_edge(tag):
            return ""
        is_long = self.measures.of(tag).links or (weight(words) > 4 and self.first >= 0)
        is_block = tag.name not in ("li", "dt", "dd")
        if rule and is_long and is_block and (tag.name not in HEADINGS or self.is_last(self.top(tag))):
            return rule
        return self._all_labels(tag) if self.first >= 0 else ""

    def _label_rule(self, tag: Tag, words: str) -> str:
        """Return the rule on a text that is a whole block, or on one with numbers in it such as "1,234 views"."""
        rule = self.rules.labels.get(words, "")
        if not rule and _DIGITS.search(words) and self.is_edge(tag):
            return self.rules.labels.get(phrase(_DIGITS.sub(" ", words)), "")
        return "" if rule == "counter" else rule

    def _all_labels(self, tag: Tag) -> str:
        """Return the rule on a list, or a line of links, in which every item is a label."""
        is_list = tag.name in ("ul", "ol")
        if not is_list and self.measures.of(tag).links and self.measures.of(tag).plain > 8:
            return ""
        parts = named(tag, "li") if is_list else self.links(tag)
        items = map(self.phrase, parts) if parts else map(phrase, _ITEM_END.split(text_of(tag)))
        rules: list[str] = []
        for item in filter(None, items):
            if item not in self.rules.labels:
                return ""  # as nearly always the first
            rules.append(self.rules.labels[item])
        return rules[0] if len(rules) > 1 else ""

    def _announced_link(self, tag: Tag) -> str:
        """Return the rule on a line such as "Read also: <link>"."""
        size = tag.measure
        if not size.plain or size.plain > 60 or tag.name not in ("p", "div", "li", "blockquote", "aside", "h4", "h5"):
            return ""
        words = phrase(outside_links(tag))
        rule = self.rules.headings.get(words)
        if not rule or (tag.name == "li" and _follows_item(tag)):
            return ""
        if rule == "tag-heading":
            return rule if self.is_edge(tag) and self.is_own(tag) else ""
        return rule if weight(words) >= _CLEAR and self.is_own(tag) else ""

    def _announcing_link(self, tag: Tag) -> str:
        """Return the rule on a line that is one link to an article of the site, which begins with announcing words."""
        size = tag.measure
        if size.links != 1 or size.text > 200 or size.media or not self.is_own(tag) or tag.name == "li":
            return ""
        if size.plain and outside_links(tag).strip():
            return ""
        head, *tail = _ANNOUNCED.split(folded(text_of(tag)), maxsplit=1)
        return self.rules.headings.get(phrase(head), "") if tail and weight(head) >= _CLEAR else ""

    def _step_line(self, tag: Tag) -> str:
        """Return the rule on an element that is nothing but links to the entry before and after."""
        size = tag.measure
        if not self.is_edge(tag) or size.links > 6 or size.plain > _LONG:
            return ""
        words = filter(None, map(phrase, _PART.split(outside_links(tag, "\n"))))
        if first := next(words, ""):
            are_steps = all(self.rules.labels.get(word) == "step-link" for word in chain([first], words))
        else:
            are_steps = all(self._is_step(self.phrase(link)) for link in self.links(tag) if attribute(link, "href"))
        return "step-link" if are_steps else ""

    def _is_step(self, line: str) -> bool:
        head, *rest = re.split(r"[:：]", line, maxsplit=1)
        return "step-link" in (self.rules.labels.get(line), self.rules.labels.get(phrase(head)) if rest else "")

    def _ending(self, tag: Tag) -> str:
        """Return the rule on a last line with links that holds certain words in a certain order."""
        size = tag.measure
        if tag.name not in ("p", "div", "em", "li") or size.text > 900 or not size.links:
            return ""
        text = folded(text_of(tag)).casefold()
        if "was " not in text and not text.startswith(self.rules.first_words):
            return ""
        for words, rule in self.rules.endings:
            at = 0
            for word in words:
                found = text.find(word, at)
                names_article = words[0].startswith("was ")  # then its own title comes first
                if found < 0 or (at == 0 and found and not names_article) or (at and found - at > _GAP):
                    break
                at = found + len(word)
            else:
                return rule
        return ""

    def _opening(self, tag: Tag) -> str:
        """Return the rule on a last line that begins with certain words, such as a copyright notice."""
        size = tag.measure
        if size.text > 260 or size.media or self.first < 0 or self.measures.total.text - size.text < 260:
            return ""
        text = folded(text_of(tag)).casefold()
        return next((rule for words, rule in self.rules.openings if text.startswith(words)), "")


def has_times(html: str) -> bool:
    """Return whether HTML may hold a thread of comments with the times at which they were written."""
    return any(islice(_MINUTE.finditer(html), _FEW, None))


def _stamp(line: str) -> str:
    """Return the minutes of a time of the day in a line that names a day as well, or ""."""
    time = _TIME.search(line)
    return time[1] if time and len(_NUMBER.findall(line)) > _FEW + 1 else ""


def _follows_item(item: Tag) -> bool:
    """Return whether an item of a list is not the first."""
    return any(isinstance(node, Tag) and node.name == "li" for node in dom.siblings(item, -1))


def _is_in_sentence(link: Tag) -> bool:
    """Return whether words are on both sides of a link in its line."""
    sides = []
    for step in (-1, 1):
        node: PageElement = link
        while node.parent is not None and node.parent.name not in BLOCKS and dom.beside(node, step) is None:
            node = node.parent
        words = []
        near = dom.beside(node, step)
        while near is not None and not (isinstance(near, Tag) and near.name in dom.BREAKS):
            words.append(text_of(near))
            near = dom.beside(near, step)
        sides.append(weight(folded("".join(words))))
    return min(sides) >= _WORDS


def _is_headline(link: Tag) -> bool:
    return weight(text_of(link).strip()) >= _HEADLINE


def _is_whole_line(first: PageElement, last: PageElement) -> bool:
    """Return whether a line begins with one node and ends with the other; blocks are lines of their own."""
    if isinstance(first, Tag) and first.name in BLOCKS:
        return True
    around = (beside(first, -1), beside(last, 1))
    return all(node is None or (isinstance(node, Tag) and node.name in dom.BREAKS) for node in around)
