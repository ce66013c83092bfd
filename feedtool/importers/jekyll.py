"""Jekyll: `_config.yml`, folders called `_posts`, and jekyll-feed; Hexo: the same, and hexo-generator-feed. Pure."""

from __future__ import annotations

import re
from typing import Any

import yaml

from feedtool.config.placeholders import STYLES, permalink_error
from feedtool.importers import (
    POSTS,
    Files,
    Found,
    Recognised,
    address,
    below,
    folder_name,
    language,
    lowered,
    named,
    plain_text,
    whole,
)  # fmt: skip
from feedtool.reader.markdown.kramdown.marks import OPTIONS

_CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
#: header keys that Jekyll itself knows for posts
_HEADERS = ("category", "categories", "tags", "author", "lang", "published", "permalink")
#: key of feedtool.toml -> keys of Jekyll
_TEXTS = {
    "site.title": "title name",
    "site.description": "description tagline",
    "site.timezone": "timezone",
    "site.author": "author",
    "site.language": "lang locale",
}
_DATED = re.compile(r"\d{2,4}-\d{1,2}-\d{1,2}-.")
#: usual names of feeds that a site writes itself
_OWN_FEEDS = ("feed.xml", "atom.xml", "rss.xml", "index.xml")
#: by Jekyll's names of Markdown parsers
_DIALECTS = {"kramdown": "kramdown", "commonmark": "commonmark", "commonmarkghpages": "gfm", "gfm": "gfm"}
#: key of feedtool.toml -> keys of Hexo
_HEXO_TEXTS = {
    "site.title": "title", "site.description": "description subtitle", "site.author": "author",
    "site.language": "language", "site.timezone": "timezone",
}  # fmt: skip
#: our placeholders by Hexo's in addresses; that of a title is the name of the file
_HEXO_PLACES = {"year": "{year}", "month": "{month}", "day": "{day}", "title": "{stem}", "name": "{stem}"}


def recognise(files: Files) -> Recognised | None:
    """Return what Jekyll's files say, or None without evidence for Jekyll."""
    name = next((name for name in _CONFIGS if name in files), "")
    evidence = [(name, 2)] if name else []
    # Other generators' sites have such folders too.
    evidence += [("_posts/", 3 if name else 1)] if any("_posts/" in f"/{path}" for path in files) else []
    evidence += [("Gemfile with jekyll", 2)] if re.search(r"jekyll|github-pages", files.get("Gemfile", "")) else []
    if not evidence or "hexo" in files.get("package.json", ""):
        return None
    site = Recognised("Jekyll", evidence)
    config = _read(name, files.get(name, ""), site)
    site.settings = named(config, f"{name}: ")
    home = address(site.text("url"), site.text("baseurl"))
    site.take_texts(_TEXTS)
    if "site.timezone" not in site.values:
        site.note("Jekyll takes dates without a zone for those of the machine that it runs on; here that is UTC.")
    if not home:
        home = address(site.unknown_home(files, f"No url in {name or 'the settings'}"), site.text("baseurl"))
    root = folder_name(site.text("source"), site.text("collections_dir"))
    root = _posts(root, files, site)
    scopes = _scopes(config.get("defaults"))
    _ids(name, root, home, scopes, site)
    _defaults(name, root, scopes, site)
    _markdown(site)
    feed = _feeds(name, root, files, site)
    if "polyglot" in files.get("Gemfile", "") + str(config.get("plugins")):
        _languages(name, feed, site)
    return site.published(home, feed, f"{root}/feeds".lstrip("/"))


