"""What a build reads -> posts and their texts: post files, files that a plug-in reads, entries that a program gives.

A program's entry goes the way of a post, so that all promises hold for it: `given` packs it as if it were a file, whose
name no file has. It is a story of its own, under the id that the program chose.
"""

from __future__ import annotations

import hashlib
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from struct import unpack
from typing import get_args
from urllib.parse import quote

from feedtool import feeds, generators, reader, sanitiser
from feedtool.build import freshness, plugins
from feedtool.build.context import GENERATOR, Context
from feedtool.build.idle import Walked
from feedtool.cache import files
from feedtool.cache.packing import packed, unpacked
from feedtool.cache.serialise import post_of
from feedtool.config import Config, Sanitiser
from feedtool.config.podcast_table import ROWS
from feedtool.frozen import frozen
from feedtool.model import Author, Document, Enclosure, Entry, Fact, Feed, Format, Post, Story
from feedtool.output.verify import verify
from feedtool.problems import Problem
from feedtool.syntax import CALENDAR_MS, FORBIDDEN, is_web, language_fault

#: of the paths of entries that a program gives; no file is read that has this ending
_PLACE, _ENDING = "entries", ".entry"
_TEXTS = ("id", "title", "url", "source_url", "language", "summary", "content_html", "image", "image_alt")


def read(content: bytes, name: str, context: Context) -> reader.Reading:
    """Return the post that a file holds, as the plug-ins of posts leave it."""
    if name.endswith(_ENDING):
        reading, written = reader.Reading(path=name, post=post_of(bytes.fromhex(unpacked(content)[0]))), None
    else:
        text, problems = plugins.as_post(context.config, content, name)
        if problems:
            return reader.Reading(path=name, problems=problems)
        reading, written = reader.read_with_body(text, name, context.conventions)
    post = reading.post
    if post is None:
        return reading
    if words := tuple(keywords(written or body(content, name, context), post, context)):
        post = replace(post, tags=post.tags + words, keywords=words)
        reading = replace(reading, post=post)
    if not context.config.plugins.transform_posts:
        return reading
    changed, problems = plugins.changed(context.config, post, post.path)
    left_out = "" if changed or problems else "a function under [plugins] leaves it out"
    return replace(reading, post=changed, problems=(*reading.problems, *problems), left_out=left_out)


def body(content: bytes, name: str, context: Context) -> reader.Body:
    """Return the text of the post that `read` returns for the same bytes."""
    if name.endswith(_ENDING):
        return reader.Body(text=unpacked(content)[1], markup="html")
    text, _ = plugins.as_post(context.config, content, name)
    return reader.read_body(text, name, context.conventions)


def key(post: Post) -> str:
    """Return what the posts of a story have in common."""
    return post.declared_id if post.path.endswith(_ENDING) else reader.story_key(post)


def page(post: Post) -> str:
    """Return the address that the relative addresses of a program's entry start from; "" for a file."""
    return post.permalink if post.path.endswith(_ENDING) else ""


@frozen
class Text:
    """The text of a story, not cleaned yet."""

    body: reader.Body
    html: str
    #: what the sanitiser has to know of it
    known: sanitiser.Context
    problems: tuple[Problem, ...]


def text(story: Story, content: bytes, name: str, links: reader.Targets, context: Context, page: str = "") -> Text:
    """Return the text of a story's post, or that of its page of the rendered site, if `page` is one."""
    written = body(content, name, context)
    known = facts(story, written, context)
    html, bloat = reader.bounded(reader.render(written), name)
    if page and (article := sanitiser.article(page, html)):
        known = replace(known, base_url=reader.address_of(story, context.conventions), by_hand=False)
        html, bloat = reader.bounded(article, name)
        return Text(body=written, html=html, known=known, problems=bloat)
    html, dangling = reader.linked(html, written, name, links)
    return Text(
        body=written, html=html, known=known, problems=(*reader.body_problems(written, name), *bloat, *dangling)
    )


def entered(
    story: Story, content: bytes, name: str, links: reader.Targets, context: Context, rules: sanitiser.Rules,
    *, page: str = "",
) -> tuple[Entry, sanitiser.Context, tuple[Problem, ...]]:  # fmt: skip
    """Return the entry of a story and its text, what the sanitiser knew of it, and problems of the text: see `text`."""
    own = text(story, content, name, links, context, page)
    cleaned = sanitiser.clean(own.html, own.known, rules=rules)
    excerpt = "" if story.post.summary else reader.render(replace(own.body, text=own.body.excerpt))
    short = sanitiser.clean(excerpt, own.known, rules=rules).html if excerpt else ""
    return reader.enter(story, cleaned.html, context.conventions, excerpt_html=short), own.known, own.problems


