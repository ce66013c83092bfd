"""A tree -> the lines of its text, and the range of lines in each element.

In: a tree of `sanitiser.dom`, and the post's header. Out: lines in document order, and for each element its range of
lines. A picture is a line of its own. Never changes the tree.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from feedtool import urls
from feedtool.sanitiser import Context, media
from feedtool.sanitiser.dom import BLOCKS, MEDIA, attribute, blank
from feedtool.sanitiser.text import folded, squashed, weight

#: characters of a line that are quoted
QUOTED = 40

#: elements that end a line
_EDGES = BLOCKS | {"br", "hr"}
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp)$", re.IGNORECASE)
_SCHEME = re.compile(r"^https?://(?:www\.)?")
_PERSON = re.compile(r"/(?:authors?|users?|people|profiles?|contributors?)/[^/]+/?$|/@[^/]+/?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The target of a link."""

    #: digest of the address, without the part that names the linking page
    key: int
    #: within the site
    own: bool = False
    #: a picture, a part of the linking page, or the page of a person
    is_content: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The visible text between two line breaks, or a picture."""

    #: of `content`
    digest: int
    #: see `sanitiser.text.weight`; 0 for a picture
    weight: int = 0
    #: the weight of its text in links
    linked: int = 0
    #: keys of its links within the site, and of those to other sites
    own: tuple[int, ...]
    foreign: tuple[int, ...]
    #: whether it names an author, or links to a part of the post
    is_content: bool
    is_picture: bool = False
    #: the first words
    text: str = ""
    #: the whole text without white space, or the picture's address; "" in a survey
    content: str
    #: in a survey: whether the present rules leave it in the entry
    stays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
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
        elif isinstance(node, NavigableString):
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
    """The lines and elements so far."""

    facts: Context
    lines: list[Line] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    #: the texts of the line that is not ended yet
    pieces: list[tuple[str, Link | None]] = field(default_factory=list)
    #: inline elements that are a whole line
    alone: set[int]

    def enter(self, tag: Tag, link: Link | None) -> Link | None:
        """Begin an element; return the link that its content belongs to."""
        whole = tag.name in BLOCKS or id(tag) in self.alone
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
            self.end_line()
        self.spans[at] = replace(self.spans[at], end=len(self.lines))

    def end_line(self) -> None:
        """End the line, unless it is empty."""
        pieces, self.pieces = self.pieces, []
        text = folded("".join(piece for piece, _ in pieces))
        if not text:
            return
        linked = min(weight(text), sum(weight(folded(piece)) for piece, link in pieces if link))
        found = dict.fromkeys(link for piece, link in pieces if link and piece.strip())
        self._add(squashed(text), found, weight=weight(text), linked=linked, text=text[:QUOTED])

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
