"""Formulas: MathML as MathML Core has it; of what KaTeX, MathJax and Wikipedia write, each formula once.

In: a tree as parsed. Out: the same tree, in which each formula is one <math> without anything but MathML, or its TeX as
text, or a picture; what lies hidden beside the form that a page shows goes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from feedtool import urls
from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import (
    BLOCKS,
    MEDIA,
    TEX,
    Edits,
    PageElement,
    Tag,
    Text,
    attribute,
    children,
    elements,
    fill,
    letters,
    named,
    new_tag,
)
from feedtool.sanitiser.safety import ALLOWED, MATHML
from feedtool.sanitiser.text import printable

#: What shows that a page has a formula: elements, and parts of its HTML.
_ELEMENTS, _PARTS = (
    frozenset({"math", "m:math", "mml:math", TEX, "mjx-container"}),
    ("katex", "MathJax", "mathjax", "mjpage"),
)
_TOKENS = frozenset({"mi", "mn", "mo", "ms", "mtext"})
#: Elements of MathML that Core has not: by which of its elements they are shown, and which are not shown at all.
_RENAMED = {"ci": "mi", "cn": "mn", "csymbol": "mi", "mlabeledtr": "mtr", "none": "mrow"}
_UNSEEN = frozenset({"annotation", "annotation-xml", "mglyph", "malignmark", "maligngroup", "style", "script"})
_VALUE = re.compile(r"[\w\s.,+#%()-]{1,80}")
#: Classes of what a program made of a formula, with the formula itself inside or after it.
_RENDERED = frozenset(
    "mathjax mathjax_display mathjax_svg mathjax_svg_display mathjax_chtml mathjax_chtml_display mathjax_mathml"
    " mathjax_phtml mathjax_nativemml mjx-chtml mjpage katex katex-display".split()
)
_COMMENT = re.compile(r"(?<!\\)%.*$", re.MULTILINE)


def mend_formulas(root: Tag, html: str, names: set[str]) -> None:
    """Mend all of them below an element in place; `html` is what the tree was parsed from, `names` its elements."""
    if _ELEMENTS.isdisjoint(names) and not any(part in html for part in _PARTS):
        return
    _without_prefixes(root)
    _Renderings(root).mend()
    edits = Edits()
    for math in named(root, "math"):
        _mend_math(math, edits)
    edits.apply()


def _without_prefixes(root: Tag) -> None:
    """Remove the prefixes of elements of MathML, as in <mml:math>."""
    for tag in elements(root):
        prefix, colon, name = tag.name.partition(":")
        if colon and prefix in ("m", "mml", "math"):
            tag.name = name


# --- what a program made of a formula


class _Renderings:
    """What programs made of the formulas of one tree, and the scripts that hold formulas."""

    def __init__(self, root: Tag) -> None:
        self.root = root
        self.edits = Edits()
        #: of the scripts whose formulas are elsewhere: their ids in the page, and their ids in Python
        self.names: set[str] = set()
        self.following: set[int] = set()

    def mend(self) -> None:
        """Put each formula once instead of them."""
        scripts: list[Tag] = []
        stack = self.root.contents[::-1]
        while stack:
            tag = stack.pop()
            if not isinstance(tag, Tag) or tag.name == "math":
                continue
            names = _classes(tag)
            if tag.name == "mjx-container" or names & _RENDERED:
                self._replace(tag)
            elif "mwe-math-element" in names:
                self._choose(tag)
            elif "mathjax_preview" in names and _is_shown_after(tag):
                self.edits.cut(tag)
            elif tag.name == TEX:
                scripts.append(tag)
            else:
                stack += tag.contents[::-1]
        for script in scripts:
            is_done = attribute(script, "id") in self.names or id(script) in self.following
            self.edits.replace(script, *([] if is_done else _written(script)))
        self.edits.apply()

    def _replace(self, tag: Tag) -> None:
        """Put a formula instead of what KaTeX or MathJax made of it; leave it to the script that holds the formula."""
        whole = (tag, *elements(tag))
        after = dom.beside(tag, 1)
        script = after if isinstance(after, Tag) and after.name == TEX else None
        formula = _formula_in(tag)
        is_told = script is not None or any("data-latex" in each.attrs for each in whole)
        if formula is None and not is_told and tag.name == "mjx-container":
            formula = drawn_formula(tag)
        if formula is not None:
            self.names.update(name.removesuffix("-Frame") for each in whole if (name := attribute(each, "id")))
            self.following.add(id(script))
            if _is_display(tag):
                formula.attrs["display"] = "block"
            self.edits.replace(tag, formula)
        elif tex := next((value for each in whole if (value := attribute(each, "data-latex"))), ""):
            self.edits.replace(tag, Text(_delimited(tex, is_display=_is_display(tag))))
        elif script is not None:
            self.edits.cut(tag)
        elif label := attribute(tag, "aria-label"):
            self.edits.replace(tag, Text(label))
        elif title := next(map(letters, named(tag, "title")), ""):
            self.edits.replace(tag, Text(_delimited(title, is_display="mjpage__block" in _classes(tag))))
        elif "katex" in _classes(tag):
            self.edits.replace(tag, *_in_line(tag))

    def _choose(self, tag: Tag) -> None:
        """Keep the picture of a formula that a page shows, else the formula that is hidden beside it."""
        shown = (img for img in named(tag, "img") if urls.absolute(attribute(img, "src"), "https://x.invalid/"))
        formula = next(shown, None) or _formula_in(tag)
        if formula is not None:
            formula.attrs.pop("style", None)
            self.edits.replace(tag, formula)


def _classes(tag: Tag) -> set[str]:
    return set(attribute(tag, "class").lower().split())


def _formula_in(tag: Tag) -> Tag | None:
    """Return the formula inside what was made of it, or None."""
    if found := named(tag, "math"):
        return found[0]
    for each in (tag, *elements(tag)):
        if source := attribute(each, "data-mathml"):
            return _parsed(source)
    return None


def _parsed(source: str) -> Tag | None:
    root = dom.parse(source)
    _without_prefixes(root)
    return next(iter(named(root, "math")), None)


def _is_display(tag: Tag) -> bool:
    names = {name for each in (tag, *list(tag.parents)[:2]) for name in _classes(each)}
    return attribute(tag, "display") == "true" or any(name.endswith("display") for name in names)


def _is_shown_after(preview: Tag) -> bool:
    """Return whether a formula follows what stands in for it until it is rendered."""
    after = dom.beside(preview, 1)
    if not isinstance(after, Tag):
        return not letters(preview).strip()
    return after.name == TEX or bool(_classes(after) & _RENDERED)


def _written(script: Tag) -> list[Tag | Text]:
    """Return the formula of a script: MathML, or TeX as text."""
    kind, source = attribute(script, "type").lower(), letters(script)
    if "mml" in kind:
        formula = _parsed(source)
        return [] if formula is None else [formula]
    is_display = "display" in kind
    tex = _delimited(source, is_display=is_display)
    if not tex:
        return []
    is_alone = is_display and script.parent is not None and script.parent.name in ("body", "div", "section", "article")
    return [new_tag("p", {}, Text(tex)) if is_alone else Text(tex)]


def _delimited(tex: str, *, is_display: bool) -> str:
    """Return TeX in one line between the signs that programs look for, or ""."""
    bare = " ".join(_COMMENT.sub("", tex.replace("<![CDATA[", "").replace("]]>", "")).split())
    return "" if not bare else f"\\[{bare}\\]" if is_display else f"\\({bare}\\)"


def _in_line(tag: Tag) -> list[PageElement]:
    """Return what KaTeX drew without saying the formula: in a line, with signs above and below it, roots, fractions."""
    out: list[PageElement] = []
    for node in tag.contents:
        names = _classes(node) if isinstance(node, Tag) else set()
        if not isinstance(node, Tag):
            out += [Text(shown)] if (shown := str(node).replace("\u200b", "")) else []
        elif kind := next((kind for kind in _DRAWN if kind in names), ""):
            out += _DRAWN[kind](node)
        elif not names & {"strut", "pstrut", "vlist-s", "hide-tail"}:
            out += _in_line(node)
    return out


def _rows(tag: Tag) -> list[list[PageElement]]:
    """Return what KaTeX drew one above the other, as it has it: the lowest first, but the rows of a table."""
    boxes = [each for each in elements(tag) if "vlist" in _classes(each)]
    return [drawn for row in dom.children(boxes[0]) if (drawn := _in_line(row))] if boxes else []


def _term(row: list[PageElement]) -> list[PageElement]:
    return row if len(row) < 2 else [Text("("), *row, Text(")")]


def _fraction(tag: Tag) -> list[PageElement]:
    lower, *upper = [_term(row) for row in _rows(tag)] or [[]]
    return [*(node for term in upper[::-1] for node in (*term, Text("/"))), *lower]


def _scripts(tag: Tag) -> list[PageElement]:
    has_lower = any("vlist-t2" in _classes(each) for each in elements(tag)[:1])
    kinds = ("sub", "sup") if has_lower else ("sup",)
    return [new_tag(kind, {}, *row) for kind, row in zip(kinds, _rows(tag), strict=False)]


def _limits(tag: Tag) -> list[PageElement]:
    """Return a sum, a limit or the like, with what stands below and above it."""
    boxes = [each for each in elements(tag) if "vlist" in _classes(each)][:1]
    rows = [(row, any("mop" in _classes(each) for each in elements(row))) for box in boxes for row in dom.children(box)]
    at = next((number for number, (_, is_sign) in enumerate(rows) if is_sign), 0)
    drawn = [_in_line(row) for row, _ in rows]
    scripts = [("sub", row) for row in drawn[:at]] + [("sup", row) for row in drawn[at + 1 :]]
    sign = drawn[at] if drawn else []
    return [*sign, *(new_tag(kind, {}, *row) for kind, row in scripts if row)]


def _radical(tag: Tag) -> list[PageElement]:
    parts = [*dom.children(tag)]
    index = [node for part in parts if "root" in _classes(part) for node in _in_line(part)]
    body = [row for part in parts if "root" not in _classes(part) for row in _rows(part)]
    return [*([new_tag("sup", {}, *index)] if index else []), Text("√"), *_term(body[0] if body else [])]


def _table(tag: Tag) -> list[PageElement]:
    columns = [_rows(column) for column in dom.children(tag) if any("col-align" in name for name in _classes(column))]
    rows = [[node for cell in row for node in (Text(" "), *cell)][1:] for row in zip(*columns, strict=False)]
    return [node for row in rows for node in (Text("; "), *row)][1:]


#: by the class of what KaTeX drew
_DRAWN = {"mfrac": _fraction, "msupsub": _scripts, "op-limits": _limits, "sqrt": _radical, "mtable": _table}


# --- MathML


def _mend_math(math: Tag, edits: Edits) -> None:
    """Clean a formula; open one that is not closed where other elements begin, or that holds another."""
    tex = next((each for each in named(math, "annotation") if "tex" in attribute(each, "encoding")), None)
    if tex is not None and not attribute(math, "alttext"):
        math.attrs["alttext"] = " ".join(letters(tex).split())
    for unseen in named(math, *_UNSEEN):
        if not any(
            each.name in BLOCKS for each in elements(unseen)
        ):  # else it is not closed, and holds the text behind it
            unseen.contents = []
    if any(each.name in BLOCKS or each.name in MEDIA or each.name in ("br", "math") for each in elements(math)):
        edits.unwrap(math)
        return
    _clean(math)
    if not letters(math).strip() and not named(math, "mspace"):
        edits.cut(math)


def _clean(tag: Tag) -> None:
    """Leave nothing but MathML Core in an element of MathML."""
    allowed = ALLOWED[tag.name]
    tag.attrs = {
        key: " ".join(value.split())
        for key, value in ((key, str(value)) for key, value in tag.attrs.items())
        if (key in allowed or key == "id") and (key in ("alttext", "id") or _VALUE.fullmatch(value))
    }
    if tag.name in _TOKENS or tag.name == "mspace":
        text = " ".join(word for word in re.split(r"[ \t\r\n\f]+", letters(tag)) if word)
        fill(tag, [Text(text)] if text and tag.name != "mspace" else [])
        return
    inside: list[Tag] = []
    for node in tag.contents:
        if isinstance(node, Tag):
            inside += _cleaned(node)
        elif text := str(node).strip():
            inside.append(new_tag("mtext", {}, Text(text)))
    fill(tag, [*inside])


def _cleaned(tag: Tag) -> list[Tag]:
    """Return what stays of an element in a formula."""
    if tag.name in _UNSEEN:
        return []
    if tag.name in ("semantics", "maction"):
        first = next(dom.children(tag), None)
        return _cleaned(first) if first is not None else []
    if tag.name == "mfenced":
        _unfence(tag)
    tag.name = _RENAMED.get(tag.name, tag.name)
    if tag.name not in MATHML:
        is_text = not any(below.name in MATHML for below in elements(tag))
        tag.name = "mtext" if is_text and letters(tag).strip() else "mrow"
    _clean(tag)
    return [tag]


def _unfence(tag: Tag) -> None:
    """Write the brackets and commas of an <mfenced>, which its attributes hold."""
    separators = [*attribute(tag, "separators")] if "separators" in tag.attrs else [","]
    inside: list[Tag] = [_operator(str(tag.attrs.get("open", "(")))]
    for at, child in enumerate(dom.children(tag)):
        if at and separators:
            inside.append(_operator(separators[min(at - 1, len(separators) - 1)]))
        inside.append(child)
    tag.name = "mrow"
    fill(tag, [*inside, _operator(str(tag.attrs.get("close", ")")))])


def _operator(sign: str) -> Tag:
    return new_tag("mo", {}, Text(sign))


# --- a formula that MathJax 3 drew, without MathML beside it: names and classes of elements tell that of MathML

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
