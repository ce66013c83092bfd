"""How many stories a month -> a small chart. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

#: of the chart, in units of its drawing; a month is one wide
HEIGHT = 9
_TALLEST = HEIGHT - 1


def levels(counts: Sequence[int]) -> str:
    """Return the counts as digits, the highest as _TALLEST, any that is not 0 as 1 at least; "" where all are 0."""
    most = max(counts, default=0)
    return "".join(str(max(1, round(_TALLEST * count / most)) if count else 0) for count in counts) if most else ""


def steps(counts: Sequence[int]) -> str:
    """Return the `d` of an SVG path: steps as high as the levels; "" where all are 0."""
    path, at = f"M0 {HEIGHT}", 0
    for level, run in groupby(map(int, levels(counts))):
        path += f"v{at - level}h{len(list(run))}"
        at = level
    return f"{path}V{HEIGHT}z" if counts and max(counts) else ""
