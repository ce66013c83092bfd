"""Elements and what may stand in them, as tables; and the walk that holds a document against its table.

A Part says of one element which attributes, text and children it may have. A walk yields what is missing, repeated or
unknown, and what the checks of the values find. Elements of other namespaces are free, but for those whose vocabulary
is known. Pure; linear in the size of the document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from feedtool.check.addresses import iri_reference
from feedtool.check.finding import Element, Finding, Findings, Place, Scope, shown
from feedtool.check.values import ValueCheck, language
from feedtool.problems import Code

ElementCheck: TypeAlias = Callable[[Element, Scope], Findings]

_XML = "{http://www.w3.org/XML/1998/namespace}"

MISSING = Code(
    "check-missing",
    "error",
    "An element, attribute or key that the format requires is not there "
    "(RFC 4287 section 4.1, RSS 2.0, JSON Feed 1.1, OPML 2.0).",
    "Add it.",
)
REPEATED = Code(
    "check-repeated",
    "error",
    "Something stands more than once that the format allows once, so that readers differ in which they take "
    "(RFC 4287 section 4.1, RSS 2.0, OPML 2.0).",
    "Keep one.",
)
UNKNOWN = Code(
    "check-unknown",
    "error",
    "An element or attribute is not one of its vocabulary, or not in this place; readers ignore it "
    "(RFC 4287 section 6.1; RSS 2.0, extending RSS).",
    "Correct its name, move it, or put it into a namespace of its own.",
)
UNQUALIFIED = Code(
    "check-unqualified",
    "warning",
    "An element stands in an Atom document without a namespace, so that nobody can know what it means "
    "(RFC 4287 section 6.1).",
    "Put it into a namespace.",
)
STRAY_TEXT = Code(
    "check-stray-text",
    "error",
    "Text stands where only elements may, so that readers lose it (RFC 4287 appendix B, RSS 2.0, OPML 2.0).",
    "Put it into an element, or leave it out.",
)
SPACE = Code(
    "check-space",
    "error",
    "White space stands round a date or an address, and readers that do not remove it cannot use it "
    "(RFC 4287 sections 3.3 and 4.2.6).",
    "Write the value without space or line ends round it.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute that an element may have."""

    checks: tuple[ValueCheck, ...] = ()
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An element, wherever its parent's table names it."""

    #: of its text, without the white space round it
    checks: tuple[ValueCheck, ...] = ()
    #: of the element as a whole, after everything else
    whole: tuple[ElementCheck, ...] = ()
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    #: tags and what they are; None where it holds text instead
    children: Mapping[str, Part] | None = None
    #: what it holds is looked at by `whole` alone
    is_free: bool = False
    any_attribute: bool = False
    is_required: bool = False
    may_repeat: bool = False
    #: white space round its text is an error
    is_tight: bool = False


