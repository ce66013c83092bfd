"""Shortcodes and links to sources: what the text alone tells is made, what it does not is told, and no words go."""

from __future__ import annotations

import time

import pytest
from heavy import first
from hypothesis import given
from hypothesis import strategies as st

from feedtool.reader import Body, body_problems, linked, render
from feedtool.reader.shortcodes import put_back, taken_out


def html(text: str) -> str:
    """Return a Markdown body as HTML, on one line."""
    body = Body(text=text, markup="markdown")
    return " ".join(linked(render(body), body, "a.md", {})[0].split())


def told(text: str) -> list[tuple[str, str]]:
    """Return code and message of what is said of a body."""
    body = Body(text=text, markup="markdown")
    problems = (*body_problems(body, "a.md"), *linked(render(body), body, "a.md", {})[1])
    return [(problem.code, problem.message) for problem in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{< figure src="tea.png" >}}', '<figure><img src="tea.png" alt=""></figure>'),
        (
            '{{< figure src="/tea.png" alt="A cup" title="Tea" caption="With *milk*" link="https://x.example/" >}}',
            ('<figure><a href="https://x.example/"><img src="/tea.png" alt="A cup"></a>'
            "<figcaption><strong>Tea</strong> With <em>milk</em></figcaption></figure>"),
        ),
        ('{{< figure src="a\\"b<.png" >}}', '<figure><img src="a&quot;b&lt;.png" alt=""></figure>'),
        ("{{< youtube w7Ft2ymGmfc >}}", '<iframe src="https://www.youtube.com/embed/w7Ft2ymGmfc"></iframe>'),
        ('{{ youtube(id="w7Ft2ymGmfc") }}', '<iframe src="https://www.youtube.com/embed/w7Ft2ymGmfc"></iframe>'),
        ("{{< vimeo 146022717 >}}", '<iframe src="https://player.vimeo.com/video/146022717"></iframe>'),
        (
            '{{< x user="SanDiegoZoo" id="1453110110599868418" >}}',
            ('<p><a href="https://x.com/SanDiegoZoo/status/1453110110599868418">'
            "https://x.com/SanDiegoZoo/status/1453110110599868418</a></p>"),
        ),
        (
            "{{< highlight go >}}\nif a < b {\n```\n{{< figure >}}\n{{< /highlight >}}",
            '<pre><code class="language-go">if a &lt; b { ``` {{&lt; figure &gt;}} </code></pre>',
        ),
        ("a {{% comment %}} hidden {{% /comment %}} b", "<p>a b</p>"),
        ("Use `{{</* figure src=x */>}}` so.", "<p>Use <code>{{&lt; figure src=x &gt;}}</code> so.</p>"),
        ("Use {{</*figure*/>}} so.", "<p>Use {{&lt;figure&gt;}} so.</p>"),
        ("```\n{{</* tea */>}}\n{{< tea >}}\n```", "<pre><code>{{&lt; tea &gt;}} {{&lt; tea &gt;}} </code></pre>"),
        ("```\n{{< tea >}}\n```\n\n![a]({static}/a.png)",
         '<pre><code>{{&lt; tea &gt;}} </code></pre> <p><img src="/a.png" alt="a"></p>'),
        ("```a``` ![a]({static}/a.png)", '<p><code>a</code> <img src="/a.png" alt="a"></p>'),
        ('[caption id="a" width="300"]<a href="b.png"><img src="a.png"></a> A *cup*[/caption]', ('<figure><a href="b.png">'
            '<img src="a.png"></a><figcaption>A <em>cup</em></figcaption></figure>')),
        ("[caption]![A](a.png)[/caption] b", '<p><figure><img src="a.png" alt="A"></figure> b</p>'),
        ('a\n\n[caption caption="A > B"]<img src="a.png">[/caption]',
         '<p>a</p> <figure><img src="a.png"><figcaption>A &gt; B</figcaption></figure>'),
        ("`[caption][/caption]` [caption]", "<p><code>[caption][/caption]</code> [caption]</p>"),
        ("Show `{{< tea >}}` here.", "<p>Show <code>{{&lt; tea &gt;}}</code> here.</p>"),
        ('[here]({{< ref "#steep" >}})', '<p><a href="#steep">here</a></p>'),
        ("1. one\n\n   {{< youtube w7Ft2ymGmfc >}}\n2. two", ('<ol> <li> <p>one</p> <iframe src="https://www.youtube.com/'
            'embed/w7Ft2ymGmfc"></iframe> </li> <li> <p>two</p> </li> </ol>')),
        ("![a]({static}/images/a.png)", '<p><img src="/images/a.png" alt="a"></p>'),
        ("![a]({attach}b/a.png) ![c](|filename|/c.png)", '<p><img src="b/a.png" alt="a"> <img src="/c.png" alt="c"></p>'),
        ("[home]({index})", '<p><a href="/">home</a></p>'),
        ('![a]({{ "/img/a.png" | relative_url }})', '<p><img src="/img/a.png" alt="a"></p>'),
        ("<img src=\"{{ '/img/a.png' | url }}\">", '<img src="/img/a.png">'),
    ],
)  # fmt: skip
def test_what_the_text_tells_is_made(text: str, expected: str) -> None:
    """Pictures, code, players and places on the site need no generator; samples of shortcodes stay samples."""
    assert html(text).replace(" />", ">") == expected
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        ("a\n\n{{< notice warning >}}\nHot *tea*.\n{{< /notice >}}\n\nb", "<p>a</p> <p>Hot <em>tea</em>.</p> <p>b</p>",
         [("shortcode", "{{< notice warning >}}")]),
        ("{{% tabs %}}\n- x\n{{% /tabs %}}", "<ul> <li>x</li> </ul>", [("shortcode", "{{% tabs %}}")]),
        ('{% note(kind="hot") %}\nHot *tea*.\n{% end %}', "<p>Hot <em>tea</em>.</p>",
         [("shortcode", '{% note(kind="hot") %}')]),
        ('{{< card url="https://x.example/?a&b" title="A <b>" description="Words" >}}',
         '<p><a href="https://x.example/?a&amp;b">A &lt;b&gt;</a><br>Words</p>', []),
        ('{{ pic(src="a.png", alt="A") }}', '<figure><img src="a.png" alt="A"></figure>', []),
        ('{{<img "a.png" "A cup">}}', '<figure><img src="a.png" alt=""></figure>', []),
        ("{{< high text >}}\na  <b>\nc *d*\n{{< /high >}}\n\ne",
         '<pre><code class="language-text">a &lt;b&gt; c *d* </code></pre> <p>e</p>', []),
        ("{{< code >}}\n```sh\na\n```\n{{< /code >}}", '<pre><code class="language-sh">a </code></pre>',
         [("shortcode", "{{< code >}}")]),
        ("{{< code file=a.rs >}}\n\nb", "<p>b</p>", [("shortcode", "{{< code file=a.rs >}}")]),
        ('{{< button href="javascript:x" text="no" >}}', "",
         [("shortcode", '{{< button href="javascript:x" text="no" >}}')]),
        ("a {{ price() }} b", "<p>a b</p>", [("shortcode", "{{ price() }}")]),
        ('{{< youtube "a b<c" >}}', "", [("shortcode", '{{< youtube "a b<c" >}}')]),
        ('See [the *tea*]({{< ref "tea.md" >}}) now', '<p>See <a href="unresolved:">the <em>tea</em></a> now</p>',
         [("internal-link", '{{< ref "tea.md" >}}')]),
        ("See [tea](@/blog/tea.md#pot).", '<p>See <a href="unresolved:">tea</a>.</p>',
         [("internal-link", "@/blog/tea.md#pot")]),
        ("See [tea][t].\n\n[t]: {filename}../tea.md", '<p>See <a href="unresolved:">tea</a>.</p>',
         [("internal-link", "{filename}../tea.md")]),
        ("See [tea]({% post_url 2024-01-02-tea %}).", '<p>See <a href="unresolved:">tea</a>.</p>',
         [("internal-link", "{% post_url 2024-01-02-tea %}")]),
        ("[tea]({{ site.baseurl }}{% link a.md %}#b).", '<p><a href="unresolved:">tea</a>.</p>',
         [("internal-link", "{% link a.md %}")]),
    ],
)  # fmt: skip
def test_what_the_text_does_not_tell_is_told(text: str, expected: str, said: list[tuple[str, str]]) -> None:
    """The words stay; a link that leads nowhere is none once the entry is cleaned."""
    assert (html(text), told(text)) == (expected, said)


