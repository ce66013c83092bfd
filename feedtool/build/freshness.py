"""Which files changed since the last build, and how that build ended.

A build that finds nothing changed ends here, so this module imports nothing heavy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from feedtool.build import discovery
from feedtool.build.outcome import Outcome
from feedtool.build.parallel import Mapper
from feedtool.cache import Cache
from feedtool.cache import files as seen
from feedtool.cache.serialise import packed_problems, problems_of
from feedtool.config import Config
from feedtool.config.placeholders import GENERATORS
from feedtool.output import stamp
from feedtool.problems import Problem

#: in the cache: how the last build ended
_OUTCOME = "outcome"
#: numbers that a build with nothing to do takes from the last build
_NUMBERS = [field.name for field in fields(Outcome) if field.name not in ("problems", "changed", "gone")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Posts that changed since the last build: names of files as the user knows them, sorted."""

    added: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.added or self.edited or self.removed)


def look(cache: Cache, config: Config, *, base: Path, now_ns: int, mapper: Mapper) -> tuple[Problem, ...]:
    """Compare the post files with those that the cache knows, and return problems with the folders.

    Files that may have changed are read. `now_ns`: now, in nanoseconds since 1970. `mapper`: best over threads, because
    the work is reading.
    """
    posts, url = config.posts, config.posts.ids_url or config.site.url
    pages = posts.permalink if posts.permalink in GENERATORS else ""
    ids = [posts.ids_made_as(), pages, url if pages or posts.ids != "uuid" else ""]
    terms = [list(config.feeds.kinds()), config.aliases]
    said = [posts.future, sorted(posts.ignore_terms), repr([(each.path, each.values) for each in posts.defaults])]
    own = [posts.permalink, config.pages.entries, config.pages.entry]
    reading = [config.site.timezone, sorted(set(posts.dirs)), *terms, *ids, *said, *own]
    if cache.recall("reading") != reading:  # it decides fields, ids, kept terms and pages of posts
        seen.forget(cache)
        cache.remember("reading", reading)
    problems: list[Problem] = []
    entries = discovery.walk(config.posts.dirs, base, problems.append)
    seen.see(cache, ((name, entry.path, _stamp(entry, now_ns)) for name, entry in entries))
    if seen.count(cache, known=True):
        seen.sift(cache, _differing(cache, mapper))
    return tuple(sorted(problems))


def differences(cache: Cache) -> Differences | None:
    """Return what `look` found changed; None where the cache knows no files."""
    if not seen.is_anything_known(cache):
        return None
    return Differences(
        added=tuple(sorted(file.name for file in seen.pending(cache, known=False))),
        edited=tuple(sorted(file.name for file in seen.pending(cache, known=True))),
        removed=tuple(sorted(seen.gone_names(cache))),
    )


def _stamp(entry: object, now_ns: int) -> str:
    try:
        return discovery.stamp(entry, now_ns=now_ns)  # type: ignore[arg-type]
    except OSError:
        return ""  # it was deleted meanwhile; reading it reports that


def _differing(cache: Cache, mapper: Mapper) -> Iterator[int]:
    """Yield the numbers of the files whose content changed, or cannot be read."""
    digests = mapper(_digest, seen.pending(cache, known=True), chunk=64)
    return (file.no for file, digest in digests if file.digest != digest or not digest)


def _digest(file: seen.Pending) -> bytes:
    try:
        return file_digest(discovery.load(file.path))
    except OSError:
        return b""


def file_digest(content: bytes) -> bytes:
    """Return a digest of a file's content."""
    return hashlib.blake2b(content, digest_size=16).digest()


def unchanged(
    cache: Cache, config: Config, found: tuple[Problem, ...], *, base: Path, output: Path, now_ms: int
) -> Outcome | None:
    """Return how the last build ended, if this one would end likewise without a byte written; else None."""
    last = cache.recall(_OUTCOME)
    if not isinstance(last, dict) or last["config"] != digest_of(config, base):
        return None
    if seen.count(cache) or seen.gone(cache) or not last["from_ms"] <= now_ms < last["until_ms"]:
        return None
    if problems_of(bytes.fromhex(last["found"]) or None) != found:
        return None
    if any(stamp(output / path) != row.stamp for path, row in seen.written_documents(cache).items()):
        return None
    problems = problems_of(bytes.fromhex(last["problems"]) or None)
    return Outcome(**dict(zip(_NUMBERS, last["numbers"], strict=True)), problems=problems)


def remember(
    cache: Cache,
    config: Config,
    found: tuple[Problem, ...],
    outcome: Outcome,
    *,
    base: Path,
    from_ms: int,
    until_ms: int,
) -> None:
    """Keep how a build ended, for `unchanged` from one moment until another."""
    same = replace(outcome, written=0, unchanged=outcome.written + outcome.unchanged, removed=0, bytes_written=0)
    cache.remember(
        _OUTCOME,
        {
            "config": digest_of(config, base),
            "found": (packed_problems(found) or b"").hex(),
            "problems": (packed_problems(outcome.problems) or b"").hex(),
            "numbers": [getattr(same, name) for name in _NUMBERS],
            "from_ms": from_ms,
            "until_ms": until_ms,
        },
    )


def forget(cache: Cache) -> None:
    """Let the next build do all that there is to do."""
    cache.remember(_OUTCOME, None)


def digest_of(config: Config, base: Path) -> str:
    """Return what tells a configuration from all others; the folder's name is the title of a site without one."""
    text = repr((config, base.resolve().name))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
