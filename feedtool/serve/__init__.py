"""A preview on this machine: the output folder over HTTP, and pages that reload when a post changes.

    request -> application -> find -> answer (with_reload)
    files change -> (the command line builds) -> Editions -> the pages that differ reload

Served are only ordinary files that are in the output folder and not hidden, as they were built, byte for byte, also
where a path or a symbolic link leads elsewhere; media types are those that hosts get. But browsers always ask again
(RFC 9110 sections 8.8 and 13), pages of other origins cannot read the answers, and a page gets a script that reloads
it: its policy (Content Security Policy, level 3) is widened for that script only, which it allows by its digest.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import mimetypes
import os
import re
import socket
import stat
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, unquote

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedtool.frozen import frozen
from feedtool.generators import digests
from feedtool.generators import media_type as published_type

#: seconds between two looks for a new edition
_LOOK_S = 0.03

_ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_LOCAL = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?", re.IGNORECASE | re.ASCII)

HTML = published_type("index.html")
#: not the system's list, which differs between machines
_OTHERS = mimetypes.MimeTypes(filenames=())

#: not those of a published site: no other page that the browser has open may read a preview
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}

#: knows whether a file has changed since a time
_CONDITIONS = StaticFiles(check_dir=False)
_MISSING = b"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Not found</title>
<h1>Not found</h1>
<p>The last build wrote no file for this address. This page reloads when one does.</p>
<p><a href="/">All feeds</a></p>
"""


@dataclass
class Editions:
    """What the command line tells the waiting pages, which look at it: any thread may change it."""

    #: how often there may have been a new edition
    count: int = 0
    #: no more will come
    is_closed: bool = False


