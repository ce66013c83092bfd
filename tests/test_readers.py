"""Real feed readers subscribe to what feedtool publishes, and have every entry of every feed, once.

Those that are not installed are left out; `python -m tests.readers` tells how they are installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from heavy import heavy
from readers.every import READERS
from readers.libraries import FEEDPARSER, LEMON24
from readers.proof import Proof, compare_real, prove
from readers.serving import Serving, serving
from readers.site import STEPS, publish, publish_real
from readers.stored import Reader

each_reader = pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, list[Path]]]:
    """Return a host, and what it has to serve step by step."""
    work = tmp_path_factory.mktemp("readers")
    with serving(work / "host", partial(publish, work / "site")) as both:
        yield both


def proved(reader: Reader, host: tuple[Serving, list[Path]], home: Path) -> Proof:
    """Let a reader go through all steps; skip where it is not installed."""
    if not reader.version():
        pytest.skip(f"{reader.name} is not installed: {reader.install}")
    return prove(reader, *host, home)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[tuple[Serving, Path]]:
    """Return a host of two hundred real posts, and the folder that it serves."""
    posts = sorted((shared / "corpus" / "posts").rglob("*.md"))
    if not posts:
        pytest.skip("no real posts among the samples")
    work = tmp_path_factory.mktemp("real")
    chosen = posts[:: max(1, len(posts) // 200)][:200]
    with serving(work / "host", partial(publish_real, chosen, work / "site")) as (host, (folder,)):
        yield host, folder


@heavy
@each_reader
def test_a_reader_has_every_entry_once(reader: Reader, host: tuple[Serving, list[Path]], tmp_path: Path) -> None:
    """After every step it has each post with title, link, date, author and text; nothing twice, nothing unasked for."""
    proof = proved(reader, host, tmp_path)
    assert proof.faults() == []
    assert {cell.step for cell in proof.cells} == {step.name for step in STEPS}
    assert all(cell.stored >= cell.wanted > 0 for cell in proof.cells)


@heavy
@pytest.mark.parametrize("reader", [LEMON24, FEEDPARSER], ids=lambda reader: reader.name)
def test_a_host_without_rules_is_as_good(reader: Reader, tmp_path: Path) -> None:
    """Copies under old names, plain media types and another kind of ETag: readers have the same from any static host."""
    work = partial(publish, tmp_path / "site")
    with serving(tmp_path / "host", work, with_nginx=False) as host:
        assert proved(reader, host, tmp_path / "home").faults() == []


@heavy
@each_reader
def test_a_reader_has_real_posts(reader: Reader, real: tuple[Serving, Path], tmp_path: Path) -> None:
    """Of hundreds of posts that bots fetched, none is lost, twice, or under another title, after two polls."""
    if not reader.version():
        pytest.skip(f"{reader.name} is not installed: {reader.install}")
    assert compare_real(reader, *real, tmp_path) == []
