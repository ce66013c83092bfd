"""JSON feeds -> findings (JSON Feed 1.1, and 1.0).

In: bytes. Pure; linear in the length of the document.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

from feedtool.check import addresses, links, values
from feedtool.check.bounds import bounded
from feedtool.check.entries import EntryFacts, check_entries
from feedtool.check.finding import Finding, Findings, Place, Scope, shown
from feedtool.check.html import html
from feedtool.check.json_positions import Path, lines_of
from feedtool.check.schema import MISSING
from feedtool.check.values import ValueCheck
from feedtool.check.xml import CHARACTERS, ENCODING, WELL_FORMED
from feedtool.problems import Code

JSON_VERSION = Code(
    "check-json-version",
    "error",
    "The version is not the address of a version of JSON Feed, by which readers know the format "
    "(JSON Feed 1.1, version).",
    'Write "version": "https://jsonfeed.org/version/1.1".',
)
JSON_TYPE = Code(
    "check-json-type",
    "error",
    "A value is not of the type that JSON Feed 1.1 asks for, so that strict readers refuse the feed or the item.",
)
JSON_KEY = Code(
    "check-json-key",
    "warning",
    "A key is not one of JSON Feed 1.1; extensions begin with an underscore (JSON Feed 1.1, extensions).",
    "Correct it, or put it into an object whose key begins with _.",
)
JSON_OLD = Code(
    "check-json-old",
    "note",
    "The key author is that of JSON Feed 1.0; JSON Feed 1.1 has a list, authors.",
    "Write authors, a list, as well.",
)
CONTENT_MISSING = Code(
    "check-content-missing",
    "error",
    "An item has neither content_html nor content_text, one of which must be there (JSON Feed 1.1, items).",
    'Add one; "content_text": "" will do where there is nothing.',
)

_VERSIONS = ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1")


class _Key(NamedTuple):
    """What may stand under a key."""

    kind: type
    checks: tuple[ValueCheck, ...] = ()
    is_required: bool = False
    #: of the values of a list
    inside: Mapping[str, _Key] | type | None = None


_TEXT = _Key(str)
_ADDRESS = _Key(str, (addresses.iri,))
_DATE = _Key(str, (values.date_3339,))
_AUTHOR: Mapping[str, _Key] = {"name": _TEXT, "url": _ADDRESS, "avatar": _ADDRESS}
_AUTHORS = _Key(list, inside=_AUTHOR)
_OLD_AUTHOR = _Key(dict, inside=_AUTHOR)
_LANGUAGE = _Key(str, (values.language,))
_ATTACHMENT: Mapping[str, _Key] = {
    "url": _Key(str, (addresses.iri,), is_required=True),
    "mime_type": _Key(str, (values.media_type,), is_required=True),
    "title": _TEXT,
    "size_in_bytes": _Key(float),
    "duration_in_seconds": _Key(float),
}
_ITEM: Mapping[str, _Key] = {
    "id": _Key(str, (values.not_blank,), is_required=True),
    "url": _ADDRESS,
    "external_url": _ADDRESS,
    "title": _Key(str, (values.plain_text,)),
    "content_html": _Key(str, (html,)),
    "content_text": _TEXT,
    "summary": _Key(str, (values.plain_text,)),
    "image": _ADDRESS,
    "banner_image": _ADDRESS,
    "date_published": _DATE,
    "date_modified": _DATE,
    "author": _OLD_AUTHOR,
    "authors": _AUTHORS,
    "tags": _Key(list, inside=str),
    "language": _LANGUAGE,
    "attachments": _Key(list, inside=_ATTACHMENT),
}
_HUB: Mapping[str, _Key] = {"type": _Key(str, is_required=True), "url": _Key(str, is_required=True)}
_FEED: Mapping[str, _Key] = {
    "version": _Key(str, is_required=True),
    "title": _Key(str, (values.plain_text, values.not_blank), is_required=True),
    "home_page_url": _ADDRESS,
    "feed_url": _ADDRESS,
    "description": _Key(str, (values.plain_text,)),
    "user_comment": _TEXT,
    "next_url": _ADDRESS,
    "icon": _ADDRESS,
    "favicon": _ADDRESS,
    "author": _OLD_AUTHOR,
    "authors": _AUTHORS,
    "language": _LANGUAGE,
    "expired": _Key(bool),
    "hubs": _Key(list, inside=_HUB),
    "items": _Key(list, is_required=True, inside=_ITEM),
}
_NAMES = {str: "a string", list: "a list", dict: "an object", bool: "true or false", float: "a number"}


def is_json(content: bytes) -> bool:
    """Return whether this is meant to be JSON: XML begins with "<"."""
    start = content.removeprefix(codecs.BOM_UTF8)[:200].lstrip(b" \t\r\n")
    return start.startswith((b"{", b"["))


def check(content: bytes, scope: Scope) -> Findings:
    """Check a document that is meant to be JSON."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        yield Finding(ENCODING, line, "", f"byte {content[error.start]:#04x} is not UTF-8")
        return
    if text.startswith("\ufeff"):
        yield Finding(ENCODING, 1, "", "it begins with a byte-order mark", "Leave the mark out (RFC 8259 section 8.1).")
        text = text[1:]
    try:
        feed = json.loads(text, parse_constant=_refuse, parse_int=_number)
    except json.JSONDecodeError as error:
        yield Finding(WELL_FORMED, error.lineno, "", error.msg)
        return
    except (ValueError, RecursionError) as error:
        yield Finding(WELL_FORMED, 0, "", "it nests too deep" if isinstance(error, RecursionError) else str(error))
        return
    if isinstance(feed, dict):
        yield from _with_lines(text, bounded(_feed(feed, scope)))
    else:
        yield Finding(JSON_TYPE, 1, "", "the outermost value is not an object")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _number(digits: str) -> float:
    """Return how large it is: to read all digits of an integer takes longer than their number."""
    return float(digits[:400])


def _with_lines(text: str, found: Iterable[Finding]) -> Iterator[Finding]:
    told = list(found)
    lines = lines_of(text, {finding.path[:length] for finding in told for length in range(len(finding.path) + 1)})
    for finding in told:
        path = finding.path
        nearest = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in lines)
        yield finding._replace(line=lines[nearest])


