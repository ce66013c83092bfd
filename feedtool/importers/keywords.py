"""Whether an archive's articles name keywords that its posts do not have as tags; only `offer` reads files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from feedtool import reader, sanitiser
from feedtool.disk import LARGEST_POST, read_regular
from feedtool.importers import POSTS, Found
from feedtool.model import Post

#: posts that are looked at, and how many of them have to name keywords
_SAMPLE, _LEAST = 60, 3


def offer(folder: Path, names: Iterable[str], dirs: Iterable[str]) -> Found | None:
    """Return the value for `posts.keywords` where posts carry no tags but those of author and category, or None.

    `names` are the site's files, below `folder`; `dirs` its folders of posts.
    """
    below = tuple(f"{each.rstrip('/')}/" for each in dirs)
    own = sorted(name for name in names if name.lower().endswith(POSTS) and ("./" in below or name.startswith(below)))
    chosen = own[:: max(1, len(own) // _SAMPLE)][:_SAMPLE]
    read = [found for name in chosen if (found := _read(folder / name, name))]
    if any({*map(str.casefold, post.tags)} - _others(post) for post, _ in read):
        return None
    count = sum(bool(words) for _, words in read)
    origin = f"{count} of {len(read)} articles that were looked at name keywords, and have no other tags"
    return Found("tags", origin) if count >= _LEAST else None


def _others(post: Post) -> set[str]:
    return {name.casefold() for name in (*post.categories, *(author.name for author in post.authors))}


def _read(path: Path, name: str) -> tuple[Post, tuple[str, ...]] | None:
    """Return a post that was taken from elsewhere, with the keywords of its article."""
    try:
        content = read_regular(path, most=LARGEST_POST)
    except OSError:
        return None
    post = reader.read_post(content, name).post
    if post is None or not post.source:
        return None
    known = sanitiser.Context(base_url=post.source, title=post.title, terms=tuple(_others(post)) + post.tags)
    return post, tuple(sanitiser.keywords(reader.render(reader.read_body(content, name)), known))
