"""The page of one feed: how to subscribe, what it brought lately, and where the rest is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from functools import partial

from feedtool.config import Templates
from feedtool.generators.formatting import day_of
from feedtool.generators.pages.environment import render
from feedtool.generators.pages.periods import periods
from feedtool.model import Document, Entry, Feed

#: pictures of entries are wherever their authors have them
_PICTURES = "https: http:"


def render_feed_page(
    feed: Feed,
    entries: Sequence[Entry],
    *,
    site_title: str,
    site_url: str,
    generator: str,
    archives: Sequence[str] = (),
    zone: tzinfo = UTC,
    templates: Templates | None = None,
) -> Document:
    """Return the page of a feed with its latest entries, newest first as given.

    `archives` are the periods of its archive documents, newest first; days are those of `zone`. Raises
    BrokenTemplateError.
    """
    content = render(
        "feed.html",
        templates or Templates(),
        pictures=_PICTURES,
        feed=feed,
        entries=entries,
        periods=periods(feed, archives),
        index="../" * feed.folder.count("/"),
        site_title=site_title,
        site_url=site_url,
        language=feed.language,
        generator=generator,
        day_of=partial(day_of, zone=zone),
    )
    return Document(path=feed.folder + "index.html", media_type="text/html", content=content)
