"""Which program makes a site: the one that most speaks for. Pure."""

from __future__ import annotations

from dataclasses import replace

from feedtool.importers.found import Files, Finding, Found, Recognised, folders_of
from feedtool.importers.sites import eleventy, hugo, jekyll, pelican, zola

_SITES = (jekyll, hugo, eleventy, pelican, zola)
#: less than that is no evidence: a package.json that names Eleventy among others
_ENOUGH = 2


def recognised(files: Files) -> tuple[Recognised | None, tuple[Recognised, ...]]:
    """Return the site that most speaks for, and those that less does; the first is None where there is none."""
    found = [one for site in _SITES if (one := site.recognise(files)) and one.strength >= _ENOUGH]
    found.sort(key=lambda one: -one.strength)
    return (_beside_its_templates(found[0], files), tuple(found[1:])) if found else (None, ())


def _beside_its_templates(site: Recognised, files: Files) -> Recognised:
    """Return the site without templates of feedtool's, where their usual folder holds others."""
    if not any(name.startswith("templates/") for name in files):
        return site
    other = Found(value="", origin=f"none: templates/ holds those of {site.tool}")
    return replace(site, values={**site.values, "site.templates": other})


def plain(files: Files) -> Recognised:
    """Return what is meant where no program is known: `posts/`, or else the folder that has most Markdown in it."""
    finding = Finding()
    counts: dict[str, int] = {}
    for folder, count in folders_of(files, (".md", ".markdown")).items():
        top = folder.partition("/")[0]
        if top:
            counts[top] = counts.get(top, 0) + count
    if counts and not any(name.startswith("posts/") for name in files):
        most = max(counts, key=lambda top: (counts[top], top))
        finding.take("posts.dirs", [most], f"the folder with most Markdown: {counts[most]:,} files")
    return Recognised(tool="", evidence=(), values=finding.values, notes=tuple(finding.notes))
