"""Post files -> Post -> Story -> Entry.

In: the bytes of post files. Out: typed, validated values, and a problem for everything that is not as it should be.
Never: writing, the network, the current time, a file's own dates.
"""

from feedtool.reader.bodies import body_problems, read_body, render
from feedtool.reader.entries import address_of, enter, page_of, shorten
from feedtool.reader.identity import Scheme
from feedtool.reader.merging import Told, all_told, id_origin, merge, resolve, story_key, tell, tellings
from feedtool.reader.posts import Account, Origin, Reading, account, read_post
from feedtool.reader.split import Conventions, conventions_of

__all__ = [
    "Account",
    "Conventions",
    "Origin",
    "Reading",
    "Scheme",
    "Told",
    "account",
    "address_of",
    "all_told",
    "body_problems",
    "conventions_of",
    "enter",
    "id_origin",
    "merge",
    "page_of",
    "read_body",
    "read_post",
    "render",
    "resolve",
    "shorten",
    "story_key",
    "tell",
    "tellings",
]
