"""The spans of a kramdown text -> nodes: emphasis, code, links, HTML, footnotes, mathematics, signs."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from feedtool.reader.markdown.kramdown import marks
from feedtool.reader.markdown.kramdown.blocks import extend, link_name
from feedtool.reader.markdown.kramdown.marks import DEEPEST, EXTENSION, Document, Node, smart_quote

#: where a span may begin or end
_ANY = re.compile(
    r"""[*_`<$&~\]]|!?\[|[^\\]?["']|\{:|--|\.\.\.|(?:\\|[ ])?(?:<<|>>)|(?:[ ]{2}|\\\\)(?=\n)|\\""", re.VERBOSE
)
_TAGS_ONLY = re.compile("<")
_ESCAPE = re.compile(r"\\([\\.*_+`<>()\[\]{}#!:|\"'$=-])")
_ESCAPE_GITHUB = re.compile(rf"{_ESCAPE.pattern}|\\(~)")
_AUTOLINK = re.compile(r"<((mailto|https?|ftps?):[^\n>]+|[^\W_]?[\w.-]+@[\w.-]+)>")
_BRACKET = re.compile(r"(\])|!?\[")
_NAME = re.compile(r"\s{0,100}\[([^\]]+)?\]")
_PARENTHESIS = re.compile(r"(\()|(\))|\s(?=['\"])")
_TITLE = re.compile(r"\s*?([\"'])(.{1,1000}?)\1\s*?\)", re.DOTALL)
_SIGNS = {
    "---": "—", "--": "–", "...": "…", "\\<<": "<<", "\\>>": ">>",
    "<< ": "«\xa0", " >>": "\xa0»", "<<": "«", ">>": "»",
}  # fmt: skip
#: as in the option `typographic_symbols`
_SIGN_NAMES = {
    "---": "mdash", "--": "ndash", "...": "hellip", "<< ": "laquo_space", " >>": "raquo_space", "<<": "laquo",
    ">>": "raquo",
}  # fmt: skip

#: whether a span ends at this place
Ends = Callable[[Node], bool]
#: takes what stands at a place, and returns whether it did; its end is that of the match, unless the parser goes on
Parsers = tuple[tuple[re.Pattern[str], Callable[["Spans", Node, re.Match[str]], bool]], ...]


class Spans:
    """The spans of one text."""

    def __init__(self, document: Document, text: str) -> None:
        self.document, self.text = document, text
        self.at = 0
        #: nodes that are open, the innermost one last
        self.open: list[Node] = []
        self.unclosed: set[str] = set()

    def parse(
        self, tree: Node, stop: re.Pattern[str] | None = None, ends: Ends | None = None, *, tags_only: bool = False
    ) -> bool:
        """Append spans to a node up to its end; return whether that was found."""
        self.open.append(tree)
        starts, found = (_TAGS_ONLY if tags_only else _ANY), False
        while self.at < len(self.text):
            place = starts.search(self.text, self.at)
            if not place:
                if not stop:
                    self._take(tree, len(self.text))
                break
            self._take(tree, place.start())
            if stop and stop.match(self.text, self.at) and (not ends or ends(tree)):
                found = True
                break
            if not self._took(tree, _PARSERS_OF_TAGS if tags_only else _PARSERS):
                self._take(tree, self.at + 1)
        self.open.pop()
        return found

    def _took(self, tree: Node, parsers: Parsers) -> bool:
        text, at = self.text, self.at
        for pattern, parser in parsers:
            if (found := pattern.match(text, at)) and parser(self, tree, found):
                self.at = found.end() if self.at == at else self.at
                return True
        return False

    def _take(self, tree: Node, end: int) -> None:
        tree.add(self.text[self.at : end], "text")
        self.at = end

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return what stands here."""
        return pattern.match(self.text, self.at)

    def find(self, words: str, start: int) -> int:
        """Return where a text is next; -1 for none, which is not looked for again."""
        found = -1 if words in self.unclosed else self.text.find(words, start)
        if found < 0:
            self.unclosed.add(words)
        return found

    def back(self, to: int, tree: Node, size: int) -> bool:
        """Take an opening without an end for text; return whether it was one."""
        self.document.patience -= self.at - to if self.at > to else len(self.text) - to
        self.at = to
        self._take(tree, to + size)
        return True

    @property
    def is_too_deep(self) -> bool:
        """Return whether no more openings are followed."""
        return len(self.open) > DEEPEST or self.document.patience < 0

    def is_within(self, *kinds: str) -> bool:
        """Return whether one of these is open."""
        return any(node.kind in kinds for node in self.open)


def _emphasis(spans: Spans, tree: Node, found: re.Match[str]) -> bool:
    start, sign = spans.at, found[0]
    kind = "strong" if len(sign) == 2 else "em"
    before = spans.text[max(0, start - 50) : start].rstrip("_").removesuffix("-")
    is_in_word = sign[0] == "_" and before[-1:].isalpha()
    if is_in_word or _is_blank(spans.text[found.end() : found.end() + 1]) or spans.is_within(kind) or spans.is_too_deep:
        return spans.back(start, tree, len(sign))
    node = _emphasised(spans, sign, kind)
    if not node and kind == "strong" and tree.kind != "em":
        spans.document.patience -= len(spans.text) - start
        spans.at = start
        sign = sign[0]
        node = None if spans.is_within("em") else _emphasised(spans, sign, "em")
    if not node:
        return spans.back(start, tree, len(found[0]))
    spans.at += len(sign)
    tree.children.append(node)
    return True


def _is_blank(sign: str) -> bool:
    """Return whether a character is white space for Ruby: of ASCII."""
    return sign.isascii() and sign.isspace()


def _emphasised(spans: Spans, sign: str, kind: str) -> Node | None:
    node = Node(kind)
    spans.at += len(sign)

    def ends(tree: Node) -> bool:
        text, at = spans.text, spans.at
        behind = text[at + len(sign) : at + len(sign) + 1]
        is_strong = kind == "em" and text.startswith(sign * 2, at) and not text.startswith(sign * 3, at)
        is_in_word = sign[0] == "_" and behind.isalnum()
        return not (_is_blank(text[at - 1]) or is_strong or is_in_word) and bool(tree.children)

    return node if spans.parse(node, re.compile(re.escape(sign)), ends) else None


def _code(spans: Spans, tree: Node, found: re.Match[str]) -> bool:
    ticks, start = found[0], found.end()
    before, behind = spans.text[: spans.at][-1:], spans.text[start : start + 1]
    is_alone = len(ticks) == 1 and (not before or _is_blank(before)) and (not behind or _is_blank(behind))
    end = -1 if is_alone else spans.find(ticks, start)
    if end < 0:
        tree.add(ticks, "text")
        return True
    code = spans.text[start:end]
    if len(ticks) > 1:
        code = code.removeprefix(" ").removesuffix(" ")
    tree.children.append(Node("codespan", code))
    spans.at = end + len(ticks)
    return True


def _autolink(spans: Spans, tree: Node, _: re.Match[str]) -> bool:
    found = spans.match(_AUTOLINK) if spans.find(">", spans.at) >= 0 else None
    if not found:
        return False
    address = found[1] if found[2] else f"mailto:{found[1]}"
    tree.children.append(Node("a", "", {"href": address}, [Node("text", found[1].removeprefix("mailto:"))]))
    spans.at = found.end()
    return True


def _html(spans: Spans, tree: Node, _: re.Match[str]) -> bool:
    text, at = spans.text, spans.at
    for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>")):
        if text.startswith(opening, at) and (end := spans.find(closing, at + len(opening))) >= 0:
            if closing == "]]>":
                tree.add(text[at + len(opening) : end], "text")
            else:
                tree.children.append(Node("comment"))
            spans.at = end + len(closing)
            return True
    tag = spans.match(marks.TAG)
    if not tag or (name := marks.lowered(tag[1])) in marks.BLOCKS or spans.is_too_deep:
        size = len(tag[0]) if tag else len(closed[0]) if (closed := spans.match(marks.CLOSING)) else 0
        if not size:
            return False
        tree.add(text[at : at + size], "text")
        spans.at += size
        return True
    node = Node("inline", name, marks.attributes_of(tag[2]))
    parses = tree.model != "raw" and marks.content_model(name) != "raw" and spans.document.is_on("parse_span_html")
    own = marks.written_model(node.attributes, name)
    parses = own != "raw" if own else parses
    node.model = "span" if parses else "raw"
    tree.children.append(node)
    spans.at = tag.end()
    if not tag[3] and name not in marks.EMPTY:
        closing_tag = re.compile(rf"</{re.escape(name)}\s*>", re.IGNORECASE if name in marks.KNOWN else 0)
        if spans.parse(node, closing_tag, tags_only=not parses):
            ending = spans.match(closing_tag)
            spans.at = ending.end() if ending else spans.at
        else:
            node.add(spans.text[spans.at :], "text")
            spans.at = len(spans.text)
    return True


def _footnote(spans: Spans, tree: Node, found: re.Match[str]) -> bool:
    if found[1] in spans.document.footnotes:
        spans.document.noted.setdefault(found[1], 0)
        tree.children.append(Node("mark", found[1]))
    else:
        tree.add(found[0], "text")
    return True


def _link(spans: Spans, tree: Node, found: re.Match[str]) -> bool:
    text, start, opening = spans.text, spans.at, found[0]
    if text[found.end() : found.end() + 1] in ("^", ""):
        return False
    if (opening == "[" and spans.is_within("a", "img")) or spans.is_too_deep:
        return spans.back(start, tree, len(opening))
    node, count = Node("img" if opening == "![" else "a"), 1
    spans.at += len(opening)

    def ends(tree: Node) -> bool:
        nonlocal count
        count += -1 if text[spans.at] == "]" else 1
        return count == sum(child.kind == "img" for child in tree.children)

    inner = spans.at
    if not spans.parse(node, _BRACKET, ends):
        return spans.back(start, tree, len(opening))
    words = text[inner : spans.at]
    spans.at += 1
    named = spans.match(_NAME)
    target: tuple[str, str, Node | None] | None
    if named or not text.startswith("(", spans.at):  # by a name, which is its words where it has none
        spans.at = named.end() if named else spans.at
        target = spans.document.links.get(link_name((named and named[1]) or _ESCAPE.sub(r"\1", words)))
    else:
        target = _target(spans)
    if target is None:
        return spans.back(start, tree, len(opening))
    address, title, definition = target
    if node.kind == "img":
        node.children = []
        node.attributes = {"src": address, "alt": _ESCAPE.sub(r"\1", words)}
    else:
        node.attributes = {"href": address}
    node.attributes |= {"title": title} if title else {}
    for own in definition.lists if definition else ():
        marks.apply(node, own, spans.document)
    tree.children.append(node)
    return True


def _target(spans: Spans) -> tuple[str, str, Node | None] | None:
    """Return the address and the title in parentheses."""
    text = spans.text
    pointed = re.compile(r"\(<([^\n]{0,2000}?)>").match(text, spans.at)
    address, depth = "", 0
    if pointed:
        address, spans.at = pointed[1], pointed.end()
        if text.startswith(")", spans.at):
            spans.at += 1
            return address, "", None
    else:
        start = spans.at
        for sign in _PARENTHESIS.finditer(text, spans.at, spans.at + 5000):
            depth += bool(sign[1]) - bool(sign[2])
            spans.at = sign.end()
            if not depth or not (sign[1] or sign[2]):
                break
        address = text[start + 1 : spans.at - 1].strip()
        if not depth:
            return address, "", None
    title = _TITLE.match(text, spans.at)
    if not title:
        return None
    spans.at = title.end()
    return address, title[2], None


def _quote(spans: Spans, tree: Node, _: re.Match[str]) -> bool:
    words, spans.at = smart_quote(spans.text, spans.at, str(spans.document.options["smart_quotes"]))
    tree.add(words, "text")
    return True


def _math(spans: Spans, tree: Node, found: re.Match[str]) -> bool:
    if (end := spans.find("$$", found.end())) < 0:
        return False
    tree.children.append(Node("formula", spans.text[spans.at + 2 : end].strip()))
    spans.at = end + 2
    return True


def _extension(spans: Spans, tree: Node, _: re.Match[str]) -> bool:
    started = spans.match(EXTENSION)
    if started:
        return _extension_span(spans, tree, started)
    found, last = spans.match(marks.SPAN_LIST), tree.last
    if not found or not last or last.kind == "text":
        return False
    marks.apply(last, found[1], spans.document)
    spans.at = found.end()
    return True


def _extension_span(spans: Spans, tree: Node, started: re.Match[str]) -> bool:
    name, body, end = started[1], "", started.end()
    if name not in ("comment", "nomarkdown", "options"):
        return False
    if not started[3]:
        ending = f"{{:/{name}}}"
        places = [(place, len(mark)) for mark in (ending, "{:/}") if (place := spans.find(mark, end)) >= 0]
        if not places:
            return False
        place, size = min(places)
        body, end = spans.text[end:place], place + size
    spans.at = end
    extend(tree, spans.document, started, body)
    return True


def _entity(_: Spans, tree: Node, found: re.Match[str]) -> bool:
    tree.children.append(Node("entity", unescape(found[0])))
    return True


def _sign(spans: Spans, tree: Node, found: re.Match[str]) -> bool:
    if spans.document.is_github and "no_auto_typographic" in str(spans.document.options["gfm_quirks"]):
        return False
    own = spans.document.options["typographic_symbols"]
    sign = own.get(_SIGN_NAMES.get(found[0], "")) if isinstance(own, dict) else None
    tree.add(_SIGNS.get(found[0], found[0]) if sign is None else str(sign), "text")
    return True


def _break(_: Spans, tree: Node, __: re.Match[str]) -> bool:
    tree.children.append(Node("br"))
    return True


def _escaped(spans: Spans, tree: Node, found: re.Match[str]) -> bool:
    if found[2] and not spans.document.is_github:
        return False
    tree.add(found[0][1:], "text")
    return True


def _struck(spans: Spans, tree: Node, found: re.Match[str]) -> bool:
    if not spans.document.is_github:
        return False
    text, start = spans.text, found.end()
    end = spans.find("~~", start)
    while end >= 0 and text[end - 1] in " \n~":
        end = spans.find("~~", end + 2)
    if end < 0:
        return False
    node = Node("inline", "del", model="span")
    Spans(spans.document, text[start:end]).parse(node)
    tree.children.append(node)
    spans.at = end + 2
    return True


_PARSERS_OF_TAGS: Parsers = ((_TAGS_ONLY, _html),)
#: in this order
_PARSERS: Parsers = (
    (re.compile(r"\*\*?|__?"), _emphasis),
    (re.compile("`+"), _code),
    (_TAGS_ONLY, _autolink),
    *_PARSERS_OF_TAGS,
    (re.compile(rf"\[\^({marks.NAME})\]", re.ASCII), _footnote),
    (re.compile(r"!?\["), _link),
    (marks.QUOTE_START, _quote),
    (re.compile(r"\$\$"), _math),
    (re.compile(r"\{:"), _extension),
    (re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});"), _entity),
    (re.compile(r"---?|\.\.\.|\\<<|\\>>|<<[ ]?|[ ]?>>"), _sign),
    (re.compile(r"(?:[ ]{2}|\\\\)(?=\n)"), _break),
    (_ESCAPE_GITHUB, _escaped),
    (re.compile(r"~~(?![ \n~]|\Z)"), _struck),
)
