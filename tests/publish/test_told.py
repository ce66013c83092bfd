"""The hub and the CDN: who is told of what, when, and what happens where they do not answer."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from urllib.parse import parse_qs, unquote

import pytest
from heavy import first, heavy
from runs import SITE_URL, post, tree

from feedtool.cli.publish import cdn as cdn_of
from feedtool.publish.http import Cdn, PostError, Request, purge_requests, send
from publish.servers import Asked, Rclone, Recorder, recorder
from publish.sites import POSTS, TARGET, publish_it, put, site, world

FORM = "application/x-www-form-urlencoded"


def topics(hub: Recorder) -> list[str]:
    """Return the topics that the hub was told of, each in a form of its own as hubs take it."""
    told = []
    for asked in hub.asked:
        assert ("POST", FORM) == (asked.method, asked.headers["Content-Type"])
        form = parse_qs(asked.body.decode("ascii"), strict_parsing=True)
        assert (["publish"], 1, 3) == (form["hub.mode"], len(form["hub.url"]), len(form))
        assert form["hub.url"] == form["hub.topic"]
        told += form["hub.url"]
    return told


def with_hub(hub: Recorder) -> str:
    """Return the configuration of a site with that hub."""
    return f'[site]\nhub = "{hub.address}/publish"\n'


def changed_feeds(old: dict[str, bytes], new: dict[str, bytes]) -> set[str]:
    """Return the feed documents that differ."""
    names = ("atom.xml", "rss.xml", "feed.json")
    return {path for path in new if new[path] != old.get(path) and path.rpartition("/")[2] in names}


def test_the_hub_is_told_of_every_feed_whose_bytes_changed_and_of_no_other(tmp_path: Path, s3: Rclone) -> None:
    """Each format is a topic at its own address; feeds that stayed, and pages, are none."""
    del s3
    with recorder() as hub:
        folder = site(tmp_path / "site", config=with_hub(hub))
        said = publish_it(TARGET, cwd=folder)
        old = tree(folder / "output")
        assert {unquote(topic) for topic in topics(hub)} == {SITE_URL + path for path in changed_feeds({}, old)}
        assert (0, True) == (said.status, "hub notified of   15 feeds" in said.out), said.out
        hub.asked.clear()
        publish_it(TARGET, cwd=folder)
        assert [] == hub.asked
        site(folder, {**POSTS, "posts/tea.md": post("Tea", categories="[tea, 新聞]", body="New.")}, with_hub(hub))
        publish_it(TARGET, cwd=folder)
        told = topics(hub)
        expected = {SITE_URL + path for path in changed_feeds(old, tree(folder / "output"))}
    assert (expected, len(expected)) == ({unquote(topic) for topic in told}, len(told))


def test_the_hub_is_told_when_the_new_bytes_can_be_had(tmp_path: Path, s3: Rclone) -> None:
    """A hub that fetches at once gets what was published, and a manifest that lists it."""
    stored, seen = s3.folder / "bucket" / "feeds", []

    def fetches(_: int, asked: Asked) -> tuple[int, dict[str, str]]:
        [topic] = parse_qs(asked.body.decode())["hub.url"]
        path = unquote(topic.removeprefix(SITE_URL))
        seen.append((path, (stored / path).read_bytes(), (stored / "feeds.json").exists()))
        return 204, {}

    with recorder(fetches) as hub:
        folder = site(tmp_path / "site", config=with_hub(hub))
        put(folder, hub=f"{hub.address}/publish")
    assert sorted(seen) == sorted((path, (folder / "output" / path).read_bytes(), True) for path, _, _ in seen)
    assert len(seen) == 15


def test_a_hub_that_fails_undoes_nothing_and_is_told_by_the_next_run(tmp_path: Path, s3: Rclone) -> None:
    """The feeds are published, the warning says so, --strict fails; the next run tells it though nothing changed."""
    is_down = [True]
    with recorder(lambda *_: (500 if is_down[0] else 204, {})) as hub:
        folder = site(tmp_path / "site", config=with_hub(hub))
        waited: list[float] = []
        done = put(folder, hub=f"{hub.address}/publish", place=world(pause=waited.append))
        assert {"not-announced"} == {problem.code for problem in done.problems}
        assert "15 of 15 feeds: it answers 500" in done.problems[0].message
        assert (45, 15, 15) == (len(hub.asked), waited.count(1), waited.count(4))
        assert (s3.folder / "bucket" / "feeds" / "feeds.json").exists()
        is_down[0] = False
        hub.asked.clear()
        again = put(folder, hub=f"{hub.address}/publish")
        assert (0, 15) == (again.put, len(again.announced))
        assert 15 == len(set(topics(hub)))
        assert () == put(folder, hub=f"{hub.address}/publish").announced


@heavy
def test_strict_fails_where_the_hub_was_not_told(tmp_path: Path, s3: Rclone) -> None:
    """Exit status 0 with a warning; 1 under --strict, with everything published all the same."""
    with recorder(lambda *_: (400, {})) as hub:
        folder = site(tmp_path / "site", config=with_hub(hub))
        said = publish_it(TARGET, cwd=folder)
        assert (0, True) == (said.status, "[not-announced]" in said.err)
        assert publish_it(TARGET, "--strict", cwd=folder).status == 1
    assert (s3.folder / "bucket" / "feeds" / "feeds.json").exists()


def test_a_topic_that_the_hub_refuses_keeps_no_other_from_it(tmp_path: Path, s3: Rclone) -> None:
    """Refusals are not repeated in the same run, and the others are told."""
    del s3

    def refuses(_: int, asked: Asked) -> tuple[int, dict[str, str]]:
        return (400 if b"rice" in asked.body else 204), {}

    with recorder(refuses) as hub:
        folder = site(tmp_path / "site", config=with_hub(hub))
        done = put(folder, hub=f"{hub.address}/publish")
        assert (12, 15) == (len(done.announced), len(hub.asked))
        assert "3 of 15 feeds: it answers 400" in done.problems[0].message


def test_a_hub_that_says_nothing_is_not_waited_for_long(tmp_path: Path, s3: Rclone) -> None:
    """Where nobody answers the first, the others are not tried one by one."""
    del s3
    with recorder() as hub:
        address = hub.address
    folder = site(tmp_path / "site", config=f'[site]\nhub = "{address}/"\n')
    waited: list[float] = []
    done = put(folder, hub=f"{address}/", place=world(pause=waited.append))
    assert "it cannot be reached: Connection refused" in done.problems[0].message
    assert len(waited) <= 2 * 4


def test_a_hub_that_hangs_is_given_up() -> None:
    """A request has so many seconds; then it is tried again, three times in all."""
    over, waited = threading.Event(), list[float]()
    with recorder(lambda *_: (204 if over.wait(30) else 500, {})) as hub:
        with pytest.raises(PostError, match="no answer within"):
            send(Request(url=hub.address), pause=waited.append, patience_s=0.1)
        over.set()
    assert [1, 4] == waited


@pytest.mark.parametrize(("asked", "waits"), first(2, [("7", 7), ("100000", 30), ("soon", 1), ("0", 1)]))
def test_who_is_busy_is_asked_later(asked: str, waits: int) -> None:
    """Retry-After is heeded within reason (RFC 9110 section 10.2.3)."""
    waited: list[float] = []
    with recorder(lambda number, _: (204, {}) if number else (429, {"Retry-After": asked})) as hub:
        send(Request(url=hub.address), pause=waited.append)
    assert [waits] == waited


def test_a_redirect_is_not_followed() -> None:
    """What is for one host, token and all, goes to no other."""
    with recorder() as other, recorder(lambda *_: (307, {"Location": other.address})) as hub:
        with pytest.raises(PostError, match="it answers 307"):
            send(Request(url=hub.address, headers={"Fastly-Key": "TOKEN"}), pause=lambda _: None)
        assert [] == other.asked


@heavy
def test_cloudflare_is_told_of_what_changed_a_hundred_at_a_time(tmp_path: Path, s3: Rclone) -> None:
    """As its interface asks: POST to the zone's purge_cache, the token as bearer, addresses in "files"."""
    del s3
    posts = {f"posts/{n}.md": post(f"Post {n}", tags=f"[tag{n}]") for n in range(30)}
    folder = site(tmp_path / "site", posts)
    with recorder(lambda *_: (200, {})) as api:
        done = put(folder, cdn=Cdn(service="cloudflare", token="TOKEN", zone="abc123", api=api.address))
        told = [json.loads(asked.body)["files"] for asked in api.asked]
        for asked in api.asked:
            assert ("POST", "/client/v4/zones/abc123/purge_cache") == (asked.method, asked.path)
            assert ("Bearer TOKEN", "application/json") == (
                asked.headers["Authorization"],
                asked.headers["Content-Type"],
            )
    assert max(map(len, told)) == 100
    assert set(done.changed) == {address for some in told for address in some}
    assert {SITE_URL + "atom.xml", SITE_URL + "index.html", SITE_URL, SITE_URL + "tag/tag1/"} <= set(done.changed)
    assert not [address for address in done.changed if "publish.json" in address]


