"""Publishing to a folder of this machine, as behind a web server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from heavy import heavy
from runs import SITE_URL, UNPRIVILEGED, build, lay, post, process, run, stamps, tree

from publish.sites import POSTS, in_store, publish_it, site


def test_a_folder_gets_all_and_then_only_what_changed(tmp_path: Path) -> None:
    """Byte for byte; a file that did not change keeps its time; the folder is made."""
    folder, target = site(tmp_path / "site"), tmp_path / "srv" / "www 新"
    said = publish_it(target.as_uri(), cwd=folder)
    assert said.status == 0, said.err
    assert in_store(target) == tree(folder / "output")
    before = stamps(target)
    assert "objects uploaded  0\n" in publish_it(target.as_uri(), cwd=folder).out
    assert stamps(target) == before
    site(folder, {**POSTS, "posts/tea.md": post("Tea", categories="[tea, 新聞]", body="New.")})
    assert publish_it(target.as_uri(), cwd=folder).status == 0
    assert in_store(target) == tree(folder / "output")
    assert stamps(target)["category/rice/rss.xml"] == before["category/rice/rss.xml"]


def test_of_many_objects_only_those_that_changed_are_remembered_anew(tmp_path: Path) -> None:
    """The list of all is written again when much has changed; a damaged one costs a comparison, and puts nothing."""
    tags = ", ".join(f"tag{number}" for number in range(40))
    folder, target = site(tmp_path / "site", {"posts/a.md": post("A", tags=f"[{tags}]")}), tmp_path / "www"
    publish_it(target.as_uri(), cwd=folder)
    record, listed = target / "feedtool-publish.json", target / "feedtool-publish-list.json"
    assert json.loads(record.read_text())["objects"] == {}
    assert json.loads(listed.read_text())["objects"].keys() == tree(folder / "output").keys()
    before = listed.read_bytes()
    lay(folder, {"posts/b.md": post("B", date="2024-02-03")})
    build(cwd=folder)
    publish_it(target.as_uri(), cwd=folder)
    changed = {"atom.xml", "rss.xml", "feed.json", "entries.html", "index.html", "ledger/index.json", "feeds.opml"}
    assert (
        changed - {"feeds.opml"}
        <= json.loads(record.read_text())["objects"].keys()
        <= changed | {path for path in tree(folder / "output") if path.startswith(("entry/", "ledger/"))}
    )
    assert listed.read_bytes() == before
    listed.write_text("{")
    assert "objects uploaded  0\n" in publish_it(target.as_uri(), cwd=folder).out
    assert in_store(target) == tree(folder / "output")
    assert json.loads(listed.read_text())["objects"].keys() == tree(folder / "output").keys()


def test_hidden_files_of_hosts_go_along(tmp_path: Path) -> None:
    """`.htaccess` and `_headers` are as much of the output as feeds are."""
    folder = site(tmp_path / "site", config='[site]\nhost = ["apache", "netlify", "github-pages"]\n')
    publish_it((tmp_path / "www").as_uri(), cwd=folder)
    assert {".htaccess", "_headers", ".nojekyll"} <= tree(tmp_path / "www").keys()


def test_a_folder_may_be_called_as_it_likes(tmp_path: Path) -> None:
    """Signs that mean something in an address of the web are letters of a folder's name."""
    folder = site(tmp_path / "site")
    assert publish_it(f"file://{tmp_path}/www#1?a", cwd=folder).status == 0
    assert in_store(tmp_path / "www#1?a") == tree(folder / "output")
    assert not (tmp_path / "www").exists()


def test_files_of_others_stay(tmp_path: Path) -> None:
    """Neither a page of theirs beside the feeds, nor one in the place of ours, is touched."""
    folder = site(tmp_path / "site")
    lay(tmp_path / "www", {"index.html": "mine", "about.html": "me"})
    said = publish_it((tmp_path / "www").as_uri(), "--grace", "0", cwd=folder)
    assert (0, True) == (said.status, "[foreign-object]" in said.err)
    publish_it((tmp_path / "www").as_uri(), "--grace", "0", cwd=folder)
    assert (b"mine", b"me") == tuple((tmp_path / "www" / name).read_bytes() for name in ("index.html", "about.html"))


def test_what_is_no_longer_made_goes_at_once_if_asked_for(tmp_path: Path) -> None:
    """--grace 0 leaves nothing behind."""
    folder, target = site(tmp_path / "site"), tmp_path / "www"
    publish_it(target.as_uri(), cwd=folder)
    lay(folder, {"feedtool.toml": '[feeds]\nformats = ["atom"]\n'})
    run("build", "--prune", "--site-url", SITE_URL, "--jobs", "1", cwd=folder)
    assert publish_it(target.as_uri(), "--grace", "0", cwd=folder).status == 0
    assert in_store(target) == tree(folder / "output")


