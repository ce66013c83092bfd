"""A host on this machine for what was published: nginx as feedtool's own file sets it up, or a plain server of ours.

Both answer with ETag and Last-Modified, and 304 to whoever has the bytes already (RFC 9110 sections 8.8 and 13.1).
At a second address the same folder is served without any of feedtool's rules, so that no old name is redirected.
"""

from __future__ import annotations

import hashlib
import http.server
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from functools import partial
from pathlib import Path

from webservers import NGINX, Real, free_port, nginx

from .stored import ReaderError

_PLAIN = """
    server {{ listen 127.0.0.1:{port}; root {root}; }}
"""
#: seconds
_PATIENCE = 10
_TYPES = {".xml": "application/xml", ".json": "application/json"}


class Serving:
    """A host that serves one folder after another, and counts how it answered."""

    def __init__(self, work: Path, *, name: str, seen: Callable[[Serving], list[str]]) -> None:
        self.name = name
        self.port, self.plain_port = free_port(), free_port()
        #: what is served: a link to the folder of a step
        self.root = work / "current"
        self._seen = seen
        self._read = 0

    @property
    def site_url(self) -> str:
        """Return the address that the feeds know to be theirs."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def plain_url(self) -> str:
        """Return where the same files lie with a host that has no rules."""
        return f"http://127.0.0.1:{self.plain_port}/"

    @property
    def redirects(self) -> bool:
        """Tell whether old names are redirected at the site's address."""
        return self.name == "nginx"

    def show(self, folder: Path) -> None:
        """Serve that folder from now on."""
        link = self.root.with_name("next")
        link.symlink_to(folder)
        link.replace(self.root)

    def statuses(self) -> list[int]:
        """Return the status of each answer since this was asked before."""
        lines = self._seen(self)
        new, self._read = lines[self._read :], len(lines)
        return [int(line.split()[0]) for line in new if "/seen-" not in line]


@contextmanager
def serving(
    work: Path, publish: Callable[[str], list[Path]], *, with_nginx: bool = bool(NGINX)
) -> Iterator[tuple[Serving, list[Path]]]:
    """Publish for an address that is free, and serve there; give the host, and the folders to show."""
    work.mkdir(parents=True, exist_ok=True)
    kind = _with_nginx if with_nginx else _with_ours
    with kind(work, publish) as both:
        yield both


@contextmanager
def _with_nginx(work: Path, publish: Callable[[str], list[Path]]) -> Iterator[tuple[Serving, list[Path]]]:
    log = work / "access.log"
    host = Serving(work, name="nginx", seen=partial(_logged, log))
    uploads = publish(host.site_url)
    host.show(uploads[0])
    more = _PLAIN.format(port=host.plain_port, root=host.root)
    with nginx(host.root, work, port=host.port, log=f"{log} told", more=more):
        yield host, uploads


def _logged(log: Path, host: Serving) -> list[str]:
    """Return the lines of the log; nginx writes each when it has answered, and that may be a moment after."""
    mark = f"/seen-{time.monotonic_ns()}"
    Real(host.port).get(mark)
    end = time.monotonic() + _PATIENCE
    while mark not in (text := log.read_text()):
        if time.monotonic() > end:
            raise ReaderError("nginx writes nothing into its log")
    return text.splitlines()


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files with ETag and Last-Modified."""

    def __init__(self, *arguments: object, lines: list[str], directory: str) -> None:
        self._lines = lines
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer with the file, or with 304 to whoever has it."""
        place = Path(self.translate_path(self.path))
        if not place.is_file():
            self.send_error(404)
            return
        body = place.read_bytes()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        date = formatdate(int(place.stat().st_mtime), usegmt=True)
        asked = self.headers.get("If-None-Match")
        is_known = tag in asked if asked else self.headers.get("If-Modified-Since") == date
        self.send_response(304 if is_known else 200)
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", date)
        if not is_known:
            self.send_header("Content-Type", _TYPES.get(place.suffix, "text/html"))
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not is_known:
            self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:  # noqa: ARG002
        """Remember the status."""
        status = re.sub(r"\D", "", str(code if isinstance(code, int) else getattr(code, "value", code)))
        self._lines.append(f"{status} {self.path}")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def _with_ours(work: Path, publish: Callable[[str], list[Path]]) -> Iterator[tuple[Serving, list[Path]]]:
    lines: list[str] = []
    host = Serving(work, name="http.server", seen=lambda _: [*lines])
    uploads = publish(host.site_url)
    host.show(uploads[0])
    handler = partial(_Handler, lines=lines, directory=str(host.root))
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) for port in (host.port, host.plain_port)]
    threads = [threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield host, uploads
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
