"""HTML of a post -> what a subscriber may read: every word of the article, without the navigation, safe.

    trim by marks     what the markup shows to be navigation goes      (class words, roles, addresses, site rules)
    repair            pictures, frames, addresses                      (only elements of the allow-list remain)
    trim by signals   what reads as navigation goes                    (announced lists, bars of tags), in the wrappers
                      of the page and once more without them
    safety            the allow-list, last, always

In: the HTML, what the post says about itself, the rules. Out: HTML, and each removal with its reason.
Pure, and idempotent: what stands in the output is all that the second trimming looks at. Never raises for any string.
"""

from __future__ import annotations

from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

from feedtool.sanitiser import repair, safety, tidy, tree, trim
from feedtool.sanitiser.facts import Facts
from feedtool.sanitiser.rules import Rules, load_rules
from feedtool.sanitiser.text import linked, printable, weight
from feedtool.sanitiser.trim import Removal

__all__ = ["Cleaned", "Facts", "Removal", "Rules", "clean", "load_rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A fragment that is safe to publish, and what was cut to make it."""

    #: within the allow-list, every address absolute; "" where nothing is left
    html: str
    #: in the order in which they were made
    removals: tuple[Removal, ...] = ()


def clean(html: str, facts: Facts, *, rules: Rules) -> Cleaned:
    """Return the content of a post as a subscriber may read it."""
    html = printable(html)
    levels = ("all", "signals", "none") if rules.trim else ("none",)
    whole = 0
    for level in levels:
        root = tree.parse(html)
        whole = whole or weight(tree.text_of(root))
        removals = _clean(root, facts, rules, level)
        if level == "none" or not _is_bare(root, whole, removals):
            break
    return Cleaned(html=safety.allow(tree.serialise(root)), removals=removals)


def _clean(root: Tag, facts: Facts, rules: Rules, level: str) -> tuple[Removal, ...]:
    soup = BeautifulSoup("", "lxml")
    removals = trim.by_marks(root, facts, rules) if level == "all" else ()
    repair.repair(root, facts.base_url, soup)
    tidy.tidy(root, wrappers=False)
    if level != "none":
        removals += trim.by_signals(root, facts, rules)
    repair.settle_places(root)
    tidy.tidy(root, wrappers=True)
    if level != "none" and (more := trim.by_signals(root, facts, rules)):
        removals += more
        repair.settle_places(root)
        tidy.tidy(root, wrappers=True)
    _link_addresses(root)
    return removals


def _link_addresses(root: Tag) -> None:
    """Make links of the bare addresses in a plain text, such as a video's description; an article has its own."""
    if root.find("a") is not None or sum(tag.name in tree.BLOCKS for tag in tree.elements(root)) > 1:
        return
    for text in [node for node in root.find_all(string=True) if "http" in node]:
        if not any(above.name in ("pre", "code") for above in text.parents):
            text.replace_with(*list(BeautifulSoup(linked(text), "html.parser").contents))


def _is_bare(root: Tag, whole: int, removals: tuple[Removal, ...]) -> bool:
    """Return whether trimming left next to nothing of a text."""
    if not removals or root.find(list(tree.MEDIA)):
        return False
    return weight(tree.text_of(root)) < min(60, 0.1 * whole)
