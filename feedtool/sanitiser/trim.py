"""Trim: navigation that was embedded in the content goes, and each cut says why.

In: a tree, the context of the post, the rules. Out: the tree without what was cut, and the removals.
`by_markup` judges class words, roles and addresses, and comes first. `by_content` judges what a reader sees, comes
after the repair, and runs until it finds nothing, so that cleaning twice changes nothing.
Never takes an element that holds the main share of the text. Where rules disagree, keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import bs4

from feedtool import urls
from feedtool.frozen import frozen
from feedtool.sanitiser import dom
from feedtool.sanitiser.by_content import ContentJudge
from feedtool.sanitiser.by_markup import Judge
from feedtool.sanitiser.dom import (
    BLOCKS,
    HEADINGS,
    MEDIA,
    Edits,
    PageElement,
    Tag,
    Text,
    attribute,
    is_attached,
    named,
    new_tag,
    text_of,
)
from feedtool.sanitiser.layout import STOPS, Kinds, Marks, Measures, Phrases, site_of
from feedtool.sanitiser.media import EMBEDDED, following
from feedtool.sanitiser.rules import Rule, Rules
from feedtool.sanitiser.shape import Features, Shape
from feedtool.sanitiser.text import Context, folded

#: Rules whose boxes may have a heading above them that goes with them.
_ANNOUNCED = frozenset({"related-box", "related-words", "comments", "page-navigation", "subscribe-box"})
#: Rules on what may stand between a heading and the text below it.
_BELOW_OTHERS = frozenset({"navigation-role", "page-navigation", "advertisement"})

#: Selectors that can match only where all of their classes and ids occur, and those classes and ids; the part of a
#: class that they may ask for besides.
_SIMPLE = re.compile(r"[\w\s.#>+~-]*(?:\[(?:class\*=(?P<part>[\w-]+)|[\w-]+(?:[*^$~|]?=[\w-]+)?)\])?")
_NAMED = re.compile(r"[.#]([\w-]+)")

#: How selectors of a site name a line beside a `br`, which no element holds.
LINE = "text-line"
#: The most text of a tool of the page, and of a label beside the tools; elements other than such a box.
_TOOL, _LABEL = 25, 40
#: The end of a sentence in quotation marks or brackets; one after which the text goes on.
_SAID = re.compile(r"[.!?。！？][\"'”’»)\]」』]+$")
_NEXT = re.compile(r"[^\W\d_]{3}(?:\.\s|[。।۔])[^\W\d_]")
_NO_BOX = HEADINGS | {"table", "tbody", "tr", "td", "th", "dt", "dd", "figcaption"}
_ASIDES = frozenset({"aside", "footer"})
_CONTROLS = frozenset({"input", "textarea", "select", "button", "form"})
#: The most text around a control that is about it, and around a field that asks for something.
_AROUND, _ASKING = 600, 400
#: Elements that show another page, or will when a script has run.
_FRAMES = frozenset({"iframe", "embed", "object", *EMBEDDED})
#: An address of a page, not of a picture.
_PAGE = re.compile(r"(?:https?:)?//(?!\S*\.(?:jpe?g|png|gif|webp|avif|svg)\b)\S+$", re.IGNORECASE)
#: Elements that keep the address of a frame until a reader asks for it.
_KEEPERS = frozenset({"div", "section", "button", "span"})
#: In so many elements around it, a button may be about a frame.
_LEVELS = 6
#: How often the content is judged again after a cut.
_ROUNDS = 10
#: How many characters of a cut are quoted.
QUOTED = 60


@frozen
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
    #: where the shape of a block decided: its features, and what each weighs for the cut
    features: Features = ()


class Observer:
    """Is called while a tree is cleaned; this one does nothing. An observer changes no result."""

    def starts(self, root: Tag) -> None:
        """See the tree as parsed. Forget earlier calls: a cleaning may start again."""

    def cuts(self, node: PageElement) -> None:
        """See a node before it is cut; the calls are in the order of the removals."""

    def ends(self, root: Tag) -> None:
        """See the tree as it will be published."""


class Trimmer:
    """Cuts navigation out of one tree, and notes each cut."""

    def __init__(self, root: Tag, context: Context, rules: Rules, observer: Observer | None = None) -> None:
        self.root = root
        self.context = context
        self.rules = rules
        self.observer = observer or Observer()
        #: of the tree as it is now; make them again after other changes to it
        self.measures = Measures(root)
        self.removals: list[Removal] = []
        #: whether something was kept only for the line that it is in
        self.has_spared = False
        #: whether the text may name times of the day
        self.has_times = False
        #: what the markup said of elements before the repair
        self.marks: Marks = {"named": {}, "aside": {}, "control": {}, "asks": {}, "left": {}, "headed": {}, "alone": {}}
        self._edits = Edits()
        self._kinds: dict[int, Kinds] = {}
        #: elements that no rule may cut, by id: "whole" with all below, "path" because one below stays
        self._saved: dict[int, str] = {}
        self._held: list[Tag] = []

    def by_markup(self, *, words: bool = True) -> None:
        """Cut what the markup shows to be navigation; without words only what addresses show."""
        self._apply(self.rules.sites_of(urls.host_of(self.context.base_url)) if words else [])
        judge = Judge(self.root, self.measures, self.context, self.rules, self.marks, words=words)
        announced: list[tuple[Tag, str]] = []
        buttons: list[list[Tag]] = []
        stack = self.root.contents[::-1]
        while stack:
            tag = stack.pop()
            if not isinstance(tag, Tag) or tag.parent is None:
                continue
            _mark(tag, self.marks, self.measures, buttons)
            may_go = (tag.attrs or tag.name in self.rules.tags) and id(tag) not in self._saved
            if may_go and (rule := judge.verdict(tag)):
                if rule in _ANNOUNCED and (heading := _heading_before(tag)):
                    announced.append((heading, rule))
                for node in (tag, *judge.announced_by(tag, rule)):
                    if id(node) not in self._saved:
                        self._cut(node, rule)
            elif self._saved.get(id(tag)) != "whole":
                stack += tag.contents[::-1]
        self.marks["asks"] |= self._around_frames(buttons)
        self._cut_tools(judge.dead)
        for heading, rule in reversed(announced):
            if id(heading) not in self._saved and is_attached(heading, self.root) and _is_last(heading):
                self._cut(heading, rule)
        self._edits.apply()
        self.has_spared = judge.has_spared

    def _around_frames(self, buttons: list[list[Tag]]) -> dict[int, Tag]:
        """Return the elements from each button to the box that it shares with a frame, as in a request for consent.

        buttons: the elements around each.
        """
        own, framed = site_of(self.context.base_url), set[int]()
        for tag in self.measures.tags if buttons else ():
            if tag.name in _FRAMES or (tag.name in _KEEPERS and _will_show(tag, own)):
                framed |= {id(tag), *map(id, _small_boxes(tag, self.measures))}
        found: dict[int, Tag] = {}
        for around in buttons:
            last = next((at for at, above in enumerate(around) if id(above) in framed), -1)
            found |= {id(above): above for above in around[: last + 1]}
        return found

    def _cut_tools(self, dead: list[Tag]) -> None:
        """Cut the tools of the page, by its dead links."""
        for box in _tool_boxes(dead, self.root, self.measures) if "page-tools" in self.rules.rules else ():
            if is_attached(box, self.root) and not self._is_saved(box):
                self._cut(box, "page-tools")

    def by_content(self, *, only_title: bool = False) -> bool:
        """Cut what reads as navigation, or only the copy of the title; return whether nothing of the rest does."""
        phrases: Phrases = {}
        for _ in range(_ROUNDS):
            judge = ContentJudge(self.root, self.measures, self.context, self.rules, phrases)
            found = judge.title_copy() if only_title else judge.find(has_times=self.has_times)
            shapes = [] if found or only_title or "shape" not in self.rules.rules else self._shapes(judge)
            if not found and not shapes:
                return True
            for node, rule in found:
                if is_attached(node, self.root):
                    self._cut(node, rule)
            for node, features in shapes:
                self._cut(node, "shape", features)
            self._edits.apply()
            self.measures = Measures(self.root)
        return False

    def _shapes(self, judge: ContentJudge) -> list[tuple[PageElement, Features]]:
        """Return the blocks whose shape is that of navigation, with their features."""
        found = Shape(judge, self.marks, self._kinds).cuts()
        return [(node, features) for node, features in found if not self._is_saved(node)]

    def _cut(self, node: PageElement, rule: str, features: Features = ()) -> None:
        """Take a node out of its tree, and note why."""
        text = folded(text_of(node))
        count = len(named(node, "a")) + (node.name == "a") if isinstance(node, Tag) else 0
        why = self.rules.rules[rule].why
        self.removals.append(
            Removal(rule=rule, why=why, size=len(text), text=text[:QUOTED], links=count, features=features)
        )
        self.observer.cuts(node)
        if text:
            is_list = (count > 1 or (count > 0 and len(text) > _LABEL)) and rule not in _BELOW_OTHERS
            self._leave(node, is_list=is_list)
        self._edits.cut(node)

    def _leave(self, node: PageElement, *, is_list: bool) -> None:
        """Note the element before a node that goes: it may be its heading."""
        before = dom.beside(node, -1)
        if is_list and isinstance(before, Tag):
            self.marks["headed"][id(before)] = before
        while before is None and node.parent is not None and node.parent is not self.root:
            node = node.parent
            before = dom.beside(node, -1)
        while isinstance(before, Tag):
            self.marks["left"][id(before)] = before
            before = before.contents[0] if len(before.contents) == 1 else None

    def _apply(self, sites: list[Rule]) -> None:
        """Apply the rules of sites, and learn what no rule may cut."""
        keep = [*self.rules.keep, *(selector for site in sites for selector in site.keep)]
        tags = dom.elements(self.root) if keep or sites else []
        names = {word for tag in tags for key in ("class", "id") for word in attribute(tag, key).split()}
        for tag in self._selected(keep, names):
            self._held.append(tag)  # so that no other element gets its id
            self._saved[id(tag)] = "whole"
            for above in tag.parents:
                self._saved.setdefault(id(above), "path")
        count = len(self.removals)
        for site in sites:
            self._drop(site, names, (selector for selector in site.drop if LINE not in selector))
            for tag in self._selected(site.unwrap, names):
                if not self._is_saved(tag):
                    self._edits.unwrap(tag)
            if of_lines := [selector for selector in site.drop if LINE in selector]:
                lines = wrap_lines(self.root)
                self._held += lines
                self._saved |= {id(line): "path" for line in lines if any(map(self._is_saved, dom.elements(line)))}
                self._drop(site, names, of_lines)
                for line in lines:
                    self._edits.unwrap(line)
                self._edits.apply()
        if len(self.removals) > count:
            self.measures = Measures(self.root)

    def _drop(self, site: Rule, names: set[str], selectors: Iterable[str]) -> None:
        """Cut what the selectors of a rule match."""
        for tag in self._selected(selectors, names):
            if is_attached(tag, self.root) and not self._is_saved(tag):
                self._cut(tag, site.name)

    def _selected(self, selectors: Iterable[str], names: set[str]) -> Iterator[Tag]:
        """Yield what each selector matches, and make the changes to it before the next; names: all classes and ids."""
        twin = None
        for selector in selectors:
            if _may_match(selector, names):
                twin = twin or _twin(self.root)
                yield from [twin[1][id(found)] for found in twin[0].select(selector)]
                if self._edits.stale:
                    self._edits.apply()
                    twin = None

    def _is_saved(self, node: PageElement) -> bool:
        return id(node) in self._saved or any(self._saved.get(id(above)) == "whole" for above in node.parents)


def wrap_lines(root: Tag) -> list[Tag]:
    """Put each line beside a `br`, and what ends it, into an element called LINE; return these elements."""
    found: list[Tag] = []
    for around in {id(each.parent): each.parent for each in named(root, "br")}.values():
        assert around is not None
        out: list[PageElement] = []
        line: list[PageElement] = []
        is_ended = False
        for node in (*around.contents, None):
            name = node.name if isinstance(node, Tag) else ""
            is_between = name == "br" or (isinstance(node, Text) and dom.blank(node))
            if line and (node is None or name in BLOCKS or (is_ended and not is_between)):
                found.append(new_tag(LINE, {}, *line))
                out.append(found[-1])
                line, is_ended = [], False
            if node is not None:
                (out if name in BLOCKS or (is_between and not line) else line).append(node)
                is_ended = bool(line) and (name == "br" or is_ended)
        dom.fill(around, out)
    return found


def prepare(rules: Rules, hosts: Iterable[str]) -> None:
    """Load the library for selectors if posts of these hosts need it: processes that start later share it."""
    if rules.trim and (rules.keep or any(map(rules.sites_of, hosts))):
        bs4.Tag(name="p").select("p.a > [b^=c]")


def _twin(root: Tag) -> tuple[bs4.Tag, dict[int, Tag]]:
    """Return a tree of BeautifulSoup's own elements, which it can select, and the element that each is like, by id."""
    top = bs4.Tag(name=root.name, is_xml=False)
    twins, like = {id(root): top}, dict[int, Tag]()
    before: bs4.element.PageElement = top
    for node in dom.nodes(root):
        around = twins[id(node.parent)]
        beside = around.contents[-1] if around.contents else None
        if isinstance(node, Tag):
            twin = twins[id(node)] = bs4.Tag(name=node.name, attrs={**node.attrs}, is_xml=False)
            like[id(twin)] = node
        new = twin if isinstance(node, Tag) else bs4.element.NavigableString(str(node))
        new.setup(around, before, None, beside)
        around.contents.append(new)
        before = new
    return top, like


