"""Replays a history: builds after each step, lets all subscribers poll, and holds what they saw against what was there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from time import perf_counter

from .history import Step, Term, history
from .host import Host, Look
from .pages import FILES, read
from .publisher import SITE_URL, Publisher, Settings
from .subscriber import Reach, Subscriber

#: every so many steps
RHYTHMS = (1, 10, 50)
#: what is subscribed to: everything; a category that keeps its name, and one that does not; two tags
TERMS: tuple[Term, ...] = (("all", ""), ("category", "新聞"), ("category", "Harbour"), ("tag", "茶"), ("tag", "C++"))
#: who reads from then on subscribes after this part of the history, when there are archives
_GAP = 10


class Shelves:
    """Which stories each feed should hold, and which its archives, by what the history says."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._newest_first: dict[Term, list[str]] = {}
        self._feeds: dict[Term, list[str]] = {}
        #: when the newest was published that a feed has let go to its archives; it takes back none that is older
        self._archived_ms: dict[Term, int] = {}

    def fill(self, step: Step) -> None:
        """Take what there is after a step."""
        self._newest_first = {}
        for name, story in sorted(step.stories.items(), key=lambda one: -one[1].published_ms):
            for term in story.terms:
                self._newest_first.setdefault(term, []).append(name)
        for term, names in self._newest_first.items():
            archived_ms = self._archived_ms.get(term, -1)
            still = [name for name in names if step.stories[name].published_ms > archived_ms]
            self._feeds[term] = still[: self._settings.limit or None]
            gone = names[len(self._feeds[term]) :] if self._settings.has_archives else []
            self._archived_ms[term] = step.stories[gone[0]].published_ms if gone else -1

    def all_of(self, term: Term) -> list[str]:
        """Return all stories of a feed and its archives, newest first."""
        return self._newest_first.get(term, [])

    def feed_of(self, term: Term) -> list[str]:
        """Return those that stand in the feed's own document."""
        return self._feeds[term] if self.all_of(term) else []


@dataclass(slots=True, kw_only=True)
class Subscription:
    """A subscriber, and what he should see, by what the history says."""

    subscriber: Subscriber
    #: as it is called now
    term: Term
    form: str
    every: int
    reach: Reach
    polls: int = 0
    #: bytes of the main feed, sent whole at each poll
    whole_bytes: int = 0
    #: stories that he should have been shown
    due: set[str] = field(default_factory=set)
    #: those that came to this feed behind what he had seen by then: backdated, tagged, renamed
    late: set[str] = field(default_factory=set)
    #: stories that stood in this feed at a poll
    allowed: set[str] = field(default_factory=set)
    #: those that had left this feed before he came
    _before: set[str] = field(default_factory=set)
    _newest_ms: int = 0

    def poll(self, step: Step, shelves: Shelves) -> None:
        """Poll, and note what there is to see."""
        self.polls += 1
        self.subscriber.poll()
        there, newest_first = step.stories, shelves.all_of(self.term)
        new = [name for name in newest_first if name not in self.allowed]
        if self.polls > 1:
            self.late.update(name for name in new if there[name].published_ms < self._newest_ms)
        self.allowed.update(new)
        shown = shelves.feed_of(self.term)
        if self.polls == 1 and self.reach is Reach.GAP:
            self._before.update(set(newest_first).difference(shown))
        self.due.update(shown if self.reach is Reach.FEED else set(newest_first) - self._before)
        self._newest_ms = max([self._newest_ms, *(there[name].published_ms for name in newest_first[:1])])

    @property
    def name(self) -> str:
        """Return who this is, for messages."""
        return f"{self.reach.value}/{self.every}/{self.form} of {' '.join(self.term).strip()}"

    @property
    def missed(self) -> set[str]:
        """Return what he should have been shown and was not, whenever it came."""
        return self.due - self.subscriber.news.keys()

    @property
    def missed_in_time(self) -> set[str]:
        """Return what he was not shown though it was newer than all that he had seen."""
        return self.missed - self.late

    @property
    def doubled(self) -> dict[str, int]:
        """Return what he was shown as new more than once, and how often."""
        return {story: times for story, times in self.subscriber.news.items() if times > 1 and story}

    @property
    def idle(self) -> dict[str, int]:
        """Return what he was told had changed and had not, and how often; nothing if he may have missed a change.

        Who does not see each build may meet a text that changed and changed back.
        """
        sees_each = self.reach is Reach.ALL and self.every == 1
        return +self.subscriber.idle_updates if sees_each else {}

    @property
    def astray(self) -> set[str]:
        """Return what he was shown though it did not stand in this feed, or tells no story."""
        return self.subscriber.news.keys() - self.allowed


