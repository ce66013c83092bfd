"""What all tests share: the option that rewrites golden sites, and the corpus, which is not part of the project."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("feedtool", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("feedtool")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update`."""
    parser.addoption("--update", action="store_true", help="rewrite the expected files instead of comparing them")


def pytest_configure(config: pytest.Config) -> None:
    """Let the hundreds of processes that are started keep what they compile, in a folder that goes with the tests.

    Where Python is told to write no such files, each of them would compile all modules. The user's key of caches is
    not the tests' business.
    """
    state = tempfile.mkdtemp(prefix="feedtool-state-")
    config.add_cleanup(lambda: shutil.rmtree(state, ignore_errors=True))
    os.environ["XDG_STATE_HOME"] = state
    os.environ.pop("FEEDTOOL_CACHE_KEY", None)
    if sys.dont_write_bytecode:
        folder = tempfile.mkdtemp(prefix="feedtool-compiled-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        del os.environ["PYTHONDONTWRITEBYTECODE"]


def pytest_collection_finish() -> None:
    """Let builds take less time here: none has to outlast a machine that stops, so none waits for the disk.

    And the garbage collector is kept away from the tests themselves: each full collection would go through all of them.
    """
    from feedtool.cache import database  # noqa: PLC0415 - a process that only starts the others needs none of it

    prepare = database._prepare  # noqa: SLF001
    database._prepare = lambda db, synchronous: prepare(db, synchronous.replace("NORMAL", "OFF"))  # noqa: SLF001
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out, and how it is run."""
    left_out = [item for item in terminalreporter.stats.get("deselected", ()) if item.get_closest_marker("heavy")]
    if left_out and "not heavy" in config.option.markexpr:
        line = f"{len(left_out)} heavy tests were left out (see tests/heavy.py); `python -m pytest -m heavy` runs them"
        terminalreporter.write_line(line)


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are rewritten."""
    return bool(request.config.getoption("--update"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of samples that lie beside the project; skip where there is none."""
    default = Path(__file__).parents[2] / "shared"
    folder = Path(os.environ.get("FEEDTOOL_SHARED") or default)
    if not folder.is_dir():
        pytest.skip("no samples: FEEDTOOL_SHARED names no folder, and none lies beside the project")
    return folder
