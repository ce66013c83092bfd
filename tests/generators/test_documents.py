"""Feeds as documents: what real readers find in them, and what subscribers may rely on."""

from __future__ import annotations

import json
import locale
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from samples import BY_ID, ENTRIES, FEED, FEEDS, GENERATOR, NOON, PLAIN

from feedtool.generators import fit, render_entry, render_feed, xml
from feedtool.generators.rendering import json_text
from feedtool.model import FILE_NAMES, Enclosure, Entry, Feed, Format, Fragment
from feedtool.output.verify import verify

FORMATS: tuple[Format, ...] = ("atom", "rss", "json")
FRAGMENTS = {entry.id: render_entry(entry, FORMATS) for entry in ENTRIES}
HUB = "https://hub.example.org/?a=1&b=2"
DC = "{http://purl.org/dc/elements/1.1/}"


def fragments(feed: Feed) -> list[Fragment]:
    return [FRAGMENTS[entry_id] for entry_id in feed.entry_ids]


def content(form: Format, feed: Feed = FEED, *, hub: str = "") -> bytes:
    return render_feed(feed, form, fragments(feed), generator=GENERATOR, hub=hub).content


def without_sheet(document: bytes) -> bytes:
    """Return a document as feedgen knows it."""
    return re.sub(rb'<\?xml-stylesheet type="text/css" href="[^"]*"\?>\n', b"", document, count=1)


def content_of(entry: Entry, form: Format) -> bytes:
    feed = replace(FEED, entry_ids=(entry.id,))
    return render_feed(feed, form, [render_entry(entry, (form,))], generator=GENERATOR).content


def read(data: bytes) -> Any:
    return feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)


def entry_titled(title: str) -> Entry:
    return next(entry for entry in ENTRIES if entry.title == title)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.folder or "all")
def test_every_document_says_what_the_feed_says(feed: Feed, form: Format) -> None:
    """Every format holds the same ids, order, titles, links, times and contents; even an empty feed is valid."""
    document = render_feed(feed, form, fragments(feed), generator=GENERATOR)
    assert () == verify(document, feed, [BY_ID[entry_id] for entry_id in feed.entry_ids])
    assert feed.file(form) == document.path


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_entries_rendered_once_make_the_same_document_as_a_whole_feed(form: Format) -> None:
    """Putting rendered entries together gives, byte for byte, what feedgen writes for the whole feed."""
    whole = xml._head(FEED, form, generator=GENERATOR, hub=HUB, has_media=True)  # noqa: SLF001
    for entry in ENTRIES:
        built = xml._atom_entry(entry) if form == "atom" else xml._rss_entry(entry)  # noqa: SLF001
        whole.add_entry(built, order="append")
    expected = whole.atom_str(pretty=True) if form == "atom" else whole.rss_str(pretty=True)
    assert expected == without_sheet(content(form, hub=HUB))


@settings(max_examples=60, deadline=None)
@given(content_html=st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r<>&]\"'-")))
def test_content_is_escaped_as_feedgen_escapes_it(content_html: str) -> None:
    """A content that feedgen never saw is, byte for byte, what it would have made of it."""
    if not all(is_allowed(character) for character in content_html):
        return
    # texts that look like what stands for the content meanwhile
    title, summary = '[CDATA[content]]>"content_html": "content"', '<content type="html">content</content>'
    entry = replace(PLAIN, title=title, summary=summary, content_html=content_html)
    feed = replace(FEED, entry_ids=(entry.id,))
    for form in ("atom", "rss"):
        whole = xml._head(feed, form, generator=GENERATOR, hub="", has_media=False)  # noqa: SLF001
        built = xml._atom_entry(entry) if form == "atom" else xml._rss_entry(entry)  # noqa: SLF001
        whole.add_entry(built, order="append")
        expected = whole.atom_str(pretty=True) if form == "atom" else whole.rss_str(pretty=True)
        assert expected == without_sheet(content_of(entry, form))


@settings(max_examples=20)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=12,
    )
)
def test_json_is_laid_out_as_the_json_module_does(value: Any) -> None:
    """The layout is that of every JSON library, for any value."""
    assert json.dumps(value, ensure_ascii=False, indent=2) == json_text(value)


