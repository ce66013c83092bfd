"""A build that finds nothing to do, told before the configuration is parsed or anything heavy is imported.

    walk       folders -> Walked           the post files that there are
    ended      the last build's end        if it holds for this configuration, this time and these output files
    glance     the same words as last time -> how that build ended, if this one would end likewise

A build leaves in the cache how it ended, and in which words it was asked. What the words mean depends on the working
folder, the configuration file and the templates, so their contents count with the words.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import field, fields, replace
from pathlib import Path
from typing import Any

from feedtool.build import Outcome, discovery, git_index
from feedtool.build.discovery import BESIDE, are_same
from feedtool.cache import FILE_NAME, Cache, CacheError, files, glanced
from feedtool.cache.packing import problems_of
from feedtool.disk import is_linked, read_regular
from feedtool.frozen import frozen
from feedtool.output import locked, stamp
from feedtool.problems import Problem

#: in the cache: how the last build ended, and what it had been asked
OUTCOME, _ASKED = "outcome", "asked"
#: in the cache: `Walked.pages_digest` of the last build
RENDERED = "rendered"
#: numbers that a build with nothing to do takes from the last build
NUMBERS = [each.name for each in fields(Outcome) if each.name not in ("problems", "changed", "gone")]
#: files up to which git's index is not asked; and those that git may write in one tick of the clock with its index
_FEW, _TICK = 20, 500
#: bytes of a configuration or a template
_LARGEST = 10_000_000


#: damage of a cache can raise any of these; a bug of ours raises again in the build without the cache
DAMAGES = (CacheError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class _BusyError(Exception):
    """Another build is at work."""


@frozen
class Walked:
    """The post files that a walk through the posts' folders met."""

    search: discovery.Search
    #: the folder that its folders are relative to
    base: Path
    listed: files.Listed
    #: with the folders, sorted
    problems: tuple[Problem, ...]
    #: those of the rendered site, with their stamps: see `discovery.pages`
    pages: dict[str, str] = field(default_factory=dict)

    @property
    def pages_digest(self) -> str | None:
        """Return a digest of the pages and their stamps; None without pages."""
        text = repr([*self.pages.items()]).encode("utf-8")
        return hashlib.blake2b(text, digest_size=16).hexdigest() if self.pages else None


@frozen
class Words:
    """What a build was asked, as its user wrote it."""

    #: of the words and of all that decides what they mean
    digest: str
    #: the configuration file, which need not exist
    config: str
    #: the folder of templates
    templates: str
    #: how the answer is shown, for the command line to know
    shown: dict[str, Any]
    #: the options that the words are, with values that JSON has
    options: dict[str, Any]


@frozen
class Glance:
    """What a glance at the cache told."""

    #: how the build ends; None where there may be something to do
    outcome: Outcome | None = None
    shown: dict[str, Any] | None = None
    #: the post files, if they were looked for
    walked: Walked | None = None
    #: the options that the words are, if they are those of the last build
    options: dict[str, Any] | None = None


def walk(search: discovery.Search, base: Path, *, now_ns: int, aside: discovery.Aside = lambda work: work) -> Walked:
    """Look for post files. `now_ns`: now, in nanoseconds since 1970. `aside`: see `discovery.stamped`."""
    problems: list[Problem] = []
    found = [*discovery.walk(search, base, problems.append)]
    listed = files.listed(discovery.stamped(found, now_ns=now_ns, aside=aside))
    pages = discovery.pages(search, base, problems.append)
    return Walked(search=search, base=base, listed=listed, problems=tuple(sorted(problems)), pages=pages)


def same_by_git(listed: files.Listed, walked: Walked) -> Iterator[str]:
    """Yield the paths of files that have the same content, by git's index; a few files are read as quickly."""
    if len(listed.altered) < _FEW:
        return
    for folder in walked.search.folders:
        for path, blob in git_index.blob_ids(str(walked.base / folder), listed.stamps.facts):
            known = listed.altered.get(path)
            # the size: git does not tell line ends of Windows from others
            if known and known.digest == blob and known.size == listed.stamps.facts(path)[0]:
                yield path


def is_same(file: files.Pending) -> bool:
    """Return whether a file has the content that it had, which is read."""
    try:
        return file.known is not None and git_index.blob_id(discovery.load(file.path)) == file.known.digest
    except OSError:
        return False


