"""What became of one post: the same stages and the same cache as in a build, with reasons.

In: a post file's path, or its name as problems print it; the configuration. Out: an Explanation, or ExplainError with
a plain sentence. Only posts that changed since the last build are read; only the entries of the feeds that this post
belongs to are made, where the cache has not got them. Writes nothing but the cache, prints nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import get_args

from feedtool import reader, sanitiser
from feedtool.build import codes, inputs, jobs, pipeline, plugins, rendered
from feedtool.build.context import Context, context_of
from feedtool.build.dating import Dating
from feedtool.build.discovery import ENDINGS, PostFile, Search, find_posts, load
from feedtool.build.feed_jobs import FeedJob, cut, feed_jobs, shortened, too_long
from feedtool.build.freshness import search_of
from feedtool.build.parallel import Pools
from feedtool.build.previous import published_as
from feedtool.build.run import Workspace, with_cache
from feedtool.cache import Cache, entries, posts, terms, waiting
from feedtool.config import Config
from feedtool.config.checks import nearest
from feedtool.config.placeholders import GENERATORS
from feedtool.feeds import limit_of, terms_of
from feedtool.feeds.custom import verdict
from feedtool.frozen import frozen
from feedtool.generators import Manifest, rfc3339
from feedtool.model import Entry, Feed, Kind, Post, Story
from feedtool.problems import Problem, printable_path
from feedtool.sanitiser import trace
from feedtool.urls import absolute

#: names that a sentence lists before it says how many there are besides
_LISTED = 5

Origins = tuple[reader.Origin, ...]


class ExplainError(Exception):
    """The post cannot be explained; says why in one sentence."""


@frozen
class Field:
    """A field of the entry, and where it came from."""

    name: str
    #: as people read it; empty where the entry has no such field
    values: tuple[str, ...]
    #: empty where the entry has no value
    origins: Origins


@frozen
class Membership:
    """Whether a feed holds the entry, and why or why not."""

    kind: Kind
    #: the category, tag or author; "" for the feed of all entries
    term: str
    #: the feed's folder below the output folder; "" for the feed of all entries, and where there is no such feed
    folder: str
    holds: bool
    why: str


@frozen
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
    removals: tuple[sanitiser.Removal, ...]
    problems: tuple[Problem, ...]
    #: the text before it was trimmed, within the allow-list; the elements with the id "cut-" + number are what that
    #: removal took, from 0
    before_html: str
    #: the text as published, or as it would be
    after_html: str


@frozen
class _Found:
    """The story that a post tells, and what the feeds make of it."""

    story: Story
    #: the posts that tell it, oldest first
    tellings: tuple[Post, ...]
    #: one for the feed of all entries and for each term of the story; empty where no feed holds the post
    feeds: tuple[Membership, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: the posts that its text may link to
    links: reader.Targets = field(default_factory=dict)


def is_post(given: str) -> bool:
    """Return whether this is the path of a file that can be a post."""
    return given.lower().endswith(ENDINGS) and os.path.isfile(given)  # noqa: PTH113 - never raises for any name


def is_path(given: str) -> bool:
    """Return whether the argument looks like a file, which need not exist."""
    return os.path.lexists(given) or "/" in given or os.sep in given or given.lower().endswith(ENDINGS)


def explain(given: str, config: Config, workspace: Workspace, pools: Pools, *, now_ns: int) -> Explanation:
    """Return what became of a post; the arguments are those of a build. Raises ExplainError, and what a build does."""
    config, mistakes = plugins.load(config)
    if mistakes:
        raise ExplainError(mistakes[0].message)
    search = search_of(config)
    files, problems = find_posts(search, workspace.base)
    file, is_listed = _find(given, files, (*ENDINGS, *config.plugins.readers))
    left_out = "" if is_listed else _left_out(given, file, search, workspace.base)
    try:
        context, _ = context_of(config, workspace.base)
        survey = partial(pipeline.survey, config=config, workspace=workspace, pools=pools, now_ns=now_ns)

        def waits() -> bool:
            return is_listed and with_cache(
                workspace, lambda cache: bool(survey(cache)) and waiting.waits(cache, file.name)
            )

        post = _Post(file, load(file.path), context, left_out, now_ms=now_ns // 1_000_000, waits=waits)
        if post.left_out or post.reading.post is None:
            own = {*post.own.links}
            links = with_cache(workspace, lambda cache: pipeline.targets(cache, survey(cache)[0], own)) if own else {}
            found = _Found(story=reader.merge([post.own])[0][0], tellings=(post.own,), links=links)
        else:
            paths = {each.path for each in files}
            look = partial(_found, file=file, paths=paths, pools=pools, now_ms=now_ns // 1_000_000)
            found = with_cache(workspace, lambda cache: look(cache, *survey(cache)))
        return _explanation(post, found, files, problems)
    except OSError as error:
        raise ExplainError(f"{file.name} cannot be read: {error.strerror}") from None
    except (LookupError, TypeError, ValueError, AssertionError) as error:
        message = f"feedtool failed on {file.name}; this is a bug in feedtool: {type(error).__name__}: {error}"
        raise ExplainError(message[:400]) from error


class _Post:
    """The post by itself, as its file has it."""

    def __init__(
        self, file: PostFile, content: bytes, context: Context, left_out: str, *, now_ms: int, waits: Callable[[], bool]
    ) -> None:
        self.file, self.content, self.context = file, content, context
        self.reading = jobs.reading(jobs.Source(name=file.name, path=file.path, content=content), context=context)
        self.account = _account(content, file.name, context)
        if self.account.post is None:
            raise ExplainError(f"{file.name} is empty: it gives no entry")
        self.own = self.account.post
        is_timed = not context.config.posts.future
        timely = _by_time(self.reading.post, now_ms, is_timed=is_timed, waits=waits) if self.reading.post else ()
        #: why no feed holds it, although its own header would allow it; or ""
        told = (codes.FUTURE_DATE.name, codes.FUTURE_UPDATE.name)
        untimely = "".join(f"it {each.message}" for each in timely if each.code not in told)
        self.left_out = left_out or self.reading.left_out or untimely
        self.problems = (*self.reading.problems, *timely)


def _account(content: bytes, name: str, context: Context) -> reader.Account:
    """Return what a file says, and where; its keywords too, if they are tags."""
    text, _ = plugins.as_post(context.config, content, name)
    account = reader.account(text, name, context.conventions)
    words = (
        inputs.keywords(inputs.body(content, account.post.path, context), account.post, context) if account.post else {}
    )
    if not account.post or not words:
        return account
    own = [
        reader.Origin(whence=f"from {place}: {', '.join(word for word in words if words[word] == place)}", path=name)
        for place in dict.fromkeys(words.values())
    ]
    origins = account.origins | {"tags": (*account.origins.get("tags", ()), *own)}
    return reader.Account(post=replace(account.post, tags=(*account.post.tags, *words)), origins=origins)


def _by_time(post: Post, now_ms: int, *, is_timed: bool, waits: Callable[[], bool]) -> tuple[Problem, ...]:
    """Return the problem of a post that is dated or updated in the future, or has expired."""
    if is_timed and post.expires_ms is not None and post.expires_ms <= now_ms:
        return (codes.expired(post.path, post.expires_ms),)
    if post.published_ms <= now_ms:
        said_ms = post.updated_ms or 0
        return (codes.future_update(post.path, said_ms),) if said_ms > now_ms else ()
    if is_timed and waits():
        return tuple(codes.waiting(waiting.Later(count=1, name=post.path, first_ms=post.published_ms)))
    return (codes.FUTURE_DATE.at(post.path, codes.EARLY, field="date"),)


def _find(given: str, files: Sequence[PostFile], endings: tuple[str, ...]) -> tuple[PostFile, bool]:
    """Return the file that was meant, and whether it is one of the posts."""
    name = given.rstrip(":")
    listed = {file.name: file for file in files}
    if not os.path.lexists(given):
        for wanted in (name, name.rpartition(":")[0]):
            if wanted in listed:
                return listed[wanted], True
        near = nearest(given, tuple(listed)[:5000])
        raise ExplainError(f"there is no file {printable_path(given)}" + (f"; did you mean {near}?" if near else ""))
    if os.path.isdir(given):  # noqa: PTH112 - never raises for any name
        raise ExplainError(f"{printable_path(given)} is a folder; name one of the posts in it")
    if not os.path.isfile(given):  # noqa: PTH113
        raise ExplainError(f"{printable_path(given)} is not a regular file, or a broken link")
    if not given.lower().endswith(endings):
        raise ExplainError(f"{printable_path(given)} is not a post by its name; posts end in {', '.join(endings)}")
    real = Path(os.path.realpath(given))
    for file in files:
        if Path(file.path).name == real.name and Path(os.path.realpath(file.path)) == real:
            return file, True
    return PostFile(name=printable_path(given), path=os.path.realpath(given)), False


def _left_out(given: str, file: PostFile, search: Search, base: Path) -> str:
    if Path(given).is_symlink():
        return "it is a symbolic link, which is not followed"
    real = Path(os.path.realpath(file.path))
    for folder in search.folders:
        root = Path(os.path.realpath(base / folder))
        if real.is_relative_to(root):
            below = real.relative_to(root).parts
            hidden = next((part for part in below if part.startswith(".") or part == "_drafts"), "")
            if hidden:
                return "its name begins with a dot" if hidden == real.name else f"it is in {printable_path(hidden)}"
            if real.name.startswith("_index."):
                return "it is the page of a section, by its name"
            is_excluded = any(search.leaves_out("/".join((folder, *below[:end]))) for end in range(1, len(below) + 1))
            return "posts.exclude leaves it out" if is_excluded else "it belongs to the page whose folder it is in"
    return f"it is in none of the posts folders ({', '.join(map(printable_path, search.folders))})"


def _found(
    cache: Cache, context: Context, previous: Manifest, problems: tuple[Problem, ...],
    *, file: PostFile, paths: Container[str], pools: Pools, now_ms: int,
) -> _Found:  # fmt: skip
    """Return the story of a post, and the memberships of its entry."""
    near = posts.with_same_key(cache, file.name)
    own = next((post for post in near if post.path == file.name), None)
    if own is None:
        raise ExplainError(f"{file.name} changed while it was read; try again")
    tellings = reader.merged_with(own, near, published_as(previous))
    _, chosen, about_terms = pipeline.select_feeds(cache, context, previous)
    story = posts.story_by_name(cache, tellings[-1].path)
    groups = context.config.feeds.groups
    kinds = [kind for kind in get_args(Kind) if kind in ("all", "category", "tag") or groups[kind].enabled]
    wanted = terms_of(story, kinds, context.config)
    feeds = {(feed.kind, feed.term): feed for feed in chosen if (feed.kind, feed.term) in wanted}
    dating = Dating(published=previous.entries, now_ms=now_ms)
    made = pipeline.make_entries(cache, context, tuple(feeds.values()), paths, pools.workers(), dating)
    todo, about_sizes, _ = feed_jobs(
        cache, context.config, made.requests.kept(), feeds.values(), previous, edited=made.edited, now_ms=now_ms
    )
    updated_ms = next((one.updated_ms for job in todo for one in job.entries if one.id == story.id), story.updated_ms)
    story = replace(story, updated_ms=updated_ms)
    own_feeds = ((feed.name, *verdict(story, feed, context.config.aliases)) for feed in context.config.feeds.custom)
    others = [(name, why) for name, holds, why in own_feeds if not holds]
    memberships = (
        *(_membership(cache, context, story, term, feeds.get(term), todo) for term in wanted),
        *(Membership(kind="custom", term=name, folder="", holds=False, why=why) for name, why in others),
    )
    problems += (*posts.problems(cache), *about_terms, *made.problems, *made.failed, *about_sizes)
    links = pipeline.targets(cache, context, {*story.post.links, *own.links})
    return _Found(story=story, tellings=tellings, feeds=memberships, problems=problems, links=links)


def _membership(
    cache: Cache, context: Context, story: Story, term: tuple[Kind, str], feed: Feed | None, todo: Iterable[FeedJob]
) -> Membership:
    """Return whether the feed of a term, or that of all, holds the story's entry."""
    kind, name = term
    group = context.config.feeds.groups.get(kind)
    rank, count = terms.rank(cache, term, story)
    if group and not group.enabled:
        holds, why = False, f"feeds.{kind}.enabled is false"
    elif feed is None:
        least = group.min_entries if group else 1
        if count >= least:
            least = context.config.posts.keyword_entries
        holds, why = False, f"{count} of the {least} entries that such a feed needs"
    else:
        own = [job for job in todo if (job.feed.kind, job.feed.term) == term]
        holds, why = _verdict_of(cache, context, story, own, rank)
        why = f"number {rank:,} of {count:,}, newest first{why and f': {why}'}"
        customs = [each for each in context.config.feeds.custom if (kind, name) == ("custom", each.name)]
        why += "".join(f"; {verdict(story, each, context.config.aliases)[1]}" for each in customs)
    return Membership(kind=kind, term=name, folder=feed.folder if feed else "", holds=holds, why=why)


