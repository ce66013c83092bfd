"""Code reads in a feed as it reads on the page: its white space, its lines, and no line numbers."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from cleaning import RULES, SOURCE, html_of
from hypothesis import given
from hypothesis import strategies as st

from feedtool.config import Sanitiser
from feedtool.sanitiser import Context, clean, load_rules

UNTRIMMED = load_rules(Sanitiser(trim=False))[0]

#: what a highlighter writes, and what copying it gives
LISTINGS = {
    "a line end in a token": (
        '<pre>if x:<span class="p">\n    </span><span class="k">pass</span></pre>',
        "if x:\n    pass",
    ),
    "blank lines of their own": (
        ('<pre class="shiki"><code><span class="line">a</span>\n<span class="line"></span>\n'
        '<span class="line">  <span style="color:#F00">b</span></span></code></pre>'),
        "a\n\n  b",
    ),
    "tabs in tokens": ('<pre><span class="nf">\t\t</span>x<span class="w">  </span>= 1</pre>', "\t\tx  = 1"),
    "lines that are blocks": (
        ('<pre class="prism"><code><div class="token-line">a {</div><div class="token-line"><br></div>'
        '<div class="token-line">  b</div></code></pre>'),
        "a {\n\n  b\n",
    ),
    "lines of a list": (
        ('<pre class="prettyprint"><ol class="linenums">\n<li class="L0"><span>x</span></li>\n<li class="L1"></li>\n'
        "<li>  y</li></ol></pre>"),
        "x\n\n  y\n",
    ),
    "line ends as elements": ("<pre>one<br>  two<br/>three</pre>", "one\n  two\nthree"),
    "numbers beside code": (
        ('<div class="highlight"><table class="rouge-table"><tbody><tr><td class="rouge-gutter gl"><pre class="lineno">'
        '1\n2\n3\n</pre></td><td class="rouge-code"><pre>a\n\n\tb\n</pre></td></tr></tbody></table></div>'),
        "a\n\n\tb\n",
    ),
    "numbers beside code, known by their styles": (
        ('<table style="border:0"><tr><td style="vertical-align:top"><pre tabindex="0"><code>'
        '<span style="white-space:pre;user-select:none;color:#7f7f7f">7\n</span>'
        '<span style="white-space:pre;user-select:none;color:#7f7f7f">8\n</span></code></pre></td>'
        '<td style="vertical-align:top"><pre tabindex="0"><code>x := 1\n  y\n</code></pre></td></tr></table>'),
        "x := 1\n  y\n",
    ),
    "numbers in lines": (
        ('<pre><code><span class="line"><span class="ln"> 9</span><span class="cl">a\n</span></span>'
        '<span class="line"><span class="ln">10</span><span class="cl">  b\n</span></span></code></pre>'),
        "a\n  b\n",
    ),
    "numbers that are links": (
        ('<pre><a id="c-1"></a><a href="#c-1"><span class="linenos">1</span></a>a\n'
        '<a id="c-2"></a><a href="#c-2"><span class="linenos">2</span></a>  b\n</pre>'),
        "a\n  b\n",
    ),
    "a row for each line": (
        ('<table class="highlight"><tr><td class="blob-num" data-line-number="4"></td><td class="blob-code">def f():</td>'
        '</tr><tr><td class="blob-num" data-line-number="5"></td><td class="blob-code">    pass</td></tr></table>'),
        "def f():\n    pass\n",
    ),
    "a row for each line, in code": (
        ("<pre data-linenos><code><table><tbody><tr><td>1</td><td>a\n</td></tr><tr><td>2</td><td>  b\n</td></tr></tbody>"
        "</table></code></pre>"),
        "a\n  b\n",
    ),
    "numbers behind code": (
        ('<div><pre><code>a\n b</code></pre><div class="line-numbers-wrapper"><span class="line-number">1</span><br>'
        '<span class="line-number">2</span></div></div>'),
        "a\n b",
    ),
    "numbers that are code": (
        '<pre>x = <span class="num">5</span>; y = <span class="hljs-number">6</span><span class="token number">7</span></pre>',
        "x = 5; y = 67",
    ),
    "numbers by their padding": (
        ('<pre><span></span><span style="color:inherit;padding-left:5px;padding-right:5px">1</span>a\n'
        '<span style="color:inherit;padding-left:5px;padding-right:5px">2</span>  b\n</pre>'),
        "a\n  b\n",
    ),
    "a number for each second line": (
        ('<table class="highlighttable"><tr><td class="linenos"><div class="linenodiv"><pre><span class="normal"> </span>\n'
        '<span class="normal">2</span>\n<span class="normal"> </span>\n<span class="normal">4</span></pre></div></td>'
        '<td class="code"><div><pre><span></span>a\n\n  b\nc\n</pre></div></td></tr></table>'),
        "a\n\n  b\nc\n",
    ),
    "a table in code": (
        ('<pre class="highlight"><code><table class="rouge-table"><tbody><tr><td class="gutter gl"><pre class="lineno">1\n2\n'
        '</pre></td><td class="code"><pre>a\n\tb\n</pre></td></tr></tbody></table></code></pre>'),
        "a\n\tb\n",
    ),
    "a row and a box for each line": (
        ('<pre><table class="rouge-line-table"><tbody><tr class="lineno"><td class="gl" style="user-select:none"><pre>1</pre>'
        '</td><td class="code"><pre>a\n</pre></td></tr><tr class="lineno"><td class="gl" style="user-select:none"><pre>2</pre>'
        '</td><td class="code"><pre>\n</pre></td></tr><tr class="lineno"><td class="gl" style="user-select:none"><pre>3</pre>'
        '</td><td class="code"><pre>  b\n</pre></td></tr></tbody></table></pre>'),
        "a\n\n  b\n",
    ),
    "empty lines that are blocks": (
        ('<pre><code><div class="line"><span class="line-number">1</span>a</div><div class="line">'
        '<span class="line-number">2</span><span></span></div><div class="line"><span class="line-number">3</span>  b</div>'
        "</code></pre>"),
        "a\n\n  b\n",
    ),
    "lines by their class alone": (
        ('<pre class="shiki"><code><span class="line">a</span><span class="line"></span><span class="line">  b</span></code>'
        "</pre>"),
        "a\n\n  b\n",
    ),
    "the name of the language and buttons": (
        ('<div class="language-js"><button title="Copy" class="copy"></button><span class="lang">js</span><pre><code>a\n b'
        '</code></pre><div class="toolbar"><div><span>JS</span></div><div><button>Copy</button></div></div></div>'),
        "a\n b",
    ),
    "a block of code by its style": ('<code style="white-space:pre;display:block">a {\n  b  c\n}</code>', "a {\n  b  c\n}"),
    "a block of code by its place": ('<div class="hi"><code>a {\n  b  c\n}</code></div>', "a {\n  b  c\n}"),
    "a table of line numbers in code": (
        ('<div class="highlight"><code><table><tbody><tr><td class="gutter gl"><pre class="lineno">1\n2\n</pre></td><td>'
        "<pre>a {\n  b</pre></td></tr></tbody></table></code></div>"),
        "a {\n  b",
    ),
    "a box of code": ('<div class="code-block" data-lang="http">GET /a\n\n  <b>x</b>\n</div>', "GET /a\n\n  x\n"),
    "a button in code": ('<pre>npm i<button class="copy">Copy</button>\n</pre>', "npm i\n"),
    "a field with code": ('<textarea class="js" readonly>if (a) {\n  b\n}</textarea>', "if (a) {\n  b\n}"),
    "spaces in a line": ("<p>Type <code>a  b</code>, <kbd>Ctrl  C</kbd>, <samp>1\n 2</samp>.</p>", "Type a  b, Ctrl  C, 1\n 2."),
    "a style": ('<div style="white-space: pre;"><div>a</div><div>  b</div></div>', "a\n  b\n"),
    "blanks that do not break": (
        "<pre><code>if&nbsp;x:<br>&nbsp;<br>&nbsp;&nbsp;&nbsp;&nbsp;pass\n\xa0\n&nbsp;&nbsp;</code></pre>",
        "if x:\n\n    pass\n\n  ",
    ),
    "empty lines with a blank that does not break": (
        '<pre><code><div class="line">a</div><div>&nbsp;</div><div class="line">&nbsp;&nbsp;b</div></code></pre>',
        "a\n\n  b\n",
    ),
    "an old element": ("<xmp>if x:\xa0<b>\n\n\xa0 pass</xmp>", "if x: <b>\n\n  pass"),
    "marked lines that are blocks": (
        ('<pre class="language-js"><code>a\n<span class="gatsby-highlight-code-line">b {</span><span class='
        '"gatsby-highlight-code-line">  c</span>  <span>d</span>\n<span class="x-code-line">}</span>\n</code></pre>'),
        "a\nb {\n  c\n  d\n}\n",
    ),
    "a poem": ('<p style="color:red;white-space:pre-wrap">Rain\n   on stone\nends</p>', "Rain\n   on stone\nends"),
}  # fmt: skip


@pytest.mark.parametrize("rules", [RULES, UNTRIMMED], ids=["trimmed", "untrimmed"])
@pytest.mark.parametrize("name", LISTINGS)
def test_code_is_what_copying_it_gives(name: str, rules: object) -> None:
    """Every space and every line of code comes through, and no number that the page's design added."""
    written, text = LISTINGS[name]
    prose = "<p>The ferryman had not owned a motor for thirty years, and nobody could say why.</p>"
    html = clean(prose + written, Context(base_url=SOURCE), rules=rules).html  # type: ignore[arg-type]
    assert html.startswith(prose)
    assert BeautifulSoup(html.removeprefix(prose), "html.parser").get_text() == text
    assert clean(html, Context(base_url=SOURCE), rules=rules).html == html  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('<div style="white-space: pre-wrap">one\ntwo</div>', "<div>one<br>two</div>"),
        ('<p style="white-space:pre-line">\n a \n b   c\n</p>', "<p>a<br>b c</p>"),
        ('<p><span style="white-space:pre-wrap;">so  far</span> x</p>', "<p>so &nbsp;far x</p>"),
        ('<div style="white-space:break-spaces"><p>a\nb</p>\n\n<p>c</p></div>', "<p>a<br>b</p><p>c</p>"),
    ],
)
def test_text_keeps_the_lines_that_a_style_gives_it(written: str, expected: str) -> None:
    """A chat, a verse or a message reads in lines, as its page shows it."""
    assert html_of(written) == expected