def application(output: Callable[[], Path], editions: Editions, heard: Callable[[str], None]) -> ASGIApp:
    """Return the application that serves the folder that `output` returns.

    `heard` gets a line for each answer: method, path as sent, status.
    """

    async def file(request: Request) -> Response:
        found = await run_in_threadpool(find, output(), request.scope["raw_path"].decode("latin-1"))
        if isinstance(found, str):
            query = request.url.query
            return RedirectResponse(found + (f"?{query}" if query else ""), 307, {"Cache-Control": "no-cache"})
        return answer(found, request) if found else missing()

    async def reload(request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(_events(request, editions, output), headers=headers, media_type="text/event-stream")

    routes = [Route(RELOAD, reload), Route("/{path:path}", file)]
    return _guarded(Starlette(routes=routes), heard)


def is_local(host: str) -> bool:
    """Return whether a Host header names this machine; other names may lead here too (DNS rebinding)."""
    return bool(_LOCAL.fullmatch(host))


def _seen_now(output: Callable[[], Path], page: str) -> str:
    found = find(output(), page)
    return seen_of(found if isinstance(found, Found) else None)


async def _events(request: Request, editions: Editions, output: Callable[[], Path]) -> AsyncIterator[bytes]:
    """Yield one server-sent event (HTML standard, section 9.2) as soon as the page differs from the one seen."""
    page, seen = request.query_params.get("page", ""), request.query_params.get("seen", "")
    yield b"retry: 500\n\n"
    looked_at = -1
    while not (editions.is_closed or await request.is_disconnected()):
        if looked_at != editions.count:
            looked_at = editions.count
            if await run_in_threadpool(_seen_now, output, page) != seen:
                yield b"data: changed\n\n"
                return
        await asyncio.sleep(_LOOK_S)


def _guarded(app: ASGIApp, heard: Callable[[str], None]) -> ASGIApp:
    """Return the application so that it refuses requests to other hosts than this machine, and reports each answer."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def reported(message: Message) -> None:
            if message["type"] == "http.response.start":
                heard(f"{scope['method']} {scope['raw_path'].decode('latin-1')} {message['status']}")
            await send(message)

        hosts = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"host"]
        if scope["type"] == "http" and not (hosts and all(map(is_local, hosts))):
            refusal = PlainTextResponse("This preview answers to localhost, 127.0.0.1 and [::1] only.\n", 403)
            await refusal(scope, receive, reported)
        else:
            await app(scope, receive, reported)

    return guarded


@frozen
class Found:
    """A file, as it was when it was read."""

    #: below the output folder, with "/" between folders
    name: str
    content: bytes
    #: time of the last change, in seconds since 1970
    changed: int


def find(root: Path, raw: str) -> Found | str | None:
    """Return the file below `root` that a request's path, as sent, names; None if it names none.

    For a folder without the "/" at its end, return the path on the site with it, percent-encoded.
    """
    steps = steps_of(raw)
    if not steps:
        return None
    top = Path(os.path.realpath(root))
    place = Path(os.path.realpath(top.joinpath(*steps)))
    if not place.is_relative_to(top):
        return None
    try:
        if place.is_dir():
            return "/" + "/".join(map(quote, steps)) + "/"
        return _read(place, "/".join(steps))
    except (OSError, ValueError):
        return None


def steps_of(raw: str) -> tuple[str, ...]:
    """Return the names of the folders and the file in a path; () if it is not allowed.

    A path with "/" at its end names the folder's index.html.
    """
    if not raw.startswith("/"):
        return ()
    *folders, last = map(unquote, raw[1:].split("/"))
    steps = (*folders, last or "index.html")
    if any(not step or step.startswith(".") or set(step) & set("/\\\0") for step in steps):
        return ()
    return steps


def _read(place: Path, name: str) -> Found | None:
    """Return an ordinary file, None for anything else; never waits for the other end of a pipe."""
    handle = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return None
        return Found(name=name, content=file.read(), changed=found.st_mtime_ns // 1_000_000_000)


def answer(found: Found, request: Request) -> Response:
    """Return the file, or 304 if the browser has it."""
    kind = media_type(found.name)
    content = with_reload(found.content, seen_of(found)) if kind == HTML else found.content
    headers = {
        "Content-Type": kind,
        "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
        "Last-Modified": formatdate(found.changed, usegmt=True),
        **_HEADERS,
    }
    response = Response(content, headers=headers)
    # older releases of starlette do not know "*", and let the time count beside a tag (RFC 9110 section 13.2.2)
    if tags := request.headers.get("if-none-match"):
        is_known = response.headers["etag"] in (tag.strip().removeprefix("W/") for tag in tags.split(","))
        is_known = is_known or tags.strip() == "*"
    else:
        is_known = _CONDITIONS.is_not_modified(response.headers, request.headers)
    return NotModifiedResponse(response.headers) if is_known else response


def missing() -> Response:
    """Return the page "not found", which reloads when there is a file."""
    headers = {"Content-Type": HTML, **_HEADERS}
    return Response(with_reload(_MISSING, seen_of(None)), 404, headers)


def seen_of(found: Found | None) -> str:
    """Return the digest of a file, "" for none."""
    return hashlib.sha256(found.content).hexdigest() if found else ""


def media_type(name: str) -> str:
    """Return the media type of a file by its path below the output folder."""
    if own := published_type(name):
        return own
    kind, encoding = _OTHERS.guess_type(name.rpartition("/")[2])
    if encoding or not kind:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


#: a hidden path, which no file of the output can have
RELOAD = "/.feedtool/reload"

#: A hidden tab closes its connection, since a browser has only six for a host. It connects again when it is shown.
SCRIPT = f"""(() => {{
const seen = document.currentScript.dataset.seen;
const address = "{RELOAD}?" + new URLSearchParams({{page: location.pathname, seen}});
let source = null;
const follow = () => {{
  if (source) source.close();
  source = null;
  if (document.visibilityState !== "visible") return;
  source = new EventSource(address);
  source.onmessage = () => {{ source.close(); location.reload(); }};
}};
document.addEventListener("visibilitychange", follow);
follow();
}})();"""
SCRIPT_SOURCE = digests([SCRIPT])

#: the policy of a page, as feedtool writes it, up to the scripts that it allows
_POLICY = re.compile(rb'http-equiv="Content-Security-Policy" content="[^"]*; script-src [^;"]*')


def with_reload(content: bytes, seen: str) -> bytes:
    """Return an HTML page that reloads when the file at its address has another digest than `seen`."""
    widened = f" {SCRIPT_SOURCE}; connect-src 'self'".encode()
    content = _POLICY.sub(lambda policy: policy[0] + widened, content, count=1)
    # a script behind the end of a document counts as one of its body, and every page has an end
    return content + f'<script data-seen="{seen}">{SCRIPT}</script>\n'.encode()


class PortError(Exception):
    """The port cannot be used; says why."""


@contextmanager
def bound(port: int) -> Iterator[list[socket.socket]]:
    """Give sockets that listen on the port, 0 for any free one, for this machine only. Raises PortError.

    Without IPv6 there is only one socket.
    """
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        for family, host in _ADDRESSES:
            chosen = sockets[0].getsockname()[1] if sockets else port
            try:
                sockets.append(stack.enter_context(socket.create_server((host, chosen), family=family, backlog=128)))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortError("in use") from error
                if not sockets:
                    raise PortError(os.strerror(error.errno) if error.errno else str(error)) from error
        yield sockets


@contextmanager
def serving(app: ASGIApp, editions: Editions, sockets: list[socket.socket]) -> Iterator[None]:
    """Answer requests in a thread; at the end close all connections, within about a second."""
    config = uvicorn.Config(
        app, loop="asyncio", http="h11", ws="none", lifespan="off", log_config=None, log_level="critical",
        access_log=False, server_header=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        editions.is_closed = True
        server.should_exit = True
        thread.join()
