"""`feedtool check`: build without publishing, check the documents, and compare them with those that are published.

The comparison says what subscribers would see: new, missing and doubled entries. A feed reader knows an entry by its
id, and shows every other as new.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import tempfile
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from lxml import etree

from feedtool.build import Outcome
from feedtool.build.codes import DOUBTFUL_ID
from feedtool.build.idle import Walked
from feedtool.build.parallel import Pools
from feedtool.build.previous import files_of, published_files
from feedtool.build.run import Workspace, run, with_cache
from feedtool.cache import FILE_NAME, posts
from feedtool.check.document import check_document
from feedtool.config import Config, fill
from feedtool.feeds.id_history import inherit
from feedtool.frozen import frozen
from feedtool.generators import Manifest, ManifestError, from_files, is_part
from feedtool.model import Claim, Kind
from feedtool.output import MANIFEST
from feedtool.problems import Code, Problem, printable_path

NOTHING_KNOWN = Code.error("nothing-known")(
    "--against is neither a feeds.json nor a feed, or the output folder has a feeds.json that cannot be read.",
    "Name the feeds.json of the last publication, or the feed that people are subscribed to.",
)
UNREADABLE_FEED = Code.error("unreadable-feed")("A file cannot be read.", "Check the path and the permissions.")
NO_FEEDS = Code.error("no-feeds")(
    "The files and folders contain no feed.",
    "Name files, folders of .xml, .json, .rss, .atom or .opml files, or addresses with https://.",
)
SHOWN_ANEW = Code.warning("shown-anew")(
    "Entries older than those that subscribers have would appear as new, because their ids are not the published ones.",
    "If this is not intended, look for a change of the ids: `ids` under [posts], sources, dates, names of files.",
)
VANISHING = Code.note("vanishing")(
    "Published entries are missing from their feed, which reaches back further; new subscribers do not get them.",
    "No action needed if the posts were deleted.",
)
DOUBLED = Code.warning("doubled")(
    "Entries would have another id than they were published with, so subscribers would have them twice.",
    "Restore what the ids are made of, or write the old id into the post's header: `id: …`.",
)

#: kind and term of a feed -> its entries by id
Feeds: TypeAlias = Mapping[tuple[Kind, str], Mapping[str, Claim]]

_ATOM = "{http://www.w3.org/2005/Atom}"
_UNMARKED = "-" * 24

#: endings of feed files
_FEEDS = (".xml", ".json", ".rss", ".atom", ".opml")
#: about what feedtool has done already: a player that readers may remove is followed by a link to its page
_CURED = frozenset({"check-html-frame"})
#: about a feed without a language, which is a setting of the site
_LANGUAGE = "check-language-missing"

#: in an output of feedtool's: where an entry begins, and its id
_BEGIN = re.compile(rb"^ +(?:<entry>|<item>|\{)$", re.MULTILINE)
_ID = re.compile(rb"<id>([^<]*)</id>|<guid[^>]*>([^<]*)</guid>|^ +\"id\": \"([^\"]*)\"", re.MULTILINE)


@frozen
class Seen:
    """What subscribers of all feeds together would see; each entry is counted once."""

    #: entries that were added since
    new: int
    #: existing entries that would appear as new
    anew: int
    #: published entries that are missing
    gone: int
    #: entries that subscribers would have twice
    doubled: int
    #: entries whose posts may be other ones than those that were published
    doubtful: int = 0
    problems: tuple[Problem, ...]


@frozen
class Checked:
    """What a build would publish."""

    outcome: Outcome
    problems: tuple[Problem, ...]
    #: None where nothing was published before
    seen: Seen | None


def check_site(
    config: Config, workspace: Workspace, pools: Pools, *, against: Mapping[str, bytes] | None, now_ns: int,
    walked: Walked | None = None,
) -> Checked:  # fmt: skip
    """Build into a temporary folder, and return the problems of the documents that would be published.

    `against` is the published manifest with the parts of its ledger, by path, or a published feed in its place; None
    for the manifest in the output folder; empty where nothing is published. `now_ns` is the present time, in
    nanoseconds since 1970, UTC. Raises what `run` does.
    """
    with tempfile.TemporaryDirectory(prefix="feedtool-check-") as folder:
        output = Path(folder, "output")
        output.mkdir()
        own = published_files(workspace)
        before = against if against is not None else own
        manifest = before if _manifest(before) else own
        elsewhere = replace(
            workspace, output=output, published=manifest, cache=_copied(workspace.cache, Path(folder, "cache"))
        )
        outcome = run(config, elsewhere, pools, now_ns=now_ns, walked=walked)
        made = _manifest(files_of(output))
        if made:
            _remove_copies(made, output, config)
        now_ms, url = now_ns // 1_000_000, config.site.url
        documents = check_files([output], now_ms=now_ms, site_url=url, root=output) if outcome.is_built else ()
        contents = {problem.path: _bytes(output / problem.path) or b"" for problem in documents}
        documents = _by_post(documents, contents, with_cache(elsewhere, posts.names) if documents else {})
        problems = [*outcome.problems, *documents]
        known = published(before) if before else None
        if before and known is None:
            problems.append(
                NOTHING_KNOWN.at(
                    MANIFEST if against is None else "", "it names no feeds, or parts of its ledger are missing"
                )
            )
        seen = compare(known, feeds_of(made)) if known is not None and made else None
        doubtful = sum(problem.code == DOUBTFUL_ID.name for problem in outcome.problems)
        seen = replace(seen, doubtful=doubtful) if seen else None
        problems += seen.problems if seen else ()
        return Checked(outcome=outcome, problems=tuple(sorted(problems)), seen=seen)


def _by_post(
    problems: Iterable[Problem], contents: Mapping[str, bytes], posts: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Return the problems by post, or by kind where they are not about an entry, with the number of files.

    An entry is in as many files as feeds hold it, in each format. Its author wants to know the post, once.

    `contents` are the files of the output by path, `posts` the names of the posts by the ids of their entries.
    """
    files = {path: list(_entries(content)) for path, content in contents.items()}
    found: dict[tuple[str, str], dict[str, Problem]] = {}
    for problem in problems:
        if problem.code in _CURED:
            continue
        entry_id = _entry_at(files.get(problem.path, []), problem.line)
        post = posts.get(entry_id, "")
        told = replace(problem, path=post, line=0, field="") if post else problem
        found.setdefault((problem.code, post or problem.message), {}).setdefault(problem.path, told)
    return tuple(sorted(_told(some) for some in found.values()))


