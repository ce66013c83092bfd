"""Markdown as the generator of a site reads it: what each dialect knows, the ids of headings, TeX, and CJK."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from heavy import sampled
from hypothesis import given
from hypothesis import strategies as st
from readings import with_header
from runs import lay, run
from test_markup import HOSTILE

from feedtool.config import Config, Posts, Sanitiser
from feedtool.config.checks import DIALECTS
from feedtool.reader import Body, conventions_of, dialect_problems, markdown, read_body, render
from feedtool.reader.markdown import Dialect
from feedtool.sanitiser import Context, clean, load_rules

DOCS = Path(__file__).parents[2] / "docs"


def html(text: str, name: str = "", **settings: object) -> str:
    """Return what a text renders to in a dialect."""
    return render(Body(text=text, markup="markdown", dialect=Dialect(name, json.dumps(settings))))


def line(text: str, name: str = "", **settings: object) -> str:
    """Return what a paragraph renders to, without its element."""
    return html(text, name, **settings).strip().removeprefix("<p>").removesuffix("</p>")


#: what is written, and what shows that a dialect knows it
CONSTRUCTS = {
    "fenced code": ("```\n# a\n```", "<code>"),
    "tables": ("| a | b |\n|---|---|\n| c | d |", "<td>"),
    "tables without a head": ("| a | b |\n| c | d |", "<td>"),
    "footnotes `[^1]`": ("Tea[^1].\n\n[^1]: Green.", "<li id="),
    "footnotes `^[words]`": ("Tea^[green].", "<li id="),
    "definitions `: words`": ("Tea\n: A leaf.", "<dd>"),
    "`~~struck~~`": ("~~tea~~", "<(s|del)>tea"),
    "tasks `- [x]`": ("- [x] tea", r"<input|☑"),
    "abbreviations `*[HTML]: words`": ("HTML\n\n*[HTML]: words", "<abbr"),
    'signs `"tea" -- cup`': ('"tea" -- cup', "“tea” – cup"),
    "links from bare addresses": ("See https://example.org/a now.", "<a "),
    "ids of headings, written `{#tea}`": ("# Tea {#cup}", '<h1 id="cup">Tea</h1>'),
    "ids of headings, from their words": ("# Green tea", 'id="green-tea"'),
    "attributes `*tea*{: .hot}`": ("*tea*{: .hot}", '<em class="hot">'),
    "contents `{:toc}`": ("* x\n{:toc}\n\n# Tea", '<a href="#tea"'),
    "comments `{::comment}`": ("a {::comment}b{:/comment} c", r"<p>a\s+c</p>"),
    '`markdown="1"` in HTML': ('Tea.\n\n<div markdown="1">\n*hot*\n</div>', "<em>hot"),
    "formulas `$$…$$`": ("$$\na_1*b_2*c\n$$", r"a_1\*b_2\*c"),
    "formulas `$…$`": (r"Of $a_{1}*b*\alpha$.", r"\$a_\{1\}\*b\*\\alpha\$"),
    "formulas `` $`…`$ ``": ("Of $`a_1*b*c`$.", r"\$a_1\*b\*c\$"),
    "callouts `> [!note]`": ("> [!note]\n> Tea.", r"(?s)Note.*Tea"),
    "`==marks==`": ("==tea==", "<mark>tea"),
    "`[[notes]]`, `![[pictures]]`": ("[[Tea]] ![[cup.png]]", '<img src="cup.png"'),
    "`%%comments%%`": ("a %%b%% c", r"<p>a\s+c</p>"),
    "a line's end breaks the line": ("Green\ntea", "<br"),
}
#: as the columns of the table in docs/posts.md
COLUMNS: dict[str, Dialect] = {
    "not set": Dialect(),
    "`kramdown`": Dialect("kramdown"),
    'with `input = "GFM"`': Dialect("kramdown", '{"input": "GFM"}'),
    **{f"`{name}`": Dialect(name) for name in DIALECTS if name != "kramdown"},
}


@pytest.mark.newest
def test_the_table_in_the_docs_is_what_each_dialect_knows() -> None:
    """Each cell is tried: a dialect knows a construct, or leaves it to be read as text."""
    rows = [f"| | {' | '.join(COLUMNS)} |", f"|---|{'---|' * len(COLUMNS)}"]
    for name, (text, shows) in CONSTRUCTS.items():
        known = (
            re.search(shows, render(Body(text=text, markup="markdown", dialect=dialect)))
            for dialect in COLUMNS.values()
        )
        rows.append(f"| {name} | {' | '.join('✓' if found else '' for found in known)} |")
    table = "\n".join(rows)
    assert table in (DOCS / "posts.md").read_text(encoding="utf-8"), f"docs/posts.md should have\n\n{table}"


def test_a_site_says_which_markdown_it_writes(tmp_path: Path) -> None:
    """The configuration's dialect, with its settings, reaches each body; `explain` and the feed agree."""
    posts = Posts(markdown="kramdown", markdown_settings={"input": "GFM"})
    body = read_body(with_header(body="~~Tea~~ -- *hot*{: .x}").encode(), "a.md", conventions_of(Config(posts=posts)))
    assert render(body) == '<p><del>Tea</del> – <em class="x">hot</em></p>\n'
    toml = '[site]\nurl = "https://example.org/"\n[posts]\nmarkdown = "goldmark"\n'
    toml += "markdown_settings = { extensions = { typographer = { disable = true } } }\n"
    lay(
        tmp_path,
        {
            "feedtool.toml": toml,
            "posts/2024-01-02-tea.md": with_header("title: Tea", body='"Tea" https://example.org/a'),
        },
    )
    assert run("build", "--no-cache", cwd=tmp_path).status == 0
    [item] = json.loads((tmp_path / "output/feed.json").read_text(encoding="utf-8"))["items"]
    assert item["content_html"] == '<p>"Tea" <a href="https://example.org/a">https://example.org/a</a></p>'


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("Tea & Coffee: v1.2", ["tea--coffee-v12", "tea--coffee-v12", "tea--coffee-v12", "tea-%26-coffee%3A-v1.2"]),
        ("1. The `cup` of *tea*", ["the-cup-of-tea", "1-the-cup-of-tea", "1-the-cup-of-tea", "1.-the-cup-of-tea"]),
        ("茶 館", ["section", "茶-館", "茶-館", "%E8%8C%B6-%E9%A4%A8"]),
        ("Été à_la", ["t-la", "été-à_la", "été-à_la", "%C3%A9t%C3%A9-%C3%A0_la"]),
    ],
)
def test_headings_have_the_ids_that_their_generator_gives(words: str, ids: list[str]) -> None:
    """Those of kramdown are ASCII; those of Hugo and GitHub keep all letters; markdown-it-anchor escapes them."""
    for name, expected in zip(("kramdown", "goldmark", "gfm", "markdown-it"), ids, strict=True):
        found = re.findall(r'<h\d id="([^"]*)"', html(f"# {words}\n\n## {words}", name))
        assert found == [expected, f"{expected}-1"], name
    assert "id=" not in html(f"# {words}") + html(f"# {words}", "commonmark")


