"""What holds of any posts, whatever becomes of them: the past is within reach, ids stay, and the formats agree."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from heavy import given_at_length
from hypothesis import strategies as st
from replay.pages import FILES, Page, Shown, read
from runs import SITE_URL, lay, tree
from test_incremental import build

from feedtool.config.reading import parse_config

_HEAD = f'[site]\ntitle = "Notes"\nurl = "{SITE_URL}"\n[feeds]\n'
#: how a feed's archive documents of one period end, by format
_ENDS = {"atom": ".atom.xml", "rss": ".rss.xml", "json": ".json"}


@contextmanager
def site() -> Iterator[Path]:
    """Give a folder for one example."""
    with tempfile.TemporaryDirectory(prefix="feedtool-test-") as folder:
        yield Path(folder)


def publish(base: Path, feeds: str, *, dirs: Sequence[str] = ("posts",), way: str = "uuid") -> dict[str, bytes]:
    """Build with these lines under [feeds] the posts in these folders, and return what is published, by path."""
    config, wrong = parse_config(
        f"[posts]\nfuture = true\nids = {json.dumps(way)}\ndirs = {json.dumps(dirs)}\n{_HEAD}{feeds}"
    )
    assert not wrong
    outcome = build(base, config)
    assert outcome.is_built
    assert not [problem for problem in outcome.problems if problem.level == "error"]
    return tree(base / "output")


def moment(text: str) -> datetime:
    """Return the instant that a feed writes."""
    return parsedate_to_datetime(text) if "," in text else datetime.fromisoformat(text)


# The walk.


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A post as far as its place in feeds goes."""

    at: datetime
    tags: Sequence[str]
    words: int
    #: whether it was fetched twice, the second time ten days later
    is_twice: bool

    def files(self, number: int) -> dict[str, str]:
        """Return the files that tell it."""
        first = self._text(number, self.at)
        return {f"posts/{number}.md": first} | (
            {f"posts/{number}-again.md": self._text(number, self.at + timedelta(days=10))} if self.is_twice else {}
        )

    def _text(self, number: int, at: datetime) -> str:
        name = f"story-{number:06}"
        header = f"title: Number {number}\ndate: {at.isoformat()}\ntags: [{', '.join(self.tags)}]\npermalink: /{name}/"
        source = f"\nfrom: https://news.example.org/{name}" if self.is_twice else ""
        return f"---\n{header}{source}\n---\n\n{'words ' * self.words}{name}.\n"


#: many within days of each other, some months or years apart, some at one instant, and the ends of time
MOMENTS = st.one_of(
    st.builds(lambda days: datetime(2020, 1, 30, 12, tzinfo=UTC) - timedelta(days=days), st.integers(0, 40)),
    st.datetimes(datetime(2018, 12, 1), datetime(2020, 3, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)),  # noqa: DTZ001
    st.sampled_from((datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC))),
)
WRITTEN = st.builds(
    Written,
    at=MOMENTS,
    tags=st.lists(st.sampled_from(("x", "茶")), unique=True),
    words=st.sampled_from((1, 1, 1, 120, 2000)),
    is_twice=st.integers(0, 5).map(lambda number: number == 0),
)
#: one build after the other: entries of a feed, bytes of a document, and what was added before
BUILDS = st.lists(
    st.tuples(
        st.sampled_from((3, 1, 2, 10, 0)),
        st.sampled_from((1_000_000, 6000, 2500, 900, 0)),
        st.lists(WRITTEN, min_size=1, max_size=9),
    ),
    min_size=1,
    max_size=3,
)


def walked(published: dict[str, bytes], file: str, form: str) -> list[Shown]:
    """Return the entries of a feed and of what its links to the past lead to, in each document newest first."""
    found: list[Shown] = []
    visited: set[str] = set()
    address = SITE_URL + quote(file)
    while address:
        assert address not in visited
        visited.add(address)
        page: Page = read(published[unquote(address.removeprefix(SITE_URL))], form)
        assert page.self_url == address
        found += page.entries
        times = [moment(entry.published) for entry in page.entries]
        assert times == sorted(times, reverse=True)
        address = page.older_url
    return found


