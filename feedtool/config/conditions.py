"""Feeds of one's own, with the conditions on their entries. Pure."""

# ruff: noqa: RUF009 - each field of `Custom` is a declaration

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias

from feedtool.config.checks import (
    BadValueError,
    WrongTypeError,
    did_you_mean,
    host,
    one_of,
    shown,
    takes,
    text,
    texts,
)
from feedtool.config.declaration import key
from feedtool.config.placeholders import folder_name
from feedtool.syntax import date_w3c, language_fault

#: What the entries of a feed are ordered by; the time that one entry of a digest is for.
Order: TypeAlias = Literal["published", "updated"]
Span: TypeAlias = Literal["off", "day", "week"]

order: Callable[[object], Order] = one_of(("published", "updated"), "order")
digest: Callable[[object], Span] = one_of(("off", "day", "week"), "choice")
_BY_DATE: Order = "published"
_NO_DIGEST: Span = "off"
_THINGS = ("enclosure", "picture")
_LIST = {"type": "array", "items": {"type": "string", "pattern": r"\S"}, "uniqueItems": True}
_DAY = {"type": "string", "pattern": r"^\s*\d{4}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Conditions that an entry meets or not."""

    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    #: BCP 47; a language includes its kinds
    languages: tuple[str, ...] = ()
    #: of sources, in lower case and ASCII; a host includes its subdomains
    hosts: tuple[str, ...] = ()
    #: of posts, as their paths begin
    folders: tuple[str, ...] = ()
    #: in the title, in any case
    words: tuple[str, ...] = ()
    #: "enclosure", "picture"
    has: tuple[str, ...] = ()
    #: published then or later; and before; in milliseconds since 1970
    since: int | None = None
    until: int | None = None
    #: each condition on its own, as a key and one of its values; every story is tried by them
    each: tuple[tuple[str, Any], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """List the conditions."""
        days = [(name, day) for name in _DAYS if (day := getattr(self, name)) is not None]
        several = [(name, value) for name in _NAMES if name not in _DAYS for value in getattr(self, name)]
        object.__setattr__(self, "each", (*several, *days))


_NAMES = tuple(each.name for each in fields(Conditions) if each.init)
_DAYS = ("since", "until")


@takes(
    "a table of conditions",
    {
        "type": "object",
        "properties": {name: _DAY if name in _DAYS else _LIST for name in _NAMES},
        "additionalProperties": False,
    },
)
def conditions(value: object) -> Conditions:
    """Return the conditions of a TOML table, such as { tags = ["tea"], since = "2024-01-01" }."""
    if not isinstance(value, dict):
        raise WrongTypeError("a table of conditions", value, 'Write a table: any = { tags = ["tea"] }')
    for name in value:
        if name not in _NAMES:
            fix = f"{did_you_mean(name, _NAMES)}Conditions: {', '.join(_NAMES)}."
            raise BadValueError(f"{shown(name)} is not a condition", fix)
    given: dict[str, Any] = {
        name: _day(each) if name in _DAYS else _checked(name, each) for name, each in value.items()
    }
    return Conditions(**given)


def _checked(name: str, value: object) -> tuple[str, ...]:
    """Return the values of a condition."""
    names = texts(value)
    if name == "hosts":
        return tuple(dict.fromkeys(map(host, names)))
    if name == "has" and (wrong := [each for each in names if each not in _THINGS]):
        raise BadValueError(f"{shown(wrong[0])} cannot be asked for", f"A post may have: {', '.join(_THINGS)}.")
    if name == "languages" and (faults := [(each, fault) for each in names if (fault := language_fault(each))]):
        raise BadValueError(f"{shown(faults[0][0])} is not a language: {faults[0][1]}")
    return names


def _day(value: object) -> int:
    """Return the first moment of a day, UTC, in milliseconds since 1970."""
    is_day = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(value))
    found = date_w3c(str(value)) if is_day else None
    if found is None or found.ms is None:
        raise BadValueError(f"{shown(value)} is not a day", 'Write "2024-02-29".')
    return found.ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """A feed of one's own."""

    name: str = key(text, "", '"Harbour"')("Name of the feed, which never changes; also its title, if it has none.")
    title: str = key(text, "", '"News of the harbour"')("Title of the feed.")
    path: str = key(folder_name, "", '"harbour"')(
        "Folder of the feed, below the output folder. The default is made of the name."
    )
    any: Conditions = key(conditions, Conditions(), '{ tags = ["harbour"], words = ["ferry"] }')(
        "Conditions of which entries meet at least one: `categories`, `tags`, `authors`, `languages` (`zh` includes"
        " `zh-Hant`), `hosts` of sources with their subdomains, `folders` of posts, `words` in the title, `has`"
        ' (`"enclosure"`, `"picture"`), `since` and `until` (days, UTC).'
    )
    all: Conditions = key(conditions, Conditions(), '{ languages = ["zh"] }')(
        "Conditions that entries meet, each of them."
    )
    none: Conditions = key(conditions, Conditions(), '{ hosts = ["ads.example.org"] }')(
        "Conditions of which entries meet none."
    )
    order: Order = key(order, _BY_DATE, '"updated"')(
        "`published`: the newest entries. `updated`: those that changed last; such a feed has no archives, and all"
        " entries that meet its conditions are made for it."
    )
    digest: Span = key(digest, _NO_DIGEST, '"week"')(
        "`day` or `week`: instead of its entries, the feed has one entry for each day or week, which lists them, as"
        " soon as there is an entry of a later one. Days are those of `site.timezone`. Such a feed has no archives."
    )
    #: of the table in the configuration file, from 1; 0 if unknown
    line: int = 0

    @property
    def has_digests(self) -> bool:
        """Return whether its entries list others."""
        return self.digest != _NO_DIGEST

    @property
    def is_sorted(self) -> bool:
        """Return whether its entries are chosen, or listed, by more than their dates."""
        return self.order == "updated" or self.has_digests
