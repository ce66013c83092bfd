"""Texts with placeholders in braces: titles and folders of feeds, addresses and ids of entries.

Checks as in `feedtool.config.checks`. Pure.
"""

from __future__ import annotations

import re

from feedtool.config.checks import SOME_TEXT, BadValueError, nearest, shown, some_text, takes, text
from feedtool.config.permalink_styles import GENERATORS, PLACE, template_error
from feedtool.model import FILE_NAMES, SHEET
from feedtool.urls import absolute

#: placeholders of titles, and of addresses of entries
TITLE_PLACEHOLDERS = ("term", "site")
PERMALINK_PLACEHOLDERS = ("year", "month", "day", "slug", "stem", "category")

#: names of files and folders that the build itself writes next to the folders of feeds
RESERVED_NAMES = frozenset({*FILE_NAMES.values(), "archive", "feeds.json", "feeds.opml", "index.html", SHEET})

#: what Windows forbids in a file name (a site is often built on one system and hosted on another)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_JEKYLL = re.compile(r":(?:year|month|day|title|slug|categor(?:y|ies))")


@takes(
    "uuid, source, jekyll, hugo, or a template",
    {"type": "string", "pattern": r"^\s*(uuid|source|jekyll|hugo|.*\{.+\}.*)\s*$"},
)
def ids(value: object) -> str:
    """Return the name of a kind of id, or a template for ids."""
    chosen, names = some_text(value), ("uuid", "source", *GENERATORS)
    if "{" in chosen:
        if error := template_error(chosen):
            raise BadValueError(shown(chosen), error)
        return chosen
    if chosen not in names:
        guess = nearest(chosen, names)
        ask = f'Did you mean "{guess}"?  ' if guess else ""
        fix = f"{ask}Kinds: {', '.join(names)}, or a template such as tag:example.org,{{year}}:{{slug}}."
        raise BadValueError(f"{shown(chosen)} is not a known kind of id", fix)
    return chosen


@takes("a template", SOME_TEXT)
def title_template(value: object) -> str:
    """Return the template of a feed's title, with {term} and {site}."""
    line = some_text(value)
    _check_placeholders(line, TITLE_PLACEHOLDERS)
    return line


@takes("a template", {"type": "string", "pattern": r"\{slug\}"})
def path_template(value: object) -> str:
    """Return the template of a feed's folder below the output folder: {slug} once, no "/" at its ends."""
    path = some_text(value)
    fix = 'Write a folder below the output folder, such as "topic/{slug}".'
    if path.startswith("/") or "\\" in path or re.match(r"[A-Za-z]:", path):
        raise BadValueError(f"{shown(path)} is not a relative path", fix)
    _check_placeholders(path, ("slug",))
    if path.count("{slug}") != 1:
        raise BadValueError(f"{shown(path)} must contain {{slug}} exactly once", fix)
    path = path.removesuffix("/")
    for name in path.split("/"):
        _check_name(name, path, fix)
    return path


def _check_name(name: str, path: str, fix: str) -> None:
    """Raise unless every system allows the folder name and the build does not use it."""
    if name in {"", ".", ".."}:
        raise BadValueError(f"{shown(path)} contains the folder name {shown(name)}", fix)
    if name.casefold() in RESERVED_NAMES or _DEVICES.fullmatch(name):
        raise BadValueError(f"{shown(path)} contains the name {shown(name)}, which is reserved", fix)
    if name.startswith(".") or name.endswith((".", " ")) or name != name.strip() or _NOT_IN_NAMES.search(name):
        raise BadValueError(f"{shown(path)} contains the name {shown(name)}, which some web hosts cannot serve", fix)


@takes("a template, jekyll or hugo", {"type": "string", "pattern": r"^\s*(jekyll|hugo)?\s*$|\{(slug|stem)\}"})
def permalink(value: object) -> str:
    """Return the template of entries' addresses, absolute or relative to the site; "jekyll"; "hugo"; or ""."""
    template = text(value)
    if template in ("", *GENERATORS):
        return template
    fix = 'Write a template such as "/{year}/{month}/{slug}.html", or "jekyll" or "hugo" for their addresses.'
    if _JEKYLL.search(template):
        raise BadValueError(f"{shown(template)} has placeholders with a colon", f"Write {{year}}, not :year.  {fix}")
    _check_placeholders(template, PERMALINK_PLACEHOLDERS)
    if "{slug}" not in template and "{stem}" not in template:
        raise BadValueError(f"{shown(template)} gives several posts the same address", f"Add {{slug}}.  {fix}")
    if "\\" in template or template.startswith("//") or ".." in re.split("[/?#]", template):
        raise BadValueError(f"{shown(template)} is not a valid address", fix)
    filled = PLACE.sub("1", template)
    server = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(//[^/?#]+)?", template)
    if server and (not server[1] or "{" in server[1] or not absolute(filled)):
        why = "the host is missing or contains a placeholder"
        raise BadValueError(f"{shown(template)} is not an absolute web address: {why}", fix)
    return template


def _check_placeholders(template: str, known: tuple[str, ...]) -> None:
    """Raise if the template has an unknown placeholder, or a brace without a partner."""
    names = ", ".join(f"{{{name}}}" for name in known)
    for name in PLACE.findall(template):
        if name not in known:
            guess = nearest(name, known)
            ask = f"Did you mean {{{guess}}}?  " if guess else ""
            raise BadValueError(
                f"{shown(template)}: {{{name}}} is not a known placeholder", f"{ask}Placeholders: {names}."
            )
    if re.search(r"[{}]", PLACE.sub("", template)):
        raise BadValueError(f"{shown(template)} has a brace without a partner", f"Placeholders: {names}.")
