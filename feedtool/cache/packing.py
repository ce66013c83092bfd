"""Lists, texts and problems <-> bytes, as JSON with a checksum, from which only data can come back; and ids.

Texts that are compressed have zlib's checksum. Small ones are kept in groups, by the rows of their files.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, get_args

from feedtool.problems import Level, Problem


class DamagedError(Exception):
    """The bytes in the cache are not those that were put there."""


def packed(value: object) -> bytes:
    """Return a value of the model, or lists and texts, as bytes with a checksum at the end."""
    text = dumped(value).encode("utf-8", "surrogatepass")
    return text + checksum(text)


def dumped(value: object) -> str:
    """Return a value of the model, or lists and texts, as JSON; it has no NUL."""
    return _ENCODER.encode(value)


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


def shortened(own: str) -> bytes | str:
    """Return an id as a third of its bytes, if it is a UUID."""
    if own.startswith(_URN):
        with suppress(ValueError):
            kept = bytes.fromhex(own[len(_URN) :].replace("-", ""))
            return kept if len(kept) == _UUID and _urn_of(kept) == own else own
    return own


#: the same of an entry in a feed: it is asked for in several stages. So many entries have a thousand feeds of a hundred
_MOST = 65_536
short_id = lru_cache(_MOST)(shortened)


@lru_cache(_MOST)
def whole_id(kept: bytes | str) -> str:
    """Return the id that `short_id` shortened. Raises DamagedError."""
    if isinstance(kept, str):
        return kept
    if not isinstance(kept, bytes) or len(kept) != _UUID:
        raise DamagedError("an id is damaged")
    return _urn_of(kept)


def _urn_of(kept: bytes) -> str:
    digits = kept.hex()
    return f"{_URN}{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def unpacked(content: bytes) -> Any:  # noqa: ANN401 - lists and texts
    """Return the packed value; a value of the model comes back as a list of its fields. Raises DamagedError."""
    if checksum(content[:-4]) != content[-4:]:
        raise DamagedError("a value is damaged")
    try:
        return loaded(content[:-4].decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError as error:
        raise DamagedError("a value is damaged") from error


def loaded(text: str) -> Any:  # noqa: ANN401 - lists and texts
    """Return the value that `dumped` wrote, likewise. Raises DamagedError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamagedError("a value is damaged") from error


#: for most texts; and with every character, too, for Chinese and Japanese ones, in two bytes a sign instead of three
_ENCODINGS = ("utf-8", "gb18030")
#: bytes; a file that claims more is damaged
_LARGEST = 100_000_000


def zipped(text: str, common: str = "", *, level: int = -1) -> bytes:
    """Return a text compressed; `common` is a text, known at both ends, that it has much in common with."""
    at, both = 0, common + text
    with suppress(UnicodeEncodeError):
        at = int(len(both.encode(_ENCODINGS[1])) < len(both.encode()))
    content, known = (each.encode(_ENCODINGS[at], "surrogatepass") for each in (text, common))
    writer = zlib.compressobj(level, zdict=known)
    return bytes([at]) + writer.compress(content) + writer.flush()


def unzipped(content: bytes, common: str = "") -> str:
    """Return the text that `zipped` compressed. Raises DamagedError."""
    try:
        encoding = _ENCODINGS[content[0]]
        reader = zlib.decompressobj(zdict=common.encode(encoding, "surrogatepass"))
        text = reader.decompress(content[1:], _LARGEST).decode(encoding, "surrogatepass")
    except (IndexError, TypeError, UnicodeError, zlib.error) as error:
        raise DamagedError("a text is damaged") from error
    if not reader.eof:
        raise DamagedError("a text is cut off")
    return text


#: files that are kept together: alone, they would take twice the space. And such groups that are open at a time
_TOGETHER, _OPEN = 64, 16


