"""A build whose posts are read and cleaned on a Dask cluster: a real scheduler and real workers, on this machine."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from heavy import heavy
from runs import SITE_URL, Run, lay, post, process, run, tree

needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="distributed is not installed: feedtool[dask]")

#: what a worker does before it works: BOOM kills it, and while there is a file "held" no text is cleaned
HARSH = """
import os, pathlib, time
import feedtool.build.pipeline, feedtool.sanitiser
folder = pathlib.Path(FOLDER)
if not hasattr(feedtool, "untouched"):  # this runs twice
    feedtool.untouched = feedtool.sanitiser.clean
def harsh(html, *values, **more):
    end = time.monotonic() + 60
    while (folder / "held").exists() and time.monotonic() < end:
        (folder / f"begun-{os.getpid()}").touch()
        time.sleep(0.01)
    if "BOOM" in html:
        os.kill(os.getpid(), 9)
    return feedtool.untouched(html, *values, **more)
feedtool.sanitiser.clean = harsh
"""
ENVIRONMENT = {
    **os.environ,
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "10s",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A scheduler and the processes of its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: tuple[subprocess.Popen[bytes], ...]
    folder: Path

    def build(self, *arguments: str, cwd: Path) -> Run:
        """Build on the cluster."""
        return build(*arguments, "--executor", f"dask://{self.address}", cwd=cwd)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let workers wait with the first text that they get."""
        (self.folder / "held").touch()
        yield
        (self.folder / "held").unlink()

    def said(self) -> str:
        """Return what scheduler and workers logged so far."""
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.log")))


def build(*arguments: str, cwd: Path) -> Run:
    return process(
        "build", "--jobs", "1", "--no-cache", "--limit", "0", "--site-url", SITE_URL, *arguments, cwd=cwd, timeout=120
    )


