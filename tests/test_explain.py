"""`feedtool explain POST`: what became of a post, field by field, feed by feed, cut by cut; and nothing is written.

The page shows the post before and after; it is safe to open whatever stands in the post.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from heavy import first, heavy
from runs import SITE_URL, UNPRIVILEGED, Run, build, lay, post, process, run, tree

from feedtool import reader
from feedtool.config import Sanitiser
from feedtool.disk import LARGEST_POST
from feedtool.explain import Explanation
from feedtool.explain.formats import diff, lines, render_page
from feedtool.sanitiser import Context, clean, load_rules, trace
from feedtool.sanitiser.rules import built_in
from feedtool.sanitiser.safety import ALLOWED

ROOT = Path(__file__).parents[1]
SAMPLES = sorted((ROOT / "posts").rglob("*.md"))
BODIES = sorted((Path(__file__).parent / "sanitiser" / "cases").glob("*.html"))
RULES = load_rules(Sanitiser())[0]

PROSE = (
    "The ferryman had not owned a motor for thirty years, and nobody in the village could say when the last one went. "
    "He pulled the boat across by a rope that his father had spliced, slowly in summer and slower in spring."
)
ARTICLE = f"""\
<div><h1>Not the title</h1>
<p>{PROSE}</p>
<img src="/boat.jpg" alt="The boat">
<div class="share-buttons"><a href="https://twitter.com/share">Tweet</a> <a href="/mail">Mail</a></div>
<iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>
<p>{PROSE}</p>
<h3>You may also like:</h3><ul><li><a href="/2">Another article of this site</a></li></ul>
<img src="https://pixel.example.org/p.gif" width="1" height="1">
</div>"""
SCRAPED = f"""\
---
layout: post
title: "The ferry"
date: 2023-01-31T09:00:00Z
author: Ada
from: https://news.example.org/ferry
tags: [ boats, rivers ]
categories: [ Rivers ]
---

