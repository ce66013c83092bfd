"""Made-up entries and feeds that hold everything that has broken a feed somewhere."""

from __future__ import annotations

from dataclasses import replace

from feedtool.model import Author, Enclosure, Entry, Feed

SITE = "https://feeds.example.org/"
GENERATOR = "feedtool 1.2.3"

#: 2023-01-31T09:47:26.123Z
NOON = 1_675_158_446_123

PLAIN = Entry(
    id="urn:uuid:7d3ff6a4-2f39-5a0b-9f2e-0a3b8b4e2a01",
    title="A plain entry",
    url="https://news.example.org/a?x=1&y=2",
    published_ms=NOON,
    updated_ms=NOON,
    summary="A plain summary.",
    content_html="<p>A plain summary.</p>",
)


def _entry(number: int, **fields: object) -> Entry:
    """Return a plain entry, a day older for each number, with those fields changed."""
    values: dict[str, object] = {
        "id": f"urn:uuid:7d3ff6a4-2f39-5a0b-9f2e-0a3b8b4e{number:04x}",
        "url": f"https://news.example.org/{number}",
        "published_ms": NOON - number * 86_400_000,
        "updated_ms": NOON - number * 86_400_000,
    }
    return replace(PLAIN, **(values | fields))  # type: ignore[arg-type]


ENTRIES = (
    PLAIN,
    _entry(
        1,
        title="中文標題：“引號”與《書名》",
        authors=(Author(name="王小明"),),
        categories=("新聞",),
        tags=("科技", "新聞", "C++"),
        language="zh-Hant",
        summary="中文摘要，沒有空格。",
        content_html='<p>中文內容。<img src="https://news.example.org/%E5%9C%96.png" alt="圖"></p>',
        image="https://news.example.org/%E5%9C%96.png",
    ),
    _entry(2, title="日本語の見出し", language="ja", summary="かな", content_html="<p>かな<br>カナ</p>"),
    _entry(3, title="عنوان عربي", language="ar", summary="ملخص", content_html="<p>نص</p>"),
    _entry(4, title="Emoji 👩‍👩‍👧‍👦 and 🇹🇼", tags=("🎉",)),
    _entry(5, title="Fish & chips", tags=("R&D", "<b>bold</b>"), authors=(Author(name="Smith & Sons"),)),
    _entry(6, title="<3 Deno", summary="1 < 2 & 3 > 2", content_html="<p>1 &lt; 2 &amp; 3 &gt; 2</p>"),
    _entry(7, title="A &amp; B is written <b>so</b>", summary="Write &amp;amp; for &amp;"),
    _entry(8, title="\"Double\" and 'single'", content_html='<p title="&quot;q&quot;">"q" \'s\'</p>'),
    _entry(9, title="CDATA ends with ]]>", content_html="<p>]]&gt; and ]]> and </p><pre>]]]]>></pre>"),
    _entry(10, title="No content", summary="", content_html="", source_url="https://videos.example.net/v?id=1"),
    _entry(11, title="Only a summary", content_html=""),
    _entry(
        12,
        title="A recording",
        enclosures=(Enclosure(url="https://media.example.org/a%20b.mp3?x=1&y=2", media_type="audio/mpeg"),),
    ),
    _entry(
        13,
        title="Another recording",
        enclosures=(Enclosure(url="https://media.example.org/b.ogg", media_type="audio/ogg", length=12_345),),
    ),
    _entry(
        14,
        title="Several authors",
        authors=(
            Author(name="Ann", email="ann@example.org", uri="https://ann.example.org/"),
            Author(name="Bob", uri="https://bob.example.org/?a=1&b=2"),
            Author(name="Only a name"),
        ),
        source_url="https://origin.example.com/story?a=1&b=2",
        updated_ms=NOON - 1000,
    ),
    _entry(15, id="https://news.example.org/15", title="Its id is its address"),
    _entry(
        16,
        id="tag:example.org,2023:x",
        title="An id of another kind",
        published_ms=NOON - 500_000_000_000,
        updated_ms=NOON - 500_000_000_000,
    ),
    _entry(17, title="Long" + " word" * 60, content_html="<p>" + "Long text. " * 2_000 + "</p>"),
    _entry(18, title="Half a line \u2028 separator", content_html="<pre>a\n\tb\n</pre>"),
)

BY_ID = {entry.id: entry for entry in ENTRIES}

FEED = Feed(
    kind="all",
    title="Notes & <News>",
    description="Everything, “quoted” & <tagged>",
    language="en",
    author="The Editors",
    url=SITE,
    home_url="https://www.example.org/",
    formats=("atom", "rss", "json"),
    updated_ms=NOON,
    entry_ids=tuple(entry.id for entry in ENTRIES),
)


def group(kind: str, term: str, slug: str, address: str, **fields: object) -> Feed:
    """Return a feed about a term, with everything in it."""
    values: dict[str, object] = {
        "kind": kind,
        "term": term,
        "slug": slug,
        "folder": f"{kind}/{slug}/",
        "title": f"{term} – Notes",
        "description": f"Entries about {term}",
        "url": f"{SITE}{kind}/{address}/",
        "home_url": f"{SITE}{kind}/{address}/",
    }
    return replace(FEED, **(values | fields))  # type: ignore[arg-type]


FEEDS = (
    FEED,
    group("category", "新聞", "新聞", "%E6%96%B0%E8%81%9E", language="zh-Hant"),
    group("tag", "C++", "c-2", "c-2", entry_ids=()),
    group("tag", "R&D", "r-d", "r-d", formats=("rss",)),
    group("tag", "العربية", "العربية", "%D8%A7%D9%84%D8%B9%D8%B1%D8%A8%D9%8A%D8%A9", language="ar"),
    group("author", "<b>Bob</b>", "b-bob-b", "b-bob-b", formats=("json",)),
)
