"""The plan: what holds for any two editions of a site, whatever the store holds, and wherever the work stops."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from heavy import given_at_length
from hypothesis import given
from hypothesis import strategies as st

from feedtool.generators import INDEX, KnownFeed, Manifest
from feedtool.publish.objects import Wanted, wanted
from feedtool.publish.plan import Plan, Seen, doubtful, plan
from feedtool.publish.store import Kept, Listed, Record, known_by, read_record, render_list, render_record

HOME = "https://feeds.example.org/"
DAY_MS = 86_400_000
NOW_MS = 1_700_000_000_000

#: for each feed: its folder, an edition of its text, and its archive documents with an edition of each
Site = dict[str, tuple[int, dict[str, int]]]
FOLDERS = ("", "tag/c/", "category/新聞/")
sites = st.dictionaries(
    st.sampled_from(FOLDERS),
    st.tuples(
        st.integers(0, 2), st.dictionaries(st.sampled_from(["2021", "2022", "2023-01", "2023"]), st.integers(0, 1))
    ),
    min_size=1,
)


@dataclass(slots=True)
class Bucket:
    """A store in memory: path -> what stands there, with what it was put as."""

    objects: dict[str, Wanted] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    manifest: Manifest | None = None
    record: Record | None = None

    def seen(self) -> Seen:
        """Return what a publication sees."""
        listing = {path: Listed(size=SIZE[one.digest], etag=one.mark) for path, one in self.objects.items()}
        listing |= {path: Listed(size=size, etag="theirs") for path, size in self.others.items()}
        return Seen(listing=listing, manifest=self.manifest, record=self.record)


#: digest -> bytes; and digest -> what the document leads to
SIZE: dict[str, int] = {}
LINKS: dict[str, tuple[str, ...]] = {}


def made(site: Site) -> tuple[Manifest, dict[str, Wanted], dict[str, int]]:
    """Return the edition of a site: its manifest, and its objects with their sizes; remember what leads where."""
    files: dict[str, str] = {"index.html": "", "feeds.opml": "", "sheet.css": ""}
    files = {path: document(path, repr(sorted(site)), ()) for path in files}
    feeds = []
    for folder, (edition, archives) in site.items():
        chain = [f"{folder}archive/{period}.atom.xml" for period in sorted(archives)]
        for place, path in enumerate(chain):
            older = (chain[place - 1],) if place else ()
            text = repr((archives[path.rpartition("/")[2].removesuffix(".atom.xml")], chain[place + 1 : place + 2]))
            files[path] = document(path, text, older)
        files[f"{folder}atom.xml"] = document(f"{folder}atom.xml", repr(edition), tuple(chain[-1:]))
        feeds.append(
            KnownFeed(
                kind="all", term="", slug="", title="", language="", updated_ms=0,
                urls=(HOME + f"{folder}atom.xml",), newest=max(archives, default=""),
            )
        )  # fmt: skip
    files |= {path: document(path, repr(sorted(files.items())), ()) for path in ("feeds.json", INDEX)}
    manifest = Manifest(feeds=tuple(feeds), files=files, home=HOME)
    objects = wanted(manifest, keeps_headers=True)
    return manifest, objects, {path: SIZE[one.digest] for path, one in objects.items()}


def document(path: str, text: str, links: tuple[str, ...]) -> str:
    """Return the digest of a document that leads there."""
    digest = hashlib.sha256(repr((path, text, links)).encode()).hexdigest()
    SIZE[digest] = 1000 + int(digest[:2], 16) % 4
    LINKS[digest] = links
    return digest


def planned(
    bucket: Bucket, objects: Mapping[str, Wanted], sizes: Mapping[str, int], now_ms: int, grace_ms: int
) -> Plan:
    """Return the plan, after the marks of doubtful objects were asked for."""
    seen = bucket.seen()
    asked = doubtful(objects, seen, now_ms=now_ms, grace_ms=grace_ms)
    marks = {path: bucket.objects[path].mark for path in asked if path in bucket.objects}
    return plan(objects, sizes, seen, marks, now_ms=now_ms, grace_ms=grace_ms)


def carry_out(bucket: Bucket, todo: Plan, manifest: Manifest, order: random.Random, stop: int) -> bool:
    """Do the first `stop` things of a plan, in any order within a step; check all readers after each."""
    bucket.record = todo.before
    steps = [list(step) for step in todo.puts]
    for step in steps:
        order.shuffle(step)
    for one in (one for step in steps for one in step):
        if stop == 0:
            return False
        stop -= 1
        bucket.objects[one.path] = one
        if one.path == INDEX:
            bucket.manifest = manifest
        no_feed_leads_nowhere(bucket)
    gone = [path for step in todo.removals for path in order.sample(step, len(step))]
    for path in gone:
        if stop == 0:
            return False
        stop -= 1
        del bucket.objects[path]
        no_feed_leads_nowhere(bucket)
    put = {one.path: Kept(mark=known_by(one.mark), etag=one.mark) for step in steps for one in step}
    stays = {path: since for path, since in todo.before.obsolete.items() if path not in gone}
    bucket.record = replace(todo.before, objects={**todo.before.objects, **put}, obsolete=stays)
    return True


def no_feed_leads_nowhere(bucket: Bucket) -> None:
    """Follow every feed down its archive documents, as a reader does (RFC 5005 section 4)."""
    for path, one in bucket.objects.items():
        if path.endswith("/atom.xml") or path == "atom.xml":
            waiting = [*LINKS[one.digest]]
            while waiting:
                link = waiting.pop()
                assert link in bucket.objects, f"{path} leads to {link}"
                waiting += LINKS[bucket.objects[link].digest]


spans = st.integers(0, 10 * DAY_MS)


@given_at_length(
    60,
    300,
    st.lists(st.tuples(sites, st.integers(0, 30), spans), min_size=1, max_size=6),
    spans,
    st.randoms(use_true_random=False),
)
def test_no_reader_is_ever_led_to_what_is_not_there(
    editions: list[tuple[Site, int, int]], grace_ms: int, order: random.Random
) -> None:
    """Whatever editions follow each other, in whatever order puts arrive, and wherever a run is killed."""
    bucket, now_ms, ours = Bucket(others={"photos/cat.jpg": 7}), NOW_MS, set[str]()
    for site, stop, later_ms in editions:
        now_ms += later_ms
        manifest, objects, sizes = made(site)
        todo = planned(bucket, objects, sizes, now_ms, grace_ms)
        gone = {path for step in todo.removals for path in step}
        assert gone <= ours, "removes what was never ours"
        assert not gone & objects.keys()
        is_whole = carry_out(bucket, todo, manifest, order, stop)
        ours |= bucket.objects.keys()
        if is_whole:
            assert {path: one.mark for path, one in objects.items()} == {
                path: one.mark for path, one in bucket.objects.items() if path in objects
            }


@given(sites, sites, st.integers(0, 40), st.randoms(use_true_random=False))
def test_a_killed_run_is_gone_on_with(old: Site, new: Site, stop: int, order: random.Random) -> None:
    """What is there already is not put again, and the run after that has nothing to do."""
    bucket = Bucket()
    for site in (old, new):
        manifest, objects, sizes = made(site)
        before = planned(bucket, objects, sizes, NOW_MS, 7 * DAY_MS)
        if site is new:
            carry_out(bucket, before, manifest, order, stop)
        rest = planned(bucket, objects, sizes, NOW_MS, 7 * DAY_MS)
        total = sum(map(len, before.puts))
        assert total - min(stop, total) * (site is new) == sum(map(len, rest.puts))
        assert carry_out(bucket, rest, manifest, order, 1000)
    last = planned(bucket, objects, sizes, NOW_MS, 7 * DAY_MS)
    assert ((), (), bucket.record) == (last.puts, last.removals, last.before)


@given(sites, sites, spans, spans)
def test_nothing_goes_before_its_time(old: Site, new: Site, grace_ms: int, later_ms: int) -> None:
    """An object goes exactly when the grace is over, counted from the publication that no longer listed it."""
    bucket, order = Bucket(), random.Random(1)
    for site in (old, new):
        manifest, objects, sizes = made(site)
        todo = planned(bucket, objects, sizes, NOW_MS, grace_ms)
        assert carry_out(bucket, todo, manifest, order, 1000)
    left = bucket.objects.keys() - objects.keys()
    todo = planned(bucket, objects, sizes, NOW_MS + later_ms, grace_ms)
    assert {path for step in todo.removals for path in step} == (left if later_ms >= grace_ms else set())


@given(sites, st.sets(st.sampled_from(["atom.xml", "index.html", "feeds.opml", "photos/cat.jpg"])))
def test_what_is_somebody_elses_is_neither_replaced_nor_removed(site: Site, others: set[str]) -> None:
    """Whatever lies there before the first publication stays as it is, through the second too."""
    bucket = Bucket(others=dict.fromkeys(others, 5))
    manifest, objects, sizes = made(site)
    for _ in range(2):
        todo = planned(bucket, objects, sizes, NOW_MS, 0)
        assert not others & set(todo.changed)
        assert others & objects.keys() == set(todo.foreign)
        carry_out(bucket, todo, manifest, random.Random(1), 1000)


@given(sites)
def test_a_record_comes_back_as_it_was(site: Site) -> None:
    """What the store remembers is read as it was written."""
    _, objects, sizes = made(site)
    record = planned(Bucket(), objects, sizes, NOW_MS, 0).before
    record = replace(record, obsolete={"tag/é/atom.xml": NOW_MS}, unpurged=("a", "b"), unannounced=("c",))
    assert read_record(render_record(record)) == record


@given(sites, sites)
def test_a_record_beside_a_list_names_only_what_differs_from_it(old: Site, new: Site) -> None:
    """Both together say what the record alone would, of objects that came, went and changed."""
    before, after = (planned(Bucket(), *made(site)[1:], NOW_MS, 0).before for site in (old, new))
    record = replace(after, listed=before.objects)
    assert read_record(render_record(record), render_list(before.objects)) == after
    named = json.loads(render_record(record))["objects"]
    assert named.keys() == {path for path, _ in before.objects.items() ^ after.objects.items()}


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["version", "claim", "objects", "obsolete", "unpurged", "name", "until", "a"]), inner)))  # fmt: skip
def test_a_damaged_record_costs_requests_and_nothing_else(value: object) -> None:
    """Anybody who may write to the bucket may have written it: whatever it says, it is read or left alone."""
    for content in (json.dumps(value).encode(), b"\xff\x00", b"[" * 9999):
        read_record(content)
        assert read_record(render_record(Record()), content) in (Record(), None)
    read_record(json.dumps({"version": 1, "objects": value, "obsolete": value, "claim": value}).encode())
