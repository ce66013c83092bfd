"""HTML <-> tree.

In: a string that claims to be HTML. Out: a BeautifulSoup tree that holds elements and text only, and back again.
White space between blocks is folded before parsing (half of the nodes of a pretty-printed post are nothing else),
and absurd nesting is flattened, so that every later step is linear. Never judges content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.builder._lxml import LXMLTreeBuilder
from bs4.element import NavigableString, PageElement

from feedtool.sanitiser.safety import DROPPED
from feedtool.sanitiser.text import FORBIDDEN

#: Deeper than any page that a person wrote.
MAX_DEPTH = 100

VOID = frozenset("area base br col embed frame hr img input link meta param source track wbr".split())

#: Elements that begin a new line. Text on their two sides does not join.
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre section"
    " summary table tbody td tfoot th thead tr ul".split()
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: Elements that show something without text.
MEDIA = frozenset({"img", "iframe", "video", "audio", "embed", "object", "picture", "amp-img", "amp-iframe"})

#: Elements at whose edges no space shows.
_BREAKS = BLOCKS | {"br"}
_RUN = re.compile(r"[ \t\r\n\f]+")

_SPACES = re.compile(r"[ \t\r\n\f]{2,}|[\t\r\n\f]")
_EDGES = "|".join(sorted(_BREAKS - {"body", "html"}, key=len, reverse=True))
_BEFORE_BLOCK = re.compile(rf" (?=</?(?:{_EDGES})[ />])")
_AFTER_BLOCK = re.compile(rf"(</?(?:{_EDGES})(?: [^<>]*)?>) ")
#: Void elements that libxml2 does not know: it would take all that follows for their content.
_OPEN_VOID = re.compile(r"<(source|track|wbr)\b([^<>]*?)/?>", re.IGNORECASE)
_VERBATIM = re.compile(r"(?i)</?(?:pre|textarea|xmp|listing|plaintext)\b")
_NESTING = re.compile(
    r"<(/?)(a|abbr|address|article|aside|b|big|blockquote|center|cite|code|del|details|div|dl|em|fieldset|figure|font"
    r"|footer|form|header|i|ins|main|menu|nav|ol|s|section|small|span|strike|strong|sub|sup|table|tt|u|ul)\b",
    re.IGNORECASE,
)


_GAP = NavigableString(" ")

#: elements whose text is none for a reader; the readings of a ruby are
_NO_TEXT = {name: kind for name, kind in LXMLTreeBuilder.DEFAULT_STRING_CONTAINERS.items() if name not in ("rt", "rp")}


def parse(html: str) -> Tag:
    """Return the tree of a fragment (or of a whole page) below one element."""
    builder = LXMLTreeBuilder(multi_valued_attributes=None, string_containers=_NO_TEXT)
    soup = BeautifulSoup(_flat(_OPEN_VOID.sub(r"<\1\2></\1>", _compact(html))), builder=builder)
    root = soup.body or soup.html or soup
    has_references = "&#" in html  # the only way for a forbidden character into an attribute
    for node in list(root.descendants):
        if isinstance(node, Tag):
            if node.name in VOID and node.contents:
                node.insert_after(*list(node.contents))
            if has_references:
                node.attrs = {name: FORBIDDEN.sub("", str(value)) for name, value in node.attrs.items()}
            continue
        if type(node) is not NavigableString:
            node.extract()
        elif FORBIDDEN.search(node):
            node.replace_with(NavigableString(FORBIDDEN.sub("", node)))
    return root


def _compact(html: str) -> str:
    if "\n" not in html and "  " not in html:
        return html
    out, at, inside = [], 0, 0
    for edge in _VERBATIM.finditer(html):
        if not inside:
            out.append(_fold(html[at : edge.start()]))
            at = edge.start()
        inside = max(0, inside + (-1 if edge.group().startswith("</") else 1))
        if not inside:
            out.append(html[at : edge.end()])
            at = edge.end()
    out.append(html[at:] if inside else _fold(html[at:]))
    return "".join(out)


def _fold(html: str) -> str:
    return _AFTER_BLOCK.sub(r"\1", _BEFORE_BLOCK.sub("", _SPACES.sub(" ", html)))


def _flat(html: str) -> str:
    """Return the HTML without the tags of elements that nest deeper than MAX_DEPTH; their content stays."""
    if html.count("</") <= MAX_DEPTH and html.count("<") <= 2 * MAX_DEPTH:
        return html
    depth, deepest, cuts = 0, 0, []
    for tag in _NESTING.finditer(html):
        if tag[1]:
            if depth > MAX_DEPTH:
                cuts.append(tag.start())
            depth = max(0, depth - 1)
        else:
            depth += 1
            deepest = max(deepest, depth)
            if depth > MAX_DEPTH:
                cuts.append(tag.start())
    return _without(html, cuts) if deepest > MAX_DEPTH else html


def _without(html: str, cuts: list[int]) -> str:
    out, at = [], 0
    for start in cuts:
        end = html.find(">", start) + 1
        if start < at or not end:
            continue
        out.append(html[at:start] + " ")
        at = end
    out.append(html[at:])
    return "".join(out)


def elements(root: Tag) -> list[Tag]:
    """Return all elements below one, in document order."""
    out: list[Tag] = []
    stack = root.contents[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag):
            out.append(node)
            stack.extend(reversed(node.contents))
    return out


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
                stack.extend(reversed(node.contents))
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
        text = _RUN.sub(" ", text)
        if self._starts:
            text = text.lstrip(" ")
        if text:
            self._out.append(_escaped(text))
            self._starts = text[-1] == " "
            self._last = len(self._out) - 1 if self._starts else -1

    def opens(self, tag: Tag) -> None:
        if tag.name in _BREAKS:
            self._break()
        elif tag.name in MEDIA:
            self._starts, self._last = False, -1
        self._out.append(_opening(tag))
        if tag.name == "pre":
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
        f' {key}="{_escaped(str(value)).replace(chr(34), "&quot;")}"' for key, value in tag.attrs.items()
    )
    return f"<{tag.name}{attributes}>"
