"""Tables of the configuration: how their keys are declared, and those whose values have forms of their own. Pure.

A key is declared once, as a field of a dataclass:

    name: type = key(check, default, example)(meaning)

A field that `key` or `table` makes may be written in feedtool.toml; other fields are not for users. What reads the
file, `feedtool explain`, docs/configuration.md, the JSON Schema and `feedtool init` all walk these declarations. Most
are in `feedtool.config`; here are those of old names, feeds with conditions, podcasts, and functions of the site's
owner.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import field, fields
from typing import Any, Literal, TypeAlias, TypeVar

from feedtool.config.checks import (
    SOME_TEXT,
    TYPES,
    BadValueError,
    Check,
    WrongTypeError,
    did_you_mean,
    host,
    language,
    one_of,
    shown,
    some_text,
    takes,
    text,
    texts,
)
from feedtool.config.placeholders import folder_name, is_own_file
from feedtool.config.podcast_table import CATEGORIES, ROWS, Part, addresses_of, facts_of, spoken_fault, with_absolute
from feedtool.frozen import frozen, positional
from feedtool.model import Fact, Kind
from feedtool.syntax import date_w3c, language_fault
from feedtool.urls import absolute

T = TypeVar("T")
D = TypeVar("D")


@positional
class Key:
    """A key that takes a value."""

    #: turns a TOML value into the field's value, or raises BadValueError
    check: Check
    #: one or two sentences for people, in Markdown; `{kind}`, `{kinds}` and `{table}` are words of the table
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


@positional
class Table:
    """A key that takes a table of keys."""

    #: the dataclass that declares them
    of: type
    #: "ITEM" for an array of tables, "HOST" for a table of tables by host, "" for a single table
    each: str = ""
    #: how its entries are called, for `{kind}` and `{kinds}` in meanings and examples
    kind: str = ""
    kinds: str = ""


def key(check: Callable[[object], T], default: object, example: str, *, in_init: bool = False) -> Callable[[str], T]:
    """Declare a key that takes a value; what it returns takes the meaning. The parameters are those of `Key`."""
    return lambda meaning: _field(default, Key(check, meaning, example, in_init))


def table(default: D, of: type | None = None, *, each: str = "", kind: str = "", kinds: str = "") -> D:
    """Declare a table, or tables of the dataclass `of`. The other parameters are those of `Table`."""
    made: D = _field(default, Table(of or type(default), each, kind, kinds))
    return made


def _field(default: object, rule: Key | Table) -> Any:  # noqa: ANN401 - what dataclasses make of it
    made: dict[str, Any] = {"default_factory": default.copy} if isinstance(default, dict) else {"default": default}
    return field(**made, metadata={"key": rule})


def declared(of: type) -> dict[str, Key | Table]:
    """Return what feedtool.toml may hold in a table, by name, in the order of the declaration."""
    return {each.name: each.metadata["key"] for each in fields(of) if "key" in each.metadata}


_TABLE = {"type": "object", "additionalProperties": SOME_TEXT}


@takes("a table of texts", _TABLE)
def aliases(value: object) -> dict[str, str]:
    """Return old names of terms -> the present name of each, also where a term was renamed more than once."""
    if not isinstance(value, dict):
        raise WrongTypeError("a table", value, 'Write [aliases], then "Old name" = "New name".')
    named = {_term(old): _term(new) for old, new in value.items()}
    last: dict[str, str] = {}
    for old in named:
        new, passed = old, set[str]()
        while new in named:
            if new in passed:
                fix = "Write the present name of the term, without a rule for that name."
                raise BadValueError(f"{shown(old)} leads back to itself", fix)
            passed.add(new)
            new = named[new]
        last[old] = new
    return last


def _term(value: object) -> str:
    """Return the name of a term in Unicode form NFC, as the reader writes it."""
    return unicodedata.normalize("NFC", some_text(value))


#: What the entries of a feed are ordered by; the time that one entry of a digest is for.
Order: TypeAlias = Literal["published", "updated"]
Span: TypeAlias = Literal["off", "day", "week"]

order: Callable[[object], Order] = one_of(("published", "updated"), "order")
digest: Callable[[object], Span] = one_of(("off", "day", "week"), "choice")
_THINGS = ("enclosure", "picture")
_LIST = {"type": "array", "items": {"type": "string", "pattern": r"\S"}, "uniqueItems": True}
_DAY = {"type": "string", "pattern": r"^\s*\d{4}"}


@frozen
class Conditions:
    """Conditions that an entry meets or not."""

    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    #: BCP 47; a language includes its kinds
    languages: tuple[str, ...] = ()
    #: of sources, in lower case and ASCII; a host includes its subdomains
    hosts: tuple[str, ...] = ()
    #: of posts, as their paths begin
    folders: tuple[str, ...] = ()
    #: in the title, in any case
    words: tuple[str, ...] = ()
    #: "enclosure", "picture"
    has: tuple[str, ...] = ()
    #: published then or later; and before; in milliseconds since 1970
    since: int | None = None
    until: int | None = None
    #: each condition on its own, as a key and one of its values; every story is tried by them
    each: tuple[tuple[str, Any], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        days = [(name, day) for name in _DAYS if (day := getattr(self, name)) is not None]
        several = [(name, value) for name in _NAMES if name not in _DAYS for value in getattr(self, name)]
        object.__setattr__(self, "each", (*several, *days))


_NAMES = tuple(each.name for each in fields(Conditions) if each.init)
_DAYS = ("since", "until")


@takes(
    "a table of conditions",
    {
        "type": "object",
        "properties": {name: _DAY if name in _DAYS else _LIST for name in _NAMES},
        "additionalProperties": False,
    },
)
def conditions(value: object) -> Conditions:
    """Return the conditions of a TOML table, such as { tags = ["tea"], since = "2024-01-01" }."""
    if not isinstance(value, dict):
        raise WrongTypeError("a table of conditions", value, 'Write a table: any = { tags = ["tea"] }')
    for name in value:
        if name not in _NAMES:
            fix = f"{did_you_mean(name, _NAMES)}Conditions: {', '.join(_NAMES)}."
            raise BadValueError(f"{shown(name)} is not a condition", fix)
    given: dict[str, Any] = {
        name: _day(each) if name in _DAYS else _checked(name, each) for name, each in value.items()
    }
    return Conditions(**given)


def _checked(name: str, value: object) -> tuple[str, ...]:
    names = texts(value)
    if name == "hosts":
        return tuple(dict.fromkeys(map(host, names)))
    if name == "has" and (wrong := [each for each in names if each not in _THINGS]):
        raise BadValueError(f"{shown(wrong[0])} cannot be asked for", f"A post may have: {', '.join(_THINGS)}.")
    if name == "languages" and (faults := [(each, fault) for each in names if (fault := language_fault(each))]):
        raise BadValueError(f"{shown(faults[0][0])} is not a language: {faults[0][1]}")
    return names


def _day(value: object) -> int:
    """Return the first moment of a day, UTC, in milliseconds since 1970."""
    ms = date_w3c(str(value)).ms
    if ms is None or len(str(value)) != len("2024-02-29"):
        raise BadValueError(f"{shown(value)} is not a day", 'Write "2024-02-29".')
    return ms


@frozen
class Custom:
    """A feed of one's own."""

    name: str = key(text, "", '"Harbour"')("Name of the feed, which never changes; also its title, if it has none.")
    title: str = key(text, "", '"News of the harbour"')("Title of the feed.")
    path: str = key(folder_name, "", '"harbour"')(
        "Folder of the feed, below the output folder. The default is made of the name."
    )
    any: Conditions = key(conditions, Conditions(), '{ tags = ["harbour"], words = ["ferry"] }')(
        "Conditions of which entries meet at least one: `categories`, `tags`, `authors`, `languages` (`zh` includes"
        " `zh-Hant`), `hosts` of sources with their subdomains, `folders` of posts, `words` in the title, `has`"
        ' (`"enclosure"`, `"picture"`), `since` and `until` (days, UTC).'
    )
    all: Conditions = key(conditions, Conditions(), '{ languages = ["zh"] }')(
        "Conditions that entries meet, each of them."
    )
    none: Conditions = key(conditions, Conditions(), '{ hosts = ["ads.example.org"] }')(
        "Conditions of which entries meet none."
    )
    order: Order = key(order, "published", '"updated"')(
        "`published`: the newest entries. `updated`: those that changed last; such a feed has no archives, and all"
        " entries that meet its conditions are made for it."
    )
    digest: Span = key(digest, "off", '"week"')(
        "`day` or `week`: instead of its entries, the feed has one entry for each day or week, which lists them, as"
        " soon as there is an entry of a later one. Days are those of `site.timezone`. Such a feed has no archives."
    )
    #: of the table in the configuration file, from 1; 0 if unknown
    line: int = 0

    @property
    def has_digests(self) -> bool:
        """Return whether its entries list others."""
        return self.digest != "off"

    @property
    def is_sorted(self) -> bool:
        """Return whether its entries are chosen, or listed, by more than their dates."""
        return self.order == "updated" or self.has_digests