def test_an_id_of_a_heading_may_be_written() -> None:
    """Behind it, or in kramdown's way below it; other braces are words, and a written id is not given again."""
    for name in ("", "goldmark", "gfm", "markdown-it", "obsidian", "kramdown", "commonmark"):
        assert '<h2 id="cup.one">Tea</h2>' in html("## Tea {#cup.one}", name)
        assert "Tea {cup}" in html("## Tea {cup}", name)
    for text in ("## Tea {: #cup .x }", "## Tea\n{: #cup}", "## Tea {#cup}"):
        assert '<h2 id="cup">Tea</h2>' in html(text)
    assert re.findall('id="(.*?)"', html("# Tea {#cup}\n\n# Cup", "goldmark")) == ["cup", "cup-1"]


def test_hugo_may_turn_off_what_its_markdown_has() -> None:
    """By `markup.goldmark`, in whatever case its keys are; `enable` turns on what is off by default."""
    text = '# A b\n\n"Tea" https://example.org/ ~~x~~\ny\n\n| a |\n|---|\n| b |'
    off = dict.fromkeys(("linkify", "strikethrough", "table"), False) | {"Typographer": {"disable": True}}
    bare = html(text, "goldmark", extensions=off, parser={"autoHeadingID": False}, renderer={"hardWraps": True})
    assert bare.startswith("<h1>A b</h1>\n<p>&quot;Tea&quot; https://example.org/ ~~x~~<br />\ny</p>")
    assert "<table>" not in bare
    assert line("H~2~O", "goldmark", extensions={"extras": {"subscript": {"enable": True}}}) == "H<sub>2</sub>O"
    assert 'id="a_b"' not in html("# Été", "goldmark", parser={"autoHeadingIDType": "github-ascii"})
    assert 'id="ete"' in html("# Été", "goldmark", parser={"autoHeadingIDType": "github-ascii"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cup\nPot\n: Of clay.\n\nTea\n: Hot.", "<dt>Cup</dt><dt>Pot</dt><dd>Of clay.</dd><dt>Tea</dt><dd>Hot.</dd>"),
        ("*Cup*\nPot\nJug\n\n: Of clay.", "<dt><em>Cup</em></dt><dt>Pot</dt><dt>Jug</dt><dd>Of clay.</dd>"),
        ("> Cup\n> Pot\n> : Of clay.", "<dt>Cup</dt><dt>Pot</dt><dd>Of clay.</dd>"),
    ],
)
def test_hugo_has_several_terms_of_one_meaning(text: str, expected: str) -> None:
    """Each on a line of its own."""
    shown = re.sub(r"\n|</?blockquote>", "", html(text, "goldmark"))
    assert shown == f"<dl>{expected}</dl>"
    assert html("Words\n- cup\n: pot", "goldmark") == "<p>Words</p>\n<ul>\n<li>cup\n: pot</li>\n</ul>\n"


