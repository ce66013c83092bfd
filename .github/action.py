"""The two steps of action.yml: install feedtool, and run it once.

    install    a virtual environment, with feedtool from the checkout that this file belongs to
    run        inputs in the environment -> one command of feedtool -> the step's outputs

Each input becomes a part of one argument of one process; no shell reads it. feedtool itself writes annotations and the
summary page. The exit status is feedtool's; 2 for invalid inputs.
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

#: the inputs of each command, each with the option that it sets
_OPTIONS = {
    "build": {"config": "--config", "posts": "--posts", "output": "--output", "site-url": "--site-url",
              "against": "--against"},
    "check": {"config": "--config", "posts": "--posts", "site-url": "--site-url", "against": "--against",
              "max-new": "--max-new"},
}  # fmt: skip
#: inputs that not every command takes
_SOME = ("output", "max-new", "target")
#: the cache folder, below the workspace; action.yml keeps it between runs
_CACHE = ".feedtool"
#: most bytes of one output; the runner rejects all outputs above a million bytes
_MOST = 500_000


def main() -> int:
    """Run the step that the one argument names, and return the exit status."""
    if sys.argv[1:] == ["install"]:
        return _install()
    assert sys.argv[1:] == ["run"]
    return _run()


def _install() -> int:
    """Install feedtool into an environment of its own, so that the job's Python does not change."""
    extras = [name for name in re.split(r"[\s,]+", _input("extras")) if name]
    if not all(re.fullmatch(r"[a-z0-9-]+", name) for name in extras):
        _refuse(f"extras: {', '.join(extras)!r} is not a list of names, such as brotli")
    packages = [name for name in re.split(r"[\s,]+(?![^\s\[\]]*\])", _input("packages")) if name]
    form = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9._,-]+\])?(?:==[A-Za-z0-9.!+]+)?"
    if not all(re.fullmatch(form, name) for name in packages):
        _refuse(f"packages: {', '.join(packages)!r} is not a list of packages, such as my-plugins==1.2")
    if _input("command") == "publish":
        extras.append("publish")
    place = Path(tempfile.mkdtemp(prefix="feedtool-", dir=os.environ.get("RUNNER_TEMP")))
    venv.create(place, with_pip=True, symlinks=os.name != "nt")
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    source = f"{Path(__file__).resolve().parents[1]}[{','.join(extras)}]" if extras else Path(__file__).parents[1]
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([python, "-I", *pip, str(source), *packages], check=False)  # noqa: S603 - a list of arguments
    _output({"python": str(python)})
    return done.returncode


def _run() -> int:
    """Run the command of the input. To publish, run the build first and set its outputs."""
    command = _input("command") or "build"
    if command not in ("build", "check", "publish"):
        _refuse(f"command: {command!r} is not one of build, check, publish")
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
    """Return the inputs as arguments; exit with 2 if they are invalid."""
    taken = _OPTIONS["check" if command == "check" else "build"]
    others = {"target"} if command == "publish" else set()
    for name in _SOME:
        if _input(name) and name not in {*taken, *others}:
            _refuse(f"{name}: the command {command} does not take this input")
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
    """Return the values of an input: one for each line of `posts`, else one at most."""
    if name == "posts":
        return [line.strip() for line in _input(name).splitlines() if line.strip()]
    return [_input(name)] if _input(name) else []


def _flag(name: str, *, default: bool) -> bool:
    value = _input(name) or str(default).lower()
    if value not in ("true", "false"):
        _refuse(f"{name}: {value!r} is not true or false")
    return value == "true"


def _input(name: str) -> str:
    return os.environ.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()


def _feedtool(command: str, arguments: list[str], *, is_shown: bool = False) -> tuple[int, bytes]:
    """Run it, and return its exit status and its standard output, which is empty if it is shown."""
    # isolated: a module in the workspace must not replace one of ours
    python = [sys.executable, "-I", "-X", "utf8", "-m", "feedtool"]
    done = subprocess.run(  # noqa: S603 - a list of arguments
        [*python, command, *arguments], stdout=None if is_shown else subprocess.PIPE, check=False
    )
    return done.returncode, done.stdout or b""


def _read(said: bytes) -> dict[str, Any] | None:
    """Return feedtool's result; None if it printed none, in which case standard error has the reason."""
    try:
        return dict(json.loads(said))
    except ValueError:
        return None


def _told(found: dict[str, Any] | None) -> dict[str, str]:
    """Return the outputs; unknown ones are empty."""
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
    """Return as many lines as one output may hold; print a notice if some are left out."""
    size = 0
    for number, line in enumerate(lines):
        size += len(line.encode()) + 1
        if size > _MOST:
            _note(f"changed-feeds names {number:,} of {len(lines):,} feeds; the file of the output `result` has all.")
            return "\n".join(lines[:number])
    return "\n".join(lines)


def _kept(said: bytes) -> str:
    """Write feedtool's result to a file, and return the path."""
    handle, path = tempfile.mkstemp(prefix="feedtool-", suffix=".json", dir=os.environ.get("RUNNER_TEMP"))
    with os.fdopen(handle, "wb") as file:
        file.write(said)
    return path


def _output(values: Mapping[str, str]) -> None:
    """Set outputs of the step. The end marker is random, so no value can contain it."""
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
    """Print which input is invalid, on one line, and exit with 2."""
    escaped = sentence.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::error title=feedtool::{escaped}", flush=True)
    sys.exit(2)


if __name__ == "__main__":
    sys.exit(main())