@takes("a language tag", TYPES[language].schema)
def spoken(value: object) -> str:
    """Return the tag of a language that a podcast may have; or ""."""
    tag = language(value)
    if tag and (fault := spoken_fault(tag)):
        raise BadValueError(f"{shown(tag)} {fault}", "Write a code such as en or pt-BR.")
    return tag


#: the value of a key of a podcast
Facts = tuple[Fact, ...]
_SCHEMAS: Mapping[str, dict[str, Any]] = {
    **{kind: {"type": "boolean"} for kind in ("true or false", "yes", "yes or no")},
    "decimal": {"type": "number"},
    "category": {"type": "string", "pattern": "^(" + "|".join(map(re.escape, CATEGORIES)) + ")"},
}


def said(name: str) -> Facts:
    """Declare a key of a podcast, as its row in `feedtool.config.podcast_table` has it."""
    row = ROWS[name]
    first, *others = row.parts.items()
    words = first[1].kind if not others else "a table"
    if first[1].choices:
        words = f"one of {', '.join(first[1].choices)}"
    own = _schema(first[1]) if not others else {
        "anyOf": [_schema(first[1]), {
            "type": "object",
            "properties": {name: _schema(part) for name, part in row.parts.items()},
            "additionalProperties": False,
        }],
    }  # fmt: skip

    @takes(f"a list ({words})" if row.is_many else words, {"type": "array", "items": own} if row.is_many else own)
    def check(value: object) -> Facts:
        if row.is_many and not isinstance(value, list | tuple):
            raise WrongTypeError("a list", value, f"Write it in brackets: {row.example}")
        fault = ""
        try:
            facts = facts_of(row, value)
        except ValueError as error:
            facts, fault = (), str(error)
        if not all(absolute(address) for fact in facts for address in addresses_of(fact)):
            fault = "it is not an absolute web address"
        if fault:
            raise BadValueError(f"{fault}; read {shown(value)}", f"Write it like this: {row.example}")
        return tuple(with_absolute(fact, "") for fact in facts)

    return key(check, (), row.example)(row.meaning)


