"""The pages in a real browser: what people see, find, copy and subscribe to, with and without a script."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import FONTS, axe, browser, in_font, invalid, served, violations, visiting
from heavy import heavy
from runs import SITE_URL, build, lay, post

from feedtool.generators import Frame, render_index, render_looks
from feedtool.model import Activity, Entry, Feed

pytestmark = heavy

LONG = "人工智慧與機器學習在醫療影像上的應用以及它們的倫理問題" * 15
TAGS = ("Économie", "tea", "Straße", "新聞", "かぜ", "한국", "شاي", "C++", LONG[:400])
SITES = {
    "en": '[site]\ntitle = "Notes from the river"\nlanguage = "en"\n',
    "zh": '[site]\ntitle = "每日筆記"\nlanguage = "zh-Hant"\n',
    "ar": '[site]\ntitle = "ملاحظات من الوادي"\nlanguage = "ar"\n',
}
BODY = "The ferryman had not owned a motor for thirty years, and nobody could say when the last one went."


def _posts() -> dict[str, str]:
    """Return posts of which the nth tag has one more than the one before, the last tags the newest."""
    posts = {}
    for place, tag in enumerate(TAGS):
        for number in range(place + 1):
            date = f"{2019 + (place + number) // 6}-{1 + (place + number * 5) % 12:02}-0{1 + number % 9}T08:00:00Z"
            more = {"image": f"https://pictures.example.net/{number}.jpg"} if number % 2 else {}
            text = post(f"Story {place}.{number}", date=date, body=BODY, tags=f'["{tag}"]', category="Kitchen", **more)
            posts[f"posts/{place}-{number}.md"] = text
    return posts


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the addresses of built sites by language."""
    root = tmp_path_factory.mktemp("sites")
    for name, settings in SITES.items():
        more = "[feeds]\nlimit = 5\narchives = true\n[feeds.author]\nenabled = true\n"
        lay(root / name, {"feedtool.toml": settings + more, **_posts()})
        assert build(cwd=root / name).status == 0
    with served(root) as home:
        yield {name: f"{home}{name}/output/" for name in SITES}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Give a browser for the tests of this module: one that lasts longer would keep others from their event loops."""
    with browser() as opened:
        yield opened


def names(page: Any) -> list[str]:
    """Return the names of the feeds that are seen, in their order."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#tag :is(.feeds, .names) > li')].filter(li => li.checkVisibility()).map(li => li.querySelector('a').textContent)"
    )
    return found


SEARCHES = {
    "economie": "Économie", "ÉCO": "Économie", "strasse": "Straße", "新": "新聞", "聞": "新聞", "かぜ": "かぜ", "한": "한국",
    "شاي": "شاي", "Ｃ++": "C++", "  TEA ": "tea",
}  # fmt: skip


def test_search_folds_case_accents_and_forms(chromium: Any, sites: dict[str, str]) -> None:
    """Who types a name in any case, with accents or without, in any script, finds its feed."""
    found = {}
    with visiting(chromium, sites["en"]) as visit:
        for asked in SEARCHES:
            visit.page.get_by_label("Find a feed").fill(asked)
            found[asked] = (names(visit.page), visit.page.locator("#found").inner_text().partition(" of ")[0])
    assert found == {asked: ([name], "1") for asked, name in SEARCHES.items()}


def test_search_says_how_many_it_found(chromium: Any, sites: dict[str, str]) -> None:
    """A screen reader hears the number of results; none is said too, and Escape brings all back."""
    with visiting(chromium, sites["zh"]) as visit:
        page, field = visit.page, visit.page.get_by_role("searchbox", name="Find a feed")
        status = page.get_by_role("status").first
        everything = status.inner_text()
        field.fill("no such feed")
        assert ([], "0 of 10 feeds") == (names(page), status.inner_text())
        assert not page.locator("section#tag").is_visible()
        field.press("Escape")
        assert (len(TAGS), everything) == (len(names(page)), status.inner_text())


def test_feeds_are_sorted_in_place(chromium: Any, sites: dict[str, str]) -> None:
    """By number of entries, by newest entry, and by name again; by keys alone, and together with a search."""
    with visiting(chromium, sites["en"]) as visit:
        page = visit.page
        by_name = names(page)
        page.get_by_label("Most entries").check()
        assert list(reversed(TAGS)) == names(page)
        page.get_by_label("Most entries").press("ArrowRight")
        assert page.get_by_label("Newest").is_checked()
        newest = page.locator("#tag time").all_inner_texts()
        assert (sorted(newest, reverse=True), sorted(by_name)) == (newest, sorted(names(page)))
        page.get_by_label("Find a feed").fill("c")
        assert {"Économie", "C++"} == set(names(page))
        page.get_by_label("Find a feed").fill("")
        page.get_by_label("Name").check()
        assert by_name == names(page)


