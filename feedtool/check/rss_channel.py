"""What few channels of RSS have, as tables: image, text input, cloud, hours and days to skip (RSS 2.0).

In: an element. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from feedtool.check import addresses, values
from feedtool.check.finding import Element, Finding, Findings, Place, Scope, shown
from feedtool.check.schema import REPEATED, UNKNOWN, Attribute, Part, name_of, text_of
from feedtool.problems import Code

IMAGE = Code(
    "check-image",
    "warning",
    "Title or link of the channel's image are not those of the channel, or it is no GIF, JPEG or PNG (RSS 2.0 image).",
    "Copy title and link of the channel.",
)
TEXT_INPUT = Code(
    "check-text-input",
    "warning",
    "No reader shows a textInput (RSS Advisory Board profile, textInput).",
    "Leave it out.",
)
HOUR_24 = Code(
    "check-hour-24",
    "warning",
    "Midnight is hour 0 for most readers, and 24 for a few (RSS Advisory Board profile, hour).",
    "Write 0.",
)


def _image(element: Element, _: Scope) -> Findings:
    channel = element.getparent()
    for name in ("title", "link"):
        own, other = element.find(name), channel.find(name) if channel is not None else None
        if own is not None and other is not None and text_of(own).strip() != text_of(other).strip():
            yield Finding(IMAGE, own.sourceline, name, f"{shown(text_of(own))} is not the channel's {name}")
    address = element.find("url")
    ending = text_of(address).strip().rpartition("/")[2].rpartition(".")[2].lower() if address is not None else ""
    if ending in ("bmp", "ico", "svg", "tif", "tiff", "webp", "avif"):
        yield Finding(IMAGE, address.sourceline, "url", f"{shown(ending)} is not gif, jpg or png")


def _hours(element: Element, _: Scope) -> Findings:
    seen: set[int] = set()
    for child in element.iterchildren("hour"):
        text = text_of(child).strip()
        if not text.isascii() or not text.isdigit() or len(text) > 2:
            continue
        hour = int(text) % 24
        if text == "24":
            yield Finding(HOUR_24, child.sourceline, "hour", "24 is hour 0")
        if hour in seen:
            yield Finding(REPEATED, child.sourceline, "hour", f"{text} stands twice")
        seen.add(hour)


def _days(element: Element, _: Scope) -> Findings:
    seen: set[str] = set()
    for child in element.iterchildren("day"):
        text = text_of(child).strip()
        if text in seen:
            yield Finding(REPEATED, child.sourceline, "day", f"{shown(text)} stands twice")
        seen.add(text)


def _text_input(element: Element, _: Scope) -> Findings:
    yield Finding(TEXT_INPUT, element.sourceline, name_of(element), "no reader shows it")


def _name(text: str, place: Place) -> Findings:
    if not text[:1].isascii() or not text[:1].isalpha():
        yield Finding(values.CHOICE, place.line, place.field, f"{shown(text)} is not the name of a form's field")


def _lower_text_input(element: Element, _: Scope) -> Findings:
    yield Finding(UNKNOWN, element.sourceline, name_of(element), "its name is textInput")


_PLAIN = Part(checks=(values.plain_text,))
_REQUIRED = Part(checks=(values.plain_text, values.not_blank), is_required=True)
_ADDRESS_REQUIRED = Part(checks=(addresses.uri,), is_required=True)
_NEEDED = Attribute(is_required=True)
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_IMAGE = Part(
    whole=(_image,),
    children={
        "url": _ADDRESS_REQUIRED,
        "title": _REQUIRED,
        "link": _ADDRESS_REQUIRED,
        "width": Part(checks=(values.number(1, 144),)),
        "height": Part(checks=(values.number(1, 400),)),
        "description": _PLAIN,
    },
)
_TEXT_INPUT = Part(
    whole=(_text_input,),
    children={
        "title": Part(checks=(values.plain_text,), is_required=True),
        "description": Part(is_required=True),
        "name": Part(checks=(_name,), is_required=True),
        "link": _ADDRESS_REQUIRED,
    },
)
RARE: Mapping[str, Part] = {
    "cloud": Part(
        children={},
        attributes={
            **dict.fromkeys(("domain", "path", "protocol", "registerProcedure"), _NEEDED),
            "port": Attribute(checks=(values.number(1, 65535),), is_required=True),
        },
    ),
    "image": _IMAGE,
    "textInput": _TEXT_INPUT,
    "textinput": Part(whole=(_lower_text_input,), is_free=True),
    "skipHours": Part(
        whole=(_hours,),
        children={"hour": Part(checks=(values.number(0, 24),), is_required=True, may_repeat=True)},
    ),
    "skipDays": Part(
        whole=(_days,),
        children={"day": Part(checks=(values.one_of(*_WEEK),), is_required=True, may_repeat=True)},
    ),
}
