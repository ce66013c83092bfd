"""HTML's elements as kramdown sees them: tags, and how the content of an element is read. Pure."""

from __future__ import annotations

import re

#: elements within a line
SPANS = frozenset(
    "a abbr acronym b big bdo br button cite code del dfn em i img input ins kbd label mark option q rb rbc rp rt rtc"
    " ruby samp select small span strong sub sup time tt u var".split()
)
BLOCKS = frozenset(
    "address article aside applet body blockquote caption col colgroup dd div dl dt fieldset figcaption footer form h1"
    " h2 h3 h4 h5 h6 header hgroup hr html head iframe legend menu li main map nav ol optgroup p pre section summary"
    " table tbody td th thead tfoot tr ul".split()
)
EMPTY = frozenset("area base br col command embed hr img input keygen link meta param source track wbr".split())
#: by `markdown="1"`, their content is blocks; or spans; that of all others stays as it is
_HOLD_BLOCKS = frozenset(
    "address applet article aside blockquote body dd details div dl fieldset figure figcaption footer form header"
    " hgroup iframe li main map menu nav noscript object section summary td".split()
)
_HOLD_SPANS = frozenset(
    "a abbr acronym b bdo big button cite caption del dfn dt em h1 h2 h3 h4 h5 h6 i ins label legend optgroup p q rb"
    " rbc rp rt rtc ruby select small span strong sub sup th tt".split()
)
_HOLD_CODE = frozenset("script style math option textarea pre code kbd samp var".split())
KNOWN = SPANS | BLOCKS | EMPTY | _HOLD_BLOCKS | _HOLD_SPANS | _HOLD_CODE

_NAME = r"[A-Za-z_][\w.-]*+(?::[A-Za-z_][\w.-]*+)?"
_VALUE = r"""\s*=\s*(?:\w+|"[^"]*"|'[^']*')"""
TAG = re.compile(rf"<({_NAME})((?:\s+{_NAME}(?:{_VALUE})?)*+)\s*(/)?>")
CLOSING = re.compile(rf"</({_NAME})\s*>")
_ATTRIBUTE = re.compile(rf"""({_NAME})(?:\s*=\s*(?:(\w+)|"([^"]*)"|'([^']*)'))?""")

_IN_LINE = "|".join(sorted({*SPANS, "script"}))
#: a line that opens or closes a block element ends what stands before
BLOCK_TAG = rf"<(?!(?:{_IN_LINE})\b){_NAME}|</(?!(?:{_IN_LINE})\b){_NAME}\s*>"


def content_model(name: str) -> str:
    """Return how the content of an element is read where that is wanted: "block", "span" or "raw"."""
    return "block" if name in _HOLD_BLOCKS else "span" if name in _HOLD_SPANS else "raw"


def written_model(attributes: dict[str, str], name: str) -> str:
    """Take `markdown="…"` away, and return the content model that it asks for, or ""."""
    value = attributes.pop("markdown", None)
    return {"0": "raw", "1": content_model(name), "span": "span", "block": "block"}.get(value or "", "")


def lowered(name: str) -> str:
    """Return the name of an element; those of HTML in lower case."""
    return name.lower() if name.lower() in KNOWN else name


def attributes_of(text: str) -> dict[str, str]:
    """Return the attributes that are written in a tag."""
    return {name: word or double or single for name, word, double, single in _ATTRIBUTE.findall(text)}
