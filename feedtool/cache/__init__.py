"""What one build keeps for the next: an SQLite file, which may be deleted at any time.

    files      the post files, with stamps and digests that tell whether they changed; the documents of the last build
    posts      the content of each post file, with its problems; and the stories with their ids
    terms      the newest stories of each term
    entries    each rendered entry that is in a feed, by a digest of all that it was made from

A build without a cache uses a temporary one, so that there is only one way to build, and memory need not hold all
posts. The cache changes how fast a build is, never what it writes.
"""

from feedtool.cache.database import CACHE_FILES, FILE_NAME, Cache, CacheError, engine, glanced, opened

__all__ = ["CACHE_FILES", "FILE_NAME", "Cache", "CacheError", "engine", "glanced", "opened"]
