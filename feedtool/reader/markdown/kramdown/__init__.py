"""Markdown as kramdown reads it, the one of Jekyll: also in its variant of GitHub's Markdown.

In: a text, and settings of `kramdown:` in `_config.yml`. Out: HTML, not yet cleaned. Total: no input raises.

Its blocks end, and its spans nest, by other rules than CommonMark's, so that the text is not given to a parser of that
one. Blocks are read first, by lines; then, when all links, footnotes and attribute lists are known, the spans in them;
then the nodes become HTML, with ids of headings, footnotes and a table of contents.
What would take longer than the text is long stays as it is written: see `nodes.DEEPEST` and `Document.patience`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape

from feedtool.reader.markdown.additions import github_slug
from feedtool.reader.markdown.kramdown import marks
from feedtool.reader.markdown.kramdown.blocks import Blocks
from feedtool.reader.markdown.kramdown.marks import Document, Node
from feedtool.reader.markdown.kramdown.spans import Spans

_HEADING = re.compile(r"h([1-6])")
_AMPERSAND = re.compile(r"&(?!(?:[A-Za-z][\w.-]*|#[0-9]+|#x[0-9a-fA-F]+);)", re.ASCII)
_LANGUAGE = re.compile(r"\blanguage-\S+")
#: places that are filled in when all has been written
_CONTENTS, _NOTES = "\ufdd2", "\ufdd3"


def kramdown(text: str, settings: Mapping[str, object]) -> str:
    """Return the text as HTML, which is not safe yet."""
    text = re.sub("[\ufdd2\ufdd3]", "", text).removesuffix("\n") + "\n"
    document = Document.of(text, settings)
    root = Node("root")
    Blocks(document, text, 0).parse(root)
    _read_spans(root, document)
    for note in list(document.footnotes.values()):
        _read_spans(note, document)
    if document.abbreviations:
        _abbreviate(root, document)
        for note in document.footnotes.values():
            _abbreviate(note, document)
    return _Writer(document).write(root)


def _read_spans(node: Node, document: Document) -> None:
    """Read the texts below a node as spans, and apply the attribute lists of its blocks."""
    children: list[Node] = []
    for child in node.children:
        if child.kind == "source":
            Spans(document, child.value).parse(holder := Node("spans"))
            children += _with_breaks(holder.children, document) if document.is_github else holder.children
            continue
        _read_spans(child, document)
        marks.apply_all(child, document) if child.kind != "eob" else None
        children.append(child)
    node.children = children


def _with_breaks(children: list[Node], document: Document) -> list[Node]:
    """Return spans with the line breaks of GitHub's variant: behind a backslash, or at each end of a line."""
    mark = "\n" if document.is_on("hard_wrap") else "\\\n"
    out: list[Node] = []
    for child in children:
        if child.kind != "text" or mark not in child.value:
            child.children = _with_breaks(child.children, document) if child.model != "raw" else child.children
            out.append(child)
            continue
        for number, line in enumerate(child.value.split(mark)):
            out += [Node("br"), Node("text", f"\n{line}")] if number else [Node("text", line)]
    return out


def _abbreviate(node: Node, document: Document) -> None:
    names = sorted(document.abbreviations, key=lambda name: (-len(name), name))[:500]
    words = "|".join(re.sub(r"(?:\\ |\\\t|\s)+", r"\\s+", re.escape(name)) for name in names)
    _mark_abbreviations(node, re.compile(rf"(?<!\w)(?:{words})(?!\w)"), document)


def _mark_abbreviations(node: Node, pattern: re.Pattern[str], document: Document) -> None:
    """Give the words that are abbreviations below a node their element."""
    children: list[Node] = []
    for child in node.children:
        if child.kind != "text" or node.model == "raw":
            _mark_abbreviations(child, pattern, document)
            children.append(child)
            continue
        done = 0
        for found in pattern.finditer(child.value):
            meaning, own = document.abbreviations.get(found[0], ("", Node("eob")))
            element = Node("abbr", children=[Node("text", found[0])])
            for text in own.lists:
                marks.apply(element, text, document)
            element.attributes |= {"title": meaning} if meaning else {}
            children += [Node("text", child.value[done : found.start()]), element]
            done = found.end()
        children.append(Node("text", child.value[done:]))
    node.children = children


