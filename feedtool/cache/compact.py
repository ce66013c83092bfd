"""A rendered entry <-> few bytes: its content, which each format has once more, is kept once and compressed.

Each format is kept as its text before and behind the content, with the way in which it writes the content. A format
that writes it in another way is kept whole.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from feedtool.cache.packing import DamagedError, packed, unpacked
from feedtool.cache.serialise import entry_of
from feedtool.model import Entry, Fragment

#: more takes twice the time for a twentieth
_LEVEL = 3
#: bytes; a file that claims more is damaged
_LARGEST = 100_000_000


def _as_xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _as_cdata(text: str) -> str:
    return text.replace("]]>", "]]]]><![CDATA[>")


def _as_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


#: how formats write a text
_WAYS: tuple[Callable[[str], str], ...] = (_as_xml, _as_cdata, _as_json)


def squeezed(entry: Entry, fragment: Fragment) -> bytes:
    """Return a rendered entry as few bytes."""
    content = entry.content_html
    forms = [_cut(form.decode(), content) for form in (fragment.atom, fragment.rss, fragment.json)]
    return zlib.compress(packed([content, replace(entry, content_html=""), forms]), _LEVEL)


# the page of all feeds shows the newest of each, which a preview builds again and again
@lru_cache(maxsize=512)
def entry_in(content: bytes) -> Entry:
    """Return the entry. Raises DamagedError."""
    return _parts(content)[0]


def rendered_in(content: bytes) -> tuple[Entry, Fragment]:
    """Return the entry, and its formats. Raises DamagedError."""
    entry, forms = _parts(content)
    try:
        atom, rss, json_ = (_whole(form, entry.content_html) for form in forms)
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise DamagedError("an entry is damaged") from error
    return entry, Fragment(id=entry.id, atom=atom, rss=rss, json=json_)


def _parts(content: bytes) -> tuple[Entry, list[Any]]:
    try:
        reader = zlib.decompressobj()
        text, head, forms = unpacked(reader.decompress(content, _LARGEST))
        entry = entry_of(head)
    except (zlib.error, TypeError, ValueError) as error:
        raise DamagedError("an entry is damaged") from error
    if not isinstance(text, str) or not isinstance(forms, list):
        raise DamagedError("an entry is damaged")
    return replace(entry, content_html=text), forms


def _cut(form: str, content: str) -> list[object]:
    """Return the number of the way in which a format writes the content, and the text before and behind it."""
    for number, way in enumerate(_WAYS) if content else ():
        before, written, behind = form.partition(way(content))
        if written:
            return [number, before, behind]
    return [form]


def _whole(form: list[Any], content: str) -> bytes:
    """Return the format of which `_cut` returned the parts."""
    if len(form) == 1:
        text: str = form[0]
    else:
        number, before, behind = form
        text = before + _WAYS[number](content) + behind
    return text.encode()
