"""How tests lay out posts, run the command line and look at what came out."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typer.main
import typer.testing
from typer.testing import CliRunner

from feedtool.cli import commands

# a program makes its commands once; made for each call, they take a fifth of the time of a small build
typer.testing._get_command = cache(typer.main.get_command)  # type: ignore[attr-defined]  # noqa: SLF001

SITE_URL = "https://feeds.example.org/"
#: a CI that runs the tests must not show in what they see
_UNSET = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "CI")
#: Python that gives up root's right to read and write everything, where the tests run as root
UNPRIVILEGED = """
import ctypes, os
if os.geteuid() == 0:
    assert ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522), (ctypes.c_uint32 * 6)()) == 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the command line did."""

    status: int
    out: str
    err: str


def lay(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by their paths below the folder, and return the folder."""
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, by path; not what a build remembers for itself."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and ".feedtool" not in path.parts
    }


def stamps(folder: Path) -> dict[str, int]:
    """Return when each file below a folder was changed last, in nanoseconds."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in files}


def run(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Run:
    """Run the command line in this process."""
    variables: dict[str, str | None] = {**dict.fromkeys(_UNSET), **(env or {})}
    with contextlib.chdir(cwd):
        result = CliRunner().invoke(commands(), list(arguments), env=variables)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Run(status=result.exit_code, out=result.stdout, err=result.stderr)


def build(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Run:
    """Run `feedtool build` in this process, for a published site."""
    return run("build", "--jobs", "1", "--site-url", SITE_URL, *arguments, cwd=cwd, env=env)


#: What imports the program and builds a site, once for all tests, and forks for each that wants a process of its own.
_PARENT = """
import contextlib, functools, json, os, pathlib, signal, sys, tempfile
import feedtool.cli, typer.main
typer.main.get_command = functools.cache(typer.main.get_command)
with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
    pathlib.Path("posts").mkdir()
    pathlib.Path("posts/a.md").write_text("---\\ntitle: A\\ndate: 2024-01-02\\n---\\n\\nA *word*.\\n")
    command = typer.main.get_command(feedtool.cli.commands())
    command(["build", "--jobs", "1", "--quiet", "--site-url", "https://example.org/"], standalone_mode=False)
for line in sys.stdin:
    call = json.loads(line)
    if (child := os.fork()) == 0:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()
for descriptor, name in enumerate(call["streams"]):
    os.dup2(os.open(name, os.O_RDWR), descriptor)
os.chdir(call["cwd"])
os.environ.clear()
os.environ.update(call["env"])
signal.alarm(call["timeout"])
sys.argv[1:] = call["arguments"]
exec(call["before"])
sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", errors="backslashreplace")
feedtool.cli.main()
"""
#: variables that Python itself reads, at its start
_AT_START = ("PYTHON", "LC_", "LANG", "TZ")


@cache
def _parent() -> subprocess.Popen[str]:
    """Start the process that others are forked from; it ends with the tests."""
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(parent.communicate)
    return parent


def forked(
    *arguments: str, cwd: Path, env: Mapping[str, str], streams: Sequence[str], before: str = "", timeout: int = 60
) -> Callable[[], int]:
    """Run the command line in a process of its own; return what waits for it, and then gives its status.

    `streams` are the paths of its input, output and errors, `before` is Python that runs ahead of it. After so many
    seconds it is ended, with the status -14.
    """
    parent = _parent()
    assert parent.stdin
    call = {"arguments": arguments, "cwd": str(cwd), "env": dict(env), "before": before, "timeout": timeout}
    print(json.dumps({**call, "streams": streams}), file=parent.stdin, flush=True)
    return lambda: int(parent.stdout.readline() if parent.stdout else "")


def process(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, before: str = "", timeout: int = 60
) -> Run:
    """Run the command line in a process of its own; see `forked`."""
    variables = {name: value for name, value in os.environ.items() if name not in _UNSET} | dict(env or {})
    if not hasattr(os, "fork") or any(name.startswith(_AT_START) for name in env or ()):
        script = f"import sys\nimport feedtool.cli, feedtool.build.pipeline\n{before}\nfeedtool.cli.main()"
        command = [sys.executable, "-c", script, *arguments]
        done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, timeout=timeout, check=False)
        return Run(status=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        streams = (os.devnull, out.name, err.name)
        status = forked(*arguments, cwd=cwd, env=variables, streams=streams, before=before, timeout=timeout)()
        return Run(status=status, out=out.read().decode(), err=err.read().decode())


def post(
    title: str = "A good post", *, date: str = "2024-01-02T03:04:05Z", body: str = "Good words.", **more: str
) -> str:
    """Return the text of a post file."""
    lines = [f'title: "{title}"', f"date: {date}", *(f"{key}: {value}" for key, value in more.items())]
    return "\n".join(["---", *lines, "---", "", body, ""])
