"""Archive documents: the whole history within reach of a subscriber, and none of it that moves."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from runs import SITE_URL, build, lay, run, stamps, tree

from feedtool.feeds.archives import Before, Dated, came, divide, end_of, is_name, name_of
from feedtool.model import Feed

NOTHING = Before()
_ATOM = "{http://www.w3.org/2005/Atom}"
_ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
_COMPLETE = "{http://purl.org/syndication/history/1.0}complete"

FEED = Feed(
    kind="all",
    title="Notes",
    description="Notes",
    language="en",
    author="Notes",
    url=SITE_URL,
    home_url=SITE_URL,
    formats=("atom",),
    updated_ms=0,
    is_archived=True,
)

hours = st.integers(min_value=0, max_value=4000)


def dated(on: list[int]) -> list[Dated]:
    """Return entries of these hours since 1970, newest first, each of 1,000 bytes."""
    entries = [Dated(id=f"urn:x:{n}", came_ms=hour * 3_600_000 + n, size=1000) for n, hour in enumerate(on)]
    return sorted(entries, key=lambda entry: (-entry.came_ms, entry.id))


def parts_of(
    entries: list[Dated], before: Before = NOTHING, *, limit: int, max_bytes: int = 0, room: int = 1000
) -> dict[str, Feed]:
    """Return the feed and its archive documents by name; the feed has room for so many entries."""
    found, _ = divide(FEED, entries, before, limit=limit, max_bytes=max_bytes, fit=lambda ids: min(len(ids), room))
    return {part.period: part for part in found}


@given(st.lists(hours, max_size=60), st.integers(0, 20), st.integers(1000, 9000), st.integers(1, 60))
def test_every_entry_stands_in_one_document(on: list[int], limit: int, most: int, room: int) -> None:
    """For any posts, the walk from the feed to the oldest document meets each entry once."""
    entries = dated(on)
    parts = parts_of(entries, limit=limit, max_bytes=most, room=room)
    walked, name = list(parts[""].entry_ids), parts[""].older
    while name:
        walked += parts[name].entry_ids
        older = parts[name].older
        assert not older or parts[older].newer == name
        name = older
    assert sorted(walked) == sorted(entry.id for entry in entries)
    assert len(parts[""].entry_ids) <= room
    assert not entries or parts[""].entry_ids


@given(st.lists(hours, min_size=2, max_size=60), st.integers(min_value=1, max_value=20))
def test_documents_hold_no_more_than_a_reader_takes(on: list[int], most: int) -> None:
    """A document holds as many bytes as it may, or entries of one hour."""
    parts = parts_of(entries := dated(on), limit=1, max_bytes=most * 1000)
    hour = {entry.id: entry.came_ms // 3_600_000 for entry in entries}
    for name, part in parts.items():
        assert not name or len(part.entry_ids) <= most or len({hour[entry_id] for entry_id in part.entry_ids}) == 1


steps = st.lists(st.tuples(st.lists(hours, max_size=9), st.lists(st.integers(0, 60), max_size=4)), max_size=12)


@given(steps, st.integers(1, 5), st.integers(2, 40))
def test_no_entry_is_added_to_a_closed_document(
    steps: list[tuple[list[int], list[int]]], limit: int, room: int
) -> None:
    """New, backdated, deleted and restored entries, byte limits: who stops at a document he knows has missed nothing."""
    published: dict[str, int] = {}
    deleted: dict[str, int] = {}
    known: dict[str, int] = {}
    before = NOTHING
    names: set[str] = set()
    seen: set[str] = set()
    documents: set[str] = set()
    for number, (on, gone) in enumerate(steps):
        restored, deleted = (deleted, {}) if number % 3 == 2 else ({}, deleted)
        for one in [sorted(published)[at] for at in {*gone} if at < len(published)]:
            deleted[one] = published.pop(one)
        published |= {f"urn:x:{number}-{n}": hour * 3_600_000 for n, hour in enumerate(on)} | restored
        came_ms = came(published, known, before.newest)
        entries = [Dated(id=one, came_ms=came_ms[one], size=1000) for one in sorted(published)]
        parts, moved = divide(FEED, entries, before, limit=limit, max_bytes=4000, fit=lambda ids: min(len(ids), room))
        known |= came_ms | moved
        left = known.keys() - published.keys()
        names |= {part.period for part in parts[1:]} | ({parts[0].archived_until} - {""})
        until, count = parts[0].archived_until, len(parts[0].entry_ids)
        before = Before(until=until, names=set(names), newest=max(names, default=""), count=count, left=left)
        seen.update(parts[0].entry_ids)
        for part in parts[1:]:
            if part.period in documents:
                break
            seen.update(part.entry_ids)
        documents |= {part.period for part in parts[1:]}
        assert published.keys() <= seen
        assert sorted(published) == sorted(one for part in parts for one in part.entry_ids)


def test_what_comes_late_comes_last() -> None:
    """A backdated entry comes behind all others; one that was there before keeps its place, though its date changed."""
    until = "1970-01-02-24"
    assert came({"a": 5, "b": 10**9}, {}, "") == {"a": 5, "b": 10**9}
    assert came({"a": 5, "b": 10**9, "c": 7}, {"b": 10**9}, until) == {"b": 10**9, "a": 10**9 + 1, "c": 10**9 + 2}
    assert came({"a": 5, "b": 7}, {"a": 5, "b": 9}, until) == {"a": 5, "b": 9}
    assert came({"a": 5}, {}, until) == {"a": 2 * 86_400_000 + 1}
    hours = Counter(ms // 3_600_000 for ms in came({str(n): 5 for n in range(500)}, {}, until).values())
    assert max(hours.values()) <= 10  # so that documents can divide them


def test_a_document_closes_when_the_feed_holds_twice_its_limit() -> None:
    """Until then the feed grows; the document is named by the hour at which its time ends."""
    entries = dated(list(range(0, 200, 10)))
    assert parts_of(entries[-5:], limit=3).keys() == {""}
    parts = parts_of(entries[-6:], limit=3)
    assert (len(parts[""].entry_ids), [*parts]) == (3, ["", "1970-01-01-21"])
    again = parts_of(entries[-8:], Before(until="1970-01-01-21", names=["1970-01-01-21"], count=3), limit=3)
    assert (len(again[""].entry_ids), [*again]) == (5, ["", "1970-01-01-21"])


@pytest.mark.parametrize(
    "name",
    [
        "2023",
        "2023-05-01",
        "2023-13-01-01",
        "2023-05-01-25",
        "2023-05-01-00",
        "2023-05-01-01-0",
        "../2023-05-01-01",
        "",
    ],
)
def test_other_names_are_no_documents(name: str) -> None:
    """Those of earlier releases, or of strangers, tell nothing of what is closed."""
    assert not is_name(name)
    for good in ("2023-05-31-24-2", "2023-05-31-24", "2023-05-31-01", "0001-01-01-01", "9999-12-31-24"):
        assert is_name(good)
        assert name_of(end_of(good)) == good.removesuffix("-2")


def post(number: int, on: str, *, tag: str = "x", text: str = "") -> dict[str, str]:
    """Return a post's file."""
    when = datetime.fromisoformat(on).replace(tzinfo=UTC)
    header = f"---\ntitle: Number {number}\ndate: {when.isoformat()}\ntags: [{tag}]\nsummary: short\n---\n"
    return {f"posts/{on}-n{number}.md": f"{header}\nText of {number}. {text}\n"}


