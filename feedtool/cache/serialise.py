"""Posts, stories and entries <-> bytes. A rendered entry is few: its content is kept once, and compressed.

Each format is kept as its text before and behind the content, with the way in which it writes the content. A format
that writes it in another way is kept whole.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

from feedtool.cache.packing import DamagedError, named, packed, sound, unpacked, whole_id
from feedtool.model import WAYS, Author, Enclosure, Entry, Fact, Fragment, Part, Post, Story

_T = TypeVar("_T")

_WEB = re.compile(r"https?://[!-~]+")


def terms_of(story: Story) -> bytes | None:
    """Return the packed categories and tags of a story; None where they are those of its post."""
    post, own = story.post, (story.categories, story.tags)
    return None if own == (post.categories, post.tags) else packed(own)


def story_number(text: str) -> int:
    """Return a number for what the posts of a story have in common."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def short_mark(mark: str) -> bytes | str:
    """Return a mark as half as many bytes, unless it says that something is missing."""
    try:
        return bytes.fromhex(mark)
    except ValueError:
        return mark


def whole_mark(kept: bytes | str) -> str:
    """Return the mark that `short_mark` shortened."""
    return kept.hex() if isinstance(kept, bytes) else kept


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


#: posts that are kept together: alone, they would take twice the space. And such groups that are open at a time
_TOGETHER, _OPEN = 64, 16


class Shelf:
    """The posts that the files say, by the rows of their files."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._groups: dict[int, dict[int, bytes]] = {}
        self._changed: set[int] = set()

    def post(self, no: int) -> Post:
        """Return the post of a file. Raises DamagedError."""
        content = self._group(no // _TOGETHER).get(no)
        if content is None:
            raise DamagedError("a post is missing")
        return post_of(content)

    def story(
        self, no: int, entry_id: bytes | str, published_ms: int, updated_ms: int, terms: bytes | None, page: str
    ) -> Story:
        """Return a story by the row of its post's file, its own fields, and what `terms_of` packed.

        Raises DamagedError.
        """
        post = self.post(no)
        categories, tags = unpacked(terms) if terms else ([*post.categories], [*post.tags])
        fields = {"id": whole_id(entry_id), "published_ms": published_ms, "updated_ms": updated_ms, "page": page}
        return Story(post=post, **sound(Story, fields | {"categories": categories, "tags": tags}))

    def put(self, no: int, content: bytes | None) -> None:
        """Keep the packed post of a file, or none. `save` lets others see it."""
        group = self._group(no // _TOGETHER)
        group.pop(no, None)
        if content is not None:
            group[no] = content
        self._changed.add(no // _TOGETHER)

    def _group(self, number: int) -> dict[int, bytes]:
        if number not in self._groups:
            if len(self._groups) == _OPEN:
                self.save()
            row = self._db.execute("SELECT posts FROM shelf WHERE no = ?", (number,)).fetchone()
            self._groups[number] = dict(_apart(_inflated(row[0]))) if row else {}
        return self._groups[number]

    def save(self) -> None:
        """Write what has changed, and forget what was read."""
        for number in sorted(self._changed):
            if group := self._groups[number]:
                content = b"".join(b"%d %d %b" % (no, len(group[no]), group[no]) for no in sorted(group))
                self._db.execute("INSERT OR REPLACE INTO shelf VALUES (?, ?)", (number, zlib.compress(content)))
            else:
                self._db.execute("DELETE FROM shelf WHERE no = ?", (number,))
        self._groups.clear()
        self._changed.clear()


def _apart(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the posts of a group, each with the row of its file. Raises DamagedError."""
    at = 0
    try:
        while at < len(content):
            no, length, _ = content[at : at + 40].split(b" ", 2)
            start = at + len(no) + len(length) + 2
            at = start + int(length)
            yield int(no), content[start:at]
    except ValueError as error:
        raise DamagedError("a group of posts is damaged") from error


def _inflated(content: bytes, common: bytes = b"") -> bytes:
    try:
        return zlib.decompressobj(zdict=common).decompress(content, _LARGEST)
    except zlib.error as error:
        raise DamagedError("a value is damaged") from error