def is_same_page(page: str, post: Post) -> bool:
    """Return whether the page of the rendered site has the article that it had when the post was read."""
    said = sanitiser.site_page(page) if post.rendered else None
    return not post.rendered or bool(said and said.digest == post.rendered[1])


def facts(story: Story, body: reader.Body, context: Context) -> sanitiser.Context:
    """Return what the sanitiser has to know of a story.

    Addresses in a scraped article are relative to its source, others to the story's own page.
    """
    return sanitiser.Context(
        base_url=story.post.source or page(story.post) or reader.page_of(story, context.conventions),
        page_url="" if story.post.source else reader.address_of(story, context.conventions),
        title="" if story.post.is_untitled else story.post.title,
        authors=tuple(author.name for author in story.post.authors),
        published_ms=story.published_ms,
        terms=story.categories + story.tags,
        by_hand=not story.post.source and reader.is_written(body),
    )


def keywords(written: reader.Body, post: Post, context: Context) -> dict[str, str]:
    """Return the keywords of a post that was taken from elsewhere, with their places, if they are to be its tags."""
    if context.config.posts.keywords == "off" or not post.source:
        return {}
    known = sanitiser.Context(
        base_url=post.source,
        title=post.title,
        authors=tuple(author.name for author in post.authors),
        terms=(*post.categories, *post.tags, *context.config.posts.ignore_terms),
    )
    return sanitiser.keywords(reader.render(written), known)


def given(entries: Iterable[Entry]) -> dict[str, bytes]:
    """Return entries as the content of files that do not exist, by path.

    Characters that XML forbids are removed. Raises ValueError for a value that no feed could hold, and for an id that
    comes twice, with the entry's id.
    """
    found: dict[str, bytes] = {}
    for entry in entries:
        if fault := next(faults(entry), ""):
            raise ValueError(f"entry {getattr(entry, 'id', entry)!r}: {fault}")
        if reader.declared_uri(entry.id) != entry.id:
            raise ValueError(f"entry {entry.id!r}: its id is not an absolute URI, such as tag:example.org,2024:1")
        path = f"{_PLACE}/{quote(entry.id, safe='')}{_ENDING}"
        if path in found:
            raise ValueError(f"entry {entry.id!r}: another entry has the same id")
        html = FORBIDDEN.sub("", entry.content_html)
        found[path] = packed([packed(_post(entry, path, html)).hex(), html])
    return found


def rendered(feed: Feed, entries: Iterable[Entry], form: Format, *, clean: bool) -> Document:
    """Return one feed with a program's entries in one format. Raises ValueError, as `given` does."""
    if form not in get_args(Format):
        raise ValueError(f"{form!r} is not a format: choose {', '.join(get_args(Format))}")
    if not _line(feed.title) or not is_web(feed.url):
        raise ValueError("a feed needs a title, and a url that is an absolute web address")
    chosen = [*entries]
    given(chosen)
    rules, _ = sanitiser.load_rules(Sanitiser(trim=clean))
    held = tuple(_cleaned(entry, rules) for entry in chosen)
    title = _line(feed.title)
    whole = replace(
        feed,
        title=title,
        description=_line(feed.description) or title,
        author=_line(feed.author) or title,
        language=feed.language or feeds.language_of(held),
        home_url=feed.home_url or feed.url,
        updated_ms=feed.updated_ms or max((entry.updated_ms for entry in held), default=0),
        entry_ids=tuple(entry.id for entry in held),
    )
    fragments = [generators.render_entry(entry, (form,)) for entry in held]
    document = generators.render_feed(whole, form, fragments, generator=GENERATOR)
    if problems := verify(document, whole, held):
        raise ValueError("; ".join(problem.message for problem in problems))
    return document


def _cleaned(entry: Entry, rules: sanitiser.Rules) -> Entry:
    """Return a program's entry as it may be published."""
    if not entry.url:
        raise ValueError(f"entry {entry.id!r}: it has no url, and a single feed has no pages")
    known = sanitiser.Context(
        base_url=entry.source_url or entry.url, title=entry.title, terms=entry.categories + entry.tags
    )
    html = sanitiser.clean(FORBIDDEN.sub("", entry.content_html), known, rules=rules).html
    post = _post(entry, "", html)
    story = Story(
        id=entry.id, post=post, published_ms=entry.published_ms, categories=post.categories, tags=post.tags,
        updated_ms=max(entry.published_ms, entry.updated_ms),
    )  # fmt: skip
    return reader.enter(story, html, reader.Conventions(site_url=entry.url))


