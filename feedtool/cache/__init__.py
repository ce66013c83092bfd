"""What a build remembers for the next: one SQLite file, which may be deleted at any time.

    files    which post files there were, and what tells that one did not change
    posts    what each file says: the post and its problems
    stories  the stories that the posts tell, and which of them carry which term, newest first
    entries  each entry that stood in a feed, rendered, by all that it was made from
    output   the documents of the last build, by what they were made from; how that build ended

A build without a cache uses one that is deleted at its end, so that there is one way to build and memory holds no
archive. Everything that a build does depends on contents; nothing here can change what it writes, only how soon.
"""

from feedtool.cache.engine import engine
from feedtool.cache.store import Cache, CacheError, opened

__all__ = ["Cache", "CacheError", "engine", "opened"]
