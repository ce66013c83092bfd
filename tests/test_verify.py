"""The last look before publishing: every fault that a reader would stumble over is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedtool.generators import render_entry, render_feed, render_ledger, render_manifest, render_opml
from feedtool.model import Document, Enclosure, Entry, Feed, Format
from feedtool.output.verify import verify, verify_manifest, verify_opml

FIRST = Entry(
    id="urn:uuid:7d3ff6a4-2f39-5a0b-9f2e-0a3b8b4e2a01",
    title="First",
    url="https://news.example.org/1",
    published_ms=1_675_158_446_123,
    updated_ms=1_675_158_447_123,
    summary="One",
    content_html="<p>One</p>",
)
SECOND = replace(FIRST, id="tag:example.org,2023:2", title="Second", url="https://news.example.org/2")
ENTRIES = (FIRST, SECOND)
FORMATS: tuple[Format, ...] = ("atom", "rss", "json")
FEED = Feed(
    kind="all",
    title="Notes",
    description="Everything",
    language="en",
    author="The Editors",
    url="https://feeds.example.org/",
    home_url="https://www.example.org/",
    formats=FORMATS,
    updated_ms=1_675_158_447_123,
    entry_ids=(FIRST.id, SECOND.id),
)


def document(form: Format, entries: tuple[Entry, ...] = ENTRIES, feed: Feed = FEED) -> Document:
    fragments = [render_entry(entry, (form,)) for entry in entries]
    return render_feed(feed, form, fragments, generator="feedtool")


def found(one: Document, entries: tuple[Entry, ...] = ENTRIES, feed: Feed = FEED) -> list[tuple[str, str]]:
    return [(problem.code, problem.field) for problem in verify(one, feed, entries)]


@pytest.mark.parametrize("form", FORMATS)
def test_a_good_document_has_no_problems(form: Format) -> None:
    """What was rendered from the feed passes."""
    assert [] == found(document(form))


@pytest.mark.parametrize("form", FORMATS)
def test_a_broken_document_is_one_problem(form: Format) -> None:
    """A document that cannot be parsed is refused, with the parser's reason, never a traceback."""
    good = document(form)
    code = "verify-json" if form == "json" else "verify-xml"
    for content in (b"", good.content[:-10], good.content.replace(b"First", b"\x0b"), b"<a>&b;</a>", b"[]"):
        assert [(code, "")] == found(replace(good, content=content))


@pytest.mark.parametrize("form", FORMATS)
def test_a_document_of_another_shape_is_one_problem(form: Format) -> None:
    """XML and JSON that are no feed are refused."""
    content = b'{"items": [1]}' if form == "json" else b"<html><body/></html>"
    assert [("verify-json" if form == "json" else "verify-xml", "")] == found(replace(document(form), content=content))


@pytest.mark.parametrize("form", FORMATS)
def test_lost_added_and_reordered_entries_are_found(form: Format) -> None:
    """The document holds the feed's entries, all of them, in its order."""
    for entries in ((FIRST,), (SECOND, FIRST), ()):
        assert [("verify-entries", "")] == found(document(form, entries))
    assert [("verify-entries", "")] == found(document(form), (FIRST,))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("title", {"title": "Other"}),
        ("link", {"url": "https://news.example.org/other"}),
        ("published", {"published_ms": FIRST.published_ms - 1000}),
        ("content", {"content_html": "<p>Other</p>"}),
    ],
)
def test_a_changed_entry_is_found(form: Format, field: str, change: dict[str, str]) -> None:
    """Title, link, time and content of each entry are those of the model, and the problem names which is not."""
    other = replace(FIRST, **change)  # type: ignore[arg-type]
    assert [("verify-entry", field)] == found(document(form, (other, SECOND)))


def test_a_changed_update_time_is_found_where_the_format_has_one() -> None:
    """Atom and JSON give the time of the last change; RSS has no place for it."""
    other = replace(FIRST, updated_ms=FIRST.updated_ms + 1)
    assert [("verify-entry", "updated")] == found(document("atom", (other, SECOND)))
    assert [("verify-entry", "updated")] == found(document("json", (other, SECOND)))
    assert [] == found(document("rss", (other, SECOND)))


@pytest.mark.parametrize("form", FORMATS)
def test_a_document_at_another_address_is_found(form: Format) -> None:
    """The self link is the published address, or subscribers would move to a page that is not there."""
    moved = replace(FEED, url="https://elsewhere.example.org/")
    assert ("verify-self", "") in found(document(form, feed=moved))


@pytest.mark.parametrize("form", FORMATS)
def test_the_head_says_what_the_feed_is(form: Format) -> None:
    """Title, page and language of the feed are checked."""
    changed = replace(FEED, title="Other", home_url="https://other.example.org/", language="de")
    expected = [("verify-head", "title"), ("verify-head", "link"), ("verify-head", "language")]
    assert expected == found(document(form, feed=changed))


