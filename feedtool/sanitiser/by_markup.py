"""Judges elements by their markup: class words, role, address, whether they are shown at all.

In: an element with its measure, the context and the rules. Out: the name of the rule that cuts it, or "".
Class words alone never decide: each rule has a guard on what the element may hold. Never changes the tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, cached_property
from itertools import islice

from feedtool import urls
from feedtool.sanitiser import dom, media
from feedtool.sanitiser.dom import HEADINGS, PageElement, Tag, attribute, elements, letters, named, text_of
from feedtool.sanitiser.layout import LABEL, Layout, Marks, Measure, Measures, site_of
from feedtool.sanitiser.rules import STATE, Rules, rule_on_word, words
from feedtool.sanitiser.text import Context, folded, phrase, repeats_header

_UNSEEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
#: The most text outside an element that may be labels and values of the header only.
_LINE = 90
#: The most text that is shorter than a sentence.
_CRUMB = 60
#: The least text of an article that has comments below it.
_ARTICLE = 200
#: The least text of a hidden answer; the last characters of a question.
_ANSWER = 12
_ASKS = ("?", "？", "؟", ";", "՞")
#: Elements that hold text and nothing else; so many of them with one class make it a class of the text.
_TEXTS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl blockquote table pre".split())
_SEVERAL = 3
#: Elements whose class words say nothing, but that they are not shown.
_PLAIN = HEADINGS | {"pre", "code", "td", "th", "tr", "tbody"}
#: Signs of links beside a heading that lead to it; addresses of links that only a script gives a meaning.
_SIGNS = frozenset({"¶", "#", "§", "🔗", "⚓", "∞", "☍"})
_DEAD = re.compile(r"#!?|javascript:.*", re.IGNORECASE | re.DOTALL)
#: How HTML begins that shows a page in another.
_FRAME = re.compile(r"\s*<(?:iframe|script|embed|object|blockquote)\b", re.IGNORECASE)
_POINT = re.compile(r"(?:width|height)\s*:\s*[01]px", re.IGNORECASE)
_INLINE = frozenset(
    "a abbr b bdi big cite code del em font i ins kbd label mark q s small span strike strong sub sup time tt u"
    " var".split()
)
_PHRASING = _INLINE | {"button"}
_LINES = frozenset("p li dt dd td th figcaption blockquote caption summary".split())
_CAPTION = re.compile(r"(?:^|[\s_-])(?:caption|legend)", re.IGNORECASE)
#: Class words of headings, leads, captions and credits, which are short, often alone of their kind, and stay.
_OF_TEXT = re.compile(
    r"caption|legend|credit|copyright|source|quot|cite|attribut|photo|image|figure|author|by-?line|head|title|lead|intro|summary|desc",
    re.IGNORECASE,
)
_OF_PEOPLE = re.compile(r"author|by-?line|credit", re.IGNORECASE)
_TOGGLE = re.compile(r"accordion|spoiler|faq|toggle|collaps", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[.!?,;:。！？，；：…]")
_EDIT_LINK = re.compile(r"edit", re.IGNORECASE)
#: Rules on words that mean something else in a figure or a quotation.
_OUTSIDE_FIGURES = frozenset("byline-words byline-facts author-box tag-words related-words rating-widget".split())
#: Rules on words that notes on the author have as well, which stay.
_OF_AUTHORS = frozenset({"byline-facts"})
#: Rules on words that mean something else in the middle of a text.
_BESIDE_PROSE = frozenset({"byline-words", "byline-facts"})


class Judge:
    """Judges the elements of one tree; without words only by addresses, not by class words, roles and styles.

    `marks` is filled.
    """

    def __init__(
        self, root: Tag, measures: Measures, context: Context, rules: Rules, marks: Marks, *, words: bool
    ) -> None:
        self.root = root
        self.measures = measures
        self.context = context
        self.rules = rules
        self.words = words
        #: whether an element was kept only for the line that it is in
        self.has_spared = False
        #: links that only a script gives a meaning, as they were met
        self.dead: list[Tag] = []
        self.marks = marks
        self._rules_on = cache(self._look_up_all)
        self._marks_text = cache(self._is_on_text)
        self._blocky: dict[int, bool] = {}

    @cached_property
    def layout(self) -> Layout:
        """The layout of the tree as it was before any cut."""
        return Layout(self.root, self.measures, self.context)

    def verdict(self, tag: Tag) -> str:
        """Return the name of the rule that cuts the element, or ""."""
        measure = tag.measure
        if tag.name == "a" and _is_dead(tag):
            self.dead.append(tag)
        rule = self._named(tag, measure) if self.words else ""
        rule = rule or self._addressed(tag, measure)
        if tag.name == "pre" and "rows" in tag.attrs and self._is_embed_code(tag):
            return "embed-html"
        if tag.name == "a" and "permalink-sign" in self.rules.rules and _is_sign(tag):
            return "permalink-sign"
        if rule and tag.name in _PHRASING and self._is_in_sentence(tag, measure):
            self.has_spared = True
            return ""
        return rule

    def _is_embed_code(self, tag: Tag) -> bool:
        """Return whether an element is HTML that shows a page of the site in other pages, and no example of HTML."""
        own, text = site_of(self.context.base_url), letters(tag)
        return "embed-html" in self.rules.rules and own != "" and own in text and _FRAME.match(text) is not None

    def announced_by(self, tag: Tag, rule: str) -> list[Tag]:
        """Return the lists of links after an element that is only their heading."""
        measure = self.measures.of(tag)
        if rule not in ("related-box", "related-words") or measure.links or measure.media or not 0 < measure.text <= 60:
            return []
        out = []
        for node in dom.siblings(self.measures.top(tag, self.root), 1):
            if isinstance(node, Tag):
                below = self.measures.of(node)
                is_list = below.links and below.longest <= 60 and below.plain <= 40 * below.links
                is_skip = below.text <= 60 and not below.links and named(node, "a")
                if below.text and not is_list and not is_skip:
                    break
                out.append(node)
            elif not dom.blank(node):
                break
        return out if any(self.measures.of(node).links for node in out) else []

    def _named(self, tag: Tag, measure: Measure) -> str:
        if "hidden-element" in self.rules.rules and _is_hidden(tag) and self._may_go(tag, measure, "hidden"):
            return "hidden-element"
        rule = self._worded(tag, measure) if "class" in tag.attrs or "id" in tag.attrs else ""
        return rule or self._role(tag, measure)

    def _is_in_sentence(self, tag: Tag, measure: Measure) -> bool:
        """Return whether an inline element is in a line with other text, in a heading or in code."""
        above = next(above for above in tag.parents if above.name not in _INLINE or above.name == "code")
        if above.name in ("pre", "code"):
            return True
        around = self.measures.of(above)
        if tag.name == "button" and around.media and above.name not in _LINES:
            return False  # below a picture
        if above.name in HEADINGS:
            return around.text > measure.text and not _EDIT_LINK.search(attribute(tag, "class"))
        if around.plain - measure.plain < _LINE and not self._says_more(above, tag):
            return False
        if above.name in _LINES:
            return True
        if id(above) not in self._blocky:
            self._blocky[id(above)] = dom.holds_blocks(above)
        return not self._blocky[id(above)]

    def _says_more(self, line: Tag, tag: Tag) -> bool:
        """Return whether a line has words around an element, other than buttons, a label or a copy of the header."""
        rest = folded(dom.outside_links(line, without=tag))
        said = phrase(rest)
        if not any(map(str.isalpha, said)) or said in self.rules.labels or said in self.rules.headings:
            return False
        return not repeats_header(rest, self.context)

    def _worded(self, tag: Tag, measure: Measure) -> str:
        found = self._rules_on(attribute(tag, "class"))
        if tag.name in _PLAIN:
            found = [(word, rule) for word, rule in found if rule == "unseen-words"]
        elif "id" in tag.attrs and not _is_section(tag):
            found = [*found, *self._rules_on(attribute(tag, "id"))]
        if not all(rule in _OF_AUTHORS or self._marks_text(word) for word, rule in found):
            self.marks["named"][id(tag)] = tag
        elif tag.name in ("p", "div") and measure.text < LABEL and self._is_alone(tag):
            self.marks["alone"][id(tag)] = tag
        return next((rule for word, rule in found if self._is_meant(tag, measure, word, rule)), "")

    def _is_meant(self, tag: Tag, measure: Measure, word: str, rule: str) -> bool:
        """Return whether a class word means what the rule on it says, and the element may go."""
        if rule in _OUTSIDE_FIGURES and _is_in_figure(tag):
            return False
        if rule in _BESIDE_PROSE and self.layout.is_among_prose(tag):
            return False  # the dates of a log, the sources of a digest
        if measure.media and self._holds_player(tag):
            return False
        if rule == "advertisement" and measure.plain >= _CRUMB and self._wraps(tag, rule):
            return False
        guard = self.rules.rules[rule].guard
        if not self._may_go(tag, measure, guard):
            return False
        return not self._marks_text(word) or self._is_below(tag, measure, guard)

    def _holds_player(self, tag: Tag) -> bool:
        """Return whether an element holds a recording, or the frame of a known player."""
        if any(attribute(player, "src") for player in named(tag, "audio", "video", "source")):
            return True
        return any(media.is_player(media.address_of(frame, self.context.base_url)) for frame in named(tag, "iframe"))

    def _is_on_text(self, word: str) -> bool:
        """Return whether a class is on so many blocks of text that it marks the text, not the things beside it."""
        bearers = self._bearers.get(word, [])
        ids = set(map(id, bearers))
        outer = [tag for tag in bearers if not any(id(above) in ids for above in tag.parents)]
        plain = sum(self.measures.of(tag).plain for tag in outer)
        if plain > 0.5 * self.measures.total.plain:
            return True
        texts = [size for tag in outer if tag.name in _TEXTS and 2 * (size := self.measures.of(tag)).plain > size.text]
        names = {tag.name for tag in outer if tag.name in _TEXTS}
        return len(texts) >= _SEVERAL and 2 * len(texts) > len(outer) and len(names) > 1

    def _is_alone(self, tag: Tag) -> bool:
        """Return whether an element has a class of its own, or with one other, that names no part of a text."""
        names = attribute(tag, "class")
        if not any(len(self._bearers[word]) <= 2 and not STATE.match(word) for word in names.split()):
            return False
        above = " ".join(attribute(each, "class") for each in islice(tag.parents, 2))
        return not (_OF_TEXT.search(names) or _OF_PEOPLE.search(above))

    @cached_property
    def _bearers(self) -> dict[str, list[Tag]]:
        """The elements that bear each class, before any cut."""
        found: dict[str, list[Tag]] = {}
        for tag in self.measures.tags:
            if "class" in tag.attrs:
                for word in tag.attrs["class"].split():
                    found.setdefault(word, []).append(tag)
        return found

    @cached_property
    def _hidden_is_text(self) -> bool:
        """Return whether the hidden elements together hold a large share of the text, as the items of a show do."""
        plain = 0
        stack: list[PageElement] = self.root.contents[::-1]
        while stack:
            tag = stack.pop()
            if isinstance(tag, Tag) and _is_hidden(tag):
                size = self.measures.of(tag)
                plain += 0 if self._links(tag, size) else size.plain
            elif isinstance(tag, Tag):
                stack += tag.contents[::-1]
        return plain > 0.3 * self.measures.total.plain

    @cached_property
    def _opened(self) -> frozenset[str]:
        """The ids of the elements that a button or a tab shows."""
        names = ("aria-controls", "data-target", "data-bs-target", "href")
        marks = (attribute(tag, name) for tag in self.measures.tags for name in names if name in tag.attrs)
        return frozenset(mark.removeprefix("#") for mark in marks if mark and (mark[0] == "#" or "/" not in mark))

    def _is_answer(self, tag: Tag, measure: Measure) -> bool:
        """Return whether a hidden text is what a button, a tab or a heading before it shows."""
        if measure.plain < _ANSWER or self._links(tag, measure):
            return False
        if attribute(tag, "role") == "tabpanel" or attribute(tag, "id") in self._opened:
            return True
        before = dom.beside(tag, -1)
        if not isinstance(before, Tag):
            return False
        is_button = before.name == "button" or attribute(before, "role") in ("button", "tab")
        return (is_button or bool(named(before, "button"))) and (
            measure.plain >= _CRUMB or text_of(before).strip().endswith(_ASKS)
        )

    def _wraps(self, tag: Tag, rule: str) -> bool:
        """Return whether the advertisement is a part of an element, and the rest is text."""
        most = self.measures.of(tag).plain - _CRUMB
        return any(
            self.measures.of(below).plain <= most
            for below in elements(tag)
            if any(rule_on_word(word, self.rules) == rule for word in attribute(below, "class").split())
        )

    def _look_up_all(self, names: str) -> list[tuple[str, str]]:
        """Return the class words that rules are on, with the rules; several short ones are of the layout."""
        words = names.split()
        if len(words) > 1 and sum(len(word) <= 3 for word in words) > 1:
            words = [word for word in words if len(word) > 3]
        return [(word, rule) for word in words if (rule := rule_on_word(word, self.rules))]

    def _role(self, tag: Tag, measure: Measure) -> str:
        rule = self.rules.roles.get(attribute(tag, "role").lower()) if "role" in tag.attrs else None
        rule = rule or self.rules.tags.get(tag.name)
        if not rule:
            return ""
        self.marks["named"][id(tag)] = tag
        if rule == "button" and (_opens_more(tag) or self._shows_answer(tag)):
            return ""
        if rule == "aside-links" and not self._stays(tag):
            return ""
        return rule if self._may_go(tag, measure, self.rules.rules[rule].guard) else ""

    def _shows_answer(self, tag: Tag) -> bool:
        """Return whether a button shows a hidden text after it."""
        for node in (tag, tag.parent):
            after = dom.beside(node, 1) if node is not None and node is not self.root else None
            if isinstance(after, Tag) and _is_hidden(after) and self._is_answer(after, self.measures.of(after)):
                return True
        return False

    def _stays(self, tag: Tag) -> bool:
        """Return whether an element has a link to the site of the post, or no links."""
        base = self.context.base_url
        sites = {site_of(urls.absolute(attribute(link, "href"), base)) for link in named(tag, "a")}
        return not sites or site_of(base) in sites

    def _addressed(self, tag: Tag, measure: Measure) -> str:
        if tag.name == "a":
            return self._link(tag, measure)
        if tag.name == "img":
            return self._image(tag)
        if tag.name == "iframe":
            address = media.address_of(tag, self.context.base_url) or attribute(tag, "src")
            return _rule_on(address.lower().partition("?")[0], self.rules.frames)
        return ""

    def _link(self, tag: Tag, measure: Measure) -> str:
        href = attribute(tag, "href").lower()
        if measure.text > 60 or not href:
            return ""
        rule = _rule_on(href, self.rules.links)
        own = site_of(self.context.base_url)
        if rule == "reply-link" and "#" in href and href[0] != "#" and own and site_of(href) not in ("", own):
            return ""  # a comment on another site is a source
        return rule

    def _image(self, tag: Tag) -> str:
        address = (media.address_of(tag, self.context.base_url) or attribute(tag, "src")).lower()
        rule = _rule_on(address if "//" in address[:8] else f"/{address}", self.rules.images)
        if rule or "tracking-pixel" not in self.rules.rules or media.is_lazy(tag):
            return rule
        sizes = [size for key in ("width", "height") if (size := attribute(tag, key).removesuffix("px"))]
        is_tiny = len(sizes) == 2 and {*sizes} <= {"0", "1"}
        return "tracking-pixel" if is_tiny or len(_POINT.findall(attribute(tag, "style"))) > 1 else ""

    def _may_go(self, tag: Tag, measure: Measure, guard: str) -> bool:
        if self._is_below(tag, measure, guard):
            return True
        return not self._is_main(measure) and _GUARDS[guard](self, tag, measure)

    def _is_below(self, tag: Tag, measure: Measure, guard: str) -> bool:
        """Return whether an element is a thread of comments beside an article, which may be shorter."""
        return guard == "thread" and self.measures.total.plain - measure.plain >= _ARTICLE and _answers(tag)

    def _is_main(self, measure: Measure) -> bool:
        """Return whether an element holds the main share of the text, or of the pictures."""
        total = self.measures.total
        if measure.plain > 120 and measure.plain > 0.5 * total.plain:
            return True
        if total.plain > 200:
            return False
        return (measure.text > 60 and measure.text > 0.6 * total.text) or (measure.media > 0.5 * total.media > 0)

    def _links(self, tag: Tag, measure: Measure) -> bool:
        if measure.links:
            return measure.plain <= 90 * measure.links and measure.longest <= 240
        is_short = not measure.media and measure.text <= 30 and tag.name != "p"
        return is_short and not _PUNCTUATION.search(text_of(tag))

    def _short_box(self, tag: Tag, measure: Measure) -> bool:
        if tag.name == "a" and (measure.media or measure.text > 40):
            return False
        is_list = measure.links > 0 and measure.plain <= 40 * measure.links
        return is_list or (measure.text <= 600 and measure.longest <= 240)

    def _own_facts(self, tag: Tag, measure: Measure) -> bool:
        if measure.text > 240 or measure.media > 1 or (measure.media and not measure.text):
            return False
        return repeats_header(text_of(tag), self.context)

    def _thread(self, tag: Tag, measure: Measure) -> bool:
        outside = self.measures.total.plain - measure.plain
        if outside < _ARTICLE and measure.plain > _ARTICLE:
            return False
        if measure.longest < 60 or _answers(tag):
            return True
        names = (f"{attribute(below, 'class')} {attribute(below, 'id')}".lower() for below in elements(tag))
        return (measure.longest < 400 or measure.plain < 0.25 * outside) and any("comment" in name for name in names)

    def _hidden(self, tag: Tag, measure: Measure) -> bool:
        if self._links(tag, measure):
            return True
        if measure.plain > max(300, 0.1 * self.measures.total.plain) or self._is_answer(tag, measure):
            return False
        return not measure.plain or not self._hidden_is_text

    def _terms(self, tag: Tag, measure: Measure) -> bool:
        if measure.links:
            return self._links(tag, measure)
        return measure.text <= 15 or self._own_facts(tag, measure)


def _is_sign(link: Tag) -> bool:
    """Return whether a link is only a sign, as generators put it beside a heading."""
    return attribute(link, "href")[:1] == "#" and letters(link).strip(" \ufe0f") in _SIGNS


def _is_dead(link: Tag) -> bool:
    """Return whether only a script gives a link a meaning."""
    href = attribute(link, "href")
    return href[:1] in ("#", "j", "J") and _DEAD.fullmatch(href) is not None


def _is_hidden(tag: Tag) -> bool:
    """Return whether an attribute or the style of an element hides it."""
    return "hidden" in tag.attrs or ("style" in tag.attrs and _UNSEEN.search(attribute(tag, "style")) is not None)


def _is_in_figure(tag: Tag) -> bool:
    """Return whether an element is in a figure or a quotation, where "meta" and "author" name its source."""
    return any(
        above.name in ("figure", "figcaption", "blockquote") or _CAPTION.search(attribute(above, "class"))
        for above in islice(tag.parents, 6)
    )


def _is_section(tag: Tag) -> bool:
    """Return whether an id names a section of the text, as generators make ids from headings."""
    if tag.name == "p" or (tag.parent is not None and tag.parent.name in HEADINGS):
        return True
    first = next(dom.children(tag), None)
    return first is not None and first.name in HEADINGS and words(text_of(first))[0] == words(attribute(tag, "id"))[0]


def _rule_on(address: str, rules: dict[str, str]) -> str:
    """Return the rule of the first part that occurs in an address, or ""."""
    found = filter(address.__contains__, rules)
    return next((rules[part] for part in found if _is_whole_in(part, address)), "")


def _is_whole_in(part: str, address: str) -> bool:
    """Return whether a part occurs in an address, and does not begin in the middle of a word."""
    at = address.find(part)
    while at > 0 and part[0].isalnum() and address[at - 1].isalnum():
        at = address.find(part, at + 1)
    return at >= 0


def _opens_more(tag: Tag) -> bool:
    """Return whether a button is the heading of a text that it shows, as in a list of questions."""
    return (
        "aria-expanded" in tag.attrs
        or "aria-controls" in tag.attrs
        or _TOGGLE.search(attribute(tag, "class")) is not None
        or any(above.name in HEADINGS or above.name == "summary" for above in islice(tag.parents, 3))
    )


def _answers(tag: Tag) -> bool:
    """Return whether an element has a form, links to reply, or several to comments, as a thread of comments has."""
    count = 0
    for link in named(tag, "a"):
        href = attribute(link, "href").lower()
        if "replytocom" in href or "/comment/reply" in href or "comment-reply" in attribute(link, "class").lower():
            return True
        count += "comment" in href
    return count >= _SEVERAL or bool(named(tag, "textarea"))


#: How much an element may hold and still be cut, by the name of the guard; see `rules.Guard`.
_GUARDS: dict[str, Callable[[Judge, Tag, Measure], bool]] = {
    "any": lambda *_: True,
    "links": Judge._links,  # noqa: SLF001
    "foot": lambda judge, tag, size: size.longest <= _CRUMB and judge._links(tag, size),  # noqa: SLF001
    "short": lambda _, __, size: size.text <= 240 and size.longest <= 90 and size.media <= 1,
    "short-box": Judge._short_box,  # noqa: SLF001
    "crumb": lambda _, __, size: size.text <= 90 and not size.media,
    "facts": Judge._own_facts,  # noqa: SLF001
    "hidden": Judge._hidden,  # noqa: SLF001
    "terms": Judge._terms,  # noqa: SLF001
    "thread": Judge._thread,  # noqa: SLF001
}