@pytest.mark.parametrize(
    "text",
    [
        r"$a_1*b_2*c$", r"$\alpha_{1}\hat{x}_i$", r"\(x_1 + y_1\)", r"\[ \frac{a_1}{b_1} \]", "$$E_1*m_2*c$$",
        r"\(n\)", r"$x<y_1$", "$$\na_1 = b\n= c \\\\\\\\\n- d\n$$", "\\[\na_1 &= b \\\\\n*c*\n\\]", r"$\{a_1\}$",
        "\\begin{align*}\na_1 &= b*c \\\\\n- d*e\n\\end{align*}", r"\begin{equation}x_1*y*z\end{equation}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["", "goldmark", "gfm", "obsidian", "python-markdown"])
def test_formulas_stay_as_they_are_written(text: str, name: str) -> None:
    """Markdown takes none of their underscores, stars, backslashes and line breaks for its own."""
    shown = html(f"Words {text} end." if "\n" not in text else f"Words.\n\n{text}\n\nEnd.", name)
    assert text in re.sub("<[^>]*>", "", shown).replace("&lt;", "<").replace("&amp;", "&").replace("&gt;", ">")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Of $`x_1 *y* \\\\{z\\\\}`$ it", r"<p>Of $x_1 *y* \\{z\\}$ it</p>"),
        ("Words.\n\n```math\na < b_1*c*d\n\n\\frac12\n```", "<p>Words.</p>\n<p>$$\na &lt; b_1*c*d\n\n\\frac12\n$$</p>"),
        ("- tea\n\n  ``` math\n  x^2\n  ```", "<ul>\n<li>\n<p>tea</p>\n<p>$$\nx^2\n$$</p>\n</li>\n</ul>"),
        (
            "Costs `$5` and $`` a`b ``$ or `x`$",
            "<p>Costs <code>$5</code> and $<code>a`b</code>$ or <code>x</code>$</p>",
        ),
        ("```maths\nx\n```", '<pre><code class="language-maths">x\n</code></pre>'),
    ],
)
@pytest.mark.parametrize("name", ["", "gfm"])
def test_formulas_stay_in_the_marks_of_github(text: str, expected: str, name: str) -> None:
    """Which make code of them elsewhere; code with a dollar beside it stays code."""
    assert html(text, name).strip() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs $5 *and* $6.", "It costs $5 <em>and</em> $6."),
        (r"A note\[citation needed\] \(c\) 2024.", "A note[citation needed] (c) 2024."),
        (r"The file\(s\) \[a\](b) \$5_a_", "The file(s) [a](b) $5_a_"),
        (r"$\\frac{a}{b}$ and $$\\alpha \\\\ x$$", r"$\frac{a}{b}$ and $$\alpha \\ x$$"),
        ("US$5 _x_ NZ$6", "US$5 <em>x</em> NZ$6"),
        ("`$a_1$` and `\\(b\\)`", "<code>$a_1$</code> and <code>\\(b\\)</code>"),
    ],
)
def test_what_is_no_formula_is_markdown(text: str, expected: str) -> None:
    """Prices, brackets behind a backslash, and formulas whose backslashes their author has doubled for Markdown."""
    assert line(text) == expected


