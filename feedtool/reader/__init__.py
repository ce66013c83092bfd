"""Post files -> Post -> Story -> Entry.

In: the bytes of post files. Out: typed, validated values, and a problem for everything that is not as it should be.
Never: writing, the network, the current time, a file's own dates.
"""

from feedtool.reader.bodies import Body, body_problems, bounded, is_written, linked, mentioned, read_body, render
from feedtool.reader.entries import address_of, enter, folder_of, page_of, separate_pages, shorten, with_pages
from feedtool.reader.identity import old_names
from feedtool.reader.keys import Origin
from feedtool.reader.markdown import dialect_problems
from feedtool.reader.merging import (
    MergedPosts,
    Published,
    declared_uri,
    id_origin,
    merge,
    merge_group,
    merged_with,
    separate_ids,
    story_key,
    unpublished,
)
from feedtool.reader.posts import Account, Reading, account, read_post
from feedtool.reader.split import Conventions, conventions_of
from feedtool.reader.targets import Targets, names_of, targets_of

__all__ = [
    "Account", "Body", "Conventions", "MergedPosts", "Origin", "Published", "Reading", "Targets", "account",
    "address_of", "body_problems", "bounded", "conventions_of", "declared_uri", "dialect_problems", "enter",
    "folder_of", "id_origin", "is_written", "linked", "mentioned", "merge", "merge_group", "merged_with", "names_of",
    "old_names", "page_of", "read_body", "read_post", "render", "separate_ids", "separate_pages", "shorten",
    "story_key", "targets_of", "unpublished", "with_pages",
]  # fmt: skip
