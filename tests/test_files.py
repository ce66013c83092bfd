"""Finding posts: every post once, whatever it is called, and nothing from outside."""

from __future__ import annotations

import os
import time
from array import array
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runs import lay

from feedtool import cli
from feedtool.build import discovery
from feedtool.build.discovery import Search, find_posts
from feedtool.cache import Cache, files, opened
from feedtool.problems import Problem


def found(base: Path, *folders: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the names of the posts below folders, and code and path of each problem."""
    files, problems = find_posts(Search(folders or ("posts",)), base)
    return [file.name for file in files], [(problem.code, problem.path) for problem in problems]


def test_posts_are_found_at_any_depth_by_their_endings(tmp_path: Path) -> None:
    """`.md .markdown .mkd .mdown .html .txt`, in any case, and nothing else."""
    names = [
        "a.md",
        "b.markdown",
        "c.html",
        "d.txt",
        "x/y/z/e.MD",
        "f.mkd",
        "md",
        "f.md.bak",
        "picture.png",
        "_index.md",
    ]
    lay(tmp_path / "posts", dict.fromkeys([*names, "x/_index.fr.md", "x/_indexed.md"], ""))
    posts = ["a.md", "b.markdown", "c.html", "d.txt", "f.mkd", "x/_indexed.md", "x/y/z/e.MD"]
    assert found(tmp_path) == ([f"posts/{name}" for name in posts], [])


def test_what_other_generators_read_is_told(tmp_path: Path) -> None:
    """Posts in other markup once a folder and ending, with how many there are; Eleventy's files of data each."""
    names = [
        "a.adoc",
        "b.adoc",
        "x/c.org",
        "x/d.ipynb",
        "posts.json",
        "x/x.json",
        "x/x.11tydata.js",
        "x/menu.json",
        "p.js",
    ]
    lay(tmp_path / "posts", dict.fromkeys(names, ""))
    data = [("folder-data", f"posts/{name}") for name in ("posts.json", "x/x.11tydata.js", "x/x.json")]
    markup = [("other-markup", folder) for folder in ("posts", "posts/x", "posts/x")]
    assert found(tmp_path) == ([], sorted([*data, *markup], key=lambda each: each[1]))
    assert find_posts(Search(("posts",)), tmp_path)[1][0].message == "2 .adoc files not read, such as a.adoc"


def test_a_source_of_a_post_is_not_missed(tmp_path: Path) -> None:
    """A program has made the post of a notebook of the same name, so nothing is said of the notebook."""
    names = ["a.Rmd", "a.md", "b.ipynb", "b.html", "posts.json", "posts.md", "c.qmd"]
    lay(tmp_path / "posts", dict.fromkeys(names, ""))
    problems = find_posts(Search(("posts",)), tmp_path)[1]
    assert sorted(each.message for each in problems) == ["1 .qmd file not read: c.qmd", "not read"]


def test_hidden_files_and_drafts_are_left_out(tmp_path: Path) -> None:
    """A dot or `_drafts` keeps a folder private."""
    lay(tmp_path / "posts", dict.fromkeys([".a.md", ".git/b.md", "_drafts/c.md", "x/_drafts/d.md", "e.md"], ""))
    assert found(tmp_path) == (["posts/e.md"], [])


def test_a_folder_named_as_a_post_is_told_and_read(tmp_path: Path) -> None:
    """`x.md` may be a folder: its posts count, and a warning names it."""
    lay(tmp_path / "posts", {"x.md/a.md": "", "b.md": ""})
    assert found(tmp_path) == (["posts/b.md", "posts/x.md/a.md"], [("not-a-file", "posts/x.md")])


def test_a_pipe_named_as_a_post_is_told_and_never_opened(tmp_path: Path) -> None:
    """Opening a pipe would wait for ever."""
    lay(tmp_path / "posts", {"b.md": ""})
    os.mkfifo(tmp_path / "posts" / "a.md")
    assert found(tmp_path) == (["posts/b.md"], [("not-a-file", "posts/a.md")])


def test_symbolic_links_are_told_and_not_followed(tmp_path: Path) -> None:
    """Neither a loop nor a file outside the posts is read."""
    lay(tmp_path, {"posts/a.md": "", "secret/key.md": "", "secret/key": ""})
    posts = tmp_path / "posts"
    (posts / "loop").symlink_to(posts)
    (posts / "out").symlink_to(tmp_path / "secret")
    (posts / "key.md").symlink_to(tmp_path / "secret" / "key")
    (posts / "broken.md").symlink_to(posts / "nowhere")
    assert found(tmp_path) == (
        ["posts/a.md"],
        [("symbolic-link", f"posts/{name}") for name in ("broken.md", "key.md", "loop", "out")],
    )


def test_a_posts_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    """What the user names is followed."""
    lay(tmp_path, {"real/a.md": ""})
    (tmp_path / "posts").symlink_to(tmp_path / "real")
    assert found(tmp_path) == (["posts/a.md"], [])


@pytest.mark.parametrize("folder", ["nowhere", "file.md", "nowhere/deeper"])
def test_a_folder_that_is_not_there_is_told(tmp_path: Path, folder: str) -> None:
    """The others are read all the same."""
    lay(tmp_path, {"posts/a.md": "", "file.md": ""})
    assert found(tmp_path, "posts", folder) == (["posts/a.md"], [("no-folder", folder)])


def test_a_file_that_two_folders_hold_is_one(tmp_path: Path) -> None:
    """Folders that overlap, or are named twice, give each post once."""
    lay(tmp_path, {"posts/sub/a.md": ""})
    for folders in (("posts", "posts/sub"), ("posts", "posts"), ("posts", "./posts"), ("posts/", "posts")):
        names, problems = found(tmp_path, *folders)
        assert (len(names), problems) == (1, [])


def test_the_order_depends_on_names_only(tmp_path: Path) -> None:
    """Folders named in another order, files made in another order: the same list."""
    lay(tmp_path / "b", dict.fromkeys(["2.md", "1.md", "x/3.md"], ""))
    lay(tmp_path / "a", dict.fromkeys(["é.md", "z.md", "Z.md"], ""))
    assert found(tmp_path, "a", "b") == found(tmp_path, "b", "a")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"a\x1b[31m.md", "posts/a\\x1b[31m.md"),
        (b"line\nbreak.md", "posts/line\\x0abreak.md"),
        (b"caf\xe9.md", "posts/caf\\xe9.md"),
        ("\u202etxt.md".encode(), "posts/\\x202etxt.md"),
        ("日本 語.md".encode(), "posts/日本 語.md"),
        (b"-rf.md", "posts/-rf.md"),
        (b"'; drop.md", "posts/'; drop.md"),
    ],
)
def test_odd_names_are_shown_so_that_no_terminal_obeys_them(tmp_path: Path, name: bytes, shown: str) -> None:
    """Control characters, bytes that are no text and turned writing are escaped."""
    (tmp_path / "posts").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "posts") + b"/" + name)).write_bytes(b"")
    assert found(tmp_path) == ([shown], [])


