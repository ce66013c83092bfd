"""Ids that subscribers know: they stay, whatever becomes of files, titles, settings and caches."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import build, lay, tree

from feedtool.feeds.id_history import inherit
from feedtool.model import Claim

_SCRAPED = "---\ntitle: {title}\nfrom: {source}\ncategories: [{category}]\n---\n\n<!--{ms}-->\n\n<div>{text}</div>\n"
_OWN = "---\ntitle: {title}\ndate: {date}\ncategories: [{category}]\n---\n\n{text}\n"


def scraped(**said: object) -> str:
    """Return a post that a bot took from elsewhere."""
    facts = {
        "title": "Harbour",
        "source": "https://news.example.org/1",
        "category": "News",
        "ms": 1_700_000_000_123,
        "text": "The ships are in.",
    }
    return _SCRAPED.format(**facts | said)


def own(**said: object) -> str:
    """Return a post that somebody wrote."""
    facts = {"title": "Harbour", "date": "2023-05-01", "category": "News", "text": "The ships are in."}
    return _OWN.format(**facts | said)


def entries(output: Path, file: str = "feed.json") -> list[dict[str, Any]]:
    """Return the items of a feed."""
    items: list[dict[str, Any]] = json.loads((output / file).read_text(encoding="utf-8"))["items"]
    return items


def ids(site: Path, *arguments: str) -> list[str]:
    """Build, and return the ids of the feed of all."""
    done = build(*arguments, cwd=site)
    assert done.status == 0, done.err
    return [entry["id"] for entry in entries(site / "output")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("posts/old/2023/else.md", own()),
        ("posts/a.md", own(title="Haven")),
        ("posts/a.md", own(category="Sea", text="They left.")),
        ("posts/b.md", own(category="Sea")),
        ("posts/b.md", own(title="Haven")),
        ("posts/b.md", own(text="They left.")),
    ],
)
def test_a_post_of_ones_own_keeps_its_id(name: str, text: str, tmp_path: Path) -> None:
    """Moved, renamed, or edited: a post without a source keeps its id, and its id's next edit keeps it as well."""
    lay(tmp_path, {"posts/a.md": own(), "posts/other.md": own(title="Other", text="Else.")})
    before = ids(tmp_path)
    (tmp_path / "posts/a.md").unlink()
    lay(tmp_path, {name: text})
    assert sorted(ids(tmp_path)) == sorted(before)
    lay(tmp_path, {name: own(title="Third", text="New words.")})
    assert sorted(ids(tmp_path)) == sorted(before)
    assert sorted(ids(tmp_path, "--no-cache")) == sorted(before)


def test_a_story_outlives_its_first_telling(tmp_path: Path) -> None:
    """Of two files with one story the first is deleted: same id, same publication, nothing to show anew."""
    second = scraped(ms=1_700_000_000_123 + 86_400_000)
    lay(tmp_path, {"posts/a.md": scraped(), "posts/b.md": second})
    ids(tmp_path)
    (before,) = entries(tmp_path / "output")
    (tmp_path / "posts/a.md").unlink()
    ids(tmp_path)
    assert entries(tmp_path / "output") == [before]
    lay(tmp_path, {"posts/a.md": scraped()})
    ids(tmp_path)
    assert entries(tmp_path / "output") == [before]


@pytest.mark.parametrize("gone", ["published: false", "date: never"])
def test_an_inherited_id_is_there_again_after_a_pause(gone: str, tmp_path: Path) -> None:
    """Renamed, then for one build a draft or damaged: the entry comes back under the id that it had."""
    lay(tmp_path, {"posts/a.md": own(), "posts/x.md": own(title="X", date="2022-01-01")})
    before = ids(tmp_path)
    (tmp_path / "posts/a.md").rename(tmp_path / "posts/b.md")
    ids(tmp_path)
    lay(tmp_path, {"posts/b.md": f"---\ntitle: Harbour\n{gone}\n---\nWords.\n"})
    assert len(ids(tmp_path)) == 1
    lay(tmp_path, {"posts/b.md": own()})
    assert ids(tmp_path) == before


def test_a_newcomer_takes_nobodys_id(tmp_path: Path) -> None:
    """The file's old name is used again, on the same day: the renamed post keeps its id, the newcomer is new."""
    lay(tmp_path, {"posts/latest.md": own(title="Week 1", text="One.")})
    (first,) = ids(tmp_path)
    (tmp_path / "posts/latest.md").rename(tmp_path / "posts/week1.md")
    ids(tmp_path)
    lay(tmp_path, {"posts/latest.md": own(title="Week 2", text="Two.")})
    for arguments in ((), ("--no-cache",), ()):
        ids(tmp_path, *arguments)
        titles = {entry["id"]: entry["title"] for entry in entries(tmp_path / "output")}
        assert titles[first] == "Week 1"
        assert sorted(titles.values()) == ["Week 1", "Week 2"]


