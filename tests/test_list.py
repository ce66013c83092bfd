"""`feedtool list` and `feedtool links`: what there is, without a build."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from runs import SITE_URL, build, lay, post, run, stamps, tree
from terminals import on_terminal, stays

POSTS = {
    "posts/a.md": post("Älter", date="2024-01-02T03:04:05Z", categories="[News, 'C++']", tags="[x]", author="Ada"),
    "posts/b.md": post("Newer 新聞 <b>", date="2024-02-03T03:04:05Z", categories="[News, C]", author="Ben"),
    "posts/deep/c.md": post("Newest", date="2024-03-04T03:04:05Z", categories="['新聞']", link="https://e.org/1"),
    "feedtool.toml": f'[site]\nurl = "{SITE_URL}"\ntitle = "A & B"\n[feeds.tag]\nmin_entries = 2\n',
}


def listed(*arguments: str, cwd: Path) -> list[list[str]]:
    """Return the cells of what is listed in a pipe."""
    done = run("list", *arguments, cwd=cwd)
    assert (done.status, done.err) == (0, "")
    return [line.split("\t") for line in done.out.splitlines()]


def test_every_feed_with_its_posts_and_address(tmp_path: Path) -> None:
    """In a pipe each feed is a line of kind, term, posts, newest and address, whole, between tabs."""
    lay(tmp_path, POSTS)
    assert listed(cwd=tmp_path) == [
        ["all", "", "3", "2024-03-04T03:04:05Z", f"{SITE_URL}atom.xml"],
        ["category", "C", "1", "2024-02-03T03:04:05Z", f"{SITE_URL}category/c-6b23c0/atom.xml"],
        ["category", "C++", "1", "2024-01-02T03:04:05Z", f"{SITE_URL}category/c/atom.xml"],
        ["category", "News", "2", "2024-02-03T03:04:05Z", f"{SITE_URL}category/news/atom.xml"],
        ["category", "新聞", "1", "2024-03-04T03:04:05Z", f"{SITE_URL}category/%E6%96%B0%E8%81%9E/atom.xml"],
    ]


def test_what_is_listed_is_what_a_build_makes(tmp_path: Path) -> None:
    """The addresses are those of the files that a build writes afterwards, and of those that it wrote before."""
    lay(tmp_path, POSTS)
    before = listed(cwd=tmp_path)
    assert build(cwd=tmp_path).status == 0
    manifest = json.loads((tmp_path / "output/feeds.json").read_text(encoding="utf-8"))
    assert [row[4] for row in before] == [feed["urls"]["atom"] for feed in manifest["feeds"]]
    assert listed(cwd=tmp_path) == before


def test_posts_in_folders_of_their_own_have_addresses_of_their_own(tmp_path: Path) -> None:
    """A permalink with {stem} calls tea/index.md by its folder, as generators do."""
    lay(tmp_path, {
        "posts/tea/index.md": post("Tea"), "posts/rice.md": post("Rice"),
        "feedtool.toml": f'[site]\nurl = "{SITE_URL}"\n[posts]\npermalink = "/p/{{stem}}/"\n',
    })  # fmt: skip
    assert {row[3] for row in listed("posts", cwd=tmp_path)} == {f"{SITE_URL}p/tea/", f"{SITE_URL}p/rice/"}


def test_nothing_is_written(tmp_path: Path) -> None:
    """Neither output nor memory come to be by listing; where they are, the output stays to the byte and the stamp."""
    lay(tmp_path, POSTS)
    names = tree(tmp_path)
    for what in ("feeds", "categories", "tags", "authors", "posts"):
        run("list", what, cwd=tmp_path)
    run("links", "--all", cwd=tmp_path)
    assert tree(tmp_path) == names
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feedtool.toml", "posts"]
    build(cwd=tmp_path)
    written = stamps(tmp_path / "output")
    lay(tmp_path, {"posts/d.md": post("Another", date="2024-05-06", body="Other words.", categories="[More]")})
    assert ["category", "More"] in [row[:2] for row in listed(cwd=tmp_path)]
    assert stamps(tmp_path / "output") == written


def test_a_build_after_a_list_does_all_that_there_is_to_do(tmp_path: Path) -> None:
    """What a list read and remembered is not taken for built."""
    lay(tmp_path, POSTS)
    build(cwd=tmp_path)
    lay(tmp_path, {"posts/d.md": post("Another", date="2024-05-06", body="Other words.", categories="[More]")})
    (tmp_path / "posts/a.md").unlink()
    assert "\n".join(map("".join, listed("posts", cwd=tmp_path))).count("Another") == 1
    build(cwd=tmp_path)
    fresh = tmp_path / "fresh"
    lay(
        fresh,
        {
            name: (tmp_path / name).read_bytes()
            for name in ("posts/b.md", "posts/deep/c.md", "posts/d.md", "feedtool.toml")
        },
    )
    build(cwd=fresh)
    atom = "output/category/more/atom.xml"
    assert (tmp_path / atom).read_bytes() == (fresh / atom).read_bytes()
    assert (tmp_path / "output/atom.xml").read_bytes() == (fresh / "output/atom.xml").read_bytes()


def test_a_term_without_a_feed_says_why(tmp_path: Path) -> None:
    """Too few posts, or a kind that is switched off: shown with its posts, without an address, and with the key."""
    lay(tmp_path, POSTS)
    (tag,) = json.loads(run("list", "tags", "--json", cwd=tmp_path).out)
    assert (tag["term"], tag["posts"], tag["urls"]) == ("x", 1, {})
    assert tag["why"] == "feeds.tag: fewer posts than min_entries, 2"
    authors = json.loads(run("list", "authors", "--json", "--sort", "name", cwd=tmp_path).out)
    assert [(row["term"], row["posts"], row["newest"]) for row in authors] == [
        ("Ada", 1, "2024-01-02T03:04:05Z"),
        ("Ben", 1, "2024-02-03T03:04:05Z"),
    ]
    assert {row["why"] for row in authors} == {"feeds.author: not enabled"}


@pytest.mark.parametrize("command", [("list", "posts"), ("explain", "posts/a.md")], ids=["list", "explain"])
def test_a_title_is_no_command_in_a_log(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Neither a CI's runner nor a terminal finds one in JSON, and a program reads the title as it is."""
    title = "a ##[set-output name=x]y \x7f"
    lay(tmp_path, {"posts/a.md": post(title.replace("\x7f", "\\x7f"))})
    done = run(*command, "--json", cwd=tmp_path)
    assert (done.status, "##[" in done.out, "\x7f" in done.out) == (0, False, False)
    assert "##[set-output name=x]y" in str(json.loads(done.out))


