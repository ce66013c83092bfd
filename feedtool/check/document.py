"""A feed document of anybody's -> what hurts its subscribers.

In: the bytes of a file, which may come from a stranger. Out: problems with line, element and cure. What a document is
is told by its content: RSS 2.0 and 0.9x, Atom 1.0, JSON Feed 1.0 and 1.1, OPML. Pure: no files, no clock, no network;
time and memory are linear in the size of the document.
"""

from __future__ import annotations

from dataclasses import replace

from feedtool.check import atom, jsonfeed, opml, rss, xml
from feedtool.check.bounds import bounded, check_size, is_too_large
from feedtool.check.finding import Element, Finding, Findings, Scope, shown
from feedtool.problems import Code, Problem

UNKNOWN_FORMAT = Code(
    "check-format",
    "error",
    "The document is neither RSS 2.0 or 0.9x nor Atom 1.0, JSON Feed 1 or OPML, or its outermost element is in a "
    "wrong namespace, and readers do not know it for a feed (RFC 4287 section 2; RSS 2.0; JSON Feed 1.1; OPML 2.0).",
    "Check that this is the feed and not the page that belongs to it, and that the namespace is spelled exactly so.",
)
_ATOM = f"{{{atom.NAMESPACE}}}"


def check_document(name: str, content: bytes, *, now_ms: int, published_at: str = "") -> tuple[Problem, ...]:
    """Return what is wrong with a document, by line. Never raises.

    `name` is the path as the user knows it; `now_ms` the time, in milliseconds since 1970, UTC; `published_at` the
    absolute address of the document, or "" where nobody knows.
    """
    scope = Scope(now_ms=now_ms, published_at=published_at)
    found = (
        finding.code.at(name, finding.message, line=finding.line, field=finding.field, fix=finding.fix)
        for finding in bounded(_findings(content, scope))
    )
    return tuple(sorted(found))


def _findings(content: bytes, scope: Scope) -> Findings:
    yield from check_size(len(content))
    if is_too_large(len(content)):
        return
    if jsonfeed.is_json(content):
        yield from jsonfeed.check(content, scope)
        return
    root, found = xml.parse(content)
    yield from found
    if root is not None:
        yield from _recognised(root, content, scope)


def _recognised(root: Element, content: bytes, scope: Scope) -> Findings:
    if root.tag == "rss":
        yield from rss.check(root, replace(scope, hex_lines=xml.hex_lines(content)))
    elif root.tag in (_ATOM + "feed", _ATOM + "entry"):
        yield from atom.check(root, scope)
    elif root.tag == "opml":
        yield from opml.check(root, scope)
    else:
        yield Finding(UNKNOWN_FORMAT, root.sourceline, "", f"its outermost element is {shown(root.tag)}")
