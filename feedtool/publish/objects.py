"""The output folder as a build left it -> the objects that the store has to hold: keys, headers, order.

Only files that the manifest lists are read. Raises RefusedError where publishing them would be a mistake.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import IntEnum
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from feedtool.disk import read_regular
from feedtool.frozen import frozen
from feedtool.generators import INDEX, Manifest, ManifestError, read_published, storage_headers
from feedtool.model import ARCHIVE, is_archive, is_feed
from feedtool.output import LARGEST_MANIFEST, MANIFEST
from feedtool.publish.store import PublishError

#: endings of compressed copies
_TWINS = (".gz", ".br")


class Step(IntEnum):
    """When an object is put: all objects of one step are stored before the next step begins.

    An object comes after those that it refers to: style sheets before feeds, archive documents before the feeds that
    link to them, pages of entries before the feeds that hold those, feeds before the pages and lists that name them.
    """

    SHEET = 0
    #: not stored yet: nothing links to it so far
    NEW_ARCHIVE = 1
    #: stored already; may link to new ones
    ARCHIVE = 2
    #: the page of an entry, to which feeds link
    ENTRY = 3
    FEED = 4
    PAGE = 5
    LIST = 6
    HOST = 7
    #: of the ledger: from then on, the publication counts
    INDEX = 8


@frozen
class Wanted:
    """An object as it should be."""

    #: below the output folder, and below the target's prefix
    path: str
    #: SHA-256 of its bytes
    digest: str
    headers: tuple[tuple[str, str], ...]
    #: digest of its bytes and headers; stored with it
    mark: str
    step: Step


def wanted(manifest: Manifest, *, keeps_headers: bool) -> dict[str, Wanted]:
    """Return the objects by path; `keeps_headers`: whether the store has headers."""
    closed, objects = frozenset(_closed(manifest)), {}
    feeds = {path.rpartition("/")[0] for path in manifest.files if is_feed(path)} | {""}
    for path, digest in manifest.files.items():
        headers = storage_headers(path, is_closed=path in closed) if keeps_headers else ()
        mark = hashlib.sha256(repr((digest, headers)).encode()).hexdigest() if headers else digest
        objects[path] = Wanted(path=path, digest=digest, headers=headers, mark=mark, step=_step(path, feeds))
    return objects


def topics(manifest: Manifest) -> dict[str, str]:
    """Return the subscription address of each feed document, by its path."""
    every = ((url, _path_of(url, manifest.home)) for feed in manifest.feeds for url in feed.urls)
    return {path: url for url, path in every if path in manifest.files}


def addresses(path: str, home: str) -> Iterator[str]:
    """Yield the addresses of a file: its own, and for an index.html also that of its folder."""
    url = home + quote(path)
    yield url
    if path.rpartition("/")[2] == "index.html":
        yield url.removesuffix("index.html")


def _step(path: str, feeds: Collection[str]) -> Step:
    """Return when an object is put; `feeds` are the folders of feeds, whose pages name them."""
    step = step_of(path)
    return Step.ENTRY if step == Step.PAGE and path.rpartition("/")[0] not in feeds else step


def step_of(path: str) -> Step:
    """Return when an object is put. Archive documents that are new go before the others: see `plan`."""
    name = _plain(path).rpartition("/")[2]
    if is_feed(_plain(path)):
        return Step.ARCHIVE if is_archive(_plain(path)) else Step.FEED
    if name.endswith((".css", ".js", ".xsl", ".svg", ".png", ".ico")):
        return Step.SHEET
    if name.endswith(".html"):
        return Step.PAGE
    if path == INDEX:
        return Step.INDEX
    return Step.LIST if path in ("feeds.opml", MANIFEST) else Step.HOST


def _plain(path: str) -> str:
    return path.rpartition(".")[0] if path.endswith(_TWINS) else path


def _closed(manifest: Manifest) -> Iterator[str]:
    """Yield the archive documents that will not grow: all but the newest of each feed that has archives now.

    Documents of feeds whose archives are switched off are not among them, since they may grow again.
    """
    places = ((_path_of(url, manifest.home), feed.newest) for feed in manifest.feeds for url in feed.urls)
    newest = {f"{path.rpartition('/')[0]}/{ARCHIVE}".strip("/"): period for path, period in places if period}
    for path in manifest.files:
        folder, _, name = _plain(path).rpartition("/")
        if is_archive(_plain(path)) and newest.get(folder, name.partition(".")[0]) != name.partition(".")[0]:
            yield path


def _path_of(url: str, home: str) -> str:
    return unquote(url.removeprefix(home))


def by_step(objects: Iterable[Wanted]) -> tuple[tuple[Wanted, ...], ...]:
    """Return the objects by step, in the order in which they are put; within a step by path."""
    ordered = sorted(objects, key=lambda one: (one.step, one.path))
    return tuple(tuple(group) for _, group in groupby(ordered, key=lambda one: one.step))


def leaving(paths: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return the paths by step, in the order in which objects are removed: from the last step to the first."""
    ordered = sorted(paths, key=lambda path: (-step_of(path), path))
    return tuple(tuple(group) for _, group in groupby(ordered, key=step_of))