def _verdict_of(cache: Cache, context: Context, story: Story, own: Sequence[FeedJob], rank: int) -> tuple[bool, str]:
    """Return whether a feed's documents hold the entry, and why not, or which archive document does."""
    settings = context.config.feeds
    *archive, head = own
    if document := next((job.feed for job in archive if story.id in job.feed.entry_ids), None):
        return True, f"in the archive document {document.period}"
    limit, is_made = limit_of(head.feed.kind, settings), any(story.id == entry.id for entry in head.entries)
    beyond = f"beyond the limit of {limit:,} entries"
    if not is_made:
        return False, "the entry could not be made" if story.id in head.feed.entry_ids else beyond
    shelf = entries.EntryReader(cache.db, cache.secret)
    if story.id in cut(head, settings.max_bytes, shelf, hub=context.config.site.hub).entry_ids:
        return True, ""
    return False, beyond if 0 < limit < rank else f"newer entries fill the {settings.max_bytes:,} bytes of a file"


def _explanation(post: _Post, found: _Found, files: Sequence[PostFile], problems: Sequence[Problem]) -> Explanation:
    context, file = post.context, post.file
    by_name = {each.name: each for each in files} | {file.name: file}
    rules, _ = sanitiser.load_rules(context.config.sanitiser, context.config.path)
    made = _made(found, by_name[found.story.post.path], context, rules)
    if made.entry is None:
        raise ExplainError("; ".join(f"{problem.path}: {problem.message}" for problem in made.problems))
    accounts = {each.path: _account_of(each, by_name, post) for each in found.tellings}
    told = found.story.post if found.story.post.path == file.name else post.own
    page = rendered.content(context.rendered, told)
    text = inputs.text(replace(found.story, post=told), post.content, file.name, found.links, context, page)
    traced = trace(text.html, text.known, rules=rules)
    problems = (*problems, *post.problems, *found.problems, *made.problems, *text.problems)
    return Explanation(
        path=file.name,
        title=post.own.title,
        language=post.own.language,
        is_entry=bool(found.feeds),
        verdict=_verdict(post, found),
        fields=fields_of(made.entry, found.story, found.tellings, accounts, context.config),
        feeds=found.feeds,
        removals=traced.cleaned.removals,
        problems=tuple(sorted({problem for problem in problems if problem.path == file.name})),
        before_html=traced.marked_html,
        after_html=traced.cleaned.html,
    )


