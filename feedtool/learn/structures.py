"""One post -> what stands in it after the rules have been applied, and under which selectors.

In: the HTML of a post, what the post says about itself, the rules in force. Out: a `Survey`: numbers and names, no
tree, so that hundreds of posts can be held beside each other. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from bs4 import Tag

from feedtool.learn.selectors import selectors_of
from feedtool.learn.tokeniser import Line, Span, read_lines
from feedtool.sanitiser import Context, Rules, clean, dom
from feedtool.sanitiser.layout import Measures
from feedtool.sanitiser.text import printable, squashed
from feedtool.sanitiser.trim import Trimmer

#: no structure with a larger share of a post's text is ever proposed
MOST = 0.3
#: elements that are a part of a text whatever they are called
_PROSE = dom.HEADINGS | frozenset(
    "blockquote caption code dd dl dt figcaption figure pre table tbody td tfoot th thead tr"
    " picture video audio iframe embed object source".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line as it is remembered: its numbers and its first words."""

    digest: int
    weight: int
    linked: int
    is_picture: bool
    #: keys of its links that stay on the site, and of those that leave it
    own: tuple[int, ...]
    foreign: tuple[int, ...]
    #: whether it names the author, or leads into the page itself
    is_content: bool
    #: whether it is in what a subscriber reads today
    stays: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What stands in a post."""

    marks: tuple[Mark, ...]
    #: for each selector the ranges of lines that it selects, none within another
    places: dict[str, tuple[tuple[int, int], ...]]
    #: selectors that select what is a part of the article by its size, its element or its place
    refused: frozenset[str]
    #: whether the post could not be looked at
    failed: bool = False


def survey(html: str, facts: Context, *, rules: Rules) -> Survey:
    """Return what stands in a post that the rules do not remove."""
    root = dom.parse(printable(html))
    Trimmer(root=root, context=facts, rules=rules, measures=Measures(root)).by_markup()
    lines, spans = read_lines(root, facts)
    shown, text = _shown(html, facts, rules)
    marks = tuple(_mark(line, facts, stays=line.digest in shown or line.content in text) for line in lines)
    weights = list(accumulate((line.weight for line in lines), initial=0))
    shares = {id(span.tag): (weights[span.end] - weights[span.start]) / max(1, weights[-1]) for span in spans}
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    refused: set[str] = set()
    for span in spans:
        if span.whole and span.start == span.end:
            continue
        may_go = _may_go(span, lines, shares)
        for selector in selectors_of(span.tag):
            if not may_go or _names_anything(span.tag, selector, shares):
                refused.add(selector)
            elif not (ranges := places[selector]) or span.start >= ranges[-1][1]:
                ranges.append((span.start, span.end))
    for selector, ranges in places.items():
        if sum(weights[end] - weights[start] for start, end in ranges) > MOST * weights[-1]:
            refused.add(selector)
    kept = {selector: tuple(ranges) for selector, ranges in places.items() if selector not in refused}
    return Survey(marks=marks, places=kept, refused=frozenset(refused))


def shown_lines(html: str, facts: Context, rules: Rules) -> tuple[Counter[int], int]:
    """Return the lines and pictures that a subscriber reads, by digest, and the weight of the text."""
    root = dom.parse(clean(html, facts, rules=rules).html)
    lines, _ = read_lines(root, facts)
    return Counter(line.digest for line in lines), sum(line.weight for line in lines)


def _shown(html: str, facts: Context, rules: Rules) -> tuple[frozenset[int], str]:
    """Return the lines and pictures that a subscriber reads, by digest, and all their text."""
    root = dom.parse(clean(html, facts, rules=rules).html)
    lines, _ = read_lines(root, facts)
    addresses = "\n".join(line.content for line in lines if line.is_picture)
    return frozenset(line.digest for line in lines), squashed(dom.text_of(root)) + "\n" + addresses


def _mark(line: Line, facts: Context, *, stays: bool) -> Mark:
    names = {squashed(name) for name in facts.authors if len(name) > 1}
    leads_in = any(link.inner or link.person for link in line.links)
    return Mark(
        digest=line.digest,
        weight=line.weight,
        linked=line.linked,
        is_picture=line.is_picture,
        own=tuple(link.key for link in line.links if link.own),
        foreign=tuple(link.key for link in line.links if not link.own),
        is_content=leads_in or any(name in line.content for name in names),
        stays=stays,
        text=line.text,
    )


def _may_go(span: Span, lines: Sequence[Line], shares: dict[int, float]) -> bool:
    """Return whether an element could be navigation by its size, its kind and its end."""
    if not span.whole or span.tag.name in _PROSE or shares[id(span.tag)] > MOST:
        return False
    last = lines[span.end - 1]
    return bool(last.linked) or not last.content.endswith((":", "："))  # what announces goes with what follows


def _names_anything(tag: Tag, selector: str, shares: dict[int, float]) -> bool:
    """Return whether the selector names any such element in what holds the main share of the text."""
    if not selector.endswith(f"> {tag.name}"):
        return False
    above = tag
    for _ in range(selector.count(" > ")):
        above = above.parent or above
    return shares.get(id(above), 1.0) > 0.5