class RefusedError(PublishError):
    """The output must not be published; the text says why, and what to do."""


@frozen
class Output:
    """The output folder of a build."""

    folder: Path
    #: its files include its own, and the ledger's
    manifest: Manifest
    #: bytes of its files, by path
    sizes: Mapping[str, int]


def read_output(folder: Path) -> Output:
    """Return what a build left in the folder. Raises RefusedError if there was no build, or files are missing."""
    try:
        manifest = read_published(lambda path: read_regular(folder / path, most=LARGEST_MANIFEST))
        index = read_regular(folder / INDEX, most=LARGEST_MANIFEST)
    except OSError as error:
        raise RefusedError(f"{error.filename or folder / MANIFEST}: {_reason(error)}. Build first.") from None
    except ManifestError as error:
        raise RefusedError(f"{folder / MANIFEST}: {error}. Build again.") from None
    files = {**manifest.files, INDEX: hashlib.sha256(index).hexdigest()}
    sizes = {path: _size(folder, path) for path in files}
    return Output(folder=folder, manifest=replace(manifest, files=files), sizes=sizes)


def check_address(output: Output, site_url: str) -> None:
    """Raise RefusedError unless the feeds name the address `site_url`, or if that is "", a public one."""
    home = output.manifest.home
    if site_url and home != site_url:
        raise RefusedError(f"the feeds in {output.folder} were built for {home}, not for {site_url}. Build again.")
    if not _is_public(urlsplit(home).hostname or ""):
        raise RefusedError(
            f"the feeds in {output.folder} were built for {home}, which is this machine. "
            'Build with --site-url, or write url = "https://…" under [site] in feedtool.toml.'
        )


def content_of(output: Output, one: Wanted) -> bytes:
    """Return the bytes of a file. Raises RefusedError if they are not those that the manifest lists."""
    path = output.folder / one.path
    try:
        content = read_regular(path, most=LARGEST_MANIFEST)
    except OSError as error:
        raise RefusedError(f"{path}: {_reason(error)}. Build again.") from None
    if hashlib.sha256(content).hexdigest() != one.digest:
        raise RefusedError(f"{path}: was changed after the build. Build again.")
    return content


def _size(folder: Path, path: str) -> int:
    try:
        file = folder / path
        if file.is_symlink():
            raise RefusedError(f"{file}: is a symbolic link, not a file of a build. Build again.")
        return file.stat().st_size
    except OSError as error:
        raise RefusedError(f"{folder / path}: {_reason(error)}, but feeds.json lists it. Build again.") from None


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _is_public(host: str) -> bool:
    """Return whether a host's name may be a public one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host not in ("", "localhost") and not host.endswith(".localhost")
    return not (address.is_loopback or address.is_unspecified)
