"""A feed document of any author -> what hurts its subscribers.

In: the bytes of a file, which may come from a stranger. Out: problems with line, element and fix. The format is
recognised by content: RSS 2.0 and 0.9x, Atom 1.0, JSON Feed 1.0 and 1.1, OPML. Nothing outside the document is fetched;
entities are resolved only where the document itself defines them and within the parser's bounds. Pure: no files, no
clock, no network; time and memory are linear in the size of the document.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, NoReturn

from lxml import etree

from feedtool.check import atom, links, rss, values
from feedtool.check.grammar import ATOM, MISSING
from feedtool.check.links import EntryFacts, check_entries
from feedtool.check.values import (
    CHARACTERS,
    Element,
    Finding,
    Findings,
    Path,
    Position,
    Scope,
    ValueCheck,
    bounded,
    shown,
)
from feedtool.problems import Code, Problem

TOO_LARGE = Code.error("check-too-large")(
    "The document has more than 64 MB and was not checked; no reader accepts it (readers are known to have limits).",
    "Keep the newest entries, and the rest in archive documents (RFC 5005 section 4).",
)
SIZE = Code.warning("check-size")(
    "The document has over 1 MB, a burden at each poll (JSON Feed 1.1); readers are known to refuse 5 or 15 MB.",
    "Keep fewer entries or their summaries, and the rest in archive documents (RFC 5005 section 4).",
)
UNKNOWN_FORMAT = Code.error("check-format")(
    "The document is not RSS 2.0 or 0.9x, Atom 1.0 (RFC 4287 section 2), JSON Feed 1.1 or OPML 2.0.",
    "Check that this is the feed and not the page that belongs to it, and that its namespace is spelled right.",
)
WELL_FORMED = Code.error("check-well-formed")(
    "The document is not well-formed XML (XML 1.0 section 2.1, Namespaces in XML section 7) or JSON (RFC 8259).",
    "Correct the line that is named, and let a library write the document.",
)
ENCODING = Code.error("check-encoding")(
    "The bytes are not in the named encoding (XML 1.0 section 4.3.3), or JSON is not UTF-8 (RFC 8259 section 8.1).",
    "Write UTF-8, and say so in the first line.",
)
ENCODING_RARE = Code.note("check-encoding-rare")(
    "Not every reader knows the encoding (XML 1.0 section 4.3.3).", "Write UTF-8."
)
DOCTYPE = Code.warning("check-doctype")(
    "The document has a document type declaration, and careful readers refuse it (RFC 4287 section 5).",
    "Leave it out; write characters instead of entities, which can expand without end.",
)
DOCTYPE_GONE = Code.error("check-doctype-gone")(
    "The document type declaration is not that of RSS 0.91 at its present address (RSS Advisory Board, RSS 0.91).",
    "Leave the declaration out.",
)
JSON_VERSION = Code.error("check-json-version")(
    "The version is not the address of a version of JSON Feed, by which readers recognise it (JSON Feed 1.1, version).",
    'Write "version": "https://jsonfeed.org/version/1.1".',
)
JSON_TYPE = Code.error("check-json-type")(
    "A value has another type than JSON Feed 1.1 asks for; strict readers refuse the feed."
)
JSON_KEY = Code.warning("check-json-key")(
    "A key is not one of JSON Feed 1.1; extensions begin with an underscore (JSON Feed 1.1, extensions).",
    "Correct it, or put it into an object whose key begins with _.",
)
JSON_OLD = Code.note("check-json-old")(
    "JSON Feed 1.1 has a list, authors, in place of author.", "Write authors as well."
)
CONTENT_MISSING = Code.error("check-content-missing")(
    "An item has neither content_html nor content_text; JSON Feed requires one of them (JSON Feed 1.1, items).",
    'Add one; "content_text": "" is enough for an empty item.',
)

#: bytes that are looked into
_LARGEST = 64_000_000
#: bytes, from the largest down
_SIZES = {
    15_000_000: "nearly all readers refuse it",
    5_000_000: "some readers refuse it",
    1_000_000: "each poll is a burden",
}
_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']([^"'<>]{0,20})["'](?:\s+encoding\s*=\s*["']([^"'<>]{0,40}))?"""
)
_RSS_091 = "-//Netscape Communications//DTD RSS 0.91//EN"
_RSS_091_AT = "http://www.rssboard.org/rss-0.91.dtd"
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: libxml2's numbers for what has to do with encodings
_ENCODING_ERRORS = (31, 32, 81)
_ENTITY_ERRORS = (26, 27)
_RUBBISH = re.compile(
    "[\u0080-\u009f\ufffd]|\u00c3[\u00a1\u00a4\u00a7\u00a8\u00a9\u00b1\u00b3\u00b6\u00bc]"
    "|&#(?:[xX]0*[89][0-9a-fA-F]|[xX][fF]{3}[dD]|0*1(?:2[89]|[345][0-9])|65533);"
)


