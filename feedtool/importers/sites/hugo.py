"""Hugo: hugo.toml and its other names, and `content/`. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import yaml

from feedtool.config.permalink_styles import permalink_error
from feedtool.importers.found import Files, Finding, Recognised, address, below, language

_ENDINGS = ("toml", "yaml", "yml", "json")
_OWN = [f"hugo.{ending}" for ending in _ENDINGS]
_SHARED = [f"config.{ending}" for ending in _ENDINGS]
_FOLDER = "config/_default/"
_POSTS = (".md", ".markdown", ".html")


def recognise(files: Files) -> Recognised | None:
    """Return what Hugo's files say, or None where nothing speaks for Hugo."""
    evidence = [(name, 4) for name in _OWN if name in files][:1]
    evidence += [(name, 3) for name in files if name.startswith(_FOLDER) and name.rpartition(".")[2] in _ENDINGS][:1]
    names = [*_OWN, *_SHARED]
    shared = next((name for name in _SHARED if name in files and re.search(r"baseurl", files[name], re.IGNORECASE)), "")
    evidence += [(f"{shared} with baseURL", 3)] if shared else []
    if not evidence:
        return None
    evidence += [("content/", 1)] if any(name.startswith("content/") for name in files) else []
    evidence += [("archetypes/", 1)] if any(name.startswith("archetypes/") for name in files) else []
    finding = Finding()
    config = _merged(files, names, finding)
    home = address(str(config.get("baseurl", ("",))[0]))
    _site(config, finding)
    _posts(config, files, home, finding)
    return Recognised(
        tool="Hugo",
        evidence=tuple(evidence),
        values=finding.values,
        home=home,
        old_feed=f"{home}index.xml" if home else "",
        notes=tuple(finding.notes),
    )


def _merged(files: Files, names: list[str], finding: Finding) -> dict[str, tuple[Any, str]]:
    """Return the settings of all files by key in lower case, each with its place; the first file counts."""
    found: dict[str, tuple[Any, str]] = {}
    root = next((name for name in names if name in files), "")
    for name in [root, *sorted(name for name in files if name.startswith(_FOLDER))]:
        table = parsed(name, files.get(name, ""))
        if table is None:
            finding.note(f"{name} cannot be read, so that nothing in it was taken over.")
            continue
        part = name.removeprefix(_FOLDER).rpartition(".")[0]
        if name.startswith(_FOLDER) and part not in ("hugo", "config"):
            part, _, tongue = part.partition(".")  # menus.en.toml
            table = {} if tongue else {part: table}
        for key, value in table.items():
            found.setdefault(str(key).lower(), (value, f"{name}: {key}"))
    return found


def parsed(name: str, text: str) -> dict[str, Any] | None:
    """Return what a file of settings in TOML, YAML or JSON says; None where it cannot be read."""
    try:
        if name.endswith(".toml"):
            value: Any = tomllib.loads(text)
        elif name.endswith(".json"):
            value = json.loads(text or "{}")
        else:
            value = yaml.safe_load(text[:200_000])
    except (ValueError, RecursionError, yaml.YAMLError):
        return None
    return value if isinstance(value, dict) else {}


def _lower(table: object) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in table.items()} if isinstance(table, dict) else {}


def _site(config: dict[str, tuple[Any, str]], finding: Finding) -> None:
    tongue = str(config.get("defaultcontentlanguage", ("en",))[0])
    languages, where = config.get("languages", ({}, ""))
    own = _lower(languages.get(tongue)) if isinstance(languages, dict) else {}
    for key, places in {
        "site.title": ("title",),
        "site.language": ("locale", "languagecode"),
        "site.timezone": ("timezone",),
    }.items():
        for place in places:
            value, origin = (own[place], f"{where}.{tongue}.{place}") if place in own else config.get(place, ("", ""))
            text = value if isinstance(value, str) else ""
            finding.take(key, language(text) if key == "site.language" else text, origin)
    if "defaultcontentlanguage" in config:
        finding.take("site.language", language(tongue), config["defaultcontentlanguage"][1])
    params, origin = config.get("params", ({}, ""))
    known = _lower(params)
    for holder, place in (
        (known, origin),
        ({"author": config.get("author", ("",))[0]}, config.get("author", ("", ""))[1]),
    ):
        person = holder.get("author")
        name = _lower(person).get("name") if isinstance(person, dict) else person
        finding.take("site.author", name if isinstance(name, str) else "", place)
    finding.take(
        "site.description", known.get("description") if isinstance(known.get("description"), str) else "", origin
    )
    services = _lower(_lower(config.get("services", ({}, ""))[0]).get("rss"))
    limit = services.get("limit", config.get("rsslimit", (-1,))[0])
    finding.take(
        "feeds.limit", max(0, limit) if isinstance(limit, int) else 0, "services.rss.limit" if services else "Hugo's"
    )


