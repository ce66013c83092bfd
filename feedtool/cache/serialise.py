"""Values <-> bytes, as lists in JSON: nothing that is read back can be more than data."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any

from feedtool.model import Author, Enclosure, Entry, Post, Story
from feedtool.problems import Problem


class DamagedError(Exception):
    """What stands in the cache is not what was put there."""


def packed(value: object) -> bytes:
    """Return a value of the model, or lists and texts, as bytes that end with a check of what comes before."""
    text = _ENCODER.encode(value).encode("utf-8", "surrogatepass")
    return text + checksum(text)


def checksum(*contents: bytes) -> bytes:
    """Return four bytes that damage to the contents would change."""
    number = 0
    for content in contents:
        number = zlib.crc32(content, number)
    return number.to_bytes(4, "big")


def unpacked(content: bytes) -> Any:  # noqa: ANN401 - lists and texts
    """Return what was packed, with lists for values. Raises DamagedError."""
    if checksum(content[:-4]) != content[-4:]:
        raise DamagedError("a value is damaged")
    return json.loads(content[:-4].decode("utf-8", "surrogatepass"))


def post_of(content: bytes) -> Post:
    """Return a packed post. Raises DamagedError."""
    return _post(unpacked(content))


def story_of(facts: bytes, post: Post) -> Story:
    """Return a story of what `facts_of` kept, told by the post. Raises DamagedError."""
    entry_id, published_ms, updated_ms, categories, tags = unpacked(facts)
    return Story(
        id=entry_id,
        post=post,
        published_ms=published_ms,
        updated_ms=updated_ms,
        categories=tuple(categories),
        tags=tuple(tags),
    )


def facts_of(story: Story) -> bytes:
    """Return a story without its post, packed."""
    return packed((story.id, story.published_ms, story.updated_ms, story.categories, story.tags))


def entry_of(content: bytes) -> Entry:
    """Return a packed entry. Raises DamagedError."""
    values = dict(zip(Entry.__slots__, unpacked(content), strict=True))
    return Entry(**values | _nested(values))


def problems_of(content: bytes | None, path: str | None = None) -> tuple[Problem, ...]:
    """Return packed problems; `path` is where they are now, or None for where they were. Raises DamagedError."""
    if content is None:
        return ()
    found = (dict(zip(Problem.__slots__, values, strict=True)) for values in unpacked(content))
    return tuple(Problem(**values if path is None else {**values, "path": path}) for values in found)


def packed_problems(problems: Iterable[Problem]) -> bytes | None:
    """Return problems packed; None where there are none."""
    found = tuple(problems)
    return packed(found) if found else None


def _fields(value: object) -> list[object]:
    return [getattr(value, name) for name in type(value).__slots__]  # type: ignore[attr-defined]


_ENCODER = json.JSONEncoder(default=_fields, ensure_ascii=False, separators=(",", ":"))


def _post(values: list[Any]) -> Post:
    named = dict(zip(Post.__slots__, values, strict=True))
    return Post(**named | _nested(named))


def _nested(named: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that are no plain values."""
    enclosure = named["enclosure"]
    return {
        "authors": tuple(Author(**dict(zip(Author.__slots__, each, strict=True))) for each in named["authors"]),
        "categories": tuple(named["categories"]),
        "tags": tuple(named["tags"]),
        "enclosure": Enclosure(**dict(zip(Enclosure.__slots__, enclosure, strict=True))) if enclosure else None,
    }
