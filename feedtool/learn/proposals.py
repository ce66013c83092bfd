"""Results of `learn` -> text for people, JSON for programs, TOML for feedtool.toml.

In: results, and the text of a configuration. Out: text. The rules of a new host are added at the end of a
configuration; for a host that has a table, they are added to its `drop`. Nothing is removed or overwritten, and the
new text is parsed to prove that. Only `save` writes a file, and only a complete one.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from feedtool.config.checks import BadValueError
from feedtool.config.checks import host as host_name
from feedtool.config.reading import parse_config
from feedtool.learn import FEWEST, Learnt, Proposal
from feedtool.report import printable, safe_json

#: the reason of a host's rules, by whether they remove repeated text, links, or both
_WHY = {
    (True,): "repeated in most posts",
    (False,): "navigation in most posts",
    (False, True): "navigation and repeated text in most posts",
}
_BEYOND = "its layout is too complex for rules to be added"


class MergeError(Exception):
    """The rules cannot be added to the configuration; the message says why."""


def summary_lines(found: Sequence[Learnt]) -> list[str]:
    """Return the result for people, host by host."""
    seen = [each for each in found if each.of]
    lines: list[str] = []
    for each in seen:
        sample = f" (a sample of {each.posts:,})" if each.of < each.posts else ""
        count = len(each.proposals)
        lines.append(f"{each.host}: {each.of} posts{sample}, {count or 'no'} {'rule' if count == 1 else 'rules'}")
        lines += [f"    {rule.selector}  {evidence(rule)}" for rule in each.proposals]
        if each.failed:
            lines.append(f"    {each.failed} of them could not be read")
        lines += [
            f'    hint: no selector was found for a text in {hint.posts} of {hint.of} posts: "{hint.text}"'
            for hint in each.hints
        ]
    few = len(found) - len(seen)
    if few:
        hosts = "1 host has" if few == 1 else f"{few} hosts have"
        lines.append(f"{hosts} fewer than {FEWEST} posts, which are too few to learn from.")
    if not any(each.proposals for each in found):
        lines.append("Nothing to propose.")
    return [printable(line) for line in lines]


def as_json(found: Iterable[Learnt]) -> str:
    """Return the result as JSON in ASCII."""
    return safe_json({"hosts": [asdict(each) for each in found]})


def rendered(proposals: Iterable[Proposal]) -> str:
    """Return tables for feedtool.toml, with the evidence of each rule as a comment; "" for no proposals."""
    return "\n".join(
        "\n".join(_table(host, list(group))) + "\n" for host, group in groupby(proposals, key=lambda each: each.host)
    )


def evidence(proposal: Proposal) -> str:
    """Return the evidence of a rule in one line, without control characters."""
    same = f"the same text in {proposal.same:.0%} of them, " if proposal.same >= 0.02 and proposal.is_text else ""
    words = ", ".join(f'"{_plain(example)}"' for example in proposal.examples)
    return f"in {proposal.posts} of {proposal.of} posts, {same}{proposal.linked:.0%} of its text is links: {words}"


def merged(text: str, proposals: Sequence[Proposal]) -> str:
    """Return the text of a configuration with the proposed rules. Raises MergeError."""
    try:
        before = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise MergeError(f"it is not valid TOML: {error}") from None
    known = {_site_name(key): key for key in reversed(_sites(before))}
    new = rendered(each for each in proposals if each.host not in known)
    is_valid = _parsed(_appended(text, new)) is not None
    inside = [each for each in proposals if each.host in known] if is_valid else proposals
    result = _inserted(text, inside, known) if inside else text
    if len(inside) < len(proposals):
        result = _appended(result, new)
    if not _is_merged(before, result, proposals):
        raise MergeError(_BEYOND)
    return result


def save(path: Path, text: str) -> None:
    """Replace or create a file in one step. Raises OSError; the file is unchanged then."""
    target = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".feedtool-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
        Path(name).chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644)
        Path(name).replace(target)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _table(host: str, proposals: Sequence[Proposal]) -> list[str]:
    """Return the lines of a host's table."""
    lines = [f"[sanitiser.sites.{_quoted(host)}]"]
    lines += [f"# {_quoted(each.selector)}: {evidence(each)}" for each in proposals]
    if len(proposals) == 1:
        lines.append(f"drop = [{_quoted(proposals[0].selector)}]")
    else:
        lines += ["drop = [", *(f"    {_quoted(each.selector)}," for each in proposals), "]"]
    return [*lines, f"why = {_quoted(_why(proposals))}"]


def _why(proposals: Iterable[Proposal]) -> str:
    return _WHY[tuple(sorted({each.is_text for each in proposals}))]


def _quoted(text: str) -> str:
    """Return a text as TOML writes it, in printable characters."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in quoted)


def _plain(text: str) -> str:
    """Return a text for a comment, in printable characters."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _site_name(key: str) -> str:
    """Return the host that a key of `sanitiser.sites` names, or ""."""
    try:
        return host_name(key).removeprefix("www.")
    except BadValueError:
        return ""


def _sites(config: Mapping[str, Any]) -> dict[str, Any]:
    sites: dict[str, Any] = config.get("sanitiser", {}).get("sites", {})
    return sites


def _parsed(text: str) -> dict[str, Any] | None:
    """Return what a TOML text says, or None if it is not valid."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _appended(text: str, addition: str) -> str:
    """Return the text with an addition at its end, in the text's line ends."""
    if not addition:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else end if text.endswith("\n") else end * 2
    return text + gap + addition.replace("\n", end)


def _inserted(text: str, proposals: Iterable[Proposal], known: Mapping[str, str]) -> str:
    """Return the text with selectors added to existing tables; comments and layout stay."""
    import tomlkit  # noqa: PLC0415 - seldom needed
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        document = tomlkit.parse(text)
        sites: Any = document.setdefault("sanitiser", {}).setdefault("sites", {})
        for host, group in groupby(proposals, key=lambda each: each.host):
            table, rules = sites.setdefault(known.get(host, host), {}), list(group)
            table.setdefault("drop", []).extend(each.selector for each in rules)
            table.setdefault("why", _why(rules))
        return tomlkit.dumps(document)
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MergeError(f"{_BEYOND} ({type(error).__name__})") from None


def _is_merged(before: dict[str, Any], text: str, proposals: Iterable[Proposal]) -> bool:
    """Return whether the text says what it said before and the proposed rules, and nothing else."""
    after = _parsed(text)
    if after is None:
        return False
    known = _sites(before)
    wanted: dict[str, list[str]] = {}
    for each in proposals:
        wanted.setdefault(each.host, []).append(each.selector)
    for key, site in _sites(after).items():
        old = known.get(key, {})
        if site.get("drop", []) != old.get("drop", []) + wanted.pop(_site_name(key), []):
            return False
        without = {name: value for name, value in site.items() if name in old or name not in ("drop", "why")}
        if without | {"drop": 0} != old | {"drop": 0}:
            return False
    rest = [{**config, "sanitiser": {**config.get("sanitiser", {}), "sites": 0}} for config in (before, after)]
    return not wanted and rest[0] == rest[1] and not parse_config(text)[1]
