"""Output: what a build does to the folder that it writes to, and what it never does."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedtool.model import Document
from feedtool.output import JOURNAL, Changes, OutputError, put_aside, staging


def listed(*paths: str, text: str = "old") -> dict[str, str]:
    """Return the paths as a manifest lists them, each with this text."""
    return dict.fromkeys(paths, hashlib.sha256(text.encode()).hexdigest())


def document(path: str, content: str = "new") -> Document:
    """Return a document of that text."""
    return Document(path=path, media_type="text/plain", content=content.encode())


def write(documents: Iterable[Document], *, folder: Path, obsolete: Mapping[str, str] | None = None) -> Changes:
    """Bring the folder up to date with the documents, or leave it unchanged."""
    with staging(folder) as stage:
        for each in documents:
            stage.take(each)
        return stage.move(obsolete=obsolete or {})


def tree(folder: Path) -> dict[str, str]:
    """Return the text of every file below a folder, and "/" for every folder."""
    return {
        path.relative_to(folder).as_posix(): "/" if path.is_dir() else path.read_text()
        for path in sorted(folder.rglob("*"))
    }


def build_alone(folder: Path, script: str, *, files: int = 2, size: int = 100) -> subprocess.CompletedProcess[str]:
    """Write large documents from a process of its own, after the script; print what is raised."""
    code = f"""
import hashlib, os, signal, sys
from pathlib import Path
from feedtool.model import Document
from feedtool.output import OutputError, staging
{script}
names = [f"d{{n}}/atom.xml" for n in range({files})]
made = [Document(path=name, media_type="", content=b"n" * {size}) for name in names]
try:
    with staging(Path(sys.argv[1])) as stage:
        for document in made:
            stage.take(document)
        stage.move(obsolete={{"old/atom.xml": hashlib.sha256(b"old").hexdigest()}})
except OutputError as error:
    print(error)
"""
    return subprocess.run([sys.executable, "-c", code, str(folder)], check=False, capture_output=True, text=True)


def test_a_first_build_makes_the_folder(tmp_path: Path) -> None:
    """A build needs no folder to be there; it leaves its documents and nothing else."""
    folder = tmp_path / "deep" / "output"
    documents = [document("tag/茶/atom.xml", "茶"), document("atom.xml", "all"), document("feeds.json", "{}")]
    changes = write(documents, folder=folder)
    paths = ("tag/茶/atom.xml", "atom.xml", "feeds.json")
    assert Changes(written=paths, unchanged=(), removed=(), bytes_written=8) == changes
    expected = {"atom.xml": "all", "feeds.json": "{}", "tag": "/", "tag/茶": "/", "tag/茶/atom.xml": "茶"}
    assert expected == tree(folder)


def test_a_second_build_touches_nothing(tmp_path: Path) -> None:
    """The same documents leave every file and folder as it is: its time, its identity."""
    documents = [document("a/atom.xml"), document("rss.xml")]
    write(documents, folder=tmp_path)
    before = [(path.stat().st_mtime_ns, path.stat().st_ino) for path in (tmp_path, *tmp_path.rglob("*"))]
    changes = write(documents, folder=tmp_path)
    assert Changes(written=(), unchanged=("a/atom.xml", "rss.xml"), removed=(), bytes_written=0) == changes
    assert before == [(path.stat().st_mtime_ns, path.stat().st_ino) for path in (tmp_path, *tmp_path.rglob("*"))]


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    """One changed document is one changed file, even where the length stays the same."""
    write([document("a.xml", "1"), document("b.xml", "1")], folder=tmp_path)
    changes = write([document("a.xml", "1"), document("b.xml", "2")], folder=tmp_path)
    assert (("b.xml",), ("a.xml",), 1) == (changes.written, changes.unchanged, changes.bytes_written)
    assert {"a.xml": "1", "b.xml": "2"} == tree(tmp_path)


def test_documents_may_be_put_aside_by_others(tmp_path: Path) -> None:
    """They are like those that are taken; a place that nobody used leaves nothing behind."""
    write([document("b.xml", "old"), document("c.xml", "same")], folder=tmp_path)
    texts = {"a/a.xml": b"new", "b.xml": b"new", "c.xml": b"same"}
    with staging(tmp_path) as stage:
        places = {path: stage.place(path) for path in (*texts, "d/d.xml")}
        for path, text in texts.items():
            stage.accept(put_aside(places[path], text))
        changes = stage.move(obsolete={})
    assert Changes(written=("a/a.xml", "b.xml"), unchanged=("c.xml",), removed=(), bytes_written=6) == changes
    assert {"a": "/", "a/a.xml": "new", "b.xml": "new", "c.xml": "same"} == tree(tmp_path)


def test_nothing_is_left_of_documents_that_were_put_aside_in_vain(tmp_path: Path) -> None:
    """Neither their files nor their folders."""
    with suppress(RuntimeError), staging(tmp_path / "output") as stage:
        put_aside(stage.place("a/atom.xml"), b"new")
        raise RuntimeError
    assert {} == tree(tmp_path)


def test_each_folder_of_files_that_stay_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site may have a page for each of its posts, each in a folder of its own."""
    looks: list[object] = []
    real = os.lstat

    def noted(path: str) -> os.stat_result:
        looks.append(path)
        return real(path)

    with staging(tmp_path) as stage:
        monkeypatch.setattr(os, "lstat", noted)
        stage.move(obsolete={}, untouched=[f"entry/{n}/index.html" for n in range(50)])
    assert len(looks) < 110