def _languages(name: str, feed: str, site: Recognised) -> None:
    """Take over the languages of jekyll-polyglot: another than the default one has its pages and feeds in a folder."""
    every = site.get("languages", [])[0]
    names = [str(each) for each in every] if isinstance(every, list) else []
    default, origin = site.text("default_lang", "en"), f"{name}: languages"
    site.take("site.language", language(default), f"{name}: default_lang")
    if len(names) < 2:
        return
    site.take("posts.ids_language", default, f"{name}: default_lang")
    is_of_path = {"lang_from_path": True} if site.text("lang_from_path") == "true" else {}
    site.take("posts.generator", {"languages": {each: {} for each in names}, **is_of_path}, origin)
    site.take("feeds.language.enabled", value=True, origin=origin)
    site.replace_feeds("language", *([f"{{language}}/{feed.lstrip('/')}"] if feed else []))


def _read(name: str, text: str, site: Recognised) -> dict[str, Any]:
    """Return the settings, with every plain value as the text in the file."""
    if name.endswith(".toml"):
        site.note(f"{name} is not read: write what it says into feedtool.toml by hand.")
        return {}
    try:
        config = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts, lists and tables only
    except (yaml.YAMLError, RecursionError, ValueError):
        site.note(f"{name} is not valid YAML, so that nothing in it was taken over.")
        return {}
    return config if isinstance(config, dict) else {}


def _posts(root: str, files: Files, site: Recognised) -> str:
    """Take over where posts are, and return the folder that they are below: `root`, if there are any."""
    folders = {f"{path.partition('_posts/')[0]}_posts" for path in files if re.search(r"(^|/)_posts/", path)}
    own = sorted(folder for folder in folders if not root or folder.startswith(f"{root}/"))
    origin = next((site.get(key)[1] for key in ("source", "collections_dir") if folder_name(site.text(key))), "")
    if folders and not own:
        own, root, origin = sorted(folders), min(folders, key=len).rpartition("_posts")[0].strip("/"), "above _posts"
        site.note(f"{site.get('source')[1]} names a folder without _posts, which a program may make of {own[0]}.")
    site.take("posts.dirs", own or [f"{root}/_posts".lstrip("/")], "the folders called _posts")
    if origin:
        site.take("posts.ids_root", root, origin)
    names = [path for path in files if path.startswith(tuple(f"{each}/" for each in own)) and path.endswith(POSTS)]
    undated = [path for path in names if not _DATED.match(path.rpartition("/")[2])]
    if len(undated) * 10 < len(names):  # else a plug-in of the site takes them
        site.take("posts.exclude", undated, "files without a day in their names, which Jekyll leaves out")
    _say_collections(root, files, site)
    site.take_setting(
        "posts.excerpt_separator", "excerpt_separator", lambda text: text if isinstance(text, str) else ""
    )
    site.take_setting("posts.future", "future", lambda text: plain_text(text).lower() in ("true", "yes", "on"))
    return root


def _say_collections(root: str, files: Files, site: Recognised) -> None:
    """Say which collections have pages that jekyll-feed's feed of all posts does not hold."""
    for name, own in lowered(site.get("collections")[0]).items():
        pages = [path for path in below(files, f"{root}/_{name}".lstrip("/")) if path.lower().endswith(POSTS)]
        if name != "posts" and pages and plain_text(lowered(own).get("output")) == "true":
            folder = f"{root}/_{name}".lstrip("/")
            site.note(
                f"The collection {name} is left out (pages: {len(pages)}). To publish it: add {folder} to posts.dirs."
            )


def _scopes(defaults: object) -> list[tuple[str, dict[str, Any]]]:
    """Return the folders that have defaults for posts, with these defaults."""
    found = []
    for each in defaults if isinstance(defaults, list) else ():
        scope, values = (each.get("scope"), each.get("values")) if isinstance(each, dict) else (None, None)
        if isinstance(scope, dict) and isinstance(values, dict) and plain_text(scope.get("type")) in ("", "posts"):
            found.append((plain_text(scope.get("path")).strip("/"), values))
    return found