def test_json_is_the_plain_indented_document() -> None:
    """JSON put together from rendered entries is what a JSON library writes, without escapes for letters."""
    found = content("json", hub=HUB).decode()
    assert json.dumps(json.loads(found), ensure_ascii=False, indent=2) + "\n" == found
    assert "中文標題" in found


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_feedparser_reads_every_entry(form: Format) -> None:
    """A real reader finds no fault, and every id, link, time, category and content."""
    found = read(content(form))
    assert False is bool(found.bozo)
    assert {"atom": "atom10", "rss": "rss20"}[form] == found.version
    assert [entry.id for entry in ENTRIES] == [entry.id for entry in found.entries]
    assert [entry.url for entry in ENTRIES] == [entry.link for entry in found.entries]
    for entry, one in zip(ENTRIES, found.entries, strict=True):
        assert list(dict.fromkeys(entry.categories + entry.tags)) == [tag.term for tag in one.get("tags", [])]
        # feedparser takes a summary for content where there is none
        expected = [entry.content_html] if entry.content_html else []
        assert expected == [part.value for part in one.get("content", [])]
    assert (2023, 1, 31, 9, 47, 26) == found.entries[0].published_parsed[:6]


def test_feedparser_reads_titles_as_text() -> None:
    """Markup characters in an Atom title are text to a reader, never markup."""
    assert [entry.title for entry in ENTRIES] == [entry.title for entry in read(content("atom")).entries]


def test_feed_head_in_every_format() -> None:
    """Title, description, page, language, time and generator of the feed reach the reader."""
    for form in ("atom", "rss"):
        found = read(content(form)).feed
        assert (FEED.title, FEED.description, FEED.home_url, "en", GENERATOR) == (
            found.title,
            found.subtitle,
            found.link,
            found.language,
            found.generator,
        )
        assert (2023, 1, 31, 9, 47, 26) == found.updated_parsed[:6]
    parsed = json.loads(content("json"))
    del parsed["items"]
    assert {
        "version": "https://jsonfeed.org/version/1.1",
        "user_comment": "Made by feedtool 1.2.3. Subscribe with a feed reader that knows JSON Feed.",
        "title": "Notes & <News>",
        "home_page_url": "https://www.example.org/",
        "feed_url": "https://feeds.example.org/feed.json",
        "description": "Everything, “quoted” & <tagged>",
        "language": "en",
        "authors": [{"name": "The Editors"}],
    } == parsed


def test_hub_is_declared_beside_exactly_one_self_link() -> None:
    """A WebSub subscriber finds hub and topic in every format (WebSub section 4)."""
    for form in ("atom", "rss"):
        links = [(link.rel, link.href) for link in read(content(form, hub=HUB)).feed.links]
        assert 1 == links.count(("hub", HUB))
        assert [FEED.self_url(form)] == [href for rel, href in links if rel == "self"]
    assert [{"type": "WebSub", "url": HUB}] == json.loads(content("json", hub=HUB))["hubs"]
    assert all(b"hub" not in content(form) for form in FORMATS)


def test_authors_by_name_in_every_format() -> None:
    """Every author is named, with or without an address; an entry without authors falls back to the feed's."""
    names = ["Ann", "Bob", "Only a name"]
    entry = entry_titled("Several authors")
    atom = read(content_of(entry, "atom"))
    assert names == [author.name for author in atom.entries[0].authors]
    assert "https://bob.example.org/?a=1&b=2" == atom.entries[0].authors[1].href
    assert "The Editors" == atom.feed.author
    item = etree.fromstring(content_of(entry, "rss")).find("channel/item")
    assert item is not None
    assert names == [creator.text for creator in item.findall(DC + "creator")]
    authors = json.loads(content_of(entry, "json"))["items"][0]["authors"]
    assert {"name": "Ann", "url": "https://ann.example.org/"} == authors[0]
    assert {"name": "Only a name"} == authors[2]


