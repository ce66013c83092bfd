"""`feedtool check`: build without publishing, check the documents, and compare them with those that are published."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from urllib.parse import quote

from feedtool.build.codes import DOUBTFUL_ID
from feedtool.build.idle import Walked
from feedtool.build.outcome import Outcome
from feedtool.build.parallel import Pools
from feedtool.build.previous import files_of, published_files
from feedtool.build.run import Workspace, run, with_cache
from feedtool.cache import FILE_NAME, posts
from feedtool.check.document import check_document
from feedtool.check.subscribers import Seen, compare, feeds_of, published
from feedtool.config import Config, fill
from feedtool.generators import Manifest, ManifestError, from_files, is_part
from feedtool.output import MANIFEST
from feedtool.problems import Code, Problem, printable_path

NOTHING_KNOWN = Code(
    "nothing-known",
    "error",
    "--against is neither a feeds.json nor a feed, or the output folder has a feeds.json that cannot be read.",
    "Name the feeds.json of the last publication, or the feed that people are subscribed to.",
)
UNREADABLE_FEED = Code("unreadable-feed", "error", "A file cannot be read.", "Check the path and the permissions.")
NO_FEEDS = Code(
    "no-feeds",
    "error",
    "The files and folders contain no feed.",
    "Name files, folders of .xml, .json, .rss, .atom or .opml files, or addresses with https://.",
)

#: endings of feed files
_FEEDS = (".xml", ".json", ".rss", ".atom", ".opml")
#: about what feedtool has done already: a player that readers may remove is followed by a link to its page
_CURED = frozenset({"check-html-frame"})
#: about a feed without a language, which is a setting of the site
_LANGUAGE = "check-language-missing"

#: in an output of feedtool's: where an entry begins, and its id
_BEGIN = re.compile(rb"^ +(?:<entry>|<item>|\{)$", re.MULTILINE)
_ID = re.compile(rb"<id>([^<]*)</id>|<guid[^>]*>([^<]*)</guid>|^ +\"id\": \"([^\"]*)\"", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
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
        documents = check_files([output], now_ms=now_ns // 1_000_000, site_url=config.site.url, root=output)
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
