"""feeds.json, the manifest: the list of feeds for programs, which changes only when a feed comes, goes or is renamed.

In: feeds; or the bytes of an earlier manifest, which anybody may have edited. Out: one document; or a Manifest whose
paths cannot lead out of the output folder. What changes more often is in the ledger, see there; up to version 3, a part
of it was here, up to version 2 all of it. Pure: no files, no clock.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeVar, get_args

from feedtool.frozen import frozen
from feedtool.generators.rendering import json_text
from feedtool.generators.xml import rfc3339
from feedtool.model import Claim, Document, Feed, Kind, key_of
from feedtool.syntax import CALENDAR_MS, NOT_XML, date_3339, later

#: path of the manifest
PATH = "feeds.json"
#: path of the part of the ledger that names the others; it is written last
INDEX = "ledger/index.json"
#: increased when older versions of feedtool would misread a manifest
_VERSION = 4
#: those that are read; up to version 2 the entries are in it, in version 1 with shorter marks and without `updated`
_READ = (1, 2, 3, _VERSION)
#: paths of the parts of the ledger, the only ones that are read: see `ledger`
_PART = later(r"ledger/(?:index|[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{1,2})?)?|files(?:-[0-9a-f]{1,2})?)\.json")
#: parts of a ledger
_MOST_PARTS = 20_000
#: RFC 3986 section 3
_ID = later(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+")
_MARK = later("[0-9a-f-]{24,160}")
_TELLING = later("[0-9a-f-]{13}")
_CONTENT = later("(?:[0-9a-f]{16})?")
_PLAIN = later(rf"urn:uuid:[0-9a-f-]+ {_MARK.pattern} {_CONTENT.pattern}")
#: bytes of a folder's name in UTF-8
_LONGEST_NAME = 255
_SHA256 = later("[0-9a-f]{64}")
#: what no file or folder of feedtool's has in its name: control characters, a backslash, a drive letter
_UNSAFE = later(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:")

#: fields of a feed that are text, in their order
_TEXTS = ("kind", "term", "slug", "title", "language")
_T = TypeVar("_T")
#: names of JSON types in messages
_TYPE_NAMES: dict[type, str] = {str: "text", list: "a list", dict: "a table"}


class ManifestError(ValueError):
    """The bytes are not a manifest of feedtool's; the message says why."""


class ForeignManifestError(ManifestError):
    """The bytes are valid JSON, but another program's."""


@frozen
class KnownFeed:
    """A feed of an earlier build."""

    kind: Kind
    term: str
    slug: str
    title: str
    language: str
    #: 0 where nobody knows
    updated_ms: int = 0
    #: see `Feed`
    is_archived: bool = False
    archived_until: str = ""
    #: how many entries the feed itself holds
    count: int = 0
    #: earlier names of its term, with their slugs
    aliases: tuple[tuple[str, str], ...] = ()
    #: the id by which podcast apps know it, or ""
    guid: str = ""
    #: of its documents
    urls: tuple[str, ...] = ()
    #: the name of the newest archive document, or ""
    newest: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of its term, the last one first."""
        return (self.term, *(name for name, _ in self.aliases))

    @property
    def keys(self) -> tuple[str, ...]:
        """Return its key, see `Feed.key`, and those that it had under earlier names."""
        return tuple(key_of(self.kind, slug) for slug in (self.slug, *(slug for _, slug in self.aliases)))


@frozen
class KnownEntry:
    """An entry of an earlier build, in a feed or in its archive documents, or formerly there."""

    claim: Claim
    #: when its content changed last; None where nobody knows
    updated_ms: int | None = None
    #: see `cache.entries.EntryInfo.content`; "" where nobody knows
    content: str = ""
    #: keys of the feeds that hold it, and of those that it left because they are full; none if its post is gone
    feeds: tuple[str, ...] = ()
    #: archived feeds to which it came at another time than it was published, or which it left; and when it came:
    #: see `feeds.archives`
    late: tuple[tuple[str, int], ...] = ()


@frozen
class Manifest:
    """What an earlier build made."""

    feeds: tuple[KnownFeed, ...] = ()
    #: feeds that are no longer made, but keep their addresses
    former: tuple[KnownFeed, ...] = ()
    #: by id
    entries: Mapping[str, KnownEntry] = field(default_factory=dict)
    #: see `config.Posts.ids_made_as`
    ids_made_as: str = ""
    #: path below the output folder -> SHA-256 in hexadecimal digits, "" where it is not known
    files: Mapping[str, str]
    #: key of a feed -> the fields of `KnownFeed` that a part of the ledger has
    states: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: the site's address, with "/" at the end; or ""
    home: str = ""
    #: path of a part of the ledger -> the entries in it, by id
    by_part: Mapping[str, Mapping[str, KnownEntry]] = field(default_factory=dict)

    @property
    def updated_ms(self) -> int:
        """Return when a feed changed last, in milliseconds since 1970; 0 where nobody knows."""
        return max((feed.updated_ms for feed in self.feeds), default=0)

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the paths of the ledger's parts."""
        return tuple(path for path in self.files if is_part(path))


