"""What a post says: every field of a header in every shape that people and bots give it."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import codes, html_of, post_of, read, with_header

from feedtool.disk import LARGEST_POST
from feedtool.model import Author
from feedtool.reader import Conventions, read_body, read_post
from feedtool.reader.schemes import Scheme
from feedtool.urls import absolute

BOT = """---
layout: post
title: "茶館 reopens"
date: 2023-01-31T11:34:06.000Z
author: 王小明
from: https://news.example.org/a/1?x=y
tags: [ 茶, Old Town ]
comments: true
categories: [ 茶, Old Town ]
---
<!--1675164846000-->
[茶館 reopens](https://news.example.org/a/1?x=y)
------

<div>
<p>The tea house <a href="/b">reopened</a>.</p>
</div>
"""


def test_a_post_as_the_bots_write_it_is_read_without_a_word() -> None:
    """Header, timestamp, heading and body of the usual format give no problem at all."""
    reading = read(BOT)
    assert reading.post
    post = reading.post
    assert (post.title, post.published_ms, post.source, post.tags, post.categories, post.authors) == (
        "茶館 reopens",
        1675164846000,
        "https://news.example.org/a/1?x=y",
        ("茶", "Old Town"),
        ("茶", "Old Town"),
        (Author(name="王小明"),),
    )
    assert reading.problems == ()


def test_the_copy_of_the_title_is_dropped_from_the_text() -> None:
    """The heading that repeats title and link is not read twice."""
    assert html_of(BOT) == '<div>\n<p>The tea house <a href="/b">reopened</a>.</p>\n</div>'


@pytest.mark.parametrize(
    "heading", ["[A [b] (c)](https://example.org/(1))", "[A \\[b\\] (c)](https://example.org/(1))"]
)
def test_the_copy_of_a_title_with_brackets_is_dropped_too(heading: str) -> None:
    """Brackets in title and link do not hide that it is the same title."""
    text = with_header('title: "A [b] (c)"', "from: https://example.org/(1)", body=f"{heading}\n------\n\nWords.")
    assert html_of(text) == "<p>Words.</p>\n"


def test_a_heading_that_says_something_else_stays() -> None:
    """Only a copy is dropped: another heading with another link is part of the article."""
    text = with_header(
        "title: A", "from: https://example.org/1", body="[Other](https://example.org/2)\n------\n\nWords."
    )
    assert "Other" in html_of(text)


# Titles.


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("# A *plain* day\n\nWords.", "A *plain* day"),
        ("Words.\n\n## Later heading ##\n", "Later heading"),
        ("# A day {#one}\n\nWords.", "A day"),
        ("## A {day} {: .x #one }\n\nWords.", "A {day}"),
        ("A day\n=====\n\nWords.", "A day"),
        ("[A day](https://example.org/1)\n------\n\nWords.", "A day"),
        ("<h1 class='x'>A &amp; B</h1><p>Words.</p>", "A & B"),
        ("Words only.", "hello world"),
        ("", "hello world"),
    ],
)
def test_a_missing_title_is_taken_from_the_heading_or_the_file_name(body: str, title: str) -> None:
    """A post without a title has one all the same, and a warning says where it came from."""
    reading = read(with_header("layout: post", body=body), "posts/2024-01-02-hello-world.md")
    assert reading.post
    assert reading.post.title.replace("*", "") == title.replace("*", "")
    assert codes(reading) == ["missing-title"]


@pytest.mark.parametrize(
    "name",
    [
        "2024-01-03-1430",
        "1706270000",
        "20240103T103000Z",
        "07",
        "2024-01-03_2",
        "0f74ea1c-5c53-55f0-aeff-d67c08c4bee1",
        "01HKXYZ0ABCDEFGHJKMNPQRSTV",
    ],
)
@pytest.mark.parametrize("line", ["tags: [note]", 'title: ""'])
def test_a_note_needs_no_title(name: str, line: str) -> None:
    """Nothing is made of the numbers of its file's name, and nothing is told; its first words stand in where one is needed."""
    long = "word " * 40
    reading = read(with_header(line, body=f"A cup of *tea*. {long}\n\nMore."), f"posts/{name}.md")
    assert reading.post
    assert (reading.post.is_untitled, codes(reading)) == (True, [])
    assert reading.post.title.startswith("A cup of tea. word word")
    assert len(reading.post.title) <= 80


@pytest.mark.parametrize(
    ("name", "body"), [("a-cup-of-tea", "Words."), ("2024-01-03-1430", "# A cup of tea\n\nWords.")]
)
def test_a_post_with_a_name_or_a_heading_is_no_note(name: str, body: str) -> None:
    """A file's name in words, or a heading, serves as its title."""
    reading = read(with_header("tags: [tea]", body=body), f"posts/{name}.md")
    assert reading.post
    assert (reading.post.is_untitled, reading.post.title.lower(), codes(reading)) == (
        False,
        "a cup of tea",
        ["missing-title"],
    )


@pytest.mark.parametrize("line", ["title:", 'title: ""', 'title: "  "', "title: null", "title: []"])
def test_an_empty_title_is_a_missing_one(line: str) -> None:
    """A title must have a letter to show."""
    reading = read(with_header(line), "posts/hello.md")
    assert reading.post
    assert reading.post.title
    assert {"missing-title", "wrong-shape"} & set(codes(reading))


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title: [Video] A", "[Video] A"),
        ("title: [Video]", "[Video]"),
        ("title: {a: b}", "{a: b}"),
        ("title: [a, b]", "[a, b]"),
    ],
)
def test_a_title_in_brackets_is_text(line: str, title: str) -> None:
    """YAML takes `[Video]` for a list; its author meant words."""
    reading = read(with_header(line))
    assert reading.post
    assert reading.post.title == title
    assert {"wrong-shape", "broken-header"} & set(codes(reading))


