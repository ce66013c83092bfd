"""Folders -> post files, and their content as bytes; and the recordings beside them.

Files come one by one, in the file system's own order, so a folder of any size needs little memory.
"""

from __future__ import annotations

import os
import re
import stat
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from itertools import chain, pairwise
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeAlias
from urllib.parse import unquote

from feedtool.cache.files import FACTS, UNCERTAIN, Folder
from feedtool.disk import LARGEST_POST, is_bundle
from feedtool.problems import Code, Problem, printable_path

if TYPE_CHECKING:
    from feedtool.cache import Cache
    from feedtool.model import Enclosure, Post

NO_FOLDER = Code.error("no-folder")(
    "A posts folder does not exist or cannot be listed.",
    "Name the folder with --posts, or under [posts] dirs in feedtool.toml.",
)
LINK = Code.warning("symbolic-link")(
    "A symbolic link below the posts folder was not followed: its target may be outside the site, or be read twice.",
    "Name the folder that it leads to under [posts] dirs, or copy the file.",
)
NOT_A_FILE = Code.warning("not-a-file")(
    "The name ends like a post's, but it is not a regular file. The posts in a folder are read; others are left out.",
    "Rename it.",
)

OTHER_MARKUP = Code.note("other-markup")(
    "The folder has posts in a markup that feedtool does not read. They were left out.",
    "Write them in Markdown or HTML to publish them.",
)
FOLDER_DATA = Code.note("folder-data")(
    "An Eleventy data file applies to all posts of its folder, or to one. feedtool does not read it: it uses the "
    "post's own header and the configuration.",
    'Write the keys that matter to subscribers, such as tags, under [[posts.defaults]], with path = "the folder".',
)

NO_MUTAGEN = Code.note("no-mutagen")(
    "A recording is in the folder of its post, but the package that reads its duration is not installed.",
    'Install "feedtool[podcast]", or write `duration` in the header.',
)

ENDINGS = (".md", ".markdown", ".mkd", ".mdown", ".mdx", ".rst", ".html", ".txt")
#: of posts in a markup that is not read
_OTHERS = frozenset({".adoc", ".asciidoc", ".org", ".rmd", ".qmd", ".ipynb", ".textile", ".njk", ".liquid", ".pandoc"})
_DATA_ENDINGS = frozenset({".json", ".js", ".cjs", ".mjs", ".ts"})
_DATA = re.compile(r"(?P<of>.+)\.(?:11tydata\.(?:json|[cm]?js|ts)|json)", re.DOTALL)

NO_PAGES = Code.warning("no-pages")(
    "The folder of the rendered site, `posts.rendered`, does not exist, or has no pages. Entries have the addresses "
    "and texts that feedtool makes of the posts alone.",
    "Render the site before its feeds are built, or correct `rendered` under [posts] in feedtool.toml.",
)
#: bytes of a page of the rendered site; a larger one is not read
LARGEST_PAGE = 4_000_000
#: pages of a rendered site; of a larger one the rest is ignored
_MOST_PAGES = 60_000

#: in the cache: for each post file the recordings beside it and its rendered page, with their stamps
BESIDE = "beside"
Beside = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PostFile:
    """A file that may hold a post."""

    #: as the user knows it: the posts folder as named, "/" between folders, odd characters escaped
    name: str
    #: where to open it
    path: str


class Search(NamedTuple):
    """Where posts are looked for, and which files are posts; values that JSON has."""

    #: as the user wrote them
    folders: tuple[str, ...]
    #: an expression that matches whole the paths that are left out, as the user knows them; or ""
    excluded: str = ""
    #: the files beside an `index.md` belong to it
    is_bundled: bool = False
    #: the configuration says what Eleventy's data files do
    is_described: bool = False
    #: endings of files that plug-ins read, with blanks between them
    endings: str = ""
    #: the folder of the rendered site, or ""
    rendered: str = ""

    def leaves_out(self, name: str) -> bool:
        """Return whether a file or a folder is left out."""
        return bool(self.excluded and re.fullmatch(self.excluded, name.removeprefix("./"), re.DOTALL))


def find_posts(search: Search, base: Path) -> tuple[tuple[PostFile, ...], tuple[Problem, ...]]:
    """Return the post files below the folders of a search, sorted by name, each once.

    The folders are relative to `base`. Hidden files and folders, `_drafts` and the pages of sections, `_index.md`, are
    left out, and in Hugo and Zola other files in the folder of an `index.md`; symbolic links are reported and not
    followed.
    """
    problems: list[Problem] = []
    files = [
        PostFile(name=f"{folder.name}/{printable_path(name)}", path=f"{folder.path}/{name}")
        for folder in walk(search, base, problems.append)
        for name in map(os.fsdecode, folder.files)
    ]
    return tuple(sorted(files)), tuple(sorted(problems))


