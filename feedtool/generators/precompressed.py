"""A document -> the same, compressed, for hosts that send what lies beside a file ready-made (RFC 9110 section 8.4.1).

The same bytes give the same twins, so long as the compressing library does not change. Pure.
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
    "Twins in Brotli are asked for, and the package that makes them is not installed. There will be none; "
    "twins of other kinds are made as asked for.",
    "pip install 'feedtool[brotli]'",
)

#: RFC 1952 section 2.3.1: the byte that names the operating system, and its value for "unknown"
_SYSTEM, _UNKNOWN = 9, b"\xff"


def twins(document: Document, kinds: Iterable[Twin]) -> Iterator[Document]:
    """Yield the document's twins of these kinds, each at the document's path with the kind as its ending.

    Only those that are smaller than the document; none in Brotli where the package is missing, see `unavailable`.
    """
    for kind in dict.fromkeys(kinds):
        if kind == "br" and not _has_brotli():
            continue
        content = _COMPRESS[kind](document.content)
        if len(content) < len(document.content):
            yield replace(document, path=f"{document.path}.{kind}", content=content)


def unavailable(kinds: Iterable[Twin]) -> tuple[Problem, ...]:
    """Return a problem for each kind that cannot be made here."""
    if "br" not in tuple(kinds) or _has_brotli():
        return ()
    return (NO_BROTLI.at("", '"br" needs a package that is not installed', field="feeds.twins"),)


def _has_brotli() -> bool:
    return find_spec("brotli") is not None


def _gz(content: bytes) -> bytes:
    compressed = gzip.compress(content, compresslevel=9, mtime=0)
    # Python before 3.13 leaves this byte to zlib, which writes the system that it was built for.
    return compressed[:_SYSTEM] + _UNKNOWN + compressed[_SYSTEM + 1 :]


def _br(content: bytes) -> bytes:
    # The largest of its windows holds any feed; beyond 9 it takes seven times as long for a twentieth less.
    compressed: bytes = import_module("brotli").compress(content, quality=9, lgwin=24)
    return compressed


_COMPRESS: dict[Twin, Callable[[bytes], bytes]] = {"gz": _gz, "br": _br}
