"""The rendered site settles addresses of posts, and may give them their texts: `posts.rendered`, `posts.bodies`."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from runs import lay, run, tree

from feedtool import Entry, Problem, build, load_config, read_entries
from feedtool.build import pipeline
from feedtool.sanitiser import article, site_page

#: later than the files below come to be, so that the cache trusts their times
NOW = datetime(2090, 1, 1, tzinfo=UTC)
HOME = "https://blog.example.org/"
TEA = "---\ntitle: Tea & Boats\ndate: 2024-01-02\n---\n\nThe kettle sings on the stove.\n\n{{< chart tea >}}\n\nAll drink in the end.\n"
WORDS = '<p>The kettle sings on the stove.</p><p><img src="chart.png" alt="Cups a day"></p><p>All drink in the end.</p>'
DESK = "---\ntitle: Desk\ndate: 2024-03-04\n---\n\nA desk of oak.\n"

#: a page of one post, as themes of the generators write it, by its path
JEKYLL = {
    "_site/notes/2024/tea-and-boats.html": f"""<!DOCTYPE html><html><head><title>Tea &amp; Boats | Notes</title>
<link rel="canonical" href="{HOME}notes/2024/tea-and-boats"></head><body><header>Notes</header><main>
<article class="post h-entry"><header><h1 class="post-title p-name">Tea &amp; Boats</h1><p class="post-meta">
<time class="dt-published" datetime="2024-01-02T00:00:00+00:00">Jan 2, 2024</time></p></header>
<div class="post-content e-content">{WORDS}</div></article></main><footer>All rights</footer></body></html>"""
}
HUGO = {
    "_site/notes/2024/tea-and-boats/index.html": f"""<html><head><title>Tea & Boats | Notes</title>
<meta property="og:url" content="{HOME}notes/2024/tea-and-boats/"><meta property="og:title" content="Tea & Boats">
<meta property="article:published_time" content="2024-01-02T00:00:00+00:00"></head><body><main>
<h1>Tea &amp; Boats</h1><time datetime="2024-01-02T00:00:00+00:00">January 2, 2024</time>
<article>{WORDS}</article></main></body></html>""",
    "_site/old/tea/index.html": f"""<html><head><title>{HOME}notes/2024/tea-and-boats/</title>
<link rel="canonical" href="{HOME}notes/2024/tea-and-boats/">
<meta http-equiv="refresh" content="0; url={HOME}notes/2024/tea-and-boats/"></head></html>""",
}
PELICAN = {
    "_site/tea-boats.html": f"""<html><head><title>Notes - Tea &amp; Boats</title></head><body><section id="content">
<article><header><h1 class="entry-title"><a href="{HOME}tea-boats.html">Tea &amp; Boats</a></h1></header>
<div class="entry-content"><footer class="post-info"><abbr class="published" title="2024-01-02T00:00:00+00:00">
Published: Tue 02 January 2024</abbr></footer>{WORDS}</div></article></section>
<script type="application/ld+json">{{"@type": "BlogPosting", "datePublished": "2024-01-02"}}</script></body></html>"""
}
ELEVENTY = {
    "_site/words/tea/index.html": f"""<html><head><title>Tea &amp; Boats</title></head><body><main id="main">