def walk(search: Search, base: Path, report: Callable[[Problem], None]) -> Iterator[Folder]:
    """Yield the folders that have post files by a search, each once; see `find_posts`."""
    seen: set[str] = set()
    for folder in sorted(set(search.folders)):
        root = base / folder
        if root.is_dir():
            name = printable_path(folder).rstrip("/") or "/"
            yield from _walk(str(root), name, seen if len(search.folders) > 1 else None, search, report)
        else:
            report(NO_FOLDER.at(printable_path(folder), "there is no such folder"))


def load(path: str) -> bytes:
    """Return the content of a post file; of one that is too large, one byte more than is allowed. Raises OSError."""
    with open(path, "rb", buffering=0, opener=_unlinked) as stream:
        content = stream.read(LARGEST_POST + 1)
        while len(content) <= LARGEST_POST and (more := stream.read(LARGEST_POST + 1 - len(content))):
            content += more
        return content


def _unlinked(path: str, flags: int) -> int:
    """Open a file that a walk found; what has become a link or a pipe since then is not read."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def stamped(folders: Sequence[Folder], *, now_ns: int, aside: Aside = lambda work: work) -> list[Folder]:
    """Return folders with the facts of their files, which differ once a file has changed.

    `now_ns`: when the search began, in nanoseconds since 1970. A file that changed in the same tick of the file
    system's clock could change again without a trace. A program can set a file's modification time back, but not
    its change time (ctime). `aside` does half of the work elsewhere.
    """
    count = sum(len(folder.files) for folder in folders)
    half = (count + 1) // 2 if count >= _MANY else count
    near, far, ends = [], [], [0]
    for folder in folders:
        at = max(0, half - ends[-1])
        near.append((folder.path, folder.files[:at]))
        far.append((folder.path, folder.files[at:]))
        ends.append(ends[-1] + len(folder.files))
    rest = partial(_facts, far, now_ns)
    wait = aside(rest) if half < count else bytes
    facts = array("q", _facts(near, now_ns))
    content = wait()
    is_whole = len(content) == (count - half) * FACTS * facts.itemsize
    facts.frombytes(content if is_whole else rest())
    pairs = ((begin * FACTS, end * FACTS) for begin, end in pairwise(ends))
    return [replace(folder, facts=facts[begin:end]) for folder, (begin, end) in zip(folders, pairs, strict=True)]


def _facts(some: Iterable[tuple[str, Sequence[bytes]]], now_ns: int) -> bytes:
    """Return the facts of files, each folder with its names; uncertain ones where a change could escape."""
    return b"".join(_facts_of(place, names, now_ns) for place, names in some if names)


def _facts_of(place: str, names: Sequence[bytes], now_ns: int) -> array[int]:
    handle, before = None, os.fsencode(place) + b"/"
    try:
        if os.stat in os.supports_dir_fd:  # for each file a shorter way
            handle, before = os.open(place, os.O_RDONLY), b""
        found = [_FACTS(os.stat(before + name, dir_fd=handle, follow_symlinks=False)) for name in names]
        facts = array("q", chain.from_iterable(found))
    except (OSError, OverflowError):
        facts = array("q", chain.from_iterable(_facts_at(f"{place}/{os.fsdecode(name)}") for name in names))
    finally:
        if handle is not None:
            os.close(handle)
    times = facts[1::FACTS], facts[2::FACTS]
    if max(map(max, times)) > now_ns - _LONGEST_TICK:
        for at, moment in enumerate(map(max, *times)):
            if is_recent(moment, now_ns=now_ns):
                facts[at * FACTS : (at + 1) * FACTS] = UNCERTAIN
    return facts


def _facts_at(path: str) -> Sequence[int]:
    try:
        return [fact & _SIGNED for fact in _FACTS(os.lstat(path))]
    except OSError:
        return UNCERTAIN  # it was deleted meanwhile; reading it reports that


def pages(search: Search, base: Path, report: Callable[[Problem], None]) -> dict[str, str]:
    """Return the pages of the rendered site, with their stamps, by path below its folder, sorted; report missing ones.

    Left out are hidden files and folders, symbolic links, pages that are too large, and folders of feedtool's output.
    """
    found: dict[str, str] = {}
    folders = [""] if search.rendered else []
    while folders and len(found) < _MOST_PAGES:
        above = folders.pop()
        try:
            with os.scandir(base / search.rendered / above) as listed:
                children = [child for child in listed if _may_be_page(child)]
        except OSError:
            continue
        if above and any(child.name == "feeds.json" for child in children):
            continue
        for child in children:
            path = f"{above}/{child.name}" if above else child.name
            if child.is_dir(follow_symlinks=False):
                folders.append(path)
            elif child.name.endswith((".html", ".htm")) and child.is_file(follow_symlinks=False):
                stamp = stamp_at(child.path)
                if stamp and int(stamp.partition(" ")[0]) <= LARGEST_PAGE:
                    found[path] = stamp
    if search.rendered and not found:
        report(NO_PAGES.at(printable_path(search.rendered), "no page is there"))
    return dict(sorted(found.items()))


def _may_be_page(child: os.DirEntry[str]) -> bool:
    return child.name[0] != "." and child.name.isprintable() and not child.is_symlink()


#: starts work elsewhere, and returns what waits for its result, or does it here
Aside: TypeAlias = Callable[[Callable[[], bytes]], Callable[[], bytes]]
#: files of which it is worth it
_MANY = 10_000
_FACTS = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")
_SIGNED = 2**63 - 1
#: of a file system's clock, in nanoseconds
_LONGEST_TICK = 2_000_000_000


def is_recent(changed_ns: int, *, now_ns: int) -> bool:
    """Return whether a file changed after this moment, or in the same tick of the file system's clock."""
    return changed_ns > now_ns - (_LONGEST_TICK if changed_ns % 1_000_000_000 == 0 else 50_000_000)


