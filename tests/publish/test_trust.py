"""Nothing that stands in a store is believed: records, manifests, names of objects, links; nor is the environment."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import obstore
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore
from obstore.store import from_url as real_from_url
from runs import build, lay, post, process, run, tree

from feedtool.publish import Options, publish
from feedtool.publish.http import APIS, PostError, Request, send
from feedtool.publish.objects import read_output
from feedtool.publish.places import Bucket, Folder
from feedtool.publish.store import Version
from publish.servers import Asked, Rclone, recorder, s3_variables
from publish.sites import DAY_MS, NOON_MS, TARGET, in_store, publish_it, put, site, world

RECORD = "feedtool-publish.json"
DIGEST = hashlib.sha256(b"secret").hexdigest()


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """Let the target be a bucket in memory, which keeps headers and marks."""
    store = MemoryStore()
    monkeypatch.setattr("obstore.store.from_url", lambda *_, **__: store)
    return store


def names(store: MemoryStore) -> set[str]:
    """Return the names of the objects."""
    return {one["path"] for page in store.list() for one in page}


def content(store: MemoryStore, path: str) -> bytes:
    """Return the bytes of an object."""
    return bytes(obstore.get(store, path).bytes())


def etag(store: MemoryStore, path: str) -> str:
    """Return the version of an object, as a record names it."""
    return (obstore.head(store, path)["e_tag"] or "").strip('"')


def changed(store: MemoryStore, path: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a JSON object in the store, as somebody would who may write to it."""
    table = json.loads(content(store, path))
    change(table)
    obstore.put(store, path, json.dumps(table).encode())


def without(folder: Path, kept: str) -> None:
    """Build a site again with that format alone, and without the files of the others."""
    lay(folder, {"feedtool.toml": f'[feeds]\nformats = ["{kept}"]\n'})
    assert build("--prune", cwd=folder).status == 0


def test_a_record_that_lists_objects_of_others_removes_and_replaces_none(tmp_path: Path, memory: MemoryStore) -> None:
    """Without feedtool's mark nothing is feedtool's, whatever the record says of it; what is refused is said."""
    folder = site(tmp_path / "site")
    others = {"private/backup.sql": b"secret", "index.html": b"mine", "photos/cat.jpg": b"cat"}
    for path, text in others.items():
        obstore.put(memory, path, text)
    put(folder)

    def listed(record: dict[str, Any]) -> None:
        record["objects"] |= {path: [DIGEST, etag(memory, path)] for path in others}
        record["obsolete"] |= {"private/backup.sql": 1, "photos/cat.jpg": NOON_MS}

    changed(memory, RECORD, listed)
    done = put(folder, grace_ms=0)
    assert {path: content(memory, path) for path in others} == others
    said = {problem.path for problem in done.problems if problem.code == "foreign-object"}
    assert said == others.keys()
    assert not put(folder, grace_ms=0).removed


def test_a_manifest_that_lists_objects_of_others_removes_none(tmp_path: Path, memory: MemoryStore) -> None:
    """Not even with the right digest: the record is gone, and what the manifest lists decides."""
    folder = site(tmp_path / "site")
    obstore.put(memory, "private/backup.sql", b"secret")
    put(folder)
    obstore.delete(memory, RECORD)
    changed(memory, "ledger/files.json", lambda table: table["files"].update({"private/backup.sql": DIGEST}))
    without(folder, "rss")
    done = put(folder, grace_ms=0, force=True)
    assert content(memory, "private/backup.sql") == b"secret"
    assert "category/rice/atom.xml" not in names(memory)  # ours, and no longer built
    assert [problem.path for problem in done.problems] == ["private/backup.sql"]


def test_objects_with_our_mark_are_ours_when_record_and_manifest_are_damaged(
    tmp_path: Path, memory: MemoryStore
) -> None:
    """Both are written again, feeds are updated, and what is no longer built goes when its time has come."""
    folder = site(tmp_path / "site")
    obstore.put(memory, "photos/cat.jpg", b"cat")
    put(folder)
    for path in (RECORD, "feeds.json"):
        obstore.put(memory, path, b"\0 damaged")
    lay(folder, {"posts/tea.md": post("Tea", categories="[tea, 新聞]", body="New.")})
    without(folder, "rss")
    assert put(folder).failures == ()
    assert content(memory, "category/tea/rss.xml") == (folder / "output" / "category" / "tea" / "rss.xml").read_bytes()
    assert "category/rice/atom.xml" in names(memory)
    put(folder, place=world(NOON_MS + 8 * DAY_MS))
    assert names(memory) - {RECORD, "photos/cat.jpg"} == tree(folder / "output").keys()


