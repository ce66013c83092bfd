"""Feeds: which there are, where they lie, what stands in them; and addresses that never change."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedtool import config
from feedtool.feeds import Known, candidate, reach_of, select, terms_of
from feedtool.model import Author, Feed, Kind, Post, Story, Term
from feedtool.urls import slug

SITE = config.Site(title="Notes", url="https://feeds.example.org/")
FEEDS = config.Feeds()
START = 1_700_000_000_000


def story(name: str, *, at: int = 0, tags: tuple[str, ...] = (), **more: object) -> Story:
    """Return a story, published so many milliseconds after the first."""
    fields: dict[str, object] = {"title": name, "tags": tags, **more}
    post = Post(path=f"posts/{name}.md", published_ms=START + at, identity_ms=START + at, **fields)  # type: ignore[arg-type]
    return Story(
        id=f"urn:x:{name}",
        post=post,
        published_ms=START + at,
        updated_ms=post.updated_ms or START + at,
        categories=post.categories,
        tags=tags,
    )


def gather(stories: Iterable[Story], *, feeds: config.Feeds) -> tuple[Term, ...]:
    """Return the terms of stories, which are newest first."""
    carriers: dict[tuple[Kind, str], list[Story]] = {("all", ""): []}
    for story in stories:
        for term in terms_of(story, feeds.kinds(), config.Config(feeds=feeds)):
            carriers.setdefault(term, []).append(story)
    return tuple(
        Term(
            kind=kind,
            name=name,
            count=len(some),
            first_ms=some[-1].published_ms if some else 0,
            newest=tuple(map(candidate, some[: reach_of(kind, feeds) or None])),
            newest_path=some[0].post.path if some else "",
            oldest_path=some[-1].post.path if some else "",
        )
        for (kind, name), some in carriers.items()
    )


def feeds_of(
    *stories: Story, feeds: config.Feeds = FEEDS, site: config.Site = SITE, known: tuple[Known, ...] = ()
) -> tuple[Feed, ...]:
    """Return the feeds of stories."""
    ordered = sorted(stories, key=lambda s: (-s.published_ms, s.id))
    return select(gather(ordered, feeds=feeds), feeds=feeds, site=site, known=known)[0]


def tag_slugs(*stories: Story, known: tuple[Known, ...] = ()) -> dict[str, str]:
    """Return the slug of each tag of stories."""
    return {feed.term: feed.slug for feed in feeds_of(*stories, known=known) if feed.kind == "tag"}


# Slugs.


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("News", "news"),
        ("Old Town", "old-town"),
        ("新聞", "新聞"),
        ("東京 タワー", "東京-タワー"),
        ("الأخبار", "الأخبار"),
        ("שלום עולם", "שלום-עולם"),
        ("Новости", "новости"),
        ("हिन्दी", "हिन्दी"),
        ("Straße", "strasse"),
        ("ＡＢＣ　１２３", "abc-123"),
        ("cafe\u0301", "café"),
        ("ﬁne", "fine"),
        ("C", "c"),
        ("C++", "c"),
        ("C#", "c"),
        ("R&D", "r-d"),
        ("--a--b--", "a-b"),
        ("../../etc/passwd", "etc-passwd"),
        ("a/b\\c:d", "a-b-c-d"),
        ("a\u202eb", "a-b"),
        ("100%", "100"),
        ("v1.2", "v1-2"),
        (".", "u2e"),
        ("..", "u2e-u2e"),
        ("🐉", "u1f409"),
        ("+", "u2b"),
        ("?!", "u3f-u21"),
    ],
)
def test_a_slug_keeps_the_letters_of_every_script(term: str, expected: str) -> None:
    """NFKC and case-folded; a term without a letter is spelled by its code points."""
    assert slug(term) == expected


@pytest.mark.parametrize("term", ["CON", "nul", "Com1", "LPT9", "aux", "PRN"])
def test_a_slug_is_no_device(term: str) -> None:
    """Windows cannot check out a folder called con."""
    assert slug(term).startswith(term.casefold() + "-")


def test_a_long_term_has_a_slug_that_fits() -> None:
    """400 characters of any script fit a file system, and two long ones that differ at the end stay apart."""
    for letter in ("x", "長", "ﷺ", "é"):
        one, two = slug(letter * 400), slug(letter * 399 + "y")
        assert max(len(one.encode()), len(two.encode())) <= 200
        assert one != two


@given(st.text(min_size=1, max_size=60))
def test_any_term_has_a_slug_that_is_safe(term: str) -> None:
    """One step of a path on every system: no dot, slash, blank, control or capital; never empty; always alike."""
    made = slug(term)
    assert made
    assert made == slug(term)
    assert unicodedata.is_normalized("NFC", made)
    assert all(unicodedata.category(c)[0] in "LMN" or c == "-" for c in made)
    assert made.strip("-") == made
    assert len(made.encode()) <= 200


TERMS = st.lists(
    st.text(min_size=1, max_size=6)
    | st.text(alphabet="aAbBcC+#-. éÉe\u0301ß\u1e9eſKk\u212aİi\u0307ıΣςσ", min_size=1, max_size=4),
    min_size=1,
    max_size=12,
    unique=True,
)


@given(TERMS)
def test_no_two_terms_share_a_folder(terms: list[str]) -> None:
    """Unique on disks that ignore case or Unicode form, too."""
    slugs = tag_slugs(*(story(f"s{n}", at=n, tags=(term,)) for n, term in enumerate(terms)))
    keys = [unicodedata.normalize("NFC", made).casefold() for made in slugs.values()]
    assert len(set(keys)) == len(terms)


@given(TERMS, TERMS)
def test_an_address_never_changes_because_a_later_post_came(terms: list[str], later: list[str]) -> None:
    """The slugs of what is there stay, whatever terms come after, without any memory of earlier builds."""
    early = [story(f"a{n}", at=n, tags=(term,)) for n, term in enumerate(terms)]
    late = [story(f"b{n}", at=1000 + n, tags=(term,)) for n, term in enumerate(later)]
    before = tag_slugs(*early)
    assert {term: made for term, made in tag_slugs(*early, *late).items() if term in before} == before


@given(TERMS.flatmap(lambda terms: st.tuples(st.just(terms), st.permutations(range(len(terms))))))
def test_addresses_hang_on_time_not_on_the_order_of_files(both: tuple[list[str], list[int]]) -> None:
    """Stories in another order give the same slugs."""
    terms, order = both
    stories = [story(f"s{n}", at=n, tags=(term,)) for n, term in enumerate(terms)]
    assert tag_slugs(*stories) == tag_slugs(*(stories[n] for n in order))


def test_the_term_seen_first_keeps_the_plain_slug() -> None:
    """C, C++ and C# fall together; the first in time is plain, the others have a suffix that is theirs for ever."""
    c, plus, sharp = (story(f"s{n}", at=n, tags=(term,)) for n, term in enumerate(["C++", "C", "C#"]))
    slugs = tag_slugs(c, plus, sharp)
    assert slugs["C++"] == "c"
    assert slugs == {**slugs, **tag_slugs(c, sharp)}


