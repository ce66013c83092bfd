"""One post -> the lines of its text, and the elements that hold them, by the CSS selectors that could name them.

In: the HTML of a post, its header, the present rules. Out: a `Survey` of numbers and selectors without the tree, so
that hundreds of posts fit into memory. A picture is a line of its own. Class names and ids that only describe a look,
or that any article has, are not used alone. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate, combinations, islice
from typing import Any
from urllib.parse import unquote

import soupsieve

from feedtool import urls
from feedtool.frozen import frozen
from feedtool.sanitiser import Context, Rules, clean, dom, media
from feedtool.sanitiser.dom import BLOCKS, MEDIA, PageElement, Tag, Text, attribute, blank
from feedtool.sanitiser.text import folded, phrase, printable, squashed, weight
from feedtool.sanitiser.trim import LINE, Trimmer, wrap_lines

#: characters of a line that are quoted
QUOTED = 40
#: the weight of a text without links that is a sentence rather than a label, such as the name of a speaker
SENTENCE = 24

#: elements that end a line
_EDGES = BLOCKS | {"br", "hr", LINE}
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp)$", re.IGNORECASE)
_SCHEME = re.compile(r"^https?://(?:www\.)?")
_PERSON = re.compile(r"/(?:authors?|users?|people|profiles?|contributors?)/[^/]+/?$|/@[^/]+/?$", re.IGNORECASE)
#: no structure with a larger share of a post's text is proposed
_MOST = 0.3
#: elements that always belong to an article
_PROSE = dom.HEADINGS | frozenset(
    "blockquote caption code dd dl dt figcaption figure pre table tbody td tfoot th thead tr"
    " picture video audio iframe embed object source".split()
)

#: elements that a rule can name by their text: none of them holds another; how many first and last lines have such
#: rules; the least weight and the most characters of such a text, and how many a paragraph may have
_OF_TEXT = frozenset({"p", LINE})
_FIRST, _LAST = 3, 6
_SHORTEST, _LONGEST = 12, 160
_TEXTS = 4
_CONTAINS = ":-soup-contains"
#: white space that a selector would have to have as it is: a line break, a space without a break, several spaces
_ODD_SPACE = re.compile(r"[^\S ]+| {2,}")
#: elements that belong to a page's frame, and seldom to an article
_FRAME = frozenset({"nav", "aside", "footer", "form", "menu"})
#: words of class names and ids that describe a look, or the article itself
_VAGUE = frozenset(
    """
    active align aligncenter alignleft alignnone alignright article articles b background bg big black block blocks
    blue body bold border bottom box caption center centered class clear clearfix cms col color column columns
    container content contents copy desktop details display div elementor entry even first flex float font full
    fullwidth g gallery graf gray green grid group h h1 h2 h3 h4 h5 h6 has head header height hidden i image images
    img inline inner item items justify l large last layout left li lightbox line list lg m main margin markup md
    media medium middle mobile mso msonormal normal odd ol outer p padding page paragraph part photo picture post
    posts pre primary pull quote quotes r rich right root row s section single size small sm source span standard
    static story style t table td text title to top tr type u ul unstyled value vertical video view visible w white
    whitespace width wide widget wp wrap wrapper xl xs
    """.split()
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]+|\d+")
_SHAKY = re.compile(r"(?=[^\W_]*\d)(?=[^\W_]*[a-zA-Z])[^\W_]{5,}|\d{3,}")


@frozen
class Link:
    """The target of a link."""

    #: digest of the address, without the part that names the linking page
    key: int
    #: within the site
    own: bool = False
    #: a picture, a part of the linking page, or the page of a person
    is_content: bool = False


@frozen
class Line:
    """The visible text between two line breaks, or a picture."""

    #: of `content`
    digest: int
    #: see `sanitiser.text.weight`; 0 for a picture
    weight: int = 0
    #: the weight of its text in links
    linked: int = 0
    #: digests of its pieces outside links, without case and punctuation at their ends
    parts: tuple[int, ...] = ()
    #: keys of its links within the site, and of those to other sites
    own: tuple[int, ...]
    foreign: tuple[int, ...]
    #: whether it names an author, or links to a part of the post
    is_content: bool
    is_picture: bool = False
    is_heading: bool = False
    #: the first words
    text: str = ""
    #: the whole text without white space, or the picture's address; "" in a survey
    content: str
    #: in a survey: whether the present rules leave it in the entry
    stays: bool = False


@frozen
class Span:
    """An element and its range of lines."""

    tag: Tag
    start: int
    end: int
    #: whether it holds whole lines; False for a part of a line
    whole: bool


def digest(text: str) -> int:
    """Return a number for a text, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def read_lines(root: Tag, facts: Context) -> tuple[tuple[Line, ...], tuple[Span, ...]]:
    """Return the lines below an element, and each element's range, outer ones first."""
    walk = _Walk(facts=facts, alone=_alone(root))
    # a node, the link that holds it, and the index of the span that ends there, or -1
    stack: list[tuple[PageElement, Link | None, int]] = [(node, None, -1) for node in reversed(root.contents)]
    while stack:
        node, link, ends = stack.pop()
        if ends >= 0:
            walk.leave(ends)
        elif isinstance(node, Text):
            walk.pieces.append((node, link))
        elif isinstance(node, Tag):
            link = walk.enter(node, link)
            stack.append((node, None, len(walk.spans) - 1))
            stack.extend((below, link, -1) for below in reversed(node.contents))
            if node.name in BLOCKS:
                walk.alone |= _alone(node)
    walk.end_line()
    return tuple(walk.lines), tuple(walk.spans)


