"""Years of an archive, replayed: subscribers who poll often, seldom and very seldom see each story once, and all of them.

`python -m tests.replay` replays more of it, and prints what came of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from heavy import heavy, sampled
from replay.archive import DEEDS
from replay.history import Step, history
from replay.host import Host
from replay.pages import read
from replay.publisher import SITE_URL, Publisher, Settings
from replay.replay import Replay, replay
from replay.subscriber import Reach, Subscriber
from replay.table import report
from replay.telling import DAY_MS, Telling

STEPS = 60
FEW = 8
SETTINGS = Settings(limit=10, has_archives=True, has_aliases=True)


def replayed(folder: Path, steps: int) -> Replay:
    """Return what came of some steps, with feeds so short that most stories leave them soon."""
    return replay(folder, steps=steps, seed=1, settings=SETTINGS)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """Replay sixty steps, once."""
    return replayed(tmp_path_factory.mktemp("replay"), STEPS)


def test_every_promise_holds_from_the_first_step_on(tmp_path: Path) -> None:
    """Each story is shown once to all who should see it, no feed's address is lost, no file is touched for nothing."""
    assert replayed(tmp_path, FEW).broken() == []


@heavy
def test_every_promise_holds(result: Replay) -> None:
    """So it is in a long history."""
    assert result.broken() == []


@heavy
def test_the_history_is_not_dull(result: Replay) -> None:
    """The promises hold of a history in which all happened that can, and of subscribers who were shown something."""
    done = {name for step in history(STEPS, seed=1) for name, stories in step.deeds if stories}
    assert done == DEEDS.keys()
    assert all(each.subscriber.news.total() >= 5 for each in result.subscriptions)
    assert sum(each.subscriber.updates.total() for each in result.subscriptions) > 100


