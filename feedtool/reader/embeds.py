"""What the shortcodes stand for that come with Hugo and Zola -> HTML. Pure.

Only those are made whose content stands in the text; the rest is up to themes that nobody knows here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape

#: by name, or by number where an argument has none
Arguments = Mapping[str, str]

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_PLACE = re.compile(r"[\w.-]{1,64}", re.ASCII)


def made(name: str, arguments: Arguments, inner: str, inline: Callable[[str], str]) -> str | None:
    """Return the HTML of a shortcode, None where nobody can tell; `inline` renders Markdown without paragraphs."""
    maker = _MAKERS.get(name)
    return maker(arguments, inner, inline) if maker else None


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


def _frame(address: str) -> Callable[[Arguments, str, Callable[[str], str]], str | None]:
    def make(arguments: Arguments, _: str, __: Callable[[str], str]) -> str | None:
        name = arguments.get("id") or arguments.get("0", "")
        return f'<iframe src="{address}{name}"></iframe>' if _ID.fullmatch(name) else None

    return make


def _link(template: str, *names: str) -> Callable[[Arguments, str, Callable[[str], str]], str | None]:
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


_MAKERS: Mapping[str, Callable[[Arguments, str, Callable[[str], str]], str | None]] = {
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