def _made(found: _Found, file: PostFile, context: Context, rules: sanitiser.Rules) -> jobs.Made:
    """Return the entry as it goes into the feeds."""
    wanted = entries.EntryRequest(key=b"", path=file.path, digest=b"", story=found.story, links=found.links)
    page = rendered.content(context.rendered, found.story.post)
    made = jobs.make((jobs.Source(name=file.name, path=file.path, page=page), wanted), context=context, rules=rules)
    if made.entry and made.fragment:
        size = max(len(made.fragment.of(form)) for form in context.config.feeds.formats)
        if too_long(size, context.config):
            return replace(made, entry=shortened(made.entry, context.config)[0])
    return made


def _account_of(each: Post, by_name: dict[str, PostFile], post: _Post) -> reader.Account:
    if each.path == post.own.path:
        return post.account
    try:
        return _account(load(by_name[each.path].path), each.path, post.context)
    except OSError:
        return reader.Account(post=each, origins={})


def _verdict(post: _Post, found: _Found) -> tuple[str, ...]:
    """Return what became of the post, in sentences."""
    kept_out = f"`{post.reading.kept_out}` in its front matter leaves it out" if post.reading.kept_out else ""
    dateless = "" if found.feeds else "nothing says when it was published"
    if why := post.left_out or kept_out or dateless:
        return (f"No feed holds it: {why}.",)
    count, every = sum(feed.holds for feed in found.feeds), len(found.feeds)
    holding = "no feed" if not count else "1 feed" if every == 1 else f"{count} of {every} feeds"
    newest, path = found.tellings[-1].path, post.file.name
    others = [each.path for each in found.tellings if each.path != path]
    if newest != path:
        first = f"It tells the same story as {newest}, which is newer and gives the entry's title and text."
    elif others:
        more = f" and {len(others) - _LISTED} more" if len(others) > _LISTED else ""
        first = f"It tells the same story as {', '.join(others[:_LISTED])}{more}, and gives the entry's title and text."
    else:
        return (f"It is an entry, held by {holding}.",)
    return first, f"The entry is held by {holding}."