def test_an_author_may_correct_a_date(tmp_path: Path) -> None:
    """The entry keeps its id and is published when its author says."""
    lay(tmp_path, {"posts/a.md": own()})
    before = ids(tmp_path)
    lay(tmp_path, {"posts/a.md": own(date="2023-05-02")})
    assert ids(tmp_path) == before
    assert entries(tmp_path / "output")[0]["date_published"] == "2023-05-02T00:00:00Z"


def test_posts_in_folders_of_their_own_are_told_apart(tmp_path: Path) -> None:
    """Two bundles of one day, each with an index.md, are two entries."""
    lay(tmp_path, {"posts/foo/index.md": own(title="Foo"), "posts/bar/index.md": own(title="Bar", text="Else.")})
    assert len(ids(tmp_path)) == 2


def test_another_story_is_no_heir(tmp_path: Path) -> None:
    """What comes from the same address a month later under another title is new, though the first has gone."""
    lay(tmp_path, {"posts/a.md": scraped(), "posts/x.md": own()})
    before = ids(tmp_path)
    (tmp_path / "posts/a.md").unlink()
    lay(tmp_path, {"posts/b.md": scraped(title="Timetable", ms=1_700_000_000_123 + 40 * 86_400_000)})
    assert len(set(ids(tmp_path)) - set(before)) == 1


def test_ids_of_an_old_site_outlive_what_they_are_made_of(tmp_path: Path) -> None:
    """With `ids = "jekyll"`, an id that holds category, date and name stays when these, or the site's address, change."""
    lay(tmp_path, {"feedtool.toml": '[posts]\nids = "jekyll"\ndirs = ["_posts"]\n'})
    lay(tmp_path, {"_posts/2023-05-01-harbour.md": own()})
    assert ids(tmp_path) == ["https://feeds.example.org/news/2023/05/01/harbour"]
    lay(tmp_path, {"_posts/2023-05-01-harbour.md": own(category="Sea")})
    assert ids(tmp_path) == ["https://feeds.example.org/news/2023/05/01/harbour"]
    (tmp_path / "_posts/2023-05-01-harbour.md").rename(tmp_path / "_posts/2023-05-01-haven.md")
    assert ids(tmp_path) == ["https://feeds.example.org/news/2023/05/01/harbour"]
    moved = ids(tmp_path, "--site-url", "https://else.example.net/")
    assert moved == ["https://feeds.example.org/news/2023/05/01/harbour"]


def test_another_way_to_make_ids_is_heard(tmp_path: Path) -> None:
    """Whoever sets `ids` anew wants other ids: what was published before does not stand against it."""
    lay(tmp_path, {"posts/a.md": scraped()})
    assert ids(tmp_path)[0].startswith("urn:uuid:")
    lay(tmp_path, {"feedtool.toml": '[posts]\nids = "source"\n'})
    assert ids(tmp_path) == ["https://news.example.org/1"]


def test_an_id_that_the_author_declares_is_used(tmp_path: Path) -> None:
    """An `id` in the header counts from the day that it is written."""
    lay(tmp_path, {"posts/a.md": own()})
    ids(tmp_path)
    lay(tmp_path, {"posts/a.md": own(title="Harbour\nid: tag:example.org,2023:harbour")})
    assert ids(tmp_path) == ["tag:example.org,2023:harbour"]


def test_a_lost_cache_and_another_machine_change_nothing(tmp_path: Path) -> None:
    """What the ids rest on lies in the output's manifest: with it, a clean build gives the same bytes."""
    lay(tmp_path, {"posts/a.md": own(), "posts/b.md": scraped()})
    ids(tmp_path)
    (tmp_path / "posts/a.md").rename(tmp_path / "posts/renamed.md")
    ids(tmp_path)
    before = tree(tmp_path / "output")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copytree(tmp_path / "posts", elsewhere / "posts")
    shutil.copytree(tmp_path / "output", elsewhere / "output")
    lay(elsewhere, {"feedtool.toml": f'[site]\ntitle = "{tmp_path.name}"\n'})
    ids(elsewhere)
    assert tree(elsewhere / "output") == before


marks = st.tuples(*[st.sampled_from(["0" * 8, "1" * 8, "-" * 8])] * 3).map("".join)
claims = st.lists(
    st.builds(
        Claim,
        id=st.integers(0, 40).map(lambda n: f"urn:x:{n}"),
        root=st.integers(0, 5).map(lambda n: f"urn:r:{n}"),
        published_ms=st.integers(0, 3),
        mark=marks,
    ),
    max_size=8,
    unique_by=lambda claim: claim.id,
)