<h1>Tea &amp; Boats</h1><ul class="post-metadata"><li><time datetime="2024-01-02">02 January 2024</time></li></ul>
{WORDS}<ul class="links-nextprev"></ul></main></body></html>"""
}
ADDRESSES = {
    "jekyll": (JEKYLL, "notes/2024/tea-and-boats"),
    "hugo": (HUGO, "notes/2024/tea-and-boats/"),
    "pelican": (PELICAN, "tea-boats.html"),
    "eleventy": (ELEVENTY, "words/tea/"),
}
LIST = {
    "_site/index.html": f'<html><head><title>Notes</title><link rel="canonical" href="{HOME}"></head><body><main>'
    '<article><h2>Tea & Boats</h2><time datetime="2024-01-02">2</time></article><article><h2>Desk</h2></article></main></body></html>'
}


def site(folder: Path, *more: dict[str, str], settings: str = "") -> Path:
    """Write a site of one post and its pages, and return its folder."""
    toml = f'[site]\nurl = "{HOME}"\ntitle = "Notes"\n[posts]\nrendered = "_site"\n{settings}'
    return lay(
        folder, {"feedtool.toml": toml, "posts/tea.md": TEA, **LIST, **{k: v for each in more for k, v in each.items()}}
    )


def entries(folder: Path) -> dict[str, Entry]:
    """Return the entries of a site by title."""
    return {entry.title: entry for entry in read_entries(load_config(folder / "feedtool.toml"), base=folder)}


def built(
    folder: Path, output: str = "output", cache: str | None = "cache"
) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """Build a site; return its output, and the problems."""
    config, place = load_config(folder / "feedtool.toml"), folder / cache if cache else None
    result = build(config, base=folder, output=folder / output, cache=place, now=NOW)
    return tree(folder / output), result.problems


def feed(folder: Path, cache: str | None = "cache", output: str = "output") -> str:
    """Build a site and return its feed in Atom."""
    return built(folder, output, cache)[0]["atom.xml"].decode()


@pytest.mark.parametrize("generator", ADDRESSES)
def test_a_page_gives_its_address_and_its_text(generator: str, tmp_path: Path) -> None:
    """The entry leads to the rendered page; with `bodies`, its text is the page's, without title, date and frame."""
    pages, address = ADDRESSES[generator]
    folder = site(tmp_path, pages)
    written = entries(folder)["Tea & Boats"]
    assert (written.url, "chart.png" in written.content_html) == (HOME + address, False)
    folder = site(tmp_path, settings='bodies = "rendered"')
    rendered = entries(folder)["Tea & Boats"]
    start = HOME + address.rpartition("/")[0]
    picture = f'<p><img src="{start.rstrip("/")}/chart.png" alt="Cups a day"></p>'
    assert rendered.content_html == f"<p>The kettle sings on the stove.</p>{picture}<p>All drink in the end.</p>"
    assert (rendered.url, rendered.id) == (written.url, written.id)
    assert feed(folder).count("chart.png") >= 1
    told = run("explain", "posts/tea.md", cwd=folder)
    assert (told.status, "that of its page in _site" in told.out) == (0, True)
    assert [problem.code for problem in built(folder, cache=None)[1]] == []


def test_the_page_at_the_known_address_is_the_posts(tmp_path: Path) -> None:
    """The address that feedtool makes is looked up first, and spelled as the page spells it."""
    other = f'<html><head><title>Another</title><link rel="canonical" href="{HOME}n/tea"></head></html>'
    folder = site(tmp_path, HUGO, {"_site/n/tea.html": other}, settings='permalink = "/n/{slug}/"')
    assert entries(folder)["Tea & Boats"].url == f"{HOME}n/tea"


def test_what_is_not_sure_is_said_once_and_changes_nothing(tmp_path: Path) -> None:
    """Several pages, or none, leave a post as it is without a rendered site; the message names them."""
    copy = {"_site/words/cup/index.html": ELEVENTY["_site/words/tea/index.html"]}
    folder = site(tmp_path, PELICAN, copy, {"posts/desk.md": DESK}, settings='permalink = "/{slug}.html"')
    found = entries(folder)
    assert [found[title].url for title in ("Tea & Boats", "Desk")] == [f"{HOME}tea.html", f"{HOME}desk.html"]
    problems = {each.path: each.message for each in built(folder)[1] if each.code == "no-page"}
    assert problems == {
        "posts/tea.md": "2 pages may be its own: tea-boats.html, words/cup/index.html",
        "posts/desk.md": "no page of the rendered site is its own",
    }


def test_posts_of_one_title_and_day_do_not_share_a_page(tmp_path: Path) -> None:
    """A page that is not at the known address is a post's only if it has its words, also where two pages could be."""
    other = ELEVENTY["_site/words/tea/index.html"].replace("kettle sings", "whale swims").replace("stove", "sea")
    twin = TEA.replace("kettle sings", "whale swims").replace("stove", "sea").replace("All drink", "Nobody drinks")
    settings = 'permalink = "/{slug}.html"'
    folder = site(tmp_path, ELEVENTY, {"posts/whale.md": twin}, settings=settings)
    found = {entry.url for entry in read_entries(load_config(folder / "feedtool.toml"), base=folder)}
    assert found == {f"{HOME}words/tea/", f"{HOME}whale.html"}
    built(folder)
    lay(folder, {"_site/words/whale/index.html": other.replace("All drink", "Nobody drinks")})
    assert all(f'href="{HOME}words/{name}/"' in feed(folder) for name in ("tea", "whale"))