<!--1675164846000-->
{ARTICLE}
"""


def explained(folder: Path, name: str, *more: str) -> Run:
    """Run `feedtool explain` for a published site."""
    return run("explain", name, "--site-url", SITE_URL, *more, cwd=folder)


def as_json(folder: Path, name: str, *more: str) -> dict[str, Any]:
    """Return all that there is to tell about a post."""
    told = explained(folder, name, "--json", *more)
    assert (told.status, told.err) == (0, "")
    found: dict[str, Any] = json.loads(told.out)
    return found


def origins(found: dict[str, Any]) -> dict[str, list[tuple[str, str, int]]]:
    """Return where each field came from: words, file, line."""
    return {
        field["name"]: [(each["whence"], each["path"], each["line"]) for each in field["origins"]]
        for field in found["fields"]
    }


def holding(found: dict[str, Any]) -> dict[str, bool]:
    """Return whether each feed holds the entry."""
    return {f"{feed['kind']} {feed['term']}".strip(): feed["holds"] for feed in found["feeds"]}


# --- fields


def test_each_field_tells_where_it_came_from(tmp_path: Path) -> None:
    """Key and line of the header, the timestamp comment, or how it was made."""
    lay(tmp_path, {"posts/ferry.md": SCRAPED})
    found = origins(as_json(tmp_path, "posts/ferry.md"))
    assert {name: each[0][0::2] for name, each in found.items() if each} == {
        "title": ("from the front matter's `title`", 3),
        "published": ("from the timestamp comment", 11),
        "updated": ("the same as published: nothing says that it changed", 0),
        "address": ("its source", 0),
        "source": ("from the front matter's `from`", 6),
        "id": ("derived from the source and the first date", 0),
        "authors": ("from the front matter's `author`", 5),
        "categories": ("from the front matter's `categories`", 8),
        "tags": ("from the front matter's `tags`", 7),
        "summary": ("the beginning of the text", 0),
    }


@pytest.mark.parametrize(
    ("header", "body", "field", "whence"),
    [
        ("date: 2024-01-02", "Words.\n\n# Tea at four\n", "title", "from the first heading, line 7"),
        ("date: 2024-01-02", "Words.", "title", "from the file's name"),
        ("title: x", "Words.", "published", "from the file's name"),
        ("published: 2024-01-03", "Words.", "published", "from the front matter's `published`, line 2"),
        ("date: nonsense", "<!--1675164846000-->\nWords.", "published", "from the timestamp comment, line 5"),
        ("date: 2024-01-02\nlastmod: 2024-02-02", "Words.", "updated", "from the front matter's `lastmod`, line 3"),
        ("date: 2024-01-02\nguid: tag:a,2024:1", "Words.", "id", "from the front matter's `guid`, line 3"),
        (
            "date: 2024-01-02\nid: 77",
            "Words.",
            "id",
            "derived, since it is not a URI, from the front matter's `id`, line 3",
        ),
        ("date: 2024-01-02", "Words.", "id", "derived from the file's name and the date"),
        ("date: 2024-01-02\nlink: /x", "Words.", "address", "from the front matter's `link`, line 3"),
        ("date: 2024-01-02\npermalink: /x", "Words.", "address", "from the front matter's `permalink`, line 3"),
        (
            "date: 2024-01-02",
            "Words.",
            "address",
            "its page, which feedtool makes since the post names no address",
        ),
        ("date: 2024-01-02\nexcerpt: Short.", "Words.", "summary", "from the front matter's `excerpt`, line 3"),
        ("date: 2024-01-02", "", "summary", "the title: the text has no words"),
        ("date: 2024-01-02\nlang: ja", "Words.", "language", "from the front matter's `lang`, line 3"),
        ("date: 2024-01-02\nimage: /a.jpg", "Words.", "image", "from the front matter's `image`, line 3"),
        (
            "date: 2024-01-02\ntag: a\ntags: [b]",
            "Words.",
            "tags",
            "from the front matter's `tags`, line 4; from the front matter's `tag`, line 3",
        ),
        (
            "date: 2024-01-02\nenclosure: https://a.example/b.mp3",
            "Words.",
            "enclosure",
            "from the front matter's `enclosure`, line 3",
        ),
    ],
)
def test_every_source_of_a_field_is_known(tmp_path: Path, header: str, body: str, field: str, whence: str) -> None:
    """The words that the terminal shows, behind the value."""
    if field == "address" and "link" in header:
        header = header.replace("link: /x", "link: https://a.example/x")
    lay(tmp_path, {"posts/2024-01-01-tea.md": f"---\n{header}\n---\n\n{body}\n"})
    told = explained(tmp_path, "posts/2024-01-01-tea.md").out.split("\n")
    at = next(number for number, line in enumerate(told) if line.startswith(f"  {field} "))
    assert told[at + 1].strip() == whence


def test_a_field_that_was_refused_came_from_nowhere(tmp_path: Path) -> None:
    """A bad language and a bad enclosure are not shown as if they counted; their problems are told."""
    lay(tmp_path, {"posts/tea.md": post("Tea", lang="'??'", enclosure="nothing")})
    found = as_json(tmp_path, "posts/tea.md")
    assert (origins(found)["language"], origins(found)["enclosure"]) == ([], [])
    assert [problem["code"] for problem in found["problems"]] == ["bad-language", "bad-enclosure"]
    lay(tmp_path, {"posts/tea.md": post("Tea", lang="'??'", language="ja", image="data:x")})
    found = as_json(tmp_path, "posts/tea.md")
    assert (origins(found)["language"], origins(found)["image"]) == ([], [])
    account = reader.account((tmp_path / "posts" / "tea.md").read_bytes(), "tea.md")
    assert "language" not in account.origins


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_what_is_explained_is_what_is_read(path: Path) -> None:
    """The account of a post holds the same values that a build reads from it."""
    content, conventions = path.read_bytes(), reader.Conventions(zone=ZoneInfo("Asia/Taipei"))
    read = reader.read_post(content, path.name, conventions).post
    assert read is None or reader.account(content, path.name, conventions).post == read


# --- feeds


def test_the_feeds_that_hold_it_are_named(tmp_path: Path) -> None:
    """Everything, each category and each tag, with the entry's place."""
    lay(tmp_path, {"posts/ferry.md": SCRAPED, "posts/tea.md": post("Tea", categories="[Rivers]")})
    found = as_json(tmp_path, "posts/ferry.md")
    assert [(feed["kind"], feed["term"], feed["folder"], feed["why"]) for feed in found["feeds"]] == [
        ("all", "", "", "number 2 of 2, newest first"),
        ("category", "Rivers", "category/rivers/", "number 2 of 2, newest first"),
        ("tag", "boats", "tag/boats/", "number 1 of 1, newest first"),
        ("tag", "rivers", "tag/rivers/", "number 1 of 1, newest first"),
    ]


def test_a_post_beyond_the_limit_is_told_so(tmp_path: Path) -> None:
    """The feed of all holds 50 entries; the 51st stands in the feed of its tag."""
    days = {f"posts/{n}.md": post(f"Tea {n}", date=f"2024-02-{n % 28 + 1:02}T{n // 28:02}:00:00Z") for n in range(50)}
    lay(tmp_path, {**days, "posts/old.md": post("Old", date="2020-01-01", tags="[early]")})
    found = as_json(tmp_path, "posts/old.md")
    assert holding(found) == {"all": False, "tag early": True}
    assert found["feeds"][0]["why"] == "number 51 of 51, newest first: beyond the limit of 50 entries"


