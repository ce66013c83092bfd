"""The two steps of action.yml: install feedtool, and run it once.

    install    a virtual environment, with feedtool from the checkout that this file belongs to
    run        inputs in the environment -> one command of feedtool -> the step's outputs

An input is a part of one argument of one process, whatever is in it; no shell sees it. Annotations and the summary
page are feedtool's own doing. Exit status: feedtool's; 2 for inputs that cannot be meant.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import uuid
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

#: the inputs of each command, and the option that each is the value of
_OPTIONS = {
    "build": {"config": "--config", "posts": "--posts", "output": "--output", "site-url": "--site-url",
              "against": "--against"},
    "check": {"config": "--config", "posts": "--posts", "site-url": "--site-url", "against": "--against",
              "max-new": "--max-new"},
}  # fmt: skip
#: inputs that some commands take and others do not
_SOME = ("output", "max-new", "target")
#: where a build remembers what need not be done again, below the workspace; action.yml keeps it from run to run
_CACHE = ".feedtool"
#: bytes of one output; the runner refuses all of them above a million
_MOST = 500_000


def main() -> int:
    """Do what the one argument says, and return the exit status."""
    if sys.argv[1:] == ["install"]:
        return _install()
    assert sys.argv[1:] == ["run"]
    return _run()


def _install() -> int:
    """Bring feedtool into an environment of its own, so that nothing of the job's Python changes."""
    extras = [name for name in re.split(r"[\s,]+", _input("extras")) if name]
    if not all(re.fullmatch(r"[a-z0-9-]+", name) for name in extras):
        _refuse(f"extras: {', '.join(extras)!r} are no names, such as brotli")
    if _input("command") == "publish":
        extras.append("publish")
    place = Path(tempfile.mkdtemp(prefix="feedtool-", dir=os.environ.get("RUNNER_TEMP")))
    venv.create(place, with_pip=True, symlinks=os.name != "nt")
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    source = f"{Path(__file__).resolve().parents[1]}[{','.join(extras)}]" if extras else Path(__file__).parents[1]
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([python, "-I", *pip, str(source)], check=False)  # noqa: S603 - a list of arguments
    _output({"python": str(python)})
    return done.returncode


def _run() -> int:
    """Run the command that is asked for; of a publication, the build comes first and its outputs are told."""
    command = _input("command") or "build"
    if command not in ("build", "check", "publish"):
        _refuse(f"command: {command!r} is none of build, check, publish")
    form = ["--format=json"] if command == "check" else ["--json"]
    status, said = _feedtool("check" if command == "check" else "build", [*form, *_arguments(command)])
    found = _read(said)
    _output({**_told(found), "result": _kept(said) if found else ""})
    if status == 0 and command == "publish":
        places = {"config": "--config", "output": "--output", "site-url": "--site-url"}
        options = [f"{option}={_input(name)}" for name, option in places.items() if _input(name)]
        target = ["--", _input("target")] if _input("target") else []
        status, _ = _feedtool("publish", ["--no-build", *options, *target], is_shown=True)
    return status


def _arguments(command: str) -> list[str]:
    """Return the arguments that the inputs are; exit with 2 where they cannot be meant."""
    taken = _OPTIONS["check" if command == "check" else "build"]
    others = {"target"} if command == "publish" else set()
    for name in _SOME:
        if _input(name) and name not in {*taken, *others}:
            _refuse(f"{name}: the command {command} takes no such input")
    values = [(option, value) for name, option in taken.items() for value in _values(name)]
    arguments = [f"{option}={value}" for option, value in values]
    arguments += ["--strict"] if _flag("strict", default=False) else []
    if _flag("cache", default=True):
        arguments.append(f"--cache={_CACHE}")
    elif command != "check":
        arguments.append("--no-cache")
    try:
        return [*arguments, *shlex.split(_input("args"))]
    except ValueError as error:
        _refuse(f"args: {error}")


def _values(name: str) -> list[str]:
    """Return the values of an input: one, or one in each line of `posts`, or none."""
    if name == "posts":
        return [line.strip() for line in _input(name).splitlines() if line.strip()]
    return [_input(name)] if _input(name) else []


def _flag(name: str, *, default: bool) -> bool:
    value = _input(name) or str(default).lower()
    if value not in ("true", "false"):
        _refuse(f"{name}: {value!r} is neither true nor false")
    return value == "true"


def _input(name: str) -> str:
    return os.environ.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()


def _feedtool(command: str, arguments: list[str], *, is_shown: bool = False) -> tuple[int, bytes]:
    """Run it, and return its exit status and what it said on standard output, unless that is to be shown."""
    # isolated: a module that lies in the workspace must not stand in for one of ours
    python = [sys.executable, "-I", "-X", "utf8", "-m", "feedtool"]
    done = subprocess.run(  # noqa: S603 - a list of arguments
        [*python, command, *arguments], stdout=None if is_shown else subprocess.PIPE, check=False
    )
    return done.returncode, done.stdout or b""


def _read(said: bytes) -> dict[str, Any] | None:
    """Return what feedtool said, None where it said nothing: standard error has told why."""
    try:
        return dict(json.loads(said))
    except ValueError:
        return None


def _told(found: dict[str, Any] | None) -> dict[str, str]:
    """Return the outputs; those that nobody knows are empty."""
    if found is None:
        return {"changed": "false", "changed-feeds": ""}
    changed = found.get("changed", [])
    feeds = [each["url"] or each["path"] for each in changed if each["is_feed"]]
    numbers: dict[str, str] = {name: str(found[name]) for name in ("posts", "entries", "feeds") if name in found}
    return {
        "changed": "true" if changed or found.get("removed") else "false",
        "changed-feeds": _bounded(feeds),
        "errors": str(found["counts"]["error"]),
        "warnings": str(found["counts"]["warning"]),
        **numbers,
    }


def _bounded(lines: list[str]) -> str:
    """Return as many lines as one output may hold; say so where that is not all."""
    size = 0
    for number, line in enumerate(lines):
        size += len(line.encode()) + 1
        if size > _MOST:
            _note(f"changed-feeds names {number:,} of {len(lines):,} feeds; the output `result` is a file with all.")
            return "\n".join(lines[:number])
    return "\n".join(lines)


def _kept(said: bytes) -> str:
    """Return the path of a file that holds what feedtool said."""
    handle, path = tempfile.mkstemp(prefix="feedtool-", suffix=".json", dir=os.environ.get("RUNNER_TEMP"))
    with os.fdopen(handle, "wb") as file:
        file.write(said)
    return path


def _output(values: Mapping[str, str]) -> None:
    """Set outputs of the step. No value can end its own part of the file: nobody knows the word that does."""
    path = os.environ.get("GITHUB_OUTPUT")
    if not path:
        return
    with Path(path).open("a", encoding="utf-8", newline="\n") as file:
        for name, value in values.items():
            end = f"end-{uuid.uuid4()}"
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def _note(sentence: str) -> None:
    print(f"::notice title=feedtool::{sentence}", flush=True)


def _refuse(sentence: str) -> NoReturn:
    """Say which input cannot be meant, on one line whatever is in it, and exit with 2."""
    escaped = sentence.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::error title=feedtool::{escaped}", flush=True)
    sys.exit(2)


if __name__ == "__main__":
    sys.exit(main())
