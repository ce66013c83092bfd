"""Atom documents -> findings (RFC 4287): feeds, and entries that stand alone.

In: the outermost element. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from feedtool.check import addresses, extensions, links, values
from feedtool.check.atom_text import check_content, check_text, is_binary
from feedtool.check.entries import EntryFacts, check_entries
from feedtool.check.finding import Element, Finding, Findings, Scope
from feedtool.check.schema import MISSING, Attribute, Part, elements_in, language_above, name_of, text_of, walk
from feedtool.problems import Code

NAMESPACE = extensions.ATOM
_ATOM = f"{{{NAMESPACE}}}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_HISTORY = f"{{{extensions.HISTORY}}}"

NO_TEXT = Code(
    "check-no-text",
    "warning",
    "An entry has neither content nor summary, so that readers show its title alone (RFC 4287 section 4.1.2).",
    "Add a summary.",
)
ORDER = Code(
    "check-order",
    "error",
    "Something about the feed stands behind its entries, where the W3C validator and readers that stop early do not "
    "expect it (RFC 4287 appendix B).",
    "Move it before the first entry.",
)
SOURCE_FACTS = Code(
    "check-source-facts",
    "warning",
    "The source of an entry does not say which feed it was, of what title or when (RFC 4287 section 4.2.11).",
    "Copy id, title and updated of that feed.",
)


def check(root: Element, scope: Scope) -> Findings:
    """Check a feed or an entry."""
    part = _FEED if root.tag == _ATOM + "feed" else _ENTRY
    yield from walk(root, part, scope, _EXTENSIONS)


def _feed(element: Element, scope: Scope) -> Findings:
    found = list(_links(element))
    there = {child.tag for child in elements_in(element)}
    if not language_above(element):
        yield values.no_language(element.sourceline, "feed@xml:lang")
    yield from links.check_alternates(found)
    facts = links.FeedLinks(
        line=element.sourceline,
        field="feed",
        links=found,
        is_archive=_HISTORY + "archive" in there,
        is_complete=_HISTORY + "complete" in there,
    )
    yield from links.check_feed(facts, scope)
    yield from _order(element)
    entries = [child for child in elements_in(element) if child.tag == _ATOM + "entry"]
    if _ATOM + "author" not in there:
        yield from _authors(entries)
    yield from check_entries(map(_facts, entries), is_fatal=False)


def _order(element: Element) -> Findings:
    behind = False
    for child in elements_in(element):
        if child.tag == _ATOM + "entry":
            behind = True
        elif behind and child.tag.startswith(_ATOM):
            yield Finding(ORDER, child.sourceline, name_of(child), "it stands behind an entry")


def _authors(entries: list[Element]) -> Findings:
    """RFC 4287 section 4.1.1: a feed has an author unless every entry, or its source, has one."""
    for entry in entries:
        if entry.find(_ATOM + "author") is None and entry.find(f"{_ATOM}source/{_ATOM}author") is None:
            yield Finding(MISSING, entry.sourceline, "author", "neither entry nor feed has an author")


def _facts(entry: Element) -> EntryFacts:
    entry_id, updated = entry.find(_ATOM + "id"), entry.find(_ATOM + "updated")
    return EntryFacts(
        line=entry_id.sourceline if entry_id is not None else entry.sourceline,
        field="id",
        id=text_of(entry_id).strip() if entry_id is not None else "",
        updated=text_of(updated).strip() if updated is not None else "",
    )


def _entry(element: Element, _: Scope) -> Findings:
    if element.getparent() is None and element.find(_ATOM + "author") is None:
        yield from _authors([element])
    found = list(_links(element))
    yield from links.check_alternates(found)
    yield from links.check_entry(found)
    content, summary = element.find(_ATOM + "content"), element.find(_ATOM + "summary")
    line = element.sourceline
    if content is None and not any(link.relation == "alternate" for link in found):
        yield Finding(MISSING, line, "entry", "the entry has neither content nor a link of its own", "Add a link.")
    if content is None and summary is None:
        yield Finding(NO_TEXT, line, "entry", "the entry has neither content nor summary")
    if content is not None and summary is None and (content.get("src") is not None or is_binary(content.get("type"))):
        yield Finding(MISSING, line, "entry", "content that is not text itself needs a summary")


def _links(element: Element) -> Iterator[links.Link]:
    for child in element.iterchildren(_ATOM + "link"):
        yield link_of(child)


def link_of(element: Element) -> links.Link:
    """Return an atom:link as a value."""
    address = element.get("href", "").strip()
    return links.Link(
        line=element.sourceline,
        field=name_of(element),
        relation=links.relation_of(element.get("rel", "alternate").strip()),
        address=address,
        resolved=_resolved(element, address),
        media_type=element.get("type", "").strip(),
        language=element.get("hreflang", "").strip(),
    )


def _resolved(element: Element, address: str) -> str:
    """Return the address against the bases round it; the parser's own would take the file for one."""
    node: Element | None = element
    while node is not None:
        base = node.get(_XML + "base")
        if base:
            try:
                address = urljoin(base, address)
            except ValueError:
                return address
        node = node.getparent()
    return address


