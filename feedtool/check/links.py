"""Links of a feed -> findings: self and alternate, relations, pages and archives (RFC 5005), hubs (WebSub).

In: the links as values, whatever the format. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from feedtool import syntax
from feedtool.check.finding import Finding, Findings, Scope, shown
from feedtool.problems import Code

SELF_MISSING = Code(
    "check-self-missing",
    "warning",
    "The feed does not say where it is published, so that a subscription does not survive a move "
    "(RFC 4287 section 4.1.1; RSS Advisory Board profile, atom:link; JSON Feed 1.1, feed_url).",
    'Add a link with rel="self" and the absolute address of this document, in JSON a feed_url.',
)
SELF_RELATIVE = Code(
    "check-self-relative",
    "warning",
    "The address where the feed says that it is published is relative, so that a copy of it names the copy "
    "(RFC 4287 section 4.2.7.2).",
    "Write the absolute address.",
)
SELF_OTHER = Code(
    "check-self-other",
    "warning",
    "The feed says that it is published at another address than it is, and subscribers would go there "
    "(RFC 4287 section 4.2.7.2; WebSub section 4).",
    "Write the address where this document is published.",
)
SELF_TYPE = Code(
    "check-self-type",
    "warning",
    "The link to the feed itself names a media type that no feed has (RFC 4287 section 7).",
    "Write application/atom+xml, application/rss+xml or application/feed+json.",
)
ALTERNATE_REPEATED = Code(
    "check-alternate-repeated",
    "error",
    "Two alternate links have the same type and language, and readers differ in which they open "
    "(RFC 4287 sections 4.1.1 and 4.1.2).",
    'Keep one, or give the other rel="related".',
)
RELATION = Code(
    "check-relation",
    "warning",
    "A link has a relation that is neither registered nor an address (RFC 4287 section 4.2.7.2), so that no reader "
    "knows what it is for.",
    "Use a relation of the IANA registry of link relations, or an absolute address as relation.",
)
RELATION_REPEATED = Code(
    "check-relation-repeated",
    "error",
    "Two links have the same relation where RFC 5005 sections 3 and 4 and WebSub section 4 allow one, and readers "
    "differ in which they follow.",
    "Keep one.",
)
RELATION_PLACE = Code(
    "check-relation-place",
    "warning",
    "A link to a page or an archive stands in an entry, where it means nothing (RFC 5005 sections 3 and 4).",
    "Move it to the feed.",
)
COMPLETE_PAGED = Code(
    "check-complete-paged",
    "error",
    "The feed says that it is complete, and links to further pages or archives (RFC 5005 section 2).",
    "Leave out fh:complete, or the links.",
)
ARCHIVE_CURRENT = Code(
    "check-archive-current",
    "warning",
    "An archive document does not link to the current feed, so that nobody who finds it can subscribe "
    "(RFC 5005 section 4).",
    'Add a link with rel="current".',
)
ARCHIVE_LINKS = Code(
    "check-archive-links",
    "note",
    "An archive document links neither to an older nor to a newer one, which is right if it is the only one "
    "(RFC 5005 section 4).",
    'Where there are others, add links with rel="prev-archive" and rel="next-archive".',
)
PAST_END = Code(
    "check-past-end",
    "error",
    "The first page links to a previous one, or the last page to a next one (RFC 5005 section 3), or a page to itself "
    "as the next (JSON Feed 1.1, next_url), so that readers go round in circles.",
    "Leave out that link.",
)
HUB_SELF = Code(
    "check-hub-self",
    "error",
    "The feed names a hub, and not the address under which it tells the hub of changes (WebSub section 4).",
    'Add a link with rel="self".',
)
HUB_ADDRESS = Code(
    "check-hub-address",
    "error",
    "The address of a hub is not an absolute http or https address (WebSub section 4).",
    "Write the absolute address of the hub.",
)

_PAGES = frozenset(("first", "last", "next", "previous", "current", "prev-archive", "next-archive"))
#: relations that feeds use, of the IANA registry of link relations
_REGISTERED = _PAGES | frozenset(
    """
    about acl alternate amphtml appendix apple-touch-icon archives author bookmark canonical chapter cite-as collection
    contents copyright create-form describedby describes disclosure dns-prefetch duplicate edit edit-form edit-media
    enclosure external glossary help hosts hub icon index item latest-version license linkset lrdd manifest me memento
    monitor monitor-group nofollow noopener noreferrer original payment pingback preconnect predecessor-version prefetch
    preload prev preview privacy-policy profile related replies search section self service shortlink sponsored start
    status stylesheet subsection successor-version tag terms-of-service timegate timemap type ugc up version-history via
    webmention working-copy working-copy-of
    """.split()
)
_REGISTRY = "http://www.iana.org/assignments/relation/"
_FEED_TYPES = ("application/atom+xml", "application/rss+xml", "application/rdf+xml", "application/feed+json")


class Link(NamedTuple):
    """A link of a feed or an entry."""

    line: int
    #: what the document calls it: `link`, `atom:link`, `feed_url`
    field: str
    relation: str
    #: as written
    address: str
    #: absolute where the document gives it a base
    resolved: str
    media_type: str = ""
    language: str = ""


class FeedLinks(NamedTuple):
    """All links of a feed, and what it says of itself."""

    line: int
    #: the element that holds them
    field: str
    links: Sequence[Link]
    is_archive: bool = False
    is_complete: bool = False
    #: RSS before 2.0 has no place for a link to itself
    needs_self: bool = True


def relation_of(written: str) -> str:
    """Return the short name of a link's relation; an empty one is none."""
    return written.removeprefix(_REGISTRY) or "alternate"


