"""The index page and the feeds' own pages: what people see before they subscribe."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import CodeType
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from jinja2 import DictLoader, Environment
from lxml import html
from runs import lay, run
from samples import BY_ID, ENTRIES, FEED, FEEDS, GENERATOR, SITE, group

from feedtool.config import Templates
from feedtool.generators import Frame, PageLink, render_entry_page, render_feed_page, render_index, render_looks
from feedtool.generators.pages.environment import Compiled, style_of
from feedtool.model import Activity, Enclosure, Entry, Feed, Format

FRAME = Frame(site_title="Notes & <News>", site_url="https://www.example.org/", generator=GENERATOR)


def index(feeds: tuple[Feed, ...] = FEEDS, language: str = "en", **more: Any) -> str:
    return render_index(
        feeds,
        BY_ID,
        frame=FRAME,
        language=language,
        **more,
    ).content.decode()


def parsed(text: str) -> Any:
    return html.fromstring(text)


def page(feed: Feed, **more: Any) -> str:
    entries = [BY_ID[entry_id] for entry_id in feed.entry_ids]
    document = render_feed_page(
        feed,
        entries,
        frame=FRAME,
        **more,
    )
    assert (feed.folder + "index.html" if feed.folder else "entries.html") == document.path
    return document.content.decode()


def test_every_feed_is_on_the_index_with_one_action() -> None:
    """From the index each feed and its one button are one click away; links are relative, so the page works anywhere."""
    rows = parsed(index()).xpath("//section[@id]//li")
    assert [feed.term for feed in FEEDS if feed.kind != "all"] == sorted(
        (row.xpath("string(.//a[1])") for row in rows), key=[feed.term for feed in FEEDS].index
    )
    for row in rows:
        page, *_, button = [link for link in row.xpath(".//a") if not link.get("href").startswith("http")]
        assert ["Subscribe"] == [link.text_content() for link in row.xpath(".//a[@class='subscribe']")]
        assert button.get("href") == page.get("href") + "#subscribe"
    links = {unquote(urljoin(SITE, link)) for link in parsed(index()).xpath("//a/@href")}
    assert {unquote(feed.url) for feed in FEEDS} - {SITE} <= links
    assert {SITE + "feeds.opml", SITE + "entries.html"} <= links


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_the_panel_offers_readers_and_recommends_one_format(form: Format) -> None:
    """The preferred format's address is the one to copy, which readers on the web and programs get; others are named."""
    others: list[Format] = ["atom", "rss", "json"]
    feed = replace(FEEDS[1], formats=(form, *(each for each in others if each != form)))
    panel = parsed(page(feed)).xpath("//section[@id='subscribe']")[0]
    address = feed.self_url(form)
    assert [address] == panel.xpath("./p[@class='address']/code/text()")
    links = panel.xpath("./ul[@class='readers']//a/@href")
    assert [address] == panel.xpath("./ul[@class='readers']//a/@data-address")
    assert len(links) > 4
    assert all(quote(address, safe="") in link and urlsplit(link).scheme == "https" for link in links)
    formats = panel.xpath("./details//li")
    assert [feed.self_url(each) for each in feed.formats] == [item.xpath("string(.//code)") for item in formats]
    assert [["recommended"], [], []] == [item.xpath("./b/text()") for item in formats]


def test_links_to_odd_folders_are_encoded() -> None:
    """A folder whose name means something in an address is reached all the same, also among thousands."""
    odd = group("tag", "odd", "a?b#c%d: 'e>", "a%3Fb%23c%25d%3A%20%27e%3E")
    link = "tag/a%3Fb%23c%25d%3A%20%27e%3E/"
    assert {link, f"{link}#subscribe"} <= set(parsed(index((FEED, odd))).xpath("//li//a/@href"))
    many = tuple(group("tag", f"t{number}", f"t{number}", f"t{number}") for number in range(100))
    assert link in parsed(index((FEED, odd, *many))).xpath("//li//a/@href")


def test_index_shows_number_and_newest_entry() -> None:
    """One sees whether a feed is alive before subscribing; an empty one says so."""
    items = {
        item.xpath("string(.//a[1])"): " ".join(" ".join(item.itertext()).split())
        for item in parsed(index()).xpath("//section[@id]//li")
    }
    assert "R&D 19 entries 2023-01-31 A plain entry Subscribe" == items["R&D"]
    assert "C++ 0 entries No entries now. Subscribe" == items["C++"]


