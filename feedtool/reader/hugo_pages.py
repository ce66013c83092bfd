"""Hugo's and Zola's addresses, which their feeds have as ids. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from posixpath import normpath
from urllib.parse import unquote, unquote_plus

from feedtool.config.placeholders import HUGO_TOKEN
from feedtool.model import Post, utc
from feedtool.reader.keys import Fields
from feedtool.reader.schemes import DAYS, MONTHS, Place, Scheme, escaped, is_letter, latin, lower, place_of, written

_DATED = re.compile(r"\d{4}-\d\d-\d\d(?:-\d\d-\d\d-\d\d)?-(.+)", re.ASCII | re.DOTALL)


def hugo_place(scheme: Scheme, path: str) -> Place:
    """Return the language and the folders of a post of Hugo."""
    return place_of(scheme, path, scheme.language)


def hugo_address(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the absolute address of a post's page; "" for a file of another kind."""
    place = hugo_place(scheme, post.path)
    if place.ending.lower() not in (".md", ".markdown", ".mdown", ".html", ".rst") or not scheme.site_url:
        return ""
    folders, stem = place.folder.split("/") if place.folder else [], place.stem
    if stem.lower() == "index" and folders:
        stem = folders.pop()
    slug = (written(header, "slug") or _named(scheme, stem, header)).strip("-")
    style = _style(scheme)
    values = _values(scheme, post, header, folders, stem, slug, style)
    address, template, home = written(header, "url"), _template(scheme, place.language, folders), place.home
    is_ugly = _is_ugly(scheme, folders)
    if address:
        home = scheme.site_url if address.startswith("/") else home
        link = _own_url(_filled(address, values) if ":" in address else address)
    elif template:
        link = _link(normpath(_filled(template, values)).strip("/"), style=style, is_ugly=is_ugly)
    else:
        link = _link(style.folder("/".join(folders)), slug or style.folder(stem), style=style, is_ugly=is_ugly)
    path, ask, query = link.replace("#", "%23").partition("?")
    return home.removesuffix("/") + _go_escaped(path) + ask + query


def hugo_name(scheme: Scheme, term: str) -> str:
    """Return a term, or the path of a section, as it is in addresses, decoded."""
    style = _style(scheme)
    return style.sanitised(style.folder(term)).strip("/")


def _style(scheme: Scheme) -> _Style:
    return _Style(
        keeps_accents=scheme.settings.get("removepathaccents") is not True,
        keeps_case=scheme.settings.get("disablepathtolower") is True,
    )


def _named(scheme: Scheme, stem: str, header: Fields) -> str:
    """Return the name behind a file name's date, which is the slug if the date is taken from there; or ""."""
    dates = scheme.table("frontmatter").get("date")
    if not isinstance(dates, list | tuple) or ":filename" not in dates:
        return ""
    found = _DATED.fullmatch(stem)
    return found[1] if found and (dates[0] == ":filename" or not written(header, "date")) else ""


def _template(scheme: Scheme, language: str, folders: list[str]) -> str:
    """Return the pattern of a section's addresses, or ""."""
    section = lower(folders[0]) if folders else "/"
    own = scheme.table("languages").get(language)
    tables = [own.get("permalinks") if isinstance(own, dict) else None, scheme.table("permalinks")]
    for table in tables:
        for patterns in (table.get("page"), table) if isinstance(table, dict) else ():
            pattern = patterns.get(section) if isinstance(patterns, dict) else None
            if isinstance(pattern, str):
                return pattern
    return scheme.permalink if folders else ""


def _is_ugly(scheme: Scheme, folders: list[str]) -> bool:
    by_section = scheme.table("uglyurls")
    return by_section.get(lower(folders[0])) is True if by_section and folders else scheme.is_ugly


def _values(
    scheme: Scheme, post: Post, header: Fields, folders: list[str], stem: str, slug: str, style: _Style
) -> dict[str, str]:
    """Return the values of the placeholders of a pattern."""
    values = {
        "section": style.folder(folders[0]) if folders else "",
        "title": style.sanitised(post.title),
        "slug": style.sanitised(slug or post.title),
        "filename": style.sanitised(stem),
        "slugorfilename": style.sanitised(slug or stem),
    }
    values |= {"contentbasename": values["filename"], "slugorcontentbasename": values["slugorfilename"]}
    nested = scheme.settings.get("sections")
    known = set(nested) if isinstance(nested, list | tuple) else set()
    levels = [lower("/".join(folders[: level + 1])) for level in range(len(folders))]
    sections = [style.folder(folders[at]) for at, level in enumerate(levels) if not at or level in known]
    values["sections"] = "/".join(sections)
    values |= {"sections[first]": "".join(sections[:1]), "sections[last]": "".join(sections[-1:])}
    values |= {f"sections[{at}]": each for at, each in enumerate(sections)}
    values |= {f"sections[{at}:]": "/".join(sections[at:]) for at in range(5)}
    values |= {f"sections[:{at}]": "/".join(sections[:at]) for at in range(5)}
    values |= {"sections[:last]": "/".join(sections[:-1]), "sections[1:last]": "/".join(sections[1:-1])}
    day = _day(post, header, scheme.zone)
    values |= {"month": f"{day:%m}", "monthname": MONTHS[day.month - 1], "day": f"{day:%d}", "year": str(day.year)}
    return values | {
        "weekday": f"{day:%w}", "weekdayname": DAYS[day.weekday()], "yearday": str(day.timetuple().tm_yday)
    }  # fmt: skip


