"""Zola: config.toml or zola.toml with base_url, and `content/`. Pure."""

from __future__ import annotations

import re
from typing import Any

from feedtool.importers import TAXONOMIES, Files, Recognised, address, language, lowered, named, whole
from feedtool.importers.hugo import parsed

_CONFIGS = ("zola.toml", "config.toml")
#: key of feedtool.toml -> key of Zola
_TEXTS = {"site.title": "title", "site.description": "description", "site.author": "author"}


def recognise(files: Files) -> Recognised | None:
    """Return what Zola's files say, or None without evidence for Zola."""
    name = next((name for name in _CONFIGS if re.search(r"^\s*base_url\s*=", files.get(name, ""), re.MULTILINE)), "")
    if not name:
        return None
    site = Recognised("Zola", [(f"{name} with base_url", 4)])
    site.evidence += [("content/_index.md", 1)] if any(each.endswith("/_index.md") for each in files) else []
    config = parsed(name, files[name])
    if config is None:
        site.note(f"{name} is not valid TOML, so that nothing in it was taken over.")
    site.settings = named(config or {}, f"{name}: ")
    site.take_texts(_TEXTS)
    site.take_setting("site.language", "default_language", language, "en")
    home = address(site.text("base_url")) or site.unknown_home(files, "No base_url")
    site.take_setting("feeds.limit", "feed_limit", whole, 0)
    site.take("posts.dirs", ["content"], "all pages with a date, as in Zola's own feed")
    ignored, origin = site.get("ignored_content", [])
    patterns = [each for one in ignored for each in _spelled(one)] if isinstance(ignored, list) else []
    site.take("posts.exclude", patterns, origin)
    _addresses(home, site)
    return site.published(home, _feeds(files, site), "static/feeds")


def _spelled(pattern: object) -> list[object]:
    """Return the patterns that one with braces stands for, as `*.{a,b}` for `*.a` and `*.b`."""
    found = re.fullmatch(r"([^{}]*)\{([^{}]*)\}([^{}]*)", pattern) if isinstance(pattern, str) else None
    return [found[1] + part + found[3] for part in found[2].split(",")] if found else [pattern]


def _feeds(files: Files, site: Recognised) -> str:
    """Take over the addresses of feeds, and return that of all pages, or ""."""
    value = site.get("feed_filenames")[0]
    names = value if isinstance(value, list) and value else [site.text("feed_filename", "atom.xml")]
    own = [name for each in names if re.search(r"feed|atom|rss|\.xml$", name := str(each))]
    site.leave_feeds(*(str(each) for each in names if each not in own), why="they are lists of the site's own form")
    has_all = any(site.get(key, default=False)[0] is True for key in ("generate_feeds", "generate_feed"))
    site.replace_feeds("all", *(own if has_all else ()))
    languages = site.get("languages", {})[0]
    if isinstance(languages, dict) and any(_has_feeds(table) for table in languages.values()):
        site.replace_feeds("language", *(f"{{language}}/{name}" for name in own))
    tables = site.get("taxonomies", [])[0]
    for table in tables if isinstance(tables, list) else ():
        plural = str(lowered(table).get("name"))
        folder = f"{site.text('taxonomy_root')}/{plural}/{{slug}}".lstrip("/")
        if lowered(table).get("feed") is True and plural in TAXONOMIES:
            site.replace_feeds(TAXONOMIES[plural], *(f"{folder}/{name}" for name in own))
        elif lowered(table).get("feed") is True:
            site.leave_feeds(f"{folder}/{own[0]}", why=f"feedtool has no feeds of {plural}")
    sections = [text for name, text in files.items() if re.fullmatch(r"content/.+/_index\.md", name)]
    if any(_has_feeds(_header(text)) for text in sections):
        site.replace_feeds("folder", *(f"{{slug}}/{name}" for name in own))
    return own[0] if has_all and own else ""


def _has_feeds(table: object) -> bool:
    own = lowered(table)
    return own.get("generate_feeds", own.get("generate_feed")) is True


def _header(text: str) -> dict[str, Any]:
    found = re.match(r"\s*\+\+\+\n(.*?)\n\+\+\+", text.replace("\r", ""), re.DOTALL)
    return (parsed("_index.toml", found[1]) or {}) if found else {}


def _addresses(home: str, site: Recognised) -> None:
    site.take("posts.permalink", "zola", "the addresses of Zola's pages")
    site.take("posts.ids", "zola", "the ids of Zola: addresses of pages")
    site.take("posts.ids_url", home, "base_url")
    site.take("posts.ids_root", "content", "the folder of Zola's pages")
    if "default_language" in site.settings:
        site.take_setting("posts.ids_language", "default_language", str)
    generator: dict[str, Any] = {}
    slugify = lowered(site.get("slugify", {})[0])
    generator |= {"slugify": slugify} if slugify else {}
    languages = site.get("languages", {})[0]
    if isinstance(languages, dict) and languages:
        # the default language may be missing there
        generator["languages"] = {str(name): {} for name in languages}
        site.take("feeds.language.enabled", value=True, origin=site.get("languages")[1])
    site.take("posts.generator", generator, "settings of Zola that addresses depend on")