def test_a_missing_folder_is_said_once(tmp_path: Path) -> None:
    """Without the rendered site the posts are built as they are."""
    folder = site(tmp_path)
    (folder / "_site/index.html").unlink()
    assert [problem.code for problem in built(folder)[1]].count("no-pages") == 1


def test_a_tag_with_the_name_of_a_post_is_not_its_page(tmp_path: Path) -> None:
    """The last part of an address alone, without title or day, says too little."""
    folder = site(tmp_path, {"_site/tags/tea/index.html": "<html><head><title>All on cups</title></head></html>"})
    assert "no-page" in [problem.code for problem in built(folder)[1]]
    assert entries(folder)["Tea & Boats"].url == f"{HOME}entry/tea/"


def test_warm_builds_are_as_cold_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each change of a page, a page more and a page less, the cache gives what a build without it gives."""
    folder = site(tmp_path, HUGO, {"posts/desk.md": DESK}, settings='bodies = "rendered"')
    page = folder / "_site/notes/2024/tea-and-boats/index.html"
    texts = [feed(folder)]
    assert texts[-1] == feed(folder, None, "again")
    for path, content in (
        (page, page.read_text().replace("Cups a day", "Mugs a day")),
        (page, page.read_text().replace("2024/tea", "2025/tea")),
        (
            folder / "_site/d.html",
            "<html><title>Desk</title><time datetime=2024-03-04></time><main>A desk of oak. Or ash.</main>",
        ),
        (page, ""),
    ):
        lay(folder, {str(path.relative_to(folder)): content}) if content else path.unlink()
        warm = built(folder)
        assert warm[1] == built(folder, "again", None)[1]
        texts.append(warm[0]["atom.xml"].decode())
        assert texts[-1] == feed(folder, None, "again")
    assert len({*texts}) == 5
    assert "Or ash" in texts[-1]
    assert "chart.png" not in texts[-1]
    monkeypatch.setattr(pipeline, "build", None)
    built(folder)  # nothing changed: no stage runs, and no page is read


def test_pages_that_lead_out_of_the_folder_are_not_read(tmp_path: Path) -> None:
    """Symbolic links, hidden files, pages larger than 4 MB and feedtool's own pages give nothing."""
    folder = site(tmp_path, {"elsewhere/tea/index.html": ELEVENTY["_site/words/tea/index.html"]})
    page = ELEVENTY["_site/words/tea/index.html"]
    (folder / "_site/words").symlink_to(folder / "elsewhere")
    (folder / "_site/tea.html").symlink_to(folder / "elsewhere/tea/index.html")
    lay(folder, {"_site/.hidden/tea.html": page, "_site/large/tea.html": page + " " * 4_000_000})
    lay(folder, {"_site/own/tea.html": page.replace("<head>", '<head><meta name="generator" content="feedtool">')})
    lay(folder, {"_site/feeds/feeds.json": "{}", "_site/feeds/entry/tea/index.html": page})
    assert entries(folder)["Tea & Boats"].url == f"{HOME}entry/tea/"


@pytest.mark.parametrize(
    "page",
    [
        "<article>" * 15_000 + "x",
        "<article>x</article>" * 15_000,
        f"<article {' '.join(f'a{n}=1' for n in range(50_000))}>x",
        '<script type="application/ld+json">' + '"datePublished":' * 15_000,
        "<title>" + " | " * 50_000,
        "<time>x" * 25_000,
        '<main><time class="dt">' * 15_000,
        "<meta property=og:url content='http://[' ><time datetime='9999-12-31T23:59:59-23:00'>",
        "\0<\ud800&#0;<article itemprop='articleBody'>",
    ],
)
def test_hostile_pages_take_little_time(page: str) -> None:
    """Odd markup is read in the time of any other."""
    start = time.process_time()
    for _ in range(2):
        site_page(page)
        article(page, "<p>x</p>")
    assert time.process_time() - start < 3


def test_scripts_of_a_page_do_not_pass(tmp_path: Path) -> None:
    """The text of a page is cleaned as any other."""
    bad = ELEVENTY["_site/words/tea/index.html"].replace("<p>All", '<script>alert(1)</script><p onclick="x()">All')
    folder = site(tmp_path, {"_site/words/tea/index.html": bad}, settings='bodies = "rendered"')
    html = entries(folder)["Tea & Boats"].content_html
    assert ("chart.png" in html, "alert" in html, "onclick" in html) == (True, False, False)