def is_part(path: str) -> bool:
    """Return whether a file of the output is a part of the ledger, by its path."""
    return _PART.fullmatch(path) is not None


def render_manifest(
    feeds: Sequence[Feed], *, site_title: str, site_url: str, ids_made_as: str, former: Sequence[KnownFeed] = (),
    generator: str,
) -> Document:  # fmt: skip
    """Return the manifest."""
    manifest = {
        "version": _VERSION,
        "title": site_title,
        "home": site_url,
        "generator": generator,
        "ids": ids_made_as,
        **({"former": [_former(feed) for feed in former]} if former else {}),
    }
    lines = ",\n".join(json.dumps(_feed(feed), ensure_ascii=False, separators=(",", ":")) for feed in feeds)
    content = json_text(manifest).removesuffix("\n}") + f',\n  "feeds": [\n{lines}\n  ]\n}}\n'
    return Document(path=PATH, media_type="application/json", content=content.encode())


def _texts(feed: Feed | KnownFeed) -> dict[str, object]:
    return {name: getattr(feed, name) for name in _TEXTS}


def _feed(feed: Feed) -> dict[str, object]:
    values = {**_texts(feed), "home": feed.home_url, "urls": {form: feed.self_url(form) for form in feed.formats}}
    if guid := next((fact.text for fact in feed.podcast if fact.key == "guid"), ""):
        values["guid"] = guid
    return values | _aliases((alias.term, alias.slug) for alias in feed.aliases)


def _former(feed: KnownFeed) -> dict[str, object]:
    return {**_texts(feed), "updated": rfc3339(feed.updated_ms), **_aliases(feed.aliases)}


def _aliases(aliases: Iterable[tuple[str, str]]) -> dict[str, object]:
    found = dict(aliases)
    return {"aliases": found} if found else {}


def read_manifest(content: bytes) -> Manifest:
    """Return the manifest that an earlier build wrote, without the parts of its ledger. Raises ManifestError."""
    manifest = read_table(content)
    version = manifest.get("version")
    if type(version) is not int or version not in _READ:
        raise ForeignManifestError(f"it is not a manifest of version {', '.join(map(str, _READ))}")
    feeds = tuple(map(_read_feed, typed(list, manifest.get("feeds"), "feeds")))
    former = tuple(map(_read_feed, typed(list, manifest.get("former", []), "former")))
    # file systems that ignore case and Unicode forms take some names for one
    slugs = [
        (each.kind, unicodedata.normalize("NFC", slug).casefold())
        for each in feeds + former
        for slug in (each.slug, *(alias[1] for alias in each.aliases))
    ]
    require(len(set(slugs)) == len(slugs), "two feeds have the same address")
    lines: list[Any] = typed(list, manifest.get("entries", []), "entries") if version < 3 else []
    keys = [feed.keys[0] for feed in feeds]
    if version == 1:  # it has no `updated` and no content
        lines = [[*line[:4], None, "", *line[4:]] if isinstance(line, list) else line for line in lines]
    entries = [read_entry(line, keys) for line in lines]
    return Manifest(
        feeds=feeds,
        former=former,
        files=read_files(manifest.get("files")) if version < _VERSION else {INDEX: ""},
        entries={entry.claim.id: entry for entry in entries},
        ids_made_as=str(manifest.get("ids", "")),
        home=_read_text(manifest.get("home", ""), "home"),
    )


