"""What the markup says of an element: its class words, role, address, whether it is shown at all.

In: an element with its measure, the facts and the rules. Out: the name of the rule that cuts it, or "".
Class words alone never decide: each rule has a guard on what the element may hold. Never changes the tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from bs4 import Tag

from feedtool.sanitiser import headfacts
from feedtool.sanitiser.facts import Facts
from feedtool.sanitiser.measure import Measure, Measures
from feedtool.sanitiser.rules import Rules
from feedtool.sanitiser.tree import BLOCKS, HEADINGS, attribute, blank, children, elements, named, text_of

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BREAK = re.compile(r"[^a-z0-9]+")
_UNSEEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
#: Class words that say where text stands, not what it is: state of a post, its terms, its layout.
_STATE = re.compile(
    r"(?:post|page|node|category|tag|term|format|type|status|has|is|no|wp-image|align|size)-", re.IGNORECASE
)
_POINT = re.compile(r"(?:width|height)\s*:\s*[01]px", re.IGNORECASE)
_INLINE = frozenset(
    (
        "a abbr b bdi big cite code del em font i ins kbd label mark q s small span strike strong sub sup time tt u var"
    ).split()
)
_LINES = frozenset("p li dt dd td th figcaption blockquote caption summary".split())
_EDIT_LINK = re.compile(r"edit", re.IGNORECASE)
#: Rules on words that mean something else beside a picture.
_OUTSIDE_FIGURES = frozenset(
    {"byline-words", "byline-facts", "author-box", "tag-words", "related-words", "rating-widget"}
)
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-srcset", "data-actualsrc", "data-lazy")


@lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a class name in small letters with "-" between its words, and every run of its words."""
    plain = _CAMEL.sub("-", name).lower()
    parts = [part for part in _BREAK.split(plain) if part][:8]
    runs = {"-".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)}
    return "-".join(parts), tuple(sorted(runs, key=len, reverse=True))


