"""Entries and feeds -> the bytes of every file of the output.

In: entries that need no further repair, feeds that say which of them they hold. Out: fragments and documents.
Pure: no files, no clock; the same values give the same bytes on every machine.
"""

from feedtool.generators.documents import fit, render_entry, render_feed
from feedtool.generators.hosts import closed, host_problems, render_host_files, stored
from feedtool.generators.manifest import (
    ForeignManifestError,
    KnownEntry,
    KnownFeed,
    Manifest,
    ManifestError,
    read_manifest,
    render_manifest,
)
from feedtool.generators.opml import render_opml
from feedtool.generators.pages import (
    BrokenTemplateError,
    render_feed_page,
    render_index,
    render_sheet,
    sound_templates,
)
from feedtool.generators.precompressed import twins, unavailable
from feedtool.generators.signature import HEAD, is_made_by

__all__ = [
    "HEAD",
    "BrokenTemplateError",
    "ForeignManifestError",
    "KnownEntry",
    "KnownFeed",
    "Manifest",
    "ManifestError",
    "closed",
    "fit",
    "host_problems",
    "is_made_by",
    "read_manifest",
    "render_entry",
    "render_feed",
    "render_feed_page",
    "render_host_files",
    "render_index",
    "render_manifest",
    "render_opml",
    "render_sheet",
    "sound_templates",
    "stored",
    "twins",
    "unavailable",
]
