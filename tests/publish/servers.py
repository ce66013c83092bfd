"""Real servers on this machine: S3 by rclone and by moto, and one that writes down what it is asked for."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

KEY, SECRET = "AKIDEXAMPLE", "SECRETEXAMPLEKEY"


def s3_variables(address: str) -> dict[str, str]:
    """Return the environment in which s3:// means the server at that address."""
    return {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": address,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
    }


@dataclass(slots=True, kw_only=True)
class Rclone:
    """An S3 server over a folder, whose files are the objects."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, or start it again where it was; come back when it listens."""
        program = Path(sys.executable).with_name("rclone")
        command = [str(program if program.exists() else shutil.which("rclone")), "serve", "s3"]
        command += ["--auth-key", f"{KEY},{SECRET}", "--addr", f"127.0.0.1:{self.port}", str(self.folder)]
        variables = {**os.environ, "RCLONE_CONFIG": os.devnull}
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, env=variables)
        assert self.process.stderr
        for line in self.process.stderr:
            found = re.search(rb"127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found[1])
                break
        else:
            raise AssertionError("rclone did not start")

    def kill(self) -> None:
        """Let it die without a word."""
        assert self.process
        assert self.process.stderr
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()


@contextmanager
def rclone(folder: Path) -> Iterator[Rclone]:
    """Serve an empty bucket called "bucket" over S3."""
    if not (Path(sys.executable).with_name("rclone").exists() or shutil.which("rclone")):
        pytest.skip("rclone, which serves S3 here, is not to be had for this platform")
    (folder / "bucket").mkdir(parents=True)
    server = Rclone(folder=folder)
    server.start()
    try:
        yield server
    finally:
        if server.process and server.process.poll() is None:
            server.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that a server had."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


#: which request of all it is, from 0 on, and the request -> status and headers of the answer, and perhaps its body
Answer = Callable[[int, Asked], tuple[int, Mapping[str, str]] | tuple[int, Mapping[str, str], bytes]]


@dataclass(slots=True, kw_only=True)
class Recorder:
    """A server that writes down what it is asked for."""

    address: str = ""
    asked: list[Asked] = field(default_factory=list)


class _Quiet(ThreadingHTTPServer):
    """A server that whoever asks may leave at any time."""

    def handle_error(self, *_: object) -> None:
        """Say nothing of connections that were given up."""


@contextmanager
def recorder(answer: Answer = lambda _, __: (204, {})) -> Iterator[Recorder]:
    """Give a server that answers so."""
    seen, lock = Recorder(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(method=self.command, path=self.path, headers=dict(self.headers), body=body)
            with lock:
                number = len(seen.asked)
                seen.asked.append(asked)
            status, headers, *rest = answer(number, asked)
            content = rest[0] if rest else b""
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.do_POST()

        def do_PUT(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = _Quiet(("127.0.0.1", 0), Handler)
    seen.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
