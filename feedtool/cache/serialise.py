"""Posts, stories and entries <-> bytes."""

from __future__ import annotations

import re
from typing import TypeVar

from feedtool.cache.packing import DamagedError, named, packed, sound, unpacked
from feedtool.model import Author, Enclosure, Entry, Post, Story

_T = TypeVar("_T")

_WEB = re.compile(r"https?://[!-~]+")


def story_of(facts: bytes, post: bytes, page: str) -> Story:
    """Return the story with the fields that `facts_of` packed, the packed post and a page. Raises DamagedError."""
    entry_id, published_ms, updated_ms, categories, tags = unpacked(facts)
    fields = {"id": entry_id, "published_ms": published_ms, "updated_ms": updated_ms, "page": page}
    return Story(post=unpacked_as(Post, post), **sound(Story, fields | {"categories": categories, "tags": tags}))


def facts_of(story: Story) -> bytes:
    """Return the packed fields of a story without its post and its page."""
    return packed((story.id, story.published_ms, story.updated_ms, story.categories, story.tags))


def unpacked_as(kind: type[_T], content: bytes) -> _T:
    """Return a packed Post or Entry. Raises DamagedError, also for values that no post or entry has."""
    fields = named(kind, unpacked(content))
    enclosure = fields["enclosure"]
    fields["authors"] = tuple(Author(**named(Author, each)) for each in fields["authors"])
    fields["enclosure"] = Enclosure(**named(Enclosure, enclosure)) if enclosure else None
    if kind is Entry:
        others = [fields["source_url"], fields["image"], fields["enclosure"].url if enclosure else ""]
        others += [author.uri for author in fields["authors"]]
        if not all(map(_WEB.fullmatch, (fields["url"], *filter(None, others)))):
            raise DamagedError("an address is damaged")
    return kind(**fields)
