"""What became of a post, as values; and the fields of its entry, each with its origin. Pure.

An origin is the post, another post of the same story, or a default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from feedtool.config import Config
from feedtool.config.placeholders import GENERATORS
from feedtool.generators import rfc3339
from feedtool.model import Author, Entry, Fact, Kind, Post, Story
from feedtool.problems import Problem
from feedtool.reader import Account, Origin, id_origin
from feedtool.sanitiser import Removal
from feedtool.urls import absolute


class ExplainError(Exception):
    """The post cannot be explained; says why in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the entry, and where it came from."""

    name: str
    #: as people read it; empty where the entry has no such field
    values: tuple[str, ...]
    #: empty where the entry has no value
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Whether a feed holds the entry, and why or why not."""

    kind: Kind
    #: the category, tag or author; "" for the feed of all entries
    term: str
    #: the feed's folder below the output folder; "" for the feed of all entries, and where there is no such feed
    folder: str
    holds: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What became of one post."""

    #: the file as problems name it
    path: str
    title: str
    #: BCP 47, or ""
    language: str
    #: whether the post gives an entry, alone or together with others
    is_entry: bool
    #: sentences: what became of the post
    verdict: tuple[str, ...]
    fields: tuple[Field, ...]
    feeds: tuple[Membership, ...]
    #: what was cut out of this post's text
    removals: tuple[Removal, ...]
    problems: tuple[Problem, ...]
    #: the text before it was trimmed, within the allow-list; the elements with the id "cut-" + number are what that
    #: removal took, from 0
    before_html: str
    #: the text as published, or as it would be
    after_html: str


Origins = tuple[Origin, ...]


def fields_of(
    entry: Entry, story: Story, told: tuple[Post, ...], accounts: Mapping[str, Account], config: Config
) -> tuple[Field, ...]:
    """Return the fields of an entry; `told` are the tellings of its story, oldest first, `accounts` theirs by path."""
    post = story.post
    own = accounts[post.path].origins
    is_dated = "published_ms" in accounts[told[0].path].origins
    declared = {each.path: _all("declared_id", (each,), accounts) for each in told}
    found: list[tuple[str, tuple[str, ...], Origins]] = [
        ("title", (entry.title,), own.get("title", ())),
        ("published", (rfc3339(entry.published_ms),), _all("published_ms", told[:1], accounts)),
        ("updated", (rfc3339(entry.updated_ms),) if is_dated else (), _updated(story, told, accounts)),
        ("address", (entry.url,), (_address(entry, post, accounts[post.path], config),)),
        ("source", (absolute(post.source),), own.get("source", ())),
        ("id", (entry.id,) if is_dated else (), (id_origin(story, told, declared),)),
        ("authors", tuple(map(_author, entry.authors)), own.get("authors", ())),
        ("categories", entry.categories, _all("categories", told[::-1], accounts)),
        ("tags", entry.tags, _all("tags", told[::-1], accounts)),
        ("language", (entry.language,), own.get("language", ())),
        ("summary", (entry.summary,), own.get("summary") or (_made_summary(entry, post),)),
        ("image", (entry.image,), own.get("image", ())),
        ("enclosure", _enclosure(entry), own.get("enclosures", ())),
        ("episode", tuple(map(_fact, entry.podcast)), own.get("podcast", own.get("enclosures", ()))),
    ]
    fields = []
    for name, values, origins in found:
        given = tuple(filter(None, values)) if origins else ()
        fields.append(Field(name=name, values=given, origins=origins if given else ()))
    return tuple(fields)


def _all(name: str, told: tuple[Post, ...], accounts: Mapping[str, Account]) -> Origins:
    return tuple(origin for post in told for origin in accounts[post.path].origins.get(name, ()))


def _updated(story: Story, told: tuple[Post, ...], accounts: Mapping[str, Account]) -> Origins:
    if story.updated_ms == story.published_ms:
        return (Origin(whence="the same as published: nothing says that it changed", path=told[0].path),)
    said = next((post for post in told if post.updated_ms == story.updated_ms), None)
    if said:
        return _all("updated_ms", (said,), accounts)
    if story.updated_ms not in {post.published_ms for post in told}:
        return (Origin(whence="when its title or text changed last, as feeds.json has it", path=told[-1].path),)
    newest = _all("published_ms", told[-1:], accounts)
    return tuple(replace(origin, whence=f"{origin.whence}, for title or text changed then") for origin in newest)


def _address(entry: Entry, post: Post, account: Account, config: Config) -> Origin:
    if config.posts.rendered and account.post and post.permalink != account.post.permalink:
        return Origin(whence=f"that of its page in {config.posts.rendered}", path=post.path)
    if post.permalink and absolute(post.permalink, config.site.url):
        made = Origin(whence=f"where {config.posts.permalink} puts its page", path=post.path)
        return made if config.posts.permalink in GENERATORS else account.origins["permalink"][0]
    if entry.url == absolute(post.source):
        return Origin(whence="its source", path=post.path)
    if config.posts.permalink and not entry.url.startswith(f"{config.site.url}#"):
        return Origin(whence="made by the template posts.permalink", path=post.path)
    whence = "its page, which feedtool makes since the post names no address"
    if "#" in entry.url:
        whence = "made up: the post names no address, so that of the site serves"
    return Origin(whence=whence, path=post.path)


def _made_summary(entry: Entry, post: Post) -> Origin:
    if entry.summary == post.title:
        return Origin(whence="the title: the text has no words", path=post.path)
    return Origin(whence="the beginning of the text", path=post.path)


def _author(author: Author) -> str:
    return " ".join(filter(None, (author.name, author.email and f"<{author.email}>", author.uri)))


def _fact(fact: Fact) -> str:
    return " ".join(filter(None, (fact.key, fact.text, *(f"{name}={value}" for name, value in fact.attributes))))


def _enclosure(entry: Entry) -> tuple[str, ...]:
    return tuple(
        f"{each.url} ({each.media_type}{'' if each.length is None else f', {each.length:,} bytes'})"
        for each in entry.enclosures
    )
