"""HTML -> a tree of elements and texts, questions to a tree, and changes to it.

In: a string that claims to be HTML. Out: its tree, without scripts, comments and the white space between blocks.
libxml2 parses; the tree is grown from what it found, for much less than BeautifulSoup's own builder takes. Changes go
through `Edits`: a thousand of them below one element cost one pass. Every step takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lxml import etree

from feedtool.sanitiser.text import printable
from feedtool.syntax import FORBIDDEN

if TYPE_CHECKING:
    from feedtool.sanitiser.layout import Measure

#: Deeper than any page that a person wrote.
MAX_DEPTH = 100

#: More than any element needs; libxml2 takes quadratic time to check that no two have one name.
_MAX_ATTRIBUTES = 500

VOID = frozenset("area base br col embed frame hr img input link meta param source track wbr".split())

#: Elements that begin a new line. Text on their two sides does not join.
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre section"
    " summary table tbody td tfoot th thead tr ul xmp listing plaintext".split()
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: Elements that show something without text.
MEDIA = frozenset("img iframe video audio embed object picture amp-img amp-iframe amp-video amp-audio video-js".split())
#: Elements at whose edges no space shows.
BREAKS = BLOCKS | {"br"}

#: Elements whose content is not text of the page.
_UNREAD = frozenset({"script", "style", "template"})
#: How a script with a formula is called in a tree; what a <pre> was called besides.
TEX, OLD_PRE = "script-with-formula", frozenset({"xmp", "listing", "plaintext"})
#: Elements in which white space is content, and so is that below an element that such a style sets.
VERBATIM = OLD_PRE | {"pre", "textarea", "code", "samp", "kbd", TEX}
#: Classes of boxes whose text may be code.
_LISTING = re.compile(
    r"(?:^|[\s_-])(?:code-?block|source-?code|code-?(?:sample|snippet|listing|example))(?:$|[\s_-])", re.IGNORECASE
)
_TYPED = re.compile(r"white-space(?:-collapse)?\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
#: Scripts that show a page in their place, and the address of that page.
_SHOWING = re.compile(r"(?:https?:)?(//gist\.github\.com/[\w./-]+)\.js(?:$|\?)")
_WHITE = " \t\r\n\f"
_SPACES = re.compile(rf"[{_WHITE}]{{2,}}|[\t\r\n\f]")
#: Void elements that libxml2 does not know, so that it would take all that follows for their content; and the end of a
#: page, behind which it would lose all that follows.
_MISREAD = re.compile(r"<(?:([sStTwWeE](?i:ource|rack|br|mbed)\b)([^<>]*?)/?|/[bBhH](?i:ody|tml)\s*)>")
_LONG_TAG = re.compile(rf"<([a-zA-Z][\w:-]*)\s[^<>]{{{4 * _MAX_ATTRIBUTES},}}>")
#: Every tag but those of elements that are void or that the next one like them ends.
_NESTING = re.compile(
    rf"<(/?)(?!(?:{'|'.join(VOID)}|p|li|dt|dd|td|th|tr|tbody|thead|tfoot|option|body|html)\b)[a-z][\w:-]*",
    re.IGNORECASE,
)
#: Without huge_tree libxml2 stops in the middle of a long or a deep text.
_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)
_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]+|[0-9]+)")


# --- nodes. BeautifulSoup's elements look for a child of the name of any attribute that they have not: for that hook,
# Python takes several times as long to read each that they have. `trim` makes BeautifulSoup's for selectors.


class _Node:
    """What elements and texts have in common."""

    __slots__ = ()

    parent: Tag | None
    next_sibling: PageElement | None
    previous_sibling: PageElement | None

    @property
    def parents(self) -> Iterator[Tag]:
        """The elements around a node, the innermost first."""
        above = self.parent
        while above is not None:
            around = above.parent
            yield above
            above = around


class Text(str, _Node):
    """A text."""

    __slots__ = ("next_sibling", "parent", "previous_sibling", "size")

    #: how much it holds by the measure of `text.weight`, once it was measured: no text changes
    size: int


class Tag(_Node):
    """An element; make it with `new_tag`."""

    __slots__ = ("attrs", "contents", "measure", "name", "next_sibling", "parent", "previous_sibling")

    name: str
    attrs: dict[str, str]
    contents: list[PageElement]
    #: what it holds, once it was measured; see `layout.Measures`
    measure: Measure


PageElement = Text | Tag


def new_tag(name: str, attrs: dict[str, str], *contents: PageElement) -> Tag:
    """Return an element with contents and without parent."""
    new = Tag()
    new.name, new.attrs, new.contents = name, attrs, []
    new.parent = new.previous_sibling = new.next_sibling = None
    if contents:
        fill(new, list(contents))
    return new


# --- parsing


def parse(html: str) -> Tag:
    """Return the tree of a fragment (or of a whole page) below one element."""
    return parsed(html)[0]


def parsed(html: str) -> tuple[Tag, set[str]]:
    """Return the tree of a fragment (or of a whole page) below one element, and the names of its elements."""
    root, names = new_tag("body", {}), set[str]()
    html = _readable(html)
    if _grow(_parsed(html), root, names) > MAX_DEPTH:
        root = new_tag("body", {})
        _grow(_parsed(_flat(html)), root, names)
    if any(map(_is_forbidden, _REFERENCE.findall(html))):  # `printable` does not decode references
        for tag in (root, *elements(root)):
            tag.attrs = {key: printable(str(value)) for key, value in tag.attrs.items()}
            if any(isinstance(node, Text) and FORBIDDEN.search(node) for node in tag.contents):
                fill(tag, [Text(printable(node)) if isinstance(node, Text) else node for node in tag.contents])
    return root, names


def page(html: str) -> etree._Element:
    """Return the whole tree of a page as libxml2 reads it, with its head and its scripts, not deeper than MAX_DEPTH."""
    return _read(_flat(_readable(printable(html))))


def _readable(html: str) -> str:
    """Return HTML without what libxml2 misreads, or reads in quadratic time."""
    html = _MISREAD.sub(lambda tag: f"<{tag[1]}{tag[2]}></{tag[1]}>" if tag[1] else "", html)
    if html.count("=") <= _MAX_ATTRIBUTES:
        return html
    return _LONG_TAG.sub(lambda tag: f"<{tag[1]}>" if tag[0].count("=") > _MAX_ATTRIBUTES else tag[0], html)


def _is_forbidden(reference: str) -> bool:
    """Return whether a reference by number may be to a character that XML forbids."""
    if len(reference) > 8:
        return True
    number = int(reference[1:], 16) if reference[0] in "xX" else int(reference)
    return not (32 <= number < 127 or number in (9, 10, 13) or 160 <= number < 0xD800 or 0xE000 <= number < 0xFFFE)


def _flat(html: str) -> str:
    """Return the HTML with spaces for the tags of elements that nest deeper than MAX_DEPTH; their content stays."""
    depth = at = 0
    out: list[str] = []
    for tag in _NESTING.finditer(html):
        depth += not tag[1]
        if depth > MAX_DEPTH and tag.start() >= at:
            end = html.find(">", tag.start()) + 1
            if not end:
                break
            out += html[at : tag.start()], " "
            at = end
        if tag[1]:
            depth = max(0, depth - 1)
    return "".join(out) + html[at:]


def _read(html: str) -> etree._Element:
    try:
        top = etree.fromstring(html.encode("utf-8", "replace"), _PARSER)
    except etree.XMLSyntaxError as error:
        if "ERR_NO_MEMORY" in str(error.error_log):
            raise MemoryError from error
        top = None
    return etree.Element("html") if top is None else top  # nothing in it


def _parsed(html: str) -> etree._Element:
    top = _read(html)
    for script in list(top.iter("script")):
        if page := _SHOWING.match(script.get("src", "")):
            script.tag, script.text = "iframe", None
            script.set("src", f"https:{page[1]}")
        elif script.get("type", "").lower().startswith("math/"):
            script.tag = TEX
    for box in top.iter("div") if "code" in html or "data-lang" in html else ():
        if _is_listing(box):
            box.tag = "pre"
    body = top.find("body")
    return top if body is None else body


def _is_listing(box: etree._Element) -> bool:
    """Return whether a box is named as one of code, and holds lines of text and nothing else."""
    if not (box.get("data-lang") or _LISTING.search(box.get("class", ""))):
        return False
    if any(below.tag in BLOCKS or below.tag in VERBATIM for below in box.iterdescendants()):
        return False
    return "\n" in "".join(map(str, box.itertext(with_tail=False))).strip()


def _grow(source: etree._Element, root: Tag, names: set[str]) -> int:
    """Copy the content of an element of libxml2 into one of ours; note the names, return the depth."""
    deepest, filled = 0, list[Tag]()
    stack: list[tuple[etree._Element, Tag, int, bool]] = [(source, root, 0, False)]
    while stack:
        found, tag, depth, verbatim = stack.pop()
        deepest = max(deepest, depth)
        contents: list[PageElement] = []
        edge = breaks = depth > 0 and tag.name in BREAKS
        text = found.text or ""
        for child in found:
            name = child.tag
            if not isinstance(name, str) or name in _UNREAD:
                text += child.tail or ""
                continue
            names.add(name)
            below = name in BREAKS
            if text and (text := text if verbatim else packed(text, starts=breaks, ends=below)):
                contents.append(Text(text))
            new = new_tag(name, dict(child.items()))  # type: ignore[arg-type]
            contents.append(new)
            inside = child.text
            is_verbatim = verbatim or name in VERBATIM or (bool(new.attrs) and _is_typed(new))
            if len(child):
                stack.append((child, new, depth + 1, is_verbatim))
            elif inside:
                inside = inside if is_verbatim else packed(inside, starts=below, ends=below)
                fill(new, [Text(inside)] if inside else [])
                deepest = max(deepest, depth + 1)
            if name in VOID and (inside or len(child)):
                filled.append(new)
            text, breaks = child.tail or "", below
        if text and (text := text if verbatim else packed(text, starts=breaks, ends=edge)):
            contents.append(Text(text))
        if contents:
            fill(tag, contents)
    _empty(filled)
    return deepest


def _is_typed(tag: Tag) -> bool:
    """Return whether a page shows the white space in an element; GitHub does it in the cells of a table of code."""
    is_cell = tag.name == "td" and "blob-code" in attribute(tag, "class")
    return is_cell or ("style" in tag.attrs and _TYPED.search(tag.attrs["style"]) is not None)


def packed(text: str, *, starts: bool, ends: bool) -> str:
    """Return a text with its white space folded, and none where it starts or ends a block."""
    if text.isspace() and not text.strip(_WHITE):  # as between blocks
        text = " "
    elif "  " in text or not text.isprintable():  # most texts are folded already
        text = _SPACES.sub(" ", text)
    if starts:
        text = text.removeprefix(" ")
    return text.removesuffix(" ") if ends else text


def _empty(filled: list[Tag]) -> None:
    """Put the content of void elements after them."""
    edits = Edits()
    for tag in filled:
        inside, tag.contents = tag.contents, []
        edits.replace(tag, tag, *inside)
    edits.apply()


# --- changes


def fill(tag: Tag, contents: list[PageElement]) -> None:
    """Make these nodes the contents of an element."""
    before: PageElement | None = None
    for node in contents:
        node.parent, node.previous_sibling, node.next_sibling = tag, before, None
        if before is not None:
            before.next_sibling = node
        before = node
    tag.contents = contents


class Edits:
    """Changes to a tree that take effect when they are applied.

    Until then `contents` and the siblings are as before, but a node that was cut has no parent and no siblings.
    """

    __slots__ = ("_gone", "_instead", "stale")

    def __init__(self) -> None:
        self._instead: dict[int, Sequence[PageElement]] = {}
        #: the elements whose contents change, by id
        self.stale: dict[int, Tag] = {}
        #: keeps what left the tree alive, so that no other node gets its id
        self._gone: dict[int, PageElement] = {}

    def cut(self, node: PageElement) -> None:
        """Take a node out."""
        before, after = node.previous_sibling, node.next_sibling
        if before is not None:
            before.next_sibling = after
        if after is not None:
            after.previous_sibling = before
        node.previous_sibling = node.next_sibling = None
        self.replace(node)
        node.parent = None

    def unwrap(self, tag: Tag) -> None:
        """Put the contents of an element in its place."""
        self.replace(tag, *tag.contents)

    def replace(self, node: PageElement, *instead: PageElement) -> None:
        """Put nodes instead of one, which may be the first of them; others must not be in the tree."""
        if node.parent is None:
            return
        self._instead[id(node)] = instead
        self.stale[id(node.parent)] = node.parent
        if not instead or instead[0] is not node:
            self._gone[id(node)] = node

    def apply(self) -> None:
        """Make all changes."""
        for tag in [tag for tag in self.stale.values() if id(tag) not in self._gone]:
            fill(tag, self._expanded(tag.contents))
        self.__init__()  # type: ignore[misc]

    def apply_to(self, tag: Tag) -> None:
        """Make the changes directly below an element."""
        if self.stale.pop(id(tag), None) is not None:
            fill(tag, self._expanded(tag.contents))

    def _expanded(self, contents: Sequence[PageElement]) -> list[PageElement]:
        out: list[PageElement] = []
        stack = list(reversed(contents))
        while stack:
            node = stack.pop()
            instead = self._instead.pop(id(node), None)
            if instead is None:
                out.append(node)
            else:
                stack.extend(reversed(instead))
        return out


# --- questions


def nodes(root: Tag) -> Iterator[PageElement]:
    """Yield all nodes below an element, in document order; those that an element had when it was yielded."""
    stack = root.contents[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag):
            stack += node.contents[::-1]
        yield node


def elements(root: Tag) -> list[Tag]:
    """Return all elements below one, in document order."""
    out: list[Tag] = []
    stack = root.contents[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag):
            out.append(node)
            inside = node.contents
            if len(inside) > 1:
                stack += inside[::-1]
            elif inside and isinstance(inside[0], Tag):
                stack.append(inside[0])
    return out


def named(root: Tag, *names: str) -> list[Tag]:
    """Return the elements of these names below one, in document order."""
    return [tag for tag in elements(root) if tag.name in names]


def children(tag: Tag) -> Iterator[Tag]:
    """Yield the elements directly below one."""
    return (child for child in tag.contents if isinstance(child, Tag))


def holds_blocks(tag: Tag) -> bool:
    """Return whether a block is directly below an element."""
    return any(isinstance(child, Tag) and child.name in BLOCKS for child in tag.contents)


def attribute(tag: Tag, name: str) -> str:
    """Return an attribute's value, or ""."""
    return tag.attrs.get(name, "")