def link_of(href: str, facts: Context) -> Link | None:
    """Return the target of an address; None for an empty one, and for a fragment of the post itself."""
    if not href.strip() or href.strip().startswith("#"):
        return None
    address = urls.absolute(href, facts.base_url)
    if not address:
        return Link(key=digest(href.strip()[:1000]))
    host, there = urls.host_of(facts.base_url), urls.host_of(address)
    here = _SCHEME.sub("", urls.absolute(facts.base_url, "")).partition("#")[0]
    page, _, fragment = _SCHEME.sub("", address).partition("#")
    if page == here:
        return Link(key=digest("#" + fragment), own=True, is_content=bool(fragment))
    here = here.partition("?")[0]
    bare, _, query = page.partition("?")
    if bare == here or (host and host in unquote(query)):
        # a share button names the linking page, but is the same button on every page
        return Link(key=digest(bare if bare != here else "?" + query), own=same_site(host, there))
    path = bare[bare.find("/") :]
    below = bare.startswith(here.rstrip("/") + "/")
    is_content = below or bool(_PICTURE_FILE.search(path) or _PERSON.search(path))
    return Link(key=digest(page), own=same_site(host, there), is_content=is_content)


def same_site(one: str, other: str) -> bool:
    """Return whether two hosts are the same but for "www.", or one is a subdomain of the other."""
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return bool(one and other) and (one == other or one.endswith("." + other) or other.endswith("." + one))


@dataclass(slots=True, kw_only=True)
class _Walk:
    facts: Context
    lines: list[Line] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    #: the texts of the line that is not ended yet
    pieces: list[tuple[str, Link | None]] = field(default_factory=list)
    #: inline elements that are a whole line
    alone: set[int]

    def enter(self, tag: Tag, link: Link | None) -> Link | None:
        """Begin an element; return the link that its content belongs to."""
        whole = tag.name in BLOCKS or tag.name == LINE or id(tag) in self.alone
        if whole or tag.name in _EDGES:
            self.end_line()
        self.spans.append(Span(tag=tag, start=len(self.lines), end=len(self.lines), whole=whole))
        if tag.name == "a":
            link = link_of(attribute(tag, "href"), self.facts) or link
        if tag.name in MEDIA:
            self._picture(tag, link)
        return link

    def leave(self, at: int) -> None:
        """End the element of a span."""
        if self.spans[at].whole:
            self.end_line(is_heading=self.spans[at].tag.name in dom.HEADINGS)
        self.spans[at] = replace(self.spans[at], end=len(self.lines))

    def end_line(self, *, is_heading: bool = False) -> None:
        """End the line, unless it is empty."""
        pieces, self.pieces = self.pieces, []
        text = folded("".join(piece for piece, _ in pieces))
        if not text:
            return
        linked = min(weight(text), sum(weight(folded(piece)) for piece, link in pieces if link))
        found = dict.fromkeys(link for piece, link in pieces if link and piece.strip())
        parts = tuple(digest(squashed(part)) for piece, link in pieces if not link and (part := phrase(piece)))
        self._add(
            squashed(text),
            found,
            weight=weight(text),
            linked=linked,
            text=text[:QUOTED],
            parts=parts,
            is_heading=is_heading,
        )

    def _picture(self, tag: Tag, link: Link | None) -> None:
        address = media.address_of(tag, self.facts.base_url) or attribute(tag, "src")[:200]
        if tag.name in ("picture", "video", "audio") and not address:
            return  # its picture is a child
        self._add(address, (link,) if link else (), is_picture=True)

    def _add(self, content: str, links: Iterable[Link], **values: Any) -> None:  # noqa: ANN401 - other fields of Line
        links = tuple(links)
        leads_in = any(link.is_content for link in links)
        self.lines.append(
            Line(
                digest=digest(content),
                own=tuple(link.key for link in links if link.own),
                foreign=tuple(link.key for link in links if not link.own),
                is_content=leads_in or any(squashed(name) in content for name in self.facts.authors if len(name) > 1),
                content=content,
                **values,
            )
        )


