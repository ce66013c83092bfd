"""One post -> its lines, and the structures that hold them: elements by the CSS selectors that could name them.

In: the HTML of a post, its header, the present rules. Out: a `Survey` of numbers and selectors without the tree, so
that hundreds of posts fit into memory. Class names and ids that only describe a look, or that any article has, are not
used alone. Pure.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate, combinations

import soupsieve
from bs4 import Tag

from feedtool.learn.tokeniser import Line, Span, read_lines
from feedtool.sanitiser import Context, Rules, clean, dom
from feedtool.sanitiser.text import folded, printable, squashed, weight
from feedtool.sanitiser.trim import Trimmer

#: no structure with a larger share of a post's text is proposed
_MOST = 0.3
#: elements that always belong to an article
_PROSE = dom.HEADINGS | frozenset(
    "blockquote caption code dd dl dt figcaption figure pre table tbody td tfoot th thead tr"
    " picture video audio iframe embed object source".split()
)

#: elements that a rule can name by their text: none of them holds another; how many first and last lines have such
#: rules; the least weight and the most characters of such a text
_OF_TEXT = frozenset({"p"})
_FIRST, _LAST = 3, 6
_SHORTEST, _LONGEST = 12, 160
_CONTAINS = ":-soup-contains"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The lines and structures of a post."""

    #: without their `content`
    lines: tuple[Line, ...] = ()
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
    for selector, at in _texts(spans, lines).items():
        structures[selector] = [(at, at + 1)]
    for selector, ranges in structures.items():
        if sum(weights[end] - weights[start] for start, end in ranges) > _MOST * weights[-1]:
            refused.add(selector)
    kept = {selector: tuple(ranges) for selector, ranges in structures.items() if selector not in refused}
    seen = (replace(line, content="", stays=line.digest in shown or line.content in text) for line in lines)
    return Survey(lines=tuple(seen), structures=kept, refused=frozenset(refused))


def is_of_text(selector: str) -> bool:
    """Return whether a selector names a block by its text and place."""
    return _CONTAINS in selector


def _texts(spans: Sequence[Span], lines: Sequence[Line]) -> dict[str, int]:
    """Return selectors of the first and the last lines by text and place, each with the number of its line."""
    found: dict[str, int] = {}
    for span in spans:
        is_near = span.start < _FIRST or span.end > len(lines) - _LAST
        if not (span.whole and is_near and span.end == span.start + 1 and span.tag.name in _OF_TEXT):
            continue
        text = folded(dom.text_of(span.tag))
        place = _place(span.tag)
        if place and weight(text) >= _SHORTEST and len(text) <= _LONGEST and '"' not in text and "\\" not in text:
            found[f'{span.tag.name}{_CONTAINS}("{text}"){place}'] = span.start
    return found


def _place(tag: Tag) -> str:
    """Return where an element is among those beside it, as a part of a selector; "" for the middle."""
    if sum(isinstance(node, Tag) for node in tag.next_siblings) < _LAST:
        return f":nth-last-child(-n+{_LAST})"
    return f":nth-child(-n+{_FIRST})" if sum(isinstance(node, Tag) for node in tag.previous_siblings) < _FIRST else ""


def shown_lines(html: str, facts: Context, rules: Rules) -> tuple[Counter[int], int]:
    """Return the lines and pictures of the cleaned post, by digest, and the weight of its text."""
    _, lines = _cleaned(html, facts, rules)
    return Counter(line.digest for line in lines), sum(line.weight for line in lines)


def _cleaned(html: str, facts: Context, rules: Rules) -> tuple[Tag, tuple[Line, ...]]:
    """Return the tree of the cleaned post, and its lines."""
    root = dom.parse(clean(html, facts, rules=rules).html)
    return root, read_lines(root, facts)[0]


def _may_go(span: Span, lines: Sequence[Line], shares: dict[int, float]) -> bool:
    """Return whether an element could be navigation: by its share of the text, its name and its last line."""
    if not span.whole or span.tag.name in _PROSE or shares[id(span.tag)] > _MOST:
        return False
    last = lines[span.end - 1]
    return bool(last.linked) or not last.content.endswith((":", "："))  # a colon belongs to what follows


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
    """Return a sort key that puts simple and stable selectors first."""
    return bool(_SHAKY.search(selector)), len(re.findall(r"(?<!\\)[.#>]", selector)), len(selector), selector


def _names(tag: Tag) -> list[str]:
    """Return the id and the classes as selectors."""
    name = dom.attribute(tag, "id").strip(" \t\r\n\f")
    names = ["#" + _css(name)] if name and not re.search(r"[ \t\r\n\f]", name) and len(name) <= 80 else []
    words = re.split(r"[ \t\r\n\f]+", dom.attribute(tag, "class"))[:8]
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