@pytest.mark.parametrize(
    ("written", "title"),
    [('"Fish &amp; chips"', "Fish & chips"), ("'a  b'", "a b"), ('"a\\nb"', "a b"), ('"C:\\recipes"', "C:\\recipes"),
     ('"<b>Bold</b>"', "<b>Bold</b>"), ("🐉", "🐉"), ("|\n  Two\n  lines", "Two lines")],
)  # fmt: skip
def test_a_title_is_one_line_of_plain_text(written: str, title: str) -> None:
    """Entities are resolved once, white space is folded, controls are removed."""
    assert post_of(with_header(f"title: {written}")).title == title


# Authors.

ANN, BO = Author(name="Ann"), Author(name="Bo")


@pytest.mark.parametrize(
    ("header", "authors"),
    [
        ("author: Ann", (ANN,)),
        ("author: [Ann, Bo]", (ANN, BO)),
        ("authors: [Ann, Bo]", (ANN, BO)),
        ("authors:\n- Ann\n- name: Bo\n", (ANN, BO)),
        ("author: Ann\nauthors: [Ann, Bo]", (ANN, BO)),
        ("author:\n  name: Ann\n  email: ann@example.org\n  uri: https://example.org/~ann",
         (Author(name="Ann", email="ann@example.org", uri="https://example.org/~ann"),)),
        ("author:\n  name: Ann\n  url: https://example.org/é", (Author(name="Ann", uri="https://example.org/%C3%A9"),)),
        ("author: {email: ann@example.org}", (Author(name="ann", email="ann@example.org"),)),
        ("author: Ann <ann@example.org>", (Author(name="Ann", email="ann@example.org"),)),
        ("author: Ann, Bo and others", (Author(name="Ann, Bo and others"),)),
        ("author: 王小明／李四", (Author(name="王小明／李四"),)),
        ("author: 42", (Author(name="42"),)),
        ("author: '@ann'", (Author(name="@ann"),)),
        ("author: A &amp; B", (Author(name="A & B"),)),
        ("author:", ()),
        ("author: ''", ()),
        ("author: []", ()),
        ("author: null", ()),
        ("authors: [null, '', Ann]", (ANN,)),
    ],
)  # fmt: skip
def test_authors_are_read_in_every_shape(header: str, authors: tuple[Author, ...]) -> None:
    """A text, a list, a mapping with name, email and uri, or a list of those; each person once."""
    assert post_of(with_header("title: A", header)).authors == authors


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("author: {name: Ann, email: 'not one'}", "bad-email"),
        ("author: {name: Ann, uri: 'javascript:alert(1)'}", "bad-url"),
    ],
)
def test_a_bad_address_costs_only_itself(header: str, code: str) -> None:
    """The author is kept without it, and it is told."""
    reading = read(with_header("title: A", header))
    assert reading.post
    assert (reading.post.authors, codes(reading)) == ((ANN,), [code])


