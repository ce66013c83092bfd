"""Every key of the configuration, for people and editors: `feedtool explain`, the JSON Schema, docs/configuration.md.

All of it comes from the declarations in `feedtool.config`. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from feedtool.config import Config, fill
from feedtool.config.checks import TYPES
from feedtool.config.tables import Conditions, Key, Table, declared


def _walk(table: Table, defaults: object, above: str = "") -> Iterator[Key]:
    """Yield the keys of a table and of those in it; `above` is the beginning of their dotted names."""
    words = {"kind": table.kind, "kinds": table.kinds, "table": above.rstrip(".").rpartition(".")[2]}
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
