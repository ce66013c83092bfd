"""Rules of trimming: rules/*.toml and the user's configuration -> one value with tables to look things up in.

In: the packaged rule files and the `[sanitiser]` table. Out: `Rules`, and a `Problem` for each bad name or selector.
Never looks at a post.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import field
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import soupsieve

from feedtool.config import Sanitiser, SiteRules
from feedtool.frozen import frozen
from feedtool.problems import Code, Problem

Kind = Literal[
    "words", "roles", "links", "images", "frames", "headings", "labels", "endings", "openings", "select", "structure"
]
#: what a rule looks at
KINDS: dict[Kind, str] = {
    "words": "class names and ids; the guard below must hold",
    "roles": "ARIA roles and element names; the guard below must hold",
    "links": "the address of a link with a short text",
    "images": "the address of a picture",
    "frames": "the address of a frame",
    "headings": "a line with these words above a list of links; both are cut",
    "labels": "these words alone in a block, before or after the article",
    "endings": "these words, one after the other, in the last line of the text, with a link",
    "openings": "these words at the start of the last line of a long text",
    "select": "CSS selectors, on these hosts only",
    "structure": "the shape and position of the element",
}
Guard = Literal["any", "foot", "links", "short", "short-box", "crumb", "facts", "terms", "thread"]
#: what an element may hold and still be cut by a words or roles rule
GUARDS: dict[Guard, str] = {
    "any": "anything but the main share of the text",
    "links": "only links and a few words",
    "foot": "links, and texts shorter than a sentence",
    "short": "a line or two, and one picture at most",
    "short-box": "a few lines, or links with a few words",
    "crumb": "a few words, and no picture",
    "facts": "only facts from the header of the post: title, authors, dates, terms",
    "terms": "links to lists by term, or terms of the entry",
    "thread": "comments below an article",
}

BAD_SELECTOR = Code.warning("bad-selector")(
    "A CSS selector in [sanitiser] is not valid and was ignored.",
    'Write a CSS selector such as ".related", "#comments" or "aside.promo".',
)
UNKNOWN_RULE = Code.warning("unknown-rule")("The key sanitiser.off names an unknown rule; the name was ignored.")


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BREAK = re.compile(r"[^a-z0-9]+")
#: Class words on the state of a post, its terms or its layout: they name no kind of text.
STATE = re.compile(
    r"(?:(?:post|page|node)-(?:\d|type|status|format|password|template|id|parent|child|sticky|promoted|unpublished|published"
    r"|view)|category-|tag-|term-|format-|type-|status-|has-|is-|no-|wp-image|align|size-)",
    re.IGNORECASE,
)


@frozen
class Example:
    """What a rule does, as a pair that a test runs."""

    before: str
    after: str
    #: the post's source, where the rule depends on it
    url: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    published_ms: int | None = None


@frozen
class Rule:
    """One reason to cut."""

    name: str
    why: str
    kind: Kind
    guard: Guard = "any"
    #: words rules: whole class names or ids
    classes: tuple[str, ...] = ()
    #: words rules: words within class names or ids, "-" between them
    parts: tuple[str, ...] = ()
    #: roles rules
    roles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: links, images and frames rules: parts of the address, lower case
    addresses: tuple[str, ...] = ()
    #: headings and labels rules, lower case; endings rules: " ... " separates words that the line has in this order
    phrases: tuple[str, ...] = ()
    #: select rules: hosts, which include their subdomains, and CSS selectors
    hosts: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    unwrap: tuple[str, ...] = ()
    #: not part of what it does
    example: Example = field(default=Example(before="", after=""), repr=False)


@frozen
class Rules:
    """All rules that a run applies. A plain value: may be sent to another process."""

    #: whether anything is trimmed at all
    trim: bool
    #: whether also what an author wrote by hand
    trim_by_hand: bool
    #: bytes of a picture that is written in its address
    data_images: int
    #: all rules by name; below are the names of rules by whole class name, run of words, role, element name
    rules: dict[str, Rule]
    classes: dict[str, str]
    parts: dict[str, str]
    roles: dict[str, str]
    tags: dict[str, str]
    #: from part of an address to rule
    links: dict[str, str]
    images: dict[str, str]
    frames: dict[str, str]
    #: from phrase to rule
    headings: dict[str, str]
    labels: dict[str, str]
    #: pairs of words in turn and rule, of first words and rule
    endings: tuple[tuple[tuple[str, ...], str], ...]
    #: the first of the words in turn
    first_words: tuple[str, ...]
    openings: tuple[tuple[str, str], ...]
    #: select rules, the user's last
    sites: tuple[Rule, ...]
    #: CSS selectors of elements that no rule removes
    keep: tuple[str, ...]
    #: what `rule_on_word` found: pages of a site share their class words
    seen: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin with no word seen."""
        object.__setattr__(self, "seen", {})

    def sites_of(self, host: str) -> list[Rule]:
        """Return the select rules for a host or a domain above it."""
        hosts = {host, *(host[dot.end() :] for dot in re.finditer(r"\.", host))}
        return [site for site in self.sites if not hosts.isdisjoint(site.hosts)]


#: how many class words are remembered
_WORDS = 8192