def _ids(name: str, root: str, home: str, scopes: list[tuple[str, dict[str, Any]]], site: Recognised) -> None:
    """Take over ids and addresses: by the last permalink of the settings, the collection, and its defaults."""
    permalink, origin = site.text("permalink"), "permalink"
    posts = lowered(lowered(site.get("collections")[0]).get("posts"))
    if own := plain_text(posts.get("permalink")):
        permalink, origin = own, "collections.posts.permalink"
    for scope, values in scopes:
        own = plain_text(values.get("permalink"))
        if own and scope in ("", root):
            permalink, origin = own, "defaults, permalink"
    site.take("posts.ids", "jekyll", "the ids of jekyll-feed")
    site.take("posts.ids_url", home, f"{name}: url and baseurl" if name else "the site's address")
    site.take("posts.permalink", "jekyll", "the addresses of Jekyll's pages")
    if permalink and permalink not in STYLES and ":" not in permalink:
        site.note(f"{name}: {origin} gives all posts one address ({permalink[:60]}); it is not taken over.")
    elif error := permalink_error("jekyll", permalink):
        site.note(f"{name}: {origin} {permalink[:60]!r} is not taken over. {error}")
    else:
        site.take("posts.ids_permalink", permalink, f"{name}: {origin}")


def _defaults(name: str, root: str, scopes: list[tuple[str, dict[str, Any]]], site: Recognised) -> None:
    """Take over defaults of headers, and the categories that the folders above `_posts` stand for."""
    tables = []
    for folder in site.values["posts.dirs"].value:
        above = folder.removeprefix(f"{root}/" if root else "").removesuffix("_posts").strip("/")
        if above:
            tables.append({"path": folder, "values": {"categories": above.split("/")}})
    for scope, values in scopes:
        known = {key: value for key, value in values.items() if key in _HEADERS and isinstance(value, str | list)}
        own = plain_text(known.pop("permalink", ""))
        if own and scope not in ("", root):  # else it is in `posts.ids_permalink`
            known["permalink"] = own
        if known:
            tables.append({"path": f"{root}/{scope}".strip("/"), "values": known})
    if tables:
        site.values["posts.defaults"] = Found(tables, f"{name}: defaults, and folders above _posts")


def _markdown(site: Recognised) -> None:
    """Take over how Markdown is read: by kramdown in its variant of GitHub's, unless the settings name another."""
    parser, origin = site.get("markdown", "kramdown")
    if dialect := _DIALECTS.get(str(parser).lower().replace("-", "")):
        site.take("posts.markdown", dialect, origin)
    else:
        site.note(f"{origin}: feedtool does not know {str(parser)[:60]}; posts are read as CommonMark.")
    if dialect == "kramdown":
        own, origin = site.get("kramdown", {})
        settings = {"input": "GFM", **(own if isinstance(own, dict) else {})}
        site.take("posts.markdown_settings", {key: settings[key] for key in settings if key in OPTIONS}, origin)


def _feeds(name: str, root: str, files: Files, site: Recognised) -> str:
    """Take over the settings of jekyll-feed, and its feeds; return the path of that of all posts."""
    feed = lowered(site.get("feed")[0])
    limit = plain_text(feed.get("posts_limit"))
    origin = f"{name}: feed.posts_limit" if limit else "the default of jekyll-feed"
    site.take("feeds.limit", int(limit) if limit.isdecimal() else 10, origin)
    others = feed.get("collections")
    names = others if isinstance(others, list) else ()
    collections: dict[str, Any] = others if isinstance(others, dict) else {str(key): {} for key in names}
    posts = lowered(collections.pop("posts", {}))
    if feed.get("categories") or posts.get("categories"):
        site.replace_feeds("category", "feed/{term}.xml")
    tags = feed.get("tags")
    if tags and str(tags).lower() not in ("false", "no", "off"):
        site.replace_feeds("tag", f"{plain_text(lowered(tags).get('path')).strip('/') or 'feed/by_tag'}/{{term}}.xml")
    paths = [plain_text(lowered(own).get("path")) or f"feed/{key}.xml" for key, own in collections.items()]
    site.leave_feeds(*paths, why="they are of collections other than posts")
    own = [path for each in _OWN_FEEDS if (path := f"{root}/{each}".lstrip("/")) in files]
    has_plugin = "jekyll-feed" in files.get("Gemfile", "") + files.get(name, "")
    if "Gemfile" in files and not (has_plugin or own or site.text("theme") or site.text("remote_theme")):
        feeds = sorted(path for path in files if re.search(r"(^|/)(feed|atom|rss|news|index)\.(xml|rss|atom)$", path))
        site.leave_feeds(*feeds, why="the site writes them itself, without jekyll-feed")
        return ""
    if own and not has_plugin:
        site.replace_feeds("all", *(path.removeprefix(f"{root}/") for path in own))
        site.note(f"The site writes {own[0]} itself. `feedtool check` shows whether it has the ids of jekyll-feed.")
        return own[0].removeprefix(f"{root}/")
    return plain_text(posts.get("path")) or plain_text(feed.get("path")) or "feed.xml"


