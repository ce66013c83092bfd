"""`updated` tells the truth: it moves when a subscriber would read something else, never otherwise, and never back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from runs import build, lay, post, run, tree
from test_incremental import build as build_at

from feedtool import cli
from feedtool.config.reading import parse_config

#: noon of 1 and 2 June 2024 (UTC), in nanoseconds since 1970
FIRST, SECOND = 1_717_243_200_000_000_000, 1_717_329_600_000_000_000
ON_FIRST, ON_SECOND = "2024-06-01T12:00:00Z", "2024-06-02T12:00:00Z"
CONFIG = parse_config('[site]\ntitle = "Notes"\nurl = "https://feeds.example.org/"\n')[0]
TEA = post("Tea", date="2024-01-02T03:04:05Z", body="We drank it.", tags="[x]")
COFFEE = post("Coffee", date="2024-01-05T03:04:05Z", body="Later.")
PUBLISHED = "2024-01-02T03:04:05Z"


def at(base: Path, now_ns: int, *, cache: str | None = "cache") -> dict[str, Any]:
    """Build at a moment, and return the feed of all."""
    outcome = build_at(base, CONFIG, now_ns=now_ns, cache=cache)
    assert outcome.is_built
    return dict(json.loads((base / "output/feed.json").read_text(encoding="utf-8")))


def updated(feed: dict[str, Any], title: str = "Tea") -> str:
    """Return when an entry was updated."""
    return next(str(item["date_modified"]) for item in feed["items"] if item["title"].startswith(title))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a site of two posts that was published on the first day."""
    lay(tmp_path, {"posts/tea.md": TEA, "posts/coffee.md": COFFEE})
    at(tmp_path, FIRST)
    return tmp_path


def test_without_a_history_updated_is_published(tmp_path: Path) -> None:
    """The first publication says nothing of changes, whenever it is."""
    lay(tmp_path, {"posts/tea.md": TEA, "posts/coffee.md": COFFEE})
    assert updated(at(tmp_path, FIRST)) == PUBLISHED
    before = tree(tmp_path / "output")
    for now_ns in (SECOND, FIRST):
        assert updated(at(tmp_path, now_ns, cache=None)) == PUBLISHED
        assert tree(tmp_path / "output") == before


@pytest.mark.parametrize(
    "text",
    [
        TEA.replace("We drank it.", "We drank it all."),
        TEA.replace('"Tea"', '"Tea and more"'),
        TEA.replace("We drank it.", "[We](https://example.org/) drank it."),
        TEA.replace("We drank it.", "<p>We drank it.</p><p>我們喝了。</p>"),
    ],
    ids=["word", "title", "link", "paragraph"],
)
def test_an_edit_moves_it_once(text: str, site: Path) -> None:
    """It moves to the build that saw the edit, and stays there: with a cache, without one, and after other builds."""
    lay(site, {"posts/tea.md": text})
    feed = at(site, SECOND)
    assert (updated(feed), updated(feed, "Coffee")) == (ON_SECOND, "2024-01-05T03:04:05Z")
    assert ON_SECOND in (site / "output/atom.xml").read_text().partition("<entry>")[0]
    assert "<lastBuildDate>Sun, 02 Jun 2024 12:00:00 +0000" in (site / "output/rss.xml").read_text()
    before = tree(site / "output")
    for cache in (None, "cache", "other"):
        at(site, SECOND + 10**15, cache=cache)
        assert tree(site / "output") == before
    lay(site, {"posts/tea.md": TEA})
    assert updated(at(site, SECOND + 86_400 * 10**9)) == "2024-06-03T12:00:00Z"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("posts/tea.md", TEA.replace("We drank it.", '<p class="more" id="x">We drank it.</p>')),
        ("posts/tea.md", TEA.replace("We drank it.", "We drank it.\n\n<!-- a note to ourselves -->")),
        ("posts/tea.md", TEA.replace("We drank it.", "We drank it.\n\n<script>count()</script>")),
        ("posts/tea.md", TEA.replace("2024-01-02", "2024-01-03")),
        ("posts/tea.md", TEA.replace("2024-01-02", "2023-12-02")),
        ("posts/tea.md", TEA.replace("[x]", "[x, y]")),
        ("posts/else/other.md", TEA),
        ("posts/tea.md", TEA.replace("tags", "updated: 2024-03-01\ntags")),
    ],
    ids=["class", "comment", "script", "later date", "earlier date", "tag", "moved", "updated"],
)
def test_what_nobody_reads_does_not_move_it(name: str, text: str, site: Path) -> None:
    """A file that changed without a change of title or text is no update."""
    (site / "posts/tea.md").unlink()
    lay(site, {name: text})
    assert updated(at(site, SECOND)) == PUBLISHED
    assert updated(at(site, SECOND, cache=None)) == PUBLISHED


