"""feedtool.toml -> Config, or everything that is wrong with it at once.

A file and what the command line says instead come in; a Config comes out, and problems, each with its dotted
key, its line, and for an unknown key the nearest known one. Where there is a problem, the Config holds the
default in place of the value. Never guesses, never raises for what somebody wrote, reads no other file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from feedtool.config import Config, Defaults, Feeds, Posts, Publish, Sanitiser, Site, SiteRules, checks
from feedtool.config.clashes import clashes, dotted
from feedtool.config.positions import Keys, key_lines, table_lines
from feedtool.problems import Code, Problem

CONFIG_UNREADABLE = Code(
    "config-unreadable",
    "error",
    "The configuration file is missing or cannot be read. Nothing is built: the defaults may not be meant.",
    "Check the path and the permissions.",
)
CONFIG_SYNTAX = Code(
    "config-syntax",
    "error",
    "The configuration file is not valid TOML, so that nothing in it can be trusted. Nothing is built.",
)
UNKNOWN_KEY = Code(
    "unknown-key",
    "error",
    "The configuration has a key that nothing reads: misspelt, or in the wrong table. Nothing is built, since"
    " the setting that was meant would be missing in silence.",
)
WRONG_TYPE = Code(
    "wrong-type",
    "error",
    "A value of the configuration is not of the type that its key takes, such as a text for a number.",
)
BAD_VALUE = Code(
    "bad-value",
    "error",
    "A value of the configuration has the right type but cannot be meant, such as a time zone that is none.",
)

#: a table's keys: for each what checks its value, or the keys of the table that it is
Schema = Mapping[str, "checks.Check | Schema"]

_GROUP: Schema = {
    "enabled": checks.flag,
    "path": checks.path_template,
    "title": checks.title_template,
    "min_entries": checks.count,
    "limit": checks.count,
    "archives": checks.flag,
    "complete": checks.flag,
}
#: the keys of a host below sanitiser.sites
RULES: Schema = {"drop": checks.texts, "keep": checks.texts, "unwrap": checks.texts, "why": checks.text}
#: the keys of each table [[posts.defaults]]
DEFAULTS: Schema = {"path": checks.posts_path, "values": checks.header_values}
#: The one list of keys. An empty table has keys of the user's own.
SCHEMA: Schema = {
    "output": checks.some_text,
    "site": {
        "title": checks.text,
        "url": checks.site_url,
        "description": checks.text,
        "author": checks.text,
        "language": checks.language,
        "timezone": checks.timezone,
        "hub": checks.hub,
        "host": checks.hosts,
        "templates": checks.text,
    },
    "posts": {
        "dirs": checks.some_texts,
        "permalink": checks.permalink,
        "excerpt_separator": checks.separator,
        "future": checks.flag,
        "ignore_terms": checks.texts,
        "defaults": {},
        "ids": checks.ids,
        "ids_url": checks.site_url,
        "ids_permalink": checks.text,
        "ids_root": checks.text,
        "ids_ugly": checks.flag,
        "ids_language": checks.some_text,
    },
    "feeds": {
        "formats": checks.formats,
        "limit": checks.count,
        "max_bytes": checks.count,
        "twins": checks.twins,
        "archives": checks.flag,
        "complete": checks.flag,
        "category": _GROUP,
        "tag": _GROUP,
        "author": _GROUP,
    },
    "aliases": checks.aliases,
    "publish": {
        "target": checks.target,
        "grace": checks.span,
        "concurrency": checks.some_count,
        "purge": checks.purge,
    },
    "sanitiser": {"trim": checks.flag, "off": checks.texts, "keep": checks.texts, "sites": {}},
}


def load_config(
    path: str | None, *, overrides: Mapping[str, object] | None = None
) -> tuple[Config, tuple[Problem, ...]]:
    """Return the configuration of a file, or the default where path is None, and all its problems, sorted."""
    if path is None:
        return parse_config("", overrides=overrides)
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{error.object[error.start]:02X} is not UTF-8"
        return Config(path=path), (CONFIG_SYNTAX.at(path, message, line=line, fix="Save the file as UTF-8."),)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        return Config(path=path), (CONFIG_UNREADABLE.at(path, f"cannot be read: {reason}"),)
    return parse_config(text, path=path, overrides=overrides)


def parse_config(
    text: str, *, path: str = "", overrides: Mapping[str, object] | None = None
) -> tuple[Config, tuple[Problem, ...]]:
    """Return the configuration that a text of TOML says, and all its problems, sorted.

    `overrides` holds values by dotted key, such as {"site.url": "https://example.org/"}; they stand in for
    those of the text and are checked like them. None stands for nothing. Their problems have no path.
    """
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return Config(path=path), (_syntax_problem(text, path, error),)
    reading = _Reading(path=path, lines=key_lines(text), text=text)
    for name, value in (overrides or {}).items():
        if value is not None:
            reading.override(raw, tuple(name.split(".")), value)
    clean = reading.table(raw, SCHEMA)
    config = _config(clean, path)
    reading.check_together(config)
    return config, tuple(sorted(reading.problems))


def _syntax_problem(text: str, path: str, error: Exception) -> Problem:
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
    told = str(error)[: place.start()] if place else "a number is too long"
    if isinstance(error, RecursionError):
        told = "lists or tables are nested too deeply"
    line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
    column = f" at column {place[2]}" if place and place[2] else ""
    cures = {
        "Invalid value": 'Texts stand in quotes: title = "Notes".',
        "Cannot overwrite a value": "Each key stands once in its table.",
        "Unclosed array": 'A list ends with "]".',
    }
    return CONFIG_SYNTAX.at(path, f"not valid TOML{column}: {told}", line=line, fix=cures.get(told, ""))


def _config(clean: dict[str, Any], path: str) -> Config:
    """Return the Config of checked values; what is not there keeps its default."""
    feeds = dict(clean["feeds"])
    for kind in ("category", "tag", "author"):
        feeds[kind] = replace(getattr(Feeds(), kind), **feeds[kind])
    return Config(
        path=path,
        site=Site(**clean["site"]),
        posts=Posts(**clean["posts"]),
        feeds=Feeds(**feeds),
        sanitiser=Sanitiser(**clean["sanitiser"]),
        publish=Publish(**clean["publish"]),
        aliases=clean.get("aliases", {}),
        output=clean.get("output", Config().output),
    )


def _homes(key: str, schema: Schema = SCHEMA, parent: Keys = ()) -> list[Keys]:
    """Return each place where a key of that name is known."""
    found = [(*parent, key)] if key in schema else []
    for name, inner in schema.items():
        if isinstance(inner, Mapping):
            found += _homes(key, inner, (*parent, name))
    return found


@dataclass(slots=True, kw_only=True)
class _Reading:
    """Gathers what is wrong, each with its place."""

    path: str
    lines: dict[Keys, int]
    #: of the file
    text: str
    problems: list[Problem] = field(default_factory=list)
    #: keys whose values came from elsewhere than the file
    overridden: set[Keys] = field(default_factory=set)

    def report(self, code: Code, keys: Keys, message: str, *, fix: str = "") -> None:
        """Add a problem of the key."""
        if keys in self.overridden:
            self.problems.append(code.at("", message, field=dotted(keys), fix=fix))
        else:
            line = self.lines.get(keys, 0)
            self.problems.append(code.at(self.path, message, line=line, field=dotted(keys), fix=fix))

    def override(self, raw: dict[str, Any], keys: Keys, value: object) -> None:
        """Put a value in the place of that in the file."""
        for key in keys[:-1]:
            raw = raw.setdefault(key, {})
            if not isinstance(raw, dict):
                return  # reported as the wrong type
        raw[keys[-1]] = value
        self.overridden.add(keys)

    def table(self, raw: object, schema: Schema, keys: Keys = ()) -> dict[str, Any]:
        """Return the checked values of a table, and those of its tables."""
        if not isinstance(raw, dict):
            fix = f"Write a table: [{dotted(keys)}]"
            self.report(WRONG_TYPE, keys, f"expected a table, read {checks.shown(raw)}", fix=fix)
            raw = {}
        for key in raw.keys() - schema.keys():
            self.unknown((*keys, key), raw[key], tuple(sorted(schema)))
        clean: dict[str, Any] = {}
        for key, rule in schema.items():
            if (*keys, key) == ("sanitiser", "sites"):
                clean[key] = self.sites(raw.get(key, {}), (*keys, key))
            elif (*keys, key) == ("posts", "defaults"):
                clean[key] = self.defaults(raw.get(key, []), (*keys, key))
            elif isinstance(rule, Mapping):
                clean[key] = self.table(raw.get(key, {}), rule, (*keys, key))
            elif key in raw:
                clean |= self.value(raw[key], rule, (*keys, key))
        return clean

    def value(self, raw: object, rule: checks.Check, keys: Keys) -> dict[str, Any]:
        """Return the key with its checked value, or nothing where it is refused."""
        try:
            return {keys[-1]: rule(raw)}
        except checks.BadValueError as error:
            code = WRONG_TYPE if isinstance(error, checks.WrongTypeError) else BAD_VALUE
            self.report(code, keys, error.message, fix=error.fix)
        return {}

    def unknown(self, keys: Keys, value: object, known: tuple[str, ...]) -> None:
        """Report a key that nothing reads, and where it may belong."""
        guess, homes = checks.nearest(keys[-1], known), _homes(keys[-1])
        hint = f'Did you mean "{guess}"?  ' if guess else ""
        if homes:
            table = dotted(homes[0][:-1])
            hint = f"It belongs in [{table}].  " if table else "It belongs above the first [table].  "
        if keys[:2] == ("sanitiser", "sites") and isinstance(value, dict):
            hint = 'Put the host in quotes: [sanitiser.sites."news.example.org"].  '
        self.report(UNKNOWN_KEY, keys, "unknown key", fix=f"{hint}Known keys: {', '.join(known)}.")

    def sites(self, raw: object, keys: Keys) -> dict[str, SiteRules]:
        """Return the rules of each host."""
        if not isinstance(raw, dict):
            self.table(raw, {}, keys)
            return {}
        sites: dict[str, SiteRules] = {}
        for name, rules in raw.items():
            here = (*keys, name)
            clean = self.table(rules, RULES, here)
            host = self.value(name, checks.host, here).get(name, "")
            if host in sites:
                line = sites[host].line
                self.report(BAD_VALUE, here, f"{host} has rules already, in line {line}", fix="Write one table.")
            elif host:
                sites[host] = SiteRules(**clean, line=self.lines.get(here, 0))
        return sites

    def defaults(self, raw: object, keys: Keys) -> tuple[Defaults, ...]:
        """Return what headers say where they say nothing themselves, table by table."""
        if not isinstance(raw, list):
            fix = f"Write a table of an array: [[{dotted(keys)}]]"
            self.report(WRONG_TYPE, keys, f"expected an array of tables, read {checks.shown(raw)}", fix=fix)
            return ()
        lines = table_lines(self.text, keys) if raw else []
        found = []
        for number, item in enumerate(raw):
            line = lines[number] if len(lines) == len(raw) else self.lines.get(keys, 0)
            found.append(Defaults(**self.table(item, DEFAULTS, keys), line=line))
        return tuple(found)

    def check_together(self, config: Config) -> None:
        """Report values that are right alone and wrong beside each other."""
        for keys, message, fix in clashes(config, self.lines):
            self.report(BAD_VALUE, keys, message, fix=fix)
