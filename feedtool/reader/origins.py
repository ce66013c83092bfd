"""Where each value of a post was read: the header's key and line, the timestamp comment, a heading, the file name.

The reader keeps no record of that, so it is asked again here, with one header key at a time. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo

from feedtool.model import Post, Story
from feedtool.problems import Problem
from feedtool.reader import fields as read_field
from feedtool.reader.bodies import excerpt_end, read_body
from feedtool.reader.dates import Moment
from feedtool.reader.decoding import plain
from feedtool.reader.defaults import PLAIN, Customs
from feedtool.reader.entries import words_of
from feedtool.reader.field import Field, LentField
from feedtool.reader.fields import Fields
from feedtool.reader.identity import UUID, Scheme
from feedtool.reader.markup import render
from feedtool.reader.merging import _declared_uri, _derived_id
from feedtool.reader.paths import own_name, stem_and_ending
from feedtool.reader.posts import (
    EXPIRY_KEYS,
    PUBLISH_KEYS,
    UPDATED_KEYS,
    categories_by_place,
    date_of,
    first_heading,
    post_of,
    published_at,
    stamp_of,
)
from feedtool.reader.split import Parts, cut, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a value was read."""

    #: words that go behind the value: "from the front matter's `date`"
    whence: str
    #: the file as the user knows it
    path: str
    #: in the file, from 1; 0 where no line is meant
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a file says, whether it gives an entry or not, and where it says so."""

    #: None where there is nothing to read; its `published_ms` means nothing without an origin
    post: Post | None
    #: by the name of a post's field: in the order that they were read; a value that nobody wrote has none
    origins: dict[str, tuple[Origin, ...]]


_CATEGORIES, _TAGS = ("categories", "category"), ("tags", "tag")
#: the fields that each of their keys adds to; of the others the first key counts that has a value
_ALL_COUNT = frozenset({"categories", "tags", "authors"})


def account(content: bytes, path: str, *, zone: tzinfo, ids: Scheme = UUID, customs: Customs = PLAIN) -> Account:
    """Return what `read_post` reads from the same bytes, drafts and posts without a date too, and where."""
    parts = cut(content, path, customs, _ignore)
    if parts is None:
        return Account(post=None, origins={})
    published = published_at(parts, path, zone, _ignore, customs)
    post = post_of(parts, path, published or Moment(ms=0, identity_ms=0), zone, _ignore, customs)
    lines = text_of(content, path, _ignore).split("\n")
    post = replace(post, old_id=ids.id_of(post, parts.fields))
    found = _from_header(parts, post, path, zone)
    found["title"] = (_title(parts, path, lines, customs),)
    if published:
        found["published_ms"] = (_date(parts, path, zone, customs),)
    if categories_by_place(parts, path, customs) and post.categories:
        whence = Origin(whence="from the folders that it lies in", path=path)
        found["categories"] = (whence, *found.get("categories", ()))
    if post.source and "source" not in found:
        line = _line_of(lines, parts.heading_link, parts.stamp_line)
        found["source"] = (Origin(whence="from the heading's link", path=path, line=line),)
    end = excerpt_end(parts.body, parts.fields, customs)
    excerpt = read_body(content, path, customs)
    if end and "summary" not in found and words_of(render(replace(excerpt, text=excerpt.excerpt))):
        text = "\n".join(lines)
        line = text.count("\n", 0, text.rfind(parts.body[end:])) + 1
        found["summary"] = (Origin(whence="from what stands before the excerpt's end", path=path, line=line),)
    return Account(post=post, origins=found)


def id_origin(story: Story, told: tuple[Post, ...], origins: dict[str, tuple[Origin, ...]]) -> Origin:
    """Return where a story's id is from, given its tellings, oldest first, and where their declared ids stand."""
    first = told[0]
    declared = next((post for post in told if post.declared_id), None)
    if declared is None:
        if first.old_id and story.id == first.old_id:
            return Origin(whence="as the site's old feeds had it", path=first.path)
        of = "the source and the first date" if first.source else "the file's name and the date"
        whence = f"derived from {of}"
        if story.id != _derived_id(first):
            whence = "as it was published before, or derived since its own is another post's"
        return Origin(whence=whence, path=first.path)
    written = origins[declared.path][0]
    if story.id == declared.declared_id:
        return written
    if story.id == _declared_uri(declared.declared_id):
        return replace(written, whence=f"derived, for it is no URI, {written.whence}")
    return replace(written, whence=f"derived, for another post declares the same, {written.whence}")


