"""A story and its cleaned content -> Entry: the text, and the addresses, that a subscriber gets. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from html import unescape
from urllib.parse import quote

from lxml import etree

from feedtool.config import fill
from feedtool.config.podcast_table import ROWS, with_absolute
from feedtool.disk import is_bundle
from feedtool.model import Enclosure, Entry, Fact, Post, Story
from feedtool.reader.identity import placeholder_values
from feedtool.reader.keys import plain
from feedtool.reader.split import Conventions
from feedtool.syntax import later
from feedtool.urls import absolute, host_of, mark, slug

#: characters of a summary that feedtool makes; more than any reader's list shows
_LONGEST_SUMMARY = 300
#: characters of a summary whose end its author chose
_LONGEST_EXCERPT = 2000
#: elements that break a line
_BREAKS = frozenset({
    "p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "tr", "blockquote", "figcaption", "pre",
    "dt", "dd", "figure", "table", "ul", "ol", "section", "article",
})  # fmt: skip
#: media types of subtitles
_CAPTIONS = frozenset({"text/vtt", "application/x-subrip"})


def enter(story: Story, content_html: str, conventions: Conventions, *, excerpt_html: str = "") -> Entry:
    """Return the entry of a story whose body was cleaned to `content_html`, and its excerpt to `excerpt_html`."""
    post = story.post
    source = absolute(post.source)
    url = address_of(story, conventions)
    beside = page_of(story, conventions) if is_bundle(post.path) else conventions.site_url
    enclosures = tuple(replace(each, url=absolute(each.url, source or beside)) for each in post.enclosures)
    named = absolute(post.image, source or beside)
    image, image_alt = picture(named, content_html, find=conventions.posts.pictures)
    return Entry(
        id=story.id,
        title=post.title,
        is_untitled=post.is_untitled,
        url=url,
        source_url=source if source != url else "",
        published_ms=story.published_ms,
        updated_ms=story.updated_ms,
        authors=post.authors,
        categories=story.categories,
        tags=story.tags,
        language=post.language,
        summary=post.summary
        or shorten(words_of(excerpt_html), _LONGEST_EXCERPT)
        or shorten(words_of(content_html) or post.title, _LONGEST_SUMMARY),
        content_html=content_html,
        image=image,
        image_alt=post.image_alt or image_alt,
        enclosures=enclosures,
        podcast=_facts(post, named, enclosures, source or beside) if conventions.has_podcasts else (),
    )


def _facts(post: Post, image: str, enclosures: Sequence[Enclosure], base: str) -> tuple[Fact, ...]:
    """Return the facts of an entry, with absolute addresses; `image` is that of the post's header, or ""."""
    found = [with_absolute(fact, base) for fact in post.podcast]
    keys = {fact.key for fact in found}
    if image.endswith((".jpg", ".png")) and "image" not in keys:
        found.append(Fact(key="image", text=image))
    if enclosures and enclosures[0].duration and "duration" not in keys:
        found.append(Fact(key="duration", text=str(enclosures[0].duration)))
    found += map(_beside, enclosures[1:])
    order = list(ROWS)
    return tuple(sorted(found, key=lambda fact: order.index(fact.key)))


def _beside(other: Enclosure) -> Fact:
    """Return a further enclosure, as podcasts have it: captions, or another version of the first."""
    if other.media_type in _CAPTIONS:
        given = {"url": other.url, "type": other.media_type, "rel": "captions"}
        return Fact(key="transcript", attributes=tuple(given.items()))
    length = "" if other.length is None else str(other.length)
    given = {"type": other.media_type, "length": length, "title": other.title, "uri": other.url}
    return Fact(key="alternate", attributes=tuple((name, text) for name, text in given.items() if text))


def address_of(story: Story, conventions: Conventions) -> str:
    """Return the absolute address of an entry.

    It is that of the page that feedtool makes for it, if it makes one; the post's permalink, else its source, else that
    by the site's template; else the site's own with the post's name as a fragment, so that no two entries share one.
    """
    post, site_url = story.post, conventions.site_url
    if story.page:
        return f"{site_url}{quote(story.page)}/"
    named = [absolute(post.source), _by_template(story, conventions)]
    if conventions.posts.link == "page":
        named.reverse()
    found = absolute(post.permalink, site_url) or next(filter(None, named), "")
    return found or f"{site_url}#{quote(post.slug, safe='')}"


