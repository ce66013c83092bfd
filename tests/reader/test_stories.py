"""Identity and duplicates: one story is one entry with one id, wherever its file lies and whatever it is called."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import replace
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from heavy import sampled
from hypothesis import given
from hypothesis import strategies as st
from readings import post_of, with_header

from feedtool import config
from feedtool.model import Post, Story
from feedtool.reader import address_of, merge, read_post
from feedtool.reader.split import conventions_of

DAY = 86_400_000
FIRST = 1675164846000
URL = "https://news.example.org/a"


def telling(path: str = "posts/a.md", *, at: int = FIRST, title: str = "A", source: str = URL, **more: object) -> Post:
    """Return a post, told at a time."""
    post = Post(path=path, title=title, published_ms=at, identity_ms=at, source=source)
    return replace(post, **more)  # type: ignore[arg-type]


def stories(*posts: Post) -> tuple[Story, ...]:
    """Return the stories of posts."""
    return merge(posts)[0]


def one_id(*posts: Post) -> str:
    """Return the id of the one story that posts tell."""
    (story,) = stories(*posts)
    return story.id


def codes(*posts: Post) -> list[tuple[str, str]]:
    """Return code and path of what is said of posts."""
    return sorted((problem.code, problem.path) for problem in merge(posts)[1])


def test_pages_of_a_site_that_have_one_name_and_day_are_two_stories() -> None:
    """A generator that keeps translations in folders has a page, and an id in its feed, for each of them."""
    both = [telling(f"{tongue}/a.md", source="", old_id=f"https://e.org/{tongue}/a/") for tongue in ("cn", "en")]
    assert {story.id for story in stories(*both)} == {"https://e.org/cn/a/", "https://e.org/en/a/"}
    assert codes(*both) == []
    assert len(stories(*(replace(each, old_id="") for each in both))) == 1


# Identity.


@pytest.mark.parametrize(
    "changed",
    [
        {"path": "posts/2023/moved/a.md"},
        {"path": "archive/renamed.md"},
        {"title": "Another title"},
        {"categories": ("News",), "tags": ("x",)},
        {"updated_ms": FIRST + DAY},
        {"permalink": "/elsewhere/", "slug": "elsewhere"},
        {"body_digest": "other words"},
    ],
)
def test_an_id_never_changes_with_what_may_change(changed: dict[str, object]) -> None:
    """Folder, title, terms, slug and text of a post with a source may change; its id does not."""
    assert one_id(replace(telling(), **changed)) == one_id(telling())  # type: ignore[arg-type]


def test_an_id_hangs_on_source_and_first_timestamp() -> None:
    """Another address or another time is another story."""
    ids = {one_id(telling()), one_id(telling(source=URL + "b")), one_id(telling(at=FIRST + 1))}
    assert len(ids) == 3


def test_without_a_source_an_id_hangs_on_timestamp_and_file_name() -> None:
    """Such a post may move and be retitled; a copy in another folder is the same story."""
    own = telling(source="")
    assert one_id(own, replace(own, path="archive/2023/a.md", title="B")) == one_id(own)
    assert one_id(replace(own, path="posts/b.md")) != one_id(own)


def test_ids_are_permanent() -> None:
    """These two ids are published: no release may change how they are made."""
    assert one_id(telling()) == "urn:uuid:d0fc34c6-07ec-5653-adff-dede6c7492ce"
    assert one_id(telling(source="")) == "urn:uuid:e4928506-e6c5-585b-a5ee-c35adf0eab7b"


def test_the_configured_zone_does_not_change_ids() -> None:
    """A day without a zone moves with the setting; the id does not."""
    text = with_header("title: A", "from: https://example.org/1", date="date: 2024-01-02")
    here, there = (post_of(text, zone=ZoneInfo(zone)) for zone in ("UTC", "Asia/Taipei"))
    assert (here.published_ms != there.published_ms, one_id(here)) == (True, one_id(there))


@pytest.mark.parametrize(
    "declared",
    [
        "tag:example.org,2024:1",
        "urn:isbn:1",
        "https://example.org/a?b=c",
        "urn:uuid:d0fc34c6-07ec-5653-adff-dede6c7492ce",
    ],
)
def test_a_declared_id_wins(declared: str) -> None:
    """What the author wrote as `id:` or `guid:` is the entry's id, letter by letter."""
    assert one_id(telling(declared_id=declared)) == declared
    assert codes(telling(declared_id=declared)) == []


