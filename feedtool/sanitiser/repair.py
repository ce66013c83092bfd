"""Repair: only elements and attributes of the allow-list, nested so that every parser reads them alike.

In: a tree as scraped, and the post's source. Out: the same text and pictures in a tree whose addresses are absolute,
without empty shells and, if asked for, without needless wrappers, so that cleaning twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from feedtool import urls
from feedtool.sanitiser import dom, media
from feedtool.sanitiser.dom import (
    BLOCKS,
    BREAKS,
    HEADINGS,
    OLD_PRE,
    VERBATIM,
    Edits,
    PageElement,
    Tag,
    Text,
    attribute,
    blank,
    elements,
    fill,
    letters,
    named,
)
from feedtool.sanitiser.safety import ALLOWED, DROPPED, MATHML
from feedtool.sanitiser.text import addresses, place_on

#: Elements that mean no more than a block, and those that mean no more than another.
_RENAMED = {
    **dict.fromkeys(
        "article aside section main header footer nav form fieldset center hgroup address dialog body html"
        " legend".split(),
        "div",
    ),
    **dict.fromkeys(OLD_PRE, "pre"),
    **dict.fromkeys(("dir", "menu"), "ul"),
    "image": "img",
    "amp-img": "img",
    "amp-iframe": "iframe",
    "amp-audio": "audio",
    **dict.fromkeys(("amp-video", "video-js"), "video"),
}
_PLAYERS = frozenset({"video", "audio", "source", "track"})
#: Elements that are repaired even where they have no attributes.
_ALWAYS = _PLAYERS | {"img", "a"}
#: Attributes whose value may be empty.
_MAY_BE_EMPTY = frozenset({"alt", "controls", "allowfullscreen", "reversed", "open", "default"})
_NUMBERS = frozenset({"width", "height", "colspan", "rowspan", "span", "start"})

#: Elements that show something without content.
_VISIBLE = frozenset("img iframe audio video br hr wbr source track td th".split())
#: What the parts of tables and lists may hold, and where they may stand.
_CHILDREN = {
    "table": frozenset({"caption", "colgroup", "thead", "tbody", "tfoot", "tr"}),
    **dict.fromkeys(("thead", "tbody", "tfoot"), frozenset({"tr"})),
    "tr": frozenset({"td", "th"}),
    "dl": frozenset({"dt", "dd", "div"}),
}
_PARENTS = {
    "tr": frozenset({"table", "thead", "tbody", "tfoot"}),
    **dict.fromkeys(("td", "th"), frozenset({"tr"})),
    **dict.fromkeys(("thead", "tbody", "tfoot", "caption", "colgroup"), frozenset({"table"})),
}
#: Elements whose only child may be a div that means nothing.
_WITHOUT_DIV = frozenset({"div", "li", "td", "th", "blockquote", "figure", "figcaption", "dd"})
#: Parents below which an element of this name is odd.
_ODD_PARENTS = {
    **dict.fromkeys(("li", "dt", "dd"), frozenset({"li", "dt", "dd"})),
    **dict.fromkeys(("rt", "rp"), frozenset({"rt", "rp"})),
}
#: Children without which a list is odd.
_ITEMS = {**dict.fromkeys(("ul", "ol"), frozenset({"li", "ul", "ol"})), "dl": frozenset({"dt", "dd", "div"})}
#: Elements that need no mending where a text is all that they hold.
_LEAVES = HEADINGS | frozenset("p a td th blockquote figcaption b strong i em u s sub sup small cite".split())
#: Elements other than blocks that may hold blocks.
_BLOCKY = frozenset({"video", "audio", "picture", "iframe"})


def repair(root: Tag, base: str, *, page: str, data_images: int = 0) -> None:
    """Repair everything below an element in place; ids stay where links of the text point to them.

    Relative addresses start from `base`; `page` has the text. Pictures up to `data_images` bytes may
    be written in their address.
    """
    edits = Edits()
    tags = media.without_noscripts(root, edits)
    ids = linked_ids(tags, page)
    lead_out(tags, page)
    sources = media.sources_of(tags)
    stack = root.contents[::-1]
    while stack:
        tag = stack.pop()
        if not isinstance(tag, Tag) or tag.name == "math":  # a formula is clean already
            continue
        tag.name = _renamed(tag)
        media.unfold(tag)
        if tag.name in ("iframe", "embed", "object"):
            if not media.replace_frame(tag, base, edits):
                continue
            edits.unwrap(tag)
        elif tag.name in DROPPED:
            edits.cut(tag)
            continue
        elif tag.name in ALLOWED and tag.name not in MATHML:
            _repair_element(tag, base, ids, sources.get(id(tag), []), edits, data_images)
        elif attribute(tag, "id") in ids:
            tag.name = "div" if dom.holds_blocks(tag) else "span"
            tag.attrs = {"id": attribute(tag, "id")}
        else:
            edits.unwrap(tag)
        stack += tag.contents[::-1]
    edits.apply()
    for tag in tags:
        if tag.name in ("video", "audio", "picture") and dom.is_attached(tag, root):
            media.mend_choice(tag)


def _renamed(tag: Tag) -> str:
    """Return the name that an element gets; a caption outside a figure is a block."""
    if tag.name == "figcaption" and not any(above.name == "figure" for above in tag.parents):
        return "div"
    return _RENAMED.get(tag.name, tag.name)


def _repair_element(tag: Tag, base: str, ids: set[str], sources: list[Tag], edits: Edits, data_images: int) -> None:
    if not tag.attrs and tag.name not in _ALWAYS:
        return
    own_id, language, direction = map(tag.attrs.get, ("id", "lang", "dir"))
    if tag.name == "img":
        media.repair_picture(tag, base, sources, edits, data_images)
    elif tag.name in _PLAYERS:
        media.repair_player(tag, base, edits)
    elif tag.name == "a":
        _repair_link(tag, base, ids)
    allowed = ALLOWED[tag.name]
    kept = {key: value for key, value in tag.attrs.items() if key in allowed and _is_valid(key, value)}
    is_part = tag.name in HEADINGS or (own_id in ids and tag.name not in ("img", "source"))
    if own_id and is_part and may_be_id(own_id):
        kept["id"] = own_id
    if language and tag.name not in ("img", "br", "hr"):
        kept["lang"] = language
    if direction and direction.lower() in ("rtl", "ltr", "auto"):
        kept["dir"] = direction.lower()
    tag.attrs = kept


def _is_valid(key: str, value: str) -> bool:
    if key in _NUMBERS:
        return value.isdecimal() and value.isascii() and 0 < int(value[:9]) < 10_000
    return key in _MAY_BE_EMPTY or bool(value)


def _repair_link(tag: Tag, base: str, ids: set[str]) -> None:
    if address := urls.target(attribute(tag, "href"), base):
        tag.attrs["href"] = address
    elif attribute(tag, "id") in ids:
        tag.attrs.pop("href", None)
    else:
        tag.attrs = {}
        tag.name = "span"


# --- addresses in plain text


def link_addresses(root: Tag, unlinked: Iterable[str]) -> None:
    """Make links of the bare addresses in a plain text, such as a video's description; an article has its own.

    Texts that hold a part of an address that a rule cuts stay: cleaning again would cut such a link.
    """
    if not _is_plain(root):
        return
    edits = Edits()
    for tag in (root, *elements(root)):
        fill(tag, _joined(tag.contents))
        is_code = any(above.name in VERBATIM for above in (tag, *tag.parents))
        for node in () if is_code else tag.contents:
            if isinstance(node, Text) and "http" in node:
                lower = node.lower()
                if not any(map(lower.__contains__, unlinked)):
                    edits.replace(node, *_linked(node))
    edits.apply()


def _joined(nodes: list[PageElement]) -> list[PageElement]:
    """Return the nodes with adjacent texts as one, as a parser would read them."""
    out: list[PageElement] = []
    for node in nodes:
        if out and isinstance(node, Text) and isinstance(out[-1], Text):
            out[-1] = Text(out[-1] + node)
        else:
            out.append(node)
    return out


def _is_plain(root: Tag) -> bool:
    """Return whether a text has no link, and no more than one block."""
    blocks = 0
    for node in dom.nodes(root):
        if isinstance(node, Tag):
            blocks += node.name in BLOCKS
            if blocks > 1 or node.name == "a":
                return False
    return True


def _linked(text: Text) -> list[PageElement]:
    """Return a plain text as nodes in which every bare address is a link; a line has no blank at its ends."""
    is_first, is_last = (
        near.name in BREAKS if isinstance(near, Tag) else near is None and text.parent.name in BLOCKS  # type: ignore[union-attr]
        for near in (text.previous_sibling, text.next_sibling)
    )
    out: list[PageElement] = []
    at = 0
    for start, end in (*addresses(text), (len(text), len(text))):
        if between := dom.packed(text[at:start], starts=is_first and at == 0, ends=is_last and start == len(text)):
            out.append(Text(between))
        if start < end:
            out.append(dom.new_tag("a", {"href": text[start:end]}, Text(text[start:end])))
        at = end
    return out


# --- nesting


@dataclass(slots=True, kw_only=True)
class Nesting:
    """The state of mending a tree, from the last element to the first."""

    #: whether needless wrappers are opened
    opens_wrappers: bool
    #: whether elements nest as they should not: a parser would read that as something else
    is_odd: bool = False
    is_changed: bool = False
    edits: Edits = field(default_factory=Edits)
    #: ids of the elements that hold blocks, that hold links
    blocky: set[int] = field(default_factory=set)
    linked: set[int] = field(default_factory=set)


def mend_nesting(root: Tag, tags: list[Tag], *, opens_wrappers: bool) -> Nesting:
    """Mend all elements below one in place, given in document order, and return what became of them."""
    state = Nesting(opens_wrappers=opens_wrappers, is_changed=_mend_tables(tags))
    for tag in reversed(tags):
        if tag.name in _LEAVES and _is_only_text(tag) and id(tag) not in state.edits.stale:
            if tag.name in BLOCKS:
                state.blocky.add(id(tag.parent))
            elif tag.name == "a":
                state.linked.add(id(tag.parent))
        else:
            _mend(tag, state)
    state.edits.apply_to(root)
    shown = [at for at, node in enumerate(root.contents) if not _is_gap(node)]
    kept = root.contents[shown[0] : shown[-1] + 1] if shown else []
    state.is_changed = state.is_changed or len(kept) < len(root.contents)
    fill(root, kept)
    return state


def _is_only_text(tag: Tag) -> bool:
    """Return whether an element holds a text and nothing else, as most do."""
    return len(tag.contents) == 1 and isinstance(tag.contents[0], Text) and not blank(tag.contents[0])


def _mend(tag: Tag, state: Nesting) -> None:
    """Mend an element whose contents are mended already."""
    if tag.name in MATHML:
        return
    if id(tag) in state.edits.stale:
        state.edits.apply_to(tag)
    if _is_empty(tag):
        state.edits.replace(tag, *_rest(tag))
        state.is_changed = True
        return
    if state.opens_wrappers and tag.name in _WITHOUT_DIV:
        _open_only_child(tag, state)
    is_blocky, is_linked = id(tag) in state.blocky, id(tag) in state.linked
    if tag.name == "p" and is_blocky:
        tag.name = "div"
        state.is_changed = True
    elif tag.name in HEADINGS and is_blocky:
        _flatten_heading(tag)
        state.is_changed = True
    is_div = is_blocky and state.opens_wrappers and tag.name == "div"
    is_wrapper = not tag.attrs and (tag.name == "span" or (is_div and _is_open_div(tag)))
    if is_wrapper or (is_linked and tag.name == "a"):
        state.edits.unwrap(tag)
        state.is_changed = True
    else:
        state.is_odd = state.is_odd or _is_odd(tag, is_blocky=is_blocky)
        is_blocky = is_blocky or tag.name in BLOCKS
        is_linked = is_linked or tag.name == "a"
    if is_blocky:
        state.blocky.add(id(tag.parent))
    if is_linked:
        state.linked.add(id(tag.parent))


def _is_open_div(tag: Tag) -> bool:
    return tag.parent is not None and tag.parent.name != "dl" and _holds_only(tag, BLOCKS)


def _is_odd(tag: Tag, *, is_blocky: bool) -> bool:
    if is_blocky and (tag.name == "pre" or (tag.name not in BLOCKS and tag.name not in _BLOCKY)):
        return True
    odd_parents = _ODD_PARENTS.get(tag.name)
    if odd_parents and tag.parent is not None and tag.parent.name in odd_parents:
        return True
    items = _ITEMS.get(tag.name)
    return items is not None and not _holds_only(tag, items)


def _holds_only(tag: Tag, names: frozenset[str]) -> bool:
    return all(node.name in names if isinstance(node, Tag) else blank(node) for node in tag.contents)


def _is_empty(tag: Tag) -> bool:
    if tag.name in _VISIBLE or ("id" in tag.attrs and tag.name not in HEADINGS):
        return False
    if tag.name == "pre":
        return not letters(tag).strip() and not named(tag, "img", "iframe")
    if tag.name in VERBATIM:
        return not tag.contents
    if tag.contents and not _is_gap(tag.contents[0]):
        return False
    return all(map(_is_gap, tag.contents)) and not (tag.name == "tr" and tag.contents)


def _is_gap(node: PageElement) -> bool:
    return node.name in ("br", "wbr") if isinstance(node, Tag) else blank(node)


def _rest(tag: Tag) -> list[PageElement]:
    """Return what stays of an empty shell: its white space, where it was within a line."""
    if tag.name in BLOCKS:
        return []
    if any(above.name in VERBATIM for above in tag.parents):
        return tag.contents
    if any(not isinstance(node, Tag) for node in tag.contents):
        return [Text(" ")]
    return tag.contents if named(tag, "br") else []


def _flatten_heading(tag: Tag) -> None:
    """Open the block that is all a heading holds; make a heading with other blocks in it a block."""
    while (inside := _only_child(tag)) is not None and inside.name in BLOCKS:
        _open_child(tag, inside)
    if any(below.name in BLOCKS for below in elements(tag)):
        tag.name = "div"


def _open_only_child(tag: Tag, state: Nesting) -> None:
    while (inside := _only_child(tag)) is not None and inside.name == "div" and not inside.attrs:
        _open_child(tag, inside)
        state.is_changed = True
        if id(inside) not in state.blocky:
            state.blocky.discard(id(tag))


def _open_child(tag: Tag, inside: Tag) -> None:
    fill(tag, [new for node in tag.contents for new in (inside.contents if node is inside else (node,))])


def _only_child(tag: Tag) -> Tag | None:
    found = None
    for node in tag.contents:
        if isinstance(node, Tag) and found is None:
            found = node
        elif not blank(node):
            return None
    return found


def _mend_tables(tags: list[Tag]) -> bool:
    """Turn misplaced parts of tables and lists into plain blocks; return whether there are any."""
    is_changed = False
    parts = [tag for tag in tags if tag.name in _CHILDREN or tag.name in _PARENTS]
    while wrong := [tag for tag in parts if not _is_in_place(tag)]:
        for tag in wrong:
            tag.name = "div"
            tag.attrs = {key: value for key, value in tag.attrs.items() if key in ("id", "lang", "dir")}
        parts = [tag for tag in parts if tag.name != "div"]
        is_changed = True
    return is_changed


def _is_in_place(tag: Tag) -> bool:
    parents, inside = _PARENTS.get(tag.name), _CHILDREN.get(tag.name)
    if parents and (tag.parent is None or tag.parent.name not in parents):
        return False
    return inside is None or _holds_only(tag, inside)


# --- links within the text lead to ids of the text, others to the page of the entry

#: characters
_LONGEST_ID = 200


def may_be_id(name: str) -> bool:
    """Return whether a text can be an element's id."""
    return 0 < len(name) <= _LONGEST_ID and not re.search(r"\s", name)


