"""Requests -> answers, as an ASGI application; and the connections of pages that wait to reload."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedtool.serve.answers import Found, Moved, answer, find, missing, seen_of
from feedtool.serve.pages import RELOAD

#: seconds between two signs of life on a waiting connection, so that nothing closes it
_BEAT = 15

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


def application(output: Callable[[], Path], editions: Editions, heard: Callable[[str], None]) -> Starlette:
    """Return the application that serves the folder that `output` returns.

    `heard` gets a line for each answer: method, path as sent, status.
    """

    async def file(request: Request) -> Response:
        found = await run_in_threadpool(find, output(), request.scope["raw_path"].decode("latin-1"))
        if isinstance(found, Moved):
            query = request.url.query
            return RedirectResponse(found.path + (f"?{query}" if query else ""), 307, {"Cache-Control": "no-cache"})
        return _response(found, request)

    async def reload(request: Request) -> Response:
        page, seen = request.query_params.get("page", ""), request.query_params.get("seen", "")
        current = partial(run_in_threadpool, _seen_now, output, page)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(_events(editions, current, seen), headers=headers, media_type="text/event-stream")

    return Starlette(
        routes=[Route(RELOAD, reload), Route("/{path:path}", file)],
        middleware=[Middleware(_Local, heard=heard)],
        lifespan=editions.lifespan,
    )


def is_local(host: str) -> bool:
    """Return whether a Host header names this machine; other names may lead here too (DNS rebinding)."""
    return bool(_LOCAL.fullmatch(host))


def _response(found: Found | None, request: Request) -> Response:
    match, since = map(request.headers.get, ("if-none-match", "if-modified-since"))
    made = answer(found, if_none_match=match, if_modified_since=since) if found else missing()
    return Response(made.content, made.status, made.headers)


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


class _Local:
    """Refuses requests to other hosts than this machine, and reports each answer."""

    def __init__(self, app: ASGIApp, heard: Callable[[str], None]) -> None:
        self._app, self._heard = app, heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def reported(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._heard(f"{scope['method']} {scope['raw_path'].decode('latin-1')} {message['status']}")
            await send(message)

        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        app: ASGIApp = self._app
        if not hosts or not all(map(is_local, hosts)):
            app = PlainTextResponse("This preview answers to localhost, 127.0.0.1 and [::1] only.\n", 403)
        await app(scope, receive, reported)
