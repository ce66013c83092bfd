# ruff: noqa: T201 - a script that prints
"""What a commit with one new post uploads.

    python -m tests.benchmarks.commit --posts 1000 9000 50000
    python -m tests.benchmarks.commit --posts 1000 9000 50000 --from DIR

Builds an archive of so many posts, short ones of its own or like those below DIR, with archives, publishes it to a
folder, and then adds posts, one at a time: each is built and published. Prints the bytes of an average commit by kind,
without the feeds and archive documents, which have to hold the new entry.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from feedtool.model import is_feed
from feedtool.publish import Options, World, publish
from feedtool.publish.objects import read_output
from feedtool.publish.places import Folder
from feedtool.publish.store import ANY, Headers, Version

from .real import Original, copy_of, originals
from .sites import Site, feedtool_site
from .synthetic import Post, post

_KINDS = ("pages", "ledger", "feeds.json", "feeds.opml", "record", "other")
_FEEDS = "feeds"


class _Counted(Folder):
    """A folder that counts the bytes that are put there, by kind."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.bytes: Counter[str] = Counter()

    def put(
        self, path: str, content: bytes, headers: Headers, *, mark: str = "", known: Version | None = ANY
    ) -> Version:
        self.bytes[_kind(path)] += len(content)
        return super().put(path, content, headers, mark=mark, known=known)


def _kind(path: str) -> str:
    if is_feed(path):
        return _FEEDS
    if path.startswith("feedtool-publish"):
        return "record"
    kind = "pages" if path.endswith(".html") else path.partition("/")[0]
    return kind if kind in _KINDS else "other"


def main() -> None:
    """Print a line for each number of posts."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.commit", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[1000])
    parser.add_argument("--commits", type=int, default=5, help="that the means are of")
    parser.add_argument("--from", type=Path, dest="originals", metavar="DIR")
    wanted = parser.parse_args()
    some = list(originals(wanted.originals).posts) if wanted.originals else []
    print("  posts  feeds  all else  ", "  ".join(f"{kind:>10}" for kind in _KINDS), "  KB of a commit, mean")
    for count in wanted.posts:
        with tempfile.TemporaryDirectory(prefix="feedtool-commit-") as place:
            sent = _sent(Path(place), wanted.commits, _posts(some, count, wanted.commits))
        mean = {kind: size / 1000 / wanted.commits for kind, size in sent.items()}
        feeds = mean.pop(_FEEDS)
        own = "  ".join(f"{mean.get(kind, 0):10.1f}" for kind in _KINDS)
        print(f"{count:7}  {feeds:5.0f}  {sum(mean.values()):8.1f}   {own}", flush=True)


def _posts(some: Sequence[Original], count: int, commits: int) -> list[Post]:
    """Return the posts, oldest first, with those of the commits."""
    if not some:
        return [post(number, is_short=True) for number in range(count + commits)]
    return [copy_of(some, number, count=count + commits, seed=1) for number in range(count + commits)]


def _sent(folder: Path, commits: int, posts: Sequence[Post]) -> Counter[str]:
    """Return the bytes of the commits after the first, by kind."""
    site, store = feedtool_site(folder / "site"), _Counted((folder / "store").as_uri())
    site.create()
    config = folder / "site" / "feedtool.toml"
    config.write_text(
        config.read_text().replace("max_bytes = 0\n", "archives = true\n")
    )  # as large as they are for users
    for each in posts[:-commits]:
        site.put(each)
    _commit(site, store)
    store.bytes.clear()
    for each in posts[-commits:]:
        site.put(each)
        _commit(site, store)
    return store.bytes


def _commit(site: Site, store: Folder) -> None:
    subprocess.run((sys.executable, "-m", "feedtool", "build", "--quiet"), cwd=site.folder, check=True)
    world = World(
        each=map, now_ms=lambda: time.time_ns() // 1_000_000, pause=time.sleep, name=uuid.uuid4().hex,
        progress=lambda *_: None, waiting=lambda: None,
    )  # fmt: skip
    publish(store, read_output(site.folder / site.output), Options(grace_ms=7 * 86_400_000), world)


if __name__ == "__main__":
    main()
