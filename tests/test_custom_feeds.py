"""Feeds of one's own: by conditions on posts, and by where their content comes from."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from runs import build, lay, post, run, tree

POSTS = {
    "posts/harbour/ferry.md": post("The Ferry is late", date="2024-01-05T00:00:00Z", tags="[harbour]", lang="zh-Hant"),
    "posts/harbour/old/mole.md": post("The mole", date="2023-12-31T23:59:59Z", categories="[Ships]", author="Ann"),
    "posts/ad.md": post("Buy a ferry", date="2024-01-07", source="https://www.ads.example.org/1", tags="[harbour]"),
    "posts/talk.md": post("Talk", date="2024-01-08", enclosure="https://example.org/a.mp3", lang="zh"),
    "posts/view.md": post("View", date="2024-01-09", image="https://example.org/a.jpg", lang="en"),
}
ALL = {"The Ferry is late", "The mole", "Buy a ferry", "Talk", "View"}


def titles(folder: Path, path: str) -> set[str]:
    """Return the titles of a feed's entries."""
    feed = json.loads((folder / "output" / path / "feed.json").read_text(encoding="utf-8"))
    return {item["title"] for item in feed["items"]}


#: conditions of a feed, and what it then holds
CONDITIONS = {
    'any = { tags = ["harbour"] }': {"The Ferry is late", "Buy a ferry"},
    'any = { tags = ["harbour"], categories = ["Ships"] }': {"The Ferry is late", "Buy a ferry", "The mole"},
    'all = { tags = ["harbour"], words = ["LATE"] }': {"The Ferry is late"},
    'none = { hosts = ["example.org"] }': ALL - {"Buy a ferry"},
    'any = { words = ["ferry"] }\nnone = { hosts = ["ads.example.org"] }': {"The Ferry is late"},
    'all = { languages = ["zh"] }': {"The Ferry is late", "Talk"},
    'all = { languages = ["zh-Hant"] }': {"The Ferry is late"},
    'all = { folders = ["./posts/harbour"] }': {"The Ferry is late", "The mole"},
    'any = { authors = ["Ann"], has = ["enclosure"] }': {"The mole", "Talk"},
    'all = { has = ["picture"] }': {"View"},
    'all = { since = 2024-01-01, until = "2024-01-08" }': {"The Ferry is late", "Buy a ferry"},
    "": ALL,
}


def test_a_feed_holds_the_entries_that_meet_its_conditions(tmp_path: Path) -> None:
    """Any, all, none, and each condition; without conditions it holds everything."""
    feeds = [f'[[feeds.custom]]\nname = "Mine {number}"\n{text}\n' for number, text in enumerate(CONDITIONS)]
    built = build(cwd=lay(tmp_path, {**POSTS, "feedtool.toml": "".join(feeds)}))
    assert (built.status, built.err) == (0, "")
    assert {text: titles(tmp_path, f"mine-{number}") for number, text in enumerate(CONDITIONS)} == CONDITIONS


def test_a_feed_of_ones_own_is_a_feed_like_others(tmp_path: Path) -> None:
    """It has a title, an address, pages, archives, a place in lists; explain says why a post is in it, or not."""
    config = """
[feeds]
archives = true
limit = 1
[[feeds.custom]]
name = "Harbour"
title = "News of the harbour"
path = "port"
any = { tags = ["harbour"] }
[[feeds.custom]]
name = "No ads"
none = { hosts = ["ads.example.org"] }
"""
    lay(tmp_path, {**POSTS, "feedtool.toml": config})
    assert build(cwd=tmp_path).status == 0
    files = tree(tmp_path / "output")
    assert {"port/atom.xml", "port/index.html", "no-ads/rss.xml"} <= files.keys()
    assert any(path.startswith("port/archive/") for path in files)
    assert json.loads(files["port/feed.json"])["title"] == "News of the harbour"
    assert b'text="Harbour"' in files["feeds.opml"]
    assert b"Harbour" in files["index.html"]
    told = run("explain", "posts/ad.md", cwd=tmp_path).out
    assert "custom Harbour: number 1 of 2, newest first; meets tags harbour  (port/)" in told
    assert "no   custom No ads: excluded by hosts ads.example.org" in told
    assert "custom\tHarbour\t2\t" in run("list", cwd=tmp_path).out
    assert build("--strict", cwd=tmp_path).status == 0
    assert tree(tmp_path / "output") == files


