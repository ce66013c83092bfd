"""The path of a post's file -> its name, and categories from its folders. Pure.

A page in a folder of its own, `tea/index.md`, is named after its folder, as in Hugo and Zola.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: the page of a folder, perhaps in one of its languages
_INDEX = re.compile(r"index(?:\.[a-z]{2,3}(?:-[a-z0-9]{2,8})*)?", re.IGNORECASE)


def stem_and_ending(path: str) -> tuple[str, str]:
    """Return a file's name without its ending, and the ending with its dot; a first or last dot has no ending."""
    name = path.rstrip("/").rpartition("/")[2]
    dot = name.rfind(".")
    return (name[:dot], name[dot:]) if 0 < dot < len(name) - 1 else (name, "")


def own_name(path: str, roots: Sequence[str] = ()) -> str:
    """Return the name of a post's file without its ending, or that of its own folder; `roots` are the posts folders."""
    stem = stem_and_ending(path)[0]
    if stem[:5].lower() != "index":
        return stem
    folder = path.rpartition("/")[0]
    return folder.rpartition("/")[2] if is_bundle(path) and folder not in roots else stem


def is_bundle(path: str) -> bool:
    """Return whether a page has a folder of its own, with files that are published beside it."""
    return "/" in path and bool(_INDEX.fullmatch(stem_and_ending(path)[0]))


def folder_name(path: str, roots: Sequence[str]) -> tuple[str, ...]:
    """Return the name of a file's folder below the posts folders; nothing for a file directly in one of these."""
    folder = path.rpartition("/")[0]
    is_below = any(folder.startswith(root + "/") for root in roots) and folder not in roots
    return (folder.rpartition("/")[2],) if is_below else ()


def folder_categories(path: str, roots: Sequence[str]) -> tuple[str, ...]:
    """Return the folders above Jekyll's `_posts`, below the posts folder that has the file."""
    root = root_of(path, roots)
    above, posts, _ = f"/{path[len(root) + 1 :]}".partition("/_posts/")
    return tuple(filter(None, above.split("/"))) if root and posts else ()


def root_of(path: str, roots: Sequence[str]) -> str:
    """Return the first of the posts folders that has the file, or ""."""
    return next((root for root in roots if path.startswith(root + "/")), "")
