"""Each built-in rule does what its example says, and nothing else does it; users add, switch off and rescue."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace

import bs4
import pytest
from cleaning import cleaned, user_rules

from feedtool.build.feed_jobs import entry_key
from feedtool.config import Config, Sanitiser, SiteRules
from feedtool.sanitiser import Context, Rules, clean, load_rules, prepare
from feedtool.sanitiser.rules import Rule, built_in, rule_on_word, words

NAMES = sorted(built_in())


PROSE = (
    "The ferryman had not owned a motor for thirty years, and nobody in the village could say when the last one went. "
    "He pulled the boat across by a rope that his father had spliced, slowly in summer and slower in spring."
)


def article(html: str) -> str:
    """Return an example with the length of an article: its paragraphs "Words" get a text."""
    return re.sub(r"<p>(Words[^<]*)</p>", rf"<p>\1 {PROSE}</p>", html)


def shown(rule: Rule, rules: Rules) -> str:
    example = rule.example
    facts = Context(
        base_url=example.url, title=example.title, authors=example.authors, published_ms=example.published_ms
    )
    return clean(article(example.before), facts, rules=rules).html


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_does_what_its_example_says(name: str) -> None:
    """The pair in the rule file is true."""
    rule = built_in()[name]
    assert shown(rule, load_rules(Sanitiser())[0]) == article(rule.example.after)


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_that_is_switched_off_does_nothing(name: str) -> None:
    """`sanitiser.off` works for every rule, and no rule is covered by the others in its own example."""
    rule = built_in()[name]
    assert shown(rule, load_rules(Sanitiser(off=(name,)))[0]) != article(rule.example.after)


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_says_why(name: str) -> None:
    """Every cut can be explained."""
    assert len(built_in()[name].why) > 5


def test_a_user_drops_what_the_rules_keep() -> None:
    """A selector for a host counts for its subdomains, and the removal carries the user's reason."""
    found = cleaned("<p>Words.</p><p class='x'>Advice.</p>", sanitiser=user_rules(drop=(".x",)))
    assert (found.html, [removal.why for removal in found.removals]) == ("<p>Words.</p>", ["mine"])


@pytest.mark.parametrize(
    ("config", "is_needed"),
    [
        (user_rules(drop=(".x",)), True),
        (Sanitiser(keep=(".x",)), True),
        (replace(user_rules(drop=(".x",)), trim=False), False),
        (Sanitiser(), False),
    ],
)
def test_selectors_are_prepared_where_a_rule_needs_them(
    monkeypatch: pytest.MonkeyPatch, *, config: Sanitiser, is_needed: bool
) -> None:
    """The library for them takes longer to load than many posts take to clean."""
    asked: list[str] = []
    monkeypatch.setattr(bs4.Tag, "select", lambda _, selector: asked.append(selector))
    prepare(load_rules(config)[0], ["other.example.net", "news.example.org"])
    assert bool(asked) == is_needed


def test_a_user_keeps_what_the_rules_drop() -> None:
    """`keep` rescues an element, and all that is in it."""
    box = '<p>Words.</p><div class="related-posts"><p><a href="https://a.example/">One</a></p></div>'
    assert "One" not in cleaned(box).html
    assert "One" in cleaned(box, sanitiser=user_rules(keep=(".related-posts",))).html
    assert "One" in cleaned(box, sanitiser=Sanitiser(keep=(".related-posts",))).html


