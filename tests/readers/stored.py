"""What a reader has stored, and what there is to know of a reader. Values; no files, no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Form = Literal["atom", "rss", "json"]

XML: frozenset[Form] = frozenset({"atom", "rss"})
EVERY: frozenset[Form] = frozenset({"atom", "rss", "json"})


class ReaderError(AssertionError):
    """A reader that could not be run, did not come to an end, or said that a feed is bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An entry as a reader keeps it."""

    #: the address that the reader subscribed to
    feed: str
    title: str
    link: str
    #: as the reader has it, or "" where it keeps none
    id: str = ""
    #: seconds since 1970, or None where it keeps none
    published: int | None = None
    author: str = ""
    #: HTML
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A feed reader: how it polls, and what is its own way and no fault of a feed."""

    name: str
    #: the command line that brings it here
    install: str
    #: what it reads
    forms: frozenset[Form]
    #: return its version, or "" where it is not installed
    version: Callable[[], str]
    #: subscribe to all addresses, fetch each once, and return all that is stored; the folder is the reader's home, and
    #: the same from poll to poll. Raises ReaderError.
    poll: Callable[[Sequence[str], Path], list[Stored]]
    #: asks with the validators that it was given before
    is_conditional: bool = True
    #: goes where a redirect sends it
    follows_redirects: bool = True
    #: takes an RSS title for HTML, so that a title with "<b>" in it loses that
    has_html_titles: bool = False
    #: a changed entry replaces the one that is stored
    takes_changes: bool = True
    #: an entry with another title is another entry to it
    doubles_retitled: bool = False