@pytest.mark.parametrize("ahead", [-3600, 0, 3600])
def test_the_time_of_a_changed_file_moves_forward(tmp_path: Path, ahead: int) -> None:
    """Last-Modified of a changed feed is later by a second at least, even if the old one lies in the future."""
    place = tmp_path / "atom.xml"
    write([document("atom.xml", "old")], folder=tmp_path)
    old = int(time.time()) + ahead + 0.75
    os.utime(place, (old, old))
    write([document("atom.xml", "new")], folder=tmp_path)
    assert int(place.stat().st_mtime) >= int(old) + 1
    assert ahead < 0 or int(place.stat().st_mtime) <= int(old) + 5


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    """A web server may read what a build wrote; permissions that somebody set on a file stay."""
    old_mask = os.umask(0o022)
    try:
        write([document("atom.xml", "1"), document("rss.xml", "1")], folder=tmp_path)
        (tmp_path / "rss.xml").chmod(0o640)
        write([document("atom.xml", "2"), document("rss.xml", "2")], folder=tmp_path)
    finally:
        os.umask(old_mask)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("atom.xml", "rss.xml")]
    assert [0o644, 0o640] == modes


def test_a_reader_of_the_old_file_is_not_disturbed(tmp_path: Path) -> None:
    """Who has the old file open reads it to its end: files are replaced, not overwritten."""
    write([document("atom.xml", "old")], folder=tmp_path)
    with (tmp_path / "atom.xml").open() as reader:
        write([document("atom.xml", "new!")], folder=tmp_path)
        assert "old" == reader.read()


def test_obsolete_files_go_with_their_empty_folders(tmp_path: Path) -> None:
    """What an earlier build made and this one does not is removed; folders in use and foreign files stay."""
    write([document(f"tag/{name}/atom.xml") for name in ("a", "b", "c")], folder=tmp_path)
    (tmp_path / "tag/b/note.txt").write_text("mine")
    (tmp_path / "CNAME").write_text("mine")
    old = ["tag/a/atom.xml", "tag/b/atom.xml", "tag/c/atom.xml", "tag/missing/atom.xml"]
    changes = write([document("tag/c/atom.xml")], folder=tmp_path, obsolete=listed(*old, text="new"))
    assert ("tag/a/atom.xml", "tag/b/atom.xml") == changes.removed
    files = {"CNAME": "mine", "tag/b/note.txt": "mine", "tag/c/atom.xml": "new"}
    assert files | {"tag": "/", "tag/b": "/", "tag/c": "/"} == tree(tmp_path)


