"""What a program is told of a build: which files changed, and everything else in numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import feedparser
import pytest
from runs import SITE_URL, Run, build, lay, post, run, tree

from feedtool.model import is_feed

GITHUB = {"GITHUB_ACTIONS": "true"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with two posts of different tags, one of which no address can hold as it is."""
    return lay(tmp_path, {"posts/a.md": post("A", tags="[新聞, C++]"), "posts/b.md": post("B", tags="[other]")})


def told(done: Run) -> dict[str, Any]:
    """Return what a build said on standard output."""
    return dict(json.loads(done.out))


def changed(done: Run) -> list[str]:
    """Return the files that changed."""
    return [each["path"] for each in told(done)["changed"]]


def test_a_first_build_names_every_file(site: Path) -> None:
    """Each once, with whether it is a feed."""
    files = told(build("--json", cwd=site))["changed"]
    (style,) = (path.name for path in (site / "output").glob("style-*.css"))
    assert sorted(each["path"] for each in files) == sorted(tree(site / "output"))
    feeds = {each["path"].rpartition("/")[2] for each in files if each["is_feed"]}
    others = {each["path"].rpartition("/")[2] for each in files if not each["is_feed"]}
    assert (feeds, others) == (
        {"atom.xml", "rss.xml", "feed.json"},
        {
            "feed.css",
            "feed.svg",
            style,
            "index.html",
            "entries.html",
            "feeds.json",
            "feeds.opml",
            "2024.json",
            "files.json",
            "index.json",
        },
    )


def test_the_address_of_a_file_is_the_one_that_it_names_itself(site: Path) -> None:
    """A CDN or a hub is told what readers ask for, in any script."""
    atom = [each for each in told(build("--json", cwd=site))["changed"] if each["path"].endswith("atom.xml")]
    assert len(atom) == 4
    for each in atom:
        links = feedparser.parse((site / "output" / each["path"]).read_bytes()).feed.links
        assert [link.href for link in links if link.rel == "self"] == [each["url"]]
        assert each["url"].startswith(SITE_URL)
        assert each["url"].isascii()


@pytest.mark.parametrize("cache", [[], ["--no-cache"]], ids=["remembered", "made anew"])
def test_where_nothing_changed_no_file_is_named(site: Path, cache: list[str]) -> None:
    """A second build says the same of the posts, and names nothing, whether it had to look or not."""
    first = told(build("--json", *cache, cwd=site))
    again = told(build("--json", *cache, cwd=site))
    assert (again["changed"], again["removed"], again["files"]["written"]) == ([], [], 0)
    assert {name: again[name] for name in ("posts", "entries", "feeds")} == {"posts": 2, "entries": 2, "feeds": 4}
    assert again["files"]["unchanged"] == len(first["changed"])


def test_a_changed_post_names_the_feeds_that_hold_it(site: Path) -> None:
    """And no others: whoever is told of a change finds one."""
    build("--json", cwd=site)
    before = tree(site / "output")
    lay(site, {"posts/b.md": post("B", tags="[other]", body="Better words.")})
    names = changed(build("--json", cwd=site))
    after = tree(site / "output")
    assert sorted(names) == sorted(path for path in after if after[path] != before.get(path))
    assert {"tag/other/atom.xml", "atom.xml"} <= set(names)
    assert not [name for name in names if is_feed(name) and name.startswith("tag/") and "other" not in name]


def test_in_a_fresh_checkout_files_are_compared_with_what_is_published(site: Path, tmp_path: Path) -> None:
    """All are written, and those that differ from the published ones are named: who purges a CDN asks for no more."""
    build("--prune", cwd=site)
    published = tree(site / "output")
    (site / "output").rename(tmp_path / "published")
    lay(site, {"posts/c.md": post("C", tags="[other]", date="2024-05-05")})
    (site / "posts/a.md").unlink()
    done = build("--json", "--prune", "--against", str(tmp_path / "published/feeds.json"), cwd=site)
    after = tree(site / "output")
    assert told(done)["files"]["written"] == len(after)
    assert sorted(changed(done)) == sorted(path for path in after if after[path] != published.get(path))
    assert told(done)["removed"] == sorted(path for path in published if path not in after)
    (site / "output").rename(tmp_path / "second")
    again = build("--json", "--against", str(tmp_path / "second/feeds.json"), cwd=site)
    assert (changed(again), told(again)["removed"]) == ([], [])


