"""RSS documents -> findings: RSS 2.0 and 0.91 to 0.94, the RSS Advisory Board's profile, and what podcasts need.

In: the outermost element. What directories and apps demand is from Apple, "A Podcaster's Guide to RSS"
(https://help.apple.com/itc/podcasts_connect/#/itcb54353390: required, recommended and situational tags), the Podcast
Standards Project, PSP-1, and the Podcast Index, "podcast namespace"; the elements come from
`feedtool.config.podcast_table`. Pure; linear.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from feedtool.check import atom, grammar, links, values
from feedtool.check.grammar import MISSING, Rule, elements_in, finding, name_of, position_of, text, text_at, text_of
from feedtool.check.links import check_entries
from feedtool.check.values import Element, Finding, Findings, Position, Scope, ValueCheck, shown
from feedtool.config.podcast_table import ITUNES, NAMESPACES, PLAYED, PODCAST, ROWS, Part, Row, spoken_fault
from feedtool.problems import Code

VERSION = Code.error("check-version")("This version of RSS does not exist (RSS 2.0).", 'Write version="2.0".')
GUID_LINK = Code.error("check-guid-link")(
    'A guid without isPermaLink="false" is not the address of a page (RSS 2.0 guid).'
)
GUID_MISSING = Code.warning("check-id-missing")(
    "An item has no guid, so readers show it again when it changes (RSS Advisory Board profile, guid).",
    "Add a guid that never changes.",
)
DESCRIPTION_ORDER = Code.warning("check-description-order")(
    "No description comes before content:encoded (RSS Advisory Board profile, content:encoded).",
    "Write the description first; some readers take the last of the two for the content.",
)
ENCLOSURES = Code.warning("check-enclosures")(
    "An item has more than one enclosure; readers differ in which they take (RSS Advisory Board profile, enclosure).",
    "Keep one; publish the others as items of their own.",
)
ITEM_ORDER = Code.warning("check-item-order")(
    "An element of the channel comes after an item (RSS Advisory Board profile, item)."
)
TWINS = Code.warning("check-twins")(
    "Two elements mean the same; readers differ in which they use (RSS Advisory Board profile, namespace elements).",
    "Keep the one of RSS itself.",
)
ENCLOSURE_LENGTH = Code.error("check-enclosure-length")(
    "The length of an enclosure is not a number of bytes (RSS 2.0 enclosure).",
    "Write the number of bytes, or 0 where it is not known.",
)
IMAGE = Code.warning("check-image")(
    "The channel's image has another title or link than the channel, or is not a GIF, JPEG or PNG (RSS 2.0 image).",
    "Copy title and link of the channel.",
)
TEXT_INPUT = Code.warning("check-text-input")("No reader shows a textInput (RSS Advisory Board profile, textInput).")
HOUR_24 = Code.warning("check-hour-24")(
    "Most readers write midnight as hour 0 (RSS Advisory Board profile, hour).", "Write 0."
)

PODCAST_REQUIRED = Code.error("check-podcast-required")(
    "A podcast lacks an element that directories require (Apple, A Podcaster's Guide to RSS, required tags; PSP-1)."
)
PODCAST_RECOMMENDED = Code.note("check-podcast-recommended")(
    "A podcast lacks a recommended element (Apple, A Podcaster's Guide to RSS, recommended tags; PSP-1)."
)
PODCAST_VALUE = Code.error("check-podcast-value")(
    "An element of a podcast has a value that apps do not know (Apple, A Podcaster's Guide to RSS; podcast namespace)."
)
PODCAST_PICTURE = Code.warning("check-podcast-image")(
    "Artwork is a JPEG or PNG whose name ends in .jpg or .png (Apple, artwork requirements; PSP-1, itunes:image)."
)
PODCAST_MEDIA = Code.error("check-podcast-enclosure")(
    "Apple Podcasts plays M4A, MP3, MOV, MP4 and M4V, and shows PDF (Apple, A Podcaster's Guide to RSS, enclosure)."
)
PODCAST_ENDING = Code.warning("check-podcast-ending")(
    "The address of a recording does not end in .m4a, .mp3, .mov, .mp4, .m4v or .pdf; by its ending Apple decides "
    "whether an episode appears (Apple, A Podcaster's Guide to RSS, enclosure: URL).",
    "Give the file the ending of its type.",
)
PODCAST_LONG = Code.warning("check-podcast-description")(
    "A description has more than 4,000 bytes, and is cut (Apple, A Podcaster's Guide to RSS, description).",
    "Shorten the summary; the content may be longer.",
)
PODCAST_LANGUAGE = Code.error("check-podcast-language")(
    "Apple accepts only languages with a code of two letters, such as en or en-us (ISO 639; Apple, A Podcaster's Guide "
    "to RSS, language).",
    "Write `language` under [podcast].",
)
PODCAST_LENGTH = Code.warning("check-podcast-length")(
    "The length of a recording is not known; apps show it, and reserve space by it (Apple, enclosure; PSP-1).",
    "Write the number of bytes.",
)
PODCAST_SERIAL = Code.error("check-podcast-serial")(
    "An episode of a serial podcast has no number (Apple, itunes:episode and itunes:type; PSP-1).",
    "Write its number, or let the podcast be episodic.",
)

_ATOM, _DC, _ENCODED = grammar.ATOM, grammar.DC, grammar.CONTENT + "encoded"
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
_ITUNES, _PODCAST = f"{{{ITUNES}}}", f"{{{PODCAST}}}"
#: a document without a version counts as one of the last
_TWO = ("2.0", "")
#: elements of RSS that Apple recommends for an episode
_OF_EPISODE = ("guid", "pubDate", "description", "link")
_ENDING = re.compile(r"\.(?:m4a|mp3|mov|mp4|m4v|pdf)(?:[?#]|$)", re.IGNORECASE)
#: bytes of a description
_MOST_DESCRIBED = 4000


def check(root: Element, scope: Scope) -> Findings:
    """Check a document whose outermost element is rss."""
    yield from grammar.check_element(root, _RSS, replace(scope, version=root.get("version", "").strip()), _EXTENSIONS)


def _channel(element: Element, scope: Scope) -> Findings:
    inside = elements_in(element)
    present = {child.tag for child in inside}
    yield from links.check_feed(atom.feed_links(element, needs_self=scope.version in _TWO), scope)
    if not present & {"language", _DC + "language"} and not grammar.has_language(element):
        yield values.no_language(element.sourceline, "language")
    yield from _twins(element, present)
    for child in atom.after_first("item", inside):
        if not child.tag.startswith("{"):
            yield finding(ITEM_ORDER, child, "it comes after an item")
    facts = (atom.facts_of(child, "guid") for child in inside if child.tag == "item")
    yield from check_entries(facts, is_fatal=True)
    yield from _podcast(element, present)


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
    if "guid" not in present and scope.version in _TWO:
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
    yield from check_value(text_of(element), position_of(element, scope))


def _guid(element: Element, scope: Scope) -> Findings:
    value, position = text_of(element).strip(), position_of(element, scope)
    if element.get("isPermaLink", "true").strip() != "true":
        yield from values.not_blank(value, position)
    elif fault := links.web_fault(value):
        yield position.finding(GUID_LINK, f"{shown(value)}: {fault}")


def _image(element: Element, _: Scope) -> Findings:
    channel = element.getparent()
    for name in ("title", "link"):
        own, other = element.find(name), channel.find(name)
        if own is not None and other is not None and text_at(element, name) != text_at(channel, name):
            yield finding(IMAGE, own, f"{shown(text_of(own))} is not the channel's {name}")
    ending = text_at(element, "url").rpartition("/")[2].rpartition(".")[2].lower()
    if ending in ("bmp", "ico", "svg", "tif", "tiff", "webp", "avif"):
        yield finding(IMAGE, element.find("url"), f"{shown(ending)} is not gif, jpg or png")


def _skipped(element: Element, _: Scope) -> Findings:
    """Check that no hour and no day is repeated; 24 is hour 0."""
    seen: set[str] = set()
    for child in element.iterchildren("hour", "day"):
        value = text_of(child).strip()
        if value == "24" and child.tag == "hour":
            yield finding(HOUR_24, child, "24 is hour 0")
        is_hour = child.tag == "hour" and re.fullmatch("[0-9]{1,2}", value)
        same = str(int(value) % 24) if is_hour else value
        if same in seen:
            yield finding(grammar.REPEATED, child, f"{shown(value)} is repeated")
        seen.add(same)


def _always(code: Code, message: str) -> grammar.ElementCheck:
    return lambda element, _: [finding(code, element, message)]


_length = values.expect(ENCLOSURE_LENGTH, "a number of bytes", re.compile("[0-9]+").fullmatch)
_field_name = values.expect(values.CHOICE, "the name of a form's field", re.compile("[A-Za-z]").match)


def _value(part: Part, element: str) -> ValueCheck:
    def check(value: str, position: Position) -> Findings:
        if part.is_needed and not value:
            yield position.finding(PODCAST_VALUE, "it is empty")
        if part.is_address and value:
            yield from links.uri(value, position)
        try:
            read = part.read(value)
        except ValueError as error:
            yield position.finding(
                PODCAST_PICTURE if part.kind == "picture" else PODCAST_VALUE, f"{shown(value)}: {error}"
            )
            return
        if part.kind == "true or false" and read != value.lower():
            yield position.finding(PODCAST_VALUE, f"{shown(value)}: it is {read}, in Apple's words")
        if element == "itunes:episode" and not re.fullmatch("[1-9][0-9]*", value):
            yield position.finding(PODCAST_VALUE, f"{shown(value)}: it is not a whole number from 1 on")

    return check


def _podcast_rule(row: Row, element: str) -> Rule:
    own = element.startswith("podcast:") or len(row.parts) == 1
    parts = row.parts if own else dict([next(iter(row.parts.items()))])
    attributes = {part.attribute: part for part in parts.values() if part.attribute}
    texts = [part for part in parts.values() if not part.attribute]
    if element == "itunes:image":
        attributes, texts = {"href": texts[0]}, []
    return Rule(
        checks=tuple(_value(part, element) for part in texts),
        attributes={
            name: text(_value(part, element), is_required=part.is_needed or element == "itunes:image")
            for name, part in attributes.items()
        },
        any_attribute=True,
        may_repeat=row.is_many,
        is_free=row.key == "alternate",
    )


def _owner(element: Element, scope: Scope) -> Findings:
    if not text_at(element, f"{_ITUNES}email"):
        yield finding(PODCAST_VALUE, element, "it has no itunes:email")
    for child in elements_in(element):
        if child.tag == f"{_ITUNES}email":
            yield from _value(Part(kind="mail"), "")(text_of(child).strip(), position_of(child, scope))


def _itunes_category(element: Element, scope: Scope) -> Findings:
    names = [element.get("text", "").strip()]
    names += [f"{names[0]} > {child.get('text', '').strip()}" for child in element.iterchildren(f"{_ITUNES}category")]
    for name in names:
        yield from _value(Part(kind="category"), "")(name, position_of(element, scope))


#: by tag
_PODCAST_RULES: Mapping[str, Rule] = {
    f"{{{NAMESPACES[prefix]}}}{name}": _podcast_rule(row, element)
    for row in ROWS.values()
    for element in row.elements
    for prefix, _, name in [element.rpartition(":")]
    if prefix
} | {
    f"{_ITUNES}owner": Rule(is_free=True, element_check=_owner),
    f"{_ITUNES}category": Rule(is_free=True, any_attribute=True, may_repeat=True, element_check=_itunes_category),
}


def _podcast(channel: Element, present: set[str]) -> Findings:
    """Check that a channel is complete, if it is a podcast, and each of its episodes."""
    if not any(tag.startswith((_ITUNES, _PODCAST)) for tag in present):
        return
    for row in (row for row in ROWS.values() if row.of_podcast):
        yield from _needed(channel, row, present)
    if "language" not in present:
        yield finding(PODCAST_REQUIRED, channel, "the podcast has no language")
    elif fault := spoken_fault(language := text_at(channel, "language")):
        yield finding(PODCAST_LANGUAGE, channel, f"{shown(language)} {fault}")
    yield from _described(channel)
    is_serial = text_at(channel, f"{_ITUNES}type") == "serial"
    for item in channel.iterchildren("item"):
        yield from _episode(item, is_serial=is_serial)


def _needed(element: Element, row: Row, present: set[str]) -> Findings:
    prefix, _, name = row.elements[0].rpartition(":")
    if row.need and f"{{{NAMESPACES[prefix]}}}{name}" not in present:
        what = "the podcast" if element.tag == "channel" else "the episode"
        code = PODCAST_REQUIRED if row.need == "required" else PODCAST_RECOMMENDED
        yield Finding(code, element.sourceline, row.elements[0], f"{what} has no {row.elements[0]}")


def _described(element: Element) -> Findings:
    size = len(text_at(element, "description").encode())
    if size > _MOST_DESCRIBED:
        yield finding(PODCAST_LONG, element, f"its description has {size:,} bytes")


def _episode(item: Element, *, is_serial: bool) -> Findings:
    enclosure = item.find("enclosure")
    if enclosure is None:
        yield finding(PODCAST_REQUIRED, item, "the episode has no enclosure, so apps leave it out")
        return
    if enclosure.get("type", "").partition(";")[0].strip().lower() not in PLAYED:
        yield finding(PODCAST_MEDIA, enclosure, f"{shown(enclosure.get('type', ''))} is not played")
    if enclosure.get("length", "").strip() == "0":
        yield finding(PODCAST_LENGTH, enclosure, "its length is 0")
    if not _ENDING.search(address := enclosure.get("url", "").strip()):
        yield finding(PODCAST_ENDING, enclosure, f"{shown(address)} has no such ending")
    yield from _described(item)
    present = {child.tag for child in elements_in(item)}
    yield from _needed(item, ROWS["duration"], present)
    for name in (name for name in _OF_EPISODE if name not in present):
        yield finding(PODCAST_RECOMMENDED, item, f"the episode has no {name}")
    is_full = text_at(item, f"{_ITUNES}episodeType") in ("", "full")
    if is_serial and is_full and not text_at(item, f"{_ITUNES}episode"):
        yield finding(PODCAST_SERIAL, item, "it has no itunes:episode")


_PLAIN = text(values.plain_text)
_REQUIRED = text(values.plain_text, values.not_blank, is_required=True)
_ADDRESS, _ADDRESS_REQUIRED = text(links.uri), text(links.uri, is_required=True)
_DATE, _PERSON = text(values.date_822), text(values.mail_with_name)
_CATEGORY = text(values.plain_text, values.not_blank, attributes={"domain": text()}, may_repeat=True)
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_RARE = {
    "cloud": Rule(
        children={},
        attributes={
            **dict.fromkeys(("domain", "path", "protocol", "registerProcedure"), text(is_required=True)),
            "port": text(values.number(1, 65535), is_required=True),
        },
    ),
    "image": Rule(
        element_check=_image,
        children={
            "url": _ADDRESS_REQUIRED,
            "title": _REQUIRED,
            "link": _ADDRESS_REQUIRED,
            "width": text(values.number(1, 144)),
            "height": text(values.number(1, 400)),
            "description": _PLAIN,
        },
    ),
    "textInput": Rule(
        element_check=_always(TEXT_INPUT, "no reader shows it"),
        children={
            "title": text(values.plain_text, is_required=True),
            "description": text(is_required=True),
            "name": text(_field_name, is_required=True),
            "link": _ADDRESS_REQUIRED,
        },
    ),
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
_VERSIONS = values.expect(VERSION, "a version of RSS", ("2.0", "0.91", "0.92", "0.93", "0.94").__contains__)
_RSS = Rule(attributes={"version": text(_VERSIONS, is_required=True)}, children={"channel": _CHANNEL})
_EXTENSIONS = grammar.vocabulary(
    "", {_ATOM + "link": atom.LINK, grammar.CONTENT + "items": grammar.ANYTHING, **_PODCAST_RULES}
)
