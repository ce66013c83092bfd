"""Lines that repeat what the header of the post says already: its title, who wrote it and when.

In: the layout of a tree, and the facts. Out: what to cut. Never changes the tree.
"""

from __future__ import annotations

import re

from bs4 import Tag

from feedtool import urls
from feedtool.sanitiser import byline
from feedtool.sanitiser.context import Facts
from feedtool.sanitiser.dom import BLOCKS, HEADINGS, children, text_of
from feedtool.sanitiser.layout import Layout
from feedtool.sanitiser.text import squashed, weight

#: How far from the beginning a copy of the title is looked for.
_NEAR = 40
_PARTS = re.compile(r"\s+[-|–—·»]\s+|\s*[|｜]\s*")
_LABEL = re.compile(r"^\s*(?:\[[^\]]{1,20}\]|【[^】]{1,20}】)\s*")


def title_copy(layout: Layout, facts: Facts) -> Tag | None:
    """Return the element at the beginning that holds the title of the entry and nothing else."""
    if not facts.title or layout.measures.total.text <= weight(facts.title) + 10:
        return None
    whole = {squashed(title).casefold() for title in (facts.title, _without_site(facts))} - {""}
    parts = whole | {squashed(title).casefold() for title in _parts(facts.title)} - {""}
    limit = 2 * weight(facts.title)
    for tag in layout.tags[:_NEAR]:
        size = layout.measures.of(tag)
        if tag.name not in BLOCKS or tag.name in ("td", "li", "dd", "blockquote") or not size.text:
            continue
        known = parts if tag.name in ("h1", "h2") else whole
        if size.text <= limit and not size.media and squashed(text_of(tag)).casefold() in known:
            return layout.top(tag)
        if size.longest >= 60 and tag.name not in HEADINGS and not any(below.name in BLOCKS for below in children(tag)):
            return None
    return None


def _without_site(facts: Facts) -> str:
    """Return the title without the name of the site at its end: "Words" of "Words - Example" on example.org."""
    *_, last = _PARTS.split(facts.title)
    name = squashed(last).casefold()
    host = urls.host_of(facts.base_url).replace("-", "")
    is_site = len(name) > 2 and (name in host or name.replace("-", "") in host)
    return facts.title[: -len(last)].rstrip(" \t-|–—·»｜") if is_site and last != facts.title else facts.title


def _parts(title: str) -> list[str]:
    """Return what a heading may leave out of a title: a label before it, a column or a site after it."""
    bare = _LABEL.sub("", title)
    first, *rest = _PARTS.split(bare)
    return [bare, first] if rest and weight(first) >= 0.5 * weight(bare) else [bare]


def is_dateline(layout: Layout, tag: Tag, facts: Facts) -> bool:
    """Return whether a line before the first paragraph says no more than when, and who or where or at what time."""
    size = layout.measures.of(tag)
    if tag.name not in ("p", "div") or size.text > 90 or size.media or facts.published_ms is None:
        return False
    if layout.order[id(tag)] >= layout.first:
        return False
    line = text_of(tag)
    return byline.is_dateline(line, facts) and byline.explains(line, facts)