@pytest.mark.parametrize("has_clipboard", [True, False])
def test_an_address_is_copied(chromium: Any, sites: dict[str, str], *, has_clipboard: bool) -> None:
    """The panel of a feed copies its published address, wherever the page is, and says so; older ways serve as well."""
    with visiting(chromium, sites["en"], permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.page
        if not has_clipboard:
            page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
        for name, folder in (("tea", "tag/tea/"), ("新聞", "tag/%E6%96%B0%E8%81%9E/"), ("C++", "tag/c/")):
            page.get_by_role("link", name=f"Subscribe to {name}", exact=True).click()
            panel = page.get_by_role("dialog", name=f"Subscribe to {name}")
            address = f"{SITE_URL}{folder}atom.xml"
            assert panel.locator("code").first.inner_text() == address
            panel.get_by_role("button", name="Copy").click()
            page.get_by_text("Copied", exact=True).wait_for()
            assert address == page.evaluate("navigator.clipboard.readText()")
            assert f"Copied: {address}" == page.locator("body > [role=status]").text_content()
            panel.get_by_role("button", name="Close").click()
            page.get_by_text("Copied", exact=True).wait_for(state="hidden")


def test_a_feed_is_handed_to_a_reader(chromium: Any, sites: dict[str, str]) -> None:
    """A link of its own scheme opens the address in the program that reads feeds, others in readers on the web."""
    found = []
    with visiting(chromium, sites["en"]) as visit:
        visit.page.get_by_role("link", name="Subscribe to tea", exact=True).click()
        visit.page.locator("dialog a").first.wait_for()
        found.append([link.get_attribute("href") for link in visit.page.locator("dialog a").all()])
    with visiting(chromium, sites["en"] + "tag/tea/") as visit:
        found.append([link.get_attribute("href") for link in visit.page.locator("#subscribe a").all()])
    assert found[0] == found[1]
    assert f"feed:{SITE_URL}tag/tea/atom.xml" == found[0][0]
    assert "https://www.inoreader.com/?add_feed=https%3A%2F%2Ffeeds.example.org%2Ftag%2Ftea%2Fatom.xml" in found[0]
    assert [f"{SITE_URL}tag/tea/{name}" for name in ("atom.xml", "rss.xml", "feed.json")] == found[0][-3:]


PAGES = ("", "entries.html", "tag/tea/", f"tag/{'C++'.lower().replace('+', '')}/", "category/kitchen/")


@pytest.mark.parametrize(("site", "path"), [*(("en", path) for path in PAGES), ("zh", PAGES[0]), ("ar", PAGES[-1])])
def test_pages_ask_nobody_and_break_nothing(chromium: Any, sites: dict[str, str], site: str, path: str) -> None:
    """No console error, nothing that the policy forbids, and no other machine asked but for entries' pictures."""
    with visiting(chromium, sites[site] + path) as visit:
        visit.page.mouse.wheel(0, 100_000)
        visit.page.wait_for_load_state("networkidle")
        assert [] == [error for error in visit.errors if "net::ERR_FAILED" not in error]
        assert all(url.startswith("https://pictures.example.net/") for url, _ in visit.outside)
        assert path or [] == visit.outside
        assert 0 == visit.page.evaluate("window.shifted"), "nothing moves after it was shown"
        if path == "category/kitchen/":
            visit.page.locator("article img").first.wait_for(state="hidden")
            assert visit.outside, "pictures are asked for, and those that are gone are not shown as broken"


#: each page in each direction of writing, and in light and in dark
LOOKS = [
    (site, path, ("light", "dark")[(at + number) % 2])
    for at, site in enumerate(SITES)
    for number, path in enumerate(("", "category/kitchen/", "entries.html", "entry/8-1/"))
]


@pytest.mark.parametrize(("site", "path", "scheme"), LOOKS)
def test_pages_are_accessible(chromium: Any, sites: dict[str, str], site: str, path: str, scheme: Any) -> None:
    """axe-core finds nothing, in light and in dark, in every direction of writing."""
    source = axe()
    with visiting(chromium, sites[site] + path, color_scheme=scheme, reduced_motion="reduce") as visit:
        assert [] == violations(visit.page, source)
        if not path:
            visit.page.get_by_label("Most entries").check()
            visit.page.get_by_label("Find a feed").fill("c")
            assert [] == violations(visit.page, source)
            visit.page.locator("a.subscribe").first.click()
            assert [] == violations(visit.page, source)


def test_pages_are_valid(tmp_path: Path) -> None:
    """The W3C's checker of HTML and CSS finds no error in a page of any kind."""
    odd = {"posts/odd.md": post("Odd", body="<h5>x</h5><p><img src=https://x.example/a><center>y</center><b><p>z</b>")}
    more = "[feeds]\nlimit = 5\narchives = true\n[feeds.author]\nenabled = true\n"
    for name, posts in (("ar", {**_posts(), **odd}), ("zh", odd)):
        lay(tmp_path / name, {"feedtool.toml": SITES[name] + more, **posts})
        assert build(cwd=tmp_path / name).status == 0
    assert [] == invalid(tmp_path)


def _brightness(page: Any, query: str) -> float:
    red, green, blue = page.evaluate(
        f"getComputedStyle(document.querySelector('{query}')).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number)"
    )
    return float(red + green + blue) / 765


@pytest.mark.parametrize("path", ["", "tag/tea/", "atom.xml", "tag/tea/rss.xml"])
def test_pages_follow_the_systems_colours(chromium: Any, sites: dict[str, str], path: str) -> None:
    """Light by day and dark by night, as the system is set."""
    query = ":root" if path.endswith("xml") else "body"
    with visiting(chromium, sites["en"] + path, color_scheme="light") as visit:
        assert _brightness(visit.page, query) > 0.9
        visit.page.emulate_media(color_scheme="dark")
        assert _brightness(visit.page, query) < 0.2


STICKING = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("path", ["", "category/kitchen/", "entries.html", "entry/8-1/", "atom.xml", "tag/tea/rss.xml"])
@pytest.mark.parametrize("site", SITES)
def test_nothing_sticks_out(chromium: Any, sites: dict[str, str], site: str, path: str) -> None:
    """On no screen and in no font does a page scroll sideways, though a term has four hundred characters."""
    sticks = {}
    with visiting(chromium, sites[site] + path, bypass_csp=True) as visit:
        for details in visit.page.locator("main summary").all():
            details.click()
        for font in ["own"] if path.endswith(".xml") else FONTS:
            in_font(visit.page, font)
            for width in (320, 768, 1280):
                visit.page.set_viewport_size({"width": width, "height": 800})
                sticks[width, font] = visit.page.evaluate(STICKING)
    assert {where: by for where, by in sticks.items() if by > 0} == {}


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("path", ["", "category/kitchen/"])
def test_everything_can_be_hit_with_a_finger(chromium: Any, sites: dict[str, str], path: str, font: str) -> None:
    """Whatever can be pressed is 24 pixels high and wide in any font, but for links within sentences (WCAG 2.2, 2.5.8).

    However short the name of a feed is or the title of an entry.
    """
    small = """[...document.querySelectorAll('a, button, summary, input:not([type=radio]), fieldset label')]
        .filter(each => each.checkVisibility() && !each.closest('.lead, footer'))
        .map(each => [each.getBoundingClientRect(), each])
        .filter(([box]) => box.height < 24 || box.width < 24)
        .map(([box, each]) => `${box.width} by ${box.height}: ${each.outerHTML.slice(0, 200)}`)"""
    short = (
        "document.querySelectorAll('.name a, .newest a, .names a, h3 a').forEach(each => { each.textContent = 'i'; })"
    )
    with visiting(chromium, sites["en"] + path, width=390, bypass_csp=True) as visit:
        page = visit.page
        page.add_style_tag(
            content="* { content-visibility: visible !important }"
        )  # what is not on the screen counts too
        in_font(page, font)
        page.wait_for_function("document.fonts.status === 'loaded'")
        assert [] == page.evaluate(small)
        page.evaluate(short)
        assert [] == page.evaluate(small)


def test_keys_reach_everything_and_show_where_they_are(chromium: Any, sites: dict[str, str]) -> None:
    """Tab goes through the page in the order in which it is read, and what has the focus has an outline."""
    with visiting(chromium, sites["en"]) as visit:
        page, seen = visit.page, []
        for _ in range(20):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
            outlined = page.evaluate(
                "[document.activeElement, document.activeElement.nextElementSibling].some(each => each && getComputedStyle(each).outlineStyle === 'solid')"
            )
            assert outlined, seen
        order = [
            "Notes from the river",
            "Everything",
            "Subscribe",
            "All feeds for a reader (OPML)",
            "search",
            "Categories 1",
        ]
        assert order == sorted(order, key=seen.index)


def test_pages_work_without_a_script(chromium: Any, sites: dict[str, str]) -> None:
    """Every feed is there with its newest entry and a way to subscribe, and no button that would do nothing."""
    with visiting(chromium, sites["en"], java_script_enabled=False) as visit:
        page = visit.page
        assert page.get_by_text("新聞", exact=True).is_visible()
        assert not any(each.is_visible() for each in page.locator("button, input").all())
        assert len(TAGS) == page.locator("#tag .feeds > li").count()
        with page.expect_navigation():  # with its style, which hides the button
            page.get_by_role("link", name="Subscribe to tea", exact=True).click()
        assert page.url.endswith("/tag/tea/#subscribe")
        assert page.get_by_text(f"{SITE_URL}tag/tea/atom.xml").first.is_visible()
        assert not page.get_by_role("button", name="Copy").is_visible()
        page.locator("summary").click()
        assert page.get_by_text(f"{SITE_URL}tag/tea/rss.xml").is_visible()


def test_motion_is_reduced_where_somebody_asks(chromium: Any, sites: dict[str, str]) -> None:
    """Jumps within the page do not glide for those whom that makes ill."""
    for motion, expected in (("no-preference", "smooth"), ("reduce", "auto")):
        with visiting(chromium, sites["en"], reduced_motion=motion) as visit:
            assert expected == visit.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")


def _many(count: int) -> str:
    """Return the index of a site with so many tags."""
    words = ("tea", "Économie", "新聞", "人工智慧", "история", "شاي", "climate", "かぜ", "圖書館", "weather")
    newest = Entry(
        id="urn:x", title="城市裡最後一家租書店", url="https://www.example.org/x", published_ms=10**12, updated_ms=0
    )
    main = Feed(
        kind="all", title="All", description="All", language="en", author="Ann", url=SITE_URL, home_url=SITE_URL,
        formats=("atom", "rss", "json"), updated_ms=10**12, entry_ids=("urn:x",),
    )  # fmt: skip
    tags = [f"{words[number % 10]} {number}" for number in range(count)]
    feeds = [replace(main, kind="tag", term=tag, slug=f"t{at}", folder=f"tag/t{at}/") for at, tag in enumerate(tags)]
    counts = {("tag", tag): tuple((at * month) % 7 for month in range(24)) for at, tag in enumerate(tags)}
    activity = Activity(months=("2022-01", "2023-12"), counts=counts)  # type: ignore[arg-type]
    return render_index(
        (main, *feeds), {"urn:x": newest}, language="en", activity=activity,
        frame=Frame(site_title="Many", site_url=SITE_URL, generator="feedtool"),
    ).content.decode()  # fmt: skip


@pytest.mark.parametrize("count", [pytest.param(5000, marks=heavy)])
def test_many_tags_are_searched_without_delay(chromium: Any, tmp_path: Path, count: int) -> None:
    """Each letter typed is answered, and the answer laid out, in less than a tenth of a second."""
    lay(
        tmp_path,
        {"index.html": _many(count)} | {each.path: each.content for each in render_looks(generator="feedtool")},
    )
    measure = """async () => {
        const field = document.querySelector("#search"), times = [];
        for (const text of ["t", "te", "tea", "tea ", "tea 1", "tea 12", "", "新", "新聞", "新聞 9", "", "eco", "économie 4", "", "9", "99", ""]) {
            const began = performance.now();
            field.value = text;
            field.dispatchEvent(new Event("input", {bubbles: true}));
            document.body.offsetHeight;
            await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
            times.push(performance.now() - began);
        }
        return times;
    }"""
    with served(tmp_path) as home, visiting(chromium, home) as visit:
        times = visit.page.evaluate(measure)
        sys.stdout.write(
            f"search of {count} tags: median {statistics.median(times):.0f} ms, most {max(times):.0f} ms\n"
        )
        assert statistics.median(times) < 100
        visit.page.get_by_label("Find a feed").fill(f"新聞 {count - 8}")
        assert [f"新聞 {count - 8}"] == names(visit.page)
        assert [] == visit.errors


def test_what_a_user_writes_into_a_template_runs_and_nothing_else(chromium: Any, tmp_path: Path) -> None:
    """A template's own script and style are allowed by their digests; a script in a title never runs."""
    evil = '</a><script>document.title = "evil"</script><img src=x onerror=alert(1)>'
    template = """{% extends "builtin/index.html" %}
{% block howto %}<p id="mine">x</p><style>#mine { color: rgb(1, 2, 3) }</style>
<script>document.getElementById("mine").textContent = "ran"</script>
{{ main[0].newest.title|safe }}{% endblock %}"""
    lay(
        tmp_path,
        {"templates/index.html": template, "posts/a.md": f"---\ntitle: '{evil}'\ndate: 2024-01-01\n---\nWords."},
    )
    done = build(cwd=tmp_path)
    assert (0, "") == (done.status, done.err)
    with served(tmp_path / "output") as home, visiting(chromium, home) as visit:
        mine = visit.page.locator("#mine")
        assert ("ran", "rgb(1, 2, 3)") == (mine.inner_text(), mine.evaluate("each => getComputedStyle(each).color"))
        assert visit.page.title() != "evil"
        assert any("POLICY script-src" in error for error in visit.errors)


@pytest.mark.parametrize("path", ["atom.xml", "rss.xml", "tag/tea/atom.xml", "tag/tea/rss.xml"])
@pytest.mark.parametrize("has_script", [True, pytest.param(False, marks=heavy)])
def test_a_feed_opened_in_a_browser_can_be_read(
    chromium: Any, sites: dict[str, str], path: str, *, has_script: bool
) -> None:
    """Titles, dates and summaries are a list; ids, links, markup and the rest are hidden; a sentence says what it is."""
    with visiting(chromium, sites["en"] + path, java_script_enabled=has_script) as visit:
        page = visit.page
        entry, root = ("entry", "feed") if "atom" in path else ("item", "channel")
        titles = page.locator(f"{entry} > title")
        assert titles.count() > 1
        assert all(title.is_visible() for title in titles.all())
        assert page.locator(f"{root} > title").is_visible()
        for hidden in (
            "id",
            "guid",
            "category",
            "content",
            "encoded",
            "author",
            "updated",
            "generator",
            "lastBuildDate",
        ):
            assert not any(each.is_visible() for each in page.locator(f"{root} {hidden}").all())
        assert not any(each.is_visible() for each in page.locator(f"{entry} > link").all())
        if has_script:
            text = page.evaluate("document.documentElement.innerText ?? document.documentElement.textContent")
            assert "Story" in text
            said = page.evaluate(f"getComputedStyle(document.querySelector('{root}'), '::before').content")
            assert "feed reader" in said
            assert 2 <= page.evaluate(f"document.querySelector('{entry} > title').getBoundingClientRect().height")
        assert [] == visit.errors
        assert [] == visit.outside


def test_an_archive_document_says_what_it_is(chromium: Any, sites: dict[str, str]) -> None:
    """Nobody is told to subscribe to a document that nothing is added to."""
    with visiting(chromium, sites["en"] + "category/kitchen/") as visit:
        first = visit.page.locator(".periods a").first.get_attribute("href")
    for href in (first, first.replace("atom", "rss")):
        with visiting(chromium, sites["en"] + "category/kitchen/" + href) as visit:
            root = "feed" if "atom" in href else "channel"
            said = visit.page.evaluate(f"getComputedStyle(document.querySelector('{root}'), '::before').content")
            assert "older entries" in said


@pytest.mark.parametrize("path", ["atom.xml", "rss.xml"])
def test_raw_feeds_follow_the_direction_of_their_words(chromium: Any, tmp_path: Path, path: str) -> None:
    """An Arabic title begins at the right, an English one among them at the left."""
    lay(tmp_path, {
        "feedtool.toml": '[site]\ntitle = "ملاحظات"\nlanguage = "ar"\n',
        "posts/a.md": post("خبز الصباح", lang="ar"),
        "posts/b.md": post("A note in English", lang="en", date="2024-01-01"),
    })  # fmt: skip
    build(cwd=tmp_path)
    sides = """[...document.querySelectorAll('entry > title, item > title')].map(title => {
        const range = document.createRange(); range.selectNodeContents(title);
        const text = range.getBoundingClientRect(), box = title.getBoundingClientRect();
        return text.left - box.left > box.right - text.right ? "right" : "left";
    })"""
    with served(tmp_path / "output") as home, visiting(chromium, home + path) as visit:
        assert ["right", "left"] == visit.page.evaluate(sides)
