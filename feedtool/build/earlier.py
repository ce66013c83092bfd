"""Files of earlier builds: which of them are as they were, which stay, which may be removed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import get_args

from feedtool.build.previous import is_ours
from feedtool.build.run import Workspace
from feedtool.cache.files import DocumentRow
from feedtool.config import FILE_NAME, Config
from feedtool.generators import Manifest
from feedtool.model import ARCHIVE, FILE_NAMES, Twin
from feedtool.output import has_digest, stamp

#: the page of a folder
INDEX = "index.html"


def kept(obsolete: Iterable[str], config: Config, workspace: Workspace) -> tuple[str, ...]:
    """Return the files that no build removes: hidden ones that are not ours, and all in a place of the site's own."""
    base = Path(config.path).parent
    places = [workspace.base / folder for folder in config.posts.dirs]
    places += [base / config.site.templates] if config.site.templates else []
    places += [workspace.cache] if workspace.cache else []
    own = [Path(os.path.realpath(each)) for each in (*places, config.path or base / FILE_NAME)]

    def is_kept(path: str) -> bool:
        file = workspace.output / path
        real, is_hidden = Path(os.path.realpath(file)), any(step.startswith(".") for step in path.split("/"))
        return any(map(real.is_relative_to, own)) or (is_hidden and not is_ours(file))

    return tuple(filter(is_kept, obsolete))


def unaltered(old: Mapping[str, DocumentRow], previous: Manifest, output: Path) -> Callable[[str], bool]:
    """Return whether a file is as the last build left it."""

    def is_unaltered(path: str) -> bool:
        row = old.get(path)
        if row is None or row.digest != previous.files.get(path):
            return False
        # after a clone, or restored from a CI's store, it is another file on the disk
        return row.stamp == stamp(output / path) or has_digest(output / path, row.digest)

    return is_unaltered


def asked_for(previous: Manifest, output: Path) -> Callable[[str], bool]:
    """Return whether somebody may ask for a file of an earlier build: a feed, an archive document, the page of a feed.

    The page of an entry goes with its post.
    """
    feeds = {path.rpartition("/")[0] for path in previous.files if path.rpartition("/")[2] in FILE_NAMES.values()}

    def is_asked_for(path: str) -> bool:
        folder, _, name = path.rpartition("/")
        in_archive = f"{folder}/".endswith(ARCHIVE) and not name.endswith(get_args(Twin))
        is_public = in_archive or name in FILE_NAMES.values() or (name == INDEX and folder in feeds)
        return is_public and (output / path).is_file()

    return is_asked_for
