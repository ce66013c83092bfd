"""What somebody who watches a cleaning hears of it. Watching changes nothing."""

from __future__ import annotations

from typing import Protocol

from bs4 import Tag
from bs4.element import PageElement


class Watch(Protocol):
    """Hears how a tree is cleaned."""

    def starts(self, root: Tag) -> None:
        """Take note of the tree as parsed. What was heard before counts no more: a cleaning may start anew."""
        ...

    def cuts(self, node: PageElement) -> None:
        """Take note of what is about to be cut; the calls are in the order of the removals."""
        ...

    def ends(self, root: Tag) -> None:
        """Take note of the tree as it will be published."""
        ...
