"""Posts -> stories: posts of one story are merged, and each story has an id. Pure; the order does not matter."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from feedtool.disk import NAMELESS, name_order
from feedtool.model import Post, Story, mark_of
from feedtool.problems import Code, Problem
from feedtool.reader.dates import file_name_date
from feedtool.reader.identity import address_in_ids
from feedtool.reader.keys import Origin
from feedtool.urls import likely, normalised

DUPLICATE = Code(
    "duplicate-story",
    "note",
    "Two posts tell the same story: same source address, and the same timestamp, title or week. They make one "
    "entry, with the date of the first and the title and content of the newest.",
    "No action is needed; delete the older file if you like.",
)
SAME_ID = Code(
    "same-id",
    "warning",
    "Two different posts have the same id, declared or made (posts.ids). A reader would take the second for an update "
    "of the first, so it gets an id of its own.",
    "Give each post an id of its own, or remove the line.",
)
ID_NO_URI = Code(
    "id-is-no-uri",
    "note",
    "The declared id is not an absolute URI, which Atom demands. The entry's id is a urn:uuid: made from it.",
    "Write an address, a tag: URI or a urn:.",
)

#: RFC 3986: the characters of an address, "%" only in an escape
_URI = re.compile(r"(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
#: RFC 4151, RFC 8141; RFC 4122 for a urn:uuid:
_TAG_OR_URN = re.compile(
    r"tag:[^:]+:.+|urn:(?!uuid:)[A-Za-z0-9][A-Za-z0-9-]{0,31}:.+|urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
_WEEK_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedPosts:
    """A story of merged posts, before its id is compared with those of other stories."""

    story: Story
    #: the id derived from what never changes in its first post
    root: str
    #: see `feedtool.model.mark_of`
    mark: str
    #: its author chose the id
    is_declared: bool
    #: of its first post; sorts
    age: tuple[int, int, str]
    problems: tuple[Problem, ...]


def merge(posts: Iterable[Post]) -> tuple[tuple[Story, ...], tuple[Problem, ...]]:
    """Return the stories of the posts, no two with one id, and the problems of merging.

    They are newest first; those of one moment are in the order of `name_order`, the last one first.
    """
    by_key: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        by_key[story_key(post)].append(post)
    by_id: dict[str, list[MergedPosts]] = defaultdict(list)
    for group in by_key.values():
        for merged in merge_group(group):
            by_id[merged.story.id].append(merged)
    found = [merged for group in by_id.values() for merged in separate_ids(group)]
    stories = sorted((merged.story for merged in found), key=lambda story: story.id)
    stories.sort(key=lambda story: (story.published_ms, name_order(story.post.path)), reverse=True)
    return tuple(stories), tuple(problem for merged in found for problem in merged.problems)


def story_key(post: Post) -> str:
    """Return the key that all posts of a story share: of its source, or the file's own name, time and language.

    Posts with different ids in the site's old feeds are different stories there, and stay so.
    """
    if post.source:
        return likely(normalised(post.source))
    return "/".join(filter(None, (str(post.identity_ms), _stem(post), post.language, post.old_id)))


def merge_group(posts: Iterable[Post]) -> list[MergedPosts]:
    """Return the stories of all posts that have one `story_key`."""
    found = []
    for group in _stories(posts):
        root = _derived_id(group[0])
        story = _story(group, root)
        problems = [DUPLICATE.at(old.path, f"tells the same story as {story.post.path}") for old in group[:-1]]
        if story.post.declared_id and story.id.startswith("urn:uuid:") and story.id != story.post.declared_id:
            message = f'"{story.post.declared_id[:80]}" became {story.id}'
            problems.append(ID_NO_URI.at(story.post.path, message, field="id"))
        merged = MergedPosts(
            story=story,
            root=root,
            mark=mark_of(story.post, file_name_date(_stem(story.post))[1]),
            is_declared=any(post.declared_id for post in group),
            age=_age(group[0]),
            problems=tuple(problems),
        )
        found.append(merged)
    return found


def separate_ids(rivals: Iterable[MergedPosts]) -> list[MergedPosts]:
    """Return stories that have one id, with an id of their own for all but the oldest."""
    first, *others = sorted(rivals, key=lambda merged: merged.age)
    found = [first]
    for merged in others:
        story = merged.story
        own = uuid.uuid5(uuid.NAMESPACE_URL, f"{story.id}\n{_derived_id(story.post)}").urn
        problem = SAME_ID.at(story.post.path, f'"{story.id[:120]}" belongs to {first.story.post.path}', field="id")
        found.append(replace(merged, story=replace(story, id=own), problems=(*merged.problems, problem)))
    return found


def merged_with(post: Post, posts: Iterable[Post]) -> tuple[Post, ...]:
    """Return the posts that are merged with this one, and this one; oldest first."""
    near = [other for other in posts if story_key(other) == story_key(post)]
    return next(tuple(group) for group in _stories(near) if post in group)


def _age(post: Post) -> tuple[int, int, str]:
    return post.published_ms, post.updated_ms or post.published_ms, post.path


def _stem(post: Post) -> str:
    """Return the name of a post's file, or of its folder, for a page in a folder of its own; in Unicode form NFC."""
    folder, _, name = post.path.rpartition("/")
    stem = name.rpartition(".")[0]
    return unicodedata.normalize("NFC", folder.rpartition("/")[2] if folder and stem.lower() in NAMELESS else stem)