NOTED = """
import feedtool.reader
read = feedtool.reader.read_with_body
def noted(content, name, *values):
    open("read.txt", "a").write(name + "\\n")
    return read(content, name, *values)
feedtool.reader.read_with_body = noted
"""


def test_what_the_last_build_knows_is_not_read_again(tmp_path: Path) -> None:
    """After a build, explaining a post reads this post alone, and says the same as without a cache."""
    lay(tmp_path, {f"posts/{name}.md": post(name, tags="[tea]") for name in ("cup", "pot", "kettle")})
    build(cwd=tmp_path)
    quick = process("explain", "posts/kettle.md", cwd=tmp_path, before=NOTED)
    assert (quick.status, {*(tmp_path / "read.txt").read_text().split()}) == (0, {"posts/kettle.md"})
    shutil.rmtree(tmp_path / ".feedtool")
    assert run("explain", "posts/kettle.md", cwd=tmp_path).out == quick.out


def test_what_it_says_of_feeds_is_what_a_build_does(tmp_path: Path) -> None:
    """Limits, sizes, switches and least numbers included: the entry is in the files that are named, in no other."""
    config = (
        "[feeds]\nlimit = 3\nmax_bytes = 6000\n[feeds.category]\nmin_entries = 2\n[feeds.author]\nenabled = true\n"
        "limit = 1\n"
    )
    texts = {
        f"posts/{n}.md": post(
            f"Tea {n}", date=f"2024-01-0{n}", tags="[a, b]", categories=f"[c{n % 5}, all]", author="Ada", body=PROSE * n
        )
        for n in range(1, 8)
    }
    lay(tmp_path, {"feedtool.toml": config, **texts})
    assert run("build", "--jobs", "1", "--site-url", SITE_URL, cwd=tmp_path).status == 0
    seen = set()
    for name in texts:
        found = as_json(tmp_path, name)
        entry_id = next(field["values"][0] for field in found["fields"] if field["name"] == "id")
        for feed in found["feeds"]:
            file = tmp_path / "output" / feed["folder"] / "feed.json"
            is_there = entry_id in file.read_text() if feed["folder"] or feed["kind"] == "all" else False
            assert feed["holds"] == is_there, (name, feed)
            seen.add(re.sub(r"[\d,]+", "N", feed["why"]))
    assert seen == {
        "number N of N newest first",
        "number N of N newest first: beyond the limit of N entries",
        "number N of N newest first: newer entries fill the N bytes of a file",
        "N of the N entries that such a feed needs",
    }


def test_a_switched_off_kind_of_feed_is_told_so(tmp_path: Path) -> None:
    """The tag is there, its feed is not."""
    lay(tmp_path, {"feedtool.toml": "[feeds.tag]\nenabled = false\n", "posts/ferry.md": SCRAPED})
    found = as_json(tmp_path, "posts/ferry.md")
    assert [feed["why"] for feed in found["feeds"] if not feed["holds"]] == ["feeds.tag.enabled is false"] * 2


def test_a_merged_duplicate_names_the_other(tmp_path: Path) -> None:
    """Both tellings say which is the other, and each field of the one entry names its file."""
    older = SCRAPED.replace("Not the title", "The ferry")
    newer = (
        older.replace("The ferry", "The ferry, again")
        .replace("The ferry, againman", "The ferryman")
        .replace("1675164846000", "1675251246000")
    )
    lay(tmp_path, {"posts/one.md": older, "posts/two.md": newer.replace("boats", "ships")})
    one, two = as_json(tmp_path, "posts/one.md"), as_json(tmp_path, "posts/two.md")
    assert one["verdict"] == [
        "It tells the same story as posts/two.md, which is newer and gives the entry's title and text.",
        "The entry is held by 5 of 5 feeds.",
    ]
    assert two["verdict"][0] == "It tells the same story as posts/one.md, and gives the entry's title and text."
    assert one["fields"] == two["fields"]
    copies = [[each["text"] for each in found["removals"] if each["rule"] == "title-copy"] for found in (one, two)]
    assert copies == [["The ferry"], ["The ferry, again"]]
    found = origins(one)
    assert found["title"] == [("from the front matter's `title`", "posts/two.md", 3)]
    assert found["published"] == [("from the timestamp comment", "posts/one.md", 11)]
    assert found["updated"][0][0] == "from the timestamp comment, for title or text changed then"
    assert [path for _, path, _ in found["tags"]] == ["posts/two.md", "posts/one.md"]
    assert "of posts/two.md" in explained(tmp_path, "posts/one.md").out


