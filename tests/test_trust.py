"""Files that strangers may have written, such as a manifest in a checkout: none costs more than itself."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from heavy import given_at_length, heavy, sampled
from hypothesis import strategies as st
from lxml import etree
from runs import SITE_URL, UNPRIVILEGED, Run, build, lay, post, process, run, tree

from feedtool import check_files
from feedtool.build import jobs
from feedtool.build.codes import INTERNAL_ERROR
from feedtool.cache import packing, serialise
from feedtool.cache.database import opened
from feedtool.cache.entries import Requests, Wanted
from feedtool.model import Entry, Format, Fragment, Part
from feedtool.sanitiser import is_allowed

SITE = {"posts/a.md": post("A", tags="[tea]"), "feedtool.toml": '[site]\ntitle = "Notes"\n'}


def listed(part: Path, files: dict[str, bytes]) -> None:
    """Add files to a list of them, each with its true digest, as somebody would who knows what they hold."""
    content = json.loads(part.read_text(encoding="utf-8"))
    content["files"] |= {path: hashlib.sha256(text).hexdigest() for path, text in files.items()}
    part.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("digest", ["true", "wrong"])
def test_a_manifest_removes_nothing_of_the_sites_own(tmp_path: Path, digest: str) -> None:
    """With the output in the site's own folder, posts, settings, templates, cache and hidden files stay; it is said."""
    own = {".git/HEAD": "ref", "templates/extra.css": "p {}", ".feedtool/note": "x", ".env": "KEY=1", **SITE}
    lay(tmp_path, own)
    assert build("--output", ".", "--cache", ".feedtool", cwd=tmp_path).status == 0
    mine = {path: (tmp_path / path).read_bytes() if digest == "true" else b"" for path in own}
    listed(tmp_path / "ledger/files.json", mine)
    done = build("--output", ".", "--cache", ".feedtool", "--verbose", cwd=tmp_path)
    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in own} == own
    assert (done.status, done.err.count("[kept-file]")) == (0, len(own))


def test_a_manifest_removes_no_file_that_feedtool_did_not_write(tmp_path: Path) -> None:
    """A file whose content is not the listed one stays, and one that feedtool wrote goes."""
    lay(tmp_path, {**SITE, "posts/b.md": post("B", tags="[cup]")})
    build(cwd=tmp_path)
    lay(tmp_path, {"output/CNAME": "example.org", "output/tag/cup/atom.xml": "by hand"})
    listed(tmp_path / "output/ledger/files.json", {"CNAME": b"another"})
    (tmp_path / "posts/b.md").unlink()
    done = build("--prune", cwd=tmp_path)
    assert "output/tag/cup/rss.xml" not in tree(tmp_path)
    assert (tmp_path / "output/CNAME").read_text() == "example.org"
    assert (tmp_path / "output/tag/cup/atom.xml").read_text() == "by hand"
    assert done.err.count("[kept-file]") == 2


def test_a_manifest_replaces_no_file_that_feedtool_did_not_write(tmp_path: Path) -> None:
    """A page of the site's own in the place of a page of feedtool's stays, though a manifest lists it."""
    lay(tmp_path, SITE)
    build(cwd=tmp_path)
    lay(tmp_path, {"output/index.html": "<p>mine</p>", "posts/b.md": post("B")})
    done = build(cwd=tmp_path)
    assert (tmp_path / "output/index.html").read_text() == "<p>mine</p>"
    assert "[foreign-file]" in done.err


STEPS = st.sampled_from(
    ["posts", "templates", ".feedtool", ".git", "a.md", "feedtool.toml", "x", "..", ".", "", "\0", "/"]
)


@given_at_length(10, 25, st.lists(st.lists(STEPS, min_size=1, max_size=4).map("/".join), max_size=4))
def test_no_manifest_changes_anything_outside_the_output(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str]
) -> None:
    """Whatever paths it lists: the site's own files are as they were, and there is no traceback."""
    base = tmp_path_factory.mktemp("site")
    own = {**SITE, "templates/x": "t", ".git/x": "g", "x": "mine", "posts/x": "p"}
    lay(base, own)
    build("--no-cache", cwd=base)
    listed(base / "output/ledger/files.json", dict.fromkeys(paths, b"mine"))
    done = build("--no-cache", cwd=base)
    assert "Traceback" not in done.err
    assert {path: text for path, text in tree(base).items() if not path.startswith("output/")} == {
        path: text.encode() for path, text in own.items()
    }