def check_feed(feed: FeedLinks, scope: Scope) -> Findings:
    """Check the links of a feed."""
    yield from _each(feed.links)
    yield from _self(feed, scope)
    yield from _once(feed.links)
    yield from _history(feed, scope)
    yield from _hub(feed)


def check_entry(links: Sequence[Link]) -> Findings:
    """Check the links of an entry."""
    yield from _each(links)
    for link in links:
        if link.relation in _PAGES:
            yield Finding(RELATION_PLACE, link.line, link.field, f"{link.relation} stands in an entry")


def check_alternates(links: Sequence[Link]) -> Findings:
    """Check that no two alternate links of a feed or an entry of Atom say the same."""
    seen: set[tuple[str, str]] = set()
    for link in links:
        if link.relation != "alternate":
            continue
        if (link.media_type, link.language) in seen:
            kind = ", ".join(filter(None, (link.media_type, link.language))) or "no type"
            yield Finding(ALTERNATE_REPEATED, link.line, link.field, f"{shown(link.address)} is another of {kind}")
        seen.add((link.media_type, link.language))


def _each(links: Sequence[Link]) -> Findings:
    for link in links:
        is_known = link.relation in _REGISTERED or syntax.scheme_of(link.relation)
        if not is_known:
            yield Finding(RELATION, link.line, link.field, f"{shown(link.relation)} is no relation that is known")
        kind = link.media_type.partition(";")[0].strip()
        if link.relation == "self" and kind and syntax.is_media_type(kind) and kind not in _FEED_TYPES:
            yield Finding(SELF_TYPE, link.line, link.field, f"{shown(kind)} is not the type of a feed")


def _self(feed: FeedLinks, scope: Scope) -> Findings:
    own = [link for link in feed.links if link.relation == "self"]
    if not own and feed.needs_self:
        yield Finding(SELF_MISSING, feed.line, feed.field, "the feed does not link to itself")
    for link in own:
        if not syntax.scheme_of(link.resolved):
            yield Finding(SELF_RELATIVE, link.line, link.field, f"{shown(link.address)} is relative")
        elif scope.published_at and not _is_same(link.resolved, scope.published_at):
            message = f"{shown(link.address)}, and it is published at {shown(scope.published_at)}"
            yield Finding(SELF_OTHER, link.line, link.field, message)


def _once(links: Sequence[Link]) -> Findings:
    once = _PAGES | {"self"} if any(link.relation == "hub" for link in links) else _PAGES
    seen: Counter[str] = Counter()
    for link in links:
        seen[link.relation] += 1
        if link.relation in once and seen[link.relation] == 2:
            yield Finding(RELATION_REPEATED, link.line, link.field, f"{link.relation} stands twice")


def _history(feed: FeedLinks, scope: Scope) -> Findings:
    own = {_normal(link.resolved) for link in feed.links if link.relation == "self"}
    own |= {_normal(scope.published_at)} if scope.published_at else set()
    is_own = {link: _normal(link.resolved) in own for link in feed.links}
    there = {link.relation for link in feed.links}
    for link in feed.links:
        if feed.is_complete and link.relation in _PAGES and not (link.relation == "current" and is_own[link]):
            yield Finding(COMPLETE_PAGED, link.line, link.field, f"{link.relation} in a complete feed")
        past = {"first": "previous", "last": "next"}.get(link.relation, "")
        if is_own[link] and past in there:
            yield Finding(
                PAST_END, link.line, link.field, f"this is the {link.relation} page, and links to a {past} one"
            )
        if is_own[link] and link.relation in ("next", "previous", "prev-archive", "next-archive"):
            yield Finding(PAST_END, link.line, link.field, f"{link.relation} is this document itself")
    if feed.is_archive and not feed.is_complete:
        if "current" not in there:
            yield Finding(ARCHIVE_CURRENT, feed.line, feed.field, "the archive document does not link to the feed")
        if not there & {"prev-archive", "next-archive"}:
            yield Finding(ARCHIVE_LINKS, feed.line, feed.field, "the archive document links to no other")


def _hub(feed: FeedLinks) -> Findings:
    hubs = [link for link in feed.links if link.relation == "hub"]
    if hubs and not any(link.relation == "self" for link in feed.links):
        yield Finding(HUB_SELF, hubs[0].line, hubs[0].field, "the feed names a hub, and not its own address")
    for link in hubs:
        if not syntax.is_web(link.address):
            yield Finding(HUB_ADDRESS, link.line, link.field, f"{shown(link.address)} is not an absolute web address")


def _is_same(address: str, other: str) -> bool:
    """Return whether two addresses are the same but for what makes no difference (RFC 3986 section 6.2)."""
    return address == other or _normal(address) == _normal(other)


def _normal(address: str) -> tuple[str, ...]:
    try:
        parts = urlsplit(address)
        return (parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", parts.query)
    except ValueError:
        return (address,)
