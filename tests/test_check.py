"""The validator: each fault that hurts subscribers is found at its line; good feeds, and no bytes at all, trouble it."""

from __future__ import annotations

import os
import time
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from check.agreement import JUDGED, rate, verdicts
from heavy import sampled
from hypothesis import given
from hypothesis import strategies as st

import feedtool
from feedtool.check.document import check_document
from feedtool.problems import Code, Problem

SITES = Path(__file__).parent / "sites"
#: 2024-06-01T00:00:00Z
NOW = 1_717_200_000_000

ATOM = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>tag:example.org,2024:feed</id>
<title>Notes</title>
<updated>2024-02-29T12:30:00Z</updated>
<author><name>Ann Lee</name></author>
<link rel="self" href="https://example.org/atom.xml" type="application/atom+xml"/>
<link href="https://example.org/"/>
<entry>
<id>tag:example.org,2024:1</id>
<title>One</title>
<updated>2024-02-29T12:30:00.5+02:00</updated>
<link href="https://example.org/1"/>
<content type="html">&lt;p&gt;Words, a &lt;a href="https://example.org/2"&gt;link&lt;/a&gt;.&lt;/p&gt;</content>
</entry>
<entry>
<id>urn:uuid:7d3ff6a4-2f39-5a0b-9f2e-0a3b8b4e2a01</id>
<title type="html">Two &amp;amp; more</title>
<updated>2024-02-28T12:30:00Z</updated>
<link href="https://example.org/2"/>
<summary>Words.</summary>
</entry>
</feed>
"""
RSS = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
<title>Notes</title>
<link>https://example.org/</link>
<description>All &#x26; everything</description>
<language>en</language>
<atom:link rel="self" href="https://example.org/rss.xml" type="application/rss+xml"/>
<item>
<title>One</title>
<link>https://example.org/1</link>
<description>&lt;p&gt;Words.&lt;/p&gt;</description>
<guid isPermaLink="false">tag:example.org,2024:1</guid>
<pubDate>Thu, 29 Feb 2024 12:30:00 +0000</pubDate>
<enclosure url="https://example.org/1.mp3" length="1234" type="audio/mpeg"/>
</item>
<item>
<title>Two</title>
<guid>https://example.org/2</guid>
</item>
</channel>
</rss>
"""
#: from line 7 on
_SHOW = b"""<itunes:author>Ann Lee</itunes:author>
<itunes:owner><itunes:name>Ann Lee</itunes:name><itunes:email>ann@example.org</itunes:email></itunes:owner>
<itunes:image href="https://example.org/a.jpg"/>
<itunes:category text="Arts"><itunes:category text="Food"/></itunes:category>
<itunes:explicit>false</itunes:explicit>
<podcast:locked>no</podcast:locked>
<podcast:guid>9b024349-ccf0-5f69-a609-6b82873eab3c</podcast:guid>
"""
PODCAST = (
    RSS.replace(
        b"<rss ",
        b'<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0" ',
    )
    .replace(b"<language>", _SHOW + b"<language>")
    .replace(
        b"</item>\n</channel>",
        b'<enclosure url="https://example.org/2.mp4" length="9" type="video/mp4"/>\n</item>\n</channel>',
    )
    .replace(
        b"<guid>https://example.org/2</guid>",
        b"<guid>https://example.org/2</guid><link>https://example.org/2</link><description>Two.</description>"
        b"<pubDate>Fri, 01 Mar 2024 12:30:00 +0000</pubDate>",
    )
    .replace(b"</item>", b"<itunes:duration>1:01</itunes:duration>\n</item>")
)
JSON = b"""{
"version": "https://jsonfeed.org/version/1.1",
"title": "Notes",
"home_page_url": "https://example.org/",
"feed_url": "https://example.org/feed.json",
"language": "en",
"items": [
{
"id": "1",
"url": "https://example.org/1",
"content_html": "<p>Words.</p>",
"date_published": "2024-02-29T12:30:00Z",
"attachments": [
{"url": "https://example.org/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 1234}
]
},
{"id": "https://example.org/2",
"content_text": ""}
]
}
""".replace(b'"id": "1"', b'"id": "https://example.org/1"')
OPML = b"""<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0">
<head>
<title>Feeds</title>
<dateModified>Thu, 29 Feb 2024 12:30:00 +0000</dateModified>
</head>
<body>
<outline text="News">
<outline type="rss" text="One" title="One" xmlUrl="https://example.org/atom.xml" htmlUrl="https://example.org/"/>
</outline>
</body>
</opml>
"""
GOOD = {"atom": ATOM, "rss": RSS, "podcast": PODCAST, "json": JSON, "opml": OPML}

