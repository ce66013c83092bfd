"""feeds.opml: every feed, for readers that import many at once (OPML 2.0).

In: feeds. Out: one document. Pure: no files, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from feedtool.generators.formatting import require_xml_characters
from feedtool.model import Document, Feed, Kind

#: headings by kind, in the order in which lists show them
GROUPS: dict[Kind, str] = {
    "all": "All", "language": "Languages", "custom": "Feeds", "category": "Categories", "tag": "Tags",
    "author": "Authors", "source": "Sources", "folder": "Folders",
}  # fmt: skip


def render_opml(feeds: Sequence[Feed], *, title: str, generator: str) -> Document:
    """Return an outline of the feeds, grouped by kind; it names each feed once, in its best format.

    It bears no date, so that it changes only with the list itself.
    """
    require_xml_characters("feeds.opml", title, *(text for feed in feeds for text in (feed.title, feed.term)))
    root = etree.Element("opml", version="2.0")
    root.append(etree.Comment(f" made by {generator} "))
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    body = etree.SubElement(root, "body")
    for kind, name in GROUPS.items():
        members = [feed for feed in feeds if feed.kind == kind and feed.formats]
        if members:
            group = etree.SubElement(body, "outline", text=name)
            for feed in members:
                etree.SubElement(group, "outline", _outline(feed))
    content = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)
    return Document(path="feeds.opml", media_type="text/x-opml", content=content)


def _outline(feed: Feed) -> dict[str, str]:
    form = next(form for form in ("atom", "rss", "json") if form in feed.formats)
    outline = {
        "type": "rss",
        "text": feed.term or feed.title,
        "title": feed.title,
        "xmlUrl": feed.self_url(form),
        "htmlUrl": feed.home_url,
        "language": feed.language,
        "version": "RSS" if form == "rss" else "",  # OPML 2.0 has no names for Atom and JSON Feed
    }
    return {name: value for name, value in outline.items() if value}
