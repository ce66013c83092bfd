"""What only this machine knows: the key of the user's caches, git's history of posts, names for processes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from feedtool.disk import read_regular

#: more files than people edit between two builds: if so many entries changed, it was not by their files
_MOST = 50
#: seconds
_PATIENCE = 20
#: git runs no other program for us, writes no index, and downloads nothing
_OPTIONS = ("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false")
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}


def secret() -> bytes:
    """Return the key of the user's caches, made at the first use; where it cannot be kept, one for this run.

    By it a build knows the entries again that an earlier one left there. No cache holds it: whoever hands in a cache
    must not know it.
    """
    given = os.environ.get("FEEDTOOL_CACHE_KEY", "").strip()
    if not given:
        try:
            state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
            given = _kept(state / "feedtool/key")
        except (OSError, RuntimeError, ValueError):  # no home, or one that cannot be written
            given = ""
    return hashlib.blake2b((given or os.urandom(32).hex()).encode("utf-8", "surrogateescape")).digest()


def _kept(place: Path) -> str:
    with suppress(FileNotFoundError):
        return read_regular(place, most=1000).decode("ascii").strip()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = os.urandom(32).hex()
    try:
        # another process may be at it
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new)
    except FileExistsError:
        return read_regular(place, most=1000).decode("ascii").strip()
    return new


def committed(base: Path, paths: Sequence[str]) -> Mapping[str, int]:
    """Return when files were committed last, in milliseconds since 1970.

    Nothing in a shallow clone, where every file seems to be of one commit; nothing of a file that was changed since.
    """
    if len(paths) > _MOST or _git(base, "rev-parse", "--is-shallow-repository") != "false":
        return {}
    times = {path: _git(base, "log", "-1", "--format=%ct", "--", os.path.abspath(path)) for path in paths}  # noqa: PTH100
    return {
        path: int(seconds) * 1000
        for path, seconds in times.items()
        if seconds and seconds.isdecimal() and _git(base, "status", "--porcelain", "--", os.path.abspath(path)) == ""  # noqa: PTH100
    }


def _git(base: Path, *arguments: str) -> str | None:
    """Return what git says, or None where it cannot tell."""
    import subprocess  # a build that finds nothing to do needs none

    try:
        done = subprocess.run(  # noqa: S603 - no shell
            ["git", "-C", str(base), *_OPTIONS, *arguments],  # noqa: S607 - the user's own
            capture_output=True,
            check=True,
            env={**os.environ, **_ENVIRONMENT},
            timeout=_PATIENCE,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()


def this_process() -> str:
    """Return the name of this process, by which it is known that it ended when it was killed; "" where it has none.

    Linux only: there, the boot, the process namespace (containers have their own), the id and the time of the start are
    one process for certain. Elsewhere no name is given, and nothing is known to have ended.
    """
    machine, pid = _machine(), os.getpid()
    return f"{machine}:{pid}:{started}" if machine and (started := _started(pid)) else ""


def has_ended(process: str) -> bool:
    """Return whether the process of that name was one of this machine, and has ended."""
    machine, _, rest = process.partition(":")
    pid, _, started = rest.partition(":")
    if not machine or machine != _machine() or not (pid.isdecimal() and pid.isascii() and len(pid) < 20):
        return False
    return _started(int(pid)) != started


def _machine() -> str:
    """Return a digest of what this boot and this container are."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot}{namespace}".encode()).hexdigest()[:16]


def _started(pid: int) -> str:
    """Return when a process started, in ticks since the boot; "" if it does not run."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # the second field, a name in parentheses, may contain anything
    state, *fields = status.rpartition(")")[2].split()
    return "" if state == "Z" else fields[18]