CONFIG = '[feeds]\narchives = true\nlimit = 3\n[site]\ntitle = "Notes"\n'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with two posts in each of ten years, a feed of three, and archives."""
    lay(tmp_path, {"feedtool.toml": CONFIG})
    for year in range(2011, 2021):
        lay(tmp_path, post(year, f"{year}-02-03") | post(year + 100, f"{year}-07-08"))
    assert build("--strict", cwd=tmp_path).status == 0
    return tmp_path


def walk(output: Path, folder: str, form: str, known: set[str] | None = None) -> list[str]:
    """Return the ids of a feed and of what its links to the past lead to, as a reader meets them.

    It stops at an archive document that it knows, and knows those that it met from then on.
    """
    names = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
    found: list[str] = []
    seen: set[str] = set()
    address: str = f"{SITE_URL}{folder}{names[form]}"
    while address and not (known and address in known):
        assert address not in seen
        seen.add(address)
        content = (output / address.removeprefix(SITE_URL)).read_bytes()
        if form == "json":
            feed = json.loads(content)
            assert feed["feed_url"] == address
            found += [item["id"] for item in feed["items"]]
            address = feed.get("next_url", "")
            continue
        root = etree.fromstring(content)
        top = root if form == "atom" else root[0]
        links = {link.get("rel"): link.get("href") for link in top.findall(f"{_ATOM}link")}
        assert links["self"] == address
        is_archive = len(seen) > 1
        assert (top.find(_ARCHIVE) is not None) == is_archive
        assert ("current" in links) == is_archive
        ids = top.iterfind(f"{_ATOM}entry/{_ATOM}id" if form == "atom" else "item/guid")
        found += [one.text or "" for one in ids]
        address = links.get("prev-archive") or ""
    if known is not None:
        known |= seen - {f"{SITE_URL}{folder}{names[form]}"}
    return found


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
@pytest.mark.parametrize("folder", ["", "tag/x/"])
def test_the_whole_history_is_within_reach(site: Path, folder: str, form: str) -> None:
    """In every format, the walk back from a feed meets each of its entries once."""
    ids = walk(site / "output", folder, form)
    assert len(ids) == 20
    assert set(Counter(ids).values()) == {1}


def changed(site: Path, files: dict[str, str]) -> set[str]:
    """Return the archive documents that a build wrote or removed after these files were written."""
    before, bytes_before = stamps(site / "output"), tree(site / "output")
    lay(site, files)
    assert build(cwd=site).status == 0
    after, bytes_after = stamps(site / "output"), tree(site / "output")
    touched = {name for name in before | after if before.get(name) != after.get(name)}
    assert touched == {name for name in before | after if bytes_before.get(name) != bytes_after.get(name)}
    return {name for name in touched if "archive/" in name}


def test_a_new_post_changes_no_closed_document(site: Path) -> None:
    """The feed grows until it holds twice its limit; then the surplus is a new document, which the last one names."""
    assert changed(site, post(1, "2021-01-01") | post(2, "2021-01-02")) == set()
    names = changed(site, post(3, "2021-01-03"))
    periods = {name.rpartition("/")[2].partition(".")[0] for name in names}
    assert periods == {"2019-02-03-01", "2020-07-08-01"}
    assert len(json.loads((site / "output/feed.json").read_text())["items"]) == 3
    assert changed(site, post(4, "2021-01-04")) == set()


def test_a_backdated_post_stands_in_the_feed(site: Path) -> None:
    """A post of 2014 that comes late reaches those who only poll; no document changes, and it is archived once."""
    assert changed(site, post(1, "2014-12-12")) == set()
    titles = [item["title"] for item in json.loads((site / "output/feed.json").read_text())["items"]]
    assert titles[-1] == "Number 1"
    assert len(walk(site / "output", "", "atom")) == 21
    for number in (2, 3, 4, 5):
        changed(site, post(number, f"2021-01-0{number}"))
        ids = walk(site / "output", "", "atom")
        assert len(ids) == len(set(ids)) == 20 + number


def test_many_late_posts_leave_the_newest_in_the_feed(site: Path) -> None:
    """Forty posts of 2012 come at once: who only polls still sees what is newest, and who walks sees all."""
    lay(site, post(1, "2021-01-01"))
    changed(site, {name: text for n in range(10, 50) for name, text in post(n, f"2012-03-{n % 28 + 1:02}").items()})
    titles = [item["title"] for item in json.loads((site / "output/feed.json").read_text())["items"]]
    assert titles[:3] == ["Number 1", "Number 2120", "Number 2020"]
    assert len(walk(site / "output", "", "atom")) == 61
    assert changed(site, {}) == set()


def test_a_post_that_comes_back_stands_in_a_new_document(site: Path) -> None:
    """It is not in the feed, whose readers know it; old addresses go on answering, without it."""
    lost = site / "posts/2012-02-03-n2012.md"
    text = lost.read_text()
    lost.unlink()
    changed(site, {})
    before = tree(site / "output/archive")
    feed = json.loads((site / "output/feed.json").read_text())["items"]
    new = changed(site, {"posts/2012-02-03-n2012.md": text})
    assert {name.rpartition("/")[2].partition(".")[0] for name in new} == {"2019-02-03-01-2"}
    assert before.items() <= tree(site / "output/archive").items()
    assert json.loads((site / "output/feed.json").read_text())["items"] == feed
    assert len(walk(site / "output", "", "atom")) == 20
    assert changed(site, {}) == set()


def test_a_feed_refills_from_below(site: Path) -> None:
    """Where entries of the feed are deleted, those of the newest document come back; nothing is lost or doubled."""
    before = walk(site / "output", "", "atom")
    (site / "posts/2020-07-08-n2120.md").unlink()
    changed(site, {})
    assert len(json.loads((site / "output/feed.json").read_text())["items"]) == 3
    assert sorted(walk(site / "output", "", "atom")) == sorted(before[1:])


def test_old_addresses_go_on_answering(site: Path) -> None:
    """A document that others replace stays as it is, and the build says nothing of it."""
    old = {f"archive/{name}": "<feed/>" for name in ("2014.atom.xml", "2015-02.atom.xml")}
    known = json.loads((site / "output/ledger/files.json").read_text())
    known["files"] |= {path: hashlib.sha256(text.encode()).hexdigest() for path, text in old.items()}
    lay(site, {"output/ledger/files.json": json.dumps(known)} | {f"output/{path}": text for path, text in old.items()})
    (site / "posts/2020-07-08-n2120.md").unlink()
    assert "[left-over]" not in build(cwd=site).err
    after = tree(site / "output")
    assert all(after[path] == text.encode() for path, text in old.items())


def test_who_stops_at_a_known_document_misses_nothing(site: Path) -> None:
    """New, backdated, retagged, redated, restored and deleted posts: a reader stops at the first document it knows."""
    deeds: list[Callable[[], object]] = [
        lambda: None,
        lambda: lay(site, post(1, "2014-12-12")),
        lambda: lay(site, post(2, "2021-01-01") | post(3, "2021-02-01") | post(4, "2021-03-01")),
        lambda: lay(site, post(2014, "2014-02-03", tag="y")),
        (site / "posts/2019-07-08-n2119.md").unlink,
        lambda: lay(site, post(2119, "2019-07-08") | post(5, "2021-04-01")),
        lambda: lay(site, {"posts/2021-01-01-n2.md": post(2, "2015-05-05")["posts/2015-05-05-n2.md"]}),
        lambda: lay(site, {name: text for n in range(10, 20) for name, text in post(n, f"2022-01-{n}").items()}),
        lambda: lay(site, post(2014, "2014-02-03")),
        (site / "posts/2012-02-03-n2012.md").unlink,
        lambda: lay(site, post(2012, "2012-02-03") | post(99, "2011-01-01")),
    ]
    feeds = [(folder, form) for folder in ("", "tag/x/") for form in ("atom", "rss", "json")]
    seen: dict[tuple[str, str], set[str]] = {feed: set() for feed in feeds}
    known: dict[tuple[str, str], set[str]] = {feed: set() for feed in feeds}
    for deed in deeds:
        deed()
        build(cwd=site)
        for feed in feeds:
            seen[feed].update(walk(site / "output", *feed, known[feed]))
            assert set(walk(site / "output", *feed)) <= seen[feed]


def test_a_feed_that_lost_all_begins_anew(site: Path) -> None:
    """Where everything that the feed held is deleted, it shows the newest of what there is."""
    for name in ("2020-07-08-n2120", "2020-02-03-n2020", "2019-07-08-n2119"):
        (site / f"posts/{name}.md").unlink()
    changed(site, {})
    assert len(json.loads((site / "output/feed.json").read_text())["items"]) == 3
    assert len(walk(site / "output", "", "atom")) == 17


def test_large_entries_do_not_move_the_past(site: Path) -> None:
    """A long post shortens the feed; when it has left, no entry comes back from the archives."""
    lay(site, {"feedtool.toml": CONFIG.replace("limit = 3", "limit = 3\nmax_bytes = 2300")})
    assert build(cwd=site).status == 0
    changed(site, post(1, "2021-01-01", text="long " * 120))
    short = json.loads((site / "output/feed.json").read_text())["items"]
    assert len(short) < 3
    archived = tree(site / "output/archive")
    changed(site, post(1, "2021-01-01", text="short"))
    assert tree(site / "output/archive") == archived
    assert len(walk(site / "output", "", "rss")) == 21


def test_a_lost_cache_changes_nothing(site: Path) -> None:
    """Built anew from the same posts beside the same output, every document has the same bytes."""
    changed(site, post(1, "2021-01-01"))
    before = tree(site / "output")
    assert build("--no-cache", cwd=site).status == 0
    assert tree(site / "output") == before


def test_a_feed_is_not_empty_where_its_newest_entries_are_archived() -> None:
    """Long entries may push them out before what came late: that stays."""
    entries = [Dated(id=f"urn:x:{n}", came_ms=hour * 3_600_000, size=9) for n, hour in enumerate((2, 1, 7, 6, 5))]
    before = Before(until=name_of(3 * 3_600_000), names={name_of(3 * 3_600_000)}, count=1)
    for limit in (1, 2):
        assert parts_of(entries[: limit + 2], before, limit=limit)[""].entry_ids == ("urn:x:2", "urn:x:3")[:limit]
    assert parts_of(entries, before, limit=2)[""].entry_ids == ("urn:x:2", "urn:x:3", "urn:x:4")


def test_archives_that_came_back_whole_are_made_once(site: Path) -> None:
    """Where all documents were opened again, and when they close, a build without a cache changes nothing either."""
    changed(site, post(1, "2010-01-01"))
    for path in sorted((site / "posts").iterdir())[6:]:
        path.unlink()
    for files in ({}, post(2, "2021-01-01") | post(3, "2021-01-02"), post(4, "2021-01-03")):
        changed(site, files)
        before = tree(site / "output")
        assert build("--no-cache", cwd=site).status == 0
        assert tree(site / "output") == before
    assert len(walk(site / "output", "", "atom")) == 9


def test_a_complete_feed_says_so(tmp_path: Path) -> None:
    """`complete = true` puts all entries into the feed, beyond its limit, with a mark that tells a reader so."""
    lay(tmp_path, {"feedtool.toml": "[feeds]\nlimit = 2\n[feeds.tag]\ncomplete = true\n"})
    for number in range(5):
        lay(tmp_path, post(number, f"2020-01-0{number + 1}"))
    assert build(cwd=tmp_path).status == 0
    for name, top in (("atom.xml", ""), ("rss.xml", "channel/")):
        root = etree.parse(tmp_path / "output/tag/x" / name)
        assert root.find(f"{top}{_COMPLETE}") is not None
        assert len(root.findall(f"{_ATOM}entry") + root.findall("channel/item")) == 5
        assert etree.parse(tmp_path / "output" / name).find(f"{top}{_COMPLETE}") is None


def test_a_complete_feed_has_no_archives(tmp_path: Path) -> None:
    """A configuration that asks for both is refused, with the key and a cure (RFC 5005 section 2)."""
    lay(tmp_path, {"feedtool.toml": "[feeds]\narchives = true\ncomplete = true\n"} | post(1, "2020-01-01"))
    found = build(cwd=tmp_path)
    assert found.status == 2
    assert "feedtool.toml:3: error: feeds.complete: a complete feed cannot have archives" in found.err


def test_a_hub_is_named_in_every_format(site: Path) -> None:
    """Subscribers of each format learn of it (WebSub section 4); archive documents change too seldom for one."""
    lay(site, {"feedtool.toml": CONFIG + 'hub = "https://hub.example.org/?a=1&b=2"\n'})
    assert build(cwd=site).status == 0
    hub = "https://hub.example.org/?a=1&b=2"
    for folder in ("output", "output/tag/x"):
        for name in ("atom.xml", "rss.xml"):
            root = etree.parse(site / folder / name).getroot()
            top = root if name == "atom.xml" else root[0]
            links = {link.get("rel"): link.get("href") for link in top.findall(f"{_ATOM}link")}
            assert links["hub"] == hub
        assert json.loads((site / folder / "feed.json").read_text())["hubs"] == [{"type": "WebSub", "url": hub}]
    assert not [name for name, content in tree(site / "output").items() if "archive/" in name and b"hub." in content]


def test_explain_knows_of_archives_and_of_ids_that_were_kept(site: Path) -> None:
    """It says that an old entry stands in an archive document, and under which id it was published."""
    told = run("explain", "posts/2011-02-03-n2011.md", "--site-url", SITE_URL, cwd=site)
    (name,) = {path.name.partition(".")[0] for path in (site / "output/archive").glob("*.json")}
    assert f"number 20 of 20, newest first: in the archive document {name}" in told.out
    (site / "posts/2020-07-08-n2120.md").rename(site / "posts/renamed.md")
    build(cwd=site)
    (newest,) = json.loads((site / "output/feed.json").read_text())["items"][:1]
    told = run("explain", "posts/renamed.md", "--site-url", SITE_URL, cwd=site)
    assert f"{newest['id']}" in told.out
    assert "as it was published before" in told.out
