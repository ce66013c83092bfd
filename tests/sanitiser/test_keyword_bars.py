"""The keywords that an article names become tags of its entry, where its owner wants that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from runs import build, lay, post, run, tree

from feedtool.sanitiser import Context, keywords

URL = "https://news.example.org/2024/1.html"
WORDS = "<p>Words of an article that somebody wrote about a harbour, and that are long enough to be one.</p>"


@pytest.mark.parametrize(
    ("bar", "expected"),
    [
        ('<div class="keywordTag"><a href="/tag/search.aspx?q=Mole">#Mole</a></div>', ["mole"]),
        ('<p>Tags: <a href="/tag/ferry/">Ferry</a>, <a href="/tag/old-mole/">Old mole</a></p>', ["ferry", "old mole"]),
        ('<ul class="post-tags"><li>Tagged</li><li><a href="/t/7" rel="tag">Ferry</a></li></ul>', ["ferry"]),
        ('<ul class="article-tags"><li><a href="/x/7">港口</a></li><li><a href="/x/8">渡輪</a></li></ul>', ["港口", "渡輪"]),
        ("<p>#港口 #渡輪 #2024選舉</p>", ["港口", "渡輪", "2024選舉"]),
        ("<p>關鍵字：港口、渡輪</p>", ["港口", "渡輪"]),
        ('<div class="tag-list"><a href="https://news.example.org/tag/%E6%B8%AF/">港</a></div>', ["港"]),
        ('<meta name="keywords" content="Ferry, ＦＥＲＲＹ, mole">', ["ferry", "mole"]),
        ('<meta property="article:tag" content="Old  Mole"><meta property="article:tag" content="Quay">', ["old mole", "quay"]),
        ('<p>#<a href="https://elsewhere.example/tags/1">#Quay</a></p>', ["quay"]),
    ],
)  # fmt: skip
def test_the_keywords_of_an_article_are_found(bar: str, expected: list[str]) -> None:
    """In bars of links, lists with a label, hashtags, links that say so, and the page's head; in one form."""
    assert list(keywords(WORDS + bar, Context(base_url=URL))) == expected


@pytest.mark.parametrize(
    "html",
    [
        '<p>Read more in <a href="/tag/ferry/">our series on ferries</a>, which is long.</p>',
        '<div class="related"><a href="/tag/ferry/">Ferry</a></div>',
        '<nav><a href="/tag/ferry/" rel="tag">Ferry</a></nav>',
        '<span class="cat-links"><a href="/category/news/" rel="category tag">Boats</a></span>',
        '<p class="tags"><a href="/tag/news/">News</a> <a href="/tag/more/">More</a> <a href="/tag/2024/">2024</a></p>',
        '<p class="tags"><a href="/tag/a/">Ann Lee</a><a href="/tag/b/">BOATS</a><a href="/tag/c/">news example</a></p>',
        f'<p class="tags">{"".join(f"<a href=/tag/{n}/>Word{n}</a>" for n in range(60))}</p>',
        '<div class="tag-cloud"><a href="/tag/ferry/">Ferry</a></div>',
        '<p>A note.<a href="#fn1">#1</a></p>',
        '<p><a href="https://elsewhere.example/tag/ferry/">Ferry</a></p>',
        '<blockquote><a href="/tag/ferry/">#Ferry</a></blockquote>',
        "<p>Issue #12 and issue #13 are open.</p>",
        '<section id="comments"><p>#Ferry #Mole</p></section>',
    ],
)
def test_what_is_no_keyword_is_left_out(html: str) -> None:
    """Links in sentences, other articles, menus, categories, clouds, the author, what the post has already."""
    known = Context(base_url=URL, authors=("Ann Lee",), terms=("Boats",))
    assert keywords(WORDS + html, known) == {}


ARTICLE = '<div class="tags"><a href="/tag/1">{}</a><a href="/tag/2">Quay {}</a></div>'
SPELT = ["Ferry", "FERRY", "Ｆｅｒｒｙ", "ferry"]
POSTS = {
    f"posts/{number}.md": post(
        f"Post {number}", date=f"2024-01-0{number + 1}", body=f"<div>{WORDS}{ARTICLE.format(name, number)}</div>",
        source=f"https://news.example.org/{number}", author="Agency", categories="[Agency]", tags="[Agency]",
    )
    for number, name in enumerate(SPELT)
}  # fmt: skip
ON = '[posts]\nkeywords = "tags"\n'


