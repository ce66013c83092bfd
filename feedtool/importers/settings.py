"""What was learnt of a site -> the text of feedtool.toml, which loads without a problem whatever was learnt. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import tomlkit

from feedtool.config.checks import BadValueError, shown
from feedtool.config.reading import SCHEMA, parse_config
from feedtool.importers.found import Found, Recognised
from feedtool.importers.post import one_line
from feedtool.report import printable

#: keys in their order; in each table the examples of what may be wanted, for those that are not there
_TABLES: Mapping[str, Mapping[str, str]] = {
    "": {"output": ""},
    "site": {
        "title": "",
        "description": '# description = "What it is about"',
        "author": '# author = "Ada"  # of posts that name none',
        "url": '# url = "https://example.org/feeds/"  # where the output will be published',
        "language": '# language = "en"',
        "templates": "",
        "timezone": '# timezone = "Europe/Berlin"  # for dates that name no zone; else UTC',
    },
    "posts": {
        "dirs": "",
        "permalink": '# permalink = "/{year}/{month}/{slug}.html"  # if posts have pages of their own',
        **dict.fromkeys(("ids", "ids_url", "ids_permalink", "ids_root", "ids_ugly", "ids_language"), ""),
        **dict.fromkeys(("excerpt_separator", "future", "ignore_terms"), ""),
    },
    "feeds": {"limit": "# limit = 50  # entries of each feed; 0 = all"},
}
#: where a program takes files from and publishes them as they are, so that feeds go with its pages
_OUTPUTS = {"Jekyll": "feeds", "Hugo": "static/feeds", "Zola": "static/feeds"}
_LIMIT = "; a longer feed would show its subscribers old entries as new"


def completed(site: Recognised, *, folder_name: str) -> Recognised:
    """Return the site with what follows from the rest, and without values that a build would refuse."""
    notes = list(site.notes)
    values: dict[str, Found] = {}
    if site.tool in _OUTPUTS:
        root = (
            str(site.values["posts.ids_root"].value)
            if site.tool == "Jekyll" and "posts.ids_root" in site.values
            else ""
        )
        place = f"{root}/{_OUTPUTS[site.tool]}".lstrip("/")
        values["output"] = Found(value=place, origin=f"{site.tool} publishes what lies there as it is")
    if site.home:
        values["site.url"] = Found(
            value=f"{site.home}feeds/", origin=f"below the site's own address, as {site.tool} will have it"
        )
    values |= site.values
    values.setdefault("site.title", Found(value=one_line(folder_name) or "Feeds", origin="the folder's name"))
    values.setdefault("posts.dirs", Found(value=["posts"], origin=""))
    for key, found in list(values.items()):
        if _rule(key) is None:
            del values[key]
            continue
        try:
            values[key] = replace(found, value=_checked(key, found.value))
        except BadValueError as error:
            del values[key]
            notes.append(f"{found.origin}: {error.message}. {error.fix}".strip())
    return _loadable(replace(site, values=values, notes=tuple(notes)))


def with_answers(site: Recognised, answers: Mapping[str, str]) -> Recognised:
    """Return the site with what its owner said, by dotted key; "" takes a value away."""
    values = {key: found for key, found in site.values.items() if key not in answers}
    values |= {key: Found(value=value, origin="") for key, value in answers.items() if value}
    return _loadable(replace(site, values=values))


def _loadable(site: Recognised) -> Recognised:
    """Return the site without values that are wrong beside each other."""
    while problems := [each for each in parse_config(settings_text(site))[1] if each.field in site.values]:
        field = problems[0].field
        origin = site.values[field].origin
        note = (
            f"{field} is left out{f' ({origin})' if origin else ''}: {problems[0].message}. {problems[0].fix}".strip()
        )
        kept = {key: found for key, found in site.values.items() if key != field}
        site = replace(site, values=kept, notes=(*site.notes, note))
    return site


def check(key: str, text: str) -> str:
    """Return what is wrong with an answer, in words, or ""."""
    try:
        _checked(key, text)
    except BadValueError as error:
        return f"{error.message}. {error.fix}".strip()
    return ""


def _rule(key: str) -> Any:  # noqa: ANN401 - what checks a value, or the keys of a table
    """Return what checks a key's value; None where no build reads the key."""
    table, _, name = key.rpartition(".")
    keys: Any = SCHEMA[table] if table else SCHEMA
    return keys.get(name)


def _checked(key: str, value: Any) -> Any:  # noqa: ANN401 - TOML's values
    """Return the value as it is written: one that the build takes."""
    value = one_line(value) if isinstance(value, str) and key.startswith("site.") else value
    rule = _rule(key)
    if not callable(rule):
        return value
    clean = rule(value)
    return list(clean) if isinstance(clean, tuple) else clean


def settings_text(site: Recognised) -> str:
    """Return the text of the file."""
    whose = f", taken over from {site.tool}" if site.tool else ""
    lines = [f"# Settings of feedtool{whose}. `feedtool explain site.title` tells what a key is for."]
    if site.notes:
        lines += ["#", "# Not taken over:"]
        for note in site.notes:
            lines += textwrap.wrap(
                printable(note), width=100, initial_indent="# - ", subsequent_indent="#   ",
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
    for table, keys in _TABLES.items():
        own = [line for name, hint in keys.items() if (line := _line(f"{table}.{name}".lstrip("."), site, hint))]
        lines += ["", *([f"[{table}]"] if table else []), *own] if own else []
    for each in site.values["posts.defaults"].value if "posts.defaults" in site.values else ():
        lines += ["", "[[posts.defaults]]  # what the posts of a folder say where they say nothing themselves"]
        lines += [f"path = {_toml(each['path'])}", f"values = {_toml(each['values'])}"]
    return "\n".join([*lines, ""])


def _line(key: str, site: Recognised, hint: str) -> str:
    if key not in site.values:
        return hint
    found = site.values[key]
    more = _LIMIT if key == "feeds.limit" and site.tool and found.value else ""
    comment = printable(f"{found.origin}{more}")
    return f"{key.rpartition('.')[2]} = {_toml(found.value)}" + (f"  # {comment}" if comment else "")


def _toml(value: Any) -> str:  # noqa: ANN401 - TOML's values
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        return str(table.as_string())
    return str(tomlkit.item(value).as_string())


def table_lines(site: Recognised) -> list[str]:
    """Return what was learnt, for people: key, value, where it came from."""
    known = [f"{table}.{name}".lstrip(".") for table, names in _TABLES.items() for name in names]
    own = [*(key for key in known if key in site.values), *(key for key in site.values if key not in known)]
    rows = [(key, shown(site.values[key].value), site.values[key].origin) for key in own]
    keys, values = max((len(row[0]) for row in rows), default=0), max((min(len(row[1]), 46) for row in rows), default=0)
    return [printable(f"  {key:<{keys}}  {value:<{values}}  {origin}".rstrip()) for key, value, origin in rows]
