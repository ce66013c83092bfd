"""Pages of entries that have no other address: every link of a feed leads to something."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import html
from runs import SITE_URL, build, lay, post, stamps, tree

from feedtool import load_config, read_entries


def links(folder: Path) -> dict[str, str]:
    """Return the address of each entry of the feed of everything by its title."""
    feed = json.loads((folder / "output/feed.json").read_text(encoding="utf-8"))
    return {item["title"]: item["url"] for item in feed["items"]}


def page(folder: Path, address: str) -> Any:
    """Return the page that an address of the site leads to."""
    path = folder / "output" / unquote(address.removeprefix(SITE_URL)) / "index.html"
    return html.fromstring(path.read_bytes())


@pytest.mark.parametrize(
    ("name", "title"),
    [("hello.md", "Hello"), ("2024-05-06-下雪.md", "下雪了"), ("a b/c & d #1.md", "A <b> & c"), ("con.md", "Con")],
)
def test_the_link_of_an_entry_leads_to_its_page(tmp_path: Path, name: str, title: str) -> None:
    """Whatever a file is called, its page is there, with title and content."""
    lay(tmp_path, {f"posts/{name}": post(title, body="All of it.\n\n<script>alert(1)</script>")})
    done = build(cwd=tmp_path)
    assert (0, "") == (done.status, done.err)
    tree = page(tmp_path, links(tmp_path)[title])
    assert title == tree.xpath("string(//h1)")
    assert "All of it." == tree.xpath("string(//div[@class='prose']/p)")
    assert "alert" not in tree.xpath("string(//main)")


@pytest.mark.parametrize(
    ("header", "written", "address"),
    [
        ({}, "[gone](#nowhere)", "entry/a/#nowhere"),
        ({}, '<a href="#%E8%8C%B6">gone</a>', "entry/a/#%E8%8C%B6"),
        ({"permalink": "/tea.html"}, "[gone](#fn1)", "tea.html#fn1"),
    ],
)
def test_a_link_to_what_is_not_in_the_text_leads_to_the_page(
    tmp_path: Path, header: dict[str, str], written: str, address: str
) -> None:
    """In every format, and on the page itself; relative addresses go on to start from the site."""
    lay(tmp_path, {"posts/a.md": post("A", body=f"{written} and [b](b.html)", **header)})
    build(cwd=tmp_path)
    [item] = json.loads((tmp_path / "output/feed.json").read_text(encoding="utf-8"))["items"]
    expected = f'<p><a href="{SITE_URL}{address}">gone</a> and <a href="{SITE_URL}b.html">b</a></p>'
    assert expected == item["content_html"]
    for name in ("rss.xml", "atom.xml"):
        assert f"{SITE_URL}{address}" in (tmp_path / f"output/{name}").read_text(encoding="utf-8")


def test_an_entry_that_has_an_address_needs_no_page(tmp_path: Path) -> None:
    """A permalink, the site's template and a source are addresses of their own."""
    lay(tmp_path, {
        "posts/a.md": post("A", permalink="/a.html"),
        "posts/b.md": "---\ntitle: B\nfrom: https://news.example.org/b\ndate: 2024-01-01\n---\nB.",
        "posts/c.md": post("C"),
    })  # fmt: skip
    build(cwd=tmp_path)
    assert {"A": f"{SITE_URL}a.html", "B": "https://news.example.org/b", "C": f"{SITE_URL}entry/c/"} == links(tmp_path)
    assert ["entry/c/index.html"] == [path for path in tree(tmp_path / "output") if path.startswith("entry/")]
    lay(tmp_path, {"feedtool.toml": '[posts]\npermalink = "/{slug}/"\n'})
    build(cwd=tmp_path)
    assert f"{SITE_URL}c/" == links(tmp_path)["C"]
    assert not (tmp_path / "output/entry").exists()


