"""Entries -> fragments -> feed documents in the three formats; and feeds -> lists of feeds for readers to import.

In: entries that need no further repair, and the feed that holds them. Out: bytes. An entry is rendered once, and its
bytes are reused in every feed that holds it. RSS and Atom come from `generators.xml`, JSON Feed 1.1 from here. Lists
are OPML 2.0: feeds.opml has every feed of the site, blogroll.opml those of others. Never chooses or orders entries.
Pure: no files, no clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from io import BytesIO
from itertools import accumulate

from lxml import etree

from feedtool.config import Blog
from feedtool.generators.xml import (
    atom_entry,
    has_media,
    require_xml_characters,
    rfc3339,
    rss_item,
    terms,
    without_podcast,
    xml_frame,
)
from feedtool.model import MEDIA_TYPES, Document, Enclosure, Entry, Feed, Format, Fragment, Kind, Part

#: bytes at the start of a file that are enough for `is_made_by`
HEAD = 8192
#: stands for the content while the item round it is written
_CONTENT = "content"


def render_entry(entry: Entry, formats: tuple[Format, ...]) -> Fragment:
    """Return the entry in the given formats.

    Raises AssertionError if the entry has a character that XML forbids, against its promise.
    """
    names = "id title url source_url summary content_html image image_alt".split()
    require_xml_characters(
        f"entry {entry.id}",
        *(getattr(entry, name) for name in names),
        *(text for author in entry.authors for text in (author.name, author.email, author.uri)),
        *terms(entry),
        *(text for fact in entry.podcast for text in (fact.text, *dict(fact.attributes).values())),
        *(each.title for each in entry.enclosures),
    )
    parts = {form: _ENTRIES[form](entry) for form in formats}
    return Fragment(id=entry.id, content=entry.content_html, **parts)


def render_feed(feed: Feed, form: Format, fragments: Sequence[Fragment], *, generator: str, hub: str = "") -> Document:
    """Return the feed's document in one format with the fragments in the order given.

    `hub` is the address of a WebSub hub, or "".
    """
    parts = [fragment.part(form) for fragment in fragments]
    if form == "rss" and not feed.podcast:
        parts = [without_podcast(part) for part in parts]
    before, after = _FRAMES[form](feed, generator=generator, hub=hub, has_media=any(map(has_media, parts)))
    whole = BytesIO()  # holds a large document once
    whole.write(before)
    for number, (part, fragment) in enumerate(zip(parts, fragments, strict=True)):
        whole.write(_SEPARATORS[form] if number else b"")
        whole.write(part.written(fragment.content))
    whole.write(after)
    return Document(path=feed.file(form), media_type=MEDIA_TYPES[form], content=whole.getvalue())


def fit(feed: Feed, sizes: Sequence[Mapping[Format, int]], *, max_bytes: int, generator: str, hub: str = "") -> int:
    """Return how many of the first entries fit into `max_bytes` (0 = no limit) in every format of the feed.

    `sizes` are the bytes of each entry by format. At least 1 if the feed has entries: a feed that is empty because its
    newest entry is large helps nobody.
    """
    if not max_bytes or not sizes:
        return len(sizes)
    counts = []
    for form in feed.formats:
        frame = sum(map(len, _FRAMES[form](feed, generator=generator, hub=hub, has_media=True)))
        separator = len(_SEPARATORS[form])
        ends = accumulate(size[form] + separator for size in sizes)
        counts.append(sum(end <= max_bytes - frame + separator for end in ends))
    return max(1, min(counts, default=len(sizes)))


def is_made_by(generator: str, head: bytes) -> bool:
    """Return whether the first HEAD bytes of a file name the generator as feedtool's files do."""
    name = re.escape(generator.encode())
    marks = rb'<generator>%b<|name="generator" content="%b"|[Mm]ade by %b[. ]|"generator": "%b"' % ((name,) * 4)
    return re.search(marks, head) is not None


def _json_item(entry: Entry) -> Part:
    """Return the entry as a JSON Feed item, on its own lines, indented as in a feed."""
    item: dict[str, object] = {
        "id": entry.id,
        "url": entry.url,
        "external_url": entry.source_url,
        "title": "" if entry.is_untitled else entry.title,
        "content_html": entry.content_html and _CONTENT,
        "summary": entry.summary,
        "image": entry.image,
        # what would not appear in the content (JSON Feed 1.1)
        "banner_image": "" if escape(entry.image) in entry.content_html else entry.image,
        "content_text": "" if entry.content_html else entry.summary,
        "date_published": rfc3339(entry.published_ms),
        "date_modified": rfc3339(entry.updated_ms),
        "authors": [{"name": each.name, **({"url": each.uri} if each.uri else {})} for each in entry.authors],
        "tags": terms(entry),
        "language": entry.language,
        "attachments": [_json_attachment(each) for each in entry.enclosures],
    }
    # an item must have content_html or content_text, even an empty one
    required = "content_html" if entry.content_html else "content_text"
    kept = {key: value for key, value in item.items() if value or key == required}
    text = "\n    " + json_text(kept, indent="    ")
    # in a string, its quotation marks would be escaped
    before, found, behind = text.partition(f'"content_html": "{_CONTENT}"') if entry.content_html else (text, "", "")
    return Part(before=f'{before}"content_html": "', behind=f'"{behind}', way=2) if found else Part(before=text)