@given_at_length(3, 40, BUILDS)
def test_the_walk_back_meets_each_entry_once(builds: list[tuple[int, int, list[Written]]]) -> None:
    """From any feed in any format back through its archives: every entry of the feed, once.

    Whatever posts there are, how many entries and bytes a document may have, and what was published before.
    """
    with site() as base:
        there: list[Written] = []
        for limit, max_bytes, added in builds:
            for one in added:
                lay(base, one.files(len(there)))
                there.append(one)
            published = publish(base, f"archives = true\nlimit = {limit}\nmax_bytes = {max_bytes}\n")
            for tag in {"", *(tag for one in there for tag in one.tags)}:
                due = {f"story-{number:06}": 1 for number, one in enumerate(there) if not tag or tag in one.tags}
                for form, name in FILES.items():
                    entries = walked(published, f"tag/{tag}/{name}" if tag else name, form)
                    assert Counter(entry.story for entry in entries) == due
                    assert len({entry.id for entry in entries}) == len(entries)


# Ids.


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A post, and what may become of it."""

    #: its author's name tells it from all others, and has no part in its id
    number: int
    path: str
    has_source: bool
    date: str
    title: str
    category: str
    body: str

    @property
    def text(self) -> str:
        """Return the file."""
        source = f"from: https://news.example.org/{self.number}\n" if self.has_source else ""
        return (
            f"---\ntitle: {self.title}\ndate: {self.date}\n{source}category: {self.category}\n"
            f"author: author-{self.number}\n---\n\n{self.body}\n"
        )


DATES = ("2024-01-02", "2024-01-02T03:04:05Z", "2024-05-06")
TITLES, CATEGORIES, BODIES = ("Tea", "茶館", "Third"), ("C", "C++", "茶"), ("Words.", "Other words.", "")
POSTS = st.lists(
    st.builds(
        Kept,
        number=st.just(0),
        path=st.just(""),
        has_source=st.booleans(),
        date=st.sampled_from(DATES),
        title=st.sampled_from(TITLES),
        category=st.sampled_from(CATEGORIES),
        body=st.sampled_from(BODIES),
    ),
    min_size=1,
    max_size=5,
).map(lambda posts: [replace(one, number=n, path=f"posts/n{n}.md") for n, one in enumerate(posts)])

#: what becomes of a post: its name in a folder, or another value of a field
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.one_of(
            st.tuples(st.just("folder"), st.sampled_from(("posts", "posts/2024", "posts/a/b/c"))),
            st.tuples(st.just("name"), st.sampled_from(("renamed", "2024-01-02-renamed", "新"))),
            st.tuples(st.just("title"), st.sampled_from(TITLES)),
            st.tuples(st.just("category"), st.sampled_from(CATEGORIES)),
            st.tuples(st.just("body"), st.sampled_from(BODIES)),
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


def ids(published: dict[str, bytes]) -> dict[str, str]:
    """Return the id of each entry, by its author."""
    items: list[dict[str, Any]] = json.loads(published["feed.json"])["items"]
    assert len({item["id"] for item in items}) == len(items)
    return {item["authors"][0]["name"]: item["id"] for item in items}


def become(one: Kept, what: str, value: str, step: int) -> Kept:
    """Return a post after a change; no two files ever have one name."""
    folder, _, name = one.path.rpartition("/")
    if what == "folder":
        return replace(one, path=f"{value}/{name}")
    if what == "name":
        return replace(one, path=f"{folder}/{value}-{step}.md")
    return replace(one, **{what: value})  # type: ignore[arg-type]


@given_at_length(3, 40, POSTS, CHANGES)
def test_ids_stay(posts: list[Kept], changes: list[tuple[int, tuple[str, str], bool]]) -> None:
    """One post after the other is moved, renamed, or edited in title, category or body: every id stays whose it was.

    With a source or without one, with a cache or after losing it, and though others look alike.
    """
    with site() as base:
        lay(base, {one.path: one.text for one in posts})
        before = ids(publish(base, "limit = 0\n"))
        assert len(before) == len(posts)
        for step, (at, (what, value), is_lost) in enumerate(changes):
            old = posts[at % len(posts)]
            new = become(old, what, value, step)
            posts = [new if one is old else one for one in posts]
            (base / old.path).unlink()
            lay(base, {new.path: new.text})
            if is_lost:
                shutil.rmtree(base / "cache")
            assert ids(publish(base, "limit = 0\n")) == before


@given_at_length(3, 25, POSTS, st.sampled_from(("posts/2024", "more/deep")), st.booleans())
def test_ids_stay_when_all_files_are_renamed_at_once(posts: list[Kept], folder: str, is_lost: bool) -> None:  # noqa: FBT001 - drawn
    """A whole archive gets another folder and other names, in another order: every id stays whose it was."""
    unlike = [replace(one, title=f"Title {one.number}", body=f"Words {one.number}.") for one in posts]
    renamed = [replace(one, path=f"{folder}/file-{-one.number % 7}.md") for one in unlike]
    with site() as base:
        assert renamed_ids(base, unlike, renamed, is_lost=is_lost)


def renamed_ids(base: Path, before: Sequence[Kept], after: Sequence[Kept], *, is_lost: bool = False) -> bool:
    """Publish some posts, and again under other names; tell whether each has the id that it had."""
    for folder in ("posts", "more"):
        (base / folder).mkdir(parents=True)
    lay(base, {one.path: one.text for one in before})
    first = ids(publish(base, "limit = 0\n", dirs=("posts", "more")))
    for one in before:
        (base / one.path).unlink()
    lay(base, {one.path: one.text for one in after})
    if is_lost:
        shutil.rmtree(base / "cache")
    return ids(publish(base, "limit = 0\n", dirs=("posts", "more"))) == first


MOVED = (
    "touch date and words", "rename and redate", "retitle and redate", "name a source", "rename and retitle", "delete",
    "draft", "restore", "ids", "swap",
)  # fmt: skip
#: what becomes of an archive between two builds: which post, which move, and what is lost
MOVES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(MOVED),
        st.sampled_from(("", "", "feeds.json", "output", "cache", "both")),
    ),
    min_size=1,
    max_size=6,
)
#: one after the other
WAYS = ("source", "uuid", "jekyll", "tag:example.org,{year}:{slug}")


def moved(one: Kept, move: str, step: int) -> Kept:
    """Return a post of which several facts have changed at once."""
    later = replace(one, date=f"2024-0{1 + step % 9}-1{step % 9}")
    if move == "touch date and words":
        return replace(later, body=f"{one.body} More of it.")
    if move == "rename and redate":
        return replace(later, path=f"posts/step-{step}-{one.number}.md")
    if move == "name a source":
        return replace(one, has_source=True)
    if move == "rename and retitle":
        return replace(one, path=f"posts/new-{step}-{one.number}.md", title=f"{one.title} at step {step}")
    return replace(later, title=f"{one.title} at step {step}") if move == "retitle and redate" else one


def lose(base: Path, what: str) -> None:
    """Lose a part of what a build left; where all is lost, manifest and ledger come back from their publication."""
    published = {f"output/{path}": content for path, content in tree(base / "output").items()}
    if what == "feeds.json":
        (base / "output" / what).unlink()
    if what in ("output", "both"):
        shutil.rmtree(base / "output")
    if what in ("cache", "both"):
        shutil.rmtree(base / "cache", ignore_errors=True)
    if what == "both":
        lay(base, {path: one for path, one in published.items() if path.startswith(("output/feeds.j", "output/led"))})


@given_at_length(4, 60, POSTS, MOVES)
def test_ids_outlive_all_at_once(posts: list[Kept], moves: list[tuple[int, str, str]]) -> None:
    """Several facts of a post change between two builds, or it goes and comes back, or the ids' kind changes.

    An author's build may lose the manifest, the output folder, the cache, or both; then the published ledger is there.
    """
    there = {
        one.number: replace(one, title=f"Title {one.number}", body=f"Words number {one.number * 'x'}.") for one in posts
    }
    away: dict[int, Kept] = {}
    way = "uuid"
    with site() as base:
        lay(base, {one.path: one.text for one in there.values()})
        known = ids(publish(base, "limit = 0\n"))
        for step, (at, move, lost) in enumerate(moves):
            number = at % len(posts)
            if move in ("delete", "draft") and number in there and len(there) > 1:
                away[number] = there.pop(number)
                (base / away[number].path).unlink()
                if move == "draft":
                    lay(base, {away[number].path: away[number].text.replace("---", "---\ndraft: true", 1)})
            elif move == "restore" and number in away:
                (base / away[number].path).unlink(missing_ok=True)
                there[number] = replace(away.pop(number), path=f"posts/back-{step}.md")
            elif move == "ids":
                way = WAYS[step % len(WAYS)]
            elif move == "swap" and len(there) > 1:
                one, two = list(there.values())[:2]
                there |= {one.number: replace(one, path=two.path), two.number: replace(two, path=one.path)}
            elif number in there:
                (base / there[number].path).unlink()
                there[number] = moved(there[number], move, step)
            lay(base, {one.path: one.text for one in there.values()})
            lose(base, lost)
            found = ids(publish(base, "limit = 0\n", way=way))
            assert found == {f"author-{n}": known[f"author-{n}"] for n in there}


#: what becomes of posts with one source: which of them, its day, its title
TELLINGS = st.lists(
    st.tuples(
        st.sampled_from(("tell", "tell", "retitle", "delete", "restore")),
        st.integers(0, 5),
        st.sampled_from((1, 5, 10, 16, 28)),
        st.sampled_from(TITLES),
    ),
    min_size=1,
    max_size=8,
)


@given_at_length(4, 60, TELLINGS)
def test_no_shown_story_parts_or_vanishes(moves: list[tuple[str, int, int, str]]) -> None:
    """Posts with one source are told, retitled, deleted and restored: stories stay as many as were published.

    A new telling adds one story at most; nothing else adds one, and only a deletion takes one away.
    """
    one = Kept(number=0, path="", has_source=True, date="", title="", category="C", body="Words.")
    other = replace(one, number=9, path="posts/else.md", has_source=False, date="2020-01-01", title="Else")
    there, away = {other.path: other}, dict[str, Kept]()
    with site() as base:
        lay(base, {other.path: other.text})
        before = known = set(ids(publish(base, "limit = 0\n")).values())
        for step, (move, at, day, title) in enumerate([("tell", 0, 1, "Tea"), ("tell", 1, 10, "Tea"), *moves]):
            path = f"posts/n{at}.md"
            if move == "tell" and path not in {*there, *away}:
                there[path] = replace(one, path=path, date=f"2024-01-{day:02}T0{at}:00:00Z", title=title)
            elif move == "retitle" and path in there:
                there[path] = replace(there[path], title=f"{title} {step % 2}")
            elif move == "delete" and path in there:
                away[path] = there.pop(path)
                (base / path).unlink()
            elif move == "restore" and path in away:
                there[path] = away.pop(path)
            lay(base, {each.path: each.text for each in there.values()})
            items = json.loads(publish(base, "limit = 0\n")["feed.json"])["items"]
            found = {item["id"] for item in items}
            assert move == "delete" or before <= found
            assert move == "tell" or found <= known
            assert len(found - before) <= 1
            before, known = found, known | found


@pytest.mark.parametrize("same", [{"title": "Tea"}, {"body": "Words."}])
def test_what_looks_alike_is_told_apart(same: dict[str, str], tmp_path: Path) -> None:
    """Two posts of one moment with one title or one text, both renamed at once, keep their own ids."""
    one = Kept(number=0, path="posts/a.md", has_source=False, date=DATES[0], title="Tea", category="C", body="Words.")
    other = replace(one, number=1, path="posts/b.md", title="Other", body="Other words.")
    alike = [one, replace(other, **same)]  # type: ignore[arg-type]
    names = "cdefgh"
    assert all(
        renamed_ids(
            tmp_path / (first + second),
            alike,
            [replace(alike[0], path=f"posts/{first}.md"), replace(alike[1], path=f"posts/{second}.md")],
        )
        for first, second in zip(names, names[::-1], strict=True)
    )


# The formats.


def quoted(text: str) -> str:
    """Return the text as YAML writes any text (1.2 section 7.3.1)."""
    return json.dumps(text)


TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(("A & B", "A &amp; B", "<b>bold</b>", "]]>", '"', "\r\n", "茶館", "🎉", "\u202eabc", "\ufffe")),
)
_LINKS = ("/here/", "https://else.example/ä ö?a=b&c=d", "//else.example/x", "?q", "https://[bad", "茶/")
HEADERS = st.fixed_dictionaries(
    {
        "title": TEXTS.map(quoted),
        "date": st.one_of(
            st.datetimes(datetime(1970, 1, 2), datetime(2037, 1, 1)).map(lambda at: at.isoformat(" ")),  # noqa: DTZ001
            st.sampled_from(("2024-01-02", "2024-01-02T03:04:05.678+08:00", "2024-01-02T03:04:05Z")),
        ),
    },
    optional={
        "from": st.integers(0, 2).map(lambda number: f"https://news.example.org/{number}"),
        "permalink": st.sampled_from(_LINKS).map(quoted),
        "id": st.sampled_from(("tag:example.org,2024:1", "urn:x:a&b", "https://else.example/?a=1&b=2", "no uri")),
        "updated": st.sampled_from(("2024-02-01", "2024-02-01T00:00:00.001Z", "2001-01-01")),
        "tags": st.sampled_from(("[x]", "[x, 茶]", "[C++]")),
        "summary": TEXTS.map(quoted),
    },
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return the text of a post."""
    lines = [f"{key}: {value}" for key, value in draw(HEADERS).items()]
    return "\n".join(["---", *lines, "---", "", draw(st.one_of(st.just("long words " * 200), TEXTS)), ""])


