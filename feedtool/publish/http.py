"""Requests over HTTP: downloads, and notifications to a CDN, which drops its copies, or a WebSub hub.

A notification is sent again where that may help. The content of its answer is not read. Redirects are not followed: a
token for one host must not reach another.
"""

from __future__ import annotations

import gzip
import http.client
import io
import json
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlencode, urlsplit

from feedtool.frozen import frozen
from feedtool.generators import INDEX, Manifest, ManifestError, joined, read_manifest, read_part
from feedtool.output import MANIFEST

if TYPE_CHECKING:
    from feedtool.publish import World

T = TypeVar("T")

#: bytes of a download, packed and unpacked; seconds without one of them; and seconds for all of it
_MOST_FETCHED, _SILENCE_S, _FETCH_S = 256_000_000, 30, 120
#: seconds for all parts of a ledger, and how many are downloaded at once
_LEDGER_S, _AT_ONCE = 300, 8
#: bytes that are read at once
_CHUNK = 1 << 16
#: seconds without an answer to a notification
_PATIENCE_S = 10
#: seconds before the second and the third attempt
_PAUSES = (1, 4)
#: most seconds that a server's Retry-After is followed
_LONGEST_PAUSE = 30
#: seconds for all requests to a hub or a CDN; the next publication sends the rest
_LIMIT_S = 90
#: addresses in one request, as Cloudflare allows on every plan
#: (https://developers.cloudflare.com/cache/how-to/purge-cache/)
_MOST_PURGED = 100


class PostError(Exception):
    """The request failed; the text says why. `is_lasting`: so would any other to that host.

    `retry_s`: seconds after which the same request may succeed, None for never.
    """

    def __init__(self, reason: str, *, is_lasting: bool = False, retry_s: int | None = None) -> None:
        super().__init__(reason)
        self.is_lasting, self.retry_s = is_lasting, retry_s


@frozen
class Request:
    """A POST request. `headers` may contain a token, so they are never shown."""

    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stays)