@lru_cache(maxsize=_WORDS)
def words(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a class name in lower case with "-" between its words, and every run of these words, longest first."""
    plain = _CAMEL.sub("-", name).lower()
    parts = [part for part in _BREAK.split(plain) if part][:8]
    runs = dict.fromkeys("-".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1))
    return "-".join(parts), tuple(sorted(runs, key=len, reverse=True))  # of the same length, the first first


def rule_on_word(word: str, rules: Rules) -> str:
    """Return the rule on a class word, or ""."""
    found = rules.seen.get(word)
    if found is None:
        if len(rules.seen) >= _WORDS:
            rules.seen.clear()
        found = rules.seen[word] = _look_up(word, rules)
    return found


def _look_up(word: str, rules: Rules) -> str:
    whole, runs = words(word)
    if rule := rules.classes.get(whole) or rules.parts.get(whole):
        return rule
    if STATE.match(word):
        return ""
    return next((rule for run in runs if (rule := rules.parts.get(run))), "")


def load_rules(
    config: Sanitiser, path: str = "", tables: Iterable[dict[str, Any]] = ()
) -> tuple[Rules, tuple[Problem, ...]]:
    """Return the built-in rules with the user's, and the problems of the user's.

    path: the configuration file, for the problems. `tables`: of `rule_tables`, where they are known.
    """
    known = _rules_in(tables) or built_in()
    problems: list[Problem] = []
    for name in config.off:
        if name not in known:
            near = get_close_matches(name, known, 1)
            fix = f'Did you mean "{near[0]}"?' if near else "Remove the name."
            problems.append(UNKNOWN_RULE.at(path, f'unknown rule "{name}"', field="sanitiser.off", fix=fix))
    keep = _selectors(config.keep, path, 0, "sanitiser.keep", problems)
    sites = [_site(host, table, path, problems) for host, table in sorted(config.sites.items())]
    chosen = [rule for name, rule in known.items() if name not in config.off]
    return _compiled({rule.name: rule for rule in (*chosen, *sites)}, keep, config), tuple(problems)


@cache
def built_in() -> dict[str, Rule]:
    """Return the packaged rules by name, in the order of their files."""
    return _rules_in(rule_tables())


@cache
def rule_tables() -> list[dict[str, Any]]:
    """Return the packaged rules as their files have them."""
    files = sorted(Path(__file__).with_name("rules").glob("*.toml"))
    return [table for file in files for table in tomllib.loads(file.read_text(encoding="utf-8"))["rule"]]


def _rules_in(tables: Iterable[dict[str, Any]]) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for table in tables:
        own = _tuples(table)
        rule = Rule(**own | ({"example": Example(**_tuples(own["example"]))} if "example" in own else {}))
        assert rule.name not in rules, f"two rules are named {rule.name}"
        rules[rule.name] = rule
    return rules


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _compiled(rules: dict[str, Rule], keep: tuple[str, ...], config: Sanitiser) -> Rules:
    """Return the rules as tables to look things up in."""

    def pairs(field: str, kind: Kind | None = None) -> list[tuple[str, str]]:
        chosen = [rule for rule in rules.values() if kind in (None, rule.kind)]
        return [(value, rule.name) for rule in chosen for value in getattr(rule, field)]

    return Rules(
        trim=config.trim,
        trim_by_hand=config.trim_by_hand,
        data_images=config.data_images,
        rules=rules,
        classes=dict(pairs("classes")),
        parts=dict(pairs("parts")),
        roles=dict(pairs("roles")),
        tags=dict(pairs("tags")),
        links=dict(pairs("addresses", "links")),
        images=dict(pairs("addresses", "images")),
        frames=dict(pairs("addresses", "frames")),
        headings=dict(pairs("phrases", "headings")),
        labels=dict(pairs("phrases", "labels")),
        first_words=tuple({words.partition(" ... ")[0] for words, _ in pairs("phrases", "endings")}),
        endings=tuple((tuple(words.split(" ... ")), rule) for words, rule in pairs("phrases", "endings")),
        openings=tuple(pairs("phrases", "openings")),
        sites=tuple(rule for rule in rules.values() if rule.hosts),
        keep=keep,
    )


def _site(host: str, table: SiteRules, path: str, problems: list[Problem]) -> Rule:
    field = f'sanitiser.sites."{host}"'
    drop, keep, unwrap = (
        _selectors(getattr(table, key), path, table.line, f"{field}.{key}", problems)
        for key in ("drop", "keep", "unwrap")
    )
    why, hosts = table.why or f"your rule for {host}", (host.strip().lower().removeprefix("www."),)
    return Rule(name=field, why=why, kind="select", hosts=hosts, drop=drop, keep=keep, unwrap=unwrap)


def _selectors(given: tuple[str, ...], path: str, line: int, field: str, problems: list[Problem]) -> tuple[str, ...]:
    good = []
    for selector in given:
        try:
            soupsieve.compile(selector)
        except (soupsieve.SelectorSyntaxError, ValueError, TypeError) as error:
            reason = str(error).splitlines()[0] if str(error) else "not a selector"
            problems.append(BAD_SELECTOR.at(path, f'"{selector}": {reason}', line=line, field=field))
        else:
            good.append(selector)
    return tuple(good)
