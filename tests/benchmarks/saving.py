# ruff: noqa: T201 - a script that prints; nothing is secret here
"""How long a saved post takes to be on the page: from the end of its writing to the event that reloads the page.

Also the processor time of the preview meanwhile, where the system has /proc: that of its own process.

python -m tests.benchmarks.saving --posts 5000 50000 --from DIR
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from feedtool.serve import RELOAD

from .real import Original, copy_of, originals
from .sites import ENTRIES, Site, feedtool_site
from .synthetic import post

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .synthetic import Post

#: seconds that nothing happens before a post is saved, and that a page may take
_PAUSE, _PATIENCE = 1.0, 60


def main() -> None:
    """Print a line for each number of posts."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.saving", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[5000])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--from", type=Path, dest="originals", metavar="DIR")
    wanted = parser.parse_args()
    some = list(originals(wanted.originals).posts) if wanted.originals else []
    for count in wanted.posts:
        with tempfile.TemporaryDirectory(prefix="feedtool-saving-") as folder:
            site = feedtool_site(Path(folder).resolve() / "site")
            site.create()
            with (site.folder / "feedtool.toml").open("a") as config:
                config.write(f"limit = {ENTRIES}\n")
            for number in range(count):
                site.put(_post(some, number, count, 0))
            took = list(_saved(site, [_post(some, count - 1, count, run + 1) for run in range(wanted.runs)]))
        columns = ([wall for wall, _ in took], [cpu for _, cpu in took])
        wall, cpu = (f"{median(each):.2f} s ({min(each):.2f} - {max(each):.2f})" for each in columns)
        print(f"{count:,} posts: {wall}, processor {cpu}, {wanted.runs} saved", flush=True)


def _post(some: list[Original], number: int, count: int, edition: int) -> Post:
    return copy_of(some, number, count=count, seed=1, edition=edition) if some else post(number, edition=edition)


def _saved(site: Site, editions: Sequence[Post]) -> Iterator[tuple[float, float]]:
    """Save the editions of the newest post; yield the seconds until the first page is told to reload, and of work."""
    with _preview(site) as (port, process):
        for edition in editions:
            seen = re.search(rb'data-seen="(\w*)"', _asked(port, "/").read())
            assert seen
            events = _asked(port, f"{RELOAD}?page=/&seen={seen[1].decode()}")
            assert events.readline().startswith(b"retry")
            time.sleep(_PAUSE)
            worked = _worked(process)
            site.put(edition)
            saved = time.perf_counter()
            while events.readline() != b"data: changed\n":
                assert time.perf_counter() - saved < _PATIENCE, "the page did not change"
            yield time.perf_counter() - saved, _worked(process) - worked
            events.close()


@contextmanager
def _preview(site: Site) -> Iterator[tuple[int, int]]:
    """Give port and process of a preview that has built."""
    command = (sys.executable, "-m", "feedtool", "serve", "--port", "0")
    with subprocess.Popen(command, cwd=site.folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            lines = iter(process.stdout.readline, "")
            port = next(int(found[1]) for line in lines if (found := re.match(r"http://localhost:(\d+)/ shows", line)))
            next(line for line in lines if re.match(r"\d\d:\d\d:\d\d ", line))
            yield _answering(port), process.pid
        finally:
            process.kill()


def _answering(port: int) -> int:
    """Return the port when somebody answers there: the preview builds first."""
    for _ in range(_PATIENCE * 10):
        with suppress(OSError):
            _asked(port, "/").read()
            break
        time.sleep(0.1)
    return port


def _worked(process: int) -> float:
    """Return the seconds that a process has worked; 0 where the system does not tell."""
    try:
        user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return 0
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _asked(port: int, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    connection.request("GET", path)
    return connection.getresponse()


if __name__ == "__main__":
    main()
