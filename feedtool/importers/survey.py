"""A folder -> the names of its files, and the texts of those that hold a site's settings. Runs nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

from feedtool.importers.found import Files

#: files whose names are taken in; a site that has more is recognised by these
_MOST = 100_000
#: bytes of a file of settings
_LONGEST = 200_000
#: made by programs, or other people's
_OTHERS = {"node_modules", "vendor", "venv", "themes", "bower_components", "__pycache__", "_site", "public", "target"}
_SETTINGS = re.compile(
    r"_config\.(ya?ml|toml)|(hugo|config|zola)\.(toml|ya?ml|json)|config/_default/[^/]+\.(toml|ya?ml|json)"
    r"|\.eleventy\.js|eleventy\.config\.(js|mjs|cjs|ts)|package\.json|(.*/)?_data/(metadata|site)\.js(on)?"
    r"|(pelican|publish)conf\.py|Gemfile"
)


def look(folder: Path) -> Files:
    """Return the files below a folder: the text of each that holds settings, "" for the others.

    Hidden folders and those that programs make are left out; what cannot be read is as if it were not there.
    """
    found: dict[str, str] = {}
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in _OTHERS)
        above = Path(where).relative_to(folder).as_posix()
        for name in sorted(names):
            path = name if above == "." else f"{above}/{name}"
            found[path] = _text(Path(where, name)) if _SETTINGS.fullmatch(path) else ""
            if len(found) >= _MOST:
                return found
    return found


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(_LONGEST).decode("utf-8-sig", "replace")
    except OSError:
        return ""