@pytest.mark.parametrize("declared", ["42", "my post", "Ärger", "a:b c", ":", "https:///x"])
def test_a_declared_id_that_is_no_uri_is_made_one(declared: str) -> None:
    """Atom demands a URI: the id is derived from what was declared alone, and a note says so."""
    post = telling(declared_id=declared)
    moved = telling("posts/b.md", at=FIRST + DAY * 99, source=URL + "b", declared_id=declared)
    assert one_id(post).startswith("urn:uuid:")
    assert one_id(post) == one_id(moved)
    assert codes(post) == [("id-is-no-uri", "posts/a.md")]


def test_an_id_declared_twice_is_not_given_twice() -> None:
    """The second post gets an id of its own, and both are named."""
    one = telling(declared_id="urn:x:1")
    two = telling("posts/b.md", at=FIRST + DAY * 99, source=URL + "b", declared_id="urn:x:1")
    three = telling("posts/c.md", at=FIRST + DAY * 199, source=URL + "c", declared_id="urn:x:1")
    found = stories(one, two, three)
    assert len({story.id for story in found}) == 3
    assert codes(one, two, three) == [("same-id", "posts/b.md"), ("same-id", "posts/c.md")]
    assert stories(three, one, two) == found


def test_pages_of_one_name_and_day_with_one_id_all_have_entries() -> None:
    """Three translations whose generator gives all of them one id make three entries with three ids."""
    posts = [telling(f"{each}/a.md", source="", language=each, declared_id="urn:x:1") for each in ("de", "es", "fr")]
    assert len({story.id for story in stories(*posts)}) == 3


# Duplicates.


def test_the_same_file_in_two_folders_is_one_entry() -> None:
    """Both are named, and the terms of both count."""
    one, two = telling("posts/a/x.md", tags=("one",)), telling("posts/b/x.md", tags=("two",))
    (story,) = stories(one, two)
    assert (story.post.path, set(story.tags)) == ("posts/b/x.md", {"one", "two"})
    assert codes(one, two) == [("duplicate-story", "posts/a/x.md")]


def test_a_story_under_a_new_title_is_one_entry() -> None:
    """Retitled 28 times with one timestamp: first published, latest title."""
    tellings = [telling(f"posts/{n:02}.md", title=f"Title {n}") for n in range(28)]
    (story,) = stories(*tellings)
    assert (story.published_ms, story.post.title) == (FIRST, "Title 27")


def test_a_story_fetched_again_within_a_week_is_one_entry() -> None:
    """First published, latest title and text; updated when it changed."""
    again = telling("posts/b.md", at=FIRST + 6 * DAY, title="B", body_digest="new")
    (story,) = stories(telling(), again)
    assert (story.published_ms, story.updated_ms, story.post) == (FIRST, FIRST + 6 * DAY, again)


def test_a_story_fetched_again_unchanged_was_not_updated() -> None:
    """The same words again are no news."""
    (story,) = stories(telling(), telling("posts/b.md", at=FIRST + DAY))
    assert story.updated_ms == FIRST


def test_a_story_under_its_old_title_is_one_entry_however_late() -> None:
    """Same address, same title, a year later."""
    (story,) = stories(telling(), telling("posts/b.md", at=FIRST + 365 * DAY, body_digest="new"))
    assert (story.published_ms, story.updated_ms) == (FIRST, FIRST + 365 * DAY)


def test_a_monthly_table_behind_one_address_stays_several() -> None:
    """Another title and more than a week apart: another story, with an id of its own."""
    tables = [telling(f"posts/{n}.md", at=FIRST + n * 30 * DAY, title=f"Month {n}") for n in range(12)]
    found = stories(*tables)
    assert (len(found), len({story.id for story in found})) == (12, 12)
    assert codes(*tables) == []


def test_a_week_is_a_week() -> None:
    """Seven days apart is near, a millisecond more is not."""
    assert len(stories(telling(), telling("b.md", at=FIRST + 7 * DAY, title="B"))) == 1
    assert len(stories(telling(), telling("b.md", at=FIRST + 7 * DAY + 1, title="B"))) == 2


