"""Real feed readers subscribe to what feedtool publishes, and have every entry of every feed, once.

Those that are not installed are left out; `python -m tests.readers` tells how they are installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from readers.every import READERS
from readers.proof import Proof, prove
from readers.serving import Serving, serving
from readers.site import STEPS, publish
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


@each_reader
def test_a_reader_has_every_entry_once(reader: Reader, host: tuple[Serving, list[Path]], tmp_path: Path) -> None:
    """After every step it has each post with title, link, date, author and text; nothing twice, nothing unasked for."""
    proof = proved(reader, host, tmp_path)
    assert proof.faults() == []
    assert {cell.step for cell in proof.cells} == {step.name for step in STEPS}
    assert all(cell.stored >= cell.wanted > 0 for cell in proof.cells)