# Links and devices, which git can carry or a stranger can leave.

STYLE = "p { content: 'KEY=1' }"


@pytest.mark.parametrize("target", ["secret.css", "/dev/zero", "missing"])
@pytest.mark.parametrize("place", ["templates/extra.css", "templates"])
def test_templates_are_not_read_through_links(tmp_path: Path, place: str, target: str) -> None:
    """Neither a template nor their folder may be a link; the pages are made with ours, and it is said."""
    lay(tmp_path, {**SITE, "secret.css": STYLE, "elsewhere/extra.css": STYLE})
    link = tmp_path / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path / "elsewhere" if place == "templates" else Path(tmp_path, target))
    done = build(cwd=tmp_path)
    assert (done.status, "[unreadable-template]" in done.err) == (0, True)
    assert not any(b"KEY=1" in content for content in tree(tmp_path / "output").values())


@pytest.mark.parametrize("target", ["/dev/zero", "../other.toml", "missing"])
def test_a_configuration_that_is_a_link_is_one_line(tmp_path: Path, target: str) -> None:
    """It is not followed out of its folder: nothing is built, and the reason is said."""
    lay(tmp_path, {"site/posts/a.md": post("A"), "other.toml": '[site]\ntitle = "KEY"\n'})
    (tmp_path / "site/feedtool.toml").symlink_to(target)
    done = build("--config", "feedtool.toml", cwd=tmp_path / "site")
    assert (done.status, done.err.count("[config-unreadable]"), "Traceback" in done.err) == (2, 1, False)
    assert not (tmp_path / "site/output").exists()


@pytest.mark.parametrize("name", ["cache.sqlite", "cache.sqlite-journal", "cache.sqlite-wal", ""])
@pytest.mark.parametrize("target", ["theirs.sqlite", "/dev/zero"])
def test_a_cache_that_is_a_link_is_not_used(tmp_path: Path, name: str, target: str) -> None:
    """What it leads to stays as it is; the build does without a cache, and says so."""
    lay(tmp_path, SITE)
    with closing(sqlite3.connect(tmp_path / "theirs.sqlite")) as db:
        db.execute("CREATE TABLE history (url TEXT)")
        db.commit()
    before = (tmp_path / "theirs.sqlite").read_bytes()
    (tmp_path / "elsewhere").mkdir()
    if name:
        (tmp_path / ".feedtool").mkdir()
        (tmp_path / ".feedtool" / name).symlink_to(tmp_path / target)
    else:
        (tmp_path / ".feedtool").symlink_to(tmp_path / "elsewhere")
    done = run("build", "--site-url", SITE_URL, cwd=tmp_path)
    assert (done.status, "[unusable-cache]" in done.err) == (0, True)
    assert ((tmp_path / "theirs.sqlite").read_bytes(), list((tmp_path / "elsewhere").iterdir())) == (before, [])
    assert run("check", "--site-url", SITE_URL, cwd=tmp_path).status == 0


def test_the_database_of_another_program_keeps_its_tables(tmp_path: Path) -> None:
    """A file in the place of the cache that is not ours is not emptied."""
    lay(tmp_path, {**SITE, ".feedtool/note": ""})
    with closing(sqlite3.connect(tmp_path / ".feedtool/cache.sqlite")) as db:
        db.execute("CREATE TABLE history (url TEXT)")
        db.commit()
    done = run("build", "--site-url", SITE_URL, cwd=tmp_path)
    assert (done.status, "belongs to another program" in done.err) == (0, True)
    with closing(sqlite3.connect(tmp_path / ".feedtool/cache.sqlite")) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("history",)]


