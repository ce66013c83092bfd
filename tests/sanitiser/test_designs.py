"""Pages of many designs and languages, each in a file that says what must stay and what must go.

The comment at the head of a file holds `url:`, `title:`, `author:`, `day:`; then a line for each text that must stay (`+`)
or go (`-`), for each address that must stay (`+@`) or go (`-@`); and `same` where no word may change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from cleaning import RULES

from feedtool.config import Sanitiser
from feedtool.sanitiser import Facts, clean, load_rules

CASES = Path(__file__).parent / "cases"


@dataclass
class Case:
    """A page and what is expected of it."""

    html: str
    facts: Facts
    expected: dict[str, list[str]] = field(default_factory=dict)


def _case(path: Path) -> Case:
    head, _, html = path.read_text(encoding="utf-8").removeprefix("<!--\n").partition("-->\n")
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
    facts = Facts(base_url=said["url"], title=said["title"], authors=authors, published_ms=published_ms)
    return Case(html=html, facts=facts, expected=expected)


def _squash(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _text(html: str) -> str:
    return _squash(BeautifulSoup(html, "lxml").get_text())


def _addresses(html: str) -> str:
    values = [str(v) for tag in BeautifulSoup(html, "lxml").find_all() for v in tag.attrs.values()]
    return "\n".join(values)


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.html")))
def test_a_page_keeps_its_article_and_loses_its_navigation(name: str) -> None:
    """What the page's designer put around the article goes; every word, picture and link of the article stays."""
    case = _case(CASES / f"{name}.html")
    html = clean(case.html, case.facts, rules=RULES).html
    text, addresses = _text(html), _addresses(html)
    lost = [s for s in case.expected["+"] if _squash(s) not in text]
    lost += [s for s in case.expected["+@"] if s not in addresses]
    left = [s for s in case.expected["-"] if _squash(s) in text]
    left += [s for s in case.expected["-@"] if s in addresses]
    assert ([], []) == (lost, left)
    if case.expected["same"]:
        assert _text(case.html) == text


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.html")))
def test_a_page_that_was_cleaned_is_clean(name: str) -> None:
    """Cleaning the result changes nothing."""
    case = _case(CASES / f"{name}.html")
    once = clean(case.html, case.facts, rules=RULES).html
    assert once == clean(once, case.facts, rules=RULES).html


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.html")))
def test_a_change_of_one_rule_touches_only_what_it_is_about(name: str) -> None:
    """A page from which a rule took nothing comes out the same, byte for byte, without that rule."""
    case = _case(CASES / f"{name}.html")
    found = clean(case.html, case.facts, rules=RULES)
    used = {removal.rule for removal in found.removals}
    # labels are judged together where several make a line; a fifth of the rules for each page covers all of them
    others = sorted(rule.name for rule in RULES.rules.values() if rule.kind != "labels" and rule.name not in used)
    for unused in others[len(name) % 5 :: 5]:
        without = load_rules(Sanitiser(off=(unused,)))[0]
        assert clean(case.html, case.facts, rules=without).html == found.html, unused