def test_a_file_with_another_content_than_listed_stays(tmp_path: Path) -> None:
    """A manifest may be wrong, or a stranger's: only what feedtool wrote is removed, and the rest is named."""
    (tmp_path / "CNAME").write_text("mine")
    (tmp_path / "old.xml").write_text("old")
    changes = write([], folder=tmp_path, obsolete=listed("CNAME", "old.xml", "gone.xml"))
    assert (("old.xml",), ("CNAME",)) == (changes.removed, changes.altered)
    assert {"CNAME": "mine"} == tree(tmp_path)


def test_a_folder_in_the_place_of_an_obsolete_file_stays(tmp_path: Path) -> None:
    """A folder of somebody else's, with the name of a file that we once made, is not touched."""
    (tmp_path / "old.xml").mkdir()
    assert () == write([], folder=tmp_path, obsolete=listed("old.xml", "old.xml/x")).removed
    assert {"old.xml": "/"} == tree(tmp_path)


HOSTILE = [
    *(
        "",
        "/etc/x",
        "../x",
        "a/../../x",
        "a/..",
        "./x",
        "a//x",
        "a/",
        "..\\x",
        "a\\x",
        "C:x",
        "c:/x",
        "a\0b",
        "..",
    ),
]


@pytest.mark.parametrize("path", HOSTILE)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    """Neither a document nor a manifest that somebody tampered with reaches out of the folder."""
    folder = tmp_path / "output"
    write([document("a/atom.xml", "old")], folder=folder)
    (tmp_path / "x").write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(OutputError):
        write([document("a/atom.xml"), document(path)], folder=folder)
    with pytest.raises(OutputError):
        write([document("a/atom.xml")], folder=folder, obsolete=listed(path))
    assert before == tree(tmp_path)


@pytest.mark.parametrize("is_file", [True, False])
def test_a_symbolic_link_does_not_lead_out(tmp_path: Path, *, is_file: bool) -> None:
    """A link in the output folder that points elsewhere is refused: nothing is written or removed there."""
    folder, outside = tmp_path / "output", tmp_path / "outside"
    write([document("a/atom.xml", "old")], folder=folder)
    write([document("atom.xml", "mine")], folder=outside)
    (folder / "tag").mkdir()
    link = folder / "tag" / ("atom.xml" if is_file else "b")
    link.symlink_to(outside / "atom.xml" if is_file else outside)
    path = "tag/atom.xml" if is_file else "tag/b/atom.xml"
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="symbolic link"):
        write([document("a/atom.xml"), document(path)], folder=folder)
    with pytest.raises(OutputError, match="symbolic link"):
        write([document("a/atom.xml")], folder=folder, obsolete=listed(path))
    assert before == tree(tmp_path)


def test_the_output_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    """Where the output lies is the user's choice: a link to a folder is followed."""
    (tmp_path / "real").mkdir()
    (tmp_path / "output").symlink_to(tmp_path / "real")
    write([document("a/atom.xml")], folder=tmp_path / "output")
    assert {"a": "/", "a/atom.xml": "new"} == tree(tmp_path / "real")


def test_paths_that_differ_in_case_only_are_our_fault(tmp_path: Path) -> None:
    """Two documents never share a file on systems that ignore case or Unicode forms."""
    with pytest.raises(AssertionError):
        write([document("tag/É/atom.xml"), document("tag/e\u0301/atom.xml")], folder=tmp_path)
    assert {} == tree(tmp_path)


