"""Blocks of a kramdown text that hold others -> nodes: lists, lists of definitions, tables.

A table has heads, several bodies and a foot, each set off by a line.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from feedtool.reader.markdown.kramdown import marks
from feedtool.reader.markdown.kramdown.marks import BLANK, END_OF_BLOCK, ITEM, NOT_LAZY, RULE, Node

if TYPE_CHECKING:
    from feedtool.reader.markdown.kramdown.blocks import Blocks

_REST = r"([\t |].*\n)"
_MARKS = {"ul": r"[+*-]", "ol": r"\d+\.", "dl": ":"}
_ONLY_A_LIST = re.compile(rf"(?:{marks.ITEM_LIST.pattern})?\s*\n", re.ASCII)
_TASK = re.compile(r"\s*\[([ xX])\]\s+")


@cache
def _start(kind: str, indentation: int) -> re.Pattern[str]:
    """Return the beginning of an item, where the items before stand so far to the right."""
    most = min(max(indentation - 1, 0), 3)
    return re.compile(rf"( {{0,{most}}}{_MARKS[kind]}){_REST}", re.ASCII)


@cache
def _going_on(indentation: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return a line that belongs to an item by its indentation, and one that might without."""
    tab = r"(?:\t| {4})"
    whole, rest = divmod(indentation, 4)
    within = re.compile(rf"(?:{tab}{{{whole}}} {{{rest}}}|{tab}{{{whole + 1}}}).*\S.*\n")
    ends = NOT_LAZY.pattern.replace(" {0,3}", f" {{0,{min(indentation, 3)}}}")
    return within, re.compile(rf"(?!{ends}).*\S.*\n", re.ASCII)


class _Item:
    """An item while its lines are read."""

    def __init__(self, kind: str, mark: str, first: str) -> None:
        self.node = Node(kind)
        self.indentation = len(mark)
        if _ONLY_A_LIST.match(first):
            self.indentation = 4
        else:
            first = _tabs_out(first, self.indentation)
            self.indentation += len(first) - len(first.lstrip(" "))
        first = first.lstrip()
        if own := marks.ITEM_LIST.match(first):
            self.node.lists.append(own[1])
            first = first[own.end() :]
        #: texts that are read one after the other
        self.parts: list[list[str]] = [[first]]
        self.within, self.lazy = _going_on(self.indentation)

    def outdented(self, line: str) -> tuple[str, bool]:
        """Return a line without the item's indentation, and whether it had that."""
        line = re.sub(r"^\t+", lambda tabs: "    " * len(tabs[0]), line)
        bare = line.removeprefix(" " * self.indentation)
        return bare, bare != line or not self.indentation


def _tabs_out(line: str, before: int) -> str:
    """Return a line with blanks for the tabs at its beginning."""
    head = re.match(r"[ \t]*", line)
    assert head
    width = before
    for sign in head[0]:
        width += 4 - width % 4 if sign == "\t" else 1
    return " " * (width - before) + line[head.end() :]


def item_list(blocks: Blocks, tree: Node, opening: re.Match[str]) -> bool:
    """Read a list with marks or numbers."""
    kind = "ol" if opening[2] else "ul"
    whole = blocks.new(kind)
    items, is_ended = _items(blocks, kind)
    tree.children.append(whole)
    whole.children = [item.node for item in items]
    last: Node | None = None
    for item in items:
        for part in item.parts:
            blocks.within(item.node, "".join(part))
        last = _tightened(item.node, whole, is_ended=is_ended)
    if last and not is_ended:
        tree.children.append(last)
    if blocks.document.is_github:
        _tasks(whole)
    return True


def _items(blocks: Blocks, kind: str) -> tuple[list[_Item], bool]:
    """Return the items from here on, and whether a line says that the list ends."""
    items: list[_Item] = []
    start = _start(kind, 4)
    is_nested = is_blank = False
    while blocks.at < len(blocks.text):
        if is_blank and blocks.match(RULE):
            break
        if found := blocks.match(END_OF_BLOCK):
            blocks.at = found.end()
            return items, True
        if found := blocks.match(start):
            items.append(_Item("li", found[1], found[2]))
            start = _start(kind, items[-1].indentation)
            is_nested = bool(ITEM.match(items[-1].parts[0][0]))
            is_blank = False
        elif (found := blocks.match(items[-1].within)) or (not is_blank and (found := blocks.match(items[-1].lazy))):
            is_nested = _add_line(items[-1], found[0], is_nested=is_nested)
            is_blank = False
        elif found := blocks.match(BLANK):
            is_nested = is_blank = True
            items[-1].parts[-1].append(found[0])
        else:
            break
        blocks.at = found.end()
    return items, False