def test_a_crafted_term_does_not_take_anothers_place() -> None:
    """A tag that is spelled like another's suffixed slug leaves each its own folder."""
    suffixed = tag_slugs(story("a", tags=("C",)), story("b", at=1, tags=("C++",)))["C++"]
    slugs = tag_slugs(story("a", tags=("C",)), story("b", at=1, tags=(suffixed,)), story("c", at=2, tags=("C++",)))
    assert len(set(slugs.values())) == 3


def test_groups_whose_folders_could_meet_keep_apart() -> None:
    """Category y below `x/` and tag x above `/y` would both lie at x/y."""
    feeds = replace(
        FEEDS,
        category=config.Group(enabled=True, path="x/{slug}", title="{term}"),
        tag=config.Group(enabled=True, path="{slug}/y", title="{term}"),
    )
    folders = [feed.folder for feed in feeds_of(story("a", tags=("x",), categories=("y",)), feeds=feeds)]
    assert len(set(folders)) == 3


def test_addresses_that_were_published_stay() -> None:
    """What an earlier build gave out counts, even if an older post now comes to light."""
    known = (Known(kind="tag", term="C++", slug="c", updated_ms=START),)
    slugs = tag_slugs(story("old", tags=("C",)), story("new", at=5, tags=("C++",)), known=known)
    assert (slugs["C++"], slugs["C"] != "c") == ("c", True)


