"""The blocks of a kramdown text, also those of HTML -> nodes, whose texts are not yet read as spans."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

from feedtool.reader.markdown.kramdown import marks
from feedtool.reader.markdown.kramdown.marks import DEEPEST, OPTIONS, Document, Node
from feedtool.reader.markdown.kramdown.nested_blocks import FIRST_MEANING, FIRST_ROW, definitions, item_list, table

_REST_OF_LINE = re.compile(r"[ \t]*\n")
_MARKUP = re.compile(r"<(?=[A-Za-z_/?]|!--|!\[CDATA\[)")
#: beginnings of comments and the like, and their ends
_OTHER = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}

#: whether a parser took what stands at the place; "end" for the end of the element that is open
Taken: TypeAlias = bool | Literal["end"]
#: takes what a match begins; its end is that of the match, unless the parser goes on
Parser: TypeAlias = Callable[["Blocks", Node, re.Match[str]], Taken]


class Blocks:
    """The blocks of one text."""

    def __init__(self, document: Document, text: str, depth: int) -> None:
        self.document, self.text, self.depth = document, text, depth
        self.at = 0
        #: attribute lists that stand before the next block
        self.before: list[str] = []
        #: ends that were looked for and not found
        self.unclosed: set[str] = set()

    def parse(self, tree: Node) -> bool:
        """Append the blocks from here on to a node; return whether the end of its element was found."""
        above, self.before = self.before, []
        self.depth += 1
        ended = False
        while self.at < len(self.text) and not ended:
            if self.depth > DEEPEST:
                tree.children.append(Node("p", children=[Node("text", self.text[self.at :].strip())]))
                self.at = len(self.text)
                break
            ended = self._take(tree) == "end"
        self.depth -= 1
        self.before = above
        return ended

    def _take(self, tree: Node) -> Taken:
        for pattern, parser in _PARSERS:
            at = self.at  # a parser that took nothing may have moved it
            if (found := pattern.match(self.text, at)) and (taken := parser(self, tree, found)):
                self.at = found.end() if self.at == at else self.at
                return taken
        return False

    def within(self, tree: Node, text: str) -> None:
        """Append the blocks of a text that stands by itself, such as that of a list's item."""
        Blocks(self.document, text, self.depth).parse(tree)

    def new(self, kind: str, value: str = "") -> Node:
        """Return a node with the attributes that were written before it."""
        node = Node(kind, value, lists=self.before)
        self.before = []
        return node

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return what stands here."""
        return pattern.match(self.text, self.at)

    def end(self, pattern: str) -> re.Match[str] | None:
        """Return the next match of a pattern; one that was not found once is not looked for again."""
        found = (
            None
            if pattern in self.unclosed
            else re.compile(pattern, re.MULTILINE | re.IGNORECASE).search(self.text, self.at)
        )
        if not found:
            self.unclosed.add(pattern)
        return found

    def is_after_boundary(self, tree: Node) -> bool:
        """Return whether a block may begin here that must not follow another one directly."""
        last = tree.last
        return not last or last.kind == "blank" or (last.kind == "eob" and not last.value) or bool(self.before)

    def is_at_boundary(self) -> bool:
        """Return whether a block may end here."""
        return bool(self.match(marks.BOUNDARY))

    def code_end(self, at: int) -> int:
        """Return where indented code ends that begins here."""
        while True:
            blank = marks.BLANK.match(self.text, at)
            code = marks.INDENTED.match(self.text, blank.end() if blank else at)
            if not code:
                return at
            at = code.end()
            while (line := marks.WORDS.match(self.text, at)) and not (
                marks.NOT_LAZY.match(self.text, at) or marks.END_OF_BLOCK.match(self.text, at)
            ):
                at = line.end()


def _blank(blocks: Blocks, tree: Node, found: re.Match[str]) -> Taken:
    if tree.last and tree.last.kind == "blank":
        tree.last.value += found[0]
    else:
        tree.children.append(blocks.new("blank", found[0]))
    return True


def _indented_code(blocks: Blocks, tree: Node, _: re.Match[str]) -> Taken:
    start, blocks.at = blocks.at, blocks.code_end(blocks.at)
    code = re.sub(r"\n( {0,3}\S)", r" \1", blocks.text[start : blocks.at])
    tree.children.append(blocks.new("code", marks.INDENT.sub("", code)))
    return True


def _fenced_code(blocks: Blocks, tree: Node, opening: re.Match[str]) -> Taken:
    no_fence = "" if blocks.document.is_github else " `" if blocks.document.options["input"] == "kramdown" else " "
    if opening[0][0] in no_fence:
        return False
    start, before = opening.end(), blocks.at
    blocks.at = start
    closing = blocks.end(rf"^ {{0,3}}{opening[1]}{opening[1][0]}*[ \t]*\n")
    if not closing:
        blocks.at = before
        return False
    node = blocks.new("code", blocks.text[start : closing.start()])
    if opening[2]:
        node.attributes["class"] = f"language-{opening[3]}"
    tree.children.append(node)
    blocks.at = closing.end()
    return True


def _quote(blocks: Blocks, tree: Node, _: re.Match[str]) -> Taken:
    text = _lines(blocks, marks.QUOTE_ENDS)
    quote = blocks.new("blockquote")
    tree.children.append(quote)
    blocks.within(quote, re.sub(rf"^{marks.QUOTE.pattern}", "", text, flags=re.MULTILINE))
    return True


def _lines(blocks: Blocks, ends: re.Pattern[str]) -> str:
    """Take this line and all up to one that ends the block."""
    start = blocks.at
    while line := marks.LINE.match(blocks.text, blocks.at):
        blocks.at = line.end()
        if blocks.match(ends):
            break
    else:
        blocks.at = len(blocks.text)
    return blocks.text[start : blocks.at]


def _heading(blocks: Blocks, tree: Node, written: re.Match[str]) -> Taken:
    found = blocks.match(marks.HEADING_GITHUB) if blocks.document.is_github else written
    if not found or not (blocks.document.may_interrupt or blocks.is_after_boundary(tree)):
        return False
    return _add_heading(blocks, tree, len(found[1]), found[2], found.end(), closes=True)


def _underlined_heading(blocks: Blocks, tree: Node, found: re.Match[str]) -> Taken:
    if not blocks.is_after_boundary(tree):
        return False
    return _add_heading(blocks, tree, 2 if found[2] == "-" else 1, found[1], found.end(), closes=False)


def _add_heading(blocks: Blocks, tree: Node, level: int, text: str, end: int, *, closes: bool) -> bool:
    text = text.rstrip()
    named = marks.HEADING_ID.search(text)
    text = text[: named.start()].rstrip() if named else text
    if closes:
        text = re.sub(r"(?:(?<=[\t ])|\A)#+\Z" if blocks.document.may_interrupt else r"(?<!\\)#+\Z", "", text).rstrip()
    if not text:
        return False
    heading = blocks.new(f"h{level}", text)
    heading.add(text, "source")
    if named:
        heading.attributes["id"] = named[1]
    tree.children.append(heading)
    blocks.at = end
    return True


def _rule(blocks: Blocks, tree: Node, _: re.Match[str]) -> Taken:
    tree.children.append(blocks.new("hr"))
    return True


def _math(blocks: Blocks, tree: Node, opening: re.Match[str]) -> Taken:
    if not blocks.is_after_boundary(tree):
        return False
    before, blocks.at = blocks.at, opening.end()
    closing = blocks.end(r"\$\$([ \t]*\n)?")
    if opening[1] and closing:
        # the backslash says that this is not a block
        blocks.at = before
        blocks.at += len(opening[0]) - 2 if closing[1] is not None else 0
        return False
    text = blocks.text[opening.end() : closing.start()] if closing else ""
    blocks.at = closing.end() if closing else before
    if not closing or not blocks.is_at_boundary():
        blocks.at = before
        return False
    tree.children.append(blocks.new("math", text.strip()))
    return True


def _footnote(blocks: Blocks, tree: Node, found: re.Match[str]) -> Taken:
    blocks.at = blocks.code_end(found.end())
    note = Node("footnote")
    blocks.within(note, marks.INDENT.sub("", found[2].lstrip(" \t") + blocks.text[found.end() : blocks.at]))
    tree.children.append(blocks.new("eob", "footnote"))
    blocks.document.footnotes[found[1]] = note
    return True


def _link(blocks: Blocks, tree: Node, found: re.Match[str]) -> Taken:
    if re.search(r"[ \t]+[\"']", found[3] or ""):
        return False
    node = blocks.new("eob", "link")
    tree.children.append(node)
    blocks.document.links[link_name(found[1])] = (found[2] or found[3] or "", found[5] or "", node)
    return True


def link_name(written: str) -> str:
    """Return the normal form of a link's name."""
    return re.sub(r"\s+", " ", written).lower()