def test_fastly_is_told_of_each_address(tmp_path: Path, s3: Rclone) -> None:
    """As its interface asks: POST /purge/ with host and path, the token in Fastly-Key."""
    del s3
    folder = site(tmp_path / "site")
    with recorder(lambda *_: (200, {})) as api:
        done = put(folder, cdn=Cdn(service="fastly", token="TOKEN", api=api.address))
        paths = {asked.path for asked in api.asked}
        assert {("POST", "TOKEN")} == {(asked.method, asked.headers["Fastly-Key"]) for asked in api.asked}
    assert paths == {"/purge/" + address.removeprefix("https://") for address in done.changed}
    assert "/purge/feeds.example.org/category/%E6%96%B0%E8%81%9E/atom.xml" in paths


def test_the_cdn_lets_go_before_the_hub_asks_it(tmp_path: Path, s3: Rclone) -> None:
    """Or the hub would be given the old copy, and tell nobody."""
    del s3
    order: list[str] = []

    def noting(name: str, status: int) -> tuple[int, dict[str, str]]:
        order.append(name)
        return status, {}

    with recorder(lambda *_: noting("purge", 200)) as api, recorder(lambda *_: noting("hub", 204)) as hub:
        folder = site(tmp_path / "site", config=with_hub(hub))
        put(folder, cdn=Cdn(service="fastly", token="TOKEN", api=api.address), hub=f"{hub.address}/publish")
    assert ["purge", "hub"] == list(dict.fromkeys(order))
    assert order == sorted(order, reverse=True)


