"""The configuration as a JSON Schema, by which editors complete keys and underline mistakes."""

from __future__ import annotations

from typing import Any

from feedtool.config.reference.keys import Key, all_keys
from feedtool.config.reference.types import TYPES


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of feedtool.toml."""
    root = _table()
    for key in all_keys():
        table = root
        for name in key.name.split(".")[:-1]:
            table = _below(table, name)
        table["properties"][key.last] = _value(key)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "feedtool.toml",
        "description": "The configuration of feedtool.",
        **root,
    }


def _below(table: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a table of the table; HOST stands for names of the user's own, ITEM for each table of an array."""
    if name == "ITEM":
        if table["type"] != "array":
            table.clear()
            table |= {"type": "array", "items": _table()}
        item: dict[str, Any] = table["items"]
        return item
    if name == "HOST":
        table["additionalProperties"] = table["additionalProperties"] or _table()
        below: dict[str, Any] = table["additionalProperties"]
        return below
    tables: dict[str, dict[str, Any]] = table["properties"]
    return tables.setdefault(name, _table())


def _table() -> dict[str, Any]:
    return {"type": "object", "properties": {}, "additionalProperties": False}


def _value(key: Key) -> dict[str, Any]:
    default = f" Default: {key.default}." if key.default else ""
    return {"description": key.meaning + default, **TYPES[key.check].schema}
