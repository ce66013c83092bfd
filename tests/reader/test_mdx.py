"""MDX: Markdown stays, components go and are told, and code is left as it is."""

from __future__ import annotations

import time

import pytest
from readings import with_header

from feedtool.reader import body_problems, read_body, render
from feedtool.reader.shortcodes import without_components


def html(text: str, name: str = "a.mdx") -> str:
    """Return the HTML of a post's body, on one line."""
    return " ".join(render(read_body(with_header(body=text).encode(), name)).split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import A from '../a.astro';\nimport {\n  B,\n} from 'b';\n\nTea *hot*", "<p>Tea <em>hot</em></p>"),
        ("export const a = {\n  b: 1,\n}\n\nTea", "<p>Tea</p>"),
        ("a {/* hidden\n\n */}b <B c={{ d: 1 }}>e *f*</B> g", "<p>a b e <em>f</em> g</p>"),
        ("<Tabs>\n\n    Tea\n\n</Tabs>\n\n<></>\n\nb", "<p>Tea</p> <p>b</p>"),
        ('<Image src="/a.png" alt="A" width={300} />', '<figure><img src="/a.png" alt="A"></figure>'),
        ("<Card\n  href={'https://x.example/'}\n  title='Tea'\n/>", '<p><a href="https://x.example/">Tea</a></p>'),
        ('<div style={{ a: "b>" }} className="c">d</div>', '<div className="c">d</div>'),
        ("`<A/>` and\n\n```js\nimport a from 'b'\n<A>\n```", ("<p><code>&lt;A/&gt;</code> and</p> <pre><code "
            "class=\"language-js\">import a from 'b' &lt;A&gt; </code></pre>")),
        ("1. a\n\n    b", "<ol> <li> <p>a</p> <p>b</p> </li> </ol>"),
        ("import taxes are high, said Ann", "<p>import taxes are high, said Ann</p>"),
    ],
)  # fmt: skip
def test_components_go_and_words_stay(text: str, expected: str) -> None:
    """Imports, exports and comments say nothing to a reader; a picture or an address that a component names does."""
    assert html(text) == expected


def test_components_are_told() -> None:
    """Each name once; in a file that is not MDX, nothing is a component."""
    content = with_header(body="<A/> <B>b</B> <A c={1}/>").encode()
    told = [(each.code, each.message) for each in body_problems(read_body(content, "a.mdx"), "a.mdx")]
    assert told == [("component", "<A>"), ("component", "<B>")]
    assert body_problems(read_body(content, "a.md"), "a.md") == ()


def test_an_excerpt_ends_at_docusaurus_mark() -> None:
    """`{/* truncate */}` in MDX, and `<!-- truncate -->` in Markdown."""
    assert read_body(with_header(body="Tea\n\n{/* truncate */}\n\nmore").encode(), "a.mdx").excerpt == "Tea"
    assert read_body(with_header(body="Tea\n\n<!-- truncate -->\n\nmore").encode(), "a.md").excerpt == "Tea"


@pytest.mark.parametrize(
    "piece", ["<A ", "{/*", "```\n", "<A x={", "`", "import {", "<a b={{", "<A x='", "\n\n    ", "</"]
)
def test_no_text_takes_long(piece: str) -> None:
    """A hundred thousand characters of any kind are done within seconds."""
    started = time.process_time()
    without_components(piece * (100_000 // len(piece)))
    assert time.process_time() - started < 5
