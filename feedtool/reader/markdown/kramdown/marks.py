"""kramdown's tree of nodes, and its marks: tags of HTML, lists of attributes, ends of blocks, quotation marks.

Patterns of blocks are for a place at the beginning of a line. How the content of an element is read depends on its name
and on `markdown="…"` in its tag.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

#: how deep blocks, and spans, may be nested; deeper ones stay as they are written
DEEPEST = 40
#: characters that may be read again for openings without an end, for each character of the text, and at least
_AGAIN, _AGAIN_AT_LEAST = 6, 300_000

#: options of kramdown that change what a subscriber reads, with their defaults
OPTIONS: Mapping[str, object] = {
    #: where it is not named, fences of backticks are code, as in GitHub's variant
    "input": "",
    "auto_ids": True,
    "auto_id_prefix": "",
    "auto_id_stripping": False,
    "footnote_nr": 1,
    "footnote_prefix": "",
    "footnote_link_text": "%s",
    "footnote_backlink": "↩",
    "hard_wrap": False,
    "header_offset": 0,
    "parse_block_html": False,
    "parse_span_html": True,
    "math_engine": "mathjax",
    "smart_quotes": "lsquo,rsquo,ldquo,rdquo",
    "toc_levels": "1..6",
    "typographic_symbols": {},
    "gfm_quirks": "paragraph_end",
}


@dataclass(slots=True)
class Node:
    """An element, or a text, of the document."""

    #: such as "p", "text" (shown as it is) and "source" (still to be parsed as spans)
    kind: str
    #: the text of a leaf, the name of an HTML element, the level of a heading
    value: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    #: from attribute lists: names of attribute lists, such as "toc"
    references: list[str] = field(default_factory=list)
    #: of an HTML element: "block", "span", "raw"; of a paragraph: "bare" without its own element
    model: str = ""
    #: attributes that are added when all attribute lists of the document are known
    lists: list[str] = field(default_factory=list)

    @property
    def last(self) -> Node | None:
        """Return the last child."""
        return self.children[-1] if self.children else None

    def add(self, text: str, kind: str) -> None:
        """Append a text to the last child of this kind, or as a new one."""
        if not text:
            return
        if self.children and self.children[-1].kind == kind and kind != "raw":
            self.children[-1].value += text
        else:
            self.children.append(Node(kind, text))


@dataclass(slots=True)
class Document:
    """What all parts of a document share."""

    options: dict[str, object]
    #: number of characters that may still be read again
    patience: int
    #: address and title by the normal form of a link's name, with the attribute lists of the definition
    links: dict[str, tuple[str, str, Node]] = field(default_factory=dict)
    footnotes: dict[str, Node] = field(default_factory=dict)
    abbreviations: dict[str, tuple[str, Node]] = field(default_factory=dict)
    #: texts of named attribute lists
    named: dict[str, list[str]] = field(default_factory=dict)
    #: footnotes in the order of their first marks, with the number of marks
    noted: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, settings: Mapping[str, object]) -> Document:
        """Return the document of a text with the site's settings, of which unknown ones are ignored."""
        own = {name: value for name, value in settings.items() if name in OPTIONS}
        return cls({**OPTIONS, **own}, _AGAIN_AT_LEAST + _AGAIN * len(text))

    def is_on(self, option: str) -> bool:
        """Return whether an option is set, in TOML or as text."""
        return str(self.options[option]).lower() in ("true", "1", "yes")

    def number(self, option: str) -> int:
        """Return an option that is a number; 0 for any other value."""
        value = str(self.options[option])
        return int(value) if re.fullmatch(r"-?[0-9]{1,6}", value) else 0

    @property
    def is_github(self) -> bool:
        """Return whether the text is in kramdown's variant of GitHub's Markdown, which is Jekyll's default."""
        return str(self.options["input"]).lower() == "gfm"

    @property
    def may_interrupt(self) -> bool:
        """Return whether lists, headings, quotes and code end a paragraph without a blank line."""
        return self.is_github and "paragraph_end" in str(self.options["gfm_quirks"])


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

