"""Ids that subscribers know: they stay, whatever becomes of files, titles, settings and caches."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from heavy import sampled
from hypothesis import given
from hypothesis import strategies as st
from runs import SITE_URL, build, lay, post, run, tree

from feedtool.feeds.id_history import inherit
from feedtool.generators import rfc3339
from feedtool.model import FILE_NAMES, Claim

_SCRAPED = "---\ntitle: {title}\nfrom: {source}\ncategories: [{category}]\n---\n\n<!--{ms}-->\n\n<div>{text}</div>\n"
_OWN = "---\ntitle: {title}\ndate: {date}\ncategories: [{category}]\n---\n\n{text}\n"


def scraped(**said: object) -> str:
    """Return a post that a bot took from elsewhere."""
    facts = {
        "title": "Harbour",
        "source": "https://news.example.org/1",
        "category": "News",
        "ms": 1_700_000_000_123,
        "text": "The ships are in.",
    }
    return _SCRAPED.format(**facts | said)


def own(**said: object) -> str:
    """Return a post that somebody wrote."""
    facts = {"title": "Harbour", "date": "2023-05-01", "category": "News", "text": "The ships are in."}
    return _OWN.format(**facts | said)


def snow(**said: object) -> str:
    """Return a short post that somebody wrote."""
    return own(**{"title": "First snow", "text": "It snowed."} | said)


def entries(output: Path, file: str = "feed.json") -> list[dict[str, Any]]:
    """Return the items of a feed."""
    items: list[dict[str, Any]] = json.loads((output / file).read_text(encoding="utf-8"))["items"]
    return items


def ids(site: Path, *arguments: str) -> list[str]:
    """Build, and return the ids of the feed of all."""
    done = build(*arguments, cwd=site)
    assert done.status == 0, done.err
    return [entry["id"] for entry in entries(site / "output")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("posts/old/2023/else.md", own()),
        ("posts/a.md", own(title="Haven")),
        ("posts/a.md", own(category="Sea", text="They left.")),
        ("posts/b.md", own(category="Sea")),
        ("posts/b.md", own(title="Haven")),
        ("posts/b.md", own(text="They left.")),
    ],
)
def test_a_post_of_ones_own_keeps_its_id(name: str, text: str, tmp_path: Path) -> None:
    """Moved, renamed, or edited: a post without a source keeps its id, and its id's next edit keeps it as well."""
    lay(tmp_path, {"posts/a.md": own(), "posts/other.md": own(title="Other", text="Else.")})
    before = ids(tmp_path)
    (tmp_path / "posts/a.md").unlink()
    lay(tmp_path, {name: text})
    assert sorted(ids(tmp_path)) == sorted(before)
    lay(tmp_path, {name: own(title="Third", text="New words.")})
    assert sorted(ids(tmp_path)) == sorted(before)
    assert sorted(ids(tmp_path, "--no-cache")) == sorted(before)


def test_a_story_outlives_its_first_telling(tmp_path: Path) -> None:
    """Of two files with one story the first is deleted: same id, same publication, nothing to show anew."""
    second = scraped(ms=1_700_000_000_123 + 86_400_000)
    lay(tmp_path, {"posts/a.md": scraped(), "posts/b.md": second})
    ids(tmp_path)
    (before,) = entries(tmp_path / "output")
    (tmp_path / "posts/a.md").unlink()
    ids(tmp_path)
    assert entries(tmp_path / "output") == [before]
    lay(tmp_path, {"posts/a.md": scraped()})
    ids(tmp_path)
    assert entries(tmp_path / "output") == [before]


_DAY_MS = 86_400_000


def told(day: float, **said: object) -> str:
    """Return a telling of a story, so many days after its first."""
    return scraped(**{"ms": 1_700_000_000_123 + int(day * _DAY_MS)} | said)


def settled(site: Path) -> list[str]:
    """Build, and return the ids; the next build, without the cache that there was, changes nothing."""
    found = ids(site)
    before = tree(site / "output")
    shutil.rmtree(site / ".feedtool")
    assert ids(site) == found
    assert tree(site / "output") == before
    return found


@pytest.mark.parametrize(
    "after",
    [
        {"a.md": told(0, title="Haven")},
        {"b.md": told(10, title="Haven")},
        {"c.md": told(30, title="Haven")},
        {"a.md": told(0, title="Haven"), "b.md": told(10, title="Port"), "c.md": told(30, title="Sea")},
        {"b.md": "", "renamed.md": told(10, title="Haven")},
        {"a.md": "", "b.md": told(10, title="Haven"), "c.md": told(30, title="Haven")},
        {"b.md": told(10, title="Haven", text="They left."), "d.md": told(14, title="Fourth")},
    ],
)
def test_what_was_published_as_one_story_stays_one(after: dict[str, str], tmp_path: Path) -> None:
    """Tellings that are one story for their title alone stay one when titles change, also after all were away."""
    lay(tmp_path, {"posts/a.md": told(0), "posts/b.md": told(10), "posts/c.md": told(30)})
    before = settled(tmp_path)
    assert len(before) == 1
    lay(tmp_path, {f"posts/{name}": text for name, text in after.items()})
    for name, text in after.items():
        if not text:
            (tmp_path / "posts" / name).unlink()
    assert settled(tmp_path) == before
    (tmp_path / "posts").rename(tmp_path / "away")
    lay(tmp_path, {"posts/x.md": own(title="X", date="2022-01-01")})
    assert len(settled(tmp_path)) == 1
    shutil.copytree(tmp_path / "away", tmp_path / "posts", dirs_exist_ok=True)
    assert settled(tmp_path)[:-1] == before


