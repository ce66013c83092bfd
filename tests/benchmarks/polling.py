# ruff: noqa: T201 - a script that prints
"""What subscribers transfer who poll every hour, where an hour brings one new post.

    python -m tests.benchmarks.polling --from DIR

Builds so many posts, then one more each hour, with feeds of several lengths, with archives and without, and prints the
mean size of the feed of all entries, which each poll gets: with a new entry, a conditional request saves nothing.
"""

from __future__ import annotations

import argparse
import gzip
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

import brotli

from .real import Original, copy_of, originals
from .sites import feedtool_site

#: of the compressed copies that feedtool writes, and of hosts that compress by themselves (nginx, Cloudflare)
_SENT: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip -1": lambda content: gzip.compress(content, 1),
    "gzip -9": lambda content: gzip.compress(content, 9),
    "br -4": lambda content: brotli.compress(content, quality=4),
    "br -11": lambda content: brotli.compress(content, quality=11),
}


def main() -> None:
    """Print a line for each length of a feed."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.polling", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--from", type=Path, dest="originals", metavar="DIR", required=True)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--limit", type=int, action="append", help="may be repeated (default: 10, 25, 50, 100)")
    wanted = parser.parse_args()
    posts = list(originals(wanted.originals).posts)
    random.Random(1).shuffle(posts)
    print(f"{'limit':>5}  archives  entries  {'  '.join(f'{name:>7}' for name in _SENT)}  KB of a poll, mean")
    for limit in wanted.limit or (10, 25, 50, 100):
        for has_archives in (False, True):
            entries, sizes = polled(posts, wanted, limit, has_archives=has_archives)
            told = "  ".join(f"{sizes[name] / 1000:7.1f}" for name in _SENT)
            print(f"{limit:5}  {'yes' if has_archives else 'no':>8}  {entries:7.1f}  {told}", flush=True)


def polled(
    posts: Sequence[Original], wanted: argparse.Namespace, limit: int, *, has_archives: bool
) -> tuple[float, dict[str, float]]:
    """Return how many entries a poll gets, and how many bytes, by the way that they are sent; means."""
    entries: list[int] = []
    sizes: dict[str, list[int]] = {name: [] for name in _SENT}
    with tempfile.TemporaryDirectory(prefix="feedtool-polling-") as folder:
        site = feedtool_site(Path(folder))
        site.create()
        config = Path(folder, "feedtool.toml")
        terms = "[feeds.tag]\nenabled = false\n[feeds.category]\nenabled = false\n"
        feeds = f"limit = {limit}\narchives = {str(has_archives).lower()}\n{terms}"
        config.write_text(config.read_text().replace("max_bytes = 0\n", feeds))
        for number in range(wanted.posts + wanted.hours):
            site.put(copy_of(posts, number, count=wanted.posts + wanted.hours, seed=1))
            if number < wanted.posts - 1:
                continue
            subprocess.run(
                (sys.executable, "-m", "feedtool", "build", "--quiet", "--jobs", "1"), cwd=folder, check=True
            )
            if number >= wanted.posts:
                content = Path(folder, "output", "atom.xml").read_bytes()
                entries.append(content.count(b"<entry>"))
                for name, sent in _SENT.items():
                    sizes[name].append(len(sent(content)))
    return mean(entries), {name: mean(some) for name, some in sizes.items()}


if __name__ == "__main__":
    main()
