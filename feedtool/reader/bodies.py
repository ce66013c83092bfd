"""The text of a post below its header -> HTML, not yet cleaned; and its problems. Pure.

HTML is left alone. In Markdown, shortcodes and Liquid tags become what their generator would make of them, as far as
the text alone says; code is left as it is. Then it is rendered.
"""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache
from html import escape, unescape

from lxml import html as lxml_html

from feedtool.disk import stem_and_ending
from feedtool.frozen import frozen
from feedtool.model import Markup
from feedtool.problems import Code, Problem
from feedtool.reader import shortcodes, targets
from feedtool.reader.fields import RawPost
from feedtool.reader.keys import KEYS, Fields
from feedtool.reader.markdown import Dialect, has, rendered, rendered_line, rst_rendered
from feedtool.reader.split import PLAIN, TOO_LARGE, Conventions, cut
from feedtool.syntax import later

TOO_DEEP = Code.warning("nested-too-deep")(
    "Elements of the body are nested deeper than any reader would show. They were flattened; the text is kept.",
    "Look for elements that are never closed.",
)
UNKNOWN_LIQUID = Code.note("liquid-tag")(
    "The text has a Liquid tag that only a site generator can fill in. It was left out."
)
UNKNOWN_SHORTCODE = Code.note("shortcode")(
    "The text has a shortcode that only its own generator can fill in. It was left out; text between two tags stays, "
    "and so does a picture or a web address that it names.",
    "Write it as Markdown or HTML, if subscribers should see it.",
)
COMPONENT = Code.note("component")(
    "The text in MDX has a component, which is a program of the site. It was left out; words between two of its tags "
    "stay, and so does a picture or a web address that it names.",
    "Write it as Markdown or HTML, if subscribers should see it.",
)
INTERNAL_LINK = Code.note("internal-link")(
    "A link names a file that is not one of the published posts, so that its address is not known. The words are kept "
    "without the link.",
    "Correct the name, or write the address, if subscribers should be able to follow it.",
)

NO_DOCUTILS = Code.warning("no-docutils")(
    "The post is written in reStructuredText, which needs a library that is not installed. Subscribers get its source "
    "text.",
    "Run: pip install 'feedtool[rst]'",
)
RST_MARKUP = Code.note("rst-markup")(
    "The text has markup that docutils does not know: a role or a directive of another program, or a mistake. It was "
    "left out, or its words are shown as they are written."
)
_DEEPEST = 500
_MORE = later(r"<!--[ \t]*(?:more|MORE|More|truncate)[ \t]*-->")
_BLOCK = (
    "address|article|aside|blockquote|center|details|dialog|dd|div|dl|dt|figure|footer|form|h[1-6]|header|hr|iframe"
    "|li|main|nav|ol|p|pre|section|table|tbody|ul|video|audio|noscript|picture"
)
#: behind white space and comments
_OPENS_WITH_BLOCK = later(rf"\s*+(?:<!(?=--).*?-->\s*+)*+<(?:{_BLOCK})\b([^>]*)>", re.IGNORECASE | re.DOTALL)
#: a blank line and indented HTML; a line that begins with an element
_GAP = later(r"\n[ \t]*\n(?: {4}|[ \t]*\t)[ \t]*<", re.IGNORECASE)
_BLANK = later(r"\n(?:[ \t]*\n)+")
_HTML_LINE = later(rf"^ {{0,3}}<({_BLOCK})\b[^<>]*>", re.IGNORECASE | re.MULTILINE)
_SHOWN = later(r"<(?:img|iframe|video|audio|hr)\b|^[^<>]*\w", re.IGNORECASE)
_MOST_ELEMENTS = 200_000
_ELEMENT = later("<[A-Za-z]")
#: far above any article, far below what slows a Markdown parser down
_MOST_MARKS = 20_000
#: a Liquid tag, or a line that opens or closes a code block
_TOKEN = later(
    r"\{%-?\s*(?P<name>\w+)\s*(?:lang:)?(?P<word>[\w+#-]*)(?:[^%{}]|%(?!\})){0,600}%\}"
    r"|^ {0,3}(?P<fence>`{3,}|~{3,}).*$",
    re.MULTILINE,
)
#: the site's own address, or one from its root
_SITE = later(
    r"""\{\{-?\s*(?:site\.(?P<name>url|baseurl)
    |(?P<quote>["'])(?P<place>[^"'{}\n]{0,500})(?P=quote)\s*\|\s*(?:relative_url|absolute_url|url))\s*-?\}\}""",
    re.VERBOSE,
)
_ATTRIBUTES = later(r"(?:^|(?<=\S))[ \t]{0,3}\{:[^{}\n]{0,200}\}[ \t]{0,3}$|(?<=\S)\{:[^{}\n]{0,200}\}", re.MULTILINE)
#: kramdown's id of a heading, behind it or below it
_HEADING_ID = later(
    r"^([ ]{0,3}#{1,6}[ ][^\n{}]*?)[ \t]*\n?[ \t]{0,3}\{:[^{}\n#]{0,200}#([\w:-]{1,100})[^{}\n]{0,200}\}[ \t]*$",
    re.MULTILINE,
)
#: tags that stand for something only a site generator knows
_FILLED_IN = frozenset(
    "include include_relative include_cached link post_url gist youtube vimeo assign capture endcapture include_code"
    " jsfiddle blockquote endblockquote quote endquote pullquote endpullquote note endnote asset_img img post_link"
    " asset_link".split()
)
_ARGUMENT = later(r"\{%-?\s*\w+\s+(.*?)\s*-?%\}", re.DOTALL)
#: where extensions of Markdown put a table of contents
_CONTENTS = later(r"<p>\[{1,2}_?toc_?\]{1,2}</p>\n?", re.IGNORECASE)
_SHORTCODE = later(r"\{\{[<%]\s*/?\s*\w")
_RAW = later(r"^[ \t]*\{%-?\s*(?:end)?raw\s*-?%\}[ \t]*\n|\{%-?\s*(?:end)?raw\s*-?%\}", re.MULTILINE)
#: generators that read Liquid in posts
_WITH_LIQUID = ("jekyll", "eleventy")
_ENDS = {name: f"end{name}" for name in ("highlight", "codeblock", "comment", "raw")}


