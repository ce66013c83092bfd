"""Results, codes and rules -> text for people, programs and CI. Pure: returns lines, prints nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from feedtool import __version__
from feedtool.build import Outcome
from feedtool.problems import STEERING, Code, Level, Problem
from feedtool.syntax import later

if TYPE_CHECKING:
    from feedtool.check.site import Seen
    from feedtool.publish import Done
    from feedtool.sanitiser.rules import Rule

#: what steers a terminal, and what GitHub's runner takes for a command anywhere in a line
_STEERING = later(rf"[{STEERING}]|#(?=#\[)")

#: Where an address may carry a secret: user and password (RFC 3986 section 3.2.1), and the parameters of signed
#: addresses (AWS, Google, Azure) and of interfaces. A value ends where it would end in a text or in JSON.
_VALUE = r"(?:[^&#;\s\"'<>\\]|\\u[0-9a-f]{4})+"
_USER = later(r"(?<=://)[^/?#\s@\"'<>]+(?=@)")
_SECRET = later(
    r"((?:[?&;]|%3F|%26)(?:sig|signature|x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid"
    r"|(?:access|auth|id|refresh|session)?[_-]?token|api[_-]?key|(?:client[_-]?)?secret|pass(?:word|wd)?|pwd)=)"
    rf"{_VALUE}|([?&;]key=)(?=[\w-]{{16}}){_VALUE}",
    re.IGNORECASE,
)

#: ECMA-48, section 8.3.117
_COLOUR = later(r"\x1b\[[0-9;]*m")
#: of a kind; columns of a message
_EXAMPLES, _SHORTEST = 3, 40
#: from the most serious on
_LEVELS: tuple[Level, ...] = ("error", "warning", "note")
_VERBOSE = "-v lists every occurrence, and explains each kind."
#: numbers of a build in JSON
_NUMBERS = ("posts", "drafts", "merged", "entries", "feeds")
#: words that are listed as a sample
_SAMPLE = 8
#: names that are proposed for an unknown one, and the words that they may share with it
_MOST_NEAR, _WORD = 5, later(r"[^\W_]{3,}")
_HINT = (
    "Problem codes are printed in brackets; docs/configuration.md lists all settings; "
    "`feedtool --install-completion` lets your shell complete every name."
)
#: wings that declare no codes, and whose imports cost time
_WITHOUT = ("cli", "serve", "__main__")
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
    unexplained = dict(meanings)
    for problem in problems:
        lines.append(_problem_line(problem, paint))
        if meaning := unexplained.pop(problem.code, ""):
            lines.append("    " + paint(meaning, "quiet"))
        if problem.fix and (problem.code, problem.fix) not in given:
            given.add((problem.code, problem.fix))
            lines.append("    " + printable(problem.fix))
    return lines


def kind_lines(problems: Sequence[Problem], *, paint: Paint = unpainted, most: int = 10, width: int = 0) -> list[str]:
    """Return the problems in no more than `most` lines, by kind if they are too many, or more than three of one kind.

    `width`: the columns of a terminal, which breaks lines; 0 for none. A kind is its first problem, how many more there
    are, two of their places, and the fix. Errors come first, then warnings, then notes, those of a level by their
    number. Where that is too long, places and fixes of the last kinds are left out, at last whole kinds, which are
    named, and on a terminal the ends of long messages.
    """
    every = problem_lines(problems, paint=paint)

    def size(lines: Iterable[str]) -> int:
        return sum(len(folded(line, width)) if width else 1 for line in lines)

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
    # a line at least for each
    shown, sizes = min(len(ordered), max(1, most)), [size(lines) for lines in told[: max(1, most)]]
    while shown > 1 and sum(sizes[:shown]) + size(_ending(ordered[shown:])) > most:
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


def _others(problems: Sequence[Problem], most: int) -> str:
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


def _found(problems: Sequence[Problem]) -> dict[str, object]:
    return {"counts": _counts(problems), "problems": [asdict(problem) for problem in problems]}


def _counts(problems: Iterable[Problem]) -> dict[str, int]:
    levels = Counter(problem.level for problem in problems)
    return {level: levels[level] for level in _LEVELS}


def problems_json(problems: Sequence[Problem], seen: Seen | None = None, outcome: Outcome | None = None) -> str:
    """Return the problems, and the count of each level, as JSON; ASCII.

    `seen` is what subscribers would see, and `outcome` the build that was checked, where there was one.
    """
    document = _found(problems)
    if outcome:
        document |= {name: getattr(outcome, name) for name in _NUMBERS}
    if seen:
        document["subscribers"] = {name: getattr(seen, name) for name in ("new", "anew", "gone", "doubled", "doubtful")}
    return safe_json(document)


def problems_sarif(problems: Sequence[Problem], codes: Iterable[Code]) -> str:
    """Return the problems as SARIF 2.1.0, which code hosts show beside the files; ASCII.

    `codes` are all codes: those that occur become rules.
    """
    occurring = {problem.code for problem in problems}
    declared = [code for code in sorted(codes, key=lambda code: code.name) if code.name in occurring]
    rules = [
        {
            "id": code.name,
            "shortDescription": {"text": code.meaning},
            "help": {"text": code.fix or code.meaning},
            "defaultConfiguration": {"level": code.level},
        }
        for code in declared
    ]
    places = {code.name: place for place, code in enumerate(declared)}
    run = {
        "tool": {"driver": {"name": "feedtool", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(problem, places) for problem in problems],
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
    left_out = f" ({counted(outcome.drafts, 'post')} left out: draft, scheduled, expired or undated)"
    files = f"{outcome.written:,} written, {outcome.unchanged:,} unchanged, {outcome.removed:,} removed"
    return [
        ("posts read", f"{outcome.posts:,}{left_out * bool(outcome.drafts)}"),
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
    # a command at the start of a line, as "##[" is anywhere
    text = re.sub(r"\A(\s*):(?=:)", r"\1\\x3a", text)
    return _STEERING.sub(lambda m: f"\\x{ord(m[0]):02x}", text)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def all_codes() -> list[Code]:
    """Return every kind of problem, each where it is declared."""
    from pkgutil import walk_packages  # noqa: PLC0415 - a build that finds nothing to do needs none

    names = sorted(found.name for found in walk_packages([str(Path(__file__).parents[1])], "feedtool."))
    modules = (import_module(name) for name in names if name.split(".")[1] not in _WITHOUT)
    values = (value for module in modules for value in vars(module).values())
    return list(dict.fromkeys(value for value in values if isinstance(value, Code)))


def code_lines(code: Code) -> list[str]:
    """Return what a problem's code means and what to do about it."""
    return [f"{code.name} ({code.level})", "", code.meaning, *(["", code.fix] if code.fix else [])]


