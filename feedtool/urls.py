"""Web addresses as people and pages write them -> absolute, percent-encoded ASCII (RFC 3986, RFC 3987 section 3.1).

In: an address of a header, of a body or of the configuration, and the address that it is relative to. Out: an address,
or "" where none can be made. White space and slashes are read as browsers read them (WHATWG URL, section 4.4); an empty
path stays empty. Pure; never raises for any input: no link may stop a post.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from feedtool.syntax import NOT_TEXT, later, scheme_of

#: the namespace of URLs (RFC 9562 section 6.6)
_URL_NAMES = bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8")
#: characters; no server answers a longer one
_LONGEST = 16_000
_OUTER = "".join(map(chr, range(0x21))) + "\x7f\u00a0\u200b\u3000\ufeff"
_INNER = later(f"[{NOT_TEXT}\t\n\r\u200b\u2028\u2029\ufeff]")
_BROKEN_ESCAPE = later(r"%(?![0-9A-Fa-f]{2})")
_HOST = later(r"[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")
#: Characters of an address that need no escape (RFC 3986 section 3); "%" begins the escapes that it already has.
_PATH, _QUERY = "/%:@!$&'()*+,;=~-._", "/?%:@!$&'()*+,;=~-._"
#: An address that resolving would leave as it is, as most are, if its escapes are whole.
_PLAIN = later(
    r"https?://[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9_-]+)*\.?(/[A-Za-z0-9/%:@!$&'()*+,;=~._-]*)?"
    r"(?:\?[A-Za-z0-9/?%:@!$&'()*+,;=~._-]+)?(?:#[A-Za-z0-9/?%:@!$&'()*+,;=~._-]+)?"
)
_PLAIN_HOST = later(r"https?://([a-z0-9_.-]+)(?:[/?#]|\Z)")
_ESCAPE, _UNRESERVED = later("%([0-9A-Fa-f]{2})"), later("[A-Za-z0-9._~-]")
_NO_PATH = later(r"(https?://[^/?#]+)(?=[?#]|\Z)")
#: bytes of UTF-8; file systems allow 255, and a suffix must fit
_LONGEST_SLUG = 120
#: names that Windows keeps for devices
_RESERVED = later(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)
_CONTACT = {
    "mailto": later(r"mailto:[^\s@:/]+@[^\s@:/]+", re.IGNORECASE),
    "tel": later(r"tel:\+?[\d().-]+", re.IGNORECASE),
}


def absolute(address: str, base: str = "") -> str:
    """Return the address against its base as an absolute http or https URI without user and password, or ""."""
    return _absolute(address, base)


@lru_cache(maxsize=4096)
def _absolute(address: str, base: str) -> str:
    if _PLAIN.fullmatch(address) and len(address) <= _LONGEST and not _BROKEN_ESCAPE.search(address):
        return address
    try:
        return _encoded(_resolved(address, base))
    except ValueError:
        return ""


def _resolved(address: str, base: str) -> str:
    """Return the address with scheme and slashes; raise ValueError where urllib does.

    Without both slashes it is relative to a base of the same scheme, and else begins with its host.
    """
    bare = _INNER.sub("", address.strip(_OUTER))
    if not bare or len(bare) > _LONGEST:
        return ""
    scheme = scheme_of(bare)
    usable = _absolute(base, "") if base else ""
    if not scheme:
        return urljoin(usable, with_slashes(bare))
    if scheme not in ("http", "https"):
        return ""
    rest = bare[len(scheme) + 1 :]
    if usable.startswith(f"{scheme}:") and not rest.startswith("//"):
        return urljoin(usable, rest)
    return f"{scheme}://{rest.lstrip('/')}"


def with_slashes(address: str) -> str:
    """Return an address, if it is relative, with slashes for the backslashes of its path, as browsers read it."""
    if "\\" not in address or scheme_of(address):
        return address
    path = re.split("[?#]", address, maxsplit=1)[0]
    return path.replace("\\", "/") + address[len(path) :]


def _encoded(address: str) -> str:
    parts = urlsplit(address)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host if host.isascii() else host.encode("idna").decode("ascii")
    if not _HOST.fullmatch(host) or parts.scheme not in ("http", "https"):
        return ""
    port = f":{parts.port}" if parts.port is not None else ""
    query, fragment = _escaped(parts.query, _QUERY), _escaped(parts.fragment, _QUERY)
    return urlunsplit((parts.scheme, host + port, _escaped(parts.path, _PATH), query, fragment))


def _escaped(part: str, safe: str) -> str:
    return quote(_BROKEN_ESCAPE.sub("%25", part), safe=safe, errors="replace")


def with_path(address: str) -> str:
    """Return an absolute address with "/" for an empty path, which names the same page (RFC 3986 section 6.2.3)."""
    return _NO_PATH.sub(r"\1/", address, count=1)


def normalised(address: str) -> str:
    """Return the form that addresses of one page share (RFC 3986 sections 6.2.2 and 6.2.3); others as they are.

    Case of scheme and host, default port, escapes, "." and ".." in the path, and an empty path make no difference.
    """
    if "%" not in address and "/." not in address and (plain := _PLAIN.fullmatch(address)) and plain[1]:
        return address  # as most are; without a port, since `_PLAIN` knows none
    parts = urlsplit(absolute(address) or "")
    if not parts.hostname:
        return address
    port = {"http": ":80", "https": ":443"}[parts.scheme]
    path, query, fragment = (_unescaped(part) for part in (parts.path or "/", parts.query, parts.fragment))
    kept: list[str] = []
    for name in path.split("/")[1:] if "/." in path else ():
        kept = kept[:-1] if name == ".." else kept if name == "." else [*kept, name]
    if "/." in path:
        path = "/".join(("", *kept, *([""] if path.endswith(("/.", "/..")) else ())))
    return urlunsplit((parts.scheme, parts.netloc.removesuffix(port), path, query, fragment))


def _unescaped(part: str) -> str:
    """Return a part of an address without needless escapes, and with upper case in the others."""
    return _ESCAPE.sub(
        lambda escape: found if _UNRESERVED.fullmatch(found := chr(int(escape[1], 16))) else escape[0].upper(), part
    )


def likely(address: str) -> str:
    """Return a normalised address without scheme, final "/", fragment, and `utm_` parameters: seldom do they matter."""
    if not address.startswith(("http://", "https://")):
        return address
    path, _, query = address.partition("#")[0].partition(":")[2].partition("?")
    query = "&".join(each for each in query.split("&") if not each.startswith("utm_"))
    return path.rstrip("/") + (f"?{query}" if query else "")


def host_of(address: str) -> str:
    """Return the host of an address in lower case and without the final dot of a full domain name, or ""."""
    if plain := _PLAIN_HOST.match(address):
        return plain[1].rstrip(".")
    try:
        return (urlsplit(_resolved(address, "")).hostname or "").rstrip(".")
    except ValueError:
        return ""


def with_page(html: str, page: str) -> str:
    """Return clean HTML in which links to parts of the text name its page, which its own address may be a part of."""
    if '<a href="#' not in html:
        return html
    return html.replace('<a href="#', f'<a href="{page.partition("#")[0].replace("&", "&amp;")}#')


def target(href: str, base: str) -> str:
    """Return what a link may point to, or "": an absolute address, a "#fragment", a mail or phone address."""
    bare = href.strip(_OUTER)
    if bare.startswith("#"):
        fragment = _escaped(_INNER.sub("", bare[1:]), _QUERY)
        return "#" + fragment if fragment else ""
    if contact := _CONTACT.get(scheme_of(bare)):
        bare = _INNER.sub("", bare).split("?")[0].replace(" ", "")
        return _escaped(bare, _PATH) if contact.fullmatch(bare) else ""
    return absolute(href, base)


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


def slug(text: str) -> str:
    """Return a text as the last part of an address: letters, marks and numbers of every script, joined by "-".

    NFKC, case-folded, free of anything that a file system or an address could stumble over. A text without
    a letter is spelled by its code points. Not empty for a non-empty text.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else "-" for c in folded)
    plain = re.sub(r"-+", "-", kept).strip("-")
    if not any(unicodedata.category(c)[0] in "LN" for c in plain):
        plain = "-".join(f"u{ord(c):x}" for c in text[:12])
    if len(plain.encode()) > _LONGEST_SLUG:
        head = plain.encode()[:_LONGEST_SLUG].decode(errors="ignore").rstrip("-")
        return f"{head}-{mark(text)}"
    return f"{plain}-{mark(text)}" if _RESERVED.fullmatch(plain) else plain


def mark(text: str) -> str:
    """Return six characters that depend on this text alone, for a name that another text would share."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).hexdigest()[:6]


def urn_of(name: str) -> str:
    """Return the UUID of a name, of version 5 in the namespace of URLs, as a URN (RFC 9562 section 5.5).

    To import the standard library's `uuid`, which gives the same, takes as long as to make two entries.
    """
    kept = bytearray(hashlib.sha1(_URL_NAMES + name.encode(), usedforsecurity=False).digest()[:16])
    kept[6], kept[8] = kept[6] & 0x0F | 0x50, kept[8] & 0x3F | 0x80
    digits = kept.hex()
    return f"urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
