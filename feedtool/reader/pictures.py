"""An entry's picture: the one that its header names, or the first one of its content that is not small. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

#: as the sanitiser writes it
_PICTURE = re.compile(r'<img((?: [a-z]+(?:="[^"]*")?)+)|<video((?: [a-z]+(?:="[^"]*")?)+)')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
#: pixels; avatars, signs and buttons are smaller
_SMALLEST = 100
#: a size in a file's name, and names of signs, buttons and portraits
_SIZE = re.compile(r"[-_](\d{1,4})x(\d{1,4})\.[a-z]+(?:$|\?)", re.IGNORECASE)
_NO_SUBJECT = re.compile(
    r"(?:^|[/_.-])(?:avatars?|badges?|buttons?|emojis?|favicon|gravatar|icons?|logos?|pixel|qr-?codes?|smil(?:ey|ies)"
    r"|spacer)(?:[/_.-]|$)|shields\.io/|\.(?:svg|ico)(?:$|\?)",
    re.IGNORECASE,
)


def picture(image: str, content_html: str, *, find: bool) -> tuple[str, str]:
    """Return the address of an entry's picture, and what it shows; "" for what there is not.

    `image` is the absolute address that the header names, or "". Without one, the picture is looked for in the clean
    content if `find` says so.
    """
    if not (image or find) or ("<img" not in content_html and "<video" not in content_html):
        return image, ""
    for address, alt, attributes in _pictures(content_html):
        if address == image or (not image and _is_subject(address, attributes)):
            return address, alt
    return image, ""


def _pictures(content_html: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the address, the text and the attributes of each picture and each poster of a video."""
    for found in _PICTURE.finditer(content_html):
        attributes = dict(_ATTRIBUTE.findall(found[1] or found[2]))
        address = unescape(attributes.get("src" if found[1] else "poster", ""))
        if address.startswith("http"):
            yield address, " ".join(unescape(attributes.get("alt", "")).split()), attributes


def _is_subject(address: str, attributes: dict[str, str]) -> bool:
    """Return whether a picture is neither small nor a sign, as far as its size and its address tell."""
    given = [attributes[name] for name in ("width", "height") if name in attributes]
    named = _SIZE.search(address)
    sizes = [int(each) for each in (*given, *(named.groups() if named else ())) if each.isdecimal()]
    return min(sizes, default=_SMALLEST) >= _SMALLEST and not _NO_SUBJECT.search(address)
