"""Atom 1.0 and RSS 2.0 through feedgen; the only module that knows feedgen.

In: an entry, or what a feed says of itself. Out: bytes of UTF-8 XML: an entry's element, or the document
around the entries. Put together they are, byte for byte, what feedgen writes for a whole feed, but for the
line that names a sheet.
Never reads a file or the clock: feedgen stamps whatever has no time of its own, so every time is set here.

What feedgen 1.0.0 gets wrong is mended by the extensions below, each with its reason.
"""

from __future__ import annotations

import html
import locale
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from feedgen.entry import FeedEntry
from feedgen.ext.dc import DcEntryExtension, DcExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feedtool.generators.formatting import require_xml_characters, rfc822, rfc3339, terms
from feedtool.model import MEDIA_TYPES, SHEET, Author, Entry, Feed, Format, utc

#: lxml keeps the class of its elements to itself
_Element: TypeAlias = Any

_ATOM = "http://www.w3.org/2005/Atom"
#: RFC 5005
_HISTORY = "http://purl.org/syndication/history/1.0"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: stands for an entry's content while feedgen builds the rest
_PLACEHOLDER = "-"
_ATOM_CONTENT = b'<content type="html">'
_RSS_CONTENT = b"<content:encoded><![CDATA["
#: the namespaces that feedgen declares on <rss>, so that an element rendered alone declares none itself
_RSS_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "atom": _ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
}


def atom_entry(entry: Entry) -> bytes:
    """Return the `entry` element (RFC 4287 section 4.1.2), indented as it stands in a feed."""
    root = etree.Element("feed")
    root.append(_atom_entry(entry, content=_PLACEHOLDER).atom_entry())
    whole = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=False)
    whole = whole[len(b"<feed>\n") : -len(b"</feed>\n")]
    return _with_content(whole, _ATOM_CONTENT, _escaped(entry.content_html)) if entry.content_html else whole


def rss_item(entry: Entry) -> bytes:
    """Return the `item` element (RSS 2.0), indented as it stands in a channel."""
    root = etree.Element("rss", nsmap=_RSS_NAMESPACES)
    etree.SubElement(root, "channel").append(_rss_entry(entry, content=_PLACEHOLDER).rss_entry())
    whole = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=False)
    start = whole.index(b"<channel>\n") + len(b"<channel>\n")
    whole = whole[start : -len(b"  </channel>\n</rss>\n")]
    return _with_content(whole, _RSS_CONTENT, _in_cdata(entry.content_html)) if entry.content_html else whole


def _with_content(element: bytes, start: bytes, content: bytes) -> bytes:
    """Return the element with its content where feedgen was given the placeholder.

    The content is nearly all of an entry, and lxml goes over each of its bytes several times. `start` cannot
    stand in any text before it, since there each "<" is escaped.
    """
    before, _, after = element.partition(start + _PLACEHOLDER.encode())
    return b"".join((before, start, content, after))


def _escaped(text: str) -> bytes:
    """Return the text as libxml2 writes it into an element."""
    escaped = text.encode().replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    return escaped.replace(b"\r", b"&#13;")


def _in_cdata(text: str) -> bytes:
    """Return the text as libxml2 writes it into a CDATA section, of which it makes two where one would end."""
    return text.encode().replace(b"]]>", b"]]]]><![CDATA[>")


