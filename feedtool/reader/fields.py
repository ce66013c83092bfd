"""Header fields -> typed values, by `first` or `every` of the keys of a post's field. Pure.

The functions behind them take one key of a header and return its value; one that does not fit is reported and left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TypeVar
from urllib.parse import urlsplit

from feedtool.config.placeholders import JEKYLL_TOKEN, STYLES, permalink_error
from feedtool.config.podcast_table import seconds
from feedtool.model import Author, Enclosure
from feedtool.problems import Code, Problem
from feedtool.reader.front_matter import Form
from feedtool.reader.keys import KEYS, Field, Fields, Value, plain
from feedtool.syntax import is_mail, is_media_type, language_fault, later
from feedtool.urls import absolute

T = TypeVar("T")
Report = Callable[[Problem], None]

WRONG_SHAPE = Code.warning("wrong-shape")(
    "A list or a table is used where text is expected. It was read as text, or left out."
)
BARE_TITLE = Code.note("bare-title")(
    "The title is a number, a date, yes or no without quotes. Most tools do not take it for text."
)
LONG_TITLE = Code.warning("long-title")(
    "The title is too long; perhaps a quote is missing, or it has the body's text. It was cut.",
    "Write a title of one line.",
)
NESTED_TERMS = Code.warning("nested-terms")(
    "A list of categories or tags has a list or a table in it. A list was flattened; `a: b` was read as text."
)
TERMS_STRING = Code.note("terms-as-text")(
    "Categories or tags are a text, not a list. It was split at commas, or if it has none, at white space, unless the "
    "site's generator takes it whole (all but Jekyll do); `category:` and `tag:` are not split. Nothing is said where "
    "the generator splits it in the same way.",
    "Write a list: [one, two].",
)
EMPTY_TERMS = Code.note("no-terms")(
    "A header line for categories or tags is empty. The post is in no feed of that kind.",
    "Fill it in, or remove the line.",
)
EMPTY_TERM = Code.warning("empty-term")("A category or tag is empty. It was left out.", "Remove it from the list.")
LONG_TERM = Code.note("long-term")(
    "A category or tag is longer than a name should be. It has a feed, in a folder with a shortened name.",
    "Check for a missing comma or quote.",
)
BAD_URL = Code.warning("bad-url")(
    "A header field does not have a usable web address (http or https). It was left out.",
    "Write the whole address: https://example.org/page.",
)
BAD_LANGUAGE = Code.warning("bad-language")(
    "The language tag is not valid and was ignored.", "Write a tag such as en, zh-Hant or pt-BR."
)
BAD_EMAIL = Code.warning("bad-email")("An author's e-mail address is not valid and was left out; the author is kept.")
BAD_ENCLOSURE = Code.warning("bad-enclosure")(
    "An enclosure has no usable address or no media type and was left out; or its length is not a number of bytes.",
    "Write: enclosure: {url: https://…, type: audio/mpeg, length: 123456}.",
)
PAGE_ADDRESS = Code.note("page-address")(
    "The page's address is a template that only its generator can fill in, or says that the post has no page. The "
    "post's source is used instead, or posts.permalink.",
    "Give a pattern for all posts under [posts] permalink, or write the address out.",
)

#: media types by ending; the interpreter's own table differs between machines.
_MEDIA_BY_ENDING = {
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "m4b": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg",
    "opus": "audio/ogg", "spx": "audio/ogg", "weba": "audio/webm", "wav": "audio/wav", "flac": "audio/flac",
    "aac": "audio/aac", "aif": "audio/aiff", "aiff": "audio/aiff", "mid": "audio/midi", "mka": "audio/x-matroska",
    "mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "ogv": "video/ogg",
    "mkv": "video/x-matroska", "mpg": "video/mpeg", "mpeg": "video/mpeg", "3gp": "video/3gpp", "avi": "video/x-msvideo",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif", "svg": "image/svg+xml", "tif": "image/tiff", "tiff": "image/tiff", "jxl": "image/jxl",
    "pdf": "application/pdf", "epub": "application/epub+zip", "zip": "application/zip",
    "torrent": "application/x-bittorrent", "gz": "application/gzip", "txt": "text/plain", "csv": "text/csv",
    "ics": "text/calendar", "vtt": "text/vtt", "srt": "application/x-subrip",
}  # fmt: skip

#: characters; the longest seen in archives of this format is a third of that
_LONGEST_TITLE = 1000
_BARE = later(
    r"y|n|yes|no|on|off|true|false|[-+]?[\d_]+|[-+]?\d*\.\d*(e[-+]?\d+)?|0x[0-9a-f]+|\d{4}-\d\d?-\d\d?.*|\d+(:\d\d)+",
    re.IGNORECASE,
)
#: Liquid, Nunjucks or a script in an address; and those, or a placeholder
_UNFILLED = later(r"\{\{|\{%|\$\{")
_MADE = later(rf"{_UNFILLED.pattern}|(?:^|[/_.-]):[a-z]")
#: a path from the site's root without its first slash; not "example.org/page"
_FROM_ROOT = later(r"[^\s:/.{}?#\\]+/(?:[^\s:{}?#\\]*)|[^\s:/{}?#\\]+\.html?")
_PAGE_PATH = later(r"/?[^\s:/{}?#\\][^\s:{}?#\\]*")
_LONGEST_PATTERN = 500
#: keys of a picture's address in a table
_IMAGE_PARTS = ("path", "url", "src")


@dataclass(slots=True, kw_only=True)
class RawPost:
    """The parts of a post's text, while they are read."""

    #: the file as the user knows it
    path: str
    #: of the file without its ending, or of the post's own folder
    name: str
    #: the file's folders below the posts folder
    folders: str
    #: of the header, completed with the site's defaults
    fields: Fields
    #: of the header; None without one
    form: Form | None
    #: the text and the line of the timestamp comment, or "" and the body's line
    stamp: str
    stamp_line: int
    heading: str
    heading_link: str
    body: str
    #: of dates that name none
    zone: tzinfo
    #: of the posts' pages, or ""
    generator: str
    report: Report
    #: by field of the post: the keys that gave its value, or another place in the file
    origins: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def problem(self, code: Code, message: str, key: str, fix: str = "", of: str = "") -> None:
        """Report a problem of a key's value; `of` is the field that it names, if that is not the key."""
        self.report(code.at(self.path, message, line=self.fields[key].line, field=of or key, fix=fix))


