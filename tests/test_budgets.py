"""Budgets: what readers and hosts take is said where it is exceeded, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from runs import build, lay, post, tree

from feedtool.build.feed_jobs import FeedJob
from feedtool.build.limits import exceeded, too_many_files
from feedtool.cache.entries import EntryInfo
from feedtool.config import Config, Feeds, Site
from feedtool.model import Feed, Host

FEED = Feed(
    kind="all",
    title="Notes",
    description="Notes",
    language="en",
    author="Notes",
    url="https://feeds.example.org/",
    home_url="https://feeds.example.org/",
    formats=("atom",),
    updated_ms=0,
)
HOUR_MS = 3_600_000


def job(count: int, *, every_ms: int = 24 * HOUR_MS, size: int = 1000, feed: Feed = FEED) -> FeedJob:
    """Return a feed with so many entries, one at a time."""
    entries = (EntryInfo(f"urn:x:{n}", b"", size, -n * every_ms, 0, no=1, content="") for n in range(count))
    return FeedJob(feed=feed, entries=tuple(entries))


def codes(one: FeedJob, *, files: int = 10, feeds: Feeds = Feeds(limit=50)) -> list[str]:  # noqa: B008 - frozen
    """Return the codes of what is said."""
    return [problem.code for problem in exceeded([one], feeds, (), files=files)]


def test_a_feed_within_its_budget_is_not_mentioned() -> None:
    """Fifty entries, one a day."""
    assert codes(job(50)) == []


@pytest.mark.parametrize(("files", "said"), [(20_000, []), (20_001, ["many-files"])])
def test_hosts_take_so_many_files(files: int, said: list[str]) -> None:
    """20,000 on common free plans."""
    assert codes(job(1), files=files) == said


def test_a_build_with_too_many_files_writes_none(tmp_path: Path) -> None:
    """It says how many, and which min_entries would help; the folder is as it was, and 0 is no limit."""
    posts = {f"posts/{n}.md": post(f"Post {n}", tags=f"[tea, word{n}]", permalink="/x/") for n in range(9)}
    lay(tmp_path, {**posts, "feedtool.toml": "[feeds]\nmax_files = 20\n"})
    told = build(cwd=tmp_path)
    assert (told.status, "[too-many-files]" in told.err) == (1, True)
    assert "files, and 20 are allowed" in told.err
    assert "Write min_entries = 2 under [feeds.tag]: about " in told.err
    assert not (tmp_path / "output").exists() or not tree(tmp_path / "output")
    lay(tmp_path, {"feedtool.toml": "[feeds]\nmax_files = 20\n[feeds.tag]\nmin_entries = 2\n"})
    assert build(cwd=tmp_path).status == 0
    assert len(tree(tmp_path / "output")) <= 20
    lay(tmp_path, {"feedtool.toml": "[feeds]\nmax_files = 0\n"})
    assert build(cwd=tmp_path).status == 0


@pytest.mark.parametrize(
    ("host", "files", "is_too_many"),
    [((), 60_000, False), ((), 60_001, True), (("cloudflare-pages",), 20_001, True), (("nginx", "vercel"), 15_001, True),
     (("nginx",), 60_000, False)],
)  # fmt: skip
def test_the_limit_is_the_hosts(host: tuple[Host, ...], files: int, is_too_many: bool) -> None:  # noqa: FBT001
    """The lowest of several; one that the configuration names comes first."""
    config = Config(site=Site(host=host))
    assert bool(list(too_many_files(files, config, ()))) == is_too_many
    assert not list(too_many_files(files, replace(config, feeds=Feeds(max_files=0)), ()))


def test_what_a_document_cannot_hold_does_not_count() -> None:
    """A limit of bytes keeps a feed small, however many entries there are."""
    assert codes(job(4000), feeds=Feeds(limit=0)) == []
    assert codes(job(4000), feeds=Feeds(limit=0, max_bytes=0)) == ["feed-too-large"]
    assert codes(job(50, size=200_000), feeds=Feeds(limit=50, max_bytes=0)) == ["feed-too-large"]


def test_a_feed_of_hours_loses_entries_unless_it_has_archives() -> None:
    """A reader that comes once a day misses what has left the feed."""
    assert codes(job(50, every_ms=HOUR_MS // 3)) == ["feed-too-short"]
    assert codes(job(49, every_ms=HOUR_MS // 3)) == []
    archived = replace(FEED, is_archived=True, older="2023")
    assert codes(job(50, every_ms=HOUR_MS // 3, feed=archived)) == []
    assert codes(job(50, every_ms=HOUR_MS // 6, feed=archived)) == ["feed-floods"]