def test_json_has_keys_that_stay(tmp_path: Path) -> None:
    """Programs find the same keys in each object, also where there is nothing to say."""
    lay(tmp_path, POSTS)
    feeds = json.loads(run("list", "--json", cwd=tmp_path).out)
    assert {tuple(row) for row in feeds} == {("kind", "term", "title", "posts", "newest", "urls", "why")}
    assert feeds[0]["urls"] == {
        form: f"{SITE_URL}{name}" for form, name in (("atom", "atom.xml"), ("rss", "rss.xml"), ("json", "feed.json"))
    }
    (newest, *others) = json.loads(run("list", "posts", "--json", cwd=tmp_path).out)
    assert newest == {
        "title": "Newest",
        "path": "posts/deep/c.md",
        "published": "2024-03-04T03:04:05Z",
        "updated": "2024-03-04T03:04:05Z",
        "url": "https://e.org/1",
        "categories": ["新聞"],
        "tags": [],
    }
    assert [row["title"] for row in others] == ["Newer 新聞 <b>", "Älter"]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("categories",), ["C", "C++", "News", "新聞"]),
        (("categories", "--sort", "count"), ["News", "C", "C++", "新聞"]),
        (("categories", "--sort", "newest"), ["新聞", "C", "News", "C++"]),
        (("categories", "--sort", "newest", "--limit", "2"), ["新聞", "C"]),
        (("posts", "--sort", "name"), ["Newer 新聞 <b>", "Newest", "Älter"]),
        (("posts", "--limit", "1"), ["Newest"]),
        (("posts", "--sort", "name", "--limit", "1"), ["Newer 新聞 <b>"]),
    ],
)
def test_order_and_number_are_as_asked(arguments: tuple[str, ...], names: list[str], tmp_path: Path) -> None:
    """By name, by the number of posts, by the newest; and the first of them alone."""
    assert [row[1] for row in listed(*arguments, cwd=lay(tmp_path, POSTS))] == names


def test_a_terminal_has_a_table_of_its_width(tmp_path: Path) -> None:
    """Columns stand under each other whatever the script; no name and no address is cut or broken."""
    wide = {f"posts/w{n}.md": post(f"{'新聞' * 40} {n}", categories=f"['{'茶' * (n + 1)}']") for n in range(3)}
    lay(tmp_path, {**POSTS, **wide, "posts/long.md": post("Long", categories=f"['{'茶' * 30}']")})
    lines = stays(on_terminal("list", "posts", cwd=tmp_path))
    assert lines[0].split() == ["published", "title", "file"]
    assert 3 == sum("新聞" * 40 in line for line in lines)
    assert len({width_before(line, "posts/") for line in lines if "posts/" in line and "20" in line}) == 1
    assert {"posts/w0.md", "posts/w1.md", "posts/w2.md"} == {line.strip() for line in lines if line.startswith("  ")}
    *names, last = stays(on_terminal("list", "categories", cwd=tmp_path))
    assert max(map(width, names)) <= 100
    assert (
        len(
            {
                width(line[: line.rstrip().rindex(" ")] + "|")
                for line in names[1:]
                if "/" in line and "茶" * 30 not in line
            }
        )
        == 1
    )
    assert f"{'茶' * 30}/atom.xml" in {name.strip() for name in names}
    assert last == f"Addresses begin with {SITE_URL}category/"


