"""The files of a site, and what was found in them: values for feedtool.toml, each with its origin, and notes.

Each generator has a module with a pure function `recognise`: the names of a site's files, with the texts of those that
are settings, come in; a Recognised goes out, or None. It collects in a Finding. Nothing of the site is run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from feedtool.disk import read_regular

#: by path below the site's folder, with "/" between folders: the text of a file of settings, "" for any other file
Files: TypeAlias = Mapping[str, str]
#: settings of a site by key, each value with its origin, such as "_config.yml: title"
Settings: TypeAlias = Mapping[str, tuple[Any, str]]

#: number of files; of a larger site the rest is ignored
_MOST = 100_000
#: characters of a file of settings; the rest is ignored
LONGEST = 200_000
#: folders made by programs, or of other people
_OTHERS = {"node_modules", "vendor", "venv", "themes", "bower_components", "__pycache__", "_site", "public", "target"}
_SETTINGS = re.compile(
    r"_config\.(ya?ml|toml)|(hugo|config|zola)\.(toml|ya?ml|json)|config/_default/[^/]+\.(toml|ya?ml|json)"
    r"|\.eleventy\.js|eleventy\.config\.(js|mjs|cjs|ts)|package\.json|(.*/)?_data/(metadata|site)\.js(on)?"
    r"|(pelican|publish)conf\.py|Gemfile"
)
#: text that a template language, a shell or a script fills in
_UNFILLED = re.compile(r"\{\{|\{%|\$\{|<%|process\.env|\$[A-Z_]{3,}")


def look(folder: Path) -> Files:
    """Return the files below a folder. Hidden and generated folders, and what cannot be read, are left out."""
    found: dict[str, str] = {}
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in _OTHERS)
        above = Path(where).relative_to(folder).as_posix()
        for name in sorted(names):
            path = name if above == "." else f"{above}/{name}"
            found[path] = _text(Path(where, name)) if _SETTINGS.fullmatch(path) else ""
            if len(found) >= _MOST:
                return found
    return found


def _text(path: Path) -> str:
    try:
        return read_regular(path, most=50 * LONGEST)[:LONGEST].decode("utf-8-sig", "replace")
    except OSError:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A value that was found."""

    value: Any
    #: file and key, such as "_config.yml: title"; or the reason for the value
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A site of a generator."""

    #: such as "Jekyll"; "" for none
    tool: str
    #: files that show it, strongest first, each with its weight
    evidence: tuple[tuple[str, int], ...] = ()
    #: by dotted key of feedtool.toml
    values: Mapping[str, Found] = field(default_factory=dict)
    #: address of the site, with "/" at the end; or ""
    home: str = ""
    #: address of the feed that the site has now; or ""
    old_feed: str = ""
    #: what could not be taken over, in whole sentences
    notes: tuple[str, ...] = ()

    @property
    def strength(self) -> int:
        """Return the weight of all evidence."""
        return sum(weight for _, weight in self.evidence)


@dataclass(slots=True)
class Finding:
    """Collects the values and notes of a site."""

    tool: str
    evidence: list[tuple[str, int]]
    settings: Settings = field(default_factory=dict)
    values: dict[str, Found] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def get(self, key: str, default: object = "", origin: str = "") -> tuple[Any, str]:
        """Return a setting with its origin, or the default of the generator."""
        return self.settings.get(key, (default, origin or f"the default of {self.tool}"))

    def text(self, key: str, default: str = "") -> str:
        """Return a setting that is a text; "" for any other."""
        return plain_text(self.get(key, default)[0])

    def take(self, key: str, value: object, origin: str) -> None:
        """Keep a value for a key of feedtool.toml, unless it has one, or the value is empty or has to be filled in."""
        if value is None or value in ("", [], {}) or key in self.values:
            return
        if isinstance(value, str) and _UNFILLED.search(value):
            self.note(f"{origin} is filled in elsewhere ({value[:60]}); set {key} by hand.")
            return
        self.values[key] = Found(value=value, origin=origin)

    def take_texts(self, table: Mapping[str, str], settings: Settings | None = None) -> None:
        """Keep the first text of several settings: key of feedtool.toml -> keys of the generator, with spaces between.

        A person may be a table with a name.
        """
        for key, theirs in table.items():
            for name in theirs.split():
                value, origin = (self.settings if settings is None else settings).get(name, ("", ""))
                if key == "site.author" and isinstance(value, dict):
                    value = lowered(value).get("name")
                text = plain_text(value)
                self.take(key, language(text) if key == "site.language" else text, origin)

    def note(self, sentence: str) -> None:
        """Keep something that could not be taken over."""
        self.notes.append(sentence)

    def recognised(self, home: str, feed: str) -> Recognised:
        """Return the site; `feed` is the path of its feed below `home`, or "" for none."""
        return Recognised(
            tool=self.tool,
            evidence=tuple(self.evidence),
            values=self.values,
            home=home,
            old_feed=home + feed.lstrip("/") if home and feed else "",
            notes=tuple(self.notes),
        )


def named(table: Mapping[str, Any], above: str) -> Settings:
    """Return the settings in a table; `above` is the beginning of their origins, such as "_config.yml: "."""
    return {key: (value, f"{above}{key}") for key, value in table.items()}


def plain_text(value: object) -> str:
    """Return a text without outer blanks; "" for any other value."""
    return value.strip() if isinstance(value, str) else ""


def lowered(table: object) -> dict[str, Any]:
    """Return a table with its keys in lower case; an empty one for any other value."""
    return {str(key).lower(): value for key, value in table.items()} if isinstance(table, dict) else {}


def address(*parts: str) -> str:
    """Return the address of a folder, with one "/" between its parts and one at the end; "" if it is not absolute."""
    joined = "/".join(part.strip("/") for part in parts if part.strip("/"))
    return f"{joined}/" if re.match(r"https?://[^/]", joined) else ""


def language(tag: str) -> str:
    """Return a locale as a language tag: "en-US" for "en_US.UTF-8"."""
    return tag.partition(".")[0].replace("_", "-")


def folders_of(names: Iterable[str], endings: tuple[str, ...]) -> dict[str, int]:
    """Return each folder that has files with such endings, with their number."""
    counts: dict[str, int] = {}
    for name in names:
        if name.lower().endswith(endings):
            folder = name.rpartition("/")[0]
            counts[folder] = counts.get(folder, 0) + 1
    return counts


def largest(counts: Mapping[str, int]) -> str:
    """Return the name with the highest count; of equal ones the last by name."""
    return max(counts, key=lambda name: (counts[name], name))


def below(names: Iterable[str], folder: str) -> list[str]:
    """Return the names below a folder, relative to it; all for ""."""
    prefix = f"{folder}/" if folder else ""
    return [name[len(prefix) :] for name in names if name.startswith(prefix)]


def folder_name(*parts: str) -> str:
    """Return parts of settings as the path of a folder, without "./" and outer "/"; "" for the site's own folder."""
    return "/".join(part for each in parts if (part := each.strip("./").strip("/")))
