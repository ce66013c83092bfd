"""What was published: manifest, files, ids, addresses that people know, also of feeds that the site had before."""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import get_args
from urllib.parse import unquote, urlsplit

from feedtool import feeds, generators, reader
from feedtool.build.codes import BAD_MANIFEST, DOUBTFUL_ID, FOREIGN_FILE, IDS_KEPT, LOST_MANIFEST
from feedtool.build.context import GENERATOR
from feedtool.build.feed_jobs import FeedJob
from feedtool.build.run import Workspace
from feedtool.cache import Cache, posts
from feedtool.cache.entries import EntryInfo
from feedtool.cache.files import DocumentRow
from feedtool.config import FILE_NAME, Config, fill
from feedtool.disk import is_linked, read_head, read_regular
from feedtool.feeds.id_history import inherit
from feedtool.generators import KnownEntry, Manifest
from feedtool.model import ARCHIVE, FILE_NAMES, TOLD, Claim, Feed, Format, Twin
from feedtool.output import LARGEST_MANIFEST, MANIFEST, OutputError, has_digest, put_together, stamp
from feedtool.problems import Problem
from feedtool.syntax import later
from feedtool.urls import urn_of

#: the page of a folder
INDEX = "index.html"
#: entries of earlier builds that no feed holds, and whose ids are remembered; and so many where there were more, so
#: that not every build drops one
_MOST_FORMER, _FORMER = 6000, 5000
#: what the name of an old feed says of its format, the first that it contains
_FORMATS: tuple[tuple[str, Format], ...] = (
    (".json", "json"), ("atom", "atom"), ("rss", "rss"), ("index.xml", "rss"), ("", "atom"),
)  # fmt: skip
_FOREIGN = later(r"(.*) \(([A-Za-z0-9-]+)\)", re.DOTALL)


def previous_manifest(workspace: Workspace) -> tuple[Manifest | None, tuple[Problem, ...]]:
    """Return the manifest in the output folder, and problems; None if the file belongs to another program.

    A manifest or a part of its ledger that is missing or damaged comes from the copy beside the cache.
    """
    place, copies = workspace.output / MANIFEST, _copies(workspace)
    try:
        manifest = generators.read_manifest(read_regular(place, most=LARGEST_MANIFEST))
    except FileNotFoundError:
        problem = LOST_MANIFEST.at(MANIFEST, "the output folder does not have it")
    except (OSError, generators.ManifestError) as error:
        if isinstance(error, generators.ForeignManifestError) and not is_ours(place):
            return None, (FOREIGN_FILE.at(MANIFEST, "feedtool did not make this file in the output folder"),)
        problem = BAD_MANIFEST.at(MANIFEST, str(error)[:200])
    else:
        return _with_ledger(manifest, workspace.output, *copies)
    for copy in copies:
        with suppress(OSError, generators.ManifestError):
            manifest, problems = _with_ledger(generators.read_manifest(_read(copy, MANIFEST)), copy)
            return manifest, (problem, *problems)
    return Manifest(files={}), (problem,) if problem.code == BAD_MANIFEST.name else ()


def _with_ledger(manifest: Manifest, *folders: Path) -> tuple[Manifest, tuple[Problem, ...]]:
    """Return a manifest with the parts of its ledger, and a problem for each that the first folder does not have sound.

    Such a part comes from the other folders.
    """
    problems = []

    def part(path: str) -> Manifest:
        for folder in folders:
            try:
                return generators.read_part(_read(folder, path))
            except (OSError, generators.ManifestError) as error:
                problems.append(BAD_MANIFEST.at(path, getattr(error, "strerror", None) or str(error)[:200]))
        return Manifest(files={})

    found = generators.with_ledger(manifest, part)
    return found, tuple({problem.path: problem for problem in problems[::-1]}.values())


def _read(folder: Path, path: str) -> bytes:
    """Return the content of a file of the ledger. Raises OSError, also behind a symbolic link."""
    if is_linked(folder / path, folder):
        raise OSError(errno.ELOOP, "it, or its folder, is a symbolic link", path)
    return read_regular(folder / path, most=LARGEST_MANIFEST)


