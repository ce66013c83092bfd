"""Entries: what a subscriber gets of a story, with every address absolute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedtool.config import Posts
from feedtool.model import Author, Entry, Post, Story
from feedtool.reader import Conventions, enter, page_of
from feedtool.reader.entries import shorten

SITE = "https://site.example/blog/"
POST = Post(path="posts/a.md", title="A", published_ms=1675164846123, identity_ms=1675164846123, slug="a-day")


def entry(
    content: str = "<p>Words.</p>", *, template: str = "", zone: str = "UTC", pictures: bool = True, **changed: object
) -> Entry:
    """Return the entry of a post."""
    post = replace(POST, **changed)  # type: ignore[arg-type]
    story = Story(
        id="urn:x:1",
        post=post,
        published_ms=post.published_ms,
        updated_ms=post.published_ms + 1,
        categories=post.categories,
        tags=post.tags,
    )
    known = Conventions(zone=ZoneInfo(zone), site_url=SITE, posts=Posts(permalink=template, pictures=pictures))
    return enter(story, content, known)


def test_an_entry_carries_what_the_post_says() -> None:
    """Title, times, people and terms go through as they are."""
    made = entry(authors=(Author(name="Ann"),), tags=("x",), categories=("y",), language="en", summary="Short.")
    assert (made.id, made.title, made.published_ms, made.updated_ms) == ("urn:x:1", "A", 1675164846123, 1675164846124)
    assert (made.authors, made.tags, made.categories) == ((Author(name="Ann"),), ("x",), ("y",))
    assert (made.language, made.summary, made.content_html) == ("en", "Short.", "<p>Words.</p>")


@pytest.mark.parametrize(
    ("permalink", "source", "template", "url", "source_url"),
    [
        ("", "", "", SITE + "#a-day", ""),
        ("", "https://example.org/1", "", "https://example.org/1", ""),
        ("/a.html", "", "", "https://site.example/a.html", ""),
        ("/a.html", "https://example.org/1", "", "https://site.example/a.html", "https://example.org/1"),
        ("https://other.example/a", "", "", "https://other.example/a", ""),
        ("", "", "{year}/{month}/{slug}.html", SITE + "2023/01/a-day.html", ""),
        ("", "", "/{year}/{slug}/", "https://site.example/2023/a-day/", ""),
        ("", "", "https://www.example/{slug}", "https://www.example/a-day", ""),
        ("", "https://example.org/1", "/{slug}", "https://example.org/1", ""),
        ("https://example.org/1", "https://example.org/1", "", "https://example.org/1", ""),
    ],
)
def test_where_an_entry_is_read(permalink: str, source: str, template: str, url: str, source_url: str) -> None:
    """The post's permalink, else its source, else its place by the template, else the site."""
    made = entry(permalink=permalink, source=source, template=template)
    assert (made.url, made.source_url) == (url, source_url)


def test_the_day_of_an_address_is_that_of_the_sites_zone() -> None:
    """A post at 23:00 UTC is tomorrow's in Taipei, as its site has it."""
    late = POST.published_ms // 86_400_000 * 86_400_000 + 23 * 3_600_000
    made = entry(template="{day}/{slug}", zone="Asia/Taipei", published_ms=late)
    assert made.url == SITE + "01/a-day"


def test_addresses_are_ascii() -> None:
    """Letters of every script are percent-encoded, in slug, source and picture."""
    made = entry(template="{category}/{slug}", slug="茶 館", categories=("C++/x",))
    assert made.url == SITE + "C%2B%2B%2Fx/%E8%8C%B6%20%E9%A4%A8"
    assert entry(source="https://例え.jp/é?q=茶").url == "https://xn--r8jz45g.jp/%C3%A9?q=%E8%8C%B6"


def test_a_template_with_a_category_leaves_no_empty_step() -> None:
    """A post without one has no `//` in its address."""
    assert entry(template="/{category}/{slug}.html").url == "https://site.example/a-day.html"