def _heading_before(tag: Tag) -> Tag | None:
    """Return the heading directly before an element; a page's own title announces nothing."""
    before = dom.beside(tag, -1)
    return before if isinstance(before, Tag) and before.name in HEADINGS and before.name != "h1" else None


def _is_last(tag: Tag) -> bool:
    """Return whether no text and nothing to see follows an element."""
    return all(node.name not in MEDIA if isinstance(node, Tag) else dom.blank(node) for node in following(tag))


def _may_match(selector: str, names: set[str]) -> bool:
    """Return whether all classes and ids of a selector occur: most rules of a site find nothing in most posts."""
    simple = _SIMPLE.fullmatch(selector)
    if simple is None:
        return True
    part = simple["part"] or ""
    return names.issuperset(_NAMED.findall(selector)) and (not part or any(part in name for name in names))


def _is_of_text(tag: Tag) -> bool:
    """Return whether the text of an element ends as a sentence does, goes on after one, or has code."""
    text = folded(text_of(tag))
    if (text.endswith(STOPS) and not text.endswith("...")) or _SAID.search(text):
        return True
    return bool(_NEXT.search(folded(dom.outside_links(tag))) or named(tag, "pre", "code"))


def _tool_boxes(dead: list[Tag], root: Tag, measures: Measures) -> Iterator[Tag]:
    """Yield the blocks that are tools of the page: dead links, and a label."""
    ids = set(map(id, dead))
    for link in dead:
        box = None
        for above in islice(link.parents, 6):
            size = measures.of(above)
            links = [below for below in named(above, "a") if attribute(below, "href")]
            is_bare = size.text <= _LABEL + _TOOL * len(links) and size.longest <= _LABEL and not size.media
            real = [below for below in links if id(below) not in ids]
            are_tools = 2 * len(real) < max(1, len(links)) and all(below.measure.text <= _TOOL for below in real)
            if above is root or not is_bare or not are_tools or _is_of_text(above):
                break
            if above.name in BLOCKS and above.name not in _NO_BOX:
                box = above
        if box is not None and 2 * measures.of(box).text < measures.total.text:
            yield box


