"""Pelican's addresses, its ids, and what it reads from the paths of files. Pure.

The settings have the names of Pelican, in lower case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from feedtool.model import Post, utc
from feedtool.reader.keys import Field, Fields, Origin
from feedtool.reader.schemes import Scheme, escaped, latin, written
from feedtool.urls import absolute

_PLACE = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
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
    values = {
        "slug": _slug_of(scheme, post, header),
        "category": _slug(scheme, _category(scheme, post), "category_regex_substitutions"),
        "author": _slug(scheme, _author(scheme, post), "author_regex_substitutions"),
        "lang": language,
    }
    day = utc(post.published_ms).astimezone(scheme.zone)
    parts: list[str] = []
    end = 0
    for place in _PLACE.finditer(template):
        value = _dated(day, place[2] or "") if place[1] == "date" else values.get(place[1], written(header, place[1]))
        if value is None:
            return ""
        parts += [template[end : place.start()], value]
        end = place.end()
    return "".join([*parts, template[end:]])


def _dated(day: datetime, form: str) -> str | None:
    return day.strftime(form) if form and re.fullmatch(r"(?:[^%]|%-?[a-zA-Z])*", form) else None


def _slug_of(scheme: Scheme, post: Post, header: Fields) -> str | None:
    own = written(header, "slug")
    if own:
        return own
    stem = post.path.rpartition("/")[2].rpartition(".")[0]
    return _slug(scheme, stem if scheme.text("slugify_source", "title") == "basename" else post.title)


def _slug(scheme: Scheme, text: str, own: str = "slug_regex_substitutions") -> str | None:
    pairs = scheme.settings.get(own, scheme.settings.get("slug_regex_substitutions"))
    substitutions = _SUBSTITUTIONS
    if isinstance(pairs, list | tuple):
        substitutions = tuple((str(pair[0]), str(pair[1])) for pair in pairs if len(pair) == 2)  # type: ignore[assignment]
    return pelican_slug(
        text,
        substitutions,
        keeps_case=scheme.settings.get("slugify_preserve_case") is True,
        keeps_script=scheme.settings.get("slugify_use_unicode") is True,
    )


def pelican_name(scheme: Scheme, kind: str, term: str) -> str | None:
    """Return a term, or a title for the kind "slug", as it is in addresses; None where that is not known."""
    return _slug(scheme, term, f"{kind}_regex_substitutions")


def _category(scheme: Scheme, post: Post) -> str:
    return post.categories[0] if post.categories else scheme.text("default_category", "misc")


def _author(scheme: Scheme, post: Post) -> str:
    return post.authors[0].name if post.authors else scheme.text("author")


def path_fields(scheme: Scheme, path: str) -> Fields:
    """Return the header fields that FILENAME_METADATA, PATH_METADATA and USE_FOLDER_AS_CATEGORY read from a path."""
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
    return found


def _patterns(scheme: Scheme, below: str) -> Iterator[tuple[str, str, str]]:
    folder, _, name = below.rpartition("/")
    yield "FILENAME_METADATA", scheme.text("filename_metadata"), name.rpartition(".")[0] or name
    yield "PATH_METADATA", scheme.text("path_metadata"), below
    if scheme.settings.get("use_folder_as_category") is not False and folder:
        yield "USE_FOLDER_AS_CATEGORY", "(?P<category>.*)", folder.rpartition("/")[2]


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
