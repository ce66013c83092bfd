"""The index page and the feeds' own pages: what people see before they subscribe."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import html
from samples import BY_ID, ENTRIES, FEED, FEEDS, GENERATOR, SITE, group

from feedtool.generators import render_feed_page, render_index
from feedtool.model import Feed


def index(feeds: tuple[Feed, ...] = FEEDS, language: str = "en") -> str:
    return render_index(
        feeds,
        BY_ID,
        site_title="Notes & <News>",
        site_url="https://www.example.org/",
        language=language,
        generator=GENERATOR,
    ).content.decode()


def parsed(text: str) -> Any:
    return html.fromstring(text)


def page(feed: Feed) -> str:
    entries = [BY_ID[entry_id] for entry_id in feed.entry_ids]
    document = render_feed_page(
        feed,
        entries,
        site_title="Notes & <News>",
        site_url="https://www.example.org/",
        generator=GENERATOR,
    )
    assert feed.folder + "index.html" == document.path
    return document.content.decode()


def test_every_feed_is_on_the_index_in_every_format() -> None:
    """From the index each feed is one click away; links are relative, so the page works wherever it lies."""
    links = {unquote(urljoin(SITE, link)) for link in parsed(index()).xpath("//a/@href")}
    expected = {unquote(feed.self_url(form)) for feed in FEEDS for form in feed.formats}
    assert set() == expected - links
    assert SITE + "feeds.opml" in links


def test_links_to_odd_folders_are_encoded() -> None:
    """A folder whose name means something in an address is reached all the same."""
    odd = group("tag", "odd", "a?b#c%d:e", "a%3Fb%23c%25d%3Ae")
    assert set(parsed(index((FEED, odd))).xpath("//li//a/@href")) >= {
        "tag/a%3Fb%23c%25d%3Ae/",
        "tag/a%3Fb%23c%25d%3Ae/rss.xml",
    }


def test_index_shows_number_and_newest_entry() -> None:
    """One sees whether a feed is alive before subscribing; an empty one says so."""
    items = {
        item.xpath("string(.//p[@class='name']/a)"): " ".join(item.text_content().split())
        for item in parsed(index()).xpath("//li")
    }
    assert "R&D 19 RSS 2023-01-31 A plain entry" == items["R&D"]
    assert "C++ 0 Atom RSS JSON No entries now." == items["C++"]


def test_readers_discover_the_main_feed_and_a_pages_own() -> None:
    """Pasting the page's address into a reader finds the feed (autodiscovery)."""
    query = "//head/link[@rel='alternate']/@href"
    assert ["atom.xml", "rss.xml", "feed.json"] == parsed(index()).xpath(query)
    assert ["rss.xml"] == parsed(page(FEEDS[3])).xpath(query)


def test_a_feeds_page_shows_addresses_and_entries() -> None:
    """The address to copy is absolute; every entry has title, link, date and summary."""
    feed = FEEDS[1]
    tree = parsed(page(feed))
    assert [feed.self_url(form) for form in feed.formats] == tree.xpath("//code/text()")
    assert [(entry.title, entry.url) for entry in ENTRIES] == [
        (link.text_content(), link.get("href")) for link in tree.xpath("//article/h3/a")
    ]
    assert [entry.summary for entry in ENTRIES if entry.summary] == tree.xpath("//article/p[@class='summary']/text()")
    assert "2023-01-31T09:47:26.123Z" == tree.xpath("//article[1]//time/@datetime")[0]
    assert SITE + "index.html" == urljoin(feed.url, tree.xpath("//p[@class='crumb']/a/@href")[0])


def test_an_empty_feeds_page_says_so() -> None:
    """A feed that lost its entries still has a page that explains."""
    assert "No entries now." in page(FEEDS[2])


@pytest.mark.parametrize("text", [index(), *(page(feed) for feed in FEEDS[1:])])
def test_pages_allow_no_script_and_ask_no_other_host(text: str) -> None:
    """The policy forbids everything but our own style, which it names by its digest."""
    tree = parsed(text)
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    digest = base64.b64encode(hashlib.sha256(tree.xpath("//style/text()")[0].encode()).digest()).decode()
    assert (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; base-uri 'none'; form-action 'none'"
        == policy
    )
    assert [] == tree.xpath("//script | //img | //iframe | //form | //@style | //@*[starts-with(name(), 'on')]")
    assert [] == re.findall(r"@import|url\(", text)
    assert [] == tree.xpath("//link[@rel!='alternate']")


def test_pages_name_no_address_that_is_not_of_the_web() -> None:
    """A reader that looks for a feed's icon there finds nothing to stumble over: Liferea 1.14 stops for good at `data:`."""
    for text in (index(), *(page(feed) for feed in FEEDS)):
        addresses = parsed(text).xpath("//@href | //@src")
        assert addresses
        assert [address for address in addresses if urlsplit(address).scheme not in ("", "http", "https")] == []


def test_names_are_text_whatever_they_hold() -> None:
    """Titles and terms from strangers cannot bring markup into our pages."""
    hostile = "\"><script>alert(1)</script><a href='x'>"
    feed = group("tag", hostile, "x", "x", title=hostile, description=hostile)
    for text in (index((FEED, feed)), page(feed)):
        assert "<script" not in text
        assert hostile in parsed(text).text_content()


@pytest.mark.parametrize(
    ("language", "direction"),
    [("en", "ltr"), ("zh-Hant", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("az-Arab", "rtl"), ("ks-Deva", "ltr")],
)
def test_pages_say_language_and_direction(language: str, direction: str) -> None:
    """Fonts, voices and layout follow the language of the site; English words in it are marked."""
    for text in (index(language=language), page(replace(FEEDS[3], language=language))):
        root = parsed(text)
        assert (language, direction) == (root.get("lang"), root.get("dir"))
        assert [None if language == "en" else "en"] == [root.xpath("//h2")[0].get("lang")]


def test_many_tags_are_divided_by_letter_and_script() -> None:
    """A site with thousands of tags stays readable: sections by letter, each name in one of them."""
    names = [f"{letter}{number}" for letter in "aÉz7中カ한ع🎉" for number in range(10)]
    feeds = tuple(group("tag", name, f"t{number}", f"t{number}") for number, name in enumerate(names))
    tree = parsed(index((FEED, *feeds)))
    assert ["A", "E", "Z", "0–9", "Arabic", "かな", "漢字", "한글", "#"] == tree.xpath("//h3/text()")
    assert len(names) == len(tree.xpath("//section[@id='tag']//li"))
    targets = [link.removeprefix("#") for link in tree.xpath("//nav[@class='letters']/a/@href")]
    assert targets == tree.xpath("//h3/@id")
