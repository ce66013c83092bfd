"""What a value of the configuration may be: raw TOML value -> the value that the build uses.

Each check returns the value in its one normal form, or raises `WrongTypeError` or `BadValueError` with words
for the person who wrote it. Pure: the only file read is the list of time zones that comes with tzdata.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from feedtool.config.permalink_styles import GENERATORS, Name, template_error
from feedtool.model import FILE_NAMES, SHEET, Format, Host, Purge, Twin
from feedtool.syntax import language_fault
from feedtool.urls import absolute, host_of, with_path

#: what a title or an address template may hold in braces
TITLE_PLACES = ("term", "site")
PERMALINK_PLACES = ("year", "month", "day", "slug", "stem", "category")

#: what the build itself writes beside the folders of categories and tags
RESERVED_NAMES = frozenset({*FILE_NAMES.values(), "archive", "feeds.json", "feeds.opml", "index.html", SHEET})

_PLACE = re.compile(r"\{([^{}]*)\}")
#: codes of countries that no language has, and what people mean by them
_COUNTRIES = {"cn": "zh-Hans", "cz": "cs", "dk": "da", "gr": "el", "jp": "ja", "ua": "uk"}
_PAGE = re.compile(r"\.(?:html?|xml|json|php|opml)$", re.IGNORECASE)
#: what Windows forbids in a file name (a site is often built on one system and hosted on another)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_JEKYLL = re.compile(r":(?:year|month|day|title|slug|categor(?:y|ies))")


class BadValueError(ValueError):
    """The value is of the right type and cannot be meant; `fix` says what to write."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class WrongTypeError(BadValueError):
    """The value is not of the type that the key takes."""


def shown(value: object) -> str:
    """Return the value as one short line, much as TOML writes it."""
    try:
        line = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        line = "a very deep table"
    return line if len(line) <= 60 else line[:57] + "..."


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Return the known name that is most like this one, whatever the case; "" where none is near."""
    by_lower = {other.lower(): other for other in reversed(known)}
    close = get_close_matches(name.lower()[:100], by_lower, n=1)
    return by_lower[close[0]] if close else ""


def text(value: object) -> str:
    """Return a line of text, without outer blanks; it may be empty."""
    if not isinstance(value, str):
        raise WrongTypeError(f"expected text, read {shown(value)}", "Put it in quotes.")
    value = value.strip()
    for character in value:
        if unicodedata.category(character) in {"Cc", "Zl", "Zp"} or ord(character) & 0xFFFE == 0xFFFE:
            name = "a line break" if character in "\n\r\u2028\u2029" else f"the character U+{ord(character):04X}"
            raise BadValueError(f"{shown(value)} holds {name}", "Write it as one line of plain text.")
    return value


def some_text(value: object) -> str:
    """Return a line of text that is not empty."""
    if not (line := text(value)):
        raise BadValueError("is empty", "Write a value, or leave the key out for its default.")
    return line


def flag(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise WrongTypeError(f"expected true or false, read {shown(value)}", "Write true or false, without quotes.")
    return value


def count(value: object) -> int:
    """Return a whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int):
        fix = "Write it without quotes." if isinstance(value, str) and value.isdigit() else ""
        raise WrongTypeError(f"expected a whole number, read {shown(value)}", fix)
    if value < 0:
        raise BadValueError(f"{value} is less than 0", "Write 0 or a greater whole number.")
    return value


def texts(value: object) -> tuple[str, ...]:
    """Return a list of lines of text, none empty, no two the same; the list may be empty."""
    if isinstance(value, str):
        raise WrongTypeError(f"expected a list, read {shown(value)}", f"Write it in brackets: [{shown(value)}]")
    if not isinstance(value, list | tuple):
        raise WrongTypeError(f"expected a list of texts, read {shown(value)}")
    lines = tuple(some_text(item) for item in value)
    for line in lines:
        if lines.count(line) > 1:
            raise BadValueError(f"{shown(line)} is there twice", "Write it once.")
    return lines


