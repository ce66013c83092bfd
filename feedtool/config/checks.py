"""What a value of the configuration may be: a TOML value comes in, the value that the build uses goes out.

Each check returns the value in its one normal form, or raises `WrongTypeError` or `BadValueError` with a message for
the user. Beside each stands what it takes, in words and as JSON Schema. Pure: the only file read is the list of time
zones that comes with tzdata.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal, TypeVar, get_args

from feedtool.frozen import positional
from feedtool.model import Format, Host, Purge, Twin
from feedtool.syntax import LANGUAGE, language_fault, later
from feedtool.urls import absolute, host_of, with_path

#: codes of countries that no language has, and what people mean by them
_COUNTRIES = {"cn": "zh-Hans", "cz": "cs", "dk": "da", "gr": "el", "jp": "ja", "ua": "uk"}
#: where an entry with a source leads
Link = Literal["source", "page"]
#: What becomes of the keywords that an article names.
Keywords = Literal["off", "tags"]
#: Whether entries have the texts that were written, or those of the rendered site.
Bodies = Literal["written", "rendered"]
#: Markdown as these generators and programs read it
DIALECTS = ("kramdown", "goldmark", "gfm", "commonmark", "markdown-it", "python-markdown", "obsidian")
_FORMATS, _TWINS, _HOSTS, _CDNS, _LINKS, _KEYWORDS = map(get_args, (Format, Twin, Host, Purge, Link, Keywords))
#: a user name, perhaps with a password, before the host of an address
_USER = later(r"[A-Za-z]+:[/\\]*[^/?#\\]*@")
#: no feed has more of anything, and a cache can hold it
_MOST = 10**15
#: pictures that many readers do not show
_NOT_SHOWN = r"\.([sS][vV][gG]|[iI][cC][oO]|[wW][eE][bB][pP]|[aA][vV][iI][fF])$"
#: how Python writes bytes of a file's name that are not UTF-8
_BYTES = "".join(map(chr, range(0xDC80, 0xDD00)))
_PAGE = later(r"\.(?:html?|xml|json|php|opml)$", re.IGNORECASE)
Check = Callable[[object], object]
C = TypeVar("C", bound=Check)


@positional
class Type:
    """What a check takes."""

    words: str
    #: JSON Schema, draft 2020-12: allows every value that the check allows, and refuses obvious mistakes
    schema: dict[str, Any]


#: by check
TYPES: dict[Check, Type] = {}

_TEXT = {"type": "string"}
SOME_TEXT = {"type": "string", "pattern": r"\S"}
_TEXTS = {"type": "array", "items": SOME_TEXT, "uniqueItems": True}
WEB = {"type": "string", "pattern": r"^\s*($|[Hh][Tt][Tt][Pp][Ss]?://\S)"}


def takes(words: str, schema: dict[str, Any]) -> Callable[[C], C]:
    """Declare what the check below takes."""

    def declare(check: C) -> C:
        TYPES[check] = Type(words, schema)
        return check

    return declare


class BadValueError(ValueError):
    """The value has the right type but is not allowed; `fix` says what to write."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class WrongTypeError(BadValueError):
    """The value does not have the type that the key takes."""

    def __init__(self, expected: str, value: object, fix: str = "") -> None:
        super().__init__(f"expected {expected}, read {shown(value)}", fix)


def shown(value: object) -> str:
    """Return the value as one short line, much as TOML writes it."""
    try:
        line = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        line = "a very deep table"
    return line if len(line) <= 60 else line[:57] + "..."


