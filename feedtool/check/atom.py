"""Atom documents -> findings (RFC 4287): feeds, entries that stand alone, what their texts contain; and OPML 2.0.

In: the outermost element. Pure; linear.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from urllib.parse import urljoin

from feedtool import syntax
from feedtool.check import grammar, links, values
from feedtool.check.grammar import MISSING, Rule, attributes_of, elements_in, finding, name_of, text, text_at, text_of
from feedtool.check.links import EntryFacts, check_entries
from feedtool.check.values import Element, Finding, Findings, Position, Scope, shown
from feedtool.problems import Code

TEXT_TYPE = Code.error("check-text-type")(
    "The type of a text is not text, html, xhtml or, for content, a media type (RFC 4287 sections 3.1.1 and 4.1.3.1).",
    'Write type="html" for HTML, type="text" for plain text.',
)
XHTML_DIV = Code.error("check-xhtml-div")(
    'A text with type="xhtml" must contain exactly one div of XHTML and nothing beside it (RFC 4287 section 3.1.1.3).',
    'Put everything into <div xmlns="http://www.w3.org/1999/xhtml">.',
)
BASE64 = Code.error("check-base64")(
    "Content of a type that is neither text nor XML is not in Base64 (RFC 4287 section 4.1.3.3).",
    "Encode it, or link to it as an enclosure.",
)
CONTENT_SOURCE = Code.warning("check-content-source")(
    "Content with src has no type, so readers do not know whether they can show it (RFC 4287 section 4.1.3.2).",
    "Add the type of the document that src names.",
)
NO_TEXT = Code.warning("check-no-text")(
    "An entry has neither content nor summary (RFC 4287 section 4.1.2).", "Add a summary."
)
ORDER = Code.error("check-order")(
    "An element of the feed comes after its entries, where readers that stop early miss it (RFC 4287 appendix B)."
)
SOURCE_FACTS = Code.warning("check-source-facts")(
    "The source of an entry lacks the id, title or updated of the feed it came from (RFC 4287 section 4.2.11)."
)

OPML_VERSION = Code.error("check-opml-version")(
    "This version of OPML does not exist (OPML 2.0).", 'Write version="2.0".'
)
OUTLINE_FEED = Code.warning("check-outline-feed")(
    "An outline lacks what its type needs, so readers do not import it (OPML 2.0, subscription lists).",
    'Write type="rss" with text, title and xmlUrl, for Atom feeds too.',
)

_ATOM, _HISTORY = grammar.ATOM, grammar.HISTORY
_XHTML = "{http://www.w3.org/1999/xhtml}"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
#: attributes of outlines that are feeds
_FOR_FEEDS = frozenset(("description", "htmlUrl", "language", "title", "version", "xmlUrl"))


def check(root: Element, scope: Scope) -> Findings:
    """Check a feed or an entry."""
    rule = _FEED if root.tag == _ATOM + "feed" else _ENTRY
    yield from grammar.check_element(root, rule, scope, _EXTENSIONS)


def _feed(element: Element, scope: Scope) -> Findings:
    inside = elements_in(element)
    feed = feed_links(element, needs_self=True)
    if not grammar.has_language(element):
        yield values.no_language(element.sourceline, "feed@xml:lang")
    yield from links.check_alternates(feed.links)
    yield from links.check_feed(feed, scope)
    for child in after_first(_ATOM + "entry", inside):
        if child.tag.startswith(_ATOM):
            yield finding(ORDER, child, "it comes after an entry")
    entries = [child for child in inside if child.tag == _ATOM + "entry"]
    if element.find(_ATOM + "author") is None:
        yield from _authors(entries)
    facts = (facts_of(entry, _ATOM + "id", _ATOM + "updated") for entry in entries)
    yield from check_entries(facts, is_fatal=False)


def feed_links(element: Element, *, needs_self: bool) -> links.FeedLinks:
    """Return the atom:links of a feed or a channel."""
    return links.FeedLinks(
        line=element.sourceline,
        field=element.tag.rpartition("}")[2],
        links=links_of(element),
        is_archive=element.find(_HISTORY + "archive") is not None,
        is_complete=element.find(_HISTORY + "complete") is not None,
        needs_self=needs_self,
    )


def after_first(tag: str, inside: list[Element]) -> list[Element]:
    """Return the elements of another tag that come after the first with this one."""
    first = next((at for at, child in enumerate(inside) if child.tag == tag), len(inside))
    return [child for child in inside[first:] if child.tag != tag]


def facts_of(entry: Element, id_tag: str, updated_tag: str = "") -> EntryFacts:
    """Return what has to be compared between entries."""
    own = entry.find(id_tag)
    return EntryFacts(
        line=entry.sourceline if own is None else own.sourceline,
        field=id_tag.rpartition("}")[2],
        id=text_at(entry, id_tag),
        updated=text_at(entry, updated_tag) if updated_tag else "",
    )


def _authors(entries: list[Element]) -> Findings:
    """RFC 4287 section 4.1.1: a feed has an author unless every entry, or its source, has one."""
    for entry in entries:
        if entry.find(_ATOM + "author") is None and entry.find(f"{_ATOM}source/{_ATOM}author") is None:
            yield Finding(MISSING, entry.sourceline, "author", "neither entry nor feed has an author")


def _entry(element: Element, _: Scope) -> Findings:
    if element.getparent() is None:
        yield from _authors([element])
    found = links_of(element)
    yield from links.check_alternates(found)
    yield from links.check_entry(found)
    content, summary = element.find(_ATOM + "content"), element.find(_ATOM + "summary")
    line = element.sourceline
    if content is None and not any(link.relation == "alternate" for link in found):
        yield Finding(MISSING, line, "entry", "the entry has neither content nor a link of its own", "Add a link.")
    if content is None and summary is None:
        yield Finding(NO_TEXT, line, "entry", "the entry has neither content nor summary")
    if content is not None and summary is None and (content.get("src") is not None or _is_binary(content.get("type"))):
        yield Finding(MISSING, line, "entry", "content that is not text itself needs a summary")


def _source(element: Element, _: Scope) -> Findings:
    missing = [name for name in ("id", "title", "updated") if element.find(_ATOM + name) is None]
    if missing:
        yield Finding(SOURCE_FACTS, element.sourceline, "source", f"the source has no {', '.join(missing)}")
    yield from links.check_alternates(links_of(element))


def links_of(element: Element) -> list[links.Link]:
    """Return the atom:links in an element."""
    found = []
    for link in element.iterchildren(_ATOM + "link"):
        relation, address, kind, language = (link.get(key, "").strip() for key in ("rel", "href", "type", "hreflang"))
        relation = relation.removeprefix(links.REGISTRY) or "alternate"
        resolved = _resolved(link, address)
        found.append(links.Link(link.sourceline, name_of(link), relation, address, resolved, kind, language))
    return found


def _resolved(element: Element, address: str) -> str:
    """Return the address against every xml:base above it; the parser's own base would be the file."""
    for node in (element, *element.iterancestors()):
        try:
            address = urljoin(node.get(_XML_BASE, ""), address)
        except ValueError:
            return address
    return address


