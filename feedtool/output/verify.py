"""Documents -> problems: parse each document again, and compare it with the values that it was made from.

In: the bytes to be published, and those values. Out: problems of level "error"; none if the document is good.
Never repairs, and never fetches: entities and the network are off. It shares no code with the generators, so that it
does not repeat their mistakes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from typing import Any, TypeAlias

from lxml import etree

from feedtool.config.podcast_table import NAMESPACES
from feedtool.model import MEDIA_TYPES, Document, Entry, Fact, Feed, Format
from feedtool.problems import Code, Problem
from feedtool.syntax import EPOCH, later
from feedtool.urls import with_page

#: lxml has no public class for its elements
_Element: TypeAlias = Any
_Children: TypeAlias = dict[str, list[_Element]]

_ATOM = "{http://www.w3.org/2005/Atom}"
_ATOM_CONTENT, _ATOM_ENTRY, _ATOM_ID, _ATOM_LINK = (_ATOM + name for name in ("content", "entry", "id", "link"))
_ATOM_PUBLISHED, _ATOM_TITLE, _ATOM_UPDATED = (_ATOM + name for name in ("published", "title", "updated"))
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_MEDIA = "{http://search.yahoo.com/mrss/}thumbnail"
_NOTHING: frozenset[str] = frozenset()
_OF_PODCASTS = tuple(f"{{{namespace}}}" for namespace in NAMESPACES.values())
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_WEB = later(r"https?://[!-~]+")
_URI = later(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")

_REPORT = "The file of the last build is kept. This is a bug in feedtool: please report it with the post."

VERIFY_XML = Code.error("verify-xml")("The document is not well-formed XML, so no reader could open it.", _REPORT)
VERIFY_JSON = Code.error("verify-json")("The document is not a JSON Feed, so no reader could open it.", _REPORT)
VERIFY_HEAD = Code.error("verify-head")(
    "The document's title, address, language or time differs from the feed's.", _REPORT
)
VERIFY_SELF = Code.error("verify-self")(
    "The document's self link differs from the address that it is published at.", _REPORT
)
VERIFY_IDS = Code.error("verify-ids")(
    "Two entries have the same id, or an id is not a URI; readers would lose an entry.", _REPORT
)
VERIFY_ENTRIES = Code.error("verify-entries")(
    "The document has other entries than the feed, or another order.", _REPORT
)
VERIFY_ENTRY = Code.error("verify-entry")("An entry's title, time, link or content differs in the document.", _REPORT)
VERIFY_ADDRESS = Code.error("verify-address")(
    "An address is relative, or has characters that must be percent-encoded.", _REPORT
)
VERIFY_LIST = Code.error("verify-list")("A list of feeds or files differs from those of this build.", _REPORT)


#: what a reader understands of a feed or an entry, by name; a format has no value for what it cannot say
_Values: TypeAlias = Mapping[str, Any]


class _UnreadableError(ValueError):
    """A reader could not parse the document; the message says why."""


def verify(document: Document, feed: Feed, entries: Sequence[Entry]) -> tuple[Problem, ...]:
    """Return the faults of a feed's document; `entries` are its expected entries, in their order.

    Raises KeyError if the document's media type is not a feed's.
    """
    form = _FORMS[document.media_type]
    # a content that is the expected one is held once: they take the most memory
    texts = {entry.id: entry.content_html for entry in entries}
    try:
        read, every = _READERS[form](document.content, texts)
        found = [{**one, "content": _one_of(one["content"], texts.get(one["id"]))} for one in every]
    except _UnreadableError as error:
        code = VERIFY_JSON if form == "json" else VERIFY_XML
        return (code.at(document.path, str(error)),)
    return (
        *_check_head(document.path, read, feed, form),
        *_check_ids(document.path, found),
        *_check_entries(document.path, found, entries, form, is_podcast=bool(feed.podcast)),
        *_check_addresses(document.path, read, found),
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
        read = [_parse_json(part.content) for part in parts]
    except _UnreadableError as error:
        return (VERIFY_JSON.at(document.path, str(error)),)
    listed = [(feed.get("kind"), feed.get("term"), feed.get("slug")) for feed in manifest.get("feeds", [])]
    if listed != [(feed.kind, feed.term, feed.slug) for feed in feeds]:
        return (VERIFY_LIST.at(document.path, "the feeds are not those of this build"),)
    states = {key: state[:2] for part in read for key, state in part.get("states", {}).items()}
    if states != {feed.key: [len(feed.entry_ids), feed.updated_ms] for feed in feeds}:
        return (VERIFY_LIST.at(document.path, "the ledger has other feeds than this build"),)
    if {path: digest for part in read for path, digest in part.get("files", {}).items()} != dict(files):
        return (VERIFY_LIST.at(document.path, "the files are not those of this build"),)
    return ()


def _check_head(path: str, read: _Values, feed: Feed, form: Format) -> Iterable[Problem]:
    yield from _differences(VERIFY_SELF, path, {"": read["self"]}, {"": feed.self_url(form)})
    expected = {
        "title": feed.title,
        "link": feed.home_url,
        "language": feed.language,
        "id": feed.url,
        "podcast": _values(feed.podcast),
        "updated": _to_second(feed.updated_ms, form),
    }
    yield from _differences(VERIFY_HEAD, path, read, expected)


def _differences(code: Code, path: str, read: _Values, expected: _Values, *, owner: str = "") -> Iterable[Problem]:
    """Yield a problem for each expected value that was read and is another one."""
    for name, value in expected.items():
        if name in read and read[name] != value:
            yield code.at(path, f"{owner}{_short(read[name])} instead of {_short(value)}", field=name)


def _check_ids(path: str, entries: Sequence[_Values]) -> Iterable[Problem]:
    seen: set[str] = set()
    for entry_id in (entry["id"] for entry in entries):
        if entry_id in seen:
            yield VERIFY_IDS.at(path, f"two entries have the id {entry_id!r}", field="id")
        elif not _URI.fullmatch(entry_id):
            yield VERIFY_IDS.at(path, f"{entry_id!r} is not a URI", field="id")
        seen.add(entry_id)


def _check_entries(
    path: str, read: Sequence[_Values], entries: Sequence[Entry], form: Format, *, is_podcast: bool
) -> Iterable[Problem]:
    found, expected = [entry["id"] for entry in read], [entry.id for entry in entries]
    if found != expected:
        yield VERIFY_ENTRIES.at(path, _first_difference(found, expected))
        return
    for one, entry in zip(read, entries, strict=True):
        content = with_page(entry.content_html, entry.url) if form == "rss" else entry.content_html
        values = {
            "title": "" if entry.is_untitled and form != "atom" else entry.title,
            "link": entry.url,
            "published": _to_second(entry.published_ms, form),
            "updated": entry.updated_ms,
            "image": entry.image,
            "podcast": _values(entry.podcast) if is_podcast else _NOTHING,
            "content": _with_line_feeds(content),
        }
        yield from _differences(VERIFY_ENTRY, path, one, values, owner=f"entry {entry.id}: ")


def _check_addresses(path: str, read: _Values, entries: Sequence[_Values]) -> Iterable[Problem]:
    addresses = [("the feed", read[name]) for name in ("self", "link")]
    addresses += [(f"entry {one['id']}", address) for one in entries for address in (one["link"], *one["links"])]
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
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _one_of(text: str, known: str | None) -> str:
    """Return the known text where it is the same."""
    return known if known is not None and text == known else text


def _to_second(milliseconds: int, form: Format) -> int:
    return milliseconds // 1000 * 1000 if form == "rss" else milliseconds


def _parse_xml(content: bytes) -> _Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _UnreadableError(str(error)) from error


def _parse_json(content: bytes, changed: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> dict[str, Any]:
    try:
        value = json.loads(content.decode(), object_hook=changed)
    except ValueError as error:
        raise _UnreadableError(str(error)) from error
    if not isinstance(value, dict):
        raise _UnreadableError("it is not a JSON object")
    return value


def _read_atom(content: bytes, _: Mapping[str, str]) -> tuple[_Values, Iterator[_Values]]:
    root = _parse_xml(content)
    if root.tag != _ATOM + "feed":
        raise _UnreadableError(f"its outermost element is {root.tag}")
    parts = _children(root)
    feed = {
        "title": _text(parts, _ATOM_TITLE),
        "link": _atom_link(parts, "alternate"),
        "self": _atom_link(parts, "self"),
        "language": root.get(_LANG, ""),
        "id": _text(parts, _ATOM_ID),
        "updated": _rfc3339(_text(parts, _ATOM_UPDATED)),
    }
    return feed, (_read_atom_entry(_children(entry)) for entry in parts.get(_ATOM_ENTRY, ()))


def _read_atom_entry(parts: _Children) -> _Values:
    return {
        "id": _text(parts, _ATOM_ID),
        "title": _text(parts, _ATOM_TITLE),
        "link": _atom_link(parts, "alternate"),
        "published": _rfc3339(_text(parts, _ATOM_PUBLISHED)),
        "updated": _rfc3339(_text(parts, _ATOM_UPDATED)),
        "content": _with_line_feeds(_text(parts, _ATOM_CONTENT)),
        "links": [link.get("href", "") for link in parts.get(_ATOM_LINK, ())],
        "image": _media_url(parts),
    }


def _read_rss(content: bytes, _: Mapping[str, str]) -> tuple[_Values, Iterator[_Values]]:
    channel = _parse_xml(content).find("channel")
    if channel is None:
        raise _UnreadableError("it has no channel")
    parts = _children(channel)
    feed = {
        "title": _text(parts, "title"),
        "link": _text(parts, "link"),
        "self": _atom_link(parts, "self"),
        "language": _text(parts, "language"),
        "updated": _rfc822(_text(parts, "lastBuildDate")),
        "podcast": _podcast(parts),
    }
    return feed, (_read_rss_item(_children(item)) for item in parts.get("item", ()))


def _read_rss_item(parts: _Children) -> _Values:
    return {
        "id": _text(parts, "guid"),
        "title": _text(parts, "title"),
        "link": _text(parts, "link"),
        "published": _rfc822(_text(parts, "pubDate")),
        "content": _with_line_feeds(_text(parts, _CONTENT)),
        "links": [enclosure.get("url", "") for enclosure in parts.get("enclosure", ())],
        "image": _media_url(parts),
        "podcast": _podcast(parts),
    }


def _read_json(content: bytes, texts: Mapping[str, str]) -> tuple[_Values, Iterator[_Values]]:
    def shared(table: dict[str, Any]) -> dict[str, Any]:
        text = _string(table, "content_html")
        return {**table, "content_html": _one_of(text, texts.get(_string(table, "id")))} if text else table

    feed = _parse_json(content, shared)
    items = feed.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _UnreadableError("it has no list of items")
    names = {"title": "title", "link": "home_page_url", "self": "feed_url", "language": "language"}
    return {name: _string(feed, key) for name, key in names.items()}, map(_read_json_item, items)


def _read_json_item(item: dict[str, Any]) -> _Values:
    attachments = item.get("attachments", [])
    others = [_string(item, key) for key in ("external_url", "image") if key in item]
    return {
        "id": _string(item, "id"),
        "title": _string(item, "title"),
        "link": _string(item, "url"),
        "published": _rfc3339(_string(item, "date_published")),
        "updated": _rfc3339(_string(item, "date_modified")),
        "content": _with_line_feeds(_string(item, "content_html")),
        "links": [*(_string(attachment, "url") for attachment in attachments), *others],
        "image": _string(item, "image"),
    }


def _string(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _children(parent: _Element) -> _Children:
    """Return the children by name, in one pass: a search for each name would take several."""
    found: _Children = defaultdict(list)
    for child in parent:
        found[child.tag].append(child)
    return found


def _text(parts: _Children, name: str) -> str:
    """Return the text of the only child of that name, or "" for no child or several."""
    found = parts.get(name, ())
    return found[0].text or "" if len(found) == 1 else ""


def _podcast(parts: _Children) -> frozenset[str]:
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


def _media_url(parts: _Children) -> str:
    found = parts.get(_MEDIA)
    return found[0].get("url", "") if found else ""


def _atom_link(parts: _Children, relation: str) -> str:
    found = [link.get("href", "") for link in parts.get(_ATOM_LINK, ()) if link.get("rel") == relation]
    return found[0] if len(found) == 1 else ""


# feeds and formats share entries, so the same times are parsed again soon
@lru_cache(maxsize=32_768)
def _time(read: Callable[[str], datetime], text: str) -> int | None:
    try:
        return (read(text) - EPOCH) // timedelta(milliseconds=1)
    except (ValueError, TypeError):
        return None


_rfc3339, _rfc822 = partial(_time, datetime.fromisoformat), partial(_time, parsedate_to_datetime)


_FORMS: dict[str, Format] = {media_type: form for form, media_type in MEDIA_TYPES.items()}
_READERS = {"atom": _read_atom, "rss": _read_rss, "json": _read_json}