def reason_of(error: Exception) -> str:
    """Return why a file cannot be read, in a few words."""
    if isinstance(error, UnicodeDecodeError):
        return f"byte 0x{error.object[error.start]:02X} is not UTF-8"
    return getattr(error, "strerror", None) or str(error)


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Return the known name that is most similar, regardless of case; "" if none is similar."""
    by_lower = {other.lower(): other for other in reversed(known)}
    close = get_close_matches(name.lower()[:100], by_lower, n=1)
    return by_lower[close[0]] if close else ""


def did_you_mean(name: str, known: tuple[str, ...]) -> str:
    """Return a question that names the most similar known name, with two spaces at its end; or ""."""
    guess = nearest(name, known)
    return f'Did you mean "{guess}"?  ' if guess else ""


@takes("text", _TEXT)
def text(value: object, allowed: str = "") -> str:
    """Return one line of text without outer blanks; it may be empty."""
    line = _string(value).strip()
    for character in line:
        is_odd = unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or ord(character) & 0xFFFE == 0xFFFE
        if is_odd and character not in allowed:
            name = "a line break" if character in "\n\r\u2028\u2029" else f"the character U+{ord(character):04X}"
            raise BadValueError(f"{shown(line)} contains {name}", "Write it as one line of plain text.")
    return line


@takes("text", _TEXT)
def path(value: object) -> str:
    """Return the same for the name of a file, which may hold bytes that are not UTF-8 (PEP 383)."""
    return text(value, _BYTES)


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise WrongTypeError("text", value, "Put the value in quotes.")
    return value


@takes("text", SOME_TEXT)
def some_text(value: object, of: Callable[[object], str] = text) -> str:
    """Return a line of text that is not empty."""
    if not (line := of(value)):
        raise BadValueError("is empty", "Write a value, or remove the key for its default.")
    return line


@takes("text", SOME_TEXT)
def some_path(value: object) -> str:
    """Return the name of a file that is not empty."""
    return some_text(value, path)


@takes("true or false", {"type": "boolean"})
def flag(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise WrongTypeError("true or false", value, "Write true or false, without quotes.")
    return value


@takes("a whole number", {"type": "integer", "minimum": 0})
def count(value: object) -> int:
    """Return a whole number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int):
        fix = "Write it without quotes." if isinstance(value, str) and value.isdigit() else ""
        raise WrongTypeError("a whole number", value, fix)
    if value < 0:
        raise BadValueError(f"{value} is less than 0", "Write 0 or a greater whole number.")
    if value > _MOST:
        raise BadValueError(f"{shown(value)} is too large", f"Write {_MOST:,} or a smaller number.")
    return value


@takes("a list of texts", _TEXTS)
def texts(value: object, each: Callable[[object], str] = some_text) -> tuple[str, ...]:
    """Return a list of lines of text, none empty, no two the same; the list may be empty."""
    if isinstance(value, str):
        raise WrongTypeError("a list", value, f"Write it in brackets: [{shown(value)}]")
    if not isinstance(value, list | tuple):
        raise WrongTypeError("a list of texts", value)
    lines = tuple(map(each, value))
    for line in lines:
        if lines.count(line) > 1:
            raise BadValueError(f"{shown(line)} is listed twice", "Write it once.")
    return lines


@takes("a list of texts", {**_TEXTS, "minItems": 1})
def some_paths(value: object) -> tuple[str, ...]:
    """Return a list of names of files that is not empty."""
    return some_texts(value, some_path)


def some_texts(value: object, each: Callable[[object], str] = some_text) -> tuple[str, ...]:
    """Return a list of lines of text that is not empty."""
    if not (lines := texts(value, each)):
        raise BadValueError("the list is empty", "Write at least one, or remove the key for its default.")
    return lines


@takes("a whole number from 1 on", {"type": "integer", "minimum": 1})
def some_count(value: object) -> int:
    """Return a whole number, 1 or more."""
    number = count(value)
    if not number:
        raise BadValueError("0 is too small", "Write 1 or more.")
    return number


def _known(names: tuple[str, ...], known: tuple[str, ...], one: str, many: str) -> tuple[Any, ...]:
    """Return the names. Raises if one is not known; `one` and `many` are what messages call them."""
    for name in names:
        if name not in known:
            fix = f"{did_you_mean(name, known)}{many}: {', '.join(known)}."
            raise BadValueError(f"{shown(name)} is not a known {one}", fix)
    return names