def test_terms_that_share_a_slug_or_look_alike_are_told() -> None:
    """The author learns that News and news are two feeds, and where each lies."""
    stories = [story("b", at=1, tags=("news",)), story("a", tags=("News",))]
    problems = select(gather(stories, feeds=FEEDS), feeds=FEEDS, site=SITE)[1]
    assert sorted((p.code, p.path) for p in problems) == [
        ("shared-slug", "posts/b.md"),
        ("similar-terms", "posts/b.md"),
    ]


# Feeds.


def test_there_is_a_feed_for_all_for_every_category_and_for_every_tag() -> None:
    """The feed of all comes first, then categories, then tags; authors only when asked for."""
    one = story("a", tags=("x", "y"), categories=("News",), authors=(Author(name="Ann"),))
    assert [(feed.kind, feed.term, feed.folder, feed.title) for feed in feeds_of(one)] == [
        ("all", "", "", "Notes"),
        ("category", "News", "category/news/", "News – Notes"),
        ("tag", "x", "tag/x/", "x – Notes"),
        ("tag", "y", "tag/y/", "y – Notes"),
    ]


def test_authors_have_feeds_when_asked_for() -> None:
    """Each person once, however many addresses they go by."""
    feeds = replace(FEEDS, author=replace(FEEDS.author, enabled=True))
    one = story("a", authors=(Author(name="Ann"), Author(name="Ann", email="ann@example.org"), Author(name="Bo")))
    found = [feed for feed in feeds_of(one, feeds=feeds) if feed.kind == "author"]
    assert [(feed.term, feed.folder, feed.entry_ids) for feed in found] == [
        ("Ann", "author/ann/", ("urn:x:a",)),
        ("Bo", "author/bo/", ("urn:x:a",)),
    ]


def test_a_grouping_can_be_switched_off() -> None:
    """No feed of that kind, and no other change."""
    feeds = replace(FEEDS, tag=replace(FEEDS.tag, enabled=False))
    assert [feed.kind for feed in feeds_of(story("a", tags=("x",), categories=("y",)), feeds=feeds)] == [
        "all",
        "category",
    ]


def test_a_feed_is_newest_first_and_ties_are_broken_alike() -> None:
    """The same time is ordered by id, not by chance."""
    stories = [story(name, at=at) for name, at in [("b", 1), ("a", 1), ("c", 2), ("d", 0)]]
    assert feeds_of(*stories)[0].entry_ids == ("urn:x:c", "urn:x:a", "urn:x:b", "urn:x:d")


@pytest.mark.parametrize(
    ("limit", "group_limit", "expected"), [(2, None, (2, 2)), (0, None, (5, 5)), (2, 0, (2, 5)), (0, 3, (5, 3))]
)
def test_limits_count_entries(limit: int, group_limit: int | None, expected: tuple[int, int]) -> None:
    """0 is no limit, and a grouping's own limit beats that of all feeds."""
    feeds = replace(FEEDS, limit=limit, tag=replace(FEEDS.tag, limit=group_limit))
    everything, tag = feeds_of(*(story(str(n), at=n, tags=("x",)) for n in range(5)), feeds=feeds)
    assert (len(everything.entry_ids), len(tag.entry_ids)) == expected
    assert everything.entry_ids[0] == "urn:x:4"


def test_a_term_with_too_few_entries_has_no_feed() -> None:
    """`min_entries` spares subscribers a thousand feeds of one post."""
    feeds = replace(FEEDS, tag=replace(FEEDS.tag, min_entries=2))
    stories = [story("a", tags=("x", "y")), story("b", at=1, tags=("x",))]
    assert [feed.term for feed in feeds_of(*stories, feeds=feeds)] == ["", "x"]


