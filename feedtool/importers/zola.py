"""Zola: config.toml or zola.toml with base_url, and `content/`. Pure."""

from __future__ import annotations

import re

from feedtool.importers.found import Files, Finding, Recognised, address, below, folders_of, language, largest, named
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
    finding = Finding("Zola", [(f"{name} with base_url", 4)])
    finding.evidence += [("content/_index.md", 1)] if any(each.endswith("/_index.md") for each in files) else []
    config = parsed(name, files[name])
    if config is None:
        finding.note(f"{name} is not valid TOML, so that nothing in it was taken over.")
    finding.settings = named(config or {}, f"{name}: ")
    finding.take_texts(_TEXTS)
    tongue, origin = finding.text("default_language") or "en", finding.get("default_language")[1]
    finding.take("site.language", language(tongue), origin)
    home = address(finding.text("base_url"))
    limit, origin = finding.get("feed_limit", 0)
    finding.take("feeds.limit", limit if isinstance(limit, int) else 0, origin)
    _posts(files, home, finding)
    names = finding.get("feed_filenames")[0]
    return finding.recognised(home, str(names[0]) if isinstance(names, list) and names else "atom.xml")


def _posts(files: Files, home: str, finding: Finding) -> None:
    names = [
        name for name in below(files, "content") if name.endswith(".md") and not name.rpartition("/")[2].startswith("_")
    ]
    bundles = [name for name in names if name.endswith("/index.md")]
    sections = folders_of((re.sub(r"/index\.md$", ".md", name) for name in names), (".md",))
    sections.pop("", None)
    if not sections:
        finding.take("posts.dirs", ["content"], "the default of Zola")
        return
    section = largest(sections)
    finding.take("posts.dirs", [f"content/{section}"], "the section with most posts")
    others = sorted(set(sections) - {section})
    if others:
        finding.note(
            f"The posts of {', '.join(others)[:80]} have addresses of other sections; add those folders if you like."
        )
    if not home:
        finding.note("base_url is not an address, so that the old feed's ids are not known.")
        return
    finding.take("posts.permalink", f"{home}{section}/{{slug}}/", "the default addresses of Zola")
    finding.take("posts.ids", f"{{site}}{section}/{{slug}}/", "the ids of Zola: addresses of pages")
    finding.take("posts.ids_url", home, "base_url")
    odd = [name for name in names if not _PLAIN.fullmatch(_DATED.sub("", name.rpartition("/")[2][:-3]))]
    if odd:
        finding.note(
            f"{len(odd)} names are not as Zola writes them in addresses ({odd[0][:60]}): their ids will differ."
        )
    if bundles:
        finding.note(f"{len(bundles)} posts are folders with index.md: their addresses and ids will differ.")
    finding.note("A `path` in a header, which Zola takes for the whole address, is not supported.")
