"""Results -> text for people and for CI. Pure: returns lines, prints nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from feedtool.build.outcome import Outcome
from feedtool.model import is_feed
from feedtool.problems import Code, Problem

if TYPE_CHECKING:
    from feedtool.check.subscribers import Seen
    from feedtool.publish import Done

#: what a CI's annotation is called for each level (GitHub Actions workflow commands)
_ANNOTATIONS = {"error": "error", "warning": "warning", "note": "notice"}

#: control characters, and what GitHub's runner takes for a command wherever it stands in a line
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|#(?=#\[)")

#: what a program is told of a build
_NUMBERS = ("posts", "drafts", "merged", "entries", "feeds")


#: puts text into the colours of a level, or of what is "quiet"
Paint = Callable[[str, str], str]


def unpainted(text: str, _: str) -> str:
    """Return the text as it is."""
    return text


def problem_lines(
    problems: Iterable[Problem],
    *,
    paint: Paint = unpainted,
    meanings: Mapping[str, str] = MappingProxyType({}),
    most: int = 0,
) -> list[str]:
    """Return the problems with place and cure; a cure that was given before is not repeated.

    A kind that `meanings` explains is explained where it comes first. Of one kind no more than `most` warnings or
    notes are told, 0 for all, and the others counted.
    """
    lines: list[str] = []
    told: set[tuple[str, str]] = set()
    alike: Counter[str] = Counter()
    for problem in problems:
        alike[problem.code] += 1
        if problem.level != "error" and alike[problem.code] > most > 0:
            continue
        lines.append(_problem_line(problem, paint))
        if problem.code in meanings and alike[problem.code] == 1:
            lines.append("    " + paint(meanings[problem.code], "quiet"))
        if problem.fix and (problem.code, problem.fix) not in told:
            told.add((problem.code, problem.fix))
            lines.append("    " + printable(problem.fix))
    return lines + [f"and {count - most:,} more  [{code}]" for code, count in alike.items() if count > most > 0]


def _problem_line(problem: Problem, paint: Paint) -> str:
    place = f"{problem.path}:{problem.line}" if problem.line else problem.path
    said = [printable(part) for part in (problem.field, problem.message) if part]
    parts = [*([printable(place)] if place else []), paint(problem.level, problem.level), *said]
    return ": ".join(parts) + "  " + paint(f"[{problem.code}]", "quiet")


def annotation(problem: Problem) -> str:
    """Return the problem as a GitHub Actions workflow command."""
    place = [f"file={_property(problem.path)}"] if problem.path else []
    place += [f"line={problem.line}"] if problem.line else []
    place.append(f"title={_property(problem.code)}")
    text = f"{problem.field}: {problem.message}" if problem.field else problem.message
    text += f". {problem.fix}" if problem.fix else ""
    return f"::{_ANNOTATIONS[problem.level]} {','.join(place)}::{_escaped(text)}"


def outcome_json(outcome: Outcome, *, site_url: str, version: str, seconds: float) -> str:
    """Return what a build did as JSON, down to the name of every file that changed; ASCII.

    `site_url` is where the output folder is published, or "": then no file has an address. `version` is feedtool's.
    """
    return safe_json({"version": version, **_built(outcome, site_url), "seconds": round(seconds, 3)})


def _built(outcome: Outcome, site_url: str) -> dict[str, object]:
    changed = [
        {"path": path, "url": site_url + quote(path) if site_url else "", "is_feed": is_feed(path)}
        for path in outcome.changed
    ]
    numbers = {name: getattr(outcome, name) for name in _NUMBERS}
    files = {name: getattr(outcome, name) for name in ("written", "unchanged", "removed", "bytes_written")}
    return {
        "is_built": outcome.is_built,
        **numbers,
        "files": files,
        "changed": changed,
        "removed": outcome.gone,
        **_said(outcome.problems),
    }


def published_json(
    done: Done, built: Outcome | None, *, target: str, site_url: str, is_dry: bool, version: str, seconds: float
) -> str:
    """Return what a publication did, or would do where it `is_dry`, as JSON; ASCII.

    `built` is the build before it, None where there was none; the other arguments are those of `outcome_json`.
    """
    objects = {
        "put": [one.path for step in done.plan.puts for one in step],
        "removed": [path for step in done.plan.removals for path in step],
        "foreign": done.plan.foreign,
        "unchanged": done.plan.unchanged,
        "bytes_put": done.bytes_put,
    }
    said = {
        "version": version,
        "target": target,
        "is_dry_run": is_dry,
        "is_published": not (is_dry or done.failures),
        "objects": objects,
        "changed": done.changed,
        "announced": done.topics if is_dry else done.announced,
        "failures": done.failures,
        **_said(done.problems),
        "build": _built(built, site_url) if built else None,
        "seconds": round(seconds, 3),
    }
    return safe_json(said)


def safe_json(said: object) -> str:
    """Return JSON in which neither a terminal nor a CI's runner finds a command, for it may go to a log; ASCII."""
    return json.dumps(said, indent=2).replace("##[", "#\\u0023[").replace("\x7f", "\\u007f")