@pytest.mark.parametrize(
    ("value", "pages"), [("true", {"a", "b"}), ("false", set()), ('"auto"', {"a"})], ids=["true", "false", "auto"]
)
def test_which_entries_have_a_page_is_a_choice(tmp_path: Path, value: str, pages: set[str]) -> None:
    """All that have no address of the site's, none, or those that have no address at all; the source stays beside it."""
    lay(tmp_path, {
        "feedtool.toml": f"[pages]\nentries = {value}\n",
        "posts/a.md": post("A"),
        "posts/b.md": "---\ntitle: B\nfrom: https://news.example.org/b\ndate: 2024-01-01\n---\nB.",
    })  # fmt: skip
    build(cwd=tmp_path)
    found = {path for path in tree(tmp_path / "output") if path.startswith("entry/")}
    assert {f"entry/{name}/index.html" for name in pages} == found
    if "b" in pages:
        assert f"{SITE_URL}entry/b/" == links(tmp_path)["B"]
        assert b'rel="via" href="https://news.example.org/b"' in (tmp_path / "output/atom.xml").read_bytes().replace(
            b'href="https://news.example.org/b" rel="via"', b'rel="via" href="https://news.example.org/b"'
        )
        assert ["https://news.example.org/b"] == page(tmp_path, links(tmp_path)["B"]).xpath(
            "//p[@class='meta']/a/@href"
        )


TWINS = {
    "posts/a/hello.md": post("First", date="2024-01-01", body="First."),
    "posts/b/hello.md": post("Second", date="2024-02-01", body="Second."),
    "posts/c/Hello!.md": post("Third", date="2024-03-01", body="Third."),
}


def test_an_address_never_changes_because_a_later_post_came(tmp_path: Path) -> None:
    """Of posts with one name the first published has the plain address; the others' depend on nothing but themselves."""
    known: dict[str, str] = {}
    for name, text in TWINS.items():
        lay(tmp_path, {name: text})
        build(cwd=tmp_path)
        now = links(tmp_path)
        assert known.items() <= now.items()
        assert len(set(now.values())) == len(now)
        for title, address in now.items():
            assert title == page(tmp_path, address).xpath("string(//h1)")
        known = now
    assert known["First"] == f"{SITE_URL}entry/hello/"
    assert known == {
        entry.title: entry.url for entry in read_entries(load_config(overrides={"site.url": SITE_URL}), base=tmp_path)
    }


def test_no_page_is_in_the_place_of_a_feeds(tmp_path: Path) -> None:
    """A folder that both would have is the feed's."""
    lay(tmp_path, {
        "feedtool.toml": '[pages]\nentry = "on/{slug}"\n[feeds.tag]\npath = "on/{slug}"\n',
        "posts/tea.md": post("Tea", tags="[tea, bread]"),
        "posts/bread.md": post("Bread", date="2020-01-01"),
    })  # fmt: skip
    build(cwd=tmp_path)
    assert "Tag" == page(tmp_path, "on/tea/").xpath("string(//p[@class='kind'])")
    for title, address in links(tmp_path).items():
        assert title == page(tmp_path, address).xpath("string(//h1)")


@pytest.mark.parametrize("template", ["{year}/{month}/{day}/{slug}", "{category}/{slug}", "notes/{slug}"])
def test_pages_are_where_the_site_wants_them(tmp_path: Path, template: str) -> None:
    """By date, by category, in any folder."""
    lay(
        tmp_path,
        {
            "feedtool.toml": f'[pages]\nentry = "{template}"\n',
            "posts/tea.md": post("Tea", date="2024-05-06", category="Küche & Bad"),
        },
    )
    build(cwd=tmp_path)
    filled = {"year": "2024", "month": "05", "day": "06", "category": "k%C3%BCche-bad", "slug": "tea"}
    assert {"Tea": f"{SITE_URL}{template.format(**filled)}/"} == links(tmp_path)
    assert "Tea" == page(tmp_path, links(tmp_path)["Tea"]).xpath("string(//h1)")