def test_a_cdn_that_refuses_is_a_warning_without_the_token(tmp_path: Path, s3: Rclone) -> None:
    """What was published stays published; the next run tells the CDN again, of the same and no more."""
    del s3
    folder = site(tmp_path / "site")
    status = [403]
    with recorder(lambda *_: (status[0], {})) as api:
        cdn = Cdn(service="cloudflare", token="TOPSECRET", zone="abc123", api=api.address)
        done = put(folder, cdn=cdn)
        assert {"not-purged"} == {problem.code for problem in done.problems}
        assert "it answers 403" in done.problems[0].message
        assert not any("TOPSECRET" in text for text in (repr(done), repr(cdn), repr(list(purge_requests(cdn, ["x"])))))
        status[0] = 200
        api.asked.clear()
        again = put(folder, cdn=cdn)
        assert (0, done.changed, ()) == (again.put, again.changed, again.problems)
        assert [len(done.changed)] == [len(json.loads(asked.body)["files"]) for asked in api.asked]
        assert () == put(folder, cdn=cdn).changed


def test_the_list_of_addresses_stands_alone_on_standard_output(tmp_path: Path, s3: Rclone) -> None:
    """One a line and nothing else, for another program to read; nothing where nothing changed."""
    del s3
    folder = site(tmp_path / "site")
    said = publish_it(TARGET, "--purge", "list", cwd=folder)
    assert SITE_URL + "category/%E6%96%B0%E8%81%9E/atom.xml" in said.out.splitlines()
    assert all(line.startswith(SITE_URL) for line in said.out.splitlines())
    assert "objects uploaded" in said.err
    assert "" == publish_it(TARGET, "--purge", "list", cwd=folder).out


def test_the_cdn_is_the_one_whose_token_is_there() -> None:
    """Without a word of anybody's; a name without its token is refused, and none is none."""
    cloudflare = {"CLOUDFLARE_API_TOKEN": "a", "CLOUDFLARE_ZONE_ID": "b1"}
    fastly = {"FASTLY_API_TOKEN": "c"}
    found = [cdn_of("auto", variables) for variables in ({}, cloudflare, fastly, {"CLOUDFLARE_API_TOKEN": "a"})]
    assert [None, "cloudflare", "fastly", None] == [each and each.service for each in found]
    assert "https://api.cloudflare.com" == (found[1] and found[1].api)
    assert "https://api.fastly.com" == (found[2] and found[2].api)
    assert cdn_of("none", cloudflare) is cdn_of("list", cloudflare) is None


@pytest.mark.parametrize(
    ("purge", "variables", "words"),
    [
        ("cloudflare", {"CLOUDFLARE_API_TOKEN": "TOPSECRET"}, "CLOUDFLARE_ZONE_ID"),
        ("fastly", {}, "FASTLY_API_TOKEN"),
        ("fastly", {"FASTLY_API_TOKEN": "TOP\nSECRET"}, "FASTLY_API_TOKEN contains characters"),
        ("cloudflare", {"CLOUDFLARE_API_TOKEN": "TOPSECRET", "CLOUDFLARE_ZONE_ID": "a/../b"}, "not a zone id"),
    ],
)
def test_a_token_that_is_missing_is_named(
    tmp_path: Path, s3: Rclone, purge: str, variables: dict[str, str], words: str
) -> None:
    """What has to be in the environment, before anything is put, and without a secret."""
    folder = site(tmp_path / "site")
    said = publish_it(TARGET, "--purge", purge, cwd=folder, env=variables)
    assert (2, True) == (said.status, words in said.err)
    assert "SECRET" not in said.err
    assert {} == tree(s3.folder / "bucket")
