"""Pages of many designs and languages, each in a file that says what must stay and what must go.

The comment at the head of a file holds `url:`, `title:`, `author:`, `day:`; then a line for each text that must stay (`+`)
or go (`-`), for each address that must stay (`+@`) or go (`-@`); and `same` where no word may change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bs4 import BeautifulSoup

from feedtool.sanitiser import Context

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.html"))


@dataclass(frozen=True)
class Case:
    """A page, and what must stay and go."""

    html: str
    facts: Context
    #: by the sign that stands before them
    expected: dict[str, list[str]]


def case(name: str) -> Case:
    """Return the page of that name."""
    head, _, html = (CASES / f"{name}.html").read_text(encoding="utf-8").removeprefix("<!--\n").partition("-->\n")
    said: dict[str, str] = {}
    expected: dict[str, list[str]] = {"+": [], "-": [], "+@": [], "-@": [], "same": []}
    for line in head.splitlines():
        key, _, value = line.partition(" ")
        if key in expected:
            expected[key].append(value)
        else:
            said[key.rstrip(":")] = value
    authors = (said["author"],) if "author" in said else ()
    day = datetime.fromisoformat(said["day"]).replace(tzinfo=UTC) if "day" in said else None
    published_ms = int(day.timestamp() * 1000) if day else None
    facts = Context(base_url=said["url"], title=said["title"], authors=authors, published_ms=published_ms)
    return Case(html=html, facts=facts, expected=expected)


def text_of(html: str) -> str:
    """Return the text of the page without white space."""
    return squashed(BeautifulSoup(html, "lxml").get_text())


def squashed(text: str) -> str:
    """Return the text without white space, which no reader sees."""
    return re.sub(r"\s+", "", text)


def there(case: Case, html: str) -> dict[str, list[bool]]:
    """Return which of the texts and addresses that a case names are in the page, by sign."""
    text = text_of(html)
    values = "\n".join(str(value) for tag in BeautifulSoup(html, "lxml").find_all() for value in tag.attrs.values())
    return {
        sign: [value in values if "@" in sign else squashed(value) in text for value in case.expected[sign]]
        for sign in ("+", "-", "+@", "-@")
    }
