"""RSS documents -> findings: RSS 2.0 and 0.91 to 0.94, and the RSS Advisory Board's profile of best practices.

In: the outermost element. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from feedtool import syntax
from feedtool.check import addresses, atom, extensions, links, values
from feedtool.check.entries import EntryFacts, check_entries
from feedtool.check.finding import Element, Finding, Findings, Place, Scope, shown
from feedtool.check.html import html
from feedtool.check.rss_channel import RARE
from feedtool.check.schema import (
    ANYTHING,
    MISSING,
    Attribute,
    Part,
    elements_in,
    language_above,
    name_of,
    text_of,
    walk,
)
from feedtool.problems import Code

_ATOM = f"{{{atom.NAMESPACE}}}"
_ENCODED = f"{{{extensions.CONTENT}}}encoded"
_HISTORY = f"{{{extensions.HISTORY}}}"

VERSION = Code(
    "check-version",
    "error",
    "The document names a version of RSS or OPML that there is not (RSS 2.0; OPML 2.0).",
    'Write version="2.0".',
)
GUID_LINK = Code(
    "check-guid-link",
    "error",
    'A guid without isPermaLink="false" must be the address of a page, and this is none (RSS 2.0 guid).',
    'Add isPermaLink="false".',
)
GUID_MISSING = Code(
    "check-id-missing",
    "warning",
    "An item has no guid, so that readers guess which items are new, and show changed ones again "
    "(RSS Advisory Board profile, guid).",
    "Add a guid that never changes.",
)
DESCRIPTION_ORDER = Code(
    "check-description-order",
    "warning",
    "content:encoded stands before the description or without one, and some readers take the last of them for the "
    "content (RSS Advisory Board profile, content:encoded).",
    "Write the description first.",
)
ENCLOSURES = Code(
    "check-enclosures",
    "warning",
    "An item has more than one enclosure, and readers differ in which they take (RSS Advisory Board profile, "
    "enclosure).",
    "Keep one; publish the others as items of their own.",
)
ITEM_ORDER = Code(
    "check-item-order",
    "warning",
    "Something about the channel stands behind an item, where readers that stop early do not find it "
    "(RSS Advisory Board profile, item).",
    "Move it before the first item.",
)
TWINS = Code(
    "check-twins",
    "warning",
    "Two elements say the same thing, and readers differ in which they believe "
    "(RSS Advisory Board profile, namespace elements).",
    "Keep the one of RSS itself.",
)
ENCLOSURE_LENGTH = Code(
    "check-enclosure-length",
    "error",
    "The length of an enclosure is a number of bytes, and 0 where it is not known (RSS 2.0 enclosure).",
    "Write the number of bytes, or 0.",
)

#: what of Dublin Core and Atom means the same as an element of RSS
_TWINS: Mapping[str, tuple[str, ...]] = {
    "pubDate": (f"{{{extensions.DC}}}date", _ATOM + "published"),
    "author": (f"{{{extensions.DC}}}creator",),
    "category": (f"{{{extensions.DC}}}subject",),
    "guid": (_ATOM + "id",),
    "managingEditor": (f"{{{extensions.DC}}}creator",),
    "language": (f"{{{extensions.DC}}}language",),
    "copyright": (f"{{{extensions.DC}}}rights",),
}


def check(root: Element, scope: Scope) -> Findings:
    """Check a document whose outermost element is rss."""
    yield from walk(root, _RSS, replace(scope, version=root.get("version", "").strip()), _EXTENSIONS)


def _version(text: str, place: Place) -> Findings:
    if text not in ("2.0", "0.91", "0.92", "0.93", "0.94"):
        yield Finding(VERSION, place.line, place.field, f"there is no RSS {shown(text)}")


def _is_2(scope: Scope) -> bool:
    return scope.version in ("2.0", "")


def _channel(element: Element, scope: Scope) -> Findings:
    inside = elements_in(element)
    there = {child.tag for child in inside}
    found = [atom.link_of(child) for child in inside if child.tag == _ATOM + "link"]
    facts = links.FeedLinks(
        line=element.sourceline,
        field="channel",
        links=found,
        is_archive=_HISTORY + "archive" in there,
        is_complete=_HISTORY + "complete" in there,
        needs_self=_is_2(scope),
    )
    yield from links.check_feed(facts, scope)
    if not there & {"language", f"{{{extensions.DC}}}language"} and not language_above(element):
        yield values.no_language(element.sourceline, "language")
    yield from _twins(element, there)
    yield from _item_order(inside)
    yield from check_entries((_facts(child) for child in inside if child.tag == "item"), is_fatal=True)


def _facts(item: Element) -> EntryFacts:
    guid = item.find("guid")
    line = guid.sourceline if guid is not None else item.sourceline
    return EntryFacts(line=line, field="guid", id=text_of(guid).strip() if guid is not None else "")


def _item_order(inside: list[Element]) -> Findings:
    behind = False
    for child in inside:
        if child.tag == "item":
            behind = True
        elif behind and not child.tag.startswith("{"):
            yield Finding(ITEM_ORDER, child.sourceline, name_of(child), "it stands behind an item")


def _twins(element: Element, there: set[str]) -> Findings:
    for core, others in _TWINS.items():
        for other in others:
            if core in there and other in there:
                twin = element.find(other)
                message = f"{name_of(element)} has {core} as well"
                yield Finding(TWINS, twin.sourceline, name_of(twin), message)


def _item(element: Element, scope: Scope) -> Findings:
    inside = elements_in(element)
    order = [child.tag for child in inside]
    there, line = set(order), element.sourceline
    if not there & {"title", "description"}:
        yield Finding(MISSING, line, "item", "the item has neither title nor description")
    if "guid" not in there and _is_2(scope):
        yield Finding(GUID_MISSING, line, "guid", "the item has no guid")
    if _ENCODED in there and ("description" not in there or order.index(_ENCODED) < order.index("description")):
        yield Finding(DESCRIPTION_ORDER, line, "content:encoded", "no description stands before it")
    enclosures = [child for child in inside if child.tag == "enclosure"]
    if len(enclosures) > 1:
        yield Finding(ENCLOSURES, enclosures[1].sourceline, "enclosure", f"the item has {len(enclosures)} enclosures")
    yield from _twins(element, there)
    yield from links.check_entry([atom.link_of(child) for child in inside if child.tag == _ATOM + "link"])


def _description(element: Element, scope: Scope) -> Findings:
    place = Place(element.sourceline, name_of(element), scope)
    text = text_of(element)
    yield from values.plain_text(text, place) if scope.version == "0.91" else html(text, place)


def _guid(element: Element, scope: Scope) -> Findings:
    text, line = text_of(element).strip(), element.sourceline
    is_link = element.get("isPermaLink", "true").strip() == "true"
    place = Place(line, "guid", scope)
    if not text and not is_link:
        yield from values.not_blank(text, place)
    elif is_link and not syntax.is_web(text):
        yield Finding(GUID_LINK, line, "guid", f"{shown(text)} is not the address of a page")
    elif is_link and syntax.uri_fault(text):
        yield Finding(GUID_LINK, line, "guid", f"{shown(text)} is no address: {syntax.uri_fault(text)}")


def _length(text: str, place: Place) -> Findings:
    if not (text.isascii() and text.isdigit()):
        yield Finding(ENCLOSURE_LENGTH, place.line, place.field, f"{shown(text)} is not a number of bytes")


_PLAIN = Part(checks=(values.plain_text,))
_REQUIRED = Part(checks=(values.plain_text, values.not_blank), is_required=True)
_ADDRESS = Part(checks=(addresses.uri,))
_ADDRESS_REQUIRED = Part(checks=(addresses.uri,), is_required=True)
_DATE = Part(checks=(values.date_822,))
_PERSON = Part(checks=(values.mail_with_name,))
_CATEGORY = Part(checks=(values.plain_text, values.not_blank), attributes={"domain": Attribute()}, may_repeat=True)

_ITEM = Part(
    may_repeat=True,
    whole=(_item,),
    children={
        "title": Part(checks=(values.plain_text, values.not_blank)),
        "link": _ADDRESS,
        "description": Part(whole=(_description,)),
        "author": _PERSON,
        "category": _CATEGORY,
        "comments": _ADDRESS,
        "enclosure": Part(
            may_repeat=True,
            children={},
            attributes={
                "url": Attribute(checks=(addresses.web_address,), is_required=True),
                "length": Attribute(checks=(_length,), is_required=True),
                "type": Attribute(checks=(values.media_type,), is_required=True),
            },
        ),
        "guid": Part(whole=(_guid,), attributes={"isPermaLink": Attribute(checks=(values.one_of("true", "false"),))}),
        "pubDate": _DATE,
        "source": Part(
            checks=(values.plain_text,), attributes={"url": Attribute(checks=(addresses.uri,), is_required=True)}
        ),
        _ENCODED: Part(whole=(_description,)),
        **extensions.IN_ENTRIES,
    },
)
_CHANNEL = Part(
    is_required=True,
    whole=(_channel,),
    children={
        "title": _REQUIRED,
        "link": _ADDRESS_REQUIRED,
        "description": Part(checks=(values.plain_text,), is_required=True),
        "language": Part(checks=(values.language,)),
        "copyright": _PLAIN,
        "managingEditor": _PERSON,
        "webMaster": _PERSON,
        "pubDate": _DATE,
        "lastBuildDate": _DATE,
        "category": _CATEGORY,
        "generator": Part(),
        "docs": _ADDRESS,
        "ttl": Part(checks=(values.number(1),)),
        "rating": Part(),
        **RARE,
        "item": _ITEM,
    },
)
_RSS = Part(
    attributes={"version": Attribute(checks=(_version,), is_required=True)},
    children={"channel": _CHANNEL},
)
_ATOM_ELEMENTS = extensions.tags(atom.NAMESPACE, {"link": atom.LINK})
_EXTENSIONS = extensions.vocabulary("", extra={**_ATOM_ELEMENTS, f"{{{extensions.CONTENT}}}items": ANYTHING})