@pytest.mark.parametrize("name", ["", *DIALECTS])
def test_a_line_of_chinese_or_japanese_goes_on_without_a_blank(name: str) -> None:
    """In a paragraph, a list, and round emphasis; beside other scripts, and in code, the line's end stays."""
    settings = {"strictLineBreaks": True} if name == "obsidian" else {}
    text = "春天的早晨，\n老街的*茶館*\n開門了。\nTea\n茶\nありがとう\nございます"
    assert line(text, name, **settings) == "春天的早晨，老街的<em>茶館</em>開門了。\nTea\n茶ありがとうございます"
    assert "茶\n館" in html("```\n茶\n館\n```", name, **settings)
    assert "한국\n어" in html("한국\n어", name, **settings)
    assert re.search("<li>(<p>)?老街的茶館", html("* 老街的\n  茶館\n* 二\n", name, **settings))


def test_a_summary_has_no_blank_either(tmp_path: Path) -> None:
    """The line end is gone before the text is shortened."""
    lay(tmp_path, {"posts/2024-01-02-a.md": with_header("title: 茶", body="春天的早晨\n老街的茶館\n開門了")})
    assert run("build", "--no-cache", "--site-url", "https://example.org/", cwd=tmp_path).status == 0
    [item] = json.loads((tmp_path / "output/feed.json").read_text(encoding="utf-8"))["items"]
    assert item["summary"] == "春天的早晨老街的茶館開門了"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他說**加粗。**然後", "他說<strong>加粗。</strong>然後"),
        ("這是**「引用」**的話", "這是<strong>「引用」</strong>的話"),
        ("*斜體！*字和**（括）**字", "<em>斜體！</em>字和<strong>（括）</strong>字"),
        ("これは**“強調”**です", "これは<strong>“強調”</strong>です"),
        ("한국어**강조(괄호)**는", "한국어<strong>강조(괄호)</strong>는"),
        ("a** b **c and snake_case_word", "a** b **c and snake_case_word"),
    ],
)
@pytest.mark.parametrize("name", ["", "goldmark", "gfm", "kramdown", "obsidian"])
def test_emphasis_stands_beside_full_width_signs(text: str, expected: str, name: str) -> None:
    """As kramdown makes it; between letters of other scripts nothing changes."""
    assert line(text, name) == expected


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://example.org/a_b_(c), or", "https://example.org/a_b_(c)"),
        ("See www.example.org.", "http://www.example.org"),
        ("ask me@example.org now", "mailto:me@example.org"),
    ],
)
def test_bare_addresses_are_links_where_the_generator_makes_them(text: str, address: str) -> None:
    """On Hugo, GitHub and Obsidian, and with markdown-it's `linkify`; elsewhere they stay text."""
    for name in ("goldmark", "gfm", "obsidian"):
        assert f'<a href="{address}">' in html(text, name)
    assert f'<a href="{address}">' in html(text, "markdown-it", linkify=True)
    assert "<a" not in html(text) + html(text, "kramdown") + html(text, "markdown-it") + html(text, "commonmark")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("見 https://a.example/x。後", '見 <a href="https://a.example/x">https://a.example/x</a>。後'),
        ("*https://a.example/q*", '<em><a href="https://a.example/q">https://a.example/q</a></em>'),
        ("www.a.example/b, and", '<a href="http://www.a.example/b">www.a.example/b</a>, and'),
        ("(https://a.example/?x=1&y)", '(<a href="https://a.example/?x=1&amp;y">https://a.example/?x=1&amp;y</a>)'),
        ("xhttps://a.example/ [b https://c.example/](d)", 'xhttps://a.example/ <a href="d">b https://c.example/</a>'),
    ],
)
def test_hugo_ends_an_address_where_its_parser_does(text: str, expected: str) -> None:
    """Before a star, and before the signs of other scripts, which belong to the sentence."""
    assert line(text, "goldmark") == expected


