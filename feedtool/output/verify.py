"""Documents -> problems: parse each document again, and compare it with the values that it was made from.

In: the bytes to be published, and those values. Out: problems of level "error"; none if the document is good.
Never repairs, and never fetches: entities and the network are off. It shares no code with the generators, so that it
does not repeat their mistakes.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from lxml import etree

from feedtool.config.podcast_table import NAMESPACES
from feedtool.model import MEDIA_TYPES, Document, Entry, Fact, Feed, Format
from feedtool.problems import Code, Problem
from feedtool.syntax import EPOCH
from feedtool.urls import with_page

#: lxml has no public class for its elements
_Element: TypeAlias = Any

_ATOM = "{http://www.w3.org/2005/Atom}"
_ATOM_CONTENT, _ATOM_ENTRY, _ATOM_ID, _ATOM_LINK = (_ATOM + name for name in ("content", "entry", "id", "link"))
_ATOM_PUBLISHED, _ATOM_TITLE, _ATOM_UPDATED = (_ATOM + name for name in ("published", "title", "updated"))
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_MEDIA = "{http://search.yahoo.com/mrss/}thumbnail"
_NOTHING: frozenset[str] = frozenset()
_OF_PODCASTS = tuple(f"{{{namespace}}}" for namespace in NAMESPACES.values())
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_WEB = re.compile(r"https?://[!-~]+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")

_REPORT = "The file of the last build is kept. This is a bug in feedtool: please report it with the post."

VERIFY_XML = Code("verify-xml", "error", "The document is not well-formed XML, so no reader could open it.", _REPORT)
VERIFY_JSON = Code("verify-json", "error", "The document is not a JSON Feed, so no reader could open it.", _REPORT)
VERIFY_HEAD = Code(
    "verify-head", "error", "The document's title, address, language or time differs from the feed's.", _REPORT
)
VERIFY_SELF = Code(
    "verify-self", "error", "The document's self link differs from the address that it is published at.", _REPORT
)
VERIFY_IDS = Code(
    "verify-ids", "error", "Two entries have the same id, or an id is not a URI; readers would lose an entry.", _REPORT
)
VERIFY_ENTRIES = Code(
    "verify-entries", "error", "The document has other entries than the feed, or another order.", _REPORT
)
VERIFY_ENTRY = Code(
    "verify-entry", "error", "An entry's title, time, link or content differs in the document.", _REPORT
)
VERIFY_ADDRESS = Code(
    "verify-address", "error", "An address is relative, or has characters that must be percent-encoded.", _REPORT
)
VERIFY_LIST = Code("verify-list", "error", "A list of feeds or files differs from those of this build.", _REPORT)


class _ReadEntry(NamedTuple):
    """An entry as a reader understands it; a tuple, because feeds together have very many."""

    id: str
    title: str
    url: str
    published_ms: int | None
    content: str
    links: tuple[str, ...]
    updated_ms: int | None = None
    image: str = ""
    podcast: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReadFeed:
    """A document as a reader understands it. `updated_ms` and `id` are None where the format has none."""

    title: str
    home_url: str
    self_url: str
    language: str
    id: str | None = None
    updated_ms: int | None = None
    podcast: frozenset[str] = frozenset()
    entries: tuple[_ReadEntry, ...]


class _UnreadableError(ValueError):
    """A reader could not parse the document; the message says why."""


def verify(document: Document, feed: Feed, entries: Sequence[Entry]) -> tuple[Problem, ...]:
    """Return the faults of a feed's document; `entries` are its expected entries, in their order.

    Raises KeyError if the document's media type is not a feed's.
    """
    form = _FORMS[document.media_type]
    try:
        read = _READERS[form](document.content)
    except _UnreadableError as error:
        code = VERIFY_JSON if form == "json" else VERIFY_XML
        return (code.at(document.path, str(error)),)
    return (
        *_check_head(document.path, read, feed, form),
        *_check_ids(document.path, read.entries),
        *_check_entries(document.path, read.entries, entries, form, is_podcast=bool(feed.podcast)),
        *_check_addresses(document.path, read),
    )


def verify_opml(document: Document, feeds: Sequence[Feed], others: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Return the faults of an OPML document, which must list once each feed of the site, or each of `others`."""
    try:
        root = _parse_xml(document.content)
    except _UnreadableError as error:
        return (VERIFY_XML.at(document.path, str(error)),)
    found = [outline.get("xmlUrl") for outline in root.iter("outline") if outline.get("xmlUrl") is not None]
    allowed = [{feed.self_url(form) for form in feed.formats} for feed in feeds if feed.formats]
    allowed += [{address} for address in others]
    listed = [sum(address in found for address in addresses) for addresses in allowed]
    if len(found) != len(allowed) or any(number != 1 for number in listed):
        return (VERIFY_LIST.at(document.path, f"{len(found)} addresses for {len(allowed)} feeds"),)
    return ()


