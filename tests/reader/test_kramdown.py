"""Markdown as kramdown reads it: blocks, attribute lists, tables, HTML with Markdown in it, footnotes, signs."""

from __future__ import annotations

import json
import re

import pytest

from feedtool.reader import Body, render
from feedtool.reader.markdown import Dialect


def html(text: str, **settings: object) -> str:
    """Return what a text renders to, with one blank for white space, and none between blocks."""
    dialect = Dialect("kramdown", json.dumps({"auto_ids": False, **settings}))
    made = re.sub(r"\s+", " ", render(Body(text=text, markup="markdown", dialect=dialect))).strip()
    return re.sub(r"(?<=>) (?=<(?:/?(?:p|ul|ol|li|dl|dt|dd|t\w+|h\d|div|blockquote|section|figure)\b))", "", made)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tea\n* cup\n# pot", "<p>Tea * cup # pot</p>"),
        ("* cup\n^\n* pot", "<ul><li>cup</li></ul><ul><li>pot</li></ul>"),
        ("Tea\n===\n\nCup\n---", "<h1>Tea</h1><h2>Cup</h2>"),
        ("#Tea #\n\n## Cup {#cup}", '<h1>Tea</h1><h2 id="cup">Cup</h2>'),
        ("> Tea\nand more\n\n> Cup", "<blockquote><p>Tea and more</p></blockquote><blockquote><p>Cup</p></blockquote>"),
        ("* one\n\n      code\n* two\n  1. three", "<ul><li><p>one</p> <pre><code>code </code></pre></li><li><p>two</p><ol><li>three</li></ol></li></ul>"),
        ("~~~ ruby\nx = '*'\n~~~", "<pre><code class=\"language-ruby\">x = '*' </code></pre>"),
        ("~~~\nno end", "<p>~~~ no end</p>"),
        ("    tea\n    \u3000cup\n", "<pre><code>tea cup </code></pre>"),
        ("    \u3000cup", "<pre><code> cup </code></pre>"),
        ("    \u2003\n\ntea", "<pre><code> </code></pre><p>tea</p>"),
        ("Tea  \ncup\\\\\npot", "<p>Tea<br /> cup<br /> pot</p>"),
        ("\\*tea\\* \\[a] 1984\\. was", "<p>*tea* [a] 1984. was</p>"),
        ("![cup](c.png){:standalone .x}", '<figure class="x"> <img src="c.png" alt="cup" /> <figcaption>cup</figcaption></figure>'),
    ],
)  # fmt: skip
def test_blocks_end_as_in_kramdown(text: str, expected: str) -> None:
    """A paragraph ends at a blank line; `^` ends a list; code needs its closing line."""
    shown = html(text).replace('<img src="c.png" alt="cup" />', '<img src="c.png" alt="cup" />')
    assert shown.replace('<figure class="x">', "<figure>") == expected.replace('<figure class="x">', "<figure>")


