"""Values of a configuration that are right alone and wrong beside each other. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import TypeAlias

from feedtool.config import Config, Feeds, Group, checks, history_of
from feedtool.config.permalink_styles import GENERATORS, Name, permalink_error
from feedtool.config.positions import Keys

#: the key that is to be changed, what is wrong, and what to write
Clash: TypeAlias = tuple[Keys, str, str]


def dotted(keys: Keys) -> str:
    """Return the key as TOML writes it."""
    return ".".join(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else checks.shown(key) for key in keys)


def clashes(config: Config, lines: Mapping[Keys, int]) -> Iterator[Clash]:
    """Yield what is wrong; `lines` are those of the keys in their file."""
    yield from _shared_folders(config.feeds, lines)
    yield from _histories(config.feeds)
    yield from _ids(config)
    output = normpath(config.output)
    for folder in map(normpath, config.posts.dirs):
        is_in_all = folder == "." and not output.startswith(("/", "../"))
        if is_in_all or output == folder or output.startswith(folder.rstrip("/") + "/"):
            message = f"{checks.shown(config.output)} lies in the posts folder {checks.shown(folder)}"
            yield ("output",), message, "Write to a folder that holds no posts."


def _shared_folders(feeds: Feeds, lines: Mapping[Keys, int]) -> Iterator[Clash]:
    taken: dict[str, Keys] = {}
    for kind, group in feeds.groups.items():
        keys, folder = ("feeds", kind, "path"), unicodedata.normalize("NFC", group.path).casefold()
        if group.enabled and (other := taken.setdefault(folder, keys)) != keys:
            written = max(keys, other, key=lambda name: lines.get(name, 0))
            message = f"{dotted(other)} and {dotted(keys)} are both {checks.shown(group.path)}"
            yield written, message, "Give each its own folder."


def _histories(feeds: Feeds) -> Iterator[Clash]:
    """Yield feeds that would say both that they hold all and that there is more (RFC 5005 section 2)."""
    groups: tuple[tuple[Keys, Group | None], ...] = (
        (("feeds",), None),
        *((("feeds", kind), group) for kind, group in feeds.groups.items()),
    )
    for keys, group in groups:
        archives, complete = history_of(group, feeds)
        is_own = group is None or group.archives is not None or group.complete is not None
        if archives and complete and is_own:
            message = "a feed that holds all entries has no archives"
            yield (*keys, "complete"), message, "Set one of archives and complete to false."


def _ids(config: Config) -> Iterator[Clash]:
    """Yield what a way of making ids lacks, or has no use for."""
    posts, keys = config.posts, ("posts", "ids_permalink")
    named = [name for name in (posts.ids, posts.permalink) if name in GENERATORS]
    if len(set(named)) > 1:
        message = f'ids are those of "{posts.ids}", and pages those of "{posts.permalink}"'
        yield ("posts", "permalink"), message, "One site is made by one of them."
    elif named:
        name: Name = "jekyll" if named[0] == "jekyll" else "hugo"
        if error := permalink_error(name, posts.ids_permalink):
            yield keys, f"{checks.shown(posts.ids_permalink)}: {error}", ""
    elif posts.ids_permalink:
        yield keys, f'ids = "{posts.ids}" has no use for it', 'It is for "jekyll" and "hugo".'
    needs_url = named or "{site}" in posts.ids
    if needs_url and not (posts.ids_url or config.site.url):
        fix = 'Write ids_url = "https://…" under [posts]: the old site\'s address.'
        key = "permalink" if posts.ids not in named and named else "ids"
        yield ("posts", key), "such ids and addresses begin with the site's own, and there is none", fix
