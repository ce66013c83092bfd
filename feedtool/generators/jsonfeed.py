"""JSON Feed 1.1.

In: an entry, or what a feed says of itself. Out: bytes of UTF-8 JSON: an item, or the document around the
items. Put together they are, byte for byte, the indented document. Pure: no files, no clock.
"""

from __future__ import annotations

from feedtool.generators.formatting import json_text, rfc3339, terms
from feedtool.model import Author, Enclosure, Entry, Feed


def json_item(entry: Entry) -> bytes:
    """Return the item, on lines of its own, indented as it stands in a feed."""
    item: dict[str, object] = {"id": entry.id, "url": entry.url}
    optional: dict[str, object] = {
        "external_url": entry.source_url,
        "title": entry.title,
        "content_html": entry.content_html,
        "summary": entry.summary,
        "image": entry.image,
    }
    item |= {key: value for key, value in optional.items() if value}
    if not entry.content_html:
        # an item needs a content of one kind, even an empty one
        item["content_text"] = entry.summary
    item["date_published"] = rfc3339(entry.published_ms)
    item["date_modified"] = rfc3339(entry.updated_ms)
    optional = {
        "authors": [_author(author) for author in entry.authors],
        "tags": terms(entry),
        "language": entry.language,
        "attachments": [_attachment(entry.enclosure)] if entry.enclosure else [],
    }
    item |= {key: value for key, value in optional.items() if value}
    return ("\n    " + json_text(item, indent="    ")).encode()


def json_frame(feed: Feed, *, generator: str, hub: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the items. The generator is named in the comment for people."""
    head: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "user_comment": f"Made by {generator}. Subscribe with a feed reader that knows JSON Feed.",
        "title": feed.title,
        "home_page_url": feed.home_url,
        "feed_url": feed.self_url("json"),
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": feed.author}],
    }
    if feed.older:
        head["next_url"] = feed.url_of("json", feed.older)
    if hub:
        head["hubs"] = [{"type": "WebSub", "url": hub}]
    whole = json_text(head | {"items": []})
    return whole.removesuffix("]\n}").encode(), b"\n  ]\n}\n"


def _author(author: Author) -> dict[str, str]:
    return {"name": author.name} | ({"url": author.uri} if author.uri else {})


def _attachment(enclosure: Enclosure) -> dict[str, object]:
    attachment: dict[str, object] = {"url": enclosure.url, "mime_type": enclosure.media_type}
    if enclosure.length is not None:
        attachment["size_in_bytes"] = enclosure.length
    return attachment