def recognise_hexo(files: Files) -> Recognised | None:
    """Return what Hexo's files say, or None without evidence for Hexo."""
    name = next((name for name in ("_config.yml", "_config.yaml") if name in files), "")
    if not name or not re.search(r'"hexo"', files.get("package.json", "")):
        return None
    site = Recognised("Hexo", [(f"{name} and package.json with hexo", 5)])
    site.read(name, files[name])
    site.take_texts(_HEXO_TEXTS)
    home = address(site.text("url")) or site.unknown_home(files, "No url")
    source = folder_name(site.text("source_dir", "source"))
    site.take("posts.dirs", [f"{source}/_posts"], "the folder of Hexo's posts")
    site.take("posts.future", site.get("future", default=True)[0] is not False, "the default of Hexo")
    site.take("posts.markdown", "gfm", "Hexo's Markdown")
    _hexo_addresses(home, site)
    return site.published(home, _hexo_feeds(site), f"{source}/feeds")


def _hexo_addresses(home: str, site: Recognised) -> None:
    """Take over addresses, which hexo-generator-feed has as ids."""
    pattern, origin = str(site.get("permalink", ":year/:month/:day/:title/")[0]).lstrip("/"), site.get("permalink")[1]
    places = dict(_HEXO_PLACES)
    if re.search(r":(year|month|day)", site.text("new_post_name")):
        places["title"] = "{slug}"
    template = re.sub(r":(\w+)|\{", lambda token: places.get(token[1] or "", "{"), pattern)
    if "{" in re.sub(r"\{(year|month|day|stem|slug)\}", "", template) or not re.search(r"\{(stem|slug)\}", template):
        site.note(f"{origin}: {pattern[:60]} is not taken over, so ids will differ from those of Hexo's feed.")
        return
    pretty: dict[str, Any] = lowered(site.get("pretty_urls", {})[0])
    if template.endswith("/index.html") and pretty.get("trailing_index") is False:
        template = template.removesuffix("index.html")
    if template.endswith(".html") and pretty.get("trailing_html") is False:
        template = template.removesuffix(".html")
    site.take("posts.ids", f"{{site}}{template}", "the ids of hexo-generator-feed: addresses of pages")
    site.take("posts.ids_url", home, site.get("url")[1])
    site.take("posts.permalink", home + template, origin)


def _hexo_feeds(site: Recognised) -> str:
    """Take over the settings of hexo-generator-feed, and return the address of its first feed."""
    feed, origin = site.get("feed", {})
    own = lowered(feed)
    origin = f"{origin}.limit" if "limit" in own else "the default of hexo-generator-feed"
    site.take("feeds.limit", whole(own.get("limit", 20)), origin)
    kinds = own.get("type", "atom")
    paths = own.get("path") or [f"{kind if kind == 'atom' else 'rss2'}.xml" for kind in _hexo_list(kinds)]
    site.replace_feeds("all", *(str(path) for path in _hexo_list(paths)))
    return site.feeds["all"][0] if site.feeds["all"] else ""


def _hexo_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