def verify_manifest(
    document: Document, parts: Iterable[Document], feeds: Sequence[Feed], *, files: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Return the faults of feeds.json and the parts of its ledger, which the next build trusts.

    `files` are the expected SHA-256 of all other files, by path.
    """
    try:
        manifest = _parse_json(document.content)
        lists = [_parse_json(part.content).get("files", {}) for part in parts]
    except _UnreadableError as error:
        return (VERIFY_JSON.at(document.path, str(error)),)
    listed = [(feed.get("kind"), feed.get("term"), feed.get("slug")) for feed in manifest.get("feeds", [])]
    if listed != [(feed.kind, feed.term, feed.slug) for feed in feeds]:
        return (VERIFY_LIST.at(document.path, "the feeds are not those of this build"),)
    if {path: digest for some in lists for path, digest in some.items()} != dict(files):
        return (VERIFY_LIST.at(document.path, "the files are not those of this build"),)
    return ()


def _check_head(path: str, read: _ReadFeed, feed: Feed, form: Format) -> Iterable[Problem]:
    yield from _differences(VERIFY_SELF, path, [("", read.self_url, feed.self_url(form))])
    pairs = (
        ("title", read.title, feed.title),
        ("link", read.home_url, feed.home_url),
        ("language", read.language, feed.language),
        ("id", read.id, feed.url if read.id is not None else None),
        ("podcast", read.podcast, _values(feed.podcast) if form == "rss" else _NOTHING),
        ("updated", read.updated_ms, _to_second(feed.updated_ms, form) if form != "json" else None),
    )
    yield from _differences(VERIFY_HEAD, path, pairs)


def _differences(
    code: Code, path: str, pairs: Iterable[tuple[str, object, object]], *, owner: str = ""
) -> Iterable[Problem]:
    """Yield a problem for each pair of values that differ; a pair has a name before it."""
    for name, found, expected in pairs:
        if found != expected:
            yield code.at(path, f"{owner}{_short(found)} instead of {_short(expected)}", field=name)


def _check_ids(path: str, entries: Sequence[_ReadEntry]) -> Iterable[Problem]:
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            yield VERIFY_IDS.at(path, f"two entries have the id {entry.id!r}", field="id")
        elif not _URI.fullmatch(entry.id):
            yield VERIFY_IDS.at(path, f"{entry.id!r} is not a URI", field="id")
        seen.add(entry.id)


def _check_entries(
    path: str, read: Sequence[_ReadEntry], entries: Sequence[Entry], form: Format, *, is_podcast: bool
) -> Iterable[Problem]:
    found, expected = [entry.id for entry in read], [entry.id for entry in entries]
    if found != expected:
        yield VERIFY_ENTRIES.at(path, _first_difference(found, expected))
        return
    for one, entry in zip(read, entries, strict=True):
        content = with_page(entry.content_html, entry.url) if form == "rss" else entry.content_html
        title = "" if entry.is_untitled and form != "atom" else entry.title
        pairs = (
            ("title", one.title, title),
            ("link", one.url, entry.url),
            ("published", one.published_ms, _to_second(entry.published_ms, form)),
            ("updated", one.updated_ms, entry.updated_ms if form != "rss" else None),
            ("image", one.image, entry.image),
            ("podcast", one.podcast, _values(entry.podcast) if is_podcast and form == "rss" else _NOTHING),
            ("content", _with_line_feeds(one.content), _with_line_feeds(content)),
        )
        yield from _differences(VERIFY_ENTRY, path, pairs, owner=f"entry {entry.id}: ")


def _check_addresses(path: str, read: _ReadFeed) -> Iterable[Problem]:
    addresses = [("the feed", address) for address in (read.self_url, read.home_url)]
    addresses += [(f"entry {entry.id}", address) for entry in read.entries for address in (entry.url, *entry.links)]
    for owner, address in addresses:
        if not _WEB.fullmatch(address):
            yield VERIFY_ADDRESS.at(path, f"{owner}: {address!r} is not an absolute web address", field="link")


def _first_difference(found: Sequence[str], expected: Sequence[str]) -> str:
    if len(found) != len(expected):
        return f"{len(found)} entries instead of {len(expected)}"
    pairs = enumerate(zip(found, expected, strict=True), 1)
    return next(f"entry {no} is {one!r} instead of {other!r}" for no, (one, other) in pairs if one != other)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _with_line_feeds(text: str) -> str:
    """Return the text with the line ends that XML parsers give (XML 1.0 section 2.11); HTML treats all alike."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _to_second(milliseconds: int, form: Format) -> int:
    return milliseconds // 1000 * 1000 if form == "rss" else milliseconds


def _parse_xml(content: bytes) -> _Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _UnreadableError(str(error)) from error


def _parse_json(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content.decode())
    except ValueError as error:
        raise _UnreadableError(str(error)) from error
    if not isinstance(value, dict):
        raise _UnreadableError("it is not a JSON object")
    return value


def _read_atom(content: bytes) -> _ReadFeed:
    root = _parse_xml(content)
    if root.tag != _ATOM + "feed":
        raise _UnreadableError(f"its outermost element is {root.tag}")
    parts = _children(root)
    return _ReadFeed(
        title=_text(parts, _ATOM_TITLE),
        home_url=_atom_link(parts, "alternate"),
        self_url=_atom_link(parts, "self"),
        language=root.get(_LANG, ""),
        id=_text(parts, _ATOM_ID),
        updated_ms=_rfc3339(_text(parts, _ATOM_UPDATED)),
        entries=tuple(map(_read_atom_entry, parts.get(_ATOM_ENTRY, ()))),
    )


def _read_atom_entry(entry: _Element) -> _ReadEntry:
    parts = _children(entry)
    return _ReadEntry(
        id=_text(parts, _ATOM_ID),
        title=_text(parts, _ATOM_TITLE),
        url=_atom_link(parts, "alternate"),
        published_ms=_rfc3339(_text(parts, _ATOM_PUBLISHED)),
        updated_ms=_rfc3339(_text(parts, _ATOM_UPDATED)),
        content=_text(parts, _ATOM_CONTENT),
        links=tuple([link.get("href", "") for link in parts.get(_ATOM_LINK, ())]),
        image=_media_url(parts),
    )


def _read_rss(content: bytes) -> _ReadFeed:
    channel = _parse_xml(content).find("channel")
    if channel is None:
        raise _UnreadableError("it has no channel")
    parts = _children(channel)
    return _ReadFeed(
        title=_text(parts, "title"),
        home_url=_text(parts, "link"),
        self_url=_atom_link(parts, "self"),
        language=_text(parts, "language"),
        updated_ms=_rfc822(_text(parts, "lastBuildDate")),
        podcast=_podcast(parts),
        entries=tuple(map(_read_rss_item, parts.get("item", ()))),
    )


def _read_rss_item(item: _Element) -> _ReadEntry:
    parts = _children(item)
    return _ReadEntry(
        id=_text(parts, "guid"),
        title=_text(parts, "title"),
        url=_text(parts, "link"),
        published_ms=_rfc822(_text(parts, "pubDate")),
        content=_text(parts, _CONTENT),
        links=tuple([enclosure.get("url", "") for enclosure in parts.get("enclosure", ())]),
        image=_media_url(parts),
        podcast=_podcast(parts),
    )


def _read_json(content: bytes) -> _ReadFeed:
    feed = _parse_json(content)
    items = feed.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _UnreadableError("it has no list of items")
    return _ReadFeed(
        title=_string(feed, "title"),
        home_url=_string(feed, "home_page_url"),
        self_url=_string(feed, "feed_url"),
        language=_string(feed, "language"),
        entries=tuple(_read_json_item(item) for item in items),
    )


def _read_json_item(item: dict[str, Any]) -> _ReadEntry:
    attachments = item.get("attachments", [])
    others = [_string(item, key) for key in ("external_url", "image") if key in item]
    return _ReadEntry(
        id=_string(item, "id"),
        title=_string(item, "title"),
        url=_string(item, "url"),
        published_ms=_rfc3339(_string(item, "date_published")),
        updated_ms=_rfc3339(_string(item, "date_modified")),
        content=_string(item, "content_html"),
        links=(*(_string(attachment, "url") for attachment in attachments), *others),
        image=_string(item, "image"),
    )


def _string(table: dict[str, Any], key: str) -> str:
    """Return the text under the key, or ""."""
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _children(parent: _Element) -> dict[str, list[_Element]]:
    """Return the children by name, in one pass: a search for each name would take several."""
    found: dict[str, list[_Element]] = defaultdict(list)
    for child in parent:
        found[child.tag].append(child)
    return found


def _text(parts: dict[str, list[_Element]], name: str) -> str:
    """Return the text of the only child of that name, or "" for no child or several."""
    found = parts.get(name, ())
    return found[0].text or "" if len(found) == 1 else ""


def _podcast(parts: dict[str, list[_Element]]) -> frozenset[str]:
    """Return every text and every attribute of the elements of podcasts."""
    tops = [element for tag in parts if tag.startswith(_OF_PODCASTS) for element in parts[tag]]
    if not tops:
        return _NOTHING
    found = [text for top in tops for each in top.iter() for text in (each.text, *each.attrib.values())]
    return frozenset(text.strip() for text in found if text and text.strip())


def _values(facts: Iterable[Fact]) -> frozenset[str]:
    """Return every text and every attribute that the elements of podcasts have for facts."""
    found: set[str] = set()
    for fact in (fact for fact in facts if fact.key != "copyright"):
        found.update(value for _, value in fact.attributes)
        found.update(part.strip() for part in (fact.text.split(">") if fact.key == "categories" else [fact.text]))
    return frozenset(found - {""})


def _media_url(parts: dict[str, list[_Element]]) -> str:
    """Return the address of the picture of Media RSS, or ""."""
    found = parts.get(_MEDIA)
    return found[0].get("url", "") if found else ""


def _atom_link(parts: dict[str, list[_Element]], relation: str) -> str:
    found = [link.get("href", "") for link in parts.get(_ATOM_LINK, ()) if link.get("rel") == relation]
    return found[0] if len(found) == 1 else ""


# feeds and formats share entries, so the same times are parsed again soon
@lru_cache(maxsize=16_384)
def _rfc3339(text: str) -> int | None:
    try:
        return _milliseconds(datetime.fromisoformat(text))
    except (ValueError, TypeError):
        return None


@lru_cache(maxsize=16_384)
def _rfc822(text: str) -> int | None:
    try:
        return _milliseconds(parsedate_to_datetime(text))
    except (ValueError, TypeError):
        return None


def _milliseconds(time: datetime) -> int:
    return (time - EPOCH) // timedelta(milliseconds=1)


_FORMS: dict[str, Format] = {media_type: form for form, media_type in MEDIA_TYPES.items()}
_READERS = {"atom": _read_atom, "rss": _read_rss, "json": _read_json}
