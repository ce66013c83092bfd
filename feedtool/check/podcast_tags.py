"""Podcasts in RSS -> findings: what directories and apps demand, and the values of each element.

Sources: Apple, "A Podcaster's Guide to RSS" (https://help.apple.com/itc/podcasts_connect/#/itcb54353390: required,
recommended and situational tags); Podcast Standards Project, PSP-1; Podcast Index, "podcast namespace". The elements
come from `feedtool.config.podcast_table`. Pure; linear.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from feedtool.check import grammar, links
from feedtool.check.grammar import Rule, elements_in, finding, text_at, text_of
from feedtool.check.values import Element, Finding, Findings, Position, Scope, ValueCheck, shown
from feedtool.config.podcast_table import ITUNES, NAMESPACES, PLAYED, PODCAST, ROWS, Part, Row
from feedtool.problems import Code

REQUIRED = Code(
    "check-podcast-required",
    "error",
    "A podcast lacks an element that directories require (Apple, A Podcaster's Guide to RSS, required tags; PSP-1).",
)
RECOMMENDED = Code(
    "check-podcast-recommended",
    "note",
    "A podcast lacks a recommended element (Apple, A Podcaster's Guide to RSS, recommended tags; PSP-1).",
)
VALUE = Code(
    "check-podcast-value",
    "error",
    "An element of a podcast has a value that apps do not know (Apple, A Podcaster's Guide to RSS; podcast namespace).",
)
PICTURE = Code(
    "check-podcast-image",
    "warning",
    "Artwork is a JPEG or PNG whose name ends in .jpg or .png (Apple, artwork requirements; PSP-1, itunes:image).",
)
MEDIA = Code(
    "check-podcast-enclosure",
    "error",
    "Apple Podcasts plays M4A, MP3, MOV, MP4 and M4V, and shows PDF (Apple, A Podcaster's Guide to RSS, enclosure).",
)
ENDING = Code(
    "check-podcast-ending",
    "warning",
    "The address of a recording does not end in .m4a, .mp3, .mov, .mp4, .m4v or .pdf; by its ending Apple decides "
    "whether an episode appears (Apple, A Podcaster's Guide to RSS, enclosure: URL).",
    "Give the file the ending of its type.",
)
LONG = Code(
    "check-podcast-description",
    "warning",
    "A description has more than 4,000 bytes, and is cut (Apple, A Podcaster's Guide to RSS, description).",
    "Shorten the summary; the content may be longer.",
)
LANGUAGE = Code(
    "check-podcast-language",
    "error",
    "Apple accepts only languages with a code of two letters, such as en or en-us (ISO 639; Apple, A Podcaster's Guide "
    "to RSS, language).",
    "Write `language` under [podcast].",
)
LENGTH = Code(
    "check-podcast-length",
    "warning",
    "The length of a recording is not known; apps show it, and reserve space by it (Apple, enclosure; PSP-1).",
    "Write the number of bytes.",
)
SERIAL = Code(
    "check-podcast-serial",
    "error",
    "An episode of a serial podcast has no number (Apple, itunes:episode and itunes:type; PSP-1).",
    "Write its number, or let the podcast be episodic.",
)

_ITUNES, _PODCAST = f"{{{ITUNES}}}", f"{{{PODCAST}}}"
_FULL = ("", "full")
#: elements of RSS that Apple recommends for an episode
_OF_EPISODE = ("guid", "pubDate", "description", "link")
_ENDING = re.compile(r"\.(?:m4a|mp3|mov|mp4|m4v|pdf)(?:[?#]|$)", re.IGNORECASE)
#: bytes of a description
_MOST = 4000


def _value(part: Part, element: str) -> ValueCheck:
    """Return the check of a text or an attribute."""

    def check(value: str, position: Position) -> Findings:
        if part.is_needed and not value:
            yield position.finding(VALUE, "it is empty")
        if part.is_address and value:
            yield from links.uri(value, position)
        try:
            read = part.read(value)
        except ValueError as error:
            yield position.finding(PICTURE if part.kind == "picture" else VALUE, f"{shown(value)}: {error}")
            return
        if part.kind == "true or false" and read != value.lower():
            yield position.finding(VALUE, f"{shown(value)}: it is {read}, in Apple's words")
        if element == "itunes:episode" and not re.fullmatch("[1-9][0-9]*", value):
            yield position.finding(VALUE, f"{shown(value)}: it is not a whole number from 1 on")

    return check


def _rule(row: Row, element: str) -> Rule:
    """Return what an element may be."""
    own = element.startswith("podcast:") or len(row.parts) == 1
    parts = row.parts if own else dict([next(iter(row.parts.items()))])
    attributes = {part.attribute: part for part in parts.values() if part.attribute}
    texts = [part for part in parts.values() if not part.attribute]
    if element == "itunes:image":
        attributes, texts = {"href": texts[0]}, []
    return Rule(
        checks=tuple(_value(part, element) for part in texts),
        attributes={
            name: grammar.text(_value(part, element), is_required=part.is_needed or element == "itunes:image")
            for name, part in attributes.items()
        },
        any_attribute=True,
        may_repeat=row.is_many,
        is_free=row.key == "alternate",
    )


def _owner(element: Element, scope: Scope) -> Findings:
    if not text_at(element, f"{_ITUNES}email"):
        yield finding(VALUE, element, "it has no itunes:email")
    for child in elements_in(element):
        if child.tag == f"{_ITUNES}email":
            yield from _value(Part(kind="mail"), "")(text_of(child).strip(), grammar.position_of(child, scope))


def _category(element: Element, scope: Scope) -> Findings:
    names = [element.get("text", "").strip()]
    names += [f"{names[0]} > {child.get('text', '').strip()}" for child in element.iterchildren(f"{_ITUNES}category")]
    for name in names:
        yield from _value(Part(kind="category"), "")(name, grammar.position_of(element, scope))


#: by tag
RULES: Mapping[str, Rule] = {
    f"{{{NAMESPACES[prefix]}}}{name}": _rule(row, element)
    for row in ROWS.values()
    for element in row.elements
    for prefix, _, name in [element.rpartition(":")]
    if prefix
} | {
    f"{_ITUNES}owner": Rule(is_free=True, element_check=_owner),
    f"{_ITUNES}category": Rule(is_free=True, any_attribute=True, may_repeat=True, element_check=_category),
}


def check(channel: Element) -> Findings:
    """Check that a channel is complete, if it is a podcast, and each of its episodes."""
    inside = elements_in(channel)
    present = {child.tag for child in inside}
    if not any(tag.startswith((_ITUNES, _PODCAST)) for tag in present):
        return
    for row in (row for row in ROWS.values() if row.of_podcast):
        yield from _needed(channel, row, present, row.need)
    if "language" not in present:
        yield finding(REQUIRED, channel, "the podcast has no language")
    elif not re.match(r"[A-Za-z]{2}(?:-|$)", language := text_at(channel, "language")):
        yield finding(LANGUAGE, channel, f"{shown(language)} has no such code")
    yield from _described(channel)
    is_serial = text_at(channel, f"{_ITUNES}type") == "serial"
    for item in (child for child in inside if child.tag == "item"):
        yield from _episode(item, is_serial=is_serial)


def _needed(element: Element, row: Row, present: set[str], need: str) -> Findings:
    prefix, _, name = row.elements[0].rpartition(":")
    if need and f"{{{NAMESPACES[prefix]}}}{name}" not in present:
        what = "the podcast" if element.tag == "channel" else "the episode"
        code = REQUIRED if need == "required" else RECOMMENDED
        yield Finding(code, element.sourceline, row.elements[0], f"{what} has no {row.elements[0]}")


def _described(element: Element) -> Findings:
    size = len(text_at(element, "description").encode())
    if size > _MOST:
        yield finding(LONG, element, f"its description has {size:,} bytes")


def _episode(item: Element, *, is_serial: bool) -> Findings:
    enclosure = item.find("enclosure")
    if enclosure is None:
        yield finding(REQUIRED, item, "the episode has no enclosure, so apps leave it out")
        return
    if enclosure.get("type", "").partition(";")[0].strip().lower() not in PLAYED:
        yield finding(MEDIA, enclosure, f"{shown(enclosure.get('type', ''))} is not played")
    if enclosure.get("length", "").strip() == "0":
        yield finding(LENGTH, enclosure, "its length is 0")
    if not _ENDING.search(address := enclosure.get("url", "").strip()):
        yield finding(ENDING, enclosure, f"{shown(address)} has no such ending")
    yield from _described(item)
    present = {child.tag for child in elements_in(item)}
    yield from _needed(item, ROWS["duration"], present, ROWS["duration"].need)
    missing = [name for name in _OF_EPISODE if name not in present]
    yield from (finding(RECOMMENDED, item, f"the episode has no {name}") for name in missing)
    is_full = text_at(item, f"{_ITUNES}episodeType") in _FULL
    if is_serial and is_full and not text_at(item, f"{_ITUNES}episode"):
        yield finding(SERIAL, item, "it has no itunes:episode")
