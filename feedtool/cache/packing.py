"""Lists, texts and problems <-> bytes, as JSON with a checksum, from which only data can come back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any

from feedtool.problems import Problem


class DamagedError(Exception):
    """The bytes in the cache are not those that were put there."""


def packed(value: object) -> bytes:
    """Return a value of the model, or lists and texts, as bytes with a checksum at the end."""
    text = _ENCODER.encode(value).encode("utf-8", "surrogatepass")
    return text + checksum(text)


def checksum(*contents: bytes) -> bytes:
    """Return the CRC-32 of the contents."""
    number = 0
    for content in contents:
        number = zlib.crc32(content, number)
    return number.to_bytes(4, "big")


def unpacked(content: bytes) -> Any:  # noqa: ANN401 - lists and texts
    """Return the packed value; a value of the model comes back as a list of its fields. Raises DamagedError."""
    if checksum(content[:-4]) != content[-4:]:
        raise DamagedError("a value is damaged")
    return json.loads(content[:-4].decode("utf-8", "surrogatepass"))


def problems_of(content: bytes | None, path: str | None = None) -> tuple[Problem, ...]:
    """Return packed problems, with another path if one is given. Raises DamagedError."""
    if content is None:
        return ()
    own = {} if path is None else {"path": path}
    return tuple(Problem(**named(Problem, values) | own) for values in unpacked(content))


def packed_problems(problems: Iterable[Problem]) -> bytes | None:
    """Return packed problems, or None for no problems."""
    found = tuple(problems)
    return packed(found) if found else None


def named(kind: type, values: list[Any]) -> dict[str, Any]:
    """Return the unpacked fields of a value of the model by their names."""
    return dict(zip(kind.__slots__, values, strict=True))  # type: ignore[attr-defined]


def _fields(value: object) -> list[object]:
    return [getattr(value, name) for name in type(value).__slots__]  # type: ignore[attr-defined]


_ENCODER = json.JSONEncoder(default=_fields, ensure_ascii=False, separators=(",", ":"))
