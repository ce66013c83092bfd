"""Which way a language is written, what a name is filed under, and how much room a text takes. Pure."""

from __future__ import annotations

import unicodedata

#: primary languages, and scripts, that are written from right to left (BCP 47)
_RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he iw ks nqo ps sd syr ug ur yi".split())
_RIGHT_TO_LEFT_SCRIPTS = frozenset("adlm arab hebr nkoo syrc thaa".split())
#: what the scripts that do not call themselves by their Unicode name are filed under
_SCRIPTS = {"CJK": "漢字", "HIRAGANA": "かな", "KATAKANA": "かな", "HANGUL": "한글"}


#: of a line on the index, in columns: letters of East Asia take two
_COLUMNS = 46


def clip(text: str) -> str:
    """Return as much of a text as one line shows, with "…" where there is more."""
    room = _COLUMNS
    for at, character in enumerate(text):
        room -= 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if room < 0:
            return text[:at].rstrip() + "…"
    return text


def direction(language: str) -> str:
    """Return "rtl" or "ltr" for a BCP 47 tag."""
    primary, *rest = language.lower().split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    right_to_left = scripts[0] in _RIGHT_TO_LEFT_SCRIPTS if scripts else primary in _RIGHT_TO_LEFT
    return "rtl" if right_to_left else "ltr"


def initial(name: str) -> tuple[int, str]:
    """Return what a name is filed under, with its place: A to Z, then digits, other scripts, signs."""
    first = unicodedata.normalize("NFKD", name.casefold())[:1].upper()
    if "A" <= first <= "Z":
        return 0, first
    if first.isdigit():
        return 1, "0–9"
    if first.isalpha():
        script = unicodedata.name(first, "OTHER").split()[0]
        return 2, _SCRIPTS.get(script, script.capitalize())
    return 3, "#"
