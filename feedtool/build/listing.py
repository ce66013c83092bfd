"""Lists of feeds, terms and posts with their counts, without a build.

The cache is used and brought up to date where there is one; the output is only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from feedtool import feeds, reader
from feedtool.build import pipeline
from feedtool.build.context import Context
from feedtool.build.dating import Dating
from feedtool.build.parallel import Pools
from feedtool.build.run import Workspace, with_cache
from feedtool.cache import Cache
from feedtool.cache import terms as carried
from feedtool.config import Config
from feedtool.frozen import frozen
from feedtool.generators import Manifest
from feedtool.model import Feed, Kind, Story, Term
from feedtool.problems import Problem

#: the lists that there are
What = Literal["feeds", "categories", "tags", "authors", "sources", "folders", "posts"]
_KINDS: dict[What, Kind] = {
    "categories": "category", "tags": "tag", "authors": "author", "sources": "source", "folders": "folder",
}  # fmt: skip


@frozen
class FeedRow:
    """A feed, or a term that has none."""

    kind: Kind
    #: "" for the feed of all
    term: str
    #: of the feed; "" for a term without a feed
    title: str
    #: all posts of the term; the feed holds no more than its limit
    posts: int
    #: when the newest of them was published; None without posts
    newest_ms: int | None
    #: format -> address; empty for a term without a feed
    urls: dict[str, str]
    #: why there is no feed, or ""
    why: str = ""

    @property
    def name(self) -> str:
        """Return its name in a list."""
        return self.term or self.title


@frozen
class PostRow:
    """A post, or several that tell one story."""

    name: str
    #: as the user knows it
    path: str
    newest_ms: int
    updated_ms: int
    #: where its entry leads
    url: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]


Rows: TypeAlias = tuple[FeedRow, ...] | tuple[PostRow, ...]


@frozen
class Listing:
    """What was found."""

    rows: Rows
    feeds: tuple[Feed, ...]
    problems: tuple[Problem, ...]


def survey(config: Config, workspace: Workspace, what: What, pools: Pools, *, now_ns: int, newest: int = 0) -> Listing:
    """Return the list; `newest`: no more than so many posts, 0 for all.

    `now_ns`: now, in nanoseconds since 1970. Raises CacheError where there is no room for a cache at all.
    """

    def survey_in(cache: Cache) -> Listing:
        context, previous, about_posts = pipeline.survey(cache, config, workspace, pools, now_ns=now_ns)
        terms, chosen, about_terms = pipeline.select_feeds(cache, context, previous)
        if what == "posts":
            rows: Rows = _posts(cache, context, previous, newest)
        else:
            rows = _feeds(what, context.config, [*terms, *_uncounted(cache, context.config, what)], chosen)
        return Listing(rows=rows, feeds=chosen, problems=(*about_posts, *about_terms))

    return with_cache(workspace, survey_in)


def _uncounted(cache: Cache, config: Config, what: What) -> Iterable[Term]:
    """Yield the terms of a kind that has no feeds, which no build counts."""
    kind = _KINDS.get(what)
    if kind is None or kind in config.feeds.kinds():
        return
    carriers: dict[str, list[Story]] = {}
    for story in carried.stories(cache):
        for _, name in feeds.terms_of(story, (kind,), config):
            carriers.setdefault(name, []).append(story)
    for name, some in carriers.items():
        newest, oldest = some[0], some[-1]
        yield Term(
            kind=kind, name=name, count=len(some), first_ms=oldest.published_ms,
            newest=(feeds.candidate(newest),), newest_path=newest.post.path, oldest_path=oldest.post.path,
        )  # fmt: skip


def _feeds(what: What, config: Config, terms: Iterable[Term], chosen: Sequence[Feed]) -> tuple[FeedRow, ...]:
    """Return the feeds, or the terms of a kind with those that have no feed."""
    counted = {(term.kind, term.name): term for term in terms}
    kind = _KINDS.get(what)
    rows = [
        _row(feed.kind, feed.term, feed, counted.pop((feed.kind, feed.term), None), "")
        for feed in chosen
        if kind in (None, feed.kind)
    ]
    for term in counted.values() if kind else ():
        group = config.feeds.groups.get(term.kind)
        if term.kind == kind and group:
            why = f"fewer posts than min_entries, {group.min_entries}" if group.enabled else "not enabled"
            if group.enabled and term.count >= group.min_entries:
                why = f"a keyword of fewer articles than posts.keyword_entries, {config.posts.keyword_entries}"
            rows.append(_row(kind, term.name, None, term, f"feeds.{kind}: {why}"))
    return tuple(rows)


def _row(kind: Kind, name: str, feed: Feed | None, term: Term | None, why: str) -> FeedRow:
    return FeedRow(
        kind=kind,
        term=name,
        title=feed.title if feed else "",
        posts=term.count if term else 0,
        newest_ms=term.newest[0].published_ms if term and term.newest else None,
        urls={form: feed.self_url(form) for form in feed.formats} if feed else {},
        why=why,
    )


def _posts(cache: Cache, context: Context, previous: Manifest, newest: int) -> tuple[PostRow, ...]:
    known = Dating(published=previous.entries, now_ms=0).known()
    return tuple(
        PostRow(
            name=story.post.title,
            path=story.post.path,
            newest_ms=story.published_ms,
            updated_ms=known.get(story.id, (story.updated_ms, ""))[0],
            url=reader.address_of(story, context.conventions),
            categories=story.categories,
            tags=story.tags,
        )
        for story in carried.stories(cache, limit=newest)
    )
