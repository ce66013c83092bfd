"""OPML documents -> findings (OPML 2.0): lists of subscriptions, and other outlines.

In: the outermost element. Pure.
"""

from __future__ import annotations

import re

from feedtool.check import grammar, links, values
from feedtool.check.finding import Element, Finding, Findings, Position, Scope, shown
from feedtool.check.grammar import MISSING, UNKNOWN, Rule, elements_in, finding, text
from feedtool.problems import Code

OPML_VERSION = Code(
    "check-opml-version",
    "error",
    "The version of OPML that the document names does not exist (OPML 2.0).",
    'Write version="2.0".',
)
OUTLINE_FEED = Code(
    "check-outline-feed",
    "warning",
    "An outline lacks what its type needs, so readers do not import it: a feed its xmlUrl and title, a link its url, "
    "an outline with a feed's attributes its type (OPML 2.0, subscription lists).",
    'Write type="rss" with text, title and xmlUrl, for Atom feeds too.',
)

_FOR_FEEDS = ("description", "htmlUrl", "language", "title", "version", "xmlUrl")


def check(root: Element, scope: Scope) -> Findings:
    """Check a document whose outermost element is opml."""
    yield from grammar.check_element(root, _OPML, scope, _EXTENSIONS)


def _version(value: str, position: Position) -> Findings:
    if value not in ("1.0", "1.1", "2.0"):
        yield position.finding(OPML_VERSION, f"OPML {shown(value)} does not exist")


def _outlines(body: Element, scope: Scope) -> Findings:
    """Check each outline by itself, for they may nest to any depth."""
    if not any(child.tag == "outline" for child in elements_in(body)):
        yield Finding(MISSING, body.sourceline, "outline", "the body has no outline")
    for element in body.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "outline":
            yield from grammar.check_element(element, _OUTLINE, scope, _EXTENSIONS)
            yield from _typed(element)
        elif element is not body and not element.tag.startswith("{"):
            yield finding(UNKNOWN, element, "the body may contain outlines only")


def _typed(outline: Element) -> Findings:
    kind, line = outline.get("type", "").lower(), outline.sourceline
    needed = {"rss": ("xmlUrl", "title"), "link": ("url",), "include": ("url",)}.get(kind, ())
    for name in needed:
        if name not in outline.attrib:
            yield Finding(OUTLINE_FEED, line, f"outline@{name}", f"an outline of type {kind} has no {name}")
    if "type" not in outline.attrib and any(name in outline.attrib for name in _FOR_FEEDS):
        yield Finding(OUTLINE_FEED, line, "outline@type", "an outline with the attributes of a feed has no type")


_DATE = text(values.date_822)
_NUMBER = text(values.number(0))
_ADDRESS = text(links.uri)
_SWITCH = text(values.expect(values.CHOICE, "one of true, false", re.compile("(?ai)true|false").fullmatch))
_OUTLINE = Rule(
    is_free=True,
    attributes={
        **dict.fromkeys(("category", "description", "title", "type", "version"), text()),
        "text": text(is_required=True),
        "created": text(values.date_822),
        "htmlUrl": _ADDRESS,
        "url": _ADDRESS,
        "xmlUrl": _ADDRESS,
        "language": text(values.language),
        "isBreakpoint": _SWITCH,
        "isComment": _SWITCH,
    },
)
_HEAD = Rule(
    is_required=True,
    children={
        "title": text(),
        "dateCreated": _DATE,
        "dateModified": _DATE,
        "ownerName": text(),
        "ownerEmail": text(values.mail),
        "ownerId": text(links.web_address),
        "docs": text(links.uri),
        "expansionState": text(values.numbers),
        **dict.fromkeys(("vertScrollState", "windowTop", "windowLeft", "windowBottom", "windowRight"), _NUMBER),
    },
)
_OPML = Rule(
    attributes={"version": text(_version, is_required=True)},
    children={"head": _HEAD, "body": Rule(is_required=True, is_free=True, element_checks=(_outlines,))},
)
_EXTENSIONS = grammar.vocabulary("", {})
