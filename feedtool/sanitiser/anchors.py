"""Anchors: links within the text lead to ids of the text, others to the page of the entry; some only start a script.

In: the elements of a tree, and the address of its page. Out: the same elements, with the ids that are needed; the
blocks whose links only a script gives a meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote

from bs4 import Tag

from feedtool import urls
from feedtool.sanitiser.dom import BLOCKS, HEADINGS, attribute, letters, named
from feedtool.sanitiser.layout import Measures

#: characters
_LONGEST_ID = 200
#: Signs of links beside a heading that lead to it; addresses of links that only a script gives a meaning.
_SIGNS = frozenset({"¶", "#", "§", "🔗", "⚓", "∞", "☍"})
_DEAD = re.compile(r"#!?|javascript:.*", re.IGNORECASE | re.DOTALL)
#: The most text of a tool of the page, and of a label beside the tools; elements other than such a box.
_TOOL, _LABEL = 25, 40
_NO_BOX = HEADINGS | {"table", "tbody", "tr", "td", "th", "dt", "dd", "figcaption"}


def may_be_id(name: str) -> bool:
    """Return whether a text can be an element's id."""
    return 0 < len(name) <= _LONGEST_ID and not re.search(r"\s", name)


def linked_ids(tags: list[Tag]) -> set[str]:
    """Return the ids that links of the same text point to, such as those of footnotes."""
    anchors = [tag for tag in tags if tag.name == "a"]
    wanted = {unquote(attribute(link, "href")[1:]) for link in anchors if attribute(link, "href")[:1] == "#"} - {""}
    for link in anchors if wanted else ():
        if attribute(link, "name") in wanted and "id" not in link.attrs:
            link.attrs["id"] = attribute(link, "name")
    return {name for name in wanted if may_be_id(name)}


def settle_ids(tags: list[Tag], base: str) -> bool:
    """Remove the ids that no link points to, but for those of headings, and all but the first of a name.

    A link to an id that is not there leads to the page of the entry; return whether there is such a link.
    """
    wanted = linked_ids(tags)
    known: set[str] = set()
    for tag in tags:
        name = attribute(tag, "id")
        if name and (name in known or (name not in wanted and tag.name not in HEADINGS)):
            del tag.attrs["id"]
        known.add(name)
    return lead_out(tags, base)


def lead_out(tags: list[Tag], base: str) -> bool:
    """Lead the links to an id that is not there to the page, if it is known; return whether there are any."""
    known = {attribute(tag, "id") for tag in tags}
    is_any = False
    for link in tags if base else ():
        href = attribute(link, "href")
        if href[:1] == "#" and href[1:] and link.name == "a" and known.isdisjoint((href[1:], unquote(href[1:]))):
            link.attrs["href"] = urls.absolute(href, base) or href
            is_any = True
    return is_any


def is_sign(link: Tag) -> bool:
    """Return whether a link is only a sign, as generators put it beside a heading."""
    return attribute(link, "href")[:1] == "#" and letters(link).strip(" \ufe0f") in _SIGNS


def is_dead(link: Tag) -> bool:
    """Return whether only a script gives a link a meaning."""
    href = attribute(link, "href")
    return href[:1] in ("#", "j", "J") and _DEAD.fullmatch(href) is not None


def tool_boxes(dead: list[Tag], root: Tag, measures: Measures) -> Iterator[Tag]:
    """Yield the blocks that are tools of the page: dead links, and a label."""
    ids = set(map(id, dead))
    for link in dead:
        box = None
        for above in islice(link.parents, 6):
            size = measures.of(above)
            links = [below for below in named(above, "a") if attribute(below, "href")]
            is_bare = size.text <= _LABEL + _TOOL * len(links) and size.longest <= _LABEL and not size.media
            if above is root or not is_bare or not ids.issuperset(map(id, links)):
                break
            if above.name in BLOCKS and above.name not in _NO_BOX:
                box = above
        if box is not None and 2 * measures.of(box).text < measures.total.text:
            yield box
