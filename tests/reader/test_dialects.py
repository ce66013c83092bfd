"""Headers as Hugo, Zola, Eleventy, Pelican and Jekyll write them: each means what it means there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import codes, read

from feedtool.config import Config, Defaults, Posts
from feedtool.model import Post, utc
from feedtool.reader import Conventions, account, conventions_of, read_body, read_post
from feedtool.reader.schemes import Scheme


def only(text: str, path: str = "posts/2024-01-02-tea.md", conventions: Conventions | None = None) -> Post:
    """Return the post of a text that has no problems."""
    reading = read_post(text.encode(), path, conventions or Conventions(roots=("posts",)))
    assert (codes(reading), bool(reading.post)) == ([], True)
    assert reading.post
    return reading.post


def test_hugo_publishes_when_it_says() -> None:
    """`publishDate` is when an entry is published, and `date` goes on to make its id; `lastmod` is its last change."""
    text = (
        "+++\ntitle = 'Tea'\ndate = 2024-01-02\npublishDate = 2024-02-03T04:05:06Z\nlastmod = 2024-03-04\n+++\nWords."
    )
    post = only(text)
    assert f"{utc(post.published_ms):%F %T}" == "2024-02-03 04:05:06"
    assert f"{utc(post.identity_ms):%F}" == "2024-01-02"
    assert post.updated_ms
    assert f"{utc(post.updated_ms):%F}" == "2024-03-04"


def test_the_millisecond_comment_comes_before_any_date() -> None:
    """A bot's clock is exact; a header may be set anew."""
    text = "---\ntitle: Tea\ndate: 2024-01-02\npublishDate: 2024-02-03\n---\n<!--1704153600000-->\nWords."
    assert only(text).published_ms == 1_704_153_600_000


def test_the_keys_of_hugo_are_read() -> None:
    """Pictures, authors, and what stands in tables of the header; aliases, series and layout are none of ours."""
    text = (
        "+++\ntitle = 'Tea'\ndate = 2024-01-02\naliases = ['/old/']\nseries = ['One']\nlayout = 'x'\n"
        "images = ['cover.png', 'b.png']\nauthors = ['Ann', 'Ben']\n[taxonomies]\ntags = ['green tea']\n"
        "[params]\nauthor = 'nobody'\n+++\nWords."
    )
    post = only(text)
    assert (post.image, [author.name for author in post.authors]) == ("cover.png", ["nobody", "Ann", "Ben"])
    assert post.tags == ("green tea",)


@pytest.mark.parametrize("fence", ["", "---json\n"])
def test_json_is_a_header(fence: str) -> None:
    """Hugo's in braces, Eleventy's between dashes; numbers and true are the text that they are."""
    close = "---\n" if fence else ""
    text = f'{fence}{{\n  "title": 2024,\n  "date": "2024-01-02",\n  "tags": ["a b", "c"],\n  "draft": false\n}}\n{close}\nWords.'
    post = only(text, "posts/tea.md")
    assert (post.title, post.tags) == ("2024", ("a b", "c"))
    assert read_body(text.encode(), "posts/tea.md").text == "Words."


@pytest.mark.parametrize("text", ['{"a": 1}\n\nWords.', '{"title": 1} and more', "{{ title }}", "{% raw %}{", "{"])
def test_braces_that_are_no_header_stay_in_the_text(text: str) -> None:
    """A sample of JSON, a template: nothing is lost of it."""
    assert read_body(text.encode(), "posts/2024-01-02-a.md").text == text


def test_json_with_a_slip_is_told() -> None:
    """The header ends with its closing brace; its line is named, and the text below is kept."""
    text = '{\n  "title": "Tea",\n}\n\nWords.'
    assert codes(read(text, "posts/2024-01-02-a.md")) == ["unreadable-field", "missing-title"]
    assert read_body(text.encode(), "posts/2024-01-02-a.md").text == "Words."


PELICAN = """Title: Tea: in the morning
Date: 2024-01-02 10:00
Modified: 2024-02-03
Category: Hot drinks
Tags: green tea, water,
    kettles
Authors: Ann Lee; Ben, the second
Lang: fr
Slug: the-tea
Summary: First words
    and more.
Translation: true

Note: this is prose.
"""