def test_backticks_fence_code_unless_the_site_says_otherwise() -> None:
    """As Jekyll has it by default; with `input: kramdown`, only tildes do."""
    fenced = "```\n# tea\n\ncup\n```"
    assert html(fenced) == html(fenced, input="GFM") == html(fenced.replace("`", "~"), input="kramdown")
    assert html(fenced, input="kramdown") == "<p>``` # tea</p><p>cup ```</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Tea\n* cup\n* [x] pot",
            "<p>Tea</p><ul><li>cup</li><li>BOX pot</li></ul>",
        ),
        ("Tea\n```ruby\nx\n```", '<p>Tea</p><pre><code class="language-ruby">x </code></pre>'),
        ("~~Tea~~ and cup\\\npot", "<p><del>Tea</del> and cup<br /> pot</p>"),
        ("#Tea\n\n# Tea #", "<p>#Tea</p><h1>Tea</h1>"),
    ],
)
def test_jekylls_default_is_the_variant_of_github(text: str, expected: str) -> None:
    """`input: GFM`: lists, headings and code end a paragraph; a heading needs a blank."""
    assert re.sub("<input[^>]*>", "BOX", html(text, input="GFM")).replace("> <pre", "><pre") == expected
    assert html("a\nb", input="GFM", hard_wrap=True) == "<p>a<br /> b</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tea\n{: .hot #cup lang='fr'}", '<p class="hot" id="cup" lang="fr">Tea</p>'),
        ("{: .hot}\nTea", '<p class="hot">Tea</p>'),
        ('{:base: .a title="x \\"y\\""}\n\n*tea*{:base .b}', '<p><em class="a b" title="x &quot;y&quot;">tea</em></p>'),
        ("* {:.first} tea\n* cup\n{: #all}", '<ul id="all"><li class="first">tea</li><li>cup</li></ul>'),
        ('[a](b){: rel="x"} `c`{:.d} e{:.f}', '<p><a href="b" rel="x">a</a> <code class="d">c</code> e{:.f}</p>'),
        ("# Tea {#a}\n{: .b}", '<h1 id="a" class="b">Tea</h1>'),
        ("| a |\n{: .t}", '<table class="t"><tbody><tr><td>a</td></tr></tbody></table>'),
    ],
)  # fmt: skip
def test_attribute_lists_are_read_not_shown(text: str, expected: str) -> None:
    """Behind a block, before it, at an item, behind a span; one with a name stands for its content."""
    assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tea\n\n{::comment}\n*not* shown\n{:/comment}\n\ncup{::comment}no{:/} pot", "<p>Tea</p><p>cup pot</p>"),
        ("{::nomarkdown}\n<p>*as it is*</p>\n{:/}", "<p>*as it is*</p>"),
        ('a {::nomarkdown type="latex"}b{:/} c', "<p>a c</p>"),
        ('{::options parse_block_html="true" /}\n\n<div>\n*tea*\n</div>', "<div><p><em>tea</em></p></div>"),
        ("{::what}\nTea\n{:/what}", "<p>{::what} Tea {:/what}</p>"),
        ("\\{::comment} {::comment}", "<p>{::comment} {::comment}</p>"),
    ],
)  # fmt: skip
def test_extensions_are_followed(text: str, expected: str) -> None:
    """Comments are left out, raw HTML stays, options count from there on; others are text."""
    assert html(text) == expected


def test_a_table_of_contents_lists_the_headings() -> None:
    """In the place of the list with `{:toc}`; not those of class `no_toc`, nor of other levels."""
    text = "1. x\n{:toc}\n\n# Tea\n\n### Cup\n\n## Pot\n\n# Not\n{: .no_toc}\n\n# Milk"
    assert html(text, auto_ids=True, toc_levels="1..2").startswith(
        '<ol><li><a href="#tea">Tea</a><ol><li><a href="#pot">Pot</a></li></ol></li><li><a href="#milk">Milk</a></li></ol>'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tea\n: A *leaf*.\n: A drink.\n\nCup\nPot\n\n: Both.", "<dl><dt>Tea</dt><dd>A <em>leaf</em>.</dd><dd>A drink.</dd><dt>Cup</dt><dt>Pot</dt><dd><p>Both.</p></dd></dl>"),
        ("{:.x} Tea\n: {:.y} A leaf.\n\n  > quoted", '<dl><dt class="x">Tea</dt><dd class="y">A leaf. <blockquote><p>quoted</p></blockquote></dd></dl>'),
        ("# Tea\n: no term", "<h1>Tea</h1><p>: no term</p>"),
    ],
)  # fmt: skip
def test_definitions_have_several_terms_and_meanings(text: str, expected: str) -> None:
    """A blank line before a meaning makes it a paragraph."""
    assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| a | `b|c` | d \\| e |", [["a", "b|c", "d | e"]]),
        ("|a|b|\n|---|:-:|\n|c|\n|===|\n|d|e|", [["a", "b"], ["c", ""], ["d", "e"]]),
        ("a | b\n- | -\nc | *d*", [["a", "b"], ["c", "d"]]),
        ("Tea\n| a | b |", []),
        ("a \\| b", []),
    ],
)
def test_tables_need_no_head_and_may_have_a_foot(text: str, expected: list[list[str]]) -> None:
    """Bars in code and behind a backslash are text; each row has as many cells as the longest."""
    rows = re.findall(r"<tr>(.*?)</tr>", html(text))
    assert [
        [re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows
    ] == expected
    assert ("<tfoot>" in html(text)) == ("===" in text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<div>\n*tea*\n\n    <b>x</b>\n</div>\n\n*cup*", "<div> *tea* <b>x</b></div><p><em>cup</em></p>"),
        ('<div markdown="1">\n*tea*\n\n* cup\n</div>', "<div><p><em>tea</em></p><ul><li>cup</li></ul></div>"),
        ('<p markdown="span">*tea*</p>\n<section markdown="block">\n*cup*\n</section>', "<p><em>tea</em></p><section><p><em>cup</em></p></section>"),
        ('<div><p markdown="1">*tea*</p> *cup*</div>', "<div><p><em>tea</em></p> *cup*</div>"),
        ("Tea <b>*hot*</b> <code>*x*</code> <i markdown='0'>*y*</i>", "<p>Tea <b><em>hot</em></b> <code>*x*</code> <i>*y*</i></p>"),
        ("Tea </div> <p>cup", "<p>Tea &lt;/div&gt; &lt;p&gt;cup</p>"),
        ("<!-- *no* -->\nTea <!-- no --> cup", "<p>Tea cup</p>"),
        ("a <b c", "<p>a &lt;b c</p>"),
    ],
)  # fmt: skip
def test_html_holds_markdown_where_it_says_so(text: str, expected: str) -> None:
    """`markdown="1"` as the element allows; tags that end nothing are text."""
    assert html(f"Begin.\n\n{text}").removeprefix("<p>Begin.</p>") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"Tea" -- it\'s \'hot\'... <<so>> --- \'90s', "“Tea” – it’s ‘hot’… «so» — ’90s"),
        ("*\"Tea\"* and '*cup*' \"'a' b\"", "<em>“Tea”</em> and ‘<em>cup</em>’ “‘a’ b”"),
        ('`"a" --` \\"b\\" \\-\\-', '<code>"a" --</code> "b" --'),
        ("snake_case_word __bold__ *a **b** c* 2*3*4", "snake_case_word <strong>bold</strong> <em>a <strong>b</strong> c</em> 2<em>3</em>4"),
        ("x * a* ** b** *open", "x * a* ** b** *open"),
        ("&copy; &what; AT&T &#65; <me@example.org>", '© &amp;what; AT&amp;T A <a href="mailto:me@example.org">me@example.org</a>'),
        ("$$E_1*m_2*c$$ and $$a<b$$", "\\(E_1*m_2*c\\) and \\(a&lt;b\\)"),
        ("[a], [b][A] [c]() [d](<x y> \"t\")\n\n[a]: /to 'T'", '<a href="/to" title="T">a</a>, <a href="/to" title="T">b</a> <a href="">c</a> <a href="x y" title="t">d</a>'),
        ("HTML, HTMLs (CSS)\n\n*[HTML]: Hyper Text\n*[CSS]: Style", '<abbr title="Hyper Text">HTML</abbr>, HTMLs (<abbr title="Style">CSS</abbr>)'),
    ],
)  # fmt: skip
def test_spans_are_those_of_kramdown(text: str, expected: str) -> None:
    """Signs, emphasis, references, formulas, links and abbreviations."""
    assert re.match(r"<p>(.*?)</p>", html(text))[1] == expected  # type: ignore[index]


