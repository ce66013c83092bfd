"""Folders -> post files. Reads names only, in an order that depends on nothing but the names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from feedtool.problems import Code, Problem

NO_FOLDER = Code(
    "no-folder",
    "error",
    "A posts folder does not exist or cannot be listed.",
    "Name the folder with --posts, or under [posts] dirs in feedtool.toml.",
)
LINK = Code(
    "symbolic-link",
    "warning",
    "A symbolic link below the posts folder is not followed: what it leads to may lie outside the site, or be "
    "read twice.",
    "Name the folder that it leads to under [posts] dirs, or copy the file.",
)
NOT_A_FILE = Code(
    "not-a-file",
    "warning",
    "Something with a post's ending is no ordinary file: a folder (whose posts are read), a pipe, a device.",
    "Rename it.",
)

ENDINGS = (".md", ".markdown", ".html", ".txt")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PostFile:
    """A file that may hold a post."""

    #: as the user knows it: the posts folder as named, "/" between folders, odd characters escaped
    name: str
    path: Path


def find_posts(folders: Sequence[str], base: Path) -> tuple[tuple[PostFile, ...], tuple[Problem, ...]]:
    """Return the post files below the folders, sorted by name, each once.

    `folders` are as the user wrote them, relative to `base`. Hidden files and folders and `_drafts` are
    left out, symbolic links are reported and not followed.
    """
    found: dict[Path, PostFile] = {}
    problems: list[Problem] = []
    for folder in sorted(set(folders)):
        root = base / folder
        if not root.is_dir():
            problems.append(NO_FOLDER.at(shown(folder), "there is no such folder"))
            continue
        for file in _walk(root, shown(folder).rstrip("/") or "/", problems):
            found.setdefault(Path(os.path.realpath(file.path)), file)
    return tuple(sorted(found.values())), tuple(problems)


def shown(name: str) -> str:
    """Return a file's name fit to be printed: no control characters, no bytes that are no text."""
    text = os.fsencode(name).decode("utf-8", "surrogateescape").replace(os.sep, "/")
    text = re.sub(r"\\(?=x[0-9a-f]{2})", r"\\x5c", text)
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\udc80-\udcff]", _escape, text)


def _escape(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]) - (0xDC00 if found[0] >= chr(0xDC00) and found[0] <= chr(0xDCFF) else 0):02x}"


def _walk(folder: Path, name: str, problems: list[Problem]) -> Iterator[PostFile]:
    pending = [(folder, name)]
    while pending:
        where, known_as = pending.pop()
        try:
            with os.scandir(where) as entries:
                children = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            problems.append(NO_FOLDER.at(known_as, f"cannot be listed: {error.strerror}"))
            continue
        for child in children:
            kind, child_name = _kind(child), f"{known_as}/{shown(child.name)}"
            if kind == "folder":
                pending.append((Path(child.path), child_name))
            elif kind == "post":
                yield PostFile(name=child_name, path=Path(child.path))
            if kind in ("link", "odd") or (kind == "folder" and child.name.lower().endswith(ENDINGS)):
                problems.append(_oddity(child_name, kind))


def _kind(entry: os.DirEntry[str]) -> str:
    """Return what a folder's entry is to us: post, folder, link, odd or nothing."""
    is_post = entry.name.lower().endswith(ENDINGS)
    if entry.name.startswith(".") or entry.name == "_drafts":
        return "nothing"
    if entry.is_symlink():
        target = Path(entry.path)
        return "link" if is_post or target.is_dir() or not target.exists() else "nothing"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    if not is_post:
        return "nothing"
    return "post" if entry.is_file(follow_symlinks=False) else "odd"


def _oddity(name: str, kind: str) -> Problem:
    if kind == "link":
        return LINK.at(name, "not followed")
    if kind == "folder":
        return NOT_A_FILE.at(name, "is a folder; the posts in it are read")
    return NOT_A_FILE.at(name, "is neither a file nor a folder")