_SELF = b'<link rel="self" href="https://example.org/atom.xml" type="application/atom+xml"/>'
_HISTORY = b'<fh:%s xmlns:fh="http://purl.org/syndication/history/1.0"/>'
_IMAGE = b"<image><title>Other</title><link>https://example.org/</link><url>https://example.org/i.png</url></image>"
_TEXT_INPUT = (
    b"<textInput><title>a</title><description>b</description><name>c</name><link>https://a.b/</link></textInput>"
)
_HTML = b"&lt;p&gt;Words, a"

#: format, what is replaced by what, and the code and line of what is said of it
CASES: list[tuple[str, bytes, bytes, str, int]] = [
    # the document as a whole
    ("atom", b"</entry>\n</feed>", b"</entry>\n", "check-well-formed", 24),
    ("atom", b"Words.", b"Words&nbsp;", "check-well-formed", 21),
    ("atom", b"<title>One", b"<x:title/><title>One", "check-well-formed", 11),
    ("json", b'"title": "Notes",', b'"title": "Notes"', "check-well-formed", 4),
    ("json", b"1234", b"NaN", "check-well-formed", 0),
    ("atom", b"Words.", b"Words\xff", "check-encoding", 21),
    ("atom", b'encoding="utf-8"', b'encoding="us-ascii-2"', "check-encoding", 1),
    ("json", b"Words.", b"Words\xff", "check-encoding", 11),
    ("json", b"{\n", b"\xef\xbb\xbf{\n", "check-encoding", 1),
    ("rss", b'encoding="utf-8"', b'encoding="iso-8859-1"', "check-encoding-rare", 1),
    ("rss", b"<rss ", b"<!DOCTYPE rss>\n<rss ", "check-doctype", 1),
    (
        "rss",
        b"<rss ",
        b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/x.dtd">\n<rss ',
        "check-doctype-gone",
        1,
    ),
    ("atom", b"Words.", b"Don&#146;t", "check-characters", 21),
    ("rss", b"<title>Two", "<title>CafÃ©".encode(), "check-characters", 18),
    ("json", b"Notes", "Notes\ufffd".encode(), "check-characters", 3),
    ("json", b'"url": "https://example.org/1",', '"tags": ["a\ufffd"],'.encode(), "check-characters", 10),
    ("atom", b"2005/Atom", b"2005/atom", "check-format", 2),
    ("rss", b"<title>One", b"<title>" + b"One " * 260_000, "check-size", 0),
    ("atom", b"Notes", b"N" * 64_000_000, "check-too-large", 0),
    ("atom", _HTML, _HTML + b"&lt;script&gt;&lt;/script&gt;" * 101, "check-more", 0),
    # what is there, and how often
    ("atom", b"<updated>2024-02-28T12:30:00Z</updated>\n", b"", "check-missing", 16),
    ("atom", b"<author><name>Ann Lee</name></author>\n", b"", "check-missing", 8),
    ("atom", b'<link href="https://example.org/2"/>\n', b"", "check-missing", 16),
    ("atom", b' type="html">&lt;p', b' type="image/png">&lt;p', "check-missing", 9),
    ("rss", b"<link>https://example.org/</link>\n", b"", "check-missing", 3),
    ("rss", b"<title>Two</title>\n", b"", "check-missing", 17),
    ("rss", b' length="1234"', b"", "check-missing", 15),
    ("json", b'"title": "Notes",\n', b"", "check-missing", 1),
    ("json", b'"id": "https://example.org/2",', b"", "check-missing", 17),
    ("opml", b'<outline text="News">', b"<outline>", "check-missing", 8),
    ("atom", b"<title>One</title>", b"<title>One</title><title>One</title>", "check-repeated", 11),
    ("rss", b"<title>Two</title>", b"<title>Two</title>\n<title>Two</title>", "check-repeated", 19),
    ("atom", b"<title>One", b'<pubDate xmlns=""/><title>One', "check-unqualified", 11),
    ("atom", b"<title>One", b"<headline/><title>One", "check-unknown", 11),
    ("rss", b"<title>One", b"<summary/><title>One", "check-unknown", 10),
    ("rss", b"<title>One</title>", b"<title>O<b>n</b>e</title>", "check-unknown", 10),
    ("rss", b"isPermaLink", b"isPermalink", "check-unknown", 13),
    ("opml", b"xmlUrl", b"xmlurl", "check-unknown", 9),
    ("rss", b"<title>Two", b"Lost<title>Two", "check-stray-text", 17),
    ("atom", b"<updated>2024-02-28T12:30:00Z", b"<updated>\n2024-02-28T12:30:00Z", "check-space", 19),
    ("atom", b"<title>Notes</title>\n<upd", b"<title/>\n<upd", "check-blank", 4),
    ("atom", b"</entry>\n</feed>", b"</entry>\n<rights>Mine</rights>\n</feed>", "check-order", 23),
    # values
    ("atom", b"2024-02-28T12:30:00Z", b"2024-02-30T12:30:00Z", "check-date", 19),
    ("atom", b"2024-02-28T12:30:00Z", b"2024-02-28t12:30:00z", "check-date", 19),
    ("rss", b"Thu, 29 Feb 2024", b"Fri, 29 Feb 2024", "check-date", 14),
    ("rss", b"29 Feb 2024 12:30:00 +0000", b"29. Februar 2024", "check-date", 14),
    ("json", b"12:30:00Z", b"12:30:00", "check-date", 12),
    ("opml", b"29 Feb", b"30 Feb", "check-date", 5),
    ("rss", b"29 Feb 2024", b"29 Feb 24", "check-date-form", 14),
    ("atom", b"2024-02-28T12:30:00Z", b"2024-06-01T00:11:00Z", "check-date-doubtful", 19),
    ("rss", b"Thu, 29 Feb 2024", b"29 Feb 1988", "check-date-doubtful", 14),
    ("atom", b"tag:example.org,2024:1", b"one", "check-address", 10),
    ("atom", b"tag:example.org,2024:1", b"urn:uuid:7d3ff6a4", "check-address", 10),
    ("rss", b"<link>https://example.org/1", b"<link>/1", "check-address", 11),
    ("rss", b"https://example.org/1.mp3", b"https://example.org/1 2.mp3", "check-address", 15),
    ("json", b"https://example.org/1.mp3", b"1.mp3", "check-address", 14),
    ("opml", b"https://example.org/atom.xml", b"atom.xml", "check-address", 9),
    ("atom", b'<link href="https://example.org/2"', b'<link href="/2"', "check-address-relative", 20),
    ("atom", b'href="https://example.org/2"/', 'href="https://example.org/新"/'.encode(), "check-address-letters", 20),
    ("rss", b"<link>https://example.org/1", b"<link>gohper://example.org/1", "check-address-scheme", 11),
    ("atom", b"tag:example.org,2024:1", b"http://Example.org/1", "check-id-form", 10),
    ("rss", b"<language>en", b"<language>english", "check-language", 7),
    ("atom", b'xml:lang="en"', b'xml:lang="xq"', "check-language", 2),
    ("rss", b"<language>en</language>\n", b"", "check-language-missing", 3),
    ("atom", b"</name>", b"</name><email>ann at home</email>", "check-mail", 6),
    ("rss", b"<title>Two", b"<author>Ann Lee</author><title>Two", "check-mail", 18),
    ("rss", b"<title>Two", b"<author>ann@example.org</author><title>Two", "check-mail-name", 18),
    ("rss", b"audio/mpeg", b"mp3", "check-media-type", 15),
    ("json", b"audio/mpeg", b"mp3", "check-media-type", 14),
    ("rss", b"<language>", b"<ttl>soon</ttl><language>", "check-number", 7),
    ("rss", b'"false"', b'"no"', "check-choice", 13),
    ("rss", b"Two<", b"&lt;i>Two&lt;/i><", "check-markup", 18),
    ("atom", b"Words.</summary>", b"A &amp;amp; B</summary>", "check-markup", 21),
    ("json", b'"Notes"', b'"<b>Notes</b>"', "check-markup", 3),
    # ids
    (
        "atom",
        b"urn:uuid:7d3ff6a4-2f39-5a0b-9f2e-0a3b8b4e2a01",
        b"tag:example.org,2024:1",
        "check-entry-repeated",
        17,
    ),
    ("rss", b"<guid>https://example.org/2", b'<guid isPermaLink="false">tag:example.org,2024:1', "check-id-repeated", 19),
    ("json", b'"https://example.org/2"', b'"https://example.org/1"', "check-id-repeated", 17),
    ("rss", b"tag:example.org,2024:1", b"17", "check-id-short", 13),
    ("rss", b"<guid>https://example.org/2</guid>\n", b"", "check-id-missing", 17),
    ("rss", b"<guid>https://example.org/2", b"<guid>two", "check-guid-link", 19),
    ("atom", b"2024-02-28T12:30:00Z", b"2024-02-29T12:30:00.5+02:00", "check-updated-repeated", 17),
    ("rss", b"</channel>", b"<item><title>x</title></item>" * 2999 + b"</channel>", "check-many-entries", 21),
    # links and history
    ("atom", _SELF + b"\n", b"", "check-self-missing", 2),
    ("json", b'"feed_url": "https://example.org/feed.json",\n', b"", "check-self-missing", 1),
    ("atom", b"https://example.org/atom.xml", b"atom.xml", "check-self-relative", 7),
    ("rss", b"https://example.org/rss.xml", b"https://old.example/rss.xml", "check-self-other", 8),
    ("rss", b"application/rss+xml", b"text/html", "check-self-type", 8),
    ("atom", b'<link href="https://example.org/2"/>', b'<link href="https://a.b/"/>' * 2, "check-alternate-repeated", 20),
    ("atom", b"<link href", b'<link rel="alternative" href', "check-relation", 8),
    ("atom", _SELF, _SELF + b'<link rel="next" href="https://a.b/"/>' * 2, "check-relation-repeated", 7),
    ("atom", b"<title>One", b'<link rel="prev-archive" href="https://a.b/"/><title>One', "check-relation-place", 11),
    (
        "atom",
        _SELF,
        _SELF + _HISTORY % b"complete" + b'<link rel="prev-archive" href="https://a.b/"/>',
        "check-complete-paged",
        7,
    ),
    ("atom", _SELF, _SELF + _HISTORY % b"archive", "check-archive-current", 2),
    ("atom", _SELF, _SELF + _HISTORY % b"archive", "check-archive-links", 2),
    ("json", b'"language"', b'"next_url": "https://example.org/feed.json",\n"language"', "check-past-end", 6),
    ("atom", _SELF, b'<link rel="hub" href="https://hub.example/"/>', "check-hub-self", 7),
    ("atom", _SELF, _SELF + b'<link rel="hub" href="/hub"/>', "check-hub-address", 7),
    # what entries hold
    ("atom", b'title type="html"', b'title type="markdown"', "check-text-type", 18),
    ("atom", b"<summary>Words.", b'<summary type="xhtml"><p>Words.</p>', "check-xhtml-div", 21),
    ("atom", b' type="html">&lt;p', b' type="image/png">&lt;p', "check-base64", 14),
    ("atom", b"<summary>", b'<content src="https://example.org/x.pdf"/><summary>', "check-content-source", 21),
    ("atom", b"<summary>Words.</summary>\n", b"", "check-no-text", 16),
    ("atom", b"<title>One", b"<source/><title>One", "check-source-facts", 11),
    ("atom", _HTML, _HTML + b"\n&lt;script&gt;x()&lt;/script&gt;", "check-html-element", 15),
    ("json", b"<p>Words.</p>", b"<p>Words.</p><object></object>", "check-html-element", 11),
    ("rss", b"Words.", b'Words.&lt;iframe src="https://a.b/">', "check-html-frame", 12),
    ("rss", b"Words.", b'Words.&lt;img src="https://a.b/" onerror="x()">', "check-html-attribute", 12),
    ("rss", b"Words.", b'Words.&lt;p style="position:absolute">', "check-html-attribute", 12),
    ("rss", b"Words.", b"Words.&lt;blink>", "check-html-unknown", 12),
    ("rss", b"Words.", b'Words.&lt;a href="/x">', "check-html-relative", 12),
    ("rss", b"Words.", b'Words.&lt;a href="javascript:x()">', "check-html-address", 12),
    # RSS alone
    ("rss", b'"2.0"', b'"3.0"', "check-version", 2),
    (
        "rss",
        b"<description>&lt;p",
        b"<content:encoded>x</content:encoded><description>&lt;p",
        "check-description-order",
        9,
    ),
    ("rss", b"</item>\n<item>", b'<enclosure url="https://a.b/" length="0" type="a/b"/></item>\n<item>', "check-enclosures", 16),
    ("rss", b"</channel>", b"<ttl>60</ttl></channel>", "check-item-order", 21),
    (
        "rss",
        b"<pubDate>",
        b'<dc:date xmlns:dc="http://purl.org/dc/elements/1.1/">2024-02-29</dc:date><pubDate>',
        "check-twins",
        14,
    ),
    ("rss", b"<language>", _IMAGE + b"<language>", "check-image", 7),
    ("rss", b"<language>", _TEXT_INPUT + b"<language>", "check-text-input", 7),
    ("rss", b"<language>", b"<skipHours><hour>24</hour></skipHours><language>", "check-hour-24", 7),
    ("rss", b'"1234"', b'"1 MB"', "check-enclosure-length", 15),
    # podcasts alone
    ("podcast", b'<itunes:category text="Arts"><itunes:category text="Food"/></itunes:category>\n', b"", "check-podcast-required", 3),
    ("podcast", b'<enclosure url="https://example.org/2.mp4" length="9" type="video/mp4"/>\n', b"", "check-podcast-required", 25),
    ("podcast", b"<language>en</language>\n", b"", "check-podcast-required", 3),
    ("podcast", b"<itunes:duration>1:01</itunes:duration>\n", b"", "check-podcast-recommended", 16),
    ("podcast", b"<podcast:locked>no</podcast:locked>\n", b"", "check-podcast-recommended", 3),
    ("podcast", b'text="Food"', b'text="Foot"', "check-podcast-value", 10),
    ("podcast", b">false<", b">clean<", "check-podcast-value", 11),
    ("podcast", b">9b024349-", b">9b02434-", "check-podcast-value", 13),
    ("podcast", b"<itunes:email>ann@example.org</itunes:email>", b"", "check-podcast-value", 8),
    ("podcast", b"1:01", b"1h", "check-podcast-value", 23),
    ("podcast", b"<itunes:duration>", b"<itunes:episode>1.5</itunes:episode><itunes:duration>", "check-podcast-value", 23),
    ("podcast", b"<language>", b'<podcast:person role="host"></podcast:person><language>', "check-podcast-value", 14),
    ("podcast", b"<language>", b"<podcast:funding>Give</podcast:funding><language>", "check-missing", 14),
    ("podcast", b"a.jpg", b"a.webp", "check-podcast-image", 9),
    ("podcast", b"audio/mpeg", b"audio/ogg", "check-podcast-enclosure", 22),
    ("podcast", b"1.mp3", b"1.ogg", "check-podcast-ending", 22),
    ("podcast", b"<language>en<", b"<language>gsw<", "check-podcast-language", 3),
    ("podcast", b"<description>All", b"<description>" + b"Words. " * 600 + b"All", "check-podcast-description", 3),
    ("podcast", b"<description>Two.</description>", b"", "check-podcast-recommended", 25),
    ("podcast", b'"1234"', b'"0"', "check-podcast-length", 22),
    ("podcast", b"<language>", b"<itunes:type>serial</itunes:type><language>", "check-podcast-serial", 16),
    # JSON alone
    ("json", b"version/1.1", b"version/2", "check-json-version", 2),
    ("json", b'"https://example.org/2"', b"2", "check-json-type", 17),
    ("json", b'"content_text"', b'"content"', "check-json-key", 18),
    ("json", b'"language": "en"', b'"author": {"name": "Ann Lee"}', "check-json-old", 6),
    ("json", b',\n"content_text": ""', b"", "check-content-missing", 17),
    # OPML alone
    ("opml", b'"2.0"', b'"3.0"', "check-opml-version", 2),
    ("opml", b' title="One"', b"", "check-outline-feed", 9),
]  # fmt: skip


