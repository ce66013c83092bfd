"""What goes wrong in the middle: a server that dies, a publication that is killed, two at once."""

from __future__ import annotations

import http.client
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from heavy import heavy, sampled
from obstore import store as stores
from runs import process, tree

from feedtool.generators import INDEX
from feedtool.publish import Done, World
from feedtool.publish.objects import RefusedError, Wanted
from feedtool.publish.store import LEASE_MS, ChangedError
from publish.servers import Rclone, s3_variables
from publish.sites import DAY_MS, NOON_MS, POSTS, TARGET, assert_whole, in_store, paths, put, site, world

AFTER_LEASE_MS = NOON_MS + LEASE_MS + 1


def after(count: int, happens: Callable[[], object], place: World) -> World:
    """Return a world in which something happens as soon as so many objects were put; one is put at a time."""
    number = 0

    def each(function: Callable[[Any], Any], values: Iterable[Any], /) -> Iterator[Any]:
        nonlocal number
        for value in values:
            if isinstance(value, Wanted):
                if number == count:
                    happens()
                number += 1
            yield function(value)

    return replace(place, each=each)


@pytest.mark.parametrize("count", sampled([0, 1, 9, 21], 0, 9))
def test_a_server_that_is_killed_costs_nothing_but_time(tmp_path: Path, s3: Rclone, count: int) -> None:
    """The run ends with a sentence, and the next one leaves all as it should be.

    This server forgets objects' headers when it dies, so that they are put once more: without their types they are not
    as they should be.
    """
    folder = site(tmp_path / "site")
    done = put(folder, place=after(count, s3.kill, world()))
    assert (count, True) == (done.put, bool(done.failures))
    assert "the connection was refused" in done.failures[0] or "it does not answer" in done.failures[0]
    stored = s3.folder / "bucket" / "feeds"
    assert "feeds.json" not in in_store(stored)
    s3.start()
    assert put(folder, place=world(AFTER_LEASE_MS)).failures == ()
    assert in_store(stored) == tree(folder / "output")
    last = put(folder, place=world(AFTER_LEASE_MS))
    assert (0, ()) == (last.put, last.changed)


def test_a_publication_that_is_killed_is_gone_on_with(tmp_path: Path, s3: Rclone) -> None:
    """By kill -9 in the middle: the store is as good as before, and the next run puts only what is missing."""
    folder = site(tmp_path / "site")
    dies = """
import os, obstore
from feedtool.publish.objects import Wanted
real, count = obstore.put, [0]
def put(store, path, *rest, **more):
    count[0] += 1
    if count[0] == 8:
        os.kill(os.getpid(), 9)
    return real(store, path, *rest, **more)
obstore.put = put
"""
    arguments = ("publish", TARGET, "--no-build", "--concurrency", "1")
    said = process(*arguments, cwd=folder, before=dies)
    assert said.status == -signal.SIGKILL
    stored = s3.folder / "bucket" / "feeds"
    there = in_store(stored)
    assert (6, False) == (len(there), "feeds.json" in there)
    now_ms = int((stored / "feedtool-publish.json").stat().st_mtime * 1000) + LEASE_MS + 60_000
    done = put(folder, place=world(now_ms))
    assert paths(done) == tree(folder / "output").keys() - there.keys()
    assert in_store(stored) == tree(folder / "output")


def test_a_publication_waits_for_one_that_is_under_way(tmp_path: Path, s3: Rclone) -> None:
    """As long as the other says that it goes on; then it looks anew, and finds nothing to do."""
    del s3
    folder = site(tmp_path / "site")
    begun, over, waited = threading.Event(), threading.Event(), threading.Event()

    def first() -> Done:
        def hold() -> None:
            begun.set()
            assert waited.wait(30)

        done = put(folder, place=after(3, hold, world()))
        over.set()
        return done

    def pause(_: float) -> None:
        waited.set()
        assert over.wait(30)

    with ThreadPoolExecutor(1) as executor:
        running = executor.submit(first)
        assert begun.wait(30)
        second = put(folder, place=world(pause=pause))
    assert (len(tree(folder / "output")), 0) == (running.result().put, second.put)


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Serve S3 that knows If-Match and If-None-Match, with a bucket."""
    library = pytest.importorskip("moto.server", reason="moto is not installed: pip install -e '.[heavy]'")
    server = library.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        for name, value in s3_variables(address_of(server)).items():
            monkeypatch.setenv(name, value)
        make_bucket(address_of(server))
        yield server
    finally:
        server.stop()


@pytest.fixture(params=sampled(["memory", "moto"], "memory"))
def conditional(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the target be a store that knows conditions: in memory, or a server."""
    if request.param == "moto":
        request.getfixturevalue("moto")
    else:
        store = stores.MemoryStore()
        monkeypatch.setattr(stores, "from_url", lambda *_, **__: store)


def address_of(server: Any) -> str:
    """Return where it listens."""
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


