"""Feed readers on the web that take a feed's address in theirs, as pages offer them. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reader:
    """A feed reader on the web."""

    name: str
    #: where somebody subscribes; `{address}` stands for the percent-encoded address of the feed
    subscribe: str


#: in the order in which they are offered
READERS = (
    Reader("Feedly", "https://feedly.com/i/subscription/feed%2F{address}"),
    Reader("Inoreader", "https://www.inoreader.com/?add_feed={address}"),
    Reader("NewsBlur", "https://www.newsblur.com/?url={address}"),
    Reader("Feedbin", "https://feedbin.com/?subscribe={address}"),
    Reader("The Old Reader", "https://theoldreader.com/feeds/subscribe?url={address}"),
    Reader("BazQux", "https://bazqux.com/add?url={address}"),
    Reader("Miniflux", "https://reader.miniflux.app/bookmarklet?uri={address}"),
)