def test_a_feed_that_was_published_outlives_its_entries() -> None:
    """It stays at its address, empty, with the date that it had; and below `min_entries` too."""
    known = (Known(kind="tag", term="gone", slug="gone", updated_ms=START - 5),)
    feeds = replace(FEEDS, tag=replace(FEEDS.tag, min_entries=2))
    gone = feeds_of(story("a"), known=known)[-1]
    assert (gone.term, gone.folder, gone.entry_ids, gone.updated_ms) == ("gone", "tag/gone/", (), START - 5)
    assert feeds_of(story("a", tags=("gone",)), known=known, feeds=feeds)[-1].entry_ids == ("urn:x:a",)


def test_a_feed_is_as_new_as_its_newest_change() -> None:
    """`updated` is that of an entry, never the build's time."""
    changed = story("a", updated_ms=START + 99)
    assert feeds_of(changed, story("b", at=5))[0].updated_ms == START + 99


def test_addresses_of_feeds_are_ascii() -> None:
    """The folder keeps its letters, the address is percent-encoded."""
    feed = feeds_of(story("a", tags=("茶 館",)))[-1]
    assert (feed.folder, feed.url) == ("tag/茶-館/", "https://feeds.example.org/tag/%E8%8C%B6-%E9%A4%A8/")
    assert feed.self_url("atom") == feed.url + "atom.xml"


def test_a_term_in_a_title_is_not_a_template() -> None:
    """A tag called `{site}` is shown as it is."""
    assert feeds_of(story("a", tags=("{site}{slug}",)))[-1].title == "{site}{slug} – Notes"


@pytest.mark.parametrize(
    ("posts", "language"),
    [
        ([("A day", "en"), ("B day", "en"), ("C day", "de")], "en"),
        ([("A", "de"), ("B", "en")], "de"),
        ([("春天的早晨", ""), ("老街的茶館", "")], "zh"),
        ([("春の朝、古い通り", "")], "ja"),
        ([("오늘의 소식", "")], "ko"),
        ([("ข่าววันนี้", "")], "th"),
        ([("Plain words", "")], ""),
        ([("Plain words", ""), ("春", "fr")], "fr"),
        ([("123", "")], ""),
    ],
)
def test_a_feed_says_its_language(posts: list[tuple[str, str]], language: str) -> None:
    """What most posts declare, else what their script tells, else that it is not known."""
    stories = [story(str(n), at=n, title=title, language=tag) for n, (title, tag) in enumerate(posts)]
    assert feeds_of(*stories)[0].language == language


def test_the_configured_language_wins() -> None:
    """`site.language` is said of every feed."""
    found = feeds_of(story("a", language="en", tags=("x",)), site=replace(SITE, language="zh-Hant"))
    assert [feed.language for feed in found] == ["zh-Hant", "zh-Hant"]


def test_a_feed_says_who_stands_behind_it() -> None:
    """Entries without an author fall back to the site's, or its title (RFC 4287 section 4.1.1)."""
    assert feeds_of(story("a"))[0].author == "Notes"
    assert feeds_of(story("a"), site=replace(SITE, author="Ann"))[0].author == "Ann"


def test_the_sites_description_is_that_of_the_feed_of_all() -> None:
    """Grouped feeds are described by their titles."""
    found = feeds_of(story("a", tags=("x",)), site=replace(SITE, description="Of tea"))
    assert [feed.description for feed in found] == ["Of tea", "x – Notes"]


def test_every_post_stands_in_the_feed_of_each_of_its_terms() -> None:
    """Nobody who subscribes to a term misses a post that carries it."""
    stories = [story(str(n), at=n, tags=tuple(t for t in "abc" if n % (ord(t) - 95) == 0)) for n in range(12)]
    for feed in feeds_of(*stories, feeds=replace(FEEDS, limit=0))[1:]:
        assert set(feed.entry_ids) == {one.id for one in stories if feed.term in one.tags}