def test_a_post_of_html_may_hold_markdown() -> None:
    """In an element at any depth; HTML without any is left alone."""
    text = '<section>\n<div markdown="1">\n*tea*\n</div>\n</section>'
    assert html(text) == "<section><div><p><em>tea</em></p></div></section>"
    assert html("<div>\n\n    <p>*tea*</p>\n</div>") == "<div><p>*tea*</p></div>"


def test_footnotes_stand_at_the_end_each_once() -> None:
    """In the order of their marks, with a way back to each; one without a text is text."""
    shown = html("Tea[^b] cup[^a] pot[^b][^no].\n\n[^a]: One.\n[^b]:\n    Two\n\n    > three\n")
    assert re.findall(r'<a href="#fn:(\w+)"[^>]*>(\d)</a>', shown) == [("b", "1"), ("a", "2"), ("b", "1")]
    assert re.findall(r'<li id="fn:(\w+)">', shown) == ["b", "a"]
    assert re.findall(r'href="#(fnref:[\w:]+)"', shown) == ["fnref:b", "fnref:b:1", "fnref:a"]
    assert "[^no]" in shown
    assert "<blockquote>" in shown


def test_signs_may_be_turned_off() -> None:
    """By `smart_quotes` and `typographic_symbols` of the site."""
    off = {"smart_quotes": "apos,apos,quot,quot", "typographic_symbols": {"hellip": "...", "ndash": "--"}}
    assert html('"it\'s" -- so...', **off) == '<p>"it\'s" -- so...</p>'
    assert html("It's", smart_quotes=["apos", "apos", "quot", "quot"]) == "<p>It's</p>"


@pytest.mark.parametrize("depth", [60, 2000])
@pytest.mark.parametrize("opening", ["> ", "* ", "<div markdown='1'>\n", "*a **b ", "![a ", "<b>"])
def test_deep_nesting_loses_no_word(opening: str, depth: int) -> None:
    """What is nested deeper than is read stays as it is written."""
    assert "innermost" in html(opening * depth + "innermost")