@pytest.mark.parametrize(
    ("obstacle", "words"),
    [("output", "a file is where"), ("output/b", "a file is where"), ("output/b/atom.xml/x", "not a file")],
)
def test_something_in_the_way_leaves_all_as_it_was(tmp_path: Path, obstacle: str, words: str) -> None:
    """Where a file or folder stands in the way, the message says so and nothing has changed."""
    folder = tmp_path / "output"
    if obstacle != "output":
        write([document("a/atom.xml", "old")], folder=folder)
    (tmp_path / obstacle).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / obstacle).write_text("mine")
    before = tree(tmp_path)
    documents = [document("a/atom.xml"), document("new/atom.xml"), document("b/atom.xml")]
    with pytest.raises(OutputError, match=words):
        write(documents, folder=folder)
    assert before == tree(tmp_path)


def test_a_name_that_is_too_long_leaves_all_as_it_was(tmp_path: Path) -> None:
    """A name that the file system refuses is told, and nothing has changed."""
    write([document("a/atom.xml", "old")], folder=tmp_path)
    before = tree(tmp_path)
    for path in ("x" * 300 + "/atom.xml", "x" * 300):
        with pytest.raises(OutputError, match="too long"):
            write([document("a/atom.xml"), document(path)], folder=tmp_path)
    assert before == tree(tmp_path)


def test_a_write_that_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    """When the third file cannot be written, the first two are not replaced and nothing is left over."""
    write([document("d0/atom.xml", "old"), document("old/atom.xml", "old")], folder=tmp_path)
    before = tree(tmp_path)
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))"
    ended = build_alone(tmp_path, limit, files=1)
    assert re.search(r"larger than the system allows.*Raise the limit", ended.stdout), ended
    assert before == tree(tmp_path)


def test_a_full_disk_leaves_all_as_it_was(tmp_path: Path) -> None:
    """A full disk is told as such; the previous output is whole and nothing is left over."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        write([document("d0/atom.xml", "old"), document("old/atom.xml", "old")], folder=tmp_path)
        before = tree(tmp_path)
        ended = build_alone(tmp_path, "", files=5, size=20_000)
        assert "the disk is full. Make room" in ended.stdout, ended
        assert before == tree(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_folder_that_nobody_may_write_to_is_told() -> None:
    """Where the system lets nobody make a file, the message names the place and the cure."""
    with pytest.raises(OutputError, match=re.escape("/proc/")) as caught:
        write([document("atom.xml")], folder=Path("/proc/feedtool"))
    assert "build again" in caught.value.fix or "right" in caught.value.fix


def test_a_folder_without_permission_leaves_all_as_it_was(tmp_path: Path) -> None:
    """One folder without write permission, and the others stay as they were."""
    if os.geteuid() == 0:
        pytest.skip("permissions do not bind the superuser")
    write([document("d0/atom.xml", "old"), document("d1/atom.xml", "old")], folder=tmp_path)
    before = tree(tmp_path)
    (tmp_path / "d1").chmod(0o500)
    try:
        with pytest.raises(OutputError, match="permission denied"):
            write([document("d0/atom.xml"), document("d1/atom.xml")], folder=tmp_path)
        assert before == tree(tmp_path)
    finally:
        (tmp_path / "d1").chmod(0o700)


@pytest.mark.parametrize("moved", [0, 1])
def test_a_build_that_was_killed_is_finished_by_the_next(tmp_path: Path, moved: int) -> None:
    """After a kill every file is the old or the new one, whole; the next build leaves no trace of it."""
    write([document("d0/atom.xml", "old"), document("old/atom.xml", "old")], folder=tmp_path)
    script = f"""
seen = []
def die(event, arguments):
    if event == "os.rename":
        seen.append(event)
        if len(seen) > {moved}:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(die)
"""
    assert -9 == build_alone(tmp_path, script).returncode
    left = tree(tmp_path)
    assert ["old", "n" * 100][moved] == left["d0/atom.xml"]
    assert JOURNAL in left
    assert "d1/.feedtool-1.tmp" in left
    documents = [document("atom.xml"), document("d0/atom.xml")]
    write(documents, folder=tmp_path, obsolete=listed("d1/atom.xml", "old/atom.xml"))
    assert {"atom.xml": "new", "d0": "/", "d0/atom.xml": "new"} == tree(tmp_path)


def test_an_interrupt_takes_everything_back(tmp_path: Path) -> None:
    """Ctrl-C before the first move leaves the previous output and nothing else."""
    write([document("d0/atom.xml", "old"), document("old/atom.xml", "old")], folder=tmp_path)
    before = tree(tmp_path)
    script = """