def test_trimmed_navigation_does_not_move_it(site: Path) -> None:
    """A list of related articles that comes and goes in a scraped article is no part of the entry."""
    text = TEA.replace("tags", "from: https://news.example.org/1\ntags")
    words = "<div><p>" + "We drank it, and talked about it for hours. " * 8 + "</p>{}</div>"
    related = '<ul class="related-articles"><li><a href="/a">A</a></li><li><a href="/b">B</a></li></ul>'
    lay(site, {"posts/tea.md": text.replace("We drank it.", words.format(""))})
    before = at(site, SECOND)
    lay(site, {"posts/tea.md": text.replace("We drank it.", words.format(related))})
    assert updated(at(site, SECOND + 10**15)) == updated(before)


def test_the_header_says_when(site: Path) -> None:
    """An `updated` in the header is the time of the change, unless an earlier one was published already."""
    lay(site, {"posts/tea.md": TEA.replace("tags", "updated: 2024-05-05\ntags").replace("it.", "it all.")})
    assert updated(at(site, SECOND)) == "2024-05-05T00:00:00Z"
    assert at(site, SECOND)["items"][0]["title"] == "Coffee"
    lay(site, {"posts/tea.md": TEA.replace("tags", "updated: 2024-05-05\ntags").replace("it.", "all of it.")})
    assert updated(at(site, SECOND)) == ON_SECOND


@pytest.mark.parametrize("key", ["updated", "lastmod", "last_modified_at"])
@pytest.mark.parametrize("moment", ["2024-06-02", "2024-06-01T12:00:01Z", "2071-01-01"])
def test_an_update_in_the_future_moves_nothing(key: str, moment: str, tmp_path: Path) -> None:
    """It is reported; no entry and no feed gets that time, and what is published keeps its own when it has come."""
    lay(tmp_path, {"posts/tea.md": TEA.replace("tags", f"{key}: {moment}\ntags"), "posts/coffee.md": COFFEE})
    outcome = build_at(tmp_path, CONFIG, now_ns=FIRST, cache="cache")
    assert [problem.code for problem in outcome.problems] == ["future-update"]
    assert (
        "<updated>2024-01-05T03:04:05Z</updated>" in (tmp_path / "output/atom.xml").read_text().partition("<entry>")[0]
    )
    assert updated(at(tmp_path, FIRST)) == PUBLISHED
    before = tree(tmp_path / "output")
    at(tmp_path, SECOND)
    assert tree(tmp_path / "output") == before
    lay(tmp_path, {"posts/tea.md": TEA.replace("tags", f"{key}: {moment}\ntags").replace("it.", "it all.")})
    assert updated(at(tmp_path, FIRST)) == ON_FIRST


def test_a_feed_is_updated_by_each_edit(site: Path) -> None:
    """The feed's own time moves, though its newest entry is newer than the edit; and it does not move back."""
    lay(site, {"posts/tea.md": TEA.replace("tags", "updated: 2024-01-03\ntags").replace("it.", "it all.")})
    at(site, SECOND)
    head = f"<updated>{ON_SECOND}</updated>"
    assert head in (site / "output/atom.xml").read_text().partition("<entry>")[0]
    (site / "posts/tea.md").unlink()
    at(site, SECOND + 10**15)
    assert head in (site / "output/atom.xml").read_text().partition("<entry>")[0]
    (site / "posts/coffee.md").unlink()
    lay(site, {"posts/old.md": post("Old", date="2020-01-01")})
    at(site, SECOND + 10**15)
    assert head in (site / "output/atom.xml").read_text().partition("<entry>")[0]


