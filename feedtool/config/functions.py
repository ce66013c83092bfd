"""Functions of the site's owner, as `[plugins]` names them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from feedtool.config.checks import SOME_TEXT, BadValueError, WrongTypeError, shown, some_text, takes, texts
from feedtool.config.declaration import key
from feedtool.config.placeholders import is_own_file

_TABLE = {"type": "object", "additionalProperties": SOME_TEXT}


@takes("text, or a list of texts", {"anyOf": [SOME_TEXT, {"type": "array", "items": SOME_TEXT, "uniqueItems": True}]})
def functions(value: object) -> tuple[str, ...]:
    """Return names of functions: one, or a list."""
    names = texts([value] if isinstance(value, str) else value)
    for name in names:
        _function(name)
    return names


@takes("a table of texts", _TABLE)
def readers(value: object) -> dict[str, str]:
    """Return the endings of files, each with the function that reads such files."""
    found = _table(value, '{ ".org" = "my_module:from_org" }')
    for ending in found:
        if not re.fullmatch(r"\.[a-z0-9]{1,10}", ending) or ending == ".entry":
            raise BadValueError(f"{shown(ending)} is not the ending of a file", 'Write it in lower case: ".org".')
    return found


@takes("a table of texts", _TABLE)
def formats(value: object) -> dict[str, str]:
    """Return the names of files beside a feed's, each with the function that makes them."""
    found = _table(value, '{ "feed.txt" = "my_module:as_text" }')
    for name in found:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9]+)+", name) or len(name) > 80:
            raise BadValueError(f"{shown(name)} is not the name of a file", 'Write it in lower case: "feed.txt".')
        if is_own_file(name):
            raise BadValueError(f"{shown(name)} is the name of a file that feedtool makes", "Choose another.")
    return found


def _table(value: object, example: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise WrongTypeError("a table", value, f"Write a table: {example}")
    return {name: _function(some_text(each)) for name, each in sorted(value.items())}


def _function(name: str) -> str:
    if not re.fullmatch(r"\w+(\.\w+)*(:\w+)?|[\w-]+", name):
        raise BadValueError(f"{shown(name)} is not a function", 'Write "module:function".')
    return name


@dataclass(frozen=True, slots=True)
class PluginCode:
    """A function of the site's owner."""

    #: the key of the configuration that names it
    key: str
    #: the ending of the files that it reads, the name of those that it makes; or ""
    file_name: str
    #: as configured; and as module:function
    name: str
    target: str
    #: the source, and its SHA-256
    file: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugins:
    """Functions of the site's owner, which run with all rights of the build."""

    transform: tuple[str, ...] = key(functions, (), '"my_module:shorten"')(
        "Function that takes a `feedtool.Entry`, and returns one, or None to leave it out: `module:function` of a file"
        " beside this one, or of an installed package; or a list of such, called in turn."
    )
    transform_posts: tuple[str, ...] = key(functions, (), '"my_module:with_tags"')(
        "The same for a `feedtool.Post`, before posts are sorted into feeds."
    )
    readers: Mapping[str, str] = key(readers, {}, '{ ".org" = "my_module:from_org" }')(
        "Functions that read files of other types, by the ending of their names: each takes bytes and path of a file,"
        " and returns the text of a post, with a header and Markdown or HTML."
    )
    formats: Mapping[str, str] = key(formats, {}, '{ "feed.txt" = "my_module:as_text" }')(
        "Functions that make another file for each feed, by its name: each takes a `feedtool.Feed` and its entries, and"
        " returns text or bytes."
    )
    #: read before a build: see `feedtool.build.plugins`
    code: tuple[PluginCode, ...] = ()
