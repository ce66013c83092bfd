"""An explanation -> lines for a terminal, a diff, JSON. Pure: returns text, prints nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from difflib import unified_diff
from html.parser import HTMLParser
from itertools import takewhile

from feedtool.explain.explanation import Explanation, Field, Membership
from feedtool.reader import Origin
from feedtool.report import printable, problem_lines, safe_json
from feedtool.sanitiser import Removal
from feedtool.sanitiser.dom import BLOCKS

#: characters of a value
_LONGEST = 100
#: origins of one field
_MOST = 3
#: the words that stand for an element without text
MEDIA = {"img": "picture", "iframe": "player", "video": "video", "audio": "sound"}

_BREAKS = BLOCKS | {"br"}
#: lines that are compared one by one; if more differ, the rest of both sides is shown as removed and added
_MOST_LINES = 2000
_CONTEXT = 3


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


def weighed(removal: Removal) -> str:
    """Return the features of a block and their weights, the heaviest first; more than 0 in all is a cut."""
    features = sorted(removal.features, key=lambda feature: -feature[1])
    total = sum(value for _, value in features)
    return f"{total:+.1f} = " + ", ".join(f"{name} {value:+.1f}" for name, value in features)


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
    told = [f"     {weighed(removal)}"] if removal.features else []
    return [f"  {number}. {removal.rule}: {removal.why} ({counted(removal)})", *words, *told]


def lines(html: str) -> list[str]:
    """Return the lines of text; a picture or a player is a line with its address."""
    reader = _Lines()
    reader.feed(html)
    reader.close()
    reader.ends()
    return reader.lines


def diff(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return the unified diff of two texts, without line ends; empty where they are the same."""
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    rest = zip(reversed(before[head:]), reversed(after[head:]), strict=False)
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], rest))
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    start, stop = max(0, head - _CONTEXT), len(before) - tail
    above, below = before[start:head], before[stop : stop + _CONTEXT]
    if len(old) + len(new) > _MOST_LINES:
        ranges = (f"{start + 1},{len(above) + len(lines) + len(below)}" for lines in (old, new))
        hunk = "@@ -{} +{} @@".format(*ranges)
        changed = [*_each("-", old), *_each("+", new)]
        return ["--- before", "+++ after", hunk, *_each(" ", above), *changed, *_each(" ", below)]
    found = unified_diff([*above, *old, *below], [*above, *new, *below], "before", "after", lineterm="", n=_CONTEXT)
    return [_moved(line, start) if line.startswith("@@") else line for line in found]


def _each(sign: str, texts: Sequence[str]) -> list[str]:
    return [sign + line for line in texts]


def _moved(hunk: str, lines_above: int) -> str:
    """Return the head of a hunk with so many lines more above it."""
    return re.sub(r"(?<=[-+])\d+", lambda found: str(int(found[0]) + lines_above), hunk)


class _Lines(HTMLParser):
    """Collects lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._words: list[str] = []
        self._verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.ends()
        self._verbatim += tag == "pre"
        if tag in MEDIA:
            self.ends()
            given = dict(attrs)
            self._words.append(f"[{MEDIA[tag]}: {given.get('src') or given.get('poster') or 'no address'}]")
            self.ends()

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.ends()
        self._verbatim -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if not self._verbatim:
            self._words.append(data)
            return
        for number, line in enumerate(data.split("\n")):
            if number:
                self.ends()
            self._words.append(line)

    def ends(self) -> None:
        """End a line."""
        text = "".join(self._words)
        line = text.rstrip() if self._verbatim else " ".join(text.split())
        self._words = []
        if line:
            self.lines.append(line)