def test_the_feeds_time_is_its_newest_entrys() -> None:
    """Atom's updated and RSS's lastBuildDate are the feed's, never the build's."""
    changed = replace(FEED, updated_ms=FEED.updated_ms + 5000)
    assert [("verify-head", "updated")] == found(document("atom", feed=changed))
    assert [("verify-head", "updated")] == found(document("rss", feed=changed))


@pytest.mark.parametrize("form", FORMATS)
def test_ids_are_unique_uris(form: Format) -> None:
    """Readers keep one of two entries with the same id, so no document may have two."""
    twin = replace(SECOND, id=FIRST.id)
    assert [("verify-ids", "id")] == found(document(form, (FIRST, twin)), (FIRST, twin))
    bare = replace(SECOND, id="second")
    assert [("verify-ids", "id")] == found(document(form, (FIRST, bare)), (FIRST, bare))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("url", ["/relative", "javascript:alert(1)", "https://example.org/新", "https://a b/"])
def test_addresses_are_absolute_and_percent_encoded(form: Format, url: str) -> None:
    """Many readers resolve no relative address, and some break on raw letters of other scripts."""
    entries = (replace(FIRST, url=url), SECOND)
    assert {("verify-address", "link")} == set(found(document(form, entries), entries))


def test_addresses_of_enclosures_and_sources_are_checked() -> None:
    """A relative address is found wherever it stands, not only in an entry's own link."""
    media = Enclosure(url="/a.mp3", media_type="audio/mpeg")
    for change in ({"enclosures": (media,)}, {"source_url": "//example.org/x"}):
        entries = (replace(FIRST, **change), SECOND)
        assert [("verify-address", "link")] == found(document("atom", entries), entries)
        assert [("verify-address", "link")] == found(document("json", entries), entries)


def test_what_stands_twice_is_found() -> None:
    """Of two titles a reader may show either, so a document with two is refused."""
    title = b"<title>First</title>"
    for good in (document("atom"), document("rss")):
        doubled = replace(good, content=good.content.replace(title, title * 2))
        assert [("verify-entry", "title")] == found(doubled)


def test_a_fault_is_reported_each_time_it_stands_there() -> None:
    """A bad address of an Atom entry stands in two places that readers look at; each has its report, in order."""
    bad = replace(FIRST, url="/relative")
    problems = verify(document("atom", (bad, SECOND)), FEED, (bad, SECOND))
    message = f"entry {FIRST.id}: '/relative' is not an absolute web address"
    assert [message] * 2 == [problem.message for problem in problems]


def test_entities_are_not_resolved() -> None:
    """Many readers refuse documents that define entities, so a text that needs one is not there."""
    good = document("atom")
    root = good.content.index(b"<feed")
    content = good.content[:root] + b'<!DOCTYPE feed [<!ENTITY t "First">]>' + good.content[root:]
    content = content.replace(b"<title>First<", b"<title>&t;<")
    assert [("verify-entry", "title")] == found(replace(good, content=content))


def test_the_list_for_readers_holds_every_feed_once() -> None:
    """An OPML that lost, doubled or broke an address is found."""
    good = render_opml([FEED], title="Notes", generator="feedtool")
    assert () == verify_opml(good, [FEED])
    assert ["verify-list"] == [problem.code for problem in verify_opml(good, [])]
    twice = render_opml([FEED, FEED], title="Notes", generator="feedtool")
    assert ["verify-list"] == [problem.code for problem in verify_opml(twice, [FEED])]
    assert ["verify-xml"] == [problem.code for problem in verify_opml(replace(good, content=b"<"), [FEED])]


def test_the_list_for_programs_holds_every_feed_and_file() -> None:
    """The next build trusts the manifest, so a wrong one is not written."""
    files = {"atom.xml": "a" * 64}
    good = render_manifest(
        [FEED],
        site_title="Notes",
        site_url=FEED.url,
        ids_made_as="uuid",
        generator="feedtool",
    )
    ledger, _ = render_ledger((), [FEED], manifest=good, files=files, generator="feedtool")
    assert () == verify_manifest(good, ledger, [FEED], files=files)
    assert ["verify-list"] == [problem.code for problem in verify_manifest(good, ledger, [], files=files)]
    assert ["verify-list"] == [problem.code for problem in verify_manifest(good, ledger, [FEED], files={})]
    longer = [replace(FEED, entry_ids=(*FEED.entry_ids, "urn:x:more"))]
    assert ["verify-list"] == [problem.code for problem in verify_manifest(good, ledger, longer, files=files)]
    broken = replace(good, content=b"{")
    assert ["verify-json"] == [problem.code for problem in verify_manifest(broken, ledger, [FEED], files=files)]
