"""The index page and the feeds' own pages: what people see before they subscribe."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import html
from runs import lay, run
from samples import BY_ID, ENTRIES, FEED, FEEDS, GENERATOR, SITE, group

from feedtool.generators import render_feed_page, render_index
from feedtool.model import Activity, Feed


def index(feeds: tuple[Feed, ...] = FEEDS, language: str = "en", **more: Any) -> str:
    return render_index(
        feeds,
        BY_ID,
        site_title="Notes & <News>",
        site_url="https://www.example.org/",
        language=language,
        generator=GENERATOR,
        **more,
    ).content.decode()


def parsed(text: str) -> Any:
    return html.fromstring(text)


def page(feed: Feed, **more: Any) -> str:
    entries = [BY_ID[entry_id] for entry_id in feed.entry_ids]
    document = render_feed_page(
        feed,
        entries,
        site_title="Notes & <News>",
        site_url="https://www.example.org/",
        generator=GENERATOR,
        **more,
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
        item.xpath("string(a[1])"): " ".join(" ".join(item.itertext()).split())
        for item in parsed(index()).xpath("//li")
    }
    assert "R&D 19 2023-01-31 A plain entry RSS" == items["R&D"]
    assert "C++ 0 No entries now. Atom RSS JSON" == items["C++"]


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


def digests(texts: list[str]) -> str:
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts)


@pytest.mark.parametrize("text", [index(), *(page(feed) for feed in FEEDS[1:])])
def test_pages_allow_nothing_but_what_is_in_them(text: str) -> None:
    """The policy names our own style and scripts by their digests, and forbids everything else but pictures."""
    tree = parsed(text)
    policies = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    (style,), scripts = tree.xpath("//style/text()"), tree.xpath("//script/text()")
    own = dict(part.split(" ", 1) for part in policies[0].split("; "))
    pictures = "'self'" if 'id="tools"' in text else "'self' https: http:"
    assert 1 == len(policies)
    assert ("'none'", digests([style]), pictures, "'none'", "'none'") == (
        own["default-src"], own["style-src"], own["img-src"], own["base-uri"], own["form-action"],
    )  # fmt: skip
    assert set(digests(scripts).split()) <= set(own["script-src"].split())
    assert {"default-src", "style-src", "script-src", "img-src", "base-uri", "form-action"} == own.keys()
    assert [] == tree.xpath("//iframe | //form | //@style | //script/@src | //@*[starts-with(name(), 'on')]")
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
        assert "alert" not in "".join(parsed(text).xpath("//script/text()"))
        assert "<script>alert" not in text
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


def test_a_page_shows_the_picture_of_an_entry_and_tells_nobody_who_looks() -> None:
    """A picture comes when it is scrolled to, from its own place, which does not learn where it is shown."""
    pictures = parsed(page(FEEDS[1])).xpath("//article//img")
    assert [entry.image for entry in ENTRIES if entry.image] == [picture.get("src") for picture in pictures]
    assert [("lazy", "no-referrer", "")] == [
        (picture.get("loading"), picture.get("referrerpolicy"), picture.get("alt")) for picture in pictures
    ]


def test_older_entries_are_within_reach_of_people() -> None:
    """A feed's page, and the index for everything, lead to every archive document, newest first."""
    feed = FEEDS[1]
    expected = [
        f"archive/{period}.{ending}" for period in ("2023-05", "2022") for ending in ("atom.xml", "rss.xml", "json")
    ]
    for text in (page(feed, archives=("2023-05", "2022")), index((FEED, feed), archives=("2023-05", "2022"))):
        links = parsed(text).xpath("//ul[@class='periods']//a/@href")
        assert expected == links
    assert "periods" not in "".join(parsed(page(feed)).xpath("//main//@class"))