def test_an_author_in_a_list_of_lists_is_told() -> None:
    """A shape that names nobody is reported."""
    reading = read(with_header("title: A", "authors: [[Ann], Bo]"))
    assert reading.post
    assert (reading.post.authors, codes(reading)) == ((BO,), ["wrong-shape"])


# Categories and tags.


@pytest.mark.parametrize(
    ("header", "tags", "problems"),
    [
        ("tags: [one, two]", ("one", "two"), []),
        ("tags:\n- one\n- two words", ("one", "two words"), []),
        ("tags: [ 新聞, Ünïcode ]", ("新聞", "Ünïcode"), []),
        ("tags: one two", ("one", "two"), ["terms-as-text"]),
        ("tags: one, two words", ("one", "two words"), ["terms-as-text"]),
        ("tag: two words", ("two words",), []),
        ("tags: [one]\ntag: two", ("one", "two"), []),
        ("tags:", (), ["no-terms"]),
        ("tags: null", (), ["no-terms"]),
        ("tags: []", (), []),
        ("tags: 2023", ("2023",), []),
        ("tags: [2023, 010, 1.5, yes, 2023-01-31]", ("2023", "010", "1.5", "yes", "2023-01-31"), []),
        ("tags: [one, [two, [three]]]", ("one", "two", "three"), ["nested-terms"]),
        ("tags:\n- a: b\n- c", ("a: b", "c"), ["nested-terms"]),
        ("tags: {a: b}", ("a: b",), ["nested-terms"]),
        ("tags: [one, '', two]", ("one", "two"), ["empty-term"]),
        ("tags: [one, '  ', null]", ("one",), ["empty-term", "empty-term"]),
        ("tags: ''", (), ["empty-term"]),
        ("tags: [one, one, ' one ']", ("one",), []),
        ("tags: [News, news, NEWS]", ("News", "news", "NEWS"), []),
        ('tags: ["caf\\u00e9", "cafe\\u0301"]', ("café",), []),
        ("tags: [R&amp;D, 'a\"b', \"it's\"]", ("R&D", 'a"b', "it's"), []),
        ("tags: [C, C++, 'C#']", ("C", "C++", "C#"), []),
        ("tags: [../../etc/passwd, ., .., CON, '🐉', 'שלום']", ("../../etc/passwd", ".", "..", "CON", "🐉", "שלום"), []),
        ("tags: [" + "長" * 400 + "]", ("長" * 400,), ["long-term"]),
        ("tags: ['a\\x07b']", ("a\\x07b",), []),
        ('tags: ["a\\x07b"]', ("ab",), []),
    ],
)  # fmt: skip
def test_terms_are_read_in_every_shape(header: str, tags: tuple[str, ...], problems: list[str]) -> None:
    """Null, number, nested list, a string, a mapping: what was meant is kept, what was odd is told."""
    reading = read(with_header("title: A", header))
    assert reading.post
    assert (reading.post.tags, codes(reading)) == (tags, problems)


