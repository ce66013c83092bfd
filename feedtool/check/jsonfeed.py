"""JSON feeds -> findings (JSON Feed 1.1, and 1.0).

In: what json read, and its text for the lines. Pure; linear in the length of the document, however deep it nests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from feedtool.check import links, values
from feedtool.check.finding import EntryFacts, Finding, Findings, Path, Position, Scope, bounded, check_entries, shown
from feedtool.check.grammar import MISSING
from feedtool.check.values import ValueCheck
from feedtool.problems import Code

JSON_VERSION = Code(
    "check-json-version",
    "error",
    "The version is not the address of a version of JSON Feed, by which readers recognise it (JSON Feed 1.1, version).",
    'Write "version": "https://jsonfeed.org/version/1.1".',
)
JSON_TYPE = Code(
    "check-json-type", "error", "A value has another type than JSON Feed 1.1 asks for; strict readers refuse the feed."
)
JSON_KEY = Code(
    "check-json-key",
    "warning",
    "A key is not one of JSON Feed 1.1; extensions begin with an underscore (JSON Feed 1.1, extensions).",
    "Correct it, or put it into an object whose key begins with _.",
)
JSON_OLD = Code(
    "check-json-old", "note", "JSON Feed 1.1 has a list, authors, in place of author.", "Write authors as well."
)
CONTENT_MISSING = Code(
    "check-content-missing",
    "error",
    "An item has neither content_html nor content_text; JSON Feed requires one of them (JSON Feed 1.1, items).",
    'Add one; "content_text": "" is enough for an empty item.',
)

_PIECE = re.compile(r"[{}\[\],:]|\"(?:[^\"\\]|\\.)*+\"|[^\s{}\[\],:\"]++", re.DOTALL)
_VERSIONS = ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1")


class _Key(NamedTuple):
    """What the value of a key may be."""

    kind: type
    checks: tuple[ValueCheck, ...] = ()
    is_required: bool = False
    #: of the values of a list
    inside: Mapping[str, _Key] | type | None = None


_TEXT = _Key(str)
_ADDRESS = _Key(str, (links.iri,))
_AUTHOR: Mapping[str, _Key] = {"name": _TEXT, "url": _ADDRESS, "avatar": _ADDRESS}
#: of a feed or an item
_BYLINE: Mapping[str, _Key] = {
    "author": _Key(dict, inside=_AUTHOR),
    "authors": _Key(list, inside=_AUTHOR),
    "language": _Key(str, (values.language,)),
}
_ATTACHMENT: Mapping[str, _Key] = {
    "url": _Key(str, (links.iri,), is_required=True),
    "mime_type": _Key(str, (values.media_type,), is_required=True),
    "title": _TEXT,
    "size_in_bytes": _Key(float),
    "duration_in_seconds": _Key(float),
}
_ITEM: Mapping[str, _Key] = {
    "id": _Key(str, (values.not_blank,), is_required=True),
    **dict.fromkeys(("url", "external_url", "image", "banner_image"), _ADDRESS),
    "title": _Key(str, (values.plain_text,)),
    "content_html": _Key(str, (values.html,)),
    "content_text": _TEXT,
    "summary": _Key(str, (values.plain_text,)),
    **dict.fromkeys(("date_published", "date_modified"), _Key(str, (values.date_3339,))),
    **_BYLINE,
    "tags": _Key(list, inside=str),
    "attachments": _Key(list, inside=_ATTACHMENT),
}
_HUB: Mapping[str, _Key] = {"type": _Key(str, is_required=True), "url": _Key(str, is_required=True)}
_FEED: Mapping[str, _Key] = {
    "version": _Key(str, is_required=True),
    "title": _Key(str, (values.plain_text, values.not_blank), is_required=True),
    **dict.fromkeys(("home_page_url", "feed_url", "next_url", "icon", "favicon"), _ADDRESS),
    "description": _Key(str, (values.plain_text,)),
    "user_comment": _TEXT,
    **_BYLINE,
    "expired": _Key(bool),
    "hubs": _Key(list, inside=_HUB),
    "items": _Key(list, is_required=True, inside=_ITEM),
}
_NAMES = {str: "a string", list: "a list", dict: "an object", bool: "true or false", float: "a number"}


def check(feed: object, text: str, scope: Scope) -> Findings:
    """Check what json read from a text."""
    if isinstance(feed, dict):
        yield from _with_lines(text, bounded(_feed(feed, scope)))
    else:
        yield Finding(JSON_TYPE, 1, "", "the outermost value is not an object")


def _with_lines(text: str, found: Iterable[Finding]) -> Iterator[Finding]:
    findings = list(found)
    lines = _lines_of(text, {finding.path[:length] for finding in findings for length in range(len(finding.path) + 1)})
    for finding in findings:
        path = finding.path
        nearest = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in lines)
        yield finding._replace(line=lines[nearest])


def _feed(feed: Mapping[str, Any], scope: Scope) -> Findings:
    yield from _object((), feed, _FEED, scope)
    version = feed.get("version")
    if isinstance(version, str) and version not in _VERSIONS:
        yield _found(("version",), JSON_VERSION, f"{shown(version)} is not a version of JSON Feed")
    if "language" not in feed:
        yield values.no_language(0, "language")
    yield from _links(feed, scope)
    items = _objects(feed.get("items"))
    for at, item in items:
        if not any(isinstance(item.get(key), str) for key in ("content_html", "content_text")):
            yield _found(("items", at), CONTENT_MISSING, "the item has no content", field="content_html")
    facts = (EntryFacts(0, "id", _text_of(item.get("id")), path=("items", at, "id")) for at, item in items)
    yield from check_entries(facts, is_fatal=True)


def _objects(value: object) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the objects in a list, with their indexes."""
    return [(at, one) for at, one in enumerate(value if isinstance(value, list) else ()) if isinstance(one, dict)]