def folder_of(story: Story, conventions: Conventions) -> str:
    """Return the folder of the page that feedtool makes for an entry; "" where it has an address of its own.

    Two entries may have the same.
    """
    post = story.post
    is_elsewhere = absolute(post.source) and conventions.pages.entries is not True
    has_own = absolute(post.permalink, conventions.site_url) or _by_template(story, conventions)
    if conventions.pages.entries is False or is_elsewhere or has_own:
        return ""
    values = placeholder_values(post, story.published_ms, story.categories, conventions.zone)
    names = {
        "slug": slug(post.slug) or "entry",
        "category": slug(values["category"] and story.categories[0]) or "entry",
    }
    return fill(conventions.pages.entry, **values | names)


def separate_pages(folder: str, ids: Iterable[str], is_taken: Callable[[str], bool]) -> list[str]:
    """Return the folders of the pages of entries that would share one; the ids of the oldest entry come first.

    The first gets the plain folder, others a suffix that depends on their ids alone.
    """
    pages: list[str] = []
    for entry_id in ids:
        page = f"{folder}-{mark(entry_id)}" if pages else folder
        while page in pages or is_taken(page):
            page += f"-{mark(entry_id)}"
        pages.append(page)
    return pages


def with_pages(stories: Sequence[Story], conventions: Conventions) -> Iterator[Story]:
    """Yield stories with the folders of the pages that feedtool makes for them."""
    wanted: dict[str, list[Story]] = {}
    for story in sorted(stories, key=lambda each: (each.published_ms, each.id)):
        wanted.setdefault(folder_of(story, conventions), []).append(story)
    pages: dict[str, str] = {}
    for folder in sorted(filter(None, wanted)):
        ids = [story.id for story in wanted[folder]]
        others = {*pages.values(), *wanted.keys()} - {folder}
        pages |= zip(ids, separate_pages(folder, ids, others.__contains__), strict=True)
    return (replace(story, page=pages.get(story.id, "")) for story in stories)


def page_of(story: Story, conventions: Conventions) -> str:
    """Return the address of the post's page on the site, from which its relative addresses start.

    It is the permalink, else that by the template, else the site's. A permalink on another host than the site's and the
    template's is the page that the post is about, which does not have its pictures.
    """
    site_url = conventions.site_url
    own = absolute(story.post.permalink, site_url)
    filled = _by_template(story, conventions)
    is_home = own and host_of(own) in (host_of(site_url), host_of(filled))
    return own if is_home else filled or site_url


def _by_template(story: Story, conventions: Conventions) -> str:
    """Return the address that the site's template gives, or ""."""
    if "{" not in conventions.posts.permalink:
        return ""
    values = placeholder_values(story.post, story.published_ms, story.categories, conventions.zone)
    filled = re.sub(r"(?<![:/])/{2,}", "/", fill(conventions.posts.permalink, **values))
    return absolute(filled, conventions.site_url)


def words_of(content_html: str) -> str:
    """Return the head of the content as one plain line."""
    if not content_html:
        return ""
    root = etree.fromstring(f"<body>{content_html}</body>", etree.HTMLParser())
    if root is None:
        return ""
    words: list[str] = []
    size = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        if node.tag in _BREAKS:
            words.append(" ")
        text = node.tail if event == "end" else "" if node.tag in ("title", "style", "script") else node.text
        if event == "start" and node.tag in _SCRIPTS:
            text = _in_a_line(node)
            walk.skip_subtree()
        words.append(text or "")
        size += len(text or "")
        if size > 8 * _LONGEST_SUMMARY:
            break
    return plain("".join(words).replace("&", "&amp;"))