def test_a_folder_goes_by_the_bytes_that_were_put(tmp_path: Path) -> None:
    """A folder keeps no marks: what is not byte for byte what a publication put is somebody else's."""
    folder, www = site(tmp_path / "site"), tmp_path / "www"
    put(folder, www.as_uri())
    lay(www, {"notes.txt": "mine", "category/rice/feed.json": "mine too"})
    record = json.loads((www / RECORD).read_text(encoding="utf-8"))
    record["objects"]["notes.txt"] = [DIGEST, "1"]
    (www / RECORD).write_text(json.dumps(record), encoding="utf-8")
    without(folder, "rss")
    done = put(folder, www.as_uri(), grace_ms=0)
    left = tree(www)
    assert (left["notes.txt"], left["category/rice/feed.json"]) == (b"mine", b"mine too")
    assert "category/rice/atom.xml" not in left
    assert [problem.path for problem in done.problems] == ["category/rice/feed.json", "notes.txt"]


class Killed(Folder):
    """A folder in which the fifth file is the last that a publication writes."""

    left = 4

    def put(self, path: str, *values: Any, **named: Any) -> Version:
        """Write a file, or end as if Ctrl-C was pressed."""
        self.left -= path != RECORD
        if self.left < 0 and path != RECORD:
            raise KeyboardInterrupt
        return super().put(path, *values, **named)


def test_a_folder_knows_its_files_after_publications_that_were_killed(tmp_path: Path) -> None:
    """Twice in a row, in the middle: the third finds files of each edition, and all are its own."""
    folder, www = site(tmp_path / "site"), tmp_path / "www"
    put(folder, www.as_uri())
    for number in (1, 2):
        site(folder, {"posts/tea.md": post("Tea", categories="[tea, 新聞]", body=f"Edition {number}.")})
        with pytest.raises(KeyboardInterrupt):
            publish(Killed(www.as_uri()), read_output(folder / "output"), Options(grace_ms=0), world())
    site(folder, {"posts/tea.md": post("Tea", categories="[tea, 新聞]", body="At last.")})
    done = put(folder, www.as_uri(), grace_ms=0)
    assert (done.problems, done.failures) == ((), ())
    assert in_store(www) == tree(folder / "output")


def test_a_link_in_a_folder_is_not_written_through(tmp_path: Path) -> None:
    """Neither a folder that leads elsewhere, nor a file; the rest is published, and the links are named."""
    folder, www, elsewhere = site(tmp_path / "site"), tmp_path / "www", tmp_path / "elsewhere"
    lay(elsewhere, {"feed.json": "theirs", "page": "theirs"})
    (www / "category").mkdir(parents=True)
    (www / "category" / "rice").symlink_to(elsewhere)
    (www / "index.html").symlink_to(elsewhere / "page")
    for _ in range(2):
        said = publish_it(www.as_uri(), "--grace", "0", "--verbose", cwd=folder)
        assert said.status == 0, said.err
        assert tree(elsewhere) == {"feed.json": b"theirs", "page": b"theirs"}
        assert "category/rice/rss.xml: warning" in said.err
        assert "index.html: warning" in said.err
    assert (www / "rss.xml").read_bytes() == (folder / "output" / "rss.xml").read_bytes()


@pytest.mark.parametrize("name", [b"a\nb.xml", b"esc\x1b[31m.xml", b"\xff\xfe.xml", "\u202eb.xml".encode()])
def test_an_odd_name_in_a_folder_is_passed_over(tmp_path: Path, name: bytes) -> None:
    """It is named, made visible, and left alone."""
    folder, www = site(tmp_path / "site"), tmp_path / "www"
    www.mkdir()
    odd = os.path.join(os.fsencode(www), name)  # noqa: PTH118 - bytes
    with open(odd, "wb"):  # noqa: PTH123
        pass
    said = publish_it(www.as_uri(), cwd=folder)
    assert (said.status, "[odd-object]" in said.err) == (0, True)
    assert not set(said.err) & set("\x1b\u202e")
    assert os.path.exists(odd)  # noqa: PTH110
    assert (www / "rss.xml").exists()


def test_an_odd_key_in_a_bucket_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: Any) -> None:
    """The library cannot list the bucket any more, so objects are asked for one by one."""
    store = memory

    class Odd:
        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def list(self, **_: object) -> Any:
            raise obstore.exceptions.InvalidPathError('Error parsing Path "/a//b": empty segment\n path: "/a//b",')

    odd = Bucket(TARGET, {})
    odd._store = Odd()  # noqa: SLF001 - what a bucket of that kind does to the library
    monkeypatch.setattr(odd, "_library", obstore)
    monkeypatch.setattr(odd._library, "put", lambda _, *values, **named: real_put(store, *values, **named))  # noqa: SLF001
    folder = site(tmp_path / "site")
    done = publish(odd, read_output(folder / "output"), Options(grace_ms=0), world())
    assert [(problem.code, problem.path) for problem in done.problems] == [("odd-object", "a//b")]
    assert names(store) - {RECORD} == tree(folder / "output").keys()
    assert publish(odd, read_output(folder / "output"), Options(grace_ms=0), world()).put == 0


real_put = obstore.put


