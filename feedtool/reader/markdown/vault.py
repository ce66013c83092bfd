"""What a vault of Obsidian has beyond Markdown: `[[links]]`, `![[pictures]]`, `%%comments%%`, `==marks==`, callouts."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from feedtool.reader.markdown.additions import github_slug
from feedtool.reader.targets import pending

_WIKI = re.compile(r"(!?)\[\[([^\[\]|\n]{0,500})(?:\|([^\[\]\n]{0,500}))?\]\]")
#: files that Obsidian shows, as a picture, a recording, a film, or by themselves
_FILE = re.compile(
    r"\.(?:(?P<img>avif|bmp|gif|jpe?g|png|svg|webp)|(?P<audio>flac|m4a|mp3|ogg|wav|3gp)|(?P<video>mkv|mov|mp4|ogv|webm)"
    r"|(?P<a>pdf))\Z",
    re.IGNORECASE,
)
_PLAYER = re.compile(r"https?://(?:(?:www|m)\.)?(?:youtube\.com/watch\?(?:[^#\s]{1,99}&)?v=|youtu\.be/)([\w-]{6,20})")
_POST_ELSEWHERE = re.compile(r"https?://(?:www\.)?(?:twitter|x)\.com/\w+/status/\d+")
#: any sign marks a task as done
_DONE = re.compile(r"\[[^\s\[\]]\]\s")
_SAFE = "/:@!$&'()*+,;=~"
_SIZE = re.compile(r"(?:(.*)\|)?(\d{1,5})(?:x(\d{1,5}))?\Z", re.DOTALL)
_CALLOUT = re.compile(r"\[!([\w-]{1,50})(?:\|[^\]\n]{0,100})?\][+-]?[ \t]*([^\n]*)(?:\n|\Z)")
_PLACE = re.compile(r"(?:\A|[ \t\n])\^[A-Za-z0-9-]{1,100}\Z")


def vault_plugin(parser: MarkdownIt) -> None:
    """Read what Obsidian shows.

    A link to another note has a pending address: see `feedtool.reader.targets`.
    """
    parser.inline.ruler.before("link", "wiki_link", _wiki)
    parser.inline.ruler.before("link", "comment", _comment)
    parser.inline.ruler.before("link", "highlight", _highlight)
    ends = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "comment_block", _comment_block, {"alt": ends})
    parser.core.ruler.after("block", "callouts", _callouts)
    parser.core.ruler.push("pictures", _pictures)


def _wiki(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
    found = _WIKI.match(state.src, state.pos) if state.src[state.pos] in "![" else None
    if not found or not found[2].strip() or (found[1] and state.src[state.pos] != "!"):
        return False
    if not silent:
        name, alias = found[2].strip(), (found[3] or "").strip()
        file = _FILE.search(name.partition("#")[0])
        if file and found[1] and file.lastgroup != "a":
            _push_media(state, file.lastgroup or "", name, alias)
        else:
            _push_link(state, name, alias, is_file=bool(file))
    state.pos = found.end()
    return True


def _push_media(state: StateInline, kind: str, name: str, alias: str) -> None:
    address = quote(name.partition("#")[0], safe=_SAFE)
    if kind != "img":
        state.push("html_inline", "", 0).content = f'<{kind} src="{escape(address)}" controls></{kind}>'
        return
    token = state.push("image", "img", 0)
    token.content, token.children = alias, [Token("text", "", 0, content=alias)]
    token.attrs = {"src": address, "alt": ""}


def _push_link(state: StateInline, name: str, alias: str, *, is_file: bool) -> None:
    note, _, heading = name.partition("#")
    last = heading.rpartition("#")[2]
    address = pending("anywhere", note, f"[[{name}]]") if note else ""
    if is_file:
        address, alias = quote(name, safe=f"{_SAFE}#"), alias or note
    elif last and not last.startswith("^"):
        address += f"#{quote(github_slug(last))}"
    words = alias or " > ".join(part.strip() for part in name.split("#") if part.strip() and not part.startswith("^"))
    state.push("link_open", "a", 1).attrs = {"href": address or "#"}
    state.push("text", "", 0).content = words or name
    state.push("link_close", "a", -1)


def _comment(state: StateInline, silent: bool) -> bool:  # noqa: ARG001, FBT001
    end = state.src.find("%%", state.pos + 2) if state.src.startswith("%%", state.pos) else -1
    if end < 0 or end + 2 > state.posMax:
        return False
    state.pos = end + 2
    return True


def _highlight(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    text, start = state.src, state.pos + 2
    if not text.startswith("==", state.pos) or text[start : start + 1] in (" ", "\n", "=", ""):
        return False
    end = text.find("==", start, state.posMax)
    if end < 0 or text[end - 1] in " \n":
        return False
    if not silent:
        most = state.posMax
        state.pos, state.posMax = start, end
        state.push("mark_open", "mark", 1)
        state.md.inline.tokenize(state)
        state.push("mark_close", "mark", -1)
        state.posMax = most
    state.pos = end + 2
    return True


def _comment_block(state: StateBlock, line: int, last: int, silent: bool) -> bool:  # noqa: FBT001
    start = state.bMarks[line] + state.tShift[line]
    if not state.src.startswith("%%", start) or state.is_code_block(line):
        return False
    first = state.src[start + 2 : state.eMarks[line]].rstrip()
    if "%%" in first and not first.endswith("%%"):
        return False
    if first.endswith("%%") and first.count("%%") == 1:
        state.line = line + 1
        return True
    closing = state.src.find("%%", state.eMarks[line])
    end = next((row for row in range(line + 1, last) if state.eMarks[row] > closing), 0) if closing >= 0 else 0
    if not end or state.src[closing + 2 : state.eMarks[end]].strip():
        return False
    if not silent:
        state.line = end + 1
    return True


def _callouts(state: StateCore) -> None:
    """Turn the first line of a callout into its title; tick tasks; leave out the names of places."""
    tokens, out = state.tokens, []
    for at, token in enumerate(tokens):
        out.append(token)
        if token.type != "inline":
            continue
        if at > 1 and tokens[at - 2].type == "list_item_open" and _DONE.match(token.content):
            tokens[at - 2].meta, token.content = {"checked": True}, token.content[4:]
        token.content = _PLACE.sub("", token.content)
        found = _CALLOUT.match(token.content) if at > 1 and tokens[at - 2].type == "blockquote_open" else None
        if not found:
            continue
        tokens[at - 2].attrs |= {"class": f"callout {found[1].lower()}"}
        rest = token.content[found.end() :]
        words = found[2].strip() or found[1].replace("-", " ").capitalize()
        token.content = f"**{words}**" if "*" not in words else words
        if rest:
            more = Token("inline", "", 0, content=rest, children=[], map=token.map, level=token.level, block=True)
            out += [Token("paragraph_close", "p", -1, block=True), Token("paragraph_open", "p", 1, block=True), more]
    state.tokens = out


def _pictures(state: StateCore) -> None:
    """Read sizes, `![words|300](picture.png)` and `![[picture.png|300]]`; show films that stand as pictures."""
    for block in state.tokens:
        for token in block.children or () if block.type == "inline" else ():
            address = str(token.attrs.get("src", "")) if token.type == "image" else ""
            if film := _PLAYER.match(address):
                token.type = "html_inline"
                token.content = f'<iframe src="https://www.youtube.com/embed/{film[1]}"></iframe>'
            elif _POST_ELSEWHERE.match(address):
                token.type, token.content = "html_inline", f'<a href="{escape(address)}">{escape(address)}</a>'
            size = _SIZE.match(token.content) if token.type == "image" and token.children else None
            if size and len(token.children or ()) == 1:
                token.content = size[1] or ""
                token.children = [Token("text", "", 0, content=token.content)]
                token.attrs |= {"width": size[2], **({"height": size[3]} if size[3] else {})}