@dataclass(slots=True, kw_only=True)
class Judge:
    """Judges the elements of one tree."""

    root: Tag
    facts: Facts
    rules: Rules
    measures: Measures
    _verdicts: dict[str, str] = field(default_factory=dict)
    _blocky: dict[int, bool] = field(default_factory=dict)

    def verdict(self, tag: Tag) -> str:
        """Return the name of the rule that cuts the element, or ""."""
        if not tag.attrs and tag.name not in self.rules.tags:
            return ""
        measure = self.measures.of(tag)
        rule = (
            self._hidden(tag, measure)
            or self._worded(tag, measure)
            or self._role(tag, measure)
            or self._addressed(tag, measure)
        )
        return "" if rule and tag.name in _INLINE and self._is_in_sentence(tag, measure) else rule

    def announced_by(self, tag: Tag, rule: str) -> list[Tag]:
        """Return the lists of links that follow an element which is no more than their heading."""
        measure = self.measures.of(tag)
        if rule not in ("related-box", "related-words") or measure.links or measure.media or not 0 < measure.text <= 60:
            return []
        while tag.parent is not None and tag.parent is not self.root and self._same_text(tag.parent, measure):
            tag = tag.parent
        out = []
        for node in tag.next_siblings:
            if isinstance(node, Tag):
                below = self.measures.of(node)
                is_list = below.links and below.longest <= 60 and below.plain <= 40 * below.links
                is_skip = below.text <= 60 and not below.links and named(node, "a")
                if below.text and not is_list and not is_skip:
                    break
                out.append(node)
            elif not blank(node):
                break
        return out if any(self.measures.of(node).links for node in out) else []

    def _same_text(self, tag: Tag, measure: Measure) -> bool:
        above = self.measures.of(tag)
        return above.text == measure.text and not above.media

    def _hidden(self, tag: Tag, measure: Measure) -> str:
        if "hidden-element" not in self.rules.rules:
            return ""
        style = attribute(tag, "style")
        if ("hidden" in tag.attrs or (style and _UNSEEN.search(style))) and self._may_go(tag, measure, "hidden"):
            return "hidden-element"
        return ""

    def _is_in_sentence(self, tag: Tag, measure: Measure) -> bool:
        """Return whether a part of a line stands in a line that has text of its own, or in a heading or code."""
        above = tag.parent
        while above is not None and above.name in _INLINE:
            above = above.parent
        if above is None or above not in self.measures:
            return False
        if above.name in ("pre", "code"):
            return True
        around = self.measures.of(above)
        if above.name in HEADINGS:
            return around.text > measure.text and not _EDIT_LINK.search(attribute(tag, "class"))
        if around.plain - measure.plain < 30:
            return False
        return above.name in _LINES or not self._holds_blocks(above)

    def _holds_blocks(self, tag: Tag) -> bool:
        found = self._blocky.get(id(tag))
        if found is None:
            found = self._blocky[id(tag)] = any(child.name in BLOCKS for child in children(tag))
        return found

    def _worded(self, tag: Tag, measure: Measure) -> str:
        names = attribute(tag, "class").split()
        tiny = sum(len(name) <= 3 for name in names)
        if tiny > 1:
            names = [name for name in names if len(name) > 3]
        if tag.name in HEADINGS or tag.name in ("pre", "code", "td", "th", "tr", "tbody"):
            names = [name for name in names if self._rule_of(name) == "unseen-words"]
        elif "id" in tag.attrs and not (tag.parent is not None and tag.parent.name in HEADINGS):
            names += attribute(tag, "id").split()
        for word in names:
            rule = self._rule_of(word)
            if not rule or (rule in _OUTSIDE_FIGURES and _is_in_figure(tag)):
                continue
            if self._may_go(tag, measure, self.rules.rules[rule].guard):
                return rule
        return ""

    def _rule_of(self, word: str) -> str:
        found = self._verdicts.get(word)
        if found is None:
            found = self._verdicts[word] = self._look_up(word)
        return found

    def _look_up(self, word: str) -> str:
        whole, runs = words(word)
        if rule := self.rules.classes.get(whole) or self.rules.parts.get(whole):
            return rule
        if _STATE.match(word) and not word.startswith(("post-meta", "post-nav", "post-tags", "page-nav")):
            return ""
        return next((rule for run in runs if (rule := self.rules.parts.get(run))), "")

    def _role(self, tag: Tag, measure: Measure) -> str:
        rule = self.rules.roles.get(attribute(tag, "role").lower()) or self.rules.tags.get(tag.name)
        return rule if rule and self._may_go(tag, measure, self.rules.rules[rule].guard) else ""

    def _addressed(self, tag: Tag, measure: Measure) -> str:
        if tag.name == "a":
            return self._link(tag, measure)
        if tag.name == "img":
            return self._image(tag)
        if tag.name == "iframe":
            return self._frame(tag)
        return ""

    def _link(self, tag: Tag, measure: Measure) -> str:
        href = attribute(tag, "href").lower()
        if measure.text > 60 or not href:
            return ""
        return next((rule for part, rule in self.rules.links if part in href), "")

    def _image(self, tag: Tag) -> str:
        waiting = next((value for name in _LAZY if (value := attribute(tag, name))), "")
        address = (waiting or attribute(tag, "src")).lower()
        address = address if "//" in address[:8] else f"/{address}"
        rule = next((rule for part, rule in self.rules.images if part in address), "")
        if rule or waiting or "tracking-pixel" not in self.rules.rules:
            return rule
        sizes = {attribute(tag, "width").removesuffix("px"), attribute(tag, "height").removesuffix("px")}
        tiny = bool(sizes - {""}) and sizes <= {"0", "1", ""} and (len(sizes - {""}) == 2 or "" not in sizes)
        return "tracking-pixel" if tiny or len(_POINT.findall(attribute(tag, "style"))) > 1 else ""

    def _frame(self, tag: Tag) -> str:
        address = (attribute(tag, "src") or attribute(tag, "data-src")).lower().partition("?")[0]
        return next((rule for part, rule in self.rules.frames if part in address), "")

    def _may_go(self, tag: Tag, measure: Measure, guard: str) -> bool:
        return not self._is_main(measure) and _GUARDS[guard](self, tag, measure)

    def _is_main(self, measure: Measure) -> bool:
        """Return whether an element holds what the post is about."""
        total = self.measures.total
        if measure.plain > 120 and measure.plain > 0.5 * total.plain:
            return True
        if total.plain > 200:
            return False
        return (measure.text > 60 and measure.text > 0.6 * total.text) or (measure.media > 0.5 * total.media > 0)

    def _any(self, tag: Tag, measure: Measure) -> bool:  # noqa: ARG002
        return True

    def _links(self, tag: Tag, measure: Measure) -> bool:  # noqa: ARG002
        if not measure.links:
            return measure.text <= 30 and not measure.media
        return measure.plain <= 90 * measure.links and measure.longest <= 240

    def _short(self, tag: Tag, measure: Measure) -> bool:  # noqa: ARG002
        return measure.text <= 240 and measure.longest <= 90 and measure.media <= 1

    def _short_box(self, tag: Tag, measure: Measure) -> bool:
        if tag.name == "a" and (measure.media or measure.text > 40):
            return False
        return (measure.text <= 600 and measure.longest <= 240) or (
            measure.links > 0 and measure.plain <= 40 * measure.links
        )

    def _crumb(self, tag: Tag, measure: Measure) -> bool:  # noqa: ARG002
        return measure.text <= 90 and not measure.media

    def _own_facts(self, tag: Tag, measure: Measure) -> bool:
        return measure.text <= 240 and measure.media <= 1 and headfacts.explains(text_of(tag), self.facts)

    def _unseen(self, tag: Tag, measure: Measure) -> bool:
        return measure.plain <= 300 or self._links(tag, measure) or measure.plain < 0.1 * self.measures.total.plain

    def _thread(self, tag: Tag, measure: Measure) -> bool:
        outside = self.measures.total.plain - measure.plain
        if outside < 200 and measure.plain > 200:
            return False
        if measure.longest < 60:
            return True
        if measure.longest < 400 or measure.plain < 0.25 * outside:
            return _answers(tag) or _names_comments(tag)
        return _answers(tag)

    def _terms(self, tag: Tag, measure: Measure) -> bool:
        if measure.links:
            return self._links(tag, measure)
        return measure.text <= 15 or self._own_facts(tag, measure)


