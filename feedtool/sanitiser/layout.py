"""What stands where in a text: its prose, its edges, its links, which element begins and ends what.

In: a tree with its measures, and the post's source. Out: answers about its elements. Never changes the tree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import Tag

from feedtool import urls
from feedtool.sanitiser.density import Measures
from feedtool.sanitiser.dom import BLOCKS, attribute, blank, children, elements, outline, text_of
from feedtool.sanitiser.text import phrase, weight

_FILES = (".pdf", ".zip", ".epub", ".doc", ".docx", ".xls", ".xlsx", ".csv", ".ppt", ".pptx", ".mp3", ".m4a", ".mp4")
#: The weight of a sentence.
_SENTENCE = 60
_PROSE = frozenset({"p", "div", "li", "blockquote", "td", "dd", "pre"})
_DOUBLE_DOMAINS = frozenset("ac co com edu gob gov govt net or ne go org gr".split())


def site_of(address: str) -> str:
    """Return the part of a host that names who runs it: example.co.uk of news.example.co.uk."""
    labels = urls.host_of(address).split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _DOUBLE_DOMAINS else 2
    return ".".join(labels[-keep:])


def is_file(href: str) -> bool:
    """Return whether a link leads to a document rather than to a page."""
    return href.partition("?")[0].lower().endswith(_FILES)


def is_prose(tag: Tag, measures: Measures) -> bool:
    """Return whether an element is a paragraph proper."""
    if tag.name not in _PROSE:
        return False
    size = measures.of(tag)
    if size.longest < _SENTENCE or size.plain < 0.5 * size.text:
        return False
    if len(tag.contents) == 1 and not isinstance(tag.contents[0], Tag):
        return True
    return not any(below.name in BLOCKS for below in children(tag)) or _has_text_of_its_own(tag)


def _has_text_of_its_own(tag: Tag) -> bool:
    return any(not isinstance(node, Tag) and weight(str(node)) >= _SENTENCE for node in tag.contents)


@dataclass(slots=True, kw_only=True)
class Layout:
    """A tree as a reader's eye goes over it."""

    root: Tag
    measures: Measures
    #: the post's source
    source: str
    #: who runs the post's source
    site: str = field(init=False)
    tags: list[Tag] = field(init=False)
    #: positions of the first and the last paragraph proper in document order
    first: int = field(init=False, default=-1)
    last: int = field(init=False, default=-1)
    #: from an element to its place in document order, and for each place that after the last element inside
    order: dict[int, int] = field(init=False, default_factory=dict)
    ends: list[int] = field(init=False)
    #: the links with their places; how many before each lead away from the post's site
    anchors: list[Tag] = field(init=False, default_factory=list)
    places: list[int] = field(init=False, default_factory=list)
    foreign: list[int] = field(init=False, default_factory=lambda: [0])
    _phrases: dict[int, str] = field(init=False, default_factory=dict)
    _tail: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        """Go over the tree once."""
        self.site = site_of(self.source)
        self._tail = frozenset(self._last_elements())
        self.tags, self.ends = outline(self.root)
        for place, tag in enumerate(self.tags):
            self.order[id(tag)] = place
            if tag.name == "a":
                href = attribute(tag, "href")
                self.anchors.append(tag)
                self.places.append(place)
                is_foreign = href[:1] != "#" and (site_of(href) != self.site or is_file(href))
                self.foreign.append(self.foreign[-1] + is_foreign)
            elif tag.name in _PROSE and is_prose(tag, self.measures):
                self.first = place if self.first < 0 else self.first
                self.last = place

    def is_edge(self, tag: Tag) -> bool:
        """Return whether an element stands before the first or after the last paragraph proper."""
        place = self.order[id(tag)]
        return self.first < 0 or place < self.first or place > self.last

    def links(self, tag: Tag) -> list[Tag]:
        """Return the links in an element."""
        first, end = self._links_at(tag)
        return self.anchors[first:end]

    def is_own(self, tag: Tag) -> bool:
        """Return whether an element has links, and all of them stay on the post's site."""
        first, end = self._links_at(tag)
        return bool(self.site) and first < end and self.foreign[first] == self.foreign[end]

    def count(self, tag: Tag) -> tuple[int, int]:
        """Return how many links an element has, and how many of them stay on the post's site."""
        first, end = self._links_at(tag)
        return end - first, end - first - (self.foreign[end] - self.foreign[first])

    def _links_at(self, tag: Tag) -> tuple[int, int]:
        place = self.order[id(tag)]
        return bisect_left(self.places, place), bisect_left(self.places, self.ends[place])

    def phrase(self, tag: Tag) -> str:
        """Return the text of an element as it stands in the lists of phrases."""
        found = self._phrases.get(id(tag))
        if found is None:
            inside = tag.contents
            is_leaf = len(inside) == 1 and not isinstance(inside[0], Tag)
            found = self._phrases[id(tag)] = phrase(str(inside[0]) if is_leaf else text_of(tag))
        return found

    def top(self, tag: Tag) -> Tag:
        """Return the outermost element that holds the same text and nothing else."""
        size = self.measures.of(tag)
        while tag.parent is not None and tag.parent is not self.root:
            above = self.measures.of(tag.parent)
            if above.text != size.text or above.media != size.media or above.links != size.links:
                break
            tag = tag.parent
        return tag

    def is_last(self, tag: Tag) -> bool:
        """Return whether no text follows an element."""
        return id(tag) in self._tail

    def _last_elements(self) -> Iterator[int]:
        """Yield the ids of the elements that no text follows."""
        above: Tag | None = self.root
        while above is not None:
            inside, above = above.contents, None
            for node in reversed(inside):
                if isinstance(node, Tag):
                    yield id(node)
                    size = self.measures.of(node)
                    if size.text or size.media:
                        above = node
                        break
                    yield from map(id, elements(node))
                elif not blank(node):
                    break
