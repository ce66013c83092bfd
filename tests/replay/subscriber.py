"""A reader of feeds, as real ones are: polls an address, keys entries by their ids, shows a new id as new.

It asks with the validators that it was given, and takes what it gets; it knows nothing of feedtool, nor of the
archive. Three kinds of reader go ever further back: see `Reach`. What tells them how far is the address of an archive
document, which names it for good (RFC 5005 section 4). An entry that they know tells nothing: entries are in no order
(RFC 4287 section 4.1.1) and may stand in several documents, and two feeds that become one share the newest entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from .host import Host, Response
from .pages import Page, Shown, moment

#: a document's bytes, and its format -> what it says
Read = Callable[[bytes, str], Page]
#: more documents than any walk through an archive should need
_LONGEST_WALK = 5000


class Reach(Enum):
    """How far back a reader goes."""

    #: never behind the feed's document, as most readers
    FEED = "feed"
    #: back through the archives to the document that was the newest when it subscribed, or that it has read since
    GAP = "gap"
    #: back through the archives until it meets a document that it has read before; likewise who takes documents that
    #: it has from its own store, unasked (`max-stale`)
    KNOWN = "known"
    #: through all archives at every poll; also changes its address to the one that the feed says is its own
    ALL = "all"


@dataclass(slots=True, kw_only=True)
class Traffic:
    """What went over the wire."""

    requests: int = 0
    #: of those, answered without a document
    unchanged: int = 0
    #: of documents
    bytes: int = 0
    #: addresses that gave nothing, as often as they did
    missing: list[str] = field(default_factory=list)


class Subscriber:
    """Reads one feed in one format."""

    def __init__(self, host: Host, url: str, *, form: str, reach: Reach, read: Read) -> None:
        self.url = url
        self.traffic = Traffic()
        #: how often each story was shown as new, by our names of them; "" for what tells none
        self.news: Counter[str] = Counter()
        #: likewise, how often it was shown as changed
        self.updates: Counter[str] = Counter()
        #: how often the reader was told that it changed, and it looked the same
        self.idle_updates: Counter[str] = Counter()
        #: how often it looked different, and the reader was not told
        self.untold_updates: Counter[str] = Counter()
        #: how often its time moved back, and that of its feed
        self.moves_back: Counter[str] = Counter()
        self._host = host
        self._form = form
        self._reach = reach
        self._read = read
        self._known: dict[str, Shown] = {}
        self._feed_updated = 0.0
        #: archive documents that it has read, or that were there before it
        self._documents: set[str] = set()
        self._held: dict[str, tuple[Response, Page]] = {}

    def poll(self) -> None:
        """Ask for what is new, and show it."""
        page = self._fetch(self.url)
        if page is None:
            return
        if self._reach is Reach.ALL and page.self_url != self.url and (own := self._fetch(page.self_url)):
            self.url, page = page.self_url, own
        self.moves_back["the feed"] += page.updated < self._feed_updated
        self._feed_updated = page.updated
        if self._reach is Reach.GAP and not self._known:
            self._documents.add(page.older_url)
        self._show(page)
        if self._reach is not Reach.FEED:
            self._walk(page)

    def _walk(self, page: Page) -> None:
        """Read older and older documents, up to one that it knows."""
        visited = {self.url}
        while page.older_url and (self._reach is Reach.ALL or page.older_url not in self._documents):
            assert page.older_url not in visited, f"the archive of {self.url} leads in a circle"
            assert len(visited) < _LONGEST_WALK, f"the archive of {self.url} has no end"
            visited.add(page.older_url)
            older = self._fetch(page.older_url)
            if older is None:
                return
            self._show(older)
            self._documents.add(older.self_url)
            page = older

    def _fetch(self, url: str) -> Page | None:
        """Return what stands at an address, by what is held of it where that is still good."""
        response, held = self._held.get(url, (Response(status=404), None))
        answer = self._host.get(url, etag=response.etag, last_modified=response.last_modified if held else -1)
        self.traffic.requests += 1
        if answer.status == 304:
            self.traffic.unchanged += 1
            return held
        if answer.status != 200:
            self.traffic.missing.append(url)
            return None
        self.traffic.bytes += len(answer.body)
        page = self._read(answer.body, self._form)
        self._held[url] = (answer, page)
        return page

    def _show(self, page: Page) -> None:
        for entry in page.entries:
            old = self._known.get(entry.id)
            if old is None:
                self.news[entry.story] += 1
            elif entry is not old:
                self._update(old, entry)
            self._known[entry.id] = entry

    def _update(self, old: Shown, entry: Shown) -> None:
        is_visible = (old.title, old.content) != (entry.title, entry.content)
        is_told = old.updated != entry.updated
        self.updates[entry.story] += is_visible
        self.moves_back[entry.story] += is_told and moment(entry.updated) < moment(old.updated)
        self.idle_updates[entry.story] += is_told and not is_visible
        self.untold_updates[entry.story] += is_visible and not is_told and bool(entry.updated)