def test_enclosures_keep_type_and_length() -> None:
    """A podcast client finds address, media type and length; RSS says 0 where the length is unknown."""
    known, unknown = entry_titled("Another recording"), entry_titled("A recording")
    for form in ("atom", "rss"):
        found = read(content_of(known, form)).entries[0].enclosures[0]
        assert ("https://media.example.org/b.ogg", "audio/ogg", "12345") == (found.href, found.type, found.length)
    assert "length" not in read(content_of(unknown, "atom")).entries[0].enclosures[0]
    assert "0" == read(content_of(unknown, "rss")).entries[0].enclosures[0].length
    assert [
        {"url": "https://media.example.org/b.ogg", "mime_type": "audio/ogg", "size_in_bytes": 12_345}
    ] == json.loads(content_of(known, "json"))["items"][0]["attachments"]
    assert [{"url": "https://media.example.org/a%20b.mp3?x=1&y=2", "mime_type": "audio/mpeg"}] == json.loads(
        content_of(unknown, "json")
    )["items"][0]["attachments"]


def test_every_enclosure_is_named_where_the_format_has_room() -> None:
    """Atom and JSON Feed take several, RSS the first."""
    files = tuple(Enclosure(url=f"https://example.org/{n}.mp3", media_type="audio/mpeg", length=n) for n in (7, 8, 9))
    entry = replace(PLAIN, enclosures=files)
    hrefs = {
        form: [each.href for each in read(content_of(entry, form)).entries[0].enclosures] for form in ("atom", "rss")
    }
    urls = [each.url for each in files]
    assert hrefs == {"atom": urls, "rss": urls[:1]}
    fragment = json.loads(render_entry(entry, ("json",)).of("json"))
    assert [(each["url"], each["size_in_bytes"]) for each in fragment["attachments"]] == [
        (f.url, f.length) for f in files
    ]


def test_an_untitled_entry_has_a_title_in_atom_only() -> None:
    """Atom demands one (RFC 4287 section 4.1.2); in RSS and JSON Feed readers show the text itself."""
    entry = replace(PLAIN, title="A cup of tea", is_untitled=True, content_html="<p>A cup of tea.</p>")
    fragment = render_entry(entry, FORMATS)
    assert b"<title>A cup of tea</title>" in fragment.of("atom")
    assert b"<title" not in fragment.of("rss")
    assert "title" not in json.loads(fragment.of("json"))
    for form in FORMATS:
        document = render_feed(replace(FEED, entry_ids=(entry.id,)), form, [fragment], generator=GENERATOR)
        assert not [found.message for found in verify(document, FEED, [entry]) if "title" in found.message]


def test_source_is_named_where_it_is_another_page() -> None:
    """The page that an entry was taken from is Atom's via link and JSON's external_url."""
    entry = entry_titled("Several authors")
    links = {link.rel: link for link in read(content_of(entry, "atom")).entries[0].links}
    assert entry.source_url == links["via"].href
    assert "text/html" == links["alternate"].type
    assert entry.source_url == json.loads(content_of(entry, "json"))["items"][0]["external_url"]


def test_language_only_where_the_post_says_it() -> None:
    """An entry in another language than its feed says so, for voices, fonts and hyphenation."""
    chinese = ENTRIES[1]
    root = etree.fromstring(content("atom"))
    languages = [entry.get("{http://www.w3.org/XML/1998/namespace}lang") for entry in root.iterchildren("{*}entry")]
    assert [entry.language or None for entry in ENTRIES] == languages
    assert "zh-Hant" == json.loads(content_of(chinese, "json"))["items"][0]["language"]
    assert "language" not in json.loads(content_of(PLAIN, "json"))["items"][0]


def test_names_and_picture_in_json() -> None:
    """Categories come before tags, each name once; the picture is named."""
    item = json.loads(content_of(ENTRIES[1], "json"))["items"][0]
    assert ["新聞", "科技", "C++"] == item["tags"]
    assert ENTRIES[1].image == item["image"]
    rss = etree.fromstring(content_of(ENTRIES[1], "rss"))
    assert ["新聞", "科技", "C++"] == [category.text for category in rss.iter("category")]


_MEDIA = "{http://search.yahoo.com/mrss/}"