_TAG_NAME = r"[A-Za-z_][\w.-]*+(?::[A-Za-z_][\w.-]*+)?"
_VALUE = r"""\s*=\s*(?:\w+|"[^"]*"|'[^']*')"""
TAG = re.compile(rf"<({_TAG_NAME})((?:\s+{_TAG_NAME}(?:{_VALUE})?)*+)\s*(/)?>")
CLOSING = re.compile(rf"</({_TAG_NAME})\s*>")
_ATTRIBUTE = re.compile(rf"""({_TAG_NAME})(?:\s*=\s*(?:(\w+)|"([^"]*)"|'([^']*)'))?""")

_IN_LINE = "|".join(sorted({*SPANS, "script"}))
#: a line that opens or closes a block element ends what stands before
BLOCK_TAG = rf"<(?!(?:{_IN_LINE})\b){_TAG_NAME}|</(?!(?:{_IN_LINE})\b){_TAG_NAME}\s*>"

#: the name of an attribute list, and its content
NAME = r"\w[\w-]*"
INSIDE = r"(?:\\\}|[^}]){1,500}"
#: an attribute list behind a block, or before it; and a list with a name
BLOCK = rf"\{{:(?!:|/)({INSIDE})\}}[ \t]*\n"
BLOCK_LIST = re.compile(rf" {{0,3}}{BLOCK}", re.ASCII)
NAMED_LIST = re.compile(rf" {{0,3}}\{{:({NAME}):({INSIDE})\}}[ \t]*\n", re.ASCII)
#: in a line of text
SPAN_LIST = re.compile(rf"\{{:({INSIDE})\}}")
#: at the beginning of an item
ITEM_LIST = re.compile(rf"\s*\{{:(?!(?:{NAME})?:|/)({INSIDE})\}}\s*", re.ASCII)

