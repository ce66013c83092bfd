"""What a value may look like, by its standard: characters, dates, addresses, languages, mail addresses, media types.

In: text without the white space round it. Out: what was read, or the reason why it is not valid.
Pure and total; each pattern takes time linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, AnyStr, NamedTuple, cast


class _Later:
    def __init__(self, text: str | bytes, flags: int) -> None:
        self._parts: Any = (text, flags)

    def __getattr__(self, name: str) -> object:
        found = getattr(re.compile(*self._parts), name)
        setattr(self, name, found)
        return found


def later(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern that is compiled when it is first used: to compile a large one takes as long as an entry."""
    return cast("re.Pattern[AnyStr]", _Later(text, flags))


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: milliseconds since 1970 that a date can have: from the year 1 to the year 9999
CALENDAR_MS = range(-62_135_596_800_000, 253_402_300_800_000)
#: the year 1990, before which there were no feeds, in milliseconds since 1970
EARLIEST_MS = 631_152_000_000

#: What XML 1.0 forbids (section 2.2), to be put between the brackets of a pattern.
_NOT_XML = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
#: The same, and DEL and the C1 controls, which XML allows and no text means.
NOT_TEXT = f"{_NOT_XML}\x7f-\x9f"
NOT_XML, FORBIDDEN = re.compile(f"[{_NOT_XML}]"), re.compile(f"[{NOT_TEXT}]")

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: These patterns are texts, which `re` compiles when one is first used: most runs need few.
_RFC3339 = (
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?(?:Z|([+-][0-9]{2}):([0-9]{2}))"
)
_W3C_DATE = (
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]+)?)?(?:Z|([+-][0-9]{2}):([0-9]{2})))?)?)?"
)
_RFC822 = (
    r"(?ai)(?:(mon|tue|wed|thu|fri|sat|sun)\s*,\s*)?([0-9]{1,2})\s+(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\s+"
    r"([0-9]{2}|[0-9]{4})\s+([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?(?:\s+([+-][0-9]{4}|[a-z]{1,3}))?"
)
#: as everybody reads it: English names, one space, four digits of the year, a zone that is a number or well known
_RFC822_PLAIN = (
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?[0-9]{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
    r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})? (?:[+-][0-9]{4}|UT|GMT|[ECMP][SD]T|Z)"
)
_ESCAPED = r"\\."
_COMMENT = r"\([^()]*\)"
#: RFC 822 section 5.1, and UTC, in hours east of it
ZONES = {"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7}
ZONES |= {"MDT": -6, "PST": -8, "PDT": -7}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_FORBIDDEN = r"[\x00-\x20\x7f\"<>\\^`{|}\[\]]"
_BRACKETED_HOST = r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@\[\]]*@)?\[[0-9A-Fa-f:.]+\](?::[0-9]*)?(?=[/?#]|\Z)"
_WEB_HOST = r"(?i)https?://(?:[^/?#@\s]*@)?(?:[\w-]+(?:\.[\w-]+)*\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?(?=[/?#]|\Z)"
#: RFC 4151 section 2.1
_TAG = (
    r"tag:(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+,[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?:"
    r"[A-Za-z0-9;/?:@&=+$.\-_!~*'(),%]*(?:#[A-Za-z0-9;/?:@&=+$.\-_!~*'(),%]*)?"
)
#: RFC 8141 section 2, and RFC 4122 section 3
_URN = r"(?i)urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:[A-Za-z0-9()+,./:=@;$_!*'&~?#%-]+"
_UUID = r"(?i)urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

_TOKEN = r"[^\s()<>,;:\\\"/\[\]?=\x00-\x1f\x7f]+"  # noqa: S105 - RFC 2045's word for a name
_MEDIA_TYPE = rf"{_TOKEN}/{_TOKEN}(?:\s*;\s*{_TOKEN}=(?:{_TOKEN}|\"[^\"]*\"))*\s*"
#: addr-spec without quoted parts, comments and obsolete forms (RFC 5322 section 3.4.1), lengths by RFC 5321
_ATOM, _LABEL = r"[A-Za-z0-9_!#$%&'*+/=?^`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*"
#: RFC 5646 section 2.1: language, extended, script, region, variants, extensions, private use; or private use alone;
#: or one of the irregular tags of old. No language has four letters or more. Fit for JSON Schema too.
LANGUAGE = (
    r"[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[A-WYZa-wyz0-9](?:-[A-Za-z0-9]{2,8})+)*"
    r"(?:-[Xx](?:-[A-Za-z0-9]{1,8})+)?|[Xx](?:-[A-Za-z0-9]{1,8})+|en-GB-oed|sgn-(?:BE-FR|BE-NL|CH-DE)"
    r"|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)"
)
_LANGUAGE = re.compile(LANGUAGE, re.IGNORECASE | re.ASCII)
#: ISO 639-1; the longer codes of the other parts are too many to list, and taken as they come
_ISO_639_1 = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji
    jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb
    nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr
    ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()
)


class Instant(NamedTuple):
    """A date that was read, or why it was not."""

    #: milliseconds since 1970, UTC; None where it is not a date
    ms: int | None
    #: "" where nothing is wrong
    fault: str = ""
    #: why some readers misread it, or ""
    doubt: str = ""


def date_3339(text: str) -> Instant:
    """Return the instant (RFC 3339 section 5.6, in the form of RFC 4287 section 3.3)."""
    return _iso(re.fullmatch(_RFC3339, text), "2024-02-29T12:30:00Z")


def date_w3c(text: str) -> Instant:
    """Return the instant, or the beginning of the day, month or year (W3C note "Date and Time Formats")."""
    return _iso(re.fullmatch(_W3C_DATE, text), "2024-02-29 or 2024-02-29T12:30:00Z")


def _iso(match: re.Match[str] | None, form: str) -> Instant:
    if not match:
        return Instant(None, f"it is not in the form {form}")
    year, month, day, hour, minute, second, fraction, *zone = match.groups()
    parts = (int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    moment = _instant(parts, _shift(*zone))
    milliseconds = int((fraction or ".")[1:4].ljust(3, "0"))
    return moment if moment.ms is None else moment._replace(ms=moment.ms + milliseconds)


def date_822(text: str) -> Instant:
    """Return the instant (RFC 822 section 5, with the years of four digits that RSS 2.0 asks for)."""
    match = re.fullmatch(_RFC822, text)
    if not match:
        bare = re.sub(_ESCAPED, "", text)
        for _ in range(3):
            bare = re.sub(_COMMENT, " ", bare)
        match = re.fullmatch(_RFC822, bare.strip())
    if not match:
        return Instant(None, "it is not in the form Thu, 29 Feb 2024 12:30:00 +0000")
    day_name, day, month, year, hour, minute, second, zone = match.groups(default="")
    full_year = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 50 else 1900)
    month_number = _MONTHS.index(month.lower()) + 1
    parts = (full_year, month_number, int(day), int(hour), int(minute), int(second or 0))
    shift = _shift(zone[:3], zone[3:]) if zone[:1] in ("+", "-") else ZONES.get(zone.upper(), 0) * 60
    moment = _instant(parts, shift)
    if moment.ms is None:
        return moment
    real = _DAYS[datetime(full_year, month_number, int(day), tzinfo=UTC).weekday()]
    if day_name and day_name.lower() != real:
        return Instant(moment.ms, f"that day is a {real.title()}, not a {day_name}")
    doubt = "" if re.fullmatch(_RFC822_PLAIN, text) else "it is not in the form Thu, 29 Feb 2024 12:30:00 +0000"
    return moment._replace(doubt=doubt)


def _instant(parts: Sequence[int], shift: int | None) -> Instant:
    """Return the instant; a leap second counts as the second before it (RFC 3339 section 5.7)."""
    if shift is None:
        return Instant(None, "its zone is further than a day from UTC")
    year, month, day, hour, minute, second = parts
    try:
        local = datetime(year, month, day, hour, minute, 59 if second == 60 else second, tzinfo=UTC)
        return Instant((local - EPOCH) // timedelta(milliseconds=1) - shift * 60_000)
    except ValueError as error:
        return Instant(None, f"it is not in the calendar: {error}")


def _shift(hours: str | None, minutes: str | None) -> int | None:
    """Return minutes east of UTC; None where no clock shows them."""
    if hours is None or minutes is None:
        return 0
    if int(hours[1:]) > 23 or int(minutes) > 59:
        return None
    return (int(hours[1:]) * 60 + int(minutes)) * (-1 if hours[0] == "-" else 1)


def scheme_of(text: str) -> str:
    """Return the scheme of an address, in lower case; "" for a relative one."""
    match = _SCHEME.match(text)
    return match[1].lower() if match else ""


def uri_fault(text: str, *, is_iri: bool = False) -> str:
    """Return why this is not a URI reference (RFC 3986) or an IRI reference (RFC 3987); "" where it is one."""
    scheme = scheme_of(text)
    if scheme in ("tag", "urn"):
        return _name_fault(text, scheme)
    host = re.match(_BRACKETED_HOST, text)
    forbidden = re.search(_FORBIDDEN, text[host.end() if host else 0 :])
    if forbidden:
        return f"{forbidden[0]!r} must be percent-encoded in it"
    if not is_iri and not text.isascii():
        return "letters outside ASCII must be percent-encoded in it"
    if scheme in ("http", "https", "ftp") and not re.match(r"[A-Za-z]+://[^/]", text):
        return "it names no host"
    return ""


def _name_fault(text: str, scheme: str) -> str:
    if scheme == "tag":
        return "" if re.fullmatch(_TAG, text) else "it is not a tag URI (RFC 4151), such as tag:example.org,2024:1"
    if text[:9].lower() == "urn:uuid:":
        return "" if re.fullmatch(_UUID, text) else "it has no UUID of 32 hexadecimal digits in five groups"
    return "" if re.fullmatch(_URN, text) else "it is not a URN (RFC 8141)"


def is_web(text: str) -> bool:
    """Return whether this is an absolute http or https address with a host."""
    return bool(re.match(_WEB_HOST, text))


def is_mail(text: str) -> bool:
    """Return whether this is a mail address without a name (RFC 5322 section 3.4.1, as it is used)."""
    return bool(re.fullmatch(_MAIL, text))


def is_media_type(text: str) -> bool:
    """Return whether this is a media type, with parameters or without (RFC 2045 section 5.1)."""
    return bool(re.fullmatch(_MEDIA_TYPE, text))


def language_fault(tag: str) -> str:
    """Return why this is not a language tag (BCP 47: RFC 5646 section 2.1, ISO 639); "" where it is one."""
    if not _LANGUAGE.fullmatch(tag):
        return "it is not in the form en or zh-Hant-TW"
    code = tag.partition("-")[0].lower()
    return f"no language has the code {code}" if len(code) == 2 and code not in _ISO_639_1 else ""
