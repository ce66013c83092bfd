"""HTML <-> tree.

In: a string that claims to be HTML. Out: a tree of BeautifulSoup's elements, and back again.
libxml2 parses; the tree is grown from what it found, without scripts, comments and the white space between blocks
(half of the nodes of a pretty-printed post are nothing else). Changes to a tree go through `Edits`, so that a
thousand of them below one element cost no more than one. Every step is linear. Never judges content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import soupsieve
from bs4 import Tag
from bs4.element import NavigableString, PageElement
from lxml import etree

from feedtool.sanitiser.edits import Edits, fill
from feedtool.sanitiser.nodes import Text, element
from feedtool.sanitiser.safety import DROPPED
from feedtool.sanitiser.text import addresses
from feedtool.syntax import FORBIDDEN

#: Deeper than any page that a person wrote.
MAX_DEPTH = 100

#: More than any element needs; checking that no two have one name takes libxml2 quadratic time.
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
MEDIA = frozenset({"img", "iframe", "video", "audio", "embed", "object", "picture", "amp-img", "amp-iframe"})

#: Elements at whose edges no space shows.
_BREAKS = BLOCKS | {"br"}
#: Elements whose content is no text.
_UNREAD = frozenset({"script", "style", "template"})
_VERBATIM = frozenset({"pre", "textarea", "xmp", "listing", "plaintext"})
_RUN = re.compile(r"[ \t\r\n\f]+")
_SPACES = re.compile(r"[ \t\r\n\f]{2,}|[\t\r\n\f]")
#: Void elements that libxml2 does not know: it would take all that follows for their content.
_OPEN_VOID = re.compile(r"<(source|track|wbr|embed)\b([^<>]*?)/?>", re.IGNORECASE)
_LONG_TAG = re.compile(rf"<([a-zA-Z][\w:-]*)\s[^<>]{{{4 * _MAX_ATTRIBUTES},}}>")
#: Every tag but those of elements that are void or that the next one like them ends.
_NESTING = re.compile(
    rf"<(/?)(?!(?:{'|'.join(VOID)}|p|li|dt|dd|td|th|tr|tbody|thead|tfoot|option|body|html)\b)[a-z][\w:-]*",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]+|[0-9]+)")
_GAP = Text(" ")

#: In which attributes are written, whatever order they came in: the same element is always the same bytes.
_ORDER = {
    name: place for place, name in enumerate("href src width height alt title allowfullscreen srcset sizes".split())
}


def parse(html: str) -> Tag:
    """Return the tree of a fragment (or of a whole page) below one element."""
    root = element("body", {})
    html = _LONG_TAG.sub(_without_attributes, _OPEN_VOID.sub(r"<\1\2></\1>", html))
    source = _parsed(html)
    if source is None:
        return root
    if _grow(source, root) > MAX_DEPTH and (flat := _parsed(_flat(html))) is not None:
        root = element("body", {})
        _grow(flat, root)
    if any(map(_is_forbidden, _REFERENCE.findall(html))):
        _without_forbidden(root)
    return root


def _is_forbidden(reference: str) -> bool:
    """Return whether a reference by number may be to a character that XML forbids."""
    if len(reference) > 8:
        return True
    number = int(reference[1:], 16) if reference[0] in "xX" else int(reference)
    return not (32 <= number < 127 or number in (9, 10, 13) or 160 <= number < 0xD800 or 0xE000 <= number < 0xFFFE)


def _without_forbidden(root: Tag) -> None:
    """Take out what XML forbids: references are the way of such characters past the check of the whole text."""
    for tag in (root, *elements(root)):
        tag.attrs = {key: FORBIDDEN.sub("", str(value)) for key, value in tag.attrs.items()}
        if any(isinstance(node, NavigableString) and FORBIDDEN.search(node) for node in tag.contents):
            fill(tag, [_printable(node) for node in tag.contents])


def _printable(node: PageElement) -> PageElement:
    return Text(FORBIDDEN.sub("", node)) if isinstance(node, NavigableString) else node


def _parsed(html: str) -> etree._Element | None:
    # huge_tree: without it libxml2 stops in the middle of a long or a deep text
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)
    try:
        top = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # nothing in it
        return None
    body = top.find("body") if top is not None else None
    return top if body is None else body


def _without_attributes(tag: re.Match[str]) -> str:
    return f"<{tag[1]}>" if tag[0].count("=") > _MAX_ATTRIBUTES else tag[0]


def _grow(source: etree._Element, root: Tag) -> int:
    """Copy what is below an element of libxml2's below one of BeautifulSoup's; return how deep it goes."""
    deepest = 0
    filled: list[Tag] = []
    stack: list[tuple[etree._Element, Tag, int, bool]] = [(source, root, 0, False)]
    while stack:
        found, tag, depth, verbatim = stack.pop()
        deepest = max(deepest, depth)
        contents: list[PageElement] = []
        edge = breaks = depth > 0 and tag.name in _BREAKS
        text = found.text or ""
        for child in found:
            name = child.tag
            if not isinstance(name, str) or name in _UNREAD:
                text += child.tail or ""
                continue
            below = name in _BREAKS
            if text and (text := text if verbatim else _packed(text, starts=breaks, ends=below)):
                contents.append(Text(text))
            new = element(name, dict(child.items()))  # type: ignore[arg-type]
            contents.append(new)
            inside = child.text
            if len(child):
                stack.append((child, new, depth + 1, verbatim or name in _VERBATIM))
            elif inside:
                _fill_leaf(new, inside if verbatim or name in _VERBATIM else _packed(inside, starts=below, ends=below))
                deepest = max(deepest, depth + 1)
            if name in VOID and (inside or len(child)):
                filled.append(new)
            text, breaks = child.tail or "", below
        if text and (text := text if verbatim else _packed(text, starts=breaks, ends=edge)):
            contents.append(Text(text))
        if contents:
            fill(tag, contents)
    _empty(filled)
    return deepest


def _fill_leaf(tag: Tag, text: str) -> None:
    if text:
        inside = Text(text)
        inside.parent = tag
        tag.contents.append(inside)


def _packed(text: str, *, starts: bool, ends: bool) -> str:
    """Return a text with its white space folded, none of it beside a block's edge."""
    if "  " in text or not text.isprintable():  # most texts are folded already
        text = _SPACES.sub(" ", text)
    if starts:
        text = text.removeprefix(" ")
    return text.removesuffix(" ") if ends else text


