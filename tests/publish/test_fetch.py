"""Downloads: what a server sends costs no more than a bounded time and a bounded memory."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from feedtool.publish import http
from feedtool.publish.http import FetchError, fetch
from publish.servers import Asked, recorder


@contextmanager
def dripping(*parts: bytes, pause_s: float = 0.05) -> Iterator[str]:
    """Give the address of a server that sends these parts, and repeats the last of them for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    for part in parts:
                        connection.sendall(part)
                    while not stop.wait(pause_s):
                        connection.sendall(parts[-1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/feeds.json"
        stop.set()


@pytest.mark.parametrize(
    "parts",
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"H",),
    ],
)
def test_a_server_that_is_never_done_is_given_up(parts: tuple[bytes, ...]) -> None:
    """Headers, or a body, letter by letter."""
    started = time.monotonic()
    with dripping(*parts) as address, pytest.raises(FetchError, match=r"took more than 0\.3 seconds"):
        fetch(address, limit_s=0.3)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "FTP://127.0.0.1/x", "data:,x"])
def test_a_redirect_stays_on_the_web(target: str) -> None:
    """It may lead to another http or https address, and to nothing else."""

    def answer(_: int, __: Asked) -> tuple[int, dict[str, str]]:
        return 302, {"Location": target}

    with recorder(answer) as server, pytest.raises(FetchError):
        fetch(server.address)


def test_a_redirect_is_followed() -> None:
    """As hosts move sites."""

    def answer(number: int, _: Asked) -> tuple[int, dict[str, str], bytes]:
        return (200, {}, b"{}") if number else (301, {"Location": "/feeds.json"}, b"")

    with recorder(answer) as server:
        assert fetch(server.address) == b"{}"


@pytest.mark.parametrize(
    "body",
    [b"x" * 2001, gzip.compress(b"x" * 9000), gzip.compress(gzip.compress(b"x" * 9000)) * 99],
    ids=["plain", "packed", "packed twice"],
)
def test_too_much_is_too_much_packed_or_not(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for what comes, and for what it unpacks to; the reason is said."""
    monkeypatch.setattr(http, "_MOST_FETCHED", 2000)
    with recorder(lambda *_: (200, {}, body)) as server, pytest.raises(FetchError, match="too large"):
        fetch(server.address)


def test_compressed_answers_are_unpacked() -> None:
    """Some servers send them unasked."""
    with recorder(lambda *_: (200, {}, gzip.compress(b"{}"))) as server:
        assert fetch(server.address) == b"{}"