def test_a_missing_title_is_the_one_that_jekyll_makes() -> None:
    """Its feed shows the name of the file with capitals, and a subscriber sees no entry twice with two titles."""
    reading = read_post(b"Words.", "_posts/2024-01-02-old-TOWN_hall.md", Conventions(ids=Scheme(pages="jekyll")))
    assert reading.post
    assert reading.post.title == "Old Town_hall"


@pytest.mark.parametrize(
    ("generator", "written", "tags", "said"),
    [
        ("", "old town", ("old", "town"), True),
        ("jekyll", "old town", ("old", "town"), False),
        ("jekyll", "old, town", ("old", "town"), True),
        ("pelican", "old, town", ("old", "town"), False),
        ("eleventy", "old town", ("old town",), False),
        ("hugo", "old town", ("old town",), False),
    ],
)
def test_a_text_of_several_words_is_read_as_the_generator_reads_it(
    generator: str, written: str, tags: tuple[str, ...], *, said: bool
) -> None:
    """Jekyll makes a tag of each word, Pelican of each part; to others the text is one tag. Nothing is told of it."""
    conventions = Conventions(ids=Scheme(pages=generator))
    reading = read_post(with_header("title: A", f"tags: {written}").encode(), "2024-01-02-a.md", conventions)
    assert reading.post
    assert (reading.post.tags, "terms-as-text" in codes(reading)) == (tags, said)


def test_categories_are_read_like_tags() -> None:
    """`category:` holds one term with its blanks, `categories:` many."""
    post = post_of(with_header("title: A", "category: Old Town", "categories: [News]"))
    assert (set(post.categories), post.tags) == ({"News", "Old Town"}, ())


# Addresses.


def test_the_source_stays_as_written() -> None:
    """Identity hangs on it: only outer white space goes."""
    assert post_of(with_header("title: A", "from: '  HTTPS://Example.org/é?b=1&a=2#x '")).source == (
        "HTTPS://Example.org/é?b=1&a=2#x"
    )


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "example.org", "/relative", "http://", "ftp://example.org/x",
     "'http://[::1'", "http://exa mple.org/", "42", "[https://example.org/1]", "JavaScript:alert(1)", "'java\\nscript:x'"],
)  # fmt: skip
def test_a_source_that_is_no_web_address_is_told_and_left_out(address: str) -> None:
    """Only http and https go into a feed; the line is named."""
    reading = read(with_header("title: A", f"from: {address}"))
    assert reading.post
    assert reading.post.source == ""
    assert [(p.code, p.line, p.field) for p in reading.problems] == [("bad-url", 4, "from")]


def test_the_link_of_the_heading_serves_where_the_header_names_no_source() -> None:
    """A bot's post whose `from` is missing still knows where it came from."""
    text = with_header("title: A", body="[A](https://example.org/1)\n------\n\nWords.")
    assert post_of(text).source == "https://example.org/1"


@pytest.mark.parametrize(
    ("header", "permalink"),
    [
        ("permalink: /2024/a.html", "/2024/a.html"),
        ("permalink: https://example.org/a", "https://example.org/a"),
        ("link: https://example.org/a", "https://example.org/a"),
    ],
)
def test_a_permalink_is_absolute_or_from_the_root(header: str, permalink: str) -> None:
    """Both of Jekyll's forms are known."""
    reading = read(with_header("title: A", header))
    assert reading.post
    assert (reading.post.permalink, codes(reading)) == (permalink, [])


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("//evil.example/a", "bad-url"),
        ("javascript:alert(1)", "bad-url"),
        ("example.org/a", "bad-url"),
        ("about", "bad-url"),
        ("pretty", "page-address"),
        ("/:jahr/:title", "page-address"),
        (":slugs/", "page-address"),
        ("false", "page-address"),
        ('"/{{ page.fileSlug }}/"', "page-address"),
        ("'{% if x %}a/{% endif %}'", "page-address"),
        ("{ build: /a/ }", "page-address"),
    ],
)
def test_a_permalink_that_is_no_address_is_told(value: str, code: str) -> None:
    """A pattern of another generator, or another site in disguise, is left out."""
    reading = read(with_header("title: A", f"permalink: {value}"))
    assert reading.post
    assert (reading.post.permalink, codes(reading)) == ("", [code])


