"""RSS and OPML documents -> findings: RSS 2.0 and 0.91 to 0.94, the RSS Advisory Board's profile, and OPML 2.0.

In: the outermost element. Pure; linear.
"""

from __future__ import annotations

import re
from dataclasses import replace

from feedtool import syntax
from feedtool.check import atom, grammar, links, podcast_tags, values
from feedtool.check.grammar import MISSING, Rule, elements_in, finding, name_of, text, text_at
from feedtool.check.links import check_entries
from feedtool.check.values import Element, Finding, Findings, Position, Scope, ValueCheck, shown
from feedtool.problems import Code

VERSION = Code("check-version", "error", "This version of RSS does not exist (RSS 2.0).", 'Write version="2.0".')
OPML_VERSION = Code(
    "check-opml-version", "error", "This version of OPML does not exist (OPML 2.0).", 'Write version="2.0".'
)
OUTLINE_FEED = Code(
    "check-outline-feed",
    "warning",
    "An outline lacks what its type needs, so readers do not import it (OPML 2.0, subscription lists).",
    'Write type="rss" with text, title and xmlUrl, for Atom feeds too.',
)
GUID_LINK = Code(
    "check-guid-link", "error", 'A guid without isPermaLink="false" is not the address of a page (RSS 2.0 guid).'
)
GUID_MISSING = Code(
    "check-id-missing",
    "warning",
    "An item has no guid, so readers show it again when it changes (RSS Advisory Board profile, guid).",
    "Add a guid that never changes.",
)
DESCRIPTION_ORDER = Code(
    "check-description-order",
    "warning",
    "No description comes before content:encoded (RSS Advisory Board profile, content:encoded).",
    "Write the description first; some readers take the last of the two for the content.",
)
ENCLOSURES = Code(
    "check-enclosures",
    "warning",
    "An item has more than one enclosure; readers differ in which they take (RSS Advisory Board profile, enclosure).",
    "Keep one; publish the others as items of their own.",
)
ITEM_ORDER = Code(
    "check-item-order", "warning", "An element of the channel comes after an item (RSS Advisory Board profile, item)."
)
TWINS = Code(
    "check-twins",
    "warning",
    "Two elements mean the same; readers differ in which they use (RSS Advisory Board profile, namespace elements).",
    "Keep the one of RSS itself.",
)
ENCLOSURE_LENGTH = Code(
    "check-enclosure-length",
    "error",
    "The length of an enclosure is not a number of bytes (RSS 2.0 enclosure).",
    "Write the number of bytes, or 0 where it is not known.",
)
IMAGE = Code(
    "check-image",
    "warning",
    "The channel's image has another title or link than the channel, or is not a GIF, JPEG or PNG (RSS 2.0 image).",
    "Copy title and link of the channel.",
)
TEXT_INPUT = Code("check-text-input", "warning", "No reader shows a textInput (RSS Advisory Board profile, textInput).")
HOUR_24 = Code(
    "check-hour-24", "warning", "Most readers write midnight as hour 0 (RSS Advisory Board profile, hour).", "Write 0."
)

_ATOM, _DC, _ENCODED = grammar.ATOM, grammar.DC, grammar.CONTENT + "encoded"
#: attributes of outlines that are feeds
_FOR_FEEDS = frozenset(("description", "htmlUrl", "language", "title", "version", "xmlUrl"))
#: elements of RSS, and those of Dublin Core and Atom that mean the same
_TWINS = (
    ("pubDate", _DC + "date"),
    ("pubDate", _ATOM + "published"),
    ("author", _DC + "creator"),
    ("category", _DC + "subject"),
    ("guid", _ATOM + "id"),
    ("managingEditor", _DC + "creator"),
    ("language", _DC + "language"),
    ("copyright", _DC + "rights"),
)


def check(root: Element, scope: Scope) -> Findings:
    """Check a document whose outermost element is rss."""
    yield from grammar.check_element(root, _RSS, replace(scope, version=root.get("version", "").strip()), _EXTENSIONS)


def check_outlines(root: Element, scope: Scope) -> Findings:
    """Check a document whose outermost element is opml."""
    yield from grammar.check_element(root, _OPML, scope, _OPML_EXTENSIONS)


def _version(code: Code, language: str, *versions: str) -> ValueCheck:
    def check_value(value: str, position: Position) -> Findings:
        if value not in versions:
            yield position.finding(code, f"{language} {shown(value)} does not exist")

    return check_value


def _is_2(scope: Scope) -> bool:
    return scope.version in ("2.0", "")


