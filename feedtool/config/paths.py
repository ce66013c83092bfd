"""Patterns of paths, as `[[posts.defaults]]` and `posts.exclude` have them: "*" stands for any text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(1000)
def path_pattern(pattern: str) -> re.Pattern[str]:
    """Return what matches whole the paths that a pattern is for, and all paths below them; "" is for every path."""
    joined = ".*".join(map(re.escape, re.split(r"\*+", pattern.removeprefix("./").strip("/"))))
    return re.compile(f"{joined}(?:/.*)?" if joined else ".*", re.DOTALL)


def excluding(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """Return what matches whole the paths that are left out; None without patterns.

    A pattern without "/" is for files and folders of that name, wherever they are.
    """
    parts = [
        path_pattern(each).pattern if "/" in each else f"(?:.*/)?{path_pattern(each).pattern}" for each in patterns
    ]
    return re.compile("|".join(parts), re.DOTALL) if parts else None