def fields_of(
    entry: Entry, story: Story, told: tuple[Post, ...], accounts: Mapping[str, reader.Account], config: Config
) -> tuple[Field, ...]:
    """Return the fields of an entry; `told` are the tellings of its story, oldest first, `accounts` theirs by path."""
    post = story.post
    own = accounts[post.path].origins
    is_dated = "published_ms" in accounts[told[0].path].origins
    declared = {each.path: _all("declared_id", (each,), accounts) for each in told}
    authors = (_words(each.name, each.email and f"<{each.email}>", each.uri) for each in entry.authors)
    episode = (_words(each.key, each.text, *map("=".join, each.attributes)) for each in entry.podcast)
    sizes = ("" if each.length is None else f", {each.length:,} bytes" for each in entry.enclosures)
    files = (f"{each.url} ({each.media_type}{size})" for each, size in zip(entry.enclosures, sizes, strict=True))
    summary = "the title: the text has no words" if entry.summary == post.title else "the beginning of the text"
    found: list[tuple[str, tuple[str, ...], Origins]] = [
        ("title", (entry.title,), own.get("title", ())),
        ("published", (rfc3339(entry.published_ms),), _all("published_ms", told[:1], accounts)),
        ("updated", (rfc3339(entry.updated_ms),) if is_dated else (), _updated(story, told, accounts)),
        ("address", (entry.url,), (_address(entry, post, accounts[post.path], config),)),
        ("source", (absolute(post.source),), own.get("source", ())),
        ("id", (entry.id,) if is_dated else (), (reader.id_origin(story, told, declared),)),
        ("authors", tuple(authors), own.get("authors", ())),
        ("categories", entry.categories, _all("categories", told[::-1], accounts)),
        ("tags", entry.tags, _all("tags", told[::-1], accounts)),
        ("language", (entry.language,), own.get("language", ())),
        ("summary", (entry.summary,), own.get("summary") or (reader.Origin(whence=summary, path=post.path),)),
        ("image", (entry.image,), own.get("image", ())),
        ("enclosure", tuple(files), own.get("enclosures", ())),
        ("episode", tuple(episode), own.get("podcast", own.get("enclosures", ()))),
    ]
    given = [(name, tuple(filter(None, values)) if origins else (), origins) for name, values, origins in found]
    return tuple(Field(name=name, values=values, origins=origins if values else ()) for name, values, origins in given)