@pytest.mark.parametrize("name", ["", "goldmark", "kramdown", "gfm", "python-markdown"])
def test_paths_of_windows_are_addresses(name: str) -> None:
    """A backslash in a relative address parts its folders."""
    found = render(Body(text="![a](pics\\b.png) [c](..\\d\\e.pdf)", markup="markdown", dialect=Dialect(name)))
    clean_html = clean(found, Context(base_url="https://x.example/y/"), rules=load_rules(Sanitiser())[0]).html
    assert clean_html == (
        '<p><img src="https://x.example/y/pics/b.png" alt="a"> <a href="https://x.example/d/e.pdf">c</a></p>'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[#The lid]]", '<a href="#the-lid">The lid</a>'),
        ("![[my cup.png|300x200]]", '<img src="my%20cup.png" alt="" width="300" height="200" />'),
        ("![[cup.jpg|A cup]]", '<img src="cup.jpg" alt="A cup" />'),
        ("![Cup|100](cup.png)", '<img src="cup.png" alt="Cup" width="100" />'),
        ("a %%not *shown*%%b ^place-1", "a b"),
        ("![[a talk.mp3]]", '<audio src="a%20talk.mp3" controls></audio>'),
        ("![[cup.webm#t=5]]", '<video src="cup.webm" controls></video>'),
        (
            "![[All cups.pdf#page=3]] [[b.pdf|B]]",
            '<a href="All%20cups.pdf#page=3">All cups.pdf</a> <a href="b.pdf">B</a>',
        ),
        ("![](https://youtu.be/0123456789a?t=3)", '<iframe src="https://www.youtube.com/embed/0123456789a"></iframe>'),
        ("![](https://x.com/a/status/12)", '<a href="https://x.com/a/status/12">https://x.com/a/status/12</a>'),
        ("![a](https://x.com/a/b.png)", '<img src="https://x.com/a/b.png" alt="a" />'),
        ("==so *hot*== 2 == 2", "<mark>so <em>hot</em></mark> 2 == 2"),
        ("`[[a]]` \\[[b]]", "<code>[[a]]</code> [[b]]"),
    ],
)
def test_a_vault_of_obsidian_is_read(text: str, expected: str) -> None:
    """Links to notes, pictures with their sizes, comments, marks; nothing of it in code."""
    assert line(text, "obsidian") == expected


def test_any_sign_ticks_a_task_in_obsidian() -> None:
    """A blank leaves it open; two signs, and a link, are words."""
    text = html("- [?] tea\n- [ ] cup\n- [-] pot\n- [ab] lid\n- [x](y) jug", "obsidian")
    assert re.findall(r"<li[^>]*>(<input[^>]*>)?\s*(.*?)</li>", text) == [
        ('<input class="task-list-item-checkbox" disabled="" type="checkbox" checked="">', "tea"),
        ('<input class="task-list-item-checkbox" disabled="" type="checkbox">', "cup"),
        ('<input class="task-list-item-checkbox" disabled="" type="checkbox" checked="">', "pot"),
        ("", "[ab] lid"),
        ("", '<a href="y">x</a> jug'),
    ]


def test_blocks_of_obsidian_are_read() -> None:
    """Callouts have a title, comments over several blocks are not shown."""
    text = "%%\nhidden\n\nmore\n%%\n\n> [!warning]- Be *careful*\n> Hot.\n\n> [!tip]\n> Cold.\n\nEnd %% open"
    shown = re.sub(r"\s+", " ", html(text, "obsidian"))
    assert shown == (
        '<blockquote class="callout warning"> <p>Be <em>careful</em></p> <p>Hot.</p> </blockquote> '
        '<blockquote class="callout tip"> <p><strong>Tip</strong></p> <p>Cold.</p> </blockquote> <p>End %% open</p> '
    )


