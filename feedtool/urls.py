"""Web addresses as strangers write them -> absolute, percent-encoded ASCII (RFC 3986, RFC 3987 section 3.1).

Pure and total: an address that cannot be used is "".
"""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

#: RFC 3986 section 2: reserved and unreserved characters, and "%" of escapes that are already there
_KEEP = "!$&'()*+,;=:@/?-._~%"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BLANKS = re.compile(r"[\x00-\x20\x7f\u00a0\u200b\u2028\u2029\ufeff]+")
_HOST = re.compile(r"[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")
_WEB = ("http", "https")
#: nothing to mend: a path, no user, no port, no fragment, and escapes if they are none but good ones
_CLEAN = re.compile(
    r"(https?)://[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9_-]+)*\.?/[\w%!$&'()*+,;=:@/.~-]*(?:\?[\w%!$&'()*+,;=:@/?.~-]+)?",
    re.ASCII,
)


def absolute(address: str, base: str = "", *, schemes: tuple[str, ...] = _WEB) -> str:
    """Return the address, absolute and in ASCII, or "" where it names no place in one of the schemes."""
    clean = None if base else _CLEAN.fullmatch(address)
    if clean and clean[1] in schemes and not _BAD_ESCAPE.search(address):
        return address
    address = _BLANKS.sub(lambda m: "" if m[0].strip(" ") else "%20", address.strip())
    try:
        if base:
            address = urljoin(base, address)
        parts = urlsplit(address)
        if parts.scheme.lower() not in schemes:
            return ""
        if parts.scheme.lower() not in _WEB:
            return _escape(address)
        host = _host(parts.hostname or "", parts.port)
    except ValueError:
        return ""
    if not host:
        return ""
    path = _escape(parts.path) or "/"
    return urlunsplit((parts.scheme.lower(), host, path, _escape(parts.query), _escape(parts.fragment)))


def host_of(address: str) -> str:
    """Return the lower-case host of an address, or ""."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _escape(text: str) -> str:
    return quote(_BAD_ESCAPE.sub("%25", text), safe=_KEEP, errors="ignore")


def _host(name: str, port: int | None) -> str:
    """Return the authority without user and password, which have no place in a public feed."""
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    if ":" in name:
        name = f"[{name}]"
    if not _HOST.fullmatch(name.lower()):
        return ""
    return name if port is None else f"{name}:{port}"