def findings_of(content: bytes, form: str = "atom") -> tuple[Problem, ...]:
    """Return the findings on a document, as if it were published at the address that it names."""
    address = {"atom": "atom.xml", "rss": "rss.xml", "podcast": "rss.xml", "json": "feed.json"}.get(form, "feeds.opml")
    return check_document("feeds/it", content, now_ms=NOW, published_at=f"https://example.org/{address}")


def _codes() -> dict[str, Code]:
    folder = Path(feedtool.__path__[0]) / "check"
    own = (info.name for info in iter_modules([str(folder)]) if info.name not in ("site", "subscribers"))
    modules = [import_module(f"feedtool.check.{name}") for name in own]
    return {value.name: value for module in modules for value in vars(module).values() if isinstance(value, Code)}


@pytest.mark.parametrize("form", GOOD)
def test_nothing_is_said_of_a_good_document(form: str) -> None:
    """A feed without faults has no problems, not even notes."""
    assert () == findings_of(GOOD[form], form)


@pytest.mark.parametrize(("form", "old", "new", "code", "line"), CASES, ids=[f"{case[3]}-{case[0]}" for case in CASES])
def test_a_fault_is_found_where_it_stands(form: str, old: bytes, new: bytes, code: str, line: int) -> None:
    """One thing broken: its code, with the line where it stands in the file, and words of what was read."""
    assert old in GOOD[form]
    problems = findings_of(GOOD[form].replace(old, new, 1), form)
    assert (code, line) in [(problem.code, problem.line) for problem in problems]
    assert all((problem.path, problem.message != "") == ("feeds/it", True) for problem in problems)


