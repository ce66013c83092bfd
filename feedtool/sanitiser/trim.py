"""Trim: navigation that was embedded in the content goes, and each cut says why.

In: a tree, the facts of the post, the rules. Out: the tree without what was cut, and the removals.
`by_marks` judges what the markup says (site rules, class words, roles, addresses); it comes first.
`by_signals` judges what a reader sees (announcing headings, lists of nothing but links); it comes after the repair,
looks only at what will be in the output, and runs until it finds nothing, so that cleaning twice changes nothing.
Never takes an element that holds the main share of the text. Where rules disagree, keep.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import soupsieve
from bs4 import Tag
from bs4.element import PageElement

from feedtool.sanitiser import links, marks, signals
from feedtool.sanitiser.facts import Facts
from feedtool.sanitiser.measure import Measures
from feedtool.sanitiser.rules import Rules, Site
from feedtool.sanitiser.text import folded
from feedtool.sanitiser.tree import HEADINGS, MEDIA, alive, blank, named, text_of

#: How many characters of a cut are quoted.
QUOTED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Something that was cut, and the reason."""

    #: name of the rule
    rule: str
    why: str
    #: characters of visible text
    size: int
    #: the first words, one line
    text: str
    #: links that went with it
    links: int


@dataclass(slots=True)
class Cuts:
    """Collects removals while a tree is trimmed."""

    rules: Rules
    found: list[Removal] = field(default_factory=list)

    def cut(self, node: PageElement, rule: str, why: str = "") -> None:
        """Take a node out of its tree, and note why."""
        text = folded(text_of(node))
        count = len(named(node, "a")) + (node.name == "a") if isinstance(node, Tag) else 0
        why = why or self.rules.why(rule)
        self.found.append(Removal(rule=rule, why=why, size=len(text), text=text[:QUOTED], links=count))
        node.extract()


def by_marks(root: Tag, facts: Facts, rules: Rules) -> tuple[Removal, ...]:
    """Cut what the markup shows to be navigation."""
    cuts = Cuts(rules)
    saved = _protected(root, facts, rules)
    for site in _sites(facts, rules):
        _apply(site, root, saved, cuts)
    judge = marks.Judge(root=root, facts=facts, rules=rules, measures=Measures(root))
    announced: list[tuple[Tag, str]] = []
    stack = list(reversed(root.contents))
    while stack:
        tag = stack.pop()
        if not isinstance(tag, Tag):
            continue
        if id(tag) not in saved and (rule := judge.verdict(tag)):
            if heading := _announces(tag):
                announced.append((heading, rule))
            cuts.cut(tag, rule)
        elif saved.get(id(tag)) != "whole":
            stack.extend(reversed(tag.contents))
    for heading, rule in reversed(announced):
        if id(heading) not in saved and alive(heading, root) and _is_last(heading, root):
            cuts.cut(heading, rule)
    return tuple(cuts.found)


def _announces(tag: Tag) -> Tag | None:
    """Return the heading that stands directly before an element."""
    before = tag.previous_sibling
    while before is not None and blank(before):
        before = before.previous_sibling
    return before if isinstance(before, Tag) and before.name in HEADINGS else None


def _is_last(tag: Tag, root: Tag) -> bool:
    """Return whether nothing to read or to see follows an element."""
    node: PageElement | None = tag
    while node is not None and node is not root:
        for after in node.next_siblings:
            if text_of(after).strip() or (isinstance(after, Tag) and (after.name in MEDIA or named(after, *MEDIA))):
                return False
        node = node.parent
    return True


def by_signals(root: Tag, facts: Facts, rules: Rules) -> tuple[Removal, ...]:
    """Cut what reads as navigation, until nothing does."""
    cuts = Cuts(rules)
    for _ in range(10):
        found = signals.find(root, facts, rules)
        if not found:
            break
        for node, rule in found:
            if alive(node, root):
                cuts.cut(node, rule)
    return tuple(cuts.found)


def _sites(facts: Facts, rules: Rules) -> Iterable[Site]:
    host = links.host_of(facts.base_url)
    return [s for s in rules.sites if host == s.host or host.endswith("." + s.host)] if host else []


def _protected(root: Tag, facts: Facts, rules: Rules) -> dict[int, str]:
    """Return the elements that no rule may cut: "whole" with all below, "path" because one below stays."""
    selectors = [*rules.keep, *(selector for site in _sites(facts, rules) for selector in site.keep)]
    saved: dict[int, str] = {}
    for selector in selectors:
        for tag in soupsieve.select(selector, root):
            saved[id(tag)] = "whole"
            for above in tag.parents:
                if above is root:
                    break
                saved.setdefault(id(above), "path")
    return saved


def _apply(site: Site, root: Tag, saved: dict[int, str], cuts: Cuts) -> None:
    for selector in site.drop:
        for tag in soupsieve.select(selector, root):
            if alive(tag, root) and not _is_saved(tag, root, saved):
                cuts.cut(tag, site.name, site.why)
    for selector in site.unwrap:
        for tag in soupsieve.select(selector, root):
            if alive(tag, root):
                tag.unwrap()


def _is_saved(tag: Tag, root: Tag, saved: dict[int, str]) -> bool:
    if not saved:
        return False
    if id(tag) in saved:
        return True
    return any(saved.get(id(above)) == "whole" for above in tag.parents if above is not root)
