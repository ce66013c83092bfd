"""BeautifulSoup's elements and texts, made for less.

In: names, attributes, strings. Out: nodes that hang nowhere yet. `Tag` sets twenty attributes of its own on every
element, most of them alike on all that are not in XML: here they stand on the class, once.
"""

from __future__ import annotations

from bs4 import Tag
from bs4.element import NavigableString

_OWN = frozenset({"name", "attrs", "contents"})


class Text(NavigableString):
    """A text."""

    #: how much it holds by the measure of `text.weight`, or -1: no text changes, and most are measured several times
    size = -1

    __new__ = str.__new__  # type: ignore[assignment]


class Element(Tag):
    """An element; make it with `element`."""

    #: `get_text` leaves out every kind of string that it is not told of
    MAIN_CONTENT_STRING_TYPES = Tag.MAIN_CONTENT_STRING_TYPES | {Text}


for _name, _value in vars(Tag(name="x", is_xml=False)).items():
    if _name not in _OWN:
        setattr(Element, _name, _value)
for _name, _value in vars(NavigableString("")).items():
    setattr(Text, _name, _value)


def element(name: str, attrs: dict[str, str]) -> Element:
    """Return an element without contents."""
    new = Element.__new__(Element)
    new.name = name
    new.attrs = attrs  # type: ignore[assignment]
    new.contents = []
    return new