def test_a_slug_never_leads_elsewhere() -> None:
    """What an author wrote as a slug stays one step of the path."""
    assert entry(template="p/{slug}", slug="../../admin?x#y").url == SITE + "p/..%2F..%2Fadmin%3Fx%23y"


@pytest.mark.parametrize(
    ("image", "source", "expected"),
    [
        ("https://example.org/a b.png", "", "https://example.org/a%20b.png"),
        ("/a.png", "https://example.org/x/1", "https://example.org/a.png"),
        ("a.png", "https://example.org/x/1", "https://example.org/x/a.png"),
        ("/a.png", "", "https://site.example/a.png"),
        ("javascript:alert(1)", "", ""),
        ("data:image/png;base64,AAAA", "", ""),
        ("", "https://example.org/x/1", ""),
        ("http://[broken", "", ""),
    ],
)
def test_a_picture_is_absolute_or_none(image: str, source: str, expected: str) -> None:
    """Relative to the source it was taken from, else to the site."""
    assert entry(image=image, source=source).image == expected


def _img(src: str, more: str = "") -> str:
    return f'<p>Words.<img src="https://p.example/{src}"{more}></p>'


@pytest.mark.parametrize(
    ("content", "image", "alt"),
    [
        (_img("a.jpg", ' alt="A &lt;cup&gt; &amp; tea"'), "https://p.example/a.jpg", "A <cup> & tea"),
        (_img("a.jpg?w=1&amp;h=2"), "https://p.example/a.jpg?w=1&h=2", ""),
        (_img("a.jpg", ' width="64" height="64"') + _img("b.webp", ' width="640"'), "https://p.example/b.webp", ""),
        (_img("a-150x80.jpg") + _img("b-1024x768.jpg", ' alt="x > y"'), "https://p.example/b-1024x768.jpg", "x > y"),
        (_img("avatar/1.png") + _img("emoji_smile.png") + _img("logo.png") + _img("c.png"), "https://p.example/c.png", ""),
        (_img("sign.svg") + '<video src="https://p.example/1.mp4" poster="https://p.example/1.jpg"></video>', "https://p.example/1.jpg", ""),
        (_img("iconic.jpg"), "https://p.example/iconic.jpg", ""),
        ('<p><img src="data:image/png;base64,AAAA" alt="x"></p>', "", ""),
        ('<p>&lt;img src="https://p.example/a.jpg"&gt;</p>', "", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_an_entry_without_a_picture_gets_the_first_of_its_content(content: str, image: str, alt: str) -> None:
    """Readers show a picture beside the title: not an avatar, a sign or a button, as far as size and name tell."""
    made = entry(content)
    assert (made.image, made.image_alt) == (image, alt)
    off = entry(content, pictures=False)
    assert (off.image, off.image_alt) == ("", "")


def test_the_picture_of_the_header_comes_first() -> None:
    """What it shows is what the header says, else what the content says of the same picture."""
    content = _img("a.jpg", ' alt="First"') + _img("b.jpg", ' alt="Second"')
    made = [
        entry(content, image="https://p.example/b.jpg", pictures=pictures, image_alt=alt)
        for pictures in (True, False)
        for alt in ("", "Mine")
    ]
    assert [one.image for one in made] == ["https://p.example/b.jpg"] * 4
    assert [one.image_alt for one in made] == ["Second", "Mine"] * 2
    other = entry(content, image="https://p.example/c.jpg")
    assert (other.image, other.image_alt) == ("https://p.example/c.jpg", "")


@pytest.mark.parametrize(
    ("content", "summary"),
    [
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("<p>A<b>B</b>C &amp; D &amp;lt;</p>", "ABC & D &lt;"),
        ("<ul><li>a</li><li>b</li></ul>", "a b"),
        ("<p>中文。</p>", "中文。"),
        ("", "A"),
        ("<img src='https://example.org/a.png' alt='x'>", "A"),
        ("<!-- hidden --><p>Seen.</p>", "Seen."),
        ("<p>10<sup>-3</sup> m of H<sub>2</sub>O, the 1<sup>st</sup></p>", "10⁻³ m of H₂O, the 1st"),
        ("<p>So <math><msup><mn>2</mn><mn>64</mn></msup></math> it is.</p>", "So 2⁶⁴ it is."),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac></math> ends", "(a+b)/2 ends"),
        ("<p>As <math alttext='\\frac12'><mfrac><mn>1</mn><mn>2</mn></mfrac></math>.</p>", r"As \frac12."),
        ("<math><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup></math> is", "x₁² is"),
        (
            "<math><munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover></math>",
            "∑_(i=1)ⁿ",
        ),
        (
            "<math><msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt></math>, <math><msqrt><mn>12</mn></msqrt></math>",
            "√(x+1), √12",
        ),
    ],
)
def test_a_summary_is_made_of_the_first_words(content: str, summary: str) -> None:
    """Plain text in one line, blocks apart, entities resolved once; the title where there are no words."""
    assert entry(content).summary == summary


def test_a_summary_is_not_the_whole_article() -> None:
    """It ends behind a word, with an ellipsis, after some three hundred characters."""
    summary = entry("<p>" + "several words " * 500 + "</p>").summary
    assert (len(summary) <= 300, summary.endswith(("words…", "several…"))) == (True, True)


@given(st.text(max_size=400), st.integers(min_value=2, max_value=60))
def test_shortening_keeps_the_head(text: str, limit: int) -> None:
    """Never longer than the limit; what is left is the text's own beginning."""
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text or text.startswith(short.removesuffix("…"))


def test_a_deep_or_odd_fragment_has_a_summary_too() -> None:
    """Nothing that the sanitiser could hand over raises."""
    for content in (
        "<div>" * 5000 + "x",
        "<",
        "a<b",
        "&#0;",
        "<p>\ufffd</p>",
        "<?xml version='1.0' encoding='x'?><p>y</p>",
    ):
        assert isinstance(entry(content).summary, str)


@pytest.mark.parametrize(
    ("permalink", "template", "site", "page"),
    [
        ("", "", SITE, SITE),
        ("/tea/", "", SITE, "https://site.example/tea/"),
        ("/tea/", "/{year}/{slug}.html", SITE, "https://site.example/tea/"),
        ("", "/{year}/{slug}/", SITE, "https://site.example/2023/a-day/"),
        ("https://site.example/own/", "", SITE, "https://site.example/own/"),
        ("https://elsewhere.example/about", "", SITE, SITE),
        ("https://elsewhere.example/about", "/{slug}/", SITE, "https://site.example/a-day/"),
        ("https://blog.example/x/", "https://blog.example/{slug}/", SITE, "https://blog.example/x/"),
    ],
)
def test_what_somebody_wrote_themselves_is_relative_to_its_page(
    permalink: str, template: str, site: str, page: str
) -> None:
    """The page is the site's own: an address on another host is what the post is about."""
    post = replace(POST, permalink=permalink)
    story = Story(id="urn:x:1", post=post, published_ms=post.published_ms, updated_ms=post.published_ms)
    assert page_of(story, Conventions(site_url=site, posts=Posts(permalink=template))) == page


@pytest.mark.parametrize(
    ("path", "image"),
    [("posts/tea/index.md", "https://site.example/tea/a.png"), ("posts/tea.md", "https://site.example/blog/a.png")],
)
def test_the_picture_of_a_page_with_a_folder_lies_in_it(path: str, image: str) -> None:
    """Of any other, it lies where it did: relative to the site."""
    assert entry(path=path, permalink="/tea/", image="a.png").image == image


def test_the_zone_of_the_machine_does_not_count() -> None:
    """UTC is the site's zone unless it says otherwise."""
    assert entry(template="{day}/{slug}", zone=str(UTC)) == entry(template="{day}/{slug}")
