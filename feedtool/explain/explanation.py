"""What became of a post, as values."""

from __future__ import annotations

from dataclasses import dataclass

from feedtool.model import Kind
from feedtool.problems import Problem
from feedtool.reader import Origin
from feedtool.sanitiser import Removal


class ExplainError(Exception):
    """The post cannot be explained; says why in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the entry, and where it came from."""

    name: str
    #: as people read it; empty where the entry has no such field
    values: tuple[str, ...]
    #: empty where the entry has no value
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Whether a feed holds the entry, and why or why not."""

    kind: Kind
    #: the category, tag or author; "" for the feed of all entries
    term: str
    #: the feed's folder below the output folder; "" for the feed of all entries, and where there is no such feed
    folder: str
    holds: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What became of one post."""

    #: the file as problems name it
    path: str
    title: str
    #: BCP 47, or ""
    language: str
    #: whether the post gives an entry, alone or together with others
    is_entry: bool
    #: sentences: what became of the post
    verdict: tuple[str, ...]
    fields: tuple[Field, ...]
    feeds: tuple[Membership, ...]
    #: what was cut out of this post's text
    removals: tuple[Removal, ...]
    problems: tuple[Problem, ...]
    #: the text before it was trimmed, within the allow-list; the elements with the id "cut-" + number are what that
    #: removal took, from 0
    before_html: str
    #: the text as published, or as it would be
    after_html: str