def _mark(tag: Tag, marks: Marks, measures: Measures, buttons: list[list[Tag]]) -> None:
    """Note what the name of an element says of it, or of those that it is in; buttons: the elements around each."""
    if tag.name in _ASIDES:
        marks["aside"][id(tag)] = tag
    elif tag.name in _CONTROLS or ("role" in tag.attrs and attribute(tag, "role") == "button"):
        buttons.append(_small_boxes(tag, measures))
        for above in islice(tag.parents, 3):
            if measures.of(above).text > _AROUND:
                break
            marks["control"][id(above)] = above
        for above in islice(tag.parents, 6) if _asks(tag) else ():
            if measures.of(above).text > _ASKING or _is_one_of_many(above):
                break
            marks["asks"][id(above)] = above


def _asks(tag: Tag) -> bool:
    """Return whether a reader is to write a message or an address into a field, or a field of a form."""
    if tag.name in ("textarea", "form"):
        return tag.name == "textarea" or any(map(_asks, dom.named(tag, "input", "textarea")))
    kind = attribute(tag, "type").lower()
    names = f"{attribute(tag, 'name')} {attribute(tag, 'id')}".lower() if kind in ("", "text") else kind
    return tag.name == "input" and "mail" in names


def _is_one_of_many(tag: Tag) -> bool:
    """Return whether a block is beside one of its class that holds a paragraph, as the parts of a text are."""
    name = attribute(tag, "class")
    beside = (near for near in (*dom.siblings(tag, -1), *dom.siblings(tag, 1)) if isinstance(near, Tag))
    return any(
        near.name == tag.name and attribute(near, "class") == name and near.measure.plain > _AROUND for near in beside
    )


def _small_boxes(tag: Tag, measures: Measures) -> list[Tag]:
    """Return the elements around one that have little text."""
    found = []
    for above in islice(tag.parents, _LEVELS):
        if measures.of(above).text > _ASKING or above.name in ("blockquote", "figure"):
            break
        found.append(above)
    return found


def _will_show(tag: Tag, own: str) -> bool:
    """Return whether an element keeps the address of a page of another site."""
    kept = (value for name, value in tag.attrs.items() if name[:5] == "data-")
    return any(
        value[:8].lower().find("//") in (0, 5, 6) and _PAGE.match(value) and site_of(value) != own for value in kept
    )
