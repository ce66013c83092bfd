"""Slugs as Eleventy, Pelican and Zola make them of titles and names. Pure.

All three write every script in Latin letters. Here this is done for scripts that are Latin with signs; a slug of any
other script is None, because their tables differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

#: letters that Unicode does not take apart
_LETTERS = str.maketrans({
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d",
    "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ħ": "h", "Ħ": "H", "ŋ": "ng", "Ŋ": "NG",
    "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "–": "-", "—": "--", "…": "...", "•": "*", "«": "<<",
    "»": ">>", "×": "x", "\u00a0": " ",
})  # fmt: skip
#: of Eleventy's `slugify`
_GERMAN = str.maketrans({"ä": "ae", "Ä": "Ae", "ö": "oe", "Ö": "Oe", "ü": "ue", "Ü": "Ue"})
#: Pelican's SLUG_REGEX_SUBSTITUTIONS
PELICAN = ((r"[^\w\s-]", ""), (r"(?u)\A\s*", ""), (r"(?u)\s*\Z", ""), (r"[-\s]+", "-"))


def latin(text: str) -> str | None:
    """Return the text in ASCII; None where it has letters of other scripts."""
    bare = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    kept = "".join(c for c in bare if not unicodedata.combining(c))
    if kept.isascii():
        return kept
    return None if any(not c.isascii() and unicodedata.category(c)[0] in "LN" for c in kept) else _ascii(kept)


def _ascii(text: str) -> str:
    return "".join(c for c in text if c.isascii())


def eleventy_slug(text: str) -> str | None:
    """Return the slug of Eleventy's filter `slugify`."""
    bare = latin(text.translate(_GERMAN).replace("&", " and ").replace("♥", " love ").replace("🦄", " unicorn "))
    if bare is None:
        return None
    bare = re.sub(r"([a-z\d]+)'([ts])(\s|$)", r"\1\2\3", bare.lower())
    return re.sub(r"[^a-z\d]+", "-", bare).strip("-")


def eleventy_old_slug(text: str) -> str | None:
    """Return the slug of Eleventy's older filter `slug`."""
    bare = latin(text.replace("&", "and"))
    if bare is None:
        return None
    kept = re.sub(r"[^\w\s$*_+~.()'\"!\-:@]+", "", bare).strip()
    return re.sub(r"[-\s]+", "-", kept).lower()


def pelican_slug(
    text: str, substitutions: Sequence[tuple[str, str]], *, keeps_case: bool, keeps_script: bool
) -> str | None:
    """Return Pelican's slug of a text; None also where a regular expression is not valid."""
    normal = unicodedata.normalize("NFKC", " ".join(re.sub(r"<[^<>]*>", "", text).split()))
    found = normal if keeps_script else latin(normal)
    try:
        for pattern, by in substitutions if found is not None else ():
            found = re.sub(pattern, by, found or "", flags=re.IGNORECASE)
    except (re.error, IndexError):
        return None
    return found if found is None else (found if keeps_case else found.lower()).strip()


def zola_slug(text: str, strategy: str) -> str | None:
    """Return Zola's slug of a text: for the strategies "on", "safe" and "off" of `slugify.paths`."""
    if strategy == "off":
        return text
    if strategy == "safe":
        return re.sub(r'[<>:"/\\|?*]', "", text.rstrip(" ."))
    bare = latin(text)
    return None if bare is None else re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-")
