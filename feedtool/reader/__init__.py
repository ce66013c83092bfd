"""Post files -> Post -> Story -> Entry.

In: folders of post files. Out: typed, validated values, and problems for everything that is not as it should
be. Never: writing, the network, the current time, a file's own dates.
"""

from feedtool.reader.bodies import body_problems, read_body
from feedtool.reader.defaults import PLAIN, Customs, customs_of
from feedtool.reader.entries import address_of, enter, page_of, shorten
from feedtool.reader.identity import Scheme, scheme_of
from feedtool.reader.markup import render
from feedtool.reader.merging import Told, all_told, merge, resolve, story_key, tell, tellings
from feedtool.reader.origins import Account, Origin, account, id_origin
from feedtool.reader.posts import Reading, read_post

__all__ = [
    "PLAIN",
    "Account",
    "Customs",
    "Origin",
    "Reading",
    "Scheme",
    "Told",
    "account",
    "address_of",
    "all_told",
    "body_problems",
    "customs_of",
    "enter",
    "id_origin",
    "merge",
    "page_of",
    "read_body",
    "read_post",
    "render",
    "resolve",
    "scheme_of",
    "shorten",
    "story_key",
    "tell",
    "tellings",
]
