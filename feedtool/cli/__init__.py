"""The command line: parse, call one function, print, exit.

The only place that prints, reads the clock or the environment, starts processes, or exits.
Exit status: 0 success, with warnings or without; 1 failure, or with --strict any error or warning; 2 wrong usage or
configuration.

A `feedtool build` that finds nothing to do ends in `unchanged`; `commands` has all the rest.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

__all__ = ["main"]

#: new objects after which Python looks for garbage; with its own 700, a tenth of a small build's time goes there
_GARBAGE = 10_000

#: libraries that bs4 imports: one is for selectors, the other for bytes of an unknown encoding
_SELDOM = ("soupsieve", "charset_normalizer")


def main() -> None:
    """Run the command line."""
    if sys.getfilesystemencoding().lower() != "utf-8":
        # file names of posts and feeds are UTF-8, also on machines with another locale
        os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "feedtool", *sys.argv[1:]])  # noqa: S606
    gc.set_threshold(_GARBAGE)
    # at its end, a Python looks through all that it holds for garbage, as long as ten entries take
    atexit.register(gc.freeze)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        asked = None
        if sys.argv[1:2] == ["build"]:
            from feedtool.cli.unchanged import Asked

            asked = Asked(sys.argv[1:])
            asked.answer()
        for name in _SELDOM:
            sys.modules.setdefault(name, _Later(name))
        if asked and asked.options:
            from feedtool.cli.build import build_again

            build_again(asked)
        from feedtool.cli.commands import app

        app(obj=asked)
    except FileNotFoundError:
        if _has_folder():
            raise
        from feedtool.cli.console import complain

        complain("the working folder was removed. Change to one that exists.")
        raise SystemExit(1) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


class _Later(ModuleType):
    """A library that is imported when it is used: to import it takes longer than to make an entry with it.

    The standard `LazyLoader` does not help: up to Python 3.12, each `import` of the name loads the library.
    """

    def __getattr__(self, name: str) -> object:
        """Return what the library has under a name."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def _has_folder() -> bool:
    """Return whether the working folder exists."""
    try:
        return bool(Path.cwd())
    except FileNotFoundError:
        return False
