"""Names for processes, so that a publication is known to have ended when its process was killed.

Linux only: there, the boot, the process namespace (containers have their own), the id and the time of the start are one
process for certain. Elsewhere no name is given, and nothing is known to have ended.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def this_process() -> str:
    """Return the name of this process, "" where it has none."""
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
