"""A folder of posts in Jekyll's manner -> any number of posts made from them, which tell as many stories.

What the two tools read differently is made the same beforehand: the header is written anew with the keys below, the
terms in letters that both fold to the same path, the addresses in ASCII. Bodies stay as they are.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import yaml

from .synthetic import Post

_ENDINGS = {".md", ".markdown"}
_KEYS = ("layout", "title", "date", "author", "from", "tags", "comments", "categories")
#: ten years, which end early enough for posts added behind them to lie in the past, for Hugo leaves out the future's
_START, _SPAN = datetime(2010, 1, 1, tzinfo=UTC), timedelta(days=3652) // timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER = re.compile(r"---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_TIME = re.compile(r"(\s*<!--\s*)(?:\d+|NaN)(\s*-->)")
_HEADING = re.compile(r"\s*^\[.*\]\(.*\)[ \t]*\n(?=-{3,}[ \t]*$)", re.MULTILINE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
#: what neither YAML 1.1 nor 1.2 can take for anything but text, if the former takes it for that
_PLAIN = re.compile(r"[^\W\d_][\w .·&()-]*(?<! )")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}-")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_KEEP = "!$&'*+,;=:@/?-._~%"
#: bytes of a file name, and of a term, whose folder both tools can make
_LONGEST_STEM, _LONGEST_TERM = 150, 100


class _UnfitError(Exception):
    """A post that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A post to make others of."""

    stem: str
    url: str
    title: str
    #: of the header, in its order, as YAML; those that each copy has of its own are empty
    fields: dict[str, str]
    #: what stands before the milliseconds and behind them, or None where there are none
    time: tuple[str, str] | None
    has_heading: bool
    #: what follows the heading, which begins with the line below it
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Originals:
    """What a folder held."""

    posts: tuple[Original, ...]
    #: why others were not used -> how many
    skipped: dict[str, int]


def originals(folder: Path) -> Originals:
    """Read all posts below a folder, in the order of their paths."""
    posts, skipped = [], Counter[str]()
    for place in sorted(place for place in folder.rglob("*") if place.suffix in _ENDINGS and place.is_file()):
        try:
            posts.append(_original(place))
        except _UnfitError as error:
            skipped[str(error)] += 1
    return Originals(posts=tuple(posts), skipped=dict(skipped.most_common()))


def copy_of(posts: Sequence[Original], number: int, *, count: int, seed: int, edition: int = 0) -> Post:
    """Return the post of that number among so many, made of one of the posts, which begin anew when they are used up.

    Its place in the ten years is its own, and so are its title, address and name. A later edition has another title
    and a paragraph more.
    """
    original = posts[number % len(posts)]
    step = _SPAN // count
    milliseconds = number * step + Random(f"{seed}/{number}").randrange(step)
    published = _START + timedelta(milliseconds=milliseconds)
    title = f"{original.title} · {number}" + (f" · {edition}" if edition else "")
    url = _numbered(original.url, number)
    own = {
        "title": json.dumps(title, ensure_ascii=False),
        "date": f"{published:%Y-%m-%dT%H:%M:%S}.{published.microsecond // 1000:03}Z",
        "from": url,
    }
    lines = ["---", *(f"{key}: {own.get(key, value)}" for key, value in original.fields.items()), "---"]
    if original.time:
        before, behind = original.time
        lines.append(f"{before}{(published - _EPOCH) // timedelta(milliseconds=1)}{behind}")
    if original.has_heading:
        lines.append(f"[{title}]({url})")
    lines.append(_edited(original.body, edition) if edition else original.body)
    return Post(
        stem=f"{original.stem}-{number:07}",
        year=f"{published:%Y}",
        day=f"{published:%Y-%m-%d}",
        url=url,
        text="\n".join(lines),
    )


def _original(place: Path) -> Original:
    try:
        text = place.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise _UnfitError("not UTF-8") from None
    found = _HEADER.match(text)
    header = _header(found[1]) if found else None
    if not found or header is None:
        raise _UnfitError("no header, or one that is no YAML")
    title = _CONTROLS.sub(" ", str(header.get("title") or "")).strip()
    if not title:
        raise _UnfitError("no title")
    rest = text[found.end() :]
    if not rest.strip():
        raise _UnfitError("no content")
    # Hugo would run it, or stop at it.
    if "{{<" in rest or "{{%" in rest:
        raise _UnfitError("a shortcode of Hugo's")
    time = _TIME.match(rest)
    rest = rest[time.end() :] if time else rest
    heading = _HEADING.match(rest)
    return Original(
        stem=_stem(place.stem),
        url=_address(str(header.get("from") or "")),
        title=title,
        fields=_fields(header),
        time=(time[1].strip(), time[2].strip()) if time else None,
        has_heading=bool(heading),
        body=rest[heading.end() :] if heading else rest.removeprefix("\n") if time else rest,
    )


def _header(text: str) -> dict[Any, Any] | None:
    try:
        header = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return None
    return header if isinstance(header, dict) else None


def _fields(header: dict[Any, Any]) -> dict[str, str]:
    """Return the keys that are kept, in their order, with those that every post needs."""
    fields = {}
    for key in dict.fromkeys([*(key for key in header if key in _KEYS), "title", "date", "from"]):
        value = header.get(key)
        if key in {"title", "date", "from"}:
            fields[key] = ""
        elif key in {"tags", "categories"}:
            if terms := _terms(value):
                fields[key] = f"[ {', '.join(map(_scalar, terms))} ]"
        elif isinstance(value, bool):
            fields[key] = str(value)
        elif isinstance(value, str) and (text := _CONTROLS.sub(" ", value).strip()):
            fields[key] = _scalar(text)
    return fields


def _scalar(text: str) -> str:
    """Return a text as YAML, without quotes where they are not needed."""
    is_plain = _PLAIN.fullmatch(text) and yaml.safe_load(text) == text
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _terms(value: object) -> list[str]:
    """Return the terms of a list, or of words, so that both tools give them the same name."""
    names = value if isinstance(value, list) else value.split() if isinstance(value, str) else []
    folded = (_folded(str(name)) for name in names if isinstance(name, str | int))
    return list(dict.fromkeys(name for name in folded if name))


def _folded(term: str) -> str:
    """Return a term in letters, digits and blanks that lower case leaves as they are, or "" if nothing is left."""
    lower = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", term).lower())
    kept = "".join(c for c in lower if c == " " or _is_kept(c))
    name = " ".join(kept.encode()[:_LONGEST_TERM].decode(errors="ignore").split())
    return name if any(c.isalnum() for c in name) else ""


def _is_kept(char: str) -> bool:
    category = unicodedata.category(char)
    return (category[0] == "L" or category in {"Mn", "Mc", "Nd"}) and char.lower() == char


def _stem(name: str) -> str:
    """Return a file name without day and ending, in letters and digits, for Hugo reads dots and underscores."""
    kept = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", _DATE.sub("", name)))
    return kept.encode()[:_LONGEST_STEM].decode(errors="ignore").strip("-") or "post"


def _address(text: str) -> str:
    """Return a web address in ASCII, as both tools write it."""
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        raise _UnfitError("no web address as its source") from None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        raise _UnfitError("no web address as its source")
    return urlunsplit(
        (
            parts.scheme,
            host if port is None else f"{host}:{port}",
            _escaped(parts.path) or "/",
            _escaped(parts.query),
            "",
        )
    )


def _escaped(text: str) -> str:
    # A bracket would end the heading's link.
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text), safe=_KEEP)


def _numbered(url: str, number: int) -> str:
    return f"{url}{'&' if '?' in url else '?'}story={number}"


def _edited(body: str, edition: int) -> str:
    """Return a body with a paragraph more, within its last element if that is a `<div>`."""
    head, end, tail = body.rpartition("</div>")
    added = f"<p>This is edition {edition} of the story, with a sentence more.</p>"
    return f"{head}{added}{end}{tail}" if end else f"{body}\n\n{added}\n"