def test_a_telling_may_replace_another(tmp_path: Path) -> None:
    """One of two tellings with unlike titles goes when a third with its title comes: they are one story, as before."""
    lay(tmp_path, {"posts/a.md": told(0), "posts/b.md": told(10)})
    before = settled(tmp_path)
    lay(tmp_path, {"posts/b.md": told(10, title="Haven")})
    assert settled(tmp_path) == before
    (tmp_path / "posts/a.md").unlink()
    lay(tmp_path, {"posts/c.md": told(40)})
    assert settled(tmp_path) == before


@pytest.mark.parametrize("gone", ["a.md", "b.md"])
def test_a_telling_that_was_away_comes_back_to_its_story(gone: str, tmp_path: Path) -> None:
    """One of two tellings with unlike titles is deleted for a build: the story is one before, then, and afterwards."""
    lay(tmp_path, {"posts/a.md": told(0), "posts/b.md": told(10)})
    before = settled(tmp_path)
    lay(tmp_path, {"posts/b.md": told(10, title="Haven")})
    assert settled(tmp_path) == before
    text = (tmp_path / "posts" / gone).read_text(encoding="utf-8")
    (tmp_path / "posts" / gone).unlink()
    assert settled(tmp_path) == before
    lay(tmp_path, {f"posts/{gone}": text})
    assert settled(tmp_path) == before


@pytest.mark.parametrize(
    "after",
    [
        {"c.md": told(5, title="Third")},
        {"c.md": told(5)},
        {"c.md": told(5, title="Haven")},
        {"b.md": told(10)},
        {"a.md": told(0, title="Haven"), "c.md": told(5, title="Haven"), "d.md": told(6, title="Harbour")},
    ],
)
def test_what_was_published_as_two_stories_stays_two(after: dict[str, str], tmp_path: Path) -> None:
    """A third telling in between, or another title, makes no story vanish that was shown."""
    lay(tmp_path, {"posts/a.md": told(0), "posts/b.md": told(10, title="Haven")})
    before = settled(tmp_path)
    assert len(before) == 2
    lay(tmp_path, {f"posts/{name}": text for name, text in after.items()})
    assert settled(tmp_path) == before
    explained = run("explain", "posts/b.md", "--json", cwd=tmp_path)
    assert (explained.status, before[0] in explained.out) == (0, True)
    (tmp_path / "posts/b.md").rename(tmp_path / "posts/z.md")
    assert settled(tmp_path) == before


@pytest.mark.parametrize("gone", ["published: false", "date: never"])
def test_an_inherited_id_is_there_again_after_a_pause(gone: str, tmp_path: Path) -> None:
    """Renamed, then for one build a draft or damaged: the entry comes back under the id that it had."""
    lay(tmp_path, {"posts/a.md": own(), "posts/x.md": own(title="X", date="2022-01-01")})
    before = ids(tmp_path)
    (tmp_path / "posts/a.md").rename(tmp_path / "posts/b.md")
    ids(tmp_path)
    lay(tmp_path, {"posts/b.md": f"---\ntitle: Harbour\n{gone}\n---\nWords.\n"})
    assert len(ids(tmp_path)) == 1
    lay(tmp_path, {"posts/b.md": own()})
    assert ids(tmp_path) == before


def test_a_newcomer_takes_nobodys_id(tmp_path: Path) -> None:
    """The file's old name is used again, on the same day: the renamed post keeps its id, the newcomer is new."""
    lay(tmp_path, {"posts/latest.md": own(title="Week 1", text="One.")})
    (first,) = ids(tmp_path)
    (tmp_path / "posts/latest.md").rename(tmp_path / "posts/week1.md")
    ids(tmp_path)
    lay(tmp_path, {"posts/latest.md": own(title="Week 2", text="Two.")})
    for arguments in ((), ("--no-cache",), ()):
        ids(tmp_path, *arguments)
        titles = {entry["id"]: entry["title"] for entry in entries(tmp_path / "output")}
        assert titles[first] == "Week 1"
        assert sorted(titles.values()) == ["Week 1", "Week 2"]