def _walk(
    folder: str, name: str, seen: set[str] | None, search: Search, report: Callable[[Problem], None]
) -> Iterator[Folder]:
    """`seen` holds the real paths of folders that were walked already, where several may hold one another."""
    pending = [(folder, name)]
    while pending:
        where, known_as = pending.pop()
        if seen is not None:
            real = os.path.realpath(where)
            if real in seen:
                continue
            seen.add(real)
        found = _listed(where, known_as, search, report)
        files, others = _wanted(*found, known_as, search, is_top=where == folder)
        for child, kind in others:
            child_name = f"{known_as}/{printable_path(child)}"
            if kind == "folder":
                pending.append((f"{where}/{child}", child_name))
            if kind != "folder" or child.lower().endswith(ENDINGS):
                report(_oddity(child_name, kind))
        if files:
            yield Folder(path=where, name=known_as, files=sorted(files))


def _wanted(
    files: list[bytes], others: list[tuple[str, str]], known_as: str, search: Search, *, is_top: bool
) -> tuple[list[bytes], list[tuple[str, str]]]:
    """Return files and others of a folder without those left out, and those that belong to its `index.md`."""
    if search.is_bundled and not is_top:
        pages = [name for name in files if is_bundle(f"x/{os.fsdecode(name)}")]
        files, others = (pages, []) if pages else (files, others)
    if search.excluded:
        files = [name for name in files if not search.leaves_out(f"{known_as}/{printable_path(os.fsdecode(name))}")]
        others = [each for each in others if not search.leaves_out(f"{known_as}/{printable_path(each[0])}")]
    return files, others


def _listed(
    where: str, known_as: str, search: Search, report: Callable[[Problem], None]
) -> tuple[list[bytes], list[tuple[str, str]]]:
    """Return the post files of a folder, and what else in it matters to us, with its kind; report other markup."""
    files: list[bytes] = []
    others: list[tuple[str, str]] = []
    unread: dict[str, list[str]] = {}
    endings = (*ENDINGS, *search.endings.split())
    try:
        with os.scandir(os.fsencode(where)) as children:
            for child in children:
                name = child.name
                # nearly all that there is
                if name.endswith(b".md") and name[0] not in b"._" and child.is_file(follow_symlinks=False):
                    files.append(name)
                    continue
                kind = _kind(child, endings)
                if kind == "post":
                    files.append(name)
                elif kind == "other":
                    _note(os.fsdecode(name), unread)
                elif kind != "nothing":
                    others.append((os.fsdecode(name), kind))
    except OSError as error:
        report(NO_FOLDER.at(known_as, f"cannot be listed: {error.strerror}"))
    if search.is_described:
        unread.pop("", None)
    if unread and not search.leaves_out(known_as):
        _report_others(known_as, unread, where, report)
    return files, others


def _note(name: str, others: dict[str, list[str]]) -> None:
    """Add a file that other generators read to those with the same ending."""
    ending = name[name.rfind(".") :].lower()
    if ending in _OTHERS or (ending in _DATA_ENDINGS and _DATA.fullmatch(name)):
        others.setdefault(ending if ending in _OTHERS else "", []).append(name)