def first(raw: RawPost, name: str, read: Callable[[RawPost, str, Field], T | None]) -> T | None:
    """Return the value of the first of a field's keys that has one."""
    fields = raw.fields
    for key in KEYS[name]:
        if key in fields and (field := fields[key]).value is not None and (found := read(raw, key, field)):
            raw.origins[name] = (key,)
            return found
    return None


def every(raw: RawPost, name: str, read: Callable[[RawPost, str, Field], list[T]]) -> tuple[T, ...]:
    """Return the values of all keys of a field, each once."""
    found: list[T] = []
    for key in KEYS[name]:
        if key in raw.fields and (given := read(raw, key, raw.fields[key])):
            raw.origins[name] = (*raw.origins[name], key) if found else (key,)
            found += given
    return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


def text(raw: RawPost, name: str) -> str:
    """Return a field as one plain line, or ""."""
    return first(raw, name, lambda _, __, field: plain(field.value) if isinstance(field.value, str) else "") or ""


def title(raw: RawPost) -> str:
    """Return the title, or ""; a list or table is read as the text that it was written as."""
    line, field = text(raw, "title"), raw.fields.get("title")
    key = raw.origins["title"][0] if line else "title"
    if line and (used := raw.fields[key]).is_bare and _BARE.fullmatch(used.raw):
        raw.problem(BARE_TITLE, f'"{used.raw}" is read as text', key, f'Write: title: "{used.raw}"', of="title")
    if field and len(line) > _LONGEST_TITLE:
        raw.problem(LONG_TITLE, f'"{line[:60]}…" has {len(line):,} characters', "title")
        return line[:_LONGEST_TITLE] + "…"
    if line or not field or not isinstance(field.value, tuple | dict) or not (line := plain(field.raw)):
        return line
    raw.origins["title"] = ("title",)
    message = f'"{line[:80]}" is a list or table in YAML; it was read as text'
    raw.problem(WRONG_SHAPE, message, "title", "Put the title into quotes.")
    return line


def terms(raw: RawPost, key: str, field: Field) -> list[str]:
    """Return categories or tags."""
    plural = "tags" if key in KEYS["tags"] else "categories"
    found = []
    for term in map(plain, _listed(raw, key, field, is_plural=key == plural)):
        if not term:
            raw.problem(EMPTY_TERM, "one of the terms is empty", key, of=plural)
            continue
        if len(term) > 100:
            raw.problem(LONG_TERM, f'"{term[:40]}…" has {len(term)} characters', key, of=plural)
        found.append(term)
    return found