def _schema(part: Part) -> dict[str, Any]:
    return {"enum": list(part.choices)} if part.choices else _SCHEMAS.get(part.kind, {"type": "string"})


@frozen
class Podcast:
    """A podcast: a feed, and facts about it."""

    category: str = key(text, "", '"Talks"')(
        "The category whose feed is the podcast. With neither this nor `custom`, it is the feed of all entries."
    )
    custom: str = key(text, "", '"Harbour"')("Or the name of the feed under `[[feeds.custom]]`.")
    title: str = key(text, "", '"Harbour talks"')("Title of the podcast. The default is that of the feed.")
    description: str = key(text, "", '"Talks with those who work there"')("What the podcast is about.")
    language: str = key(spoken, "", '"en"')("Language spoken. The default is that of the feed.")
    author: Facts = said("author")
    owner: Facts = said("owner")
    image: Facts = said("image")
    categories: Facts = said("categories")
    explicit: Facts = said("explicit")
    type: Facts = said("type")
    complete: Facts = said("complete")
    block: Facts = said("block")
    new_feed_url: Facts = said("new_feed_url")
    copyright: Facts = said("copyright")
    guid: Facts = said("guid")
    locked: Facts = said("locked")
    funding: Facts = said("funding")
    medium: Facts = said("medium")
    people: Facts = said("people")
    location: Facts = said("location")
    #: of the table in the configuration file, from 1; 0 if unknown
    line: int = 0

    @property
    def kind(self) -> Kind:
        """Return the kind of its feed."""
        return "category" if self.category else "custom" if self.custom else "all"

    @property
    def term(self) -> str:
        """Return the term of its feed."""
        return self.category or self.custom

    @property
    def facts(self) -> Facts:
        """Return all facts, in the order of the table."""
        return tuple(fact for row in ROWS if hasattr(self, row) for fact in getattr(self, row))


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


@positional
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


@frozen
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
