"""`feedtool new`: a post begun, whatever its title."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import build, lay, run

from feedtool.importers.settings import LONGEST_TITLE, file_name, one_line, post_text
from feedtool.reader import Conventions, read_post

TAIPEI = ZoneInfo("Asia/Taipei")
NOW_MS = 1_732_544_331_123
#: any text, and such as YAML, HTML and readers of headers take for something else
TITLES = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="\"'\\&;#:-[]{}<>!%@`*|,? \n\t\r~amplt0x1n\u0085\u2028\ufeff\u0301e", max_size=40),
    st.sampled_from(["&amp;lt;", "C:\\alpha\\new", "no", "2024-01-02", "'", '"', "- a", "---", "AT&T &copy 2024", "\u037e&lt\u037e"]),
)  # fmt: skip


@given(title=TITLES, author=TITLES, terms=st.lists(TITLES, max_size=4))
def test_every_title_survives(title: str, author: str, terms: list[str]) -> None:
    """What was asked for is what a reader sees, in any script and with any sign, and nothing is found wrong with it."""
    if not one_line(title):
        title = f"{title}x"
    author = author.replace("<", "")
    text = post_text(title, published_ms=NOW_MS, zone=TAIPEI, author=author, categories=terms, tags=terms[::-1])
    reading = read_post(text.encode(), "posts/a.md", Conventions(zone=TAIPEI))
    post = reading.post
    assert post is not None
    assert (post.title, post.published_ms) == (one_line(title), NOW_MS // 1000 * 1000)
    assert post.categories == tuple(dict.fromkeys(filter(None, map(one_line, terms))))
    assert set(post.tags) == set(post.categories)
    assert [one.name for one in post.authors] == ([one_line(author)] if one_line(author) else [])
    assert reading.problems == ()


@given(title=TITLES.filter(one_line), others=st.lists(st.sampled_from([".html", ".MD", ""]), max_size=3))
def test_every_file_system_takes_the_name(title: str, others: list[str]) -> None:
    """No separator, sign, case or length of a title makes a name that a file system refuses or takes for another."""
    taken: list[str] = []
    for ending in [*others, ""]:
        name = file_name(title, published_ms=NOW_MS, zone=TAIPEI, taken=taken)
        assert name.startswith("2024-11-25-")
        assert name.endswith(".md")
        assert len(name.encode()) < 200
        assert name == unicodedata.normalize("NFC", name)
        assert not set(name) & set('/\\<>:"|?*\0\n ')
        stem = name.removesuffix(".md")
        assert stem.casefold() not in {one.rpartition(".")[0] for one in taken}
        taken.append((stem.upper() if ending == ".MD" else stem) + (ending or ".md"))


def test_the_whole_post(tmp_path: Path) -> None:
    """All that is asked for stands in the header, and a build finds nothing wrong with it."""
    lay(tmp_path, {"feedtool.toml": '[site]\ntimezone = "Asia/Taipei"\n[posts]\ndirs = ["notes", "archive"]\n'})
    done = run(
        "new", 'Say "C:\\new"', "--category", "One", "--category", "C, C++", "--tag", "新聞", "--author", "Ada: B",
        "--link", "https://example.org/茶?a=b", "--date", "2024-05-06T07:08", cwd=tmp_path,
    )  # fmt: skip
    assert (done.status, done.out, done.err) == (0, "notes/2024-05-06-say-c-new.md\n", "")
    assert (tmp_path / done.out.strip()).read_text(encoding="utf-8") == (
        "---\n"
        "title: 'Say \"C:\\new\"'\n"
        "date: 2024-05-06T07:08:00+08:00\n"
        'author: "Ada: B"\n'
        'from: "https://example.org/%E8%8C%B6?a=b"\n'
        'categories: ["One", "C, C++"]\n'
        'tags: ["新聞"]\n'
        "---\n"
        "\n"
    )
    (tmp_path / "archive").mkdir()
    built = build(cwd=tmp_path)
    assert (built.status, built.err) == (0, "")
    assert (tmp_path / "output/tag/新聞/atom.xml").is_file()


def test_no_post_is_overwritten(tmp_path: Path) -> None:
    """A second post of that name, in whatever case, has a number."""
    names = [run("new", title, "--date", "2024-05-06", cwd=tmp_path).out.strip() for title in ("A b", "a B", "A-B?")]
    assert names == ["posts/2024-05-06-a-b.md", "posts/2024-05-06-a-b-2.md", "posts/2024-05-06-a-b-3.md"]


def test_an_old_post_keeps_its_date(tmp_path: Path) -> None:
    """A date from before 1970 is read back as it was written."""
    done = run("new", "Old", "--date", "1969-07-20T20:17:40Z", cwd=tmp_path)
    content = (tmp_path / done.out.strip()).read_bytes()
    reading = read_post(content, "a.md", Conventions(zone=TAIPEI))
    assert reading.post
    assert (reading.post.published_ms, reading.problems) == (-14_182_940_000, ())


def test_a_folder_that_no_build_reads_is_told(tmp_path: Path) -> None:
    """A post in a folder of its own is written, and it is said that it will be in no feed."""
    assert run("new", "A", "--dir", "posts/below", cwd=tmp_path).err == ""
    done = run("new", "A", "--dir", "elsewhere", cwd=tmp_path)
    assert done.status == 0
    assert "builds do not read elsewhere" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((" \t",), "a title needs 1 to 1,000 printable characters"),
        (("x" * (LONGEST_TITLE + 1),), "a title needs 1 to 1,000 printable characters"),
        (("A", "--link", "example.org"), "not a complete address"),
        (("A", "--date", "01/02/03"), "could be more than one day"),
        (("A", "--edit"), "set $VISUAL or $EDITOR"),
    ],
)
def test_what_cannot_be_meant_writes_nothing(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """A title, address or date that cannot be used is refused in words, with 2, and no file is left."""
    done = run("new", *arguments, cwd=tmp_path, env={"VISUAL": "", "EDITOR": ""})
    assert done.status == 2
    assert words in done.err
    assert list(tmp_path.iterdir()) == []


def test_the_editor_is_opened(tmp_path: Path) -> None:
    """With --edit the user's editor has the file, and its failure is that of the command."""
    editor = lay(tmp_path, {"ed it.sh": '#!/bin/sh\nprintf "Words.\\n" >> "$2"\nexit $1\n'}) / "ed it.sh"
    editor.chmod(0o755)
    for status in (0, 1):
        done = run(
            "new", "A", "--edit", cwd=tmp_path, env={"VISUAL": f"'{editor}' {status}", "PATH": os.environ["PATH"]}
        )
        assert done.status == status
        assert (tmp_path / done.out.strip()).read_text(encoding="utf-8").endswith("---\n\nWords.\n")
    assert run("new", "A", "--edit", cwd=tmp_path, env={"VISUAL": "/no/such/editor"}).status == 1


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file where the folder should be is told, not shown as a traceback."""
    lay(tmp_path, {"posts": "a file"})
    done = run("new", "A", cwd=tmp_path)
    assert done.status == 1
    assert "cannot be written to posts" in done.err
