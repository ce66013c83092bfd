"""Tables of a kramdown text -> nodes: heads, several bodies and a foot, each set off by a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feedtool.reader.markdown.kramdown.nodes import Node

if TYPE_CHECKING:
    from feedtool.reader.markdown.kramdown.blocks import Blocks

_ROW = re.compile(r"(?:\||.*?[^\\\n]\|).*\n")
_FIRST = re.compile(r" {0,3}(?=\S)(?:\||.*?[^\\\n]\|).*\n")
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


class _Table:
    """A table while its rows are read."""

    def __init__(self) -> None:
        self.alignment: list[str] = []
        self.parts: list[Node] = []
        self.rows: list[Node] = []
        self.has_foot = False

    def close(self, kind: str, *, forced: bool = False) -> None:
        """Make a part of the table of the rows since the last one."""
        if not self.has_foot or kind != "tbody" or forced:
            self.parts.append(Node(kind, children=self.rows))
            self.rows = []

    def line(self, written: str) -> None:
        """Note a line between two parts."""
        if not self.rows:
            return
        if not self.alignment and not self.has_foot:
            self.close("thead")
            found = _ALIGNMENT.findall(written)
            self.alignment = [_ALIGNMENTS.get((bool(left), bool(right)), "") for left, right in found]
        else:
            self.close("tbody")


def table(blocks: Blocks, tree: Node) -> bool:
    """Read a table."""
    first = blocks.match(_FIRST)
    if not first or not blocks.is_after_boundary(tree):
        return False
    start, has_bar = blocks.at, first[0].lstrip().startswith("|")
    found, before = _Table(), blocks.before
    if (line := blocks.match(_LINE)) and _ROW.match(line[0]):
        blocks.at = line.end()
    while row := blocks.match(_ROW):
        if line := blocks.match(_LINE):
            found.line(line[1])
        elif blocks.match(_LINE_OF_FOOT):
            if found.rows:
                found.close("tbody", forced=True)
            found.has_foot = True
        else:
            found.rows.append(_row(row[0].rstrip(), has_bar=has_bar))
        blocks.at = row.end()
    if found.rows:
        found.close("tfoot" if found.has_foot else "tbody")
    is_table = any(part.kind == "tbody" for part in found.parts)
    if not (is_table and blocks.is_at_boundary() and _has_bars(blocks.text[start : blocks.at])):
        blocks.at, blocks.before = start, before
        return False
    node = blocks.new("table")
    node.children = found.parts
    _fill(found)
    tree.children.append(node)
    return True


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


def _fill(found: _Table) -> None:
    """Give each row as many cells as the longest one has, and each cell its alignment."""
    lengths = [len(row.children) for part in found.parts for row in part.children]
    columns = max(lengths) if max(lengths) * len(lengths) <= _MOST_CELLS else 0
    for part in found.parts:
        for row in part.children:
            row.children += [Node("td") for _ in range(columns - len(row.children))]
            for cell, alignment in zip(row.children, found.alignment, strict=False):
                if alignment:
                    cell.attributes["style"] = f"text-align: {alignment}"
            if part.kind == "thead":
                for cell in row.children:
                    cell.kind = "th"