def test_an_author_may_correct_a_date(tmp_path: Path) -> None:
    """The entry keeps its id and is published when its author says."""
    lay(tmp_path, {"posts/a.md": own()})
    before = ids(tmp_path)
    lay(tmp_path, {"posts/a.md": own(date="2023-05-02")})
    assert ids(tmp_path) == before
    assert entries(tmp_path / "output")[0]["date_published"] == "2023-05-02T00:00:00Z"


def test_posts_in_folders_of_their_own_are_told_apart(tmp_path: Path) -> None:
    """Two bundles of one day, each with an index.md, are two entries."""
    lay(tmp_path, {"posts/foo/index.md": own(title="Foo"), "posts/bar/index.md": own(title="Bar", text="Else.")})
    assert len(ids(tmp_path)) == 2


def test_another_story_is_no_heir(tmp_path: Path) -> None:
    """What comes from the same address a month later under another title is new, though the first has gone."""
    lay(tmp_path, {"posts/a.md": scraped(), "posts/x.md": own()})
    before = ids(tmp_path)
    (tmp_path / "posts/a.md").unlink()
    lay(tmp_path, {"posts/b.md": scraped(title="Timetable", ms=1_700_000_000_123 + 40 * 86_400_000)})
    assert len(set(ids(tmp_path)) - set(before)) == 1


def test_ids_of_an_old_site_outlive_what_they_are_made_of(tmp_path: Path) -> None:
    """With `ids = "jekyll"`, an id that holds category, date and name stays when these, or the site's address, change."""
    lay(tmp_path, {"feedtool.toml": '[posts]\nids = "jekyll"\ndirs = ["_posts"]\n'})
    lay(tmp_path, {"_posts/2023-05-01-harbour.md": own()})
    assert ids(tmp_path) == ["https://feeds.example.org/news/2023/05/01/harbour"]
    lay(tmp_path, {"_posts/2023-05-01-harbour.md": own(category="Sea")})
    assert ids(tmp_path) == ["https://feeds.example.org/news/2023/05/01/harbour"]
    (tmp_path / "_posts/2023-05-01-harbour.md").rename(tmp_path / "_posts/2023-05-01-haven.md")
    assert ids(tmp_path) == ["https://feeds.example.org/news/2023/05/01/harbour"]
    moved = ids(tmp_path, "--site-url", "https://else.example.net/")
    assert moved == ["https://feeds.example.org/news/2023/05/01/harbour"]