def test_readers_discover_the_main_feed_and_a_pages_own() -> None:
    """Pasting the page's address into a reader finds the feed (autodiscovery)."""
    query = "//head/link[@rel='alternate']/@href"
    assert ["atom.xml", "rss.xml", "feed.json"] == parsed(index()).xpath(query)
    assert ["rss.xml"] == parsed(page(FEEDS[3])).xpath(query)


def test_a_feeds_page_shows_addresses_and_entries() -> None:
    """The address to copy is absolute; every entry has title, link, date and summary."""
    feed = FEEDS[1]
    tree = parsed(page(feed))
    assert [feed.self_url(form) for form in ("atom", *feed.formats)] == tree.xpath("//code/text()")
    assert [(entry.title, entry.url) for entry in ENTRIES] == [
        (link.text_content(), link.get("href")) for link in tree.xpath("//article/h3/a")
    ]
    assert [entry.summary for entry in ENTRIES if entry.summary] == tree.xpath("//article/p[@class='summary']/text()")
    assert "2023-01-31T09:47:26.123Z" == tree.xpath("//article[1]//time/@datetime")[0]
    assert SITE + "index.html" == urljoin(feed.url, tree.xpath("//p[@class='crumb']/a/@href")[0])
    assert ("All feeds", "Category") == (
        tree.xpath("string(//p[@class='crumb']/a)"),
        tree.xpath("string(//p[@class='kind'])"),
    )


def test_a_feeds_page_shows_the_latest_of_many() -> None:
    """A new entry sends the pages of its feeds again, so a page is shorter than its feed; it says how long that is."""
    many = [replace(ENTRIES[0], id=f"urn:x:{number}", title=f"Number {number}") for number in range(50)]
    found = render_feed_page(FEEDS[1], many, frame=FRAME)
    tree = parsed(found.content.decode())
    assert [f"Number {number}" for number in range(20)] == tree.xpath("//article/h3/a/text()")
    assert "The feed has 50 entries." in tree.xpath("//p[@class='about']/text()")


def test_an_empty_feeds_page_says_so() -> None:
    """A feed that lost its entries still has a page that explains."""
    assert "No entries now." in page(FEEDS[2])


def digests(texts: list[str]) -> str:
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts)


@pytest.mark.parametrize("text", [index(), *(page(feed) for feed in FEEDS[1:])])
def test_pages_allow_nothing_but_what_is_in_them(text: str) -> None:
    """The policy allows the site's style and our own scripts by their digests, and else nothing but pictures."""
    tree = parsed(text)
    policies = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    (style,), scripts = tree.xpath("//link[@rel='stylesheet']/@href"), tree.xpath("//script/text()")
    assert style.rpartition("/")[2] == render_looks(generator="feedtool")[0].path
    own = dict(part.split(" ", 1) for part in policies[0].split("; "))
    pictures = "'self'" if 'id="tools"' in text else "'self' https: http:"
    assert 1 == len(policies)
    assert ("'none'", f"'self' {digests([style_of(Templates())[0]])}", pictures, "'none'", "'none'") == (
        own["default-src"], own["style-src"], own["img-src"], own["base-uri"], own["form-action"],
    )  # fmt: skip
    assert set(digests(scripts).split()) <= set(own["script-src"].split())
    assert {"default-src", "style-src", "script-src", "img-src", "base-uri", "form-action"} == own.keys()
    assert [] == tree.xpath(
        "//iframe | //form[@method != 'dialog'] | //@style | //script/@src | //@*[starts-with(name(), 'on')]"
    )
    assert [] == re.findall(r"@import|url\(", style_of(Templates())[0])
    assert {"alternate", "canonical", "icon", "stylesheet"} == set(tree.xpath("//link/@rel"))


def test_pages_name_no_address_that_is_not_of_the_web() -> None:
    """A reader that looks for a feed's icon there finds nothing to stumble over: Liferea 1.14 stops for good at `data:`."""
    for text in (index(), *(page(feed) for feed in FEEDS)):
        addresses = parsed(text).xpath("//link/@href | //@src")
        assert addresses
        assert [address for address in addresses if urlsplit(address).scheme not in ("", "http", "https")] == []
        links = parsed(text).xpath("//a/@href")
        assert [link for link in links if urlsplit(link).scheme not in ("", "http", "https", "feed")] == []


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
        assert [None if language == "en" else "en"] == [
            root.xpath("(//h2/ancestor-or-self::*/@lang)[last()]")[0] if language != "en" else None
        ]