def test_different_sources_are_different_stories() -> None:
    """Same title and time are no reason to merge."""
    assert len(stories(telling(), telling("b.md", source=URL + "b"))) == 2


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("https://a.example/b", "HTTPS://A.Example:443/b"),
        ("http://a.example:80", "http://a.example/"),
        ("https://a.example/%7eb?q=%2f", "https://a.example/~b?q=%2F"),
        ("https://a.example/茶", "https://a.example/%e8%8c%b6"),
        ("https://a.example/x/../b/./c", "https://a.example/b/c"),
    ],
)
def test_an_address_may_be_written_in_several_ways(one: str, two: str) -> None:
    """What RFC 3986 calls the same is one source: also under another title, with the id of the first as it was."""
    first, again = telling(source=one), telling("b.md", source=two, at=FIRST + DAY, title="B")
    (story,) = stories(first, again)
    assert (story.id, story.post) == (stories(first)[0].id, again)


@pytest.mark.parametrize(
    "other", ["http://a.example/b?c=1", "https://a.example/b/?c=1", "https://a.example/b?utm_source=x&c=1&utm_term=y",
              "https://a.example/b?c=1#d", "http://a.example/b/?c=1&utm_medium=z#d"],
)  # fmt: skip
def test_addresses_that_lead_to_one_page_are_one_source_where_title_and_time_agree(other: str) -> None:
    """Scheme, final slash, marks of a campaign, fragments: one entry, and several where title or time differs."""
    first = telling(source="https://a.example/b?c=1")
    assert len(stories(first, telling("b.md", source=other))) == 1
    assert len(stories(first, telling("b.md", source=other, title="B"))) == 2
    assert len(stories(first, telling("b.md", source=other, at=FIRST + DAY))) == 2


def test_addresses_of_different_pages_stay_apart() -> None:
    """Case of a path, parameters, ports and hosts tell pages apart, and "%2F" is no slash."""
    addresses = [f"https://{rest}" for rest in ("a.example/b", "a.example/B", "a.example/b?c", "a.example/%62%2Fc",
                 "a.example/b/c", "www.a.example/b", "a.example:8443/b")]  # fmt: skip
    assert len(stories(*(telling(f"{n}.md", source=address) for n, address in enumerate(addresses)))) == len(addresses)


def test_posts_without_a_source_are_merged_by_name_and_time_only() -> None:
    """Two posts of one day with one title are two."""
    assert len(stories(telling("a.md", source=""), telling("b.md", source=""))) == 2
    assert len(stories(telling("x/a.md", source=""), telling("y/a.md", source=""))) == 1


def test_an_explicit_change_of_any_telling_counts() -> None:
    """`updated:` of an older copy is not lost."""
    (story,) = stories(telling(updated_ms=FIRST + 3 * DAY), telling("b.md", at=FIRST + DAY))
    assert story.updated_ms == FIRST + 3 * DAY


def test_a_story_is_never_updated_before_it_was_published() -> None:
    """A wrong `updated:` does not go back behind the publication."""
    (story,) = stories(telling(updated_ms=FIRST - 3 * DAY))
    assert story.updated_ms == FIRST


@pytest.mark.parametrize(
    "names",
    [
        ["2024-03-01-part-1.md", "2024-03-01-part-2.md", "2024-03-01-part-10.md"],
        ["a/river-09.md", "c/river-10.md", "b/river-011.md"],
        ["tea-1/index.md", "tea-2/index.md", "tea-3/index.md"],
        ["Ä.md", "äb.md", "Äc.md"],
        ["x 1 of 2.html", "x 2 of 2.txt"],
    ],
)
def test_stories_come_newest_first_and_those_of_one_moment_by_name(names: list[str]) -> None:
    """The last part of a series comes first, wherever its file is; the order is the same every time."""
    older = telling("zzz.md", at=FIRST - DAY, source=f"{URL}0")
    found = stories(older, *(telling(name, source=f"{URL}{name}") for name in sorted(names)))
    assert [story.post.path for story in found] == [*reversed(names), "zzz.md"]