def read_table(content: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises ManifestError."""
    try:
        table = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ManifestError("it is not JSON") from error
    if not isinstance(table, dict):
        raise ForeignManifestError("it is not a JSON object")
    return table


def require(is_valid: object, fault: str) -> None:
    """Raise ManifestError unless it is valid."""
    if not is_valid:
        raise ManifestError(fault)


def typed(kind: type[_T], value: object, name: str) -> _T:
    """Return the value if it is of the type. Raises ManifestError."""
    if not isinstance(value, kind):
        raise ManifestError(f"{name} is not {_TYPE_NAMES[kind]}")
    return value


def _read_text(value: object, name: str) -> str:
    text = typed(str, value, name)
    require(_is_text(text), f"{name} has forbidden characters")
    return text


def read_entry(value: Any, keys: Sequence[str]) -> KnownEntry:  # noqa: ANN401 - not checked yet
    """Return an entry; it names feeds by their number in `keys`. Raises ManifestError."""
    is_list = isinstance(value, list) and len(value) >= 6 and isinstance(value[3], list)
    require(is_list, "an entry is not a list of id, time, mark and feeds")
    entry_id, published_ms, mark, numbers, updated_ms, content, *more = value
    root, told = more[0] if more else entry_id, tuple(more[1:])
    require(_is_time(published_ms) and (updated_ms is None or _is_time(updated_ms)), "an entry's time is not valid")
    # at once, as almost all are
    if not (isinstance(content, str) and root is entry_id and _PLAIN.fullmatch(f"{entry_id} {mark} {content}")):
        require(_is_id(entry_id) and (root is entry_id or _is_id(root)), "an entry's id is not a URI")
        are_digests = isinstance(mark, str) and _MARK.fullmatch(mark) and isinstance(content, str)
        require(are_digests and _CONTENT.fullmatch(content), "an entry's mark or content is not valid")
    are_posts = not told or all(isinstance(text, str) and _TELLING.fullmatch(text) for text in told)
    require(are_posts, "an entry's posts are not valid")
    feeds, late = _read_numbers(numbers, keys)
    claim = Claim(id=entry_id, root=root, published_ms=published_ms, mark=mark, told=told)
    return KnownEntry(claim=claim, updated_ms=updated_ms, content=content, feeds=feeds, late=late)


def _read_numbers(numbers: list[Any], keys: Sequence[str]) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Return the feeds that hold an entry, and those to which it came late: see `KnownEntry`."""
    if {*map(type, numbers)} == {int} and 0 <= min(numbers) <= max(numbers) < len(keys):  # as almost all
        return tuple([keys[at] for at in numbers]), ()
    pairs = [each if isinstance(each, list) and len(each) in (2, 3) else [each, 0] for each in numbers]
    are_feeds = all(type(at) is int and 0 <= at < len(keys) and _is_time(came_ms) for at, came_ms, *_ in pairs)
    require(are_feeds, "an entry names a feed that does not exist")
    late = tuple((keys[each[0]], each[1]) for each in numbers if isinstance(each, list))
    return tuple(keys[each[0]] for each in pairs if len(each) == 2), late


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_time(value: object) -> bool:
    return type(value) is int and value in CALENDAR_MS


def _read_feed(value: object) -> KnownFeed:
    feed: dict[str, Any] = typed(dict, value, "a feed")
    texts: dict[str, Any] = {key: _read_text(feed.get(key), f"a feed's {key}") for key in _TEXTS}
    kind, slug = texts["kind"], texts["slug"]
    updated = _read_text(feed.get("updated", "1970-01-01T00:00:00Z"), "a feed's updated")
    require(kind in get_args(Kind), f"a feed's kind is unknown: {kind!r}")
    require(_is_name(slug) or (kind == "all" and not slug), f"a feed's slug is not a folder name: {slug!r}")
    aliases = typed(dict, feed.get("aliases", {}), "a feed's aliases")
    for alias_term, alias_slug in aliases.items():
        is_alias = isinstance(alias_slug, str) and _is_name(alias_slug) and _is_text(alias_term)
        require(is_alias, f"an alias is not a folder name: {alias_slug!r}")
    archived: dict[str, Any] = typed(dict, feed.get("archived", {}), "a feed's archived")
    names = [archived.get(name, "") for name in ("until", "newest")] if "archived" in feed else []
    return KnownFeed(
        **texts,
        **_read_state([feed.get("entries", 0), _read_time(updated), *names]),
        aliases=tuple(aliases.items()),
        guid=_read_text(feed.get("guid", ""), "a feed's guid"),
        urls=tuple(_read_text(url, "a feed's address") for url in typed(dict, feed.get("urls", {}), "urls").values()),
    )


def _read_time(text: str) -> int:
    moment = date_3339(text)
    if moment.ms is None or not text.endswith("Z"):
        raise ManifestError(f"a feed's time is not valid: {text!r}")
    return moment.ms


def is_output_path(path: object) -> bool:
    """Return whether this is a path that a file of an output folder may have, with "/" between folders."""
    return isinstance(path, str) and all(_is_name(part) for part in path.split("/"))


def read_files(value: object) -> dict[str, str]:
    """Return the SHA-256 of files by path. Raises ManifestError."""
    files = typed(dict, value, "files")
    for path, digest in files.items():
        require(is_output_path(path), f"a file's path is not valid, or leads out of the output folder: {path!r}")
        require(isinstance(digest, str) and _SHA256.fullmatch(digest), "a file's digest is not a SHA-256")
    require(sum(map(is_part, files)) <= _MOST_PARTS, "the ledger has too many parts")
    return files


def read_states(value: object) -> dict[str, dict[str, Any]]:
    """Return what a part of the ledger says of feeds, by key: see `Manifest.states`. Raises ManifestError."""
    return {key: _read_state(state) for key, state in typed(dict, value, "states").items()}


def _read_state(value: object) -> dict[str, Any]:
    count, updated_ms, *names = value if isinstance(value, list) and len(value) in (2, 4) else (None, None)
    is_count = type(count) is int and count >= 0
    require(is_count and _is_time(updated_ms), "a feed's state is not a list of number, time and documents")
    texts = [_read_text(name, "a feed's archive document") for name in names]
    archived = dict(zip(("archived_until", "newest"), texts, strict=False))
    return {"count": count, "updated_ms": updated_ms, "is_archived": bool(names), **archived}


def _is_name(part: str) -> bool:
    is_short = len(part.encode("utf-8", "surrogatepass")) <= _LONGEST_NAME
    return bool(part.strip(". ")) and is_short and "/" not in part and not _UNSAFE.search(part) and _is_text(part)


def _is_text(text: str) -> bool:
    """Return whether XML can hold the text: it has no control characters and no lone surrogates."""
    return not NOT_XML.search(text)