def _text(element: Element, scope: Scope) -> Findings:
    """Check a text construct: title, subtitle, summary, rights (RFC 4287 section 3.1)."""
    kind = element.get("type", "text")
    if kind not in ("text", "html", "xhtml"):
        yield _wrong_type(element, f"{shown(kind)} is not one of them")
    elif kind == "xhtml":
        yield from _xhtml(element, scope)
    else:
        yield from _inline(element, kind, scope)


def _content(element: Element, scope: Scope) -> Findings:
    """Check the content of an entry (RFC 4287 section 4.1.3)."""
    kind, source = element.get("type"), element.get("src")
    if source is not None:
        yield from _remote(element, kind)
    if kind in (None, "text", "html", "xhtml"):
        if source is None:
            yield from _text(element, scope)
        elif kind is not None:
            yield _wrong_type(element, f"{shown(kind)} is not the type of another document")
        return
    media = kind.strip().lower()
    if media.startswith(("multipart/", "message/")) or not syntax.is_media_type(media):
        yield _wrong_type(element, f"{shown(kind)} is not the type of one document")
    elif source is not None:
        return
    elif _is_binary(kind):
        yield from _base64(element)
    elif media.startswith("text/"):
        yield from _inline(element, "html" if media.startswith("text/html") else "text", scope)
    elif elements_in(element):
        yield from grammar.stray_text(element)


