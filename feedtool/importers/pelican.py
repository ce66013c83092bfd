"""Pelican: pelicanconf.py and publishconf.py, of which only constants are read, and nothing is run. Pure."""

from __future__ import annotations

import ast
import re

from feedtool.importers import Files, Recognised, address, below, folder_name, language, whole

_CONFIGS = {"pelicanconf.py": 4, "publishconf.py": 2}
#: key of feedtool.toml -> setting of Pelican
_TEXTS = {"site.title": "SITENAME", "site.description": "SITESUBTITLE", "site.author": "AUTHOR"}
#: other settings that are read
_OTHERS = {
    "SITEURL", "DEFAULT_LANG", "TIMEZONE", "PATH", "ARTICLE_PATHS", "ARTICLE_URL", "SLUGIFY_SOURCE", "FEED_MAX_ITEMS",
    "FEED_ALL_ATOM", "WITH_FUTURE_DATES", "OUTPUT_PATH",
}  # fmt: skip
#: placeholder of Pelican -> that of feedtool
_PLACEHOLDERS = {"{date:%Y}": "{year}", "{date:%m}": "{month}", "{date:%d}": "{day}"}
#: folders below PATH that have no articles
_NO_ARTICLES = {"pages", "images", "extra", "static"}


def recognise(files: Files) -> Recognised | None:
    """Return what Pelican's files say, or None without evidence for Pelican."""
    evidence = [(name, weight) for name, weight in _CONFIGS.items() if name in files]
    if not evidence:
        return None
    site = Recognised("Pelican", evidence)
    _read(files, site)
    home = address(str(site.get("SITEURL")[0]))
    site.take_texts(_TEXTS)
    site.take_setting("site.language", "DEFAULT_LANG", language)
    site.take_setting("site.timezone", "TIMEZONE", str, "UTC")
    _posts(files, site)
    _ids(home, site)
    site.take_setting("feeds.limit", "FEED_MAX_ITEMS", whole, 100)
    site.take_setting("posts.future", "WITH_FUTURE_DATES", bool, default=True)
    site.take_setting("output", "OUTPUT_PATH", lambda path: f"{str(path).strip('/') or 'output'}/feeds", "output")
    feed = site.get("FEED_ALL_ATOM", "feeds/all.atom.xml")[0]
    if home and feed is None:
        site.note("FEED_ALL_ATOM is None: the site has no feed of all posts whose subscribers could be taken over.")
    return site.published(home, str(feed or ""))


def _read(files: Files, site: Recognised) -> None:
    """Read the settings that are constants; those of publishconf.py come first."""
    for name in _CONFIGS:
        try:
            tree = ast.parse(files.get(name, ""))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            site.note(f"{name} is not valid Python, so that nothing in it was taken over.")
            continue
        for key, node in _assigned(tree):
            try:
                value = ast.literal_eval(node)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                code = ast.unparse(node)[:60]
                site.note(f"{name}: {key} is worked out when the site is made ({code}); set it by hand.")
                site.settings.pop(key, None)
                continue
            if value or key not in site.settings:
                site.settings[key] = (value, f"{name}: {key}")


def _assigned(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    """Return the known settings that a module assigns at its top level, with their expressions."""
    known = {*_TEXTS.values(), *_OTHERS}
    pairs = [(target, node.value) for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    pairs += [(node.target, node.value) for node in tree.body if isinstance(node, ast.AnnAssign) and node.value]
    return [(target.id, value) for target, value in pairs if isinstance(target, ast.Name) and target.id in known]


def _posts(files: Files, site: Recognised) -> None:
    """Take over where articles are: ARTICLE_PATHS, or the folders of PATH other than pages."""
    path, origin = site.get("PATH", "content")
    root = folder_name(str(path))
    paths = site.get("ARTICLE_PATHS", [""])[0]
    wanted = list(paths or [""]) if isinstance(paths, list | tuple) else [paths if isinstance(paths, str) else ""]
    dirs = ["/".join(part for part in (root, str(each).strip("/")) if part) or "." for each in wanted]
    names = below(files, root)
    has_pages = any(name.startswith("pages/") for name in names)
    if dirs == [root] and has_pages:
        own = {name.partition("/")[0] for name in names if "/" in name} - _NO_ARTICLES
        if own and not any("/" not in name and name.endswith((".md", ".markdown")) for name in names):
            dirs = sorted(f"{root}/{each}" for each in own)
    site.take("posts.dirs", dirs, site.get("ARTICLE_PATHS")[1] if paths != [""] else origin)
    if any(name.endswith(".rst") for name in names):
        site.note("Articles in reStructuredText (.rst) are not read.")
    if has_pages and root in dirs:
        site.note(f"{root}/pages/ contains pages, which feedtool would take for posts if they have a date.")


def _ids(home: str, site: Recognised) -> None:
    """Take over addresses, and ids, which Pelican makes of addresses and days."""
    url, origin = site.get("ARTICLE_URL", "{slug}.html")
    pattern = str(url).lstrip("/")
    for theirs, ours in _PLACEHOLDERS.items():
        pattern = pattern.replace(theirs, ours)
    unknown = re.findall(r"\{(?!(?:year|month|day|slug|category)\})[^{}]*\}", pattern)
    if unknown or "{slug}" not in pattern:
        what = ", ".join(unknown) or "an address without {slug}"
        site.note(f"{origin}: feedtool does not support {what}: addresses and ids are not taken over.")
        return
    if not home:
        site.note("No setting names the site's address (SITEURL), so that the old feed's ids are not known.")
        return
    site.take("posts.permalink", f"{home}{pattern}", origin)
    host, _, folder = home.partition("//")[2].partition("/")
    ids = f"tag:{host.partition(':')[0].lower()},{{year}}-{{month}}-{{day}}:/{folder}{pattern}"
    site.take("posts.ids", ids, f"{site.get('SITEURL')[1]}, with {origin}")
    if site.text("SLUGIFY_SOURCE", "title") == "title":
        site.note(
            "Pelican makes slugs of titles, feedtool takes `slug:` or the file's name: where these differ, addresses "
            "and ids do too. SLUGIFY_SOURCE = 'basename' makes them equal."
        )
    if "{category}" in pattern:
        site.note("Pelican writes categories in addresses in lower case; feedtool writes them unchanged.")
