"""A formula that MathJax 3 drew, without MathML beside it -> MathML. Pure.

The name of an element tells that of MathML, as <mjx-mfrac>, or in a picture `data-mml-node`; a character is a number
in a class or in `data-c`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from bs4 import Tag
from bs4.element import PageElement

from feedtool.sanitiser.dom import Text, attribute, children, letters, new_tag
from feedtool.sanitiser.text import printable

_TOKENS = frozenset({"mi", "mn", "mo", "ms", "mtext"})
_SCRIPTS = frozenset({"msub", "msup", "msubsup", "munder", "mover", "munderover"})
_TABLES = frozenset({"mtable", "mtr", "mtd"})
_ROWS = _TABLES | {"mrow", "texatom", "mstyle", "menclose"}
#: Elements that have a part of their parent, by its place in it.
_PLACES = frozenset({"base", "over", "under", "script", "num", "den", "root", "surd"})
_BOXES = frozenset({"box", "row", "frac", "dbox", "dtable", "munder", "sqrt"})
_CODE = re.compile(r"(?:^|\s)mjx-c([0-9A-F]{2,5})(?:\s|$)")
_HEIGHT = re.compile(r"translate\([-\d.]+[ ,]+(-?[\d.]+)")
#: The pieces of tall brackets.
_PIECES = str.maketrans(dict(zip(range(0x239B, 0x23AE), "((()))[[[]]]{{{{}}}", strict=True)))


def drawn_formula(tag: Tag) -> Tag | None:
    """Return the formula below an element; None if nothing tells it."""
    below = [tag]
    while below:
        each = below.pop(0)
        if _name(each) == "math":
            return new_tag("math", {}, *parts) if (parts := _parts(children(each))) else None
        below += children(each)
    return None


def _name(tag: Tag) -> str:
    return (attribute(tag, "data-mml-node") or (tag.name[4:] if tag.name.startswith("mjx-") else "")).lower()


def _parts(tags: Iterable[Tag]) -> list[Tag]:
    """Return the MathML of elements; those that only serve the drawing are not there."""
    out: list[Tag] = []
    for tag in tags:
        name = _name(tag)
        if name in _TOKENS:
            out += [new_tag(name, {}, Text(text))] if (text := _letters(tag)) else []
        elif name in _SCRIPTS or name in ("mfrac", "mroot"):
            out += _placed(tag, name)
        elif name == "msqrt":
            out.append(new_tag(name, {}, *(part for part in _parts(children(tag)) if letters(part) != "√")))
        elif name in _ROWS:
            out.append(new_tag(name if name in _TABLES else "mrow", {}, *_parts(children(tag))))
        elif name not in ("surd", "assistive-mml"):
            out += _parts(children(tag))
    return out


def _whole(tags: Iterable[Tag]) -> Tag:
    parts = _parts(tags)
    return parts[0] if len(parts) == 1 else new_tag("mrow", {}, *parts)


def _placed(tag: Tag, name: str) -> list[Tag]:
    """Return an element whose parts have fixed places: in the line, below it, above it."""
    found: dict[str, Tag] = {}
    others = _unplaced(tag, found)
    if tag.name.startswith("mjx-"):
        scripts = [each for each in children(found["script"]) if _name(each) != "spacer"] if "script" in found else []
        upper = [found[place] for place in ("over", "num", "root") if place in found] or scripts[:1]
        lower = [found[place] for place in ("under", "den") if place in found] or scripts[1:]
        base = [found["base"]] if "base" in found else others
    else:
        drawn = [each for each in others if _letters(each) != "√"]
        base = [] if name == "mfrac" else drawn[:1]
        scripts = sorted(drawn[len(base) :], key=_height, reverse=True)
        upper, lower = scripts[:1], scripts[1:2]
    places = [upper, lower] if name == "mfrac" else [base, lower, upper]
    parts = [_whole(place) for place in places if place]
    is_full = len(parts) == (3 if name in ("msubsup", "munderover") else 2)
    return [new_tag(name, {}, *parts)] if is_full else parts


def _unplaced(tag: Tag, found: dict[str, Tag]) -> list[Tag]:
    """Note the elements in one by their places; return those that have none."""
    others: list[Tag] = []
    for child in children(tag):
        name = _name(child)
        if name in _PLACES:
            found.setdefault(name, child)
        elif name in _BOXES and tag.name.startswith("mjx-"):
            others += _unplaced(child, found)
        elif name or child.name == "g":
            others.append(child)
    return others


def _height(tag: Tag) -> float:
    found = _HEIGHT.search(attribute(tag, "transform"))
    return float(found[1]) if found else 0.0


def _letters(tag: Tag) -> str:
    """Return the characters of an element; pieces of a tall bracket are one."""
    out: list[str] = []
    stack: list[PageElement] = [tag]
    while stack:
        node = stack.pop()
        if not isinstance(node, Tag):
            out.append(str(node))
        elif code := attribute(node, "data-c") or next(iter(_CODE.findall(attribute(node, "class"))), ""):
            number = int(code, 16) if re.fullmatch("[0-9A-Fa-f]{2,5}", code) else 0
            out.append(chr(number) if 0x20 <= number < 0xD800 or number >= 0xF900 else "")
        else:
            stack += node.contents[::-1]
    text = printable("".join(out))
    if (bracket := text.translate(_PIECES)) != text:
        text = bracket[:1]
    is_letter = len(text) == 1 and (0x1D434 <= ord(text) < 0x1D468 or text == "\u210e")
    return unicodedata.normalize("NFKC", text) if is_letter else text
