"""The output folder as a build left it -> what is to be published; nothing that no build wrote.

Raises RefusedError where publishing it would be a mistake.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from feedtool.generators import Manifest, ManifestError, read_manifest
from feedtool.output import MANIFEST
from feedtool.publish.objects import Wanted


class RefusedError(Exception):
    """It is not published; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a build left."""

    folder: Path
    manifest: Manifest
    #: of the manifest's bytes
    digest: str
    #: in bytes, by path, of all files that the manifest lists and of the manifest
    sizes: Mapping[str, int]


def read_output(folder: Path) -> Output:
    """Return what a build left in the folder. Raises RefusedError where none did, or files of it are gone."""
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = read_manifest(content)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RefusedError(f"{folder / MANIFEST}: {reason}. There is nothing to publish; build first.") from None
    except ManifestError as error:
        raise RefusedError(f"{folder / MANIFEST}: {error}. Build again.") from None
    sizes = {path: _size(folder, path) for path in manifest.files}
    return Output(
        folder=folder,
        manifest=manifest,
        digest=hashlib.sha256(content).hexdigest(),
        sizes={**sizes, MANIFEST: len(content)},
    )


def check_address(output: Output, site_url: str) -> None:
    """Raise RefusedError unless the feeds name the address `site_url`, or where that is "", one of the web."""
    home = output.manifest.home
    if site_url and home != site_url:
        raise RefusedError(
            f"the feeds in {output.folder} were built for {home}, and are to be published at {site_url}. Build again."
        )
    if not _is_public(urlsplit(home).hostname or ""):
        raise RefusedError(
            f"the feeds in {output.folder} were built for {home}, which is this machine. "
            'Build with --site-url, or write url = "https://…" under [site] in feedtool.toml.'
        )


def content_of(output: Output, one: Wanted) -> bytes:
    """Return the bytes of a file. Raises RefusedError if they are not those that the manifest lists."""
    place = output.folder / one.path
    try:
        content = place.read_bytes()
    except OSError as error:
        raise RefusedError(f"{place}: {error.strerror or type(error).__name__}. Build again.") from None
    if hashlib.sha256(content).hexdigest() != one.digest:
        raise RefusedError(f"{place}: was changed after the build, so that its feeds.json lies. Build again.")
    return content


def check_contents(output: Output, objects: Iterable[Wanted]) -> None:
    """Raise RefusedError if a file of them is not as the manifest lists it."""
    for one in objects:
        content_of(output, one)


def _size(folder: Path, path: str) -> int:
    try:
        place = folder / path
        if place.is_symlink():
            raise RefusedError(f"{place}: is a symbolic link, which no build writes. Build again.")
        return place.stat().st_size
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RefusedError(f"{folder / path}: {reason}, and feeds.json lists it. Build again.") from None


def _is_public(host: str) -> bool:
    """Tell whether a host's name may be one of the web."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host not in ("", "localhost") and not host.endswith(".localhost")
    return not (address.is_loopback or address.is_unspecified)