def _empty(filled: list[Tag]) -> None:
    """Put what stands in void elements behind them."""
    edits = Edits()
    for tag in filled:
        inside, tag.contents = tag.contents, []
        edits.replace(tag, tag, *inside)
    edits.settle()


def _flat(html: str) -> str:
    """Return the HTML without the tags of elements that nest deeper than MAX_DEPTH; their content stays."""
    depth, cuts = 0, []
    for tag in _NESTING.finditer(html):
        if tag[1]:
            if depth > MAX_DEPTH:
                cuts.append(tag.start())
            depth = max(0, depth - 1)
        else:
            depth += 1
            if depth > MAX_DEPTH:
                cuts.append(tag.start())
    return _without(html, cuts)


def _without(html: str, cuts: list[int]) -> str:
    out, at = [], 0
    for start in cuts:
        end = html.find(">", start) + 1
        if not end:
            break
        if start < at:
            continue
        out.append(html[at:start] + " ")
        at = end
    out.append(html[at:])
    return "".join(out)


def new_tag(name: str, attrs: dict[str, str] | None = None, *contents: PageElement) -> Tag:
    """Return an element that hangs nowhere yet."""
    tag = element(name, attrs or {})
    fill(tag, list(contents))
    return tag


def linked(text: str) -> list[PageElement]:
    """Return a plain text, which is all of a line, as nodes in which every bare address is a link."""
    out: list[PageElement] = []
    at = 0
    for start, end in (*addresses(text), (len(text), len(text))):
        if between := _packed(text[at:start], starts=at == 0, ends=start == len(text)):
            out.append(Text(between))
        if start < end:
            out.append(new_tag("a", {"href": text[start:end]}, Text(text[start:end])))
        at = end
    return out


def select(root: Tag, selector: str) -> list[Tag]:
    """Return the elements below one that a CSS selector matches, in document order."""
    before: PageElement = root
    stack: list[PageElement] = root.contents[::-1]
    while stack:  # soupsieve follows the order of the source, which nothing else needs
        node = stack.pop()
        before.next_element, node.previous_element, before = node, before, node
        if isinstance(node, Tag):
            stack.extend(reversed(node.contents))
    before.next_element = None
    return list(soupsieve.select(selector, root))


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
            elif inside:
                stack.append(inside[0])
    return out


def outline(root: Tag) -> tuple[list[Tag], list[int]]:
    """Return all elements below one in document order, and for each the place after the last one inside of it."""
    tags: list[Tag] = []
    ends: list[int] = []
    stack: list[Tag | int] = [node for node in reversed(root.contents) if isinstance(node, Tag)]
    while stack:
        node = stack.pop()
        if isinstance(node, int):
            ends[node] = len(tags)
            continue
        ends.append(len(tags) + 1)
        tags.append(node)
        if len(node.contents) == 1 and not isinstance(node.contents[0], Tag):
            continue
        if below := [inside for inside in reversed(node.contents) if isinstance(inside, Tag)]:
            stack.append(len(tags) - 1)
            stack.extend(below)
    return tags, ends