@pytest.mark.parametrize("form", ["atom", "rss"])
@pytest.mark.parametrize("alt", ["", "A cup & a <pot>", "杯"])
def test_a_picture_is_named_as_media_rss_has_it(form: Format, alt: str) -> None:
    """Media RSS has the picture twice, as content and as thumbnail, and what it shows; other entries have none of it."""
    made = etree.fromstring(content_of(replace(ENTRIES[1], image_alt=alt), form))
    found = [
        (element.tag.removeprefix(_MEDIA), element.get("url"), element.get("medium"))
        for element in made.iter(f"{_MEDIA}*")
    ]
    image = ENTRIES[1].image
    expected = [("content", image, "image"), ("description", None, None), ("thumbnail", image, None)]
    assert found == [one for one in expected if alt or one[0] != "description"]
    assert (made.findtext(f".//{_MEDIA}description") or "") == alt
    assert b"mrss" not in content_of(PLAIN, form)


def test_a_banner_is_a_picture_that_the_content_does_not_show() -> None:
    """JSON Feed 1.1: readers show a banner above the content, so it must not come twice."""
    image = "https://example.org/a.png?a=1&b=2"
    shown = replace(PLAIN, image=image, content_html='<p><img src="https://example.org/a.png?a=1&amp;b=2"></p>')
    items = [json.loads(content_of(one, "json"))["items"][0] for one in (shown, replace(PLAIN, image=image), PLAIN)]
    assert [item.get("image") for item in items] == [image, image, None]
    assert [item.get("banner_image") for item in items] == [None, image, None]


@pytest.mark.parametrize(
    ("icon", "logo"),
    [
        ("", ""),
        ("https://e.org/i.png", ""),
        ("", "https://e.org/l.png"),
        ("https://e.org/i.png", "https://e.org/l.png"),
    ],
)
def test_a_feed_has_the_pictures_of_the_site(icon: str, logo: str) -> None:
    """Each format has its own names for a small and a large picture; RSS takes the large one, with title and link."""
    feed = replace(FEED, icon=icon, logo=logo)
    atom, rss = (read(render_feed(feed, form, [], generator=GENERATOR).content).feed for form in ("atom", "rss"))
    assert (atom.get("icon", ""), atom.get("logo", "")) == (icon, logo or icon)
    image = rss.get("image", {})
    assert image.get("href", "") == (logo or icon)
    assert not image or (image["title"], image["link"]) == (feed.title, feed.home_url)
    made = json.loads(render_feed(feed, "json", [], generator=GENERATOR).content)
    assert (made.get("icon", ""), made.get("favicon", "")) == (logo or icon, icon or logo)


def test_guid_is_a_permalink_only_where_it_is_the_address() -> None:
    """No reader opens an id as if it were a page."""
    address = content_of(entry_titled("Its id is its address"), "rss")
    assert b'<guid isPermaLink="true">https://news.example.org/15</guid>' in address
    assert b'<guid isPermaLink="false">urn:uuid:' in content_of(PLAIN, "rss")


def test_rss_titles_spell_markup_as_hexadecimal_references() -> None:
    """RSS titles and names follow the RSS profile's advice for `&` and `<`, and read as plain text."""
    found = content_of(entry_titled("A &amp; B is written <b>so</b>"), "rss")
    assert b"<title>A &#x26;amp; B is written &#x3C;b&gt;so&#x3C;/b&gt;</title>" in found
    found = content_of(entry_titled("Fish & chips"), "rss")
    assert b"<category>R&#x26;D</category>" in found
    assert b"<dc:creator>Smith &#x26; Sons</dc:creator>" in found
    assert b"<title>Notes &#x26; &#x3C;News&gt;</title>" in found


def test_rss_description_is_html_that_shows_the_summary() -> None:
    """A description is HTML to its readers, so a summary's own markup characters are escaped in it."""
    item = etree.fromstring(content_of(entry_titled("<3 Deno"), "rss")).find("channel/item")
    assert item is not None
    assert "1 &lt; 2 &amp; 3 &gt; 2" == item.findtext("description")


@pytest.mark.parametrize("form", FORMATS)
def test_the_end_of_a_cdata_section_is_content(form: Format) -> None:
    """`]]>` in an entry ends nothing."""
    entry = entry_titled("CDATA ends with ]]>")
    document = content_of(entry, form)
    if form == "rss":
        # escaping every "<" would make large feeds larger still
        assert b"<content:encoded><![CDATA[<p>" in document
    if form == "json":
        assert entry.content_html == json.loads(document)["items"][0]["content_html"]
    else:
        assert [entry.content_html] == [part.value for part in read(document).entries[0].content]


