# ruff: noqa: T201 - a script that prints; nothing is secret here
"""Measurements -> tables."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from statistics import linear_regression, median
from typing import Any

from .measure import Cost
from .sites import ENTRIES, Site

SCENARIOS = {
    "cold": "nothing but posts and configuration",
    "same": "nothing changed since the last build",
    "edit": "one post edited",
    "change": "one post added, one edited, one deleted",
    "checkout": "every post a new file of the same bytes, the cache restored",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one tool took in one scenario of one run; the scenario `limit` is what none can do without."""

    run: int
    scenario: str
    tool: str
    cost: Cost


def about(site: Site, feeds: int, versions: Mapping[str, str], wanted: argparse.Namespace) -> dict[str, Any]:
    """Return what the numbers hold for."""
    cache = site.folder / ".feedtool" / "cache.sqlite"
    sizes = [place.stat().st_size for place in (site.folder / site.posts).rglob("*.md")]
    return {
        "posts": wanted.posts,
        "real": bool(wanted.originals),
        "median_bytes": int(median(sizes)),
        "bytes": sum(sizes),
        "feeds": feeds,
        "cache_bytes": cache.stat().st_size if cache.exists() else 0,
        "entries": ENTRIES,
        "runs": wanted.runs,
        "seed": wanted.seed,
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": dict(versions),
    }


def print_table(made_on: Mapping[str, Any], results: Sequence[Result], tools: Sequence[str]) -> None:
    """Print the limits, and of each scenario what each tool took and the ratio of the first two."""
    print(
        f"{made_on['posts']:,} {'real' if made_on['real'] else 'made-up'} posts, {made_on['bytes']:,} bytes, "
        f"median {made_on['median_bytes']:,}; {made_on['feeds']:,} feeds of at most {made_on['entries']} entries; "
        f"{made_on['runs']} runs\n"
        f"{made_on['processors']} processors; {made_on['system']}; Python {made_on['python']}; "
        f"{', '.join(made_on['versions'].values())}\n"
    )
    print("| scenario | tool | wall, s | processor, s | memory, MiB |\n|---|---|---|---|---|")
    limits = [result for result in results if result.scenario == "limit"]
    for name in dict.fromkeys(result.tool for result in limits):
        print(f"| limit | {name} | {_row([result.cost for result in limits if result.tool == name])} |")
    for scenario in SCENARIOS:
        here = [result for result in results if result.scenario == scenario]
        costs = {tool: [result.cost for result in here if result.tool == tool] for tool in tools}
        for tool in tools if here else ():
            print(f"| {scenario} | {tool} | {_row(costs[tool])} |")
        if here and len(tools) > 1:
            print(f"| {scenario} | ratio | {_ratios(costs[tools[0]], costs[tools[1]])} |")
    meanings = "; ".join(f"{name}: {meaning}" for name, meaning in SCENARIOS.items())
    if made_on["cache_bytes"]:
        print(f"\n{tools[0]}'s cache at the end: {made_on['cache_bytes'] / 1e6:,.1f} MB.")
    print(
        f"\nMedian (least - most). limit: to list and read all posts once, to list them with their times; {meanings}."
    )


def print_growth(costs: Mapping[int, Sequence[Cost]]) -> None:
    """Print what cold builds of so many posts took, and how the time grows."""
    print("| posts | wall, s | processor, s | memory, MiB |\n|---|---|---|---|")
    for count, some in costs.items():
        print(f"| {count:,} | {_row(some)} |")
    powers = exponent(costs)
    print(f"\nWall time grows with the posts to the power of {powers['wall']:.2f}, processor time {powers['cpu']:.2f}.")


def exponent(costs: Mapping[int, Sequence[Cost]]) -> dict[str, float]:
    """Return the slopes of the least-squares lines through the logarithms of the posts and of the median times."""
    posts = [log(count) for count in costs]
    return {
        "wall": linear_regression(posts, [log(median(cost.wall for cost in some)) for some in costs.values()]).slope,
        "cpu": linear_regression(posts, [log(median(cost.cpu for cost in some)) for some in costs.values()]).slope,
    }


def _row(costs: Sequence[Cost]) -> str:
    columns = ([cost.wall for cost in costs], [cost.cpu for cost in costs], [cost.memory for cost in costs])
    places = (2, 2, 0) if costs[0].wall >= 0.1 else (3, 3, 0)
    return " | ".join(
        _spread(values, many) if any(values) else "" for values, many in zip(columns, places, strict=True)
    )


def _ratios(ours: Sequence[Cost], theirs: Sequence[Cost]) -> str:
    """Return the ratios of each run, for what slows one run slows both tools."""
    pairs = list(zip(ours, theirs, strict=True))
    columns = (
        [a.wall / b.wall for a, b in pairs],
        [a.cpu / b.cpu for a, b in pairs],
        [a.memory / b.memory for a, b in pairs],
    )
    return " | ".join(_spread(values, 2) for values in columns)


def _spread(values: Sequence[float], places: int) -> str:
    middle, least, most = (f"{value:,.{places}f}" for value in (median(values), min(values), max(values)))
    return f"{middle} ({least} - {most})" if len(values) > 1 else middle
