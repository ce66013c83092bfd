"""Twins: compressed copies that lie beside a document."""

from __future__ import annotations

import gzip
from hashlib import sha512
from importlib.util import find_spec

import pytest
from samples import BY_ID, FEED, GENERATOR

from feedtool.generators import compressed_copies, render_entry, render_feed, unavailable_kinds
from feedtool.model import Document

FRAGMENTS = [render_entry(BY_ID[entry_id], ("atom",)) for entry_id in FEED.entry_ids]
ATOM = render_feed(FEED, "atom", FRAGMENTS, generator=GENERATOR)


def test_a_twin_holds_the_same_and_is_smaller() -> None:
    """Whoever unpacks it has the document, byte for byte."""
    (twin,) = compressed_copies(ATOM, ["gz"])
    assert ("atom.xml.gz", ATOM.media_type) == (twin.path, twin.media_type)
    assert gzip.decompress(twin.content) == ATOM.content
    assert len(twin.content) < len(ATOM.content) / 2


def test_a_twin_tells_nothing_of_when_and_where_it_was_made() -> None:
    """The same document gives the same twin on any day and machine: no time, no name, no system (RFC 1952)."""
    (first,), (second,) = compressed_copies(ATOM, ["gz"]), compressed_copies(ATOM, ["gz"])
    assert first == second
    assert first.content[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


@pytest.mark.parametrize("content", [b"", b"{}", sha512().digest()])
def test_there_is_no_twin_that_saves_nothing(content: bytes) -> None:
    """A file that does not shrink has no twin, and costs the host no file."""
    assert [] == list(
        compressed_copies(Document(path="a.json", media_type="application/json", content=content), ["gz", "br"])
    )


def test_a_kind_that_is_asked_for_twice_is_made_once() -> None:
    """No path comes twice."""
    assert ["atom.xml.gz"] == [twin.path for twin in compressed_copies(ATOM, ["gz", "gz"])]


def test_brotli_is_smaller_still() -> None:
    """With the package, a twin in Brotli holds the same in less."""
    brotli = pytest.importorskip("brotli")
    gz, br = compressed_copies(ATOM, ["gz", "br"])
    assert br.path == "atom.xml.br"
    assert brotli.decompress(br.content) == ATOM.content
    assert len(br.content) < len(gz.content)
    assert () == unavailable_kinds(["br"])


@pytest.mark.skipif(find_spec("brotli") is not None, reason="brotli is installed")
def test_a_missing_package_is_said_and_stops_nothing() -> None:
    """Without the package there are the other twins, and a problem that says what to install."""
    assert ["atom.xml.gz"] == [twin.path for twin in compressed_copies(ATOM, ["br", "gz"])]
    (problem,) = unavailable_kinds(["gz", "br"])
    assert ("no-brotli", "feeds.twins") == (problem.code, problem.field)
    assert "pip install" in problem.fix


def test_nothing_is_missing_for_what_python_has() -> None:
    """Whoever asks for gzip needs no package."""
    assert () == unavailable_kinds(["gz"])
