"""A tree -> the lines that it shows, and which of them each element holds.

In: a tree of `sanitiser.tree`, and what the post says about itself. Out: lines in document order, and for each
element the range of lines that it holds. A picture is a line of its own. Never changes the tree, never judges.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from feedtool.sanitiser import Context, links, media
from feedtool.sanitiser.dom import BLOCKS, MEDIA, attribute, blank
from feedtool.sanitiser.text import folded, squashed, weight

#: how much of a line is quoted
QUOTED = 40

#: elements beside which a line begins anew
_EDGES = BLOCKS | {"br", "hr"}
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp)$", re.IGNORECASE)
_SCHEME = re.compile(r"^https?://(?:www\.)?")
_PERSON = re.compile(r"/(?:authors?|users?|people|profiles?|contributors?)/[^/]+/?$|/@[^/]+/?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a link leads."""

    #: digest of the address, without what it says of the page that it stands on
    key: int
    #: whether it stays on the site
    own: bool = False
    #: whether it leads to a picture, or into the page that it stands on
    inner: bool = False
    #: whether it leads to a person's page
    person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a reader sees between two line breaks, or a picture."""

    #: of the text, or of the picture's address
    digest: int
    #: the text's, by the measure of `text.weight`; 0 for a picture
    weight: int = 0
    #: how much of it is in links
    linked: int = 0
    links: tuple[Link, ...] = ()
    is_picture: bool = False
    #: the first words, one line
    text: str = ""
    #: the whole text without white space, or the picture's address
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An element, and the range of lines that it holds."""

    tag: Tag
    start: int
    end: int
    #: whether it begins and ends with its lines; False within a sentence
    whole: bool


def digest(text: str) -> int:
    """Return a number for a text, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def read_lines(root: Tag, facts: Context) -> tuple[tuple[Line, ...], tuple[Span, ...]]:
    """Return the lines below an element, and each element's range, outer ones first."""
    walk = _Walk(facts=facts, alone=_alone(root))
    stack: list[tuple[PageElement | _End, Link | None]] = [(node, None) for node in reversed(root.contents)]
    while stack:
        node, link = stack.pop()
        if isinstance(node, _End):
            walk.leave(node)
        elif isinstance(node, NavigableString):
            walk.read(node, link)
        elif isinstance(node, Tag):
            link = walk.enter(node, link)
            stack.append((_End(node, len(walk.spans) - 1), None))
            stack.extend((below, link) for below in reversed(node.contents))
            if node.name in BLOCKS:
                walk.alone |= _alone(node)
    walk.end_line()
    return tuple(walk.lines), tuple(walk.spans)


def link_of(href: str, facts: Context) -> Link | None:
    """Return where an address leads; None for a place in the text and for what is no link."""
    if not href.strip() or href.strip().startswith("#"):
        return None
    address = links.absolute(href, facts.base_url)
    if not address:
        return Link(key=digest(href.strip()[:1000]))
    host, there = links.host_of(facts.base_url), links.host_of(address)
    here = _SCHEME.sub("", links.absolute(facts.base_url, "")).partition("#")[0]
    page, _, place = _SCHEME.sub("", address).partition("#")
    if page == here:
        return Link(key=digest("#" + place), own=True, inner=bool(place))
    here = here.partition("?")[0]
    bare, _, query = page.partition("?")
    if bare == here or (host and host in unquote(query)):
        # A button names the page that it stands on: it is the same button on every page.
        return Link(key=digest(bare if bare != here else "?" + query), own=_same_site(host, there))
    path = bare[bare.find("/") :]
    below = bare.startswith(here.rstrip("/") + "/")
    return Link(
        key=digest(page),
        own=_same_site(host, there),
        inner=below or bool(_PICTURE_FILE.search(path)),
        person=bool(_PERSON.search(path)),
    )


def _same_site(one: str, other: str) -> bool:
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return bool(one and other) and (one == other or one.endswith("." + other) or other.endswith("." + one))


@dataclass(frozen=True, slots=True)
class _End:
    """Where an element ends."""

    tag: Tag
    at: int


@dataclass(slots=True, kw_only=True)
class _Walk:
    """What has been read so far."""

    facts: Context
    lines: list[Line] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    pieces: list[tuple[str, Link | None]] = field(default_factory=list)
    #: inline elements that are all of their line
    alone: set[int]

    def enter(self, tag: Tag, link: Link | None) -> Link | None:
        """Begin an element; return the link that what is in it belongs to."""
        whole = tag.name in BLOCKS or id(tag) in self.alone
        if whole or tag.name in _EDGES:
            self.end_line()
        self.spans.append(Span(tag=tag, start=len(self.lines), end=len(self.lines), whole=whole))
        if tag.name == "a":
            link = link_of(attribute(tag, "href"), self.facts) or link
        if tag.name in MEDIA:
            self._picture(tag, link)
        return link

    def leave(self, end: _End) -> None:
        """End an element."""
        span = self.spans[end.at]
        if span.whole:
            self.end_line()
        self.spans[end.at] = Span(tag=span.tag, start=span.start, end=len(self.lines), whole=span.whole)

    def read(self, text: str, link: Link | None) -> None:
        """Add text to the line."""
        self.pieces.append((text, link))

    def end_line(self) -> None:
        """End the line, if there is anything in it."""
        pieces, self.pieces = self.pieces, []
        text = folded("".join(piece for piece, _ in pieces))
        if not text:
            return
        content = squashed(text)
        found = dict.fromkeys(link for piece, link in pieces if link and piece.strip())
        self.lines.append(
            Line(
                digest=digest(content),
                weight=weight(text),
                linked=min(weight(text), sum(weight(folded(piece)) for piece, link in pieces if link)),
                links=tuple(found),
                text=text[:QUOTED],
                content=content,
            )
        )

    def _picture(self, tag: Tag, link: Link | None) -> None:
        address = media.address_of(tag, self.facts.base_url) or attribute(tag, "src")[:200]
        if tag.name in ("picture", "video", "audio") and not address:
            return  # what it shows stands in it
        found = (link,) if link else ()
        self.lines.append(Line(digest=digest(address), links=found, is_picture=True, content=address))


def _alone(block: Tag) -> set[int]:
    """Return the inline elements in a block that are all of their line."""
    inside = [node for node in block.contents if not blank(node)]
    edges = [True, *(isinstance(node, Tag) and node.name in _EDGES for node in inside), True]
    return {
        id(node)
        for at, node in enumerate(inside)
        if isinstance(node, Tag) and node.name not in _EDGES and edges[at] and edges[at + 2]
    }