def test_pelicans_lines_are_a_header() -> None:
    """Lists at commas or semicolons, never at blanks; indented lines go on; the text begins behind the blank line."""
    post = only(PELICAN, "posts/a.md")
    assert (post.title, post.slug, post.language) == ("Tea: in the morning", "the-tea", "fr")
    assert (post.categories, post.tags) == (("Hot drinks",), ("green tea", "water", "kettles"))
    assert [author.name for author in post.authors] == ["Ann Lee", "Ben, the second"]
    assert post.summary == "First words and more."
    assert (post.updated_ms or 0) > post.published_ms
    assert read_body(PELICAN.encode(), "posts/a.md").text == "Note: this is prose."


@pytest.mark.parametrize(
    "text",
    [
        "Note: this is prose.\n\nMore.",
        "Title: Tea\nand prose goes on.\n\nMore.",
        "Title:\n\nMore.",
        "Title: Tea\nhttps://example.org/ is where it was.\n\nMore.",
    ],
)
def test_prose_with_a_colon_is_no_header(text: str) -> None:
    """Only a first block of nothing but such lines, with a title, is one."""
    assert read_body(text.encode(), "posts/2024-01-02-a.md").text == text


@pytest.mark.parametrize("title", ["Tea & Kettles: the sequel", "Thé à la menthe", "“Tea” – it’s time"])
def test_pelican_makes_addresses_of_titles(title: str) -> None:
    """Where no slug is written, and the title has letters that need no transliteration."""
    slugs = {"Tea & Kettles: the sequel": "tea-kettles-the-sequel", "Thé à la menthe": "the-a-la-menthe"}
    assert only(f"Title: {title}\n\nWords.").slug == slugs.get(title, "tea-its-time")


@pytest.mark.parametrize(("path", "categories"), [("posts/pots/clay/a.md", ("clay",)), ("posts/a.md", ())])
def test_pelican_takes_the_folder_for_a_category(path: str, categories: tuple[str, ...]) -> None:
    """Where the post names none, and lies below the posts folder."""
    assert only("Title: Tea\nDate: 2024-01-02\n\nWords.", path).categories == categories
    assert only("Title: Tea\nDate: 2024-01-02\nCategory: Own\n\nWords.", path).categories == ("Own",)


@pytest.mark.parametrize("line", ["Status: draft", "Status: hidden", "Status: skip"])
def test_pelicans_drafts_and_hidden_pages_are_left_out(line: str) -> None:
    """`published` is what a post is without a status."""
    assert read(f"Title: Tea\nDate: 2024-01-02\n{line}\n\nWords.").kept_out == line.lower()
    assert read("Title: Tea\nDate: 2024-01-02\nStatus: published\n\nWords.").post


def test_eleventy_may_keep_a_page_out_of_collections() -> None:
    """Such a page is in no feed of its own site either."""
    text = "---\ntitle: Tea\ndate: 2024-01-02\neleventyExcludeFromCollections: true\n---\nWords."
    assert read(text).kept_out == "eleventyExcludeFromCollections: true"


@pytest.mark.parametrize("words", ["Last Modified", "git Last Modified", "Created", "git Created"])
def test_a_files_own_times_are_no_date(words: str) -> None:
    """They differ from machine to machine: the file's name serves, and a cure is named."""
    reading = read(f"---\ntitle: Tea\ndate: {words}\n---\nWords.", "posts/2024-01-02-tea.md")
    assert codes(reading) == ["bad-date"]
    assert "differs between machines" in reading.problems[0].message
    assert reading.post


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("posts/tea/index.md", "tea"),
        ("posts/2024-01-02-tea/index.md", "tea"),
        ("posts/tea/index.fr.md", "tea"),
        ("posts/index.md", "index"),
        ("posts/tea/indexes.md", "indexes"),
    ],
)
def test_a_page_in_a_folder_of_its_own_is_called_by_it(path: str, slug: str) -> None:
    """The folder's name gives slug and date, but that of the posts folder itself."""
    assert only("---\ntitle: Tea\ndate: 2024-01-02\n---\nWords.", path).slug == slug
    if "2024" in path:
        assert only("---\ntitle: Tea\n---\nWords.", path).published_ms == 1_704_153_600_000


@pytest.mark.parametrize(
    ("path", "categories"),
    [
        ("site/hot/green tea/_posts/2024-01-02-a.md", ("hot", "green tea", "Own")),
        ("site/_posts/hot/2024-01-02-a.md", ("Own",)),
        ("elsewhere/hot/_posts/2024-01-02-a.md", ("Own",)),
    ],
)
def test_jekyll_takes_folders_above_posts_for_categories(path: str, categories: tuple[str, ...]) -> None:
    """Below the posts folder that the configuration names: what lies above is not the site's."""
    text = "---\ntitle: Tea\ncategory: Own\n---\nWords."
    assert only(text, path, Conventions(roots=("site",))).categories == categories


