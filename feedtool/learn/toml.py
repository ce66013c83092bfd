"""Proposals <-> feedtool.toml: what to write, and where it goes without touching what stands there.

In: proposals, and the text of a configuration. Out: text. Rules of a new host are added at the end; rules of a host
that has a table already go into its `drop`. Nothing is removed or overwritten, and the result is read back to prove
it. Only `save` touches the disk, and only with a file that is complete.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from feedtool.config.checks import BadValueError
from feedtool.config.checks import host as host_name
from feedtool.config.reading import parse_config
from feedtool.learn import Proposal

_WHY = {
    (True,): "repeated in most posts",
    (False,): "navigation in most posts",
    (False, True): "navigation, and what is repeated in most posts",
}


class MergeError(Exception):
    """The rules cannot be added to the file; the message says why, and the file is as it was."""


def rendered(proposals: Iterable[Proposal]) -> str:
    """Return tables for feedtool.toml, each rule with its evidence; "" where nothing is proposed."""
    return "\n".join(
        "\n".join(_table(host, list(group))) + "\n" for host, group in groupby(proposals, key=lambda each: each.host)
    )


def evidence(proposal: Proposal) -> str:
    """Return in one line what speaks for a rule, free of what could steer a terminal."""
    same = f"the same text in {proposal.same:.0%} of them, " if proposal.same >= 0.02 and proposal.is_text else ""
    words = ", ".join(f'"{_plain(example)}"' for example in proposal.examples)
    return f"in {proposal.posts} of {proposal.of} posts, {same}{proposal.linked:.0%} of its text is links: {words}"


def merged(text: str, proposals: Sequence[Proposal]) -> str:
    """Return the text of a configuration with the proposed rules. Raises MergeError where they do not fit in."""
    try:
        before = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise MergeError(f"it is not valid TOML: {error}") from None
    sites = before.get("sanitiser", {}).get("sites", {})
    known = {_site_name(key): key for key in reversed(sites)}
    new = rendered(each for each in proposals if each.host not in known)
    inside = proposals if not _is_toml(_appended(text, new)) else [each for each in proposals if each.host in known]
    result = _inserted(text, inside, known) if inside else text
    if len(inside) < len(proposals):
        result = _appended(result, new)
    _prove(before, result, proposals)
    return result


def save(path: Path, text: str) -> None:
    """Replace a file, or make it, all at once. Raises OSError where that cannot be done; then it is as it was."""
    place = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".feedtool-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
        mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o644
        Path(name).chmod(mode)
        Path(name).replace(place)
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
    """Return a text as TOML writes it, in characters that show."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(ord(char)) for char in quoted)


def _escape(number: int) -> str:
    return f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}"


def _plain(text: str) -> str:
    """Return a text for a comment, in characters that show."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _site_name(key: str) -> str:
    """Return the host that a key of the user's stands for."""
    try:
        return host_name(key).removeprefix("www.")
    except BadValueError:
        return ""


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _appended(text: str, addition: str) -> str:
    """Return the text with an addition at its end, with the line ends that it has."""
    if not addition:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else end if text.endswith("\n") else end * 2
    return text + gap + addition.replace("\n", end)


def _inserted(text: str, proposals: Iterable[Proposal], known: Mapping[str, str]) -> str:
    """Return the text with selectors added to tables that are there, comments and layout as they were."""
    import tomlkit  # noqa: PLC0415 - seldom needed
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        document = tomlkit.parse(text)
        sites: Any = document.setdefault("sanitiser", {}).setdefault("sites", {})
        for host, group in groupby(proposals, key=lambda each: each.host):
            table, rules = sites.setdefault(known.get(host, host), {}), list(group)
            drop = table.setdefault("drop", [])
            for each in rules:
                drop.append(each.selector)
            if "why" not in table:
                table["why"] = _why(rules)
        return tomlkit.dumps(document)
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MergeError(f"its layout is beyond what can be added to ({type(error).__name__})") from None


def _prove(before: dict[str, Any], text: str, proposals: Iterable[Proposal]) -> None:
    """Raise unless the text says what was said before and the proposed rules, and nothing else."""
    fault = "its layout is beyond what can be added to"
    try:
        after = tomllib.loads(text)
    except (ValueError, RecursionError):
        raise MergeError(fault) from None
    sites = after.get("sanitiser", {}).get("sites", {})
    known = before.get("sanitiser", {}).get("sites", {})
    wanted: dict[str, list[str]] = {}
    for each in proposals:
        wanted.setdefault(each.host, []).append(each.selector)
    for key in list(sites):
        more = wanted.pop(_site_name(key), [])
        there = known.get(key, {})
        if sites[key].get("drop", []) != there.get("drop", []) + more:
            raise MergeError(fault)
        without = {name: value for name, value in sites[key].items() if name in there or name not in ("drop", "why")}
        if without | {"drop": 0} != there | {"drop": 0}:
            raise MergeError(fault)
    rest = {**after.get("sanitiser", {}), "sites": 0}, {**before.get("sanitiser", {}), "sites": 0}
    tops = {**after, "sanitiser": 0}, {**before, "sanitiser": 0}
    if wanted or rest[0] != rest[1] or tops[0] != tops[1] or parse_config(text)[1]:
        raise MergeError(fault)
