"""Zola: config.toml or zola.toml with base_url, and `content/`. Pure."""

from __future__ import annotations

import re

from feedtool.importers import Files, Recognised, address, below, folders_of, language, largest, named, whole
from feedtool.importers.hugo import parsed

_CONFIGS = ("zola.toml", "config.toml")
#: key of feedtool.toml -> key of Zola
_TEXTS = {"site.title": "title", "site.description": "description", "site.author": "author"}
_DATED = re.compile(r"\d{4}-\d\d-\d\d[-_]")
_PLAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def recognise(files: Files) -> Recognised | None:
    """Return what Zola's files say, or None without evidence for Zola."""
    name = next((name for name in _CONFIGS if re.search(r"^\s*base_url\s*=", files.get(name, ""), re.MULTILINE)), "")
    if not name:
        return None
    site = Recognised("Zola", [(f"{name} with base_url", 4)])
    site.evidence += [("content/_index.md", 1)] if any(each.endswith("/_index.md") for each in files) else []
    config = parsed(name, files[name])
    if config is None:
        site.note(f"{name} is not valid TOML, so that nothing in it was taken over.")
    site.settings = named(config or {}, f"{name}: ")
    site.take_texts(_TEXTS)
    site.take_setting("site.language", "default_language", language, "en")
    home = address(site.text("base_url"))
    site.take_setting("feeds.limit", "feed_limit", whole, 0)
    _posts(files, home, site)
    names = site.get("feed_filenames")[0]
    feed = str(names[0]) if isinstance(names, list) and names else "atom.xml"
    return site.published(home, feed, "static/feeds")


def _posts(files: Files, home: str, site: Recognised) -> None:
    names = [
        name for name in below(files, "content") if name.endswith(".md") and not name.rpartition("/")[2].startswith("_")
    ]
    bundles = [name for name in names if name.endswith("/index.md")]
    sections = folders_of((re.sub(r"/index\.md$", ".md", name) for name in names), (".md",))
    sections.pop("", None)
    if not sections:
        site.take("posts.dirs", ["content"], "the default of Zola")
        return
    section = largest(sections)
    site.take("posts.dirs", [f"content/{section}"], "the section with most posts")
    others = sorted(set(sections) - {section})
    if others:
        site.note(
            f"The posts of {', '.join(others)[:80]} have addresses of other sections; add those folders if you like."
        )
    if not home:
        site.note("base_url is not an address, so that the old feed's ids are not known.")
        return
    site.take("posts.permalink", f"{home}{section}/{{slug}}/", "the default addresses of Zola")
    site.take("posts.ids", f"{{site}}{section}/{{slug}}/", "the ids of Zola: addresses of pages")
    site.take("posts.ids_url", home, "base_url")
    odd = [name for name in names if not _PLAIN.fullmatch(_DATED.sub("", name.rpartition("/")[2][:-3]))]
    if odd:
        site.note(f"{len(odd)} names are not as Zola writes them in addresses ({odd[0][:60]}): their ids will differ.")
    if bundles:
        site.note(f"{len(bundles)} posts are folders with index.md: their addresses and ids will differ.")
    site.note("A `path` in a header, which Zola takes for the whole address, is not supported.")
