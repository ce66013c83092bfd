"""What the texts of Atom hold -> findings: text constructs and content (RFC 4287 sections 3.1 and 4.1.3).

In: an element. Pure; linear.
"""

from __future__ import annotations

import base64
import binascii
import re

from feedtool import syntax
from feedtool.check import extensions, values
from feedtool.check.finding import Element, Finding, Findings, Place, Scope, shown
from feedtool.check.html import html, start_tag
from feedtool.check.schema import UNKNOWN, elements_in, name_of, stray_text, text_of
from feedtool.problems import Code

_ATOM = f"{{{extensions.ATOM}}}"
_XHTML = "{http://www.w3.org/1999/xhtml}"

TEXT_TYPE = Code(
    "check-text-type",
    "error",
    "The type of a text is none that it may have: text, html or xhtml, and for content also a media type "
    "(RFC 4287 sections 3.1.1 and 4.1.3.1).",
    'Write type="html" for HTML, type="text" for plain text.',
)
XHTML_DIV = Code(
    "check-xhtml-div",
    "error",
    'What has type="xhtml" holds exactly one div of XHTML and nothing beside it (RFC 4287 section 3.1.1.3).',
    'Put everything into <div xmlns="http://www.w3.org/1999/xhtml">.',
)
BASE64 = Code(
    "check-base64",
    "error",
    "Content of a type that is neither text nor XML is not in Base64 (RFC 4287 section 4.1.3.3).",
    "Encode it, or link to it as an enclosure.",
)
CONTENT_SOURCE = Code(
    "check-content-source",
    "warning",
    "Content that lies elsewhere has no type, so that readers do not know whether they can show it "
    "(RFC 4287 section 4.1.3.2).",
    "Add the type of the document that src names.",
)


def is_binary(kind: str | None) -> bool:
    """Return whether content of this type stands in Base64 (RFC 4287 section 4.1.3.3)."""
    bare = (kind or "").partition(";")[0].strip().lower()
    return "/" in bare and not bare.startswith("text/") and not bare.endswith(("+xml", "/xml"))


def check_text(element: Element, scope: Scope) -> Findings:
    """Check a text construct: title, subtitle, summary, rights (RFC 4287 section 3.1)."""
    kind = element.get("type", "text")
    if kind not in ("text", "html", "xhtml"):
        yield Finding(TEXT_TYPE, element.sourceline, name_of(element) + "@type", f"{shown(kind)} is not one of them")
    elif kind == "xhtml":
        yield from _xhtml(element, scope)
    else:
        yield from _inline(element, kind, scope)


def check_content(element: Element, scope: Scope) -> Findings:
    """Check the content of an entry (RFC 4287 section 4.1.3)."""
    kind, source = element.get("type"), element.get("src")
    field, line = name_of(element), element.sourceline
    composite = kind is not None and kind.strip().lower().startswith(("multipart/", "message/"))
    if source is not None:
        yield from _remote(element, kind)
    if kind in (None, "text", "html", "xhtml"):
        if kind is not None and source is not None:
            yield Finding(TEXT_TYPE, line, field + "@type", f"{shown(kind)} is not the type of another document")
        elif source is None:
            yield from _xhtml(element, scope) if kind == "xhtml" else _inline(element, kind or "text", scope)
    elif composite or not syntax.is_media_type(kind.strip()):
        yield Finding(TEXT_TYPE, line, field + "@type", f"{shown(kind)} is not the type of one document")
    elif source is None and is_binary(kind):
        yield from _base64(element)
    elif source is None and kind.strip().lower().startswith("text/"):
        yield from _inline(element, "html" if kind.strip().lower().startswith("text/html") else "text", scope)
    elif source is None and elements_in(element):
        yield from stray_text(element)


def _remote(element: Element, kind: str | None) -> Findings:
    line, field = element.sourceline, name_of(element)
    for child in elements_in(element):
        yield Finding(UNKNOWN, child.sourceline, name_of(child), "content with src is empty")
    if text_of(element).strip():
        yield Finding(UNKNOWN, line, field, "content with src is empty")
    if kind is None:
        yield Finding(CONTENT_SOURCE, line, field, "content with src has no type")


def _inline(element: Element, kind: str, scope: Scope) -> Findings:
    place = Place(element.sourceline, name_of(element), scope)
    for child in elements_in(element):
        yield Finding(UNKNOWN, child.sourceline, name_of(child), f"{place.field} may hold text only")
    text = text_of(element)
    yield from values.not_blank(text.strip(), place)
    yield from html(text, place) if kind == "html" else values.plain_text(text, place)


def _xhtml(element: Element, scope: Scope) -> Findings:
    inside, field = elements_in(element), name_of(element)
    is_beside = (element.text or "").strip() or any((child.tail or "").strip() for child in inside)
    if len(inside) != 1 or inside[0].tag != _XHTML + "div" or is_beside:
        yield Finding(XHTML_DIV, element.sourceline, field, "it is not one div of XHTML")
        return
    for inner in inside[0].iter():
        if not isinstance(inner.tag, str):
            continue
        place = Place(inner.sourceline, field, scope)
        if inner.tag.startswith(_XHTML):
            attributes = {key: value for key, value in inner.attrib.items() if not key.startswith("{")}
            yield from start_tag(inner.tag.removeprefix(_XHTML), attributes, place)
        elif not inner.tag.startswith("{") or inner.tag.startswith(_ATOM):
            yield Finding(UNKNOWN, place.line, name_of(inner), "it is no element of XHTML")
        elif any(inner.tag.startswith(f"{{{namespace}}}") for namespace in extensions.NAMESPACES if namespace):
            yield Finding(UNKNOWN, place.line, name_of(inner), "it stands in a text of XHTML")


def _base64(element: Element) -> Findings:
    bare = re.sub(r"\s+", "", text_of(element))
    try:
        base64.b64decode(bare.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        yield Finding(BASE64, element.sourceline, name_of(element), f"{shown(bare)} is not Base64: {error}")
