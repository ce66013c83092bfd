"""Shortcodes of Hugo and Zola in a Markdown body -> what they stand for, as far as the text alone tells. Pure.

    {{< figure src="tea.png" caption="Tea" >}}   {{% note %}} words {{% /note %}}        Hugo
    {{ youtube(id="…") }}   {% note(kind="x") %} words {% end %}                          Zola

What is made of one is no Markdown: a mark keeps its place in the text until that is rendered. What stands between two
tags stays. Code is left as it is: in fences, between backticks, and between Liquid's `raw`, `highlight` and `comment`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

from feedtool.reader import internal_links
from feedtool.reader.embeds import Arguments, made

#: where a piece will stand: between two characters that no text may have (Unicode section 23.7)
_MARK = "\ufdd0{}\ufdd1"
_MARKS = re.compile("<p>\ufdd0(\\d+)\ufdd1</p>|\ufdd0(\\d+)\ufdd1")
#: No quantifier gives back what it took, and each has an end, so that long texts cost no more than their length.
_TOKEN = re.compile(
    r"""
      ^[ ]{0,3}(?P<fence>`{3,}|~{3,}).*$
    | (?P<ticks>`+)
    | \{%-?\s*(?P<liquid>raw|highlight|comment)\b[^%{}\n]{0,400}%\}
    | \{\{(?P<sample>[<%])/\*(?P<shown>.{0,2000}?)\*/[>%]\}\}
    | \{(?P<zsample>[{%])/\*(?P<zshown>.{0,2000}?)\*/[}%]\}
    | \{\{[<%]\s*+(?P<close>/?)\s*+(?P<name>[\w./-]{1,100}+)
      (?P<args>(?:"(?:[^"\\]|\\.){0,2000}+"|`[^`]{0,2000}+`|[^"`{}<>%/]|/(?![>%]\}\})|[>%](?!\}\})){0,400}+)/?[>%]\}\}
    | \{(?P<ztag>[{%])-?\s*+(?P<zname>\w{1,100}+)
      \((?P<zargs>(?:"[^"]{0,2000}+"|'[^']{0,2000}+'|`[^`]{0,2000}+`|[^"'`(){}%]){0,400}+)\)\s*+-?[}%]\}
    | (?P<zend>\{%-?\s*end\s*-?%\})
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_ARGUMENT = re.compile(r"""(?:([\w-]+)\s*=\s*)?("(?:[^"\\]|\\.)*"|'[^']*'|`[^`]*`|\[[^\]]*\]|[^\s"'`=,]+)""")
_ZOLA_ARGUMENTS = re.compile(r"\s*(?:\w+\s*=|$)")


@dataclass(slots=True)
class Taken:
    """A text without its shortcodes, and what they stand for."""

    text: str = ""
    #: HTML by the number of its mark
    pieces: list[str] = field(default_factory=list)
    #: shortcodes that are left out, as written
    missing: list[str] = field(default_factory=list)
    #: links that are left out, as written
    links: list[str] = field(default_factory=list)


def taken_out(text: str, inline: Callable[[str], str]) -> Taken:
    """Return the text with a mark for each shortcode; `inline` renders Markdown without paragraphs."""
    if "{" not in text and "@/" not in text and "|" not in text:
        return Taken(text=text)
    walk = _Walk(text=text.replace("\ufdd0", "").replace("\ufdd1", "") if "\ufdd0" in text else text, inline=inline)
    walk.run()
    walk.taken.text = "".join(walk.out)
    return walk.taken


def put_back(html: str, taken: Taken) -> str:
    """Return the rendered text with the pieces in their places; one that stands alone needs no paragraph."""
    if not taken.pieces:
        return html
    return _MARKS.sub(lambda mark: taken.pieces[int(mark[1] or mark[2])], html)


@dataclass(slots=True)
class _Walk:
    text: str
    inline: Callable[[str], str]
    taken: Taken = field(default_factory=Taken)
    out: list[str] = field(default_factory=list)
    #: how many tags of Zola's are open
    depth: int = 0
    #: what is opened and nothing closes any more
    unclosed: set[str] = field(default_factory=set)

    def run(self) -> None:
        at = 0
        while token := _TOKEN.search(self.text, at):
            self._prose(self.text[at : token.start()])
            end = self._code(token)
            if end:
                self.out.append(_shown(self.text[token.start() : end]))
                at = end
            else:
                at = self._tag(token)
        self._prose(self.text[at:])

    def _prose(self, text: str) -> None:
        self.out.append(internal_links.settled(text, self.taken.links))

    def _code(self, token: re.Match[str]) -> int:
        """Return where the code ends that the token begins, or 0."""
        if token["fence"]:
            end = self._end(rf"^[ ]{{0,3}}{re.escape(token['fence'])}.*$", token.end())
            return end.end() if end else len(self.text)
        if token["liquid"]:
            end = self._end(rf"\{{%-?\s*end{token['liquid']}\s*-?%\}}", token.end())
            return end.end() if end else token.end()
        if token["ticks"]:
            end = self._end(rf"(?<!`)`{{{len(token['ticks'])}}}(?!`)", token.end())
            return end.end() if end and "\n\n" not in self.text[token.end() : end.start()] else token.end()
        return 0

    def _end(self, pattern: str, start: int) -> re.Match[str] | None:
        """Return the first place behind `start` that the pattern fits; what was not found once is not looked for."""
        if pattern in self.unclosed:
            return None
        found = re.compile(pattern, re.MULTILINE).search(self.text, start)
        if found is None:
            self.unclosed.add(pattern)
        return found

    def _tag(self, token: re.Match[str]) -> int:
        """Do what a tag asks for, and return where the text goes on."""
        if token["sample"] or token["zsample"]:
            self._piece(escape(_shown(token[0]), quote=False))
        elif token["name"] and not token["close"]:
            return self._shortcode(token, token["name"], token["args"])
        elif token["zname"]:
            if not _ZOLA_ARGUMENTS.match(token["zargs"]):
                self.out.append(token[0])
                return token.end()
            self.depth += token["ztag"] == "%"
            return self._shortcode(token, token["zname"], token["zargs"])
        elif token["zend"]:
            self.out.append("" if self.depth else token[0])
            self.depth = max(0, self.depth - 1)
        return token.end()

    def _shortcode(self, token: re.Match[str], name: str, written: str) -> int:
        arguments = _arguments(written)
        if internal_links.is_target("".join(self.out[-2:])):
            self._target(token[0], name, arguments)
            return token.end()
        inner, end = self._inner(name, token.end())
        html = made(name, arguments, inner, self.inline)
        if html is None:
            self.taken.missing.append(token[0])
            return token.end()
        self._piece(html)
        return end

    def _target(self, written: str, name: str, arguments: Arguments) -> None:
        """Put an address where a link leads: a place on the page, or nowhere."""
        to = arguments.get("0") or arguments.get("path") or ""
        if name in ("ref", "relref"):
            is_here = to.startswith("#")
            self.out.append(to if is_here else internal_links.NOWHERE)
            self.taken.links += [] if is_here else [written]
        else:
            self.out.append(internal_links.NOWHERE)
            self.taken.missing.append(written)

    def _inner(self, name: str, start: int) -> tuple[str, int]:
        """Return what stands between a tag and the one that closes it, for those that are done with it, and its end."""
        if name not in ("highlight", "comment"):
            return "", start
        end = self._end(rf"\{{\{{[<%]\s*/\s*{name}\s*[>%]\}}\}}", start)
        return (_shown(self.text[start : end.start()]), end.end()) if end else ("", start)

    def _piece(self, html: str) -> None:
        self.out.append(_MARK.format(len(self.taken.pieces)) if html else "")
        self.taken.pieces += [html] if html else []


def _shown(code: str) -> str:
    """Return the sample of a shortcode as it is to be seen."""
    if "/*" not in code:
        return code
    code = re.sub(r"\{\{([<%])/\*(.{0,2000}?)\*/([>%])\}\}", r"{{\1\2\3}}", code, flags=re.DOTALL)
    return re.sub(r"\{([{%])/\*(.{0,2000}?)\*/([}%])\}", r"{\1\2\3}", code, flags=re.DOTALL)


def _arguments(written: str) -> Mapping[str, str]:
    """Return arguments by name, and those without one by their number."""
    found: dict[str, str] = {}
    for place, argument in enumerate(_ARGUMENT.finditer(written)):
        name, value = argument.groups()
        if value[0] in "\"'`":
            value = value[1:-1].replace('\\"', '"') if value[0] == '"' else value[1:-1]
        found.setdefault(name or str(place), value)
    return found
