"""Functions of the site's owner: they change posts and entries, or leave them out, and cannot break a build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
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


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_changed_function_is_called_again(tmp_path: Path, jobs: str) -> None:
    """The cache keeps what one source made, and no more; several processes give the same bytes."""
    lay(tmp_path, {**POSTS, "feedtool.toml": CONFIG, "mine.py": SHOUT})
    build(cwd=tmp_path)
    before = tree(tmp_path / "output")
    assert build("--jobs", jobs, cwd=tmp_path).status == 0
    assert tree(tmp_path / "output") == before
    lay(tmp_path, {"mine.py": SHOUT.replace("upper()", "lower()")})
    assert build("--jobs", jobs, cwd=tmp_path).status == 0
    assert [entry["title"] for entry in items(tmp_path)] == ["tea"]


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
