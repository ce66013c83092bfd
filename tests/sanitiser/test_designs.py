"""Pages of many designs and languages: what must stay stays, what must go goes. See designs.py."""

from __future__ import annotations

import pytest
from cleaning import RULES
from designs import NAMES, case, text_of, there
from quality import PROGRAMS, shares

from feedtool import urls
from feedtool.config import Sanitiser, SiteRules
from feedtool.sanitiser import clean, load_rules


@pytest.mark.parametrize("name", NAMES)
def test_a_page_keeps_its_article_and_loses_its_navigation(name: str) -> None:
    """What the page's designer put around the article goes; every word, picture and link of the article stays."""
    page = case(name)
    html = clean(page.html, page.facts, rules=RULES).html
    found = there(page, html)
    wrong = {
        sign: [value for value, is_there in zip(page.expected[sign], each, strict=True) if is_there is (sign[0] == "-")]
        for sign, each in found.items()
    }
    assert {"+": [], "-": [], "+@": [], "-@": []} == wrong
    if page.expected["same"]:
        assert text_of(page.html) == text_of(html)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_that_was_cleaned_is_clean(name: str) -> None:
    """Cleaning the result changes nothing."""
    page = case(name)
    once = clean(page.html, page.facts, rules=RULES).html
    assert once == clean(once, page.facts, rules=RULES).html


@pytest.mark.parametrize("name", NAMES)
def test_a_change_of_one_rule_touches_only_what_it_is_about(name: str) -> None:
    """A page from which a rule took nothing comes out the same, byte for byte, without that rule."""
    page = case(name)
    found = clean(page.html, page.facts, rules=RULES)
    used = {removal.rule for removal in found.removals}
    # labels are judged together where several make a line, and class words confirm what the shape of a block says;
    # a fifth of the rules for each page covers all of them
    kinds = {"labels", "words", "roles"}
    others = sorted(rule.name for rule in RULES.rules.values() if rule.kind not in kinds and rule.name not in used)
    for unused in others[len(name) % 5 :: 5]:
        without = load_rules(Sanitiser(off=(unused,)))[0]
        assert clean(page.html, page.facts, rules=without).html == found.html, unused


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_on_lines_that_finds_none_changes_nothing(name: str) -> None:
    """Lines beside breaks are elements only while such a rule looks at them."""
    page = case(name)
    sites = {urls.host_of(page.facts.base_url): SiteRules(drop=('text-line:-soup-contains("No such words.")',))}
    rules = load_rules(Sanitiser(sites=sites))[0]
    assert clean(page.html, page.facts, rules=rules).html == clean(page.html, page.facts, rules=RULES).html


def test_the_table_of_quality_says_what_these_tests_say() -> None:
    """The row of feedtool in the table of the README is what the table's program prints."""
    assert [100, 100, 100, 100] == shares(PROGRAMS["feedtool"][1])
    assert shares(PROGRAMS["untouched"][1])[2] < 50