def test_many_tags_are_divided_by_letter_and_script() -> None:
    """A site with many tags stays readable: by letter, each name in one of them; with thousands, folded at first."""
    names = [f"{letter}{number}" for letter in "aÉz7中カ한ع🎉" for number in range(10)]
    feeds = tuple(group("tag", name, f"t{number}", f"t{number}") for number, name in enumerate(names))
    tree = parsed(index((FEED, *feeds)))
    folds = tree.xpath("//section[@id='tag']/details")
    letters = ["A", "E", "Z", "0–9", "Arabic", "かな", "漢字", "한글", "#"]
    assert letters == [fold.xpath("summary/text()")[0].strip() for fold in folds]
    assert len(names) == len(tree.xpath("//section[@id='tag']//li"))
    assert all("open" in fold.attrib for fold in folds)
    more = tuple(group("tag", f"x{number}", f"x{number}", f"x{number}") for number in range(500))
    assert [] == parsed(index((FEED, *feeds, *more))).xpath("//section[@id='tag']/details/@open")


def test_a_page_shows_the_picture_of_an_entry_and_tells_nobody_who_looks() -> None:
    """A picture comes when it is scrolled to, from its own place, which does not learn where it is shown."""
    pictures = parsed(page(FEEDS[1])).xpath("//article//img")
    assert [entry.image for entry in ENTRIES if entry.image] == [picture.get("src") for picture in pictures]
    assert [("lazy", "no-referrer", "")] == [
        (picture.get("loading"), picture.get("referrerpolicy"), picture.get("alt")) for picture in pictures
    ]


def test_older_entries_are_within_reach_of_people() -> None:
    """A feed's page leads to every archive document, newest first, in the format that it recommends."""
    feed = FEEDS[1]
    links = parsed(page(feed, archives=("2023-05", "2022"))).xpath("//ul[@class='periods']//a/@href")
    assert ["archive/2023-05.atom.xml", "archive/2022.atom.xml"] == links
    assert "periods" not in "".join(parsed(page(feed)).xpath("//main//@class"))


@pytest.mark.parametrize(
    ("counts", "path"),
    [
        ((), ""),
        ((0, 0, 0), ""),
        ((0, 5, 0), "M0 9v0h1v-8h1v8h1V9z"),
        ((1, 1, 2), "M0 9v-4h2v-4h1V9z"),
        ((1, 0, 1000), "M0 9v-1h1v1h1v-8h1V9z"),
    ],
)
def test_a_chart_has_a_step_for_each_month(counts: tuple[int, ...], path: str) -> None:
    """The tallest month fills the chart, a month with a single entry is seen, and one without is empty."""
    text = index(activity=Activity(months=("2022-01", "2022-03"), counts={("all", ""): counts}))
    assert ([path] if path else []) == parsed(text).xpath("//section[@class='everything']//svg[@class='chart']/path/@d")
    tag = group("tag", "tea", "tea", "tea")
    tree = parsed(index((FEED, tag), activity=Activity(counts={("tag", "tea"): counts})))
    assert ([path] if path else []) == tree.xpath("//section[@id='tag']//li//path/@d")
    assert "from 2022-01 to 2022-03" in parsed(text).xpath("string(//footer)")


def test_numbers_count_all_entries_that_there_are() -> None:
    """A feed that holds the newest fifty of a thousand says a thousand."""
    text = index(activity=Activity(totals={("all", ""): 1234}))
    assert "1234 entries" == parsed(text).xpath("string(//section[@class='everything']//b)")


def _urls(number: int) -> str:
    return f"https://www.example.org/2024/{1 + number % 12:02}/{1 + number % 28:02}/story-{number:05}.html"


#: tags as people give them: words, and words with a number, of several scripts
_WORDS = (
    "人工智慧", "climate", "圖書館", "JavaScript", "東京散歩", "photography", "한국어", "история", "مكتبة", "café", "ελλάδα",
    "台灣社會運動", "open data", "写真", "Übersetzung", "tea",
)  # fmt: skip