@dataclass(slots=True, kw_only=True)
class Replay:
    """What came of it."""

    settings: Settings
    subscriptions: list[Subscription] = field(default_factory=list)
    steps: int = 0
    stories: set[str] = field(default_factory=set)
    looks: list[Look] = field(default_factory=list)
    #: files that there were at the end
    files: int = 0
    build_seconds: list[float] = field(default_factory=list)
    #: in which step a story was shown wrongly to somebody who polls at every step, and what had been done to it by then
    notes: list[str] = field(default_factory=list)

    def broken(self) -> list[str]:
        """Return the promises to subscribers that were broken, each in a line; none where all is well."""
        by_promise: dict[str, list[str]] = {}
        for each in self.subscriptions:
            missed = each.missed_in_time if each.reach is Reach.FEED else each.missed
            if each.reach is not Reach.FEED and not self.settings.has_archives:
                missed = set()  # nothing leads to what a feed has lost
            wrong = (
                ("shown more than once", each.doubled),
                ("missed", missed),
                ("shown where it does not belong", each.astray),
                ("told of a change without one", each.idle),
                ("changed, and not told of it", +each.subscriber.untold_updates),
                ("told of an earlier time", +each.subscriber.moves_back),
                ("an address that gave nothing", each.subscriber.traffic.missing),
            )
            for what, which in wrong:
                if which:
                    by_promise.setdefault(what, []).append(f"{each.name}: {_some(which)}")
        found = [f"{what}, to {len(some)} subscribers, such as {some[0]}" for what, some in by_promise.items()]
        for number, look in enumerate(self.looks):
            gone = [path for path in look.gone if path.rpartition("/")[2] in FILES.values()]
            told = (
                ("touched without a change", look.touched),
                ("changed without a later time", look.stale),
                ("gone", gone),
            )
            found += [f"step {number}: {what}: {_some(which)}" for what, which in told if which]
        return found


def replay(
    folder: Path, *, steps: int, seed: int, settings: Settings, without: Collection[str] = (),
    rhythms: Iterable[int] = RHYTHMS,
) -> Replay:  # fmt: skip
    """Replay a history in an empty folder, with subscribers who poll every so many steps, 1 among them, and at the end."""
    publisher, host = Publisher(folder, settings), Host(SITE_URL)
    result = Replay(settings=settings)
    notes, shelves = _Notes(), Shelves(settings)
    for step in history(steps, seed=seed, without=without):
        start = perf_counter()
        publisher.publish(step)
        result.build_seconds.append(perf_counter() - start)
        shelves.fill(step)
        look = host.look(publisher.output)
        # a copied file has the same bytes and another time: that is not feedtool's doing
        result.looks.append(replace(look, touched=()) if step.is_elsewhere else look)
        result.files += len(look.new) - len(look.gone)
        result.steps += 1
        result.stories |= step.stories.keys()
        result.subscriptions = result.subscriptions or _subscriptions(host, tuple(rhythms))
        for each in result.subscriptions:
            if settings.has_aliases:
                each.term = _called_now(each.term, step)
            is_there = each.reach is not Reach.GAP or step.number >= steps // _GAP
            if (is_there and step.number % each.every == 0) or step.number == steps - 1:
                each.poll(step, shelves)
                each.whole_bytes += len(host.get(SITE_URL + FILES[each.form]).body)
        result.notes += notes.of(step, result.subscriptions)
    return result


def _some(which: Collection[str]) -> str:
    return f"{len(which)}: {', '.join(sorted(which)[:3])}"


class _Notes:
    """Tells when a story is shown wrongly for the first time, and what had been done to it by then."""

    def __init__(self) -> None:
        self._done: dict[str, list[str]] = {}
        self._told: set[tuple[str, str]] = set()

    def of(self, step: Step, subscriptions: Iterable[Subscription]) -> list[str]:
        """Return what there is to say after a step."""
        for name, stories in step.deeds:
            for story in stories:
                self._done.setdefault(story, []).append(f"{step.number} {name}")
        found = []
        for each in subscriptions:
            if each.every == 1:
                found += [("shown again as new", story) for story in each.doubled]
                found += [("updated without a change", story) for story in each.idle]
                found += [("changed, and not updated", story) for story in +each.subscriber.untold_updates]
                found += [("updated to an earlier time", story) for story in +each.subscriber.moves_back]
        new = [one for one in dict.fromkeys(found) if one not in self._told]
        self._told.update(new)
        return [
            f"step {step.number}: {story} {what}, after {', '.join(self._done.get(story, ()))}" for what, story in new
        ]


def _subscriptions(host: Host, rhythms: tuple[int, ...]) -> list[Subscription]:
    # what many read is read once
    read_once = lru_cache(maxsize=1024)(read)
    feeds = json.loads(host.get(SITE_URL + "feeds.json").body)["feeds"]
    addresses = {(feed["kind"], feed["term"]): feed["urls"] for feed in feeds}
    return [
        Subscription(
            subscriber=Subscriber(host, addresses[term][form], form=form, reach=reach, read=read_once),
            term=term,
            form=form,
            every=every,
            reach=reach,
        )
        for reach in Reach
        for every in rhythms
        for form in FILES
        for term in TERMS
    ]


def _called_now(term: Term, step: Step) -> Term:
    kind, name = term
    for old, new in step.aliases.items():
        if kind == "category" and name == old:
            name = new
    return kind, name
