"""Hugo: hugo.toml and its other names, `config/`, and `content/`; Zola: config.toml or zola.toml. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from feedtool.config.placeholders import permalink_error
from feedtool.importers import (
    POSTS,
    TAXONOMIES,
    Files,
    Recognised,
    address,
    below,
    folder_name,
    language,
    lowered,
    parsed,
    whole,
)  # fmt: skip

_ENDINGS = ("toml", "yaml", "yml", "json")
_OWN = [f"hugo.{ending}" for ending in _ENDINGS]
_SHARED = [f"config.{ending}" for ending in _ENDINGS]
#: folders of settings, of which the first counts
_FOLDERS = ("config/production/", "config/_default/")
#: key of feedtool.toml -> keys of Hugo, which may also be those of a language
_TEXTS = {"site.title": "title", "site.language": "locale languagecode", "site.timezone": "timezone"}
#: settings of a language that its addresses depend on
_OF_LANGUAGES = {"contentdir": "contentDir", "baseurl": "baseURL", "locale": "locale", "languagecode": "languageCode"}
#: and of the site
_FLAGS = {
    "defaultcontentlanguageinsubdir": "defaultContentLanguageInSubdir",
    "removepathaccents": "removePathAccents",
    "disablepathtolower": "disablePathToLower",
}
#: in the braces of a pattern
_MOST_NAMES = 10
_ZOLA_CONFIGS = ("zola.toml", "config.toml")
#: key of feedtool.toml -> key of Zola
_ZOLA_TEXTS = {"site.title": "title", "site.description": "description", "site.author": "author"}


def recognise(files: Files) -> Recognised | None:
    """Return what Hugo's files say, or None without evidence for Hugo."""
    evidence = [(name, 4) for name in _OWN if name in files][:1]
    evidence += [(name, 3) for name in files if name.startswith(_FOLDERS) and name.rpartition(".")[2] in _ENDINGS][:1]
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
    home = home or site.unknown_home(files, "No baseURL in Hugo's configuration")
    languages = _languages(site)
    _site(site, languages)
    roots = _posts(files, languages, site)
    _addresses(files, home, roots, languages, site)
    feed = _feeds(files, roots, languages, site)
    markup, origin = site.get("markup", {})
    if str(lowered(markup).get("defaultmarkdownhandler", "goldmark")).lower() == "goldmark":
        site.take("posts.markdown", "goldmark", "Hugo's Markdown")
        site.take("posts.markdown_settings", lowered(markup).get("goldmark"), f"{origin}.goldmark")
    return site.published(home, feed, "static/feeds")


def _feeds(files: Files, roots: list[str], languages: dict[str, dict[str, Any]], site: Recognised) -> str:
    """Take over the addresses of feeds, and return that of all pages, or ""."""
    main = f"{_default(site).lower()}/" if site.get("defaultcontentlanguageinsubdir", default=False)[0] is True else ""
    starts = [main, "{language}/"] if len(languages) > 1 else [main]
    for kind, folders in (("home", {"": "all"}), ("section", _sections(files, roots, site)), ("term", _terms(site))):
        for name in _file_names(kind, site):
            for folder, ours in folders.items():
                if ours == "all" and not folder and len(starts) > 1:
                    site.replace_feeds("language", f"{{language}}/{name}")
                if ours == "folder" or (ours == "all" and folder):
                    foreign = [f"{start}{folder}/{name}" for start in starts[1:]]
                    site.leave_feeds(*foreign, why="sections have one feed for all languages")
                own = starts[:1] if ours in ("all", "folder") else starts
                if ours:
                    site.replace_feeds(ours, *(f"{start}{folder}/{name}".replace("//", "/") for start in own))
    terms = _terms(site)
    none = [f"{folder}/{name}" for name in _file_names("term", site) for folder, ours in terms.items() if not ours]
    site.leave_feeds(*none, why="feedtool has feeds of categories, tags and authors")
    tops = [folder.partition("/{")[0] for folder in terms]
    lists = [f"{top}/{name}" for name in _file_names("taxonomy", site) for top in tops]
    site.leave_feeds(*lists, why="they list terms and no posts")
    return site.feeds["all"][0] if site.feeds.get("all") and _file_names("home", site) else ""


