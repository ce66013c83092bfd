"""A build that publishes nothing, and what a stranger would say of its documents."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from feedtool.build.outcome import Outcome
from feedtool.build.parallel import Mapper, Workers
from feedtool.build.run import Place, run
from feedtool.cache import FILE_NAME
from feedtool.check.document import check_document
from feedtool.check.subscribers import Seen, compare, published
from feedtool.config import Config, fill
from feedtool.generators import Manifest, ManifestError, read_manifest
from feedtool.output import MANIFEST
from feedtool.problems import Code, Problem, printable_path

NOTHING_KNOWN = Code(
    "nothing-known",
    "error",
    "What the build is to be compared with is neither a feeds.json of this program nor a feed.",
    "Name the feeds.json of the last publication, or the feed that people are subscribed to.",
)
UNREADABLE_FEED = Code(
    "unreadable-feed",
    "error",
    "A file that was to be checked cannot be read.",
    "Check the path and the permissions.",
)

NO_FEEDS = Code(
    "no-feeds",
    "error",
    "There is no feed in what was to be checked.",
    "Name files, or folders that hold files ending in .xml, .json, .rss, .atom or .opml. An address is not fetched: "
    "download what lies there first.",
)

#: what a folder of feeds may hold besides, and no feed reader reads
_FEEDS = (".xml", ".json", ".rss", ".atom", ".opml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a build would publish."""

    outcome: Outcome
    problems: tuple[Problem, ...]
    #: None where nothing was published before
    seen: Seen | None


def check_site(
    config: Config, place: Place, *, against: bytes | None, readers: Mapper, workers: Callable[[], Workers],
    now_ns: int,
) -> Checked:  # fmt: skip
    """Build into a folder that goes, and return what is wrong with what would be published.

    `against` is a manifest or a feed that is published now; None for the manifest in the output folder. `now_ns` is
    the present moment, in nanoseconds since 1970. Raises what `run` does.
    """
    with tempfile.TemporaryDirectory(prefix="feedtool-check-") as folder:
        output = Path(folder, "output")
        output.mkdir()
        own = _bytes(place.output / MANIFEST)
        before = against if against is not None else own
        manifest = before if _manifest(before) else own
        elsewhere = replace(place, output=output, published=manifest, cache=_copied(place.cache, Path(folder, "cache")))
        outcome = run(config, elsewhere, readers=readers, workers=workers, waiting=lambda: None, now_ns=now_ns)
        after = published(_bytes(output / MANIFEST) or b"")
        _remove_copies(output, config)
        documents = check_files([output], now_ms=now_ns // 1_000_000, site_url=config.site.url, root=output)
        problems = [*outcome.problems, *documents]
        known = published(before) if before is not None else None
        if before is not None and known is None:
            problems.append(NOTHING_KNOWN.at(MANIFEST if against is None else "", "it says nothing of feeds"))
        seen = compare(known, after) if known is not None and after is not None else None
        problems += seen.problems if seen else ()
        return Checked(outcome=outcome, problems=tuple(sorted(problems)), seen=seen)


def check_files(
    places: Iterable[Path], *, now_ms: int, site_url: str = "", root: Path | None = None
) -> tuple[Problem, ...]:
    """Return what is wrong with feed files, and with those in folders; `root` is what `site_url` is the address of."""
    found: list[Problem] = []
    count = 0
    for count, place in enumerate(_files(places), 1):  # noqa: B007 - counts to the end
        below = place.relative_to(root).as_posix() if root else str(place)
        address = site_url + quote(below) if site_url and root else ""
        content = _bytes(place)
        if content is None:
            found.append(UNREADABLE_FEED.at(printable_path(below), "it cannot be read"))
        else:
            found += check_document(printable_path(below), content, now_ms=now_ms, published_at=address)
    if not count:
        found.append(NO_FEEDS.at("", "nothing was checked"))
    return tuple(sorted(found))


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if not place.is_dir():
            yield place
            continue
        for path in sorted(place.rglob("*")):
            if path.suffix.lower() in _FEEDS and path.is_file() and path.name not in (MANIFEST, "vercel.json"):
                yield path


def _remove_copies(output: Path, config: Config) -> None:
    """Remove what lies at earlier addresses: it names the present ones on purpose."""
    manifest = _manifest(_bytes(output / MANIFEST))
    for feed in manifest.feeds if manifest else ():
        if group := config.feeds.groups.get(feed.kind):
            for _, slug in feed.aliases:
                shutil.rmtree(output / fill(group.path, slug=slug), ignore_errors=True)


def _manifest(content: bytes | None) -> Manifest | None:
    try:
        return read_manifest(content) if content is not None else None
    except ManifestError:
        return None


def _copied(cache: Path | None, folder: Path) -> Path | None:
    """Return a copy of the cache, which the check may change."""
    if cache is None:
        return None
    folder.mkdir()
    with suppress(OSError):
        shutil.copyfile(cache / FILE_NAME, folder / FILE_NAME)
    return folder


def _bytes(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except OSError:
        return None