@pytest.mark.parametrize("url", ["https://example.org/a?b&c", "https://example.org/a?b&c#slug"])
def test_links_within_an_entry_are_absolute_in_rss(url: str) -> None:
    """RSS has no base address, so validators ask for that; in the other formats the links stay in the entry."""
    text = '<p>One<a href="#n">*</a> &lt;a href="#n"</p><p id="n">two</p>'
    entry = replace(PLAIN, url=url, content_html=text)
    fragment = render_entry(entry, ("atom", "rss", "json"))
    absolute = '<p>One<a href="https://example.org/a?b&amp;c#n">*</a> &lt;a href="#n"</p><p id="n">two</p>'
    assert absolute in fragment.of("rss").decode()
    assert json.loads(fragment.of("json"))["content_html"] == text
    assert b'&lt;a href="#n"&gt;' in fragment.of("atom")
    for form in ("atom", "rss", "json"):
        feed = replace(FEED, entry_ids=(entry.id,), updated_ms=entry.updated_ms)
        document = render_feed(feed, form, [fragment], generator=GENERATOR)
        assert not [problem.message for problem in verify(document, feed, [entry]) if "content" in problem.message]


def test_an_entry_without_a_body_is_an_entry() -> None:
    """A post of title and link alone stands in every format; JSON gives the content that it must have."""
    nothing, summary = entry_titled("No content"), entry_titled("Only a summary")
    assert b"<content" not in content_of(nothing, "atom")
    assert b"<summary" not in content_of(nothing, "atom")
    assert b"content:encoded>" not in content_of(nothing, "rss")
    assert "" == json.loads(content_of(nothing, "json"))["items"][0]["content_text"]
    assert summary.summary == json.loads(content_of(summary, "json"))["items"][0]["content_text"]


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (NOON, "2023-01-31T09:47:26.123Z"),
        (NOON - 123, "2023-01-31T09:47:26Z"),
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_times_are_utc_to_the_millisecond(milliseconds: int, expected: str) -> None:
    """Atom and JSON give the time as the post has it, in one spelling (RFC 3339)."""
    entry = replace(PLAIN, published_ms=milliseconds, updated_ms=milliseconds)
    atom = etree.fromstring(content_of(entry, "atom")).find("{*}entry")
    item = json.loads(content_of(entry, "json"))["items"][0]
    assert atom is not None
    assert [expected] * 4 == [
        atom.findtext("{*}published"),
        atom.findtext("{*}updated"),
        item["date_published"],
        item["date_modified"],
    ]


def test_the_feeds_own_time_is_spelled_like_its_entries() -> None:
    """One feed holds one spelling of time."""
    assert "2023-01-31T09:47:26.123Z" == etree.fromstring(content("atom")).findtext("{*}updated")


def test_rss_times_have_a_numeric_zone() -> None:
    """RSS gives the second, in English, with a zone that every reader knows."""
    assert b"<pubDate>Tue, 31 Jan 2023 09:47:26 +0000</pubDate>" in content_of(PLAIN, "rss")
    assert b"<lastBuildDate>Tue, 31 Jan 2023 09:47:26 +0000</lastBuildDate>" in content_of(PLAIN, "rss")


def sizes(some: Iterable[Fragment]) -> list[dict[Format, int]]:
    """Return the bytes of each fragment by format."""
    return [{form: len(fragment.of(form)) for form in FILE_NAMES} for fragment in some]