@pytest.mark.parametrize(
    "table",
    [
        "<table><tbody><tr><td>1</td><td>One</td></tr><tr><td>2</td><td>Two</td></tr></tbody></table>",
        "<table><tbody><tr><td>1</td><td><pre>x</pre></td></tr><tr><td>2</td><td><pre>y</pre></td></tr></tbody></table>",
        "<table><tbody><tr><td>1999</td><td><code>a</code></td></tr></tbody></table>",
    ],
)
def test_a_table_of_numbers_stays_a_table(table: str) -> None:
    """Numbers that an author put into a table are text."""
    assert html_of(table) == table


NAMES = ("t", "keyword", "tag", "comment", "related", "date", "share-button", "ad")


@pytest.mark.parametrize(
    "code", ["<pre><code>x{}</code></pre>", "<pre>x{}</pre>", "<div><code>x{}</code><p>Words.</p></div>"]
)
@given(
    st.lists(
        st.tuples(st.sampled_from([" ", "  ", "\n", "\t", "a", "b=1", "<", "é"]), st.sampled_from(NAMES)),
        min_size=1,
        max_size=12,
    )
)
def test_tokens_of_code_join_to_the_code(code: str, tokens: list[tuple[str, str]]) -> None:
    """However a highlighter cuts code into elements, and whatever it calls them, the code is the same."""
    whole = "x" + "".join(token for token, _ in tokens)
    spans = "".join(f'<span class="{name}">{token.replace("<", "&lt;")}</span>' for token, name in tokens)
    text = BeautifulSoup(html_of(code.replace("{}", spans)), "html.parser").get_text()
    assert text == whole if "pre" in code else "".join(text.split()) == "".join(whole.split()) + "Words."


@pytest.mark.parametrize(
    "written",
    [
        '<xmp><iframe src="https://news.example.org/1"></iframe></xmp>',
        '<textarea>&lt;a href="https://news.example.org/"&gt;Our badge&lt;/a&gt;</textarea>',
        '<pre>&lt;iframe src="https://news.example.org/1"&gt;&lt;/iframe&gt;</pre>',
    ],
)
def test_an_example_of_html_stays(written: str) -> None:
    """Only a text field with a frame of the site's own is offered by the page; the rest an author shows."""
    assert "news.example.org/" in html_of(f"<p>Write this:</p>{written}", url="https://news.example.org/2")
