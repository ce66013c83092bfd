"""Atom 1.0 and RSS 2.0 through feedgen; the only module that imports feedgen.

In: an entry, or a feed. Out: UTF-8 XML: the element of an entry, or the document without its entries. Joined, they
are byte for byte what feedgen writes for a whole feed, plus the line that names the style sheet.
Never reads a file or the clock: feedgen uses the clock for each time that is not set, so every time is set here.

The extensions below correct what feedgen 1.0.0 gets wrong. Elements of podcasts follow the table
`feedtool.config.podcast_table`: feedgen writes those of Apple, an extension of ours those of Podcasting 2.0.
"""

from __future__ import annotations

import html
import locale
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import format_datetime
from functools import partial
from typing import Any, TypeAlias

from feedgen.entry import FeedEntry
from feedgen.ext.dc import DcEntryExtension, DcExtension
from feedgen.ext.media import MEDIA_NS, MediaEntryExtension
from feedgen.ext.podcast import PodcastExtension
from feedgen.ext.podcast_entry import PodcastEntryExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feedtool.config.podcast_table import NAMESPACES, ROWS
from feedtool.frozen import positional
from feedtool.model import MEDIA_TYPES, SHEET, Entry, Fact, Feed, Format, Part, utc
from feedtool.syntax import NOT_XML
from feedtool.urls import with_page

#: lxml has no public class for its elements
_Element: TypeAlias = Any

_ATOM = "http://www.w3.org/2005/Atom"
#: RFC 5005
_HISTORY = "http://purl.org/syndication/history/1.0"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ATOM_BEGIN = f'<feed xmlns:media="{MEDIA_NS}">\n'.encode()
_ATOM_END, _RSS_END = b"</feed>\n", b"  </channel>\n</rss>\n"
#: the beginning of an element of Media RSS
_MEDIA = "<media:"
_MEDIA_NAMESPACE = {"media": MEDIA_NS}
#: the namespaces that a frame declares on its outermost element, so that an element rendered alone declares none itself
_RSS_NAMESPACES = {
    **_MEDIA_NAMESPACE,
    **NAMESPACES,
    "dc": "http://purl.org/dc/elements/1.1/",
    "atom": _ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
}
#: the element of podcasts that feedgen writes as yes, no or clean, which Apple takes no longer
_NOT_FEEDGENS = "itunes:explicit"
#: of the lines with elements of podcasts in an item
_OF_PODCASTS = tuple(f"\n      <{prefix}:" for prefix in NAMESPACES)
#: stands for the content while feedgen writes the elements round it
_CONTENT = "content"


def rfc3339(milliseconds: int) -> str:
    """Return the time in UTC (RFC 3339 section 5.6), with milliseconds unless they are 0."""
    precision = "milliseconds" if milliseconds % 1000 else "seconds"
    return utc(milliseconds).isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def terms(entry: Entry) -> tuple[str, ...]:
    """Return the entry's categories, then its tags, each name once."""
    return tuple(dict.fromkeys(entry.categories + entry.tags))


def require_xml_characters(where: str, *texts: str) -> None:
    """Raise AssertionError with `where` if a text has a character that XML 1.0 forbids."""
    found = NOT_XML.search("\n".join(texts))
    assert found is None, f"{where}: U+{ord(found[0]):04X} is not a character that XML 1.0 allows"


def atom_entry(entry: Entry) -> Part:
    """Return the `entry` element (RFC 4287 section 4.1.2), indented as in a feed."""
    root = etree.Element("feed", nsmap=_MEDIA_NAMESPACE)
    root.append(_atom_entry(_without_content(entry)).atom_entry())
    return _part(_rendered(root, _ATOM_BEGIN, _ATOM_END), f">{_CONTENT}</content>", 0)


def rss_item(entry: Entry) -> Part:
    """Return the `item` element (RSS 2.0), indented as in a channel."""
    root = etree.Element("rss", nsmap=_RSS_NAMESPACES)
    content = with_page(entry.content_html, entry.url)  # RSS has no base address
    is_as_elsewhere = content == entry.content_html
    held = _without_content(entry) if is_as_elsewhere else replace(entry, content_html=content)
    etree.SubElement(root, "channel").append(_rss_entry(held).rss_entry())
    item = _rendered(root, b"<channel>\n", _RSS_END)
    return _part(item, f"[CDATA[{_CONTENT}]]>", 1) if is_as_elsewhere else Part(before=item)


def has_media(part: Part) -> bool:
    """Return whether a rendered entry has an element of Media RSS; they come behind its content."""
    behind = part.before.rfind("</content") + 1 if part.way is None else 0
    return part.before.find(_MEDIA, behind) >= 0 or _MEDIA in part.behind


