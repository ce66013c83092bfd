"""OPML documents -> findings (OPML 2.0): lists of subscriptions, and other outlines.

In: the outermost element. Pure.
"""

from __future__ import annotations

from feedtool.check import addresses, extensions, values
from feedtool.check.finding import Element, Finding, Findings, Place, Scope, shown
from feedtool.check.schema import MISSING, UNKNOWN, Attribute, Part, elements_in, name_of, walk
from feedtool.problems import Code

OPML_VERSION = Code(
    "check-opml-version",
    "error",
    "The document names a version of OPML that there is not (OPML 2.0).",
    'Write version="2.0".',
)
OUTLINE_FEED = Code(
    "check-outline-feed",
    "warning",
    "An outline lacks what its type needs: a feed its xmlUrl and title, a link its url, or it has an address and no "
    "type, so that readers do not import it (OPML 2.0, subscription lists).",
    'Write type="rss" with text, title and xmlUrl, for Atom feeds too.',
)

_FOR_FEEDS = ("description", "htmlUrl", "language", "title", "version", "xmlUrl")


def check(root: Element, scope: Scope) -> Findings:
    """Check a document whose outermost element is opml."""
    yield from walk(root, _OPML, scope, _EXTENSIONS)


def _version(text: str, place: Place) -> Findings:
    if text not in ("1.0", "1.1", "2.0"):
        yield Finding(OPML_VERSION, place.line, place.field, f"there is no OPML {shown(text)}")


def _outlines(body: Element, scope: Scope) -> Findings:
    """Outlines nest as deep as they like: each is looked at by itself."""
    if not any(child.tag == "outline" for child in elements_in(body)):
        yield Finding(MISSING, body.sourceline, "outline", "the body has no outline")
    for element in body.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "outline":
            yield from walk(element, _OUTLINE, scope, _EXTENSIONS)
            yield from _typed(element)
        elif element is not body and not element.tag.startswith("{"):
            yield Finding(UNKNOWN, element.sourceline, name_of(element), "the body holds outlines only")


def _typed(outline: Element) -> Findings:
    kind, line = outline.get("type", "").lower(), outline.sourceline
    needed = {"rss": ("xmlUrl", "title"), "link": ("url",), "include": ("url",)}.get(kind, ())
    for name in needed:
        if name not in outline.attrib:
            yield Finding(OUTLINE_FEED, line, f"outline@{name}", f"an outline of type {kind} has no {name}")
    if "type" not in outline.attrib and any(name in outline.attrib for name in _FOR_FEEDS):
        yield Finding(OUTLINE_FEED, line, "outline@type", "an outline with the attributes of a feed has no type")


_DATE = Part(checks=(values.date_822,))
_PLACE = Part(checks=(values.number(0),))
_ADDRESS = Attribute(checks=(addresses.uri,))
_SWITCH = Attribute(checks=(values.one_of("true", "false", is_case_kept=False),))
_OUTLINE = Part(
    is_free=True,
    attributes={
        **dict.fromkeys(("category", "description", "title", "type", "version"), Attribute()),
        "text": Attribute(is_required=True),
        "created": Attribute(checks=(values.date_822,)),
        "htmlUrl": _ADDRESS,
        "url": _ADDRESS,
        "xmlUrl": _ADDRESS,
        "language": Attribute(checks=(values.language,)),
        "isBreakpoint": _SWITCH,
        "isComment": _SWITCH,
    },
)
_HEAD = Part(
    is_required=True,
    children={
        "title": Part(),
        "dateCreated": _DATE,
        "dateModified": _DATE,
        "ownerName": Part(),
        "ownerEmail": Part(checks=(values.mail,)),
        "ownerId": Part(checks=(addresses.web_address,)),
        "docs": Part(checks=(addresses.uri,)),
        "expansionState": Part(checks=(values.numbers,)),
        **dict.fromkeys(("vertScrollState", "windowTop", "windowLeft", "windowBottom", "windowRight"), _PLACE),
    },
)
_OPML = Part(
    attributes={"version": Attribute(checks=(_version,), is_required=True)},
    children={"head": _HEAD, "body": Part(is_required=True, is_free=True, whole=(_outlines,))},
)
_EXTENSIONS = extensions.vocabulary("")