@pytest.mark.parametrize(
    ("line", "permalink"),
    [
        ("permalink: /tea/", "/tea/"),
        ("permalink: notes/tea/index.html", "/notes/tea/"),
        ("permalink: tea.html", "/tea.html"),
        ("permalink: /:year/:title", "/2024/a"),
        ("permalink: /Чай/:slug/", "/Чай/a/"),
        ("permalink: :categories/:slug/\ncategories: [Hot, Two Words]", "/hot/two%20words/a/"),
        ("url: tea", "/tea/"),
        ("url: /tea/green", "/tea/green/"),
        ("url: /tea.html", "/tea.html"),
        ("url: https://news.example.org/a", ""),
        ("path: tea", ""),
    ],
)
def test_an_address_from_the_sites_root_is_used(line: str, permalink: str) -> None:
    """Jekyll's and Eleventy's `permalink`, with Jekyll's placeholders; Hugo's `url`, without an ending a folder."""
    reading = read(with_header("title: A", line))
    assert reading.post
    assert (reading.post.permalink, codes(reading)) == (permalink, [])


# The other fields.


@pytest.mark.parametrize("key", ["summary", "description", "excerpt"])
def test_a_summary_is_read_under_each_of_its_names(key: str) -> None:
    """Plain text, one line."""
    assert post_of(with_header("title: A", f"{key}: |\n  Two\n  lines &amp; more")).summary == "Two lines & more"


@pytest.mark.parametrize(
    ("header", "language", "problems"),
    [
        ("lang: zh-TW", "zh-TW", []),
        ("language: en", "en", []),
        ("lang: pt_BR", "pt-BR", []),
        ("lang: no", "no", []),
        ("lang: Klingon, mostly", "", ["bad-language"]),
        ("lang:", "", []),
    ],
)
def test_the_language_is_a_language_tag(header: str, language: str, problems: list[str]) -> None:
    """BCP 47, and Norwegian is no `false`."""
    reading = read(with_header("title: A", header))
    assert reading.post
    assert (reading.post.language, codes(reading)) == (language, problems)


@pytest.mark.parametrize(
    ("header", "image"),
    [
        ("image: https://example.org/a.png", "https://example.org/a.png"),
        ("image: /a.png", "/a.png"),
        ("image: {path: /a.png, alt: A  cup}", "/a.png A cup"),
        ("image:\n  url: /a.png", "/a.png"),
        ("images: [{src: /a.png, alt: Ö}, /b.png]", "/a.png Ö"),
        ("image: {path: /a.png, alt: [A]}", "/a.png"),
        ("image: /a.png\nimages: [{src: /b.png, alt: B}]", "/a.png"),
        ("image:", ""),
    ],
)
def test_an_image_is_read_in_both_shapes(header: str, image: str) -> None:
    """A text, or a mapping as themes have it, which also says what it shows."""
    read = post_of(with_header("title: A", header))
    assert f"{read.image} {read.image_alt}".strip() == image


