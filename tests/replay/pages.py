"""Feed documents -> what a reader takes from them, in each format. Pure; shares no code with feedtool."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from lxml import etree

#: lxml keeps the class of its elements to itself
_Element: TypeAlias = Any

#: "atom", "rss" or "json", with the name that feedtool gives such a file
FILES = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
_ATOM = "{http://www.w3.org/2005/Atom}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_STORY = re.compile(r"story-\d{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry as a reader shows it."""

    id: str
    #: when it was published, as written
    published: str
    #: what tells the reader that it changed, as written; "" in RSS, which has nothing of that kind
    updated: str
    #: where to read it
    url: str
    title: str
    content: str
    #: our own name of the story that it tells; "" where it tells none
    story: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A feed's document, or one of its archive."""

    self_url: str
    #: when it changed, in seconds since 1970; 0 where nothing says so
    updated: float
    #: where older entries are (RFC 5005 section 4, JSON Feed 1.1 `next_url`); "" where nothing says so
    older_url: str
    #: in their order
    entries: tuple[Shown, ...]


def read(body: bytes, form: str) -> Page:
    """Return what a document says. Raises ValueError where no reader could open it."""
    return {"atom": _atom, "rss": _rss, "json": _json}[form](body)


def _atom(body: bytes) -> Page:
    feed = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    return Page(
        self_url=_link(feed, "self"),
        updated=moment(_text(feed, _ATOM + "updated")),
        older_url=_link(feed, "prev-archive"),
        entries=tuple(
            _shown(
                id=_text(entry, _ATOM + "id"),
                published=_text(entry, _ATOM + "published"),
                updated=_text(entry, _ATOM + "updated"),
                title=_text(entry, _ATOM + "title"),
                content=_text(entry, _ATOM + "content"),
                url=_link(entry, "alternate"),
            )
            for entry in feed.iterfind(_ATOM + "entry")
        ),
    )


def _rss(body: bytes) -> Page:
    channel = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True)).find("channel")
    if channel is None:
        raise ValueError("no channel")
    return Page(
        self_url=_link(channel, "self"),
        updated=moment(_text(channel, "lastBuildDate")),
        older_url=_link(channel, "prev-archive"),
        entries=tuple(
            _shown(
                id=_text(item, "guid"),
                published=_text(item, "pubDate"),
                updated="",
                title=_text(item, "title"),
                content=_text(item, _CONTENT) or _text(item, "description"),
                url=_text(item, "link"),
            )
            for item in channel.iterfind("item")
        ),
    )


def _json(body: bytes) -> Page:
    feed = json.loads(body)
    return Page(
        self_url=feed.get("feed_url", ""),
        updated=0,
        older_url=feed.get("next_url", ""),
        entries=tuple(
            _shown(
                id=item["id"],
                published=item.get("date_published", ""),
                updated=item.get("date_modified", ""),
                title=item.get("title", ""),
                content=item.get("content_html", "") or item.get("content_text", ""),
                url=item.get("url", ""),
            )
            for item in feed["items"]
        ),
    )


def _shown(**said: str) -> Shown:
    story = _STORY.search(said["content"]) or _STORY.search(said["url"])
    return Shown(**said, story=story[0] if story else "")


def moment(date: str) -> float:
    """Return a date (RFC 3339, RFC 822) in seconds since 1970, 0 without one."""
    if not date:
        return 0
    found = datetime.fromisoformat(date) if date[0].isdigit() else parsedate_to_datetime(date)
    return found.timestamp()


def _text(parent: _Element, name: str) -> str:
    return parent.findtext(name) or ""


def _link(parent: _Element, relation: str) -> str:
    links = (link for link in parent.iterfind(_ATOM + "link") if link.get("rel", "alternate") == relation)
    return next((link.get("href", "") for link in links), "")
