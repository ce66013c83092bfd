"""HTML in feeds -> findings: what readers remove or what makes them refuse an entry, and relative addresses.

In: an HTML fragment as text, and the line where it begins; or the elements of XHTML. Nothing is built of it: tags are
read one after the other, in time linear in the length of the text, however they nest. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import NamedTuple

from feedtool import syntax
from feedtool.check.finding import Finding, Findings, Place, shown
from feedtool.problems import Code

HTML_ELEMENT = Code(
    "check-html-element",
    "warning",
    "The content holds an element that readers remove for safety, or refuse the entry for "
    "(RFC 4287 section 8.1; RSS Advisory Board profile, description).",
    "Leave it out; put a link in the place of a frame or a player.",
)
HTML_FRAME = Code(
    "check-html-frame",
    "note",
    "The content holds a frame; readers show those of a few players that they know, and remove the others "
    "(RFC 4287 section 8.1; what readers are known to take).",
    "Put a link to the page of the player behind it.",
)
HTML_ATTRIBUTE = Code(
    "check-html-attribute",
    "warning",
    "The content holds an attribute that readers remove for safety: a script, or a style that could lay it over the "
    "reader's own page (RFC 4287 section 8.1).",
    "Leave it out.",
)
HTML_UNKNOWN = Code(
    "check-html-unknown",
    "warning",
    "The content holds an element that HTML does not know, so that readers drop it or show its text alone "
    "(HTML Living Standard).",
    "Write < as &lt; where no tag is meant, or use an element of HTML.",
)
HTML_RELATIVE = Code(
    "check-html-relative",
    "warning",
    "An address in the content is relative, and readers resolve it in different ways or not at all "
    "(RSS Advisory Board profile, relative URLs; RFC 4287 section 2).",
    "Write the absolute address.",
)
HTML_ADDRESS = Code(
    "check-html-address",
    "warning",
    "An address in the content cannot be followed, or runs a script (RFC 3986; RFC 4287 section 8.1).",
    "Percent-encode it, or leave it out.",
)

_SAFE = frozenset(
    """
    a abbr acronym address area article aside audio b bdi bdo big blockquote br button canvas caption center cite code
    col colgroup data datalist dd del details dfn dialog dir div dl dt em fieldset figcaption figure font footer form
    h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd label legend li main map mark menu meter nav noscript ol
    optgroup option output p picture pre progress q rp rt ruby s samp search section select slot small source span
    strike strong sub summary sup table tbody td template textarea tfoot th thead time tr track tt u ul var video wbr
    """.split()
)
_REMOVED = frozenset(
    """
    applet base basefont body embed frame frameset head html iframe link listing marquee meta noembed noframes object
    param plaintext portal script style title xmp
    """.split()
)
#: the elements of HTML, those of old included
KNOWN = _SAFE | _REMOVED
#: languages of their own within HTML
_FOREIGN = ("svg", "math")
_FOREIGN_END = re.compile(r"</(svg|math)\s*>", re.IGNORECASE)
#: their content is text whatever it looks like (HTML Living Standard, tokenization)
_RAW_TEXT = frozenset("iframe noembed noframes script style textarea title xmp".split())
_ADDRESSES = {("a", "href"), ("area", "href"), *((tag, "src") for tag in "img audio video source track iframe".split())}
#: what could lay the content over the reader's page, or fetch and run something (CSS Positioned Layout; old browsers)
_STYLE = re.compile(
    r"position\s*:|z-index\s*:|expression\s*\(|behaviou?r\s*:|-moz-binding|@import|javascript:",
    re.IGNORECASE,
)

_TAG = re.compile(r"<!--|<(/?)([A-Za-z][^\s/>]*+)")
_ATTRIBUTE = re.compile(r"[\s/]*+(?:(>)|([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>]*+)))?)")


class Tag(NamedTuple):
    """A start tag: its line in the text, from 0, its name and attributes in lower case."""

    line: int
    name: str
    attributes: Mapping[str, str]


def html(text: str, place: Place) -> Findings:
    """Check an HTML fragment that begins at a place."""
    for tag in _tags(text):
        yield from start_tag(tag.name, tag.attributes, place._replace(line=place.line + tag.line if place.line else 0))


def start_tag(name: str, attributes: Mapping[str, str], place: Place) -> Findings:
    """Check an element of HTML or XHTML; the name in lower case."""
    line, field, _ = place
    if name == "iframe":
        yield Finding(HTML_FRAME, line, field, "some readers remove <iframe>")
    elif name in _REMOVED:
        yield Finding(HTML_ELEMENT, line, field, f"readers remove <{name}>")
    elif name not in _SAFE and name not in _FOREIGN and "-" not in name:
        yield Finding(HTML_UNKNOWN, line, field, f"{shown(name)} is no element of HTML")
    for attribute, value in attributes.items():
        if attribute.startswith("on") and attribute.isalpha():
            yield Finding(HTML_ATTRIBUTE, line, field, f"readers remove {attribute} of <{name}>")
        elif attribute == "style" and _STYLE.search(value):
            yield Finding(HTML_ATTRIBUTE, line, field, f"readers remove this style of <{name}>: {shown(value)}")
        elif (name, attribute) in _ADDRESSES:
            yield from _address(name, value.strip(), place)


def _address(name: str, address: str, place: Place) -> Findings:
    line, field, _ = place
    scheme = syntax.scheme_of(address)
    if scheme in ("javascript", "vbscript"):
        yield Finding(HTML_ADDRESS, line, field, f"the address of <{name}> is a script: {shown(address)}")
    elif scheme in ("http", "https") and not syntax.is_web(address):
        yield Finding(HTML_ADDRESS, line, field, f"the address of <{name}> names no host: {shown(address)}")
    elif not scheme and not address.startswith("#"):
        yield Finding(HTML_RELATIVE, line, field, f"the address of <{name}> is relative: {shown(address)}")


def _tags(text: str) -> Iterator[Tag]:
    position, line, counted = 0, 0, 0
    while match := _TAG.search(text, position):
        position = match.end()
        if not match[2]:
            position = _after(text, "-->", position)
            continue
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        attributes, position = _attributes(text, position)
        name = match[2].lower()
        if match[1]:
            continue
        yield Tag(line, name, attributes)
        if name in _RAW_TEXT:
            end = re.compile("</" + name, re.IGNORECASE).search(text, position)
            position = end.start() if end else len(text)
        elif name in _FOREIGN:
            end = _FOREIGN_END.search(text, position)
            position = end.end() if end else len(text)


def _attributes(text: str, position: int) -> tuple[dict[str, str], int]:
    """Return the attributes of a tag, references resolved, and where the tag ends."""
    found: dict[str, str] = {}
    while match := _ATTRIBUTE.match(text, position):
        position = match.end()
        if match[1]:
            break
        value = next((part for part in match.group(3, 4, 5) if part is not None), "")
        found.setdefault(match[2].lower(), _unescaped(value))
    return found, position


def _unescaped(value: str) -> str:
    try:
        return unescape(value)
    except ValueError:
        # a number of thousands of digits
        return value


def _after(text: str, end: str, position: int) -> int:
    found = text.find(end, position)
    return found + len(end) if found >= 0 else len(text)