def _source(element: Element, _: Scope) -> Findings:
    missing = [name for name in ("id", "title", "updated") if element.find(_ATOM + name) is None]
    if missing:
        yield Finding(SOURCE_FACTS, element.sourceline, "source", f"the source has no {', '.join(missing)}")
    yield from links.check_alternates(list(_links(element)))


_DATE = Part(checks=(values.date_3339,), is_tight=True)
_ID = Part(checks=(addresses.entry_id,), is_required=True, is_tight=True)
_ANY_TEXT = Part(whole=(check_text,), attributes={"type": Attribute()}, is_free=True)
_PERSON = Part(
    may_repeat=True,
    children=extensions.tags(
        NAMESPACE,
        {
            "name": Part(checks=(values.plain_text, values.not_blank), is_required=True),
            "email": Part(checks=(values.mail,)),
            "uri": Part(checks=(addresses.iri_reference, values.not_blank), is_tight=True),
        },
    ),
)
_CATEGORY = Part(
    may_repeat=True,
    is_free=True,
    attributes={
        "term": Attribute(checks=(values.not_blank,), is_required=True),
        "scheme": Attribute(checks=(addresses.iri,)),
        "label": Attribute(checks=(values.plain_text,)),
    },
)
LINK = Part(
    may_repeat=True,
    is_free=True,
    attributes={
        "href": Attribute(checks=(addresses.iri_reference,), is_required=True),
        "rel": Attribute(checks=(values.not_blank,)),
        "type": Attribute(checks=(values.media_type,)),
        "hreflang": Attribute(checks=(values.language,)),
        "title": Attribute(checks=(values.not_blank, values.plain_text)),
        "length": Attribute(checks=(values.number(),)),
        f"{{{extensions.THREAD}}}count": Attribute(checks=(values.number(),)),
        f"{{{extensions.THREAD}}}updated": Attribute(checks=(values.date_3339,)),
    },
)
_ABOUT = {
    "author": _PERSON,
    "category": _CATEGORY,
    "contributor": _PERSON,
    "link": LINK,
    "rights": _ANY_TEXT,
}
_HEAD = {
    **_ABOUT,
    "generator": Part(
        checks=(values.not_blank, values.plain_text),
        attributes={"uri": Attribute(checks=(addresses.uri_reference,)), "version": Attribute()},
    ),
    "icon": Part(checks=(addresses.uri_reference, values.not_blank), is_tight=True),
    "logo": Part(checks=(addresses.uri_reference, values.not_blank), is_tight=True),
    "subtitle": _ANY_TEXT,
}
_TITLE = Part(whole=(check_text,), attributes={"type": Attribute()}, is_free=True, is_required=True)
_UPDATED = Part(checks=(values.date_3339,), is_tight=True, is_required=True)
_SOURCE = Part(
    whole=(_source,),
    children=extensions.tags(
        NAMESPACE,
        {**_HEAD, "id": Part(checks=(addresses.entry_id,), is_tight=True), "title": _ANY_TEXT, "updated": _DATE},
    ),
)
_ENTRY = Part(
    may_repeat=True,
    whole=(_entry,),
    children=extensions.IN_ENTRIES
    | extensions.tags(
        NAMESPACE,
        {
            **_ABOUT,
            "id": _ID,
            "title": _TITLE,
            "updated": _UPDATED,
            "published": _DATE,
            "content": Part(
                whole=(check_content,),
                attributes={"type": Attribute(), "src": Attribute(checks=(addresses.uri_reference,))},
                is_free=True,
            ),
            "summary": _ANY_TEXT,
            "source": _SOURCE,
        },
    ),
)
_FEED = Part(
    whole=(_feed,),
    children=extensions.tags(NAMESPACE, {**_HEAD, "id": _ID, "title": _TITLE, "updated": _UPDATED, "entry": _ENTRY}),
)
_EXTENSIONS = extensions.vocabulary(NAMESPACE)