def _stories(posts: Iterable[Post]) -> list[list[Post]]:
    """Return the stories of posts with one `story_key`, each oldest first.

    Addresses that differ in more than RFC 3986 calls the same are of one story where title and time agree.
    """
    by_source: dict[str, list[Post]] = defaultdict(list)
    for post in sorted(posts, key=_age):
        by_source[normalised(post.source)].append(post)
    stories = [story for group in by_source.values() for story in _split(group)]
    if len(by_source) < 2:
        return stories
    roots = list(range(len(stories)))
    told: dict[tuple[str, int], int] = {}
    for at, story in enumerate(stories):
        for post in story:
            known = told.setdefault((post.title, post.published_ms // 1000), at)
            roots[_root(roots, at)] = _root(roots, known)
    joined: dict[int, list[Post]] = defaultdict(list)
    for at, story in enumerate(stories):
        joined[_root(roots, at)] += story
    return [sorted(story, key=_age) for story in joined.values()]


def _root(roots: list[int], at: int) -> int:
    """Return the story that this one was joined with."""
    while roots[at] != at:
        roots[at] = at = roots[roots[at]]
    return at


def _split(group: list[Post]) -> list[list[Post]]:
    """Cut posts with one source, oldest first, into stories, each oldest first.

    In order of time, two posts a week apart are two stories unless a third has the title of one. So each post is
    compared with the newest of the last story and with the titles of all, not with every other post.
    """
    stories: list[list[Post]] = []
    by_title: dict[str, int] = {}
    latest = -1
    for post in group:
        near = latest >= 0 and post.published_ms - stories[latest][-1].published_ms <= _WEEK_MS
        at = by_title.get(post.title, latest if near else -1)
        if near and at != latest:
            stories[at] = sorted(stories[at] + stories[latest], key=_age)
            by_title |= {title: at for title, of in by_title.items() if of == latest}
            stories[latest] = []
        if at < 0:
            stories.append([])
            at = len(stories) - 1
        stories[at].append(post)
        by_title[post.title] = latest = at
    return [story for story in stories if story]


def _story(group: list[Post], root: str) -> Story:
    first, newest = group[0], group[-1]
    updated = [post.updated_ms for post in group if post.updated_ms]
    updated += [
        post.published_ms
        for before, post in pairwise(group)
        if (before.title, before.body_digest) != (post.title, post.body_digest)
    ]
    declared = next((post.declared_id for post in group if post.declared_id), "")
    return Story(
        id=_declared_uri(declared) if declared else first.old_id or root,
        post=newest,
        published_ms=first.published_ms,
        updated_ms=max([first.published_ms, *updated]),
        categories=_union(post.categories for post in reversed(group)),
        tags=_union(post.tags for post in reversed(group)),
    )


def _union(terms: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term for some in terms for term in some))


def _derived_id(post: Post) -> str:
    """Return the id of what never changes: source and first timestamp, or file stem and timestamp."""
    name = f"{post.source}\n{post.identity_ms}" if address_in_ids(post.source) else f"{post.identity_ms}\n{_stem(post)}"
    return uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def _declared_uri(declared: str) -> str:
    scheme = declared.partition(":")[0].lower()
    is_web = scheme in ("http", "https") and address_in_ids(declared) and not declared.count("[")
    if _URI.fullmatch(declared) and (is_web or _TAG_OR_URN.fullmatch(declared)):
        return declared
    return uuid.uuid5(uuid.NAMESPACE_URL, declared).urn


def id_origin(story: Story, posts: tuple[Post, ...], origins: dict[str, tuple[Origin, ...]]) -> Origin:
    """Return where a story's id is from; `posts` are its own, oldest first, `origins` those of their declared ids."""
    first = posts[0]
    declared = next((post for post in posts if post.declared_id), None)
    if declared:
        written, declared_id = origins[declared.path][0], declared.declared_id
        if story.id == declared_id:
            return written
        why = "it is not a URI" if story.id == _declared_uri(declared_id) else "another post declares the same"
        return replace(written, whence=f"derived, since {why}, {written.whence}")
    if story.id == first.old_id:
        whence = "as the site's old feeds had it"
    elif story.id != _derived_id(first):
        whence = "as it was published before, or derived since its own is another post's"
    elif first.source:
        whence = "derived from the source and the first date"
    else:
        whence = "derived from the file's name and the date"
    return Origin(whence=whence, path=first.path)
