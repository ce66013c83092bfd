"""Archive documents: the whole history within reach of a subscriber, and none of it that moves."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from runs import SITE_URL, build, lay, run, stamps, tree

from feedtool.feeds.archives import MOST_ENTRIES, Dated, divide, still
from feedtool.model import Feed
from feedtool.syntax import EPOCH

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

days = st.integers(min_value=0, max_value=4000)


def dated(on: list[int]) -> list[Dated]:
    """Return entries of these days since 1970, newest first, each of 1,000 bytes."""
    entries = [Dated(id=f"urn:x:{n}", published_ms=day * 86_400_000 + n, size=1000) for n, day in enumerate(on)]
    return sorted(entries, key=lambda entry: (-entry.published_ms, entry.id))


def contents(parts: tuple[Feed, ...]) -> dict[str, tuple[object, ...]]:
    """Return what stands in each archive document, by its name."""
    return {part.period: (part.entry_ids, part.older, part.newer) for part in parts[1:]}


@given(st.lists(days, max_size=60), st.integers(min_value=0, max_value=60), st.integers(min_value=1000, max_value=9000))
def test_every_entry_stands_in_one_document(on: list[int], count: int, most: int) -> None:
    """Whatever the posts: the walk from the feed to the oldest document meets each entry once, in order."""
    entries = dated(on)
    parts = {part.period: part for part in divide(FEED, entries, min(count, len(entries)), max_bytes=most)}
    walked, name = list(parts[""].entry_ids), parts[""].older
    while name:
        walked += parts[name].entry_ids
        older = parts[name].older
        assert not older or parts[older].newer == name
        name = older
    assert walked == [entry.id for entry in entries]


@given(st.lists(days, min_size=2, max_size=60), st.integers(min_value=1, max_value=20))
def test_documents_hold_no_more_than_a_reader_takes(on: list[int], most: int) -> None:
    """A document holds as many bytes as it may, or entries of one day."""
    parts = divide(FEED, entries := dated(on), 1, max_bytes=most * 1000)
    day = {entry.id: entry.published_ms // 86_400_000 for entry in entries}
    for part in parts[1:]:
        assert len(part.entry_ids) <= most or len({day[entry_id] for entry_id in part.entry_ids}) == 1


@given(st.lists(days, min_size=3, max_size=60), st.integers(min_value=1, max_value=10), st.integers(1, 5))
def test_closed_documents_stay_as_they_are(on: list[int], count: int, steps: int) -> None:
    """New entries at the top never change a document of a time that has left the feed."""
    entries = dated(on)
    count = min(count, len(entries))
    before = divide(FEED, entries, count, max_bytes=3000)
    last = entries[0].published_ms // 86_400_000
    newer = dated([last + 40 * step for step in range(1, steps + 1)])
    newer = [Dated(id=f"{entry.id}-new", published_ms=entry.published_ms, size=1000) for entry in newer]
    after = divide(FEED, [*newer, *entries], count, max_bytes=3000)
    oldest_in_feed = entries[count - 1].published_ms
    now = contents(after)
    for name, content in contents(before).items():
        begins = datetime.fromisoformat(f"{name}{'-01-01'[len(name) - 4 :]}T00:00:00+00:00")
        is_closed = before[0].older != name and begins + timedelta(days=366) < EPOCH + timedelta(
            milliseconds=oldest_in_feed
        )
        assert not is_closed or now[name] == content


def test_a_feed_takes_back_nothing_that_it_let_go() -> None:
    """What is older than the newest archived entry stays archived, though the feed would have room for it."""
    entries = dated([1, 2, 3, 4, 5])
    assert still(entries, None) == 5
    assert still(entries, (entries[2].published_ms, entries[2].id)) == 2
    assert still(entries, (entries[2].published_ms, "gone")) == 3
    assert still(entries, (entries[2].published_ms + 5, "urn:x:gone")) == 2


def test_a_year_is_divided_where_it_is_too_much() -> None:
    """A year is one document; too large, it is months, and a month days; the first keeps the year's name."""
    year = [day for day in range(365) for _ in range(1)]
    assert [part.period for part in divide(FEED, dated(year[:MOST_ENTRIES]), 0, max_bytes=0)][1:] == ["1970"]
    months = [part.period for part in divide(FEED, dated(year), 0, max_bytes=0)][1:]
    assert months == [*(f"1970-{month:02}" for month in range(12, 1, -1)), "1970"]
    busy = divide(FEED, dated(year + [1] * MOST_ENTRIES), 0, max_bytes=0)
    january = [f"1970-01-{day:02}" for day in range(31, 1, -1)]
    assert [part.period for part in busy][1:] == [*months[:-1], *january, "1970"]


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


def walk(output: Path, folder: str, form: str) -> list[str]:
    """Return the ids of a feed and of what its links to the past lead to, as a reader meets them."""
    names = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
    found: list[str] = []
    seen: set[str] = set()
    address: str = f"{SITE_URL}{folder}{names[form]}"
    while address:
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
    """A post at the top pushes one entry into the past; a year is closed when the next has its document."""
    names = changed(site, post(1, "2021-01-01"))
    assert {name.rpartition("/")[2].partition(".")[0] for name in names} == {"2019", "2020"}
    names = changed(site, post(2, "2021-01-02"))
    assert {name.rpartition("/")[2].partition(".")[0] for name in names} == {"2020"}


def test_a_backdated_post_touches_one_document(site: Path) -> None:
    """A post of 2014 that comes late changes the document of 2014, in each format, and no feed."""
    names = changed(site, post(1, "2014-12-12"))
    assert names == {
        f"{folder}archive/2014.{end}" for folder in ("", "tag/x/") for end in ("atom.xml", "rss.xml", "json")
    }
    assert len(walk(site / "output", "", "atom")) == 21


def test_deleted_posts_do_not_bring_old_ones_back(site: Path) -> None:
    """A feed that lost its newest entries is shorter for a while; no archive document changes for that."""
    before = walk(site / "output", "", "atom")
    (site / "posts/2020-07-08-n2120.md").unlink()
    assert changed(site, {}) == set()
    assert walk(site / "output", "", "atom") == before[1:]


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
    assert (
        "number 20 of 20, newest first: in an archive document, because it is beyond the limit of 3 entries" in told.out
    )
    (site / "posts/2020-07-08-n2120.md").rename(site / "posts/renamed.md")
    build(cwd=site)
    (newest,) = json.loads((site / "output/feed.json").read_text())["items"][:1]
    told = run("explain", "posts/renamed.md", "--site-url", SITE_URL, cwd=site)
    assert f"{newest['id']}" in told.out
    assert "as it was published before" in told.out