def test_two_files_never_have_one_name(tmp_path: Path) -> None:
    """An escaped name that another file really has is told apart: each keeps its own text."""
    lay(tmp_path / "posts", {"a\x01.md": "", "a\\x01.md": ""})
    names, _ = found(tmp_path)
    assert (len(names), len(set(names))) == (2, 2)


#: folders in one another, whose names stand among those of files; and names of few parts
PLACES, NAMES = ("p", "p/b", "p/b/a", "q", "p-", "p."), tuple("abcdé")


def listing(there: dict[tuple[str, str], int]) -> files.Listed:
    """Return a listing of files, by folder and name, each with a number that a change changes; 0 for an uncertain one."""
    folders = []
    for place in PLACES:
        own = {name.encode(): when for (where, name), when in there.items() if where == place}
        facts = [array("q", (1, when, when, 1)) if when else files.UNCERTAIN for _, when in sorted(own.items())]
        whole = array("q", [fact for each in facts for fact in each])
        folders += [files.Folder(path=place, name=place, files=sorted(own), facts=whole)] if own else []
    return files.listed(folders)


def put(cache: Cache, path: str, stamp: int) -> None:
    """Keep a file."""
    no = cache.db.execute("INSERT INTO post (stamp) VALUES (?)", (stamp,)).lastrowid
    assert no is not None
    cache.groups.put(no, path, path, "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dictionaries(st.tuples(st.sampled_from(PLACES), st.sampled_from(NAMES)), st.integers(0, 2)), max_size=9)
)
def test_what_changed_is_found_though_few_rows_are_read(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[tuple[str, str], int]]
) -> None:
    """However files come, change and go, and folders stand in one another, each is told as a look at all would tell."""
    with (
        pytest.MonkeyPatch.context() as patch,
        opened(tmp_path_factory.mktemp("cache") / "cache.sqlite", engine="1", secret=b"own") as cache,
    ):
        for name, value in (("_PART", 2), ("_LARGE", 4), ("_FEW", 3)):
            patch.setattr(files, name, value)
        before: dict[str, int] = {}
        for state in states:
            found = files.compare(cache, listing(state))
            now = {f"{place}/{name}": hash((1, when, when, 1)) if when else 0 for (place, name), when in state.items()}
            assert sorted(found.new) == sorted(now.keys() - before)
            assert sorted(found.gone) == sorted(before.keys() - now)
            assert sorted(found.altered) == sorted(
                path for path in now.keys() & before if not now[path] or now[path] != before[path]
            )
            for no in found.gone.values():
                cache.db.execute("DELETE FROM post WHERE no = ?", (no,))
                cache.groups.remove(no)
            rows = [(now[path], known.no) for path, known in found.altered.items()]
            cache.db.executemany("UPDATE post SET stamp = ? WHERE no = ?", rows)
            for path in found.new:
                put(cache, path, now[path])
            cache.groups.save()
            files.remember(cache, found)
            assert files.agrees(cache, listing(state)) == all(now.values())
            before = now