_PART = re.compile(
    rf"""(?:\A|(?<=\s))(?:
      (?P<key>{NAME})=(?P<quote>["'])(?P<value>(?:\\[\}}"']|(?!(?P=quote)).)*)(?P=quote)
    | (?P<name>{NAME})
    | (?P<marks>(?:\#[A-Za-z][\w:-]*|\.[^\s.\#]+)+)
    )(?=\s|\Z)""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_MARK = re.compile(r"([#.])([^\s.#]+)")
_DEEPEST_NAME = 3

BLANK = re.compile(r"(?:[ \t\f\v]*+\n)+")
END_OF_BLOCK = re.compile(r"\^[ \t]*\n")
RULE = re.compile(r" {0,3}([*_-])[ \t]*\1[ \t]*\1(?:\1|[ \t])*+\n")
LINE = re.compile(r".*\n")
UNDERLINED = re.compile(r" {0,3}([^ \t\n].*)\n([-=])[-=]*[ \t]*\n")
HEADING = re.compile(r"(#{1,6})[\t ]*([^ \t\n].*)\n")
HEADING_GITHUB = re.compile(r"(#{1,6})[\t ]+(.*)\n")
HEADING_ID = re.compile(r"[\t ]\{#([A-Za-z_:][\w.:-]*)\}\Z")
FENCE = re.compile(r" {0,3}(~{3,}|`{3,})[ \t]*((\S+?)(?:\?\S*)?)?[ \t]*\n")
QUOTE = re.compile(r" {0,3}> ?")
DEFINITION = re.compile(r"( {0,3}:)([ \t].*\n)")
ITEM = re.compile(r"( {0,3}[+*-]|( {0,3}\d+\.))([ \t|].*\n)", re.ASCII)
_TAG_LINE = rf" {{0,3}}(?:{BLOCK_TAG})"
#: what no list item nor indented code goes on with
NOT_LAZY = re.compile(rf" {{0,3}}{BLOCK}|{_TAG_LINE}", re.ASCII)
_LAZY_END = rf"[ \t\f\v]*\n| {{0,3}}{BLOCK}|\^[ \t]*\n|{_TAG_LINE}|\Z"
QUOTE_ENDS = re.compile(_LAZY_END, re.ASCII)
TEXT_ENDS = re.compile(rf"{_LAZY_END}|{DEFINITION.pattern}", re.ASCII)
TEXT_ENDS_GITHUB = re.compile(
    rf"{_LAZY_END}|{ITEM.pattern}|{HEADING_GITHUB.pattern}|{DEFINITION.pattern}|{QUOTE.pattern}| {{0,3}}[~`]{{3,}}",
    re.ASCII,
)
INDENT = re.compile(r"^(?:\t| {4})", re.MULTILINE)
INDENTED = re.compile(r"(?:(?:\t| {4})[ \t]*\S.*\n)+", re.ASCII)
WORDS = re.compile(r"[ \t]*\S.*\n", re.ASCII)
BOUNDARY = re.compile(rf"[ \t\f\v]*\n|\^[ \t]*\n| {{0,3}}{BLOCK}|\Z", re.ASCII)
MATH = re.compile(r" {0,3}(\\)?\$\$")
FOOTNOTE = re.compile(rf" {{0,3}}\[\^({NAME})\]:(.*\n)", re.ASCII)
LINK = re.compile(
    r""" {0,3}\[([^\n\]]+)\]:[ \t]*(?:<(.*?)>|([^\n]*?\S[^\n]*?))"""
    r"""(?:(?:[ \t]*?\n|[ \t]+?)[ \t]*?(["'])(.+?)\4)?[ \t]*?\n"""
)
ABBREVIATION = re.compile(r" {0,3}\*\[(.+?)\]:(.*)\n")
EXTENSION = re.compile(rf"\{{::(\w+)(?:\s((?:\\\}}|[^}}]){{0,500}}?))?(/)?\}}|\{{:/(?:{NAME})?\}}", re.ASCII)
EXTENSION_LINE = re.compile(rf" {{0,3}}(?:{EXTENSION.pattern})[ \t]*\n", re.ASCII)


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


def apply(node: Node, text: str, document: Document, depth: int = 0) -> None:
    """Add the attributes of a list to a node, with those of the lists that it names."""
    for part in _PART.finditer(text.strip()):
        document.patience -= len(part[0])
        if name := part["name"]:
            node.references.append(name)
            if depth < _DEEPEST_NAME and document.patience > 0:
                for named in document.named.get(name, ()):
                    apply(node, named, document, depth + 1)
        elif marks := part["marks"]:
            for sign, value in _MARK.findall(marks):
                _set(node, "class" if sign == "." else "id", value)
        else:
            value = re.sub(r"\\([}\"'])", r"\1", part["value"])
            _set(node, part["key"], value)


def apply_all(node: Node, document: Document) -> None:
    """Add what a block's own attribute lists say."""
    for text in node.lists:
        apply(node, text, document)
    node.lists = []


def _set(node: Node, key: str, value: str) -> None:
    if key == "class" and node.attributes.get("class"):
        value = f"{node.attributes['class']} {value}"
    node.attributes[key] = value


_PUNCTUATION = r"""[!"#$%'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"""
#: what a quotation mark and its neighbours look like, and what it becomes: (group before, "l" or "r" with the group of
#: the mark)
_QUOTE_RULES = tuple(
    (re.compile(pattern, re.ASCII | re.DOTALL), kinds)
    for pattern, kinds in (
        (r"()(['\"])(?=[_*]{1,2}\S)", "l"),
        (rf"()(['\"])(?={_PUNCTUATION}(?!\.\.)\B)", "r"),
        (r"(\s?)(\"')(?=\w)", "ll"),
        (r"(\s?)('\")(?=\w)", "ll"),
        (r"(\s?)(')(?=\d\ds)", "r"),
        (r"(\s)(['\"])(?=\w)", "l"),
        (r"([^ \\\t\r\n\[{(-])(['\"])", "r"),
        (r"()(['\"])(?=\s|s\b|\n|\Z)", "r"),
        (r"(.?)(['\"])", "l"),
    )
)
QUOTE_START = re.compile(r"[^\\]?[\"']", re.DOTALL)
#: by mark and side, the place in the option `smart_quotes`
_PLACES = {"'l": 0, "'r": 1, '"l': 2, '"r': 3}


def smart_quote(text: str, at: int, names: str) -> tuple[str, int]:
    """Return what stands here with its quotation mark made typographic, and where the text goes on.

    `names` is kramdown's option `smart_quotes`: four names of entities. `QUOTE_START` is what stands here.
    """
    signs = [unescape(f"&{name.strip()};") for name in re.sub(r"[\[\]'\"]", "", names).split(",")]
    found, sides = next((found, sides) for rule, sides in _QUOTE_RULES if (found := rule.match(text, at)))
    before, marks = found.groups()
    made = [signs[_PLACES[mark + side]] for mark, side in zip(marks, sides, strict=True)] if len(signs) == 4 else marks
    return before + "".join(made), found.end()
