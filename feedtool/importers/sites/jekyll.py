"""Jekyll: `_config.yml`, folders called `_posts`, and jekyll-feed. Pure."""

from __future__ import annotations

import re
from typing import Any

import yaml

from feedtool.config.permalink_styles import STYLES, permalink_error
from feedtool.importers.found import Files, Finding, Found, Recognised, address, language

_CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
#: characters of a file of settings; a longer one is none
_LONGEST = 200_000
#: that Jekyll itself knows for posts
_HEADERS = ("category", "categories", "tags", "author", "lang", "published")


def recognise(files: Files) -> Recognised | None:
    """Return what Jekyll's files say, or None where nothing speaks for Jekyll."""
    evidence = [(name, 2) for name in _CONFIGS if name in files][:1]
    evidence += [("_posts/", 3)] if any("_posts/" in f"/{name}" for name in files) else []
    evidence += [("Gemfile with jekyll", 2)] if re.search(r"jekyll|github-pages", files.get("Gemfile", "")) else []
    if not evidence or "hexo" in files.get("package.json", ""):
        return None
    finding = Finding()
    name = next((name for name in _CONFIGS if name in files), "")
    config = _read(name, files.get(name, ""), finding)
    home = address(_text(config.get("url")), _text(config.get("baseurl")))
    _site(name, config, finding)
    root = _posts(name, config, files, finding)
    _ids(name, config, root, home, finding)
    _defaults(name, config, root, finding)
    feed = config.get("feed")
    feed = feed if isinstance(feed, dict) else {}
    _feed(name, feed, files, finding)
    return Recognised(
        tool="Jekyll",
        evidence=tuple(evidence),
        values=finding.values,
        home=home,
        old_feed=home + (_text(feed.get("path")) or "feed.xml").lstrip("/") if home else "",
        notes=tuple(finding.notes),
    )


