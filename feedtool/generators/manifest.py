"""feeds.json: every feed, for programs; and our own memory from one build to the next.

In: feeds and the digests of all files that were made; or the bytes of an earlier manifest, which anybody may
have edited. Out: one document; or a Manifest whose paths cannot lead out of the output folder.
Pure: no files, no clock.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from feedtool.generators.formatting import json_text, rfc3339
from feedtool.model import Claim, Document, Feed, Kind
from feedtool.syntax import NOT_XML, date_3339

#: raised when a reader of the older shape would go wrong
_VERSION = 1
#: RFC 3986 section 3
_ID = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+")
_MARK = re.compile("[0-9a-f-]{24}")
#: years 1 and 10,000, in milliseconds since 1970
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_800_000
#: bytes of UTF-8 that a folder's name may have
_LONGEST_NAME = 255
_SHA256 = re.compile("[0-9a-f]{64}")
#: what no name of a file or folder of ours holds: control characters, the other separator, a drive letter
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:")


class ManifestError(ValueError):
    """The bytes are no manifest of ours. Its text says why, in plain words."""


class ForeignManifestError(ManifestError):
    """The bytes are good JSON that somebody else wrote."""


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
    #: of its documents, one for each format; and of the newest archive document before each
    urls: tuple[str, ...] = ()
    archive_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """An entry of an earlier build, in a feed or in its archive documents."""

    claim: Claim
    #: places in the list of feeds
    feeds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an earlier build made."""

    feeds: tuple[KnownFeed, ...] = ()
    #: that are no longer made, and whose addresses are theirs still
    former: tuple[KnownFeed, ...] = ()
    #: by id
    entries: Mapping[str, KnownEntry] = field(default_factory=dict)
    #: see `config.Posts.ids_made_as`
    ids_made_as: str = ""
    #: path below the output folder -> SHA-256 in hexadecimal digits
    files: Mapping[str, str]
    #: where it says that the output is published, "/" at the end; "" where it does not
    home: str = ""
    #: of its newest entry; None where it does not say
    updated_ms: int | None = None


def render_manifest(
    feeds: Sequence[Feed],
    *,
    site_title: str,
    site_url: str,
    updated_ms: int,
    entries: Iterable[KnownEntry],
    ids_made_as: str,
    former: Sequence[KnownFeed] = (),
    files: Mapping[str, str],
    generator: str,
) -> Document:
    """Return the manifest; `files` are the paths of all files that we made with their SHA-256."""
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


def _former(feed: KnownFeed) -> dict[str, object]:
    texts = {"kind": feed.kind, "term": feed.term, "slug": feed.slug, "title": feed.title, "language": feed.language}
    return {**texts, "updated": rfc3339(feed.updated_ms), **({"aliases": dict(feed.aliases)} if feed.aliases else {})}


def _line(entry: KnownEntry) -> str:
    """Return an entry as one line: id, publication, marks, feeds; the id derived for it where that is another."""
    claim = entry.claim
    root = [claim.root] if claim.root != claim.id else []
    return json.dumps([claim.id, claim.published_ms, claim.mark, entry.feeds, *root], ensure_ascii=False)


def _feed(feed: Feed) -> dict[str, object]:
    return {
        "kind": feed.kind,
        "term": feed.term,
        "slug": feed.slug,
        "title": feed.title,
        "language": feed.language,
        "home": feed.home_url,
        "entries": len(feed.entry_ids),
        "updated": rfc3339(feed.updated_ms),
        "urls": {form: feed.self_url(form) for form in feed.formats},
        **_archives(feed),
        **({"aliases": {alias.term: alias.slug for alias in feed.aliases}} if feed.aliases else {}),
    }


def _archives(feed: Feed) -> dict[str, object]:
    if feed.archived_until is None:
        return {}
    published_ms, entry_id = feed.archived_until
    newest = {form: feed.url_of(form, feed.older) for form in feed.formats}
    return {"archived": {"published": rfc3339(published_ms), "id": entry_id, "urls": newest}}


def read_manifest(content: bytes) -> Manifest:
    """Return what an earlier build wrote. Raises ManifestError if these bytes are not such a manifest."""
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ManifestError("it is not JSON") from error
    if not isinstance(manifest, dict) or manifest.get("version") != _VERSION:
        raise ForeignManifestError(f"it is not a manifest of version {_VERSION}")
    feeds, files = manifest.get("feeds"), manifest.get("files")
    if not isinstance(feeds, list) or not isinstance(files, dict):
        raise ManifestError("it has no list of feeds, or no table of files")
    known, former = tuple(map(_read_feed, feeds)), tuple(map(_read_feed, _list(manifest.get("former", []))))
    every = [(feed.kind, slug) for feed in known + former for slug in (feed.slug, *(slug for _, slug in feed.aliases))]
    places = [(kind, _folded(slug)) for kind, slug in every]
    if len(set(places)) < len(places):
        raise ManifestError("two feeds have one address")
    return Manifest(
        feeds=known,
        former=former,
        files={_read_path(path): _read_digest(digest) for path, digest in files.items()},
        entries={entry.claim.id: entry for entry in _read_entries(manifest.get("entries", []), len(feeds))},
        ids_made_as=str(manifest.get("ids", "")),
        home=_read_text(manifest.get("home", ""), "home"),
        updated_ms=_read_time(_read_text(manifest["updated"], "updated")) if "updated" in manifest else None,
    )


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ManifestError("what should be a list is none")
    return value