def _free() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def _is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _until(is_so: Callable[[], object], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not (so := bool(is_so())) and time.monotonic() < deadline:
        time.sleep(0.02)
    return so


@contextmanager
def cluster(folder: Path, *, workers: int, nanny: bool = False) -> Iterator[Cluster]:
    """Start a scheduler and workers in a folder of their own, where no post lies."""
    lay(folder, {"harsh.py": HARSH.replace("FOLDER", repr(str(folder)))})
    port = _free()
    dask = [sys.executable, "-m", "dask"]
    manner = ["--nthreads", "1", "--no-dashboard", "--preload", str(folder / "harsh.py")]
    manner += ["--nanny" if nanny else "--no-nanny", "--local-directory", str(folder)]
    with ExitStack() as stack:

        def start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
            log = stack.enter_context((folder / f"{name}.log").open("wb"))
            started = stack.enter_context(
                subprocess.Popen([*dask, *arguments], cwd=folder, env=ENVIRONMENT, stdout=log, stderr=log,
                                 start_new_session=True)
            )  # fmt: skip
            stack.callback(_end, started)
            return started

        scheduler = start("scheduler", "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        hands = tuple(start(f"worker{n}", "worker", f"tcp://127.0.0.1:{port}", *manner) for n in range(workers))
        made = Cluster(address=f"127.0.0.1:{port}", scheduler=scheduler, workers=hands, folder=folder)
        assert _until(lambda: _is_open(port)), made.said()
        assert _until(lambda: made.said().count("Register worker") == workers), made.said()
        yield made


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def archive(total: int) -> dict[str, str]:
    """Return posts with a little of everything."""
    return {
        f"posts/{n:03}.md": post(
            f"Post {n}",
            date=f"2024-{1 + n // 28 % 12:02}-{1 + n % 28:02}",
            body=f"# Part\n\nWords of *post* {n}, with a [link](/a{n}) and <b>tea</b>.",
            tags=f"[tea, tag{n % 5}]",
        )
        for n in range(total)
    }


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder with posts."""
    return lay(tmp_path / "site", archive(120))


@heavy
@needs_dask
def test_a_cluster_gives_the_same_bytes(tmp_path: Path) -> None:
    """As this machine does, of a few posts that the worker does not have on its disk."""
    site = lay(tmp_path / "site", archive(12))
    with cluster(tmp_path / "cluster", workers=1) as dask:
        assert dask.build("--output", "there", cwd=site).status == 0
    assert build("--output", "here", cwd=site).status == 0
    assert tree(site / "there") == tree(site / "here")


@heavy
@needs_dask
def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(tmp_path: Path, site: Path) -> None:
    """Workers have no posts on their disks; one of the two dies in the middle, and nothing is missing or said."""
    with cluster(tmp_path / "cluster", workers=2) as dask:
        assert dask.build("--output", "quiet", cwd=site).status == 0
        killed: list[Run] = []
        builder = threading.Thread(target=lambda: killed.append(dask.build("--output", "killed", cwd=site)))
        with dask.held():
            builder.start()
            assert _until((dask.folder / f"begun-{dask.workers[0].pid}").exists)
            dask.workers[0].kill()
        builder.join()
        said = dask.said()
    here = build("--output", "here", cwd=site)
    assert (killed[0].status, killed[0].err) == (here.status, here.err) == (0, "")
    assert said.index("Remove worker") < said.rindex("Remove client")
    assert tree(site / "quiet") == tree(site / "here") == tree(site / "killed")


@heavy
@needs_dask
def test_a_post_that_kills_every_worker_costs_itself(tmp_path: Path) -> None:
    """It is named, and the output is that of a build without it."""
    good, bad = (lay(tmp_path / name / "site", archive(24)) for name in ("good", "bad"))
    lay(bad, {"posts/010b.md": post("Deadly", body="BOOM.", tags="[tea, tag3]")})
    with cluster(tmp_path / "cluster", workers=2, nanny=True) as dask:
        done = dask.build(cwd=bad)
    assert build(cwd=good).status == 0
    assert re.findall(r"(\S+): error: (.*)  \[(.*)\]", done.err) == [
        ("posts/010b.md", "its process ended abruptly", "worker-died")
    ]
    assert done.status == 0
    assert tree(bad / "output") == tree(good / "output")


@heavy
@needs_dask
def test_a_cluster_that_goes_away_leaves_the_output_alone(tmp_path: Path, site: Path) -> None:
    """No post is given up because the network is down: the build ends with plain words."""
    with cluster(tmp_path / "cluster", workers=1) as dask:
        ended: list[Run] = []
        builder = threading.Thread(target=lambda: ended.append(dask.build(cwd=site)))
        with dask.held():
            builder.start()
            assert _until((dask.folder / f"begun-{dask.workers[0].pid}").exists)
            dask.scheduler.kill()
        builder.join()
    assert ended[0].status == 2
    assert "does not answer any more" in ended[0].err
    assert "Traceback" not in ended[0].err
    assert tree(site).keys() == archive(120).keys()


@heavy
@needs_dask
def test_a_scheduler_without_workers_is_told_of(tmp_path: Path, site: Path) -> None:
    """In plain words, instead of a wait without end."""
    with cluster(tmp_path / "cluster", workers=0) as dask:
        done = dask.build(cwd=site)
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"feedtool: the Dask scheduler at {dask.address} has no workers; start one with `dask worker`\n"
    )


@heavy
@needs_dask
def test_an_address_where_nobody_answers_is_told_of(site: Path) -> None:
    """One line of plain words, status 2, and nothing is written."""
    port = _free()
    done = build("--executor", f"dask://127.0.0.1:{port}", cwd=site)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"feedtool: no Dask scheduler answers at 127.0.0.1:{port}: ")
    assert tree(site).keys() == archive(120).keys()


@pytest.mark.parametrize(
    "executor",
    ["dask://127.0.0.1:port", "dask://127.0.0.1", "dask://", "dask://a/b:1", "tcp://127.0.0.1:8786", "127.0.0.1:8786"],
)
def test_a_wrong_address_is_told_of(site: Path, executor: str) -> None:
    """One line of plain words, status 2, and nothing is written, whether Dask is installed or not."""
    done = run("build", "--executor", executor, "--site-url", SITE_URL, "--no-cache", cwd=site)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"feedtool: {executor!r} is not an executor; write dask://HOST:PORT\n"
    assert tree(site).keys() == archive(120).keys()


def test_without_dask_the_extra_is_named(site: Path) -> None:
    """One line of plain words, status 2, and nothing is written."""
    done = process(
        "build", "--executor", "dask://127.0.0.1:8786", "--site-url", SITE_URL,
        cwd=site, before="sys.modules['distributed'] = None",
    )  # fmt: skip
    assert (done.status, done.out) == (2, "")
    assert done.err == "feedtool: Dask is not installed; `pip install 'feedtool[dask]'` brings it\n"
    assert tree(site).keys() == archive(120).keys()