def _without_content(entry: Entry) -> Entry:
    """Return an entry with a word for its content, which need not go through feedgen: it is large."""
    return replace(entry, content_html=_CONTENT) if entry.content_html else entry


def _part(text: str, written: str, way: int) -> Part:
    """Return a rendered entry without the word that stands for its content, as markup in which no text can be."""
    before, found, behind = text.partition(written)
    begin, end = written.split(_CONTENT, 1)
    return Part(before=before + begin, behind=end + behind, way=way) if found else Part(before=text)


def _rendered(root: _Element, begin: bytes, end: bytes) -> str:
    """Return the part between `begin` and `end`."""
    whole: bytes = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=False)
    return whole.partition(begin)[2].removesuffix(end).decode()


def xml_frame(feed: Feed, *, form: Format, generator: str, hub: str, has_media: bool) -> tuple[bytes, bytes]:
    """Return the bytes before and after the entries of an Atom or RSS document (RFC 4287 section 4.1.1, RSS 2.0).

    `has_media`: whether an entry has an element of Media RSS. A line names the style sheet (Associating Style Sheets
    1.0); its address is relative, so it is right wherever the output is published.
    """
    head = _head(feed, form, generator=generator, hub=hub, has_media=has_media)
    with _c_locale():
        whole: bytes = head.atom_str(pretty=True) if form == "atom" else head.rss_str(pretty=True)
    end = _ATOM_END if form == "atom" else _RSS_END
    declaration, mark, rest = whole.removesuffix(end).partition(b"?>\n")
    sheet = f'<?xml-stylesheet type="text/css" href="{"../" * feed.file(form).count("/")}{SHEET}"?>\n'
    return b"".join((declaration, mark, sheet.encode(), rest)), end


def _head(feed: Feed, form: Format, *, generator: str, hub: str, has_media: bool) -> FeedGenerator:
    texts = (feed.title, feed.description, feed.author, feed.url, feed.home_url, generator, hub)
    require_xml_characters(f"feed {feed.folder or '/'}", *texts)
    relations = _relations(feed, form, hub)
    head = FeedGenerator()
    head.id(feed.url)
    head.title(feed.title)
    if form == "rss" or feed.description != feed.title:  # which RSS cannot do without
        head.description(feed.description)
    if feed.language:
        head.language(feed.language)
    head.updated(utc(feed.updated_ms))
    head.author(name=feed.author)
    head.generator(generator)
    if feed.icon or feed.logo:
        head.logo(feed.logo or feed.icon)  # also the image of RSS
    if feed.icon:
        head.icon(feed.icon)
    head.docs("")
    head.link(href=feed.self_url(form), rel="self", type=MEDIA_TYPES[form])
    for relation, address in relations:
        head.link(href=address, rel=relation)
    # feedgen uses the last link for the channel's <link>, so the page comes last
    head.link(href=feed.home_url, rel="alternate", type="text/html")
    head.register_extension("dc", DcExtension, DcEntryExtension, atom=False)
    if form == "rss" and feed.podcast:
        head.register_extension("podcast", PodcastExtension, PodcastEntryExtension, atom=False)
        _tell_feedgen(head.podcast, feed.podcast)
        head.register_extension("podcast_elements", partial(_PodcastElements, feed.podcast), atom=False)
    if rights := [fact.text for fact in feed.podcast if fact.key == "copyright"]:
        head.rights(rights[0])
    head.register_extension("mended", partial(_HeadExtension, feed, relations, has_media))
    return head


def _relations(feed: Feed, form: Format, hub: str) -> list[tuple[str, str]]:
    """Return relation and address of the links to the hub and to archive documents (RFC 5005 section 4)."""
    links = {
        "hub": hub,
        "current": feed.url_of(form, "") if feed.period else "",
        "prev-archive": feed.url_of(form, feed.older) if feed.older else "",
        "next-archive": feed.url_of(form, feed.newer) if feed.newer else "",
    }
    return [(relation, address) for relation, address in links.items() if address]


def _atom_entry(entry: Entry) -> FeedEntry:
    built = _bare_entry(entry)
    built.updated(utc(entry.updated_ms))
    built.published(utc(entry.published_ms))
    built.author([{"name": author.name, "email": author.email, "uri": author.uri} for author in entry.authors])
    built.link([{"href": link["href"]} for link in _links(entry)])
    if entry.summary:
        built.summary(entry.summary)
    if entry.content_html:
        built.content(entry.content_html, type="html")
    built.register_extension("mended", partial(_Mending, partial(_mend_atom, entry)))
    return built


