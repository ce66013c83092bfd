"""Tidy: what repair and trimming left behind. Empty shells go, needless wrappers are opened, nesting is mended.

In: a tree of allowed elements. Out: the same text and pictures in a tree that every HTML parser reads alike,
so that cleaning twice changes nothing.
"""

from __future__ import annotations

from bs4 import Tag
from bs4.element import NavigableString

from feedtool.sanitiser.tree import BLOCKS, HEADINGS, blank, elements, named

#: Elements that are something without content.
_SELF = frozenset("img iframe audio video br hr wbr source track col td th".split())
_TABLE = {
    "table": frozenset({"caption", "colgroup", "thead", "tbody", "tfoot", "tr"}),
    "thead": frozenset({"tr"}),
    "tbody": frozenset({"tr"}),
    "tfoot": frozenset({"tr"}),
    "tr": frozenset({"td", "th"}),
}
_PARENTS = {
    "tr": frozenset({"table", "thead", "tbody", "tfoot"}),
    **dict.fromkeys(("td", "th"), frozenset({"tr"})),
    **dict.fromkeys(("thead", "tbody", "tfoot", "caption", "colgroup"), frozenset({"table"})),
}


def tidy(root: Tag, *, wrappers: bool) -> None:
    """Mend everything below an element in place; open wrappers that mean nothing if asked to."""
    _tables(root)
    blocky: set[int] = set()
    linked: set[int] = set()
    for tag in reversed(elements(root)):
        above = tag.parent
        if above is None:
            continue
        if _is_empty(tag):
            _drop(tag)
            continue
        _mend(tag, blocky, linked, wrappers=wrappers)
        if tag.parent is None:
            _hand_up(tag, above, blocky, linked)
            continue
        if tag.name in BLOCKS or tag.name in ("hr", "pre") or id(tag) in blocky:
            blocky.add(id(above))
        if tag.name == "a" or id(tag) in linked:
            linked.add(id(above))
    _edges(root)


def _hand_up(tag: Tag, above: Tag, blocky: set[int], linked: set[int]) -> None:
    """An opened wrapper leaves to its parent what was in it."""
    if id(tag) in blocky:
        blocky.add(id(above))
    if id(tag) in linked:
        linked.add(id(above))


def _is_empty(tag: Tag) -> bool:
    if tag.name in _SELF or "id" in tag.attrs:
        return False
    if tag.name == "pre":
        return not tag.get_text().strip() and not named(tag, "img", "iframe")
    return all(
        (isinstance(node, NavigableString) and not node.strip()) or _is_break(node) for node in tag.contents
    ) and not (tag.name == "tr" and tag.contents)


def _is_break(node: object) -> bool:
    return isinstance(node, Tag) and node.name in ("br", "wbr")


def _drop(tag: Tag) -> None:
    """Take out an empty shell; inside a line its white space stays."""
    if tag.name not in BLOCKS and any(isinstance(node, NavigableString) for node in tag.contents):
        tag.replace_with(NavigableString(" "))
    elif tag.name not in BLOCKS and named(tag, "br"):
        tag.unwrap()
    else:
        tag.extract()


def _mend(tag: Tag, blocky: set[int], linked: set[int], *, wrappers: bool) -> None:
    name, holds = tag.name, id(tag) in blocky
    if name == "p" and holds:
        tag.name = name = "div"
    if (name == "a" and id(tag) in linked) or (name == "span" and not tag.attrs):
        tag.unwrap()
    elif name in HEADINGS and holds:
        for below in named(tag, *HEADINGS):
            below.name = "div"
    elif wrappers and name == "div" and not tag.attrs:
        _open(tag, holds=holds)


def _open(tag: Tag, *, holds: bool) -> None:
    """Open a div that holds nothing but blocks, or that is all its block holds."""
    if holds and all(blank(node) or (isinstance(node, Tag) and node.name in BLOCKS | {"hr"}) for node in tag.contents):
        tag.unwrap()
        return
    above = tag.parent
    if (
        above is not None
        and above.name
        in (
            "div",
            "li",
            "td",
            "th",
            "blockquote",
            "figure",
            "figcaption",
            "dd",
            "[document]",
        )
        and all(node is tag or blank(node) for node in above.contents)
    ):
        tag.unwrap()


def _tables(root: Tag) -> None:
    """Turn the parts of a table that stand wrongly into plain blocks, outermost first; their text stays where it is."""
    for tag in named(root, *_TABLE, "td", "th", "caption", "colgroup"):
        parents = _PARENTS.get(tag.name)
        if parents and (tag.parent is None or tag.parent.name not in parents):
            tag.name = "div"
        elif (inside := _TABLE.get(tag.name)) and not all(
            blank(n) or (isinstance(n, Tag) and n.name in inside) for n in tag.contents
        ):
            tag.name = "div"
            tag.attrs = {}
        if tag.name == "div":
            tag.attrs = {key: value for key, value in tag.attrs.items() if key in ("id", "lang", "dir")}


def _edges(root: Tag) -> None:
    """Take line breaks and white space from both ends of the text."""
    for end in (0, -1):
        while root.contents and (blank(root.contents[end]) or _is_break(root.contents[end])):
            root.contents[end].extract()