def _wrong_type(element: Element, message: str) -> Finding:
    return Finding(TEXT_TYPE, element.sourceline, name_of(element) + "@type", message)


def _is_binary(kind: str | None) -> bool:
    """Return whether content of this type is in Base64 (RFC 4287 section 4.1.3.3)."""
    bare = (kind or "").partition(";")[0].strip().lower()
    return "/" in bare and not bare.startswith("text/") and not bare.endswith(("+xml", "/xml"))


def _remote(element: Element, kind: str | None) -> Findings:
    for child in elements_in(element):
        yield finding(grammar.UNKNOWN, child, "content with src is empty")
    if text_of(element).strip():
        yield finding(grammar.UNKNOWN, element, "content with src is empty")
    if kind is None:
        yield finding(CONTENT_SOURCE, element, "content with src has no type")


def _inline(element: Element, kind: str, scope: Scope) -> Findings:
    yield from grammar.only_text(element)
    position, value = grammar.position_of(element, scope), text_of(element)
    yield from values.not_blank(value.strip(), position)
    yield from values.html(value, position) if kind == "html" else values.plain_text(value, position)


def _xhtml(element: Element, scope: Scope) -> Findings:
    inside = elements_in(element)
    is_beside = (element.text or "").strip() or any((child.tail or "").strip() for child in inside)
    if len(inside) != 1 or inside[0].tag != _XHTML + "div" or is_beside:
        yield finding(XHTML_DIV, element, "it is not one div of XHTML")
        return
    for inner in inside[0].iter("*"):
        if inner.tag.startswith(_XHTML):
            attributes = {key: value for key, value in attributes_of(inner).items() if not key.startswith("{")}
            position = Position(inner.sourceline, name_of(element), scope)
            yield from values.start_tag(inner.tag.removeprefix(_XHTML), attributes, position)
        elif not inner.tag.startswith("{") or inner.tag.startswith(_ATOM):
            yield finding(grammar.UNKNOWN, inner, "it is not an element of XHTML")
        elif inner.tag.startswith(tuple(grammar.NAMESPACES)):
            yield finding(grammar.UNKNOWN, inner, "it is inside a text of XHTML")


