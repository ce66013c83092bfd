"""_headers and _redirects: rules with wildcards, for Cloudflare Pages and Netlify.

The two read the same files and not the same patterns: "*" may stand once in a rule of Cloudflare's and matches
anything in between; a part "*" of Netlify's may be empty with its "/", and ":name" is a whole part there. Cloudflare
takes 100 rules of headers; where two rules match, it joins what both say of a header, and Netlify does not say what
it does: so no two rules that match one file say something of the same header. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from feedtool.generators.hosts.published import CLOSED, FRESH, OPEN, Published, media_types
from feedtool.model import ARCHIVE_ENDINGS

#: of a _headers file, of which a few are for feeds and lists
_MOST_RULES = 100
#: of a _redirects file: those with a wildcard, those without, and characters of each
MOST_DYNAMIC, MOST_STATIC, _MOST_CHARACTERS = 100, 2000, 1000

#: what the periods of archive documents begin with
_MILLENNIA = ("2", "1")
#: characters of a line of _redirects beside its two folders, at most
_MARGIN = 40

Header = tuple[str, str]
Rule = tuple[str, tuple[Header, ...]]


def headers_file(those: Published, *, cloudflare: bool, netlify: bool) -> bytes:
    """Return a _headers file for one of the two, or one that both can read."""
    if cloudflare and netlify:
        rules = list(_for_both(those))
    else:
        rules = list(_for_cloudflare(those) if cloudflare else _for_netlify(those))
    lines = [f"# {those.note}"]
    for pattern, headers in rules:
        lines += ["", pattern, *(f"  {name}: {value}" for name, value in headers)]
    return ("\n".join(lines) + "\n").encode()


def redirects_file(those: Published, *, cloudflare: bool) -> bytes:
    """Return a _redirects file: within Cloudflare's limits, or with Netlify's mark for redirects that hide files."""
    lines = _within_limits(those) if cloudflare else [f"{each.old}* {each.new}:splat 301!" for each in those.redirects]
    return ("\n".join([f"# {those.note}", *lines]) + "\n").encode()


def left_out(those: Published) -> int:
    """Return how many aliases have no place in the _redirects file of Cloudflare Pages."""
    written = {line.split(" ", 1)[0].removesuffix("*") for line in _within_limits(those)}
    return sum(each.old not in written for each in those.redirects)


def _within_limits(those: Published) -> list[str]:
    """Return the lines of aliases; those that exceed the rules with wildcards have a line for each file."""
    short = [each for each in those.redirects if len(each.old + each.new) + _MARGIN <= _MOST_CHARACTERS]
    static: list[str] = []
    for each in short[MOST_DYNAMIC:]:
        if len(static) + len(each.files) <= MOST_STATIC:
            static += [f"{each.old}{name} {each.new}{name} 301" for name in each.files]
    # those without a wildcard come first, as they count as the others do once one of those was seen
    return static + [f"{each.old}* {each.new}:splat 301" for each in short[:MOST_DYNAMIC]]


def _for_cloudflare(those: Published) -> Iterator[Rule]:
    """Yield at most 100 rules; the oldest of too many years go without one, which the host's own is good for."""
    base = _literal(those.path)
    rules = []
    for name, form, media_type in media_types(those):
        headers = _typed(media_type)
        links = _links(those, those.path + name) if form else ()
        rules.append((base + name, (*headers, ("Cache-Control", FRESH), *links)))
        if form is None:
            continue
        # ":splat" becomes what "*" stood for, so that the self link is exact for every feed
        links = _links(those, f"{those.path}:splat/{name}")
        rules.append((f"{base}*/{name}", (*headers, ("Cache-Control", FRESH), *links)))
        if those.has_archives:
            # not ":period.json", which were feed.json, too, of a category "archive"
            rules += [
                (f"{base}*archive/{millennium}:rest.{ARCHIVE_ENDINGS[form]}", headers) for millennium in _MILLENNIA
            ]
    has_xml, has_json = _kinds(those)
    each = has_xml + 2 * has_json
    for year in those.closed_years[: (_MOST_RULES - len(rules)) // each if each else 0]:
        # a placeholder matches one character or more, none of them "/"
        patterns = [f"{year}:rest.xml"] * has_xml + [f"{year}.json", f"{year}-:rest.json"] * has_json
        rules += [(f"{base}*archive/{pattern}", (("Cache-Control", CLOSED),)) for pattern in patterns]
    yield from rules


def _for_netlify(those: Published) -> Iterator[Rule]:
    """Yield rules, without self links: those have to be the topic's very address (WebSub section 4).

    What a wildcard stood for cannot be said again here. Readers find both links in the document, too.
    """
    base = _literal(those.path)
    for name, form, media_type in media_types(those):
        links = _links(those) if form else ()
        yield f"{base}*/{name}" if form else base + name, (*_typed(media_type), ("Cache-Control", FRESH), *links)
        # "*" does not stop at "/"
        if form and those.has_archives and not those.has_feeds_like_archives:
            for millennium in _MILLENNIA:
                yield f"{base}*/archive/{millennium}*.{ARCHIVE_ENDINGS[form]}", _typed(media_type)
            for year in those.closed_years:
                yield f"{base}*/archive/{year}*.{ARCHIVE_ENDINGS[form]}", (("Cache-Control", CLOSED),)


def _for_both(those: Published) -> Iterator[Rule]:
    """Yield rules that mean the same to both, which is less: archive documents are served as feeds are."""
    base = _literal(those.path)
    for name, form, media_type in media_types(those):
        links = _links(those) if form else ()
        yield f"{base}{'*' if form else ''}{name}", (*_typed(media_type), ("Cache-Control", FRESH), *links)


def _kinds(those: Published) -> tuple[bool, bool]:
    endings: Iterable[str] = [ARCHIVE_ENDINGS[form] for form in those.formats] if those.has_archives else []
    return any(end.endswith("xml") for end in endings), "json" in endings


def _typed(media_type: str) -> tuple[Header, ...]:
    return (("Content-Type", media_type), *OPEN)


def _links(those: Published, own: str = "") -> tuple[Header, ...]:
    """Return the hub of a feed, and its own address where it is known (WebSub section 4)."""
    if not those.hub:
        return ()
    links = f'<{those.hub}>; rel="hub"' + (f', <{those.origin}{own}>; rel="self"' if own else "")
    return (("Link", links),)


def _literal(path: str) -> str:
    """Return the path without a character that patterns are made of."""
    return path.replace("*", "%2A").replace(":", "%3A")
