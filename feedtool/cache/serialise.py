"""Posts, stories and entries <-> bytes."""

from __future__ import annotations

from typing import TypeVar

from feedtool.cache.packing import named, packed, unpacked
from feedtool.model import Author, Enclosure, Post, Story

_T = TypeVar("_T")


def story_of(facts: bytes, post: bytes, page: str) -> Story:
    """Return the story with the fields that `facts_of` packed, the packed post and a page. Raises DamagedError."""
    entry_id, published_ms, updated_ms, categories, tags = unpacked(facts)
    return Story(
        id=entry_id,
        post=unpacked_as(Post, post),
        published_ms=published_ms,
        updated_ms=updated_ms,
        categories=tuple(categories),
        tags=tuple(tags),
        page=page,
    )


def facts_of(story: Story) -> bytes:
    """Return the packed fields of a story without its post and its page."""
    return packed((story.id, story.published_ms, story.updated_ms, story.categories, story.tags))


def unpacked_as(kind: type[_T], content: bytes) -> _T:
    """Return a packed Post or Entry. Raises DamagedError."""
    fields = named(kind, unpacked(content))
    enclosure = fields["enclosure"]
    fields["authors"] = tuple(Author(**named(Author, each)) for each in fields["authors"])
    fields["enclosure"] = Enclosure(**named(Enclosure, enclosure)) if enclosure else None
    fields["categories"], fields["tags"] = tuple(fields["categories"]), tuple(fields["tags"])
    return kind(**fields)
