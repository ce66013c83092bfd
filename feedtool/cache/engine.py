"""What, beside posts and configuration, decides the bytes of the output: this program and the libraries it uses."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

#: whose releases may read, clean or write otherwise
_LIBRARIES = (
    "beautifulsoup4", "brotli", "charset_normalizer", "feedgen", "jinja2", "lxml", "markdown_it_py", "mdit_py_plugins",
    "mdurl", "nh3", "python_dateutil", "python_frontmatter", "pyyaml", "soupsieve", "tzdata",
)  # fmt: skip
_SOURCES = (".py", ".toml", ".html", ".css")


def engine(places: Iterable[str]) -> str:
    """Return a digest of this program's own files and of its libraries' versions.

    `places` are the folders where libraries are installed, as in sys.path.
    """
    digest = hashlib.blake2b(repr(sys.version_info).encode(), digest_size=16)
    for name in sorted(set(_installed(places))):
        digest.update(name.encode("utf-8", "surrogateescape"))
    package = str(Path(__file__).parents[1])
    for name in sorted(_files(package)):
        digest.update(name.removeprefix(package).encode("utf-8", "surrogateescape"))
        with open(name, "rb", buffering=0) as file:  # noqa: PTH123 - at every start
            digest.update(file.read())
    return digest.hexdigest()


def _installed(places: Iterable[str]) -> Iterable[str]:
    """Yield name and version of each library, as the folder of its metadata is called."""
    for place in places:
        try:
            names = os.listdir(place)  # noqa: PTH208 - names are all that is needed
        except OSError:
            continue  # no folder, such as a zip file: its libraries are told apart by nothing
        for name in names:
            if name.endswith(".dist-info") and name.lower().replace("-", "_").startswith(_LIBRARIES):
                yield name


def _files(folder: str) -> Iterable[str]:
    with os.scandir(folder) as children:
        for child in children:
            if child.is_dir(follow_symlinks=False):
                yield from _files(child.path)
            elif child.name.endswith(_SOURCES):
                yield child.path