def _base64(element: Element) -> Findings:
    bare = re.sub(r"\s+", "", text_of(element))
    try:
        base64.b64decode(bare.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        yield finding(BASE64, element, f"{shown(bare)} is not Base64: {error}")


def check_outlines(root: Element, scope: Scope) -> Findings:
    """Check a document whose outermost element is opml."""
    yield from grammar.check_element(root, _OPML, scope, _OPML_EXTENSIONS)


def _outlines(body: Element, scope: Scope) -> Findings:
    """Check each outline by itself, for they may nest to any depth."""
    if body.find("outline") is None:
        yield Finding(MISSING, body.sourceline, "outline", "the body has no outline")
    for element in body.iter("*"):
        if element.tag == "outline":
            yield from grammar.check_element(element, _OUTLINE, scope, _OPML_EXTENSIONS)
            yield from _typed(element)
        elif element is not body and not element.tag.startswith("{"):
            yield finding(grammar.UNKNOWN, element, "the body may contain outlines only")


def _typed(outline: Element) -> Findings:
    kind, line = outline.get("type", "").lower(), outline.sourceline
    needed = {"rss": ("xmlUrl", "title"), "link": ("url",), "include": ("url",)}.get(kind, ())
    for name in needed:
        if name not in outline.attrib:
            yield Finding(OUTLINE_FEED, line, f"outline@{name}", f"an outline of type {kind} has no {name}")
    if "type" not in outline.attrib and not _FOR_FEEDS.isdisjoint(outline.attrib):
        yield Finding(OUTLINE_FEED, line, "outline@type", "an outline with the attributes of a feed has no type")


def _tags(**rules: Rule) -> dict[str, Rule]:
    return {_ATOM + name: rule for name, rule in rules.items()}


_DATE = text(values.date_3339, is_tight=True)
_ID = text(links.entry_id, is_tight=True)
_TEXT = Rule(element_check=_text, attributes={"type": text()}, is_free=True)
_REQUIRED = _tags(
    id=replace(_ID, is_required=True), title=replace(_TEXT, is_required=True), updated=replace(_DATE, is_required=True)
)
_PERSON = Rule(
    may_repeat=True,
    children=_tags(
        name=text(values.plain_text, values.not_blank, is_required=True),
        email=text(values.mail),
        uri=text(links.iri_reference, values.not_blank, is_tight=True),
    ),
)
_CATEGORY = Rule(
    may_repeat=True,
    is_free=True,
    attributes={
        "term": text(values.not_blank, is_required=True),
        "scheme": text(links.iri),
        "label": text(values.plain_text),
    },
)
LINK = Rule(
    may_repeat=True,
    is_free=True,
    attributes={
        "href": text(links.iri_reference, is_required=True),
        "rel": text(values.not_blank),
        "type": text(values.media_type),
        "hreflang": text(values.language),
        "title": text(values.not_blank, values.plain_text),
        "length": text(values.number()),
        grammar.THREAD + "count": text(values.number()),
        grammar.THREAD + "updated": text(values.date_3339),
    },
)
_ABOUT = _tags(author=_PERSON, category=_CATEGORY, contributor=_PERSON, link=LINK, rights=_TEXT)
_IMAGE = text(links.uri_reference, values.not_blank, is_tight=True)
_GENERATOR = {"uri": text(links.uri_reference), "version": text()}
_HEAD = _ABOUT | _tags(
    generator=text(values.not_blank, values.plain_text, attributes=_GENERATOR), icon=_IMAGE, logo=_IMAGE, subtitle=_TEXT
)
_SOURCE = Rule(element_check=_source, children=_HEAD | _tags(id=_ID, title=_TEXT, updated=_DATE))
_CONTENT = Rule(element_check=_content, attributes={"type": text(), "src": text(links.uri_reference)}, is_free=True)
_ENTRY = Rule(
    may_repeat=True,
    element_check=_entry,
    children=grammar.IN_ENTRIES
    | _ABOUT
    | _REQUIRED
    | _tags(published=_DATE, content=_CONTENT, summary=_TEXT, source=_SOURCE),
)
_FEED = Rule(element_check=_feed, children=_HEAD | _REQUIRED | _tags(entry=_ENTRY))
_EXTENSIONS = grammar.vocabulary(_ATOM, {})
_NUMBER = text(values.number())
_SWITCH = text(values.expect(values.CHOICE, "one of true, false", re.compile("(?ai)true|false").fullmatch))
_OUTLINE = Rule(
    is_free=True,
    attributes={
        **dict.fromkeys(("category", "description", "title", "type", "version"), text()),
        "text": text(is_required=True),
        "created": text(values.date_822),
        **dict.fromkeys(("htmlUrl", "url", "xmlUrl"), text(links.uri)),
        "language": text(values.language),
        **dict.fromkeys(("isBreakpoint", "isComment"), _SWITCH),
    },
)
_OPML_HEAD = Rule(
    is_required=True,
    children={
        **dict.fromkeys(("title", "ownerName"), text()),
        **dict.fromkeys(("dateCreated", "dateModified"), text(values.date_822)),
        "ownerEmail": text(values.mail),
        "ownerId": text(links.web_address),
        "docs": text(links.uri),
        "expansionState": text(values.numbers),
        **dict.fromkeys(("vertScrollState", "windowTop", "windowLeft", "windowBottom", "windowRight"), _NUMBER),
    },
)
_OPML = Rule(
    attributes={
        "version": text(
            values.expect(OPML_VERSION, "a version of OPML", ("1.0", "1.1", "2.0").__contains__), is_required=True
        )
    },
    children={"head": _OPML_HEAD, "body": Rule(is_required=True, is_free=True, element_check=_outlines)},
)
_OPML_EXTENSIONS = grammar.vocabulary("", {})
