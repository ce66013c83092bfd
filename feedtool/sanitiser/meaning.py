"""What hangs on attributes and would be lost with them: ticks, direction, emoji, encoded mail addresses, <base>.

In: a tree as parsed. Out: the same tree with that said by text, by `dir` or by `href`.
"""

from __future__ import annotations

import re

from bs4 import Tag

from feedtool import urls
from feedtool.sanitiser.dom import Edits, Text, attribute, elements, fill
from feedtool.syntax import is_mail

#: What shows that a page may have any of that, besides a checkbox.
_PARTS = ("direction", "emoji", "smiley", "cfemail", "email-protection")
_BASE = re.compile(r"""<base\b[^<>]*?\bhref\s*=\s*["']?([^"'\s<>]+)""", re.IGNORECASE)
_DIRECTION = re.compile(r"(?:^|[;\s])direction\s*:\s*(rtl|ltr)", re.IGNORECASE)
_EMOJI = re.compile(r"(?:wp-smiley|(?:tw|joy|no)?emoji(?:one|con|-img|fy)?s?)", re.IGNORECASE)
#: Characters that the name of a picture has: /unicode/1f1e9-1f1ea.png
_CODES = re.compile(r"/(?:u)?((?:[0-9a-f]{4,5}[-_]?){1,8})\.(?:png|svg|gif|webp)(?:$|\?)", re.IGNORECASE)
_SHORT_NAME = re.compile(r":[\w+-]+:")
_ENCODED = re.compile(r"/cdn-cgi/l/email-protection#([0-9a-fA-F]{6,400})$")


def base_of(html: str, address: str) -> str:
    """Return the address that relative addresses of a page start from: that of its <base>, if it has one."""
    found = _BASE.search(html) if "<base" in html or "<BASE" in html else None
    return urls.absolute(found[1], address) or address if found else address


def mend_meaning(root: Tag, html: str, names: set[str]) -> None:
    """Mend all of it below an element in place; `html` is what the tree was parsed from, `names` its elements."""
    if "input" not in names and not any(part in html for part in _PARTS):
        return
    edits = Edits()
    for tag in elements(root):
        if tag.name == "input" and attribute(tag, "type").lower() == "checkbox":
            if not any(above.name == "form" for above in tag.parents):
                edits.replace(tag, Text("☑" if "checked" in tag.attrs else "☐"), *_space_after(tag))
        elif tag.name == "img" and any(map(_EMOJI.fullmatch, attribute(tag, "class").split())):
            if sign := _sign_of(tag):
                edits.replace(tag, Text(sign))
        elif tag.attrs:
            _mend_mail(tag)
            if (written := _DIRECTION.search(attribute(tag, "style"))) and not attribute(tag, "dir"):
                tag.attrs["dir"] = written[1].lower()
    edits.apply()


def _space_after(tag: Tag) -> list[Text]:
    after = tag.next_sibling
    return [] if isinstance(after, Text) and after[:1].isspace() else [Text(" ")]


def _sign_of(picture: Tag) -> str:
    """Return the text that the picture of an emoji stands for; its address tells more than a name between colons."""
    alt = attribute(picture, "alt").strip()
    codes = _CODES.search(attribute(picture, "src")) if not alt or _SHORT_NAME.fullmatch(alt) else None
    if codes:
        numbers = [int(code, 16) for code in re.split("[-_]", codes[1]) if code]
        if all(0x2000 < number < 0x110000 and not 0xD800 <= number < 0xE000 for number in numbers):
            return "".join(map(chr, numbers))
    return alt if len(alt) < 40 else ""


def _mend_mail(tag: Tag) -> None:
    """Decode a mail address that Cloudflare encoded, in the text and in the link."""
    if shown := _decoded(attribute(tag, "data-cfemail")):
        fill(tag, [Text(shown)])
        if tag.name == "a":
            tag.attrs["href"] = f"mailto:{shown}"
    elif tag.name == "a" and (encoded := _ENCODED.search(attribute(tag, "href"))) and (mail := _decoded(encoded[1])):
        tag.attrs["href"] = f"mailto:{mail}"


def _decoded(digits: str) -> str:
    """Return the mail address in hexadecimal digits, of which the first two are the key; or ""."""
    try:
        key, *letters = bytes.fromhex(digits)
        mail = bytes(letter ^ key for letter in letters).decode().partition("?")[0]
    except ValueError:
        return ""
    return mail if is_mail(mail) else ""
