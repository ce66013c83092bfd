"""feeds.opml for readers, and feeds.json for programs and for the next build."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from lxml import etree
from samples import FEED, FEEDS, GENERATOR, NOON, SITE

from feedtool.generators import (
    KnownEntry,
    ManifestError,
    from_files,
    read_manifest,
    read_part,
    render_ledger,
    render_manifest,
    render_opml,
)
from feedtool.model import Claim, Document, Feed
from feedtool.output.verify import verify_manifest, verify_opml

FILES = {"tag/b/rss.xml": "b" * 64, "atom.xml": "a" * 64, "category/新聞/atom.xml": "0" * 64}

ENTRIES = (
    KnownEntry(
        claim=Claim(id="urn:x:1", root="urn:x:1", published_ms=NOON, mark="0" * 24), feeds=("all/", "category/新聞")
    ),
    KnownEntry(
        claim=Claim(id="urn:x:3", root="urn:x:3", published_ms=NOON, mark="2" * 64),
        updated_ms=NOON + 1,
        content="3" * 16,
    ),
    KnownEntry(claim=Claim(id="urn:x:2", root="urn:x:0", published_ms=NOON, mark="1" * 24), feeds=("all/",)),
)


def parts(entries: Sequence[KnownEntry] = ENTRIES, files: Mapping[str, str] = FILES) -> list[Document]:
    """Return the ledger as a build writes it."""
    return list(render_ledger(entries, FEEDS, manifest=written(), files=files, generator=GENERATOR)[0])


def written(feeds: Sequence[Feed] = FEEDS) -> Document:
    """Return a manifest as a build writes it."""
    return render_manifest(
        feeds,
        site_title="Notes",
        site_url=SITE,
        ids_made_as="uuid",
        generator=GENERATOR,
    )


def manifest() -> dict[str, Any]:
    found = written()
    loaded: dict[str, Any] = json.loads(found.content)
    return loaded


def test_opml_lists_every_feed_once_in_its_best_format() -> None:
    """Importing the file subscribes to each feed once: Atom, else RSS, else JSON."""
    document = render_opml(FEEDS, title="Notes & <News>", generator="feedtool")
    root = etree.fromstring(document.content)
    outlines = [outline for outline in root.iter("outline") if outline.get("type") == "rss"]
    assert [
        "https://feeds.example.org/atom.xml",
        "https://feeds.example.org/category/%E6%96%B0%E8%81%9E/atom.xml",
        "https://feeds.example.org/tag/c-2/atom.xml",
        "https://feeds.example.org/tag/r-d/rss.xml",
        "https://feeds.example.org/tag/%D8%A7%D9%84%D8%B9%D8%B1%D8%A8%D9%8A%D8%A9/atom.xml",
        "https://feeds.example.org/author/b-bob-b/feed.json",
    ] == [outline.get("xmlUrl") for outline in outlines]
    assert {
        "type": "rss",
        "text": "R&D",
        "title": "R&D – Notes",
        "xmlUrl": "https://feeds.example.org/tag/r-d/rss.xml",
        "htmlUrl": "https://feeds.example.org/tag/r-d/",
        "language": "en",
        "version": "RSS",
    } == {str(name): value for name, value in outlines[3].items()}
    assert () == verify_opml(document, FEEDS)


def test_opml_groups_feeds_by_kind() -> None:
    """A reader shows a folder for categories, tags and authors; empty kinds have none."""
    root = etree.fromstring(render_opml(FEEDS, title="Notes", generator="feedtool").content)
    assert ["All", "Categories", "Tags", "Authors"] == [outline.get("text") for outline in root.findall("body/outline")]
    alone = etree.fromstring(render_opml([FEED], title="Notes", generator="feedtool").content)
    assert ["All"] == [outline.get("text") for outline in alone.findall("body/outline")]
    assert root.findtext("head/title") == "Notes"


def test_opml_changes_with_the_list_alone() -> None:
    """A new entry of a feed changes no byte of it: whoever asks with what he has gets no document."""
    later = [replace(feed, updated_ms=feed.updated_ms + 10**9, entry_ids=("urn:x:new",)) for feed in FEEDS]
    old, new = (render_opml(feeds, title="Notes", generator="feedtool").content for feeds in (FEEDS, later))
    assert old == new


def test_manifest_names_every_feed_and_its_ledger_every_file_in_order() -> None:
    """Programs find each feed's addresses, its size, and each file's digest, always in the same order."""
    found = manifest()
    assert {
        "kind": "tag",
        "term": "R&D",
        "slug": "r-d",
        "title": "R&D – Notes",
        "language": "en",
        "home": "https://feeds.example.org/tag/r-d/",
        "urls": {"rss": "https://feeds.example.org/tag/r-d/rss.xml"},
    } == found["feeds"][3]
    *_, files, index = (json.loads(part.content) for part in parts())
    assert list(index["parts"]) == ["feeds.json", "ledger/2023.json", "ledger/files.json"]
    assert sorted(FILES) == list(files["files"])
    assert files["states"][FEEDS[3].key] == [len(FEED.entry_ids), FEEDS[3].updated_ms]


def test_a_new_entry_leaves_the_manifest_as_it_is() -> None:
    """Counts and times are in the ledger: the list of thousands of feeds is not sent with each post."""
    later = [replace(feed, updated_ms=feed.updated_ms + 10**9, entry_ids=("urn:x:new",)) for feed in FEEDS]
    assert written(later) == written()


def test_the_next_build_reads_back_what_this_one_wrote() -> None:
    """Feeds that lost their entries, the entries with their feeds, and the files that are ours, are remembered."""
    document = written()
    found = from_files({each.path: each.content for each in (document, *parts())})
    assert FILES == {path: digest for path, digest in found.files.items() if path in FILES}
    assert {entry.claim.id: entry for entry in ENTRIES} == found.entries
    assert found.ids_made_as == "uuid"
    assert [(feed.kind, feed.term, feed.slug, feed.title, feed.language, NOON) for feed in FEEDS] == [
        (feed.kind, feed.term, feed.slug, feed.title, feed.language, feed.updated_ms) for feed in found.feeds
    ]
    assert () == verify_manifest(document, parts(), FEEDS, files=FILES)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a/..",
        ".",
        "",
        "a//b",
        "a/",
        "a\\..\\b",
        "C:/x",
        "a\x00b",
        "a\nb",
        "\ud800",
    ],
)
def test_no_path_of_a_manifest_leads_out_of_the_output_folder(path: str) -> None:
    """A manifest that somebody edited cannot make us delete or overwrite what is not ours."""
    files = {path: "a" * 64}
    for content in ({"files": files}, {"parts": files}):
        with pytest.raises(ManifestError, match="path"):
            read_part(json.dumps(content).encode())
    with pytest.raises(ManifestError, match="path"):
        read_manifest(json.dumps(manifest() | {"version": 3, "files": files}).encode())


@pytest.mark.parametrize(
    "content",
    [
        {"states": {"all/": [1]}}, {"states": {"all/": [-1, 0]}}, {"states": {"all/": [True, 0]}}, {"states": []},
        {"states": {"all/": [1, 1e9]}}, {"states": {"all/": [1, 0, "a", 2]}},
    ],
)  # fmt: skip
def test_a_state_that_no_build_wrote_is_a_manifest_error(content: dict[str, object]) -> None:
    """A part of the ledger that somebody edited is refused as a whole, with a reason."""
    with pytest.raises(ManifestError):
        read_part(json.dumps({"files": {}} | content).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b"<html>",
        b'{"version": 1, "feeds": {}, "files": {}}',
        b'{"version": 1, "feeds": [], "files": []}',
        b'{"version": 5, "feeds": [], "files": {}}',
        b'{"version": 3, "feeds": [], "files": []}',
        b'{"version": true, "feeds": [], "files": {}}',
        b'{"version": 2, "feeds": [], "files": {}, "entries": [["urn:x:1", 0, "--------", [], null, ""]]}',
        b'{"version": 2, "feeds": [], "files": {}, "entries": [["urn:x:1", 0, "000000000000000000000000", [], 1e9, ""]]}',
        b'{"version": 1, "feeds": [7], "files": {}}',
        b'{"version": 1, "feeds": [], "files": {"a": "b"}}',
        b'{"version": 1, "feeds": [], "files": {"a": 1}}',
        b'{"version": ' + b"9" * 10_000 + b"}",
    ],
)
def test_garbage_is_a_manifest_error(content: bytes) -> None:
    """Whatever stands in feeds.json, reading it gives a manifest or one plain reason."""
    with pytest.raises(ManifestError):
        read_manifest(content)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "page"),
        ("kind", None),
        ("slug", ".."),
        ("slug", "a/b"),
        ("term", 3),
        ("term", "\udfff"),
        ("updated", "yesterday"),
        ("updated", "2023-02-30T00:00:00Z"),
        ("updated", "2023-01-31T09:47:26+08:00"),
    ],
)
def test_a_feed_that_no_build_wrote_is_a_manifest_error(field: str, value: object) -> None:
    """Only feeds as we write them come back from a manifest."""
    loaded = manifest()
    loaded["feeds"][1][field] = value
    with pytest.raises(ManifestError, match="feed"):
        read_manifest(json.dumps(loaded).encode())


def entry(number: int, on: str, *feeds: str) -> KnownEntry:
    """Return an entry of a day."""
    published_ms = int(datetime.fromisoformat(f"{on}T00:00:00+00:00").timestamp() * 1000)
    claim = Claim(id=f"urn:x:{number}", root=f"urn:x:{number}", published_ms=published_ms, mark="0" * 24)
    return KnownEntry(claim=claim, feeds=feeds)


@pytest.mark.parametrize(
    ("some", "names"),
    [
        ([("2021-05-01", 3), ("2023-01-31", 300)], ["2021", "2023"]),
        ([("2021-05-01", 3), ("2021-06-09", 300)], ["2021-05", "2021-06"]),
        ([("0900-05-01", 1), ("2023-05-01", 250), ("2023-05-12", 150)], ["0900", "2023-05-0", "2023-05-1"]),
        ([("2023-05-30", 400), ("2023-05-31", 700)], ["2023-05-30", "2023-05-31"]),
    ],
)
def test_a_part_of_the_ledger_has_a_bound(some: list[tuple[str, int]], names: list[str]) -> None:
    """A year is one part; too large, it is months, tens of days, days."""
    entries = [entry(1000 * at + number, on) for at, (on, count) in enumerate(some) for number in range(count)]
    found = parts(entries)
    assert [part.path for part in found] == [f"ledger/{name}.json" for name in (*names, "files", "index")]
    read = {one: each for part in found for one, each in read_part(part.content).entries.items()}
    assert read == {each.claim.id: each for each in entries}


@pytest.mark.parametrize("new", [entry(9000, "2023-12-31", "tag/new"), entry(9000, "2021-02-02", "all/")])
def test_a_new_entry_changes_one_part(new: KnownEntry) -> None:
    """Whatever its feeds are and wherever it stands, the parts of other years stay as they are, but for the index."""
    entries = [
        entry(100 * year + number, f"{year}-03-0{number + 1}", "all/", f"tag/{number}")
        for year in (2020, 2021, 2023)
        for number in range(9)
    ]
    assert len(set(parts([*entries, new])) - set(parts(entries))) == 2


@pytest.mark.parametrize(("count", "digits"), [(500, 0), (501, 1), (5001, 2)])
def test_many_files_are_listed_in_many_parts(count: int, digits: int) -> None:
    """All formats of a feed are in one part, and a change of it changes no other but the index."""
    files = {f"tag/{number // 2}/{('atom.xml', 'rss.xml')[number % 2]}": "a" * 64 for number in range(count)}
    found = parts((), files)
    names = [part.path.removeprefix("ledger/files").removesuffix(".json") for part in found[:-1]]
    assert {len(name.removeprefix("-")) for name in names} == {digits}
    changed = parts((), files | {"tag/7/atom.xml": "b" * 64, "tag/7/rss.xml": "b" * 64})
    assert len(set(changed) - set(found)) == 2


@pytest.mark.parametrize(
    "path", ["ledger/../x.json", "ledger/x.json", "ledger/2023.xml", "/ledger/2023.json", "ledger/2023/05.json"]
)
def test_only_parts_with_plain_names_are_read(path: str) -> None:
    """A file that a manifest names is read as a part of the ledger only if it has the name of one."""
    content = json.dumps(manifest() | {"version": 3, "files": {"ledger/2023.json": "a" * 64}}).encode()
    assert read_manifest(content).parts == ("ledger/2023.json",)
    try:
        found = read_manifest(content.replace(b"ledger/2023.json", path.encode()))
    except ManifestError:
        return
    assert found.parts == ()


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"entries": {}}', b'{"feeds": [1], "entries": []}', b'{"files": {"../x": "' + b"a" * 64 + b'"}}',
     b'{"feeds": ["all/"], "entries": [["urn:x:1", 0, "000000000000000000000000", [1], null, ""]]}'],
)  # fmt: skip
def test_garbage_is_no_part(content: bytes) -> None:
    """Whatever stands in a part, reading it gives one plain reason."""
    with pytest.raises(ManifestError):
        read_part(content)
