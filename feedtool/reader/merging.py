"""Posts -> stories: posts of one story are merged, and each story has an id. Pure; the order does not matter."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from feedtool.disk import NAMELESS, name_order
from feedtool.frozen import frozen
from feedtool.model import TOLD, Post, Story, mark_of
from feedtool.problems import Code, Problem
from feedtool.reader.dates import file_name_date
from feedtool.reader.identity import address_in_ids
from feedtool.reader.keys import Origin
from feedtool.syntax import later
from feedtool.urls import likely, normalised, urn_of

DUPLICATE = Code.note("duplicate-story")(
    "Two posts tell the same story: same source address, and the same timestamp, title or week. They make one "
    "entry, with the date of the first and the title and content of the newest.",
    "No action is needed; delete the older file if you like.",
)
SAME_ID = Code.warning("same-id")(
    "Two different posts have the same id, declared or made (posts.ids). A reader would take the second for an update "
    "of the first, so it gets an id of its own.",
    "Give each post an id of its own, or remove the line.",
)
ID_NO_URI = Code.note("id-is-no-uri")(
    "The declared id is not an absolute URI, which Atom demands. The entry's id is a urn:uuid: made from it.",
    "Write an address, a tag: URI or a urn:.",
)

#: RFC 3986: the characters of an address, "%" only in an escape
_URI = later(r"(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
#: RFC 4151, RFC 8141; RFC 4122 for a urn:uuid:
_TAG_OR_URN = later(
    r"tag:[^:]+:.+|urn:(?!uuid:)[A-Za-z0-9][A-Za-z0-9-]{0,31}:.+|urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
_WEEK_MS = 7 * 86_400_000

#: returns the id of the story that a post, by a name as in `Claim.told`, was published as; "" if it was not published
Published: TypeAlias = Callable[[str], str]


def unpublished(_: str) -> str:
    """Return "": no post was published."""
    return ""


@frozen
class MergedPosts:
    """A story of merged posts, before its id is compared with those of other stories."""

    story: Story
    #: the id derived from what never changes in its first post
    root: str
    #: see `feedtool.model.mark_of`
    mark: str
    #: see `Claim.told`
    told: tuple[str, ...]
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


def merge_group(posts: Iterable[Post], published: Published = unpublished) -> list[MergedPosts]:
    """Return the stories of all posts that have one `story_key`."""
    found = []
    for group in _stories(posts, published):
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
            told=_told(group, root) if len(group) > 1 else (),
            is_declared=any(post.declared_id for post in group),
            age=_age(group[0]),
            problems=tuple(problems),
        )
        found.append(merged)
    return found


def _told(group: list[Post], root: str) -> tuple[str, ...]:
    """Return the parts of roots, and of titles if there are several, of the posts that tell one story: `Claim.told`."""
    tellings, titles = map(set, zip(*map(_names, group), strict=True))
    return tuple(sorted((tellings | titles if len(titles) > 1 else tellings) - {root[TOLD]}))


def separate_ids(rivals: Iterable[MergedPosts]) -> list[MergedPosts]:
    """Return stories that have one id, with an id of their own for all but the oldest."""
    first, *others = sorted(rivals, key=lambda merged: merged.age)
    found, taken = [first], set[str]()
    for merged in others:
        story = merged.story
        own = urn_of(f"{story.id}\n{_derived_id(story.post)}")
        if own in taken:  # such as pages of one name and day in folders of languages
            own = urn_of(f"{own}\n{story.post.path}")
        taken.add(own)
        problem = SAME_ID.at(story.post.path, f'"{story.id[:120]}" belongs to {first.story.post.path}', field="id")
        found.append(replace(merged, story=replace(story, id=own), problems=(*merged.problems, problem)))
    return found


def merged_with(post: Post, posts: Iterable[Post], published: Published) -> tuple[Post, ...]:
    """Return the posts that are merged with this one, and this one; oldest first."""
    near = [other for other in posts if story_key(other) == story_key(post)]
    return next(tuple(group) for group in _stories(near, published) if post in group)


def _age(post: Post) -> tuple[int, int, str]:
    return post.published_ms, post.updated_ms or post.published_ms, post.path


def _stem(post: Post) -> str:
    """Return the name of a post's file, or of its folder, for a page in a folder of its own; in Unicode form NFC."""
    folder, _, name = post.path.rpartition("/")
    stem = name.rpartition(".")[0]
    return unicodedata.normalize("NFC", folder.rpartition("/")[2] if folder and stem.lower() in NAMELESS else stem)