@pytest.mark.parametrize(
    ("header", "enclosures"),
    [
        ("enclosure: https://example.org/a.mp3", [("https://example.org/a.mp3", "audio/mpeg", None)]),
        ("enclosure: {url: https://example.org/a, type: audio/ogg, length: 12}", [("https://example.org/a", "audio/ogg", 12)]),
        ("enclosure:\n- url: https://example.org/a.png\n  size: 0", [("https://example.org/a.png", "image/png", None)]),
        (
            "enclosure:\n- /talks/1.m4b\n- {href: ../1.OPUS, size_in_bytes: '1 234 567'}\n- {src: 1.webm?x=1, length: 98_765}",
            [("/talks/1.m4b", "audio/mp4", None), ("../1.OPUS", "audio/ogg", 1_234_567), ("1.webm?x=1", "video/webm", 98_765)],
        ),
        ('enclosure: {url: a.m4a, length: "12,345,678"}', [("a.m4a", "audio/mp4", 12_345_678)]),
        ("enclosure: |\n  https://example.org/a b.mp3", [("https://example.org/a b.mp3", "audio/mpeg", None)]),
        ("enclosure: |\n  https://example.org/a.mp3\n  4567\n  audio/x-mp3\n", [("https://example.org/a.mp3", "audio/x-mp3", 4567)]),
        ("enclosures: [a.oga]", [("a.oga", "audio/ogg", None)]),
        ("enclosure: [a.vtt, a.flac, a.vtt]", [("a.vtt", "text/vtt", None), ("a.flac", "audio/flac", None)]),
        ("enclosure:", []),
    ],
)  # fmt: skip
def test_enclosures_are_read_in_each_shape(header: str, enclosures: list[tuple[str, str, int | None]]) -> None:
    """An address whose ending tells the type, a mapping with url, type and length, a list of these; each once."""
    reading = read(with_header("title: A", header))
    assert reading.post
    found = [(each.url, each.media_type, each.length) for each in reading.post.enclosures]
    assert (found, codes(reading)) == (enclosures, [])


@pytest.mark.parametrize(
    ("header", "kept", "reason"),
    [
        ("enclosure: https://example.org/a", 0, "says the type"),
        ("enclosure: {type: audio/mpeg}", 0, "no address"),
        ("enclosure: 'javascript:alert(1).mp3'", 0, "not a web address"),
        ("enclosure: {url: a.xyz, type: sound}", 0, '"sound" is not a media type'),
        ("enclosure: {url: a.mp3, type: sound}", 1, '"sound" is not a media type'),
        ("enclosure: {url: a.mp3, length: 11.5 MB}", 1, '"11.5 MB" is not a number of bytes'),
        ("enclosure: [a.mp3, 'mailto:a@b.example']", 1, '"mailto:a@b.example" is not a web address'),
    ],
)
def test_an_enclosure_that_cannot_be_used_is_told_with_the_reason(header: str, kept: int, reason: str) -> None:
    """It is left out, and others stay; a length that is not one costs only itself."""
    reading = read(with_header("title: A", header))
    assert reading.post
    assert (len(reading.post.enclosures), codes(reading)) == (kept, ["bad-enclosure"])
    assert reason in reading.problems[0].message


@pytest.mark.parametrize("line", ["published: false", "published: no", "draft: true", "draft: yes", "draft: 'true'"])
def test_drafts_are_no_posts(line: str) -> None:
    """What its author holds back gives no entry and no problem."""
    reading = read(with_header("title: A", line))
    assert (reading.post, reading.is_draft, reading.problems) == (None, True, ())


def test_published_may_hold_the_date() -> None:
    """Where `published:` is a day and `date:` is missing, the day counts."""
    assert post_of(with_header("title: A", "published: 2024-02-03", date="")).published_ms == 1706918400000


@pytest.mark.parametrize(("name", "slug"), [("2024-01-02-tea-time.md", "tea-time"), ("tea.html", "tea")])
def test_the_slug_is_the_files_name(name: str, slug: str) -> None:
    """Without the date; or what the author wrote."""
    assert post_of(with_header("title: A"), f"posts/{name}").slug == slug
    assert post_of(with_header("title: A", "slug: own"), f"posts/{name}").slug == "own"


# Bodies that are missing, empty or too large.


@pytest.mark.parametrize(
    "body", ["", "\n\n", "<!--1675164846000-->", "<!--1675164846000-->\n[A](https://example.org/1)\n------\n"]
)
def test_a_post_without_a_body_is_an_entry(body: str) -> None:
    """A video's link has title and address and nothing else: no problem."""
    reading = read(with_header("title: A", "from: https://example.org/1", date="date: 2023-01-31", body=body))
    assert reading.post
    assert (reading.post.body_digest, codes(reading)) == ("", [])


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf", b"\0\0"])
def test_an_empty_file_is_told(content: bytes) -> None:
    """It gives no entry, and says so."""
    reading = read(content, "posts/2024-01-02-a.md")
    assert (reading.post, "empty-file" in codes(reading)) == (None, True)