def test_links_to_notes_keep_their_words(tmp_path: Path) -> None:
    """Nobody outside the vault can follow them."""
    toml = '[site]\nurl = "https://example.org/"\n[posts]\nmarkdown = "obsidian"\n'
    lay(
        tmp_path,
        {"feedtool.toml": toml, "posts/2024-01-02-tea.md": with_header("title: Tea", body="Of [[Cups|cups]].")},
    )
    assert run("build", "--no-cache", cwd=tmp_path).status == 0
    [item] = json.loads((tmp_path / "output/feed.json").read_text(encoding="utf-8"))["items"]
    assert item["content_html"] == "<p>Of cups.</p>"


def test_pelicans_markdown_is_that_of_its_library() -> None:
    """With its extensions by default, or those that the settings name; metadata and files are never read."""
    text = 'Title: x\n\nTerm\n: def\n\n# Tea { #cup }\n\n<div markdown="1">*a*</div>\n\n--8<-- "/etc/passwd"'
    shown = html(text, "python-markdown")
    assert all(part in shown for part in ("Title: x", "<dd>def</dd>", '<h1 id="cup">Tea</h1>', "<em>a</em>"))
    named = {"extension_configs": {"markdown.extensions.toc": {"permalink": False}}, "extensions": ["meta", "smarty"]}
    assert html("# Green tea\n\nIt's", "python-markdown", **named) == (
        '<h1 id="green-tea">Green tea</h1>\n<p>It&rsquo;s</p>'
    )


def test_what_pelicans_markdown_lacks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extension that is not there, or that would read files for a post; and the library itself."""
    settings = json.dumps({"extensions": ["no_such_thing", "pymdownx.snippets", "extra"]})
    told = dialect_problems(Dialect("python-markdown", settings))
    assert [(problem.code, problem.message) for problem in told] == [
        ("markdown-extension", "no_such_thing is left out"),
        ("markdown-extension", "pymdownx.snippets is left out"),
    ]
    assert dialect_problems(Dialect("kramdown")) == dialect_problems(Dialect("python-markdown")) == ()
    monkeypatch.setattr(markdown, "find_spec", lambda _: None)
    assert [problem.code for problem in dialect_problems(Dialect("python-markdown"))] == ["no-python-markdown"]


#: besides what test_markup.py has
MORE = {
    **{f"many {sign}": sign * 100_000 for sign in "`*_[](){}<>#+-.!|~^=:$%&\"'\\@"},
    **{f"apart {sign}": f"a{sign} " * 33_000 for sign in "`*_[]({<#+-.!|~^=:$%&\"'\\@"},
    **{f"lines {sign}": f"{sign} a\n" * 25_000 for sign in '`*_[{<#+-!|~^=:$%>&"\\1'},
    "wiki": "![[" * 33_000,
    "tex": "\\(" * 50_000,
    "tex-blocks": "$$\n" * 33_000,
    "tex-in-ticks": "$`" * 50_000,
    "tex-environments": "\\begin{align} " * 7000,
    "callouts": "> [!a]\n" * 14_000,
    "named-lists": "{:a: a a a a}\n" * 500 + "*x*{:a}" * 3000,
    "abbreviations": "".join(f"*[A{n}]: x\n" for n in range(3000)) + "\nA1 A2 " * 8000,
    "notes-in-notes": "".join(f"[^{n}]: x [^{n + 1}] y\n\n" for n in range(2000)) + "[^0]",
    "markdown-in-html": "<div markdown='1'>\n" * 3000 + "x" + "</div>\n" * 3000,
    "pictures": "![a " * 12_000 + "](b)" * 12_000,
    "titles": '[a](b "' * 14_000,
}


@pytest.mark.parametrize("name", ["", "kramdown", "goldmark", "obsidian", "python-markdown"])
@pytest.mark.parametrize("case", sampled({**HOSTILE, **MORE}, "named-lists", "tex"))
def test_no_dialect_takes_longer_than_the_text_is_long(name: str, case: str) -> None:
    """Whatever sign is repeated, and whatever is opened without an end."""
    started = time.process_time()
    html({**HOSTILE, **MORE}[case][:8_000], name)
    assert time.process_time() - started < 4


@given(st.text(alphabet="ab中 *_`[]()<>!&#-|:~^{%}$=\n\t\"'./\\1", max_size=120), st.sampled_from(DIALECTS))
def test_any_text_renders_in_any_dialect(text: str, name: str) -> None:
    """No text raises, and the answer is the same each time."""
    assert html(text, name) == html(text, name)