#: what all entries have in common, so that none needs to say it: a sixth. Elements of texts, then the three formats
_COMMON = (
    b'</blockquote></li></ul></table></h2></h3><figure><figcaption><img src="https://www." alt="" width="" '
    b'height=""/>'
    b'</strong><br/></a></p><p><a href="https://", "urn:uuid:", ", "", "", [], [], false],'
    rb'[[0,"  <entry>\n    <id>urn:uuid:</id>\n    <title></title>\n    <updated>20T00:00:00.000Z</updated>\n'
    rb'    <author>\n      <name></name>\n    </author>\n    <content type=\"html\">","</content>\n'
    rb'    <link rel=\"alternate\" type=\"text/html\" href=\"https://"/>\n    <summary></summary>\n'
    rb'    <category term=\"\" label=\"\"/>\n    <published>20T00:00:00.000Z</published>\n  </entry>\n"],'
    rb'[1,"    <item>\n      <title></title>\n      <link>https://</link>\n      <description></description>\n'
    rb'      <content:encoded><![CDATA[","]]></content:encoded>\n      <guid isPermaLink=\"false\">urn:uuid:'
    rb"</guid>\n      <category></category>\n      <pubDate>, 20 00:00:00 +0000</pubDate>\n"
    rb'      <dc:creator></dc:creator>\n    </item>\n"],[2,"\n    {\n      \"id\": \"urn:uuid:\",\n'
    rb'      \"url\": \"https://\",\n      \"title\": \"\",\n      \"content_html\": \"","\",\n'
    rb"      \"summary\": \"\",\n      \"image\": \"https://\",\n      \"date_published\": \"20T00:00:00.000Z"
    rb"\",\n      \"date_modified\": \"20T00:00:00.000Z\",\n      \"authors\": [\n        {\n"
    rb'          \"name\": \"\"\n        }\n      ],\n      \"tags\": [\n        \"\"\n      ]\n    }"]]'
)
#: of zlib: the usual one takes a third longer for a fiftieth less
_LEVEL = 4
#: where an entry has its content
_CONTENT = Entry.__slots__.index("content_html")  # type: ignore[attr-defined]
#: bytes; a file that claims more is damaged
_LARGEST = 100_000_000


def squeezed(entry: Entry, fragment: Fragment) -> bytes:
    """Return a rendered entry as few bytes."""
    forms = [
        [part.before] if part.way is None else [part.way, part.before, part.behind]
        for part in (fragment.atom, fragment.rss, fragment.json)
    ]
    writer = zlib.compressobj(_LEVEL, zdict=_COMMON)
    return writer.compress(packed([entry.content_html, replace(entry, content_html=""), forms])) + writer.flush()


# the page of all feeds shows the newest of each, which a preview builds again and again
@lru_cache(maxsize=512)
def entry_in(content: bytes) -> Entry:
    """Return the entry. Raises DamagedError."""
    return _parts(content)[0]


def rendered_in(content: bytes, entry_id: str) -> tuple[Entry, Fragment]:
    """Return the entry, and its formats under the id that its story has now. Raises DamagedError."""
    entry, forms = _parts(content)
    try:
        atom, rss, json_ = map(_part, forms)
    except (TypeError, ValueError) as error:
        raise DamagedError("an entry is damaged") from error
    return entry, Fragment(id=entry_id, content=entry.content_html, atom=atom, rss=rss, json=json_)


def _parts(content: bytes) -> tuple[Entry, list[Any]]:
    try:
        text, head, forms = unpacked(_inflated(content, _COMMON))
        head[_CONTENT] = text
        entry = entry_of(head)
    except (IndexError, TypeError, ValueError) as error:
        raise DamagedError("an entry is damaged") from error
    if not isinstance(forms, list):
        raise DamagedError("an entry is damaged")
    return entry, forms


def _part(form: list[Any]) -> Part:
    """Return what a format has beside the content. Raises TypeError and ValueError for something else."""
    way, before, behind = (None, *form, "") if len(form) == 1 else form
    if way not in (None, *range(len(WAYS))) or not isinstance(before, str) or not isinstance(behind, str):
        raise ValueError(form)
    return Part(before=before, behind=behind, way=way)