@pytest.mark.parametrize("scheme", ["source", "jekyll", "hugo", "https://example.org/{year}/{stem}"])
@pytest.mark.parametrize("back", [False, True])
def test_another_way_to_make_ids_is_for_new_entries(scheme: str, back: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Whoever sets `ids` anew shows nobody an old entry again: published ids stay, new entries get the new kind."""
    made = {"feedtool.toml": f'[posts]\nids = "{scheme}"\n'}
    lay(tmp_path, {"posts/2023-05-01-a.md": scraped(), "posts/2023-05-02-b.md": own()} | (made if back else {}))
    before = ids(tmp_path)
    lay(tmp_path, {"feedtool.toml": ""} if back else made)
    done = build(cwd=tmp_path)
    assert "note: posts.ids: the ids of published entries stay: 2  [ids-kept]" in done.err
    assert ids(tmp_path) == before
    assert "[ids-kept]" not in build("--no-cache", cwd=tmp_path).err
    lay(tmp_path, {"posts/2024-01-02-c.md": scraped(source="https://news.example.org/3", title="Third")})
    (new,) = set(ids(tmp_path)) - set(before)
    assert new.startswith("urn:uuid:") == back


def test_posts_that_are_alike_keep_each_its_own_id(tmp_path: Path) -> None:
    """Three posts of one day in nearly the same words are not taken for each other where new ids are made otherwise."""
    texts = {
        f"posts/cup-{number}.md": own(title=f"Cup {number}", text=f"The ships are in. {number}") for number in "123"
    }
    lay(tmp_path, texts)
    ids(tmp_path)
    before = {entry["title"]: entry["id"] for entry in entries(tmp_path / "output")}
    lay(tmp_path, {"feedtool.toml": '[posts]\nids = "tag:example.org,{year}:{slug}"\n'})
    ids(tmp_path, "--strict")
    assert {entry["title"]: entry["id"] for entry in entries(tmp_path / "output")} == before


#: what becomes of one post of one's own and its name, while another post stays as it is
TOUCHED = {
    "date and word": ("posts/first-snow.md", snow(date="2023-05-03", text="It snowed a lot.")),
    "date and word, in another script": ("posts/first-snow.md", snow(date="2023-06-03", text="It snowed. 下雪了")),
    "time of day": ("posts/first-snow.md", snow(date="2023-05-01T08:30:00")),
    "zone": ("posts/first-snow.md", snow(date="2023-05-01T00:00:00+08:00")),
    "source": ("posts/first-snow.md", snow(date="2023-05-01\nfrom: https://example.net/snow")),
    "date and title": ("posts/first-snow.md", snow(date="2023-05-03", title="Snow at last")),
    "date, title and word": (
        "posts/first-snow.md",
        snow(date="2023-05-03", title="Snow at last", text="It snowed lots."),
    ),
    "name, title and word": ("posts/winter.md", snow(title="Snow at last", text="It snowed a lot.")),
    "name and word": ("posts/winter.md", snow(text="It snowed a lot.")),
    "name and date": ("posts/winter.md", snow(date="2023-05-07")),
    "name, date and word": ("posts/winter.md", snow(date="2023-05-07", text="It snowed a lot.")),
    "folder, date and word": ("posts/2023/first-snow.md", snow(date="2023-05-07", text="It snowed a lot.")),
}


@pytest.mark.parametrize(("name", "text"), TOUCHED.values(), ids=TOUCHED)
def test_a_post_that_is_touched_keeps_its_id(name: str, text: str, tmp_path: Path) -> None:
    """Several facts of a post change at once: its entry is an update, and `check` before the build says so."""
    lay(
        tmp_path, {"posts/first-snow.md": snow(), "posts/other.md": own(title="Other", date="2023-04-01", text="Else.")}
    )
    before = ids(tmp_path)
    (tmp_path / "posts/first-snow.md").unlink()
    lay(tmp_path, {name: text})
    looked = run("check", "--max-new", "0", "--site-url", SITE_URL, cwd=tmp_path)
    assert (looked.status, "0 new entries, 0 existing entries that would appear as new, 0 gone" in looked.out) == (
        0,
        True,
    )
    assert ids(tmp_path, "--strict") == before
    assert ids(tmp_path, "--strict", "--no-cache") == before


@pytest.mark.parametrize("old", ["2023-05-01-first-snow.md", "2023-05-01-雪.md"])
@pytest.mark.parametrize("text", ["It snowed.", "It snowed a lot."])
def test_a_jekyll_file_that_is_renamed_to_its_new_date_keeps_its_id(old: str, text: str, tmp_path: Path) -> None:
    """The date is in the name alone."""
    lay(tmp_path, {f"posts/{old}": "---\ntitle: Snow\n---\nIt snowed.\n"})
    before = ids(tmp_path)
    (tmp_path / "posts" / old).unlink()
    lay(tmp_path, {f"posts/{old.replace('05-01', '05-03')}": f"---\ntitle: Snow\n---\n{text}\n"})
    assert ids(tmp_path, "--strict") == before


@pytest.mark.parametrize("dates", [("2023-05-01", "2023-05-01"), ("2023-05-01", "2023-06-02")])
@pytest.mark.parametrize("keeps_dates", [False, True])
def test_ids_follow_swapped_texts(dates: tuple[str, str], keeps_dates: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Two files exchange their posts, with their dates or without: each entry keeps its title and text."""
    one, two = ("posts/a.md", "Harbour", "The ships are in."), ("posts/b.md", "Tea", "We drank it.")
    lay(
        tmp_path,
        {
            name: own(title=title, text=text, date=date)
            for (name, title, text), date in zip((one, two), dates, strict=True)
        },
    )
    ids(tmp_path)
    before = {entry["id"]: entry["title"] for entry in entries(tmp_path / "output")}
    new_dates = dates if keeps_dates else dates[::-1]
    lay(
        tmp_path,
        {
            one[0]: own(title=two[1], text=two[2], date=new_dates[0]),
            two[0]: own(title=one[1], text=one[2], date=new_dates[1]),
        },
    )
    for arguments in ((), ("--no-cache",), ()):
        ids(tmp_path, "--strict", *arguments)
        assert {entry["id"]: entry["title"] for entry in entries(tmp_path / "output")} == before


@pytest.mark.parametrize("gone", ["deleted", "draft", "edited", "retitled"])
@pytest.mark.parametrize("builds", [1, 3])
def test_a_post_that_comes_back_has_its_id(gone: str, builds: int, tmp_path: Path) -> None:
    """Deleted or made a draft for some builds, and back under another name, edited or retitled too: it is what it was."""
    words = (
        {"text": "The harbour froze, and the ferries stayed in until noon."} if gone in ("edited", "retitled") else {}
    )
    lay(tmp_path, {"posts/a.md": own(**words), "posts/x.md": own(title="X", date="2022-01-01", text="Else.")})
    before = ids(tmp_path)
    (tmp_path / "posts/a.md").unlink()
    if gone == "draft":
        lay(tmp_path, {"posts/b.md": own(title="Harbour\ndraft: true")})
    for number in range(builds):
        lay(
            tmp_path,
            {f"posts/more-{number}.md": own(title=f"More {number}", date="2022-02-02", text=f"Number {number}.")},
        )
        assert len(ids(tmp_path)) == 2 + number
    more = {"edited": {name: f"{text} Then they sailed." for name, text in words.items()}, "retitled": {"title": "Ice"}}
    lay(tmp_path, {"posts/b.md": own(**words | more.get(gone, {}))})
    assert set(before) <= set(ids(tmp_path, "--no-cache"))


def test_a_story_that_comes_back_has_its_id_though_new_ones_are_of_another_kind(tmp_path: Path) -> None:
    """Deleted, and back in another file after a change of `ids`: the source and the time say which entry it was."""
    lay(tmp_path, {"posts/a.md": scraped(), "posts/b.md": own()})
    before = ids(tmp_path)
    (tmp_path / "posts/a.md").unlink()
    lay(tmp_path, {"feedtool.toml": '[posts]\nids = "jekyll"\n'})
    assert len(ids(tmp_path)) == 1
    lay(tmp_path, {"posts/2023/again.md": scraped()})
    assert ids(tmp_path) == before


@pytest.mark.parametrize(
    "text",
    [
        own(title="Tea", text="We drank it."),
        own(title="Harbour", date="2023-06-02", text="We drank it."),
        own(title="Week 2", date="2023-05-08", text="We drank it."),
    ],
    ids=["same day", "same title", "the same file, a week later"],
)
def test_another_post_is_new(text: str, tmp_path: Path) -> None:
    """A post is deleted, and another comes that has little in common with it: subscribers get the new one as new."""
    is_file = "Week" in text
    lay(tmp_path, {"posts/a.md": own(), "posts/x.md": own(title="X", date="2022-01-01", text="Else.")})
    before = ids(tmp_path)
    (tmp_path / "posts/a.md").unlink()
    lay(tmp_path, {"posts/a.md" if is_file else "posts/b.md": text})
    assert len(set(ids(tmp_path, "--strict")) - set(before)) == 1


def test_what_is_doubtful_is_said(tmp_path: Path) -> None:
    """Renamed and rewritten but for the title: it is taken for the old entry, the build says so, and the guard stops it."""
    lay(tmp_path, {"posts/a.md": own()})
    before = ids(tmp_path)
    (tmp_path / "posts/a.md").unlink()
    lay(tmp_path, {"posts/b.md": own(text="We drank tea all day long.")})
    looked = run("check", "--max-new", "0", "--site-url", SITE_URL, cwd=tmp_path)
    assert (looked.status, "[doubtful-id]" in looked.out) == (1, True)
    assert "1 published entry with a doubtful heir" in looked.err
    done = build("--strict", cwd=tmp_path)
    assert (done.status, "posts/b.md: warning: id: taken for the entry" in done.err) == (1, True)
    assert ids(tmp_path, "--strict") == before


SITES = Path(__file__).parent / "sites"
PUBLISHED = Path(__file__).parent / "published"


def test_each_site_has_a_manifest_of_the_first_version() -> None:
    """Whatever kind of site it is, its subscribers outlive all changes of the ledger."""
    assert {old.stem for old in PUBLISHED.glob("*.json")} == {site.name for site in SITES.iterdir()}


@pytest.mark.parametrize(
    "old",
    sampled(
        sorted([*PUBLISHED.glob("*.json"), *PUBLISHED.glob("2/*.json")]),
        *(PUBLISHED / name for name in ("plain.json", "podcast.json", "2/hugo.json")),
    ),
    ids=lambda old: f"{old.stem}-{old.parent.name}",
)
def test_a_manifest_of_an_earlier_version_is_taken_over(old: Path, tmp_path: Path) -> None:
    """What an earlier release published of a site goes on without a new entry, at the same addresses."""
    for part in ("posts", "feedtool.toml"):
        source = SITES / old.stem / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / part)
    known = json.loads(old.read_text(encoding="utf-8"))
    for later in tmp_path.rglob("*.rst") if known["version"] == 1 else ():  # no release before could read it
        later.unlink()
    guard = run("check", "--max-new", "0", "--against", str(old), cwd=tmp_path)
    assert "0 new entries, 0 existing entries that would appear as new, 0 gone, 0 duplicates" in guard.out
    lay(tmp_path, {"output/feeds.json": old.read_bytes()})
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    now = json.loads((tmp_path / "output/feeds.json").read_text(encoding="utf-8"))
    parts = ledger(tmp_path / "output").values()
    lines = [line for part in parts for line in part.get("entries", ())]
    assert sorted(line[:2] for line in lines) == [line[:2] for line in known["entries"]]
    addresses, before = ([(feed["slug"], feed["urls"]) for feed in each["feeds"]] for each in (now, known))
    assert addresses == before
    if known["version"] == 1:  # another release may render the same post in other words, which is an update
        states = {key: state for part in parts for key, state in part.get("states", {}).items()}
        times = [rfc3339(states[f"{feed['kind']}/{feed['slug']}"][1]) for feed in now["feeds"]]
        assert times == [feed["updated"] for feed in known["feeds"]]


