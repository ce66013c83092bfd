"""What feedtool did not make is not touched, wherever the output folder lies."""

from __future__ import annotations

from pathlib import Path

from runs import run

POST = "---\ntitle: Tea\ndate: 2024-01-02\n---\n\nWarm the pot first.\n"


def _site(folder: Path) -> Path:
    (folder / "posts").mkdir()
    (folder / "posts" / "tea.md").write_text(POST)
    (folder / "output").mkdir()
    return folder / "output"


def test_a_page_of_the_sites_own_stays(tmp_path: Path) -> None:
    """Feeds are written beside it, and a warning names it, in this build and the next."""
    page = _site(tmp_path) / "index.html"
    page.write_text("<title>My own page</title>")
    for _ in range(2):
        built = run("build", "--jobs", "1", cwd=tmp_path)
        assert (built.status, "index.html: warning" in built.err) == (0, True)
        assert page.read_text() == "<title>My own page</title>"
        assert (tmp_path / "output" / "atom.xml").exists()


def test_a_list_of_somebody_else_stops_the_build(tmp_path: Path) -> None:
    """A feeds.json that another program wrote is not written over."""
    own = _site(tmp_path) / "feeds.json"
    own.write_text('{"mine": true}')
    built = run("build", "--jobs", "1", cwd=tmp_path)
    assert (built.status, "feeds.json: warning" in built.err, own.read_text()) == (1, True, '{"mine": true}')


def test_a_lost_manifest_does_not_make_our_own_files_foreign(tmp_path: Path) -> None:
    """Every file says who made it: the next build goes on."""
    output = _site(tmp_path)
    run("build", "--jobs", "1", cwd=tmp_path)
    (output / "feeds.json").unlink()
    (tmp_path / "posts" / "tea.md").write_text(POST.replace("Tea", "Green tea"))
    built = run("build", "--jobs", "1", cwd=tmp_path)
    assert (built.status, "foreign-file" in built.err) == (0, False)
    for name in ("atom.xml", "rss.xml", "feed.json", "index.html"):
        assert "Green tea" in (output / name).read_text()