def make_bucket(address: str) -> None:
    """Make an empty bucket."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    for method, path in (("POST", "/moto-api/reset"), ("PUT", "/bucket")):
        connection.request(method, path)
        with connection.getresponse() as answer:
            assert answer.status == 200
    connection.close()


def stored() -> dict[str, bytes]:
    """Return the objects that readers see."""
    store = stores.from_url(TARGET)
    found = [one["path"] for page in store.list() for one in page]
    return {path: bytes(store.get(path).bytes()) for path in found if path != "feedtool-publish.json"}


@heavy
@pytest.mark.parametrize("count", [0, 1, 9, 21])
def test_a_connection_that_breaks_is_gone_on_with(
    tmp_path: Path, moto: Any, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """The run ends with a sentence; the next puts what is missing and nothing else, and tells of what both changed."""
    folder = site(tmp_path / "site")
    broken: list[str] = []

    def each(function: Callable[[Any], Any], values: Iterable[Any], /) -> Iterator[Any]:
        for value in values:
            if isinstance(value, Wanted) and value.path == broken_at:
                moto.stop()
                broken.append(value.path)
            yield function(value)

    order = [one.path for step in put(folder, is_dry=True).plan.puts for one in step]
    broken_at = order[count]
    done = put(folder, place=replace(world(), each=each))
    assert (count, [broken_at]) == (done.put, broken)
    moto.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", address_of(moto))
    again = put(folder, place=world(AFTER_LEASE_MS))
    assert set(order[count:]) == paths(again)
    assert done.changed == again.changed
    assert stored() == tree(folder / "output")
    last = put(folder, place=world(AFTER_LEASE_MS))
    assert (0, ()) == (last.put, last.changed)


@pytest.mark.parametrize("round_", range(3))
def test_two_publications_at_once_leave_one_whole_site(tmp_path: Path, conditional: None, round_: int) -> None:
    """Neither loses the other's work: one is done first, the other waits or begins anew, and the last one is whole."""
    del conditional, round_
    newer = site(tmp_path / "new")
    older = site(tmp_path / "old", {"posts/tea.md": POSTS["posts/tea.md"]})
    start, turn = threading.Barrier(2), threading.Event()

    def pause(_: float) -> None:
        turn.wait(0.01)

    def go(folder: Path) -> str:
        start.wait()
        try:
            put(folder, place=world(pause=pause))
        except RefusedError:
            return "refused"
        return "done"

    with ThreadPoolExecutor(2) as executor:
        told = [job.result() for job in [executor.submit(go, folder) for folder in (newer, older)]]
    assert told[0] == "done"
    assert stored().items() >= tree(newer / "output").items()
    assert_whole(stored())


def test_two_publications_where_no_condition_is_heeded(tmp_path: Path, s3: Rclone) -> None:
    """A store without conditional puts: who is second waits all the same, and what the older left is put right."""
    newer = site(tmp_path / "new")
    older = site(tmp_path / "old", {"posts/tea.md": POSTS["posts/tea.md"]})
    clock = [NOON_MS]

    def sleeps() -> None:
        clock[0] = AFTER_LEASE_MS
        put(newer, place=world(AFTER_LEASE_MS))

    with pytest.raises(ChangedError):
        put(older, place=after(2, sleeps, replace(world(), now_ms=lambda: clock[0])))
    assert put(newer, place=world(AFTER_LEASE_MS)).put <= 1
    stored = in_store(s3.folder / "bucket" / "feeds")
    assert stored == tree(newer / "output")


def test_a_manifest_that_somebody_else_put_meanwhile_is_not_replaced(tmp_path: Path, conditional: None) -> None:
    """A copy by hand in the middle of a publication ends it, and the next one sees what was copied."""
    del conditional
    folder = site(tmp_path / "site")
    other = site(tmp_path / "other", {"posts/tea.md": POSTS["posts/tea.md"]})
    theirs = (other / "output" / INDEX).read_bytes()

    def copied() -> None:
        stores.from_url(TARGET).put(INDEX, theirs)

    with pytest.raises(ChangedError):
        put(folder, place=after(5, copied, world()))
    assert stored()[INDEX] == theirs
    assert put(folder).failures == ()
    assert_whole(stored())


def test_who_lost_its_claim_puts_no_manifest(tmp_path: Path, conditional: None) -> None:
    """A publication that slept so long that another took over ends when it wakes, and the other's stays whole."""
    del conditional
    newer = site(tmp_path / "new")
    older = site(tmp_path / "old", {"posts/tea.md": POSTS["posts/tea.md"]})
    clock = [NOON_MS]

    def sleeps() -> None:
        clock[0] = AFTER_LEASE_MS
        put(newer, place=world(AFTER_LEASE_MS))

    with pytest.raises(ChangedError):
        put(older, place=after(2, sleeps, replace(world(), now_ms=lambda: clock[0])))
    assert put(newer, place=world(AFTER_LEASE_MS)).put <= 1
    assert stored().items() >= tree(newer / "output").items()


def test_a_claim_of_a_distant_future_does_not_stop_everything(tmp_path: Path, s3: Rclone) -> None:
    """Where a clock was wrong, the next one waits as long as a claim holds unrenewed, and not for a hundred days."""
    folder = site(tmp_path / "site")
    put(folder, place=after(3, s3.kill, world(NOON_MS + 100 * DAY_MS)))
    s3.start()
    asked: list[float] = []
    assert put(folder, place=world(pause=asked.append)).failures == ()
    assert LEASE_MS / 1000 < sum(asked) < LEASE_MS / 1000 + 11
    assert in_store(s3.folder / "bucket" / "feeds") == tree(folder / "output")