def _names(count: int) -> list[str]:
    """Return so many different tags, of 13 bytes on average where there are thousands."""
    return [_WORDS[at % 16] + (f" {at // 16}" if at >= 16 else "") for at in range(count)]


@pytest.mark.parametrize(("count", "most"), [(50, 60_000), (200, 50_000), (5000, 300_000)])
def test_an_index_of_many_feeds_is_small(count: int, most: int) -> None:
    """With names as long as they are in the scripts of the world."""
    titles = (
        "為什麼我們還需要一座圖書館？",
        "The last ferry without a motor",
        "從一杯茶說起：山上的老茶園與年輕人",
        "Lie down for the Perseids",
    )
    newest = {
        f"urn:{number}": replace(ENTRIES[0], id=f"urn:{number}", title=titles[number % 4], url=_urls(number))
        for number in range(count)
    }
    feeds, counts = [replace(FEED, entry_ids=("urn:0",))], {}
    for number, name in enumerate(_names(count)[:-1]):
        slug = name.replace(" ", "-").lower()
        language = "zh-Hant" if number % 2 else "en"
        feeds.append(replace(group("tag", name, slug, slug), language=language, entry_ids=(f"urn:{number}",)))
        counts["tag", name] = tuple((number * month * month) % 13 % 6 for month in range(24))
    content = render_index(
        feeds, newest, frame=replace(FRAME, site_title="每日筆記", site_url=SITE), language="zh-Hant",
        activity=Activity(months=("2022-01", "2023-12"), counts=counts),  # type: ignore[arg-type]
    ).content  # fmt: skip
    assert len(content) < most
    assert count < 1000 or sum(map(len, map(str.encode, _names(count)))) / count > 13


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


def entry_page(entry: Entry = ENTRIES[0], **more: Any) -> Any:
    values = {
        "folder": "entry/tea/", "newer": None, "older": None, "terms": (), "formats": ("atom", "rss"),
        "language": "en", "frame": FRAME,
    }  # fmt: skip
    document = render_entry_page(entry, **(values | more))
    assert document.path == f"{(values | more)['folder']}index.html"
    return parsed(document.content.decode())


def test_an_entrys_page_has_all_that_a_reader_wants() -> None:
    """Title, date, author, content, terms with their feeds, neighbours, the site's feeds, and what others show of it."""
    entry = replace(
        ENTRIES[0], summary="A < b", content_html="<p>All of <em>it</em>.</p>", image="https://x.example/p.jpg"
    )
    terms = (PageLink(title="新聞", folder="category/新聞/"), PageLink(title="rare <b>", folder=""))
    tree = entry_page(
        entry, newer=PageLink(title="Later", folder="entry/later/"), older=PageLink(title="<i>", folder="entry/i j/"),
        terms=terms,
    )  # fmt: skip
    assert (entry.title, "All of it.") == (
        tree.xpath("string(//h1)"),
        tree.xpath("string(//div[@class='prose'])").strip(),
    )
    assert ["../../category/新聞/"] == tree.xpath("//ul[@class='terms']//a/@href")
    assert ["新聞", "rare <b>"] == [item.text_content() for item in tree.xpath("//ul[@class='terms']/li")]
    neighbours = [(link.get("rel"), link.get("href"), link.text_content()) for link in tree.xpath("//nav//a")]
    assert [("prev", "../../entry/i%20j/", "<i>"), ("next", "../../entry/later/", "Later")] == neighbours
    assert ["../../atom.xml", "../../rss.xml"] == tree.xpath("//link[@rel='alternate']/@href")
    shared = {meta.get("property"): meta.get("content") for meta in tree.xpath("//meta[@property]")}
    assert {
        "og:type": "article", "og:title": entry.title, "og:description": "A < b", "og:image": entry.image,
        "og:url": "https://www.example.org/entry/tea/", "og:site_name": "Notes & <News>",
        "article:published_time": "2023-01-31T09:47:26.123Z",
    } == shared  # fmt: skip
    assert [shared["og:url"]] == tree.xpath("//link[@rel='canonical']/@href")
    assert "../../entries.html#subscribe" in tree.xpath("//main//a/@href")


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("audio/mpeg", "<p>Words.</p>", ["audio"]),
        ("video/mp4", "", ["video"]),
        ("application/pdf", "<p>Words.</p>", []),
        ("audio/mpeg", '<audio src="https://x.example/a.bin?b&amp;c"></audio>', ["audio"]),
    ],
)
def test_a_recording_is_heard_on_the_page_once(kind: str, content: str, expected: list[str]) -> None:
    """The file that goes with an entry has a player or a link, unless the text shows it; nothing is fetched before."""
    file = Enclosure(url="https://x.example/a.bin?b&c", media_type=kind)
    tree = entry_page(replace(ENTRIES[0], content_html=content, enclosures=(file,) if file else ()))
    players = tree.xpath("//audio | //video")
    assert expected == [player.tag for player in players]
    assert ["none"] * len(expected) == [player.get("preload", "none") for player in players]
    assert (0 if "<audio" in content else 1) == len(tree.xpath("//p[@class='file']"))


