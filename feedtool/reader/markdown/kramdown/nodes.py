"""What kramdown's parsers make of a text: a tree of nodes, and what the whole document shares. Values only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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
