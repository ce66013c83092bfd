"""Tidy: what repair and trimming left behind. Empty shells go, needless wrappers are opened, nesting is mended.

In: a tree of allowed elements. Out: the same text and pictures in a tree that every HTML parser reads alike,
so that cleaning twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bs4 import Tag
from bs4.element import PageElement

from feedtool.sanitiser.dom import BLOCKS, HEADINGS, blank, elements, letters, named
from feedtool.sanitiser.edits import fill
from feedtool.sanitiser.nodes import Text

#: Elements that are something without content.
_SELF = frozenset("img iframe audio video br hr wbr source track td th".split())
_TABLE = {
    "table": frozenset({"caption", "colgroup", "thead", "tbody", "tfoot", "tr"}),
    "thead": frozenset({"tr"}),
    "tbody": frozenset({"tr"}),
    "tfoot": frozenset({"tr"}),
    "tr": frozenset({"td", "th"}),
    "dl": frozenset({"dt", "dd", "div"}),
}
#: Elements that need no div round all that they hold.
_OPENING = frozenset({"div", "li", "td", "th", "blockquote", "figure", "figcaption", "dd"})
#: Elements of which none stands directly in another of its kind.
_APART = {
    **dict.fromkeys(("li", "dt", "dd"), frozenset({"li", "dt", "dd"})),
    **dict.fromkeys(("rt", "rp"), frozenset({"rt", "rp"})),
}
_ITEMS = {**dict.fromkeys(("ul", "ol"), frozenset({"li", "ul", "ol"})), "dl": frozenset({"dt", "dd", "div"})}
_PLAYERS = frozenset({"video", "audio", "picture", "iframe"})
_PARENTS = {
    "tr": frozenset({"table", "thead", "tbody", "tfoot"}),
    **dict.fromkeys(("td", "th"), frozenset({"tr"})),
    **dict.fromkeys(("thead", "tbody", "tfoot", "caption", "colgroup"), frozenset({"table"})),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """What became of a tree."""

    #: whether elements nest as they should not: a parser would read that as something else
    odd: bool
    #: whether anything is another than before
    changed: bool


def tidy(root: Tag, tags: list[Tag], *, wrappers: bool) -> Tidied:
    """Mend all elements below one in place, given in document order; open wrappers that mean nothing if asked to."""
    state = _State(wrappers=wrappers, changed=_tables(tags))
    for tag in reversed(tags):
        _settle(tag, state)
    state.put_together(root)
    count = len(root.contents)
    while root.contents and _is_gap(root.contents[-1]):
        root.contents.pop()
    first = next((place for place, node in enumerate(root.contents) if not _is_gap(node)), 0)
    fill(root, root.contents[first:])
    return Tidied(odd=state.odd, changed=state.changed or len(root.contents) != count)


@dataclass(slots=True, kw_only=True)
class _State:
    """What is known of the elements that were mended, from the last to the first."""

    wrappers: bool
    #: what stands in the place of an element, by its id
    instead: dict[int, list[PageElement]] = field(default_factory=dict)
    #: elements whose contents change
    stale: set[int] = field(default_factory=set)
    #: elements that hold blocks, that hold links
    blocky: set[int] = field(default_factory=set)
    linked: set[int] = field(default_factory=set)
    odd: bool = False
    changed: bool = False

    def put_together(self, tag: Tag) -> None:
        """Make the changes below an element, once all of them are known."""
        if id(tag) in self.stale:
            fill(tag, [new for node in tag.contents for new in self.instead.get(id(node), (node,))])

    def put(self, tag: Tag, instead: list[PageElement]) -> None:
        """Note what stands in the place of an element."""
        self.instead[id(tag)] = instead
        self.stale.add(id(tag.parent))
        self.changed = True


def _settle(tag: Tag, state: _State) -> None:
    """Mend an element whose contents are mended already."""
    if id(tag) in state.stale:
        state.put_together(tag)
    above = id(tag.parent)
    if _is_empty(tag):
        state.put(tag, _rest(tag))
        return
    if state.wrappers and tag.name in _OPENING:
        _open_only_child(tag, state)
    is_blocky, is_linked = id(tag) in state.blocky, id(tag) in state.linked
    if tag.name == "p" and is_blocky:
        tag.name = "div"
        state.changed = True
    elif tag.name in HEADINGS and is_blocky:
        _flatten(tag)
        state.changed = True
    if (
        (tag.name == "a" and is_linked)
        or (tag.name == "span" and not tag.attrs)
        or (state.wrappers and is_blocky and tag.name == "div" and not tag.attrs and _holds_only_blocks(tag))
    ):
        state.put(tag, tag.contents)
    else:
        state.odd = state.odd or _is_odd(tag, is_blocky=is_blocky)
        is_blocky = is_blocky or tag.name in BLOCKS or tag.name in ("hr", "pre")
        is_linked = is_linked or tag.name == "a"
    if is_blocky:
        state.blocky.add(above)
    if is_linked:
        state.linked.add(above)


def _is_odd(tag: Tag, *, is_blocky: bool) -> bool:
    if is_blocky and (tag.name == "pre" or (tag.name not in BLOCKS and tag.name not in _PLAYERS)):
        return True
    apart = _APART.get(tag.name)
    if apart and tag.parent is not None and tag.parent.name in apart:
        return True
    items = _ITEMS.get(tag.name)
    return items is not None and not all(blank(n) or (isinstance(n, Tag) and n.name in items) for n in tag.contents)


def _is_empty(tag: Tag) -> bool:
    if tag.name in _SELF or "id" in tag.attrs:
        return False
    if tag.name == "pre":
        return not letters(tag).strip() and not named(tag, "img", "iframe")
    if tag.contents and not _is_gap(tag.contents[0]):
        return False
    return all(map(_is_gap, tag.contents)) and not (tag.name == "tr" and tag.contents)


def _is_gap(node: PageElement) -> bool:
    return node.name in ("br", "wbr") if isinstance(node, Tag) else blank(node)


def _rest(tag: Tag) -> list[PageElement]:
    """Return what stays of an empty shell: inside a line its white space does."""
    if tag.name in BLOCKS:
        return []
    if any(not isinstance(node, Tag) for node in tag.contents):
        return [Text(" ")]
    return tag.contents if named(tag, "br") else []


def _flatten(tag: Tag) -> None:
    """A heading holds no blocks: open the one that is all of it, or take it for a block itself."""
    while (inside := _only(tag)) is not None and inside.name in BLOCKS:
        fill(tag, [new for node in tag.contents for new in (inside.contents if node is inside else (node,))])
    if any(below.name in BLOCKS or below.name == "pre" for below in elements(tag)):
        tag.name = "div"


def _only(tag: Tag) -> Tag | None:
    """Return the element that is all an element holds."""
    found = None
    for node in tag.contents:
        if isinstance(node, Tag) and found is None:
            found = node
        elif not blank(node):
            return None
    return found


def _holds_only_blocks(tag: Tag) -> bool:
    if tag.parent is not None and tag.parent.name == "dl":
        return False
    return all(
        node.name in BLOCKS or node.name == "hr" if isinstance(node, Tag) else blank(node) for node in tag.contents
    )


def _open_only_child(tag: Tag, state: _State) -> None:
    """Open the div that is all an element holds."""
    while (inside := _only(tag)) is not None and inside.name == "div" and not inside.attrs:
        fill(tag, [new for node in tag.contents for new in (inside.contents if node is inside else (node,))])
        state.changed = True
        if id(inside) not in state.blocky:
            state.blocky.discard(id(tag))


def _tables(tags: list[Tag]) -> bool:
    """Turn the parts of tables and lists that stand wrongly into plain blocks; return whether there are any."""
    changed = False
    parts = [tag for tag in tags if tag.name in _TABLE or tag.name in _PARENTS]
    while wrong := [tag for tag in parts if not _fits(tag)]:
        for tag in wrong:
            tag.name = "div"
            tag.attrs = {key: value for key, value in tag.attrs.items() if key in ("id", "lang", "dir")}
        parts = [tag for tag in parts if tag.name != "div"]
        changed = True
    return changed


def _fits(tag: Tag) -> bool:
    parents, inside = _PARENTS.get(tag.name), _TABLE.get(tag.name)
    if parents and (tag.parent is None or tag.parent.name not in parents):
        return False
    return inside is None or all(blank(n) or (isinstance(n, Tag) and n.name in inside) for n in tag.contents)
