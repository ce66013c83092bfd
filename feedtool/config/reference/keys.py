"""Each key of the configuration: what people have to know of it, from keys.toml, and what the code says of it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files

from feedtool.config import Config
from feedtool.config.checks import Check
from feedtool.config.reading import DEFAULTS, RULES, SCHEMA, Schema
from feedtool.config.reference.types import TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as its reader has to know it."""

    #: dotted, from the top
    name: str
    check: Check
    #: what the build takes where the key is missing, as TOML; "" where there is nothing
    default: str
    meaning: str
    #: a value, as TOML
    example: str

    @property
    def table(self) -> str:
        """Return the table that it stands in, dotted; "" for the top."""
        return self.name.rpartition(".")[0]

    @property
    def last(self) -> str:
        """Return its name within its table."""
        return self.name.rpartition(".")[2]

    @property
    def type_words(self) -> str:
        """Return what a value may be."""
        return TYPES[self.check].words


#: by dotted key, in the order in which they are shown: its meaning, and a value as TOML
KEYS: dict[str, dict[str, str]] = tomllib.loads(
    (files("feedtool.config.reference") / "keys.toml").read_text(encoding="utf-8")
)


def all_keys() -> Iterator[Key]:
    """Yield every key that a configuration may have; a host's name is HOST, each table of an array is ITEM."""
    order = {name: place for place, name in enumerate(KEYS)}
    found = dict(_checks(SCHEMA))
    found |= {f"posts.defaults.ITEM.{name}": check for name, check in _checks(DEFAULTS)}
    found |= {f"sanitiser.sites.HOST.{name}": check for name, check in _checks(RULES)}
    for name in sorted(found, key=lambda name: order.get(name, len(order))):
        yield Key(name=name, check=found[name], default=_default(name), **KEYS[name])


def key_lines(name: str) -> list[str]:
    """Return what there is to say of a key, or of the keys of a table; nothing where there is none of that name."""
    lines: list[str] = []
    for key in all_keys():
        if key.name == name or key.name.startswith(f"{name}."):
            default = f"; {key.default} without it" if key.default else ""
            lines += [f"{key.name}: {key.type_words}{default}", f"  {key.meaning}", f"  {key.last} = {key.example}", ""]
    return lines[:-1]


def _checks(schema: Schema, above: str = "") -> Iterator[tuple[str, Check]]:
    for name, rule in schema.items():
        if isinstance(rule, Mapping):
            yield from _checks(rule, f"{above}{name}.")
        else:
            yield above + name, rule


def _default(name: str) -> str:
    value: object = asdict(Config())
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return "" if value in (None, "", (), {}) else as_toml(value)


def as_toml(value: object) -> str:
    """Return the value as TOML writes it."""
    return json.dumps(value, ensure_ascii=False)
