"""Functions of the site's owner: they change posts and entries, or leave them out, and cannot break a build."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from heavy import sampled
from runs import build, lay, post, run, tree

CONFIG = '[plugins]\ntransform = "mine:entry"\n'
POSTS = {
    "posts/tea.md": post("Tea", date="2024-01-05", tags="[tea]", body="Words of tea."),
    "posts/rice.md": post("Rice", date="2024-01-06", tags="[rice]", body="Words of rice."),
}
SHOUT = """
from dataclasses import replace
def entry(entry):
    if "rice" in entry.tags:
        return None
    return replace(entry, title=entry.title.upper(), content_html=entry.content_html + "<p>Bye<script>alert(1)</script></p>")
def post(post):
    return None if post.title == "Rice" else replace(post, tags=(*post.tags, "drinks"))
"""


def items(folder: Path, path: str = "") -> list[dict[str, str]]:
    """Return the entries of a feed."""
    return list(json.loads((folder / "output" / path / "feed.json").read_text(encoding="utf-8"))["items"])


def test_an_entry_is_changed_or_left_out(tmp_path: Path) -> None:
    """Its content passes the allow-list again; what was left out is said."""
    lay(tmp_path, {**POSTS, "feedtool.toml": CONFIG, "mine.py": SHOUT})
    built = build(cwd=tmp_path)
    assert (built.status, "posts/rice.md: note: " in built.err, "[left-out]" in built.err) == (0, True, True)
    [entry] = items(tmp_path)
    assert (entry["title"], entry["content_html"]) == ("TEA", "<p>Words of tea.</p><p>Bye</p>")


def test_a_post_is_changed_before_it_is_sorted_into_feeds(tmp_path: Path) -> None:
    """So a function may add tags, and leave posts out as drafts are."""
    lay(tmp_path, {**POSTS, "feedtool.toml": '[plugins]\ntransform_posts = ["mine:post"]\n', "mine.py": SHOUT})
    assert build(cwd=tmp_path).status == 0
    assert [entry["title"] for entry in items(tmp_path, "tag/drinks")] == ["Tea"]
    assert not (tmp_path / "output/tag/rice").exists()


@pytest.mark.parametrize("jobs", sampled(["1", "2"], "1"))
def test_a_changed_function_is_called_again(tmp_path: Path, jobs: str) -> None:
    """The cache keeps what one source made, even of the same second and size; several processes give the same bytes."""
    lay(tmp_path, {**POSTS, "feedtool.toml": CONFIG, "mine.py": SHOUT})
    build(cwd=tmp_path)
    before = tree(tmp_path / "output")
    assert build("--jobs", jobs, cwd=tmp_path).status == 0
    assert tree(tmp_path / "output") == before
    moment = (tmp_path / "mine.py").stat().st_mtime_ns
    lay(tmp_path, {"mine.py": SHOUT.replace("upper()", "lower()")})
    os.utime(tmp_path / "mine.py", ns=(moment, moment))
    assert build("--jobs", jobs, cwd=tmp_path).status == 0
    assert [entry["title"] for entry in items(tmp_path)] == ["tea"]


AUTHORS = "from dataclasses import replace\nfrom feedtool import Author\n"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def entry(entry):\n    return 1 / 0", "ZeroDivisionError: division by zero (line 2)"),
        ("def entry(entry):\n    return entry.title", "it returned str, not Entry or None"),
        ("from dataclasses import replace\ndef entry(e):\n    return replace(e, id='urn:x:1')", "it changed id"),
        ("from dataclasses import replace\ndef entry(e):\n    return replace(e, title='a\\x00b')", "title is not text"),
        ("from dataclasses import replace\ndef entry(e):\n    return replace(e, title=' ')", "the title is empty"),
        ("from dataclasses import replace\ndef entry(e):\n    return replace(e, url='javascript:x')", "url is not"),
        ("from dataclasses import replace\ndef entry(e):\n    return replace(e, tags=['x'])", "tags is not a tuple"),
        (
            "from dataclasses import replace\ndef entry(e):\n    return replace(e, image='a.jpg')",
            "'a.jpg' is not an absolute",
        ),
        (f"{AUTHORS}def entry(e):\n    return replace(e, authors=(Author(name=None),))", "of an author is not text"),
    ],
)
def test_a_function_that_fails_costs_the_entries_that_it_fails_on(tmp_path: Path, source: str, words: str) -> None:
    """Each is named, with what was wrong; what its author wanted changed is not published unchanged."""
    lay(tmp_path, {**POSTS, "feedtool.toml": CONFIG, "mine.py": f"{source}\n"})
    built = build(cwd=tmp_path)
    assert words in built.err
    assert "[plugin-failed]" in built.err
    assert items(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("mine:missing", SHOUT, "has no function 'missing'"),
        ("other:entry", SHOUT, "there is no such file beside the configuration"),
        ("mine:entry", "def entry(:\n", "SyntaxError"),
        ("unknown_point", SHOUT, "no installed package has a function of that name"),
    ],
)
def test_a_function_that_cannot_be_loaded_stops_the_build(tmp_path: Path, name: str, source: str, words: str) -> None:
    """Nothing is published without it."""
    lay(tmp_path, {**POSTS, "feedtool.toml": f'[plugins]\ntransform = "{name}"\n', "mine.py": source})
    built = build(cwd=tmp_path)
    assert (built.status, "[bad-plugin]" in built.err) == (1, True)
    assert words in built.err
    assert not (tmp_path / "output").exists() or not tree(tmp_path / "output")


def test_no_post_names_a_function(tmp_path: Path) -> None:
    """A header is data."""
    header = post("Tea", date="2024-01-05", body="x").replace("---\n", '---\nplugins: {transform: "mine:entry"}\n', 1)
    lay(tmp_path, {"posts/tea.md": header, "mine.py": "raise SystemExit(7)"})
    assert build(cwd=tmp_path).status == 0
    assert run("explain", "posts/tea.md", cwd=tmp_path).status == 0


READER = """
import json
def read(content, path):
    note = json.loads(content)
    return f"---\\ntitle: {json.dumps(note['name'])}\\ndate: {note['at']}\\n---\\n\\n{note['text']}\\n"