def test_a_picture_is_that_of_the_entry(tmp_path: Path) -> None:
    """Of its text too, as far as it is in the entry: not of what is trimmed, and no sign; and after an edit."""
    advert = '<div class="share-buttons"><a href="https://twitter.com/share?u=x"><img src="https://e.org/ad.jpg"> Share</a></div>'
    pictures = {"a": "![A](https://e.org/a.jpg)", "b": "![B](https://e.org/icon.svg)", "c": advert, "d": "Words."}
    source = "https://e.org/1"
    lay(
        tmp_path,
        {
            f"posts/{each}.md": post(each, source=source + each, body=f"Words of the text.\n\n{pictures[each]}")
            for each in pictures
        },
    )
    lay(tmp_path, {"feedtool.toml": '[[feeds.custom]]\nname = "P"\nall = { has = ["picture"] }\n'})
    build(cwd=tmp_path)
    assert titles(tmp_path, "p") == {"a"}
    lay(tmp_path, {"posts/d.md": post("d", source=source + "d", body=pictures["a"])})
    build(cwd=tmp_path)
    assert titles(tmp_path, "p") == {"a", "d"}
    lay(
        tmp_path,
        {"feedtool.toml": '[posts]\npictures = false\n[[feeds.custom]]\nname = "P"\nall = { has = ["picture"] }\n'},
    )
    build(cwd=tmp_path)
    assert titles(tmp_path, "p") == set()


def test_a_post_that_changes_moves_between_feeds(tmp_path: Path) -> None:
    """Cached builds give the bytes of fresh ones, also when conditions change."""
    lay(tmp_path, {**POSTS, "feedtool.toml": '[[feeds.custom]]\nname = "Mine"\nall = { tags = ["harbour"] }\n'})
    build(cwd=tmp_path)
    lay(tmp_path, {"posts/talk.md": post("Talk", date="2024-01-08", tags="[harbour]")})
    build(cwd=tmp_path)
    assert titles(tmp_path, "mine") == {"The Ferry is late", "Buy a ferry", "Talk"}
    lay(tmp_path, {"feedtool.toml": '[[feeds.custom]]\nname = "Mine"\nall = { words = ["e"] }\n'})
    build(cwd=tmp_path)
    assert titles(tmp_path, "mine") == {"The Ferry is late", "Buy a ferry", "The mole", "View"}


def test_sources_and_folders_have_feeds_where_they_are_asked_for(tmp_path: Path) -> None:
    """A feed for each site that content was taken from, and for each folder, with those below."""
    lay(tmp_path, {**POSTS, "feedtool.toml": "[feeds.source]\nenabled = true\n[feeds.folder]\nenabled = true\n"})
    assert build(cwd=tmp_path).status == 0
    assert titles(tmp_path, "source/ads-example-org") == {"Buy a ferry"}
    assert titles(tmp_path, "folder/harbour") == {"The Ferry is late", "The mole"}
    assert titles(tmp_path, "folder/harbour-old") == {"The mole"}
    assert run("list", "sources", cwd=tmp_path).out.startswith("source\tads.example.org\t1\t")
    assert len(run("list", "folders", cwd=tmp_path).out.splitlines()) == 2


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('name = "A"\nany = { tgas = ["x"] }', '"tgas" is not a condition  [bad-value]\n    Did you mean "tags"?'),
        ('name = "A"\nall = { has = ["pic"] }', '"pic" cannot be asked for'),
        ('name = "A"\nnone = { since = "soon" }', '"soon" is not a day'),
        ('name = "A"\nany = { languages = ["english language"] }', "is not a language"),
        ('name = "A"\nany = { hosts = ["https://x.org/a"] }', "is not a host name"),
        ('name = "A"\nany = ["x"]', "expected a table of conditions"),
        ('name = "A"\npath = "a/b"', "is not the name of a folder"),
        ('name = "A"\npath = ".."', "is not the name of a folder"),
        *(
            (f'name = "A"\npath = "{name}"', "which is reserved")
            for name in (
                "blogroll.opml",
                "Entries.html",
                "ledger",
                "archive",
                "feeds.json",
                "atom.xml.gz",
                "_headers",
            )
        ),
        ('name = "A"\npath = "feed.txt"\n[plugins]\nformats = {"feed.txt" = "m:f"}', "is a file under [plugins]"),
        ('any = { tags = ["x"] }', "a feed has no name"),
        ('name = "Old"', 'two feeds have the name or the path of "Old"'),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, table: str, words: str) -> None:
    """Of the right one among several feeds."""
    lay(tmp_path, {**POSTS, "feedtool.toml": f'[[feeds.custom]]\nname = "Old"\n\n[[feeds.custom]]\n{table}\n'})
    built = build(cwd=tmp_path)
    assert (built.status, words in built.err) == (2, True), built.err
    if table.count("\n"):
        assert "feedtool.toml:6: error: " in built.err