def published_files(workspace: Workspace) -> dict[str, bytes] | None:
    """Return manifest and ledger of the output folder, or their copy beside the cache, by path; None without any."""
    return next(filter(None, map(files_of, (workspace.output, *_copies(workspace)))), None)


def files_of(folder: Path) -> dict[str, bytes] | None:
    """Return the manifest in a folder and the parts of its ledger, by path; None without a manifest."""
    found: dict[str, bytes] = {}
    for path in (MANIFEST, *(f"ledger/{part.name}" for part in (folder / "ledger").glob("*.json"))):
        with suppress(OSError):
            found[path] = _read(folder, path)
    return found if MANIFEST in found else None


def remember_manifest(workspace: Workspace, written: Collection[str], named: Collection[str]) -> None:
    """Copy manifest and ledger beside the cache, from where the next build takes them if the output is lost.

    `written` are the files that changed, `named` the parts of the ledger.
    """
    for place in _copies(workspace):
        with suppress(OSError, OutputError):
            if not {MANIFEST, generators.INDEX}.intersection(written) and (place / MANIFEST).exists():
                continue
            content = read_regular(workspace.output / MANIFEST, most=LARGEST_MANIFEST)
            stale = [path for path in named if path in written or not (place / path).exists()]
            parts = {path: _read(workspace.output, path) for path in stale}
            put_together(place, {**parts, MANIFEST: content})
            for file in set((place / "ledger").glob("*.json")) - {place / path for path in named}:
                file.unlink()


def _copies(workspace: Workspace) -> tuple[Path, ...]:
    """Return where the copy of an output folder's manifest is; nothing without a cache, or behind a symbolic link."""
    if workspace.cache is None:
        return ()
    name = os.path.relpath(workspace.output, workspace.base).encode("utf-8", "surrogateescape")
    place = workspace.cache / f"published-{hashlib.blake2b(name, digest_size=4).hexdigest()}"
    return () if is_linked(place, workspace.base) else (place,)


def is_ours(file: Path) -> bool:
    """Return whether feedtool made a file, by its first bytes."""
    try:
        return generators.is_made_by(GENERATOR, read_head(file, generators.HEAD))
    except OSError:
        return False


def is_broken(file: Path) -> bool:
    """Return whether a file of the ledger is not JSON, so that no other program needs it."""
    try:
        generators.read_part(read_regular(file, most=LARGEST_MANIFEST))
    except generators.ManifestError as error:
        return not isinstance(error, generators.ForeignManifestError)
    except OSError:
        pass
    return False


def known_feeds(previous: Manifest) -> list[feeds.Known]:
    """Return the feeds whose addresses are in use."""
    return [
        feeds.Known(kind=feed.kind, term=term, slug=slug, updated_ms=feed.updated_ms)
        for feed in (*previous.feeds, *previous.former)
        for term, slug in ((feed.term, feed.slug), *feed.aliases)
    ]


def published_as(previous: Manifest) -> reader.Published:
    """Return what tells which published story a post belongs to; of several, one that has posts now."""

    @functools.cache
    def ids() -> dict[str, str]:
        found: dict[str, str] = {}
        for is_there in (False, True):
            claims = [entry.claim for entry in previous.entries.values() if bool(entry.feeds) == is_there]
            found |= _owners((telling, claim.id) for claim in claims for telling in claim.told)
            found |= _owners((claim.root[TOLD], claim.id) for claim in claims)
        return found

    return lambda telling: ids().get(telling, "")


