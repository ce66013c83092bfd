"""Limits of feed readers and hosts, and which of them the output exceeds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from feedtool.build.feed_jobs import FeedJob
from feedtool.config import Config, Feeds
from feedtool.feeds import limit_of
from feedtool.model import Host, Kind, Term
from feedtool.problems import Code, Problem

TOO_LARGE = Code.warning("feed-too-large")(
    "Some readers refuse a feed of this size: from 5 MB or 3,000 entries on they report an error and show nothing.",
    "Lower feeds.limit or feeds.max_bytes; `archives = true` keeps older entries within reach.",
)
TOO_SHORT = Code.warning("feed-too-short")(
    "The feed covers less than a day, so a reader that polls once a day misses entries.",
    "Raise feeds.limit and feeds.max_bytes, or set `archives = true` for readers that support archives.",
)
KEPT_OUT = Code.note("kept-out")(
    "Feeds have fewer entries than there are, because `limit` or `max_bytes` keeps the older ones out.",
    "limit = 0 and max_bytes = 0 under [feeds] let all in; archives = true keeps older ones within reach.",
)
FLOODS = Code.note("feed-floods")(
    "More than 100 entries a day: some services mark such a feed as flooding and poll it less often.",
    "Point subscribers to the feeds of categories and tags; index.html and feeds.opml list them.",
)
MANY_FILES = Code.warning("many-files")(
    "The output has more files than some hosts accept (20,000 on common free plans).",
    "Raise min_entries under [feeds.tag], choose fewer formats, or switch archives off for tags.",
)

TOO_MANY_FILES = Code.error("too-many-files")(
    "The output would have more files than feeds.max_files, which is by default the limit of the host. Nothing was "
    "written, since a host would refuse all of it.",
    "Raise min_entries under [feeds.tag], choose fewer formats, or set feeds.max_files (0 for any number).",
)

#: bytes, entries, files
_LARGEST, _MOST, _FILES = 5_000_000, 3_000, 20_000
#: files that a host accepts, on its free plan (https://developers.cloudflare.com/pages/platform/limits/,
#: https://vercel.com/docs/limits), and that any may have
_ACCEPTED: dict[Host, int] = {"cloudflare-pages": 20_000, "vercel": 15_000}
_ANY = 60_000
#: proposals for min_entries
_STEPS = (2, 3, 5, 10, 20, 50)
_DAY_MS = 86_400_000
#: entries of a feed that tell how often there are new ones, and those of a day that are too many
_TELLING, _FLOOD = 10, 100


def exceeded(jobs: Iterable[FeedJob], config: Feeds, terms: Iterable[Term], *, files: int) -> Iterator[Problem]:
    """Yield a problem for each limit that a feed exceeds; `files`: how many files the output has."""
    for job in jobs:
        yield from _feed(job, config)
    if files > _FILES:
        yield MANY_FILES.at("", f"{files:,} files", fix=_proposal(files, _FILES, config, terms))


def kept_out(
    jobs: Iterable[FeedJob], held: Mapping[tuple[Kind, str], int], config: Feeds, terms: Iterable[Term]
) -> Iterator[Problem]:
    """Yield one problem if feeds lack entries, which no archive document has; `held`: how many each feed has."""
    counts = {(term.kind, term.name): term.count for term in terms}
    lacking: list[tuple[str, str]] = []
    for job in jobs:
        feed = job.feed
        key, limit = (feed.kind, feed.term), limit_of(feed.kind, config)
        total = max(counts.get(key, 0) if limit else 0, len(job.entries))
        if feed.period or feed.is_archived or not feed.formats or key not in held or held[key] >= total:
            continue
        why = "limit" if held[key] == limit else "max_bytes"
        lacking.append((why, f"{feed.file(feed.formats[0])} has only {held[key]:,} of {total:,} entries"))
    if lacking:
        why, message = lacking[0]
        others = f"; so have {len(lacking) - 1:,} other feeds" if len(lacking) > 2 else "; so has another feed"
        more = others if len(lacking) > 1 else ""
        yield KEPT_OUT.at("", message + more, field=f"feeds.{why}")


def too_many_files(files: int, config: Config, terms: Iterable[Term]) -> Iterator[Problem]:
    """Yield a problem if the output would have more files than it may."""
    chosen = config.feeds.max_files
    most = min([_ACCEPTED.get(host, _ANY) for host in config.site.host] or [_ANY]) if chosen is None else chosen
    if files > most > 0:
        fix = _proposal(files, most, config.feeds, terms)
        yield TOO_MANY_FILES.at("", f"{files:,} files, and {most:,} are allowed", field="feeds.max_files", fix=fix)


def _proposal(files: int, most: int, config: Feeds, terms: Iterable[Term]) -> str:
    """Return which min_entries would leave no more files than that, with figures; "" if none would."""
    each = len(config.formats) * (1 + len(config.twins)) + 1
    by_kind: dict[Kind, list[int]] = {}
    for term in terms:
        if (group := config.groups.get(term.kind)) and group.enabled and term.count >= group.min_entries:
            by_kind.setdefault(term.kind, []).append(term.count)
    if not by_kind:
        return ""
    kind, counts = max(by_kind.items(), key=lambda item: len(item[1]))
    for step in _STEPS:
        left = files - each * sum(count < step for count in counts)
        if left <= most:
            return f"Write min_entries = {step} under [feeds.{kind}]: about {left:,} files for {len(counts):,} terms."
    return ""


def _feed(job: FeedJob, config: Feeds) -> Iterator[Problem]:
    feed, held = job.feed, _held([entry.size for entry in job.entries], config.max_bytes)
    place = feed.file(feed.formats[0]) if feed.formats else feed.folder
    size = sum(entry.size for entry in job.entries[:held])
    if size > _LARGEST:
        yield TOO_LARGE.at(place, f"more than {size // 1_000_000} MB")
    if held > _MOST:
        yield TOO_LARGE.at(place, f"{held:,} entries")
    if held < _TELLING or feed.period:
        return
    span_ms = job.entries[0].published_ms - job.entries[held - 1].published_ms
    is_cut = held < len(job.entries) or bool(feed.older) or held == limit_of(feed.kind, config)
    if span_ms < _DAY_MS and is_cut and not feed.is_archived:
        yield TOO_SHORT.at(place, f"its {held:,} entries are of {span_ms / 3_600_000:.1f} hours")
    if is_cut and held * _DAY_MS > _FLOOD * span_ms:
        yield FLOODS.at(place, f"{held:,} entries in {span_ms / 3_600_000:.1f} hours")


def _held(sizes: Sequence[int], max_bytes: int) -> int:
    """Return how many entries fit into a document of so many bytes (0 for any), without its head."""
    total = 0
    for count, size in enumerate(sizes):
        total += size
        if total > max_bytes > 0:
            return max(1, count)
    return len(sizes)