def _channel(element: Element, scope: Scope) -> Findings:
    inside = elements_in(element)
    present = {child.tag for child in inside}
    yield from links.check_feed(atom.feed_links(element, needs_self=_is_2(scope)), scope)
    if not present & {"language", _DC + "language"} and not grammar.has_language(element):
        yield values.no_language(element.sourceline, "language")
    yield from _twins(element, present)
    for child in atom.after_first("item", inside):
        if not child.tag.startswith("{"):
            yield finding(ITEM_ORDER, child, "it comes after an item")
    facts = (atom.facts_of(child, "guid") for child in inside if child.tag == "item")
    yield from check_entries(facts, is_fatal=True)
    yield from podcast_tags.check(element)


def _twins(element: Element, present: set[str]) -> Findings:
    for core, other in _TWINS:
        if core in present and other in present:
            yield finding(TWINS, element.find(other), f"{name_of(element)} has {core} as well")


def _item(element: Element, scope: Scope) -> Findings:
    inside = elements_in(element)
    order = [child.tag for child in inside]
    present, line = set(order), element.sourceline
    if not present & {"title", "description"}:
        yield Finding(MISSING, line, "item", "the item has neither title nor description")
    if "guid" not in present and _is_2(scope):
        yield Finding(GUID_MISSING, line, "guid", "the item has no guid")
    if _ENCODED in present and "description" not in order[: order.index(_ENCODED)]:
        yield Finding(DESCRIPTION_ORDER, line, "content:encoded", "no description comes before it")
    enclosures = [child for child in inside if child.tag == "enclosure"]
    if len(enclosures) > 1:
        yield finding(ENCLOSURES, enclosures[1], f"the item has {len(enclosures)} enclosures")
    yield from _twins(element, present)
    yield from links.check_entry(atom.links_of(element))


def _description(element: Element, scope: Scope) -> Findings:
    check_value = values.plain_text if scope.version == "0.91" else values.html
    yield from check_value(grammar.text_of(element), grammar.position_of(element, scope))


def _guid(element: Element, scope: Scope) -> Findings:
    value, position = grammar.text_of(element).strip(), grammar.position_of(element, scope)
    if element.get("isPermaLink", "true").strip() != "true":
        yield from values.not_blank(value, position)
    elif not syntax.is_web(value):
        yield position.finding(GUID_LINK, f"{shown(value)} is not the address of a page")
    elif fault := syntax.uri_fault(value):
        yield position.finding(GUID_LINK, f"{shown(value)} is not an address: {fault}")


def _image(element: Element, _: Scope) -> Findings:
    channel = element.getparent()
    for name in ("title", "link"):
        own, other = element.find(name), channel.find(name)
        if own is not None and other is not None and text_at(element, name) != text_at(channel, name):
            yield finding(IMAGE, own, f"{shown(grammar.text_of(own))} is not the channel's {name}")
    ending = text_at(element, "url").rpartition("/")[2].rpartition(".")[2].lower()
    if ending in ("bmp", "ico", "svg", "tif", "tiff", "webp", "avif"):
        yield finding(IMAGE, element.find("url"), f"{shown(ending)} is not gif, jpg or png")


def _skipped(element: Element, _: Scope) -> Findings:
    """Check that no hour and no day is repeated; 24 is hour 0."""
    seen: set[str] = set()
    for child in element.iterchildren("hour", "day"):
        value = grammar.text_of(child).strip()
        if value == "24" and child.tag == "hour":
            yield finding(HOUR_24, child, "24 is hour 0")
        is_hour = child.tag == "hour" and re.fullmatch("[0-9]{1,2}", value)
        same = str(int(value) % 24) if is_hour else value
        if same in seen:
            yield finding(grammar.REPEATED, child, f"{shown(value)} is repeated")
        seen.add(same)


def _always(code: Code, message: str) -> grammar.ElementCheck:
    """Return a check that reports every element."""
    return lambda element, _: [finding(code, element, message)]


_length = values.expect(ENCLOSURE_LENGTH, "a number of bytes", re.compile("[0-9]+").fullmatch)
_field_name = values.expect(values.CHOICE, "the name of a form's field", re.compile("[A-Za-z]").match)


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