def items(folder: Path, feed: str) -> list[dict[str, object]]:
    """Return the entries of a feed."""
    found: list[dict[str, object]] = json.loads((folder / f"output/{feed}feed.json").read_text(encoding="utf-8"))[
        "items"
    ]
    return found


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_keywords_are_tags_with_feeds_of_their_own(tmp_path: Path, jobs: str) -> None:
    """All spellings share one feed; a tag that few entries have has none; ids and content stay; explain says where."""
    lay(tmp_path, POSTS)
    build(cwd=tmp_path)
    before = {item["id"]: (item["content_html"], item["date_published"]) for item in items(tmp_path, "")}
    lay(tmp_path, {"feedtool.toml": ON})
    built = build("--jobs", jobs, cwd=tmp_path)
    assert (built.status, built.err) == (0, "")
    assert len(items(tmp_path, "tag/ferry/")) == 4
    assert not (tmp_path / "output/tag/quay-1").exists()
    assert {item["id"]: (item["content_html"], item["date_published"]) for item in items(tmp_path, "")} == before
    assert {json.dumps(item["tags"]) for item in items(tmp_path, "tag/ferry/")} >= {'["Agency", "ferry", "quay 1"]'}
    told = run("explain", "posts/1.md", cwd=tmp_path).out
    assert "from a bar of keywords: ferry, quay 1" in told
    assert "tag quay 1: 1 of the 3 entries that such a feed needs" in told
    files = tree(tmp_path / "output")
    build("--no-cache", cwd=tmp_path)
    assert tree(tmp_path / "output") == files


def test_the_number_of_entries_can_be_chosen(tmp_path: Path) -> None:
    """Of keywords alone: a tag that a post names has a feed at once, also where articles name it too."""
    named = {"posts/own.md": post("Own", tags="[quay 1, mole]")}
    lay(tmp_path, {**POSTS, **named, "feedtool.toml": ON})
    build(cwd=tmp_path)
    assert [len(items(tmp_path, f"tag/{name}/")) for name in ("quay-1", "mole")] == [2, 1]
    lay(tmp_path, {"feedtool.toml": f"{ON}keyword_entries = 1\n"})
    build(cwd=tmp_path)
    assert len(items(tmp_path, "tag/quay-2/")) == 1


def test_a_term_that_is_ignored_is_not_made_a_tag(tmp_path: Path) -> None:
    """What the owner ignores in headers counts for keywords too."""
    lay(tmp_path, {**POSTS, "feedtool.toml": f'{ON}ignore_terms = ["Ferry"]\n'})
    build(cwd=tmp_path)
    assert not any("ferry" in str(item["tags"]) for item in items(tmp_path, ""))


def test_only_articles_from_elsewhere_are_searched(tmp_path: Path) -> None:
    """What an author wrote by hand has the tags that its header names."""
    own = {name: text.replace("source:", "other:") for name, text in POSTS.items()}
    lay(tmp_path, {**own, "feedtool.toml": ON})
    build(cwd=tmp_path)
    assert [item["tags"] for item in items(tmp_path, "")] == [["Agency"]] * 4


def test_init_offers_keywords_to_an_archive_without_tags(tmp_path: Path) -> None:
    """Where posts carry author and category only; not where they have tags, or where articles name no keywords."""
    for name, files, offered in (
        ("archive", POSTS, True),
        ("tagged", {**POSTS, "posts/9.md": POSTS["posts/1.md"].replace("tags: [", "tags: [Own, ")}, False),
        (
            "bare",
            {path: text.replace("/tag/", "/page/").replace('"tags"', '"text"') for path, text in POSTS.items()},
            False,
        ),
    ):
        lay(tmp_path / name, files)
        assert run("init", "--yes", cwd=tmp_path / name).status == 0
        written = (tmp_path / name / "feedtool.toml").read_text(encoding="utf-8")
        assert ('keywords = "tags"  # 4 of 4 articles' in written) == offered