def test_a_locale_that_cannot_be_restored_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locale that cannot be set again after each date neither raises nor shows in a feed."""
    expected = content_of(PLAIN, "rss")
    real = locale.setlocale
    before = real(locale.LC_ALL)

    def setlocale(category: int, name: str | None = None) -> str:
        if name is None and real(category) == before:
            return "tlh_QO.UTF-8"
        return real(category, name)

    monkeypatch.setattr(locale, "setlocale", setlocale)
    found = content_of(PLAIN, "rss")
    real(locale.LC_ALL, before)
    assert expected == found


@pytest.mark.parametrize("form", FORMATS)
def test_line_ends_of_every_system_are_content(form: Format) -> None:
    """A carriage return in an entry neither breaks a document nor counts as a change."""
    entry = replace(PLAIN, content_html="<pre>a\r\nb\rc\n</pre>")
    feed = replace(FEED, entry_ids=(entry.id,))
    document = render_feed(feed, form, [render_entry(entry, (form,))], generator=GENERATOR)
    assert () == verify(document, feed, [entry])


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
@pytest.mark.parametrize("field", ["title", "summary", "content_html"])
def test_a_character_that_xml_forbids_is_named_not_published(field: str, character: str) -> None:
    """A broken promise of an earlier stage stops the build with a message, and corrupts no feed."""
    entry = replace(PLAIN, **{field: f"a{character}b"})  # type: ignore[arg-type]
    for form in FORMATS:
        with pytest.raises(AssertionError, match=f"U\\+{ord(character):04X}"):
            render_entry(entry, (form,))


@pytest.mark.parametrize("formats", [FORMATS, ("json",), ("rss",)])
@pytest.mark.parametrize("number", [0, 1, 2, len(ENTRIES)])
def test_the_byte_limit_is_used_up_and_never_exceeded(number: int, formats: tuple[Format, ...]) -> None:
    """As many entries as fit, the same number in every format, and one at least."""
    feed, some = replace(FEED, formats=formats), fragments(FEED)

    def largest(count: int) -> int:
        documents = [render_feed(feed, form, some[:count], generator=GENERATOR, hub=HUB) for form in formats]
        return max(len(document.content) for document in documents)

    def fitting(max_bytes: int) -> int:
        return fit(feed, sizes(some), max_bytes=max_bytes, generator=GENERATOR, hub=HUB)

    assert max(1, number) == fitting(largest(number))
    assert max(1, number - 1) == fitting(largest(number) - 1)


def test_no_byte_limit_and_no_entries() -> None:
    """Zero means any size; an empty feed stays empty."""
    assert len(ENTRIES) == fit(FEED, sizes(fragments(FEED)), max_bytes=0, generator=GENERATOR)
    assert 0 == fit(FEED, [], max_bytes=10, generator=GENERATOR)


def test_only_the_formats_asked_for_are_rendered() -> None:
    """A site that publishes one format pays for one."""
    assert [b"", b""] == [render_entry(PLAIN, ("rss",)).of(form) for form in ("atom", "json")]


LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).filter(str.strip)
BODY = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n<>&]\"'"))


def is_allowed(text: str) -> bool:
    return not any(character in "\ufffe\uffff" for character in text)


@settings(max_examples=60, deadline=None)
@given(
    title=LINE.filter(is_allowed),
    content_html=BODY.filter(is_allowed),
    tags=st.lists(LINE.filter(is_allowed), unique=True, max_size=3).map(tuple),
)
def test_whatever_an_entry_says_every_format_says_it_back(title: str, content_html: str, tags: tuple[str, ...]) -> None:
    """No text, in any script, with any markup characters, is changed on its way into a feed and out again."""
    entry = replace(PLAIN, title=title, content_html=content_html, tags=tags)
    feed = replace(FEED, title=title, entry_ids=(entry.id,))
    fragment = render_entry(entry, FORMATS)
    for form in FORMATS:
        document = render_feed(feed, form, [fragment], generator=GENERATOR)
        assert () == verify(document, feed, [entry])
    rss = etree.fromstring(render_feed(feed, "rss", [fragment], generator=GENERATOR).content)
    assert list(tags) == [category.text for category in rss.iter("category")]


@pytest.mark.parametrize("form", ["atom", "rss"])
@pytest.mark.parametrize(("folder", "period", "way"), [
    ("", "", "feed.css"), ("", "2023", "../feed.css"), ("tag/tea/", "", "../../feed.css"), ("tag/tea/", "2023", "../../../feed.css"),
])  # fmt: skip
def test_feeds_name_the_sheet_that_browsers_show_them_with(form: Format, folder: str, period: str, way: str) -> None:
    """From each depth the way leads to the one sheet at the root, on any host and in a folder of files."""
    feed = replace(FEED, folder=folder, period=period)
    lines = content(form, feed).split(b"\n")
    assert [
        b"<?xml version='1.0' encoding='UTF-8'?>",
        f'<?xml-stylesheet type="text/css" href="{way}"?>'.encode(),
    ] == lines[:2]
    assert not read(content(form, feed)).bozo
