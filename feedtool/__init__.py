"""feedtool: a folder of posts becomes feeds that people subscribe to.

For programs, `feedtool.api` says what there is; all of it can be imported from here, and is loaded when it is first
asked for, since the command line starts many times a day and needs little of it.
"""

# ruff: noqa: F403, F405 - names of `feedtool.api`, which a type checker knows
from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from feedtool.api import *
    from feedtool.check.site import Checked, Seen
    from feedtool.reader import Reading

__all__ = [
    "Author", "CacheError", "Checked", "Config", "ConfigError", "Document", "Enclosure", "Entry", "ExecutorError",
    "Feed", "Outcome", "OutputError", "Post", "Problem", "Reading", "Seen", "__version__", "build", "check",
    "check_files", "list_feeds", "load_config", "problem_lines", "read_entries", "read_posts", "render",
]  # fmt: skip

if not TYPE_CHECKING:  # a type checker would take any name for one of ours
    # two wings have the names of functions here: once they are loaded, no later import binds these names
    for _wing in ("build", "check"):
        import_module(f"feedtool.{_wing}")
        del globals()[_wing]

    #: modules of the names that `feedtool.api` does not have
    _ELSEWHERE = {"Checked": "check.site", "Reading": "reader", "Seen": "check.site"}

    def __getattr__(name: str) -> object:
        """Return what a program asked for, from where it is."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"feedtool.{_ELSEWHERE.get(name, 'api')}"), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        """Return what there is, loaded or not."""
        return sorted({*globals(), *__all__})
