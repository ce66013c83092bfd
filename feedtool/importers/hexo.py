"""Hexo: `_config.yml` beside a package.json with Hexo, `source/_posts`, and hexo-generator-feed. Pure."""

from __future__ import annotations

import re
from typing import Any

from feedtool.importers import Files, Recognised, address, folder_name, lowered, named, whole
from feedtool.importers.hugo import parsed

#: key of feedtool.toml -> keys of Hexo
_TEXTS = {
    "site.title": "title", "site.description": "description subtitle", "site.author": "author",
    "site.language": "language", "site.timezone": "timezone",
}  # fmt: skip
#: our placeholders by Hexo's in addresses; that of a title is the name of the file
_PLACES = {"year": "{year}", "month": "{month}", "day": "{day}", "title": "{stem}", "name": "{stem}"}


def recognise(files: Files) -> Recognised | None:
    """Return what Hexo's files say, or None without evidence for Hexo."""
    name = next((name for name in ("_config.yml", "_config.yaml") if name in files), "")
    if not name or not re.search(r'"hexo"', files.get("package.json", "")):
        return None
    site = Recognised("Hexo", [(f"{name} and package.json with hexo", 5)])
    config = parsed(name, files[name])
    if config is None:
        site.note(f"{name} is not valid YAML, so that nothing in it was taken over.")
    site.settings = named(config or {}, f"{name}: ")
    site.take_texts(_TEXTS)
    home = address(site.text("url")) or site.unknown_home(files, "No url")
    source = folder_name(site.text("source_dir", "source"))
    site.take("posts.dirs", [f"{source}/_posts"], "the folder of Hexo's posts")
    site.take("posts.future", site.get("future", default=True)[0] is not False, "the default of Hexo")
    site.take("posts.markdown", "gfm", "Hexo's Markdown")
    _addresses(home, site)
    return site.published(home, _feeds(site), f"{source}/feeds")


def _addresses(home: str, site: Recognised) -> None:
    """Take over addresses, which hexo-generator-feed has as ids."""
    pattern, origin = str(site.get("permalink", ":year/:month/:day/:title/")[0]).lstrip("/"), site.get("permalink")[1]
    places = dict(_PLACES)
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


def _feeds(site: Recognised) -> str:
    """Take over the settings of hexo-generator-feed, and return the address of its first feed."""
    feed, origin = site.get("feed", {})
    own = lowered(feed)
    origin = f"{origin}.limit" if "limit" in own else "the default of hexo-generator-feed"
    site.take("feeds.limit", whole(own.get("limit", 20)), origin)
    kinds = own.get("type", "atom")
    paths = own.get("path") or [f"{kind if kind == 'atom' else 'rss2'}.xml" for kind in _list(kinds)]
    site.replace_feeds("all", *(str(path) for path in _list(paths)))
    return site.feeds["all"][0] if site.feeds["all"] else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
