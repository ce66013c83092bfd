"""What became of one post, told: the same functions as in a build, for one post, with reasons.

In: a post file's path, or its name as problems print it; the configuration. Out: an Explanation, or ExplainError with
a plain sentence. Every post's header is read, for which feeds hold the entry depends on the others; of their bodies no
more than it takes to know where a feed's bytes end. Writes and prints nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, partial
from pathlib import Path

from feedtool import feeds, reader, sanitiser
from feedtool.build import jobs
from feedtool.build.discovery import ENDINGS, PostFile, find_posts, load
from feedtool.build.parallel import Mapper
from feedtool.build.pipeline import known, past_its_time, previous_manifest, untimely, with_defaults
from feedtool.cache.entries import Wanted
from feedtool.config import Config
from feedtool.explain.fields import fields_of
from feedtool.explain.known_ids import known_by
from feedtool.explain.membership import Archive, memberships
from feedtool.explain.types import ExplainError, Explanation, Field, Membership
from feedtool.model import Feed, Post, Story, is_due
from feedtool.problems import Problem, printable_path
from feedtool.sanitiser.trace import trace

__all__ = ["ExplainError", "Explanation", "Field", "Membership", "explain", "is_path", "is_post"]

#: names that a sentence lists before it says how many there are besides
_LISTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """The other posts, as far as they matter for one."""

    stories: tuple[Story, ...]
    feeds: tuple[Feed, ...]
    problems: tuple[Problem, ...]
    #: the tellings of the post's story, oldest first
    told: tuple[Post, ...]


def is_post(given: str) -> bool:
    """Return whether this is the path of a file that can be a post."""
    return given.lower().endswith(ENDINGS) and os.path.isfile(given)  # noqa: PTH113 - never raises, whatever the name


def is_path(given: str) -> bool:
    """Return whether somebody who wrote this can have meant a file, there or not."""
    return os.path.lexists(given) or "/" in given or os.sep in given or given.lower().endswith(ENDINGS)


def explain(
    given: str, config: Config, *, base: Path, output: Path, mapper: Mapper, now_ms: int | None = None
) -> Explanation:
    """Return what became of a post; the arguments are those of a build. Raises ExplainError."""
    config = with_defaults(config, base, [])
    files, found = find_posts(config.posts.dirs, base)
    file, is_listed = _find(given, files)
    left_out = "" if is_listed else _left_out(given, file, config, base)
    try:
        return _explained(file, load(file.path), files, config, output, mapper, [*found], left_out, now_ms)
    except ExplainError:
        raise
    except OSError as error:
        raise ExplainError(f"{file.name} cannot be read: {error.strerror}") from None
    except Exception as error:
        message = (
            f"feedtool failed on {file.name}, and that is a mistake of feedtool's: {type(error).__name__}: {error}"
        )
        raise ExplainError(message[:400]) from error


def _explained(
    file: PostFile, content: bytes, files: Sequence[PostFile], config: Config, output: Path,
    mapper: Mapper, problems: list[Problem], left_out: str, now_ms: int | None,
) -> Explanation:  # fmt: skip
    conventions = reader.conventions_of(config)
    reading = reader.read_post(content, file.name, conventions)
    own = reader.account(content, file.name, conventions)
    if own.post is None:
        raise ExplainError(f"{file.name} is empty: it gives no entry")
    timely = _timely(reading.post, config, now_ms)
    left_out = left_out or (f"it {timely[0].message}" if timely and not config.posts.future else "")
    if reading.post and not left_out:
        site = _site(reading.post, files, config, output, mapper, now_ms)
    else:
        site = _Site(stories=reader.merge([own.post])[0], feeds=(), problems=(), told=(own.post,))
    problems += (*reading.problems, *site.problems, *timely)
    return _told(file, content, own, reading, files, site, config, problems, left_out)


def _find(given: str, files: Sequence[PostFile]) -> tuple[PostFile, bool]:
    """Return the file that was meant, and whether it is one of the posts."""
    name = given.rstrip(":") if given.endswith(":") else given
    listed = {file.name: file for file in files}
    if not os.path.lexists(given):
        for wanted in (name, name.rpartition(":")[0]):
            if wanted in listed:
                return listed[wanted], True
        near = get_close_matches(given, list(listed)[:5000], 1)
        raise ExplainError(f"there is no file {printable_path(given)}" + (f"; did you mean {near[0]}?" if near else ""))
    if os.path.isdir(given):  # noqa: PTH112 - never raises, whatever the name
        raise ExplainError(f"{printable_path(given)} is a folder; name one of the posts in it")
    if not os.path.isfile(given):  # noqa: PTH113
        raise ExplainError(f"{printable_path(given)} is no ordinary file, or a link that leads nowhere")
    if not given.lower().endswith(ENDINGS):
        raise ExplainError(f"{printable_path(given)} is no post by its name, which would end with {', '.join(ENDINGS)}")
    real = Path(os.path.realpath(given))
    for file in files:
        if Path(file.path).name == real.name and Path(os.path.realpath(file.path)) == real:
            return file, True
    return PostFile(name=printable_path(given), path=given), False


def _left_out(given: str, file: PostFile, config: Config, base: Path) -> str:
    if Path(given).is_symlink():
        return "it is a symbolic link, which is not followed"
    real = Path(os.path.realpath(file.path))
    for folder in config.posts.dirs:
        root = Path(os.path.realpath(base / folder))
        if real.is_relative_to(root):
            below = real.relative_to(root).parts
            hidden = next((part for part in below if part.startswith(".") or part == "_drafts"), "")
            if not hidden and real.name.startswith("_index."):
                return "it is the page of a section, by its name"
            return (
                f"it lies in {printable_path(hidden)}"
                if hidden and hidden != real.name
                else "its name begins with a dot"
            )
    return f"it lies in no posts folder ({', '.join(map(printable_path, config.posts.dirs))})"


def _site(
    post: Post, files: Sequence[PostFile], config: Config, output: Path, mapper: Mapper, now_ms: int | None
) -> _Site:
    sources = (jobs.Source(name=each.name, path=each.path) for each in files)
    readings = mapper(
        partial(jobs.reading, conventions=reader.conventions_of(config)),
        sources,
        lost=jobs.lost_reading,
        chunk=64,
    )
    posts = [reading.post for reading in readings if reading.post and reading.path != post.path] + [post]
    if not config.posts.future and now_ms is not None:
        posts = [each for each in posts if is_due(each.published_ms, each.expires_ms, now_ms)]
    found = reader.merge_all(posts)
    previous = previous_manifest(output, [])
    stories = known_by(found, previous, config.posts.ids_made_as())
    merged = tuple(problem for told in found for problem in told.problems)
    chosen, said = feeds.select(
        feeds.gather(stories, feeds=config.feeds, aliases=config.aliases),
        feeds=config.feeds,
        aliases=config.aliases,
        site=config.site,
        known=known(previous) if previous else (),
    )
    return _Site(stories=stories, feeds=chosen, problems=merged + said, told=reader.merged_with(post, posts))


def _told(
    file: PostFile, content: bytes, own: reader.Account, reading: reader.Reading,
    files: Sequence[PostFile], site: _Site, config: Config, problems: list[Problem], left_out: str,
) -> Explanation:  # fmt: skip
    assert own.post
    rules, _ = sanitiser.load_rules(config.sanitiser, config.path)
    by_name = {each.name: each for each in files} | {file.name: file}
    by_id = {story.id: story for story in site.stories}
    story = next(story for story in site.stories if story.post.path == site.told[-1].path)

    @cache
    def make(entry_id: str) -> jobs.Made:
        each = by_id[entry_id]
        return _made(each, by_name[each.post.path], config, rules)

    made = make(story.id)
    if made.entry is None:
        raise ExplainError("; ".join(f"{problem.path}: {problem.message}" for problem in made.problems))
    archive = Archive(config=config, stories=site.stories, feeds=site.feeds, render=lambda i: make(i).fragment)
    held = memberships(story, archive) if site.feeds else ()
    accounts = {post.path: _account(post, by_name, own, config) for post in site.told}
    body = reader.read_body(content, file.name, reader.conventions_of(config))
    traced = trace(reader.render(body), jobs.facts(replace(story, post=own.post), config), rules=rules)
    problems += (*made.problems, *reader.body_problems(body, file.name))
    return Explanation(
        path=file.name,
        title=own.post.title,
        language=own.post.language,
        is_entry=bool(site.feeds),
        verdict=_verdict(file.name, reading, site, held, left_out),
        fields=fields_of(made.entry, story, site.told, accounts, config),
        feeds=held,
        removals=traced.cleaned.removals,
        problems=tuple(sorted({problem for problem in problems if problem.path == file.name})),
        before_html=traced.marked_html,
        after_html=traced.cleaned.html,
    )


def _made(story: Story, file: PostFile, config: Config, rules: sanitiser.Rules) -> jobs.Made:
    """Return the entry as it goes into the feeds."""
    wanted = Wanted(key=b"", path=file.path, digest=b"", story=story)
    made = jobs.make((jobs.Source(name=file.name, path=file.path), wanted), config=config, rules=rules)
    if made.entry is None or made.fragment is None:
        return made
    size = max(len(made.fragment.of(form)) for form in config.feeds.formats)
    said = jobs.too_long(size, file.name, config)
    return replace(jobs.shortened(made.entry, config), problems=made.problems + said) if said else made


def _timely(post: Post | None, config: Config, now_ms: int | None) -> list[Problem]:
    """Return what there is to say of the post's dates."""
    if post is None or now_ms is None:
        return []
    if post.published_ms > now_ms:
        return [untimely(post.path, post.published_ms, config.posts)]
    is_over = post.expires_ms is not None and post.expires_ms <= now_ms and not config.posts.future
    return [past_its_time(post.path, post.expires_ms or 0)] if is_over else []