def test_a_history_repeats_itself() -> None:
    """The same seed gives the same history, and another seed another, so that what is found can be found again."""
    one, same, other = (list(history(12, seed=seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


@heavy
def test_who_polls_seldom_finds_all_in_the_archives(result: Replay) -> None:
    """Somebody who comes after fifty steps, and walks back through the archives, has missed nothing by then."""
    seldom = [each for each in result.subscriptions if each.every == 50 and each.reach is not Reach.FEED]
    assert all(len(each.due) > 5 * SETTINGS.limit for each in seldom if each.term == ("all", ""))
    assert [each.name for each in seldom if each.missed_in_time] == []


@heavy
def test_what_came_late_stands_in_the_archives(result: Replay) -> None:
    """Backdated stories, and such as were tagged or renamed later, are there for whoever walks through archives."""
    walking = [each for each in result.subscriptions if each.reach is not Reach.FEED]
    assert all(any(each.late for each in walking if each.reach is reach) for reach in Reach if reach is not Reach.FEED)
    assert [each.name for each in walking if each.missed] == []


@heavy
def test_a_renamed_category_keeps_its_subscribers(result: Replay) -> None:
    """Whoever subscribed to a category under its old name is shown what it got under its new one."""
    renamed = [each for each in result.subscriptions if each.term == ("category", "Port") and each.every == 1]
    assert renamed
    assert all(each.due <= each.subscriber.news.keys() for each in renamed if each.reach is Reach.FEED)


@pytest.mark.parametrize("steps", sampled([3, 8], 3))
def test_nothing_new_costs_nothing(tmp_path: Path, steps: int) -> None:
    """A lost cache and a checkout elsewhere change no byte: whoever asks with what he was given gets no document."""
    publisher, host = Publisher(tmp_path, SETTINGS), Host(SITE_URL)
    *earlier, last = history(steps, seed=1)
    for step in (*earlier, last):
        publisher.publish(step)
    host.look(publisher.output)
    readers = [
        Subscriber(host, SITE_URL + file, form=form, reach=Reach.ALL, read=read)
        for form, file in (("atom", "atom.xml"), ("rss", "rss.xml"), ("json", "feed.json"))
    ]
    for reader in readers:
        reader.poll()
    sent = [reader.traffic.bytes for reader in readers]
    publisher.publish(replace(last, writes={}, removes=(), is_forgotten=True, is_elsewhere=True))
    look = host.look(publisher.output)
    for reader in readers:
        reader.poll()
    assert (look.new, look.changed, look.gone) == ((), (), ())
    assert [reader.traffic.bytes for reader in readers] == sent
    assert all(reader.traffic.requests == 2 * reader.traffic.unchanged for reader in readers)


@heavy
def test_the_table_tells_what_went_over_the_wire(result: Replay) -> None:
    """The report has a line for each kind of subscriber, with the bytes that he got beside those of the whole main feed."""
    head, *lines = report(result)[:37]
    assert head.split()[:3] == ["reach", "every", "format"]
    assert head.split()[-4:] == ["KB", "whole", "KB", "ratio"]
    assert len({tuple(line.split()[:3]) for line in lines}) == 36
    assert all(float(line.split()[-1]) > 0 for line in lines)


_FIRST = Telling(
    story="story-000001",
    path="posts/news/first.md",
    source="https://news.example.org/story-000001",
    title="Ferry stops",
    ms=1_704_067_200_000,
    categories=("Harbour",),
    tags=(),
    script="latin",
    paragraphs=("The ferry stopped (story-000001).",),
)
_SECOND = replace(_FIRST, path="posts/news/second.md", ms=_FIRST.ms + DAY_MS)
_LONGER = replace(_SECOND, paragraphs=(*_FIRST.paragraphs, "It goes again."))
_MONTHS_LATER = replace(_FIRST, path="posts/news/third.md", ms=_FIRST.ms + 60 * DAY_MS)
_NOTE = replace(_FIRST, source="")
_OTHER = replace(
    _NOTE,
    story="story-000002",
    path="posts/news/else.md",
    title="Other",
    ms=_FIRST.ms - 90 * DAY_MS,
    paragraphs=("Else (story-000002).",),
)
_RENAMED = replace(_NOTE, path="posts/news/other.md")
_RETITLED = replace(_SECOND, title="Ferry stopped")


@pytest.mark.parametrize(
    "states",
    [
        pytest.param([[_FIRST, _SECOND], [_SECOND]], id="delete-first"),
        pytest.param([[_SECOND], [_FIRST, _SECOND]], id="refetch-older"),
        pytest.param([[_NOTE], [_RENAMED]], id="rename-note"),
        pytest.param([[_NOTE], [], [_NOTE]], id="restore-note"),
        pytest.param([[_NOTE], [_RENAMED], [], [_RENAMED]], id="restore-renamed-note"),
        pytest.param([[_FIRST, _SECOND], [_SECOND], [], [_SECOND]], id="restore-second"),
        pytest.param(
            [[_FIRST, _MONTHS_LATER], [_FIRST, replace(_MONTHS_LATER, title="Ferry stopped")]],
            id="retitle-one",
        ),
        pytest.param(
            [
                [_FIRST, _LONGER],
                [_FIRST, _LONGER, replace(_LONGER, path="posts/news/again.md", ms=_LONGER.ms + DAY_MS)],
            ],
            id="refetch-twice",
        ),
        pytest.param([[_FIRST, _RETITLED], [_RETITLED]], id="delete-first-of-two-titles"),
        pytest.param([[_FIRST, _SECOND], [replace(_FIRST, paragraphs=_LONGER.paragraphs), _SECOND]], id="edit-first"),
    ],
)
def test_what_is_hard(states: list[list[Telling]], tmp_path: Path) -> None:
    """A story that was shown is not shown again when one of its files goes or comes, or gets another name or title."""
    publisher, host = Publisher(tmp_path, Settings()), Host(SITE_URL)
    somebody = Subscriber(host, SITE_URL + "atom.xml", form="atom", reach=Reach.FEED, read=read)
    files: dict[str, str] = {}
    for number, tellings in enumerate(states):
        there = {one.path: one.text() for one in (*tellings, _OTHER)}
        publisher.publish(_step(number, writes=there, removes=tuple(files.keys() - there.keys())))
        host.look(publisher.output)
        somebody.poll()
        files = there
    assert somebody.news == {"story-000001": 1, _OTHER.story: 1}
    assert somebody.idle_updates.total() == 0


def _step(number: int, *, writes: Mapping[str, str], removes: tuple[str, ...]) -> Step:
    return Step(
        number=number,
        deeds=(),
        writes=writes,
        removes=removes,
        aliases={},
        is_forgotten=False,
        is_elsewhere=False,
        stories={},
    )


# The subscriber himself, with a site that is written by hand.

_OLD = {"id": "1", "content_html": "story-000001", "date_modified": "2024-01-01T00:00:00Z"}
_MIDDLE = {"id": "2", "content_html": "story-000002", "date_modified": "2024-01-02T00:00:00Z"}
_NEW = {"id": "3", "content_html": "story-000003", "date_modified": "2024-01-03T00:00:00Z"}


def site(folder: Path, host: Host, **documents: Mapping[str, object]) -> None:
    """Write JSON Feed documents by name, and let the host serve them."""
    for name, document in documents.items():
        (folder / name).write_text(json.dumps({"feed_url": SITE_URL + name, **document}), encoding="utf-8")
    host.look(folder)


def reader(host: Host, reach: Reach) -> Subscriber:
    """Return somebody who reads the document "feed"."""
    return Subscriber(host, SITE_URL + "feed", form="json", reach=reach, read=read)


def test_a_new_id_is_shown_as_new(tmp_path: Path) -> None:
    """A reader goes by the id: the same story under another is shown again, and the replay sees that."""
    host = Host(SITE_URL)
    site(tmp_path, host, feed={"items": [_OLD]})
    somebody = reader(host, Reach.FEED)
    somebody.poll()
    site(tmp_path, host, feed={"items": [_OLD | {"id": "other"}]})
    somebody.poll()
    assert somebody.news == {"story-000001": 2}


def test_a_change_is_told_by_its_time(tmp_path: Path) -> None:
    """A reader tells a change that can be seen from one that is only claimed, and from one that nobody claims."""
    host = Host(SITE_URL)
    site(tmp_path, host, feed={"items": [_OLD, _MIDDLE, _NEW]})
    somebody = reader(host, Reach.FEED)
    somebody.poll()
    later = {"date_modified": "2024-02-01T00:00:00Z"}
    changed = [_OLD | later | {"title": "Other"}, _MIDDLE | later, _NEW | {"title": "Other"}]
    site(tmp_path, host, feed={"items": changed})
    somebody.poll()
    assert +somebody.updates == {"story-000001": 1, "story-000003": 1}
    assert +somebody.idle_updates == {"story-000002": 1}
    assert +somebody.untold_updates == {"story-000003": 1}


@pytest.mark.parametrize(
    ("reach", "seen"),
    [(Reach.FEED, {"story-000003"}), (Reach.GAP, {"story-000002", "story-000003"}),
     (Reach.ALL, {"story-000002", "story-000003", "story-000004"})],
)  # fmt: skip
def test_how_far_back_readers_go(reach: Reach, seen: set[str], tmp_path: Path) -> None:
    """One reads the feed, one goes back to what was there when he came, one reads all there is, backdated stories too."""
    host = Host(SITE_URL)
    site(tmp_path, host, feed={"items": [_OLD], "next_url": SITE_URL + "zero"}, zero={"items": []})
    somebody = reader(host, reach)
    somebody.poll()
    backdated = {"id": "4", "content_html": "story-000004"}
    site(
        tmp_path, host,
        feed={"items": [_NEW], "next_url": SITE_URL + "two"},
        two={"items": [_MIDDLE], "next_url": SITE_URL + "one"},
        one={"items": [_OLD], "next_url": SITE_URL + "zero"},
        zero={"items": [backdated]},
    )  # fmt: skip
    somebody.poll()
    assert somebody.news.keys() - {"story-000001"} == seen
    assert max(somebody.news.values()) == 1


def test_an_archive_that_never_ends_is_found_out(tmp_path: Path) -> None:
    """Documents that lead to each other in a circle are a fault, and do not hang the replay."""
    host = Host(SITE_URL)
    site(
        tmp_path,
        host,
        feed={"items": [_NEW], "next_url": SITE_URL + "one"},
        one={"items": [], "next_url": SITE_URL + "feed"},
    )
    with pytest.raises(AssertionError, match="circle"):
        reader(host, Reach.ALL).poll()


def test_a_dead_end_is_noted(tmp_path: Path) -> None:
    """An address that gives nothing is counted, whether the feed's own or one that it leads to."""
    host = Host(SITE_URL)
    site(tmp_path, host, other={"items": []})
    somebody = reader(host, Reach.ALL)
    somebody.poll()
    site(tmp_path, host, feed={"items": [_NEW], "next_url": SITE_URL + "nowhere"})
    somebody.poll()
    assert somebody.traffic.missing == [SITE_URL + "feed", SITE_URL + "nowhere"]


_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="s"/><link rel="prev-archive" href="p"/>
<entry><id>i</id><title>t</title><updated>u</updated><link href="https://e/story-000007"/><content>c</content></entry></feed>"""
_RSS = """<rss xmlns:a="http://www.w3.org/2005/Atom"><channel><a:link rel="self" href="s"/><a:link rel="prev-archive" href="p"/>
<item><guid>i</guid><title>t</title><link>https://e/story-000007</link><description>c</description></item></channel></rss>"""
_JSON = """{"feed_url": "s", "next_url": "p",
"items": [{"id": "i", "title": "t", "date_modified": "u", "url": "https://e/story-000007", "content_html": "c"}]}"""


@pytest.mark.parametrize(("form", "text"), [("atom", _ATOM), ("rss", _RSS), ("json", _JSON)])
def test_the_formats_say_the_same(form: str, text: str) -> None:
    """A reader takes the same from each format, but for the time of a change, which RSS does not have."""
    page = read(text.encode(), form)
    (entry,) = page.entries
    assert (page.self_url, page.older_url) == ("s", "p")
    assert (entry.id, entry.title, entry.content, entry.story) == ("i", "t", "c", "story-000007")
    assert entry.updated == ("" if form == "rss" else "u")