@pytest.mark.parametrize("name", ["café.md", "2024-03-01-Käse.md", "가나/index.md", "_posts/2024-03-01-Ưu.md"])
@pytest.mark.parametrize("permalink", ["/{year}/{slug}/", "/{stem}.html", "jekyll"])
def test_a_name_in_the_form_of_macos_is_the_same_name(name: str, permalink: str) -> None:
    """Letters that are taken apart change neither the entry's id nor its address."""
    site = config.Config(site=config.Site(url="https://example.org/"), posts=config.Posts(permalink=permalink))
    conventions = conventions_of(site)
    found = []
    for form in ("NFC", "NFD"):
        path = f"posts/{unicodedata.normalize(form, name)}"
        post = read_post(b"---\ntitle: A\ndate: 2024-03-01\n---\nWords.\n", path, conventions).post
        assert post
        (story,) = stories(post)
        found.append((story.id, address_of(story, conventions)))
    assert found[0] == found[1]


def test_stories_of_one_moment_and_one_name_come_by_id() -> None:
    """The order is the same every time."""
    found = stories(*(telling(f"{n}/a.md", at=FIRST + DAY * (n % 3), source=f"{URL}{n}") for n in range(9)))
    assert list(found) == sorted(found, key=lambda story: (-story.published_ms, story.id))


def belong(one: Post, two: Post) -> bool:
    """Say whether two posts tell one story, by the rule as it is written."""
    if one.source != two.source:
        return False
    if not one.source:
        return (one.identity_ms, one.path.split("/")[-1]) == (two.identity_ms, two.path.split("/")[-1])
    return one.title == two.title or abs(one.published_ms - two.published_ms) <= 7 * DAY


def closure(posts: list[Post]) -> set[frozenset[str]]:
    """Return the paths of each story's posts, by comparing every pair until nothing joins."""
    groups = {post.path: {post.path} for post in posts}
    for one, two in combinations(posts, 2):
        if belong(one, two) and groups[one.path] is not groups[two.path]:
            joined = groups[one.path] | groups[two.path]
            groups |= dict.fromkeys(joined, joined)
    return {frozenset(group) for group in groups.values()}


@st.composite
def archives(draw: st.DrawFn) -> list[Post]:
    """Draw posts that share sources, titles and times."""
    count = draw(st.integers(min_value=1, max_value=14))
    return [
        telling(
            f"posts/{n}/{draw(st.sampled_from('xyz'))}.md",
            at=FIRST + draw(st.integers(min_value=0, max_value=12)) * 4 * DAY,
            title=draw(st.sampled_from("ABCDE")),
            source=draw(st.sampled_from([URL, URL, URL + "b", ""])),
            tags=(str(n),),
        )
        for n in range(count)
    ]


@given(archives())
def test_stories_are_what_comparing_every_pair_gives(posts: list[Post]) -> None:
    """Same URL and (same timestamp, or same title, or within a week) is one entry, and nothing else is."""
    told = {frozenset(f"posts/{n}/" for n in story.tags) for story in stories(*posts)}
    assert told == {frozenset(path[: path.rindex("/") + 1] for path in group) for group in closure(posts)}


@given(archives().flatmap(lambda posts: st.tuples(st.just(posts), st.permutations(posts))))
def test_the_order_of_files_does_not_matter(both: tuple[list[Post], list[Post]]) -> None:
    """Shuffled posts give the same stories, ids, tellings and problems."""
    posts, shuffled = both
    assert (stories(*shuffled), sorted(merge(shuffled)[1])) == (stories(*posts), sorted(merge(posts)[1]))


@given(archives())
def test_every_post_is_told_once_and_every_id_is_one(posts: list[Post]) -> None:
    """No post is lost, no id is given twice."""
    found = stories(*posts)
    assert sorted(tag for story in found for tag in story.tags) == sorted(post.tags[0] for post in posts)
    assert len({story.id for story in found}) == len(found)


@pytest.mark.parametrize("titles", sampled([1, 2, 1500], 1, 1500))
@pytest.mark.parametrize("gap", [0, DAY])
def test_merging_takes_no_longer_than_the_posts(titles: int, gap: int) -> None:
    """Thousands of posts behind one address are merged in no time, even if each joins two stories."""
    old = [telling(f"{n}.md", at=FIRST + n * 8 * gap, title=str(n % titles)) for n in range(1500)]
    new = [telling(f"x{n}.md", at=FIRST + 1500 * 9 * DAY + n, title=str(n % titles)) for n in range(1500)]
    posts = old + new
    started = time.process_time()
    stories(*posts)
    assert time.process_time() - started < 5
