"""How often feedtool's verdicts on feeds are those of the W3C validator, on that project's own test feeds.

`python -m tests.check.agreement FOLDER [--python PROGRAM] [--differences]`, from the project's root. FOLDER is a
checkout of the validator; nothing of it is part of this project. A verdict is whether a feed has at least one error.
With a Python that can run their validator (html5lib, lxml and rdflib installed) theirs is what it says now; without one
it is what the comment at the head of each test feed says, where that settles it: an error that must come, or no message
at all.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedtool.check.document import check_document
from feedtool.problems import Problem

#: folders of formats that feedtool judges; those of other namespaces are reported apart
JUDGED = ("atom", "rss", "rss20", "opml", "xml", "ext/fh", "ext/thr")
#: outermost elements of formats that feedtool never judges
OTHERS = frozenset("RDF Channel service categories XRDS kml OpenSearchDescription Envelope".split())
BASE = "http://www.feedvalidator.org/testcases/"

_EXPECTED = re.compile(r"<!--\s*Description:.*?Expect:\s*(!?)(\w+)", re.DOTALL)
_MARKUP = re.compile(r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL)
_OUTERMOST = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_JUDGE = """
import json, pathlib, socket, sys
sys.path.insert(0, sys.argv[1])
import feedvalidator
from feedvalidator.logging import Error
socket.gethostbyname = lambda host: "127.0.0.1"  # nothing may leave this machine
root = pathlib.Path(sys.argv[2])
for name in sys.stdin.read().split("\\n"):
    try:
        content = (root / name).read_bytes()
        events = feedvalidator.validateString(content, fallback="utf-8", base=sys.argv[3] + name)["loggedEvents"]
    except Exception:
        continue
    found = [
        [event.params.get("line") or 0, [str(event.params.get(key, "")) for key in ("element", "attr", "attribute")]]
        for event in events if isinstance(event, Error)
    ]
    print(json.dumps([name, found]), flush=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What both say of a test feed."""

    name: str
    #: whether it has an error
    theirs: bool
    ours: bool
    #: of their errors: how many, and how many of them we report at the same line or for the same element
    errors: int = 0
    found_again: int = 0

    @property
    def group(self) -> str:
        """Return the folder by which the verdicts are counted."""
        parts = self.name.split("/")
        return "/".join(parts[:2]) if parts[0] == "ext" else parts[0]


def verdicts(folder: Path, python: str = "", now_ms: int = 0) -> list[Verdict]:
    """Return the verdicts on all test feeds whose verdict is known, by name."""
    root = folder / "testcases" if (folder / "testcases").is_dir() else folder
    names = [
        path.relative_to(root).as_posix()
        for path in sorted(root.rglob("*"))
        if path.suffix in (".xml", ".opml") and path.is_file() and _is_judged(path)
    ]
    theirs = _run(root, names, python) if python else _declared(root, names)
    return [_verdict(root, name, theirs[name], now_ms) for name in names if name in theirs]


def _is_judged(path: Path) -> bool:
    text = _MARKUP.sub("", path.read_text(encoding="utf-8", errors="replace"))
    match = _OUTERMOST.search(text)
    return not match or match[1] not in OTHERS


def _verdict(root: Path, name: str, errors: Sequence[Any], now_ms: int) -> Verdict:
    found = check_document(name, (root / name).read_bytes(), now_ms=now_ms, published_at=BASE + name)
    ours = [problem for problem in found if problem.level == "error"]
    known = [error for error in errors if error]
    again = sum(_is_found(line, words, ours) for line, words in known)
    return Verdict(name=name, theirs=bool(errors), ours=bool(ours), errors=len(known), found_again=again)


def _is_found(line: int, words: Sequence[str], ours: Iterable[Problem]) -> bool:
    theirs = {re.split(r"[:_]", word)[-1].strip("')") for word in words} - {""}
    return any(
        problem.line == line or theirs & set(re.split("[:@]", problem.field)) or not problem.field for problem in ours
    )


def _run(root: Path, names: Sequence[str], python: str) -> dict[str, Sequence[Any]]:
    """Return the errors that their validator finds, by name; those on which it fails are left out."""
    source = root.parent / "src"
    done = subprocess.run(
        [python, "-W", "ignore", "-c", _JUDGE, str(source), str(root), BASE],
        input="\n".join(names), capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = (line for line in done.stdout.split("\n") if line.startswith('["'))
    return dict(map(json.loads, lines))


def _declared(root: Path, names: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Return what the test feeds themselves say: [None] for an error, [] for none, and nothing where it is left open."""
    parents = _parents(root.parent / "src" / "feedvalidator" / "logging.py")
    found: dict[str, Sequence[Any]] = {}
    for name in names:
        match = _EXPECTED.search((root / name).read_text(encoding="utf-8", errors="replace"))
        if match and not match[1] and "Error" in _ancestors(match[2], parents):
            found[name] = [None]
        elif match and match[1] and match[2] in ("Message", "Error"):
            found[name] = []
    return found


def _parents(path: Path) -> Mapping[str, Sequence[str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name: [base.id for base in node.bases if isinstance(base, ast.Name)]
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def _ancestors(name: str, parents: Mapping[str, Sequence[str]]) -> set[str]:
    found, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += parents.get(one, ())
    return found


def rate(judged: Sequence[Verdict]) -> float:
    """Return the share of feeds on which both agree, in percent."""
    return 100 * sum(one.theirs == one.ours for one in judged) / len(judged) if judged else 0.0


def _rows(judged: Sequence[Verdict]) -> Iterator[str]:
    groups = sorted({one.group for one in judged}, key=lambda group: (group not in JUDGED, group))
    yield f"{'':12}{'feeds':>6}{'agree':>8}{'rate':>9}{'they only':>11}{'we only':>9}{'their errors found again':>26}"
    parts = [(group, [one for one in judged if one.group == group]) for group in groups]
    parts.insert(len([group for group in groups if group in JUDGED]), ("together", _core(judged)))
    for group, some in parts:
        they, we = (sum(one.theirs > one.ours for one in some), sum(one.theirs < one.ours for one in some))
        total, again = sum(one.errors for one in some), sum(one.found_again for one in some)
        share = f"{again} of {total}" if total else "-"
        agree = len(some) - they - we
        yield f"{group:12}{len(some):6}{agree:8}{rate(some):8.1f}%{they:11}{we:9}{share:>26}"


def _core(judged: Sequence[Verdict]) -> list[Verdict]:
    return [one for one in judged if one.group in JUDGED]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default="", help="a Python that can run their validator")
    parser.add_argument("--differences", action="store_true", help="name the feeds on which both differ")
    given = parser.parse_args()
    judged = verdicts(given.folder, given.python, time.time_ns() // 1_000_000)
    lines = list(_rows(judged))
    if given.differences:
        lines += [
            f"{'they' if one.theirs else 'we'} only: {one.name}" for one in _core(judged) if one.theirs != one.ours
        ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