@pytest.mark.parametrize(
    "harm",
    [
        "DROP TABLE post; CREATE VIEW post AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n",
        "CREATE TRIGGER t AFTER INSERT ON memory BEGIN DELETE FROM story; END",
        "DROP TABLE entry; CREATE TABLE entry (key TEXT)",
        "CREATE TABLE more (x)",
    ],
)
def test_a_cache_with_another_schema_is_emptied(tmp_path: Path, harm: str) -> None:
    """Views, triggers and tables of strangers are not used: the build ends, with the bytes of one without a cache."""
    lay(tmp_path, SITE)
    assert run("build", "--site-url", SITE_URL, cwd=tmp_path).status == 0
    before = tree(tmp_path / "output")
    with closing(sqlite3.connect(tmp_path / ".feedtool/cache.sqlite")) as db:
        db.executescript(harm)
    done = run("build", "--site-url", SITE_URL, cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    assert tree(tmp_path / "output") == before


def test_a_manifest_and_a_journal_that_are_links_are_not_read(tmp_path: Path) -> None:
    """Neither leads the build out of the output folder."""
    lay(tmp_path, {**SITE, "output/x": "", "list.json": "{}"})
    (tmp_path / "output/feeds.json").symlink_to("/dev/zero")
    done = build(cwd=tmp_path)
    assert (done.status, "Traceback" in done.err, "symbolic link" in done.err) == (1, False, True)


@pytest.mark.parametrize(
    "command",
    sampled(
        ["build", "check", "list", "init --yes", "links", "serve --port 0", "new Tea"], "build", "init --yes", "new Tea"
    ),
)
def test_a_working_folder_that_was_removed_is_said_in_one_line(tmp_path: Path, command: str) -> None:
    """As a shell keeps one whose checkout was laid again."""
    gone = tmp_path / "gone"
    gone.mkdir()
    before = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r})"
    said = process(*command.split(), cwd=tmp_path, before=before)
    assert (said.status, said.err.count("\n")) == (1, 1), said.err


@pytest.mark.parametrize("home", ["/nonexistent", "locked", ""])
def test_a_home_that_is_missing_or_locked_stops_no_build(tmp_path: Path, home: str) -> None:
    """As in containers and services."""
    lay(tmp_path, SITE)
    (tmp_path / "locked").mkdir(mode=0)
    env = {"HOME": str(tmp_path / home) if home else ""}
    said = process("build", "--site-url", SITE_URL, cwd=tmp_path, env=env, before=UNPRIVILEGED)
    assert (said.status, "Traceback" in said.err) == (0, False), said.err


# Caches from elsewhere: from a pull request, or from a runner's shared store.

#: an old site of two posts; what the attacker wants is to be in the feeds, or to keep the good post out of them
YARD = {"posts/a.md": post("A", tags="[tea]"), "posts/good.md": post("Good", tags="[cup]", body="Good words.")}


def built(base: Path, *arguments: str) -> Run:
    """Build with the cache, in this process."""
    return run("build", "--jobs", "1", "--site-url", SITE_URL, *arguments, cwd=base)


@pytest.fixture
def yard(tmp_path: Path) -> Path:
    """Give a site that was built, with its output elsewhere: its files come from the cache, or from the posts."""
    lay(tmp_path, YARD)
    assert built(tmp_path).status == 0
    (tmp_path / "output").rename(tmp_path / "sound")
    return tmp_path


def harmed(base: Path, *statements: str, values: Sequence[object] = ()) -> None:
    """Change the cache."""
    with closing(sqlite3.connect(base / ".feedtool/cache.sqlite")) as db:
        for statement in statements:
            db.execute(statement, values)
        db.commit()


def put(base: Path, no: int, *, path: str = "", post: int = 0) -> None:
    """Change the path of a file in the cache, or what it says to what another does."""
    with closing(sqlite3.connect(base / ".feedtool/cache.sqlite")) as db:
        groups = packing.Groups(db)
        place, name = groups.place(no)
        groups.put(no, path or place, name, groups.post(post or no))
        groups.save()
        db.commit()


def sound(base: Path) -> dict[str, bytes]:
    """Return the output of the build from nothing."""
    return tree(base / "sound")


def entry_in(base: Path) -> tuple[Entry, Fragment]:
    """Return an entry in the cache, and its formats."""
    with closing(sqlite3.connect(base / ".feedtool/cache.sqlite")) as db:
        return serialise.rendered_in(db.execute("SELECT squeezed FROM entry ORDER BY key").fetchone()[0], "")


@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/self/environ", "../secret.md", "posts/../../secret.md"])
def test_a_cache_names_no_file_that_is_not_a_post(yard: Path, path: str) -> None:
    """A row that names another file is dropped: the feeds are those of a build without a cache."""
    lay(yard.parent, {"secret.md": post("A", body="KEY=hidden")})
    put(yard, 1, path=path)
    harmed(yard, "DELETE FROM entry")
    done = built(yard)
    assert done.status == 0
    assert tree(yard / "output") == sound(yard)


