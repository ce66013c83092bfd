"""Posts, stories and entries <-> bytes. A rendered entry is few: its content is kept once, and compressed.

Each format is kept as its text before and behind the content, with the way in which it writes the content. A format
that writes it in another way is kept whole.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote

from feedtool.cache.packing import (
    DamagedError,
    dumped,
    fields_of,
    loaded,
    named,
    packed,
    sound,
    unpacked,
    unzipped,
    whole_id,
    zipped,
)
from feedtool.model import WAYS, Author, Enclosure, Entry, Fact, Fragment, Part, Post, Story

if TYPE_CHECKING:
    from feedtool.cache.database import Cache

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


def post_text(post: Post, name: str) -> str:
    """Return a post as a text, without what its row tells, or its file's name; of addresses the letters are kept."""
    values, stem = fields_of(post), _stem(name)
    if post.path == name:
        values[_PATH] = 0
    if stem.endswith(post.slug):
        values[_SLUG] = len(stem) - len(post.slug)
    if post.identity_ms == post.published_ms:
        values[_IDENTITY] = None
    values[_PUBLISHED], values[_SOURCE] = 0, _letters(post.source)
    return dumped(values)


def _letters(url: str) -> str | list[Any]:
    """Return what `_escaped` makes the address of, if that is another text."""
    with suppress(UnicodeDecodeError):
        for times in (2, 1) if "%" in url else ():
            text = url
            for _ in range(times):
                text = unquote(text, errors="strict")
            for is_upper in (True, False):
                if text != url and _escaped(text, times, is_upper=is_upper) == url:
                    return [text, times, is_upper]
    return url


def _escaped(text: str, times: int, *, is_upper: bool) -> str:
    """Return an address with all signs escaped that are not part of its syntax, once or twice."""
    for _ in range(times):
        text = quote(text, safe="!$&'()*+,;=:@/?#[]")
        text = text if is_upper else _ESCAPE.sub(lambda found: found[0].lower(), text)
    return text


_ESCAPE = re.compile("%[0-9A-F]{2}")


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


#: where a post has them
_PATH, _SLUG, _SOURCE, _PUBLISHED, _IDENTITY = (
    Post.__slots__.index(name)  # type: ignore[attr-defined]
    for name in ("path", "slug", "source", "published_ms", "identity_ms")
)


def post_at(cache: Cache, no: int) -> Post:
    """Return the post of a file, by its row. Raises DamagedError."""
    values, name = loaded(cache.groups.post(no)), cache.groups.name(no)
    try:
        (values[_PUBLISHED],) = cache.db.execute("SELECT published_ms FROM post WHERE no = ?", (no,)).fetchone()
        values[_IDENTITY] = values[_PUBLISHED] if values[_IDENTITY] is None else values[_IDENTITY]
        values[_PATH] = values[_PATH] or name
        if isinstance(values[_SOURCE], list):
            text, times, is_upper = values[_SOURCE]
            values[_SOURCE] = _escaped(text, min(times, 2), is_upper=is_upper)
        if isinstance(values[_SLUG], int):
            values[_SLUG] = _stem(name)[values[_SLUG] :]
    except (LookupError, TypeError, ValueError) as error:
        raise DamagedError("a post is damaged") from error
    return _made(Post, values)


def story_at(
    cache: Cache, no: int, entry_id: bytes | str, published_ms: int, updated_ms: int, terms: bytes | None, page: str
) -> Story:
    """Return a story by the row of its post's file, its own fields, and what `terms_of` packed. Raises DamagedError."""
    post = post_at(cache, no)
    categories, tags = unpacked(terms) if terms else ([*post.categories], [*post.tags])
    fields = {"id": whole_id(entry_id), "published_ms": published_ms, "updated_ms": updated_ms, "page": page}
    return Story(post=post, **sound(Story, fields | {"categories": categories, "tags": tags}))


#: what all entries have in common, so that none needs to say it: a sixth. Elements of texts, then the three formats
_COMMON = (
    '</blockquote></li></ul></table></h2></h3><figure><figcaption><img src="https://www." alt="" width="" '
    'height=""/>'
    '</strong><br/></a></p><p><a href="https://", "urn:uuid:", ", "", "", [], [], false],'
    r'[[0,"  <entry>\n    <id>urn:uuid:</id>\n    <title></title>\n    <updated>20T00:00:00.000Z</updated>\n'
    r'    <author>\n      <name></name>\n    </author>\n    <content type=\"html\">","</content>\n'
    r'    <link rel=\"alternate\" type=\"text/html\" href=\"https://"/>\n    <summary></summary>\n'
    r'    <category term=\"\" label=\"\"/>\n    <published>20T00:00:00.000Z</published>\n  </entry>\n"],'
    r'[1,"    <item>\n      <title></title>\n      <link>https://</link>\n      <description></description>\n'
    r'      <content:encoded><![CDATA[","]]></content:encoded>\n      <guid isPermaLink=\"false\">urn:uuid:'
    r"</guid>\n      <category></category>\n      <pubDate>, 20 00:00:00 +0000</pubDate>\n"
    r'      <dc:creator></dc:creator>\n    </item>\n"],[2,"\n    {\n      \"id\": \"urn:uuid:\",\n'
    r'      \"url\": \"https://\",\n      \"title\": \"\",\n      \"content_html\": \"","\",\n'
    r"      \"summary\": \"\",\n      \"image\": \"https://\",\n      \"date_published\": \"20T00:00:00.000Z"
    r"\",\n      \"date_modified\": \"20T00:00:00.000Z\",\n      \"authors\": [\n        {\n"
    r'          \"name\": \"\"\n        }\n      ],\n      \"tags\": [\n        \"\"\n      ]\n    }"]]'
)
#: of zlib: the usual one takes a third longer for a fiftieth less
_LEVEL = 4
#: where an entry has its content
_CONTENT = Entry.__slots__.index("content_html")  # type: ignore[attr-defined]


def squeezed(entry: Entry, fragment: Fragment) -> bytes:
    """Return a rendered entry as few bytes."""
    forms = [
        [part.before] if part.way is None else [part.way, part.before, part.behind]
        for part in (fragment.atom, fragment.rss, fragment.json)
    ]
    return zipped(dumped([entry.content_html, replace(entry, content_html=""), forms]), _COMMON, level=_LEVEL)


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
        text, head, forms = loaded(unzipped(content, _COMMON))
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
