"""What a post says about itself, as far as cleaning its body needs it. A value; knows nothing of files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the header of a post says."""

    #: the post's source: relative addresses resolve against it, its host selects site rules; may be garbage
    base_url: str = ""
    #: plain text
    title: str = ""
    #: names, plain text
    authors: tuple[str, ...] = ()
    published_ms: int | None = None
    #: categories and tags, plain text
    terms: tuple[str, ...] = ()
