# ruff: noqa: T201 - a script that prints
"""What subscribers transfer who poll every hour, where an hour brings one new post.

    python -m tests.benchmarks.polling --from DIR

Builds a feed of posts like those below DIR, and prints the mean size of the feed that a poll gets, in several lengths:
with a new entry, a conditional request saves nothing. With archives, a feed grows to twice its length before the
surplus leaves it.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

import brotli

from .real import copy_of, originals
from .sites import feedtool_site

#: as hosts compress by themselves (nginx, Cloudflare), and as feedtool's compressed copies are
_SENT: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip -1": lambda content: gzip.compress(content, 1),
    "gzip -9": lambda content: gzip.compress(content, 9),
    "br -4": lambda content: brotli.compress(content, quality=4),
    "br -9": lambda content: brotli.compress(content, quality=9, lgwin=24),
}
_LIMITS = (10, 25, 50, 100)
_ENTRY = re.compile(rb"<entry>.*?</entry>\s*", re.DOTALL)


def main() -> None:
    """Print a line for each length of a feed, without archives and with them."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.polling", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--from", type=Path, dest="originals", metavar="DIR", required=True)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--polls", type=int, default=12, help="that the means are of")
    wanted = parser.parse_args()
    feed = _built(wanted.originals, wanted.posts, most=2 * max(_LIMITS) + wanted.polls)
    entries = _ENTRY.findall(feed)
    head, _, tail = feed.partition(entries[0])[0], *feed.rpartition(entries[-1])[1:]
    print(f"{'limit':>5}  archives  entries  {'  '.join(f'{name:>7}' for name in _SENT)}  KB of a poll, mean")
    for limit in _LIMITS:
        for lengths in ([limit], range(limit, 2 * limit)):
            polls = [
                head + b"".join(entries[hour : hour + lengths[hour * len(lengths) // wanted.polls]]) + tail
                for hour in range(wanted.polls)
            ]
            _print(limit, lengths, polls)


def _built(folder: Path, count: int, *, most: int) -> bytes:
    """Return the feed of the newest entries of so many posts."""
    posts = list(originals(folder).posts)
    random.Random(1).shuffle(posts)
    with tempfile.TemporaryDirectory(prefix="feedtool-polling-") as place:
        site = feedtool_site(Path(place))
        site.create()
        for number in range(count):
            site.put(copy_of(posts, number, count=count, seed=1))
        with Path(place, "feedtool.toml").open("a") as config:
            config.write(f"limit = {most}\n[feeds.tag]\nenabled = false\n[feeds.category]\nenabled = false\n")
        subprocess.run((sys.executable, "-m", "feedtool", "build", "--quiet"), cwd=place, check=True)
        return Path(place, "output", "atom.xml").read_bytes()


def _print(limit: int, lengths: Sequence[int], polls: Sequence[bytes]) -> None:
    told = "  ".join(f"{mean(len(sent(poll)) for poll in polls) / 1000:7.1f}" for sent in _SENT.values())
    print(f"{limit:5}  {'yes' if len(lengths) > 1 else 'no':>8}  {mean(lengths):7.1f}  {told}", flush=True)


if __name__ == "__main__":
    main()
