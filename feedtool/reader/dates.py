"""When a post was published: timestamps and dates as people and bots write them -> milliseconds since 1970 UTC.

The current time is never used: a part that is not written is not filled in, and a date that could mean two days is
refused. Pure.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from itertools import product
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser as dateutil_parser
from dateutil.tz import tzoffset

from feedtool.model import utc
from feedtool.problems import Code
from feedtool.reader.fields import RawPost, first
from feedtool.reader.keys import KEYS, Field, is_flag
from feedtool.syntax import EARLIEST_MS, EPOCH, ZONES, later

BAD_DATE = Code.warning("bad-date")(
    "A date cannot be read, or could mean more than one day. The next source of a date is used.",
    "Write year-month-day: 2023-02-01, or 2023-02-01T09:30:00+08:00.",
)
BAD_STAMP = Code.warning("bad-timestamp")(
    "The timestamp comment must be milliseconds since 1970, from 1990 to 2099. The next source of a date is used.",
    "Write the milliseconds, 13 digits today: <!--1675164846000-->.",
)
STAMP_UNIT = Code.warning("timestamp-unit")(
    "By its number of digits the timestamp comment is in seconds or microseconds, not milliseconds. It was converted.",
    "Write the milliseconds, 13 digits today: <!--1675164846000-->.",
)
DATES_DIFFER = Code.warning("dates-differ")(
    "The timestamp comment and the date of the front matter are not the same time. The comment is used.",
    "Delete the comment to use the date of the header, or correct one of them.",
)

#: 2100-01-01; a bot's clock that runs further ahead than that is broken
LATEST_MS = 4_102_444_800_000
#: by what a count is multiplied and divided
_UNITS = {"milliseconds": (1, 1), "seconds": (1000, 1), "microseconds": (1, 1000)}
#: other origins of a date than a key of the header
STAMP, FILE_NAME, PATH = "from the timestamp comment", "from the file's name", "from its path"
ADDRESS = "from the day in its address"
_DAY_MS = 86_400_000
#: values that Eleventy fills in from the file system or from git
_OWN_TIMES = later(r"(?:git\s+)?(?:created|last\s+modified)", re.IGNORECASE)
_MILLISECOND = timedelta(milliseconds=1)
_DATED = later(r"(?<!\d)(\d{4})-(\d\d?)-(\d\d?)(?!\d)")
_DATED_FOLDER = later(r"(?<!\d)(\d{4})[-/](\d\d?)[-/](\d\d?)(?!\d)")
_NAMED = later(r"(\d{4}-\d{1,2}-\d{1,2})(?:[-_ ]+|$)")
_COUNT = later(r"[0-9]{9,17}")
_YEAR_FIRST = later(
    r"""(?P<year>\d{4})(?:[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})
        |年\s*(?P<month2>\d{1,2})\s*月\s*(?P<day2>\d{1,2})\s*日
        |(?P<month3>\d\d)(?P<day3>\d\d))
        (?:[Tt\s]\s*(?P<hour>\d{1,2}):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,12}))?)?
        \s*(?P<zone>Z|z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?""",
    re.VERBOSE,
)
#: a day with the year first, among other words
_DAY = later(r"(?<![\d/.:+-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
#: three numbers of which any may be the year
_SHORT_YEAR = later(r"(?<![\d:])\d{1,2}([-/. ])\d{1,2}\1\d{1,2}(?![\d:])")
_PLACE = later(r"\s([A-Z][A-Za-z_]+/[A-Z][A-Za-z_/+-]*)$")
#: hyphens, and the minus, as typesetting has them
_HYPHENS = str.maketrans("\u2010\u2011\u2212", "---")
#: a day and its time without a sign
_COMPACT = later(r"((?:19|20)\d{6})(\d{4}(?:\d\d)?)")
_TIME = r"(\d{1,2}:\d{1,2}(?::\d{1,2})?)"
#: forms that dateutil does not know, and what means the same
_REWRITTEN = tuple(
    (later(pattern), instead)
    for pattern, instead in (
        (r"\s*(?:\([^()]*\)|m=[+-][\d.]+)$", ""),  # JavaScript's name of a zone, and Go's running time
        (r"\[([\w/+-]+)\]$", r" \1"),  # the zone in RFC 9557
        (r"^(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\.", r"\1-\2-\3"),  # Korean
        (r"(\d{4})[年년]\s?(\d{1,2})[月월]\s?(\d{1,2})[日일]", r"\1-\2-\3 "),
        (r"\b(\d{1,2})[時时点시]\s?(\d{1,2})[分분]", r"\1:\2"),
        (r"(:\d{1,2})\s?(\d{1,2})[秒초]", r"\1:\2"),
        (r"([+-]\d\d:?\d\d) (?:[A-Z]{1,5}|[+-]\d\d(?:\d\d)?)$", r"\1"),  # a zone, twice
        (r"\b(?:GMT|UTC)\s?([+-])(\d\d):?(\d\d)\b", r"\1\2\3"),
        (r"\b(?:GMT|UTC)\s?([+-])(\d)\b", r"\g<1>0\g<2>00"),
        (r"\b(?:GMT|UTC)\s?([+-]\d\d)\b", r"\g<1>00"),
        (r"([.,]\d{6})\d+", r"\1"),
        (rf"(?:上午|午前|오전)\s?{_TIME}", r" \1 AM"),
        (rf"(?:下午|午後|오후)\s?{_TIME}", r" \1 PM"),
    )
)
#: RFC 822 section 5.1, without CST, which is China's zone as often as America's
_ZONES = {name: hours for name, hours in ZONES.items() if name != "CST"}
_ZONES |= {"JST": 9, "KST": 9, "CET": 1, "CEST": 2, "HKT": 8}
#: two starting points with nothing in common: a part that differs between the results is not in the text
_BLANK_SHEETS = (datetime(2001, 1, 1), datetime(2004, 2, 29))  # noqa: DTZ001


class Moment(NamedTuple):
    """A date as read."""

    #: the instant; a time without a zone counts in the zone that was given
    ms: int
    #: the same digits with a missing zone taken as UTC, so that it does not depend on any setting
    identity_ms: int


class DateError(ValueError):
    """The text is not a date, or could be more than one; the message says which."""


def read_count(digits: str) -> tuple[int, str] | None:
    """Return the milliseconds and the unit of a count since 1970, if they give a time from 1990 to 2099.

    13 digits are milliseconds, 10 seconds, 16 microseconds.
    """
    if not _COUNT.fullmatch(digits):
        return None
    for unit, (times, over) in _UNITS.items():
        milliseconds = int(digits) * times // over
        # a smaller count is a wrong unit more often than an old post
        if EARLIEST_MS <= milliseconds < LATEST_MS:
            return milliseconds, unit
    return None


def read_date(text: str, zone: tzinfo) -> Moment:
    """Return the moment of a date in a header, in `zone` if it names none. Raises DateError, to be shown."""
    text = text.strip()
    plain = text.translate(_HYPHENS)
    found = _YEAR_FIRST.fullmatch(_COMPACT.sub(r"\1T\2", plain) if _COMPACT.fullmatch(plain) else plain)
    moment = _from_parts(found) if found else _from_words(text)
    if not EPOCH.year - 800 <= moment.year < 2200:
        raise DateError(f'"{text}" is outside the years that a post can have')
    if moment.tzinfo is not None:
        ms = (moment - EPOCH) // _MILLISECOND
        return Moment(ms, ms)
    ms = (moment.replace(tzinfo=zone) - EPOCH) // _MILLISECOND
    return Moment(ms, (moment.replace(tzinfo=UTC) - EPOCH) // _MILLISECOND)


def _from_parts(found: re.Match[str]) -> datetime:
    year, month, day, month2, day2, month3, day3, hour, minute, second, fraction, zone = found.groups()
    try:
        moment = datetime(  # noqa: DTZ001 - the zone is added below, where one is written
            int(year), int(month or month2 or month3), int(day or day2 or day3),
            int(hour or 0), int(minute or 0), min(int(second or 0), 59), int((fraction or "").ljust(6, "0")[:6]),
        )  # fmt: skip
        if zone is None or zone.upper() in _ZONES:
            return moment.replace(tzinfo=None if zone is None else UTC)
        shift = timedelta(hours=int(zone[:3]), minutes=int(zone[0] + (zone[3:].strip(":") or "0")))
        return moment.replace(tzinfo=timezone(shift))
    except ValueError:
        raise DateError(f'"{found[0]}" is not in the calendar') from None


def _from_words(text: str) -> datetime:
    """Return a date that dateutil reads, if it is complete and can be read in one way only. Raises DateError."""
    if not 6 <= len(text) <= 100 or not re.search(r"\d", text):
        raise DateError(f'"{text[:60]}" is not a date')
    if len(text) == 6 and text.isdecimal():
        raise DateError(f'"{text}" could be more than one day')
    plain = " ".join(text.translate(_HYPHENS).split())
    for pattern, instead in _REWRITTEN:
        plain = pattern.sub(instead, plain)
    place = _PLACE.search(plain)
    plain = _named_month(plain[: place.start()] if place else plain)
    orders = product((False, True), (False, True) if _SHORT_YEAR.search(plain) else (False,), _BLANK_SHEETS)
    try:
        zone = ZoneInfo(place[1]) if place else None
        readings = {
            dateutil_parser.parse(plain, default=sheet, dayfirst=day_first, yearfirst=year_first, tzinfos=_zone_of)
            for day_first, year_first, sheet in orders
        }
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError, TypeError):
        raise DateError(f'"{text[:60]}" is not a date') from None
    except KeyError as name:
        raise DateError(f'"{text[:60]}" has the time zone {name}, which is not known, or several') from None
    if len({reading.date() for reading in readings}) > 1:
        raise DateError(f'"{text}" could be more than one day')
    moment = readings.pop()
    return moment.replace(tzinfo=zone) if zone and moment.tzinfo is None else moment


def _named_month(text: str) -> str:
    """Return the text with a name for the month of a day that is written year first; nothing else says its year."""
    found = _DAY.search(text)
    if not found or not 0 < int(found[2]) <= 12:
        return text
    month = _MONTHS[int(found[2]) - 1]
    rest = re.sub(rf"(?<![\d:+-]){found[1]}(?![\d:])", "", text[found.end() :])
    return f"{text[: found.start()]}{found[3]} {month} {found[1]} {rest.removeprefix('T')}"


def _zone_of(name: str | None, offset: int | None) -> tzinfo | None:
    """Return the zone of a date, as dateutil asks for it. Raises KeyError for an unknown name."""
    if name and offset is None:
        offset = _ZONES[name] * 3600
    return None if offset is None else tzoffset(name, offset)


def file_name_date(stem: str) -> tuple[str, str]:
    """Return the date at the head of a file name, or "", and the rest of the name (Jekyll's form)."""
    found = _NAMED.match(stem)
    if not found:
        return "", stem
    try:
        date(*map(int, found[1].split("-")))
    except ValueError:
        return "", stem
    return found[1], stem[found.end() :]


def path_date(folders: str, stem: str) -> str:
    """Return the last date in a file's name or else in its folders, or ""; `folders` are those below the posts folder.

    It is written 2024-01-03, as Hugo, Eleventy and Pelican read it, or as folders 2024/01/03.
    """
    for text, pattern in ((stem, _DATED), (folders, _DATED_FOLDER)):
        for year, month, day in reversed(pattern.findall(text)):
            try:
                return date(int(year), int(month), int(day)).isoformat()
            except ValueError:
                continue
    return ""


def published_at(raw: RawPost, *, may_be_change: bool = False) -> Moment | None:
    """Return when a post was published: its timestamp comment, Hugo's `publishDate`, `date`, or its path.

    Where none of them says it, the day in its own address does, then when it was written, and with `may_be_change`, as
    in Hugo, when it changed.

    A `publishDate` may be changed later, so identity comes from the others.
    """
    stamped = _stamp(raw) if raw.stamp else None
    dated = first(raw, "date", moment)
    # a day without a time means any time of it
    if stamped and dated and abs(stamped.ms - dated.ms) > (1000 if ":" in raw.fields["date"].raw else _DAY_MS):
        form = "%Y-%m-%d %H:%M:%S"
        message = f"{utc(stamped.ms):{form}} UTC in the comment, {utc(dated.ms):{form}} in the header"
        raw.report(DATES_DIFFER.at(raw.path, message, line=raw.stamp_line, field="date"))
    given = first(raw, "publish_date", moment)
    named = None if stamped or dated else _named(raw)
    lasting, used = stamped or dated or named or _addressed(raw), "publish_date" if given else "date"
    for other in ("created", "updated_ms") if may_be_change else ("created",):
        if not (lasting or given):
            lasting, used = first(raw, other, moment), other
    place = ADDRESS if not named else FILE_NAME if path_date("", raw.name) else PATH
    raw.origins["published_ms"] = (STAMP,) if stamped else raw.origins.get(used, (place,))
    if given and not stamped:
        return Moment(given.ms, (lasting or given).identity_ms)
    return lasting


def _named(raw: RawPost) -> Moment | None:
    written = file_name_date(raw.name)[0] or path_date(raw.folders, raw.name)
    try:
        return read_date(written, raw.zone) if written else None
    except DateError as error:
        raw.report(BAD_DATE.at(raw.path, f"in the path: {error}"))
        return None


def _addressed(raw: RawPost) -> Moment | None:
    """Return the day in the address that a header gives, or None."""
    for key in KEYS["permalink"]:
        written = raw.fields[key].value if key in raw.fields and key != "link" else None
        day = path_date(written, "") if isinstance(written, str) else ""
        if day:
            return read_date(day, raw.zone)
    return None


def _stamp(raw: RawPost) -> Moment | None:
    written, line = raw.stamp, raw.stamp_line
    found = read_count(written)
    if not found:
        raw.report(BAD_STAMP.at(raw.path, f"<!--{written[:40]}-->", line=line))
        return None
    milliseconds, unit = found
    if unit != "milliseconds":
        message = f"<!--{written}--> was read as {unit}: {utc(milliseconds):%Y-%m-%d %H:%M:%S} UTC"
        raw.report(STAMP_UNIT.at(raw.path, message, line=line))
    return Moment(milliseconds, milliseconds)


def moment(raw: RawPost, key: str, field: Field) -> Moment | None:
    """Return the moment that a field of a header names; a bad date is reported."""
    if key == "published" and is_flag(field):
        return None
    value = field.value.strip() if isinstance(field.value, str) else field.raw
    counted = read_count(value) if len(value) > 8 else None
    if counted:
        return Moment(counted[0], counted[0])
    try:
        return read_date(value, raw.zone)
    except DateError as error:
        message, fix = str(error), ""
        if _OWN_TIMES.fullmatch(value):
            message = f'"{value}" means a time of the file, which differs between machines'
            fix = "Write the date itself, or give the file's name one: 2024-01-02-name.md."
        raw.problem(BAD_DATE, message, key, fix)
        return None
