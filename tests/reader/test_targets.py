"""Links between posts lead to the addresses of the posts, in every generator's writing; unknown ones keep their words."""

from __future__ import annotations

import re
import time

import pytest

from feedtool.reader import Body, linked, mentioned, render, targets_of
from feedtool.reader.markdown import Dialect

TEA = "https://x.example/tea/"
POSTS = [
    ("content/blog/tea.md", TEA),
    ("content/blog/tea.de.md", "https://x.example/de/tea/"),
    ("content/blog/pot/index.md", "https://x.example/pot/"),
    ("content/notes/Green Tea.md", "https://x.example/green/"),
    ("content/old/tea.md", "https://x.example/old/tea/"),
    ("_posts/2024-01-02-cup.md", "https://x.example/2024/cup.html?a=1&b=2"),
    ("news/_posts/2024-01-03-jug.markdown", "https://x.example/news/jug.html"),
    ("content/blog/kettle.rst", "https://x.example/kettle.html"),
]


def link(
    text: str, path: str = "content/blog/here.md", dialect: str = "", **values: str
) -> tuple[str, tuple[str, ...]]:
    """Return the address of the one link of a body, and what is said of it."""
    markup = "rst" if path.endswith(".rst") else "html" if path.endswith(".html") else "markdown"
    body = Body(text=text, markup=markup, dialect=Dialect(dialect), **values)  # type: ignore[arg-type]
    html, problems = linked(render(body), body, path, targets_of(POSTS, mentioned(body)))
    (address,) = re.findall(r'(?:href|src)="([^"]*)"', html)
    return address, tuple(problem.message for problem in problems)


@pytest.mark.parametrize("dialect", ["", "kramdown", "goldmark", "gfm", "commonmark", "markdown-it", "python-markdown"])
@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("[a](tea.md)", TEA),
        ("[a](./tea.md#the-lid)", TEA + "#the-lid"),
        ("[a](../old/tea.md)", "https://x.example/old/tea/"),
        ("[a](/old/tea.md)", "https://x.example/old/tea/"),
        ("[a](pot/index.md)", "https://x.example/pot/"),
        ("[a](blog/tea.md#lid)", TEA + "#lid"),
        ("[a](../notes/Green%20Tea.md)", "https://x.example/green/"),
        ("[a][b]\n\n[b]: kettle.rst", "https://x.example/kettle.html"),
        ('a <a class="b" href="tea.md">b</a>', TEA),
        ('[a]({{< ref "tea.md" >}})', TEA),
        ('[a]({{% relref "/blog/pot#lid" %}})', "https://x.example/pot/#lid"),
        ('[a]({{< relref path="pot/index.md" lang="de" >}})', "https://x.example/pot/"),
        ('[a]({{< ref "green tea" >}})', "https://x.example/green/"),
        ("[a](@/blog/tea.md#lid)", TEA + "#lid"),
        ("[a](@/blog/pot/index.md)", "https://x.example/pot/"),
        ("[a]({filename}kettle.rst)", "https://x.example/kettle.html"),
        ("[a]({filename}../old/tea.md)", "https://x.example/old/tea/"),
        ("[a](|filename|/blog/tea.md)", TEA),
        ("[a]({% post_url 2024-01-02-cup %})", "https://x.example/2024/cup.html?a=1&amp;b=2"),
        ("[a]({{ site.baseurl }}{% post_url news/2024-01-03-jug %}#b)", "https://x.example/news/jug.html#b"),
        ("[a]({{ site.url }}{{ site.baseurl }}{% link _posts/2024-01-02-cup.md %})",
         "https://x.example/2024/cup.html?a=1&amp;b=2"),
        ('<a href="{%- post_url 2024-01-02-cup -%}">a</a>', "https://x.example/2024/cup.html?a=1&amp;b=2"),
    ],
)  # fmt: skip
def test_a_link_to_a_post_leads_to_its_page(text: str, address: str, dialect: str) -> None:
    """Whatever reads the Markdown; fragments stay."""
    assert link(text, dialect=dialect) == (address, ())