def walked(contents: Mapping[str, bytes], config: Config, base: Path) -> Walked:
    """Return what a walk would return that met these contents, and no other files."""
    ordered = sorted(contents)
    facts = array("q")
    for path in ordered:
        digest = hashlib.blake2b(contents[path], digest_size=16).digest()
        facts.extend((len(contents[path]), *unpack("<2q", digest), 0))
    names = [path.rpartition("/")[2].encode() for path in ordered]
    folder = files.Folder(path=_PLACE, name=_PLACE, files=names, facts=facts)
    listed = files.listed([folder] if names else ())
    return Walked(search=freshness.search_of(config), base=base, listed=listed, problems=())


def _post(entry: Entry, path: str, html: str) -> Post:
    return Post(
        path=path,
        title=_line(entry.title),
        published_ms=entry.published_ms,
        identity_ms=entry.published_ms,
        updated_ms=entry.updated_ms if entry.updated_ms > entry.published_ms else None,
        source=entry.source_url,
        permalink=entry.url,
        slug=_line(entry.title),
        declared_id=entry.id,
        authors=tuple(replace(author, name=_line(author.name)) for author in entry.authors),
        categories=_terms(entry.categories),
        tags=_terms(entry.tags),
        language=entry.language,
        summary=_line(entry.summary),
        image=entry.image,
        image_alt=_line(entry.image_alt),
        podcast=entry.podcast,
        enclosures=entry.enclosures,
        body_digest=hashlib.blake2b(html.encode(), digest_size=16).hexdigest() if html else "",
        is_untitled=entry.is_untitled,
    )


def _line(text: str) -> str:
    return " ".join(FORBIDDEN.sub("", text).split())


def _terms(terms: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(unicodedata.normalize("NFC", _line(term)) for term in terms))


def faults(entry: Entry) -> Iterator[str]:
    """Yield what no feed could hold."""
    if not isinstance(entry, Entry):
        yield f"it is {type(entry).__name__}, not feedtool.Entry"
        return
    if wrong := [name for name in _TEXTS if not isinstance(getattr(entry, name), str)]:
        yield f"{wrong[0]} is not text"
    for name in ("published_ms", "updated_ms"):
        if type(value := getattr(entry, name)) is not int or value not in CALENDAR_MS:
            yield f"{name} is not a number of milliseconds since 1970, up to the year 9999"
    for name, kind in (
        ("authors", Author),
        ("enclosures", Enclosure),
        ("podcast", Fact),
        ("categories", str),
        ("tags", str),
    ):
        some = getattr(entry, name)
        if not isinstance(some, tuple) or not all(isinstance(each, kind) for each in some):
            yield f"{name} is not a tuple of {kind.__name__}"
    yield from _misfits(entry)
    named = (entry.id, entry.title, *entry.categories, *entry.tags, *(author.name for author in entry.authors))
    if not all(map(_line, named)):
        yield "its id, its title, a term or an author is empty"
    addresses = [entry.url, entry.source_url, entry.image, *(each.url for each in entry.enclosures)]
    addresses += [author.uri for author in entry.authors]
    yield from (f"{url!r} is not an absolute web address" for url in filter(None, addresses) if not is_web(url))
    if entry.language and (fault := language_fault(entry.language)):
        yield f"its language {entry.language!r}: {fault}"


def _misfits(entry: Entry) -> Iterator[str]:
    """Yield what the parts of an entry hold that they cannot."""
    if not _are_texts(text for author in entry.authors for text in (author.name, author.uri)):
        yield "the name or the uri of an author is not text"
    for each in entry.enclosures:
        if not _are_texts((each.url, each.media_type, each.title)) or FORBIDDEN.search(each.media_type):
            yield "the url, the media_type or the title of an enclosure is not text"
        if not all(number is None or (type(number) is int and number >= 0) for number in (each.length, each.duration)):
            yield "the length or the duration of an enclosure is not a number"
    for fact in entry.podcast:
        texts = [fact.text, *(text for pair in fact.attributes for text in pair)]
        if fact.key not in ROWS or not _are_texts(texts):
            yield f"its fact {fact.key!r} is not one of an episode, or not text"


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)
