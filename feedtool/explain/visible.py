"""HTML within the allow-list -> the lines that a reader sees, and what differs between two such texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import unified_diff
from html.parser import HTMLParser
from itertools import takewhile

from feedtool.sanitiser.dom import BLOCKS

#: what is shown in the place of something that is no text
MEDIA = {"img": "picture", "iframe": "player", "video": "video", "audio": "sound"}

_BREAKS = BLOCKS | {"br"}
#: lines that are compared one by one; where more differ, what is left of both sides is taken as it is
_MOST = 2000
_CONTEXT = 3


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
    if len(old) + len(new) > _MOST:
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