def _report_others(folder: str, others: dict[str, list[str]], where: str, report: Callable[[Problem], None]) -> None:
    """Report files that are not read, but for those of which a program has made a post of their name."""
    for name in others.pop("", ()):
        found = _DATA.fullmatch(name)
        if found and (".11tydata." in name or found["of"] == folder.rpartition("/")[2]):
            report(FOLDER_DATA.at(f"{folder}/{printable_path(name)}", "not read"))
    for ending, every in others.items():
        stems = ((name, f"{where}/{name[: -len(ending)]}") for name in every)
        if names := [name for name, stem in stems if not any(os.path.lexists(stem + each) for each in ENDINGS)]:
            shown_name = printable_path(min(names))
            more = f", such as {shown_name}" if len(names) > 1 else f": {shown_name}"
            report(OTHER_MARKUP.at(folder, f"{len(names)} {ending} file{'s' * (len(names) > 1)} not read{more}"))


def _kind(entry: os.DirEntry[bytes], endings: tuple[str, ...]) -> str:
    """Return the kind of a folder's entry: post, folder, link, odd, other or nothing."""
    name = os.fsdecode(entry.name)
    if name[0] == "." or (name[0] == "_" and (name == "_drafts" or name.startswith("_index."))):
        return "nothing"
    is_post = name.endswith(".md") or name.lower().endswith(endings)
    if entry.is_symlink():
        target = Path(os.fsdecode(entry.path))
        return "link" if is_post or target.is_dir() or not target.exists() else "nothing"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    if not is_post:
        return "other"
    return "post" if entry.is_file(follow_symlinks=False) else "odd"


def _oddity(name: str, kind: str) -> Problem:
    if kind == "link":
        return LINK.at(name, "not followed")
    if kind == "folder":
        return NOT_A_FILE.at(name, "is a folder; the posts in it are read")
    return NOT_A_FILE.at(name, "is neither a file nor a folder")


def stamp_of(found: os.stat_result) -> str:
    """Return a text that differs once a file has changed."""
    return f"{found.st_size} {found.st_mtime_ns}"


def stamp_at(path: str) -> str:
    """Return the stamp of a file; "" if it does not exist."""
    try:
        return stamp_of(os.lstat(path))
    except (OSError, ValueError):
        return ""


def are_same(beside: Iterable[Sequence[str]]) -> bool:
    """Return whether files, paths with their stamps, have not changed."""
    return all(stamp_at(path) == stamp for path, stamp in beside)


def with_recordings(post: Post, file: str) -> tuple[Post, Beside, tuple[Problem, ...]]:
    """Return a post whose enclosures have the length and the duration of the files beside it; and those files.

    `file` is where the post's file is. What its header says comes first. A file that is not there is among them, too:
    it may come later.
    """
    found: dict[str, str] = {}
    enclosures = tuple(_with_recording(each, Path(file).parent, found) for each in post.enclosures)
    pairs = zip(enclosures, post.enclosures, strict=True)
    is_short = any(now is not before and not now.duration for now, before in pairs) and not find_spec("mutagen")
    problems = (NO_MUTAGEN.at(post.path, "the duration of its recording is not known"),) if is_short else ()
    return replace(post, enclosures=enclosures), tuple(found.items()), problems


def _with_recording(enclosure: Enclosure, folder: Path, found: dict[str, str]) -> Enclosure:
    address = unquote(enclosure.url.partition("?")[0].partition("#")[0])
    steps = address.split("/")
    if re.search(r"[:\\\0]", address) or not {"", ".", ".."}.isdisjoint(steps):
        return enclosure
    path = folder.joinpath(*steps)
    found[str(path)] = stamp_at(str(path))
    if any(above.is_symlink() for above in path.parents[: len(steps) - 1]):
        return enclosure
    try:
        with open(path, "rb", opener=_unlinked) as file:
            there = os.fstat(file.fileno())
            if not stat.S_ISREG(there.st_mode):
                return enclosure
            found[str(path)] = stamp_of(there)
            duration = enclosure.duration or _seconds(file)
    except (OSError, ValueError):
        return enclosure
    return replace(enclosure, length=enclosure.length or there.st_size or None, duration=duration)


def _seconds(file: BinaryIO) -> int | None:
    """Return the duration of an open recording, or None."""
    try:
        import mutagen  # noqa: PLC0415 - few posts have recordings

        return round(getattr(getattr(mutagen.File(file), "info", None), "length", 0)) or None
    except Exception:  # noqa: BLE001 - the package may not be there, and a damaged file may raise anything
        return None


def changed(cache: Cache) -> list[str]:
    """Return the paths of posts beside which a recording, or a page of the rendered site, has changed."""
    return [path for path, beside in (cache.recall(BESIDE) or {}).items() if not are_same(beside)]