def test_of_many_files_the_rows_of_few_are_read(tmp_path: Path) -> None:
    """A build after an edit passes by the rows of files that stand apart from it."""
    there = {("p", f"{n:05}"): 1 for n in range(3000)}
    with opened(tmp_path / "cache.sqlite", engine="1", secret=b"own") as cache:
        for place, name in there:
            put(cache, f"{place}/{name}", hash((1, 1, 1, 1)))
        files.remember(cache, listing(there))
        # a row that no part of the listing is behind is found only by who reads all
        put(cache, "p/02999x", 1)
        found = files.compare(cache, listing(there | {("p", "00007"): 2}))
        assert ([*found.altered], found.new, found.gone) == (["p/00007"], (), {})


@pytest.mark.parametrize(
    "aside",
    [
        lambda work: work,
        cli._aside,  # noqa: SLF001
        lambda _: lambda: b"",
        lambda work: lambda: work()[8:],
    ],
    ids=["here", "elsewhere", "lost", "cut"],
)
def test_half_of_the_files_may_be_looked_at_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aside: discovery.Aside
) -> None:
    """All that is known of them is the same, also where no answer comes."""
    lay(tmp_path / "posts", {f"{n % 3}/{n}.md": "x" * n for n in range(11)})
    problems: list[Problem] = []
    found = [*discovery.walk(Search(("posts",)), tmp_path, problems.append)]
    now_ns = time.time_ns() + 10**10
    plain = discovery.stamped(found, now_ns=now_ns)
    monkeypatch.setattr(discovery, "_MANY", 2)
    assert discovery.stamped(found, now_ns=now_ns, aside=aside) == plain
    assert [folder.facts[::4] for folder in plain] == [
        array("q", (int(name[:-3]) for name in folder.files)) for folder in found
    ]
