"""What a type checker makes of a program that uses feedtool. Checked by mypy, and never run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

import feedtool
from feedtool import (
    Checked,
    Config,
    ConfigError,
    Outcome,
    Post,
    Problem,
    Reading,
    Seen,
    build,
    check,
    check_files,
    load_config,
    problem_lines,
    read_posts,
)

config = load_config("feedtool.toml", overrides={"site.url": "https://example.org/", "feeds.limit": 20})
assert_type(config, Config)
assert_type(load_config(), Config)
assert_type(load_config(Path("feedtool.toml")).output, str)

try:
    load_config("feedtool.toml")
except ConfigError as error:
    assert_type(error.problems, tuple[Problem, ...])

outcome = build(
    config,
    base=Path("site"),
    output="public",
    cache=".feedtool",
    published=b"{}",
    prune=True,
    jobs=0,
    now=datetime(2024, 1, 1, tzinfo=UTC),
    progress=lambda *_: None,
)
assert_type(outcome, Outcome)
assert_type(outcome.changed, tuple[str, ...])
assert_type(problem_lines(outcome.problems), list[str])

checked = check(config, against=Path("feed.xml").read_bytes())
assert_type(checked, Checked)
assert_type(checked.seen, Seen | None)
assert_type(checked.outcome.entries, int)

assert_type(check_files(["a.xml", Path("feeds")]), tuple[Problem, ...])

readings = read_posts(config, base=".")
assert_type(readings, Iterator[Reading])
for reading in readings:
    assert_type(reading.post, Post | None)

assert_type(feedtool.__version__, str)
feedtool.build_sight  # type: ignore[attr-defined] # noqa: B018 - a name that is not ours is a mistake
feedtool.build(config, job=2)  # type: ignore[call-arg]
feedtool.build(config, "public")  # type: ignore[call-arg]
outcome.entries = 2  # type: ignore[misc]
