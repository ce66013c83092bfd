"""Entries and feeds -> the bytes of every file of the output.

In: entries that need no further repair, and feeds that list their entries. Out: fragments and documents.
Pure: no files, no clock; the same values give the same bytes on every machine.
"""

from feedtool.generators.hosts import render_host_files
from feedtool.generators.ledger import (
    from_files,
    joined,
    lists_files,
    read_part,
    read_published,
    render_ledger,
    with_ledger,
)
from feedtool.generators.manifest import (
    INDEX,
    ForeignManifestError,
    KnownEntry,
    KnownFeed,
    Manifest,
    ManifestError,
    is_output_path,
    is_part,
    read_manifest,
    render_manifest,
)
from feedtool.generators.pages import Frame, PageLink, render_entry_page, render_feed_page, render_index, render_looks
from feedtool.generators.pages.environment import BrokenTemplateError, digests, is_style, valid_templates
from feedtool.generators.published import (
    compressed_copies,
    media_type,
    published_site,
    storage_headers,
    unavailable_kinds,
)
from feedtool.generators.rendering import (
    BLOGROLL,
    HEAD,
    fit,
    is_made_by,
    render_blogroll,
    render_entry,
    render_feed,
    render_opml,
)
from feedtool.generators.xml import rfc3339

__all__ = [
    "BLOGROLL", "HEAD", "INDEX", "BrokenTemplateError", "ForeignManifestError", "Frame", "KnownEntry", "KnownFeed",
    "Manifest", "ManifestError", "PageLink",
    "compressed_copies", "digests", "fit", "from_files", "is_made_by", "is_output_path",
    "is_part", "is_style", "joined", "lists_files", "media_type", "published_site", "read_manifest", "read_part",
    "read_published", "render_blogroll", "render_entry", "render_entry_page", "render_feed", "render_feed_page",
    "render_host_files", "render_index", "render_ledger", "render_looks", "render_manifest", "render_opml",
    "rfc3339", "storage_headers", "unavailable_kinds", "valid_templates", "with_ledger",
]  # fmt: skip
