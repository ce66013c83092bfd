"""Checks of the addresses of pictures and of values about podcasts. Pure."""

# ruff: noqa: RUF009 - each field of `Podcast` is a declaration
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedtool.config.checks import WEB, BadValueError, WrongTypeError, language, shown, takes, text, web_address
from feedtool.config.declaration import key as declare
from feedtool.config.podcast_table import CATEGORIES, ROWS, Part, facts_of
from feedtool.model import Fact, Kind

_NOT_SHOWN = r"\.([sS][vV][gG]|[iI][cC][oO]|[wW][eE][bB][pP]|[aA][vV][iI][fF])$"


@takes("a web address", {**WEB, "not": {"pattern": _NOT_SHOWN}})
def picture(value: object) -> str:
    """Return the address of a picture in one of the formats that RSS allows; or ""."""
    url = web_address(value)
    if re.search(_NOT_SHOWN, url):
        raise BadValueError(f"{shown(url)} is not a PNG, GIF or JPEG", "Many readers show no other pictures of a feed.")
    return url


#: the value of a key of a podcast
Facts = tuple[Fact, ...]
_SCHEMAS: Mapping[str, dict[str, Any]] = {
    **{kind: {"type": "boolean"} for kind in ("true or false", "yes", "yes or no")},
    "decimal": {"type": "number"},
    "category": {"type": "string", "pattern": "^(" + "|".join(map(re.escape, CATEGORIES)) + ")"},
}


def said(key: str) -> Facts:
    """Declare a key of a podcast, as its row in `feedtool.config.podcast_table` has it."""
    row = ROWS[key]
    first, *others = row.parts.items()
    words = first[1].kind if not others else "a table"
    if first[1].choices:
        words = f"one of {', '.join(first[1].choices)}"
    own = _schema(first[1]) if not others else {
        "anyOf": [_schema(first[1]), {
            "type": "object",
            "properties": {name: _schema(part) for name, part in row.parts.items()},
            "additionalProperties": False,
        }],
    }  # fmt: skip

    @takes(f"a list ({words})" if row.is_many else words, {"type": "array", "items": own} if row.is_many else own)
    def check(value: object) -> Facts:
        if row.is_many and not isinstance(value, list | tuple):
            raise WrongTypeError("a list", value, f"Write it in brackets: {row.example}")
        try:
            return facts_of(row, value)
        except ValueError as error:
            raise BadValueError(f"{error}; read {shown(value)}", f"Write it like this: {row.example}") from error

    return declare(check, (), row.example)(row.meaning)


def _schema(part: Part) -> dict[str, Any]:
    return {"enum": list(part.choices)} if part.choices else _SCHEMAS.get(part.kind, {"type": "string"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Podcast:
    """A podcast: a feed, and facts about it."""

    category: str = declare(text, "", '"Talks"')(
        "The category whose feed is the podcast. With neither this nor `custom`, it is the feed of all entries."
    )
    custom: str = declare(text, "", '"Harbour"')("Or the name of the feed under `[[feeds.custom]]`.")
    title: str = declare(text, "", '"Harbour talks"')("Title of the podcast. The default is that of the feed.")
    description: str = declare(text, "", '"Talks with those who work there"')("What the podcast is about.")
    language: str = declare(language, "", '"en"')("Language spoken. The default is that of the feed.")
    author: Facts = said("author")
    owner: Facts = said("owner")
    image: Facts = said("image")
    categories: Facts = said("categories")
    explicit: Facts = said("explicit")
    type: Facts = said("type")
    complete: Facts = said("complete")
    block: Facts = said("block")
    new_feed_url: Facts = said("new_feed_url")
    copyright: Facts = said("copyright")
    guid: Facts = said("guid")
    locked: Facts = said("locked")
    funding: Facts = said("funding")
    medium: Facts = said("medium")
    people: Facts = said("people")
    location: Facts = said("location")
    #: of the table in the configuration file, from 1; 0 if unknown
    line: int = 0

    @property
    def kind(self) -> Kind:
        """Return the kind of its feed."""
        return "category" if self.category else "custom" if self.custom else "all"

    @property
    def term(self) -> str:
        """Return the term of its feed."""
        return self.category or self.custom

    @property
    def facts(self) -> Facts:
        """Return all facts, in the order of the table."""
        return tuple(fact for row in ROWS if hasattr(self, row) for fact in getattr(self, row))
