"""Lists, texts and problems <-> bytes, as JSON with a checksum, from which only data can come back; and ids."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, get_args

from feedtool.problems import Level, Problem


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


#: of most ids; and the bytes of a UUID
_URN, _UUID = "urn:uuid:", 16


# an entry is asked for in several stages
@lru_cache(maxsize=16_384)
def short_id(own: str) -> bytes | str:
    """Return an id as a third of its bytes, if it is a UUID."""
    if own.startswith(_URN):
        with suppress(ValueError):
            kept = bytes.fromhex(own[len(_URN) :].replace("-", ""))
            return kept if len(kept) == _UUID and whole_id(kept) == own else own
    return own


@lru_cache(maxsize=16_384)
def whole_id(kept: bytes | str) -> str:
    """Return the id that `short_id` shortened. Raises DamagedError."""
    if isinstance(kept, str):
        return kept
    if not isinstance(kept, bytes) or len(kept) != _UUID:
        raise DamagedError("an id is damaged")
    digits = kept.hex()
    return f"{_URN}{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def unpacked(content: bytes) -> Any:  # noqa: ANN401 - lists and texts
    """Return the packed value; a value of the model comes back as a list of its fields. Raises DamagedError."""
    if checksum(content[:-4]) != content[-4:]:
        raise DamagedError("a value is damaged")
    try:
        return json.loads(content[:-4].decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise DamagedError("a value is damaged") from error


def problems_of(content: bytes | None, path: str | None = None) -> tuple[Problem, ...]:
    """Return packed problems, with another path if one is given. Raises DamagedError."""
    if content is None:
        return ()
    own = {} if path is None else {"path": path}
    found = tuple(Problem(**named(Problem, values) | own) for values in unpacked(content))
    if not {problem.level for problem in found} <= {*get_args(Level)}:
        raise DamagedError("a problem is damaged")
    return found


def packed_problems(problems: Iterable[Problem]) -> bytes | None:
    """Return packed problems, or None for no problems."""
    found = tuple(problems)
    return packed(found) if found else None


def named(kind: type, values: list[Any]) -> dict[str, Any]:
    """Return the unpacked fields of a value of the model by their names. Raises DamagedError for other fields."""
    try:
        return sound(kind, dict(zip(kind.__slots__, values, strict=True)))  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise DamagedError("a value is damaged") from error


_LISTS = ("categories", "tags", "keywords", "links", "rendered")
#: what a field holds that holds no text
_OTHERS: dict[str, type | UnionType] = {
    **dict.fromkeys(("published_ms", "identity_ms", "line"), int),
    **dict.fromkeys(("updated_ms", "expires_ms", "length", "duration"), int | NoneType),
    **dict.fromkeys(("authors", "enclosures", "podcast", "attributes", *_LISTS), list),
    "post": list | NoneType,
    **dict.fromkeys(("is_untitled", "shows_picture"), bool),
}


def sound(kind: type, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a value of the model, each of the right type. Raises DamagedError."""
    from feedtool.syntax import CALENDAR_MS  # noqa: PLC0415 - a build that finds nothing to do needs no syntax

    for name, value in fields.items():
        is_right = isinstance(value, _OTHERS.get(name, str))
        if is_right and name in _LISTS:
            is_right = all(isinstance(each, str) for each in value)
            fields[name] = tuple(value)
        elif is_right and name.endswith("_ms"):
            is_right = value is None or value in CALENDAR_MS
        if not is_right:
            raise DamagedError(f"{name} of a {kind.__name__.lower()} is damaged")
    return fields


def _fields(value: object) -> list[object]:
    return [getattr(value, name) for name in type(value).__slots__]  # type: ignore[attr-defined]


_ENCODER = json.JSONEncoder(default=_fields, ensure_ascii=False, separators=(",", ":"))
