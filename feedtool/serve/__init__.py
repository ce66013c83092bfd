"""A preview on this machine: the output folder over HTTP, and pages that reload when a post changes.

    request -> application -> answers.find -> answers.answer (with_reload)
    files change -> watching.Watcher -> (the command line builds) -> Editions -> the pages that differ reload

Files are served as they were built, byte for byte; only pages get a script, which no file contains.
Here are the application, the connections of pages that wait, and the sockets; `feedtool.cli.serve` builds.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedtool.serve.answers import RELOAD, Found, answer, find, missing, seen_of

#: seconds between two signs of life on a waiting connection, so that nothing closes it
_BEAT = 15

_ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
#: ports to try until one is free in both families
_ATTEMPTS = 20
_LOCAL = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?", re.IGNORECASE | re.ASCII)


class Editions:
    """Tells all followers when there may be a new edition. `announce` and `close` may be called from any thread."""

    def __init__(self) -> None:
        #: no more editions will come
        self.is_closed = False
        self.followers: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Serve followers in the event loop of this call."""
        self._loop = asyncio.get_running_loop()
        yield
        self._loop = None

    def announce(self) -> None:
        """Wake all followers."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake)

    def close(self) -> None:
        """End all connections of followers."""
        self.is_closed = True
        self.announce()

    @contextmanager
    def follow(self) -> Iterator[asyncio.Event]:
        """Give an event that is set with each announcement."""
        event = asyncio.Event()
        self.followers.add(event)
        try:
            yield event
        finally:
            self.followers.discard(event)

    def _wake(self) -> None:
        for event in self.followers:
            event.set()


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
        page, seen = request.query_params.get("page", ""), request.query_params.get("seen", "")
        current = partial(run_in_threadpool, _seen_now, output, page)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(_events(editions, current, seen), headers=headers, media_type="text/event-stream")

    routes = [Route(RELOAD, reload), Route("/{path:path}", file)]
    return _guarded(Starlette(routes=routes, lifespan=editions.lifespan), heard)


def is_local(host: str) -> bool:
    """Return whether a Host header names this machine; other names may lead here too (DNS rebinding)."""
    return bool(_LOCAL.fullmatch(host))


def _seen_now(output: Callable[[], Path], page: str) -> str:
    found = find(output(), page)
    return seen_of(found if isinstance(found, Found) else None)


async def _events(editions: Editions, current: Callable[[], object], seen: str) -> AsyncIterator[bytes]:
    """Yield one server-sent event (HTML standard, section 9.2) as soon as the page differs from the one seen."""
    with editions.follow() as event:
        yield b"retry: 500\n\n"
        while not editions.is_closed:
            event.clear()
            if await current() != seen:  # type: ignore[misc]
                yield b"data: changed\n\n"
                return
            try:
                await asyncio.wait_for(event.wait(), _BEAT)
            except TimeoutError:
                yield b": still here\n\n"


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


class PortError(Exception):
    """The port cannot be used; says why."""


@contextmanager
def bound(port: int) -> Iterator[list[socket.socket]]:
    """Give sockets that listen on the port, 0 for any free one, for this machine only. Raises PortError.

    Without IPv6 there is only one socket.
    """
    sockets: list[socket.socket] = []
    try:
        for attempt in range(_ATTEMPTS):
            try:
                _bind(port, sockets)
                break
            except OSError as error:
                _close(sockets)
                if error.errno != errno.EADDRINUSE:
                    raise PortError(os.strerror(error.errno) if error.errno else str(error)) from error
                if port or attempt == _ATTEMPTS - 1:
                    raise PortError("in use") from error
        yield sockets
    finally:
        _close(sockets)


def _bind(port: int, sockets: list[socket.socket]) -> None:
    for family, host in _ADDRESSES:
        chosen = port or (sockets[0].getsockname()[1] if sockets else 0)
        try:
            sockets.append(socket.create_server((host, chosen), family=family, backlog=128))
        except OSError as error:
            if not sockets or error.errno == errno.EADDRINUSE:
                raise
            return


def _close(sockets: list[socket.socket]) -> None:
    while sockets:
        with suppress(OSError):
            sockets.pop().close()


@contextmanager
def serving(app: ASGIApp, editions: Editions, sockets: list[socket.socket]) -> Iterator[None]:
    """Answer requests in a thread; at the end close all connections, within about a second."""
    config = uvicorn.Config(
        app, loop="asyncio", http="h11", ws="none", lifespan="on", log_config=None, log_level="critical",
        access_log=False, server_header=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        editions.close()
        server.should_exit = True
        thread.join()
