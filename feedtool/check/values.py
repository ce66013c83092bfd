"""Single values of a feed -> findings: dates, languages, mail addresses, media types, numbers, plain text.

A check takes a text, without the white space round it, and the place where it stands; the same checks serve elements,
attributes and JSON. Pure and linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.entities import name2codepoint
from typing import TypeAlias
from urllib.parse import unquote

from feedtool import syntax
from feedtool.check.finding import Finding, Findings, Place, shown
from feedtool.check.html import KNOWN
from feedtool.problems import Code

ValueCheck: TypeAlias = Callable[[str, Place], Findings]

#: clocks of readers differ by minutes
_TOLERATED_MS = 600_000
#: 1990-01-01T00:00:00Z: there were no feeds yet
_EARLIEST_MS = 631_152_000_000

DATE = Code(
    "check-date",
    "error",
    "A date cannot be read: RSS 2.0 and OPML 2.0 use RFC 822, Atom and JSON Feed RFC 3339 (RFC 4287 section 3.3).",
    "Write RSS dates as Thu, 29 Feb 2024 12:30:00 +0000, those of Atom and JSON as 2024-02-29T12:30:00Z.",
)
DATE_FORM = Code(
    "check-date-form",
    "warning",
    "RFC 822 allows this form of a date, and some readers cannot read it (RSS Advisory Board profile, date-time).",
    "Write it as Thu, 29 Feb 2024 12:30:00 +0000: English names, a year of four digits, a numeric zone.",
)
DATE_DOUBTFUL = Code(
    "check-date-doubtful",
    "warning",
    "A date lies in the future or before there were feeds, so that readers sort the entry wrongly or hide it "
    "(RSS Advisory Board profile, pubDate).",
    "Publish the entry when its date has come, or correct the date.",
)
LANGUAGE = Code(
    "check-language",
    "error",
    "A language is not named by a code that is known (BCP 47; RSS 2.0 language, RFC 4287 section 2).",
    "Write a code such as en, pt-BR or zh-Hant.",
)
LANGUAGE_MISSING = Code(
    "check-language-missing",
    "note",
    "The feed does not say its language, by which readers choose voices, fonts and hyphenation "
    "(RSS 2.0 language; RFC 4287 section 2; JSON Feed 1.1, language).",
    "Add it: in RSS a language element, in Atom xml:lang, in JSON language.",
)
MAIL = Code(
    "check-mail",
    "error",
    "What should be a mail address is none (RFC 4287 section 3.2.3; RSS 2.0 author, managingEditor, webMaster).",
    "Write ann@example.org (Ann Lee) in RSS, ann@example.org in Atom and OPML; a name alone goes into dc:creator.",
)
MAIL_NAME = Code(
    "check-mail-name",
    "warning",
    "A mail address has no name, or not in brackets behind it (RSS Advisory Board profile, e-mail addresses).",
    "Write ann@example.org (Ann Lee).",
)
MEDIA_TYPE = Code(
    "check-media-type",
    "error",
    "What should be a media type is none (RFC 2045 section 5.1; RFC 4287 section 4.2.7.3, RSS 2.0 enclosure).",
    "Write one such as audio/mpeg.",
)
NUMBER = Code(
    "check-number",
    "error",
    "What should be a whole number is none, or is out of its bounds (RSS 2.0, RFC 4287 section 4.2.7.6).",
)
CHOICE = Code("check-choice", "error", "A value is not one of those that the format knows (RSS 2.0, OPML 2.0).")
BLANK = Code(
    "check-blank",
    "warning",
    "A text is empty, so that readers show nothing in its place (RFC 4287 section 4.1.1.1, RSS 2.0).",
    "Fill it, or leave it out where the format allows.",
)
MARKUP = Code(
    "check-markup",
    "warning",
    "A plain text holds HTML, which readers show as it stands or drop (RSS Advisory Board profile, character data; "
    "RFC 4287 section 3.1.1.1).",
    'Write plain text, with & and < as &#x26; and &#x3C; in RSS; in Atom say type="html" where it is HTML.',
)

_CLOSING_TAG = re.compile(r"</([A-Za-z][A-Za-z0-9]*)>")
_LIKE_A_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*")
_REFERENCE = re.compile(r"&(#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);")


def date_822(text: str, place: Place) -> Findings:
    """Check a date of RSS or OPML."""
    yield from _date(syntax.date_822(text), text, place)


def date_3339(text: str, place: Place) -> Findings:
    """Check a date of Atom or JSON Feed."""
    yield from _date(syntax.date_3339(text), text, place)


def date_w3c(text: str, place: Place) -> Findings:
    """Check a date of Dublin Core."""
    yield from _date(syntax.date_w3c(text), text, place)


def _date(moment: syntax.Instant, text: str, place: Place) -> Findings:
    line, field, scope = place
    if moment.fault or moment.ms is None:
        yield Finding(DATE, line, field, f"{shown(text)} is not a date: {moment.fault}")
        return
    if moment.doubt:
        yield Finding(DATE_FORM, line, field, f"{shown(text)} may be misread: {moment.doubt}")
    if moment.ms > scope.now_ms + _TOLERATED_MS:
        yield Finding(DATE_DOUBTFUL, line, field, f"{shown(text)} lies in the future")
    elif moment.ms < _EARLIEST_MS:
        yield Finding(DATE_DOUBTFUL, line, field, f"{shown(text)} lies before there were feeds")


def language(text: str, place: Place) -> Findings:
    """Check the name of a language."""
    fault = syntax.language_fault(text)
    if fault:
        yield Finding(LANGUAGE, place.line, place.field, f"{shown(text)} names no language: {fault}")


def no_language(line: int, field: str) -> Finding:
    """Return what to say of a feed that names no language."""
    return Finding(LANGUAGE_MISSING, line, field, "the feed does not say its language")


def mail(text: str, place: Place) -> Findings:
    """Check a mail address without a name."""
    if not syntax.is_mail(text):
        yield Finding(MAIL, place.line, place.field, f"{shown(text)} is not a mail address")


def mail_with_name(text: str, place: Place) -> Findings:
    """Check a mail address followed by a name in brackets."""
    address = unquote(text[len("mailto:") :]) if text.startswith("mailto:") else text
    bare, bracket, _ = address.partition("(")
    if syntax.is_mail(bare.strip()) and bracket and address.endswith(")"):
        return
    if address.find("@") > 0 and not address.endswith(")"):
        yield Finding(MAIL_NAME, place.line, place.field, f"{shown(text)} has no name in brackets behind the address")
    else:
        yield Finding(MAIL, place.line, place.field, f"{shown(text)} is not a mail address with a name")


def media_type(text: str, place: Place) -> Findings:
    """Check a media type."""
    if not syntax.is_media_type(text):
        yield Finding(MEDIA_TYPE, place.line, place.field, f"{shown(text)} is not a media type")


def number(least: int = 0, most: int | None = None) -> ValueCheck:
    """Return a check of whole numbers within bounds, both included."""

    def check(text: str, place: Place) -> Findings:
        digits = re.fullmatch(r"[+-]?[0-9]{1,18}", text)
        if digits and least <= int(text) and (most is None or int(text) <= most):
            return
        bounds = f"from {least} to {most}" if most is not None else f"of {least} or more"
        yield Finding(NUMBER, place.line, place.field, f"{shown(text)} is not a whole number {bounds}")

    return check


def numbers(text: str, place: Place) -> Findings:
    """Check a list of whole numbers with commas between them, which may be empty."""
    if not all(re.fullmatch(r"\s*[0-9]+\s*", part) for part in text.split(",") if text):
        yield Finding(NUMBER, place.line, place.field, f"{shown(text)} is not a list of numbers with commas between")


def one_of(*words: str, is_case_kept: bool = True) -> ValueCheck:
    """Return a check that a value is one of these words."""

    def check(text: str, place: Place) -> Findings:
        if (text if is_case_kept else text.lower()) not in words:
            yield Finding(CHOICE, place.line, place.field, f"{shown(text)} is not one of {', '.join(words)}")

    return check


def decimal(bound: int) -> ValueCheck:
    """Return a check of numbers with a decimal point, from -bound to bound."""

    def check(text: str, place: Place) -> Findings:
        match = re.fullmatch(r"[+-]?[0-9]{1,9}(?:\.[0-9]{0,40})?", text)
        if not match or abs(float(text)) > bound:
            yield Finding(NUMBER, place.line, place.field, f"{shown(text)} is not a number from -{bound} to {bound}")

    return check


def not_blank(text: str, place: Place) -> Findings:
    """Check that there is something."""
    if not text:
        yield Finding(BLANK, place.line, place.field, "it is empty")


def plain_text(text: str, place: Place) -> Findings:
    """Check that a plain text holds no HTML."""
    tags = (match for match in _CLOSING_TAG.finditer(text) if match[1].lower() in KNOWN)
    line, field, scope = place
    if scope.hex_lines and not scope.hex_lines.isdisjoint(range(line, line + text.count("\n") + 1)):
        # so RSS says of a character that it is itself and no markup
        return
    found = next(tags, None) or next(
        (match for match in _REFERENCE.finditer(text) if match[1][0] == "#" or match[1] in name2codepoint), None
    )
    if not found and scope.version.startswith("2"):
        found = _LIKE_A_TAG.search(text)
    if found:
        yield Finding(MARKUP, line, field, f"{shown(text)} holds {found[0]}")
