"""The benchmark's posts: the same on every machine, and good posts, so that its numbers are about building feeds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.measure import Cost
from benchmarks.table import exponent
from heavy import heavy
from runs import lay, run, tree

pytestmark = heavy

ROOT = Path(__file__).parent.parent
#: as a bot writes them: one to each form that the layout knows, and one whose header is broken
ORIGINALS = {
    "news/2021-03-04-First.md": """---
layout: post
title: "First: a \\"story\\""
date: 2021-03-04T05:06:07.000Z
author: Some One
from: https://news.example/a?id=1#top
tags: [ Nei.st, C++ ]
comments: True
categories: [ News ]
---
<!--1614834367000-->
[First: a "story"](https://news.example/a?id=1#top)
------

<div>
<p>What the first of them tells is about the weather in the hills.</p>
</div>
""",
    "news/2021-03-05-Second.md": """---
title: 第二
date: 2021-03-05
from: https://news.example/b_(c)
categories: [ 新闻 ]
---

<section><p>What the second of them tells is about the sea.</p></section>
""",
    "Third_story.markdown": """---
title: Third
from: http://other.example
draft: true
tags: [ 2021, "on" ]
---
<!--NaN-->
[Third](http://other.example)
------

<div><p>What the third of them tells is about an island.</p></div>
""",
    "broken.md": "---\ntitle: [\n---\ntext\n",
}


def _benchmark(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, encoding="utf-8")


def _lay_out(folder: Path, *flags: str | Path) -> Path:
    _benchmark("--posts", "20", "--only-lay-out", "--folder", folder, *flags)
    return folder


@pytest.mark.parametrize("flags", [(), ("--short",)])
def test_the_same_seed_gives_the_same_posts(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Two people who compare numbers built the same bytes; another seed gives other posts."""
    one, again, other = (
        tree(_lay_out(tmp_path / name, *flags, "--seed", seed) / "feedtool")
        for name, seed in (("one", "1"), ("again", "1"), ("other", "2"))
    )
    assert len(one) == 21
    assert one == again
    assert one.keys() == other.keys()
    assert one != other


@pytest.mark.parametrize("flags", [(), ("--short",)])
def test_the_posts_build_without_a_problem(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """What is measured is the building of good posts: every one is an entry, and there is nothing to say about it."""
    site = _lay_out(tmp_path / "work", *flags) / "feedtool"
    built = run("build", "--strict", "--jobs", "1", cwd=site)
    assert (built.status, built.err) == (0, "")
    entries = json.loads((site / "output" / "feed.json").read_bytes())["items"]
    assert len(entries) == 20
    assert all(len(entry["content_html"]) > 100 for entry in entries)


def test_both_tools_get_the_same_posts(tmp_path: Path) -> None:
    """The layouts differ in names and places, and not in a byte of any post."""
    work = _lay_out(tmp_path / "work")
    ours, theirs = (tree(work / name) for name in ("feedtool/posts", "hugo/content"))
    assert len(ours) == 20
    assert sorted(ours.values()) == sorted(theirs.values())


def test_real_posts_make_as_many_stories_as_asked(tmp_path: Path) -> None:
    """Every copy is an entry of its own, by title, address and time, and the feeds are those of the originals' terms."""
    originals = lay(tmp_path / "originals", ORIGINALS)
    site = _lay_out(tmp_path / "work", "--from", originals) / "feedtool"
    built = run("build", "--strict", "--jobs", "1", cwd=site)
    assert (built.status, built.err) == (0, "")
    entries = json.loads((site / "output" / "feed.json").read_bytes())["items"]
    assert [len({entry[key] for entry in entries}) for key in ("title", "url", "date_published")] == [20, 20, 20]
    assert all("them tells is about" in entry["content_html"] for entry in entries)
    feeds = json.loads((site / "output" / "feeds.json").read_bytes())["feeds"]
    terms = {("category", "news"), ("category", "新闻"), ("tag", "neist"), ("tag", "c"), ("tag", "2021"), ("tag", "on")}
    assert {(feed["kind"], feed["term"]) for feed in feeds} == {("all", ""), *terms}


def test_real_posts_are_the_same_by_their_seed_and_spread_over_ten_years(tmp_path: Path) -> None:
    """The same folder and seed give the same bytes, the years are all there, and both tools get the same posts."""
    originals = lay(tmp_path / "originals", ORIGINALS)
    one, again, other = (
        _lay_out(tmp_path / name, "--from", originals, "--seed", seed)
        for name, seed in (("one", "1"), ("again", "1"), ("other", "2"))
    )
    assert tree(one) == tree(again) != tree(other)
    ours, theirs = (tree(one / name) for name in ("feedtool/posts", "hugo/content"))
    assert sorted(ours.values()) == sorted(theirs.values())
    years = [path.partition("/")[0] for path in ours]
    assert {year: years.count(year) for year in years} == {str(year): 2 for year in range(2010, 2020)}


@heavy
def test_changes_to_real_posts_are_built(tmp_path: Path) -> None:
    """Adding, editing and deleting works with copies too, and what cannot be used is counted."""
    originals = lay(tmp_path / "originals", ORIGINALS)
    work = tmp_path / "work"
    flags = ("--posts", "22", "--runs", "1", "--scenario", "change", "--json")
    done = _benchmark("--from", originals, "--folder", work, *flags)
    assert "3 posts to make others of, 1 skipped" in done.stderr
    results = json.loads(done.stdout)["results"]
    assert {result["scenario"] for result in results} == {"limit", "change"}
    titles = {item["title"] for item in json.loads((work / "feedtool" / "output" / "feed.json").read_bytes())["items"]}
    numbers = {title.partition(" · ")[2] for title in titles}
    assert numbers == {*map(str, range(23)), "12 · 1"} - {"11", "12"}


@heavy
def test_growth_tells_the_time_of_each_size_and_the_exponent() -> None:
    """Each size is built as often as asked, and the powers are numbers."""
    told = json.loads(_benchmark("--growth", "20,5", "--short", "--runs", "1", "--json").stdout)
    assert {count: len(costs) for count, costs in told["growth"].items()} == {"5": 1, "20": 1}
    assert told["exponent"].keys() == {"wall", "cpu"}
    assert all(cost["wall"] > 0 and cost["memory"] > 0 for costs in told["growth"].values() for cost in costs)


def test_the_exponent_is_the_slope_between_the_logarithms() -> None:
    """Time that grows with the square of the posts has the exponent 2; one that stays has 0."""
    costs = {count: [Cost(wall=count**2 / 7, cpu=3, memory=1)] for count in (10, 50, 300)}
    assert exponent(costs) == pytest.approx({"wall": 2, "cpu": 0})