def _listed(raw: RawPost, key: str, field: Field, *, is_plural: bool) -> list[str]:
    value = field.value
    if value is None:
        raw.problem(EMPTY_TERMS, f"{key} is empty", key)
        return []
    if isinstance(value, str):
        if not is_plural:
            return [value]
        has_commas = "," in value
        found = value.split(",") if has_commas or raw.generator not in ("", "jekyll") else value.split() or [""]
        if len(found) > 1 and raw.generator != ("pelican" if has_commas else "jekyll"):  # which splits them likewise
            raw.problem(TERMS_STRING, f'"{value[:80]}" was read as: {", ".join(map(plain, found))[:80]}', key)
        return found
    flat = _flatten(value)
    if isinstance(value, dict) or any(item is not None and not isinstance(item, str) for item in value):
        raw.problem(NESTED_TERMS, f'"{field.raw[:80]}" was read as: {", ".join(flat)[:80]}', key)
    return flat


def _flatten(value: Value) -> list[str]:
    if isinstance(value, tuple):
        return [text for item in value for text in _flatten(item)]
    if isinstance(value, dict):
        return [f"{key}: {item}" if isinstance(item, str) else key for key, item in value.items()]
    return [value or ""]


def address(raw: RawPost, key: str, field: Field) -> str:
    """Return a web address as written, but for outer white space; or ""."""
    value = field.value.strip() if isinstance(field.value, str) else ""
    if absolute(value):
        return value
    raw.problem(BAD_URL, f'"{(value or field.raw)[:120]}" cannot be used', key)
    return ""


def permalink(raw: RawPost, key: str, field: Field) -> str:
    """Return the entry's own address as written: absolute, from the site's root, or a pattern of Jekyll's; or ""."""
    if key == "path" and raw.form != "toml":
        return ""
    if key == "link":
        return address(raw, key, field)
    value = field.value.strip() if isinstance(field.value, str) else ""
    if path := _site_path(value, is_page=key != "permalink"):
        return path
    if key == "permalink" and is_pattern(field.value):
        return value
    if not isinstance(field.value, str) or value.lower() in ("false", *STYLES) or _MADE.search(value):
        raw.problem(PAGE_ADDRESS, f'"{(value or field.raw)[:120]}" is not used', key)
        return ""
    return address(raw, key, field) if key == "permalink" else ""


def is_pattern(value: Value) -> bool:
    """Return whether a `permalink` has placeholders, all of them Jekyll's."""
    if not isinstance(value, str) or len(value) > _LONGEST_PATTERN:
        return False
    has_token = value[:1] in ("/", ":") and JEKYLL_TOKEN.search(value)
    return bool(has_token and not _UNFILLED.search(value) and not permalink_error("jekyll", value))


def _site_path(value: str, *, is_page: bool) -> str:
    """Return an address from the site's root, or ""; a page without an ending is a folder."""
    if _UNFILLED.search(value):
        return ""
    if is_page and _PAGE_PATH.fullmatch(value):
        is_folder = "." not in value.rpartition("/")[2]
        return f"/{value.strip('/')}/" if is_folder else f"/{value.lstrip('/')}"
    if (value.startswith("/") and not value.startswith("//") and ":" not in value) or _FROM_ROOT.fullmatch(value):
        return re.sub(r"(^|/)index\.html?$", r"\1", f"/{value.removeprefix('/')}")
    return ""


def authors(raw: RawPost, key: str, field: Field) -> list[Author]:
    """Return who wrote it."""
    values = field.value if isinstance(field.value, tuple) else (field.value,)
    return [author for value in values if field.value is not None and (author := _author(raw, key, value))]


def _author(raw: RawPost, key: str, value: Value) -> Author | None:
    if isinstance(value, str):
        written = plain(value)
        mail = re.fullmatch(r"([^<>]*[^<>\s])\s*<([^<>\s]+)>", written) if "<" in written else None
        known = mail and is_mail(mail[2])
        return Author(name=mail[1], email=mail[2]) if mail and known else Author(name=written) if written else None
    if not isinstance(value, dict):
        raw.problem(WRONG_SHAPE, f'"{raw.fields[key].raw[:80]}" has no name', key, of="author")
        return None
    parts = {key.lower(): plain(part) for key, part in value.items() if isinstance(part, str)}
    name, email = parts.get("name", ""), parts.get("email", "")
    if email and not is_mail(email):
        raw.problem(BAD_EMAIL, f'"{email[:80]}" is not an e-mail address', key, of="author.email")
        email = ""
    uri = parts.get("uri") or parts.get("url") or ""
    if uri and not absolute(uri):
        raw.problem(BAD_URL, f'"{uri[:120]}" cannot be used', key, of="author.uri")
    name = name or email.partition("@")[0]
    return Author(name=name, email=email, uri=absolute(uri)) if name else None


