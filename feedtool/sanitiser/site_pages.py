"""A page that a site's generator rendered -> what it says of itself, and the element that holds its article.

Every step takes linear time for any HTML.
"""

from __future__ import annotations

import hashlib
import re
from itertools import islice

from lxml import etree

from feedtool.frozen import frozen
from feedtool.sanitiser import dom

#: what marks the element of an article: microdata, h-entry, and the names that themes have for it
_CLASSES = frozenset({"e-content", "post-content", "entry-content"})
#: elements of a page that are compared with a text; none has so many
_MOST = 20
#: of the words of a text, those that its article has: the generator fills in some
_SHARE = 0.8
#: words of a line that says when a text was published, and perhaps by whom and on what
_LINE = 15
_WORD = re.compile(r"\w+")
_PARTED = re.compile(r"\s[|\u2013\u2014\u00b7:\u00bb-]\s")
_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{10,40})"')


@frozen
class SitePage:
    """What a page says of itself."""

    #: its own address as written, or ""
    address: str
    #: its title, with and without the name of the site: see `words_in`
    titles: tuple[str, ...]
    #: when it was published, as written
    dates: tuple[str, ...]
    #: of the elements that may hold its article
    digest: str


def words_in(text: str) -> str:
    """Return the words of a text in lower case, one blank between them, so that no punctuation counts."""
    return " ".join(_WORD.findall(text.casefold()))


def site_page(html: str) -> SitePage | None:
    """Return what a page says of itself; None for one that leads elsewhere, and for one that feedtool made."""
    top = dom.page(html)
    said: dict[str, str] = {}
    for each in top.iter("meta", "link"):
        name = next((name for key in ("property", "name", "rel", "http-equiv") if (name := each.get(key))), "")
        said.setdefault(name.lower(), each.get("content") or each.get("href") or "")
    if "refresh" in said or said.get("generator") == "feedtool":
        return None
    scripts = (each.text or "" for each in top.iter("script") if each.get("type") == "application/ld+json")
    dates = [said.get("article:published_time", ""), *(date for each in scripts for date in _PUBLISHED.findall(each))]
    dates = [*filter(None, dates)] or [each.get("datetime") or "" for each in top.iter("time")]
    return SitePage(
        address=(said.get("canonical") or said.get("og:url") or "").strip(),
        titles=_titles(top, said.get("og:title", "")),
        dates=tuple(dict.fromkeys(date for date in dates if date))[:_MOST],
        digest=_digest(_articles(top)),
    )


def _titles(top: etree._Element, named: str) -> tuple[str, ...]:
    """Return the titles that a page may have; a heading is one if there is no other of its level."""
    whole = next((_text(each) for each in top.iter("title")), "")[:1000]
    parts = _PARTED.split(whole)
    headings = [_text(each)[:1000] for each in top.iter("h1")]
    found = [named[:1000], whole, parts[0], parts[-1], " ".join(parts[:-1]), *(headings if len(headings) == 1 else ())]
    return tuple(dict.fromkeys(title for each in found if (title := words_in(each))))


def holds(html: str, written: str) -> bool:
    """Return whether a page has the words of a written text, as HTML; true for a text without words."""
    wanted = {*words_in(_text(dom.page(written))).split()} if written.strip() else set()
    parts = [*map(str, dom.page(html).itertext())] if wanted else []
    there = {*words_in("".join(parts)).split(), *words_in(" ".join(parts)).split()}
    return len(wanted & there) >= _SHARE * len(wanted)


def article(html: str, written: str) -> str:
    """Return the smallest element of a page that holds the words of a written text, as HTML; "" if none does.

    `written`: the text as HTML. Without a word in it, the largest element that marks an article.
    """
    found = [(each, words_in(_text(each))) for each in _articles(dom.page(html))[:_MOST]]
    found.sort(key=lambda pair: len(pair[1]))
    words = words_in(_text(dom.page(written))) if written.strip() else ""
    wanted = {*words.split()}
    holding = [each for each, text in found if len(wanted.intersection(text.split())) >= _SHARE * len(wanted)]
    if not holding:
        return ""
    chosen = holding[0] if wanted else holding[-1]
    _cut_dates(chosen, words)
    return str(etree.tostring(chosen, method="html", encoding="unicode", with_tail=False))


def _cut_dates(article: etree._Element, written: str) -> None:
    """Remove the lines with dates that a page has and the written text, in words, has not."""
    for line in [*islice(article.iter("time"), _MOST)]:
        while (above := line.getparent()) is not None and above is not article and len(_text(above).split()) <= _LINE:
            line = above  # noqa: PLW2901
        if above is None or words_in(_text(line)) in written:
            continue
        if (before := line.getprevious()) is not None:
            before.tail = (before.tail or "") + (line.tail or "")
        else:
            above.text = (above.text or "") + (line.tail or "")
        above.remove(line)


def _articles(top: etree._Element) -> list[etree._Element]:
    """Return the elements that mark an article; the page's main element where nothing else does."""
    found = [
        each
        for each in top.iter(etree.Element)
        if each.tag == "article"
        or "articleBody" in (each.get("itemprop") or "").split()
        or not _CLASSES.isdisjoint((each.get("class") or "").split())
    ]
    return found or [*top.iter("main")]


def _digest(elements: list[etree._Element]) -> str:
    digest, end = hashlib.blake2b(digest_size=16), None
    for element in elements[:_MOST]:
        if end is not None and any(above is end for above in element.iterancestors()):
            continue  # it is part of the one before
        end = element
        digest.update(etree.tostring(element, encoding="utf-8", with_tail=False))
    return digest.hexdigest()


def _text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))