def _read_entries(values: object, feeds: int) -> Iterator[KnownEntry]:
    for value in _list(values):
        if not isinstance(value, list) or len(value) not in (4, 5) or not isinstance(value[3], list):
            raise ManifestError("an entry is not a list of id, time, mark and feeds")
        entry_id, published_ms, mark, places, *root = value
        if not all(isinstance(text, str) and _ID.fullmatch(text) for text in (entry_id, *root)):
            raise ManifestError("an entry's id is no address")
        is_time = type(published_ms) is int and _FIRST_MS <= published_ms < _LAST_MS
        if not is_time or not isinstance(mark, str) or not _MARK.fullmatch(mark):
            raise ManifestError("an entry's time or mark is none")
        if not all(type(at) is int and 0 <= at < feeds for at in places):
            raise ManifestError("an entry stands in a feed that there is not")
        claim = Claim(id=entry_id, root=root[0] if root else entry_id, published_ms=published_ms, mark=mark)
        yield KnownEntry(claim=claim, feeds=tuple(places))


def _folded(slug: str) -> str:
    """Return what a file system that ignores case and Unicode forms takes for the name."""
    return unicodedata.normalize("NFC", slug).casefold()


def _read_feed(value: object) -> KnownFeed:
    if not isinstance(value, dict):
        raise ManifestError("a feed is not a table")
    texts = {key: value.get(key) for key in ("kind", "term", "slug", "title", "language", "updated")}
    for key, text in texts.items():
        if not isinstance(text, str) or not _is_text(text):
            raise ManifestError(f"a feed's {key} is not text")
    known: dict[str, Any] = texts
    if known["kind"] not in get_args(Kind):
        raise ManifestError(f"there is no kind of feed {known['kind']!r}")
    if (known["slug"] or known["kind"] != "all") and not _is_name(known["slug"]):
        raise ManifestError(f"a feed's slug is not the name of a folder: {known['slug']!r}")
    return KnownFeed(
        kind=cast("Kind", known["kind"]),
        term=known["term"],
        slug=known["slug"],
        title=known["title"],
        language=known["language"],
        updated_ms=_read_time(known["updated"]),
        archived_until=_read_archived(value.get("archived")),
        aliases=tuple(_read_aliases(value.get("aliases", {}))),
        urls=_read_urls(value),
        archive_urls=_read_urls(value.get("archived")),
    )


def _read_urls(value: object) -> tuple[str, ...]:
    urls = value.get("urls", {}) if isinstance(value, dict) else {}
    if not isinstance(urls, dict):
        raise ManifestError("a feed's addresses are not a table")
    return tuple(_read_text(url, "address") for url in urls.values())


def _read_text(value: object, name: str) -> str:
    if not isinstance(value, str) or not _is_text(value):
        raise ManifestError(f"its {name} is not text")
    return value


def _read_aliases(value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        raise ManifestError("a feed's aliases are not a table")
    for term, slug in value.items():
        if not isinstance(slug, str) or not _is_name(slug) or not _is_text(term):
            raise ManifestError(f"an alias is not the name of a folder: {slug!r}")
        yield term, slug


def _read_archived(value: object) -> tuple[int, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ManifestError("a feed's archived is not a table")
    published, entry_id = value.get("published"), value.get("id")
    if not isinstance(published, str) or not isinstance(entry_id, str):
        raise ManifestError("what a feed's archives begin with is no entry")
    return _read_time(published), entry_id


def _read_time(text: str) -> int:
    moment = date_3339(text)
    if moment.ms is None or not text.endswith("Z"):
        raise ManifestError(f"a feed's time is not one: {text!r}")
    return moment.ms


def _read_path(path: str) -> str:
    if not all(_is_name(part) for part in path.split("/")):
        raise ManifestError(f"a file's path leads out of the output folder or is none: {path!r}")
    return path


def _read_digest(digest: object) -> str:
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise ManifestError("a file's digest is not a SHA-256")
    return digest


def _is_name(part: str) -> bool:
    is_short = len(part.encode("utf-8", "surrogatepass")) <= _LONGEST_NAME
    return bool(part.strip(". ")) and is_short and "/" not in part and not _UNSAFE.search(part) and _is_text(part)


def _is_text(text: str) -> bool:
    """Whether it can be written as XML, which control characters and lone surrogates cannot."""
    return not NOT_XML.search(text)
