"""How a site's old feeds made ids, and what the addresses of every generator are made of. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, tzinfo
from typing import Any
from urllib.parse import quote

from feedtool.disk import stem_and_ending
from feedtool.frozen import frozen
from feedtool.reader.keys import Fields

#: characters of an id, and of the parts that a header adds to it, since a few tokens could make a very long one
LONGEST = 4000
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


@frozen
class Scheme:
    """How a site's old feeds made their ids."""

    name: str = "uuid"
    #: for the name "template": see `config.permalink_styles`
    template: str = ""
    #: Jekyll's `permalink`, a style or a template; or the template of Hugo's `permalinks`; "" for the default
    permalink: str = ""
    #: of the old site: absolute, percent-encoded, "/" at the end; or ""
    site_url: str = ""
    #: Jekyll's source folder or Hugo's content folder, as the posts' paths begin with it; or ""
    root: str = ""
    #: Hugo's `uglyURLs`
    is_ugly: bool = False
    #: Hugo's `defaultContentLanguage`
    language: str = "en"
    #: Jekyll's `timezone`, and that of a template's days
    zone: tzinfo = UTC
    #: the generator of the posts' pages, or ""
    pages: str = ""
    #: other settings of the generator by its own names, in lower case
    settings: Mapping[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> Mapping[str, Any]:
        """Return a table of the generator's settings; an empty one where it is not set."""
        value = self.settings.get(name)
        return value if isinstance(value, dict) else {}

    def part_of(self, language: str) -> str:
        """Return the name of a language as it is in addresses."""
        return lower(language) if {"zola", "jekyll"}.isdisjoint((self.name, self.pages)) else language

    def text(self, name: str, default: str = "") -> str:
        """Return a text of the generator's settings."""
        value = self.settings.get(name)
        return value if isinstance(value, str) else default


@frozen
class Place:
    """Where a post stands on a site in several languages."""

    #: the site's name of the language, as in names of files; "" where the site has only one
    language: str = ""
    #: BCP 47, or ""
    tag: str = ""
    #: address of the language's pages, with "/" at the end
    home: str
    #: folders below the content folder, the file's name without language and ending, and the ending
    folder: str
    stem: str
    ending: str


def place_of(scheme: Scheme, path: str, default: str) -> Place:
    """Return the place of a post of Hugo or Zola: by the language in its file's name, or by its language's folder."""
    languages = scheme.table("languages")
    tables = {name: table if isinstance(table, dict) else {} for name, table in languages.items()}
    roots = {name: str(table.get("contentdir", "")).strip("./") for name, table in tables.items()}
    name, root = default, scheme.root
    for each, own in roots.items():
        if own and path.removeprefix("./").startswith(f"{own}/") and len(own) >= len(root if name != default else ""):
            name, root = each, own
    folder, stem, ending = cut(path, root)
    head, dot, last = stem.rpartition(".")
    if dot and last.lower() in {*map(str.lower, languages), default.lower()}:
        name, stem = next((each for each in languages if each.lower() == last.lower()), default), head
    own_table = tables.get(name, {})
    tag = str(own_table.get("locale") or own_table.get("languagecode") or name) if languages else ""
    own_home = str(own_table.get("baseurl", ""))
    home = own_home or scheme.site_url
    is_below = name.lower() != default.lower() or scheme.settings.get("defaultcontentlanguageinsubdir") is True
    if is_below and not own_home:
        home += f"{scheme.part_of(name)}/"
    return Place(language=name, tag=tag, home=home.rstrip("/") + "/", folder=folder, stem=stem, ending=ending)


def named_language(scheme: Scheme, *names: str) -> str:
    """Return the first of the site's languages that has one of these names, as the settings write it; or ""."""
    known = {each.lower(): each for each in scheme.table("languages")}
    return next((known[name.lower()] for name in names if name.lower() in known), "")


def cut(path: str, root: str = "") -> tuple[str, str, str]:
    """Return a file's folder below the root, its name without ending, and the ending with its dot."""
    folder, _, name = path.removeprefix("./").removeprefix(f"{root}/" if root else "").rpartition("/")
    return folder, *stem_and_ending(name)


def written(header: Fields, key: str) -> str | None:
    """Return the text of a key letter by letter; None without one."""
    value = header[key].value if key in header else None
    return value[:LONGEST] if isinstance(value, str) else None


def lowered(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with its keys and those of its tables in lower case."""
    return {str(key).lower(): lowered(each) if isinstance(each, dict) else each for key, each in table.items()}


def lower(text: str) -> str:
    """Return the text in lower case, letter by letter: neither generator knows the final sigma."""
    return "".join(map(str.lower, text))


def is_letter(character: str) -> bool:
    """Return whether it is a letter, a mark or a decimal digit."""
    kind = unicodedata.category(character)
    return kind[0] in "LM" or kind == "Nd"


def escaped(text: str, safe: str) -> str:
    """Return the text percent-encoded, but for letters, digits and the characters of `safe`."""
    return quote(text, safe=safe, errors="ignore")


#: letters that Unicode does not take apart
_LETTERS = str.maketrans({
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d",
    "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ħ": "h", "Ħ": "H", "ŋ": "ng", "Ŋ": "NG",
    "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "–": "-", "—": "--", "…": "...", "•": "*", "«": "<<",
    "»": ">>", "×": "x", "\u00a0": " ",
})  # fmt: skip


def latin(text: str) -> str | None:
    """Return the text in ASCII; None where it has letters of other scripts."""
    bare = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    kept = "".join(c for c in bare if not unicodedata.combining(c))
    has_others = any(not c.isascii() and unicodedata.category(c)[0] in "LN" for c in kept)
    return None if has_others else kept.encode("ascii", "ignore").decode()
