"""The benchmark's posts: the same on every machine, and good posts, so that its numbers are about building feeds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from runs import run, tree

SCRIPT = Path(__file__).parent / "benchmarks" / "compare.py"


def _lay_out(folder: Path, *flags: str) -> Path:
    subprocess.run(
        [sys.executable, SCRIPT, "--posts", "20", "--only-lay-out", "--folder", folder, *flags],
        check=True,
        capture_output=True,
    )
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