def atom_frame(feed: Feed, *, generator: str, hub: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the entries of an Atom document (RFC 4287 section 4.1.1)."""
    after = b"</feed>\n"
    whole: bytes = _head(feed, "atom", generator=generator, hub=hub).atom_str(pretty=True)
    return _styled(whole.removesuffix(after), feed, "atom"), after


def rss_frame(feed: Feed, *, generator: str, hub: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the items of an RSS document."""
    after = b"  </channel>\n</rss>\n"
    with _c_locale():
        whole: bytes = _head(feed, "rss", generator=generator, hub=hub).rss_str(pretty=True)
    return _styled(whole.removesuffix(after), feed, "rss"), after


def _styled(before: bytes, feed: Feed, form: Format) -> bytes:
    """Return the beginning of a document with the sheet that browsers show it with (Associating Style Sheets 1.0).

    Its address is relative, so that it is right wherever the output lies.
    """
    declaration, end, rest = before.partition(b"?>\n")
    sheet = f'<?xml-stylesheet type="text/css" href="{"../" * feed.file(form).count("/")}{SHEET}"?>\n'
    return b"".join((declaration, end, sheet.encode(), rest))


def _head(feed: Feed, form: Format, *, generator: str, hub: str) -> FeedGenerator:
    require_xml_characters(
        f"feed {feed.folder or '/'}",
        feed.title,
        feed.description,
        feed.author,
        feed.url,
        feed.home_url,
        generator,
        hub,
    )
    head = FeedGenerator()
    head.id(feed.url)
    head.title(feed.title)
    head.description(feed.description)
    head.language(feed.language)
    head.updated(utc(feed.updated_ms))
    head.author(name=feed.author)
    head.generator(generator)
    head.docs("")
    head.link(href=feed.self_url(form), rel="self", type=MEDIA_TYPES[form])
    for relation, address in _relations(feed, form, hub):
        head.link(href=address, rel=relation)
    # feedgen takes the last link for the channel's own, so the page comes last
    head.link(href=feed.home_url, rel="alternate", type="text/html")
    head.register_extension("dc", DcExtension, DcEntryExtension, atom=False)
    head.register_extension("mended", partial(_HeadExtension, feed, _relations(feed, form, hub)))
    return head


def _relations(feed: Feed, form: Format, hub: str) -> list[tuple[str, str]]:
    """Return relation and address of the links to the hub and to the past (RFC 5005 section 4)."""
    links = [("hub", hub)] if hub else []
    if feed.period:
        links.append(("current", feed.url_of(form, "")))
    if feed.older:
        links.append(("prev-archive", feed.url_of(form, feed.older)))
    if feed.newer:
        links.append(("next-archive", feed.url_of(form, feed.newer)))
    return links


def _atom_entry(entry: Entry, *, content: str = "") -> FeedEntry:
    """Return the entry as feedgen knows it; `content` stands for its content, if it has one."""
    built = _bare_entry(entry)
    built.updated(utc(entry.updated_ms))
    built.published(utc(entry.published_ms))
    built.author([_person(author) for author in entry.authors])
    built.link([{"href": link["href"]} for link in _links(entry)])
    if entry.summary:
        built.summary(entry.summary)
    if entry.content_html:
        built.content(content or entry.content_html, type="html")
    built.register_extension("mended", partial(_AtomEntryExtension, entry))
    return built


def _rss_entry(entry: Entry, *, content: str = "") -> FeedEntry:
    """Return the item as feedgen knows it; `content` stands for its content, if it has one."""
    built = _bare_entry(entry)
    built.guid(entry.id, permalink=entry.id == entry.url)
    built.link(href=entry.url)
    if entry.summary:
        # a description is HTML, so plain text is escaped once here and once more by the serialiser
        built.description(html.escape(entry.summary, quote=False), isSummary=True)
    if entry.content_html:
        built.content(content or entry.content_html, type="CDATA")
    if entry.enclosure:
        enclosure = entry.enclosure
        built.enclosure(enclosure.url, enclosure.length or 0, enclosure.media_type)
    built.register_extension("time", partial(_RssTimeExtension, entry.published_ms))
    built.register_extension("dc", DcEntryExtension)
    # an RSS author is an e-mail address, which most authors do not have: dc:creator is a name
    built.dc.dc_creator([author.name for author in entry.authors])
    if any("&" in text or "<" in text for text in (entry.title, *terms(entry), *built.dc.dc_creator())):
        built.register_extension("mended", _RssItemExtension)
    return built


def _bare_entry(entry: Entry) -> FeedEntry:
    built = FeedEntry()
    built.id(entry.id)
    built.title(entry.title)
    built.category([{"term": term, "label": term} for term in terms(entry)])
    return built


def _person(author: Author) -> dict[str, str]:
    return {"name": author.name, "email": author.email, "uri": author.uri}


def _links(entry: Entry) -> list[dict[str, str]]:
    """Return the attributes of the entry's links (RFC 4287 section 4.2.7)."""
    links = [{"rel": "alternate", "type": "text/html", "href": entry.url}]
    if entry.source_url:
        links.append({"rel": "via", "href": entry.source_url})
    if entry.enclosure:
        enclosure = entry.enclosure
        links.append({"rel": "enclosure", "type": enclosure.media_type, "href": enclosure.url})
        if enclosure.length is not None:
            links[-1]["length"] = str(enclosure.length)
    return links


@dataclass(frozen=True, slots=True)
class _HeadExtension:
    """What feedgen cannot say of a feed."""

    feed: Feed
    #: relation and address
    links: list[tuple[str, str]]

    def extend_ns(self) -> dict[str, str]:
        """Return the namespace of what is said of the feed's history; feedgen declares the others that are used."""
        return {"fh": _HISTORY} if self.feed.period or self.feed.is_complete else {}

    def extend_atom(self, root: _Element) -> None:
        """Write the time as everywhere else; feedgen writes six digits of a second."""
        root.find("updated").text = rfc3339(self.feed.updated_ms)
        self._tell_history(root.find("id"))

    def extend_rss(self, root: _Element) -> None:
        """Put back the links that feedgen drops, which is all but self."""
        channel = root[0]
        place = channel.find(f"{{{_ATOM}}}link")
        for relation, address in reversed(self.links):
            place.addnext(etree.Element(f"{{{_ATOM}}}link", href=address, rel=relation))
        self._tell_history(place)
        for name in ("title", "description"):
            _spell_out_markup(channel.find(name))

    def _tell_history(self, place: _Element) -> None:
        """Say behind an element that this is an archive document, or a feed that holds all."""
        if self.feed.period:
            place.addnext(etree.Element(f"{{{_HISTORY}}}archive"))
        elif self.feed.is_complete:
            place.addnext(etree.Element(f"{{{_HISTORY}}}complete"))


@dataclass(frozen=True, slots=True)
class _AtomEntryExtension:
    """What feedgen cannot say of an Atom entry."""

    entry: Entry

    def extend_atom(self, element: _Element) -> None:
        """Give links back the attributes that feedgen loses; set language and times."""
        for link, attributes in zip(element.iterchildren("link"), _links(self.entry), strict=True):
            link.attrib.clear()
            for name, value in attributes.items():
                link.set(name, value)
        next(element.iterchildren("updated")).text = rfc3339(self.entry.updated_ms)
        next(element.iterchildren("published")).text = rfc3339(self.entry.published_ms)
        if self.entry.language:
            element.set(_LANG, self.entry.language)


@dataclass(frozen=True, slots=True)
class _RssTimeExtension:
    """The time of an RSS item, which feedgen writes by switching the process to another locale and back."""

    milliseconds: int

    def extend_rss(self, item: _Element) -> None:
        """Write it where feedgen would, behind all that is not an extension."""
        etree.SubElement(item, "pubDate").text = rfc822(self.milliseconds)


class _RssItemExtension:
    """What feedgen cannot say of an RSS item."""

    def extend_rss(self, item: _Element) -> None:
        """Spell markup characters in names and titles so that few readers can mistake them."""
        for element in item:
            if element.tag in ("title", "category") or element.tag.endswith("}creator"):
                _spell_out_markup(element)


def _spell_out_markup(element: _Element) -> None:
    """Write `&` and `<` as hexadecimal references, as the RSS Advisory Board's profile advises for titles.

    RSS never said whether a title is text or HTML. To an XML parser these references are the same text as
    `&amp;` and `&lt;`; readers that search the bytes for HTML leave them alone. Escaping twice would
    show `&amp;` to everybody who takes a title for text, as most readers do.
    """
    if "&" not in (element.text or "") and "<" not in (element.text or ""):
        return
    first, *rest = re.split("([&<])", element.text or "")
    element.text = first
    for character, text in zip(rest[::2], rest[1::2], strict=True):
        reference = etree.Entity(f"#x{ord(character):X}")
        reference.tail = text
        element.append(reference)


@contextmanager
def _c_locale() -> Iterator[None]:
    """Let feedgen, which switches the whole process to the C locale for each date, come back to where it was.

    It raises where the locale that it found cannot be set again; inside it finds nothing but "C".
    """
    before = locale.setlocale(locale.LC_ALL)
    locale.setlocale(locale.LC_ALL, "C")
    try:
        yield
    finally:
        try:
            locale.setlocale(locale.LC_ALL, before)
        except locale.Error:  # what cannot be set again was of no use to anybody
            locale.setlocale(locale.LC_ALL, "C")