def _rss_entry(entry: Entry) -> FeedEntry:
    built = _bare_entry(entry)
    if entry.is_untitled:
        built.title("")  # an RSS item needs none; an Atom entry does (RFC 4287 section 4.1.2)
    built.guid(entry.id, permalink=entry.id == entry.url)
    built.link(href=entry.url)
    if entry.summary:
        # a description is HTML: the text is escaped once here, and again as XML
        built.description(html.escape(entry.summary, quote=False), isSummary=True)
    if entry.content_html:
        built.content(entry.content_html, type="CDATA")
    for enclosure in entry.enclosures[:1]:  # RSS has one, with 0 for an unknown length (RSS Advisory Board profile)
        built.enclosure(enclosure.url, enclosure.length or 0, enclosure.media_type)
    if len(entry.enclosures) > 1:  # the others
        _more_media(built, entry)
    # feedgen would change the locale of the process for the time
    built.register_extension(
        "time", partial(_Mending, partial(_append, "pubDate", format_datetime(utc(entry.published_ms))))
    )
    built.register_extension("dc", DcEntryExtension)
    # RSS <author> must be an e-mail address, and most authors have none: dc:creator is a name
    built.dc.dc_creator([author.name for author in entry.authors])
    if any("&" in text or "<" in text for text in (entry.title, *terms(entry), *built.dc.dc_creator())):
        built.register_extension("mended", partial(_Mending, _mend_rss))
    if entry.podcast:  # at the end: see `without_podcast`
        built.register_extension("podcast", PodcastEntryExtension)
        _tell_feedgen(built.podcast, entry.podcast)
        built.register_extension("podcast_elements", partial(_PodcastElements, entry.podcast))
    return built


def _more_media(built: FeedEntry, entry: Entry) -> None:
    """Write all enclosures but the first as Media RSS has them."""
    if not entry.image:
        built.register_extension("media", MediaEntryExtension)
    for each in entry.enclosures[1:]:
        kind = each.media_type.partition("/")[0]
        built.media.content({
            "url": each.url, "type": each.media_type, "fileSize": str(each.length or ""),
            "medium": kind if kind in ("audio", "video", "image") else "document", "duration": str(each.duration or ""),
            "group": None,
        })  # fmt: skip


def _bare_entry(entry: Entry) -> FeedEntry:
    built = FeedEntry()
    built.id(entry.id)
    built.title(entry.title)
    built.category([{"term": term, "label": term} for term in terms(entry)])
    if entry.image:
        built.register_extension("media", MediaEntryExtension)
        built.media.content({"url": entry.image, "medium": "image", "group": None})
        built.media.thumbnail({"url": entry.image, "group": None})
        if entry.image_alt:
            built.register_extension("described", partial(_Mending, partial(_describe_picture, entry.image_alt)))
    return built


def _links(entry: Entry) -> list[dict[str, str]]:
    """Return the attributes of the entry's links (RFC 4287 section 4.2.7)."""
    links = [{"rel": "alternate", "type": "text/html", "href": entry.url}]
    if entry.source_url:
        links.append({"rel": "via", "href": entry.source_url})
    for enclosure in entry.enclosures:
        links.append({"rel": "enclosure", "type": enclosure.media_type, "href": enclosure.url})
        if enclosure.length is not None:
            links[-1]["length"] = str(enclosure.length)
    return links


