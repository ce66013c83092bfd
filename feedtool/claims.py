"""Claims: the ids of stories, and the marks that identify stories if their files change. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from feedtool.model import Post

#: hexadecimal digits of each digest in a mark, and of each word in a sketch
MARK_DIGITS, WORD_DIGITS = 8, 4
#: the digests in a mark, in their order; a sketch follows
_MARKED = ("source", "title", "body", "stem", "path")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The id of a story, with what identifies the story if its files change."""

    id: str
    #: the id derived from what never changes
    root: str
    published_ms: int
    #: see `mark_of`
    mark: str

    def digest(self, name: str) -> str:
        """Return the digest of source, title, body, stem or path; "" for a missing or unknown one."""
        begin = _MARKED.index(name) * MARK_DIGITS
        return self.mark[begin : begin + MARK_DIGITS].strip("-")

    @property
    def sketch(self) -> frozenset[str]:
        """Return the digests of some of its words: see `Post.sketch`."""
        words = self.mark[len(_MARKED) * MARK_DIGITS :]
        return frozenset(words[at : at + WORD_DIGITS] for at in range(0, len(words), WORD_DIGITS))


def mark_of(post: Post, stem: str) -> str:
    """Return source, title, body, stem and path of a post as short digests, and its sketch.

    `stem`: the name of its file without date and ending. A digest of "-" stands for what the post does not have.
    """
    parts = (post.source, post.title, post.body_digest, stem, post.path)
    return "".join(_digest(part) if part else "-" * MARK_DIGITS for part in parts) + post.sketch


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=MARK_DIGITS // 2).hexdigest()


def times(published_ms: int, updated_ms: int, known: Claim) -> tuple[int, int]:
    """Return when a story that takes over a claim was published and updated; the same if it was never updated."""
    first_ms = known.published_ms
    return first_ms, first_ms if updated_ms == published_ms else max(first_ms, updated_ms)