def _all(name: str, told: tuple[Post, ...], accounts: Mapping[str, reader.Account]) -> Origins:
    return tuple(origin for post in told for origin in accounts[post.path].origins.get(name, ()))


def _updated(story: Story, told: tuple[Post, ...], accounts: Mapping[str, reader.Account]) -> Origins:
    if story.updated_ms == story.published_ms:
        return (reader.Origin(whence="the same as published: nothing says that it changed", path=told[0].path),)
    said = next((post for post in told if post.updated_ms == story.updated_ms), None)
    if said:
        return _all("updated_ms", (said,), accounts)
    if story.updated_ms not in {post.published_ms for post in told}:
        return (reader.Origin(whence="when its title or text changed last, as feeds.json has it", path=told[-1].path),)
    newest = _all("published_ms", told[-1:], accounts)
    return tuple(replace(origin, whence=f"{origin.whence}, for title or text changed then") for origin in newest)


def _address(entry: Entry, post: Post, account: reader.Account, config: Config) -> reader.Origin:
    if config.posts.rendered and account.post and post.permalink != account.post.permalink:
        return reader.Origin(whence=f"that of its page in {config.posts.rendered}", path=post.path)
    if post.permalink and absolute(post.permalink, config.site.url):
        made = reader.Origin(whence=f"where {config.posts.permalink} puts its page", path=post.path)
        return made if config.posts.permalink in GENERATORS else account.origins["permalink"][0]
    if entry.url == absolute(post.source):
        return reader.Origin(whence="its source", path=post.path)
    if config.posts.permalink and not entry.url.startswith(f"{config.site.url}#"):
        return reader.Origin(whence="made by the template posts.permalink", path=post.path)
    what = "made from that of the site" if "#" in entry.url else "its page, which feedtool makes"
    return reader.Origin(whence=f"{what} since the post names no address", path=post.path)


def _words(*parts: str) -> str:
    return " ".join(filter(None, parts))
