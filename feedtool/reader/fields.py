"""Header fields -> typed values.

Each function takes the fields and returns one value; what does not fit is reported and left out. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from feedtool.config.permalink_styles import JEKYLL_TOKEN, STYLES, permalink_error
from feedtool.model import Author, Enclosure
from feedtool.problems import Code, Problem
from feedtool.reader.decoding import plain
from feedtool.reader.field import Field, Value
from feedtool.syntax import is_mail, is_media_type, language_fault
from feedtool.urls import absolute

Fields = dict[str, Field]
Report = Callable[[Problem], None]

WRONG_SHAPE = Code(
    "wrong-shape",
    "warning",
    "A header field has a list or a table where text belongs, or the other way round. What can be read of it "
    "without guessing is kept.",
)
BARE_TITLE = Code(
    "bare-title",
    "note",
    "The title is a number, a date or a word such as yes or no without quotes. feedtool takes it as the text "
    "that it is; most other tools take it for something else.",
)
LONG_TITLE = Code(
    "long-title",
    "warning",
    "The title is longer than a title can be; most likely a quote is missing, or the body stands in its place. "
    "It is cut.",
    "Write a title of one line.",
)
NESTED_TERMS = Code(
    "nested-terms",
    "warning",
    "Categories or tags hold a list or a table inside the list. A list was flattened; `a: b` was read as text.",
)
TERMS_STRING = Code(
    "terms-as-text",
    "note",
    "Categories or tags are a text, not a list. It was split at commas, or where there are none at white space "
    "(as Jekyll does); `category:` and `tag:` are not split.",
    "Write a list: [one, two].",
)
EMPTY_TERMS = Code(
    "no-terms",
    "note",
    "Categories or tags are named in the header, and empty. The post stands in no feed of that kind.",
    "Fill it in, or remove the line.",
)
EMPTY_TERM = Code(
    "empty-term",
    "warning",
    "A category or tag is empty. It is left out.",
    "Remove it from the list.",
)
LONG_TERM = Code(
    "long-term",
    "note",
    "A category or tag is longer than a name would be. It has its feed all the same, in a folder whose name is "
    "cut short.",
    "Check for a missing comma or quote.",
)
BAD_URL = Code(
    "bad-url",
    "warning",
    "A header field does not hold a web address (http or https) that can be used. It is left out.",
    "Write the whole address: https://example.org/page.",
)
BAD_LANGUAGE = Code(
    "bad-language",
    "warning",
    "The language is no language tag. It is left out.",
    "Write a tag such as en, zh-Hant or pt-BR.",
)
BAD_EMAIL = Code(
    "bad-email",
    "warning",
    "An author's e-mail address is none. The author is kept without it.",
)
BAD_ENCLOSURE = Code(
    "bad-enclosure",
    "warning",
    "The enclosure has no usable address or no media type. It is left out.",
    "Write: enclosure: {url: https://…, type: audio/mpeg, length: 123456}.",
)

PAGE_ADDRESS = Code(
    "page-address",
    "note",
    "The header gives the page's address in a way that only its generator can fill in, such as by a template, or says "
    "that there is no page. It is not used: the post's source serves, or posts.permalink.",
    "Give a pattern for all posts under [posts] permalink, or write the address out.",
)

#: Media types by ending; the interpreter's own table differs between machines.
MEDIA_TYPES = {
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg",
    "wav": "audio/wav", "flac": "audio/flac", "aac": "audio/aac", "mp4": "video/mp4", "m4v": "video/mp4",
    "mov": "video/quicktime", "webm": "video/webm", "ogv": "video/ogg", "mkv": "video/x-matroska",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif", "svg": "image/svg+xml", "pdf": "application/pdf", "epub": "application/epub+zip",
    "zip": "application/zip",
}  # fmt: skip

#: characters; the longest seen in archives of this format is a third of that
_LONGEST_TITLE = 1000
_BARE = re.compile(
    r"y|n|yes|no|on|off|true|false|[-+]?[\d_]+|[-+]?\d*\.\d*(e[-+]?\d+)?|0x[0-9a-f]+|\d{4}-\d\d?-\d\d?.*|\d+(:\d\d)+",
    re.IGNORECASE,
)
#: keys of an entry's own address; the last one in TOML alone
_ADDRESSES = ("permalink", "link", "url", "path")
#: Liquid, Nunjucks or a script in an address
_UNFILLED = re.compile(r"\{\{|\{%|\$\{")
#: a path from the site's root without its first slash; no "example.org/page", which lacks something else
_FROM_ROOT = re.compile(r"[^\s:/.{}?#\\]+/(?:[^\s:{}?#\\]*)|[^\s:/{}?#\\]+\.html?")
_PAGE_PATH = re.compile(r"/?[^\s:/{}?#\\][^\s:{}?#\\]*")
_LONGEST_PATTERN = 500
_YES, _NO = {"true", "yes", "on", "y", "1"}, {"false", "no", "off", "n", "0"}


def text(fields: Fields, *names: str) -> tuple[str, Field | None]:
    """Return the first of the fields that holds text, as one plain line, and the field itself."""
    for name in names:
        field = fields.get(name)
        if field and isinstance(field.value, str) and (line := plain(field.value)):
            return line, field
    return "", None


def title(fields: Fields, path: str, report: Report) -> str:
    """Return the title, or "" where there is none; a list or table is read as the text that it was written as."""
    line, field = text(fields, "title", "linktitle")
    if field and field.is_bare and _BARE.fullmatch(field.raw):
        message = f'"{field.raw}" is read as text'
        fix = f'Write: title: "{field.raw}"'
        report(BARE_TITLE.at(path, message, line=field.line, field="title", fix=fix))
    field = fields.get("title")
    if field and len(line) > _LONGEST_TITLE:
        report(LONG_TITLE.at(path, f'"{line[:60]}…" has {len(line):,} characters', line=field.line, field="title"))
        return line[:_LONGEST_TITLE] + "…"
    if line or not field or not isinstance(field.value, tuple | dict):
        return line
    line = plain(field.raw)
    if line:
        message = f'"{line[:80]}" is a list or table to YAML; read as text'
        fix = "Put the title into quotes."
        report(WRONG_SHAPE.at(path, message, line=field.line, field="title", fix=fix))
    return line


def flag(fields: Fields, name: str) -> bool | None:
    """Return a yes or no, None where the field says neither."""
    word = str(fields[name].value).lower() if name in fields else ""
    return True if word in _YES else False if word in _NO else None


def terms(fields: Fields, names: tuple[str, str], path: str, report: Report) -> tuple[str, ...]:
    """Return the categories or tags; `names` are the plural and the singular key, which are read alike."""
    found: list[str] = []
    for name in names:
        if name in fields:
            found += _terms(fields[name], name, is_plural=name == names[0], path=path, report=report)
    if not found:
        return ()
    line = fields[names[0] if names[0] in fields else names[1]].line
    kept: dict[str, None] = {}
    for term in map(plain, found):
        if not term:
            report(EMPTY_TERM.at(path, "one of the terms is empty", line=line, field=names[0]))
            continue
        if len(term) > 100:
            message = f'"{term[:40]}…" has {len(term)} characters'
            report(LONG_TERM.at(path, message, line=line, field=names[0]))
        kept[term] = None
    return tuple(kept)


def _terms(field: Field, name: str, *, is_plural: bool, path: str, report: Report) -> list[str]:
    value = field.value
    if value is None:
        report(EMPTY_TERMS.at(path, f"{name} is empty", line=field.line, field=name))
        return []
    if isinstance(value, str):
        return _split(value, field, name, is_plural=is_plural, path=path, report=report)
    words = [item for item in value if isinstance(item, str)]
    if isinstance(value, tuple) and len(words) == len(value):
        return words
    flat = list(_flatten(value))
    if isinstance(value, dict) or any(isinstance(item, tuple | dict) for item in value):
        message = f'"{field.raw[:80]}" was read as: {", ".join(flat)[:80]}'
        report(NESTED_TERMS.at(path, message, line=field.line, field=name))
    return flat


def _split(value: str, field: Field, name: str, *, is_plural: bool, path: str, report: Report) -> list[str]:
    if not is_plural:
        return [value]
    found = value.split(",") if "," in value else value.split() or [""]
    shown = ", ".join(plain(part) for part in found)[:80]
    report(TERMS_STRING.at(path, f'"{value[:80]}" was read as: {shown}', line=field.line, field=name))
    return found


def _flatten(value: Value) -> Iterable[str]:
    if isinstance(value, tuple):
        for item in value:
            yield from _flatten(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f"{key}: {item}" if isinstance(item, str) else key
    else:
        yield value or ""


def address(fields: Fields, names: tuple[str, ...], path: str, report: Report) -> str:
    """Return the first web address among the fields, as written but for outer white space, or ""."""
    for name in names:
        field = fields.get(name)
        if not field or field.value is None:
            continue
        value = field.value.strip() if isinstance(field.value, str) else ""
        if absolute(value):
            return value
        message = f'"{(value or field.raw)[:120]}" cannot be used'
        report(BAD_URL.at(path, message, line=field.line, field=name))
    return ""


def permalink(fields: Fields, path: str, report: Report, *, is_toml: bool = False) -> str:
    """Return the entry's own address as written: absolute, or from the site's root; or "".

    It is in `permalink`, `link` or Hugo's `url`; and in a header of TOML in Zola's `path`.
    """
    if fields.keys().isdisjoint(_ADDRESSES):
        return ""
    for name in _ADDRESSES if is_toml else ("permalink", "link", "url"):
        field = fields.get(name)
        if not field or field.value is None:
            continue
        value = field.value.strip() if isinstance(field.value, str) else ""
        place = "" if name == "link" else _place(value, is_page=name != "permalink")
        if place:
            return place
        if name == "permalink" and is_pattern(value):
            return ""
        if name != "link" and _is_made(field):
            message = f'"{(value or field.raw)[:120]}" is not used'
            report(PAGE_ADDRESS.at(path, message, line=field.line, field=name))
        elif name in ("permalink", "link") and (found := address(fields, (name,), path, report)):
            return found
    return ""


def is_pattern(value: Value) -> bool:
    """Say whether a `permalink` has placeholders, and no other than Jekyll's."""
    if not isinstance(value, str) or len(value) > _LONGEST_PATTERN:
        return False
    has_token = value[:1] in ("/", ":") and JEKYLL_TOKEN.search(value)
    return bool(has_token and not _UNFILLED.search(value) and not permalink_error("jekyll", value))