@frozen
class Body:
    """The raw content of a post, before rendering and cleaning."""

    text: str
    markup: Markup
    #: how the text begins, up to where its author marked the end of an excerpt; or ""
    excerpt: str = ""
    #: how Markdown is read
    dialect: Dialect = field(default_factory=Dialect)
    #: whether it was written for this site, and not taken from another
    is_own: bool = True
    #: components of a text in MDX that are left out, as written
    components: tuple[str, ...] = ()
    #: the site's own address, where its generator reads Liquid; or ""
    home: str = ""


def read_body(content: bytes, path: str, conventions: Conventions = PLAIN) -> Body:
    """Return the body of the post that `read_post` reads from the same bytes, without the copy of its title."""
    raw = cut(content, path, conventions, lambda _: None)
    return body_of(raw, conventions) if raw else Body(text="", markup=_markup(path))


def body_of(raw: RawPost, conventions: Conventions) -> Body:
    """Return the body of a post that was cut into its parts."""
    text, components = raw.body, list[str]()
    if raw.path.lower().endswith(".mdx"):
        text, components = shortcodes.without_components(text)
    return Body(
        text=text,
        components=tuple(components),
        markup=_markup(raw.path),
        excerpt=text[: excerpt_end(text, raw.fields, conventions.posts.excerpt_separator)].strip(),
        dialect=conventions.dialect,
        is_own=not raw.heading_link and not any(raw.fields[key].value for key in KEYS["source"] if key in raw.fields),
        home=conventions.ids.site_url if conventions.ids.pages in _WITH_LIQUID else "",
    )


def mentioned(body: Body) -> tuple[str, ...]:
    """Return the names of the posts that a body may link to: see `feedtool.reader.targets`."""
    return targets.mentioned(body.text, is_own=body.is_own, has_notes=body.dialect.name == "obsidian")


def linked(html: str, body: Body, path: str, known: targets.Targets) -> tuple[str, tuple[Problem, ...]]:
    """Return a rendered body with the addresses of the posts that it links to, and a problem for each unknown one."""
    linking = targets.Linking(path=path, targets=known, home=body.home, is_own=body.is_own)
    html, missing = targets.resolved(html, linking)
    return html, tuple(INTERNAL_LINK.at(path, " ".join(each.split())[:120]) for each in dict.fromkeys(missing))


def excerpt_end(body: str, fields: Fields, separator: str) -> int:
    """Return where the excerpt of a body ends that its author marked; 0 without one.

    The separator of the header comes first, then that of the configuration, then `<!--more-->`.
    """
    own = fields["excerpt_separator"].value if "excerpt_separator" in fields else None
    for mark in (own, separator):
        if isinstance(mark, str) and len(mark) > 1 and (end := body.find(mark)) > 0:
            return end
    more = _MORE.search(body) if "!" in body and "<!--" in body else None  # the first is looked for much faster
    return more.start() if more else 0


