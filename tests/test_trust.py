"""Files that strangers may have written, such as a manifest in a checkout: none costs more than itself."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import SITE_URL, UNPRIVILEGED, build, lay, post, process, run, tree

SITE = {"posts/a.md": post("A", tags="[tea]"), "feedtool.toml": '[site]\ntitle = "Notes"\n'}


def listed(manifest: Path, files: dict[str, bytes]) -> None:
    """Add files to the manifest, each with its true digest, as somebody would who knows what they hold."""
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["files"] |= {path: hashlib.sha256(text).hexdigest() for path, text in files.items()}
    manifest.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("digest", ["true", "wrong"])
def test_a_manifest_removes_nothing_of_the_sites_own(tmp_path: Path, digest: str) -> None:
    """With the output in the site's own folder, posts, settings, templates, cache and hidden files stay; it is said."""
    own = {".git/HEAD": "ref", "templates/extra.css": "p {}", ".feedtool/note": "x", ".env": "KEY=1", **SITE}
    lay(tmp_path, own)
    assert build("--output", ".", "--cache", ".feedtool", cwd=tmp_path).status == 0
    mine = {path: (tmp_path / path).read_bytes() if digest == "true" else b"" for path in own}
    listed(tmp_path / "feeds.json", mine)
    done = build("--output", ".", "--cache", ".feedtool", cwd=tmp_path)
    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in own} == own
    assert (done.status, done.err.count("[kept-file]")) == (0, len(own))


def test_a_manifest_removes_no_file_that_feedtool_did_not_write(tmp_path: Path) -> None:
    """A file whose content is not the listed one stays, and one that feedtool wrote goes."""
    lay(tmp_path, {**SITE, "posts/b.md": post("B", tags="[cup]")})
    build(cwd=tmp_path)
    lay(tmp_path, {"output/CNAME": "example.org", "output/tag/cup/atom.xml": "by hand"})
    listed(tmp_path / "output/feeds.json", {"CNAME": b"another"})
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


@settings(max_examples=25)
@given(st.lists(st.lists(STEPS, min_size=1, max_size=4).map("/".join), max_size=4))
def test_no_manifest_changes_anything_outside_the_output(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str]
) -> None:
    """Whatever paths it lists: the site's own files are as they were, and there is no traceback."""
    base = tmp_path_factory.mktemp("site")
    own = {**SITE, "templates/x": "t", ".git/x": "g", "x": "mine", "posts/x": "p"}
    lay(base, own)
    build("--no-cache", cwd=base)
    listed(base / "output/feeds.json", dict.fromkeys(paths, b"mine"))
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


@pytest.mark.parametrize("command", ["build", "check", "list", "init --yes", "links", "serve --port 0", "new Tea"])
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
