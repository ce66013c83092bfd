"""White space that shows: code, terminal output, and text that a style sets as it was typed.

In: a tree as parsed. Out: the same text, with every line that a page would show, in elements whose white space no
later step changes. Line numbers and buttons beside code go: the text is what copying it would give. What only an
attribute says, as a tick or the direction of text, is said by text, by `dir` or by `href`.
"""

from __future__ import annotations

import re
from itertools import pairwise

from feedtool import urls
from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import (
    BLOCKS,
    BREAKS,
    MEDIA,
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
from feedtool.syntax import is_mail, later

#: What shows that a page may have any of that, besides elements.
_PARTS = ("white-space", "line-number", "crayon-")
_STYLED = re.compile(
    r"white-space(?:-collapse)?\s*:\s*(pre(?:-wrap|-line|serve(?:-breaks)?)?|break-spaces)", re.IGNORECASE
)
#: Styles that fold spaces and keep lines, and the one that wraps no line.
_LINES_ONLY, _UNWRAPPED = frozenset({"pre-line", "preserve-breaks"}), "pre"
#: Spaces that a browser would fold.
_INDENT = re.compile(r"^[ \t]|[ \t]{2}|\t", re.MULTILINE)
_BESIDE_LINES = re.compile(r"[ \t]*\n[ \t]*")
#: Classes of what holds line numbers.
_NUMBERS = later(
    r"(?:[a-z]+[_-])*(?:line[_-]?n(?:umber|um|o|r)s?|lnt?|ln-n(?:umbers)?|lnlinks|gutter)(?:[_-](?:rows|wrapper|\w{4}))?"
    r"|(?:blob|crayon|code)-nums?(?:ber)?|linenodiv|codelinenumber\w*",
    re.IGNORECASE,
)
#: What a cell beside them is called, where it has no <pre>.
_CODE = re.compile(r"(?:^|[\s_-])code", re.IGNORECASE)
_UNSELECTABLE = re.compile(r"user-select\s*:\s*none", re.IGNORECASE)
_PADDED = re.compile(r"padding-right\s*:", re.IGNORECASE)
#: Classes of what a page shows beside code, with few words: the language's name, the buttons.
_BESIDE = re.compile(
    r"(?:code-?)?(?:toolbar|lang(?:uage)?(?:-(?:name|label))?|(?:clipboard-?)?copy(?:-\w+)*)", re.IGNORECASE
)
#: Classes of lines that are blocks by their style.
_LINE = frozenset({"line", "code-line", "token-line", "cl"})
_EMPTY_LINE = re.compile(r"^\xa0$", re.MULTILINE)
_ONLY_NUMBERS = re.compile(r"[\s\d.:|\xa0]*")
_DIGITS = re.compile(r"\d+")
#: Blocks that are lines, where they are in code; and others that may hold these, or be in them.
_LINES = frozenset({"div", "p", "li", "tr"})
_IN_CODE = _LINES | {"ol", "ul", "table", "tbody", "td", "section"}
#: Blocks whose text may be set as it was typed, and become a <pre>.
_TYPED = frozenset({"div", "p", "section", "article", "figure", "dd", "blockquote"})
_HOLDERS = _TYPED - {"p"} | {"body", "td", "li"}


def mend_code(root: Tag, html: str, names: set[str]) -> None:
    """Mend all of it below an element in place; `html` is what the tree was parsed from, `names` its elements."""
    if VERBATIM.isdisjoint(names) and not any(part in html for part in _PARTS):
        return
    _open_tables(root)
    _cut_numbers(root)
    edits = Edits()
    for tag in elements(root):
        is_typed = tag.name == "textarea" and letters(tag).strip() and not _is_within(tag, {"form"})
        if is_typed:
            tag.attrs.setdefault("rows", "")  # says that a page offered it to be copied
        if is_typed or tag.name in OLD_PRE:
            tag.name = "pre"
        if tag.name == "pre" and not _is_within(tag, VERBATIM):
            _as_lines(tag)
            _spaced(tag)
        elif tag.name == "code" and "\n" in letters(tag).strip():
            _as_block(tag, edits)
        elif (styled := _STYLED.search(attribute(tag, "style"))) and not _is_within(tag, VERBATIM | {"math"}):
            _as_typed(tag, styled[1].lower(), edits)
    edits.apply()


def _is_within(tag: Tag, names: frozenset[str] | set[str]) -> bool:
    return any(above.name in names for above in tag.parents)


# --- line numbers


def _is_gutter(tag: Tag) -> bool:
    """Return whether an element's text is nothing but consecutive numbers, or none."""
    text = letters(tag)
    if not _ONLY_NUMBERS.fullmatch(text):
        return False
    return _are_consecutive([int(digits[:9]) for digits in _DIGITS.findall(text)])


def _are_consecutive(numbers: list[int]) -> bool:
    """Return whether numbers are those of lines: of each, or of each second, fifth, tenth."""
    steps = {after - before for before, after in pairwise(numbers)}
    return len(steps) < 2 and all(0 < step <= 10 for step in steps)


def _is_marked(tag: Tag) -> bool:
    """Return whether the markup says that an element is for line numbers."""
    if "data-line-number" in tag.attrs or _UNSELECTABLE.search(attribute(tag, "style")):
        return True
    if tag.name == "span" and _PADDED.search(attribute(tag, "style")):
        return True
    return any(_NUMBERS.fullmatch(name) for name in attribute(tag, "class").split())


def _cut_numbers(root: Tag) -> None:
    """Cut the line numbers and the buttons in code, and those in a box beside it."""
    edits = Edits()
    for tag in elements(root):
        is_number = bool(tag.attrs) and _is_marked(tag) and _is_gutter(tag)
        is_loose = tag.name not in ("td", "th") and (is_number or tag.name == "button" or _is_label(tag))
        if ((is_number or tag.name == "button") and _is_within(tag, VERBATIM)) or (is_loose and _is_beside_code(tag)):
            edits.cut(tag)
    edits.apply()


def _is_label(tag: Tag) -> bool:
    """Return whether an element has the name of a language, or buttons, by its class and its few words."""
    names = attribute(tag, "class").split()
    return any(map(_BESIDE.fullmatch, names)) and len(letters(tag).strip()) < 30


def _is_beside_code(tag: Tag) -> bool:
    near = (dom.beside(tag, step) for step in (-1, 1))
    return any(isinstance(node, Tag) and (node.name == "pre" or named(node, "pre")) for node in near)


def _open_tables(root: Tag) -> None:
    """Replace each table of line numbers and code by the code alone."""
    edits = Edits()
    for table in named(root, "table"):
        rows = [[*dom.children(row)] for row in named(table, "tr")]
        title = rows.pop(0)[0].contents if len(rows) > 1 and [cell.name for cell in rows[0]] == ["th"] else []
        if not rows or any(len(row) != 2 for row in rows) or any(cell.name == "table" for cell in elements(table)):
            continue
        gutter, code = [row[0] for row in rows], [row[1] for row in rows]
        if not all(map(_is_gutter, gutter)):
            continue
        is_inside = _is_within(table, VERBATIM)
        before = [dom.new_tag("p", {}, *title)] if title and not is_inside else []
        if len(rows) == 1 and _is_column(gutter[0], code[0]):
            has_pre = bool(named(code[0], "pre")) and not is_inside
            lines = [*code[0].contents] if has_pre else _bare(code[0])
            edits.replace(table, *before, *(lines if has_pre or is_inside else [dom.new_tag("pre", {}, *lines)]))
        elif _are_rows(table, gutter):
            lines = [node for cell in code for node in (*_bare(cell), Text("" if letters(cell)[-1:] == "\n" else "\n"))]
            edits.replace(table, *before, *(lines if is_inside else [dom.new_tag("pre", {}, *lines)]))
    edits.apply()


def _bare(cell: Tag) -> list[PageElement]:
    """Return the contents of a cell without a <pre> around each line."""
    out: list[PageElement] = []
    for node in cell.contents:
        out += node.contents if isinstance(node, Tag) and node.name == "pre" else [node]
    return out


def _is_column(gutter: Tag, code: Tag) -> bool:
    """Return whether a cell has the line numbers of the other."""
    is_code = bool(named(code, "pre", "code"))
    if _is_marked(gutter) or any(map(_is_marked, elements(gutter))):
        return is_code or _CODE.search(attribute(code, "class")) is not None
    if not is_code:
        return False
    count = len(_DIGITS.findall(letters(gutter)))
    lines = letters(code).rstrip("\n").count("\n") + len(named(code, "br")) + 1
    return count > 1 and abs(count - lines) <= 1


def _are_rows(table: Tag, gutter: list[Tag]) -> bool:
    """Return whether each row of a table is a line of code behind its number."""
    numbers = [int(found[0][:9]) for cell in gutter if (found := _DIGITS.findall(letters(cell)))]
    if numbers and (len(numbers) != len(gutter) or not _are_consecutive(numbers)):
        return False
    return all(map(_is_marked, gutter)) or (bool(numbers) and _is_within(table, VERBATIM))


# --- lines


def _as_lines(pre: Tag) -> None:
    """Write the lines of code that are blocks, or end with <br>, as lines of text."""
    below = elements(pre)
    if "\n" not in letters(pre) and not any(tag.name in BREAKS for tag in below):
        for tag in below:
            if tag.name == "span" and not _LINE.isdisjoint(attribute(tag, "class").split()):
                tag.name = "div"
    else:
        _close_lines(below)
    if any(tag.name == "img" or (tag.name in BLOCKS and tag.name not in _IN_CODE) for tag in below):
        return  # it holds more than code
    if any(tag.name in BREAKS for tag in below):
        fill(pre, _lines(pre, [True]))


def _close_lines(below: list[Tag]) -> None:
    """End marked lines that are blocks by their style, with no line end behind them."""
    for tag in below:
        is_marked = any(name.endswith("-code-line") for name in attribute(tag, "class").split())
        after = tag.next_sibling
        behind = letters(after) if isinstance(after, Tag) else str(after or "\n")
        if is_marked and not behind.startswith("\n") and letters(tag)[-1:] != "\n":
            fill(tag, [*tag.contents, Text("\n")])


def _spaced(pre: Tag) -> None:
    """Write no-break spaces, which only keep a page from folding blanks and empty lines, as what they stand for."""
    texts = [node for node in dom.nodes(pre) if isinstance(node, Text)]
    whole = "".join(texts)
    if "\xa0" not in whole:
        return
    whole, edits, at = _EMPTY_LINE.sub("\0", whole).replace("\xa0", " "), Edits(), 0
    for node in texts:
        edits.replace(node, Text(whole[at : at + len(node)].replace("\0", "")))
        at += len(node)
    edits.apply()


def _lines(tag: Tag, is_start: list[bool]) -> list[PageElement]:
    """Return the contents of an element of code as lines; `is_start` has whether the next text begins a line."""
    out: list[PageElement] = []
    for node in tag.contents:
        if not isinstance(node, Tag):
            if not _is_between(node):
                out.append(node)
                is_start[0] = node.endswith("\n")
        elif node.name == "br":
            out.append(Text("\n"))
            is_start[0] = True
        elif node.name in _IN_CODE:
            is_line = node.name in _LINES
            if is_line and not is_start[0]:
                out.append(Text("\n"))
            is_start[0] = is_start[0] or is_line
            inside = _lines(node, is_start)
            out += inside
            is_blank = node.name == "li" or not _LINE.isdisjoint(attribute(node, "class").split())
            if is_line and (not is_start[0] or (is_blank and not any(map(dom.text_of, inside)))):
                out.append(Text("\n"))
                is_start[0] = True
        else:
            fill(node, _lines(node, is_start))
            out.append(node)
    return out


def _is_between(node: PageElement) -> bool:
    """Return whether a text is the white space between two blocks of code."""
    beside = (node.previous_sibling, node.next_sibling)
    return blank(node) and any(isinstance(near, Tag) and near.name in _IN_CODE for near in beside)


# --- text as it was typed


def _as_block(code: Tag, edits: Edits) -> None:
    """Put code with lines into a <pre>, where its style keeps them or it stands alone as a block does."""
    if code.parent is None or code.parent.name not in _HOLDERS or _is_within(code, {"pre"}):
        return
    near = [dom.beside(code, step) for step in (-1, 1)]
    is_alone = all(node is None or (isinstance(node, Tag) and node.name in BLOCKS) for node in near)
    if is_alone or _STYLED.search(attribute(code, "style")):
        edits.replace(code, dom.new_tag("pre", {}, dom.new_tag("code", {}, *code.contents)))


def _as_typed(tag: Tag, style: str, edits: Edits) -> None:
    """Keep the lines of a text, and its indents, as the style shows them."""
    if tag.name in _TYPED and style not in _LINES_ONLY and _has_shape(tag, style):
        pre = dom.new_tag("pre", {}, *tag.contents)
        _as_lines(pre)
        tag.attrs.pop("style")
        if tag.name in ("p", "div"):
            tag.name = "pre"
            fill(tag, pre.contents)
        else:
            fill(tag, [pre])
        return
    for above in (tag, *elements(tag)):
        for node in above.contents:
            if isinstance(node, Text) and not _is_within_code(node, tag):
                edits.replace(node, *_typed(node, folds=style in _LINES_ONLY))


def _has_shape(tag: Tag, style: str) -> bool:
    """Return whether a text has lines that show only in a <pre>: unwrapped ones, or with indents."""
    below = elements(tag)
    if any(
        each.name in MEDIA or each.name in VERBATIM or (each.name in BLOCKS and each.name != "div") for each in below
    ):
        return False
    text = letters(tag).strip("\n")
    if style == _UNWRAPPED:
        return "\n" in text or sum(each.name in BREAKS for each in below) > 1
    return "\n" in text and _INDENT.search(text) is not None


def _is_within_code(node: PageElement, root: Tag) -> bool:
    for above in node.parents:
        if above is root:
            return False
        if above.name in VERBATIM or _STYLED.search(attribute(above, "style")):
            return True
    return False


def _typed(node: Text, *, folds: bool) -> list[PageElement]:
    """Return a text with an element for each line end, and spaces that no browser folds."""
    out: list[PageElement] = []
    for number, line in enumerate(_BESIDE_LINES.split(node) if folds else node.split("\n")):
        if number:
            out.append(dom.new_tag("br", {}))
        shown = line.expandtabs(4) if not folds else dom.packed(line, starts=False, ends=False)
        if "  " in shown or (number and shown[:1] == " "):
            shown = re.sub(r"(?<=[ \xa0]) |^ (?=.*\S)" if number else r"(?<= ) ", "\xa0", shown)
        if shown:
            out.append(Text(shown))
    return _without_edges(node, out)


def _without_edges(node: Text, out: list[PageElement]) -> list[PageElement]:
    """Leave out the line ends beside a block, which only the source has."""

    def is_edge(near: PageElement | None) -> bool:
        if near is None:
            return node.parent is None or node.parent.name in BLOCKS
        return isinstance(near, Tag) and near.name in BLOCKS

    if blank(node) and (is_edge(node.previous_sibling) or is_edge(node.next_sibling)):
        return []
    while out and is_edge(node.previous_sibling) and isinstance(out[0], Tag):
        out.pop(0)
    while out and is_edge(node.next_sibling) and isinstance(out[-1], Tag):
        out.pop()
    return out


# --- ticks, direction, emoji, encoded mail addresses, <base>: what hangs on attributes and would be lost with them

#: What shows that a page may have any of that, besides a checkbox.
_MEANT = ("direction", "emoji", "smiley", "cfemail", "email-protection")
_BASE = re.compile(r"""<base\b[^<>]*?\bhref\s*=\s*["']?([^"'\s<>]+)""", re.IGNORECASE)
_DIRECTION = re.compile(r"(?:^|[;\s])direction\s*:\s*(rtl|ltr)", re.IGNORECASE)
_EMOJI = re.compile(r"(?:wp-smiley|(?:tw|joy|no)?emoji(?:one|con|-img|fy)?s?)", re.IGNORECASE)
#: Characters that the name of a picture has: /unicode/1f1e9-1f1ea.png
_CODES = re.compile(r"/(?:u)?((?:[0-9a-f]{4,5}[-_]?){1,8})\.(?:png|svg|gif|webp)(?:$|\?)", re.IGNORECASE)
_SHORT_NAME = re.compile(r":[\w+-]+:")
_ENCODED = re.compile(r"/cdn-cgi/l/email-protection#([0-9a-fA-F]{6,400})$")


def base_of(html: str, address: str) -> str:
    """Return the address that relative addresses of a page start from: that of its <base>, if it has one."""
    found = _BASE.search(html) if "<base" in html or "<BASE" in html else None
    return urls.absolute(found[1], address) or address if found else address


def mend_meaning(root: Tag, html: str, names: set[str]) -> None:
    """Mend all of it below an element in place; `html` is what the tree was parsed from, `names` its elements."""
    if "input" not in names and not any(part in html for part in _MEANT):
        return
    edits = Edits()
    for tag in elements(root):
        if tag.name == "input" and attribute(tag, "type").lower() == "checkbox":
            if not any(above.name == "form" for above in tag.parents):
                edits.replace(tag, Text("☑" if "checked" in tag.attrs else "☐"), *_space_after(tag))
        elif tag.name == "img" and any(map(_EMOJI.fullmatch, attribute(tag, "class").split())):
            if sign := _sign_of(tag):
                edits.replace(tag, Text(sign))
        elif tag.attrs:
            _mend_mail(tag)
            if (written := _DIRECTION.search(attribute(tag, "style"))) and not attribute(tag, "dir"):
                tag.attrs["dir"] = written[1].lower()
    edits.apply()


def _space_after(tag: Tag) -> list[Text]:
    after = tag.next_sibling
    return [] if isinstance(after, Text) and after[:1].isspace() else [Text(" ")]


def _sign_of(picture: Tag) -> str:
    """Return the text that the picture of an emoji stands for; its address tells more than a name between colons."""
    alt = attribute(picture, "alt").strip()
    codes = _CODES.search(attribute(picture, "src")) if not alt or _SHORT_NAME.fullmatch(alt) else None
    if codes:
        numbers = [int(code, 16) for code in re.split("[-_]", codes[1]) if code]
        if all(0x2000 < number < 0x110000 and not 0xD800 <= number < 0xE000 for number in numbers):
            return "".join(map(chr, numbers))
    return alt if len(alt) < 40 else ""


def _mend_mail(tag: Tag) -> None:
    """Decode a mail address that Cloudflare encoded, in the text and in the link."""
    if shown := _decoded(attribute(tag, "data-cfemail")):
        fill(tag, [Text(shown)])
        if tag.name == "a":
            tag.attrs["href"] = f"mailto:{shown}"
    elif tag.name == "a" and (encoded := _ENCODED.search(attribute(tag, "href"))) and (mail := _decoded(encoded[1])):
        tag.attrs["href"] = f"mailto:{mail}"


def _decoded(digits: str) -> str:
    """Return the mail address in hexadecimal digits, of which the first two are the key; or ""."""
    try:
        key, *letters = bytes.fromhex(digits)
        mail = bytes(letter ^ key for letter in letters).decode().partition("?")[0]
    except ValueError:
        return ""
    return mail if is_mail(mail) else ""
