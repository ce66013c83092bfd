"""Every kind of problem, from wherever it is declared."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import feedtool
from feedtool.problems import Code

#: wings that declare no codes, and whose imports cost time
_WITHOUT = ("cli", "serve", "__main__")


def all_codes() -> list[Code]:
    """Return every kind of problem, each where it is declared."""
    names = sorted(
        found.name
        for found in walk_packages(feedtool.__path__, "feedtool.")
        if found.name.split(".")[1] not in _WITHOUT
    )
    modules = (import_module(name) for name in names)
    return list(
        dict.fromkeys(value for module in modules for value in vars(module).values() if isinstance(value, Code))
    )