def test_a_body_in_html_may_have_shortcodes() -> None:
    """Hugo fills them in there, too; what is unknown is told."""
    body = Body(text='<p>a</p>{{< figure src="a.png" >}}<p>{{% price %}}b</p>', markup="html")
    assert render(body) == '<p>a</p><figure><img src="a.png" alt=""></figure><p>b</p>'
    assert [each.message for each in body_problems(body, "a.html")] == ["{{% price %}}"]
    assert render(Body(text="<p>{{ a }}</p>", markup="html")) == "<p>{{ a }}</p>"


@pytest.mark.parametrize(
    "text",
    [
        "Math $\\frac{{f(x)}}{2}$ and {{ x }}",
        "{% end %}",
        "{{ nunjucks('x') }}",
        "{{<",
        "a | b @/c",
        "{: .a }b",
    ],
)
def test_other_braces_stay(text: str) -> None:
    """What is no shortcode is text."""
    assert taken_out(text, str).text == text
    assert told(text) == []


HOSTILE = {
    "open": "{{< " * 25_000, "quotes": '{{<"' * 25_000, "parity": '{{<"' + '{{<""' * 20_000, "args": "{{< a " + "b " * 50_000,
    "sample": "{{</*" * 20_000, "zsample": "{%/*" * 20_000, "raw": "{% raw %}" * 11_000, "ticks": "` `` " * 20_000,
    "highlight": "{{< highlight x >}}" * 5_000, "zola": "{{ a(" * 20_000, "zargs": "{{ a(b='" * 12_000, "end": "{% end %}" * 10_000,
    "target": "](@/" * 25_000, "fences": "```\n" * 25_000, "pairs": "{{< a >}}{{< /a >}}" * 5_000, "runs": "".join("`" * n + "a" for n in range(400)),
    "captions": "[caption]" * 12_000, "reference": "[" * 50_000 + "]: {static}", "backticks": "{{<`" * 25_000,
}  # fmt: skip


@pytest.mark.parametrize("text", first(6, HOSTILE.values()), ids=HOSTILE.keys())
def test_no_text_takes_long(text: str) -> None:
    """A hundred thousand characters of any kind are done within seconds, also on a slow machine."""
    started = time.process_time()
    taken = taken_out(text, str)
    put_back(taken.text, taken)
    assert time.process_time() - started < 5


@given(st.lists(st.sampled_from(["{{<", ">}}", "{{%", "%}}", "{{", "}}", "{%", "%}", "/", "a", "(", ")", "=", '"', "`", "```\n", "\n", "\ufdd0", "0",
                                 "\ufdd1", "/*", "*/", "](", "@/", "{static}", " ", "figure", "src", "highlight", "end"]), max_size=30))  # fmt: skip
def test_no_text_raises(parts: list[str]) -> None:
    """Whatever stands in a text, it is rendered, and no mark of ours is left in it."""
    text = "".join(parts)
    assert "\ufdd0" not in html(f"{{{{< x >}}}}{text}")
    told(text)