def test_every_code_has_a_case() -> None:
    """No kind of problem is without an example."""
    assert {case[3] for case in CASES} == _codes().keys()


@pytest.mark.parametrize("code", _codes().values(), ids=lambda code: code.name)
def test_a_code_names_the_source_of_its_rule(code: Code) -> None:
    """Its meaning says which standard or which habit of readers the rule comes from."""
    sources = (
        "RFC ",
        "RSS ",
        "PSP-1",
        "Apple",
        "podcast namespace",
        "JSON Feed 1.1",
        "OPML 2.0",
        "WebSub",
        "BCP 47",
        "HTML Living",
        "XML 1.0",
        "readers are known",
        "no rule",
    )
    assert any(source in code.meaning for source in sources)
    assert code.name.startswith("check-")


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(SITES.rglob("expected/**/*"))
        if path.suffix in (".xml", ".opml") or path.name == "feed.json"
    ],
    ids=lambda path: path.relative_to(SITES).as_posix(),
)
def test_what_feedtool_builds_hurts_nobody(path: Path) -> None:
    """No feed and no list of the golden sites has an error or a warning."""
    problems = check_document(path.name, path.read_bytes(), now_ms=NOW)
    assert [] == [problem for problem in problems if problem.level != "note"]


def test_a_title_may_hold_what_looks_like_html_where_rss_says_so() -> None:
    """The RSS profile asks for hexadecimal references in plain text; a title with them is no markup."""
    assert () == findings_of(RSS.replace(b"Two<", b"&#x3C;i>Two&#x3C;/i><"), "rss")