@pytest.mark.parametrize(
    ("header", "verdict"),
    [
        ("date: 2098-01-02", "it waits for 2098-01-02 00:00 UTC"),
        ("date: 2020-01-01\nexpiryDate: 2020-01-02", "it expired at 2020-01-02 00:00 UTC"),
        (
            "date: 2020-01-01\neleventyExcludeFromCollections: true",
            "`eleventyExcludeFromCollections: true` in its front matter",
        ),
    ],
)
def test_a_post_whose_time_it_is_not_is_told(tmp_path: Path, header: str, verdict: str) -> None:
    """Until when it waits, or since when it is gone."""
    lay(tmp_path, {"posts/a.md": f"---\ntitle: Tea\n{header}\n---\nWords.", "posts/other.md": post("Other")})
    told = explained(tmp_path, "posts/a.md")
    assert verdict in told.out.splitlines()[1]
    assert explained(tmp_path, "posts/other.md").out.splitlines()[1] == "It is an entry, held by 1 feed."


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ('exclude = ["posts/tea/note.md"]', "posts.exclude leaves it out"),
        ('exclude = ["posts/tea"]', "posts.exclude leaves it out"),
        ('permalink = "hugo"', "it belongs to the page whose folder it is in"),
    ],
)
def test_a_post_that_the_settings_leave_out_is_told_why(tmp_path: Path, settings: str, verdict: str) -> None:
    """Its name is not at fault."""
    files = {"feedtool.toml": f"[posts]\n{settings}\n", "posts/tea/index.md": post("Tea"), "posts/b.md": post("Other")}
    lay(tmp_path, {**files, "posts/tea/note.md": post("Note")})
    told = explained(tmp_path, "posts/tea/note.md")
    assert told.out.splitlines()[1] == f"No feed holds it: {verdict}."


@pytest.mark.parametrize(
    ("name", "text", "verdict"),
    [
        ("posts/a.md", post("Tea", draft="true"), "`draft: true` in its front matter leaves it out"),
        ("posts/a.md", "---\ntitle: Tea\n---\nWords.", "nothing says when it was published"),
        ("posts/_drafts/a.md", post("Tea"), "it is in _drafts"),
        ("posts/.b/a.md", post("Tea"), "it is in .b"),
        ("posts/.a.md", post("Tea"), "its name begins with a dot"),
        ("elsewhere/a.md", post("Tea"), "it is in none of the posts folders (posts)"),
    ],
)
def test_a_post_that_no_feed_holds_is_told_why(tmp_path: Path, name: str, text: str, verdict: str) -> None:
    """Its fields and its text are shown all the same."""
    lay(tmp_path, {name: text, "posts/other.md": post("Other")})
    told = explained(tmp_path, name)
    assert told.status == 0
    assert f"No feed holds it: {verdict}" in told.out
    assert "Feeds" not in told.out
    assert "  title       Tea\n" in told.out


def test_a_symbolic_link_is_not_followed_and_told_so(tmp_path: Path) -> None:
    """As in a build."""
    lay(tmp_path, {"secret/key.md": post("Key"), "posts/tea.md": post("Tea")})
    (tmp_path / "posts" / "key.md").symlink_to("../secret/key.md")
    assert "it is a symbolic link, which is not followed" in explained(tmp_path, "posts/key.md").out


def test_a_post_is_found_by_path_and_by_its_name_in_problems(tmp_path: Path) -> None:
    """From any folder, and with the line behind it."""
    lay(tmp_path, {"site/feedtool.toml": "", "site/posts/tea\x07.md": post("Tea"), "deep/x": ""})
    config = ("--config", str(tmp_path / "site" / "feedtool.toml"))
    for given in ("posts/tea\\x07.md", "posts/tea\\x07.md:3", "posts/tea\\x07.md:3:", "../site/posts/tea\x07.md"):
        found = as_json(tmp_path / "deep", given, *config)
        assert (found["path"], found["title"]) == ("posts/tea\\x07.md", "Tea")


# --- cuts


def facts_of(path: Path) -> tuple[str, Context]:
    """Return the body of a sample post or case as HTML, and its facts."""
    content = path.read_bytes()
    account = reader.account(content, path.name)
    assert account.post
    facts = Context(
        base_url=account.post.source or "https://news.example.org/a",
        title=account.post.title,
        authors=tuple(author.name for author in account.post.authors),
        terms=account.post.categories + account.post.tags,
    )
    return reader.render(reader.read_body(content, path.name)), facts


def article(html: str) -> str:
    """Return a rule's example with an article's length."""
    return re.sub(r"<p>(Words[^<]*)</p>", rf"<p>\1 {PROSE}</p>", html)


TRACED = [
    *(pytest.param(*facts_of(path), id=path.name) for path in (*SAMPLES, *BODIES)),
    *(
        pytest.param(
            article(rule.example.before),
            Context(base_url=rule.example.url, title=rule.example.title, authors=rule.example.authors),
            id=name,
        )
        for name, rule in sorted(built_in().items())
    ),
]


