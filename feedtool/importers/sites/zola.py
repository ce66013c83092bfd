"""Zola: config.toml or zola.toml with base_url, and `content/`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from feedtool.importers.found import Files, Finding, Recognised, address, below, folders_of, language
from feedtool.importers.sites.hugo import parsed

_CONFIGS = ("zola.toml", "config.toml")
_DATED = re.compile(r"\d{4}-\d\d-\d\d[-_]")
_PLAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def recognise(files: Files) -> Recognised | None:
    """Return what Zola's files say, or None where nothing speaks for Zola."""
    name = next((name for name in _CONFIGS if re.search(r"^\s*base_url\s*=", files.get(name, ""), re.MULTILINE)), "")
    if not name:
        return None
    evidence = [(f"{name} with base_url", 4)]
    evidence += [("content/_index.md", 1)] if any(each.endswith("/_index.md") for each in files) else []
    finding = Finding()
    config = parsed(name, files[name])
    if config is None:
        finding.note(f"{name} is not valid TOML, so that nothing in it was taken over.")
        config = {}
    for key, place in {"site.title": "title", "site.description": "description", "site.author": "author"}.items():
        finding.take(key, _text(config, place), f"{name}: {place}")
    tongue = _text(config, "default_language") or "en"
    finding.take(
        "site.language", language(tongue), f"{name}: default_language" if "default_language" in config else "Zola's"
    )
    home = address(_text(config, "base_url"))
    limit = config.get("feed_limit", 0)
    finding.take("feeds.limit", limit if isinstance(limit, int) else 0, f"{name}: feed_limit" if limit else "Zola's")
    _posts(files, home, finding)
    names = config.get("feed_filenames")
    feed = str(names[0]) if isinstance(names, list) and names else "atom.xml"
    return Recognised(
        tool="Zola",
        evidence=tuple(evidence),
        values=finding.values,
        home=home,
        old_feed=home + feed if home else "",
        notes=tuple(finding.notes),
    )


def _text(config: Mapping[str, Any], key: str) -> str:
    value = config.get(key, "")
    return value if isinstance(value, str) else ""


def _posts(files: Files, home: str, finding: Finding) -> None:
    names = [
        name for name in below(files, "content") if name.endswith(".md") and not name.rpartition("/")[2].startswith("_")
    ]
    sections = folders_of((name for name in names if not name.endswith("/index.md")), (".md",))
    bundles = [name.removesuffix("/index.md") for name in names if name.endswith("/index.md")]
    for bundle in bundles:
        folder = bundle.rpartition("/")[0]
        sections[folder] = sections.get(folder, 0) + 1
    sections.pop("", None)
    if not sections:
        finding.take("posts.dirs", ["content"], "Zola's")
        return
    section = max(sections, key=lambda each: (sections[each], each))
    finding.take("posts.dirs", [f"content/{section}"], "the section that holds most posts")
    others = sorted(set(sections) - {section})
    if others:
        finding.note(
            f"The posts of {', '.join(others)[:80]} have addresses of other sections; add those folders if you like."
        )
    if not home:
        finding.note("base_url is no address, so that the old feed's ids are not known.")
        return
    pattern = f"{section}/{{slug}}/"
    finding.take("posts.permalink", home + pattern, "where Zola puts pages by default")
    finding.take("posts.ids", f"{{site}}{pattern}", "Zola's ids: the pages' addresses")
    finding.take("posts.ids_url", home, "base_url")
    odd = [name for name in names if not _PLAIN.fullmatch(_DATED.sub("", name.rpartition("/")[2][:-3]))]
    if odd:
        finding.note(
            f"{len(odd)} names are not as Zola writes them in addresses ({odd[0][:60]}): their ids will be others."
        )
    if bundles:
        finding.note(f"{len(bundles)} posts are folders with index.md: their addresses and ids will be others.")
    finding.note("A `path` in a header, which Zola takes for the whole address, is not known here.")