def _posts(config: dict[str, tuple[Any, str]], files: Files, home: str, finding: Finding) -> None:
    root = str(config.get("contentdir", ("content",))[0]).strip("./").strip("/") or "content"
    sections = _sections(config, files, root)
    dirs = [f"{root}/{section}" for section in sections] or [root]
    origin = "params.mainSections" if _main(config) else f"the sections of {root}/ that hold posts"
    finding.take("posts.dirs", dirs, origin)
    ahead = config.get("buildfuture", (False, ""))
    finding.take("posts.future", bool(ahead[0]), ahead[1] or "as Hugo does by default")
    if not home:
        finding.note("Hugo's configuration names no address (baseURL), so that the old feed's ids are not known.")
        return
    finding.take("posts.ids", "hugo", "as Hugo's RSS makes them")
    finding.take("posts.ids_url", home, config["baseurl"][1])
    finding.take("posts.permalink", "hugo", "where Hugo puts the pages")
    finding.take("posts.ids_root", root, "Hugo's contentDir")
    _pattern(config, sections, finding)
    ugly, origin = config.get("uglyurls", (False, ""))
    if isinstance(ugly, bool) and ugly:
        finding.take("posts.ids_ugly", value=True, origin=origin)
    elif ugly:
        finding.note(f"{origin} differs by section; it is not taken over.")
    if "defaultcontentlanguage" in config:
        finding.take(
            "posts.ids_language", str(config["defaultcontentlanguage"][0]), config["defaultcontentlanguage"][1]
        )


def _main(config: dict[str, tuple[Any, str]]) -> list[str]:
    main = _lower(config.get("params", ({}, ""))[0]).get("mainsections", [])
    return [
        str(each).strip("/") for each in ([main] if isinstance(main, str) else main if isinstance(main, list) else [])
    ]


def _sections(config: dict[str, tuple[Any, str]], files: Files, root: str) -> list[str]:
    """Return the folders that hold posts: those that Hugo is told of, or that are called so, or that hold most."""
    counts: dict[str, int] = {}
    for name in below(files, root):
        section, slash, rest = name.partition("/")
        if slash and name.lower().endswith(_POSTS) and not rest.rpartition("/")[2].startswith("_index."):
            counts[section] = counts.get(section, 0) + 1
    if main := _main(config):
        return [each for each in main if each in counts] or main
    usual: list[str] = [
        each for each in ("posts", "post", "blog", "articles", "news", "notes", "journal") if each in counts
    ]
    return usual or ([max(counts, key=lambda each: (counts[each], each))] if counts else [])


def _pattern(config: dict[str, tuple[Any, str]], sections: list[str], finding: Finding) -> None:
    table, origin = config.get("permalinks", ({}, ""))
    pages = _lower(table).get("page", table)
    patterns = {section: _lower(pages).get(section.lower(), "") for section in sections}
    chosen = set(patterns.values())
    if len(chosen) > 1:
        finding.note(f"{origin}: the sections {', '.join(patterns)[:80]} differ; the first one's is taken over.")
    pattern = next(iter(patterns.values()), "")
    if not isinstance(pattern, str) or not pattern:
        return
    if error := permalink_error("hugo", pattern):
        finding.note(f"{origin}: {pattern[:60]} is not taken over, and ids will differ. {error}")
    else:
        finding.take("posts.ids_permalink", pattern, origin)