_PIECE = re.compile(r"[{}\[\],:]|\"(?:[^\"\\]|\\.)*+\"|[^\s{}\[\],:\"]++", re.DOTALL)
_VERSIONS = ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1")


def check_document(name: str, content: bytes, *, now_ms: int, published_at: str = "") -> tuple[Problem, ...]:
    """Return the problems of a document, by line. Never raises.

    `name` is the path as the user knows it; `now_ms` the time, in milliseconds since 1970, UTC; `published_at` the
    absolute address of the document, or "" where it is not known.
    """
    scope = Scope(now_ms=now_ms, published_at=published_at)
    found = (
        finding.code.at(name, finding.message, line=finding.line, field=finding.field, fix=finding.fix)
        for finding in bounded(_findings(content, scope))
    )
    return tuple(sorted(found))


def _findings(content: bytes, scope: Scope) -> Findings:
    size = len(content)
    if size > _LARGEST:
        yield Finding(TOO_LARGE, 0, "", f"it has {size:,} bytes")
        return
    if meaning := next((meaning for bound, meaning in _SIZES.items() if size > bound), ""):
        yield Finding(SIZE, 0, "", f"it has {size:,} bytes: {meaning}")
    if content.removeprefix(codecs.BOM_UTF8)[:200].lstrip(b" \t\r\n").startswith((b"{", b"[")):
        yield from _json(content, scope)
        return
    root, found = _parse(content)
    yield from found
    if root is None:
        return
    if root.tag == "rss":
        hex_lines = frozenset(number for number, line in enumerate(content.split(b"\n"), start=1) if b"&#x" in line)
        yield from rss.check(root, replace(scope, hex_lines=hex_lines))
    elif root.tag in (ATOM + "feed", ATOM + "entry"):
        yield from atom.check(root, scope)
    elif root.tag == "opml":
        yield from atom.check_outlines(root, scope)
    else:
        yield Finding(UNKNOWN_FORMAT, root.sourceline, "", f"its outermost element is {shown(root.tag)}")