DEFAULTS = Posts(
    defaults=(
        Defaults(path="posts/news", values={"Category": "News", "author": "Desk", "draft": False}, line=5),
        Defaults(values={"category": "All", "lang": "fr", "tags": ["a", "posts"]}, line=2),
    ),
    ignore_terms=("posts",),
)


def test_defaults_stand_in_for_what_a_header_lacks() -> None:
    """The longer path wins, the post's own header always, whichever of two keys of one meaning it has."""
    conventions = conventions_of(Config(posts=DEFAULTS, path="feedtool.toml"))
    near = only("---\ntitle: Tea\n---\nWords.", "posts/news/2024-01-02-a.md", conventions)
    assert (near.categories, near.language, near.tags) == (("News",), "fr", ("a",))
    assert [author.name for author in near.authors] == ["Desk"]
    own = only(
        "---\ntitle: Tea\nauthors: [Ann]\ncategories: [Tea]\n---\nWords.", "posts/news/2024-01-02-a.md", conventions
    )
    assert (own.categories, [author.name for author in own.authors]) == (("Tea",), ["Ann"])
    far = only("---\ntitle: Tea\n---\nWords.", "posts/newspaper/2024-01-02-a.md", conventions)
    assert (far.categories, far.authors) == (("All",), ())


def test_explain_names_the_table_that_gave_a_default() -> None:
    """Its file and its line; and for a table of the header, the key as it is written there."""
    conventions = conventions_of(Config(posts=DEFAULTS, path="feedtool.toml"))
    text = b"+++\ntitle = 'Tea'\n[taxonomies]\ncategories = ['Own']\n+++\nWords."
    told = account(text, "posts/news/2024-01-02-a.md", conventions).origins
    assert [(at.whence, at.path, at.line) for at in told["authors"]] == [
        ("from `author` under [[posts.defaults]]", "feedtool.toml", 5)
    ]
    assert [(at.whence, at.line) for at in told["categories"]] == [
        ("from the front matter's `taxonomies.categories`", 3)
    ]


def test_explain_reads_the_address_of_the_page_as_a_build_does() -> None:
    """Of a post without an address of its own, by the generator of its pages; a build's relative addresses start there."""
    conventions = Conventions(ids=Scheme(pages="jekyll", site_url="https://example.org/"))
    text = b"---\ntitle: Tea\n---\nWords."
    post = read_post(text, "_posts/2024-01-02-tea.md", conventions).post
    assert post
    assert post.permalink == "https://example.org/2024/01/02/tea.html"
    assert account(text, "_posts/2024-01-02-tea.md", conventions).post == post


@pytest.mark.parametrize(
    ("header", "separator", "body", "excerpt"),
    [
        ("", "", "One.\n\n<!--more-->\n\nTwo.", "One."),
        ("", "", "One.\n\n<!-- more -->\n\nTwo.", "One."),
        ("", "~~~~", "One. ~~~~ Two. <!--more--> Three.", "One."),
        ("", "~~~~", "One. <!--more--> Three.", "One."),
        ("excerpt_separator: <!--end-->\n", "~~~~", "One. ~~~~ Two. <!--end--> Three.", "One. ~~~~ Two."),
        ("", "", "<!--more-->\n\nTwo.", ""),
        ("", "", "No end.", ""),
    ],
)
def test_an_author_may_mark_where_the_excerpt_ends(header: str, separator: str, body: str, excerpt: str) -> None:
    """By the header's own separator, by that of the site, or as everywhere by `<!--more-->`."""
    text = f"---\ntitle: Tea\n{header}---\n{body}"
    assert (
        read_body(text.encode(), "posts/a.md", Conventions(posts=Posts(excerpt_separator=separator))).excerpt == excerpt
    )


@given(
    st.text(alphabet='{}":,\n []ab1+-=Titledate \\u\ud800', max_size=80),
    st.sampled_from(["", "{", "Title: a\n", "---json\n", "+++\n"]),
)
def test_no_header_of_any_kind_raises(text: str, opening: str) -> None:
    """Whatever stands there: `account` agrees with `read_post` on what it says."""
    content = (opening + text).encode("utf-8", "surrogatepass")
    conventions = conventions_of(Config(posts=DEFAULTS))
    reading = read_post(content, "posts/2024-01-02-a.md", conventions)
    told = account(content, "posts/2024-01-02-a.md", conventions)
    assert reading.post is None or told.post == reading.post
