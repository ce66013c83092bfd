"""reStructuredText: Pelican's header, and a body that docutils renders without a way to the machine's files."""

from __future__ import annotations

import pytest

from feedtool.model import Post
from feedtool.reader import read_body, read_post, render
from feedtool.reader.bodies import body_problems


def read(text: str, path: str = "content/news/a.rst") -> Post:
    """Return the post that a text gives."""
    post = read_post(text.encode(), path).post
    assert post is not None
    return post


def html(text: str) -> str:
    """Return the rendered body below a header."""
    return render(read_body(f"T\n=\n\n:date: 2024-01-02\n\n{text}\n".encode(), "a.rst"))


@pytest.mark.parametrize(
    "text",
    [
        "Tea & rain\n##########\n\n:date: 2024-01-02\n:tags: tea, rain\n:slug: my-tea\n\nWords.\n",
        "----------\nTea & rain\n----------\n:date: 2024-01-02\n:tags: tea,\n   rain\n:slug: my-tea\n\nWords.\n",
        ":date: 2024-01-02\n:slug: my-tea\n\nTea & rain\n==========\n\n:tags: tea; rain\n\nWords.\n",
        "---\ntitle: Tea & rain\ndate: 2024-01-02\ntags: [tea, rain]\nslug: my-tea\n---\nWords.\n",
    ],
)
def test_a_header_is_read(text: str) -> None:
    """Title and fields, in the order and with the lines that Pelican and Hugo allow."""
    post = read(text)
    assert (post.title, post.tags, post.slug) == ("Tea & rain", ("tea", "rain"), "my-tea")
    assert "Words." in render(read_body(text.encode(), "a.rst"))
    assert "my-tea" not in render(read_body(text.encode(), "a.rst"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Part\n----\n\n*Some* `words <https://e.org/>`_.", "<h2>Part</h2>"),
        ("*Some* `words <https://e.org/>`_.", '<a class="reference external" href="https://e.org/">words</a>'),
        (".. code-block:: python\n\n   print(1)", "print(1)"),
        (".. figure:: /a.png\n   :alt: Tea\n\n   A cup", "A cup"),
        ("`page </pages/x.html>`_ and |filename|/a.pdf", "/a.pdf"),
        ("`page <{static}/a.pdf>`_", 'href="/a.pdf"'),
        ("``[page]({filename}/a.md)``", "[page]({filename}/a.md)"),
        ("==== ====\nOne  Two\n==== ====\n1    2\n==== ====", "<table>"),
    ],
)
def test_a_body_is_rendered(text: str, shown: str) -> None:
    """Sections, links, code, figures and tables are what they are in Pelican."""
    assert shown in html(text)


@pytest.mark.parametrize(
    "text",
    [
        ".. include:: /etc/hostname",
        ".. include:: /etc/passwd\n   :literal:",
        ".. raw:: html\n\n   <b>raw</b>",
        ".. raw:: html\n   :file: /etc/passwd",
        ".. csv-table::\n   :file: /etc/passwd",
        ".. csv-table::\n   :url: file:///etc/passwd",
        ".. role:: raw-html(raw)\n   :format: html\n\n:raw-html:`<b>raw</b>`",
        ".. |now| date:: %Y\n\nIt is |now|.",
        ".. date::\n",
    ],
)
def test_a_text_cannot_reach_beyond_itself(text: str) -> None:
    """No file of this machine, no HTML around the rules, and no clock comes into a feed."""
    made = html(f"Before.\n\n{text}\n\nAfter.")
    assert "Before." in made
    assert "After." in made
    assert not {"<b>", "root:", "localhost", "202"} & {
        word for word in ("<b>", "root:", "localhost", "202") if word in made
    }


def test_what_is_not_known_is_said() -> None:
    """A directive of another program is named with its line, and the rest of the text stays."""
    body = read_body(b"T\n=\n\n:date: 2024-01-02\n\nBefore.\n\n.. youtube:: x\n\nAfter.\n", "a.rst")
    (problem,) = body_problems(body, "a.rst")
    assert (problem.code, 'Unknown directive type "youtube"' in problem.message) == ("rst-markup", True)
    assert "After." in render(body)


def test_without_the_library_subscribers_get_the_source_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Header and words come through, and what to install is said."""
    monkeypatch.setattr("feedtool.reader.bodies.has", lambda _: False)
    body = read_body(b"T\n=\n\n:date: 2024-01-02\n\n*Some* words & <tags>.\n", "a.rst")
    assert render(body) == "<p>*Some* words &amp; &lt;tags&gt;.</p>"
    (problem,) = body_problems(body, "a.rst")
    assert (problem.code, "feedtool[rst]" in problem.fix) == ("no-docutils", True)