def _file_names(kind: str, site: Recognised) -> list[str]:
    """Return the names of the feeds' files for a kind of page: RSS, and other formats that are feeds by their names."""
    off = site.get("disablekinds", [])[0]
    off = {str(each).lower() for each in off} if isinstance(off, list) else set()
    wanted = lowered(site.get("outputs", {})[0]).get(kind, ["rss"])
    if kind in off or (kind in ("term", "taxonomy") and f"{kind}term" in off) or not isinstance(wanted, list):
        return []
    formats = {name: lowered(own) for name, own in lowered(site.get("outputformats", {})[0]).items()}
    media = lowered(site.get("mediatypes", {})[0])
    names = []
    for each in dict.fromkeys(str(one).lower() for one in wanted):
        own = formats.get(each, {})
        if (each == "rss" and "rss" not in off) or re.search("feed|atom", each):
            media_type = str(own.get("mediatype") or ("application/json" if "json" in each else "application/rss+xml"))
            suffixes = lowered(media.get(media_type.lower())).get("suffixes")
            own_ending = str(suffixes[0]) if isinstance(suffixes, list) and suffixes else ""
            ending = own_ending or ("json" if "json" in media_type else "xml")
            base = str(own.get("basename") or "index")
            names.append(folder_name(str(own.get("path") or ""), f"{base}.{ending}"))
    return names


def _terms(site: Recognised) -> dict[str, str]:
    """Return the folders of the terms of each taxonomy, with our kind of feed, or ""."""
    table = site.get("taxonomies")[0]
    table = table if isinstance(table, dict) else {"tag": "tags", "category": "categories"}
    patterns = lowered(site.get("permalinks", {})[0])
    patterns |= lowered(patterns.get("term"))
    found: dict[str, str] = {}
    for plural in map(str, table.values()):
        pattern = patterns.get(plural.lower())
        folder = f"{plural.lower()}/{{slug}}"
        if isinstance(pattern, str) and pattern:
            folder = re.sub(r":(slug|title|slugorfilename|contentbasename)\b", "{slug}", pattern.strip("/"))
        found[folder] = TAXONOMIES.get(plural.lower(), "") if ":" not in folder else ""
    return found


def _sections(files: Files, roots: list[str], site: Recognised) -> dict[str, str]:
    """Return the folders of the sections' feeds, with our kind of feed: all where the posts are one section."""
    dirs = [str(each) for each in site.values["posts.dirs"].value]
    own = {each.removeprefix(f"{root}/") for each in dirs for root in roots if each.startswith(f"{root}/")}
    if len(own) == 1:
        return dict.fromkeys(own, "all")
    if own:
        names = [f"{each}/{name}" for each in sorted(own) for name in _file_names("section", site)]
        site.leave_feeds(*names, why="feedtool has one feed of the main sections")
        return {}
    names = [name for root in roots for name in below(files, root) if name.lower().endswith(POSTS) and "/" in name]
    tops = {name.partition("/")[0] for name in names}
    return {"{slug}": "folder"} if len(tops) > 1 else dict.fromkeys(tops, "all")


def _read(files: Files, site: Recognised) -> None:
    """Read the settings of all files, by key in lower case; the first file counts, tables are merged."""
    root = next((name for name in (*_OWN, *_SHARED) if name in files), "")
    production, default = ([name for name in sorted(files) if name.startswith(folder)] for folder in _FOLDERS)
    for name in filter(None, [*production, root, *default]):
        table = parsed(name, files[name])
        if table is None:
            site.note(f"{name} cannot be read, so that nothing in it was taken over.")
            continue
        for key, value in _as_root(name, table).items():
            known, origin = site.settings.get(str(key).lower(), (None, f"{name}: {key}"))
            site.settings[str(key).lower()] = (_merged(known, value), origin)