def _json(content: bytes, scope: Scope) -> Findings:
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
        # to read all digits of an integer takes time quadratic in their number
        feed = json.loads(text, parse_constant=_refuse, parse_int=lambda digits: float(digits[:400]))
    except json.JSONDecodeError as error:
        yield Finding(WELL_FORMED, error.lineno, "", error.msg)
    except RecursionError:
        yield Finding(WELL_FORMED, 0, "", "it nests too deep")
    except ValueError as error:
        yield Finding(WELL_FORMED, 0, "", str(error))
    else:
        if isinstance(feed, dict):
            yield from _with_lines(text, bounded(_feed(feed, scope)))
        else:
            yield Finding(JSON_TYPE, 1, "", "the outermost value is not an object")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _parse(content: bytes) -> tuple[Element | None, list[Finding]]:
    """Return the outermost element, or None, and the findings on the document as XML."""
    found = list(_declaration(content))
    # comments and instructions would stand between the pieces of a text
    parser = etree.XMLParser(
        resolve_entities="internal",  # type: ignore[arg-type]  # the stubs are older than this value
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        return None, [*found, _broken(error)]
    except (ValueError, LookupError) as error:
        return None, [*found, Finding(WELL_FORMED, 1, "", str(error)[:200])]
    found += _doctype(root)
    found += _characters(content, root.getroottree().docinfo.encoding or "utf-8")
    return root, found


def _broken(error: etree.XMLSyntaxError) -> Finding:
    message = (error.msg or "").partition(", line ")[0]
    line, code = max(error.lineno or 1, 1), getattr(error, "code", 0)
    if code in _ENCODING_ERRORS:
        return Finding(ENCODING, line, "", message)
    fix = "Write the character itself, or its number: &#160;." if code in _ENTITY_ERRORS else ""
    return Finding(WELL_FORMED, line, "", message, fix)


def _declaration(content: bytes) -> Findings:
    bom = next((name for mark, name in _BOMS if content.startswith(mark)), "")
    match = _DECLARATION.match(content.removeprefix(codecs.BOM_UTF8))
    if not match:
        return
    version, encoding = match[1].decode("latin-1"), (match[2] or b"").decode("latin-1")
    if version != "1.0":
        yield Finding(WELL_FORMED, 1, "", f"the version of XML is {shown(version)}", 'Write version="1.0".')
    if bom and encoding and not _is_same(encoding, bom):
        yield Finding(ENCODING, 1, "", f"the first bytes are those of {bom}, and the first line says {encoding}")
    elif encoding and encoding.lower() not in ("utf-8", "utf-16"):
        yield Finding(ENCODING_RARE, 1, "", f"its encoding is {encoding}")


def _is_same(encoding: str, other: str) -> bool:
    try:
        return codecs.lookup(encoding).name == codecs.lookup(other).name
    except (LookupError, ValueError):
        return False


def _doctype(root: Element) -> Findings:
    info = root.getroottree().docinfo
    if not info.doctype:
        return
    if info.public_id == _RSS_091 and (info.system_url != _RSS_091_AT or root.get("version") != "0.91"):
        yield Finding(DOCTYPE_GONE, 1, "DOCTYPE", f"{shown(info.system_url or '')} in RSS {root.get('version', '')}")
    else:
        yield Finding(DOCTYPE, 1, "DOCTYPE", shown(info.doctype))


def _characters(content: bytes, encoding: str) -> Findings:
    try:
        text = content.decode(encoding, "replace")
    except (LookupError, ValueError):
        return
    for number, line in enumerate(text.split("\n"), start=1):
        for match in _RUBBISH.finditer(line):
            yield Finding(CHARACTERS, number, "", f"{shown(match[0])} looks wrong")


class _Key(NamedTuple):
    kind: type
    checks: tuple[ValueCheck, ...] = ()
    is_required: bool = False
    #: of an object
    keys: Mapping[str, _Key] = {}
    #: of a list
    each: _Key | None = None


_TEXT = _Key(str)
_ADDRESS = _Key(str, (links.iri,))
_AUTHOR = _Key(dict, keys={"name": _TEXT, "url": _ADDRESS, "avatar": _ADDRESS})
#: of a feed or an item
_BYLINE: Mapping[str, _Key] = {
    "author": _AUTHOR,
    "authors": _Key(list, each=_AUTHOR),
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
    "tags": _Key(list, each=_TEXT),
    "attachments": _Key(list, each=_Key(dict, keys=_ATTACHMENT)),
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
    "hubs": _Key(list, each=_Key(dict, keys=_HUB)),
    "items": _Key(list, is_required=True, each=_Key(dict, keys=_ITEM)),
}
_NAMES = {str: "a string", list: "a list", dict: "an object", bool: "true or false", float: "a number"}


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
    if not isinstance(value, key.kind) or (key.kind is float and isinstance(value, bool)):
        yield _found(path, JSON_TYPE, f"it is not {_NAMES[key.kind]}")
    elif isinstance(value, str):
        for check_value in (*key.checks, values.characters):
            yield from (found._replace(path=path) for found in check_value(value, Position(0, _field(path), scope)))
    elif isinstance(value, list) and key.each:
        for at, one in enumerate(value):
            yield from _value((*path, at), one, key.each, scope)
    elif isinstance(value, dict):
        yield from _object(path, value, key.keys, scope)


def _found(path: Path, code: Code, message: str, *, field: str = "") -> Finding:
    return Finding(code, 0, field or _field(path), message, path=path)


def _field(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")


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
