"""Golden sites: a folder of posts and the whole output that it gives, byte for byte.

`pytest tests/test_sites.py --update` writes the output anew, for the next commit to show.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from runs import run, tree

SITES = Path(__file__).parent / "sites"


@pytest.mark.parametrize("name", sorted(path.name for path in SITES.iterdir()))
def test_a_site_comes_out_as_it_did(name: str, tmp_path: Path, update: bool) -> None:  # noqa: FBT001
    """Whatever changes in the code, subscribers see nothing change that was not meant to."""
    for part in ("posts", "feedtool.toml"):
        source = SITES / name / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / part)
    built = run("build", "--jobs", "1", cwd=tmp_path)
    assert built.status == 0
    expected = SITES / name / "expected"
    if update:
        shutil.rmtree(expected, ignore_errors=True)
        shutil.copytree(tmp_path / "output", expected)
    assert tree(expected) == tree(tmp_path / "output")