def stop(event, arguments):
    if event == "os.rename":
        raise KeyboardInterrupt
sys.addaudithook(stop)
"""
    assert "KeyboardInterrupt" in build_alone(tmp_path, script).stderr
    assert before == tree(tmp_path)


def test_the_last_document_moves_after_removals(tmp_path: Path) -> None:
    """While the old manifest stands, what it lists and the new one does not can still be removed."""
    write([document("old/atom.xml", "old"), document("d1/atom.xml", "manifest")], folder=tmp_path)
    script = """
seen = []
def die(event, arguments):
    seen.append(event)
    if event == "os.remove" and "os.rename" in seen:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(die)
"""
    assert -9 == build_alone(tmp_path, script).returncode
    left = tree(tmp_path)
    assert ("n" * 100, "manifest") == (left["d0/atom.xml"], left["d1/atom.xml"])


def test_a_journal_of_somebody_else_removes_nothing(tmp_path: Path) -> None:
    """Only temporary files of ours within the folder are cleaned away, whatever the journal says."""
    (tmp_path / "mine.tmp").write_text("mine")
    (tmp_path / ".feedtool-7.tmp").write_text("mine")
    folder = tmp_path / "output"
    folder.mkdir()
    (folder / "a.xml").write_text("mine")
    (folder / JOURNAL).write_text("a.xml\n../mine.tmp\n\ncut off")
    write([document("atom.xml")], folder=folder)
    assert {"a.xml": "mine", "atom.xml": "new"} == tree(folder)
    (folder / JOURNAL).write_text("../.feedtool-7.tmp\n")
    with pytest.raises(OutputError):
        write([document("atom.xml")], folder=folder)
    assert "mine" == (tmp_path / ".feedtool-7.tmp").read_text()


def test_a_temporary_file_in_the_way_is_replaced(tmp_path: Path) -> None:
    """A temporary file of an older build neither stops a build nor, as a link, leads it astray."""
    (tmp_path / "mine").write_text("mine")
    folder = tmp_path / "output"
    folder.mkdir()
    (folder / ".feedtool-0.tmp").symlink_to(tmp_path / "mine")
    write([document("atom.xml")], folder=folder)
    assert {"atom.xml": "new"} == tree(folder)
    assert "mine" == (tmp_path / "mine").read_text()


def test_an_error_says_where_what_and_what_to_do() -> None:
    """The message of an OutputError is made for the person who runs the build."""
    error = OutputError("output/x", "the disk is full", "Make room and build again.")
    assert "output/x: the disk is full. Make room and build again." == str(error)


NAMES = st.sampled_from(["a", "b", "tag/a", "tag/b", "tag/c/d", "茶/x"])


@given(st.lists(st.dictionaries(NAMES, st.sampled_from(["1", "2", "22"])), min_size=1, max_size=5))
def test_any_row_of_builds_ends_like_the_last_alone(
    tmp_path_factory: pytest.TempPathFactory, builds: list[dict[str, str]]
) -> None:
    """Whatever was built before, the folder holds what the last build made, and no empty folder."""
    folder, alone = tmp_path_factory.mktemp("row"), tmp_path_factory.mktemp("alone")
    previous: dict[str, str] = {}
    for build in builds:
        documents = [document(f"{name}/atom.xml", text) for name, text in build.items()]
        write(documents, folder=folder, obsolete=previous)
        previous = {made.path: hashlib.sha256(made.content).hexdigest() for made in documents}
    write(documents, folder=alone)
    assert tree(alone) == tree(folder)
