"""HTML of a post -> what a subscriber may read: every word of the article, without the navigation, safe.

    trim by markup     what the markup shows to be navigation goes    (class words, roles, addresses, site rules)
    repair             pictures, frames, addresses, nesting           (only elements of the allow-list remain)
    trim by content    what reads as navigation goes                  (announced lists, bars of tags), in the wrappers
                       of the page and once more without them
    safety             the allow-list, last, always

In: the HTML, the context of the post, the rules. Out: HTML, and each removal with its reason.
Pure, and idempotent: the second trimming looks at nothing that is not in the output. Never raises for any string.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from feedtool.frozen import frozen
from feedtool.sanitiser import code, dom, formulas, repair, safety
from feedtool.sanitiser.by_content import has_times
from feedtool.sanitiser.dom import PageElement, Tag, blank, fill, new_tag, nodes
from feedtool.sanitiser.keyword_bars import keywords
from feedtool.sanitiser.layout import Measures
from feedtool.sanitiser.rules import Rules, load_rules, rule_tables
from feedtool.sanitiser.site_pages import SitePage, article, holds, site_page, words_in
from feedtool.sanitiser.text import Context, printable, weight
from feedtool.sanitiser.trim import Observer, Removal, Trimmer, prepare
from feedtool.urls import host_of

__all__ = [
    "MARK", "Cleaned", "Context", "Removal", "Rules", "SitePage", "Traced", "article", "clean", "holds", "is_allowed",
    "keywords", "load_rules", "prepare", "rule_tables", "site_page", "trace", "words_in",
]  # fmt: skip

#: More than any post of any archive needed: what changes still is garbage that no two parsers read alike.
_ROUNDS, _REREADINGS = 5, 3
#: The least number of links that show which site a post is from.
_SEVERAL = 3


@frozen
class Cleaned:
    """A fragment that is safe to publish, and what was cut to make it."""

    #: within the allow-list, every address absolute; "" where nothing is left
    html: str
    #: in the order in which they were made
    removals: tuple[Removal, ...] = ()


def clean(html: str, context: Context, *, rules: Rules, observer: Observer | None = None) -> Cleaned:
    """Return the content of a post as a subscriber may read it. The observer sees the first reading only."""
    cleaned, is_odd = clean_once(html, context, rules, observer)
    for _ in range(_REREADINGS if is_odd else 0):
        again, is_odd = clean_once(cleaned.html, context, rules)
        is_same = again.html == cleaned.html
        cleaned = Cleaned(html=again.html, removals=cleaned.removals + again.removals)
        if is_same or not is_odd:
            break
    return cleaned


def is_allowed(html: str) -> bool:
    """Return whether the allow-list changes nothing of cleaned HTML."""
    return safety.allow(html) == html == printable(html)


def clean_once(html: str, context: Context, rules: Rules, observer: Observer | None = None) -> tuple[Cleaned, bool]:
    """Clean once; also return whether the result may read differently: for odd nesting, or for what trimming left."""
    html = printable(html)
    observer = observer or Observer()
    page = context.page_url or context.base_url
    trims = rules.trim and (rules.trim_by_hand or not context.by_hand)
    for level in ("all", "addresses", "none") if trims else ("none",):
        root, names = dom.parsed(html)
        code.mend_code(root, html, names)
        formulas.mend_formulas(root, html, names)
        code.mend_meaning(root, html, names)
        observer.starts(root)
        known = context if context.base_url else replace(context, base_url=_likely_site(root))
        trimmer = Trimmer(root, known, rules, observer)
        whole, trimmer.has_times = trimmer.measures.total.text, has_times(html)
        if level != "none":  # by addresses alone the output would be judged
            trimmer.by_markup(words=level == "all")
        if context.page_url and len(trimmer.removals) >= _SEVERAL:  # scraped, and nobody noted from where
            known = trimmer.context = replace(context, base_url=_likely_site(root) or context.base_url)
        base = code.base_of(html, context.base_url)
        repair.repair(root, base, page=page, data_images=rules.data_images)
        repair.mend_nesting(root, dom.elements(root), opens_wrappers=False)
        if rules.trim and not trims:
            trimmer.measures = Measures(root)
            trimmer.by_content(only_title=True)
        if trimmer.has_spared:  # the line that it was in may be another by now
            trimmer.measures = Measures(root)
            trimmer.by_markup(words=False)
        is_odd = _open_wrappers(root, page, trimmer if level != "none" else None)
        if known is not context:  # the site that most links lead to may be another without those that went
            is_odd = is_odd or bool(context.page_url) or _likely_site(root) != known.base_url
        if level == "none" or not _is_bare(root, whole, trimmer):
            break
    repair.link_addresses(root, rules.links)
    observer.ends(root)
    written = safety.serialise(root)
    allowed = safety.allow(written)
    is_same = written == allowed or _tags(written) == _tags(allowed)
    is_odd = is_odd or not is_same or (trims and level != "all")
    return Cleaned(html=allowed, removals=tuple(trimmer.removals)), is_odd


def _tags(html: str) -> str:
    """Return HTML without what the parser of the allow-list adds, which is newer than libxml2."""
    return html.replace("\xa0", "&nbsp;").replace("<tbody>", "").replace("</tbody>", "")


def _likely_site(root: Tag) -> str:
    """Return the site that most links lead to: that of an article whose source nobody noted. Only for the rules."""
    hosts = Counter(host for link in dom.named(root, "a") if (host := host_of(dom.attribute(link, "href"))))
    host, count = max(hosts.items(), key=lambda found: (found[1], found[0]), default=("", 0))
    return f"https://{host}/" if count >= _SEVERAL and 2 * count >= hosts.total() else ""


def _open_wrappers(root: Tag, base: str, trimmer: Trimmer | None) -> bool:
    """Trim in the wrappers of the page, and without them: what a wrapper held may be an item among others.

    Return whether elements nest as they should not, or links lead out of the text that led to another part of it.
    """
    is_settled, is_led_out = True, False
    if trimmer:
        trimmer.measures = Measures(root)
        is_settled = trimmer.by_content()
    for _ in range(_ROUNDS):
        tags = trimmer.measures.tags if trimmer and is_settled else dom.elements(root)
        is_led_out = repair.settle_ids(tags, base) or is_led_out
        nesting = repair.mend_nesting(root, tags, opens_wrappers=True)
        if not trimmer or (is_settled and not nesting.is_changed):
            break
        count = len(trimmer.removals)
        trimmer.measures = Measures(root)
        is_settled = trimmer.by_content()
        if len(trimmer.removals) == count:
            break
    return nesting.is_odd or is_led_out


def _is_bare(root: Tag, whole: int, trimmer: Trimmer) -> bool:
    """Return whether trimming left next to nothing of a text."""
    least = min(60, 0.1 * whole)
    if not trimmer.removals or trimmer.measures.total.text >= least:
        return False
    return not dom.named(root, *dom.MEDIA) and weight(dom.text_of(root).strip()) < least


# --- where the cuts were made: what was cut is found by its position in the tree, and marked in the whole post

#: The id of a marked element: this and the number of the removal. No other element of a marked post has an id.
MARK = "cut-"

#: What repair replaces by a link.
_FRAMES = frozenset({"iframe", "embed", "object"})


@frozen
class Traced:
    """A cleaned post, and what it was before it was trimmed."""

    cleaned: Cleaned
    #: within the allow-list; the elements with the id MARK + number are those that removal number took, from 0
    marked_html: str


def trace(html: str, context: Context, *, rules: Rules) -> Traced:
    """Return what `clean` makes of a post, and the post with what was cut in its place."""
    cuts = _Cuts()
    cleaned = clean(html, context, rules=rules, observer=cuts)
    marks = _Marks(cuts.removals)
    whole, _ = clean_once(html, context, replace(rules, trim=False), marks)  # marks do not outlast a parser
    return Traced(cleaned=cleaned, marked_html=whole.html)


class _Cuts(Observer):
    """Notes with which removal each node of the parsed tree went."""

    def starts(self, root: Tag) -> None:
        #: from a node's position in the parsed tree to the number of the removal
        self.removals: dict[int, int] = {}
        self._count = 0
        self._nodes = list(nodes(root))  # held, so that no other node gets the id of one that is gone
        self._positions = {id(node): position for position, node in enumerate(self._nodes)}

    def cuts(self, node: PageElement) -> None:
        for below in (node, *(nodes(node) if isinstance(node, Tag) else ())):
            if id(below) in self._positions:
                self.removals.setdefault(self._positions[id(below)], self._count)
        self._count += 1


class _Marks(Observer):
    """Marks the nodes of a tree that is not trimmed."""

    def __init__(self, removals: dict[int, int]) -> None:
        self._removals = removals

    def starts(self, root: Tag) -> None:
        self._nodes = list(nodes(root))  # held, as above
        #: the number of the removal, by the id of the node
        self._numbers = {id(self._nodes[position]): number for position, number in self._removals.items()}
        tags = [node for node in self._nodes if isinstance(node, Tag) and id(node) in self._numbers]
        for frame, around in _wrapped([tag for tag in tags if tag.name in _FRAMES]):
            self._numbers[id(around)] = self._numbers[id(frame)]
            self._nodes.append(around)

    def ends(self, root: Tag) -> None:
        loose = []
        for node in nodes(root):
            if isinstance(node, Tag):
                node.attrs.pop("id", None)
            number = self._numbers.get(id(node))
            if number is None or blank(node) or self._numbers.get(id(node.parent)) == number:
                continue
            if isinstance(node, Tag):
                node.attrs["id"] = f"{MARK}{number}"
            else:
                loose.append(node)
        for node, around in _wrapped(loose):
            around.attrs["id"] = f"{MARK}{self._numbers[id(node)]}"


def _wrapped(nodes: Sequence[PageElement]) -> list[tuple[PageElement, Tag]]:
    """Put an element around each node, and return these pairs."""
    parents = {id(node.parent): node.parent for node in nodes if node.parent is not None}
    around = {id(node): new_tag("del", {}, node) for node in nodes}
    for parent in parents.values():
        fill(parent, [around.get(id(node), node) for node in parent.contents])
    return [(node, around[id(node)]) for node in nodes]
