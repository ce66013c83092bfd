"""What was found -> text for people, JSON for programs. Pure: returns text, prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from feedtool.learn import FEWEST, Learnt
from feedtool.learn.toml import evidence
from feedtool.report import printable, safe_json


def summary_lines(found: Sequence[Learnt]) -> list[str]:
    """Return what was looked at and what is proposed, host by host."""
    seen = [each for each in found if each.of]
    lines: list[str] = []
    for each in seen:
        sample = f" (a sample of {each.posts:,})" if each.of < each.posts else ""
        count = len(each.proposals)
        lines.append(f"{each.host}: {each.of} posts{sample}, {count or 'no'} {'rule' if count == 1 else 'rules'}")
        lines += [f"    {rule.selector}  {evidence(rule)}" for rule in each.proposals]
        if each.failed:
            lines.append(f"    {each.failed} of them could not be looked at")
        lines += [
            f'    hint: no selector was found for a text that stands in {hint.posts} of {hint.of} posts: "{hint.text}"'
            for hint in each.hints
        ]
    few = len(found) - len(seen)
    if few:
        what = "1 host has" if few == 1 else f"{few} hosts have"
        lines.append(f"{what} less than {FEWEST} posts, too few to learn from.")
    if not any(each.proposals for each in found):
        lines.append("Nothing to propose.")
    return [printable(line) for line in lines]


def as_json(found: Iterable[Learnt]) -> str:
    """Return everything that was found, as JSON in ASCII."""
    return safe_json({"hosts": [asdict(each) for each in found]})