def named(root: Tag, *names: str) -> list[Tag]:
    """Return the elements of these names below one, in document order."""
    return [tag for tag in elements(root) if tag.name in names]


def attribute(tag: Tag, name: str) -> str:
    """Return an attribute's value, or ""."""
    value = tag.attrs.get(name)
    return value if isinstance(value, str) else ""


def alive(tag: PageElement, root: Tag) -> bool:
    """Return whether the element still hangs below the root."""
    node: PageElement | None = tag
    while node is not None and node is not root:
        node = node.parent
    return node is root


def children(tag: Tag) -> Iterator[Tag]:
    """Yield the elements directly below one."""
    return (child for child in tag.contents if isinstance(child, Tag))


def blank(node: PageElement) -> bool:
    """Return whether a node is white space."""
    return isinstance(node, NavigableString) and not node.strip()


def letters(tag: Tag) -> str:
    """Return the text in an element, nothing added between its parts."""
    out: list[str] = []
    stack = tag.contents[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag):
            stack.extend(reversed(node.contents))
        else:
            out.append(str(node))
    return "".join(out)


def text_of(node: PageElement) -> str:
    """Return the text that an element shows; a block or a line break parts words."""
    if isinstance(node, NavigableString):
        return str(node)
    out: list[str] = []
    stack: list[PageElement] = [node]
    while stack:
        below = stack.pop()
        if isinstance(below, NavigableString):
            out.append(below)
        elif isinstance(below, Tag):
            if below.name in _BREAKS:
                out.append(" ")
                if below.contents:
                    stack.append(_GAP)
            stack.extend(reversed(below.contents))
    return "".join(out)


def serialise(root: Tag) -> str:
    """Return what is inside an element as HTML; white space as a browser would collapse it."""
    out = _Line()
    stack: list[PageElement | str] = list(reversed(root.contents))
    while stack:
        node = stack.pop()
        if isinstance(node, NavigableString):
            out.text(node)
        elif isinstance(node, Tag):
            if node.name in DROPPED:
                continue
            out.opens(node)
            if node.name not in VOID:
                stack.append(node.name)
                stack += node.contents[::-1]
        else:
            out.closes(str(node))
    return out.html()


class _Line:
    """Collects HTML; knows whether a space would show."""

    __slots__ = ("_last", "_out", "_starts", "_verbatim")

    def __init__(self) -> None:
        self._out: list[str] = []
        #: where the last text stands if it ends with a space, else -1
        self._last = -1
        #: whether a space would begin a line
        self._starts = True
        self._verbatim = 0

    def text(self, text: str) -> None:
        if self._verbatim:
            if self._starts:
                text = text.lstrip("\r\n")
            self._starts = self._starts and not text
            self._out.append(_escaped(text))
            return
        if "  " in text or not text.isprintable():  # a quick way to know that most texts are folded already
            text = _RUN.sub(" ", text)
        if self._starts:
            text = text.lstrip(" ")
        if text:
            self._out.append(_escaped(text))
            self._starts = text[-1] == " "
            self._last = len(self._out) - 1 if self._starts else -1

    def opens(self, tag: Tag) -> None:
        name = tag.name
        if name in _BREAKS:
            self._break()
        elif name in MEDIA:
            self._starts, self._last = False, -1
        self._out.append(_opening(tag) if tag.attrs else f"<{name}>")
        if name == "pre":
            self._verbatim += 1

    def closes(self, name: str) -> None:
        if name == "pre":
            self._verbatim -= 1
        if name in _BREAKS:
            self._break()
        self._out.append(f"</{name}>")

    def html(self) -> str:
        self._break()
        return "".join(self._out)

    def _break(self) -> None:
        if self._last >= 0 and not self._verbatim:
            self._out[self._last] = self._out[self._last][:-1]
        self._starts, self._last = True, -1


def _escaped(text: str) -> str:
    if "&" in text:
        text = text.replace("&", "&amp;")
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _opening(tag: Tag) -> str:
    attributes = "".join(
        f' {key}="{_escaped(str(tag.attrs[key])).replace(chr(34), "&quot;")}"' for key in sorted(tag.attrs, key=_rank)
    )
    return f"<{tag.name}{attributes}>"


def _rank(attribute: str) -> tuple[int, str]:
    return _ORDER.get(attribute, len(_ORDER)), attribute