def test_a_request_reads_no_file_that_this_run_did_not_find(tmp_path: Path) -> None:
    """Though the cache says that the post of a story is there."""
    with opened(tmp_path / "cache.sqlite", engine="1", secret=b"own") as cache:
        cache.groups.put(1, "posts/a.md", "a.md", "Words")
        cache.groups.put(2, "/etc/passwd", "passwd", "Words")
        mine, other = (Wanted(f"urn:{no}", b"", no, 0, 0, 0, "", b"", "", {}) for no in (1, 2))
        requests = Requests(cache, {one.id: one for one in (mine, other)}, {"posts/a.md"})
        assert requests.path(mine) == "posts/a.md"
        with pytest.raises(packing.DamagedError):
            requests.path(other)


@pytest.mark.parametrize(
    "change",
    [
        {"content_html": "<script>alert(1)</script>"},
        {"content_html": '<p onclick="x()">Hi</p>'},
        {"content_html": '<img src="x.png" onerror="x()">'},
        {"content_html": "<p>\x00</p>"},
        {"url": "javascript:alert(1)"},
        {"image": "javascript:alert(1)"},
        {"title": 7},
        {"published_ms": 10**18},
        {"authors": [["A", "", "javascript:alert(1)"]]},
        {"enclosures": [["javascript:alert(1)", "audio/mpeg", None]]},
    ],
    ids=repr,
)
def test_a_cache_publishes_no_entry_that_is_not_allowed(yard: Path, change: dict[str, object]) -> None:
    """An entry that somebody changed is made again: the feeds are those of a build without a cache."""
    entry, rendered = entry_in(yard)
    for name, value in change.items():
        object.__setattr__(entry, name, value)
    harmed(yard, "UPDATE entry SET squeezed = ?", values=[serialise.squeezed(entry, rendered)])
    assert built(yard).status == 0
    assert tree(yard / "output") == sound(yard)


def test_rules_in_a_strangers_cache_are_not_used(yard: Path) -> None:
    """The sanitiser's rules come from the cache only where this user's build left them: else nothing of a text goes."""
    rule = {"name": "mine", "why": "no", "kind": "words", "classes": ["lead"]}
    harmed(yard, "UPDATE memory SET value = ? WHERE name = 'rules'", values=[packing.packed([[rule], "00"])])
    body = "<p>A long day in the garden, and rain.</p>" * 9 + '<div class="lead">Words.</div>'
    lay(yard, {"posts/good.md": post("Good", tags="[cup]", body=body, **{"from": "https://a.example/b"})})
    assert built(yard).status == 0
    assert b"Words." in tree(yard / "output")["atom.xml"]


def test_a_cache_publishes_no_rendered_entry_of_a_strangers(yard: Path) -> None:
    """What stands rendered in the cache is not used where it is not from this user's builds."""
    entry, rendered = entry_in(yard)

    def falsified(form: Format, script: bytes) -> Part:
        return Part(before=rendered.of(form).replace(b"Good words", script).decode())

    atom, rss = falsified("atom", b"&lt;script&gt;"), falsified("rss", b"&lt;script&gt;")
    false = replace(rendered, atom=atom, rss=rss, json=falsified("json", b"<script>"))
    harmed(yard, "UPDATE entry SET squeezed = ?", values=[serialise.squeezed(entry, false)])
    assert built(yard).status == 0
    assert tree(yard / "output") == sound(yard)


@pytest.mark.parametrize("key", ["FEEDTOOL_CACHE_KEY", "XDG_STATE_HOME"])
def test_a_cache_of_another_user_serves(yard: Path, key: str) -> None:
    """With another key nothing is made again that the allow-list lets pass, and the bytes are the same."""
    before = sound(yard)
    done = run("build", "--jobs", "1", "--site-url", SITE_URL, cwd=yard, env={key: str(yard / "elsewhere")})
    assert (done.status, set(re.findall(r"  \[([a-z-]+)\]", done.err))) == (0, {"lost-manifest"})
    assert tree(yard / "output") == before


def test_the_key_is_the_users_own(yard: Path) -> None:
    """It is made at the first use, for this user alone, and never in the cache's folder."""
    state = {"XDG_STATE_HOME": str(yard / "state")}
    run("build", "--site-url", SITE_URL, cwd=yard, env=state)
    place = yard / "state/feedtool/key"
    first = place.read_text()
    assert (len(first), place.stat().st_mode & 0o777) == (64, 0o600)
    run("build", "--site-url", SITE_URL, cwd=yard, env=state)
    assert place.read_text() == first
    assert first.encode() not in (yard / ".feedtool/cache.sqlite").read_bytes()


