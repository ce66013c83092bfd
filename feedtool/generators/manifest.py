"""feeds.json, the manifest: the list of feeds for programs, and what one build tells the next.

In: feeds and the digests of all files; or the bytes of an earlier manifest, which anybody may have edited.
Out: one document; or a Manifest whose paths cannot lead out of the output folder. Pure: no files, no clock.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

from feedtool.generators.formatting import json_text, rfc3339
from feedtool.model import Claim, Document, Feed, Kind
from feedtool.syntax import NOT_XML, date_3339

#: increased when older versions of feedtool would misread a manifest
_VERSION = 2
#: those that are read; in version 1 the marks of entries are shorter, and nothing tells when entries were updated
_READ = (1, _VERSION)
#: RFC 3986 section 3
_ID = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+")
_MARK = re.compile("[0-9a-f-]{24,160}")
_CONTENT = re.compile("(?:[0-9a-f]{16})?")
#: years 1 and 10,000, in milliseconds since 1970
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_800_000
#: bytes of a folder's name in UTF-8
_LONGEST_NAME = 255
_SHA256 = re.compile("[0-9a-f]{64}")
#: what no file or folder of feedtool's has in its name: control characters, a backslash, a drive letter
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:")

#: fields of a feed that are text, in their order
_TEXTS = ("kind", "term", "slug", "title", "language")
_T = TypeVar("_T")
#: names of JSON types in messages
_TYPE_NAMES: dict[type, str] = {str: "text", list: "a list", dict: "a table"}


class ManifestError(ValueError):
    """The bytes are not a manifest of feedtool's; the message says why."""