def test_a_post_that_no_feed_could_hold_keeps_title_and_link() -> None:
    """50 MB of text are left out; subscribers still learn of the post."""
    content = with_header("title: A", "from: https://example.org/1").encode() + b"word \n" * (LARGEST_POST // 6)
    reading = read(content[: LARGEST_POST + 1])
    assert reading.post
    assert (reading.post.title, reading.post.body_digest, codes(reading)) == ("A", "", ["too-large"])


def test_a_huge_line_without_a_header_keeps_its_name() -> None:
    """Not even a line end in it: the file name tells day and title."""
    reading = read(b"x" * (LARGEST_POST + 1), "posts/2024-01-02-long-line.txt")
    assert reading.post
    assert (reading.post.title, codes(reading)) == ("long line", ["too-large", "missing-title"])


def test_reading_a_post_takes_no_longer_than_its_length() -> None:
    """A megabyte of brackets, spaces and dashes is read in no time."""
    started = time.process_time()
    for unit in ("[", "[a](", "# ", " \t", "<h1", "<!--", "- ", "\n---\n", "&#", "](", "=\n", "{%"):
        read(with_header("layout: x", body=unit * (1_000_000 // len(unit))))
    assert time.process_time() - started < 10


@given(st.binary(max_size=300), st.sampled_from(["a.md", "2024-01-02-a.html", "a.txt", ".md", "9999-99-99.md"]))
def test_no_bytes_raise(content: bytes, name: str) -> None:
    """Any file is a post, a draft or a reported failure; and says the same when it is read again."""
    zone = ZoneInfo("Asia/Taipei")
    reading = read_post(b"---\n" + content, f"posts/{name}", Conventions(zone=zone))
    assert reading == read_post(b"---\n" + content, f"posts/{name}", Conventions(zone=zone))
    assert reading.post or reading.kept_out or any(problem.level == "error" for problem in reading.problems)
    read_body(b"---\n" + content, f"posts/{name}")


@pytest.mark.parametrize(
    ("path", "slug"),
    [("a/b.md", "b"), ("a.b/c", "c"), (".md", ".md"), ("a/.b.md", ".b"), ("a..md", "a."), ("2024-01-02-a.b.md", "a.b")],
)
def test_a_file_name_less_its_ending_is_the_slug(path: str, slug: str) -> None:
    """Only what stands behind the last dot goes, and no name is left empty."""
    assert post_of(with_header("title: T"), path).slug == slug


def test_a_comment_is_told_of_where_it_stands() -> None:
    """The line is that of the body, though the header has the same words."""
    found = read("---\ntitle: <!--5-->\ndate: 2024-01-02\n---\n\n<!--5-->")
    assert [(problem.code, problem.line) for problem in found.problems] == [("bad-timestamp", 6)]


@given(st.text(alphabet="azAZ09-_~!$&'()*+,=:@/?%#[] é<|", max_size=12))
def test_an_address_that_needs_no_mending_is_what_mending_gives(path: str) -> None:
    """An address resolved against another is the same as alone, and mended once it is as it should be."""
    address = absolute(f"https://example.org/{path}")
    assert address == absolute(f"https://example.org/{path}", "https://example.com/")
    assert address == absolute(address)


@pytest.mark.parametrize(
    ("written", "mended"),
    [("a?", "a"), ("a?b=%zz", "a?b=%25zz"), ("%e4%bd?%41", "%e4%bd?%41"), ("a#", "a"), ("a/../b?c?d", "a/../b?c?d")],
)
def test_addresses_that_look_clean(written: str, mended: str) -> None:
    """An empty query goes, a percent sign that opens no escape is one, and all else stays."""
    assert absolute(f"https://example.org/{written}") == f"https://example.org/{mended}"