def _link(*parts: str, style: _Style, is_ugly: bool) -> str:
    known = [part for part in parts if part]
    if is_ugly and known:
        known[-1] += ".html"
    link = "".join("/" + style.sanitised(part).removeprefix("/") for part in known)
    return link if is_ugly else link.rstrip("/") + "/"


def _own_url(address: str) -> str:
    """Return the address of a header's `url`: as written, but for slashes."""
    address = normpath(f"/{address.lstrip('/')}") if ".." in address else address
    steps = [step for step in address.split("/") if step]
    if steps[-1:] == ["index.html"]:
        steps, address = steps[:-1], "/"
    is_file = "." in address and not address.endswith("/")
    return "/".join(["", *steps]) + ("" if is_file else "/")


def _filled(template: str, values: Mapping[str, str]) -> str:
    return unquote_plus(HUGO_TOKEN.sub(lambda token: values.get(token[1], token[0]), template))


def _day(post: Post, header: Fields, zone: tzinfo) -> datetime:
    """Return the day of the date as written, in no zone."""
    digits = re.match(r"(\d{4})-(\d\d?)-(\d\d?)", written(header, "date") or "", re.ASCII)
    try:
        year, month, day = map(int, digits.groups() if digits else ())
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return utc(post.published_ms).astimezone(zone)


@dataclass(frozen=True, slots=True)
class _Style:
    """How names become parts of addresses."""

    keeps_accents: bool
    keeps_case: bool

    def folder(self, path: str) -> str:
        """Return the path of a folder, with a hyphen for each blank."""
        return self._cased(path).replace(" ", "-")

    def _cased(self, text: str) -> str:
        return text if self.keeps_case else lower(text.replace("\u0130", "i"))

    def sanitised(self, text: str) -> str:
        """Return the text without characters that Hugo removes from addresses, a hyphen for blanks."""
        if not self.keeps_accents:
            bare = unicodedata.normalize("NFD", text)
            text = unicodedata.normalize("NFC", "".join(c for c in bare if unicodedata.category(c) != "Mn"))
        kept: list[str] = []
        had_hyphen = had_blank = False
        for at, character in enumerate(text):
            is_escape = character == "%" and re.fullmatch("[0-9A-Fa-f]{2}", text[at + 1 : at + 3])
            if is_escape or character in "./\\_#+~-@" or is_letter(character):
                had_hyphen = character == "-"
                kept.append("-" + character if had_blank and not had_hyphen else character)
                had_blank = False
            elif kept and not had_hyphen and character.isspace():
                had_blank = True
        return self._cased("".join(kept))


def _go_escaped(path: str) -> str:
    """Return the path unchanged if it needs no escapes, else with those of Go's library."""
    is_good = re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/\[\]-]|%[0-9A-Fa-f]{2})*", path)
    return path if is_good else escaped(unquote(path), "$&+,/:;=@")


#: a date, or a time with its zone, before the name
_DATED_BY_ZOLA = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?\s?[_-](?=.)", re.ASCII)


def zola_address(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the absolute address of a post's page; "" where it is not known."""
    place = place_of(scheme, post.path, scheme.language)
    own = (written(header, "path") or "").strip()
    if own:
        return _at_home(scheme.site_url, own)
    folders, name = place.folder.split("/") if place.folder else [], place.stem
    if name == "index" and folders:
        name = folders.pop()
    slugify = scheme.table("slugify")
    if slugify.get("paths_keep_dates") is not True:
        name = _DATED_BY_ZOLA.sub("", name, count=1) if _DATED_BY_ZOLA.match(name) else name
    slug = zola_slug(written(header, "slug") or name, str(slugify.get("paths", "on")))
    return _at_home(place.home, "/".join([*folders, slug])) if slug is not None else ""


def _at_home(home: str, path: str) -> str:
    return f"{home.rstrip('/')}/{escaped(path.strip('/'), '/~!$&()*+,;=:@')}/".replace("//", "/").replace(
        ":/", "://", 1
    )


def zola_slug(text: str, strategy: str) -> str | None:
    """Return Zola's slug of a text: for the strategies "on", "safe" and "off" of `slugify.paths`."""
    if strategy == "off":
        return text
    if strategy == "safe":
        return re.sub(r'[<>:"/\\|?*]', "", text.rstrip(" ."))
    bare = latin(text)
    return None if bare is None else re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-")
