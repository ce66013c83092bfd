"""Which feeds hold an entry, and why the others do not. Makes no more entries than that takes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from feedtool import generators
from feedtool.build.pipeline import GENERATOR
from feedtool.config import Config
from feedtool.explain.types import Membership
from feedtool.feeds import limit_of, terms_of
from feedtool.model import Feed, Fragment, Kind, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """All stories, and the feeds that were selected from them."""

    config: Config
    #: newest first
    stories: Sequence[Story]
    feeds: Sequence[Feed]
    #: renders the entry of a story's id; None where that fails
    render: Callable[[str], Fragment | None]


def memberships(story: Story, archive: Archive) -> tuple[Membership, ...]:
    """Return a membership for the feed of all entries, and for each term that the story carries."""
    kinds: list[Kind] = ["all", "category", "tag"]
    kinds += ["author"] if archive.config.feeds.author.enabled else []
    wanted = terms_of(story, kinds, archive.config.aliases)
    return tuple(_membership(story, kind, term, archive) for kind, term in wanted)


def _membership(story: Story, kind: Kind, term: str, archive: Archive) -> Membership:
    feed = next((feed for feed in archive.feeds if (feed.kind, feed.term) == (kind, term)), None)
    ids = [other.id for other in archive.stories if (kind, term) in terms_of(other, [kind], archive.config.aliases)]
    place = ids.index(story.id) + 1
    holds, why = _verdict(story, kind, feed, place, len(ids), archive)
    return Membership(kind=kind, term=term, folder=feed.folder if feed else "", holds=holds, why=why)


def _verdict(story: Story, kind: Kind, feed: Feed | None, place: int, count: int, archive: Archive) -> tuple[bool, str]:
    feeds = archive.config.feeds
    group = feeds.groups.get(kind)
    if group and not group.enabled:
        return False, f"feeds.{kind}.enabled is false"
    if feed is None:
        return False, f"{count} of the {group.min_entries if group else 1} entries that such a feed needs"
    counted = f"number {place:,} of {count:,}, newest first"
    why_not = _shut_out(story, kind, feed, place, archive)
    if why_not and feed.is_archived and why_not != _NOT_MADE:
        return True, f"{counted}: in an archive document, for {why_not}"
    return not why_not, f"{counted}: {why_not}" if why_not else counted


_NOT_MADE = "the entry could not be made"


def _shut_out(story: Story, kind: Kind, feed: Feed, place: int, archive: Archive) -> str:
    """Return why a feed does not hold a story that it is about, or ""."""
    feeds = archive.config.feeds
    most = limit_of(kind, feeds)
    if most and place > most:
        return f"beyond the limit of {most:,} entries"
    fits = _fits(story, feed, archive)
    if fits is None:
        return _NOT_MADE
    return "" if fits else f"newer entries fill the {feeds.max_bytes:,} bytes that a file may have"


def _fits(story: Story, feed: Feed, archive: Archive) -> bool | None:
    """Return whether the feed's bytes last to this story; None where it has no entry."""
    own = archive.render(story.id)
    most = archive.config.feeds.max_bytes
    if own is None or not most:
        return True if own else None
    fragments: list[Fragment] = []
    sizes: Counter[str] = Counter()
    for entry_id in feed.entry_ids[: feed.entry_ids.index(story.id) + 1]:
        fragment = archive.render(entry_id)
        if fragment:
            fragments.append(fragment)
            sizes.update({form: len(fragment.of(form)) for form in feed.formats})
        if any(size > most for size in sizes.values()):
            break
    each = [{form: len(fragment.of(form)) for form in feed.formats} for fragment in fragments]
    count = generators.fit(feed, each, max_bytes=most, generator=GENERATOR)
    return any(fragment.id == story.id for fragment in fragments[:count])