def test_a_program_is_told_what_was_done(tmp_path: Path) -> None:
    """Standard output is one JSON object: of a trial run, of the publication, with its build, and of one without."""
    folder, target = site(tmp_path / "site"), tmp_path / "www"
    told = []
    for more in (("--dry-run",), (), ("--no-build", "--purge", "list")):
        url = ("--site-url", SITE_URL, "--jobs", "1")
        done = run("publish", target.as_uri(), *url, "--json", *more, cwd=folder)
        assert (done.status, "objects " in done.err, target.exists()) == (0, True, "--dry-run" not in more)
        told.append(json.loads(done.out))
    trial, first, second = told
    assert (trial["is_dry_run"], trial["is_published"]) == (True, False)
    assert (first["is_dry_run"], first["is_published"]) == (False, True)
    assert trial["objects"]["put"] == first["objects"]["put"] != []
    assert set(first["objects"]["put"]) == tree(folder / "output").keys()
    assert f"{SITE_URL}atom.xml" in first["changed"]
    assert (first["target"], first["build"]["entries"], first["failures"]) == (target.as_uri(), 2, [])
    assert (second["objects"]["put"], second["changed"], second["build"]) == ([], [], None)


@heavy
def test_a_folder_that_may_not_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Which folder, and what to do."""
    folder, target = site(tmp_path / "site"), tmp_path / "www"
    target.mkdir()
    target.chmod(0o555)
    said = process("publish", "--no-build", target.as_uri(), cwd=folder, before=UNPRIVILEGED)
    assert (1, True) == (said.status, "permission denied" in said.err), said.err
    assert 1 == len(said.err.splitlines())
    file = lay(tmp_path, {"file": "x"}) / "file"
    said = publish_it((file / "www").as_uri(), cwd=folder)
    assert (1, True) == (said.status, "not a directory" in said.err), said.err


def test_an_object_that_cannot_be_written_is_named_and_ends_it_before_the_manifest(tmp_path: Path) -> None:
    """Each one with its reason; what refers to it is not put, and the next run goes on there."""
    folder, target = site(tmp_path / "site"), tmp_path / "www"
    (target / "tag").mkdir(parents=True)
    (target / "tag").chmod(0o555)
    said = process("publish", "--no-build", target.as_uri(), cwd=folder, before=UNPRIVILEGED)
    assert 1 == said.status
    assert {"atom.xml", "rss.xml", "feed.json"} == {
        line.split(" ")[1].rpartition("/")[2] for line in said.err.splitlines()
    }
    assert all("/tag/c/" in line and "permission denied" in line for line in said.err.splitlines())
    there = in_store(target)
    assert ("atom.xml" in there, "feeds.json" in there, "index.html" in there) == (True, False, False)
    (target / "tag").chmod(0o755)
    again = publish_it(target.as_uri(), cwd=folder)
    assert f"objects uploaded  {len(tree(folder / 'output')) - len(there)}\n" in again.out
    assert in_store(target) == tree(folder / "output")


@pytest.mark.parametrize("place", ["output", "output/feeds", "."])
def test_the_output_folder_is_no_target(tmp_path: Path, place: str) -> None:
    """Neither itself, nor what is in it, nor what it is in."""
    folder = site(tmp_path / "site")
    before = tree(folder)
    said = publish_it((folder / place).resolve().as_uri(), cwd=folder)
    assert (2, True) == (said.status, "overlap" in said.err)
    assert before == tree(folder)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("", "no target"),
        ("/srv/www", "not the address of a bucket"),
        ("file://srv/www", "not an absolute path"),
        ("http://x/y", "not the address of a bucket"),
        ("s3://", "not the address of a bucket"),
        ("s3://key:SECRET@bucket/x", "more than a bucket"),
        ("s3://bucket/../x", "as a folder"),
    ],
)
def test_a_target_that_is_none_is_refused(tmp_path: Path, target: str, words: str) -> None:
    """What was read, and what to write; a password that slipped in is not repeated."""
    folder = site(tmp_path / "site")
    said = publish_it(*([target] if target else []), cwd=folder)
    assert (2, True) == (said.status, words in said.err), said.err
    assert "SECRET" not in said.err


@heavy
def test_without_the_package_it_is_said_what_to_install(tmp_path: Path) -> None:
    """An extra that is missing is a sentence."""
    folder = site(tmp_path / "site")
    hides = "import sys; sys.modules['obstore'] = None; import importlib.util as u; u.find_spec = lambda *_: None"
    said = process("publish", "s3://bucket/www", cwd=folder, before=hides)
    assert (2, True) == (said.status, "pip install 'feedtool[publish]'" in said.err), said.err
    assert process("publish", "--no-build", (tmp_path / "www").as_uri(), cwd=folder, before=hides).status == 0
    assert in_store(tmp_path / "www") == tree(folder / "output")


def test_a_build_does_not_load_what_publishing_needs(tmp_path: Path) -> None:
    """`feedtool build` starts as fast as before."""
    folder = site(tmp_path / "site")
    after = (
        "import atexit; atexit.register(lambda: print([m for m in sys.modules if 'obstore' in m or 'publish.' in m]))"
    )
    said = process("build", "--site-url", SITE_URL, cwd=folder, before=after)
    assert said.out.splitlines()[-1] == "[]", said.out
