"""How values are spelled in every format: times, terms, JSON, and the characters that XML allows.

In: times in milliseconds, entries, plain values. Out: text or bytes. Never reads a file or the clock.
"""

from __future__ import annotations

import json
from datetime import tzinfo
from email.utils import format_datetime

from feedtool.model import Entry, utc
from feedtool.syntax import NOT_XML

_JSON = json.JSONEncoder(ensure_ascii=False).encode


def rfc3339(milliseconds: int) -> str:
    """Return the time in UTC as RFC 3339 section 5.6 writes it; milliseconds only where there are any."""
    precision = "milliseconds" if milliseconds % 1000 else "seconds"
    return utc(milliseconds).isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def day_of(milliseconds: int, *, zone: tzinfo) -> str:
    """Return the day in the zone, as year-month-day; in UTC where the calendar ends between the two."""
    try:
        return utc(milliseconds).astimezone(zone).date().isoformat()
    except OverflowError:
        return rfc3339(milliseconds)[:10]


def rfc822(milliseconds: int) -> str:
    """Return the time in UTC as RFC 822 writes it, with English names under any locale."""
    return format_datetime(utc(milliseconds))


def terms(entry: Entry) -> tuple[str, ...]:
    """Return the names that the entry is filed under: categories, then tags, each once."""
    return tuple(dict.fromkeys(entry.categories + entry.tags))


def json_text(value: object, *, indent: str = "") -> str:
    """Return the value as indented JSON, keys in the order given, letters of every script as they are.

    Every line but the first begins with `indent`; the keys of objects are texts.
    """
    # the json module lays out in Python, value by value, and is several times slower at it than this
    if isinstance(value, dict) and value:
        inner = indent + "  "
        lines = [f"{_JSON(key)}: {json_text(each, indent=inner)}" for key, each in value.items()]
        return f"{{\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and value:
        inner = indent + "  "
        return f"[\n{inner}" + f",\n{inner}".join([json_text(each, indent=inner) for each in value]) + f"\n{indent}]"
    return _JSON(value)


def require_xml_characters(where: str, *texts: str) -> None:
    """Raise AssertionError, naming `where`, if a text holds a character that XML 1.0 forbids."""
    if NOT_XML.search("\n".join(texts)) is None:
        return
    for text in texts:
        found = NOT_XML.search(text)
        assert found is None, f"{where}: U+{ord(found[0]):04X} is not a character that XML 1.0 allows"