@pytest.mark.parametrize("language", ["", "en", "ar", "zh-Hant"])
def test_an_entrys_page_is_written_in_its_direction(language: str) -> None:
    """An entry in another language than the site's says so, to voices, fonts and layout."""
    article = entry_page(replace(ENTRIES[0], language=language), language="en").xpath("//article")[0]
    own = ("ar", "rtl") if language == "ar" else ("zh-Hant", "ltr") if language == "zh-Hant" else (None, None)
    assert own == (article.get("lang"), article.get("dir"))


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("<h3>a</h3><h4>b</h4><h2>c</h2>", "<h2>a</h2><h3>b</h3><h2>c</h2>"),
        ('<h1 id="x h2">a</h1><h6>b</h6><h5>c</h5>', '<h2 id="x h2">a</h2><h3>b</h3><h3>c</h3>'),
        ("<h1>a</h1><h2>b</h2><h3>c</h3><h4>d</h4><h5>e</h5><h6>f</h6>", "<h2>a</h2><h3>b</h3><h4>c</h4><h5>d</h5><h6>e</h6><h6>f</h6>"),
        ("<hr><p>&lt;h4> &lt;img></p><header>x</header>", "<hr><p>&lt;h4> &lt;img></p><header>x</header>"),
        ('<iframe src="https://www.video.example/x?y" width="4"></iframe>', '<iframe title="video.example" src="https://www.video.example/x?y" width="4"></iframe>'),
        ('<iframe src="https://a.example" title="A"></iframe>', '<iframe src="https://a.example" title="A"></iframe>'),
        ('<img src="a alt=b>c"><img alt="" src="b"><img src="c" alt="C">', '<img alt="" src="a alt=b>c"><img alt="" src="b"><img src="c" alt="C">'),
    ],
)  # fmt: skip
def test_content_fits_below_the_heading_of_its_page(content: str, shown: str) -> None:
    """A voice that reads headings finds no level skipped, and reads no address of a picture; feeds have it as it is."""
    tree = entry_page(replace(ENTRIES[0], content_html=content))
    prose = html.tostring(tree.xpath("//div[@class='prose']")[0], encoding="unicode")
    assert (
        html.tostring(html.fromstring(f'<div class="prose" dir="auto">\n{shown}\n</div>'), encoding="unicode").strip()
        in prose
    )


def test_built_in_templates_are_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are kept where Python keeps compiled modules; a damaged or foreign one is compiled again."""
    compiled: list[str] = []
    text = "{{ 1 + 1 }}"

    class Counting(Environment):
        def _compile(self, source: str, filename: str) -> CodeType:
            compiled.append(filename)
            return super()._compile(source, filename)

    def rendered(*sources: str) -> str:
        kept = Compiled(tmp_path, *sources)
        environment = Counting(loader=DictLoader({"page.html": text}), bytecode_cache=kept, autoescape=True)
        return environment.get_template("page.html").render()

    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert (rendered(), [*tmp_path.iterdir()]) == ("2", [])
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert (rendered(), rendered(), len(compiled)) == ("2", "2", 2)
    assert (rendered(__file__), len(compiled)) == ("2", 3)
    (kept,) = (path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file())
    kept.write_bytes(kept.read_bytes()[:-9])
    assert (rendered(), len(compiled)) == ("2", 4)
    text = "{{ 1 + 2 }}"
    assert (rendered(), len(compiled)) == ("3", 5)
    shutil.rmtree(tmp_path)
    tmp_path.touch()  # a folder where nobody can write
    assert (rendered(), len(compiled)) == ("3", 6)
