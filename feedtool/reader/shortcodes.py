"""Shortcodes of Hugo and Zola, and links to source files, in a Markdown body -> HTML, and addresses. Pure.

    {{< figure src="tea.png" caption="Tea" >}}   {{% note %}} words {{% /note %}}        Hugo
    {{ youtube(id="…") }}   {% note(kind="x") %} words {% end %}                          Zola
    [words](@/blog/tea.md)                                                                Zola
    [words]({filename}tea.md)   ![words]({static}/images/tea.png)                         Pelican

Only those shortcodes are made whose content is in the text; others depend on a theme and are left out, but the words
between two of their tags stay. The HTML of a shortcode is not Markdown: a mark keeps its place until the text is
rendered. A link to another post gets a pending address: see `targets`. A picture keeps its path from the site's root,
or beside its page. Code is left as it is: in fences, between backticks, and between Liquid's `raw`, `highlight` and
`comment`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

from feedtool.reader.targets import ENDINGS, NOWHERE, pending
from feedtool.syntax import later

#: the place of a piece, between two characters that no text may have (Unicode section 23.7)
_MARK = "\ufdd0{}\ufdd1"
_MARKS = later("<p>\ufdd0(\\d+)\ufdd1</p>|\ufdd0(\\d+)\ufdd1")
#: No quantifier backtracks, and each has a limit, so that the time grows with the length of the text alone.
_TOKEN = later(
    r"""
      ^[ ]{0,3}(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*$
    | (?P<ticks>`+)
    | \{%-?\s*(?P<liquid>raw|highlight|comment)\b[^%{}\n]{0,400}%\}
    | \{\{(?P<sample>[<%])/\*(?P<shown>.{0,2000}?)\*/[>%]\}\}
    | \{(?P<zsample>[{%])/\*(?P<zshown>.{0,2000}?)\*/[}%]\}
    | \{\{[<%]\s*+(?P<close>/?)\s*+(?P<name>[\w./-]{1,100}+)
      (?P<args>(?:"(?:[^"\\]|\\.){0,2000}+"|`[^`]{0,2000}+`|[^"`{}<>%/]|/(?![>%]\}\})|[>%](?!\}\})){0,400}+)/?[>%]\}\}
    | \{(?P<ztag>[{%])-?\s*+(?P<zname>\w{1,100}+)
      \((?P<zargs>(?:"[^"]{0,2000}+"|'[^']{0,2000}+'|`[^`]{0,2000}+`|[^"'`(){}%]){0,400}+)\)\s*+-?[}%]\}
    | (?P<zend>\{%-?\s*end\s*-?%\})
    | (?P<caption>\[caption\b[^\]\n]{0,500}\](?:[^\[]|\[(?!/?caption\b)){0,3000}+\[/caption\])
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_CAPTION = later(r"\[caption\b(?P<given>[^\]\n]{0,500})\](?P<inner>(?:[^\[]|\[(?!/?caption\b)){0,3000}+)\[/caption\]")
_ARGUMENT = later(r"""(?:([\w-]+)\s*=\s*)?("(?:[^"\\]|\\.)*"|'[^']*'|`[^`]*`|\[[^\]]*\]|[^\s"'`=,]+)""")
_ZOLA_ARGUMENTS = later(r"\s*(?:\w+\s*=|$)")
_TARGET = later(
    r"""(?P<lead>\]\([ ]?<?|^[ ]{0,3}\[[^\]\n]{1,200}\]:[ ]{0,3}<?|\b(?:href|src|poster)=["']?)
    (?:@/|[{|](?P<kind>filename|static|attach|category|tag|author|index|archives)[}|])
    (?P<rest>[^)\s>"']*)""",
    re.VERBOSE | re.MULTILINE,
)
_IS_TARGET = later(r"""(?:\]\([ ]?<?|\]:[ ]{0,3}<?|\b(?:href|src|poster)=["']?)\Z""")
PICTURE = later(r"\.(?:avif|gif|jpe?g|png|svg|webp)(?:[?#]|\Z)", re.IGNORECASE)
#: arguments of unknown shortcodes: a picture, a web address, its words
_PICTURE_PARTS, _WORD_PARTS = ("src", "image", "img"), ("title", "text", "name", "label")
_LINK_PARTS = ("url", "href", "link")
#: usual names of shortcodes of code
_CODE = later(r"code(-?block)?|high|hl|listing|prism|terminal|console|shell|cmd", re.IGNORECASE)
_ID = later(r"[\w-]{1,64}", re.ASCII)
_LANGUAGE = later(r"[\w.-]{1,64}", re.ASCII)

#: by name, or by number where an argument has none
Arguments = Mapping[str, str]
#: renders Markdown without paragraphs
Inline = Callable[[str], str]
#: arguments, the text between two tags, and a renderer -> HTML; None where it is unknown
Maker = Callable[[Arguments, str, Inline], str | None]


def taken_out(text: str, inline: Inline) -> Taken:
    """Return the text with a mark for each shortcode."""
    if not any(sign in text for sign in ("{", "@/", "|", "[caption")):
        return Taken(source=text, inline=inline, text=text)
    taken = Taken(source=text.replace("\ufdd0", "").replace("\ufdd1", "") if "\ufdd0" in text else text, inline=inline)
    taken.run()
    return taken


def put_back(html: str, taken: Taken) -> str:
    """Return the rendered text with the pieces in their places; one alone in a paragraph replaces it."""
    return _MARKS.sub(lambda mark: taken.pieces[int(mark[1] or mark[2])], html)


@dataclass(slots=True, kw_only=True)
class Taken:
    """A text without its shortcodes, and their HTML."""

    source: str
    inline: Inline
    text: str = ""
    #: HTML by the number of its mark
    pieces: list[str] = field(default_factory=list)
    #: shortcodes that are left out, as written
    missing: list[str] = field(default_factory=list)
    #: parts of `text`
    out: list[str] = field(default_factory=list)
    #: how many tags of Zola's are open
    depth: int = 0
    #: patterns of ends that were looked for and not found
    unclosed: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Go through the source."""
        at = 0
        while token := _TOKEN.search(self.source, at):
            self.out.append(_TARGET.sub(_with_address, self.source[at : token.start()]))
            if end := self._code(token):
                self.out.append(_shown(self.source[token.start() : end]))
            at = end or self._tag(token)
        self.out.append(_TARGET.sub(_with_address, self.source[at:]))
        self.text = "".join(self.out)

    def _code(self, token: re.Match[str]) -> int:
        """Return the end of the code that the token begins, or 0."""
        if token["fence"]:
            end = self._end(rf"^[ ]{{0,3}}{re.escape(token['fence'])}.*$", token.end())
            return end.end() if end else len(self.source)
        if token["liquid"]:
            end = self._end(rf"\{{%-?\s*end{token['liquid']}\s*-?%\}}", token.end())
            return end.end() if end else token.end()
        if token["ticks"]:
            end = self._end(rf"(?<!`)`{{{len(token['ticks'])}}}(?!`)", token.end())
            return end.end() if end and "\n\n" not in self.source[token.end() : end.start()] else token.end()
        return 0

    def _end(self, pattern: str, start: int) -> re.Match[str] | None:
        """Return the first match behind `start`; a pattern that was not found once is not searched again."""
        if pattern in self.unclosed:
            return None
        found = later(pattern, re.MULTILINE).search(self.source, start)
        if found is None:
            self.unclosed.add(pattern)
        return found

    def _tag(self, token: re.Match[str]) -> int:
        """Replace a tag, and return where the text goes on."""
        if token["sample"] or token["zsample"]:
            self._piece(escape(_shown(token[0]), quote=False))
        elif token["caption"]:
            self._piece(captioned(token["caption"], self.inline))
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
        arguments = arguments_of(written)
        if is_target("".join(self.out[-2:])):
            self._target(token[0], name, arguments)
            return token.end()
        is_code = name == "highlight" or (token[0].startswith("{{<") and bool(_CODE.fullmatch(name)))
        inner, end = self._inner(name, token.end()) if is_code or name == "comment" else ("", token.end())
        if is_code and name != "highlight" and (not inner.strip() or "```" in inner):  # what it shows is not known
            is_code, end = False, token.end()
        maker = _highlight if is_code else _MAKERS.get(name)
        html = maker(arguments, inner, self.inline) if maker else None
        if html is None:
            html = kept(arguments)
            self.missing += [] if html else [token[0]]
        self._piece(html)
        return end

    def _target(self, written: str, name: str, arguments: Arguments) -> None:
        to = arguments.get("0") or arguments.get("path") or ""
        if name not in ("ref", "relref"):
            self.out.append(NOWHERE)
            self.missing.append(written)
        else:
            self.out.append(to if to.startswith("#") else pending("near", to, written))

    def _inner(self, name: str, start: int) -> tuple[str, int]:
        """Return the text between a tag that needs it and the one that closes it, and where that ends."""
        end = self._end(rf"\{{\{{[<%]\s*/\s*{name}\s*[>%]\}}\}}", start)
        return (_shown(self.source[start : end.start()]), end.end()) if end else ("", start)

    def _piece(self, html: str) -> None:
        self.out.append(_MARK.format(len(self.pieces)) if html else "")
        self.pieces += [html] if html else []


def captioned(text: str, inline: Inline) -> str:
    """Return a text with figures for WordPress' captions of pictures."""

    def figure(found: re.Match[str]) -> str:
        html = inline(found["inner"].strip())
        picture = re.search(r"(?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?", html)
        words = (html[: picture.start()] + html[picture.end() :]).strip() if picture else html
        words = words or escape(arguments_of(found["given"]).get("caption", ""))
        caption = f"<figcaption>{words}</figcaption>" if words else ""
        return f"<figure>{picture[0] if picture else ''}{caption}</figure>"

    return _CAPTION.sub(figure, text) if "[caption" in text else text


def _shown(code: str) -> str:
    """Return code with the samples of shortcodes as readers see them."""
    if "/*" not in code:
        return code
    code = re.sub(r"\{\{([<%])/\*(.{0,2000}?)\*/([>%])\}\}", r"{{\1\2\3}}", code, flags=re.DOTALL)
    return re.sub(r"\{([{%])/\*(.{0,2000}?)\*/([}%])\}", r"{\1\2\3}", code, flags=re.DOTALL)


def arguments_of(written: str) -> Mapping[str, str]:
    """Return arguments by name, and those without one by their number."""
    found: dict[str, str] = {}
    for place, argument in enumerate(_ARGUMENT.finditer(written)):
        name, value = argument.groups()
        if value[0] in "\"'`":
            value = value[1:-1].replace('\\"', '"') if value[0] == '"' else value[1:-1]
        found.setdefault(name or str(place), value)
    return found


def is_target(before: str) -> bool:
    """Return whether the text that follows is the address of a link."""
    return bool(_IS_TARGET.search(before[-20:]))


def _with_address(target: re.Match[str]) -> str:
    """Return a link to a file with an address: from the site's root, beside the page, or pending."""
    kind, rest = target["kind"], target["rest"]
    is_post = rest.partition("#")[0].lower().endswith((*ENDINGS, ".html"))
    is_from_root = rest.startswith("/") and not rest.startswith("//")
    if kind == "index":
        found = "/"
    elif kind == "attach" and not is_post:
        found = rest.rpartition("/")[2] if rest.startswith(("/", "..")) else rest
    elif kind in ("static", "filename") and is_from_root and not is_post:
        found = rest
    else:
        to = rest if kind in (None, "filename") else ""
        found = pending("beside" if kind else "root", to, target[0].removeprefix(target["lead"]))
    return target["lead"] + found


def _figure(arguments: Arguments, _: str, inline: Inline) -> str | None:
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


def kept(arguments: Arguments) -> str:
    """Return the picture or the link that the arguments of an unknown shortcode name, with its words; or ""."""
    source = next((arguments[key] for key in _PICTURE_PARTS if key in arguments), arguments.get("0", ""))
    if PICTURE.search(source):
        return (
            _figure({"caption": arguments.get("title", ""), **arguments, "src": source, "title": ""}, "", escape) or ""
        )
    to = next((arguments[key] for key in _LINK_PARTS if key in arguments), "")
    if not re.match(r"https?://[^/]", to):
        return ""
    words = next((arguments[key] for key in _WORD_PARTS if arguments.get(key)), to)
    more = escape(arguments.get("description", ""))
    return f'<p><a href="{escape(to)}">{escape(words)}</a>{more and "<br>"}{more}</p>'


def _highlight(arguments: Arguments, inner: str, _: Inline) -> str:
    language = arguments.get("0") or arguments.get("lang") or arguments.get("language", "")
    named = f' class="language-{language}"' if _LANGUAGE.fullmatch(language) else ""
    code = escape(inner.strip("\n"), quote=False)
    return f"<pre><code{named}>{code}\n</code></pre>"


def _embed(html: str, *names: str) -> Maker:
    """Return a maker of HTML with these arguments, by name or by number."""

    def make(arguments: Arguments, _: str, __: Inline) -> str | None:
        given = [arguments.get(name) or arguments.get(str(place), "") for place, name in enumerate(names)]
        return html.format(*given) if all(map(_ID.fullmatch, given)) else None

    return make


def _link(address: str) -> str:
    return f'<p><a href="{address}">{address}</a></p>'


def _gist(arguments: Arguments, inner: str, inline: Inline) -> str | None:
    address = arguments.get("url", "")
    if re.fullmatch(r"https://gist\.github\.com/[\w/.-]{1,200}", address, re.ASCII):
        return _link(address)
    return _embed(_link("https://gist.github.com/{0}/{1}"), "user", "id")(arguments, inner, inline)


_MAKERS: Mapping[str, Maker] = {
    "figure": _figure,
    "comment": lambda *_: "",
    "youtube": _embed('<iframe src="https://www.youtube.com/embed/{0}"></iframe>', "id"),
    "vimeo": _embed('<iframe src="https://player.vimeo.com/video/{0}"></iframe>', "id"),
    "streamable": _embed('<iframe src="https://streamable.com/e/{0}"></iframe>', "id"),
    "gist": _gist,
    "instagram": _embed(_link("https://www.instagram.com/p/{0}/"), "id"),
    "tweet": _embed(_link("https://x.com/{0}/status/{1}"), "user", "id"),
    "x": _embed(_link("https://x.com/{0}/status/{1}"), "user", "id"),
}


_VIDEO = later(r"(?:.*[/=])?([\w-]{11})", re.ASCII)


def embedded(kind: str, what: str) -> str:
    """Return a video or a gist that is named by its number or address, as HTML; "" for anything else."""
    if kind == "youtube":
        what = video[1] if (video := _VIDEO.fullmatch(what.partition("&")[0])) else ""
    if kind == "gist":
        is_named = re.fullmatch(r"(?:[\w-]{1,64}/)?[0-9a-f]{1,64}", what, re.ASCII)
        address = f"https://gist.github.com/{what}"
        return f'<a href="{address}">{address}</a>' if is_named else ""
    maker = _MAKERS.get(kind)
    return maker({"id": what.rpartition("/")[2]}, "", str) or "" if maker else ""


#: an expression, with braces in braces, and the values of attributes
_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,500}\}){0,500}\}){0,2000}\}"
_VALUES = rf"""(?:"[^"]{{0,2000}}"|'[^']{{0,2000}}'|{_BRACES}|[^<>"'{{}}]){{0,200}}"""
_MDX_TOKEN = later(
    rf"""
      ^[ ]*(?P<fence>`{{3,}}|~{{3,}})[^\n]*(?:\n.*?^[ ]*(?P=fence)[ ]*$|.*\Z)
    | (?P<ticks>`+)(?!`)[^\n]{{0,2000}}?(?<!`)(?P=ticks)(?!`)
    | (?P<indent>(?<=\n\n)[ ]{{4,}}(?=[^\s`~*+<-]))
    | ^(?:import[ ](?:[^\n]*["']|\{{)|export[ ](?:const|let|var|default|function|async)\b)[^\n]*(?:\n(?![ ]*$)[^\n]+)*
    | (?P<comment>\{{/\*(?:[^*{{]|\*(?!/)|\{{(?!/\*)){{0,5000}}+\*/\}})
    | </?>
    | <(?P<close>/?)(?P<name>[A-Z][\w.]{{0,100}})(?P<given>{_VALUES})>
    | (?P<plain><[a-z][\w-]{{0,100}}(?=\s){_VALUES}>)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_MDX_GIVEN = later(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|\{\s*["'`]([^"'`{}]*)["'`]\s*\})""")
_MDX_EXPRESSION = later(r"\s[\w:-]+=\{(?:[^{}]|\{[^{}]*\})*\}")
_TRUNCATED = later(r"\{/\*\s*(?:truncate|more)\s*\*/\}")


def without_components(text: str) -> tuple[str, list[str]]:
    """Return the Markdown of a text, and the tags of the components that are left out, as written."""
    missing: list[str] = []
    depth = 0

    def replaced(token: re.Match[str]) -> str:
        nonlocal depth
        if token["fence"] or token["ticks"]:
            return token[0]
        if token["indent"]:  # between two tags it is not code
            return "" if depth > 0 else token[0]
        if token["comment"]:
            return "<!-- more -->" if _TRUNCATED.fullmatch(token[0]) else ""
        if token["plain"]:
            return _MDX_EXPRESSION.sub("", token[0])
        if not token["name"] or token["close"]:
            depth -= bool(token["close"])
            return ""
        missing.append(f"<{token['name']}>")
        depth += not token["given"].endswith("/")
        return kept({name: next(filter(None, values), "") for name, *values in _MDX_GIVEN.findall(token["given"])})

    return _MDX_TOKEN.sub(replaced, text), missing