def _owners(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the published story that each name belongs to; "" for a name of several, which tells nothing."""
    found: dict[str, str] = {}
    for name, entry_id in names:
        found[name] = entry_id if found.get(name, entry_id) == entry_id else ""
    return found


def settle_ids(cache: Cache, previous: Manifest, made_as: str) -> tuple[tuple[Problem, ...], frozenset[str]]:
    """Give stories the ids that subscribers know them by.

    Return what a person should look at, and ids of the stories that are just what the manifest says of them. `made_as`
    says how new ids are made: see `config.Posts.ids_made_as`.
    """
    claims = {known.claim.id: known.claim for known in previous.entries.values()}
    here = {claim.id: claim for claim in posts.claims(cache, claims, claims)}
    takes, lost, rewritten = _known_heirs(cache, previous, here)
    posts.rename(cache, takes)
    gone = {claim.id for claim in lost if not previous.entries[claim.id].feeds}
    is_any_new = bool(rewritten) or len(gone) < len(lost)
    strays = posts.strays(cache, previous.entries, fresh=not is_any_new)
    heirs = inherit([*lost, *rewritten.values()], chain(strays, rewritten), gone=gone) if lost or rewritten else {}
    _take_over(cache, {own: heir.claim for own, heir in heirs.items() if own != heir.claim.id})
    problems = [_doubtful(cache, heir.claim) for heir in heirs.values() if heir.is_doubtful]
    if made_as != previous.ids_made_as and previous.entries:
        message = f"the ids of published entries stay: {len(previous.entries):,}"
        problems.append(IDS_KEPT.at("", message, field="posts.ids"))
    same = () if takes or heirs else (one for one, claim in here.items() if claim is claims[one])
    return tuple(problems), frozenset(same)


def _known_heirs(
    cache: Cache, previous: Manifest, here: Mapping[str, Claim]
) -> tuple[dict[str, Claim], list[Claim], dict[Claim, Claim]]:
    """Return which stories take an inherited id again, claims of lost stories, and claims of rewritten ones.

    Stories are named by their own ids; `here` are the claims of those with published ids. Of a rewritten story, only
    the file is as it was. A story that came later and would have an inherited id by nature gets another one.
    """
    takes: dict[str, Claim] = {}
    lost: list[Claim] = []
    others: list[Claim] = []
    rewritten: dict[Claim, Claim] = {}
    differing = (entry for one, entry in previous.entries.items() if here.get(one) is not entry.claim)
    # of two ids of one story, that of an entry in a feed wins
    for entry in sorted(differing, key=lambda entry: bool(entry.feeds)):
        known, own = entry.claim, here.get(entry.claim.id)
        if own and own.root == known.root:
            rewritten |= {own: known} if _is_rewritten(known, own) else {}
            continue
        heir = posts.heir(cache, known.root) if known.root != known.id else None
        if heir:
            takes[heir.id] = known
            rewritten |= {replace(heir, id=known.id): known} if _is_rewritten(known, heir) else {}
            others += [own] if own else []
        elif own is None:
            lost.append(known)
        elif not posts.is_declared(cache, own.id):  # it has the id by nature, and may be another story
            rewritten[own] = known
    return takes | _renamed(claim for claim in others if claim.id not in takes), lost, rewritten


def _is_rewritten(known: Claim, own: Claim) -> bool:
    """Return whether a file of one's own has another title and another text than when it was published."""
    differs = (known.digest(name) != own.digest(name) and known.digest(name) for name in ("title", "body"))
    return not known.digest("source") and all(differs)


def _take_over(cache: Cache, takes: dict[str, Claim]) -> None:
    """Give stories the ids of claims, and other ids to the stories that have those now."""
    held = [*posts.claims(cache, [claim.id for claim in takes.values()])]
    posts.rename(cache, takes | _renamed(claim for claim in held if claim.id not in takes))


def _renamed(claims: Iterable[Claim]) -> dict[str, Claim]:
    """Return claims with other ids, by those that they have."""
    return {claim.id: replace(claim, id=urn_of(f"{claim.id}\n{claim.root}")) for claim in claims}


def _doubtful(cache: Cache, claim: Claim) -> Problem:
    message = f"taken for the entry {claim.id}, published before under another name, date or text"
    return DOUBTFUL_ID.at(posts.name_of(cache, claim.id), message, field="id")


def known_entries(
    cache: Cache, jobs: Sequence[FeedJob], made: Sequence[Feed], holders: Mapping[str, Sequence[str]],
    before: Mapping[str, KnownEntry], same: Collection[str],
) -> Iterator[KnownEntry]:  # fmt: skip
    """Yield the entries that feeds hold, and those that they held before, of which only the newest are remembered.

    What did not change is the same value as before. `holders` are the keys of the feeds that hold an entry, by its id,
    `before` the known entries of the last build, and `same` the ids that `settle_ids` returned.
    """
    held = {entry.id: entry for job in jobs for entry in job.entries}
    #: of the oldest entry of each feed without archives
    oldest_ms = {
        feed.key: min((held[entry_id].published_ms for entry_id in feed.entry_ids), default=0)
        for feed in made
        if not feed.is_archived
    }
    came: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for job in jobs:
        for entry in job.entries if job.feed.is_archived else ():
            came[entry.id].append((job.feed.key, entry.came_ms))
    archived = {feed.key for feed in made if feed.is_archived}
    others = posts.claims(cache, holders.keys() - same)
    for claim in chain(others, (before[one].claim for one in holders if one in same)):
        known, now = before.get(claim.id), held[claim.id]
        if known and claim is known.claim and _is_same(known, now, holders[claim.id], archived):
            yield known
            continue
        told = KnownEntry(
            claim=_with_all_told(claim, known),
            feeds=tuple(sorted({*holders[claim.id], *_left(known, claim.published_ms, oldest_ms)})),
            late=(
                *[(key, ms) for key, ms in came.get(claim.id, ()) if ms != claim.published_ms],
                *_places(known, archived.difference(holders[claim.id])),
            ),
            updated_ms=now.updated_ms,
            content=now.content,
        )
        yield known if known == told else told
    former = [known for one, known in before.items() if one not in holders]
    yield from _former(cache, former, archived, oldest_ms)


def _former(
    cache: Cache, former: list[KnownEntry], archived: Collection[str], oldest_ms: Mapping[str, int]
) -> Iterator[KnownEntry]:
    """Yield the newest of the entries that no feed holds now."""
    if len(former) > _MOST_FORMER:
        former = sorted(former, key=lambda entry: (-entry.claim.published_ms, entry.claim.id))[:_FORMER]
    there = {claim.id: claim for claim in posts.claims(cache, [gone.claim.id for gone in former])}
    for gone in former:
        own = there.get(gone.claim.id)
        claim = _with_all_told(own, gone) if own else gone.claim
        feeds_left = _left(gone, own.published_ms, oldest_ms) if own else ()
        left = replace(gone, claim=claim, feeds=feeds_left, late=_places(gone, archived))
        yield gone if gone == left else left


def _is_same(known: KnownEntry, now: EntryInfo, holders: Sequence[str], archived: Collection[str]) -> bool:
    """Return whether an entry in the same feeds as before surely is as before; the others are compared as a whole."""
    is_plain = not (archived or known.late or known.claim.told)
    is_dated = (known.updated_ms, known.content) == (now.updated_ms, now.content)
    return is_plain and is_dated and known.feeds == tuple(sorted(set(holders)))


def _with_all_told(claim: Claim, known: KnownEntry | None) -> Claim:
    """Return a claim that also remembers the posts that told the story in earlier builds, for they may come back."""
    if known is None or (known.claim.root == claim.root and not (known.claim.told or claim.told)):
        return claim
    if not claim.digest("source") or known.claim.digest("source") != claim.digest("source"):
        return claim
    told = {known.claim.root[TOLD], *known.claim.told, *claim.told} - {claim.root[TOLD]}
    return replace(claim, told=tuple(sorted(told)))


def _places(entry: KnownEntry | None, archived: Collection[str]) -> tuple[tuple[str, int], ...]:
    """Return when an entry came to archived feeds that do not hold it now: if it comes back, it has its old place."""
    if entry is None or not archived:
        return ()
    late = dict(entry.late)
    keys = sorted({*late, *entry.feeds}.intersection(archived))
    return tuple([(key, late.get(key, entry.claim.published_ms)) for key in keys])


def _left(entry: KnownEntry | None, published_ms: int, oldest_ms: Mapping[str, int]) -> tuple[str, ...]:
    """Return the feeds that an entry left because they are full, by the time of their oldest entry.

    They stay with it: else each new entry would change the part of the ledger with the one that makes room for it.
    """
    return tuple([key for key in entry.feeds if published_ms < oldest_ms.get(key, 0)]) if entry else ()


def kept_files(obsolete: Iterable[str], config: Config, workspace: Workspace) -> tuple[str, ...]:
    """Return the files that no build removes: hidden ones that are not ours, and all in a place of the site's own."""
    base = Path(config.path).parent
    places = [workspace.base / folder for folder in config.posts.dirs]
    places += [base / config.site.templates] if config.site.templates else []
    places += [workspace.cache] if workspace.cache else []
    own = [Path(os.path.realpath(each)) for each in (*places, config.path or base / FILE_NAME)]

    def is_kept(path: str) -> bool:
        file = workspace.output / path
        real, is_hidden = Path(os.path.realpath(file)), any(step.startswith(".") for step in path.split("/"))
        return any(map(real.is_relative_to, own)) or (is_hidden and not is_ours(file))

    return tuple(filter(is_kept, obsolete))


def unaltered(old: Mapping[str, DocumentRow], previous: Manifest, output: Path) -> Callable[[str], str]:
    """Return what returns the stamp of a file that is as the last build left it, and "" for others."""

    def stamp_of(path: str) -> str:
        row = old.get(path)
        if row is None or row.digest != previous.files.get(path):
            return ""
        now = stamp(f"{output}/{path}")
        # after a clone, or restored from a CI's store, it is another file on the disk
        return now if row.stamp == now or has_digest(output / path, row.digest) else ""

    return stamp_of


def asked_for(paths: Collection[str], previous: Manifest, output: Path, style: str) -> tuple[str, ...]:
    """Return the files of earlier builds that somebody may ask for: feeds, archive documents, the pages of feeds.

    The page of an entry goes with its post. Earlier styles stay while other pages do, and in the build that makes a new
    one, `style`: caches have pages that name them.
    """
    folders = {path.rpartition("/")[0] for path in previous.files if path.rpartition("/")[2] in FILE_NAMES.values()}

    def is_asked_for(path: str) -> bool:
        folder, _, name = path.rpartition("/")
        in_archive = f"{folder}/".endswith(ARCHIVE) and not name.endswith(get_args(Twin))
        is_public = in_archive or name in FILE_NAMES.values() or (name == INDEX and folder in folders)
        return is_public and (output / path).is_file()

    found = {*filter(is_asked_for, paths)}
    if style not in previous.files or any(path.endswith(INDEX) for path in found):
        found.update(path for path in paths if generators.is_style(path) and (output / path).is_file())
    return tuple(sorted(found))


def replaced(feeds: Iterable[Feed], config: Config) -> dict[str, str]:
    """Return a file below the output folder for each address of an old feed, which is a path on the host.

    An address that is one of ours is left out; where two feeds had one address, the first keeps it.
    """
    feeds, found, own = list(feeds), dict[str, str](), urlsplit(config.site.url).path
    tongues = {feed.term for feed in feeds if feed.kind == "language"}
    taken = {unquote(own) + feed.file(form) for feed in feeds for form in feed.formats}
    for feed in feeds:
        for old in _addresses(feed, config, tongues):
            if feed.formats and old not in taken:
                found.setdefault(old, feed.file(_format(feed, old)))
    return found


def _addresses(feed: Feed, config: Config, tongues: set[str]) -> Iterator[str]:
    """Yield the addresses that a feed had before, decoded."""
    group = config.feeds.groups.get(feed.kind)
    term, language = feed.term, feed.term if feed.kind == "language" else ""
    if (foreign := _FOREIGN.fullmatch(term)) and foreign[2] in tongues:
        term, language = foreign[1], foreign[2]
    slug, name = reader.old_names(config, feed.kind, term, language)
    for template in group.replaces if group else config.feeds.replaces:
        if ("{language}" in template) == bool(language):
            yield fill(unquote(template), slug=slug or feed.slug, term=term, language=name)


def _format(feed: Feed, old: str) -> Format:
    name = old.rpartition("/")[2].lower()
    wanted = next(form for part, form in _FORMATS if part in name)
    return wanted if wanted in feed.formats else feed.formats[0]