def test_only_names_of_an_output_folder_reach_a_cdn(tmp_path: Path, s3: Rclone, monkeypatch: Any) -> None:
    """A record that asks for `../../../service/X/purge_all` to be purged asks in vain."""
    folder = site(tmp_path / "site")
    put(folder)
    del s3
    bucket: Any = real_from_url(TARGET)
    record = json.loads(content(bucket, RECORD))
    record["unpurged"] = ["../../../service/X/purge_all", "/x", "a/../b", "a//b", "a\nb", 7, "atom.xml"]
    obstore.put(bucket, RECORD, json.dumps(record).encode())
    monkeypatch.setenv("FASTLY_API_TOKEN", "secret")
    with recorder() as seen:
        monkeypatch.setitem(APIS, "fastly", seen.address)
        said = publish_it(TARGET, cwd=folder)
    assert said.status == 0, said.err
    assert [asked.path for asked in seen.asked] == ["/purge/feeds.example.org/atom.xml"]


hostile = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
paths_of_strangers = st.sampled_from(
    ["private/backup.sql", "../up.txt", "photos/cat.jpg", "index.html", ".git/HEAD", "a//b", "/etc/x", "rss.xml"]
) | st.text(max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(paths_of_strangers, hostile | st.just([DIGEST, "0"]), max_size=6),
    st.dictionaries(paths_of_strangers, st.integers(-5, NOON_MS) | hostile, max_size=6),
    st.lists(paths_of_strangers | hostile, max_size=6),
    st.dictionaries(st.sampled_from(["objects", "obsolete", "unpurged", "claim", "version"]), hostile, max_size=1),
)
def test_no_record_touches_what_is_not_ours(
    hostile_site: Path, memory: MemoryStore, objects: Any, obsolete: Any, unpurged: Any, other: Any
) -> None:
    """Whatever stands in the record: strangers' objects keep their bytes, and the site is published whole."""
    others = {"private/backup.sql": b"secret", "photos/cat.jpg": b"cat", "up.txt": b"up", ".git/HEAD": b"ref"}
    for path, text in others.items():
        obstore.put(memory, path, text)
    record = {"version": 1, "objects": objects, "obsolete": obsolete, "unpurged": unpurged, "unannounced": [],
              "claim": None, **other}  # fmt: skip
    obstore.put(memory, RECORD, json.dumps(record).encode())
    done = put(hostile_site, grace_ms=0, place=world(pause=lambda _: None))
    assert done.failures == ()
    assert {path: content(memory, path) for path in others} == others
    assert all(content(memory, path) == text for path, text in tree(hostile_site / "output").items())


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a small site once."""
    return site(tmp_path_factory.mktemp("hostile"), {"posts/tea.md": post("Tea")})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AWS_ACCESS_KEY_ID", "AKID\nEXAMPLE", "AWS_ACCESS_KEY_ID contains a line end"),
        ("AWS_SESSION_TOKEN", "a\r\nb", "AWS_SESSION_TOKEN contains a line end"),
        ("AWS_SECRET_ACCESS_KEY", "geheim\u00e9", "AWS_SECRET_ACCESS_KEY contains a line end"),
        ("AWS_REGION", "eu central", "AWS_REGION is not the name of a region"),
        ("AWS_ENDPOINT", "localhost:9000", "AWS_ENDPOINT is not an address"),
        ("AWS_ENDPOINT_URL_S3", "minio.example.org", "AWS_ENDPOINT_URL_S3 is not an address"),
        ("AZURE_STORAGE_ACCOUNT_KEY", "a\0b".replace("\0", "\x01"), "AZURE_STORAGE_ACCOUNT_KEY contains a line end"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_in_one_line(
    hostile_site: Path, name: str, value: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not its value, and not two hundred lines of a library's panic."""
    variables = {**s3_variables("http://127.0.0.1:9"), name: value}
    said = run("publish", "--no-build", TARGET, cwd=hostile_site, env=variables)
    assert (said.status, said.err.count("\n"), capfd.readouterr()) == (2, 1, ("", "")), said.err
    assert words in said.err
    assert not any(part in said.err for part in ("EXAMPLE", "geheim"))


def test_a_line_end_after_a_secret_does_no_harm(tmp_path: Path, s3: Rclone) -> None:
    """As CI's secrets often have one."""
    folder = site(tmp_path / "site")
    env = {name: f" {value}\n" for name, value in os.environ.items() if name.startswith("AWS_")}
    said = process("publish", "--no-build", TARGET, cwd=folder, env=env)
    assert said.status == 0, said.err
    assert in_store(s3.folder / "bucket" / "feeds") == tree(folder / "output")


def test_a_hub_that_answers_letter_by_letter_is_given_up() -> None:
    """It is never silent for long, and never done."""
    stop = threading.Event()

    def slow(_: int, __: Asked) -> tuple[int, dict[str, str]]:
        stop.wait(20)
        return 204, {}

    with recorder(slow) as hub:
        try:
            with pytest.raises(PostError, match="no answer within"):
                send(Request(url=hub.address), pause=lambda _: None, patience_s=0.05)
        finally:
            stop.set()
