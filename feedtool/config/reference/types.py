"""What a value of the configuration may be, by the check that it has to pass: in words, and as JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, get_args

from feedtool.config import checks
from feedtool.config.checks import Check
from feedtool.model import Format, Host, Purge, Twin
from feedtool.syntax import LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """A kind of value."""

    words: str
    #: draft 2020-12; allows all that the check does, and refuses what an editor can know to be wrong
    schema: dict[str, Any] = field(hash=False)


def _listed(literal: object, *, least: int = 0) -> dict[str, Any]:
    names = list(get_args(literal))
    return {"type": "array", "items": {"enum": names}, "minItems": least, "uniqueItems": True}


def _or(literal: object) -> str:
    return ", ".join(get_args(literal))


_TEXT = {"type": "string"}
_SOME_TEXT = {"type": "string", "pattern": r"\S"}
_TEXTS = {"type": "array", "items": _SOME_TEXT, "uniqueItems": True}
_WEB = {"type": "string", "pattern": r"^\s*($|[Hh][Tt][Tt][Pp][Ss]?://\S)"}

TYPES: dict[Check, Type] = {
    checks.text: Type(words="text", schema=_TEXT),
    checks.some_text: Type(words="text", schema=_SOME_TEXT),
    checks.flag: Type(words="true or false", schema={"type": "boolean"}),
    checks.count: Type(words="a whole number", schema={"type": "integer", "minimum": 0}),
    checks.some_count: Type(words="a whole number from 1 on", schema={"type": "integer", "minimum": 1}),
    checks.purge: Type(
        words=f"one of {_or(Purge)}", schema={"type": "string", "pattern": rf"^\s*({'|'.join(get_args(Purge))})\s*$"}
    ),
    checks.target: Type(
        words="an address", schema={"type": "string", "pattern": r"^\s*$|^\s*((s3|gs|az)://|file:///)[^/]"}
    ),
    checks.span: Type(
        words="minutes, hours or days", schema={"type": "string", "pattern": r"^[\s]*(0|[\d\s]+[mhdMHD])\s*$"}
    ),
    checks.texts: Type(words="a list of texts", schema=_TEXTS),
    checks.some_texts: Type(words="a list of texts", schema={**_TEXTS, "minItems": 1}),
    checks.formats: Type(words=f"a list of {_or(Format)}", schema=_listed(Format, least=1)),
    checks.twins: Type(words=f"a list of {_or(Twin)}", schema=_listed(Twin)),
    checks.hosts: Type(
        words=f"one of {_or(Host)}, or a list", schema={"anyOf": [{"enum": list(get_args(Host))}, _listed(Host)]}
    ),
    checks.site_url: Type(words="a web address", schema=_WEB),
    checks.hub: Type(words="a web address", schema=_WEB),
    checks.language: Type(
        words="a language tag",
        schema={"type": "string", "pattern": rf"^\s*(?:{LANGUAGE})?\s*$"},
    ),
    checks.timezone: Type(words="a time zone", schema=_SOME_TEXT),
    checks.permalink: Type(
        words="a template, jekyll or hugo",
        schema={"type": "string", "pattern": r"^\s*(jekyll|hugo)?\s*$|\{(slug|stem)\}"},
    ),
    checks.ids: Type(
        words="uuid, source, jekyll, hugo, or a template",
        schema={"type": "string", "pattern": r"^\s*(uuid|source|jekyll|hugo|.*\{.+\}.*)\s*$"},
    ),
    checks.path_template: Type(words="a template", schema={"type": "string", "pattern": r"\{slug\}"}),
    checks.title_template: Type(words="a template", schema=_SOME_TEXT),
    checks.separator: Type(words="text", schema={"type": "string", "not": {"pattern": r"^ *[^ ]? *$", "minLength": 1}}),
    checks.posts_path: Type(words="a folder or a file", schema={"type": "string", "pattern": r"^[^*?\\]*$"}),
    checks.header_values: Type(words="a table", schema={"type": "object"}),
    checks.aliases: Type(words="a table of texts", schema={"type": "object", "additionalProperties": _SOME_TEXT}),
}
