"""Every problem code; a code, a rule or an unknown name -> lines that explain it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from pkgutil import walk_packages

import feedtool
from feedtool.problems import Code
from feedtool.report import printable
from feedtool.sanitiser.rules import Guard, Kind, Rule

_KINDS: dict[Kind, str] = {
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
_GUARDS: dict[Guard, str] = {
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
#: words that are listed as a sample
_SAMPLE = 8
#: names that are proposed for an unknown one, and the words that they may share with it
_MOST_NEAR, _WORD = 5, re.compile(r"[^\W_]{3,}")
#: wings that declare no codes, and whose imports cost time
_WITHOUT = ("cli", "serve", "__main__")


def all_codes() -> list[Code]:
    """Return every kind of problem, each where it is declared."""
    names = sorted(
        found.name
        for found in walk_packages(feedtool.__path__, "feedtool.")
        if found.name.split(".")[1] not in _WITHOUT
    )
    modules = (import_module(name) for name in names)
    return list(
        dict.fromkeys(value for module in modules for value in vars(module).values() if isinstance(value, Code))
    )


def code_lines(code: Code) -> list[str]:
    """Return what a problem's code means and what to do about it."""
    return [f"{code.name} ({code.level})", "", code.meaning, *(["", code.fix] if code.fix else [])]


def rule_lines(rule: Rule) -> list[str]:
    """Return why a rule cuts, what it looks at, what it spares, and an example."""
    lines = [f"{rule.name} (rule of the sanitiser)", "", f"Cuts: {rule.why}.", f"Looks at: {_KINDS[rule.kind]}."]
    if rule.kind in ("words", "roles"):
        lines.append(f"Guard: the element may hold {_GUARDS[rule.guard]}; else it stays.")
    if rule.own:
        lines.append("Only links to the post's own site count.")
    if rule.hosts:
        lines.append(f"Hosts: {', '.join(rule.hosts)}, and their subdomains.")
    every = rule.classes + rule.parts + rule.roles + rule.tags + rule.addresses + rule.phrases + rule.drop
    if every:
        more = f", and {len(every) - _SAMPLE:,} more" if len(every) > _SAMPLE else ""
        lines.append(f"Such as: {', '.join(every[:_SAMPLE])}{more}.")
    lines += ["", "Example, before:", f"  {rule.example.before}", "after:", f"  {rule.example.after}"]
    lines += ["", f'To switch it off: off = ["{rule.name}"] under [sanitiser] in feedtool.toml.']
    return lines


def unknown_lines(name: str, known: Iterable[str]) -> list[str]:
    """Return that no post, code, rule or setting has this name, and the names that are near, if any."""
    names, words = list(known), set(_WORD.findall(name.lower()))
    alike = [other for other in names if words & set(_WORD.findall(other.lower()))]
    near = get_close_matches(name[:200], names, _MOST_NEAR)
    near += [other for other in get_close_matches(name[:200], alike, _MOST_NEAR, 0) if other not in near]
    hint = (
        "Problem codes are printed in brackets; docs/configuration.md lists all settings; "
        "`feedtool --install-completion` lets your shell complete every name."
    )
    hint = f"Did you mean {', '.join(near[:_MOST_NEAR])}?" if near else hint
    return [f'there is no post, problem code, rule or setting "{printable(name)}".', hint]