def _told(some: Mapping[str, Problem]) -> Problem:
    """Return one problem for those in several files."""
    first, count = next(iter(some.values())), len(some)
    if first.code == _LANGUAGE:
        fix = 'Write language = "en", or the language of the posts, under [site] in feedtool.toml.'
        first = replace(first, path="", line=0, field="site.language", message="no language is set or found", fix=fix)
    return replace(first, message=f"{first.message} (in {count:,} files)") if count > 1 else first


def _entries(content: bytes) -> Iterator[tuple[int, str]]:
    """Yield the line on which each entry of a document begins, and its id."""
    line, counted = 1, 0
    for begin in _BEGIN.finditer(content):
        line, counted = line + content.count(b"\n", counted, begin.start()), begin.start()
        if found := _ID.search(content, begin.end()):
            text = next(filter(None, found.groups()), b"").decode("utf-8", "replace")
            yield line, unescape(text)


def _entry_at(entries: list[tuple[int, str]], line: int) -> str:
    """Return the id of the entry that a line is in; "" for the lines before the first."""
    at = bisect_right(entries, line, key=lambda entry: entry[0])
    return entries[at - 1][1] if at else ""


def check_files(
    paths: Iterable[Path], *, now_ms: int, site_url: str = "", root: Path | None = None
) -> tuple[Problem, ...]:
    """Return the problems of feed files, and of those in folders; `site_url` is the address of the folder `root`."""
    files = list(_feeds(paths))
    found = [] if files else [NO_FEEDS.at("", "nothing was checked")]
    for path in files:
        name = path.relative_to(root).as_posix() if root else str(path)
        address = site_url + quote(name) if site_url and root else ""
        content = _bytes(path)
        if content is None:
            reason = "it cannot be read" if os.path.lexists(path) else "there is no such file"
            found.append(UNREADABLE_FEED.at(printable_path(name), reason))
        else:
            found += check_document(printable_path(name), content, now_ms=now_ms, published_at=address)
    return tuple(sorted(found))


def _feeds(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for below in sorted(path.rglob("*")):
            is_other = below.name in (MANIFEST, "vercel.json") or is_part("/".join(below.parts[-2:]))
            if below.suffix.lower() in _FEEDS and below.is_file() and not is_other:
                yield below


def _remove_copies(manifest: Manifest, output: Path, config: Config) -> None:
    """Remove the copies at earlier addresses, whose self links name the present ones."""
    for feed in manifest.feeds:
        if group := config.feeds.groups.get(feed.kind):
            for _, slug in feed.aliases:
                shutil.rmtree(output / fill(group.path, slug=slug), ignore_errors=True)


def _manifest(files: Mapping[str, bytes] | None) -> Manifest | None:
    try:
        return from_files(files) if files is not None else None
    except ManifestError:
        return None


def _copied(cache: Path | None, folder: Path) -> Path:
    """Return a copy of the cache, which the check may change; an empty one without any."""
    folder.mkdir()
    with suppress(OSError):
        if cache and stat.S_ISREG((cache / FILE_NAME).lstat().st_mode):
            shutil.copyfile(cache / FILE_NAME, folder / FILE_NAME)
    return folder


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def published(files: Mapping[str, bytes]) -> Feeds | None:
    """Return the feeds of a manifest and its ledger, by path, or the one feed of a feed document in its place.

    None for anything else. Never raises.
    """
    with suppress(ManifestError):
        return feeds_of(from_files(files))
    content = files.get(MANIFEST, b"")
    try:
        entries = dict(_json_entries(content) if content.lstrip()[:1] == b"{" else _xml_entries(content))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, etree.XMLSyntaxError):
        return None
    return {("all", ""): entries}


