"""Values <-> bytes, as lists in JSON, from which only data can come back."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args

from feedtool.model import Author, Enclosure, Entry, Post, Story
from feedtool.problems import Level, Problem

_T = TypeVar("_T")


class DamagedError(Exception):
    """The bytes in the cache are not those that were put there."""


def packed(value: object) -> bytes:
    """Return a value of the model, or lists and texts, as bytes with a checksum at the end."""
    text = _ENCODER.encode(value).encode("utf-8", "surrogatepass")
    return text + checksum(text)


def checksum(content: bytes) -> bytes:
    """Return the CRC-32 of the content."""
    return zlib.crc32(content).to_bytes(4, "big")


def proof(secret: bytes, *contents: bytes) -> bytes:
    """Return a digest of the contents that only those can make who know the secret, of at most 64 bytes."""
    digest = hashlib.blake2b(key=secret, digest_size=16)
    for content in contents:
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.digest()


def is_proof(found: object, secret: bytes, *contents: bytes) -> bool:
    """Return whether somebody who knows the secret made the proof of these contents."""
    return found == proof(secret, *contents)


def unpacked(content: bytes) -> Any:  # noqa: ANN401 - lists and texts
    """Return the packed value; a value of the model comes back as a list of its fields. Raises DamagedError."""
    if checksum(content[:-4]) != content[-4:]:
        raise DamagedError("a value is damaged")
    try:
        return json.loads(content[:-4].decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise DamagedError("a value is damaged") from error


def story_of(facts: bytes, post: bytes) -> Story:
    """Return the story with the fields that `facts_of` packed, and the packed post. Raises DamagedError."""
    entry_id, published_ms, updated_ms, categories, tags = unpacked(facts)
    named = {"id": entry_id, "post": None, "published_ms": published_ms, "updated_ms": updated_ms}
    named = _sound(Story, named | {"categories": categories, "tags": tags}) | {"post": unpacked_as(Post, post)}
    return Story(**named)


def facts_of(story: Story) -> bytes:
    """Return the packed fields of a story without its post."""
    return packed((story.id, story.published_ms, story.updated_ms, story.categories, story.tags))


def problems_of(content: bytes | None, path: str | None = None) -> tuple[Problem, ...]:
    """Return packed problems, with another path if one is given. Raises DamagedError."""
    if content is None:
        return ()
    own = {} if path is None else {"path": path}
    found = tuple(Problem(**_named(Problem, values) | own) for values in unpacked(content))
    if not {problem.level for problem in found} <= {*get_args(Level)}:
        raise DamagedError("a problem is damaged")
    return found


def packed_problems(problems: Iterable[Problem]) -> bytes | None:
    """Return packed problems, or None for no problems."""
    found = tuple(problems)
    return packed(found) if found else None


def _fields(value: object) -> list[object]:
    return [getattr(value, name) for name in type(value).__slots__]  # type: ignore[attr-defined]


_ENCODER = json.JSONEncoder(default=_fields, ensure_ascii=False, separators=(",", ":"))


def unpacked_as(kind: type[_T], content: bytes) -> _T:
    """Return a packed Post or Entry. Raises DamagedError, also for values that no post or entry has."""
    named = _named(kind, unpacked(content))
    enclosure = named["enclosure"]
    named["authors"] = tuple(Author(**_named(Author, each)) for each in named["authors"])
    named["enclosure"] = Enclosure(**_named(Enclosure, enclosure)) if enclosure else None
    if kind is Entry:
        others = [named["source_url"], named["image"], named["enclosure"].url if enclosure else ""]
        others += [author.uri for author in named["authors"]]
        if not all(map(_WEB.fullmatch, (named["url"], *filter(None, others)))):
            raise DamagedError("an address is damaged")
    return kind(**named)


_WEB = re.compile(r"https?://[!-~]+")
#: milliseconds, from the year 1 to the year 9999
_CALENDAR = range(-62_135_596_800_000, 253_402_300_800_000)
_TERMS = ("categories", "tags")
#: what a field holds that holds no text
_OTHERS: dict[str, type | UnionType] = {
    **dict.fromkeys(("published_ms", "identity_ms", "line"), int),
    **dict.fromkeys(("updated_ms", "expires_ms", "length"), int | NoneType),
    **dict.fromkeys(("authors", "categories", "tags"), list),
    **dict.fromkeys(("post", "enclosure"), list | NoneType),
}


def _named(kind: type, values: list[Any]) -> dict[str, Any]:
    try:
        return _sound(kind, dict(zip(kind.__slots__, values, strict=True)))  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise DamagedError("a value is damaged") from error


def _sound(kind: type, named: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a value, each of the right type. Raises DamagedError."""
    for name, value in named.items():
        is_right = isinstance(value, _OTHERS.get(name, str))
        if is_right and name in _TERMS:
            is_right = all(isinstance(each, str) for each in value)
            named[name] = tuple(value)
        elif is_right and name.endswith("_ms"):
            is_right = value is None or value in _CALENDAR
        if not is_right:
            raise DamagedError(f"{name} of a {kind.__name__.lower()} is damaged")
    return named
