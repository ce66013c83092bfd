"""How every format writes times, terms and JSON; and a check for characters that XML forbids.

In: times in milliseconds since 1970, entries, plain values. Out: text. Never reads a file or the clock.
"""

from __future__ import annotations

import json
from datetime import tzinfo
from email.utils import format_datetime

from feedtool.model import Entry, utc
from feedtool.syntax import NOT_XML

_JSON = json.JSONEncoder(ensure_ascii=False).encode


def rfc3339(milliseconds: int) -> str:
    """Return the time in UTC (RFC 3339 section 5.6), with milliseconds unless they are 0."""
    precision = "milliseconds" if milliseconds % 1000 else "seconds"
    return utc(milliseconds).isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def rfc822(milliseconds: int) -> str:
    """Return the time in UTC (RFC 822), with English names under any locale."""
    return format_datetime(utc(milliseconds))


def day_of(milliseconds: int, *, zone: tzinfo) -> str:
    """Return the day in the zone as year-month-day; in UTC for a time at the very end of the calendar."""
    try:
        return utc(milliseconds).astimezone(zone).date().isoformat()
    except OverflowError:
        return rfc3339(milliseconds)[:10]


def terms(entry: Entry) -> tuple[str, ...]:
    """Return the entry's categories, then its tags, each name once."""
    return tuple(dict.fromkeys(entry.categories + entry.tags))


def json_text(value: object, *, indent: str = "") -> str:
    """Return the value as indented JSON, keys in the order given, without escapes for letters of other scripts.

    Every line but the first begins with `indent`. The keys of objects must be text.
    """
    # the json module indents in Python, value by value, and takes several times as long
    if isinstance(value, dict) and value:
        inner = indent + "  "
        lines = [f"{_JSON(key)}: {json_text(each, indent=inner)}" for key, each in value.items()]
        return f"{{\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and value:
        inner = indent + "  "
        return f"[\n{inner}" + f",\n{inner}".join([json_text(each, indent=inner) for each in value]) + f"\n{indent}]"
    return _JSON(value)


def require_xml_characters(where: str, *texts: str) -> None:
    """Raise AssertionError with `where` if a text has a character that XML 1.0 forbids."""
    found = NOT_XML.search("\n".join(texts))
    assert found is None, f"{where}: U+{ord(found[0]):04X} is not a character that XML 1.0 allows"
