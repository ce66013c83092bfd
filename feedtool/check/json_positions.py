"""JSON text -> the lines on which values stand, which json does not tell.

For text that json has accepted: it need not find faults, only places. Pure; one pass, linear, however deep it nests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import TypeAlias

#: keys and positions from the outermost value inwards
Path: TypeAlias = tuple[str | int, ...]

_PIECE = re.compile(r"[{}\[\],:]|\"(?:[^\"\\]|\\.)*+\"|[^\s{}\[\],:\"]++", re.DOTALL)


def lines_of(text: str, wanted: Collection[Path]) -> dict[Path, int]:
    """Return the line, from 1, where each of these values begins; those that are not there are left out."""
    wanted = set(wanted)
    deepest = max(map(len, wanted), default=0)
    found: dict[Path, int] = {}
    # of each open container the position or the key; None where a key comes next
    path: list[str | int | None] = []
    line, counted = 1, 0
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece in ("}", "]"):
            path.pop()
        elif piece == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else None
        elif path and path[-1] is None:
            path[-1] = str(json.loads(piece)) if len(path) <= deepest else ""
        elif piece != ":":
            if len(path) <= deepest and tuple(path) in wanted:
                line, counted = line + text.count("\n", counted, match.start()), match.start()
                found.setdefault(tuple(part for part in path if part is not None), line)
            if piece in ("{", "["):
                path.append(None if piece == "{" else 0)
    return found
