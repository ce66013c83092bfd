"""Entries that a program gives: from a database or another interface, with the promises of posts."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from runs import tree

from feedtool import Author, Config, Enclosure, Entry, Feed, Outcome, build, check, check_files, load_config, render
from feedtool.model import Fact

DOCS = Path(__file__).parents[1] / "docs" / "programs.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = 86_400_000


def entry(number: int, **more: object) -> Entry:
    """Return an entry."""
    published_ms = 1_700_000_000_000 + number * 40 * DAY
    own = {
        "title": f"Tea & <rice> {number}",
        "url": f"https://example.org/{number}",
        "content_html": f"<p>Words {number}.</p>",
    }
    values = {
        "id": f"urn:x:{number}",
        "published_ms": published_ms,
        "updated_ms": published_ms,
        "tags": ("a, b", "C++"),
        **own,
    }
    return Entry(**{**values, **more})  # type: ignore[arg-type]


def site(**more: object) -> Config:
    """Return a configuration."""
    return load_config(overrides={"site.url": "https://feeds.example.org/", "site.title": "Notes", **more})


def made(folder: Path, *entries: Entry, config: Config | None = None, clean: bool = False, jobs: int = 1) -> Outcome:
    """Build entries with a cache."""
    return build(
        config or site(), entries=entries, base=folder, output=folder / "output", cache=folder / "cache", clean=clean,
        now=NOW, jobs=jobs,
    )  # fmt: skip


def items(folder: Path, feed: str = "") -> list[dict[str, object]]:
    """Return the entries of a feed."""
    found: list[dict[str, object]] = json.loads((folder / "output" / feed / "feed.json").read_text(encoding="utf-8"))[
        "items"
    ]
    return found


def printed(number: int, folder: Path) -> str:
    """Run an example as the page prints it, and return what it prints."""
    code = [text for kind, text in BLOCKS if kind == "python"][number]
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_example_of_a_database_works(tmp_path: Path) -> None:
    """As it is printed; a second run changes nothing."""
    with contextlib.closing(sqlite3.connect(tmp_path / "site.db")) as database:
        database.execute(next(text for kind, text in BLOCKS if kind == "sql"))
        rows = [(n, f"Title {n}", "Ann", "tea", "<p>Words</p>", f"2024-0{n}-01 00:00:00", None) for n in range(1, 4)]
        database.executemany("INSERT INTO article VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        database.commit()
    assert printed(0, tmp_path) == "3 entries in 2 feeds\n"
    before = tree(tmp_path / "public")
    assert {"atom.xml", "tag/tea/rss.xml"} <= before.keys()
    assert printed(0, tmp_path) == "3 entries in 2 feeds\n"
    assert tree(tmp_path / "public") == before


def test_the_example_of_an_interface_works(tmp_path: Path) -> None:
    """As it is printed, in all formats, which agree."""
    item = {
        "uuid": "0a1b2c3d-0000-4000-8000-000000000001", "headline": "Tea", "link": "https://example.org/news/1",
        "first_published": "2024-05-06T07:08:09+00:00", "last_edited": "2024-05-07T07:08:09+00:00", "sections": ["Food"],
        "locale": "en", "body": "<p>Words <script>x</script><a href='/a'>a</a></p>",
        "recordings": [{"href": "https://example.org/a.mp3", "type": "audio/mpeg", "size": 7}],
    }  # fmt: skip
    (tmp_path / "answer.json").write_text(json.dumps({"items": [item]}))
    printed(1, tmp_path)
    assert check_files([tmp_path / name for name in ("atom.xml", "rss.xml", "feed.json")]) == ()
    atom, rss = (feedparser.parse((tmp_path / name).read_bytes()) for name in ("atom.xml", "rss.xml"))
    [told] = json.loads((tmp_path / "feed.json").read_text())["items"]
    assert {atom.entries[0].id, rss.entries[0].id, told["id"]} == {f"urn:uuid:{item['uuid']}"}
    assert told["content_html"] == '<p>Words <a href="https://example.org/a">a</a></p>'
    assert told["attachments"][0]["url"] == rss.entries[0].enclosures[0].href == "https://example.org/a.mp3"


def test_entries_have_the_promises_of_posts(tmp_path: Path) -> None:
    """Values arrive unchanged; terms have feeds; what left a feed is in archives; the same entries change nothing."""
    config = site(**{"feeds.limit": 2, "feeds.archives": True})
    entries = [entry(number, authors=(Author(name="Ann", email="a@example.org"),)) for number in range(5)]
    outcome = made(tmp_path, *entries, config=config)
    assert (outcome.is_built, outcome.entries, outcome.problems) == (True, 5, ())
    assert [item["title"] for item in items(tmp_path)] == ["Tea & <rice> 4", "Tea & <rice> 3"]
    assert (items(tmp_path)[0]["tags"], items(tmp_path)[0]["id"]) == (["a, b", "C++"], "urn:x:4")
    files = tree(tmp_path / "output")
    assert {"tag/a-b/atom.xml", "tag/c/atom.xml", "feeds.json"} <= files.keys()
    assert any(path.startswith("archive/") for path in files)
    assert made(tmp_path, *reversed(entries), config=config).changed == ()
    assert made(tmp_path / "other", *entries, config=config, jobs=2).entries == 5
    assert tree(tmp_path / "other/output") == files


def test_an_entry_that_changes_is_updated_and_one_that_goes_is_gone(tmp_path: Path) -> None:
    """The second build makes what changed, and `updated` moves as for a post."""
    made(tmp_path, entry(1), entry(2))
    before = items(tmp_path)
    outcome = made(tmp_path, replace(entry(2), content_html="<p>Other words.</p>"))
    assert outcome.entries == 1
    [now] = items(tmp_path)
    assert (now["id"], now["content_html"]) == (before[0]["id"], "<p>Other words.</p>")
    assert str(now["date_modified"]) > str(before[0]["date_published"])


def test_entries_that_share_a_source_stay_apart(tmp_path: Path) -> None:
    """Their ids tell them apart, not where they were taken from."""
    same = [
        entry(number, source_url="https://source.example/", published_ms=1_700_000_000_000 + number)
        for number in (1, 2)
    ]
    assert made(tmp_path, *same).entries == 2


def test_navigation_is_trimmed_on_request(tmp_path: Path) -> None:
    """And what is not safe goes in any case."""
    html = f'<p>{"Words of an article. " * 9}</p><div class="share-buttons"><a href="https://x.example/">Share</a></div><script>1</script>'
    made(tmp_path, entry(1, content_html=html))
    assert "Share" in str(items(tmp_path)[0]["content_html"])
    assert "script" not in str(items(tmp_path)[0]["content_html"])
    made(tmp_path, entry(1, content_html=html), clean=True)
    assert "Share" not in str(items(tmp_path)[0]["content_html"])


def test_an_entry_without_address_gets_a_page(tmp_path: Path) -> None:
    """Its link leads to it."""
    made(tmp_path, entry(1, url=""))
    url = str(items(tmp_path)[0]["url"])
    assert url == "https://feeds.example.org/entry/tea-rice-1/"
    assert (tmp_path / "output/entry/tea-rice-1/index.html").is_file()


RECORDING = "https://example.org/a.mp3"
BAD = [
    ({"url": "/a"}, "'/a' is not an absolute web address"),
    ({"published_ms": 1.5}, "published_ms is not a number"),
    ({"updated_ms": 10**18}, "updated_ms is not a number"),
    ({"title": " "}, "is empty"),
    ({"tags": ["a"]}, "tags is not a tuple of str"),
    ({"authors": ("Ann",)}, "authors is not a tuple of Author"),
    ({"enclosures": (Enclosure(url="a.mp3", media_type="audio/mpeg"),)}, "'a.mp3' is not an absolute"),
    ({"content_html": None}, "content_html is not text"),
    ({"language": "english language"}, "its language"),
    ({"id": "urn:x:2\0"}, "its id is not an absolute URI"),
    ({"id": "urn:x:2 and more"}, "its id is not an absolute URI"),
    ({"authors": (Author(name=None),)}, "of an author is not text"),  # type: ignore[arg-type]
    ({"enclosures": (Enclosure(url=RECORDING, media_type="audio/mpeg", length="9"),)}, "is not a number"),  # type: ignore[arg-type]
    ({"enclosures": (Enclosure(url=RECORDING, media_type="audio/mpeg", duration=-1),)}, "is not a number"),
    ({"enclosures": (Enclosure(url=RECORDING, media_type="audio\0"),)}, "an enclosure is not text"),
    ({"podcast": (Fact(key="chapter"),)}, "its fact 'chapter' is not one"),
]


@pytest.mark.parametrize(("values", "words"), BAD)
def test_a_value_that_no_feed_can_hold_is_named(tmp_path: Path, values: dict[str, object], words: str) -> None:
    """With its entry, before anything is written."""
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        made(tmp_path, entry(1), entry(2, **values))
    assert "entry 'urn:x:2" in str(error.value)
    assert not (tmp_path / "output").exists()
    with pytest.raises(ValueError, match=re.escape(words)):
        render(Feed(title="T", url="https://example.org/"), [entry(2, **values)], "rss")


def test_what_subscribers_would_see_is_said(tmp_path: Path) -> None:
    """Before a program publishes anything."""
    made(tmp_path, entry(1), entry(2))
    checked = check(site(), entries=[entry(2), entry(3)], base=tmp_path, output=tmp_path / "output", now=NOW)
    assert checked.seen
    assert (checked.outcome.entries, checked.seen.new) == (2, 1)
    assert len(items(tmp_path)) == 2


def test_two_entries_with_one_id_are_refused(tmp_path: Path) -> None:
    """Readers would lose one."""
    with pytest.raises(ValueError, match="another entry has the same id"):
        made(tmp_path, entry(1), entry(1))


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_one_feed_is_rendered(form: str) -> None:
    """With characters that XML forbids removed, and the same bytes each time."""
    feed = Feed(title="Notes\x00 & more", url="https://example.org/feeds/")
    entries = [entry(number, content_html="<p>a\x08b &amp; c</p>", title="\ufffeA <b>\n& B") for number in (2, 1)]
    document = render(feed, entries, form)  # type: ignore[arg-type]
    assert document == render(feed, entries, form)  # type: ignore[arg-type]
    assert not {b"\x00", b"\x08"} & {bytes([byte]) for byte in document.content}
    if form == "json":
        assert [item["title"] for item in json.loads(document.content)["items"]] == ["A <b> & B"] * 2
    else:
        assert [item.id for item in feedparser.parse(document.content).entries] == ["urn:x:2", "urn:x:1"]


def test_render_says_what_is_missing() -> None:
    """A format that there is not, an entry without address, a feed without one."""
    feed = Feed(title="Notes", url="https://example.org/feeds/")
    for values, words in (
        ((feed, [], "rdf"), "'rdf' is not a format"),
        ((feed, [entry(1, url="")], "rss"), "it has no url"),
        ((replace(feed, url="feeds/"), [], "rss"), "a feed needs a title"),
    ):
        with pytest.raises(ValueError, match=words):
            render(*values)  # type: ignore[arg-type]