def body_problems(body: Body, path: str) -> tuple[Problem, ...]:
    """Return the problems of a body that is about to be rendered."""
    if body.text.count("<") > _DEEPEST and _depth(body.text) > _DEEPEST:
        return (TOO_DEEP.at(path, f"more than {_DEEPEST} levels"),)
    if body.markup == "rst" and body.text:
        if not has("docutils"):
            return (NO_DOCUTILS.at(path, "docutils is not installed"),)
        return tuple(RST_MARKUP.at(path, said[:200]) for said in rst_rendered(body.text)[1])
    if not _is_markdown(body):
        tags = _liquid(body.text, body)[1] if _has_liquid(body) else []
        taken = _of_html(body)
        found = [UNKNOWN_LIQUID.at(path, tag[:120]) for tag in dict.fromkeys(tags)]
        return (*found, *_unknown(taken, path)) if taken else tuple(found)
    taken = shortcodes.taken_out(body.text, str)
    found = [COMPONENT.at(path, tag) for tag in dict.fromkeys(body.components)]
    found += [UNKNOWN_LIQUID.at(path, tag[:120]) for tag in dict.fromkeys(_liquid(taken.text, body)[1])]
    return (*found, *_unknown(taken, path))


def _unknown(taken: shortcodes.Taken, path: str) -> list[Problem]:
    missing = dict.fromkeys(taken.missing)
    return [UNKNOWN_SHORTCODE.at(path, " ".join(each.split())[:120]) for each in missing]


def bounded(html: str, path: str) -> tuple[str, tuple[Problem, ...]]:
    """Return a rendered body, "" for one of so many elements that it takes gigabytes to clean; and a problem then."""
    if html.count("<") <= _MOST_ELEMENTS or sum(1 for _ in _ELEMENT.finditer(html)) <= _MOST_ELEMENTS:
        return html, ()
    return "", (TOO_LARGE.at(path, f"more than {_MOST_ELEMENTS:,} elements; the body is left out"),)


def _depth(html: str) -> int:
    """Return how deep elements are nested; those that may have no end tag are not counted."""
    deepest = depth = 0
    for tag in re.finditer(r"<(/?)([A-Za-z][A-Za-z0-9]*)", html):
        closes, name = tag.groups()
        if name.lower() not in ("br", "img", "hr", "p", "li", "input", "meta", "link", "source", "td", "tr", "wbr"):
            depth += -1 if closes else 1
            deepest = max(deepest, depth)
    return deepest


def _markup(path: str) -> Markup:
    endings: dict[str, Markup] = {".html": "html", ".txt": "text", ".rst": "rst"}
    return endings.get(stem_and_ending(path)[1].lower(), "markdown")


def render(body: Body) -> str:
    """Return the body as an HTML fragment, which is not safe yet."""
    if not body.text:
        return ""
    if body.markup == "rst" and has("docutils"):
        return _with_targets(rst_rendered(body.text)[0])
    if body.markup in ("text", "rst"):
        return _paragraphs(body.text)
    if body.markup == "html" or _is_html(body):
        if _has_liquid(body):
            return _liquid(body.text, body)[0]
        return (
            shortcodes.put_back(taken.text, taken)
            if (taken := _of_html(body))
            else shortcodes.captioned(body.text, str)
        )
    return _markdown(body)


def _is_markdown(body: Body) -> bool:
    return body.markup == "markdown" and not _is_html(body)


def _has_liquid(body: Body) -> bool:
    """Return whether a body is HTML in which Liquid counts: written for a site of a generator that reads it."""
    return bool(body.home and body.is_own and "{" in body.text and body.markup in ("html", "markdown"))


def _of_html(body: Body) -> shortcodes.Taken | None:
    """Return a body in HTML without Hugo's shortcodes, which it may have as well; None for one without."""
    has_some = body.is_own and _SHORTCODE.search(body.text)
    return shortcodes.taken_out(body.text, str) if has_some else None


def _with_targets(html: str) -> str:
    """Return rendered reStructuredText with addresses for Pelican's links to files."""
    html = re.sub(r'((?:href|src)=")[{|](?:filename|static|attach)[}|](/[^\s"]*\.(?!rst|md)\w+)', r"\1\2", html)
    beside = r'((?:href|src)=")([{|]filename[}|]([^\s"]+))'
    return re.sub(beside, lambda to: to[1] + targets.pending("beside", *map(unescape, (to[3], to[2]))), html)


def is_written(body: Body) -> bool:
    """Return whether a body is Markdown or plain text, as a person writes."""
    return body.markup in ("text", "rst") or _is_markdown(body)