@pytest.mark.parametrize(("html", "facts"), TRACED)
def test_tracing_changes_nothing_and_misses_nothing(html: str, facts: Context) -> None:
    """What is explained is what is published; each removal that showed something is marked, and no more than it."""
    traced = trace(html, facts, rules=RULES)
    assert traced.cleaned == clean(html, facts, rules=RULES)
    marked = set(map(int, re.findall(r'id="cut-(\d+)"', traced.marked_html)))
    assert {n for n, removal in enumerate(traced.cleaned.removals) if removal.size} <= marked
    kept = "".join("".join(lines(traced.cleaned.html)).split())
    assert "".join("".join(lines(without_marked(traced.marked_html))).split()) == kept


class _Unmarked(HTMLParser):
    """Writes HTML without its marked elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_marked = any(name == "id" for name, _ in attrs)
        if tag in ("img", "br", "hr", "col", "wbr", "source", "track"):
            self.out.append("" if self._depth or is_marked else self.get_starttag_text() or "")
        elif self._depth or is_marked:
            self._depth += 1
        else:
            self.out.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if self._depth:
            self._depth -= 1
        else:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.out.append("" if self._depth else data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def without_marked(html: str) -> str:
    """Return what is left of a marked text without what is marked."""
    parser = _Unmarked()
    parser.feed(html)
    parser.close()
    return "".join(parser.out)


def test_each_cut_is_told_with_rule_reason_size_links_and_words(tmp_path: Path) -> None:
    """In the order in which they were made."""
    lay(tmp_path, {"posts/ferry.md": SCRAPED})
    told = explained(tmp_path, "posts/ferry.md").out
    assert "  1. share-buttons: buttons that share the article (10 characters, 2 links)\n" in told
    assert '     "Tweet Mail"\n' in told
    assert "tracking-pixel: a picture of one pixel (no text)\n" in told
    assert "related-heading: announces other articles" in told


def test_the_problems_of_the_post_are_told_and_no_others(tmp_path: Path) -> None:
    """With line and cure, as in a build."""
    lay(tmp_path, {"posts/tea.md": post("Tea", lang="'??'"), "posts/bad.md": post("Bad", date="x")})
    told = explained(tmp_path, "posts/tea.md").out
    assert 'posts/tea.md:4: warning: lang: "??" is not a language tag  [bad-language]' in told
    assert "bad.md" not in told


def test_diff_shows_the_lines_that_went(tmp_path: Path) -> None:
    """A unified diff of visible text: pictures as addresses, context around."""
    lay(tmp_path, {"posts/ferry.md": SCRAPED})
    told = explained(tmp_path, "posts/ferry.md", "--diff").out.split("\n")
    assert told[:3] == ["--- before", "+++ after", "@@ -1,10 +1,6 @@"]
    assert [line for line in told if line.startswith("-")][1:] == [
        "-Tweet Mail",
        "-You may also like:",
        "-Another article of this site",
        "-[picture: https://pixel.example.org/p.gif]",
    ]
    assert " [picture: https://news.example.org/boat.jpg]" in told
    assert not [line for line in told if line.startswith("+") and line != "+++ after"]


def test_diff_is_empty_where_nothing_went(tmp_path: Path) -> None:
    """As `diff` has it."""
    lay(tmp_path, {"posts/tea.md": post("Tea")})
    assert explained(tmp_path, "posts/tea.md", "--diff").out == ""


def test_a_diff_of_very_long_texts_is_right_and_does_not_take_for_ever() -> None:
    """Beyond some thousand changed lines both sides stand whole; the numbers of the hunk still hold."""
    before = [f"line {n % 150}" for n in range(60_000)]
    after = before[:10] + [line for line in before[10:-10] if line.endswith("7")] + before[-10:]
    told = diff(before, after)
    old = [line[1:] for line in told[3:] if line[0] in " -"]
    new = [line[1:] for line in told[3:] if line[0] in " +"]
    found = re.fullmatch(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@", told[2])
    assert found
    start, size, _, new_size = map(int, found.groups())
    assert (len(old), len(new)) == (size, new_size)
    assert before[start - 1 : start - 1 + size] == old
    assert after[start - 1 : start - 1 + new_size] == new


def test_a_diff_far_down_has_the_lines_of_the_whole_text() -> None:
    """The numbers count from the beginning, though only the middle is compared."""
    before = [f"line {n}" for n in range(100)]
    assert diff(before, before[:50] + before[51:]) == [
        "--- before", "+++ after", "@@ -48,7 +48,6 @@",
        " line 47", " line 48", " line 49", "-line 50", " line 51", " line 52", " line 53",
    ]  # fmt: skip


def test_json_holds_everything(tmp_path: Path) -> None:
    """For programs: fields, feeds, removals, problems, both texts, the diff."""
    lay(tmp_path, {"posts/ferry.md": SCRAPED})
    found = as_json(tmp_path, "posts/ferry.md")
    assert found.keys() == {
        "path", "title", "language", "is_entry", "verdict", "fields", "feeds", "removals", "problems", "before_html",
        "after_html", "diff",
    }  # fmt: skip
    assert found["removals"][0] == {
        "rule": "share-buttons", "why": "buttons that share the article", "size": 10, "text": "Tweet Mail", "links": 2,
        "features": [], "number": 0,
    }  # fmt: skip
    assert 'id="cut-0"' in found["before_html"]
    assert "Tweet" not in found["after_html"]


# --- the page


class _Page(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.cut: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag not in ("meta", "link", "br", "hr", "wbr", "col", "img", "input"):
            self._open.append(given.get("class") == "cut" or (bool(self._open) and self._open[-1]))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._open and self._open[-1]:
            self.cut.append(data)


def page_of(folder: Path, name: str, *more: str) -> tuple[str, _Page]:
    """Return the page that is written about a post."""
    told = explained(folder, name, "--html", "page.html", *more)
    assert (told.status, told.err) == (0, "")
    text = (folder / "page.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    page.close()
    return text, page


def assert_harmless(text: str, page: _Page) -> None:
    """Nothing runs, and nothing is fetched."""
    tags = {tag for tag, _ in page.tags}
    fetching = set("img iframe video audio source track picture object embed script form input button base svg".split())
    assert tags & fetching == set()
    assert tags <= ALLOWED.keys() | set("html head meta link title style body header main footer nav section".split())
    for tag, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on") or name in ("style", "src", "srcset", "action")]
        assert tag != "a" or re.match(
            r"https?://|#(text|cuts|fields|feeds|problems|cut-\d+)$", attrs.get("href", "#text")
        )
        assert tag != "link" or attrs == {"rel": "icon", "href": "data:,"}
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert "script-src" not in policy


def test_the_page_marks_every_cut_in_its_place(tmp_path: Path) -> None:
    """With the name of its rule, its reason, and a way there from the list."""
    lay(tmp_path, {"posts/ferry.md": SCRAPED})
    text, page = page_of(tmp_path, "posts/ferry.md")
    assert_harmless(text, page)
    cuts = [attrs for _, attrs in page.tags if attrs.get("class") == "cut"]
    assert {(each["data-rule"], each["title"]) for each in cuts} == {
        ("share-buttons", "share-buttons: buttons that share the article"),
        ("related-heading", "related-heading: announces other articles"),
        ("tracking-pixel", "tracking-pixel: a picture of one pixel"),
    }
    assert len(cuts) == 4
    cut = "".join(page.cut)
    for words in ("Tweet", "You may also like:", "Another article of this site", "https://pixel.example.org/p.gif"):
        assert words in cut
    assert "The ferryman" not in cut
    assert "boat.jpg" not in cut
    targets = {attrs["href"] for tag, attrs in page.tags if tag == "a" and attrs.get("href", "").startswith("#cut-")}
    assert targets == {f"#{attrs['id']}" for attrs in cuts if "id" in attrs}


def test_the_page_shows_pictures_and_players_as_addresses(tmp_path: Path) -> None:
    """Nobody is asked for anything by looking at it."""
    lay(tmp_path, {"posts/ferry.md": SCRAPED})
    _, page = page_of(tmp_path, "posts/ferry.md")
    shown = "".join(page.text)
    assert shown.count("picture · The boat https://news.example.org/boat.jpg") == 2
    assert "player https://www.youtube.com/embed/abcdefghijk" in shown


HOSTILE = f"""\
---
title: "</title><script>alert(1)</script> \\e[31m \u202e <img src=x onerror=alert(2)>"
date: 2024-01-02
tags: ["</td><script>alert(3)</script>", "\\e]0;x\\a"]
author: "<b onmouseover=alert(4)>x</b>"
from: "https://news.example.org/<script>"
id: "javascript:alert(5)"
---