#: signs for what stands above or below a line, and digits that do so themselves
_SCRIPTS = {
    "sup": "^", "msup": "^", "mover": "^", "sub": "_", "msub": "_", "munder": "_", "msubsup": "_^", "munderover": "_^",
    "mfrac": "/", "msqrt": "√", "math": "",
}  # fmt: skip
_SMALL = {
    "^": str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ"),
    "_": str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"),
}


def _in_a_line(node: etree._Element) -> str:
    """Return an element as a line of text in which a power is not a digit: 10⁶, x^(ab), a/b; of a formula its TeX."""
    if node.tag == "math" and node.get("alttext"):
        return str(node.get("alttext"))
    parts = [_in_a_line(child) + (child.tail or "") for child in node]
    sign = _SCRIPTS.get(node.tag, "")
    whole = (node.text or "") + "".join(parts)
    if node.tag in ("sup", "sub"):
        return _small(whole, sign) or whole
    if sign == "√":
        return sign + _grouped(whole)
    if not sign or len(parts) < 2:
        return whole
    if sign == "/":
        return f"{_grouped(parts[0])}/{_grouped(''.join(parts[1:]))}"
    signed = zip(sign, parts[1:] if len(sign) > 1 else ["".join(parts[1:])], strict=False)
    return parts[0] + "".join(_small(part, each) or each + _grouped(part) for each, part in signed if part)


def _small(text: str, sign: str) -> str:
    """Return the text in small digits, or ""."""
    small = text.translate(_SMALL[sign])
    return "" if any(character.isascii() for character in small) else small


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.isdecimal() else f"({text})"


def shorten(text: str, limit: int) -> str:
    """Return the text, cut behind a word or sentence to at most `limit` characters."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    stop = max(head.rfind(mark) for mark in " 。！？，、；")
    return (head[: stop + 1].rstrip(" ，、；,;") if stop > limit // 2 else head) + "…"


#: as the sanitiser writes it
_PICTURE = later(r'<img((?: [a-z]+(?:="[^"]*")?)+)|<video((?: [a-z]+(?:="[^"]*")?)+)')
_ATTRIBUTE = later(r' ([a-z]+)="([^"]*)"')
#: pixels; avatars, signs and buttons are smaller
_SMALLEST = 100
#: a size in a file's name, and names of signs, buttons and portraits
_SIZE = later(r"[-_](\d{1,4})x(\d{1,4})\.[a-z]+(?:$|\?)", re.IGNORECASE)
_NO_SUBJECT = later(
    r"(?:^|[/_.-])(?:avatars?|badges?|buttons?|emojis?|favicon|gravatar|icons?|logos?|pixel|qr-?codes?|smil(?:ey|ies)"
    r"|spacer)(?:[/_.-]|$)|shields\.io/|\.(?:svg|ico)(?:$|\?)",
    re.IGNORECASE,
)


def picture(image: str, content_html: str, *, find: bool) -> tuple[str, str]:
    """Return the address of an entry's picture, and what it shows; "" for what there is not.

    `image` is the absolute address that the header names, or "". Without one, the picture is looked for in the clean
    content if `find` says so.
    """
    if not content_html or not (image or find):
        return image, ""
    for address, alt, attributes in _pictures(content_html):
        if address == image or (not image and _is_subject(address, attributes)):
            return address, alt
    return image, ""


def _pictures(content_html: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the address, the text and the attributes of each picture and each poster of a video."""
    for found in _PICTURE.finditer(content_html):
        attributes = dict(_ATTRIBUTE.findall(found[1] or found[2]))
        address = unescape(attributes.get("src" if found[1] else "poster", ""))
        if address.startswith("http"):
            yield address, " ".join(unescape(attributes.get("alt", "")).split()), attributes


def _is_subject(address: str, attributes: dict[str, str]) -> bool:
    """Return whether a picture is neither small nor a sign, as far as its size and its address tell."""
    given = [attributes[name] for name in ("width", "height") if name in attributes]
    named = _SIZE.search(address)
    sizes = [int(each) for each in (*given, *(named.groups() if named else ())) if each.isdecimal()]
    return min(sizes, default=_SMALLEST) >= _SMALLEST and not _NO_SUBJECT.search(address)
