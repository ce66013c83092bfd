"""Addresses, ids, links and entries -> findings: RFC 3986, RFC 3987, self and alternate links, RFC 5005, WebSub.

A check of a single value takes a text and its position, as those of `values`; links and entries of every format come as
one type. Pure and linear.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from feedtool import syntax
from feedtool.check.values import Finding, Findings, Path, Position, Scope, ValueCheck, shown
from feedtool.problems import Code

ADDRESS = Code.error("check-address")(
    "An address is not valid by RFC 3986, or not absolute where it must be (RSS 2.0, RFC 4287, JSON Feed 1.1).",
    "Write an absolute address with everything percent-encoded that RFC 3986 does not allow.",
)
ADDRESS_RELATIVE = Code.warning("check-address-relative")(
    "An address is relative. RFC 4287 section 2 allows it, but readers resolve it in different ways.",
    "Write the absolute address.",
)
ADDRESS_LETTERS = Code.warning("check-address-letters")(
    "An address contains letters outside ASCII. RFC 4287 section 2 allows it, but some readers cannot fetch it.",
    "Percent-encode it (RFC 3987 section 3.1).",
)
ADDRESS_SCHEME = Code.warning("check-address-scheme")(
    "The scheme of an address is not registered (RFC 3986 section 3.1)."
)
ID_FORM = Code.warning("check-id-form")(
    "An id is not in its normal form, so programs that normalise ids see two entries (RFC 4287 section 4.2.6.1).",
    "Leave it if subscribers know it; write scheme, host and escapes of new ids in their normal case.",
)
SELF_MISSING = Code.warning("check-self-missing")(
    "The feed does not name the address where it is published, so a subscription does not survive a move "
    "(RFC 4287 section 4.1.1; RSS Advisory Board profile, atom:link; JSON Feed 1.1, feed_url).",
    'Add a link with rel="self" and the absolute address of this document, in JSON a feed_url.',
)
SELF_RELATIVE = Code.warning("check-self-relative")(
    "The feed's own address is relative, so a copy of the feed names the copy (RFC 4287 section 4.2.7.2).",
    "Write the absolute address.",
)
SELF_OTHER = Code.warning("check-self-other")(
    "The feed names another address as its own, and subscribers go there (RFC 4287 section 4.2.7.2; WebSub section 4).",
    "Write the address where this document is published.",
)
SELF_TYPE = Code.warning("check-self-type")(
    "The link to the feed itself has a media type that no feed has (RFC 4287 section 7).",
    "Write application/atom+xml, application/rss+xml or application/feed+json.",
)
ALTERNATE_REPEATED = Code.error("check-alternate-repeated")(
    "Two alternate links have the same type and language; readers open either (RFC 4287 sections 4.1.1 and 4.1.2).",
    'Keep one, or give the other rel="related".',
)
RELATION = Code.warning("check-relation")(
    "The relation of a link is neither in the IANA registry nor an address (RFC 4287 section 4.2.7.2)."
)
RELATION_REPEATED = Code.error("check-relation-repeated")(
    "Two links have the same relation where one is allowed (RFC 5005 sections 3 and 4, WebSub section 4)."
)
RELATION_PLACE = Code.warning("check-relation-place")(
    "A link to a page or an archive belongs to the feed (RFC 5005 sections 3 and 4)."
)
COMPLETE_PAGED = Code.error("check-complete-paged")(
    "A feed with fh:complete links to further pages or archives (RFC 5005 section 2)."
)
ARCHIVE_CURRENT = Code.warning("check-archive-current")(
    'An archive document has no rel="current" link to the feed (RFC 5005 section 4).'
)
ARCHIVE_LINKS = Code.note("check-archive-links")(
    "An archive document links to no older or newer one, which is right if it is the only one (RFC 5005 section 4).",
    'Where there are others, add links with rel="prev-archive" and rel="next-archive".',
)
PAST_END = Code.error("check-past-end")(
    "A page links to itself, or past the first or last page (RFC 5005 section 3; JSON Feed 1.1, next_url)."
)
HUB_SELF = Code.error("check-hub-self")("The feed names a hub but not its own address, the topic (WebSub section 4).")
HUB_ADDRESS = Code.error("check-hub-address")(
    "The address of a hub is not an absolute http or https address (WebSub section 4)."
)

ID_REPEATED = Code.error("check-id-repeated")(
    "Two entries have the same id, and readers show one of them (RSS 2.0 guid; JSON Feed 1.1, id).",
    "Give each entry an id of its own, for good.",
)
ENTRY_REPEATED = Code.warning("check-entry-repeated")(
    "Two entries have the same id: they are versions of one, and readers show one of them (RFC 4287 section 4.1.1).",
    "Give each entry an id of its own, for good; keep the newest where it is the same entry.",
)
ID_SHORT = Code.warning("check-id-short")(
    "An id is a small number. Other feeds use the same, and some readers mix them up (RSS 2.0 guid).",
    "Use a URI, such as the permanent address of the entry.",
)
UPDATED_REPEATED = Code.note("check-updated-repeated")(
    "Two entries were updated at the same instant, so readers may sort them in any order (RFC 4287 section 4.1.1).",
    "Write times as precisely as they are known.",
)
MANY = Code.warning("check-many-entries")(
    "The feed has more than 3,000 entries, and large readers refuse it (limits that readers are known to have).",
    "Keep the newest 50 or 100, and the rest in archive documents (RFC 5005 section 4).",
)

_MOST_ENTRIES = 3000
#: so many times of one entry are a mistake
_HARDLY_ONE = 9
#: RFC 3986 scheme names that feeds are known to use (IANA registry of URI schemes)
_SCHEMES = frozenset(
    """
    about acct at bitcoin callto cid crid data dav dict dns doi ed2k fax feed file ftp geo git go gopher http https
    hyper im imap info ipfs ipns irc ircs ldap magnet mailto matrix mid mms news nfs nntp oid payto pop prospero rtsp
    service sftp sip sips sms snmp ssh svn tag tel telnet tftp tip urn vemmi wais webcal ws wss xmpp z39.50r z39.50s
    """.split()
)
_NORMAL_START = re.compile(r"[a-z][a-z0-9+.-]*:(?://[^/?#A-Z]*[/?#]|(?!//))")
_LOWER_ESCAPE = re.compile(r"%(?:[a-f][0-9A-Fa-f]|[0-9A-F][a-f])")
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
#: before the name of a registered relation
REGISTRY = "http://www.iana.org/assignments/relation/"
_FEED_TYPES = ("application/atom+xml", "application/rss+xml", "application/rdf+xml", "application/feed+json")


def _address_check(*, is_iri: bool, is_absolute: bool) -> ValueCheck:
    """Return a check of URIs or IRIs, which must be absolute or may be relative."""

    def check(text: str, position: Position) -> Findings:
        scheme = syntax.scheme_of(text)
        fault = syntax.uri_fault(text, is_iri=is_iri)
        if is_absolute and not scheme:
            fault = "it is not absolute" if text else "it is empty"
        yield from _address(fault, text, position)
        if is_iri and not fault and not text.isascii():
            yield position.finding(ADDRESS_LETTERS, f"{shown(text)} contains letters outside ASCII")
        if text and not scheme and not is_absolute:
            yield position.finding(ADDRESS_RELATIVE, f"{shown(text)} is relative")

    return check


uri = _address_check(is_iri=False, is_absolute=True)
uri_reference = _address_check(is_iri=False, is_absolute=False)
iri = _address_check(is_iri=True, is_absolute=True)
iri_reference = _address_check(is_iri=True, is_absolute=False)


def entry_id(text: str, position: Position) -> Findings:
    """Check an id of Atom: an absolute IRI that never changes."""
    yield from iri(text, position)
    is_web = syntax.scheme_of(text) in ("http", "https")
    if (is_web and not _NORMAL_START.match(text)) or _LOWER_ESCAPE.search(text):
        yield position.finding(ID_FORM, f"{shown(text)} is not in its normal form")


def web_fault(text: str) -> str:
    """Return why this is not the address of a page; "" where it is one."""
    return syntax.uri_fault(text) or ("" if syntax.is_web(text) else "it is not an absolute http or https address")


def web_address(text: str, position: Position) -> Findings:
    """Check an absolute http or https address."""
    yield from _address(web_fault(text), text, position)


def _address(fault: str, text: str, position: Position) -> Findings:
    scheme = syntax.scheme_of(text)
    if fault:
        yield position.finding(ADDRESS, f"{shown(text)}: {fault}")
    elif scheme and scheme not in _SCHEMES:
        yield position.finding(ADDRESS_SCHEME, f"{shown(text)}: the scheme {scheme} is not known")


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

    def finding(self, code: Code, message: str) -> Finding:
        """Return a finding about the link."""
        return Finding(code, self.line, self.field, message)


class FeedLinks(NamedTuple):
    """All links of a feed, and what it says about itself."""

    line: int
    #: the element that contains them
    field: str
    links: Sequence[Link]
    is_archive: bool = False
    is_complete: bool = False
    #: RSS before 2.0 cannot link to itself
    needs_self: bool = True

    def of(self, relation: str) -> list[Link]:
        """Return the links with a relation."""
        return [link for link in self.links if link.relation == relation]


def check_feed(feed: FeedLinks, scope: Scope) -> Findings:
    """Check the links of a feed."""
    yield from _each(feed.links)
    yield from _self(feed, scope)
    yield from _once(feed)
    yield from _history(feed, scope)
    yield from _hub(feed)


def check_entry(links: Sequence[Link]) -> Findings:
    """Check the links of an entry."""
    yield from _each(links)
    for link in links:
        if link.relation in _PAGES:
            yield link.finding(RELATION_PLACE, f"an entry has a link {link.relation}")


def check_alternates(links: Sequence[Link]) -> Findings:
    """Check that no two alternate links of a feed or an entry of Atom say the same."""
    seen: set[tuple[str, str]] = set()
    for link in links:
        if link.relation != "alternate":
            continue
        if (link.media_type, link.language) in seen:
            kind = ", ".join(filter(None, (link.media_type, link.language))) or "no type"
            yield link.finding(ALTERNATE_REPEATED, f"{shown(link.address)} is another of {kind}")
        seen.add((link.media_type, link.language))


def _each(links: Sequence[Link]) -> Findings:
    for link in links:
        if link.relation not in _REGISTERED and not syntax.scheme_of(link.relation):
            yield link.finding(RELATION, f"the relation {shown(link.relation)} is not known")
        kind = link.media_type.partition(";")[0].strip()
        if link.relation == "self" and kind and syntax.is_media_type(kind) and kind not in _FEED_TYPES:
            yield link.finding(SELF_TYPE, f"{shown(kind)} is not the type of a feed")


def _self(feed: FeedLinks, scope: Scope) -> Findings:
    own = feed.of("self")
    if not own and feed.needs_self:
        yield Finding(SELF_MISSING, feed.line, feed.field, "the feed does not link to itself")
    for link in own:
        if not syntax.scheme_of(link.resolved):
            yield link.finding(SELF_RELATIVE, f"{shown(link.address)} is relative")
        elif scope.published_at and _normal(link.resolved) != _normal(scope.published_at):
            message = f"{shown(link.address)}, but it is published at {shown(scope.published_at)}"
            yield link.finding(SELF_OTHER, message)


def _once(feed: FeedLinks) -> Findings:
    once = _PAGES | {"self"} if feed.of("hub") else _PAGES
    seen: Counter[str] = Counter()
    for link in feed.links:
        seen[link.relation] += 1
        if link.relation in once and seen[link.relation] == 2:
            yield link.finding(RELATION_REPEATED, f"there are two links {link.relation}")


def _history(feed: FeedLinks, scope: Scope) -> Findings:
    own = {_normal(link.resolved) for link in feed.of("self")}
    own |= {_normal(scope.published_at)} if scope.published_at else set()
    relations = {link.relation for link in feed.links}
    for link in feed.links:
        is_own = _normal(link.resolved) in own
        if feed.is_complete and link.relation in _PAGES and not (link.relation == "current" and is_own):
            yield link.finding(COMPLETE_PAGED, f"{link.relation} in a complete feed")
        past = {"first": "previous", "last": "next"}.get(link.relation, "")
        if is_own and past in relations:
            yield link.finding(PAST_END, f"this is the {link.relation} page, and links to a {past} one")
        if is_own and link.relation in ("next", "previous", "prev-archive", "next-archive"):
            yield link.finding(PAST_END, f"{link.relation} is this document itself")
    if feed.is_archive and not feed.is_complete:
        if "current" not in relations:
            yield Finding(ARCHIVE_CURRENT, feed.line, feed.field, "the archive document does not link to the feed")
        if not relations & {"prev-archive", "next-archive"}:
            yield Finding(ARCHIVE_LINKS, feed.line, feed.field, "the archive document links to no other")


def _hub(feed: FeedLinks) -> Findings:
    hubs = feed.of("hub")
    if hubs and not feed.of("self"):
        yield hubs[0].finding(HUB_SELF, "the feed names a hub, but not its own address")
    for link in hubs:
        if not syntax.is_web(link.address):
            yield link.finding(HUB_ADDRESS, f"{shown(link.address)} is not an absolute web address")


def _normal(address: str) -> tuple[str, ...]:
    """Return what two addresses share that differ in nothing that counts (RFC 3986 section 6.2)."""
    try:
        parts = urlsplit(address)
        return (parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", parts.query)
    except ValueError:
        return (address,)


class EntryFacts(NamedTuple):
    """What has to be compared between entries."""

    line: int
    #: what the format calls the id
    field: str
    #: "" for an entry without one
    id: str
    #: as written, or ""
    updated: str = ""
    path: Path = ()

    def finding(self, code: Code, message: str) -> Finding:
        """Return a finding about the entry."""
        return Finding(code, self.line, self.field, message, path=self.path)


def check_entries(entries: Iterable[EntryFacts], *, is_fatal: bool) -> Findings:
    """Check the entries of a feed; `is_fatal` says whether the format forbids two entries with one id."""
    ids: dict[str, int] = {}
    times: set[str] = set()
    repeated = 0
    for count, entry in enumerate(entries, start=1):
        if entry.id in ids:
            code = ID_REPEATED if is_fatal else ENTRY_REPEATED
            yield entry.finding(code, f"{shown(entry.id)} is also the id of entry {ids[entry.id]} of the feed")
            repeated += 1
        elif entry.id:
            ids[entry.id] = count
        if entry.id.isdigit() and len(entry.id) < 9:
            yield entry.finding(ID_SHORT, f"{shown(entry.id)} is a small number")
        if entry.updated and entry.updated in times:
            yield entry.finding(UPDATED_REPEATED, f"another entry has {shown(entry.updated)} too")
        times.add(entry.updated)
        if count == _MOST_ENTRIES + 1:
            yield entry.finding(MANY, f"this is entry {count:,}")
        if not is_fatal and repeated == _HARDLY_ONE and len(ids) == 1:
            yield entry.finding(ID_REPEATED, f"{count} entries have this one id")
