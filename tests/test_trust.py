"""Files that strangers may have written, such as a manifest in a checkout: none costs more than itself."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import build, lay, post, tree

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
