"""Texts with placeholders: titles and folders of feeds, addresses and ids of entries, as feedtool, Jekyll or Hugo.

Also patterns of paths, as `[[posts.defaults]]` and `posts.exclude` have them: "*" stands for any text. Checks as in
`feedtool.config.checks`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from feedtool.config.checks import SOME_TEXT, BadValueError, did_you_mean, nearest, shown, some_text, takes, text, texts
from feedtool.syntax import later
from feedtool.urls import absolute

#: generators whose addresses of pages feedtool can compute
GENERATORS = ("jekyll", "hugo", "eleventy", "pelican", "zola")
#: placeholders of ids, and those of them that differ from post to post
_OF_IDS = ("site", "year", "month", "day", "slug", "category", "source", "stem", "ms")
_DISTINCT = ("slug", "source", "stem", "ms")
#: RFC 3986 section 4.3
URI = later(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
#: a placeholder
PLACE = later(r"\{([^{}]*)\}")

#: Jekyll's own permalinks
STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
JEKYLL_TOKEN = later(r":([a-z_]+)")
JEKYLL_TOKENS = (
    "categories", "slugified_categories", "title", "slug", "name", "path", "collection", "output_ext", "year", "month",
    "day", "hour", "minute", "second", "i_day", "i_month", "short_month", "long_month", "short_year", "w_year", "week",
    "w_day", "short_day", "long_day", "y_day",
)  # fmt: skip
HUGO_TOKEN = later(r":(\w+(?:\[[\w:]{1,20}\])?)", re.ASCII)
_HUGO_TOKENS = (
    "section", "sections", "title", "slug", "slugorfilename", "filename", "contentbasename", "slugorcontentbasename",
    "year", "month", "monthname", "day", "weekday", "weekdayname", "yearday",
)  # fmt: skip

#: names of folders, and of files, that the build itself writes next to the folders of feeds; and compressed copies
_OWN_FOLDERS = frozenset({"archive", "ledger"})
_OWN_FILES = later(
    r"(?:atom|rss|archive|index|entries|feeds|feed|blogroll)\.(?:xml|json|opml|html|css|svg)|.*\.(?:gz|br)"
    r"|_headers|_redirects|vercel\.json|feedtool\.nginx\.conf"
)

#: what Windows forbids in a file name (a site is often built on one system and hosted on another)
_NOT_IN_NAMES = later(r'[<>:"|?*]')
_DEVICES = later(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_JEKYLL = later(r":(?:year|month|day|title|slug|categor(?:y|ies))")


@takes(
    "uuid, source, a generator, or a template",
    {"type": "string", "pattern": rf"^\s*(uuid|source|{'|'.join(GENERATORS)}|.*\{{.+\}}.*)\s*$"},
)
def ids(value: object) -> str:
    """Return the name of a kind of id, or a template for ids."""
    chosen, names = some_text(value), ("uuid", "source", *GENERATORS)
    if "{" not in chosen and chosen not in names:
        fix = f"Kinds: {', '.join(names)}, or a template such as tag:example.org,{{year}}:{{slug}}."
        raise BadValueError(f"{shown(chosen)} is not a known kind of id", did_you_mean(chosen, names) + fix)
    if "{" in chosen:
        _check_placeholders(chosen, _OF_IDS)
        if not any(f"{{{name}}}" in chosen for name in _DISTINCT):
            fix = f"Add one of {_in_braces(_DISTINCT)}."
            raise BadValueError(f"{shown(chosen)} gives several posts the same id", fix)
        values = dict.fromkeys(_OF_IDS, "1") | {"site": "https://example.org/", "source": "https://example.org/1"}
        if not URI.fullmatch(PLACE.sub(lambda place: values[place[1]], chosen)):
            fix = "Write e.g. tag:example.org,{year}:{slug} or {site}{year}/{slug}."
            raise BadValueError(f"{shown(chosen)} does not give absolute URIs", fix)
    return chosen


@takes("a template", SOME_TEXT)
def title_template(value: object) -> str:
    """Return the template of a feed's title, with {term} and {site}."""
    line = some_text(value)
    _check_placeholders(line, ("term", "site"))
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


@takes("a template", {"type": "string", "pattern": r"\{slug\}"})
def page_template(value: object) -> str:
    """Return the template of the folder of an entry's page: {slug} once, no "/" at its ends."""
    dated = some_text(value)
    _check_placeholders(dated, ("year", "month", "day", "category", "slug"))
    path_template(re.sub(r"\{(?!slug\})\w+\}", "1", dated))
    return dated.removesuffix("/")