def _feed(feed: Mapping[str, Any], scope: Scope) -> Findings:
    yield from _object((), feed, _FEED, scope)
    version = feed.get("version")
    if isinstance(version, str) and version not in _VERSIONS:
        yield _found(("version",), JSON_VERSION, f"{shown(version)} is no version of JSON Feed")
    if "language" not in feed:
        yield values.no_language(0, "language")
    yield from _links(feed, scope)
    items = feed.get("items")
    known = (
        [(place, item) for place, item in enumerate(items) if isinstance(item, dict)] if isinstance(items, list) else []
    )
    for place, item in known:
        yield from _item(("items", place), item)
    yield from check_entries((_facts(place, item) for place, item in known), is_fatal=True)


def _facts(place: int, item: Mapping[str, Any]) -> EntryFacts:
    own = item.get("id")
    return EntryFacts(line=0, field="id", id=own if isinstance(own, str) else "", path=("items", place, "id"))


def _item(path: Path, item: Mapping[str, Any]) -> Findings:
    if not any(isinstance(item.get(key), str) for key in ("content_html", "content_text")):
        yield _found(path, CONTENT_MISSING, "the item has no content", field="content_html")


def _links(feed: Mapping[str, Any], scope: Scope) -> Findings:
    kinds = (("feed_url", "self"), ("next_url", "next"))
    found = [
        links.Link(line=0, field=key, relation=relation, address=feed[key], resolved=feed[key])
        for key, relation in kinds
        if isinstance(feed.get(key), str)
    ]
    hubs = feed.get("hubs")
    found += [
        links.Link(line=0, field="hubs", relation="hub", address=hub["url"], resolved=hub["url"])
        for hub in (hubs if isinstance(hubs, list) else ())
        if isinstance(hub, dict) and isinstance(hub.get("url"), str)
    ]
    for finding in links.check_feed(links.FeedLinks(line=0, field="feed_url", links=found), scope):
        yield finding._replace(path=(finding.field,))


def _object(path: Path, value: Mapping[str, Any], keys: Mapping[str, _Key], scope: Scope) -> Findings:
    for name, key in keys.items():
        if name in value:
            yield from _value((*path, name), value[name], key, scope)
        elif key.is_required:
            yield _found(path, MISSING, f"there is no {name}", field=name)
    for name in value:
        if name == "author" and "author" in keys and "authors" not in value:
            yield _found((*path, name), JSON_OLD, "it has author, and no authors")
        elif name not in keys and not name.startswith("_"):
            yield _found((*path, name), JSON_KEY, f"{shown(name)} is no key of JSON Feed")


def _value(path: Path, value: object, key: _Key, scope: Scope) -> Findings:
    name = str(path[-1])
    if not _is(value, key.kind):
        yield _found(path, JSON_TYPE, f"it is not {_NAMES[key.kind]}")
    elif isinstance(value, str):
        for check_value in key.checks:
            yield from (found._replace(path=path) for found in check_value(value, Place(0, name, scope)))
        if "\ufffd" in value:
            yield _found(path, CHARACTERS, "it holds replacement characters")
    elif isinstance(value, list) and key.inside is not None:
        for place, one in enumerate(value):
            yield from _inside((*path, place), one, key.inside, scope)
    elif isinstance(value, dict) and isinstance(key.inside, Mapping):
        yield from _object(path, value, key.inside, scope)


def _inside(path: Path, value: object, keys: Mapping[str, _Key] | type, scope: Scope) -> Findings:
    if not isinstance(keys, Mapping):
        if not _is(value, keys):
            yield _found(path, JSON_TYPE, f"it is not {_NAMES[keys]}", field=str(path[0]))
    elif isinstance(value, dict):
        yield from _object(path, value, keys, scope)
    else:
        yield _found(path, JSON_TYPE, "it is not an object", field=str(path[0]))


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not (kind is float and isinstance(value, bool))


def _found(path: Path, code: Code, message: str, *, field: str = "") -> Finding:
    return Finding(code, 0, field or str(path[-1] if path else ""), message, path=path)