def some_texts(value: object) -> tuple[str, ...]:
    """Return a list of lines of text that is not empty."""
    if not (lines := texts(value)):
        raise BadValueError("the list is empty", "Write at least one, or leave the key out for its default.")
    return lines


def some_count(value: object) -> int:
    """Return a whole number, 1 or more."""
    number = count(value)
    if not number:
        raise BadValueError("0 is too small", "Write 1 or more.")
    return number


def formats(value: object) -> tuple[Format, ...]:
    """Return the formats of a feed, in the order written."""
    return _chosen(some_texts(value), Format, "format", "Formats")


def hosts(value: object) -> tuple[Host, ...]:
    """Return who serves the output: one name, or a list of names."""
    return _chosen(texts([value] if isinstance(value, str) else value), Host, "host that is known", "Hosts")


def twins(value: object) -> tuple[Twin, ...]:
    """Return how documents are compressed besides."""
    return _chosen(texts(value), Twin, "kind of twin", "Kinds")


def purge(value: object) -> str:
    """Return who is told of what was published anew."""
    names: tuple[str, ...] = _chosen((some_text(value),), Purge, "CDN that is known", "It is")
    return names[0]


def target(value: object) -> str:
    """Return the address of a bucket, with or without a prefix, or of a folder of this machine; or ""."""
    address = text(value)
    fix = 'Write "s3://bucket/prefix", "gs://…", "az://container/…", or "file:///folder".'
    if not address:
        return ""
    scheme, _, rest = address.partition("://")
    if scheme not in ("s3", "gs", "az", "file") or not rest.strip("/"):
        raise BadValueError(f"{shown(address)} is no address of a bucket or a folder", fix)
    if scheme == "file" and not rest.startswith("/"):
        raise BadValueError(f"{shown(address)} is no absolute path", 'Write "file:///folder", with three "/".')
    if re.search(r"[?#@\\]", address) and scheme != "file":
        raise BadValueError(
            "it holds more than a bucket and a prefix", f"Credentials belong in the environment.  {fix}"
        )
    if {".", ".."} & set(rest.split("/")):
        raise BadValueError(f'{shown(address)} holds a step "." or ".."', fix)
    return address


def span(value: object) -> str:
    """Return a number of minutes, hours or days, such as 7d."""
    written = some_text(value).replace(" ", "").lower()
    if not re.fullmatch(r"0|\d{1,5}[mhd]", written, re.ASCII):
        raise BadValueError(f"{shown(value)} is no span of time", 'Write "7d", "12h", "30m", or "0".')
    return written


def _chosen(names: tuple[str, ...], literal: Any, one: str, all_of_them: str) -> tuple[Any, ...]:  # noqa: ANN401
    """Return names that are all of a type of literals."""
    known: tuple[str, ...] = get_args(literal)
    for name in names:
        if name not in known:
            guess = nearest(name, known)
            ask = f'Did you mean "{guess}"?  ' if guess else ""
            raise BadValueError(f"{shown(name)} is no {one}", f"{ask}{all_of_them}: {', '.join(known)}.")
    return names


def site_url(value: object) -> str:
    """Return the address of a folder on the web: http or https, ASCII, with "/" at the end; or ""."""
    address = text(value)
    if not address:
        return ""
    fix = 'Write where the output folder will be published, such as "https://example.org/feeds/".'
    if "?" in address or "#" in address:
        raise BadValueError(f'{shown(address)} holds "?" or "#", which an address of a folder cannot have', fix)
    url = with_path(absolute(address))
    if not re.match(r"https?://", address, re.IGNORECASE) or "\\" in address or ".." in host_of(url) or not url:
        raise BadValueError(f"{shown(address)} is no absolute http or https address", fix)
    if "@" in url.split("/")[2] or "@" in address.split("/")[2]:
        raise BadValueError(f"{shown(address)} holds a user name, which everybody could read", fix)
    steps = url.split("/")[3:]
    if {".", ".."} & set(steps):
        raise BadValueError(f'{shown(address)} holds a step "." or ".."', fix)
    if _PAGE.search(steps[-1]):
        raise BadValueError(f"{shown(address)} is the address of a file, not of a folder", fix)
    return url if url.endswith("/") else url + "/"


