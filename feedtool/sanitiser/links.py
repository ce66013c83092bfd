"""Addresses in content: absolute, percent-encoded ASCII, and only of schemes that a reader may follow.

In: what stands in an attribute, and the address that it is relative to. Out: an address, or "" where none can be made.
Never raises for any input: no link may stop a post (urllib raises ValueError on real ones).
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

_OUTER = "".join(map(chr, range(0x21))) + "\x7f\u00a0\u200b\u3000\ufeff"
_INNER = re.compile("[\t\n\r\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HOSTLESS = re.compile(r"(https?):/*(?=[^/])", re.IGNORECASE)
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")
#: What may stand in a part of an address as it is (RFC 3986 section 3), "%" for the escapes that are there already.
_PATH, _QUERY = "/%:@!$&'()*+,;=~-._", "/?%:@!$&'()*+,;=~-._"
#: An address that resolving would leave as it is, as most are, if its escapes are whole.
_PLAIN = re.compile(
    r"https?://[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9_-]+)*\.?(?:/[A-Za-z0-9/%:@!$&'()*+,;=~._-]*)?"
    r"(?:\?[A-Za-z0-9/?%:@!$&'()*+,;=~._-]+)?(?:#[A-Za-z0-9/?%:@!$&'()*+,;=~._-]+)?"
)
_PLAIN_HOST = re.compile(r"https?://([a-z0-9_.-]+)(?:[/?#]|\Z)")
_LONGEST = 16_000
_CONTACT = {
    "mailto": re.compile(r"mailto:[^\s@:/]+@[^\s@:/]+", re.IGNORECASE),
    "tel": re.compile(r"tel:\+?[\d().-]+", re.IGNORECASE),
}


def absolute(address: str, base: str) -> str:
    """Return the address against its base as an absolute http or https URI (RFC 3986), or ""."""
    return _resolved(address, base)


@lru_cache(maxsize=4096)
def _resolved(address: str, base: str) -> str:
    if _PLAIN.fullmatch(address) and len(address) <= _LONGEST and not _BROKEN_ESCAPE.search(address):
        return address
    bare = _INNER.sub("", address.strip(_OUTER))
    if not bare or len(bare) > _LONGEST:
        return ""
    scheme = _SCHEME.match(bare)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return ""
    if scheme:
        bare = _HOSTLESS.sub(r"\1://", bare, count=1)
    try:
        return _encoded(bare if scheme else urljoin(_usable(base), bare))
    except ValueError:
        return ""


def _usable(base: str) -> str:
    bare = _INNER.sub("", base.strip(_OUTER))
    return bare if bare[:7].lower() == "http://" or bare[:8].lower() == "https://" else "https:"


def _encoded(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme.lower() not in ("http", "https"):
        return ""
    host = _ascii_host(parts.hostname or "")
    if not host:
        return ""
    port = f":{parts.port}" if parts.port is not None else ""
    return urlunsplit(
        (
            parts.scheme.lower(),
            host + port,
            _escaped(parts.path, _PATH),
            _escaped(parts.query, _QUERY),
            _escaped(parts.fragment, _QUERY),
        )
    )


def _ascii_host(host: str) -> str:
    if ":" in host:
        host = f"[{host}]"
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    return host if _HOST.fullmatch(host) else ""


def _escaped(part: str, safe: str) -> str:
    return quote(_BROKEN_ESCAPE.sub("%25", part), safe=safe, errors="replace")


def host_of(address: str) -> str:
    """Return the host of an address in lower case, or ""."""
    if plain := _PLAIN_HOST.match(address):
        return plain[1]
    try:
        return (urlsplit(address.strip(_OUTER)).hostname or "").lower()
    except ValueError:
        return ""


def target(href: str, base: str) -> str:
    """Return what a link may point to, or "": an absolute address, "#place" in the text, a mail or phone address."""
    bare = href.strip(_OUTER)
    if bare.startswith("#"):
        place = _escaped(_INNER.sub("", bare[1:]), _QUERY)
        return "#" + place if place else ""
    scheme = _SCHEME.match(bare)
    if scheme and (contact := _CONTACT.get(scheme[1].lower())):
        return _contact(contact, bare)
    return absolute(href, base)


def _contact(pattern: re.Pattern[str], address: str) -> str:
    bare = _INNER.sub("", address).split("?")[0].replace(" ", "")
    return _escaped(bare, _PATH) if pattern.fullmatch(bare) else ""


def candidates(srcset: str) -> list[tuple[str, float]]:
    """Return the addresses of a srcset with their size (width, or density times 1,000), in its order."""
    found: list[tuple[str, float]] = []
    for part in re.split(r",\s+|,(?=https?://|//|/)|\s*,\s*$", srcset.strip()):
        words = part.split()
        if words and len(words) <= 3:
            found.append((words[0].rstrip(","), _size(words[1:])))
    return found


def _size(words: list[str]) -> float:
    for word in words:
        try:
            number = float(word.rstrip(",")[:-1])
        except ValueError:
            continue
        return number if word.rstrip(",").endswith("w") else number * 1000
    return 1000.0
