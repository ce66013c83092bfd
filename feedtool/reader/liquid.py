"""Liquid in a Markdown body -> what a site generator would make of it, as far as the text alone tells. Pure.

Code is left as it is: in fences, and between `raw` tags.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from feedtool.reader.internal_links import NOWHERE, is_target

#: a Liquid tag, or a line that opens or closes a code block
_TOKEN = re.compile(
    r"\{%-?\s*(?P<name>\w+)\s*(?P<word>[\w+#-]*)[^%{}\n]{0,400}%\}|^ {0,3}(?P<fence>`{3,}|~{3,}).*$", re.MULTILINE
)
#: the site's own address, or one from its root
_SITE = re.compile(
    r"""\{\{-?\s*(?:site\.(?:url|baseurl)
    |(?P<quote>["'])(?P<place>[^"'{}\n]{0,500})(?P=quote)\s*\|\s*(?:relative_url|absolute_url|url))\s*-?\}\}""",
    re.VERBOSE,
)
_ATTRIBUTES = re.compile(
    r"(?:^|(?<=\S))[ \t]{0,3}\{:[^{}\n]{0,200}\}[ \t]{0,3}$|(?<=\S)\{:[^{}\n]{0,200}\}", re.MULTILINE
)
#: tags that stand for something only a site generator knows
_FILLED_IN = {"include", "include_relative", "link", "post_url", "gist", "youtube", "assign", "capture", "endcapture"}
_ENDS = {"highlight": "endhighlight", "comment": "endcomment", "raw": "endraw"}


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    #: the tag's name, or "" for a fence
    name: str
    word: str
    #: the fence's characters, or "" for a tag
    fence: str


def fill_in(text: str) -> str:
    """Return the text with the tags done or left out; other braces stay."""
    return _walk(text)[0] if "{" in text else text


def left_out(text: str) -> list[str]:
    """Return the tags that are left out because only a site generator could fill them in."""
    return _walk(text)[1] if "{%" in text else []


def _walk(text: str) -> tuple[str, list[str]]:
    tokens = [_token(found) for found in _TOKEN.finditer(text)]
    last = {token.name: at for at, token in enumerate(tokens)}
    out: list[str] = []
    missing: list[str] = []
    done = at = 0
    while at < len(tokens):
        token = tokens[at]
        closing = _closing(tokens, at, last)
        if token.fence or closing is not None:
            out.append(_plain(text[done : token.start]))
            end = tokens[closing] if closing is not None else _Token(len(text), len(text), "", "", "")
            out.append(_block(token, end, text))
            done, at = end.end, len(tokens) if closing is None else closing
        elif token.name in _FILLED_IN:
            out.append(_plain(text[done : token.start]))
            missing.append(text[token.start : token.end])
            out.append(NOWHERE if is_target(out[-1]) else "")
            done = token.end
        at += 1
    return "".join([*out, _plain(text[done:])]), missing


def _token(found: re.Match[str]) -> _Token:
    return _Token(found.start(), found.end(), found["name"] or "", found["word"] or "", found["fence"] or "")


def _closing(tokens: Sequence[_Token], at: int, last: dict[str, int]) -> int | None:
    """Return the place of the token that closes this one, or None."""
    opening = tokens[at]
    name = _ENDS.get(opening.name, "")
    if not opening.fence and last.get(name, -1) <= at:
        return None
    for later in range(at + 1, len(tokens)):
        fence = tokens[later].fence
        if (fence.startswith(opening.fence) if opening.fence else tokens[later].name == name) and (fence or name):
            return later
    return None


def _block(opening: _Token, closing: _Token, text: str) -> str:
    """Return what stands between two tokens, and the tokens, as Markdown."""
    inner = text[opening.end : closing.start]
    if opening.name == "comment":
        return ""
    if opening.name == "raw":
        return inner
    if opening.fence:
        return text[opening.start : closing.end]
    longest = max((len(run) for run in re.findall(r"`+", inner)), default=0)
    fence = "`" * max(3, longest + 1)
    code = inner.strip("\n")
    return f"\n{fence}{opening.word}\n{code}\n{fence}\n"


def _plain(text: str) -> str:
    return _ATTRIBUTES.sub("", _SITE.sub(lambda found: found["place"] or "", text)) if "{" in text else text