def _abbreviation(blocks: Blocks, tree: Node, found: re.Match[str]) -> Taken:
    node = blocks.new("eob", "abbreviation")
    tree.children.append(node)
    blocks.document.abbreviations[found[1]] = (found[2].strip(), node)
    return True


def _extension(blocks: Blocks, tree: Node, _: re.Match[str]) -> Taken:
    document, last = blocks.document, tree.last
    if named := blocks.match(marks.NAMED_LIST):
        document.named.setdefault(named[1], []).append(named[2])
        tree.children.append(blocks.new("eob", "list"))
        blocks.at = named.end()
        return True
    if started := blocks.match(marks.EXTENSION_LINE):
        return _extension_block(blocks, tree, started)
    found = blocks.match(marks.BLOCK_LIST)
    if not found:
        return False
    blocks.at = found.end()
    if last and last.kind != "blank" and (last.kind != "eob" or last.value in ("link", "abbreviation", "footnote")):
        last.lists.append(found[1])
        if not blocks.match(marks.BLOCK_LIST):
            tree.children.append(blocks.new("eob", "list"))
    else:
        blocks.before = [*blocks.before, found[1]]
    return True


def _extension_block(blocks: Blocks, tree: Node, started: re.Match[str]) -> Taken:
    before, name, body = blocks.at, started[1], ""
    if name not in ("comment", "nomarkdown", "options"):
        return False
    blocks.at = started.end()
    if not started[3]:
        closing = blocks.end(rf"^ {{0,3}}\{{:/(?:{name})?\}}[ \t]*\n")
        if not closing:
            blocks.at = before
            return False
        body, blocks.at = blocks.text[blocks.at : closing.start()], closing.end()
    if name == "options":
        tree.children.append(blocks.new("eob", "options"))
    extend(tree, blocks.document, started, body)
    return True