<p onclick="alert(6)" style="background:url(https://spy.example/1)">{PROSE}</p>
<script>alert(7)</script><style>@import "https://spy.example/2"; body {{ display: none }}</style>
<svg onload=alert(8)><style><img src=x onerror=alert(9)></style></svg>
<img src="https://spy.example/3.gif" onerror="alert(10)" alt='"><script>alert(11)</script>'>
<a href="javascript:alert(12)" id="cuts">x</a> <a href="data:text/html,x" id="cut-0">y</a> <a href="#cut-0">z</a>
<iframe srcdoc="<script>alert(13)</script>" src="https://spy.example/4"></iframe>
<form action="https://spy.example/5"><input autofocus onfocus=alert(14)></form>
<video src="https://spy.example/6" poster="https://spy.example/7" autoplay><source src="https://spy.example/8">no</video>
<div class="related-posts" id="cut-1" data-rule="x" title="&quot;><script>alert(15)</script>"><ul><li><a href="/2">&lt;script>alert(16)&lt;/script> \u202eturned</a></li></ul></div>
<picture><source srcset="https://spy.example/9"><img src="https://spy.example/10"></picture>
<base href="https://spy.example/"><meta http-equiv="refresh" content="0;url=https://spy.example/"><link rel="stylesheet" href="https://spy.example/11">
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(17)&gt;">
<noscript><p title="</noscript><img src=x onerror=alert(18)>"></noscript>
<details><summary>s</summary>hidden words</details>
<p>&lt;img src=x onerror=alert(19)&gt;</p>
<p>Escapes: \x1b[2J \x9b31m \x07</p>
"""


def test_a_page_about_a_hostile_post_is_harmless(tmp_path: Path) -> None:
    """No script, handler, style, frame or address that is fetched comes from the post, before or after."""
    lay(tmp_path, {"posts/bad.md": HOSTILE})
    text, page = page_of(tmp_path, "posts/bad.md")
    assert_harmless(text, page)
    assert "<script" not in text.lower()
    assert "alert(7)" not in text
    assert "hidden words" in "".join(page.text)
    around = text.partition('<div class="sides">')[0] + text.partition('<section id="cuts">')[2]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", around)
    assert all(attrs.get("data-rule") in (None, *built_in()) for _, attrs in page.tags)


def test_a_page_trusts_nothing_that_it_is_given() -> None:
    """Were the allow-list to fail, the page would still run nothing and fetch nothing."""
    raw = HOSTILE.partition("---\n\n")[2]
    found = Explanation(
        path="a", title="a", language='"><script>', is_entry=True, verdict=(), fields=(), feeds=(), removals=(),
        problems=(), before_html=raw, after_html=f'{raw}<a href="vbscript:x">x</a><img src="<script>">',
    )  # fmt: skip
    text = render_page(found, generator="feedtool").decode()
    page = _Page()
    page.feed(text)
    page.close()
    assert_harmless(text, page)
    assert not [attrs for _, attrs in page.tags if "class" in attrs and attrs["class"] == "cut"]


@pytest.mark.parametrize("form", [(), ("--diff",), ("--json",)], ids=["text", "diff", "json"])
def test_nothing_in_a_post_steers_the_terminal(tmp_path: Path, form: tuple[str, ...]) -> None:
    """Escape sequences in titles, tags, names and text are shown, not obeyed."""
    lay(tmp_path, {"posts/b\x1b[1mad.md": HOSTILE})
    told = explained(tmp_path, "posts/b\x1b[1mad.md", *form)
    assert told.status == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", told.out + told.err)


@pytest.mark.parametrize("path", first(3, BODIES), ids=lambda path: path.name)
def test_a_page_about_any_design_is_harmless(tmp_path: Path, path: Path) -> None:
    """Scraped pages of many sites."""
    lay(tmp_path, {"posts/a.html": post("Tea", **{"from": "https://news.example.org/a"}, body=path.read_text())})
    assert_harmless(*page_of(tmp_path, "posts/a.html"))


@heavy
def test_a_huge_post_is_explained(tmp_path: Path) -> None:
    """Thousands of paragraphs, and one whose body is left out as too large."""
    boxes = '<div class="share-buttons"><a href="/x">Share</a></div>' * 2000
    body = "<div>" + f"<p>{PROSE}</p>" * 2000 + boxes + "</div>"
    lay(tmp_path, {"posts/huge.html": post("Huge", body=body), "posts/vast.md": post("Vast", body="x " * LARGEST_POST)})
    text, page = page_of(tmp_path, "posts/huge.html")
    assert_harmless(text, page)
    assert page.cut.count("Share") == 2000
    assert "[too-large]" in explained(tmp_path, "posts/vast.md").out


def test_nothing_is_written_but_the_page(tmp_path: Path) -> None:
    """Telling changes neither posts nor output."""
    lay(tmp_path, {"posts/ferry.md": SCRAPED})
    assert run("build", "--jobs", "1", "--site-url", SITE_URL, cwd=tmp_path).status == 0
    before = tree(tmp_path)
    for form in ((), ("--diff",), ("--json",), ("--html", "page.html")):
        assert explained(tmp_path, "posts/ferry.md", *form).status == 0
    assert tree(tmp_path).items() - before.items() == {("page.html", (tmp_path / "page.html").read_bytes())}


def test_a_page_is_written_over_a_page_and_over_nothing_else(tmp_path: Path) -> None:
    """A slip of the hand must not cost a post."""
    lay(tmp_path, {"posts/ferry.html": SCRAPED})
    told = explained(tmp_path, "posts/ferry.html", "--html", "posts/ferry.html")
    assert (told.status, told.err) == (
        1,
        "feedtool: posts/ferry.html was not made by feedtool, and was not overwritten\n",
    )
    assert (tmp_path / "posts" / "ferry.html").read_text() == SCRAPED
    for _ in range(2):
        assert explained(tmp_path, "posts/ferry.html", "--html", "page.html").status == 0


def test_where_the_page_cannot_be_written_is_said(tmp_path: Path) -> None:
    """In one sentence, with the exit status of whatever else cannot be written."""
    lay(tmp_path, {"posts/tea.md": post("Tea")})
    for place, reason in (("no/such/page.html", "No such file or directory"), ("posts", "Is a directory")):
        told = explained(tmp_path, "posts/tea.md", "--html", place)
        assert (told.status, told.out, told.err) == (1, "", f"feedtool: {place} cannot be written: {reason}\n")


# --- wrong usage


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("posts/tee.md",), "there is no file posts/tee.md; did you mean posts/tea.md?"),
        (("posts",), "posts is a folder; name one of the posts in it"),
        (("posts/",), "posts/ is a folder; name one of the posts in it"),
        (("posts/cup.png",), "posts/cup.png is not a post by its name"),
        (("posts/none.md",), "posts/none.md is empty: it gives no entry"),
        (("posts/lost.md",), "posts/lost.md is not a regular file, or a broken link"),
        (("x\x1b[31m.md",), "there is no file x\\x1b[31m.md"),
        (("posts/" + "a" * 5000 + ".md",), "there is no file posts/aaa"),
        (("posts/tea.md", "--diff", "--json"), "--diff and --json exclude each other"),
        (("bad-date", "--json"), "--html, --diff and --json are for posts, and bad-date is not a post"),
        (("bad-dat",), 'there is no post, problem code, rule or setting "bad-dat". Did you mean bad-date'),
        (("share-button",), "Did you mean share-buttons"),
        (("\x1b[31mx",), 'there is no post, problem code, rule or setting "\\x1b[31mx"'),
        (("",), 'there is no post, problem code, rule or setting ""'),
    ],
)
def test_wrong_usage_is_one_plain_sentence(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    """Exit status 2, nothing on standard output, never a traceback."""
    lay(tmp_path, {"posts/tea.md": post("Tea"), "posts/cup.png": b"\x89PNG", "posts/none.md": "  \n"})
    (tmp_path / "posts" / "lost.md").symlink_to("nowhere.md")
    told = explained(tmp_path, *arguments)
    assert (told.status, told.out) == (2, "")
    assert told.err.startswith("feedtool: ")
    assert sentence in told.err


def test_a_file_that_cannot_be_read_is_told_so(tmp_path: Path) -> None:
    """With the reason that the system gives."""
    lay(tmp_path, {"posts/tea.md": post("Tea")})
    (tmp_path / "posts" / "tea.md").chmod(0)
    told = process("explain", "posts/tea.md", cwd=tmp_path, before=UNPRIVILEGED)
    assert (told.status, told.out) == (2, "")
    assert told.err == "feedtool: posts/tea.md cannot be read: Permission denied\n"


def test_a_wrong_configuration_is_reported_as_in_a_build(tmp_path: Path) -> None:
    """With its problems, and exit status 2."""
    lay(tmp_path, {"posts/tea.md": post("Tea"), "feedtool.toml": '[feeds]\nlimit = "x"\n'})
    told = explained(tmp_path, "posts/tea.md", "--config", "feedtool.toml")
    assert told.status == 2
    assert "feedtool.toml:2: error: feeds.limit: " in told.err


# --- codes and rules


@pytest.mark.parametrize("name", sorted(built_in()))
def test_a_rule_is_told_by_name(tmp_path: Path, name: str) -> None:
    """Why it cuts, what it looks at, what it spares, and an example before and after."""
    told = run("explain", name, cwd=tmp_path)
    rule = built_in()[name]
    assert (told.status, told.err) == (0, "")
    assert told.out.startswith(f"{name} (rule of the sanitiser)\n\nCuts: {rule.why}.\nLooks at: ")
    assert f"before:\n  {rule.example.before}\nafter:\n  {rule.example.after}\n" in told.out
    assert ("Guard: the element may hold " in told.out) == (rule.kind in ("words", "roles"))


def test_a_post_comes_before_a_name_and_other_files_do_not(tmp_path: Path) -> None:
    """A stray file called like a rule does not hide the rule."""
    lay(tmp_path, {"form": "x", "bad-date": "x"})
    assert "rule of the sanitiser" in run("explain", "form", cwd=tmp_path).out
    assert run("explain", "bad-date", cwd=tmp_path).out.startswith("bad-date (warning)")
