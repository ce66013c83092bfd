"""Git's history: when the files of posts were committed last."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

#: more files than people edit between two builds: if so many entries changed, it was not by their files
_MOST = 50
#: seconds
_PATIENCE = 20
#: git runs no other program for us, writes no index, and downloads nothing
_OPTIONS = ("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false")
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}


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