def language(raw: RawPost) -> str:
    """Return the language as a BCP 47 tag, or ""."""
    tag = text(raw, "language").replace("_", "-")
    if not tag or not language_fault(tag):
        return tag
    (key,) = raw.origins.pop("language")
    raw.problem(BAD_LANGUAGE, f'"{tag[:40]}" is not a language tag', key, of="lang")
    return ""


def image(_: RawPost, key: str, field: Field) -> tuple[str, str] | None:
    """Return the address of the entry's picture as written, a text or of a table, and the alt of that; or None."""
    value = field.value
    if isinstance(value, tuple):
        value = value[0] if value and key == "images" else None
    table = value if isinstance(value, dict) else {_IMAGE_PARTS[0]: value}
    known = {name: part.strip() for name, part in table.items() if isinstance(part, str)}
    address = next(filter(None, map(known.get, _IMAGE_PARTS)), "")
    return (address, plain(known.get("alt", ""))) if address else None


def enclosures(raw: RawPost, key: str, field: Field) -> list[Enclosure]:
    """Return the enclosures: addresses as written, or tables with url, type and length (bytes)."""
    if field.value is None:
        return []
    values = field.value if isinstance(field.value, tuple) else (field.value,)
    found: dict[str, Enclosure] = {}
    for value in values:
        if each := _enclosure(raw, key, value):
            found.setdefault(each.url, each)
    return [*found.values()]


def _enclosure(raw: RawPost, key: str, value: Value) -> Enclosure | None:
    url, media, length, duration, name = _parts_of(value)
    page = absolute(url, "https://any.invalid/")
    guessed = type_of(url)
    is_type = is_media_type(media)
    digits = _THOUSANDS.sub("", length)
    faults = {
        f'"{url[:120]}" is not a web address' if url else "it has no address (url)": not page,
        f'"{media[:60]}" is not a media type': page and media and not is_type,
        f'nothing says the type of "{url[:120]}": no `type`, and no known ending': page and not media and not guessed,
        f'its length "{length[:60]}" is not a number of bytes': length and not _BYTES.fullmatch(digits),
    }
    for fault in (fault for fault, is_one in faults.items() if is_one):
        raw.problem(BAD_ENCLOSURE, fault, key, of="enclosure")
    if not page or not (is_type or guessed):
        return None
    size = int(digits) if _BYTES.fullmatch(digits) else 0
    return Enclosure(
        url=url,
        media_type=media if is_type else guessed,
        length=size or None,
        duration=_duration(raw, key, duration),
        title=plain(name),
    )


def _duration(raw: RawPost, key: str, written: str) -> int | None:
    """Return an enclosure's duration in seconds, or None."""
    try:
        return int(seconds(written)) or None if written else None
    except ValueError as error:
        raw.problem(BAD_ENCLOSURE, f'its duration "{written[:60]}": {error}', key, of="enclosure")
        return None


def type_of(address: str) -> str:
    """Return the media type that an address's ending tells, or ""."""
    page = absolute(address, "https://any.invalid/")
    return _MEDIA_BY_ENDING.get(urlsplit(page).path.rpartition(".")[2].lower(), "")


def _parts_of(value: Value) -> tuple[str, ...]:
    """Return address, type, length, duration and title; a text has white space between three, as in WordPress."""
    if isinstance(value, str):
        address, *more = value.split() or [""]
        if not more or not more[0][:1].isdigit():
            return value.strip(), "", "", "", ""
        return address, more[1] if len(more) > 1 else "", more[0], "", ""
    table = value if isinstance(value, dict) else {}
    known = {part.lower(): text.strip() for part, text in table.items() if isinstance(text, str)}
    return tuple(next((known[name] for name in names if known.get(name)), "") for names in _ENCLOSURE_PARTS)


#: keys of an enclosure's parts in a table
_ENCLOSURE_PARTS = (
    ("url", "href", "src"),
    ("type", "media_type", "mime_type"),
    ("length", "size", "size_in_bytes"),
    ("duration", "duration_in_seconds"),
    ("title", "name"),
)
_BYTES = later(r"[0-9]{1,18}")
#: what may part the thousands of a number
_THOUSANDS = later(r"(?<=\d)[,.'_\s](?=\d{3}(?!\d))")