def _text_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def _links(feed: Mapping[str, Any], scope: Scope) -> Findings:
    written = [("feed_url", "self", feed.get("feed_url")), ("next_url", "next", feed.get("next_url"))]
    written += [("hubs", "hub", hub.get("url")) for _, hub in _objects(feed.get("hubs"))]
    found = [links.Link(0, key, relation, url, url) for key, relation, url in written if isinstance(url, str)]
    for finding in links.check_feed(links.FeedLinks(0, "feed_url", found), scope):
        yield finding._replace(path=(finding.field,))


def _object(path: Path, value: Mapping[str, Any], keys: Mapping[str, _Key], scope: Scope) -> Findings:
    for name, key in keys.items():
        if name in value:
            yield from _value((*path, name), value[name], key, scope)
        elif key.is_required:
            yield _found(path, MISSING, f"{name} is missing", field=name)
    for name in value:
        if name == "author" and "author" in keys and "authors" not in value:
            yield _found((*path, name), JSON_OLD, "it has author but not authors")
        elif name not in keys and not name.startswith("_"):
            yield _found((*path, name), JSON_KEY, f"{shown(name)} is not a key of JSON Feed")


def _value(path: Path, value: object, key: _Key, scope: Scope) -> Findings:
    name = str(path[-1])
    if not _is(value, key.kind):
        yield _found(path, JSON_TYPE, f"it is not {_NAMES[key.kind]}")
    elif isinstance(value, str):
        for check_value in (*key.checks, values.characters):
            yield from (found._replace(path=path) for found in check_value(value, Position(0, name, scope)))
    elif isinstance(value, list) and key.inside is not None:
        for at, one in enumerate(value):
            yield from _inside((*path, at), one, key.inside, scope)
    elif isinstance(value, dict) and isinstance(key.inside, Mapping):
        yield from _object(path, value, key.inside, scope)


def _inside(path: Path, value: object, keys: Mapping[str, _Key] | type, scope: Scope) -> Findings:
    kind = dict if isinstance(keys, Mapping) else keys
    if not _is(value, kind):
        yield _found(path, JSON_TYPE, f"it is not {_NAMES[kind]}", field=str(path[0]))
    elif isinstance(value, dict) and isinstance(keys, Mapping):
        yield from _object(path, value, keys, scope)


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not (kind is float and isinstance(value, bool))


def _found(path: Path, code: Code, message: str, *, field: str = "") -> Finding:
    return Finding(code, 0, field or str(path[-1] if path else ""), message, path=path)


def _lines_of(text: str, wanted: Collection[Path]) -> dict[Path, int]:
    """Return the line, from 1, where each of these values begins that exist; json has accepted the text."""
    wanted = set(wanted)
    deepest = max(map(len, wanted), default=0)
    found: dict[Path, int] = {}
    # of each open container the position or the key; None where a key comes next
    path: list[str | int | None] = []
    line, counted = 1, 0
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece in ("}", "]"):
            path.pop()
        elif piece == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else None
        elif path and path[-1] is None:
            path[-1] = str(json.loads(piece)) if len(path) <= deepest else ""
        elif piece != ":":
            if len(path) <= deepest and tuple(path) in wanted:
                line, counted = line + text.count("\n", counted, match.start()), match.start()
                found.setdefault(tuple(part for part in path if part is not None), line)
            if piece in ("{", "["):
                path.append(None if piece == "{" else 0)
    return found