def _said(problems: Iterable[Problem]) -> dict[str, object]:
    told = list(problems)
    return {"counts": _counts(told), "problems": [asdict(problem) for problem in told]}


def _counts(problems: Iterable[Problem]) -> dict[str, int]:
    levels = Counter(problem.level for problem in problems)
    return {level: levels[level] for level in ("error", "warning", "note")}


def problems_json(problems: Iterable[Problem], seen: Seen | None = None, outcome: Outcome | None = None) -> str:
    """Return the problems as JSON, with how many there are of each level; ASCII.

    `seen` is what subscribers would see, and `outcome` the build that was checked, where there was one.
    """
    said = _said(problems)
    if outcome:
        said |= {name: getattr(outcome, name) for name in _NUMBERS}
    if seen:
        said["subscribers"] = {"new": seen.new, "anew": seen.anew, "gone": seen.gone, "doubled": seen.doubled}
    return safe_json(said)


def problems_sarif(problems: Iterable[Problem], codes: Iterable[Code], version: str) -> str:
    """Return the problems as SARIF 2.1.0, which code hosts show beside the files; ASCII.

    `codes` are all that there are: those that occur become rules. `version` is feedtool's own.
    """
    told = list(problems)
    occurring = {problem.code for problem in told}
    rules = sorted((code for code in codes if code.name in occurring), key=lambda code: code.name)
    places = {code.name: place for place, code in enumerate(rules)}
    driver = {"name": "feedtool", "version": version, "rules": [_sarif_rule(code) for code in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(problem, places) for problem in told],
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return safe_json(document)


def _sarif_rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.name,
        "shortDescription": {"text": code.meaning},
        "help": {"text": code.fix or code.meaning},
        "defaultConfiguration": {"level": code.level},
    }


def _sarif_result(problem: Problem, places: dict[str, int]) -> dict[str, Any]:
    text = f"{problem.field}: {problem.message}" if problem.field else problem.message
    result: dict[str, Any] = {"ruleId": problem.code, "level": problem.level, "message": {"text": printable(text)}}
    if problem.code in places:
        result["ruleIndex"] = places[problem.code]
    if problem.path:
        # names of files are bytes, and may be no text
        address = quote(problem.path.encode("utf-8", "surrogatepass"))
        place: dict[str, Any] = {"artifactLocation": {"uri": f"file://{address}" if address[0] == "/" else address}}
        if problem.line:
            place["region"] = {"startLine": problem.line}
        result["locations"] = [{"physicalLocation": place}]
    return result


def check_lines(problems: Sequence[Problem], seen: Seen | None) -> list[str]:
    """Return what was found in all, and what subscribers would see."""
    levels = Counter(problem.level for problem in problems)
    lines = [f"{levels['error']} errors, {levels['warning']} warnings, {levels['note']} notes"]
    if seen:
        counts = f"{seen.new:,} new entries, {seen.anew:,} old ones shown as new, {seen.gone:,} gone"
        lines.append(f"subscribers would see: {counts}, {seen.doubled:,} twice")
    return lines


def check_rows(problems: Sequence[Problem], seen: Seen | None) -> list[tuple[str, str]]:
    """Return the same as label and value."""
    rows = [(f"{level}s", str(count)) for level, count in _counts(problems).items()]
    if seen:
        counts = (seen.new, seen.anew, seen.gone, seen.doubled)
        labels = ("new entries", "old ones shown as new", "gone", "twice")
        rows += [(label, f"{count:,}") for label, count in zip(labels, counts, strict=True)]
    return rows


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
    """Return the text without what could steer a terminal or a CI's runner: strangers wrote most of it."""
    blank = len(text) - len(text.lstrip())
    if text.startswith("::", blank):  # as good as "##[" at the head of a line
        text = f"{text[:blank]}\\x3a{text[blank + 1 :]}"
    return _STEERING.sub(lambda m: f"\\x{ord(m[0]):02x}", text)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
