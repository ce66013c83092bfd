"""Results -> text for people, programs and CI. Pure: returns lines, prints nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from feedtool import __version__
from feedtool.build.outcome import Outcome
from feedtool.problems import STEERING, Code, Problem

if TYPE_CHECKING:
    from feedtool.check.site import Seen
    from feedtool.publish import Done

#: what steers a terminal, and what GitHub's runner takes for a command anywhere in a line
_STEERING = re.compile(rf"[{STEERING}]|#(?=#\[)")

#: Where an address may carry a secret: user and password (RFC 3986 section 3.2.1), and the parameters of signed
#: addresses (AWS, Google, Azure) and of interfaces. A value ends where it would end in a text or in JSON.
_VALUE = r"(?:[^&#;\s\"'<>\\]|\\u[0-9a-f]{4})+"
_USER = re.compile(r"(?<=://)[^/?#\s@\"'<>]+(?=@)")
_SECRET = re.compile(
    r"((?:[?&;]|%3F|%26)(?:sig|signature|x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid"
    r"|(?:access|auth|id|refresh|session)?[_-]?token|api[_-]?key|(?:client[_-]?)?secret|pass(?:word|wd)?|pwd)=)"
    rf"{_VALUE}|([?&;]key=)(?=[\w-]{{16}}){_VALUE}",
    re.IGNORECASE,
)

#: ECMA-48, section 8.3.117
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: numbers of a build in JSON
_NUMBERS = ("posts", "drafts", "merged", "entries", "feeds")
#: (text, level or "quiet") -> coloured text
Paint = Callable[[str, str], str]


def unpainted(text: str, _: str) -> str:
    """Return the text without colours."""
    return text


def problem_lines(
    problems: Iterable[Problem], *, paint: Paint = unpainted, meanings: Mapping[str, str] = MappingProxyType({})
) -> list[str]:
    """Return the problems with place and fix; a fix that was given before is not repeated.

    The first problem of a code in `meanings` is followed by that meaning.
    """
    lines: list[str] = []
    given: set[tuple[str, str]] = set()
    explained: set[str] = set()
    for problem in problems:
        lines.append(_problem_line(problem, paint))
        if problem.code in meanings and problem.code not in explained:
            explained.add(problem.code)
            lines.append("    " + paint(meanings[problem.code], "quiet"))
        if problem.fix and (problem.code, problem.fix) not in given:
            given.add((problem.code, problem.fix))
            lines.append("    " + printable(problem.fix))
    return lines


def kind_lines(problems: Iterable[Problem], *, paint: Paint = unpainted, most: int = 10, width: int = 0) -> list[str]:
    """Return the problems in no more than `most` lines, by kind if they are too many, or more than three of one kind.

    `width`: the columns of a terminal, which breaks lines; 0 for none. A kind is its first problem, how many more there
    are, two of their places, and the fix. Errors come first, then warnings, then notes, those of a level by their
    number. Where that is too long, places and fixes of the last kinds are left out, at last whole kinds, which are
    named, and on a terminal the ends of long messages.
    """
    problems = list(problems)
    every = problem_lines(problems, paint=paint)

    @cache
    def height(line: str) -> int:
        return len(folded(line, width)) if width else 1

    def size(lines: Iterable[str]) -> int:
        return sum(map(height, lines))

    if (
        len(every) <= most >= size(every)
        and max(Counter(each.code for each in problems).values(), default=0) <= _EXAMPLES
    ):
        return every
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(problem.code, []).append(problem)
    ordered = sorted(kinds.values(), key=lambda kind: (_LEVELS.index(kind[0].level), -len(kind), kind[0]))
    heads = [_problem_line(_clipped(kind[0], width), paint) for kind in ordered]
    told = [
        [head + paint(_others(kind[1:], 0 if width else _EXAMPLES - 1), "quiet")]
        for kind, head in zip(ordered, heads, strict=True)
    ]
    shown = len(ordered)
    while shown > 1 and size(line for lines in told[:shown] for line in lines) + size(_ending(ordered[shown:])) > most:
        shown -= 1
    told, end = told[:shown], _ending(ordered[shown:])
    for kind, head, lines in zip(ordered, heads, told, strict=False):
        longer = [head + paint(_others(kind[1:], _EXAMPLES - 1), "quiet")]
        for better in (longer, [*longer, "    " + printable(kind[0].fix)] if kind[0].fix else longer):
            if size(line for each in told for line in each) - size(lines) + size(better) + size(end) <= most:
                lines[:] = better
    return [*(line for lines in told for line in lines), *end]


def _ending(hidden: Sequence[Sequence[Problem]]) -> list[str]:
    """Return the names of kinds that are not shown, and how all are."""
    names = ", ".join(f"{kind[0].code} ({len(kind):,})" for kind in hidden)
    return [*([f"and {counted(len(hidden), 'more kind')}: {names}"] if hidden else []), _VERBOSE]


def _clipped(problem: Problem, width: int) -> Problem:
    """Return the problem with a message that fits beside its place in two lines of a terminal, or that is short."""
    room = max(_SHORTEST, 2 * width - 30 - columns(_place(problem) + problem.field + problem.code))
    if not width or columns(problem.message) <= room:
        return problem
    reached = accumulate(map(columns, problem.message))
    kept = problem.message[: next(at for at, size in enumerate(reached) if size >= room)]
    words = kept.rpartition(" ")[0]
    return replace(problem, message=(words if len(words) > len(kept) // 2 else kept) + "…")


#: of a kind
_EXAMPLES = 3
#: columns of a message
_SHORTEST = 40
#: from the most serious on
_LEVELS = ("error", "warning", "note")
_VERBOSE = "-v lists every occurrence, and explains each kind."


def _others(problems: Sequence[Problem], most: int) -> str:
    """Return the number of problems and some of their places, or "" for none."""
    if not problems:
        return ""
    places = list(dict.fromkeys(printable(_place(each)) for each in problems if each.path))[:most]
    return f" and {len(problems):,} more" + (f": {', '.join(places)}" if places else "")


def _place(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}" if problem.line else problem.path


def _problem_line(problem: Problem, paint: Paint) -> str:
    place = _place(problem)
    text = [printable(part) for part in (problem.field, problem.message) if part]
    parts = [*([printable(place)] if place else []), paint(problem.level, problem.level), *text]
    return ": ".join(parts) + "  " + paint(f"[{problem.code}]", "quiet")


def annotation(problem: Problem) -> str:
    """Return the problem as a GitHub Actions workflow command."""
    place = [f"file={_property(printable(problem.path))}"] if problem.path else []
    place += [f"line={problem.line}"] if problem.line else []
    place.append(f"title={_property(problem.code)}")
    text = printable(_text(problem) + (f". {problem.fix}" if problem.fix else ""))
    command = "notice" if problem.level == "note" else problem.level
    return f"::{command} {','.join(place)}::{_escaped(text)}"


def _text(problem: Problem) -> str:
    return f"{problem.field}: {problem.message}" if problem.field else problem.message


def outcome_json(outcome: Outcome, *, site_url: str, seconds: float) -> str:
    """Return what a build did, with the name of every changed file, as JSON; ASCII.

    `site_url` is the address of the output folder, or "": then the files have no addresses.
    """
    return safe_json({"version": __version__, **_built(outcome, site_url), "seconds": round(seconds, 3)})


def _built(outcome: Outcome, site_url: str) -> dict[str, object]:
    from feedtool.model import is_feed  # noqa: PLC0415 - a build that finds nothing to do needs no model

    changed = [
        {"path": path, "url": site_url + quote(path) if site_url else "", "is_feed": is_feed(path)}
        for path in outcome.changed
    ]
    return {
        "is_built": outcome.is_built,
        **{name: getattr(outcome, name) for name in _NUMBERS},
        "files": {name: getattr(outcome, name) for name in ("written", "unchanged", "removed", "bytes_written")},
        "changed": changed,
        "removed": outcome.gone,
        **_found(outcome.problems),
    }


def published_json(
    done: Done, built: Outcome | None, *, target: str, site_url: str, is_dry: bool, seconds: float
) -> str:
    """Return what a publication did, or would do where it `is_dry`, as JSON; ASCII.

    `built` is the build before it, if there was one; `site_url` as for `outcome_json`.
    """
    document = {
        "version": __version__,
        "target": target,
        "is_dry_run": is_dry,
        "is_published": not (is_dry or done.failures),
        "objects": {
            "put": [one.path for step in done.plan.puts for one in step],
            "removed": [path for step in done.plan.removals for path in step],
            "foreign": done.plan.foreign,
            "unchanged": done.plan.unchanged,
            "bytes_put": done.bytes_put,
        },
        "changed": done.changed,
        "announced": done.topics if is_dry else done.announced,
        "failures": done.failures,
        **_found(done.problems),
        "build": _built(built, site_url) if built else None,
        "seconds": round(seconds, 3),
    }
    return safe_json(document)


def safe_json(document: object) -> str:
    """Return JSON that is safe in a terminal and in the log of a CI's runner, without secrets of addresses; ASCII."""
    return _masked(json.dumps(document, indent=2)).replace("##[", "#\\u0023[").replace("\x7f", "\\u007f")


