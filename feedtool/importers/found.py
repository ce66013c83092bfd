"""What is learnt of a site: values for feedtool.toml, each with where it came from, and what could not be taken over.

Recognisers are pure functions: the names of a site's files, with the texts of those that hold settings, come in; a
Recognised comes out, or None. They gather in a Finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: by path below the site's folder, with "/" between folders: the text of a file of settings, "" for any other file
Files: TypeAlias = Mapping[str, str]

#: what a template language, a shell or a script would fill in, and reading alone cannot
_UNFILLED = re.compile(r"\{\{|\{%|\$\{|<%|process\.env|\$[A-Z_]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A value as it was found."""

    value: Any
    #: file and key, such as "_config.yml: title"; or why the value is meant
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A site that another program makes."""

    #: such as "Jekyll"
    tool: str
    #: what speaks for it, strongest first, each with its weight
    evidence: tuple[tuple[str, int], ...]
    #: by dotted key of feedtool.toml
    values: Mapping[str, Found] = field(default_factory=dict)
    #: the site's own address, with "/" at the end; ""
    home: str = ""
    #: the address of the feed that the site has now, or ""
    old_feed: str = ""
    #: what could not be taken over, in whole sentences
    notes: tuple[str, ...] = ()

    @property
    def strength(self) -> int:
        """Return how much speaks for it."""
        return sum(weight for _, weight in self.evidence)


@dataclass(slots=True)
class Finding:
    """Gathers values and notes."""

    values: dict[str, Found] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, key: str, value: object, origin: str) -> None:
        """Keep a value, unless one was found before, it is empty, or it is not a value yet."""
        if value is None or value in ("", [], {}) or key in self.values:
            return
        if isinstance(value, str) and _UNFILLED.search(value):
            self.notes.append(f"{origin} is filled in elsewhere ({value[:60]}); set {key} by hand.")
            return
        self.values[key] = Found(value=value, origin=origin)

    def note(self, sentence: str) -> None:
        """Keep something that could not be taken over."""
        self.notes.append(sentence)

    def text(self, key: str) -> str:
        """Return a text that was found, or ""."""
        found = self.values.get(key)
        return str(found.value) if found else ""


def address(*parts: str) -> str:
    """Return an address of a folder, with one "/" between its parts and one at the end; "" where it is no address."""
    joined = "/".join(part.strip("/") for part in parts if part.strip("/"))
    return f"{joined}/" if re.match(r"https?://[^/]", joined) else ""


def language(tag: str) -> str:
    """Return a language as tags are written: "en-US" for what is often called "en_US.UTF-8"."""
    return tag.partition(".")[0].replace("_", "-")


def folders_of(names: Iterable[str], endings: tuple[str, ...]) -> dict[str, int]:
    """Return each folder that holds files with such endings, with their number."""
    counts: dict[str, int] = {}
    for name in names:
        if name.lower().endswith(endings):
            folder = name.rpartition("/")[0]
            counts[folder] = counts.get(folder, 0) + 1
    return counts


def below(names: Iterable[str], folder: str) -> list[str]:
    """Return the names below a folder, from there on; all for ""."""
    prefix = f"{folder}/" if folder else ""
    return [name[len(prefix) :] for name in names if name.startswith(prefix)]
