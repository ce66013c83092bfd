"""Jekyll's, Hugo's and Zola's addresses, which are patterns or follow the folders, and ids in their feeds. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from posixpath import dirname, normpath
from urllib.parse import unquote, unquote_plus, urlsplit

from feedtool.config.placeholders import HUGO_TOKEN, JEKYLL_TOKEN, JEKYLL_TOKENS, STYLES
from feedtool.frozen import positional
from feedtool.model import Post, utc
from feedtool.reader.dates import DateError, file_name_date, read_date
from feedtool.reader.keys import KEYS, Fields
from feedtool.reader.schemes import (
    DAYS,
    LONGEST,
    MONTHS,
    Scheme,
    cut,
    escaped,
    is_letter,
    latin,
    lower,
    named_language,
    place_of,
    written,
)  # fmt: skip
from feedtool.syntax import later

_JEKYLL_FILE = later(r"\d{2,4}-\d{1,2}-\d{1,2}-(.*)", re.DOTALL)
#: a time that YAML takes for one in UTC, though it names no zone
_YAML_TIME = later(r"\d{4}-\d\d?-\d\d?(?:[Tt]|\s+)\d\d?:\d\d:\d\d(?:\.\d*)?")
_ELSEWHERE = timezone(timedelta(hours=1))


def jekyll_id(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the id that jekyll-feed gives a post."""
    slug = _jekyll_slug(post, header)
    above = dirname(jekyll_address(scheme, post, header).rstrip("/")).rstrip("/")
    return _home(scheme, _tongue(scheme, post) + above + ("" if slug[:1] == "/" else "/") + slug)


