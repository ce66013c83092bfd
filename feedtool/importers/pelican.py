"""Pelican: pelicanconf.py and publishconf.py, of which only constants are read, and nothing is run. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from feedtool.importers import Files, Recognised, address, below, folder_name, language, whole

_CONFIGS = {"pelicanconf.py": 4, "publishconf.py": 2}
#: key of feedtool.toml -> setting of Pelican
_TEXTS = {"site.title": "SITENAME", "site.description": "SITESUBTITLE", "site.author": "AUTHOR"}
#: settings that addresses and the metadata of paths depend on
_GENERATOR = (
    "ARTICLE_URL", "ARTICLE_LANG_URL", "SLUGIFY_SOURCE", "SLUGIFY_PRESERVE_CASE", "SLUGIFY_USE_UNICODE",
    "SLUG_REGEX_SUBSTITUTIONS", "CATEGORY_REGEX_SUBSTITUTIONS", "AUTHOR_REGEX_SUBSTITUTIONS", "TAG_REGEX_SUBSTITUTIONS",
    "FILENAME_METADATA",
    "PATH_METADATA", "USE_FOLDER_AS_CATEGORY", "DEFAULT_CATEGORY",
)  # fmt: skip
#: settings of lists of expressions and their substitutes
_REGULAR = "_REGEX_SUBSTITUTIONS"
#: other settings that are read
_OTHERS = {
    "SITEURL", "DEFAULT_LANG", "TIMEZONE", "PATH", "ARTICLE_PATHS", "ARTICLE_EXCLUDES", "PAGE_PATHS", "FEED_MAX_ITEMS",
    "WITH_FUTURE_DATES", "OUTPUT_PATH", "MARKDOWN",
}  # fmt: skip
#: the kinds of Pelican's feeds by the settings of their addresses, with the defaults
_FEEDS = {
    "FEED_ALL_ATOM": ("all", "feeds/all.atom.xml"), "FEED_ATOM": ("all", None), "FEED_ALL_RSS": ("all", None),
    "FEED_RSS": ("all", None), "TRANSLATION_FEED_ATOM": ("all", "feeds/all-{lang}.atom.xml"),
    "TRANSLATION_FEED_RSS": ("all", None), "CATEGORY_FEED_ATOM": ("category", "feeds/{slug}.atom.xml"),
    "CATEGORY_FEED_RSS": ("category", None), "AUTHOR_FEED_ATOM": ("author", "feeds/{slug}.atom.xml"),
    "AUTHOR_FEED_RSS": ("author", "feeds/{slug}.rss.xml"), "TAG_FEED_ATOM": ("tag", None),
    "TAG_FEED_RSS": ("tag", None),
}  # fmt: skip
_KNOWN = {*_TEXTS.values(), *_GENERATOR, *_OTHERS, *_FEEDS, *(f"{key}_URL" for key in _FEEDS)}
#: characters of a text that is put together, more than any setting has
_LONGEST = 10_000
_ENDINGS = (".md", ".markdown", ".mkd", ".mdown", ".html", ".htm", ".rst")


def recognise(files: Files) -> Recognised | None:
    """Return what Pelican's files say, or None without evidence for Pelican."""
    evidence = [(name, weight) for name, weight in _CONFIGS.items() if name in files]
    if not evidence:
        return None
    site = Recognised("Pelican", evidence)
    _read(files, site)
    home = address(str(site.get("SITEURL")[0])) or site.unknown_home(files, "No SITEURL")
    site.take_texts(_TEXTS)
    site.take_setting("site.language", "DEFAULT_LANG", language)
    site.take_setting("site.timezone", "TIMEZONE", str, "UTC")
    root = _posts(files, site)
    _addresses(home, root, site)
    site.take_setting("feeds.limit", "FEED_MAX_ITEMS", whole, 100)
    site.take_setting("posts.future", "WITH_FUTURE_DATES", bool, default=True)
    site.take("posts.markdown", "python-markdown", "Pelican's Markdown")
    site.take_setting("posts.markdown_settings", "MARKDOWN", lambda value: value if isinstance(value, dict) else {})
    site.take_setting("output", "OUTPUT_PATH", lambda path: f"{str(path).strip('/') or 'output'}/feeds", "output")
    return site.published(home, _feeds(site))


def _feeds(site: Recognised) -> str:
    """Take over the addresses of feeds, and return that of all articles, or ""."""
    for key, (kind, default) in _FEEDS.items():
        value = str(site.get(f"{key}_URL", None)[0] or site.get(key, default)[0] or "")
        template = value.replace("%s", "{slug}").replace("{lang}", site.text("DEFAULT_LANG", "en"))
        site.replace_feeds(kind, *([template] if template else []))
    if every := site.feeds.get("all"):
        return every[0]
    site.note("FEED_ALL_ATOM is None: the site has no feed of all posts whose subscribers could be taken over.")
    return ""