def aliases(value: object) -> dict[str, str]:
    """Return earlier names of terms with the present one of each: where that was changed again, the last."""
    if not isinstance(value, dict):
        raise WrongTypeError(f"expected a table, read {shown(value)}", 'Write [aliases], then "Old name" = "New name".')
    named = {_term(old): _term(new) for old, new in value.items()}
    last: dict[str, str] = {}
    for old, next_name in named.items():
        new, passed = next_name, {old}
        while new in named and new not in passed:
            passed.add(new)
            new = named[new]
        if new in passed:
            fix = "Name what the term is called now, and stop there."
            raise BadValueError(f"{shown(old)} leads back to itself", fix)
        last[old] = new
    return last


def _term(value: object) -> str:
    """Return a term's name as the reader knows it."""
    return unicodedata.normalize("NFC", some_text(value))


def hub(value: object) -> str:
    """Return the address of a WebSub hub: http or https, ASCII; or ""."""
    address = text(value)
    url = with_path(absolute(address))
    if address and (not re.match(r"https?://", url) or "@" in url.split("/")[2]):
        raise BadValueError(
            f"{shown(address)} is no absolute http or https address",
            'Write the hub\'s address, such as "https://hub.example.org/".',
        )
    return url


def ids(value: object) -> str:
    """Return the name of a way to make ids, or a template for them."""
    chosen, names = some_text(value), get_args(Name)
    if "{" in chosen:
        if error := template_error(chosen):
            raise BadValueError(shown(chosen), error)
        return chosen
    if chosen == "template" or chosen not in names:
        guess = nearest(chosen, names)
        ask = f'Did you mean "{guess}"?  ' if guess else ""
        fix = f"{ask}Ids: uuid, source, jekyll, hugo, or a template such as tag:example.org,{{year}}:{{slug}}."
        raise BadValueError(f"{shown(chosen)} is no way to make ids", fix)
    return chosen


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
        raise BadValueError(f"{shown(tag)} is no language tag", guess + fix)
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
    return tuple(files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


def timezone(value: object) -> str:
    """Return the name of a time zone of the tz database."""
    name = some_text(value)
    if name == "UTC" or name in _zones():
        return name
    cities = {zone.rsplit("/", 1)[-1].lower(): zone for zone in _zones()}
    guess = cities.get(name.lower().replace(" ", "_"), "") or nearest(name, _zones())
    ask = f'Did you mean "{guess}"?  ' if guess else ""
    fix = f"{ask}Write a name of the tz database, such as UTC, Asia/Taipei or Europe/Berlin."
    raise BadValueError(f"{shown(name)} is no time zone", fix)


def host(value: object) -> str:
    """Return a host name in lower case and ASCII, without port."""
    name = text(value)
    found = host_of(absolute(f"http://{name}/")) if re.fullmatch(r"[^\s/?#@\\:*\[\]]+", name) else ""
    if found and not re.search(r"\.\.|^\.", name) and len(found) <= 253:
        return found
    guess = host_of(absolute(name if "//" in name else f"http://{name.lstrip('*.')}"))
    fix = f'Write "{guess}".' if guess else "Write the name only, in quotes, such as news.example.org."
    raise BadValueError(f"{shown(name)} is no host name", f"{fix}  It stands for its subdomains too.")


def title_template(value: object) -> str:
    """Return the title of a grouped feed, with {term} and {site}."""
    line = some_text(value)
    _check_places(line, TITLE_PLACES)
    return line


def path_template(value: object) -> str:
    """Return the folder of a grouped feed below the output folder, with {slug} once; no "/" at its ends."""
    path = some_text(value)
    fix = 'Write a folder below the output folder, such as "topic/{slug}".'
    if path.startswith("/") or "\\" in path or re.match(r"[A-Za-z]:", path):
        raise BadValueError(f"{shown(path)} is no relative path", fix)
    _check_places(path, ("slug",))
    if path.count("{slug}") != 1:
        raise BadValueError(f"{shown(path)} must hold {{slug}} exactly once", fix)
    path = path.removesuffix("/")
    for name in path.split("/"):
        _check_name(name, path, fix)
    return path


def _check_name(name: str, path: str, fix: str) -> None:
    """Raise unless a folder may have the name on every system, and the build does not need it."""
    if name in {"", ".", ".."}:
        raise BadValueError(f"{shown(path)} has the step {shown(name)}", fix)
    if name.casefold() in RESERVED_NAMES or _DEVICES.fullmatch(name):
        raise BadValueError(f"{shown(path)} uses {shown(name)}, a name that is taken", fix)
    if name.startswith(".") or name.endswith((".", " ")) or name != name.strip() or _NOT_IN_NAMES.search(name):
        raise BadValueError(f"{shown(path)} has the step {shown(name)}, which not every web host can serve", fix)


def permalink(value: object) -> str:
    """Return the template of an entry's address, absolute or relative to the site; a generator's name; or ""."""
    template = text(value)
    if template in ("", *GENERATORS):
        return template
    fix = 'Write a template such as "/{year}/{month}/{slug}.html", or "jekyll" or "hugo" for where these put pages.'
    if _JEKYLL.search(template):
        raise BadValueError(f"{shown(template)} has placeholders with a colon", f"Write {{year}}, not :year.  {fix}")
    _check_places(template, PERMALINK_PLACES)
    if "{slug}" not in template and "{stem}" not in template:
        raise BadValueError(f"{shown(template)} gives many posts one address", f"It must hold {{slug}}.  {fix}")
    if "\\" in template or template.startswith("//") or ".." in re.split("[/?#]", template):
        raise BadValueError(f"{shown(template)} is no address", fix)
    filled = _PLACE.sub("1", template)
    server = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(//[^/?#]+)?", template)
    if server and (not server[1] or "{" in server[1] or not absolute(filled)):
        raise BadValueError(f"{shown(template)} names no web server", fix)
    return template


def separator(value: object) -> str:
    """Return what ends a post's excerpt, letter by letter, for it may be line breaks; or ""."""
    if not isinstance(value, str):
        raise WrongTypeError(f"expected text, read {shown(value)}", "Put it in quotes.")
    if len(value.strip(" ")) < 2 and value:
        fix = 'Write something that stands nowhere else in a text, such as "<!--more-->".'
        raise BadValueError(f"{shown(value)} would be found in any text", fix)
    return value


def posts_path(value: object) -> str:
    """Return a folder of posts, or a post, as the posts' paths begin: without "./" before it and "/" behind."""
    path = text(value)
    if re.search(r"[*?\\]", path):
        fix = 'Write the name of a folder, such as "posts/news"; it stands for all that is below.'
        raise BadValueError(f"{shown(path)} is no folder's name", fix)
    return "" if path == "." else path.removeprefix("./").rstrip("/")


def header_values(value: object) -> dict[str, object]:
    """Return header keys with their values, of which any will do."""
    if not isinstance(value, dict):
        fix = 'Write a table: values = { category = "News" }'
        raise WrongTypeError(f"expected a table, read {shown(value)}", fix)
    return value


def _check_places(template: str, known: tuple[str, ...]) -> None:
    """Raise where the template has a placeholder that nothing fills, or a brace alone."""
    names = ", ".join(f"{{{name}}}" for name in known)
    for name in _PLACE.findall(template):
        if name not in known:
            guess = nearest(name, known)
            ask = f"Did you mean {{{guess}}}?  " if guess else ""
            raise BadValueError(f"{shown(template)}: {{{name}}} stands for nothing", f"{ask}Placeholders: {names}.")
    if re.search(r"[{}]", _PLACE.sub("", template)):
        raise BadValueError(f"{shown(template)} has a brace without its partner", f"Placeholders: {names}.")


#: what checks a value
Check = Callable[[object], object]
