"""Anchors: links within the text lead to ids of the text, others to the page of the entry.

In: the elements of a tree, and the address of its page. Out: the same elements, with the ids that are needed.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from bs4 import Tag

from feedtool import urls
from feedtool.sanitiser.dom import HEADINGS, attribute

#: characters
_LONGEST_ID = 200


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