@pytest.mark.parametrize("name", ["plain", "podcast"])
def test_a_ledger_of_the_third_version_is_taken_over(name: str, tmp_path: Path) -> None:
    """What a release published that kept counts and times of feeds in feeds.json goes on, and its archives stay closed."""
    old = PUBLISHED / "3" / name
    for source in (SITES / name / "posts", SITES / name / "feedtool.toml", old):
        shutil.copytree(source, tmp_path / source.name) if source.is_dir() else shutil.copy(source, tmp_path)
    (tmp_path / name).rename(tmp_path / "output")
    if name == "plain":
        lay(tmp_path, {"feedtool.toml": (tmp_path / "feedtool.toml").read_text() + "archives = true\nlimit = 2\n"})
    guard = run("check", "--max-new", "0", "--against", str(old / "feeds.json"), cwd=tmp_path)
    assert "0 new entries, 0 existing entries that would appear as new, 0 gone, 0 duplicates" in guard.out
    known, before = json.loads((old / "feeds.json").read_text(encoding="utf-8")), ledger(old)
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    after = ledger(tmp_path / "output")
    parts = [path for path in before if "files" not in path]
    assert [before[path] for path in parts] == [after[path] for path in parts]
    states = {key: state for part in after.values() for key, state in part.get("states", {}).items()}
    assert states == {
        f"{feed['kind']}/{feed['slug']}": [
            feed["entries"],
            int(datetime.fromisoformat(feed["updated"]).timestamp() * 1000),
            *([feed["archived"].get(each, "") for each in ("until", "newest")] if "archived" in feed else ()),
        ]
        for feed in known["feeds"]
    }