"""
FORMAT = (Path(__file__).parents[1] / "docs" / "plugins.md").read_text(encoding="utf-8").partition("# as_text.py")[2]


@pytest.mark.parametrize("jobs", sampled(["1", "2"], "1"))
def test_a_reader_adds_a_type_of_file(tmp_path: Path, jobs: str) -> None:
    """Its files are posts like others; a cached build gives the same bytes, and a changed reader reads them again."""
    note = '{"name": "Note: one", "at": "2024-02-01", "text": "Some *words*."}'
    config = '[plugins]\nreaders = { ".note" = "mine:read" }\n'
    lay(tmp_path, {**POSTS, "posts/a.note": note, "posts/b.NOTE": "{", "feedtool.toml": config, "mine.py": READER})
    built = build("--jobs", jobs, cwd=tmp_path)
    assert [entry["title"] for entry in items(tmp_path)] == ["Note: one", "Rice", "Tea"]
    assert items(tmp_path)[0]["content_html"] == "<p>Some <em>words</em>.</p>"
    assert "posts/b.NOTE: error: mine:read: JSONDecodeError" in built.err
    assert "(line 4)" in built.err
    before = tree(tmp_path / "output")
    assert "Note: one" in run("explain", "posts/a.note", cwd=tmp_path).out
    build("--no-cache", "--jobs", jobs, cwd=tmp_path)
    assert tree(tmp_path / "output") == before
    lay(tmp_path, {"mine.py": READER.replace("note['text']", "note['text'].upper()")})
    build("--jobs", jobs, cwd=tmp_path)
    assert items(tmp_path)[0]["content_html"] == "<p>SOME <em>WORDS</em>.</p>"


def test_files_of_other_types_are_read_only_where_a_reader_is_named(tmp_path: Path) -> None:
    """A name of a file makes no plug-in run."""
    lay(tmp_path, {**POSTS, "posts/a.note": "{", "mine.py": "raise SystemExit(7)"})
    assert (build(cwd=tmp_path).status, len(items(tmp_path))) == (0, 2)


@pytest.mark.parametrize("jobs", sampled(["1", "2"], "1"))
def test_a_format_adds_a_file_to_each_feed(tmp_path: Path, jobs: str) -> None:
    """As the example of the page does; it stays while nothing changes, and goes when it is no longer asked for."""
    config = '[plugins]\nformats = { "feed.txt" = "as_text:as_text" }\n'
    lay(tmp_path, {**POSTS, "feedtool.toml": config, "as_text.py": FORMAT.partition("```")[0]})
    assert build("--jobs", jobs, cwd=tmp_path).err == ""
    text = (tmp_path / "output/feed.txt").read_text(encoding="utf-8")
    assert text.splitlines()[3:6] == [
        "2024-01-06  Rice",
        "            https://feeds.example.org/entry/rice/",
        "            Words of rice.",
    ]
    assert "Tea" in (tmp_path / "output/tag/tea/feed.txt").read_text(encoding="utf-8")
    assert b"feed.txt" in (tmp_path / "output/ledger/files.json").read_bytes()
    before = tree(tmp_path / "output")
    assert build("--jobs", jobs, "--strict", cwd=tmp_path).status == 0
    assert tree(tmp_path / "output") == before
    lay(tmp_path, {"as_text.py": "def as_text(feed, entries):\n    return feed.title.encode()\n"})
    build("--jobs", jobs, cwd=tmp_path)
    assert (tmp_path / "output/tag/tea/feed.txt").read_bytes().startswith("tea – ".encode())
    lay(tmp_path, {"as_text.py": "def as_text(feed, entries):\n    return 1 / 0\n"})
    failed = build("--jobs", jobs, cwd=tmp_path)
    assert "feed.txt: error: as_text:as_text: ZeroDivisionError: division by zero (line 2)" in failed.err
    assert (tmp_path / "output/feed.json").is_file()
    lay(tmp_path, {"feedtool.toml": ""})
    build("--jobs", jobs, cwd=tmp_path)
    assert "feed.txt" not in {path.rpartition("/")[2] for path in tree(tmp_path / "output")}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('readers = { "org" = "mine:read" }', '"org" is not the ending of a file'),
        ('readers = { ".entry" = "mine:read" }', '".entry" is not the ending of a file'),
        ('readers = "mine:read"', "expected a table"),
        ('formats = { "../feed.txt" = "mine:read" }', '"../feed.txt" is not the name of a file'),
        ('formats = { "atom.xml" = "mine:read" }', "is the name of a file that feedtool makes"),
        ('formats = { "vercel.json" = "mine:read" }', "is the name of a file that feedtool makes"),
        ('formats = { "blogroll.opml" = "mine:read" }', "is the name of a file that feedtool makes"),
        ('formats = { "feedtool.nginx.conf" = "mine:read" }', "is the name of a file that feedtool makes"),
        ('formats = { "feed.txt" = "not a function" }', "is not a function"),
    ],
)
def test_a_mistake_in_the_names_is_said(tmp_path: Path, line: str, words: str) -> None:
    """With its line."""
    lay(tmp_path, {**POSTS, "feedtool.toml": f"[plugins]\n{line}\n", "mine.py": READER})
    built = build(cwd=tmp_path)
    assert (built.status, words in built.err, "feedtool.toml:2" in built.err) == (2, True, True), built.err


def test_an_installed_package_offers_readers_and_formats_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By entry points; they run only where the configuration names them."""
    points = "[feedtool.readers]\nnotes = notes_for_feeds:read\n[feedtool.formats]\nplain = notes_for_feeds:plain\n"
    plain = "def plain(feed, entries):\n    return feed.title\n"
    lay(tmp_path / "packages", {
        "notes_for_feeds.py": READER + plain, "notes_for_feeds-1.dist-info/entry_points.txt": points,
        "notes_for_feeds-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: notes-for-feeds\nVersion: 1\n",
    })  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    note = '{"name": "Note", "at": "2024-02-01", "text": "x"}'
    config = '[plugins]\nreaders = { ".note" = "notes" }\nformats = { "title.txt" = "plain" }\n'
    lay(tmp_path, {**POSTS, "posts/a.note": note, "feedtool.toml": config})
    assert build(cwd=tmp_path).err == ""
    assert (tmp_path / "output/title.txt").read_text(encoding="utf-8") == tmp_path.name
    assert len(items(tmp_path)) == 3
