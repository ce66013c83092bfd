"""A post's header -> the facts of an episode, by the table `feedtool.config.podcast_table`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from feedtool.config.podcast_table import ROWS, facts_of, with_absolute
from feedtool.model import Enclosure, Fact, Post
from feedtool.problems import Code
from feedtool.reader.fields import RawPost, type_of
from feedtool.reader.keys import Field, Value, normal_key

BAD_EPISODE = Code(
    "bad-episode",
    "warning",
    "A header key of an episode has a value that podcast apps do not know. It was left out.",
    "docs/podcasts.md has the keys and their values.",
)
_TABLE = "podcast"
#: subtitles
_CAPTIONS = frozenset({"text/vtt", "application/x-subrip"})
_OTHER_TYPES = {"html": "text/html", "json": "application/json"}


def episode(raw: RawPost) -> tuple[Fact, ...]:
    """Return what the header says of an episode, in keys of its own or in its table `podcast`."""
    found: list[Fact] = []
    for key, name, value in _said(raw):
        try:
            facts = facts_of(ROWS[key], value, _type_of)
        except ValueError as error:
            raw.problem(BAD_EPISODE, str(error), name, of=key)
            continue
        if facts:
            raw.origins[_TABLE] = tuple(dict.fromkeys((*raw.origins.get(_TABLE, ()), name)))
            found += facts
    return tuple(found)


def _said(raw: RawPost) -> Iterator[tuple[str, str, Value]]:
    """Yield the row, the header key and the value of each key about an episode."""
    nothing = Field(None, 0, "")
    value = raw.fields.get(_TABLE, nothing).value
    inner = {normal_key(key): each for key, each in value.items()} if isinstance(value, dict) else {}
    for row in (row for row in ROWS.values() if row.of_episode):
        for name in (row.key, *row.names):
            if inner.get(name) is not None:
                yield row.key, _TABLE, inner[name]
                break
            # a header's `image` may have another format: it is the picture of the entry
            if row.key != "image" and (given := raw.fields.get(name, nothing).value) is not None:
                yield row.key, name, given
                break


def _type_of(address: str) -> str:
    return type_of(address) or _OTHER_TYPES.get(address.rpartition(".")[2].lower(), "")


def facts(post: Post, image: str, enclosures: Sequence[Enclosure], base: str) -> tuple[Fact, ...]:
    """Return the facts of an entry, with absolute addresses; `image` is that of the post's header, or ""."""
    found = [with_absolute(fact, base) for fact in post.podcast]
    keys = {fact.key for fact in found}
    if image.endswith((".jpg", ".png")) and "image" not in keys:
        found.append(Fact(key="image", text=image))
    if enclosures and enclosures[0].duration and "duration" not in keys:
        found.append(Fact(key="duration", text=str(enclosures[0].duration)))
    found += map(_beside, enclosures[1:])
    order = list(ROWS)
    return tuple(sorted(found, key=lambda fact: order.index(fact.key)))


def _beside(other: Enclosure) -> Fact:
    """Return a further enclosure, as podcasts have it: captions, or another version of the first."""
    if other.media_type in _CAPTIONS:
        given = {"url": other.url, "type": other.media_type, "rel": "captions"}
        return Fact(key="transcript", attributes=tuple(given.items()))
    length = "" if other.length is None else str(other.length)
    given = {"type": other.media_type, "length": length, "title": other.title, "uri": other.url}
    return Fact(key="alternate", attributes=tuple((name, text) for name, text in given.items() if text))
