"""Posts, stories and entries <-> bytes."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from feedtool.cache.packing import DamagedError, named, packed, sound, unpacked
from feedtool.model import Author, Enclosure, Entry, Fact, Post, Story

_T = TypeVar("_T")

_WEB = re.compile(r"https?://[!-~]+")


def story_of(facts: bytes, post: bytes, page: str) -> Story:
    """Return the story with the fields that `facts_of` packed, the packed post and a page. Raises DamagedError."""
    entry_id, published_ms, updated_ms, categories, tags = unpacked(facts)
    fields = {"id": entry_id, "published_ms": published_ms, "updated_ms": updated_ms, "page": page}
    return Story(post=post_of(post), **sound(Story, fields | {"categories": categories, "tags": tags}))


def facts_of(story: Story) -> bytes:
    """Return the packed fields of a story without its post and its page."""
    return packed((story.id, story.published_ms, story.updated_ms, story.categories, story.tags))


def post_of(content: bytes) -> Post:
    """Return a packed post. Raises DamagedError, also for values that no post has."""
    return _made(Post, unpacked(content))


def entry_of(values: list[Any]) -> Entry:
    """Return an entry by the values of its fields. Raises DamagedError, also for values that no entry has."""
    return _made(Entry, values)


def _made(kind: type[_T], values: list[Any]) -> _T:
    fields = named(kind, values)
    fields["authors"] = tuple(Author(**named(Author, each)) for each in fields["authors"])
    fields["enclosures"] = tuple(Enclosure(**named(Enclosure, each)) for each in fields["enclosures"])
    fields["podcast"] = tuple(map(_fact, fields["podcast"]))
    if kind is Entry:
        others = [fields["source_url"], fields["image"], *(each.url for each in fields["enclosures"])]
        others += [author.uri for author in fields["authors"]]
        if not all(map(_WEB.fullmatch, (fields["url"], *filter(None, others)))):
            raise DamagedError("an address is damaged")
    return kind(**fields)


def _fact(values: list[Any]) -> Fact:
    fields = named(Fact, values)
    pairs = fields["attributes"]
    if not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(each, str) for each in pair) for pair in pairs
    ):
        raise DamagedError("a fact is damaged")
    return Fact(**{**fields, "attributes": tuple((name, text) for name, text in pairs)})