def test_a_page_lives_as_long_as_its_post(tmp_path: Path) -> None:
    """An old entry keeps its page after it left the feeds; one whose post is deleted goes, and its neighbours close up."""
    lay(tmp_path, {f"posts/{n}.md": post(f"Post {n}", date=f"2024-0{n}-01", body=f"Words {n}.") for n in range(1, 6)})
    build("--limit", "2", cwd=tmp_path)
    assert 5 == sum(path.startswith("entry/") for path in tree(tmp_path / "output"))
    (tmp_path / "posts/3.md").unlink()
    before = stamps(tmp_path / "output")
    done = build("--limit", "2", cwd=tmp_path)
    assert not (tmp_path / "output/entry/3").exists()
    assert "left-over" not in done.err
    changed = {path for path, stamp in stamps(tmp_path / "output").items() if before[path] != stamp}
    assert {"entry/2/index.html", "entry/4/index.html"} == {path for path in changed if path.startswith("entry/")}
    assert ["../../entry/2/", "../../entry/5/"] == page(tmp_path, "entry/4/").xpath("//nav//a/@href")


def test_pages_are_written_once(tmp_path: Path) -> None:
    """Nothing changed, nothing written; after a change the bytes are those of a build from nothing."""
    lay(tmp_path, {"feedtool.toml": '[site]\ntitle = "Notes"\n'})
    lay(
        tmp_path,
        {
            f"posts/{n}.md": post(f"Post {n}", date=f"2024-0{n}-01", tags="[tea]", body=f"Words {n}.")
            for n in range(1, 7)
        },
    )
    build(cwd=tmp_path)
    before = stamps(tmp_path / "output")
    build(cwd=tmp_path)
    assert before == stamps(tmp_path / "output")
    lay(tmp_path, {"posts/4.md": post("Another title", date="2024-04-01", tags="[tea, rare]", body="Other words.")})
    build(cwd=tmp_path)
    changed = {path for path, stamp in stamps(tmp_path / "output").items() if before.get(path) != stamp}
    assert {f"entry/{n}/index.html" for n in (3, 4, 5)} == {path for path in changed if path.startswith("entry/")}
    shutil.copytree(tmp_path / "posts", tmp_path / "new/posts")
    shutil.copy(tmp_path / "feedtool.toml", tmp_path / "new")
    build(cwd=tmp_path / "new")
    pages, new = (
        {path: text for path, text in tree(place / "output").items() if path.endswith(".html")}
        for place in (tmp_path, tmp_path / "new")
    )
    assert pages == new


def test_a_page_of_the_sites_own_stays(tmp_path: Path) -> None:
    """A file that feedtool did not make is not overwritten."""
    lay(tmp_path, {"posts/tea.md": post("Tea"), "output/entry/tea/index.html": "<p>Mine."})
    assert "[foreign-file]" in build(cwd=tmp_path).err
    assert b"<p>Mine." == (tmp_path / "output/entry/tea/index.html").read_bytes()


def test_the_template_of_entries_pages_can_be_replaced(tmp_path: Path) -> None:
    """A block of it, as of all pages; a mistake in it costs nothing but itself, and is said once."""
    lay(tmp_path, {
        "posts/a.md": post("A"), "posts/b.md": post("B"),
        "templates/entry.html": '{% extends "builtin/entry.html" %}{% block subscribe %}<p id="mine">{{ entry.title }}</p>{% endblock %}',
    })  # fmt: skip
    build(cwd=tmp_path)
    assert ["A", "B"] == [page(tmp_path, f"entry/{name}/").xpath("string(//p[@id='mine'])") for name in "ab"]
    lay(tmp_path, {"templates/entry.html": "{{ entry.titel }}"})
    assert 1 == build(cwd=tmp_path).err.count("[bad-template]")
    assert "A" == page(tmp_path, "entry/a/").xpath("string(//h1)")


def test_the_page_of_everything_lists_the_entries(tmp_path: Path) -> None:
    """Who subscribes to everything can read it before; its links lead to pages, wherever the output lies."""
    lay(tmp_path, {"posts/a.md": post("A", tags="[tea]"), "posts/b.md": post("B", date="2020-01-01")})
    build(cwd=tmp_path)
    every = html.fromstring((tmp_path / "output/entries.html").read_bytes())
    assert ["entry/a/", "entry/b/"] == every.xpath("//article//a/@href")
    assert ["../../entry/a/"] == page(tmp_path, "tag/tea/").xpath("//article//a/@href")
    assert [f"{SITE_URL}atom.xml"] == every.xpath("//p[@class='address']/code/text()")
