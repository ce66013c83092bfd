"""The key of a user's caches: by it a build knows the entries again that an earlier one left there."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from feedtool.disk import read_regular


def secret() -> bytes:
    """Return the key of the user's caches, made at the first use; where it cannot be kept, one for this run.

    No cache holds it: whoever hands in a cache must not know it.
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