def _read(name: str, text: str, finding: Finding) -> dict[str, Any]:
    """Return the settings, every plain value as the text that it was written as."""
    if name.endswith(".toml"):
        finding.note(f"{name} is not read: write what it says into feedtool.toml by hand.")
        return {}
    try:
        config = yaml.load(text[:_LONGEST], Loader=yaml.BaseLoader)  # noqa: S506 - texts, lists and tables only
    except (yaml.YAMLError, RecursionError, ValueError):
        finding.note(f"{name} is not valid YAML, so that nothing in it was taken over.")
        return {}
    return config if isinstance(config, dict) else {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _site(name: str, config: dict[str, Any], finding: Finding) -> None:
    for key, places in {
        "site.title": ("title", "name"),
        "site.description": ("description", "tagline"),
        "site.timezone": ("timezone",),
    }.items():
        for place in places:
            finding.take(key, _text(config.get(place)), f"{name}: {place}")
    author = config.get("author")
    person = author.get("name") if isinstance(author, dict) else author
    finding.take("site.author", _text(person), f"{name}: author")
    for place in ("lang", "locale"):
        finding.take("site.language", language(_text(config.get(place))), f"{name}: {place}")
    if "site.timezone" not in finding.values:
        finding.note("Jekyll takes dates without a zone for those of the machine that it runs on; here that is UTC.")
    if not address(_text(config.get("url"))):
        finding.note(f"{name or 'Jekyll'} names no address (url), so that the old feed's ids are not known.")


def _posts(name: str, config: dict[str, Any], files: Files, finding: Finding) -> str:
    """Take over where posts are; return the folder that their paths begin with."""
    parts = [_text(config.get(key)).strip("./").strip("/") for key in ("source", "collections_dir")]
    root = "/".join(part for part in parts if part)
    folders = {f"{path.partition('_posts/')[0]}_posts" for path in files if re.search(r"(^|/)_posts/", path)}
    own = sorted(folder for folder in folders if not root or folder.startswith(f"{root}/"))
    finding.take("posts.dirs", own or [f"{root}/_posts".lstrip("/")], "the folders called _posts")
    for key in ("source", "collections_dir"):
        if _text(config.get(key)).strip("./"):
            finding.take("posts.ids_root", root, f"{name}: {key}")
    separator = config.get("excerpt_separator")
    finding.take(
        "posts.excerpt_separator", separator if isinstance(separator, str) else "", f"{name}: excerpt_separator"
    )
    is_open = _text(config.get("future")).lower() in ("true", "yes", "on")
    finding.take("posts.future", is_open, f"{name}: future" if "future" in config else "as Jekyll does by default")
    return root


def _ids(name: str, config: dict[str, Any], root: str, home: str, finding: Finding) -> None:
    collections = config.get("collections")
    posts = collections.get("posts") if isinstance(collections, dict) else None
    permalink, origin = _text(config.get("permalink")), "permalink"
    if isinstance(posts, dict) and _text(posts.get("permalink")):
        permalink, origin = _text(posts["permalink"]), "collections.posts.permalink"
    for scope, values in _scopes(config):
        if scope in ("", root) and _text(values.get("permalink")):
            permalink, origin = _text(values["permalink"]), "defaults, permalink"
        elif _text(values.get("permalink")):
            finding.note(
                f"{name}: defaults give the posts of {scope} a permalink of their own, which is not taken over."
            )
    if not home:
        return
    finding.take("posts.ids", "jekyll", "as jekyll-feed makes them")
    finding.take("posts.ids_url", home, f"{name}: url and baseurl")
    finding.take("posts.permalink", "jekyll", "where Jekyll puts the pages")
    if permalink and permalink not in STYLES and ":" not in permalink:
        finding.note(f"{name}: {origin} gives all posts one address ({permalink[:60]}); it is not taken over.")
    elif error := permalink_error("jekyll", permalink):
        finding.note(f"{name}: {origin} {permalink[:60]!r} is not taken over. {error}")
    else:
        finding.take("posts.ids_permalink", permalink, f"{name}: {origin}")


def _scopes(config: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the folders that have defaults for posts, with these."""
    found = []
    defaults = config.get("defaults")
    for each in defaults if isinstance(defaults, list) else ():
        scope, values = (each.get("scope"), each.get("values")) if isinstance(each, dict) else (None, None)
        if isinstance(scope, dict) and isinstance(values, dict) and _text(scope.get("type")) in ("", "posts"):
            found.append((_text(scope.get("path")).strip("/"), values))
    return found


def _defaults(name: str, config: dict[str, Any], root: str, finding: Finding) -> None:
    """Take over what headers need not say: defaults, and categories that are the folders above `_posts`."""
    tables = []
    dirs = finding.values["posts.dirs"].value
    for folder in dirs:
        above = folder.removeprefix(f"{root}/" if root else "").removesuffix("_posts").strip("/")
        if above:
            tables.append({"path": folder, "values": {"categories": above.split("/")}})
    for scope, values in _scopes(config):
        known = {key: value for key, value in values.items() if key in _HEADERS and isinstance(value, str | list)}
        if "*" in scope and known:
            finding.note(f"{name}: the defaults of {scope} are not taken over, for they are those of a pattern.")
        elif known:
            tables.append({"path": f"{root}/{scope}".strip("/"), "values": known})
    if tables:
        finding.values["posts.defaults"] = Found(value=tables, origin=f"{name}: defaults, and folders above _posts")


def _feed(name: str, feed: dict[str, Any], files: Files, finding: Finding) -> None:
    limit = _text(feed.get("posts_limit"))
    finding.take(
        "feeds.limit",
        int(limit) if limit.isdecimal() else 10,
        f"{name}: feed.posts_limit" if limit else "jekyll-feed's",
    )
    collections = feed.get("collections")
    others = [str(each) for each in collections if each != "posts"] if isinstance(collections, list | dict) else []
    if others:
        finding.note(f"The feeds of the collections {', '.join(others)[:80]} are not taken over; posts are.")
    own = [each for each in ("feed.xml", "atom.xml", "rss.xml", "index.xml") if each in files]
    if own and "jekyll-feed" not in files.get("Gemfile", "") + files.get(name, ""):
        finding.note(f"The site writes {own[0]} itself; if its ids are not those of jekyll-feed, the check will tell.")
