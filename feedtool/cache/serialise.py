"""Posts, stories and entries <-> bytes. A rendered entry is few: its content is kept once, and compressed.

Each format is kept as its text before and behind the content, with the way in which it writes the content. A format
that writes it in another way is kept whole.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

from feedtool.cache.packing import DamagedError, named, packed, sound, unpacked
from feedtool.model import Author, Enclosure, Entry, Fact, Fragment, Post, Story

_T = TypeVar("_T")

_WEB = re.compile(r"https?://[!-~]+")


def story_of(facts: bytes, post: bytes, page: str) -> Story:
    """Return the story with the fields that `facts_of` packed, the packed post and a page. Raises DamagedError."""
    entry_id, published_ms, updated_ms, categories, tags = unpacked(facts)
    fields = {"id": entry_id, "published_ms": published_ms, "updated_ms": updated_ms, "page": page}
    return Story(post=post_of(post), **sound(Story, fields | {"categories": categories, "tags": tags}))


def facts_of(story: Story) -> bytes:
    """Return the packed fields of a story without its post and its page."""
    return packed((story.id, story.published_ms, story.updated_ms, story.categories, story.tags))


def post_of(content: bytes) -> Post:
    """Return a packed post. Raises DamagedError, also for values that no post has."""
    return _made(Post, unpacked(content))


def entry_of(values: list[Any]) -> Entry:
    """Return an entry by the values of its fields. Raises DamagedError, also for values that no entry has."""
    return _made(Entry, values)


def _made(kind: type[_T], values: list[Any]) -> _T:
    fields = named(kind, values)
    fields["authors"] = tuple(Author(**named(Author, each)) for each in fields["authors"])
    fields["enclosures"] = tuple(Enclosure(**named(Enclosure, each)) for each in fields["enclosures"])
    fields["podcast"] = tuple(map(_fact, fields["podcast"]))
    if kind is Entry:
        others = [fields["source_url"], fields["image"], *(each.url for each in fields["enclosures"])]
        others += [author.uri for author in fields["authors"]]
        if not all(map(_WEB.fullmatch, (fields["url"], *filter(None, others)))):
            raise DamagedError("an address is damaged")
    return kind(**fields)


def _fact(values: list[Any]) -> Fact:
    fields = named(Fact, values)
    pairs = fields["attributes"]
    if not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(each, str) for each in pair) for pair in pairs
    ):
        raise DamagedError("a fact is damaged")
    return Fact(**{**fields, "attributes": tuple((name, text) for name, text in pairs)})


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
