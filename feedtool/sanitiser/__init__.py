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

from collections import Counter
from dataclasses import dataclass, replace

from bs4 import Tag
from bs4.element import NavigableString

from feedtool.sanitiser import dom, normalise, repair, safety, trim
from feedtool.sanitiser.context import Facts
from feedtool.sanitiser.density import Measures
from feedtool.sanitiser.edits import Edits, fill, joined
from feedtool.sanitiser.rules import Rules, load_rules
from feedtool.sanitiser.text import printable, weight
from feedtool.sanitiser.trim import Removal
from feedtool.sanitiser.watch import Watch
from feedtool.urls import host_of

__all__ = ["Cleaned", "Facts", "Removal", "Rules", "clean", "load_rules"]


#: More than any post of any archive needed: what changes still is garbage that no two parsers read alike.
_ROUNDS, _REREADINGS = 5, 3
#: The least number of links that tell a site.
_SEVERAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A fragment that is safe to publish, and what was cut to make it."""

    #: within the allow-list, every address absolute; "" where nothing is left
    html: str
    #: in the order in which they were made
    removals: tuple[Removal, ...] = ()


def clean(html: str, facts: Facts, *, rules: Rules, watch: Watch | None = None) -> Cleaned:
    """Return the content of a post as a subscriber may read it."""
    cleaned, is_odd = _once(printable(html), facts, rules, watch)
    marks_only = watch is not None and not rules.trim  # marks do not outlast a parser
    for _ in range(_REREADINGS if is_odd and not marks_only else 0):
        again, is_odd = _once(cleaned.html, facts, rules, None)
        removals = cleaned.removals + again.removals
        is_same = again.html == cleaned.html
        cleaned = Cleaned(html=again.html, removals=removals)
        if is_same or not is_odd:
            break
    return cleaned


def _once(html: str, facts: Facts, rules: Rules, watch: Watch | None) -> tuple[Cleaned, bool]:
    """Clean once; also return whether the result may read differently: for odd nesting, or for what trimming left."""
    for level in ("all", "plain", "none") if rules.trim else ("none",):
        root = dom.parse(html)
        if watch:
            watch.starts(root)
        measures = Measures(root)
        whole = measures.total.text
        known = facts if facts.base_url else replace(facts, base_url=_likely_site(root))
        removals: tuple[Removal, ...] = ()
        if level != "none":  # what is left for "plain" is what would be judged in the output
            removals, has_spared = trim.by_marks(root, known, rules, measures, watch, words=level == "all")
        repair.repair(root, facts.base_url)
        normalise.tidy(root, dom.elements(root), wrappers=False)
        if level != "none" and has_spared:  # the line that it stood in may be another by now
            removals += trim.by_marks(root, known, rules, Measures(root), watch, words=False)[0]
        more, is_odd = _without_wrappers(root, known, rules, watch, trims=level != "none")
        removals += more
        if level == "none" or not _is_bare(root, whole, removals):
            break
    _link_addresses(root, rules)
    if watch:
        watch.ends(root)
    written = dom.serialise(root)
    allowed = safety.allow(written)
    is_odd = is_odd or _tags(written) != _tags(allowed) or (rules.trim and level != "all")
    return Cleaned(html=allowed, removals=removals), is_odd


def _tags(html: str) -> str:
    """Return HTML without what a parser of today adds: the allow-list's is none of libxml2's age."""
    return html.replace("\xa0", "&nbsp;").replace("<tbody>", "").replace("</tbody>", "")


def _likely_site(root: Tag) -> str:
    """Return the site that most links lead to: that of an article whose source nobody noted. Only for the rules."""
    hosts = Counter(host for link in dom.named(root, "a") if (host := host_of(dom.attribute(link, "href"))))
    host, count = max(hosts.items(), key=lambda found: (found[1], found[0]), default=("", 0))
    return f"https://{host}/" if count >= _SEVERAL and 2 * count >= hosts.total() else ""


def _without_wrappers(
    root: Tag, facts: Facts, rules: Rules, watch: Watch | None, *, trims: bool
) -> tuple[tuple[Removal, ...], bool]:
    """Trim in the wrappers of the page, and without them: what an opened wrapper held may be an item among others."""
    removals: tuple[Removal, ...] = ()
    if trims:
        removals, measures, is_settled = trim.by_signals(root, facts, rules, Measures(root), watch)
    for _ in range(_ROUNDS):
        tags = dom.elements(root)
        repair.settle_places(tags)
        tidied = normalise.tidy(root, tags, wrappers=True)
        if not trims or (is_settled and not tidied.changed):
            break
        more, measures, is_settled = trim.by_signals(root, facts, rules, measures, watch)
        removals += more
        if not more:
            break
    return removals, tidied.odd


def _link_addresses(root: Tag, rules: Rules) -> None:
    """Make links of the bare addresses in a plain text, such as a video's description; an article has its own."""
    if not _is_plain(root):
        return
    edits = Edits()
    for tag in (root, *dom.elements(root)):
        fill(tag, joined(tag.contents))
        for node in tag.contents:
            if isinstance(node, NavigableString) and "http" in node and not _is_code(tag) and not _is_cut(node, rules):
                edits.replace(node, *dom.linked(str(node)))
    edits.settle()


def _is_plain(root: Tag) -> bool:
    """Return whether a text has no link, and no more than one block."""
    blocks = 0
    stack = root.contents[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag):
            blocks += node.name in dom.BLOCKS
            if blocks > 1 or node.name == "a":
                return False
            stack += node.contents[::-1]
    return True


def _is_cut(text: str, rules: Rules) -> bool:
    """Return whether a link made of this text would be one that a rule takes away."""
    small = text.lower()
    return any(part in small for part, _ in rules.links)


def _is_code(tag: Tag | None) -> bool:
    while tag is not None and tag.name not in ("pre", "code"):
        tag = tag.parent
    return tag is not None


def _is_bare(root: Tag, whole: int, removals: tuple[Removal, ...]) -> bool:
    """Return whether trimming left next to nothing of a text."""
    if not removals or dom.named(root, *dom.MEDIA):
        return False
    return weight(dom.text_of(root).strip()) < min(60, 0.1 * whole)
