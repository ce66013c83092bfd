"""Trim: navigation that was embedded in the content goes, and each cut says why.

In: a tree, the facts of the post, the rules. Out: the tree without what was cut, and the removals.
`by_marks` judges what the markup says (site rules, class words, roles, addresses); it comes first.
`by_signals` judges what a reader sees (announcing headings, lists of nothing but links); it comes after the repair,
looks only at what will be in the output, and runs until it finds nothing, so that cleaning twice changes nothing.
Never takes an element that holds the main share of the text. Where rules disagree, keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from bs4 import Tag
from bs4.element import PageElement

from feedtool import urls
from feedtool.sanitiser import by_content, by_markup
from feedtool.sanitiser.context import Facts
from feedtool.sanitiser.density import Measures
from feedtool.sanitiser.dom import HEADINGS, MEDIA, alive, attribute, blank, elements, named, select, text_of
from feedtool.sanitiser.edits import Edits
from feedtool.sanitiser.rules import Rules, Site
from feedtool.sanitiser.text import folded
from feedtool.sanitiser.watch import Watch

#: Rules whose boxes stand below a heading that goes with them.
_ANNOUNCED = frozenset({"related-box", "related-words", "comments", "page-navigation", "subscribe-box"})

#: Selectors that can match only where all of their classes and ids occur, and those classes and ids; the part of a
#: class that they may ask for besides.
_SIMPLE = re.compile(r"[\w\s.#>+~-]*(?:\[(?:class\*=(?P<part>[\w-]+)|[\w-]+(?:[*^$~|]?=[\w-]+)?)\])?")
_NAMED = re.compile(r"[.#]([\w-]+)")

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
    watch: Watch | None = None
    found: list[Removal] = field(default_factory=list)
    edits: Edits = field(default_factory=Edits)

    def cut(self, node: PageElement, rule: str, why: str = "") -> None:
        """Take a node out of its tree, and note why."""
        text = folded(text_of(node))
        count = len(named(node, "a")) + (node.name == "a") if isinstance(node, Tag) else 0
        why = why or self.rules.why(rule)
        self.found.append(Removal(rule=rule, why=why, size=len(text), text=text[:QUOTED], links=count))
        if self.watch:
            self.watch.cuts(node)
        self.edits.cut(node)


def by_marks(
    root: Tag, facts: Facts, rules: Rules, measures: Measures, watch: Watch | None = None, *, words: bool = True
) -> tuple[tuple[Removal, ...], bool]:
    """Cut what the markup shows to be navigation; what only addresses show, where words are not to count.

    Return the removals, and whether something was spared only for the line that it stands in.
    """
    cuts = Cuts(rules, watch)
    sites = _sites(facts, rules) if words else []
    keep = [*rules.keep, *(selector for site in sites for selector in site.keep)]
    names = _names(root) if keep or sites else set()
    saved = _protected(root, _possible(keep, names))
    for site in sites:
        _apply(site, root, names, saved, cuts)
    measures = Measures(root) if cuts.found else measures
    judge = by_markup.Judge(root=root, facts=facts, rules=rules, measures=measures, words=words)
    announced: list[tuple[Tag, str]] = []
    stack = root.contents[::-1]
    while stack:
        tag = stack.pop()
        if not isinstance(tag, Tag) or tag.parent is None:
            continue
        if (tag.attrs or tag.name in rules.tags) and id(tag) not in saved and (rule := judge.verdict(tag)):
            if rule in _ANNOUNCED and (heading := _heading_before(tag)):
                announced.append((heading, rule))
            for node in (tag, *judge.announced_by(tag, rule)):
                if id(node) not in saved:
                    cuts.cut(node, rule)
        elif not saved or saved.get(id(tag)) != "whole":
            stack += tag.contents[::-1]
    _cut_headings(announced, root, saved, cuts)
    cuts.edits.settle()
    return tuple(cuts.found), judge.has_spared


def _cut_headings(announced: list[tuple[Tag, str]], root: Tag, saved: dict[int, str], cuts: Cuts) -> None:
    """Cut the headings that have nothing below them any more."""
    for heading, rule in reversed(announced):
        if id(heading) not in saved and alive(heading, root) and _is_last(heading, root):
            cuts.cut(heading, rule)


def _heading_before(tag: Tag) -> Tag | None:
    """Return the heading that stands directly before an element; a page's own title announces nothing."""
    before = tag.previous_sibling
    while before is not None and blank(before):
        before = before.previous_sibling
    return before if isinstance(before, Tag) and before.name in HEADINGS and before.name != "h1" else None


