"""How a key of the configuration is declared: once, as a field of a dataclass in `feedtool.config`.

    name: type = key(check, default, example)(meaning)

A field that `key` or `table` makes may be written in feedtool.toml; other fields are not for users. What reads the
file, `feedtool explain`, docs/configuration.md, the JSON Schema and `feedtool init` all walk these declarations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TypeVar

from feedtool.config.checks import Check

T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Key:
    """A key that takes a value."""

    #: turns a TOML value into the field's value, or raises BadValueError
    check: Check
    #: one or two sentences for people, in Markdown; `{kind}` and `{kinds}` are words of the table
    meaning: str
    #: a value other than the default, as TOML
    example: str
    #: whether the file that `feedtool init` writes shows the key in a comment
    in_init: bool = False
    #: name from the top of the file with dots, such as "feeds.limit"; set by `feedtool.config.reference`
    name: str = ""
    #: the default as TOML, or "" for none; set by `feedtool.config.reference`
    default: str = ""

    @property
    def table(self) -> str:
        """Return the dotted name of the key's table; "" for the top of the file."""
        return self.name.rpartition(".")[0]

    @property
    def last(self) -> str:
        """Return the key's name within its table."""
        return self.name.rpartition(".")[2]

    @property
    def summary(self) -> str:
        """Return the first sentence of the meaning."""
        return self.meaning.partition(". ")[0].rstrip(".")


@dataclass(frozen=True, slots=True)
class Table:
    """A key that takes a table of keys."""

    #: the dataclass that declares them
    of: type
    #: "ITEM" for an array of tables, "HOST" for a table of tables by host, "" for a single table
    each: str = ""
    #: how its entries are called, for `{kind}` and `{kinds}` in meanings and examples
    kind: str = ""
    kinds: str = ""


def key(check: Callable[[object], T], default: D, example: str, *, in_init: bool = False) -> Callable[[str], T | D]:
    """Declare a key that takes a value; what it returns takes the meaning. The parameters are those of `Key`."""
    return lambda meaning: _field(default, Key(check, meaning, example, in_init))


def table(default: D, of: type | None = None, *, each: str = "", kind: str = "", kinds: str = "") -> D:
    """Declare a table, or tables of the dataclass `of`. The other parameters are those of `Table`."""
    return _field(default, Table(of or type(default), each, kind, kinds))


def _field(default: D, rule: Key | Table) -> D:
    if isinstance(default, dict):
        made: D = field(default_factory=default.copy, metadata={"key": rule})  # type: ignore[assignment]
        return made
    return field(default=default, metadata={"key": rule})


def declared(of: type) -> dict[str, Key | Table]:
    """Return what feedtool.toml may hold in a table, by name, in the order of the declaration."""
    return {each.name: each.metadata["key"] for each in fields(of) if "key" in each.metadata}