class _Writer:
    """The HTML of a document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.ids: dict[str, int] = {}
        #: level, id and content of each heading
        self.contents: list[tuple[int, str, str]] = []
        self.list_of_contents = ""
        self.has_place = False

    def write(self, root: Node) -> str:
        html = self.inner(root)
        notes = self.notes()
        html = html.replace(_NOTES, notes, 1) if self.has_place else html + notes
        return html.replace(_CONTENTS, self.table_of_contents(), 1) if self.list_of_contents else html

    def inner(self, node: Node) -> str:
        return "".join(map(self.node, node.children))

    def node(self, node: Node) -> str:
        kind = node.kind
        if kind in _LEAVES:
            return _LEAVES[kind](node)
        if kind in _ELEMENTS:
            return _ELEMENTS[kind](self, node)
        if level := _HEADING.fullmatch(kind):
            return self.heading(node, int(level[1]))
        ends = "\n" if kind not in ("a", "em", "strong", "abbr") else ""
        starts = "\n" if kind in _NESTS else ""
        return f"<{kind}{_attributes(node)}>{starts}{self.inner(node)}</{kind}>{ends}"

    def paragraph(self, node: Node) -> str:
        """Return a paragraph, or only its content."""
        only = node.children[0] if len(node.children) == 1 else None
        if node.model == "bare":
            return self.inner(node)
        if only and only.kind == "img" and "standalone" in only.references:
            words = escape(only.attributes.get("alt", ""))
            for name in ("class", "id"):
                if name in only.attributes and name not in node.attributes:
                    node.attributes[name] = only.attributes.pop(name)
            return f"<figure{_attributes(node)}>\n{_image(only)}\n<figcaption>{words}</figcaption>\n</figure>\n"
        return f"<p{_attributes(node)}>{self.inner(node)}</p>\n"

    def element(self, node: Node) -> str:
        name = node.value
        if name in marks.EMPTY and not node.children:
            return f"<{name}{_attributes(node)} />"
        inner = self.inner(node)
        if node.model == "block":
            inner = f"\n{inner}"
        ends = "" if node.kind == "inline" else "\n"
        return f"<{name}{_attributes(node)}>{inner}</{name}>{ends}"

    def heading(self, node: Node, level: int) -> str:
        document = self.document
        if "id" not in node.attributes and document.is_on("auto_ids"):
            node.attributes["id"] = str(document.options["auto_id_prefix"]) + self.unique(node)
        inner = self.inner(node)
        first, _, last = str(document.options["toc_levels"]).strip("[]").partition("..")
        is_listed = first.isdecimal() and last.isdecimal() and int(first) <= level <= int(last)
        if node.attributes.get("id") and is_listed and "no_toc" not in node.attributes.get("class", "").split():
            self.contents.append((level, node.attributes["id"], re.sub(r"<sup id=.*?</sup>", "", inner)))
        shown = min(max(level + document.number("header_offset"), 1), 6)
        return f"<h{shown}{_attributes(node)}>{inner}</h{shown}>\n"

    def unique(self, node: Node) -> str:
        """Return an id for a heading that no other has."""
        if self.document.is_github:
            made = github_slug(_words_of(node).replace("\t", " "))
        else:
            words = _words_of(node) if self.document.is_on("auto_id_stripping") else node.value
            words = re.sub(r"^[^a-zA-Z]+", "", words, flags=re.MULTILINE)
            made = re.sub(r"[^a-zA-Z0-9 -]", "", words).replace(" ", "-").lower() or "section"
        self.ids[made] = number = self.ids.get(made, -1) + 1
        return f"{made}-{number}" if number else made

    def item_list(self, node: Node) -> str:
        """Return a list, or the mark of the place for the contents or the notes."""
        if "toc" in node.references and not self.list_of_contents:
            self.list_of_contents = node.kind
            return _CONTENTS
        if "footnotes" in node.references and not self.has_place:
            self.has_place = True
            return _NOTES
        return f"<{node.kind}{_attributes(node)}>\n{self.inner(node)}</{node.kind}>\n"

    def table_of_contents(self) -> str:
        out: list[str] = []
        levels: list[int] = []
        kind = self.list_of_contents
        for level, name, inner in self.contents:
            while levels and level < levels[-1] and len(levels) > 1:
                out.append(f"</li>\n</{kind}>\n")
                levels.pop()
            if not levels or level > levels[-1]:
                out.append(f"<{kind}>\n")
                levels.append(level)
            else:
                out.append("</li>\n")
            out.append(f'<li><a href="#{escape(name)}">{re.sub("</?a[^>]*>", "", inner)}</a>')
        return "".join(out) + f"</li>\n</{kind}>\n" * len(levels)

    def math(self, node: Node) -> str:
        """Return a formula in the marks that MathJax looks for."""
        is_block, code = node.kind == "math", escape(node.value, quote=False)
        if str(self.document.options["math_engine"]).lower() in ("none", "~", "null", ""):
            return (
                f'<div class="kdmath">$$\n{code}\n$$</div>\n' if is_block else f'<span class="kdmath">${code}$</span>'
            )
        return f"\\[{code}\\]\n" if is_block else f"\\({code}\\)"

    def mark(self, node: Node) -> str:
        document, name = self.document, node.value
        number = list(document.noted).index(name) + document.number("footnote_nr")
        again = f":{document.noted[name]}" if document.noted[name] else ""
        document.noted[name] += 1
        target = escape(f"{document.options['footnote_prefix']}{name}")
        words = str(document.options["footnote_link_text"]).replace("%s", str(number))
        return (
            f'<sup id="fnref:{target}{again}"><a href="#fn:{target}" class="footnote" rel="footnote"'
            f' role="doc-noteref">{escape(words)}</a></sup>'
        )

    def notes(self) -> str:
        """Return the footnotes that have a mark, those too that only other footnotes mark."""
        document, out, done = self.document, [], 0
        sign = str(document.options["footnote_backlink"])
        while done < len(document.noted):
            name = list(document.noted)[done]
            done += 1
            html = self.inner(document.footnotes[name]).rstrip("\n")
            target = escape(f"{document.options['footnote_prefix']}{name}")
            back = "".join(
                f' <a href="#fnref:{target}{f":{again}" if again else ""}" class="reversefootnote"'
                f' role="doc-backlink">{sign}{f"<sup>{again + 1}</sup>" if again else ""}</a>'
                for again in range(document.noted[name])
                if sign
            )
            ends = html.endswith("</p>")
            html = (
                f"{html.removesuffix('</p>')}{back}</p>" if ends else f"{html}\n<p>{back.strip()}</p>" if back else html
            )
            out.append(f'<li id="fn:{target}">\n{html}\n</li>\n')
        if not out:
            return ""
        start = document.number("footnote_nr")
        first = f' start="{start}"' if start != 1 else ""
        return f'<div class="footnotes" role="doc-endnotes">\n<ol{first}>\n{"".join(out)}</ol>\n</div>\n'


_NESTS = frozenset({"blockquote", "dl", "table", "thead", "tbody", "tfoot", "tr"})


def _attributes(node: Node) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in node.attributes.items())


def _words_of(node: Node) -> str:
    own = node.value if node.kind in ("text", "entity", "codespan", "formula") else ""
    return own + "".join(map(_words_of, node.children))


def _text(node: Node) -> str:
    """Return a text, in which references of HTML stay."""
    return _AMPERSAND.sub("&amp;", node.value).replace("<", "&lt;").replace(">", "&gt;")


def _image(node: Node) -> str:
    return f"<img{_attributes(node)} />"


def _code(node: Node) -> str:
    """Return a block of code; its language is that of the code itself."""
    named = _LANGUAGE.search(node.attributes.get("class", ""))
    if named:
        rest = _LANGUAGE.sub("", node.attributes["class"], count=1).strip()
        node.attributes = {key: value for key, value in node.attributes.items() if key != "class"}
        node.attributes |= {"class": rest} if rest else {}
    language = f' class="{escape(named[0])}"' if named else ""
    code = escape(node.value.removesuffix("\n"), quote=False)
    return f"<pre{_attributes(node)}><code{language}>{code}\n</code></pre>\n"


_LEAVES: Mapping[str, Callable[[Node], str]] = {
    "blank": lambda _: "\n",
    "eob": lambda _: "",
    "comment": lambda _: "",
    "raw": lambda node: node.value,
    "text": _text,
    "source": _text,
    "entity": lambda node: escape(node.value, quote=False),
    "br": lambda _: "<br />",
    "hr": lambda node: f"<hr{_attributes(node)} />\n",
    "img": _image,
    "code": _code,
    "codespan": lambda node: f"<code{_attributes(node)}>{escape(node.value, quote=False)}</code>",
}
_ELEMENTS: Mapping[str, Callable[[_Writer, Node], str]] = {
    "p": _Writer.paragraph,
    "html": _Writer.element,
    "inline": _Writer.element,
    "ul": _Writer.item_list,
    "ol": _Writer.item_list,
    "mark": _Writer.mark,
    "math": _Writer.math,
    "formula": _Writer.math,
}