def _is_html(body: Body) -> bool:
    """Return whether a body is HTML, and its dialect reads no Markdown within elements of it."""
    holds_markdown = body.dialect.name in ("kramdown", "python-markdown") and "markdown=" in body.text
    return is_html(body.text) and not holds_markdown


@lru_cache(maxsize=2)  # a body and its excerpt are asked for several times each
def is_html(text: str) -> bool:
    """Return whether a body is HTML, not Markdown with HTML in it.

    It begins with a block element, and has nothing but white space between the elements.
    """
    opening = _OPENS_WITH_BLOCK.match(text)
    if not opening or "markdown=" in opening[1] or not text.endswith(">"):
        return False
    try:
        root = lxml_html.fragment_fromstring(text, create_parent=True)
    except (ValueError, lxml_html.etree.LxmlError):
        return True
    return not "".join(filter(None, (root.text, *(element.tail for element in root)))).strip()


def _markdown(body: Body) -> str:
    text, dialect = body.text, body.dialect
    if len(text) > _MOST_MARKS * 100 or text.count("[") > _MOST_MARKS:
        return _paragraphs(text)
    text = text if dialect.name else _without_gaps(text)
    taken = shortcodes.taken_out(text, rendered_line)
    html = shortcodes.put_back(rendered(_liquid(taken.text, body)[0], dialect), taken)
    html = _CONTENTS.sub("", html) if is_written(body) else html
    # The parser gives up on absurd nesting, and on the text in it.
    is_lost = not _SHOWN.search(html) and not _SHOWN.search(re.sub(r"<[^<>]*>", "", html)) and len(text) > 1000
    return _paragraphs(text) if is_lost else html


def _without_gaps(text: str) -> str:
    """Return a Markdown text without the blank lines before indented HTML in its blocks of HTML.

    A blank line ends a block of HTML in CommonMark, and makes code of indented lines after it; in Jekyll's kramdown
    a block ends with its end tag.
    """
    if not _GAP.search(text):
        return text
    out: list[str] = []
    at = 0
    for opening in _HTML_LINE.finditer(text):
        if opening.start() < at:
            continue
        end = _end_of(text, opening)
        block = text[opening.start() : end]
        if not end or "markdown=" in opening[0] or "<pre" in block.lower() or not _GAP.search(block):
            continue
        out += text[at : opening.start()], _BLANK.sub("\n", block), "\n"
        at = end
    return "".join([*out, text[at:]])


def _end_of(text: str, opening: re.Match[str]) -> int:
    """Return where the element ends that a tag opens; 0 if it is not closed."""
    depth = 0
    for tag in later(rf"<(/?){opening[1]}\b", re.IGNORECASE).finditer(text, opening.start()):
        depth += -1 if tag[1] else 1
        if depth <= 0:
            return tag.end() + 1
    return 0


def _paragraphs(text: str) -> str:
    blocks = re.split(r"\n[ \t]*\n\s*", escape(text, quote=False))
    return "".join(f"<p>{block.strip()}</p>".replace("\n", "<br>\n") for block in blocks if block.strip())


def _liquid(text: str, body: Body) -> tuple[str, list[str]]:
    """Return the text with its Liquid tags replaced or removed, and those that only a site generator can fill in."""
    tokens = list(_TOKEN.finditer(text)) if "{" in text else []
    last = {token["name"]: at for at, token in enumerate(tokens)}
    out: list[str] = []
    missing: list[str] = []
    is_of_site = bool(body.home and body.is_own)  # where any tag is one of the generator's
    done = at = 0
    while at < len(tokens):
        token = tokens[at]
        closing = _closing(tokens, at, last)
        if token["fence"] or closing < len(tokens):
            out.append(_without_braces(text[done : token.start()], body))
            start, done = tokens[closing].span() if closing < len(tokens) else (len(text), len(text))
            inner = text[token.end() : start]
            code = _RAW.sub("", text[token.start() : done]) if is_of_site else text[token.start() : done]
            out.append(code if token["fence"] else _block(token, inner, body))
            at = closing
        elif token["name"] in _FILLED_IN or (is_of_site and "`" not in text[token.start() - 1 : token.start()]):
            out.append(_without_braces(text[done : token.start()], body))
            out[-1], address = _target(token, out[-1], body.home)
            is_end = token["name"].startswith("end")
            missing += [token[0]] if address in ("", targets.NOWHERE) and not is_end else []
            out.append(address)
            done = token.end()
        at += 1
    return "".join([*out, _without_braces(text[done:], body)]), missing