@pytest.mark.parametrize(
    "good",
    [b"2024-02-29T12:30:00.123Z", b"2024-02-29T23:59:60Z", b"1999-12-31T00:00:00-23:59"],
)
def test_good_dates_of_atom_pass(good: bytes) -> None:
    """Fractions, leap seconds and every zone of RFC 3339 are no faults."""
    assert () == findings_of(ATOM.replace(b"2024-02-28T12:30:00Z", good))


def test_an_archive_and_a_complete_feed_pass() -> None:
    """What RFC 5005 asks for is not taken for a fault."""
    current = b'<link rel="current" href="https://example.org/atom.xml"/>'
    older = b'<link rel="prev-archive" href="https://example.org/2023.xml"/>'
    archive = ATOM.replace(_SELF, _SELF.replace(b"/atom.xml", b"/2024.xml") + _HISTORY % b"archive" + current + older)
    assert () == check_document("x", archive, now_ms=NOW, published_at="https://example.org/2024.xml")
    assert () == findings_of(ATOM.replace(_SELF, _SELF + _HISTORY % b"complete" + current))


def test_a_lone_entry_is_a_document() -> None:
    """RFC 4287 section 2: an entry may stand alone, and needs an author then."""
    entry = ATOM[ATOM.index(b"<entry>") : ATOM.index(b"</entry>")].replace(
        b"<entry>", b'<entry xmlns="http://www.w3.org/2005/Atom">'
    )
    assert [("check-missing", "author")] == [(one.code, one.field) for one in findings_of(entry + b"</entry>")]
    assert () == findings_of(entry + b"<author><name>Ann</name></author></entry>")