def test_a_home_that_cannot_be_written_is_no_hindrance(yard: Path) -> None:
    """Without a place for the key, a build does what it can do without."""
    lay(yard, {"state": "a file"})
    done = run("build", "--jobs", "1", "--site-url", SITE_URL, cwd=yard, env={"XDG_STATE_HOME": str(yard / "state")})
    assert (done.status, set(re.findall(r"  \[([a-z-]+)\]", done.err))) == (0, {"lost-manifest"})


@pytest.mark.parametrize("column", ["digest", "post"])
def test_a_row_that_does_not_fit_its_file_is_made_again(yard: Path, column: str) -> None:
    """The header is read again where the digest is not the file's, and where the post cannot be made an entry."""
    if column == "digest":
        harmed(yard, "UPDATE post SET digest = x'00'")
    else:
        put(yard, 2, post=1)
    harmed(yard, "DELETE FROM entry")
    assert built(yard).status == 0
    if column == "digest":
        assert tree(yard / "output") == sound(yard)
    assert b"Good words" in (yard / "output/atom.xml").read_bytes()


def test_a_feed_that_cannot_be_made_ends_the_build_with_1(yard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that fails its verification is made once more without the cache; if it fails again, the status is 1."""
    monkeypatch.setattr(jobs, "verify", lambda *_: (INTERNAL_ERROR.at("atom.xml", "x"),))
    done = built(yard)
    assert (done.status, "[internal-error]" in done.err, "[unusable-cache]" in done.err) == (1, True, True)


PACKED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["<script>", "javascript:x", "/etc/passwd", 2**63, 10**30, -(10**18)]),
    lambda values: st.lists(values, max_size=20) | st.dictionaries(st.text(max_size=3), values, max_size=3),
)  # fmt: skip
HOSTILE = (
    PACKED.map(packing.packed) | st.binary(max_size=40) | st.none() | st.text(max_size=9) | st.floats()
    | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([b"/etc/passwd", b"[" * 9000, "/etc/passwd", b"\xff/../x"])
    | PACKED.map(lambda value: packing.zipped(packing.dumped([value] * 3)))
    | PACKED.map(lambda value: packing.zipped("\0".join([packing.dumped(value)] * 64)))
    | st.just(packing.packed([[]] * 500)) | st.just(b"[" * 9000 + packing.checksum(b"[" * 9000))
)  # fmt: skip
COLUMNS = [
    (table, column)
    for table, columns in {
        "memory": "value", "shelf": "no low high places posts", "waiting": "no id root mark", "term": "kind name no",
        "carries": "term ms story", "monthly": "term month count",
        "post": "no stamp size digest is_draft key published_ms expires_ms is_held problems",
        "story": "no id claimed root declared mark told published_ms updated_ms host version language title letters "
                 "terms named problems",
        "entry": "key atom_size rss_size json_size problems squeezed proof content",
        "feed": "folder key count", "document": "path digest stamp",
    }.items()
    for column in columns.split()
]  # fmt: skip


@given_at_length(
    6,
    15,
    st.lists(st.tuples(st.sampled_from(COLUMNS), HOSTILE, st.sampled_from(["one", "all"])), min_size=1, max_size=3),
    st.sampled_from(["output", "nothing"]),
)
def test_no_cache_costs_more_than_itself(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[tuple[str, str], object, str]], lost: str
) -> None:
    """Whatever stands in its rows: no traceback, nothing of a stranger's in the feeds, and the good post is there."""
    base = lay(tmp_path_factory.mktemp("site"), YARD)
    built(base)
    for (table, column), value, rows in changes:
        where = f"WHERE {column} = (SELECT MAX({column}) FROM {table})" if rows == "one" else ""  # noqa: S608
        with suppress(sqlite3.IntegrityError):
            harmed(base, f"UPDATE {table} SET {column} = ? {where}", values=[value])  # noqa: S608
    shutil.rmtree(base / lost, ignore_errors=True)
    lay(base, {"posts/new.md": post("New")})
    assert "Traceback" not in built(base).err + built(base).err
    made = tree(base / "output")
    assert b"Good words" in made["atom.xml"]
    contents = etree.fromstring(made["atom.xml"]).iter("{http://www.w3.org/2005/Atom}content")
    assert all(is_allowed(content.text or "") for content in contents)
    assert not [name for name, content in made.items() if b"root:x:" in content or b'="javascript:' in content]
    assert {name for name in tree(base) if not name.startswith("output/")} == {*YARD, "posts/new.md"}


# Posts that take all memory.


def test_a_post_of_too_many_elements_loses_its_body(tmp_path: Path) -> None:
    """Its title and link are published, and the post beside it whole."""
    lay(tmp_path, YARD | {"posts/many.md": post("Many", body="<p>" * 200_001)})
    done = build(cwd=tmp_path)
    feed = (tmp_path / "output/atom.xml").read_bytes()
    assert (done.status, "posts/many.md: warning: more than 200,000 elements" in done.err) == (0, True)
    assert b"Good words" in feed
    assert b"<title>Many</title>" in feed


@pytest.mark.parametrize("jobs", sampled(["0", "1", "2"], "2"))
@pytest.mark.parametrize(
    "body",
    ["<p>" + "word " * 9 + "</p>", pytest.param("word ", marks=heavy), pytest.param("*a* b\n\n", marks=heavy)],
    ids=["html", "text", "markdown"],
)
def test_a_post_for_which_there_is_no_memory_is_left_out_and_said(tmp_path: Path, jobs: str, body: str) -> None:
    """However few processes are asked for: the build goes on, and the posts beside it are published."""
    lay(tmp_path, YARD | {"posts/large.md": post("Large", body=body * (4_000_000 // len(body)))})
    before = "from feedtool.build import executors; executors._MEMORY = 9_000_000"
    # Python's own allocator asks thousands of times more before it gives up, which takes seconds
    env = {"PYTHONMALLOC": "malloc"}
    done = process("build", "--jobs", jobs, "--site-url", SITE_URL, cwd=tmp_path, env=env, before=before)
    assert (done.status, "Traceback" in done.err) == (0, False), done.err
    assert "posts/large.md: error: " in done.err
    assert "[worker-died]" in done.err
    assert b"Good words" in (tmp_path / "output/atom.xml").read_bytes()


#: Notes the most memory, in KB, that a build or one of its children took. Of the build itself it is Linux's VmHWM,
#: since `ru_maxrss` begins with the memory of the program that started it, here that of the tests.
_PEAK = """
import atexit, resource
@atexit.register
def _():
    with open("/proc/self/status") as status:
        own = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    with open("peak", "w") as file:
        file.write(str(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)))
"""
GREEDY = {
    "elements": post("A", body="<p>w</p>" * 1_000_000),
    "below the cap": post("A", body="<p>w</p>" * 195_000),
    "markdown": post("A", body="- *a* [b](c)\n" * 400_000),
    "words": post("A", body="word " * 1_600_000),
    "escapes": post("A", body="&lt;" * 2_400_000),
    "no-break spaces": post("A", body="<p>a" + "\xa0" * 2_400_000 + "b</p>"),
    "toml": "+++\na" + ".a" * 20_000 + " = 1\n+++\nWords.",
    "json": '{"title": "A", "a": ' + "[" * 3_000_000 + "]" * 3_000_000 + "}\nWords.",
    "unclosed": "---\n" + "a: b\n" * 1_900_000,
}


@heavy
@pytest.mark.parametrize(("name", "jobs"), [("elements", "1"), *((name, "2") for name in GREEDY)])
def test_no_post_takes_400_megabytes(tmp_path: Path, name: str, jobs: str) -> None:
    """Of no process, and the post beside it is published."""
    lay(tmp_path, YARD | {"posts/greedy.md": GREEDY[name]})
    done = process("build", "--jobs", jobs, "--site-url", SITE_URL, cwd=tmp_path, before=_PEAK, timeout=300)
    assert (done.status, "Traceback" in done.err) == (0, False), done.err
    assert int((tmp_path / "peak").read_text()) < 400_000
    assert b"Good words" in (tmp_path / "output/atom.xml").read_bytes()


@pytest.mark.parametrize(
    "feed",
    [
        '<rss version="2.0"><channel {}/></rss>',
        '<feed xmlns="http://www.w3.org/2005/Atom" {}/>',
        '<feed xmlns="http://www.w3.org/2005/Atom"><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml" {}/></title></feed>',
        '<opml version="2.0"><body><outline {}/></body></opml>',
    ],
    ids=["rss", "atom", "xhtml", "opml"],
)
def test_a_feed_of_thousands_of_attributes_is_checked_in_no_time(tmp_path: Path, feed: str) -> None:
    """The first of them are checked; the number of all is said."""
    attributes = " ".join(f'a{number}="1"' for number in range(40_000))
    lay(tmp_path, {"feed.xml": feed.format(attributes)})
    started = time.process_time()
    found = check_files([tmp_path / "feed.xml"])
    assert time.process_time() - started < 2
    assert found
