"""What git knows of the files in its work tree, from its index: the content of each file without reading the file.

After a clone every file is new, and so are its times; but git has noted the times of each file that it wrote, and the
id of the content. Git itself is not started: a repository's configuration may name programs. Anything that is not as
expected makes the files be read.

The format: https://git-scm.com/docs/index-format
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from struct import Struct, error

from feedtool.disk import read_regular

#: bytes of an index and of a file of attributes
_LARGEST, _LARGEST_TEXT = 400_000_000, 1_000_000
#: times of change and modification, device, inode, mode, owner, group, size, id of the content, flags
_ENTRY = Struct(">10I20sH")
_REGULAR = {0o100644, 0o100755}
#: flags: extended, and a stage other than that of a file without conflicts
_EXTENDED, _STAGE = 0x4000, 0x3000
#: attributes by which a file in the work tree has other bytes than its content in the repository, of the same length
_CHANGING = re.compile(rb"\bfilter\b")
_32_BITS = 0xFFFF_FFFF
#: bytes of an id: among a million files, two would have the same by chance once in 10 ** 17 sites
_ENOUGH = 12


def blob_id(content: bytes) -> bytes:
    """Return the beginning of the id that git gives a content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).digest()[:_ENOUGH]


def blob_ids(folder: str, facts: Callable[[str], Sequence[int]]) -> Iterator[tuple[str, bytes]]:
    """Yield paths below a folder with the `blob_id` of their contents, of the files that git knows to be as they are.

    `facts` returns those of a path: see `feedtool.cache.files.Folder`. The file has this content, or one that differs
    from it in its line ends, and so in its size.
    """
    place = Path(os.path.realpath(folder))
    try:
        tree = _tree_of(place)
        index = _folder_of(tree) / "index"
        written_ns, entries = index.stat().st_mtime_ns, list(_entries(read_regular(index, most=_LARGEST)))
        attributes = [name for name, _, _ in entries if name.rpartition(b"/")[2] == b".gitattributes"]
        if _are_changed(tree, index.parent, attributes):
            return
    except (LookupError, OSError, ValueError, error):
        return
    below = place.relative_to(tree).as_posix().encode("utf-8", "surrogateescape") + b"/"
    below = b"" if below == b"./" else below
    for name, stat, content in entries:
        if name.startswith(below):
            path = f"{folder}/{name[len(below) :].decode('utf-8', 'surrogateescape')}"
            # a file that changed in the tick in which the index was written may have other content
            if _stat_of(path, facts) == stat and stat[0] < written_ns:
                yield path, content[:_ENOUGH]


def has_history(folder: Path) -> bool:
    """Return whether a folder is in a work tree of git, and not in a shallow clone, where all is of one commit."""
    try:
        return not (_shared(_folder_of(_tree_of(Path(os.path.realpath(folder))))) / "shallow").exists()
    except (LookupError, OSError, ValueError):
        return False


def _tree_of(place: Path) -> Path:
    """Return the work tree that a folder is in. Raises LookupError and OSError."""
    for each in (place, *place.parents):
        if (each / ".git").exists():
            return each
    raise LookupError(place)


def _stat_of(path: str, facts: Callable[[str], Sequence[int]]) -> tuple[int, ...]:
    """Return modification time, change time, inode and size of a file, as an index has them; () where not certain."""
    try:
        size, modified_ns, changed_ns, inode = facts(path)
    except KeyError:
        return ()
    return (modified_ns, changed_ns, inode & _32_BITS, size & _32_BITS) if inode >= 0 else ()


def _folder_of(tree: Path) -> Path:
    """Return the folder of git's own files for a work tree. Raises OSError and ValueError."""
    own = tree / ".git"
    if own.is_dir():
        return own
    word, _, place = read_regular(own, most=_LARGEST_TEXT).decode("utf-8", "surrogateescape").partition(": ")
    if word != "gitdir":
        raise ValueError("not a work tree")
    return tree / place.rstrip("\n")


def _are_changed(tree: Path, own: Path, names: list[bytes]) -> bool:
    """Return whether the attributes of a work tree may let files differ from what the repository has."""
    places = [tree / os.fsdecode(name) for name in names]
    for place in (tree / ".gitattributes", _shared(own) / "info" / "attributes", *places):
        if os.path.lexists(place) and _CHANGING.search(read_regular(place, most=_LARGEST_TEXT)):
            return True
    return False


def _shared(own: Path) -> Path:
    """Return the folder of git's own files for all work trees of a repository. Raises OSError and ValueError."""
    common = own / "commondir"
    return own / read_regular(common, most=_LARGEST_TEXT).decode().rstrip("\n") if common.exists() else own


def _entries(data: bytes) -> Iterator[tuple[bytes, tuple[int, ...], bytes]]:
    """Yield name, stat and content's id of each regular file in an index.

    Raises ValueError and struct.error for a damaged index, and for one with extensions that are not known here.
    """
    version, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    if data[:4] != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("not an index")
    if hashlib.sha1(data[:-20], usedforsecurity=False).digest() != data[-20:]:
        raise ValueError("a damaged index, or one of another format")
    at, name = 12, b""
    for _ in range(count):
        changed, changed_ns, modified, modified_ns, _, inode, mode, _, _, size, content, flags = _ENTRY.unpack_from(
            data, at
        )
        start = at + _ENTRY.size + (2 if flags & _EXTENDED else 0)
        if version == 4:
            cut, start = _number(data, start)
            end = data.index(0, start)
            name, at = name[: len(name) - cut] + data[start:end], end + 1
        else:
            end = data.index(0, start)
            name, at = data[start:end], at + (end - at + 8) // 8 * 8
        if mode in _REGULAR and not flags & (_EXTENDED | _STAGE):
            stat = (modified * 1_000_000_000 + modified_ns, changed * 1_000_000_000 + changed_ns, inode, size)
            yield name, stat, content
    while at < len(data) - 20:
        if not data[at : at + 1].isupper():  # who does not know it must not use the index
            raise ValueError("an index that is split, or lacks folders")
        at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, as in a pack file's offsets, and the place behind it."""
    number = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        number = ((number + 1) << 7) | (data[at] & 0x7F)
    return number, at + 1