def _stories(posts: Iterable[Post], published: Published) -> list[list[Post]]:
    """Return the stories of posts with one `story_key`, each oldest first.

    What was published as one story stays one, and what was published as two is never joined.
    """
    ordered = sorted(posts, key=_age)
    if len(ordered) < 2:
        return [[post] for post in ordered]
    owners = [next(filter(None, map(published, _names(post))), "") for post in ordered]
    roots = list(range(len(ordered)))
    for tie in _ties(ordered, owners):
        first, other = sorted(_root(roots, at) for at in tie)
        if not owners[first] or owners[other] in ("", owners[first]):
            roots[other] = first
            owners[first] = owners[first] or owners[other]
    joined: dict[int, list[Post]] = defaultdict(list)
    for at, post in enumerate(ordered):
        joined[_root(roots, at)].append(post)
    return list(joined.values())


def _names(post: Post) -> tuple[str, str]:
    """Return what a published story knows a post by: itself, and its title, since a new telling may replace an old."""
    titled = urn_of(f"{normalised(post.source)}\n\n{post.title}")
    return _derived_id(post)[TOLD], titled[TOLD]


def _root(roots: list[int], at: int) -> int:
    """Return the first post of the story that this one is in."""
    while roots[at] != at:
        roots[at] = at = roots[roots[at]]
    return at


def _ties(posts: Sequence[Post], owners: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of two posts that tell one story, the surest pairs first; `posts` are oldest first.

    They were published as one; or have one source, and one title or a week between them at most. Addresses that differ
    in more than RFC 3986 calls the same are of one story where title and time agree.
    """
    sources = [normalised(post.source) for post in posts]
    titles = [post.title for post in posts]
    seconds = [post.published_ms // 1000 for post in posts]
    yield from _pairs(owner or None for owner in owners)
    yield from _pairs(zip(sources, titles, strict=True))
    yield from _pairs(zip(titles, seconds, strict=True))
    for one, other in _pairs(sources):
        if posts[other].published_ms - posts[one].published_ms <= _WEEK_MS:
            yield one, other


def _pairs(facts: Iterable[Hashable]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of each fact and of the same one before; None stands for a missing fact."""
    last: dict[Hashable, int] = {}
    for at, fact in enumerate(facts):
        if fact in last:
            yield last[fact], at
        if fact is not None:
            last[fact] = at


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
        id=declared_uri(declared) if declared else first.old_id or root,
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
    return urn_of(name)


def declared_uri(declared: str) -> str:
    """Return a declared id; a derived one instead of anything but an http, https, tag or urn URI."""
    scheme = declared.partition(":")[0].lower()
    is_web = scheme in ("http", "https") and address_in_ids(declared) and not declared.count("[")
    if _URI.fullmatch(declared) and (is_web or _TAG_OR_URN.fullmatch(declared)):
        return declared
    return urn_of(declared)


def id_origin(story: Story, posts: tuple[Post, ...], origins: dict[str, tuple[Origin, ...]]) -> Origin:
    """Return where a story's id is from; `posts` are its own, oldest first, `origins` those of their declared ids."""
    first = posts[0]
    declared = next((post for post in posts if post.declared_id), None)
    if declared:
        written, declared_id = origins[declared.path][0], declared.declared_id
        if story.id == declared_id:
            return written
        why = "it is not a URI" if story.id == declared_uri(declared_id) else "another post declares the same"
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