#: what may stand in it is somebody else's business
ANYTHING = Part(is_free=True, any_attribute=True, may_repeat=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Which elements of other namespaces may stand beside those of the format, by namespace and tag."""

    namespaces: frozenset[str]
    parts: Mapping[str, Part]


def walk(element: Element, part: Part, scope: Scope, extensions: Vocabulary) -> Findings:
    """Hold an element and everything in it against its table."""
    yield from _attributes(element, part, scope, extensions.namespaces)
    if not part.is_free:
        if part.children is None:
            yield from _text(element, part, scope)
        else:
            yield from _children(element, part.children, scope, extensions)
    for check in part.whole:
        yield from check(element, scope)


def elements_in(element: Element) -> list[Element]:
    """Return the child elements; entities that were not resolved are none."""
    return [child for child in element if isinstance(child.tag, str)]


def text_of(element: Element) -> str:
    """Return all text in an element, as it stands."""
    return element.text or "" if len(element) == 0 else "".join(element.itertext())


def name_of(element: Element) -> str:
    """Return what the document calls an element: `guid`, `atom:link`."""
    local = element.tag.rpartition("}")[2]
    return f"{element.prefix}:{local}" if element.prefix else str(local)


def language_above(element: Element) -> str:
    """Return the xml:lang of the element or of the one round it, or ""."""
    above = element.getparent()
    return element.get(_XML + "lang") or (above.get(_XML + "lang", "") if above is not None else "")


def namespace_of(tag: str) -> str:
    """Return the namespace of a tag or an attribute in lxml's writing, or ""."""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def _attributes(element: Element, part: Part, scope: Scope, known: frozenset[str]) -> Findings:
    if not element.attrib and not part.attributes:
        return
    line, name = element.sourceline, name_of(element)
    for key, value in element.attrib.items():
        place = Place(line, f"{name}@{key.rpartition('}')[2]}", scope)
        if key in part.attributes:
            for check in part.attributes[key].checks:
                yield from check(value, place)
        elif key == _XML + "lang" and value:
            yield from language(value, place)
        elif key == _XML + "base":
            yield from (found for found in iri_reference(value, place) if found.code.level == "error")
        elif not part.any_attribute and (not key.startswith("{") or namespace_of(key) in known):
            yield Finding(UNKNOWN, line, place.field, f"{name} has no attribute {shown(key)}")
    for key, attribute in part.attributes.items():
        if attribute.is_required and key not in element.attrib:
            yield Finding(MISSING, line, f"{name}@{key}", f"{name} has no {key}")


def _text(element: Element, part: Part, scope: Scope) -> Findings:
    place = Place(element.sourceline, name_of(element), scope)
    for child in elements_in(element):
        yield Finding(UNKNOWN, child.sourceline, name_of(child), f"{place.field} may hold text only")
    text = text_of(element)
    bare = text.strip()
    if part.is_tight and bare != text:
        yield Finding(SPACE, place.line, place.field, f"white space stands round {shown(bare)}")
    for check in part.checks:
        yield from check(bare, place)


def _children(element: Element, parts: Mapping[str, Part], scope: Scope, extensions: Vocabulary) -> Findings:
    yield from stray_text(element)
    seen: Counter[str] = Counter()
    for child in elements_in(element):
        part = parts.get(child.tag) or extensions.parts.get(child.tag)
        if part is None:
            yield from _unknown(child, element, extensions)
            continue
        seen[child.tag] += 1
        if seen[child.tag] == 2 and not part.may_repeat:
            yield Finding(REPEATED, child.sourceline, name_of(child), f"{name_of(element)} has more than one")
        yield from walk(child, part, scope, extensions)
    for tag, part in parts.items():
        if part.is_required and not seen[tag]:
            local = tag.rpartition("}")[2]
            yield Finding(MISSING, element.sourceline, local, f"{name_of(element)} has no {local}")


def _unknown(child: Element, parent: Element, extensions: Vocabulary) -> Findings:
    namespace = namespace_of(child.tag)
    if namespace in extensions.namespaces:
        message = f"{name_of(parent)} may not hold it"
        yield Finding(UNKNOWN, child.sourceline, name_of(child), message)
    elif not namespace:
        yield Finding(UNQUALIFIED, child.sourceline, name_of(child), "it stands in no namespace")
    elif "" in extensions.namespaces:
        yield from _no_namespace_below(child)


def _no_namespace_below(element: Element) -> Findings:
    """RSS 2.0: an element that the specification does not name stands in a namespace, at whatever depth."""
    for inner in element.iterdescendants():
        if isinstance(inner.tag, str) and not namespace_of(inner.tag):
            yield Finding(UNKNOWN, inner.sourceline, name_of(inner), f"in {name_of(element)} it needs a namespace")


def stray_text(element: Element) -> Findings:
    """Find text between the elements of one that may hold elements only."""
    texts = [(element.text, element.sourceline), *((child.tail, child.sourceline) for child in element)]
    for text, line in texts:
        if text and text.strip():
            yield Finding(STRAY_TEXT, line, name_of(element), f"{shown(text.strip())} stands between its elements")