def ledger(output: Path) -> dict[str, Any]:
    """Return the parts of a ledger, by path."""
    return {path: json.loads(content) for path, content in tree(output).items() if path.startswith("ledger/")}


def test_a_new_post_changes_one_part_of_the_ledger(tmp_path: Path) -> None:
    """Whatever leaves a full feed for it, and though its tag is new: parts of other years have the same bytes."""
    for year in range(2015, 2024):
        for day in (1, 2, 3):
            name, date = f"{year}-{day}", f"{year}-02-0{day}"
            lay(tmp_path, {f"posts/{name}.md": own(title=name, date=date, text=f"It is {name}.\ntags: [t{year}]")})
    lay(tmp_path, {"feedtool.toml": "[feeds]\nlimit = 4\n"})
    ids(tmp_path)
    for number, date in enumerate(("2023-02-04", "2023-03-01")):
        before = tree(tmp_path / "output/ledger")
        lay(tmp_path, {f"posts/new-{number}.md": own(title=f"New {number}\ntags: [a{number}, t2016]", date=date)})
        ids(tmp_path)
        after = tree(tmp_path / "output/ledger")
        assert {path for path in after if after[path] != before.get(path)} == {"2023.json", "files.json", "index.json"}
        assert before.keys() <= after.keys()


def test_a_commit_with_one_new_post_sends_little(tmp_path: Path) -> None:
    """Its feeds with their pages, three files of the ledger, and the front page: no list of all feeds, nor other feeds.

    What is beside the feeds is a few pages' worth, however many feeds and entries there are.
    """
    for number in range(9):
        lay(
            tmp_path,
            {f"posts/{number}.md": own(title=f"Number {number}\ntags: [t{number}]", date=f"201{number}-02-03")},
        )
    lay(tmp_path, {"feedtool.toml": "[feeds]\narchives = true\n"})
    ids(tmp_path)
    before = tree(tmp_path / "output")
    lay(tmp_path, {"posts/new.md": own(title="New\ntags: [t7]", date="2014-05-06", text="It is new.")})
    ids(tmp_path)
    after = tree(tmp_path / "output")
    changed = {path for path in after if after[path] != before.get(path)}
    folders = ("", "category/news/", "tag/t7/")
    feeds = {folder + name for folder in folders for name in FILE_NAMES.values()}
    pages = {"index.html", "entries.html", *(f"{folder}index.html" for folder in folders)}
    others = {"ledger/2014.json", "ledger/files.json", "ledger/index.json", *pages}
    assert {path for path in changed if not path.startswith("entry/")} == feeds | others
    assert sum(path.startswith("entry/") for path in changed) == 3  # its page, and those before and after it
    assert sum(len(after[path]) for path in others) < 8 * len(before["tag/t7/index.html"])