class _StaysOnTheWeb(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https only."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        if not newurl.lower().startswith(("http://", "https://")):
            fp.close()
            raise FetchError(f"{req.full_url}: it leads to an address that is not http or https: {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_FETCHER = urllib.request.build_opener(_StaysOnTheWeb)

Service = Literal["cloudflare", "fastly"]

#: addresses of the services' interfaces
APIS: dict[Service, str] = {"cloudflare": "https://api.cloudflare.com", "fastly": "https://api.fastly.com"}


@frozen
class Cdn:
    """A CDN to purge."""

    service: Service
    #: may purge; never shown
    token: str = field(repr=False)
    #: id of the site at Cloudflare
    zone: str = ""
    #: address of its interface
    api: str


def purge_requests(cdn: Cdn, addresses: Sequence[str]) -> Iterator[tuple[Request, tuple[str, ...]]]:
    """Yield each request with the addresses whose copies it purges.

    Copies go at once, not "soft": a soft purge may serve the old copy once more, and the hub would get it.
    """
    if cdn.service == "fastly":
        # POST /purge/{host and path}, for one address
        for address in addresses:
            parts = urlsplit(address)
            url = f"{cdn.api}/purge/{parts.netloc}{parts.path}"
            yield Request(url=url, headers={"Fastly-Key": cdn.token, "Accept": "application/json"}), (address,)
        return
    # POST /client/v4/zones/{zone}/purge_cache, with {"files": [...]}
    for start in range(0, len(addresses), _MOST_PURGED):
        some = tuple(addresses[start : start + _MOST_PURGED])
        headers = {"Authorization": f"Bearer {cdn.token}", "Content-Type": "application/json"}
        url = f"{cdn.api}/client/v4/zones/{cdn.zone}/purge_cache"
        yield Request(url=url, body=json.dumps({"files": some}).encode(), headers=headers), some


def hub_request(hub: str, topic: str) -> Request:
    """Return the request that tells a hub that a topic has changed; both are addresses.

    W3C WebSub (section 6) leaves the form open. Most hubs take hub.url, some hub.topic, so both are sent. Each topic
    has a request of its own: all hubs take that, and a topic that the hub refuses does not affect the others.
    """
    body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode("ascii")
    return Request(url=hub, body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})


def sender(world: World) -> Callable[[Request], str]:
    """Return a function that sends a request, and returns why that failed, or "".

    After a failure that would be the same for all others, or after 90 seconds, it does not send any more.
    """
    until_ms = world.now_ms() + _LIMIT_S * 1000
    lasting: list[str] = []

    def sent(request: Request) -> str:
        if lasting:
            return lasting[0]
        if world.now_ms() >= until_ms:
            return f"it took more than {_LIMIT_S} seconds"
        try:
            send(request, pause=world.pause)
        except PostError as error:
            if error.is_lasting:
                lasting.append(str(error))
            return str(error)
        return ""

    return sent


def send(request: Request, *, pause: Callable[[float], None], patience_s: float = _PATIENCE_S) -> None:
    """Send the request, up to three times if there is no answer, or the server fails or is busy.

    `pause` waits for seconds. Raises PostError.
    """
    late = PostError(f"no answer within {3 * patience_s:g} seconds", is_lasting=True)
    for seconds in (*_PAUSES, None):
        try:
            _within(3 * patience_s, partial(_send, request, patience_s), late)
        except PostError as error:
            if seconds is None or error.retry_s is None:
                raise
            pause(min(max(seconds, error.retry_s), _LONGEST_PAUSE))
        else:
            return


def _send(request: Request, patience_s: float) -> None:
    headers = {"User-Agent": "feedtool", **request.headers}
    message = urllib.request.Request(request.url, data=request.body, headers=headers, method="POST")  # noqa: S310
    try:
        with _OPENER.open(message, timeout=patience_s):
            return
    except urllib.error.HTTPError as error:
        with error:
            after = error.headers.get("Retry-After") or ""
        is_busy = error.code in (408, 429) or error.code >= 500
        retry_s = (int(after) if after.isdecimal() else 0) if is_busy else None
        raise PostError(f"it answers {error.code}", is_lasting=error.code in (401, 403), retry_s=retry_s) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        cause = getattr(error, "reason", None) or error
        reason = f"it cannot be reached: {getattr(cause, 'strerror', None) or type(cause).__name__}"
        if isinstance(cause, TimeoutError):
            reason = f"no answer within {patience_s:g} seconds"
        raise PostError(reason, is_lasting=True, retry_s=0) from None


class FetchError(Exception):
    """It cannot be read; the text says why. `is_missing`: the address or file does not exist (yet)."""

    def __init__(self, reason: str, *, is_missing: bool = False) -> None:
        super().__init__(reason)
        self.is_missing = is_missing


def fetch(source: str, *, limit_s: float = _FETCH_S) -> bytes:
    """Return the bytes at an http or https address, or of a file. Raises FetchError, also after `limit_s` seconds."""
    if not source.lower().startswith(("http://", "https://")):
        return _read(Path(source))
    return _unpacked(
        _within(limit_s, partial(_download, source, limit_s), FetchError(f"{source}: {_late(limit_s)}")), source
    )


def fetch_published(source: str) -> dict[str, bytes]:
    """Return a published feeds.json and the parts of its ledger, by path; anything else alone, in its place.

    `source`: an http or https address, or a file. Raises FetchError, also where a part is missing.
    """
    found = {MANIFEST: fetch(source)}
    try:
        manifest = read_manifest(found[MANIFEST])
    except ManifestError:
        return found
    late = FetchError(f"{source}: its ledger: {_late(_LEDGER_S)}")
    return found | _within(_LEDGER_S, partial(_ledger, source, manifest), late)


def _ledger(source: str, manifest: Manifest) -> dict[str, bytes]:
    """Return the parts of a ledger, which are beside its feeds.json, by path."""

    def part(path: str) -> bytes:
        try:
            return fetch(_beside(source, path, manifest.files[path]))
        except FetchError as error:
            raise FetchError(f"{source} names what cannot be read: {error}") from error

    found: dict[str, bytes] = {}
    size = 0
    if INDEX in manifest.files:
        found[INDEX] = part(INDEX)
        with suppress(ManifestError):  # reported where it is used
            manifest = joined(manifest, [read_part(found[INDEX])])
    paths = [path for path in manifest.parts if path not in found]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for path, content in zip(paths, threads.map(part, paths), strict=True):
            found[path], size = content, size + len(content)
            if size > _MOST_FETCHED:
                threads.shutdown(wait=False, cancel_futures=True)
                raise FetchError(f"{source}: its ledger is too large: more than {_MOST_FETCHED // 1_000_000} MB")
    return found


def _beside(source: str, path: str, digest: str) -> str:
    """Return where a part of a ledger is; at an address, its digest leads past a cache's copy of an older one."""
    if not source.lower().startswith(("http://", "https://")):
        return str(Path(source).parent / path)
    folder = source.partition("#")[0].partition("?")[0].rpartition("/")[0]
    return f"{folder}/{path}?{digest[:16]}" if digest else f"{folder}/{path}"


def _late(seconds: float) -> str:
    return f"it took more than {seconds:g} seconds"


def _within(seconds: float, work: Callable[[], T], late: Exception) -> T:
    """Return the result of `work`; raise what it raises, or `late` after so many seconds.

    In a thread, since a server that answers letter by letter is never silent for long.
    """
    answer: Future[T] = Future()

    def fulfil() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised below
            answer.set_exception(error)

    threading.Thread(target=fulfil, daemon=True).start()
    if not wait([answer], timeout=seconds).done:
        raise late
    return answer.result()


def _download(source: str, limit_s: float) -> bytes:
    try:
        with _FETCHER.open(source, timeout=min(_SILENCE_S, limit_s)) as answer:
            content = _bounded(partial(answer.read1, _CHUNK), source)
            length = answer.headers.get("Content-Length")
    except urllib.error.HTTPError as error:
        error.close()
        raise FetchError(f"{source}: the server answered {error.code}", is_missing=error.code in (404, 410)) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        cause = getattr(error, "reason", None) or error
        raise FetchError(f"{source}: {getattr(cause, 'strerror', None) or cause or type(error).__name__}") from error
    if length and length.isdecimal() and len(content) < int(length):
        raise FetchError(f"{source}: the answer ended after {len(content):,} of {length} bytes")
    return content


def _bounded(read: Callable[[], bytes], source: str) -> bytes:
    """Return all that `read` gives, piece by piece. Raises FetchError if it is too large."""
    content = bytearray()
    while piece := read():
        content += piece
        if len(content) > _MOST_FETCHED:
            raise FetchError(f"{source}: too large: more than {_MOST_FETCHED // 1_000_000} MB")
    return bytes(content)


def _unpacked(content: bytes, source: str) -> bytes:
    """Return the content, without the compression that a server added unasked."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            return _bounded(partial(packed.read, _CHUNK), source)
    except (OSError, EOFError, zlib.error) as error:
        raise FetchError(f"{source}: {error}") from error


def _read(source: Path) -> bytes:
    try:
        with source.open("rb") as file:
            return _bounded(partial(file.read, _CHUNK), str(source))
    except FileNotFoundError as error:
        raise FetchError(f"{source}: no such file", is_missing=True) from error
    except (OSError, ValueError) as error:
        raise FetchError(f"{source}: {getattr(error, 'strerror', None) or error}") from error