def feeds_of(manifest: Manifest) -> Feeds:
    """Return the entries of each feed; those of a renamed one by its earlier names too."""
    numbers = {key: number for number, feed in enumerate(manifest.feeds) for key in feed.keys}
    entries: list[dict[str, Claim]] = [{} for _ in manifest.feeds]
    for entry_id, known in manifest.entries.items():
        for number in {numbers[key] for key in known.feeds if key in numbers}:
            entries[number][entry_id] = known.claim
    found: dict[tuple[Kind, str], Mapping[str, Claim]] = {}
    for feed, its in zip(manifest.feeds, entries, strict=True):
        # those that it left because it is full are older than all that it holds
        newest = sorted(its.items(), key=lambda item: -item[1].published_ms)[
            : None if feed.is_archived else feed.count or None
        ]
        found |= {(feed.kind, name): dict(newest) for name in feed.names}
    return found


def compare(before: Feeds, after: Feeds) -> Seen:
    """Return what subscribers of `before` see when `after` is published in its place."""
    new, anew, gone, doubled = set[str](), set[str](), set[str](), set[str]()
    problems: list[Problem] = []
    for (kind, term), old in sorted(before.items()):
        now = after.get((kind, term), {})
        newest = max((claim.published_ms for claim in old.values()), default=0)
        oldest = min((claim.published_ms for claim in now.values()), default=0)
        added = {entry_id: claim for entry_id, claim in now.items() if entry_id not in old}
        missing = {key: claim for key, claim in old.items() if key not in now and claim.published_ms >= oldest}
        traits = {trait for claim in missing.values() for trait in _traits(claim)}
        twice = {key for key, claim in added.items() if traits.intersection(_traits(claim))}
        twice |= inherit(missing.values(), added.values()).keys()
        late = {key for key, claim in added.items() if claim.published_ms <= newest} - twice
        new |= added.keys() - late - twice
        anew, gone, doubled = anew | late, gone | missing.keys(), doubled | twice
        problems += (
            code.at(f"{kind} {term}".strip(), f"{len(ids)} of {len(among)} entries: {min(ids)}")
            for code, ids, among in ((SHOWN_ANEW, late, now), (VANISHING, missing.keys(), old), (DOUBLED, twice, now))
            if ids
        )
    return Seen(new=len(new), anew=len(anew), gone=len(gone), doubled=len(doubled), problems=tuple(problems))


def _traits(claim: Claim) -> Iterator[Hashable]:
    """Yield what two claims of one entry have in common: their time, or source and title."""
    yield claim.published_ms
    if claim.digest("source") and claim.digest("title"):
        yield claim.digest("source"), claim.digest("title")


def _xml_entries(content: bytes) -> Iterator[tuple[str, Claim]]:
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    if root.tag not in ("rss", f"{_ATOM}feed"):
        raise ValueError("it is not a feed")
    for entry in root.iter(f"{_ATOM}entry"):
        when = entry.findtext(f"{_ATOM}published") or entry.findtext(f"{_ATOM}updated")
        yield _claim(entry.findtext(f"{_ATOM}id"), when)
    for item in root.iter("item"):
        yield _claim(item.findtext("guid") or item.findtext("link"), item.findtext("pubDate"))


def _json_entries(content: bytes) -> Iterator[tuple[str, Claim]]:
    feed: dict[str, Any] = json.loads(content)
    if not str(feed.get("version")).startswith("https://jsonfeed.org/"):
        raise ValueError("it is not a feed")
    for item in feed["items"]:
        yield _claim(str(item["id"]), item.get("date_published"))


def _claim(entry_id: str | None, when: object) -> tuple[str, Claim]:
    own = (entry_id or "").strip()
    return own, Claim(id=own, root=own, published_ms=_milliseconds(str(when).strip()), mark=_UNMARKED)


def _milliseconds(date: str) -> int:
    """Return a date of any format in milliseconds since 1970, in UTC where it names no zone; 0 for no valid one."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, TypeError, OverflowError, IndexError):
            moment = read(date)
            return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    return 0