HOSTILE = {
    "a billion laughs": b'<!DOCTYPE a [<!ENTITY l0 "lol">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><rss><channel><title>&l9;</title></channel></rss>",
    "a quadratic blow-up": b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 100_000 + b'">]><rss>' + b"&x;" * 100_000 + b"</rss>",
    "elements in elements": b"<rss>" * 100_000,
    "lists in lists": b"[" * 1_000_000,
    "objects in objects": b'{"a":' * 100_000,
    "outlines in outlines": b'<opml version="2.0"><head/><body>'
    + b"<outline>" * 240
    + b"</outline>" * 240
    + b"</body></opml>",
    "tags in tags": ATOM.replace(_HTML, b"&lt;div&gt;" * 200_000),
    "open quotes": ATOM.replace(_HTML, b"&lt;a x='\"" * 100_000),
    "open comments": ATOM.replace(_HTML, b"&lt;!--" * 200_000),
    "open scripts": ATOM.replace(_HTML, b"&lt;script" * 200_000),
    "a large number": ATOM.replace(_HTML, b'&lt;a href="&amp;#' + b"1" * 100_000 + b';"&gt;'),
    "a long address": ATOM.replace(b"<summary>", b"<link href='http://" + b"a." * 500_000 + b"!'/><summary>"),
    "a long mail address": ATOM.replace(b"</name>", b"</name><email>" + b"a@" * 500_000 + b"</email>"),
    "a long media type": ATOM.replace(b"application/atom+xml", b"a/b" + b" ;a=b" * 200_000 + b"("),
    "a long date": RSS.replace(b"Thu, ", b"(" * 500_000),
    "a large integer": JSON.replace(b"1234", b"1" * 1_000_000),
    "half a pair": JSON.replace(b"Notes", b"\\ud800"),
    "many own links": ATOM.replace(_SELF, _SELF * 20_000),
    "many relations": ATOM.replace(_SELF, b"".join(b'<link rel="r:%d" href="x:%d"/>' % (n, n) for n in range(20_000))),
}