def _add_line(item: _Item, written: str, *, is_nested: bool) -> bool:
    """Add a line to an item; return whether the item has a list of its own now."""
    line, had_indentation = item.outdented(written)
    opens = ITEM.match(line)
    if not is_nested and had_indentation and opens:
        item.parts.append([])
        is_nested = True
    elif is_nested and not had_indentation and opens:
        line = " " * (item.indentation + 4) + line
    item.parts[-1].append(line)
    return is_nested


def _tightened(item: Node, whole: Node, *, is_ended: bool) -> Node | None:
    """Make the first paragraph bare if no blank line is behind it; return the blank lines that end the item."""
    children = item.children
    if not children:
        return None
    first, is_last = children[0], item is whole.children[-1]
    if first.kind == "p" and len(children) > 1 and children[1].kind == "eob" and first.lists:
        del children[1]
    is_alone = len(children) < 2 or children[1].kind != "blank"
    if (
        first.kind == "p"
        and (is_alone or (is_last and len(children) == 2 and not is_ended))
        and (not is_last or len(whole.children) == 1 or any(map(_is_bare, whole.children[:-1])))
    ):
        if len(children) > 1 and children[1].kind != "blank":
            first.children[0].value += "\n"
        first.model = "bare"
    return children.pop() if children[-1].kind == "blank" else None


def _is_bare(item: Node) -> bool:
    first = item.children[0] if item.children else None
    return not first or first.kind != "p" or first.model == "bare"


def _tasks(whole: Node) -> None:
    """Show the boxes of a list of tasks."""
    for item in whole.children:
        words = item.children[0].children[0] if item.children and item.children[0].kind == "p" else None
        box = words and _TASK.match(words.value)
        if words and box:
            words.value = words.value[box.end() :]
            checked = "" if box[1] == " " else " checked"
            item.children[0].children.insert(0, Node("raw", f'<input type="checkbox" disabled{checked}> '))


FIRST_MEANING = _start("dl", 4)


def definitions(blocks: Blocks, tree: Node, _: re.Match[str]) -> bool:
    """Read what explains the lines of the paragraph before."""
    above = [child.kind for child in tree.children[-2:]]
    if not (above[-1:] == ["p"] or (above == ["p", "blank"] and tree.children[-1].value == "\n")):
        return False
    whole = blocks.new("dl")
    is_apart = tree.children[-1].kind == "blank" and bool(tree.children.pop())
    paragraph = tree.children.pop()
    whole.lists = paragraph.lists
    for line in paragraph.children[0].value.split("\n"):
        own = marks.ITEM_LIST.match(line)
        term = line[own.end() :] if own else line
        whole.children.append(Node("dt", term, children=[Node("source", term)], lists=[own[1]] if own else []))
    last: Node | None = None
    for item, is_own in _meanings(blocks, is_apart=is_apart):
        whole.children.append(item.node)
        blocks.within(item.node, "".join(item.parts[0]))
        children = item.node.children
        last = children.pop() if children and children[-1].kind == "blank" else None
        if children and children[0].kind == "p" and not is_own:
            children[0].children[0].value += "\n" if len(children) > 1 else ""
            children[0].model = "bare"
    _join(tree, whole)
    tree.children += [last] if last else []
    return True


def _meanings(blocks: Blocks, *, is_apart: bool) -> list[tuple[_Item, bool]]:
    """Return the meanings from here on, and whether each is a paragraph of its own."""
    found: list[tuple[_Item, bool]] = []
    start = FIRST_MEANING
    is_blank = False
    while blocks.at < len(blocks.text) and not blocks.match(END_OF_BLOCK):
        if opening := blocks.match(start):
            found.append((_Item("dd", opening[1], opening[2]), is_apart))
            start = _start("dl", found[-1][0].indentation)
            is_apart = is_blank = False
        elif (opening := blocks.match(found[-1][0].within)) or (
            not is_blank and (opening := blocks.match(found[-1][0].lazy))
        ):
            found[-1][0].parts[0].append(found[-1][0].outdented(opening[0])[0])
            is_apart = is_blank = False
        elif opening := blocks.match(BLANK):
            found[-1][0].parts[0].append(opening[0])
            is_apart = is_blank = True
        else:
            break
        blocks.at = opening.end()
    return found


def _join(tree: Node, whole: Node) -> None:
    """Append definitions to those that stand directly before, or as a list of their own."""
    children = tree.children
    if len(children) > 1 and children[-1].kind == "blank" and children[-2].kind == "dl":
        children.pop()
    if children and children[-1].kind == "dl":
        children[-1].children += whole.children
    else:
        children.append(whole)


