"""Sites to publish, and publications whose clock and waiting are the test's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from runs import Run, build, lay, post, run, tree

from feedtool.publish import Done, Options, World, publish
from feedtool.publish.objects import read_output
from feedtool.publish.places import Bucket, Folder, Store
from feedtool.publish.store import LIST, RECORD

TARGET = "s3://bucket/feeds"
HUB = "https://hub.example.org/"
DAY_MS = 86_400_000
#: far from the machine's own time, so that nothing that looks at the clock passes by chance
NOON_MS = 1_700_000_000_000

POSTS = {
    "posts/tea.md": post("Tea", categories="[tea, 新聞]"),
    "posts/rice.md": post("Rice", date="2024-02-03T03:04:05Z", categories="[rice]", tags="[C++]"),
}


def site(folder: Path, files: dict[str, str] | None = None, config: str = "") -> Path:
    """Build a site, and return its folder."""
    lay(folder, {**(POSTS if files is None else files), "feedtool.toml": config})
    built = build(cwd=folder)
    assert built.status == 0, built.err
    return folder


def publish_it(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> Run:
    """Run `feedtool publish --no-build`."""
    return run("publish", "--no-build", *arguments, cwd=cwd, env=env)


def world(now_ms: int = NOON_MS, *, pause: Callable[[float], None] | None = None) -> World:
    """Return a world with a clock of its own, in which waiting fails a test that did not mean to."""

    def fail(*_: object) -> None:
        raise AssertionError("waits")

    def each(function, values, /):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        with ThreadPoolExecutor(4) as executor:
            yield from executor.map(function, values)

    return World(
        each=each,
        now_ms=lambda: now_ms,
        pause=fail if pause is None else pause,
        name=uuid4().hex,
        progress=lambda *_: None,
        waiting=fail if pause is None else lambda: None,
    )


def put(folder: Path, target: str = TARGET, *, place: World | None = None, **options: object) -> Done:
    """Publish what a site's build left."""
    chosen = replace(Options(grace_ms=7 * DAY_MS), **options)  # type: ignore[arg-type]
    return publish(store_at(target), read_output(folder / "output"), chosen, place or world())


def store_at(target: str) -> Store:
    """Return the store at a target."""
    return Folder(target) if target.startswith("file:") else Bucket(target, {}, retries=1)


def paths(done: Done) -> set[str]:
    """Return what was put."""
    return {one.path for step in done.plan.puts for one in step}


def in_store(folder: Path) -> dict[str, bytes]:
    """Return the objects below a bucket's prefix that readers see."""
    return {path: content for path, content in tree(folder).items() if path not in (RECORD, LIST)}


def assert_whole(objects: dict[str, bytes]) -> None:
    """Check that a manifest tells the truth of all objects that lie with it."""
    parts = json.loads(objects["ledger/index.json"])["parts"]
    files = parts | {p: d for path in parts for p, d in json.loads(objects[path]).get("files", {}).items()}
    assert files == {path: hashlib.sha256(content).hexdigest() for path, content in objects.items() if path in files}