class Groups:
    """Path, name and post of each file, by its row."""

    def __init__(self, db: sqlite3.Connection) -> None:
        db.create_function("name_of", 1, self.name)
        self._db = db
        #: by the numbers of groups; a place is how much of the path the name leaves out, and the path: see `_place`
        self._open: dict[str, dict[int, list[str]]] = {"places": {}, "posts": {}}
        self._changed: set[int] = set()

    def place(self, no: int) -> tuple[str, str]:
        """Return the path of a file, and its name as the user knows it. Raises DamagedError."""
        return _place(self._texts("places", no)[no % _TOGETHER])

    def name(self, no: int) -> str:
        """Return the name of a file, likewise."""
        return self.place(no)[1]

    def post(self, no: int) -> str:
        """Return the text of the post of a file. Raises DamagedError."""
        if text := self._texts("posts", no)[no % _TOGETHER]:
            return text
        raise DamagedError("a post is missing")

    def put(self, no: int, path: str, name: str, post: str | None) -> None:
        """Keep a file, with the text of its post, if it has one. `save` lets others see it."""
        # most often the name is how the path ends
        place = f"{len(path) - len(name)}/{path}" if path.endswith(name) else f"-{len(path)}/{path}{name}"
        self._change(no, place, post or "")

    def remove(self, no: int) -> None:
        """Forget a file."""
        self._change(no, "", "")

    def _change(self, no: int, place: str, post: str) -> None:
        self._texts("posts", no)[no % _TOGETHER] = post
        self._texts("places", no)[no % _TOGETHER] = place
        self._changed.add(no // _TOGETHER)

    def _texts(self, column: str, no: int) -> list[str]:
        number, found = no // _TOGETHER, self._open[column]
        if number not in found:
            # most posts' titles say what their paths say
            common = "\0".join(self._texts("places", no)) if column == "posts" else ""
            if column == "places" and len(found) == _OPEN:
                self.save()
            row = self._db.execute(f"SELECT {column} FROM shelf WHERE no = ?", (number,)).fetchone()  # noqa: S608
            found[number] = _apart(row[0], common) if row else [""] * _TOGETHER
        return found[number]

    def save(self) -> None:
        """Write what has changed, and forget what was read."""
        for number in sorted(self._changed):
            places, posts = (found[number] for found in self._open.values())
            paths = [_place(text)[0].encode("utf-8", "surrogateescape") for text in places if text]
            self._db.execute("DELETE FROM shelf WHERE no = ?", (number,))
            if paths:
                common, text = "\0".join(places), "\0".join(posts)
                row = (number, min(paths), max(paths), zipped(common), zipped(text, common))
                self._db.execute("INSERT INTO shelf VALUES (?, ?, ?, ?, ?)", row)
        for found in self._open.values():
            found.clear()
        self._changed.clear()

    def paths(self, ranges: Sequence[tuple[bytes, bytes]] = ()) -> Iterator[dict[int, str]]:
        """Yield the paths of each group, by the files' rows, that may have some in a range; or of all groups.

        A range has its first path, and not its second.
        """
        self.save()
        where = " WHERE " + " OR ".join(["(high >= ? AND low < ?)"] * len(ranges)) if ranges else ""
        ends = [end for each in ranges for end in each]
        for number, content in self._db.execute(f"SELECT no, places FROM shelf{where}", ends):  # noqa: S608
            texts = enumerate(_apart(content), number * _TOGETHER)
            yield {no: _place(text)[0] for no, text in texts if text}


def _apart(content: bytes, common: str = "") -> list[str]:
    texts = unzipped(content, common).split("\0")
    if len(texts) != _TOGETHER:
        raise DamagedError("a group of files is damaged")
    return texts


def _place(text: str) -> tuple[str, str]:
    """Return path and name. Raises DamagedError, also for the empty text."""
    length, _, both = text.partition("/")
    try:
        at = int(length)
    except ValueError as error:
        raise DamagedError("a path is missing") from error
    return (both, both[at:]) if at >= 0 else (both[:-at], both[-at:])


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


def fields_of(value: object) -> list[Any]:
    """Return the fields of a value of the model, as they are packed."""
    return [getattr(value, name) for name in type(value).__slots__]  # type: ignore[attr-defined]


_ENCODER = json.JSONEncoder(default=fields_of, ensure_ascii=False, separators=(",", ":"))
