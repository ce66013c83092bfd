"""An explanation -> lines for a terminal, a diff, JSON. Pure: returns text, prints nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from feedtool.explain.types import Explanation, Field, Membership
from feedtool.explain.visible import diff, lines
from feedtool.reader import Origin
from feedtool.report import printable, problem_lines, safe_json
from feedtool.sanitiser import Removal

#: characters of a value
_LONGEST = 100
#: origins of one field
_MOST = 3


def text_lines(explanation: Explanation) -> list[str]:
    """Return the explanation as people read it on a terminal."""
    told = [explanation.path, *explanation.verdict, "", "Fields"]
    told += [line for field in explanation.fields for line in _field(field, explanation.path)]
    if explanation.feeds:
        told += ["", "Feeds", *map(_membership, explanation.feeds)]
    cut = len(explanation.removals)
    told += ["", f"Cut out of the text ({cut})" if cut else "Cut out of the text: nothing"]
    told += [line for number, removal in enumerate(explanation.removals, 1) for line in _removal(number, removal)]
    told += ["", "Problems" if explanation.problems else "Problems: none"]
    return [printable(line) for line in told] + [f"  {line}" for line in problem_lines(explanation.problems)]


def diff_lines(explanation: Explanation) -> list[str]:
    """Return the unified diff of the text before and after trimming; empty where nothing that is seen was cut."""
    return [printable(line) for line in diff(lines(explanation.before_html), lines(explanation.after_html))]


def json_text(explanation: Explanation) -> str:
    """Return all of it as JSON in ASCII."""
    table = asdict(explanation)
    for removal, number in zip(table["removals"], range(len(table["removals"])), strict=True):
        removal["number"] = number
    table["diff"] = diff(lines(explanation.before_html), lines(explanation.after_html))
    return safe_json(table)


def origin_text(origins: Sequence[Origin], path: str) -> str:
    """Return where a value came from, in words; the file is named where it is not the one at the path."""
    told = []
    for origin in origins[:_MOST]:
        line = f", line {origin.line}" if origin.line else ""
        told.append(f"{origin.whence}{line}" + (f", of {origin.path}" if origin.path != path else ""))
    more = len(origins) - _MOST
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def feed_name(membership: Membership) -> str:
    """Return what a feed is called."""
    return f"{membership.kind} {membership.term}" if membership.term else "all entries"


def counted(removal: Removal) -> str:
    """Return how much a removal took."""
    parts = [f"{removal.size:,} character{'s' * (removal.size != 1)}" if removal.size else "no text"]
    if removal.links:
        parts.append(f"{removal.links:,} link{'s' * (removal.links != 1)}")
    return ", ".join(parts)


def _field(field: Field, path: str) -> list[str]:
    if not field.values:
        return [f"  {field.name:<10}  –"]
    value = ", ".join(field.values)
    value = value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    return [f"  {field.name:<10}  {value}", f"  {'':<10}    {origin_text(field.origins, path)}"]


def _membership(membership: Membership) -> str:
    name = feed_name(membership)
    where = f"  ({membership.folder})" if membership.folder else ""
    return f"  {'yes' if membership.holds else 'no':<3}  {name}: {membership.why}{where}"


def _removal(number: int, removal: Removal) -> list[str]:
    words = [f'     "{removal.text}{"…" * (len(removal.text) < removal.size)}"'] if removal.text else []
    return [f"  {number}. {removal.rule}: {removal.why} ({counted(removal)})", *words]
