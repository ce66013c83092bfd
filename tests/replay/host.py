"""A static host, without a network: a folder in, answers to GET out (RFC 9110 sections 8.8, 13.1, 15).

Its validators are those of a good host: the ETag tells the bytes, Last-Modified is the file's own time, in seconds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer."""

    #: 200, 304 or 404
    status: int
    body: bytes = b""
    etag: str = ""
    #: seconds since 1970
    last_modified: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What became of a folder since it was looked at before; paths."""

    new: tuple[str, ...] = ()
    #: other bytes
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    #: the same bytes, and another time all the same: costs whoever asks by time a full download
    touched: tuple[str, ...] = ()
    #: other bytes, and no later time as HTTP counts it: whoever asks by time would not see them
    stale: tuple[str, ...] = ()


_MISSING = Response(status=404)


class Host:
    """Serves what a folder held when it was looked at last."""

    def __init__(self, site_url: str) -> None:
        self.site_url = site_url
        self._files: dict[str, Response] = {}
        self._stamps: dict[str, tuple[int, int, int]] = {}

    def look(self, folder: Path) -> Look:
        """Serve from now on what the folder holds."""
        before = self._files
        self._files = {}
        for place in filter(Path.is_file, folder.rglob("*")):
            path = place.relative_to(folder).as_posix()
            found = place.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if path not in before or self._stamps[path] != stamp:
                body = place.read_bytes()
                etag = hashlib.sha256(body).hexdigest()
                if path in before and before[path].etag == etag:
                    body = before[path].body
                seconds = found.st_mtime_ns // 1_000_000_000
                self._files[path] = Response(status=200, body=body, etag=etag, last_modified=seconds)
                self._stamps[path] = stamp
            else:
                self._files[path] = before[path]
        return _compared(before, self._files)

    def get(self, url: str, *, etag: str = "", last_modified: int = -1) -> Response:
        """Return what the address gives; the ETag counts before the time where both are given."""
        if not url.startswith(self.site_url):
            return _MISSING
        found = self._files.get(unquote(url.removeprefix(self.site_url)))
        if found is None:
            return _MISSING
        is_known = etag == found.etag if etag else found.last_modified <= last_modified
        return Response(status=304, etag=found.etag, last_modified=found.last_modified) if is_known else found


def _compared(before: dict[str, Response], after: dict[str, Response]) -> Look:
    both = [(path, before[path], now) for path, now in after.items() if path in before]
    return Look(
        new=tuple(path for path in after if path not in before),
        gone=tuple(path for path in before if path not in after),
        changed=tuple(path for path, old, now in both if now.etag != old.etag),
        touched=tuple(path for path, old, now in both if now.etag == old.etag and now is not old),
        stale=tuple(path for path, old, now in both if now.etag != old.etag and now.last_modified <= old.last_modified),
    )