def rule_lines(rule: Rule) -> list[str]:
    """Return why a rule cuts, what it looks at, what it spares, and an example."""
    from feedtool.sanitiser.rules import GUARDS, KINDS  # noqa: PLC0415 - the same

    lines = [f"{rule.name} (rule of the sanitiser)", "", f"Cuts: {rule.why}.", f"Looks at: {KINDS[rule.kind]}."]
    if rule.kind in ("words", "roles"):
        lines.append(f"Guard: the element may hold {GUARDS[rule.guard]}; else it stays.")
    if rule.hosts:
        lines.append(f"Hosts: {', '.join(rule.hosts)}, and their subdomains.")
    every = rule.classes + rule.parts + rule.roles + rule.tags + rule.addresses + rule.phrases + rule.drop
    if every:
        more = f", and {len(every) - _SAMPLE:,} more" if len(every) > _SAMPLE else ""
        lines.append(f"Such as: {', '.join(every[:_SAMPLE])}{more}.")
    lines += ["", "Example, before:", f"  {rule.example.before}", "after:", f"  {rule.example.after}"]
    return [*lines, "", f'To switch it off: off = ["{rule.name}"] under [sanitiser] in feedtool.toml.']


def unknown_name(name: str, known: Iterable[str]) -> str:
    """Return that no post, code, rule or setting has this name, and the names that are near, if any."""
    from difflib import get_close_matches  # noqa: PLC0415 - the same

    names, words = list(known), set(_WORD.findall(name.lower()))
    alike = [other for other in names if words & set(_WORD.findall(other.lower()))]
    near = get_close_matches(name[:200], names, _MOST_NEAR) + get_close_matches(name[:200], alike, _MOST_NEAR, 0)
    hint = f"Did you mean {', '.join([*dict.fromkeys(near)][:_MOST_NEAR])}?" if near else _HINT
    return f'there is no post, problem code, rule or setting "{printable(name)}". {hint}'