@pytest.mark.parametrize("name", sampled(HOSTILE, *list(HOSTILE)[::3]))
def test_hostile_documents_are_answered_in_time(name: str) -> None:
    """Whoever sends a document to keep a checker busy gets an answer like everybody else, and a short one."""
    began = time.process_time()
    assert 1 <= len(findings_of(HOSTILE[name])) < 1000
    # what is quadratic takes minutes with these
    assert time.process_time() - began < 20


def test_nothing_is_read_from_elsewhere(tmp_path: Path) -> None:
    """An entity that stands for a file of the machine does not bring its content in."""
    secret = tmp_path / "secret"
    secret.write_text("the secret", encoding="utf-8")
    content = b'<!DOCTYPE rss [<!ENTITY x SYSTEM "%s">]>' % secret.as_uri().encode() + RSS.partition(b"?>\n")[2]
    found = findings_of(content.replace(b"<language>en", b"<language>&x;"), "rss")
    assert "the secret" not in str(found)
    assert "check-well-formed" in {problem.code for problem in found}


_PIECES = [
    *(line for good in GOOD.values() for line in good.split(b"\n")),
    b"\xff",
    b"\0",
    b"]]>",
    b"<!--",
    b"&#x;",
    b'"',
    b"{",
    b"\xef\xbb\xbf",
]