def _alone(block: Tag) -> set[int]:
    """Return the inline elements in a block that are a whole line, by `id()`."""
    inside = [node for node in block.contents if not blank(node)]
    edges = [True, *(isinstance(node, Tag) and node.name in _EDGES for node in inside), True]
    return {
        id(node)
        for at, node in enumerate(inside)
        if isinstance(node, Tag) and node.name not in _EDGES and edges[at] and edges[at + 2]
    }


@frozen
class Survey:
    """The lines and structures of a post."""

    #: without their `content`, as all lines here
    lines: tuple[Line, ...] = ()
    #: what the present rules leave
    shown: tuple[Line, ...] = ()
    #: for each selector the ranges of lines that it selects, without nested ones
    structures: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    #: selectors that select a part of the article, by its size, element or position
    refused: frozenset[str] = frozenset()
    #: whether the post could not be read
    failed: bool = False


def survey(html: str, facts: Context, *, rules: Rules) -> Survey:
    """Return the lines and structures of a post that the rules do not remove by markup."""
    root = dom.parse(printable(html))
    Trimmer(root, facts, rules).by_markup()
    lines, spans = read_lines(root, facts)
    cleaned, left = _cleaned(html, facts, rules)
    shown = {line.digest for line in left}
    text = "\n".join((squashed(dom.text_of(cleaned)), *(line.content for line in left if line.is_picture)))
    weights = list(accumulate((line.weight for line in lines), initial=0))
    shares = {id(span.tag): (weights[span.end] - weights[span.start]) / max(1, weights[-1]) for span in spans}
    structures: dict[str, list[tuple[int, int]]] = defaultdict(list)
    refused: set[str] = set()
    for span in spans:
        if span.whole and span.start == span.end:
            continue
        may_go = _may_go(span, lines, shares)
        for selector in _selectors_of(span.tag):
            if not may_go or _names_anything(span.tag, selector, shares):
                refused.add(selector)
            elif not (ranges := structures[selector]) or span.start >= ranges[-1][1]:
                ranges.append((span.start, span.end))
    if wrap_lines(root):
        again, inside = read_lines(root, facts)
        spans = inside if again == lines else spans
    for selector, range_ in _texts(spans, lines).items():
        structures[selector] = [range_]
    for selector, ranges in structures.items():
        if sum(weights[end] - weights[start] for start, end in ranges) > _MOST * weights[-1]:
            refused.add(selector)
    kept = {selector: tuple(ranges) for selector, ranges in structures.items() if selector not in refused}
    seen = (replace(line, content="", stays=line.digest in shown or line.content in text) for line in lines)
    rest = tuple(replace(line, content="") for line in left)
    return Survey(lines=tuple(seen), shown=rest, structures=kept, refused=frozenset(refused))


def is_of_text(selector: str) -> bool:
    """Return whether a selector names a block by its text and place."""
    return _CONTAINS in selector


def _texts(spans: Sequence[Span], lines: Sequence[Line]) -> dict[str, tuple[int, int]]:
    """Return selectors of the first and the last paragraphs by text and place, each with the range of its lines."""
    found: dict[str, tuple[int, int]] = {}
    for span in spans:
        is_near = span.start < _FIRST or span.end > len(lines) - _LAST
        if not (span.whole and is_near and span.end > span.start and span.tag.name in _OF_TEXT):
            continue
        if _announces(lines[span.end - 1]):
            continue
        place = _place(span.tag)
        for text in _quotable(span.tag) if place else ():
            found[f'{span.tag.name}{_CONTAINS}("{text}"){place}'] = span.start, span.end
    return found


def _quotable(tag: Tag) -> set[str]:
    """Return texts that can name a paragraph: its line before the first break, and runs that nothing interrupts."""
    out: list[str] = []
    for node in dom.nodes(tag):
        if isinstance(node, dom.Text):
            out.append(node)
        elif isinstance(node, Tag) and node.name in dom.BREAKS and any(map(str.strip, out)):
            break
    runs = (run.strip() for text in out for run in _ODD_SPACE.split(text))
    some = ["".join(out).strip(), *islice((run for run in runs if weight(run) >= SENTENCE), _TEXTS)]
    return {text for text in some if _is_quotable(text)}