@pytest.mark.parametrize(
    ("text", "path", "dialect", "address"),
    [
        ("[[tea]]", "content/notes/a.md", "obsidian", TEA),
        ("[[Green tea|words]]", "a.md", "obsidian", "https://x.example/green/"),
        ("[[old/tea#The lid]]", "a.md", "obsidian", "https://x.example/old/tea/#the-lid"),
        ("[a](tea.md)", "content/blog/here.de.md", "goldmark", "https://x.example/de/tea/"),
        ('[a]({{< ref "tea" >}})', "content/notes/here.de.md", "goldmark", "https://x.example/de/tea/"),
        ("`a <{filename}/blog/tea.md>`_", "content/blog/here.rst", "", TEA),
        ("a_\n\n.. _a: {filename}kettle.rst", "content/blog/here.rst", "", "https://x.example/kettle.html"),
    ],
)
def test_notes_translations_and_restructuredtext(text: str, path: str, dialect: str, address: str) -> None:
    """A note is found by its name; a link leads to the post of its own language."""
    assert link(text, path, dialect) == (address, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a](../about.md)", "../about.md"),
        ("[a](notes/tea.md#b)", "notes/tea.md#b"),
        ('[a]({{< ref "cup" >}})', '{{< ref "cup" >}}'),
        ("[a](@/blog/cup.md)", "@/blog/cup.md"),
        ("[a]({tag}green)", "{tag}green"),
        ("[a]({% post_url 2024-01-09-cup %})", "{% post_url 2024-01-09-cup %}"),
        ("[a]({% link about.html %})", "{% link about.html %}"),
    ],
)
def test_an_unknown_target_is_told(text: str, said: str) -> None:
    """The scheme of the address is one that the sanitiser removes, and the words with it stay."""
    assert link(text) == ("unresolved:", (said,))


@pytest.mark.parametrize(
    "text",
    ["[a](https://y.example/tea.md)", "[a](//y.example/tea.md)", "[a](tea.html)", "![a](tea.md)", "[a](?b=tea.md)"],
)
def test_other_addresses_stay(text: str) -> None:
    """Files of other sites, pages by their addresses, and pictures are no posts."""
    address, said = link(text)
    assert (f"({address})" in text, said) == (True, ())


def test_an_article_from_elsewhere_keeps_its_links() -> None:
    """There, `tea.md` is a file of the other site; what only a generator writes is a link to a post all the same."""
    assert link("[a](tea.md)", is_own=False) == ("tea.md", ())  # type: ignore[arg-type]
    assert link("[a](@/blog/tea.md)", is_own=False) == (TEA, ())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("[a]({% link /files/a b.pdf %})", "https://y.example/p/files/a%20b.pdf"),
        ("![a]({{ site.baseurl }}/a.png)", "/p/a.png"),
        ("![a]({{ site.url }}{{site.baseurl}}/a.png)", "https://y.example/p/a.png"),
        ("![a]({{ site.url }}/p/a.png)", "https://y.example/p/a.png"),
        ("![a]({{ site.url }}/a.png)", "https://y.example/p/a.png"),
        ('![a]({{ "/a.png" | absolute_url }})', "https://y.example/p/a.png"),
        ('[a]({{ "/" | relative_url }})', "https://y.example/p/"),
        ("[a]({{ site.baseurl }}{% post_url 2024-01-02-cup %})", "https://x.example/2024/cup.html?a=1&amp;b=2"),
        ("[a]({{ site.url }}{% post_url 2024-01-02-cup %})", "https://x.example/2024/cup.html?a=1&amp;b=2"),
    ],
)
def test_a_site_below_a_path_keeps_it(text: str, address: str) -> None:
    """Jekyll's `baseurl` is part of the addresses of pictures and files."""
    assert link(text, home="https://y.example/p/") == (address, ())


def test_html_of_a_site_with_liquid() -> None:
    """Links and code are filled in there too."""
    html = '<p>{% raw %}{{ a }}{% endraw %} <a href="{% post_url 2024-01-02-cup %}">b</a></p>'
    assert link(html, "_posts/a.html", home="https://y.example/")[0].startswith("https://x.example/2024/cup")
    body = Body(
        text="<p>a</p>{% highlight js %}\nif (a < b)\n{% endhighlight %}", markup="html", home="https://y.example/"
    )
    assert render(body) == '<p>a</p><pre><code class="language-js">if (a &lt; b)\n</code></pre>'


def test_code_stays_as_it_is() -> None:
    """A sample of a link is text."""
    for text in ("`[a](tea.md)`", "```\n[a]({{< ref x >}})\n```", "    <a href='tea.md'>"):
        body = Body(text=text, markup="markdown")
        assert linked(render(body), body, "a.md", targets_of(POSTS, mentioned(body)))[1] == ()


@pytest.mark.parametrize(
    "piece", ["[[", "](a.md", "<a href='", "{% post_url ", "{filename}", "unresolved:", ".md", "/../"]
)
def test_no_text_takes_long(piece: str) -> None:
    """A hundred thousand characters of any kind are done within seconds."""
    body = Body(text=piece * (100_000 // len(piece)), markup="markdown", dialect=Dialect("obsidian"))
    started = time.process_time()
    known = targets_of(POSTS, mentioned(body))
    for html in (body.text, f'<a href="{body.text}">'):
        linked(html, body, "a.md", known)
    assert time.process_time() - started < 5