def ended(cache: Cache, config: str, found: tuple[Problem, ...], *, output: Path, now_ms: int) -> Outcome | None:
    """Return how the last build ended, if this one would end likewise without a byte written; else None.

    Its post files are those of the last build. `config`: its digest, see `feedtool.build.freshness.digest_of`. `found`:
    problems of folders and templates.
    """
    last = cache.recall(OUTCOME)
    if not isinstance(last, dict) or last["config"] != config or not last["from_ms"] <= now_ms < last["until_ms"]:
        return None
    beside = (cache.recall(BESIDE) or {}).values()
    if not all(map(are_same, beside)) or problems_of(bytes.fromhex(last["found"]) or None) != found:
        return None
    # a Path for each of thousands of files takes as long as the look at the file
    if not all(stamp(f"{output}/{path}") == row.stamp for path, row in files.written_documents(cache).items()):
        return None
    problems = problems_of(bytes.fromhex(last["problems"]) or None)
    return Outcome(**dict(zip(NUMBERS, last["numbers"], strict=True)), problems=problems)


def digest_of(words: Sequence[str], folder: str, config: str, templates: str) -> str:
    """Return a digest of a build's words, and of the content of the files that decide what they mean.

    `folder` is the working folder. Raises OSError where a file cannot be read.
    """
    parts: list[object] = [*words, folder]
    for path in (config, *_files_in(templates)):
        parts += (path, read_regular(Path(path), most=_LARGEST) if os.path.lexists(path) else None)
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _files_in(folder: str) -> list[str]:
    try:
        return [f"{folder}/{name}" for name in sorted(os.listdir(folder))] if folder else []  # noqa: PTH208 - names
    except FileNotFoundError:
        return []


def remember(cache: Cache, words: Words, config: str, *, base: Path, search: discovery.Search, output: Path) -> None:
    """Let the next build with these words know what they mean. `config`: its digest, as for `ended`."""
    value = {
        "words": words.digest,
        "files": [words.config, words.templates],
        "config": config,
        "places": [str(base), [[*search.folders], *search[1:]], str(output)],
        "shown": words.shown,
        "options": words.options,
    }
    sealed = [value, cache.seal(value)]  # it says which files are read
    if cache.recall(_ASKED) != sealed:
        cache.remember(_ASKED, sealed)


def glance(
    words: Sequence[str], *, folder: str, cache: Path, base: Path, engine: str, secret: bytes, now_ns: int,
    aside: discovery.Aside,
) -> Glance:  # fmt: skip
    """Return how a build with these words ends, if it finds nothing to do; it changes nothing.

    `folder` is the working folder, `base` that of the site, `cache` that of the cache. `now_ns`: now, in nanoseconds
    since 1970. `aside`: see `discovery.stamped`.
    """
    try:
        if is_linked(cache / FILE_NAME, base) or not (cache / FILE_NAME).is_file():
            return Glance()
        with glanced(cache / FILE_NAME, engine=engine, secret=secret) as known:
            asked, seal = known.recall(_ASKED)
            if seal != known.seal(asked) or asked["words"] != digest_of(words, folder, *asked["files"]):
                return Glance()
            return replace(_looked(known, asked, now_ns, aside), options=asked["options"])
    except (_BusyError, OSError, *DAMAGES):
        return Glance()  # the build itself finds out, and says so


def _looked(cache: Cache, asked: dict[str, Any], now_ns: int, aside: discovery.Aside) -> Glance:
    base, (folders, *rules), output = asked["places"]
    if not Path(output).is_dir():
        return Glance()
    with locked(Path(output), _give_up):
        walked = walk(discovery.Search(tuple(folders), *rules), Path(base), now_ns=now_ns, aside=aside)
        is_known = files.agrees(cache, walked.listed) or _is_same_clone(cache, walked)
        if not is_known or cache.recall(RENDERED) != walked.pages_digest:
            return Glance(walked=walked)
        now_ms = now_ns // 1_000_000
        outcome = ended(cache, asked["config"], walked.problems, output=Path(output), now_ms=now_ms)
        return Glance(outcome=outcome, shown=asked["shown"], walked=walked)


def _is_same_clone(cache: Cache, walked: Walked) -> bool:
    """Return whether all files are new on the disk, and have the known contents by git's index or, a few, as read."""
    if files.knows_some(cache, walked.listed, _FEW):
        return False
    listed = files.compare(cache, walked.listed)
    if listed.new or listed.gone:
        return False
    same = set(same_by_git(listed, walked))
    others = replace(listed, altered={path: known for path, known in listed.altered.items() if path not in same})
    return others.count() <= _TICK and all(map(is_same, others.pending()))


def _give_up() -> None:
    raise _BusyError
