"""Nodes made for less are BeautifulSoup's all the same, and short cuts lead where the long way does."""

from __future__ import annotations

import copy

import pytest
from bs4 import Tag
from bs4.element import NavigableString

from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import Text, fill, new_tag


def test_an_element_has_all_that_beautifulsoup_gives_one() -> None:
    """No attribute is missing, where `Tag` would look for an element of that name instead."""
    new, real = new_tag("p", {"id": "a"}), Tag(name="p", attrs={"id": "a"}, is_xml=False)
    assert {name: getattr(new, name) for name in vars(real)} == vars(real)


def test_a_text_has_all_that_beautifulsoup_gives_one() -> None:
    """A text is a string and a node."""
    new, real = Text("words"), NavigableString("words")
    assert new == "words"
    assert {name: getattr(new, name) for name in vars(real)} == vars(real)


def test_two_elements_share_nothing_that_changes() -> None:
    """What is put into one does not show up in the other."""
    one, other = new_tag("p", {}), new_tag("p", {})
    fill(one, [Text("words")])
    one.attrs["id"] = "a"
    assert (other.contents, other.attrs) == ([], {})


def test_beautifulsoup_can_work_on_a_parsed_tree() -> None:
    """Its own ways of going about a tree find what is there."""
    root = dom.parse('<div class="box"><p>One <b>two</b></p><p>Three</p></div>')
    assert [tag.get_text() for tag in dom.select(root, ".box > p:first-child b")] == ["two"]
    assert root.get_text() == "One twoThree"
    assert str(copy.copy(root.contents[0])) == '<div class="box"><p>One <b>two</b></p><p>Three</p></div>'


@pytest.mark.parametrize(
    "html", ["<p>a&#1;b</p>", "<p>a&#x1;b</p>", "<p>a&#xFFFE;b</p>", "<p>a&#127;b</p>", '<p title="&#7;">ab</p>']
)
def test_a_reference_brings_no_forbidden_character(html: str) -> None:
    """What XML forbids does not come in by its number."""
    root = dom.parse(html)
    assert dom.text_of(root).strip() == "ab"
    assert [dom.attribute(tag, "title") for tag in dom.elements(root)] == [""]
