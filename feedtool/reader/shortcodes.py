"""Shortcodes of Hugo and Zola, and links to source files, in a Markdown body -> HTML, and addresses. Pure.

    {{< figure src="tea.png" caption="Tea" >}}   {{% note %}} words {{% /note %}}        Hugo
    {{ youtube(id="…") }}   {% note(kind="x") %} words {% end %}                          Zola
    [words](@/blog/tea.md)                                                                Zola
    [words]({filename}tea.md)   ![words]({static}/images/tea.png)                         Pelican

Only those shortcodes are made whose content is in the text; others depend on a theme and are left out, but the words
between two of their tags stay. The HTML of a shortcode is not Markdown: a mark keeps its place until the text is
rendered. A link to another post is left out, since its address is not in this text; its words stay. A picture keeps its
path from the site's root, or beside its page. Code is left as it is: in fences, between backticks, and between Liquid's
`raw`, `highlight` and `comment`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

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
#: an address in a scheme that the sanitiser does not let through: the link goes, what it is round stays
NOWHERE = "unresolved:"

_TARGET = re.compile(
    r"""(?P<lead>\]\([ ]?<?|^[ ]{0,3}\[[^\]\n]{1,200}\]:[ ]{0,3}<?|\b(?:href|src|poster)=["']?)
    (?:@/|[{|](?P<kind>filename|static|attach|category|tag|author|index|archives)[}|])
    (?P<rest>[^)\s>"']*)""",
    re.VERBOSE | re.MULTILINE,
)
_IS_TARGET = re.compile(r"""(?:\]\([ ]?<?|\]:[ ]{0,3}<?|\b(?:href|src|poster)=["']?)\Z""")
_POSTS = (".md", ".markdown", ".rst", ".html")
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_PLACE = re.compile(r"[\w.-]{1,64}", re.ASCII)

#: by name, or by number where an argument has none
Arguments = Mapping[str, str]
#: arguments, what is between two tags, and a renderer of Markdown without paragraphs -> HTML; None where it is unknown
Maker = Callable[[Arguments, str, Callable[[str], str]], str | None]


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
        self.out.append(settled(text, self.taken.links))

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
        if is_target("".join(self.out[-2:])):
            self._target(token[0], name, arguments)
            return token.end()
        inner, end = self._inner(name, token.end())
        html = _MAKERS[name](arguments, inner, self.inline) if name in _MAKERS else None
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
            self.out.append(to if is_here else NOWHERE)
            self.taken.links += [] if is_here else [written]
        else:
            self.out.append(NOWHERE)
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


def is_target(before: str) -> bool:
    """Say whether what follows this text is where a link leads."""
    return bool(_IS_TARGET.search(before[-20:]))


def settled(text: str, missing: list[str]) -> str:
    """Return the text with addresses for such targets; those that are left out are added to `missing`."""
    if "@/" not in text and "{" not in text and "|" not in text:
        return text

    def address(target: re.Match[str]) -> str:
        found = _place(target["kind"], target["rest"])
        if not found:
            missing.append(target[0].removeprefix(target["lead"]))
        return target["lead"] + (found or NOWHERE)

    return _TARGET.sub(address, text)


def _place(kind: str | None, rest: str) -> str:
    """Return the address of a file of Pelican's, from the site's root or beside the page; "" where none can be told."""
    if kind == "index":
        return "/"
    is_post = rest.partition("#")[0].lower().endswith(_POSTS)
    if kind == "attach" and not is_post:
        is_beside = not rest.startswith(("/", ".."))
        return rest if is_beside else rest.rpartition("/")[2]
    if kind in ("static", "filename") and rest.startswith("/") and not rest.startswith("//") and not is_post:
        return rest
    return ""


def _figure(arguments: Arguments, _: str, inline: Callable[[str], str]) -> str | None:
    source = arguments.get("src") or arguments.get("0", "")
    if not source:
        return None
    caption = arguments.get("caption", "")
    image = f'<img src="{escape(source)}" alt="{escape(arguments.get("alt") or caption)}">'
    if arguments.get("link"):
        image = f'<a href="{escape(arguments["link"])}">{image}</a>'
    attribution = inline(arguments.get("attr", ""))
    if attribution and arguments.get("attrlink"):
        attribution = f'<a href="{escape(arguments["attrlink"])}">{attribution}</a>'
    title = f"<strong>{inline(arguments['title'])}</strong>" if arguments.get("title") else ""
    words = " ".join(filter(None, (title, inline(caption), attribution)))
    return f"<figure>{image}<figcaption>{words}</figcaption></figure>" if words else f"<figure>{image}</figure>"


def _highlight(arguments: Arguments, inner: str, _: Callable[[str], str]) -> str:
    language = arguments.get("0", "") or arguments.get("lang", "")
    named = f' class="language-{escape(language)}"' if _PLACE.fullmatch(language) else ""
    code = inner.strip("\n")
    return f"<pre><code{named}>{escape(code, quote=False)}\n</code></pre>"


def _frame(address: str) -> Maker:
    def make(arguments: Arguments, _: str, __: Callable[[str], str]) -> str | None:
        name = arguments.get("id") or arguments.get("0", "")
        return f'<iframe src="{address}{name}"></iframe>' if _ID.fullmatch(name) else None

    return make


def _link(template: str, *names: str) -> Maker:
    """Return a maker of a link, to an address made of arguments, which are named so, or numbered in that order."""

    def make(arguments: Arguments, _: str, __: Callable[[str], str]) -> str | None:
        given = [arguments.get(name) or arguments.get(str(place), "") for place, name in enumerate(names)]
        if not all(map(_PLACE.fullmatch, given)):
            return None
        address = template.format(*given)
        return f'<p><a href="{address}">{address}</a></p>'

    return make


def _gist(arguments: Arguments, inner: str, inline: Callable[[str], str]) -> str | None:
    address = arguments.get("url", "")
    if re.fullmatch(r"https://gist\.github\.com/[\w/.-]{1,200}", address, re.ASCII):
        return f'<p><a href="{address}">{address}</a></p>'
    return _link("https://gist.github.com/{}/{}", "user", "id")(arguments, inner, inline)


def _nothing(*_: object) -> str:
    return ""


_MAKERS: Mapping[str, Maker] = {
    "figure": _figure,
    "highlight": _highlight,
    "comment": _nothing,
    "youtube": _frame("https://www.youtube.com/embed/"),
    "vimeo": _frame("https://player.vimeo.com/video/"),
    "streamable": _frame("https://streamable.com/e/"),
    "gist": _gist,
    "instagram": _link("https://www.instagram.com/p/{}/", "id"),
    "tweet": _link("https://x.com/{}/status/{}", "user", "id"),
    "x": _link("https://x.com/{}/status/{}", "user", "id"),
}