_PLAIN = text(values.plain_text)
_REQUIRED = text(values.plain_text, values.not_blank, is_required=True)
_ADDRESS, _ADDRESS_REQUIRED = text(links.uri), text(links.uri, is_required=True)
_DATE, _PERSON = text(values.date_822), text(values.mail_with_name)
_CATEGORY = text(values.plain_text, values.not_blank, attributes={"domain": text()}, may_repeat=True)
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_IMAGE = Rule(
    element_check=_image,
    children={
        "url": _ADDRESS_REQUIRED,
        "title": _REQUIRED,
        "link": _ADDRESS_REQUIRED,
        "width": text(values.number(1, 144)),
        "height": text(values.number(1, 400)),
        "description": _PLAIN,
    },
)
_TEXT_INPUT = Rule(
    element_check=_always(TEXT_INPUT, "no reader shows it"),
    children={
        "title": text(values.plain_text, is_required=True),
        "description": text(is_required=True),
        "name": text(_field_name, is_required=True),
        "link": _ADDRESS_REQUIRED,
    },
)
_RARE = {
    "cloud": Rule(
        children={},
        attributes={
            **dict.fromkeys(("domain", "path", "protocol", "registerProcedure"), text(is_required=True)),
            "port": text(values.number(1, 65535), is_required=True),
        },
    ),
    "image": _IMAGE,
    "textInput": _TEXT_INPUT,
    "textinput": Rule(element_check=_always(grammar.UNKNOWN, "its name is textInput"), is_free=True),
    "skipHours": Rule(
        element_check=_skipped, children={"hour": text(values.number(0, 24), is_required=True, may_repeat=True)}
    ),
    "skipDays": Rule(
        element_check=_skipped, children={"day": text(values.one_of(*_WEEK), is_required=True, may_repeat=True)}
    ),
}
_ITEM = Rule(
    may_repeat=True,
    element_check=_item,
    children={
        "title": text(values.plain_text, values.not_blank),
        "link": _ADDRESS,
        "description": Rule(element_check=_description),
        "author": _PERSON,
        "category": _CATEGORY,
        "comments": _ADDRESS,
        "enclosure": Rule(
            may_repeat=True,
            children={},
            attributes={
                "url": text(links.web_address, is_required=True),
                "length": text(_length, is_required=True),
                "type": text(values.media_type, is_required=True),
            },
        ),
        "guid": Rule(element_check=_guid, attributes={"isPermaLink": text(values.one_of("true", "false"))}),
        "pubDate": _DATE,
        "source": text(values.plain_text, attributes={"url": text(links.uri, is_required=True)}),
        _ENCODED: Rule(element_check=_description),
        **grammar.IN_ENTRIES,
    },
)
_CHANNEL = Rule(
    is_required=True,
    element_check=_channel,
    children={
        "title": _REQUIRED,
        "link": _ADDRESS_REQUIRED,
        "description": text(values.plain_text, is_required=True),
        "language": text(values.language),
        "copyright": _PLAIN,
        **dict.fromkeys(("managingEditor", "webMaster"), _PERSON),
        **dict.fromkeys(("pubDate", "lastBuildDate"), _DATE),
        "category": _CATEGORY,
        **dict.fromkeys(("generator", "rating"), text()),
        "docs": _ADDRESS,
        "ttl": text(values.number(1)),
        **_RARE,
        "item": _ITEM,
    },
)
_NUMBER = text(values.number())
_SWITCH = text(values.expect(values.CHOICE, "one of true, false", re.compile("(?ai)true|false").fullmatch))
_OUTLINE = Rule(
    is_free=True,
    attributes={
        **dict.fromkeys(("category", "description", "title", "type", "version"), text()),
        "text": text(is_required=True),
        "created": text(values.date_822),
        **dict.fromkeys(("htmlUrl", "url", "xmlUrl"), _ADDRESS),
        "language": text(values.language),
        **dict.fromkeys(("isBreakpoint", "isComment"), _SWITCH),
    },
)
_HEAD = Rule(
    is_required=True,
    children={
        **dict.fromkeys(("title", "ownerName"), text()),
        **dict.fromkeys(("dateCreated", "dateModified"), _DATE),
        "ownerEmail": text(values.mail),
        "ownerId": text(links.web_address),
        "docs": _ADDRESS,
        "expansionState": text(values.numbers),
        **dict.fromkeys(("vertScrollState", "windowTop", "windowLeft", "windowBottom", "windowRight"), _NUMBER),
    },
)
_OPML = Rule(
    attributes={"version": text(_version(OPML_VERSION, "OPML", "1.0", "1.1", "2.0"), is_required=True)},
    children={"head": _HEAD, "body": Rule(is_required=True, is_free=True, element_check=_outlines)},
)
_OPML_EXTENSIONS = grammar.vocabulary("", {})
_RSS = Rule(
    attributes={"version": text(_version(VERSION, "RSS", "2.0", "0.91", "0.92", "0.93", "0.94"), is_required=True)},
    children={"channel": _CHANNEL},
)
_EXTENSIONS = grammar.vocabulary(
    "", {_ATOM + "link": atom.LINK, grammar.CONTENT + "items": grammar.ANYTHING, **podcast_tags.RULES}
)
