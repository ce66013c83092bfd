"""Bodies: Markdown is rendered, HTML is left alone, plain text is text; and none of it takes long."""

from __future__ import annotations

import re
import time

import pytest
from heavy import sampled
from hypothesis import given
from hypothesis import strategies as st
from readings import html_of, with_header

from feedtool.model import Markup
from feedtool.reader import Body, body_problems, render


def markdown(text: str) -> str:
    """Return what a Markdown body renders to."""
    return render(Body(text=text, markup="markdown"))


INDENTED = """<div>
  <p>One.</p>

      <p>Two, indented after a blank line.</p>

    <ul>

        <li>Three</li>
    </ul>
</div>"""


def test_html_is_not_run_through_markdown() -> None:
    """Indented HTML after a blank line does not turn into a code block."""
    assert markdown(INDENTED) == INDENTED


@pytest.mark.parametrize(
    "text",
    [
        "<p>One.</p>\n\n    <p>Two.</p>",
        "<!-- by the bot -->\n<div>\n\n    <b>x</b></div>",
        "<article>\n\n    text</article>",
        "<TABLE>\n\n    <tr><td>1</td></tr></TABLE>",
        "<figure><img src=a></figure>\n\n<p>*Stars* stay.</p>",
        "<div>\n\n    unclosed <p>in the middle</div>",
    ],
)
def test_a_body_that_is_all_elements_is_html(text: str) -> None:
    """Whatever comment stands before it, and however its tags are written."""
    assert markdown(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>A picture.</p>\n\nSome *Markdown* below.", "<em>Markdown</em>"),
        ("<div class='note'>Note</div>\n\n- a list\n- of two", "<li>a list</li>"),
        ("<b>Bold</b> and *so on*", "<em>so on</em>"),
        ("Words with <br> in them, *starred*.", "<em>starred</em>"),
        ("<!-- a comment -->\n\n# Heading", "<h1>Heading</h1>"),
        ("<https://example.org/a>\n\n*x*", '<a href="https://example.org/a">'),
    ],
)
def test_markdown_with_html_in_it_is_markdown(text: str, expected: str) -> None:
    """A Markdown post may begin with an HTML element: what stands outside elements is rendered."""
    assert expected in markdown(text)


def test_an_html_file_is_never_markdown() -> None:
    """`.html` says what it is: stars stay stars."""
    assert html_of(with_header("title: A", body="*one* & <b>two</b>"), "posts/a.html") == "*one* & <b>two</b>"


def test_a_text_file_is_text() -> None:
    """`.txt` keeps its lines and paragraphs, and nothing in it is markup."""
    text = with_header("title: A", body="One *star* <b>\nline two & more\n\n\n  Second.")
    assert html_of(text, "posts/a.txt") == "<p>One *star* &lt;b&gt;<br>\nline two &amp; more</p><p>Second.</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| a | b |\n|---|--:|\n| 1 | 2 |", "<table>"),
        ("~~gone~~", "<s>gone</s>"),
        ("Term\n: meaning", "<dd>meaning</dd>"),
        ("```python\nx = 1 < 2\n```", '<pre><code class="language-python">x = 1 &lt; 2\n</code></pre>'),
        ("![alt](/a.png 'Title')", '<img src="/a.png" alt="alt" title="Title" />'),
        ("One  \nTwo", "<br />"),
        ("1. a\n2. b", "<ol>"),
        ("> quoted", "<blockquote>"),
        ("a & b &copy; &lt;", "a &amp; b © &lt;"),
    ],
)
def test_markdown_is_rendered_as_people_write_it(text: str, expected: str) -> None:
    """CommonMark with tables, strike-through and definition lists."""
    assert expected in markdown(text)


def test_footnotes_become_links_and_a_list() -> None:
    """A note is linked both ways, so that a reader can follow it."""
    html = markdown("Tea[^1] and more[^long].\n\n[^1]: Green.\n[^long]: Black.\n")
    assert re.findall(r'href="#(\w+)"', html) == ["fn1", "fn2", "fnref1", "fnref2"]
    assert "Green." in html


def test_code_that_opens_a_post_is_code() -> None:
    """Four spaces at the very first line mean the same as further down."""
    text = with_header("title: A", body="\n    print(1)\n    print(2)\n\nWords.")
    assert "<pre><code>print(1)\nprint(2)\n</code></pre>" in html_of(text)


def test_jekylls_highlight_becomes_a_code_block() -> None:
    """Its language is kept, and nothing in it is taken for markup."""
    html = markdown("Before.\n\n{% highlight ruby linenos %}\nputs '*a*' if 1 < 2\n{% endhighlight %}\n\nAfter.")
    assert "<pre><code class=\"language-ruby\">puts '*a*' if 1 &lt; 2\n</code></pre>" in html
    assert "{%" not in html


