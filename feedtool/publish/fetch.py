"""An address or a path -> its bytes. The only module that downloads anything."""

from __future__ import annotations

import gzip
import http.client
import io
import urllib.error
import urllib.request
import zlib
from pathlib import Path

#: bytes
_MOST = 256_000_000
#: seconds without a byte
_PATIENCE = 30


class FetchError(Exception):
    """It cannot be read; the text says why. `is_missing`: the address or file does not exist (yet)."""

    def __init__(self, reason: str, *, is_missing: bool = False) -> None:
        super().__init__(reason)
        self.is_missing = is_missing


def fetch(source: str) -> bytes:
    """Return the bytes at an http or https address, or of a file. Raises FetchError."""
    if not source.lower().startswith(("http://", "https://")):
        return _read(Path(source))
    try:
        with urllib.request.urlopen(source, timeout=_PATIENCE) as answer:  # noqa: S310 - the scheme was checked
            content: bytes = answer.read(_MOST + 1)
            length = answer.headers.get("Content-Length")
    except urllib.error.HTTPError as error:
        error.close()
        raise FetchError(f"{source}: the server answered {error.code}", is_missing=error.code in (404, 410)) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise FetchError(f"{source}: {getattr(error, 'reason', None) or error or type(error).__name__}") from error
    if len(content) > _MOST:
        raise FetchError(f"{source}: more than {_MOST // 1_000_000} MB")
    if length and length.isdecimal() and len(content) < int(length):
        raise FetchError(f"{source}: the answer ended after {len(content):,} of {length} bytes")
    return _unpacked(content, source)


def _unpacked(content: bytes, source: str) -> bytes:
    """Return the content, without the compression that a server added unasked."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            return packed.read(_MOST)
    except (OSError, EOFError, zlib.error) as error:
        raise FetchError(f"{source}: {error}") from error


def _read(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except FileNotFoundError as error:
        raise FetchError(f"{source}: no such file", is_missing=True) from error
    except (OSError, ValueError) as error:
        raise FetchError(f"{source}: {getattr(error, 'strerror', None) or error}") from error