def _is_last(tag: Tag, root: Tag) -> bool:
    """Return whether nothing to read or to see follows an element."""
    node: PageElement | None = tag
    while node is not None and node is not root:
        for after in node.next_siblings:
            if text_of(after).strip() or (isinstance(after, Tag) and (after.name in MEDIA or named(after, *MEDIA))):
                return False
        node = node.parent
    return True


def by_signals(
    root: Tag, facts: Facts, rules: Rules, measures: Measures, watch: Watch | None = None
) -> tuple[tuple[Removal, ...], Measures, bool]:
    """Cut what reads as navigation, until nothing does.

    Return the removals, the measures of what is left, and whether nothing of it reads as navigation any more.
    """
    cuts = Cuts(rules, watch)
    for _ in range(10):
        found = by_content.find(root, facts, rules, measures)
        if not found:
            return tuple(cuts.found), measures, True
        for node, rule in found:
            if alive(node, root):
                cuts.cut(node, rule)
        cuts.edits.settle()
        measures = Measures(root)
    return tuple(cuts.found), measures, False


def _sites(facts: Facts, rules: Rules) -> list[Site]:
    host = urls.host_of(facts.base_url)
    hosts = {host, *(host[dot.end() :] for dot in re.finditer(r"\.", host))}
    return [site for site in rules.sites if site.host in hosts] if host else []


def _protected(root: Tag, selectors: Iterable[str]) -> dict[int, str]:
    """Return the elements that no rule may cut: "whole" with all below, "path" because one below stays."""
    saved: dict[int, str] = {}
    for selector in selectors:
        for tag in select(root, selector):
            saved[id(tag)] = "whole"
            for above in tag.parents:
                if above is root:
                    break
                saved.setdefault(id(above), "path")
    return saved


def _apply(site: Site, root: Tag, names: set[str], saved: dict[int, str], cuts: Cuts) -> None:
    for selector in _possible(site.drop, names):
        for tag in select(root, selector):
            if alive(tag, root) and not _is_saved(tag, root, saved):
                cuts.cut(tag, site.name, site.why)
        cuts.edits.settle()
    for selector in _possible(site.unwrap, names):
        for tag in select(root, selector):
            if not _is_saved(tag, root, saved):
                cuts.edits.unwrap(tag)
        cuts.edits.settle()


def _possible(selectors: Iterable[str], names: set[str]) -> list[str]:
    """Return the selectors whose classes and ids all occur: most rules of a site find nothing in most of its posts."""
    return [selector for selector in selectors if _is_possible(selector, names)]


def _is_possible(selector: str, names: set[str]) -> bool:
    simple = _SIMPLE.fullmatch(selector)
    if simple is None:
        return True
    part = simple["part"] or ""
    return all(name in names for name in _NAMED.findall(selector)) and (not part or any(part in n for n in names))


def _names(root: Tag) -> set[str]:
    """Return all classes and ids."""
    return {word for tag in elements(root) for key in ("class", "id") for word in attribute(tag, key).split()}


def _is_saved(tag: Tag, root: Tag, saved: dict[int, str]) -> bool:
    if not saved:
        return False
    if id(tag) in saved:
        return True
    return any(saved.get(id(above)) == "whole" for above in tag.parents if above is not root)