def test_a_deleted_telling_moves_nothing_back(tmp_path: Path) -> None:
    """Of two files with one story the first is deleted: the entry stays as it was."""
    first = TEA.replace("tags", "from: https://news.example.org/1\ntags")
    lay(tmp_path, {"posts/a.md": first, "posts/b.md": first.replace("01-02T", "01-03T").replace("it.", "it all.")})
    before = at(tmp_path, FIRST)
    (tmp_path / "posts/a.md").unlink()
    assert at(tmp_path, SECOND)["items"] == before["items"]


def test_a_clock_that_runs_backwards_moves_nothing_back(site: Path) -> None:
    """An edit is later than the last one, whatever the clock says."""
    lay(site, {"posts/tea.md": TEA.replace("it.", "it all.")})
    first = updated(at(site, SECOND))
    lay(site, {"posts/tea.md": TEA.replace("it.", "all of it.")})
    assert updated(at(site, FIRST - 10**18)) > first


# Git.


def git(base: Path, *arguments: str, when: str = "2024-04-04T04:04:04Z") -> None:
    """Run git, as somebody at some time."""
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in
           (("NAME", "Ann"), ("EMAIL", "ann@example.org"), ("DATE", when))}  # fmt: skip
    subprocess.run(["git", *arguments], cwd=base, check=True, capture_output=True, env={**os.environ, **who})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a site in a git repository, published, with an edit that was committed later."""
    base = tmp_path / "site"
    lay(base, {"posts/tea.md": TEA, "posts/coffee.md": COFFEE, "posts/茶.md": post("Green", date=PUBLISHED)})
    git(base.parent, "init", "-q", str(base))
    git(base, "add", "posts")
    git(base, "commit", "-qm", "Add", when="2024-03-03T03:03:03Z")
    assert build(cwd=base).status == 0
    lay(base, {"posts/tea.md": TEA.replace("it.", "it all."), "posts/茶.md": post("Green", date=PUBLISHED, body="It.")})
    git(base, "commit", "-qam", "Edit")
    return base


def built(base: Path, *arguments: str) -> dict[str, Any]:
    """Build, and return the feed of all."""
    assert run("build", "--jobs", "1", "--site-url", "https://feeds.example.org/", *arguments, cwd=base).status == 0
    return dict(json.loads((base / "output/feed.json").read_text(encoding="utf-8")))


def test_an_edit_is_as_old_as_its_commit(repository: Path) -> None:
    """The last commit of the file says when the entry changed, whenever it is built."""
    feed = built(repository)
    assert updated(feed) == updated(feed, "Green") == "2024-04-04T04:04:04Z"
    git(repository, "commit", "-qm", "Later", "--allow-empty", when="2024-05-05T05:05:05Z")
    assert built(repository, "--no-cache") == feed


def test_a_shallow_clone_knows_no_times(repository: Path, tmp_path: Path) -> None:
    """There every file seems to be of the last commit, so the build's own time counts."""
    git(repository, "commit", "-qm", "Later", "--allow-empty")
    git(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "shallow")
    shutil.copytree(repository / "output", tmp_path / "shallow/output")
    assert updated(built(tmp_path / "shallow")) > "2026"


def test_git_is_asked_no_more_than_it_must(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question takes as long as ten entries: of a changed file there is one, and without a repository none."""
    asked: list[str] = []
    real = cli._git  # noqa: SLF001

    def ask(base: Path, *arguments: str) -> str | None:
        asked.append(arguments[0])
        return real(base, *arguments)

    monkeypatch.setattr(cli, "_git", ask)
    lay(repository, {"posts/tea.md": TEA.replace("it.", "nothing else.")})
    built(repository)
    assert sorted(asked) == ["log", "status", "status"]
    asked.clear()
    lay(tmp_path, {"else/posts/tea.md": TEA})
    built(tmp_path / "else")
    lay(tmp_path, {"else/posts/tea.md": TEA.replace("it.", "nothing else.")})
    assert updated(built(tmp_path / "else")) > "2026"
    assert asked == []


def test_an_edit_that_is_not_committed_is_of_now(repository: Path) -> None:
    """The last commit knows nothing of it."""
    lay(repository, {"posts/tea.md": TEA.replace("it.", "nothing else.")})
    feed = built(repository)
    assert updated(feed) > "2026"
    assert updated(feed, "Green") == "2024-04-04T04:04:04Z"