BLOGS = """
[[blogroll]]
title = "A friend & <co>"
feed = "https://friend.example/feed.xml?a=1&b=2"
page = "https://friend.example/"
[[blogroll]]
title = "名前"
feed = "https://other.example/atom"
"""


def test_feeds_of_others_are_listed_for_people_and_for_readers(tmp_path: Path) -> None:
    """On the page of feeds and in an outline of their own; they go when they are no longer named."""
    lay(tmp_path, {**POSTS, "feedtool.toml": BLOGS})
    assert (build(cwd=tmp_path).status, build("--strict", cwd=tmp_path).err) == (0, "")
    files = tree(tmp_path / "output")
    outlines = [
        dict(each.attrib) for each in ET.fromstring(files["blogroll.opml"]).iter("outline") if "type" in each.attrib
    ]
    assert [(each["text"], each["xmlUrl"], each.get("htmlUrl")) for each in outlines] == [
        ("A friend & <co>", "https://friend.example/feed.xml?a=1&b=2", "https://friend.example/"),
        ("名前", "https://other.example/atom", None),
    ]
    assert b'<a href="https://friend.example/" dir="auto">A friend &amp; &lt;co&gt;</a>' in files["index.html"]
    assert b"friend.example" not in files["feeds.opml"]
    assert run("check", "output", cwd=tmp_path).status == 0
    lay(tmp_path, {"feedtool.toml": ""})
    build(cwd=tmp_path)
    assert "blogroll.opml" not in tree(tmp_path / "output")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('title = "A"', "a blog has no title or no feed"),
        (
            'title = "A"\nfeed = "https://x.example/f"\n[[blogroll]]\ntitle = "B"',
            "feedtool.toml:4: error: blogroll: a blog",
        ),
        ('title = "A"\nfeed = "feed.xml"', '"feed.xml"'),
        (
            'title = "A"\nfeed = "https://x.example/f"\n[[blogroll]]\ntitle = "B"\nfeed = "https://x.example/f"',
            "two blogs have the feed",
        ),
        ('name = "A"', "unknown key"),
    ],
)
def test_a_mistake_in_the_blogroll_is_said(tmp_path: Path, table: str, words: str) -> None:
    """And nothing is built."""
    lay(tmp_path, {**POSTS, "feedtool.toml": f"[[blogroll]]\n{table}\n"})
    built = build(cwd=tmp_path)
    assert (built.status, words in built.err) == (2, True), built.err


def entries(folder: Path, path: str) -> list[dict[str, str]]:
    """Return a feed's entries."""
    found: list[dict[str, str]] = json.loads((folder / "output" / path / "feed.json").read_text(encoding="utf-8"))[
        "items"
    ]
    return found


LOG = {
    f"posts/{day}-{number}.md": post(f"Post {day} {number}", date=f"2024-03-{day}T0{number}:00:00Z", tags="[log]", body=f"Words & {number}.")
    for day in ("04", "05", "06", "13")
    for number in (1, 2)
}  # fmt: skip


def test_a_feed_can_have_what_changed_last(tmp_path: Path) -> None:
    """By the time that posts name, and by edits that builds saw; a cached build gives the bytes of a fresh one."""
    config = '[feeds]\nlimit = 2\narchives = true\n[[feeds.custom]]\nname = "Changed"\norder = "updated"\n'
    lay(
        tmp_path, {**LOG, "feedtool.toml": config, "posts/old.md": post("Old", date="2020-01-01", updated="2024-03-20")}
    )
    assert build(cwd=tmp_path).status == 0
    assert [each["title"] for each in entries(tmp_path, "changed")] == ["Old", "Post 13 2"]
    assert not (tmp_path / "output/changed/archive").exists()
    lay(tmp_path, {"posts/04-1.md": LOG["posts/04-1.md"].replace("Words", "Other words")})
    build(cwd=tmp_path)
    assert [each["title"] for each in entries(tmp_path, "changed")] == ["Post 04 1", "Old"]
    files = tree(tmp_path / "output")
    assert build("--no-cache", "--jobs", "2", cwd=tmp_path).status == 0
    assert tree(tmp_path / "output") == files


