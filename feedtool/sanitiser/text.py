"""Text as a reader sees it: its measure, its comparison, its links.

In: strings. Out: strings and numbers. Never looks at a tree, never fetches anything. All of it takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedtool import urls
from feedtool.syntax import FORBIDDEN

#: Scripts that write a word in a sign or two. Hangul counts as well: its syllables are dense.
_DENSE = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_SPACE = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]+")
#: A bare address: it ends before white space, quotes, brackets that it did not open, and any sign of a dense script.
_ADDRESS = re.compile(
    "https?://(?:(?!https?://)[^\\s<>\"'`\u00ab\u00bb\u2010-\u203d\u2190-\u27bf\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\uffef"
    "\U0001f000-\U0003ffff\\\\^{}|])+",
    re.IGNORECASE,
)
#: What ends a sentence rather than an address; "..." is how a site shortens an address for display.
_TRAIL = ".,:;!?*=-~"
_CLOSING = frozenset(")]" + _TRAIL)
#: Words that got glued to an address when lines were joined: "https://apple.co/30Ecp0zAndroid:https://..."
_GLUED = re.compile(r"(?<=[a-z0-9])[A-Z][A-Za-z]{2,20}:$")


def printable(text: str) -> str:
    """Return the text without characters that XML 1.0 forbids (section 2.2) and without C1 controls."""
    return FORBIDDEN.sub("", text)


def folded(text: str) -> str:
    """Return the text with each run of white space as one space, and none at its ends."""
    return " ".join(text.split())


def squashed(text: str) -> str:
    """Return the text without white space and zero-width characters, for comparison."""
    return _SPACE.sub("", text)


def weight(text: str) -> int:
    """Return the length of a text in the measure of its script: a sign of a dense script counts as three letters."""
    if text.isascii():
        return len(text)
    return len(text) + 2 * sum(map(len, _DENSE.findall(text)))


def phrase(text: str) -> str:
    """Return a heading in the form of the lists of phrases: folded, lower case, no punctuation at its ends."""
    words = folded(text)
    first, last = 0, len(words)
    while first < last and not (words[first].isalnum() or words[first] == "_"):
        first += 1
    while last > first and not (words[last - 1].isalnum() or words[last - 1] == "_"):
        last -= 1
    return words[first:last].casefold()


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each bare address in a plain text."""
    for found in _ADDRESS.finditer(text):
        address = _trimmed(found.group(), glued=text[found.end() : found.end() + 4].lower() == "http")
        if urls.absolute(address, ""):
            yield found.start(), found.start() + len(address)


def _trimmed(address: str, *, glued: bool) -> str:
    if glued and (word := _GLUED.search(address)):
        address = address[: word.start()]
    bare = address.rstrip(_TRAIL)
    extra = sum(map(bare.count, ")]")) - sum(map(bare.count, "(["))
    end = len(bare)
    while extra > 0 and end and bare[end - 1] in _CLOSING:
        extra -= bare[end - 1] in ")]"
        end -= 1
    return bare[:end].rstrip(_TRAIL)