def test_files_that_go_are_named(site: Path) -> None:
    """What --prune removes is no longer there for a CDN either."""
    build(cwd=site)
    (site / "posts/b.md").unlink()
    gone = told(build("--json", "--prune", cwd=site))["removed"]
    assert gone == ["entry/b/index.html"] + [
        f"tag/other/{name}" for name in ("atom.xml", "feed.json", "index.html", "rss.xml")
    ]


def test_without_an_address_no_file_has_one(site: Path) -> None:
    """What stands in for a missing address is of use on this machine alone."""
    assert {each["url"] for each in told(run("build", "--jobs", "1", "--json", cwd=site))["changed"]} == {""}


def test_a_build_of_nothing_is_told_as_such(tmp_path: Path) -> None:
    """The same keys, so that a program needs no special case; the exit status is that of any build."""
    lay(tmp_path, {"posts/empty.md": ""})
    done = build("--json", cwd=tmp_path)
    said = told(done)
    assert (done.status, said["is_built"], said["changed"], said["entries"]) == (1, False, [], 0)
    assert said["counts"]["error"] == len([each for each in said["problems"] if each["level"] == "error"]) == 2


def test_nothing_else_is_on_standard_output(site: Path) -> None:
    """In CI too: problems, annotations and the summary for people are on standard error."""
    lay(site, {"posts/x.md": post("X", lang="Klingon")})
    done = build("--json", cwd=site, env=GITHUB)
    assert told(done)["counts"]["warning"] == 1
    assert re.search("^posts/x.md:4: warning", done.err, re.MULTILINE)
    assert re.search("^::warning file=posts/x.md,line=4", done.err, re.MULTILINE)
    assert re.search("^posts read +3$", done.err, re.MULTILINE)
    lay(site, {"feedtool.toml": "[site]\nurll = 1\n"})
    wrong = run("build", "--json", cwd=site, env=GITHUB)
    assert (wrong.status, wrong.out) == (2, "")


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("atom.xml", True),
        ("tag/x/feed.json", True),
        ("archive/2023.atom.xml", True),
        ("tag/x/archive/2023.json", True),
        ("tag/archive/index.html", False),
        ("feeds.json", False),
        ("vercel.json", False),
        ("tag/x/atom.xml.gz", False),
        ("feeds.opml", False),
    ],
)
def test_feeds_are_told_by_their_paths(path: str, *, is_one: bool) -> None:
    """Documents that somebody may be subscribed to, and those of the past; no pages, lists or copies."""
    assert is_feed(path) is is_one


def test_a_check_tells_how_much_it_looked_at(site: Path) -> None:
    """Posts, entries and feeds as a build would count them; nothing of the kind for files."""
    said = told(run("check", "--jobs", "1", "--format", "json", "--site-url", SITE_URL, cwd=site))
    assert {name: said[name] for name in ("posts", "entries", "feeds")} == {"posts": 2, "entries": 2, "feeds": 4}
    build(cwd=site)
    assert set(told(run("check", "output", "--format", "json", cwd=site))) == {"problems", "counts"}


def test_in_github_actions_a_check_is_seen_beside_the_files(site: Path) -> None:
    """Its findings are annotations, whatever the format, and its summary is on the summary page."""
    lay(site, {"posts/x.md": post("X", lang="Klingon")})
    env = {**GITHUB, "GITHUB_STEP_SUMMARY": str(site / "page.md")}
    done = run("check", "--jobs", "1", "--format", "json", "--site-url", SITE_URL, cwd=site, env=env)
    assert told(done)["counts"]["warning"] == 1
    assert re.findall("^::warning file=([^,]+),", done.err, re.MULTILINE) == ["posts/x.md"]
    assert "| problems | 0 errors, 1 warning, 3 notes |" in (site / "page.md").read_text(encoding="utf-8")
    github = run("check", "--jobs", "1", "--format", "github", "--site-url", SITE_URL, cwd=site, env=GITHUB)
    assert (github.out + github.err).count("::warning") == 1
