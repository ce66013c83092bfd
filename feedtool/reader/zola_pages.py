"""Zola's addresses, which its feeds have as ids. Pure."""

from __future__ import annotations

import re

from feedtool.model import Post
from feedtool.reader.keys import Fields
from feedtool.reader.schemes import Scheme, escaped, place_of, written
from feedtool.reader.slugs import zola_slug

#: a date, or a time with its zone, before the name
_DATED = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?\s?[_-](?=.)", re.ASCII)


def zola_address(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the absolute address of a post's page; "" where it is not known."""
    place = place_of(scheme, post.path, scheme.language)
    own = (written(header, "path") or "").strip()
    if own:
        return _at(scheme.site_url, own)
    folders, name = place.folder.split("/") if place.folder else [], place.stem
    if name == "index" and folders:
        name = folders.pop()
    slugify = scheme.table("slugify")
    if slugify.get("paths_keep_dates") is not True:
        name = _DATED.sub("", name, count=1) if _DATED.match(name) else name
    slug = zola_slug(written(header, "slug") or name, str(slugify.get("paths", "on")))
    return _at(place.home, "/".join([*folders, slug])) if slug is not None else ""


def _at(home: str, path: str) -> str:
    return f"{home.rstrip('/')}/{escaped(path.strip('/'), '/~!$&()*+,;=:@')}/".replace("//", "/").replace(
        ":/", "://", 1
    )