class ForeignManifestError(ManifestError):
    """The bytes are valid JSON, but another program's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFeed:
    """A feed of an earlier build."""

    kind: Kind
    term: str
    slug: str
    title: str
    language: str
    updated_ms: int
    #: see `Feed.archived_until`
    archived_until: tuple[int, str] | None = None
    #: earlier names of its term, with their slugs
    aliases: tuple[tuple[str, str], ...] = ()
    #: of its documents, by format; and of the newest archive documents
    urls: tuple[str, ...] = ()
    archive_urls: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of its term, the last one first."""
        return (self.term, *(name for name, _ in self.aliases))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """An entry of an earlier build, in a feed or in its archive documents, or formerly there."""

    claim: Claim
    #: when its content changed last; None where nobody knows
    updated_ms: int | None = None
    #: see `cache.entries.EntryInfo.content`; "" where nobody knows
    content: str = ""
    #: indexes in the list of feeds
    feeds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an earlier build made."""

    feeds: tuple[KnownFeed, ...] = ()
    #: feeds that are no longer made, but keep their addresses
    former: tuple[KnownFeed, ...] = ()
    #: by id
    entries: Mapping[str, KnownEntry] = field(default_factory=dict)
    #: see `config.Posts.ids_made_as`
    ids_made_as: str = ""
    #: path below the output folder -> SHA-256 in hexadecimal digits
    files: Mapping[str, str]
    #: the site's address, with "/" at the end; or ""
    home: str = ""
    #: of its newest entry, or None
    updated_ms: int | None = None


def render_manifest(
    feeds: Sequence[Feed], *, site_title: str, site_url: str, updated_ms: int, entries: Iterable[KnownEntry],
    ids_made_as: str, former: Sequence[KnownFeed] = (), files: Mapping[str, str], generator: str,
) -> Document:  # fmt: skip
    """Return the manifest; `files` are the SHA-256 of all files that feedtool made, by path."""
    manifest = {
        "version": _VERSION,
        "title": site_title,
        "home": site_url,
        "updated": rfc3339(updated_ms),
        "generator": generator,
        "feeds": [_feed(feed) for feed in feeds],
        **({"former": [_former(feed) for feed in former]} if former else {}),
        "files": dict(sorted(files.items())),
        "ids": ids_made_as,
    }
    lines = ",\n".join(f"    {_line(entry)}" for entry in sorted(entries, key=lambda entry: entry.claim.id))
    head = json_text(manifest).removesuffix("\n}")
    content = f'{head},\n  "entries": [\n{lines}\n  ]\n}}\n'.encode()
    return Document(path="feeds.json", media_type="application/json", content=content)


def _line(entry: KnownEntry) -> str:
    """Return an entry as one line: id, published, mark, feeds, updated, content; and its own id if it inherited one."""
    claim = entry.claim
    root = [claim.root] if claim.root != claim.id else []
    values = [claim.id, claim.published_ms, claim.mark, entry.feeds, entry.updated_ms, entry.content, *root]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _texts(feed: Feed | KnownFeed) -> dict[str, object]:
    return {name: getattr(feed, name) for name in _TEXTS}


def _feed(feed: Feed) -> dict[str, object]:
    values = {
        **_texts(feed),
        "home": feed.home_url,
        "entries": len(feed.entry_ids),
        "updated": rfc3339(feed.updated_ms),
        "urls": {form: feed.self_url(form) for form in feed.formats},
    }
    if feed.archived_until is not None:
        published_ms, entry_id = feed.archived_until
        newest = {form: feed.url_of(form, feed.older) for form in feed.formats}
        values["archived"] = {"published": rfc3339(published_ms), "id": entry_id, "urls": newest}
    return values | _aliases((alias.term, alias.slug) for alias in feed.aliases)


def _former(feed: KnownFeed) -> dict[str, object]:
    return {**_texts(feed), "updated": rfc3339(feed.updated_ms), **_aliases(feed.aliases)}


def _aliases(aliases: Iterable[tuple[str, str]]) -> dict[str, object]:
    found = dict(aliases)
    return {"aliases": found} if found else {}


def read_manifest(content: bytes) -> Manifest:
    """Return the manifest that an earlier build wrote. Raises ManifestError if the bytes are not a manifest."""
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ManifestError("it is not JSON") from error
    version = manifest.get("version") if isinstance(manifest, dict) else None
    if not isinstance(manifest, dict) or type(version) is not int or version not in _READ:
        raise ForeignManifestError(f"it is not a manifest of version {' or '.join(map(str, _READ))}")
    feeds = tuple(map(_read_feed, _typed(list, manifest.get("feeds"), "feeds")))
    former = tuple(map(_read_feed, _typed(list, manifest.get("former", []), "former")))
    # file systems that ignore case and Unicode forms take some names for one
    slugs = [
        (each.kind, unicodedata.normalize("NFC", slug).casefold())
        for each in feeds + former
        for slug in (each.slug, *(alias[1] for alias in each.aliases))
    ]
    _require(len(set(slugs)) == len(slugs), "two feeds have the same address")
    files = _typed(dict, manifest.get("files"), "files")
    lines: list[Any] = _typed(list, manifest.get("entries", []), "entries")
    entries = [_read_entry(value if version > 1 else _of_version_1(value), len(feeds)) for value in lines]
    return Manifest(
        feeds=feeds,
        former=former,
        files=dict(_read_file(path, digest) for path, digest in files.items()),
        entries={entry.claim.id: entry for entry in entries},
        ids_made_as=str(manifest.get("ids", "")),
        home=_read_text(manifest.get("home", ""), "home"),
        updated_ms=_read_time(_read_text(manifest["updated"], "updated")) if "updated" in manifest else None,
    )


def _require(is_valid: object, fault: str) -> None:
    if not is_valid:
        raise ManifestError(fault)


def _typed(kind: type[_T], value: object, name: str) -> _T:
    """Return the value if it is of the type. Raises ManifestError."""
    if not isinstance(value, kind):
        raise ManifestError(f"{name} is not {_TYPE_NAMES[kind]}")
    return value


def _read_text(value: object, name: str) -> str:
    text = _typed(str, value, name)
    _require(_is_text(text), f"{name} has forbidden characters")
    return text


def _of_version_1(value: Any) -> Any:  # noqa: ANN401 - not checked yet
    """Return an entry of version 1, which has no `updated` and no content, as one of today."""
    return [*value[:4], None, "", *value[4:]] if isinstance(value, list) else value


def _read_entry(value: Any, feeds: int) -> KnownEntry:  # noqa: ANN401 - not checked yet
    is_list = isinstance(value, list) and len(value) in (6, 7) and isinstance(value[3], list)
    _require(is_list, "an entry is not a list of id, time, mark and feeds")
    entry_id, published_ms, mark, indexes, updated_ms, content, *root = value
    are_ids = all(isinstance(text, str) and _ID.fullmatch(text) for text in (entry_id, *root))
    _require(are_ids, "an entry's id is not a URI")
    _require(_is_time(published_ms) and (updated_ms is None or _is_time(updated_ms)), "an entry's time is not valid")
    are_digests = isinstance(mark, str) and _MARK.fullmatch(mark) and isinstance(content, str)
    _require(are_digests and _CONTENT.fullmatch(content), "an entry's mark or content is not valid")
    are_feeds = all(type(at) is int and 0 <= at < feeds for at in indexes)
    _require(are_feeds, "an entry names a feed that does not exist")
    claim = Claim(id=entry_id, root=root[0] if root else entry_id, published_ms=published_ms, mark=mark)
    return KnownEntry(claim=claim, updated_ms=updated_ms, content=content, feeds=tuple(indexes))


def _is_time(value: object) -> bool:
    return type(value) is int and _FIRST_MS <= value < _LAST_MS


def _read_feed(value: object) -> KnownFeed:
    feed: dict[str, Any] = _typed(dict, value, "a feed")
    texts: dict[str, Any] = {key: _read_text(feed.get(key), f"a feed's {key}") for key in _TEXTS}
    kind, slug = texts["kind"], texts["slug"]
    updated = _read_text(feed.get("updated"), "a feed's updated")
    _require(kind in get_args(Kind), f"a feed's kind is unknown: {kind!r}")
    _require(_is_name(slug) or (kind == "all" and not slug), f"a feed's slug is not a folder name: {slug!r}")
    aliases = _typed(dict, feed.get("aliases", {}), "a feed's aliases")
    for alias_term, alias_slug in aliases.items():
        is_alias = isinstance(alias_slug, str) and _is_name(alias_slug) and _is_text(alias_term)
        _require(is_alias, f"an alias is not a folder name: {alias_slug!r}")
    archived: dict[str, Any] = _typed(dict, feed.get("archived") or {}, "a feed's archived")
    published, entry_id = archived.get("published", ""), archived.get("id", "")
    _require(isinstance(published, str) and isinstance(entry_id, str), "a feed's newest archived entry is not valid")
    return KnownFeed(
        **texts,
        updated_ms=_read_time(updated),
        archived_until=(_read_time(published), entry_id) if archived else None,
        aliases=tuple(aliases.items()),
        urls=_read_urls(feed),
        archive_urls=_read_urls(archived),
    )


def _read_urls(table: dict[str, Any]) -> tuple[str, ...]:
    urls = _typed(dict, table.get("urls", {}), "a feed's urls")
    return tuple(_read_text(url, "a feed's address") for url in urls.values())


def _read_time(text: str) -> int:
    moment = date_3339(text)
    if moment.ms is None or not text.endswith("Z"):
        raise ManifestError(f"a feed's time is not valid: {text!r}")
    return moment.ms


def is_output_path(path: object) -> bool:
    """Return whether this is a path that a file of an output folder may have, with "/" between folders."""
    return isinstance(path, str) and all(_is_name(part) for part in path.split("/"))


def _read_file(path: str, digest: object) -> tuple[str, str]:
    _require(is_output_path(path), f"a file's path is not valid, or leads out of the output folder: {path!r}")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise ManifestError("a file's digest is not a SHA-256")
    return path, digest


def _is_name(part: str) -> bool:
    is_short = len(part.encode("utf-8", "surrogatepass")) <= _LONGEST_NAME
    return bool(part.strip(". ")) and is_short and "/" not in part and not _UNSAFE.search(part) and _is_text(part)


def _is_text(text: str) -> bool:
    """Return whether XML can hold the text: it has no control characters and no lone surrogates."""
    return not NOT_XML.search(text)
