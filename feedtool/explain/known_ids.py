"""The ids that stories go by, once what the last build published is heard. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from feedtool import reader
from feedtool.feeds.id_history import inherit
from feedtool.generators import Manifest
from feedtool.model import Claim, Story, mark_of, times


def known_by(found: Sequence[reader.MergedPosts], previous: Manifest | None, made_as: str) -> tuple[Story, ...]:
    """Return the stories, newest first, by the ids that subscribers know them by."""
    heirs: Mapping[str, Claim] = {}
    if previous and previous.ids_made_as == made_as:
        ids = {told.story.id for told in found}
        lost = [entry.claim for entry in previous.entries.values() if entry.claim.id not in ids]
        strays = (_claim(told) for told in found if not told.is_declared and told.story.id not in previous.entries)
        heirs = inherit(lost, strays)
    stories = (_renamed(told.story, heirs.get(told.story.id)) for told in found)
    return tuple(sorted(stories, key=lambda story: (-story.published_ms, story.id)))


def _claim(told: reader.MergedPosts) -> Claim:
    story = told.story
    return Claim(id=story.id, root=told.root, published_ms=story.published_ms, mark=mark_of(story.post))


def _renamed(story: Story, known: Claim | None) -> Story:
    if known is None:
        return story
    published_ms, updated_ms = times(story.published_ms, story.updated_ms, known)
    return replace(story, id=known.id, published_ms=published_ms, updated_ms=updated_ms)
