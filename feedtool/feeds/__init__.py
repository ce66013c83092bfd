"""Which feeds there are, what each holds and in which order, its address, and its ids for years. Pure."""

from feedtool.feeds.custom import digests, own_feed, unmet, verdict, with_podcasts
from feedtool.feeds.selection import (
    Known,
    candidate,
    language_of,
    limit_of,
    reach_of,
    select,
    terms_of,
)

__all__ = [
    "Known",
    "candidate",
    "digests",
    "language_of",
    "limit_of",
    "own_feed",
    "reach_of",
    "select",
    "terms_of",
    "unmet",
    "verdict",
    "with_podcasts",
]
