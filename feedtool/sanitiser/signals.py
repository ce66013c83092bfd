"""What reads as navigation: announced lists of links, bars of tags, steps to other entries, labels of lost buttons.

In: a tree as it will be published, the facts, the rules. Out: what to cut, with the name of the rule.
It sees text, links and structure only, no class names: they are not in the output, and cleaning the output must
change nothing. Never changes the tree.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from feedtool.sanitiser import links
from feedtool.sanitiser.facts import Facts
from feedtool.sanitiser.measure import Measures
from feedtool.sanitiser.rules import Rules
from feedtool.sanitiser.text import folded, phrase, squashed, weight
from feedtool.sanitiser.tree import BLOCKS, HEADINGS, attribute, blank, children, letters, named, outline, text_of

_JUDGED = BLOCKS | {"strong", "b"}
_LINES = frozenset({"p", "div", "li", "ul", "ol", "dl", "dt", "dd", "blockquote", "aside", "section", "figure"})
_TERM_PAGE = re.compile(
    r"/(?:tags?|categor(?:y|ies)|topics?|labels?|keywords?|hashtags?|search/label|t[ae]g-?\w*|tema|temas|thema|themen|rubrik|etiqueta|etiquetas|etiketter?|mot-cle|sujet|explore/tags)/"
    r"|[?&](?:tag|tags|cat|keyword|label)=|/tag[\w-]*\.\w+\?|/hashtag/",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[\s>›»→/|·•‧・,，、;；\-–—#＃＞:：]*")
_BETWEEN_CRUMBS = re.compile(r"[>›»→＞]|\s/\s")
_ELLIPSIS = re.compile(r"(?:\.\.\.|…)[\s\]\)】」]*$")
#: A sentence that leads up to what follows it.
_LEADS = re.compile(
    r"[:：—]\s*$|(?:以下|下面|底下|如下|下列|这些|這些|这几|這幾|参考|參考|这里|這裡|推荐|推薦|專題|专题|系列)[^。！？]*[。！？]?\s*$"
    r"|\b(?:below|following|here|these|links?|see|read|check out|list|articles?|posts?|resources?)\b[^.!?]*[.!?]?\s*$",
    re.IGNORECASE,
)
_DOUBLE_DOMAINS = frozenset("ac co com edu gob gov govt net or ne go org gr".split())


def find(root: Tag, facts: Facts, rules: Rules, measures: Measures) -> list[tuple[PageElement, str]]:
    """Return the nodes to cut, with the rule that cuts each."""
    reader = _Reader(root=root, facts=facts, rules=rules, measures=measures)
    reader.read()
    return reader.found


def site_of(address: str) -> str:
    """Return the part of a host that names who runs it: example.co.uk of news.example.co.uk."""
    labels = links.host_of(address).split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _DOUBLE_DOMAINS else 2
    return ".".join(labels[-keep:])


@dataclass(slots=True, kw_only=True)
class _Reader:
    root: Tag
    facts: Facts
    rules: Rules
    measures: Measures
    found: list[tuple[PageElement, str]] = field(default_factory=list)
    site: str = field(init=False)
    #: positions of the first and the last paragraph proper in document order
    first: int = field(init=False, default=-1)
    last: int = field(init=False, default=-1)
    #: from an element to its place in document order, and for each place that after the last element inside
    order: dict[int, int] = field(init=False, default_factory=dict)
    ends: list[int] = field(init=False)
    #: the links with their places; how many of the links before each lead away from the post's site, and within it
    anchors: list[Tag] = field(init=False, default_factory=list)
    places: list[int] = field(init=False, default_factory=list)
    foreign: list[int] = field(init=False, default_factory=lambda: [0])
    _phrases: dict[int, str] = field(init=False, default_factory=dict)

    def read(self) -> None:
        """Judge every block once."""
        self.site = site_of(self.facts.base_url)
        tags, self.ends = outline(self.root)
        for place, tag in enumerate(tags):
            self.order[id(tag)] = place
            if tag.name == "a":
                href = attribute(tag, "href")
                self.anchors.append(tag)
                self.places.append(place)
                self.foreign.append(self.foreign[-1] + (href[:1] != "#" and site_of(href) != self.site))
            elif self._is_prose(tag):
                self.first = place if self.first < 0 else self.first
                self.last = place
        self._title(tags)
        taken: set[int] = set()
        for tag in tags:
            if tag.name not in _JUDGED or (taken and any(id(above) in taken for above in tag.parents)):
                continue
            if self.measures.of(tag).text or self.measures.of(tag).links:
                nodes, rule = self._judge(tag)
                if nodes and self._may_cut(nodes):
                    self.found += [(node, rule) for node in nodes]
                    taken.update(id(node) for node in nodes)

    def _judge(self, tag: Tag) -> tuple[list[PageElement], str]:
        size = self.measures.of(tag)
        if size.text <= 90:
            if found := self._announced(tag):
                return found
            if rule := self._label(tag):
                return [tag], rule
        if tag.name in _LINES and size.links:
            for judge in (self._labelled, self._steps, self._tag_bar, self._breadcrumb, self._bare_list, self._card):
                if rule := judge(tag):
                    return [tag], rule
        if rule := self._ending(tag):
            return [tag], rule
        return [], ""

    # --- what stands where

    def _is_prose(self, tag: Tag) -> bool:
        if tag.name not in ("p", "div", "li", "blockquote", "td", "dd", "pre"):
            return False
        size = self.measures.of(tag)
        return size.longest >= 60 and size.plain >= 0.5 * size.text

    def _is_edge(self, tag: Tag) -> bool:
        """Return whether an element stands before the first or after the last paragraph proper."""
        place = self.order[id(tag)]
        return self.first < 0 or place < self.first or place > self.last

    def _may_cut(self, nodes: list[PageElement]) -> bool:
        """Return whether the rest is still what the text is about."""
        total = self.measures.total
        plain = text = 0
        for node in nodes:
            if isinstance(node, Tag):
                plain += self.measures.of(node).plain
                text += self.measures.of(node).text
        if plain > 0.5 * total.plain and plain > 60:
            return False
        return text <= 0.6 * total.text or total.plain - plain >= 60

    def _links(self, tag: Tag) -> list[Tag]:
        """Return the links in an element."""
        first, end = self._links_at(tag)
        return self.anchors[first:end]

    def _links_at(self, tag: Tag) -> tuple[int, int]:
        place = self.order[id(tag)]
        return bisect_left(self.places, place), bisect_left(self.places, self.ends[place])

    def _is_own(self, tag: Tag) -> bool:
        """Return whether an element has links, and all of them stay on the post's site."""
        first, end = self._links_at(tag)
        return bool(self.site) and first < end and self.foreign[first] == self.foreign[end]

    def _phrase(self, tag: Tag) -> str:
        """Return the text of an element as it stands in the lists of phrases."""
        found = self._phrases.get(id(tag))
        if found is None:
            found = self._phrases[id(tag)] = phrase(text_of(tag))
        return found

    # --- announced lists

    def _announced(self, tag: Tag) -> tuple[list[PageElement], str] | None:
        words = self._phrase(tag)
        rule = self.rules.headings.get(words)
        if not rule or self.measures.of(tag).links > 1:
            return None
        top = self._top(tag)
        followers = self._followers(top, own=self.rules.rules[rule].own)
        if followers:
            return [top, *followers], rule
        if (
            self._ends(top)
            and (tag.name in HEADINGS or not self.rules.rules[rule].own)
            and self.order[id(tag)] > self.last >= 0
        ):
            return [top], rule
        return None

    def _top(self, tag: Tag) -> Tag:
        """Return the outermost element that holds the same text and nothing else."""
        size = self.measures.of(tag)
        while tag.parent is not None and tag.parent is not self.root:
            above = self.measures.of(tag.parent)
            if above.text != size.text or above.media != size.media or above.links != size.links:
                break
            tag = tag.parent
        return tag

    def _followers(self, top: Tag, *, own: bool) -> list[PageElement]:
        out: list[PageElement] = []
        found = False
        for node in top.next_siblings:
            if blank(node) or (isinstance(node, Tag) and node.name in ("br", "hr")):
                out.append(node)
            elif isinstance(node, Tag) and self._is_item(node, own=own):
                out.append(node)
                found = True
            else:
                break
        return out if found else []

    def _is_item(self, node: Tag, *, own: bool) -> bool:
        """Return whether an element holds links to articles, with a date or an excerpt at most."""
        size = self.measures.of(node)
        if not size.links or size.longest > 200 or size.plain > 110 * size.links:
            return False
        if node.name in HEADINGS and self._phrase(node) in self.rules.headings:
            return False
        is_own = self._is_own(node)
        if own:
            return is_own and size.plain <= 0.3 * size.text
        if not self.site or size.plain > 0.5 * size.text:
            return is_own
        return is_own or size.plain <= 0.3 * size.text

    def _ends(self, top: Tag) -> bool:
        """Return whether no text follows."""
        after: PageElement | None = top
        while after is not None and after is not self.root:
            for node in after.next_siblings:
                if (isinstance(node, Tag) and (self.measures.of(node).text or self.measures.of(node).media)) or (
                    isinstance(node, NavigableString) and node.strip()
                ):
                    return False
            after = after.parent
        return True

    # --- single lines

    def _label(self, tag: Tag) -> str:
        if tag.name in ("td", "th", "tr", "tbody", "strong", "b", "pre") or self.measures.of(tag).media:
            return ""
        words = self._phrase(tag)
        rule = self.rules.labels.get(words)
        if rule == "interruption":
            return rule if tag.name not in HEADINGS or self._is_edge(tag) else ""
        if (
            rule
            and self._is_edge(tag)
            and (self.measures.of(tag).links or (weight(words) > 4 and self.first >= 0))
            and self._stands_alone(tag)
        ):
            return rule
        return self._all_labels(tag) if self._is_edge(tag) and self.first >= 0 else ""

    def _stands_alone(self, tag: Tag) -> bool:
        """Return whether a label announces nothing, and is no item among others."""
        if tag.name in ("li", "dt", "dd"):
            return False
        if tag.name not in HEADINGS:
            return True
        return self._ends(self._top(tag))

    def _all_labels(self, tag: Tag) -> str:
        """A list, or a line of links, in which every item is a label."""
        is_list = tag.name in ("ul", "ol")
        if not is_list and self.measures.of(tag).links and self.measures.of(tag).plain > 8:
            return ""
        items = [self._phrase(item) for item in (named(tag, "li") if is_list else self._links(tag))]
        if not items:
            items = [phrase(item) for item in re.split(r"[\s|｜·•]+", text_of(tag))]
        known = [self.rules.labels.get(item, "") for item in items if item]
        return known[0] if len(known) > 1 and all(known) else ""

    def _labelled(self, tag: Tag) -> str:
        """A line such as "Read also: <link>"."""
        size = self.measures.of(tag)
        if not size.plain or size.plain > 60 or tag.name not in ("p", "div", "li", "blockquote", "aside", "h4", "h5"):
            return ""
        words = phrase(_outside_links(tag))
        rule = self.rules.headings.get(words)
        if not rule or (tag.name == "li" and tag.find_previous_sibling("li")):
            return ""
        if rule == "tag-heading":
            return rule if self._is_edge(tag) and self._is_own(tag) else ""
        return rule if weight(words) >= 8 and self._is_own(tag) else ""

    def _steps(self, tag: Tag) -> str:
        """Links to the entry before and after."""
        if "step-link" not in self.rules.rules or not self._is_edge(tag) or self.measures.of(tag).links > 6:
            return ""
        lines = [self._phrase(link) for link in self._links(tag) if attribute(link, "href")]
        outside = [
            phrase(part)
            for part in re.split(r"[|｜\n]|\s{2,}|[:：]", _outside_links(tag, between="\n"))
            if phrase(part)
        ]
        is_step = [self.rules.labels.get(line) == "step-link" or self._opens_step(line) for line in lines]
        if all(is_step) and not outside:
            return "step-link"
        if outside and all(self.rules.labels.get(part) == "step-link" for part in outside):
            return "step-link"
        return ""

    def _opens_step(self, line: str) -> bool:
        head = re.split(r"[:：]", line, maxsplit=1)
        return len(head) == 2 and self.rules.labels.get(phrase(head[0])) == "step-link"

    def _ending(self, tag: Tag) -> str:
        size = self.measures.of(tag)
        if tag.name not in ("p", "div", "em", "li") or size.text > 900 or not size.links or not self._ends(tag):
            return ""
        text = folded(text_of(tag)).casefold()
        for words, rule in self.rules.endings:
            at = 0
            for word in words:
                found = text.find(word, at)
                if found < 0 or (at == 0 and not _opens(words, found)):
                    break
                at = found + len(word)
            else:
                return rule
        return ""

    # --- shapes

    def _tag_bar(self, tag: Tag) -> str:
        if "tag-bar" not in self.rules.rules or not self._is_edge(tag) or tag.name in ("dl", "dt", "dd"):
            return ""
        size = self.measures.of(tag)
        rest = _outside_links(tag)
        if size.media or (rest.strip() and not _SEPARATORS.fullmatch(rest) and phrase(rest) not in self.rules.headings):
            return ""
        for link in self._links(tag):
            href = attribute(link, "href")
            if not _TERM_PAGE.search(href) or site_of(href) != self.site or weight(letters(link)) > 60:
                return ""
        return "tag-bar"

    def _breadcrumb(self, tag: Tag) -> str:
        size = self.measures.of(tag)
        place = self.order[id(tag)]
        if "breadcrumb" not in self.rules.rules or tag.name not in ("p", "div", "ul", "ol") or tag.find_parent("table"):
            return ""
        if size.text > 300 or not (self.first < 0 or place < self.first) or size.media:
            return ""
        rest = _outside_links(tag).replace(folded(self.facts.title), "") if self.facts.title else _outside_links(tag)
        if not _BETWEEN_CRUMBS.search(rest) or not self._is_own(tag):
            return ""
        words = [part for part in re.split(r"[>›»→＞/]", rest) if part.strip()]
        return "breadcrumb" if len(words) <= 1 and weight(folded(rest)) <= 60 and size.links >= 1 else ""

    def _bare_list(self, tag: Tag) -> str:
        size = self.measures.of(tag)
        if "bare-list" not in self.rules.rules or tag.name != "ul" or size.plain or size.links < 2:
            return ""
        items = [node for node in tag.contents if isinstance(node, Tag)]
        if len(items) < 2 or not all(item.name == "li" and len(self._links(item)) == 1 for item in items):
            return ""
        before, after = _beside(tag, -1), _beside(tag, 1)
        if before is None or after is None or before.name != "p" or after.name != "p":
            return ""
        if not self._is_own(tag) or any(weight(letters(item)) < 16 for item in items):
            return ""
        if any("#" in attribute(link, "href") for link in self._links(tag)):
            return ""
        ends = folded(text_of(before))
        return "" if not ends or _LEADS.search(ends[-80:]) else "bare-list"

    def _card(self, tag: Tag) -> str:
        """A picture, a title and the beginning of another article, all leading there."""
        size = self.measures.of(tag)
        if "teaser-card" not in self.rules.rules or tag.name not in ("div", "aside", "blockquote", "figure"):
            return ""
        if size.links < 2 or size.text > 700 or size.longest > 400 or self.first < 0 or not self._is_own(tag):
            return ""
        if len({attribute(link, "href").split("#")[0] for link in self._links(tag)}) > 2:
            return ""
        heading = next(iter(named(tag, *HEADINGS)), None)
        if heading is None or not self._links(heading) or not _ELLIPSIS.search(folded(text_of(tag))):
            return ""
        before, after = _beside(tag, -1), _beside(tag, 1)
        beside = [node for node in (before, after) if node is not None]
        return "teaser-card" if beside and all(node.name in ("p", "h2", "h3", "blockquote") for node in beside) else ""

    def _title(self, tags: list[Tag]) -> None:
        title = squashed(self.facts.title).casefold()
        if (
            not title
            or self.measures.total.text <= weight(self.facts.title) + 10
            or "title-copy" not in self.rules.rules
        ):
            return
        limit = 2 * weight(self.facts.title)
        for tag in tags[:40]:
            size = self.measures.of(tag)
            if tag.name not in BLOCKS or tag.name == "td" or not size.text:
                continue
            if size.text <= limit and not size.media and squashed(text_of(tag)).casefold() == title:
                self.found.append((self._top(tag), "title-copy"))
                return
            if size.longest >= 60 and tag.name not in HEADINGS and not any(n.name in BLOCKS for n in children(tag)):
                return


def _opens(words: tuple[str, ...], found: int) -> bool:
    """A line that names the article opens with its words, or with the article's own title."""
    return found == 0 or words[0].startswith("was ")


def _beside(tag: Tag, step: int) -> Tag | None:
    node: PageElement | None = tag
    while node is not None:
        node = node.next_sibling if step > 0 else node.previous_sibling
        if isinstance(node, Tag):
            return node
        if node is not None and not blank(node):
            return None
    return None


def _outside_links(tag: Tag, between: str = " ") -> str:
    """Return the text of an element that stands outside its links."""
    out: list[str] = []
    stack: list[PageElement] = list(reversed(tag.contents))
    while stack:
        node = stack.pop()
        if isinstance(node, NavigableString):
            out.append(node)
        elif isinstance(node, Tag) and node.name == "a" and attribute(node, "href"):
            out.append(between)
        elif isinstance(node, Tag):
            out.append(" ")
            stack.extend(reversed(node.contents))
    return "".join(out)
