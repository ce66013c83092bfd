"""What a preview says on the terminal. Pure: returns lines, prints nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from feedtool.build.freshness import Differences
from feedtool.build.outcome import Outcome
from feedtool.problems import Problem
from feedtool.report import printable

#: names that a line takes
_MOST = 3


def opening_lines(address: str, *, output: str, folders: Sequence[str], config: str, names_itself: bool) -> list[str]:
    """Return what stands at the top; `names_itself`: the feeds name the preview, since nothing names their site."""
    watched = ", ".join(printable(each) for each in (*folders, *([config] if config else [])))
    lines = [f"{address} shows {printable(output)}. Ctrl-C ends it.", f"Watching {watched}."]
    if names_itself:
        lines.append(f"The feeds name {address} until site.url or --site-url says where they will be published.")
    return lines


def build_line(
    clock: str, seconds: float, outcome: Outcome, differences: Differences | None, *, causes: Sequence[str] = ()
) -> str:
    """Return what a build did and why; `causes` stand beside posts, such as the configuration."""
    all_posts = f"{outcome.posts:,} {'post' if outcome.posts == 1 else 'posts'}"
    told = [*causes, *(_posts(differences) if differences else [])] or [all_posts]
    files = [f"{outcome.written:,} files written"] if outcome.written != 1 else ["1 file written"]
    files += [f"{outcome.removed:,} removed"] if outcome.removed else []
    return f"{clock}  {seconds:.2f} s  {'; '.join([*told, ', '.join(files)])}"


def news(problems: Iterable[Problem], before: Iterable[Problem]) -> tuple[list[Problem], int]:
    """Return the problems that there were not before, and how many there are no more.

    One that only moved to another line is the same.
    """
    old = Counter(map(_key, before))
    new: list[Problem] = []
    for problem in problems:
        if old[_key(problem)] > 0:
            old[_key(problem)] -= 1
        else:
            new.append(problem)
    return new, old.total()


def resolved_line(count: int) -> str:
    """Return how many problems are no more."""
    return f"          {count:,} {'problem is' if count == 1 else 'problems are'} solved"


def _posts(differences: Differences) -> list[str]:
    kinds = {"added": differences.added, "edited": differences.edited, "removed": differences.removed}
    return [f"{kind} {_some(names)}" for kind, names in kinds.items() if names]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(map(printable, names[:_MOST]))
    return shown + (f" and {len(names) - _MOST:,} more" if len(names) > _MOST else "")


def _key(problem: Problem) -> tuple[str, ...]:
    return problem.path, problem.code, problem.field, problem.message
