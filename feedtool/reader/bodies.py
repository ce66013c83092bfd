"""The text of a post below its header, as it goes on to be rendered, and what there is to say of it. Pure."""

from __future__ import annotations

import re

from feedtool.model import Body, Markup
from feedtool.problems import Code, Problem
from feedtool.reader.keys import Fields
from feedtool.reader.markup import is_html, left_out
from feedtool.reader.paths import stem_and_ending
from feedtool.reader.split import PLAIN, Conventions, Parts, cut

TOO_DEEP = Code(
    "nested-too-deep",
    "warning",
    "Elements of the body are nested deeper than any reader would show. The nesting is flattened, the text stays.",
    "Look for elements that are never closed.",
)
UNKNOWN_LIQUID = Code(
    "liquid-tag",
    "note",
    "The text has a Liquid tag that only a site generator can fill in. It is left out of the entry.",
)
UNKNOWN_SHORTCODE = Code(
    "shortcode",
    "note",
    "The text has a shortcode that only its own generator can fill in. It is left out of the entry; what stands "
    "between two of its tags stays.",
    "Write it as Markdown or HTML, if subscribers shall see it.",
)
INTERNAL_LINK = Code(
    "internal-link",
    "note",
    "A link leads to another post by its file instead of its address, which only its own generator can look up. The "
    "words of the link stay, and lead nowhere.",
    "Write the address, if subscribers shall be able to follow it.",
)

_DEEPEST = 500
_MORE = re.compile(r"<!--[ \t]*(?:more|MORE|More)[ \t]*-->")


def read_body(content: bytes, path: str, conventions: Conventions = PLAIN) -> Body:
    """Return the body of the post that `read_post` reads from the same bytes, without the copy of its title."""
    parts = cut(content, path, conventions, lambda _: None)
    return body_of(parts, path, conventions) if parts else Body(text="", markup=_markup(path))


def body_of(parts: Parts, path: str, conventions: Conventions) -> Body:
    """Return the body of a text's parts."""
    end = excerpt_end(parts.body, parts.fields, conventions.separator)
    return Body(text=parts.body, markup=_markup(path), excerpt=parts.body[:end].strip())


def excerpt_end(body: str, fields: Fields, separator: str) -> int:
    """Return where the excerpt of a body ends that its author marked; 0 without one.

    The separator of the header comes first, then that of the configuration, then `<!--more-->`.
    """
    own = fields["excerpt_separator"].value if "excerpt_separator" in fields else None
    for mark in (own, separator):
        if isinstance(mark, str) and len(mark) > 1 and (end := body.find(mark)) > 0:
            return end
    more = _MORE.search(body) if "!" in body and "<!--" in body else None  # the first is looked for much faster
    return more.start() if more else 0


def body_problems(body: Body, path: str) -> tuple[Problem, ...]:
    """Return what there is to say about a body that is about to be rendered."""
    if body.text.count("<") > _DEEPEST and _depth(body.text) > _DEEPEST:
        return (TOO_DEEP.at(path, f"more than {_DEEPEST} levels"),)
    if body.markup != "markdown" or is_html(body.text):
        return ()
    tags, missing, links = left_out(body.text)
    found = [UNKNOWN_LIQUID.at(path, tag[:120]) for tag in dict.fromkeys(tags)]
    found += [UNKNOWN_SHORTCODE.at(path, _line(tag)) for tag in dict.fromkeys(missing)]
    found += [INTERNAL_LINK.at(path, _line(link)) for link in dict.fromkeys(links)]
    return tuple(found)


def _line(text: str) -> str:
    return " ".join(text.split())[:120]


def _depth(html: str) -> int:
    """Return how many elements more are opened than closed at the deepest place, those without an end not counted."""
    deepest = depth = 0
    for closes, name in re.findall(r"<(/?)([A-Za-z][A-Za-z0-9]*)", html):
        if name.lower() not in ("br", "img", "hr", "p", "li", "input", "meta", "link", "source", "td", "tr", "wbr"):
            depth += -1 if closes else 1
            deepest = max(deepest, depth)
    return deepest


def _markup(path: str) -> Markup:
    endings: dict[str, Markup] = {".html": "html", ".txt": "text"}
    return endings.get(stem_and_ending(path)[1].lower(), "markdown")