def _list_of(known: tuple[str, ...], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": list(known)}, "minItems": least, "uniqueItems": True}


@takes(f"a list of {', '.join(_FORMATS)}", _list_of(_FORMATS, least=1))
def formats(value: object) -> tuple[Format, ...]:
    """Return the formats of feeds, at least one."""
    return _known(some_texts(value), _FORMATS, "format", "Formats")


@takes(f"a list of {', '.join(_TWINS)}", _list_of(_TWINS))
def twins(value: object) -> tuple[Twin, ...]:
    """Return the kinds of compressed copies."""
    return _known(texts(value), _TWINS, "compression", "Compressions")


@takes(f"one of {', '.join(_HOSTS)}, or a list", {"anyOf": [{"enum": list(_HOSTS)}, _list_of(_HOSTS)]})
def hosts(value: object) -> tuple[Host, ...]:
    """Return the web hosts of the output: one name, or a list of names."""
    return _known(texts([value] if isinstance(value, str) else value), _HOSTS, "host", "Hosts")


def one_of(known: tuple[str, ...], one: str) -> Callable[[object], Any]:
    """Return a check for one known name; `one` is what messages call it."""

    @takes(f"one of {', '.join(known)}", {"type": "string", "pattern": rf"^\s*({'|'.join(known)})\s*$"})
    def check(value: object) -> object:
        return _known((some_text(value),), known, one, "Choices")[0]

    return check


#: which CDN's copies are purged after publishing; where entries with a source lead; what becomes of keywords
purge: Callable[[object], Purge] = one_of(_CDNS, "CDN")
link: Callable[[object], Link] = one_of(_LINKS, "link")
keywords: Callable[[object], Keywords] = one_of(_KEYWORDS, "choice")
bodies: Callable[[object], Bodies] = one_of(get_args(Bodies), "choice")


@takes("auto, true or false", {"enum": ["auto", True, False]})
def auto_flag(value: object) -> bool | None:
    """Return true or false, or None for "auto"."""
    if value == "auto":
        return None
    if not isinstance(value, bool):
        raise WrongTypeError('"auto", true or false', value, 'Write "auto" with quotes, true and false without.')
    return value


@takes("an address", {"type": "string", "pattern": r"^\s*$|^\s*((s3|gs|az)://|file:///)[^/]"})
def target(value: object) -> str:
    """Return the address of a bucket, with or without a prefix, or of a folder of this machine; or ""."""
    address = path(value)
    fix = 'Write "s3://bucket/prefix", "gs://…", "az://container/…", or "file:///folder".'
    if not address:
        return ""
    scheme, _, rest = address.partition("://")
    if scheme not in ("s3", "gs", "az", "file") or not rest.strip("/"):
        raise BadValueError(f"{shown(address)} is not the address of a bucket or a folder", fix)
    if scheme == "file" and not rest.startswith("/"):
        raise BadValueError(f"{shown(address)} is not an absolute path", 'Write "file:///folder", with three "/".')
    if re.search(r"[?#@\\]", address) and scheme != "file":
        fix = f"Credentials belong in the environment.  {fix}"
        raise BadValueError("it contains more than a bucket and a prefix", fix)
    if {".", ".."} & set(rest.split("/")):
        raise BadValueError(f'{shown(address)} contains "." or ".." as a folder', fix)
    return address


@takes("minutes, hours or days", {"type": "string", "pattern": r"^[\s]*(0|[\d\s]+[mhdMHD])\s*$"})
def span(value: object) -> str:
    """Return a duration in minutes, hours or days, such as "7d"; or "0"."""
    written = some_text(value).replace(" ", "").lower()
    if not re.fullmatch(r"0|\d{1,5}[mhd]", written, re.ASCII):
        raise BadValueError(f"{shown(value)} is not a duration", 'Write "7d", "12h", "30m", or "0".')
    return written


@takes("a web address", WEB)
def site_url(value: object) -> str:
    """Return the address of a folder on the web: http or https, ASCII, with "/" at the end; or ""."""
    address = text(value)
    if not address:
        return ""
    fix = 'Write where the output folder will be published, such as "https://example.org/feeds/".'
    if "?" in address or "#" in address:
        raise BadValueError(f'{shown(address)} contains "?" or "#", which the address of a folder cannot have', fix)
    url = with_path(absolute(address))
    if not re.match(r"https?://", address, re.IGNORECASE) or "\\" in address or ".." in host_of(url) or not url:
        raise BadValueError(f"{shown(address)} is not an absolute http or https address", fix)
    if _USER.match(address):
        raise BadValueError(f"{shown(address)} contains a user name, which would be public", fix)
    steps = url.split("/")[3:]
    if {".", ".."} & set(steps):
        raise BadValueError(f'{shown(address)} contains "." or ".." as a folder', fix)
    if _PAGE.search(steps[-1]):
        raise BadValueError(f"{shown(address)} is the address of a file, not of a folder", fix)
    return url if url.endswith("/") else url + "/"


@takes("a web address", WEB)
def web_address(value: object) -> str:
    """Return an address: http or https, ASCII; or ""."""
    address = text(value)
    url = with_path(absolute(address))
    fix = 'Write the whole address, such as "https://hub.example.org/".'
    if address and not url:
        raise BadValueError(f"{shown(address)} is not an absolute http or https address", fix)
    if _USER.match(address):
        raise BadValueError(f"{shown(address)} contains a user name, which is never sent", fix)
    return url


@takes("a web address", {**WEB, "not": {"pattern": _NOT_SHOWN}})
def picture(value: object) -> str:
    """Return the address of a picture in one of the formats that RSS allows; or ""."""
    url = web_address(value)
    if re.search(_NOT_SHOWN, url):
        raise BadValueError(f"{shown(url)} is not a PNG, GIF or JPEG", "Many readers show no other pictures of a feed.")
    return url


@takes("a language tag", {"type": "string", "pattern": rf"^\s*(?:{LANGUAGE})?\s*$"})
def language(value: object) -> str:
    """Return a BCP 47 language tag in its usual case (RFC 5646 section 2.1.1), or ""."""
    tag = text(value)
    fix = "Write a language tag such as en, zh-Hant or pt-BR."
    lower = tag.lower()
    if lower in _COUNTRIES:
        raise BadValueError(f'"{tag}" is a country, not a language', f'Did you mean "{_COUNTRIES[lower]}"?')
    if lower and language_fault(lower):
        mended = lower.replace("_", "-")
        guess = f'Did you mean "{_tag_case(mended)}"?  ' if not language_fault(mended) else ""
        raise BadValueError(f"{shown(tag)} is not a language tag", guess + fix)
    return _tag_case(lower)


def _tag_case(tag: str) -> str:
    """Return the tag with scripts as Hant and regions as TW, up to its first single letter."""
    parts = tag.split("-")
    plain = next((at for at, part in enumerate(parts) if at and len(part) == 1), len(parts))
    for at in range(1, plain):
        if parts[at].isalpha():
            parts[at] = {2: parts[at].upper(), 4: parts[at].title()}.get(len(parts[at]), parts[at])
    return "-".join(parts)


@cache
def _zones() -> tuple[str, ...]:
    """Return the names of all time zones, the same on every machine."""
    from importlib.resources import files  # noqa: PLC0415 - imports what opens ZIP archives; few sites ask

    return tuple(files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


@takes("a time zone", SOME_TEXT)
def timezone(value: object) -> str:
    """Return the name of a time zone of the tz database."""
    name = some_text(value)
    if name == "UTC" or name in _zones():
        return name
    cities = {zone.rsplit("/", 1)[-1].lower(): zone for zone in _zones()}
    ask = did_you_mean(cities.get(name.lower().replace(" ", "_"), name), _zones())
    fix = f"{ask}Write a name of the tz database, such as UTC, Asia/Taipei or Europe/Berlin."
    raise BadValueError(f"{shown(name)} is not a time zone", fix)


def host(value: object) -> str:
    """Return a host name in lower case and ASCII, without port."""
    name = text(value)
    found = host_of(absolute(f"http://{name}/")) if re.fullmatch(r"[^\s/?#@\\:*\[\]]+", name) else ""
    if found and not re.search(r"\.\.|^\.", name) and len(found) <= 253:
        return found
    guess = host_of(absolute(name if "//" in name else f"http://{name.lstrip('*.')}"))
    fix = f'Write "{guess}".' if guess else "Write the name only, in quotes, such as news.example.org."
    raise BadValueError(f"{shown(name)} is not a host name", f"{fix}  Subdomains are included.")


@takes("text", {"type": "string", "not": {"pattern": r"^ *[^ ]? *$", "minLength": 1}})
def separator(value: object) -> str:
    """Return the text that ends a post's excerpt, unchanged, since it may be line breaks; or ""."""
    written = _string(value)
    if written and len(written.strip(" ")) < 2:
        fix = 'Write something that no text contains by chance, such as "<!--more-->".'
        raise BadValueError(f"{shown(written)} occurs in any text", fix)
    return written


@takes("a folder or a file", {"type": "string", "pattern": r"^[^*?\\]*$"})
def posts_path(value: object) -> str:
    """Return the path of a folder of posts, or of a post, without "./" before it and "/" after it."""
    path = text(value)
    if re.search(r"[?\\]", path):
        fix = 'Write the name of a folder, such as "posts/news"; everything below it is included. "*" is any text.'
        raise BadValueError(f"{shown(path)} is not the name of a folder", fix)
    return "" if path == "." else path.removeprefix("./").rstrip("/")


@takes(f"one of {', '.join(DIALECTS)}", {"type": "string", "pattern": rf"^\s*({'|'.join(DIALECTS)})?\s*$"})
def dialect(value: object) -> str:
    """Return the name of a dialect of Markdown; or ""."""
    name = text(value).lower()
    if name and name not in DIALECTS:
        fix = f"{did_you_mean(name, DIALECTS)}Write one of {', '.join(DIALECTS)}."
        raise BadValueError(f"{shown(value)} is not a dialect of Markdown that feedtool knows", fix)
    return name


def _table(example: str) -> Callable[[object], dict[str, object]]:

    @takes("a table", {"type": "object"})
    def check(value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            raise WrongTypeError("a table", value, f"Write a table: {example}")
        return value

    return check


#: settings of a generator, by its names; header keys with their values
settings, header_values = map(_table, ("generator = { uglyURLs = true }", 'values = { category = "News" }'))
