"""Addresses and ids -> findings (RFC 3986, RFC 3987).

A check takes a text and the place where it stands, as those of `values`. Pure and linear.
"""

from __future__ import annotations

import re

from feedtool import syntax
from feedtool.check.finding import Finding, Findings, Place, shown
from feedtool.problems import Code

ADDRESS = Code(
    "check-address",
    "error",
    "An address is not one by RFC 3986, or not absolute where it must be (RSS 2.0, RFC 4287, JSON Feed 1.1).",
    "Write an absolute address with everything percent-encoded that RFC 3986 does not allow.",
)
ADDRESS_RELATIVE = Code(
    "check-address-relative",
    "warning",
    "An address is relative, which RFC 4287 section 2 allows, and which readers resolve in different ways.",
    "Write the absolute address.",
)
ADDRESS_LETTERS = Code(
    "check-address-letters",
    "warning",
    "An address holds letters outside ASCII, which RFC 4287 section 2 allows, and which some readers cannot fetch.",
    "Percent-encode it (RFC 3987 section 3.1).",
)
ADDRESS_SCHEME = Code(
    "check-address-scheme",
    "warning",
    "An address has a scheme that is not registered (RFC 3986 section 3.1), so that readers cannot follow it.",
)
ID_FORM = Code(
    "check-id-form",
    "warning",
    "An id is not in its normal form, so that programs which tidy it take the entry for another one "
    "(RFC 4287 section 4.2.6.1).",
    "Leave it if subscribers know it; write scheme, host and escapes of new ids in their normal case.",
)

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


def uri(text: str, place: Place) -> Findings:
    """Check an absolute URI."""
    fault = syntax.uri_fault(text)
    if not fault and not syntax.scheme_of(text):
        fault = "it is not absolute" if text else "it is empty"
    yield from _address(fault, text, place)


def uri_reference(text: str, place: Place) -> Findings:
    """Check a URI, absolute or relative."""
    yield from _address(syntax.uri_fault(text), text, place)
    yield from _relative(text, place)


def iri_reference(text: str, place: Place) -> Findings:
    """Check an IRI, absolute or relative."""
    yield from _iri(text, place)
    yield from _relative(text, place)


def iri(text: str, place: Place) -> Findings:
    """Check an absolute IRI."""
    if not syntax.scheme_of(text):
        yield from _address("it is not absolute" if text else "it is empty", text, place)
    else:
        yield from _iri(text, place)


def entry_id(text: str, place: Place) -> Findings:
    """Check an id of Atom: an absolute IRI that never changes."""
    yield from iri(text, place)
    web = syntax.scheme_of(text) in ("http", "https")
    if (web and not _NORMAL_START.match(text)) or _LOWER_ESCAPE.search(text):
        yield Finding(ID_FORM, place.line, place.field, f"{shown(text)} is not in its normal form")


def web_address(text: str, place: Place) -> Findings:
    """Check an absolute http or https address."""
    fault = syntax.uri_fault(text)
    if not fault and not syntax.is_web(text):
        fault = "it is not an absolute http or https address"
    yield from _address(fault, text, place)


def _iri(text: str, place: Place) -> Findings:
    fault = syntax.uri_fault(text, is_iri=True)
    yield from _address(fault, text, place)
    if not fault and not text.isascii():
        yield Finding(ADDRESS_LETTERS, place.line, place.field, f"{shown(text)} holds letters outside ASCII")


def _address(fault: str, text: str, place: Place) -> Findings:
    if fault:
        yield Finding(ADDRESS, place.line, place.field, f"{shown(text)}: {fault}")
        return
    scheme = syntax.scheme_of(text)
    if scheme and scheme not in _SCHEMES:
        yield Finding(ADDRESS_SCHEME, place.line, place.field, f"{shown(text)}: {scheme} is no scheme that is known")


def _relative(text: str, place: Place) -> Findings:
    if text and not syntax.scheme_of(text):
        yield Finding(ADDRESS_RELATIVE, place.line, place.field, f"{shown(text)} is relative")