def documents(published: dict[str, bytes]) -> Iterator[dict[str, Page]]:
    """Yield the documents that are one in several formats: of each feed, and of each of its archive periods."""
    for file in published:
        for ending, in_form in ((FILES["atom"], FILES), (_ENDS["atom"], _ENDS)):
            stem = file.removesuffix(ending)
            if stem != file and not stem.endswith("."):
                yield {form: read(published[stem + end], form) for form, end in in_form.items()}


def said(page: Page, time_of: Callable[[datetime], datetime]) -> list[tuple[str, str, str, datetime]]:
    """Return what all formats say of each entry, in order."""
    return [(one.id, one.title, one.url, time_of(moment(one.published))) for one in page.entries]


def to_the_second(at: datetime) -> datetime:
    """Return the time that a format without milliseconds gives."""
    return at.replace(microsecond=0)


@given_at_length(
    12,
    50,
    st.lists(texts(), min_size=1, max_size=8),
    st.sampled_from((1, 3, 50)),
    st.sampled_from((900, 2500, 1_000_000)),
)
def test_the_formats_agree(contents: list[str], limit: int, max_bytes: int) -> None:
    """Every document says the same in Atom, RSS and JSON Feed: ids, order, titles, links, and times.

    Times to the millisecond, in RSS to the second; and of archive documents as well as of feeds.
    """
    with site() as base:
        lay(base, {f"posts/n{number}.md": text for number, text in enumerate(contents)})
        published = publish(base, f"archives = true\nlimit = {limit}\nmax_bytes = {max_bytes}\n")
        found = list(documents(published))
        assert sum(len(pages["atom"].entries) for pages in found)
        for pages in found:
            atom, rss, as_json = pages["atom"], pages["rss"], pages["json"]
            assert said(atom, moment_itself) == said(as_json, moment_itself)
            assert said(atom, to_the_second) == said(rss, to_the_second)
            assert [one.updated for one in atom.entries] == [one.updated for one in as_json.entries]


def moment_itself(at: datetime) -> datetime:
    """Return the time as it is."""
    return at