def is_attached(node: PageElement, root: Tag) -> bool:
    """Return whether a node is still below the root."""
    return any(above is root for above in node.parents)


def blank(node: PageElement) -> bool:
    """Return whether a node is white space."""
    return isinstance(node, Text) and (not node or node.isspace())


def siblings(node: PageElement, step: int) -> Iterator[PageElement]:
    """Yield the nodes after a node in its element, or before it where the step is negative, the nearest first."""
    while (near := node.next_sibling if step > 0 else node.previous_sibling) is not None:
        yield near
        node = near


def beside(node: PageElement, step: int) -> PageElement | None:
    """Return the nearest sibling that is not white space: after a node, or before it where the step is negative."""
    near = node.next_sibling if step > 0 else node.previous_sibling
    while near is not None and blank(near):
        near = near.next_sibling if step > 0 else near.previous_sibling
    return near


def letters(tag: Tag) -> str:
    """Return the text in an element, with nothing added between its parts."""
    only = tag.contents[0] if len(tag.contents) == 1 else None
    return only if isinstance(only, Text) else "".join(node for node in nodes(tag) if isinstance(node, Text))


def outside_links(tag: Tag, between: str = " ", without: Tag | None = None) -> str:
    """Return the text in an element outside its links, with `between` for each, and outside another or its like."""
    name = "button" if without is not None and without.name == "button" else None
    out: list[str] = []
    stack: list[PageElement] = tag.contents[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, Text):
            out.append(node)
        elif isinstance(node, Tag):
            is_link = node.name == "a" and attribute(node, "href")
            out.append(between if is_link else " ")
            if not is_link and node is not without and node.name != name:
                stack += node.contents[::-1]
    return "".join(out)


def text_of(node: PageElement) -> str:
    """Return the text that an element shows; a block or a line break parts words."""
    if isinstance(node, Text):
        return str(node)
    out: list[str] = []
    stack: list[PageElement | str] = [node]
    while stack:
        below = stack.pop()
        if isinstance(below, Tag):
            if below.name in BREAKS:
                out.append(" ")
                if below.contents:
                    stack.append(" ")
            stack += below.contents[::-1]
        else:
            out.append(below)
    return "".join(out)
