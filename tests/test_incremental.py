"""A build that remembers gives what one without memory gives, whatever came between; and it does no more than it must."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from heavy import heavy, sampled
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from runs import SITE_URL, lay, post, tree

from feedtool import generators, reader, sanitiser
from feedtool.build import Outcome, discovery, idle, jobs, pipeline
from feedtool.build.parallel import Pools, Workers, serial
from feedtool.build.run import Workspace, run
from feedtool.cache import opened, packing, serialise
from feedtool.cache.files import DocumentRow, FeedRow, keep_written, written_documents, written_feeds
from feedtool.config import Config, Feeds, Sanitiser, Site, SiteRules
from feedtool.config import Posts as Folders
from feedtool.config.reading import parse_config
from feedtool.model import Entry, Part, Post
from feedtool.output import stamp, verify
from feedtool.problems import printable_path
from feedtool.reader import front_matter, split

WORKERS = Workers(posts=serial, feeds=serial, progress=lambda *_: None)


def build(base: Path, config: Config, *, output: str = "output", cache: str | None = "cache", engine: str = "1",
          now_ns: int | None = None) -> Outcome:  # fmt: skip
    """Build in this process; `now_ns` is None for the present moment."""
    return run(
        config,
        Workspace(base=base, output=base / output, cache=base / cache if cache else None, engine=engine, secret=b"own"),
        Pools(readers=serial, workers=lambda: WORKERS),
        now_ns=time.time_ns() if now_ns is None else now_ns,
    )


def said(outcome: Outcome) -> Outcome:
    """Return what a build says, but for how much it had to write."""
    return replace(outcome, written=0, unchanged=outcome.written + outcome.unchanged, bytes_written=0)


# Any posts, any changes, any order.

FOLDERS = ("posts", "posts/deep", "more")
NAMES = ("a.md", "b.md", "c.html", "ü.txt", "2024-01-02-e.md", "A.md")
SOURCES = (
    "https://news.example.org/1",
    "https://news.example.org/2",
    "https://sub.news.example.org/1",
    "https://other.example/1",
)
#: one moment in three spellings, then within a week, a week later to the second, beyond it, far, never
DATES = (
    "2024-01-02T03:04:05Z", "2024-01-02 11:04:05 +0800", "2024-01-02 03:04:05", "2024-01-02", "2024-01-06",
    "2024-01-09T03:04:05Z", "2024-01-09T03:04:06Z", "2024-01-15", "2024-03-01", "2099-01-01",
)  # fmt: skip
_CLAIMED = "urn:example:1"
#: the id that a post gets of its source and date, and the one that it gets where another post has the declared one
_DERIVED = uuid.uuid5(uuid.NAMESPACE_URL, f"{SOURCES[0]}\n1704164645000").urn
_RENAMED = uuid.uuid5(uuid.NAMESPACE_URL, f"{_CLAIMED}\n{_DERIVED}").urn
IDS = (_CLAIMED, _CLAIMED, "tag:example.org,2024:1", "no uri", _DERIVED, _RENAMED)
TERMS = ("C", "C++", "C#", "News", "news", "茶", "tea", "c-f1deb7")
BODIES = (
    "Words aaa.",
    "Words aaa.",
    '<div class="plea">Give.</div>\n\n<p class="x">Words aaa.</p>',
    "Long words. aaa " * 400,
    "<b>",
    "",
)


def some(values: tuple[str, ...], most: int = 3) -> st.SearchStrategy[str]:
    """Return a strategy for a list in a header."""
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(lambda names: f"[{', '.join(names)}]")


HEADERS = st.fixed_dictionaries(
    {"title": st.sampled_from(("Tea", "Tea", "News", "茶館")), "date": st.sampled_from(DATES)},
    optional={
        "from": st.sampled_from(SOURCES),
        "id": st.sampled_from(IDS),
        "tags": some(TERMS),
        "categories": some(TERMS, 2),
        "author": st.sampled_from(("Ann", "ann", "李")),
        "updated": st.sampled_from(("2024-02-01", "2020-01-01")),
        "lang": st.sampled_from(("zh-Hant", "Klingon")),
        "permalink": st.sampled_from(("/here/", "https://else.example/x")),
        "publishDate": st.sampled_from(("2024-01-04", "2098-01-01")),
        "expiryDate": st.sampled_from(("2024-01-05", "2024-02-01", "2099-02-01")),
    },
)
#: what one post in a few has in its header beside that, so that most posts give an entry
ODD = ("draft: true", "draft: false", "date: soon", "date:", "tags: [broken", "title: twice", "tags: C")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return the text of a post, whole or not."""
    header = draw(HEADERS)
    lines = [f"{key}: {value}" for key, value in header.items()]
    oddity = draw(st.integers(0, 39))
    lines += ODD[oddity - 30 :][:1] if oddity >= 30 else []
    body = draw(st.sampled_from(BODIES)) + draw(st.sampled_from(("", "", "\n\n[b](b.md) [a](../a.md)")))
    return "\n".join(["---", *lines, "---" if oddity < 39 else "", "", body, ""])


PLACES = st.builds("{}/{}".format, st.sampled_from(FOLDERS), st.sampled_from(NAMES))
#: values of the configuration by key, each beside its default
CHOICES: dict[str, tuple[str, ...]] = {
    "site.title": ('"Notes"', '"Words & Notes"'),
    "site.url": (f'"{SITE_URL}"', '"https://other.example/sub/"', '""'),
    "site.timezone": ('"UTC"', '"Asia/Taipei"', '"America/New_York"'),
    "site.language": ('""', '"en"'),
    "site.author": ('""', '"Ann"'),
    "site.description": ('""', '"All of it"'),
    "posts.dirs": ('["posts", "more"]', '["posts"]', '["more", "posts"]', '["posts", "posts/deep", "more"]', '["posts/deep", "nowhere"]'),
    "posts.permalink": ('""', '"/{year}/{month}/{day}/{category}/{slug}/"'),
    "posts.future": ("true", "false"),
    "posts.ignore_terms": ("[]", '["tea", "C"]'),
    "posts.excerpt_separator": ('""', '"words"'),
    "posts.defaults": ("[]", '[{ values = { lang = "fr" } }, { path = "posts/deep", values = { category = "Deep" } }]'),
    "feeds.formats": ('["atom", "rss", "json"]', '["json"]', '["rss", "atom"]'),
    "feeds.limit": ("50", "1", "2", "0"),
    "feeds.max_bytes": ("1_000_000", "6000", "2500", "900", "0"),
    "feeds.category.enabled": ("true", "false"),
    "feeds.category.title": ('"{term} – {site}"', '"{term}"'),
    "feeds.author.enabled": ("false", "true"),
    "feeds.tag.limit": ("50", "1"),
    "feeds.tag.min_entries": ("1", "2"),
    "feeds.tag.path": ('"tag/{slug}"', '"t/{slug}"'),
    "sanitiser.trim": ("true", "false"),
    "sanitiser.off": ("[]", '["share"]', '["nosuch"]'),
    "sanitiser.keep": ("[]", '[".plea"]'),
    'sanitiser.sites."news.example.org".drop': ("[]", '[".plea"]', '[".x"]', '["[["]'),
    'sanitiser.sites."other.example".drop': ("[]", '[".plea"]'),
}  # fmt: skip
MANIFEST = "feeds.json"
#: the present, and days before and behind those of the posts, in nanoseconds since 1970
NOWS = (None, *(day * 86_400_000_000_000 for day in (19_000, 19_725, 19_727, 19_740, 47_000, 47_200)))