def _read(files: Files, site: Recognised) -> None:
    """Read the settings that are constants; those of publishconf.py come first."""
    for name in _CONFIGS:
        try:
            tree = ast.parse(files.get(name, ""))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            site.note(f"{name} is not valid Python, so that nothing in it was taken over.")
            continue
        known: dict[str, Any] = {}
        for key, node in _assigned(tree):
            try:
                known[key] = value = next(filter(None, map(address, _choices(node))), "") or _value(node, known)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                if key in _KNOWN:
                    code = ast.unparse(node)[:60]
                    site.note(f"{name}: {key} is worked out when the site is made ({code}); set it by hand.")
                    site.settings.pop(key, None)
                continue
            if key in _KNOWN and (value or key not in site.settings):
                site.settings[key] = (value, f"{name}: {key}")


def _assigned(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    """Return what a module assigns at its top level: names with their expressions."""
    pairs = [(target, node.value) for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    pairs += [(node.target, node.value) for node in tree.body if isinstance(node, ast.AnnAssign) and node.value]
    return [(target.id, value) for target, value in pairs if isinstance(target, ast.Name)]


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a constant of Python
    """Return the value of an expression of constants, of names above it, and of defaults of the environment.

    Raises ValueError for any other.
    """
    match node:
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _value(left, known), _value(right, known)
            if isinstance(first, str) and isinstance(second, str) and len(first) + len(second) <= _LONGEST:
                return first + second
        case ast.JoinedStr(values=parts):
            texts = [_value(each.value if isinstance(each, ast.FormattedValue) else each, known) for each in parts]
            if sum(len(str(each)) for each in texts) <= _LONGEST:
                return "".join(map(str, texts))
        case ast.Call(func=ast.Attribute(attr="getenv" | "get"), args=[ast.Constant(), default]):
            return _value(default, known)
        case ast.BoolOp(op=ast.Or(), values=[*_, last]):  # such as an environment's, or else this
            return _value(last, known)
    return ast.literal_eval(node)


def _choices(node: ast.expr) -> list[str]:
    """Return the texts between which a condition chooses; none for any other expression."""
    both = (node.body, node.orelse) if isinstance(node, ast.IfExp) else ()
    return [each.value for each in both if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _posts(files: Files, site: Recognised) -> str:
    """Take over where articles are: ARTICLE_PATHS without pages; and return the folder of all content."""
    path, origin = site.get("PATH", "content")
    root = folder_name(str(path))
    wanted = _folders(site, "ARTICLE_PATHS", "") or [""]
    dirs = ["/".join(filter(None, (root, each))) or "." for each in wanted]
    site.take("posts.dirs", dirs, site.get("ARTICLE_PATHS")[1] if wanted != [""] else origin)
    without = [*_folders(site, "PAGE_PATHS", "pages"), *_folders(site, "ARTICLE_EXCLUDES", "")]
    names = below(files, root)
    excluded = ["/".join(filter(None, (root, each))) for each in without if below(names, each) and each]
    site.take("posts.exclude", list(dict.fromkeys(excluded)), "pages and files that Pelican does not take for articles")
    if any(name.lower().endswith(".rst") for name in names):
        site.note("Articles in reStructuredText need docutils: pip install 'feedtool[rst]'.")
    if not any(name.lower().endswith(_ENDINGS) for name in names):
        site.note(f"No article was found in {root or 'the folder'}: write where they are under [posts] dirs.")
    return root


def _folders(site: Recognised, key: str, default: str) -> list[str]:
    value = site.get(key, [default])[0]
    values = value if isinstance(value, list | tuple) else [value] if isinstance(value, str) else [default]
    return [str(each).strip("./") for each in values]


def _addresses(home: str, root: str, site: Recognised) -> None:
    """Take over addresses, and ids, which Pelican makes of addresses and days."""
    template, origin = site.get("ARTICLE_URL", "{slug}.html")
    known = {"slug", "date", "category", "author", "lang"}
    unknown = [found for found in re.findall(r"\{(\w+)", str(template)) if found not in known]
    if unknown:
        site.note(f"{origin}: {{{unknown[0]}}} is known only for articles with `{unknown[0]}` in their header.")
    site.take("posts.permalink", "pelican", origin)
    site.take("posts.ids", "pelican", "the ids of Pelican: days and addresses")
    site.take("posts.ids_url", home, site.get("SITEURL")[1])
    site.take("posts.ids_root", root, site.get("PATH", "content")[1])
    generator: dict[str, object] = {}
    for key in _GENERATOR:
        value = site.settings[key][0] if key in site.settings else None
        if key.endswith(_REGULAR) and isinstance(value, list | tuple):
            generator[key] = [list(map(str, each)) for each in value if isinstance(each, list | tuple)]
        elif isinstance(value, str | bool) and not key.endswith(_REGULAR):
            generator[key] = value
    if "DEFAULT_LANG" in site.settings:
        generator["DEFAULT_LANG"] = site.text("DEFAULT_LANG", "en")
    if "AUTHOR" in site.settings:
        generator["AUTHOR"] = site.text("AUTHOR")
    site.take("posts.generator", generator or {"ARTICLE_URL": "{slug}.html"}, "settings that addresses depend on")
