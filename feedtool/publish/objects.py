"""A manifest -> the objects that a store has to hold: under which key, with which headers, and after which others.

Pure: no files, no network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import quote, unquote

from feedtool.generators import KnownFeed, Manifest, storage_headers
from feedtool.model import is_archive, is_feed
from feedtool.output import MANIFEST

#: compressed copies have these endings behind the name of what they are a copy of
_TWINS = (".gz", ".br")


class Step(IntEnum):
    """When an object is put: all of one step are there before the next begins.

    What is referred to comes before what refers to it: sheets before the feeds that are shown with them, archive
    documents before the feeds that lead to them, feeds before the pages and lists that name them.
    """

    SHEET = 0
    #: not there yet: nothing leads to it so far
    NEW_ARCHIVE = 1
    #: there already, and may lead to new ones
    ARCHIVE = 2
    FEED = 3
    PAGE = 4
    LIST = 5
    HOST = 6
    MANIFEST = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An object as it should be."""

    #: below the output folder, and below the target's prefix
    path: str
    #: SHA-256 of its bytes
    digest: str
    headers: tuple[tuple[str, str], ...]
    #: what tells this object, with its headers, from all others; stored with it
    mark: str
    step: Step


def wanted(manifest: Manifest, manifest_digest: str, *, keeps_headers: bool) -> dict[str, Wanted]:
    """Return the objects by path, the manifest among them; `keeps_headers`: whether the store has any."""
    closed = frozenset(_closed(manifest))
    files = {**manifest.files, MANIFEST: manifest_digest}
    return {
        path: _wanted(path, digest, storage_headers(path, is_closed=path in closed) if keeps_headers else ())
        for path, digest in files.items()
    }


def topics(manifest: Manifest) -> dict[str, str]:
    """Return the address that each feed document is subscribed at, by its path."""
    every = ((url, _path_of(url, manifest.home)) for feed in manifest.feeds for url in feed.urls)
    return {path: url for url, path in every if path in manifest.files}


def addresses(path: str, home: str) -> Iterator[str]:
    """Yield the addresses at which a file is asked for: its own, and its folder's where it is the page of that."""
    url = home + quote(path)
    yield url
    if path.rpartition("/")[2] == "index.html":
        yield url.removesuffix("index.html")


def _wanted(path: str, digest: str, headers: tuple[tuple[str, str], ...]) -> Wanted:
    mark = hashlib.sha256(repr((digest, headers)).encode()).hexdigest() if headers else digest
    return Wanted(path=path, digest=digest, headers=headers, mark=mark, step=step_of(path))


def step_of(path: str) -> Step:
    """Return when an object is put, but for archive documents that are new."""
    folder, _, name = _plain(path).rpartition("/")
    if is_feed(_plain(path)):
        return Step.ARCHIVE if is_archive(_plain(path)) else Step.FEED
    if name.endswith((".css", ".js", ".xsl", ".svg", ".png", ".ico")):
        return Step.SHEET
    if name.endswith(".html"):
        return Step.PAGE
    if path == MANIFEST:
        return Step.MANIFEST
    return Step.LIST if not folder and name == "feeds.opml" else Step.HOST


def _plain(path: str) -> str:
    return path.rpartition(".")[0] if path.endswith(_TWINS) else path


def _closed(manifest: Manifest) -> Iterator[str]:
    """Yield the archive documents that nothing is added to any more: all but the newest of feeds that have archives.

    What is left of feeds whose archives are switched off may be added to again, and is not among them.
    """
    newest = set(_newest(manifest.feeds, manifest.home))
    folders = {path.rpartition("/")[0] for path in newest}
    for path in manifest.files:
        is_older = path.rpartition("/")[0] in folders and is_archive(_plain(path)) and _plain(path) not in newest
        if is_older:
            yield path


def _newest(feeds: tuple[KnownFeed, ...], home: str) -> Iterator[str]:
    for feed in feeds:
        for url in feed.archive_urls:
            yield _path_of(url, home)


def _path_of(url: str, home: str) -> str:
    return unquote(url.removeprefix(home))


def by_step(objects: Mapping[str, Wanted]) -> list[tuple[Wanted, ...]]:
    """Return the objects in the order in which they are put, by step; within a step by path, so the oldest first."""
    ordered = sorted(objects.values(), key=lambda one: (one.step, one.path))
    steps = dict.fromkeys(one.step for one in ordered)
    return [tuple(one for one in ordered if one.step == step) for step in steps]


def leaving(paths: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return paths in the order in which objects are removed: by step from the last to the first."""
    ordered = sorted(paths, key=lambda path: (-step_of(path), path))
    steps = dict.fromkeys(map(step_of, ordered))
    return tuple(tuple(path for path in ordered if step_of(path) == step) for step in steps)
