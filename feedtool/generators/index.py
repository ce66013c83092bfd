"""index.html for all feeds, and a page for each feed: how people find and try what they may subscribe to.

In: feeds and their entries. Out: HTML that needs no script and asks no other host for anything.
Reads its templates when it is imported, and nothing else. Never the clock.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import quote

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from feedtool.generators.opml import GROUPS
from feedtool.generators.spelling import rfc3339
from feedtool.model import FILE_NAMES, MEDIA_TYPES, Document, Entry, Feed, Format

_TEMPLATES = files("feedtool.generators") / "templates"
_STYLE = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
#: the page's only style, allowed by its digest, and nothing else (Content Security Policy, level 3)
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'",
        # the site's own icon, which browsers and readers find by themselves
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
_NAMES: dict[Format, str] = {"atom": "Atom", "rss": "RSS", "json": "JSON"}
#: primary languages, and scripts, that are written from right to left (BCP 47)
_RIGHT_TO_LEFT = {
    "ar",
    "arc",
    "ckb",
    "dv",
    "fa",
    "he",
    "iw",
    "ks",
    "nqo",
    "ps",
    "sd",
    "syr",
    "ug",
    "ur",
    "yi",
}
_RIGHT_TO_LEFT_SCRIPTS = {"adlm", "arab", "hebr", "nkoo", "syrc", "thaa"}
#: sections that hold more feeds are divided by the first letter
_DIVIDE_ABOVE = 60
#: what the scripts that do not call themselves by their Unicode name are filed under
_SCRIPTS = {"CJK": "漢字", "HIRAGANA": "かな", "KATAKANA": "かな", "HANGUL": "한글"}


@dataclass(frozen=True, slots=True)
class _Row:
    """A feed as the index shows it; `newest` is None where the feed is empty."""

    feed: Feed
    name: str
    href: str
    newest: Entry | None


@dataclass(frozen=True, slots=True)
class _Group:
    """Feeds under a heading; "" where the section is not divided."""

    name: str
    rows: tuple[_Row, ...]


@dataclass(frozen=True, slots=True)
class _Section:
    """All feeds of a kind."""

    kind: str
    name: str
    size: int
    groups: tuple[_Group, ...]


def render_index(
    feeds: Sequence[Feed],
    entries: Mapping[str, Entry],
    *,
    site_title: str,
    site_url: str,
    language: str,
    generator: str,
) -> Document:
    """Return the page of all feeds, by kind and name; `entries` holds at least each feed's newest, by id."""
    rows = [_row(feed, entries) for feed in feeds]
    content = _ENVIRONMENT.get_template("index.html").render(
        main=[row for row in rows if row.feed.kind == "all"],
        sections=_sections([row for row in rows if row.feed.kind != "all"]),
        site_title=site_title,
        site_url=site_url,
        language=language,
        generator=generator,
    )
    return _page("index.html", content)


def render_feed_page(
    feed: Feed, entries: Sequence[Entry], *, site_title: str, site_url: str, generator: str
) -> Document:
    """Return the page of one feed with its latest entries, newest first as given."""
    content = _ENVIRONMENT.get_template("feed.html").render(
        feed=feed,
        entries=entries,
        index="../" * feed.folder.count("/"),
        site_title=site_title,
        site_url=site_url,
        language=feed.language,
        generator=generator,
    )
    return _page(feed.folder + "index.html", content)


def _page(path: str, content: str) -> Document:
    return Document(path=path, media_type="text/html", content=content.encode())


def _row(feed: Feed, entries: Mapping[str, Entry]) -> _Row:
    return _Row(
        feed=feed,
        name=feed.term or feed.title,
        href=quote(feed.folder),
        newest=entries.get(feed.entry_ids[0]) if feed.entry_ids else None,
    )


def _sections(rows: Iterable[_Row]) -> list[_Section]:
    ordered = sorted(rows, key=lambda row: (_initial(row.name), row.name.casefold(), row.feed.slug))
    found = []
    for kind, name in GROUPS.items():
        members = [row for row in ordered if row.feed.kind == kind]
        if members:
            found.append(_Section(kind, name, len(members), _groups(members)))
    return found


def _groups(rows: Sequence[_Row]) -> tuple[_Group, ...]:
    if len(rows) <= _DIVIDE_ABOVE:
        return (_Group("", tuple(rows)),)
    by_name: dict[str, list[_Row]] = {}
    for row in rows:
        by_name.setdefault(_initial(row.name)[1], []).append(row)
    return tuple(_Group(name, tuple(members)) for name, members in by_name.items())


def _initial(name: str) -> tuple[int, str]:
    """Return what the name is filed under, with its place: A to Z, then digits, other scripts, signs."""
    first = unicodedata.normalize("NFKD", name.casefold())[:1].upper()
    if "A" <= first <= "Z":
        return 0, first
    if first.isdigit():
        return 1, "0–9"
    if first.isalpha():
        script = unicodedata.name(first, "OTHER").split()[0]
        return 2, _SCRIPTS.get(script, script.capitalize())
    return 3, "#"


def _direction(language: str) -> str:
    """Return "rtl" or "ltr" for a BCP 47 tag."""
    primary, *rest = language.lower().split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    right_to_left = scripts[0] in _RIGHT_TO_LEFT_SCRIPTS if scripts else primary in _RIGHT_TO_LEFT
    return "rtl" if right_to_left else "ltr"


def _environment() -> Environment:
    names = ("index.html", "feed.html", "base.html")
    environment = Environment(
        loader=DictLoader({name: (_TEMPLATES / name).read_text(encoding="utf-8") for name in names}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"rfc3339": rfc3339, "direction": _direction}
    environment.globals |= {
        # our own file, with no markup in it; its digest is in the policy, so nothing may be escaped
        "style": Markup(_STYLE),  # noqa: S704
        "policy": _POLICY,
        "format_names": _NAMES,
        "file_names": FILE_NAMES,
        "media_types": MEDIA_TYPES,
    }
    return environment


_ENVIRONMENT = _environment()
