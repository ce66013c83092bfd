"""Runs a reader as a process of its own: its own home, no proxy, an end in time."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .stored import ReaderError, Stored

#: seconds; a poll of a dozen small feeds takes one or two
PATIENCE = 60
_PROGRAMS = Path(__file__).parent / "programs"


def environment(home: Path) -> dict[str, str]:
    """Return variables that lead a program nowhere but into its home."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "TMPDIR": str(home / "tmp"),
        "no_proxy": "127.0.0.1,localhost",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def run(*command: str, home: Path, more: Mapping[str, str] | None = None, patience: float = PATIENCE) -> str:
    """Run a program in its home and return what it printed. Raises ReaderError where it fails or takes too long."""
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=home,
            env=environment(home) | dict(more or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReaderError(f"{name} has not come to an end after {patience:.0f} seconds") from error
    said = done.stdout.decode(errors="replace")
    if done.returncode:
        raise ReaderError(f"{name} failed ({done.returncode}): {(said + done.stderr.decode(errors='replace'))[-2000:]}")
    return said


def first_number(*command: str) -> str:
    """Return the version that a program tells of itself, or "" where it is not installed."""
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "?"


def of_package(name: str) -> str:
    """Return the version of a Python package, or "" where it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def of_node_package(name: str) -> str:
    """Return the version of a package in node_modules beside this file, or "" where it or node is not installed."""
    described = Path(__file__).parent / "node_modules" / name / "package.json"
    if not (shutil.which("node") and described.is_file()):
        return ""
    version: str = json.loads(described.read_bytes())["version"]
    return version


def with_library(program: str, urls: Sequence[str], home: Path) -> list[Stored]:
    """Poll with one of the programs beside this file, which keep what they have read in their home."""
    interpreter = "node" if program.endswith(".mjs") else sys.executable
    return [_stored(each) for each in json.loads(run(interpreter, str(_PROGRAMS / program), *urls, home=home))]


def _stored(values: dict[str, Any]) -> Stored:
    return Stored(**{name: value for name, value in values.items() if value is not None})