def _is_quotable(text: str) -> bool:
    is_fit = weight(text) >= _SHORTEST and len(text) <= _LONGEST
    return is_fit and not _ODD_SPACE.search(text) and '"' not in text and "\\" not in text


def _place(tag: Tag) -> str:
    """Return where an element is among those beside it, as a part of a selector; "" for the middle."""
    if sum(isinstance(node, Tag) for node in dom.siblings(tag, 1)) < _LAST:
        return f":nth-last-child(-n+{_LAST})"
    return f":nth-child(-n+{_FIRST})" if sum(isinstance(node, Tag) for node in dom.siblings(tag, -1)) < _FIRST else ""


def shown_lines(html: str, facts: Context, rules: Rules) -> tuple[Line, ...]:
    """Return the lines and pictures of the cleaned post."""
    return _cleaned(html, facts, rules)[1]


def _cleaned(html: str, facts: Context, rules: Rules) -> tuple[Tag, tuple[Line, ...]]:
    root = dom.parse(clean(html, facts, rules=rules).html)
    return root, read_lines(root, facts)[0]


def _may_go(span: Span, lines: Sequence[Line], shares: dict[int, float]) -> bool:
    """Return whether an element could be navigation: by its share of the text, its name and its last line."""
    if not span.whole or span.tag.name in _PROSE or shares[id(span.tag)] > _MOST:
        return False
    return not _announces(lines[span.end - 1])


def _announces(line: Line) -> bool:
    """Return whether a line belongs to what follows, as a colon says."""
    return not line.linked and line.content.endswith((":", "："))


def _names_anything(tag: Tag, selector: str, shares: dict[int, float]) -> bool:
    """Return whether the selector names a plain element, such as `div`, in an element with most of the text."""
    if not selector.endswith(f"> {tag.name}"):
        return False
    above = tag
    for _ in range(selector.count(" > ")):
        above = above.parent or above
    return shares.get(id(above), 1.0) > 0.5


def _selectors_of(tag: Tag) -> tuple[str, ...]:
    """Return the selectors that could name an element, escaped; none if its names are too vague."""
    own = _names(tag)
    found = [name for name in own if not _is_vague(name)]
    classes = [name for name in own if name.startswith(".")][:4]
    found += [one + two for one, two in combinations(classes, 2) if not (_is_vague(one) and _is_vague(two))]
    found = [_named(tag, name) for name in found]
    if tag.name in _FRAME or "-" in tag.name:
        found.append(tag.name)
    above, between = tag.parent, ""
    for _ in range(2):
        if above is None or above.name == "[document]":
            break
        near = [_named(above, name) for name in _names(above)[:3] if not _is_vague(name)]
        if near:
            steps = [_named(tag, name) for name in classes[:2]] or [tag.name] * (tag.name in dom.BLOCKS)
            found += [f"{outer} > {between}{step}" for outer in near for step in steps]
            break
        between = f"{_css(above.name)} > {between}"
        above = above.parent
    return tuple(dict.fromkeys(found))


def rank(selector: str) -> tuple[bool, int, int, str]:
    """Return a sort key that puts simple and stable selectors first, and of those by text the most exact."""
    if is_of_text(selector):
        return True, 0, -len(selector), selector
    return bool(_SHAKY.search(selector)), len(re.findall(r"(?<!\\)[.#>]", selector)), len(selector), selector


def _names(tag: Tag) -> list[str]:
    name = attribute(tag, "id").strip(" \t\r\n\f")
    names = ["#" + _css(name)] if name and not re.search(r"[ \t\r\n\f]", name) and len(name) <= 80 else []
    words = re.split(r"[ \t\r\n\f]+", attribute(tag, "class"))[:8]
    return names + ["." + _css(word) for word in dict.fromkeys(words) if 0 < len(word) <= 80]


def _named(tag: Tag, name: str) -> str:
    return name if name.startswith("#") else _css(tag.name) + name


def _is_vague(name: str) -> bool:
    """Return whether a class or id does not say what its element is for."""
    words = [word.lower() for word in _WORD.findall(name)]
    return len(name) <= 3 or all(word in _VAGUE or word.isdigit() for word in words)


@lru_cache(maxsize=10_000)
def _css(name: str) -> str:
    """Return a name as CSS writes it, in printable characters."""
    out = ""
    for piece in re.split(r"(.)", name, flags=re.DOTALL) if not name.isprintable() else [name]:
        if not piece.isprintable():
            out += f"\\{ord(piece):06x}"
        elif piece:
            # only the first character of a name must not be a digit
            out += soupsieve.escape("_" + piece)[1:] if out else soupsieve.escape(piece)
    return out