class Incremental(RuleBasedStateMachine):
    """A site that changes, built after each change with a cache and without."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="feedtool-test-"))
        self.chosen = {key: values[0] for key, values in CHOICES.items()}
        self.now_ns: int | None = None
        for folder in FOLDERS:
            (self.base / folder).mkdir(parents=True)

    def teardown(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.base)

    @property
    def config(self) -> Config:
        """Return what is configured by now."""
        config, problems = parse_config("\n".join(f"{key} = {value}" for key, value in self.chosen.items()))
        assert not problems
        return config

    def posts(self) -> list[Path]:
        """Return all posts, sorted."""
        return sorted(
            path for folder in ("posts", "more") for path in (self.base / folder).rglob("*") if path.is_file()
        )

    def pick(self, data: st.DataObject) -> Path:
        """Return one of the posts."""
        return data.draw(st.sampled_from(self.posts()))

    def check(self) -> None:
        """Build with and without a cache from the same output, and compare all that comes of it."""
        shutil.rmtree(self.base / "clean", ignore_errors=True)
        if (self.base / "output").exists():
            shutil.copytree(self.base / "output", self.base / "clean")
        now_ns = time.time_ns() if self.now_ns is None else self.now_ns
        shutil.rmtree(self.base / "memory", ignore_errors=True)
        (self.base / "memory").mkdir()
        for copy in (self.base / "cache").glob("published-*"):  # of a lost manifest, both know the same
            (shutil.copytree if copy.is_dir() else shutil.copy)(copy, self.base / "memory" / copy.name)
        found = build(self.base, self.config, now_ns=now_ns)
        (self.base / "output").mkdir(exist_ok=True)  # of no post, nothing is made
        (self.base / "output").rename(self.base / "found")
        if (self.base / "clean").exists():
            (self.base / "clean").rename(self.base / "output")
        clean = build(self.base, self.config, cache="memory", now_ns=now_ns)
        assert said(found) == said(clean)
        assert tree(self.base / "found") == tree(self.base / "output")
        shutil.rmtree(self.base / "output", ignore_errors=True)
        (self.base / "found").rename(self.base / "output")

    @initialize(contents=st.lists(st.tuples(PLACES, texts()), min_size=2, max_size=8))
    def start(self, contents: list[tuple[str, str]]) -> None:
        """Begin with some posts."""
        lay(self.base, dict(contents))
        self.check()

    @rule(now_ns=st.sampled_from(NOWS))
    def let_time_pass(self, now_ns: int | None) -> None:
        """Build at another moment, later or, by a wrong clock, earlier."""
        self.now_ns = now_ns
        self.check()

    @rule(place=PLACES, text=texts())
    def put(self, place: str, text: str) -> None:
        """Write a post, new or over another."""
        lay(self.base, {place: text})
        self.check()

    @rule(contents=st.lists(st.tuples(PLACES, texts()), min_size=2, max_size=5))
    def put_several(self, contents: list[tuple[str, str]]) -> None:
        """Write several between two builds."""
        lay(self.base, dict(contents))
        self.check()

    @precondition(lambda self: bool(self.posts()))
    @rule(data=st.data())
    def edit_in_secret(self, data: st.DataObject) -> None:
        """Change a post to the same size, and set its time back."""
        path = self.pick(data)
        found, content = path.stat(), path.read_bytes()
        path.write_bytes(content.replace(b"aaa", b"bbb") if b"aaa" in content else content.replace(b"bbb", b"aaa"))
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
        self.check()

    @precondition(lambda self: bool(self.posts()))
    @rule(data=st.data(), text=texts())
    def edit_and_take_back(self, data: st.DataObject, text: str) -> None:
        """Change a post, build, and write what was there before."""
        path = self.pick(data)
        content = path.read_bytes()
        path.write_text(text, encoding="utf-8")
        self.check()
        path.write_bytes(content)
        self.check()

    @precondition(lambda self: bool(self.posts()))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """Delete a post."""
        self.pick(data).unlink()
        self.check()

    @precondition(lambda self: bool(self.posts()))
    @rule(data=st.data(), place=PLACES)
    def move(self, data: st.DataObject, place: str) -> None:
        """Rename a post, or move it to another folder, or over another post."""
        self.pick(data).replace(self.base / place)
        self.check()

    @precondition(lambda self: bool(self.posts()))
    @rule(data=st.data(), place=PLACES)
    def copy(self, data: st.DataObject, place: str) -> None:
        """Copy a post with its time, or touch it."""
        path = self.pick(data)
        content, found = path.read_bytes(), path.stat()
        lay(self.base, {place: content})
        os.utime(self.base / place, ns=(found.st_atime_ns, found.st_mtime_ns))
        self.check()

    @precondition(lambda self: len(self.posts()) > 1)
    @rule(data=st.data(), in_place=st.booleans())
    def swap(self, data: st.DataObject, in_place: bool) -> None:  # noqa: FBT001 - drawn
        """Give two posts each other's names, or each other's content and time."""
        one, two = self.pick(data), self.pick(data)
        if in_place:
            contents, times = (one.read_bytes(), two.read_bytes()), (one.stat(), two.stat())
            for path, content, found in zip((two, one), contents, times, strict=True):
                path.write_bytes(content)
                os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
        elif one != two:
            one.rename(self.base / "between")
            two.rename(one)
            (self.base / "between").rename(two)
        self.check()

    @rule(data=st.data(), key=st.sampled_from(sorted(CHOICES)))
    def configure(self, data: st.DataObject, key: str) -> None:
        """Change a setting."""
        self.chosen[key] = data.draw(st.sampled_from(CHOICES[key]))
        self.check()

    @precondition(lambda self: bool(tree(self.base / "output")))
    @rule(data=st.data(), how=st.sampled_from(("delete", "cut", "change", "foreign")))
    def damage_output(self, data: st.DataObject, how: str) -> None:
        """Do something to a file of the output."""
        path = self.base / "output" / data.draw(st.sampled_from(sorted(tree(self.base / "output"))))
        self.damage(path, how)
        self.check()

    @precondition(lambda self: (self.base / "output" / MANIFEST).exists())
    @rule(how=st.sampled_from(("delete", "cut", "change")))
    def damage_manifest(self, how: str) -> None:
        """Do something to the manifest."""
        self.damage(self.base / "output" / MANIFEST, how)
        self.check()

    @staticmethod
    def damage(path: Path, how: str) -> None:
        """Delete a file, cut it, change it to the same size, or put another in its place."""
        content, before = path.read_bytes(), stamp(path)
        if how == "delete":
            path.unlink()
        elif how == "foreign":
            path.write_bytes(b"<p>Mine.</p>")
        elif how == "cut":
            path.write_bytes(content[: len(content) // 2])
        else:
            path.write_bytes(content.replace(b"e", b"E"))
            while stamp(path) == before:  # nothing tells of a change within one tick of the clock
                os.utime(path)

    @rule(how=st.sampled_from(("cache", "output", "engine")))
    def lose(self, how: str) -> None:
        """Lose the cache, the output, or what an other release remembered."""
        if how == "engine":
            build(self.base, self.config, output="elsewhere", engine="2")
        else:
            shutil.rmtree(self.base / how, ignore_errors=True)
        self.check()

    @rule()
    def elsewhere(self) -> None:
        """Build into another folder with the same cache."""
        build(self.base, self.config, output="elsewhere")
        self.check()

    @rule()
    def rest(self) -> None:
        """Build once more."""
        self.check()


class AtLength(Incremental):
    """The same, more often and for longer."""


Incremental.TestCase.settings = settings(max_examples=3, stateful_step_count=8, phases=[Phase.generate])
AtLength.TestCase.settings = settings(max_examples=20, stateful_step_count=12, phases=[Phase.generate])
TestIncremental = Incremental.TestCase
TestIncrementalAtLength = heavy(AtLength.TestCase)


# No more than must be done.


@dataclass(slots=True)
class Work:
    """What builds have done since the last look, by files and titles, sorted."""

    read: list[str] = field(default_factory=list)
    parsed: list[str] = field(default_factory=list)
    cleaned: list[str] = field(default_factory=list)
    rendered: list[str] = field(default_factory=list)
    #: beside what is compared: header by header, document by document
    headers: list[str] = field(default_factory=list, compare=False)
    verified: list[str] = field(default_factory=list, compare=False)

    def counts(self) -> tuple[int, ...]:
        """Return how many files were opened, headers parsed, bodies cleaned, entries rendered, documents verified."""
        return tuple(map(len, (self.read, self.headers, self.cleaned, self.rendered, self.verified)))


class Yard:
    """A site whose builds are watched."""

    def __init__(self, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.base = base
        self.config = Config(
            site=Site(title="Notes", url=SITE_URL), posts=Folders(dirs=("posts", "more")), feeds=Feeds(limit=8)
        )
        self._work = Work()
        self._files: dict[str, str] = {}
        self._ahead = 0
        watch = self._watch
        load = watch("read", discovery.load, lambda path: Path(path).name)
        for module in (discovery, jobs):
            monkeypatch.setattr(module, "load", load)
        parse = watch("parsed", reader.read_with_body, lambda _, name, __: Path(name).name)
        monkeypatch.setattr(reader, "read_with_body", parse)
        monkeypatch.setattr(sanitiser, "clean", watch("cleaned", sanitiser.clean, lambda _, facts: facts.title))
        monkeypatch.setattr(split, "read_header", watch("headers", front_matter.read_header, lambda _, path: path))
        monkeypatch.setattr(jobs, "verify", watch("verified", verify.verify, lambda document, *_: document.path))
        monkeypatch.setattr(
            generators, "render_entry", watch("rendered", generators.render_entry, lambda e, _: e.title)
        )

    def _watch(self, what: str, real: Callable[..., Any], named: Callable[..., str]) -> Callable[..., Any]:
        def watched(*arguments: Any, **more: Any) -> Any:
            getattr(self._work, what).append(named(*arguments))
            return real(*arguments, **more)

        return watched

    def build(self, *, engine: str = "1") -> tuple[Work, list[str]]:
        """Build as if all files were old; return the work and the files that were written or removed."""
        self._ahead += 10_000_000_000
        outcome = build(self.base, self.config, engine=engine, now_ns=time.time_ns() + self._ahead)
        assert outcome.is_built
        before, self._files = self._files, self.stamps()
        work, self._work = self._work, Work()
        for names in (work.read, work.parsed, work.cleaned, work.rendered):
            names.sort()
        written = sorted(path for path in before | self._files if before.get(path) != self._files.get(path))
        assert len(written) == outcome.written + outcome.removed
        return work, written

    def stamps(self) -> dict[str, str]:
        """Return what tells of changes of the output's files."""
        output = self.base / "output"
        return {path: stamp(output / path) for path in tree(output)}

    def rows(self, table: str) -> int:
        """Return how many rows a table of the cache has."""
        with closing(sqlite3.connect(self.base / "cache" / "cache.sqlite")) as db:
            return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own words


