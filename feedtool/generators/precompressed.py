"""A document -> compressed copies of it, for hosts that send `atom.xml.gz` for `atom.xml` (RFC 9110 section 8.4.1).

The same bytes give the same copies, unless the compression library changes. Pure.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec

from feedtool.model import Document, Twin
from feedtool.problems import Code, Problem

NO_BROTLI = Code(
    "no-brotli",
    "warning",
    'The setting feeds.twins lists "br", but the brotli package is not installed. No Brotli copies are made; copies of '
    "other kinds are.",
    "pip install 'feedtool[brotli]'",
)

#: the byte for the operating system, and its value for "unknown" (RFC 1952 section 2.3.1)
_SYSTEM, _UNKNOWN = 9, b"\xff"


def compressed_copies(document: Document, kinds: Iterable[Twin]) -> Iterator[Document]:
    """Yield the document compressed in each kind, with the kind at the end of its path.

    Yields only copies that are smaller than the document, and no Brotli copy without the package: see
    `unavailable_kinds`.
    """
    for kind in dict.fromkeys(kinds):
        if kind == "br" and not _has_brotli():
            continue
        content = _COMPRESS[kind](document.content)
        if len(content) < len(document.content):
            yield replace(document, path=f"{document.path}.{kind}", content=content)


def unavailable_kinds(kinds: Iterable[Twin]) -> tuple[Problem, ...]:
    """Return a problem for each kind whose package is not installed."""
    if "br" not in tuple(kinds) or _has_brotli():
        return ()
    return (NO_BROTLI.at("", '"br" needs a package that is not installed', field="feeds.twins"),)


def _has_brotli() -> bool:
    return find_spec("brotli") is not None


def _gz(content: bytes) -> bytes:
    compressed = gzip.compress(content, compresslevel=9, mtime=0)
    # before Python 3.13, zlib writes the system that it was built for
    return compressed[:_SYSTEM] + _UNKNOWN + compressed[_SYSTEM + 1 :]


def _br(content: bytes) -> bytes:
    # the largest window holds any feed; a quality above 9 takes seven times as long and saves a twentieth
    compressed: bytes = import_module("brotli").compress(content, quality=9, lgwin=24)
    return compressed


_COMPRESS: dict[Twin, Callable[[bytes], bytes]] = {"gz": _gz, "br": _br}
