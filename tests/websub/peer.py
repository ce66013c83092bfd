"""Flask-WebSub, a hub and a subscriber that others wrote and use.

It wants a Python of its own, since it installs a package called `tests`:

    python3 -m venv DIR && DIR/bin/pip install 'flask-websub[celery]' && export FEEDTOOL_WEBSUB=DIR/bin/python
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from .asking import ask

PYTHON = os.environ.get("FEEDTOOL_WEBSUB", "")
_PROGRAM = Path(__file__).parent / "programs" / "flask_websub_peer.py"


class Peer:
    """It, while it runs."""

    def __init__(self, address: str) -> None:
        self.address = address

    @property
    def hub(self) -> str:
        """Return the hub's address."""
        return f"{self.address}/hub"

    def subscribe(self, feed: str) -> str:
        """Let its subscriber find the hub of a feed and ask there; return the topic."""
        got = ask(f"{self.address}/subscribe?{urlencode({'feed': feed})}")
        assert got.status == 200, got.body
        return got.body.decode()

    def deliveries(self) -> list[bytes]:
        """Return what its subscriber was sent."""
        return [base64.b64decode(each) for each in json.loads(ask(f"{self.address}/deliveries").body)]


@contextmanager
def peer(work: Path) -> Iterator[Peer]:
    """Run it; what it says is in peer.log of the folder."""
    work.mkdir(parents=True, exist_ok=True)
    variables = {"PATH": os.environ["PATH"], "HOME": str(work), "no_proxy": "127.0.0.1"}
    with (
        (work / "peer.log").open("wb") as log,
        subprocess.Popen(
            [PYTHON, str(_PROGRAM), str(work)], cwd=work, env=variables, stdout=subprocess.PIPE, stderr=log
        ) as process,
    ):
        assert process.stdout
        try:
            address = process.stdout.readline().decode().strip()
            assert address, (work / "peer.log").read_text()
            yield Peer(address)
        finally:
            process.kill()
