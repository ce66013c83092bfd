"""Hugo: hugo.toml and its other names, and `content/`. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from typing import Any

import yaml

from feedtool.config.placeholders import permalink_error
from feedtool.importers import POSTS, Files, Recognised, address, below, folder_name, language, largest, lowered, whole

_ENDINGS = ("toml", "yaml", "yml", "json")
_OWN = [f"hugo.{ending}" for ending in _ENDINGS]
_SHARED = [f"config.{ending}" for ending in _ENDINGS]
_FOLDER = "config/_default/"
#: usual names of sections with posts
_SECTIONS = ("posts", "post", "blog", "articles", "news", "notes", "journal")
#: key of feedtool.toml -> keys of Hugo, which may also be those of a language
_TEXTS = {"site.title": "title", "site.language": "locale languagecode", "site.timezone": "timezone"}


def recognise(files: Files) -> Recognised | None:
    """Return what Hugo's files say, or None without evidence for Hugo."""
    evidence = [(name, 4) for name in _OWN if name in files][:1]
    evidence += [(name, 3) for name in files if name.startswith(_FOLDER) and name.rpartition(".")[2] in _ENDINGS][:1]
    shared = [name for name in _SHARED if re.search(r"baseurl", files.get(name, ""), re.IGNORECASE)]
    evidence += [(f"{name} with baseURL", 3) for name in shared[:1]]
    if not evidence:
        return None
    evidence += [
        (folder, 1) for folder in ("content/", "archetypes/") if any(name.startswith(folder) for name in files)
    ]
    site = Recognised("Hugo", evidence)
    _read(files, site)
    home = address(str(site.get("baseurl")[0]))
    _site(site)
    _posts(files, home, site)
    return site.published(home, "index.xml", "static/feeds")


def _read(files: Files, site: Recognised) -> None:
    """Read the settings of all files, by key in lower case; the first file counts."""
    root = next((name for name in (*_OWN, *_SHARED) if name in files), "")
    for name in [root, *sorted(name for name in files if name.startswith(_FOLDER))]:
        table = parsed(name, files.get(name, ""))
        if table is None:
            site.note(f"{name} cannot be read, so that nothing in it was taken over.")
            continue
        part = name.removeprefix(_FOLDER).rpartition(".")[0]
        if name.startswith(_FOLDER) and part not in ("hugo", "config"):
            part, _, tongue = part.partition(".")  # menus.en.toml
            table = {} if tongue else {part: table}
        for key, value in table.items():
            site.settings.setdefault(str(key).lower(), (value, f"{name}: {key}"))


def parsed(name: str, text: str) -> dict[str, Any] | None:
    """Return the table in a file of settings in TOML, YAML or JSON; None if it is not valid."""
    try:
        if name.endswith(".toml"):
            value: Any = tomllib.loads(text)
        elif name.endswith(".json"):
            value = json.loads(text or "{}")
        else:
            value = yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError):
        return None
    return value if isinstance(value, dict) else {}


def _site(site: Recognised) -> None:
    """Take over the facts of the site, first those of the default language."""
    tongue, origin = str(site.get("defaultcontentlanguage", "en")[0]), site.get("defaultcontentlanguage")[1]
    languages, where = site.get("languages", {})
    own = lowered(languages.get(tongue)) if isinstance(languages, dict) else {}
    site.take_texts(_TEXTS, own, f"{where}.{tongue}.")
    site.take_texts(_TEXTS)
    if "defaultcontentlanguage" in site.settings:
        site.take("site.language", language(tongue), origin)
    params, origin = site.get("params", {})
    site.take_texts({"site.author": "author", "site.description": "description"}, lowered(params), f"{origin}.")
    site.take_texts({"site.author": "author"})
    services = lowered(lowered(site.get("services", {})[0]).get("rss"))
    limit = services.get("limit", site.get("rsslimit", -1)[0])
    origin = "services.rss.limit" if services else "the default of Hugo"
    site.take("feeds.limit", whole(limit), origin)


def _posts(files: Files, home: str, site: Recognised) -> None:
    """Take over where posts are, their addresses and their ids."""
    root = folder_name(str(site.get("contentdir", "content")[0])) or "content"
    main = _main_sections(site)
    sections = _sections(main, files, root)
    origin = "params.mainSections" if main else f"the sections of {root}/ with posts"
    site.take("posts.dirs", [f"{root}/{section}" for section in sections] or [root], origin)
    site.take_setting("posts.future", "buildfuture", bool, default=False)
    if not home:
        site.note("Hugo's configuration names no address (baseURL), so that the old feed's ids are not known.")
        return
    site.take("posts.ids", "hugo", "the ids of Hugo's RSS")
    site.take("posts.ids_url", home, site.get("baseurl")[1])
    site.take("posts.permalink", "hugo", "the addresses of Hugo's pages")
    site.take("posts.ids_root", root, "contentDir of Hugo")
    _permalinks(sections, site)
    ugly, origin = site.get("uglyurls", default=False)
    if isinstance(ugly, bool) and ugly:
        site.take("posts.ids_ugly", value=True, origin=origin)
    elif ugly:
        site.note(f"{origin} differs by section; it is not taken over.")
    if "defaultcontentlanguage" in site.settings:
        site.take_setting("posts.ids_language", "defaultcontentlanguage", str)


def _main_sections(site: Recognised) -> list[str]:
    main = lowered(site.get("params", {})[0]).get("mainsections", [])
    names = [main] if isinstance(main, str) else main if isinstance(main, list) else []
    return [str(name).strip("/") for name in names]


def _sections(main: list[str], files: Files, root: str) -> list[str]:
    """Return the folders with posts: the main sections of the settings, or those with a usual name, or the largest."""
    counts = Counter[str]()
    for name in below(files, root):
        section, slash, rest = name.partition("/")
        if slash and name.lower().endswith(POSTS) and not rest.rpartition("/")[2].startswith("_index."):
            counts[section] += 1
    if main:
        return [each for each in main if each in counts] or main
    return [each for each in _SECTIONS if each in counts] or ([largest(counts)] if counts else [])


def _permalinks(sections: list[str], site: Recognised) -> None:
    """Take over the pattern of the sections' addresses."""
    table, origin = site.get("permalinks", {})
    pages = lowered(lowered(table).get("page", table))
    patterns = [pages.get(section.lower(), "") for section in sections]
    if len(set(map(repr, patterns))) > 1:
        site.note(f"{origin}: the sections {', '.join(sections)[:80]} differ; the first one's is taken over.")
    pattern = patterns[0] if patterns else ""
    if not isinstance(pattern, str) or not pattern:
        return
    if error := permalink_error("hugo", pattern):
        site.note(f"{origin}: {pattern[:60]} is not taken over, and ids will differ. {error}")
    else:
        site.take("posts.ids_permalink", pattern, origin)
