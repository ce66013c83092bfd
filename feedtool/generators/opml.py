"""feeds.opml, every feed of the site, and blogroll.opml, those of others: for readers that import many (OPML 2.0).

In: feeds, or blogs. Out: one document. Pure: no files, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from feedtool.config import Blog
from feedtool.generators.formatting import require_xml_characters
from feedtool.model import Document, Feed, Kind

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