def extend(tree: Node, document: Document, started: re.Match[str], body: str) -> None:
    """Set the options that the text itself names, or append the HTML between `{::nomarkdown}` and its end."""
    name, given = started[1], Node("options")
    marks.apply(given, started[2] or "", document)
    if name == "options":
        for key, value in given.attributes.items():
            if key in OPTIONS and (not isinstance(OPTIONS[key], int) or re.fullmatch("true|false|[0-9]{1,6}", value)):
                document.options[key] = value
    elif not started[3]:
        kinds = given.attributes.get("type", "html").split()
        is_raw = name == "nomarkdown" and ("html" in kinds or not kinds)
        tree.children.append(Node("raw", body) if is_raw else Node("comment"))


def _end_of_block(blocks: Blocks, tree: Node, _: re.Match[str]) -> Taken:
    tree.children.append(blocks.new("eob"))
    return True


def _paragraph(blocks: Blocks, tree: Node, _: re.Match[str]) -> Taken:
    start = blocks.at
    text = _lines(blocks, marks.TEXT_ENDS_GITHUB if blocks.document.may_interrupt else marks.TEXT_ENDS).rstrip()
    last = tree.last
    if last and last.kind == "p":
        joint = "  \n" if blocks.text[max(0, start - 3) : start] == "  \n" else "\n"
        last.add(joint + text, "source")
    else:
        tree.children.append(blocks.new("p"))
        tree.children[-1].add(text.lstrip(), "source")
    return True


def _html(blocks: Blocks, tree: Node, indentation: re.Match[str]) -> Taken:
    """Read an element of a block, or the end of the one that is open."""
    if not indentation[0] and _other(blocks, tree, "<!--"):
        _skip(blocks)
        return True
    start = indentation.end()
    tag = marks.TAG.match(blocks.text, start)
    if tag and tag[1].lower() not in marks.SPANS:
        blocks.at = tag.end()
        _element(blocks, tree, tag)
        return True
    closing = marks.CLOSING.match(blocks.text, start)
    if closing and tree.kind == "html" and tree.value == closing[1].lower():
        blocks.at = closing.end()
        return "end"
    return False