_ROW = re.compile(r"(?:\||.*?[^\\\n]\|).*\n")
FIRST_ROW = re.compile(r" {0,3}(?=\S)(?:\||.*?[^\\\n]\|).*\n")
_LINE = re.compile(r"(?=[+|: \t-]*-)([+|: \t-]+)\n")
_LINE_OF_FOOT = re.compile(r"(?=[+|: \t=]*=)[+|: \t=]+\n")
_ALIGNMENT = re.compile(r"[ \t]?(:?)-+(:?)[ \t]?")
_ALIGNMENTS = {(True, True): "center", (True, False): "left", (False, True): "right"}
_BAR = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"<code.*?>.*?</code>|(`+)(?!`)(?:.*?[^`])?\1(?!`)")

_NO_BARS = re.compile(r"(`+)(?!`)(?:(?!\1).)*?\1|<([a-z]+)(?=[\s>])[^<>]*>.*?</\2>", re.DOTALL)
_HAS_BAR = re.compile(r"\||.*?[^\\\n]\|")
#: more are not added to rows that have fewer than others
_MOST_CELLS = 20_000
#: in a row, or in a table; more are taken for text
_MOST_TICKS = 300


def table(blocks: Blocks, tree: Node, first: re.Match[str]) -> bool:
    """Read a table."""
    if not blocks.is_after_boundary(tree):
        return False
    start, before = blocks.at, blocks.before
    parts, alignment = _parts(blocks, has_bar=first[0].lstrip().startswith("|"))
    is_table = any(part.kind == "tbody" for part in parts)
    if not (is_table and blocks.is_at_boundary() and _has_bars(blocks.text[start : blocks.at])):
        blocks.at, blocks.before = start, before
        return False
    node = blocks.new("table")
    node.children = parts
    _fill(parts, alignment)
    tree.children.append(node)
    return True


def _parts(blocks: Blocks, *, has_bar: bool) -> tuple[list[Node], list[str]]:
    """Take the rows from here on, and return heads, bodies and foot, and the alignment of each column."""
    parts: list[Node] = []
    rows: list[Node] = []
    alignment: list[str] = []
    has_foot = False
    if (line := blocks.match(_LINE)) and _ROW.match(line[0]):
        blocks.at = line.end()
    while row := blocks.match(_ROW):
        ended = ""
        if line := blocks.match(_LINE):
            ended = "" if has_foot else "tbody" if alignment else "thead"
            if rows and ended == "thead":
                found = _ALIGNMENT.findall(line[1])
                alignment = [_ALIGNMENTS.get((bool(left), bool(right)), "") for left, right in found]
        elif blocks.match(_LINE_OF_FOOT):
            ended, has_foot = "tbody", True
        else:
            rows.append(_row(row[0].rstrip(), has_bar=has_bar))
        if rows and ended:
            parts.append(Node(ended, children=rows))
            rows = []
        blocks.at = row.end()
    if rows:
        parts.append(Node("tfoot" if has_foot else "tbody", children=rows))
    return parts, alignment


def _row(text: str, *, has_bar: bool) -> Node:
    """Return a row; a bar in code, or behind a backslash, does not end a cell."""
    cells, done = [""], 0
    for code in _CODE.finditer(text) if text.count("`") < _MOST_TICKS else ():
        _split(cells, text[done : code.start()])
        cells[-1] += code[0]
        done = code.end()
    _split(cells, text[done:])
    if has_bar and not cells[0].strip():
        del cells[0]
    if cells and not cells[-1].strip():
        del cells[-1]
    return Node("tr", children=[Node("td", children=[Node("source", cell.strip())]) for cell in cells])


def _split(cells: list[str], text: str) -> None:
    first, *others = (part.replace("\\|", "|") for part in _BAR.split(text))
    cells[-1] += first
    cells += others


def _has_bars(text: str) -> bool:
    """Return whether each line has a bar outside of code and of HTML."""
    if text.count("`") + text.count("<") > _MOST_TICKS:
        return True
    bare = _NO_BARS.sub(lambda code: re.sub(r"[^\n]", "x", code[0]), text)
    return all(_HAS_BAR.match(line) for line in bare.splitlines())


def _fill(parts: list[Node], alignment: list[str]) -> None:
    """Give each row as many cells as the longest one has, and each cell its alignment."""
    lengths = [len(row.children) for part in parts for row in part.children]
    columns = max(lengths) if max(lengths) * len(lengths) <= _MOST_CELLS else 0
    for part in parts:
        for row in part.children:
            row.children += [Node("td") for _ in range(columns - len(row.children))]
            for cell, side in zip(row.children, alignment, strict=False):
                if side:
                    cell.attributes["style"] = f"text-align: {side}"
            if part.kind == "thead":
                for cell in row.children:
                    cell.kind = "th"
