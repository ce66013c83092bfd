"""Results -> text for people and for CI. Pure: returns lines, prints nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from feedtool.outcome import Outcome
from feedtool.problems import Problem

#: what a CI's annotation is called for each level (GitHub Actions workflow commands)
_ANNOTATIONS = {"error": "error", "warning": "warning", "note": "notice"}


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Return the problems with place and cure; a cure that was given before is not repeated."""
    lines: list[str] = []
    told: set[tuple[str, str]] = set()
    for problem in problems:
        place = f"{problem.path}:{problem.line}" if problem.line else problem.path
        parts = [part for part in (place, f"{problem.level}: {problem.field}".rstrip(": "), problem.message) if part]
        lines.append(printable(": ".join(parts)) + f"  [{problem.code}]")
        if problem.fix and (problem.code, problem.fix) not in told:
            told.add((problem.code, problem.fix))
            lines.append("    " + printable(problem.fix))
    return lines


def annotation(problem: Problem) -> str:
    """Return the problem as a GitHub Actions workflow command."""
    place = [f"file={_property(problem.path)}"] if problem.path else []
    place += [f"line={problem.line}"] if problem.line else []
    place.append(f"title={_property(problem.code)}")
    text = f"{problem.field}: {problem.message}" if problem.field else problem.message
    return f"::{_ANNOTATIONS[problem.level]} {','.join(place)}::{_escaped(f'{text} {problem.fix}'.strip())}"


def summary_rows(outcome: Outcome, seconds: float) -> list[tuple[str, str]]:
    """Return what a build did, as label and value."""
    levels = Counter(problem.level for problem in outcome.problems)
    kinds = Counter(problem.code for problem in outcome.problems)
    drafts = f" ({outcome.drafts} drafts left out)" if outcome.drafts else ""
    rows = [
        ("posts read", f"{outcome.posts:,}{drafts}"),
        ("entries", f"{outcome.entries:,} in {outcome.feeds:,} feeds"),
        ("duplicates merged", f"{outcome.merged:,}"),
        (
            "files",
            f"{outcome.written:,} written, {outcome.unchanged:,} unchanged, {outcome.removed:,} removed",
        ),
        ("bytes written", f"{outcome.bytes_written:,}"),
        ("problems", f"{levels['error']} errors, {levels['warning']} warnings, {levels['note']} notes"),
    ]
    rows += [(f"  {code}", str(count)) for code, count in sorted(kinds.items(), key=lambda kv: (-kv[1], kv[0]))]
    return [*rows, ("seconds", f"{seconds:.2f}")]


def summary_lines(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Return the rows as aligned text."""
    width = max(len(label) for label, _ in rows)
    return [f"{label:<{width}}  {value}" for label, value in rows]


def summary_markdown(rows: Sequence[tuple[str, str]]) -> str:
    """Return the rows as a Markdown table, for a CI's summary page."""
    lines = ["### feedtool", "", "| | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {label.strip()} | {value} |" for label, value in rows), ""])


def printable(text: str) -> str:
    """Return the text without what could steer a terminal: strangers wrote most of it."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", lambda m: f"\\x{ord(m[0]):02x}", text)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