def _skip(blocks: Blocks) -> None:
    if rest := blocks.match(_REST_OF_LINE):
        blocks.at = rest.end()


def _other(blocks: Blocks, tree: Node, opening: str) -> bool:
    """Take a comment, an instruction or character data that begins here."""
    if not blocks.text.startswith(opening, blocks.at):
        return False
    before, blocks.at = blocks.at, blocks.at + len(opening)
    closing = blocks.end(re.escape(_OTHER[opening]))
    if not closing:
        blocks.at = before
        return False
    if opening == "<![CDATA[":
        tree.children.append(Node("text", blocks.text[blocks.at : closing.start()]))
    else:
        tree.children.append(Node("comment"))
    blocks.at = closing.end()
    return True


def _element(blocks: Blocks, tree: Node, tag: re.Match[str]) -> None:
    """Read the element whose first tag was taken."""
    name = marks.lowered(tag[1])
    node = Node("html", name, marks.attributes_of(tag[2]))
    tree.children.append(node)
    node.lists, blocks.before = blocks.before, []
    is_raw = tree.kind == "html" and tree.model == "raw"
    parses = not is_raw and blocks.document.is_on("parse_block_html")
    own = marks.written_model(node.attributes, name)
    node.model = own or (marks.content_model(name) if parses else "raw")
    if node.model == "block":
        _skip(blocks)
    if tag[3] or name in marks.EMPTY:
        return
    if name in ("script", "style"):
        node.add(_to_end(blocks, name), "raw")
        return
    if blocks.depth > DEEPEST:
        node.add(blocks.text[blocks.at :], "raw")
        blocks.at = len(blocks.text)
    elif node.model == "block":
        blocks.parse(node)
    elif node.model == "span":
        node.add(_to_end(blocks, name), "source")
    else:
        _raw_content(blocks, node)
    if not is_raw:
        _skip(blocks)


def _to_end(blocks: Blocks, name: str) -> str:
    """Take the text up to the end of an element, with its last tag."""
    start = blocks.at
    closing = blocks.end(rf"</{re.escape(name)}\s*>")
    blocks.at = closing.end() if closing else len(blocks.text)
    return blocks.text[start : closing.start() if closing else len(blocks.text)]


def _raw_content(blocks: Blocks, node: Node) -> None:
    """Read the content of an element that is HTML only, but for elements in it that hold Markdown."""
    blocks.depth += 1
    while blocks.at < len(blocks.text):
        found = _MARKUP.search(blocks.text, blocks.at)
        if not found:
            node.add(blocks.text[blocks.at :], "text")
            blocks.at = len(blocks.text)
            break
        node.add(blocks.text[blocks.at : found.start()], "text")
        blocks.at = found.start()
        if any(_other(blocks, node, opening) for opening in _OTHER):
            continue
        if tag := marks.TAG.match(blocks.text, blocks.at):
            blocks.at = tag.end()
            _element(blocks, node, tag)
        elif closing := marks.CLOSING.match(blocks.text, blocks.at):
            blocks.at = closing.end()
            if marks.lowered(closing[1]) == node.value:
                break
            node.add(closing[0], "text")
        else:
            node.add("<", "text")
            blocks.at += 1
    blocks.depth -= 1


#: in this order; the last one takes any line
_PARSERS: tuple[tuple[re.Pattern[str], Parser], ...] = (
    (marks.BLANK, _blank),
    (marks.INDENTED, _indented_code),
    (marks.FENCE, _fenced_code),
    (marks.QUOTE, _quote),
    (marks.HEADING, _heading),
    (marks.RULE, _rule),
    (marks.ITEM, item_list),
    (FIRST_MEANING, definitions),
    (re.compile(r" {0,3}(?=<)"), _html),
    (marks.UNDERLINED, _underlined_heading),
    (marks.MATH, _math),
    (FIRST_ROW, table),
    (marks.FOOTNOTE, _footnote),
    (marks.LINK, _link),
    (marks.ABBREVIATION, _abbreviation),
    (re.compile(r" {0,3}\{:"), _extension),
    (marks.END_OF_BLOCK, _end_of_block),
    (re.compile(""), _paragraph),
)