def _place(value: str, *, is_page: bool) -> str:
    """Return an address from the site's root, or "" where the value is none; a page is a folder if it is no file."""
    if _UNFILLED.search(value):
        return ""
    if is_page and _PAGE_PATH.fullmatch(value):
        is_folder = "." not in value.rpartition("/")[2]
        return f"/{value.strip('/')}/" if is_folder else f"/{value.lstrip('/')}"
    if (value.startswith("/") and not value.startswith("//") and ":" not in value) or _FROM_ROOT.fullmatch(value):
        return re.sub(r"(^|/)index\.html?$", r"\1", f"/{value.removeprefix('/')}")
    return ""


def _is_made(field: Field) -> bool:
    """Say whether an address is one that a generator makes, or says that there is no page."""
    if not isinstance(field.value, str):
        return True
    value = field.value.strip()
    return value.lower() in ("false", *STYLES) or bool(
        _UNFILLED.search(value) or re.search(r"(?:^|[/_.-]):[a-z]", value)
    )


def authors(fields: Fields, path: str, report: Report) -> tuple[Author, ...]:
    """Return who wrote it, from `author` and `authors`, each person once."""
    found: dict[Author, None] = {}
    for name in ("author", "authors"):
        field = fields.get(name)
        if field and field.value is not None:
            values = field.value if isinstance(field.value, tuple) else (field.value,)
            for value in values:
                author = _author(value, field, path, report)
                if author:
                    found[author] = None
    return tuple(found)