def test_hexos_code_block_is_code() -> None:
    """Its title and address are left out with the tag."""
    for opening in ("", " lang:js", " A title lang:js https://example.org/x"):
        html = markdown(f"Before.\n\n{{% codeblock{opening} %}}\nf('*x*')\n\n  g()\n{{% endcodeblock %}}\n\nAfter.")
        assert re.search(r"<pre><code[^>]*>f\('\*x\*'\)\n\n  g\(\)\n</code></pre>\n<p>After", html)


def test_a_fence_in_highlighted_code_does_not_end_it() -> None:
    """Code about Markdown stays code."""
    html = markdown("{% highlight md %}\n```\n<b>x</b>\n```\n{% endhighlight %}\n\nAfter.")
    assert "&lt;b&gt;" in html
    assert "<p>After.</p>" in html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ site.url }}/a.png", "/a.png"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("a{% comment %}hidden{% endcomment %}b", "ab"),
        ("# Title {: .no_toc }", "<h1>Title</h1>"),
        ("{: .no_toc }\nWords", "Words"),
        ("a\n\n[TOC]\n\n[[toc]]\n\nb", "<p>a</p>\n<p>b</p>"),
        ("a {% include video.html id='x' %} b", "a  b"),
        ("{% blockquote Ann, A book %}\nWords *hot*.\n{% endblockquote %}", "<p>Words <em>hot</em>.</p>"),
        ("{% note info %}\nTea\n{% endnote %}", "Tea"),
        ("{% asset_img cup.png 300 200 A cup %}", '<img src="cup.png" alt="A cup"'),
        ('{% asset_img left my-cup.jpg "A green cup" %}', '<img src="my-cup.jpg" alt="A green cup"'),
        ('{% include figure.html url="/img/a.png" caption="A *cup*" alt="Cup" %}',
         '<figure><img src="/img/a.png" alt="Cup"><figcaption>A *cup*</figcaption></figure>'),
        ('{% include figure.liquid\n  path="img/a.png"\n  width="50%"\n%}', '<figure><img src="/img/a.png" alt=""></figure>'),
        ("{% include youtube.html id='w7Ft2ymGmfc' %}", '<iframe src="https://www.youtube.com/embed/w7Ft2ymGmfc">'),
        ('{% include video id="146022717" provider="vimeo" %}', '<iframe src="https://player.vimeo.com/video/146022717">'),
        ("{% youtube https://www.youtube.com/watch?v=w7Ft2ymGmfc&t=1 %}", 'youtube.com/embed/w7Ft2ymGmfc">'),
        ("{% gist ada/0123456789abcdef %}", '<a href="https://gist.github.com/ada/0123456789abcdef">'),
        ("a {% gist ../c %} {% youtube <i> %} b", "a   b"),
        ("{% img /pics/a.webp %}", '<img src="/pics/a.webp" alt=""'),
        ("See {% post_link green-tea Green tea %}.", "See Green tea."),
        ("See {% post_link green-tea %} and {% asset_link tea.zip 'All of it' %}.", "See green-tea and All of it."),
    ],
)  # fmt: skip
def test_what_only_a_site_generator_fills_in_goes(text: str, expected: str) -> None:
    """Liquid and kramdown marks are no words of the article."""
    html = markdown(text)
    assert expected in html
    assert "{%" not in html


def test_every_tag_in_an_own_post_of_a_site_with_liquid_is_one() -> None:
    """Its generator runs all of them, in fences too, where `raw` protects what is shown; a plain file has only text."""
    text = "{% tabs log %}\nTea `{% tab %}`.\n{% endtabs %}\n\n```\n{% raw %}{% if x %}{% endraw %}\n```\n"
    body = Body(text=text, markup="markdown", home="https://e.example/")
    assert render(body).split() == "<p>Tea <code>{% tab %}</code>.</p> <pre><code>{% if x %} </code></pre>".split()
    assert [each.message for each in body_problems(body, "posts/a.md")] == ["{% tabs log %}"]
    assert "{% tabs log %}" in markdown(text)
    body = Body(text='{% image "./src/img/a.png", "A cup" %}', markup="markdown", home="https://e.example/")
    assert '<img src="https://e.example/img/a.png" alt="A cup">' in render(body)
    assert body_problems(body, "posts/a.md") == ()


def test_a_liquid_tag_that_is_left_out_is_told_once() -> None:
    """Something was there that subscribers will not see."""
    body = Body(text="{% include a.html %} {% include a.html %} {% link b.md %}", markup="markdown")
    assert [(p.code, p.path, p.message) for p in body_problems(body, "posts/a.md")] == [
        ("liquid-tag", "posts/a.md", "{% include a.html %}"),
        ("liquid-tag", "posts/a.md", "{% link b.md %}"),
    ]