def json_text(value: object, *, indent: str = "") -> str:
    """Return the value as indented JSON, keys in the order given, without escapes for letters of other scripts.

    Every line but the first begins with `indent`.
    """
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", f"\n{indent}")


def _json_attachment(enclosure: Enclosure) -> dict[str, object]:
    attachment = {
        "url": enclosure.url,
        "mime_type": enclosure.media_type,
        "size_in_bytes": enclosure.length,
        "duration_in_seconds": enclosure.duration,
        "title": enclosure.title or None,
    }
    return {key: value for key, value in attachment.items() if value is not None}


def _json_frame(feed: Feed, *, generator: str, hub: str, has_media: bool) -> tuple[bytes, bytes]:  # noqa: ARG001
    """Return the bytes before and after the items. JSON Feed has no generator, so the comment for people names it."""
    head: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "user_comment": f"Made by {generator}. Subscribe with a feed reader that knows JSON Feed.",
        "title": feed.title,
        "home_page_url": feed.home_url,
        "feed_url": feed.self_url("json"),
        "description": feed.description if feed.description != feed.title else "",
        "icon": feed.logo or feed.icon,
        "favicon": feed.icon or feed.logo,
        "language": feed.language,
        "authors": [{"name": feed.author}],
        "next_url": feed.url_of("json", feed.older) if feed.older else "",
        "hubs": [{"type": "WebSub", "url": hub}] if hub else [],
    }
    whole = json_text({key: value for key, value in head.items() if value} | {"items": []})
    return whole.removesuffix("]\n}").encode(), b"\n  ]\n}\n"


_ENTRIES = {"atom": atom_entry, "rss": rss_item, "json": _json_item}
_FRAMES: dict[Format, Callable[..., tuple[bytes, bytes]]] = {
    "atom": partial(xml_frame, form="atom"),
    "rss": partial(xml_frame, form="rss"),
    "json": _json_frame,
}
_SEPARATORS: dict[Format, bytes] = {"atom": b"", "rss": b"", "json": b","}


#: of the list of feeds of others
BLOGROLL = "blogroll.opml"
#: headings by kind, in the order in which lists show them
GROUPS: dict[Kind, str] = {
    "all": "All", "language": "Languages", "custom": "Feeds", "category": "Categories", "tag": "Tags",
    "author": "Authors", "source": "Sources", "folder": "Folders",
}  # fmt: skip


def render_opml(feeds: Sequence[Feed], *, title: str, generator: str) -> Document:
    """Return an outline of the feeds, grouped by kind; it names each feed once, in its best format.

    It bears no date, so that it changes only with the list itself.
    """
    groups = {
        name: [_outline(feed) for feed in feeds if feed.kind == kind and feed.formats] for kind, name in GROUPS.items()
    }
    return _document("feeds.opml", groups, title=title, generator=generator)


def render_blogroll(blogs: Sequence[Blog], *, title: str, generator: str) -> Document:
    """Return an outline of the feeds of others that a site recommends."""
    outlines = [
        {"type": "rss", "text": blog.title, "title": blog.title, "xmlUrl": blog.feed, "htmlUrl": blog.page}
        for blog in blogs
    ]
    return _document(BLOGROLL, {"Blogroll": outlines}, title=title, generator=generator)


def _document(path: str, groups: Mapping[str, list[dict[str, str]]], *, title: str, generator: str) -> Document:
    require_xml_characters(path, title, *(text for some in groups.values() for each in some for text in each.values()))
    root = etree.Element("opml", version="2.0")
    root.append(etree.Comment(f" made by {generator} "))
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    body = etree.SubElement(root, "body")
    for name, members in groups.items():
        if members:
            group = etree.SubElement(body, "outline", text=name)
            for outline in members:
                etree.SubElement(group, "outline", {key: value for key, value in outline.items() if value})
    content = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)
    return Document(path=path, media_type="text/x-opml", content=content)


def _outline(feed: Feed) -> dict[str, str]:
    form = next(form for form in ("atom", "rss", "json") if form in feed.formats)
    return {
        "type": "rss",
        "text": feed.term or feed.title,
        "title": feed.title,
        "xmlUrl": feed.self_url(form),
        "htmlUrl": feed.home_url,
        "language": feed.language,
        "version": "RSS" if form == "rss" else "",  # OPML 2.0 has no names for Atom and JSON Feed
    }
