"""What is said of a post in other places than at the head of its header: in the configuration, or in tables. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from feedtool import config
from feedtool.problems import printable_path
from feedtool.reader.field import Elsewhere, Field, LentField, typed

#: keys that say the same in other words: a header that has one of them needs no default for another
_SAME = (
    ("author", "authors"), ("categories", "category"), ("tags", "tag"), ("summary", "description", "excerpt"),
    ("lang", "language"), ("image", "images"), ("from", "source"), ("permalink", "link", "url", "path"),
    ("id", "guid"), ("updated", "last_modified_at", "lastmod", "modified"),
)  # fmt: skip
_SYNONYMS = {key: keys for keys in _SAME for key in keys}
#: Zola's taxonomies and Hugo's params: tables of a header, and the keys in them that are read as if they stood outside
_TABLES = ("taxonomies", "params")
_IN_TABLES = frozenset({"categories", "category", "tags", "tag", "authors", "author", "image", "images"})
#: tables within tables, more than any value has
_DEEPEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Customs:
    """What a configuration says of all posts, or of those of a folder."""

    #: folder, and what headers say there if they say nothing themselves; what wins comes last
    defaults: tuple[tuple[str, Mapping[str, Field]], ...] = ()
    #: terms that are no topics
    ignored: frozenset[str] = field(default_factory=frozenset)
    #: what ends an excerpt beside `<!--more-->`, or ""
    separator: str = ""
    #: the posts folders as the posts' paths begin with them, the shortest first
    roots: tuple[str, ...] = ()
    #: posts come and go when their dates say so
    is_timed: bool = False


#: of a site without a configuration
PLAIN = Customs()


def customs_of(posts: config.Posts, path: str) -> Customs:
    """Return what the configuration, which is the file of that path, says of posts."""
    ordered = sorted(posts.defaults, key=lambda each: len(each.path))
    return Customs(
        defaults=tuple((each.path, _fields(each, path)) for each in ordered),
        ignored=frozenset(posts.ignore_terms),
        separator=posts.excerpt_separator,
        roots=tuple(
            sorted({printable_path(folder).rstrip("/") for folder in posts.dirs}, key=lambda root: (len(root), root))
        ),
        is_timed=not posts.future,
    )


def _fields(defaults: config.Defaults, path: str) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name, value in defaults.values.items():
        elsewhere = Elsewhere(name=name, path=path, line=defaults.line)
        try:
            field = LentField(value=typed(value, _DEEPEST), line=0, raw=str(value)[:200], elsewhere=elsewhere)
        except OverflowError:
            continue  # nothing that is read is nested so deep
        fields[name.strip().lower().replace("-", "_")] = field
    return fields


def completed(fields: dict[str, Field], path: str, customs: Customs) -> dict[str, Field]:
    """Return a header's fields with those that its own tables and the configuration add to them."""
    if "taxonomies" in fields or "params" in fields:
        fields = _from_tables(fields) | fields
    if not customs.defaults:
        return fields
    name = path.removeprefix("./")
    given: dict[str, Field] = {}
    for folder, defaults in customs.defaults:
        if not folder or name == folder or name.startswith(folder + "/"):
            given |= defaults
    own = {key for key, field in fields.items() if field.value is not None}
    return fields | {key: field for key, field in given.items() if own.isdisjoint(_SYNONYMS.get(key, (key,)))}


def _from_tables(fields: Mapping[str, Field]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for table in _TABLES:
        field = fields.get(table)
        if field is None or not isinstance(field.value, dict):
            continue
        for name, value in field.value.items():
            if (key := name.strip().lower()) in _IN_TABLES:
                elsewhere = Elsewhere(name=f"{table}.{name}")
                found[key] = LentField(value=value, line=field.line, raw=str(value)[:200], elsewhere=elsewhere)
    return found