def test_code_about_liquid_is_not_liquid() -> None:
    """A post that explains `{% include %}` in a code block shows it."""
    html = markdown("Use:\n\n```liquid\n{% include a.html %}\n```\n")
    assert "{% include a.html %}" in html


def test_no_body_is_nothing() -> None:
    """An empty body gives no paragraph."""
    kinds: tuple[Markup, ...] = ("markdown", "html", "text")
    assert [render(Body(text="", markup=kind)) for kind in kinds] == ["", "", ""]


HOSTILE = {
    "nested-tags": "<div>" * 20_000 + "x" + "</div>" * 20_000,
    "nested-tags-open": "<b>" * 20_000 + "x",
    "comments": "<!--a-->" * 20_000 + "text",
    "comment-open": "<!--" * 50_000,
    "highlight-open": "{% highlight x %}" * 20_000,
    "highlight-word": "{% highlight " + "a" * 100_000,
    "highlight-words": "{% highlight " * 20_000,
    "comment-tags": "{% comment %}" * 20_000,
    "raw-tags": "{% raw %}" * 20_000,
    "include-open": "{% include " * 20_000,
    "site-open": "{{ site.url " * 20_000,
    "attributes": "x{:" * 50_000,
    "brackets": "[" * 50_000,
    "images": "![" * 30_000,
    "links": "[a](" * 20_000,
    "links-angle": "[a](<b" * 20_000,
    "emphasis": "*a **a " * 20_000,
    "emphasis-close": "a* " * 30_000,
    "underscores": "_a " * 30_000,
    "backticks": "".join("a" + "`" * n for n in range(400)),
    "quotes": ">" * 20_000 + "x",
    "lists": "\n".join("  " * n + "- x" for n in range(500)),
    "lists-long": "- x\n" * 10_000,
    "footnotes": "[^1]" * 10_000 + "\n\n[^1]: x\n",
    "footnote-marks": "[^" * 30_000,
    "footnotes-inline": "^[" * 20_000,
    "references": "[a]: b\n" * 10_000 + "[a]" * 10_000,
    "entities": "&" * 100_000,
    "angle": "<" * 50_000,
    "angle-a": "<a" * 30_000,
    "declarations": "<!A " * 20_000,
    "instructions": "<?" * 30_000,
    "cdata": "<![CDATA[" * 20_000,
    "table": "|a" * 5_000 + "\n" + "|-" * 5_000 + "\n" + "|b\n" * 2_000,
    "strike": "~~a " * 30_000,
    "backslashes": "\\" * 100_000,
    "long-line": "word " * 200_000,
    "long-word": "x" * 1_000_000,
    "blank-lines": "\n \t" * 100_000 + "x",
    "terms": "a\n: b\n\n" * 5_000,
    "colons": ": " * 30_000,
    "autolinks": "<http:" * 30_000,
}


LIGHT = "nested-tags comments emphasis references".split()


@pytest.mark.parametrize("name", sampled(HOSTILE, *LIGHT))
def test_a_hostile_body_takes_no_longer_than_its_length(name: str) -> None:
    """Neither nesting nor openings without an end hold up the build."""
    started = time.process_time()
    markdown(HOSTILE[name])
    assert time.process_time() - started < 8


@given(
    st.text(alphabet="ab *_`[]()<>!&#-|:~^{%}\n\t\"'=./\\", max_size=120), st.sampled_from(["markdown", "html", "text"])
)
def test_any_body_renders_and_always_alike(text: str, kind: Markup) -> None:
    """No text raises, and the answer is the same each time."""
    body = Body(text=text, markup=kind)
    assert render(body) == render(body)


@given(st.lists(st.from_regex(r"\A[a-z]{1,8}\Z"), min_size=1, max_size=12))
def test_no_word_of_a_post_is_lost(words: list[str]) -> None:
    """Every word of a paragraph, a list and a table is in the HTML, in order."""
    text = " ".join(words) + "\n\n" + "".join(f"- {word}\n" for word in words)
    assert re.sub(r"<[^>]*>", " ", markdown(text)).split() == [*words, *words]


@pytest.mark.parametrize(
    ("before", "after"),
    [("Seen today.\n", ""), ("", "\nSeen today.\n"), ("Seen today.\n\n", "\n\nTaken from elsewhere.\n")],
)
def test_scraped_html_with_a_loose_line_is_not_code(before: str, after: str) -> None:
    """Indented HTML with blank lines within an element stays HTML, as in Jekyll."""
    found = markdown(before + INDENTED + after)
    assert "<code>" not in found
    assert "<li>Three</li>" in found
    assert all(f"<p>{line}</p>" in found for line in (before + after).split("\n") if line)


def test_html_that_an_author_shows_stays_code() -> None:
    """An indented sample of HTML in a Markdown text is code."""
    found = markdown("Write this:\n\n    <div>\n\n    <p>One</p>\n    </div>\n\nThen save.")
    assert found.count("&lt;") == 4