@given(claims, claims)
def test_every_id_has_one_heir_at_most(lost: list[Claim], strays: list[Claim]) -> None:
    """No id goes to two stories, and no story takes over two; the order in which they come does not matter."""
    found = inherit(lost, strays)
    assert len({claim.id for claim in found.values()}) == len(found)
    assert found.keys() <= {claim.id for claim in strays}
    assert found == inherit(lost[::-1], strays[::-1])


def term_feeds(site: Path, kind: str = "category") -> dict[str, str]:
    """Return slug by term of the feeds that the manifest lists."""
    feeds = json.loads((site / "output/feeds.json").read_text(encoding="utf-8"))["feeds"]
    return {feed["term"]: feed["slug"] for feed in feeds if feed["kind"] == kind}


ALIAS = '[aliases]\n"News" = "Port"\n'


def test_a_renamed_category_keeps_its_address(tmp_path: Path) -> None:
    """The old address has the documents of the new one, which name the new one as theirs; so it is in every format."""
    lay(tmp_path, {"posts/a.md": own()})
    ids(tmp_path)
    lay(tmp_path, {"posts/a.md": own(category="Port"), "posts/b.md": own(title="B"), "feedtool.toml": ALIAS})
    ids(tmp_path)
    output = tmp_path / "output"
    assert term_feeds(tmp_path) == {"Port": "port"}
    for name in ("atom.xml", "rss.xml", "feed.json", "index.html"):
        assert (output / "category/news" / name).read_bytes() == (output / "category/port" / name).read_bytes()
    assert len(entries(output, "category/news/feed.json")) == 2  # one post has the old name still
    assert (
        b'href="https://feeds.example.org/category/port/atom.xml" rel="self"'
        in (output / "category/news/atom.xml").read_bytes()
    )
    assert b"category/news" not in (output / "feeds.opml").read_bytes()
    before = tree(output)
    ids(tmp_path, "--no-cache")
    assert tree(output) == before


def test_an_alias_of_an_empty_feed_keeps_the_address(tmp_path: Path) -> None:
    """Where nothing has the new name yet, the feed of the old one stays."""
    lay(tmp_path, {"posts/a.md": own(), "posts/b.md": own(title="B", category="Sea")})
    ids(tmp_path)
    (tmp_path / "posts/a.md").unlink()
    lay(tmp_path, {"feedtool.toml": ALIAS})
    ids(tmp_path)
    assert term_feeds(tmp_path)["News"] == "news"


def test_names_may_change_again(tmp_path: Path) -> None:
    """Of a chain of names each old address has the newest feed; back to an old name is a circle, and refused."""
    lay(tmp_path, {"posts/a.md": own()})
    ids(tmp_path)
    lay(tmp_path, {"posts/a.md": own(category="Port"), "feedtool.toml": ALIAS})
    ids(tmp_path)
    lay(tmp_path, {"posts/a.md": own(category="Docks"), "feedtool.toml": ALIAS + '"Port" = "Docks"\n'})
    ids(tmp_path)
    contents = {(tmp_path / "output/category" / slug / "rss.xml").read_bytes() for slug in ("news", "port", "docks")}
    assert len(contents) == 1
    lay(tmp_path, {"feedtool.toml": ALIAS + '"Port" = "News"\n'})
    circle = build(cwd=tmp_path)
    assert circle.status == 2
    assert 'aliases: "News" leads back to itself' in circle.err


def test_an_address_that_was_published_is_never_given_away(tmp_path: Path) -> None:
    """A new term that would be spelled like an old name gets another address."""
    lay(tmp_path, {"posts/a.md": own()})
    ids(tmp_path)
    lay(tmp_path, {"feedtool.toml": ALIAS, "posts/b.md": own(title="B", category="news")})
    ids(tmp_path)
    slugs = term_feeds(tmp_path)
    assert slugs["Port"] == "port"
    assert slugs["news"].startswith("news-")


def test_feeds_that_are_switched_off_keep_their_addresses(tmp_path: Path) -> None:
    """Switched on again, each term has the address that it had, whatever was written in between."""
    lay(tmp_path, {"posts/a.md": own(category="C++")})
    ids(tmp_path)
    assert term_feeds(tmp_path) == {"C++": "c"}
    lay(tmp_path, {"feedtool.toml": "[feeds.category]\nenabled = false\n"})
    lay(tmp_path, {"posts/b.md": own(title="B", category="C", date="2001-01-01")})
    ids(tmp_path)
    ids(tmp_path)
    assert term_feeds(tmp_path) == {}
    lay(tmp_path, {"feedtool.toml": ""})
    ids(tmp_path)
    assert term_feeds(tmp_path)["C++"] == "c"