def _is_in_figure(tag: Tag) -> bool:
    """Return whether an element belongs to a picture, where "meta" and "author" are its credits."""
    return any(above.name in ("figure", "figcaption") for above in islice(tag.parents, 6))


def _names_comments(tag: Tag) -> bool:
    """Return whether something below an element is called a comment."""
    return any("comment" in f"{attribute(below, 'class')} {attribute(below, 'id')}".lower() for below in elements(tag))


def _answers(tag: Tag) -> bool:
    """Return whether one can answer to what stands here, as in a thread of comments."""
    for link in named(tag, "a"):
        href = attribute(link, "href").lower()
        if "replytocom" in href or "/comment/reply" in href or "comment-reply" in attribute(link, "class").lower():
            return True
    return bool(named(tag, "textarea"))


_GUARDS = {
    "any": Judge._any,  # noqa: SLF001
    "links": Judge._links,  # noqa: SLF001
    "short": Judge._short,  # noqa: SLF001
    "short-box": Judge._short_box,  # noqa: SLF001
    "crumb": Judge._crumb,  # noqa: SLF001
    "facts": Judge._own_facts,  # noqa: SLF001
    "hidden": Judge._unseen,  # noqa: SLF001
    "terms": Judge._terms,  # noqa: SLF001
    "thread": Judge._thread,  # noqa: SLF001
}