def _author(value: Value, field: Field, path: str, report: Report) -> Author | None:
    if isinstance(value, str):
        written = plain(value)
        mail = re.fullmatch(r"([^<>]*[^<>\s])\s*<([^<>\s]+)>", written) if "<" in written else None
        known = mail and is_mail(mail[2])
        return Author(name=mail[1], email=mail[2]) if mail and known else Author(name=written) if written else None
    if not isinstance(value, dict):
        message = f'"{field.raw[:80]}" names nobody'
        report(WRONG_SHAPE.at(path, message, line=field.line, field="author"))
        return None
    parts = {key.lower(): plain(part) for key, part in value.items() if isinstance(part, str)}
    name, email = parts.get("name", ""), parts.get("email", "")
    if email and not is_mail(email):
        report(BAD_EMAIL.at(path, f'"{email[:80]}" is no address', line=field.line, field="author.email"))
        email = ""
    uri = parts.get("uri") or parts.get("url") or ""
    if uri and not absolute(uri):
        report(BAD_URL.at(path, f'"{uri[:120]}" cannot be used', line=field.line, field="author.uri"))
    name = name or email.partition("@")[0]
    return Author(name=name, email=email, uri=absolute(uri)) if name else None


def language(fields: Fields, path: str, report: Report) -> str:
    """Return the BCP 47 tag of `lang` or `language`, or ""."""
    tag, field = text(fields, "lang", "language")
    tag = tag.replace("_", "-")
    if not field or not language_fault(tag):
        return tag
    report(BAD_LANGUAGE.at(path, f'"{tag[:40]}" is no language tag', line=field.line, field="lang"))
    return ""


def image(fields: Fields) -> str:
    """Return the address of the entry's picture as written, from a text or a table with path, url or src.

    Of Hugo's `images` it is the first.
    """
    value = fields["image"].value if "image" in fields else None
    if not value and "images" in fields:
        value = fields["images"].value
        value = value[0] if isinstance(value, tuple) and value else value
    if isinstance(value, dict):
        value = next((value[key] for key in ("path", "url", "src") if value.get(key)), None)
    return value.strip() if isinstance(value, str) else ""


def enclosure(fields: Fields, base: str, path: str, report: Report) -> Enclosure | None:
    """Return the enclosure of a text (its address) or a table with url, type and length (bytes)."""
    field = fields.get("enclosure")
    if not field or field.value is None:
        return None
    value = field.value[0] if isinstance(field.value, tuple) and field.value else field.value
    parts = value if isinstance(value, dict) else {"url": value}
    known = {key.lower(): part for key, part in parts.items() if isinstance(part, str)}
    url = absolute(known.get("url", ""), base)
    media = known.get("type") or known.get("media_type") or known.get("mime_type") or _media_type(url)
    if not url or not is_media_type(media):
        message = f'"{field.raw[:120]}" has no address or no media type'
        report(BAD_ENCLOSURE.at(path, message, line=field.line, field="enclosure"))
        return None
    length = known.get("length") or known.get("size") or ""
    return Enclosure(url=url, media_type=media, length=int(length) if re.fullmatch(r"\d{1,18}", length) else None)


def _media_type(url: str) -> str:
    return MEDIA_TYPES.get(urlsplit(url).path.rpartition(".")[2].lower(), "") if url else ""