@pytest.mark.parametrize("damage", ["missing", "words", "link"])
@pytest.mark.parametrize("has_cache", [True, False])
def test_a_damaged_part_of_the_ledger_is_said(damage: str, has_cache: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """The copy beside the cache keeps its ids; without one, the sound parts keep theirs; then it is written again."""
    lay(tmp_path, {"posts/a.md": own(), "posts/b.md": own(title="B", date="2022-02-02", text="Else.")})
    ids(tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"posts/{name}.md").rename(tmp_path / f"posts/renamed-{name}.md")
    before = ids(tmp_path)
    whole = tree(tmp_path / "output/ledger")
    part = tmp_path / "output/ledger/2022.json"
    part.unlink()
    if damage == "words":
        part.write_text("words")
    elif damage == "link":
        (tmp_path / "else.json").write_bytes(whole["2022.json"])
        part.symlink_to(tmp_path / "else.json")
    if not has_cache:
        shutil.rmtree(tmp_path / ".feedtool")
    found = build(cwd=tmp_path)
    if damage == "link":
        assert (found.status, "a symbolic link is in the output folder" in found.err) == (1, True)
        return
    assert (found.status, "ledger/2022.json: warning: " in found.err) == (0, True)
    now = ids(tmp_path)
    assert now == before if has_cache else len({*now} & {*before}) == 1
    assert "[bad-manifest]" not in build("--no-cache", cwd=tmp_path).err
    assert tree(tmp_path / "output/ledger").keys() == whole.keys()


def test_only_the_damaged_part_of_the_ledger_comes_from_the_copy(tmp_path: Path) -> None:
    """The copy beside the cache may be older than the output folder: what is sound there counts."""
    lay(tmp_path, {"posts/a.md": own(), "posts/b.md": own(title="B", date="2022-02-02", text="Else.")})
    ids(tmp_path)
    lay(tmp_path, {"posts/c.md": own(title="C", date="2024-04-04", text="Third.")})
    (tmp_path / "posts/b.md").rename(tmp_path / "posts/renamed-b.md")
    before = ids(tmp_path, "--no-cache")
    (tmp_path / "posts/c.md").rename(tmp_path / "posts/renamed-c.md")
    (tmp_path / "output/ledger/2022.json").write_text("words")
    assert ids(tmp_path) == before


def test_archives_outlive_a_lost_output_folder(tmp_path: Path) -> None:
    """The copy beside the cache knows which documents are closed: they are made again, each with its content."""
    lay(tmp_path, {"feedtool.toml": "[feeds]\narchives = true\nlimit = 2\n"})
    for number in range(9):
        lay(tmp_path, {f"posts/{number}.md": own(title=f"N{number}", date=f"2020-01-0{number + 1}", text=f"{number}")})
        ids(tmp_path)
    before = tree(tmp_path / "output")
    shutil.rmtree(tmp_path / "output")
    ids(tmp_path)
    assert tree(tmp_path / "output") == before


def test_an_id_that_the_author_declares_is_used(tmp_path: Path) -> None:
    """An `id` in the header counts from the day that it is written."""
    lay(tmp_path, {"posts/a.md": own()})
    ids(tmp_path)
    lay(tmp_path, {"posts/a.md": own(title="Harbour\nid: tag:example.org,2023:harbour")})
    assert ids(tmp_path) == ["tag:example.org,2023:harbour"]


def test_a_lost_cache_and_another_machine_change_nothing(tmp_path: Path) -> None:
    """What the ids rest on lies in the output's manifest: with it, a clean build gives the same bytes."""
    titled = {"feedtool.toml": f'[site]\ntitle = "{tmp_path.name}"\n'}
    lay(tmp_path, {"posts/a.md": own(), "posts/b.md": scraped(), **titled})
    ids(tmp_path)
    (tmp_path / "posts/a.md").rename(tmp_path / "posts/renamed.md")
    ids(tmp_path)
    before = tree(tmp_path / "output")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copytree(tmp_path / "posts", elsewhere / "posts")
    shutil.copytree(tmp_path / "output", elsewhere / "output")
    lay(elsewhere, titled)
    ids(elsewhere)
    assert tree(elsewhere / "output") == before


marks = st.tuples(
    *[st.sampled_from(["0" * 8, "1" * 8, "-" * 8])] * 5, st.sampled_from(["", "0001", "00010002", "0003"])
).map("".join)
claims = st.lists(
    st.builds(
        Claim,
        id=st.integers(0, 40).map(lambda n: f"urn:x:{n}"),
        root=st.integers(0, 5).map(lambda n: f"urn:r:{n}"),
        published_ms=st.integers(0, 3),
        mark=marks,
    ),
    max_size=8,
    unique_by=lambda claim: claim.id,
)


@given(claims, claims)
def test_every_id_has_one_heir_at_most(lost: list[Claim], strays: list[Claim]) -> None:
    """No id goes to two stories, and no story takes over two; the order in which they come does not matter."""
    found = inherit(lost, strays)
    assert len({heir.claim.id for heir in found.values()}) == len(found)
    assert found.keys() <= {claim.id for claim in strays}
    assert found == inherit(lost[::-1], strays[::-1])


def term_feeds(site: Path, kind: str = "category") -> dict[str, str]:
    """Return slug by term of the feeds that the manifest lists."""
    feeds = json.loads((site / "output/feeds.json").read_text(encoding="utf-8"))["feeds"]
    return {feed["term"]: feed["slug"] for feed in feeds if feed["kind"] == kind}


ALIAS = '[aliases]\n"News" = "Port"\n'


def test_a_renamed_category_keeps_its_address(tmp_path: Path) -> None:
    """The old address has the documents of the new one, which name the new one as theirs; so it is in every format."""
    lay(tmp_path, {"posts/a.md": own()})
    ids(tmp_path)
    lay(tmp_path, {"posts/a.md": own(category="Port"), "posts/b.md": own(title="B"), "feedtool.toml": ALIAS})
    ids(tmp_path)
    output = tmp_path / "output"
    assert term_feeds(tmp_path) == {"Port": "port"}
    for name in ("atom.xml", "rss.xml", "feed.json", "index.html"):
        assert (output / "category/news" / name).read_bytes() == (output / "category/port" / name).read_bytes()
    assert len(entries(output, "category/news/feed.json")) == 2  # one post has the old name still
    assert (
        b'href="https://feeds.example.org/category/port/atom.xml" rel="self"'
        in (output / "category/news/atom.xml").read_bytes()
    )
    assert b"category/news" not in (output / "feeds.opml").read_bytes()
    before = tree(output)
    ids(tmp_path, "--no-cache")
    assert tree(output) == before


def test_an_alias_of_an_empty_feed_keeps_the_address(tmp_path: Path) -> None:
    """Where nothing has the new name yet, the feed of the old one stays."""
    lay(tmp_path, {"posts/a.md": own(), "posts/b.md": own(title="B", category="Sea")})
    ids(tmp_path)
    (tmp_path / "posts/a.md").unlink()
    lay(tmp_path, {"feedtool.toml": ALIAS})
    ids(tmp_path)
    assert term_feeds(tmp_path)["News"] == "news"


def test_names_may_change_again(tmp_path: Path) -> None:
    """Of a chain of names each old address has the newest feed; back to an old name is a circle, and refused."""
    lay(tmp_path, {"posts/a.md": own()})
    ids(tmp_path)
    lay(tmp_path, {"posts/a.md": own(category="Port"), "feedtool.toml": ALIAS})
    ids(tmp_path)
    lay(tmp_path, {"posts/a.md": own(category="Docks"), "feedtool.toml": ALIAS + '"Port" = "Docks"\n'})
    ids(tmp_path)
    contents = {(tmp_path / "output/category" / slug / "rss.xml").read_bytes() for slug in ("news", "port", "docks")}
    assert len(contents) == 1
    lay(tmp_path, {"feedtool.toml": ALIAS + '"Port" = "News"\n'})
    circle = build(cwd=tmp_path)
    assert circle.status == 2
    assert 'aliases: "News" leads back to itself' in circle.err


def test_an_address_that_was_published_is_never_given_away(tmp_path: Path) -> None:
    """A new term that would be spelled like an old name gets another address."""
    lay(tmp_path, {"posts/a.md": own()})
    ids(tmp_path)
    lay(tmp_path, {"feedtool.toml": ALIAS, "posts/b.md": own(title="B", category="news")})
    ids(tmp_path)
    slugs = term_feeds(tmp_path)
    assert slugs["Port"] == "port"
    assert slugs["news"].startswith("news-")


def test_feeds_that_are_switched_off_keep_their_addresses(tmp_path: Path) -> None:
    """Switched on again, each term has the address that it had, whatever was written in between."""
    lay(tmp_path, {"posts/a.md": own(category="C++")})
    ids(tmp_path)
    assert term_feeds(tmp_path) == {"C++": "c"}
    lay(tmp_path, {"feedtool.toml": "[feeds.category]\nenabled = false\n"})
    lay(tmp_path, {"posts/b.md": own(title="B", category="C", date="2001-01-01")})
    ids(tmp_path)
    ids(tmp_path)
    assert term_feeds(tmp_path) == {}
    lay(tmp_path, {"feedtool.toml": ""})
    ids(tmp_path)
    assert term_feeds(tmp_path)["C++"] == "c"


def test_two_stories_of_one_source_and_date_stay_two(tmp_path: Path) -> None:
    """What they have in common says of neither whose it is."""
    facts = {"date": "2024-01-06", "from": "https://news.example.org/1"}
    lay(tmp_path, {
        "posts/a.md": post("Tea", **facts, publishDate="2024-01-07"),
        "posts/b.md": post("Rice", **facts, publishDate="2024-06-01"),
    })  # fmt: skip
    found = []
    for options in ((), (), ("--no-cache",)):
        assert build(*options, cwd=tmp_path).status == 0
        items = json.loads((tmp_path / "output/feed.json").read_text(encoding="utf-8"))["items"]
        found.append([(item["title"], item["id"]) for item in items])
    assert len(found[0]) == 2
    assert found[0] == found[1] == found[2]
