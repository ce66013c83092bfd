"""A story and its cleaned content -> Entry: what a subscriber reads. Pure."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from urllib.parse import quote

from lxml import etree
from lxml import html as lxml_html

from feedtool.addresses import absolute
from feedtool.config import fill
from feedtool.model import Entry, Story, utc
from feedtool.reader.text import plain

#: characters of a summary that we make ourselves; more than any reader's list shows
_LONGEST_SUMMARY = 300
_BREAKS = {
    "p",
    "div",
    "br",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "td",
    "th",
    "tr",
    "blockquote",
    "figcaption",
}
_BREAKS |= {"pre", "dt", "dd", "figure", "table", "ul", "ol", "section", "article"}


def enter(story: Story, content_html: str, *, site_url: str, permalink: str, zone: tzinfo) -> Entry:
    """Return the entry of a story whose body was cleaned to `content_html`.

    `site_url` is absolute and ends with "/"; `permalink` is the site's template for posts that name no
    address of their own, or "". The alternate is the post's permalink, else its source, else its place by
    the template, else the site itself with the post's name as a fragment, so that no two share one.
    """
    post = story.post
    source = absolute(post.source)
    url = absolute(post.permalink, site_url) if post.permalink else ""
    if not url and not source and permalink:
        url = absolute(_filled(permalink, story, zone), site_url)
    url = url or source or f"{site_url}#{quote(post.slug, safe='')}"
    text = _text(content_html) or post.title
    return Entry(
        id=story.id,
        title=post.title,
        url=url,
        source_url=source if source != url else "",
        published_ms=story.published_ms,
        updated_ms=story.updated_ms,
        authors=post.authors,
        categories=story.categories,
        tags=story.tags,
        language=post.language,
        summary=post.summary or shorten(text, _LONGEST_SUMMARY),
        content_html=content_html,
        image=absolute(post.image, source or site_url) if post.image else "",
        enclosure=post.enclosure,
    )


def _filled(template: str, story: Story, zone: tzinfo) -> str:
    day: datetime = utc(story.published_ms).astimezone(zone)
    category = story.categories[0] if story.categories else ""
    filled = fill(
        template,
        year=f"{day:%Y}",
        month=f"{day:%m}",
        day=f"{day:%d}",
        slug=quote(story.post.slug, safe=""),
        category=quote(category, safe=""),
    )
    return re.sub(r"(?<![:/])/{2,}", "/", filled)


def _text(content_html: str) -> str:
    """Return the head of the content as one plain line."""
    if not content_html:
        return ""
    try:
        root = lxml_html.fragment_fromstring(content_html, create_parent="div")
    except (ValueError, etree.LxmlError):
        return ""
    words: list[str] = []
    size = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if node.tag in _BREAKS:
            words.append(" ")
        text = node.text if event == "start" else node.tail
        words.append(text or "")
        size += len(text or "")
        if size > 8 * _LONGEST_SUMMARY:
            break
    return plain("".join(words).replace("&", "&amp;"))


def shorten(text: str, limit: int) -> str:
    """Return the text, cut behind a word or sentence where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    stop = max(head.rfind(mark) for mark in " 。！？，、；")
    return (head[: stop + 1].rstrip(" ，、；,;") if stop > limit // 2 else head) + "…"
