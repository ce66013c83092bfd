"""Post files -> Post -> Story -> Entry.

In: folders of post files. Out: typed, validated values, and problems for everything that is not as it should
be. Never: writing, the network, the current time, a file's own dates.
"""

from feedtool.reader.entries import enter
from feedtool.reader.files import PostFile, find_posts
from feedtool.reader.markup import liquid_tags, render
from feedtool.reader.posts import Reading, read_body, read_post
from feedtool.reader.stories import merge

__all__ = [
    "PostFile",
    "Reading",
    "enter",
    "find_posts",
    "liquid_tags",
    "merge",
    "read_body",
    "read_post",
    "render",
]
