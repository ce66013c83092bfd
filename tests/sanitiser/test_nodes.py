"""Trees are what was written, and short cuts lead where the long way does."""

from __future__ import annotations

import pytest

from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import Tag, Text, fill, new_tag
from feedtool.sanitiser.layout import Layout, Measures, Phrases
from feedtool.sanitiser.text import Context


def test_two_elements_share_nothing_that_changes() -> None:
    """What is put into one does not show up in the other."""
    one, other = new_tag("p", {}), new_tag("p", {})
    fill(one, [Text("words")])
    one.attrs["id"] = "a"
    assert (other.contents, other.attrs) == ([], {})


@pytest.mark.parametrize(
    "html", ["<p>a&#1;b</p>", "<p>a&#x1;b</p>", "<p>a&#xFFFE;b</p>", "<p>a&#127;b</p>", '<p title="&#7;">ab</p>']
)
def test_a_reference_brings_no_forbidden_character(html: str) -> None:
    """What XML forbids does not come in by its number."""
    root = dom.parse(html)
    assert dom.text_of(root).strip() == "ab"
    assert [dom.attribute(tag, "title") for tag in dom.elements(root)] == [""]


@pytest.mark.parametrize(
    "end", ["</body></html>", "</body>", "</HTML >\n", "</body></html><!DOCTYPE html><html><body>"]
)
def test_what_follows_the_end_of_a_page_stays(end: str) -> None:
    """A bot may join two pages, or write on below one."""
    root = dom.parse(f"<html><body><p>One.</p>{end}<p>Two.</p> Three.")
    assert dom.text_of(root).split() == ["One.", "Two.", "Three."]


PAGE = (
    '<div>Lead <a href="https://news.example.org/a">one <b>two</b></a><ul><li></li><li><a href="#top">up</a> and'
    ' <img src="/p.jpg"></li></ul></div><p>A last line <a href="/big.jpg"><img src="/small.jpg"></a> of words.</p><hr>'
)


def test_measures_are_what_each_element_holds() -> None:
    """Positions, links, texts and pictures that one pass counts are those that a look into each element finds."""
    root = dom.parse(PAGE)
    measures = Measures(root)
    tags = dom.elements(root)
    assert [id(tag) for tag in measures.tags] == [id(tag) for tag in tags]
    for at, tag in enumerate(tags):
        size, inside = measures.of(tag), [tag, *dom.elements(tag)]
        links = measures.anchors[size.link : size.link_end]
        texts = [node.strip() for node in dom.nodes(tag) if isinstance(node, Text)]
        assert (size.at, size.end, size.text) == (at, at + len(inside), sum(map(len, texts)))
        assert [id(link) for link in links] == [id(each) for each in inside if each.name == "a"]
        assert size.links == sum(dom.attribute(link, "href") == "https://news.example.org/a" for link in links)
        assert size.media == sum(each.name == "img" for each in inside)
    assert (measures.total.at, measures.total.end) == (-1, len(tags))
    outside_links = ["Lead", "up", "and", "A last line", "of words."]
    assert measures.total.plain == sum(map(len, outside_links))


def test_a_phrase_is_read_again_after_a_cut() -> None:
    """What is remembered from one look to the next is of the text as it is."""
    root = dom.parse("<h2>Read more <small>today</small></h2>")
    phrases: Phrases = {}
    heading = root.contents[0]
    assert isinstance(heading, Tag)
    assert Layout(root, Measures(root), Context(), phrases).phrase(heading) == "read more today"
    edits = dom.Edits()
    edits.cut(heading.contents[1])
    edits.apply()
    assert Layout(root, Measures(root), Context(), phrases).phrase(heading) == "read more"
