"""The fields of a header: their values, and which keys mean which field of a post. Pure.

Values are text, also where they look like numbers or dates.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from feedtool.frozen import frozen
from feedtool.syntax import FORBIDDEN

#: text, a list, a table, or nothing
Value = str | tuple["Value", ...] | dict[str, "Value"] | None

#: For each field of a post the keys that give it, in order of precedence: lower-case, with "_" for "-".
#: This is the only list of them. What `published` means depends on its value: see `field_of`.
KEYS = {
    "title": ("title", "linktitle"),
    # Hugo: when it is shown; not the same as `date`
    "publish_date": ("publishdate", "publish_date", "pubdate", "pubdatetime", "publishedat", "published_at"),
    "date": ("date", "published"),
    # asked last
    "created": ("created", "created_at", "createdat", "date_created", "date_added", "dateadded"),
    "updated_ms": ("updated", "last_modified_at", "lastmod", "modified", "updateddate", "updated_at", "moddatetime"),
    "expires_ms": ("expirydate", "expiry_date", "unpublishdate"),
    "is_draft": ("draft", "published", "status"),
    "source": ("from", "source"),
    "permalink": ("permalink", "link", "url", "path"),  # Zola: `path`, in TOML only
    "declared_id": ("id", "guid"),
    "slug": ("slug",),
    "authors": ("author", "authors"),  # all count
    "categories": ("categories", "category"),  # all count; the plural first
    "tags": ("tags", "tag"),  # all count; the plural first
    "language": ("lang", "language"),
    "summary": ("summary", "description", "excerpt"),
    "image": ("image", "images"),
    "enclosures": ("enclosure", "enclosures"),
}
_FIELDS = {key: name for name, keys in KEYS.items() for key in keys}
#: of Pelican: those that hide a post, and the one that shows it
_HIDDEN, _SHOWN = frozenset({"draft", "hidden", "skip"}), "published"
_YES, _NO = frozenset({"true", "yes", "on", "y", "1"}), frozenset({"false", "no", "off", "n", "0"})
#: keys that keep a post out of feeds: with which values, and how their generator writes it
_HIDING = {
    "draft": (_YES, "draft: true"),
    "published": (_NO, "published: false"),
    "eleventyexcludefromcollections": (_YES, "eleventyExcludeFromCollections: true"),
    "override:tags": (frozenset({"none"}), "override:tags:"),
    "headless": (_YES, "headless: true"),
    "status": (_HIDDEN, ""),
}
#: Hugo's tables of build options, and the values of `list` and `render` that keep a page out of its feeds
_BUILD, _NEVER = ("build", "_build"), frozenset({"never", "false", "local"})

#: tables of a header (Zola, Hugo), and the keys in them that are read as if they were outside
_TABLES = ("taxonomies", "params")
_IN_TABLES = {key for name in ("categories", "tags", "authors", "image") for key in KEYS[name]}
#: tables within tables, more than any value has
DEEPEST = 50


@frozen
class Origin:
    """Where a value was read."""

    #: words that go behind the value: "from the front matter's `date`"
    whence: str
    #: the file as the user knows it
    path: str
    #: in the file, from 1; 0 where no line is meant
    line: int = 0


class Field(NamedTuple):
    """A header field as read. A tuple, since making one takes a third of the time that a frozen dataclass takes."""

    value: Value
    #: in the post's file, from 1; 0 where the file does not have it
    line: int
    #: the text behind the key on its line, as written
    raw: str
    #: the value is text without quotes, which other tools may not take for text
    is_bare: bool = False
    #: for a field from a table of the header or from the configuration
    origin: Origin | None = None


Fields = dict[str, Field]


@lru_cache(1000)
def normal_key(name: str) -> str:
    """Return a key as `KEYS` has it."""
    return name.strip().lower().replace("-", "_")


def typed(value: Any, deepest: int = DEEPEST) -> Value:  # noqa: ANN401 - any value of TOML or JSON
    """Return a value of TOML or JSON as a header's. Raises OverflowError where it is nested deeper than that."""
    if deepest < 0:
        raise OverflowError
    if isinstance(value, list):
        return tuple(typed(child, deepest - 1) for child in value)
    if isinstance(value, dict):
        return {str(key): typed(child, deepest - 1) for key, child in value.items()}
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return None if value is None else FORBIDDEN.sub("", str(value))


def is_flag(field: Field) -> bool:
    """Return whether a field says yes or no."""
    word = str(field.value).lower()
    return word in _YES or word in _NO


def kept_out(fields: Fields, hidden_by: Iterable[str] = ()) -> str:
    """Return the line of a header that keeps its post out of feeds, or ""; `hidden_by`: the site's own keys for it."""
    for key, (words, written) in (_HIDING | dict.fromkeys(hidden_by, (_YES, ""))).items():
        if key in fields and str(fields[key].value).lower() in words:
            return written or f"{key}: {fields[key].value}"
    for name in _BUILD:
        options = fields[name].value if name in fields else None
        for key, value in options.items() if isinstance(options, dict) else ():
            if key in ("list", "render") and str(value).lower() in _NEVER:
                return f"{name}.{key}: {value}"
    return ""


def field_of(key: str, field: Field) -> str:
    """Return the name of the post's field that a key gives, or the key itself where none is known."""
    name = _FIELDS.get(key, key)
    if name != "is_draft":
        return name
    says_so = str(field.value).lower() in (*_HIDDEN, _SHOWN) if key == "status" else is_flag(field)
    return name if says_so else "date" if key == "published" else key


def with_defaults(own: Fields, defaults: Mapping[str, Field]) -> Fields:
    """Return a header's fields, and those defaults for which the header has no key of the same meaning."""
    said = {name for key, field in own.items() if field.value is not None for name in (key, field_of(key, field))}
    return own | {key: field for key, field in defaults.items() if said.isdisjoint((key, field_of(key, field)))}


def with_tables(fields: Fields, path: str) -> Fields:
    """Return the fields of a file's header, and those that its own tables hold."""
    found: Fields = {}
    for table in _TABLES:
        values = fields[table].value if table in fields else None
        for name, value in values.items() if isinstance(values, dict) else ():
            if (key := name.strip().lower()) in _IN_TABLES:
                line = fields[table].line
                origin = Origin(whence=f"from the front matter's `{table}.{name}`", path=path, line=line)
                found[key] = Field(value, line, str(value)[:200], origin=origin)
    return found | fields


def plain(text: str) -> str:
    """Return one line of plain text: entities resolved once, white space folded, Unicode form NFC."""
    text = html.unescape(text) if "&" in text else text
    if not text.isprintable():
        text = FORBIDDEN.sub("", text)
    return unicodedata.normalize("NFC", " ".join(text.split()))
