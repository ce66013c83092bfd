"""What a build did, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from feedtool.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A build in numbers, and what there is to say about it."""

    #: whether there was anything to publish
    is_built: bool = False
    posts: int = 0
    drafts: int = 0
    entries: int = 0
    merged: int = 0
    feeds: int = 0
    #: files
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    #: of the files that were written
    bytes_written: int = 0
    #: the files that are not as the manifest of the last build has them, and those that it had and this one has not;
    #: below the output folder, with "/" between folders
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    #: sorted
    problems: tuple[Problem, ...] = ()