@given(st.binary() | st.lists(st.sampled_from(_PIECES), max_size=30).map(b"\n".join))
def test_no_bytes_are_too_much(content: bytes) -> None:
    """Whatever a file holds, it gets an answer, never a traceback."""
    findings_of(content)


@given(st.sampled_from(sorted(GOOD)), st.lists(st.tuples(st.integers(0, 1500), st.binary(max_size=4)), max_size=4))
def test_damaged_feeds_are_answered(form: str, damages: list[tuple[int, bytes]]) -> None:
    """A feed that lost or gained some bytes gets an answer, never a traceback, and lines that the file has."""
    content = GOOD[form]
    for place, new in damages:
        content = content[:place] + new + content[place + len(new) :]
    assert all(
        0 <= problem.line <= content.count(b"\n") + content.count(b"\r") + 1 for problem in findings_of(content, form)
    )


@given(st.text(alphabet="<>/ab=\"' \n&!-", max_size=60))
def test_any_html_is_read(text: str) -> None:
    """Whatever content is called HTML, it gets an answer, at lines that the text has."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
    problems = findings_of(ATOM.replace(_HTML, escaped))
    assert all(14 <= problem.line <= 15 + text.count("\n") for problem in problems)


def test_the_verdicts_are_those_of_the_w3c_validator() -> None:
    """On that project's own test feeds: at least 95 in 100 of each format have the same verdict."""
    folder = os.environ.get("FEEDTOOL_W3C_TESTS")
    if not folder:
        pytest.skip("no test feeds: FEEDTOOL_W3C_TESTS names no checkout of the W3C validator")
    judged = verdicts(Path(folder), os.environ.get("FEEDTOOL_W3C_PYTHON", ""), NOW)
    groups = {group: [one for one in judged if one.group == group] for group in JUDGED}
    assert all(groups.values())
    assert {} == {group: rate(some) for group, some in groups.items() if rate(some) < 95}
