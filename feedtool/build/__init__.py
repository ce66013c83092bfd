"""The stages in their order, and what runs them: which files changed, how work is spread, what a build did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedtool.frozen import frozen

if TYPE_CHECKING:
    from feedtool.problems import Problem


@frozen
class Outcome:
    """A build in numbers, with its problems."""

    #: whether there was anything to publish
    is_built: bool = False
    posts: int = 0
    drafts: int = 0
    entries: int = 0
    merged: int = 0
    feeds: int = 0
    #: feeds among them that could not be written; their documents are those of the last build, or none
    refused: int = 0
    #: numbers of files
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    #: of the files that were written
    bytes_written: int = 0
    #: paths below the output folder, with "/" between folders: files that differ from the last build's manifest
    changed: tuple[str, ...] = ()
    #: and files of that manifest that this build does not have
    gone: tuple[str, ...] = ()
    #: sorted
    problems: tuple[Problem, ...] = ()