def note(n: int, **more: str) -> str:
    """Return the text of a post, each a day after that before."""
    header = {"tags": f"[tag{n % 3}]", "from": f"https://{'news' if n % 2 else 'blog'}.example.org/{n}", **more}
    return post(f"Post {n}", date=f"2024-01-{n + 1:02}", body=f'<p class="plea">Give!</p>\n\nWords {n}.', **header)


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """Give a site of ten posts, built, of which the feed of all holds eight."""
    lay(tmp_path, {f"posts/{n}.md": note(n) for n in range(10)})
    site = Yard(tmp_path, monkeypatch)
    work, written = site.build()
    every = [f"{n}.md" for n in range(10)]
    assert work.read == sorted(every * 2)
    assert work.parsed == every
    assert work.cleaned == work.rendered == [f"Post {n}" for n in range(10)]
    assert written == sorted(tree(tmp_path / "output"))
    return site


def test_selectors_are_prepared_before_many_posts(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the hosts of the entries that are missing, once, before processes are started that share it."""
    asked: list[set[str]] = []
    monkeypatch.setattr(sanitiser, "prepare", lambda _, hosts: asked.append(hosts))
    monkeypatch.setattr(pipeline, "_MANY", 1)
    lay(yard.base, {"posts/10.md": note(10)})
    yard.build()
    assert asked == []
    lay(yard.base, {"posts/11.md": note(11), "posts/12.md": note(12)})
    yard.build()
    assert asked == [{"blog.example.org", "news.example.org"}]


IDLE: tuple[Work, list[str]] = (Work(), [])
#: what lists all feeds or all entries
LISTS = {"entries.html", "atom.xml", "rss.xml", "feed.json", "index.html", "feeds.json", "feeds.opml"}
LISTS |= {"ledger/2024.json", "ledger/files.json", "ledger/index.json"}


def test_nothing_changed_costs_nothing(yard: Yard) -> None:
    """Not a file is read, of the posts or of the output; nor when it is asked again."""
    assert [yard.build(), yard.build()] == [IDLE, IDLE]


def test_files_younger_than_the_clocks_tick_are_read(yard: Yard) -> None:
    """Since what would not show in their times may have changed; but they are not parsed."""
    time.sleep(0.1)  # until the others are older than that
    lay(yard.base, {"posts/3.md": note(3)})
    build(yard.base, yard.config, now_ns=(yard.base / "posts/3.md").stat().st_ctime_ns)
    work, written = yard.build()
    assert (set(work.read), work.parsed, work.cleaned, written) == ({"3.md"}, [], [], [])
    assert yard.build() == IDLE


@pytest.mark.parametrize("name", ["5.md", "10.md"])
def test_a_post_that_comes_or_changes_costs_itself(yard: Yard, name: str) -> None:
    """It alone is read and cleaned, and of the feeds those are written that hold it."""
    n = int(Path(name).stem)
    lay(yard.base, {f"posts/{name}": note(n).replace("Words", "Other words")})
    work, written = yard.build()
    assert (set(work.read), work.parsed, work.cleaned) == ({name}, [name], [f"Post {n}"])
    assert {path.partition(f"tag/tag{n % 3}/")[2] or path for path in written} <= LISTS
    assert f"tag/tag{n % 3}/atom.xml" in written
    assert yard.build() == IDLE


def test_the_rules_of_the_sanitiser_are_parsed_once(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build of one post takes them from the cache; to parse them takes as long as ten posts, once in a process."""
    assert sanitiser.rule_tables() is sanitiser.rule_tables()
    monkeypatch.setattr(sanitiser, "rule_tables", lambda: pytest.fail("parsed again"))
    lay(yard.base, {"posts/5.md": note(5).replace("Words", "Other words")})
    assert yard.build()[0].cleaned == ["Post 5"]


def test_a_post_that_goes_costs_nothing_but_its_feeds(yard: Yard) -> None:
    """The one that takes its place in the feed of all is in another feed, so nothing is read or cleaned."""
    (yard.base / "posts/5.md").unlink()
    work, written = yard.build()
    assert work == Work()
    assert {path.removeprefix("tag/tag2/") for path in written} <= LISTS
    assert {"atom.xml", "tag/tag2/atom.xml"} <= set(written)
    assert yard.build() == IDLE


def test_a_post_of_the_past_that_no_feed_holds_is_not_cleaned(yard: Yard) -> None:
    """It is read once, for what it says of itself."""
    yard.config = replace(yard.config, feeds=Feeds(limit=2))
    yard.build()
    lay(yard.base, {"posts/0.md": note(0, lang="en")})
    work, written = yard.build()
    assert (set(work.read), work.parsed, work.cleaned, written) == ({"0.md"}, ["0.md"], [], [])


def git(folder: Path, *words: str) -> None:
    """Run git, with nobody's configuration."""
    who = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who |= {f"GIT_{role}_{part}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, env=os.environ | who)


def checked_out(base: Path) -> None:
    """Let git write all files again, and its index later than the last of them."""
    shutil.rmtree(base / "posts")
    git(base, "checkout", "--", ".")
    time.sleep(0.05)
    git(base, "rm", "--quiet", "--cached", "-r", ".")
    git(base, "reset", "--quiet")


@pytest.fixture
def clone(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """Give a site in a repository, built, and then checked out anew."""
    monkeypatch.setattr(idle, "_FEW", 0)
    git(yard.base, "init", "--quiet")
    git(yard.base, "add", "posts")
    git(yard.base, "commit", "--quiet", "--message", "All")
    checked_out(yard.base)
    return yard


def test_a_fresh_clone_is_not_read(clone: Yard) -> None:
    """Git knows which content it wrote into each file."""
    assert clone.build() == IDLE
    assert clone.build() == IDLE


def again(*words: str) -> Callable[[Path], None]:
    """Return what lets git do something to the index before it is asked."""
    return lambda base: git(base, *words)


def attributed(line: str) -> Callable[[Path], None]:
    """Return what gives the posts an attribute, and checks them out with it."""

    def attribute(base: Path) -> None:
        git(base, "config", "filter.shout.smudge", "tr a-z A-Z")
        lay(base, {".gitattributes": f"*.md {line}\n"})
        git(base, "add", ".gitattributes")
        checked_out(base)

    return attribute


def edited_in_secret(base: Path, number: int = 3) -> None:
    """Change a post to another of the same size and time."""
    place = base / f"posts/{number}.md"
    found = place.stat()
    place.write_bytes(place.read_bytes().replace(b"Words", b"WORDS"))
    os.utime(place, ns=(found.st_atime_ns, found.st_mtime_ns))


def damaged(base: Path) -> None:
    """Change one byte of the index."""
    content = bytearray((base / ".git/index").read_bytes())
    content[40] ^= 1
    (base / ".git/index").write_bytes(content)


def renewed(base: Path) -> None:
    """Put a post in the place of another that git does not know."""
    lay(base, {"posts/3.md": note(3).replace("Words", "Other words")})
    git(base, "update-index", "--assume-unchanged", "posts/3.md")


EVERY = [f"{n}.md" for n in range(10)]
#: what became of the clone, and which files have to be read then
CLONES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "another version of the index": (again("update-index", "--index-version", "4"), []),
    "a file of its own for a part": (again("update-index", "--split-index"), EVERY),
    "a damaged index": (damaged, EVERY),
    "no index": (lambda base: (base / ".git/index").unlink(), EVERY),
    "an index of words": (lambda base: (base / ".git/index").write_bytes(b"words " * 100), EVERY),
    "a post that git was not told of": (lambda base: lay(base, {"posts/3.md": note(3)}), ["3.md"]),
    "an edited post": (lambda base: lay(base, {"posts/3.md": note(3, lang="en")}), ["3.md", "3.md", "3.md"]),
    "a post edited in secret": (edited_in_secret, ["3.md", "3.md", "3.md"]),
    "a post that git is to take for unchanged": (renewed, ["3.md", "3.md", "3.md"]),
    "a filter": (attributed("filter=shout"), EVERY),
    "line ends of Windows": (attributed("text eol=crlf"), EVERY),
    "line ends of Unix": (attributed("text eol=lf"), []),
    "text in UTF-16": (attributed("working-tree-encoding=UTF-16"), EVERY),
}


@pytest.mark.parametrize(
    "kind",
    sampled(
        CLONES,
        "a damaged index",
        "a post that git was not told of",
        "a post edited in secret",
        "a filter",
        "line ends of Unix",
    ),
)
def test_git_is_believed_only_where_it_must_be_right(clone: Yard, kind: str) -> None:
    """What it does not know, or what a filter may have changed, is read; the output is that of a build from nothing."""
    happen, read = CLONES[kind]
    happen(clone.base)
    work, _ = clone.build()
    assert sorted({*work.read}) == sorted({*read})
    assert clone.build() == IDLE
    compared(clone.base, clone.config)


def test_a_work_tree_beside_its_repository_is_known_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its index is elsewhere; and the posts may be deep within the tree, below any name."""
    monkeypatch.setattr(idle, "_FEW", 0)
    lay(tmp_path / "main", {f"a site/ü/posts/{n}.md": note(n) for n in range(10)})
    git(tmp_path / "main", "init", "--quiet")
    git(tmp_path / "main", "add", ".")
    git(tmp_path / "main", "commit", "--quiet", "--message", "All")
    git(tmp_path / "main", "worktree", "add", "--quiet", str(tmp_path / "tree"))
    site = Yard(tmp_path / "tree/a site/ü", monkeypatch)
    assert site.build()[0].parsed == EVERY
    checked_out(site.base)
    assert site.build() == IDLE


def moved_output(base: Path) -> None:
    """Restore the output as a CI does: other files on the disk, of the same bytes."""
    shutil.copytree(base / "output", base / "restored")
    shutil.rmtree(base / "output")
    (base / "restored").rename(base / "output")


def copied(posts: Path) -> None:
    """Write every file anew: another on the disk, with another time, that holds what it held."""
    contents = tree(posts)
    shutil.rmtree(posts)
    lay(posts, contents)


def emptied(base: Path) -> None:
    """Remove all that builds left."""
    shutil.rmtree(base / "cache")
    shutil.rmtree(base / "output")


#: what happens to the site of ten posts, in the feed of all and in three of tags; then how many files are opened,
#: headers parsed, bodies cleaned, entries rendered, documents verified and files written by the next build
COSTS: dict[str, tuple[Callable[[Yard], object], tuple[int, ...]]] = {
    "cold": (lambda yard: emptied(yard.base), (20, 20, 10, 10, 12, 25)),
    "nothing": (lambda _: None, (0, 0, 0, 0, 0, 0)),
    "one touched": (lambda yard: os.utime(yard.base / "posts/3.md"), (1, 0, 0, 0, 0, 0)),
    "one new": (lambda yard: lay(yard.base, {"posts/10.md": note(10)}), (2, 2, 1, 1, 6, 12)),
    # rendered once more, with the time of the change
    "one edited": (lambda yard: edited_in_secret(yard.base, 9), (3, 2, 1, 2, 6, 11)),
    "one deleted": (lambda yard: (yard.base / "posts/9.md").unlink(), (0, 0, 0, 0, 6, 12)),
    # without git
    "a checkout": (lambda yard: copied(yard.base / "posts"), (10, 0, 0, 0, 0, 0)),
    "the output restored": (lambda yard: moved_output(yard.base), (0, 0, 0, 0, 0, 0)),
}


@pytest.mark.parametrize("case", COSTS)
def test_what_a_build_costs_is_counted(yard: Yard, case: str) -> None:
    """No file is opened, header parsed, body cleaned, entry rendered, document verified or written beyond need."""
    happen, costs = COSTS[case]
    happen(yard)
    yard._files = yard.stamps()  # noqa: SLF001
    work, written = yard.build()
    assert (*work.counts(), len(written)) == costs


def test_a_rule_for_one_host_concerns_its_posts(yard: Yard) -> None:
    """Those of other hosts are neither read nor cleaned again."""
    rules = SiteRules(drop=(".plea",))
    yard.config = replace(yard.config, sanitiser=Sanitiser(sites={"news.example.org": rules}))
    odd = [1, 3, 5, 7, 9]
    work, _ = yard.build()
    assert (work.read, work.parsed, work.cleaned) == ([f"{n}.md" for n in odd], [], [f"Post {n}" for n in odd])
    yard.config = replace(
        yard.config, sanitiser=Sanitiser(sites={"blog.example.org": rules, "news.example.org": rules})
    )
    assert yard.build()[0].cleaned == [f"Post {n}" for n in range(0, 10, 2)]
    assert yard.build() == IDLE


def test_a_new_title_of_the_site_costs_no_post(yard: Yard) -> None:
    """Feeds are written, of entries that are there."""
    yard.config = replace(yard.config, site=replace(yard.config.site, title="Words"))
    work, written = yard.build()
    assert (work, written) == (
        Work(),
        sorted(path for path in tree(yard.base / "output") if not path.endswith((".css", ".svg", "ledger/2024.json"))),
    )


def test_a_higher_limit_costs_the_entries_that_come(yard: Yard) -> None:
    """Those that were in a feed before are not made again."""
    yard.config = replace(yard.config, feeds=Feeds(limit=2))
    yard.build()
    assert yard.build() == IDLE
    yard.config = replace(yard.config, feeds=Feeds(limit=3))
    work, _ = yard.build()
    assert (work.read, work.parsed, work.cleaned) == (["1.md", "2.md", "3.md"], [], ["Post 1", "Post 2", "Post 3"])


def test_a_post_that_moves_is_not_cleaned_again(yard: Yard) -> None:
    """It is read in its new place, which the manifest remembers, and not a byte of any other file differs."""
    (yard.base / "more").mkdir()
    (yard.base / "posts/4.md").rename(yard.base / "more/4.md")
    assert yard.build() == (Work(read=["4.md"], parsed=["4.md"]), ["ledger/2024.json", "ledger/index.json"])
    assert yard.build() == IDLE


def test_a_link_follows_its_post(tmp_path: Path) -> None:
    """The entry that links is made again when its target moves, goes or comes; others are not, and no more is done."""
    lay(
        tmp_path,
        {
            "posts/a.md": post("A", body="To [b](b.md), [c](more/c.md) and [d](d.md)."),
            "posts/b.md": post("B", permalink="/b/"),
            "posts/e.md": post("E"),
        },
    )
    config = Config(site=Site(title="Notes", url=SITE_URL))
    build(tmp_path, config)

    def built(files: dict[str, str]) -> str:
        lay(tmp_path, files)
        compared(tmp_path, config)
        (text,) = (item["content_html"] for item in json.loads((tmp_path / "output/feed.json").read_text())["items"]
                   if item["title"] == "A")  # fmt: skip
        return re.sub(r"<a href=\"([^\"]*)\"[^>]*>", r"<\1>", text)

    assert built({}) == f"<p>To <{SITE_URL}b/>b</a>, c and d.</p>"
    found = build(tmp_path, config, cache=None)
    assert [each.message for each in found.problems if each.code == "internal-link"] == ["d.md", "more/c.md"]
    moved = built({"posts/b.md": post("B", permalink="/new-b/"), "posts/more/c.md": post("C", permalink="/c/")})
    assert moved == f"<p>To <{SITE_URL}new-b/>b</a>, <{SITE_URL}c/>c</a> and d.</p>"
    assert built({"posts/d.md": post("D", draft="true")}) == moved
    own = built({"posts/d.md": post("D")})
    assert own == f"{moved.partition(' and ')[0]} and <{SITE_URL}entry/d/>d</a>.</p>"
    (tmp_path / "posts/b.md").unlink()
    assert built({}) == f"<p>To b, <{SITE_URL}c/>c</a> and <{SITE_URL}entry/d/>d</a>.</p>"
    (tmp_path / "posts/a.md").rename(tmp_path / "posts/more/a.md")
    # "more/c.md" names a folder, so it may start at the root of the posts; "d.md" stands for a neighbour only
    assert built({}) == f"<p>To b, <{SITE_URL}c/>c</a> and d.</p>"


def test_another_release_does_all_anew(yard: Yard) -> None:
    """It might read, clean or write otherwise; where it does not, nothing is written."""
    work, written = yard.build(engine="2")
    assert (len(work.parsed), len(work.cleaned), len(work.rendered), written) == (10, 10, 10, [])
    assert yard.build(engine="2") == IDLE


def test_a_lost_file_of_the_output_costs_its_feed(yard: Yard) -> None:
    """It is written again from entries that are there."""
    (yard.base / "output/tag/tag1/rss.xml").unlink()
    yard._files = yard.stamps()  # noqa: SLF001
    work, written = yard.build()
    assert (work, written) == (Work(), ["tag/tag1/rss.xml"])
    assert yard.build() == IDLE


def test_the_cache_gives_space_back(yard: Yard) -> None:
    """A file that was large once is not carried between machines for ever."""
    chance = random.Random(1)
    lay(yard.base, {f"posts/{n}.md": note(n) + chance.randbytes(45_000).hex() for n in range(10)})
    yard.build()
    file = yard.base / "cache/cache.sqlite"
    large = file.stat().st_size
    lay(yard.base, {f"posts/{n}.md": note(n) for n in range(10)})
    yard.build()
    assert file.stat().st_size < large / 4
    assert yard.build() == IDLE
    compared(yard.base, yard.config)


def test_the_cache_does_not_grow_with_every_change(yard: Yard) -> None:
    """What no feed holds any more is dropped, and so are posts, stories and terms that are gone."""
    tables = ("post", "shelf", "story", "term", "carries", "entry", "feed", "document", "memory")
    lay(yard.base, {"posts/5.md": note(5, tags="[other]")})
    yard.build()  # from now on there is a feed that stays when its last entry goes
    lay(yard.base, {"posts/5.md": note(5)})
    yard.build()
    before = {table: yard.rows(table) for table in tables}
    for turn in range(5):
        lay(yard.base, {"posts/5.md": note(5).replace("Words", f"Words {turn}"), f"posts/x{turn}.md": note(20 + turn)})
        yard.build()
        (yard.base / f"posts/x{turn}.md").unlink()
    yard.build()
    assert {table: yard.rows(table) for table in tables} == before
    yard.config = replace(yard.config, feeds=Feeds(limit=1))
    yard.build()
    assert yard.rows("entry") == 3


def test_a_post_in_no_feed_takes_little_of_the_cache(tmp_path: Path) -> None:
    """However long its name, title and source are: 400 bytes."""
    config = Config(site=Site(title="Notes", url=SITE_URL), feeds=Feeds(limit=1))
    long = "-".join(["long"] * 20)
    sizes = []
    for count in (200, 400):
        lay(
            tmp_path,
            {
                f"posts/{long}-{n}.md": post(f"{long} {n}", source=f"https://example.org/{long}/{n}")
                for n in range(count)
            },
        )
        build(tmp_path, config, now_ns=time.time_ns())
        sizes.append((tmp_path / "cache" / "cache.sqlite").stat().st_size)
    assert sizes[1] - sizes[0] < 200 * 400


#: names of files without their endings, also such as nobody can print
STEMS = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), max_size=9) | st.just("\udcff")


#: addresses, also such as are escaped in other ways than ours, twice, or in letters of two sizes
PIECES = st.sampled_from(["%", "25", "%e5%b1%a0", "%E5%B1%A0", "%e5%B1%A0", "%20", "+", "a", "/", '"', "屠"])
ADDRESSES = st.lists(PIECES, max_size=9).map("".join) | STEMS


@given(
    st.lists(
        st.tuples(st.integers(1, 3000), st.none() | st.text(max_size=9), STEMS, ADDRESSES, st.integers(0, 2)),
        max_size=60,
    )
)
def test_posts_that_are_kept_together_are_found_one_by_one(
    changes: list[tuple[int, str | None, str, str, int]],
) -> None:
    """In any order of comings and goings, also when more groups are touched than can be open."""
    there: dict[int, tuple[str, str, Post]] = {}
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder, "c"), engine="1", secret=b"own") as cache:
        for no, title, stem, source, when in changes:
            there.pop(no, None)
            cache.groups.remove(no)
            if title is not None:
                path, name = f"posts/{stem}.md", printable_path(f"{stem}.md")
                own = Post(
                    path=name, slug=stem[1:], title=title, source=source, published_ms=when, identity_ms=when // 2
                )
                cache.groups.put(no, path, name, serialise.post_text(own, name))
                cache.db.execute("INSERT OR REPLACE INTO post (no, published_ms) VALUES (?, ?)", (no, when))
                there[no] = path, name, own
        cache.groups.save()
        assert {no: (*cache.groups.place(no), serialise.post_at(cache, no)) for no in there} == there
        assert {no: path for paths in cache.groups.paths() for no, path in paths.items()} == {
            no: path for no, (path, *_) in there.items()
        }
        assert bool(cache.db.execute("SELECT 1 FROM shelf").fetchone()) == bool(there)


@given(
    st.uuids().map(lambda own: own.urn)
    | st.uuids().map(lambda own: f"urn:uuid:{str(own).upper()}")
    | st.text(max_size=60)
)
def test_an_id_comes_back_from_the_cache_letter_by_letter(own: str) -> None:
    """Though that of most entries takes a third of its letters."""
    assert packing.whole_id(packing.short_id(own)) == own
    assert packing.whole_id(packing.short_id(f"urn:uuid:{own}")) == f"urn:uuid:{own}"
    assert len(packing.short_id(own)) == (16 if re.fullmatch("urn:uuid:[0-9a-f-]{36}", own) else len(own))


@pytest.mark.parametrize(
    "source", ["https://example.org/%E5%B1%A0", "https://example.org/%e5%b1%a0", "https://example.org/%25E5%25B1%25A0"]
)
def test_an_address_is_kept_by_its_letters(source: str) -> None:
    """For most often the title has them too."""
    text = serialise.post_text(Post(path="a.md", title="A", source=source, published_ms=0, identity_ms=0), "a.md")
    assert "https://example.org/屠" in text


@given(st.text(st.characters()), st.text(), st.integers(1))
def test_a_text_comes_back_from_the_cache_letter_by_letter(text: str, common: str, cut: int) -> None:
    """In whatever encoding it is the shorter, and of a text that is cut off nothing comes back."""
    kept = packing.zipped(text, common)
    assert packing.unzipped(kept, common) == text
    with pytest.raises(packing.DamagedError):
        packing.unzipped(kept[: -(cut % len(kept)) or None][:-1], common)


def test_chinese_texts_take_less_of_the_cache() -> None:
    """Two bytes a sign, in place of three, before they are compressed."""
    signs = "".join(random.Random(1).choices("山水日月風雨花草木石田海河湖雲雪春夏秋冬東西南北人口手足心目", k=3000))
    assert len(packing.zipped(signs)) < 0.9 * len(zlib.compress(signs.encode()))


def test_files_that_stay_are_not_written_into_the_cache_again(tmp_path: Path) -> None:
    """Each page of the cache that changes is waited for."""
    feeds = {f"tag/{n}/": FeedRow(b"key", n) for n in range(9)}
    documents = {f"tag/{n}/atom.xml": DocumentRow("digest", str(n)) for n in range(9)}
    with opened(tmp_path / "cache.sqlite", engine="1", secret=b"own") as cache:
        for count, changes in ((9, 18), (9, 0), (8, 2)):
            before = cache.db.total_changes
            keep_written(cache, dict([*feeds.items()][:count]), dict([*documents.items()][:count]))
            assert cache.db.total_changes - before == changes
            assert (len(written_feeds(cache)), len(written_documents(cache))) == (count, count)


# What a cache must not keep.


#: texts that each format writes in its own way
CONTENTS = st.text(alphabet="ab<>&]\"\\/\r\n\t'é茶😀\u2028", max_size=40)


def test_what_all_entries_have_in_common_takes_no_space() -> None:
    """The elements of three formats: an entry of a few words takes 250 bytes."""
    entry = Entry(id="urn:x", url="https://example.org/", title="A", content_html="", published_ms=0, updated_ms=0)
    fragment = generators.render_entry(entry, ("atom", "rss", "json"))
    assert len(serialise.squeezed(entry, fragment)) < 250


@given(CONTENTS, CONTENTS, st.sampled_from(["as ever", "otherwise"]))
def test_a_rendered_entry_comes_back_from_the_cache_byte_for_byte(content: str, title: str, written: str) -> None:
    """However a format writes the content, and though a text before it may read the same."""
    entry = Entry(
        id="urn:x", url="https://example.org/", title=f"A{title}", content_html=content, published_ms=0, updated_ms=0
    )
    fragment = generators.render_entry(entry, ("atom", "rss", "json"))
    if written == "otherwise":  # a format that writes it as nobody expects
        fragment = replace(fragment, rss=Part(before=content[::-1]))
    assert serialise.rendered_in(serialise.squeezed(entry, fragment), entry.id) == (entry, fragment)
    assert serialise.entry_in(serialise.squeezed(entry, fragment)) == entry


def test_the_cache_keeps_a_content_once() -> None:
    """Not in each format once more; and compressed."""
    chance = random.Random(1)
    content = "".join(f"<p>{chance.randbytes(40).hex()} &amp; more</p>\n" for _ in range(2000))
    entry = Entry(id="urn:x", url="https://example.org/", title="A", content_html=content, published_ms=0, updated_ms=0)
    kept = serialise.squeezed(entry, generators.render_entry(entry, ("atom", "rss", "json")))
    assert len(kept) < 1.1 * len(zlib.compress(content.encode())) < 0.7 * len(content)


def test_the_day_of_a_post_comes(tmp_path: Path) -> None:
    """A warning that a post is dated in the future ends with that, though no file changes."""
    lay(tmp_path, {"posts/a.md": post(date="2099-01-01")})
    now_ns = time.time_ns()
    then_ns = 4_100_000_000 * 1_000_000_000
    told = [
        {problem.code for problem in build(tmp_path, Config(posts=Folders(future=True)), now_ns=ns).problems}
        for ns in (now_ns, now_ns, then_ns, now_ns)
    ]
    assert ["future-date" in codes for codes in told] == [True, True, False, True]


def at(moment: str) -> int:
    """Return the nanoseconds from 1970 to a day."""
    return int(datetime.fromisoformat(f"{moment}T00:00:00Z").timestamp()) * 1_000_000_000


def test_posts_come_and_go_by_their_dates(tmp_path: Path) -> None:
    """Though no file changes; a build that finds nothing to do knows until when. What is published does not wait again."""
    lay(
        tmp_path,
        {
            "posts/a.md": post("Always", date="2020-01-01"),
            "posts/b.md": post("Soon", date="2020-02-01", publishDate="2030-01-01"),
            "posts/c.md": post("Over", date="2020-03-01", expiryDate="2031-01-01"),
            "posts/d.md": post("Twice", date="2020-03-01", **{"from": "https://x.example/1"}),
            "posts/e.md": post("Twice", date="2032-01-01", **{"from": "https://x.example/1"}, tags="[later]"),
        },
    )
    seen: list[tuple[str, bool, bool, list[str]]] = []
    for moment in ("2029-12-31", "2029-12-31", "2030-01-01", "2030-06-01", "2031-01-01", "2032-01-01", "2029-12-31"):
        now_ns = at(moment)
        shutil.rmtree(tmp_path / "clean", ignore_errors=True)
        if seen:
            shutil.copytree(tmp_path / "output", tmp_path / "clean")
        outcome = build(tmp_path, Config(), now_ns=now_ns)
        clean = build(tmp_path, Config(), output="clean", cache=None, now_ns=now_ns)
        feed = (tmp_path / "output" / "feed.json").read_text()
        assert feed == (tmp_path / "clean" / "feed.json").read_text()
        titles = "".join(name[0] for name in ("Always", "Soon", "Over", "Twice") if f'"{name}"' in feed)
        assert (outcome.drafts, outcome.posts) == (clean.drafts, clean.posts)
        codes = sorted(p.code for p in outcome.problems if p.code in ("waiting", "expired", "future-date"))
        seen.append((titles, '"later"' in feed, outcome.written > 0, codes))
    assert seen == [
        ("AOT", False, True, ["waiting"]),
        ("AOT", False, False, ["waiting"]),
        ("ASOT", False, True, ["waiting"]),
        ("ASOT", False, False, ["waiting"]),
        ("AST", False, True, ["expired", "waiting"]),
        ("AST", True, True, ["expired"]),
        ("ASOT", False, True, ["future-date", "waiting"]),
    ]


def test_posts_that_wait_are_told_in_one_line(tmp_path: Path) -> None:
    """The next one with its day, how many more there are, and the day of the last."""
    days = ("2031-05-06", "2030-04-05", "2040-01-02", "2020-01-01")
    lay(tmp_path, {f"posts/{day}.md": post(day, date=day) for day in days})
    outcome = build(tmp_path, Config(), now_ns=at("2026-01-01"))
    waiting = [problem for problem in outcome.problems if problem.code == "waiting"]
    assert [f"{problem.path}: {problem.message}" for problem in waiting] == [
        "posts/2030-04-05.md: waits for 2030-04-05 00:00 UTC; 2 more wait longer, the last until 2040-01-02"
    ]
    assert (outcome.drafts, outcome.entries) == (3, 1)


def test_posts_that_wait_cost_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those that waited before, only the one whose day comes is looked at again."""
    lay(tmp_path, {f"posts/{year}.md": post(f"Year {year}", date=f"{year}-01-01") for year in range(2025, 2035)})
    build(tmp_path, Config(), now_ns=at("2026-06-01"))
    merged: list[str] = []
    real = reader.merge_group

    def merge(posts: Iterable[Post], *more: Any) -> list[Any]:
        some = list(posts)
        merged.extend(each.title for each in some)
        return real(some, *more)

    monkeypatch.setattr(reader, "merge_group", merge)
    lay(tmp_path, {"posts/2025.md": post("Other", date="2025-01-01")})
    build(tmp_path, Config(), now_ns=at("2026-06-02"))
    build(tmp_path, Config(), now_ns=at("2027-06-01"))
    assert {*merged} == {"Other", "Year 2027"}


@pytest.mark.parametrize("is_cached", [True, False])
@pytest.mark.parametrize("source", ["", "https://x.example/1"])
def test_an_entry_that_was_published_does_not_wait(tmp_path: Path, source: str, is_cached: bool) -> None:  # noqa: FBT001
    """Neither under the date that it had nor under a later one; its id stays. An unpublished neighbour waits."""
    own = {"from": source} if source else {}
    files = {"posts/a.md": post("Now", date="2020-01-01"), "posts/b.md": post("Early", date="2031-01-01", **own)}
    lay(tmp_path, files)
    cache = "cache" if is_cached else None

    def ids(config: Config) -> dict[str, str]:
        assert build(tmp_path, config, cache=cache, now_ns=at("2026-01-01")).is_built
        items = json.loads((tmp_path / "output" / "feed.json").read_text())["items"]
        return {item["title"]: item["id"] for item in items}

    first = ids(Config(posts=Folders(future=True)))
    lay(tmp_path, {"posts/c.md": post("Other", date="2031-01-01")})
    assert ids(Config()) == first
    for day in ("2032-02-02", "2033-03-03", "2019-01-01", "2034-04-04"):
        lay(tmp_path, {"posts/b.md": post("Early", date=day, **own)})
        assert ids(Config()) == first
    assert ids(Config()) == first


def test_a_new_post_with_old_words_waits(tmp_path: Path) -> None:
    """The next of a series that always says the same is not the one before under a new date."""
    lay(tmp_path, {f"posts/{day}.md": post("Open thread", date=day) for day in ("2025-01-01", "2025-02-01")})
    assert build(tmp_path, Config(), now_ns=at("2025-03-01")).entries == 2
    lay(tmp_path, {"posts/2025-04-01.md": post("Open thread", date="2025-04-01")})
    assert build(tmp_path, Config(), now_ns=at("2025-03-01")).entries == 2
    assert build(tmp_path, Config(), now_ns=at("2025-04-02")).entries == 3


def compared(base: Path, config: Config) -> None:
    """Build with the cache and without from the same output: all that comes of it is the same."""
    shutil.rmtree(base / "clean", ignore_errors=True)
    shutil.copytree(base / "output", base / "clean")
    now_ns = time.time_ns() + 10_000_000_000
    found = build(base, config, now_ns=now_ns)
    clean = build(base, config, output="clean", cache=None, now_ns=now_ns)
    assert said(found) == said(clean)
    assert tree(base / "output") == tree(base / "clean")


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk or a network that failed once, or a worker that died, costs a post no more than one build."""
    lay(tmp_path, {"posts/a.md": post("A"), "posts/b.md": post("B")})
    old_ns = time.time_ns() + 10_000_000_000

    def failing(path: str) -> bytes:
        if path.endswith("b.md"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return Path(path).read_bytes()

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "load", failing)
        patch.setattr(discovery, "load", failing)
        for _ in range(2):
            outcome = build(tmp_path, Config(), now_ns=old_ns)
            assert [problem.code for problem in outcome.problems] == ["no-site-url", "unreadable-file"]
    compared(tmp_path, Config())


def test_what_was_said_of_the_output_before_is_not_said_again(tmp_path: Path) -> None:
    """A manifest that was damaged, and an address that was just given away, are no news to the next build."""
    lay(tmp_path, {"posts/a.md": post("A", tags="[C]"), "posts/b.md": post("B", tags="[C++]")})
    assert "shared-slug" in {problem.code for problem in build(tmp_path, Config()).problems}
    compared(tmp_path, Config())
    (tmp_path / "output" / MANIFEST).write_bytes(b'{"feeds":')
    assert "bad-manifest" in {problem.code for problem in build(tmp_path, Config()).problems}
    compared(tmp_path, Config())


def test_a_folder_may_be_spelled_otherwise(tmp_path: Path) -> None:
    """Posts are named as the configuration names their folder, in messages and where times tie."""
    source = {"from": "https://example.org/1"}
    lay(tmp_path, {"posts/a.md": post(body="One.", lang="Klingon", **source), "more/b.md": post(body="Two.", **source)})
    build(tmp_path, Config(posts=Folders(dirs=("posts", "more"))), now_ns=time.time_ns() + 10_000_000_000)
    compared(tmp_path, Config(posts=Folders(dirs=("./posts", "more"))))


def test_another_dialect_finds_other_links(tmp_path: Path) -> None:
    """Which posts a text links to depends on how Markdown is read: posts are read again."""
    lay(tmp_path, {"posts/a.md": post("A", body="To [[b]]."), "posts/b.md": post("B")})
    build(tmp_path, Config())
    compared(tmp_path, Config(posts=Folders(markdown="obsidian")))


def test_a_post_that_changes_during_the_build_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its header was read before the change and its text after; once it is as it was, so is the entry."""
    text = post(body="Words before.")
    place = lay(tmp_path, {"posts/a.md": text}) / "posts/a.md"
    build(tmp_path, Config(), cache=None)
    (tmp_path / "output").rename(tmp_path / "right")

    def changing(path: str) -> bytes:
        content = Path(path).read_bytes()
        place.write_text(text.replace("before", "after"), encoding="utf-8")
        return content

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "load", changing)
        build(tmp_path, Config())
    place.write_text(text, encoding="utf-8")
    build(tmp_path, Config())
    right, now = (json.loads((tmp_path / name / "feed.json").read_bytes())["items"][0] for name in ("right", "output"))
    assert now == right | {"date_modified": now["date_modified"]}


@pytest.mark.parametrize("name", ["api.py", "generators/pages/templates/search.js", "sanitiser/rules/phrases.toml"])
def test_a_change_of_any_file_of_the_package_is_another_engine(tmp_path: Path, name: str) -> None:
    """Code, pages' scripts, tables of rules: a cache is not used by a program with other ones."""
    package = tmp_path / "feedtool"
    shutil.copytree(Path(generators.__file__).parents[1], package, ignore=shutil.ignore_patterns("__pycache__"))
    program = "from feedtool.cache import engine; print(engine(()))"
    before, after = "", ""
    for _ in range(2):
        before, after = after, subprocess.check_output([sys.executable, "-c", program], cwd=tmp_path, text=True)
        with (package / name).open("a") as file:
            file.write("\n")
    assert before != after
