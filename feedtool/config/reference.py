"""Every key of the configuration, for people and editors: `feedtool explain`, docs/configuration.md, the JSON Schema.

All of it comes from the declarations in `feedtool.config`. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from feedtool.config import Config, fill
from feedtool.config.checks import TYPES
from feedtool.config.tables import Conditions, Key, Table, declared

_HEAD = """# Configuration

`feedtool.toml` is a file next to the posts folder. Without it, the defaults apply. Paths in it are relative to it.
Command-line options override the file. An unknown key is an error, which names the most similar known key.

`feedtool explain feeds.limit` explains a key, `feedtool explain feeds` a table. Editors that support JSON Schema
complete keys and check values with `feedtool.schema.json`, which is next to this page and is printed by
`feedtool schema`; many find it by a first line `#:schema ./feedtool.schema.json`.
"""


def _walk(table: Table, defaults: object, above: str = "") -> Iterator[Key]:
    """Yield the keys of a table and of those in it; `above` is the beginning of their dotted names."""
    words = {"kind": table.kind, "kinds": table.kinds}
    for name, rule in declared(table.of).items():
        default = getattr(defaults, name)
        if isinstance(rule, Table) and rule.each:
            yield from _walk(rule, rule.of(), f"{above}{name}.{rule.each}.")
        elif isinstance(rule, Table):
            yield from _walk(rule, default, f"{above}{name}.")
        else:
            yield replace(
                rule,
                name=above + name,
                default="" if default in (None, "", (), {}, Conditions()) else json.dumps(default, ensure_ascii=False),
                meaning=fill(rule.meaning, **words),
                example=fill(rule.example, **words),
            )


#: every key by dotted name, in the order in which they are shown; a host is HOST, each table of an array ITEM
KEYS: dict[str, Key] = {key.name: key for key in _walk(Table(Config), Config())}


def key_lines(name: str) -> list[str]:
    """Return an explanation of a key, or of the keys of a table, as lines; none if no key has that name."""
    lines: list[str] = []
    for key in KEYS.values():
        if key.name == name or key.name.startswith(f"{name}."):
            default = f"; default {key.default}" if key.default else ""
            lines += [f"{key.name}: {TYPES[key.check].words}{default}"]
            lines += [f"  {key.meaning}", f"  {key.last} = {key.example}", ""]
    return lines[:-1]


def reference_page() -> str:
    """Return docs/configuration.md: every key with its type, default and meaning, and a file that has them all."""
    parts = [_HEAD]
    for table, keys in groupby(KEYS.values(), lambda key: key.table):
        heading = f"`{_header(table)}`" if table else "Above all tables"
        parts.append(f"\n## {heading}\n\n| key | takes | default | meaning |\n|---|---|---|---|\n")
        for key in keys:
            default = f"`{key.default}`" if key.default else ""
            cells = (f"`{key.last}`", TYPES[key.check].words, default, key.meaning)
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join([*parts, "\n## All of it\n\n```toml\n", example(), "```\n"])


def example() -> str:
    """Return a configuration that has every key, each with a value that works."""
    lines: list[str] = []
    for table, keys in groupby(KEYS.values(), lambda key: key.table):
        if table:
            lines += ["", _header(table)]
        lines += [f"{key.last} = {key.example}" for key in keys]
    return "\n".join(lines) + "\n"


def _header(table: str) -> str:
    """Return the line that a table begins with."""
    if table.endswith(".ITEM"):
        return f"[[{table.removesuffix('.ITEM')}]]"
    return "[" + table.replace("HOST", '"news.example.org"') + "]"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of feedtool.toml."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "feedtool.toml",
        "description": "The configuration of feedtool.",
        **_schema(""),
    }


def _schema(above: str) -> dict[str, Any]:
    """Return the schema of a table; `above` is the beginning of its keys' dotted names."""
    properties: dict[str, Any] = {}
    for key in KEYS.values():
        name, _, rest = key.name.removeprefix(above).partition(".")
        if not key.name.startswith(above) or name in properties:
            continue
        default = f" Default: {key.default}." if key.default else ""
        own = {"description": key.meaning + default, **TYPES[key.check].schema}
        properties[name] = _schema(f"{above}{name}.") if rest else own
    if "ITEM" in properties:
        array = {"type": "array", "items": properties["ITEM"]}
        return {"anyOf": [properties["ITEM"], array]} if above == "podcast." else array
    others = properties.pop("HOST", False)
    return {"type": "object", "properties": properties, "additionalProperties": others}