def _check_name(name: str, path: str, fix: str) -> None:
    """Raise unless every system allows the folder name and the build does not use it."""
    if name in {"", ".", ".."}:
        raise BadValueError(f"{shown(path)} contains the folder name {shown(name)}", fix)
    if name.casefold() in _OWN_FOLDERS or is_own_file(name) or _DEVICES.fullmatch(name):
        raise BadValueError(f"{shown(path)} contains the name {shown(name)}, which is reserved", fix)
    if name.startswith(".") or name.endswith((".", " ")) or name != name.strip() or _NOT_IN_NAMES.search(name):
        raise BadValueError(f"{shown(path)} contains the name {shown(name)}, which some web hosts cannot serve", fix)


def is_own_file(name: str) -> bool:
    """Return whether the build writes files of that name, or may."""
    return _OWN_FILES.fullmatch(name.casefold()) is not None


@takes("a folder name", {"type": "string", "pattern": r"^[^/\\]*$"})
def folder_name(value: object) -> str:
    """Return the name of a folder, or ""."""
    name, fix = text(value), 'Write one name, such as "harbour".'
    if name and (not name.strip(". ") or re.search(r"[/\\:]", name) or not name.isprintable() or len(name) > 80):
        raise BadValueError(f"{shown(name)} is not the name of a folder", fix)
    if name:
        _check_name(name, name, fix)
    return name


@takes(
    "a template or a generator", {"type": "string", "pattern": rf"^\s*({'|'.join(GENERATORS)})?\s*$|\{{(slug|stem)\}}"}
)
def permalink(value: object) -> str:
    """Return the template of entries' addresses, absolute or relative to the site; a generator's name; or ""."""
    template = text(value)
    if template in ("", *GENERATORS):
        return template
    fix = 'Write a template such as "/{year}/{month}/{slug}.html", or the name of a generator, such as "hugo".'
    if _JEKYLL.search(template):
        raise BadValueError(f"{shown(template)} has placeholders with a colon", f"Write {{year}}, not :year.  {fix}")
    _check_placeholders(template, ("year", "month", "day", "slug", "stem", "category"))
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


@takes("a list of paths", {"type": "array", "items": {"type": "string", "pattern": "^/"}})
def old_addresses(value: object) -> tuple[str, ...]:
    """Return the addresses of old feeds: paths on the host from "/" on, with {slug}, {term} and {language}."""
    paths = texts(value)
    for path in paths:
        _check_placeholders(path, ("slug", "term", "language"))
        if not path.startswith("/") or path.startswith("//") or re.search(r"[?#\\]", path):
            raise BadValueError(f"{shown(path)} is not a path on the host", 'Write e.g. "/feed.xml".')
    return paths


def _check_placeholders(template: str, known: tuple[str, ...]) -> None:
    """Raise if the template has an unknown placeholder, or a brace without a partner."""
    fix = f"Placeholders: {_in_braces(known)}."
    for name in PLACE.findall(template):
        if name not in known:
            guess = nearest(name, known)
            ask = f"Did you mean {{{guess}}}?  " if guess else ""
            raise BadValueError(f"{shown(template)}: {{{name}}} is not a known placeholder", ask + fix)
    if re.search(r"[{}]", PLACE.sub("", template)):
        raise BadValueError(f"{shown(template)} has a brace without a partner", fix)


def _in_braces(names: tuple[str, ...]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def permalink_error(generator: str, permalink: str) -> str | None:
    """Return the mistake in Jekyll's or Hugo's template of addresses, in one line, or None."""
    is_jekyll = generator == "jekyll"
    known, pattern = (JEKYLL_TOKENS, JEKYLL_TOKEN) if is_jekyll else (_HUGO_TOKENS, HUGO_TOKEN)
    for token in pattern.findall(permalink):
        if token.partition("[")[0] not in known and not (is_jekyll and token.removesuffix("_") in known):
            return f":{token} is not a known token. Tokens: {', '.join(f':{one}' for one in known)}."
    if generator not in ("jekyll", "hugo"):
        return "It is used with jekyll and hugo." if permalink else None
    if not permalink or ":" in permalink or (is_jekyll and permalink in STYLES):
        return None
    return "It is not a template." + (f" Styles of Jekyll: {', '.join(STYLES)}." if is_jekyll else "")


@lru_cache(1000)
def path_pattern(pattern: str) -> re.Pattern[str]:
    """Return what matches whole the paths that a pattern is for, and all paths below them; "" is for every path."""
    first, *rest = map(re.escape, re.split(r"\*+", pattern.removeprefix("./").strip("/")))
    # words between two stars are looked for once, where they first stand: many stars cost no more than one
    joined = first + "".join(f"(?>.*?{each})" for each in rest[:-1]) + "".join(f".*{each}" for each in rest[-1:])
    return later(f"{joined}(?:/.*)?" if joined else ".*", re.DOTALL)


def excluding(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """Return what matches whole the paths that are left out; None without patterns.

    A pattern without "/" is for files and folders of that name, wherever they are.
    """
    parts = [
        path_pattern(each).pattern if "/" in each else f"(?:.*/)?{path_pattern(each).pattern}" for each in patterns
    ]
    return later("|".join(parts), re.DOTALL) if parts else None