@pytest.mark.parametrize(
    ("counts", "path", "levels"),
    [
        ((), "", ""),
        ((0, 0, 0), "", ""),
        ((0, 5, 0), "M0 9v0h1v-8h1v8h1V9z", "080"),
        ((1, 1, 2), "M0 9v-4h2v-4h1V9z", "448"),
        ((1, 0, 1000), "M0 9v-1h1v1h1v-8h1V9z", "108"),
    ],
)
def test_a_chart_has_a_step_for_each_month(counts: tuple[int, ...], path: str, levels: str) -> None:
    """The tallest month fills the chart, a month with a single entry is seen, and one without is empty."""
    text = index(activity=Activity(months=("2022-01", "2022-03"), counts={("all", ""): counts}))
    assert ([path] if path else []) == parsed(text).xpath("//section[@class='everything']//svg[@class='chart']/path/@d")
    tag = group("tag", "tea", "tea", "tea")
    rows = parsed(index((FEED, tag), activity=Activity(counts={("tag", "tea"): counts}))).xpath("//li/@data-m")
    assert ([levels] if levels else []) == rows
    assert "from 2022-01 to 2022-03" in parsed(text).xpath("string(//footer)")


def test_numbers_count_all_entries_that_there_are() -> None:
    """A feed that holds the newest fifty of a thousand says a thousand."""
    text = index(activity=Activity(totals={("all", ""): 1234}))
    assert "1234 entries" == parsed(text).xpath("string(//section[@class='everything']//b)")


def _urls(number: int) -> str:
    return f"https://www.example.org/2024/{1 + number % 12:02}/{1 + number % 28:02}/story-{number:05}.html"


def test_an_index_of_two_hundred_feeds_is_small() -> None:
    """Under 100 KB, with charts, three formats each, and names and titles as they are in Chinese and in English."""
    names = (
        "人工智慧",
        "climate change",
        "台灣社會運動",
        "JavaScript",
        "圖書館與閱讀",
        "Photography",
        "氣候變遷",
        "東京散步",
    )
    titles = (
        "為什麼我們還需要一座圖書館？",
        "The last ferry without a motor",
        "從一杯茶說起：山上的老茶園與年輕人",
        "Lie down for the Perseids",
    )
    newest = {
        f"urn:{number}": replace(ENTRIES[0], id=f"urn:{number}", title=titles[number % 4], url=_urls(number))
        for number in range(200)
    }
    feeds, counts = [replace(FEED, entry_ids=("urn:0",))], {}
    for number in range(199):
        name = f"{names[number % 8]} {number}"
        slug = name.replace(" ", "-").lower()
        language = "zh-Hant" if number % 2 else "en"
        feeds.append(replace(group("tag", name, slug, slug), language=language, entry_ids=(f"urn:{number}",)))
        counts["tag", name] = tuple((number * month * month) % 13 % 6 for month in range(24))
    content = render_index(
        feeds, newest, site_title="每日筆記", site_url=SITE, language="zh-Hant", generator=GENERATOR,
        activity=Activity(months=("2022-01", "2023-12"), counts=counts),  # type: ignore[arg-type]
    ).content  # fmt: skip
    assert 60_000 < len(content) < 100_000


def test_days_are_those_of_the_site(tmp_path: Path) -> None:
    """East of Greenwich a post of the sixth is one of the sixth on every page, as in its own address."""
    lay(
        tmp_path,
        {
            "posts/2024-05-06-tea.md": "---\ntitle: Tea\ntags: [green]\n---\nWords.\n",
            "feedtool.toml": '[site]\ntimezone = "Asia/Taipei"\nurl = "https://example.org/"\n',
        },
    )
    assert 0 == run("build", "--jobs", "1", cwd=tmp_path).status
    for name in ("index.html", "tag/green/index.html"):
        times = parsed((tmp_path / "output" / name).read_text(encoding="utf-8")).xpath("//time")
        assert {"2024-05-06"} == {time.text_content().strip() for time in times}
    assert "2024-05-05T16:00:00Z" in (tmp_path / "output/tag/green/index.html").read_text(encoding="utf-8")