def _closing(tokens: list[re.Match[str]], at: int, last: dict[str, int]) -> int:
    """Return the index of the token that closes this one, or the number of tokens."""
    fence, name = tokens[at]["fence"], _ENDS.get(tokens[at]["name"], "")
    if fence or last.get(name, -1) > at:
        for later in range(at + 1, len(tokens)):
            if (tokens[later]["fence"] or "").startswith(fence) if fence else tokens[later]["name"] == name:
                return later
    return len(tokens)


def _target(token: re.Match[str], before: str, home: str) -> tuple[str, str]:
    """Return the text before a tag, and what stands for the tag: a pending address for a link to a file, or ""."""
    bare = next((before.removesuffix(each) for each in (home.rstrip("/"), _path_of(home)) if before.endswith(each)), "")
    written = _ARGUMENT.fullmatch(token[0])
    if not shortcodes.is_target(bare or before):
        return before, _shown(token["name"], written[1], home) if written else ""
    if token["name"] not in ("link", "post_url") or not written:
        return before, targets.NOWHERE
    how: targets.How = "root" if token["name"] == "link" else "anywhere"
    return bare or before, targets.pending(how, written[1].strip("\"'"), token[0])


def _shown(name: str, written: str, home: str) -> str:
    """Return what a tag of Jekyll or Hexo says of a picture, a video or a link, as Markdown or HTML; "" for others."""
    arguments = shortcodes.arguments_of(written)
    if name.startswith("include"):
        return _included(arguments, home)
    if name in ("youtube", "vimeo", "gist"):
        return shortcodes.embedded(name, written.split(maxsplit=1)[0].strip("\"'"))
    given = [*arguments.values()]
    picture = next((each for each in given if shortcodes.PICTURE.search(each)), "")
    if name in ("asset_img", "img") and picture:
        words = [each for each in given[given.index(picture) + 1 :] if not each.isdecimal()]
        return f"![{words[0] if words and ' ' in words[0] else ' '.join(words)}](<{picture}>)"
    if name in ("post_link", "asset_link"):
        return " ".join(given[1:]) or "".join(given)
    alt = next((each for each in given if " " in each), "")
    return _included({"src": re.sub(r"^(\./)?(src/)?", "", picture), "alt": alt, **arguments}, home) if picture else ""


def _included(arguments: shortcodes.Arguments, home: str) -> str:
    """Return the picture or the video that a file shows which is included with these arguments; or ""."""
    named = {key: value for key, value in arguments.items() if not key.isdecimal()}
    if number := named.get("id") or named.get("video_id"):
        kind = next((each for each in ("youtube", "vimeo") if each in " ".join(arguments.values()).lower()), "")
        return shortcodes.embedded(kind, number)
    source = next((value for value in named.values() if shortcodes.PICTURE.search(value)), "")
    if source and not source.startswith((_path_of(home) or "//", "//", "http://", "https://")):
        source = home.rstrip("/") + "/" + source.lstrip("/")
    return shortcodes.kept({**named, "src": source}) if source else ""


def _path_of(home: str) -> str:
    """Return the path of the site's address, without "/" at its end."""
    return "/" + home.split("/", 3)[3].rstrip("/") if home.count("/") > 3 else ""


def _block(opening: re.Match[str], inner: str, body: Body) -> str:
    """Return a block of Liquid as Markdown or HTML, given the text between its tags."""
    if opening["name"] in ("comment", "raw"):
        return inner if opening["name"] == "raw" else ""
    if not _is_markdown(body):
        return f'<pre><code class="language-{escape(opening["word"])}">{escape(inner.strip(chr(10)))}\n</code></pre>'
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", inner)), default=0))
    code = inner.strip("\n")
    return f"\n{fence}{opening['word']}\n{code}\n{fence}\n"


def _without_braces(text: str, body: Body) -> str:
    """Return the text with addresses for Liquid, and without attribute lists where the dialect would show them."""
    if "{" not in text:
        return text
    text = _SITE.sub(lambda found: _site_address(found, body.home), text)
    has_lists = body.dialect.name or not is_written(body)
    return text if has_lists else _ATTRIBUTES.sub("", _HEADING_ID.sub(r"\1 {#\2}", text))


def _site_address(found: re.Match[str], home: str) -> str:
    """Return the site's own address, or one from its root, as far as it is known where the site is."""
    place, path = found["place"] or "", _path_of(home)
    if found["name"] == "baseurl":
        return path
    if place:
        return f"{home.rstrip('/')}/{place.lstrip('/')}" if home and ":" not in place else place
    rest = found.string[found.end() :]
    has_path = path and (rest.startswith(f"{path}/") or re.match(r"\{\{-?\s*site\.baseurl\b", rest))
    return home.rstrip("/").removesuffix(path if has_path else "")