def _as_root(name: str, table: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a file such as `params.toml` or `languages.de.toml` as one file would have them."""
    folder = next((folder for folder in _FOLDERS if name.startswith(folder)), "")
    part = name.removeprefix(folder).rpartition(".")[0]
    if not folder or part in ("hugo", "config"):
        return table
    part, _, tongue = part.partition(".")
    return {part: {tongue: table} if tongue and part == "languages" else {} if tongue else table}


def _merged(known: Any, value: Any) -> Any:  # noqa: ANN401 - settings of any type
    """Return a value of settings with that of a file that counts less."""
    if known is None or not isinstance(known, dict) or not isinstance(value, dict):
        return value if known is None else known
    names = {str(key).lower(): key for key in known}
    more = {key: each for key, each in value.items() if str(key).lower() not in names}
    both = {names[str(key).lower()]: each for key, each in value.items() if str(key).lower() in names}
    return known | more | {key: _merged(known[key], each) for key, each in both.items()}


def _default(site: Recognised) -> str:
    """Return the name of the default language."""
    return str(site.get("defaultcontentlanguage", "en")[0])


def _languages(site: Recognised) -> dict[str, dict[str, Any]]:
    """Return the settings of each language that is not disabled, by its name, the default one first."""
    table, disabled = site.get("languages", {})[0], site.get("disablelanguages", [])[0]
    found = {str(name): lowered(own) for name, own in table.items()} if isinstance(table, dict) else {}
    off = {str(name).lower() for name in disabled} if isinstance(disabled, list) else set()
    found = {name: own for name, own in found.items() if name.lower() not in off and own.get("disabled") is not True}
    return dict(sorted(found.items(), key=lambda each: each[0].lower() != _default(site).lower()))


def _site(site: Recognised, languages: dict[str, dict[str, Any]]) -> None:
    """Take over the facts of the site, first those of the default language."""
    tongue, origin = _default(site), site.get("defaultcontentlanguage", "en")[1]
    where = f"{site.get('languages')[1]}.{tongue}."
    own = languages.get(tongue, {})
    site.take_texts(_TEXTS, own, where)
    if own and not language(site.text("locale") or site.text("languagecode")).lower().startswith(tongue.lower()):
        site.take("site.language", language(tongue), where.rstrip("."))  # as the posts of this language have it
    site.take_texts({"site.description": "description"}, lowered(own.get("params")), f"{where}params.")
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


def _posts(files: Files, languages: dict[str, dict[str, Any]], site: Recognised) -> list[str]:
    """Take over where posts are, and return the folders of content, that of the default language first."""
    root = folder_name(str(site.get("contentdir", "content")[0])) or "content"
    roots = list(dict.fromkeys(folder_name(str(own.get("contentdir") or root)) for own in languages.values())) or [root]
    roots = [each for each in roots if not any(each.startswith(f"{other}/") for other in roots)]
    own = site.get("mainsections", [])[0] or lowered(site.get("params", {})[0]).get("mainsections", [])
    own, origin = [own] if isinstance(own, str) else own if isinstance(own, list) else [], "params.mainSections"
    dirs = [f"{each}/{str(section).strip('/')}" for each in roots for section in own]
    dirs = [each for each in dirs if below(files, each)]
    if not dirs:
        dirs, origin = roots, "all pages, as in Hugo's own feed"
        _say_sections(files, roots, site)
    site.take("posts.dirs", dirs, origin)
    site.take_setting("posts.future", "buildfuture", bool, default=False)
    return roots


def _say_sections(files: Files, roots: list[str], site: Recognised) -> None:
    """Say which sections are taken, where there are several."""
    counts = Counter[str]()
    for root in roots:
        for name in below(files, root):
            section, slash, rest = name.partition("/")
            if name.lower().endswith(POSTS) and not (rest or section).rpartition("/")[2].startswith("_index."):
                counts[f"{root}/{section}" if slash else root] += 1
    if len(counts) > 1:
        shown = ", ".join(f"{folder} ({count})" for folder, count in counts.most_common(6))
        site.note(
            f"Hugo's feed has all pages with a date: {shown}. Name folders that you do not want in posts.exclude."
        )


def _addresses(
    files: Files, home: str, roots: list[str], languages: dict[str, dict[str, Any]], site: Recognised
) -> None:
    """Take over addresses and ids."""
    site.take("posts.ids", "hugo", "the ids of Hugo's RSS")
    site.take("posts.ids_url", home, site.get("baseurl")[1])
    site.take("posts.permalink", "hugo", "the addresses of Hugo's pages")
    site.take("posts.ids_root", roots[0], "contentDir of Hugo")
    generator: dict[str, Any] = {}
    if patterns := _permalinks(site.get("permalinks", {})[0], site):
        generator["permalinks"] = patterns
    if ":sections" in str(patterns):
        generator["sections"] = _nested(files, roots)
    if len(languages) > 1 or any(own.get("contentdir") for own in languages.values()):
        generator["languages"] = {name: _of_language(own, site) for name, own in languages.items()}
    if len(languages) > 1:
        site.take("feeds.language.enabled", value=True, origin=site.get("languages")[1])
    generator |= {name: True for key, name in _FLAGS.items() if site.get(key, default=False)[0] is True}
    ugly, origin = site.get("uglyurls", default=False)
    if isinstance(ugly, dict):
        generator["uglyURLs"] = ugly
    elif ugly is True:
        site.take("posts.ids_ugly", value=True, origin=origin)
    dates = lowered(site.get("frontmatter", {})[0]).get("date")
    if isinstance(dates, list) and ":filename" in dates:
        generator["frontmatter"] = {"date": dates}
    site.take("posts.generator", generator, "settings of Hugo that addresses depend on")
    if "defaultcontentlanguage" in site.settings:
        site.take_setting("posts.ids_language", "defaultcontentlanguage", str)


def _of_language(own: dict[str, Any], site: Recognised) -> dict[str, Any]:
    found = {name: own[key] for key, name in _OF_LANGUAGES.items() if isinstance(own.get(key), str) and own[key]}
    if "contentDir" in found:
        found["contentDir"] = folder_name(found["contentDir"])
    patterns = _permalinks(own.get("permalinks", {}), site)
    return found | ({"permalinks": patterns} if patterns else {})


def _permalinks(table: object, site: Recognised) -> dict[str, str]:
    """Return the pattern of each section's addresses."""
    tables = lowered(table)
    pages = {**tables, **lowered(tables.get("page"))}
    found: dict[str, str] = {}
    for section, pattern in pages.items():
        if not isinstance(pattern, str) or not pattern:
            continue
        if error := permalink_error("hugo", pattern):
            site.note(f"permalinks.{section}: {pattern[:60]} is not taken over, and ids will differ. {error}")
        else:
            found[section] = pattern
    return found


def _nested(files: Files, roots: list[str]) -> list[str]:
    """Return the sections within sections: folders with an `_index` page."""
    names = (name for root in roots for name in below(files, root))
    found = {name.rpartition("/")[0].lower() for name in names if re.search(r"(^|/)_index\.\w+(\.\w+)?$", name)}
    return sorted(folder for folder in found if "/" in folder)


def recognise_zola(files: Files) -> Recognised | None:
    """Return what Zola's files say, or None without evidence for Zola."""
    name = next(
        (name for name in _ZOLA_CONFIGS if re.search(r"^\s*base_url\s*=", files.get(name, ""), re.MULTILINE)), ""
    )
    if not name:
        return None
    site = Recognised("Zola", [(f"{name} with base_url", 4)])
    site.evidence += [("content/_index.md", 1)] if any(each.endswith("/_index.md") for each in files) else []
    site.read(name, files[name])
    site.take_texts(_ZOLA_TEXTS)
    site.take_setting("site.language", "default_language", language, "en")
    home = address(site.text("base_url")) or site.unknown_home(files, "No base_url")
    site.take_setting("feeds.limit", "feed_limit", whole, 0)
    site.take("posts.dirs", ["content"], "all pages with a date, as in Zola's own feed")
    ignored, origin = site.get("ignored_content", [])
    patterns = [each for one in ignored for each in _spelled(str(one))] if isinstance(ignored, list) else []
    if odd := [each for each in patterns if re.search(r"[?\[{]", each)]:
        site.note(f"{origin}: {', '.join(odd[:3])} is not taken over, since posts.exclude knows only `*`.")
    site.take("posts.exclude", [each for each in patterns if each not in odd], origin)
    _zola_addresses(home, site)
    return site.published(home, _zola_feeds(files, site), "static/feeds")


def _spelled(pattern: str) -> list[str]:
    """Return the patterns that one with braces stands for, as `*.{a,b}` for `*.a` and `*.b`."""
    found = re.fullmatch(r"([^{}]*)\{([^{}]*)\}(.*)", pattern, re.DOTALL) if pattern.count(",") < _MOST_NAMES else None
    return [found[1] + part + end for end in _spelled(found[3]) for part in found[2].split(",")] if found else [pattern]


def _zola_feeds(files: Files, site: Recognised) -> str:
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
    headers = (re.match(r"\s*\+\+\+\n(.*?)\n\+\+\+", text.replace("\r", ""), re.DOTALL) for text in sections)
    if any(found and _has_feeds(parsed("_index.toml", found[1])) for found in headers):
        site.replace_feeds("folder", *(f"{{slug}}/{name}" for name in own))
    return own[0] if has_all and own else ""


def _has_feeds(table: object) -> bool:
    own = lowered(table)
    return own.get("generate_feeds", own.get("generate_feed")) is True


def _zola_addresses(home: str, site: Recognised) -> None:
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