def _account(post: Post, by_name: dict[str, PostFile], own: reader.Account, config: Config) -> reader.Account:
    if own.post and post.path == own.post.path:
        return own
    try:
        return reader.account(load(by_name[post.path].path), post.path, reader.conventions_of(config))
    except OSError:
        return reader.Account(post=post, origins={})


def _verdict(
    path: str, reading: reader.Reading, site: _Site, held: Sequence[Membership], left_out: str
) -> tuple[str, ...]:
    """Return what became of the post, in sentences."""
    if left_out:
        return (f"No feed holds it: {left_out}.",)
    if reading.kept_out:
        return (f"No feed holds it: it is left out, by `{reading.kept_out}` in its front matter.",)
    if not site.feeds:
        return ("No feed holds it: nothing says when it was published.",)
    count = sum(feed.holds for feed in held)
    holding = f"{count} of {len(held)} feeds" if count else "no feed"
    newest, others = site.told[-1].path, [post.path for post in site.told if post.path != path]
    if newest != path:
        first = (
            f"It tells the same story as {newest}, which counts as the newer one and gives the entry's title and text."
        )
    elif others:
        more = f" and {len(others) - _LISTED} more" if len(others) > _LISTED else ""
        first = f"It tells the same story as {', '.join(others[:_LISTED])}{more}, and gives the entry's title and text."
    else:
        return (f"It is an entry, held by {holding}.",)
    return first, f"The entry is held by {holding}."