def jekyll_page(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the absolute address of a post's page."""
    return _home(scheme, _tongue(scheme, post) + jekyll_address(scheme, post, header))


def _tongue(scheme: Scheme, post: Post) -> str:
    """Return the folder of a post's language on a site with jekyll-polyglot; "" for the default language."""
    name = named_language(scheme, post.language)
    return f"/{name}" if name and name.lower() != scheme.language.lower() else ""


def _home(scheme: Scheme, path: str) -> str:
    """Return the path as an address on the site, its parts in Unicode form NFKC and escaped."""
    home = urlsplit(scheme.site_url.removesuffix("/"))
    address, _, fragment = (home.path + path).partition("#")
    path, _, query = address.partition("?")
    path = "/".join(_compatible(step, "!$&'()*+,;=:@") for step in path.strip().split("/"))
    query, fragment = _compatible(query, "!$&'()*+,=:@/?"), _compatible(fragment, "!$&'()*+,;=:@/?")
    rest = (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    return f"{home.scheme}://{home.netloc}{path}{rest}"


def _jekyll_slug(post: Post, header: Fields) -> str:
    slug, stem = written(header, "slug"), cut(post.path)[1]
    named = _JEKYLL_FILE.fullmatch(stem)
    return (named[1] if named else stem).rstrip(".") if slug is None else slug


def jekyll_address(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the address from the site's root that Jekyll gives a post, by its header's `permalink` or the scheme's."""
    folder, stem, ending = cut(post.path, scheme.root)
    slug, categories = _jekyll_slug(post, header), _jekyll_categories(header, folder)
    values = {
        "categories": "/".join(dict.fromkeys(map(lower, categories)))[:LONGEST],
        "slugified_categories": "/".join(dict.fromkeys(lower(_slugified(one)) for one in categories))[:LONGEST],
        "title": _slugified(slug, "._~!$&'()+,;=@"),
        "slug": lower(_slugified(slug)),
        "name": lower(_slugified(stem)),
        "path": f"{folder}/{stem.rstrip('.')}".replace("_posts", "", 1),
        "collection": "posts",
        "output_ext": ending if ending == ".txt" else ".html",
    }
    template = written(header, "permalink")
    if template is None:
        template = STYLES.get(scheme.permalink or "date", scheme.permalink)
    day = _jekyll_day(post, header, scheme.zone)
    month, weekday = MONTHS[day.month - 1], DAYS[day.weekday()]
    names = "year month day hour minute second short_year w_year week w_day y_day".split()
    values |= zip(names, f"{day:%Y %m %d %H %M %S %y %G %V %u %j}".split(), strict=True)
    values |= {"i_day": str(day.day), "i_month": str(day.month), "short_month": month[:3], "long_month": month}
    values |= {"short_day": weekday[:3], "long_day": weekday}
    address = JEKYLL_TOKEN.sub(lambda token: _jekyll_value(token[1], values), template)
    return re.sub("/+", "/", f"/{address}".replace("..", "/").replace("./", ""))


def _jekyll_categories(header: Fields, folder: str) -> list[str]:
    """Return the folders above `_posts`, `categories` and `category`, in this order, as written."""
    found = folder.partition("_posts")[0].split("/") if "/_posts/" in f"/{folder}/" else []
    for key in KEYS["categories"]:
        value = header[key].value if key in header else None
        if isinstance(value, str):
            found += value.split() if key == "categories" else [value]
        elif isinstance(value, tuple):
            found += [item for item in value if isinstance(item, str)]
    return [category for category in found if category]


def _jekyll_value(token: str, values: Mapping[str, str]) -> str:
    name = token if token in JEKYLL_TOKENS else token.removesuffix("_")
    return escaped(values.get(name, f":{name}"), "!$&'()*+,;=:@/?") + token[len(name) :]


def _jekyll_day(post: Post, header: Fields, zone: tzinfo) -> datetime:
    """Return the date as Jekyll reads it, in its zone."""
    date = written(header, "date") or file_name_date(cut(post.path)[1])[0]
    try:
        here, there = (read_date(date, each).ms for each in (UTC, _ELSEWHERE))
    except DateError:
        return utc(post.published_ms).astimezone(zone)
    in_utc = "date" in header and header["date"].is_bare and _YAML_TIME.fullmatch(date)
    return utc(here).astimezone(zone) if here == there or in_utc else utc(here)


def _slugified(text: str, keep: str = "") -> str:
    """Return the text with a hyphen for each run of other characters than letters, marks, digits and those kept."""
    runs = re.sub("\0+", "-", "".join(c if is_letter(c) or c in keep else "\0" for c in text))
    return runs.removeprefix("-").removesuffix("-")


def jekyll_slug(text: str) -> str:
    """Return the text as Jekyll's filter `slugify` writes it."""
    return _slugified(text).lower()


def _compatible(text: str, safe: str) -> str:
    return escaped(unicodedata.normalize("NFKC", unquote(text)), safe)


_DATED = later(r"\d{4}-\d\d-\d\d(?:-\d\d-\d\d-\d\d)?-(.+)", re.ASCII | re.DOTALL)


def hugo_address(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the absolute address of a post's page; "" for a file of another kind."""
    place = place_of(scheme, post.path, scheme.language)
    if place.ending.lower() not in (".md", ".markdown", ".mdown", ".html", ".rst") or not scheme.site_url:
        return ""
    folders, stem = place.folder.split("/") if place.folder else [], place.stem
    if stem.lower() == "index" and folders:
        stem = folders.pop()
    slug = (written(header, "slug") or _named(scheme, stem, header)).strip("-")
    style = _style(scheme)
    values = _values(scheme, post, header, folders, stem, slug, style)
    address, template, home = written(header, "url"), _template(scheme, place.language, folders), place.home
    ugly = scheme.table("uglyurls")
    is_ugly = ugly.get(lower(folders[0])) is True if ugly and folders else scheme.is_ugly
    if address:
        home = scheme.site_url if address.startswith("/") else home
        link = _own_url(_filled(address, values) if ":" in address else address)
    elif template:
        link = _link(normpath(_filled(template, values)).strip("/"), style=style, is_ugly=is_ugly)
    else:
        link = _link(style.folder("/".join(folders)), slug or style.folder(stem), style=style, is_ugly=is_ugly)
    path, ask, query = link.replace("#", "%23").partition("?")
    if not re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/\[\]-]|%[0-9A-Fa-f]{2})*", path):
        path = escaped(unquote(path), "$&+,/:;=@")  # as Go's library does
    return home.removesuffix("/") + path + ask + query


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
    for table in (own.get("permalinks") if isinstance(own, dict) else None, scheme.table("permalinks")):
        for patterns in (table.get("page"), table) if isinstance(table, dict) else ():
            pattern = patterns.get(section) if isinstance(patterns, dict) else None
            if isinstance(pattern, str):
                return pattern
    return scheme.permalink if folders else ""


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


@positional
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


#: a date, or a time with its zone, before the name
_DATED_BY_ZOLA = later(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?\s?[_-](?=.)", re.ASCII)


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