@pytest.mark.parametrize(("span", "titles"), [
    ("day", ["Log: 2024-03-06", "Log: 2024-03-05", "Log: 2024-03-04"]),
    ("week", ["Log: 2024-03-04 – 2024-03-10"]),
])  # fmt: skip
def test_a_digest_lists_what_a_day_or_a_week_brought(tmp_path: Path, span: str, titles: list[str]) -> None:
    """One entry for each that is over, with the same id in each format and for ever."""
    config = f'[[feeds.custom]]\nname = "Log"\nany = {{ tags = ["log"] }}\ndigest = "{span}"\n'
    lay(tmp_path, {**LOG, "feedtool.toml": config})
    assert build(cwd=tmp_path).err == ""
    found = entries(tmp_path, "log")
    assert [each["title"] for each in found] == titles
    assert found[-1]["content_html"].count("<li>") == {"day": 2, "week": 6}[span]
    assert '">Post 04 1</a><br>Words &amp; 1.</li>' in found[-1]["content_html"]
    assert found[-1]["date_published"] == {"day": "2024-03-05T00:00:00Z", "week": "2024-03-11T00:00:00Z"}[span]
    files = tree(tmp_path / "output")
    assert all(each["id"].encode() in files[f"log/{name}"] for each in found for name in ("atom.xml", "rss.xml"))
    assert run("check", "output", "--site-url", "https://feeds.example.org/", cwd=tmp_path).status == 0
    assert build("--strict", cwd=tmp_path).status == 0
    lay(tmp_path, {"posts/late.md": post("Late", date="2024-03-04T05:00:00Z", tags="[log]")})
    build(cwd=tmp_path)
    now = entries(tmp_path, "log")
    assert [each["id"] for each in now] == [each["id"] for each in found]
    assert "Late" in now[-1]["content_html"]
    files = tree(tmp_path / "output")
    assert build("--no-cache", cwd=tmp_path).status == 0
    assert tree(tmp_path / "output") == files


def test_a_digest_keeps_its_days_and_its_limits(tmp_path: Path) -> None:
    """Days are those of the site; entries and bytes count for digests; a name that is none is said."""
    feed = '[[feeds.custom]]\nname = "Log"\ndigest = "day"\n'
    zone = '[site]\ntimezone = "Asia/Taipei"\n'
    lay(tmp_path, {**LOG, "posts/night.md": post("Night", date="2024-03-06T20:00:00Z"), "feedtool.toml": zone + feed})
    build(cwd=tmp_path)
    assert [each["title"][5:] for each in entries(tmp_path, "log")] == [
        "2024-03-07",
        "2024-03-06",
        "2024-03-05",
        "2024-03-04",
    ]
    lay(tmp_path, {"feedtool.toml": f"[feeds]\nlimit = 2\n{feed}"})
    build(cwd=tmp_path)
    assert [each["title"][5:] for each in entries(tmp_path, "log")] == ["2024-03-06", "2024-03-05"]
    lay(tmp_path, {"feedtool.toml": feed.replace('"day"', '"month"')})
    assert '"month" is not a known choice' in build(cwd=tmp_path).err


def test_feeds_of_ones_own_stand_beside_those_of_languages(tmp_path: Path) -> None:
    """Both are at the top of the output; where a name is taken, the address gets a suffix."""
    config = '[site]\nlanguage = "en"\n[feeds.language]\nenabled = true\n[[feeds.custom]]\nname = "zh"\n[[feeds.custom]]\nname = "Mine"\n'
    lay(tmp_path, {**POSTS, "feedtool.toml": config})
    assert build(cwd=tmp_path).status == 0
    assert titles(tmp_path, "zh") == {"Talk"}
    assert titles(tmp_path, "mine") == ALL
    assert (
        len([path for path in tree(tmp_path / "output") if path.startswith("zh-") and path.endswith("/feed.json")]) == 2
    )