def test_addresses_with_escapes_of_another_encoding_are_listed(tmp_path: Path) -> None:
    """A site's address need not be UTF-8; it is shown as it is, other addresses with their letters."""
    lay(
        tmp_path,
        {"posts/a.md": post("One"), "feedtool.toml": '[site]\nurl = "https://example.org/%ff/"\ntitle = "T"\n'},
    )
    assert "https://example.org/%ff/atom.xml" in on_terminal("list", "feeds", cwd=tmp_path)


def width(text: str) -> int:
    """Return how many columns the text takes, wide signs two."""
    return sum(2 if "\u2e80" <= character <= "\uffe6" else 1 for character in text.rstrip())


def width_before(line: str, word: str) -> int:
    """Return at which column the word begins."""
    assert word in line
    return width(line.partition(word)[0] + "|")


def test_a_pipe_cuts_nothing(tmp_path: Path) -> None:
    """However long a title is, a program gets all of it."""
    lay(tmp_path, {"posts/a.md": post("新聞 " * 100), "feedtool.toml": POSTS["feedtool.toml"]})
    assert listed("posts", cwd=tmp_path)[0][1] == ("新聞 " * 100).strip()


def test_what_a_damaged_memory_says_is_not_believed(tmp_path: Path) -> None:
    """A cache that is broken is left alone, and the list is right."""
    lay(tmp_path, POSTS)
    before = listed(cwd=tmp_path)
    lay(tmp_path, {".feedtool/cache.sqlite": b"no database" * 500})
    assert listed(cwd=tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (
            ("list", "things"),
            2,
            "is not one of 'feeds', 'categories', 'tags', 'authors', 'sources', 'folders', 'posts'",
        ),
        (("list", "--sort", "size"), 2, "is not one of 'name', 'count', 'newest'"),
        (("links", "--category", "Newz"), 2, 'Did you mean "News"?'),
        (("links", "--tag", "x"), 2, "`feedtool list` shows all feeds"),
    ],
)
def test_what_is_not_there_is_said(arguments: tuple[str, ...], status: int, words: str, tmp_path: Path) -> None:
    """Wrong names are refused in words, with what is near."""
    done = run(*arguments, cwd=lay(tmp_path, POSTS))
    assert done.status == status
    assert words in done.err


def test_no_folder_is_no_list(tmp_path: Path) -> None:
    """Without the posts' folder there is an error, and for programs still what they can read."""
    done = run("list", "posts", "--json", cwd=lay(tmp_path, {"feedtool.toml": ""}))
    assert done.status == 1
    assert "there is no such folder" in done.err
    assert json.loads(done.out) == []


# links


LINK = re.compile(r'<link rel="alternate" type="([^"]*)" title="([^"]*)" href="([^"]*)">')


def links(*arguments: str, cwd: Path) -> list[tuple[str, ...]]:
    """Return type, title and address of each line, and that there is nothing else."""
    done = run("links", *arguments, cwd=cwd)
    assert done.status == 0
    found = [LINK.fullmatch(line) for line in done.out.splitlines()]
    return [tuple(map(html.unescape, match.groups())) for match in found if match or pytest.fail(done.out)]


def test_pages_lead_to_the_feed_of_all(tmp_path: Path) -> None:
    """Without an option, the main feed in each format, absolute, with its title escaped; no post is needed for it."""
    lay(tmp_path, {"feedtool.toml": POSTS["feedtool.toml"]})
    assert links(cwd=tmp_path) == [
        ("application/atom+xml", "A & B", f"{SITE_URL}atom.xml"),
        ("application/rss+xml", "A & B", f"{SITE_URL}rss.xml"),
        ("application/feed+json", "A & B", f"{SITE_URL}feed.json"),
    ]
    assert 'title="A &amp; B"' in run("links", cwd=tmp_path).out


def test_pages_of_terms_lead_to_theirs(tmp_path: Path) -> None:
    """A category's address is the one that it has, also where another has the plain one; an old name finds the new."""
    lay(tmp_path, POSTS)
    settings = POSTS["feedtool.toml"] + '[feeds]\nformats = ["atom"]\n[aliases]\nNeuigkeiten = "News"\n'
    lay(tmp_path, {"feedtool.toml": settings.replace("min_entries = 2", "min_entries = 1")})
    asked = ("--category", "C", "--category", "Neuigkeiten", "--tag", "x")
    assert [address for *_, address in links(*asked, cwd=tmp_path)] == [
        f"{SITE_URL}category/c-6b23c0/atom.xml",
        f"{SITE_URL}category/news/atom.xml",
        f"{SITE_URL}tag/x/atom.xml",
    ]
    assert [title for _, title, _ in links("--all", cwd=tmp_path)][:2] == ["A & B", "C – A & B"]
    build(cwd=tmp_path)
    assert {address for *_, address in links("--all", cwd=tmp_path)} == {row[4] for row in listed(cwd=tmp_path)}


def test_links_without_an_address_are_told(tmp_path: Path) -> None:
    """Where nothing says where the feeds are published, that is said; --site-url says it."""
    lay(tmp_path, {"posts/.keep": ""})
    done = run("links", cwd=tmp_path)
    assert (done.status, "the address of the site is unknown" in done.err) == (0, True)
    assert "https://e.org/f/atom.xml" in run("links", "--site-url", "https://e.org/f", cwd=tmp_path).out
