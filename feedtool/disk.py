"""Names of files, and reading those that a stranger may have put there, such as with a commit.

Only regular files are read, of bounded size.

A symbolic link could lead to a secret of this machine, and a device has no end.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from pathlib import Path

#: bytes of a post file; ten times the largest post ever seen in archives of this format
LARGEST_POST = 10_000_000


#: the page of a folder, perhaps in one of its languages
_INDEX = re.compile(r"index(?:\.[a-z]{2,3}(?:-[a-z0-9]{2,8})*)?", re.IGNORECASE)
#: names of files that are named after their folders, as in Hugo's page bundles
NAMELESS = frozenset({"index", "_index", "readme"})
_NUMBER = re.compile(r"[0-9]+")


def stem_and_ending(path: str) -> tuple[str, str]:
    """Return a file's name without its ending, and the ending with its dot; a first or last dot has no ending."""
    name = path.rstrip("/").rpartition("/")[2]
    dot = name.rfind(".")
    return (name[:dot], name[dot:]) if 0 < dot < len(name) - 1 else (name, "")


def is_bundle(path: str) -> bool:
    """Return whether a page has a folder of its own, with files that are published beside it: `tea/index.md`."""
    return "/" in path and bool(_INDEX.fullmatch(stem_and_ending(path)[0]))


def name_order(path: str) -> str:
    """Return a text that orders posts of one moment: by the name of their file, numbers in it by their value.

    A page in a folder of its own, `tea/index.md`, has the folder's name. Folders above do not count, so that a post
    that is moved keeps its place.
    """
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    own = f"{folder.rpartition('/')[2]}/{stem}" if stem.lower() in NAMELESS else stem
    return _NUMBER.sub(_by_value, unicodedata.normalize("NFC", own).casefold())


def _by_value(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0")
    return f"{min(len(digits), 99):02}{digits}"


def read_regular(path: Path, *, most: int, within: Path | None = None) -> bytes:
    """Return the content of a regular file of at most `most` bytes.

    `within`: a symbolic link is followed if it leads to a file below this folder. Raises OSError with a reason in
    words, also for another link, a special file and a larger file.
    """
    if within and path.is_symlink():
        real = Path(os.path.realpath(path))
        path = real if real.is_relative_to(os.path.realpath(within)) else path
    content = read_head(path, most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most:,} bytes", str(path))
    return content


def read_head(path: Path, count: int) -> bytes:
    """Return the first bytes of a regular file. Raises OSError, also for a symbolic link and a special file."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        if path.is_symlink():
            raise OSError(errno.ELOOP, "it is a symbolic link", str(path)) from error
        raise
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        # memory for many more bytes than there are takes longer than to read them
        content = file.read(min(count, found.st_size + 1))
        return content + file.read(count - len(content)) if len(content) > found.st_size else content


def is_linked(path: Path, base: Path) -> bool:
    """Return whether a path, or a folder between it and `base`, is a symbolic link; `base` itself may be one."""
    steps = [path, *path.parents]
    below = steps[: steps.index(base)] if base in steps else steps[:1]
    return any(step.is_symlink() for step in below)
