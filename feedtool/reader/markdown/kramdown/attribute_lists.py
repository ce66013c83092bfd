"""kramdown's attribute lists: `{: #id .class key="value" name}`, and lists with a name. Pure."""

from __future__ import annotations

import re

from feedtool.reader.markdown.kramdown.nodes import Document, Node

#: the name of an attribute list, and its content
NAME = r"\w[\w-]*"
INSIDE = r"(?:\\\}|[^}]){1,500}"
#: an attribute list behind a block, or before it; and a list with a name
BLOCK = rf"\{{:(?!:|/)({INSIDE})\}}[ \t]*\n"
BLOCK_LIST = re.compile(rf" {{0,3}}{BLOCK}", re.ASCII)
NAMED_LIST = re.compile(rf" {{0,3}}\{{:({NAME}):({INSIDE})\}}[ \t]*\n", re.ASCII)
#: in a line of text
SPAN_LIST = re.compile(rf"\{{:({INSIDE})\}}")
#: at the beginning of an item
ITEM_LIST = re.compile(rf"\s*\{{:(?!(?:{NAME})?:|/)({INSIDE})\}}\s*", re.ASCII)

_PART = re.compile(
    rf"""(?:\A|(?<=\s))(?:
      (?P<key>{NAME})=(?P<quote>["'])(?P<value>(?:\\[\}}"']|(?!(?P=quote)).)*)(?P=quote)
    | (?P<name>{NAME})
    | (?P<marks>(?:\#[A-Za-z][\w:-]*|\.[^\s.\#]+)+)
    )(?=\s|\Z)""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_MARK = re.compile(r"([#.])([^\s.#]+)")
_DEEPEST_NAME = 3


def apply(node: Node, text: str, document: Document, depth: int = 0) -> None:
    """Add the attributes of a list to a node, with those of the lists that it names."""
    for part in _PART.finditer(text.strip()):
        document.patience -= len(part[0])
        if name := part["name"]:
            node.references.append(name)
            if depth < _DEEPEST_NAME and document.patience > 0:
                for named in document.named.get(name, ()):
                    apply(node, named, document, depth + 1)
        elif marks := part["marks"]:
            for sign, value in _MARK.findall(marks):
                _set(node, "class" if sign == "." else "id", value)
        else:
            value = re.sub(r"\\([}\"'])", r"\1", part["value"])
            _set(node, part["key"], value)


def apply_all(node: Node, document: Document) -> None:
    """Add what a block's own attribute lists say."""
    for text in node.lists:
        apply(node, text, document)
    node.lists = []


def _set(node: Node, key: str, value: str) -> None:
    if key == "class" and node.attributes.get("class"):
        value = f"{node.attributes['class']} {value}"
    node.attributes[key] = value