def _found(problems: Iterable[Problem]) -> dict[str, object]:
    found = list(problems)
    return {"counts": _counts(found), "problems": [asdict(problem) for problem in found]}


def _counts(problems: Iterable[Problem]) -> dict[str, int]:
    levels = Counter(problem.level for problem in problems)
    return {level: levels[level] for level in ("error", "warning", "note")}


def problems_json(problems: Iterable[Problem], seen: Seen | None = None, outcome: Outcome | None = None) -> str:
    """Return the problems, and the count of each level, as JSON; ASCII.

    `seen` is what subscribers would see, and `outcome` the build that was checked, where there was one.
    """
    document = _found(problems)
    if outcome:
        document |= {name: getattr(outcome, name) for name in _NUMBERS}
    if seen:
        document["subscribers"] = {name: getattr(seen, name) for name in ("new", "anew", "gone", "doubled", "doubtful")}
    return safe_json(document)


def problems_sarif(problems: Iterable[Problem], codes: Iterable[Code]) -> str:
    """Return the problems as SARIF 2.1.0, which code hosts show beside the files; ASCII.

    `codes` are all codes: those that occur become rules.
    """
    found = list(problems)
    occurring = {problem.code for problem in found}
    rules = [
        {
            "id": code.name,
            "shortDescription": {"text": code.meaning},
            "help": {"text": code.fix or code.meaning},
            "defaultConfiguration": {"level": code.level},
        }
        for code in sorted(codes, key=lambda code: code.name)
        if code.name in occurring
    ]
    places = {str(rule["id"]): place for place, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "feedtool", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(problem, places) for problem in found],
    }
    return safe_json({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


def _sarif_result(problem: Problem, places: Mapping[str, int]) -> dict[str, Any]:
    message = {"text": printable(_text(problem))}
    result: dict[str, Any] = {"ruleId": problem.code, "level": problem.level, "message": message}
    if problem.code in places:
        result["ruleIndex"] = places[problem.code]
    if problem.path:
        # file names are bytes, and may not be text
        address = quote(problem.path.encode("utf-8", "surrogatepass"))
        place: dict[str, Any] = {"artifactLocation": {"uri": f"file://{address}" if address[0] == "/" else address}}
        if problem.line:
            place["region"] = {"startLine": problem.line}
        result["locations"] = [{"physicalLocation": place}]
    return result


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with the word for it, in the plural (`many`, else `one` + "s") where it is not 1."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _levels(problems: Iterable[Problem]) -> str:
    return ", ".join(counted(number, level) for level, number in _counts(problems).items())


def check_rows(problems: Sequence[Problem], seen: Seen | None) -> list[tuple[str, str]]:
    """Return how many problems were found, and what subscribers would see, as label and value."""
    rows = [("problems", _levels(problems))]
    if seen:
        new = counted(seen.new, "new entry", "new entries")
        anew = counted(seen.anew, "existing entry", "existing entries")
        value = f"{new}, {anew} that would appear as new, {seen.gone:,} gone, {counted(seen.doubled, 'duplicate')}"
        value += f", {seen.doubtful:,} doubtful" if seen.doubtful else ""
        rows.append(("subscribers would see", value))
    return rows


def summary_rows(outcome: Outcome, seconds: float, *, cache_bytes: int = 0) -> list[tuple[str, str]]:
    """Return what a build did, as label and value; with the size of the cache, unless that is 0."""
    left_out = f" ({counted(outcome.drafts, 'post')} left out: draft, scheduled or expired)" if outcome.drafts else ""
    files = f"{outcome.written:,} written, {outcome.unchanged:,} unchanged, {outcome.removed:,} removed"
    return [
        ("posts read", f"{outcome.posts:,}{left_out}"),
        ("entries", f"{outcome.entries:,} in {counted(outcome.feeds, 'feed')}"),
        *([("duplicates merged", f"{outcome.merged:,}")] if outcome.merged else []),
        ("files", files),
        ("bytes written", f"{outcome.bytes_written:,}"),
        *([("cache", f"{cache_bytes / 1e6:,.1f} MB")] if cache_bytes else []),
        ("problems", _levels(outcome.problems)),
        ("seconds", f"{seconds:.2f}"),
    ]


def next_rows(output: str, site_url: str) -> list[tuple[str, str]]:
    """Return where the page is, and what to do next, as label and value."""
    page = f"{output}/index.html"
    if not site_url:
        return [("page", page), ("next", "feedtool serve: shows it. Then set site.url")]
    return [("page", f"{page}, for {site_url}"), ("next", "feedtool serve: shows it. feedtool publish: uploads it")]


def summary_lines(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Return the rows as aligned text."""
    width = max(len(label) for label, _ in rows)
    return [f"{label:<{width}}  {printable(value)}" for label, value in rows]


def summary_markdown(rows: Sequence[tuple[str, str]]) -> str:
    """Return the rows as a Markdown table, for a CI's summary page."""
    lines = ["### feedtool", "", "| | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {label.strip()} | {printable(value)} |" for label, value in rows), ""])


def folded(line: str, width: int) -> list[str]:
    """Return a line in lines of at most so many columns, broken between words; those after the first are indented.

    A word that is longer stays whole. East Asian signs take two columns, colours and marks above letters none.
    """
    if columns(line) <= width:
        return [line]
    lines, indent = [""], " " * (len(line) - len(line.lstrip()) + 4)
    for word in re.findall(r"\s*\S+", line):
        if lines[-1].strip() and columns(lines[-1] + word) > width:
            lines.append(indent + word.lstrip())
        else:
            lines[-1] += word
    return lines


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes, not counting colours."""
    from unicodedata import category, east_asian_width  # noqa: PLC0415 - a build that finds nothing to do needs none

    plain = _COLOUR.sub("", text)
    if plain.isascii():
        return len(plain)
    signs = (sign for sign in plain if sign.isascii() or category(sign) not in ("Mn", "Me", "Cf"))
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in signs)


def _masked(text: str) -> str:
    """Return a text, or JSON, with "***" for what may be secret in its addresses: user, password, signature, key."""
    if "://" in text:
        text = _USER.sub("***", text)
    return _SECRET.sub(r"\1\2***", text) if "=" in text else text


def printable(text: str) -> str:
    """Return the text without what strangers may have put there: control characters, commands to a CI's runner.

    What may be secret in an address is masked.
    """
    text = _masked(text)
    blank = len(text) - len(text.lstrip())
    if text.startswith("::", blank):  # a command at the start of a line, as "##[" is anywhere
        text = f"{text[:blank]}\\x3a{text[blank + 1 :]}"
    return _STEERING.sub(lambda m: f"\\x{ord(m[0]):02x}", text)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