@positional
class _HeadExtension:
    """Corrects what feedgen writes of a feed."""

    feed: Feed
    #: relation and address
    links: list[tuple[str, str]]
    #: whether its entries use Media RSS
    has_media: bool

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces of feed history and of Media RSS if they are used; feedgen declares the others."""
        history = {"fh": _HISTORY} if self.feed.period or self.feed.is_complete else {}
        return history | (_MEDIA_NAMESPACE if self.has_media else {})

    def extend_atom(self, root: _Element) -> None:
        """Write the time with milliseconds; feedgen writes microseconds."""
        root.find("updated").text = rfc3339(self.feed.updated_ms)
        self._mark_history(root.find("id"))

    def extend_rss(self, root: _Element) -> None:
        """Restore the links that feedgen drops: all but self."""
        channel = root[0]
        own = channel.find(f"{{{_ATOM}}}link")
        for relation, address in reversed(self.links):
            own.addnext(etree.Element(f"{{{_ATOM}}}link", href=address, rel=relation))
        self._mark_history(own)
        for element in (*map(channel.find, ("title", "description")), *channel.iterfind("image/title")):
            _write_references(element)

    def _mark_history(self, before: _Element) -> None:
        """Mark an archive document, or a feed with all its entries, after the given element (RFC 5005)."""
        if self.feed.period:
            before.addnext(etree.Element(f"{{{_HISTORY}}}archive"))
        elif self.feed.is_complete:
            before.addnext(etree.Element(f"{{{_HISTORY}}}complete"))


@positional
class _Mending:
    """Corrects what feedgen writes of an entry, when it has written the elements before."""

    mend: Callable[[_Element], None]

    def extend_atom(self, element: _Element) -> None:
        """Correct an Atom entry, or an RSS item."""
        self.mend(element)

    extend_rss = extend_atom


def _mend_atom(entry: Entry, element: _Element) -> None:
    """Restore the attributes of links that feedgen drops; write language, and times with milliseconds."""
    for link, attributes in zip(element.iterchildren("link"), _links(entry), strict=True):
        link.attrib.clear()
        link.attrib.update(attributes)
    next(element.iterchildren("updated")).text = rfc3339(entry.updated_ms)
    next(element.iterchildren("published")).text = rfc3339(entry.published_ms)
    if entry.language:
        element.set(_LANG, entry.language)


def _mend_rss(item: _Element) -> None:
    """Write markup characters in names and titles so that few readers take them for HTML."""
    for element in item:
        if element.tag in ("title", "category") or element.tag.endswith("}creator"):
            _write_references(element)


def _describe_picture(alt: str, element: _Element) -> None:
    """Write what a picture shows (Media RSS, media:description), which feedgen cannot."""
    _append(f"{{{MEDIA_NS}}}description", alt, element.find(f"{{{MEDIA_NS}}}content"))


def _append(name: str, text: str, element: _Element) -> None:
    etree.SubElement(element, name).text = text


def _write_references(element: _Element) -> None:
    """Write `&` and `<` as hexadecimal references, as the RSS Advisory Board's profile recommends for titles.

    RSS does not say whether a title is text or HTML. For an XML parser, these references mean the same as `&amp;` and
    `&lt;`; readers that search the bytes for HTML ignore them. Escaped twice, a title would show `&amp;` in the many
    readers that treat titles as text.
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
    """Restore the locale after feedgen, which sets the locale of the process to "C" for each date and back.

    feedgen raises if it cannot restore the locale that it found. In this context it finds "C".
    """
    before = locale.setlocale(locale.LC_ALL)
    locale.setlocale(locale.LC_ALL, "C")
    try:
        yield
    finally:
        try:
            locale.setlocale(locale.LC_ALL, before)
        except locale.Error:  # that locale had no effect
            locale.setlocale(locale.LC_ALL, "C")


def _elements_of(facts: Iterable[Fact]) -> Iterator[tuple[str, str, Fact]]:
    """Yield prefix and name of each element that facts become, with its fact."""
    for fact in facts:
        for element in ROWS[fact.key].elements:
            prefix, _, name = element.rpartition(":")
            # Apple counts in whole numbers, Podcasting 2.0 has decimals as well
            if element != "itunes:episode" or fact.text.isdecimal():
                yield prefix, name, fact


def _tell_feedgen(extension: Any, facts: Iterable[Fact]) -> None:  # noqa: ANN401 - feedgen has no types
    """Tell feedgen's extension what it can write rightly."""
    for prefix, name, fact in _elements_of(facts):
        if prefix != "itunes" or f"{prefix}:{name}" == _NOT_FEEDGENS:
            continue
        method = getattr(extension, "itunes_" + re.sub("-|(?=[A-Z])", "_", name).lower())
        if name == "owner":
            method(**dict(fact.attributes))
        elif name == "category":
            above, _, below = (part.strip() for part in fact.text.partition(">"))
            method({"cat": above, "sub": below} if below else {"cat": above})
        else:
            method(fact.text)


@positional
class _PodcastElements:
    """Writes the elements that feedgen cannot write, into a channel or an item."""

    facts: tuple[Fact, ...]

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces."""
        return NAMESPACES

    def extend_rss(self, element: _Element) -> None:
        """Write them at the end."""
        parent = element[0] if element.tag == "rss" else element
        for prefix, name, fact in _elements_of(self.facts):
            if prefix == "podcast" or f"{prefix}:{name}" == _NOT_FEEDGENS:
                child = etree.SubElement(parent, f"{{{NAMESPACES[prefix]}}}{name}")
                child.text = fact.text or None
                for attribute, value in fact.attributes:
                    # podcast namespace, podcast:alternateEnclosure: the address is in an element of its own
                    place = etree.SubElement(child, f"{{{NAMESPACES[prefix]}}}source") if attribute == "uri" else child
                    place.set(attribute, value)


def without_podcast(item: Part) -> Part:
    """Return a rendered item without its elements of podcasts, which come last, for other feeds."""
    if item.way is None:
        begin = item.before.rfind("</content:encoded>") + 1
        return replace(item, before=_without_podcast(item.before, begin))
    return replace(item, behind=_without_podcast(item.behind, 0))


def _without_podcast(text: str, begin: int) -> str:
    found = [at for start in _OF_PODCASTS if (at := text.find(start, begin)) >= 0]
    return text[: min(found)] + text[text.rindex("\n    </item>") :] if found else text