def test_a_user_unwraps() -> None:
    """`unwrap` opens an element and keeps its content."""
    found = cleaned("<blockquote class='x'><p>Words.</p></blockquote>", sanitiser=user_rules(unwrap=(".x",)))
    assert found.html == "<p>Words.</p>"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>One <b>bold</b> word.<br>Our letter is <i>free</i>.<br>Two.</p>", "<p>One <b>bold</b> word.<br>Two.</p>"),
        ("<div><p>One.</p>Our letter.<br><br><br>Two.</div>", "<div><p>One.</p>Two.</div>"),
        (
            "<p><br>One <b>bold</b> word, our letter.<br>Two.</p>",
            "<p><br>One <b>bold</b> word, our letter.<br>Two.</p>",
        ),
        ("<p>One.<br>Our letter.</p><p>Two.</p>", "<p>One.<br></p><p>Two.</p>"),
        ("<p>Our letter.</p><p>One.<br>Two.</p>", "<p>Our letter.</p><p>One.<br>Two.</p>"),
    ],
)
def test_a_selector_may_name_a_line_beside_a_break(before: str, after: str) -> None:
    """It is called text-line, and goes with the breaks that end it; a paragraph without breaks has no such lines."""
    rule = user_rules(drop=('text-line:-soup-contains("Our letter")',))
    assert cleaned(before, sanitiser=rule).html == after


def test_a_line_beside_a_break_stays_with_what_is_kept_in_it() -> None:
    """As any element does."""
    rule = user_rules(drop=('text-line:-soup-contains("Our letter")',), keep=("i",))
    text = "<p>One.<br>Our letter is <i>free</i>.<br>Two.<br>Three.</p>"
    assert cleaned(text.replace("Three", "Our letter"), sanitiser=rule).html == text.replace("Three.", "")


def test_a_rule_for_one_host_leaves_another_alone() -> None:
    """Site rules go by the post's source."""
    found = cleaned("<p class='x'>Words.</p>", url="https://other.example/", sanitiser=user_rules(drop=(".x",)))
    assert "Words." in found.html


def test_a_selector_that_cannot_be_read_is_reported_with_its_line() -> None:
    """The rest of the table counts all the same."""
    table = SiteRules(drop=("..", ".x"), line=7)
    rules, problems = load_rules(Sanitiser(sites={"example.org": table}), "feedtool.toml")
    assert [(p.code, p.path, p.line) for p in problems] == [("bad-selector", "feedtool.toml", 7)]
    assert [site.drop for site in rules.sites if "example.org" in site.hosts] == [(".x",)]


def test_an_unknown_rule_name_is_reported() -> None:
    """A misspelt name in `off` is not passed over in silence."""
    _, problems = load_rules(Sanitiser(off=("share-button",)), "feedtool.toml")
    assert [(p.code, p.fix) for p in problems] == [("unknown-rule", 'Did you mean "share-buttons"?')]


def test_the_key_of_an_entry_changes_with_every_rule() -> None:
    """An entry that was cleaned under other rules is made again."""
    chosen = [(), *((name,) for name in NAMES)]
    keys = {entry_key(Config(), load_rules(Sanitiser(off=off))[0])(b"", "", 0) for off in chosen}
    assert len(keys) == len(NAMES) + 1


def test_trimming_can_be_switched_off() -> None:
    """Repair and safety stay."""
    box = '<div class="related-posts"><a href="/one">One</a><script>x</script></div>'
    found = cleaned(box, sanitiser=Sanitiser(trim=False))
    assert (found.html, found.removals) == ('<div><a href="https://news.example.org/one">One</a></div>', ())


def test_a_word_means_what_the_rules_at_hand_say_of_it() -> None:
    """What was found for a word is not found again under other rules, nor in another process under the first."""
    every = load_rules(Sanitiser())[0]
    fewer = load_rules(Sanitiser(off=("share-buttons",)))[0]
    assert [rule_on_word("share-buttons", rules) for rules in (every, fewer, every)] == [
        "share-buttons",
        "",
        "share-buttons",
    ]
    assert rule_on_word("share-buttons", replace(every, classes={}, parts={})) == ""
    assert pickle.loads(pickle.dumps(every)) == every  # noqa: S301 - our own value


def test_parts_of_a_class_name_come_in_one_order() -> None:
    """Of parts of the same length, the first decides: a run of Python has an order of its own for sets of strings."""
    parts = "ab cd ef gh ij kl mn".split()
    assert words("-".join(parts))[1][-len(parts) :] == tuple(parts)
