"""Eleventy's and Pelican's addresses, which are templates, and what Pelican reads from the paths of files. Pure.

Plain templates are filled in: values of the page and of the header, with common filters; other addresses are not known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from feedtool.model import Post, utc
from feedtool.reader.keys import Field, Fields, Origin
from feedtool.reader.schemes import Scheme, cut, escaped, latin, written
from feedtool.syntax import later
from feedtool.urls import absolute

_Filters: TypeAlias = dict[str, Callable[[str], str | None]]
_DATED = later(r".*?\d{4}-\d\d-\d\d-", re.ASCII)
_PLACE = later(r"\{\{-?\s*(.{1,300}?)\s*-?\}\}", re.DOTALL)
_UNFILLED = later(r"\{\{|\{%|\$\{")
_TEXT = later(r"""(["'])(.*)\1""", re.DOTALL)
_FILTER = later(r"(\w+)\s*(?:\((.*)\)|:\s*(.*))?", re.DOTALL)
_ARGUMENT = later(r"""\s*("[^"]*"|'[^']*'|[\w.]+)\s*(?:,|$)""")
_DATE = later(r"(?:[^%]|%-?[a-zA-Z])*")
#: of Luxon -> of strftime
_LUXON = {"yyyy": "%Y", "LL": "%m", "MM": "%m", "dd": "%d", "yy": "%y", "YYYY": "%Y", "DD": "%d"}

#: of Eleventy's `slugify`
_SIGNS = str.maketrans({"&": "and", "$": "dollar", "%": "percent", "<": "less", ">": "greater", "|": "or"})
_GERMAN = str.maketrans({"ä": "ae", "Ä": "Ae", "ö": "oe", "Ö": "Oe", "ü": "ue", "Ü": "Ue"})


def eleventy_address(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the absolute address of a post's page; "" where it is not known."""
    template = header["permalink"].value if "permalink" in header else None
    if isinstance(template, str):
        path = filled(template, scheme, post, header)
    else:  # a file that is named like its folder is the folder's page
        folder, name, _ = cut(post.path, scheme.root)
        path = f"{folder}/" if name in ("index", folder.rpartition("/")[2]) else f"{folder}/{name}/"
    if path is None:
        return ""
    path = re.sub(r"(^|/)index(?:\.html|/)?$", r"\1", path.strip())
    return scheme.site_url.rstrip("/") + "/" + escaped(re.sub("/{2,}", "/", path).lstrip("/"), "/~!$&'()*+,;=:@%")


def filled(template: str, scheme: Scheme, post: Post, header: Fields) -> str | None:
    """Return a template of Nunjucks or Liquid with its values; None where it is more than plain."""
    day = utc(post.published_ms).astimezone(scheme.zone)
    folder, stem, _ = cut(post.path, scheme.root)
    above, name = _DATED.sub("", folder.rpartition("/")[2], count=1), _DATED.sub("", stem, count=1)
    page: dict[str, str | datetime] = {
        "page.fileSlug": above if name == "index" else name,
        "page.filePathStem": f"/{folder}/{name}" if folder else f"/{name}",
        "page.inputPath": "./" + post.path.removeprefix("./"),
        "page.outputFileExtension": "html",
        "page.date": day,
        "page.lang": post.language,
        "date": day,
        "title": post.title,
        "lang": post.language,
    }
    filters = {**_FILTERS, "slugify": lambda text: eleventy_slug(scheme, text)}
    dates = scheme.table("dates")
    if _UNFILLED.search(_PLACE.sub(" ", template)):
        return None
    return _substituted(_PLACE, template, lambda place: _expression(place[1], page, header, filters, dates))


def _substituted(places: re.Pattern[str], template: str, value_of: Callable[[re.Match[str]], str | None]) -> str | None:
    """Return a template with a value in each place; None where one is not known."""
    values = [value_of(place) for place in places.finditer(template)]
    known = [value for value in values if value is not None]
    return places.sub(lambda _: known.pop(0), template) if len(known) == len(values) else None


def _expression(
    written: str, page: dict[str, str | datetime], header: Fields, known: _Filters, dates: Mapping[str, Any]
) -> str | None:
    first, *filters = re.split(r"\|(?![^(\"']*[\"'][^(\"']*$)", written)
    choices = [_value(each.strip(), page, header) for each in re.split(r"\s+or\s+|\s*\|\|\s*", first.strip())]
    value = next((each for each in choices if each), None)
    for each in filters:
        is_own = isinstance(value, datetime) and dates.get(each.strip().lower())
        value = _filtered(value, f'date("{is_own}")' if is_own else each.strip(), known)
    return value if isinstance(value, str) else None


def _value(name: str, page: dict[str, str | datetime], header: Fields) -> str | datetime | None:
    if text := _TEXT.fullmatch(name):
        return text[2]
    name = name.removeprefix("data.").removeprefix("this.")
    if name in page:
        return page[name]
    own = header[name.lower()].value if name.lower() in header else None
    return own if isinstance(own, str) else None


def _filtered(value: str | datetime | None, written: str, known: _Filters) -> str | datetime | None:
    """Return a value behind a filter; None for an unknown one."""
    found = _FILTER.fullmatch(written)
    if found is None:
        return None
    arguments = [each[1].strip("\"'") for each in _ARGUMENT.finditer(found[2] or found[3] or "")]
    if isinstance(value, datetime):
        return _as_date(value, found[1], arguments)
    if found[1] in ("replace", "default", "append", "prepend"):
        return _changed(value or "", found[1], arguments)
    return known[found[1]](value) if value is not None and found[1] in known else None


def _as_date(value: datetime, name: str, arguments: list[str]) -> str | None:
    if name in ("htmlDateString", "dateIso", "isoDate") and not arguments:
        return f"{value:%Y-%m-%d}"
    form = arguments[0] if arguments else ""
    if "%" not in form:
        form = re.sub(r"[A-Za-z]+", lambda token: _LUXON.get(token[0], "%!"), form)
    return _dated(value, form)


def _changed(value: str, name: str, arguments: list[str]) -> str | None:
    if name == "replace" and len(arguments) == 2:
        return value.replace(arguments[0], arguments[1])
    if len(arguments) != 1:
        return None
    added = arguments[0]
    return {"append": value + added, "prepend": added + value, "default": value or added}.get(name)


def eleventy_slug(scheme: Scheme, text: str) -> str | None:
    """Return the slug of Eleventy's filter `slugify`, or of the site's own of that name; None where it is not known."""
    if own := scheme.table("slugify"):
        return eleventy_old_slug(text, own)
    bare = latin(text.translate(_GERMAN).replace("&", " and ").replace("♥", " love ").replace("🦄", " unicorn "))
    if bare is None:
        return None
    bare = re.sub(r"([a-z\d]+)'([ts])(\s|$)", r"\1\2\3", bare.lower())
    return re.sub(r"[^a-z\d]+", "-", bare).strip("-")


def eleventy_old_slug(text: str, options: Mapping[str, Any] = MappingProxyType({"lower": True})) -> str | None:
    """Return the slug of Eleventy's older filter `slug`, or that of its library with other options."""
    bare = latin(text.translate(_SIGNS))
    if bare is None:
        return None
    removed = options.get("remove")
    if isinstance(removed, str):
        kept = "".join(c for c in bare if c not in removed)
    else:
        kept = re.sub(r"[^\w\s$*_+~.()'\"!\-:@]+", "", bare)
    kept = re.sub(r"[^\w\s-]|_", "", kept) if options.get("strict") is True else kept
    slug = "-".join(kept.replace("-", " ").split())
    return slug.lower() if options.get("lower") is True else slug


_FILTERS: _Filters = {
    "slug": eleventy_old_slug,
    **dict.fromkeys(("lower", "downcase"), str.lower),
    **dict.fromkeys(("upper", "upcase"), str.upper),
    **dict.fromkeys(("trim", "strip"), str.strip),
    **dict.fromkeys(("url", "safe", "string"), str),
}


_FIELD = later(r"\{(\w+)(?::([^{}]*))?\}")
_LONGEST_PATH = 1000
#: Pelican's SLUG_REGEX_SUBSTITUTIONS
_SUBSTITUTIONS = ((r"[^\w\s-]", ""), (r"(?u)\A\s*", ""), (r"(?u)\s*\Z", ""), (r"[-\s]+", "-"))


def pelican_address(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the absolute address of an article; "" where it is not known."""
    own = written(header, "url")
    path = own if own is not None else _filled(scheme, post, header)
    return absolute(escaped(path.lstrip("/"), "/~!$&'()*+,;=:@%#?"), scheme.site_url) if path else ""


def pelican_id(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the id of an article in Pelican's feeds: a tag URI of its day and address (RFC 4151)."""
    address = pelican_address(scheme, post, header)
    if not address:
        return ""
    parts = urlsplit(address)
    day = utc(post.published_ms).astimezone(scheme.zone)
    return f"tag:{parts.hostname},{day:%Y-%m-%d}:{parts.path}" + (f"/{parts.fragment}" if parts.fragment else "")


def _filled(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the address that ARTICLE_URL gives; "" where a part is not known."""
    default = scheme.text("default_lang", "en").lower()
    language = (written(header, "lang") or default).lower()
    template = scheme.text("article_url", "{slug}.html")
    if language != default:
        template = scheme.text("article_lang_url", "{slug}-{lang}.html")
    stem = post.path.rpartition("/")[2].rpartition(".")[0]
    is_of_file = scheme.text("slugify_source", "title") == "basename"
    values = {
        "slug": written(header, "slug") or pelican_name(scheme, "slug", stem if is_of_file else post.title),
        "category": pelican_name(scheme, "category", written(header, "category") or "".join(post.categories[:1])),
        "author": pelican_name(scheme, "author", "".join(author.name for author in post.authors[:1])),
        "lang": language,
    }
    day = utc(post.published_ms).astimezone(scheme.zone)

    def value(place: re.Match[str]) -> str | None:
        name, form = place.groups()
        return _dated(day, form or "") if name == "date" else values.get(name, written(header, name))

    return _substituted(_FIELD, template, value) or ""


def _dated(day: datetime, form: str) -> str | None:
    return day.strftime(form) if form and _DATE.fullmatch(form) else None


def pelican_name(scheme: Scheme, kind: str, term: str) -> str | None:
    """Return a term, or a title for the kind "slug", as it is in addresses; None where that is not known."""
    general = scheme.settings.get("slug_regex_substitutions")
    own = scheme.settings.get(f"{kind}_regex_substitutions", general)
    pairs = [pair for pair in own if len(pair) == 2] if isinstance(own, list | tuple) else _SUBSTITUTIONS
    normal = unicodedata.normalize("NFKC", " ".join(re.sub(r"<[^<>]*>", "", term).split()))
    found = normal if scheme.settings.get("slugify_use_unicode") is True else latin(normal)
    if found is None:
        return None
    try:
        for pattern, by in pairs:
            found = re.sub(str(pattern), str(by), found, flags=re.IGNORECASE)
    except (re.error, IndexError):
        return None
    return (found if scheme.settings.get("slugify_preserve_case") is True else found.lower()).strip()


def path_fields(scheme: Scheme, path: str) -> Fields:
    """Return the header fields that Pelican reads from a path, and those that it gives to articles without them."""
    if "pelican" not in (scheme.name, scheme.pages):
        return {}
    found: Fields = {}
    below = path.removeprefix("./").removeprefix(f"{scheme.root}/" if scheme.root else "")
    for whence, pattern, text in _patterns(scheme, below[:_LONGEST_PATH]):
        try:
            match = re.match(pattern, text)
        except re.error:
            continue
        for name, value in match.groupdict().items() if match else ():
            if value and name.lower() not in found:
                origin = Origin(whence=f"from its path, by {whence}", path=path)
                found[name.lower()] = Field(value, 0, value, origin=origin)
    for name, setting, default in (("category", "DEFAULT_CATEGORY", "misc"), ("author", "AUTHOR", "")):
        if value := scheme.text(setting.lower(), default):
            found.setdefault(name, Field(value, 0, value, origin=Origin(whence=f"from {setting}", path=path)))
    return found


def _patterns(scheme: Scheme, below: str) -> Iterator[tuple[str, str, str]]:
    folder, _, name = below.rpartition("/")
    yield "FILENAME_METADATA", scheme.text("filename_metadata"), name.rpartition(".")[0] or name
    yield "PATH_METADATA", scheme.text("path_metadata"), below
    if scheme.settings.get("use_folder_as_category") is not False and folder:
        yield "USE_FOLDER_AS_CATEGORY", "(?P<category>.*)", folder.rpartition("/")[2]
