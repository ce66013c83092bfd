"""Pelican: pelicanconf.py and publishconf.py, of which only constants are read, and nothing is run. Pure."""

from __future__ import annotations

import ast
import re
from typing import Any

from feedtool.importers.found import (
    LONGEST,
    Files,
    Finding,
    Recognised,
    Settings,
    address,
    below,
    folder_name,
    language,
)

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
    finding = Finding("Pelican", evidence)
    finding.settings = _settings(files, finding)
    home = address(str(finding.get("SITEURL")[0]))
    finding.take_texts(_TEXTS)
    tongue, origin = finding.get("DEFAULT_LANG")
    finding.take("site.language", language(str(tongue)), origin)
    zone, origin = finding.get("TIMEZONE", "UTC")
    finding.take("site.timezone", str(zone), origin)
    _posts(files, finding)
    _ids(home, finding)
    limit, origin = finding.get("FEED_MAX_ITEMS", 100)
    finding.take("feeds.limit", limit if isinstance(limit, int) else 0, origin)
    ahead, origin = finding.get("WITH_FUTURE_DATES", default=True)
    finding.take("posts.future", bool(ahead), origin)
    output, origin = finding.get("OUTPUT_PATH", "output")
    finding.take("output", f"{str(output).strip('/') or 'output'}/feeds", origin)
    feed = finding.get("FEED_ALL_ATOM", "feeds/all.atom.xml")[0]
    if home and feed is None:
        finding.note("FEED_ALL_ATOM is None: the site has no feed of all posts whose subscribers could be taken over.")
    return finding.recognised(home, str(feed or ""))


def _settings(files: Files, finding: Finding) -> Settings:
    """Return the settings that are constants; those of publishconf.py come first."""
    found: dict[str, tuple[Any, str]] = {}
    for name in _CONFIGS:
        try:
            tree = ast.parse(files.get(name, "")[:LONGEST])
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            finding.note(f"{name} is not valid Python, so that nothing in it was taken over.")
            continue
        for key, node in _assigned(tree):
            try:
                value = ast.literal_eval(node)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                code = ast.unparse(node)[:60]
                finding.note(f"{name}: {key} is worked out when the site is made ({code}); set it by hand.")
                found.pop(key, None)
                continue
            if value or key not in found:
                found[key] = (value, f"{name}: {key}")
    return found


def _assigned(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    """Return the known settings that a module assigns at its top level, with their expressions."""
    known = {*_TEXTS.values(), *_OTHERS}
    pairs = [(target, node.value) for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    pairs += [(node.target, node.value) for node in tree.body if isinstance(node, ast.AnnAssign) and node.value]
    return [(target.id, value) for target, value in pairs if isinstance(target, ast.Name) and target.id in known]


def _posts(files: Files, finding: Finding) -> None:
    """Take over where articles are: ARTICLE_PATHS, or the folders of PATH other than pages."""
    path, origin = finding.get("PATH", "content")
    root = folder_name(str(path))
    paths = finding.get("ARTICLE_PATHS", [""])[0]
    wanted = list(paths or [""]) if isinstance(paths, list | tuple) else [paths if isinstance(paths, str) else ""]
    dirs = ["/".join(part for part in (root, str(each).strip("/")) if part) or "." for each in wanted]
    names = below(files, root)
    has_pages = any(name.startswith("pages/") for name in names)
    if dirs == [root] and has_pages:
        own = {name.partition("/")[0] for name in names if "/" in name} - _NO_ARTICLES
        if own and not any("/" not in name and name.endswith((".md", ".markdown")) for name in names):
            dirs = sorted(f"{root}/{each}" for each in own)
    finding.take("posts.dirs", dirs, finding.get("ARTICLE_PATHS")[1] if paths != [""] else origin)
    if any(name.endswith(".rst") for name in names):
        finding.note("Articles in reStructuredText (.rst) are not read.")
    if has_pages and root in dirs:
        finding.note(f"{root}/pages/ contains pages, which feedtool would take for posts if they have a date.")


def _ids(home: str, finding: Finding) -> None:
    """Take over addresses, and ids, which Pelican makes of addresses and days."""
    url, origin = finding.get("ARTICLE_URL", "{slug}.html")
    pattern = str(url).lstrip("/")
    for theirs, ours in _PLACEHOLDERS.items():
        pattern = pattern.replace(theirs, ours)
    unknown = re.findall(r"\{(?!(?:year|month|day|slug|category)\})[^{}]*\}", pattern)
    if unknown or "{slug}" not in pattern:
        what = ", ".join(unknown) or "an address without {slug}"
        finding.note(f"{origin}: feedtool does not support {what}: addresses and ids are not taken over.")
        return
    if not home:
        finding.note("No setting names the site's address (SITEURL), so that the old feed's ids are not known.")
        return
    finding.take("posts.permalink", f"{home}{pattern}", origin)
    host, _, folder = home.partition("//")[2].partition("/")
    ids = f"tag:{host.partition(':')[0].lower()},{{year}}-{{month}}-{{day}}:/{folder}{pattern}"
    finding.take("posts.ids", ids, f"{finding.get('SITEURL')[1]}, with {origin}")
    if finding.text("SLUGIFY_SOURCE", "title") == "title":
        finding.note(
            "Pelican makes slugs of titles, feedtool takes `slug:` or the file's name: where these differ, addresses "
            "and ids do too. SLUGIFY_SOURCE = 'basename' makes them equal."
        )
    if "{category}" in pattern:
        finding.note("Pelican writes categories in addresses in lower case; feedtool writes them unchanged.")