def linked_ids(tags: list[Tag], page: str) -> set[str]:
    """Return the ids that links of the same text point to, such as those of footnotes."""
    anchors = [tag for tag in tags if tag.name == "a"]
    wanted = {place for link in anchors if (place := place_on(page, attribute(link, "href")))}
    for link in anchors if wanted else ():
        if attribute(link, "name") in wanted and "id" not in link.attrs:
            link.attrs["id"] = attribute(link, "name")
    return {name for name in wanted if may_be_id(name)}


def settle_ids(tags: list[Tag], base: str) -> bool:
    """Remove the ids that no link points to, but for those of headings, and all but the first of a name.

    A link to an id that is not there leads to the page of the entry; return whether there is such a link.
    """
    wanted = linked_ids(tags, base)
    known: set[str] = set()
    for tag in tags:
        if "id" in tag.attrs and (name := attribute(tag, "id")):
            if name in known or (name not in wanted and tag.name not in HEADINGS):
                del tag.attrs["id"]
            known.add(name)
    return lead_out(tags, base)


def lead_out(tags: list[Tag], base: str) -> bool:
    """Lead the links to an id that is not there to the page, if it is known; return whether there are any."""
    links = [tag for tag in tags if tag.name == "a" and attribute(tag, "href")[:1] == "#"] if base else []
    known = {attribute(tag, "id") for tag in tags} if links else set()
    names = [attribute(link, "href")[1:] for link in links]
    lost = [link for link, name in zip(links, names, strict=True) if name and known.isdisjoint((name, unquote(name)))]
    for link in lost:
        link.attrs["href"] = urls.absolute(attribute(link, "href"), base) or attribute(link, "href")
    return bool(lost)