def _ignore(_: Problem) -> None:
    """Nothing is told twice: `read_post` reports the same."""


def _from_header(parts: Parts, post: Post, path: str, zone: tzinfo) -> dict[str, tuple[Origin, ...]]:
    """Return the origins of what the header alone gives; a value that was refused has none."""
    fields, is_toml = parts.fields, parts.form == "toml"

    def dated(one: Fields) -> object:
        return date_of(one, next(iter(one)), path, zone, _ignore)

    readers: dict[str, tuple[tuple[str, ...], Callable[[Fields], object]]] = {
        "slug": (("slug",), lambda one: read_field.text(one, *one)[0]),
        "declared_id": (("id", "guid"), lambda one: read_field.text(one, *one)[0]),
        "summary": (("summary", "description", "excerpt"), lambda one: read_field.text(one, *one)[0]),
        "updated_ms": (UPDATED_KEYS, dated),
        "expires_ms": (EXPIRY_KEYS, dated),
        "source": (("from", "source"), lambda one: read_field.address(one, tuple(one), path, _ignore)),
        "permalink": (
            ("permalink", "link", "url", "path"),
            lambda one: read_field.permalink(one, path, _ignore, is_toml=is_toml) or _is_pattern(one),
        ),
        "language": (("lang", "language"), lambda one: read_field.language(one, path, _ignore)),
        "image": (("image", "images"), read_field.image),
        "enclosure": (("enclosure",), lambda one: read_field.enclosure(one, post.source, path, _ignore)),
        "categories": (_CATEGORIES, lambda one: read_field.terms(one, _CATEGORIES, path, _ignore)),
        "tags": (_TAGS, lambda one: read_field.terms(one, _TAGS, path, _ignore)),
        "authors": (("author", "authors"), lambda one: read_field.authors(one, path, _ignore)),
    }
    found = {}
    for name, (keys, read) in readers.items():
        given = [_header(key, fields[key], path) for key in keys if key in fields and read({key: fields[key]})]
        if given and getattr(post, name):
            found[name] = tuple(given if name in _ALL_COUNT else given[:1])
    return found


def _is_pattern(fields: Fields) -> bool:
    return "permalink" in fields and read_field.is_pattern(fields["permalink"].value)


def _header(key: str, field: Field, path: str) -> Origin:
    there = field.elsewhere if isinstance(field, LentField) else None
    if there and not field.line:
        return Origin(whence=f"from `{there.name}` under [[posts.defaults]]", path=there.path, line=there.line)
    name = there.name if there else key
    return Origin(whence=f"from the front matter's `{name}`", path=path, line=field.line)


def _title(parts: Parts, path: str, lines: list[str], customs: Customs) -> Origin:
    for key in ("title", "linktitle"):
        field = parts.fields.get(key)
        if field and read_field.title({key: field}, path, _ignore):
            return _header(key, field, path)
    heading = first_heading(parts)
    if heading:
        return Origin(whence="from the first heading", path=path, line=_line_of(lines, heading, parts.stamp_line))
    return _named(path, customs)


def _date(parts: Parts, path: str, zone: tzinfo, customs: Customs) -> Origin:
    if stamp_of(parts, path, _ignore):
        return Origin(whence="from the timestamp comment", path=path, line=parts.stamp_line)
    for key in (*PUBLISH_KEYS, "date", "published"):
        if date_of(parts.fields, key, path, zone, _ignore):
            return _header(key, parts.fields[key], path)
    return _named(path, customs)


def _named(path: str, customs: Customs) -> Origin:
    is_folder = own_name(path, customs.roots) != stem_and_ending(path)[0]
    return Origin(whence="from the folder's name" if is_folder else "from the file's name", path=path)


def _line_of(lines: list[str], words: str, first: int) -> int:
    """Return the first line, from one on, that holds the words, with markup or without; 0 where none does."""
    for number, line in enumerate(lines[max(0, first - 1) :], max(1, first)):
        if words in line or words in plain(re.sub(r"<[^<>]*>|\\(?=\W)", "", line)):
            return number
    return 0
