"""The text of a post -> a sketch, which says of two texts how alike they are. Pure."""

from __future__ import annotations

import re
import zlib
from itertools import pairwise

from feedtool.model import WORD_DIGITS

#: characters at the beginning of a text, and words of a sketch
_READ, _KEPT = 400, 6
_TAG = re.compile(r"<[^>]*>")
#: words that tell texts apart, first of scripts that put spaces between them; of others, each two letters
_WORDS = re.compile(r"([^\W\d_\u0e00-\u0eff\u2e80-\U0003ffff]{4,})|([\u0e00-\u0eff\u2e80-\U0003ffff]{2,})")
_ANY_WORD = re.compile(r"\w+")


def sketch_of(text: str) -> str:
    """Return digests of some of the words at the beginning of a text, the same ones wherever they stand; or ""."""
    plain = _TAG.sub(" ", text[:_READ]).casefold()
    words: set[str] = set()
    for word, run in _WORDS.findall(plain):
        words.update((word,) if word else map("".join, pairwise(run)))
    words = words or set(_ANY_WORD.findall(plain))
    numbers = sorted({zlib.crc32(word.encode("utf-8", "surrogatepass")) & 0xFFFF for word in words})
    return "".join(f"{number:0{WORD_DIGITS}x}" for number in numbers[:_KEPT])
