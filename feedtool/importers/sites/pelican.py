"""Pelican: pelicanconf.py and publishconf.py, of which only plain assignments are read, and nothing is run. Pure."""

from __future__ import annotations

import ast
import re
from typing import Any

from feedtool.importers.found import Files, Finding, Recognised, address, below, language

_CONFIGS = ("pelicanconf.py", "publishconf.py")
#: Pelican's placeholders of addresses that feedtool has too
_PLACES = {
    "{date:%Y}": "{year}",
    "{date:%m}": "{month}",
    "{date:%d}": "{day}",
    "{slug}": "{slug}",
    "{category}": "{category}",
}


def recognise(files: Files) -> Recognised | None:
    """Return what Pelican's files say, or None where nothing speaks for Pelican."""
    evidence = [(name, 4 if name == "pelicanconf.py" else 2) for name in _CONFIGS if name in files]
    if not evidence:
        return None
    finding = Finding()
    config = _settings(files, finding)

    def of(key: str, default: Any = "") -> tuple[Any, str]:  # noqa: ANN401 - what the file says
        return config.get(key, (default, "Pelican's"))

    site_url, origin = of("SITEURL")
    home = address(str(site_url))
    for key, name in {"site.title": "SITENAME", "site.description": "SITESUBTITLE", "site.author": "AUTHOR"}.items():
        value, where = of(name)
        finding.take(key, value if isinstance(value, str) else "", where)
    finding.take("site.language", language(str(of("DEFAULT_LANG")[0])), of("DEFAULT_LANG")[1])
    finding.take("site.timezone", str(of("TIMEZONE", "UTC")[0]), of("TIMEZONE")[1])
    _posts(of("PATH", "content"), of("ARTICLE_PATHS", [""]), files, finding)
    _ids(of("ARTICLE_URL", "{slug}.html"), home, origin, str(of("SLUGIFY_SOURCE", "title")[0]), finding)
    limit = of("FEED_MAX_ITEMS", 100)
    finding.take("feeds.limit", limit[0] if isinstance(limit[0], int) else 0, limit[1])
    ahead = of("WITH_FUTURE_DATES", default=True)
    finding.take("posts.future", bool(ahead[0]), ahead[1])
    finding.take("output", f"{str(of('OUTPUT_PATH', 'output')[0]).strip('/') or 'output'}/feeds", of("OUTPUT_PATH")[1])
    feed = of("FEED_ALL_ATOM", "feeds/all.atom.xml")[0]
    if home and feed is None:
        finding.note("FEED_ALL_ATOM is None: the site has no feed of all posts whose subscribers could be taken over.")
    return Recognised(
        tool="Pelican",
        evidence=tuple(evidence),
        values=finding.values,
        home=home,
        old_feed=home + str(feed).lstrip("/") if home and feed else "",
        notes=tuple(finding.notes),
    )


def _settings(files: Files, finding: Finding) -> dict[str, tuple[Any, str]]:
    """Return what is assigned in plain words, with its place; what is published counts more."""
    found: dict[str, tuple[Any, str]] = {}
    for name in _CONFIGS:
        try:
            tree = ast.parse(files.get(name, "")[:200_000])
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            finding.note(f"{name} is not valid Python, so that nothing in it was taken over.")
            continue
        for key, node in _assigned(tree):
            try:
                value = ast.literal_eval(node)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                finding.note(
                    f"{name}: {key} is worked out when the site is made ({ast.unparse(node)[:60]}); set it by hand."
                )
                found.pop(key, None)
                continue
            if value or key not in found:
                found[key] = (value, f"{name}: {key}")
    return found


def _assigned(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    known = {
        "SITENAME", "SITESUBTITLE", "SITEURL", "AUTHOR", "DEFAULT_LANG", "TIMEZONE", "PATH", "ARTICLE_PATHS",
        "ARTICLE_URL", "SLUGIFY_SOURCE", "FEED_MAX_ITEMS", "FEED_ALL_ATOM", "WITH_FUTURE_DATES", "OUTPUT_PATH",
    }  # fmt: skip
    pairs = [(target, node.value) for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    pairs += [(node.target, node.value) for node in tree.body if isinstance(node, ast.AnnAssign) and node.value]
    return [(target.id, value) for target, value in pairs if isinstance(target, ast.Name) and target.id in known]


def _posts(path: tuple[Any, str], articles: tuple[Any, str], files: Files, finding: Finding) -> None:
    root = str(path[0]).strip("./").strip("/")
    wanted = [articles[0]] if isinstance(articles[0], str) else list(articles[0] or [""])
    dirs = ["/".join(part for part in (root, str(each).strip("/")) if part) or "." for each in wanted]
    has_pages = any(name.startswith("pages/") for name in below(files, root))
    if dirs == [root] and has_pages:
        own = {name.partition("/")[0] for name in below(files, root) if "/" in name} - {
            "pages",
            "images",
            "extra",
            "static",
        }
        if own and not any("/" not in name and name.endswith((".md", ".markdown")) for name in below(files, root)):
            dirs = sorted(f"{root}/{each}" for each in own)
    finding.take("posts.dirs", dirs, articles[1] if articles[0] != [""] else path[1])
    if any(name.endswith(".rst") for name in below(files, root)):
        finding.note("Articles in reStructuredText (.rst) are not read.")
    if any(name.startswith("pages/") for name in below(files, root)) and root in dirs:
        finding.note(f"{root}/pages/ holds pages, which feedtool would take for posts if they have a date.")


def _ids(url: tuple[Any, str], home: str, origin: str, slugs: str, finding: Finding) -> None:
    pattern = str(url[0]).lstrip("/")
    for theirs, ours in _PLACES.items():
        pattern = pattern.replace(theirs, ours)
    unknown = re.findall(r"\{(?!(?:year|month|day|slug|category)\})[^{}]*\}", pattern)
    if unknown or "{slug}" not in pattern:
        what = ", ".join(unknown) or "an address without {slug}"
        finding.note(f"{url[1]}: nothing here stands for {what}: addresses and ids are not taken over.")
        return
    if not home:
        finding.note("Nothing says what the site's address is (SITEURL), so that the old feed's ids are not known.")
        return
    finding.take("posts.permalink", f"{home}{pattern}", url[1])
    host, _, folder = home.partition("//")[2].partition("/")
    name = host.partition(":")[0].lower()
    finding.take("posts.ids", f"tag:{name},{{year}}-{{month}}-{{day}}:/{folder}{pattern}", f"{origin}, with {url[1]}")
    if slugs == "title":
        finding.note(
            "Pelican makes slugs of titles, feedtool takes `slug:` or the file's name: where these differ, addresses "
            "and ids do too. SLUGIFY_SOURCE = 'basename' makes them alike."
        )
    if "{category}" in pattern:
        finding.note("Pelican writes categories in addresses in lower case; feedtool writes them as they are.")
