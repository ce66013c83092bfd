"""The sockets that listen on this machine, and the thread that answers requests."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.applications import Starlette

from feedtool.serve.app import Editions

_ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
#: ports to try until one is free in both families
_ATTEMPTS = 20


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
                    raise PortError(error.strerror or str(error)) from error
                if port or attempt == _ATTEMPTS - 1:
                    raise PortError("in use") from error
        yield sockets
    finally:
        _close(sockets)


def _bind(port: int, sockets: list[socket.socket]) -> None:
    for family, host in _ADDRESSES:
        one = None
        try:
            one = socket.socket(family, socket.SOCK_STREAM)
            if os.name == "posix":
                # or the port would be in use for a minute after a preview has ended
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind((host, port or (sockets[0].getsockname()[1] if sockets else 0)))
            one.listen(128)
        except OSError as error:
            if one is not None:
                one.close()
            if not sockets or error.errno == errno.EADDRINUSE:
                raise
            return
        sockets.append(one)


def _close(sockets: list[socket.socket]) -> None:
    while sockets:
        with suppress(OSError):
            sockets.pop().close()


@contextmanager
def serving(app: Starlette, editions: Editions, sockets: list[socket.socket]) -> Iterator[None]:
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
