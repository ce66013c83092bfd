"""Findings; and checks of single values: dates, languages, mail addresses, media types, numbers, plain text, HTML.

A check takes a text, without the white space round it, and its position; the same checks serve elements, attributes and
JSON. HTML is not parsed into a tree: its start tags are read one after the other. Pure and linear.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from html.entities import name2codepoint
from math import inf
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import unquote

from feedtool import syntax
from feedtool.frozen import frozen
from feedtool.problems import Code

MORE = Code.note("check-more")("Only the first hundred problems of one kind are listed (no rule: a limit of feedtool).")
DATE = Code.error("check-date")(
    "A date is not valid: RSS 2.0 and OPML 2.0 use RFC 822, Atom and JSON Feed RFC 3339 (RFC 4287 section 3.3)."
)
DATE_FORM = Code.warning("check-date-form")(
    "RFC 822 allows this form of a date, but some readers cannot read it (RSS Advisory Board profile, date-time).",
    "Write English names, a year of four digits and a numeric zone.",
)
DATE_DOUBTFUL = Code.warning("check-date-doubtful")(
    "A date is in the future or before 1990; readers hide the entry or sort it wrongly (RSS Advisory Board profile).",
    "Publish the entry when its date has come, or correct the date.",
)
LANGUAGE = Code.error("check-language")("A language tag is not valid (BCP 47; RSS 2.0 language, RFC 4287 section 2).")
LANGUAGE_MISSING = Code.note("check-language-missing")(
    "The feed does not name its language (RSS 2.0 language; RFC 4287 section 2; JSON Feed 1.1, language).",
    "Add language, in Atom xml:lang; readers choose voices, fonts and hyphenation by it.",
)
MAIL = Code.error("check-mail")(
    "A mail address is not valid (RFC 4287 section 3.2.3; RSS 2.0 author, managingEditor, webMaster).",
    "Write ann@example.org (Ann Lee) in RSS, ann@example.org in Atom and OPML; a name alone goes into dc:creator.",
)
MAIL_NAME = Code.warning("check-mail-name")(
    "A mail address has no name in brackets after it (RSS Advisory Board profile, e-mail addresses).",
    "Write ann@example.org (Ann Lee).",
)
MEDIA_TYPE = Code.error("check-media-type")(
    "A media type is not valid (RFC 2045 section 5.1; RFC 4287 section 4.2.7.3, RSS 2.0 enclosure).",
    "Write one such as audio/mpeg.",
)
NUMBER = Code.error("check-number")("A number is not valid or out of bounds (RSS 2.0, RFC 4287 section 4.2.7.6).")
CHOICE = Code.error("check-choice")("A value is not one of those that the format knows (RSS 2.0, OPML 2.0).")
CHARACTERS = Code.warning("check-characters")(
    "Characters look wrong: controls, U+FFFD, or UTF-8 read as Latin-1 (RSS Advisory Board profile, character data).",
    "Find where the text was read in the wrong encoding.",
)
BLANK = Code.warning("check-blank")("A text is empty (RFC 4287 section 4.1.1.1, RSS 2.0).", "Fill it or leave it out.")
MARKUP = Code.warning("check-markup")(
    "A plain text contains HTML (RSS Advisory Board profile, character data; RFC 4287 section 3.1.1.1).",
    'Write plain text, with & and < as &#x26; and &#x3C; in RSS; in Atom write type="html" where it is HTML.',
)
HTML_ELEMENT = Code.warning("check-html-element")(
    "Readers remove an element or refuse the entry (RFC 4287 section 8.1; RSS Advisory Board profile, description).",
    "Leave it out; replace a frame or a player by a link.",
)
HTML_FRAME = Code.note("check-html-frame")(
    "The content contains a frame; readers show those of a few players and remove all others (RFC 4287 section 8.1).",
    "Put a link to the page of the player after it.",
)
HTML_ATTRIBUTE = Code.warning("check-html-attribute")(
    "Readers remove an attribute for safety: a script, or a style that could cover their page (RFC 4287 section 8.1)."
)
HTML_UNKNOWN = Code.warning("check-html-unknown")(
    "The content contains an element unknown to HTML; readers drop it or show its text alone (HTML Living Standard).",
    "Write < as &lt; where no tag is meant, or use an element of HTML.",
)
HTML_RELATIVE = Code.warning("check-html-relative")(
    "An address in the content is relative (RSS Advisory Board profile, relative URLs; RFC 4287 section 2).",
    "Write the absolute address; readers resolve relative ones in different ways or not at all.",
)
HTML_ADDRESS = Code.warning("check-html-address")(
    "An address in the content cannot be followed, or runs a script (RFC 3986; RFC 4287 section 8.1).",
    "Percent-encode it, or leave it out.",
)

#: lxml keeps the class of its elements to itself
Element: TypeAlias = Any
#: keys and indexes of JSON from the outermost value inwards
Path: TypeAlias = tuple[str | int, ...]

#: characters of a value that a message quotes
_LONGEST = 80
#: findings of one kind that are listed one by one
_MOST_OF_A_KIND = 100
#: clocks of readers differ by minutes
_TOLERATED_MS = 600_000
_CLOSING_TAG = re.compile(r"</([A-Za-z][A-Za-z0-9]*)>")
_LIKE_A_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*")
_REFERENCE = re.compile(r"&(#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);")
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
_KNOWN = _SAFE | _REMOVED
#: languages of their own within HTML
_FOREIGN = ("svg", "math")
_FOREIGN_END = re.compile(r"</(svg|math)\s*>", re.IGNORECASE)
#: their content is text, even where it looks like tags (HTML Living Standard, tokenization)
_RAW_TEXT = frozenset("iframe noembed noframes script style textarea title xmp".split())
_ADDRESSES = {("a", "href"), ("area", "href"), *((tag, "src") for tag in "img audio video source track iframe".split())}
#: what could lay the content over the reader's page, or fetch and run something (CSS Positioned Layout; old browsers)
_STYLE = re.compile(
    r"position\s*:|z-index\s*:|expression\s*\(|behaviou?r\s*:|-moz-binding|@import|javascript:", re.IGNORECASE
)

_TAG = re.compile(r"<!--|<(/?)([A-Za-z][^\s/>]*+)")
_ATTRIBUTE = re.compile(r"[\s/]*+(?:(>)|([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>]*+)))?)")


class Finding(NamedTuple):
    """A problem whose file is not known yet."""

    code: Code
    #: 1 is the first line; 0 where no line is at fault
    line: int
    #: the element, attribute or key that it is about, as the document writes it
    field: str
    message: str
    #: what to write instead, where the code's own fix does not say it
    fix: str = ""
    #: in JSON, until the line is known
    path: Path = ()


Findings: TypeAlias = Iterable[Finding]


@frozen
class Scope:
    """What a check may know besides the value."""

    #: milliseconds since 1970, UTC: later dates are in the future
    now_ms: int
    #: where the document is published, or ""
    published_at: str = ""
    #: the version that the document's outermost element names, or ""
    version: str = ""
    #: lines of an RSS document where characters are written by their hexadecimal number
    hex_lines: frozenset[int] = frozenset()


class Position(NamedTuple):
    """Where a value is in a document."""

    line: int
    field: str
    scope: Scope

    def finding(self, code: Code, message: str) -> Finding:
        """Return a finding about the value."""
        return Finding(code, self.line, self.field, message)


def shown(value: str) -> str:
    """Return a value as messages quote it: short, and without what could steer a terminal."""
    return repr(value if len(value) <= _LONGEST else value[: _LONGEST - 3] + "...")


def bounded(found: Iterable[Finding]) -> Iterator[Finding]:
    """Return the findings, but of each kind no more than a person wants to read."""
    seen: Counter[str] = Counter()
    for finding in found:
        seen[finding.code.name] += 1
        if seen[finding.code.name] <= _MOST_OF_A_KIND:
            yield finding
    for name, count in seen.items():
        if count > _MOST_OF_A_KIND:
            yield Finding(MORE, 0, "", f"{name} was found {count:,} times; the first {_MOST_OF_A_KIND} are listed")


ValueCheck: TypeAlias = Callable[[str, Position], Findings]


def _date_check(read: Callable[[str], syntax.Instant]) -> ValueCheck:
    def check(text: str, position: Position) -> Findings:
        instant = read(text)
        if instant.fault or instant.ms is None:
            yield position.finding(DATE, f"{shown(text)} is not a date: {instant.fault}")
            return
        if instant.doubt:
            yield position.finding(DATE_FORM, f"{shown(text)} may be misread: {instant.doubt}")
        if instant.ms > position.scope.now_ms + _TOLERATED_MS:
            yield position.finding(DATE_DOUBTFUL, f"{shown(text)} is in the future")
        elif instant.ms < syntax.EARLIEST_MS:
            yield position.finding(DATE_DOUBTFUL, f"{shown(text)} is before feeds existed")

    return check


#: dates of RSS and OPML; of Atom and JSON Feed; of Dublin Core
date_822, date_3339, date_w3c = map(_date_check, (syntax.date_822, syntax.date_3339, syntax.date_w3c))


def language(text: str, position: Position) -> Findings:
    """Check a language tag."""
    if fault := syntax.language_fault(text):
        yield position.finding(LANGUAGE, f"{shown(text)} is not a language tag: {fault}")


def no_language(line: int, field: str) -> Finding:
    """Return the finding about a feed that does not name its language."""
    return Finding(LANGUAGE_MISSING, line, field, "the feed does not name its language")


def mail_with_name(text: str, position: Position) -> Findings:
    """Check a mail address followed by a name in brackets."""
    address = unquote(text[len("mailto:") :]) if text.startswith("mailto:") else text
    bare, bracket, _ = address.partition("(")
    if syntax.is_mail(bare.strip()) and bracket and address.endswith(")"):
        return
    if address.find("@") > 0 and not address.endswith(")"):
        yield position.finding(MAIL_NAME, f"{shown(text)} has no name in brackets after the address")
    else:
        yield position.finding(MAIL, f"{shown(text)} is not a mail address with a name")


def expect(code: Code, kind: str, is_valid: Callable[[str], object]) -> ValueCheck:
    """Return a check that a value is valid; `kind` says of what kind it then is."""

    def check(text: str, position: Position) -> Findings:
        if not is_valid(text):
            yield position.finding(code, f"{shown(text)} is not {kind}")

    return check


mail = expect(MAIL, "a mail address", syntax.is_mail)
media_type = expect(MEDIA_TYPE, "a media type", syntax.is_media_type)
#: of whole numbers; the list may be empty
numbers = expect(
    NUMBER,
    "a list of numbers with commas between",
    lambda text: all(re.fullmatch(r"\s*[0-9]+\s*", part) for part in text.split(",") if text),
)


def number(least: int = 0, most: float = inf, *, is_whole: bool = True) -> ValueCheck:
    """Return a check of numbers within bounds, both included."""
    kind = "a whole number" if is_whole else "a number"
    bounds = f"of {least} or more" if most == inf else f"from {least} to {most}"
    form = re.compile(r"[+-]?[0-9]{1,18}" + ("" if is_whole else r"(?:\.[0-9]{0,40})?"))
    return expect(NUMBER, f"{kind} {bounds}", lambda text: form.fullmatch(text) and least <= float(text) <= most)


def one_of(*words: str) -> ValueCheck:
    """Return a check that a value is one of these words."""
    return expect(CHOICE, f"one of {', '.join(words)}", words.__contains__)


def not_blank(text: str, position: Position) -> Findings:
    """Check that a text is not empty."""
    if not text:
        yield position.finding(BLANK, "it is empty")


def characters(text: str, position: Position) -> Findings:
    """Check that no character was lost in an earlier reading."""
    if "\ufffd" in text:
        yield position.finding(CHARACTERS, "it contains replacement characters")


def plain_text(text: str, position: Position) -> Findings:
    """Check that a plain text contains no HTML."""
    line, _, scope = position
    if scope.hex_lines and not scope.hex_lines.isdisjoint(range(line, line + text.count("\n") + 1)):
        # RSS says in this way that a character is itself and not markup
        return
    tags = (match for match in _CLOSING_TAG.finditer(text) if match[1].lower() in _KNOWN)
    references = (found for found in _REFERENCE.finditer(text) if found[1][0] == "#" or found[1] in name2codepoint)
    found = next(tags, None) or next(references, None)
    if not found and scope.version.startswith("2"):
        found = _LIKE_A_TAG.search(text)
    if found:
        yield position.finding(MARKUP, f"{shown(text)} contains {found[0]}")


def html(text: str, position: Position) -> Findings:
    """Check an HTML fragment that begins at a position."""
    for line, name, attributes in _tags(text):
        yield from start_tag(name, attributes, position._replace(line=position.line + line if position.line else 0))


def start_tag(name: str, attributes: Mapping[str, str], position: Position) -> Findings:
    """Check an element of HTML or XHTML; the name in lower case."""
    if name == "iframe":
        yield position.finding(HTML_FRAME, "some readers remove <iframe>")
    elif name in _REMOVED:
        yield position.finding(HTML_ELEMENT, f"readers remove <{name}>")
    elif name not in _SAFE and name not in _FOREIGN and "-" not in name:
        yield position.finding(HTML_UNKNOWN, f"{shown(name)} is not an element of HTML")
    for attribute, value in attributes.items():
        if attribute.startswith("on") and attribute.isalpha():
            yield position.finding(HTML_ATTRIBUTE, f"readers remove {attribute} of <{name}>")
        elif attribute == "style" and _STYLE.search(value):
            yield position.finding(HTML_ATTRIBUTE, f"readers remove this style of <{name}>: {shown(value)}")
        elif (name, attribute) in _ADDRESSES:
            yield from _address(name, value.strip(), position)


def _address(name: str, address: str, position: Position) -> Findings:
    scheme = syntax.scheme_of(address)
    if scheme in ("javascript", "vbscript"):
        yield position.finding(HTML_ADDRESS, f"the address of <{name}> is a script: {shown(address)}")
    elif scheme in ("http", "https") and not syntax.is_web(address):
        yield position.finding(HTML_ADDRESS, f"the address of <{name}> names no host: {shown(address)}")
    elif not scheme and not address.startswith("#"):
        yield position.finding(HTML_RELATIVE, f"the address of <{name}> is relative: {shown(address)}")


def _tags(text: str) -> Iterator[tuple[int, str, Mapping[str, str]]]:
    """Yield the start tags: line in the text, from 0, name and attributes in lower case."""
    at = line = counted = 0
    while match := _TAG.search(text, at):
        at = match.end()
        if not match[2]:
            at = _find(re.compile("-->"), text, at)
            continue
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        attributes, at = _attributes(text, at)
        name = match[2].lower()
        if match[1]:
            continue
        yield line, name, attributes
        if name in _RAW_TEXT or name in _FOREIGN:
            at = _find(_FOREIGN_END if name in _FOREIGN else re.compile(f"</{name}", re.IGNORECASE), text, at)


def _find(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.search(text, at)
    return found.start() if found else len(text)


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
