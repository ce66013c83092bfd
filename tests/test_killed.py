"""A build that is killed at any moment: whole files, each of one build or the other, and a next build as if nothing was."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
from heavy import heavy
from runs import SITE_URL, build, lay, post, process, tree

pytestmark = heavy

#: how often a build is killed
MOMENTS = 12

Warm: TypeAlias = tuple[Path, dict[str, bytes]]
COMMAND = [sys.executable, "-m", "feedtool", "build", "--site-url", SITE_URL, "--jobs", "2"]


def archive(edition: int) -> dict[str, str]:
    """Return posts; between editions some change, some go, some come."""
    posts = {
        f"posts/{n % 3}/p{n:03}.md": post(
            f"Post {n}" if n % 7 else f"Post {n}, edition {edition}",
            date=f"2024-{1 + n % 12:02}-{1 + n % 28:02}",
            # else the time of an edit is that of the build that sees it first
            updated="" if n % 7 else f"2025-01-{edition + 1:02}",
            tags=f"[tag{n % 9}, 茶{n % 4}]",
            body=f"Words {n}. " * 200,
        )
        for n in range(120)
        if (n + edition) % 10
    }
    return {"feedtool.toml": '[site]\ntitle = "Notes"\n', **posts}


def clean(folder: Path, edition: int, previous: Path | None = None) -> dict[str, bytes]:
    """Return what a build makes that remembers nothing but the last build's output."""
    site = lay(folder / f"clean{edition}{previous is not None}", archive(edition))
    if previous:
        lay(
            site / "output",
            {name: content for name, content in tree(previous).items() if name.startswith(("feeds.json", "ledger/"))},
        )
    assert build("--no-cache", cwd=site).status == 0
    return tree(site / "output")


def visible(output: Path) -> dict[str, bytes]:
    """Return the files that a subscriber can see."""
    return {name: content for name, content in tree(output).items() if ".feedtool-" not in name}


def killed_after(seconds: float, site: Path) -> None:
    """Start a build, and kill all its processes after a while."""
    running = subprocess.Popen(
        COMMAND, cwd=site, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def edited(site: Path, edition: int) -> None:
    """Bring the posts to an edition."""
    wanted = archive(edition)
    for name in tree(site / "posts"):
        if f"posts/{name}" not in wanted:
            (site / "posts" / name).unlink()
    lay(site, wanted)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="this system has no process groups")
@pytest.mark.parametrize("moments", [MOMENTS])
@pytest.mark.parametrize("is_warm", [pytest.param(False, marks=heavy), True], ids=["cold", "warm"])
def test_a_killed_build_leaves_whole_files_and_the_next_one_mends_it(
    tmp_path: Path, *, is_warm: bool, moments: int
) -> None:
    """Every file is that of the old build or of the new one; then the output equals a clean build's."""
    chance = random.Random(7)
    started = time.monotonic()
    first = lay(tmp_path / "first", archive(0))
    subprocess.run(COMMAND, cwd=first, check=True, capture_output=True)
    duration = time.monotonic() - started
    old = tree(first / "output") if is_warm else {}
    new = clean(tmp_path, 1, first / "output" if is_warm else None)
    site = tmp_path / "site"
    for _ in range(moments):
        subprocess.run(["rm", "-rf", site], check=True)
        if is_warm:
            subprocess.run(["cp", "-a", first, site], check=True)
        edited(lay(site, {}) if site.exists() else lay(site, archive(1)), 1)
        killed_after(chance.uniform(0, duration), site)
        for name, content in visible(site / "output").items():
            assert content in (old.get(name), new.get(name)), name
        assert build(cwd=site).status == 0
        assert tree(site / "output") == new


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Warm:
    """Build a site, change it, and return it with what the next build must make."""
    folder = tmp_path_factory.mktemp("warm")
    site = lay(folder / "site", archive(0))
    assert build(cwd=site).status == 0
    new = clean(folder, 1, site / "output")
    edited(site, 1)
    return site, new


@pytest.fixture
def warm_site(warm: Warm, tmp_path: Path) -> Warm:
    """Return a copy of that site, and what the next build must make."""
    shutil.copytree(warm[0], tmp_path / "site")
    return tmp_path / "site", warm[1]


def noisy(content: bytes, seed: int) -> bytes:
    """Return the bytes with some places overwritten."""
    chance = random.Random(seed)
    damaged = bytearray(content)
    for _ in range(1 + seed):
        at = chance.randrange(len(damaged) - 64)
        damaged[at : at + 64] = chance.randbytes(64)
    return bytes(damaged)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut in half": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
    "words": lambda _: b"words " * 1000,
    "zeros": lambda content: content[:5000] + bytes(len(content) - 5000),
    **{f"noise {seed}": partial(noisy, seed=seed) for seed in range(8)},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_costs_time_and_nothing_else(warm_site: Warm, damage: str) -> None:
    """The output is right, whatever became of the file; and the next build needs no cache to say so."""
    site, new = warm_site
    cache = site / ".feedtool" / "cache.sqlite"
    cache.write_bytes(DAMAGES[damage](cache.read_bytes()))
    done = build(cwd=site)
    assert (done.status, tree(site / "output")) == (0, new)
    assert build("--quiet", cwd=site).err == ""


def test_a_cache_that_is_in_use_is_done_without(warm_site: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds it: the build says so and goes on."""
    site, new = warm_site
    connect = sqlite3.connect
    with connect(site / ".feedtool" / "cache.sqlite", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        # the build waits some seconds for it otherwise
        monkeypatch.setattr(sqlite3, "connect", lambda path, **how: connect(path, **how | {"timeout": 0.1}))
        done = build(cwd=site)
    other.close()
    assert (done.status, tree(site / "output")) == (0, new)
    assert "database is locked  [unusable-cache]" in done.err


def test_a_folder_in_the_caches_place_is_told(warm_site: Warm) -> None:
    """What cannot be a file is no cache, and no reason not to build."""
    site, new = warm_site
    (site / ".feedtool" / "cache.sqlite").unlink()
    (site / ".feedtool" / "cache.sqlite").mkdir()
    done = build(cwd=site)
    assert (done.status, tree(site / "output")) == (0, new)
    assert "[unusable-cache]" in done.err


SMALL_DISK = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x20000) or libc.mount(b"none", b"/", None, 0x44000, None):
    sys.exit(77)
os.makedirs("small", exist_ok=True)
if libc.mount(b"none", b"small", b"tmpfs", 0, b"size=128k"):
    sys.exit(77)
"""


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root of Linux can mount a small disk")
def test_a_full_disk_for_the_cache_is_told(warm_site: Warm) -> None:
    """The feeds are written all the same."""
    site, new = warm_site
    done = process("build", "--site-url", SITE_URL, "--cache", "small", cwd=site, before=SMALL_DISK)
    if done.status == 77:
        pytest.skip("this machine does not let a process mount a disk")
    assert (done.status, tree(site / "output")) == (0, new)
    assert "[unusable-cache]" in done.err


def test_two_builds_at_once_take_turns(warm_site: Warm) -> None:
    """Both end well, and the output is that of one."""
    site, new = warm_site
    both = [subprocess.Popen(COMMAND, cwd=site, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in range(2)]
    told = [running.communicate()[1] for running in both]
    assert [running.returncode for running in both] == [0, 0]
    assert tree(site / "output") == new
    assert sum(b"another build or publication" in each for each in told) <= 1
    assert not any(b"[unusable-cache]" in each for each in told)
