"""Elements and what they may contain, as tables; the check of a document against them; and common extensions.

A Rule says of one element which attributes, text and children it may have. `check_element` reports missing,
repeated and unknown ones, and runs the checks of the values. Of other namespaces than the format's only vocabularies
that are here completely are checked; elements of all others pass. Pure; linear in the size of the document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import NamedTuple, TypeAlias

from feedtool.check import links, values
from feedtool.check.values import Element, Finding, Findings, Position, Scope, ValueCheck, shown
from feedtool.frozen import frozen
from feedtool.problems import Code

ElementCheck: TypeAlias = Callable[[Element, Scope], Findings]

MISSING = Code.error("check-missing")(
    "A required element, attribute or key is missing (RFC 4287 section 4.1, RSS 2.0, JSON Feed 1.1, OPML 2.0)."
)
REPEATED = Code.error("check-repeated")(
    "The format allows this once; readers differ in which one they take (RFC 4287 section 4.1, RSS 2.0, OPML 2.0)."
)
UNKNOWN = Code.error("check-unknown")(
    "An element or attribute is not known or not allowed here (RFC 4287 section 6.1; RSS 2.0, extending RSS).",
    "Correct its name, move it, or put it into a namespace of its own.",
)
UNQUALIFIED = Code.warning("check-unqualified")(
    "An element of an Atom document has no namespace (RFC 4287 section 6.1)."
)
STRAY_TEXT = Code.error("check-stray-text")(
    "There is text where only elements are allowed, and readers lose it (RFC 4287 appendix B, RSS 2.0, OPML 2.0)."
)
SPACE = Code.error("check-space")(
    "There is white space round a date or an address, and some readers keep it (RFC 4287 sections 3.3 and 4.2.6)."
)

#: namespaces as lxml writes them before a name
ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
THREAD = "{http://purl.org/syndication/thread/1.0}"
_TRACKBACK = "{http://madskills.com/public/xml/rss/module/trackback/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML = "{http://www.w3.org/XML/1998/namespace}"


#: of an element; libxml2 looks through all for each
_MOST_ATTRIBUTES = 100


@frozen
class Rule:
    """What an element or an attribute may be; attributes have `checks` and `is_required` only."""

    #: of its text, without the white space round it
    checks: tuple[ValueCheck, ...] = ()
    #: of the element as a whole, after everything else
    element_check: ElementCheck | None = None
    attributes: Mapping[str, Rule] = field(default_factory=dict)
    #: by tag; None where it contains text instead
    children: Mapping[str, Rule] | None = None
    #: only `element_check` looks at its content
    is_free: bool = False
    any_attribute: bool = False
    is_required: bool = False
    may_repeat: bool = False
    #: white space round its text is an error
    is_tight: bool = False


class Vocabulary(NamedTuple):
    """The elements of other namespaces that a format may contain, by tag."""

    namespaces: frozenset[str]
    rules: Mapping[str, Rule]


def text(
    *checks: ValueCheck, attributes: Mapping[str, Rule] | None = None, is_required: bool = False,
    may_repeat: bool = False, is_tight: bool = False,
) -> Rule:  # fmt: skip
    """Return what an attribute, or an element that contains text, may be."""
    return Rule(
        checks=checks, attributes=attributes or {}, is_required=is_required, may_repeat=may_repeat, is_tight=is_tight
    )


def elements_in(element: Element) -> list[Element]:
    """Return the child elements, without entities that were not resolved."""
    return list(element.iterchildren("*"))


def text_of(element: Element) -> str:
    """Return all text in an element, as written."""
    return element.text or "" if len(element) == 0 else "".join(element.itertext())


def text_at(element: Element, tag: str) -> str:
    """Return the text of the first child with a tag, without the white space round it, or ""."""
    found = element.find(tag)
    return "" if found is None else text_of(found).strip()


def name_of(element: Element) -> str:
    """Return what the document calls an element: `guid`, `atom:link`."""
    local = element.tag.rpartition("}")[2]
    return f"{element.prefix}:{local}" if element.prefix else str(local)


def attributes_of(element: Element) -> dict[str, str]:
    """Return the attributes of an element, or the first of very many."""
    return {key: element.get(key, "") for key in element.attrib.keys()[:_MOST_ATTRIBUTES]}


def has_language(element: Element) -> bool:
    """Return whether the element or one above it has an xml:lang."""
    return any(node.get(_XML + "lang") for node in (element, *element.iterancestors()))


def position_of(element: Element, scope: Scope) -> Position:
    """Return where an element is."""
    return Position(element.sourceline, name_of(element), scope)


def finding(code: Code, element: Element, message: str) -> Finding:
    """Return a finding about an element."""
    return Finding(code, element.sourceline, name_of(element), message)


def check_element(element: Element, rule: Rule, scope: Scope, extensions: Vocabulary) -> Findings:
    """Check an element and everything in it against its rule."""
    if (count := len(element.attrib)) > _MOST_ATTRIBUTES:
        message = f"{name_of(element)} has {count:,} attributes; the first {_MOST_ATTRIBUTES} were checked"
        yield finding(UNKNOWN, element, message)
    yield from _attributes(element, rule, scope, extensions.namespaces)
    if not rule.is_free:
        if rule.children is None:
            yield from _text(element, rule, scope)
        else:
            yield from _children(element, rule.children, scope, extensions)
    if rule.element_check:
        yield from rule.element_check(element, scope)


def _attributes(element: Element, rule: Rule, scope: Scope, known: frozenset[str]) -> Findings:
    if not element.attrib and not rule.attributes:
        return
    line, name = element.sourceline, name_of(element)
    for key, value in attributes_of(element).items():
        position = Position(line, f"{name}@{key.rpartition('}')[2]}", scope)
        if key in rule.attributes:
            for check in rule.attributes[key].checks:
                yield from check(value, position)
        elif key == _XML + "lang" and value:
            yield from values.language(value, position)
        elif key == _XML + "base":
            yield from (found for found in links.iri_reference(value, position) if found.code.level == "error")
        elif not rule.any_attribute and (not key.startswith("{") or _namespace_of(key) in known):
            yield position.finding(UNKNOWN, f"{name} has no attribute {shown(key)}")
    for key, attribute in rule.attributes.items():
        if attribute.is_required and key not in element.attrib:
            yield Finding(MISSING, line, f"{name}@{key}", f"{name} has no {key}")


def _text(element: Element, rule: Rule, scope: Scope) -> Findings:
    yield from only_text(element)
    position, written = position_of(element, scope), text_of(element)
    value = written.strip()
    if rule.is_tight and value != written:
        yield position.finding(SPACE, f"there is white space round {shown(value)}")
    for check in rule.checks:
        yield from check(value, position)


def only_text(element: Element) -> Findings:
    """Find elements in one that may contain text only."""
    for child in elements_in(element):
        yield finding(UNKNOWN, child, f"{name_of(element)} may contain text only")


def stray_text(element: Element) -> Findings:
    """Find text in an element that may contain elements only."""
    texts = [(element.text, element.sourceline), *((child.tail, child.sourceline) for child in element)]
    for between, line in texts:
        if between and between.strip():
            yield Finding(STRAY_TEXT, line, name_of(element), f"{shown(between.strip())} is between its elements")


def _children(element: Element, rules: Mapping[str, Rule], scope: Scope, extensions: Vocabulary) -> Findings:
    yield from stray_text(element)
    seen: Counter[str] = Counter()
    for child in elements_in(element):
        rule = rules.get(child.tag) or extensions.rules.get(child.tag)
        if rule is None:
            yield from _unknown(child, element, extensions.namespaces)
            continue
        seen[child.tag] += 1
        if seen[child.tag] == 2 and not rule.may_repeat:
            yield finding(REPEATED, child, f"{name_of(element)} has more than one")
        yield from check_element(child, rule, scope, extensions)
    for tag, rule in rules.items():
        if rule.is_required and not seen[tag]:
            local = tag.rpartition("}")[2]
            yield Finding(MISSING, element.sourceline, local, f"{name_of(element)} has no {local}")


def _unknown(child: Element, parent: Element, known: frozenset[str]) -> Findings:
    namespace = _namespace_of(child.tag)
    if namespace in known:
        yield finding(UNKNOWN, child, f"{name_of(parent)} may not contain it")
    elif not namespace:
        yield finding(UNQUALIFIED, child, "it has no namespace")
    elif "" in known:
        # RSS 2.0: an element that the specification does not name has a namespace, at any depth
        for inner in child.iterdescendants("*"):
            if not _namespace_of(inner.tag):
                yield finding(UNKNOWN, inner, f"in {name_of(child)} it needs a namespace")


def _namespace_of(tag: str) -> str:
    return tag[: tag.find("}") + 1]


#: another program's business
ANYTHING = Rule(is_free=True, any_attribute=True, may_repeat=True)
_TEXT, _TEXTS = text(), text(may_repeat=True)
_LINK, _LINKS = text(links.uri), text(links.uri, may_repeat=True)
_DATE, _COUNT = text(values.date_w3c), text(values.number())
_LATITUDE, _LONGITUDE = (text(values.number(-at, at, is_whole=False)) for at in (90, 180))
_RESOURCE = Rule(attributes={_RDF + "resource": text(links.uri_reference)})

#: by namespace, then by name
_TABLE: Mapping[str, Mapping[str, Rule]] = {
    DC: {
        **dict.fromkeys(("title", "description", "type", "format", "source"), _TEXT),
        **dict.fromkeys(("creator", "subject", "publisher", "contributor", "identifier", "relation"), _TEXTS),
        "coverage": _TEXTS,
        "language": text(values.language),
        "rights": text(values.plain_text),
        "date": text(values.date_w3c, may_repeat=True),
    },
    "{http://purl.org/rss/1.0/modules/syndication/}": {
        "updatePeriod": text(values.one_of("hourly", "daily", "weekly", "monthly", "yearly")),
        "updateFrequency": text(values.number(1)),
        "updateBase": _DATE,
    },
    "{http://purl.org/rss/1.0/modules/slash/}": {
        "comments": _COUNT,
        "section": _TEXTS,
        "department": _TEXTS,
        "hit_parade": text(values.numbers, values.not_blank),
    },
    HISTORY: {"archive": _TEXT, "complete": _TEXT, "incremental": _TEXT},
    THREAD: {
        "total": _COUNT,
        "in-reply-to": Rule(
            attributes={
                "ref": text(links.iri, is_required=True),
                "href": text(links.iri_reference),
                "type": text(values.media_type),
                "source": text(links.iri_reference),
            },
            is_free=True,
            may_repeat=True,
        ),
    },
    "{http://wellformedweb.org/CommentAPI/}": {"comment": _LINK, "commentRss": _LINK, "commentRSS": _LINK},
    "{http://www.w3.org/2003/01/geo/wgs84_pos#}": {
        "Point": ANYTHING,
        "lat": _LATITUDE,
        "long": _LONGITUDE,
        "alt": _TEXT,
        "lat_long": _TEXT,
    },
    "{http://geourl.org/rss/module/}": {"latitude": _LATITUDE, "longitude": _LONGITUDE},
    "{http://postneo.com/icbm}": {"latitude": _LATITUDE, "longitude": _LONGITUDE},
    "{http://www.w3.org/2007/app}": {"edited": text(values.date_3339), "control": ANYTHING, "collection": ANYTHING},
    # only entries may have them
    _TRACKBACK: {},
    "{http://webns.net/mvcb/}": {"errorReportsTo": _RESOURCE, "generatorAgent": _RESOURCE},
    "{http://backend.userland.com/creativeCommonsRssModule}": {"license": _LINKS},
    "{http://backend.userland.com/blogChannelModule}": dict.fromkeys(
        ("blogRoll", "mySubscriptions", "blink", "changes"), _LINK
    ),
}
#: whose elements are known
NAMESPACES = frozenset(_TABLE)
#: what only entries may have
IN_ENTRIES: dict[str, Rule] = {_TRACKBACK + "ping": _LINKS, _TRACKBACK + "about": _LINKS}


def vocabulary(own: str, extra: Mapping[str, Rule]) -> Vocabulary:
    """Return the known extensions of a format; `own` is its own namespace, or ""."""
    rules = {namespace + name: rule for namespace, table in _TABLE.items() for name, rule in table.items()}
    return Vocabulary(frozenset((*_TABLE, own)), {**rules, **extra})
